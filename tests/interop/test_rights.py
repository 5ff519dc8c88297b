"""Quote rights, quotas and links: what a right allows, how deep a book is under it, what a connection hears
when one of them changes (manual: authority; spec platform.md 11, 12)."""
import time

import pytest

from ft_raw import NOTIFY, pb
from gateway import eventually

pytestmark = pytest.mark.raw

HK, US, SH = 1, 11, 21
TENCENT, APPLE, MOUTAI, HSI, NASDAQ = (HK, "00700"), (US, "AAPL"), (SH, "600519"), (HK, "HSImain"), (US, "NQmain")
QUOTE, BOOK, TICKER, RT, K_1M, BROKER = 1, 2, 4, 5, 11, 14
BMP, LV1, LV2, SF, NO = 1, 2, 3, 4, 5
PROGRAM, CONN, RIGHT, QUOTA, USED = 2, 3, 4, 6, 7
UNIVERSAL = 281756479345015383
NAMES = {1002: "GetGlobalState", 1005: "GetUserInfo", 1008: "TestCmd", 1010: "UsedQuota", 3001: "Qot_Sub",
         2005: "Trd_UnlockTrade", 3003: "Qot_GetSubInfo", 3004: "Qot_GetBasicQot", 3010: "Qot_GetTicker", 3012: "Qot_GetOrderBook",
         3103: "Qot_RequestHistoryKL", 3104: "Qot_RequestHistoryKLQuota", 3202: "Qot_GetStaticInfo",
         3203: "Qot_GetSecuritySnapshot", 3210: "Qot_GetWarrant", 3211: "Qot_GetCapitalFlow", 3215: "Qot_StockFilter"}
PUSHES = {3005: "Qot_UpdateBasicQot", 3011: "Qot_UpdateTicker", 3013: "Qot_UpdateOrderBook"}


def ask(client, proto, **values):
    """The reply; everything that comes before it is kept in client.pushes."""
    request = pb(NAMES[proto]).Request()
    request.c2s.SetInParent()
    for name, value in values.items():
        field = getattr(request.c2s, name)
        if name in ("security", "owner"):
            field.market, field.code = value
        elif name == "securityList":
            for market, code in value:
                one = field.add()
                one.market, one.code = market, code
        elif isinstance(value, list):
            field.extend(value)
        else:
            setattr(request.c2s, name, value)
    client.send(client.build(proto, request))
    while True:
        got = client.receive()
        if got.proto == proto:
            return pb(NAMES[proto]).Response.FromString(client.plain(got))
        client.pushes.append(got)


def good(client, proto, **values):
    response = ask(client, proto, **values)
    assert response.retType == 0, response
    return response.s2c


def refused(client, proto, *words, **values):
    response = ask(client, proto, **values)
    assert response.retType == -1 and not response.HasField("s2c"), response
    for word in words:
        assert word in response.retMsg, (word, response.retMsg)
    return response.retMsg


def sub(securities, *types, **more):
    return dict(securityList=securities, subTypeList=list(types), isSubOrUnSub=True, isRegOrUnRegPush=True, **more)


def command(client, text):
    cmd, _, params = text.partition(" ")
    return good(client, 1008, cmd=cmd, paramStr=params).resultStr


def gather(client, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            client.pushes.append(client.receive(max(0.01, end - time.monotonic())))
        except TimeoutError:
            return


def notices(client, kind):
    """Takes the notices of a type that have come."""
    taken, kept = [], []
    for got in client.pushes:
        s2c = pb("Notify").Response.FromString(client.plain(got)).s2c if got.proto == NOTIFY else None
        (taken if s2c and s2c.type == kind else kept).append(s2c if s2c and s2c.type == kind else got)
    client.pushes = kept
    return taken


def heard(client, kind, count=1, timeout=30):
    """Waits for so many notices of a type."""
    got = []

    def there():
        got.extend(notices(client, kind))
        if len(got) < count:
            gather(client, 0.1)
        return len(got) >= count

    eventually(there, f"notice {kind}", timeout, 0)
    return got


def taken(client, proto):
    """Pushes of a protocol that have come since the last look."""
    got = [f for f in client.pushes if f.proto == proto]
    client.pushes = [f for f in client.pushes if f.proto != proto]
    return [pb(PUSHES[proto]).Response.FromString(client.plain(f)).s2c for f in got]


@pytest.fixture
def listener(connect):
    """A connection that has been welcomed: further notices are changes."""
    def make(gateway):
        client = connect(gateway, recvNotify=True)
        for kind in (PROGRAM, CONN, RIGHT, QUOTA):
            heard(client, kind)
        return client

    return make


# --- what a right allows ---------------------------------------------------------------------------------

def test_the_defaults_are_told(gateway, listener):
    client = listener(gateway)
    info = good(client, 1005)
    assert (info.hkQotRight, info.usQotRight, info.cnQotRight, info.shQotRight) == (LV2, LV2, LV1, LV1)
    assert (info.usOptionQotRight, info.hasUSOptionQotRight, info.usCBOTFutureQotRight) == (LV1, True, LV2)
    assert (info.subQuota, info.historyKLQuota) == (2000, 2000)
    used = good(client, 1010)
    assert (used.usedSubQuota, used.usedKLineQuota) == (0, 0)


def test_level_1(start_gateway, connect):
    client = connect(start_gateway(limits="off", quote_rights="hk=LV1,hk_future=LV1,us=LV1,us_future=LV1"))
    no = "No right to subscribe the quote for "
    good(client, 3001, **sub([TENCENT], QUOTE, TICKER, RT, K_1M))
    assert refused(client, 3001, no + "HK.00700, ", "HK stocks", "LV1", **sub([TENCENT], BOOK)).startswith(no)
    refused(client, 3001, no + "HK.00700", **sub([TENCENT], BROKER))
    refused(client, 3001, no + "HK.HSImain", "HK futures", **sub([HSI], QUOTE, TICKER))
    good(client, 3001, **sub([HSI], QUOTE, BOOK, K_1M))
    refused(client, 3001, no + "US.NQmain", "US futures of CME", **sub([NASDAQ], BOOK))
    good(client, 3001, **sub([NASDAQ], TICKER))
    good(client, 3001, **sub([APPLE, MOUTAI], BOOK))
    for security, depth in ((HSI, 1), (APPLE, 1), (MOUTAI, 5)):
        book = good(client, 3012, security=security, num=1000)
        assert len(book.orderBookBidList) == len(book.orderBookAskList) == depth, (security, book)
    # Nothing of a request with one that is refused.
    refused(client, 3001, "HK.HSImain", **sub([(HK, "00005"), HSI], TICKER))
    assert good(client, 3003).totalUsedQuota == 4 + 3 + 1 + 2


def test_bmp_and_none(start_gateway, connect):
    gateway = start_gateway(limits="off", quote_rights="hk=BMP,hk_future=BMP,us=NO,cn=NO")
    client = connect(gateway)
    for security in (TENCENT, HSI, APPLE):
        refused(client, 3001, "No right to subscribe the quote for", **sub([security], QUOTE))
    many = [(HK, i.basic.security.code) for i in good(client, 3202, market=HK, secType=3).staticInfoList][:21]
    assert len(good(client, 3203, securityList=many[:20] + [HSI]).snapshotList) == 21
    refused(client, 3203, "BMP", "20", securityList=many)
    good(client, 3103, rehabType=1, klType=2, security=TENCENT, beginTime="2026-11-01", endTime="2026-11-20")
    refused(client, 3210, "Filter Warrants", "BMP", begin=0, num=1, sortField=1, ascend=True)
    refused(client, 3215, "Filter Stocks by Condition", "BMP", begin=0, num=1, market=HK)
    none = "No right to get the quote for US.AAPL, "
    refused(client, 3203, none, "US stocks", "NO", securityList=[TENCENT, APPLE])
    refused(client, 3103, none, rehabType=1, klType=2, security=APPLE, beginTime="2026-11-01", endTime="2026-11-20")
    refused(client, 3211, none, security=APPLE)
    refused(client, 3215, "NO", begin=0, num=1, market=SH)
    assert good(client, 3202, securityList=[APPLE]).staticInfoList[0].basic.name  # no quote
    chinese = connect(start_gateway(lang="chs", quote_rights="hk=BMP,us=NO"))
    assert refused(chinese, 3001, **sub([TENCENT], QUOTE)).startswith(
        "无权限订阅HK.00700的行情，请检查香港市场股票行情权限")
    assert refused(chinese, 3203, securityList=[APPLE]).startswith("无权限获取US.AAPL的行情，请检查美国市场股票行情权限")


def test_full_books(start_gateway, connect):
    """Under SF: every level, single orders, of few Hong Kong securities at once."""
    client = connect(start_gateway(limits="off", quote_rights="hk=SF", limit_overrides="3001.sf_books:2"))
    good(client, 3001, **sub([TENCENT, APPLE], BOOK, isSubOrderBookDetail=True))
    book = good(client, 3012, security=TENCENT, num=1000)
    assert len(book.orderBookBidList) > 10 and len(book.orderBookAskList) > 10, book
    assert all(len(level.detailList) == level.orederCount for level in book.orderBookBidList[:5])
    pushed = eventually(lambda: gather(client, 0.2) or taken(client, 3013), "a book")[-1]
    if pushed.security.market == HK:
        assert len(pushed.orderBookBidList) > 10
    good(client, 3001, **sub([(HK, "00005")], BOOK))
    refused(client, 3001, "SF", "2", **sub([(HK, "00388")], BOOK))
    good(client, 3001, **sub([(HK, "00388")], QUOTE, BROKER))  # books only
    good(client, 3001, **sub([HSI, (US, "TSLA"), TENCENT], BOOK))  # other products, and what is there


# --- changes ---------------------------------------------------------------------------------------------

def depth(push):
    return max(len(push.orderBookBidList), len(push.orderBookAskList))


def test_another_terminal_takes_the_right(start_gateway, listener):
    """Without auto_hold: a lower right, shallower books, then none; by hand it comes back."""
    client = listener(start_gateway(limits="off", auto_hold_quote_right=0, sim_start="2026-11-24 15:00:00"))
    good(client, 3001, **sub([APPLE], BOOK, QUOTE))
    assert depth(eventually(lambda: gather(client, 0.2) or taken(client, 3013), "a book")[-1]) > 1
    assert "was taken" in command(client, "kick_quote_right us LV1")
    assert [n.qotRight.usQotRight for n in heard(client, RIGHT)] == [LV1]
    taken(client, 3013)
    books = eventually(lambda: gather(client, 0.2) or taken(client, 3013), "a shallow book")
    assert {depth(b) for b in books} == {1}, books
    assert len(good(client, 3012, security=APPLE, num=60).orderBookBidList) == 1
    command(client, "kick_quote_right us BMP")
    assert [n.qotRight.usQotRight for n in heard(client, RIGHT)] == [BMP]
    assert good(client, 1005).usQotRight == BMP
    taken(client, 3013), taken(client, 3005)
    refused(client, 3004, "No right to get the quote for US.AAPL", securityList=[APPLE])
    refused(client, 3001, "No right to subscribe", **sub([APPLE], RT))
    good(client, 3203, securityList=[APPLE])
    gather(client, 1)
    assert not taken(client, 3013) and not taken(client, 3005)
    assert good(client, 3003).totalUsedQuota == 2  # the subscription stays
    refused(client, 1008, "only a lower right", cmd="kick_quote_right", paramStr="us LV2")
    assert "again" in command(client, "request_highest_quote_right")
    assert [n.qotRight.usQotRight for n in heard(client, RIGHT)] == [LV2]
    assert eventually(lambda: gather(client, 0.2) or taken(client, 3005), "a quote")
    assert "already" in command(client, "request_highest_quote_right")
    assert "LV1" in command(client, "set_quote_right hk LV1")
    assert [n.qotRight.hkQotRight for n in heard(client, RIGHT)] == [LV1]
    command(client, "request_highest_quote_right")  # that is what is owned now
    assert good(client, 1005).hkQotRight == LV1
    for text, words in (("set_quote_right hk LV9", "BMP, LV1, LV2, SF, NO"), ("kick_quote_right moon LV1", "hk_option"),
                        ("set_quote_right hk", "usage")):
        cmd, _, params = text.partition(" ")
        refused(client, 1008, words, cmd=cmd, paramStr=params)
    assert not notices(client, RIGHT)


def test_taken_back_once(start_gateway, listener, connect):
    """With auto_hold it is taken back; taken again within 10 s, it is given up."""
    gateway = start_gateway(limits="off")
    client, deaf = listener(gateway), connect(gateway, recvNotify=False)
    assert "taken back" in command(client, "kick_quote_right hk BMP")
    assert [n.qotRight.hkQotRight for n in heard(client, RIGHT, 2)] == [BMP, LV2]
    assert "given up" in command(client, "kick_quote_right hk BMP")
    assert [n.qotRight.hkQotRight for n in heard(client, RIGHT)] == [BMP]
    assert "taken back" in command(client, "kick_quote_right us LV1")  # each product for itself
    assert [(n.qotRight.usQotRight, n.qotRight.hkQotRight) for n in heard(client, RIGHT, 2)] == [(LV1, BMP), (LV2, BMP)]
    gather(deaf, 0.3)
    assert not [f for f in deaf.pushes if f.proto == NOTIFY]


def test_quotas(start_gateway, listener):
    client = listener(start_gateway(limits="off", quota_tier=100, history_kl_quota=1))
    info = good(client, 1005)
    assert (info.subQuota, info.historyKLQuota) == (100, 1)
    good(client, 3001, **sub([TENCENT, APPLE], QUOTE, BOOK, TICKER))
    bars = dict(rehabType=1, klType=2, beginTime="2026-11-01", endTime="2026-11-20")
    good(client, 3103, security=TENCENT, **bars)
    assert "Insufficient historical candlestick quota" in refused(client, 3103, "1/1", security=APPLE, **bars)
    used = heard(client, USED)[-1].usedQuota
    if (used.usedSubQuota, used.usedKLineQuota) != (6, 1):  # a second began in between
        used = heard(client, USED)[-1].usedQuota
    assert (used.usedSubQuota, used.usedKLineQuota) == (6, 1)
    used = good(client, 1010)
    assert (used.usedSubQuota, used.usedKLineQuota) == (6, 1)
    assert "7" in command(client, "set_quota 7 2")
    quota = heard(client, QUOTA)[-1].apiQuota
    assert (quota.subQuota, quota.historyKLQuota) == (7, 2)
    good(client, 3103, security=APPLE, **bars)
    assert refused(client, 3001, "6/7", "2 more", **sub([MOUTAI], QUOTE, BOOK)).startswith(
        "Insufficient subscription quota")
    good(client, 3001, **sub([MOUTAI], QUOTE))
    command(client, "set_quota 3 0")  # less than is used: nothing new, and nothing is lost
    heard(client, QUOTA)
    info = good(client, 3003)
    assert (info.totalUsedQuota, info.remainQuota) == (7, 0)
    refused(client, 3001, "7/3", **sub([MOUTAI], BOOK))
    good(client, 3001, **sub([MOUTAI], QUOTE))  # what is there may be asked for again
    refused(client, 1008, "2000", cmd="set_quota", paramStr="1 2001")
    refused(client, 1008, "number", cmd="set_quota", paramStr="x 1")


def test_tiers_by_assets(start_gateway, listener):
    """auto: a deposit is seen at once; what was seen lasts for the day, and over a restart by what is there."""
    gateway = start_gateway(limits="off", quota_tier="auto", initial_cash=100, history_kl_quota=50)
    client = listener(gateway)
    assert good(client, 1005).subQuota == 100
    for amount, tier in ((15000, 300), (1000000, 1000), (5000000, 2000)):
        command(client, f"deposit {UNIVERSAL} HKD {amount}")
        quota = heard(client, QUOTA)[-1].apiQuota
        assert (quota.subQuota, quota.historyKLQuota) == (tier, 50)
    command(client, f"deposit {UNIVERSAL} HKD -5500000")
    gather(client, 2.2)
    assert not notices(client, QUOTA) and good(client, 1005).subQuota == 2000
    gateway.restart()
    assert good(listener(gateway), 1005).subQuota == 1000


def test_tiers_by_trades(start_gateway, listener):
    """auto: more than 200 fills in a month; the store remembers them."""
    gateway = start_gateway(limits="off", quota_tier="auto", initial_cash=150000, sim_start="2026-11-24 15:00:00")
    client = listener(gateway)
    assert good(client, 1005).subQuota == 300
    good(client, 2005, unlock=True, pwdMD5="e10adc3949ba59abbe56e057f20f883e")
    for k in range(202):
        request = pb("Trd_PlaceOrder").Request()
        c2s = request.c2s
        c2s.packetID.connID, c2s.packetID.serialNo = client.info.connID, k + 1
        c2s.header.accID, c2s.header.trdEnv, c2s.header.trdMarket = UNIVERSAL, 1, 2
        c2s.trdSide, c2s.orderType, c2s.code, c2s.qty = 1 + k % 2, 2, "AAPL", 1
        response = client.request(2202, request, pb("Trd_PlaceOrder").Response)
        assert response.retType == 0, response
        if k == 198:
            gather(client, 1.2)
            assert not notices(client, QUOTA)
    assert heard(client, QUOTA)[-1].apiQuota.subQuota == 1000
    gateway.restart()
    assert good(listener(gateway), 1005).subQuota == 1000


def test_the_quote_link_is_cut(start_gateway, listener):
    """No pushes, no answers of the servers; what is subscribed is still answered; then the missed ticks."""
    gateway = start_gateway(limits="off", sim_start="2026-11-24 15:00:00", sim_speed=20)
    client = listener(gateway)
    good(client, 3001, **sub([APPLE], TICKER, QUOTE))
    eventually(lambda: gather(client, 0.2) or taken(client, 3011), "ticks")
    assert "2 seconds" in command(client, "disconnect_backend 2")
    status = heard(client, CONN)[-1].connectStatus
    assert (status.qotLogined, status.trdLogined) == (False, True)
    state = good(client, 1002, userID=0)
    assert (state.qotLogined, state.trdLogined) == (False, True)
    taken(client, 3011), taken(client, 3005)
    refused(client, 3203, "Get Market Snapshot", "interrupted", securityList=[APPLE])
    refused(client, 3001, "interrupted", **sub([TENCENT], QUOTE))
    good(client, 3001, **sub([APPLE], QUOTE, isFirstPush=False))
    good(client, 3004, securityList=[APPLE])
    gather(client, 0.5)
    assert not taken(client, 3011) and not taken(client, 3005)
    before = good(client, 3010, security=APPLE, maxRetNum=1000).tickerList
    status = heard(client, CONN)[-1].connectStatus
    assert (status.qotLogined, status.trdLogined) == (True, True)
    first = eventually(lambda: gather(client, 0.2) or taken(client, 3011), "missed ticks")[0].tickerList
    assert 1 <= len(first) <= 50 and {t.pushDataType for t in first} == {2}, first
    assert [t.sequence for t in first] == sorted(t.sequence for t in first)
    if len(first) < 50:  # all of them: the first is one that the connection had not been pushed
        assert first[0].sequence in {t.sequence for t in before} or before[-1].sequence < first[0].sequence
    later = eventually(lambda: gather(client, 0.2) or taken(client, 3011), "ticks again")
    assert {t.pushDataType for p in later for t in p.tickerList} == {1}
    good(client, 3203, securityList=[APPLE])
    for seconds in ("0", "3601", "x"):
        refused(client, 1008, cmd="disconnect_backend", paramStr=seconds)


def test_program_status_and_the_end(start_gateway, listener):
    gateway = start_gateway()
    client = listener(gateway)
    command(client, "set_program_status NEED_PHONE_VERIFY_CODE")
    assert heard(client, PROGRAM)[-1].programStatus.programStatus.type == 4
    assert good(client, 1002, userID=0).programStatus.type == 4
    command(client, "set_program_status READY")
    assert heard(client, PROGRAM)[-1].programStatus.programStatus.type == 10
    refused(client, 1008, "READY", cmd="set_program_status", paramStr="HAPPY")
    gateway.terminate()
    client.pushes += client.expect_closed()
    gateway.wait()
    status = [n.connectStatus for n in notices(client, CONN)]
    assert [(s.qotLogined, s.trdLogined) for s in status] == [(False, False)]
