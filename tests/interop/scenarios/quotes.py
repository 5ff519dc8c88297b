"""Every quote call of the client, for instruments of every kind; what a user would check by eye."""
from common import api, ok, open_quote, run, say, settings

STOCKS = ["HK.00700", "US.AAPL", "SH.600519", "SZ.000001"]
OTHERS = ["HK.800000", "HK.02800", "US.SPY", "HK.HSImain", "US.NQmain", "JP.NK225main", "HK.21901"]
WITH_BOOK = [c for c in STOCKS + OTHERS if c != "HK.800000"]
KTYPES = ["K_1M", "K_3M", "K_5M", "K_15M", "K_30M", "K_60M", "K_DAY", "K_WEEK", "K_MON", "K_QUARTER", "K_YEAR"]


def refused(answer, *words):
    ret, text = answer[0], answer[1]
    assert ret == api.RET_ERROR, answer
    for word in words:
        assert word in text, (word, text)


def check_bars(bars, minimum=1):
    assert len(bars) >= minimum, bars
    assert (bars.high >= bars[["open", "close", "low"]].max(axis=1)).all(), bars
    assert (bars.low <= bars[["open", "close", "high"]].min(axis=1)).all(), bars
    assert bars.time_key.is_monotonic_increasing and bars.time_key.is_unique, bars
    assert (bars.volume > 0).all() and (bars.turnover > 0).all(), bars
    # The close before is the last close of the bar before it.
    assert (abs(bars.last_close.iloc[1:].values - bars.close.iloc[:-1].values) < 1e-6).all(), bars


def check_subscription_rules(q):
    refused(q.get_stock_quote(["HK.00700"]), "HK.00700", "not subscribed")
    refused(q.get_order_book("HK.00700", 5), "HK.00700")
    refused(q.subscribe(["HK.00700", "HK.99999999"], [api.SubType.QUOTE]), "HK.99999999")
    assert ok(q.query_subscription())["total_used"] == 0, "one bad code must subscribe none"
    refused(q.subscribe(["US.AAPL"], [api.SubType.BROKER]), "US.AAPL")
    refused(q.subscribe(["US.AAPL"], [api.SubType.QUOTE], session=api.Session.OVERNIGHT))


def check_live(q):
    types = [api.SubType.QUOTE, api.SubType.ORDER_BOOK, api.SubType.TICKER, api.SubType.RT_DATA]
    ok(q.subscribe(STOCKS + OTHERS, types + [getattr(api.SubType, k) for k in KTYPES]))
    ok(q.subscribe(["HK.00700"], [api.SubType.BROKER]))
    info = ok(q.query_subscription())
    assert info["own_used"] == len(STOCKS + OTHERS) * (4 + len(KTYPES)) + 1, info
    assert info["total_used"] + info["remain"] == 2000, info
    refused(q.unsubscribe(["HK.00700"], [api.SubType.QUOTE]), "HK.00700", "60 s")

    quotes = ok(q.get_stock_quote(STOCKS + OTHERS))
    assert list(quotes.code) == STOCKS + OTHERS, quotes
    assert (quotes.last_price > 0).all() and (quotes.prev_close_price > 0).all(), quotes
    assert (quotes.high_price >= quotes.low_price).all(), quotes
    assert quotes.name.str.len().min() > 0 and not quotes.suspension.any(), quotes

    for code in WITH_BOOK:
        book = ok(q.get_order_book(code, 5))
        bids, asks = [l[0] for l in book["Bid"]], [l[0] for l in book["Ask"]]
        assert bids and asks and bids[0] < asks[0], book
        assert bids == sorted(bids, reverse=True) and asks == sorted(asks), book
        assert all(l[1] > 0 and l[2] > 0 for l in book["Bid"] + book["Ask"]), book
    ret, bid, ask = q.get_broker_queue("HK.00700")
    assert ret == api.RET_OK and len(bid) and len(ask) and (bid.bid_broker_pos >= 1).all(), (ret, bid)

    for code in STOCKS + OTHERS:
        points = ok(q.get_rt_data(code))
        assert len(points) and points.time.is_monotonic_increasing and (points.cur_price > 0).all(), points
        for ktype in KTYPES:
            check_bars(ok(q.get_cur_kline(code, 5 if ktype == "K_YEAR" else 20, getattr(api.KLType, ktype))))
    refused(q.get_cur_kline("HK.00700", 0, api.KLType.K_1M))


def check_history(q):
    check_bars(q.request_history_kline("HK.21901", start="2026-11-01", end="2026-11-30")[1], 5)
    for code in STOCKS + OTHERS[:-1]:  # the warrant was not yet listed then
        for ktype in ("K_60M", "K_DAY", "K_WEEK"):
            for autype in (api.AuType.NONE, api.AuType.QFQ, api.AuType.HFQ):
                ret, bars, key = q.request_history_kline(code, start="2025-09-01", end="2025-10-31",
                                                         ktype=getattr(api.KLType, ktype), autype=autype,
                                                         max_count=None)
                assert ret == api.RET_OK and key is None, (code, bars)
                check_bars(bars, 6)
    # Pages join without gap or overlap, and minutes make the day.
    ret, whole, key = q.request_history_kline("US.AAPL", start="2025-09-01", end="2025-10-31", max_count=None)
    pages, key, first = [], None, True
    while first or key is not None:
        ret, page, key = q.request_history_kline("US.AAPL", start="2025-09-01", end="2025-10-31", max_count=7,
                                                 page_req_key=key)
        assert ret == api.RET_OK and len(page) <= 7, page
        pages += list(page.time_key)
        first = False
    assert pages == list(whole.time_key), (pages, list(whole.time_key))
    ret, minutes, key = q.request_history_kline("HK.00700", start="2025-09-03", end="2025-09-03", max_count=None,
                                                ktype=api.KLType.K_1M, autype=api.AuType.NONE)
    ret, day, key = q.request_history_kline("HK.00700", start="2025-09-03", end="2025-09-03", autype=api.AuType.NONE)
    assert len(day) == 1 and minutes.volume.sum() == day.volume[0] and minutes.high.max() == day.high[0], day
    assert minutes.time_key.iloc[0].endswith("09:30:00") and minutes.time_key.iloc[-1].endswith("16:00:00"), minutes
    assert len(minutes) == 331, len(minutes)

    refused(q.request_history_kline("HK.00700", start="2025-10-01", end="2025-09-01"), "beginTime")
    refused(q.request_history_kline("HK.00700", start="2025-10-01", end="2025-10-02", page_req_key=b"not ours"),
            "nextReqKey")
    refused(q.request_history_kline("HK.12345678", start="2025-10-01", end="2025-10-02"), "HK.12345678")
    used, remain, detail = ok(q.get_history_kl_quota(get_detail=True))
    assert used == len(STOCKS + OTHERS) == len(detail) and used + remain == 2000, (used, remain, detail)

    rehab = ok(q.get_rehab("HK.00700"))
    assert list(rehab.ex_div_date) == sorted(rehab.ex_div_date), rehab
    days = ok(q.request_trading_days(api.TradeDateMarket.HK, start="2020-04-01", end="2020-04-10"))
    assert [d["time"][-2:] for d in days] == ["01", "02", "03", "06", "07", "08", "09"], days
    days = ok(q.request_trading_days(api.TradeDateMarket.HK, start="2023-09-04", end="2023-09-08"))
    assert len(days) == 5, "a closure by weather at short notice is not taken out"
    days = ok(q.request_trading_days(api.TradeDateMarket.HK, start="2020-04-01", end="2020-04-10"))
    assert days == ok(q.request_trading_days(start="2020-04-01", end="2020-04-10", code="HK.00700"))


def check_basics(q):
    stocks = ok(q.get_stock_basicinfo(api.Market.HK, api.SecurityType.STOCK))
    tencent = stocks[stocks.code == "HK.00700"].iloc[0]
    assert tencent.lot_size == 100 and tencent.listing_date == "2004-06-16", tencent
    known = ok(q.get_stock_basicinfo(api.Market.HK, api.SecurityType.STOCK, ["US.AAPL", "HK.99999999"]))
    assert list(known.delisting) == [False, True], known
    futures = ok(q.get_stock_basicinfo(api.Market.HK, api.SecurityType.FUTURE))
    assert futures[futures.code == "HK.HSImain"].iloc[0].main_contract, futures
    plates = ok(q.get_owner_plate(["HK.00700", "HK.00005"]))
    assert set(plates.code) == {"HK.00700", "HK.00005"}, plates
    state = ok(q.get_market_state(STOCKS + OTHERS))
    assert list(state.code) == STOCKS + OTHERS and set(state.market_state) <= {
        "AFTERNOON", "FUTURE_DAY_OPEN", "FUTURE_OPEN"}, state
    flow = ok(q.get_capital_flow("HK.00700"))
    parts = flow.super_in_flow + flow.big_in_flow + flow.mid_in_flow + flow.sml_in_flow
    assert len(flow) and (abs(parts - flow.in_flow) < 1).all(), flow
    assert ok(q.get_capital_distribution("HK.00700")).capital_in_big[0] >= 0
    refused(q.get_capital_flow("HK.800000"), "HK.800000")


def check_snapshots(q):
    snap = ok(q.get_market_snapshot(STOCKS + OTHERS))
    assert list(snap.code) == STOCKS + OTHERS, snap
    assert (snap.last_price > 0).all() and (snap.highest52weeks_price >= snap.lowest52weeks_price).all(), snap
    valid = {c: set(snap.columns[snap.columns.str.endswith("_valid")][list(snap[snap.code == c].iloc[0][
        snap.columns[snap.columns.str.endswith("_valid")]])]) for c in STOCKS + OTHERS}
    assert all(valid[c] == {"equity_valid"} for c in STOCKS), valid
    assert valid["HK.800000"] == {"index_valid"} and valid["HK.02800"] == {"trust_valid"}, valid
    assert valid["HK.HSImain"] == {"future_valid"} and valid["HK.21901"] == {"wrt_valid"}, valid
    refused(q.get_market_snapshot(["HK.00700", "HK.99999999"]), "HK.99999999")


def main():
    q = open_quote()
    check_subscription_rules(q)
    check_live(q)
    if settings.get("form") == "json":  # this client cannot receive the page key's bytes in JSON
        ret, data, key = q.request_history_kline("HK.00700", start="2025-10-01", end="2026-10-01",
                                                 ktype=api.KLType.K_60M, max_count=None)
        assert ret == api.RET_OK and len(data) > 1000 and key is None, (ret, data)
    else:
        check_history(q)
    check_basics(q)
    check_snapshots(q)
    say("done")
    q.close()


run(main)
