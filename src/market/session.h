/* When a product trades and what its market state is: timetables as data (data/timetables.csv),
 * and the choice between the real timetable and a market that never closes (DESIGN.md 4). */
#ifndef FT_MARKET_SESSION_H
#define FT_MARKET_SESSION_H

#include "base/tz.h"
#include "market/calendar.h"

/* Kinds of a span. The mask of kinds that a bar query wants is made of FT_IN(kind). */
enum ft_session {
    FT_SES_NONE,      /* closed, waiting, break */
    FT_SES_AUCTION,   /* opening or closing call */
    FT_SES_REGULAR,   /* continuous trading of the main session, night sessions of futures too */
    FT_SES_PRE, FT_SES_AFTER, FT_SES_OVERNIGHT, /* US extended hours */
};
#define FT_IN(session) (1u << (session))
#define FT_IN_RTH (FT_IN(FT_SES_REGULAR) | FT_IN(FT_SES_AUCTION))
#define FT_IN_ETH (FT_IN_RTH | FT_IN(FT_SES_PRE) | FT_IN(FT_SES_AFTER))
#define FT_IN_ALL (FT_IN_ETH | FT_IN(FT_SES_OVERNIGHT))

/* What an exchange does in a span; the words of data/timetables.csv. */
enum ft_phase {
    FT_PHASE_NONE,
    FT_PHASE_INPUT,        /* auction: enter, amend, cancel */
    FT_PHASE_NO_CANCEL,    /* auction: enter only */
    FT_PHASE_MATCH,        /* the auction is uncrossed within this span */
    FT_PHASE_BLOCKING,     /* nothing is accepted */
    FT_PHASE_CONTINUOUS,
    FT_PHASE_BREAK,
    FT_PHASE_BREAK_CANCEL, /* break in which cancelling works */
    FT_PHASE_REFERENCE,    /* the closing auction's reference price is fixed */
    FT_PHASE_CLOSING_CALL, /* call auction, uncrossed at its end */
    FT_PHASE_FIXED_PRICE,  /* after hours at the closing price */
};

enum ft_clock_mode { FT_CLOCK_ALWAYS, FT_CLOCK_EXCHANGE };

/* A piece of a trading day in local minutes of that day; an evening before is negative. Spans of a
 * day ascend, do not overlap, and leave no gap between the first and the last. */
struct ft_span {
    int32_t start, end;       /* minutes from 00:00 of the trading day, end exclusive */
    int32_t state;            /* a Qot_Common.QotMarketState number */
    enum ft_session session;
    enum ft_phase phase;
    bool trading;             /* trades can happen */
};
enum { FT_SPANS_MAX = 24 };

struct ft_timetables; /* all profiles */
struct ft_timetables *ft_timetables_load(ft_read_data *read, void *user,
                                         const struct ft_calendars *calendars, struct ft_err *err);
void ft_timetables_free(struct ft_timetables *t);
/* Index of a profile by its name in the data ("HK_SEC" ...), or -1. Profiles of futures have a twin
 * "<name>/OPT" for options with the same hours: in FT_CLOCK_ALWAYS its state is Afternoon. */
int ft_profile_find(const struct ft_timetables *t, const char *name);
/* Name of a profile, and the profile of instruments whose own row names none; key: "HK:stock",
 * "US:US_PINK" ... (default_for in data/timezones.csv). -1: none. */
const char *ft_profile_name(const struct ft_timetables *t, int profile);
int ft_profile_default(const struct ft_timetables *t, const char *key);
const struct ft_tz *ft_profile_tz(const struct ft_timetables *t, int profile);
enum ft_calendar_id ft_profile_calendar(const struct ft_timetables *t, int profile);

/* Which hours rule: in FT_CLOCK_ALWAYS every calendar day from first_live_day on (local) is one
 * regular session from 00:00 to 24:00, days before follow the real calendar and timetable. */
struct ft_hours {
    enum ft_clock_mode mode;
    ft_day first_live_day;
};

/* Whether `day` is a trading day of the profile under these hours. */
bool ft_is_trading_day(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                       ft_day day);
ft_day ft_next_trading_day(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                           ft_day day);
ft_day ft_prev_trading_day(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                           ft_day day);
/* Spans of a trading day; returns how many (0: not a trading day). */
int ft_day_spans(const struct ft_timetables *t, int profile, const struct ft_hours *h, ft_day day,
                 struct ft_span out[FT_SPANS_MAX]);

/* Where a moment lies. */
struct ft_moment {
    ft_day trading_day;   /* the day whose spans contain it; outside of all: the latest begun one */
    struct ft_span span;  /* outside of all spans: the closed state between them, FT_SES_NONE */
    ft_day local_day;     /* calendar day and nanoseconds of it in the profile's zone */
    int64_t local_ns;
    int64_t span_end_ns;  /* UTC moment at which another span begins */
};
void ft_moment_at(const struct ft_timetables *t, int profile, const struct ft_hours *h,
                  int64_t utc_ns, struct ft_moment *out);
/* UTC moment of a local minute of a trading day (as in ft_span). */
int64_t ft_minute_to_utc(const struct ft_timetables *t, int profile, ft_day day, int32_t minute);

#endif
