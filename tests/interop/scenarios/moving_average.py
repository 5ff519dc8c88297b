"""A double moving average, typed as a new user types the manual's first strategy: one stock, its book,
ticks and one-minute bars by push; at each new bar the state of the market, the last bars, a signal, and
what would be ordered at the book's best price. The orders themselves need the broker."""
from common import HOST, PORT, api, eventually, run, say

CODE, PERIOD, FAST, SLOW = "HK.00700", api.KLType.K_1M, 1, 3
OPEN = (api.MarketState.MORNING, api.MarketState.AFTERNOON, api.MarketState.FUTURE_DAY_OPEN,
        api.MarketState.FUTURE_OPEN, api.MarketState.FUTURE_BREAK_OVER, api.MarketState.NIGHT_OPEN)

quote_context = api.OpenQuoteContext(host=HOST, port=PORT)
ticks, signals, orders, problems = [], [], [], []
holding = 0


def is_normal_trading_time(code):
    ret, data = quote_context.get_market_state([code])
    if ret != api.RET_OK:
        problems.append(data)
        return False
    return data["market_state"][0] in OPEN


def calculate_bull_bear(code, fast, slow):
    ret, data = quote_context.get_cur_kline(code=code, num=slow + 1, ktype=PERIOD)
    if ret != api.RET_OK:
        problems.append(data)
        return 0
    closes = data["close"].values.tolist()[::-1]  # the newest, unfinished bar comes first
    if len(closes) <= slow:
        return 0
    fast_value, slow_value = sum(closes[1:fast + 1]) / fast, sum(closes[1:slow + 1]) / slow
    return 1 if fast_value >= slow_value else -1


def get_ask_and_bid(code):
    ret, data = quote_context.get_order_book(code, num=1)
    if ret != api.RET_OK:
        problems.append(data)
        return None, None
    return data["Ask"][0][0], data["Bid"][0][0]


def calculate_quantity():
    ret, data = quote_context.get_market_snapshot([CODE])
    if ret != api.RET_OK:
        problems.append(data)
        return 0
    return int(data["lot_size"][0])


def on_bar_open():
    global holding
    if not is_normal_trading_time(CODE):
        return
    signal = calculate_bull_bear(CODE, FAST, SLOW)
    signals.append(signal)
    ask, bid = get_ask_and_bid(CODE)
    if holding == 0 and signal == 1:
        holding = calculate_quantity()
        orders.append(("BUY", ask, holding))
    elif holding > 0 and signal == -1:
        orders.append(("SELL", bid, holding))
        holding = 0
    if not ask or not bid or ask <= bid:
        problems.append((ask, bid))


class OnTickClass(api.TickerHandlerBase):
    def on_recv_rsp(self, rsp_pb):
        ticks.append(1)


class OnBarClass(api.CurKlineHandlerBase):
    last_time = None

    def on_recv_rsp(self, rsp_pb):
        ret, data = super().on_recv_rsp(rsp_pb)
        if ret != api.RET_OK:
            problems.append(data)
            return
        now = data["time_key"][0]
        if now != self.last_time and data["k_type"][0] == PERIOD:
            if self.last_time is not None:
                on_bar_open()  # calls inside the callback, as the manual's strategy makes them
            self.last_time = now


def main():
    quote_context.set_handler(OnTickClass())
    quote_context.set_handler(OnBarClass())
    ret, data = quote_context.subscribe(code_list=[CODE], subtype_list=[api.SubType.TICKER, api.SubType.ORDER_BOOK, PERIOD])
    assert ret == api.RET_OK, data
    eventually(lambda: len(signals) >= 8 or problems, "eight bars", timeout=60)
    eventually(lambda: len(ticks) >= 10 or problems, "ten pushes of ticks", timeout=60)
    eventually(lambda: len(orders) >= 2 or problems, "a buy and a sell", timeout=60)
    assert not problems, problems
    assert set(signals) <= {1, -1}, signals
    assert [side for side, _, _ in orders[:2]] == ["BUY", "SELL"] and all(q == 100 and p > 0 for _, p, q in orders), orders
    say("done", orders=len(orders), bars=len(signals))
    quote_context.close()


run(main)
