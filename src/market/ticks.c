/* Tick tables: bands of prices with their steps, dated (data/tick_tables.csv). */
#include "market/universe.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME, FROM, BOUND, TICK };

int ft_tick_table_find(const struct ft_universe *u, const char *name)
{
    for (size_t i = 0; i < u->tick_names; i++)
        if (strcmp(u->tick_name[i], name) == 0)
            return (int)i;
    return -1;
}

/* ---- Loading ------------------------------------------------------------------------------ */

static int new_table(struct ft_loader *l, const char *name)
{
    struct ft_universe *u = l->u;
    if (name[0] == '\0' || strlen(name) > FT_TICK_NAME_MAX)
        return ft_csv_fault(&l->csv, NAME, l->err, "'%.40s' is empty or too long", name);
    if (ft_tick_table_find(u, name) >= 0)
        return ft_csv_fault(&l->csv, NAME, l->err, "rows of %s do not stand together", name);
    if (u->tick_names == FT_TICK_TABLES_MAX)
        return ft_csv_fault(&l->csv, NAME, l->err, "more than %d tables", FT_TICK_TABLES_MAX);
    void *names = realloc(u->tick_name, (u->tick_names + 1) * sizeof *u->tick_name);
    if (!names)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for tick tables");
    u->tick_name = names;
    snprintf(u->tick_name[u->tick_names++], FT_TICK_NAME_MAX + 1, "%s", name);
    return 0;
}

/* The version that the row belongs to, a new one where the table or the date changes. */
static struct ft_tick_version *version_of(struct ft_loader *l, ft_day from)
{
    struct ft_universe *u = l->u;
    const char *name = ft_csv_text(&l->csv, NAME);
    struct ft_tick_version *v = u->tick_versions ? &u->tick_version[u->tick_versions - 1] : NULL;
    bool same = v && u->tick_names && strcmp(u->tick_name[u->tick_names - 1], name) == 0;
    if (same && v->from == from)
        return v;
    if (same && v->from > from) {
        ft_csv_fault(&l->csv, FROM, l->err, "dates of a table must ascend");
        return NULL;
    }
    if (!same && new_table(l, name) != 0)
        return NULL;
    v = realloc(u->tick_version, (u->tick_versions + 1) * sizeof *v);
    if (!v) {
        ft_err_set(l->err, FT_ENOMEM, "no memory for tick tables");
        return NULL;
    }
    u->tick_version = v;
    v += u->tick_versions++;
    *v = (struct ft_tick_version){.table = (uint16_t)(u->tick_names - 1), .from = from};
    return v;
}

/* Prices have six decimals; of a finer tick (1/128 of a point) only every second or fourth price
 * can be written, so that grid is used. */
static int read_tick(struct ft_loader *l, ft_price *out)
{
    enum { FINE = 9, FINER = 1000 }; /* FINER = 10^(FINE - FT_PRICE_DECIMALS) */
    int64_t fine;
    if (ft_csv_fixed(&l->csv, TICK, FINE, &fine, l->err) != 0)
        return -1;
    if (fine <= 0 || fine > INT64_C(1000000000) * 1000000)
        return ft_csv_fault(&l->csv, TICK, l->err, "a tick must be above 0 and at most 1000000");
    for (int i = 0; i < 3 && fine % FINER != 0; i++)
        fine *= 2;
    if (fine % FINER != 0)
        return ft_csv_fault(&l->csv, TICK, l->err, "prices of six decimals have no such grid");
    *out = fine / FINER;
    return 0;
}

static int add_band(struct ft_loader *l)
{
    ft_day from;
    ft_price tick = 0, bound = INT64_MAX;
    if (ft_csv_day(&l->csv, FROM, &from, l->err) != 0 || read_tick(l, &tick) != 0)
        return -1;
    if (ft_csv_text(&l->csv, BOUND)[0] != '\0' && ft_load_positive(l, BOUND, 6, &bound) != 0)
        return -1;
    struct ft_tick_version *v = version_of(l, from);
    if (!v)
        return -1;
    FT_CHECK(tick > 0); /* ft_load_positive has seen to it */
    if (v->count == FT_TICK_BANDS_MAX)
        return ft_csv_fault(&l->csv, -1, l->err, "more than %d bands", FT_TICK_BANDS_MAX);
    ft_price low = v->count ? v->bound[v->count - 1] : 0;
    if (bound <= low)
        return ft_csv_fault(&l->csv, BOUND, l->err, "bands must ascend");
    if (low % tick != 0 || (bound != INT64_MAX && bound % tick != 0))
        return ft_csv_fault(&l->csv, TICK, l->err, "the band's bounds are not on its grid");
    v->bound[v->count] = bound;
    v->tick[v->count++] = tick;
    return 0;
}

int ft_load_ticks(struct ft_loader *l)
{
    static const char *const columns[] = {"table", "effective_from", "upper_bound", "tick", NULL};
    struct ft_universe *u = l->u;
    if (ft_load_open(l, "tick_tables.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0)
        if (add_band(l) != 0)
            return -1;
    if (got != 0)
        return -1;
    u->tick_first = calloc(u->tick_names + 1, sizeof *u->tick_first);
    if (!u->tick_first)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for tick tables");
    for (size_t i = 0; i < u->tick_versions; i++)
        u->tick_first[u->tick_version[i].table + 1] = (uint32_t)i + 1;
    return 0;
}

/* ---- Answers ------------------------------------------------------------------------------ */

static const struct ft_tick_version *version_at(const struct ft_universe *u, uint16_t table,
                                                ft_day day)
{
    FT_CHECK(table < u->tick_names);
    size_t first = u->tick_first[table], i = u->tick_first[table + 1] - 1;
    while (i > first && u->tick_version[i].from > day)
        i--;
    return &u->tick_version[i];
}

size_t ft_tick_bands(const struct ft_universe *u, uint16_t table, ft_day day,
                     const ft_price **bounds, const ft_price **ticks)
{
    const struct ft_tick_version *v = version_at(u, table, day);
    *bounds = v->bound;
    *ticks = v->tick;
    return v->count;
}

/* The band of a price; one equal to a bound counts for the upper band if `up`. */
static int band_of(const struct ft_tick_version *v, ft_price price, bool up)
{
    int i = 0;
    while (i < v->count - 1 && (v->bound[i] < price || (up && v->bound[i] == price)))
        i++;
    return i;
}

ft_price ft_tick_size(const struct ft_universe *u, const struct ft_instrument *inst, ft_day day,
                      ft_price price, bool up)
{
    const struct ft_tick_version *v = version_at(u, inst->tick_table, day);
    return v->tick[band_of(v, price, up)];
}

ft_price ft_tick_round(const struct ft_universe *u, const struct ft_instrument *inst, ft_day day,
                       ft_price price)
{
    const struct ft_tick_version *v = version_at(u, inst->tick_table, day);
    if (price <= v->tick[0])
        return v->tick[0];
    ft_price tick = v->tick[band_of(v, price, false)];
    ft_price low = price - price % tick; /* not below the band: its bounds are on its grid */
    if (price - low < tick - (price - low) || low > INT64_MAX - tick)
        return low;
    return low + tick;
}
