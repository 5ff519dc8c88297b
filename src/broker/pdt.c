/* Pattern day traders (spec trade.md 6.5): accounts of moomoo US only. A day trade is a position opened
 * and closed, in part or whole, on one trading day; each closing order counts once. */
#include "broker/state.h"

#include <string.h>

enum { DAYS = 5, FREE_DAY_TRADES = 3 };
#define PDT_EQUITY (INT64_C(25000) * FT_MONEY_SCALE)

bool pdt_applies(const struct acc *a)
{
    return a->a.firm == FT_FIRM_FUTUINC && a->a.env == FT_ENV_REAL && !a->a.futures;
}

static int count(const struct acc *a)
{
    int n = 0;
    for (int k = 0; k < DAYS; k++)
        n += a->a.day_trades[k];
    return n;
}

void pdt_today(struct ft_brk *b, struct acc *a, ft_day day)
{
    if (!pdt_applies(a) || a->a.day_trades_day == day)
        return;
    if (a->a.day_trades_day != FT_NO_DAY) { /* a trading day has passed: everything moves by one */
        memmove(a->a.day_trades + 1, a->a.day_trades, DAYS - 1);
        if (a->a.dtbp_used > a->a.dtbp_start && a->a.is_pdt)
            a->a.dt_call = a->a.dtbp_used - a->a.dtbp_start;
    }
    a->a.day_trades[0] = 0;
    a->a.day_trades_day = day;
    struct totals t;
    risk_totals(b, a, &t);
    /* Four times what is beyond maintenance, at the day's start (Regulation T). */
    ft_money excess = t.net - t.maintenance;
    a->a.dtbp_start = excess > 0 ? 4 * excess : 0;
    a->a.dtbp_used = 0;
    brk_account_changed(b, a);
}

int pdt_check(struct ft_brk *b, struct acc *a, const struct ft_instrument *inst, bool buy,
              const struct need *n, ft_money value, ft_day day, struct ft_err *err)
{
    if (!pdt_applies(a) || inst->market != FT_MARKET_US || n->opening == 0)
        return 0;
    (void)buy;
    pdt_today(b, a, day);
    struct totals t;
    risk_totals(b, a, &t);
    if (b->options.pdt_protection && !a->a.is_pdt && count(a) >= FREE_DAY_TRADES &&
        t.net < PDT_EQUITY)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "PDT protection: %d day trades in 5 trading days; another one would "
                                 "mark the account as a pattern day trader (pdt_protection=1)",
                              "日内交易保护：5 个交易日内已有 %d 次日内交易，再次交易将被标记为 PDT"
                              "（pdt_protection=1）"), count(a));
    if (!a->a.is_pdt)
        return 0;
    if (t.net < PDT_EQUITY)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "the account is marked as a pattern day trader and worth less than "
                                 "25000 USD: no opening orders",
                              "账户已被标记为 PDT 且净资产低于 25000 美元，禁止开仓"));
    ft_money left = a->a.dtbp_start - a->a.dtbp_used;
    if (b->options.dtcall_confirmation && value > left) {
        char have[FT_FIXED_TEXT_MAX];
        ft_fixed_print(left > 0 ? left : 0, FT_MONEY_DECIMALS, 2, have);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "the order exceeds the remaining day-trading buying power of %s USD "
                                 "(dtcall_confirmation=1)",
                              "订单超过剩余日内交易购买力 %s 美元（dtcall_confirmation=1）"), have);
    }
    return 0;
}

void pdt_fill(struct ft_brk *b, struct acc *a, struct ord *o, const struct ft_instrument *inst,
              const struct ft_position *was, ft_qty closed, ft_money opened_value, ft_day day)
{
    if (!pdt_applies(a) || inst->market != FT_MARKET_US)
        return;
    pdt_today(b, a, day);
    if (opened_value > 0)
        a->a.dtbp_used += opened_value;
    bool opened_today = was->today == day && (was->qty > 0 ? was->td_buy_qty : was->td_sell_qty) > 0;
    if (closed && opened_today && !o->day_trade_counted) {
        o->day_trade_counted = true;
        if (a->a.day_trades[0] < UINT8_MAX)
            a->a.day_trades[0]++;
        if (count(a) > FREE_DAY_TRADES)
            a->a.is_pdt = true;
    }
    brk_account_changed(b, a);
}
