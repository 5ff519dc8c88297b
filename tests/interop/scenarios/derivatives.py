"""Options, warrants and futures with the vendor's client: every call, every column, pages to the end."""
import datetime
import math

from common import api, ok, open_quote, run, say

EXPIRY_COLUMNS = ["strike_time", "option_expiry_date_distance", "expiration_cycle"]
CHAIN_COLUMNS = ["code", "name", "lot_size", "stock_type", "option_type", "stock_owner", "strike_time", "strike_price",
                 "suspension", "stock_id", "index_option_type", "expiration_cycle", "option_standard_type",
                 "option_settlement_mode"]
WARRANT_COLUMNS = [
    "stock", "name", "stock_owner", "type", "issuer", "maturity_time", "list_time", "last_trade_time",
    "recovery_price", "conversion_ratio", "lot_size", "strike_price", "last_close_price", "cur_price",
    "price_change_val", "change_rate", "status", "bid_price", "ask_price", "bid_vol", "ask_vol", "volume", "turnover",
    "score", "premium", "break_even_point", "leverage", "ipop", "price_recovery_ratio", "conversion_price",
    "street_rate", "street_vol", "amplitude", "issue_size", "high_price", "low_price", "implied_volatility", "delta",
    "effective_leverage", "list_timestamp", "last_trade_timestamp", "maturity_timestamp", "upper_strike_price",
    "lower_strike_price", "inline_price_status"]
REFERENCE_COLUMNS = ["code", "lot_size", "stock_type", "stock_name", "list_time", "wrt_valid", "wrt_type", "wrt_code",
                     "future_valid", "future_main_contract", "future_last_trade_time"]
FUTURE_COLUMNS = ["code", "name", "owner", "exchange", "type", "size", "size_unit", "price_currency", "price_unit",
                  "min_change", "min_change_unit", "trade_time", "time_zone", "last_trade_time", "exchange_format_url",
                  "origin_code"]


def has_columns(frame, columns):
    missing = [c for c in columns if c not in frame.columns]
    assert not missing, (missing, list(frame.columns))


def refused(answer, *words):
    assert answer[0] == api.RET_ERROR, answer
    for word in words:
        assert word in answer[1], (word, answer[1])


def month_of(expiries, nth=0):
    """A span of the client's default length that begins at an expiry."""
    first = expiries.strike_time.iloc[nth]
    last = datetime.date.fromisoformat(first) + datetime.timedelta(29)
    return first, last.isoformat()


def check_expirations(q):
    for code in ["HK.00700", "US.AAPL", "HK.800000", "US..SPX"]:
        days = ok(q.get_option_expiration_date(code))
        has_columns(days, EXPIRY_COLUMNS)
        assert len(days) >= 3 and days.strike_time.is_monotonic_increasing and days.strike_time.is_unique, days
        gaps = days.option_expiry_date_distance
        assert gaps.iloc[0] >= 0 and gaps.is_monotonic_increasing, days
        first = datetime.date.fromisoformat(days.strike_time.iloc[0])
        for day, gap in zip(days.strike_time, gaps):
            assert (datetime.date.fromisoformat(day) - first).days == gap - gaps.iloc[0], days
        cycles = {"WEEK", "MONTH", "WEEKMON", "WEEKTUE", "WEEKWED", "WEEKTHU", "WEEKFRI"}
        assert set(days.expiration_cycle) <= cycles, days
    small = ok(q.get_option_expiration_date("HK.800000", api.IndexOptionType.SMALL))
    assert len(small) >= 1, small
    refused(q.get_option_expiration_date("HK.NOSUCH"), "HK.NOSUCH")
    refused(q.get_option_expiration_date("HK.HSImain"), "HK.HSImain")


def snapshots(q, codes):
    frames = [ok(q.get_market_snapshot(list(codes[k:k + 400]))) for k in range(0, len(codes), 400)]
    return api.pd.concat(frames) if hasattr(api, "pd") else __import__("pandas").concat(frames)


def check_chain(q, code, **more):
    begin, end = month_of(ok(q.get_option_expiration_date(code, **more)))
    chain = ok(q.get_option_chain(code, start=begin, end=end, **more))
    has_columns(chain, CHAIN_COLUMNS)
    assert len(chain) >= 10 and chain.code.is_unique, chain
    assert set(chain.option_type) == {"CALL", "PUT"} and (chain.stock_type == "DRVT").all(), chain
    assert (chain.stock_owner == code).all() and not chain.suspension.any(), chain
    assert (chain.option_standard_type == "STANDARD").all(), chain
    assert chain.strike_time.between(begin, end).all(), chain
    # Every strike has both kinds, which the client reads from one item.
    assert (chain.groupby(["strike_time", "strike_price", chain.code.str.replace(r"[CP](\d+)$", r"\1", regex=True)])
            .size() == 2).all(), chain
    for kind in ["CALL", "PUT"]:
        only = ok(q.get_option_chain(code, start=begin, end=end, option_type=kind, **more))
        assert set(only.option_type) == {kind} and len(only) == len(chain) / 2, only
    parts = [ok(q.get_option_chain(code, start=begin, end=end, option_cond_type=c, **more)) for c in ("WITHIN", "OUTSIDE")]
    assert sorted(list(parts[0].code) + list(parts[1].code)) == sorted(chain.code), parts
    return begin, end, chain


def check_chain_filters(q, code):
    """Each numeric condition, against the figures that the snapshot tells. World time stands still
    enough: the market is closed."""
    begin, end, chain = check_chain(q, code)
    shot = snapshots(q, list(chain.code)).set_index("code")
    figures = {"delta": "option_delta", "gamma": "option_gamma", "vega": "option_vega", "theta": "option_theta",
               "rho": "option_rho", "implied_volatility": "option_implied_volatility",
               "open_interest": "option_open_interest", "vol": "volume"}
    if code.startswith("HK."):
        figures["net_open_interest"] = "option_net_open_interest"
    for name, column in figures.items():
        values = shot[column].astype(float)
        whole = name in ("implied_volatility", "open_interest", "vol", "net_open_interest")
        low, high = values.quantile(0.3), values.quantile(0.7)
        low, high = (math.trunc(low), math.trunc(high)) if whole else (round(low, 3), round(high, 3))
        wanted = api.OptionDataFilter()
        setattr(wanted, name + "_min", low)
        setattr(wanted, name + "_max", high)
        got = set(ok(q.get_option_chain(code, start=begin, end=end, data_filter=wanted)).code)
        # The snapshot rounds, and an illiquid option's last print may be older than the price now.
        margin = 0.02 * max(1e-3, values.abs().max())
        sure = set(values[(values > low + margin) & (values < high - margin)].index)
        out = set(values[(values < low - margin) | (values > high + margin)].index)
        assert sure - got == set() and got & out == set(), (name, low, high, len(sure), len(got), sure - got, got & out)
    return begin, end


def check_chain_refusals(q, begin, end):
    wanted = api.OptionDataFilter()
    wanted.delta_min, wanted.delta_max = 0.5, 0.1
    refused(q.get_option_chain("HK.00700", start=begin, end=end, data_filter=wanted), "deltaMin", "0.5", "0.1")
    far = (datetime.date.fromisoformat(begin) + datetime.timedelta(40)).isoformat()
    refused(q.get_option_chain("HK.00700", start=begin, end=far), "40 days", "31")
    refused(q.get_option_chain("HK.00700", start="2020-01-01", end="2020-01-20"), "2020-01-20", "passed")
    refused(q.get_option_chain("HK.NOSUCH", start=begin, end=end), "HK.NOSUCH")


def warrants(q, **settings):
    """All pages of a screen, of 60 rows each."""
    request = api.WarrantRequest()
    for name, value in settings.items():
        setattr(request, name, value)
    request.num = settings.get("num", 60)
    frames, got, last = [], 0, False
    while not last:
        request.begin = got
        frame, last, total = ok(q.get_warrant(request.stock_owner, request))
        frames.append(frame)
        got += len(frame)
        assert len(frame) == request.num or last, (len(frame), last)
    assert got == total, (got, total)
    return __import__("pandas").concat(frames, ignore_index=True)


def near(a, b, eps=0.0011):
    return abs(a - b) <= eps * max(1, abs(a))


def check_warrant_figures(q, rows):
    """The formulas of quote-derivatives-screening.md 2.3, and the snapshot's figures."""
    shot = snapshots(q, list(rows.stock)).set_index("code")
    owners = list(rows.stock_owner.unique())
    spot = ok(q.get_market_snapshot(owners)).set_index("code").last_price
    for w in rows.to_dict("records"):
        u, value = spot[w["stock_owner"]], w["cur_price"] * w["conversion_ratio"]
        assert w["cur_price"] > 0 and w["issue_size"] > 0 and w["lot_size"] > 0 and w["list_time"], w
        assert w["list_time"] <= w["last_trade_time"] <= w["maturity_time"], w
        assert near(w["street_rate"], w["street_vol"] / w["issue_size"] * 100), w
        assert near(w["price_change_val"], w["cur_price"] - w["last_close_price"]), w
        assert near(w["cur_price"], shot.last_price[w["stock"]]), w
        assert near(w["premium"], shot.wrt_premium[w["stock"]]), w
        if w["type"] in ("CALL", "PUT"):
            assert 0 < abs(w["delta"]) <= 1.001 and w["implied_volatility"] > 0, w
            assert near(w["effective_leverage"], w["leverage"] * w["delta"], 0.02), w
            assert (w["delta"] > 0) == (w["type"] == "CALL"), w
        else:
            assert math.isnan(w["delta"]) and math.isnan(w["implied_volatility"]), w
        if w["type"] in ("BULL", "BEAR"):
            assert w["recovery_price"] > 0 and not math.isnan(w["price_recovery_ratio"]), w
            assert w["effective_leverage"] == w["leverage"], w
        else:
            assert math.isnan(w["recovery_price"]), w
        if w["type"] == "INLINE":
            assert w["lower_strike_price"] < w["upper_strike_price"], w
            assert w["inline_price_status"] in ("OUTSIDE", "WITH_IN"), w
            continue
        sign = 1 if w["type"] in ("CALL", "BULL") else -1
        assert near(w["conversion_price"], value), w
        assert near(w["break_even_point"], w["strike_price"] + sign * value), w
        assert abs(w["ipop"] - sign * (u - w["strike_price"]) / w["strike_price"] * 100) < 0.6, (w, u)
        assert abs(w["leverage"] / (u / value) - 1) < 0.01, (w, u)
        assert abs(w["premium"] - sign * (w["break_even_point"] - u) / u * 100) < 0.6, (w, u)


def check_warrants(q):
    every = warrants(q)
    has_columns(every, WARRANT_COLUMNS)
    assert len(every) > 300 and every.stock.is_unique and every.stock.is_monotonic_increasing, every
    assert set(every.type) == {"CALL", "PUT", "BULL", "BEAR", "INLINE"}, set(every.type)
    some = every.groupby("type").head(12)
    check_warrant_figures(q, some)
    owned = warrants(q, stock_owner="HK.00700")
    assert set(owned.stock_owner) == {"HK.00700"} and len(owned) >= 5, owned
    assert sorted(owned.stock) == sorted(every[every.stock_owner == "HK.00700"].stock)
    for field in [f for f in dir(api.SortField) if f.isupper() and f != "NONE"]:
        ret, number = api.SortField.to_number(getattr(api.SortField, field))
        if not ret or not (1 <= number <= 34 or 45 <= number <= 47):
            continue
        rows = warrants(q, stock_owner="HK.00700", sort_field=getattr(api.SortField, field), ascend=False, num=200)
        assert sorted(rows.stock) == sorted(owned.stock), field
    columns = {"CUR_PRICE": "cur_price", "STRIKE_PRICE": "strike_price", "PREMIUM": "premium", "LEVERAGE": "leverage",
               "VOLUME": "volume", "STREET_RATE": "street_rate", "MATURITY_TIME": "maturity_time", "DELTA": "delta",
               "IMPLIED_VOLATILITY": "implied_volatility", "RECOVERY_PRICE": "recovery_price",
               "TURNOVER": "turnover", "CHANGE_RATE": "change_rate", "AMPLITUDE": "amplitude"}
    for name, column in columns.items():
        up = warrants(q, sort_field=getattr(api.SortField, name), ascend=True)[column].dropna()
        down = warrants(q, sort_field=getattr(api.SortField, name), ascend=False)[column].dropna()
        assert up.is_monotonic_increasing and down.is_monotonic_decreasing and len(up) == len(down), name
    ranges = {"cur_price": "cur_price", "strike_price": "strike_price", "street": "street_rate",
              "conversion": "conversion_ratio", "vol": "volume", "premium": "premium", "leverage_ratio": "leverage",
              "delta": "delta", "implied": "implied_volatility", "recovery_price": "recovery_price",
              "price_recovery_ratio": "price_recovery_ratio"}
    for name, column in ranges.items():
        low, high = every[column].quantile(0.3), every[column].quantile(0.6)
        low, high = (int(low), int(high)) if name == "vol" else (round(low, 3), round(high, 3))
        got = warrants(q, **{name + "_min": low, name + "_max": high})
        wanted = every[(every[column] >= low) & (every[column] <= high)]
        assert set(got.stock) == set(wanted.stock) and len(got), (name, low, high, len(got), len(wanted))
        above = warrants(q, **{name + "_min": low})
        assert set(above.stock) == set(every[every[column] >= low].stock), name
    got = warrants(q, type_list=["BULL", "BEAR"], issuer_list=[every.issuer.iloc[0]])
    assert set(got.type) <= {"BULL", "BEAR"} and set(got.issuer) == {every.issuer.iloc[0]}, got
    middle = every.maturity_time.sort_values().iloc[len(every) // 2]
    assert set(warrants(q, maturity_time_min=middle).stock) == set(every[every.maturity_time >= middle].stock)
    assert set(warrants(q, maturity_time_max=middle).stock) == set(every[every.maturity_time <= middle].stock)
    within = warrants(q, price_type=api.PriceType.WITH_IN)
    assert (within.ipop > 0).all() and len(within), within
    outside = warrants(q, price_type=api.PriceType.OUTSIDE)
    assert (outside.ipop <= 0).all() and len(outside) + len(within) == (every.type != "INLINE").sum()
    normal = warrants(q, status=api.WarrantStatus.NORMAL)
    assert set(normal.stock) == set(every[every.status == "NORMAL"].stock), normal
    for period in ["TODAY", "TOMORROW", "NEXTWEEK", "LASTWEEK", "LASTMONTH"]:
        warrants(q, ipo_period=getattr(api.IpoPeriod, period))


def check_warrant_refusals(q):
    def screen(**settings):
        request = api.WarrantRequest()
        for name, value in settings.items():
            setattr(request, name, value)
        return q.get_warrant(settings.get("stock_owner", ""), request)
    refused(screen(premium_min=5, premium_max=1), "premiumMin", "5", "1")
    refused(screen(num=201), "num", "201")
    refused(screen(begin=-1), "begin", "-1")
    refused(screen(delta_min=0.1, type_list=["BULL"]), "deltaMin", "typeList")
    refused(screen(sort_field=api.SortField.PRE_CUR_PRICE), "sortField", "35")
    refused(screen(maturity_time_min="2030-01-01", maturity_time_max="2029-01-01"), "maturityTimeMin", "2030-01-01")
    refused(screen(stock_owner="US.AAPL"), "US.AAPL")


def check_references(q):
    rows = ok(q.get_referencestock_list("HK.00700", api.SecurityReferenceType.WARRANT))
    has_columns(rows, REFERENCE_COLUMNS)
    assert len(rows) >= 5 and rows.wrt_valid.all() and not rows.future_valid.any(), rows
    assert (rows.stock_type == "WARRANT").all() and set(rows.wrt_type) <= {"CALL", "PUT", "BULL", "BEAR", "INLINE"}
    assert sorted(rows.code) == sorted(warrants(q, stock_owner="HK.00700").stock)
    rows = ok(q.get_referencestock_list("HK.HSImain", api.SecurityReferenceType.FUTURE))
    assert rows.code.iloc[0] == "HK.HSImain" and rows.future_main_contract.iloc[0], rows
    assert len(rows) >= 4 and rows.future_valid.all() and not rows.wrt_valid.any(), rows
    assert not rows.future_main_contract.iloc[1:].any() and rows.code.str.startswith("HK.HSI").all(), rows
    assert rows.future_last_trade_time.iloc[1:].is_monotonic_increasing and rows.future_last_trade_time.iloc[0] == "", rows
    refused(q.get_referencestock_list("HK.00700", api.SecurityReferenceType.FUTURE), "referenceType 2", "HK.00700")
    refused(q.get_referencestock_list("HK.NOSUCH", api.SecurityReferenceType.WARRANT), "HK.NOSUCH")


def check_futures(q):
    codes = ["HK.HSImain", "HK.HSIcurrent", "HK.HSInext", "HK.TCHmain", "US.ESmain", "US.CLmain", "JP.NK225main",
             "SG.CNmain", "HK.MHImain"]
    months = list(ok(q.get_referencestock_list("HK.HSImain", api.SecurityReferenceType.FUTURE)).code.iloc[1:])
    rows = ok(q.get_future_info(codes + months))
    has_columns(rows, FUTURE_COLUMNS)
    assert list(rows.code) == codes + months, rows
    for f in rows.to_dict("records"):
        assert all(f[c] for c in ("name", "exchange", "type", "size_unit", "price_currency", "price_unit", "owner",
                                  "time_zone", "origin_code", "trade_time")), f
        assert f["size"] > 0 and f["min_change"] > 0, f
        continuous = f["code"] not in months
        assert (f["last_trade_time"] == "") == continuous, f
        assert (f["origin_code"] == f["code"]) != continuous, f
    first = rows.iloc[0]
    assert first.owner == "HK.800000" and first["size"] == 50 and first.min_change == 1, first
    assert first.origin_code in months and rows.owner.iloc[3] == "HK.00700", rows
    assert "(09:15 - 12:00), (13:00 - 16:30)" in first.trade_time and "17:15(T-1)" in first.trade_time, first.trade_time
    refused(q.get_future_info(["HK.00700"]), "HK.00700", "no future")
    refused(q.get_future_info(["HK.NOSUCHmain"]), "HK.NOSUCHmain")


def main():
    q = open_quote()
    check_expirations(q)
    for code, more in [("US.AAPL", {}), ("HK.800000", {}), ("US..SPX", {})]:
        check_chain(q, code, **more)
    begin, end = check_chain_filters(q, "HK.00700")
    check_chain_refusals(q, begin, end)
    check_warrants(q)
    check_warrant_refusals(q)
    check_references(q)
    check_futures(q)
    say("done")  # before the client's thread says that it closes
    q.close()


run(main)
