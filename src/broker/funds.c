/* The figures of an account (2101), in the currency that is asked for. */
#include "broker/state.h"

#include <string.h>

/* Maintenance margin as a share of the net assets, per thousand, above which a level is reached:
 * CltRiskStatus 1 (safest) to 9. The vendor's own bounds are told nowhere. */
static const int levels[] = {0, 150, 300, 450, 600, 700, 800, 900, 1000};

static int status_of(const struct totals *t)
{
    if (t->maintenance <= 0)
        return 1;
    if (t->net <= 0)
        return 9;
    int64_t share = (int64_t)((ft_i128)t->maintenance * 1000 / t->net);
    int status = 1;
    for (size_t k = 1; k < sizeof levels / sizeof levels[0]; k++)
        if (share > levels[k])
            status = (int)k + 1;
    return status;
}

/* CltRiskLevel of futures: 3 absolutely safe, 0 safe, 1 warning, 2 danger. */
static int level_of(const struct totals *t)
{
    if (t->initial == 0 || t->net >= 2 * t->initial)
        return 3;
    return t->net >= t->initial ? 0 : t->net >= t->maintenance ? 1 : 2;
}

static int market_slot(int market)
{
    switch (market) {
    case FT_MARKET_HK: return 0;
    case FT_MARKET_US: return 1;
    case FT_MARKET_SH:
    case FT_MARKET_SZ: return 2;
    case FT_MARKET_JP: return 3;
    }
    return -1;
}

static void by_market(struct ft_brk *b, const struct acc *a, struct ft_funds *out)
{
    for (size_t k = 0; k < a->position_count; k++) {
        const struct ft_position *p = &a->positions[k]->p;
        const struct ft_instrument *inst = brk_inst(b, p->inst);
        int slot = market_slot(inst->market);
        if (p->qty == 0 || slot < 0 || inst->type == FT_SEC_FUTURE)
            continue;
        struct ft_venue_quote q;
        brk_quote(b, p->inst, &q);
        out->market_assets[slot] += brk_value(inst, brk_mark(b, inst, &q), p->qty);
    }
    static const enum ft_currency of_slot[] = {FT_HKD, FT_USD, FT_CNY, FT_JPY};
    for (int slot = 0; slot < 4 && a->a.universal; slot++)
        out->market_assets[slot] += a->a.cash[of_slot[slot]];
}

static void day_trading(struct ft_brk *b, struct acc *a, struct ft_funds *out)
{
    if (!pdt_applies(b, a))
        return;
    pdt_today(b, a);
    int used = 0;
    for (size_t k = 0; k < sizeof a->a.day_trades; k++)
        used += a->a.day_trades[k];
    out->is_pdt = a->a.is_pdt;
    out->day_trades_left = used < 3 ? 3 - used : 0;
    out->dtbp_start = a->a.dtbp_start;
    out->dtbp_left = a->a.dtbp_start > a->a.dtbp_used ? a->a.dtbp_start - a->a.dtbp_used : 0;
    out->dt_call = a->a.dt_call;
    struct totals t;
    risk_totals(b, a, &t);
    bool poor = t.net < INT64_C(25000) * FT_MONEY_SCALE;
    out->dt_status = a->a.dt_call > 0 ? 3 : a->a.is_pdt && poor ? 2 : 1;
}

void ft_brk_funds(struct ft_brk *b, uint32_t account, enum ft_currency currency, struct ft_funds *out)
{
    struct acc *a = brk_acc(b, account);
    memset(out, 0, sizeof *out);
    struct totals t;
    risk_totals(b, a, &t);
    int base = a->a.currency;
    ft_day day = (ft_day)(b->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
    out->currency = currency;
#define IN(m) ft_fx(b->rules, day, (enum ft_currency)base, currency, (m))
    ft_money free_power = t.available > 0 ? t.available : 0;
    ft_money owed = 0, own = 0;
    for (int c = 0; c < FT_CURRENCIES; c++) {
        out->currency_used[c] = a->a.universal ? a->a.cash[c] != 0 || c == base : c == base;
        out->by_currency_cash[c] = a->a.cash[c];
        ft_money held = c == base ? a->reserved : 0;
        ft_money spare = a->a.cash[c] - held;
        out->by_currency_power[c] = spare > 0 ? spare : 0;
        /* What may leave: not more than the account can spare in all. */
        ft_money most = ft_fx(b->rules, day, (enum ft_currency)base, (enum ft_currency)c, free_power);
        out->by_currency_available[c] = spare <= 0 ? 0 : spare < most ? spare : most;
        ft_money in_base = risk_to_base(b, a, (enum ft_currency)c, a->a.cash[c]);
        if (in_base < 0)
            owed -= in_base;
        else
            own += in_base;
    }
    out->total_assets = IN(t.net);
    out->cash = IN(t.cash);
    out->market_val = IN(t.market_val);
    out->frozen_cash = IN(a->reserved);
    out->debt_cash = IN(owed);
    ft_money withdrawal = own - a->reserved < free_power ? own - a->reserved : free_power;
    out->withdrawal = IN(withdrawal > 0 ? withdrawal : 0);
    out->available = IN(free_power);
    out->unrealized = IN(t.unrealized);
    out->realized = IN(t.realized);
    out->initial_margin = IN(t.initial);
    out->maintenance_margin = IN(t.maintenance);
    out->margin_call_margin = IN(t.margin_call);
    out->long_mv = IN(t.long_mv);
    out->short_mv = IN(t.short_mv);
    /* Approximations that trade.md 4.4 states: 50 % initial margin, 60 % for short sales. */
    bool margin = a->a.type == FT_ACC_MARGIN && !a->a.futures;
    out->power = IN(margin ? 2 * free_power : free_power);
    out->power_short = margin ? IN(free_power / 6 * 10) : 0;
    out->net_cash_power = IN(own - a->reserved > 0 ? own - a->reserved : 0);
#undef IN
    out->risk_status = status_of(&t);
    out->risk_level = level_of(&t);
    by_market(b, a, out);
    day_trading(b, a, out);
}
