"""The tables of docs/configuration.md against the program's own -help.

usage: config_table.py OPEND DOCUMENT [--write]"""
import os
import re
import subprocess
import sys

KEY = re.compile(r"^  -(\w+) +(.*?)(?: \(default (.*)\))?$")
VARIABLE = re.compile(r"^  ([A-Z0-9_]+) +(\w+)$")
TABLE = re.compile(r"(<!-- -help: (\w+) -->\n).*?(<!-- end -->)", re.S)


def tables(program):
    environment = {**os.environ, "HOME": "~"}
    environment.pop("XDG_STATE_HOME", None)
    text = subprocess.run([program, "-help"], capture_output=True, text=True, check=True, env=environment).stdout
    keys = [m.groups() for m in map(KEY.match, text.splitlines()) if m]
    variables = [m.groups() for m in map(VARIABLE.match, text.splitlines()) if m]
    assert len(keys) > 40 and len(variables) > 10, text
    rows = [f"| `{name}` | {default or 'command'} | {what} |\n" for name, what, default in keys]
    of_images = [f"| `{name}` | `{key}` |\n" for name, key in variables]
    return {"keys": "| key | default | meaning |\n| --- | --- | --- |\n" + "".join(rows),
            "variables": "| variable | key |\n| --- | --- |\n" + "".join(of_images)}


def main(program, document, write=None):
    with open(document, encoding="utf-8") as file:
        have = file.read()
    made = tables(program)
    want = TABLE.sub(lambda m: m[1] + made.pop(m[2]) + m[3], have)
    if made:
        sys.exit(f"{document}: no place for {', '.join(made)}")
    if write and want != have:
        with open(document, "w", encoding="utf-8") as file:
            file.write(want)
    elif want != have:
        sys.exit(f"{document} is not what -help says: run {sys.argv[0]} {program} {document} --write")


main(*sys.argv[1:])
