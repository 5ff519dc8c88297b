"""Watch lists, price reminders, history quota (quote-derivatives-screening.md 4): the vendor's client, what
is refused, limits, sessions, and who hears what."""
import signal

import pytest

from ft_raw import pb
from gateway import eventually
from test_client import start
from test_quote_rules import APPLE, HK, NAMES, NOBODY, SH, TENCENT, US, ask, good, pushes, refused

GROUPS, MEMBERS, CHANGE, SET, GET, PUSH, QUOTA, HISTORY = 3222, 3213, 3214, 3220, 3221, 3019, 3104, 3103
NAMES.update({GROUPS: "Qot_GetUserSecurityGroup", MEMBERS: "Qot_GetUserSecurity", CHANGE: "Qot_ModifyUserSecurity",
              SET: "Qot_SetPriceReminder", GET: "Qot_GetPriceReminder", PUSH: "Qot_UpdatePriceReminder",
              1008: "TestCmd"})
ADD, DELETE, ENABLE, DISABLE, MODIFY, DELETE_ALL = range(1, 7)
ALWAYS, ONCE_A_DAY, ONCE = 1, 2, 3
PRICE_UP, PRICE_DOWN, RATE_UP, RATE_DOWN, BID_UP = 1, 2, 3, 4, 10
OPEN, US_PRE, US_AFTER, US_OVERNIGHT = 1, 2, 3, 4
SIM_START = "2026-11-24 15:00:00"
NEVER = dict(type=PRICE_UP, freq=ONCE, value=99999)


def kill(gateway):
    gateway.process.send_signal(signal.SIGKILL)
    gateway.process.wait()
    gateway.process = None
    gateway.start()


@pytest.mark.client
@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_every_method(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, limits="off", sim_start=SIM_START, sim_speed=60)
    client = start_client("personal", gateway.address, **settings)
    client.expect("restart", 240)
    gateway.restart()
    client.tell("back")
    client.expect("kill", 120)
    kill(gateway)
    client.tell("back")
    client.expect("done", 120)
    client.finish()


BAD = {
    "groups of no type": (GROUPS, dict(groupType=0), ["groupType", "0"]),
    "groups of a far type": (GROUPS, dict(groupType=4), ["groupType", "4"]),
    "members of a long name": (MEMBERS, dict(groupName="字" * 50), ["groupName", "字" * 21]),
    "members of no group": (MEMBERS, dict(groupName="Ours"), ["groupName", "Ours"]),
    "change of no group": (CHANGE, dict(groupName="Ours", op=1, securityList=[APPLE]), ["groupName", "Ours"]),
    "change of a system group": (CHANGE, dict(groupName="全部", op=1, securityList=[APPLE]), ["groupName", "全部"]),
    "no change": (CHANGE, dict(groupName="B", op=0, securityList=[APPLE]), ["op", "0"]),
    "a far change": (CHANGE, dict(groupName="B", op=4, securityList=[APPLE]), ["op", "4"]),
    "change of nothing": (CHANGE, dict(groupName="B", op=1), ["securityList", "0"]),
    "an unknown code among others": (CHANGE, dict(groupName="B", op=1, securityList=[APPLE, NOBODY]), ["HK.99999999"]),
    "no operation": (SET, dict(security=APPLE, op=0, **NEVER), ["op", "0"]),
    "a far operation": (SET, dict(security=APPLE, op=7, **NEVER), ["op", "7"]),
    "reminder of nobody": (SET, dict(security=NOBODY, op=ADD, **NEVER), ["HK.99999999"]),
    "no type": (SET, dict(security=APPLE, op=ADD, freq=ONCE, value=1), ["type"]),
    "type 0": (SET, dict(security=APPLE, op=ADD, type=0, freq=ONCE, value=1), ["type", "0"]),
    "a far type": (SET, dict(security=APPLE, op=ADD, type=16, freq=ONCE, value=1), ["type", "16"]),
    "bids of an index": (SET, dict(security=(HK, "800000"), op=ADD, type=BID_UP, freq=ONCE, value=1), ["10", "HK.800000"]),
    "turnover rate of an index": (SET, dict(security=(HK, "800000"), op=ADD, type=9, freq=ONCE, value=1), ["9", "HK.800000"]),
    "no frequency": (SET, dict(security=APPLE, op=ADD, type=1, value=1), ["freq"]),
    "a far frequency": (SET, dict(security=APPLE, op=ADD, type=1, freq=4, value=1), ["freq", "4"]),
    "no value": (SET, dict(security=APPLE, op=ADD, type=1, freq=ONCE), ["value"]),
    "a value below 0": (SET, dict(security=APPLE, op=ADD, type=1, freq=ONCE, value=-0.5), ["value", "-0.5"]),
    "a value beyond all": (SET, dict(security=APPLE, op=ADD, type=1, freq=ONCE, value=1e13), ["value", "1e+13"]),
    "no number": (SET, dict(security=APPLE, op=ADD, type=1, freq=ONCE, value=float("nan")), ["value", "nan"]),
    "a long note": (SET, dict(security=APPLE, op=ADD, note="字" * 21, **NEVER), ["note", "21", "20"]),
    "a longer note": (SET, dict(security=APPLE, op=ADD, note="a" + "字" * 60, **NEVER), ["note", "61", "a字"]),
    "session 0": (SET, dict(security=APPLE, op=ADD, reminderSessionList=[1, 0], **NEVER), ["reminderSessionList", "0"]),
    "a far session": (SET, dict(security=APPLE, op=ADD, reminderSessionList=[5], **NEVER), ["reminderSessionList", "5"]),
    "deleting without a key": (SET, dict(security=APPLE, op=DELETE), ["key", "2"]),
    "deleting what is not there": (SET, dict(security=APPLE, op=DELETE, key=12345), ["key", "12345", "US.AAPL"]),
    "enabling what is not there": (SET, dict(security=APPLE, op=ENABLE, key=-1), ["key", "-1"]),
    "disabling what is not there": (SET, dict(security=APPLE, op=DISABLE, key=0), ["key", "0"]),
    "changing what is not there": (SET, dict(security=APPLE, op=MODIFY, key=7, **NEVER), ["key", "7"]),
    "list of nothing": (GET, dict(), ["security", "market"]),
    "list of no market": (GET, dict(market=0), ["market", "0"]),
    "list of a far market": (GET, dict(market=99), ["market", "99"]),
    "list of nobody": (GET, dict(security=NOBODY), ["HK.99999999"]),
}


def codes(client, group):
    return [(i.basic.security.market, i.basic.security.code)
            for i in good(client, MEMBERS, groupName=group).s2c.staticInfoList]


def listed(client, **what):
    return [(p.security.code, i.key, i.type, i.value, i.freq, i.isEnable, i.note, list(i.reminderSessionList))
            for p in good(client, GET, **what).s2c.priceReminderList for i in p.itemList]


def add(client, security, **values):
    return good(client, SET, security=security, op=ADD, **values).s2c.key


@pytest.mark.raw
@pytest.mark.parametrize("lang", ["en", "chs"])
def test_bad_input(start_gateway, connect, lang):
    """Each is refused in words that quote the value, in the gateway's language, and changes nothing."""
    gateway = start_gateway(lang=lang, limits="off", sim_start=SIM_START)
    client = connect(gateway)
    key = add(client, APPLE, note="字" * 20, **NEVER)
    before = listed(client, market=US), codes(client, "All"), codes(client, "B")
    for name, (proto, values, words) in BAD.items():
        text = refused(client, proto, *words, **values)
        chinese = any("\u4e00" <= c <= "\u9fff" for c in text.replace("全部", "").replace("字", ""))
        assert chinese == (lang == "chs"), (name, text)
    refused(client, SET, "value", "-1", security=APPLE, op=MODIFY, key=key, value=-1)
    for _ in range(10):
        add(client, APPLE, type=PRICE_DOWN, freq=ONCE, value=0)
    refused(client, SET, "2", "10", security=APPLE, op=MODIFY, key=key, type=PRICE_DOWN)
    assert listed(client, security=APPLE)[:1] == before[0]
    refused(client, SET, str(key), "HK.00700", security=TENCENT, op=DELETE, key=key)
    assert (listed(client, market=US)[:1], codes(client, "All"), codes(client, "B")) == before
    names = [g.groupName for g in good(client, GROUPS, groupType=2).s2c.groupList]
    assert names[0] == ("期权" if lang == "chs" else "Options") and len(names) == 9, names
    assert codes(client, "全部") == codes(client, "All")


@pytest.mark.raw
def test_all_is_full(start_gateway, connect):
    """500 securities for who never traded; what fails adds nothing, what is there already counts once."""
    gateway = start_gateway(limits="off", sim_start=SIM_START)
    client = connect(gateway)
    request = pb("Qot_GetStaticInfo").Request()
    request.c2s.market, request.c2s.secType = HK, 5  # warrants: there are thousands
    every = [(HK, i.basic.security.code) for i in
             client.request(3202, request, pb("Qot_GetStaticInfo").Response).s2c.staticInfoList]
    assert len(every) > 510, "the shipped market is too small for this test"
    good(client, CHANGE, groupName="B", op=1, securityList=every[:498])  # HSImain and 00700 are there
    refused(client, CHANGE, "securityList", "500", "1", groupName="C", op=1, securityList=[every[0], every[498]])
    assert codes(client, "C") == [] and len(codes(client, "All")) == 500
    good(client, CHANGE, groupName="C", op=1, securityList=every[:5] + every[:5])
    assert codes(client, "C") == every[:5]
    good(client, CHANGE, groupName="C", op=2, securityList=[every[0]])
    good(client, CHANGE, groupName="C", op=1, securityList=[every[498]])
    assert codes(client, "B") == every[1:498] and len(codes(client, "All")) == 500


def command(client, cmd, params):
    request = pb("TestCmd").Request()
    request.c2s.cmd, request.c2s.paramStr = cmd, params
    return client.request(1008, request, pb("TestCmd").Response)


@pytest.mark.raw
def test_groups_by_command(start_gateway, connect):
    """The API makes no groups: test commands do. Of two with one name the first in order is meant."""
    gateway = start_gateway(limits="off", sim_start=SIM_START)
    client = connect(gateway)
    good(client, CHANGE, groupName="B", op=1, securityList=[APPLE])
    for name in ("Mine", "B"):
        assert command(client, "add_group", name).retType == 0
    assert [g.groupName for g in good(client, GROUPS, groupType=1).s2c.groupList] == ["A", "B", "C", "Mine", "B"]
    assert codes(client, "B") == [APPLE]
    assert "All" in command(client, "add_group", "All").retMsg
    assert "Theirs" in command(client, "delete_group", "Theirs").retMsg
    assert command(client, "delete_group", "B").retType == 0
    gateway.restart()
    client = connect(gateway)
    assert [g.groupName for g in good(client, GROUPS, groupType=1).s2c.groupList] == ["A", "C", "Mine", "B"]
    assert codes(client, "B") == [] and codes(client, "US") == [APPLE]


@pytest.mark.raw
def test_every_connection_hears_once(start_gateway, connect):
    """No subscription, whatever recvNotify says; a reminder waits while nobody is there to hear it."""
    gateway = start_gateway(limits="off", sim_start=SIM_START, sim_speed=10)
    client, other = connect(gateway), connect(gateway, recvNotify=False)
    good(other, GROUPS, groupType=1)
    key = add(client, APPLE, type=PRICE_UP, freq=ONCE, value=1, note="hear")
    for one in (client, other):
        got = pushes(one, PUSH, 3)
        assert [p.s2c.key for p in got] == [key], got
        assert (got[0].retType, got[0].s2c.note, got[0].s2c.setValue, got[0].s2c.type) == (0, "hear", 1, PRICE_UP)
    waiting = add(client, TENCENT, type=PRICE_UP, freq=ONCE, value=99999)
    good(client, SET, security=TENCENT, op=MODIFY, key=waiting, value=1)
    assert [p.s2c.key for p in pushes(client, PUSH, 2)] == [waiting]


@pytest.mark.raw
def test_price_reminder_push_off(start_gateway, connect):
    gateway = start_gateway(limits="off", sim_start=SIM_START, sim_speed=10, price_reminder_push=0)
    client = connect(gateway)
    key = add(client, APPLE, type=PRICE_UP, freq=ONCE, value=1)
    assert pushes(client, PUSH, 3) == []
    gateway.parameters["price_reminder_push"] = 1
    gateway.restart()
    client = connect(gateway)
    assert [p.s2c.key for p in eventually(lambda: pushes(client, PUSH, 1), "the push")] == [key]
    assert not listed(client, security=APPLE)[0][5]


SESSIONS = {US_OVERNIGHT: "2026-11-24 08:30:00", US_PRE: "2026-11-24 13:00:00", OPEN: "2026-11-24 16:00:00",
            US_AFTER: "2026-11-24 22:00:00"}


@pytest.mark.raw
@pytest.mark.parametrize("session", SESSIONS)
def test_sessions(start_gateway, connect, session):
    """By the real timetable, in each session: only the reminder that has it fires, and tells it."""
    gateway = start_gateway(limits="off", sim_clock="exchange", sim_start=SESSIONS[session], sim_speed=5)
    client = connect(gateway)
    keys = {s: add(client, APPLE, type=PRICE_UP, freq=ONCE, value=1, reminderSessionList=[s]) for s in SESSIONS}
    got = pushes(client, PUSH, 5)
    assert [(p.s2c.key, p.s2c.marketStatus) for p in got] == [(keys[session], session)], got
    closed = add(client, TENCENT, type=PRICE_UP, freq=ONCE, value=1)  # Hong Kong sleeps
    assert pushes(client, PUSH, 2) == [] and listed(client, security=TENCENT)[0][:2] == ("00700", closed)


@pytest.mark.raw
def test_every_type(start_gateway, connect):
    """Thresholds of 0 (falls: as high as can be) on a moving market: every type fires, and its value is
    beyond the threshold."""
    gateway = start_gateway(limits="off", sim_start=SIM_START, sim_speed=200)
    client = connect(gateway)
    high = {PRICE_DOWN, 11}
    keys = {add(client, APPLE, type=t, freq=ALWAYS, value=1e6 if t in high else 0): t for t in range(1, 16)}
    got = {}

    def all_there():
        for p in pushes(client, PUSH, 0.5):
            got[keys[p.s2c.key]] = p.s2c
        # On one day the price may stay on one side of yesterday's close.
        return set(range(1, 16)) - set(got) <= {RATE_UP} or set(range(1, 16)) - set(got) <= {RATE_DOWN}

    eventually(all_there, "every type", 60)
    for t, s2c in got.items():
        assert (s2c.curValue < s2c.setValue) if t in high else (s2c.curValue > s2c.setValue), s2c
        assert (s2c.security.market, s2c.security.code) == APPLE and s2c.type == t, s2c


@pytest.mark.raw
def test_written_before_the_reply(start_gateway, connect):
    """A kill right behind each reply: what it said is there."""
    gateway = start_gateway(limits="off", sim_start=SIM_START)
    keys = []
    for round in range(4):
        client = connect(gateway)
        assert [row[1] for row in listed(client, market=SH)] == keys
        assert codes(client, "B") == [(US, c) for c in ("AAPL", "MSFT", "NVDA", "TSLA")[:round]]
        good(client, CHANGE, groupName="B", op=1, securityList=[(US, ("AAPL", "MSFT", "NVDA", "TSLA")[round])])
        keys.append(add(client, (SH, "600519"), **NEVER))
        kill(gateway)
    client = connect(gateway)
    good(client, SET, security=(SH, "600519"), op=DELETE, key=keys[0])
    kill(gateway)
    assert [row[1] for row in listed(connect(gateway), market=SH)] == keys[1:]
