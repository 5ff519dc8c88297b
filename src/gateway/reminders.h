/* Price reminders (quote-derivatives-screening.md 4.2 to 4.4): what they look at, when one is due, and
 * the live ones, which push 3019.
 *
 * The rules (reminder_rules.c) know no gateway. The live part (reminders.c) keeps the instrument of every
 * enabled reminder watched and looks at it whenever the market moved. Nothing fires while nobody hears:
 * no connection of its login is there, or price_reminder_push is 0. */
#ifndef FT_GATEWAY_REMINDERS_H
#define FT_GATEWAY_REMINDERS_H

#include "base/list.h"
#include "base/map64.h"
#include "market/instrument.h"
#include "store/store.h"

struct ft_conn;
struct ft_gateway;
struct ft_login;

/* Values of Qot_Common.PriceReminderType, PriceReminderFreq and PriceReminderMarketStatus. */
enum ft_remind_type {
    FT_REMIND_PRICE_UP = 1, FT_REMIND_PRICE_DOWN, FT_REMIND_RATE_UP, FT_REMIND_RATE_DOWN,
    FT_REMIND_5MIN_UP, FT_REMIND_5MIN_DOWN, FT_REMIND_VOLUME_UP, FT_REMIND_TURNOVER_UP,
    FT_REMIND_TURNOVER_RATE_UP, FT_REMIND_BID_UP, FT_REMIND_ASK_DOWN, FT_REMIND_BID_VOL_UP,
    FT_REMIND_ASK_VOL_UP, FT_REMIND_3MIN_UP, FT_REMIND_3MIN_DOWN,
};
enum { FT_REMIND_TYPES = FT_REMIND_3MIN_DOWN };
enum ft_remind_freq { FT_REMIND_ALWAYS = 1, FT_REMIND_ONCE_A_DAY, FT_REMIND_ONCE };
enum ft_remind_status {
    FT_REMIND_CLOSED, FT_REMIND_OPEN, FT_REMIND_US_PRE, FT_REMIND_US_AFTER, FT_REMIND_US_OVERNIGHT,
};

/* Values of reminders are in 1e-6 of the type's unit: currency, percent, shares. */
#define FT_REMIND_SCALE INT64_C(1000000)
enum {
    FT_REMIND_MAX = 2000,    /* ours, of a login: each keeps a market running, as a subscription does */
    FT_REMIND_NOTE_CHARS = 20,
};
#define FT_REMIND_VALUE_MAX 1e12

/* ---- Rules -------------------------------------------------------------------------------------- */

/* What a market shows at a moment. 0 of a price: there is none. */
struct ft_remind_facts {
    ft_day day;              /* trading day */
    enum ft_remind_status status;
    ft_price price, base;    /* price now, and what the day's change is against */
    ft_price ago_3min, ago_5min;
    ft_price bid, ask;
    ft_qty bid_qty, ask_qty;
    ft_qty volume;           /* of the day; in extended hours of that session */
    ft_money turnover;
    int64_t outstanding;     /* shares; 0: unknown */
};

/* The value that a type looks at. Falls are told as positive numbers. False: there is none now. */
bool ft_remind_value(enum ft_remind_type type, const struct ft_remind_facts *f, int64_t *out);
/* A price is reached when it is equal; everything else has to be exceeded. */
bool ft_remind_holds(enum ft_remind_type type, int64_t now, int64_t set);
/* Rounded down to what is kept: 3 decimals, whole tens of currency ... */
int64_t ft_remind_round(enum ft_remind_type type, const struct ft_instrument *inst, int64_t value);
/* Whether it is due now; *now gets the value. Changes the state: row->enabled, fired and fired_day when
 * it is due, *armed always. `armed` belongs to ALWAYS, which fires each time the condition becomes true:
 * set it when the reminder is set, enabled or changed. */
bool ft_remind_due(struct ft_store_reminder *row, bool *armed, const struct ft_remind_facts *f,
                   int64_t *now);
static inline bool ft_remind_is_percent(enum ft_remind_type t)
{
    return (t >= FT_REMIND_RATE_UP && t <= FT_REMIND_5MIN_DOWN) || t == FT_REMIND_TURNOVER_RATE_UP ||
           t == FT_REMIND_3MIN_UP || t == FT_REMIND_3MIN_DOWN;
}

/* ---- Live --------------------------------------------------------------------------------------- */

struct ft_reminder {
    struct ft_store_reminder row;
    struct ft_login *login;
    const struct ft_instrument *inst;
    ft_inst source;           /* whose tape it looks at: a continuous future's month */
    struct ft_list by_source; /* while enabled: in the list of its source, which is watched then */
    bool armed;
};

struct ft_reminders {
    struct ft_reminder **all; /* by market, code, type, key: the order of 3221 */
    size_t count, cap;
    struct ft_map64 sources;  /* source inst + 1 -> struct ft_list of by_source */
    int64_t last_key;
    bool look_at_all;         /* something was set, or somebody hears again */
    bool lost;                /* the store failed; told once */
};

/* After the store and the market. -1 with a reason; ft_reminders_free cleans up. */
int ft_reminders_start(struct ft_gateway *gw, struct ft_err *err);
void ft_reminders_free(struct ft_gateway *gw);
/* Once a turn, before what changed in the world is drained: fires what is due. */
void ft_reminders_turn(struct ft_gateway *gw);

/* A connection begins to take pushes; one ends, that did or did not. */
void ft_reminders_conn_ready(struct ft_conn *c);
void ft_reminders_conn_gone(struct ft_conn *c);

/* NULL: the login has none with this key. */
struct ft_reminder *ft_reminders_find(const struct ft_gateway *gw, const struct ft_login *l, int64_t key);
size_t ft_reminders_of_login(const struct ft_gateway *gw, const struct ft_login *l);
size_t ft_reminders_of_type(const struct ft_gateway *gw, const struct ft_login *l, ft_inst i, int type);
/* A key that was never given: the world's time in nanoseconds, as the vendor's are. */
int64_t ft_reminders_new_key(const struct ft_gateway *gw);
/* Adds (r NULL) or changes a reminder of the login row->login: on disk, and looked at in this turn. -1 with a reason and nothing
 * changed. */
int ft_reminders_put(struct ft_gateway *gw, struct ft_reminder *r, const struct ft_instrument *inst,
                     const struct ft_store_reminder *row, struct ft_err *err);
/* Those of one login and instrument with this key; key 0: all of them. */
int ft_reminders_drop(struct ft_gateway *gw, const struct ft_login *l, ft_inst i, int64_t key, struct ft_err *err);

#endif
