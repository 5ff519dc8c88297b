#!/usr/bin/env python3
"""The packages of a build folder, as somebody gets them: what is in them, what they say of themselves, and
that the gateway that comes out of one serves. Also `cmake --install`. Nothing is installed on the machine.

usage: test_deb.py BUILD_DIR     (after `cpack` there; packages are in BUILD_DIR/packages)
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from serve import run, serve

BUILD = Path(sys.argv[1]).resolve()


class Package:
    def __init__(self, path, folder):
        self.path, self.root, self.control_dir = path, folder / "root", folder / "control"
        folder.mkdir()
        run("dpkg-deb", "-x", path, self.root)
        run("dpkg-deb", "-e", path, self.control_dir)
        text = (self.control_dir / "control").read_text()
        self.control = dict(re.findall(r"^([A-Z][\w-]*): (.*)$", text, re.M))
        self.name = self.control["Package"]
        self.listing = [line.split(None, 5) for line in run("dpkg-deb", "-c", path).splitlines()]
        self.files = {row[5].split(" -> ")[0][1:] for row in self.listing if row[0][0] != "d"}


def check_any(p):
    """What holds of every package."""
    assert re.fullmatch(r"[a-z0-9.+-]+", p.name) and p.control["Version"], p.control
    assert "@" in p.control["Maintainer"] and p.control["Description"], p.control
    for row in p.listing:
        assert row[1] == "root/root", row
        assert row[0][0] == "l" or row[0][8] != "w", f"anybody may write {row[5]}"
        assert row[5].startswith(("./", "./usr/", "./etc/", "./lib/")) and "/usr/local" not in row[5], row
    assert any(f.startswith("/usr/share/doc/") and f.endswith("/copyright") for f in p.files), p.files
    run("md5sum", "--quiet", "-c", p.control_dir / "md5sums", cwd=p.root)
    for script in ("preinst", "postinst", "prerm", "postrm"):
        if (p.control_dir / script).exists():
            assert os.access(p.control_dir / script, os.X_OK), script
            run("sh", "-n", p.control_dir / script)
    for file in p.files:
        path = p.root / file[1:]
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF":
            check_program(p, path)


def check_program(p, path):
    dynamic = run("readelf", "-dW", path)
    assert "RUNPATH" not in dynamic and "RPATH" not in dynamic, f"{path} looks for libraries in a build folder"
    assert ".debug_info" not in run("readelf", "-SW", path), f"{path} is not stripped"
    # Each library that it wants comes from a package that it depends on (a sibling's is not installed).
    for library in re.findall(r"NEEDED.*\[(.+)\]", dynamic):
        owners = subprocess.run(["dpkg-query", "-S", f"*/{library}"], text=True, stdout=subprocess.PIPE).stdout
        names = set(re.findall(r"^([\w.+-]+):", owners, re.M))
        depends = set(re.findall(r"[\w.+-]+", p.control["Depends"]))
        assert names & depends or (not names and library.startswith("libftapi")), (library, names, depends)


def check_opend(p):
    want = {"/usr/bin/opend", "/etc/opend/opend.xml", "/lib/systemd/system/opend.service",
            "/usr/share/man/man1/opend.1.gz", "/usr/share/man/man5/opend.xml.5.gz",
            "/usr/share/doc/opend/copyright", "/usr/share/doc/opend/README.md"}
    assert want <= p.files, want - p.files
    conffiles = set((p.control_dir / "conffiles").read_text().split())
    assert conffiles == {f for f in p.files if f.startswith("/etc/")}, conffiles
    for package in ("tzdata", "adduser", "libc6 (>= ", "libuv1", "libssl3", "libsqlite3-0", "libprotobuf-c1"):
        assert package in p.control["Depends"], (package, p.control["Depends"])
    check_man(p)
    return check_unit(p)


def check_man(p):
    """Every key of the program is in both pages, and roff reads them."""
    keys = re.findall(r"^  -(\w+) ", run(p.root / "usr/bin/opend", "-help"), re.M)
    assert len(keys) > 20, keys
    for page in ("man1/opend.1.gz", "man5/opend.xml.5.gz"):
        path = p.root / "usr/share/man" / page
        text = run("gzip", "-dc", path)
        assert not re.search(r"^@\w+@$", text, re.M) and "@VERSION@" not in text, page
        rows = re.findall(r"^\.TP\n\\fB(\w+)\\fR\n(?=.)", text, re.M)
        assert [k for k in rows if k in keys] == keys, set(keys) ^ set(rows)
        if shutil.which("mandoc"):
            run("mandoc", "-T", "lint", "-W", "warning", path)


def check_unit(p):
    """→ the service's environment and command."""
    path = p.root / "lib/systemd/system/opend.service"
    unit = path.read_text()
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "MemoryDenyWriteExecute=yes",
                 "StateDirectory=opend", "User=opend", "SystemCallFilter=@system-service"):
        assert line + "\n" in unit, line
    if shutil.which("systemd-analyze"):
        rating = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(path)],
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if "unrecognized option" not in rating.stdout: # before systemd 250
            assert rating.returncode == 0, rating.stdout
            print(rating.stdout.strip().splitlines()[-1])
    command = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1).split()
    assert command[0] in p.files, command
    return dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.M)), command


def test_service(p, folder):
    """The service's own command, with the paths of the extracted package and a port of its own."""
    environment, command = check_opend(p)

    def moved(text):
        return text.replace("/etc/opend", f"{p.root}/etc/opend").replace("/var/lib/opend", f"{folder}/state")
    environment = {name: moved(value) for name, value in environment.items()}
    command = [f"{p.root}{command[0]}", *map(moved, command[1:])]
    if "-check_config " in run(command[0], "-help"):
        effective = run(*command, "-check_config", env={**os.environ, **environment})
        assert f"{p.root}/etc/opend/opend.xml" in effective, effective
    serve(environment, [*command, "-api_port=0"])
    assert list((folder / "state").iterdir()), "nothing is in data_dir"


def test_install(folder):
    run("cmake", "--install", BUILD, "--prefix", folder / "prefix")
    for file in ("bin/opend", "share/man/man1/opend.1.gz", "share/man/man5/opend.xml.5.gz",
                 "share/doc/opend/examples/opend.xml"):
        assert (folder / "prefix" / file).is_file(), file
    assert not (folder / "etc").exists()
    serve({}, [str(folder / "prefix/bin/opend"), "-api_port=0", f"-data_dir={folder}/state2"])


def main():
    found = {}
    with tempfile.TemporaryDirectory() as temp:
        for path in sorted((BUILD / "packages").glob("*.deb")):
            p = Package(path, Path(temp) / path.stem)
            check_any(p)
            found[p.name] = p
            print(f"{path.name}: {len(p.files)} files; depends on {p.control.get('Depends', 'nothing')}")
        assert "opend" in found, f"no package opend in {BUILD}/packages"
        test_service(found["opend"], Path(temp))
        test_install(Path(temp))


main()
