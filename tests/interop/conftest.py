"""Fixtures of the interop suites. Environment: OPEND_BIN, the gateway; FT_CLIENT (futu, moomoo),
the vendor's package in this Python; FT_JAVA, the folder of the Java SDK, FT_JS, that of the npm-... folders (clients.sh)."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from client import ClientProcess  # noqa: E402
from gateway import Gateway  # noqa: E402
from ft_raw import RawClient, conn_key  # noqa: E402


def pytest_configure(config):
    for line in ("client: runs the vendor's Python client",
                 "smoke: what an older client must still be able to do",
                 "raw: speaks the protocol itself; once is enough, whatever the client",
                 "java: runs the vendor's Java client",
                 "js: runs the vendor's JavaScript client"):
        config.addinivalue_line("markers", line)
    if "OPEND_BIN" not in os.environ:
        raise pytest.UsageError("OPEND_BIN must name the gateway's program")


@pytest.fixture
def start_gateway(tmp_path):
    """start_gateway(idle_timeout=2, …) → Gateway. All are stopped, and must end cleanly."""
    gateways = []

    def start(**parameters):
        folder = tmp_path / f"gateway{len(gateways)}"
        folder.mkdir()
        gateways.append(Gateway(folder, **parameters))
        return gateways[-1]

    yield start
    for gateway in gateways:
        gateway.stop()


@pytest.fixture
def gateway(start_gateway):
    return start_gateway()


@pytest.fixture
def encrypting_gateway(start_gateway):
    return start_gateway(rsa_private_key=conn_key())


@pytest.fixture
def connect():
    """connect(gateway, init=True, **InitConnect fields) → RawClient, closed at the end."""
    clients = []

    def make(gateway, init=True, receive_buffer=None, **fields):
        clients.append(RawClient(gateway.address, receive_buffer))
        if init:
            clients[-1].init_connect(**fields)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def start_client(tmp_path):
    """start_client("scenario", address, **settings) → ClientProcess: see scenarios/common.py."""
    processes = []

    def start(scenario, address, **settings):
        home = tmp_path / f"client{len(processes)}"
        home.mkdir()
        processes.append(ClientProcess(scenario, address, home, **settings))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
