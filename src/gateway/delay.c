#include "gateway/delay.h"

#include <stdlib.h>
#include <string.h>

int ft_delay_init(struct ft_delay *d)
{
    *d = (struct ft_delay){.rows = calloc(ft_protocols_count, sizeof *d->rows),
                           .pushes = calloc(FT_DELAY_PUSHES, sizeof *d->pushes), .day = -1};
    return d->rows && d->pushes ? 0 : -1;
}

void ft_delay_free(struct ft_delay *d)
{
    free(d->rows);
    free(d->pushes);
    d->rows = NULL;
    d->pushes = NULL;
}

void ft_delay_turn_begins(struct ft_delay *d, uint64_t now_ns)
{
    d->mark_ns = now_ns;
}

uint64_t ft_delay_request(struct ft_delay *d, const struct ft_protocol *p, uint64_t now_ns)
{
    uint64_t ns = now_ns - d->mark_ns;
    d->mark_ns = now_ns;
    ft_delay_count(d, p, ns);
    return ns;
}

void ft_delay_count(struct ft_delay *d, const struct ft_protocol *p, uint64_t ns)
{
    if (!p)
        return;
    struct ft_delay_row *row = &d->rows[ft_protocol_index(p)];
    row->count++;
    row->total_ns += ns;
}

void ft_delay_order_placed(struct ft_delay *d, uint64_t id, uint64_t ns)
{
    d->order[d->orders++ % FT_DELAY_ORDERS] = (struct ft_delay_order){id, ns};
}

void ft_delay_stepped(struct ft_delay *d, uint64_t now_ns)
{
    if (!d->stepped_ns)
        d->stepped_ns = now_ns;
}

void ft_delay_pushed_all(struct ft_delay *d)
{
    d->stepped_ns = 0;
}

static void count_push(struct ft_delay_push *p, uint64_t ns)
{
    uint64_t ms = ns / 1000000;
    p->count++;
    p->total_ns += ns;
    p->by_ms[ms < FT_DELAY_MS_MAX ? ms : FT_DELAY_MS_MAX]++;
}

void ft_delay_push(struct ft_delay *d, struct ft_delay *own, uint32_t proto_id, uint64_t now_ns)
{
    static const uint32_t kept[FT_DELAY_PUSHES] = {
        FT_PROTO_Qot_UpdateBasicQot, FT_PROTO_Qot_UpdateTicker, FT_PROTO_Qot_UpdateOrderBook,
        FT_PROTO_Qot_UpdateBroker};
    for (size_t k = 0; k < FT_DELAY_PUSHES; k++) {
        if (kept[k] != proto_id)
            continue;
        /* Without a step there was nothing to wait for: a state that was at hand. */
        uint64_t ns = d->stepped_ns && d->stepped_ns < now_ns ? now_ns - d->stepped_ns : 0;
        count_push(&d->pushes[k], ns);
        if (own)
            count_push(&own->pushes[k], ns);
        return;
    }
}

uint64_t ft_delay_pushes_between(const struct ft_delay_push *p, int32_t from_ms, int32_t to_ms)
{
    uint64_t n = 0;
    int32_t end = to_ms < 0 || to_ms > FT_DELAY_MS_MAX ? FT_DELAY_MS_MAX + 1 : to_ms;
    for (int32_t ms = from_ms; ms < end; ms++)
        n += p->by_ms[ms];
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
        d->orders = 0;
        memset(d->pushes, 0, FT_DELAY_PUSHES * sizeof *d->pushes);
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
