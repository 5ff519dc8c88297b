"""Company data with the vendor's own calls: every column, every page, and what is refused."""
import datetime as dt
from zoneinfo import ZoneInfo

from common import api, ok, open_quote, run, say

HK, US, CN = "Asia/Hong_Kong", "America/New_York", "Asia/Shanghai"
TRADES = ["trade_shares", "min_trade_date", "min_trade_date_str", "max_trade_date", "max_trade_date_str", "min_price",
          "max_price", "security_holder_quantity", "is_proposed_sale_of_securities", "holder_id", "name", "title",
          "security_description", "transaction_type", "source_group_name"]
HOLDERS = ["holder_id", "holder_quantity", "holder_pct", "name", "title", "all_count", "next_key",
           "insider_total_count", "insider_bought_count", "insider_sold_count"]
SHORT_US = ["timestamp", "timestamp_str", "shares_short", "short_percent", "avg_daily_share_volume", "days_to_cover",
            "close_price", "last_close_price"]
SHORT_HK = ["timestamp", "timestamp_str", "aggregated_short", "aggregated_short_ratio", "close_price",
            "last_close_price"]
BUYBACK_HK = ["publ_date", "publ_date_str", "end_date", "end_date_str", "buy_back_money", "buy_back_sum", "percentage",
              "high_price", "low_price", "cumulative_sum", "cumulative_percentage", "share_type"]
BUYBACK_CN = ["change_reg_date", "change_reg_date_str", "change_date", "change_date_str", "event_proce_desc",
              "advance_date", "advance_date_str", "meet_pass_date", "meet_pass_date_str", "start_date",
              "start_date_str", "end_date", "end_date_str", "pay_date", "pay_date_str", "seller", "buy_back_mode",
              "share_type", "buy_back_sum", "buy_back_money", "percentage", "value_floor", "value_ceiling",
              "price_floor", "price_ceiling", "volume_floor", "volume_ceiling"]
DIVIDENDS = ["pub_date", "statement", "process", "record_date", "ex_date", "dividend_payable_date", "fiscal_year"]
SPLITS = ["dir_deci_pub_date", "dir_deci_pub_date_str", "reform_type", "rate", "ex_date", "ex_date_str",
          "sm_deci_date", "sm_deci_date_str", "event_status", "shares_after_effect"]
SPLITS_HK = SPLITS + ["temp_trade_begin_date", "temp_trade_begin_date_str", "simul_trade_begin_date",
                      "simul_trade_begin_date_str", "simul_trade_end_date", "simul_trade_end_date_str",
                      "new_par_value", "temp_share_code", "temp_share_abbr_name", "new_trade_unit"]


def refused(answer, *words):
    assert answer[0] == api.RET_ERROR, answer
    for word in words:
        assert word in answer[1], (word, answer[1])


def rows_of(table):
    """Rows as dictionaries; what a row does not have is left out, and a number is one kind of number: a
    table's columns are typed by what its page happens to hold."""
    records = table if isinstance(table, list) else table.to_dict("records")
    return [{k: float(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v
             for k, v in record.items() if v is not None and v == v} for record in records]


def check_day(row, name, zone, hour=0):
    """The text is the day of the seconds, and those are its start (3242: its noon) in the market."""
    at = dt.datetime.fromtimestamp(row[name], ZoneInfo(zone))
    assert (at.strftime("%Y-%m-%d"), at.hour, at.minute) == (row[name + "_str"], hour, 0), (name, row, at)


def complete(rows, columns, may_lack=()):
    for row in rows:
        for column in columns:
            value = row.get(column)
            assert value is not None or column in may_lack, (column, row)


def newest_first(rows, column):
    known = [row[column] for row in rows if column in row]
    assert known == sorted(known, reverse=True), (column, known)


def all_pages(page, num):
    """Every row by pages of num; page(next_key=…, num=…) gives (rows, next key)."""
    rows, key = [], None
    for _ in range(1000):
        got, key = page(next_key=key, num=num)
        rows += got
        if key == "-1":
            assert 0 < len(got) <= num or not rows, got
            return rows
        assert len(got) == num, (len(got), num)
    raise AssertionError("the pages do not end")


def same_by_any_page(page, most=50):
    rows = all_pages(page, most)
    assert rows == all_pages(page, 7), "pages of 7 are other rows"
    first, key = page(next_key=None, num=None)
    assert first == rows[:10] and (key == "-1") == (len(rows) <= 10), (len(rows), key)
    return rows


def trades(q, code, **more):
    def page(next_key, num):
        table = ok(q.get_insider_trade_list(code, num=num, next_key=next_key, **more))
        assert list(table.columns) == TRADES, table.columns
        page.total = table.attrs["all_count"]
        return rows_of(table), table.attrs["next_key"]
    rows = all_pages(page, 50) if more else same_by_any_page(page)
    assert page.total == len(rows), (page.total, len(rows))
    return rows


def holders(q, code):
    def page(next_key, num):
        table = ok(q.get_insider_holder_list(code, next_key, num))
        assert list(table.columns) == HOLDERS, table.columns
        page.seen = rows_of(table)[0]
        return rows_of(table.drop(columns=["next_key"])), page.seen["next_key"]
    rows = same_by_any_page(page, 20)
    assert page.seen["all_count"] == page.seen["insider_total_count"] == len(rows), (page.seen, len(rows))
    assert page.seen["insider_bought_count"] + page.seen["insider_sold_count"] <= len(rows), page.seen
    return rows


def check_insiders(q, code, known_columns):
    people, done = holders(q, code), trades(q, code)
    ids = {row["holder_id"] for row in people}
    assert len(ids) == len(people) and {row["holder_id"] for row in done} <= ids, (ids, done)
    newest_first(people, "holder_quantity")
    newest_first(done, "max_trade_date")
    if known_columns:
        complete(people, HOLDERS[:5])
        complete(done, TRADES, ["security_holder_quantity"])
    for row in done:
        if "min_trade_date" in row:
            check_day(row, "min_trade_date", US, 12)
            check_day(row, "max_trade_date", US, 12)
            assert row["is_proposed_sale_of_securities"] == (row["source_group_name"] == "Form 144"), row
    who = done[0]["holder_id"]
    assert trades(q, code, holder_id=int(who)) == [row for row in done if row["holder_id"] == who]
    nobody = ok(q.get_insider_trade_list(code, holder_id=1))
    assert list(nobody.columns) == TRADES and len(nobody) == 0, nobody
    assert nobody.attrs == {"all_count": 0, "next_key": "-1"}, nobody.attrs


def check_short_interest(q, code, hk):
    def page(next_key, num):
        ret, us_table, hk_table = q.get_short_interest(code, next_key, num)
        assert ret == api.RET_OK, us_table
        assert list(us_table.columns) == SHORT_US and list(hk_table.columns) == SHORT_HK
        assert len(us_table if hk else hk_table) == 0, "the other market's table is empty"
        assert us_table.attrs["next_key"] == hk_table.attrs["next_key"]
        return rows_of(hk_table if hk else us_table), us_table.attrs["next_key"]
    rows = same_by_any_page(page)
    assert len(rows) > 40, rows
    complete(rows, SHORT_HK if hk else SHORT_US)
    newest_first(rows, "timestamp")
    for row in rows:
        check_day(row, "timestamp", HK if hk else US)
    return rows


def check_closes(q, code, rows):
    """The simulated rows speak of the same market as its K-lines."""
    for row in rows[:3]:
        ret, bars, _ = q.request_history_kline(code, start=row["timestamp_str"], end=row["timestamp_str"],
                                               autype=api.AuType.NONE)
        assert ret == api.RET_OK and len(bars) == 1, bars
        assert abs(bars.close[0] - row["close_price"]) < 1e-6, (bars, row)
        assert abs(bars.last_close[0] - row["last_close_price"]) < 1e-6, (bars, row)


def check_buybacks(q, code, hk):
    def page(next_key, num):
        got = ok(q.get_corporate_actions_buybacks(code, next_key, num))
        hk_table, cn_table = got["hk_buy_back_list"], got["a_buy_back_list"]
        assert list(hk_table.columns) == BUYBACK_HK and list(cn_table.columns) == BUYBACK_CN, got
        assert len(cn_table if hk else hk_table) == 0, "the other market's table is empty"
        return rows_of(hk_table if hk else cn_table), got["next_key"]
    rows = same_by_any_page(page)
    columns = BUYBACK_HK if hk else BUYBACK_CN
    assert len(rows) > 10, rows
    complete(rows, columns)
    newest_first(rows, columns[0])
    for row in rows:
        for column in columns:
            if column + "_str" in columns:
                check_day(row, column, HK if hk else CN)
        assert row["buy_back_sum"] > 0 and row["buy_back_money"] > 0, row
        if hk:
            assert row["low_price"] <= row["high_price"] and row["cumulative_sum"] >= row["buy_back_sum"], row
        else:
            assert row["price_floor"] < row["price_ceiling"] and row["start_date"] < row["end_date"], row


def check_actions(q, codes):
    """Dividends and splits are the events that adjust the prices (3105)."""
    splits_seen = {}
    for code in codes:
        rehab = ok(q.get_rehab(code))
        dividends = ok(q.get_corporate_actions_dividends(code))["dividend_list"]
        paid = [] if len(rehab) == 0 else rehab[rehab.per_cash_div > 0]
        assert [d["ex_date"] for d in dividends] == ([] if len(paid) == 0 else list(paid.ex_div_date)[::-1]), code
        complete(dividends, DIVIDENDS)
        for row in dividends:
            assert row["pub_date"] < row["ex_date"] < row["dividend_payable_date"], row
            assert row["statement"].startswith("Cash dividend "), row

        def page(next_key, num):
            got = ok(q.get_corporate_actions_stock_splits(code, next_key, num))
            return got["split_list"], got["next_key"]
        splits = same_by_any_page(page)
        ratios = [r for r in rows_of(rehab) if "split_ratio" in r]
        assert [s["ex_date_str"] for s in splits] == [r["ex_div_date"] for r in ratios][::-1], (code, splits, ratios)
        hk = code.startswith("HK.")
        complete(splits, SPLITS_HK if hk else SPLITS)
        for row in splits:
            check_day(row, "ex_date", HK if hk else US if code.startswith("US.") else CN)
            splits_seen[code[:2]] = row
    assert {"HK", "US"} <= set(splits_seen), f"no split of {codes}: choose others"


def check_institutions(q, code):
    columns = ["period_text", "institution_quantity", "institution_quantity_change", "holder_quantity",
               "holder_quantity_change", "holder_pct", "holder_pct_change", "next_key", "update_time", "update_time_str"]

    def page(next_key, num):
        table = ok(q.get_shareholders_institutional(code, next_key, num))
        assert list(table.columns) == columns and (table.update_time_str.str.len() == 19).all(), table
        return rows_of(table.drop(columns=["next_key"])), table.next_key[0]
    rows = same_by_any_page(page)
    complete(rows, set(columns) - {"next_key"})
    newest_first(rows, "period_text")


def check_executives(q, code):
    table = ok(q.get_company_executives(code))
    assert list(table.columns) == ["display_leader_name", "leader_name", "position_name", "begin_date",
                                   "begin_date_str", "issue_date", "issue_date_str", "leader_gender", "leader_age",
                                   "highest_education", "annual_salary"], table.columns
    rows = rows_of(table)
    complete(rows, table.columns)
    assert len(rows) > 5 and all(int(row["leader_age"]) > 20 for row in rows), rows
    for row in rows:
        check_day(row, "begin_date", CN)
        check_day(row, "issue_date", CN)


def check_short_volume(q, code, hk):
    def page(next_key, num):
        ret, us_table, hk_table = q.get_daily_short_volume(code, next_key, num)
        assert ret == api.RET_OK, us_table
        table = hk_table if hk else us_table
        assert len(us_table if hk else hk_table) == 0
        page.figures = [hk_table.attrs[k] for k in ("aggregated_short", "aggregated_short_ratio", "new_time_str")]
        page.columns = list(table.columns)
        return rows_of(table), us_table.attrs["next_key"]
    rows = same_by_any_page(page)
    complete(rows, page.columns)
    newest_first(rows, "timestamp")
    assert all(page.figures) if hk else page.figures == [None] * 3, page.figures
    traded, sold = ("shares_traded", "short_sell_shares_traded") if hk else ("volume", "total_shares_short")
    assert all(0 < row[sold] < row[traded] for row in rows), rows
    check_closes(q, code, rows)
    assert rows[0]["timestamp_str"] == "2026-11-23", "the day that is not over has no row"


def check_refusals(q):
    refused(q.get_insider_trade_list("HK.00700"), "HK.00700", "US")
    refused(q.get_insider_holder_list("SH.600519"), "SH.600519", "US")
    refused(q.get_short_interest("SH.600519"), "SH.600519", "HK, US")
    refused(q.get_corporate_actions_buybacks("US.AAPL"), "US.AAPL", "HK, SH/SZ")
    refused(q.get_corporate_actions_dividends("HK.99999999"), "HK.99999999")
    refused(q.get_corporate_actions_dividends("HK.800000"), "HK.800000", "stocks and funds")
    refused(q.get_insider_trade_list("US.AAPL", holder_id=-5), "holderId=-5")
    refused(q.get_insider_trade_list("US.AAPL", num=0), "num=0", "1 to 50")
    refused(q.get_insider_trade_list("US.AAPL", num=51), "num=51", "1 to 50")
    refused(q.get_insider_holder_list("US.AAPL", num=21), "num=21", "1 to 20")
    refused(q.get_insider_trade_list("US.AAPL", next_key="188"), "nextKey=188")
    refused(q.get_insider_trade_list("US.AAPL", next_key="-1"), "nextKey=-1")
    refused(q.get_insider_trade_list("US.AAPL", holder_id=234085, next_key="10"), "nextKey=10")
    refused(q.get_short_interest("HK.00700", next_key="10"), "nextKey=10")
    refused(q.get_corporate_actions_buybacks("HK.00700", next_key="x"), "nextKey=x")


def main():
    q = open_quote()
    check_insiders(q, "US.AAPL", known_columns=False)
    check_insiders(q, "US.MSFT", known_columns=True)
    check_insiders(q, "US.SPY", known_columns=True)
    check_short_interest(q, "HK.00700", hk=True)
    check_closes(q, "HK.00005", check_short_interest(q, "HK.00005", hk=True))
    check_closes(q, "US.AAPL", check_short_interest(q, "US.AAPL", hk=False))
    for code in ("HK.00700", "HK.00005", "HK.02800"):
        check_buybacks(q, code, hk=True)
    for code in ("SH.600519", "SZ.000001"):
        check_buybacks(q, code, hk=False)
    stocks = [c for m in (api.Market.HK, api.Market.US)
              for c in ok(q.get_stock_basicinfo(m, api.SecurityType.STOCK)).code[:14]]
    check_actions(q, ["HK.00700", "US.AAPL", "SH.600519", "SZ.000001", *stocks])
    check_institutions(q, "HK.00700")
    check_institutions(q, "JP.7203")
    check_executives(q, "SH.600519")
    check_short_volume(q, "HK.00700", hk=True)
    check_short_volume(q, "US.AAPL", hk=False)
    check_refusals(q)
    say("done")


run(main)
