/* The edge between the broker's types and those of the trade protocols: numbers, codes, markets,
 * times, rows (spec trade.md 2.6, 4, 5). Texts live in gw->arena or in the universe. */
#ifndef FT_GATEWAY_TRADE_EDGE_H
#define FT_GATEWAY_TRADE_EDGE_H

#include "Trd_Common.pb-c.h"
#include "gateway/edge.h"
#include "gateway/trade.h"

/* ---- Accounts and instruments ---------------------------------------------------------------- */

enum ft_trade_use {
    FT_USE_TRADE,   /* orders, power: not with a disabled account */
    FT_USE_HISTORY, /* what a disabled account can still be asked for */
};
/* The account of a header whose environment and market fit it; else an error is answered and NULL
 * returned. Any market that the account may trade will do, whatever is asked (trade.md 2.2). */
const struct ft_account *ft_trade_account(struct ft_gateway *gw, struct ft_request *req,
                                          const TrdCommon__TrdHeader *h, enum ft_trade_use use);
/* Official paper trading lacks this: answers that and returns true (trade.md 6.7). */
bool ft_trade_not_for_paper(struct ft_gateway *gw, struct ft_request *req,
                            const struct ft_account *a);
/* "HK", "FUTURES_SIMULATE_JP" as the Python client spells it; "?" for an unknown number. */
const char *ft_trade_market_name(int market);

int ft_trade_sec_market(int market);  /* TrdSecMarket of a quote market */
int ft_trade_quote_market(int sec_market); /* and back; 0: none */
/* The TrdMarket in which the account holds or trades the instrument. */
int ft_trade_market_of(const struct ft_account *a, const struct ft_instrument *inst);
/* The instrument of a bare code; secMarket 0 or absent: a market of the header's. NULL with an error
 * answered. */
const struct ft_instrument *ft_trade_instrument(struct ft_gateway *gw, struct ft_request *req,
                                                const TrdCommon__TrdHeader *h, int sec_market,
                                                const char *code);

/* ---- Times ----------------------------------------------------------------------------------- */

/* Local milliseconds since 1970-01-01 00:00 in the zone in which the account sees the instrument:
 * the exchange's, or, for futures accounts, future_trade_api_time_zone (trade.md 6.4). `inst` NULL:
 * that of the quote market. */
int64_t ft_trade_local_ms(const struct ft_gateway *gw, const struct ft_account *a,
                          const struct ft_instrument *inst, int market, int64_t utc_ns);
/* "yyyy-MM-dd HH:mm:ss.SSS" of it; arena. */
char *ft_trade_time(struct ft_gateway *gw, int64_t local_ms);

/* ---- Rows ------------------------------------------------------------------------------------ */

/* An order or fill as memory or the store has it. */
struct ft_trade_row {
    const struct ft_instrument *inst; /* NULL: not known any more */
    int market;                       /* quote market */
    const char *code;
    const struct ft_combo *combo;     /* of an order that the broker no longer holds; NULL */
};
void ft_trade_row_of(const struct ft_gateway *gw, ft_inst i, int market, const char *code,
                     struct ft_trade_row *out);

/* New messages in the arena; NULL without memory. */
TrdCommon__Order *ft_trade_order(struct ft_gateway *gw, const struct ft_account *a,
                                 const struct ft_order *o, const struct ft_trade_row *row);
TrdCommon__OrderFill *ft_trade_fill(struct ft_gateway *gw, const struct ft_account *a,
                                    const struct ft_fill *f, const struct ft_trade_row *row);
TrdCommon__Position *ft_trade_position(struct ft_gateway *gw, const struct ft_account *a,
                                       const struct ft_position_view *v);
TrdCommon__Funds *ft_trade_funds(struct ft_gateway *gw, const struct ft_account *a,
                                 const struct ft_funds *f);
char *ft_trade_id_text(struct ft_gateway *gw, uint64_t id);
/* The number of an orderIDEx; 0: it is none of this gateway's. */
uint64_t ft_trade_id(const char *id_ex);

/* ---- Numbers in ------------------------------------------------------------------------------ */

/* How many decimals a price of the instrument has on the wire (trade.md 2.6). */
int ft_trade_price_decimals(const struct ft_instrument *inst, double v);
/* Whole units, decimals dropped. False: not a number, or beyond what fits; answered. */
bool ft_trade_qty_in(struct ft_gateway *gw, struct ft_request *req, const char *field, double v,
                     ft_qty *out);
enum ft_trade_excess { FT_EXCESS_ROUND, FT_EXCESS_CUT };
bool ft_trade_price_in(struct ft_gateway *gw, struct ft_request *req,
                       const struct ft_instrument *inst, const char *field, double v,
                       enum ft_trade_excess excess, ft_price *out);
/* A fraction or percent with `decimals` as a number of 1e-6. */
bool ft_trade_ratio_in(struct ft_gateway *gw, struct ft_request *req, const char *field, double v,
                       double scale, int64_t *out);

/* Answers with what the broker says of a refused command. */
void ft_trade_refuse(struct ft_gateway *gw, struct ft_request *req, const struct ft_err *err);

#endif
