/* Options of an underlying: 3224 their expiry days, 3209 the chain
 * (quote-derivatives-screening.md 2.1, 2.2). */
#include "gateway/bounds.h"
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/quote_cache.h"

#include "Qot_GetOptionChain.pb-c.h"
#include "Qot_GetOptionExpirationDate.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { EXPIRIES_MAX = 256 };

/* What options can be on. */
static const struct ft_instrument *need_owner(struct ft_gateway *gw, struct ft_request *req,
                                              const QotCommon__Security *s, int32_t index_type)
{
    const struct ft_instrument *owner = ft_edge_need(gw, req, s);
    if (!owner || !ft_need_number(gw, req, "indexOptionType", index_type, 0, 2))
        return NULL;
    if (owner->type != FT_SEC_STOCK && owner->type != FT_SEC_ETF && owner->type != FT_SEC_INDEX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "owner %s has no options: stocks, funds and indices may have",
                               "owner %s 没有期权：仅支持正股、基金和指数"),
                       ft_edge_label(gw, owner->market, owner->code));
        return NULL;
    }
    return owner;
}

/* Living options of the owner. The kind of index option matters for indices only, and 0 means all
 * (the Python client sends 1 for stocks too). Arena; NULL without memory. */
static const struct ft_instrument **options_of(struct ft_gateway *gw,
                                               const struct ft_instrument *owner,
                                               int32_t index_type, ft_day from, ft_day to,
                                               size_t *count)
{
    const ft_inst *list;
    size_t n = ft_derivatives_of(gw->universe, owner->index, &list);
    const struct ft_instrument **out = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *out);
    *count = 0;
    for (size_t k = 0; out && k < n; k++) {
        const struct ft_instrument *o = ft_universe_at(gw->universe, list[k]);
        if (o->type == FT_SEC_OPTION && o->expiry_day >= from && o->expiry_day <= to &&
            (!index_type || owner->type != FT_SEC_INDEX || o->index_option == index_type))
            out[(*count)++] = o;
    }
    return out;
}

/* Expiry, strike, root (codes begin with it), calls first. */
static int by_place(const void *a, const void *b)
{
    const struct ft_instrument *x = *(const struct ft_instrument *const *)a;
    const struct ft_instrument *y = *(const struct ft_instrument *const *)b;
    if (x->expiry_day != y->expiry_day)
        return x->expiry_day < y->expiry_day ? -1 : 1;
    if (x->strike != y->strike)
        return x->strike < y->strike ? -1 : 1;
    return strcmp(x->code, y->code);
}

/* ---- 3224 ----------------------------------------------------------------------------------- */

void ft_handle_option_expiry(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetOptionExpirationDate__C2S *c2s =
        ((const QotGetOptionExpirationDate__Request *)req->msg)->c2s;
    int32_t index_type = c2s->has_indexoptiontype ? c2s->indexoptiontype : 0;
    const struct ft_instrument *owner = need_owner(gw, req, c2s->owner, index_type);
    if (!owner)
        return;
    ft_day today = ft_edge_today(gw, owner);
    size_t n;
    const struct ft_instrument **options =
        options_of(gw, owner, index_type, today, INT32_MAX, &n);
    QotGetOptionExpirationDate__S2C s2c = QOT__GET_OPTION_EXPIRATION_DATE__S2_C__INIT;
    s2c.datelist = ft_arena_alloc(&gw->arena, EXPIRIES_MAX * sizeof *s2c.datelist);
    if (options && n)
        qsort(options, n, sizeof *options, by_place);
    ft_day last = FT_NO_DAY;
    for (size_t k = 0; s2c.datelist && options && k < n && s2c.n_datelist < EXPIRIES_MAX; k++) {
        const struct ft_instrument *o = options[k];
        if (o->expiry_day == last)
            continue;
        last = o->expiry_day;
        QotGetOptionExpirationDate__OptionExpirationDate *d =
            FT_NEW(gw, QotGetOptionExpirationDate__OptionExpirationDate,
                   qot__get_option_expiration_date__option_expiration_date__init);
        if (!d)
            break;
        d->striketime = ft_edge_day(gw, o, o->expiry_day, &d->striketimestamp);
        d->has_striketimestamp = 1;
        d->optionexpirydatedistance = o->expiry_day - today;
        d->has_cycle = o->cycle != 0; /* filled when known (7.1) */
        d->cycle = o->cycle;
        s2c.datelist[s2c.n_datelist++] = d;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetOptionExpirationDate__Response r = QOT__GET_OPTION_EXPIRATION_DATE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3209 ----------------------------------------------------------------------------------- */

enum { IV, DELTA, GAMMA, VEGA, THETA, RHO, NET_INTEREST, INTEREST, VOLUME, BOUNDS };

struct chain_filter {
    struct ft_bound bounds[BOUNDS];
    int32_t type, condition;
    ft_day from, to;
    bool wants_greeks;
};

static bool read_bounds(struct ft_gateway *gw, struct ft_request *req,
                        const QotGetOptionChain__DataFilter *d, struct chain_filter *f)
{
    if (!d)
        return true;
    const struct ft_bound bounds[BOUNDS] = {
        [IV] = FT_BOUND(d, impliedvolatilitymin, impliedvolatilitymax, "impliedVolatilityMin",
                        "impliedVolatilityMax"),
        [DELTA] = FT_BOUND(d, deltamin, deltamax, "deltaMin", "deltaMax"),
        [GAMMA] = FT_BOUND(d, gammamin, gammamax, "gammaMin", "gammaMax"),
        [VEGA] = FT_BOUND(d, vegamin, vegamax, "vegaMin", "vegaMax"),
        [THETA] = FT_BOUND(d, thetamin, thetamax, "thetaMin", "thetaMax"),
        [RHO] = FT_BOUND(d, rhomin, rhomax, "rhoMin", "rhoMax"),
        [NET_INTEREST] = FT_BOUND(d, netopeninterestmin, netopeninterestmax, "netOpenInterestMin",
                                  "netOpenInterestMax"),
        [INTEREST] = FT_BOUND(d, openinterestmin, openinterestmax, "openInterestMin",
                              "openInterestMax"),
        [VOLUME] = FT_BOUND(d, volmin, volmax, "volMin", "volMax"),
    };
    memcpy(f->bounds, bounds, sizeof bounds);
    for (int k = 0; k < BOUNDS; k++) {
        /* Greeks have three decimals; volatility, interest and volume none. */
        if (!ft_bound_settle(gw, req, &f->bounds[k], k >= DELTA && k <= RHO ? 3 : 0))
            return false;
        f->wants_greeks |= k <= RHO && ft_bound_used(&f->bounds[k]);
    }
    return true;
}

/* Plain days, or days with a time (the Python client writes 00:00:00). */
static bool read_span(struct ft_gateway *gw, struct ft_request *req,
                      const QotGetOptionChain__C2S *c2s, ft_day today, struct chain_filter *f)
{
    struct ft_err err = {0};
    int64_t ns;
    int has_time;
    if (ft_datetime_parse(c2s->begintime, "beginTime", &f->from, &ns, &has_time, &err) ||
        ft_datetime_parse(c2s->endtime, "endTime", &f->to, &ns, &has_time, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return false;
    }
    if (f->from > f->to) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "beginTime %s is after endTime %s",
                               "beginTime %s 晚于 endTime %s"), c2s->begintime, c2s->endtime);
        return false;
    }
    int most = (int)ft_request_max(req, FT_MAX_OPTION_CHAIN_DAYS);
    if (f->to - f->from > most) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "beginTime %s to endTime %s are %d days: at most %d are allowed",
                               "beginTime %s 至 endTime %s 共 %d 天：最多 %d 天"),
                       c2s->begintime, c2s->endtime, f->to - f->from, most);
        return false;
    }
    if (f->to < today) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "endTime %s has passed: expired chains cannot be asked for",
                               "endTime %s 已过：不支持查询已到期的期权链"), c2s->endtime);
        return false;
    }
    if (f->from < today)
        f->from = today;
    return true;
}

/* What the owner's options are measured by, worked out once. */
struct chain_now {
    double spot;
    int64_t at; /* a moment inside the options' trading */
};

static ft_price price_now(struct ft_gateway *gw, const struct ft_instrument *o,
                          const struct chain_now *now)
{
    const struct ft_tape *tape = ft_world_live(gw->world, o->index);
    return tape && tape->last > 0 ? tape->last
                                  : ft_model_derived(ft_world_model(gw->world), o->index, now->at);
}

static bool passes(struct ft_gateway *gw, const struct ft_instrument *o,
                   const struct chain_filter *f, const struct chain_now *now)
{
    if (f->type && o->right != f->type)
        return false;
    if (f->condition) {
        double strike = ft_price_to_double(o->strike);
        bool within = o->right == FT_CALL ? now->spot > strike : now->spot < strike;
        if (within != (f->condition == 1))
            return false;
    }
    const struct ft_bound *b = f->bounds;
    if (ft_bound_used(&b[INTEREST]) || ft_bound_used(&b[NET_INTEREST])) {
        struct ft_moment m;
        ft_moment_at(ft_universe_timetables(gw->universe), o->profile,
                     ft_model_hours(ft_world_model(gw->world)), ft_world_now(gw->world), &m);
        double held =
            ft_qty_to_double(ft_world_open_interest(gw->world, o->index, m.trading_day));
        /* As in the snapshot: net interest is known for Hong Kong only, and is the interest. */
        if (!ft_bound_holds(&b[INTEREST], held) ||
            (ft_bound_used(&b[NET_INTEREST]) &&
             (o->market != FT_MARKET_HK || !ft_bound_holds(&b[NET_INTEREST], held))))
            return false;
    }
    if (ft_bound_used(&b[VOLUME])) {
        const struct ft_tape *tape = ft_world_live(gw->world, o->index);
        ft_qty volume = tape ? tape->regular.volume
                             : ft_model_volume_until(ft_world_model(gw->world), o->index,
                                                     ft_world_now(gw->world));
        if (!ft_bound_holds(&b[VOLUME], ft_qty_to_double(volume)))
            return false;
    }
    if (!f->wants_greeks)
        return true;
    struct ft_option_figures live = {0}, *g;
    bool known;
    if (!(g = ft_option_cached(gw, o->index, &known)))
        g = &live;
    if (!known)
        ft_option_figures(gw, o, price_now(gw, o, now), now->spot, g);
    return ft_bound_holds(&b[IV], g->volatility * 100) &&
           ft_bound_holds(&b[DELTA], g->greeks.delta) && ft_bound_holds(&b[GAMMA], g->greeks.gamma) &&
           ft_bound_holds(&b[VEGA], g->greeks.vega) && ft_bound_holds(&b[THETA], g->greeks.theta) &&
           ft_bound_holds(&b[RHO], g->greeks.rho);
}

/* Whether two neighbours in order are the call and the put of one strike: codes differ in a letter
 * behind the root and the day. */
static bool one_strike(const struct ft_instrument *x, const struct ft_instrument *y)
{
    size_t at = 0;
    while (x->code[at] && x->code[at] == y->code[at])
        at++;
    return x->expiry_day == y->expiry_day && x->strike == y->strike && x->right != y->right &&
           x->code[at] == 'C' && y->code[at] == 'P' && strcmp(x->code + at + 1, y->code + at + 1) == 0;
}

/* Entries of one expiry day each, one item per strike. */
static void fill_chain(struct ft_gateway *gw, const struct ft_instrument *const *options, size_t n,
                       QotGetOptionChain__S2C *s2c)
{
    s2c->optionchain = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c->optionchain);
    for (size_t k = 0; s2c->optionchain && k < n;) {
        QotGetOptionChain__OptionChain *chain =
            FT_NEW(gw, QotGetOptionChain__OptionChain, qot__get_option_chain__option_chain__init);
        size_t end = k;
        while (end < n && options[end]->expiry_day == options[k]->expiry_day)
            end++;
        if (!chain || !(chain->option = ft_arena_alloc(&gw->arena, (end - k) * sizeof *chain->option)))
            return;
        chain->striketime = ft_edge_day(gw, options[k], options[k]->expiry_day,
                                        &chain->striketimestamp);
        chain->has_striketimestamp = 1;
        while (k < end) {
            QotGetOptionChain__OptionItem *item =
                FT_NEW(gw, QotGetOptionChain__OptionItem, qot__get_option_chain__option_item__init);
            if (!item)
                return;
            const struct ft_instrument *o = options[k++];
            *(o->right == FT_CALL ? &item->call : &item->put) = ft_build_static_info(gw, o);
            if (k < end && one_strike(o, options[k]))
                item->put = ft_build_static_info(gw, options[k++]);
            chain->option[chain->n_option++] = item;
        }
        s2c->optionchain[s2c->n_optionchain++] = chain;
    }
}

void ft_handle_option_chain(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetOptionChain__C2S *c2s = ((const QotGetOptionChain__Request *)req->msg)->c2s;
    struct chain_filter f = {.type = c2s->has_type ? c2s->type : 0,
                             .condition = c2s->has_condition ? c2s->condition : 0};
    int32_t index_type = c2s->has_indexoptiontype ? c2s->indexoptiontype : 0;
    const struct ft_instrument *owner = need_owner(gw, req, c2s->owner, index_type);
    if (!owner || !ft_need_number(gw, req, "type", f.type, 0, 2) ||
        !ft_need_number(gw, req, "condition", f.condition, 0, 2) ||
        !read_span(gw, req, c2s, ft_edge_today(gw, owner), &f) ||
        !read_bounds(gw, req, c2s->datafilter, &f))
        return;
    size_t n, kept = 0;
    const struct ft_instrument **options = options_of(gw, owner, index_type, f.from, f.to, &n);
    QotGetOptionChain__S2C s2c = QOT__GET_OPTION_CHAIN__S2_C__INIT;
    if (options && n) {
        const struct ft_model *model = ft_world_model(gw->world);
        int64_t now = ft_world_now(gw->world);
        struct chain_now measure = {
            .spot = ft_underlying_now(gw, options[0]),
            .at = ft_model_trading_moment(model, options[0]->index, now)};
        for (size_t k = 0; k < n; k++)
            if (passes(gw, options[k], &f, &measure))
                options[kept++] = options[k];
        qsort(options, kept, sizeof *options, by_place);
        fill_chain(gw, options, kept, &s2c);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetOptionChain__Response r = QOT__GET_OPTION_CHAIN__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
