/* The model's inside, shared by model.c (paths), model_bars.c (bars) and rehab.c (actions). */
#ifndef FT_SIM_MODEL_STATE_H
#define FT_SIM_MODEL_STATE_H

#include "sim/model.h"

#include "base/map64.h"

enum {
    PATH_MINUTES_MAX = 1500,
    /* 44 years: a bar of decades is not worked out twice; only what is used becomes resident. */
    DAY_CACHE = 16384,
    PATHS_CACHED = 2,
    INST_CACHE_MAX = 256,
};

/* A run of minutes that trade, of one trading day. */
struct path_span {
    int64_t start_ns, end_ns; /* UTC */
    int32_t first;            /* index of its first minute in the path */
    int32_t start_minute;     /* local, from 00:00 of the trading day */
    enum ft_session session;
    bool closing_call;        /* one bar, at its end */
};

/* The values of one trading day: `fair` at the borders of its minutes, what happens in between.
 * The regular session ends at the value that the model has for the day (ft_model_close). */
struct day_path {
    ft_day day; /* FT_NO_DAY: empty */
    uint64_t used;
    int span_count;
    struct path_span spans[FT_SPANS_MAX];
    int minutes;
    int close;            /* index of the regular session's end in `fair`; 0: there is none */
    int moving;               /* minutes before trading after hours at the close alone (China) */
    bool opening_auction; /* a bar of its own at the first regular minute's start (HK) */
    double *fair;         /* minutes + 1 */
    float *reach;         /* minutes: how far high and low go beyond open and close, relative */
    ft_qty *volume;       /* minutes */
    ft_qty auction_volume;
    bool closing_auction;  /* after the last regular minute, in whose bar it is (HK) */
    ft_qty closing_volume; /* of the last minute's volume, that auction's */
};

struct inst_cache {
    ft_inst inst;
    uint64_t used;
    struct day_path paths[PATHS_CACHED];
    struct ft_bar *days;  /* DAY_CACHE entries by day & (DAY_CACHE - 1), without prev_close */
    uint8_t *day_known;   /* 1: bar, 2: none */
    ft_day *day_of;
    struct ft_rehab *rehab;
    size_t rehab_count;
    bool rehab_known;
};

struct ft_model {
    const struct ft_universe *universe;
    const struct ft_timetables *timetables;
    uint64_t seed;
    struct ft_hours hours;
    ft_day as_of;
    struct ft_map64 cache; /* inst + 1 -> struct inst_cache */
    struct ft_extremes *extremes; /* by instrument, of the newest day asked for */
    uint64_t clock;        /* of cache use */
};

/* How an instrument moves and trades. */
struct dynamics {
    double volatility;     /* a year */
    double money_a_day;    /* turnover, in the currency; contracts: contracts a day */
    bool counts_contracts;
    uint64_t key;          /* of its own noise */
};
#define FT_TURNED_AT_MOST 0.03           /* of an issue a day */
static const double ft_pool_shares = 2e9; /* of an index's or a plate's members a day */
struct dynamics ft_dynamics_of(const struct ft_instrument *inst);
bool ft_is_derivative(const struct ft_instrument *inst);

struct inst_cache *ft_model_cache(struct ft_model *m, ft_inst i);
/* Price at the end of a calendar day before rounding, in the day's units (splits undone). */
double ft_model_close(struct ft_model *m, const struct ft_instrument *inst, ft_day day);
/* Values of the two motions that make an instrument's logarithm on ascending days, standardised;
 * ft_model_log puts them together. */
void ft_model_brownian(uint64_t seed, uint64_t stream, const ft_day *days, size_t n, double *out);
double ft_model_log(const struct ft_instrument *driver, double market, double own);
uint64_t ft_model_market_stream(const struct ft_instrument *driver);
/* Limits of a mainland day, from the close before it; 0: none (model_bars.c). */
void ft_model_limits(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                     ft_price close_before, ft_price *low, ft_price *high);
ft_price ft_model_on_grid(const struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                          double value, ft_price low, ft_price high);
/* Value of a derivative for a spot of its underlying at a moment. */
double ft_model_derive(struct ft_model *m, const struct ft_instrument *inst, double spot,
                       int64_t utc_ns);
/* The day's path, cached; NULL without memory or when the day does not trade. */
const struct day_path *ft_model_path(struct ft_model *m, const struct ft_instrument *inst,
                                     ft_day day);
/* Ratio of an instrument's one split, which counts for days before *before; 1: none. */
double ft_model_split(const struct ft_model *m, const struct ft_instrument *inst, ft_day *before);
/* ft_model_closes with the market's part of the motion given, which many instruments share; n <=
 * FT_CLOSES_CHUNK. */
enum { FT_CLOSES_CHUNK = 512 };
void ft_model_closes_with(struct ft_model *m, const struct ft_instrument *inst, const ft_day *days,
                          size_t n, const double *market, ft_price *out);
/* Product of the ratios of splits whose ex-day is after `day`. */
double ft_model_split_factor(struct ft_model *m, const struct ft_instrument *inst, ft_day day);

/* What of a day's path does not depend on values: spans that trade, minutes and flags; p->day is set
 * before. */
void ft_model_lay_out(const struct ft_model *m, const struct ft_instrument *inst,
                      struct day_path *p);
/* The instrument whose motion this one follows: futures follow what they are on. */
const struct ft_instrument *ft_model_driver(const struct ft_model *m,
                                            const struct ft_instrument *inst);
/* Where a day's path begins, given the logarithms at the ends of the day before and of the day. */
double ft_model_open_log(const struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                         ft_day prev, double before, double after, double volatility);

/* How a day's volume spreads over its minutes: a U over the regular session, little in extended
 * hours. Any minute can be asked alone. */
struct volume_rule {
    uint64_t key;
    int64_t lot;
    double shares, lots_a_minute;
    int regular; /* minutes of the regular session */
    int close;   /* minutes of the path up to the regular session's end */
    int closing; /* index + 1 of the minute that holds a closing auction; 0: none */
};
struct volume_rule ft_model_volume_rule(const struct ft_model *m, const struct ft_instrument *inst,
                                        const struct day_path *p, double price);

/* High and low of a past day's bar (regular session), as ft_model_day has them, without making the
 * day's path; and its volume. False and 0: no bar. Not for derivatives. */
bool ft_model_day_range(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                        ft_price *low, ft_price *high);
ft_qty ft_model_day_volume(struct ft_model *m, const struct ft_instrument *inst, ft_day day);

/* The noise of a day's path without the path: a row of cursors, one an instrument, walks along the
 * minutes of the running day (model_fast.c). */
struct day_noise {
    uint64_t key;
    double minute;         /* deviation of a minute */
    double end;            /* sum up to the regular session's end */
    double from, to, base; /* logarithms: where the day begins and ends, and of the reference */
    double scale;
    int close;
};
bool ft_model_noise(struct ft_model *m, const struct ft_instrument *inst, const struct day_path *p,
                    struct day_noise *out);
/* Value at border k of the path, 0 <= k <= close, `sum` being the noise up to there; the same bits
 * as in the path. */
double ft_model_at_border(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                          const struct day_noise *n, int k, double sum);

/* A cheap normal: the sum of four 16-bit uniforms, standardised. */
static inline double ft_cheap_normal(uint64_t bits)
{
    double sum = (double)(bits & 0xFFFF) + (double)(bits >> 16 & 0xFFFF) +
                 (double)(bits >> 32 & 0xFFFF) + (double)(bits >> 48);
    return (sum - 131070.0) * (1.0 / 37837.2);
}
/* Mixed bits of a position in a stream: SplitMix64's finaliser (Steele, Lea, Flood 2014). */
static inline uint64_t ft_cheap_bits(uint64_t key, uint64_t at)
{
    uint64_t z = key + at * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* What minute k adds to the noise, and how far its high and low reach beyond its ends. */
static inline double ft_noise_of_minute(const struct day_noise *n, int k)
{
    return n->minute * ft_cheap_normal(ft_cheap_bits(n->key, (uint64_t)k));
}
static inline float ft_reach_of_minute(const struct day_noise *n, int k)
{
    double reach = ft_cheap_normal(ft_cheap_bits(~n->key, (uint64_t)k));
    return (float)(n->minute * 0.45 * (reach < 0 ? -reach : reach));
}

static inline uint64_t ft_model_volume_key(const struct ft_model *m,
                                           const struct ft_instrument *inst, ft_day day)
{
    return ft_instrument_key(inst) ^ m->seed ^ (uint64_t)day * UINT64_C(0xA24BAED4963EE407);
}

/* Volume of minute k of the path; `at`: its place in the regular session, -1 outside of it. */
static inline ft_qty ft_volume_of_minute(const struct volume_rule *r, int k, int at)
{
    double weight = 0.04;
    if (at >= 0) {
        double u = r->regular > 1 ? 2.0 * at / (r->regular - 1) - 1 : 0;
        weight = 0.7 + 0.9 * u * u; /* its mean over the session is one */
    }
    uint64_t bits = ft_cheap_bits(r->key, (uint64_t)k + 7);
    double noise = 0.4 + 1.2 * (double)(bits >> 40) / (double)(1 << 24);
    double dither = (double)(bits & 0xFFFF) / 65536;
    ft_qty volume = (int64_t)(r->lots_a_minute * weight * noise + dither) * r->lot * FT_QTY_SCALE;
    /* A closing price is always printed, so that the day's close is that of the model. */
    if (k + 1 == r->close && volume == 0)
        volume = r->lot * FT_QTY_SCALE;
    return k + 1 == r->closing ? volume * 6 : volume; /* HK's closing auction, in the bar of 16:00 */
}

#endif
