"""A client of the gateway without any SDK: frames, ciphers and bytes under the test's control.

Message classes are the vendor's generated modules (pb("InitConnect").Request), taken from the
client that FT_CLIENT names without importing the client itself.
"""
import hashlib
import importlib
import importlib.util
import itertools
import os
import socket
import struct
import sys
import threading
import time
from typing import NamedTuple

from Crypto.Cipher import AES, PKCS1_v1_5
from Crypto.PublicKey import RSA
from Crypto.Util.Padding import pad, unpad

HEADER = struct.Struct("<2sIBBII20s8s")
PROTOBUF, JSON = 0, 1
ENC_NONE, ENC_FTAES, ENC_ECB, ENC_CBC = -1, 0, 1, 2
INIT_CONNECT, GLOBAL_STATE, NOTIFY, KEEP_ALIVE = 1001, 1002, 1003, 1004
USER_INFO, VERIFICATION, DELAY_STATISTICS, TEST_CMD = 1005, 1006, 1007, 1008
GET_ACC_LIST = 2001
PUSHES = {NOTIFY, 2208, 2218, 3005, 3007, 3009, 3011, 3013, 3015}  # what may come between a request and its reply

# Generous: only a gateway that does not answer at all runs into it.
TIMEOUT = 30.0


def client_folder():
    """The folder of the installed client package (…/site-packages/futu)."""
    spec = importlib.util.find_spec(os.environ.get("FT_CLIENT", "futu"))
    return list(spec.submodule_search_locations)[0]


def conn_key():
    """The RSA key file that ships with the client."""
    return os.path.join(client_folder(), "common", "conn_key.txt")


def pb(name):
    folder = os.path.join(client_folder(), "common", "pb")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name + "_pb2")


def sha1(data):
    return hashlib.sha1(data).digest()


def frame(proto, plain, serial, fmt=PROTOBUF, *, wire=None, magic=b"FT", version=0, length=None, digest=None):
    """One frame; wire is the encrypted body if it is not sent plain, the rest is there to lie."""
    wire = plain if wire is None else wire
    length = len(wire) if length is None else length
    digest = sha1(plain) if digest is None else digest
    return HEADER.pack(magic, proto, fmt, version, serial, length, digest, bytes(8)) + wire


class Frame(NamedTuple):
    proto: int
    fmt: int
    serial: int
    digest: bytes
    body: bytes  # as on the wire
    at: float    # time.monotonic() of its arrival


class Closed(Exception):
    """The gateway ended the connection; rest is what had arrived of an unfinished frame."""

    def __init__(self, rest=b"", why="end of stream"):
        super().__init__(f"{why}, {len(rest)} bytes of a frame left over")
        self.rest = rest


class RsaCipher:
    """InitConnect: the public key encrypts and the private one decrypts, in both directions."""

    def __init__(self, path, piece=100):
        self.key = RSA.import_key(open(path, "rb").read())
        self.piece = piece

    def encrypt(self, plain):
        cipher = PKCS1_v1_5.new(self.key)
        return b"".join(cipher.encrypt(plain[i:i + self.piece]) for i in range(0, len(plain), self.piece))

    def decrypt(self, wire):
        size = self.key.size_in_bytes()
        assert len(wire) % size == 0 and wire, f"an RSA body of {len(wire)} bytes"
        cipher = PKCS1_v1_5.new(self.key)
        pieces = [cipher.decrypt(wire[i:i + size], None) for i in range(0, len(wire), size)]
        assert None not in pieces, "RSA padding"
        return b"".join(pieces)


class AesCipher:
    def __init__(self, algorithm, key, iv):
        self.algorithm, self.key, self.iv = algorithm, key.encode("ascii"), iv.encode("ascii")

    def _cipher(self):
        if self.algorithm == ENC_CBC:
            return AES.new(self.key, AES.MODE_CBC, iv=self.iv)
        return AES.new(self.key, AES.MODE_ECB)

    def encrypt(self, plain):
        if self.algorithm != ENC_FTAES:
            return self._cipher().encrypt(pad(plain, 16))
        rest = len(plain) % 16
        filled = plain + bytes(-len(plain) % 16)
        return self._cipher().encrypt(filled) + bytes(15) + bytes([rest])

    def decrypt(self, wire):
        assert wire and len(wire) % 16 == 0, f"an AES body of {len(wire)} bytes"
        if self.algorithm != ENC_FTAES:
            return unpad(self._cipher().decrypt(wire), 16)
        assert wire[-16:-1] == bytes(15) and wire[-1] < 16, "FTAES trailer"
        plain = self._cipher().decrypt(wire[:-16])
        return plain[:len(plain) - 16 + wire[-1]] if wire[-1] else plain


class RawClient:
    """One connection. Every read is bounded by a timeout; every plain body is checked by digest."""

    def __init__(self, address, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT)
        try:
            self.socket.connect(address)
        except BaseException:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.serials = itertools.count(1)
        self.buffer = bytearray()
        self.cipher = None
        self.info = None      # S2C of InitConnect
        self.pushes = []      # frames that came while a reply was awaited

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # --- bytes and frames -------------------------------------------------------------------

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, timeout=TIMEOUT):
        """The next frame. Raises Closed at the end of the stream, TimeoutError when none comes."""
        end = time.monotonic() + timeout
        while True:
            if len(self.buffer) >= HEADER.size:
                magic, proto, fmt, version, serial, length, digest, reserved = HEADER.unpack_from(self.buffer)
                assert magic == b"FT" and version == 0 and reserved == bytes(8), f"header {bytes(self.buffer[:44])!r}"
                assert fmt in (PROTOBUF, JSON), f"format {fmt}"
                assert length > 0, "a frame without a body stalls the Python client"
                if len(self.buffer) >= HEADER.size + length:
                    body = bytes(self.buffer[HEADER.size:HEADER.size + length])
                    del self.buffer[:HEADER.size + length]
                    return Frame(proto, fmt, serial, digest, body, time.monotonic())
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no frame within {timeout} s")
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

    def expect_closed(self, timeout=TIMEOUT):
        """Everything up to the end of the stream, which must fall between two frames."""
        frames = []
        end = time.monotonic() + timeout
        while True:
            try:
                frames.append(self.receive(end - time.monotonic()))
            except Closed as closed:
                assert not closed.rest, f"closed inside a frame: {closed}"
                return frames

    def expect_silence(self, seconds):
        """Nothing comes, and the connection stays, for that long."""
        try:
            got = self.receive(seconds)
        except TimeoutError:
            return
        raise AssertionError(f"unexpected frame {got}")

    # --- messages ---------------------------------------------------------------------------

    def plain(self, got):
        """The decrypted body of a frame, its digest checked."""
        body = self.cipher.decrypt(got.body) if self.cipher else got.body
        assert sha1(body) == got.digest, f"digest of the reply to {got.proto}"
        return body

    def build(self, proto, body, serial=None, fmt=PROTOBUF):
        """The bytes of a request on this connection; body is a message or bytes."""
        body = body if isinstance(body, bytes) else body.SerializeToString()
        serial = next(self.serials) if serial is None else serial
        return frame(proto, body, serial, fmt, wire=self.cipher.encrypt(body) if self.cipher else None)

    def reply(self, proto, serial=None, timeout=TIMEOUT):
        """The next frame with this id (and serial); pushes on the way are kept aside."""
        end = time.monotonic() + timeout
        while True:
            got = self.receive(max(0.0, end - time.monotonic()))
            if got.proto == proto and serial in (None, got.serial):
                return got
            assert got.proto in PUSHES, f"a frame of {got.proto}, serial {got.serial}, in place of {proto}, {serial}"
            self.pushes.append(got)

    def request(self, proto, body, response=None, fmt=PROTOBUF):
        """Sends a request and returns its parsed response (or its plain body without a class)."""
        serial = next(self.serials)
        self.send(self.build(proto, body, serial, fmt))
        got = self.reply(proto, serial)
        assert got.fmt == fmt, "a reply in another format than its request"
        plain = self.plain(got)
        return response.FromString(plain) if response else plain

    def init_connect(self, rsa=None, reply_rsa=True, **fields):
        """InitConnect (§5.1). Afterwards frames of an encrypted connection are de- and encrypted."""
        request = init_request(**fields)
        body = request.SerializeToString()
        serial = next(self.serials)
        self.send(frame(INIT_CONNECT, body, serial, wire=rsa.encrypt(body) if rsa else None))
        got = self.reply(INIT_CONNECT, serial)
        encrypted = rsa is not None and reply_rsa
        plain = rsa.decrypt(got.body) if encrypted else got.body
        assert sha1(plain) == got.digest, "digest of the InitConnect reply"
        response = pb("InitConnect").Response.FromString(plain)
        assert response.retType == 0, response
        self.info = response.s2c
        if encrypted:
            algorithm = request.c2s.packetEncAlgo if request.c2s.HasField("packetEncAlgo") else ENC_FTAES
            self.cipher = AesCipher(algorithm, self.info.connAESKey, self.info.aesCBCiv)
        return response

    def keep_alive(self):
        response = self.request(KEEP_ALIVE, keep_alive_request(), pb("KeepAlive").Response)
        assert response.retType == 0, response
        return response


def init_request(clientVer=300, clientID="raw", recvNotify=False, **fields):
    request = pb("InitConnect").Request()
    for name, value in dict(clientVer=clientVer, clientID=clientID, recvNotify=recvNotify, **fields).items():
        setattr(request.c2s, name, value)
    return request


def keep_alive_request(when=1700000000):
    request = pb("KeepAlive").Request()
    request.c2s.time = when
    return request


def global_state_request():
    request = pb("GetGlobalState").Request()
    request.c2s.userID = 0
    return request


class Bystander:
    """A second connection that is served all the while: with Bystander(address): do harm."""

    def __init__(self, address):
        self.client = RawClient(address)
        self.client.init_connect(clientID="bystander")
        self.answers = 0
        self.error = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self.stopping.wait(0.01):
                self.client.keep_alive()
                self.answers += 1
        except Exception as error:
            self.error = error

    def wait_served(self, more=3, timeout=TIMEOUT):
        """Waits until it has been answered that many more times."""
        wanted = self.answers + more
        end = time.monotonic() + timeout
        while self.answers < wanted:
            assert self.error is None and time.monotonic() < end, f"the bystander is not served: {self.error!r}"
            time.sleep(0.005)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.wait_served()
        self.stopping.set()
        self.thread.join(TIMEOUT)
        self.client.close()
        if kind is None:
            assert self.error is None, f"the bystander was disturbed: {self.error!r}"
