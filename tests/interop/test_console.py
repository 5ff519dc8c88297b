"""The operation console (platform.md §3): telnet and standard input, by bytes."""
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest

from ft_raw import GLOBAL_STATE, TIMEOUT, Closed, VERIFICATION, global_state_request, pb
from gateway import Gateway, eventually
from test_platform import statistics
from test_trade_raw import PAPER_US, Trader, buy, orders

pytestmark = pytest.mark.raw
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src" / "gateway"
marks = itertools.count(1)


class Console:
    """A telnet connection."""

    def __init__(self, gateway, encoding="ascii", receive_buffer=None):
        self.encoding = encoding
        port = int(gateway.wait_line(r"listening on 127\.0\.0\.1:(\d+) \(console\)").group(1))
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode(self.encoding))

    def line(self):
        """The next line without its end, which must be CR LF; None at the end of the stream."""
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                assert not self.buffer, self.buffer
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        assert line.endswith(b"\r"), line
        return line[:-1].decode(self.encoding)

    def ask(self, command, end=b"\r\n"):
        """The answer's lines: up to that to a command that does not exist."""
        mark = f"mark{next(marks)}"
        self.send((command.encode(self.encoding) if isinstance(command, str) else command) + end + mark.encode() + end)
        lines = []
        while True:
            line = self.line()
            assert line is not None, (command, lines)
            if mark in line:
                return lines
            lines.append(line)

    def one(self, command):
        lines = self.ask(command)
        assert len(lines) == 1, (command, lines)
        return lines[0]


@pytest.fixture
def start(start_gateway):
    return lambda **parameters: start_gateway(**{"telnet_port": 0, **parameters})


def read_until(connection, expected, timeout):
    """As the telnetlib of the vendor's example: bytes up to what is expected, or what has come."""
    connection.settimeout(timeout)
    got = b""
    while not got.endswith(expected):
        try:
            byte = connection.recv(1)
        except TimeoutError:
            break
        if not byte:
            break
        got += byte
    return got


def test_the_vendors_example(start):
    """§3.1: write a line, read until CR LF with half a second of patience, join, decode as GB2312."""
    with Console(start(lang="chs")) as console:
        for command, says in ((b"help -cmd=ping\r\n", "延迟"), (b"ping\r\n", "延迟")):
            console.socket.sendall(command)
            reply = b""
            while True:
                part = read_until(console.socket, b"\r\n", 0.5)
                reply += part
                if not part:
                    break
            assert says in reply.decode("gb2312") and reply.endswith(b"\r\n"), reply


def test_every_command(start, connect):
    gateway = start(login_pwd="secret")
    client = connect(gateway)
    with Console(gateway) as console:
        names = [line.split()[0] for line in console.ask("help")]
        says = {
            "help": "ends opend", "req_phone_verify_code": "logged in", "input_phone_verify_code -code=1": "logged in",
            "req_pic_verify_code": "logged in", "input_pic_verify_code -code=1": "logged in",
            "relogin": "Login successful", "ping": r"latency \d+\.\d+ ms", "show_delay_report": "sr2cs",
            "show_sub_info": f"connection {client.info.connID}, 127.0.0.1", "close_api_conn -conn_id=7": "no connection 7",
            "request_highest_quote_right": "highest", "update": "install", "set_log_level -level=debug": "debug",
            "status": "OpenAPI 10", "set_clock": r"\d\d:\d\d UTC, speed 1, hours always",
            f"reset_account -acc_id={PAPER_US}": "reset", f"deposit -acc_id={PAPER_US} -currency=USD -amount=2.5": "1000002.50",
            "convert -acc_id=7 -from=HKD -to=USD -amount=1": "no account 7", "add_group -name=mine": "mine",
            "delete_group -name=mine": "mine", "set_quote_right -product=us -right=LV1": "LV1",
            "kick_quote_right -product=hk -right=LV1": "hk", "set_quota -subscriptions=300 -history=0": "300",
            "disconnect_backend -seconds=1": "1 second", "set_program_status -status=READY": "READY", "exit": None}
        assert sorted(names) == sorted(command.split()[0] for command in says), "a command without a test"
        for command, words in says.items():
            if words:
                assert re.search(words, "\n".join(console.ask(command))), (command, console.ask(command))
            assert console.ask("help -cmd=" + command.split()[0])[0].startswith(command.split()[0])
        for command, words in (("nonsense", "nonsense is no command"), ("close_api_conn -conn_id=x", "whole number"),
                               ("show_delay_report -push_count_type=x", "sr2ss, ss2cr"), ("set_log_level", "-level="),
                               ("set_log_level -level=loud", "loud"), ("ping -x=1", "no parameter x"),
                               ("deposit -acc_id=1 -acc_id=2", "twice"), ("relogin -login_pwd=wrong", "Login failed|login failed"),
                               ("relogin -login_pwd_md5=00", "login failed"), ("relogin -login_pwd=secret", "successful"),
                               ("relogin -login_pwd_md5=5EBE2294ECD0E0F08EAB7690D2A6EE69", "successful"),
                               (f"deposit -acc_id={PAPER_US} -currency=XYZ -amount=1", "HKD, USD"), ("help -cmd=x", "x is no")):
            assert re.search(words, console.one(command)), (command, words)
        assert client.keep_alive().retType == 0
        # One text for both ways in.
        request = pb("Verification").Request()
        request.c2s.type, request.c2s.op = 2, 1
        asked = client.request(VERIFICATION, request, pb("Verification").Response)
    assert "logged in" in asked.retMsg
    mark = gateway.mark()
    gateway.wait_line("event=command operator=127.0.0.1 name=relogin")
    assert not any("secret" in line for line in gateway.lines[:mark]), "a password in the log"


def test_operations_are_audited(start):
    gateway = start()
    with Console(gateway) as console:
        console.ask(f"deposit -acc_id={PAPER_US} -currency=USD -amount=2.5")
        console.ask("deposit -acc_id=7 -currency=USD -amount=2.5")
        console.ask("status")
    lines = [json.loads(line) for path in sorted((gateway.folder / "data" / "audit").glob("*.jsonl"))
             for line in path.read_text().splitlines()]
    told = [(line["command"], line["params"], line["ret"], line.get("reason")) for line in lines
            if line.get("event") == "console"]
    assert told == [("deposit", f"{PAPER_US} USD 2.5", 0, None), ("deposit", "7 USD 2.5", -1, "there is no account 7")]


def test_limits(start):
    """§3.2: 10 pings in 60 seconds and one request for a telephone code, whoever asks."""
    gateway = start()
    with Console(gateway) as first, Console(gateway) as second:
        for k in range(10):
            assert "latency" in (first, second)[k % 2].one("ping")
        for console in (first, second):
            assert re.search(r"ping is limited to 10 in 60 seconds: try again in \d+ seconds", console.one("ping"))
        assert "logged in" in first.one("req_phone_verify_code")
        assert "limited to 1 in 60" in second.one("req_phone_verify_code")
        assert "logged in" in second.one("req_pic_verify_code")
    with Console(start(limits="off")) as console:
        assert all("latency" in console.one("ping") for _ in range(12))


def test_line_ends_and_telnet_bytes(start):
    with Console(start()) as console:
        for end in (b"\r", b"\n", b"\r\n", b"\r\0"):
            assert console.ask("set_log_level -level=debug", end) == ["log level debug"]
        assert console.ask(b"\xff\xfb\x1f\xff\xfd\x03set_log\xff\xfa\x18\0vt\r\n100\xff\xf0_level \0-level=debug") == ["log level debug"]
        assert "longer than 1024" in console.one("help " + "x" * 3000)
        assert "GB2312" in console.one(b"add_group -name=\xe4")
        console.send(b"set_log_level -level=debug\r\n" * 50 + b"set_log")  # many at once, and a piece
        assert [console.line() for _ in range(50)] == ["log level debug"] * 50
        console.send(b"_level -level=debug\r\n")
        assert console.line() == "log level debug"


def test_encodings(start, connect):
    gateway = start(lang="chs")
    name = "我的分组"
    with Console(gateway, "gb2312") as console:  # strict: whatever is not GB2312 ends the test
        for command in [line.split()[0] for line in console.ask("help")]:
            answer = console.ask(f"help -cmd={command}") + (console.ask(command) if command != "exit" else [])
            assert not any("?" in line for line in answer), answer
        assert name in console.one(f"add_group -name={name}")
    with Console(start(lang="chs", console_encoding="utf-8"), "utf-8") as console:
        assert name in console.one(f"add_group -name={name}")
        assert "登录成功" in console.one("relogin")
    request = pb("Qot_GetUserSecurityGroup").Request()
    request.c2s.groupType = 3
    groups = connect(gateway).request(3222, request, pb("Qot_GetUserSecurityGroup").Response)
    assert name in [group.groupName for group in groups.s2c.groupList], "the group came in as GB2312"


def test_texts_can_be_told():
    """Every Chinese text that the console can say is GB2312; English ones are ASCII by that."""
    texts = 0
    for path in [*SOURCES.glob("console/*.c"), SOURCES / "operations.c", SOURCES / "verification.c", SOURCES / "trade.c"]:
        for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text(encoding="utf-8")):
            if not text.isascii():
                text.encode("gb2312")
                texts += 1
    assert texts > 80, texts


def test_several_consoles(start):
    """Eight at once; a further one is refused until there is room."""
    gateway = start()
    consoles = [Console(gateway) for _ in range(8)]
    for console in reversed(consoles):
        assert "speed 1" in console.one("set_clock")
    port = consoles[0].socket.getpeername()[1]
    refused = socket.socket()
    with pytest.raises(ConnectionRefusedError):
        refused.connect(("127.0.0.1", port))
    refused.close()
    consoles.pop().socket.close()

    def again():
        try:
            return Console(gateway)
        except ConnectionRefusedError:
            return None
    consoles.append(eventually(again, "room for another console"))
    assert "speed 1" in consoles[-1].one("set_clock")
    for console in consoles:
        console.socket.close()


def test_a_reader_that_does_not_read(start, connect):
    """His own answers wait for him, nobody else does, and none is lost."""
    gateway = start()
    client = connect(gateway)
    commands = 4000
    with Console(gateway, receive_buffer=4096) as slow, Console(gateway) as other:
        sender = threading.Thread(target=slow.send, args=(b"help\r\n" * commands + b"last\r\n",), daemon=True)
        sender.start()
        for _ in range(20):
            assert client.keep_alive().retType == 0
            assert "speed 1" in other.one("set_clock")
        count = 0
        while "last is no command" not in (line := slow.line()):
            count += line.startswith("help ")
        sender.join(TIMEOUT)
        assert count == commands


def test_half_closed_and_gone(start):
    """A script that only ends its side still gets its answers; one that has gone harms nobody."""
    gateway = start()
    console = Console(gateway)
    console.send(f"deposit -acc_id={PAPER_US} -currency=USD -amount=1\r\nset_clock -advance=60\r\nping\r\n")
    console.socket.shutdown(socket.SHUT_WR)
    lines = []
    while (line := console.line()) is not None:
        lines.append(line)
    assert len(lines) == 3 and "1000001.00" in lines[0] and "latency" in lines[2], lines
    for _ in range(6):
        with Console(gateway) as gone:
            gone.send(b"status\r\nset_clock -advance=20000\r\nhelp\r\n" * 5)
    with Console(gateway) as console:
        assert "latency" in console.one("ping")


# --- files --------------------------------------------------------------------------------------------


def test_files(start, connect, tmp_path):
    gateway = start(lang="chs")
    client = connect(gateway)
    subscribe(client, [1, 4])
    with Console(gateway, "gb2312") as console:
        delays, subs = tmp_path / "delays.txt", tmp_path / "with blank"
        assert str(delays) in console.one(f"show_delay_report -detail_report_path={delays} -push_count_type=cr2cs")
        assert delays.stat().st_mode & 0o777 == 0o600
        text = delays.read_text(encoding="utf-8")
        assert "Qot_Sub" in text and "推送" in text and "\r" not in text
        subs.write_text("old " * 10000)
        subs.chmod(0o644)
        assert str(subs) in console.one(f'show_sub_info -conn_id={client.info.connID} -sub_info_path="{subs}"')
        text = subs.read_text(encoding="utf-8")
        assert "TICKER" in text and "HK.00700" in text and "old" not in text
        assert subs.stat().st_mode & 0o777 == 0o600
        kept = tmp_path / "kept"
        kept.write_text("kept")
        (tmp_path / "link").symlink_to(kept)
        (tmp_path / "nowhere").symlink_to(tmp_path / "made")
        os.link(kept, tmp_path / "second name")
        os.mkfifo(tmp_path / "fifo")
        reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        for bad in ("link", "nowhere", "second name", "fifo", "", "none/file"):
            answer = console.one(f'show_sub_info -sub_info_path="{tmp_path}/{bad}"')
            assert f"{tmp_path}/{bad}" in answer and "已写入" not in answer, answer
        assert os.read(reader, 1) == b""
        os.close(reader)
        assert kept.read_text() == "kept" and not (tmp_path / "made").exists()
        assert "/dev/null" in console.one("show_delay_report -detail_report_path=/dev/null")
        if os.path.exists("/dev/full"):
            assert "已写入" not in console.one("show_sub_info -sub_info_path=/dev/full")


# --- what the commands do -------------------------------------------------------------------------------


def subscribe(client, types, code="00700", push=True):
    request = pb("Qot_Sub").Request()
    security = request.c2s.securityList.add()
    security.market, security.code = 1, code
    request.c2s.subTypeList.extend(types)
    request.c2s.isSubOrUnSub, request.c2s.isRegOrUnRegPush = True, push
    client.send(client.build(3001, request))
    while client.receive().proto != 3001:
        pass


def test_show_sub_info(start, connect):
    gateway = start()
    first, second = connect(gateway, clientID="one"), connect(gateway, clientID="two")
    subscribe(first, [1, 2])
    subscribe(second, [11], "HSImain", push=False)
    with Console(gateway) as console:
        lines = console.ask("show_sub_info")
        assert lines == [
            f'connection {first.info.connID}, 127.0.0.1, client "one": 2 subscriptions',
            "  QUOTE      HK.00700         pushed, RTH", "  ORDER_BOOK HK.00700         pushed, RTH",
            f'connection {second.info.connID}, 127.0.0.1, client "two": 1 subscriptions',
            "  K_1M       HK.HSImain       not pushed, RTH",
            "2 connections; 3 of 2000 units of the subscription quota are used"]
        only = console.ask(f"show_sub_info -conn_id={second.info.connID}")
        assert only[:2] == lines[3:5] and only[2].startswith("1 connections"), only


def test_close_api_conn(start, connect):
    gateway = start()
    clients = [connect(gateway) for _ in range(4)]
    clients.append(connect(gateway, init=False))
    with Console(gateway) as console:
        assert console.one(f"close_api_conn -conn_id={clients[1].info.connID}") == "1 connections closed"
        with pytest.raises(Closed):
            clients[1].keep_alive()
        for client in (clients[0], clients[2]):
            assert client.keep_alive().retType == 0
        assert "no connection" in console.one(f"close_api_conn -conn_id={clients[1].info.connID}")
        assert console.one("close_api_conn") == "4 connections closed"
        for client in (clients[0], clients[2], clients[3], clients[4]):
            client.expect_closed()
    assert connect(gateway).keep_alive().retType == 0


def test_exit(start, connect):
    gateway = start()
    client = connect(gateway)
    with Console(gateway) as console, Console(gateway) as other:
        console.send(b"exit\r\n")
        assert console.line() == "opend ends" and console.line() is None
        assert other.line() is None
        client.expect_closed()
        client.close()
    gateway.wait()  # with code 0


def test_sigterm_with_consoles(start):
    gateway = start()
    with Console(gateway) as console:
        console.send(b"set_clock -advance=2000000\r\nping\r\n")
        gateway.stop()


def test_operations_are_those_of_the_protocol(start, connect):
    gateway = start(limits="off")
    t = Trader(connect(gateway))
    t.ok(2202, PAPER_US, **buy(timeInForce=1))
    with Console(gateway) as console:
        assert "1000250.50" in console.one(f"deposit -acc_id={PAPER_US} -currency=USD -amount=250.5")
        assert t.ok(2101, PAPER_US).funds.cash == 1000250.5
        assert "reset" in console.one(f"reset_account -acc_id={PAPER_US}")
        assert orders(t) == [] and t.ok(2101, PAPER_US).funds.cash == 1000000
        assert "1000001.00" in console.one(f"deposit -acc_id={PAPER_US} -currency=USD -amount=1")
        gateway.process.kill()  # what was answered is on disk
        gateway.process.wait()
    gateway.process = None
    gateway.parameters["telnet_port"] = 0
    gateway.start()
    assert Trader(connect(gateway)).ok(2101, PAPER_US).funds.cash == 1000001


def world_time(client):
    return client.request(GLOBAL_STATE, global_state_request(), pb("GetGlobalState").Response).s2c.time


def test_set_clock(start, connect):
    gateway = start(sim_start="2026-11-24 01:00:00")
    client = connect(gateway)
    subscribe(client, [4])
    with Console(gateway) as console:
        before = world_time_past_pushes(client)
        assert "2026-11-24 0" in console.one("set_clock -advance=3600")
        after = world_time_past_pushes(client)
        assert after >= before + 3600
        assert "2026-11-24 06:30:00 UTC, speed 7, hours always" in console.one('set_clock -time="2026-11-24 06:30:00" -speed=7')
        assert world_time_past_pushes(client) >= 1795501800
        for command, words in (('-time="2026-11-24 06:00:00"', "never back"), ("-time=2027-11-24", "at most 31 days"),
                               ("-time=tomorrow", "tomorrow"), ("-advance=0", "1 to 2678400"), ("-advance=-5", "1 to 2678400"),
                               ("-advance=9999999", "1 to 2678400"), ("-speed=0", "1 to 100000"), ("-speed=1e3", "1 to 100000"),
                               ("-advance=5 -time=2026-11-25", "one of them"), ("-mode=exchange", "-sim_clock"),
                               ("-mode=sometimes", "sometimes"), ("-speed=3 -mode=exchange", "-sim_clock")):
            assert words in console.one("set_clock " + command), command
        assert "speed 7, hours always" in console.one("set_clock -mode=always"), "a refused command changed something"
        # What happened in between did happen: trades of the hours are there.
        assert world_time_past_pushes(client) >= after
    assert client.tickers > 0


def world_time_past_pushes(client):
    client.tickers = getattr(client, "tickers", 0)
    client.send(client.build(GLOBAL_STATE, global_state_request()))
    while True:
        got = client.receive()
        client.tickers += got.proto == 3011
        if got.proto == GLOBAL_STATE:
            return pb("GetGlobalState").Response.FromString(client.plain(got)).s2c.time


def test_delay_report_and_statistics_agree(start, connect):
    """Both tell of one record; orders have each of their stages."""
    gateway = start(limits="off")
    t = Trader(connect(gateway))
    placed = [t.ok(2202, PAPER_US, **buy(timeInForce=1)).orderID for _ in range(5)]
    subscriber = connect(gateway)
    subscribe(subscriber, [1])
    mark = gateway.mark()
    subscriber.close()
    gateway.wait_line("event=close", mark)
    s2c = statistics(t.client, [1, 2, 3]).s2c
    costs = {int(order.orderID): order for order in s2c.placeOrderStatisticsList}
    assert list(costs) == placed
    for order in costs.values():
        assert order.totalCost > 0 and order.netDelay > 0, "the disk was waited for"
        assert abs(order.openDCost + order.netDelay - order.totalCost) < 0.001 + order.totalCost / 1000
        assert order.updateCost > 0, "the exchange's answer was taken in after the reply was made"
    place = {item.protoID: item for item in s2c.reqReplyStatisticsList}
    assert place[2202].count == 5 and not place[2202].isLocalReply and place[2202].netDelayAvg > 0
    assert place[1001].isLocalReply and place[1001].netDelayAvg == 0 and place[1001].totalCostAvg > 0
    with Console(gateway) as console:
        lines = console.ask("show_delay_report")
        pushes = next(line.split() for line in lines if line.split()[0] == "PRICE")
        assert int(pushes[1]) == s2c.qotPushStatisticsList[0].count
        assert abs(float(pushes[6]) - s2c.qotPushStatisticsList[0].delayAvg) < 0.001
        told = {int(line.split()[0]): line.split() for line in lines if line.split()[0].isdigit()}
        for order in placed:
            assert abs(float(told[order][1]) - costs[order].totalCost) < 0.001
        assert int(told[2202][2]) == 5
        assert any("sr2ss" in line and "PRICE" in line for line in console.ask("show_delay_report -push_count_type=sr2ss"))


# --- standard input -------------------------------------------------------------------------------------


class Piped(Gateway):
    stdin = subprocess.PIPE

    def say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()


@pytest.fixture
def piped(tmp_path):
    gateways = []

    def make(**parameters):
        gateways.append(Piped(tmp_path, **parameters))
        return gateways[-1]
    yield make
    for gateway in gateways:
        gateway.stop()


def test_standard_input(piped):
    gateway = piped(lang="chs", limits="off")
    gateway.say("ping\n")
    gateway.wait_line("^延迟")
    gateway.say(f"deposit -acc_id={PAPER_US} -currency=USD -amount=1\nadd_group -name=组\n")
    gateway.wait_line("1000001.00")
    gateway.wait_line("组")
    gateway.say("exit\n")
    gateway.wait()
    assert any("即将退出" in line for line in gateway.lines)


def test_standard_input_that_ends(piped, connect):
    gateway = piped()
    mark = gateway.mark()
    gateway.say("ping\npi")
    gateway.wait_line("^latency")
    gateway.process.stdin.close()
    gateway.wait_line("event=close service=stdin", mark)
    assert connect(gateway).keep_alive().retType == 0


def test_standard_input_that_is_not_wanted(piped, connect):
    gateway = piped(console=0)
    gateway.say("exit\n")
    client = connect(gateway)
    time.sleep(0.2)
    assert client.keep_alive().retType == 0
