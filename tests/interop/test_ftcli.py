"""ftcli as its users run it: its JSON against what the protocol says, CSV, tables on a terminal, exit codes,
questions, downloads that are interrupted."""
import csv
import io
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from ft_raw import conn_key

pytestmark = pytest.mark.raw
FTCLI = os.environ.get("FTCLI_BIN", str(pathlib.Path(os.environ.get("OPEND_BIN", "")).parent / "ftcli"))


class Shell:
    """Runs ftcli against one gateway, with an empty home of its own."""

    def __init__(self, gateway, home, key=None):
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm",
                            "FTCLI_PORT": str(gateway.port), **({"FTCLI_KEY": str(key)} if key else {})}

    def run(self, *arguments, code=0, stdin="", **environment):
        done = subprocess.run([FTCLI, *arguments], env={**self.environment, **environment}, input=stdin, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def json(self, *arguments, **more):
        return json.loads(self.run(*arguments, "--json", **more).stdout)

    def call(self, protocol, **c2s):
        reply = json.loads(self.run("call", protocol, json.dumps(c2s)).stdout)
        assert reply["retType"] == 0
        return reply["s2c"]

    def terminal(self, *arguments, answer=None, code=0, **environment):
        """Runs it on a terminal of 120 columns; types the answer once it has asked."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(FTCLI, [FTCLI, *arguments], {**self.environment, "COLUMNS": "120", **environment})
        text = b""
        while True:
            ready, _, _ = select.select([fd], [], [], 60)
            assert ready, text
            try:
                piece = os.read(fd, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
            if answer and (b"[y/N]" in text or b"assword" in text):
                os.write(fd, answer)
                answer = None
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        assert os.waitstatus_to_exitcode(status) == code, text.decode()
        return text.decode()


@pytest.fixture
def shell(start_gateway, tmp_path):
    return Shell(start_gateway(sim_speed=60, limits="off"), tmp_path)


HSBC = {"market": 1, "code": "00005"}


def test_quotes(shell):
    quotes = shell.json("quote", "HK.00700", "US.AAPL")
    assert [q["code"] for q in quotes] == ["HK.00700", "US.AAPL"]
    assert all(q["low"] <= q["price"] <= q["high"] for q in quotes)

    snapshot, = shell.json("snapshot", "HK.00005")
    basic = shell.call("Qot_GetSecuritySnapshot", securityList=[HSBC])["snapshotList"][0]["basic"]
    assert (snapshot["code"], snapshot["name"], snapshot["lot_size"], snapshot["last_close"]) == (
        "HK.00005", basic["name"], basic["lotSize"], basic["lastClosePrice"])

    book = shell.json("book", "HK.00700", "--levels", "5")
    assert [row["level"] for row in book] == [1, 2, 3, 4, 5]
    assert all(row["bid"] < row["ask"] for row in book)
    assert len(shell.json("ticks", "HK.00700", "--num", "7")) == 7

    bars = shell.json("kline", "HK.00700", "--ktype", "K_DAY", "--num", "20")
    history = shell.call("Qot_RequestHistoryKL", rehabType=1, klType=2, security={"market": 1, "code": "00700"},
                         beginTime=bars[0]["time"][:10], endTime=bars[-2]["time"][:10])["klList"]
    assert [(b["time"], b["close"]) for b in bars[:-1]] == [(b["time"], b["closePrice"]) for b in history]

    rows = list(csv.DictReader(io.StringIO(shell.run("snapshot", "HK.00700", "HK.00005", "--csv").stdout)))
    assert [row["code"] for row in rows] == ["HK.00700", "HK.00005"] and float(rows[0]["price"]) > 0


def test_live(shell):
    for command in (["watch", "HK.00700"], ["ticks", "HK.00700", "--live"], ["book", "HK.00700", "--live", "--levels", "2"]):
        lines = shell.run(*command, "--count", "4", "--json").stdout.splitlines()
        assert len(lines) >= 4 and all(isinstance(json.loads(line), dict) for line in lines)
    assert len(shell.run("kline", "HK.00700", "--ktype", "K_1M", "--live", "--count", "2", "--csv").stdout.splitlines()) >= 2
    drawn = shell.terminal("book", "HK.00700", "--live", "--count", "3")
    assert drawn.count("\x1b[H") >= 3 and "\x1b[K" in drawn  # in place
    process = subprocess.Popen([FTCLI, "watch", "HK.00700"], env=shell.environment, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_lists(shell):
    expiries = shell.json("chain", "HK.00700")
    assert expiries and expiries == sorted(expiries, key=lambda e: e["expiry"])
    chain = shell.json("chain", "HK.00700", "--expiry", expiries[1]["expiry"])
    strikes = [row["strike"] for row in chain]
    assert strikes == sorted(strikes) and all(row["call"].startswith("HK.") for row in chain)

    plates = shell.json("plates", "HK", "--type", "Concept")
    assert plates[0]["code"].startswith("HK.BK")
    members = shell.json("plates", plates[0]["code"])
    assert members and all(m["code"].startswith("HK.") for m in members)

    found = shell.json("screen", "HK", "--min-cap", "100000", "--max-pe", "30", "--sort", "cap", "--descending", "--num", "250")
    assert 50 < len(found) <= 250  # more than a page
    caps = [row["market_cap"] for row in found]
    assert caps == sorted(caps, reverse=True) and caps[-1] >= 1e11 and all(row["pe_ttm"] <= 30 for row in found)


def test_trading(shell):
    accounts = shell.json("accounts")
    simulated = next(a["acc_id"] for a in accounts if a["env"] == "Simulate" and "HK" in a["markets"].split())
    assert {a["acc_id"] for a in accounts} == {a["accID"] for a in shell.call("Trd_GetAccList", userID=0,
                                                                             needGeneralSecAccount=True)["accList"]}
    changes = [json.loads(line) for line in
               shell.run("buy", "HK.00700", "200", "--wait", "--json", "--remark", "mine").stdout.splitlines()]
    assert changes[-1]["status"] == "Filled_All" and changes[-1]["filled_qty"] == 200
    assert {c["remark"] for c in changes} == {"mine"} and len({c["order_id"] for c in changes}) == 1
    position, = shell.json("positions")
    assert (position["code"], position["qty"], position["side"]) == ("HK.00700", 200, "Long")
    fills = shell.json("fills")
    assert sum(f["qty"] for f in fills) == 200 and {f["order_id"] for f in fills} == {changes[0]["order_id"]}

    low = round(shell.json("snapshot", "HK.00700")[0]["price"] * 0.97)
    placed, = shell.json("buy", "HK.00700", "100", str(low), "--acc", simulated)
    assert placed["acc_id"] == simulated and placed["type"] == "Normal"
    shell.json("modify", placed["order_id"], "--price", str(low - 1))
    order = next(o for o in shell.json("orders", "--open") if o["order_id"] == placed["order_id"])
    assert order["price"] == low - 1
    shell.json("cancel", placed["order_id"])
    assert shell.json("orders", "--open") == []
    funds, = shell.json("funds")
    assert funds["cash"] < 1_000_000 and abs(funds["total_assets"] - funds["cash"] - funds["market_value"]) < 1

    shell.run("sell", "HK.00005", "400", code=1)  # none is held
    shell.run("buy", "HK.00700", "-5", code=1)
    shell.run("reset", simulated, "--yes")
    assert shell.json("positions") == [] and shell.json("funds")[0]["cash"] == 1_000_000


def test_real_accounts_are_asked_for(shell, tmp_path):
    buy = ["buy", "HK.00700", "100", "--env", "real"]
    shell.run(*buy, code=5)  # nobody to ask
    assert "REAL" in shell.terminal(*buy, answer=b"n\n", code=5)
    assert shell.json("orders", "--env", "real") == []
    password = tmp_path / "password"
    password.write_text("123456\n")
    assert "Buy" in shell.terminal(*buy, "--password-file", str(password), answer=b"y\n")
    placed, = shell.json("buy", "HK.00700", "100", "--env", "real", "--yes", "--password-file", str(password))
    assert placed["env"] == "Real"
    password.write_text("wrong\n")
    shell.run(*buy, "--yes", "--password-file", str(password), code=1)
    assert len(shell.json("orders", "--env", "real")) == 2
    text = shell.terminal(*buy, "--yes", answer=b"123456\n")
    assert "123456" not in text  # no echo


def test_personal(shell):
    assert {g["group"] for g in shell.json("watchlist")} >= {"A", "All"}
    assert "US.AAPL" in {row["code"] for row in shell.json("watchlist", "add", "A", "US.AAPL", "HK.00005")}
    assert "US.AAPL" not in {row["code"] for row in shell.json("watchlist", "remove", "A", "US.AAPL")}
    shell.run("watchlist", "show", "nothing", code=1)
    key = shell.json("reminder", "add", "HK.00700", "PriceUp", "9999.5", "--note", "high, \"very\"")[0]["key"]
    reminder, = shell.json("reminder", "list", "HK.00700")
    assert (reminder["key"], reminder["value"], reminder["note"]) == (key, 9999.5, "high, \"very\"")
    shell.json("reminder", "delete", "HK.00700", key)
    assert shell.json("reminder", "list", "HK.00700") == []


def test_history(shell, tmp_path):
    out = tmp_path / "csv"
    out.mkdir()
    download = ["history", "download", "HK.00700", "--from", "2019-01-01", "--to", "2024-12-31", "--out", str(out)]
    row, = shell.json(*download)
    whole = pathlib.Path(row["file"]).read_text()
    rows = list(csv.DictReader(io.StringIO(whole)))
    assert len(rows) == row["bars"] > 1400
    assert [r["time"] for r in rows] == sorted({r["time"] for r in rows})
    assert shell.json(*download)[0] == {**row, "bars": 0, "state": "already there"}

    # Cut in the middle of a line, as a kill leaves it: it goes on behind the last whole one.
    part = pathlib.Path(row["file"] + ".part")
    part.write_text(whole[:20000])
    os.unlink(row["file"])
    again, = shell.json(*download)
    assert 0 < again["bars"] < row["bars"] and pathlib.Path(row["file"]).read_text() == whole and not part.exists()
    os.unlink(row["file"])
    for foreign in ("something else\n", "something without an end"):
        part.write_text(foreign)
        shell.run(*download, code=6)
        assert part.read_text() == foreign

    # Minutes of two securities, on from the middle of a day; what is whole is told though another fails.
    minutes = ["history", "download", "HK.00700", "US.AAPL", "--ktype", "k_1m", "--from", "2024-03-07", "--to", "2024-03-11",
               "--out", str(out)]
    first = shell.json(*minutes)
    assert [r["code"] for r in first] == ["HK.00700", "US.AAPL"] and first[1]["bars"] == 3 * 390
    for row in first:
        text = pathlib.Path(row["file"]).read_text()
        pathlib.Path(row["file"] + ".part").write_text(text[:len(text) // 2])
        os.unlink(row["file"])
        one, = shell.json(*minutes[:2], row["code"], *minutes[4:])
        assert 0 < one["bars"] < row["bars"] and pathlib.Path(row["file"]).read_text() == text
    told = json.loads(shell.run(*minutes[:3], "HK.99999", *minutes[4:], "--json", code=1).stdout)
    assert [r["code"] for r in told] == ["HK.00700"]
    assert "behind" in shell.run(*minutes[:3], "--from", "2024-03-11", "--to", "2024-03-07", code=2).stderr
    shell.run(*download[:3], "--from", "yesterday", "--to", "2024-12-31", code=2)
    assert "%" in shell.terminal("history", "download", "HK.00005", "--from", "2024-01-01", "--to", "2024-03-01",
                                 "--out", str(out))


def test_people(shell):
    text = shell.terminal("snapshot", "HK.00700", "US.AAPL", "SH.600519")
    assert "\x1b[2mCode" in text and ("\x1b[32m+" in text or "\x1b[31m-" in text)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r", "").splitlines()
    ends = {re.search(r"^\S+ +.*?( +Price)", plain[0]).end()}
    for line, price in zip(plain[1:], shell.json("snapshot", "HK.00700", "US.AAPL", "SH.600519")):
        assert line[:min(ends)].split()[-1].replace(".", "").isdigit()  # right-aligned under its title
    assert "\x1b" not in shell.run("snapshot", "HK.00700").stdout
    narrow = re.sub(r"\x1b\[[0-9;]*m", "", shell.terminal("snapshot", "HK.00700", COLUMNS="50")).splitlines()
    assert len(narrow) == 3 and narrow[2].startswith("no room for: ") and all(len(line) <= 50 for line in narrow)
    assert len(shell.run("snapshot", "HK.00700", COLUMNS="50").stdout.splitlines()[0]) > 50
    drawn = shell.terminal("watch", "HK.00700", "--count", "2", LINES="2", NO_COLOR="1")
    assert drawn.count("\x1b[H") == 3 and "\x1b[3" not in drawn and "\x1b[2mC" not in drawn
    assert "\x1b[H" not in shell.run("watch", "HK.00700", "--count", "2", "--color", "always").stdout
    with open("/dev/full", "w") as full:
        done = subprocess.run([FTCLI, "snapshot", "HK.00700"], env=shell.environment, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 6 and b"No space left" in done.stderr
    assert "\x1b[3" in shell.run("snapshot", "HK.00700", "US.AAPL", "--color", "always").stdout
    chart = shell.run("kline", "HK.00700", "--chart", "--num", "30").stdout
    assert "█" in chart and len(chart.splitlines()) > 10
    state = {row["key"]: row["value"] for row in shell.json("state")}
    assert state["status"].startswith("Ready") and state["encrypted"] == "no" and state["user"] == "100000"
    assert shell.json("sub") == []


def test_call(shell):
    by_number = json.loads(shell.run("call", "3203", json.dumps({"c2s": {"securityList": [HSBC]}})).stdout)
    assert by_number["s2c"]["snapshotList"][0]["basic"]["security"] == HSBC
    by_input = json.loads(shell.run("call", "Qot_GetStaticInfo", "-", stdin=json.dumps({"securityList": [HSBC]})).stdout)
    assert by_input["s2c"]["staticInfoList"][0]["basic"]["security"] == HSBC
    refused = shell.run("call", "Qot_GetSecuritySnapshot", json.dumps({"securityList": [{"market": 1, "code": "no"}]}), code=1)
    assert json.loads(refused.stdout)["retType"] == -1
    for bad in (["nothing", "{}"], ["3005", "{}"], ["3203", "{"], ["3203", '{"nothing": 1}'], ["3203", "@/nothing"]):
        shell.run("call", *bad, code=2)


def test_usage(shell, tmp_path):
    for bad in (["nothing"], [], ["quote"], ["quote", "00700"], ["book", "HK.00700", "--levels", "0"],
                ["kline", "HK.00700", "--ktype", "K_2M"], ["quote", "HK.00700", "--nothing"], ["quote", "HK.00700", "-x"],
                ["buy", "HK.00700", "many"], ["cancel"], ["state", "--port", "0"], ["state", "--color", "red"],
                ["orders", "--from", "2024-01-01"], ["completion", "fish"]):
        assert shell.run(*bad, code=2).stderr
    shell.run("quote", "HK.999999", code=1)
    shell.run("state", "--port", "1", code=3)
    assert shell.run("--version").stdout.startswith("ftcli ")
    commands = re.findall(r"^  (\w+)", shell.run("help").stdout, re.M)
    assert len(commands) == 27
    for command in commands:
        assert command in shell.run("help", command).stdout
    for name in ("bash", "zsh"):
        script = shell.run("completion", name).stdout
        assert all(command in script for command in commands)
    checked = subprocess.run(["bash", "-c", shell.run("completion", "bash").stdout + """
        COMP_WORDS=(ftcli kline --ktype K_W); COMP_CWORD=3; _ftcli; echo "${COMPREPLY[@]}"
        COMP_WORDS=(ftcli po); COMP_CWORD=1; _ftcli; echo "${COMPREPLY[@]}" """], capture_output=True, text=True)
    assert checked.stdout.split() == ["K_WEEK", "positions"], checked.stderr

    # Command line before environment before file.
    config = tmp_path / ".config" / "ftcli"
    config.mkdir(parents=True)
    (config / "config").write_text("# mine\nport = 1\njson = 1\n")
    assert json.loads(shell.run("state").stdout)
    environment = {k: v for k, v in shell.environment.items() if k != "FTCLI_PORT"}
    assert subprocess.run([FTCLI, "state"], env=environment, capture_output=True).returncode == 3
    assert subprocess.run([FTCLI, "state", "--port", shell.environment["FTCLI_PORT"]], env=environment,
                          capture_output=True).returncode == 0
    (config / "config").write_text("nothing = 1\n")
    assert ":1:" in shell.run("state", code=2).stderr


def test_encrypted(start_gateway, tmp_path):
    shell = Shell(start_gateway(rsa_private_key=conn_key()), tmp_path, conn_key())
    state = {row["key"]: row["value"] for row in shell.json("state")}
    assert state["encrypted"] == "yes"
    assert shell.json("buy", "HK.00700", "100")[0]["code"] == "HK.00700"
    shell.run("buy", "HK.00700", "100", FTCLI_KEY="", code=1)  # this gateway wants it for trading
    shell.run("state", "--key", "/nothing", code=6)


def test_the_gateway_goes_away(start_gateway, tmp_path):
    gateway = start_gateway()
    shell = Shell(gateway, tmp_path)
    process = subprocess.Popen([FTCLI, "watch", "HK.00700", "--seconds", "60"], env=shell.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    gateway.stop()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (0, 3)
