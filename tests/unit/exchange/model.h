/* The exchange once more, as plainly as it can be said: all orders in one array in order of
 * arrival, every question answered by looking at all of them. Slow, and independent of the code
 * under test; without conditional orders, guards and several instruments. It writes down the
 * events that it expects. */
#ifndef FT_TEST_EXCHANGE_MODEL_H
#define FT_TEST_EXCHANGE_MODEL_H

#include "exchange/exchange.h"

#include <stdlib.h>
#include <string.h>

enum { MODEL_ORDERS = 4000, MODEL_EVENTS = 16000 };

struct m_order {
    uint64_t id, no;
    int side, type;
    int64_t price; /* 0: no price */
    int64_t left, filled;
    uint32_t owner;
};

struct m_event {
    int kind, why;
    uint64_t id, taker, no;
    int64_t price, qty, left, taker_left;
};

struct model {
    struct m_order o[MODEL_ORDERS]; /* by arrival: ascending `no` */
    int count;
    struct m_event ev[MODEL_EVENTS];
    int events;
    int phase;
    bool suspended, uncross_due;
    int64_t low, high, reference, last;
    int64_t lot, tick;
    uint64_t no, trade;
    int limit_queues, special_queues;
    enum ft_ex_auction_rule rule;
};

static struct m_event *m_event(struct model *m, int kind, uint64_t id)
{
    struct m_event *e = &m->ev[m->events++];
    if (m->events > MODEL_EVENTS)
        abort();
    *e = (struct m_event){.kind = kind, .id = id};
    return e;
}

static void m_drop(struct model *m, int i)
{
    memmove(&m->o[i], &m->o[i + 1], (size_t)(m->count - i - 1) * sizeof m->o[0]);
    m->count--;
}

static void m_cancelled(struct model *m, uint64_t id, int64_t qty, int why)
{
    struct m_event *e = m_event(m, FT_EX_CANCELLED, id);
    e->qty = qty;
    e->why = why;
}

/* a comes before b on its side: without price first, then price, then arrival */
static bool m_before(const struct m_order *a, const struct m_order *b)
{
    if ((a->price == 0) != (b->price == 0))
        return a->price == 0;
    if (a->price != b->price)
        return a->side == FT_EX_BUY ? a->price > b->price : a->price < b->price;
    return a->no < b->no;
}

static int m_best(const struct model *m, int side, bool with_price)
{
    int best = -1;
    for (int i = 0; i < m->count; i++) {
        if (m->o[i].side == side && (!with_price || m->o[i].price) &&
            (best < 0 || m_before(&m->o[i], &m->o[best])))
            best = i;
    }
    return best;
}

static int m_find(const struct model *m, uint64_t id)
{
    for (int i = 0; i < m->count; i++)
        if (m->o[i].id == id)
            return i;
    return -1;
}

static bool m_reaches(int side, int64_t limit, int64_t price)
{
    return limit == 0 || (side == FT_EX_BUY ? limit >= price : limit <= price);
}

static bool m_auction(int phase)
{
    return phase == FT_EX_INPUT || phase == FT_EX_NO_CANCEL || phase == FT_EX_RANDOM;
}

/* How much the order could take: looks at price after price. */
static int64_t m_takeable(const struct model *m, const struct m_order *t, int64_t bound, int queues)
{
    int64_t sum = 0, price = 0;
    for (int n = 0; n < queues; n++) {
        int64_t next = 0;
        for (int i = 0; i < m->count; i++) {
            int64_t p = m->o[i].price;
            bool farther = !price || (t->side == FT_EX_BUY ? p > price : p < price);
            bool nearer = !next || (t->side == FT_EX_BUY ? p < next : p > next);
            if (m->o[i].side != t->side && farther && nearer)
                next = p;
        }
        if (!next || !m_reaches(t->side, bound, next))
            break;
        for (int i = 0; i < m->count; i++)
            if (m->o[i].side != t->side && m->o[i].price == next)
                sum += m->o[i].left;
        price = next;
    }
    return sum;
}

static void m_place(struct model *m, struct m_order t, int tif)
{
    if (m_auction(m->phase)) {
        m->o[m->count++] = t;
        return;
    }
    int queues = 1 << 30;
    if (t.type == FT_EX_LIMIT && m->limit_queues)
        queues = m->limit_queues;
    if (t.type == FT_EX_SPECIAL || t.type == FT_EX_SPECIAL_ALL)
        queues = m->special_queues;
    int64_t bound = t.price;
    if (t.type == FT_EX_MARKET)
        bound = t.side == FT_EX_BUY ? m->high : m->low;
    if ((tif == FT_EX_FOK || t.type == FT_EX_SPECIAL_ALL) &&
        m_takeable(m, &t, bound, queues) < t.left) {
        m_cancelled(m, t.id, t.left,
                    t.type == FT_EX_SPECIAL_ALL ? FT_EX_ALL_SHORT : FT_EX_FOK_SHORT);
        return;
    }
    int64_t price = 0;
    int used = 0;
    int i;
    while (t.left && (i = m_best(m, !t.side, true)) >= 0) {
        struct m_order *maker = &m->o[i];
        if (!m_reaches(t.side, bound, maker->price))
            break;
        if (maker->price != price) {
            if (used == queues)
                break;
            used++;
            price = maker->price;
        }
        int64_t qty = maker->left < t.left ? maker->left : t.left;
        maker->left -= qty;
        maker->filled += qty;
        t.left -= qty;
        t.filled += qty;
        m->last = price;
        struct m_event *e = m_event(m, FT_EX_FILL, maker->id);
        e->taker = t.id;
        e->no = ++m->trade;
        e->price = price;
        e->qty = qty;
        e->left = maker->left;
        e->taker_left = t.left;
        if (!maker->left)
            m_drop(m, i);
    }
    if (!t.left)
        return;
    i = m_best(m, !t.side, true);
    if (t.type == FT_EX_MARKET)
        m_cancelled(m, t.id, t.left, FT_EX_NO_LIQUIDITY);
    else if (t.type == FT_EX_SPECIAL)
        m_cancelled(m, t.id, t.left, FT_EX_SPECIAL_REST);
    else if (tif == FT_EX_IOC)
        m_cancelled(m, t.id, t.left, FT_EX_IOC_REST);
    else if (i >= 0 && m_reaches(t.side, t.price, m->o[i].price))
        m_cancelled(m, t.id, t.left, FT_EX_QUEUE_LIMIT);
    else
        m->o[m->count++] = t;
}

static int64_t m_willing(const struct model *m, int side, int64_t price)
{
    int64_t sum = 0;
    for (int i = 0; i < m->count; i++)
        if (m->o[i].side == side && m_reaches(side, m->o[i].price, price))
            sum += m->o[i].left;
    return sum;
}

static int64_t m_abs(int64_t v)
{
    return v < 0 ? -v : v;
}

/* The auction's price: tries every limit price between lowest ask and highest bid, from above. */
static int64_t m_equilibrium(const struct model *m)
{
    int bid = m_best(m, FT_EX_BUY, true), ask = m_best(m, FT_EX_SELL, true);
    if (bid < 0 || ask < 0 || m->o[bid].price < m->o[ask].price)
        return 0;
    int64_t volume = 0, imbalance = 0, closest = 0, high = 0, low = 0;
    bool all_buy = true, all_sell = true;
    for (int64_t p = m->o[bid].price; p >= m->o[ask].price; p -= m->tick) {
        bool declared = false;
        for (int i = 0; i < m->count; i++)
            declared |= m->o[i].price == p;
        if (!declared)
            continue;
        int64_t d = m_willing(m, FT_EX_BUY, p), s = m_willing(m, FT_EX_SELL, p);
        int64_t v = d < s ? d : s, im = m_abs(d - s);
        if (v < volume || (v == volume && high && im > imbalance))
            continue;
        if (v > volume || !high || im < imbalance) {
            high = closest = p;
            all_buy = all_sell = true;
            volume = v;
            imbalance = im;
        }
        low = p;
        all_buy &= d > s;
        all_sell &= s > d;
        if (m->reference && m_abs(p - m->reference) < m_abs(closest - m->reference))
            closest = p;
    }
    if (m->rule == FT_EX_TIE_MIDDLE) {
        int64_t sum = high + low, twice = 2 * m->tick;
        return (sum + twice - 1) / twice * m->tick;
    }
    if (m->rule == FT_EX_TIE_SIDE && (all_buy || all_sell))
        return all_buy ? high : low;
    return closest;
}

static void m_uncross(struct model *m)
{
    int64_t price = m_equilibrium(m);
    int64_t d = price ? m_willing(m, FT_EX_BUY, price) : 0;
    int64_t s = price ? m_willing(m, FT_EX_SELL, price) : 0;
    int64_t rest = d < s ? d : s;
    int64_t volume = rest;
    while (rest) {
        int i[2] = {m_best(m, 0, false), m_best(m, 1, false)};
        int64_t qty = m->o[i[0]].left < m->o[i[1]].left ? m->o[i[0]].left : m->o[i[1]].left;
        qty = qty < rest ? qty : rest;
        rest -= qty;
        int old = m->o[i[0]].no < m->o[i[1]].no ? 0 : 1;
        for (int k = 0; k < 2; k++) {
            m->o[i[k]].left -= qty;
            m->o[i[k]].filled += qty;
        }
        struct m_event *e = m_event(m, FT_EX_FILL, m->o[i[old]].id);
        e->taker = m->o[i[!old]].id;
        e->no = ++m->trade;
        e->price = price;
        e->qty = qty;
        e->left = m->o[i[old]].left;
        e->taker_left = m->o[i[!old]].left;
        m->last = price;
        int first = i[0] > i[1] ? 0 : 1; /* the later one first, so that places stay */
        for (int k = 0; k < 2; k++) {
            int at = i[k ? !first : first];
            if (!m->o[at].left)
                m_drop(m, at);
        }
    }
    struct m_event *e = m_event(m, FT_EX_UNCROSSED, 0);
    e->price = volume ? price : 0;
    e->qty = volume;
    e->left = m_abs(d - s);
    for (int side = 0; side < 2; side++) {
        int i;
        while ((i = m_best(m, side, false)) >= 0 && !m->o[i].price) {
            m_cancelled(m, m->o[i].id, m->o[i].left, FT_EX_AUCTION_OVER);
            m_drop(m, i);
        }
    }
}

static void m_phase(struct model *m, const struct ft_ex_cmd *c)
{
    if (m_auction(m->phase) && !m_auction(c->phase)) {
        m->uncross_due = m->suspended;
        if (!m->suspended)
            m_uncross(m);
    } else if (m_auction(c->phase)) {
        m->uncross_due = false;
    }
    m->phase = c->phase;
    m->low = c->low;
    m->high = c->high;
    if (c->reference)
        m->reference = c->reference;
    m_event(m, FT_EX_PHASED, 0);
    for (int side = 0; side < 2; side++) {
        int i;
        while ((i = m_best(m, side, c->phase != FT_EX_CLOSED)) >= 0) {
            int64_t limit = side == FT_EX_BUY ? m->high : m->low, p = m->o[i].price;
            bool beyond = limit && (side == FT_EX_BUY ? p > limit : p < limit);
            if (c->phase != FT_EX_CLOSED && (c->phase != FT_EX_INPUT || !beyond))
                break;
            m_cancelled(m, m->o[i].id, m->o[i].left,
                        c->phase == FT_EX_CLOSED ? FT_EX_DAY_ENDED : FT_EX_OUTSIDE_BAND);
            m_drop(m, i);
        }
    }
    if (c->phase == FT_EX_CLOSED)
        m->uncross_due = false;
}

static bool m_priced(int type)
{
    return type != FT_EX_MARKET && type != FT_EX_AUCTION;
}

static int m_check_price(const struct model *m, int side, int type, int64_t price)
{
    if (price <= 0)
        return FT_EX_BAD_PRICE;
    if (price % m->tick)
        return FT_EX_OFF_TICK;
    if ((m->low && price < m->low) || (m->high && price > m->high))
        return FT_EX_OUTSIDE_BAND;
    int i = m_best(m, !side, true);
    if (type == FT_EX_ABSOLUTE && m->phase == FT_EX_CONTINUOUS && i >= 0 &&
        price != m->o[i].price && m_reaches(side, price, m->o[i].price))
        return FT_EX_WOULD_CROSS;
    return FT_EX_OK;
}

static int m_check_new(const struct model *m, const struct ft_ex_cmd *c, uint32_t types[2])
{
    bool auction = m_auction(m->phase);
    if (m->suspended)
        return FT_EX_SUSPENDED;
    if (!auction && m->phase != FT_EX_CONTINUOUS)
        return FT_EX_WRONG_PHASE;
    if (!(types[auction] & FT_EX_BIT(c->type)))
        return FT_EX_WRONG_TYPE;
    if (auction && c->tif != FT_EX_DAY)
        return FT_EX_WRONG_TIF;
    if (c->qty <= 0)
        return FT_EX_BAD_QTY;
    if (c->qty % m->lot)
        return FT_EX_ODD_LOT;
    int why = m_priced(c->type) ? m_check_price(m, c->side, c->type, c->price) : FT_EX_OK;
    return !why && m_find(m, c->id) >= 0 ? FT_EX_DUPLICATE_ID : why;
}

static bool m_may_cancel(const struct model *m)
{
    return m->suspended || m->phase == FT_EX_CONTINUOUS || m->phase == FT_EX_INPUT ||
           m->phase == FT_EX_CANCEL_ONLY;
}

static int m_cancel(struct model *m, uint64_t id)
{
    int i = m_find(m, id);
    if (i < 0)
        return FT_EX_UNKNOWN_ID;
    if (!m_may_cancel(m))
        return FT_EX_WRONG_PHASE;
    m_cancelled(m, id, m->o[i].left, FT_EX_BY_USER);
    m_drop(m, i);
    return FT_EX_OK;
}

static int m_replace(struct model *m, const struct ft_ex_cmd *c)
{
    int i = m_find(m, c->id);
    if (i < 0)
        return FT_EX_UNKNOWN_ID;
    struct m_order o = m->o[i];
    if (c->qty <= 0)
        return FT_EX_BAD_QTY;
    if (c->qty < o.filled)
        return FT_EX_QTY_FILLED;
    if (c->qty == o.filled)
        return m_cancel(m, c->id);
    if (m->suspended)
        return FT_EX_SUSPENDED;
    if (m->phase != FT_EX_CONTINUOUS && m->phase != FT_EX_INPUT)
        return FT_EX_WRONG_PHASE;
    if (c->qty % m->lot)
        return FT_EX_ODD_LOT;
    int64_t price = o.price ? c->price : 0;
    if (o.type == FT_EX_AUCTION_LIMIT && m->phase == FT_EX_CONTINUOUS)
        o.type = FT_EX_LIMIT;
    if (price != o.price) {
        int why = m_check_price(m, o.side, o.type, price);
        if (why)
            return why;
    }
    int64_t left = c->qty - o.filled;
    bool keep = price == o.price && left <= o.left;
    if (!keep) {
        m_drop(m, i);
        o.no = ++m->no;
    }
    o.left = left;
    o.price = price;
    struct m_event *e = m_event(m, FT_EX_REPLACED, o.id);
    e->no = o.no;
    e->price = price;
    e->qty = c->qty;
    e->left = left;
    if (keep)
        m->o[i].left = left;
    else
        m_place(m, o, FT_EX_DAY);
    return FT_EX_OK;
}

/* `types`: what continuous trading and auctions allow. */
static void m_apply(struct model *m, const struct ft_ex_cmd *c, uint32_t types[2])
{
    int why = FT_EX_OK;
    m->events = 0;
    switch (c->kind) {
    case FT_EX_ADD:
        why = m_check_new(m, c, types);
        if (!why) {
            struct m_order o = {.id = c->id,
                                .no = ++m->no,
                                .side = c->side,
                                .type = c->type,
                                .price = m_priced(c->type) ? c->price : 0,
                                .left = c->qty,
                                .owner = c->owner};
            struct m_event *e = m_event(m, FT_EX_ACCEPTED, c->id);
            e->no = o.no;
            e->price = o.price;
            e->qty = e->left = c->qty;
            m_place(m, o, c->tif);
        }
        break;
    case FT_EX_CANCEL: why = m_cancel(m, c->id); break;
    case FT_EX_REPLACE: why = m_replace(m, c); break;
    case FT_EX_MASS_CANCEL:
        /* Live orders of the owner in order of entry into the ring: arrival. */
        for (int i = 0; m_may_cancel(m) && i < m->count;) {
            if (m->o[i].owner == c->owner) {
                m_cancelled(m, m->o[i].id, m->o[i].left, FT_EX_BY_OWNER);
                m_drop(m, i);
            } else {
                i++;
            }
        }
        break;
    case FT_EX_PHASE: m_phase(m, c); break;
    case FT_EX_SUSPEND:
        m->suspended = true;
        m_event(m, FT_EX_PHASED, 0);
        break;
    case FT_EX_RESUME:
        if (m->suspended && m->uncross_due) {
            m->uncross_due = false;
            m_uncross(m);
        }
        m->suspended = false;
        m_event(m, FT_EX_PHASED, 0);
        break;
    }
    if (why)
        m_event(m, FT_EX_REJECTED, c->id)->why = why;
}

#endif
