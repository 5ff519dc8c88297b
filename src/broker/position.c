/* Holdings: what a fill does to cash, quantity and cost, and what the end of a trading day does. */
#include "broker/state.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

static uint64_t key_of(uint32_t account, ft_inst inst)
{
    return ((uint64_t)account << 32 | inst) + 1;
}

struct pos *position_find(const struct ft_brk *b, uint32_t account, ft_inst inst)
{
    return ft_map64_get(&b->position_by_key, key_of(account, inst));
}

struct pos *position_need(struct ft_brk *b, uint32_t account, ft_inst inst)
{
    struct pos *p = position_find(b, account, inst);
    if (p)
        return p;
    struct acc *a = brk_acc(b, account);
    p = calloc(1, sizeof *p);
    if (!p || ft_brk_grow(&a->positions, sizeof(struct pos *), a->position_count,
                          &a->position_cap) ||
        ft_map64_put(&b->position_by_key, key_of(account, inst), p)) {
        free(p);
        return NULL;
    }
    p->p.id = ++b->counters.position;
    p->p.account = account;
    p->p.inst = inst;
    p->p.locked_day = p->p.settled_day = p->p.today = FT_NO_DAY;
    ft_list_init(&p->by_desk);
    a->positions[a->position_count++] = p;
    return p;
}

ft_qty position_can_sell(const struct pos *p, ft_day today)
{
    ft_qty locked = p->p.locked_day == today ? p->p.locked : 0;
    ft_qty can = p->p.qty - locked - p->selling - p->sell_open;
    return can > 0 ? can : 0;
}

/* ---- Values ------------------------------------------------------------------------------------ */

static int64_t divide_half_up(ft_i128 v, ft_i128 by)
{
    ft_i128 half = by / 2;
    ft_i128 q = v < 0 ? -((-v + half) / by) : (v + half) / by;
    FT_CHECK(q <= INT64_MAX && q >= -INT64_MAX);
    return (int64_t)q;
}

ft_money brk_value(const struct ft_instrument *inst, ft_price price, ft_qty qty)
{
    /* 1e-6 x 1e-4 x 1e-4 to 1e-4 */
    return divide_half_up((ft_i128)price * qty * ft_multiplier(inst),
                          (ft_i128)FT_PRICE_SCALE * FT_QTY_SCALE);
}

int64_t brk_points(ft_price price, ft_qty qty)
{
    return divide_half_up((ft_i128)price * qty, FT_QTY_SCALE);
}

/* Points (1e-6, without multiplier) as money. */
static ft_money points_value(const struct ft_instrument *inst, int64_t points)
{
    return divide_half_up((ft_i128)points * ft_multiplier(inst), FT_PRICE_SCALE);
}

static bool is_future(const struct ft_instrument *inst)
{
    return inst->type == FT_SEC_FUTURE;
}

/* ---- Days --------------------------------------------------------------------------------------- */

void position_today(struct ft_brk *b, struct pos *p, const struct ft_venue_quote *q)
{
    if (p->p.today == q->trading_day)
        return;
    const struct ft_instrument *inst = brk_inst(b, p->p.inst);
    p->p.today = q->trading_day;
    p->p.td_pl_base = brk_value(inst, q->prev_close > 0 ? q->prev_close : brk_mark(b, inst, q),
                                p->p.qty);
    p->p.td_buy_val = p->p.td_sell_val = 0;
    p->p.td_buy_qty = p->p.td_sell_qty = 0;
    brk_position_changed(b, p);
}

static void flat(struct pos *p)
{
    p->p.cost = p->p.diluted = p->p.marked = 0;
    p->p.locked = 0;
    p->p.combo = 0;
    p->p.strategy = 0;
}

static ft_qty size_of(const struct pos *p)
{
    return p->p.qty < 0 ? -p->p.qty : p->p.qty;
}

/* What `qty` of the contracts held, marked to `price`, bring since they were last marked. They leave
 * `marked`: whoever keeps them adds them again. Rounded once, and exact over the life of a position. */
static ft_money variation(struct pos *p, const struct ft_instrument *inst, ft_price price, ft_qty qty)
{
    ft_qty held = size_of(p);
    int64_t part = qty == held ? p->p.marked : divide_half_up((ft_i128)p->p.marked * qty, held);
    int64_t points = brk_points(price, qty) - part;
    p->p.marked -= part;
    return points_value(inst, p->p.qty > 0 ? points : -points);
}

/* Value of one share or contract at its end: cash settlement at intrinsic value, of options with
 * physical delivery too (simulated; docs/trading.md). */
static ft_price intrinsic(struct ft_brk *b, const struct ft_instrument *inst)
{
    if (inst->underlying == FT_NO_INST)
        return 0;
    ft_price spot = b->venue.ops->close_of(b->venue.self, inst->underlying, inst->expiry_day);
    if (spot <= 0)
        return 0;
    ft_price in = 0;
    switch (inst->right) {
    case FT_CALL:
    case FT_BULL: in = spot - inst->strike; break;
    case FT_PUT:
    case FT_BEAR: in = inst->strike - spot; break;
    case FT_INLINE: return spot >= inst->strike && spot <= inst->barrier ? FT_PRICE_SCALE : 0;
    }
    if (in <= 0)
        return 0;
    if (inst->type == FT_SEC_WARRANT && inst->ratio > 0)
        in = divide_half_up((ft_i128)in * FT_QTY_SCALE, inst->ratio);
    return in;
}

static void expire(struct ft_brk *b, struct pos *p, const struct ft_instrument *inst, ft_day day)
{
    struct acc *a = brk_acc(b, p->p.account);
    ft_qty qty = p->p.qty;
    ft_price price = is_future(inst) ? b->venue.ops->close_of(b->venue.self, inst->index, day)
                                     : intrinsic(b, inst);
    if (is_future(inst) && price <= 0) /* not known: at what it was marked to last */
        price = divide_half_up((ft_i128)p->p.marked * FT_QTY_SCALE, size_of(p));
    ledger_begin(b, FT_TXN_EXPIRY, a, 0, 0, day, day);
    ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency,
                is_future(inst) ? variation(p, inst, price, size_of(p))
                                : brk_value(inst, price, qty));
    struct ft_fee_line lines[FT_FEE_LINES_MAX];
    ft_money fees = 0;
    size_t n = is_future(inst) || price > 0
                   ? ft_fees_at_end(b->rules, a->a.firm, inst, day, qty < 0 ? -qty : qty, lines) : 0;
    for (size_t k = 0; k < n; k++)
        fees += lines[k].amount;
    ledger_cash(b, a, FT_HOLD_FEES, (enum ft_currency)inst->currency, -fees);
    int64_t cost = qty > 0 ? p->p.cost : -p->p.cost;
    p->p.realized += points_value(inst, brk_points(price, qty) - cost);
    ledger_shares(b, a, p, -qty);
    flat(p);
    brk_position_changed(b, p);
    risk_rebalance(b, p);
}

static void settle_days(struct ft_brk *b, struct pos *p, const struct ft_instrument *inst,
                        ft_day before)
{
    struct acc *a = brk_acc(b, p->p.account);
    for (;;) {
        ft_day day = b->venue.ops->day_after(b->venue.self, inst->index, p->p.settled_day);
        if (day >= before || day == FT_NO_DAY)
            return;
        ft_price price = b->venue.ops->close_of(b->venue.self, inst->index, day);
        if (price > 0) {
            ft_money money = variation(p, inst, price, size_of(p));
            p->p.marked = brk_points(price, size_of(p));
            if (money) {
                ledger_begin(b, FT_TXN_VARIATION, a, 0, 0, day, day);
                ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency, money);
            }
        }
        p->p.settled_day = day;
        brk_position_changed(b, p);
    }
}

ft_money position_unmarked(const struct ft_position *p, const struct ft_instrument *inst, ft_price mark)
{
    ft_qty held = p->qty < 0 ? -p->qty : p->qty;
    int64_t points = brk_points(mark, held) - p->marked;
    return points_value(inst, p->qty > 0 ? points : -points);
}

/* ---- Corporate actions ---------------------------------------------------------------------------- */

static bool changes_shares(const struct ft_rehab *r)
{
    return r->split_base > 0 || r->join_base > 0 || r->bonus_base > 0;
}

/* A cash dividend: paid on the ex-day, by who is short too (simulated: no record and payment days). */
static void dividend(struct ft_brk *b, struct pos *p, const struct ft_instrument *inst,
                     const struct ft_rehab *r)
{
    ft_money money = brk_value(inst, r->dividend, p->p.qty);
    if (money == 0)
        return;
    struct acc *a = brk_acc(b, p->p.account);
    ledger_begin(b, FT_TXN_ACTION, a, 0, 0, r->ex_day, r->ex_day);
    ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency, money);
    p->p.diluted -= brk_points(r->dividend, p->p.qty);
    if (p->p.today == r->ex_day)
        p->p.td_pl_base -= money; /* the price falls by what was paid: no loss of today */
}

/* Splits, joins and bonus shares: another number of shares for the same cost; what is no whole share is
 * paid at the last close. */
static void change_shares(struct ft_brk *b, struct pos *p, const struct ft_instrument *inst,
                          const struct ft_rehab *r)
{
    ft_i128 up = 1, down = 1;
    if (r->split_base > 0) {
        up *= r->split_ert;
        down *= r->split_base;
    }
    if (r->join_base > 0) {
        up *= r->join_ert;
        down *= r->join_base;
    }
    if (r->bonus_base > 0) {
        up *= r->bonus_base + r->bonus_ert;
        down *= r->bonus_base;
    }
    ft_i128 exact = (ft_i128)p->p.qty * up; /* in `down`ths */
    ft_i128 whole = exact / (down * FT_QTY_SCALE) * FT_QTY_SCALE;
    ft_qty rest = (ft_qty)((exact - whole * down) / down);
    struct acc *a = brk_acc(b, p->p.account);
    ft_day before = r->ex_day - 1;
    ft_price close = 0;
    for (int k = 0; k < 16 && close <= 0; k++)
        close = b->venue.ops->close_of(b->venue.self, inst->index, before - k);
    ft_price fresh = (ft_price)((ft_i128)close * down / up);
    ledger_begin(b, FT_TXN_ACTION, a, 0, 0, r->ex_day, r->ex_day);
    ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency, brk_value(inst, fresh, rest));
    p->p.diluted -= brk_points(fresh, rest);
    ledger_shares(b, a, p, (ft_qty)whole - p->p.qty);
    if (p->p.qty == 0)
        flat(p);
}

/* Actions with ex-days after the last one that was looked at, up to `day`. */
static void act(struct ft_brk *b, struct pos *p, const struct ft_instrument *inst, ft_day day)
{
    if (is_future(inst))
        return;
    if (p->p.settled_day == FT_NO_DAY) { /* of a store that did not keep it */
        p->p.settled_day = day;
        brk_position_changed(b, p);
    }
    if (p->p.settled_day >= day)
        return;
    const struct ft_rehab *r;
    size_t n = b->venue.ops->actions(b->venue.self, inst->index, day, &r);
    for (size_t k = 0; k < n && p->p.qty; k++) {
        if (r[k].ex_day <= p->p.settled_day)
            continue;
        if (r[k].dividend)
            dividend(b, p, inst, &r[k]);
        if (changes_shares(&r[k]))
            change_shares(b, p, inst, &r[k]);
    }
    p->p.settled_day = day;
    brk_position_changed(b, p);
}

bool position_shares_changed(const struct ft_brk *b, const struct ft_instrument *inst, ft_day after,
                             ft_day until)
{
    if (is_future(inst) || after >= until)
        return false;
    const struct ft_rehab *r;
    size_t n = b->venue.ops->actions(b->venue.self, inst->index, until, &r);
    for (size_t k = n; k-- > 0 && r[k].ex_day > after;)
        if (changes_shares(&r[k]))
            return true;
    return false;
}

void position_roll(struct ft_brk *b, struct pos *p, const struct ft_venue_quote *q)
{
    if (p->p.qty == 0)
        return;
    const struct ft_instrument *inst = brk_inst(b, p->p.inst);
    bool over = inst->expiry_day != FT_NO_DAY && q->trading_day > inst->expiry_day;
    if (is_future(inst))
        settle_days(b, p, inst, over ? inst->expiry_day : q->trading_day);
    if (over) {
        expire(b, p, inst, inst->expiry_day);
        return;
    }
    act(b, p, inst, q->trading_day - 1); /* the day's figures begin with the shares of the day before */
    position_today(b, p, q);
    act(b, p, inst, q->trading_day);
}

void position_drop(struct ft_brk *b, struct pos *p, ft_day day)
{
    if (p->p.qty) {
        struct acc *a = brk_acc(b, p->p.account);
        ledger_begin(b, FT_TXN_RESET, a, 0, 0, day, day);
        ledger_shares(b, a, p, -p->p.qty);
    }
    flat(p);
    p->p.realized = 0;
    p->p.td_pl_base = p->p.td_buy_val = p->p.td_sell_val = 0;
    p->p.td_buy_qty = p->p.td_sell_qty = 0;
    p->p.today = FT_NO_DAY;
    brk_position_changed(b, p);
}

/* ---- Fills --------------------------------------------------------------------------------------- */

static ft_day settle_day(struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst,
                         ft_day day)
{
    int product = ft_product_of(inst, a->a.env == FT_ENV_REAL);
    int lag = product < 0 ? 0 : ft_settle_lag(b->rules, (enum ft_product)product, day);
    for (int k = 0; k < lag; k++)
        day = b->venue.ops->day_after(b->venue.self, inst->index, day);
    return day;
}

static void charge_fees(struct ft_brk *b, struct acc *a, struct ord *o,
                        const struct ft_instrument *inst, const struct ft_fill *f, ft_money value,
                        ft_day day, ft_day settle)
{
    if (o->o.fee_day != day) {
        o->o.fee_day = day;
        o->o.fee_qty = 0;
        o->o.fee_notional = 0;
    }
    struct ft_fee_meter before = {o->o.fee_qty, o->o.fee_notional};
    for (size_t k = 0; o->combo && k < o->combo->count; k++) {
        struct leg *l = &o->legs[k]; /* each leg is an order of its own to the exchange */
        if (o->combo->leg[k].inst != f->inst)
            continue;
        before = l->fee_day == day ? l->meter : (struct ft_fee_meter){0, 0};
        l->fee_day = day;
        l->meter = (struct ft_fee_meter){before.qty + f->qty,
                                         before.notional + (value < 0 ? -value : value)};
    }
    struct ft_fee_line lines[FT_FEE_LINES_MAX];
    ft_money notional = value < 0 ? -value : value;
    size_t n = ft_fees_of_fill(b->rules, a->a.firm, inst, f->side == FT_SIDE_SELL ||
                               f->side == FT_SIDE_SELL_SHORT, day, &before, f->qty, notional, lines);
    o->o.fee_qty += f->qty;
    o->o.fee_notional += notional;
    ft_money sum = 0;
    for (size_t k = 0; k < n; k++) {
        size_t at = 0;
        while (at < o->fee_count && o->fees[at].item != lines[k].item)
            at++;
        if (at == o->fee_count) {
            struct ft_fee_row row = {o->o.id, lines[k].item, 0};
            FT_CHECK(ft_brk_load_fee(b, &row, NULL) == 0);
        }
        o->fees[at].amount += lines[k].amount;
        sum += lines[k].amount;
        FT_CHECK(ft_journal_add_fee(&b->pending, &o->fees[at]) == 0);
    }
    o->o.fees += sum;
    if (sum) {
        ledger_begin(b, FT_TXN_FEE, a, o->o.id, f->id, day, settle);
        ledger_cash(b, a, FT_HOLD_FEES, (enum ft_currency)inst->currency, -sum);
    }
}

/* Closes `qty` (> 0) of the position at `price`. */
static void close_part(struct pos *p, const struct ft_instrument *inst, ft_price price, ft_qty qty)
{
    ft_qty held = p->p.qty < 0 ? -p->p.qty : p->p.qty;
    int64_t part = qty == held ? p->p.cost
                               : divide_half_up((ft_i128)p->p.cost * qty, held);
    int64_t got = brk_points(price, qty);
    p->p.realized += points_value(inst, p->p.qty > 0 ? got - part : part - got);
    p->p.cost -= part;
}

static void open_part(struct ft_brk *b, struct pos *p, const struct ft_instrument *inst,
                      ft_price price, ft_qty qty, bool from_flat)
{
    if (from_flat) {
        flat(p);
        p->p.realized = 0;
        p->p.opened_ns = b->now_ns;
    }
    p->p.cost += brk_points(price, qty);
    if (is_future(inst))
        p->p.marked += brk_points(price, qty);
}

void position_fill(struct ft_brk *b, struct ord *o, const struct ft_fill *f)
{
    struct acc *a = brk_acc(b, f->account);
    const struct ft_instrument *inst = brk_inst(b, f->inst);
    struct pos *p = position_need(b, f->account, f->inst);
    FT_CHECK(p != NULL);
    struct ft_venue_quote q;
    brk_quote(b, f->inst, &q);
    position_roll(b, p, &q);
    position_today(b, p, &q);
    ft_day day = q.trading_day, settle = settle_day(b, a, inst, day);
    struct ft_position was = p->p;
    bool buy = f->side == FT_SIDE_BUY || f->side == FT_SIDE_BUY_BACK;
    ft_qty signed_qty = buy ? f->qty : -f->qty;
    ft_money value = brk_value(inst, f->price, f->qty);

    ft_qty held = p->p.qty < 0 ? -p->p.qty : p->p.qty;
    bool opposite = (buy && p->p.qty < 0) || (!buy && p->p.qty > 0);
    ft_qty closed = !opposite ? 0 : f->qty < held ? f->qty : held;
    ft_qty opened = f->qty - closed;
    ft_money profit = closed && is_future(inst) ? variation(p, inst, f->price, closed) : 0;
    if (profit) {
        ledger_begin(b, FT_TXN_VARIATION, a, o->o.id, f->id, day, day);
        ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency, profit);
    }
    if (closed)
        close_part(p, inst, f->price, closed);
    if (opened)
        open_part(b, p, inst, f->price, opened, closed == held);
    if (o->combo && held == 0) {
        p->p.combo = o->o.id;
        p->p.strategy = o->combo->strategy;
    }
    p->p.diluted += brk_points(f->price, closed && opened ? (buy ? opened : -opened) : signed_qty);
    if (held == 0) /* of a day on which nothing was held nothing is settled or paid */
        p->p.settled_day = is_future(inst) ? day - 1 : day;

    struct ft_txn *t = ledger_begin(b, FT_TXN_TRADE, a, o->o.id, f->id, day, settle);
    memcpy(t->remark, o->o.remark, sizeof t->remark);
    if (!is_future(inst))
        ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency, buy ? -value : value);
    ledger_shares(b, a, p, signed_qty);
    if (p->p.qty == 0)
        flat(p);
    if (buy) {
        p->p.td_buy_val += value;
        p->p.td_buy_qty += f->qty;
    } else {
        p->p.td_sell_val += value;
        p->p.td_sell_qty += f->qty;
    }
    bool mainland = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    if (buy && mainland) { /* T+1 (market-rules.md 5) */
        p->p.locked = (p->p.locked_day == day ? p->p.locked : 0) + f->qty;
        p->p.locked_day = day;
    }
    brk_position_changed(b, p);
    charge_fees(b, a, o, inst, f, value, day, settle);
    pdt_fill(b, a, o, inst, &was, closed, opened ? brk_value(inst, f->price, opened) : 0, day);
    if (!p->desk && p->p.qty) {
        struct desk *d = desk_need(b, f->inst);
        FT_CHECK(d != NULL);
        desk_hold(d, p);
    }
}

/* ---- Views ---------------------------------------------------------------------------------------- */

static void view(struct ft_brk *b, struct pos *p, struct ft_position_view *out)
{
    const struct ft_instrument *inst = brk_inst(b, p->p.inst);
    const struct acc *a = brk_acc(b, p->p.account);
    struct ft_venue_quote q;
    brk_quote(b, p->p.inst, &q);
    position_today(b, p, &q);
    memset(out, 0, sizeof *out);
    out->p = &p->p;
    out->price = brk_mark(b, inst, &q);
    out->market_val = brk_value(inst, out->price, p->p.qty);
    if (p->p.qty > 0)
        out->can_sell = position_can_sell(p, q.trading_day);
    else
        out->can_sell = -p->p.qty - p->buying;
    out->realized = p->p.realized;
    if (p->p.qty) {
        ft_qty held = p->p.qty < 0 ? -p->p.qty : p->p.qty;
        out->average_cost = divide_half_up((ft_i128)p->p.cost * FT_QTY_SCALE, held);
        out->diluted_cost = divide_half_up((ft_i128)p->p.diluted * FT_QTY_SCALE, p->p.qty);
        ft_money cost = points_value(inst, p->p.cost);
        if (p->p.qty < 0)
            cost = -cost;
        out->unrealized = out->market_val - cost;
        ft_money diluted = points_value(inst, p->p.diluted);
        out->pl = a->a.futures ? out->unrealized : out->market_val - diluted;
        ft_money basis = a->a.futures ? cost : diluted, size = basis < 0 ? -basis : basis;
        ft_money cost_size = cost < 0 ? -cost : cost;
        out->has_ratio = size > 0 && cost_size > 0 && (basis > 0) == (p->p.qty > 0);
        if (out->has_ratio) {
            out->pl_ratio = divide_half_up((ft_i128)out->pl * FT_RATIO_SCALE, size);
            out->average_pl_ratio = divide_half_up((ft_i128)out->unrealized * FT_RATIO_SCALE,
                                                   cost_size);
        }
    }
    out->today_pl = out->market_val - p->p.td_pl_base + p->p.td_sell_val - p->p.td_buy_val;
    out->today_trade_val = p->p.td_buy_val + p->p.td_sell_val;
}

bool ft_brk_next_position(struct ft_brk *b, uint32_t account, uint64_t *cursor,
                          struct ft_position_view *out)
{
    struct acc *a = brk_acc(b, account);
    for (size_t k = 0; k < a->position_count; k++) {
        struct pos *p = a->positions[k];
        if (p->p.id <= *cursor)
            continue;
        view(b, p, out);
        if (p->p.qty == 0 && !p->p.td_buy_qty && !p->p.td_sell_qty)
            continue;
        *cursor = p->p.id;
        return true;
    }
    return false;
}
