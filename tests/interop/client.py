"""A scenario of scenarios/ in a Python process of its own: what the vendor's client keeps, it keeps
for a whole process (settings, network thread), and some of its calls can hang."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class ClientProcess:
    """The scenario tells its steps with say("word", …), one JSON line each, which expect() returns,
    and waits for words of the test with await_word()."""

    def __init__(self, scenario, address, home, **settings):
        settings = {"host": address[0], "port": address[1], **settings}
        environment = {**os.environ, "HOME": str(home), "FT_SETTINGS": json.dumps(settings),
                       "PYTHONUNBUFFERED": "1"}
        self.name = scenario
        self.lines = []   # everything it printed
        self.steps = []   # what it told and nobody has expected yet
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", os.path.join(HERE, "scenarios", scenario + ".py")],
            cwd=home, env=environment, text=True, errors="replace",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                if line.startswith("STEP "):
                    self.steps.append(json.loads(line[len("STEP "):]))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(end of output)\n")
            self.changed.notify_all()

    def _ended(self):
        return bool(self.lines) and self.lines[-1] == "(end of output)\n"

    def _failure(self, what):
        return f"{self.name}: {what}; its output:\n{''.join(self.lines[-120:])}"

    def expect(self, word, timeout=60):
        """Waits for a step; the ones before it must not be skipped. Returns its values."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.steps or self._ended(), timeout):
                raise AssertionError(self._failure(f"no {word!r} within {timeout} s"))
            if not self.steps:
                raise AssertionError(self._failure(f"ended before {word!r}"))
            step = self.steps.pop(0)
        assert step["step"] == word, self._failure(f"said {step!r} in place of {word!r}")
        return step

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def finish(self, timeout=60):
        """Waits for the end, which must be a success."""
        end = time.monotonic() + timeout
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._failure(f"still running after {timeout} s")) from None
        self.reader.join(max(1, end - time.monotonic()))
        assert code == 0, self._failure(f"exit code {code}")

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
