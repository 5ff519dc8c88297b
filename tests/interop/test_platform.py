"""What the platform protocols answer, field by field (platform.md §5.3 to §5.6)."""
import pytest

from ft_raw import DELAY_STATISTICS, KEEP_ALIVE, USER_INFO, VERIFICATION, keep_alive_request, pb

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


def statistics(client, types, segments=()):
    request = pb("GetDelayStatistics").Request()
    request.c2s.typeList.extend(types)
    request.c2s.qotPushStage = 5
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
