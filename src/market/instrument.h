/* Instruments: static facts of everything that can be quoted, read from data/ at the start.
 *
 * The universe is immutable while the gateway runs, but for the day that advances: expired
 * derivatives stay known as delisted. Option chains, warrants and futures months are generated
 * from rules (data/options.csv, warrants.csv, futures.csv). */
#ifndef FT_MARKET_INSTRUMENT_H
#define FT_MARKET_INSTRUMENT_H

#include "base/fixed.h"
#include "market/session.h"

/* Values of Qot_Common.QotMarket. */
enum ft_market {
    FT_MARKET_HK = 1, FT_MARKET_US = 11, FT_MARKET_SH = 21, FT_MARKET_SZ = 22, FT_MARKET_SG = 31,
    FT_MARKET_JP = 41,
};
/* Values of Qot_Common.SecurityType. */
enum ft_sec_type {
    FT_SEC_STOCK = 3, FT_SEC_ETF = 4, FT_SEC_WARRANT = 5, FT_SEC_INDEX = 6, FT_SEC_PLATE = 7,
    FT_SEC_OPTION = 8, FT_SEC_FUTURE = 10,
};
/* Values of Qot_Common.WarrantType and, for options, OptionType (1 call, 2 put). */
enum ft_right { FT_RIGHT_NONE, FT_CALL = 1, FT_PUT = 2, FT_BULL = 3, FT_BEAR = 4, FT_INLINE = 5 };
/* What a future is on (column kind of data/futures.csv, in this order). */
enum ft_future_kind {
    FT_FUTURE_INDEX, FT_FUTURE_STOCK, FT_FUTURE_FUND, FT_FUTURE_CURRENCY, FT_FUTURE_CRYPTO,
    FT_FUTURE_RATE, FT_FUTURE_ENERGY, FT_FUTURE_METAL, FT_FUTURE_GRAIN, FT_FUTURE_KINDS,
};
enum ft_currency { FT_HKD, FT_USD, FT_CNY, FT_JPY, FT_SGD };
enum ft_name_lang { FT_NAME_EN, FT_NAME_SC, FT_NAME_TC };

typedef uint32_t ft_inst; /* index in the universe */
#define FT_NO_INST UINT32_MAX

enum { FT_CODE_MAX = 31 };

struct ft_instrument {
    ft_inst index;
    uint8_t market;    /* enum ft_market */
    uint8_t type;      /* enum ft_sec_type */
    uint8_t exch;      /* a Qot_Common.ExchType number */
    uint8_t liquidity; /* 1 most to 5 least */
    uint8_t currency;  /* enum ft_currency */
    uint8_t right;     /* enum ft_right: warrants and options */
    uint8_t plate_kind; /* plates: a Qot_Common.PlateSetType number */
    bool is_main;      /* continuous main contract of a future */
    bool is_continuous; /* main, current or next: no expiry of its own */
    bool suspended;
    bool reit;         /* of type ETF here, but a trust for fees and margins */
    bool american;     /* option style */
    uint8_t daily_limit;  /* percent from the previous close, mainland; 0: none */
    uint8_t index_option; /* Qot_Common.IndexOptionType: 1 normal, 2 small; 0: not one */
    uint8_t cycle;        /* options: a Qot_Common.ExpirationCycle number; 0: not known */
    uint8_t settlement;   /* options: Qot_Common.OptionSettlementMode, 1 AM, 2 PM; 0: not stated */
    uint8_t future_kind;  /* futures: enum ft_future_kind */
    uint8_t issuer;       /* Qot_Common.Issuer of warrants; 0: unknown */
    int8_t profile;    /* timetable */
    uint16_t tick_table;
    int32_t lot;       /* board lot; options: shares a contract; futures: multiplier (rounded) */
    ft_day listing_day; /* FT_NO_DAY: unknown */
    ft_day expiry_day;  /* last trading day: options, warrants, months; FT_NO_DAY otherwise */
    ft_day maturity_day; /* warrants: maturity, after the last trading day; else = expiry_day */
    ft_inst underlying; /* or FT_NO_INST; a continuous contract: its month of today */
    int64_t issued;     /* shares or units */
    int64_t outstanding;
    ft_price reference; /* rounded starting price on the data's date, not market data */
    ft_price strike;    /* options, warrants */
    ft_price barrier;   /* CBBC recovery price; inline: upper strike (lower in `strike`) */
    int64_t ratio;      /* warrants: warrants per share x FT_QTY_SCALE; futures: multiplier x same */
    uint32_t name[3];   /* offsets in the universe's text, by enum ft_name_lang */
    char code[FT_CODE_MAX + 1];
};

struct ft_universe;

/* Columns of a user's file: those of data/instruments.csv (data/README.md), of which market, code,
 * type, name_en, lot, currency and reference_price must be there. A row with a code of the shipped
 * data replaces it. Its type may also be option; `extra` then has kind, strike, expiry and perhaps
 * style; a future that is no continuous contract has expiry; hours=PROFILE names a timetable. */
enum { FT_INSTRUMENTS_MAX = 1000000 };

/* Loads every file of data/ through `read`; `today` (a UTC day) decides which futures months and
 * option expiries are listed; `extra` is the text of a user's instruments file, or NULL. */
struct ft_universe *ft_universe_load(ft_read_data *read, void *user, ft_day today,
                                     const char *extra, size_t extra_len, struct ft_err *err);
void ft_universe_free(struct ft_universe *u);

size_t ft_universe_count(const struct ft_universe *u);
const struct ft_instrument *ft_universe_at(const struct ft_universe *u, ft_inst i);
/* The instrument, or NULL. */
const struct ft_instrument *ft_universe_find(const struct ft_universe *u, int market,
                                             const char *code);
const char *ft_instrument_name(const struct ft_universe *u, const struct ft_instrument *inst,
                               enum ft_name_lang lang);
const struct ft_timetables *ft_universe_timetables(const struct ft_universe *u);
const struct ft_calendars *ft_universe_calendars(const struct ft_universe *u);
/* Date of the reference prices. */
ft_day ft_universe_as_of(const struct ft_universe *u);

/* Members of a plate or an index, and plates of an instrument: *out points into the universe; returns count. */
size_t ft_plate_members(const struct ft_universe *u, ft_inst plate, const ft_inst **out);
size_t ft_plates_of(const struct ft_universe *u, ft_inst inst, const ft_inst **out);

/* Derivatives of an underlying, by code: *out points into the universe. */
size_t ft_derivatives_of(const struct ft_universe *u, ft_inst underlying, const ft_inst **out);

/* Tick size just above (up) or below a price on a day: a price equal to a band's upper bound is on
 * the grid of both bands (market-rules.md 1). > 0. */
ft_price ft_tick_size(const struct ft_universe *u, const struct ft_instrument *inst, ft_day day,
                      ft_price price, bool up);
/* Nearest price on the grid, not below one tick. */
ft_price ft_tick_round(const struct ft_universe *u, const struct ft_instrument *inst, ft_day day,
                       ft_price price);

/* Bands of a tick table in force on a day, ascending, for the matching engine; returns the count.
 * *bounds (inclusive; INT64_MAX: none) and *ticks point into the universe. A tick that ft_price
 * cannot hold (1/128, 1/256) is the least multiple of it that it can (1/64). */
enum { FT_TICK_BANDS_MAX = 24 };
size_t ft_tick_bands(const struct ft_universe *u, uint16_t table, ft_day day,
                     const ft_price **bounds, const ft_price **ticks);

/* Stable 64-bit key of (market, code), which does not depend on what else is in the universe. */
uint64_t ft_instrument_key(const struct ft_instrument *inst);

/* A broker of the HK queue. */
struct ft_broker { int32_t id; const char *name[3]; };
size_t ft_brokers(const struct ft_universe *u, const struct ft_broker **out);

#endif
