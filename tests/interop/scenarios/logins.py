"""Two logins in one process: the contexts of one port see nothing of the other's. Settings: other, the
second port; user_ids of both; trading passwords of both."""
from common import HOST, PORT, api, eventually, ok, run, say, settings


class Orders(api.TradeOrderHandlerBase):
    def __init__(self):
        super().__init__()
        self.got = set()

    def on_recv_rsp(self, rsp):
        ret, data = super().on_recv_rsp(rsp)
        assert ret == api.RET_OK, data
        self.got |= set(data.order_id)
        return ret, data


def main():
    ports = (PORT, settings["other"])
    quotes = [api.OpenQuoteContext(host=HOST, port=port) for port in ports]
    trades = [api.OpenSecTradeContext(filter_trdmarket="US", host=HOST, port=port) for port in ports]
    heard = [Orders(), Orders()]
    users = [str(ok(q.get_user_info())["user_id"]) for q in quotes]
    assert users == [str(u) for u in settings["user_ids"]], users
    lists = [ok(t.get_acc_list()) for t in trades]
    assert not set(lists[0].acc_id) & set(lists[1].acc_id) and len(lists[0]) and len(lists[1])
    papers = [int(a[(a.trd_env == "SIMULATE")].acc_id.iloc[0]) for a in lists]
    reals = [int(a[(a.trd_env == "REAL")].acc_id.iloc[0]) for a in lists]
    for trade, orders in zip(trades, heard):
        assert trade.set_handler(orders) == api.RET_OK

    ids = [ok(t.place_order(100, 10, "US.AAPL", "BUY", trd_env="SIMULATE", acc_id=a)).order_id[0]
           for t, a in zip(trades, papers)]
    for trade, account, mine, orders in zip(trades, papers, ids, heard):
        eventually(lambda: mine in orders.got, "the push of its own order")
        assert list(ok(trade.order_list_query(trd_env="SIMULATE", acc_id=account)).order_id) == [mine]
    for trade, account, other in zip(trades, papers, ids[::-1]):
        ret, text = trade.modify_order("CANCEL", other, 0, 0, trd_env="SIMULATE", acc_id=account)
        assert ret == api.RET_ERROR and "unknown order" in text, text
    for trade, foreign in zip(trades, papers[::-1]):
        ret, text = trade.accinfo_query(trd_env="SIMULATE", acc_id=foreign)
        assert ret == api.RET_ERROR and "onexisting acc_id" in text, text

    ret, text = trades[0].unlock_trade(settings["passwords"][1])
    assert ret == api.RET_ERROR and "password" in text, text
    ok(trades[0].unlock_trade(settings["passwords"][0]))
    ok(trades[0].place_order(100, 10, "US.AAPL", "BUY", trd_env="REAL", acc_id=reals[0]))
    ret, text = trades[1].place_order(100, 10, "US.AAPL", "BUY", trd_env="REAL", acc_id=reals[1])
    assert ret == api.RET_ERROR and "unlock" in text, text  # the lock of the other one

    ok(quotes[0].subscribe(["US.AAPL", "HK.00700"], ["QUOTE"], subscribe_push=False))
    ok(quotes[1].subscribe(["US.AAPL"], ["QUOTE"], subscribe_push=False))
    assert [ok(q.query_subscription())["total_used"] for q in quotes] == [2, 1]
    ok(quotes[0].modify_user_security("A", "ADD", ["US.MSFT"]))
    assert ["US.MSFT" in list(ok(q.get_user_security("A")).code) for q in quotes] == [True, False]
    assert not heard[0].got & heard[1].got, (heard[0].got, heard[1].got)
    say("done")


run(main)
