"""All push handlers: the cached state first, then what the market does."""
import collections
import threading

from common import api, eventually, ok, open_quote, run, say

got = collections.defaultdict(list)
lock = threading.Lock()


def handler(base, name):
    class Handler(base):
        def on_recv_rsp(self, rsp):
            answer = super().on_recv_rsp(rsp)
            assert answer[0] == api.RET_OK, (name, answer)
            with lock:
                got[name].append(answer[1])
            return answer
    return Handler()


def main():
    q = open_quote()
    for base, name in ((api.StockQuoteHandlerBase, "quote"), (api.CurKlineHandlerBase, "kline"),
                       (api.RTDataHandlerBase, "rt"), (api.TickerHandlerBase, "ticker"),
                       (api.OrderBookHandlerBase, "book"), (api.BrokerHandlerBase, "broker")):
        assert q.set_handler(handler(base, name)) == api.RET_OK
    ok(q.subscribe(["HK.00700"], [api.SubType.QUOTE, api.SubType.K_1M, api.SubType.RT_DATA, api.SubType.TICKER,
                                  api.SubType.ORDER_BOOK, api.SubType.BROKER]))
    for name in ("quote", "kline", "rt", "book", "broker"):
        eventually(lambda: got[name], f"the first push of {name}")
    for name in ("quote", "kline", "rt", "ticker", "book", "broker"):
        eventually(lambda: len(got[name]) >= 5, f"live pushes of {name}")
    with lock:
        ticks = [row for frame in got["ticker"] for row in frame.to_dict("records")]
        sequences = [row["sequence"] for row in ticks if row["push_data_type"] != "CACHE"]
        assert sequences == sorted(set(sequences)), "ticks are neither doubled nor out of order"
        for book in got["book"]:
            assert not book["Bid"] or not book["Ask"] or book["Bid"][0][0] < book["Ask"][0][0], book
        assert {frame.k_type[0] for frame in got["kline"]} == {"K_1M"}
    say("done")
    q.close()


run(main)
