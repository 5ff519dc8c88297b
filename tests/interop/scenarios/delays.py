"""Subscribes to what has latency figures, and asks for them."""
from common import api, eventually, ok, open_quote, run, say

KINDS = [api.SubType.QUOTE, api.SubType.TICKER, api.SubType.ORDER_BOOK, api.SubType.BROKER]


def main():
    context = open_quote()
    ok(context.subscribe(["HK.00700"], KINDS, subscribe_push=True))

    def figures():
        got = ok(context.get_delay_statistics([api.DelayStatisticsType.QOT_PUSH], api.QotPushStage.SR2_CS, []))
        rows = got["qot_push"]
        return rows if len(rows) == len(KINDS) else None

    rows = eventually(figures, "figures of all four kinds")
    for row in rows:
        assert row["count"] > 0 and row["delay_avg"] >= 0 and len(row["list"]) == 54, row
        assert sum(item["count"] for item in row["list"]) == row["count"], row
        assert abs(row["list"][-1]["cumulative_ratio"] - 100) < 0.01, row
    say("done")
    context.close()


run(main)
