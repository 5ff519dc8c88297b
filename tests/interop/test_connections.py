"""Connection life cycle, row by row of platform.md §4.6, and its closing and refusing rules, with
bytes of our own. What the real client makes of them: test_client.py."""
import re
import signal
import socket
import struct
import threading
import time

import pytest

from ft_raw import (GLOBAL_STATE, JSON, KEEP_ALIVE, NOTIFY, PROTOBUF, TIMEOUT, USER_INFO, Bystander, Closed, RawClient,
                    global_state_request, keep_alive_request, pb)
from gateway import can_connect, eventually

pytestmark = pytest.mark.raw


def is_closed(client):
    """Whether the gateway has ended this connection; frames that wait to be read are dropped."""
    try:
        while True:
            client.receive(0.001)
    except Closed:
        return True
    except TimeoutError:
        return False


# --- places ----------------------------------------------------------------------------------


def test_full_means_no_listener(start_gateway, connect):
    gateway = start_gateway(max_connections=3)
    clients = [connect(gateway) for _ in range(3)]
    eventually(lambda: not can_connect(gateway.address), "the listener down at the limit")
    for client in clients:
        client.keep_alive()
    clients.pop().close()
    again = eventually(lambda: try_connect(gateway), "the listener up again")
    with again:
        again.init_connect()
        again.keep_alive()
        eventually(lambda: not can_connect(gateway.address), "the listener down again")
        for client in clients:
            client.keep_alive()


def try_connect(gateway):
    try:
        return RawClient(gateway.address)
    except ConnectionRefusedError:
        return None


def test_a_connection_without_init_connect_takes_a_place(start_gateway, connect):
    gateway = start_gateway(max_connections=1)
    silent = connect(gateway, init=False)
    eventually(lambda: not can_connect(gateway.address), "the listener down at the limit")
    silent.close()
    with eventually(lambda: try_connect(gateway), "the listener up again") as client:
        client.init_connect()


def test_many_connections_at_the_default_limit(gateway, connect):
    clients = [connect(gateway) for _ in range(128)]
    eventually(lambda: not can_connect(gateway.address), "the listener down at 128")
    for client in clients:
        client.keep_alive()


# --- silence ---------------------------------------------------------------------------------

# Seconds. Long beside the pauses of KEEPING, so that a busy machine does not make a client of these
# tests silent against its will; what is to happen is waited for and not timed.
IDLE = 4
KEEPING = 0.2


@pytest.mark.parametrize("init", [True, False], ids=["initialised", "never initialised"])
def test_idle_close(start_gateway, connect, init):
    gateway = start_gateway(idle_timeout=IDLE)
    began = time.monotonic()
    silent = connect(gateway, init=init)
    with Bystander(gateway.address):
        assert silent.expect_closed() == []
        assert time.monotonic() - began > IDLE / 2, "closed long before the timeout"


@pytest.mark.parametrize("proto", [KEEP_ALIVE, GLOBAL_STATE, 99999])
def test_any_frame_counts_as_alive(start_gateway, connect, proto):
    gateway = start_gateway(idle_timeout=IDLE)
    client = connect(gateway)
    body = {KEEP_ALIVE: keep_alive_request(), GLOBAL_STATE: global_state_request()}.get(proto, b"\x08\x01")
    end = time.monotonic() + 2.5 * IDLE
    while time.monotonic() < end:
        client.request(proto, body)
        time.sleep(KEEPING)


class Keeper:
    """Keeps a connection alive in the background: with Keeper(client): … Its own loss is an error."""

    def __init__(self, client):
        self.client = client
        self.error = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self.stopping.wait(KEEPING):
                self.client.keep_alive()
        except Exception as error:
            self.error = error

    def __enter__(self):
        self.thread.start()

    def __exit__(self, kind, *_):
        self.stopping.set()
        self.thread.join(TIMEOUT)
        if kind is None:
            assert self.error is None, f"the connection that was kept alive: {self.error!r}"
            self.client.keep_alive()


def test_silent_connection_with_a_younger_twin(start_gateway, connect):
    """It loses its place but not its socket: this client would drop the live connection with it."""
    gateway = start_gateway(idle_timeout=IDLE, max_connections=2)
    silent = connect(gateway, clientID="twin")
    younger = connect(gateway, clientID="twin")
    with Keeper(younger):
        eventually(lambda: not can_connect(gateway.address), "the listener down at the limit")
        gateway.wait_line(rf"event=detach conn={silent.info.connID} ")
        with eventually(lambda: try_connect(gateway), "the place of the silent connection") as third:
            third.init_connect(clientID="third")
            with Keeper(third):
                time.sleep(1.5 * IDLE)
                assert not is_closed(silent), "the socket of the silent connection was closed"
                silent.send(silent.build(KEEP_ALIVE, keep_alive_request()))
                silent.expect_closed()


@pytest.mark.parametrize("names", [("one", "two"), ("one", "One")], ids=["other", "other case"])
def test_silent_connection_without_a_twin(start_gateway, connect, names):
    gateway = start_gateway(idle_timeout=IDLE)
    silent = connect(gateway, clientID=names[0])
    with Keeper(connect(gateway, clientID=names[1])):
        silent.expect_closed()


def test_the_younger_of_two_twins_falls_silent(start_gateway, connect):
    """No younger one is alive then: the silent one is closed."""
    gateway = start_gateway(idle_timeout=IDLE)
    older = connect(gateway, clientID="twin")
    silent = connect(gateway, clientID="twin")
    with Keeper(older):
        silent.expect_closed()


# --- InitConnect -----------------------------------------------------------------------------


def test_connection_ids_and_keys(gateway, connect):
    seen = [connect(gateway).info for _ in range(40)]
    ids = [info.connID for info in seen]
    assert len(set(ids)) == len(ids)
    assert all(0 < i < 2 ** 63 for i in ids), ids
    assert sum(i > 2 ** 40 for i in ids) > 30, f"not random: {ids}"
    for values in ([i.connAESKey for i in seen], [i.aesCBCiv for i in seen]):
        assert len(set(values)) == len(values)
        assert all(re.fullmatch("[ -~]{16}", v) for v in values), values
    assert all(i.keepAliveInterval == 10 and i.serverVer > 0 and i.loginUserID > 0 for i in seen)


def test_connection_ids_differ_between_gateways(start_gateway, connect):
    """The Python client keeps its keys by connID for the whole process, whatever the gateway."""
    ids = [connect(start_gateway()).info.connID for _ in range(3)]
    assert len(set(ids)) == 3, ids


@pytest.mark.parametrize("fields", [
    dict(clientVer=0), dict(clientVer=-1), dict(clientVer=2 ** 31 - 1), dict(clientID=""), dict(clientID="x" * 5000),
    dict(clientID="名前"), dict(pushProtoFmt=7), dict(packetEncAlgo=7), dict(programmingLanguage="C"),
], ids=str)
def test_every_readable_init_connect_succeeds(gateway, connect, fields):
    """A refused InitConnect drives the real client into loops and leaks."""
    client = connect(gateway, init=False)
    client.init_connect(**fields)
    client.keep_alive()


def test_a_second_init_connect_does_no_harm(gateway, connect):
    client = connect(gateway)
    conn_id = client.info.connID
    client.init_connect()
    assert client.info.connID == conn_id
    client.keep_alive()


def test_global_state_names_the_connection(gateway, connect):
    client = connect(gateway)
    state = client.request(GLOBAL_STATE, global_state_request(), pb("GetGlobalState").Response)
    assert state.retType == 0 and state.s2c.connID == client.info.connID, state
    assert state.IsInitialized()


# --- the first push --------------------------------------------------------------------------


def test_first_push_is_held_back(gateway, connect):
    """Behind the InitConnect reply the Python client drops what comes at once. Late reading makes
    the gap look shorter, never longer: the longest of some attempts is what the gateway leaves."""
    gaps = []
    while len(gaps) < 30 and max(gaps, default=0) <= 0.08:
        client = connect(gateway, init=False)
        client.init_connect(recvNotify=True)
        replied = time.monotonic()
        push = client.reply(NOTIFY)
        gaps.append(push.at - replied)
        notify = pb("Notify").Response.FromString(client.plain(push))
        assert notify.retType == 0 and notify.IsInitialized() and notify.s2c.type != 0, notify
    assert max(gaps) > 0.08, gaps


def test_no_notify_without_recv_notify(gateway, connect):
    for fields in (dict(recvNotify=False), dict()):
        connect(gateway, **fields).expect_silence(1)


@pytest.mark.parametrize("configured,asked,expected", [
    (0, None, PROTOBUF), (1, None, JSON), (0, JSON, JSON), (1, PROTOBUF, PROTOBUF),
])
def test_push_format(start_gateway, connect, configured, asked, expected):
    gateway = start_gateway(push_proto_type=configured)
    client = connect(gateway, recvNotify=True, **({} if asked is None else {"pushProtoFmt": asked}))
    push = client.reply(NOTIFY)
    assert push.fmt == expected
    client.plain(push)


# --- closing ---------------------------------------------------------------------------------


def user_info_request():
    request = pb("GetUserInfo").Request()
    request.c2s.flag = 0
    return request


def flood(client, blocks, requests_each=100):
    """Sends many requests without reading, block by block. Ends early when the gateway has closed
    the connection, or does not take more."""
    client.socket.settimeout(TIMEOUT)
    try:
        for _ in range(blocks):
            client.socket.sendall(b"".join(client.build(USER_INFO, user_info_request()) for _ in range(requests_each)))
            time.sleep(0.001)
    except OSError:
        pass


def test_slow_reader_is_closed_with_a_reason(start_gateway, connect):
    """Its queue has a bound. The end falls between two frames, and nobody else notices."""
    gateway = start_gateway(output_limit=1 << 16)
    slow = connect(gateway, receive_buffer=4096)
    conn_id = slow.info.connID
    with Bystander(gateway.address) as bystander:
        mark = gateway.mark()
        flooding = threading.Thread(target=flood, args=(slow, 1000), daemon=True)
        flooding.start()
        reason = gateway.wait_line(rf"\b{conn_id}\b.*(?i:slow|output).*", mark, 60).group()
        assert str(1 << 16) in reason or "limit" in reason, reason
        bystander.wait_served()
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # now it reads, and fast
        frames = slow.expect_closed(60)
        flooding.join(TIMEOUT)
    assert len(frames) > 10
    assert [f.serial for f in frames] == list(range(2, 2 + len(frames))), "replies out of order or lost on the way"


def test_slow_reader_that_never_reads_does_not_stay(start_gateway, connect):
    """The frame under way is waited for, but not for ever."""
    gateway = start_gateway(output_limit=1 << 16, max_connections=2)
    stuck = connect(gateway, receive_buffer=4096)
    with Bystander(gateway.address):
        flooding = threading.Thread(target=flood, args=(stuck, 1000), daemon=True)
        flooding.start()
        with eventually(lambda: try_connect(gateway), "its place", 60) as next_one:
            next_one.init_connect()
            next_one.keep_alive()
        flooding.join(60)
        assert not flooding.is_alive(), "the gateway neither reads nor closes"


def test_a_reader_that_keeps_up_is_not_closed(start_gateway, connect):
    """The bound is for what waits, not for what passes."""
    gateway = start_gateway(output_limit=1 << 16)
    client = connect(gateway)
    for _ in range(200):
        serials = [next(client.serials) for _ in range(20)]
        client.send(b"".join(client.build(USER_INFO, user_info_request(), s) for s in serials))
        for serial in serials:
            client.reply(USER_INFO, serial)


def test_a_burst_larger_than_the_bound_is_not_slow_reading(start_gateway, connect):
    """Replies count as waiting once the socket does not take them, not before they were offered to
    it: a reader that takes everything at once may pipeline as it likes."""
    gateway = start_gateway(output_limit=1 << 16)
    client = connect(gateway)
    serials = [next(client.serials) for _ in range(2000)]
    client.send(b"".join(client.build(USER_INFO, user_info_request(), s) for s in serials))
    for serial in serials:
        client.reply(USER_INFO, serial)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_shutdown_under_load(gateway, connect, how):
    """The listener goes first; every connection ends between two frames, what is answered is whole."""
    clients = [connect(gateway, receive_buffer=4096) for _ in range(5)]
    for client in clients:
        flood(client, 20)
    time.sleep(0.2)
    gateway.terminate(how)
    ends = []
    threads = [threading.Thread(target=lambda c=c: ends.append(c.expect_closed(30)), daemon=True) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert len(ends) == len(clients), "a connection was cut inside a frame, or left open"
    gateway.wait()
    assert not can_connect(gateway.address)


def test_shutdown_does_not_wait_for_silent_connections(start_gateway, connect):
    gateway = start_gateway()
    clients = [connect(gateway, init=init) for init in (True, False)]
    half = connect(gateway)
    half.send(half.build(KEEP_ALIVE, keep_alive_request())[:50])
    gateway.stop()
    for client in [*clients, half]:
        client.expect_closed()


def test_restart_on_the_same_port_at_once(gateway, connect):
    """Connections of the former life in TIME_WAIT must not keep the port."""
    for _ in range(3):
        client = connect(gateway)
        client.keep_alive()
        gateway.restart()
        client.expect_closed()
    connect(gateway).keep_alive()


def test_client_that_only_ends_its_sending_still_gets_its_replies(gateway, connect):
    client = connect(gateway)
    client.send(b"".join(client.build(KEEP_ALIVE, keep_alive_request()) for _ in range(100)))
    client.socket.shutdown(socket.SHUT_WR)
    frames = client.expect_closed()
    assert len(frames) == 100


def test_abrupt_ends_do_not_disturb_others(gateway, connect):
    with Bystander(gateway.address):
        for i in range(50):
            client = RawClient(gateway.address)
            if i % 2:
                client.init_connect()
                client.send(client.build(KEEP_ALIVE, keep_alive_request()) * 10)
            if i % 3 == 0:
                client.send(client.build(KEEP_ALIVE, keep_alive_request())[:i])
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            client.close()
