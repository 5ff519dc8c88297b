/* The broker's inside, shared by the files of this folder. */
#ifndef FT_BROKER_STATE_H
#define FT_BROKER_STATE_H

#include "broker/broker.h"
#include "broker/journal.h"

#include "base/due.h"
#include "base/list.h"
#include "base/map64.h"

/* IDs: below the venue's bound (2^62) and apart from each other, so that a number tells what it is. */
#define FT_ORDER_IDS UINT64_C(4000000000000000000)
#define FT_FILL_IDS  UINT64_C(3000000000000000000)

enum {
    FT_ACCOUNTS_MAX = 1 << 16,
    FT_GTC_DAYS = 90, /* trade.md 5.4: at most 90 calendar days */
};
/* Of one order, in its currency: keeps every sum within 64 bits. */
#define FT_ORDER_VALUE_MAX (INT64_C(1000000000000) * FT_MONEY_SCALE)

/* By hand into one currency of an account at most: sums of all of them stay within 64 bits. */
#define FT_CASH_MAX (INT64_C(1000000000000) * FT_MONEY_SCALE)

struct desk;

/* A leg of a combo order at work. */
struct leg {
    ft_qty closing; /* open contracts that will close a holding: bound there */
    ft_day fee_day; /* each leg is an order of its own to the exchange: its fee meter */
    struct ft_fee_meter meter;
};

struct ord {
    struct ft_order o;
    struct desk *desk;          /* NULL: final, or a combo */
    struct ft_list by_desk;     /* open orders of an instrument, in priority */
    struct ft_combo *combo;     /* owned */
    struct leg *legs;           /* combos: what each leg binds and has cost; owned */
    struct work *work;          /* combos and algorithms at work (work.c); owned */
    struct ft_fee_row *fees;    /* owned */
    size_t fee_count;
    ft_qty closing;             /* open quantity that closes a position; o.opening opens one */
    ft_money kept_reserve;      /* as the store had it, until it is held again */
    ft_price cover;             /* price up to which money is held for an order without one */
    int64_t end_ns;             /* DAY and IOC: end of its last session; else the end of expire_day */
    unsigned sessions;          /* FT_IN_... in which it may trade */
    bool dirty;                 /* in brk.dirty_orders */
    bool pulled;                /* its cancellation at the venue is the broker's own doing */
    bool day_trade_counted;
    const char *refusal;        /* why the venue refused the last cancellation or change; static */
};

struct pos {
    struct ft_position p;
    struct desk *desk;
    struct ft_list by_desk;
    ft_qty selling, buying;     /* open quantity of orders that reduce it */
    ft_qty sell_open, buy_open; /* of orders that did not when they came, and may when they trade */
    bool dirty;
};

/* An instrument with open orders or positions. */
struct desk {
    ft_inst inst;
    struct ft_list orders, positions;
    struct ft_due due;          /* when it wants to be looked at; ties: by instrument */
    ft_day day;                 /* trading day at the last look */
};

struct acc {
    struct ft_account a;
    struct ord **orders;        /* all in memory, ascending by id */
    size_t order_count, order_cap;
    struct ft_fill *fills;
    size_t fill_count, fill_cap;
    struct pos **positions;     /* ascending by id */
    size_t position_count, position_cap;
    ft_money reserved;          /* of open orders, base currency */
    ft_money reserved_cash[FT_CURRENCIES]; /* cash accounts: the same by currency */
    bool dirty;
};

struct ft_brk {
    const struct ft_universe *u;
    const struct ft_rulebook *rules;
    struct ft_venue venue;
    struct ft_brk_options options;
    int64_t now_ns;
    bool begun;
    struct acc **accounts;
    size_t account_count;
    struct ft_map64 account_by_id, order_by_id, position_by_key, desk_by_inst;
    struct ft_due_heap due;     /* struct desk.due of all desks */
    struct ft_list works;       /* combos and algorithms (work.c) */
    struct ft_list dead;        /* ended children, by by_desk */
    struct ft_brk_counters counters;
    int64_t next_sweep_ns;      /* old orders leave memory */
    ft_inst us_inst;            /* an instrument by whose calendar day trades are counted (pdt.c) */

    /* Changes for the store. */
    struct ord **dirty_orders;
    size_t dirty_order_count, dirty_order_cap;
    struct pos **dirty_positions;
    size_t dirty_position_count, dirty_position_cap;
    bool accounts_dirty;
    struct ft_journal pending;  /* rows that are only ever added */

    struct ft_brk_event *events; /* ring */
    uint32_t event_head, event_tail, event_cap;
};

/* Both texts are checked against the arguments by the compiler. */
#define SAY(b, en, chs) ((b)->options.chinese ? (chs) : (en))

/* Growth of an array by one: -1 without memory. */
int ft_brk_grow(void *array, size_t size, size_t count, size_t *cap);

/* brk.c */
struct ord *brk_order(const struct ft_brk *b, uint64_t id);
struct ord *brk_new_order(struct ft_brk *b, const struct ft_order *o, struct ft_err *err);
void brk_order_changed(struct ft_brk *b, struct ord *o);
void brk_position_changed(struct ft_brk *b, struct pos *p);
void brk_account_changed(struct ft_brk *b, struct acc *a);
/* Says the order's state to whoever listens, unless it is a part of another order. */
void brk_tell_order(struct ft_brk *b, const struct ord *o);
void brk_tell_fill(struct ft_brk *b, const struct ord *o, const struct ft_fill *f);
static inline struct acc *brk_acc(const struct ft_brk *b, uint32_t index)
{
    return b->accounts[index];
}
static inline const struct ft_instrument *brk_inst(const struct ft_brk *b, ft_inst i)
{
    return ft_universe_at(b->u, i);
}
static inline void brk_quote(const struct ft_brk *b, ft_inst i, struct ft_venue_quote *q)
{
    b->venue.ops->quote(b->venue.self, i, q);
}
/* The price that positions are valued at: last, else the previous close, else the reference. */
ft_price brk_mark(const struct ft_brk *b, const struct ft_instrument *inst,
                  const struct ft_venue_quote *q);

/* Orders vanish from the lists (reset). */
void brk_forget_orders(struct ft_brk *b, struct acc *a);

/* accounts.c */
int brk_open_accounts(struct ft_brk *b, struct ft_err *err);
/* enum ft_trd_market of an instrument in an account, 0: the account does not trade it. */
uint8_t brk_market_for(const struct ft_account *a, const struct ft_instrument *inst);

/* ledger.c: a transaction is begun, gets postings in pairs, and ends with its changes in the pending
 * journal. All stop the process without memory: money must not be lost in silence. */
struct ft_txn *ledger_begin(struct ft_brk *b, enum ft_txn_kind kind, const struct acc *a,
                            uint64_t order, uint64_t fill, ft_day clearing, ft_day settle);
/* Moves cash between the account (+: in) and a holder of the house, and keeps the balance. */
void ledger_cash(struct ft_brk *b, struct acc *a, enum ft_holder other, enum ft_currency c,
                 ft_money amount);
void ledger_shares(struct ft_brk *b, struct acc *a, struct pos *pos, ft_qty qty);

/* position.c */
struct pos *position_find(const struct ft_brk *b, uint32_t account, ft_inst inst);
struct pos *position_need(struct ft_brk *b, uint32_t account, ft_inst inst); /* NULL: no memory */
ft_qty position_can_sell(const struct pos *p, ft_day today);
/* Brings the figures of the day to `day`. */
void position_today(struct ft_brk *b, struct pos *p, const struct ft_venue_quote *q);
/* A fill of an order: cash, position, fees, ledger. */
void position_fill(struct ft_brk *b, struct ord *o, const struct ft_fill *f);
/* What a trading day that is over means for a position: marking to market, the end of a contract. */
void position_roll(struct ft_brk *b, struct pos *p, const struct ft_venue_quote *q);
/* Futures: what a price brings beyond what is in cash already. */
ft_money position_unmarked(const struct ft_position *p, const struct ft_instrument *inst, ft_price mark);
/* Whether the number of shares was changed by a corporate action of (after, until]. */
bool position_shares_changed(const struct ft_brk *b, const struct ft_instrument *inst, ft_day after,
                             ft_day until);
/* Gives everything up at no price (reset). */
void position_drop(struct ft_brk *b, struct pos *p, ft_day day);

/* risk.c */
struct totals { /* base currency */
    ft_money cash, market_val, long_mv, short_mv, net;
    ft_money initial, maintenance, margin_call;
    ft_money unrealized, realized; /* futures */
    ft_money available; /* net - initial - reserved */
};
void risk_totals(struct ft_brk *b, const struct acc *a, struct totals *t);
/* What an order of this quantity would hold back (base currency), how much of it opens a position, and
 * whether it may be. With `old`, as a change of that order. */
struct need {
    ft_money reserve;
    ft_qty opening, closing;
    ft_price cover; /* the price that it was worked out with */
};
int risk_check(struct ft_brk *b, struct acc *a, const struct ft_ticket *t, ft_qty qty,
               const struct ord *old, struct need *out, struct ft_err *err);
/* Refuses for want of buying power, with how much is missing (base currency). */
int risk_refuse(const struct ft_brk *b, const struct acc *a, ft_money need, ft_money have,
                struct ft_err *err);
/* Holds back for what is open of an order: a reserve and the holding that it would close. */
void risk_reserve(struct ft_brk *b, struct ord *o, const struct need *n);
/* The same after a fill or a partial end: what remains of it. */
void risk_release(struct ft_brk *b, struct ord *o, ft_qty left);
/* The price at which an order is taken for what it binds: its own, or one that it will hardly pass. */
ft_price risk_price(const struct ft_brk *b, const struct ft_instrument *inst,
                    const struct ft_ticket *t);
/* An order's conditions as a ticket. */
struct ft_ticket risk_ticket(const struct ord *o);
/* After a position has shrunk: orders that would close more than is there open the rest, and bind what
 * that needs. */
void risk_rebalance(struct ft_brk *b, struct pos *p);
/* What a quantity may close and what it opens; refuses what may not be. `old`: in place of that order. */
int risk_split(struct ft_brk *b, struct acc *a, const struct ft_instrument *inst, ft_day day, bool buy,
               ft_qty qty, const struct ord *old, struct need *out, struct ft_err *err);
/* Margin that a position of this size would need, in the instrument's currency. */
void risk_margin(struct ft_brk *b, const struct ft_instrument *inst, ft_day day, ft_price price,
                 ft_qty qty, ft_money *initial, ft_money *maintenance, ft_money *call);
ft_money risk_to_base(const struct ft_brk *b, const struct acc *a, enum ft_currency c, ft_money m);

/* margin_set.c: base currency. */
struct margins { ft_money initial, maintenance, call; };
struct margin_leg { ft_inst inst; ft_qty qty; }; /* signed */
/* What the holdings of an account need less than each of them alone. */
void margin_relief(struct ft_brk *b, const struct acc *a, struct margins *out);
/* How the margins change when the legs trade; negative: some becomes free. */
void margin_change(struct ft_brk *b, const struct acc *a, const struct margin_leg *legs, size_t n,
                   struct margins *out);
/* Whether some short option of the account may lean on a holding of `inst`. */
bool margin_protects(const struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst);

/* pdt.c (trade.md 6.5): an order that opens something worth `value`; a fill that closed some of `was`,
 * values in the instrument's currency. */
int pdt_check(struct ft_brk *b, struct acc *a, const struct ft_instrument *inst, ft_qty opening,
              ft_money value, struct ft_err *err);
void pdt_fill(struct ft_brk *b, struct acc *a, struct ord *o, const struct ft_instrument *inst,
              const struct ft_position *was, ft_qty closed, ft_money opened_value, ft_day day);
/* The figures brought to today. */
void pdt_today(struct ft_brk *b, struct acc *a);
/* Money came in: it answers an open day-trading call first. */
void pdt_deposit(struct ft_brk *b, struct acc *a, enum ft_currency c, ft_money amount);
bool pdt_applies(const struct ft_brk *b, const struct acc *a);

/* rules.c: what a ticket must fulfil before risk is asked. Fills in what follows from it. */
struct plan {
    const struct ft_instrument *inst;
    enum ft_product product;
    uint8_t trd_market, side, session;
    ft_price price;    /* after the price tweak */
    unsigned sessions; /* FT_IN_... */
    ft_day day, expire_day;
    int64_t end_ns;
};
int rules_check(struct ft_brk *b, const struct acc *a, struct ft_ticket *t, struct plan *out,
                struct ft_err *err);
int rules_price(struct ft_brk *b, const struct ft_instrument *inst, ft_day day, const char *field,
                bool adjust, int64_t adjust_limit, ft_price *price, struct ft_err *err);
int rules_qty(struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst,
              const struct ft_ticket *t, ft_qty can_sell, ft_day day, struct ft_err *err);
/* price x qty x multiplier, in the currency of the instrument; rounded half up. Stops the process past
 * money's range, which rules_qty keeps orders from. */
ft_money brk_value(const struct ft_instrument *inst, ft_price price, ft_qty qty);
/* price x qty without multiplier, in 1e-6: what averages are made of. */
int64_t brk_points(ft_price price, ft_qty qty);
/* Whether an order may be at the venue now. */
bool rules_eligible(const struct ord *o, const struct ft_instrument *inst,
                    const struct ft_venue_quote *q);
ft_inst brk_resolve(const struct ft_brk *b, ft_inst i);

/* life.c */
void life_events(struct ft_brk *b); /* takes what the venue says */
void life_submit(struct ft_brk *b, struct ord *o); /* to the venue, now */
/* The order as the venue gets it: what is open of it. */
struct ft_venue_order life_for_venue(const struct ft_brk *b, const struct ord *o);
static inline bool life_is_buy(const struct ord *o)
{
    return o->o.side == FT_SIDE_BUY || o->o.side == FT_SIDE_BUY_BACK;
}
static inline bool life_is_conditional(const struct ord *o)
{
    return o->o.type >= FT_ORDER_STOP && o->o.type <= FT_ORDER_TRAILING_STOP_LIMIT;
}
static inline bool life_is_trailing(const struct ord *o)
{
    return o->o.type == FT_ORDER_TRAILING_STOP || o->o.type == FT_ORDER_TRAILING_STOP_LIMIT;
}
/* An order of the store takes its seat again: reserve, sessions, end; as it was before. */
int life_restore(struct ft_brk *b, struct ord *o, struct ft_err *err);
/* The broker itself ends it, wherever it is. */
void life_cancel_own(struct ft_brk *b, struct ord *o, const char *text);
/* Its time is over (end_ns). */
void life_expire(struct ft_brk *b, struct ord *o);
void life_end(struct ft_brk *b, struct ord *o, uint8_t status, const char *text, int64_t when_ns);
void life_status(struct ft_brk *b, struct ord *o, uint8_t status);
/* A cancelled order's status, by whether something was filled. */
static inline uint8_t life_cancelled(const struct ord *o)
{
    return o->o.filled ? FT_ST_CANCELLED_PART : FT_ST_CANCELLED_ALL;
}
struct ord *life_enter(struct ft_brk *b, struct acc *a, const struct ft_ticket *t,
                       const struct plan *plan, const struct need *need, uint64_t parent,
                       struct ft_combo *combo, struct ft_err *err);

/* desk.c */
struct desk *desk_need(struct ft_brk *b, ft_inst inst); /* NULL: no memory */
void desk_add(struct ft_brk *b, struct desk *d, struct ord *o);
void desk_hold(struct desk *d, struct pos *p);
void desk_last_in_line(struct ord *o);
void desk_drop_order(struct ord *o);
void desk_look(struct ft_brk *b, struct desk *d); /* orders and positions at b->now_ns */
void desk_look_all(struct ft_brk *b);
void desk_look_due(struct ft_brk *b);
void desk_free_all(struct ft_brk *b);

/* work.c: combos and TWAP/VWAP. */
bool work_is_algo(uint8_t type);
int work_begin(struct ft_brk *b, struct ord *o, struct ft_err *err); /* also after a restart */
void work_step(struct ft_brk *b);          /* everything that is due */
int64_t work_next(const struct ft_brk *b);
void work_child_fill(struct ft_brk *b, struct ord *child, const struct ft_fill *f);
void work_child_end(struct ft_brk *b, struct ord *child);
void work_stop(struct ft_brk *b, struct ord *o); /* its children are cancelled */
void work_free(struct ft_brk *b, struct ord *o);
/* Binds the holdings that the open part of a combo will close. -1 without memory. */
int work_bind(struct ft_brk *b, struct ord *o);
/* Gives back what of a leg is bound for `qty`. */
void work_unbind(struct ft_brk *b, struct ord *o, size_t leg, ft_qty qty);
/* Children that have ended. */
void work_bury(struct ft_brk *b);

#endif
