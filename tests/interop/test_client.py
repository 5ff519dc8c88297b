"""The vendor's own Python client, unmodified, against the gateway: what it can call, and that it
survives restarts and closings as platform.md §4.6 wants it. Scenarios run in scenarios/."""
import time

import pytest

from ft_raw import Closed, RawClient, conn_key
from gateway import can_connect, eventually
from proxy import Proxy

pytestmark = pytest.mark.client

PLAIN = {}
JSON = {"form": "json"}
FORMS = {
    "protobuf": PLAIN,
    "json": JSON,
    "encrypted": {"key_file": True, "encrypt": True},
    "json-encrypted": {"key_file": True, "encrypt": True, "form": "json"},
    "key-file-only": {"key_file": True},
}


def start(start_gateway, form, **parameters):
    """A gateway for this form of client, and the client's settings."""
    settings = dict(FORMS[form])
    if settings.get("key_file"):
        settings["key_file"] = conn_key()
        parameters["rsa_private_key"] = conn_key()
    return start_gateway(**parameters), settings


@pytest.mark.smoke
@pytest.mark.parametrize("form", FORMS)
def test_platform_calls(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form)
    client = start_client("basics", gateway.address, **settings)
    client.expect("connected")
    client.expect("done")
    client.finish()


@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_plain_client_of_an_encrypting_gateway(encrypting_gateway, start_client, form):
    """§6.1 row 4: without a key the platform and quote protocols are served in plain."""
    client = start_client("basics", encrypting_gateway.address, everything=False, **FORMS[form])
    client.expect("connected")
    client.expect("done")
    client.finish()


@pytest.mark.once
def test_push_format_follows_configuration_only_without_a_choice(start_gateway, start_client):
    """The client asks for its own format; a gateway set to JSON pushes must not override that."""
    gateway = start_gateway(push_proto_type=1)
    client = start_client("basics", gateway.address, everything=False)
    client.expect("connected")
    client.expect("done")
    client.finish()


@pytest.mark.smoke
@pytest.mark.parametrize("form", ["protobuf", "encrypted"])
def test_stays_connected_past_heartbeats(start_gateway, start_client, form):
    """Nothing but heartbeats, for longer than the idle rule would bear without them."""
    gateway, settings = start(start_gateway, form, keep_alive_interval=2, idle_timeout=8)
    client = start_client("keepalive", gateway.address, seconds=18, **settings)
    client.expect("connected")
    client.finish()


@pytest.mark.once
def test_stays_connected_with_the_default_heartbeat(gateway, start_client):
    client = start_client("keepalive", gateway.address, seconds=22)
    client.expect("connected")
    client.finish()


@pytest.mark.smoke
@pytest.mark.parametrize("form", ["protobuf", "json", "encrypted"])
def test_reconnects_after_a_restart(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form)
    client = start_client("reconnect", gateway.address, contexts=2, **settings)
    client.expect("connected")
    gateway.restart()
    client.tell("check")
    client.expect("reconnected")
    client.tell("end")
    client.finish()


@pytest.mark.once
@pytest.mark.parametrize("settings", [PLAIN, JSON, {"key_file": True, "encrypt": True},
                                      {"key_file": True, "encrypt_connection": True}],
                         ids=["protobuf", "json", "encrypted", "plain-frame-on-encrypted"])
def test_call_made_while_the_gateway_is_down(start_gateway, start_client, settings):
    settings = dict(settings)
    parameters = {}
    if settings.get("key_file"):
        settings["key_file"] = parameters["rsa_private_key"] = conn_key()
    gateway = start_gateway(**parameters)
    client = start_client("call_while_down", gateway.address, **settings)
    client.expect("connected")
    gateway.stop()
    client.tell("down")
    client.expect("called")
    gateway.start()
    client.expect("done", timeout=90)
    client.finish()


@pytest.mark.once
@pytest.mark.parametrize("form", ["protobuf", "encrypted"])
def test_shutdown_in_mid_traffic(start_gateway, start_client, form):
    """The end must not cut a frame in two: this client would never recover from the rest of one."""
    gateway, settings = start(start_gateway, form)
    client = start_client("traffic", gateway.address, **settings)
    client.expect("flowing")
    gateway.restart()
    client.tell("check")
    client.expect("done", timeout=90)
    client.finish()


@pytest.mark.once
@pytest.mark.parametrize("contexts", [1, 2])
def test_silent_client_comes_back(start_gateway, start_client, contexts):
    """A client that says nothing is let go by the idle rule, and does not flap once it is back. With
    two contexts of one clientID the older one's socket may stay open until its next frame."""
    gateway = start_gateway(keep_alive_interval=1, idle_timeout=4)
    client = start_client("reconnect", gateway.address, contexts=contexts)
    ids = client.expect("connected")["conn_ids"]
    client.pause()
    for conn_id in ids:
        gateway.wait_line(rf"event=(close|detach) conn={conn_id} .*(idle|silent)")
    client.resume()
    client.tell("check")
    client.expect("reconnected")
    time.sleep(6)
    client.tell("end")
    client.finish()


@pytest.mark.once
def test_slow_client_is_closed_and_comes_back(start_gateway, start_client):
    gateway = start_gateway(output_limit=1 << 16)
    proxy = Proxy(gateway.address)
    try:
        client = start_client("slow", proxy.address, requests=60000)
        client.expect("connected")
        mark = gateway.mark()
        proxy.reading.clear()
        client.tell("flood")
        gateway.wait_line(r"event=close .*slow reader", mark, timeout=180)
        proxy.reading.set()
        client.expect("reconnected", timeout=90)
        client.finish()
    finally:
        proxy.close()


@pytest.mark.once
def test_waits_for_a_place(start_gateway, start_client):
    """Full means no listener, which this client retries for ever (§4.6 "Refusing")."""
    gateway = start_gateway(max_connections=1)
    first = start_client("queue_up", gateway.address)
    first.expect("connecting")
    first.expect("connected")
    eventually(lambda: not can_connect(gateway.address), "the listener down at the limit")
    second = start_client("queue_up", gateway.address)
    second.expect("connecting")
    time.sleep(5)
    assert not second.steps, second.lines
    first.tell("end")
    first.finish()
    second.expect("connected")
    second.tell("end")
    second.finish()


def take_the_place(gateway):
    """A connection of our own after a restart, made before the client is back."""
    while True:
        gateway.restart()
        try:
            other = RawClient(gateway.address)
            other.init_connect()
            return other
        except (ConnectionError, Closed):
            pass  # the client was faster


@pytest.mark.once
def test_waits_for_a_place_when_it_reconnects(start_gateway, start_client):
    """Somebody else took the last place meanwhile: a refused InitConnect would leave this client
    without a connection for ever, a missing listener does not (§4.6 "Refusing", second column)."""
    gateway = start_gateway(max_connections=1)
    client = start_client("reconnect", gateway.address)
    client.expect("connected")
    with take_the_place(gateway) as other:
        eventually(lambda: not can_connect(gateway.address), "the listener down at the limit")
        client.tell("check")
        end = time.monotonic() + 14  # two of its attempts
        while time.monotonic() < end:
            other.keep_alive()
            time.sleep(0.5)
        assert not client.steps, client.lines
    client.expect("reconnected", timeout=90)
    client.tell("end")
    client.finish()


def test_delay_statistics_of_pushes(start_gateway, start_client):
    gateway = start_gateway(sim_speed=20)
    client = start_client("delays", gateway.address)
    client.expect("done", timeout=90)
    client.finish()


@pytest.mark.once
def test_waits_for_the_gateway(start_gateway, start_client):
    gateway = start_gateway()
    gateway.stop()
    client = start_client("queue_up", gateway.address)
    client.expect("connecting")
    time.sleep(5)
    gateway.start()
    client.expect("connected")
    client.tell("end")
    client.finish()
