"""Several logins in one gateway (docs/logins.md): whose a connection is, and that it sees and touches
nothing of the others: accounts, orders, pushes, locks, limits, quotas, watch lists, reminders, figures."""
import glob
import os
import re
import subprocess
from typing import NamedTuple

import pytest

from ft_raw import Closed, RsaCipher, client_folder, conn_key, pb
from gateway import can_connect, eventually
from test_personal import (ADD, CHANGE, DELETE, DISABLE, GROUPS, HISTORY, MEMBERS, MODIFY, NEVER, ONCE, PRICE_UP, PUSH,
                           QUOTA, SET, add, codes, command, listed)
from test_quote_rules import (APPLE, BOOK, HK, INFO, QUOTE, RT, TENCENT, TICKER, US, good, pushes, refused,
                              subscribe, used)
from test_trade_raw import NAMES, RANGE, REAL, SIMULATE, UNIVERSAL, Trader, buy, orders

DEFAULT, ALICE, BOB = 100000, 200001, 200002
PASSWORDS = {DEFAULT: "123456", ALICE: "abc", BOB: "xyz"}
MD5 = {DEFAULT: "e10adc3949ba59abbe56e057f20f883e", ALICE: "900150983cd24fb0d6963f7d28e17f72",
       BOB: "d16fb36f0911f878998c136191af705e"}
PAPER_US, PAPER_HK, FUTURES_US = 1619199, 8377516, 9497809
START = "2026-11-24 15:00:00"
HEAD = "name,user_id,password,client_ids,api_port,read_only,initial_cash,firms,rsa_private_key\n"


def hash_of(password):
    return subprocess.run([os.environ["OPEND_BIN"], "-hash_password"], input=password + "\n", text=True, check=True,
                          capture_output=True, timeout=30).stdout.strip()


class Door(NamedTuple):
    """A listener of the gateway, as connect() wants one."""
    address: tuple


class House:
    """A gateway with an accounts file: doors["alice"] is her listener, gateway itself the shared one."""

    def __init__(self, start_gateway, path, rows, **parameters):
        self.path = path
        self.write(rows)
        self.gateway = start_gateway(accounts=path, sim_start=START, **{"limits": "off", **parameters})
        self.look()

    def write(self, rows):
        self.path.write_text(HEAD + "".join(row + "\n" for row in rows))
        self.path.chmod(0o600)

    def look(self, mark=0):
        self.gateway.wait_line("data directory", mark)
        found = (re.match(r"login (\S+): TCP API on ([0-9.]+):(\d+)", line) for line in self.gateway.lines[mark:])
        self.doors = {m[1]: Door((m[2], int(m[3]))) for m in found if m}

    def restart(self):
        self.gateway.stop()
        mark = self.gateway.mark()
        self.gateway.start()
        self.look(mark)


@pytest.fixture
def house(start_gateway, tmp_path):
    """alice has a listener, bob comes by his client IDs; both beside the default login."""
    rows = [f"alice,{ALICE},{hash_of('abc')},,0,,50000,FUTUSECURITIES FUTUINC,",
            f"bob,{BOB},{MD5[BOB]},bob bob-*,,,,,"]
    return lambda **parameters: House(start_gateway, tmp_path / "accounts.csv", rows, **parameters)


@pytest.fixture
def three(house, connect):
    """A house and a raw client of each login."""
    def make(**parameters):
        h = house(**parameters)
        return h, connect(h.gateway), connect(h.doors["alice"]), connect(h.gateway, clientID="bob-1")
    return make


def account(client, kind, env=SIMULATE):
    """The login's own account of the kind that the first login has under that number."""
    step = 1000000 if env == REAL else 20000000
    return kind + step * {DEFAULT: 0, ALICE: 1, BOB: 2}[client.info.loginUserID]


def ids(client):
    return [a.accID for a in Trader(client).ok(2001, userID=0, needGeneralSecAccount=True).accList]


def user(client):
    return client.request(1005, pb("GetUserInfo").Request(c2s=pb("GetUserInfo").C2S()), pb("GetUserInfo").Response).s2c


@pytest.mark.raw
def test_rights_are_a_logins_own(three):
    h, first, alice, bob = three()
    assert command(alice, "set_quote_right", "hk LV1").retType == 0
    assert [user(c).hkQotRight for c in (first, alice, bob)] == [3, 2, 3]
    assert command(bob, "set_quota", "50 60").retType == 0
    assert [user(c).subQuota for c in (first, alice, bob)] == [2000, 2000, 50]
    for words in (("disconnect_backend", "5"), ("set_program_status", "LOGING")):
        assert "default one" in command(alice, *words).retMsg  # it concerns every login
    assert command(first, "set_program_status", "READY").retType == 0


# --- whose a connection is ----------------------------------------------------------------------------

@pytest.mark.raw
def test_side_by_side(three, connect):
    h, first, alice, bob = three()
    assert [c.info.loginUserID for c in (first, alice, bob)] == [DEFAULT, ALICE, BOB]
    assert [(user(c).userID, user(c).nickName) for c in (first, alice, bob)] == [
        (DEFAULT, "opend (simulated)"), (ALICE, "alice (simulated)"), (BOB, "bob (simulated)")]
    for client_id, whose in (("bob", BOB), ("bob-", BOB), ("bobby", DEFAULT), ("", DEFAULT), ("alice", DEFAULT)):
        assert connect(h.gateway, clientID=client_id).info.loginUserID == whose, client_id
    assert connect(h.doors["alice"], clientID="bob").info.loginUserID == ALICE  # the listener goes before
    # A second InitConnect with another client ID: the connection stays whose it is.
    request = pb("InitConnect").Request()
    request.c2s.clientVer, request.c2s.clientID = 300, "raw"
    assert bob.request(1001, request, pb("InitConnect").Response).s2c.loginUserID == BOB

    own = {c.info.loginUserID: ids(c) for c in (first, alice, bob)}
    assert own[DEFAULT][0] == UNIVERSAL and PAPER_US in own[DEFAULT]  # as without a file
    assert len(set(sum(own.values(), []))) == sum(map(len, own.values())), own
    assert len(own[ALICE]) == len(own[DEFAULT]) + 1  # FUTUINC
    assert [Trader(c).ok(2101, account(c, PAPER_US)).funds.cash for c in (first, alice, bob)] == [1e6, 5e4, 1e6]
    for client in (alice, bob):
        assert account(client, PAPER_US) in ids(client) and account(client, UNIVERSAL, REAL) in ids(client)


# --- what is another's is not there -------------------------------------------------------------------

MARKETS = {PAPER_US: (SIMULATE, 2), PAPER_HK: (SIMULATE, 1), FUTURES_US: (SIMULATE, 11), UNIVERSAL: (REAL, 1)}
FIELDS = {2111: dict(orderType=1, code="AAPL", price=1.0), 2112: dict(orderType=1, qty=1),
          2202: buy(), 2205: dict(orderID=1, modifyOrderOp=2), 2209: dict(orderID="1", reconfirmReason=1),
          2221: dict(filterConditions=RANGE), 2222: dict(filterConditions=RANGE), 2223: dict(),
          2225: dict(orderIdExList=["1"]), 2226: dict(clearingDate="2026-11-24"), 2227: dict(orderType=1, qty=1)}


def protocols_of_an_account():
    """Every trade protocol whose request has an account in its header, off the vendor's own classes."""
    pushed = {"Trd_UpdateOrder", "Trd_UpdateOrderFill", "Trd_Notify"}
    names = {os.path.basename(p)[:-len("_pb2.py")] for p in
             glob.glob(os.path.join(client_folder(), "common", "pb", "Trd_*_pb2.py"))} - pushed - {"Trd_Common"}
    return {n for n in names if "header" in pb(n).C2S.DESCRIPTOR.fields_by_name}


@pytest.mark.raw
def test_an_account_of_another_does_not_exist(three):
    h, first, alice, bob = three()
    served = {"Trd_" + NAMES[p]: p for p in NAMES}
    names = protocols_of_an_account()
    assert len(names) >= 13 and names - set(served) <= {"Trd_ReconfirmOrder"}, names
    Trader(alice).ok(2005, unlock=True, pwdMD5=MD5[ALICE])
    placed = Trader(alice).ok(2202, account(alice, PAPER_US), SIMULATE, 2, **buy(price=100.0))
    for stranger in (first, bob):
        t = Trader(stranger)
        for name in sorted(names & set(served)):
            proto, text = served[name], set()
            for kind, (env, market) in MARKETS.items():
                theirs = t.ask(proto, account(alice, kind, env), env, market, **FIELDS.get(proto, {}))
                nobody = t.ask(proto, 4711, env, market, **FIELDS.get(proto, {}))
                assert theirs.retType == nobody.retType == -1 and not theirs.HasField("s2c"), (name, theirs)
                assert theirs.errCode == nobody.errCode
                assert theirs.retMsg.replace(str(account(alice, kind, env)), "4711") == nobody.retMsg, (name, theirs)
                text.add(nobody.retMsg)
            assert len(text) == 1 and "4711" in text.pop(), name
            # And the same request about its own account is not refused for that reason.
            mine = t.ask(proto, account(stranger, PAPER_US), SIMULATE, 2, **FIELDS.get(proto, {}))
            assert "onexisting" not in mine.retMsg, (name, mine)
        theirs = t.refused(2008, accIDList=[account(stranger, PAPER_US), account(alice, PAPER_US)], says="onexisting")
        assert theirs.replace(str(account(alice, PAPER_US)), "4711") == t.refused(2008, accIDList=[4711])
        for words in ("reset_account {}", "deposit {} USD 5", "convert {} USD HKD 5"):
            cmd, _, rest = words.partition(" ")
            theirs = command(stranger, cmd, rest.format(account(alice, PAPER_US)))
            nobody = command(stranger, cmd, rest.format(4711))
            assert theirs.retType == nobody.retType == -1
            assert theirs.retMsg.replace(str(account(alice, PAPER_US)), "4711") == nobody.retMsg
    funds = Trader(alice).ok(2101, account(alice, PAPER_US)).funds
    assert (funds.cash, funds.frozenCash > 0) == (5e4, True)
    assert [o.orderID for o in orders(Trader(alice), account(alice, PAPER_US))][0] == placed.orderID
    assert command(alice, "deposit", f"{account(alice, PAPER_US)} USD 5").retType == 0


@pytest.mark.raw
def test_an_order_of_another_does_not_exist(three):
    """With an account of one's own and the number of another's order."""
    h, first, alice, bob = three()
    made = Trader(alice).ok(2202, account(alice, PAPER_US), SIMULATE, 2, **buy(price=100.0))
    for stranger in (first, bob):
        t, mine = Trader(stranger), account(stranger, PAPER_US)
        for op in (1, 2, 3, 4, 5):
            text = [t.refused(2205, mine, SIMULATE, 2, orderID=0, orderIDEx=n, modifyOrderOp=op, qty=20.0, price=1.0,
                              says="unknown order") for n in (made.orderIDEx, "4000000000000999999")]
            assert text[0].replace(made.orderIDEx, "4000000000000999999") == text[1]
        t.refused(2205, mine, SIMULATE, 2, orderID=made.orderID, modifyOrderOp=2, says="unknown order")
        t.refused(2225, account(stranger, UNIVERSAL, REAL), REAL, 2, orderIdExList=[made.orderIDEx], says="unknown order")
        t.refused(2111, mine, SIMULATE, 2, orderType=1, code="AAPL", price=1.0, orderIDEx=made.orderIDEx, says="unknown order")
        t.ok(2205, mine, SIMULATE, 2, orderID=0, forAll=True, modifyOrderOp=2)
        for proto, kind in ((2201, "orderList"), (2221, "orderList"), (2211, "orderFillList"), (2222, "orderFillList")):
            assert not getattr(t.ok(proto, mine, filterConditions=dict(idList=[made.orderID], **RANGE)), kind)
    row = orders(Trader(alice), account(alice, PAPER_US))[0]
    assert (row.orderID, row.orderStatus, row.qty) == (made.orderID, 5, 10)


@pytest.mark.raw
def test_locks_and_guesses_are_of_each(three, connect):
    h, first, alice, bob = three(limits="official")
    second = connect(h.doors["alice"])

    def place(client):
        return Trader(client).ask(2202, account(client, UNIVERSAL, REAL), REAL, 1, **buy("00700", 100, 500.0, secMarket=1))

    for client in (first, alice, bob):
        others = [MD5[u] for u in MD5 if u != client.info.loginUserID]
        for md5 in others:
            Trader(client).refused(2005, unlock=True, pwdMD5=md5, says="password")
    Trader(alice).ok(2005, unlock=True, pwdMD5=MD5[ALICE])
    assert [("unlock" in place(c).retMsg, c.info.loginUserID) for c in (first, bob)] == [(True, DEFAULT), (True, BOB)]
    assert place(alice).retType == 0
    Trader(bob).ok(2005, unlock=False)  # locks his own
    packet = dict(packetID=dict(connID=second.info.connID, serialNo=77))
    eventually(lambda: Trader(second).ask(2202, account(alice, UNIVERSAL, REAL), REAL, 1, **packet,
                                          **buy("00700", 100, 500.0, secMarket=1)).retType == 0, "20 ms apart")
    Trader(alice).refused(2005, unlock=True, pwdMD5=MD5[ALICE], securityFirm=7, says="FUTUSECURITIES,FUTUINC")
    for _ in range(6):  # 10 in 30 seconds: two others' passwords, one right, one firm, these
        Trader(alice).refused(2005, unlock=True, pwdMD5="0" * 32, says="password")
    Trader(second).refused(2005, unlock=True, pwdMD5=MD5[ALICE], says="high frequency")
    Trader(bob).ok(2005, unlock=True, pwdMD5=MD5[BOB])
    for _ in range(10):
        Trader(bob).ok(2101, account(bob, PAPER_US), refreshCache=True)
    Trader(bob).refused(2101, account(bob, PAPER_US), refreshCache=True, says="high frequency")
    Trader(alice).ok(2101, account(alice, PAPER_US), refreshCache=True)
    # Asked often for what is another's, it is as often not there: no limit tells that it exists.
    for _ in range(12):
        Trader(first).refused(2101, account(bob, PAPER_US), refreshCache=True, says="onexisting")


@pytest.mark.raw
def test_pushes_and_figures(three):
    h, *all_three = three()
    made = {}
    for client in all_three:
        Trader(client).ok(2008, accIDList=ids(client))
    for client in all_three:
        t = Trader(client)
        made[client] = [t.ok(2202, account(client, PAPER_US), SIMULATE, 2, **{**buy(), "orderType": 2}).orderIDEx
                        for _ in range(2)]
    for client in all_three:
        t = Trader(client)
        eventually(lambda: len(t.ok(2211, account(client, PAPER_US)).orderFillList) >= 2, "the fills")
        client.keep_alive()
        try:
            while True:
                client.pushes.append(client.receive(0.3))
        except TimeoutError:
            pass
        got, kinds = set(), set()
        for push in client.pushes:
            kind = {2208: "Trd_UpdateOrder", 2218: "Trd_UpdateOrderFill"}[push.proto]
            s2c = pb(kind).Response.FromString(client.plain(push)).s2c
            assert s2c.header.accID == account(client, PAPER_US)
            got.add(s2c.order.orderIDEx if push.proto == 2208 else s2c.orderFill.orderIDEx)
            kinds.add(push.proto)
        assert (got, kinds) == (set(made[client]), {2208, 2218})
        request = pb("GetDelayStatistics").Request()
        request.c2s.typeList.extend([2, 3])
        s2c = client.request(1007, request, pb("GetDelayStatistics").Response).s2c
        assert [row.orderID for row in s2c.placeOrderStatisticsList] == made[client]
        assert {r.protoID: r.count for r in s2c.reqReplyStatisticsList}[2202] == 2


# --- quotas, lists, reminders -------------------------------------------------------------------------

@pytest.mark.raw
def test_quotas(three, connect):
    h, first, alice, bob = three()
    again = connect(h.doors["alice"])
    subscribe(alice, [APPLE, TENCENT], [QUOTE])
    subscribe(again, [APPLE, (US, "MSFT")], [QUOTE])
    subscribe(bob, [APPLE], [QUOTE])
    assert [used(c) for c in (first, alice, again, bob)] == [0, 3, 3, 1]
    assert len(good(alice, INFO, isReqAllConn=True).s2c.connSubInfoList) == 2
    infos = good(bob, INFO, isReqAllConn=True).s2c.connSubInfoList
    assert len(infos) == 1 and infos[0].isOwnConnData and infos[0].usedQuota == 1
    again.close()
    eventually(lambda: len(good(alice, INFO, isReqAllConn=True).s2c.connSubInfoList) == 1, "it has gone")
    assert [used(c) for c in (first, alice, bob)] == [0, 3, 1]  # its minute is not over
    subscribe(first, [(US, "MSFT")], [QUOTE])
    assert [used(c) for c in (first, alice, bob)] == [1, 3, 1]

    request = pb("Qot_GetStaticInfo").Request()
    request.c2s.market, request.c2s.secType = HK, 5  # warrants: there are thousands
    every = [(HK, i.basic.security.code) for i in
             alice.request(3202, request, pb("Qot_GetStaticInfo").Response).s2c.staticInfoList]
    assert len(every) > 510, "the shipped market is too small for this test"
    subscribe(alice, every[:499], [QUOTE, BOOK, TICKER, RT])
    refused(alice, 3001, "2 more", "1999/2000", securityList=every[499:501], subTypeList=[QUOTE], isSubOrUnSub=True)
    subscribe(alice, every[499:500], [QUOTE])
    subscribe(bob, every[490:500], [QUOTE])  # a full quota is full for its login only
    assert [used(c) for c in (alice, bob)] == [2000, 11]
    subscribe(bob, [(US, "NVDA")], [QUOTE])  # and what he has is no cheaper for her
    refused(alice, 3001, "1 more", "2000/2000", securityList=[(US, "NVDA")], subTypeList=[QUOTE], isSubOrUnSub=True)

    day = dict(rehabType=1, klType=2, beginTime="2026-11-20", endTime="2026-11-24")
    good(alice, HISTORY, security=TENCENT, **day)
    good(alice, HISTORY, security=APPLE, **day)
    good(bob, HISTORY, security=APPLE, **day)
    quota = [good(c, QUOTA, bGetDetail=True).s2c for c in (first, alice, bob)]
    assert [(q.usedQuota, q.remainQuota) for q in quota] == [(0, 2000), (2, 1998), (1, 1999)]
    assert [d.security.code for d in quota[2].detailList] == ["AAPL"]


@pytest.mark.raw
def test_lists_and_reminders(three, connect):
    h, first, alice, bob = three(sim_speed=10, price_reminder_push=0)
    good(alice, CHANGE, groupName="A", op=1, securityList=[APPLE])
    assert command(alice, "add_group", "Hers").retType == 0
    assert command(bob, "delete_group", "B").retType == 0
    names = [[g.groupName for g in good(c, GROUPS, groupType=1).s2c.groupList] for c in (first, alice, bob)]
    assert names == [["A", "B", "C"], ["A", "B", "C", "Hers"], ["A", "C"]]
    shown = [codes(c, "A") for c in (first, alice, bob)]
    assert shown == [[(HK, "HSImain"), TENCENT], [(HK, "HSImain"), TENCENT, APPLE], [(HK, "HSImain"), TENCENT]]
    assert [APPLE in codes(c, "All") for c in (first, alice, bob)] == [False, True, False]
    refused(bob, MEMBERS, "Hers", groupName="Hers")
    refused(bob, CHANGE, "Hers", groupName="Hers", op=1, securityList=[APPLE])
    assert "Hers" in command(bob, "delete_group", "Hers").retMsg
    good(bob, CHANGE, groupName="A", op=2, securityList=[TENCENT])  # out of all of his
    assert TENCENT in codes(alice, "A") and TENCENT not in codes(bob, "All")

    key = add(alice, APPLE, **NEVER)
    for op in (DELETE, DISABLE, MODIFY):
        refused(bob, SET, str(key), "US.AAPL", security=APPLE, op=op, key=key, value=1)
    assert not listed(bob, security=APPLE) and not listed(first, market=US)
    for _ in range(10):  # ten of a type: each login has its own ten
        add(bob, APPLE, **NEVER)
    refused(bob, SET, "10", security=APPLE, op=ADD, **NEVER)
    add(alice, APPLE, **NEVER)
    good(bob, SET, security=APPLE, op=6)  # deletes all of his
    assert not listed(bob, security=APPLE) and [row[1] for row in listed(alice, security=APPLE)][0] == key
    waits = add(bob, TENCENT, type=PRICE_UP, freq=ONCE, value=1)
    due = add(alice, APPLE, type=PRICE_UP, freq=ONCE, value=1)
    h.gateway.parameters["price_reminder_push"] = 1
    for client in (first, alice, bob):
        client.close()  # a stop would wait for them
    h.restart()
    alice, first = connect(h.doors["alice"]), connect(h.gateway)
    assert [p.s2c.key for p in eventually(lambda: pushes(alice, PUSH, 0.5), "hers")] == [due]
    assert not pushes(first, PUSH, 0.2)
    bob = connect(h.gateway, clientID="bob")  # his was due all the while, and has waited for him
    assert [p.s2c.key for p in eventually(lambda: pushes(bob, PUSH, 0.5), "his")] == [waits]
    assert not pushes(alice, PUSH, 0.3) and not pushes(first, PUSH, 0.1)


# --- read-only, keys, files ---------------------------------------------------------------------------

@pytest.mark.raw
def test_read_only(start_gateway, connect, tmp_path):
    h = House(start_gateway, tmp_path / "accounts.csv", [f"looker,{ALICE},,looker,,1,,,"])
    client = connect(h.gateway, clientID="looker")
    t, mine = Trader(client), account(client, PAPER_US)
    says = ["read-only", "looker"]
    t.refused(2005, unlock=True, pwdMD5=MD5[DEFAULT], says=says)
    t.refused(2202, mine, **buy(), says=says)
    t.refused(2205, mine, orderID=0, modifyOrderOp=2, forAll=True, says=says)
    t.refused(2227, mine, orderType=1, qty=1, says=says)
    for words in (("reset_account", f"{mine}"), ("deposit", f"{mine} USD 5"), ("convert", f"{mine} USD HKD 5")):
        response = command(client, *words)
        assert response.retType == -1 and "read-only" in response.retMsg, response
    assert t.ok(2101, mine).funds.cash == 1e6 and not orders(t, mine)
    t.ok(2008, accIDList=[mine])
    for proto in (2102, 2201, 2211):
        t.ok(proto, mine)
    good(client, CHANGE, groupName="B", op=1, securityList=[APPLE])  # no trading
    add(client, APPLE, **NEVER)
    subscribe(client, [APPLE], [QUOTE])
    other = Trader(connect(h.gateway))
    other.ok(2202, PAPER_US, **buy())


@pytest.mark.raw
def test_a_key_of_its_own(start_gateway, connect, tmp_path):
    """Who comes to the login's listener without its key may not be that login."""
    h = House(start_gateway, tmp_path / "accounts.csv", [f"alice,{ALICE},{MD5[ALICE]},,0,,,,{conn_key()}"])
    stranger = connect(h.doors["alice"])
    stranger.keep_alive()
    assert "encryption" in Trader(stranger).refused(2001, userID=0)
    refused(stranger, GROUPS, "encryption", groupType=1)
    assert "encryption" in command(stranger, "add_group", "X").retMsg
    client = connect(h.doors["alice"], init=False)
    client.init_connect(rsa=RsaCipher(conn_key()), packetEncAlgo=2)
    assert client.info.loginUserID == ALICE and account(client, PAPER_US) in ids(client)
    good(client, GROUPS, groupType=1)
    Trader(client).ok(2202, account(client, PAPER_US), **buy())
    plain = connect(h.gateway)  # the shared listener has no key
    assert PAPER_US in ids(plain)


@pytest.mark.raw
def test_a_restart_keeps(house, connect, start_gateway):
    """Numbers hang on the user ID: rows in another order, a row that goes and comes back."""
    h, opened = house(), []

    def client_of(*where, **fields):
        opened.append(connect(*where, **fields))
        return opened[-1]

    def clients():
        return client_of(h.gateway), client_of(h.doors["alice"]), client_of(h.gateway, clientID="bob")

    def restart():
        while opened:
            opened.pop().close()  # a stop would wait for them
        h.restart()

    def state(client):
        t = Trader(client)
        return (ids(client), [(o.orderID, o.qty) for o in orders(t, account(client, PAPER_US))],
                t.ok(2101, account(client, PAPER_US)).funds.cash, codes(client, "B"), listed(client, market=US),
                good(client, QUOTA).s2c.usedQuota)

    day = dict(rehabType=1, klType=2, beginTime="2026-11-20", endTime="2026-11-24")
    for n, client in enumerate(clients()):
        for _ in range(n + 1):
            Trader(client).ok(2202, account(client, PAPER_US), **{**buy(price=100.0 + n, timeInForce=1),
                              "packetID": dict(connID=client.info.connID, serialNo=100 + _)})
        command(client, "deposit", f"{account(client, PAPER_US)} USD {n + 1}")
        if n:
            good(client, CHANGE, groupName="B", op=1, securityList=[APPLE, TENCENT][:n])
        add(client, APPLE, **{**NEVER, "value": 90000 + n})
        for security in [APPLE, TENCENT][:n]:
            good(client, HISTORY, security=security, **day)
    before = [state(c) for c in clients()]
    assert [(len(s[1]), len(s[3]), len(s[4]), s[5]) for s in before] == [(1, 0, 1, 0), (2, 1, 1, 1), (3, 2, 1, 2)]
    rows = h.path.read_text().splitlines()[1:]
    h.write(rows[::-1])
    restart()
    assert [state(c) for c in clients()] == before

    h.write(rows[1:])  # alice goes
    mark = h.gateway.mark()
    restart()
    assert str(ALICE) in h.gateway.wait_line("event=login .*nobody reaches it", mark).string
    assert not h.doors
    client, bob = client_of(h.gateway), client_of(h.gateway, clientID="bob")
    assert [state(client), state(bob)] == [before[0], before[2]]
    Trader(client).refused(2101, PAPER_US + 20000000, SIMULATE, 2, says="onexisting")
    h.write([f"new,300003,{MD5[BOB]},new,,,,,"] + rows)  # she is back, somebody is new
    restart()
    assert [state(c) for c in clients()] == before
    new = client_of(h.gateway, clientID="new")
    assert PAPER_US + 3 * 20000000 in ids(new) and not set(ids(new)) & set(sum((s[0] for s in before), []))

    del h.gateway.parameters["accounts"]  # no file: the first login has what it had
    for client in opened:
        client.close()
    h.gateway.restart()
    with connect(h.gateway) as client:
        assert state(client) == before[0]
    h.gateway.stop()
    checked = subprocess.run([os.environ["OPEND_BIN"], f"-data_dir={h.gateway.parameters['data_dir']}", "-check"],
                             capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0 and "0 faults" in checked.stdout, checked


@pytest.mark.raw
def test_a_silent_connection_of_another_login(house, connect):
    """A younger connection with the same client ID supersedes an older one only if it is the same login."""
    h = house(idle_timeout=1)
    old = connect(h.doors["alice"], clientID="same")
    mark = h.gateway.mark()
    young = connect(h.gateway, clientID="same")

    def closed():
        young.keep_alive()
        try:
            old.receive(0.2)
        except TimeoutError:
            return False
        except Closed:
            return True

    eventually(closed, "the end of the silent one", 15)
    h.gateway.wait_line("event=close .*idle", mark)


@pytest.mark.raw
def test_a_full_gateway_takes_every_listener_down(house, connect):
    h = house(max_connections=2)
    doors = [h.gateway.address, h.doors["alice"].address]
    first, second = connect(h.doors["alice"]), connect(h.gateway)
    eventually(lambda: not any(map(can_connect, doors)), "no listener")
    first.keep_alive()
    second.close()
    eventually(lambda: all(map(can_connect, doors)), "the listeners")


@pytest.mark.raw
def test_bad_files(tmp_path):
    """The start ends with the file, the line and the column, or with why the file is refused."""
    path = tmp_path / "accounts.csv"

    def fails(*words):
        ended = subprocess.run([os.environ["OPEND_BIN"], f"-accounts={path}", f"-data_dir={tmp_path / 'data'}", "-api_port=0"],
                               capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert ended.returncode == 1 and "listening" not in ended.stdout, ended
        for word in (str(path), *words):
            assert word in ended.stderr, (word, ended.stderr)

    fails("No such file")
    path.write_text(HEAD + f"alice,{ALICE},secret,a,,,,,\n")
    for mode in (0o644, 0o640, 0o602):
        path.chmod(mode)
        fails("chmod 600", f"{mode:o}")
    path.chmod(0o600)
    fails(":2: password: ", "-hash_password")
    path.write_text(HEAD + f"\n\nalice,{ALICE},{MD5[ALICE]},,,,,,\n")
    fails(":4: login alice has neither")
    path.write_text(HEAD + f"alice,{ALICE},{MD5[ALICE]},,0,,,,{tmp_path / 'no.pem'}\n")
    ended = subprocess.run([os.environ["OPEND_BIN"], f"-accounts={path}", f"-data_dir={tmp_path / 'data'}", "-api_port=0"],
                           capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert ended.returncode == 1 and "login alice: rsa_private_key" in ended.stderr
    path.unlink()
    path.mkdir()
    fails("a file of at most")


# --- the vendor's client ------------------------------------------------------------------------------

@pytest.mark.client
def test_vendors_client_on_two_listeners(house, start_client):
    h = house()
    client = start_client("logins", h.gateway.address, other=h.doors["alice"].address[1], user_ids=[DEFAULT, ALICE],
                          passwords=[PASSWORDS[DEFAULT], PASSWORDS[ALICE]])
    client.expect("done", 120)
    client.finish()
