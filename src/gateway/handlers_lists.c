/* Lists of the simulated market's corporate life: 3201 suspensions, 3208 holding changes, 3216 code
 * changes (quote-derivatives-screening.md 3.5 to 3.7). */
#include "gateway/bounds.h"
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "sim/corporate.h"

#include "Qot_GetCodeChange.pb-c.h"
#include "Qot_GetHoldingChangeList.pb-c.h"
#include "Qot_GetSuspend.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { SPAN_DAYS_MAX = 10 * 366, TIME_FILTERS_MAX = 32 };

/* Days of a span; an absent end leaves what is there. False: an error is answered. */
static bool read_span(struct ft_gateway *gw, struct ft_request *req, const char *begin,
                      const char *end, ft_day *from, ft_day *to)
{
    struct ft_err err = {0};
    int64_t ns;
    int has_time;
    if ((begin && *begin && ft_datetime_parse(begin, "beginTime", from, &ns, &has_time, &err)) ||
        (end && *end && ft_datetime_parse(end, "endTime", to, &ns, &has_time, &err))) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return false;
    }
    if (*from <= *to)
        return true;
    char text[2][11];
    ft_day_print(*from, text[0]);
    ft_day_print(*to, text[1]);
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "beginTime %s is after endTime %s", "beginTime %s 晚于 endTime %s"),
                   text[0], text[1]);
    return false;
}

/* ---- 3201 ----------------------------------------------------------------------------------- */

/* A suspended instrument has not traded in all its history here, so that every trading day of the
 * span counts; the others were never suspended. */
static QotGetSuspend__SecuritySuspend *suspensions(struct ft_gateway *gw,
                                                   const struct ft_instrument *inst, ft_day from,
                                                   ft_day to)
{
    QotGetSuspend__SecuritySuspend *s =
        FT_NEW(gw, QotGetSuspend__SecuritySuspend, qot__get_suspend__security_suspend__init);
    if (!s)
        return NULL;
    s->security = ft_edge_new_security(gw, inst);
    const struct ft_model *model = ft_world_model(gw->world);
    const struct ft_timetables *t = ft_universe_timetables(gw->universe);
    ft_day today = ft_edge_today(gw, inst), first = ft_model_first_day(model, inst->index);
    from = from > first ? from : first;
    to = to < today ? to : today;
    size_t room = inst->suspended && to >= from ? (size_t)(to - from) + 1 : 0;
    s->suspendlist = ft_arena_alloc(&gw->arena, (room + 1) * sizeof *s->suspendlist);
    for (ft_day day = from; room && s->suspendlist && day <= to; day++) {
        if (!ft_is_trading_day(t, inst->profile, ft_model_hours(model), day))
            continue;
        QotGetSuspend__Suspend *d = FT_NEW(gw, QotGetSuspend__Suspend, qot__get_suspend__suspend__init);
        if (!d)
            break;
        d->time = ft_edge_day(gw, inst, day, &d->timestamp);
        d->has_timestamp = 1;
        s->suspendlist[s->n_suspendlist++] = d;
    }
    return s;
}

void ft_handle_suspend(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetSuspend__C2S *c2s = ((const QotGetSuspend__Request *)req->msg)->c2s;
    size_t n = c2s->n_securitylist;
    ft_day from = 0, to = 0;
    if (!ft_need_number(gw, req, "securityList", (int64_t)n, 1,
                        ft_request_max(req, FT_MAX_SUSPEND_CODES)))
        return;
    for (size_t k = 0; k < n; k++)
        if (!ft_edge_need(gw, req, c2s->securitylist[k]))
            return;
    struct ft_err err = {0};
    int64_t ns;
    int has_time;
    if (ft_datetime_parse(c2s->begintime, "beginTime", &from, &ns, &has_time, &err) ||
        ft_datetime_parse(c2s->endtime, "endTime", &to, &ns, &has_time, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return;
    }
    if (!read_span(gw, req, c2s->begintime, c2s->endtime, &from, &to))
        return;
    if (to - from > SPAN_DAYS_MAX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "beginTime %s to endTime %s are %d days: at most %d are allowed",
                               "beginTime %s 至 endTime %s 共 %d 天：最多 %d 天"),
                       c2s->begintime, c2s->endtime, to - from, SPAN_DAYS_MAX);
        return;
    }
    QotGetSuspend__S2C s2c = QOT__GET_SUSPEND__S2_C__INIT;
    s2c.securitysuspendlist = ft_arena_alloc(&gw->arena, n * sizeof *s2c.securitysuspendlist);
    for (size_t k = 0; k < n && s2c.securitysuspendlist; k++)
        s2c.securitysuspendlist[s2c.n_securitysuspendlist++] =
            suspensions(gw, ft_edge_find(gw, c2s->securitylist[k]), from, to);
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetSuspend__Response r = QOT__GET_SUSPEND__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3208 ----------------------------------------------------------------------------------- */

void ft_handle_holding_change(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetHoldingChangeList__C2S *c2s =
        ((const QotGetHoldingChangeList__Request *)req->msg)->c2s;
    const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->security);
    if (!inst || !ft_need_number(gw, req, "holderCategory", c2s->holdercategory, 1, 3))
        return;
    if (inst->market != FT_MARKET_US || inst->type != FT_SEC_STOCK) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s has no holding changes: US stocks have",
                               "%s 没有持股变动：仅支持美股正股"),
                       ft_edge_label(gw, inst->market, inst->code));
        return;
    }
    ft_day to = ft_edge_today(gw, inst), from = INT32_MIN;
    if (!read_span(gw, req, c2s->begintime, c2s->endtime, &from, &to))
        return;
    ft_day today = ft_edge_today(gw, inst);
    to = to < today ? to : today;
    struct ft_holding *list = ft_arena_alloc(&gw->arena, FT_HOLDINGS_MAX * sizeof *list);
    QotGetHoldingChangeList__S2C s2c = QOT__GET_HOLDING_CHANGE_LIST__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.holdingchangelist =
        ft_arena_alloc(&gw->arena, FT_HOLDINGS_MAX * sizeof *s2c.holdingchangelist);
    size_t n = list ? ft_model_holdings(ft_world_model(gw->world), inst->index,
                                        c2s->holdercategory, from, to, list) : 0;
    for (size_t k = 0; k < n && s2c.holdingchangelist; k++) {
        QotCommon__ShareHoldingChange *c =
            FT_NEW(gw, QotCommon__ShareHoldingChange, qot__common__share_holding_change__init);
        if (!c)
            break;
        c->holdername = list[k].name;
        c->holdingqty = list[k].quantity;
        c->holdingratio = ft_edge_round(list[k].ratio, 4);
        c->changeqty = list[k].change;
        c->changeratio = ft_edge_round(list[k].change_ratio, 2);
        struct ft_bar label = {.label_day = list[k].day};
        c->time = ft_edge_bar_time(gw, inst, &label, &c->timestamp);
        c->has_timestamp = 1;
        s2c.holdingchangelist[s2c.n_holdingchangelist++] = c;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetHoldingChangeList__Response r = QOT__GET_HOLDING_CHANGE_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3216 ----------------------------------------------------------------------------------- */

/* Spans of announcement, effect and end; several of one kind narrow each other. */
struct change_filter {
    ft_day from[4], to[4]; /* by TimeFilterType */
    unsigned types;        /* bits of CodeChangeType; 0: all */
};

static bool read_filter(struct ft_gateway *gw, struct ft_request *req,
                        const QotGetCodeChange__C2S *c2s, struct change_filter *f)
{
    *f = (struct change_filter){0};
    for (int k = 0; k < 4; k++) {
        f->from[k] = INT32_MIN;
        f->to[k] = INT32_MAX;
    }
    if (!ft_need_number(gw, req, "timeFilterList", (int64_t)c2s->n_timefilterlist, 0,
                        TIME_FILTERS_MAX))
        return false;
    for (size_t k = 0; k < c2s->n_timefilterlist; k++) {
        const QotGetCodeChange__TimeFilter *t = c2s->timefilterlist[k];
        ft_day from = INT32_MIN, to = INT32_MAX;
        if (!ft_need_number(gw, req, "timeFilterList.type", t->type, 1, 3) ||
            !read_span(gw, req, t->begintime, t->endtime, &from, &to))
            return false;
        f->from[t->type] = from > f->from[t->type] ? from : f->from[t->type];
        f->to[t->type] = to < f->to[t->type] ? to : f->to[t->type];
    }
    for (size_t k = 0; k < c2s->n_typelist; k++) {
        if (!ft_need_number(gw, req, "typeList", c2s->typelist[k], 1, 8))
            return false;
        f->types |= 1u << c2s->typelist[k];
    }
    return true;
}

static bool wanted(const struct change_filter *f, const struct ft_code_change *c)
{
    const ft_day days[4] = {0, c->announced, c->effective, c->end};
    for (int k = 1; k < 4; k++)
        if (days[k] < f->from[k] || days[k] > f->to[k])
            return false;
    return !f->types || f->types & 1u << QOT__GET_CODE_CHANGE__CODE_CHANGE_TYPE__CodeChangeType_Split;
}

static void add_change(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct change_filter *f, QotGetCodeChange__S2C *s2c)
{
    struct ft_code_change c;
    if (!ft_model_code_change(ft_world_model(gw->world), inst->index, ft_edge_today(gw, inst), &c) ||
        !wanted(f, &c))
        return;
    QotGetCodeChange__CodeChangeInfo *info =
        FT_NEW(gw, QotGetCodeChange__CodeChangeInfo, qot__get_code_change__code_change_info__init);
    QotCommon__Security *related = FT_NEW(gw, QotCommon__Security, qot__common__security__init);
    if (!info || !related)
        return;
    related->market = inst->market;
    related->code = ft_arena_strndup(&gw->arena, c.temporary, strlen(c.temporary));
    if (!related->code)
        return;
    info->type = QOT__GET_CODE_CHANGE__CODE_CHANGE_TYPE__CodeChangeType_Split;
    info->security = ft_edge_new_security(gw, inst);
    info->relatedsecurity = related;
    info->publictime = ft_edge_day(gw, inst, c.announced, &info->publictimestamp);
    info->effectivetime = ft_edge_day(gw, inst, c.effective, &info->effectivetimestamp);
    info->endtime = ft_edge_day(gw, inst, c.end, &info->endtimestamp);
    info->has_publictimestamp = info->has_effectivetimestamp = info->has_endtimestamp = 1;
    s2c->codechangelist[s2c->n_codechangelist++] = info;
}

void ft_handle_code_change(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetCodeChange__C2S *c2s = ((const QotGetCodeChange__Request *)req->msg)->c2s;
    struct change_filter f;
    size_t n = c2s->n_securitylist;
    for (size_t k = 0; k < n; k++)
        if (!ft_edge_need(gw, req, c2s->securitylist[k]))
            return;
    if (!read_filter(gw, req, c2s, &f))
        return;
    size_t count = n ? n : ft_universe_count(gw->universe);
    QotGetCodeChange__S2C s2c = QOT__GET_CODE_CHANGE__S2_C__INIT;
    s2c.codechangelist = ft_arena_alloc(&gw->arena, (count + 1) * sizeof *s2c.codechangelist);
    for (size_t k = 0; k < count && s2c.codechangelist; k++)
        add_change(gw, n ? ft_edge_find(gw, c2s->securitylist[k])
                         : ft_universe_at(gw->universe, (ft_inst)k), &f, &s2c);
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetCodeChange__Response r = QOT__GET_CODE_CHANGE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
