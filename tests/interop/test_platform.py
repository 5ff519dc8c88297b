"""What the platform protocols answer, field by field (platform.md §5.3 to §5.6)."""
import re

import pytest

from ft_raw import (DELAY_STATISTICS, KEEP_ALIVE, NOTIFY, TIMEOUT, USER_INFO, VERIFICATION, frame, keep_alive_request,
                    pb)

pytestmark = pytest.mark.raw


def user_info(client, flag):
    request = pb("GetUserInfo").Request()
    request.c2s.SetInParent()
    if flag is not None:
        request.c2s.flag = flag
    response = client.request(USER_INFO, request, pb("GetUserInfo").Response)
    assert response.retType == 0, response
    return response.s2c


def test_user_info_flags(gateway, connect):
    """§5.4: a set of bits chooses; none and 0 both mean everything, as Python sends 0."""
    client = connect(gateway)
    everything = user_info(client, None)
    assert user_info(client, 0) == everything
    assert everything.userID == client.info.loginUserID
    chosen = {1: "nickName", 4: "hkQotRight", 8: "isNeedAgreeDisclaimer", 16: "updateType"}
    for flag, field in chosen.items():
        assert everything.HasField(field), field
        part = user_info(client, flag)
        assert part.HasField(field), f"flag {flag} without {field}"
        for other in set(chosen.values()) - {field}:
            assert not part.HasField(other), f"flag {flag} with {other}"
    both = user_info(client, 1 | 4)
    assert both.HasField("nickName") and both.HasField("hkQotRight") and not both.HasField("updateType")


def statistics(client, types, segments=(), stage=5):
    request = pb("GetDelayStatistics").Request()
    request.c2s.typeList.extend(types)
    request.c2s.qotPushStage = stage
    request.c2s.segmentList.extend(segments)
    return client.request(DELAY_STATISTICS, request, pb("GetDelayStatistics").Response)


def test_delay_statistics_count_requests(gateway, connect):
    client = connect(gateway)
    for _ in range(25):
        client.keep_alive()
    response = statistics(client, [2])
    assert response.retType == 0 and response.IsInitialized(), response
    counts = {item.protoID: item for item in response.s2c.reqReplyStatisticsList}
    assert counts[KEEP_ALIVE].count == 25, response
    assert counts[KEEP_ALIVE].totalCostAvg >= 0 and counts[KEEP_ALIVE].openDCostAvg >= 0
    assert not response.s2c.qotPushStatisticsList and not response.s2c.placeOrderStatisticsList


@pytest.mark.parametrize("types", [[], [1], [1, 2, 3], [3, 3]], ids=str)
def test_delay_statistics_types(gateway, connect, types):
    response = statistics(connect(gateway), types, [10, 100, 1000, -1])
    assert response.retType == 0, response
    if 2 not in types and types:
        assert not response.s2c.reqReplyStatisticsList


# QotPushType by the push's protocol (§5.6).
PUSHES = {3005: 1, 3011: 2, 3013: 3, 3015: 4}


def test_delay_statistics_count_pushes(start_gateway, connect):
    gateway = start_gateway(sim_speed=20)
    asker, client = connect(gateway), connect(gateway)
    assert not statistics(asker, [1]).s2c.qotPushStatisticsList, "figures of pushes before there was one"
    request = pb("Qot_Sub").Request()
    security = request.c2s.securityList.add()
    security.market, security.code = 1, "00700"
    request.c2s.subTypeList.extend([1, 2, 4, 14])
    request.c2s.isSubOrUnSub = request.c2s.isRegOrUnRegPush = True
    client.send(client.build(3001, request))
    got = dict.fromkeys(PUSHES, 0)
    while min(got.values()) < 3:
        proto = client.receive().proto
        if proto in got:
            got[proto] += 1
    mark = gateway.mark()
    client.close()
    gateway.wait_line("event=close", mark)  # no further pushes: the figures stand still
    averages = {}
    for stage in range(1, 6):
        rows = {row.qotPushType: row for row in statistics(asker, [1], stage=stage).s2c.qotPushStatisticsList}
        for proto, kind in PUSHES.items():
            row = rows[kind]
            assert row.count >= got[proto], (kind, row)
            assert [(i.begin, i.end) for i in row.itemList] == [
                *((at, at + 2) for at in range(0, 100, 2)), (100, 500), (500, 1000), (1000, 2000), (2000, -1)]
            assert sum(i.count for i in row.itemList) == row.count
            assert abs(row.itemList[-1].cumulativeRatio - 100) < 0.01
            assert abs(sum(i.proportion for i in row.itemList) - 100) < 0.01
            averages[kind, stage] = row.delayAvg
    for kind in PUSHES.values():  # stages of one way: server, network, gateway; the last two are sums of them
        parts = [averages[kind, stage] for stage in range(1, 6)]
        assert all(part >= 0 for part in parts) and parts[2] > 0, (kind, parts)
        assert abs(parts[1] + parts[2] - parts[3]) < 0.001 + parts[3] / 1000, (kind, parts)
        assert abs(parts[0] + parts[3] - parts[4]) < 0.001 + parts[4] / 1000, (kind, parts)
    own = statistics(asker, [1], [10, 100, -1]).s2c.qotPushStatisticsList[0]
    assert [(i.begin, i.end) for i in own.itemList] == [(0, 10), (10, 100), (100, -1)]


# --- the log -----------------------------------------------------------------------------------


LINE = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z %s event=request conn=%d proto=%d name=%s serial=%d us=\d+ outcome=%s"


def test_a_line_for_every_request(gateway, connect):
    """Time, level, connection, protocol, serial, duration, outcome."""
    client = connect(gateway)
    conn = client.info.connID
    mark = gateway.mark()
    client.request(KEEP_ALIVE, keep_alive_request())
    gateway.wait_line(LINE % ("debug", conn, KEEP_ALIVE, "KeepAlive", 2, "ok ret=0"), mark)
    client.request(KEEP_ALIVE, b"\x0a\x00")
    gateway.wait_line(LINE % ("info", conn, KEEP_ALIVE, "KeepAlive", 3, r'refused ret=-500 reason=".*time.*"$'), mark)
    client.request(99999, b"\x0a\x00")
    gateway.wait_line(LINE % ("info", conn, 99999, "unknown", 4, r'refused ret=-1 reason=".*99999"$'), mark)
    client.send(client.build(NOTIFY, b"\x0a\x00", 77))
    gateway.wait_line(LINE % ("info", conn, NOTIFY, "Notify", 77, r'ignored reason=".*"$'), mark)


def test_the_default_level_tells_who_came_and_what_was_refused(start_gateway, connect):
    gateway = start_gateway(log_level="info")
    client = connect(gateway, clientID="me", programmingLanguage="C")
    client.request(KEEP_ALIVE, keep_alive_request())
    client.request(99999, b"\x0a\x00")
    conn = client.info.connID
    client.close()
    gateway.wait_line(rf"event=close conn={conn} .*reason=")
    told = [re.search(r"event=(\w+)", line).group(1) for line in gateway.lines if f"conn={conn} " in line]
    assert told == ["accept", "init", "request", "close"], gateway.tail()


def test_a_client_cannot_write_log_lines(gateway, connect):
    evil = 'x" outcome="ok\n2026-01-01T00:00:00.000000Z error event=forged\x1b[2J'
    client = connect(gateway, clientID=evil, programmingLanguage=evil)
    body = b'{"c2s":{"time":"' + b'\\"' + b' outcome=forged"}}'
    client.send(frame(KEEP_ALIVE, body, 9, 1))
    client.reply(KEEP_ALIVE, 9)
    client.close()
    gateway.wait_line(rf"event=close conn={client.info.connID} ", timeout=TIMEOUT)
    assert not any(re.match(r"2026-01-01T00:00:00.000000Z", line) for line in gateway.lines), gateway.tail()
    for line in gateway.lines:
        if f"conn={client.info.connID} " in line:
            assert re.fullmatch(r'\S+ \w+ (?:[a-z_]+=(?:"[^"]*"|[^" =]+)|[a-z]+)(?: (?:[a-z_]+=(?:"[^"]*"|[^" =]+)))*\n',
                                line), line


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("op,code", [(1, None), (2, "1234"), (2, None)])
def test_verification_is_answered(gateway, connect, kind, op, code):
    request = pb("Verification").Request()
    request.c2s.type, request.c2s.op = kind, op
    if code is not None:
        request.c2s.code = code
    client = connect(gateway)
    response = client.request(VERIFICATION, request, pb("Verification").Response)
    assert response.retType == 0 or response.retMsg, response
    client.keep_alive()


@pytest.mark.parametrize("when", [0, -1, 2 ** 63 - 1, -2 ** 63])
def test_keep_alive_times(gateway, connect, when):
    client = connect(gateway)
    response = client.request(KEEP_ALIVE, keep_alive_request(when), pb("KeepAlive").Response)
    assert response.retType == 0 and response.s2c.time > 1_500_000_000
