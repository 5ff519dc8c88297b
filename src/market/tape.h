/* Live data of one watched instrument: quote, today's bars, recent trades, capital flow.
 *
 * A feed tells what happened (ft_tape_trade, ft_tape_mark ...) with its time; everything a client
 * can ask about the running day is kept here. Readers look at the struct; only the functions of
 * tape.c write it. The order book itself stays in the exchange. */
#ifndef FT_MARKET_TAPE_H
#define FT_MARKET_TAPE_H

#include "market/bar.h"
#include "market/instrument.h"

/* Values of Qot_Common.TickerDirection and the TickerType numbers that occur. */
enum ft_tick_dir { FT_DIR_BUY = 1, FT_DIR_SELL = 2, FT_DIR_NEUTRAL = 3 };
enum ft_tick_type { FT_TICK_AUTO_MATCH = 1, FT_TICK_ODD_LOT = 6, FT_TICK_AUCTION = 7,
                    FT_TICK_EXTENDED = 21 };

struct ft_tick {
    int64_t time_ns;
    uint64_t sequence; /* strictly increasing: Unix second << 32 | count (quote-realtime.md 4.10) */
    ft_price price;
    ft_qty volume;
    uint8_t dir;       /* enum ft_tick_dir */
    uint8_t type;      /* enum ft_tick_type */
    uint8_t session;   /* enum ft_session it happened in */
    bool opening;      /* of an opening auction that has a bar of its own, labelled with the open */
};

/* What moved in one session kind of the day. */
struct ft_session_figures {
    ft_price open, high, low, last; /* 0 before the first trade */
    ft_qty volume;
    ft_money turnover;
};

/* Net money by size of the trade: super, big, mid, small (thresholds in tape.c, simulated). */
enum { FT_FLOW_SUPER, FT_FLOW_BIG, FT_FLOW_MID, FT_FLOW_SMALL, FT_FLOW_SIZES };
/* Of a minute whose trades are not known, in percent: its turnover by size, and how much of each goes
 * with the minute's direction. Simulated. */
extern const int ft_flow_share[FT_FLOW_SIZES];
enum { FT_FLOW_WITH = 75 };
struct ft_capital_flow {
    ft_money in[FT_FLOW_SIZES], out[FT_FLOW_SIZES];
    int64_t update_ns;
};

enum { FT_TICKS_KEPT = 1000, FT_DAY_BARS_MAX = 1441 + 1 };

/* A minute bar and the session that it lies in. */
struct ft_tape_bar {
    struct ft_bar bar;
    uint8_t session;             /* enum ft_session */
    ft_money net[FT_FLOW_SIZES]; /* capital flow of the minute, in less out */
};

/* Bits of what changed since the last ft_tape_drain. */
enum {
    FT_CHANGED_QUOTE = 1 << 0,
    FT_CHANGED_BOOK = 1 << 1,
    FT_CHANGED_TICK = 1 << 2,
    FT_CHANGED_BAR = 1 << 3,
    FT_CHANGED_RT = 1 << 4,
    FT_CHANGED_BROKER = 1 << 5,
    FT_CHANGED_STATE = 1 << 6, /* market state, day */
};

struct ft_tape {
    const struct ft_instrument *inst;
    ft_day day;                /* trading day that the figures are of */
    ft_price prev_close;       /* unadjusted close of the trading day before */
    ft_price last;             /* last price of the regular session (prev_close before any) */
    int64_t update_ns;         /* time of the last price, 0: none */
    struct ft_session_figures regular, pre, after, overnight;
    ft_qty open_interest;      /* futures and options */
    ft_qty open_interest_change;
    ft_price prev_settle;

    struct ft_tape_bar *bars;  /* minutes of the day, ascending; the last one is under way */
    size_t bar_count;
    struct ft_tick *ticks;     /* ring of FT_TICKS_KEPT */
    uint64_t tick_count;       /* ever; the newest is ticks[(tick_count - 1) % FT_TICKS_KEPT] */
    struct ft_capital_flow flow;
    int64_t bid_ns, ask_ns;    /* last change of each side of the book */

    unsigned changed;          /* FT_CHANGED_... since the last drain */
    int64_t changed_ns;        /* when the first of these happened */
    uint64_t ticks_drained;    /* tick_count at the last drain */
    size_t first_bar_changed;  /* index of the first minute bar that changed since the drain */
};

struct ft_tape *ft_tape_new(const struct ft_instrument *inst);
void ft_tape_free(struct ft_tape *l);

/* Begins a trading day: clears the figures, keeps ticks. */
void ft_tape_begin_day(struct ft_tape *l, ft_day day, ft_price prev_close);
/* Fills the day so far from given minutes (model or record), before anything live; no minute may
 * lie at or before one that is there. The sizes of their trades are not known: see ft_flow_share. */
void ft_tape_backfill(struct ft_tape *l, const struct ft_bar *bars, const uint8_t *sessions,
                      size_t n, int64_t last_ns);
/* A trade of minutes that were backfilled, oldest first: readers find it, nothing is pushed. */
void ft_tape_past_tick(struct ft_tape *l, const struct ft_tick *tick);
/* One trade. `minute` is its bar's label (as ft_bar.minute) on `label_day`. */
void ft_tape_trade(struct ft_tape *l, const struct ft_tick *tick, ft_day label_day, int32_t minute);
/* A price without trade (an index): `volume` and `turnover` are what was added since the last. */
void ft_tape_mark(struct ft_tape *l, int64_t time_ns, ft_price price, ft_qty volume,
                  ft_money turnover, ft_day label_day, int32_t minute, enum ft_session session);
void ft_tape_book_changed(struct ft_tape *l, bool bid, bool ask, int64_t time_ns);

/* Bars of today of any intraday kind in the wanted sessions (FT_IN_... mask), the newest `max` of
 * them ascending into out; periods never span a break between sessions. Returns the count. */
size_t ft_tape_bars(const struct ft_tape *l, enum ft_bar_kind kind, unsigned sessions,
                    struct ft_bar *out, size_t max);
/* The bars of an intraday kind that minute bars from `first` (an index in l->bars) on belong to,
 * ascending, at most `max` (the newest). */
size_t ft_tape_changed_bars(const struct ft_tape *l, enum ft_bar_kind kind, unsigned sessions,
                            size_t first, struct ft_bar *out, size_t max);
/* Today's bar of the regular session; false before any trade. */
bool ft_tape_day_bar(const struct ft_tape *l, struct ft_bar *out);

/* Groups ascending minute bars into bars of `kind` (intraday): into may be the same array as from.
 * Returns the count. Labels are the period's end minute. */
size_t ft_bars_group(enum ft_bar_kind kind, const struct ft_bar *from, size_t n,
                     struct ft_bar *into);

#endif
