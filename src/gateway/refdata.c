#include "gateway/refdata.h"

#include "base/log.h"
#include "gateway/edge.h"
#include "gateway/gateway.h"
#include "market/embedded.h"

#include <string.h>

/* Files of data/refdata/. */
static const char *const shipped_files[] = {
    "refdata/insiders.jsonl",
    "refdata/short_interest.jsonl",
    "refdata/buybacks.csv",
};

enum { HISTORY_DAYS = 1100, ISSUED_UNKNOWN = 100000000 };

/* ---- Start and end -------------------------------------------------------------------------------- */

struct shipped {
    const struct ft_universe *u;
    const char *file;
    struct ft_err *err;
};

static int lookup_shipped(void *user, const char *security)
{
    return ft_edge_stock_market(((struct shipped *)user)->u, security);
}

static void say_shipped(void *user, uint32_t line, const char *text)
{
    struct shipped *s = user;
    ft_err_set(s->err, FT_ECORRUPT, "data/%s:%u: %s", s->file, line, text);
}

static int read_shipped(struct ft_refdata *r, const struct ft_universe *u, struct ft_err *err)
{
    struct shipped s = {.u = u, .err = err};
    struct ft_ref_reader reader = {.lookup = lookup_shipped, .say = say_shipped, .user = &s};
    ft_ref_records_init(&r->shipped);
    for (size_t k = 0; k < sizeof shipped_files / sizeof shipped_files[0]; k++) {
        size_t len;
        s.file = shipped_files[k];
        const char *text = ft_embedded_data(NULL, s.file, &len);
        if (!text)
            return ft_err_set(err, FT_ENOTFOUND, "data/%s is not in this program", s.file);
        if (ft_ref_read(&reader, text, len, &r->shipped))
            return -1;
    }
    return 0;
}

int ft_refdata_start(struct ft_gateway *gw, struct ft_store *store, struct ft_err *err)
{
    struct ft_refdata *r = &gw->refdata;
    if (!store)
        store = r->own = ft_store_open(gw->config.data_dir, FT_DURABLE_FULL, NULL, NULL, err);
    r->store = store;
    return store ? read_shipped(r, gw->universe, err) : -1;
}

void ft_refdata_free(struct ft_gateway *gw)
{
    ft_store_close(gw->refdata.own);
    ft_ref_records_free(&gw->refdata.shipped);
    gw->refdata = (struct ft_refdata){0};
}

/* ---- Records of an instrument --------------------------------------------------------------------- */

struct collect {
    struct ft_gateway *gw;
    const struct ft_ref_decl *d;
    int list;
    struct ft_ref_rows *out;
    size_t cap;
    struct ft_err *err;
};

static int collect(struct collect *c, uint32_t seq, const void *bytes, size_t len)
{
    struct ft_arena *arena = &c->gw->arena;
    ProtobufCMessage *m = ft_ref_unpack(c->d, c->list, seq, bytes, len, arena, c->err);
    if (!m)
        return -1;
    if (seq == 0) {
        c->out->figures = m;
        return 0;
    }
    if (c->out->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 64;
        ProtobufCMessage **more = ft_arena_alloc(arena, cap * sizeof *more);
        if (!more)
            return ft_err_set(c->err, FT_ENOMEM, "no memory for the records");
        if (c->cap)
            memcpy(more, c->out->row, c->cap * sizeof *more);
        c->out->row = more;
        c->cap = cap;
    }
    c->out->row[c->out->count++] = m;
    return 0;
}

static int each_stored(void *user, const struct ft_store_refdata *row)
{
    return collect(user, row->seq, row->record, row->len);
}

static size_t world_bars(struct ft_gateway *gw, const struct ft_instrument *inst, ft_day today,
                         struct ft_ref_bar **out)
{
    struct ft_bar *bar = ft_arena_alloc(&gw->arena, HISTORY_DAYS * sizeof *bar);
    *out = ft_arena_alloc(&gw->arena, HISTORY_DAYS * sizeof **out);
    if (!bar || !*out)
        return 0;
    bool more;
    /* Not until 24:00, which is 00:00 of today, whose bar is not over. */
    size_t n = ft_world_history_bars(gw->world, inst->index, FT_BAR_DAY, 0, today - HISTORY_DAYS, 0,
                                     today - 1, 1439, bar, HISTORY_DAYS, &more),
           kept = 0;
    for (size_t k = 0; k < n; k++) {
        if (!bar[k].prev_close)
            continue;
        (*out)[kept++] = (struct ft_ref_bar){
            .day = bar[k].day,
            .open = ft_price_to_double(bar[k].open),
            .high = ft_price_to_double(bar[k].high),
            .low = ft_price_to_double(bar[k].low),
            .close = ft_price_to_double(bar[k].close),
            .last_close = ft_price_to_double(bar[k].prev_close),
            .volume = (double)ft_edge_shares(bar[k].volume),
            .turnover = ft_money_to_double(bar[k].turnover),
        };
    }
    return kept;
}

static size_t world_actions(struct ft_gateway *gw, const struct ft_instrument *inst, ft_day today,
                            struct ft_ref_action **out)
{
    const struct ft_rehab *events;
    size_t n = ft_model_rehab(ft_world_model(gw->world), inst->index, today, &events);
    *out = ft_arena_alloc(&gw->arena, (n + 1) * sizeof **out);
    for (size_t k = 0; k < n && *out; k++)
        (*out)[k] = (struct ft_ref_action){
            .ex_day = events[k].ex_day,
            .dividend = ft_price_to_double(events[k].dividend),
            .from = events[k].join_ert ? events[k].join_base : events[k].split_base,
            .to = events[k].join_ert ? events[k].join_ert : events[k].split_ert,
        };
    return *out ? n : 0;
}

static int simulate(struct ft_gateway *gw, const struct ft_ref_decl *d, int list,
                    const struct ft_instrument *inst, struct ft_ref_rows *out, struct ft_err *err)
{
    const struct ft_timetables *t = ft_universe_timetables(gw->universe);
    struct ft_moment now;
    struct ft_ref_bar *bar;
    struct ft_ref_action *action;
    ft_moment_at(t, inst->profile, ft_model_hours(ft_world_model(gw->world)),
                 ft_world_now(gw->world), &now);
    size_t bars = world_bars(gw, inst, now.local_day, &bar);
    size_t actions = world_actions(gw, inst, now.local_day, &action);
    if (gw->arena.refused)
        return ft_err_set(err, FT_ENOMEM, "no memory for the records");
    struct ft_ref_company company = {
        .seed = (uint64_t)gw->config.sim_seed ^ ft_instrument_key(inst),
        .market = inst->market,
        .code = inst->code,
        .chinese = gw->config.lang == FT_LANG_CHS,
        .today = now.local_day,
        .zone = ft_profile_tz(t, inst->profile),
        .issued = inst->issued > 0 ? inst->issued : ISSUED_UNKNOWN,
        .lot = inst->lot > 0 ? inst->lot : 1,
        .bar = bar,
        .bars = bars,
        .action = action,
        .actions = actions,
    };
    return ft_ref_simulate(d, list, &company, &gw->arena, out, err);
}

int ft_refdata_rows(struct ft_gateway *gw, const struct ft_ref_decl *d, int list,
                    const struct ft_instrument *inst, struct ft_ref_rows *out, struct ft_err *err)
{
    const char *security = ft_edge_label(gw, inst->market, inst->code);
    struct collect c = {.gw = gw, .d = d, .list = list, .out = out, .err = err};
    *out = (struct ft_ref_rows){0};
    int stored = ft_store_refdata(gw->refdata.store, d->protocol, security, each_stored, &c, err);
    if (stored)
        return stored < 0 ? -1 : 0;
    size_t n;
    const struct ft_ref_records *shipped = &gw->refdata.shipped;
    const struct ft_ref_record *rec = ft_ref_records_find(shipped, d->protocol, security, &n);
    if (!rec)
        return simulate(gw, d, list, inst, out, err);
    for (size_t k = 0; k < n; k++)
        if (collect(&c, rec[k].seq, ft_buf_head(&shipped->bytes) + rec[k].at, rec[k].len))
            return -1;
    return 0;
}
