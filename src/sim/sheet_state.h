/* The sheet's inside, shared by sheet.c (rows, clocks, prices) and sheet_columns.c (what is kept for
 * the trading day). */
#ifndef FT_SIM_SHEET_STATE_H
#define FT_SIM_SHEET_STATE_H

#include "sim/model_state.h"
#include "sim/sheet.h"
#include "sim/world_state.h"

enum {
    CLOCKS_MAX = 128,          /* timetables of stocks: a handful */
    DAYS = FT_SERIES_MAX - 1,  /* past bars of each kind */
    WEEKS = 299,
    MONTHS = 199,
    RANGE_DAYS = 120,          /* bars with highs and lows: KDJ has forgotten what lies before */
    RANGE_WEEKS = 80,
    RANGE_MONTHS = 60,
    HOUR_BARS = 150,
    EVENTS = 96,
    BACKTRACK = 64,            /* minutes in which even a quiet stock trades */
    YEAR_DAYS = 365,
};
enum { BY_DAY, BY_WEEK, BY_MONTH, KINDS };

static const int kind_max[KINDS] = {DAYS, WEEKS, MONTHS};
static const enum ft_bar_kind bar_kinds[KINDS] = {FT_BAR_DAY, FT_BAR_WEEK, FT_BAR_MONTH};

/* Where a timetable stands: what all stocks of it have in common. */
struct clock {
    int8_t profile;
    int market;           /* Shenzhen with Shanghai */
    int64_t minute;       /* world minute that `done` is of, + 1; 0: never */
    struct day_path path; /* layout of the running day, or of the last one that ran */
    int first, done;      /* borders of the path: regular session's start, minutes finished */
    int64_t auction_ns;   /* when the opening auction prints (HK) */
    bool opened, printed; /* the regular session; that auction */
    bool listed[KINDS];
    int count[KINDS];
    ft_day *days[KINDS];  /* last trading days of past periods, ascending, */
    double *motion[KINDS]; /* and the market's motion at their ends */
};

/* A stock's way along the running day. */
struct cursor {
    ft_day day;
    int64_t minute; /* world minute that `last` is of, + 1 */
    int k, last_k;  /* border reached; border of the last trade, -1: none */
    double sum, last_sum;
    struct day_noise noise;
    struct volume_rule volume;
    ft_price low, high; /* daily limits */
    ft_price prev_close, last;
};

/* Columns of one kind of bar, by place in clock.days; NAN: not listed yet. */
struct column {
    double *close; /* and a place more, for the running bar */
    int first;     /* first one that is known */
    double *high, *low; /* known from `range_from` on */
    int range_from;
};

struct row {
    const struct ft_instrument *inst;
    struct clock *clock; /* of its timetable and market */
    struct cursor at;
    uint64_t priced;  /* moment that `price` is of */
    ft_price price;
    bool traded;
    ft_day facts_of;  /* day that the facts are of */
    struct ft_sheet_facts facts;
    ft_day built_for; /* running day that the columns below are of */
    struct column columns[KINDS];
    double *volume, *turnover;  /* by day; known from these places on */
    int volume_from, turnover_from;
    double year_close, year_low, year_high;
    bool year_close_known, year_range_known;
    int64_t today_minute; /* world minute + 1 that `today` is of */
    struct ft_bar today;
    bool has_today;
};

struct ft_sheet {
    struct ft_world *world;
    struct ft_model *model;
    struct row *rows;
    size_t count;
    struct ft_map64 places; /* ft_inst + 1 -> struct row */
    struct clock *clocks[CLOCKS_MAX];
    size_t clock_count;
    uint64_t moment;    /* counts moments of world time: a price holds for one */
    int64_t moment_ns;
    size_t warm;        /* rows that ft_sheet_warm has been at today */
    ft_day warm_day;
    double close[FT_SERIES_MAX], high[FT_SERIES_MAX], low[FT_SERIES_MAX];
    struct ft_bar bars[HOUR_BARS];
};

/* The row's clock, brought to the world's minute. */
struct clock *ft_sheet_clock(struct ft_sheet *s, const struct row *r);
/* Past periods' last trading days, ascending, the newest kind_max of them; false without memory. */
bool ft_sheet_days(struct ft_sheet *s, const struct ft_instrument *inst, struct clock *c, int kind);
/* Whether the running day has a bar, and its price. */
bool ft_sheet_price_now(struct ft_sheet *s, struct row *r, ft_price *last);
/* The tape of a watched stock on the running day, or NULL. */
const struct ft_tape *ft_sheet_live(const struct ft_sheet *s, const struct row *r,
                                    const struct clock *c);
/* Forward adjusted closes by place in clock.days; NULL without memory. */
const double *ft_sheet_closes(struct ft_sheet *s, struct row *r, struct clock *c, int kind);

#endif
