"""A double moving average, typed as a new user types the manual's first strategy: one stock, its book,
ticks and one-minute bars by push; at each new bar the state of the market, the last bars, a signal, the
position that is held, the largest quantity, and an order at the book's best price on the paper account."""
from common import HOST, PORT, api, eventually, run, say, settings

CODE, PERIOD, FAST, SLOW = "HK.00700", api.KLType.K_1M, 1, 3
ENVIRONMENT, MARKET = api.TrdEnv.SIMULATE, api.TrdMarket.HK
OPEN = (api.MarketState.MORNING, api.MarketState.AFTERNOON, api.MarketState.FUTURE_DAY_OPEN,
        api.MarketState.FUTURE_OPEN, api.MarketState.FUTURE_BREAK_OVER, api.MarketState.NIGHT_OPEN)

quote_context = api.OpenQuoteContext(host=HOST, port=PORT)
trade_context = api.OpenSecTradeContext(filter_trdmarket=MARKET, host=HOST, port=PORT,
                                        security_firm=api.SecurityFirm.FUTUSECURITIES)
ticks, signals, statuses, problems = [], [], [], []


def is_normal_trading_time(code):
    ret, data = quote_context.get_market_state([code])
    if ret != api.RET_OK:
        problems.append(data)
        return False
    return data["market_state"][0] in OPEN


def get_holding_position(code):
    ret, data = trade_context.position_list_query(code=code, trd_env=ENVIRONMENT)
    if ret != api.RET_OK:
        problems.append(data)
        return None
    return sum(data["qty"].values.tolist())


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
    return data["lot_size"][0]


def is_valid_quantity(code, quantity, price):
    ret, data = trade_context.acctradinginfo_query(order_type=api.OrderType.NORMAL, code=code, price=price,
                                                   trd_env=ENVIRONMENT)
    if ret != api.RET_OK:
        problems.append(data)
        return False
    return 0 < quantity < data["max_cash_buy"][0]


def order(side, price, quantity):
    ret, data = trade_context.place_order(price=price, qty=quantity, code=CODE, trd_side=side,
                                          order_type=api.OrderType.NORMAL, trd_env=ENVIRONMENT,
                                          remark="moving_average_strategy")
    # As the manual's strategy it does not remember an order that still rests: the next bar's sale of the
    # same holding is refused, and that is all.
    if ret != api.RET_OK and "can be sold" not in data:
        problems.append(data)


def on_bar_open():
    if not is_normal_trading_time(CODE):
        return
    signal = calculate_bull_bear(CODE, FAST, SLOW)
    signals.append(signal)
    holding = get_holding_position(CODE)
    ask, bid = get_ask_and_bid(CODE)
    if holding == 0 and signal == 1:
        quantity = calculate_quantity()
        if is_valid_quantity(CODE, quantity, ask):
            order(api.TrdSide.BUY, ask, quantity)
    elif holding > 0 and signal == -1:
        order(api.TrdSide.SELL, bid, holding)
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


class OnOrderClass(api.TradeOrderHandlerBase):
    def on_recv_rsp(self, rsp_pb):
        ret, data = super().on_recv_rsp(rsp_pb)
        if ret != api.RET_OK:
            problems.append(data)
            return
        statuses.append((data["trd_side"][0], data["order_status"][0], data["remark"][0]))


def filled(side):
    return statuses.count((side, "FILLED_ALL", "moving_average_strategy"))


def main():
    quote_context.set_handler(OnTickClass())
    quote_context.set_handler(OnBarClass())
    trade_context.set_handler(OnOrderClass())
    ret, data = quote_context.subscribe(code_list=[CODE], subtype_list=[api.SubType.TICKER, api.SubType.ORDER_BOOK, PERIOD])
    assert ret == api.RET_OK, data
    eventually(lambda: len(ticks) >= 10 or problems, "ten pushes of ticks", timeout=60)
    eventually(lambda: len(signals) >= settings.get("bars", 120) or problems, "its bars", timeout=120)
    eventually(lambda: (filled("BUY") >= 3 and filled("SELL") >= 3) or problems, "positions opened and closed", timeout=60)
    assert not problems, problems
    assert set(signals) <= {1, -1}, signals
    say("done", bars=len(signals), opened=filled("BUY"), closed=filled("SELL"))
    quote_context.close()
    trade_context.close()


run(main)
