#!/usr/bin/env python3
"""Reaches a gateway without any client, by JSON bodies: InitConnect, GetGlobalState, and two months of bars,
whose digest is that of the seed and the time alone.
usage: probe.py HOST PORT     (tries until it is there, 60 s at most)"""
import hashlib
import json
import socket
import struct
import sys
import time

HEADER = struct.Struct("<2sIBBII20s8s")
JSON = 1


def call(sock, proto, serial, c2s):
    body = json.dumps({"c2s": c2s}).encode()
    sock.sendall(HEADER.pack(b"FT", proto, JSON, 0, serial, len(body), hashlib.sha1(body).digest(), bytes(8)) + body)
    while True:
        head = HEADER.unpack(read(sock, HEADER.size))
        reply = json.loads(read(sock, head[5]))
        if (head[1], head[4]) == (proto, serial):
            assert reply["retType"] == 0, reply
            return reply["s2c"]


def read(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        assert piece, "the gateway closed the connection"
        data += piece
    return data


def connect(host, port):
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection((host, port), timeout=60)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


with connect(sys.argv[1], int(sys.argv[2])) as sock:
    init = call(sock, 1001, 1, {"clientVer": 1011, "clientID": "probe", "recvNotify": False})
    state = call(sock, 1002, 2, {"userID": 0})
    bars = []
    for market, code in ((1, "00700"), (11, "AAPL"), (21, "600519")):
        for kind in (2, 6):  # days, 5 minutes
            bars += call(sock, 3103, 3 + len(bars), {
                "rehabType": 0, "klType": kind, "security": {"market": market, "code": code},
                "beginTime": "2026-09-20", "endTime": "2026-11-20", "maxAckKLNum": 1000})["klList"]
print(f"InitConnect: connection {init['connID']}, server {init['serverVer']}; "
      f"GetGlobalState: {len(state)} fields")
print(f"{len(bars)} bars, {hashlib.sha256(json.dumps(bars, sort_keys=True).encode()).hexdigest()}")
