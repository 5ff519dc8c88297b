"""Frames: how they may arrive, and the defined answer to each way of getting one wrong
(platform.md §4.2, §4.4, §16 points 9 and 10). A second connection is served all the while."""
import json
import os
import re
import socket
import time

import pytest

from ft_raw import (ENC_CBC, GET_ACC_LIST, GLOBAL_STATE, INIT_CONNECT, JSON, KEEP_ALIVE, NOTIFY, TEST_CMD, USER_INFO,
                    VERIFICATION, AesCipher, Bystander, Closed, RsaCipher, client_folder, conn_key, frame, init_request,
                    keep_alive_request, pb)

pytestmark = pytest.mark.raw

FAILED, INVALID = -1, -500


@pytest.fixture
def bystander(gateway):
    with Bystander(gateway.address) as other:
        yield other


def refusal(client, proto, body, fmt=0, allowed=(FAILED, INVALID)):
    """Sends a bad request; the refusal must echo id and serial and say why. The connection lives."""
    plain = client.request(proto, body, fmt=fmt)
    if fmt == JSON:
        answer = json.loads(plain)
        ret, text = answer["retType"], answer.get("retMsg", "")
        assert "s2c" not in answer, answer
    else:
        # Every Response begins with the same fields; KeepAlive's reads them all.
        answer = pb("KeepAlive").Response.FromString(plain)
        ret, text = answer.retType, answer.retMsg
        assert not answer.HasField("s2c"), answer
    assert ret in allowed, answer
    assert text.strip(), "a refusal without words"
    return text


# --- ways to arrive --------------------------------------------------------------------------


def test_byte_by_byte(gateway, connect):
    client = connect(gateway, init=False)
    for data in (frame(INIT_CONNECT, init_request().SerializeToString(), 1),
                 client.build(KEEP_ALIVE, keep_alive_request(), 2)):
        for byte in data:
            client.send(bytes([byte]))
            time.sleep(0.0005)
        client.receive()
    client.keep_alive()


@pytest.mark.parametrize("cut", [1, 2, 43, 44, 45])
def test_split_around_the_header(gateway, connect, cut):
    client = connect(gateway)
    data = client.build(KEEP_ALIVE, keep_alive_request(), 7)
    client.send(data[:cut])
    time.sleep(0.1)
    client.send(data[cut:])
    client.reply(KEEP_ALIVE, 7)


def test_coalesced(gateway, connect):
    """InitConnect and what follows it in one piece, with the beginning of one more frame."""
    client = connect(gateway, init=False)
    last = client.build(KEEP_ALIVE, keep_alive_request(), 12)
    client.send(frame(INIT_CONNECT, init_request().SerializeToString(), 1)
                + b"".join(client.build(KEEP_ALIVE, keep_alive_request(), s) for s in range(2, 12)) + last[:20])
    client.reply(INIT_CONNECT, 1)
    for serial in range(2, 12):
        client.reply(KEEP_ALIVE, serial)
    client.send(last[20:])
    client.reply(KEEP_ALIVE, 12)


def test_a_thousand_pipelined(gateway, connect, bystander):
    client = connect(gateway)
    client.send(b"".join(client.build(KEEP_ALIVE, keep_alive_request(), s) for s in range(1000)))
    for serial in range(1000):
        got = client.reply(KEEP_ALIVE, serial)
        response = pb("KeepAlive").Response.FromString(client.plain(got))
        assert response.retType == 0 and response.IsInitialized()


@pytest.mark.parametrize("serials", [(5, 4, 3), (9, 9, 9), (0, 2 ** 32 - 1, 0, 2 ** 31)], ids=str)
def test_serials_in_any_order(gateway, connect, serials):
    client = connect(gateway)
    for serial in serials:
        client.send(client.build(KEEP_ALIVE, keep_alive_request(), serial))
        client.reply(KEEP_ALIVE, serial)


def test_version_and_reserved_bytes_are_not_looked_at(gateway, connect):
    client = connect(gateway)
    data = bytearray(client.build(KEEP_ALIVE, keep_alive_request(), 3))
    data[7] = 1
    data[36:44] = b"reserved"
    client.send(data)
    client.reply(KEEP_ALIVE, 3)


# --- unreadable: the stream cannot be trusted any more -----------------------------------------


GOOD = frame(KEEP_ALIVE, b"\x0a\x06\x08\x80\xe2\xcf\xaa\x06", 2)
UNREADABLE = {
    "magic": b"XT" + GOOD[2:],
    "half a magic": b"FX" + GOOD[2:],
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(40),
    "length of 4 GiB": frame(KEEP_ALIVE, b"", 2, length=0xFFFFFFFF),
    "negative length": frame(KEEP_ALIVE, b"", 2, length=0x80000000),
    "length of 256 MiB": frame(KEEP_ALIVE, b"", 2, length=256 << 20),
    "digest": frame(KEEP_ALIVE, b"\x0a\x06\x08\x80\xe2\xcf\xaa\x06", 2, digest=bytes(20)),
    "digest of another body": frame(KEEP_ALIVE, b"\x0a\x06\x08\x80\xe2\xcf\xaa\x06", 2, digest=b"\xa5" * 20),
    "digest of nothing": frame(KEEP_ALIVE, b"", 2, digest=bytes(20)),
}


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("init", [True, False], ids=["initialised", "fresh"])
def test_unreadable_closes(gateway, connect, bystander, what, init):
    client = connect(gateway, init=init)
    mark = gateway.mark()
    client.send(UNREADABLE[what])
    assert client.expect_closed() == [], "an answer to what cannot be read"
    gateway.wait_line(r"event=close", mark)


def test_requests_before_the_unreadable_one_are_answered(gateway, connect):
    client = connect(gateway)
    client.send(b"".join(client.build(KEEP_ALIVE, keep_alive_request(), s) for s in range(2, 12)) + UNREADABLE["magic"])
    assert [f.serial for f in client.expect_closed()] == list(range(2, 12))


@pytest.mark.parametrize("length", [1, 30, 44, 48])
def test_frame_cut_by_the_end_of_the_stream(gateway, connect, bystander, length):
    client = connect(gateway)
    client.send(GOOD[:length])
    client.socket.shutdown(socket.SHUT_WR)
    assert client.expect_closed() == []


def test_largest_request_is_bounded_but_not_small(gateway, connect):
    """A megabyte is still read (and refused for what it says), see §4.2."""
    client = connect(gateway)
    refusal(client, 99999, bytes(1 << 20))
    client.keep_alive()


# --- readable, but wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"\x08", b"\xff" * 40, b"\x0a\x7f\x00", b"\x0a\x06\x08\x80\xe2\xcf", b"\x0b",
                                  b"\x07\x01"],
                         ids=["cut tag", "no message", "cut submessage", "truncated body", "group", "wire type 7"])
@pytest.mark.parametrize("proto", [KEEP_ALIVE, GLOBAL_STATE, USER_INFO, VERIFICATION])
def test_body_that_is_no_such_message(gateway, connect, bystander, proto, body):
    client = connect(gateway)
    refusal(client, proto, body)
    client.keep_alive()


@pytest.mark.parametrize("proto,body,field", [
    (KEEP_ALIVE, b"\x0a\x00", "time"),               # c2s without time
    (GLOBAL_STATE, b"\x0a\x00", "userID"),
    (VERIFICATION, b"\x0a\x02\x08\x01", "op"),       # type without op
    (KEEP_ALIVE, b"\x10\x01", "c2s"),                # only an unknown field
])
def test_missing_required_field(gateway, connect, bystander, proto, body, field):
    client = connect(gateway)
    text = refusal(client, proto, body)
    assert field in text, f"the refusal does not name {field}: {text}"
    client.keep_alive()


def test_empty_body(gateway, connect, bystander):
    client = connect(gateway)
    refusal(client, KEEP_ALIVE, b"")
    client.keep_alive()


@pytest.mark.parametrize("body", [
    b"", b"not json", b"{", b'{"c2s":', b"[]", b"1", b"null", b'{"c2s":[]}', b'{"c2s":{}}', b"{}", b"\x00\x01\x02",
    b'{"c2s":{"time":"yesterday"}}', b'{"c2s":{"time":{}}}', b'{"c2s":{"time":1e300}}', b"\xff\xfe{\x00",
    b'{"c2s":{"time":"1"}} trailing', b"[" * 100000, b'{"c2s":' * 50000,
], ids=lambda b: repr(b[:30]))
def test_json_that_is_none(gateway, connect, bystander, body):
    client = connect(gateway)
    refusal(client, KEEP_ALIVE, body, fmt=JSON)
    client.keep_alive()


def test_format_byte(gateway, connect, bystander):
    """Neither 0 nor 1: the answer is in a format that clients know, or the connection ends."""
    client = connect(gateway)
    client.send(client.build(KEEP_ALIVE, keep_alive_request(), 5, fmt=7))
    try:
        got = client.reply(KEEP_ALIVE, 5)
        assert pb("KeepAlive").Response.FromString(client.plain(got)).retType in (FAILED, INVALID)
    except Closed as closed:
        assert not closed.rest


@pytest.mark.parametrize("fmt", [0, JSON])
@pytest.mark.parametrize("proto", [0, 1, 999, 1011, 99999, 2 ** 31, 2 ** 32 - 1])
def test_unknown_protocol(gateway, connect, bystander, proto, fmt):
    client = connect(gateway)
    text = refusal(client, proto, b'{"c2s":{}}' if fmt == JSON else b"\x0a\x00", fmt, allowed=(FAILED,))
    assert str(proto) in text, text
    client.keep_alive()


# Protocols that the gateway will get last, and one that has no definition anywhere; whichever of them
# has no handler is what is asked.
LATE = {1009: "InitQuantMode", 3222: "GetUserSecurityGroup", 3104: "RequestHistoryKLQuota", 3103: "RequestHistoryKL",
        3210: "GetWarrant", 3215: "StockFilter", 3217: "GetIpoList", 2226: "FlowSummary", GET_ACC_LIST: "GetAccList"}


def test_known_protocol_without_handler(gateway, connect, bystander):
    client = connect(gateway)
    missing = 0
    for proto, name in LATE.items():
        response = pb("KeepAlive").Response.FromString(client.request(proto, b"\x0a\x00"))
        if "not available" in response.retMsg:
            missing += 1
            assert response.retType == FAILED and name in response.retMsg, response
    client.keep_alive()
    assert missing, "InitQuantMode at least is a name only (§4.3)"


def official_ids():
    """The protocols of the client's ProtoId, read from its source; pushes cannot be asked for."""
    with open(os.path.join(client_folder(), "common", "constant.py"), encoding="utf-8") as file:
        body = re.search(r"^class ProtoId\b.*?(?=^class )", file.read(), re.M | re.S).group()
    found = {int(number): name for name, number in re.findall(r"^    (\w+) = (\d+)", body, re.M)}
    pushes = {number for number, name in found.items() if re.search("(?:^|_)(?:Update|Notify|Push)", name)}
    return {number: name for number, name in found.items() if number not in pushes}


@pytest.mark.parametrize("fmt", [0, JSON])
def test_every_official_protocol_is_known_by_name(gateway, connect, fmt):
    """Whatever the newest client can ask for is answered under its name: as not available, or, where
    it is served, as the unreadable body that it is."""
    ids = official_ids()
    assert len(ids) > 150 and ids[KEEP_ALIVE] == "KeepAlive"
    client = connect(gateway)
    served = 0
    for proto, name in ids.items():
        if proto == INIT_CONNECT:
            continue
        text = refusal(client, proto, b"{" if fmt == JSON else b"\x08", fmt)
        word = name.removeprefix("Qot_").removeprefix("Trd_").removeprefix("Get").replace("_", "").lower()
        assert word in text.replace("_", "").lower(), (proto, name, text)
        assert "unknown" not in text, text
        served += "not available" not in text
    assert served > 5
    client.keep_alive()


def test_test_cmd_is_unsupported(gateway, connect):
    request = pb("TestCmd").Request()
    request.c2s.cmd = "anything"
    refusal(connect(gateway), TEST_CMD, request.SerializeToString(), allowed=(FAILED,))


@pytest.mark.parametrize("proto", [NOTIFY, 3005, 2208])
def test_push_ids_are_never_used_for_replies(gateway, connect, bystander, proto):
    """§16 point 2: every client takes such a frame for a push, whatever its serial."""
    client = connect(gateway)
    client.send(client.build(proto, b"\x0a\x00", 41))
    client.send(client.build(KEEP_ALIVE, keep_alive_request(), 42))
    try:
        got = client.receive()
        assert got.proto == KEEP_ALIVE and got.serial == 42, got
    except Closed as closed:
        assert not closed.rest


# --- before InitConnect ------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", [0, JSON])
@pytest.mark.parametrize("proto", [KEEP_ALIVE, GLOBAL_STATE, USER_INFO, GET_ACC_LIST, 3203, 99999])
def test_request_before_init_connect(gateway, connect, bystander, proto, fmt):
    client = connect(gateway, init=False)
    body = b'{"c2s":{"time":"1"}}' if fmt == JSON else b"\x0a\x02\x08\x01"
    refusal(client, proto, body, fmt, allowed=(FAILED,))
    client.init_connect()
    client.keep_alive()


def test_request_before_init_connect_is_refused_in_plain(encrypting_gateway, connect):
    client = connect(encrypting_gateway, init=False)
    refusal(client, KEEP_ALIVE, keep_alive_request(), allowed=(FAILED,))
    client.init_connect(rsa=RsaCipher(conn_key()), packetEncAlgo=ENC_CBC)
    client.keep_alive()


@pytest.mark.parametrize("body", [b"\xff\xff", b"\x0a\x00", b"\x0a\x03\x08\xac\x02"],
                         ids=["garbage", "empty c2s", "no clientID"])
def test_init_connect_that_is_none(gateway, connect, bystander, body):
    """Not a readable InitConnect: refused with words; a right one after it is served."""
    client = connect(gateway, init=False)
    refusal(client, INIT_CONNECT, body)
    client.init_connect()
    client.keep_alive()


# --- the wrong cipher --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["other key", "other mode", "not encrypted at all but claimed", "half a block"])
def test_wrong_cipher_closes(encrypting_gateway, connect, how):
    with Bystander(encrypting_gateway.address):
        client = connect(encrypting_gateway, init=False)
        client.init_connect(rsa=RsaCipher(conn_key()), packetEncAlgo=ENC_CBC)
        client.keep_alive()
        body = keep_alive_request().SerializeToString()
        wire = {
            "other key": AesCipher(ENC_CBC, "0123456789ABCDEF", client.info.aesCBCiv).encrypt(body),
            "other mode": AesCipher(0, client.info.connAESKey, "").encrypt(body),
            "not encrypted at all but claimed": bytes(32),
            "half a block": client.cipher.encrypt(body)[:8],
        }[how]
        client.send(frame(KEEP_ALIVE, body, 9, wire=wire))
        assert client.expect_closed() == []
