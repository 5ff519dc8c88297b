/* Pattern day traders (spec trade.md 6.5): accounts of moomoo US, whatever the market that they trade.
 * A day trade is a position opened and closed, in part or whole, on one trading day; each closing order
 * counts once. Days are those of the US calendar. */
#include "broker/state.h"

#include <string.h>

enum { DAYS = 5, FREE_DAY_TRADES = 3, CALL_DAYS = 5 };
#define PDT_EQUITY (INT64_C(25000) * FT_MONEY_SCALE)

bool pdt_applies(const struct ft_brk *b, const struct acc *a)
{
    return a->a.firm == FT_FIRM_FUTUINC && a->a.env == FT_ENV_REAL && !a->a.futures &&
           b->us_inst != FT_NO_INST;
}

static int count(const struct acc *a)
{
    int n = 0;
    for (int k = 0; k < DAYS; k++)
        n += a->a.day_trades[k];
    return n;
}

/* Trading days from one day to a later one, at most `most`. */
static int days_between(const struct ft_brk *b, ft_day from, ft_day to, int most)
{
    int n = 0;
    while (from < to && n < most) {
        from = b->venue.ops->day_after(b->venue.self, b->us_inst, from);
        n++;
    }
    return n;
}

static ft_money in_usd(const struct ft_brk *b, enum ft_currency c, ft_money m)
{
    ft_day day = (ft_day)(b->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
    return c == FT_USD ? m : ft_fx(b->rules, day, c, FT_USD, m);
}

void pdt_today(struct ft_brk *b, struct acc *a)
{
    ft_day day = b->venue.ops->day_of(b->venue.self, b->us_inst, b->now_ns);
    if (a->a.day_trades_day == day)
        return;
    int passed = a->a.day_trades_day == FT_NO_DAY
                     ? DAYS : days_between(b, a->a.day_trades_day, day, DAYS);
    memmove(a->a.day_trades + passed, a->a.day_trades, (size_t)(DAYS - passed));
    memset(a->a.day_trades, 0, (size_t)passed);
    a->a.day_trades_day = day;
    struct totals t;
    risk_totals(b, a, &t);
    /* Four times what is beyond maintenance, at the day's start (Regulation T). */
    ft_money excess = in_usd(b, (enum ft_currency)a->a.currency, t.net - t.maintenance);
    a->a.dtbp_start = excess > 0 ? 4 * excess : 0;
    a->a.dtbp_used = 0;
    brk_account_changed(b, a);
}

int pdt_check(struct ft_brk *b, struct acc *a, const struct ft_instrument *inst, ft_qty opening,
              ft_money value, struct ft_err *err)
{
    if (!pdt_applies(b, a) || opening == 0)
        return 0;
    pdt_today(b, a);
    if (b->options.pdt_protection && !a->a.is_pdt && count(a) >= FREE_DAY_TRADES)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "PDT protection: %d day trades in 5 trading days; another one would "
                                 "mark the account as a pattern day trader (pdt_protection=1)",
                              "日内交易保护：5 个交易日内已有 %d 次日内交易，再次交易将被标记为 PDT"
                              "（pdt_protection=1）"), count(a));
    if (a->a.dt_call > 0 &&
        days_between(b, a->a.dt_call_day, a->a.day_trades_day, CALL_DAYS + 1) > CALL_DAYS) {
        char call[FT_FIXED_TEXT_MAX];
        ft_fixed_print(a->a.dt_call, FT_MONEY_DECIMALS, 2, call);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "a day-trading call of %s USD was not met within 5 trading days: no "
                                 "opening orders until it is deposited",
                              "日内交易追缴 %s 美元未在 5 个交易日内补足，存入前禁止开仓"), call);
    }
    if (!a->a.is_pdt)
        return 0;
    struct totals t;
    risk_totals(b, a, &t);
    if (in_usd(b, (enum ft_currency)a->a.currency, t.net) < PDT_EQUITY)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "the account is marked as a pattern day trader and worth less than "
                                 "25000 USD: no opening orders",
                              "账户已被标记为 PDT 且净资产低于 25000 美元，禁止开仓"));
    ft_money left = a->a.dtbp_start - a->a.dtbp_used;
    if (b->options.dtcall_confirmation &&
        in_usd(b, (enum ft_currency)inst->currency, value) > left) {
        char have[FT_FIXED_TEXT_MAX];
        ft_fixed_print(left > 0 ? left : 0, FT_MONEY_DECIMALS, 2, have);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "the order exceeds the remaining day-trading buying power of %s USD "
                                 "(dtcall_confirmation=1)",
                              "订单超过剩余日内交易购买力 %s 美元（dtcall_confirmation=1）"), have);
    }
    return 0;
}

/* Of a marked account that day-trades more than its power: what went beyond is called for. */
static void call_for(struct acc *a)
{
    ft_money beyond = a->a.dtbp_used - a->a.dtbp_start;
    if (!a->a.is_pdt || beyond <= a->a.dt_call)
        return;
    if (a->a.dt_call == 0)
        a->a.dt_call_day = a->a.day_trades_day;
    a->a.dt_call = beyond;
}

void pdt_fill(struct ft_brk *b, struct acc *a, struct ord *o, const struct ft_instrument *inst,
              const struct ft_position *was, ft_qty closed, ft_money opened_value, ft_day day)
{
    if (!pdt_applies(b, a))
        return;
    pdt_today(b, a);
    if (opened_value > 0)
        a->a.dtbp_used += in_usd(b, (enum ft_currency)inst->currency, opened_value);
    bool opened_today = was->today == day && (was->qty > 0 ? was->td_buy_qty : was->td_sell_qty) > 0;
    if (closed && opened_today) {
        if (!o->day_trade_counted && a->a.day_trades[0] < UINT8_MAX)
            a->a.day_trades[0]++;
        o->day_trade_counted = true;
        call_for(a);
        if (count(a) > FREE_DAY_TRADES)
            a->a.is_pdt = true;
    }
    brk_account_changed(b, a);
}

void pdt_deposit(struct ft_brk *b, struct acc *a, enum ft_currency c, ft_money amount)
{
    if (amount <= 0 || a->a.dt_call == 0)
        return;
    a->a.dt_call -= in_usd(b, c, amount);
    if (a->a.dt_call <= 0) {
        a->a.dt_call = 0;
        a->a.dt_call_day = FT_NO_DAY;
    }
    brk_account_changed(b, a);
}
