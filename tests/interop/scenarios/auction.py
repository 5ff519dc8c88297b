"""Hong Kong's opening auction: an order without a price and one with a limit, entered while the auction
collects, wait for its end and fill at its one price; a limit order of the day waits for the session."""
from common import HOST, PORT, api, eventually, ok, run, say

CODE, WHO = "HK.00700", dict(trd_env=api.TrdEnv.SIMULATE)


def main():
    quotes = api.OpenQuoteContext(host=HOST, port=PORT)
    sec = api.OpenSecTradeContext(filter_trdmarket=api.TrdMarket.HK, host=HOST, port=PORT,
                                  security_firm=api.SecurityFirm.FUTUSECURITIES)
    assert ok(quotes.get_market_state([CODE])).market_state[0] == "AUCTION"
    shot = ok(quotes.get_market_snapshot([CODE])).iloc[0]
    limit = round(shot.last_price + 40 * shot.price_spread, 3)
    made = {}
    for order_type, price in (("AUCTION", 0), ("AUCTION_LIMIT", limit), ("NORMAL", limit)):
        row = ok(sec.place_order(price, 100, CODE, "BUY", order_type, **WHO)).iloc[0]
        assert row.order_type == order_type, row
        made[order_type] = row.order_id

    def order(order_type):
        return ok(sec.order_list_query(order_id=made[order_type], **WHO)).iloc[0]

    assert order("NORMAL").order_status == "WAITING_SUBMIT" and order("AUCTION").order_status == "SUBMITTED"
    eventually(lambda: order("AUCTION").order_status == order("AUCTION_LIMIT").order_status == "FILLED_ALL", "the auction",
               timeout=100)
    assert order("AUCTION").dealt_avg_price == order("AUCTION_LIMIT").dealt_avg_price <= limit
    eventually(lambda: order("NORMAL").order_status == "FILLED_ALL", "continuous trading", timeout=100)
    say("done")
    quotes.close()
    sec.close()


run(main)
