#!/usr/bin/env python3
"""Writes data/calendars/{HK,US,CN,JP,SG}.csv: the weekday exceptions of 2015-2027.

Needs the PyPI package exchange_calendars (4.13 or later) and nothing else; run it in a
virtual environment of your own:

    python3 -m venv /tmp/venv_cal && /tmp/venv_cal/bin/pip install exchange_calendars
    /tmp/venv_cal/bin/python data/make_calendars.py [output folder]

What the package does not know (its tables for Shanghai and Singapore end before 2027, and it
has no half days for Singapore) is added from the literals below and marked in the column `mark`.
Weekends are never listed. The script leaves trading hours to data/timetables.csv.
"""

import datetime as dt
import os
import sys

import exchange_calendars as xc
import pandas as pd

FIRST, LAST = "2015-01-01", "2027-12-31"
AS_OF = "2026-11-21"

PACKAGE = {"HK": "XHKG", "US": "XNYS", "CN": "XSHG", "JP": "XTKS", "SG": "XSES"}

# Closures that were not holidays: weather, mourning. The wire's trade-date answer keeps them as
# trading days, so they carry their own mark.
ADHOC = {
    "HK": ["2016-08-02", "2016-10-21", "2017-08-23", "2020-10-13", "2021-10-13",
           "2023-07-17", "2023-09-01", "2023-09-08"],
    "US": ["2018-12-05", "2025-01-09"],
}

# Days added by hand: date -> (kind, mark). `override` is a published or rule-derived date,
# `estimate` follows last years' pattern where the authority has not published yet.
EXTRA = {
    "CN": {
        "2027-01-01": ("closed", "estimate"),
        "2027-02-05": ("closed", "estimate"), "2027-02-08": ("closed", "estimate"),
        "2027-02-09": ("closed", "estimate"), "2027-02-10": ("closed", "estimate"),
        "2027-02-11": ("closed", "estimate"), "2027-02-12": ("closed", "estimate"),
        "2027-04-05": ("closed", "estimate"),
        "2027-05-03": ("closed", "estimate"), "2027-05-04": ("closed", "estimate"),
        "2027-05-05": ("closed", "estimate"),
        "2027-06-09": ("closed", "estimate"), "2027-09-15": ("closed", "estimate"),
        "2027-10-01": ("closed", "estimate"), "2027-10-04": ("closed", "estimate"),
        "2027-10-05": ("closed", "estimate"), "2027-10-06": ("closed", "estimate"),
        "2027-10-07": ("closed", "estimate"),
    },
    "SG": {
        "2027-01-01": ("closed", "override"), "2027-02-08": ("closed", "override"),
        "2027-03-10": ("closed", "override"), "2027-03-26": ("closed", "override"),
        "2027-05-17": ("closed", "override"), "2027-05-20": ("closed", "override"),
        "2027-08-09": ("closed", "override"), "2027-10-28": ("closed", "override"),
    },
}

# First day of the lunar year, for Singapore's half days on its eve.
LUNAR_NEW_YEAR = ["2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05",
                  "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10",
                  "2025-01-29", "2026-02-17", "2027-02-06"]


def package_days(name):
    """Returns (days, last date the package knows): days maps ISO date -> (kind, mark)."""
    last = LAST
    while True:
        try:
            calendar = xc.get_calendar(name, start=FIRST, end=last)
            break
        except ValueError:
            last = f"{int(last[:4]) - 1}-12-31"
            if last < FIRST:
                raise
    sessions = set(calendar.sessions)
    days = {}
    for day in pd.bdate_range(FIRST, last):
        if day not in sessions:
            days[day.strftime("%Y-%m-%d")] = ("closed", "package")
    for day in calendar.early_closes:
        days[day.strftime("%Y-%m-%d")] = ("half", "package")
    return days, last


def singapore_half_days(days):
    """Adds the securities market's half days: eves of the lunar year, Christmas, New Year."""
    eves = [dt.date.fromisoformat(d) - dt.timedelta(days=1) for d in LUNAR_NEW_YEAR]
    for year in range(int(FIRST[:4]), int(LAST[:4]) + 1):
        eves += [dt.date(year, 12, 24), dt.date(year, 12, 31)]
    for eve in eves:
        if eve.weekday() < 5 and eve.isoformat() not in days:
            days[eve.isoformat()] = ("half", "override")


def build(market):
    days, last = package_days(PACKAGE[market])
    for day in ADHOC.get(market, []):
        days[day] = ("closed", "adhoc")
    for day, row in EXTRA.get(market, {}).items():
        if day <= last:
            raise SystemExit(f"{market}: {day}: the package knows this year now; drop the literal")
        days[day] = row
    if market == "SG":
        singapore_half_days(days)
    return days, last


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "calendars")
    os.makedirs(folder, exist_ok=True)
    for market, name in PACKAGE.items():
        days, last = build(market)
        path = os.path.join(folder, market + ".csv")
        with open(path, "w", encoding="utf-8", newline="\n") as out:
            out.write(f"# source: PyPI exchange_calendars {xc.__version__}, {name}, to {last};"
                      " other marks: data/make_calendars.py\n")
            out.write(f"# as of: {AS_OF}\n")
            out.write("date,kind,mark\n")
            for day in sorted(days):
                kind, mark = days[day]
                out.write(f"{day},{kind},{mark}\n")
        print(f"{path}: {len(days)} days, package to {last}")


if __name__ == "__main__":
    main()
