"""Connects and makes every platform call that the client has."""
from common import Notices, api, eventually, ok, open_quote, run, say, settings


def check_global_state(context):
    state = ok(context.get_global_state())
    for key in ("market_sz", "market_us", "market_sh", "market_hk", "market_hkfuture", "market_usfuture",
                "market_sgfuture", "market_jpfuture"):
        assert isinstance(state[key], str), (key, state)
    assert state["qot_logined"] is True and state["trd_logined"] is True, state
    assert int(state["server_ver"]) > 0 and int(state["timestamp"]) > 1_500_000_000, state
    assert abs(float(state["local_timestamp"]) - float(state["timestamp"])) < 86400, state
    assert state["program_status_type"] == api.ProgramStatusType.READY, state


def check_user_info(context):
    everything = ok(context.get_user_info())
    assert everything["user_id"] == context.get_login_user_id(), everything
    assert everything["user_id"] > 0
    assert everything["sub_quota"] > 0 and everything["history_kl_quota"] > 0, everything
    assert everything["hk_qot_right"] in ("BMP", "LV1", "LV2", "SF", "NO"), everything
    basic = ok(context.get_user_info([api.UserInfoField.BASIC]))
    assert basic["nick_name"] == everything["nick_name"] and basic["user_id"] == everything["user_id"], basic
    rights = ok(context.get_user_info([api.UserInfoField.QOTRIGHT, api.UserInfoField.DISCLAIMER]))
    assert rights["hk_qot_right"] == everything["hk_qot_right"], rights
    assert rights["is_need_agree_disclaimer"] is False, rights


def check_delay_statistics(context):
    kinds = [api.DelayStatisticsType.QOT_PUSH, api.DelayStatisticsType.REQ_REPLY, api.DelayStatisticsType.PLACE_ORDER]
    got = ok(context.get_delay_statistics(kinds, api.QotPushStage.SR2_CS, []))
    assert set(got) == {"qot_push", "req_reply", "place_order"}, got
    counted = {item["proto_id"]: item["count"] for item in got["req_reply"]}
    assert counted.get(1002, 0) >= 1, f"the GetGlobalState made before is not counted: {got}"
    got = ok(context.get_delay_statistics(kinds[1:2], api.QotPushStage.SR2_CS, [10, 100, 500, -1]))
    assert not got["qot_push"] and not got["place_order"], got


def check_verification(context):
    # The answer's retType comes through unmapped, the data is the text. Whether a code can be asked
    # for is the gateway's affair; that it answers, and at once, is what counts.
    for kind in (api.VerificationType.PICTURE, api.VerificationType.PHONE):
        for op, code in ((api.VerificationOp.REQUEST, ""), (api.VerificationOp.INPUT_AND_LOGIN, "1234")):
            ret, text = context.verification(kind, op, code)
            assert isinstance(ret, int) and "Timeout" not in str(text), (kind, op, ret, text)


def main():
    notices = Notices()
    context = open_quote()
    assert context.set_handler(notices) == api.RET_OK
    conn_id = context.get_sync_conn_id()
    assert 0 < conn_id < 2 ** 63, conn_id
    say("connected", conn_id=conn_id)
    check_global_state(context)
    if settings.get("everything", True):
        check_user_info(context)
        check_delay_statistics(context)
        check_verification(context)
    eventually(lambda: notices.got, "the first push")
    ret, content = notices.got[0]
    assert ret == api.RET_OK and content[0] != "N/A", content
    assert context.get_sync_conn_id() == conn_id, "reconnected on the way"
    say("done", first_push=content)
    context.close()


run(main)
