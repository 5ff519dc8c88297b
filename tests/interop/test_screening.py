"""Screens, plates and lists with the vendor's own Python client."""
import pytest

from ft_raw import pb
from test_client import start

# A Saturday: prices stand, so that one call's figures are another's.
CLOSED = {"sim_clock": "exchange", "sim_start": "2026-11-28 04:00:00", "limits": "off"}
SUSPEND = 3201


@pytest.mark.client
@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_every_call(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, **CLOSED)
    client = start_client("screening", gateway.address, today="2026-11-28", **settings)
    client.expect("done", 400)
    client.finish()


@pytest.mark.raw
def test_suspensions(start_gateway, connect, tmp_path):
    """No method of the client asks for them; a suspended stock has not traded on any day."""
    rows = tmp_path / "suspended.csv"
    rows.write_text("market,code,type,name_en,lot,currency,reference_price,extra\n"
                    "HK,09001,stock,Stopped,100,HKD,5,suspended=1\n")
    gateway = start_gateway(instruments=rows, **CLOSED)
    client = connect(gateway)
    messages = pb("Qot_GetSuspend")

    def ask(codes, begin, end):
        request = messages.Request()
        request.c2s.beginTime, request.c2s.endTime = begin, end
        for code in codes:
            request.c2s.securityList.add(market=1, code=code)
        return client.request(SUSPEND, request.SerializeToString(), messages.Response)

    answer = ask(["00700", "09001"], "2026-11-01", "2026-11-15")
    assert answer.retType == 0, answer
    calm, stopped = answer.s2c.SecuritySuspendList
    assert calm.security.code == "00700" and not calm.suspendList
    days = [d.time for d in stopped.suspendList]
    assert days[0] == "2026-11-02" and days[-1] == "2026-11-13" and len(days) == 10, days
    assert "2026-11-07" not in days and stopped.suspendList[0].timestamp == 1793548800
    for codes, begin, end, word in [(["00700"], "2026-02-01", "2026-01-01", "2026-02-01"),
                                    (["00700"], "1990-01-01", "2026-01-01", "days"),
                                    (["00700"], "yesterday", "2026-01-01", "yesterday"),
                                    (["NOSUCH"], "2026-01-01", "2026-02-01", "NOSUCH"),
                                    ([], "2026-01-01", "2026-02-01", "securityList")]:
        answer = ask(codes, begin, end)
        assert answer.retType == -1 and word in answer.retMsg, answer


@pytest.mark.raw
def test_chinese_errors(start_gateway, connect):
    """Refusals name field and value in the gateway's language, too."""
    gateway = start_gateway(lang="chs", **CLOSED)
    client = connect(gateway)
    messages = pb("Qot_StockFilter")
    request = messages.Request()
    request.c2s.begin, request.c2s.num, request.c2s.market = 0, 300, 1
    answer = client.request(3215, request.SerializeToString(), messages.Response)
    assert answer.retType == -1 and answer.retMsg == "num 300 无效：可用 1 至 200", answer
    request.c2s.num = 10
    request.c2s.baseFilterList.add(fieldName=3, filterMin=5, filterMax=1, isNoFilter=False)
    answer = client.request(3215, request.SerializeToString(), messages.Response)
    assert answer.retType == -1 and answer.retMsg == "filterMin 5 大于 filterMax 1", answer
