"""Trade requests by bytes: what the vendor's client cannot send, checks itself, or hides."""
import datetime
import os
import resource
import socket
import subprocess
import time

import pytest

from ft_raw import pb
from gateway import eventually

pytestmark = pytest.mark.raw

SIMULATE, REAL = 0, 1
UNIVERSAL, FUTURES, LEGACY = 281756479345015383, 281756479345015384, 281756455983234027
PAPER_HK, PAPER_US = 8377516, 1619199
NAMES = {2001: "GetAccList", 2005: "UnlockTrade", 2008: "SubAccPush", 2101: "GetFunds", 2102: "GetPositionList",
         2111: "GetMaxTrdQtys", 2112: "GetComboMaxTrdQtys", 2201: "GetOrderList", 2202: "PlaceOrder",
         2205: "ModifyOrder", 2211: "GetOrderFillList", 2221: "GetHistoryOrderList",
         2222: "GetHistoryOrderFillList", 2223: "GetMarginRatio", 2225: "GetOrderFee", 2226: "FlowSummary",
         2227: "PlaceComboOrder"}
MD5 = "e10adc3949ba59abbe56e057f20f883e"
RANGE = dict(beginTime="2026-11-01", endTime="2026-12-31")


@pytest.fixture
def free(start_gateway):
    """A gateway without rate limits."""
    return start_gateway(limits="off", sim_start="2026-11-24 15:00:00")


class Trader:
    """Trade requests on one raw connection."""

    def __init__(self, client):
        self.client = client
        self.packets = 0

    def message(self, proto, acc=None, env=SIMULATE, market=2, **fields):
        request = pb("Trd_" + NAMES[proto]).Request()
        c2s = request.c2s
        if acc is not None:
            c2s.header.accID, c2s.header.trdEnv, c2s.header.trdMarket = acc, env, market
        for name, value in fields.items():
            if isinstance(value, dict):
                for key, part in value.items():
                    field = getattr(getattr(c2s, name), key)
                    field.extend(part) if isinstance(part, list) else setattr(getattr(c2s, name), key, part)
                getattr(c2s, name).SetInParent()
            elif isinstance(value, list):
                getattr(c2s, name).extend(value)
            else:
                setattr(c2s, name, value)
        if proto in (2202, 2205, 2227) and "packetID" not in fields:
            self.packets += 1
            c2s.packetID.connID, c2s.packetID.serialNo = self.client.info.connID, self.packets
        c2s.SetInParent()
        return request

    def ask(self, proto, acc=None, env=SIMULATE, market=2, **fields):
        request = self.message(proto, acc, env, market, **fields)
        return self.client.request(proto, request, pb("Trd_" + NAMES[proto]).Response)

    def ok(self, proto, *header, **fields):
        response = self.ask(proto, *header, **fields)
        assert response.retType == 0 and response.retMsg == "", response
        return response.s2c

    def refused(self, proto, *header, says=(), **fields):
        response = self.ask(proto, *header, **fields)
        assert response.retType == -1 and not response.HasField("s2c"), response
        for word in [says] if isinstance(says, str) else says:
            assert word in response.retMsg, (word, response.retMsg)
        return response.retMsg


@pytest.fixture
def trade(connect):
    return lambda gateway, **fields: Trader(connect(gateway, **fields))


def buy(code="AAPL", qty=10, price=200.0, **more):
    return dict(trdSide=1, orderType=1, code=code, qty=qty, price=price, **more)


def orders(t, acc=PAPER_US, env=SIMULATE, market=2):
    return t.ok(2201, acc, env, market).orderList


# --- accounts -----------------------------------------------------------------------------------------

def test_categories_and_universal_accounts(free, trade):
    t = trade(free)
    ids = lambda **fields: [a.accID for a in t.ok(2001, userID=0, **fields).accList]  # noqa: E731
    everything = ids(needGeneralSecAccount=True)
    assert everything[0] == UNIVERSAL and everything[-1] == LEGACY and FUTURES in everything
    assert ids(trdCategory=2) == [FUTURES, 9497808, 9497809, 9497810, 9497811]
    assert ids(trdCategory=1) == [a for a in everything if a not in ids(trdCategory=2) and a != UNIVERSAL]
    assert ids(trdCategory=1, needGeneralSecAccount=True)[0] == UNIVERSAL
    assert ids(trdCategory=3) == []
    t.refused(2001, userID=0, trdCategory=7, says="trdCategory 7")
    assert all(a.trdMarketAuthList for a in t.ok(2001, userID=0, needGeneralSecAccount=True).accList)


def test_headers(free, trade):
    t = trade(free)
    t.refused(2101, 12345, SIMULATE, 2, says="12345")
    t.refused(2101, PAPER_US, REAL, 2, says=["trdEnv 1", "SIMULATE"])
    t.refused(2101, PAPER_US, SIMULATE, 1, says=["trdMarket 1", "2 US"])
    t.refused(2101, PAPER_US, SIMULATE, 0, says="trdMarket 0")
    t.refused(2101, PAPER_US, SIMULATE, 258, says="trdMarket 258")  # 258 is 2 in a byte
    t.refused(2101, LEGACY, REAL, 1, says="disabled")
    t.ok(2221, LEGACY, REAL, 1, filterConditions=RANGE)
    t.ok(2222, LEGACY, REAL, 1, filterConditions=RANGE)
    for market in (1, 2, 4):  # any permitted one will do, and filters nothing
        assert t.ok(2101, UNIVERSAL, REAL, market, currency=1).header.trdMarket == market
    t.refused(2101, UNIVERSAL, REAL, 1, currency=6, says="currency 6")
    assert t.ok(2101, UNIVERSAL, REAL, 1).funds.currency == 1
    assert not t.ok(2101, PAPER_HK, SIMULATE, 1, currency=2).funds.HasField("currency")


def test_the_lock_is_the_process(free, trade):
    a, b = trade(free), trade(free)
    place = lambda t: t.ask(2202, UNIVERSAL, REAL, 1, **buy("00700", 100, 500.0, secMarket=1))  # noqa: E731
    assert "unlock" in place(a).retMsg
    a.refused(2005, unlock=True, says="pwdMD5")
    a.refused(2005, unlock=True, pwdMD5=MD5[:-1] + "f", says="password")
    a.refused(2005, unlock=True, pwdMD5=MD5, securityFirm=2, says="securityFirm 2")
    assert "unlock" in place(a).retMsg
    a.ok(2005, unlock=True, pwdMD5=MD5.upper(), securityFirm=1)
    assert place(b).retType == 0
    b.ok(2005, unlock=False)
    assert "unlock" in place(a).retMsg
    assert len(orders(a, UNIVERSAL, REAL, 1)) == 1


# --- orders -------------------------------------------------------------------------------------------

def test_a_packet_counts_once(free, trade):
    t, other = trade(free), trade(free)
    mine = t.client.info.connID
    with_serial = lambda n, conn=mine: dict(packetID=dict(connID=conn, serialNo=n))  # noqa: E731
    t.refused(2202, PAPER_US, **buy(), **with_serial(5000, other.client.info.connID), says="connID")
    t.ok(2202, PAPER_US, **buy(), **with_serial(5000))
    t.refused(2202, PAPER_US, **buy(), **with_serial(5000), says=["serialNo 5000", "replay"])
    t.refused(2205, PAPER_US, orderID=0, modifyOrderOp=2, forAll=True, **with_serial(5000), says="serialNo 5000")
    t.ok(2202, PAPER_US, **buy(), **with_serial(5007))
    t.ok(2202, PAPER_US, **buy(), **with_serial(5003))  # another thread of the client was slower
    t.refused(2202, PAPER_US, **buy(), **with_serial(5003), says="serialNo 5003")
    t.refused(2202, PAPER_US, **buy(), **with_serial(100), says=["serialNo 100", "5007"])
    other.ok(2202, PAPER_US, **buy(), packetID=dict(connID=other.client.info.connID, serialNo=5000))
    assert len(orders(t)) == 4


@pytest.mark.parametrize("change, says", [
    (dict(code="NOPE"), "unknown stock NOPE"),
    (dict(secMarket=71), "secMarket 71"),
    (dict(secMarket=1, code="00700"), "00700"),
    (dict(trdSide=5), "trdSide 5"),
    (dict(orderType=99), "orderType 99"),
    (dict(orderType=6), ["orderType 6", "NORMAL", "MARKET"]),
    (dict(timeInForce=9), "timeInForce 9"),
    (dict(session=5), "session 5"),
    (dict(qty=0), "qty"),
    (dict(qty=0.9), "qty 0.9"),
    (dict(qty=-5), "qty -5"),
    (dict(qty=float("nan")), "qty"),
    (dict(qty=1e18), "qty"),
    (dict(price=float("inf")), "price"),
    (dict(price=-1.0), "price"),
    (dict(remark="x" * 65), ["remark", "65", "64"]),
    (dict(orderType=10), "auxPrice"),
    (dict(orderType=14), "trail"),
    (dict(timeInForce=3), "expireTime"),
    (dict(timeInForce=3, expireTime="tomorrow"), "expireTime"),
    (dict(qty=20000), ["insufficient buying power", "missing"]),
])
def test_bad_orders_change_nothing(free, trade, change, says):
    t = trade(free)
    before = t.ok(2101, PAPER_US).funds
    t.refused(2202, PAPER_US, **{**buy(), **change}, says=says)
    assert not orders(t) and t.ok(2101, PAPER_US).funds == before


def test_off_tick_odd_lot_and_caps(free, trade):
    t = trade(free)
    hk = dict(secMarket=1)
    t.ok(2005, unlock=True, pwdMD5=MD5)
    t.refused(2202, UNIVERSAL, REAL, 2, **buy(qty=600000), says=["600000", "500000"])  # FUTU HK (trade.md 6.2)
    t.refused(2202, PAPER_HK, SIMULATE, 1, **buy("00700", 100, 500.1, **hk), says=["500.1", "500 ", "500.5"])
    t.refused(2202, PAPER_HK, SIMULATE, 1, **buy("00700", 150, 500.0, **hk), says=["150", "100"])
    t.refused(2202, PAPER_HK, SIMULATE, 1, **{**buy("00700", 100, 500.0, **hk), "trdSide": 2}, says="cash account")
    t.refused(2205, PAPER_US, orderID=77, modifyOrderOp=2, says="unknown order 77")
    t.refused(2205, PAPER_US, orderID=0, orderIDEx="FH1C", modifyOrderOp=2, says="unknown order FH1C")
    t.refused(2205, PAPER_US, orderID=0, modifyOrderOp=9, says="modifyOrderOp 9")
    t.refused(2205, PAPER_US, orderID=0, modifyOrderOp=1, forAll=True, says="forAll")
    made = t.ok(2202, PAPER_US, **buy())
    t.refused(2205, PAPER_HK, SIMULATE, 1, orderID=made.orderID, modifyOrderOp=2, says="unknown order")
    t.refused(2205, PAPER_US, orderID=made.orderID, modifyOrderOp=1, qty=0.2, price=200.0, says="qty")
    got = t.ok(2205, PAPER_US, orderID=made.orderID, modifyOrderOp=1, qty=12.9, price=201.239)
    assert got.orderID == made.orderID and got.orderIDEx == made.orderIDEx
    row = orders(t)[0]
    assert (row.qty, row.price) == (12, 201.23)  # cut, not rounded (trade.md 2.6)
    rounded = t.ok(2202, PAPER_US, **buy(price=201.235, qty=3.7))
    row = [o for o in orders(t) if o.orderID == rounded.orderID][0]
    assert (row.qty, row.price) == (3, 201.24)  # rounded half up


def test_filters(free, trade):
    t = trade(free)
    first, second = (t.ok(2202, PAPER_US, **buy(code)) for code in ("AAPL", "MSFT"))
    t.ok(2205, PAPER_US, orderID=first.orderID, modifyOrderOp=2)
    eventually(lambda: orders(t)[0].orderStatus == 15, "cancelled")
    found = lambda proto=2201, **f: [o.orderID for o in t.ok(  # noqa: E731
        proto, PAPER_US, filterConditions=f).orderList]
    assert found() == [first.orderID, second.orderID]
    assert found(codeList=["MSFT"]) == [second.orderID]
    assert found(idList=[first.orderID]) == [first.orderID] == found(orderIDExList=[first.orderIDEx])
    assert found(idList=[first.orderID], codeList=["MSFT"]) == []
    assert found(filterMarket=2) == found(filterMarket=0) != found(filterMarket=1) == []
    assert found(beginTime="2026-11-24 10:00:00", endTime="2026-11-24 10:59:59.999") == found()  # New York
    assert found(beginTime="2026-11-24 15:00:00", endTime="2026-11-24 15:59:59") == []
    assert [o.orderID for o in t.ok(2201, PAPER_US, filterStatusList=[15]).orderList] == [first.orderID]
    assert found(2221, **RANGE) == [second.orderID, first.orderID]
    assert found(2221, beginTime="2026-11-24", endTime="2026-11-24") == [second.orderID, first.orderID]
    t.refused(2201, PAPER_US, filterStatusList=[99], says="99")
    t.refused(2201, PAPER_US, filterConditions=dict(filterMarket=99), says="filterMarket 99")
    for proto in (2221, 2222):
        t.refused(proto, PAPER_US, filterConditions=dict(codeList=[]), says="beginTime")
        t.refused(proto, PAPER_US, filterConditions=dict(beginTime="2026-11-01"), says="endTime")
        t.refused(proto, PAPER_US, filterConditions={**RANGE, "endTime": "2026-13-01"}, says="2026-13-01")
        t.refused(proto, PAPER_US, filterConditions={**RANGE, "beginTime": "yesterday"}, says="yesterday")
        t.refused(proto, PAPER_US, filterConditions=dict(beginTime="2026-12-01", endTime="2026-11-01"),
                  says=["2026-12-01", "2026-11-01"])
    t.refused(2225, PAPER_US, says="1 to 400")
    t.refused(2225, PAPER_US, orderIdExList=["1"] * 401, says="401")
    t.refused(2225, PAPER_US, orderIdExList=["777"], says="777")
    t.refused(2226, PAPER_US, clearingDate="", says="clearingDate")
    t.refused(2226, PAPER_US, clearingDate="2026-11-24", cashFlowDirection=3, says="cashFlowDirection 3")
    t.refused(2223, UNIVERSAL, REAL, 1, says="1 to 100")


def test_who_gets_pushes(free, trade):
    t, watcher = trade(free), trade(free)
    watcher.ok(2008, accIDList=[PAPER_US, PAPER_US, UNIVERSAL])
    watcher.refused(2008, accIDList=[PAPER_HK, 4711], says="4711")  # and the list is as it was
    made = t.ok(2202, PAPER_US, **buy())
    push = pb("Trd_UpdateOrder").Response.FromString(watcher.client.plain(watcher.client.receive()))
    assert push.s2c.order.orderID == made.orderID and push.s2c.header.accID == PAPER_US and push.retType == 0
    while push.s2c.order.orderStatus != 5:
        push = pb("Trd_UpdateOrder").Response.FromString(watcher.client.plain(watcher.client.receive()))
    watcher.ok(2008, accIDList=[PAPER_HK])
    t.ok(2205, PAPER_US, orderID=made.orderID, modifyOrderOp=2)
    eventually(lambda: orders(t)[0].orderStatus == 15, "cancelled")
    assert not watcher.client.pushes or all(p.proto == 1003 for p in watcher.client.pushes)
    watcher.client.expect_silence(0.3)
    t.client.expect_silence(0.1)  # never asked for any


def test_placed_orders_have_latency_figures(free, trade):
    t = trade(free)
    made = [t.ok(2202, PAPER_US, **buy()).orderIDEx for _ in range(103)]
    t.refused(2202, PAPER_US, **buy("NOPE"))
    request = pb("GetDelayStatistics").Request()
    request.c2s.typeList.append(3)
    rows = t.client.request(1007, request, pb("GetDelayStatistics").Response).s2c.placeOrderStatisticsList
    assert [row.orderID for row in rows] == made[3:]
    assert all(0 < row.netDelay < row.totalCost for row in rows), "the wait for the disk is a part"


@pytest.mark.parametrize("zone, hours", [("UTC+8", 8), ("UTC-5", -5)])
def test_zones(start_gateway, trade, zone, hours):
    """Futures accounts show the configured zone, others the exchange's (trade.md 6.4)."""
    t = trade(start_gateway(limits="off", sim_start="2026-07-21 15:00:00", future_trade_api_time_zone=zone))
    t.ok(2008, accIDList=[9497809, PAPER_US])
    ask = {**buy("ESmain", 1, secMarket=2), "orderType": 2}
    made = t.ok(2202, 9497809, SIMULATE, 11, **ask).orderID
    row = orders(t, 9497809, SIMULATE, 11)[0]
    assert row.orderID == made and row.code.startswith("ES2") and row.trdMarket == 11 and row.secMarket == 2
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=round(row.createTimestamp, 3), hours=hours)
    assert row.createTime == at.isoformat(" ", "milliseconds")
    inside = dict(beginTime=row.createTime, endTime=row.createTime)
    assert [o.orderID for o in t.ok(2221, 9497809, SIMULATE, 11, filterConditions=inside).orderList] == [made]
    t.ok(2202, PAPER_US, **buy())
    row = orders(t)[0]
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=round(row.createTimestamp, 3), hours=-4)
    assert row.createTime == at.isoformat(" ", "milliseconds")  # New York in summer


def test_chinese(start_gateway, trade):
    t = trade(start_gateway(lang="chs"))
    t.refused(2101, PAPER_US, SIMULATE, 1, says=["账户 1619199 没有 trdMarket 1 的权限", "2 US"])
    for _ in range(10):
        t.refused(2005, unlock=True, pwdMD5="0" * 32, says="交易密码错误")
    t.refused(2005, unlock=True, pwdMD5=MD5, says="解锁交易频率太高，请求失败，每30秒最多10次。")
    t.ok(2202, PAPER_US, **buy(), packetID=dict(connID=t.client.info.connID, serialNo=9000))
    t.refused(2205, PAPER_US, orderID=1, modifyOrderOp=2, packetID=dict(connID=t.client.info.connID, serialNo=1),
              says="serialNo 1 比最新的 9000 小 1024 以上")
    assert orders(t)[0].name == "苹果"


# --- limits -------------------------------------------------------------------------------------------

def test_rate_limits(gateway, trade):
    t = trade(gateway)
    for _ in range(30):
        t.ok(2001, userID=0)
        t.ok(2101, PAPER_US)
    for _ in range(10):
        t.ok(2101, PAPER_US, refreshCache=True)
    text = t.refused(2101, PAPER_US, refreshCache=True)
    assert text == ("Get Account Financial Information request failed due to high frequency. "
                    "Maximum 10 times per 30 seconds.")
    t.ok(2101, PAPER_US)
    t.ok(2101, PAPER_HK, SIMULATE, 1, refreshCache=True)  # each account has its own
    for _ in range(10):  # guesses count, though they fail
        t.refused(2005, unlock=True, pwdMD5="0" * 32, says="password")
    t.refused(2005, unlock=True, pwdMD5=MD5, says="Unlock Trading request failed due to high frequency.")
    for _ in range(40):  # refused orders do not count
        t.refused(2202, PAPER_US, **buy("NOPE"), says="NOPE")
    t.ok(2202, PAPER_US, **buy())
    # The second follows within 20 ms: both were sent in one go.
    one, two = (t.client.build(2202, t.message(2202, PAPER_HK, SIMULATE, 1, **buy("00700", 100, 500.0, secMarket=1)))
                for _ in range(2))
    t.client.send(one + two)
    replies = [pb("Trd_PlaceOrder").Response.FromString(t.client.plain(t.client.reply(2202))) for _ in range(2)]
    assert replies[0].retType == 0
    assert replies[1].retMsg.startswith("Place Order request failed due to high frequency. Minimum 0.02"), replies


# --- paper_rules=official -------------------------------------------------------------------------------

def test_official_paper_rules(start_gateway, trade):
    t = trade(start_gateway(limits="off", paper_rules="official", sim_start="2026-11-24 15:00:00"))
    t.ok(2008, accIDList=[PAPER_US])
    none = "Paper trading is not supported."
    for proto, fields in ((2211, {}), (2222, dict(filterConditions=RANGE)), (2225, dict(orderIdExList=["1"])),
                          (2226, dict(clearingDate="2026-11-24"))):
        assert t.refused(proto, PAPER_US, **fields) == none
    t.refused(2205, PAPER_US, orderID=0, modifyOrderOp=2, forAll=True, says=none)
    for op in (3, 4, 5):
        t.refused(2205, PAPER_US, orderID=1, modifyOrderOp=op, says=none)
    t.refused(2202, PAPER_US, **buy(timeInForce=1), says="timeInForce")
    t.refused(2202, PAPER_US, **{**buy(auxPrice=300.0), "orderType": 10}, says="orderType 10")
    made = t.ok(2202, PAPER_US, **{**buy(), "orderType": 2})
    eventually(lambda: orders(t)[0].orderStatus == 11, "filled")
    assert orders(t)[0].orderID == made.orderID
    position = t.ok(2102, PAPER_US).positionList[0]
    assert position.HasField("dilutedCostPrice")
    for name in ("averageCostPrice", "averagePlRatio", "unrealizedPL", "realizedPL", "td_plVal", "td_buyQty"):
        assert not position.HasField(name), name
    t.client.keep_alive()
    assert {p.proto for p in t.client.pushes} <= {1003, 2208} and 2208 in {p.proto for p in t.client.pushes}
    t.ok(2211, UNIVERSAL, REAL, 1)


# --- the disk -----------------------------------------------------------------------------------------

def crash(gateway):
    gateway.process.kill()
    gateway.process.wait()
    gateway.process = None


def check(gateway):
    return subprocess.run([os.environ["OPEND_BIN"], "-check", f"-data_dir={gateway.parameters['data_dir']}"],
                          capture_output=True, text=True, timeout=60)


def test_what_was_acknowledged_survives(start_gateway, trade):
    gateway = start_gateway(limits="off")
    t = trade(gateway)
    t.ok(2008, accIDList=[PAPER_US])
    made = [t.ok(2202, PAPER_US, **buy(timeInForce=1, remark=str(n))).orderID for n in range(20)]
    filled = t.ok(2202, PAPER_US, **{**buy(), "orderType": 2}).orderID
    eventually(lambda: orders(t)[-1].orderStatus == 11, "filled")
    told = t.ok(2211, PAPER_US).orderFillList
    cash = t.ok(2101, PAPER_US).funds.cash
    crash(gateway)
    done = check(gateway)
    assert done.returncode == 0 and "0 faults" in done.stdout, done
    gateway.start()
    t = trade(gateway)
    rows = {o.orderID: o for o in orders(t)}
    assert sorted(rows) == made + [filled] and [rows[m].remark for m in made] == [str(n) for n in range(20)]
    assert all(rows[m].orderStatus in (1, 2, 5) for m in made) and rows[filled].orderStatus == 11
    assert [f.fillID for f in t.ok(2211, PAPER_US).orderFillList] == [f.fillID for f in told]
    assert t.ok(2101, PAPER_US).funds.cash == cash
    assert t.ok(2202, PAPER_US, **buy()).orderID > filled
    t.ok(2205, PAPER_US, orderID=made[0], modifyOrderOp=2)
    history = t.ok(2221, PAPER_US, filterConditions=dict(beginTime="2020-01-01", endTime="2040-01-01")).orderList
    assert len(history) == 22
    assert t.refused(2005, unlock=True, pwdMD5="")  # locked again, like every process that starts


def test_half_closed_clients_get_their_replies(free, trade):
    t = trade(free)
    t.client.send(b"".join(t.client.build(2202, t.message(2202, PAPER_US, **buy()), serial=100 + n)
                           for n in range(50)))
    t.client.socket.shutdown(socket.SHUT_WR)
    got = [f for f in t.client.expect_closed() if f.proto == 2202]
    assert [f.serial for f in got] == list(range(100, 150))
    assert all(pb("Trd_PlaceOrder").Response.FromString(f.body).retType == 0 for f in got)


def test_one_gateway_a_data_directory(gateway):
    second = subprocess.run([os.environ["OPEND_BIN"], "-api_port=0", f"-data_dir={gateway.parameters['data_dir']}"],
                            capture_output=True, text=True, timeout=60)
    assert second.returncode == 1 and str(gateway.parameters["data_dir"]) in second.stderr, second


def test_check_without_data(tmp_path):
    done = subprocess.run([os.environ["OPEND_BIN"], "-check", f"-data_dir={tmp_path}/none"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "none" in done.stderr, done


def test_a_full_disk_ends_trading_not_quotes(start_gateway, trade, connect):
    gateway = start_gateway(limits="off")
    t = trade(gateway)
    watcher = connect(gateway, recvNotify=True)

    def status():  # the next ConnStatus that it hears
        while True:
            told = pb("Notify").Response.FromString(watcher.receive().body).s2c
            if told.type == 3:
                return told.connectStatus.qotLogined, told.connectStatus.trdLogined

    assert status() == (True, True)
    t.ok(2202, PAPER_US, **buy())
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    text = t.refused(2202, PAPER_US, **buy())
    assert "stored" in text, text
    t.refused(2202, PAPER_US, **buy(), says="store has failed")
    t.refused(2205, PAPER_US, orderID=1, modifyOrderOp=2, says="store has failed")
    t.client.keep_alive()
    request = pb("Qot_GetMarketState").Request()
    security = request.c2s.securityList.add()
    security.market, security.code = 11, "AAPL"
    assert t.client.request(3223, request, pb("Qot_GetMarketState").Response).retType == 0
    request = pb("GetGlobalState").Request()
    request.c2s.userID = 0
    state = t.client.request(1002, request, pb("GetGlobalState").Response).s2c
    assert (state.qotLogined, state.trdLogined) == (True, False)
    assert status() == (True, False)
    crash(gateway)
    gateway.start()
    assert len(orders(trade(gateway))) == 1


def test_time_goes_on_after_a_fast_run(start_gateway, trade):
    """A world that ran ahead of the clock does not begin again before its own orders."""
    gateway = start_gateway(limits="off", sim_speed=2000)
    time.sleep(1)  # half an hour of the world's
    first = trade(gateway).ok(2202, PAPER_US, **buy(timeInForce=1)).orderID
    gateway.restart()
    t = trade(gateway)
    second = t.ok(2202, PAPER_US, **buy(timeInForce=1)).orderID
    made = {order.orderID: order.createTimestamp for order in orders(t)}
    assert made[second] > made[first]


def operate(t, cmd, params=""):
    request = pb("TestCmd").Request()
    request.c2s.cmd = cmd
    field = "paramStr" if hasattr(request.c2s, "paramStr") else "params"  # its name before 10.11
    setattr(request.c2s, field, params)
    return t.client.request(1008, request, pb("TestCmd").Response)


def test_operations_on_accounts(start_gateway, trade):
    """What the official API lacks: an account put back to its beginning, money in and out, exchange."""
    gateway = start_gateway(limits="off")
    t = trade(gateway)
    t.ok(2202, PAPER_US, **{**buy(), "orderType": 2})
    resting = t.ok(2202, PAPER_US, **buy()).orderID
    eventually(lambda: orders(t)[0].orderStatus == 11, "filled")
    assert operate(t, "reset_account", str(PAPER_US)).retType == 0
    assert orders(t) == [] and t.ok(2102, PAPER_US).positionList == []
    assert t.ok(2101, PAPER_US).funds.cash == 1000000
    t.refused(2205, PAPER_US, orderID=resting, modifyOrderOp=2, says=str(resting))
    assert operate(t, "deposit", f"{PAPER_US} USD 250.5").retType == 0
    assert t.ok(2101, PAPER_US).funds.cash == 1000250.5
    real = t.ok(2001, userID=0, needGeneralSecAccount=True).accList[0].accID
    assert operate(t, "convert", f"{real} HKD USD 78000").retType == 0
    cash = {c.currency: c.cash for c in t.ok(2101, real, 1, 1, currency=1).funds.cashInfoList}
    assert cash[1] == 922000 and 9000 < cash[2] < 11000, cash
    for cmd, params, says in (("reset_account", "7", "7"), ("reset_account", "", "usage"), ("deposit", f"{PAPER_US} XYZ 1", "XYZ"),
                              ("deposit", f"{PAPER_US} USD x", "amount"), ("deposit", f"{PAPER_US} USD -9000000", "cash"),
                              ("convert", f"{PAPER_US} USD HKD 1", "currency"), ("nonsense", "", "nonsense")):
        refused = operate(t, cmd, params)
        assert refused.retType == -1 and says in refused.retMsg, refused
    crash(gateway)
    assert check(gateway).returncode == 0
    gateway.start()
    t = trade(gateway)
    assert orders(t) == [] and t.ok(2101, PAPER_US).funds.cash == 1000250.5
