#!/usr/bin/env python3
"""Makes the typed layer of libftapi from the wire definitions: one header a .proto file, with the comments
of the .proto, and the tables by which src/sdk/typed.c turns a typed struct into a message and back.

usage: make_typed.py PROTO_DIR PROTOCOLS_DEF HEADER_DIR SOURCE_DIR

What a name becomes:
  package Qot_GetSecuritySnapshot   object security_snapshot, verb get (VERBS, NAMES)
  its C2S, S2C                      struct ft_security_snapshot_get_request, ..._get_reply
  its other messages                struct ft_<object>_<message>, words in common told once
  messages of the Common packages   struct ft_<message>
  enum SubType of Qot_Common        enum ft_sub_type, constants FT_SUB_TYPE_...
The wire's envelope (Request, Response, c2s, s2c, retType) has no place in it: it is the client's matter, and
so is Common.PacketID. A Qot_Common.Security is held by value.
"""
import os
import re
import sys
import textwrap

VERBS = ("Get", "Request", "Modify", "Place", "Set", "Update", "Push", "Filter")
# Packages whose name says too little or too much: object, verb.
NAMES = {
    "Qot_Sub": ("quote", "subscribe"),
    "Qot_RegQotPush": ("quote_push", "register"),
    "Qot_SubEventContract": ("event_contract", "subscribe"),
    "Qot_GetKL": ("kline", "get"),
    "Qot_UpdateKL": ("kline", "push"),
    "Qot_RequestHistoryKL": ("history_kline", "get"),
    "Qot_RequestHistoryKLQuota": ("history_quota", "get"),
    "Qot_RequestHistoryEventContractKL": ("event_contract_history_kline", "get"),
    "Qot_RequestIndicatorCalc": ("indicator_calc", "request"),
    "Qot_OptionScreen": ("option_screen", "run"),
    "Qot_StockScreen": ("stock_screen", "run"),
    "Qot_WarrantScreen": ("warrant_screen", "run"),
    "Qot_StockFilter": ("stock_filter", "run"),
    "Trd_UnlockTrade": ("trade", "unlock"),
    "Trd_SubAccPush": ("account_push", "subscribe"),
    "Trd_GetAccList": ("account_list", "get"),
    "Trd_FlowSummary": ("flow_summary", "get"),
    "Trd_ReconfirmOrder": ("order", "reconfirm"),
    "Verification": ("verification", "send"),
    "TestCmd": ("test_command", "run"),
    "UsedQuota": ("used_quota", "get"),
    "Notify": ("notice", "push"),
    "Trd_Notify": ("trade_notice", "push"),
}
# Enums whose name would say something else in C: a session is a connection's.
ENUM_NAMES = {("Common", "Session"): "ft_trading_session"}
# The session's own (InitConnect, KeepAlive), the relay's (InitWebSocket), and messages outside the envelope.
WITHOUT = {"InitConnect", "KeepAlive", "InitWebSocket", "SkillWrapAPI"}
COMMON = ("Common", "Qot_Common", "Trd_Common", "Qot_OptionCommon")
WORDS = (("RTH", "Rth"), ("KLine", "Kline"), ("KLType", "KlineType"), ("RTData", "RtData"), ("RT", "Rt"))
# How protocols are paged: a cursor that the reply hands out, or a position that moves by the rows received.
CURSORS = ("nextReqKey", "nextKey", "nextPageKey", "nextPage")
POSITIONS = ("begin", "offset", "dataFrom", "pageFrom")
RESERVED = {"default", "register", "auto", "new", "delete", "class", "operator", "private", "public", "template",
            "this", "union", "struct", "enum", "long", "short", "int", "float", "double", "char", "bool", "true",
            "false", "typename", "and", "or", "not", "xor", "inline", "static", "const", "switch", "case", "return"}
SCALARS = {"int32": "int32_t", "int64": "int64_t", "uint32": "uint32_t", "uint64": "uint64_t", "double": "double",
           "float": "float", "bool": "bool", "string": "const char *", "bytes": "struct ft_bytes"}


class Message:
    def __init__(self, package, name, doc):
        self.package, self.name, self.doc, self.fields = package, name, doc, []

    def field(self, name):
        return next((f for f in self.fields if f.name == name), None)


class Field:
    def __init__(self, label, type_, name, number, doc):
        self.label, self.type, self.name, self.number, self.doc = label, type_, name, number, doc


class Enum:
    def __init__(self, package, name, doc):
        self.package, self.name, self.doc, self.values = package, name, doc, []


class File:
    def __init__(self, package, doc, imports):
        self.package, self.doc, self.imports, self.messages, self.enums = package, doc, imports, [], []


def parse(path):
    """The subset of proto2 that proto/ is written in: no oneof, groups, maps or extensions."""
    doc, out, stack = [], None, []
    head = imports = None
    with open(path, encoding="utf-8") as source:
        lines = source.read().splitlines()
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith("//"):
            doc.append(text[2:].strip())
            continue
        if not text:
            doc = [] if out else doc
            continue
        comment, doc = " ".join(doc), []
        if text.startswith("syntax"):
            head, imports = comment, []
        elif m := re.fullmatch(r"package (\w+);", text):
            out = File(m[1], head, imports)
        elif m := re.fullmatch(r'import "(\w+)\.proto";', text):
            imports.append(m[1])
        elif m := re.fullmatch(r"(message|enum) (\w+) \{(\})?", text):
            name = ".".join([s.name for s in stack[-1:]] + [m[2]])
            made = Message(out.package, name, comment) if m[1] == "message" else Enum(out.package, name, comment)
            (out.messages if m[1] == "message" else out.enums).append(made)
            if not m[3]:
                stack.append(made)
        elif text == "}":
            stack.pop()
        elif text == "option allow_alias = true;":
            pass
        elif m := re.fullmatch(r"(optional|required|repeated) ([\w.]+) (\w+) = (\d+)(?: \[.*\])?;", text):
            stack[-1].fields.append(Field(m[1], m[2], m[3], int(m[4]), comment))
        elif m := re.fullmatch(r"(\w+) = (-?(?:0x)?[0-9a-fA-F]+);", text):
            stack[-1].values.append((m[1], int(m[2], 0), comment))
        else:
            sys.exit(f"{path}:{number}: not understood: {text}")
    return out


def snake(name):
    """orderIDEx -> order_id_ex, KLine -> kline."""
    for word, as_ in WORDS:
        name = re.sub(rf"{word}(?=[A-Z_]|$)", as_, name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name.replace(".", "_"))
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).replace("__", "_").lower()


def field_name(m, f):
    """Its member's; with _ behind it where C, C++ or the presence of another field has the name already."""
    name = snake(f.name)
    others = {"has_" + snake(o.name) for o in m.fields if o is not f and o.label == "optional"}
    return name + "_" if name in RESERVED or name in others else name


def lower(name):
    """As protoc-c names what it makes of a message."""
    def piece(text):
        out, was_upper = "", True
        for c in text:
            if c.isupper() and not was_upper:
                out += "_"
            out += c.lower()
            was_upper = c.isupper()
        return out
    return "__".join(piece(p) for p in name.split("."))


def object_of(package):
    if package in NAMES:
        return NAMES[package]
    name = re.sub(r"^(Qot|Trd)_", "", package)
    for verb in VERBS:
        if name.startswith(verb) and name[len(verb)].isupper():
            word = {"Request": "get", "Update": "push"}.get(verb, verb.lower())
            return snake(name[len(verb):]), word
    return snake(name), "get"


def joined(object_, message):
    """security_snapshot + snapshot_basic_data -> security_snapshot_basic_data; a message that names its object
    keeps its name: price_reminder + set_price_reminder_op -> set_price_reminder_op."""
    if f"_{object_}_" in f"_{message}_":
        return message
    a, b = object_.split("_"), message.split("_")
    for n in range(min(len(a), len(b)), 0, -1):
        if a[-n:] == b[:n]:
            return "_".join(a + b[n:])
    return "_".join(a + b)


class Maker:
    def __init__(self, proto_dir, table):
        self.files = {}
        for name in sorted(os.listdir(proto_dir)):
            if name.endswith(".proto") and name[:-6] not in WITHOUT:
                file = parse(os.path.join(proto_dir, name))
                self.files[file.package] = file
        self.messages = {(m.package, m.name): m for f in self.files.values() for m in f.messages}
        self.enums = {(e.package, e.name): e for f in self.files.values() for e in f.enums}
        self.rows = {}
        with open(table, encoding="utf-8") as source:
            for kind, number, name in re.findall(r"^(REQUEST|LIMITED|WRITE|PUSH)\((\d+), (\w+)", source.read(), re.M):
                if name in self.files:
                    self.rows[name] = (kind != "PUSH", int(number))
        self.struct, taken = {}, {"ft_security", "ft_bytes", "ft_client", "ft_reply", "ft_push"}
        for key, m in self.messages.items():
            if self.dropped(m):
                continue
            name = self.choose(m, taken)
            taken.add(name)
            self.struct[key] = name
        self.enum_name = {}
        for key, e in self.enums.items():
            object_, _ = object_of(e.package)
            name = "ft_" + (snake(e.name) if e.package in COMMON else joined(object_, snake(e.name)))
            name = ENUM_NAMES.get(key, name)
            if name in self.enum_name.values() or name in taken:
                name = "ft_" + snake(e.package) + "_" + snake(e.name)
            self.enum_name[key] = name

    def dropped(self, m):
        return (m.package, m.name) in (("Qot_Common", "Security"), ("Common", "PacketID")) or (
            m.package not in COMMON and m.name in ("Request", "Response"))

    def choose(self, m, taken):
        object_, verb = object_of(m.package)
        if m.package not in COMMON and m.name == "C2S":
            return f"ft_{object_}_{verb}_request"
        if m.package not in COMMON and m.name == "S2C":
            return f"ft_{object_}_push" if verb == "push" else f"ft_{object_}_{verb}_reply"
        plain = snake(m.name)
        tries = ["ft_" + plain, "ft_" + snake(m.package) + "_" + plain] if m.package in COMMON else [
            "ft_" + joined(object_, plain), f"ft_{object_}_{verb}_{plain}"]
        for name in tries:
            if name not in taken:
                return name
        sys.exit(f"no name is left for {m.package}.{m.name}")

    def resolve(self, m, type_):
        """(package, name) of what a field's type names: in the message, the file, or another package."""
        for key in ((m.package, f"{m.name}.{type_}"), (m.package, type_), tuple(type_.split(".", 1))):
            if key in self.messages or key in self.enums:
                return key
        sys.exit(f"{m.package}.{m.name}: unknown type {type_}")

    def kind(self, m, f):
        """scalar, enum, security, packet or message; and its C type."""
        if f.type in SCALARS:
            return "scalar", SCALARS[f.type]
        key = self.resolve(m, f.type)
        if key in self.enums:
            return "enum", "int32_t"
        if key == ("Qot_Common", "Security"):
            return "security", "struct ft_security"
        if key == ("Common", "PacketID"):
            return "packet", None
        return "message", "struct " + self.struct[key]

    # ---- Headers ------------------------------------------------------------------------------------

    def ordered(self, file):
        """The file's messages, each after those that it holds by value or points to, where that is possible."""
        done, out = set(), []

        def visit(m):
            if (m.package, m.name) in done:
                return
            done.add((m.package, m.name))
            for f in m.fields:
                if self.kind(m, f)[0] == "message":
                    other = self.messages[self.resolve(m, f.type)]
                    if other.package == m.package:
                        visit(other)
            out.append(m)
        for m in file.messages:
            if not self.dropped(m):
                visit(m)
        return out

    def member_lines(self, m, f):
        kind, type_ = self.kind(m, f)
        name = field_name(m, f)
        space = "" if type_ and type_.endswith("*") else " "
        if kind == "packet":
            return []
        note = f.doc
        if kind == "enum":
            note += f" One of enum {self.enum_name[self.resolve(m, f.type)]}."
        else:
            note = self.with_enum_names(note, m.package)
        lines = []
        if f.label == "repeated":
            lines += comment(note, 4)
            element = "const char *const *" if type_ == "const char *" else f"const {type_} *"
            lines += [f"    {element}{name};", f"    size_t {name}_count; /**< How many {name} has. */"]
        elif kind == "message":
            lines += comment(note + ("" if f.label == "required" else " NULL: absent."), 4)
            lines += [f"    const {type_} *{name};"]
        elif kind == "security" or f.type in ("string", "bytes"):
            absent = {"security": "Absent when its code is NULL.", "scalar": "NULL: absent."}[kind]
            if f.type == "bytes":
                absent = "Absent when its data is NULL."
            lines += comment(note + ("" if f.label == "required" else " " + absent), 4)
            lines += [f"    {type_}{space}{name};"]
        else:
            lines += comment(note, 4) + [f"    {type_}{space}{name};"]
            if f.label == "optional":
                lines += [f"    bool has_{name}; /**< Whether {name} is there. */"]
        return lines

    def with_enum_names(self, note, package_):
        """Qot_Common.SubType -> enum ft_sub_type."""
        def repl(match):
            key = (match[1], match[2])
            return "enum " + self.enum_name[key] if key in self.enum_name else match[0]
        for (package, name), enum in self.enum_name.items():
            if package == package_:
                note = re.sub(rf"\b([Aa])n? {name}\b", rf"\1 enum {enum}", note)
        return re.sub(r"\b([Aa]) enum ", r"\1n enum ", re.sub(r"\b(\w+)\.(\w+)\b", repl, note))

    def header(self, file):
        guard = "FTAPI_" + snake(file.package).upper() + "_H"
        out = [f"/** @file", *comment_body(file.doc), " *", " * Made by src/sdk/make_typed.py from "
               f"proto/{file.package}.proto. */", f"#ifndef {guard}", f"#define {guard}", ""]
        out += ['#include "ftapi/typed.h"']
        out += [f'#include "ftapi/{snake(i)}.h"' for i in file.imports if i in self.files]
        out += ["", "#ifdef __cplusplus", 'extern "C" {', "#endif", ""]
        for e in file.enums:
            out += comment(self.with_enum_names(e.doc, e.package), 0)
            name = self.enum_name[(e.package, e.name)]
            out += [f"enum {name} {{"]
            for value, number, doc in e.values:
                out += comment(self.with_enum_names(doc, e.package), 4)
                out += [f"    {self.constant(e, value)} = {number},"]
            out += ["};", f"/** Names and values of enum {name}, for ft_enum_text and ft_enum_parse. */",
                    f"extern FT_API const struct ft_enum {name}_info;", ""]
        messages = self.ordered(file)
        for m in messages:
            out += [f"struct {self.struct[(m.package, m.name)]};"]
        out += [""]
        for m in messages:
            out += comment(self.with_enum_names(self.message_doc(m), m.package), 0)
            out += [f"struct {self.struct[(m.package, m.name)]} {{"]
            body = [line for f in m.fields for line in self.member_lines(m, f)]
            out += body or ["    char unused; /**< The protocol has no fields here. */"]
            out += ["};", ""]
        out += self.functions(file)
        out += ["#ifdef __cplusplus", "}", "#endif", "", "#endif", ""]
        return "\n".join(out)

    def message_doc(self, m):
        if m.package in COMMON or m.name not in ("C2S", "S2C"):
            return m.doc
        what = {"C2S": "Parameters of", "S2C": "Data of a push of" if object_of(m.package)[1] == "push" else "Answer of"}
        number = self.rows.get(m.package, (None, None))[1]
        return f"{what[m.name]} {m.package}" + (f" ({number})." if number else ".")

    def constant(self, e, value):
        name = value[len(e.name.split(".")[-1]) + 1:] if value.startswith(e.name.split(".")[-1] + "_") else value
        return (self.enum_name[(e.package, e.name)] + "_" + snake(name)).upper()

    def call(self, file):
        """Whether it can be asked (True), is pushed (False) or neither (None); C names of parameters, answer."""
        if file.package not in self.rows:
            return None
        asked, number = self.rows[file.package]
        object_, verb = object_of(file.package)
        names = {m.name for m in file.messages}
        request = self.struct.get((file.package, "C2S")) if "C2S" in names else None
        reply = self.struct.get((file.package, "S2C")) if "S2C" in names else None
        if reply is None and ("Response" not in names):
            return None
        return asked, number, f"ft_{object_}_{verb}" if asked else f"ft_{object_}_on_push", request, reply

    def functions(self, file):
        call = self.call(file)
        if not call:
            return []
        asked, number, name, request, reply = call
        doc = comment(f"{file.package}, protocol {number}. {self.with_enum_names(file.doc, file.package)}", 0)
        if not asked:
            return doc[:-1] + [doc[-1].replace(" */", "")] + [
                " *",
                " * Has every push of this kind handed to `fn`, in place of the handler before; fn NULL: none. See",
                " * ft_typed_push_fn for how long `data` lives. */",
                f"FT_API enum ft_status {name}(struct ft_client *client,",
                f"    void (*fn)(void *user, const struct ft_push *push, const struct {reply} *data), void *user);",
                ""]
        out = doc[:-1] + [doc[-1].replace(" */", "")]
        out += [" *", " * Blocking; see ft_typed_call for ownership and errors. */"]
        data = f", const struct {reply} **data" if reply else ""
        out += [f"FT_API enum ft_status {name}(struct ft_client *client, const struct {request} *request,",
                f"    struct ft_reply **reply{data});", "",
                "/** The same without waiting; see ft_typed_call_async. */",
                f"FT_API enum ft_status {name}_async(struct ft_client *client, const struct {request} *request,",
                f"    void (*fn)({self.callback(reply)}), void *user);", ""]
        if self.paging(file.package):
            out += ["/** All pages, from the one that the request names to the last; see ft_page_fn. */",
                    f"FT_API enum ft_status {name}_all(struct ft_client *client, const struct {request} *request,",
                    f"    bool (*fn)(void *user, const struct {reply} *page), void *user);", ""]
        return out

    def paging(self, package):
        """Fields (request's, reply's) by which a protocol is walked to its end; None: it has one page. The reply's
        is the cursor, or what tells the end of a position's walk."""
        request, reply = self.messages.get((package, "C2S")), self.messages.get((package, "S2C"))
        if not request or not reply or not any(f.label == "repeated" for f in reply.fields):
            return None
        for name in CURSORS:
            for asked in (name, "page") if reply.field(name) else ():
                if request.field(asked):
                    return request.field(asked), reply.field(name)
        for name in POSITIONS:
            end = reply.field("lastPage") or reply.field("allCount")
            if request.field(name) and end:
                return request.field(name), end
        return None

    @staticmethod
    def callback(reply):
        return f"void *user, struct ft_reply *reply, const {'struct ' + reply if reply else 'void'} *data"

    # ---- Tables -------------------------------------------------------------------------------------

    def tables(self):
        out = ["/* Made by src/sdk/make_typed.py. */", '#include "sdk/typed.h"', '#include "ftapi/protocols.h"', ""]
        out += [f'#include "{p}.pb-c.h"' for p in self.files]
        out += ["#include <stddef.h>", ""]
        for key in self.struct:
            out += [f"static const struct ft_typed_message {self.struct[key]}_map;"]
        out += [""]
        for file in self.files.values():
            for m in file.messages:
                if not self.dropped(m):
                    out += self.message_table(m)
            for e in file.enums:
                out += self.enum_table(e)
        for file in self.files.values():
            out += self.function_bodies(file)
        out += ["const struct ft_typed_message *const ft_typed_messages[] = {"]
        out += [f"    &{name}_map," for name in self.struct.values()]
        out += ["};", "const size_t ft_typed_messages_count = sizeof ft_typed_messages / sizeof ft_typed_messages[0];",
                ""]
        return "\n".join(out)

    def message_table(self, m):
        name = self.struct[(m.package, m.name)]
        rows = []
        by_number = sorted(m.fields, key=lambda f: f.number)
        for f in m.fields:
            kind, _ = self.kind(m, f)
            member, index = field_name(m, f), by_number.index(f)
            if kind == "packet":
                rows += [f"    {{\"{f.name}\", {index}, FT_TYPED_PACKET, 0, 0, NULL}},"]
                continue
            how = {"security": "FT_TYPED_SECURITY", "message": "FT_TYPED_MESSAGE"}.get(kind, "FT_TYPED_PLAIN")
            second = "0"
            if f.label == "repeated":
                second = f"offsetof(struct {name}, {member}_count)"
            elif f.label == "optional" and how == "FT_TYPED_PLAIN" and f.type not in ("string", "bytes"):
                second = f"offsetof(struct {name}, has_{member})"
            sub = f"&{self.struct[self.resolve(m, f.type)]}_map" if kind == "message" else "NULL"
            rows += [f"    {{\"{f.name}\", {index}, {how}, offsetof(struct {name}, {member}), {second}, {sub}}},"]
        descriptor = lower(f"{m.package}.{m.name}") + "__descriptor"
        head = f"static const struct ft_typed_message {name}_map = {{&{descriptor}, sizeof(struct {name}), "
        if not rows:
            return [head + "0, NULL};", ""]
        return [f"static const struct ft_typed_field {name}_fields[] = {{", *rows, "};",
                head + f"{len(rows)}, {name}_fields}};", ""]

    def enum_table(self, e):
        name = self.enum_name[(e.package, e.name)]
        short = e.name.split(".")[-1] + "_"
        out = [f"static const struct ft_enum_value {name}_values[] = {{"]
        for value, number, _ in e.values:
            out += [f"    {{{number}, \"{value[len(short):] if value.startswith(short) else value}\"}},"]
        return out + ["};", f"const struct ft_enum {name}_info = {{\"{snake(e.name)}\", {len(e.values)}, "
                      f"{name}_values}};", ""]

    def function_bodies(self, file):
        call = self.call(file)
        if not call:
            return []
        asked, number, name, request, reply = call
        package = lower(file.package)
        request_map = f"&{request}_map" if request else "NULL"
        reply_map = f"&{reply}_map" if reply else "NULL"
        envelope = f"&{package}__request__descriptor" if asked else "NULL"
        out = [f"static const struct ft_typed_protocol {name}_protocol = {{{number}, {envelope}, {request_map}, "
               f"{reply_map}}};"]
        if not asked:
            return out + [
                f"enum ft_status {name}(struct ft_client *client,",
                f"    void (*fn)(void *user, const struct ft_push *push, const struct {reply} *data), void *user)",
                "{", f"    return ft_typed_on(client, &{name}_protocol, (ft_typed_push_fn *)fn, user);", "}", ""]
        paging = self.paging(file.package)
        if paging:
            rows = {key: self.messages[(file.package, key)].fields for key in ("C2S", "S2C")}
            listed = next(f for f in rows["S2C"] if f.label == "repeated")
            at = [rows["C2S"].index(paging[0]), rows["S2C"].index(paging[1]), rows["S2C"].index(listed)]
            out += [f"enum ft_status {name}_all(struct ft_client *client, const struct {request} *request,",
                    f"    bool (*fn)(void *user, const struct {reply} *page), void *user)", "{",
                    f"    static const struct ft_typed_paging paging = {{{at[0]}, {at[1]}, {at[2]}}};",
                    f"    return ft_typed_walk(client, &{name}_protocol, &paging, request, (ft_page_fn *)fn, user);",
                    "}", ""]
        data, pointer = (f", const struct {reply} **data", "(const void **)data") if reply else ("", "NULL")
        return out + [
            f"enum ft_status {name}(struct ft_client *client, const struct {request} *request,",
            f"    struct ft_reply **reply{data})", "{",
            f"    return ft_typed_call(client, &{name}_protocol, request, reply, {pointer});", "}", "",
            f"enum ft_status {name}_async(struct ft_client *client, const struct {request} *request,",
            f"    void (*fn)({self.callback(reply)}), void *user)", "{", f"    return ft_typed_call_async(client, &{name}_protocol, request, (ft_typed_reply_fn *)fn, user);",
            "}", ""]


def comment_body(text):
    return [" * " + line for line in textwrap.wrap(text, 100)]


def comment(text, indent):
    pad = " " * indent
    lines = textwrap.wrap(text.replace("*/", "* /"), 98 - indent) or ["."]
    if len(lines) == 1:
        return [f"{pad}/** {lines[0]} */"]
    return [f"{pad}/** {lines[0]}", *(f"{pad} * {line}" for line in lines[1:-1]), f"{pad} * {lines[-1]} */"]


def write(path, text):
    """Leaves a file alone that is right already, so that what includes it is not built again."""
    try:
        with open(path, encoding="utf-8") as old:
            if old.read() == text:
                return
    except OSError:
        pass
    with open(path, "w", encoding="utf-8") as new:
        new.write(text)


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    proto_dir, table, header_dir, source_dir = sys.argv[1:]
    maker = Maker(proto_dir, table)
    os.makedirs(header_dir, exist_ok=True)
    for file in maker.files.values():
        write(os.path.join(header_dir, snake(file.package) + ".h"), maker.header(file))
    write(os.path.join(header_dir, "protocols.h"), "\n".join(
        ["/** @file", " * Every protocol, typed. Made by src/sdk/make_typed.py. */", "#ifndef FTAPI_PROTOCOLS_H",
         "#define FTAPI_PROTOCOLS_H", "", *(f'#include "ftapi/{snake(p)}.h"' for p in maker.files), "", "#endif", ""]))
    write(os.path.join(source_dir, "typed_tables.c"), maker.tables())


if __name__ == "__main__":
    main()
