/* Changing, cancelling, disabling, enabling and deleting orders (spec trade.md 4.13). */
#include "broker/state.h"

#include "base/check.h"

static struct ord *find(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err)
{
    struct ord *o = brk_order(b, order);
    if (!o || o->o.account != account || o->o.parent) {
        ft_err_set(err, FT_ENOTFOUND,
                   SAY(b, "account %llu has no order %llu", "账户 %llu 没有订单 %llu"),
                   (unsigned long long)brk_acc(b, account)->a.id, (unsigned long long)order);
        return NULL;
    }
    if (brk_acc(b, account)->a.disabled) {
        ft_err_set(err, FT_ESTATE, SAY(b, "account %llu is disabled", "账户 %llu 已停用"),
                   (unsigned long long)brk_acc(b, account)->a.id);
        return NULL;
    }
    return o;
}

static const char *status_name(const struct ft_brk *b, uint8_t status)
{
    switch (status) {
    case FT_ST_FILLED_ALL: return SAY(b, "filled", "已全部成交");
    case FT_ST_CANCELLED_PART:
    case FT_ST_CANCELLED_ALL: return SAY(b, "cancelled", "已撤单");
    case FT_ST_FAILED:
    case FT_ST_SUBMIT_FAILED: return SAY(b, "failed", "下单失败");
    case FT_ST_DELETED: return SAY(b, "deleted", "已删除");
    case FT_ST_DISABLED: return SAY(b, "disabled", "已失效");
    }
    return SAY(b, "working", "进行中");
}

static int not_in(struct ft_brk *b, const struct ord *o, const char *what, struct ft_err *err)
{
    return ft_err_set(err, FT_ESTATE,
                      SAY(b, "order %llu is %s: it cannot be %s", "订单 %llu %s，无法%s"),
                      (unsigned long long)o->o.id, status_name(b, o->o.status), what);
}

static int need_hk_real(struct ft_brk *b, const struct ord *o, struct ft_err *err)
{
    const struct acc *a = brk_acc(b, o->o.account);
    if (a->a.env == FT_ENV_REAL && o->o.trd_market == FT_TRD_HK)
        return 0;
    return ft_err_set(err, FT_EUNSUPPORTED,
                      SAY(b, "only orders of real accounts in Hong Kong can be disabled and enabled",
                          "仅真实账户的港股订单支持失效和生效"));
}

/* Back from the venue, without the order's end. -1: it did not let go. */
static int take_back(struct ft_brk *b, struct ord *o, struct ft_err *err)
{
    if (!o->o.at_venue)
        return 0;
    o->pulled = true;
    o->refusal = NULL;
    if (b->venue.ops->cancel(b->venue.self, o->o.inst, o->o.id, err)) {
        o->pulled = false;
        return -1;
    }
    life_events(b);
    if (!o->o.at_venue)
        return 0;
    o->pulled = false;
    return ft_err_set(err, FT_ESTATE, SAY(b, "order %llu cannot be taken back now: %s",
                                          "订单 %llu 暂不可撤：%s"),
                      (unsigned long long)o->o.id, o->refusal ? o->refusal : "");
}

/* ---- Change ---------------------------------------------------------------------------------------- */

static struct ft_ticket ticket_of(const struct ord *o, const struct ft_change *c)
{
    struct ft_ticket t = risk_ticket(o);
    t.adjust = c->adjust;
    t.adjust_limit = c->adjust_limit;
    t.qty = c->qty;
    if (c->has_price)
        t.price = c->price;
    if (c->has_aux)
        t.aux_price = c->aux_price;
    if (c->has_trail_spread)
        t.trail_spread = c->trail_spread;
    if (c->has_trail_value)
        t.trail_value = c->trail_value;
    if (c->trail_type)
        t.trail_type = c->trail_type;
    t.has_aux = t.has_aux || c->has_aux;
    if (t.tif == FT_TIF_GTD || t.tif == FT_TIF_GTC)
        t.tif = FT_TIF_DAY; /* its end is not asked again */
    if (life_is_conditional(o) && o->o.triggered) /* what it has become */
        t.type = o->o.price > 0 ? FT_ORDER_NORMAL : FT_ORDER_MARKET;
    return t;
}

static int may_change(struct ft_brk *b, const struct ord *o, const struct ft_change *c,
                      struct ft_err *err)
{
    if (ft_order_is_final(o->o.status) || o->o.status == FT_ST_DISABLED || o->o.cancel_asked)
        return not_in(b, o, SAY(b, "changed", "修改"), err);
    if (o->o.trd_market == FT_TRD_HKCC)
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "orders of Stock Connect cannot be changed, only cancelled",
                              "沪深股通订单不支持改单，仅可撤单"));
    if (o->combo || work_is_algo(o->o.type))
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "combo and algorithm orders cannot be changed, only cancelled",
                              "组合订单和算法订单不支持改单，仅可撤单"));
    if (c->qty <= o->o.filled) {
        char filled[FT_FIXED_TEXT_MAX], qty[FT_FIXED_TEXT_MAX];
        ft_fixed_print(o->o.filled, FT_QTY_DECIMALS, 0, filled);
        ft_fixed_print(c->qty, FT_QTY_DECIMALS, 0, qty);
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "qty %s: it is the new total, and %s are filled already",
                              "qty %s：为修改后的总数量，已成交 %s"), qty, filled);
    }
    return 0;
}

static void adopt(struct ord *o, const struct ft_ticket *t)
{
    o->o.price = t->price;
    o->o.qty = t->qty;
    if (life_is_conditional(o) && o->o.triggered)
        return; /* its condition is history */
    if (o->o.trail_type != t->trail_type || o->o.trail_value != t->trail_value ||
        o->o.trail_spread != t->trail_spread)
        o->o.trail_peak = 0; /* starts anew from the present price, as at the exchange */
    o->o.aux_price = t->has_aux ? t->aux_price : 0;
    o->o.has_aux = t->has_aux;
    o->o.trail_type = t->trail_type;
    o->o.trail_value = t->trail_value;
    o->o.trail_spread = t->trail_spread;
}

int ft_brk_modify(struct ft_brk *b, uint32_t account, uint64_t order, const struct ft_change *c,
                  struct ft_err *err)
{
    struct ord *o = find(b, account, order, err);
    if (!o || may_change(b, o, c, err))
        return -1;
    struct acc *a = brk_acc(b, account);
    struct ft_ticket t = ticket_of(o, c);
    struct plan plan;
    struct need need;
    if (rules_check(b, a, &t, &plan, err))
        return -1;
    struct ft_venue_quote q;
    brk_quote(b, t.inst, &q);
    const struct pos *p = position_find(b, account, t.inst);
    ft_qty can_sell = p ? position_can_sell(p, q.trading_day) + o->closing + o->o.filled : 0;
    if (rules_qty(b, a, plan.inst, &t, can_sell, q.trading_day, err) ||
        risk_check(b, a, &t, t.qty - o->o.filled, o, &need, err))
        return -1;
    struct ft_order was = o->o;
    struct need held = {o->o.reserved, o->o.opening, o->closing, o->cover};
    bool loses_turn = t.price != was.price || t.qty > was.qty || t.aux_price != was.aux_price;
    risk_reserve(b, o, &need);
    o->cover = need.cover;
    adopt(o, &t);
    if (o->o.at_venue) {
        struct ft_venue_order v = life_for_venue(b, o);
        o->refusal = NULL;
        int bad = b->venue.ops->amend(b->venue.self, &v, err);
        if (bad == 0) {
            life_events(b);
            o = brk_order(b, order);
        }
        if (bad || o->refusal) {
            ft_qty filled = o->o.filled; /* a refused change fills nothing */
            FT_CHECK(filled == was.filled);
            risk_reserve(b, o, &held);
            o->o = was;
            o->cover = held.cover;
            if (!bad)
                ft_err_set(err, FT_ESTATE, SAY(b, "order %llu cannot be changed now: %s",
                                               "订单 %llu 暂不可修改：%s"),
                           (unsigned long long)order, o->refusal);
            return -1;
        }
    } else {
        o->o.updated_ns = b->now_ns;
        brk_order_changed(b, o);
        brk_tell_order(b, o);
    }
    if (loses_turn && !ft_order_is_final(o->o.status)) {
        o->o.priority = ++b->counters.priority;
        desk_last_in_line(o);
    }
    return 0;
}

/* ---- Cancel ------------------------------------------------------------------------------------------ */

static int cancel_one(struct ft_brk *b, struct ord *o, struct ft_err *err)
{
    uint64_t id = o->o.id;
    if (ft_order_is_final(o->o.status))
        return not_in(b, o, SAY(b, "cancelled", "撤单"), err);
    work_stop(b, o);
    if (ft_order_is_final(o->o.status)) /* its last part was filled meanwhile */
        return not_in(b, o, SAY(b, "cancelled", "撤单"), err);
    if (!o->o.at_venue) {
        life_end(b, o, life_cancelled(o), NULL, b->now_ns);
        return 0;
    }
    o->o.cancel_asked = true;
    o->refusal = NULL;
    struct ft_err venue_err = {0};
    int bad = b->venue.ops->cancel(b->venue.self, o->o.inst, id, &venue_err);
    if (bad == 0)
        life_events(b);
    o = brk_order(b, id);
    if (!bad && !o->refusal) {
        if (!ft_order_is_final(o->o.status)) /* the venue takes its time */
            life_status(b, o, o->o.filled ? FT_ST_CANCELLING_PART : FT_ST_CANCELLING_ALL);
        return 0;
    }
    o->o.cancel_asked = false;
    return ft_err_set(err, FT_ESTATE, SAY(b, "order %llu cannot be cancelled now: %s",
                                          "订单 %llu 暂不可撤：%s"),
                      (unsigned long long)id, bad ? venue_err.text : o->refusal);
}

int ft_brk_cancel(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err)
{
    struct ord *o = find(b, account, order, err);
    return o ? cancel_one(b, o, err) : -1;
}

int ft_brk_cancel_all(struct ft_brk *b, uint32_t account, uint8_t trd_market, size_t *count,
                      struct ft_err *err)
{
    struct acc *a = brk_acc(b, account);
    *count = 0;
    if (b->options.paper == FT_PAPER_OFFICIAL && a->a.env == FT_ENV_SIMULATE)
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "paper trading has no cancel-all (paper_rules=official)",
                              "模拟交易不支持全部撤单（paper_rules=official）"));
    if (trd_market == FT_TRD_HKCC)
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "Stock Connect has no cancel-all", "沪深股通不支持全部撤单"));
    for (size_t k = 0; k < a->order_count; k++) {
        struct ord *o = a->orders[k];
        if (ft_order_is_final(o->o.status) || (trd_market && o->o.trd_market != trd_market))
            continue;
        *count += cancel_one(b, o, NULL) == 0;
    }
    return 0;
}

/* ---- Disable, enable, delete --------------------------------------------------------------------------- */

int ft_brk_disable(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err)
{
    struct ord *o = find(b, account, order, err);
    if (!o || need_hk_real(b, o, err))
        return -1;
    if (ft_order_is_final(o->o.status) || o->o.status == FT_ST_DISABLED || o->combo ||
        work_is_algo(o->o.type))
        return not_in(b, o, SAY(b, "disabled", "失效"), err);
    if (take_back(b, o, err))
        return -1;
    struct need nothing = {0};
    risk_reserve(b, o, &nothing);
    life_status(b, o, FT_ST_DISABLED);
    return 0;
}

int ft_brk_enable(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err)
{
    struct ord *o = find(b, account, order, err);
    if (!o || need_hk_real(b, o, err))
        return -1;
    if (o->o.status != FT_ST_DISABLED)
        return not_in(b, o, SAY(b, "enabled", "生效"), err);
    struct ft_change same = {.qty = o->o.qty};
    struct ft_ticket t = ticket_of(o, &same);
    struct plan plan;
    struct need need;
    struct acc *a = brk_acc(b, account);
    if (rules_check(b, a, &t, &plan, err) ||
        risk_check(b, a, &t, o->o.qty - o->o.filled, NULL, &need, err))
        return -1;
    risk_reserve(b, o, &need);
    o->cover = need.cover;
    o->o.priority = ++b->counters.priority;
    desk_last_in_line(o);
    struct ft_venue_quote q;
    brk_quote(b, o->o.inst, &q);
    if (rules_eligible(o, plan.inst, &q)) {
        life_submit(b, o);
    } else {
        life_status(b, o, FT_ST_WAITING);
    }
    return 0;
}

int ft_brk_delete(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err)
{
    struct ord *o = find(b, account, order, err);
    if (!o)
        return -1;
    const struct acc *a = brk_acc(b, account);
    if (b->options.paper == FT_PAPER_OFFICIAL && a->a.env == FT_ENV_SIMULATE)
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "paper trading deletes no orders (paper_rules=official)",
                              "模拟交易不支持删除订单（paper_rules=official）"));
    if (!a->a.futures && o->o.trd_market != FT_TRD_HK)
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "only orders of Hong Kong and of futures can be deleted",
                              "仅港股和期货订单支持删除"));
    if (o->o.filled || (o->o.status != FT_ST_CANCELLED_ALL && o->o.status != FT_ST_FAILED &&
                        o->o.status != FT_ST_SUBMIT_FAILED && o->o.status != FT_ST_DISABLED))
        return not_in(b, o, SAY(b, "deleted", "删除"), err);
    if (o->o.status == FT_ST_DISABLED)
        life_end(b, o, FT_ST_DELETED, NULL, b->now_ns);
    else
        life_status(b, o, FT_ST_DELETED);
    return 0;
}
