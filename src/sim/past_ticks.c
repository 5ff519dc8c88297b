/* Trades of minutes that passed before anybody watched: a client that subscribes finds the last ones
 * as it does at the vendor's (quote-realtime.md 3.3, 4.10), not an empty list. Each minute bar of the
 * model is cut into a few trades that begin at its open, touch its high and low, end at its close and
 * add up to its volume. Simulated, as the bars are; a pure function of seed, instrument and minute. */
#include "sim/world_state.h"

#include "base/rng.h"

enum { TRADES_A_MINUTE = 8 };

uint8_t ft_world_tick_type(const struct ft_instrument *inst, enum ft_session session, ft_qty qty,
                           bool auction)
{
    if (auction)
        return FT_TICK_AUCTION;
    if (session == FT_SES_PRE || session == FT_SES_AFTER || session == FT_SES_OVERNIGHT)
        return FT_TICK_EXTENDED;
    if (inst->market == FT_MARKET_US && qty < 100 * FT_QTY_SCALE &&
        (inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF))
        return FT_TICK_ODD_LOT; /* the US round lot is 100 although the board lot is 1 */
    return FT_TICK_AUTO_MATCH;
}

static ft_qty lot_of(const struct ft_instrument *inst)
{
    bool contracts = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    return (contracts || inst->lot < 1 ? 1 : inst->lot) * FT_QTY_SCALE;
}

/* Trades that a bar is cut into: no more than it has lots. */
static size_t trades_of(const struct ft_bar *b, ft_qty lot)
{
    ft_qty lots = b->volume / lot;
    if (b->opening_auction || lots <= 1)
        return 1;
    return lots < TRADES_A_MINUTE ? (size_t)lots : TRADES_A_MINUTE;
}

/* Where the path of a bar stands at trade k of n: open, the two extremes, close. */
static ft_price price_at(const struct ft_bar *b, size_t k, size_t n)
{
    if (k + 1 == n)
        return b->close;
    if (k == 0)
        return b->open;
    bool rises = b->close >= b->open; /* a rising minute dips first */
    if (3 * k < 2 * n)
        return rises ? b->low : b->high;
    return rises ? b->high : b->low;
}

static void cut(struct ft_world *w, struct ft_active *a, const struct ft_bar *b,
                enum ft_session session, ft_price *last)
{
    const struct ft_instrument *inst = a->tape->inst;
    ft_qty lot = lot_of(inst), left = b->volume;
    size_t n = trades_of(b, lot);
    int64_t end = ft_minute_to_utc(w->timetables, inst->profile, b->label_day, b->minute);
    int64_t start = end - 60 * FT_NS_PER_SEC;
    if (end > w->now_ns)
        end = w->now_ns;
    if (b->opening_auction) /* printed at the open itself */
        start = end;
    uint64_t draw =
        ft_rng_at(w->options.seed, ft_instrument_key(inst), (uint64_t)(start / FT_NS_PER_SEC));
    for (size_t k = 0; k < n; k++) {
        ft_qty rest = (ft_qty)(n - 1 - k) * lot; /* at least a lot for each that follows */
        ft_qty share = left / (ft_qty)(n - k) / lot * lot;
        ft_qty qty = share / 100 * (ft_qty)(50 + (draw >> 7 * k) % 101) / lot * lot;
        if (qty < lot)
            qty = lot;
        if (qty > left - rest || k + 1 == n)
            qty = left - rest;
        left -= qty;
        ft_price price = price_at(b, k, n);
        int dir = b->opening_auction ? FT_DIR_NEUTRAL
                  : price > *last    ? FT_DIR_BUY
                  : price < *last    ? FT_DIR_SELL
                  : draw >> k & 1    ? FT_DIR_BUY
                                     : FT_DIR_SELL;
        struct ft_tick t = {.time_ns =
                                start + (end - start) * (int64_t)(2 * k + 1) / (int64_t)(2 * n),
                            .price = price,
                            .volume = qty,
                            .dir = (uint8_t)dir,
                            .session = (uint8_t)session,
                            .type = ft_world_tick_type(inst, session, qty, b->opening_auction)};
        ft_tape_past_tick(a->tape, &t);
        *last = price;
    }
}

void ft_world_past_ticks(struct ft_world *w, struct ft_active *a, const struct ft_bar *bars,
                         const uint8_t *sessions, size_t n)
{
    ft_qty lot = lot_of(a->tape->inst);
    size_t from = n, count = 0;
    while (from > 0 && count < FT_TICKS_KEPT)
        count += trades_of(&bars[--from], lot);
    for (ft_price last = from < n ? bars[from].open : 0; from < n; from++)
        cut(w, a, &bars[from], (enum ft_session)sessions[from], &last);
}
