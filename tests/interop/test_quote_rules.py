"""The rules of quotes, spoken raw: who may ask what, what is pushed, what counts, what is refused."""
import time

import pytest

from ft_raw import pb

pytestmark = pytest.mark.raw

HK, US, SH = 1, 11, 21
QUOTE, BOOK, TICKER, RT, K_1M, BROKER, K_DAY = 1, 2, 4, 5, 11, 14, 6
SUB, REG, INFO, GET_QUOTE, GET_KL, GET_RT, GET_TICKER, GET_BOOK, GET_BROKER = (
    3001, 3002, 3003, 3004, 3006, 3008, 3010, 3012, 3014)
HISTORY, HISTORY_QUOTA, REHAB, STATIC, SNAPSHOT, PLATE, FLOW, DISTRIBUTION, DATES, STATE = (
    3103, 3104, 3105, 3202, 3203, 3207, 3211, 3212, 3219, 3223)
NAMES = {
    SUB: "Qot_Sub", REG: "Qot_RegQotPush", INFO: "Qot_GetSubInfo", GET_QUOTE: "Qot_GetBasicQot", GET_KL: "Qot_GetKL",
    GET_RT: "Qot_GetRT", GET_TICKER: "Qot_GetTicker", GET_BOOK: "Qot_GetOrderBook", GET_BROKER: "Qot_GetBroker",
    HISTORY: "Qot_RequestHistoryKL", HISTORY_QUOTA: "Qot_RequestHistoryKLQuota", REHAB: "Qot_RequestRehab",
    STATIC: "Qot_GetStaticInfo", SNAPSHOT: "Qot_GetSecuritySnapshot", PLATE: "Qot_GetOwnerPlate",
    FLOW: "Qot_GetCapitalFlow", DISTRIBUTION: "Qot_GetCapitalDistribution", DATES: "Qot_RequestTradeDate",
    STATE: "Qot_GetMarketState",
    3005: "Qot_UpdateBasicQot", 3007: "Qot_UpdateKL", 3011: "Qot_UpdateTicker", 3013: "Qot_UpdateOrderBook",
}
TENCENT, APPLE, NOBODY = (HK, "00700"), (US, "AAPL"), (HK, "99999999")


def fill(message, values):
    for name, value in values.items():
        field = getattr(message, name)
        if name in ("security", "securityList"):
            for market, code in [value] if name == "security" else value:
                one = field.add() if name == "securityList" else field
                one.market, one.code = market, code
        elif isinstance(value, list):
            field.extend(value)
        else:
            setattr(message, name, value)


def build(client, proto, **values):
    request = pb(NAMES[proto]).Request()
    request.c2s.SetInParent()
    fill(request.c2s, values)
    return client.build(proto, request)


def answer(client, proto, serial=None, timeout=20):
    """The reply to the newest request of this protocol; pushes on the way are kept."""
    end = time.monotonic() + timeout
    while True:
        got = client.receive(max(0.0, end - time.monotonic()))
        if got.proto == proto:
            return pb(NAMES[proto]).Response.FromString(client.plain(got))
        client.pushes.append(got)


def ask(client, proto, **values):
    client.send(build(client, proto, **values))
    return answer(client, proto)


def good(client, proto, **values):
    response = ask(client, proto, **values)
    assert response.retType == 0, response
    return response


def refused(client, proto, *words, **values):
    response = ask(client, proto, **values)
    assert response.retType != 0, response
    assert not response.HasField("s2c"), response
    for word in words:
        assert word in response.retMsg, (word, response.retMsg)
    return response.retMsg


def subscribe(client, codes, types, push=False, **more):
    return good(client, SUB, securityList=codes, subTypeList=types, isSubOrUnSub=True, isRegOrUnRegPush=push, **more)


def used(client):
    s2c = good(client, INFO, isReqAllConn=True).s2c
    assert s2c.totalUsedQuota + s2c.remainQuota == 2000, s2c
    return s2c.totalUsedQuota


def pushes(client, proto, seconds):
    """Pushes of one protocol for a while; others are dropped."""
    got = [f for f in client.pushes if f.proto == proto]
    client.pushes.clear()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            f = client.receive(max(0.01, end - time.monotonic()))
        except TimeoutError:
            break
        if f.proto == proto:
            got.append(f)
    return [pb(NAMES[proto]).Response.FromString(client.plain(f)) for f in got]


# ---- Bad input -----------------------------------------------------------------------------------

KL = dict(rehabType=1, klType=2, security=TENCENT, beginTime="2026-10-01", endTime="2026-10-31")
BAD = {
    "unknown code": (SUB, dict(securityList=[TENCENT, NOBODY], subTypeList=[QUOTE], isSubOrUnSub=True), ["HK.99999999"]),
    "unknown market": (SUB, dict(securityList=[(77, "X")], subTypeList=[QUOTE], isSubOrUnSub=True), ["77.X"]),
    "unknown type": (SUB, dict(securityList=[TENCENT], subTypeList=[QUOTE, 3], isSubOrUnSub=True), ["3"]),
    "a far type": (SUB, dict(securityList=[TENCENT], subTypeList=[-7], isSubOrUnSub=True), ["-7"]),
    "no codes": (SUB, dict(subTypeList=[QUOTE], isSubOrUnSub=True), ["securityList"]),
    "no types": (SUB, dict(securityList=[TENCENT], isSubOrUnSub=True), ["subTypeList"]),
    "brokers outside Hong Kong": (SUB, dict(securityList=[TENCENT, APPLE], subTypeList=[BROKER], isSubOrUnSub=True), ["US.AAPL"]),
    "brokers of a future": (SUB, dict(securityList=[(HK, "HSImain")], subTypeList=[BROKER], isSubOrUnSub=True), ["HK.HSImain"]),
    "weeks of an option": (SUB, dict(securityList=[(US, "AAPL261218C280000")], subTypeList=[12], isSubOrUnSub=True), ["AAPL261218C280000", "12"]),
    "overnight": (SUB, dict(securityList=[APPLE], subTypeList=[K_1M], isSubOrUnSub=True, session=4), ["4"]),
    "rehab type": (SUB, dict(securityList=[APPLE], subTypeList=[K_1M], isSubOrUnSub=True, regPushRehabTypeList=[1, 9]), ["9"]),
    "push before subscription": (REG, dict(securityList=[TENCENT], subTypeList=[QUOTE], isRegOrUnReg=True), ["HK.00700"]),
    "quote unsubscribed": (GET_QUOTE, dict(securityList=[TENCENT]), ["HK.00700", "QUOTE"]),
    "quote of nothing": (GET_QUOTE, dict(), ["securityList"]),
    "bars unsubscribed": (GET_KL, dict(rehabType=1, klType=1, security=TENCENT, reqNum=5), ["HK.00700", "K_1M"]),
    "bars of no type": (GET_KL, dict(rehabType=1, klType=99, security=TENCENT, reqNum=5), ["99"]),
    "no bars": (GET_KL, dict(rehabType=1, klType=1, security=TENCENT, reqNum=0), ["reqNum", "0"]),
    "points unsubscribed": (GET_RT, dict(security=TENCENT), ["HK.00700", "RT_DATA"]),
    "ticks unsubscribed": (GET_TICKER, dict(security=TENCENT, maxRetNum=5), ["HK.00700", "TICKER"]),
    "fewer than no ticks": (GET_TICKER, dict(security=TENCENT, maxRetNum=-3), ["maxRetNum", "-3"]),
    "book unsubscribed": (GET_BOOK, dict(security=TENCENT, num=5), ["HK.00700", "ORDER_BOOK"]),
    "book without levels": (GET_BOOK, dict(security=TENCENT, num=0), ["num", "0"]),
    "brokers unsubscribed": (GET_BROKER, dict(security=TENCENT), ["HK.00700", "BROKER"]),
    "history of nobody": (HISTORY, dict(KL, security=NOBODY), ["HK.99999999"]),
    "history reversed": (HISTORY, dict(KL, beginTime="2026-11-01"), ["2026-11-01", "2026-10-31"]),
    "history of a day that is none": (HISTORY, dict(KL, beginTime="2026-02-30"), ["beginTime", "2026-02-30"]),
    "history without a date": (HISTORY, dict(KL, endTime="soon"), ["endTime", "soon"]),
    "history of no type": (HISTORY, dict(KL, klType=0), ["0"]),
    "history with no rehab": (HISTORY, dict(KL, rehabType=3), ["rehabType", "3"]),
    "history page of none": (HISTORY, dict(KL, maxAckKLNum=0), ["maxAckKLNum", "0"]),
    "history page below none": (HISTORY, dict(KL, maxAckKLNum=-1), ["maxAckKLNum", "-1"]),
    "a key that is not ours": (HISTORY, dict(KL, nextReqKey=b"\x01\x02not ours"), ["nextReqKey", "0102"]),
    "history overnight": (HISTORY, dict(KL, klType=1, session=4), ["4"]),
    "rehab of nobody": (REHAB, dict(security=NOBODY), ["HK.99999999"]),
    "a market that is none": (STATIC, dict(market=99, secType=3), ["99"]),
    "a security type that is none": (STATIC, dict(market=1, secType=77), ["77"]),
    "options by market": (STATIC, dict(market=1, secType=8), ["8"]),
    "snapshot of nobody": (SNAPSHOT, dict(securityList=[TENCENT, NOBODY]), ["HK.99999999"]),
    "snapshot of too many": (SNAPSHOT, dict(securityList=[TENCENT] * 401), ["401", "400"]),
    "snapshot of nothing": (SNAPSHOT, dict(), ["0"]),
    "plates of too many": (PLATE, dict(securityList=[TENCENT] * 201), ["201", "200"]),
    "plates of a future": (PLATE, dict(securityList=[(HK, "HSImain")]), ["HK.HSImain"]),
    "states of too many": (STATE, dict(securityList=[TENCENT] * 401), ["401", "400"]),
    "state of nobody": (STATE, dict(securityList=[NOBODY]), ["HK.99999999"]),
    "flow of an index": (FLOW, dict(security=(HK, "800000")), ["HK.800000"]),
    "flow of no period": (FLOW, dict(security=TENCENT, periodType=9), ["9"]),
    "flow reversed": (FLOW, dict(security=TENCENT, periodType=2, beginTime="2026-09-02", endTime="2026-09-01"), ["2026-09-02"]),
    "flow of a bad day": (FLOW, dict(security=TENCENT, periodType=2, beginTime="yesterday", endTime="2026-09-01"), ["yesterday"]),
    "distribution of a future": (DISTRIBUTION, dict(security=(HK, "HSImain")), ["HK.HSImain"]),
    "dates of no market": (DATES, dict(market=55, beginTime="2026-09-01", endTime="2026-09-02"), ["55"]),
    "dates reversed": (DATES, dict(market=1, beginTime="2026-09-03", endTime="2026-09-02"), ["2026-09-03"]),
    "dates of a bad day": (DATES, dict(market=1, beginTime="2026-9-1", endTime="2026-09-02"), ["2026-9-1"]),
}


@pytest.mark.parametrize("lang", ["en", "chs"])
def test_bad_input(start_gateway, connect, lang):
    """Each is refused in words that quote the value, in the gateway's language; nothing is half-done."""
    gateway = start_gateway(lang=lang, sim_start="2026-11-25 03:00:00")
    client = connect(gateway)
    for name, (proto, values, words) in BAD.items():
        text = refused(client, proto, *words, **values)
        chinese = any("\u4e00" <= c <= "\u9fff" for c in text)
        assert chinese == (lang == "chs"), (name, text)
        if "unknown" in name and proto == SUB and name != "unknown type":
            assert ("未知股票" if lang == "chs" else "unknown stock") in text, text
    assert used(client) == 0
    quota = good(client, HISTORY_QUOTA, bGetDetail=True).s2c
    assert quota.usedQuota == 0 and not quota.detailList, quota


# ---- Limits --------------------------------------------------------------------------------------

def test_rate_limit(start_gateway, connect):
    client = connect(start_gateway())
    for _ in range(70):
        refused(client, SNAPSHOT, "HK.99999999", securityList=[NOBODY])  # what fails does not count
    for _ in range(60):
        good(client, SNAPSHOT, securityList=[TENCENT])
    text = refused(client, SNAPSHOT, securityList=[TENCENT])
    assert text == "Get Market Snapshot request failed due to high frequency. Maximum 60 times per 30 seconds."
    assert good(client, STATE, securityList=[TENCENT]).s2c.marketInfoList  # each protocol for itself
    # Of paged history only first pages count.
    page = good(client, HISTORY, **dict(KL, beginTime="2020-01-01", maxAckKLNum=10)).s2c
    for _ in range(80):
        page = good(client, HISTORY, **dict(KL, beginTime="2020-01-01", maxAckKLNum=10, nextReqKey=page.nextReqKey)).s2c
    assert len(page.klList) == 10


def test_subscription_quota(start_gateway, connect):
    """Per instrument and type, over all connections; beyond it nothing of a request is done."""
    gateway = start_gateway(sim_start="2026-11-25 03:00:00")
    first, second = connect(gateway), connect(gateway)
    subscribe(first, [TENCENT, APPLE], [QUOTE, BOOK])
    subscribe(second, [TENCENT], [QUOTE, TICKER])
    assert used(first) == 5
    own = {c.isOwnConnData: c for c in good(first, INFO, isReqAllConn=True).s2c.connSubInfoList}
    assert own[True].usedQuota == 4 and own[False].usedQuota == 2, own
    assert len(good(first, INFO, isReqAllConn=False).s2c.connSubInfoList) == 1
    stocks = good(first, STATIC, market=HK, secType=3).s2c.staticInfoList
    codes = [(HK, s.basic.security.code) for s in stocks]
    types = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    assert len(codes) * len(types) > 2000
    refused(first, SUB, "2000", securityList=codes, subTypeList=types, isSubOrUnSub=True)
    assert used(first) == 5


def test_one_minute(start_gateway, connect):
    """Nothing is given back before its minute is over, by a request or by closing."""
    gateway = start_gateway()
    stays, closes = connect(gateway), connect(gateway)
    subscribe(stays, [TENCENT], [QUOTE, BOOK])
    subscribe(closes, [TENCENT], [QUOTE, TICKER])
    started = time.monotonic()
    off = dict(securityList=[TENCENT], isSubOrUnSub=False)
    refused(stays, SUB, "HK.00700", "60 s", subTypeList=[QUOTE], **off)
    refused(stays, SUB, "HK.00700", isUnsubAll=True, isSubOrUnSub=False)
    closes.close()
    assert used(stays) == 3
    young = False
    while time.monotonic() - started < 58:
        stays.keep_alive()
        if not young and time.monotonic() - started > 30:
            subscribe(stays, [APPLE], [K_1M])
            young = True
        time.sleep(1)
    assert used(stays) == 4
    while time.monotonic() - started < 62:
        stays.keep_alive()
        time.sleep(0.5)
    assert used(stays) == 3, "the ticker of the closed connection is given back by itself"
    good(stays, SUB, subTypeList=[QUOTE], **off)
    assert used(stays) == 2
    refused(stays, GET_QUOTE, "HK.00700", securityList=[TENCENT])
    good(stays, SUB, subTypeList=[QUOTE], **off)  # what is not there is no error
    refused(stays, SUB, "US.AAPL", isUnsubAll=True, isSubOrUnSub=False)  # one item is too young: none goes
    assert used(stays) == 2


# ---- Pushes --------------------------------------------------------------------------------------

def test_first_push(start_gateway, connect):
    gateway = start_gateway(sim_speed=20)
    client = connect(gateway)
    subscribe(client, [TENCENT], [QUOTE, TICKER, BOOK, K_1M], push=True)
    tick = pushes(client, 3011, 0.5)[0].s2c.tickerList
    assert len(tick) == 1 and tick[0].pushDataType == 3 and tick[0].recvTime == 0.0, tick
    client.pushes.clear()
    quiet = connect(gateway)
    subscribe(quiet, [TENCENT], [K_1M], push=True, isFirstPush=False, regPushRehabTypeList=[0, 2])
    bars = pushes(quiet, 3007, 8)
    assert bars and {b.s2c.rehabType for b in bars} == {0, 2}, bars
    for b in bars:
        bar = b.s2c.klList[-1]
        assert not bar.HasField("changeRate") and bar.turnoverRate == 0 and bar.pe == 0, bar
        assert b.retType == 0 and not b.HasField("retMsg") and not b.HasField("errCode"), b
    # Registering again repeats the state; without registration nothing comes, and gets go on.
    good(quiet, REG, securityList=[TENCENT], subTypeList=[K_1M], isRegOrUnReg=True, rehabTypeList=[1])
    quiet.pushes.clear()  # what was on its way before
    assert pushes(quiet, 3007, 0.5)[0].s2c.rehabType == 1
    good(quiet, REG, securityList=[TENCENT], subTypeList=[K_1M], isRegOrUnReg=False)
    quiet.pushes.clear()
    quiet.expect_silence(3)
    assert good(quiet, GET_KL, rehabType=1, klType=1, security=TENCENT, reqNum=3).s2c.klList


def test_ticks_of_a_turn_travel_together(start_gateway, connect):
    """At speed a turn has many trades: one push has them all, none is lost or doubled."""
    gateway = start_gateway(sim_speed=300)
    client = connect(gateway)
    subscribe(client, [TENCENT], [TICKER], push=True, isFirstPush=False)
    got = pushes(client, 3011, 4)
    sequences = [t.sequence for p in got for t in p.s2c.tickerList]
    assert max(len(p.s2c.tickerList) for p in got) > 1, "several ticks in one push"
    assert sequences == sorted(set(sequences)), "ascending, each once"
    # None is missing: the gateway's own list has no tick between the first and the last of ours.
    stored = good(client, GET_TICKER, security=TENCENT, maxRetNum=1000).s2c.tickerList
    for push in client.pushes:
        sequences += [t.sequence for t in pb(NAMES[3011]).Response.FromString(client.plain(push)).s2c.tickerList]
    ours = set(sequences)
    inside = [t.sequence for t in stored if min(ours) <= t.sequence <= max(ours)]
    assert inside and set(inside) <= ours, "a tick was not pushed"


def test_stale_state_is_conflated(start_gateway, connect):
    """Who falls behind with quotes and books alone stays connected and gets the newest, not every one."""
    gateway = start_gateway(output_limit=1 << 18, sim_speed=100)
    codes = [TENCENT, (HK, "09988"), (HK, "03690"), APPLE, (US, "NVDA"), (US, "TSLA")]
    slow, fast = connect(gateway, receive_buffer=4096), connect(gateway)
    for client in (slow, fast):
        client.send(build(client, SUB, securityList=codes, subTypeList=[QUOTE, BOOK], isSubOrUnSub=True,
                          isRegOrUnRegPush=True))
    # Meanwhile the slow one reads nothing: more than what the kernel keeps for it has to pass.
    seen = passed = 0
    end = time.monotonic() + 60
    while passed < 16 << 20 and time.monotonic() < end:
        f = fast.receive()
        passed += len(f.body)
        seen += f.proto == 3013
    slow.send(build(slow, GET_BOOK, security=TENCENT, num=1))
    backlog, newest, answer = 0, {}, None
    end = time.monotonic() + 60
    while answer is None or newest.get("00700", 0) < answer.svrRecvTimeBidTimestamp:
        assert time.monotonic() < end, "it does not catch up"
        f = slow.receive()
        if f.proto == GET_BOOK:
            answer = pb(NAMES[GET_BOOK]).Response.FromString(slow.plain(f)).s2c
        elif f.proto == 3013:
            push = pb(NAMES[3013]).Response.FromString(slow.plain(f)).s2c
            newest[push.security.code] = push.svrRecvTimeBidTimestamp
            backlog += answer is None
    assert 0 < backlog < seen and len(newest) == len(codes), (backlog, seen, newest)


def test_order_detail_is_of_hong_kong(start_gateway, connect):
    client = connect(start_gateway(quote_rights="hk=SF"))
    subscribe(client, [TENCENT, APPLE], [BOOK], isSubOrderBookDetail=True)
    levels = good(client, GET_BOOK, security=TENCENT, num=3).s2c.orderBookBidList
    for level in levels:
        assert len(level.detailList) == level.orederCount, level
        assert sum(d.volume for d in level.detailList) == level.volume, level
    assert not any(l.detailList for l in good(client, GET_BOOK, security=APPLE, num=3).s2c.orderBookBidList)
    subscribe(client, [TENCENT], [BOOK])  # the newest setting holds
    assert not any(l.detailList for l in good(client, GET_BOOK, security=TENCENT, num=3).s2c.orderBookBidList)


def test_a_suspended_stock_of_the_user(start_gateway, connect, tmp_path):
    """A file of further instruments; a suspended one is quoted as such and does not trade."""
    (tmp_path / "mine.csv").write_text(
        "# source: test\n# as of: 2026-11-21\n"
        "market,code,type,exchange,name_en,name_sc,name_tc,lot,currency,tick_table,listing_date,issued_shares,"
        "reference_price,liquidity,underlying,extra\n"
        "HK,99001,stock,HK_MAINBOARD,HALTED,停牌股,停牌股,100,HKD,HK_A,2020-01-02,1000000000,10,3,,suspended=1\n"
        "HK,99002,stock,HK_MAINBOARD,MINE,自選股,自選股,100,HKD,HK_A,2020-01-02,1000000000,20,2,,\n")
    client = connect(start_gateway(instruments=tmp_path / "mine.csv", sim_speed=20))
    halted, mine = (HK, "99001"), (HK, "99002")
    subscribe(client, [halted, mine], [QUOTE, BOOK, TICKER])
    first, second = good(client, GET_QUOTE, securityList=[halted, mine]).s2c.basicQotList
    assert first.isSuspended and first.secStatus == 9 and first.curPrice > 0 and first.volume == 0, first
    assert not second.isSuspended and second.secStatus == 1 and second.volume > 0, second
    assert not good(client, GET_BOOK, security=halted, num=5).s2c.orderBookBidList
    assert good(client, GET_BOOK, security=mine, num=5).s2c.orderBookBidList
    assert not good(client, GET_TICKER, security=halted, maxRetNum=5).s2c.tickerList
    shot = good(client, SNAPSHOT, securityList=[halted]).s2c.snapshotList[0].basic
    assert shot.isSuspend and shot.secStatus == 9 and not shot.HasField("askPrice"), shot


def test_success_is_told_as_the_vendor_does(start_gateway, connect):
    """quote-realtime.md 1.1: retMsg empty and present, errCode 0; a subscription has no s2c."""
    client = connect(start_gateway())
    response = subscribe(client, [TENCENT], [QUOTE])
    assert response.HasField("retMsg") and response.retMsg == "" and response.HasField("errCode"), response
    assert response.errCode == 0 and not response.HasField("s2c"), response
    quote = good(client, GET_QUOTE, securityList=[TENCENT]).s2c.basicQotList[0]
    assert quote.HasField("darkStatus") and not quote.HasField("preMarket"), quote
    subscribe(client, [APPLE], [QUOTE])
    assert not good(client, GET_QUOTE, securityList=[APPLE]).s2c.basicQotList[0].HasField("darkStatus")
    info = good(client, INFO).s2c
    assert info.totalUsedQuota == 2 and info.connSubInfoList[0].isOwnConnData, info


def test_pages_by_key(start_gateway, connect):
    """The last page has no key; a key belongs to its request alone."""
    client = connect(start_gateway(limits="off", sim_start="2026-11-25 03:00:00"))
    whole = good(client, HISTORY, **KL).s2c
    assert not whole.HasField("nextReqKey")
    page = good(client, HISTORY, **dict(KL, maxAckKLNum=5)).s2c
    got = list(page.klList)
    first_key = page.nextReqKey
    while page.HasField("nextReqKey"):
        page = good(client, HISTORY, **dict(KL, maxAckKLNum=7, nextReqKey=page.nextReqKey)).s2c
        got += page.klList
    assert [b.time for b in got] == [b.time for b in whole.klList]
    assert [b.closePrice for b in got] == [b.closePrice for b in whole.klList]
    for other in (dict(security=APPLE), dict(klType=3), dict(rehabType=0), dict(endTime="2026-10-30")):
        refused(client, HISTORY, "nextReqKey", **{**KL, "maxAckKLNum": 5, "nextReqKey": first_key, **other})
    only_time = good(client, HISTORY, **dict(KL, needKLFieldsFlag=0)).s2c.klList[0]
    assert only_time.time and not only_time.HasField("closePrice") and not only_time.HasField("volume"), only_time


def test_warrant_figures_of_the_basic_quote(start_gateway, connect):
    """BasicQot.warrantExData (quote-realtime.md 5.2): the snapshot's premium, delta and volatility."""
    client = connect(start_gateway(limits="off"))
    warrant = (HK, "21901")
    good(client, SUB, securityList=[warrant], subTypeList=[QUOTE], isSubOrUnSub=True)
    quote = good(client, 3004, securityList=[warrant]).s2c.basicQotList[0].warrantExData
    whole = good(client, 3203, securityList=[warrant]).s2c.snapshotList[0].warrantExData
    assert abs(quote.premium - whole.premium) < 1 and abs(quote.delta - whole.delta) < 0.05, (quote, whole)
    assert quote.impliedVolatility > 0 and quote.HasField("delta")
