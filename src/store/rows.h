/* Structs to rows and back: the one place that knows which column a field is in. For this folder. */
#ifndef FT_STORE_ROWS_H
#define FT_STORE_ROWS_H

#include "broker/journal.h"

#include <sqlite3.h>

/* Columns in the order in which they are bound and read. */
#define FT_COLS_ACCOUNT                                                                            \
    "id,idx,env,type,sim,firm,currency,futures,universal,disabled,auth,card,uni_card,created_ns,"  \
    "initial_cash,cash_hkd,cash_usd,cash_cny,cash_jpy,cash_sgd,is_pdt,day_trades,day_trades_day,"  \
    "dtbp_start,dtbp_used,dt_call,dt_call_day,login"
#define FT_COLS_POSITION                                                                           \
    "id,account,market,code,qty,locked,locked_day,cost,diluted,realized,marked,settled_day,today,"   \
    "td_pl_base,td_buy_val,td_sell_val,td_buy_qty,td_sell_qty,opened_ns,combo,strategy"
#define FT_COLS_ORDER                                                                              \
    "id,account,market,code,side,created_ns,parent,leg,status,updated_ns,type,tif,session,"        \
    "trail_type,outside_rth,has_aux,trd_market,reject_why,expire_day,day,price,aux_price,"         \
    "trail_spread,trail_value,qty,filled,fill_value,priority,triggered,fee_day,fee_qty,"           \
    "fee_notional,fees,reserved,opening,trail_peak,remark,last_err"
#define FT_COLS_COMBO "order_id,strategy,count"
#define FT_COLS_LEG "order_id,leg,market,code,side,ratio"
#define FT_COLS_FILL                                                                               \
    "order_id,id,account,market,code,side,time_ns,status,qty,price,counter_broker"
#define FT_COLS_FEE "order_id,item,amount"
#define FT_COLS_TXN "id,time_ns,clearing_day,settle_day,kind,account,order_id,fill,remark"
#define FT_COLS_POSTING "txn,line,holder,account,currency,market,code,amount"

/* A table as it is written. An upsert leaves the `fixed` first columns as they are, of which the first
 * `keys` are the primary key; fixed 0: rows are only ever added. */
struct ft_table {
    const char *name, *columns;
    int keys, fixed;
};
extern const struct ft_table ft_table_accounts, ft_table_positions, ft_table_orders,
    ft_table_combos, ft_table_legs, ft_table_fills, ft_table_fees, ft_table_txns, ft_table_postings;
/* The statement that inserts a row of the table or updates it. */
int ft_table_prepare(sqlite3 *db, const struct ft_table *t, sqlite3_stmt **out, struct ft_err *err);

/* Binding: texts are not copied, the struct must live until the statement was stepped. `account` is
 * the account's id. */
void ft_bind_account(sqlite3_stmt *st, const struct ft_account *a);
void ft_bind_position(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                      const struct ft_position *p);
void ft_bind_order(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                   const struct ft_order *o);
void ft_bind_combo(sqlite3_stmt *st, const struct ft_combo *c);
void ft_bind_leg(sqlite3_stmt *st, const struct ft_universe *u, const struct ft_combo *c, int leg);
void ft_bind_fill(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                  const struct ft_fill *f);
void ft_bind_fee(sqlite3_stmt *st, const struct ft_fee_row *f);
void ft_bind_txn(sqlite3_stmt *st, uint64_t account, const struct ft_txn *t);
/* account 0: of the house. */
void ft_bind_posting(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                     const struct ft_posting *p);

/* Reading: `*account` gets the account's id, the struct's index is left 0; an instrument that the
 * universe does not know is FT_NO_INST, where->market and code tell which. -1 (FT_ECORRUPT) names a
 * column whose value the field cannot hold. */
struct ft_where {
    int market;
    char code[FT_CODE_MAX + 1];
};
int ft_read_account(sqlite3_stmt *st, struct ft_account *a, struct ft_err *err);
int ft_read_position(sqlite3_stmt *st, const struct ft_universe *u, uint64_t *account,
                     struct ft_position *p, struct ft_where *where, struct ft_err *err);
int ft_read_order(sqlite3_stmt *st, const struct ft_universe *u, uint64_t *account,
                  struct ft_order *o, struct ft_where *where, struct ft_err *err);
/* Without its legs: they are added by ft_read_leg, in their order. */
int ft_read_combo(sqlite3_stmt *st, struct ft_combo *c, struct ft_err *err);
int ft_read_leg(sqlite3_stmt *st, const struct ft_universe *u, struct ft_combo *c,
                struct ft_where *where, struct ft_err *err);
int ft_read_fill(sqlite3_stmt *st, const struct ft_universe *u, uint64_t *account,
                 struct ft_fill *f, struct ft_where *where, struct ft_err *err);
int ft_read_fee(sqlite3_stmt *st, struct ft_fee_row *f, struct ft_err *err);
int ft_read_txn(sqlite3_stmt *st, uint64_t *account, struct ft_txn *t, struct ft_err *err);

#endif
