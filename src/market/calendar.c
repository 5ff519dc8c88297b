#include "market/calendar.h"

#include "base/check.h"
#include "base/csv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The days that files may name: a byte a day from here on, 50 years. */
enum { FIRST_YEAR = 2000, YEARS = 50, DAYS = YEARS * 366, OWN = FT_CAL_SG + 1 };

enum { NORMAL, CLOSED, CLOSED_ADHOC, HALF };

struct ft_calendars {
    ft_day first;
    uint8_t days[OWN][DAYS];
};

void ft_calendars_free(struct ft_calendars *c)
{
    free(c);
}

static int load_one(struct ft_calendars *c, int id, const char *file, ft_read_data *read,
                    void *user, struct ft_err *err)
{
    static const char *const columns[] = {"date", "kind", "?mark", NULL};
    static const char *const kinds[] = {"closed", "half", NULL};
    size_t len;
    const char *text = read(user, file, &len);
    if (!text)
        return ft_err_set(err, FT_ENOTFOUND, "%s: there is no such data file", file);
    struct ft_csv csv;
    if (ft_csv_open(&csv, file, text, len, columns, false, err) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&csv, err)) > 0) {
        ft_day day;
        int kind;
        if (ft_csv_day(&csv, 0, &day, err) != 0 || ft_csv_word(&csv, 1, kinds, &kind, err) != 0)
            return -1;
        if (day < c->first || day >= c->first + DAYS)
            return ft_csv_fault(&csv, 0, err, "%s is not within %d to %d", ft_csv_text(&csv, 0),
                                FIRST_YEAR, FIRST_YEAR + YEARS - 1);
        if (ft_weekday(day) == 0 || ft_weekday(day) == 6)
            return ft_csv_fault(&csv, 0, err, "%s is on a weekend", ft_csv_text(&csv, 0));
        uint8_t *slot = &c->days[id][day - c->first];
        if (*slot != NORMAL)
            return ft_csv_fault(&csv, 0, err, "%s is there twice", ft_csv_text(&csv, 0));
        bool adhoc = strcmp(ft_csv_text(&csv, 2), "adhoc") == 0;
        *slot = kind == 1 ? HALF : adhoc ? CLOSED_ADHOC : CLOSED;
    }
    return got;
}

struct ft_calendars *ft_calendars_load(ft_read_data *read, void *user, struct ft_err *err)
{
    static const char *const files[OWN] = {
        [FT_CAL_HK] = "calendars/HK.csv", [FT_CAL_US] = "calendars/US.csv",
        [FT_CAL_CN] = "calendars/CN.csv", [FT_CAL_JP] = "calendars/JP.csv",
        [FT_CAL_SG] = "calendars/SG.csv",
    };
    struct ft_calendars *c = calloc(1, sizeof *c);
    if (!c) {
        ft_err_set(err, FT_ENOMEM, "no memory for the calendars");
        return NULL;
    }
    c->first = ft_day_of(FIRST_YEAR, 1, 1);
    for (int id = 0; id < OWN; id++) {
        if (load_one(c, id, files[id], read, user, err) != 0) {
            ft_calendars_free(c);
            return NULL;
        }
    }
    return c;
}

static int own_day(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day)
{
    int weekday = ft_weekday(day);
    if (weekday == 0 || weekday == 6)
        return CLOSED;
    if (day < c->first || day >= c->first + DAYS)
        return NORMAL;
    return c->days[id][day - c->first];
}

enum ft_day_kind ft_calendar_day(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day)
{
    static const enum ft_day_kind kinds[] = {
        [NORMAL] = FT_DAY_FULL,
        [CLOSED] = FT_DAY_CLOSED,
        [CLOSED_ADHOC] = FT_DAY_CLOSED,
        [HALF] = FT_DAY_HALF,
    };
    FT_CHECK((unsigned)id < FT_CALENDARS);
    if (id <= FT_CAL_SG)
        return kinds[own_day(c, id, day)];
    /* On a Hong Kong half day northbound is whole, southbound morning only (data/README.md). */
    enum ft_day_kind hk = ft_calendar_day(c, FT_CAL_HK, day);
    enum ft_day_kind cn = ft_calendar_day(c, FT_CAL_CN, day);
    if (hk == FT_DAY_CLOSED || cn == FT_DAY_CLOSED)
        return FT_DAY_CLOSED;
    return id == FT_CAL_NORTH ? cn : hk;
}

bool ft_calendar_adhoc(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day)
{
    FT_CHECK((unsigned)id < FT_CALENDARS);
    if (id <= FT_CAL_SG)
        return own_day(c, id, day) == CLOSED_ADHOC;
    return ft_calendar_adhoc(c, FT_CAL_HK, day) || ft_calendar_adhoc(c, FT_CAL_CN, day);
}

/* A file may close at most YEARS; beyond it weekdays trade, so both walks end. */
ft_day ft_calendar_next(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day)
{
    do
        day++;
    while (ft_calendar_day(c, id, day) == FT_DAY_CLOSED);
    return day;
}

ft_day ft_calendar_prev(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day)
{
    do
        day--;
    while (ft_calendar_day(c, id, day) == FT_DAY_CLOSED);
    return day;
}
