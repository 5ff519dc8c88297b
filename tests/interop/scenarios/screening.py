"""Screens and lists with the vendor's client: every field and enum, every column, pages to the end.
What a filter says is checked against snapshots and bars, with formulas of the test's own."""
import datetime

import numpy as np
from common import api, ok, open_quote, run, say, settings

SF, K = api.StockField, api.KLType


def refused(answer, *words):
    assert answer[0] == api.RET_ERROR, answer
    for word in words:
        assert word in answer[1], (word, answer[1])


def fields(first, last):
    """Names of the client's StockField by number."""
    found = {}
    for name in dir(SF):
        value = getattr(SF, name)
        if name.isupper() and isinstance(value, str):
            ret, number = SF.to_number(value)
            if ret and first <= number <= last:
                found[number] = name
    return [found[number] for number in sorted(found)]


SIMPLE, ACCUMULATED, FINANCIAL = fields(1, 99), fields(101, 199), fields(201, 299)
PATTERNS, INDICATORS = fields(301, 399), fields(401, 499)
ANNUAL_ONLY = {"ROA_TTM", "EBIT_TTM", "OPERATING_MARGIN_TTM", "OPERATING_PROFIT_TTM", "SHAREHOLDER_NET_PROFIT_TTM",
               "NET_PROFIT_CASH_COVER_TTM", "OPERATING_CASH_FLOW_TTM"}


def simple(name, low=None, high=None, sort=None, cls=None, **more):
    f = (cls or api.SimpleFilter)()
    f.stock_field = getattr(SF, name)
    if low is not None or high is not None:
        f.is_no_filter, f.filter_min, f.filter_max = False, low, high
    if sort:
        f.sort = sort
    for key, value in more.items():
        setattr(f, key, value)
    return f


def accumulated(name, days, *args, **more):
    return simple(name, *args, cls=api.AccumulateFilter, days=days, **more)


def financial(name, quarter, *args, **more):
    return simple(name, *args, cls=api.FinancialFilter, quarter=quarter, **more)


def pattern(name, ktype=K.K_DAY, run_of=None):
    f = api.PatternFilter()
    f.stock_field, f.ktype, f.is_no_filter = getattr(SF, name), ktype, False
    if run_of:
        f.consecutive_period = run_of
    return f


def indicator(first, second, position="MORE", ktype=K.K_DAY, value=None, para1=(), para2=(), filters=True, run_of=None):
    f = api.CustomIndicatorFilter()
    f.stock_field1, f.stock_field2 = getattr(SF, first), getattr(SF, second)
    f.relative_position, f.ktype = getattr(api.RelativePosition, position), ktype
    f.stock_field1_para, f.stock_field2_para = list(para1), list(para2)
    if value is not None:
        f.value = value
    if filters:
        f.is_no_filter = False
    if run_of:
        f.consecutive_period = run_of
    return f


def screen(q, market, filters, num=200, plate=None):
    """All pages; every row once."""
    rows, last = [], False
    while not last:
        last, total, page = ok(q.get_stock_filter(market, filters, plate, begin=len(rows), num=num))
        rows += page
        assert len(page) == num or last, (len(page), last)
    assert len(rows) == total and len({r.stock_code for r in rows}) == total, (len(rows), total)
    return rows


def codes(rows):
    return [r.stock_code for r in rows]


def near(a, b, eps=2e-3):
    return abs(a - b) <= eps * max(1, abs(a), abs(b))


def bars(q, code, ktype, count):
    """Forward adjusted, the newest `count`."""
    span = {K.K_DAY: 732, K.K_WEEK: 2900, K.K_MON: 4760, K.K_60M: 60}[ktype]
    end = datetime.date.today() if not settings.get("today") else datetime.date.fromisoformat(settings["today"])
    begin = (end - datetime.timedelta(days=span)).isoformat()
    ret, frame, key = q.request_history_kline(code, begin, end.isoformat(), ktype, max_count=None)
    assert ret == api.RET_OK, frame
    return frame.iloc[-count:].reset_index(drop=True)


# ---- Own formulas, beside the gateway's ----------------------------------------------------------

def ema(x, n):
    out = np.full(len(x), np.nan)
    out[n - 1] = x[:n].mean()
    for i in range(n, len(x)):
        out[i] = out[i - 1] + (x[i] - out[i - 1]) * 2 / (n + 1)
    return out


def rsi(x, n):
    change = np.diff(x)
    up, down = np.maximum(change, 0), np.maximum(-change, 0)
    gain, loss = up[:n].mean(), down[:n].mean()
    for i in range(n, len(change)):
        gain, loss = (gain * (n - 1) + up[i]) / n, (loss * (n - 1) + down[i]) / n
    return 100 * gain / (gain + loss)


def expected(name, para, frame):
    x = frame.close.values
    if name == "PRICE":
        return x[-1]
    if name.startswith("MA") and name not in ("MACD", "MACD_DIFF", "MACD_DEA"):
        n = int(para[0] if name == "MA" else name[2:])
        return x[-n:].mean()
    if name.startswith("EMA"):
        return ema(x, int(para[0] if name == "EMA" else name[3:]))[-1]
    if name == "RSI":
        return rsi(x, para[0] if para else 12)
    if name.startswith("BOLL"):
        n, d = para or (20, 2)
        width = {"BOLL_UPPER": d, "BOLL_MIDDLER": 0, "BOLL_LOWER": -d}[name]
        return x[-n:].mean() + width * x[-n:].std()
    if name.startswith("MACD"):
        fast, slow, signal = para or (12, 26, 9)
        diff = ema(x[slow - fast:], fast) - ema(x, slow)[slow - fast:]
        diff = diff[~np.isnan(diff)]
        dea = ema(diff, signal)
        return {"MACD_DIFF": diff[-1], "MACD_DEA": dea[-1], "MACD": 2 * (diff[-1] - dea[-1])}[name]
    n, k, d = para or (9, 3, 3)
    vk = vd = 50.0
    for i in range(n - 1, len(x)):
        top, bottom = frame.high.values[i - n + 1:i + 1].max(), frame.low.values[i - n + 1:i + 1].min()
        vk += ((x[i] - bottom) / (top - bottom) * 100 - vk) / k
        vd += (vk - vd) / d
    return {"KDJ_K": vk, "KDJ_D": vd, "KDJ_J": 3 * vk - 2 * vd}[name]


# ---- The stock filter ----------------------------------------------------------------------------

def check_simple(q, market, prefix):
    rows = screen(q, market, [simple(name) for name in SIMPLE])
    assert codes(rows) == sorted(codes(rows), key=lambda c: c.split(".")[1]) and len(rows) > 50, codes(rows)
    assert all(c.split(".")[0] in prefix for c in codes(rows))
    shot = ok(q.get_market_snapshot(codes(rows)[:120])).set_index("code")
    for r in rows[:120]:
        s = shot.loc[r.stock_code]
        assert r.stock_name == s["name"]
        if s.suspension:
            continue
        last = s.last_price
        for mine, theirs in [(r.cur_price, last), (r.lot_price, last * s.lot_size),
                             (r.market_val, s.total_market_val), (r.float_market_val, s.circular_market_val),
                             (r.total_share, s.issued_shares), (r.float_share, s.outstanding_shares),
                             (r.pe_annual, s.pe_ratio), (r.pe_ttm, s.pe_ttm_ratio), (r.pb_rate, s.pb_ratio),
                             (r.bid_ask_ratio, s.bid_ask_ratio),
                             (r.cur_price_to_highest52_weeks_ratio, (last / s.highest52weeks_price - 1) * 100),
                             (r.cur_price_to_lowest52_weeks_ratio, (last / s.lowest52weeks_price - 1) * 100),
                             (r.high_price_to_highest52_weeks_ratio, (s.high_price / s.highest52weeks_price - 1) * 100),
                             (r.low_price_to_lowest52_weeks_ratio, (s.low_price / s.lowest52weeks_price - 1) * 100),
                             (r.volume_ratio, s.volume_ratio)]:
            assert near(mine, theirs, 0.02), (r, dict(s), mine, theirs)
        assert r.ps_ttm > 0 and r.pcf_ttm > 0 and abs(r.change_rate_5min) < 20, r
    # Each range, closed and open: what it lets through is what the values say.
    for name in SIMPLE[2:]:
        values = {r.stock_code: getattr(r, name.lower()) for r in rows if r.cur_price > 0}
        if name == "CHANGE_RATE_BEGIN_YEAR":  # listed this year: not known, told as 0, in no range
            values = {c: v for c, v in values.items() if v != 0}
        low, high = np.quantile(list(values.values()), [0.3, 0.7]).round(3)
        got = set(codes(screen(q, market, [simple(name, low, high)])))
        assert got == {c for c, v in values.items() if low <= v <= high}, (name, low, high)
        got = set(codes(screen(q, market, [simple(name, None, high)])))
        assert got == {c for c, v in values.items() if v <= high}, (name, high)
    return rows


def check_accumulated(q, market, sample):
    for days in (1, 5, 20):
        rows = {r.stock_code: r for r in screen(q, market, [accumulated(n, days) for n in ACCUMULATED])}
        for code in sample:
            frame = bars(q, code, K.K_DAY, days + 1)
            share = ok(q.get_market_snapshot([code])).outstanding_shares.iloc[0]
            r, before, part = rows[code], frame.close.iloc[0], frame.iloc[1:]
            assert near(r.__dict__[("change_rate", days)],
                        (frame.close.iloc[-1] / before - 1) * 100, 0.02), (code, days, r)
            assert near(r.__dict__[("amplitude", days)], (part.high.max() - part.low.min()) / before * 100, 0.02)
            assert near(r.__dict__[("volume", days)], part.volume.mean()), (code, days)
            assert near(r.__dict__[("turnover", days)], part.turnover.mean()), (code, days)
            assert near(r.__dict__[("turnover_rate", days)], part.volume.sum() / share * 100, 0.02), (code, days)
    values = {c: r.__dict__[("change_rate", 20)] for c, r in rows.items()}
    low, high = np.quantile(list(values.values()), [0.2, 0.5]).round(3)
    both = screen(q, market, [accumulated("CHANGE_RATE", 20, low, high), accumulated("CHANGE_RATE", 5)])
    assert set(codes(both)) == {c for c, v in values.items() if low <= v <= high}


def check_financial(q, market):
    quarters = ["ANNUAL", "FIRST_QUARTER", "INTERIM", "THIRD_QUARTER", "MOST_RECENT_QUARTER"]
    for quarter in quarters:
        names = [n for n in FINANCIAL if quarter in ("ANNUAL", "MOST_RECENT_QUARTER") or n not in ANNUAL_ONLY]
        rows = screen(q, market, [financial(n, quarter) for n in names])
        for r in rows[:50]:
            v = {n: r.__dict__[(n.lower(), quarter.lower())] for n in names}
            assert near(v["NET_PROFIT"] / v["SUM_OF_BUSINESS"] * 100, v["NET_PROFIT_RATE"]), v
            assert v["EBIT_MARGIN"] < v["EBITDA_MARGIN"] and v["NET_PROFIT_RATE"] < v["GROSS_PROFIT_RATE"], v
            assert near(100 / (100 - v["DEBT_ASSET_RATE"]) * 100, v["EQUITY_MULTIPLIER"]), v
            assert v["QUICK_RATIO"] < v["CURRENT_RATIO"] and v["DILUTED_EPS"] <= v["BASIC_EPS"], v
        name = "CURRENT_RATIO"
        values = {r.stock_code: r.__dict__[(name.lower(), quarter.lower())] for r in rows}
        low, high = np.quantile(list(values.values()), [0.25, 0.6]).round(3)
        got = screen(q, market, [financial(name, quarter, low, high, sort=api.SortDir.ASCEND)])
        assert set(codes(got)) == {c for c, v in values.items() if low <= v <= high}
        ordered = [r.__dict__[(name.lower(), quarter.lower())] for r in got]
        assert ordered == sorted(ordered)
    refused(q.get_stock_filter(market, [financial("ROA_TTM", "INTERIM")]), "quarter 3", "annual")


DEFAULTS = {"RSI": (), "MA": (7,), "EMA": (9,), "KDJ_K": (9, 3, 3), "KDJ_D": (10, 4, 4), "KDJ_J": (9, 3, 3),
            "MACD_DIFF": (12, 26, 9), "MACD_DEA": (10, 20, 5), "MACD": (12, 26, 9), "BOLL_UPPER": (20, 2),
            "BOLL_MIDDLER": (30, 1), "BOLL_LOWER": (20, 2)}


def check_indicators(q, market, sample):
    """Every indicator's value, on day bars and on the other three kinds."""
    names = [n for n in INDICATORS if n != "VALUE"]
    for ktype, count in [(K.K_DAY, 400), (K.K_WEEK, 300), (K.K_60M, 150), (K.K_MON, 150)]:
        if ktype == K.K_MON:
            sample = sample[:1]  # many years of days
        frames = {c: bars(q, c, ktype, count) for c in sample}
        for name in names:
            para = DEFAULTS.get(name, ())
            period = para[0] if name in ("MA", "EMA") else int(name.lstrip("EMA")) if name not in DEFAULTS and name != "PRICE" else 1
            if period > {K.K_DAY: 250, K.K_MON: 30}.get(ktype, 100):
                continue
            f = indicator(name, "VALUE", ktype=ktype, value=-1e9, para1=para, filters=False)
            rows = {r.stock_code: r for r in screen(q, market, [f], plate="HK.HSI Constituent")}
            for code in sample:
                got, want = rows[code].__dict__[f.query_key1], expected(name, para, frames[code])
                loose = name.startswith("EMA") or name.startswith("RSI") or name.startswith("KDJ")
                assert near(got, want, 0.01 if loose and ktype != K.K_DAY else 2e-3), (name, ktype, code, got, want)


def check_comparisons(q, market):
    every = {r.stock_code: r for r in screen(q, market, [simple("CUR_PRICE")])}
    live = {c for c, r in every.items() if r.cur_price > 0}
    above = set(codes(screen(q, market, [indicator("MA5", "MA10")])))
    below = set(codes(screen(q, market, [indicator("MA5", "MA10", "LESS")])))
    assert above and below and not above & below and above | below <= live
    both = screen(q, market, [indicator("MA5", "MA10"), indicator("EMA5", "EMA10")])
    for r in both:
        assert r.__dict__[("ma5", "k_day")] > r.__dict__[("ma10", "k_day")], r
        assert r.__dict__[("ema5", "k_day")] > r.__dict__[("ema10", "k_day")], r
    up = screen(q, market, [indicator("PRICE", "MA", "CROSS_UP", para2=[5])])
    down = screen(q, market, [indicator("PRICE", "MA", "CROSS_DOWN", para2=[5])])
    assert not set(codes(up)) & set(codes(down))
    for r in up:
        assert r.__dict__[("price", "k_day")] > r.__dict__[("ma", "5", "k_day")], r
    f = indicator("RSI", "VALUE", "LESS", value=45, para1=[6])
    for r in screen(q, market, [f]):
        assert r.__dict__[f.query_key1] < 45, r
    kdj = indicator("KDJ_K", "KDJ_K", para1=[10, 4, 4], para2=[9, 3, 3])
    for r in screen(q, market, [kdj]):
        assert r.__dict__[("kdj_k", "10,4,4", "k_day")] > r.__dict__[("kdj_k", "9,3,3", "k_day")], r
    three = screen(q, market, [indicator("MA5", "MA10", run_of=3)])
    twelve = screen(q, market, [indicator("MA5", "MA10", run_of=12)])
    assert set(codes(twelve)) <= set(codes(three)) <= above and len(three) < len(above)
    plain = screen(q, market, [indicator("MA5", "MA10", filters=False)])
    assert set(codes(plain)) == set(every)


def check_patterns(q, market):
    assert len(PATTERNS) == 20, PATTERNS
    found = {}
    for name in PATTERNS:
        for ktype in (K.K_DAY, K.K_WEEK, K.K_MON):
            found[name, ktype] = set(codes(screen(q, market, [pattern(name, ktype)], plate="HK.HSI Constituent")))
    screen(q, market, [pattern("MACD_GOLD_CROSS_LOW", K.K_60M)], plate="HK.HSI Constituent")
    assert sum(len(v) for v in found.values()) > 20, found
    for ktype in (K.K_DAY, K.K_WEEK, K.K_MON):
        assert not found["MA_ALIGNMENT_LONG", ktype] & found["MA_ALIGNMENT_SHORT", ktype]
        assert not found["MACD_GOLD_CROSS_LOW", ktype] & found["MACD_DEATH_CROSS_HIGH", ktype]
    every = screen(q, market, [pattern("MA_ALIGNMENT_LONG")]) + screen(q, market, [pattern("MA_ALIGNMENT_SHORT")])
    for r in every[:3]:
        x = bars(q, r.stock_code, K.K_DAY, 80).close.values
        sign = 1 if x[-1] > x[-2] else -1
        for end in (len(x), len(x) - 1):
            means = [sign * x[end - n:end].mean() for n in (5, 10, 20, 30, 60)]
            assert means == sorted(means, reverse=True), (r.stock_code, means)
    runs = set(codes(screen(q, market, [pattern("MA_ALIGNMENT_LONG", run_of=2)])))
    assert runs <= set(codes(screen(q, market, [pattern("MA_ALIGNMENT_LONG")])))


def check_sorting_and_pages(q, market):
    for direction, reverse in [(api.SortDir.ASCEND, False), (api.SortDir.DESCEND, True)]:
        rows = screen(q, market, [simple("MARKET_VAL", sort=direction)], num=37)
        values = [r.market_val for r in rows]
        assert values == sorted(values, reverse=reverse)
        rows = screen(q, market, [simple("STOCK_CODE", sort=direction)], num=41)
        assert codes(rows) == sorted(codes(rows), reverse=reverse)
    two = screen(q, market, [simple("LOT_PRICE"), financial("BASIC_EPS", "ANNUAL"),
                             simple("STOCK_NAME", sort=api.SortDir.ASCEND)])
    names = [r.stock_name for r in two]
    assert [n.encode() for n in names] == sorted(n.encode() for n in names)
    last, total, page = ok(q.get_stock_filter(market, [simple("CUR_PRICE")], begin=10 ** 6, num=5))
    assert last and page == [] and total > 0


def check_plates(q, market):
    members = ok(q.get_plate_stock("HK.HSI Constituent"))
    got = codes(screen(q, market, [simple("CUR_PRICE")], plate="HK.HSI Constituent"))
    assert set(got) == set(members[members.stock_type == "STOCK"].code) and got, got
    for plate, of in [("US.NASDAQ", api.Market.US), ("US.NYSE", api.Market.US), ("HK.Motherboard", api.Market.HK),
                      ("HK.GEM", api.Market.HK), ("HK.BK1911", api.Market.HK), ("SH.3000000", api.Market.SH),
                      ("SZ.3000001", api.Market.SZ), ("SZ.3000004", api.Market.SH)]:
        rows = screen(q, of, [simple("CUR_PRICE")], plate=plate)
        stocks = ok(q.get_plate_stock(plate))
        assert set(codes(rows)) == set(stocks[stocks.stock_type == "STOCK"].code), plate
    both = {c.split(".")[0] for c in codes(screen(q, api.Market.SZ, [simple("CUR_PRICE")]))}
    assert both == {"SH", "SZ"}, both


def check_refusals(q, market):
    def ask(filters, **more):
        return q.get_stock_filter(more.pop("market", market), filters, **more)
    refused(ask([simple("CUR_PRICE", 5, 1)]), "filterMin", "5", "1")
    refused(ask([simple("CUR_PRICE"), simple("CUR_PRICE", 1, 2)]), "baseFilterList", "3", "twice")
    refused(ask([simple("STOCK_CODE", 1, 2)]), "fieldName 1", "bounds")
    refused(ask([accumulated("VOLUME", 0)]), "days", "0")
    refused(ask([accumulated("VOLUME", 251)]), "days", "251")
    refused(ask([accumulated("VOLUME", d) for d in range(1, 12)]), "accumulateFilterList", "10")
    refused(ask([accumulated("VOLUME", 3), accumulated("VOLUME", 3)]), "days 3")
    refused(ask([indicator("MA5", "EMA10")]), "firstFieldName 2", "secondFieldName 11")
    refused(ask([indicator("RSI", "VALUE")]), "fieldValue")
    refused(ask([indicator("MA", "MA10")]), "firstFieldParaList")
    refused(ask([indicator("MACD", "MACD_DEA", para1=[26, 12, 9])]), "firstFieldParaList", "26,12,9")
    refused(ask([indicator("VALUE", "MA5", value=1)]), "firstFieldName 17")
    refused(ask([pattern("MA_ALIGNMENT_LONG", K.K_5M)]), "klType")
    refused(ask([pattern("MA_ALIGNMENT_LONG", run_of=13)]), "consecutivePeriod", "13")
    refused(ask([pattern("MA_ALIGNMENT_LONG"), pattern("MA_ALIGNMENT_LONG", K.K_WEEK)]), "patternFilterList", "twice")
    refused(ask([], num=201), "num", "201")
    refused(ask([], begin=-1), "begin", "-1")
    refused(ask([], plate_code="HK.NOSUCH"), "HK.NOSUCH")
    refused(ask([], plate_code="US.NYSE"), "US.NYSE", "market 1")
    refused(ask([], plate_code="HK.00700"), "HK.00700", "no plate")
    refused(ask([], market=api.Market.JP), "market 41")


# ---- Plates and lists ----------------------------------------------------------------------------

def check_plate_lists(q):
    for market in ("HK", "US", "SH", "SZ"):
        kinds = {}
        for kind in ("ALL", "INDUSTRY", "REGION", "CONCEPT"):
            frame = ok(q.get_plate_list(market, getattr(api.Plate, kind)))
            if len(frame):
                assert list(frame.columns)[:3] == ["code", "plate_name", "plate_id"], frame
                assert (frame.code.str.split(".", n=1).str[1] == frame.plate_id).all() and frame.plate_name.all()
            kinds[kind] = set(frame.code) if len(frame) else set()
        assert kinds["ALL"] == kinds["INDUSTRY"] | kinds["REGION"] | kinds["CONCEPT"] and kinds["INDUSTRY"], market
        assert not kinds["REGION"] or market in ("SH", "SZ"), market
    assert set(ok(q.get_plate_list("SH", api.Plate.ALL)).code) == set(ok(q.get_plate_list("SZ", api.Plate.ALL)).code)
    refused(q.get_plate_list("HK", api.Plate.OTHER), "plateSetType", "4")


PLATE_COLUMNS = ["code", "lot_size", "stock_name", "stock_owner", "stock_child_type", "stock_type", "list_time",
                 "stock_id", "main_contract", "last_trade_time"]


def check_plate_members(q):
    for plate in ("HK.BK1001", "HK.HSI Constituent", "US.NASDAQ", "SH.3000005", "HK.BK1986", "US.BK2989"):
        frame = ok(q.get_plate_stock(plate))
        assert not set(PLATE_COLUMNS) - set(frame.columns), frame.columns
        assert len(frame) and frame.code.is_unique and frame.stock_name.all() and (frame.stock_id > 0).all(), plate
        short = frame.code.str.split(".", n=1).str[1]
        assert short.is_monotonic_increasing, plate
        down = ok(q.get_plate_stock(plate, api.SortField.CODE, False))
        assert list(down.code) == list(frame.code)[::-1], plate
    common = ["CUR_PRICE", "PRICE_CHANGE_VAL", "CHANGE_RATE", "STATUS", "BID_PRICE", "ASK_PRICE", "BID_VOL", "ASK_VOL",
              "VOLUME", "TURNOVER", "AMPLITUDE"]
    us = ["PRE_CUR_PRICE", "AFTER_CUR_PRICE", "PRE_PRICE_CHANGE_VAL", "AFTER_PRICE_CHANGE_VAL", "PRE_CHANGE_RATE",
          "AFTER_CHANGE_RATE", "PRE_AMPLITUDE", "AFTER_AMPLITUDE", "PRE_TURNOVER", "AFTER_TURNOVER"]
    futures = ["LAST_SETTLE_PRICE", "POSITION", "POSITION_CHANGE"]
    for plate, names in [("HK.HSI Constituent", common), ("US.NASDAQ", us), ("HK.BK1986", futures)]:
        members = set(ok(q.get_plate_stock(plate)).code)
        for name in names:
            assert set(ok(q.get_plate_stock(plate, getattr(api.SortField, name), False)).code) == members, name
    frame = ok(q.get_plate_stock("HK.HSI Constituent", api.SortField.CUR_PRICE, False))
    prices = ok(q.get_market_snapshot(list(frame.code))).set_index("code").last_price
    assert prices.loc[frame.code].is_monotonic_decreasing
    refused(q.get_plate_stock("HK.00700"), "HK.00700")
    refused(q.get_plate_stock("HK.HSI Constituent", api.SortField.PRE_TURNOVER), "sortField 43")
    refused(q.get_plate_stock("HK.HSI Constituent", api.SortField.POSITION), "sortField 49")
    refused(q.get_plate_stock("HK.NOSUCH"), "HK.NOSUCH")


IPO_COLUMNS = ["code", "name", "list_time", "list_timestamp", "apply_code", "issue_size", "online_issue_size",
               "apply_upper_limit", "apply_limit_market_value", "is_estimate_ipo_price", "ipo_price",
               "industry_pe_rate", "is_estimate_winning_ratio", "winning_ratio", "issue_pe_rate", "apply_time",
               "apply_timestamp", "winning_time", "winning_timestamp", "is_has_won", "winning_num_data", "ipo_price_min",
               "ipo_price_max", "list_price", "lot_size", "entrance_price", "is_subscribe_status", "apply_end_time",
               "apply_end_timestamp"]
HK_ONLY = ["list_price", "lot_size", "entrance_price", "is_subscribe_status", "apply_end_time"]
CN_ONLY = ["apply_code", "online_issue_size", "apply_upper_limit", "ipo_price", "winning_ratio", "is_has_won"]


def check_ipos(q):
    for market in ("HK", "US", "SH", "SZ"):
        frame = ok(q.get_ipo_list(market))
        assert not set(IPO_COLUMNS) - set(frame.columns), set(IPO_COLUMNS) - set(frame.columns)
        assert 2 <= len(frame) <= 8 and frame.code.is_unique and frame.list_time.is_monotonic_increasing, frame
        for column in HK_ONLY:
            assert (frame[column] == "N/A").all() == (market != "HK"), (market, column)
        for column in CN_ONLY:
            assert (frame[column] == "N/A").all() == (market in ("HK", "US")), (market, column)
        if market in ("HK", "US"):
            assert (frame.ipo_price_min <= frame.ipo_price_max).all() and (frame.ipo_price_min > 0).all(), frame
        if market == "HK":
            for r in frame.to_dict("records"):
                amount = r["ipo_price_max"] * r["lot_size"]
                fees = sum(round(amount * rate, 2) for rate in (0.01, 0.000027, 0.00005))
                assert abs(r["entrance_price"] - amount - fees) < 0.03, r
                assert r["apply_end_time"] < r["list_time"], r
        if market == "SH":
            won = frame[frame.is_has_won == True]  # noqa: E712
            assert len(won) and won.winning_num_data.str.contains(":").all(), frame
    refused(q.get_ipo_list("CC") if hasattr(api.Market, "CC") else (api.RET_ERROR, "market 91"), "market")


def check_code_changes(q):
    frame = ok(q.get_code_change())
    for column in ("code_change_info_type", "code", "related_code", "public_time", "effective_time", "end_time"):
        assert column in frame.columns, frame.columns
    assert len(frame) > 3 and (frame.code_change_info_type == "SPLIT").all(), frame
    assert (frame.public_time < frame.effective_time).all() and (frame.effective_time < frame.end_time).all()
    # The split is in the price adjustments, too.
    code = frame.code.iloc[0]
    rehab = ok(q.get_rehab(code))
    assert frame.effective_time.iloc[0] in set(rehab[rehab.split_ratio > 0].ex_div_date.str[:10]) or \
        frame.effective_time.iloc[0] in set(rehab.ex_div_date.str[:10]), (code, rehab)
    middle = frame.effective_time.sort_values().iloc[len(frame) // 2]
    late = ok(q.get_code_change([], [api.TimeFilter(api.TimeFilterType.EFFECTIVE, middle, "2099-12-31")]))
    assert set(late.code) == set(frame[frame.effective_time >= middle].code)
    early = ok(q.get_code_change([], [api.TimeFilter(api.TimeFilterType.PUBLIC, "1990-01-01", middle)]))
    assert set(early.code) == set(frame[frame.public_time <= middle].code)
    one = ok(q.get_code_change([code], [], [api.CodeChangeType.SPLIT]))
    assert list(one.code) == [code]
    assert len(ok(q.get_code_change([], [], [api.CodeChangeType.GEM_TO_MAIN]))) == 0
    refused(q.get_code_change(["HK.NOSUCH"]), "HK.NOSUCH")
    refused(q.get_code_change([], [api.TimeFilter(api.TimeFilterType.END, "2020-02-01", "2020-01-01")]),
            "beginTime 2020-02-01", "endTime 2020-01-01")


def check_holdings(q):
    sizes = []
    for kind in ("INSTITUTE", "FUND", "EXECUTIVE"):
        frame = ok(q.get_holding_change_list("US.AAPL", getattr(api.StockHolder, kind)))
        for column in ("holder_name", "holding_qty", "holding_ratio", "change_qty", "change_ratio", "time"):
            assert column in frame.columns, frame.columns
        assert 3 <= len(frame) <= 100 and frame.holder_name.is_unique, frame
        assert frame.holding_qty.is_monotonic_decreasing and frame.holding_ratio.between(0, 100).all(), frame
        before = frame.holding_qty - frame.change_qty
        assert ((frame.change_qty / before * 100 - frame.change_ratio).abs() < 0.01).all(), frame
        sizes.append(frame)
    past = ok(q.get_holding_change_list("US.AAPL", api.StockHolder.INSTITUTE, "2024-01-01", "2024-12-31"))
    assert (past.time.str[:10].between("2024-01-01", "2024-12-31")).all() and len(past), past
    refused(q.get_holding_change_list("HK.00700", api.StockHolder.FUND), "HK.00700")
    refused(q.get_holding_change_list("US.AAPL", api.StockHolder.FUND, "2024-12-31", "2024-01-01"), "beginTime")


def main():
    q = open_quote()
    market, sample = api.Market.HK, ["HK.00700", "HK.00005", "HK.09988"]
    check_simple(q, market, ("HK",))
    check_simple(q, api.Market.SH, ("SH", "SZ"))
    check_accumulated(q, market, sample)
    check_financial(q, market)
    check_indicators(q, market, sample)
    check_comparisons(q, market)
    check_patterns(q, market)
    check_sorting_and_pages(q, market)
    check_plates(q, market)
    check_refusals(q, market)
    check_plate_lists(q)
    check_plate_members(q)
    check_ipos(q)
    check_code_changes(q)
    check_holdings(q)
    say("done")  # before the client's thread says that it closes
    q.close()


run(main)
