"""The real timetable, at the time that the test chose: settings["part"] says what there is to see."""
from common import api, ok, open_quote, run, say, settings

K, S, ALL, ETH, RTH = api.SubType.K_1M, api.Session, api.Session.ALL, api.Session.ETH, api.Session.RTH


def labels(q, code, count=1000):
    return list(ok(q.get_cur_kline(code, count, api.KLType.K_1M)).time_key)


def block(row, prefix):
    return {name: row[f"{prefix}_{name}"] for name in (
        "price", "high_price", "low_price", "volume", "turnover", "change_val", "change_rate", "amplitude")}


def us_after_hours(q):
    """Half past five in New York: all three extended sessions of the day have traded."""
    ok(q.subscribe(["US.AAPL", "US.SPY"], [api.SubType.QUOTE, api.SubType.RT_DATA, api.SubType.TICKER, K], session=ALL))
    quote = ok(q.get_stock_quote(["US.AAPL", "US.SPY"])).to_dict("records")
    snap = ok(q.get_market_snapshot(["US.AAPL", "US.SPY"])).to_dict("records")
    for row in quote + snap:
        last = row["last_price"]
        for prefix in ("pre", "after", "overnight"):
            b = block(row, prefix)
            assert b["low_price"] <= b["price"] <= b["high_price"] and b["volume"] > 0 and b["turnover"] > 0, row
            # quote-realtime.md 4.5, "Semantics": against the last regular close, cut to 3 and 4 decimals
            assert abs(b["change_val"] - (b["price"] - last)) < 1e-6, (prefix, row)
            assert abs(b["change_rate"] - b["change_val"] / last * 100) < 0.0011, (prefix, row)
            assert abs(b["amplitude"] - (b["high_price"] - b["low_price"]) / last * 100) < 0.00011, (prefix, row)
    assert quote[0]["data_time"] >= "17:29:00", quote[0]
    points = ok(q.get_rt_data("US.AAPL"))
    first = points.iloc[0]
    assert first.time.endswith(" 20:01:00") and first.opened_mins == 1201, first
    assert "T" in set(ok(q.get_rt_ticker("US.AAPL", 1000)).type)
    # A session setting decides what bars there are; subscribing again replaces it.
    everything = labels(q, "US.AAPL")
    assert any(t[11:] > "17:00:00" for t in everything[-40:]), everything[-40:]
    assert any("00:00:00" < t[11:] < "04:00:00" for t in everything), everything[:5]
    ok(q.subscribe(["US.AAPL"], [K], session=ETH))
    assert all("04:00:00" < t[11:] <= "20:00:00" for t in labels(q, "US.AAPL", 800))
    ok(q.subscribe(["US.AAPL"], [K], session=RTH))
    regular = labels(q, "US.AAPL", 500)
    assert all("09:30:00" < t[11:] <= "16:00:00" for t in regular) and regular[-1].endswith("16:00:00"), regular[-1]
    ok(q.subscribe(["US.AAPL"], [K], extended_time=True))  # the older way to ask for ETH
    assert labels(q, "US.AAPL")[-1][11:] > "16:00:00"
    # History likewise; longer bars take the setting without effect, OVERNIGHT is refused.
    day = dict(start="2026-11-23", end="2026-11-23", max_count=None)
    for session, count in ((RTH, 390), (ETH, 960), (ALL, 1440)):
        ret, bars, _ = q.request_history_kline("US.AAPL", ktype=api.KLType.K_1M, session=session, **day)
        assert ret == api.RET_OK and 0.8 * count < len(bars) <= count, (session, len(bars), bars)
    assert len(q.request_history_kline("US.AAPL", session=ALL, **day)[1]) == 1
    ret, why, _ = q.request_history_kline("US.AAPL", ktype=api.KLType.K_1M, session=S.OVERNIGHT, **day)
    assert ret == api.RET_ERROR, why


def hk_morning(q):
    """Twenty past ten in Hong Kong: the first bar is the opening auction's alone."""
    ok(q.subscribe(["HK.00700"], [api.SubType.QUOTE, api.SubType.RT_DATA, K, api.SubType.K_5M]))
    bars = ok(q.get_cur_kline("HK.00700", 1000, api.KLType.K_1M))
    today = bars[bars.time_key.str[:10] == "2026-11-24"]
    first = today.iloc[0]
    assert first.time_key.endswith("09:30:00") and first.open == first.close == first.high == first.low, first
    assert today.iloc[1].time_key.endswith("09:31:00")
    assert bars.time_key[today.index[0] - 1] == "2026-11-23 16:00:00", "the bar before is yesterday's last"
    points = ok(q.get_rt_data("HK.00700"))
    assert points.time[0] == "2026-11-24 09:30:00" and points.opened_mins[0] == 570, points.iloc[0]
    assert ok(q.get_market_state(["HK.00700"])).market_state[0] == "MORNING"
    # Today goes on where history ends, and what is live now is what history will say.
    ret, history, _ = q.request_history_kline("HK.00700", start="2026-11-24", end="2026-11-24",
                                              ktype=api.KLType.K_1M, max_count=None)
    assert ret == api.RET_OK and list(history.time_key)[:40] == list(today.time_key)[:40]
    assert history.last_close[0] == ok(q.get_stock_quote(["HK.00700"])).prev_close_price[0]


def closed(q):
    """A Sunday: yesterday's figures, no pushes, books at rest."""
    codes = ["HK.00700", "US.AAPL", "SH.600519", "SH.688981"]
    ok(q.subscribe(codes, [api.SubType.QUOTE, api.SubType.TICKER, api.SubType.ORDER_BOOK]))
    for row in ok(q.get_stock_quote(codes)).to_dict("records"):
        assert row["data_date"] == "2026-11-20" and row["last_price"] > 0 and row["volume"] > 0, row
    ok(q.subscribe(["US.AAPL"], [api.SubType.TICKER], session=ALL))  # its last trades are of the night
    for code in codes:
        assert len(ok(q.get_rt_ticker(code, 10))) == 10, code
    states = dict(zip(codes, ok(q.get_market_state(codes)).market_state))
    assert states["HK.00700"] == "CLOSED" and states["US.AAPL"] in ("AFTER_HOURS_END", "CLOSED"), states
    # The STAR board's block after hours has volume and turnover alone.
    star = ok(q.get_market_snapshot(["SH.688981", "SH.600519"])).to_dict("records")
    assert star[0]["after_volume"] > 0 and star[0]["after_turnover"] > 0, star[0]
    assert star[1]["after_volume"] == 0, star[1]


def main():
    q = open_quote()
    {"us_after_hours": us_after_hours, "hk_morning": hk_morning, "closed": closed}[settings["part"]](q)
    say("done")
    q.close()


run(main)
