"""Watch lists, price reminders and the history quota with the vendor's own calls: every column, what
fires, what is refused, and what is still there after a restart and after a kill."""
import threading

from common import api, await_word, eventually, ok, open_quote, run, say, works_again

EN = {"Options", "HK options", "US options", "Futures", "Starred", "All", "CN", "HK", "US"}
MEMBERS = ["code", "name", "lot_size", "stock_type", "stock_child_type", "stock_owner", "option_type", "strike_time",
           "strike_price", "suspension", "listing_date", "stock_id", "delisting", "main_contract", "last_trade_time"]
REMINDERS = ["code", "name", "key", "reminder_type", "reminder_freq", "value", "enable", "note",
             "reminder_session_list"]
PUSH = {"code", "name", "price", "change_rate", "market_status", "content", "note", "key", "reminder_type",
        "set_value", "cur_value"}
Op, Type, Freq, Status = (api.SetPriceReminderOp, api.PriceReminderType, api.PriceReminderFreq,
                          api.PriceReminderMarketStatus)


class Fired(api.PriceReminderHandlerBase):
    def __init__(self):
        super().__init__()
        self.lock, self.rows = threading.Lock(), []

    def on_recv_rsp(self, rsp_pb):
        ret, content = super().on_recv_rsp(rsp_pb)
        with self.lock:
            self.rows.append((ret, content))
        return ret, content

    def of(self, key):
        with self.lock:
            assert all(ret == api.RET_OK for ret, _ in self.rows), self.rows
            return [row for _, row in self.rows if row["key"] == key]


def refused(answer, *words):
    assert answer[0] == api.RET_ERROR, answer
    for word in words:
        assert word in answer[1], (word, answer[1])


def codes(q, group):
    table = ok(q.get_user_security(group))
    assert list(table.columns) == MEMBERS, table.columns
    return list(table.code)


def reminders(q, **what):
    table = ok(q.get_price_reminder(**what))
    assert list(table.columns) == REMINDERS, table.columns
    return table.to_dict("records")


def check_groups(q):
    table = ok(q.get_user_security_group(api.UserSecurityGroupType.ALL))
    assert list(table.columns) == ["group_name", "group_type"], table.columns
    rows = [tuple(row) for row in table.itertuples(index=False)]
    assert rows[0] == ("Options", "SYSTEM") and rows[-1] == ("C", "CUSTOM"), rows
    assert {name for name, kind in rows if kind == "SYSTEM"} == EN, rows
    assert [name for name, kind in rows if kind == "CUSTOM"] == ["A", "B", "C"], rows
    system = ok(q.get_user_security_group(api.UserSecurityGroupType.SYSTEM))
    custom = ok(q.get_user_security_group(api.UserSecurityGroupType.CUSTOM))
    assert list(system.group_name) + list(custom.group_name) == [name for name, _ in rows]
    refused(q.get_user_security_group("MINE"))


def check_watch_lists(q):
    """The manual's examples, then each operation."""
    table = ok(q.get_user_security("A"))
    assert [tuple(row) for row in table[["code", "lot_size", "stock_type"]].itertuples(index=False)] == \
        [("HK.HSImain", 50, "FUTURE"), ("HK.00700", 100, "STOCK")], table
    assert list(table.main_contract) == [True, False] and (table.stock_id > 0).all(), table
    assert q.modify_user_security("A", api.ModifyUserSecurityOp.ADD, ["HK.00700"]) == (api.RET_OK, "success")
    option = ok(q.get_stock_basicinfo("US", "STOCK", ["US.AAPL261218C280000"]))
    assert option.stock_type[0] == "DRVT", option
    new = ["US.AAPL", "SH.600519", "SZ.000001", "US.AAPL261218C280000", "HK.00005"]
    ok(q.modify_user_security("B", api.ModifyUserSecurityOp.ADD, new))
    assert codes(q, "B") == new
    facts = ok(q.get_user_security("B")).set_index("code").loc["US.AAPL261218C280000"]
    assert (facts.stock_owner, facts.option_type, facts.strike_time, facts.strike_price, facts.listing_date) == \
        ("US.AAPL", "CALL", "2026-12-18", 280.0, "N/A"), facts
    assert codes(q, "All") == ["HK.HSImain", "HK.00700", *new]
    assert codes(q, "CN") == ["SH.600519", "SZ.000001"] and codes(q, "沪深") == codes(q, "CN")
    assert codes(q, "HK") == ["HK.00700", "HK.00005"] and codes(q, "US") == ["US.AAPL"]
    assert codes(q, "Options") == codes(q, "US options") == ["US.AAPL261218C280000"]
    assert codes(q, "HK options") == codes(q, "Starred") == [] and codes(q, "Futures") == ["HK.HSImain"]
    ok(q.modify_user_security("B", api.ModifyUserSecurityOp.MOVE_OUT, ["HK.00005", "SZ.000001"]))
    assert codes(q, "B") == ["US.AAPL", "SH.600519", "US.AAPL261218C280000"] and "HK.00005" in codes(q, "HK")
    ok(q.modify_user_security("C", api.ModifyUserSecurityOp.ADD, ["US.AAPL"]))
    ok(q.modify_user_security("C", api.ModifyUserSecurityOp.DEL, ["SH.600519"]))
    assert codes(q, "B") == ["US.AAPL", "US.AAPL261218C280000"] and codes(q, "CN") == ["SZ.000001"]
    refused(q.modify_user_security("Nobody's", api.ModifyUserSecurityOp.ADD, ["US.AAPL"]), "Nobody's")
    refused(q.modify_user_security("All", api.ModifyUserSecurityOp.ADD, ["US.MSFT"]), "All", "system")
    refused(q.modify_user_security("A", api.ModifyUserSecurityOp.ADD, ["US.MSFT", "US.NOBODY"]), "US.NOBODY")
    refused(q.get_user_security("Nobody's"), "Nobody's")
    assert codes(q, "A") == ["HK.HSImain", "HK.00700"] and "US.MSFT" not in codes(q, "All")


def check_setting(q):
    """The manual's example and every operation; nothing here is due."""
    bid = dict(reminder_freq=Freq.ALWAYS, value=99185.5039, note="456")
    every = [Status.US_PRE, Status.OPEN, Status.US_AFTER, Status.US_OVERNIGHT]
    high = ok(q.set_price_reminder("US.AAPL", Op.ADD, reminder_type=Type.BID_PRICE_UP, reminder_session_list=every, **bid))
    low = ok(q.set_price_reminder("US.AAPL", Op.ADD, reminder_type=Type.ASK_PRICE_DOWN, reminder_freq=Freq.ALWAYS,
                                  value=0.25, note="123"))
    down = ok(q.set_price_reminder("US.NVDA", Op.ADD, reminder_type=Type.PRICE_DOWN, reminder_freq=Freq.ONCE_A_DAY,
                                   value=0.001))
    assert 1.6e18 < high < low < down, (high, low, down)
    rows = reminders(q, code="US.AAPL")
    assert [(r["key"], r["reminder_type"], r["reminder_freq"], r["value"], r["enable"], r["note"],
             r["reminder_session_list"]) for r in rows] == [
        (high, "BID_PRICE_UP", "ALWAYS", 99185.503, True, "456", ["OPEN", "US_PRE", "US_AFTER", "US_OVERNIGHT"]),
        (low, "ASK_PRICE_DOWN", "ALWAYS", 0.25, True, "123", ["OPEN", "US_PRE", "US_AFTER"])], rows
    assert all(r["code"] == "US.AAPL" and r["name"] not in ("", "N/A") for r in rows), rows
    assert [r["key"] for r in reminders(q, market="US")] == [high, low, down]

    hk = ok(q.set_price_reminder("HK.00700", Op.ADD, reminder_type=Type.TURNOVER_UP, reminder_freq=Freq.ONCE,
                                 value=9e11 + 102))
    row = reminders(q, market="HK")[0]
    assert (row["key"], row["value"], row["note"], row["reminder_session_list"]) == (hk, 9e11 + 100, "", ["OPEN"]), row
    sh = ok(q.set_price_reminder("SH.600519", Op.ADD, reminder_type=Type.VOLUME_UP, reminder_freq=Freq.ONCE,
                                 value=99999999999))
    sz = ok(q.set_price_reminder("SZ.000001", Op.ADD, reminder_type=Type.CHANGE_RATE_UP, reminder_freq=Freq.ONCE,
                                 value=5000))
    for market in ("SH", "SZ"):  # one market here
        assert [(r["key"], r["value"]) for r in reminders(q, market=market)] == [(sh, 99999999000), (sz, 5000)]

    assert ok(q.set_price_reminder("HK.00700", Op.DISABLE, key=hk)) == hk
    assert not reminders(q, code="HK.00700")[0]["enable"]
    assert ok(q.set_price_reminder("HK.00700", Op.ENABLE, key=hk)) == hk
    assert reminders(q, code="HK.00700")[0]["enable"]
    assert ok(q.set_price_reminder("HK.00700", Op.MODIFY, key=hk, reminder_type=Type.PRICE_UP, value=99999.9,
                                   note="二十个字以内的备注")) == hk
    row = reminders(q, code="HK.00700")[0]
    assert (row["key"], row["reminder_type"], row["reminder_freq"], row["value"], row["note"]) == \
        (hk, "PRICE_UP", "ONCE", 99999.9, "二十个字以内的备注"), row
    assert ok(q.set_price_reminder("SH.600519", Op.DEL, key=sh)) == sh
    assert ok(q.set_price_reminder("SZ.000001", Op.DEL_ALL)) == 0
    assert reminders(q, market="SH") == []

    many = dict(reminder_type=Type.PRICE_UP, reminder_freq=Freq.ONCE, value=99999)
    for _ in range(10):
        ok(q.set_price_reminder("US.MSFT", Op.ADD, **many))
    refused(q.set_price_reminder("US.MSFT", Op.ADD, **many), "US.MSFT", "10")
    ok(q.set_price_reminder("US.MSFT", Op.ADD, **{**many, "reminder_type": Type.CHANGE_RATE_UP}))
    assert len(reminders(q, code="US.MSFT")) == 11
    refused(q.set_price_reminder("US.MSFT", Op.ENABLE, key=high), str(high), "US.MSFT")
    refused(q.get_price_reminder(), "code, market")


def check_firing(q, fired):
    add = dict(op=Op.ADD, note="now")
    once = ok(q.set_price_reminder("HK.00005", reminder_type=Type.PRICE_UP, reminder_freq=Freq.ONCE, value=0.5, **add))
    daily = ok(q.set_price_reminder("HK.00005", reminder_type=Type.VOLUME_UP, reminder_freq=Freq.ONCE_A_DAY, value=10,
                                    **add))
    price = ok(q.get_market_snapshot(["HK.00005"])).last_price[0]
    always = ok(q.set_price_reminder("HK.00005", reminder_type=Type.BID_PRICE_UP, reminder_freq=Freq.ALWAYS,
                                     value=price - 0.02, **add))
    moves = [ok(q.set_price_reminder("HK.00005", reminder_type=t, reminder_freq=Freq.ALWAYS, value=0, **add))
             for t in (Type.THREE_MIN_CHANGE_RATE_UP, Type.THREE_MIN_CHANGE_RATE_DOWN)]
    for key in (once, daily, always, *moves):
        eventually(lambda: fired.of(key), f"reminder {key}", 90)
    row = fired.of(once)[0]
    assert set(row) == PUSH, row
    assert (row["code"], row["market_status"], row["content"], row["note"], row["reminder_type"], row["set_value"]) == \
        ("HK.00005", "OPEN", "price rises to 0.500", "now", "PRICE_UP", 0.5), row
    assert row["name"] and row["cur_value"] == row["price"] > 1 and abs(row["change_rate"]) < 50, row
    row = fired.of(daily)[0]
    assert (row["content"], row["set_value"]) == ("volume above 10.000", 10) and row["cur_value"] > 10, row
    eventually(lambda: max(len(fired.of(key)) for key in moves) > 1, "an ALWAYS that fires again", 90)
    for row in fired.of(always):
        assert row["cur_value"] > row["set_value"], row
    for key in moves:
        assert all(row["cur_value"] > 0 and row["content"].endswith(" above 0.000%") for row in fired.of(key))
    assert len(fired.of(once)) == len(fired.of(daily)) == 1
    enabled = {row["key"]: row["enable"] for row in reminders(q, code="HK.00005")}
    assert not enabled.pop(once) and all(enabled.values()), enabled
    assert ok(q.set_price_reminder("HK.00005", Op.ENABLE, key=once)) == once  # and it is due again
    eventually(lambda: len(fired.of(once)) == 2, "once more")
    return once, daily


def everything(q):
    return {"groups": {g: codes(q, g) for g in ("All", "A", "B", "C", "CN", "HK", "US")},
            "reminders": [reminders(q, market=m) for m in ("HK", "US", "SH")],
            "quota": q.get_history_kl_quota(get_detail=True)}


def main():
    q, fired = open_quote(), Fired()
    q.set_handler(fired)
    check_groups(q)
    check_watch_lists(q)
    check_setting(q)
    once, daily = check_firing(q, fired)
    for code in ("HK.00700", "US.AAPL", "HK.00700"):
        assert q.request_history_kline(code, start="2026-11-02", end="2026-11-20")[0] == api.RET_OK
    quota = q.get_history_kl_quota(get_detail=True)
    assert quota[1][:2] == (2, 1998) and [d["code"] for d in quota[1][2]] == ["HK.00700", "US.AAPL"], quota
    assert set(quota[1][2][0]) == {"code", "name", "request_time"}, quota
    known = everything(q)
    for word in ("restart", "kill"):
        say(word)
        await_word("back")
        works_again(q)
        now = everything(q)
        for what in ("groups", "reminders"):
            assert now[what] == known[what], (word, now[what], known[what])
        assert now["quota"][1][0] == 2 and [d["code"] for d in now["quota"][1][2]] == ["HK.00700", "US.AAPL"], now
    assert len(fired.of(once)) == 2 and len(fired.of(daily)) == 1, "fired again after a start"
    say("done")


run(main)
