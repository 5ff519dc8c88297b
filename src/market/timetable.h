/* Inside of session.h: timetables as loaded. For session.c and session_load.c only. */
#ifndef FT_MARKET_TIMETABLE_H
#define FT_MARKET_TIMETABLE_H

#include "market/session.h"

enum {
    FT_PROFILES_MAX = 64,
    FT_PROFILE_NAME_MAX = 31,
    FT_ZONES_MAX = 16,
    FT_ROWS_MAX = 20, /* rows of one table */
    FT_DEFAULTS_MAX = 128,
    FT_DEFAULT_KEY_MAX = 31,
};

/* One (profile, effective_from, day) of the data: 24 hours without a gap. The last row is left out
 * of `own` when nothing happens in it: it only tells the state until its end. */
struct ft_table {
    struct ft_span row[FT_ROWS_MAX]; /* minutes from 00:00 of the day */
    int8_t count;                    /* of all rows; 0: no such table */
    int8_t own;                      /* leading rows that belong to the day itself */
    int8_t night; /* first row of the next trading day's night session; = count: none */
};

struct ft_version {
    ft_day from;
    struct ft_table full, half; /* half.count 0: half days are like full ones */
};

struct ft_profile {
    char name[FT_PROFILE_NAME_MAX + 1];
    enum ft_calendar_id calendar;
    const struct ft_tz *tz;
    int32_t idle_state;
    int32_t always_state;
    struct ft_version *versions; /* ascending; a twin shares them */
    int version_count;
    bool twin;
};

struct ft_timetables {
    const struct ft_calendars *calendars;
    struct ft_profile profile[FT_PROFILES_MAX];
    int profile_count;
    struct ft_tz *zone[FT_ZONES_MAX];
    char zone_name[FT_ZONES_MAX][48];
    int zone_count;
    struct {
        char key[FT_DEFAULT_KEY_MAX + 1];
        int8_t profile;
    } defaults[FT_DEFAULTS_MAX];
    int default_count;
};

#endif
