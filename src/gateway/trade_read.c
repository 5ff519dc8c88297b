#include "gateway/trade_read.h"

#include "Trd_Common.pb-c.h"

#include <string.h>

enum { DAY_MS = FT_SEC_PER_DAY * 1000, ZONE_MS = 15 * 3600 * 1000 };

static bool read_time(struct ft_gateway *gw, struct ft_request *req, const char *text,
                      const char *field, bool end, int64_t *out)
{
    struct ft_err err = {0};
    ft_day day;
    int64_t ns;
    int has_time;
    if (ft_datetime_parse(text, field, &day, &ns, &has_time, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return false;
    }
    *out = (int64_t)day * DAY_MS + ns / 1000000;
    if (end && !has_time)
        *out += DAY_MS - 1; /* a date as the end is its last moment */
    return true;
}

static bool read_times(struct ft_gateway *gw, struct ft_request *req, enum ft_times times,
                       struct ft_trade_filter *out)
{
    const char *begin = out->c ? out->c->begintime : NULL, *end = out->c ? out->c->endtime : NULL;
    if (begin && !*begin)
        begin = NULL;
    if (end && !*end)
        end = NULL;
    if (times == FT_TIMES_NEEDED && (!begin || !end)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "filterConditions.%s is missing: history needs beginTime and "
                                   "endTime",
                               "缺少 filterConditions.%s：历史查询需要 beginTime 和 endTime"),
                       begin ? "endTime" : "beginTime");
        return false;
    }
    if ((begin && !read_time(gw, req, begin, "beginTime", false, &out->begin_ms)) ||
        (end && !read_time(gw, req, end, "endTime", true, &out->end_ms)))
        return false;
    if (out->begin_ms > out->end_ms) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "beginTime %s is after endTime %s", "beginTime %s 晚于 endTime %s"),
                       begin, end);
        return false;
    }
    return true;
}

bool ft_trade_filter_read(struct ft_gateway *gw, struct ft_request *req,
                          const TrdCommon__TrdFilterConditions *c, const int32_t *status,
                          size_t status_count, enum ft_times times, struct ft_trade_filter *out)
{
    *out = (struct ft_trade_filter){c, INT64_MIN, INT64_MAX, status, status_count};
    for (size_t k = 0; k < status_count; k++)
        if (!protobuf_c_enum_descriptor_get_value(&trd__common__order_status__descriptor, status[k])) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "filterStatusList has %d, which is no OrderStatus",
                                   "filterStatusList 含 %d，不是 OrderStatus"), status[k]);
            return false;
        }
    int32_t market = c && c->has_filtermarket ? c->filtermarket : 0;
    if (!protobuf_c_enum_descriptor_get_value(&trd__common__trd_market__descriptor, market)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "filterMarket %d is no TrdMarket", "filterMarket %d 不是 TrdMarket"),
                       market);
        return false;
    }
    return times == FT_TIMES_IGNORED || read_times(gw, req, times, out);
}

bool ft_trade_filter_code(const struct ft_trade_filter *f, const char *code, int trd_market)
{
    if (!f->c)
        return true;
    if (f->c->has_filtermarket && f->c->filtermarket && f->c->filtermarket != trd_market)
        return false;
    for (size_t k = 0; k < f->c->n_codelist; k++)
        if (strcmp(f->c->codelist[k], code) == 0)
            return true;
    return f->c->n_codelist == 0;
}

bool ft_trade_filter_id(const struct ft_trade_filter *f, uint64_t id)
{
    if (!f->c)
        return true;
    for (size_t k = 0; k < f->c->n_idlist; k++)
        if (f->c->idlist[k] == id)
            return true;
    for (size_t k = 0; k < f->c->n_orderidexlist; k++)
        if (ft_trade_id(f->c->orderidexlist[k]) == id)
            return true;
    return f->c->n_idlist + f->c->n_orderidexlist == 0;
}

bool ft_trade_filter_time(const struct ft_trade_filter *f, int64_t local_ms)
{
    return local_ms >= f->begin_ms && local_ms <= f->end_ms;
}

bool ft_trade_filter_status(const struct ft_trade_filter *f, int status)
{
    for (size_t k = 0; k < f->status_count; k++)
        if (f->status[k] == status)
            return true;
    bool named = f->c && f->c->n_idlist + f->c->n_orderidexlist;
    return f->status_count == 0 && (status != FT_ST_DELETED || named);
}

/* Years that 64 bits of nanoseconds do not reach count as their end. */
static int64_t to_utc(int64_t local_ms, int64_t zone_ms)
{
    enum { NS_PER_MS = 1000000 };
    const int64_t limit = INT64_MAX / NS_PER_MS - ZONE_MS;
    if (local_ms > limit)
        return INT64_MAX;
    return local_ms < -limit ? INT64_MIN : (local_ms + zone_ms) * NS_PER_MS;
}

void ft_trade_filter_utc(const struct ft_trade_filter *f, int64_t *from_ns, int64_t *to_ns)
{
    *from_ns = to_utc(f->begin_ms, -ZONE_MS);
    *to_ns = to_utc(f->end_ms, ZONE_MS);
}
