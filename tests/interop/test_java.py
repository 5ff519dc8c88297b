"""The vendor's Java SDK against the gateway, driven through java/Driver.java."""
import os
import re
import subprocess
import threading
import time

import pytest

from ft_raw import conn_key
from gateway import eventually

pytestmark = [
    pytest.mark.java,
    pytest.mark.skipif("FT_JAVA" not in os.environ, reason="FT_JAVA does not name the Java client's folder"),
]


class Driver:
    def __init__(self, address, *arguments):
        java = os.environ["FT_JAVA"]
        self.lines = []
        self.seen = 0
        self.process = subprocess.Popen(
            ["java", "-cp", f"{java}/classes:{java}/lib/*", "Driver", address[0], str(address[1]), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def expect(self, pattern, timeout=60):
        """The next line that matches from its start; lines before it are passed over."""
        end = time.monotonic() + timeout
        while True:
            while self.seen < len(self.lines):
                line = self.lines[self.seen]
                self.seen += 1
                if found := re.match(pattern, line):
                    return found
            assert time.monotonic() < end, f"no line {pattern!r} in {self.lines}"
            time.sleep(0.02)

    def finish(self):
        self.tell("quit")
        self.expect("bye")
        assert self.process.wait(30) == 0, self.lines

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()


@pytest.fixture
def start_driver():
    drivers = []

    def start(gateway, *arguments):
        drivers.append(Driver(gateway.address, *arguments))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.kill()


def use(driver):
    """Connects and makes the calls; returns connID."""
    driver.tell("connect")
    conn_id = int(driver.expect(r"init 0 conn=(\d+)").group(1))
    assert conn_id > 0
    driver.tell("state")
    state = driver.expect(r"state (-?\d+) version=(\d+) logined=(\w+) conn=(\d+)")
    assert state.group(1) == "0" and state.group(3) == "true" and int(state.group(4)) == conn_id, state.group()
    driver.tell("user")
    user = driver.expect(r"user .*").group()
    assert re.fullmatch(r"user 0 id=[1-9]\d* hk=[1-6]", user), user
    return conn_id


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_java_client(start_gateway, start_driver, encrypted):
    key = (conn_key(),) if encrypted else ()
    gateway = start_gateway(**({"rsa_private_key": key[0]} if encrypted else {}))
    driver = start_driver(gateway, *key)
    first = use(driver)
    eventually(lambda: any(line.startswith("notify ") for line in driver.lines), "the first push")
    gateway.restart()
    driver.expect("disconnected")
    assert use(driver) != first
    driver.finish()


def test_java_heartbeats(start_gateway, start_driver):
    gateway = start_gateway(keep_alive_interval=2, idle_timeout=6)
    driver = start_driver(gateway)
    use(driver)
    time.sleep(14)
    assert not any(line.startswith("disconnected") for line in driver.lines), driver.lines
    driver.tell("state")
    driver.expect("state 0")
    driver.finish()


def test_java_trades(start_gateway):
    """Every trade method and order type, with the figures worked out by hand (java/TradeDriver.java)."""
    gateway = start_gateway(limits="off", sim_speed=10)
    java = os.environ["FT_JAVA"]
    done = subprocess.run(["java", "-cp", f"{java}/classes:{java}/lib/*", "TradeDriver", *map(str, gateway.address)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180)
    assert done.stdout.splitlines()[-1:] == ["done"], done.stdout
