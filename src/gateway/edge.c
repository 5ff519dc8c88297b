#include "gateway/edge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct ft_instrument *ft_edge_find(const struct ft_gateway *gw,
                                         const QotCommon__Security *s)
{
    int market = s->market == QOT__COMMON__QOT_MARKET__QotMarket_HK_Future ? FT_MARKET_HK
                                                                            : s->market;
    return ft_universe_find(ft_world_universe(gw->world), market, s->code);
}

static const char *market_prefix(int market)
{
    switch (market) {
    case FT_MARKET_HK: return "HK";
    case FT_MARKET_US: return "US";
    case FT_MARKET_SH: return "SH";
    case FT_MARKET_SZ: return "SZ";
    case FT_MARKET_SG: return "SG";
    case FT_MARKET_JP: return "JP";
    }
    return NULL;
}

int ft_edge_stock_market(const struct ft_universe *u, const char *label)
{
    static const int markets[] = {FT_MARKET_HK, FT_MARKET_US, FT_MARKET_SH,
                                  FT_MARKET_SZ, FT_MARKET_SG, FT_MARKET_JP};
    const char *dot = strchr(label, '.');
    for (size_t k = 0; dot && k < sizeof markets / sizeof markets[0]; k++) {
        const char *prefix = market_prefix(markets[k]);
        if (strlen(prefix) != (size_t)(dot - label) || memcmp(prefix, label, strlen(prefix)) != 0)
            continue;
        const struct ft_instrument *inst = ft_universe_find(u, markets[k], dot + 1);
        if (!inst)
            return 0;
        return inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF ? inst->market : -1;
    }
    return 0;
}

const char *ft_edge_label(struct ft_gateway *gw, int market, const char *code)
{
    char text[96];
    const char *prefix = market_prefix(market);
    int n = prefix ? snprintf(text, sizeof text, "%s.%.64s", prefix, code)
                   : snprintf(text, sizeof text, "%d.%.64s", market, code);
    char *label = ft_arena_strndup(&gw->arena, text, (size_t)n);
    return label ? label : "?";
}

const struct ft_instrument *ft_edge_need(struct ft_gateway *gw, struct ft_request *req,
                                         const QotCommon__Security *s)
{
    const struct ft_instrument *inst = ft_edge_find(gw, s);
    if (!inst) /* "未知股票" is the one error text that the manuals print (quote-realtime.md 1.2) */
        ft_reply_error(gw, req, FT_RET_FAILED, FT_TEXT(gw, "unknown stock %s", "未知股票 %s"),
                       ft_edge_label(gw, s->market, s->code));
    return inst;
}

void ft_edge_security(const struct ft_instrument *inst, QotCommon__Security *out)
{
    qot__common__security__init(out);
    out->market = inst->market;
    out->code = (char *)inst->code;
}

QotCommon__Security *ft_edge_new_security(struct ft_gateway *gw, const struct ft_instrument *inst)
{
    QotCommon__Security *s = ft_arena_alloc(&gw->arena, sizeof *s);
    if (s)
        ft_edge_security(inst, s);
    return s;
}

const char *ft_edge_name(const struct ft_gateway *gw, const struct ft_instrument *inst)
{
    return ft_instrument_name(ft_world_universe(gw->world), inst,
                              gw->config.lang == FT_LANG_EN ? FT_NAME_EN : FT_NAME_SC);
}

static const struct ft_tz *zone(const struct ft_gateway *gw, const struct ft_instrument *inst)
{
    return ft_profile_tz(ft_universe_timetables(ft_world_universe(gw->world)), inst->profile);
}

ft_day ft_edge_today(const struct ft_gateway *gw, const struct ft_instrument *inst)
{
    ft_day day;
    int32_t second;
    ft_tz_to_local(zone(gw, inst), ft_world_now(gw->world) / FT_NS_PER_SEC, &day, &second);
    return day;
}

static char *keep(struct ft_gateway *gw, const char *text, int n)
{
    char *kept = ft_arena_strndup(&gw->arena, text, (size_t)n);
    return kept ? kept : (char *)"";
}

/* "yyyy-MM-dd HH:mm:ss" of a local day and its second; returns the end. */
static char *put_time(char *text, ft_day day, unsigned second)
{
    ft_day_print(day, text);
    text[10] = ' ';
    char *p = ft_digits(text + 11, second / 3600, 2);
    *p++ = ':';
    p = ft_digits(p, second / 60 % 60, 2);
    *p++ = ':';
    return ft_digits(p, second % 60, 2);
}

char *ft_edge_time(struct ft_gateway *gw, const struct ft_instrument *inst, int64_t utc_ns, bool ms,
                   double *timestamp)
{
    int64_t utc_s = utc_ns / FT_NS_PER_SEC, utc_ms = utc_ns / 1000000;
    if (timestamp)
        *timestamp = ms ? (double)utc_ms / 1000 : (double)utc_s;
    if (utc_ns == 0)
        return (char *)"";
    ft_day day;
    int32_t s;
    ft_tz_to_local(zone(gw, inst), utc_s, &day, &s);
    char text[32], *end = put_time(text, day, (unsigned)s);
    if (ms) {
        *end++ = '.';
        end = ft_digits(end, (unsigned)(utc_ns % FT_NS_PER_SEC / 1000000), 3);
    }
    return keep(gw, text, (int)(end - text));
}

char *ft_edge_day(struct ft_gateway *gw, const struct ft_instrument *inst, ft_day day,
                  double *timestamp)
{
    if (timestamp)
        *timestamp = day == FT_NO_DAY ? 0 : (double)ft_tz_to_utc(zone(gw, inst), day, 0);
    if (day == FT_NO_DAY)
        return (char *)"";
    char date[11];
    ft_day_print(day, date);
    return keep(gw, date, 10);
}

char *ft_edge_bar_time(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_bar *bar, double *timestamp)
{
    if (timestamp)
        *timestamp = (double)ft_tz_to_utc(zone(gw, inst), bar->label_day, bar->minute * 60);
    /* 24:00 is the next day's 00:00 */
    char text[32], *end = put_time(text, bar->label_day + bar->minute / 1440,
                                   (unsigned)(bar->minute % 1440) * 60);
    return keep(gw, text, (int)(end - text));
}

bool ft_edge_datetime(struct ft_gateway *gw, struct ft_request *req, const char *field,
                      const char *text, ft_day *day, int64_t *ns_of_day, int *has_time)
{
    struct ft_err err = {0};
    if (!ft_datetime_parse(text, field, day, ns_of_day, has_time, &err))
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s '%.40s': wanted is yyyy-MM-dd or yyyy-MM-dd HH:mm:ss",
                           "%s '%.40s' 无效：应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss"), field, text);
    return false;
}

int ft_edge_status(const struct ft_instrument *inst, ft_day day)
{
    if (inst->suspended)
        return QOT__COMMON__SECURITY_STATUS__SecurityStatus_Suspended;
    if (inst->listing_day != FT_NO_DAY && inst->listing_day > day)
        return QOT__COMMON__SECURITY_STATUS__SecurityStatus_Listing;
    if (inst->maturity_day != FT_NO_DAY && inst->maturity_day < day)
        return QOT__COMMON__SECURITY_STATUS__SecurityStatus_Expired;
    if (inst->expiry_day != FT_NO_DAY && inst->expiry_day < day)
        return QOT__COMMON__SECURITY_STATUS__SecurityStatus_ExpiredLastTradingDate;
    return QOT__COMMON__SECURITY_STATUS__SecurityStatus_Normal;
}

static double scaled(double v, int decimals, double (*how)(double))
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    return how(v * powers[decimals]) / powers[decimals];
}

double ft_edge_round(double v, int decimals)
{
    return scaled(v, decimals, round);
}

double ft_edge_cut(double v, int decimals)
{
    return scaled(v, decimals, trunc);
}
