"""The WebSocket API at its edges (platform.md 9): handshake, frames, key, TLS, closing, limits. What the
vendor's JavaScript client makes of it is test_js.py's matter."""
import os
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from ft_raw import GET_ACC_LIST, GLOBAL_STATE, INIT_CONNECT, NOTIFY, TIMEOUT, Bystander, Closed, RawClient, \
    global_state_request, pb
from gateway import can_connect, eventually
from test_pushes import SUB, UPDATE_QUOTE, UPDATE_TICKER, subscribe
from ws_raw import BINARY, CLOSE, CONTINUATION, DISCONNECTED, INIT, KEY, KEY_MD5, PING, PONG, REPLY, REQUEST, SIGN, TEXT, \
    InitRequest, InitResponse, WebSocketClient, make_certificate, relay_request, ws_frame

pytestmark = pytest.mark.raw

BODY_MAX = 1 << 20  # of a request


@pytest.fixture
def ws_gateway(start_gateway):
    return start_gateway(websocket_port=0)


@pytest.fixture
def web():
    """web(gateway, init=True, key="", …) → WebSocketClient, closed at the end."""
    clients = []

    def make(gateway, init=True, key="", **options):
        clients.append(WebSocketClient(gateway.websocket, **options))
        return clients[-1].init(key) if init else clients[-1]

    yield make
    for client in clients:
        client.close()


def state(client):
    return client.request(GLOBAL_STATE, global_state_request(), "GetGlobalState")


def refusal(body):
    """retMsg of a reply that any Response type can read, which must be a failure."""
    response = pb("KeepAlive").Response.FromString(body)
    assert response.retType == -1 and response.retMsg, response
    return response.retMsg


# --- Init ---------------------------------------------------------------------------------------


def test_vectors(start_gateway, web):
    """The bytes of platform.md 9.6, as the vendor's client sends and reads them."""
    gateway = start_gateway(websocket_port=0, websocket_key_md5=KEY_MD5.upper())
    client = web(gateway, init=False)
    client.send(ws_frame(BINARY, bytes.fromhex("66742d76312e3000 00000001 0000000000000002 0a2e2220") + KEY_MD5.encode() +
                         bytes.fromhex("320a4a617661536372697074")))
    opcode, payload = client.frame()
    assert opcode == BINARY
    assert payload[:44] == bytes.fromhex("66742d76312e3000 00000001 0000000000000002 00000000") + bytes(20)
    response = InitResponse.FromString(payload[44:])
    assert response.retType == 0 and abs(response.s2c.serverTime - time.time()) < 60 and response.s2c.connID > 0
    assert response.s2c.connID < 1 << 63
    assert state(client).s2c.connID == response.s2c.connID


@pytest.mark.parametrize("given", ["", "x", KEY, KEY_MD5[:-1] + "0", KEY_MD5 + "0", KEY_MD5[:31]])
def test_wrong_keys(start_gateway, web, given):
    gateway = start_gateway(websocket_port=0, websocket_key_md5=KEY_MD5)
    client = web(gateway, init=False)
    request = InitRequest()
    request.c2s.websocketKey = given
    got = client.ask(INIT, request)
    assert got.error == -1 and 0 < len(got.errmsg) <= 20 and "key" in got.errmsg.lower(), got
    response = InitResponse.FromString(got.body)
    assert response.retType == -1 and response.retMsg and not response.HasField("s2c"), response
    client.expect_close(1008)
    right = InitRequest()
    right.c2s.websocketKey = KEY_MD5.upper()
    assert web(gateway, init=False).ask(INIT, right).error == 0


def test_without_a_key_any_is_taken(ws_gateway, web):
    web(ws_gateway, key="whatever")
    assert web(ws_gateway, init=False).ask(INIT, b"").error == 0  # all fields are optional
    client = web(ws_gateway, init=False)
    got = client.ask(INIT, b"\xff\xff")
    assert got.error == -1 and got.body, got
    client.expect_close(1008)


def test_before_init_and_relay_commands(ws_gateway, web):
    client = web(ws_gateway, init=False)
    for cmd in (GLOBAL_STATE, GET_ACC_LIST, INIT_CONNECT, 2, 99, 0):
        got = client.ask(cmd, global_state_request())
        assert got.error == 0, got
        refusal(got.body)
    client.init()
    assert state(client).retType == 0
    assert "Init" in refusal(client.ask(INIT_CONNECT).body)
    refusal(client.ask(77).body)
    refusal(client.ask(54321).body)
    got = client.ask(GLOBAL_STATE, b"\xff\xff")
    assert got.error == 0 and pb("KeepAlive").Response.FromString(got.body).retType != 0
    client.init()  # again: does no harm
    assert state(client).s2c.connID == client.info.connID
    assert client.ask(GLOBAL_STATE, global_state_request(), section=(1 << 64) - 1).section == (1 << 64) - 1


# --- Messages and frames -------------------------------------------------------------------------


def test_what_is_ignored(ws_gateway, web):
    """Text, another sign, too short: passed over, and what follows is served (9.2)."""
    client = web(ws_gateway)
    body = global_state_request().SerializeToString()
    for opcode, payload in [(TEXT, b"hello"), (BINARY, b""), (BINARY, b"ft-v1.0\0"), (BINARY, relay_request(1, 2, b"")[:19]),
                            (BINARY, relay_request(GLOBAL_STATE, 9, body, sign=b"ft-v2.0\0")), (PONG, b"unasked"),
                            (TEXT, relay_request(5, 9, body))]:
        client.send(ws_frame(opcode, payload))
        assert state(client).retType == 0


def test_fragments_and_pings_between(ws_gateway, web):
    client = web(ws_gateway)
    message = relay_request(GLOBAL_STATE, 777, global_state_request().SerializeToString())
    client.send(ws_frame(BINARY, message[:5], fin=False) + ws_frame(PING, b"in between") +
                ws_frame(CONTINUATION, b"", fin=False) + ws_frame(CONTINUATION, message[5:21], fin=False))
    for byte in ws_frame(CONTINUATION, message[21:]):
        client.send(bytes([byte]))
    assert client.reply(GLOBAL_STATE, 777).error == 0
    assert (PONG, b"in between") in client.controls
    both = relay_request(GLOBAL_STATE, 1, message[20:]), relay_request(GLOBAL_STATE, 2, message[20:])
    client.send(b"".join(ws_frame(BINARY, m) for m in both))
    assert client.reply(GLOBAL_STATE, 1).body and client.reply(GLOBAL_STATE, 2).body


def test_size_of_messages(ws_gateway, web):
    client = web(ws_gateway)
    got = client.ask(GLOBAL_STATE, b"\0" * BODY_MAX)  # read, and no request
    assert pb("KeepAlive").Response.FromString(got.body).retType != 0
    with Bystander(ws_gateway.address):
        client.send(ws_frame(BINARY, relay_request(GLOBAL_STATE, 5, b"\0" * (BODY_MAX + 1))))
        client.expect_close(1009)
        piece = relay_request(GLOBAL_STATE, 5, b"\0" * (BODY_MAX // 2))
        client = web(ws_gateway)
        client.send(ws_frame(BINARY, piece, fin=False) + ws_frame(CONTINUATION, piece, fin=False) +
                    ws_frame(CONTINUATION, piece))
        client.expect_close(1009)
        client = web(ws_gateway)
        client.send(ws_frame(BINARY, b"f", fin=False) + 2000 * ws_frame(CONTINUATION, b"t", fin=False))
        client.expect_close(1009)
        client = web(ws_gateway)
        client.send(struct.pack(">BBQ", 0x82, 0xff, 1 << 62) + bytes(5))  # announced, and begun
        client.expect_close(1009)


@pytest.mark.parametrize("bad", [ws_frame(BINARY, relay_request(GLOBAL_STATE, 2, b""), mask=False),
                                 ws_frame(BINARY, b"x", rsv=4), ws_frame(3, b"x"), ws_frame(11, b"x"),
                                 ws_frame(CONTINUATION, b"of nothing"), ws_frame(PING, b"x" * 126), ws_frame(PING, b"", fin=False)],
                         ids=["unmasked", "rsv", "opcode 3", "opcode 11", "continuation", "long ping", "cut ping"])
def test_what_rfc_6455_forbids(ws_gateway, web, bad):
    client = web(ws_gateway)
    with Bystander(ws_gateway.address):
        client.send(bad)
        client.expect_close(1002)


def test_close_handshake(ws_gateway, web):
    client = web(ws_gateway)
    request = ws_frame(BINARY, relay_request(GLOBAL_STATE, 50, global_state_request().SerializeToString()))
    client.send(request + ws_frame(CLOSE, struct.pack(">H", 1000) + b"enough") + request)
    assert client.reply(GLOBAL_STATE, 50).error == 0
    client.expect_close(1000)
    assert not [p for p in client.pushes if p.cmd == GLOBAL_STATE]  # nothing is served behind a Close frame


def test_abrupt_ends(ws_gateway, web):
    with Bystander(ws_gateway.address):
        for cut in (1, 3, 7, 20, 27):
            client = web(ws_gateway)
            client.send(ws_frame(BINARY, relay_request(GLOBAL_STATE, 3, b"\x0a\0"))[:cut])
            if cut % 2:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()


# --- The handshake, and HTTP ------------------------------------------------------------------------


@pytest.mark.parametrize("status,options", [
    (426, {"Sec_WebSocket_Version": "8"}), (426, {"Sec_WebSocket_Version": None}), (400, {"Sec_WebSocket_Key": None}),
    (400, {"Sec_WebSocket_Key": "short"}), (400, {"Connection": "close"}), (400, {"method": "POST"}),
    (404, {"path": "/other"}), (404, {"Upgrade": None}), (404, {"Upgrade": "h2c"}), (414, {"path": "/" + "a" * 2000}),
    (431, {"X": "a" * 10000})])
def test_refused_handshakes(ws_gateway, web, status, options):
    client = web(ws_gateway, init=False, handshake=False)
    got, headers = client.handshake(**options)
    assert got == status and headers["connection"] == "close", headers
    if status == 426:
        assert headers["sec-websocket-version"] == "13"
    with pytest.raises(Closed):
        client._more(time.monotonic() + TIMEOUT)


def test_a_handshake_in_pieces_with_the_first_message_behind_it(ws_gateway, web):
    client = web(ws_gateway, init=False, handshake=False)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    request = (f"GET /?a=b HTTP/1.1\r\nhost: x\r\nCONNECTION: keep-alive, upgrade\r\nupgrade: h2c, WebSocket\r\n"
               f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n").encode()
    for byte in request[:-3]:
        client.send(bytes([byte]))
    status, headers, rest = client.http(request[-3:] + ws_frame(BINARY, relay_request(INIT, 2, b"")))
    assert status == 101 and headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, 1.3
    assert client.reply(INIT, 2).error == 0
    assert state(client).retType == 0


def test_not_http(ws_gateway, web):
    with Bystander(ws_gateway.address):
        for garbage in (b"\0\1\2\3\r\n\r\n", b"FT" + bytes(42), b"GET\r\n\r\n", b"\x16\x03\x01\x00\x05hello"):
            client = web(ws_gateway, init=False, handshake=False)
            assert client.http(garbage)[0] == 400
            with pytest.raises(Closed):
                client._more(time.monotonic() + TIMEOUT)


def test_http_port_takes_no_place(start_gateway, connect):
    gateway = start_gateway(http_port=0, max_connections=1)
    connect(gateway)
    assert not can_connect(gateway.address)
    for _ in range(3):
        with WebSocketClient(gateway.http, handshake=False) as client:
            status, headers, _ = client.http(b"GET /no/such/path HTTP/1.1\r\nHost: x\r\n\r\n")
            assert status == 404 and int(headers["content-length"]) > 0
    with WebSocketClient(gateway.http, handshake=False) as client:
        assert client.handshake()[0] == 404  # a WebSocket is served on its own port


# --- Pushes, orders -----------------------------------------------------------------------------------


def test_pushes(start_gateway, web, connect):
    """Section 0, and the same body for everyone: WebSocket clients and those of the TCP API."""
    gateway = start_gateway(websocket_port=0, sim_speed=50)
    first, second, other = web(gateway), web(gateway), connect(gateway)
    for client in (first, second):
        assert client.ask(SUB, subscribe(client)).error == 0
    other.send(other.build(SUB, subscribe(other)))
    bodies = []
    for receive in (lambda c=first: c.message(), lambda c=second: c.message(), other.receive):
        end, own = time.monotonic() + 1.2, set()
        while time.monotonic() < end:
            got = receive()
            cmd = got.cmd if hasattr(got, "cmd") else got.proto
            assert not hasattr(got, "cmd") or (got.section, got.error, got.errmsg) == (0, 0, ""), got
            if cmd in (UPDATE_QUOTE, UPDATE_TICKER):
                own.add(got.body)
        bodies.append(own)
    assert len(bodies[0] & bodies[1] & bodies[2]) > 5, "no push reached all"


def test_notices_come_unasked(ws_gateway, web):
    """The vendor's client has a callback for them; a body without a required field would end its process."""
    client = web(ws_gateway)
    for _ in range(4):
        notice = pb("Notify").Response.FromString(client.push(NOTIFY).body)
        assert notice.IsInitialized() and notice.retType == 0, notice


def test_packet_ids_are_filled_in(start_gateway, web):
    """connID and serialNo may be anything, again and again (9.5)."""
    client = web(start_gateway(websocket_port=0, limits="off"))
    request = pb("Trd_GetAccList").Request()
    request.c2s.userID = 0
    accounts = client.request(GET_ACC_LIST, request, "Trd_GetAccList").s2c.accList
    account = next(a for a in accounts if a.trdEnv == 0 and 1 in a.trdMarketAuthList)
    order = pb("Trd_PlaceOrder").Request()
    order.c2s.packetID.connID, order.c2s.packetID.serialNo = 0, 0
    order.c2s.header.trdEnv, order.c2s.header.accID, order.c2s.header.trdMarket = 0, account.accID, 1
    order.c2s.trdSide, order.c2s.orderType, order.c2s.code, order.c2s.secMarket = 1, 1, "00700", 1
    order.c2s.qty, order.c2s.price = 100, 1.0
    ids = {client.request(2202, order, "Trd_PlaceOrder").s2c.orderID for _ in range(3)}
    assert len(ids) == 3 and 0 not in ids, ids


# --- Life ---------------------------------------------------------------------------------------------


def test_pings_keep_a_client_that_answers(start_gateway, web):
    gateway = start_gateway(websocket_port=0, keep_alive_interval=1, idle_timeout=2)
    alive, silent = web(gateway), web(gateway)
    silent.answer_pings = False
    with pytest.raises(TimeoutError):
        while True:  # pings only: they are answered in message()
            alive.push(12345, timeout=5)
    assert sum(opcode == PING for opcode, _ in alive.controls) >= 3
    assert state(alive).retType == 0
    silent.expect_close(1001)
    half = web(gateway, init=False, handshake=False)  # the handshake has a bound too
    half.send(b"GET / HTTP/1.1\r\n")
    with pytest.raises(Closed):
        half._more(time.monotonic() + TIMEOUT)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_stop(start_gateway, web, tmp_path, tls):
    """What is asked is answered, then the relay says that the gateway goes, then the Close frame."""
    certificate, files = make_certificate(tmp_path) if tls else (None, {})
    gateway = start_gateway(websocket_port=0, **files)
    clients = [web(gateway, tls=certificate) for _ in range(3)]
    gateway.terminate()
    for client in clients:
        client.expect_close(1001)
        client.close()
        last = client.pushes[-1]
        assert (last.cmd, last.section, last.error) == (DISCONNECTED, 0, 0) and last.body, last
    gateway.wait()


def test_full_means_no_listener(start_gateway, web, connect):
    """WebSocket clients take places like the others."""
    gateway = start_gateway(websocket_port=0, max_connections=2)
    address = gateway.websocket
    first, _ = web(gateway), connect(gateway)
    eventually(lambda: not can_connect(address), "no listener")
    assert not can_connect(gateway.address)
    first.close()
    eventually(lambda: can_connect(gateway.address) and can_connect(address), "the listeners")

    def try_again():  # what can_connect opened may still take the place
        try:
            return web(gateway)
        except (OSError, Closed):
            return None
    eventually(try_again, "a place")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_slow_reader(start_gateway, web, tmp_path, tls):
    """It is closed with a reason, between two frames; others do not notice."""
    certificate, files = make_certificate(tmp_path) if tls else (None, {})
    gateway = start_gateway(websocket_port=0, output_limit=1 << 16, **files)
    slow = web(gateway, tls=certificate, receive_buffer=4096)
    question = ws_frame(BINARY, relay_request(1005, 7, pb("GetUserInfo").Request.FromString(b"\x0a\0").SerializeToString()))

    def flood():
        try:
            for _ in range(4000):
                slow.send(question * 50)
        except OSError:
            pass

    with Bystander(gateway.address) as bystander:
        mark = gateway.mark()
        flooding = threading.Thread(target=flood, daemon=True)
        flooding.start()
        gateway.wait_line(rf"\b{slow.info.connID}\b.*(?i:slow|output).*", mark, 60)
        bystander.wait_served()
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        replies = 0
        with pytest.raises(Closed) as closed:
            while True:
                replies += slow.message().cmd == 1005
        assert not closed.value.rest and replies > 10, closed.value
        flooding.join(TIMEOUT)


# --- TLS ------------------------------------------------------------------------------------------------


@pytest.fixture
def tls_gateway(start_gateway, tmp_path):
    certificate, files = make_certificate(tmp_path)
    gateway = start_gateway(websocket_port=0, **files)
    gateway.certificate = certificate
    return gateway


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_tls(tls_gateway, web, version):
    client = web(tls_gateway, tls=tls_gateway.certificate, version=version)
    assert state(client).retType == 0
    assert client.request(GET_ACC_LIST, accounts_request(), "Trd_GetAccList").s2c.accList  # trading is allowed
    body = b"\0" * BODY_MAX  # many records
    assert pb("KeepAlive").Response.FromString(client.ask(GLOBAL_STATE, body).body).retType != 0
    bars = pb("Qot_RequestHistoryKL").Request()
    bars.c2s.rehabType, bars.c2s.klType, bars.c2s.beginTime, bars.c2s.endTime = 1, 1, "2020-01-01", "2030-01-01"
    bars.c2s.security.market, bars.c2s.security.code, bars.c2s.maxAckKLNum = 1, "00700", 1000
    assert len(client.request(3103, bars, "Qot_RequestHistoryKL").s2c.klList) == 1000
    client.ask(SUB, subscribe(client))
    assert client.push(UPDATE_QUOTE).section == 0
    client.send(ws_frame(CLOSE, struct.pack(">H", 1000)))
    client.expect_close(1000)  # and an orderly end of TLS: ssl raises on a cut stream


def accounts_request():
    request = pb("Trd_GetAccList").Request()
    request.c2s.userID = 0
    return request


def test_tls_and_those_who_do_not_speak_it(tls_gateway, web):
    with Bystander(tls_gateway.address):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", bytes(5000)):
            client = web(tls_gateway, init=False, handshake=False)
            client.send(garbage)
            if len(garbage) > 3:
                with pytest.raises(Closed):
                    while True:
                        client._more(time.monotonic() + TIMEOUT)
            client.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            context = ssl.create_default_context()
            with socket.create_connection(tls_gateway.websocket) as raw:
                context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_beyond_loopback_only_with_tls(start_gateway, connect):
    """Nothing listens then; the gateway itself is up and says why (2.5)."""
    gateway = start_gateway(websocket_ip="0.0.0.0", websocket_port=0)
    gateway.wait_line(r"error .*websocket.*websocket_cert")
    gateway.wait_line(r"^WebSocket is not started: websocket_ip=0\.0\.0\.0")
    assert not any("(WebSocket" in line for line in gateway.lines)
    connect(gateway).keep_alive()


def test_files_that_do_not_do(tmp_path):
    _, files = make_certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, others = make_certificate(other)
    for wrong, word in (({"websocket_cert": files["websocket_cert"]}, "websocket_private_key is missing"),
                        ({"websocket_private_key": files["websocket_private_key"]}, "websocket_cert is missing"),
                        ({**files, "websocket_cert": "/no/such/file"}, "websocket_cert=/no/such/file"),
                        ({**files, "websocket_private_key": others["websocket_private_key"]}, "does not belong")):
        parameters = {"api_port": 0, "data_dir": tmp_path / "data", "websocket_port": 0, **wrong}
        done = subprocess.run([os.environ["OPEND_BIN"], *(f"-{k}={v}" for k, v in parameters.items())], timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == (2 if "missing" in word else 1) and word in done.stdout, done.stdout
