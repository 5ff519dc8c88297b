#!/usr/bin/env python3
"""Checks the CSV files beside it. Prints `file:line: what is wrong`, exits 1 if there is a fault.

Plain Python 3, no packages. An argument names another data folder. It checks the form of the
data and that the files agree with each other; whether a fact is true it cannot know.
"""

import csv
import datetime as dt
import os
import sys
from decimal import Decimal, InvalidOperation

MARKETS = ["HK", "US", "SH", "SZ", "SG", "JP"]
TYPES = ["stock", "etf", "warrant", "cbbc", "inline", "index", "future", "plate"]
EXCHANGES = {"N/A", "HK_MAINBOARD", "HK_GEMBOARD", "HK_HKEX", "US_NYSE", "US_NASDAQ", "US_PINK",
             "US_AMEX", "US_OPTION", "US_NYMEX", "US_COMEX", "US_CBOT", "US_CME", "US_CBOE",
             "CN_SH", "CN_SZ", "CN_STIB", "SG_SGX", "JP_OSE", "JP_TSE", "JP_NIKKEI"}
CURRENCIES = {"HKD", "USD", "CNH", "JPY", "SGD"}
STATES = {"NONE", "AUCTION", "WAITING_OPEN", "MORNING", "REST", "AFTERNOON", "CLOSED",
          "PRE_MARKET_BEGIN", "PRE_MARKET_END", "AFTER_HOURS_BEGIN", "AFTER_HOURS_END",
          "NIGHT_OPEN", "NIGHT_END", "FUTURE_DAY_OPEN", "FUTURE_DAY_BREAK", "FUTURE_DAY_CLOSE",
          "FUTURE_DAY_WAIT_OPEN", "HK_CAS", "FUTURE_SWITCH_DATE", "FUTURE_OPEN", "FUTURE_BREAK",
          "FUTURE_BREAK_OVER", "FUTURE_CLOSE", "STIB_AFTER_HOURS_WAIT", "STIB_AFTER_HOURS_BEGIN",
          "STIB_AFTER_HOURS_END", "CLOSE_AUCTION", "NIGHT", "TRADE_AT_LAST", "OVERNIGHT"}
SESSIONS = {"none", "auction", "regular", "pre", "after", "overnight", "night"}
PHASES = {"none", "input", "no_cancel", "match", "blocking", "continuous", "break",
          "break_cancel", "reference", "closing_call", "fixed_price"}
LAST_RULES = {"bd_before_last_bd", "second_last_bd", "last_bd", "3rd_last_bd", "7bd_before_last_bd",
              "third_friday", "last_friday", "bd_before_second_friday", "bd_before_15th",
              "2bd_before_third_wednesday", "3bd_before_25th_prev", "4bd_before_25th_prev",
              "3rd_last_bd_prev"}
EXPIRY_RULES = {"bd_before_last_bd", "third_friday", "last_bd_of_week", "friday", "bd",
                "vix_wednesday"}
WARRANT_KINDS = {"CALL", "PUT", "BULL", "BEAR", "INLINE"}
FIRMS = {"FUTUSECURITIES", "FUTUINC", "FUTUSG", "FUTUAU", "FUTUCA", "FUTUMY", "FUTUJP"}
RULE_MARKETS = {"HK", "US", "CN", "SG", "JP"}
SECURITIES = {"stock", "etf", "reit", "warrant", "cbbc", "inline"}
CONTRACTS = {"option", "option_stock", "option_index", "future", "future_stock"}
FEE_ITEMS = {"commission", "platform", "platform_tiered", "auto_invest_platform", "stamp_duty",
             "trading_fee", "trading_tariff", "sfc_levy", "afrc_levy", "settlement", "sec_fee",
             "finra_taf", "cat", "orf", "occ_clearing", "option_settlement", "exchange_fee",
             "handling", "csrc", "transfer_chinaclear", "transfer_hkscc", "exercise_fee",
             "portfolio_fee", "dividend_tax"}
ORDER_PRODUCTS = {"hk_sec", "hk_option", "hk_future", "us_sec", "us_option", "us_future",
                  "cn_connect", "cn_sec", "sg_future", "jp_future"}
ORDER_TYPES = {"NORMAL", "MARKET", "ABSOLUTE_LIMIT", "AUCTION", "AUCTION_LIMIT", "SPECIAL_LIMIT",
               "SPECIAL_LIMIT_ALL", "STOP", "STOP_LIMIT", "MARKET_IF_TOUCHED", "LIMIT_IF_TOUCHED",
               "TRAILING_STOP", "TRAILING_STOP_LIMIT", "TWAP", "TWAP_LIMIT", "VWAP", "VWAP_LIMIT"}
FUTURE_KINDS = {"index", "stock", "fund", "currency", "crypto", "rate", "energy", "metal", "grain"}
MONTH_LETTERS = set("FGHJKMNQUVXZ")

HEADERS = {
    "instruments.csv": "market,code,type,exchange,name_en,name_sc,name_tc,lot,currency,tick_table,"
                       "listing_date,issued_shares,reference_price,liquidity,underlying,extra",
    "futures.csv": "market,root,name_en,name_sc,name_tc,exchange,multiplier,tick,currency,"
                   "underlying,hours_profile,months_rule,last_trading_rule,reference_price,"
                   "liquidity,tick_table,last_day_close,kind",
    "plates.csv": "market,code,name_en,name_sc,name_tc,kind",
    "plate_members.csv": "market,plate,member_market,member_code",
    "index_members.csv": "market,index,member",
    "options.csv": "market,underlying,root,contract_size,style,expiry_rule,strike_rule,"
                   "strikes_each_side,effective_from,settlement,index_option_type,exchange,"
                   "tick_table,hours_profile",
    "strike_rules.csv": "rule,upper_bound,step",
    "warrants.csv": "market,underlying,issuer,issuer_name_en,issuer_name_sc,issuer_name_tc,kind,"
                    "count,strikes,ratio,lot,expiry_rule,recovery_gap,code_from,code_to,"
                    "effective_from",
    "issuers.csv": "code,number,short_sc,short_tc,name_en,name_sc,name_tc",
    "tick_tables.csv": "table,effective_from,upper_bound,tick",
    "timetables.csv": "profile,effective_from,day,start,end,end_day_offset,state,trading,session,"
                      "start_day_offset,phase,trade_date_offset",
    "timezones.csv": "profile,market,calendar,time_zone,idle_state,default_for",
    "brokers.csv": "broker_id,name_en,name_sc,name_tc,status",
    "fees.csv": "firm,market,product,item,basis,rate,min,max,rounding,side,effective_from,"
                "effective_to,source_mark,tier_to,max_basis,per",
    "margins.csv": "market,product,code,liquidity,long_permit,short_permit,pool,short_fee,im_long,"
                   "im_short,mcm_long,mcm_short,mm_long,mm_short,alert_long,alert_short,"
                   "effective_from,source_mark",
    "contract_margins.csv": "market,product,basis,initial,maintenance,initial_min,"
                            "maintenance_min,effective_from,source_mark",
    "fx_rates.csv": "currency,effective_from,hkd,source_mark",
    "order_types.csv": "product,type,tif,source_mark",
    "order_limits.csv": "firm,market,product,order,max_qty,unit,max_amount,effective_from,"
                        "source_mark",
    "settlement.csv": "product,lag,effective_from,source_mark",
}
CALENDARS = ["HK", "US", "CN", "JP", "SG"]

faults = 0


def fault(row, text):
    global faults
    faults += 1
    print(f"{row['_file']}:{row['_line']}: {text}")


def load(folder, name, header):
    """Reads one file into dictionaries that know their file and line."""
    where = {"_file": name, "_line": 1}
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        fault(where, "missing file")
        return []
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    if "\r" in text:
        fault(where, "carriage return; lines end with a line feed")
    if '"' in text:
        fault(where, "quoted field; these files have none")
    lines = text.split("\n")
    if not text.endswith("\n"):
        fault({"_file": name, "_line": len(lines)}, "no line feed at the end")
    else:
        lines.pop()
    if not lines or not lines[0].startswith("# source: "):
        fault(where, "first line is not '# source: ...'")
    if len(lines) < 2 or not lines[1].startswith("# as of: ") or not good_date(lines[1][9:]):
        fault({"_file": name, "_line": 2}, "second line is not '# as of: YYYY-MM-DD'")
    start = next((i for i, l in enumerate(lines) if not l.startswith("#")), len(lines))
    if start == len(lines) or lines[start] != header:
        fault({"_file": name, "_line": start + 1}, f"header is not '{header}'")
        return []
    columns = header.split(",")
    rows = []
    for i, cells in enumerate(csv.reader(lines[start + 1:]), start + 2):
        row = {"_file": name, "_line": i}
        if len(cells) != len(columns):
            fault(row, f"{len(cells)} fields, {len(columns)} columns")
            continue
        for cell in cells:
            if cell != cell.strip():
                fault(row, f"blank around '{cell}'")
        row.update(zip(columns, cells))
        rows.append(row)
    if not rows:
        fault(where, "no rows")
    return rows


def good_date(text):
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def need_date(row, column, empty=False):
    if not (empty and row[column] == "") and not good_date(row[column]):
        fault(row, f"{column}: bad date '{row[column]}'")


def number(row, column, low=None, empty=False):
    """Returns the Decimal of a column, or None after reporting (or when empty is allowed)."""
    if empty and row[column] == "":
        return None
    try:
        value = Decimal(row[column])
    except InvalidOperation:
        fault(row, f"{column}: not a number '{row[column]}'")
        return None
    if not value.is_finite() or "E" in row[column].upper():
        fault(row, f"{column}: not a plain decimal '{row[column]}'")
        return None
    if low is not None and value <= low:
        fault(row, f"{column}: {value} is not above {low}")
    return value


def word(row, column, allowed):
    if row[column] not in allowed:
        fault(row, f"{column}: unknown word '{row[column]}'")


def unique(rows, *columns):
    seen = {}
    for row in rows:
        key = tuple(row[c] for c in columns)
        if key in seen:
            fault(row, f"{'/'.join(columns)} {'/'.join(key)} is already on line {seen[key]}")
        seen.setdefault(key, row["_line"])
    return seen


def names(row):
    for column in ("name_en", "name_sc", "name_tc"):
        if row[column] == "":
            fault(row, f"{column} is empty")
    if any(ord(c) > 126 for c in row["name_en"]):
        fault(row, "name_en is not plain ASCII")


def sorted_by(rows, key, what):
    last = None
    for row in rows:
        k = key(row)
        if last is not None and k < last:
            fault(row, f"not sorted by {what}")
        last = k


def market_rank(market):
    return MARKETS.index(market) if market in MARKETS else len(MARKETS)


def minutes(row, column):
    text = row[column]
    if len(text) == 5 and text[2] == ":" and (text[:2] + text[3:]).isdigit():
        value = int(text[:2]) * 60 + int(text[3:])
        if value < 1440 and int(text[3:]) < 60:
            return value
    fault(row, f"{column}: bad time '{text}'")
    return None


def check_ticks(rows):
    """Returns {table: {effective_from: [(upper bound or None, tick)]}}."""
    tables = {}
    unique(rows, "table", "effective_from", "upper_bound")
    for row in rows:
        need_date(row, "effective_from")
        tick = number(row, "tick", 0)
        bound = number(row, "upper_bound", 0, empty=True)
        bands = tables.setdefault(row["table"], {}).setdefault(row["effective_from"], [])
        if tick is None:
            continue
        if bands and (bands[-1][0] is None or (bound is not None and bound <= bands[-1][0])):
            fault(row, "bands are not ascending")
        if bands and bands[-1][0] is not None and bands[-1][0] % tick != 0:
            fault(row, f"lower bound {bands[-1][0]} is off this band's grid {tick}")
        bands.append((bound, tick))
        if row["table"].startswith("fixed_") and row["table"] != "fixed_" + row["tick"]:
            fault(row, "a fixed_ table's name is its tick")
    return tables


def on_grid(tables, table, price, day):
    dates = [d for d in tables[table] if d <= day]
    if not dates:
        return "no version of the tick table at this date"
    for bound, tick in tables[table][max(dates)]:
        if bound is None or price <= bound:
            return None if price % tick == 0 else f"{price} is off the grid {tick} of {table}"
    return f"{price} is above the last band of {table}"


def check_instruments(rows, ticks, day):
    unique(rows, "market", "code")
    known = {row["market"] + "." + row["code"]: row for row in rows}
    sorted_by(rows, lambda r: (market_rank(r["market"]), TYPES.index(r["type"])
                               if r["type"] in TYPES else 99, r["code"]), "market, type, code")
    for row in rows:
        word(row, "market", MARKETS)
        word(row, "type", TYPES)
        word(row, "exchange", EXCHANGES)
        word(row, "currency", CURRENCIES)
        word(row, "liquidity", {"1", "2", "3", "4", "5"})
        names(row)
        need_date(row, "listing_date", empty=True)
        lot = number(row, "lot")
        if lot is not None:
            if lot != lot.to_integral_value():
                fault(row, f"lot: {lot} is not whole")
            elif row["type"] in ("index", "plate"):
                if lot != 0:
                    fault(row, f"lot: {lot}, an {row['type']} has 0")
            elif lot <= 0:
                fault(row, f"lot: {lot} is not above 0")
        number(row, "issued_shares", 0, empty=True)
        price = number(row, "reference_price", 0)
        if row["tick_table"] not in ticks:
            fault(row, f"tick_table: unknown '{row['tick_table']}'")
        elif price is not None:
            wrong = on_grid(ticks, row["tick_table"], price, day)
            if wrong:
                fault(row, f"reference_price: {wrong}")
        if row["underlying"] and row["underlying"] not in known:
            fault(row, f"underlying: unknown '{row['underlying']}'")
        extra = {}
        for part in filter(None, row["extra"].split(";")):
            key, equals, value = part.partition("=")
            if not equals or not key or not value or key in extra:
                fault(row, f"extra: bad part '{part}'")
            extra[key] = value
        row["_extra"] = extra
        if row["type"] in ("warrant", "cbbc", "inline"):
            for key in ("kind", "issuer", "ratio", "maturity", "last_trade"):
                if key not in extra:
                    fault(row, f"extra: no {key}")
            for key in ("maturity", "last_trade"):
                if key in extra and not good_date(extra[key]):
                    fault(row, f"extra: bad date {key}={extra[key]}")
            if not row["underlying"]:
                fault(row, "underlying is empty")
        for key in ("rmb_counter", "hkd_counter", "alias_of"):
            if key in extra and row["market"] + "." + extra[key] not in known:
                fault(row, f"extra: {key} names no instrument: {extra[key]}")
        if "rmb_counter" in extra:
            other = known.get(row["market"] + "." + extra["rmb_counter"])
            if other and other["lot"] != row["lot"]:
                fault(row, f"lot differs from its counter {extra['rmb_counter']}")
    return known


def check_futures(rows, known, ticks, profiles, day):
    unique(rows, "market", "root")
    sorted_by(rows, lambda r: (r["market"], r["root"]), "market, root")
    for row in rows:
        word(row, "market", MARKETS)
        word(row, "exchange", EXCHANGES)
        word(row, "currency", CURRENCIES)
        word(row, "hours_profile", profiles)
        word(row, "last_trading_rule", LAST_RULES)
        word(row, "kind", FUTURE_KINDS)
        names(row)
        number(row, "multiplier", 0)
        tick = number(row, "tick", 0)
        price = number(row, "reference_price", 0)
        minutes(row, "last_day_close")
        if row["tick_table"] not in ticks:
            fault(row, f"tick_table: unknown '{row['tick_table']}'")
        elif row["tick_table"] != "fixed_" + row["tick"]:
            fault(row, "tick_table is not fixed_<tick>")
        elif price is not None and tick is not None:
            wrong = on_grid(ticks, row["tick_table"], price, day)
            if wrong:
                fault(row, f"reference_price: {wrong}")
        if row["underlying"] and row["underlying"] not in known:
            fault(row, f"underlying: unknown '{row['underlying']}'")
        for part in row["months_rule"].split("+"):
            fine = part in ("spot", "next", "next2", "next3")
            fine = fine or (part[:1] in "mq" and part[1:].isdigit())
            fine = fine or (part[:3] == "dec" and part[3:].isdigit())
            if part.startswith("cycle:"):
                letters, star, count = part[6:].partition("*")
                fine = bool(letters) and set(letters) <= MONTH_LETTERS and count.isdigit()
            if not fine:
                fault(row, f"months_rule: unknown part '{part}'")
        main = known.get(f"{row['market']}.{row['root']}main")
        if main is None:
            fault(row, f"instruments.csv has no {row['market']}.{row['root']}main")
        elif main["tick_table"] != row["tick_table"] or main["reference_price"] != \
                row["reference_price"] or main["currency"] != row["currency"]:
            fault(row, f"differs from instruments.csv line {main['_line']}")
    roots = {(r["market"], r["root"]) for r in rows}
    for row in known.values():
        if row["type"] == "future" and (row["market"], row["_extra"].get("root")) not in roots:
            fault(row, f"extra: root '{row['_extra'].get('root')}' is not in futures.csv")


def check_plates(plates, members, known):
    codes = unique(plates, "market", "code")
    unique(members, "market", "plate", "member_market", "member_code")
    sorted_by(plates, lambda r: (market_rank(r["market"]), r["code"]), "market, code")
    sorted_by(members, lambda r: (market_rank(r["market"]), r["plate"],
                                  market_rank(r["member_market"]), r["member_code"]),
              "market, plate, member")
    filled = set()
    for row in members:
        filled.add((row["market"], row["plate"]))
        if (row["market"], row["plate"]) not in codes:
            fault(row, f"unknown plate {row['market']}.{row['plate']}")
        member = f"{row['member_market']}.{row['member_code']}"
        if member not in known:
            fault(row, f"unknown member {member}")
        elif known[member]["type"] == "plate":
            fault(row, f"member {member} is a plate")
    for row in plates:
        word(row, "market", MARKETS)
        word(row, "kind", {"industry", "region", "concept", "other"})
        names(row)
        if (row["market"], row["code"]) not in filled:
            fault(row, "plate without members")
        twin = known.get(f"{row['market']}.{row['code']}")
        if twin is None or twin["type"] != "plate":
            fault(row, "plate is not in instruments.csv")
        elif any(twin[c] != row[c] for c in ("name_en", "name_sc", "name_tc")):
            fault(row, f"names differ from instruments.csv line {twin['_line']}")
    for row in known.values():
        if row["type"] == "plate" and (row["market"], row["code"]) not in codes:
            fault(row, "plate is not in plates.csv")


def check_options(rows, strikes, known, ticks, profiles):
    rules = {}
    unique(strikes, "rule", "upper_bound")
    for row in strikes:
        bound, step = number(row, "upper_bound", 0, empty=True), number(row, "step", 0)
        if row["rule"] in rules and (rules[row["rule"]] is None or
                                     (bound is not None and bound <= rules[row["rule"]])):
            fault(row, "bands are not ascending")
        rules[row["rule"]] = bound
        if bound is not None and step is not None and bound % step != 0:
            fault(row, f"upper_bound {bound} is off the step {step}")
    unique(rows, "market", "root", "expiry_rule")
    sorted_by(rows, lambda r: (r["market"], r["underlying"], r["root"], r["expiry_rule"]),
              "market, underlying, root, rule")
    owner = {}
    for row in rows:
        if f"{row['market']}.{row['underlying']}" not in known:
            fault(row, f"underlying: unknown '{row['underlying']}'")
        if owner.setdefault((row["market"], row["root"]), row["underlying"]) != row["underlying"]:
            fault(row, f"root {row['root']} belongs to two underlyings")
        number(row, "contract_size", 0)
        number(row, "strikes_each_side", 0)
        need_date(row, "effective_from")
        word(row, "style", {"american", "european"})
        word(row, "settlement", {"physical", "cash", "cash_am", "cash_pm"})
        word(row, "index_option_type", {"none", "normal", "small"})
        word(row, "exchange", EXCHANGES)
        word(row, "strike_rule", rules)
        word(row, "tick_table", ticks)
        word(row, "hours_profile", profiles)
        cycle, _, rest = row["expiry_rule"].partition(":")
        rule, _, counts = rest.partition(":")
        unit = {"month": "mq", "week": "w", "day": "d"}.get(cycle)
        if unit is None or rule not in EXPIRY_RULES or not counts or not all(
                c[:1] in unit and c[1:].isdigit() for c in counts.split("+")):
            fault(row, f"expiry_rule: bad rule '{row['expiry_rule']}'")


def check_warrants(rows, issuers, known, hk_closed):
    names_of = {}
    unique(issuers, "code")
    unique(issuers, "number")
    for row in issuers:
        names(row)
        number(row, "number", 0)
        names_of[row["code"]] = (row["name_en"], row["name_sc"], row["name_tc"])
    taken = []
    for row in rows:
        word(row, "kind", WARRANT_KINDS)
        need_date(row, "effective_from")
        if f"{row['market']}.{row['underlying']}" not in known:
            fault(row, f"underlying: unknown '{row['underlying']}'")
        if names_of.get(row["issuer"]) != tuple(
                row["issuer_name_" + x] for x in ("en", "sc", "tc")):
            fault(row, f"issuer: '{row['issuer']}' and its names are not in issuers.csv")
        number(row, "ratio", 0)
        number(row, "lot", 0)
        if (number(row, "recovery_gap", 0, empty=True) is None) == (row["kind"] in
                                                                     ("BULL", "BEAR")):
            fault(row, "recovery_gap belongs to BULL and BEAR, and only to them")
        for strike in row["strikes"].split("+"):
            parts = strike.split(":")
            if len(parts) != (2 if row["kind"] == "INLINE" else 1) or not all(
                    p.isdigit() for p in parts):
                fault(row, f"strikes: bad part '{strike}'")
        months = row["expiry_rule"].split("+")
        if not all(m[:1] == "m" and m[1:].isdigit() for m in months):
            fault(row, f"expiry_rule: bad rule '{row['expiry_rule']}'")
        count, first, last = (number(row, c, 0) for c in ("count", "code_from", "code_to"))
        if None in (count, first, last):
            continue
        if count != len(row["strikes"].split("+")) * len(months):
            fault(row, "count is not strikes times expiries")
        if last - first + 1 != count:
            fault(row, "code_from..code_to does not hold count codes")
        for line, a, b in taken:
            if first <= b and a <= last:
                fault(row, f"codes overlap line {line}")
        taken.append((row["_line"], first, last))
        for code in range(int(first), int(last) + 1):
            if f"{row['market']}.{code:05d}" in known:
                fault(row, f"code {code:05d} is an instrument of its own")
    for row in known.values():
        extra = row["_extra"]
        if row["type"] not in ("warrant", "cbbc", "inline"):
            continue
        if extra.get("issuer") not in names_of:
            fault(row, f"extra: unknown issuer {extra.get('issuer')}")
        if extra.get("kind") not in WARRANT_KINDS:
            fault(row, f"extra: unknown kind {extra.get('kind')}")
        for key in ("maturity", "last_trade"):
            if good_date(extra.get(key, "")) and (
                    extra[key] in hk_closed or dt.date.fromisoformat(extra[key]).weekday() > 4):
                fault(row, f"extra: {key} {extra[key]} is no trading day")


def check_timetables(rows, profiles, half_markets, zones):
    groups = {}
    for row in rows:
        need_date(row, "effective_from")
        word(row, "profile", profiles)
        word(row, "day", {"full", "half"})
        word(row, "state", STATES)
        word(row, "trading", {"0", "1"})
        word(row, "session", SESSIONS)
        word(row, "phase", PHASES)
        word(row, "start_day_offset", {"-1", "0", "1"})
        word(row, "end_day_offset", {"-1", "0", "1"})
        word(row, "trade_date_offset", {"0", "1"})
        if row["trading"] == "1" and row["session"] == "none":
            fault(row, "trading in session none")
        groups.setdefault((row["profile"], row["effective_from"], row["day"]), []).append(row)
    order = []
    for key, group in groups.items():
        order.append(key)
        first = end = None
        for row in group:
            start, stop = minutes(row, "start"), minutes(row, "end")
            if start is None or stop is None:
                break
            start += 1440 * int(row["start_day_offset"])
            stop += 1440 * int(row["end_day_offset"])
            if first is None:
                first = start
            elif start > end:
                fault(row, f"gap of {start - end} minutes before this row")
            elif start < end:
                fault(row, f"overlaps the row before by {end - start} minutes")
            if stop <= start:
                fault(row, "ends before it starts")
            end = stop
        else:
            if end - first != 1440:
                fault(group[-1], f"{key[0]} {key[1]} {key[2]} covers {end - first} minutes")
    if order != sorted(order):
        fault(rows[0], "not sorted by profile, effective_from, day")
    for row in zones:
        mine = [k for k in order if k[0] == row["profile"]]
        if not mine:
            fault(row, f"profile {row['profile']} has no timetable")
        fulls = {k[1] for k in mine if k[2] == "full"}
        halves = {k[1] for k in mine if k[2] == "half"}
        if halves - fulls:
            fault(row, "a half day without its full day")
        if row["market"] in half_markets and fulls != halves and "FUT" not in row["profile"]:
            fault(row, f"the {row['calendar']} calendar has half days, the profile has not")


def marked(row):
    need_date(row, "effective_from")
    if not row["source_mark"]:
        fault(row, "source_mark is empty")


def product(row, roots):
    """The word of WORD[:ARGUMENT]; roots: {(market, root)} of futures.csv and options.csv."""
    head, colon, arg = row["product"].partition(":")
    if head not in SECURITIES | CONTRACTS:
        fault(row, f"product: unknown word '{head}'")
    elif colon and head in SECURITIES and arg not in ("star", "chinext"):
        fault(row, f"product: unknown board '{arg}'")
    elif colon and head in CONTRACTS and arg not in ("tier1", "tier2", "tier3") and \
            (row["market"], arg) not in roots:
        fault(row, f"product: no root '{arg}' in futures.csv or options.csv")
    return head


def check_fees(rows, roots):
    spans = {}
    for row in rows:
        word(row, "firm", FIRMS)
        word(row, "market", RULE_MARKETS)
        product(row, roots)
        word(row, "item", FEE_ITEMS)
        word(row, "basis", {"notional", "share", "contract", "order", "trade", "notional_year",
                            "dividend"})
        word(row, "rounding", {"cent", "whole", "up_to_1"})
        word(row, "side", {"both", "buy", "sell", "hold", "settle", "exercise"})
        word(row, "max_basis", {"", "notional"})
        word(row, "per", {"order", "trade"})
        number(row, "rate", Decimal(-1))
        for column in ("min", "max", "tier_to"):
            number(row, column, Decimal(-1), empty=True)
        need_date(row, "effective_to", empty=True)
        marked(row)
        until = row["effective_to"] or "9999-12-31"
        if until < row["effective_from"]:
            fault(row, "effective_to is before effective_from")
        key = tuple(row[c] for c in ("firm", "market", "product", "item", "side", "tier_to"))
        for line, a, b in spans.setdefault(key, []):
            if row["effective_from"] <= b and a <= until:
                fault(row, f"dates overlap line {line}")
        spans[key].append((row["_line"], row["effective_from"], until))


def check_margins(rows, known):
    unique(rows, "market", "product", "code", "liquidity", "effective_from")
    for row in rows:
        word(row, "market", RULE_MARKETS)
        word(row, "product", SECURITIES)
        word(row, "liquidity", {"", "1", "2", "3", "4", "5"})
        word(row, "long_permit", {"0", "1"})
        word(row, "short_permit", {"0", "1"})
        marked(row)
        markets = ("SH", "SZ") if row["market"] == "CN" else (row["market"],)
        if row["code"] and not any(f"{m}.{row['code']}" in known for m in markets):
            fault(row, f"code: unknown '{row['code']}'")
        if row["code"] and row["liquidity"]:
            fault(row, "liquidity: a row of one instrument has none")
        pool, fee = number(row, "pool", -1), number(row, "short_fee", -1)
        if row["short_permit"] == "0" and (pool or fee):
            fault(row, "a pool or a fee without short_permit")
        for side in ("long", "short"):
            levels = [number(row, f"{name}_{side}", 0) for name in ("mm", "mcm", "alert", "im")]
            if None not in levels and levels != sorted(levels):
                fault(row, f"mm, mcm, alert, im of {side} do not ascend")


def check_contract_margins(rows, futures, roots):
    unique(rows, "market", "product", "effective_from")
    for row in rows:
        word(row, "market", RULE_MARKETS)
        head = product(row, roots)
        allowed = {"writing"} if head.startswith("option") else {"contract", "notional"}
        word(row, "basis", allowed if head in CONTRACTS else set())
        marked(row)
        for names_, low in ((("initial", "maintenance"), 0), (("initial_min", "maintenance_min"), -1)):
            high, kept = (number(row, n, low, empty=low < 0) for n in names_)
            if high is not None and kept is not None and kept > high:
                fault(row, f"{names_[1]} is above {names_[0]}")
            if low < 0 and (high is None) == (row["basis"] == "writing"):
                fault(row, "initial_min belongs to writing, and only to it")
    named = {(r["market"], r["product"].partition(":")[2]) for r in rows}
    for row in futures:
        if (row["market"], row["root"]) not in named:
            fault(row, f"contract_margins.csv has no row of {row['root']}")


def check_orders(types, limits, lags, rates, roots):
    unique(types, "product", "type")
    for row in types:
        word(row, "product", ORDER_PRODUCTS)
        word(row, "type", ORDER_TYPES)
        tifs = row["tif"].split("+")
        if len(set(tifs)) != len(tifs) or not set(tifs) <= {"DAY", "GTC", "IOC", "GTD"}:
            fault(row, f"tif: bad list '{row['tif']}'")
        if not row["source_mark"]:
            fault(row, "source_mark is empty")
    unique(limits, "firm", "market", "product", "order", "effective_from")
    for row in limits:
        word(row, "firm", FIRMS | {"exchange"})
        word(row, "market", RULE_MARKETS)
        product(row, roots)
        word(row, "order", {"any", "limit", "market"})
        word(row, "unit", {"units", "lots"})
        marked(row)
        if number(row, "max_qty", 0, empty=True) is None and \
                number(row, "max_amount", 0, empty=True) is None:
            fault(row, "a limit limits quantity or amount")
    unique(lags, "product", "effective_from")
    for row in lags:
        word(row, "product", ORDER_PRODUCTS)
        word(row, "lag", {str(n) for n in range(31)})
        marked(row)
    for name, rows in (("order_types.csv", types), ("settlement.csv", lags)):
        for missing in sorted(ORDER_PRODUCTS - {r["product"] for r in rows}):
            fault({"_file": name, "_line": 1}, f"no row of {missing}")
    unique(rates, "currency", "effective_from")
    for row in rates:
        word(row, "currency", CURRENCIES - {"HKD"})
        number(row, "hkd", 0)
        marked(row)


def check_calendar(rows):
    sorted_by(rows, lambda r: r["date"], "date")
    unique(rows, "date")
    for row in rows:
        need_date(row, "date")
        word(row, "kind", {"closed", "half"})
        word(row, "mark", {"package", "override", "estimate", "adhoc"})
        if good_date(row["date"]):
            day = dt.date.fromisoformat(row["date"])
            if day.weekday() > 4:
                fault(row, f"{row['date']} is on a weekend")
            if not 2015 <= day.year <= 2027:
                fault(row, f"{row['date']} is outside 2015-2027")
    for year in range(2015, 2028):
        closed = sum(r["date"].startswith(str(year)) and r["kind"] == "closed" for r in rows)
        if not 7 <= closed <= 25:
            fault({"_file": rows[0]["_file"], "_line": 1}, f"{closed} closed weekdays in {year}")


def as_of(path):
    """Returns the file's `# as of` date: reference prices are on that day's grid."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as f:
        return next((l[9:].strip() for l in f if l.startswith("# as of: ")), "")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    files = {name: load(folder, name, header) for name, header in HEADERS.items()}
    calendars = {m: load(folder, f"calendars/{m}.csv", "date,kind,mark") for m in CALENDARS}
    for rows in calendars.values():
        if rows:
            check_calendar(rows)
    day = as_of(os.path.join(folder, "instruments.csv"))
    ticks = check_ticks(files["tick_tables.csv"])
    known = check_instruments(files["instruments.csv"], ticks, day)
    profiles = unique(files["timezones.csv"], "profile")
    profiles = {p[0] for p in profiles}
    for row in files["timezones.csv"]:
        word(row, "calendar", set(CALENDARS))
        word(row, "idle_state", STATES)
    check_futures(files["futures.csv"], known, ticks, profiles, day)
    check_plates(files["plates.csv"], files["plate_members.csv"], known)
    for row in files["index_members.csv"]:
        kind, colon, code = row["member"].partition(":")
        member = known.get(row["market"] + "." + code) if colon else None
        wanted = {"plate": "plate", "stock": "stock"}.get(kind)
        if known.get(row["market"] + "." + row["index"], {}).get("type") != "index":
            fault(row, f"no index {row['index']}")
        if row["member"] != "market" and (not member or member["type"] != wanted):
            fault(row, f"member {row['member']}: no such plate or stock")
    check_options(files["options.csv"], files["strike_rules.csv"], known, ticks, profiles)
    closed = {r["date"] for r in calendars["HK"] if r["kind"] == "closed"}
    check_warrants(files["warrants.csv"], files["issuers.csv"], known, closed)
    half_markets = {m for m, rows in calendars.items() if any(r["kind"] == "half" for r in rows)}
    check_timetables(files["timetables.csv"], profiles, half_markets, files["timezones.csv"])
    unique(files["brokers.csv"], "broker_id")
    sorted_by(files["brokers.csv"], lambda r: int(r["broker_id"]), "broker_id")
    for row in files["brokers.csv"]:
        names(row)
        number(row, "broker_id", 0)
        word(row, "status", {"seen", "left"})
    roots = {(r["market"], r["root"]) for r in files["futures.csv"] + files["options.csv"]}
    check_fees(files["fees.csv"], roots)
    check_margins(files["margins.csv"], known)
    check_contract_margins(files["contract_margins.csv"], files["futures.csv"], roots)
    check_orders(files["order_types.csv"], files["order_limits.csv"], files["settlement.csv"],
                 files["fx_rates.csv"], roots)
    if faults:
        print(f"{faults} faults")
        return 1
    total = sum(len(rows) for rows in files.values()) + sum(len(r) for r in calendars.values())
    print(f"data: {len(files) + len(calendars)} files, {total} rows, no fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
