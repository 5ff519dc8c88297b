/* What the broker keeps: accounts, cash, positions, orders, fills. Plain data, shared with the store
 * and read by the gateway.
 *
 * Numbers of enums are those of the trade protocols (spec trade.md 5), so that the edge copies them;
 * amounts are fixed point (base/fixed.h), times nanoseconds UTC of the world's clock. */
#ifndef FT_BROKER_TYPES_H
#define FT_BROKER_TYPES_H

#include "base/date.h"
#include "base/fixed.h"
#include "market/instrument.h"

enum ft_trd_env { FT_ENV_SIMULATE = 0, FT_ENV_REAL = 1 };
enum ft_acc_type { FT_ACC_CASH = 1, FT_ACC_MARGIN = 2 };
enum ft_sim_acc { FT_SIM_NONE, FT_SIM_STOCK, FT_SIM_OPTION, FT_SIM_FUTURES, FT_SIM_STOCK_AND_OPTION };
enum ft_firm {
    FT_FIRM_NONE, FT_FIRM_FUTUHK, FT_FIRM_FUTUINC, FT_FIRM_FUTUSG, FT_FIRM_FUTUAU, FT_FIRM_FUTUCA,
    FT_FIRM_FUTUMY, FT_FIRM_FUTUJP, FT_FIRMS,
};
enum ft_trd_market {
    FT_TRD_HK = 1, FT_TRD_US = 2, FT_TRD_CN = 3, FT_TRD_HKCC = 4, FT_TRD_FUTURES = 5, FT_TRD_SG = 6,
    FT_TRD_SIM_FUT_HK = 10, FT_TRD_SIM_FUT_US = 11, FT_TRD_SIM_FUT_SG = 12, FT_TRD_SIM_FUT_JP = 13,
    FT_TRD_JP = 15, FT_TRD_HKFUND = 113, FT_TRD_USFUND = 123,
};
enum ft_side { FT_SIDE_BUY = 1, FT_SIDE_SELL, FT_SIDE_SELL_SHORT, FT_SIDE_BUY_BACK };
enum ft_order_type {
    FT_ORDER_NORMAL = 1, FT_ORDER_MARKET = 2, FT_ORDER_ABSOLUTE_LIMIT = 5, FT_ORDER_AUCTION = 6,
    FT_ORDER_AUCTION_LIMIT = 7, FT_ORDER_SPECIAL_LIMIT = 8, FT_ORDER_SPECIAL_LIMIT_ALL = 9,
    FT_ORDER_STOP = 10, FT_ORDER_STOP_LIMIT = 11, FT_ORDER_MIT = 12, FT_ORDER_LIT = 13,
    FT_ORDER_TRAILING_STOP = 14, FT_ORDER_TRAILING_STOP_LIMIT = 15, FT_ORDER_TWAP = 16,
    FT_ORDER_TWAP_LIMIT = 17, FT_ORDER_VWAP = 18, FT_ORDER_VWAP_LIMIT = 19, FT_ORDER_TYPES,
};
enum ft_order_status {
    FT_ST_UNSUBMITTED = 0, FT_ST_WAITING = 1, FT_ST_SUBMITTING = 2, FT_ST_SUBMIT_FAILED = 3,
    FT_ST_SUBMITTED = 5, FT_ST_FILLED_PART = 10, FT_ST_FILLED_ALL = 11, FT_ST_CANCELLING_PART = 12,
    FT_ST_CANCELLING_ALL = 13, FT_ST_CANCELLED_PART = 14, FT_ST_CANCELLED_ALL = 15,
    FT_ST_FAILED = 21, FT_ST_DISABLED = 22, FT_ST_DELETED = 23, FT_ST_FILL_CANCELLED = 24,
};
/* TimeInForce: DAY, GTC (at most 90 calendar days), IOC, GTD. */
enum ft_tif { FT_TIF_DAY, FT_TIF_GTC, FT_TIF_IOC, FT_TIF_GTD };
/* Common.Session. */
enum ft_trd_session { FT_TS_NONE, FT_TS_RTH, FT_TS_ETH, FT_TS_ALL, FT_TS_OVERNIGHT };
enum ft_trail_type { FT_TRAIL_NONE, FT_TRAIL_RATIO, FT_TRAIL_AMOUNT };
/* Trd_Common.Currency is this + 1 (HKD 1, USD 2, CNH 3, JPY 4, SGD 5): enum ft_currency. */
enum { FT_CURRENCIES = 5 };

/* All terminal states (trade.md 5.4). DISABLED is not one: it can be enabled again. */
static inline bool ft_order_is_final(uint8_t status)
{
    return status == FT_ST_SUBMIT_FAILED || status == FT_ST_FILLED_ALL ||
           status == FT_ST_CANCELLED_PART || status == FT_ST_CANCELLED_ALL ||
           status == FT_ST_FAILED || status == FT_ST_DELETED || status == FT_ST_FILL_CANCELLED;
}

enum { FT_AUTHS_MAX = 8, FT_CARD_MAX = 24, FT_REMARK_MAX = 64, FT_LAST_ERR_MAX = 160 };

struct ft_account {
    uint64_t id;           /* what clients see; stable for ever */
    uint32_t index;        /* place in the list of all accounts, the order of 2001 */
    uint32_t owner;        /* number of the login whose it is; 0: the first one */
    uint8_t env;           /* enum ft_trd_env */
    uint8_t type;          /* enum ft_acc_type */
    uint8_t sim;           /* enum ft_sim_acc, simulated only */
    uint8_t firm;          /* enum ft_firm, real only */
    uint8_t currency;      /* base currency, enum ft_currency */
    bool futures;          /* trades futures and futures options, else securities */
    bool universal;        /* several currencies */
    bool disabled;         /* legacy: only its history can be asked for */
    uint8_t auth_count;
    uint8_t auth[FT_AUTHS_MAX]; /* enum ft_trd_market, the first is what clients put in headers */
    char card[FT_CARD_MAX], uni_card[FT_CARD_MAX]; /* "": absent */
    int64_t created_ns;
    ft_money initial_cash; /* in the base currency, at creation and after a reset */
    ft_money cash[FT_CURRENCIES]; /* settled and unsettled together; may be negative on margin */
    /* Day-trading figures of firms under the pattern-day-trader rule (trade.md 6.5). */
    bool is_pdt;
    uint8_t day_trades[5]; /* of today and the four trading days before */
    ft_day day_trades_day; /* what [0] counts; FT_NO_DAY: nothing yet */
    ft_money dtbp_start, dtbp_used, dt_call; /* USD */
    ft_day dt_call_day; /* on which the call arose; FT_NO_DAY: none is open */
};

/* A holding. A flat one stays for its figures of the day, and for ever in the store. */
struct ft_position {
    uint64_t id;         /* unique */
    uint32_t account;    /* index */
    ft_inst inst;
    ft_qty qty;          /* negative: short */
    ft_qty locked;       /* bought today where that may not be sold today (A-shares) */
    ft_day locked_day;
    int64_t cost;        /* of what is open, 1e-6 currency, >= 0: average cost = cost / |qty| */
    int64_t diluted;     /* bought minus sold since the position opened, 1e-6, sign of qty */
    ft_money realized;   /* since the position opened */
    int64_t marked;      /* futures: sum of price x |qty|, 1e-6, at the prices up to which profit is in
                            cash already; exact, as cost is; else 0 */
    ft_day settled_day;  /* futures: last day marked to market; else last day whose corporate actions
                            have been taken */
    ft_day today;        /* the figures below are of this trading day */
    ft_money td_pl_base; /* value at the day's start, for today's P/L */
    ft_money td_buy_val, td_sell_val;
    ft_qty td_buy_qty, td_sell_qty;
    int64_t opened_ns;
    uint64_t combo;      /* order of the combo that opened it; 0: none */
    uint8_t strategy;    /* that combo's OptionStrategyType */
};

struct ft_order {
    uint64_t id;         /* orderID; orderIDEx is its decimal text */
    uint32_t account;    /* index */
    ft_inst inst;        /* never a continuous contract; combos: of the first leg */
    uint8_t side, type, status, tif, session; /* enums above */
    uint8_t trail_type;
    bool outside_rth;    /* fillOutsideRTH as asked for */
    bool has_aux;
    uint8_t trd_market;  /* enum ft_trd_market it was entered for */
    uint8_t reject_why;  /* enum ft_reject_why of a failed order (broker.h), 0: none */
    ft_day expire_day;   /* last local day, GTC and GTD; FT_NO_DAY: DAY and IOC */
    ft_day day;          /* trading day for which it was entered (DAY) */
    ft_price price, aux_price, trail_spread;
    int64_t trail_value; /* ratio: 1e-6 (20 % = 200000); amount: ft_price */
    ft_qty qty, filled;
    int64_t fill_value;  /* sum of price x qty of fills, 1e-6 of the currency; exact for whole shares */
    int64_t created_ns, updated_ns;
    uint64_t priority;   /* rises with each entry at the venue: the order of re-entry at a restart */
    uint64_t parent;     /* combo or algorithm that it is a part of; 0: an order of its own */
    uint32_t leg;        /* of a combo's child, from 0 */
    bool triggered;      /* a conditional order that has fired */
    bool at_venue;       /* known to the venue now; not stored */
    bool cancel_asked;   /* not stored */
    /* Fee meter of the trading day under way: an order filled on two days counts as two. */
    ft_day fee_day;
    ft_qty fee_qty;
    ft_money fee_notional;
    ft_money fees;       /* charged so far, all days */
    ft_money reserved;   /* cash or margin held for the open part, account's currency */
    ft_qty opening;      /* of the open part: what opens a position; the rest closes one */
    ft_price trail_peak; /* trailing orders: best price seen so far; 0: none yet */
    char remark[FT_REMARK_MAX + 1];
    char last_err[FT_LAST_ERR_MAX + 1];
};

enum { FT_LEGS_MAX = 8 };
/* A combo order (2227): its row is a struct ft_order of type, price, qty; here are its legs. */
struct ft_combo_leg { ft_inst inst; uint8_t side; ft_qty ratio; };
struct ft_combo {
    uint64_t order;
    uint8_t strategy; /* OptionStrategyType, trade.md 5.3 */
    uint8_t count;
    struct ft_combo_leg leg[FT_LEGS_MAX];
};

struct ft_fill {
    uint64_t id, order;
    uint32_t account;
    ft_inst inst;
    uint8_t side, status; /* status: OrderFillStatus, 0 OK */
    ft_qty qty;
    ft_price price;
    int64_t time_ns;
    int32_t counter_broker; /* HK queue number, 0: none */
};

/* One item of an order's fees, in the currency of its instrument. */
enum { FT_FEE_ITEM_MAX = 32 };
struct ft_fee_row { uint64_t order; uint8_t item; ft_money amount; };

/* The ledger: a transaction has postings that add up to zero in every unit. A unit is a currency or
 * an instrument; a holder is an account or one of the house's own. */
enum ft_holder { FT_HOLD_ACCOUNT, FT_HOLD_VENUE, FT_HOLD_FEES, FT_HOLD_FUNDING, FT_HOLD_FX };
enum ft_txn_kind {
    FT_TXN_OPEN = 1, /* initial cash */
    FT_TXN_RESET,    /* account put back to its initial cash, positions given up */
    FT_TXN_TRADE,    /* a fill: cash against shares */
    FT_TXN_FEE,
    FT_TXN_VARIATION, /* futures: profit of a closing fill or of the daily settlement */
    FT_TXN_EXPIRY,    /* options, warrants and futures at their end */
    FT_TXN_FX,
    FT_TXN_DEPOSIT, FT_TXN_WITHDRAWAL,
    FT_TXN_ACTION,    /* dividends, splits */
};
struct ft_txn {
    uint64_t id;      /* ascending */
    int64_t time_ns;
    ft_day clearing_day, settle_day; /* of the cash flow (2226) */
    uint8_t kind;     /* enum ft_txn_kind */
    uint32_t account; /* index of the account that it is about */
    uint64_t order, fill; /* 0: none */
    char remark[FT_REMARK_MAX + 1];
};
struct ft_posting {
    uint64_t txn;
    uint16_t line;     /* from 0; a reset has two for every holding */
    uint8_t holder;    /* enum ft_holder */
    uint32_t account;  /* index, for FT_HOLD_ACCOUNT */
    bool is_cash;
    uint8_t currency;  /* is_cash */
    ft_inst inst;      /* else */
    int64_t amount;    /* ft_money or ft_qty; + in, - out */
};

#endif
