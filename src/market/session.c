/* Answers about trading days and spans, computed from the tables each time: nothing is cached, so a
 * moment is a pure function of its arguments. */
#include "market/timetable.h"

#include "base/check.h"

#include <string.h>

enum { MINUTES = 1440 };

static const struct ft_profile *profile_at(const struct ft_timetables *t, int profile)
{
    FT_CHECK(profile >= 0 && profile < t->profile_count);
    return &t->profile[profile];
}

int ft_profile_find(const struct ft_timetables *t, const char *name)
{
    for (int i = 0; i < t->profile_count; i++)
        if (strcmp(t->profile[i].name, name) == 0)
            return i;
    return -1;
}

const char *ft_profile_name(const struct ft_timetables *t, int profile)
{
    return profile_at(t, profile)->name;
}

int ft_profile_default(const struct ft_timetables *t, const char *key)
{
    for (int i = 0; i < t->default_count; i++)
        if (strcmp(t->defaults[i].key, key) == 0)
            return t->defaults[i].profile;
    return -1;
}

const struct ft_tz *ft_profile_tz(const struct ft_timetables *t, int profile)
{
    return profile_at(t, profile)->tz;
}

enum ft_calendar_id ft_profile_calendar(const struct ft_timetables *t, int profile)
{
    return profile_at(t, profile)->calendar;
}

/* ---- Trading days ------------------------------------------------------------------------- */

static bool is_live(const struct ft_hours *h, ft_day day)
{
    return h->mode == FT_CLOCK_ALWAYS && day >= h->first_live_day;
}

bool ft_is_trading_day(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                       ft_day day)
{
    return is_live(h, day) ||
           ft_calendar_day(t->calendars, profile_at(t, profile)->calendar, day) != FT_DAY_CLOSED;
}

ft_day ft_next_trading_day(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                           ft_day day)
{
    if (is_live(h, day + 1))
        return day + 1;
    ft_day next = ft_calendar_next(t->calendars, profile_at(t, profile)->calendar, day);
    return is_live(h, next) ? h->first_live_day : next;
}

ft_day ft_prev_trading_day(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                           ft_day day)
{
    if (is_live(h, day - 1))
        return day - 1;
    return ft_calendar_prev(t->calendars, profile_at(t, profile)->calendar, day);
}

/* ---- Spans -------------------------------------------------------------------------------- */

/* The table of a day of the real calendar; days before the first version use the first. */
static const struct ft_table *table_at(const struct ft_timetables *t, const struct ft_profile *p,
                                       ft_day day)
{
    int i = p->version_count - 1;
    while (i > 0 && p->versions[i].from > day)
        i--;
    const struct ft_version *v = &p->versions[i];
    bool half = v->half.count > 0 && ft_calendar_day(t->calendars, p->calendar, day) == FT_DAY_HALF;
    return half ? &v->half : &v->full;
}

/* First minute of a trading day's spans. */
static int32_t first_minute(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                            ft_day day)
{
    if (is_live(h, day))
        return 0;
    const struct ft_profile *p = &t->profile[profile];
    ft_day prev = ft_prev_trading_day(t, profile, h, day);
    const struct ft_table *evening = table_at(t, p, prev);
    if (evening->night < evening->count)
        return evening->row[evening->night].start - (day - prev) * MINUTES;
    return table_at(t, p, day)->row[0].start;
}

static struct ft_span shifted(const struct ft_span *row, int32_t minutes)
{
    struct ft_span s = *row;
    s.start += minutes;
    s.end += minutes;
    return s;
}

static struct ft_span idle_span(const struct ft_profile *p, int32_t start, int32_t end)
{
    return (struct ft_span){start, end, p->idle_state, FT_SES_NONE, FT_PHASE_NONE, false};
}

/* The session of the evening before, if it has one, up to the day's own first minute; what is left
 * over a weekend is idle. */
static int night_spans(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                       ft_day day, int32_t until, struct ft_span *out)
{
    const struct ft_profile *p = &t->profile[profile];
    ft_day prev = ft_prev_trading_day(t, profile, h, day);
    const struct ft_table *evening = table_at(t, p, prev);
    int n = 0;
    for (int i = evening->night; i < evening->count; i++) {
        struct ft_span s = shifted(&evening->row[i], -(day - prev) * MINUTES);
        if (s.start >= until)
            break;
        if (s.end > until)
            s.end = until;
        out[n++] = s;
    }
    if (n > 0 && out[n - 1].end < until) {
        if (out[n - 1].state == p->idle_state)
            out[n - 1].end = until;
        else {
            out[n] = idle_span(p, out[n - 1].end, until);
            n++;
        }
    }
    return n;
}

int ft_day_spans(const struct ft_timetables *t, int profile, const struct ft_hours *h, ft_day day,
                 struct ft_span out[FT_SPANS_MAX])
{
    const struct ft_profile *p = profile_at(t, profile);
    if (!ft_is_trading_day(t, profile, h, day))
        return 0;
    if (is_live(h, day)) {
        out[0] = (struct ft_span){
            0, MINUTES, p->always_state, FT_SES_REGULAR, FT_PHASE_CONTINUOUS, true};
        return 1;
    }
    const struct ft_table *table = table_at(t, p, day);
    int n = night_spans(t, profile, h, day, table->row[0].start, out);
    /* Where tables meet the later day's holds: a change of hours, or the first live day. */
    ft_day next = ft_next_trading_day(t, profile, h, day);
    int32_t limit = first_minute(t, profile, h, next) + (next - day) * MINUTES;
    for (int i = 0; i < table->own && table->row[i].start < limit; i++) {
        out[n] = table->row[i];
        if (out[n].end > limit)
            out[n].end = limit;
        n++;
    }
    FT_CHECK(n > 0 && n <= FT_SPANS_MAX);
    return n;
}

int64_t ft_minute_to_utc(const struct ft_timetables *t, int profile, ft_day day, int32_t minute)
{
    return ft_tz_to_utc(profile_at(t, profile)->tz, day, minute * 60) * FT_NS_PER_SEC;
}

/* ---- Moments ------------------------------------------------------------------------------ */

struct now {
    const struct ft_timetables *t;
    int profile;
    int64_t utc_ns;
    ft_day day;     /* local */
    int32_t minute; /* local, of `day` */
};

/* Whether a minute of a day has come. Local clocks are never shifted by more than a few hours, so
 * only near ones need the conversion. */
static bool reached(const struct now *now, ft_day day, int32_t minute)
{
    enum { SHIFT = 240 };
    int64_t ahead = (int64_t)(day - now->day) * MINUTES + minute - now->minute;
    if (ahead > SHIFT)
        return false;
    if (ahead < -SHIFT)
        return true;
    return now->utc_ns >= ft_minute_to_utc(now->t, now->profile, day, minute);
}

/* Between the last span of `day` and the first of the next trading day. The day's table may tell a
 * state for a part of it; beyond, the profile idles. */
static struct ft_span gap_span(const struct now *now, const struct ft_hours *h, ft_day day,
                               int32_t start)
{
    const struct ft_profile *p = &now->t->profile[now->profile];
    ft_day next = ft_next_trading_day(now->t, now->profile, h, day);
    int32_t end = first_minute(now->t, now->profile, h, next) + (next - day) * MINUTES;
    if (is_live(h, day))
        return idle_span(p, start, end);
    const struct ft_table *table = table_at(now->t, p, day);
    struct ft_span s = idle_span(p, start, end);
    for (int i = table->own; i < table->night; i++) {
        const struct ft_span *row = &table->row[i];
        if (row->start >= end)
            break;
        int32_t row_end = row->end < end ? row->end : end;
        if (!reached(now, day, row_end)) {
            s = *row;
            s.end = row_end;
            return s;
        }
        s.start = row_end;
    }
    return s;
}

void ft_moment_at(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                  int64_t utc_ns, struct ft_moment *out)
{
    const struct ft_profile *p = profile_at(t, profile);
    int64_t utc_s = utc_ns / FT_NS_PER_SEC - (utc_ns % FT_NS_PER_SEC < 0);
    int32_t second;
    ft_tz_to_local(p->tz, utc_s, &out->local_day, &second);
    out->local_ns = second * FT_NS_PER_SEC + (utc_ns - utc_s * FT_NS_PER_SEC);
    struct now now = {t, profile, utc_ns, out->local_day, second / 60};

    /* The next trading day may have begun on an evening before; else today; else the one before,
     * which began on its own calendar day at the latest. */
    ft_day day = ft_next_trading_day(t, profile, h, now.day);
    if (!reached(&now, day, first_minute(t, profile, h, day))) {
        day = now.day;
        if (!ft_is_trading_day(t, profile, h, day) ||
            !reached(&now, day, first_minute(t, profile, h, day)))
            day = ft_prev_trading_day(t, profile, h, day);
    }
    struct ft_span spans[FT_SPANS_MAX];
    int n = ft_day_spans(t, profile, h, day, spans);
    FT_CHECK(n > 0); /* a trading day has spans */
    out->trading_day = day;
    if (reached(&now, day, spans[n - 1].end)) {
        out->span = gap_span(&now, h, day, spans[n - 1].end);
    } else {
        int i = 0;
        while (reached(&now, day, spans[i].end))
            i++;
        out->span = spans[i];
    }
    out->span_end_ns = ft_minute_to_utc(t, profile, day, out->span.end);
}
