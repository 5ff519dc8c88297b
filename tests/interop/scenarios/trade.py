"""Every trade method of the vendor's client on a real and on simulated accounts: columns, and
arithmetic against figures worked out here from the published rates, not from the gateway's tables.
The world stands at 2026-11-24 15:00 UTC; limits are off."""
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from common import HOST, PORT, api, eventually, ok, run, say

REAL, PAPER = api.TrdEnv.REAL, api.TrdEnv.SIMULATE
UNIVERSAL, FUTURES = 281756479345015383, 281756479345015384
PAPER_HK, PAPER_US, PAPER_JP_FUTURES = 8377516, 1619199, 9497811
CASH = Decimal(1000000)
DONE = {"FILLED_ALL", "CANCELLED_ALL", "CANCELLED_PART", "FAILED"}


def number(value):
    return Decimal(str(value))


def cents(value):
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def refused(result, *words):
    ret, text = result
    assert ret == api.RET_ERROR and isinstance(text, str), result
    for word in words:
        assert word in text, (word, text)


def order(context, order_id, **who):
    rows = ok(context.order_list_query(order_id=order_id, **who))
    assert len(rows) == 1 and rows.order_id[0] == order_id, rows
    return rows.iloc[0]


def reaches(context, order_id, wanted, **who):
    """Waits until the order is in one of these states, and returns its row."""
    def look():
        row = order(context, order_id, **who)
        return (row,) if row.order_status in wanted else None
    return eventually(look, f"{order_id} becomes one of {wanted}", 20)[0]


def place(context, code, side, qty, price=0, order_type=api.OrderType.NORMAL, **more):
    rows = ok(context.place_order(price=price, qty=qty, code=code, trd_side=side, order_type=order_type, **more))
    row = rows.iloc[0]
    assert row.code == code and row.qty == qty and row.order_type == order_type, row
    return row


# --- accounts ---------------------------------------------------------------------------------------

def check_accounts(sec, fut):
    rows = ok(sec.get_acc_list())
    assert list(rows.acc_id) == [UNIVERSAL, 8377516, 10741586, PAPER_US, 3450311, 281756455983234027], rows
    assert list(rows.trd_env) == ["REAL"] + ["SIMULATE"] * 4 + ["REAL"], rows
    assert list(rows.acc_type) == ["MARGIN", "CASH", "MARGIN", "MARGIN", "CASH", "MARGIN"], rows
    assert list(rows.sim_acc_type) == ["N/A", "STOCK", "OPTION", "STOCK_AND_OPTION", "STOCK", "N/A"], rows
    assert list(rows.trdmarket_auth) == [["HK", "US", "HKCC"], ["HK"], ["HK"], ["US"], ["CN"], ["HK"]], rows
    assert list(rows.acc_status) == ["ACTIVE"] * 5 + ["DISABLED"], rows
    assert list(rows.security_firm) == ["FUTUSECURITIES"] + ["N/A"] * 4 + ["FUTUSECURITIES"], rows
    assert list(rows.acc_role) == ["NORMAL"] + ["N/A"] * 4 + ["NORMAL"], rows
    assert (rows.uni_card_num[1:] == "N/A").all() and rows.uni_card_num[0] != "N/A", rows
    rows = ok(fut.get_acc_list())
    assert list(rows.acc_id) == [FUTURES, 9497808, 9497809, 9497810, 9497811], rows
    assert [auth[0] for auth in rows.trdmarket_auth] == ["FUTURES", "FUTURES_SIMULATE_HK", "FUTURES_SIMULATE_US",
                                                         "FUTURES_SIMULATE_SG", "FUTURES_SIMULATE_JP"], rows


def check_lock(sec):
    who = dict(trd_env=REAL, acc_id=UNIVERSAL)
    buy = dict(price=500, qty=100, code="HK.00700", trd_side="BUY", **who)
    refused(sec.place_order(**buy), "unlock needed")
    refused(sec.unlock_trade("654321"), "password")
    refused(sec.place_order(**buy), "unlock needed")
    refused(sec.cancel_all_order(**who), "unlock needed")
    assert sec.unlock_trade("123456") == (api.RET_OK, None)
    assert sec.unlock_trade(is_unlock=False) == (api.RET_OK, None)
    refused(sec.place_order(**buy), "unlock needed")
    assert sec.unlock_trade(password_md5="e10adc3949ba59abbe56e057f20f883e") == (api.RET_OK, None)
    assert ok(sec.order_list_query(**who)).empty


# --- one round trip in Hong Kong, to the cent ---------------------------------------------------------

def hk_fees(deals):
    """Fixed plan of FUTU HK for stocks (market-rules.md 7): per order commission 0.03 %, at least 3,
    and platform 15; per trade settlement 0.0042 %, SFC levy 0.0027 %, AFRC 0.00015 %, trading fee
    0.00565 %, and stamp duty 0.1 % rounded up to a dollar."""
    whole = sum(price * qty for price, qty in deals)
    total = max(cents(whole * Decimal("0.0003")), Decimal(3)) + 15
    for price, qty in deals:
        value = price * qty
        total += cents(value * Decimal("0.000042")) + cents(value * Decimal("0.0000015"))
        total += max(cents(value * Decimal("0.000027")), Decimal("0.01"))
        total += max(cents(value * Decimal("0.0000565")), Decimal("0.01"))
        total += (value * Decimal("0.001")).quantize(Decimal(1), ROUND_CEILING)
    return total


def deals_of(context, order_id, **who):
    rows = ok(context.deal_list_query(**who))
    rows = rows[rows.order_id == order_id]
    assert len(rows) and rows.deal_id.is_unique and (rows.status == "OK").all(), rows
    return [(number(r.price), number(r.qty)) for r in rows.itertuples()]


def check_hong_kong(sec):
    who = dict(trd_env=REAL, acc_id=UNIVERSAL)
    before = ok(sec.accinfo_query(currency="HKD", **who)).iloc[0]
    assert number(before.cash) == CASH == number(before.total_assets) and before.currency == "HKD", before
    limit = place(sec, "HK.00700", "BUY", 200, 600, remark="asdfg+=@@@", time_in_force="GTC", **who)
    assert limit.remark == "asdfg+=@@@" and limit.time_in_force == "GTC", limit
    # Resting: its money is on hold, and the largest quantity is what the rest of it buys.
    rest = reaches(sec, limit.order_id, {"SUBMITTED"}, **who)
    assert rest.price == 600 and rest.dealt_qty == 0 and rest.currency == "HKD" and rest.order_market == "HK", rest
    held = ok(sec.accinfo_query(currency="HKD", **who)).iloc[0]
    assert number(held.cash) == CASH and held.frozen_cash > 0 and held.power < before.power, held
    ok(sec.modify_order("NORMAL", limit.order_id, 100, 598.5, **who))
    changed = order(sec, limit.order_id, **who)
    assert (changed.qty, changed.price) == (100, 598.5) and changed.order_status == "SUBMITTED", changed
    refused(sec.modify_order("NORMAL", limit.order_id, 150, 598.5, **who), "150", "100")
    assert ok(sec.modify_order("CANCEL", limit.order_id, 0, 0, **who)).order_id[0] == limit.order_id
    reaches(sec, limit.order_id, {"CANCELLED_ALL"}, **who)
    refused(sec.modify_order("CANCEL", limit.order_id, 0, 0, **who), limit.order_id, "cancel")
    refused(sec.modify_order("NORMAL", limit.order_id, 100, 600, **who), limit.order_id)
    free = ok(sec.accinfo_query(currency="HKD", **who)).iloc[0]
    assert free.frozen_cash == 0 and free.power == before.power, free

    bought = place(sec, "HK.00700", "BUY", 100, order_type="MARKET", **who)
    bought = reaches(sec, bought.order_id, {"FILLED_ALL"}, **who)
    deals = deals_of(sec, bought.order_id, **who)
    paid, fees = sum(p * q for p, q in deals), hk_fees(deals)
    assert sum(q for _, q in deals) == 100 and number(bought.dealt_avg_price) == paid / 100, (bought, deals)
    fee = ok(sec.order_fee_query([bought.order_id], **who)).iloc[0]
    assert number(fee.fee_amount) == fees, (fee, fees, deals)
    assert sum(number(v) for _, v in fee.fee_details) == fees, fee
    assert dict(fee.fee_details)["Platform Fee"] == 15, fee
    funds = ok(sec.accinfo_query(currency="HKD", **who)).iloc[0]
    assert number(funds.cash) == CASH - paid - fees == number(funds.hk_cash), (funds.cash, paid, fees)

    def look():  # the price moves between two questions
        p = ok(sec.position_list_query(code="HK.00700", **who)).iloc[0]
        f = ok(sec.accinfo_query(currency="HKD", **who)).iloc[0]
        return (p, f) if number(f.market_val) == number(p.market_val) else None
    position, funds = eventually(look, "funds and position at one price")
    price = number(position.nominal_price)
    assert position.qty == position.can_sell_qty == 100 and position.position_side == "LONG", position
    assert number(position.market_val) == price * 100 and position.currency == "HKD", position
    assert number(position.cost_price) == number(position.average_cost) == paid / 100, position
    assert number(position.pl_val) == number(position.unrealized_pl) == price * 100 - paid, position
    percent = (price * 100 - paid) / paid * 100
    assert abs(number(position.pl_ratio) - percent) < Decimal("0.001"), (position.pl_ratio, percent)
    assert number(position.today_buy_val) == paid and position.today_buy_qty == 100, position
    assert number(funds.total_assets) == number(funds.cash) + number(funds.market_val), funds
    # 00700: initial 35 %, maintenance 25 % (the vendor's sample, trade.md 4.8).
    assert number(funds.initial_margin) == price * 35 and number(funds.maintenance_margin) == price * 25, funds
    assert ok(sec.position_list_query(pl_ratio_min=float(percent) + 5, **who)).empty
    assert len(ok(sec.position_list_query(pl_ratio_min=float(percent) - 5, pl_ratio_max=float(percent) + 5, **who))) == 1
    assert ok(sec.position_list_query(code="HK.00005", **who)).empty
    assert ok(sec.position_list_query(position_market="US", **who)).empty

    day = bought.create_time[:10]
    flow = ok(sec.get_acc_cash_flow(clearing_date=day, **who))
    assert sum(number(v) for v in flow.cashflow_amount) == -paid - fees or \
        sum(number(v) for v in flow.cashflow_amount) == CASH - paid - fees, flow
    out = ok(sec.get_acc_cash_flow(clearing_date=day, cashflow_direction="OUT", **who))
    assert sum(number(v) for v in out.cashflow_amount) == -paid - fees and (out.currency == "HKD").all(), out
    assert flow.cashflow_id.is_unique and (flow.clearing_date == day).all(), flow

    sold = place(sec, "HK.00700", "SELL", 100, order_type="MARKET", **who)
    sold = reaches(sec, sold.order_id, {"FILLED_ALL"}, **who)
    sales = deals_of(sec, sold.order_id, **who)
    got, more = sum(p * q for p, q in sales), hk_fees(sales)
    funds = ok(sec.accinfo_query(currency="HKD", **who)).iloc[0]
    assert number(funds.cash) == CASH - paid - fees + got - more == number(funds.total_assets), funds
    flat = ok(sec.position_list_query(code="HK.00700", **who)).iloc[0]
    assert flat.qty == 0 and number(flat.realized_pl) == got - paid, flat
    assert number(flat.today_trd_val) == paid + got, flat
    both = ok(sec.order_fee_query([sold.order_id, bought.order_id], **who))
    assert list(both.order_id) == [sold.order_id, bought.order_id] and number(both.fee_amount[0]) == more, both
    return bought.order_id, sold.order_id


# --- every order type ---------------------------------------------------------------------------------

def check_order_types(sec):
    who = dict(trd_env=REAL, acc_id=UNIVERSAL)
    last = place(sec, "HK.00700", "BUY", 100, order_type="MARKET", **who)
    last = reaches(sec, last.order_id, {"FILLED_ALL"}, **who).dealt_avg_price
    below, above = 0.5 * int(last * 0.95 / 0.5), 0.5 * int(last * 1.05 / 0.5)
    place_kept = {
        "ABSOLUTE_LIMIT": dict(price=below), "NORMAL": dict(price=below),
        "STOP": dict(aux_price=above), "STOP_LIMIT": dict(aux_price=above, price=above),
        "MARKET_IF_TOUCHED": dict(aux_price=below), "LIMIT_IF_TOUCHED": dict(aux_price=below, price=below),
        "TRAILING_STOP": dict(trail_type="RATIO", trail_value=8.25),
        "TRAILING_STOP_LIMIT": dict(trail_type="AMOUNT", trail_value=40, trail_spread=1),
    }
    kept = []
    for order_type, terms in place_kept.items():
        row = place(sec, "HK.00700", "BUY", 100, order_type=order_type, **{"price": 0, **terms}, **who)
        row = reaches(sec, row.order_id, {"SUBMITTED", "WAITING_SUBMIT"}, **who)
        kept.append(row.order_id)
        for column, value in terms.items():
            assert row[column] == value, (order_type, column, row)
        for column in ("aux_price", "trail_type", "trail_value", "trail_spread"):
            assert (column in terms) == (row[column] != "N/A"), (order_type, column, row)
    for order_type in ("SPECIAL_LIMIT", "SPECIAL_LIMIT_ALL"):  # nothing to fill at this price: gone at once
        row = place(sec, "HK.00700", "BUY", 100, below, order_type, **who)
        assert reaches(sec, row.order_id, DONE, **who).order_status in ("CANCELLED_ALL", "FAILED"), row
    for order_type in ("AUCTION", "AUCTION_LIMIT"):  # the market that never closes has no auctions
        ret, data = sec.place_order(below, 100, "HK.00700", "BUY", order_type, **who)
        assert ret == api.RET_ERROR and "auction" in data.lower() or ret == api.RET_OK, data
    open_ones = ok(sec.order_list_query(status_filter_list=["SUBMITTED", "WAITING_SUBMIT"], **who))
    assert set(kept) <= set(open_ones.order_id), (kept, open_ones)
    assert open_ones.create_time.is_monotonic_increasing, open_ones
    assert ok(sec.order_list_query(code="US.AAPL", **who)).empty
    assert ok(sec.order_list_query(order_market="US", **who)).empty
    ret, data = sec.modify_order("DISABLE", kept[1], 0, 0, **who)
    assert ret == api.RET_OK, data
    reaches(sec, kept[1], {"DISABLED"}, **who)
    ok(sec.modify_order("ENABLE", kept[1], 0, 0, **who))
    reaches(sec, kept[1], {"SUBMITTED"}, **who)
    assert sec.cancel_all_order(**who) == (api.RET_OK, "success")
    for order_id in kept:
        reaches(sec, order_id, {"CANCELLED_ALL"}, **who)
    ok(sec.modify_order("DELETE", kept[0], 0, 0, **who))
    assert kept[0] not in list(ok(sec.order_list_query(**who)).order_id)
    assert order(sec, kept[0], **who).order_status == "DELETED"
    # Price tweak: 0.3 off the grid of 0.5, upwards by at most 0.1 %, then by too little.
    tweaked = place(sec, "HK.00700", "BUY", 100, below + 0.2, adjust_limit=0.001, **who)
    assert tweaked.price == below + 0.5, tweaked
    refused(sec.place_order(below + 0.2, 100, "HK.00700", "BUY", adjust_limit=0.00001, **who), "tick")
    place(sec, "US.AAPL", "BUY", 10, 200, session="ALL", time_in_force="GTC", **who)
    place(sec, "US.AAPL", "BUY", 10, 200, fill_outside_rth=True, **who)
    ok(sec.cancel_all_order(trdmarket="US", **who))
    eventually(lambda: set(ok(sec.order_list_query(order_market="US", **who)).order_status) == {"CANCELLED_ALL"},
               "US orders are cancelled")
    assert order(sec, tweaked.order_id, **who).order_status == "SUBMITTED"
    ok(sec.cancel_all_order(**who))


# --- paper, futures, combos -----------------------------------------------------------------------------

def check_paper(sec):
    who = dict(trd_env=PAPER, acc_id=PAPER_US)
    row = place(sec, "US.AAPL", "BUY", 10, order_type="MARKET", **who)
    row = reaches(sec, row.order_id, {"FILLED_ALL"}, **who)
    deals = deals_of(sec, row.order_id, **who)
    paid = sum(p * q for p, q in deals)
    # 10 shares: commission at least 0.99, platform at least 1, settlement 0.003 a share, CAT below a cent.
    fees = ok(sec.order_fee_query([row.order_id], **who)).fee_amount[0]
    assert number(fees) == Decimal("0.99") + 1 + Decimal("0.03"), fees
    funds = ok(sec.accinfo_query(**who)).iloc[0]
    assert number(funds.cash) == CASH - paid - number(fees) and funds.currency == "N/A", funds
    most = ok(sec.acctradinginfo_query("NORMAL", "US.AAPL", 250, **who)).iloc[0]
    assert most.max_position_sell == 10 and most.max_cash_buy > 0, most
    limit = most.max_cash_and_margin_buy
    refused(sec.place_order(250, limit + 1, "US.AAPL", "BUY", **who), "insufficient", "missing")
    big = place(sec, "US.AAPL", "BUY", limit, 250, **who)
    assert ok(sec.acctradinginfo_query("NORMAL", "US.AAPL", 250, **who)).max_cash_and_margin_buy[0] == 0
    again = ok(sec.acctradinginfo_query("NORMAL", "US.AAPL", 250, order_id=big.order_id, **who)).iloc[0]
    assert again.max_cash_and_margin_buy == limit, (again, limit)
    ok(sec.cancel_all_order(**who))


def check_futures(fut):
    who = dict(trd_env=REAL, acc_id=FUTURES)
    row = place_main(fut, "HK.HSImain", "BUY", 1, **who)
    row = reaches(fut, row.order_id, {"FILLED_ALL"}, **who)
    assert row.code.startswith("HK.HSI2") and row.order_market == "FUTURES", row
    entry = number(row.dealt_avg_price)
    # HSI: exchange fee 10 and SFC levy 0.54 a contract; initial margin 80930, maintenance 64744.
    assert number(ok(fut.order_fee_query([row.order_id], **who)).fee_amount[0]) == Decimal("10.54")

    def look():
        p = ok(fut.position_list_query(**who)).iloc[0]
        f = ok(fut.accinfo_query(currency="HKD", **who)).iloc[0]
        return (p, f) if number(f.unrealized_pl) == number(p.unrealized_pl) else None
    position, funds = eventually(look, "funds and position at one price")
    assert number(position.unrealized_pl) == (number(position.nominal_price) - entry) * 50, position
    assert position.market_val == 0 and position.pl_ratio == "N/A" and position.diluted_cost == "N/A", position
    assert number(position.average_cost) == entry, position
    assert number(funds.initial_margin) == 80930 and number(funds.maintenance_margin) == 64744, funds
    assert funds.risk_level != "N/A" and funds.currency == "HKD", funds
    most = ok(fut.acctradinginfo_query("NORMAL", row.code, float(entry), **who)).iloc[0]
    assert most.long_required_im == 80930 and most.short_required_im == -80930, most
    assert most.max_position_sell == 1 and most.max_cash_and_margin_buy == "N/A", most
    usd = ok(fut.accinfo_query(currency="USD", **who)).iloc[0]
    assert 7 < funds.total_assets / usd.total_assets < 8.2, (funds, usd)
    back = place(fut, row.code, "SELL", 1, order_type="MARKET", **who)
    back = reaches(fut, back.order_id, {"FILLED_ALL"}, **who)
    funds = ok(fut.accinfo_query(currency="HKD", **who)).iloc[0]
    gain = (number(back.dealt_avg_price) - entry) * 50
    assert number(funds.cash) == CASH + gain - 2 * Decimal("10.54") and funds.initial_margin == 0, funds
    japan = dict(trd_env=PAPER, acc_id=PAPER_JP_FUTURES)
    refused(fut.place_order(0, 1, "JP.NK225main", "SELL", "MARKET", **japan), "3300000", "2300000")
    row = place_main(fut, "JP.NK225Mmain", "SELL", 1, **japan)
    assert reaches(fut, row.order_id, {"FILLED_ALL"}, **japan).order_market == "FUTURES_SIMULATE_JP"


def place_main(context, code, side, qty, **who):
    """A continuous contract stands for its month, which place() would not expect."""
    return ok(context.place_order(price=0, qty=qty, code=code, trd_side=side, order_type="MARKET", **who)).iloc[0]


def leg(code, side):
    made = api.ComboLeg()
    made.code, made.trd_side, made.qty_ratio = code, side, 1
    return made


def check_combos(sec):
    who = dict(trd_env=PAPER, acc_id=PAPER_US)
    low, high = "US.AAPL270115C270000", "US.AAPL270115C290000"
    legs = [leg(low, "BUY"), leg(high, "SELL")]
    impact = ok(sec.comboorder_tradinginfo_query(legs, price=12, qty=2, **who)).iloc[0]
    assert all(isinstance(v, float) for v in impact) and impact.bp_decrease > 0, impact
    row = ok(sec.place_combo_order(legs, price=20, qty=2, remark="spread", **who)).iloc[0]
    assert row.strategy_type != "N/A" and row.qty == 2 and row.remark == "spread", row
    assert row.code == "US.AAPL270115C270000/AAPL270115C290000", row
    row = reaches(sec, row.order_id, {"FILLED_ALL"}, **who)
    assert [part.code for part in row.combo_legs] == [low, high], row.combo_legs
    rows = ok(sec.position_list_query(**who)).set_index("code")
    assert rows.qty[low] == 2 and rows.qty[high] == -2 and rows.position_side[high] == "SHORT", rows
    view = ok(sec.position_list_query(show_option_strategy_view=True, **who)).set_index("code")
    for part in (low, high):
        assert str(view.combo_id[part]) == row.order_id, view.combo_id
        assert view.strategy_type[part] == row.strategy_type and view.position_type[part] != "N/A", view
        assert rows.combo_id[part] == "N/A", rows.combo_id
    net = number(rows.average_cost[low]) - number(rows.average_cost[high])
    assert abs(net - number(row.dealt_avg_price)) < Decimal("0.0001"), (net, row.dealt_avg_price)
    deals = ok(sec.deal_list_query(**who))
    assert set(deals[deals.order_id == row.order_id].code) == {low, high}, deals
    refused(sec.place_combo_order(legs[:1], price=20, qty=2, **who), "comboLegs")
    return row.order_id


# --- history, ratios ------------------------------------------------------------------------------------

def check_history(sec, bought, sold):
    who = dict(trd_env=REAL, acc_id=UNIVERSAL)
    window = dict(start="2026-11-20", end="2026-11-26")  # the client's own default is its machine's day
    rows = ok(sec.history_order_list_query(**window, **who))
    local = list(rows[rows.order_market == "HK"].create_time)  # each market has its own clock
    assert local == sorted(local, reverse=True) and rows.order_id.is_unique and len(local) > 10, rows
    assert {bought, sold} <= set(rows.order_id), rows
    rows = ok(sec.history_order_list_query(["FILLED_ALL"], code="HK.00700", **window, **who))
    assert set(rows.order_status) == {"FILLED_ALL"} and set(rows.code) == {"HK.00700"}, rows
    assert ok(sec.history_order_list_query(start="2026-10-01", end="2026-10-30", **who)).empty
    refused(sec.history_order_list_query(start="2026-11-26", end="2026-11-20", **who), "2026-11-26", "2026-11-20")
    row = rows[rows.order_id == bought].iloc[0]
    exact = ok(sec.history_order_list_query(start=row.create_time[:19], end=row.create_time[:19], **who))
    assert exact.empty or bought in list(exact.order_id)  # whole seconds: it is in there if it has no fraction
    deals = ok(sec.history_deal_list_query(**window, **who))
    assert list(deals.create_time) == sorted(deals.create_time, reverse=True) and deals.deal_id.is_unique, deals
    assert {bought, sold} <= set(deals.order_id) and (deals.deal_market == "HK").all(), deals
    assert (deals.counter_broker_id != "N/A").all(), deals
    legacy = dict(trd_env=REAL, acc_id=281756455983234027)
    assert ok(sec.history_order_list_query(**window, **legacy)).empty
    refused(sec.accinfo_query(**legacy), "disabled")
    ratios = ok(sec.get_margin_ratio(["HK.00700", "US.AAPL"])).iloc[0]
    assert list(ratios[["is_long_permit", "is_short_permit", "short_fee_rate", "alert_long_ratio", "im_long_ratio",
                        "mcm_long_ratio", "mm_long_ratio"]]) == [True, True, 0.89, 33, 35, 32, 25], ratios


def main():
    sec = api.OpenSecTradeContext(filter_trdmarket=api.TrdMarket.NONE, host=HOST, port=PORT)
    fut = api.OpenFutureTradeContext(host=HOST, port=PORT)
    assert sec.get_sync_conn_id() != 0
    check_accounts(sec, fut)
    check_lock(sec)
    bought, sold = check_hong_kong(sec)
    check_order_types(sec)
    check_paper(sec)
    check_futures(fut)
    check_combos(sec)
    check_history(sec, bought, sold)
    say("done", bought=bought)
    sec.close()
    fut.close()


run(main)
