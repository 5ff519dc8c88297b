#!/usr/bin/env python3
"""Compares what is compiled into the gateway with what the vendor's clients carry.

usage: run.py DUMP_DESCRIPTORS CLIENTS_DIR

DUMP_DESCRIPTORS is the program built from dump_descriptors.c, CLIENTS_DIR what tests/clients.sh
installed. Runs under a Python with protobuf (any of the clients' environments has it).

Rule: whatever an official package declares, ours declares identically: field numbers, names,
types, labels, packing, defaults, enum values. The others may be behind, so what they lack is not
asked of them; the reference (npm futu-api 10.11, the only complete set) may lack nothing of ours.
Every deviation stands by name, with its reason, in exceptions.py, and one that excuses nothing is
an error itself.
"""
import glob
import os
import subprocess
import sys
import tempfile
from collections import namedtuple

from google.protobuf import descriptor_pb2

from exceptions import EXCEPTIONS

Official = namedtuple("Official", "name is_reference load")

_F = descriptor_pb2.FieldDescriptorProto
_LABELS = {_F.LABEL_OPTIONAL: "optional", _F.LABEL_REQUIRED: "required", _F.LABEL_REPEATED: "repeated"}
_NUMERIC = {"int32", "sint32", "sfixed32", "int64", "sint64", "sfixed64", "uint32", "fixed32",
            "uint64", "fixed64", "float", "double"}


# A schema is a dict: element -> properties. Elements are written as in exceptions.py:
# "package P", "message M", "field M NUMBER", "enum E", "value E NAME".


def field_properties(name, label, kind, type_name, flags, default):
    if default.startswith("=") and kind in _NUMERIC:
        default = "=%r" % float(default[1:])
    return {"name": name, "label": label, "type": (kind + " " + type_name).strip(),
            "flags": flags, "default": default}


def load_ours(program):
    schema = {}
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        kind, package, owner, *rest = line.split("\t")
        schema["package " + package] = {}
        if kind in ("message", "enum"):
            schema[f"{kind} {owner}"] = {}
        elif kind == "field":
            schema[f"field {owner} {rest[0]}"] = field_properties(*rest[1:])
        elif kind == "value":
            schema[f"value {owner} {rest[0]}"] = {"number": int(rest[1])}
        else:
            raise SystemExit(f"{program}: unknown line: {line}")
    return schema


def schema_of(files):
    """The schema of a list of FileDescriptorProto."""
    schema = {}
    for file in files:
        schema["package " + file.package] = {}
        for enum in file.enum_type:
            _add_enum(schema, file.package, enum)
        for message in file.message_type:
            _add_message(schema, file.package, message)
    return schema


def _add_enum(schema, scope, enum):
    owner = f"{scope}.{enum.name}"
    schema["enum " + owner] = {}
    for value in enum.value:
        schema[f"value {owner} {value.name}"] = {"number": value.number}


def _add_message(schema, scope, message):
    owner = f"{scope}.{message.name}"
    schema["message " + owner] = {}
    for field in message.field:
        kind = _F.Type.Name(field.type)[len("TYPE_"):].lower()
        flags = ["packed"] if field.options.packed else []
        flags += ["oneof"] if field.HasField("oneof_index") else []
        default = "=" + field.default_value if field.HasField("default_value") else ""
        schema[f"field {owner} {field.number}"] = field_properties(
            field.name, _LABELS[field.label], kind, field.type_name.lstrip("."), ",".join(flags), default)
    for enum in message.enum_type:
        _add_enum(schema, owner, enum)
    for nested in message.nested_type:
        _add_message(schema, owner, nested)


def load_proto_files(folder):
    """An npm package: its .proto files, through protoc."""
    files = sorted(glob.glob(os.path.join(folder, "*.proto")))
    if not files:
        raise SystemExit(f"{folder}: no .proto files")
    with tempfile.NamedTemporaryFile(suffix=".pb") as out:
        subprocess.run(["protoc", f"--proto_path={folder}", f"--descriptor_set_out={out.name}", *files],
                       check=True, capture_output=True)
        parsed = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    return schema_of(parsed.file)


# Runs under the client's own interpreter: its generated modules, imported the way it does itself.
_DUMP_PB2 = """
import glob, importlib, importlib.util, os, sys
from google.protobuf import descriptor_pb2
root = list(importlib.util.find_spec(sys.argv[1]).submodule_search_locations)[0]
folder = os.path.join(root, "common", "pb")
sys.path.insert(0, folder)
out = descriptor_pb2.FileDescriptorSet()
for path in sorted(glob.glob(os.path.join(folder, "*_pb2.py"))):
    module = importlib.import_module(os.path.basename(path)[:-3])
    module.DESCRIPTOR.CopyToProto(out.file.add())
sys.stdout.buffer.write(out.SerializeToString())
"""


def load_python(environment, package):
    """A PyPI package: its generated modules, as they are when imported."""
    done = subprocess.run([os.path.join(environment, "bin", "python"), "-W", "ignore", "-c", _DUMP_PB2, package],
                          check=True, stdout=subprocess.PIPE)
    schema = schema_of(descriptor_pb2.FileDescriptorSet.FromString(done.stdout).file)
    if not schema:
        raise SystemExit(f"{environment}: no generated modules in {package}")
    return schema


def officials(clients):
    at = lambda *path: os.path.join(clients, *path)
    return [
        Official("npm futu-api 10.11", True, lambda: load_proto_files(at("npm-futu", "package", "proto"))),
        Official("PyPI futu-api 10.11", False, lambda: load_python(at("py-futu"), "futu")),
        Official("PyPI moomoo-api 10.11", False, lambda: load_python(at("py-moomoo"), "moomoo")),
        Official("npm moomoo-api 9.6", False, lambda: load_proto_files(at("npm-moomoo", "package", "proto"))),
        Official("PyPI futu-api 9.6", False, lambda: load_python(at("py-futu9"), "futu")),
    ]


def compare(ours, official, is_reference=True):
    """Yields (element, what differs). Of a package that one side lacks, only the package."""
    missing = {e.split()[1] for e in official if e.startswith("package ") and e not in ours}
    for element, theirs in sorted(official.items()):
        words = element.split()
        if element in ours:
            for key, value in theirs.items():
                if ours[element][key] != value:
                    yield element, f"{key}: theirs {value!r}, ours {ours[element][key]!r}"
        elif words[0] == "package" or words[1].split(".")[0] not in missing:
            yield element, f"theirs {theirs}, ours lacks it"
    if is_reference:
        unknown = {e.split()[1] for e in ours if e.startswith("package ") and e not in official}
        for element, mine in sorted(ours.items()):
            words = element.split()
            if element not in official and (words[0] == "package" or words[1].split(".")[0] not in unknown):
                yield element, f"ours {mine}, theirs lacks it"


def self_check(ours):
    """The comparison must see every kind of deviation, or its silence means nothing."""
    if list(compare(ours, dict(ours))):
        return "a copy of ours differs from ours"

    def first(kind):
        return next(e for e in sorted(ours) if e.startswith(kind + " "))

    field, value = first("field"), first("value")
    mutations = {f"changed {key}": {field: {**ours[field], key: "mutated"}} for key in ours[field]}
    mutations["changed number"] = {value: {"number": ours[value]["number"] + 1}}
    for kind in ("package", "message", "field", "enum", "value"):
        element = first(kind)
        # The element under a name that is not there: theirs has more, theirs has less.
        renamed = " ".join([*element.split()[:-1], "4711" if kind == "field" else "Mutated"])
        mutations["added " + kind] = {renamed: ours[element]}
        mutations["removed " + kind] = {element: None}
    for name, change in mutations.items():
        theirs = {e: p for e, p in {**ours, **change}.items() if p is not None}
        if not list(compare(ours, theirs)):
            return f"the comparison does not see a mutation: {name}"
        if not name.startswith("removed") and not list(compare(ours, theirs, is_reference=False)):
            return f"the comparison with a package that is behind does not see a mutation: {name}"
    return None


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    ours = load_ours(sys.argv[1])
    failed = 0
    problem = self_check(ours)
    if problem:
        print(f"self-check: {problem}")
        failed = 1
    print(f"ours: {count(ours)}")
    print(f"{'official package':24}{'packages':>9}{'messages':>9}{'fields':>8}{'enums':>7}{'values':>8}"
          f"{'exceptions':>12}{'differences':>13}")
    used, details = set(), []
    for official in officials(sys.argv[2]):
        schema = official.load()
        excused = differences = 0
        for element, what in compare(ours, schema, official.is_reference):
            entry = next((x for x in EXCEPTIONS if x.element == element and official.name in x.where), None)
            if entry is not None:
                used.add((entry, official.name))
                excused += 1
            else:
                differences += 1
                details.append(f"{official.name}: {element}: {what}")
        compared = {e for e in schema if f"package {e.split()[1].split('.')[0]}" in ours}
        print(f"{official.name:24}{kinds(compared, 'package'):>9}{kinds(compared, 'message'):>9}"
              f"{kinds(compared, 'field'):>8}{kinds(compared, 'enum'):>7}{kinds(compared, 'value'):>8}"
              f"{excused:>12}{differences:>13}")
    details += [f"exceptions.py: {x.element} excuses nothing in {where}"
                for x in EXCEPTIONS for where in x.where if (x, where) not in used]
    for line in details:
        print(line)
    raise SystemExit(1 if failed or details else 0)


def kinds(schema, kind):
    return sum(e.startswith(kind + " ") for e in schema)


def count(schema):
    return ", ".join(f"{kinds(schema, kind)} {kind}s" for kind in ("package", "message", "field", "enum", "value"))


if __name__ == "__main__":
    main()
