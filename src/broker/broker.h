/* The broker: accounts, orders, risk, money. A deterministic state machine on a venue (venue.h):
 * (state, time, command) -> (state, events, changes). It reads no clock, socket or file.
 *
 * A command is checked whole before anything changes; a refusal has a reason in words and leaves
 * everything as it was. What changed is handed out twice: as events for pushes (ft_brk_next_event)
 * and as changes for the store (journal.h). Numbers on the wire are the edge's matter. */
#ifndef FT_BROKER_BROKER_H
#define FT_BROKER_BROKER_H

#include "broker/rulebook.h"
#include "broker/types.h"
#include "broker/venue.h"

/* `struct ft_broker` is a participant of the HK queue (market/instrument.h). */
struct ft_brk;

enum ft_paper_rules { FT_PAPER_FULL, FT_PAPER_OFFICIAL };

/* Whose accounts they are. Numbers are the caller's and stay the same for ever: account IDs come from
 * them. */
struct ft_brk_owner {
    uint32_t number;         /* 1 to FT_OWNERS_MAX, each once; 0 is the first owner of the options */
    ft_money initial_cash;   /* of every account, in its base currency */
    uint8_t firms[FT_FIRMS]; /* of real accounts, in order, 0 ends */
};
enum { FT_OWNERS_MAX = 1 << 20 };

struct ft_brk_options {
    ft_money initial_cash; /* of the first owner, as in struct ft_brk_owner */
    uint8_t firms[FT_FIRMS];
    const struct ft_brk_owner *owners; /* further ones; good until ft_brk_begin has returned */
    size_t owner_count;
    enum ft_paper_rules paper;
    bool chinese;          /* language of reasons */
    bool pdt_protection, dtcall_confirmation; /* trade.md 6.5 */
};

/* Universe, rulebook and venue must outlive it. NULL with a reason. */
struct ft_brk *ft_brk_new(const struct ft_universe *u, const struct ft_rulebook *rules,
                          const struct ft_venue *venue, const struct ft_brk_options *options,
                          struct ft_err *err);
void ft_brk_free(struct ft_brk *b);

/* ---- Start: first what the store remembers, in this order, then ft_brk_begin ------------------ */

struct ft_brk_counters {
    uint64_t order, fill, txn, position, priority; /* last ones given */
    int64_t world_ns; /* world time of the last change: no later start may lie before it */
};
int ft_brk_load_account(struct ft_brk *b, const struct ft_account *a, struct ft_err *err);
int ft_brk_load_position(struct ft_brk *b, const struct ft_position *p, struct ft_err *err);
/* Every order that is not final, and those that ended lately. */
int ft_brk_load_order(struct ft_brk *b, const struct ft_order *o, struct ft_err *err);
int ft_brk_load_combo(struct ft_brk *b, const struct ft_combo *c, struct ft_err *err);
int ft_brk_load_fill(struct ft_brk *b, const struct ft_fill *f, struct ft_err *err);
int ft_brk_load_fee(struct ft_brk *b, const struct ft_fee_row *f, struct ft_err *err);
void ft_brk_load_counters(struct ft_brk *b, const struct ft_brk_counters *c);
/* Opens the accounts that are missing, does in order what should have happened while the gateway was
 * down (orders expire, futures settle, options end), and enters what still lives at the venue again,
 * in its old order. */
int ft_brk_begin(struct ft_brk *b, int64_t now_ns, struct ft_err *err);

/* ---- Time ------------------------------------------------------------------------------------ */

/* World time of the next thing that the broker does by itself; INT64_MAX: nothing. */
int64_t ft_brk_next(const struct ft_brk *b);
/* Takes the venue's events and does what is due. The venue must have been brought to now_ns. */
void ft_brk_step(struct ft_brk *b, int64_t now_ns);

/* ---- Accounts -------------------------------------------------------------------------------- */

size_t ft_brk_accounts(const struct ft_brk *b); /* indexes 0 to n - 1, the order of 2001 */
const struct ft_account *ft_brk_account(const struct ft_brk *b, size_t index);
/* NULL: no such account. */
const struct ft_account *ft_brk_find_account(const struct ft_brk *b, uint64_t id);
/* Initial cash again, no positions, no orders; history stays in the ledger, orders vanish from lists
 * (trade.md 4.1: the app's revival card clears them). */
int ft_brk_reset_account(struct ft_brk *b, uint32_t account, struct ft_err *err);
/* Money in (amount > 0) or out by hand. */
int ft_brk_deposit(struct ft_brk *b, uint32_t account, enum ft_currency c, ft_money amount,
                   struct ft_err *err);
/* Exchanges money inside a universal account at the day's rate. */
int ft_brk_convert(struct ft_brk *b, uint32_t account, enum ft_currency from, enum ft_currency to,
                   ft_money amount, struct ft_err *err);

/* ---- Orders ---------------------------------------------------------------------------------- */

struct ft_ticket {
    uint32_t account;
    ft_inst inst;         /* a continuous contract stands for its month */
    uint8_t side, type, tif, session, trail_type, trd_market;
    bool outside_rth, has_price, has_aux, adjust;
    ft_price price, aux_price, trail_spread;
    int64_t trail_value;  /* ratio 1e-6 or ft_price */
    int64_t adjust_limit; /* 1e-6, sign = side: price tweak of trade.md 6.3 */
    ft_qty qty;
    ft_day expire_day;    /* GTD; FT_NO_DAY otherwise */
    const char *remark;   /* at most FT_REMARK_MAX bytes, NULL: none */
};

/* All of these: 0, or -1 with a reason (FT_EINVAL: the request's field; FT_ESTATE: locked, closed,
 * final; FT_ELIMIT: power or position, size), nothing changed then. */
int ft_brk_place(struct ft_brk *b, const struct ft_ticket *t, uint64_t *order, struct ft_err *err);

struct ft_change { /* of 2205 NORMAL: qty is the new total */
    ft_qty qty;
    ft_price price, aux_price, trail_spread;
    int64_t trail_value, adjust_limit;
    uint8_t trail_type; /* 0: as it is */
    bool has_price, has_aux, has_trail_value, has_trail_spread, adjust;
};
int ft_brk_modify(struct ft_brk *b, uint32_t account, uint64_t order, const struct ft_change *c,
                  struct ft_err *err);
int ft_brk_cancel(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err);
int ft_brk_disable(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err);
int ft_brk_enable(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err);
int ft_brk_delete(struct ft_brk *b, uint32_t account, uint64_t order, struct ft_err *err);
/* trd_market 0: all. *count gets the number of orders asked to go. */
int ft_brk_cancel_all(struct ft_brk *b, uint32_t account, uint8_t trd_market, size_t *count,
                      struct ft_err *err);

struct ft_combo_ticket {
    uint32_t account;
    uint8_t count;
    struct ft_combo_leg leg[FT_LEGS_MAX];
    uint8_t type, tif;   /* NORMAL or MARKET */
    bool has_price;
    ft_price price;      /* net price per combo: what a buyer of side BUY legs pays, may be negative */
    ft_qty qty;
    ft_day expire_day;
    const char *remark;
};
int ft_brk_place_combo(struct ft_brk *b, const struct ft_combo_ticket *t, uint64_t *order,
                       struct ft_err *err);

/* Newest state; NULL: none with this id (any account). Good until the next command or step. */
const struct ft_order *ft_brk_order(const struct ft_brk *b, uint64_t id);
const struct ft_combo *ft_brk_combo(const struct ft_brk *b, uint64_t order);
/* Orders of an account held in memory: everything open, and what ended at most FT_RECENT_NS ago.
 * Ascending by entry. Walk: for (c = 0; (o = ft_brk_next_order(b, account, &c)); ) */
#define FT_RECENT_NS (INT64_C(24) * 3600 * 1000000000)
const struct ft_order *ft_brk_next_order(const struct ft_brk *b, uint32_t account, uint64_t *cursor);
/* Fills of orders held in memory, ascending. */
const struct ft_fill *ft_brk_next_fill(const struct ft_brk *b, uint32_t account, uint64_t *cursor);
/* Fees of an order held in memory; *out is the broker's. */
size_t ft_brk_order_fees(const struct ft_brk *b, uint64_t order, const struct ft_fee_row **out);

/* ---- Money and risk -------------------------------------------------------------------------- */

struct ft_funds { /* of 2101; amounts in `currency` unless an array by currency says otherwise */
    enum ft_currency currency;
    ft_money power, total_assets, cash, market_val, frozen_cash, debt_cash, withdrawal;
    ft_money available, unrealized, realized; /* futures */
    ft_money initial_margin, maintenance_margin, margin_call_margin;
    ft_money power_short, net_cash_power, long_mv, short_mv, pending;
    int risk_level;  /* CltRiskLevel, futures */
    int risk_status; /* CltRiskStatus 1 to 9 */
    ft_money by_currency_cash[FT_CURRENCIES], by_currency_available[FT_CURRENCIES],
        by_currency_power[FT_CURRENCIES]; /* native amounts */
    bool currency_used[FT_CURRENCIES];
    ft_money market_assets[4]; /* HK, US, mainland, JP: native amounts */
    bool is_pdt;
    int day_trades_left;
    ft_money dtbp_start, dtbp_left, dt_call;
    int dt_status; /* DTStatus */
};
void ft_brk_funds(struct ft_brk *b, uint32_t account, enum ft_currency currency,
                  struct ft_funds *out);

struct ft_position_view { /* of 2102 */
    const struct ft_position *p;
    ft_price price;      /* market price */
    ft_qty can_sell;
    ft_price average_cost, diluted_cost; /* rounded to 1e-6; futures: average_cost = open price */
    ft_money market_val; /* signed */
    ft_money pl;         /* against the diluted cost (futures: average) */
    int64_t pl_ratio, average_pl_ratio; /* 1e-6 fractions */
    bool has_ratio;      /* false when the cost is not positive */
    ft_money unrealized, realized, today_pl, today_trade_val;
};
/* Walk over an account's positions, flat ones of today included, ascending by id. */
bool ft_brk_next_position(struct ft_brk *b, uint32_t account, uint64_t *cursor,
                          struct ft_position_view *out);

struct ft_max_qty { /* of 2111 */
    ft_qty cash_buy, margin_buy, position_sell, sell_short, buy_back;
    bool has_margin_buy, has_sell_short, has_buy_back, has_im;
    ft_money long_im, short_im; /* change of initial margin for one contract */
};
/* What an order of the ticket's type, price and session could be, its qty ignored; with `order`, what
 * that order could be changed to. Uses the very check of ft_brk_place. */
int ft_brk_max_qty(struct ft_brk *b, const struct ft_ticket *t, uint64_t order,
                   struct ft_max_qty *out, struct ft_err *err);

struct ft_combo_impact { /* of 2112: what the combo would change, in the account's currency */
    ft_money nlv, initial, maintenance, option_power, withdraw, power_decrease;
};
int ft_brk_combo_impact(struct ft_brk *b, const struct ft_combo_ticket *t, uint64_t order,
                        struct ft_combo_impact *out, struct ft_err *err);

/* ---- Events for pushes ------------------------------------------------------------------------ */

enum ft_brk_event_kind { FT_BRK_ORDER, FT_BRK_FILL };
struct ft_brk_event {
    uint8_t kind;
    struct ft_order order; /* as it was when the event happened */
    struct ft_fill fill;   /* FT_BRK_FILL; `order` is its order */
};
/* Oldest first, NULL: none left. Good until the next command or step. One event a change of the
 * eight fields of trade.md 4.17. Children of combos and algorithms make none. */
const struct ft_brk_event *ft_brk_next_event(struct ft_brk *b);

#endif
