"""Writes refdata/: the company data that is shipped (python3 data/make_refdata.py, no packages).

The samples are what the vendor's pages of 3242, 3249 and 3235 print for US.AAPL and HK.00700, cell by
cell; what a page does not print is left out. The rows behind them, which the pages' totals and page
keys speak of, are simulated: seeded, and consistent with the samples."""
import csv
import datetime as dt
import json
import os
import random
from zoneinfo import ZoneInfo

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "refdata")
HEAD = """# source: samples printed by the vendor's pages (3242, 3249, 3235); rows below a line "simulated" are invented by data/make_refdata.py
# as of: 2026-11-21
"""
DAY = dt.timedelta(1)


def holidays(market):
    with open(os.path.join(HERE, "calendars", market + ".csv"), encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["date"] for row in rows if "closed" in row.values()}


def trading_day(day, closed):
    while day.weekday() > 4 or day.isoformat() in closed:
        day -= DAY
    return day


def seconds(day, zone, hour=0):
    return int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).timestamp())


# ---- 3242, 3241: US.AAPL --------------------------------------------------------------------------

LEVINSON = (234085, "Arthur Levinson", "Independent Non-Executive Chairperson")
ADAMS = (34123508, "Katherine Adams", "Senior Vice President")
PAREKH = (1892533533, "Kevan Parekh", "Chief Financial Officer")
BORDERS = (1976351584, "Ben Borders", "Principal Accounting Officer")
COOK = (169600, "Timothy Cook", "Chief Executive Officer")
OBRIEN = (531640091, "Deirdre O\u2019Brien", "Senior Vice President of Retail")

TRADES = [  # holder, kind, shares
    (LEVINSON, "Open Market Disposition", -250000),
    (LEVINSON, "Other Disposition", -5000),
    (ADAMS, "Intent to Sell (Form 144)", -43000),
    (PAREKH, "Automatic Disposition", -1534),
    (PAREKH, "Derivative Exercise and Retained Stock", 6135),
    (PAREKH, "Derivative Exercise and Sale", -4793),
    (BORDERS, "Derivative Exercise and Retained Stock", 825),
    (BORDERS, "Derivative Exercise and Sale", -892),
    (COOK, "Intent to Sell (Form 144)", -64949),
    (OBRIEN, "Intent to Sell (Form 144)", -30002),
]
ALL_TRADES = 188
TITLES = ["Director", "Senior Vice President", "Vice President", "Treasurer", "Secretary", "10% Owner"]
SOLD = ["Open Market Disposition", "Automatic Disposition", "Derivative Exercise and Sale", "Other Disposition"]
BOUGHT = ["Derivative Exercise and Retained Stock", "Open Market Acquisition"]
AAPL_SHARES = 14_700_000_000


def insiders():
    draw = random.Random(3242)
    closed = holidays("US")

    def line(protocol, **what):
        return json.dumps({"protocol": protocol, "security": "US.AAPL", **what}, ensure_ascii=False)

    trades = ["# 3242: the Python example's table"]
    for (ident, name, title), kind, shares in TRADES:
        trades.append(line("Qot_GetInsiderTradeList", record={
            "tradeShares": shares, "holderId": ident, "name": name, "title": title, "transactionType": kind}))
    sample = dt.date(2026, 5, 5)
    trades.append("# the record of the other languages' examples, which were run at another time")
    trades.append(line("Qot_GetInsiderTradeList", record={
        "tradeShares": -250000, "minTradeDate": 1777996800, "minTradeDateStr": "2026-05-05",
        "maxTradeDate": 1777996800, "maxTradeDateStr": "2026-05-05", "minPrice": 284.760656,
        "maxPrice": 284.760656, "isProposedSaleOfSecurities": True, "holderId": LEVINSON[0],
        "name": LEVINSON[1], "title": LEVINSON[2], "securityDescription": "Common Stock",
        "transactionType": "Intent to Sell (Form 144)", "sourceGroupName": "Form 144"}))
    trades.append("# simulated")
    people = [{"holderId": 9000000001 + k, "name": f"Simulated Insider {k + 1:02}", "title": TITLES[k % len(TITLES)],
               "held": draw.randrange(20_000, 3_000_000)} for k in range(18)]
    held = {p["holderId"]: p["held"] for p in people}
    day, price, recent = sample, 284.76, {}
    for _ in range(ALL_TRADES - len(TRADES) - 1):
        day = trading_day(day - draw.randrange(1, 12) * DAY, closed)
        price = max(120, price * (1 + draw.uniform(-0.03, 0.025)))
        who = draw.choice(people)
        ident, notice = who["holderId"], draw.random() < 0.2
        bought = not notice and draw.random() < 0.4
        shares = draw.randrange(200, 20_000) if bought else -draw.randrange(200, 20_000)
        kind = "Intent to Sell (Form 144)" if notice else draw.choice(BOUGHT if bought else SOLD)
        low = round(price, 2)
        row = {"tradeShares": shares, "minTradeDate": seconds(day, "America/New_York", 12),
               "minTradeDateStr": day.isoformat(), "maxTradeDate": seconds(day, "America/New_York", 12),
               "maxTradeDateStr": day.isoformat(), "minPrice": low, "maxPrice": round(low + draw.random(), 2)}
        if not notice:
            row["securityHolderQuantity"] = held[ident]
            held[ident] -= shares
            if (sample - day).days < 182:
                recent.setdefault(bought, set()).add(ident)
        row |= {"isProposedSaleOfSecurities": notice, "holderId": ident, "name": who["name"], "title": who["title"],
                "securityDescription": "Common Stock", "transactionType": kind,
                "sourceGroupName": "Form 144" if notice else "Form 4"}
        assert held[ident] > 0
        trades.append(line("Qot_GetInsiderTradeList", record=row))

    named = [LEVINSON, ADAMS, PAREKH, BORDERS, COOK, OBRIEN]
    holders = ["# 3241: the holders of 3242's sample; their holdings are not printed"]
    holders += [line("Qot_GetInsiderHolderList", record={"holderId": i, "name": n, "title": t}) for i, n, t in named]
    holders.append("# simulated")
    for p in people:
        holders.append(line("Qot_GetInsiderHolderList", record={
            "holderId": p["holderId"], "holderQuantity": p["held"],
            "holderPct": round(p["held"] / AAPL_SHARES * 100, 6), "name": p["name"], "title": p["title"]}))
    holders.append(line("Qot_GetInsiderHolderList", figures={
        "insiderTotalCount": len(named) + len(people), "insiderBoughtCount": len(recent[True]),
        "insiderSoldCount": len(recent[False])}))
    return trades + holders


# ---- 3249: HK.00700 -------------------------------------------------------------------------------

INTEREST = [  # day, shares, percent, close, close before
    ("2026-04-30", 51480638, 0.56, 467.8, 479.2), ("2026-04-24", 51888755, 0.56, 493.4, 495.2),
    ("2026-04-17", 47974208, 0.52, 510.5, 517.0), ("2026-04-10", 48424833, 0.53, 504.5, 508.5),
    ("2026-04-02", 49982828, 0.54, 489.2, 496.6), ("2026-03-27", 52744147, 0.57, 493.4, 495.6),
    ("2026-03-20", 51710854, 0.56, 508.0, 513.0), ("2026-03-13", 48105325, 0.52, 547.5, 546.5),
    ("2026-03-06", 42404275, 0.46, 519.0, 502.0), ("2026-02-27", 36037870, 0.39, 518.0, 512.0),
]
HK_FLOAT = 9_190_000_000


def short_interest():
    draw = random.Random(3249)
    closed = holidays("HK")
    lines, rows = ["# 3249: the examples' table"], list(INTEREST)
    friday, shares, close = dt.date(2026, 2, 27), INTEREST[-1][1], INTEREST[-1][3]
    for _ in range(94):
        friday -= 7 * DAY
        shares = round(shares * draw.uniform(0.93, 1.075))
        close = round(close * draw.uniform(0.96, 1.035) * 5) / 5
        rows.append((trading_day(friday, closed).isoformat(), shares, round(shares / HK_FLOAT * 100, 2), close,
                     round(close * draw.uniform(0.98, 1.02) * 5) / 5))
    for k, (day, shares, percent, close, before) in enumerate(rows):
        if k == len(INTEREST):
            lines.append("# simulated")
        lines.append(json.dumps({"protocol": "Qot_GetShortInterest", "security": "HK.00700", "record": {
            "timestamp": seconds(dt.date.fromisoformat(day), "Asia/Hong_Kong"), "timestampStr": day,
            "closePrice": close, "lastClosePrice": before, "aggregatedShort": shares,
            "aggregatedShortRatio": percent}}))
    return lines


# ---- 3235: HK.00700 -------------------------------------------------------------------------------

BUYBACKS = [  # day, money, shares, percent, high, low, shares so far, percent so far
    ("2026-04-09", 1000880717.6, 1964000, 0.021373, 514.5, 503.0, 119812000, 1.30386),
    ("2026-04-08", 1000761103.7, 1979000, 0.021537, 510.0, 501.0, 117848000, 1.28249),
    ("2026-04-02", 300715258.5, 615000, 0.006693, 496.0, 485.2, 115869000, 1.26095),
]
HK_ISSUED = 9_189_000_000


def buybacks():
    draw = random.Random(3235)
    closed = holidays("HK")
    lines = ["protocol,security,publDate,publDateStr,endDate,endDateStr,buyBackMoney,buyBackSum,percentage,highPrice,"
             "lowPrice,cumulativeSum,cumulativePercentage,shareType", "# 3235: the examples' table"]
    rows = list(BUYBACKS)
    day, price = dt.date(2026, 4, 2), 490.0
    so_far = BUYBACKS[-1][6] - BUYBACKS[-1][2]
    while so_far > 0:
        day = trading_day(day - draw.choice([1, 1, 1, 2, 5]) * DAY, closed)
        price = min(680, max(480, price * draw.uniform(0.985, 1.02)))
        shares = min(so_far, draw.randrange(5, 20) * 100_000)
        low = round(price * 5) / 5
        high = round((low + draw.randrange(5, 60) / 5) * 5) / 5
        rows.append((day.isoformat(), round(shares * (low + high) / 2, 1), shares,
                     round(shares / HK_ISSUED * 100, 6), high, low, so_far, round(so_far / HK_ISSUED * 100, 5)))
        so_far -= shares
    for k, (day, *figures) in enumerate(rows):
        if k == len(BUYBACKS):
            lines.append("# simulated")
        at = seconds(dt.date.fromisoformat(day), "Asia/Hong_Kong")
        lines.append(",".join(map(str, ["Qot_GetCorporateActionsBuybacks", "HK.00700", at, day, at, day, *figures,
                                        "\u666e\u901a\u80a1"])))
    return lines


for name, lines in (("insiders.jsonl", insiders()), ("short_interest.jsonl", short_interest()),
                    ("buybacks.csv", buybacks())):
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, name), "w", encoding="utf-8", newline="\n") as file:
        file.write(HEAD + "\n".join(lines) + "\n")
