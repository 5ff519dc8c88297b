/* Trading days of an exchange: weekdays without the holidays of data/calendars. */
#ifndef FT_MARKET_CALENDAR_H
#define FT_MARKET_CALENDAR_H

#include "base/date.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum ft_calendar_id {
    FT_CAL_HK, FT_CAL_US, FT_CAL_CN, FT_CAL_JP, FT_CAL_SG,
    FT_CAL_NORTH, FT_CAL_SOUTH, /* Stock Connect: days on which both sides trade */
    FT_CALENDARS,
};

enum ft_day_kind { FT_DAY_CLOSED, FT_DAY_FULL, FT_DAY_HALF };

struct ft_calendars; /* all of them; immutable once loaded */

/* `read(user, "calendars/HK.csv", &len)` gives the text of a data file, NULL if there is none; the
 * text stays valid during the call. Faults are told with file and line. */
typedef const char *ft_read_data(void *user, const char *name, size_t *len);
struct ft_calendars *ft_calendars_load(ft_read_data *read, void *user, struct ft_err *err);
void ft_calendars_free(struct ft_calendars *c);

/* Days before or after the files' range (2015 to 2027) follow weekdays alone. */
enum ft_day_kind ft_calendar_day(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day);
/* Closed by weather or mourning, announced at short notice: the wire's list of trading days (3219)
 * keeps such days (quote-realtime.md 4.19), nothing trades on them. */
bool ft_calendar_adhoc(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day);
/* Nearest trading day after (before) `day`, not `day` itself. */
ft_day ft_calendar_next(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day);
ft_day ft_calendar_prev(const struct ft_calendars *c, enum ft_calendar_id id, ft_day day);

#endif
