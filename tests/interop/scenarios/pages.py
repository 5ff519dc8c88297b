"""The example programs of the vendor's pages of 3242, 3249 and 3235, in our typing, and what the pages
show as their output."""
import contextlib
import io

import pandas as pd

from common import HOST, PORT, api, run, say

pd.set_option("display.width", 200, "display.max_columns", None)

INSIDERS = """
holder_id name title transaction_type trade_shares
234085 Arthur Levinson Independent Non-Executive Chairperson Open Market Disposition -250000
234085 Arthur Levinson Independent Non-Executive Chairperson Other Disposition -5000
34123508 Katherine Adams Senior Vice President Intent to Sell (Form 144) -43000
1892533533 Kevan Parekh Chief Financial Officer Automatic Disposition -1534
1892533533 Kevan Parekh Chief Financial Officer Derivative Exercise and Retained Stock 6135
1892533533 Kevan Parekh Chief Financial Officer Derivative Exercise and Sale -4793
1976351584 Ben Borders Principal Accounting Officer Derivative Exercise and Retained Stock 825
1976351584 Ben Borders Principal Accounting Officer Derivative Exercise and Sale -892
169600 Timothy Cook Chief Executive Officer Intent to Sell (Form 144) -64949
531640091 Deirdre O\u2019Brien Senior Vice President of Retail Intent to Sell (Form 144) -30002
"""

SHORT_INTEREST = """
timestamp timestamp_str aggregated_short aggregated_short_ratio close_price last_close_price
0 1777478400 2026-04-30 51480638 0.56 467.8 479.2
1 1776960000 2026-04-24 51888755 0.56 493.4 495.2
2 1776355200 2026-04-17 47974208 0.52 510.5 517.0
3 1775750400 2026-04-10 48424833 0.53 504.5 508.5
4 1775059200 2026-04-02 49982828 0.54 489.2 496.6
5 1774540800 2026-03-27 52744147 0.57 493.4 495.6
6 1773936000 2026-03-20 51710854 0.56 508.0 513.0
7 1773331200 2026-03-13 48105325 0.52 547.5 546.5
8 1772726400 2026-03-06 42404275 0.46 519.0 502.0
9 1772121600 2026-02-27 36037870 0.39 518.0 512.0
"""

BUYBACKS = """
publ_date publ_date_str end_date end_date_str buy_back_money buy_back_sum percentage high_price low_price \
cumulative_sum cumulative_percentage share_type
1775664000 2026-04-09 1775664000 2026-04-09 1000880717.6 1964000 0.021373 514.5 503.0 119812000 1.30386 \u666e\u901a\u80a1
1775577600 2026-04-08 1775577600 2026-04-08 1000761103.7 1979000 0.021537 510.0 501.0 117848000 1.28249 \u666e\u901a\u80a1
1775059200 2026-04-02 1775059200 2026-04-02 300715258.5 615000 0.006693 496.0 485.2 115869000 1.26095 \u666e\u901a\u80a1
"""


def insider_page(ctx):
    ret, table = ctx.get_insider_trade_list("US.AAPL")
    print(table[["holder_id", "name", "title", "transaction_type", "trade_shares"]].to_string(index=False)
          if ret == api.RET_OK else f"error: {table}")


def short_page(ctx):
    ret, _, hk_table = ctx.get_short_interest("HK.00700")
    print(hk_table if ret == api.RET_OK else f"error: {hk_table}")


def buyback_page(ctx):
    ret, got = ctx.get_corporate_actions_buybacks("HK.00700", num=3)
    print(pd.DataFrame(got.get("hk_buy_back_list", [])).to_string(index=False) if ret == api.RET_OK
          else f"error: {got}")


def words(text):
    """Lines of words: the pages have lost their columns' spaces."""
    return [line.split() for line in text.strip().splitlines()]


def main():
    ctx = api.OpenQuoteContext(host=HOST, port=PORT)
    for page, shown in ((insider_page, INSIDERS), (short_page, SHORT_INTEREST), (buyback_page, BUYBACKS)):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            page(ctx)
        assert words(output.getvalue()) == words(shown), f"{page.__name__} printed:\n{output.getvalue()}"
    say("done")


run(main)
