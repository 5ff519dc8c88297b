/* The world's inside, shared by world.c (commands, time) and world_read.c (questions). */
#ifndef FT_SIM_WORLD_STATE_H
#define FT_SIM_WORLD_STATE_H

#include "sim/flow.h"
#include "sim/world.h"

#include "base/due.h"
#include "base/list.h"
#include "base/map64.h"

/* An instrument that is watched, or was watched today. */
struct ft_active {
    ft_inst inst;
    uint32_t watchers;   /* 0: retired, its tape is kept for the day */
    struct ft_tape *tape;
    bool has_book;       /* indices and plates have none */
    bool book_open;      /* orders rest: the book was seeded */
    uint32_t ex_inst;    /* exchange instrument, kept for ever once made */
    bool ex_made;
    uint64_t epoch;      /* activations so far: another stream of draws each */
    struct ft_flow flow;
    enum ft_ex_phase phase;  /* its exchange phase, when it has a book */
    struct ft_moment moment; /* valid until moment.span_end_ns */
    struct ft_due due;       /* its next arrival or the end of its span; ties: by instrument */
    bool in_changed;
    double mark_turnover_per_share; /* indices: turnover that goes with a unit of volume */
};

struct ft_world {
    const struct ft_universe *universe;
    const struct ft_timetables *timetables;
    struct ft_model *model;
    struct ft_world_options options;
    int64_t now_ns;
    struct ft_exch *exch;
    struct ft_ex_events events;
    struct ft_map64 active;       /* ft_inst + 1 -> struct ft_active */
    struct ft_active **by_ex;     /* exchange instrument -> active */
    size_t by_ex_cap;
    struct ft_due_heap due;       /* struct ft_active.due of the watched ones */
    ft_inst *changed;
    size_t changed_count, changed_cap;
    uint32_t *profile_of_table;   /* tick table -> exchange profile + 1 */
    size_t profile_count;
    struct ft_ex_event *user;     /* ring of events for the broker */
    uint32_t user_head, user_tail, user_cap;
    int32_t *broker_ids;
    size_t broker_count;
    uint64_t hash;
    ft_event_sink *sink;
    void *sink_user;
    struct ft_bar *scratch;       /* FT_DAY_BARS_MAX minutes */
};

/* The instrument whose book and tape serve `i`: a continuous future's month. */
ft_inst ft_world_resolve(const struct ft_world *w, ft_inst i);
struct ft_active *ft_world_active(const struct ft_world *w, ft_inst i);
void ft_world_moment(const struct ft_world *w, ft_inst i, int64_t utc_ns, struct ft_moment *out);
/* Session of a bar label on its trading day, by the day's spans. */
enum ft_session ft_world_session_of(const struct ft_span *spans, int n, ft_day day,
                                    const struct ft_bar *bar);
/* Minutes of a trading day from the model up to a moment (the last one cut there), with their
 * sessions; returns the count. `out` and `sessions` have room for FT_DAY_BARS_MAX. */
size_t ft_world_model_minutes(const struct ft_world *w, ft_inst i, ft_day day, int64_t until_ns,
                              struct ft_bar *out, uint8_t *sessions);

/* world.c: one command to the exchange, and what follows from it. */
void ft_world_apply(struct ft_world *w, const struct ft_ex_cmd *cmd);

/* phases.c */

/* Phase that the moment's span asks of the exchange. */
enum ft_ex_phase ft_world_phase_of(const struct ft_world *w, const struct ft_active *a);
/* Puts the book into a phase with the price limits that hold in it. Leaving an auction first lets
 * the participants' at-auction orders in, then the exchange matches. */
void ft_world_send_phase(struct ft_world *w, struct ft_active *a, enum ft_ex_phase phase);
/* Whether the moment is a pause between an auction or session and the next one, in which the book
 * rests and is shown. */
bool ft_world_in_pause(const struct ft_world *w, const struct ft_active *a);
/* What its participants see now. */
struct ft_flow_view ft_world_view(const struct ft_world *w, const struct ft_active *a);
/* Label of the bar that a trade of the auction just matched belongs to. */
void ft_world_auction_label(const struct ft_world *w, const struct ft_active *a, ft_day *label_day,
                            int32_t *minute, bool *opening);

/* past_ticks.c */

/* TickerType of a trade. */
uint8_t ft_world_tick_type(const struct ft_instrument *inst, enum ft_session session, ft_qty qty,
                           bool auction);
/* Trades of backfilled minutes, the newest FT_TICKS_KEPT of them, onto the tape. */
void ft_world_past_ticks(struct ft_world *w, struct ft_active *a, const struct ft_bar *bars,
                         const uint8_t *sessions, size_t n);

#endif
