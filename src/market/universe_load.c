/* Loading the universe: the order of the files, and what several of them share. */
#include "market/universe.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

int ft_load_open(struct ft_loader *l, const char *file, const char *const *columns)
{
    size_t len;
    const char *text = l->read(l->user, file, &len);
    if (!text)
        return ft_err_set(l->err, FT_ENOTFOUND, "%s: there is no such data file", file);
    return ft_csv_open(&l->csv, file, text, len, columns, false, l->err);
}

/* ---- Shared columns ----------------------------------------------------------------------- */

static const struct {
    const char *word;
    int number;
} markets[] = {
    {"HK", FT_MARKET_HK}, {"US", FT_MARKET_US}, {"SH", FT_MARKET_SH},
    {"SZ", FT_MARKET_SZ}, {"SG", FT_MARKET_SG}, {"JP", FT_MARKET_JP},
};
enum { MARKETS = sizeof markets / sizeof markets[0] };

int ft_market_number(const char *word)
{
    for (int i = 0; i < MARKETS; i++)
        if (strcmp(markets[i].word, word) == 0)
            return markets[i].number;
    return -1;
}

const char *ft_market_word(int market)
{
    for (int i = 0; i < MARKETS; i++)
        if (markets[i].number == market)
            return markets[i].word;
    return "?";
}

int ft_load_market(struct ft_loader *l, int column, uint8_t *out)
{
    static const char *const words[] = {"HK", "US", "SH", "SZ", "SG", "JP", NULL};
    int i;
    if (ft_csv_word(&l->csv, column, words, &i, l->err) != 0)
        return -1;
    *out = (uint8_t)ft_market_number(words[i]);
    return 0;
}

int ft_load_exchange(struct ft_loader *l, int column, uint8_t *out)
{
    /* Places are Qot_Common.ExchType numbers. */
    static const char *const words[] = {
        "N/A",     "HK_MAINBOARD", "HK_GEMBOARD", "HK_HKEX",  "US_NYSE",   "US_NASDAQ",
        "US_PINK", "US_AMEX",      "US_OPTION",   "US_NYMEX", "US_COMEX",  "US_CBOT",
        "US_CME",  "US_CBOE",      "CN_SH",       "CN_SZ",    "CN_STIB",   "SG_SGX",
        "JP_OSE",  "CC_CRYPTO",    "MY_MYX",      "JP_TSE",   "JP_NIKKEI", NULL};
    int i;
    if (ft_csv_word(&l->csv, column, words, &i, l->err) != 0)
        return -1;
    *out = (uint8_t)i;
    return 0;
}

int ft_load_currency(struct ft_loader *l, int column, uint8_t *out)
{
    static const char *const words[] = {"HKD", "USD", "CNH", "JPY", "SGD", "CNY", NULL};
    int i;
    if (ft_csv_word(&l->csv, column, words, &i, l->err) != 0)
        return -1;
    *out = (uint8_t)(i == 5 ? FT_CNY : i);
    return 0;
}

int ft_load_tick_table(struct ft_loader *l, int column, uint16_t *out)
{
    const char *name = ft_csv_text(&l->csv, column);
    int table = ft_tick_table_find(l->u, name);
    if (table < 0)
        return ft_csv_fault(&l->csv, column, l->err, "there is no tick table '%.40s'", name);
    *out = (uint16_t)table;
    return 0;
}

int ft_load_profile(struct ft_loader *l, int column, int8_t *out)
{
    const char *name = ft_csv_text(&l->csv, column);
    int profile = ft_profile_find(l->u->timetables, name);
    if (profile < 0)
        return ft_csv_fault(&l->csv, column, l->err, "there is no timetable '%.40s'", name);
    *out = (int8_t)profile;
    return 0;
}

int ft_load_positive(struct ft_loader *l, int column, int decimals, int64_t *out)
{
    int64_t limit = 1000000000;
    for (int i = 0; i < decimals; i++)
        limit *= 10;
    if (ft_csv_fixed(&l->csv, column, decimals, out, l->err) != 0)
        return -1;
    if (*out <= 0 || *out > limit)
        return ft_csv_fault(&l->csv, column, l->err, "%s is not above 0 and at most 1000000000",
                            ft_csv_text(&l->csv, column));
    return 0;
}

/* ---- Brokers ------------------------------------------------------------------------------ */

struct broker_row {
    int32_t id;
    uint32_t name[3];
};

/* The rows, NULL with the loader's err set; the caller frees them. */
static struct broker_row *read_brokers(struct ft_loader *l, size_t *count)
{
    static const char *const columns[] = {"broker_id", "name_en", "name_sc", "name_tc", NULL};
    if (ft_load_open(l, "brokers.csv", columns) != 0)
        return NULL;
    int got = 0;
    size_t n = 0, cap = 64;
    struct broker_row *rows = calloc(cap, sizeof *rows);
    while (rows && (got = ft_csv_next(&l->csv, l->err)) > 0) {
        int64_t id;
        if (n == cap) {
            struct broker_row *more = realloc(rows, 2 * cap * sizeof *rows);
            if (!more)
                break;
            rows = more;
            cap *= 2;
        }
        struct broker_row *row = &rows[n++];
        if (ft_csv_int(&l->csv, 0, 1, INT32_MAX, &id, l->err) != 0)
            goto fail;
        row->id = (int32_t)id;
        for (int k = 0; k < 3; k++) {
            if (ft_csv_text(&l->csv, 1 + k)[0] == '\0') {
                ft_csv_fault(&l->csv, 1 + k, l->err, "a broker needs a name");
                goto fail;
            }
            if (ft_universe_text(l->u, ft_csv_text(&l->csv, 1 + k), &row->name[k], l->err) != 0)
                goto fail;
        }
    }
    *count = n;
    if (rows && got == 0)
        return rows;
    if (got >= 0)
        ft_err_set(l->err, FT_ENOMEM, "no memory for brokers");
fail:
    free(rows);
    return NULL;
}

/* Last of all loaders: its pointers into the text hold because nothing is added after it. */
int ft_load_brokers(struct ft_loader *l)
{
    struct ft_universe *u = l->u;
    size_t n = 0;
    struct broker_row *rows = read_brokers(l, &n);
    if (!rows)
        return -1;
    u->broker = calloc(n + 1, sizeof *u->broker);
    for (size_t i = 0; u->broker && i < n; i++) {
        u->broker[i].id = rows[i].id;
        for (int k = 0; k < 3; k++)
            u->broker[i].name[k] = u->text + rows[i].name[k];
    }
    free(rows);
    if (!u->broker)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for brokers");
    u->brokers = n;
    return 0;
}

/* ---- Derivatives of an underlying --------------------------------------------------------- */

static int by_code(const void *a, const void *b, void *universe)
{
    const struct ft_universe *u = universe;
    return strcmp(u->inst[*(const ft_inst *)a].code, u->inst[*(const ft_inst *)b].code);
}

static int link_derivatives(struct ft_universe *u, struct ft_err *err)
{
    struct ft_pair *pairs = malloc((u->count + 1) * sizeof *pairs);
    if (!pairs)
        return ft_err_set(err, FT_ENOMEM, "no memory for lists of instruments");
    size_t n = 0;
    for (size_t i = 0; i < u->count; i++)
        if (u->inst[i].underlying != FT_NO_INST && !u->inst[i].is_continuous)
            pairs[n++] = (struct ft_pair){u->inst[i].underlying, (ft_inst)i};
    int rc = ft_groups_build(&u->derivatives, pairs, n, u->count, err);
    free(pairs);
    if (rc != 0)
        return -1;
    for (size_t k = 0; k < u->count; k++) {
        size_t first = u->derivatives.start[k], end = u->derivatives.start[k + 1];
        if (end - first > 1)
            qsort_r(u->derivatives.item + first, end - first, sizeof(ft_inst), by_code, u);
    }
    return 0;
}

/* ---- All together ------------------------------------------------------------------------- */

static int load(struct ft_loader *l, const char *extra, size_t extra_len)
{
    struct ft_universe *u = l->u;
    uint32_t empty;
    u->calendars = ft_calendars_load(l->read, l->user, l->err);
    if (!u->calendars)
        return -1;
    u->timetables = ft_timetables_load(l->read, l->user, u->calendars, l->err);
    if (!u->timetables)
        return -1;
    if (ft_universe_text(u, "", &empty, l->err) != 0 || ft_load_ticks(l) != 0 ||
        ft_load_instruments(l, extra, extra_len) != 0 || ft_load_futures(l) != 0 ||
        ft_load_options(l) != 0 || ft_load_warrants(l) != 0 || ft_load_plates(l) != 0 ||
        link_derivatives(u, l->err) != 0)
        return -1;
    return ft_load_brokers(l);
}

struct ft_universe *ft_universe_load(ft_read_data *read, void *user, ft_day today,
                                     const char *extra, size_t extra_len, struct ft_err *err)
{
    if (today < ft_day_of(1990, 1, 1) || today > ft_day_of(2199, 12, 31)) {
        ft_err_set(err, FT_EINVAL, "today must lie within 1990 to 2199");
        return NULL;
    }
    struct ft_universe *u = calloc(1, sizeof *u);
    struct ft_loader *l = calloc(1, sizeof *l);
    if (!u || !l) {
        ft_err_set(err, FT_ENOMEM, "no memory for the instruments");
        free(u);
        free(l);
        return NULL;
    }
    u->today = today;
    *l = (struct ft_loader){.u = u, .read = read, .user = user, .err = err};
    if (load(l, extra, extra_len) != 0) {
        ft_universe_free(u);
        u = NULL;
    }
    free(l->continuous);
    free(l->issuer);
    free(l);
    return u;
}
