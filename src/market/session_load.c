/* Reads data/timezones.csv and data/timetables.csv (data/README.md tells the columns) and refuses
 * what session.c could not answer from: gaps, overlaps, unknown words. */
#include "market/timetable.h"

#include "base/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_AFTERNOON = 5, STATE_DAY_OPEN = 15, STATE_FUTURE_OPEN = 23, MINUTES = 1440 };

/* The Python client's words of QotMarketState (platform.md 13.1). */
static int state_number(const char *word)
{
    static const struct {
        const char *word;
        int number;
    } states[] = {
        {"NONE", 0},
        {"AUCTION", 1},
        {"WAITING_OPEN", 2},
        {"MORNING", 3},
        {"REST", 4},
        {"AFTERNOON", STATE_AFTERNOON},
        {"CLOSED", 6},
        {"PRE_MARKET_BEGIN", 8},
        {"PRE_MARKET_END", 9},
        {"AFTER_HOURS_BEGIN", 10},
        {"AFTER_HOURS_END", 11},
        {"NIGHT_OPEN", 13},
        {"NIGHT_END", 14},
        {"FUTURE_DAY_OPEN", STATE_DAY_OPEN},
        {"FUTURE_DAY_BREAK", 16},
        {"FUTURE_DAY_CLOSE", 17},
        {"FUTURE_DAY_WAIT_OPEN", 18},
        {"HK_CAS", 19},
        {"FUTURE_SWITCH_DATE", 22},
        {"FUTURE_OPEN", STATE_FUTURE_OPEN},
        {"FUTURE_BREAK", 24},
        {"FUTURE_BREAK_OVER", 25},
        {"FUTURE_CLOSE", 26},
        {"STIB_AFTER_HOURS_WAIT", 27},
        {"STIB_AFTER_HOURS_BEGIN", 28},
        {"STIB_AFTER_HOURS_END", 29},
        {"CLOSE_AUCTION", 30},
        {"AFTERNOON_END", 31},
        {"NIGHT", 32},
        {"OVERNIGHT_BEGIN", 33},
        {"OVERNIGHT_END", 34},
        {"TRADE_AT_LAST", 35},
        {"TRADE_AUCTION", 36},
        {"OVERNIGHT", 37},
    };
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i].word, word) == 0)
            return states[i].number;
    return -1;
}

static int state_of(const struct ft_csv *csv, int column, int32_t *out, struct ft_err *err)
{
    *out = state_number(ft_csv_text(csv, column));
    return *out < 0 ? ft_csv_fault(csv, column, err, "unknown market state '%.40s'",
                                   ft_csv_text(csv, column))
                    : 0;
}

/* ---- timezones.csv ------------------------------------------------------------------------ */

enum { Z_PROFILE, Z_CALENDAR, Z_ZONE, Z_IDLE, Z_DEFAULT };
static const char *const zone_columns[] = {"profile",    "calendar",    "time_zone",
                                           "idle_state", "default_for", NULL};

static const struct ft_tz *zone_of(struct ft_timetables *t, const struct ft_csv *csv,
                                   struct ft_err *err)
{
    const char *name = ft_csv_text(csv, Z_ZONE);
    for (int i = 0; i < t->zone_count; i++)
        if (strcmp(t->zone_name[i], name) == 0)
            return t->zone[i];
    if (t->zone_count == FT_ZONES_MAX || strlen(name) >= sizeof t->zone_name[0]) {
        ft_csv_fault(csv, Z_ZONE, err, "at most %d zones with short names are allowed",
                     FT_ZONES_MAX);
        return NULL;
    }
    struct ft_tz *tz = ft_tz_load(name, err);
    if (!tz) {
        ft_err_wrap(err, "%s:%d: time_zone", csv->file, csv->line);
        return NULL;
    }
    snprintf(t->zone_name[t->zone_count], sizeof t->zone_name[0], "%s", name);
    return t->zone[t->zone_count++] = tz;
}

static int add_defaults(struct ft_timetables *t, const struct ft_csv *csv, struct ft_err *err)
{
    const char *s = ft_csv_text(csv, Z_DEFAULT);
    while (*s) {
        size_t n = strcspn(s, "+");
        if (n == 0 || n > FT_DEFAULT_KEY_MAX || !memchr(s, ':', n))
            return ft_csv_fault(csv, Z_DEFAULT, err, "'%.*s' is not MARKET:type", (int)n, s);
        if (t->default_count == FT_DEFAULTS_MAX)
            return ft_csv_fault(csv, Z_DEFAULT, err, "more than %d defaults", FT_DEFAULTS_MAX);
        char *key = t->defaults[t->default_count].key;
        memcpy(key, s, n);
        key[n] = '\0';
        if (ft_profile_default(t, key) >= 0)
            return ft_csv_fault(csv, Z_DEFAULT, err, "%s has a default already", key);
        t->defaults[t->default_count++].profile = (int8_t)(t->profile_count - 1);
        s += n + (s[n] == '+');
    }
    return 0;
}

static int load_zones(struct ft_timetables *t, struct ft_csv *csv, struct ft_err *err)
{
    static const char *const calendars[] = {"HK", "US", "CN", "JP", "SG", NULL};
    int got;
    while ((got = ft_csv_next(csv, err)) > 0) {
        const char *name = ft_csv_text(csv, Z_PROFILE);
        int calendar;
        if (name[0] == '\0' || strlen(name) > FT_PROFILE_NAME_MAX - 4)
            return ft_csv_fault(csv, Z_PROFILE, err, "'%.40s' is empty or too long", name);
        if (ft_profile_find(t, name) >= 0)
            return ft_csv_fault(csv, Z_PROFILE, err, "%s is there twice", name);
        if (t->profile_count >= FT_PROFILES_MAX / 2)
            return ft_csv_fault(csv, Z_PROFILE, err, "more than %d profiles", FT_PROFILES_MAX / 2);
        struct ft_profile *p = &t->profile[t->profile_count];
        if (ft_csv_word(csv, Z_CALENDAR, calendars, &calendar, err) != 0 ||
            state_of(csv, Z_IDLE, &p->idle_state, err) != 0)
            return -1;
        p->tz = zone_of(t, csv, err);
        if (!p->tz)
            return -1;
        p->calendar = (enum ft_calendar_id)calendar; /* the words are in the enum's order */
        snprintf(p->name, sizeof p->name, "%s", name);
        t->profile_count++;
        if (add_defaults(t, csv, err) != 0)
            return -1;
    }
    return got;
}

/* ---- timetables.csv ----------------------------------------------------------------------- */

enum {
    T_PROFILE,
    T_FROM,
    T_DAY,
    T_START,
    T_END,
    T_END_OFFSET,
    T_STATE,
    T_TRADING,
    T_SESSION,
    T_START_OFFSET,
    T_PHASE,
    T_TRADE_OFFSET
};
static const char *const table_columns[] = {
    "profile", "effective_from",   "day",   "start",
    "end",     "end_day_offset",   "state", "trading",
    "session", "start_day_offset", "phase", "trade_date_offset",
    NULL};

/* The table that a row belongs to: rows of a profile come by effective_from, then day. */
static struct ft_table *table_of(struct ft_profile *p, const struct ft_csv *csv, ft_day from,
                                 int half, struct ft_err *err)
{
    struct ft_version *v = p->version_count ? &p->versions[p->version_count - 1] : NULL;
    if (!v || v->from != from) {
        if (v && v->from > from) {
            ft_csv_fault(csv, T_FROM, err, "rows of a profile must ascend by date");
            return NULL;
        }
        v = realloc(p->versions, (size_t)(p->version_count + 1) * sizeof *v);
        if (!v) {
            ft_err_set(err, FT_ENOMEM, "no memory for the timetables");
            return NULL;
        }
        p->versions = v;
        v += p->version_count++;
        memset(v, 0, sizeof *v);
        v->from = from;
    }
    return half ? &v->half : &v->full;
}

static int read_row(const struct ft_csv *csv, struct ft_span *row, int64_t *trade_offset,
                    struct ft_err *err)
{
    static const char *const sessions[] = {"none",  "auction",   "regular", "pre",
                                           "after", "overnight", "night",   NULL};
    static const char *const phases[] = {"none",      "input",        "no_cancel",   "match",
                                         "blocking",  "continuous",   "break",       "break_cancel",
                                         "reference", "closing_call", "fixed_price", NULL};
    int64_t start_offset, end_offset, trading;
    int session, phase;
    if (ft_csv_minute(csv, T_START, &row->start, err) != 0 ||
        ft_csv_minute(csv, T_END, &row->end, err) != 0 ||
        ft_csv_int(csv, T_START_OFFSET, -1, 1, &start_offset, err) != 0 ||
        ft_csv_int(csv, T_END_OFFSET, -1, 1, &end_offset, err) != 0 ||
        ft_csv_int(csv, T_TRADING, 0, 1, &trading, err) != 0 ||
        ft_csv_int(csv, T_TRADE_OFFSET, 0, 1, trade_offset, err) != 0 ||
        state_of(csv, T_STATE, &row->state, err) != 0 ||
        ft_csv_word(csv, T_SESSION, sessions, &session, err) != 0 ||
        ft_csv_word(csv, T_PHASE, phases, &phase, err) != 0)
        return -1;
    row->start += (int32_t)start_offset * MINUTES;
    row->end += (int32_t)end_offset * MINUTES;
    /* The words are in the enums' order; "night" is continuous trading of futures. */
    row->session = session == 6 ? FT_SES_REGULAR : (enum ft_session)session;
    row->phase = (enum ft_phase)phase;
    row->trading = trading != 0;
    if (row->end <= row->start)
        return ft_csv_fault(csv, T_END, err, "the row ends before it starts");
    if (row->trading && row->session == FT_SES_NONE)
        return ft_csv_fault(csv, T_SESSION, err, "trading needs a session, not none");
    return 0;
}

static int add_row(struct ft_table *table, const struct ft_csv *csv, struct ft_err *err)
{
    struct ft_span row;
    int64_t trade_offset;
    if (read_row(csv, &row, &trade_offset, err) != 0)
        return -1;
    if (table->count == FT_ROWS_MAX)
        return ft_csv_fault(csv, -1, err, "more than %d rows in one table", FT_ROWS_MAX);
    if (table->count > 0) {
        int gap = row.start - table->row[table->count - 1].end;
        if (gap != 0)
            return ft_csv_fault(csv, T_START, err, "%s of %d minutes to the row before",
                                gap > 0 ? "gap" : "overlap", gap > 0 ? gap : -gap);
        if (row.end - table->row[0].start > MINUTES)
            return ft_csv_fault(csv, T_END, err, "the table covers more than 24 hours");
    } else {
        table->night = -1;
    }
    if (trade_offset == 1 && table->night < 0) {
        if (table->count == 0)
            return ft_csv_fault(csv, T_TRADE_OFFSET, err, "a table cannot begin with the next day");
        table->night = table->count;
    }
    table->row[table->count++] = row;
    return 0;
}

/* Completes a table; the text of a fault, or NULL. */
static const char *close_table(struct ft_table *t)
{
    const struct ft_span *last = &t->row[t->count - 1];
    if (last->end - t->row[0].start != MINUTES)
        return "covers less than 24 hours";
    if (t->night < 0)
        t->night = t->count;
    else if (t->row[0].start < 0)
        return "has a night session of the next day and begins the day before";
    else if (last->session != FT_SES_NONE)
        return "must end with a row of session none after its night session";
    t->own = t->night;
    while (t->own > 0 && t->row[t->own - 1].session == FT_SES_NONE)
        t->own--;
    return t->own == 0 ? "has no session" : NULL;
}

static int close_profile(struct ft_profile *p, struct ft_err *err)
{
    bool night = false, early = false, day_open = false, future_open = false;
    if (p->version_count == 0)
        return ft_err_set(err, FT_ECORRUPT, "timetables.csv: profile %s has no rows", p->name);
    int most_own = 0, most_night = 0;
    for (int i = 0; i < p->version_count; i++) {
        struct ft_version *v = &p->versions[i];
        struct ft_table *tables[2] = {&v->full, &v->half};
        char day[11];
        ft_day_print(v->from, day);
        for (int k = 0; k < 2; k++) {
            struct ft_table *t = tables[k];
            if (t->count == 0 && k == 1)
                continue;
            const char *fault = t->count == 0 ? "is missing" : close_table(t);
            if (fault)
                return ft_err_set(err, FT_ECORRUPT, "timetables.csv: table %s %s %s %s", p->name,
                                  day, k ? "half" : "full", fault);
            night |= t->night < t->count;
            early |= t->row[0].start < 0;
            most_own = t->own > most_own ? t->own : most_own;
            most_night = t->count - t->night > most_night ? t->count - t->night : most_night;
            for (int r = 0; r < t->count; r++) {
                day_open |= t->row[r].state == STATE_DAY_OPEN;
                future_open |= t->row[r].state == STATE_FUTURE_OPEN;
            }
        }
    }
    if (night && early)
        return ft_err_set(err, FT_ECORRUPT,
                          "timetables.csv: profile %s has night sessions and "
                          "tables that begin the day before",
                          p->name);
    if (most_own + most_night + 1 > FT_SPANS_MAX)
        return ft_err_set(err, FT_ELIMIT,
                          "timetables.csv: a day of profile %s has more than %d "
                          "spans",
                          p->name, FT_SPANS_MAX);
    p->always_state = future_open ? STATE_FUTURE_OPEN : day_open ? STATE_DAY_OPEN : STATE_AFTERNOON;
    return 0;
}

static void add_twins(struct ft_timetables *t)
{
    int own = t->profile_count;
    for (int i = 0; i < own; i++) {
        if (t->profile[i].always_state == STATE_AFTERNOON)
            continue;
        struct ft_profile *twin = &t->profile[t->profile_count++];
        *twin = t->profile[i];
        twin->twin = true;
        twin->always_state = STATE_AFTERNOON;
        memcpy(twin->name + strlen(twin->name), "/OPT", 5);
    }
}

static int load_tables(struct ft_timetables *t, struct ft_csv *csv, struct ft_err *err)
{
    static const char *const days[] = {"full", "half", NULL};
    int got;
    while ((got = ft_csv_next(csv, err)) > 0) {
        int p = ft_profile_find(t, ft_csv_text(csv, T_PROFILE));
        ft_day from;
        int half;
        if (p < 0)
            return ft_csv_fault(csv, T_PROFILE, err, "profile '%.40s' is not in timezones.csv",
                                ft_csv_text(csv, T_PROFILE));
        if (ft_csv_day(csv, T_FROM, &from, err) != 0 ||
            ft_csv_word(csv, T_DAY, days, &half, err) != 0)
            return -1;
        struct ft_table *table = table_of(&t->profile[p], csv, from, half, err);
        if (!table || add_row(table, csv, err) != 0)
            return -1;
    }
    for (int p = 0; got == 0 && p < t->profile_count; p++)
        got = close_profile(&t->profile[p], err);
    if (got == 0)
        add_twins(t);
    return got;
}

static int open_file(struct ft_csv *csv, const char *file, const char *const *columns,
                     ft_read_data *read, void *user, struct ft_err *err)
{
    size_t len;
    const char *text = read(user, file, &len);
    if (!text)
        return ft_err_set(err, FT_ENOTFOUND, "%s: there is no such data file", file);
    return ft_csv_open(csv, file, text, len, columns, false, err);
}

struct ft_timetables *ft_timetables_load(ft_read_data *read, void *user,
                                         const struct ft_calendars *calendars, struct ft_err *err)
{
    struct ft_timetables *t = calloc(1, sizeof *t);
    if (!t) {
        ft_err_set(err, FT_ENOMEM, "no memory for the timetables");
        return NULL;
    }
    t->calendars = calendars;
    struct ft_csv csv;
    if (open_file(&csv, "timezones.csv", zone_columns, read, user, err) != 0 ||
        load_zones(t, &csv, err) != 0 ||
        open_file(&csv, "timetables.csv", table_columns, read, user, err) != 0 ||
        load_tables(t, &csv, err) != 0) {
        ft_timetables_free(t);
        return NULL;
    }
    return t;
}

void ft_timetables_free(struct ft_timetables *t)
{
    if (!t)
        return;
    for (int i = 0; i < t->profile_count; i++)
        if (!t->profile[i].twin)
            free(t->profile[i].versions);
    for (int i = 0; i < t->zone_count; i++)
        ft_tz_free(t->zone[i]);
    free(t);
}
