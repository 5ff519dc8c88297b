"""The vendor's JavaScript client, unmodified, against the WebSocket API, driven through js/driver.mjs."""
import os
import subprocess

import pytest

from ws_raw import KEY, KEY_MD5, make_certificate

pytestmark = [
    pytest.mark.js,
    pytest.mark.skipif("FT_JS" not in os.environ, reason="FT_JS does not name the JavaScript clients' folder"),
]
DRIVER = os.path.join(os.path.dirname(__file__), "js", "driver.mjs")


def start_node(client, gateway, scenario, certificate=None):
    # What a user does with a self-made certificate; without it the client must refuse the gateway.
    environment = {**os.environ, **({"NODE_EXTRA_CA_CERTS": str(certificate)} if certificate else {})}
    host, port = gateway.websocket
    return subprocess.Popen(["node", DRIVER, os.path.join(os.environ["FT_JS"], client), host, str(port),
                             "1" if certificate else "0", KEY, scenario], env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(node):
    try:
        out = node.communicate(timeout=90)[0]
    finally:
        node.kill()
    assert node.returncode == 0 and out.splitlines()[-1:] == ["done"], out
    return out


CLIENTS = ["npm-futu6", "npm-futu7", "npm-futu", "npm-moomoo"]


@pytest.mark.parametrize("client,tls", [*((c, False) for c in CLIENTS), ("npm-futu6", True), ("npm-futu", True),
                                        ("npm-moomoo", True)])
def test_quotes_pushes_orders_fills(start_gateway, tmp_path, client, tls):
    certificate, files = make_certificate(tmp_path) if tls else (None, {})
    gateway = start_gateway(websocket_port=0, websocket_key_md5=KEY_MD5, **files)
    out = finish(start_node(client, gateway, "all", certificate))
    assert "wrong key refused" in out and out.count("order ") == 2, out


def test_it_logs_in_again_when_the_gateway_comes_back(start_gateway):
    gateway = start_gateway(websocket_port=0, websocket_key_md5=KEY_MD5)
    node = start_node("npm-futu", gateway, "reconnect")
    assert node.stdout.readline().startswith("login ")
    gateway.restart()
    finish(node)
