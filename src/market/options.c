/* Option chains from the rules of data/options.csv and strike_rules.csv: codes root + YYMMDD + C or
 * P + strike x 1000 (platform.md 10, market-rules.md 11). */
#include "market/derivatives.h"
#include "market/universe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARKET,
    UNDERLYING,
    ROOT,
    SIZE,
    STYLE,
    EXPIRY,
    STRIKES,
    EACH_SIDE,
    SETTLEMENT,
    INDEX_TYPE,
    EXCHANGE,
    TICKS,
    HOURS
};
static const char *const columns[] = {"market",
                                      "underlying",
                                      "root",
                                      "contract_size",
                                      "style",
                                      "expiry_rule",
                                      "strike_rule",
                                      "strikes_each_side",
                                      "settlement",
                                      "index_option_type",
                                      "exchange",
                                      "tick_table",
                                      "hours_profile",
                                      NULL};

/* BUDGET: options of all chains together, about; the rows' counts are shared out to keep it. */
enum { SERIES_MAX = 2048, STRIKE_BANDS_MAX = 256, EXPIRIES_MAX = 64, BUDGET = 36000 };

enum cycle { DAYS, MONTHS, WEEKS };

struct series {
    struct ft_instrument model;
    char root[12];
    char counts[24]; /* "m4+q3" */
    enum cycle cycle;
    int rule;    /* months: of derivatives.h */
    int periods; /* weeks, days; expiries at most */
    int each_side;
    int strikes; /* first band of its strike rule */
    int expiries;
    ft_day expiry[EXPIRIES_MAX];
};

struct strike_band {
    char rule[24];
    ft_price bound, step;
};

struct chains {
    struct ft_loader *l;
    struct series *series;
    int series_count;
    struct strike_band *band;
    int band_count;
};

/* ---- Strike rules ------------------------------------------------------------------------- */

static int load_strikes(struct chains *c)
{
    enum { RULE, BOUND, STEP };
    static const char *const names[] = {"rule", "upper_bound", "step", NULL};
    struct ft_loader *l = c->l;
    if (ft_load_open(l, "strike_rules.csv", names) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        if (c->band_count == STRIKE_BANDS_MAX)
            return ft_csv_fault(&l->csv, -1, l->err, "more than %d rows", STRIKE_BANDS_MAX);
        struct strike_band *b = &c->band[c->band_count];
        const struct strike_band *before = c->band_count ? b - 1 : NULL;
        const char *rule = ft_csv_text(&l->csv, RULE);
        if (strlen(rule) >= sizeof b->rule || rule[0] == '\0')
            return ft_csv_fault(&l->csv, RULE, l->err, "'%.40s' is empty or too long", rule);
        snprintf(b->rule, sizeof b->rule, "%s", rule);
        b->bound = INT64_MAX;
        if (ft_csv_text(&l->csv, BOUND)[0] && ft_load_positive(l, BOUND, 6, &b->bound) != 0)
            return -1;
        /* Codes carry the strike x 1000. */
        if (ft_load_positive(l, STEP, 3, &b->step) != 0)
            return -1;
        b->step *= FT_PRICE_SCALE / 1000;
        if (before && strcmp(before->rule, rule) == 0 && before->bound >= b->bound)
            return ft_csv_fault(&l->csv, BOUND, l->err, "bands must ascend");
        c->band_count++;
    }
    return got;
}

/* Step at a price; one equal to a bound counts for the upper band if `up`. */
static ft_price strike_step(const struct chains *c, int first, ft_price price, bool up)
{
    const struct strike_band *b = &c->band[first], *end = c->band + c->band_count;
    while ((b->bound < price || (up && b->bound == price)) && b + 1 < end &&
           strcmp(b[1].rule, b->rule) == 0)
        b++;
    return b->step;
}

/* ---- Rows --------------------------------------------------------------------------------- */

/* "cycle:rule:counts" */
static int read_expiry(struct ft_loader *l, struct series *s)
{
    static const char *const words[] = {[DAYS] = "day:bd:", [MONTHS] = "month:", [WEEKS] = "week:"};
    const char *text = ft_csv_text(&l->csv, EXPIRY);
    const char *counts = strrchr(text, ':');
    char rule[40] = "";
    int cycle = DAYS;
    while (cycle <= WEEKS && strncmp(text, words[cycle], strlen(words[cycle])) != 0)
        cycle++;
    const char *begin = cycle <= WEEKS ? text + strlen(words[cycle]) : text;
    if (cycle > WEEKS || counts < begin - 1 || strlen(counts) > sizeof s->counts)
        return ft_csv_fault(&l->csv, EXPIRY, l->err, "bad rule '%.60s'", text);
    if (counts > begin && counts - begin < (ptrdiff_t)sizeof rule)
        memcpy(rule, begin, (size_t)(counts - begin));
    snprintf(s->counts, sizeof s->counts, "%s", counts + 1);
    s->cycle = (enum cycle)cycle;
    struct ft_months months = {0};
    if (cycle == MONTHS) {
        s->rule = ft_day_rule_find(rule);
        if (s->rule < 0 || ft_months_list(s->counts, 24000, &months) != 0)
            return ft_csv_fault(&l->csv, EXPIRY, l->err, "bad rule '%.60s'", text);
        s->periods = months.count;
        return 0;
    }
    int64_t n = 0;
    bool fits = s->counts[0] == (cycle == WEEKS ? 'w' : 'd') &&
                ft_fixed_parse(s->counts + 1, strlen(s->counts + 1), 0, "", &n, NULL) == 0;
    if (!fits || n < 1 || n > EXPIRIES_MAX ||
        (cycle == WEEKS && strcmp(rule, "friday") != 0 && strcmp(rule, "last_bd_of_week") != 0))
        return ft_csv_fault(&l->csv, EXPIRY, l->err, "bad rule '%.60s'", text);
    s->periods = (int)n;
    return 0;
}

static int read_series(struct chains *c, struct series *s)
{
    static const char *const styles[] = {"european", "american", NULL};
    static const char *const settlements[] = {"physical", "cash_am", "cash_pm", "cash", NULL};
    static const char *const index_types[] = {"none", "normal", "small", NULL};
    struct ft_loader *l = c->l;
    struct ft_csv *csv = &l->csv;
    struct ft_instrument *m = &s->model;
    *s = (struct series){.model = ft_instrument_blank()};
    int64_t size, each_side;
    int style, index_type, settlement;
    if (ft_load_market(l, MARKET, &m->market) != 0 ||
        ft_csv_int(csv, SIZE, 1, 100000000, &size, l->err) != 0 ||
        ft_csv_word(csv, STYLE, styles, &style, l->err) != 0 ||
        ft_csv_word(csv, SETTLEMENT, settlements, &settlement, l->err) != 0 ||
        ft_csv_word(csv, INDEX_TYPE, index_types, &index_type, l->err) != 0 ||
        ft_csv_int(csv, EACH_SIDE, 1, 200, &each_side, l->err) != 0 ||
        ft_load_exchange(l, EXCHANGE, &m->exch) != 0 ||
        ft_load_tick_table(l, TICKS, &m->tick_table) != 0 ||
        ft_load_profile(l, HOURS, &m->profile) != 0 || read_expiry(l, s) != 0)
        return -1;
    const struct ft_instrument *under =
        ft_universe_find(l->u, m->market, ft_csv_text(csv, UNDERLYING));
    if (!under)
        return ft_csv_fault(csv, UNDERLYING, l->err, "there is no instrument '%.40s'",
                            ft_csv_text(csv, UNDERLYING));
    const char *root = ft_csv_text(csv, ROOT), *strikes = ft_csv_text(csv, STRIKES);
    if (root[0] == '\0' || strlen(root) >= sizeof s->root)
        return ft_csv_fault(csv, ROOT, l->err, "a root has 1 to 11 characters");
    while (s->strikes < c->band_count && strcmp(c->band[s->strikes].rule, strikes) != 0)
        s->strikes++;
    if (s->strikes == c->band_count)
        return ft_csv_fault(csv, STRIKES, l->err, "there is no strike rule '%.40s'", strikes);
    snprintf(s->root, sizeof s->root, "%s", root);
    s->each_side = (int)each_side;
    m->type = FT_SEC_OPTION;
    m->american = style == 1;
    m->index_option = (uint8_t)index_type;
    m->settlement = (uint8_t)(settlement < 3 ? settlement : 0); /* OptionSettlementMode's numbers */
    m->lot = (int32_t)size;
    m->currency = under->currency;
    m->liquidity = under->liquidity;
    m->underlying = under->index;
    /* Options of futures' hours have a profile that is an option's in an open-all-hours market. */
    char twin[48];
    snprintf(twin, sizeof twin, "%s/OPT", ft_profile_name(l->u->timetables, m->profile));
    int profile = ft_profile_find(l->u->timetables, twin);
    if (profile >= 0)
        m->profile = (int8_t)profile;
    return 0;
}

/* ---- Expiries ----------------------------------------------------------------------------- */

static ft_day week_of(ft_day day)
{
    return day - (ft_weekday(day) + 6) % 7; /* its Monday */
}

/* Whether another series of the root expires in the same week (day). */
static bool taken(const struct chains *c, const struct series *s, enum cycle by, ft_day day,
                  bool week)
{
    for (int i = 0; i < c->series_count; i++) {
        const struct series *o = &c->series[i];
        if (o->cycle != by || o->model.market != s->model.market || strcmp(o->root, s->root) != 0)
            continue;
        for (int k = 0; k < o->expiries; k++)
            if (week ? week_of(o->expiry[k]) == week_of(day) : o->expiry[k] == day)
                return true;
    }
    return false;
}

static void list_expiries(const struct chains *c, struct series *s)
{
    const struct ft_universe *u = c->l->u;
    enum ft_calendar_id cal = ft_profile_calendar(u->timetables, s->model.profile);
    ft_day day = u->today;
    if (s->cycle == MONTHS) {
        struct ft_months months;
        int spot = ft_spot_month(u->calendars, cal, s->rule, day);
        ft_months_list(s->counts, spot, &months);
        for (int i = 0; i < months.count && i < EXPIRIES_MAX; i++)
            s->expiry[s->expiries++] = ft_day_rule_at(u->calendars, cal, s->rule, months.month[i]);
        return;
    }
    /* The rest of this week counts as a week while its expiry is still to come. */
    for (int i = 0; i < s->periods; i++) {
        ft_day expiry;
        if (s->cycle == WEEKS) {
            ft_day monday = week_of(day), friday = monday + 4;
            expiry = ft_trading_day_back(u->calendars, cal, friday, 0);
            if (i == 0 && expiry < u->today) {
                expiry = ft_trading_day_back(u->calendars, cal, friday + 7, 0);
                monday += 7;
            }
            day = monday + 7;
            if (expiry < monday || expiry < u->today || taken(c, s, MONTHS, expiry, true))
                continue;
        } else {
            bool open = ft_calendar_day(u->calendars, cal, day) != FT_DAY_CLOSED;
            expiry = i == 0 && open ? day : ft_calendar_next(u->calendars, cal, day);
            day = expiry;
            if (taken(c, s, MONTHS, expiry, false) || taken(c, s, WEEKS, expiry, false))
                continue;
        }
        s->expiry[s->expiries++] = expiry;
    }
}

/* ---- Options ------------------------------------------------------------------------------ */

static int add_option(struct chains *c, const struct series *s, ft_day expiry, ft_price strike,
                      bool call, int distance, int nth)
{
    struct ft_universe *u = c->l->u;
    struct ft_instrument inst = s->model;
    const struct ft_instrument *under = &u->inst[inst.underlying];
    struct ft_date d = ft_date_of(expiry);
    unsigned yymmdd = (unsigned)(d.year % 100 * 10000 + d.month * 100 + d.mday);
    int n = snprintf(inst.code, sizeof inst.code, "%s%06u%c%lld", s->root, yymmdd, call ? 'C' : 'P',
                     (long long)(strike / (FT_PRICE_SCALE / 1000)));
    if (n < 0 || n > FT_CODE_MAX || ft_universe_find(u, inst.market, inst.code))
        return 0;
    /* ExpirationCycle: 1 week, 2 month, 11 to 15 a week of dailies, Monday to Friday. */
    inst.cycle = (uint8_t)(s->cycle == MONTHS ? 2 : s->cycle == WEEKS ? 1 : 10 + ft_weekday(expiry));
    inst.right = call ? FT_CALL : FT_PUT;
    inst.strike = strike;
    inst.expiry_day = inst.maturity_day = expiry;
    int liquidity = inst.liquidity + (distance <= 3 && nth < 2 ? 1 : 2);
    inst.liquidity = (uint8_t)(liquidity > 5 ? 5 : liquidity);
    inst.reference =
        ft_tick_round(u, &inst, u->as_of,
                      ft_option_start_price(call, under->reference, strike, expiry - u->today));
    char price[FT_FIXED_TEXT_MAX], name[3][128];
    ft_fixed_print(strike, FT_PRICE_DECIMALS, 2, price);
    snprintf(name[0], sizeof name[0], "%s %06u %s%c", s->root + (s->root[0] == '.'), yymmdd, price,
             call ? 'C' : 'P');
    snprintf(name[1], sizeof name[1], "%.80s %06u %s %s", u->text + under->name[FT_NAME_SC], yymmdd,
             price, call ? "购" : "沽");
    snprintf(name[2], sizeof name[2], "%.80s %06u %s %s", u->text + under->name[FT_NAME_TC], yymmdd,
             price, call ? "購" : "沽");
    if (ft_universe_names(u, &inst, name[0], name[1], name[2], c->l->err) != 0 ||
        ft_universe_add(u, &inst, c->l->err) == FT_NO_INST)
        return -1;
    return 0;
}

static int add_pair(struct chains *c, const struct series *s, int nth, ft_price strike,
                    int distance)
{
    ft_day expiry = s->expiry[nth];
    return add_option(c, s, expiry, strike, true, distance, nth) != 0 ||
                   add_option(c, s, expiry, strike, false, distance, nth) != 0
               ? -1
               : 0;
}

/* The strike nearest to the reference price, and `each_side` of them down and up. */
static int add_expiry(struct chains *c, const struct series *s, int nth)
{
    ft_price spot = c->l->u->inst[s->model.underlying].reference;
    ft_price step = strike_step(c, s->strikes, spot, false);
    ft_price middle = (spot + step / 2) / step * step;
    if (middle < step)
        middle = step;
    if (add_pair(c, s, nth, middle, 0) != 0)
        return -1;
    ft_price down = middle, up = middle;
    for (int i = 1; i <= s->each_side; i++) {
        down -= strike_step(c, s->strikes, down, false);
        up += strike_step(c, s->strikes, up, true);
        if ((down > 0 && add_pair(c, s, nth, down, i) != 0) || add_pair(c, s, nth, up, i) != 0)
            return -1;
        if (down < 0)
            down = 0;
    }
    return 0;
}

/* Less liquid underlyings list fewer strikes, and all rows together stay near the budget. Neither
 * depends on the day, so that a strike that was listed stays. */
static void share_out(struct chains *c)
{
    int64_t planned = 0;
    for (int i = 0; i < c->series_count; i++) {
        struct series *s = &c->series[i];
        if (s->model.liquidity > 1)
            s->each_side = s->each_side * 2 / (s->model.liquidity + 2);
        planned += (int64_t)s->periods * (2 * s->each_side + 1) * 2;
    }
    for (int i = 0; planned > BUDGET && i < c->series_count; i++) {
        struct series *s = &c->series[i];
        s->each_side = (int)(s->each_side * (int64_t)BUDGET / planned);
        if (s->each_side < 1)
            s->each_side = 1;
    }
}

static int load_chains(struct chains *c)
{
    struct ft_loader *l = c->l;
    if (load_strikes(c) != 0 || ft_load_open(l, "options.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        if (c->series_count == SERIES_MAX)
            return ft_csv_fault(&l->csv, -1, l->err, "more than %d rows", SERIES_MAX);
        if (read_series(c, &c->series[c->series_count]) != 0)
            return -1;
        c->series_count++;
    }
    if (got != 0)
        return -1;
    share_out(c);
    static const enum cycle order[] = {MONTHS, WEEKS, DAYS};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < c->series_count; i++)
            if (c->series[i].cycle == order[k])
                list_expiries(c, &c->series[i]);
    for (int i = 0; i < c->series_count; i++)
        for (int k = 0; k < c->series[i].expiries; k++)
            if (add_expiry(c, &c->series[i], k) != 0)
                return -1;
    return 0;
}

int ft_load_options(struct ft_loader *l)
{
    struct chains c = {.l = l};
    c.series = malloc(SERIES_MAX * sizeof *c.series);
    c.band = malloc(STRIKE_BANDS_MAX * sizeof *c.band);
    int rc = c.series && c.band ? load_chains(&c)
                                : ft_err_set(l->err, FT_ENOMEM, "no memory for option chains");
    free(c.series);
    free(c.band);
    return rc;
}
