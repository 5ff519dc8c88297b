"""Opens a trade context, which asks for the account list and subscribes to its pushes by itself."""
from common import HOST, PORT, api, ok, run, say


def main():
    context = api.OpenSecTradeContext(filter_trdmarket=api.TrdMarket.HK, host=HOST, port=PORT)
    assert context.get_sync_conn_id() != 0
    ok(context.get_global_state())
    ret, data = context.get_acc_list()
    # A list once there are accounts; until then an answer that says what is missing, no timeout.
    assert ret == api.RET_OK or (isinstance(data, str) and data and "Timeout" not in data), (ret, data)
    ok(context.get_global_state())
    say("done", ret=ret, data=str(data))
    context.close()


run(main)
