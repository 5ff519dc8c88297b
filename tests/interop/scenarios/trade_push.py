"""Order and fill pushes on two connections: both get all of them, in the order of events, and a
connection that asked for other accounts gets none."""
import threading

from common import HOST, PORT, api, eventually, ok, run, say

PAPER_US = 1619199
lock = threading.Lock()


def listen(context):
    got = {"orders": [], "deals": []}

    def handler(base, kind):
        class Handler(base):
            def on_recv_rsp(self, rsp):
                ret, data = super().on_recv_rsp(rsp)
                assert ret == api.RET_OK, data
                with lock:
                    got[kind] += data.to_dict("records")
                return ret, data
        return Handler()

    assert context.set_handler(handler(api.TradeOrderHandlerBase, "orders")) == api.RET_OK
    assert context.set_handler(handler(api.TradeDealHandlerBase, "deals")) == api.RET_OK
    return got


def open_sec(market):
    return api.OpenSecTradeContext(filter_trdmarket=market, host=HOST, port=PORT)


def states(got, order_id):
    with lock:
        return [row["order_status"] for row in got["orders"] if row["order_id"] == order_id]


def main():
    trader, watcher, stranger = open_sec("US"), open_sec("N/A"), open_sec("CN")
    heard = [listen(trader), listen(watcher)]
    unheard = listen(stranger)
    who = dict(trd_env="SIMULATE", acc_id=PAPER_US)
    ok(stranger.get_acc_list())

    rest = ok(trader.place_order(100, 10, "US.AAPL", "BUY", remark="watched", **who)).order_id[0]
    for got in heard:
        eventually(lambda: states(got, rest)[-1:] == ["SUBMITTED"], "SUBMITTED")
    ok(trader.modify_order("NORMAL", rest, 20, 101, **who))
    ok(trader.modify_order("CANCEL", rest, 0, 0, **who))
    for got in heard:
        eventually(lambda: states(got, rest)[-1:] == ["CANCELLED_ALL"], "CANCELLED_ALL")
        with lock:
            rows = [row for row in got["orders"] if row["order_id"] == rest]
        assert (100, 10) in [(r["price"], r["qty"]) for r in rows], rows
        assert (101, 20) in [(r["price"], r["qty"]) for r in rows], rows
        assert {(r["code"], r["trd_env"], r["trd_market"], r["remark"], r["currency"]) for r in rows} == \
            {("US.AAPL", "SIMULATE", "US", "watched", "USD")}, rows

    fill = ok(trader.place_order(0, 50, "US.AAPL", "BUY", "MARKET", **who)).order_id[0]
    eventually(lambda: states(heard[0], fill)[-1:] == ["FILLED_ALL"], "FILLED_ALL")
    deals = ok(watcher.deal_list_query(**who))
    for got in heard:
        eventually(lambda: states(got, fill)[-1:] == ["FILLED_ALL"], "FILLED_ALL on both")
        eventually(lambda: len(got["deals"]) == len(deals), "every fill")
        with lock:
            pushed = [(str(d["deal_id"]), d["qty"], d["price"], d["order_id"]) for d in got["deals"]]
            dealt = [row["dealt_qty"] for row in got["orders"] if row["order_id"] == fill]
        asked = [(str(d.deal_id), d.qty, d.price, d.order_id) for d in deals.itertuples()]
        assert pushed == asked, (pushed, asked)
        assert dealt == sorted(dealt) and dealt[-1] == 50, dealt
    # One stream of events: both connections heard the same, in the same order.
    with lock:
        assert heard[0] == heard[1]
        assert not unheard["orders"] and not unheard["deals"], unheard
    say("done")
    for context in (trader, watcher, stranger):
        context.close()


run(main)
