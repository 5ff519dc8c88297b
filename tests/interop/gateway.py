"""Starts and stops the gateway under test (environment OPEND_BIN: the program)."""
import os
import re
import signal
import socket
import subprocess
import threading
import time

LISTENING = re.compile(r"listening on ([0-9.]+):(\d+)")
SANITIZER = re.compile(r"\b(?:Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer\b|runtime error: ")
START_TIMEOUT = 60
STOP_TIMEOUT = 60


class Gateway:
    """One gateway on a free loopback port; restart() keeps the port. Parameters are its own:
    Gateway(folder, idle_timeout=2) starts it with -idle_timeout=2."""

    stdin = subprocess.DEVNULL

    def __init__(self, folder, **parameters):
        self.folder = folder
        self.parameters = {"api_ip": "127.0.0.1", "api_port": 0, "data_dir": folder / "data",
                           "log_level": "debug", "lang": "en", **parameters}
        self.process = None
        self.lines = []  # of its output, over all its lives
        self.starts = 0
        self.start()

    @property
    def address(self):
        return ("127.0.0.1" if self.ip == "0.0.0.0" else self.ip, self.port)

    def service(self, key, name):
        """The address of a service besides the TCP API; restart() keeps its port too."""
        port = int(self.wait_line(rf"listening on [0-9.]+:(\d+) \({name}").group(1))
        self.parameters[key] = port
        return ("127.0.0.1", port)

    @property
    def websocket(self):
        return self.service("websocket_port", "WebSocket")

    @property
    def http(self):
        return self.service("http_port", "HTTP")

    def start(self):
        self.parameters["data_dir"].mkdir(parents=True, exist_ok=True)
        command = [os.environ["OPEND_BIN"], *(f"-{key}={value}" for key, value in self.parameters.items())]
        self.starts += 1
        self.spawn(command)

    def spawn(self, command, env=None):
        self.process = subprocess.Popen(command, cwd=self.folder, stdin=self.stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", env=env)
        mark = self.mark()
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()
        found = self.wait_line(LISTENING, mark, START_TIMEOUT)
        self.ip, self.port = found.group(1), int(found.group(2))
        self.parameters["api_port"] = self.port

    def _read(self, process):
        self.lines.extend(process.stdout)

    def tail(self, lines=60):
        return "".join(self.lines[-lines:])

    def mark(self):
        """Where its output stands, for wait_line()."""
        return len(self.lines)

    def wait_line(self, pattern, mark=0, timeout=30):
        """Waits for a line of output, from the mark on, that matches."""
        pattern = re.compile(pattern)
        end = time.monotonic() + timeout
        while True:
            ended = self.process.poll() is not None
            if ended:
                self.reader.join(5)
            while mark < len(self.lines):
                found = pattern.search(self.lines[mark])
                if found:
                    return found
                mark += 1
            assert not ended, f"the gateway ended with {self.process.returncode}:\n{self.tail()}"
            assert time.monotonic() < end, f"the gateway has not said {pattern.pattern!r}:\n{self.tail()}"
            time.sleep(0.01)

    def terminate(self, how=signal.SIGTERM):
        """Asks it to end, without waiting for it."""
        self.process.send_signal(how)

    def wait(self):
        """Waits for the end after terminate(), which must be a clean one."""
        process, self.process = self.process, None
        try:
            code = process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the gateway does not stop on SIGTERM:\n{self.tail()}") from None
        self.reader.join(5)
        assert not any(SANITIZER.search(line) for line in self.lines), self.tail(400)
        assert code == 0, f"the gateway ended with {code}:\n{self.tail()}"

    def stop(self):
        if self.process is not None:
            self.terminate()
            self.wait()

    def restart(self):
        self.stop()
        self.start()


def can_connect(address):
    """Whether there is a listener; the connection made to find out is closed again."""
    try:
        socket.create_connection(address, timeout=5).close()
        return True
    except (ConnectionRefusedError, ConnectionResetError):  # reset: it is just being taken down
        return False


def eventually(check, what, timeout=30.0, pause=0.02):
    """Repeats check until it returns something true, and returns that."""
    end = time.monotonic() + timeout
    while True:
        result = check()
        if result:
            return result
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(pause)
