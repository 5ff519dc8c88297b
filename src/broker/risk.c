/* What an account is worth, what its holdings and orders bind, and whether an order may be. One check
 * serves placing, changing and the question for the largest quantity (2111), so that they agree. */
#include "broker/state.h"

#include "base/check.h"

#include <string.h>

enum {
    /* A market order binds more than its price (trade.md 6.6: a coefficient, not told). */
    MARKET_ORDER_BP = 10500,
    AUCTION_ORDER_BP = 11500,
};

static int64_t part(ft_money value, int64_t ratio)
{
    int64_t out;
    FT_CHECK(ft_muldiv(value, ratio, FT_RATIO_SCALE, FT_ROUND_UP, &out) == 0);
    return out;
}

ft_money risk_to_base(const struct ft_brk *b, const struct acc *a, enum ft_currency c, ft_money m)
{
    if (c == a->a.currency)
        return m;
    ft_day day = (ft_day)(b->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
    return ft_fx(b->rules, day, c, (enum ft_currency)a->a.currency, m);
}

static ft_price spot_of(const struct ft_brk *b, const struct ft_instrument *inst)
{
    if (inst->type != FT_SEC_OPTION || inst->underlying == FT_NO_INST)
        return 0;
    struct ft_venue_quote q;
    brk_quote(b, inst->underlying, &q);
    return brk_mark(b, brk_inst(b, inst->underlying), &q);
}

void risk_margin(struct ft_brk *b, const struct ft_instrument *inst, ft_day day, ft_price price,
                 ft_qty qty, ft_money *initial, ft_money *maintenance, ft_money *call)
{
    ft_qty size = qty < 0 ? -qty : qty;
    ft_money value = brk_value(inst, price, size);
    if (value < 0)
        value = -value; /* a future may have a negative price */
    if (inst->type == FT_SEC_FUTURE || inst->type == FT_SEC_OPTION) {
        bool option = inst->type == FT_SEC_OPTION;
        if (option && qty > 0) { /* paid in full, lends nothing */
            *initial = *maintenance = *call = value;
            return;
        }
        ft_money im, mm;
        ft_contract_margin(b->rules, inst, day, price, spot_of(b, inst), qty < 0, &im, &mm);
        ft_money n_im, n_mm;
        FT_CHECK(ft_muldiv(im, size, FT_QTY_SCALE, FT_ROUND_UP, &n_im) == 0);
        FT_CHECK(ft_muldiv(mm, size, FT_QTY_SCALE, FT_ROUND_UP, &n_mm) == 0);
        if (option) { /* the rule's premium is a debt in the net assets already */
            n_im = n_im > value ? n_im - value : 0;
            n_mm = n_mm > value ? n_mm - value : 0;
        }
        *initial = n_im;
        *maintenance = n_mm;
        *call = n_mm + (n_im - n_mm) / 2;
        return;
    }
    struct ft_margin m;
    ft_margin_of(b->rules, inst, day, &m);
    bool is_short = qty < 0;
    *initial = part(value, is_short ? m.im_short : m.im_long);
    *maintenance = part(value, is_short ? m.mm_short : m.mm_long);
    *call = part(value, is_short ? m.mcm_short : m.mcm_long);
}

void risk_totals(struct ft_brk *b, const struct acc *a, struct totals *t)
{
    memset(t, 0, sizeof *t);
    for (int c = 0; c < FT_CURRENCIES; c++)
        if (a->a.cash[c])
            t->cash += risk_to_base(b, a, (enum ft_currency)c, a->a.cash[c]);
    for (size_t k = 0; k < a->position_count; k++) {
        const struct ft_position *p = &a->positions[k]->p;
        if (p->qty == 0)
            continue;
        const struct ft_instrument *inst = brk_inst(b, p->inst);
        enum ft_currency c = (enum ft_currency)inst->currency;
        struct ft_venue_quote q;
        brk_quote(b, p->inst, &q);
        ft_price mark = brk_mark(b, inst, &q);
        ft_money im, mm, call;
        risk_margin(b, inst, q.trading_day, mark, p->qty, &im, &mm, &call);
        if (inst->type == FT_SEC_FUTURE) {
            t->unrealized += risk_to_base(b, a, c, position_unmarked(p, inst, mark));
        } else {
            ft_money mv = risk_to_base(b, a, c, brk_value(inst, mark, p->qty));
            *(mv < 0 ? &t->short_mv : &t->long_mv) += mv;
            if (a->a.type == FT_ACC_CASH)
                im = mm = call = brk_value(inst, mark, p->qty); /* lends nothing */
        }
        t->initial += risk_to_base(b, a, c, im);
        t->maintenance += risk_to_base(b, a, c, mm);
        t->margin_call += risk_to_base(b, a, c, call);
        t->realized += risk_to_base(b, a, c, p->realized);
    }
    struct margins relief;
    margin_relief(b, a, &relief);
    t->initial -= relief.initial;
    t->maintenance -= relief.maintenance;
    t->margin_call -= relief.call;
    t->market_val = t->long_mv + t->short_mv;
    t->net = t->cash + t->market_val + t->unrealized;
    t->available = t->net - t->initial - a->reserved;
}

struct ft_ticket risk_ticket(const struct ord *o)
{
    return (struct ft_ticket){
        .account = o->o.account, .inst = o->o.inst,
        .side = life_is_buy(o) ? FT_SIDE_BUY : FT_SIDE_SELL, .type = o->o.type, .tif = o->o.tif,
        .session = o->o.session, .trail_type = o->o.trail_type, .trd_market = o->o.trd_market,
        .outside_rth = o->o.outside_rth, .has_price = true, .has_aux = o->o.has_aux,
        .price = o->o.price, .aux_price = o->o.aux_price, .trail_spread = o->o.trail_spread,
        .trail_value = o->o.trail_value, .qty = o->o.qty, .expire_day = o->o.expire_day,
    };
}

/* The farthest stop that a trailing purchase can have: it only ever comes down. */
static ft_price first_stop(ft_price mark, const struct ft_ticket *t)
{
    if (t->side != FT_SIDE_BUY)
        return mark;
    ft_price away = t->trail_value;
    if (t->trail_type == FT_TRAIL_RATIO)
        FT_CHECK(ft_muldiv(mark, t->trail_value, FT_RATIO_SCALE, FT_ROUND_UP, &away) == 0);
    return mark + away;
}

ft_price risk_price(const struct ft_brk *b, const struct ft_instrument *inst,
                    const struct ft_ticket *t)
{
    switch (t->type) {
    case FT_ORDER_STOP_LIMIT:
    case FT_ORDER_LIT:
    case FT_ORDER_NORMAL:
    case FT_ORDER_ABSOLUTE_LIMIT:
    case FT_ORDER_AUCTION_LIMIT:
    case FT_ORDER_SPECIAL_LIMIT:
    case FT_ORDER_SPECIAL_LIMIT_ALL:
    case FT_ORDER_TWAP_LIMIT:
    case FT_ORDER_VWAP_LIMIT: return t->price;
    }
    struct ft_venue_quote q;
    brk_quote(b, inst->index, &q);
    ft_price mark = brk_mark(b, inst, &q), p = t->side == FT_SIDE_BUY && q.ask > 0 ? q.ask : mark;
    int64_t beyond = MARKET_ORDER_BP;
    if (t->has_aux && t->aux_price > p)
        p = t->aux_price;
    if (t->type == FT_ORDER_AUCTION) { /* as far as an auction's price can go (market-rules.md 2) */
        p = q.prev_close > p ? q.prev_close : p;
        beyond = AUCTION_ORDER_BP;
    } else if (t->type == FT_ORDER_TRAILING_STOP) {
        p = first_stop(p, t);
    } else if (t->type == FT_ORDER_TRAILING_STOP_LIMIT) {
        p = first_stop(p, t) + (t->side == FT_SIDE_BUY ? t->trail_spread : 0);
        ft_price tick = ft_tick_size(b->u, inst, q.trading_day, p, true);
        return p + tick - 1 - (p + tick - 1) % tick; /* the exchange rounds outward too */
    }
    FT_CHECK(ft_muldiv(p, beyond, 10000, FT_ROUND_UP, &p) == 0);
    return p;
}

/* ---- One order ----------------------------------------------------------------------------------- */

static const char *const currency_names[FT_CURRENCIES] = {"HKD", "USD", "CNH", "JPY", "SGD"};

int risk_refuse(const struct ft_brk *b, const struct acc *a, ft_money need, ft_money have,
                struct ft_err *err)
{
    if (have < 0)
        have = 0;
    char want[FT_FIXED_TEXT_MAX], is[FT_FIXED_TEXT_MAX], gap[FT_FIXED_TEXT_MAX];
    ft_fixed_print(need, FT_MONEY_DECIMALS, 2, want);
    ft_fixed_print(have, FT_MONEY_DECIMALS, 2, is);
    ft_fixed_print(need - have, FT_MONEY_DECIMALS, 2, gap);
    const char *c = currency_names[a->a.currency];
    return ft_err_set(err, FT_ELIMIT,
                      SAY(b, "insufficient buying power: the order needs %s %s, %s %s is available, "
                             "%s %s is missing",
                          "购买力不足：订单需要 %s %s，可用 %s %s，还差 %s %s"),
                      want, c, is, c, gap, c);
}

/* `qty`: all that would be short then, orders included. */
static int short_allowed(struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst,
                         ft_day day, ft_qty qty, struct ft_err *err)
{
    if (inst->type == FT_SEC_FUTURE)
        return 0;
    bool paper = a->a.env == FT_ENV_SIMULATE;
    if (a->a.type == FT_ACC_CASH)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "%s: nothing is held that could be sold, and a cash account cannot "
                                 "sell short",
                              "%s：没有可卖持仓，现金账户不支持卖空"), inst->code);
    if (inst->type == FT_SEC_OPTION)
        return 0;
    struct ft_margin m;
    ft_margin_of(b->rules, inst, day, &m);
    /* Paper accounts sell stocks short in the US only (trade.md 6.7). */
    if (!m.short_permit || (paper && inst->market != FT_MARKET_US))
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "%s: nothing is held that could be sold, and it cannot be sold short",
                              "%s：没有可卖持仓，且不支持卖空"), inst->code);
    if (m.short_pool && qty > m.short_pool)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "%s: %lld shares are there to borrow, %lld are asked for",
                              "%s：可借 %lld 股，申请 %lld 股"), inst->code,
                          (long long)(m.short_pool / FT_QTY_SCALE), (long long)(qty / FT_QTY_SCALE));
    return 0;
}

int risk_split(struct ft_brk *b, struct acc *a, const struct ft_instrument *inst, ft_day day, bool buy,
               ft_qty qty, const struct ord *old, struct need *out, struct ft_err *err)
{
    const struct pos *p = position_find(b, a->a.index, inst->index);
    ft_qty held = p ? p->p.qty : 0, can = 0, short_too = 0;
    ft_qty old_closing = old ? old->closing : 0, old_opening = old ? old->o.opening : 0;
    /* Orders that opened when they came will close if they trade first: they count as well. */
    if (p && !buy && held > 0)
        can = held - (p->p.locked_day == day ? p->p.locked : 0) - p->selling - p->sell_open +
              old_closing + old_opening;
    else if (p && buy && held < 0)
        can = -held - p->buying - p->buy_open + old_closing + old_opening;
    if (can < 0)
        can = 0;
    if (p && !buy)
        short_too = (held < 0 ? -held : 0) + p->sell_open - old_opening;
    out->closing = qty < can ? qty : can;
    out->opening = qty - out->closing;
    if (out->opening == 0 || inst->type == FT_SEC_FUTURE)
        return 0;
    if (!buy && held > 0) {
        char have[FT_FIXED_TEXT_MAX], want[FT_FIXED_TEXT_MAX];
        ft_fixed_print(can, FT_QTY_DECIMALS, 0, have);
        ft_fixed_print(qty, FT_QTY_DECIMALS, 0, want);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "%s: %s can be sold, the order is for %s; a short position needs an "
                                 "order of its own after the holding is sold",
                              "%s：可卖 %s，订单数量 %s；卖空须在卖出持仓后另行下单"),
                          inst->code, have, want);
    }
    if (buy && held < 0) {
        char have[FT_FIXED_TEXT_MAX];
        ft_fixed_print(can, FT_QTY_DECIMALS, 0, have);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "%s is held short: %s can be bought back; going long needs an order "
                                 "of its own after that",
                              "%s 为空头持仓：可买回 %s，做多须另行下单"), inst->code, have);
    }
    return buy ? 0 : short_allowed(b, a, inst, day, out->opening + short_too, err);
}

/* What opening `qty` binds, in base currency, and what it is worth in the instrument's. */
static ft_money reserve_of(struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst,
                           const struct ft_ticket *t, ft_qty qty, ft_money *value)
{
    enum ft_currency c = (enum ft_currency)inst->currency;
    struct ft_venue_quote q;
    brk_quote(b, inst->index, &q);
    bool buy = t->side == FT_SIDE_BUY || t->side == FT_SIDE_BUY_BACK;
    ft_price price = risk_price(b, inst, t), mark = brk_mark(b, inst, &q);
    if (!buy && price < mark)
        price = mark; /* a low limit sells at the market: what is short is worth that */
    *value = brk_value(inst, price, qty);
    if (*value < 0)
        *value = -*value;
    ft_money im, mm, call;
    risk_margin(b, inst, q.trading_day, price, buy ? qty : -qty, &im, &mm, &call);
    if (a->a.type == FT_ACC_CASH && inst->type != FT_SEC_FUTURE)
        im = *value;
    ft_money bound = risk_to_base(b, a, c, im);
    if (inst->type == FT_SEC_OPTION && !buy) { /* what is held may protect it */
        struct margin_leg leg = {inst->index, -qty};
        struct margins change;
        margin_change(b, a, &leg, 1, &change);
        if (change.initial < bound)
            bound = change.initial > 0 ? change.initial : 0;
    }
    return bound + risk_to_base(b, a, c, ft_fees_estimate(b->rules, a->a.firm, inst, !buy,
                                                          q.trading_day, qty, *value));
}

int risk_check(struct ft_brk *b, struct acc *a, const struct ft_ticket *t, ft_qty qty,
               const struct ord *old, struct need *out, struct ft_err *err)
{
    const struct ft_instrument *inst = brk_inst(b, t->inst);
    struct ft_venue_quote q;
    brk_quote(b, t->inst, &q);
    bool buy = t->side == FT_SIDE_BUY || t->side == FT_SIDE_BUY_BACK;
    memset(out, 0, sizeof *out);
    if (risk_split(b, a, inst, q.trading_day, buy, qty, old, out, err))
        return -1;
    out->cover = risk_price(b, inst, t);
    ft_money value = 0;
    if (out->opening) {
        out->reserve = reserve_of(b, a, inst, t, out->opening, &value);
    } else if (!buy && inst->type != FT_SEC_FUTURE && margin_protects(b, a, inst)) {
        struct margin_leg leg = {t->inst, -qty};
        struct margins change;
        margin_change(b, a, &leg, 1, &change);
        out->reserve = change.initial > 0 ? change.initial : 0; /* a short option loses its cover */
    }
    if (out->reserve == 0 && out->opening == 0)
        return 0; /* what closes a position never wants for power */
    struct totals now;
    risk_totals(b, a, &now);
    ft_money have = now.available + (old ? old->o.reserved : 0);
    if (out->reserve > have)
        return risk_refuse(b, a, out->reserve, have, err);
    return pdt_check(b, a, inst, out->opening, value, err);
}

/* ---- What open orders hold back ------------------------------------------------------------------- */

static void hold(struct ft_brk *b, struct ord *o, int sign)
{
    struct acc *a = brk_acc(b, o->o.account);
    a->reserved += sign * o->o.reserved;
    if (a->a.type == FT_ACC_CASH)
        a->reserved_cash[a->a.currency] += sign * o->o.reserved;
    if (!o->combo && (o->closing || o->o.opening)) {
        struct pos *p = position_find(b, o->o.account, o->o.inst);
        FT_CHECK(p != NULL);
        bool buy = life_is_buy(o);
        *(buy ? &p->buying : &p->selling) += sign * o->closing;
        *(buy ? &p->buy_open : &p->sell_open) += sign * o->o.opening;
        FT_CHECK(p->buying >= 0 && p->selling >= 0 && p->buy_open >= 0 && p->sell_open >= 0);
    }
    FT_CHECK(a->reserved >= 0);
}

void risk_reserve(struct ft_brk *b, struct ord *o, const struct need *n)
{
    hold(b, o, -1);
    o->o.reserved = n->reserve;
    o->o.opening = n->opening;
    o->closing = n->closing;
    hold(b, o, 1);
}

void risk_release(struct ft_brk *b, struct ord *o, ft_qty left)
{
    struct need n = {o->o.reserved, o->o.opening, o->closing, 0};
    ft_qty gone = n.opening + n.closing - left;
    FT_CHECK(gone >= 0);
    ft_qty closed = gone < n.closing ? gone : n.closing;
    n.closing -= closed;
    ft_qty opening = n.opening - (gone - closed);
    if (n.opening && opening != n.opening)
        FT_CHECK(ft_muldiv(n.reserve, opening, n.opening, FT_ROUND_UP, &n.reserve) == 0);
    n.opening = opening;
    risk_reserve(b, o, &n);
}

/* Newest first: who came last closes last. */
static ft_qty turn_to_opening(struct ft_brk *b, struct pos *p, struct desk *d, bool buy, ft_qty excess)
{
    struct acc *a = brk_acc(b, p->p.account);
    for (struct ft_list *l = d->orders.prev; l != &d->orders && excess > 0; l = l->prev) {
        struct ord *o = ft_container_of(l, struct ord, by_desk);
        if (o->o.account != p->p.account || o->combo || !o->closing || life_is_buy(o) != buy)
            continue;
        ft_qty take = o->closing < excess ? o->closing : excess;
        struct ft_ticket t = risk_ticket(o);
        ft_money value;
        struct need n = {o->o.reserved, o->o.opening + take, o->closing - take, 0};
        n.reserve += reserve_of(b, a, brk_inst(b, p->p.inst), &t, take, &value);
        risk_reserve(b, o, &n);
        brk_order_changed(b, o);
        excess -= take;
    }
    return excess;
}

void risk_rebalance(struct ft_brk *b, struct pos *p)
{
    ft_qty sell = p->selling - (p->p.qty > 0 ? p->p.qty : 0);
    ft_qty buy = p->buying - (p->p.qty < 0 ? -p->p.qty : 0);
    if (sell <= 0 && buy <= 0)
        return;
    struct desk *d = ft_map64_get(&b->desk_by_inst, (uint64_t)p->p.inst + 1);
    if (d && sell > 0)
        turn_to_opening(b, p, d, false, sell);
    if (d && buy > 0)
        turn_to_opening(b, p, d, true, buy);
}

/* ---- The largest quantity (2111) --------------------------------------------------------------------- */

enum { QTY_UNITS_MAX = 1000000000 };

struct search {
    struct ft_brk *b;
    struct acc *a;
    struct ft_ticket t;
    const struct ord *old;
    bool cash_only;
};

static bool fits(const struct search *s, ft_qty qty)
{
    struct need n;
    if (!s->cash_only)
        return risk_check(s->b, s->a, &s->t, qty, s->old, &n, NULL) == 0;
    const struct ft_instrument *inst = brk_inst(s->b, s->t.inst);
    struct ft_venue_quote q;
    brk_quote(s->b, s->t.inst, &q);
    ft_money value = brk_value(inst, risk_price(s->b, inst, &s->t), qty);
    ft_money cost = value + ft_fees_estimate(s->b->rules, s->a->a.firm, inst, false, q.trading_day,
                                             qty, value);
    ft_money held = s->a->reserved - (s->old ? s->old->o.reserved : 0);
    return risk_to_base(s->b, s->a, (enum ft_currency)inst->currency, cost) <=
           risk_to_base(s->b, s->a, (enum ft_currency)inst->currency,
                        s->a->a.cash[inst->currency]) - held;
}

/* The most units of `step` that fit, at most `most`. */
static ft_qty largest(const struct search *s, ft_qty step, ft_qty most)
{
    int64_t low = 0, high = most / step;
    while (low < high) {
        int64_t mid = low + (high - low + 1) / 2;
        if (fits(s, mid * step))
            low = mid;
        else
            high = mid - 1;
    }
    return low * step;
}

static ft_money im_change(struct ft_brk *b, const struct ft_instrument *inst, ft_day day,
                          ft_price price, ft_qty held, ft_qty change)
{
    ft_money before, after, mm, call;
    risk_margin(b, inst, day, price, held, &before, &mm, &call);
    risk_margin(b, inst, day, price, held + change, &after, &mm, &call);
    return after - before;
}

/* Odd lots are sold on the mainland only, and only all at once. */
static ft_qty whole_lots(const struct ft_instrument *inst, ft_qty qty, ft_qty step)
{
    bool mainland = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    return mainland ? qty : qty / step * step;
}

int ft_brk_max_qty(struct ft_brk *b, const struct ft_ticket *ticket, uint64_t order,
                   struct ft_max_qty *out, struct ft_err *err)
{
    memset(out, 0, sizeof *out);
    struct acc *a = brk_acc(b, ticket->account);
    struct ft_ticket t = *ticket;
    struct plan plan;
    struct ord *old = NULL;
    if (order && (!(old = brk_order(b, order)) || old->o.account != ticket->account))
        return ft_err_set(err, FT_ENOTFOUND, SAY(b, "there is no order %llu", "没有订单 %llu"),
                          (unsigned long long)order);
    t.qty = 0;
    if (rules_check(b, a, &t, &plan, err))
        return -1;
    const struct ft_instrument *inst = plan.inst;
    struct ft_venue_quote q;
    brk_quote(b, t.inst, &q);
    bool contracts = inst->type == FT_SEC_FUTURE || inst->type == FT_SEC_OPTION;
    ft_qty step = (contracts || inst->lot < 1 ? 1 : inst->lot) * FT_QTY_SCALE;
    ft_qty cap_qty;
    ft_money cap_amount;
    ft_order_caps(b->rules, a->a.env == FT_ENV_REAL ? a->a.firm : 0, inst,
                  (enum ft_order_type)t.type, q.trading_day, &cap_qty, &cap_amount);
    ft_qty most = cap_qty ? cap_qty : (ft_qty)QTY_UNITS_MAX * FT_QTY_SCALE;
    ft_price price = risk_price(b, inst, &t);
    if (!cap_amount || cap_amount > FT_ORDER_VALUE_MAX)
        cap_amount = FT_ORDER_VALUE_MAX;
    if (price > 0) {
        ft_money one = brk_value(inst, price, step);
        if (one > 0 && cap_amount / one < most / step)
            most = cap_amount / one * step;
    }
    ft_qty done = old ? old->o.filled : 0;
    most = most > done ? most - done : 0;
    const struct pos *p = position_find(b, a->a.index, t.inst);
    ft_qty held = p ? p->p.qty : 0, old_closing = old ? old->closing : 0;
    bool old_buys = old && (old->o.side == FT_SIDE_BUY || old->o.side == FT_SIDE_BUY_BACK);
    struct search s = {b, a, t, old, false};

    s.t.side = FT_SIDE_BUY;
    bool long_side = held >= 0;
    bool cash_account = a->a.type == FT_ACC_CASH; /* its own check says it: other currencies count */
    s.cash_only = !cash_account;
    if (!a->a.futures && long_side && (!old || old_buys))
        out->cash_buy = largest(&s, step, most) + done;
    s.cash_only = false;
    out->has_margin_buy = !a->a.futures && a->a.type == FT_ACC_MARGIN;
    if (out->has_margin_buy && long_side && (!old || old_buys))
        out->margin_buy = largest(&s, step, most) + done;
    if (out->has_margin_buy && out->cash_buy > out->margin_buy)
        out->cash_buy = out->margin_buy; /* holdings bind more than the rest of the cash is */
    if (held > 0 && (!old || !old_buys))
        out->position_sell = whole_lots(inst, position_can_sell(p, q.trading_day) + old_closing, step) +
                             done;
    if (out->position_sell > most + done)
        out->position_sell = most + done;
    out->has_sell_short = out->has_margin_buy;
    s.t.side = FT_SIDE_SELL;
    if (out->position_sell > done && margin_protects(b, a, inst)) /* short options may lose their cover */
        out->position_sell = largest(&s, step, out->position_sell - done) + done;
    if (out->has_sell_short && held <= 0 && (!old || !old_buys))
        out->sell_short = largest(&s, step, most) + done;
    out->has_buy_back = !a->a.futures;
    if (held < 0 && (!old || old_buys))
        out->buy_back = (-held - p->buying - p->buy_open + old_closing) / step * step + done;
    out->has_im = contracts;
    if (contracts) {
        out->long_im = im_change(b, inst, q.trading_day, price, held, FT_QTY_SCALE);
        out->short_im = im_change(b, inst, q.trading_day, price, held, -FT_QTY_SCALE);
    }
    return 0;
}
