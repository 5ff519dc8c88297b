/* The simulated world: a deterministic state machine (state, time, command) -> (state, events).
 *
 * It owns an exchange with one book for every instrument that somebody watches, the participants
 * that trade there (flow.h), and the live data that follows (market/tape.h). Time is handed in and
 * never runs backwards; how finely the steps are cut changes nothing: step(t1); step(t2) equals
 * step(t2). Instruments that nobody watches have no book and cost nothing: their figures come from
 * the model. When one is watched, the model gives the day so far, a book around the fair value in
 * the flow's steady state, and the participants go on from there. */
#ifndef FT_SIM_WORLD_H
#define FT_SIM_WORLD_H

#include "exchange/exchange.h"
#include "market/tape.h"
#include "sim/model.h"

struct ft_world;

struct ft_world_options {
    uint64_t seed;
    struct ft_hours hours;
    int64_t start_ns; /* world time of the first moment, UTC */
};

/* The universe must outlive the world. NULL with a reason. */
struct ft_world *ft_world_new(const struct ft_universe *u, const struct ft_world_options *options,
                              struct ft_err *err);
void ft_world_free(struct ft_world *w);

const struct ft_universe *ft_world_universe(const struct ft_world *w);
const struct ft_model *ft_world_model(const struct ft_world *w);
int64_t ft_world_now(const struct ft_world *w);

/* Advances to now_ns (>= ft_world_now; earlier is taken as now). Returns the number of exchange
 * operations done. */
size_t ft_world_step(struct ft_world *w, int64_t now_ns);
/* The same, but stops at the first moment at which a user's order has an event, so that whoever owns
 * it hears of it with the market as it was then. */
size_t ft_world_step_to_event(struct ft_world *w, int64_t now_ns);
/* World time of the next thing that will happen by itself; INT64_MAX: nothing is watched. */
int64_t ft_world_next(const struct ft_world *w);

/* Book keeping of who needs an instrument live: counted. A continuous future watches its month.
 * -1 with a reason (no memory). */
int ft_world_watch(struct ft_world *w, ft_inst i, struct ft_err *err);
void ft_world_unwatch(struct ft_world *w, ft_inst i);
/* Live data, or NULL when nobody watches (continuous futures: their month's). */
const struct ft_tape *ft_world_live(const struct ft_world *w, ft_inst i);

/* Instruments with changes since the last call, each once: pass -> read tape->changed, then
 * ft_world_drained clears them. Returns the count; *out is the world's, until the next step. */
size_t ft_world_changed(struct ft_world *w, const ft_inst **out);
void ft_world_drained(struct ft_world *w);

/* Figures of any instrument now, live or from the model, without watching it. */
struct ft_quote {
    ft_day day;              /* trading day of the figures */
    int64_t update_ns;       /* 0: none yet */
    int32_t state;           /* QotMarketState of its product now */
    ft_price last, open, high, low, prev_close;
    ft_qty volume;
    ft_money turnover;
    ft_price bid, ask;       /* 0: none */
    ft_qty bid_qty, ask_qty;
    struct ft_session_figures pre, after, overnight; /* zero volume and price: absent */
    ft_price price_5min_ago; /* 0: unknown */
    ft_qty open_interest, open_interest_change;
    ft_price prev_settle;
};
void ft_world_quote(struct ft_world *w, ft_inst i, struct ft_quote *out);

/* Contracts of an option or future that are open on a trading day: some multiple of what traded on
 * the day before, so that it changes once a day. Simulated. */
ft_qty ft_world_open_interest(const struct ft_world *w, ft_inst i, ft_day day);

/* Book of a watched instrument; levels best first. Returns how many levels were filled. */
struct ft_world_level { ft_price price; ft_qty qty; int32_t orders; };
size_t ft_world_book(const struct ft_world *w, ft_inst i, bool bid, struct ft_world_level *out,
                     size_t max);
/* Orders of one side in priority order, at most max: for order details and the broker queue. */
struct ft_world_order { uint64_t id; ft_price price; ft_qty qty; int32_t level; int32_t broker; };
size_t ft_world_orders(const struct ft_world *w, ft_inst i, bool bid, struct ft_world_order *out,
                       size_t max);

/* Bars now: history from the model, today from live data or the model; the newest `max` bars up to
 * now of any kind, ascending, unadjusted. `sessions` matters for intraday kinds only. */
size_t ft_world_recent_bars(struct ft_world *w, ft_inst i, enum ft_bar_kind kind, unsigned sessions,
                            struct ft_bar *out, size_t max);
/* Bars whose labels lie in [from, to] (local days and minutes of day), ascending, the first `max` of
 * them; *more tells whether further ones follow. Future days have none. */
size_t ft_world_history_bars(struct ft_world *w, ft_inst i, enum ft_bar_kind kind,
                             unsigned sessions, ft_day from_day, int32_t from_minute,
                             ft_day to_day, int32_t to_minute, struct ft_bar *out, size_t max,
                             bool *more);

/* Every minute of the live day in the wanted sessions up to now, as the time-share line has them
 * (quote-realtime.md 4.9: no minute is left out): one without trade has volume 0 and the price
 * before. Of a watched instrument; returns the count. */
size_t ft_world_day_points(const struct ft_world *w, ft_inst i, unsigned sessions,
                           struct ft_bar *out, size_t max);

/* Capital flow of today: cumulative by minute (label minute, net by size), and in/out now; the same
 * whether watched or not is not promised, but totals are consistent with the day's turnover. */
struct ft_flow_point { ft_day label_day; int32_t minute; ft_money net[FT_FLOW_SIZES]; };
size_t ft_world_capital_flow(struct ft_world *w, ft_inst i, struct ft_flow_point *out, size_t max);
void ft_world_capital_distribution(struct ft_world *w, ft_inst i, struct ft_capital_flow *out);

/* Running hash over every exchange event and every trade so far: equal for equal seeds, commands
 * and times. With a sink, the same events as text lines, for the byte-identical log test. */
uint64_t ft_world_hash(const struct ft_world *w);
typedef void ft_event_sink(void *user, const char *line, size_t len);
void ft_world_log_to(struct ft_world *w, ft_event_sink *sink, void *user);

/* Orders of users (the broker's venue): they join the same books in price-time priority. `cmd` is a
 * command of exchange.h on instrument i; its `inst` is filled in here, its `owner` must not be 0
 * (0 are the simulated participants) and its id must be below FT_WORLD_USER_IDS. The instrument must
 * be watched (the broker watches what has orders). Applied at world time now. -1 with a reason when
 * it cannot be passed on; what the exchange says comes as events. */
#define FT_WORLD_USER_IDS (UINT64_C(1) << 62)
int ft_world_command(struct ft_world *w, ft_inst i, const struct ft_ex_cmd *cmd,
                     struct ft_err *err);
/* Exchange events in which a user's order takes part, oldest first; `inst` is the ft_inst. NULL:
 * none left. The pointer is good until the next step or command. */
const struct ft_ex_event *ft_world_next_event(struct ft_world *w);
bool ft_world_has_event(const struct ft_world *w);

#endif
