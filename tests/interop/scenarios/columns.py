"""Every documented column of every quote call, for an instrument of each kind: quote-realtime.md 4, and
what the client makes of an absent field (8.3): 'N/A', 0 or NaN where the kind has none."""
import math
import re

from common import api, ok, open_quote, run, say, settings

STOCKS = ["HK.00700", "US.AAPL", "SH.600519", "SZ.000001", "SG.D05", "JP.7203"]
INDICES, ETFS, PLATE = ["HK.800000", "SH.000001"], ["HK.02800", "US.SPY", "SH.510300"], "HK.BK1001"
FUTURES = ["HK.HSImain", "HK.HSI2612", "US.NQmain", "SG.CNmain", "JP.NK225main"]
OPTIONS = ["HK.TCH261230C600000", "US.AAPL261218P280000", "HK.HSI261230C26000000"]
KINDS = ("CALL", "PUT", "BULL", "BEAR", "INLINE")
KTYPES = ["K_1M", "K_3M", "K_5M", "K_15M", "K_30M", "K_60M", "K_DAY", "K_WEEK", "K_MON", "K_QUARTER", "K_YEAR"]
OPTION_KTYPES = ["K_1M", "K_5M", "K_15M", "K_60M", "K_DAY"]
NO_DATE = ["SG.D05"]  # listed on a day that the data does not know
TIME, DAY = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", r"\d{4}-\d\d-\d\d"

na = lambda v: v == "N/A"  # noqa: E731
nan = lambda v: isinstance(v, float) and math.isnan(v)  # noqa: E731
zero = lambda v: v == 0  # noqa: E731
number = lambda v: not isinstance(v, (str, bool)) and math.isfinite(v)  # noqa: E731
above = lambda v: number(v) and v > 0  # noqa: E731
count = lambda v: number(v) and v >= 0 and v == int(v)  # noqa: E731
text = lambda v: isinstance(v, str) and v not in ("", "N/A")  # noqa: E731
empty = lambda v: v == ""  # noqa: E731
no = lambda v: not v and v is not None  # noqa: E731
yes = lambda v: bool(v)  # noqa: E731


def like(pattern):
    return lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None


def one_of(*values):
    return lambda v: v in values


def check(row, expected, what):
    """Each column by its predicate; columns may be named together: "a b c"."""
    for names, good in expected.items():
        for name in names.split():
            assert name in row, f"{what}: no column {name} in {list(row)}"
            assert good(row[name]), f"{what}: {name} is {row[name]!r}"


def rows(table):
    return table.to_dict("records")


def extended(prefix, good):
    names = "price high_price low_price volume turnover change_val change_rate amplitude"
    return {" ".join(f"{prefix}_{n}" for n in names.split()): good}


def warrants(q):
    table = ok(q.get_stock_basicinfo(api.Market.HK, api.SecurityType.WARRANT))
    return {kind: table[table.stock_child_type == kind].code.iloc[0] for kind in KINDS}


# ---- What is subscribed ------------------------------------------------------------------------

OPTION_BLOCK = "strike_price contract_size open_interest implied_volatility premium delta gamma vega theta rho"


def check_quotes(q, codes, by_kind):
    for row in rows(ok(q.get_stock_quote(codes))):
        code = row["code"]
        option, future = code in OPTIONS, code in FUTURES
        hk = code.startswith("HK.")
        ms = r"\.\d{3}" if code.startswith("US.") else ""
        check(row, {
            "name": text, "data_date": like(DAY), "data_time": like(r"\d\d:\d\d:\d\d" + ms),
            "last_price open_price high_price low_price prev_close_price price_spread": above,
            "volume": count, "turnover turnover_rate amplitude": number, "suspension": no,
            "listing_date": na if option else (like(DAY) if code in STOCKS + ETFS + by_kind and code not in NO_DATE else empty),
            # 0 of the wire is the client's N/A; other markets leave the field out.
            "dark_status": na, "sec_status": one_of("NORMAL"),
            OPTION_BLOCK: number if option else na, "contract_multiplier": above if option else na,
            "option_area_type": one_of("AMERICAN", "EUROPEAN") if option else na,
            "net_open_interest contract_nominal_value": number if option and hk else na,
            "owner_lot_multiplier": above if option and hk and "HSI" not in code else na,
            "index_option_type": one_of("NORMAL") if "HSI26" in code and option else na,
            "expiry_date_distance": count if option or code == "HK.HSI2612" else na,
            "last_settle_price": above if future else na, "position": count if future else na,
            "position_change": number if future else na,
            # A market that never closes has no extended hours.
            **extended("pre", na), **extended("after", na), **extended("overnight", na),
        }, f"quote of {code}")
        assert row["low_price"] <= row["last_price"] <= row["high_price"], row
        assert row["low_price"] <= row["open_price"] <= row["high_price"], row


def check_bars(q, code, ktypes):
    stock = code in STOCKS
    for ktype in ktypes:
        bars = rows(ok(q.get_cur_kline(code, 6, getattr(api.KLType, ktype))))
        assert bars, (code, ktype)
        long = ktype in ("K_DAY", "K_WEEK", "K_MON", "K_QUARTER", "K_YEAR")
        for bar in bars:
            check(bar, {
                "code": one_of(code), "name": text, "time_key": like(TIME),
                "open close high low": above, "volume": count, "turnover": above,
                "pe_ratio": above if stock and long else zero,
                "turnover_rate": above if stock and long else zero, "last_close": number,
            }, f"{ktype} of {code}")
            assert bar["time_key"].endswith(" 00:00:00") or not long, bar
            if ktype == "K_DAY" and stock:
                assert bar["turnover_rate"] < 1, "a fraction, not percent"
        assert all(a["close"] == b["last_close"] for a, b in zip(bars, bars[1:])), (code, ktype)


def check_points(q, code):
    points = rows(ok(q.get_rt_data(code)))
    assert points, code
    for p in points:
        check(p, {
            "code": one_of(code), "name": text, "time": like(TIME), "opened_mins": count,
            "cur_price last_close": above, "avg_price": na if code in OPTIONS else above,
            "volume": count, "turnover": number,
        }, f"time-share of {code}")
        hour, minute = int(p["time"][11:13]), int(p["time"][14:16])
        assert p["opened_mins"] == (hour * 60 + minute) % 1440, p
        assert bool(p["is_blank"]) == (p["volume"] == 0), p
    # No minute is left out.
    minutes = [p["opened_mins"] for p in points]
    assert all((b - a) % 1440 == 1 for a, b in zip(minutes, minutes[1:])), (code, minutes)
    assert len({p["last_close"] for p in points}) == 1, code


def check_ticks(q, code):
    table = rows(ok(q.get_rt_ticker(code, 30)))
    if code in INDICES + [PLATE]:
        assert table == [], code
        return
    assert table, f"{code}: trades were before somebody subscribed"
    ms = r"\.\d{3}" if code.startswith("US.") else ""
    for t in table:
        check(t, {
            "code": one_of(code), "name": text, "time": like(TIME + ms), "price turnover": above,
            "volume": above, "ticker_direction": one_of("BUY", "SELL", "NEUTRAL"), "sequence": above,
            "type": one_of("AUTO_MATCH", "ODD_LOT", "AUCTION"),
        }, f"tick of {code}")
        assert abs(t["turnover"] - t["price"] * t["volume"]) < 0.01, t
    assert [t["sequence"] for t in table] == sorted({t["sequence"] for t in table}), code
    assert len(ok(q.get_rt_ticker(code, 2))) == min(2, len(table))


def check_book(q, code):
    book = ok(q.get_order_book(code, 10))
    check(book, {"code": one_of(code), "name": text}, f"book of {code}")
    deep = {"US": 10, "SH": 5, "SZ": 5}.get(code[:2], 10)
    if code in INDICES + [PLATE]:
        assert book["Bid"] == [] and book["Ask"] == [], book
        return
    check(book, {"svr_recv_time_bid svr_recv_time_ask": like(TIME + r"\.\d{3}")}, f"book of {code}")
    for side in ("Bid", "Ask"):
        assert 0 < len(book[side]) <= (1 if code.startswith("US.") and code in OPTIONS else deep), book
        for price, volume, orders, detail in book[side]:
            assert above(price) and above(volume) and above(orders) and detail == {}, (code, book[side])
    assert len(ok(q.get_order_book(code, 1))["Bid"]) == 1


def check_brokers(q, code):
    ret, bid, ask = q.get_broker_queue(code)
    assert ret == api.RET_OK, bid
    for side, table in (("bid", bid), ("ask", ask)):
        assert len(table), (code, side)
        for row in rows(table):
            check(row, {
                "code": one_of(code), "name": text, f"{side}_broker_id {side}_broker_pos": above,
                f"{side}_broker_name": text, "order_id order_volume": na,
            }, f"broker queue of {code}")


# ---- What needs no subscription ----------------------------------------------------------------

EQUITY = ("issued_shares total_market_val net_asset net_profit earning_per_share outstanding_shares "
          "circular_market_val net_asset_per_share ey_ratio pe_ratio pb_ratio pe_ttm_ratio")
DIVIDENDS = "dividend_ttm dividend_ratio_ttm dividend_lfy dividend_lfy_ratio"
WARRANT = "wrt_conversion_ratio wrt_strike_price wrt_street_vol wrt_issue_vol wrt_street_ratio"


def check_snapshots(q, codes, by_kind):
    kinds = {code: kind for kind, code in by_kind.items()}
    table = rows(ok(q.get_market_snapshot(codes)))
    assert [row["code"] for row in table] == codes
    for row in table:
        code = row["code"]
        equity, etf, index, plate = code in STOCKS, code in ETFS, code in INDICES, code == PLATE
        warrant, option, future, hk = code in kinds, code in OPTIONS, code in FUTURES, code.startswith("HK.")
        kind, pool = kinds.get(code), index or plate
        listed = (equity or etf or warrant) and code not in NO_DATE
        check(row, {
            "name": text, "update_time": like(TIME + (r"\.\d{3}" if code.startswith("US.") else "")),
            "last_price open_price high_price low_price prev_close_price price_spread": above,
            "volume": count, "turnover turnover_rate amplitude bid_ask_ratio volume_ratio": number,
            "suspension": no,
            "listing_date": like(DAY) if listed else (na if option else empty),
            "lot_size": zero if pool else above,
            "stock_owner": text if warrant or option else nan,
            "ask_price bid_price ask_vol bid_vol": na if pool else above,
            "enable_margin mortgage_ratio long_margin_initial_ratio enable_short_sell short_sell_rate "
            "short_available_volume short_margin_initial_ratio": nan,
            "avg_price": zero if pool else above,
            "highest52weeks_price lowest52weeks_price highest_history_price close_price_5min": above,
            "lowest_history_price": number, "sec_status": one_of("NORMAL"),
            "equity_valid": yes if equity else no, EQUITY: number if equity else nan,
            DIVIDENDS: number if equity else nan,
            "wrt_valid": yes if warrant else no, WARRANT: above if warrant else nan,
            "wrt_maturity_date wrt_end_trade": like(DAY) if warrant else nan,
            "wrt_type": one_of(kind) if warrant else na,
            "wrt_recovery_price": (above if kind in ("BULL", "BEAR") else zero) if warrant else nan,
            "wrt_delta wrt_implied_volatility": (number if kind in ("CALL", "PUT") else zero) if warrant else nan,
            "wrt_premium wrt_ipop wrt_score wrt_leverage wrt_break_even_point": number if warrant else nan,
            "wrt_conversion_price": (zero if kind == "INLINE" else above) if warrant else nan,
            "wrt_price_recovery_ratio": (number if kind in ("BULL", "BEAR") else zero) if warrant else nan,
            "wrt_upper_strike_price wrt_lower_strike_price":
                (above if kind == "INLINE" else zero) if warrant else nan,
            "wrt_inline_price_status": one_of("WITH_IN", "OUTSIDE") if kind == "INLINE" else na,
            "wrt_issuer_code": like("[A-Z]{2}") if warrant else nan,
            "option_valid": yes if option else no, "option_type": one_of("CALL", "PUT") if option else na,
            "strike_time": like(DAY) if option else nan,
            "option_strike_price option_contract_size option_open_interest option_implied_volatility "
            "option_gamma option_vega option_contract_multiplier": above if option else nan,
            "option_premium option_delta option_theta option_rho": number if option else nan,
            "option_net_open_interest option_contract_nominal_value":
                (number if hk else na) if option else nan,
            "option_owner_lot_multiplier": (above if "TCH" in code else na) if option else nan,
            "option_expiry_date_distance": count if option else nan,
            "option_area_type": one_of("AMERICAN", "EUROPEAN") if option else na,
            "index_option_type": one_of("NORMAL") if option and "HSI" in code else na,
            "index_valid": yes if index else no,
            "index_raise_count index_fall_count index_equal_count": count if index else nan,
            "plate_valid": yes if plate else no,
            "plate_raise_count plate_fall_count plate_equal_count": count if plate else nan,
            "future_valid": yes if future else no, "future_last_settle_price": above if future else nan,
            "future_position": count if future else nan, "future_position_change": number if future else nan,
            "future_main_contract": (yes if code.endswith("main") else no) if future else nan,
            "future_last_trade_time":
                (empty if code.endswith("main") else like(DAY)) if future else nan,
            "trust_valid": yes if etf else no,
            "trust_dividend_yield trust_premium": number if etf else nan,
            "trust_aum trust_outstanding_units trust_netAssetValue": above if etf else nan,
            "trust_assetClass": text if etf else na,
            **extended("pre", na), **extended("overnight", na), "after_volume after_turnover": zero,
            "after_price after_high_price after_low_price after_change_val after_change_rate after_amplitude": na,
        }, f"snapshot of {code}")
        if not pool:
            assert row["bid_price"] < row["ask_price"], row
        assert row["lowest52weeks_price"] <= row["last_price"] <= row["highest52weeks_price"], row
        if index:
            assert row["index_raise_count"] + row["index_fall_count"] + row["index_equal_count"] > 10, row
        if plate:
            assert row["plate_raise_count"] + row["plate_fall_count"] + row["plate_equal_count"] > 0, row
        if warrant:
            assert row["wrt_end_trade"] <= row["wrt_maturity_date"], row
        if equity:
            assert abs(row["total_market_val"] / row["issued_shares"] - row["last_price"]) < 0.001, row
            assert abs(row["pe_ratio"] - row["last_price"] / row["earning_per_share"]) < 0.01, row
            assert abs(row["pb_ratio"] - row["last_price"] / row["net_asset_per_share"]) < 0.01, row


def check_static(q, codes, by_kind):
    kinds = {code: kind for kind, code in by_kind.items()}
    table = rows(ok(q.get_stock_basicinfo(api.Market.HK, api.SecurityType.STOCK, codes)))
    assert [row["code"] for row in table] == codes
    types = {**dict.fromkeys(STOCKS, "STOCK"), **dict.fromkeys(INDICES, "IDX"), **dict.fromkeys(ETFS, "ETF"),
             **dict.fromkeys(FUTURES, "FUTURE"), **dict.fromkeys(OPTIONS, "DRVT"),
             **dict.fromkeys(kinds, "WARRANT"), PLATE: "PLATE"}
    for row in table:
        code = row["code"]
        option, future, main = code in OPTIONS, code in FUTURES, code.endswith("main")
        check(row, {
            "name": text, "lot_size": zero if code in INDICES + [PLATE] else above,
            "stock_type": one_of(types[code]), "stock_child_type": one_of(kinds.get(code, "N/A")),
            "stock_owner": text if option or code in kinds else empty,
            "option_type": one_of("CALL", "PUT") if option else na,
            "strike_time": like(DAY) if option else empty, "strike_price": above if option else na,
            "suspension": no if option else na,
            "listing_date": like(DAY) if code in STOCKS + ETFS + list(kinds) and code not in NO_DATE else (na if option else empty),
            "stock_id": above, "delisting": no,
            "index_option_type": one_of("NORMAL") if option and "HSI" in code else na,
            "main_contract": yes if future and main else no,
            "last_trade_time": like(DAY) if future and not main else empty,
            "exchange_type": na if code == PLATE else text,
        }, f"static info of {code}")
    assert len({row["stock_id"] for row in table}) == len(codes)
    unknown = rows(ok(q.get_stock_basicinfo(api.Market.HK, api.SecurityType.STOCK, ["HK.99999999"])))[0]
    check(unknown, {"code": one_of("HK.99999999"), "name": one_of("unknown stock"), "delisting": yes,
                    "lot_size": zero}, "an unknown code")


def check_history(q, codes):
    fields = "open close high low pe_ratio turnover_rate volume turnover change_rate last_close"
    for code in codes:
        option = code in OPTIONS
        start, end = "2026-10-05", "2026-11-20"
        for ktype in OPTION_KTYPES[-2:] if option else ("K_60M", "K_DAY", "K_WEEK", "K_MON"):
            ret, bars, key = q.request_history_kline(code, start=start, end=end, ktype=getattr(api.KLType, ktype),
                                                     max_count=5)
            assert ret == api.RET_OK and len(bars), (code, ktype, bars)
            for bar in rows(bars):
                check(bar, {"code": one_of(code), "name": text, "time_key": like(TIME), fields: number},
                      f"history of {code}")
                assert bar["low"] <= min(bar["open"], bar["close"]) <= max(bar["open"], bar["close"]) <= bar["high"]
                want = (bar["close"] / bar["last_close"] - 1) * 100 if bar["last_close"] else 0
                assert abs(bar["change_rate"] - want) < 1e-6, bar
    # Minutes of eight years, days of twenty, longer bars without bound.
    for ktype, first in (("K_60M", "2018-11"), ("K_DAY", "2006-11"), ("K_MON", "2004-06")):
        ret, bars, key = q.request_history_kline("HK.00700", start="2000-01-01", end="2026-11-20",
                                                 ktype=getattr(api.KLType, ktype), max_count=3)
        assert ret == api.RET_OK and bars.time_key[0].startswith(first), (ktype, bars)
    only = [api.KL_FIELD.DATE_TIME, api.KL_FIELD.CLOSE]
    ret, bars, key = q.request_history_kline("HK.00700", start="2026-11-02", end="2026-11-06", fields=only)
    assert ret == api.RET_OK and list(bars.columns) == ["code", "name", "time_key", "close"], bars


def check_rest(q, codes):
    for code in ("HK.00700", "US.AAPL", "SH.600519", "SZ.000001"):
        for row in rows(ok(q.get_rehab(code))):
            check(row, {
                "ex_div_date": like(DAY), "forward_adj_factorA backward_adj_factorA": above,
                "forward_adj_factorB backward_adj_factorB": number,
                "join_base join_ert bonus_base bonus_ert transfer_base transfer_ert allot_base allot_ert add_base "
                "add_ert special_dividend per_share_div_ratio per_share_trans_ratio allotment_ratio "
                "allotment_price stk_spo_ratio stk_spo_price spin_off_base spin_off_ert spin_off_ratio": nan,
            }, f"rehab of {code}")
            split, cash = not nan(row["split_ratio"]), not nan(row["per_cash_div"])
            assert split != cash, row
            if cash and not code.startswith("US."):  # the event method (platform.md 14)
                assert row["forward_adj_factorA"] == 1 and row["forward_adj_factorB"] == -row["per_cash_div"], row
                assert row["backward_adj_factorB"] == row["per_cash_div"], row
            if cash and code.startswith("US."):  # forward multiplicative, backward by event
                assert row["forward_adj_factorA"] < 1 and row["forward_adj_factorB"] == 0, row
                assert row["backward_adj_factorB"] == row["per_cash_div"], row
            if split:
                assert row["split_ratio"] == row["split_base"] / row["split_ert"], row
    state = rows(ok(q.get_market_state(codes)))
    assert [row["code"] for row in state] == codes
    for row in state:
        check(row, {"stock_name": text, "market_state": one_of("AFTERNOON", "FUTURE_DAY_OPEN", "FUTURE_OPEN")},
              "market state")
    plates = rows(ok(q.get_owner_plate(["HK.00700", "US.AAPL", "SH.600519"])))
    assert {row["code"] for row in plates} == {"HK.00700", "US.AAPL", "SH.600519"}
    for row in plates:
        check(row, {"name plate_name": text, "plate_code": like(r"(HK|US|SH|SZ)\..+"),
                    "plate_type": one_of("INDUSTRY", "REGION", "CONCEPT", "OTHER")}, "owner plate")
    parts = "super_in_flow big_in_flow mid_in_flow sml_in_flow"
    for code in ("HK.00700", "US.AAPL", "SH.600519", "HK.02800", "HK.21901"):
        for row in rows(ok(q.get_capital_flow(code))):
            check(row, {"in_flow " + parts: number, "main_in_flow": na,
                        "last_valid_time capital_flow_item_time": like(TIME)}, f"flow of {code}")
        for period in (api.PeriodType.DAY, api.PeriodType.WEEK, api.PeriodType.MONTH):
            table = rows(ok(q.get_capital_flow(code, period_type=period, start="2026-08-15", end="2026-11-20")))
            assert table, (code, period)
            for row in table:
                check(row, {"in_flow main_in_flow " + parts: number, "last_valid_time": na,
                            "capital_flow_item_time": like(DAY + " 00:00:00")}, f"flow of {code}")
                assert abs(row["in_flow"] - sum(row[p] for p in parts.split())) < 1, row
                assert abs(row["main_in_flow"] - row["super_in_flow"] - row["big_in_flow"]) < 1, row
        check(rows(ok(q.get_capital_distribution(code)))[0], {
            "capital_in_super capital_in_big capital_in_mid capital_in_small capital_out_super capital_out_big "
            "capital_out_mid capital_out_small": lambda v: number(v) and v >= 0, "update_time": like(TIME),
        }, f"distribution of {code}")
    for market in ("HK", "US", "CN", "NT", "ST", "JP_FUTURE", "SG_FUTURE"):
        days = ok(q.request_trading_days(getattr(api.TradeDateMarket, market), start="2026-01-01", end="2026-03-31"))
        assert 50 < len(days) < 65 and all(like(DAY)(d["time"]) for d in days), (market, days)
        assert {d["trade_date_type"] for d in days} <= {"WHOLE", "MORNING"}, days
    info = ok(q.get_global_state())
    for name in ("market_sz", "market_us", "market_sh", "market_hk", "market_hkfuture", "market_usfuture",
                 "market_sgfuture", "market_jpfuture"):
        assert info[name] in ("AFTERNOON", "FUTURE_DAY_OPEN", "FUTURE_OPEN"), (name, info)
    assert info["qot_logined"] is True and info["trd_logined"] is True and info["program_status_type"] == "READY"
    assert text(info["server_ver"]) and info["timestamp"].isdigit() and info["local_timestamp"] > 0, info


def main():
    q = open_quote()
    by_kind = warrants(q)
    kinds = list(by_kind.values())
    plain = STOCKS + INDICES + ETFS + [PLATE] + FUTURES + kinds
    codes = plain + OPTIONS
    base = [api.SubType.QUOTE, api.SubType.ORDER_BOOK, api.SubType.TICKER, api.SubType.RT_DATA]
    ok(q.subscribe(plain, base + [getattr(api.SubType, k) for k in KTYPES], subscribe_push=False))
    ok(q.subscribe(OPTIONS, base + [getattr(api.SubType, k) for k in OPTION_KTYPES], subscribe_push=False))
    ok(q.subscribe(["HK.00700", "HK.02800", by_kind["CALL"]], [api.SubType.BROKER], subscribe_push=False))
    check_quotes(q, codes, kinds)
    for code in codes:
        check_bars(q, code, OPTION_KTYPES if code in OPTIONS else KTYPES)
        check_points(q, code)
        check_ticks(q, code)
        check_book(q, code)
    for code in ("HK.00700", "HK.02800", by_kind["CALL"]):
        check_brokers(q, code)
    say("subscribed")
    check_snapshots(q, codes, by_kind)
    check_static(q, codes, by_kind)
    if settings.get("form") != "json":  # this client cannot receive the page key's bytes in JSON
        check_history(q, codes)
    check_rest(q, codes)
    say("done")
    q.close()


run(main)
