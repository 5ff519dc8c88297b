"""A gateway under everything at once, and what it keeps of it: memory, files, threads.

usage: soak.py [seconds]   (default 600; environment OPEND_BIN, FT_CLIENT as in tests/interop,
FT_SOAK_LIMITS=off: without rate limits, which means thousands of orders)

Connects and disconnects, clean and broken off, half-open connections, slow readers, floods of requests
within and beyond the limits, garbage, subscriptions, orders, WebSocket and HTTP clients, for as long as is
asked. After the first minute (half of a run shorter than two) and at the end everything is let go of and the
gateway measured. It must have the memory that it had then: resident by 2 % and 2 MiB, since an allocator keeps
freed pages between used ones, which goes up and down by that much; in use on the heap, as the gateway tells,
by 2 % and half a MiB, since subscriptions of gone connections are kept for a minute. No file and no thread
more, nothing subscribed and nothing queued; and it must stop cleanly."""
import os
import pathlib
import random
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))

from gateway import Gateway, eventually  # noqa: E402
from ft_raw import Closed, RawClient, frame, keep_alive_request, pb  # noqa: E402
from metrics import Metrics, fetch  # noqa: E402
from ws_raw import WebSocketClient  # noqa: E402

HK, US = 1, 11
BROKER = 14
TYPES = [1, 2, 4, 5, 6, 11, BROKER]
STOCKS = [(HK, "00700"), (HK, "09988"), (HK, "00005"), (US, "AAPL"), (US, "NVDA"), (US, "SPY"), (US, "TSLA")]
SIM_US = 1619199
SUB, BASIC, KL, PLACE, MODIFY, FUNDS, TEST_CMD = 3001, 3004, 3006, 2202, 2205, 2101, 1008
TOLERANCE, SLACK = 0.02, 2 << 20
IDLE = 4  # -idle_timeout: seconds after which a silent connection is closed
PAUSE_TIMEOUT = 60.0


class Stop(Exception):
    """The phase is over."""


class Worker(threading.Thread):
    """Repeats one kind of harm until the phase is over; what the gateway does to it is part of the test."""

    def __init__(self, phase, harm, seed):
        super().__init__(daemon=True)
        self.phase, self.harm, self.random = phase, harm, random.Random(seed)
        self.rounds, self.error = 0, None

    def run(self):
        while not self.phase.over.is_set():
            try:
                self.harm(self)
                self.rounds += 1
            except Stop:
                return
            except (Closed, OSError, TimeoutError):
                self.wait(0.05)  # closed, refused or full: what many of them are here for
            except Exception:
                self.error = traceback.format_exc()
                return

    def wait(self, seconds):
        if self.phase.over.wait(seconds):
            raise Stop


class Phase:
    def __init__(self, gateway):
        self.gateway, self.over = gateway, threading.Event()
        self.http, self.websocket = gateway.http, gateway.websocket


# ---- Harm -------------------------------------------------------------------------------------------

def connect(worker, **fields):
    client = RawClient(worker.phase.gateway.address, fields.pop("receive_buffer", None))
    try:
        client.init_connect(clientID=f"soak-{worker.harm.__name__}", recvNotify=worker.random.random() < 0.5, **fields)
    except BaseException:
        client.close()
        raise
    return client


def subscription(stocks, types):
    request = pb("Qot_Sub").Request()
    for market, code in stocks:
        request.c2s.securityList.add(market=market, code=code)
    us = any(market == US for market, _ in stocks)
    request.c2s.subTypeList.extend(t for t in types if t != BROKER or not us)  # which US stocks do not have
    request.c2s.isSubOrUnSub = True
    request.c2s.isRegOrUnRegPush = True
    return request


def drain(client, seconds):
    """Takes what comes for that long, without looking at it."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        client.socket.settimeout(left)
        try:
            if not client.socket.recv(1 << 18):
                raise Closed()
        except TimeoutError:
            return


def break_off(client):
    """Ends with a reset."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def churn(worker):
    """A client that comes, subscribes, asks, and goes in one of several ways."""
    client = connect(worker, pushProtoFmt=worker.random.randrange(2))
    try:
        stocks = worker.random.sample(STOCKS, 3)
        client.send(client.build(SUB, subscription(stocks, worker.random.sample(TYPES, 4))))
        request = pb("Qot_GetBasicQot").Request()
        for market, code in stocks:
            request.c2s.securityList.add(market=market, code=code)
        for _ in range(5):
            client.send(client.build(BASIC, request))
            client.send(client.build(1004, keep_alive_request()))
        drain(client, worker.random.random() * 0.3)
        if worker.random.random() < 0.3:
            client.send(b"FT\x01")  # a frame's beginning
    finally:
        (break_off if worker.random.random() < 0.5 else RawClient.close)(client)


def half_open(worker):
    """Connections of which nothing is heard: without InitConnect, in the middle of a frame, after it."""
    clients = []
    try:
        for kind in range(3):
            client = RawClient(worker.phase.gateway.address)
            clients.append(client)
            if kind == 1:
                client.send(frame(1004, b"x" * 1000, 1)[:500])
            if kind == 2:
                client.init_connect(clientID="soak-silent")
        for client in clients:
            drain_to_end(worker, client)
    finally:
        for client in clients:
            client.close()


def drain_to_end(worker, client):
    """Until the gateway closes the connection; the clock of a phase is watched meanwhile."""
    client.socket.settimeout(0.2)
    while True:
        worker.wait(0)
        try:
            if not client.socket.recv(1 << 16):
                return
        except TimeoutError:
            pass


def slow_reader(worker):
    """Asks for much and never reads, until the gateway has had enough."""
    client = connect(worker, receive_buffer=4096)
    try:
        client.send(client.build(SUB, subscription(STOCKS, TYPES)))
        request = pb("Qot_GetKL").Request()
        request.c2s.rehabType, request.c2s.klType, request.c2s.reqNum = 0, 1, 1000
        request.c2s.security.market, request.c2s.security.code = STOCKS[0]
        for _ in range(1000):  # until the socket's buffers and output_limit are full, which closes it
            client.send(client.build(KL, request))
            worker.wait(0.005)
    finally:
        client.close()


def flood(worker):
    """Thousands of requests without waiting: served ones, refused ones, unknown ones, unreadable ones."""
    client = connect(worker)
    try:
        funds = pb("Trd_GetFunds").Request()
        funds.c2s.header.trdEnv, funds.c2s.header.accID, funds.c2s.header.trdMarket = 0, SIM_US, 2
        funds.c2s.refreshCache = True  # beyond its limit after ten
        bad = pb("Trd_GetFunds").Request()
        bad.CopyFrom(funds)
        bad.c2s.header.accID = worker.random.getrandbits(40)
        pieces = [client.build(1004, keep_alive_request()), client.build(FUNDS, funds), client.build(FUNDS, bad),
                  client.build(9999, b"?"), client.build(3004, b"\xff\xff\xff"), client.build(PLACE, b"{}", fmt=1)]
        batch = b"".join(worker.random.choice(pieces) for _ in range(500))
        for _ in range(4):
            client.send(batch)
            drain(client, 0.2)
    finally:
        client.close()


def garbage(worker):
    """No protocol at all, on every port."""
    phase = worker.phase
    address = worker.random.choice([phase.gateway.address, phase.http, phase.websocket])
    with socket.create_connection(address, timeout=5) as s:
        s.sendall(worker.random.choice([b"", worker.random.randbytes(worker.random.randrange(1, 5000)),
                                        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100, b"GET /metrics HTTP/1.0\r\n\r\n"]))
        s.settimeout(0.3)
        try:
            while s.recv(1 << 16):
                pass
        except TimeoutError:
            pass
    worker.wait(0.05)


def trader(worker):
    """Orders that rest and are cancelled, orders that fill, and a new beginning for the account now and then:
    a gateway remembers the orders of a day, which is no leak, but a reset makes it forget them."""
    client = connect(worker)
    try:
        for k in range(20):
            order = pb("Trd_PlaceOrder").Request()
            serial = next(client.serials)
            order.c2s.packetID.connID, order.c2s.packetID.serialNo = client.info.connID, serial
            order.c2s.header.trdEnv, order.c2s.header.accID, order.c2s.header.trdMarket = 0, SIM_US, 2
            order.c2s.trdSide, order.c2s.orderType = 1, 2 if k % 4 == 0 else 1
            order.c2s.code, order.c2s.secMarket, order.c2s.qty = "AAPL", 2, 1
            order.c2s.price = 20 + k
            reply = client.request(PLACE, order, pb("Trd_PlaceOrder").Response)
            if reply.retType == 0 and k % 4:
                cancel = pb("Trd_ModifyOrder").Request()
                cancel.c2s.packetID.connID, cancel.c2s.packetID.serialNo = client.info.connID, next(client.serials)
                cancel.c2s.header.CopyFrom(order.c2s.header)
                cancel.c2s.orderID, cancel.c2s.modifyOrderOp = reply.s2c.orderID, 2
                client.request(MODIFY, cancel, pb("Trd_ModifyOrder").Response)
            worker.wait(0.02)
        reset(client)
    finally:
        client.close()


def reset(client):
    request = pb("TestCmd").Request()
    request.c2s.cmd, request.c2s.paramStr = "reset_account", str(SIM_US)
    reply = client.request(TEST_CMD, request, pb("TestCmd").Response)
    assert reply.retType == 0, reply.retMsg


def web_client(worker):
    client = WebSocketClient(worker.phase.websocket)
    try:
        client.init()
        client.request(SUB, subscription(worker.random.sample(STOCKS, 2), [1, 2]), "Qot_Sub")
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            try:
                client.message(0.1)
            except TimeoutError:
                pass
    finally:
        client.close()


def scrape(worker):
    Metrics(fetch(worker.phase.http, "/metrics"))
    assert fetch(worker.phase.http, "/healthz") == "ok\n"
    worker.wait(0.5)


HARM = {churn: 4, half_open: 1, slow_reader: 2, flood: 2, garbage: 1, trader: 1, web_client: 2, scrape: 1}


def warm_up(gateway):
    """Touches what is made once and kept: the day of every stock, its history, a socket's buffers."""
    with RawClient(gateway.address) as client:
        client.init_connect(clientID="soak-warm")
        for stock in STOCKS:
            client.send(client.build(SUB, subscription([stock], TYPES)))
            for kind in (1, 2):
                request = pb("Qot_GetKL").Request()
                request.c2s.rehabType, request.c2s.klType, request.c2s.reqNum = 0, kind, 1000
                request.c2s.security.market, request.c2s.security.code = stock
                client.send(client.build(KL, request))
        drain(client, 2)


# ---- Measuring --------------------------------------------------------------------------------------

def status_of(pid):
    """Resident memory in bytes and the number of threads."""
    with open(f"/proc/{pid}/status") as f:
        fields = dict(line.split(":", 1) for line in f)
    return int(fields["VmRSS"].split()[0]) * 1024, int(fields["Threads"])


class Measurement:
    def __init__(self, gateway, all_gone=False):
        """When nobody is there any more."""
        def quiet():
            m = Metrics(fetch(gateway.http, "/metrics"))
            at_rest = (m.sum("opend_connections", kind="tcp") + m.sum("opend_connections", kind="websocket") +
                       m["opend_output_queue_bytes"] + m["opend_held_reply_bytes"] + m["opend_store_pending"])
            left = m["opend_subscription_topics"] if all_gone else 0  # kept for a minute at least (platform.md 12.2)
            return at_rest == 0 and m.sum("opend_subscriptions") == 0 and left == 0
        eventually(quiet, "the gateway is left with connections, subscriptions or output", PAUSE_TIMEOUT * 2, 0.5)
        time.sleep(1)
        pid = gateway.process.pid
        self.rss = min(status_of(pid)[0] for _ in range(3))
        self.heap = Metrics(fetch(gateway.http, "/metrics")).get("opend_heap_used_bytes")
        self.threads = status_of(pid)[1]
        self.files = None
        for _ in range(5):  # the connection that asked just now may not be closed yet
            time.sleep(0.1)
            files = len(os.listdir(f"/proc/{pid}/fd"))
            self.files = files if self.files is None else min(files, self.files)

    def __str__(self):
        return f"{self.rss / 2**20:.2f} MiB ({self.heap / 2**20:.2f} in use), {self.files} files, {self.threads} threads"


def run_phase(gateway, seconds, seed):
    phase = Phase(gateway)
    workers = [Worker(phase, harm, seed * 1000 + k * 100 + n) for k, (harm, count) in enumerate(HARM.items())
               for n in range(count)]
    for worker in workers:
        worker.start()
    peak, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(1, seconds / 10))
        peak = max(peak, status_of(gateway.process.pid)[0])
    phase.over.set()
    rounds = {}
    for worker in workers:
        worker.join(PAUSE_TIMEOUT)
        assert not worker.is_alive(), f"{worker.harm.__name__} does not end"
        assert worker.error is None, f"{worker.harm.__name__}:\n{worker.error}"
        rounds[worker.harm.__name__] = rounds.get(worker.harm.__name__, 0) + worker.rounds
    return rounds, peak


def soak(folder, seconds):
    gateway = Gateway(folder, log_level="info", limits=os.environ.get("FT_SOAK_LIMITS", "official"), idle_timeout=IDLE, max_connections=40,
                      output_limit=1 << 20, http_port=0, websocket_port=0, sim_speed=1)
    try:
        first = min(60.0, seconds / 2)
        warm_up(gateway)
        print(f"soak: {seconds:.0f} s, {sum(HARM.values())} clients at once", flush=True)
        print(f"  at the start: {Measurement(gateway)}", flush=True)
        rounds, peak = run_phase(gateway, first, 1)
        before = Measurement(gateway)
        print(f"  after {first:.0f} s: {before}; peak {peak / 2**20:.2f} MiB", flush=True)
        end, number, total = time.monotonic() + seconds - first, 2, dict(rounds)
        while (left := end - time.monotonic()) > 1:
            rounds, high = run_phase(gateway, min(left, 60), number)
            number, peak = number + 1, max(peak, high)
            for name, count in rounds.items():
                total[name] += count
            after = Measurement(gateway)
            print(f"  {number - 1}: {after}; peak {peak / 2**20:.2f} MiB", flush=True)
        if seconds >= 300:
            after = Measurement(gateway, all_gone=True)
            print(f"  a minute later: {after}", flush=True)
        figures = Metrics(fetch(gateway.http, "/metrics"))
        print(f"  rounds: {', '.join(f'{name} {count}' for name, count in total.items())}")
        print(f"  requests {figures.sum('opend_requests_total'):.0f}, pushes {figures.sum('opend_pushes_total'):.0f}, "
              f"connections {figures['opend_connections_accepted_total']:.0f}, "
              f"slow readers {figures['opend_slow_readers_total']:.0f}, orders {figures['opend_orders_placed_total']:.0f}")
        for name, count in total.items():
            assert count > 0, f"{name} was never done: the soak says nothing about it"
        assert figures["opend_slow_readers_total"] > 0, "no reader was slow enough"
        assert after.threads == before.threads and after.files <= before.files, f"{before} → {after}"
        allowed = before.rss * (1 + TOLERANCE) + SLACK
        heap_allowed = before.heap * (1 + TOLERANCE) + SLACK / 4
        assert after.heap <= heap_allowed, f"the heap grew: {before} → {after}, allowed {heap_allowed / 2**20:.2f} MiB"
        assert after.rss <= allowed, f"memory grew: {before} → {after}, allowed {allowed / 2**20:.2f} MiB"
    finally:
        gateway.stop()
    print("soak: the same memory, files and threads as after the beginning, and a clean stop")


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="opend-soak-"))
    try:
        soak(folder, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
