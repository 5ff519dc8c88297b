/* 3210: the warrant screen (quote-derivatives-screening.md 2.3). */
#include "gateway/bounds.h"
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/quote_cache.h"
#include "gateway/warrant_figures.h"

#include "Qot_GetWarrant.pb-c.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMALS = 3, ISSUER_MAX = 28, IPO_PERIOD_MAX = 5, STATUS_MAX = 4 };
enum {
    PRICE, STRIKE, STREET, CONVERSION, VOLUME, PREMIUM, LEVERAGE, DELTA, IMPLIED, RECOVERY,
    RECOVERY_RATIO, BOUNDS
};

/* A match: its figures now, and what it is sorted by. */
struct row {
    const struct ft_instrument *inst;
    struct ft_warrant_figures f;
    struct ft_quote q;
    double key;
    const char *text; /* sorted by this where it is set */
};

struct screen {
    const QotGetWarrant__C2S *c2s;
    const struct ft_instrument *owner; /* NULL: all */
    unsigned types;                    /* bits of WarrantType; 0: all */
    uint32_t issuers;                  /* bits of Issuer; 0: all */
    ft_day maturity_from, maturity_to;
    struct ft_bound bounds[BOUNDS];
    int32_t ipo_period, price_type, status; /* 0: not given */
};

/* ---- The request ---------------------------------------------------------------------------- */

static bool read_lists(struct ft_gateway *gw, struct ft_request *req, struct screen *s)
{
    const QotGetWarrant__C2S *c = s->c2s;
    for (size_t k = 0; k < c->n_typelist; k++) {
        if (!ft_need_number(gw, req, "typeList", c->typelist[k], 1, 5))
            return false;
        s->types |= 1u << c->typelist[k];
    }
    for (size_t k = 0; k < c->n_issuerlist; k++) {
        if (!ft_need_number(gw, req, "issuerList", c->issuerlist[k], 1, ISSUER_MAX))
            return false;
        s->issuers |= UINT32_C(1) << c->issuerlist[k];
    }
    return true;
}

static bool read_bounds(struct ft_gateway *gw, struct ft_request *req, struct screen *s)
{
    const QotGetWarrant__C2S *c = s->c2s;
    const struct ft_bound bounds[BOUNDS] = {
        [PRICE] = FT_BOUND(c, curpricemin, curpricemax, "curPriceMin", "curPriceMax"),
        [STRIKE] = FT_BOUND(c, strikepricemin, strikepricemax, "strikePriceMin", "strikePriceMax"),
        [STREET] = FT_BOUND(c, streetmin, streetmax, "streetMin", "streetMax"),
        [CONVERSION] = FT_BOUND(c, conversionmin, conversionmax, "conversionMin", "conversionMax"),
        [VOLUME] = FT_BOUND(c, volmin, volmax, "volMin", "volMax"),
        [PREMIUM] = FT_BOUND(c, premiummin, premiummax, "premiumMin", "premiumMax"),
        [LEVERAGE] = FT_BOUND(c, leverageratiomin, leverageratiomax, "leverageRatioMin",
                              "leverageRatioMax"),
        [DELTA] = FT_BOUND(c, deltamin, deltamax, "deltaMin", "deltaMax"),
        [IMPLIED] = FT_BOUND(c, impliedmin, impliedmax, "impliedMin", "impliedMax"),
        [RECOVERY] = FT_BOUND(c, recoverypricemin, recoverypricemax, "recoveryPriceMin",
                              "recoveryPriceMax"),
        [RECOVERY_RATIO] = FT_BOUND(c, pricerecoveryratiomin, pricerecoveryratiomax,
                                    "priceRecoveryRatioMin", "priceRecoveryRatioMax"),
    };
    memcpy(s->bounds, bounds, sizeof bounds);
    for (int k = 0; k < BOUNDS; k++)
        if (!ft_bound_settle(gw, req, &s->bounds[k], DECIMALS))
            return false;
    /* Figures that none of the wanted kinds has contradict the list of kinds. */
    static const struct { int bound; unsigned kinds; } only[] = {
        {DELTA, 1u << FT_CALL | 1u << FT_PUT}, {IMPLIED, 1u << FT_CALL | 1u << FT_PUT},
        {RECOVERY, 1u << FT_BULL | 1u << FT_BEAR}, {RECOVERY_RATIO, 1u << FT_BULL | 1u << FT_BEAR}};
    for (size_t k = 0; k < sizeof only / sizeof only[0]; k++) {
        const struct ft_bound *b = &s->bounds[only[k].bound];
        if (ft_bound_used(b) && s->types && !(s->types & only[k].kinds)) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "%s contradicts typeList: none of its types has that figure",
                                   "%s 与 typeList 矛盾：所列类型均无此指标"),
                           b->has_min ? b->min_name : b->max_name);
            return false;
        }
    }
    return true;
}

static bool read_day(struct ft_gateway *gw, struct ft_request *req, const char *text,
                     const char *field, ft_day *out)
{
    struct ft_err err = {0};
    int64_t ns;
    int has_time;
    if (!text || !*text || ft_datetime_parse(text, field, out, &ns, &has_time, &err) == 0)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
    return false;
}

static bool read_days(struct ft_gateway *gw, struct ft_request *req, struct screen *s)
{
    const QotGetWarrant__C2S *c = s->c2s;
    s->maturity_from = INT32_MIN;
    s->maturity_to = INT32_MAX;
    if (!read_day(gw, req, c->maturitytimemin, "maturityTimeMin", &s->maturity_from) ||
        !read_day(gw, req, c->maturitytimemax, "maturityTimeMax", &s->maturity_to))
        return false;
    if (s->maturity_from <= s->maturity_to)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "maturityTimeMin %s is after maturityTimeMax %s",
                           "maturityTimeMin %s 晚于 maturityTimeMax %s"),
                   c->maturitytimemin, c->maturitytimemax);
    return false;
}

static bool sort_field_known(int32_t field)
{
    return (field >= 1 && field <= 34) || (field >= 45 && field <= 47);
}

static bool read_screen(struct ft_gateway *gw, struct ft_request *req, struct screen *s)
{
    const QotGetWarrant__C2S *c = s->c2s;
    if (!ft_rights_need_screen(gw, req, FT_MARKET_HK))
        return false;
    if (!ft_need_number(gw, req, "begin", c->begin, 0, INT32_MAX) ||
        !ft_need_number(gw, req, "num", c->num, 1,
                        ft_request_max(req, FT_MAX_WARRANT_ROWS)))
        return false;
    if (!sort_field_known(c->sortfield)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "sortField %d: allowed are 1 to 34 and 45 to 47",
                               "sortField %d 无效：可用 1 至 34 和 45 至 47"), c->sortfield);
        return false;
    }
    if (c->owner && !(s->owner = ft_edge_need(gw, req, c->owner)))
        return false;
    if (s->owner && s->owner->market != FT_MARKET_HK) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "owner %s: warrants are Hong Kong's",
                               "owner %s 无效：窝轮仅支持港股"),
                       ft_edge_label(gw, s->owner->market, s->owner->code));
        return false;
    }
    s->ipo_period = c->has_ipoperiod ? c->ipoperiod : 0;
    s->price_type = c->has_pricetype ? c->pricetype : 0;
    s->status = c->has_status ? c->status : 0;
    return ft_need_number(gw, req, "ipoPeriod", s->ipo_period, 0, IPO_PERIOD_MAX) &&
           ft_need_number(gw, req, "priceType", s->price_type, 0, 2) &&
           ft_need_number(gw, req, "status", s->status, 0, STATUS_MAX) &&
           read_lists(gw, req, s) && read_days(gw, req, s) && read_bounds(gw, req, s);
}

/* ---- Matching ------------------------------------------------------------------------------- */

static bool listed_in(int32_t period, ft_day listed, ft_day today)
{
    switch (period) { /* Qot_Common.IpoPeriod */
    case 1: return listed == today;
    case 2: return listed == today + 1;
    case 3: return listed > today && listed <= today + 7;
    case 4: return listed <= today && listed > today - 7;
    case 5: return listed <= today && listed > today - 30;
    }
    return true;
}

/* What needs no price. */
static bool terms_fit(const struct screen *s, const struct ft_instrument *w, ft_day today)
{
    return w->type == FT_SEC_WARRANT && w->market == FT_MARKET_HK &&
           w->underlying != FT_NO_INST && (!s->types || s->types & 1u << w->right) &&
           (!s->issuers || (w->issuer <= ISSUER_MAX && s->issuers & UINT32_C(1) << w->issuer)) &&
           w->maturity_day >= s->maturity_from && w->maturity_day <= s->maturity_to &&
           (!s->ipo_period || (w->listing_day != FT_NO_DAY &&
                               listed_in(s->ipo_period, w->listing_day, today)));
}

/* A figure that the kind does not have lies in no range. */
static bool figures_fit(const struct screen *s, const struct row *r)
{
    const struct ft_bound *b = s->bounds;
    const struct ft_warrant_figures *f = &r->f;
    bool in_line = r->inst->right == FT_INLINE;
    if (s->price_type && (in_line || f->price_type != s->price_type))
        return false; /* inside and outside of inline warrants cannot be asked for (2.3) */
    return (!s->status || f->status == s->status) &&
           ft_bound_holds(&b[PRICE], ft_price_to_double(r->q.last)) &&
           ft_bound_holds(&b[STRIKE], f->strike) && ft_bound_holds(&b[STREET], f->street_rate) &&
           ft_bound_holds(&b[CONVERSION], f->ratio) &&
           ft_bound_holds(&b[VOLUME], (double)ft_edge_shares(r->q.volume)) &&
           ft_bound_holds(&b[PREMIUM], f->premium) && ft_bound_holds(&b[LEVERAGE], f->leverage) &&
           (!ft_bound_used(&b[DELTA]) || (f->is_option && ft_bound_holds(&b[DELTA], f->delta))) &&
           (!ft_bound_used(&b[IMPLIED]) ||
            (f->is_option && ft_bound_holds(&b[IMPLIED], f->volatility))) &&
           (!ft_bound_used(&b[RECOVERY]) ||
            (f->is_cbbc && ft_bound_holds(&b[RECOVERY], f->recovery))) &&
           (!ft_bound_used(&b[RECOVERY_RATIO]) ||
            (f->is_cbbc && ft_bound_holds(&b[RECOVERY_RATIO], f->recovery_ratio)));
}

/* ---- Sorting -------------------------------------------------------------------------------- */

static double change(const struct ft_quote *q)
{
    return ft_price_to_double(q->last - q->prev_close);
}

static double percent(ft_price part, ft_price whole)
{
    return whole > 0 ? (double)part / (double)whole * 100 : 0;
}

static double option_only(const struct row *r, double v)
{
    return r->f.is_option ? v : NAN;
}

/* By Qot_Common.SortField; NAN: the kind does not have it. */
static double sort_key(const struct row *r, int32_t field)
{
    const struct ft_quote *q = &r->q;
    const struct ft_warrant_figures *f = &r->f;
    const struct ft_instrument *w = r->inst;
    bool in_line = w->right == FT_INLINE;
    switch (field) {
    case 2: return (double)q->last;
    case 3: return (double)(q->last - q->prev_close);
    case 4: return percent(q->last - q->prev_close, q->prev_close);
    case 5: return f->status;
    case 6: return (double)q->bid;
    case 7: return (double)q->ask;
    case 8: return (double)q->bid_qty;
    case 9: return (double)q->ask_qty;
    case 10: return (double)q->volume;
    case 11: return (double)q->turnover;
    case 12: return f->score;
    case 13: return f->premium;
    case 14: return f->effective_leverage;
    case 15: return option_only(r, f->delta);
    case 16: return option_only(r, f->volatility);
    case 17: return w->right;
    case 18: return f->strike;
    case 19: return f->break_even;
    case 20: return w->maturity_day;
    case 21: return w->listing_day;
    case 22: return w->expiry_day;
    case 23: return f->leverage;
    case 24: return f->moneyness;
    case 25: return f->is_cbbc ? f->recovery : NAN;
    case 26: return f->conversion_price;
    case 27: return f->ratio;
    case 28: return f->street_rate;
    case 29: return (double)f->street_volume;
    case 30: return percent(q->high - q->low, q->prev_close);
    case 32: return w->issuer;
    case 33: return w->lot;
    case 34: return (double)w->issued;
    case 45: return in_line ? f->upper : NAN;
    case 46: return in_line ? f->strike : NAN;
    case 47: return in_line ? f->price_type : NAN;
    }
    return 0; /* code and name are texts */
}

/* What lacks the figure comes last either way; equal ones go by code. */
static int compare(const void *a, const void *b, void *ascending)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    int sign = *(const bool *)ascending ? 1 : -1, order = 0;
    if (x->text) {
        int text = strcmp(x->text, y->text);
        order = text > 0 ? sign : text < 0 ? -sign : 0;
    } else if (isnan(x->key) || isnan(y->key)) {
        order = isnan(x->key) - isnan(y->key);
    } else {
        order = sign * ((x->key > y->key) - (x->key < y->key));
    }
    return order ? order : strcmp(x->inst->code, y->inst->code);
}

/* ---- The answer ----------------------------------------------------------------------------- */

static void fill_terms(struct ft_gateway *gw, const struct row *r, QotGetWarrant__WarrantData *d)
{
    const struct ft_instrument *w = r->inst;
    d->stock = ft_edge_new_security(gw, w);
    d->owner = ft_edge_new_security(gw, ft_universe_at(gw->universe, w->underlying));
    d->name = (char *)ft_edge_name(gw, w);
    d->type = w->right;
    d->issuer = w->issuer;
    d->maturitytime = ft_edge_day(gw, w, w->maturity_day, &d->maturitytimestamp);
    d->listtime = ft_edge_day(gw, w, w->listing_day, &d->listtimestamp);
    d->lasttradetime = ft_edge_day(gw, w, w->expiry_day, &d->lasttradetimestamp);
    d->has_maturitytimestamp = d->has_lasttradetimestamp = 1;
    d->has_listtimestamp = w->listing_day != FT_NO_DAY;
    d->lotsize = w->lot;
    d->issuesize = w->issued;
}

static void fill_quote(const struct row *r, QotGetWarrant__WarrantData *d)
{
    const struct ft_quote *q = &r->q;
    d->lastcloseprice = ft_price_to_double(q->prev_close);
    d->curprice = ft_price_to_double(q->last);
    d->pricechangeval = change(q);
    d->changerate = percent(q->last - q->prev_close, q->prev_close); /* not cut (2.3) */
    d->bidprice = ft_price_to_double(q->bid);
    d->askprice = ft_price_to_double(q->ask);
    d->bidvol = ft_edge_shares(q->bid_qty);
    d->askvol = ft_edge_shares(q->ask_qty);
    d->volume = ft_edge_shares(q->volume);
    d->turnover = ft_money_to_double(q->turnover);
    d->highprice = ft_price_to_double(q->high);
    d->lowprice = ft_price_to_double(q->low);
    d->amplitude = ft_edge_cut(percent(q->high - q->low, q->prev_close), 3);
}

static QotGetWarrant__WarrantData *warrant_data(struct ft_gateway *gw, const struct row *r)
{
    QotGetWarrant__WarrantData *d =
        FT_NEW(gw, QotGetWarrant__WarrantData, qot__get_warrant__warrant_data__init);
    if (!d)
        return NULL;
    const struct ft_warrant_figures *f = &r->f;
    fill_terms(gw, r, d);
    fill_quote(r, d);
    d->conversionratio = f->ratio;
    d->strikeprice = f->strike;
    d->status = f->status;
    d->score = f->score;
    d->premium = f->premium;
    d->breakevenpoint = f->break_even;
    d->leverage = f->leverage;
    d->ipop = f->moneyness;
    d->conversionprice = f->conversion_price;
    d->streetrate = f->street_rate;
    d->streetvol = f->street_volume;
    d->effectiveleverage = f->effective_leverage;
    if ((d->has_impliedvolatility = d->has_delta = f->is_option)) {
        d->impliedvolatility = f->volatility;
        d->delta = f->delta;
    }
    if ((d->has_recoveryprice = d->has_pricerecoveryratio = f->is_cbbc)) {
        d->recoveryprice = f->recovery;
        d->pricerecoveryratio = f->recovery_ratio;
    }
    if (r->inst->right == FT_INLINE) {
        d->has_upperstrikeprice = d->has_lowerstrikeprice = d->has_inlinepricestatus = 1;
        d->upperstrikeprice = f->upper;
        d->lowerstrikeprice = f->strike;
        d->inlinepricestatus = f->price_type;
    }
    return d;
}

/* Matches, as pointers that can be sorted; NULL without memory. */
static struct row **matches(struct ft_gateway *gw, const struct screen *s, size_t *count)
{
    const ft_inst *list = NULL;
    size_t n = s->owner ? ft_derivatives_of(gw->universe, s->owner->index, &list)
                        : ft_universe_count(gw->universe);
    struct row **rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    struct row *spare = NULL;
    *count = 0;
    for (size_t k = 0; rows && k < n; k++) {
        const struct ft_instrument *w = ft_universe_at(gw->universe, list ? list[k] : (ft_inst)k);
        if (w->type != FT_SEC_WARRANT || !terms_fit(s, w, ft_edge_today(gw, w)))
            continue;
        if (!spare && !(spare = ft_arena_alloc(&gw->arena, sizeof *spare)))
            return NULL;
        *spare = (struct row){.inst = w, .q = *ft_quote_cached(gw, w->index)};
        ft_warrant_figures(gw, w, spare->q.last, &spare->f);
        if (!figures_fit(s, spare))
            continue;
        int32_t field = s->c2s->sortfield;
        spare->key = sort_key(spare, field);
        spare->text = field == 1 ? w->code : field == 31 ? ft_edge_name(gw, w) : NULL;
        rows[(*count)++] = spare;
        spare = NULL;
    }
    return rows;
}

void ft_handle_warrant(struct ft_gateway *gw, struct ft_request *req)
{
    struct screen s = {.c2s = ((const QotGetWarrant__Request *)req->msg)->c2s};
    if (!read_screen(gw, req, &s))
        return;
    size_t n;
    struct row **rows = matches(gw, &s, &n);
    QotGetWarrant__S2C s2c = QOT__GET_WARRANT__S2_C__INIT;
    if (rows) {
        bool ascending = s.c2s->ascend;
        qsort_r(rows, n, sizeof *rows, compare, &ascending);
        size_t begin = (size_t)s.c2s->begin < n ? (size_t)s.c2s->begin : n;
        size_t end = n - begin > (size_t)s.c2s->num ? begin + (size_t)s.c2s->num : n;
        s2c.warrantdatalist = ft_arena_alloc(&gw->arena, (end - begin + 1) * sizeof(void *));
        for (size_t k = begin; s2c.warrantdatalist && k < end; k++)
            s2c.warrantdatalist[s2c.n_warrantdatalist++] = warrant_data(gw, rows[k]);
        s2c.lastpage = end == n;
        s2c.allcount = (int32_t)n;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetWarrant__Response r = QOT__GET_WARRANT__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
