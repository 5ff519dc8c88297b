#include "gateway/delay.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

int ft_delay_init(struct ft_delay *d)
{
    *d = (struct ft_delay){
        .rows = calloc(ft_protocols_count, sizeof *d->rows),
        .pushes = calloc(FT_DELAY_PUSHES, sizeof *d->pushes),
        .sent = calloc(FT_DELAY_PENDING, sizeof *d->sent),
        .answered = calloc(FT_DELAY_PENDING, sizeof *d->answered),
        .held = calloc(FT_DELAY_HELD, sizeof *d->held),
        .day = -1,
    };
    return d->rows && d->pushes && d->sent && d->answered && d->held ? 0 : -1;
}

void ft_delay_free(struct ft_delay *d)
{
    free(d->rows);
    free(d->pushes);
    free(d->sent);
    free(d->answered);
    free(d->held);
    *d = (struct ft_delay){0};
}

/* ---- Requests --------------------------------------------------------------------------------- */

void ft_delay_turn_begins(struct ft_delay *d, uint64_t now_ns)
{
    d->mark_ns = now_ns;
}

static struct ft_delay_order *order_of(struct ft_delay *d, const struct ft_delay_reply *r)
{
    if (!r->order || r->order - 1 < d->orders_from || d->orders - (r->order - 1) > FT_DELAY_ORDERS)
        return NULL; /* none, cleared, or pushed out of the ring by younger ones */
    return &d->order[(r->order - 1) % FT_DELAY_ORDERS];
}

static void count_reply(struct ft_delay *d, const struct ft_delay_reply *r, uint64_t now_ns)
{
    struct ft_delay_row *row = &d->rows[r->row];
    row->written++;
    row->total_ns += now_ns - r->arrived_ns;
    row->wait_ns += r->durable_ns - r->answered_ns;
}

static void finish(struct ft_delay *d, const struct ft_delay_reply *r, uint64_t now_ns)
{
    count_reply(d, r, now_ns);
    if (r->own)
        count_reply(r->own, r, now_ns);
    struct ft_delay_order *o = order_of(r->own ? r->own : d, r);
    if (o) {
        o->durable_ns = r->durable_ns;
        o->written_ns = now_ns;
    }
}

static void ready(struct ft_delay *d, struct ft_delay_reply *r, uint64_t now_ns)
{
    r->durable_ns = now_ns;
    if (d->answered_count < FT_DELAY_PENDING)
        d->answered[d->answered_count++] = *r;
    else
        finish(d, r, now_ns); /* so many in one turn: the write itself is left out of this one */
}

static uint64_t place_order(struct ft_delay *d, uint64_t id, uint64_t arrived_ns, uint64_t now_ns)
{
    struct ft_delay_order *o = &d->order[d->orders % FT_DELAY_ORDERS];
    if (d->orders - d->orders_from >= FT_DELAY_ORDERS && !o->acked_ns)
        d->unacked--; /* it leaves the ring without an answer */
    *o = (struct ft_delay_order){.id = id, .arrived_ns = arrived_ns, .answered_ns = now_ns};
    d->unacked++;
    return ++d->orders;
}

void ft_delay_request(struct ft_delay *d, struct ft_delay *own, const struct ft_protocol *p,
                      uint64_t now_ns, uint64_t order, uint64_t turn)
{
    struct ft_delay_reply r = {.arrived_ns = d->mark_ns, .answered_ns = now_ns, .turn = turn,
                               .own = own};
    if (p) {
        r.row = ft_protocol_index(p);
        r.order = order ? place_order(own ? own : d, order, d->mark_ns, now_ns) : 0;
        d->rows[r.row].count++;
        if (own)
            own->rows[r.row].count++;
        if (!turn) {
            ready(d, &r, now_ns);
        } else {
            if (d->held_count == FT_DELAY_HELD) /* the oldest stops to be watched */
                ft_delay_durable(d, d->held[d->held_first].turn, now_ns);
            d->held[(d->held_first + d->held_count++) % FT_DELAY_HELD] = r;
        }
    }
    d->mark_ns = now_ns;
}

void ft_delay_durable(struct ft_delay *d, uint64_t turn, uint64_t now_ns)
{
    while (d->held_count && d->held[d->held_first].turn <= turn) {
        ready(d, &d->held[d->held_first], now_ns);
        d->held_first = (d->held_first + 1) % FT_DELAY_HELD;
        d->held_count--;
    }
}

void ft_delay_acked(struct ft_delay *d, uint64_t order, uint64_t now_ns)
{
    size_t n = d->unacked ? ft_delay_order_count(d) : 0;
    for (size_t k = n; k-- > 0;) {
        struct ft_delay_order *o = &d->order[(d->orders - n + k) % FT_DELAY_ORDERS];
        if (o->id != order)
            continue;
        if (!o->acked_ns) {
            o->acked_ns = now_ns;
            d->unacked--;
        }
        return;
    }
}

size_t ft_delay_order_count(const struct ft_delay *d)
{
    uint64_t n = d->orders - d->orders_from;
    return n < FT_DELAY_ORDERS ? (size_t)n : FT_DELAY_ORDERS;
}

const struct ft_delay_order *ft_delay_order_at(const struct ft_delay *d, size_t k)
{
    FT_CHECK(k < ft_delay_order_count(d));
    return &d->order[(d->orders - ft_delay_order_count(d) + k) % FT_DELAY_ORDERS];
}

/* ---- Pushes ----------------------------------------------------------------------------------- */

void ft_delay_stepped(struct ft_delay *d, uint64_t to_ns, uint64_t done_ns)
{
    if (!d->stepped_ns)
        d->stepped_ns = to_ns;
    unsigned at = d->steps < FT_DELAY_STEPS ? d->steps++ : FT_DELAY_STEPS - 1;
    d->step[at].to_ns = to_ns;
    d->step[at].done_ns = done_ns;
}

void ft_delay_taken(struct ft_delay *d, uint64_t now_ns)
{
    d->taken_ns = now_ns;
}

void ft_delay_pushed_all(struct ft_delay *d)
{
    d->stepped_ns = 0;
    d->steps = 0;
}

int ft_delay_push_kind(uint32_t proto_id)
{
    switch (proto_id) {
    case FT_PROTO_Qot_UpdateBasicQot: return 0;
    case FT_PROTO_Qot_UpdateTicker: return 1;
    case FT_PROTO_Qot_UpdateOrderBook: return 2;
    case FT_PROTO_Qot_UpdateBroker: return 3;
    default: return -1;
    }
}

static void add_sent(struct ft_delay *d, const struct ft_delay_sent *s)
{
    FT_CHECK(d->sent_count < FT_DELAY_PENDING);
    d->sent[d->sent_count++] = *s;
}

/* The points that a push has passed before it is written. */
static struct ft_delay_sent points_of(const struct ft_delay *d, int kind, uint64_t happened_ns,
                                      unsigned connections)
{
    /* Out of the exchange with the first step that reached its time. What no step of this turn reached
     * is no event of the exchange: an instrument that has just been watched. */
    struct ft_delay_sent s = {.kind = (unsigned)kind, .count = connections, .sr_ns = d->taken_ns,
                              .ss_ns = d->taken_ns, .cr_ns = d->taken_ns};
    for (unsigned k = 0; k < d->steps; k++) {
        if (happened_ns > d->step[k].to_ns)
            continue;
        s.sr_ns = happened_ns;
        s.ss_ns = d->step[k].done_ns;
        break;
    }
    return s;
}

void ft_delay_push(struct ft_delay *d, int kind, uint64_t happened_ns, unsigned connections)
{
    struct ft_delay_sent s = points_of(d, kind, happened_ns, connections);
    add_sent(d, &s);
}

void ft_delay_push_at_hand(struct ft_delay *d, int kind, uint64_t now_ns)
{
    if (ft_delay_is_full(d, 1))
        ft_delay_written(d, now_ns); /* many first pushes in one turn: without the write's time */
    add_sent(d, &(struct ft_delay_sent){.kind = (unsigned)kind, .count = 1, .sr_ns = now_ns,
                                        .ss_ns = now_ns, .cr_ns = now_ns});
}

static void add_stage(struct ft_delay_stage *s, uint64_t ns, unsigned count)
{
    uint64_t ms = ns / 1000000;
    s->total_ns += ns * count;
    s->by_ms[ms < FT_DELAY_MS_MAX ? ms : FT_DELAY_MS_MAX] += count;
}

static void count_push(struct ft_delay_push *p, const struct ft_delay_sent *s, uint64_t now_ns)
{
    p->count += s->count;
    add_stage(&p->stage[FT_DELAY_SR2SS], s->ss_ns - s->sr_ns, s->count);
    add_stage(&p->stage[FT_DELAY_SS2CR], s->cr_ns - s->ss_ns, s->count);
    add_stage(&p->stage[FT_DELAY_CR2CS], now_ns - s->cr_ns, s->count);
    add_stage(&p->stage[FT_DELAY_SS2CS], now_ns - s->ss_ns, s->count);
    add_stage(&p->stage[FT_DELAY_SR2CS], now_ns - s->sr_ns, s->count);
}

void ft_delay_push_own(const struct ft_delay *d, struct ft_delay *own, int kind,
                       uint64_t happened_ns, uint64_t now_ns)
{
    struct ft_delay_sent s = {.kind = (unsigned)kind, .count = 1, .sr_ns = now_ns, .ss_ns = now_ns,
                              .cr_ns = now_ns};
    if (happened_ns)
        s = points_of(d, kind, happened_ns, 1);
    count_push(&own->pushes[kind], &s, now_ns);
}

void ft_delay_written(struct ft_delay *d, uint64_t now_ns)
{
    for (unsigned k = 0; k < d->sent_count; k++)
        count_push(&d->pushes[d->sent[k].kind], &d->sent[k], now_ns);
    d->sent_count = 0;
    for (unsigned k = 0; k < d->answered_count; k++)
        finish(d, &d->answered[k], now_ns);
    d->answered_count = 0;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

uint64_t ft_delay_between(const struct ft_delay_stage *s, int32_t from_ms, int32_t to_ms)
{
    uint64_t n = 0;
    int32_t end = to_ms < 0 || to_ms > FT_DELAY_MS_MAX ? FT_DELAY_MS_MAX + 1 : to_ms;
    for (int32_t ms = from_ms; ms < end; ms++)
        n += s->by_ms[ms];
    return n;
}

void ft_delay_daily_reset(struct ft_delay *d, int64_t unix_seconds)
{
    enum { BEIJING_MINUS_SIX_HOURS = (8 - 6) * 3600, DAY = 86400 };
    int64_t day = (unix_seconds + BEIJING_MINUS_SIX_HOURS) / DAY;
    if (day == d->day)
        return;
    if (d->day >= 0) {
        memset(d->rows, 0, ft_protocols_count * sizeof *d->rows);
        memset(d->pushes, 0, FT_DELAY_PUSHES * sizeof *d->pushes);
        d->orders_from = d->orders;
        d->unacked = 0;
        d->sent_count = d->answered_count = d->held_count = 0; /* what is under way counts nowhere */
    }
    d->day = day;
}

bool ft_delay_segments_ok(const int32_t *ms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (ms[i] == -1)
            return i + 1 == n && i > 0;
        int32_t from = i ? ms[i - 1] : 0, step = ms[i] - from;
        int32_t least = from < 100 ? 1 : from < 1000 ? 50 : 500;
        if (ms[i] < 0 || ms[i] > 5000 || (i && step < least))
            return false;
    }
    return true;
}

size_t ft_delay_default_borders(int32_t ms[FT_DELAY_BORDERS])
{
    static const int32_t last[] = {500, 1000, 2000, -1};
    size_t n = 0;
    for (int32_t at = 2; at <= 100; at += 2)
        ms[n++] = at;
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        ms[n++] = last[i];
    FT_CHECK(n == FT_DELAY_BORDERS);
    return n;
}
