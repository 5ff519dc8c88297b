"""What can be seen of a running gateway: health, readiness, figures, its log files and the audit log."""
import json
import os
import resource
import signal
import socket
import stat
import subprocess

import pytest

from ft_raw import Closed, RawClient, frame, keep_alive_request, pb
from gateway import eventually
from metrics import Metrics, fetch
from ws_raw import WebSocketClient

pytestmark = pytest.mark.raw

UNLOCK, PLACE, MODIFY, ORDERS, SUB, TEST_CMD = 2005, 2202, 2205, 2201, 3001, 1008
SIM_US, PASSWORD_MD5 = 1619199, "e10adc3949ba59abbe56e057f20f883e"


def order_request(client, price=20.0, code="AAPL", kind=1):
    order = pb("Trd_PlaceOrder").Request()
    order.c2s.packetID.connID, order.c2s.packetID.serialNo = client.info.connID, next(client.serials)
    order.c2s.header.trdEnv, order.c2s.header.accID, order.c2s.header.trdMarket = 0, SIM_US, 2
    order.c2s.trdSide, order.c2s.orderType, order.c2s.code, order.c2s.secMarket = 1, kind, code, 2
    order.c2s.qty, order.c2s.price = 1, price
    return order


def place(client, **fields):
    return client.request(PLACE, order_request(client, **fields), pb("Trd_PlaceOrder").Response)


def order_list(client):
    request = pb("Trd_GetOrderList").Request()
    request.c2s.header.trdEnv, request.c2s.header.accID, request.c2s.header.trdMarket = 0, SIM_US, 2
    return client.request(ORDERS, request, pb("Trd_GetOrderList").Response)


def figures(gateway):
    return Metrics(fetch(gateway.http, "/metrics"))


# ---- HTTP -------------------------------------------------------------------------------------------

def test_paths_and_methods(start_gateway):
    gateway = start_gateway(http_port=0)
    assert fetch(gateway.http, "/healthz") == "ok\n"
    assert fetch(gateway.http, "/healthz?x=1") == "ok\n"
    assert fetch(gateway.http, "/readyz") == "ready\n"
    assert "/metrics" in fetch(gateway.http, "/")
    for path in ("/", "/healthz", "/readyz", "/metrics"):
        assert fetch(gateway.http, path, "HEAD") == ""
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            fetch(gateway.http, path, method, 405)
    for path in ("/metrics/", "/healthz/x", "/../etc/passwd", "//", "/HEALTHZ"):
        fetch(gateway.http, path, status=404)


def test_nothing_of_it_on_the_websocket_port(start_gateway):
    gateway = start_gateway(http_port=0, websocket_port=0)
    for path in ("/", "/metrics", "/healthz"):
        fetch(gateway.websocket, path, status=404)


def test_not_ready_while_full(start_gateway, connect):
    gateway = start_gateway(http_port=0, max_connections=2)
    clients = [connect(gateway), connect(gateway)]
    assert "2 of 2 connections" in fetch(gateway.http, "/readyz", status=503)
    assert fetch(gateway.http, "/healthz") == "ok\n"
    clients[0].close()
    eventually(lambda: figures(gateway).sum("opend_connections", kind="tcp") == 1, "the place is free")
    assert fetch(gateway.http, "/readyz") == "ready\n"


def test_healthcheck(start_gateway, tmp_path):
    gateway = start_gateway(http_port=0)
    port = gateway.http[1]

    def check(**parameters):
        return subprocess.run([os.environ["OPEND_BIN"], "-healthcheck", f"-data_dir={tmp_path}",
                               *(f"-{k}={v}" for k, v in parameters.items())], capture_output=True, text=True, timeout=60)

    assert (check(http_port=port).stdout, check(http_port=port).returncode) == ("healthy\n", 0)
    assert check(http_port=port, http_ip="0.0.0.0").returncode == 0
    for bad in (check(), check(http_port=0), check(http_port=gateway.port)):  # off, unknown, no HTTP there
        assert bad.returncode == 1 and bad.stdout.startswith("unhealthy: ") and bad.stdout.count("\n") == 1
    gateway.stop()
    refused = check(http_port=port)
    assert refused.returncode == 1 and "refused" in refused.stdout


# ---- Figures ----------------------------------------------------------------------------------------

def test_figures_follow_what_happens(start_gateway, connect):
    gateway = start_gateway(http_port=0, websocket_port=0)
    before = figures(gateway)
    assert before.sum("opend_requests_total") == 0 and before["process_resident_memory_bytes"] > 1 << 20
    client = connect(gateway)
    for _ in range(7):
        client.keep_alive()
    request = pb("Qot_Sub").Request()
    request.c2s.securityList.add(market=1, code="00700")
    request.c2s.subTypeList.extend([1, 2])
    request.c2s.isSubOrUnSub = request.c2s.isRegOrUnRegPush = True
    client.request(SUB, request)
    client.send(frame(9999, b"?", 1000))
    web = WebSocketClient(gateway.websocket)
    web.init()
    now = figures(gateway)
    assert now.get("opend_connections", kind="tcp", state="ready") == 1
    assert now.get("opend_connections", kind="websocket", state="ready") == 1
    assert now.get("opend_connections", kind="http", state="fresh") == 1  # the one that asks
    assert now.get("opend_requests_total", protocol="KeepAlive", result="ok") == 7
    assert now.get("opend_requests_total", protocol="KeepAlive", result="failed") == 0
    assert now.get("opend_requests_total", protocol="Qot_Sub", result="ok") == 1
    assert now.get("opend_requests_total", protocol="unknown", result="failed") == 1
    assert now.get("opend_request_seconds_count", protocol="KeepAlive") == 7
    assert now.get("opend_subscriptions", type="QUOTE") == now.get("opend_subscriptions", type="ORDER_BOOK") == 1
    eventually(lambda: figures(gateway).sum("opend_pushes_total") > 0, "pushes are counted")
    later = figures(gateway)
    later.not_behind(now)
    assert later.get("opend_build_info", version=fetch(gateway.http, "/").split()[1].rstrip(":"), speaks="1011.7108") == 1
    web.close()
    client.close()
    eventually(lambda: figures(gateway).sum("opend_connections", kind="tcp") == 0, "the connection is gone")
    assert figures(gateway).sum("opend_subscriptions") == 0


def test_orders_are_counted(start_gateway, connect):
    gateway = start_gateway(http_port=0, limits="off")
    client = connect(gateway)
    assert place(client).retType == 0 and place(client, kind=2).retType == 0 and place(client, code="XXXX").retType != 0
    now = figures(gateway)
    assert now["opend_orders_placed_total"] == 2
    assert now.get("opend_requests_total", protocol="Trd_PlaceOrder", result="failed") == 1
    assert now["opend_store_commits_total"] >= 2 and now["opend_store_failed"] == 0
    assert now["opend_audit_lines_total"] == 4  # the start and three orders
    eventually(lambda: figures(gateway)["opend_order_fills_total"] >= 1, "the market order's fill is counted")


# ---- The audit log ----------------------------------------------------------------------------------

def audit_lines(gateway):
    files = sorted((gateway.folder / "data" / "audit").iterdir())
    text = "".join(f.read_text() for f in files)
    assert text.endswith("\n")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    return lines


def check(gateway):
    return subprocess.run([os.environ["OPEND_BIN"], "-check", f"-data_dir={gateway.folder / 'data'}"],
                          capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("durability", ["on", "off"])
def test_every_write_has_a_line_before_its_reply(start_gateway, connect, durability):
    gateway = start_gateway(limits="off", durability=durability)
    client = connect(gateway, clientID="the desk")
    conn = str(client.info.connID)

    order = place(client, price=21.5).s2c.orderID
    line = audit_lines(gateway)[-1]  # read when the reply is there: no waiting
    assert (line["name"], line["user"], line["conn"], line["client"], line["peer"], line["ret"], line["order"]) == (
        "Trd_PlaceOrder", "100000", conn, "the desk", "127.0.0.1", 0, str(order))
    assert line["what"] == {"header": {"trdEnv": "Simulate", "accID": str(SIM_US), "trdMarket": "US"}, "trdSide": "Buy",
                            "orderType": "Normal", "code": "AAPL", "qty": 1.0, "price": 21.5, "secMarket": "US"}

    refused = place(client, code="NOSUCH")
    line = audit_lines(gateway)[-1]
    assert line["ret"] == refused.retType == -1 and line["reason"] == refused.retMsg and "order" not in line

    cancel = pb("Trd_ModifyOrder").Request()
    cancel.c2s.packetID.connID, cancel.c2s.packetID.serialNo = client.info.connID, next(client.serials)
    cancel.c2s.header.CopyFrom(order_request(client).c2s.header)
    cancel.c2s.orderID, cancel.c2s.modifyOrderOp = order, 2
    assert client.request(MODIFY, cancel, pb("Trd_ModifyOrder").Response).retType == 0
    line = audit_lines(gateway)[-1]
    assert (line["what"]["orderID"], line["what"]["modifyOrderOp"], line["ret"]) == (str(order), "Cancel", 0)

    for password, result in (("0" * 32, -1), (PASSWORD_MD5, 0)):
        unlock = pb("Trd_UnlockTrade").Request()
        unlock.c2s.unlock, unlock.c2s.pwdMD5 = True, password
        assert client.request(UNLOCK, unlock, pb("Trd_UnlockTrade").Response).retType == result
        line = audit_lines(gateway)[-1]
        assert (line["name"], line["what"], line["ret"]) == ("Trd_UnlockTrade", {"unlock": True}, result)

    command = pb("TestCmd").Request()
    command.c2s.cmd, command.c2s.paramStr = "deposit", f"{SIM_US} USD 5"
    assert client.request(TEST_CMD, command, pb("TestCmd").Response).retType == 0
    assert audit_lines(gateway)[-1]["what"] == {"cmd": "deposit", "paramStr": f"{SIM_US} USD 5"}

    serial = next(client.serials)  # what cannot be read is a try too
    client.send(client.build(PLACE, b"\xff\xff", serial))
    assert pb("Trd_PlaceOrder").Response.FromString(client.reply(PLACE, serial).body).retType != 0
    assert audit_lines(gateway)[-1]["what"] is None

    count = len(audit_lines(gateway))
    assert order_list(client).retType == 0 and len(audit_lines(gateway)) == count  # reading is no write

    everything = b"".join(f.read_bytes() for f in (gateway.folder / "data").rglob("*.[jl]*[lg]"))
    assert PASSWORD_MD5.encode() not in everything and b"123456\"" not in everything
    gateway.restart()
    place(connect(gateway))
    assert len(audit_lines(gateway)) == count + 2
    gateway.stop()
    assert check(gateway).returncode == 0


def test_before_init_connect_too(start_gateway, connect):
    gateway = start_gateway()
    client = connect(gateway, init=False)
    client.send(frame(PLACE, b"", 5))
    client.reply(PLACE, 5)
    line = audit_lines(gateway)[-1]
    assert (line["proto"], line["client"], line["what"]) == (PLACE, "", None) and "InitConnect" in line["reason"]


def test_a_broken_audit_log_is_found(start_gateway, connect):
    gateway = start_gateway()
    place(connect(gateway))
    gateway.stop()
    path = next((gateway.folder / "data" / "audit").iterdir())
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:1] * 2))
    found = check(gateway)
    assert found.returncode == 1 and "line 2" in found.stdout and path.name in found.stdout


@pytest.mark.parametrize("durability", ["on", "off"])
def test_without_an_audit_log_nothing_is_traded(start_gateway, connect, durability):
    """A disk that takes no line more: the order under way and all writes behind it are refused, the rest goes on."""
    gateway = start_gateway(http_port=0, limits="off", durability=durability)
    client = connect(gateway)
    commits = figures(gateway)["opend_store_commits_total"]
    kept = place(client).s2c.orderID
    eventually(lambda: figures(gateway)["opend_store_commits_total"] > commits, "it is stored, if behind")
    lines = audit_lines(gateway)
    size = sum(f.stat().st_size for f in (gateway.folder / "data" / "audit").iterdir())
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))
    first = place(client, price=22)
    assert first.retType != 0 and "audit" in first.retMsg, first
    second = place(client, price=23)
    assert second.retType != 0 and "audit log has failed" in second.retMsg
    unlock = pb("Trd_UnlockTrade").Request()
    unlock.c2s.unlock, unlock.c2s.pwdMD5 = True, PASSWORD_MD5
    assert "audit log has failed" in client.request(UNLOCK, unlock, pb("Trd_UnlockTrade").Response).retMsg
    assert "audit log" in fetch(gateway.http, "/readyz", status=503)
    assert fetch(gateway.http, "/healthz") == "ok\n" and figures(gateway)["opend_store_failed"] == 1
    assert order_list(client).retType == 0
    client.keep_alive()
    assert audit_lines(gateway) == lines  # whole lines only

    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    gateway.restart()
    client = connect(gateway)
    assert [o.orderID for o in order_list(client).s2c.orderList] == [kept]  # nothing that was refused
    assert place(client).retType == 0 and len(audit_lines(gateway)) == len(lines) + 2


def test_no_start_without_an_audit_log(start_gateway, tmp_path):
    data = tmp_path / "d"
    data.mkdir()
    (data / "audit").write_text("in the way")
    failed = subprocess.run([os.environ["OPEND_BIN"], f"-data_dir={data}", "-api_port=0"], capture_output=True, text=True,
                            timeout=60)
    assert failed.returncode == 1 and "audit" in failed.stderr


# ---- Files ------------------------------------------------------------------------------------------

def test_files_are_the_owners_alone(start_gateway, connect):
    before = os.umask(0)
    try:
        gateway = start_gateway()
    finally:
        os.umask(before)
    place(connect(gateway))
    data = gateway.folder / "data"
    found = [p for p in data.rglob("*")]
    assert {"log", "audit", "opend.db"} <= {p.name for p in found}
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, f"{path}: {oct(path.stat().st_mode)}"


def test_log_files(start_gateway, connect):
    gateway = start_gateway(log_format="json", log_level="info")
    folder = gateway.folder / "data" / "log"
    client = connect(gateway, clientID='a "name"')
    (path,) = folder.iterdir()
    path.rename(folder / "moved")
    gateway.terminate(signal.SIGHUP)
    gateway.wait_line("log file opened again")
    client.close()
    gateway.wait_line("event=close")
    gateway.stop()
    moved = [json.loads(line) for line in (folder / "moved").read_text().splitlines()]
    new = [json.loads(line) for line in path.read_text().splitlines()]
    assert {"listen", "accept", "init"} <= {line["event"] for line in moved}
    assert {"signal", "close", "stopped"} <= {line["event"] for line in new}
    assert all(set(line) >= {"time", "level", "event"} for line in moved + new)
    # The console's lines say the same, as ever.
    assert sum(" info event=" in line for line in gateway.lines) == len(moved + new)


def test_log_files_can_be_off(start_gateway):
    gateway = start_gateway(log_dir="off")
    gateway.stop()
    assert not (gateway.folder / "data" / "log").exists()


def test_a_flood_does_not_fill_the_disk(start_gateway):
    gateway = start_gateway(log_level="info")
    count = 20000
    with RawClient(gateway.address) as client:
        client.init_connect()
        batch = b"".join(client.build(9999, b"?") for _ in range(1000))
        for _ in range(count // 1000):
            client.send(batch)
            for _ in range(1000):
                client.receive()
        client.send(client.build(PLACE, b"\xff"))  # a refused write, which is audited in full
        client.receive()
    gateway.stop()  # which tells what was left out in its last second
    lines = "".join(gateway.lines)
    told = lines.count("proto=9999") + sum(int(part.split()[0]) for part in lines.split("event=suppressed lines=")[1:])
    assert lines.count("proto=9999") < count / 2 and told >= count
    size = sum(f.stat().st_size for f in (gateway.folder / "data" / "log").iterdir())
    assert size < count * 100
    assert any(line.get("proto") == PLACE for line in audit_lines(gateway))


def test_floods_of_refused_writes_are_counted(start_gateway):
    gateway = start_gateway()
    count = 3000
    with RawClient(gateway.address) as client:
        client.init_connect()
        batch = b"".join(client.build(PLACE, b"\xff") for _ in range(count))
        client.send(batch)
        for _ in range(count):
            client.receive()
        eventually(lambda: any("event" in line and line["event"].startswith("refused") for line in audit_lines(gateway)),
                   "what had no line is counted")
        client.send(batch)  # and again in a second that the end cuts short
        for _ in range(count):
            client.receive()
    gateway.stop()
    lines = audit_lines(gateway)
    own = sum(line.get("proto") == PLACE and "event" not in line for line in lines)
    left_out = sum(line["lines"] for line in lines if line.get("event", "").startswith("refused"))
    assert own + left_out == 2 * count and own >= 200 and left_out > 0


def test_replies_keep_their_order_behind_the_audit_log(start_gateway, connect):
    """Refused and taken orders and questions in one write: replies come in the order of the requests."""
    gateway = start_gateway(limits="off")
    client = connect(gateway)
    wanted, parts = [], []
    for k in range(40):
        serial = next(client.serials)
        body = (order_request(client, code="NOSUCH" if k % 3 else "AAPL").SerializeToString() if k % 4 else
                keep_alive_request().SerializeToString())
        parts.append(client.build(PLACE if k % 4 else 1004, body, serial))
        wanted.append((PLACE, serial) if k % 4 else (1004, serial))
    client.send(b"".join(parts))
    got = [(f.proto, f.serial) for f in (client.receive() for _ in wanted)]
    assert [g for g in got if g[0] == PLACE] == [w for w in wanted if w[0] == PLACE]
    assert sorted(got) == sorted(wanted)


def test_a_half_closed_client_gets_its_refusal(start_gateway, connect):
    gateway = start_gateway()
    client = connect(gateway)
    client.send(client.build(PLACE, b"\xff", 77))
    client.socket.shutdown(socket.SHUT_WR)
    assert client.receive().serial == 77
    with pytest.raises(Closed):
        client.receive()
