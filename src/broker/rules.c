/* What an order must fulfil before money is asked about: market, type, session, price grid, lot, size
 * (spec trade.md 6.1 to 6.3, market-rules.md 1 to 5). The rules themselves are data (rulebook.h). */
#include "broker/state.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

enum { DAYS_AHEAD_MAX = 16 };
#define DAY_NS (INT64_C(86400) * 1000000000)

static const char *const tif_names[] = {"DAY", "GTC", "IOC", "GTD"};

#define TYPE(t) (UINT32_C(1) << (t))
#define PAPER_TYPES (TYPE(FT_ORDER_NORMAL) | TYPE(FT_ORDER_MARKET))
#define PRICED                                                                                     \
    (TYPE(FT_ORDER_NORMAL) | TYPE(FT_ORDER_ABSOLUTE_LIMIT) | TYPE(FT_ORDER_AUCTION_LIMIT) |        \
     TYPE(FT_ORDER_SPECIAL_LIMIT) | TYPE(FT_ORDER_SPECIAL_LIMIT_ALL) | TYPE(FT_ORDER_STOP_LIMIT) | \
     TYPE(FT_ORDER_LIT) | TYPE(FT_ORDER_TWAP_LIMIT) | TYPE(FT_ORDER_VWAP_LIMIT))
#define WITH_AUX                                                                                   \
    (TYPE(FT_ORDER_STOP) | TYPE(FT_ORDER_STOP_LIMIT) | TYPE(FT_ORDER_MIT) | TYPE(FT_ORDER_LIT))
#define TRAILING (TYPE(FT_ORDER_TRAILING_STOP) | TYPE(FT_ORDER_TRAILING_STOP_LIMIT))
#define AUCTIONS (TYPE(FT_ORDER_AUCTION) | TYPE(FT_ORDER_AUCTION_LIMIT))

ft_inst brk_resolve(const struct ft_brk *b, ft_inst i)
{
    const struct ft_instrument *inst = brk_inst(b, i);
    return inst->is_continuous && inst->underlying != FT_NO_INST ? inst->underlying : i;
}

static const char *type_name(size_t type)
{
    return ft_order_type_name((enum ft_order_type)type);
}

static const char *tif_name(size_t tif)
{
    return tif_names[tif];
}

static void list_names(uint32_t bits, const char *(*name)(size_t), size_t count, char *out,
                       size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t k = 0; k < count; k++) {
        const char *word = bits & UINT32_C(1) << k ? name(k) : NULL;
        if (!word)
            continue;
        int n = snprintf(out + len, size - len, "%s%s", len ? ", " : "", word);
        if (n < 0 || (size_t)n >= size - len)
            return;
        len += (size_t)n;
    }
}

static bool official_paper(const struct ft_brk *b, const struct acc *a)
{
    return b->options.paper == FT_PAPER_OFFICIAL && a->a.env == FT_ENV_SIMULATE;
}

static int check_type(struct ft_brk *b, const struct acc *a, const struct ft_ticket *t,
                      const struct plan *p, struct ft_err *err)
{
    bool paper = official_paper(b, a);
    uint32_t types = ft_order_types_of(b->rules, p->product);
    if (paper)
        types &= PAPER_TYPES;
    char names[FT_ERR_TEXT_MAX / 2];
    if (t->type >= FT_ORDER_TYPES || !(types & TYPE(t->type))) {
        list_names(types, type_name, FT_ORDER_TYPES, names, sizeof names);
        const char *name = t->type < FT_ORDER_TYPES ? type_name(t->type) : NULL;
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "orderType %d %s is not supported for %s; supported are: %s",
                              "orderType %d %s 不适用于 %s，支持：%s"),
                          t->type, name ? name : "", ft_product_name(p->product), names);
    }
    uint32_t tifs = paper ? TYPE(FT_TIF_DAY)
                          : ft_tifs_of(b->rules, p->product, (enum ft_order_type)t->type);
    if (t->tif > FT_TIF_GTD || !(tifs & TYPE(t->tif))) {
        list_names(tifs, tif_name, 4, names, sizeof names);
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "timeInForce %d is not supported for %s orders of %s; supported "
                                 "are: %s",
                              "timeInForce %d 不适用于 %s 订单（%s），支持：%s"),
                          t->tif, type_name(t->type), ft_product_name(p->product), names);
    }
    return 0;
}

static unsigned sessions_of(uint8_t session)
{
    switch (session) {
    case FT_TS_ETH: return FT_IN_ETH;
    case FT_TS_ALL: return FT_IN_ALL;
    case FT_TS_OVERNIGHT: return FT_IN(FT_SES_OVERNIGHT);
    }
    return FT_IN_RTH;
}

static int check_session(struct ft_brk *b, const struct acc *a, const struct ft_ticket *t,
                         struct plan *p, struct ft_err *err)
{
    if (t->session > FT_TS_OVERNIGHT)
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "session %d: allowed are 0 none, 1 RTH, 2 ETH, 3 ALL, 4 OVERNIGHT",
                              "session %d 无效：可用 0 无、1 RTH、2 ETH、3 ALL、4 OVERNIGHT"),
                          t->session);
    p->session = FT_TS_NONE;
    p->sessions = FT_IN_RTH;
    if (TYPE(t->type) & AUCTIONS)
        p->sessions = t->type == FT_ORDER_AUCTION ? FT_IN(FT_SES_AUCTION) : FT_IN_RTH;
    if (p->product != FT_PRODUCT_US_SEC)
        return 0; /* means something for US stocks only: accepted and ignored elsewhere */
    uint8_t session = t->session;
    if (session == FT_TS_NONE)
        session = t->outside_rth ? FT_TS_ETH : FT_TS_RTH;
    if (session != FT_TS_RTH && t->type != FT_ORDER_NORMAL)
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "%s orders trade in the regular session only: session 1 RTH",
                              "%s 订单仅限盘中时段：session 1 RTH"), type_name(t->type));
    if (official_paper(b, a) && (session == FT_TS_ALL || session == FT_TS_OVERNIGHT))
        return ft_err_set(err, FT_EUNSUPPORTED,
                          SAY(b, "paper trading has no overnight session (paper_rules=official)",
                              "模拟交易不支持夜盘时段（paper_rules=official）"));
    p->session = session;
    p->sessions = sessions_of(session);
    return 0;
}

static int check_day(struct ft_brk *b, const struct ft_ticket *t, struct plan *p, struct ft_err *err)
{
    const struct ft_venue_ops *v = b->venue.ops;
    void *self = b->venue.self;
    ft_day day = v->day_of(self, t->inst, b->now_ns);
    int64_t end = 0;
    for (int k = 0; k < DAYS_AHEAD_MAX && day != FT_NO_DAY; k++) {
        end = v->session_end(self, t->inst, day, p->sessions);
        if (end > b->now_ns)
            break;
        end = 0;
        day = v->day_after(self, t->inst, day);
    }
    if (!end)
        return ft_err_set(err, FT_ESTATE,
                          SAY(b, "%s has no %s ahead in which a %s order could trade",
                              "%s 未来没有%s，%s 订单无法交易"),
                          p->inst->code,
                          p->sessions == FT_IN(FT_SES_AUCTION) ? SAY(b, "auction", "竞价时段")
                                                               : SAY(b, "session", "交易时段"),
                          type_name(t->type));
    p->day = day;
    p->expire_day = FT_NO_DAY;
    p->end_ns = end;
    ft_day last = p->inst->expiry_day;
    if (last != FT_NO_DAY && day > last)
        return ft_err_set(err, FT_ESTATE, SAY(b, "%s has expired", "%s 已到期"), p->inst->code);
    if (t->tif == FT_TIF_GTC) {
        p->expire_day = day + FT_GTC_DAYS;
        p->end_ns = b->now_ns + FT_GTC_DAYS * DAY_NS;
    } else if (t->tif == FT_TIF_GTD) {
        int64_t until = 0;
        for (ft_day d = t->expire_day; d != FT_NO_DAY && d > t->expire_day - DAYS_AHEAD_MAX && !until;
             d--)
            until = v->session_end(self, t->inst, d, p->sessions);
        if (t->expire_day == FT_NO_DAY || until <= b->now_ns || t->expire_day > day + FT_GTC_DAYS)
            return ft_err_set(err, FT_EINVAL,
                              SAY(b, "expireTime: a good-till-date order needs a day from today on, at "
                                     "most %d days ahead",
                                  "expireTime：须为今日起 %d 天内的日期"), FT_GTC_DAYS);
        p->expire_day = t->expire_day;
        p->end_ns = until;
    }
    if (last != FT_NO_DAY && p->expire_day != FT_NO_DAY && p->expire_day > last) {
        p->expire_day = last;
        int64_t until = v->session_end(self, t->inst, last, FT_IN_ALL);
        if (until > b->now_ns && until < p->end_ns)
            p->end_ns = until;
    }
    return 0;
}

/* ---- Prices and quantities --------------------------------------------------------------------- */

int rules_price(struct ft_brk *b, const struct ft_instrument *inst, ft_day day, const char *field,
                bool adjust, int64_t adjust_limit, ft_price *price, struct ft_err *err)
{
    char text[FT_FIXED_TEXT_MAX], low_text[FT_FIXED_TEXT_MAX], high_text[FT_FIXED_TEXT_MAX];
    ft_price p = *price;
    ft_fixed_print(p, FT_PRICE_DECIMALS, 0, text);
    if (p <= 0 || p > INT64_C(1000000000000000))
        return ft_err_set(err, FT_EINVAL, SAY(b, "%s %s: a price above 0 is needed",
                                              "%s %s：价格须大于 0"), field, text);
    ft_price tick = ft_tick_size(b->u, inst, day, p, false);
    if (p % tick == 0)
        return 0;
    ft_price low = p - p % tick, up = ft_tick_size(b->u, inst, day, p, true);
    ft_price high = p - p % up + up;
    if (low == 0)
        low = high;
    if (adjust && adjust_limit && inst->type != FT_SEC_FUTURE) { /* trade.md 6.3 */
        ft_price to = adjust_limit > 0 ? high : low, move = to > p ? to - p : p - to;
        int64_t most = adjust_limit > 0 ? adjust_limit : -adjust_limit;
        bool turned = adjust_limit < 0 && to > p; /* below the first tick there is no price */
        if (!turned && (ft_i128)move * FT_RATIO_SCALE <= (ft_i128)most * p) {
            *price = to;
            return 0;
        }
    }
    ft_fixed_print(low, FT_PRICE_DECIMALS, 0, low_text);
    ft_fixed_print(high, FT_PRICE_DECIMALS, 0, high_text);
    char tick_text[FT_FIXED_TEXT_MAX];
    ft_fixed_print(tick, FT_PRICE_DECIMALS, 0, tick_text);
    return ft_err_set(err, FT_EINVAL,
                      SAY(b, "%s %s: the minimum tick size for this product is %s; the nearest valid "
                             "prices are %s and %s",
                          "%s %s：订单价格不在价位上，最小变动单位 %s，最近的有效价格为 %s 和 %s"),
                      field, text, tick_text, low_text, high_text);
}

/* Daily limits of the mainland (market-rules.md 5): rounded half up to 0.01. */
static int check_band(struct ft_brk *b, const struct ft_instrument *inst, ft_price prev_close,
                      ft_price price, struct ft_err *err)
{
    if (!inst->daily_limit || prev_close <= 0)
        return 0;
    ft_price move, cent = FT_PRICE_SCALE / 100;
    FT_CHECK(ft_muldiv(prev_close, inst->daily_limit, 100, FT_ROUND_HALF_UP, &move) == 0);
    ft_price low = (prev_close - move + cent / 2) / cent * cent;
    ft_price high = (prev_close + move + cent / 2) / cent * cent;
    if (price >= low && price <= high)
        return 0;
    char text[FT_FIXED_TEXT_MAX], low_text[FT_FIXED_TEXT_MAX], high_text[FT_FIXED_TEXT_MAX];
    ft_fixed_print(price, FT_PRICE_DECIMALS, 0, text);
    ft_fixed_print(low, FT_PRICE_DECIMALS, 2, low_text);
    ft_fixed_print(high, FT_PRICE_DECIMALS, 2, high_text);
    return ft_err_set(err, FT_EINVAL,
                      SAY(b, "price %s is outside today's limits of %s: %s to %s",
                          "价格 %s 超出 %s 今日涨跌停范围：%s 至 %s"),
                      text, inst->code, low_text, high_text);
}

static int odd_lot(struct ft_brk *b, const struct ft_instrument *inst, ft_qty qty, ft_qty lot,
                   struct ft_err *err)
{
    char text[FT_FIXED_TEXT_MAX];
    ft_fixed_print(qty, FT_QTY_DECIMALS, 0, text);
    ft_qty one = lot / FT_QTY_SCALE, low = qty / lot * one;
    return ft_err_set(err, FT_EINVAL,
                      SAY(b, "qty %s: the lot size of %s is %lld, allowed are its multiples such as "
                             "%lld or %lld",
                          "qty %s：%s 每手 %lld 股，数量须为其整数倍，例如 %lld 或 %lld"),
                      text, inst->code, (long long)one, (long long)(low ? low : one),
                      (long long)(low ? low + one : one + one));
}

int rules_qty(struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst,
              const struct ft_ticket *t, ft_qty can_sell, ft_day day, struct ft_err *err)
{
    ft_qty qty = t->qty;
    bool buy = t->side == FT_SIDE_BUY;
    ft_price price = risk_price(b, inst, t);
    char text[FT_FIXED_TEXT_MAX], most[FT_FIXED_TEXT_MAX];
    ft_fixed_print(qty, FT_QTY_DECIMALS, 0, text);
    if (qty <= 0 || qty % FT_QTY_SCALE)
        return ft_err_set(err, FT_EINVAL, SAY(b, "qty %s: a whole number above 0 is needed",
                                              "qty %s：须为大于 0 的整数"), text);
    bool contracts = inst->type == FT_SEC_FUTURE || inst->type == FT_SEC_OPTION;
    ft_qty lot = (contracts || inst->lot < 1 ? 1 : inst->lot) * FT_QTY_SCALE;
    bool mainland = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    /* The mainland sells an odd remainder at once; Hong Kong does not match odd lots. */
    bool odd_rest = mainland && !buy && qty == can_sell;
    if (qty % lot && !odd_rest)
        return odd_lot(b, inst, qty, lot, err);
    ft_qty cap;
    ft_money cap_amount;
    ft_order_caps(b->rules, a->a.env == FT_ENV_REAL ? a->a.firm : 0, inst,
                  (enum ft_order_type)t->type, day, &cap, &cap_amount);
    if (cap && qty > cap) {
        ft_fixed_print(cap, FT_QTY_DECIMALS, 0, most);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "qty %s: one order of %s may be for %s at most",
                              "qty %s：%s 单笔订单数量上限为 %s"), text, inst->code, most);
    }
    ft_i128 value = (ft_i128)price * qty / FT_PRICE_SCALE * ft_multiplier(inst) / FT_QTY_SCALE;
    if (!cap_amount || cap_amount > FT_ORDER_VALUE_MAX)
        cap_amount = FT_ORDER_VALUE_MAX;
    if (value > cap_amount) {
        ft_fixed_print(cap_amount, FT_MONEY_DECIMALS, 0, most);
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "qty %s: one order of %s may be worth %s at most",
                              "qty %s：%s 单笔订单金额上限为 %s"), text, inst->code, most);
    }
    return 0;
}

static int check_prices(struct ft_brk *b, struct ft_ticket *t, const struct plan *p,
                        const struct ft_venue_quote *q, struct ft_err *err)
{
    uint32_t bit = TYPE(t->type);
    if (bit & PRICED) {
        if (!t->has_price)
            return ft_err_set(err, FT_EINVAL, SAY(b, "price is needed for %s orders",
                                                  "%s 订单需要 price"), type_name(t->type));
        if (rules_price(b, p->inst, q->trading_day, "price", t->adjust, t->adjust_limit, &t->price,
                        err) ||
            check_band(b, p->inst, q->prev_close, t->price, err))
            return -1;
    } else {
        t->price = 0;
    }
    if (bit & WITH_AUX) {
        if (!t->has_aux)
            return ft_err_set(err, FT_EINVAL, SAY(b, "auxPrice is needed for %s orders",
                                                  "%s 订单需要 auxPrice"), type_name(t->type));
        if (rules_price(b, p->inst, q->trading_day, "auxPrice", false, 0, &t->aux_price, err))
            return -1;
    }
    if (!(bit & TRAILING)) {
        t->trail_type = FT_TRAIL_NONE;
        t->trail_value = t->trail_spread = 0;
        return 0;
    }
    if (t->trail_type != FT_TRAIL_RATIO && t->trail_type != FT_TRAIL_AMOUNT)
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "trailType %d: %s orders need 1 RATIO or 2 AMOUNT",
                              "trailType %d：%s 订单需要 1 RATIO 或 2 AMOUNT"),
                          t->trail_type, type_name(t->type));
    if (t->trail_value <= 0 ||
        (t->trail_type == FT_TRAIL_RATIO && t->trail_value >= FT_RATIO_SCALE) ||
        t->trail_value > INT64_C(1000000000000000))
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "trailValue: a value above 0 is needed, below 100 for RATIO",
                              "trailValue：须大于 0，RATIO 时小于 100"));
    if (t->type == FT_ORDER_TRAILING_STOP_LIMIT &&
        (t->trail_spread < 0 || t->trail_spread > INT64_C(1000000000000000)))
        return ft_err_set(err, FT_EINVAL, SAY(b, "trailSpread: 0 or more is needed",
                                              "trailSpread：须大于等于 0"));
    return 0;
}

int rules_check(struct ft_brk *b, const struct acc *a, struct ft_ticket *t, struct plan *out,
                struct ft_err *err)
{
    memset(out, 0, sizeof *out);
    if (a->a.disabled)
        return ft_err_set(err, FT_ESTATE,
                          SAY(b, "account %llu is disabled: only its history can be asked for",
                              "账户 %llu 已停用，仅可查询历史"), (unsigned long long)a->a.id);
    FT_CHECK(t->inst < ft_universe_count(b->u));
    t->inst = brk_resolve(b, t->inst);
    const struct ft_instrument *inst = out->inst = brk_inst(b, t->inst);
    int product = ft_product_of(inst, a->a.env == FT_ENV_REAL);
    if (product < 0 || inst->is_continuous)
        return ft_err_set(err, FT_EINVAL, SAY(b, "%s cannot be traded", "%s 不可交易"), inst->code);
    out->product = (enum ft_product)product;
    out->trd_market = brk_market_for(&a->a, inst);
    if (!out->trd_market)
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "account %llu does not trade %s (%s)", "账户 %llu 不可交易 %s（%s）"),
                          (unsigned long long)a->a.id, inst->code, ft_product_name(out->product));
    if (t->side < FT_SIDE_BUY || t->side > FT_SIDE_BUY_BACK)
        return ft_err_set(err, FT_EINVAL, SAY(b, "trdSide %d: allowed are 1 BUY and 2 SELL",
                                              "trdSide %d：可用 1 BUY 和 2 SELL"), t->side);
    /* SELL_SHORT and BUY_BACK are inputs of the Japanese firm; they mean SELL and BUY. */
    t->side = t->side == FT_SIDE_SELL_SHORT ? FT_SIDE_SELL
              : t->side == FT_SIDE_BUY_BACK ? FT_SIDE_BUY : t->side;
    out->side = t->side;
    if (t->remark && strlen(t->remark) > FT_REMARK_MAX)
        return ft_err_set(err, FT_EINVAL, SAY(b, "remark: %zu bytes, at most %d are allowed",
                                              "remark：%zu 字节，最多 %d 字节"),
                          strlen(t->remark), FT_REMARK_MAX);
    if (check_type(b, a, t, out, err) || check_session(b, a, t, out, err))
        return -1;
    struct ft_venue_quote q;
    brk_quote(b, t->inst, &q);
    if (q.suspended)
        return ft_err_set(err, FT_ESTATE, SAY(b, "%s is suspended from trading", "%s 停牌中"),
                          inst->code);
    if (check_prices(b, t, out, &q, err) || check_day(b, t, out, err))
        return -1;
    out->price = t->price;
    return 0;
}

bool rules_eligible(const struct ord *o, const struct ft_instrument *inst,
                    const struct ft_venue_quote *q)
{
    if (!q->accepts || q->suspended || !(o->sessions & FT_IN(q->session)))
        return false;
    if (!q->auction) /* what an auction has left of an auction limit order stays in the book */
        return o->o.type == FT_ORDER_AUCTION_LIMIT ? o->o.at_venue : o->o.type != FT_ORDER_AUCTION;
    switch (o->o.type) {
    case FT_ORDER_AUCTION:
    case FT_ORDER_AUCTION_LIMIT: return true;
    case FT_ORDER_NORMAL: /* an A-share limit order takes part; Hong Kong's only when asked to */
        return o->o.at_venue || inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ ||
               (inst->market == FT_MARKET_HK && o->o.outside_rth);
    }
    return o->o.at_venue;
}
