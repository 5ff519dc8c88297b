/* Entering combo orders (2227) and saying what one would change (2112). work.c works them. */
#include "broker/state.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

static bool leg_buys(const struct ft_combo_leg *l)
{
    return l->side == FT_SIDE_BUY || l->side == FT_SIDE_BUY_BACK;
}

/* OptionStrategyType (trade.md 5.3) by what the legs are. */
enum {
    CUSTOM = 100, COVERED = 2, VERTICAL = 4, STRADDLE = 6, STRANGLE = 7, COLLAR = 8, BUTTERFLY = 9,
    CONDOR = 11, IRON_BUTTERFLY = 13, IRON_CONDOR = 14, CALENDAR = 15, DIAGONAL = 16,
};

static uint8_t two_options(const struct ft_instrument *x, const struct ft_instrument *y, bool same_side)
{
    bool same_expiry = x->expiry_day == y->expiry_day, same_strike = x->strike == y->strike;
    if (x->right != y->right)
        return !same_side || !same_expiry ? CUSTOM : same_strike ? STRADDLE : STRANGLE;
    if (same_side)
        return CUSTOM;
    return same_expiry ? VERTICAL : same_strike ? CALENDAR : DIAGONAL;
}

static uint8_t strategy_of(const struct ft_brk *b, const struct ft_combo_leg *legs, size_t n)
{
    size_t options = 0, calls = 0;
    bool one_expiry = true;
    const struct ft_instrument *inst[FT_LEGS_MAX];
    for (size_t k = 0; k < n; k++) {
        inst[k] = brk_inst(b, legs[k].inst);
        options += inst[k]->type == FT_SEC_OPTION;
        calls += inst[k]->type == FT_SEC_OPTION && inst[k]->right == FT_CALL;
        one_expiry = one_expiry && inst[k]->expiry_day == inst[0]->expiry_day;
    }
    if (n == 2 && options == 2)
        return two_options(inst[0], inst[1], leg_buys(&legs[0]) == leg_buys(&legs[1]));
    if (n == 2 && options == 1)
        return COVERED;
    if (n == 3 && options == 2 && calls == 1)
        return COLLAR;
    if (n == 3 && options == 3 && one_expiry && (calls == 3 || calls == 0))
        return BUTTERFLY;
    if (n != 4 || options != 4 || !one_expiry)
        return CUSTOM;
    if (calls == 4 || calls == 0)
        return CONDOR;
    for (size_t x = 0; x < n; x++)
        for (size_t y = x + 1; y < n; y++)
            if (inst[x]->strike == inst[y]->strike)
                return IRON_BUTTERFLY;
    return IRON_CONDOR;
}

static ft_qty leg_qty(const struct ft_combo_leg *l, ft_qty combos)
{
    return combos / FT_QTY_SCALE * l->ratio;
}

/* What the combo would change: the margin of all legs together, less what they and the holdings protect
 * of each other. */
static void change_of(struct ft_brk *b, struct acc *a, const struct ft_combo_ticket *t,
                      struct margins *out, ft_money *fees)
{
    struct margin_leg legs[FT_LEGS_MAX];
    *fees = 0;
    for (size_t k = 0; k < t->count; k++) {
        const struct ft_combo_leg *l = &t->leg[k];
        const struct ft_instrument *inst = brk_inst(b, l->inst);
        ft_qty qty = leg_qty(l, t->qty);
        legs[k] = (struct margin_leg){l->inst, leg_buys(l) ? qty : -qty};
        struct ft_venue_quote q;
        brk_quote(b, l->inst, &q);
        *fees += risk_to_base(b, a, (enum ft_currency)inst->currency,
                              ft_fees_estimate(b->rules, a->a.firm, inst, !leg_buys(l), q.trading_day,
                                               qty, brk_value(inst, brk_mark(b, inst, &q), qty)));
    }
    margin_change(b, a, legs, t->count, out);
}

int work_bind(struct ft_brk *b, struct ord *o)
{
    if (!o->legs && !(o->legs = calloc(o->combo->count, sizeof *o->legs)))
        return -1;
    for (size_t k = 0; k < o->combo->count; k++) {
        const struct ft_combo_leg *l = &o->combo->leg[k];
        struct pos *p = position_need(b, o->o.account, l->inst);
        if (!p)
            return -1;
        o->legs[k].fee_day = FT_NO_DAY;
        ft_qty open = leg_qty(l, o->o.qty - o->o.filled);
        ft_qty held = leg_buys(l) ? -p->p.qty - p->buying : p->p.qty - p->selling;
        ft_qty take = held < 0 ? 0 : held < open ? held : open;
        o->legs[k].closing = take;
        *(leg_buys(l) ? &p->buying : &p->selling) += take;
    }
    return 0;
}

void work_unbind(struct ft_brk *b, struct ord *o, size_t leg, ft_qty qty)
{
    if (!o->legs)
        return;
    struct leg *l = &o->legs[leg];
    ft_qty take = qty < l->closing ? qty : l->closing;
    struct pos *p = position_find(b, o->o.account, o->combo->leg[leg].inst);
    l->closing -= take;
    if (take)
        *(leg_buys(&o->combo->leg[leg]) ? &p->buying : &p->selling) -= take;
}

/* ---- Checks --------------------------------------------------------------------------------------- */

static int check_legs(struct ft_brk *b, struct acc *a, struct ft_combo_ticket *t,
                      struct plan *plan, struct ft_err *err)
{
    if (t->count < 2 || t->count > FT_LEGS_MAX)
        return ft_err_set(err, FT_EINVAL, SAY(b, "comboLegs: 2 to %d legs are allowed, there are %d",
                                              "comboLegs：须为 2 至 %d 条腿，现有 %d"),
                          FT_LEGS_MAX, t->count);
    size_t options = 0;
    for (size_t k = 0; k < t->count; k++)
        options += brk_inst(b, t->leg[k].inst)->type == FT_SEC_OPTION;
    if (!options)
        return ft_err_set(err, FT_EINVAL, SAY(b, "comboLegs: at least one leg must be an option",
                                              "comboLegs：至少一条腿须为期权"));
    if (t->type != FT_ORDER_NORMAL && t->type != FT_ORDER_MARKET)
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "orderType %d: combos are NORMAL (1) or MARKET (2)",
                              "orderType %d：组合订单仅支持 NORMAL (1) 和 MARKET (2)"), t->type);
    if (t->type == FT_ORDER_NORMAL && !t->has_price)
        return ft_err_set(err, FT_EINVAL, SAY(b, "price is needed for NORMAL orders",
                                              "NORMAL 订单需要 price"));
    if (t->qty <= 0 || t->qty % FT_QTY_SCALE || t->qty > INT64_C(100000) * FT_QTY_SCALE)
        return ft_err_set(err, FT_EINVAL, SAY(b, "qty: a whole number from 1 to 100000 is needed",
                                              "qty：须为 1 至 100000 的整数"));
    uint8_t market = 0;
    for (size_t k = 0; k < t->count; k++) {
        struct ft_combo_leg *l = &t->leg[k];
        const struct ft_instrument *inst = brk_inst(b, brk_resolve(b, l->inst));
        if (l->ratio <= 0 || l->ratio % FT_QTY_SCALE || l->ratio > INT64_C(100000) * FT_QTY_SCALE)
            return ft_err_set(err, FT_EINVAL,
                              SAY(b, "qtyRatio of leg %zu (%s): a whole number from 1 to 100000 is "
                                     "needed",
                                  "第 %zu 条腿（%s）的 qtyRatio：须为 1 至 100000 的整数"),
                              k + 1, inst->code);
        for (size_t j = 0; j < k; j++)
            if (t->leg[j].inst == inst->index)
                return ft_err_set(err, FT_EINVAL, SAY(b, "comboLegs: %s is there twice",
                                                      "comboLegs：%s 重复"), inst->code);
        struct ft_venue_quote q;
        brk_quote(b, inst->index, &q);
        struct ft_ticket leg = {
            .account = t->account, .inst = inst->index, .side = l->side, .type = FT_ORDER_NORMAL,
            .tif = t->tif, .has_price = true, .expire_day = t->expire_day, .remark = t->remark,
            .price = ft_tick_round(b->u, inst, q.trading_day, brk_mark(b, inst, &q)),
            .qty = leg_qty(l, t->qty),
        };
        struct plan p;
        struct need need;
        const struct pos *held = position_find(b, a->a.index, inst->index);
        if (rules_check(b, a, &leg, &p, err) ||
            rules_qty(b, a, inst, &leg, held ? position_can_sell(held, q.trading_day) : 0,
                      q.trading_day, err) ||
            risk_split(b, a, inst, q.trading_day, leg.side == FT_SIDE_BUY, leg.qty, NULL, &need, err) ||
            pdt_check(b, a, inst, need.opening, brk_value(inst, leg.price, need.opening), err))
            return ft_err_wrap(err, SAY(b, "leg %zu", "第 %zu 条腿"), k + 1);
        l->inst = leg.inst;
        l->side = leg.side;
        if (market && p.trd_market != market)
            return ft_err_set(err, FT_EINVAL,
                              SAY(b, "comboLegs: all legs must be of one trading market",
                                  "comboLegs：所有腿须属于同一交易市场"));
        market = p.trd_market;
        if (k == 0 || p.end_ns < plan->end_ns)
            *plan = p;
    }
    return 0;
}

int ft_brk_place_combo(struct ft_brk *b, const struct ft_combo_ticket *ticket, uint64_t *order,
                       struct ft_err *err)
{
    struct acc *a = brk_acc(b, ticket->account);
    struct ft_combo_ticket t = *ticket;
    struct plan plan;
    if (check_legs(b, a, &t, &plan, err))
        return -1;
    struct margins change;
    ft_money fees;
    change_of(b, a, &t, &change, &fees);
    struct need need = {(change.initial > 0 ? change.initial : 0) + fees, t.qty, 0, 0};
    struct totals now;
    risk_totals(b, a, &now);
    if (need.reserve > now.available)
        return risk_refuse(b, a, need.reserve, now.available, err);
    struct ft_ticket whole = {
        .account = t.account, .inst = t.leg[0].inst, .side = FT_SIDE_BUY, .type = t.type,
        .tif = t.tif, .has_price = t.has_price, .price = t.type == FT_ORDER_NORMAL ? t.price : 0,
        .qty = t.qty, .expire_day = t.expire_day, .remark = t.remark,
    };
    struct ft_combo *combo = calloc(1, sizeof *combo);
    if (!combo)
        return ft_err_set(err, FT_ENOMEM, "no memory for a combo");
    combo->strategy = strategy_of(b, t.leg, t.count);
    combo->count = t.count;
    memcpy(combo->leg, t.leg, sizeof combo->leg);
    plan.inst = brk_inst(b, t.leg[0].inst);
    struct leg *legs = calloc(t.count, sizeof *legs);
    struct ord *o = legs ? life_enter(b, a, &whole, &plan, &need, 0, combo, err) : NULL;
    if (!o) {
        free(combo);
        free(legs);
        return legs ? -1 : ft_err_set(err, FT_ENOMEM, "no memory for a combo");
    }
    combo->order = o->o.id;
    o->legs = legs;
    FT_CHECK(work_bind(b, o) == 0);
    FT_CHECK(ft_journal_add_combo(&b->pending, combo) == 0);
    *order = o->o.id;
    if (work_begin(b, o, err)) {
        life_end(b, o, FT_ST_FAILED, err ? err->text : NULL, b->now_ns);
        return -1;
    }
    work_step(b);
    return 0;
}

int ft_brk_combo_impact(struct ft_brk *b, const struct ft_combo_ticket *ticket, uint64_t order,
                        struct ft_combo_impact *out, struct ft_err *err)
{
    struct acc *a = brk_acc(b, ticket->account);
    struct ft_combo_ticket t = *ticket;
    struct plan plan;
    const struct ord *old = order ? brk_order(b, order) : NULL;
    if (order && (!old || old->o.account != ticket->account))
        return ft_err_set(err, FT_ENOTFOUND, SAY(b, "there is no order %llu", "没有订单 %llu"),
                          (unsigned long long)order);
    if (check_legs(b, a, &t, &plan, err))
        return -1;
    struct margins change;
    ft_money fees;
    change_of(b, a, &t, &change, &fees);
    ft_money bound = (change.initial > 0 ? change.initial : 0) + fees;
    struct totals now;
    risk_totals(b, a, &now);
    ft_money have = now.available + (old ? old->o.reserved : 0);
    *out = (struct ft_combo_impact){
        .nlv = -fees, .initial = change.initial, .maintenance = change.maintenance,
        .option_power = have > 0 ? have : 0, .withdraw = -bound, .power_decrease = bound,
    };
    return 0;
}
