/* Accounts, markets, times and numbers of the trade protocols; rows are in trade_rows.c. */
#include "gateway/trade_edge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int market;
    const char *name;
} market_names[] = {
    {1, "HK"}, {2, "US"}, {3, "CN"}, {4, "HKCC"}, {5, "FUTURES"}, {6, "SG"}, {8, "AU"},
    {10, "FUTURES_SIMULATE_HK"}, {11, "FUTURES_SIMULATE_US"}, {12, "FUTURES_SIMULATE_SG"},
    {13, "FUTURES_SIMULATE_JP"}, {15, "JP"}, {111, "MY"}, {112, "CA"}, {113, "HKFUND"},
    {123, "USFUND"}, {124, "SGFUND"}, {125, "MYFUND"}, {126, "JPFUND"},
};

const char *ft_trade_market_name(int market)
{
    for (size_t k = 0; k < sizeof market_names / sizeof market_names[0]; k++)
        if (market_names[k].market == market)
            return market_names[k].name;
    return "?";
}

static const char *auth_text(struct ft_gateway *gw, const struct ft_account *a)
{
    char text[FT_AUTHS_MAX * 32] = "";
    size_t n = 0;
    for (size_t k = 0; k < a->auth_count; k++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d %s", k ? ", " : "", a->auth[k],
                              ft_trade_market_name(a->auth[k]));
    const char *kept = ft_arena_strndup(&gw->arena, text, n);
    return kept ? kept : "";
}

const struct ft_account *ft_trade_account(struct ft_gateway *gw, struct ft_request *req,
                                          const TrdCommon__TrdHeader *h, enum ft_trade_use use)
{
    const struct ft_account *a = ft_login_account(gw, req->conn->login, h->accid);
    unsigned long long id = h->accid;
    if (!a) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "Nonexisting acc_id %llu: Get Account List has those that exist",
                               "账户 %llu 不存在：请用账户列表查询"), id);
        return NULL;
    }
    if (h->trdenv != a->env) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "trdEnv %d does not fit account %llu: its environment is %d %s",
                               "trdEnv %d 与账户 %llu 不符：其环境为 %d %s"),
                       h->trdenv, id, a->env, a->env == FT_ENV_REAL ? "REAL" : "SIMULATE");
        return NULL;
    }
    if (!memchr(a->auth, (uint8_t)h->trdmarket, a->auth_count) || h->trdmarket < 0 ||
        h->trdmarket > UINT8_MAX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "trdMarket %d is none of account %llu: it may trade %s",
                               "账户 %2$llu 没有 trdMarket %1$d 的权限：可用 %3$s"),
                       h->trdmarket, id, auth_text(gw, a));
        return NULL;
    }
    if (a->disabled && use != FT_USE_HISTORY) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "account %llu is disabled: only its history can be asked for",
                               "账户 %llu 已停用，仅可查询历史"), id);
        return NULL;
    }
    return a;
}

bool ft_trade_not_for_paper(struct ft_gateway *gw, struct ft_request *req,
                            const struct ft_account *a)
{
    if (a->env != FT_ENV_SIMULATE || !gw->config.official_paper)
        return false;
    /* The vendor's words, whatever the language: clients compare them (trade.md 4.9). */
    ft_reply_error(gw, req, FT_RET_FAILED, "Paper trading is not supported.");
    return true;
}

/* ---- Markets and codes ------------------------------------------------------------------------ */

static const struct {
    int quote, sec;
} sec_markets[] = {
    {FT_MARKET_HK, TRD__COMMON__TRD_SEC_MARKET__TrdSecMarket_HK},
    {FT_MARKET_US, TRD__COMMON__TRD_SEC_MARKET__TrdSecMarket_US},
    {FT_MARKET_SH, TRD__COMMON__TRD_SEC_MARKET__TrdSecMarket_CN_SH},
    {FT_MARKET_SZ, TRD__COMMON__TRD_SEC_MARKET__TrdSecMarket_CN_SZ},
    {FT_MARKET_SG, TRD__COMMON__TRD_SEC_MARKET__TrdSecMarket_SG},
    {FT_MARKET_JP, TRD__COMMON__TRD_SEC_MARKET__TrdSecMarket_JP},
};
enum { SEC_MARKETS = sizeof sec_markets / sizeof sec_markets[0] };

int ft_trade_sec_market(int market)
{
    for (size_t k = 0; k < SEC_MARKETS; k++)
        if (sec_markets[k].quote == market)
            return sec_markets[k].sec;
    return 0;
}

int ft_trade_quote_market(int sec_market)
{
    for (size_t k = 0; k < SEC_MARKETS; k++)
        if (sec_markets[k].sec == sec_market)
            return sec_markets[k].quote;
    return 0;
}

int ft_trade_market_of(const struct ft_account *a, const struct ft_instrument *inst)
{
    bool real = a->env == FT_ENV_REAL;
    if (a->futures && real)
        return FT_TRD_FUTURES;
    switch (inst->market) {
    case FT_MARKET_HK: return a->futures ? FT_TRD_SIM_FUT_HK : FT_TRD_HK;
    case FT_MARKET_US: return a->futures ? FT_TRD_SIM_FUT_US : FT_TRD_US;
    case FT_MARKET_SG: return a->futures ? FT_TRD_SIM_FUT_SG : FT_TRD_SG;
    case FT_MARKET_JP: return a->futures ? FT_TRD_SIM_FUT_JP : FT_TRD_JP;
    }
    return real ? FT_TRD_HKCC : FT_TRD_CN;
}

/* Quote markets in which a code of this trade market may be, for requests without secMarket. */
static bool market_has(int trd_market, int quote)
{
    switch (trd_market) {
    case FT_TRD_HK: case FT_TRD_SIM_FUT_HK: return quote == FT_MARKET_HK;
    case FT_TRD_US: case FT_TRD_SIM_FUT_US: return quote == FT_MARKET_US;
    case FT_TRD_SG: case FT_TRD_SIM_FUT_SG: return quote == FT_MARKET_SG;
    case FT_TRD_JP: case FT_TRD_SIM_FUT_JP: return quote == FT_MARKET_JP;
    case FT_TRD_CN: case FT_TRD_HKCC: return quote == FT_MARKET_SH || quote == FT_MARKET_SZ;
    case FT_TRD_FUTURES: return quote != FT_MARKET_SH && quote != FT_MARKET_SZ;
    }
    return false;
}

const struct ft_instrument *ft_trade_instrument(struct ft_gateway *gw, struct ft_request *req,
                                                const TrdCommon__TrdHeader *h, int sec_market,
                                                const char *code)
{
    const struct ft_instrument *inst = NULL;
    int market = ft_trade_quote_market(sec_market);
    if (sec_market && !market) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "secMarket %d of %.64s is not traded here: allowed are 1 HK, 2 US, "
                                   "31 SH, 32 SZ, 41 SG and 51 JP",
                               "secMarket %d（%.64s）不可交易：可用 1 HK、2 US、31 SH、32 SZ、41 SG、51 JP"),
                       sec_market, code);
        return NULL;
    }
    for (size_t k = 0; k < SEC_MARKETS && !inst; k++)
        if (market ? sec_markets[k].quote == market
                   : market_has(h->trdmarket, sec_markets[k].quote))
            inst = ft_universe_find(gw->universe, sec_markets[k].quote, code);
    if (!inst)
        ft_reply_error(gw, req, FT_RET_FAILED, FT_TEXT(gw, "unknown stock %s", "未知股票 %s"),
                       market ? ft_edge_label(gw, market, code) : code);
    return inst;
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* A profile of the market, for instruments that are no longer known. */
static int profile_of_market(const struct ft_gateway *gw, int market)
{
    size_t n = ft_universe_count(gw->universe);
    for (size_t k = 0; k < n; k++)
        if (ft_universe_at(gw->universe, (ft_inst)k)->market == market)
            return ft_universe_at(gw->universe, (ft_inst)k)->profile;
    return -1;
}

int64_t ft_trade_local_ms(const struct ft_gateway *gw, const struct ft_account *a,
                          const struct ft_instrument *inst, int market, int64_t utc_ns)
{
    int64_t ms = utc_ns / 1000000;
    if (a->futures)
        return ms + (int64_t)gw->config.future_zone_s * 1000;
    int profile = inst ? inst->profile : profile_of_market(gw, market);
    if (profile < 0)
        return ms;
    const struct ft_tz *tz = ft_profile_tz(ft_universe_timetables(gw->universe), profile);
    return ms + (int64_t)ft_tz_offset(tz, utc_ns / FT_NS_PER_SEC) * 1000;
}

char *ft_trade_time(struct ft_gateway *gw, int64_t local_ms)
{
    enum { DAY_MS = FT_SEC_PER_DAY * 1000 };
    char date[11], text[40];
    ft_day day = (ft_day)(local_ms / DAY_MS);
    int ms = (int)(local_ms % DAY_MS);
    ft_day_print(day, date);
    int n = snprintf(text, sizeof text, "%s %02d:%02d:%02d.%03d", date, ms / 3600000,
                     ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
    char *kept = ft_arena_strndup(&gw->arena, text, (size_t)n);
    return kept ? kept : (char *)"";
}

/* ---- Numbers --------------------------------------------------------------------------------- */

char *ft_trade_id_text(struct ft_gateway *gw, uint64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    char *kept = ft_arena_strndup(&gw->arena, text, (size_t)n);
    return kept ? kept : (char *)"";
}

uint64_t ft_trade_id(const char *id_ex)
{
    size_t n = strlen(id_ex);
    if (n == 0 || n > 19 || strspn(id_ex, "0123456789") != n)
        return 0;
    return strtoull(id_ex, NULL, 10);
}

int ft_trade_price_decimals(const struct ft_instrument *inst, double v)
{
    if (inst->type == FT_SEC_FUTURE)
        return FT_PRICE_DECIMALS; /* the wire has 9, no contract's tick needs them */
    if (inst->market == FT_MARKET_US && inst->type == FT_SEC_OPTION)
        return 2;
    if (inst->market == FT_MARKET_US)
        return fabs(v) < 1 ? 4 : 2;
    return 3;
}

static bool bad_number(struct ft_gateway *gw, struct ft_request *req, const char *field, double v)
{
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s %g is out of range", "%s %g 超出范围"), field, v);
    return false;
}

bool ft_trade_qty_in(struct ft_gateway *gw, struct ft_request *req, const char *field, double v,
                     ft_qty *out)
{
    if (!(v >= 0) || v >= (double)(INT64_MAX / FT_QTY_SCALE))
        return bad_number(gw, req, field, v);
    /* 2.9999999 is a 3 that arithmetic has dented; only real decimals are dropped. */
    double near = round(v);
    *out = (int64_t)(fabs(near - v) < 1e-7 ? near : floor(v)) * FT_QTY_SCALE;
    if (*out == 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s %g: at least 1 is needed", "%s %g 无效：至少为 1"), field, v);
        return false;
    }
    return true;
}

bool ft_trade_price_in(struct ft_gateway *gw, struct ft_request *req,
                       const struct ft_instrument *inst, const char *field, double v,
                       enum ft_trade_excess excess, ft_price *out)
{
    int64_t fine, unit = 1;
    if (!isfinite(v) || fabs(v) >= 1e8 || ft_price_from_double(v, field, &fine, NULL))
        return bad_number(gw, req, field, v);
    for (int d = ft_trade_price_decimals(inst, v); d < FT_PRICE_DECIMALS; d++)
        unit *= 10;
    /* `fine` is the decimal number that was meant; excess digits are those beyond the unit. */
    int64_t rest = fine % unit;
    *out = fine - rest;
    if (excess == FT_EXCESS_ROUND && llabs(rest) * 2 >= unit)
        *out += rest < 0 ? -unit : unit;
    return true;
}

bool ft_trade_ratio_in(struct ft_gateway *gw, struct ft_request *req, const char *field, double v,
                       double scale, int64_t *out)
{
    if (!isfinite(v) || fabs(v * scale) >= 1e15)
        return bad_number(gw, req, field, v);
    *out = (int64_t)llround(v * scale);
    return true;
}

void ft_trade_refuse(struct ft_gateway *gw, struct ft_request *req, const struct ft_err *err)
{
    ft_reply_error(gw, req, FT_RET_FAILED, "%s", err->text);
}
