/* The broker's rules as data: fees, margin ratios, contract margins, exchange rates, which order
 * types a product takes, size limits. Read from data/ at the start; every row has dates and follows
 * the world's clock (DESIGN.md 8, spec market-rules.md 7 to 10, trade.md 6.1, 6.2).
 *
 * Immutable once loaded. Ratios are 1e-6 (35 % = 350000). */
#ifndef FT_BROKER_RULEBOOK_H
#define FT_BROKER_RULEBOOK_H

#include "broker/types.h"

#define FT_RATIO_SCALE INT64_C(1000000)

struct ft_rulebook;

/* data/fees.csv, margins.csv, contract_margins.csv, fx_rates.csv, order_types.csv,
 * order_limits.csv, settlement.csv through `read` (market/calendar.h). The universe must outlive
 * it, and instruments handed in below are its own. NULL with file:line and the fault. */
struct ft_rulebook *ft_rulebook_load(ft_read_data *read, void *user, const struct ft_universe *u,
                                     struct ft_err *err);
void ft_rulebook_free(struct ft_rulebook *r);

/* ---- Fees (market-rules.md 7) --------------------------------------------------------------- */

/* What an order has done on the trading day under way; all 0 before its first fill of the day. */
struct ft_fee_meter { ft_qty qty; ft_money notional; };
struct ft_fee_line { uint8_t item; ft_money amount; };
enum { FT_FEE_LINES_MAX = 16 };

/* Name of an item by its number, as fee lists print it ("Commission", "Platform Fee" ...; [1]: in
 * simplified Chinese), NULL past the last. Numbers are stable: the store keeps them. */
const char *ft_fee_item_name(uint8_t item, bool chinese);

/* What one more fill of `qty` (> 0) for `notional` (>= 0, currency of the instrument) costs an order
 * that stands at `before`: what is charged per order (commission, platform ...: minimum and maximum
 * over the order's day) as the difference to what it was, all others per trade. An order that is
 * filled on two days counts as two: the caller empties the meter. Returns the number of lines, by
 * item, all amounts > 0: what comes to nothing has no line. Firm 0 (simulated accounts) takes the
 * fees of FUTUSECURITIES, and so does a firm that has no row of its own for an item. A-share fees
 * are those of Stock Connect for every account. */
size_t ft_fees_of_fill(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                       bool sell, ft_day day, const struct ft_fee_meter *before, ft_qty qty,
                       ft_money notional, struct ft_fee_line out[FT_FEE_LINES_MAX]);
/* Sum of the lines for a whole order filled at once; stops at int64's end. */
ft_money ft_fees_estimate(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                          bool sell, ft_day day, ft_qty qty, ft_money notional);
/* What the end of contracts costs: the cash settlement of futures, the exercise or assignment of
 * options. As ft_fees_of_fill. */
size_t ft_fees_at_end(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                      ft_day day, ft_qty qty, struct ft_fee_line out[FT_FEE_LINES_MAX]);

/* ---- Margin (market-rules.md 10) ------------------------------------------------------------ */

struct ft_margin {
    bool long_permit, short_permit; /* may be bought on margin; may be sold short */
    ft_qty short_pool;              /* shares to borrow; 0 without permit */
    int64_t short_fee;              /* a year */
    int64_t im_long, im_short, mcm_long, mcm_short, mm_long, mm_short, alert_long, alert_short;
};
/* Securities that cannot be margined have ratios of 100 % throughout and no permits. Options and
 * futures: ft_contract_margin. */
void ft_margin_of(const struct ft_rulebook *r, const struct ft_instrument *inst, ft_day day,
                  struct ft_margin *out);
/* Initial and maintenance margin of one contract, in its currency, long (qty > 0) or short.
 * Futures: per contract or a share of its notional, by data/contract_margins.csv. Long options: 0
 * (the premium is paid). Short options: the rule of market-rules.md 10 over price and spot; without
 * a spot (0) the strike stands for it, without a price a future's reference price. The two margins
 * of a future are the same for both sides. Options and futures only. */
void ft_contract_margin(const struct ft_rulebook *r, const struct ft_instrument *inst, ft_day day,
                        ft_price price, ft_price spot, bool is_short, ft_money *initial,
                        ft_money *maintenance);
/* Money that one unit of qty (a share, a contract) is worth at `price`, as a multiplier of
 * price x qty: 1 for securities, shares a contract for options, the multiplier for futures; scale
 * FT_QTY_SCALE. */
int64_t ft_multiplier(const struct ft_instrument *inst);

/* ---- Currencies ------------------------------------------------------------------------------ */

/* `amount` of one currency in another at the rate of the day, rounded half up; stops at int64's end. */
ft_money ft_fx(const struct ft_rulebook *r, ft_day day, enum ft_currency from, enum ft_currency to,
               ft_money amount);

/* ---- Orders ---------------------------------------------------------------------------------- */

/* Product classes of trade.md 6.1. */
enum ft_product {
    FT_PRODUCT_HK_SEC, FT_PRODUCT_HK_OPTION, FT_PRODUCT_HK_FUTURE, FT_PRODUCT_US_SEC,
    FT_PRODUCT_US_OPTION, FT_PRODUCT_US_FUTURE, FT_PRODUCT_CN_CONNECT, FT_PRODUCT_CN_SEC,
    FT_PRODUCT_SG_FUTURE, FT_PRODUCT_JP_FUTURE, FT_PRODUCTS,
};
/* `real`: A-shares of real accounts are Stock Connect's. -1: nothing that can be traded (an index,
 * a plate). */
int ft_product_of(const struct ft_instrument *inst, bool real);
const char *ft_product_name(enum ft_product p); /* "HK securities" */
/* Bit 1 << enum ft_order_type for each type that the product takes. */
uint32_t ft_order_types_of(const struct ft_rulebook *r, enum ft_product p);
/* Bits 1 << enum ft_tif for a type of the product. */
uint32_t ft_tifs_of(const struct ft_rulebook *r, enum ft_product p, enum ft_order_type type);
/* The Python client's word for a type ("NORMAL", "MARKET_IF_TOUCHED"); NULL: there is none. */
const char *ft_order_type_name(enum ft_order_type type);
/* Caps of a single order: the smaller of the firm's and the exchange's quantity, and the amount in
 * the instrument's currency; 0: none. Firm 0 (simulated accounts) has the exchange's alone. The type
 * counts on the mainland, where orders without a price may be smaller. */
void ft_order_caps(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                   enum ft_order_type type, ft_day day, ft_qty *max_qty, ft_money *max_amount);
/* Settlement of a trade of that day: trading days after it on which the money moves (T+n). */
int ft_settle_lag(const struct ft_rulebook *r, enum ft_product p, ft_day day);

#endif
