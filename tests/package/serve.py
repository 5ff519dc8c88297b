#!/usr/bin/env python3
"""Starts a gateway by its command, calls it (probe.py), ends it, and wants a clean end.
usage: serve.py COMMAND...     (with -api_port=0)"""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run(*command, **more):
    """→ what the command printed; it must end with 0."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **more)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def serve(environment, command):
    with subprocess.Popen(command, env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as gateway:
        try:
            head = []
            for line in gateway.stdout:
                head.append(line)
                found = re.search(r"listening on 127\.0\.0\.1:(\d+) \(TCP", line)
                if found:
                    break
            else:
                raise AssertionError("".join(head))
            print(run(sys.executable, HERE / "probe.py", "127.0.0.1", found.group(1)).strip())
            gateway.send_signal(signal.SIGTERM)
            rest, _ = gateway.communicate(timeout=60)
            assert gateway.returncode == 0, (gateway.returncode, rest)
        finally:
            gateway.kill()


if __name__ == "__main__":
    serve({}, sys.argv[1:])
