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
    ft_qty can = p->p.qty - locked - p->selling;
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
    p->p.cost = p->p.diluted = 0;
    p->p.mark = 0;
    p->p.locked = 0;
}

/* Profit of futures up to `price` goes into cash. */
static void variation(struct ft_brk *b, struct acc *a, struct pos *p,
                      const struct ft_instrument *inst, ft_price price, ft_qty qty)
{
    ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency,
                brk_value(inst, price - p->p.mark, qty));
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
    ft_price price = is_future(inst) ? b->venue.ops->close_of(b->venue.self, inst->index, day)
                                     : intrinsic(b, inst);
    ledger_begin(b, FT_TXN_EXPIRY, a, 0, 0, day, day);
    ft_qty qty = p->p.qty;
    if (is_future(inst))
        variation(b, a, p, inst, price > 0 ? price : p->p.mark, qty);
    else
        ledger_cash(b, a, FT_HOLD_VENUE, (enum ft_currency)inst->currency,
                    brk_value(inst, price, qty));
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
            ledger_begin(b, FT_TXN_VARIATION, a, 0, 0, day, day);
            variation(b, a, p, inst, price, p->p.qty);
            p->p.mark = price;
        }
        p->p.settled_day = day;
        brk_position_changed(b, p);
    }
}

void position_roll(struct ft_brk *b, struct pos *p, const struct ft_venue_quote *q)
{
    if (p->p.qty == 0)
        return;
    const struct ft_instrument *inst = brk_inst(b, p->p.inst);
    bool over = inst->expiry_day != FT_NO_DAY && q->trading_day > inst->expiry_day;
    if (is_future(inst))
        settle_days(b, p, inst, over ? inst->expiry_day : q->trading_day);
    if (over)
        expire(b, p, inst, inst->expiry_day);
    else
        position_today(b, p, q);
}

void position_drop(struct ft_brk *b, struct pos *p)
{
    ledger_shares(b, brk_acc(b, p->p.account), p, -p->p.qty);
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
    if (o->combo) /* each leg is an order of its own to the exchange */
        before = (struct ft_fee_meter){0, 0};
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

static void open_part(struct ft_brk *b, struct pos *p, ft_price price, ft_qty qty, bool from_flat)
{
    if (from_flat) {
        flat(p);
        p->p.realized = 0;
        p->p.opened_ns = b->now_ns;
    }
    ft_qty held = p->p.qty < 0 ? -p->p.qty : p->p.qty;
    if (from_flat)
        held = 0;
    p->p.cost += brk_points(price, qty);
    p->p.mark = divide_half_up((ft_i128)p->p.mark * held + (ft_i128)price * qty, held + qty);
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
    if (closed && is_future(inst)) {
        ledger_begin(b, FT_TXN_VARIATION, a, o->o.id, f->id, day, day);
        variation(b, a, p, inst, f->price, buy ? -closed : closed);
    }
    if (closed)
        close_part(p, inst, f->price, closed);
    if (opened)
        open_part(b, p, f->price, opened, closed == held);
    if (!is_future(inst))
        p->p.mark = 0;
    p->p.diluted += brk_points(f->price, closed && opened ? (buy ? opened : -opened) : signed_qty);
    if (is_future(inst) && held == 0)
        p->p.settled_day = day - 1; /* of a day on which nothing was held nothing is settled */

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
