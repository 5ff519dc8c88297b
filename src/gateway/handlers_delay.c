/* GetDelayStatistics (1007, spec platform.md 5.6): what delay.h has measured. */
#include "gateway/handlers.h"

#include "GetDelayStatistics.pb-c.h"

#include <stdio.h>

static float milliseconds(uint64_t total_ns, uint64_t count)
{
    return count ? (float)((double)total_ns / (double)count / 1e6) : 0;
}

/* Rows of ReqReplyStatistics for the protocols that were answered; arena memory. */
static int fill_replies(struct ft_gateway *gw, const struct ft_delay *d, GetDelayStatistics__S2C *s2c)
{
    s2c->reqreplystatisticslist =
        ft_arena_alloc(&gw->arena, ft_protocols_count * sizeof *s2c->reqreplystatisticslist);
    if (!s2c->reqreplystatisticslist)
        return -1;
    for (size_t i = 0; i < ft_protocols_count; i++) {
        const struct ft_delay_row *row = &d->rows[i];
        if (!row->count)
            continue;
        GetDelayStatistics__ReqReplyStatisticsItem *item = ft_arena_alloc(&gw->arena, sizeof *item);
        if (!item)
            return -1;
        get_delay_statistics__req_reply_statistics_item__init(item);
        item->protoid = (int32_t)ft_protocols[i].id;
        item->count = row->count > INT32_MAX ? INT32_MAX : (int32_t)row->count;
        item->totalcostavg = milliseconds(row->total_ns, row->written);
        item->opendcostavg = milliseconds(row->total_ns - row->wait_ns, row->written);
        item->netdelayavg = milliseconds(row->wait_ns, row->written);
        item->islocalreply = row->wait_ns == 0;
        s2c->reqreplystatisticslist[s2c->n_reqreplystatisticslist++] = item;
    }
    return 0;
}

/* The last orders that were placed, oldest first; arena memory. */
static int fill_orders(struct ft_gateway *gw, const struct ft_delay *d, GetDelayStatistics__S2C *s2c)
{
    size_t n = ft_delay_order_count(d);
    s2c->placeorderstatisticslist =
        ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c->placeorderstatisticslist);
    if (!s2c->placeorderstatisticslist)
        return -1;
    for (size_t k = 0; k < n; k++) {
        const struct ft_delay_order *o = ft_delay_order_at(d, k);
        if (!o->written_ns)
            continue; /* its reply is under way */
        char id[24];
        int len = snprintf(id, sizeof id, "%llu", (unsigned long long)o->id);
        GetDelayStatistics__PlaceOrderStatisticsItem *item =
            ft_arena_alloc(&gw->arena, sizeof *item);
        if (!item)
            return -1;
        get_delay_statistics__place_order_statistics_item__init(item);
        item->orderid = ft_arena_strndup(&gw->arena, id, (size_t)len);
        if (!item->orderid)
            return -1;
        uint64_t total = o->written_ns - o->arrived_ns, wait = o->durable_ns - o->answered_ns;
        item->totalcost = milliseconds(total, 1);
        item->opendcost = milliseconds(total - wait, 1);
        item->netdelay = milliseconds(wait, 1);
        item->updatecost = o->acked_ns ? milliseconds(o->acked_ns - o->answered_ns, 1) : 0;
        s2c->placeorderstatisticslist[s2c->n_placeorderstatisticslist++] = item;
    }
    return 0;
}

static int fill_buckets(struct ft_gateway *gw, const struct ft_delay_stage *s, uint64_t count,
                        const int32_t *ms, size_t n, GetDelayStatistics__DelayStatistics *out)
{
    out->itemlist = ft_arena_alloc(&gw->arena, n * sizeof *out->itemlist);
    if (n && !out->itemlist)
        return -1;
    int32_t from = 0;
    uint64_t below = 0;
    for (size_t i = 0; i < n; from = ms[i++]) {
        if (ms[i] == from)
            continue; /* a first border of 0 has nothing below it */
        GetDelayStatistics__DelayStatisticsItem *item = ft_arena_alloc(&gw->arena, sizeof *item);
        if (!item)
            return -1;
        get_delay_statistics__delay_statistics_item__init(item);
        uint64_t here = ft_delay_between(s, from, ms[i]);
        below += here;
        item->begin = from;
        item->end = ms[i];
        item->count = here > INT32_MAX ? INT32_MAX : (int32_t)here;
        item->proportion = (float)(100.0 * (double)here / (double)count);
        item->cumulativeratio = (float)(100.0 * (double)below / (double)count);
        out->itemlist[out->n_itemlist++] = item;
    }
    return 0;
}

/* Rows of DelayStatistics for the kinds of quotes that were pushed; arena memory. */
static int fill_pushes(struct ft_gateway *gw, const struct ft_delay *d,
                       const GetDelayStatistics__C2S *c2s, GetDelayStatistics__S2C *s2c)
{
    int32_t by_default[FT_DELAY_BORDERS];
    const int32_t *ms = c2s->segmentlist;
    size_t n = c2s->n_segmentlist;
    if (!n) {
        ms = by_default;
        n = ft_delay_default_borders(by_default);
    }
    int stage = FT_DELAY_SR2CS;
    if (c2s->has_qotpushstage && c2s->qotpushstage)
        stage = c2s->qotpushstage - GET_DELAY_STATISTICS__QOT_PUSH_STAGE__QotPushStage_SR2SS;
    s2c->qotpushstatisticslist =
        ft_arena_alloc(&gw->arena, FT_DELAY_PUSHES * sizeof *s2c->qotpushstatisticslist);
    if (!s2c->qotpushstatisticslist)
        return -1;
    for (int k = 0; k < FT_DELAY_PUSHES; k++) {
        const struct ft_delay_push *p = &d->pushes[k];
        if (!p->count)
            continue;
        GetDelayStatistics__DelayStatistics *row = ft_arena_alloc(&gw->arena, sizeof *row);
        if (!row)
            return -1;
        get_delay_statistics__delay_statistics__init(row);
        row->qotpushtype = k + GET_DELAY_STATISTICS__QOT_PUSH_TYPE__QotPushType_Price;
        row->delayavg = milliseconds(p->stage[stage].total_ns, p->count);
        row->count = p->count > INT32_MAX ? INT32_MAX : (int32_t)p->count;
        if (fill_buckets(gw, &p->stage[stage], p->count, ms, n, row))
            return -1;
        s2c->qotpushstatisticslist[s2c->n_qotpushstatisticslist++] = row;
    }
    return 0;
}

void ft_handle_delay_statistics(struct ft_gateway *gw, struct ft_request *req)
{
    const GetDelayStatistics__C2S *c2s = ((const GetDelayStatistics__Request *)req->msg)->c2s;
    const struct ft_delay *d = ft_login_delay(gw, req->conn->login);
    if (c2s->has_qotpushstage &&
        (c2s->qotpushstage < 0 ||
         c2s->qotpushstage > GET_DELAY_STATISTICS__QOT_PUSH_STAGE__QotPushStage_SR2CS)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "qotPushStage %d: allowed are 1 to 5", "qotPushStage %d 无效：可用 1 至 5"),
                       c2s->qotpushstage);
        return;
    }
    if (!ft_delay_segments_ok(c2s->segmentlist, c2s->n_segmentlist)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "segmentList: allowed are ascending borders at least 1 ms apart to "
                                   "100, 50 to 1000, 500 to 5000, and -1 last",
                               "segmentList 无效：须递增，100 以内间隔至少 1，1000 以内 50，5000 以内 500，"
                               "最后可为 -1"));
        return;
    }
    GetDelayStatistics__S2C s2c = GET_DELAY_STATISTICS__S2_C__INIT;
    for (size_t i = 0; i < c2s->n_typelist; i++) {
        int32_t type = c2s->typelist[i];
        if (type < GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_QotPush ||
            type > GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_PlaceOrder) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "typeList has %d: allowed are 1 to 3", "typeList 含 %d：可用 1 至 3"),
                           type);
            return;
        }
        bool pushes = type == GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_QotPush;
        bool replies =
            type == GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_ReqReply;
        if ((pushes && !s2c.qotpushstatisticslist && fill_pushes(gw, d, c2s, &s2c)) ||
            (replies && !s2c.reqreplystatisticslist && fill_replies(gw, d, &s2c))) {
            ft_reply_no_memory(gw, req);
            return;
        }
        if (type == GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_PlaceOrder &&
            !s2c.placeorderstatisticslist && fill_orders(gw, d, &s2c)) {
            ft_reply_no_memory(gw, req);
            return;
        }
    }
    GetDelayStatistics__Response r = GET_DELAY_STATISTICS__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
