"""A WebSocket client without any library: the relay's messages and RFC 6455 under the test's control."""
import base64
import hashlib
import itertools
import os
import socket
import ssl
import struct
import subprocess
import time
from typing import NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from ft_raw import TIMEOUT, Closed, pb

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
INIT, DISCONNECTED = 1, 2
SIGN = b"ft-v1.0\0"
REQUEST = struct.Struct(">8sIQ")
REPLY = struct.Struct(">8sIQi20s")
KEY = "123456"
KEY_MD5 = hashlib.md5(KEY.encode()).hexdigest()


def _init_messages():
    """Request and Response of InitWebSocket, which the Python client does not have (platform.md 9.3)."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="ws_raw_init.proto", package="ws_raw")
    for name, fields in {
            "C2S": [("IP", 1, field.TYPE_STRING), ("Port", 2, field.TYPE_INT32), ("RSAPrivateKey", 3, field.TYPE_STRING),
                    ("websocketKey", 4, field.TYPE_STRING), ("clientID", 5, field.TYPE_STRING),
                    ("programmingLanguage", 6, field.TYPE_STRING)],
            "S2C": [("serverTime", 1, field.TYPE_INT64), ("connID", 2, field.TYPE_UINT64)],
            "Request": [("c2s", 1, "C2S")],
            "Response": [("retType", 1, field.TYPE_INT32), ("retMsg", 2, field.TYPE_STRING),
                         ("errCode", 3, field.TYPE_INT32), ("s2c", 4, "S2C")]}.items():
        message = file.message_type.add(name=name)
        for label, number, kind in fields:
            one = message.field.add(name=label, number=number, label=field.LABEL_OPTIONAL)
            if isinstance(kind, str):
                one.type, one.type_name = field.TYPE_MESSAGE, f".ws_raw.{kind}"
            else:
                one.type = kind
    file.message_type[-1].field[0].label = field.LABEL_REQUIRED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype  # 3.x
    return [made(pool.FindMessageTypeByName(f"ws_raw.{n}")) for n in ("Request", "Response")]


InitRequest, InitResponse = _init_messages()


def make_certificate(folder):
    """A self-made certificate: its file, and the gateway's parameters for TLS."""
    key, certificate = folder / "ws-key.pem", folder / "ws-cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "30", "-keyout", key,
                    "-out", certificate, "-subj", "/CN=opend test", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, {"websocket_cert": certificate, "websocket_private_key": key}


def ws_frame(opcode, payload=b"", fin=True, mask=True, rsv=0):
    """One frame; clients must mask."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size, flag = len(payload), 0x80 if mask else 0
    if size < 126:
        head = struct.pack(">BB", first, flag | size)
    elif size < 65536:
        head = struct.pack(">BBH", first, flag | 126, size)
    else:
        head = struct.pack(">BBQ", first, flag | 127, size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    wide = int.from_bytes(payload, "big") ^ int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return head + key + wide.to_bytes(size, "big")


def relay_request(cmd, section, body, sign=SIGN):
    return REQUEST.pack(sign, cmd, section) + body


class Reply(NamedTuple):
    cmd: int
    section: int
    error: int
    errmsg: str
    body: bytes


class WebSocketClient:
    """WebSocketClient(address, tls=certificate) → after the handshake; init() logs in."""

    def __init__(self, address, tls=None, handshake=True, receive_buffer=None, version=ssl.TLSVersion.TLSv1_3):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT)
        try:
            self.socket.connect(address)
            if tls:
                context = ssl.create_default_context(cafile=tls)
                context.minimum_version = context.maximum_version = version
                self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        except BaseException:
            self.socket.close()
            raise
        self.buffer = bytearray()
        self.sections = itertools.count(2)
        self.pushes = []    # Reply, as they came
        self.controls = []  # (opcode, payload) that came while a message was awaited
        self.answer_pings = True
        self.info = None    # S2C of Init
        if handshake:
            self.handshake()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # --- bytes, HTTP, frames ----------------------------------------------------------------

    def send(self, data):
        self.socket.sendall(data)

    def _more(self, end):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing more came")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError as error:
            raise Closed(bytes(self.buffer), repr(error)) from None
        finally:
            self.socket.settimeout(TIMEOUT)
        if not data:
            raise Closed(bytes(self.buffer))
        self.buffer += data

    def http(self, request, timeout=TIMEOUT):
        """Sends a request as it is; the answer's status, headers (lower-case names) and what follows."""
        self.send(request)
        end = time.monotonic() + timeout
        while b"\r\n\r\n" not in self.buffer:
            self._more(end)
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        del self.buffer[:len(head) + 4]
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        return int(lines[0].split()[1]), headers, rest

    def handshake(self, path="/", method="GET", key=None, **headers):
        """The upgrade; headers replace or, with None, leave out the usual ones. Returns what came."""
        key = key or base64.b64encode(os.urandom(16)).decode()
        usual = {"Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
                 "Sec-WebSocket-Version": "13", "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
        usual.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines = "".join(f"{name}: {value}\r\n" for name, value in usual.items() if value is not None)
        status, got, rest = self.http(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode())
        if status == 101:
            accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            assert got["sec-websocket-accept"] == base64.b64encode(accept).decode(), got
            assert got["upgrade"].lower() == "websocket" and got["connection"].lower() == "upgrade", got
            assert "sec-websocket-extensions" not in got and "sec-websocket-protocol" not in got, got
        return status, got

    def frame(self, timeout=TIMEOUT):
        """The next frame: opcode and payload. Raises Closed at the end of the stream."""
        end = time.monotonic() + timeout
        while True:
            b = self.buffer
            if len(b) >= 2:
                assert b[0] & 0x70 == 0 and not b[1] & 0x80, f"rsv bits or a mask: {bytes(b[:2])!r}"
                own = {126: 4, 127: 10}.get(b[1], 2)
                if len(b) >= own:
                    size = b[1] if own == 2 else int.from_bytes(b[2:own], "big")
                    assert own == (2 if size < 126 else 4 if size < 65536 else 10), "not the shortest length"
                    if len(b) >= own + size:
                        assert b[0] & 0x80, "the gateway does not fragment"
                        opcode, payload = b[0] & 15, bytes(b[own:own + size])
                        del b[:own + size]
                        return opcode, payload
            self._more(end)

    # --- messages ---------------------------------------------------------------------------

    def message(self, timeout=TIMEOUT):
        """The next relay message; pings on the way are answered, control frames kept aside."""
        end = time.monotonic() + timeout
        while True:
            opcode, payload = self.frame(max(0.0, end - time.monotonic()))
            if opcode == BINARY:
                assert len(payload) >= REPLY.size, payload
                sign, cmd, section, error, errmsg = REPLY.unpack_from(payload)
                assert sign == SIGN
                return Reply(cmd, section, error, errmsg.rstrip(b"\0").decode("ascii"), payload[REPLY.size:])
            assert opcode in (CLOSE, PING, PONG), opcode
            self.controls.append((opcode, payload))
            if opcode == PING and self.answer_pings:
                self.send(ws_frame(PONG, payload))
            if opcode == CLOSE:
                raise Closed(why=f"Close frame {payload!r}")

    def reply(self, cmd, section, timeout=TIMEOUT):
        end = time.monotonic() + timeout
        while True:
            got = self.message(max(0.0, end - time.monotonic()))
            if (got.cmd, got.section) == (cmd, section):
                return got
            assert got.section == 0 and got.error == 0, f"{got} in place of {cmd}, {section}"
            self.pushes.append(got)

    def ask(self, cmd, body=b"", section=None):
        """Sends a request and returns its Reply."""
        section = next(self.sections) if section is None else section
        body = body if isinstance(body, bytes) else body.SerializeToString()
        self.send(ws_frame(BINARY, relay_request(cmd, section, body)))
        return self.reply(cmd, section)

    def request(self, cmd, message, module):
        """Sends a request; its parsed Response."""
        got = self.ask(cmd, message)
        assert got.error == 0 and got.errmsg == "", got
        return pb(module).Response.FromString(got.body)

    def init(self, key=""):
        request = InitRequest()
        request.c2s.websocketKey = hashlib.md5(key.encode()).hexdigest() if key else ""
        request.c2s.programmingLanguage = "JavaScript"
        got = self.ask(INIT, request)
        response = InitResponse.FromString(got.body)
        assert got.error == 0 and got.errmsg == "" and response.retType == 0, got
        self.info = response.s2c
        return self

    def push(self, cmd, timeout=TIMEOUT):
        """The next push with this command."""
        end = time.monotonic() + timeout
        while True:
            for k, got in enumerate(self.pushes):
                if got.cmd == cmd:
                    return self.pushes.pop(k)
            got = self.message(max(0.0, end - time.monotonic()))
            assert got.section == 0, got
            self.pushes.append(got)

    def expect_close(self, code, timeout=TIMEOUT):
        """Everything up to a Close frame with this code and the end of the stream behind it."""
        end = time.monotonic() + timeout
        while True:
            opcode, payload = self.frame(max(0.0, end - time.monotonic()))
            if opcode == CLOSE:
                break
            if opcode == BINARY:
                self.pushes.append(Reply(*REPLY.unpack_from(payload)[1:4], "", payload[REPLY.size:]))
        assert payload[:2] == struct.pack(">H", code), f"closed with {payload!r}, not {code}"
        try:
            got = self.frame(max(0.0, end - time.monotonic()))
        except Closed as closed:
            assert not closed.rest, f"bytes behind the Close frame: {closed}"
            return
        raise AssertionError(f"a frame behind the Close frame: {got}")
