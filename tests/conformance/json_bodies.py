#!/usr/bin/env python3
"""JSON bodies of every message against the vendor's own Python client, both ways (platform.md §4.5).

usage: json_bodies.py JSON_BODIES PACKAGE    in the environment of the client (PACKAGE: futu, moomoo)

Replies and pushes: what our writer makes of a message, the client's json2pb must read as the same
message. Requests: what the client's MessageToJson makes of a message, our reader must read as the
same message. JSON_BODIES is the program built from json_bodies.c.
"""
import glob
import importlib
import importlib.util
import os
import random
import subprocess
import sys

from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.json_format import MessageToJson

from exceptions import EXCEPTIONS

EACH = 6  # messages of a type
WHOLE = {F.TYPE_INT32: (-2**31, 2**31 - 1), F.TYPE_UINT32: (0, 2**32 - 1), F.TYPE_INT64: (-2**63, 2**63 - 1),
         F.TYPE_UINT64: (0, 2**64 - 1), F.TYPE_SINT32: (-2**31, 2**31 - 1), F.TYPE_SINT64: (-2**63, 2**63 - 1)}
TEXT = ["a", "00700", '"', "\\", "\n", "\x01", "é", "腾讯", "😀", "/", "\t", " ", "{", "null", "\u2028"]


def value(field, dice):
    if field.type in WHOLE:
        low, high = WHOLE[field.type]
        return dice.choice([low, high, 0, 1, dice.randint(low, high), dice.randint(max(low, -1000), 1000)])
    if field.type == F.TYPE_ENUM:
        return dice.choice(field.enum_type.values).number
    if field.type == F.TYPE_BOOL:
        return dice.random() < 0.5
    if field.type == F.TYPE_STRING:
        return "".join(dice.choices(TEXT, k=dice.randint(0, 6)))
    if field.type == F.TYPE_BYTES:
        return dice.randbytes(dice.randint(0, 9))
    assert field.type in (F.TYPE_DOUBLE, F.TYPE_FLOAT), field.full_name
    return dice.choice([0.0, -1.5, dice.randint(-10**6, 10**6) / 1000, dice.uniform(-1e30, 1e30), dice.random() * 1e-20])


def fill(message, dice, with_bytes, depth=0):
    """Required fields always, others by chance."""
    for field in message.DESCRIPTOR.fields:
        required = field.label == F.LABEL_REQUIRED
        if not required and (dice.random() < 0.3 or (depth > 5 and field.message_type)):
            continue
        if field.type == F.TYPE_BYTES and not with_bytes and not required:
            continue  # the client's reader cannot receive them (§4.5)
        if field.label == F.LABEL_REPEATED:
            for _ in range(dice.randint(0, 3)):
                if field.message_type:
                    fill(getattr(message, field.name).add(), dice, with_bytes, depth + 1)
                else:
                    getattr(message, field.name).append(value(field, dice))
        elif field.message_type:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), dice, with_bytes, depth + 1)
        else:
            setattr(message, field.name, value(field, dice))


def all_types(package):
    """Every top-level message of the client's generated modules, as its class."""
    root = list(importlib.util.find_spec(package).submodule_search_locations)[0]
    sys.path.insert(0, os.path.join(root, "common", "pb"))
    for path in sorted(glob.glob(os.path.join(root, "common", "pb", "*_pb2.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        for name in module.DESCRIPTOR.message_types_by_name:
            yield getattr(module, name)


def load_reader(package):
    """The client's json2pb, without the rest of the client."""
    root = list(importlib.util.find_spec(package).submodule_search_locations)[0]
    spec = importlib.util.spec_from_file_location("pbjson", os.path.join(root, "common", "pbjson.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.json2pb


def dropped_packages():
    """Packages that PyPI still carries and that are not ours, for the reason in exceptions.py."""
    return {e.element.split()[1] for e in EXCEPTIONS if e.element.startswith("package ")}


def difference(how, message, answer, json2pb):
    """What is wrong with the answer for this message; None: nothing."""
    word, _, rest = answer.partition(" ")
    if word != "ok":
        return rest
    try:
        body = bytes.fromhex(rest)
        got = json2pb(type(message), body.decode("utf-8")) if how == "w" else type(message).FromString(body)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    one, other = (m.SerializePartialToString(deterministic=True) for m in (got, message))
    if one != other:
        return f"{message} became {got}"
    return None


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    program, package = sys.argv[1:]
    json2pb = load_reader(package)
    dropped = dropped_packages()
    dice = random.Random(1)
    asked, lines = [], []
    for kind in all_types(package):
        if kind.DESCRIPTOR.file.package in dropped:
            continue
        for _ in range(EACH):
            reply, request = kind(), kind()
            fill(reply, dice, with_bytes=False)
            fill(request, dice, with_bytes=True)
            asked += [("w", reply), ("r", request)]
            lines.append(f"w {kind.DESCRIPTOR.full_name} {reply.SerializeToString().hex()}")
            lines.append(f"r {kind.DESCRIPTOR.full_name} {MessageToJson(request).encode('ascii').hex()}")
    done = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    faults = []
    for (how, message), answer in zip(asked, answers, strict=True):
        fault = difference(how, message, answer, json2pb)
        if fault:
            who = "written for" if how == "w" else "written by"
            faults.append(f"{who} the client: {message.DESCRIPTOR.full_name}: {fault}")
    # The comparison must see what is wrong, or its silence means nothing: the next message's answer.
    unlike = [difference(*asked[i], answers[i + 2], json2pb) for i in range(len(asked) - 2)]
    if sum(map(bool, unlike)) < len(unlike) / 2:
        faults.append("self-check: the answers of other messages pass")
    for fault in faults[:20]:
        print(fault[:2000])
    types = len({m.DESCRIPTOR.full_name for _, m in asked})
    print(f"json bodies, {package}: {types} messages, {len(asked)} bodies both ways, {len(faults)} differences")
    raise SystemExit(1 if faults or types < 500 else 0)


if __name__ == "__main__":
    main()
