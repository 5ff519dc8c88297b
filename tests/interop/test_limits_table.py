"""Every limit of the protocol table, asked for to the last request: n are accepted, the next one is refused
with the words that name interface, number and window. Overrides, windows that slide, gaps, and off.

Requests are JSON, so that no client's generated messages decide what can be asked."""
import json
import pathlib
import re
import time

import pytest

from ft_raw import JSON, pb

pytestmark = pytest.mark.raw

ROW = re.compile(r'^(?:LIMITED|WRITE)\((\d+), (\w+), \w+, ([1-9]\d*), (\w+), (\d+), (\d+), "([^"]+)"\)', re.M)
TABLE = pathlib.Path(__file__).resolve().parents[2] / "src" / "wire" / "protocols.def"
# id: (name, limit, scope, gap in ms, bucket, title)
LIMITS = {int(r[0]): (r[1], int(r[2]), r[3], int(r[4]), int(r[5]), r[6]) for r in ROW.findall(TABLE.read_text())}

SIMULATE, REAL = 0, 1
UNIVERSAL, PAPER_HK, PAPER_US = 281756479345015383, 8377516, 1619199
HK, US, SH = 1, 11, 21
TENCENT, APPLE = {"market": HK, "code": "00700"}, {"market": US, "code": "AAPL"}
RANGE = {"beginTime": "2026-11-01", "endTime": "2026-12-31"}
NOT_HERE = {3262, 3263}  # in the table, but not served


def header(acc=PAPER_US, env=SIMULATE, market=2):
    return {"accID": str(acc), "trdEnv": env, "trdMarket": market}


def requests(client):
    """A request of each limited protocol that is accepted any number of times; what is to be different for
    another account."""
    option = ask(client, 3209, owner=APPLE, beginTime="2026-12-01", endTime="2026-12-31", type=1)
    calls = [o["call"]["basic"]["security"] for o in option["s2c"]["optionChain"][0]["option"] if "call" in o][:2]
    legs = [dict(security=call, side=side, qtyRatio=1) for call, side in zip(calls, (1, 2))]
    order = dict(trdSide=1, orderType=1, code="AAPL", qty=10, price=200.0)
    hk = dict(code="00700", qty=100, price=500.0)
    made = ask(client, 2202, header=header(), packetID=packet(client), **order)
    combo = dict(comboLegs=legs, qty=1, price=20.0, orderType=1)
    for proto in (2112, 2227):
        accepted(client, proto, dict(header=header(), **combo))
    plate = ask(client, 3204, market=HK, plateSetType=1)["s2c"]["plateInfoList"][0]["plate"]
    return {
        2005: (dict(unlock=False), {}),
        2101: (dict(header=header(), refreshCache=True), {}),
        2102: (dict(header=header(), refreshCache=True), {}),
        2111: (dict(header=header(), orderType=1, code="AAPL", price=200.0), dict(code="00700", price=500.0)),
        2112: (dict(header=header(), **combo), None),
        2201: (dict(header=header(), refreshCache=True), {}),
        2202: (dict(header=header(), **order), hk),
        2205: (dict(header=header(), orderID="0", modifyOrderOp=2, forAll=True), {}),
        2211: (dict(header=header(), refreshCache=True), {}),
        2221: (dict(header=header(), filterConditions=RANGE), {}),
        2222: (dict(header=header(), filterConditions=RANGE), {}),
        2223: (dict(header=header(UNIVERSAL, REAL, 1), securityList=[TENCENT]), {}),
        2225: (dict(header=header(), orderIdExList=[made["s2c"]["orderIDEx"]]), None),
        2226: (dict(header=header(), clearingDate="2026-11-24"), {}),
        2227: (dict(header=header(), **combo), None),
        3103: (dict(rehabType=1, klType=2, security=TENCENT, beginTime="2026-11-01", endTime="2026-11-20"), {}),
        3105: (dict(security=TENCENT), {}),
        3203: (dict(securityList=[TENCENT]), {}),
        3204: (dict(market=HK, plateSetType=1), {}),
        3205: (dict(plate=plate), {}),
        3206: (dict(security={"market": HK, "code": "HSImain"}, referenceType=2), {}),
        3207: (dict(securityList=[TENCENT]), {}),
        3209: (dict(owner=APPLE, beginTime="2026-12-01", endTime="2026-12-02"), {}),
        3210: (dict(begin=0, num=1, sortField=1, ascend=True), {}),
        3211: (dict(security=TENCENT), {}),
        3212: (dict(security=TENCENT), {}),
        3213: (dict(groupName="All"), {}),
        3214: (dict(groupName="B", op=1, securityList=[APPLE]), {}),
        3215: (dict(begin=0, num=1, market=SH), {}),
        3217: (dict(market=HK), {}),
        3218: (dict(securityList=[{"market": HK, "code": "HSImain"}]), {}),
        3219: (dict(market=HK, beginTime="2026-11-01", endTime="2026-11-10"), {}),
        3220: (dict(security=TENCENT, op=6), {}),
        3221: (dict(security=TENCENT), {}),
        3222: (dict(groupType=3), {}),
        3223: (dict(securityList=[TENCENT]), {}),
        3224: (dict(owner=APPLE), {}),
        3235: (dict(security=TENCENT), {}),
        3242: (dict(security=APPLE), {}),
        3249: (dict(security=APPLE), {}),
    }


def packet(client):
    client.packets = getattr(client, "packets", 0) + 1
    return dict(connID=str(client.info.connID), serialNo=client.packets)


def ask(client, proto, **c2s):
    if proto in (2202, 2205, 2227) and "packetID" not in c2s:
        c2s["packetID"] = packet(client)
    return json.loads(client.request(proto, json.dumps({"c2s": c2s}).encode(), fmt=JSON))


def refusal(proto, count, seconds=30):
    return f"{LIMITS[proto][5]} request failed due to high frequency. Maximum {count} times per {seconds} seconds."


def accepted(client, proto, c2s):
    answer = ask(client, proto, **c2s)
    assert answer["retType"] == 0, (proto, answer)


def refused(client, proto, c2s, text):
    answer = ask(client, proto, **c2s)
    assert (answer["retType"], answer["retMsg"]) == (-1, text), (proto, answer)


def test_the_nth_refusal_of_every_protocol(start_gateway, connect):
    """n accepted and the next refused; what is refused counts nowhere; by account or for the login."""
    gateway = start_gateway(sim_start="2026-11-24 15:00:00", limit_overrides="2202.gap:0,2205.gap:0")
    client, other = connect(gateway), connect(gateway)
    asked = requests(client)
    used = {3209: 1, 2202: 2, 2111: 1, 3204: 1}  # by that
    assert set(asked) == set(LIMITS) - NOT_HERE
    for proto, (name, limit, scope, _, bucket, _) in LIMITS.items():
        if proto in NOT_HERE:
            assert "not available" in ask(client, proto, keyword="x")["retMsg"]
            continue
        c2s, elsewhere = asked[proto]
        if bucket != proto:  # its bucket is used up already: it shares it
            refused(client, proto, c2s, refusal(proto, limit))
            continue
        bad = dict(c2s, header=header(1)) if "header" in c2s else None  # no such account
        for _ in range(limit - used.get(proto, 0)):
            if bad:
                assert ask(client, proto, **bad)["retType"] == -1
            accepted(client, proto, c2s)
        refused(client, proto, c2s, refusal(proto, limit))
        refused(other, proto, c2s, refusal(proto, limit))
        if scope == "ACCOUNT_REFRESH":
            accepted(client, proto, dict(c2s, refreshCache=False))
        if scope.startswith("ACCOUNT") and elsewhere is not None:
            accepted(client, proto, dict(c2s, header=header(PAPER_HK, SIMULATE, 1), **elsewhere))
    # What does not count: warrants of an underlying, further pages.
    accepted(client, 3206, dict(security=TENCENT, referenceType=1))


def test_overrides(start_gateway, connect):
    """Numbers, windows and gaps of single protocols; the window slides; numbers of one request."""
    gateway = start_gateway(limit_overrides="3203:2/1,Qot_GetMarketState:0,2202:0,2202.gap:60000,3001:1,"
                                            "3207.codes:1,3006.rows:2,3223.codes:1")
    client = connect(gateway)
    snapshot, state = dict(securityList=[TENCENT]), dict(securityList=[TENCENT])
    for _ in range(2):
        for _ in range(2):
            accepted(client, 3203, snapshot)
        refused(client, 3203, snapshot, refusal(3203, 2, 1))
        time.sleep(1.05)
    for _ in range(30):
        accepted(client, 3223, state)
    sub = dict(securityList=[TENCENT], subTypeList=[1, 6], isSubOrUnSub=True, isRegOrUnRegPush=False)
    accepted(client, 3001, sub)
    assert "Maximum 1 times per 30 seconds" in ask(client, 3001, **sub)["retMsg"]
    bars = ask(client, 3006, rehabType=1, klType=2, security=TENCENT, reqNum=50)
    assert len(bars["s2c"]["klList"]) == 2, bars
    for proto in (3207, 3223):
        assert "1 to 1" in ask(client, proto, securityList=[TENCENT, APPLE])["retMsg"]
    order = dict(header=header(), trdSide=1, orderType=1, code="AAPL", qty=10, price=200.0)
    accepted(client, 2202, order)
    refused(client, 2202, order, "Place Order request failed due to high frequency. Minimum 60.00 seconds between "
                                 "two requests.")


def test_off_and_chinese(start_gateway, connect):
    client = connect(start_gateway(limits="off"))
    for proto in (3223, 3207):
        for _ in range(15):
            accepted(client, proto, dict(securityList=[TENCENT]))
    order = dict(header=header(), trdSide=1, orderType=1, code="AAPL", qty=1, price=200.0)
    for _ in range(20):
        accepted(client, 2202, order)
    client = connect(start_gateway(lang="chs"))
    for _ in range(10):
        accepted(client, 3223, dict(securityList=[TENCENT]))
    refused(client, 3223, dict(securityList=[TENCENT]), "获取标的市场状态频率太高，请求失败，每30秒最多10次。")


@pytest.mark.parametrize("parameter, words", [
    ("limit_overrides=3203:1/0", "limit_overrides: 3203:1/0: a rate is"),
    ("limit_overrides=9999:1", "no such protocol"),
    ("quote_rights=hk=LV9", "quote_rights: hk=LV9: allowed are BMP, LV1, LV2, SF, NO"),
    ("quota_tier=5", "quota_tier=5: allowed are auto, 100, 300, 1000 and 2000"),
])
def test_a_wrong_value_stops_the_start(start_gateway, parameter, words):
    key, _, value = parameter.partition("=")
    with pytest.raises(AssertionError, match="the gateway ended with 2") as ended:
        start_gateway(**{key: value})
    assert words in str(ended.value)
