/* Questions about what the broker no longer holds in memory, on the reading connection. */
#include "store/store_impl.h"

#include <string.h>

#define THE_ACCOUNT "(SELECT id FROM accounts WHERE idx=?1)"

static const char *const texts[FT_R_COUNT] = {
    [FT_R_ORDER] = "SELECT " FT_COLS_ORDER ",(SELECT idx FROM accounts a WHERE a.id=orders.account)"
                   " FROM orders WHERE id=?1 AND hidden=0",
    [FT_R_ORDERS] = "SELECT " FT_COLS_ORDER " FROM orders WHERE account=" THE_ACCOUNT
                    " AND created_ns BETWEEN ?2 AND ?3 AND hidden=0"
                    " ORDER BY created_ns DESC, id DESC LIMIT ?4",
    [FT_R_FILLS] = "SELECT " FT_COLS_FILL " FROM fills WHERE account=" THE_ACCOUNT
                   " AND time_ns BETWEEN ?2 AND ?3"
                   " AND (SELECT hidden FROM orders o WHERE o.id=order_id)=0"
                   " ORDER BY time_ns DESC, id DESC LIMIT ?4",
    [FT_R_FEES] = "SELECT " FT_COLS_FEE " FROM fees WHERE order_id=?1 ORDER BY item",
    [FT_R_COMBO] = "SELECT " FT_COLS_COMBO " FROM combos WHERE order_id=?1",
    [FT_R_LEGS] = "SELECT " FT_COLS_LEG " FROM combo_legs WHERE order_id=?1 ORDER BY leg",
    [FT_R_FLOWS] = "SELECT " FT_COLS_TXN ",currency,amount FROM txns JOIN"
                   " (SELECT txn,line,currency,amount FROM postings WHERE holder=0"
                   "  AND account=" THE_ACCOUNT " AND currency IS NOT NULL) ON txn=id"
                   " WHERE account=" THE_ACCOUNT " AND clearing_day=?2 ORDER BY id, line",
};

static sqlite3_stmt *need(struct ft_store *s, enum ft_read_stmt k, struct ft_err *err)
{
    if (!s->read[k] && sqlite3_prepare_v3(s->read_db, texts[k], -1, SQLITE_PREPARE_PERSISTENT,
                                          &s->read[k], NULL) != SQLITE_OK) {
        ft_store_sql_error(s->read_db, s->path, "read", err);
        return NULL;
    }
    return s->read[k];
}

/* Ends a walk whose last step gave `rc`; `bad`: a row was refused already. Lets the snapshot go. */
static int finish(struct ft_store *s, sqlite3_stmt *st, int rc, int bad, struct ft_err *err)
{
    if (!bad && rc != SQLITE_DONE)
        bad = ft_store_sql_error(s->read_db, s->path, "read", err);
    else if (bad)
        ft_err_wrap(err, "%s", s->path);
    sqlite3_reset(st);
    return bad ? -1 : 0;
}

static sqlite3_stmt *ask_range(struct ft_store *s, enum ft_read_stmt k, uint32_t account,
                               int64_t from_ns, int64_t to_ns, size_t max, struct ft_err *err)
{
    sqlite3_stmt *st = need(s, k, err);
    if (!st)
        return NULL;
    sqlite3_bind_int64(st, 1, account);
    sqlite3_bind_int64(st, 2, from_ns);
    sqlite3_bind_int64(st, 3, to_ns);
    sqlite3_bind_int64(st, 4, max < INT64_MAX ? (int64_t)max : INT64_MAX);
    return st;
}

int ft_store_orders(struct ft_store *s, const struct ft_universe *u, uint32_t account,
                    int64_t from_ns, int64_t to_ns, size_t max, ft_each_order *each, void *user,
                    struct ft_err *err)
{
    sqlite3_stmt *st = ask_range(s, FT_R_ORDERS, account, from_ns, to_ns, max, err);
    int rc, bad = 0;
    if (!st)
        return -1;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && !bad) {
        struct ft_store_order row;
        struct ft_where where;
        uint64_t id;
        bad = ft_read_order(st, u, &id, &row.order, &where, err);
        row.order.account = account;
        row.market = where.market;
        memcpy(row.code, where.code, sizeof row.code);
        if (!bad)
            each(user, &row);
    }
    return finish(s, st, rc, bad, err);
}

int ft_store_order(struct ft_store *s, const struct ft_universe *u, uint64_t id,
                   struct ft_store_order *out, struct ft_err *err)
{
    sqlite3_stmt *st = need(s, FT_R_ORDER, err);
    int rc, bad = 0, found = 0;
    if (!st)
        return -1;
    sqlite3_bind_int64(st, 1, (int64_t)id);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && !bad) {
        struct ft_where where;
        uint64_t account;
        bad = ft_read_order(st, u, &account, &out->order, &where, err);
        out->order.account = (uint32_t)sqlite3_column_int(st, sqlite3_column_count(st) - 1);
        out->market = where.market;
        memcpy(out->code, where.code, sizeof out->code);
        found = 1;
    }
    return finish(s, st, rc, bad, err) ? -1 : found;
}

int ft_store_fills(struct ft_store *s, const struct ft_universe *u, uint32_t account,
                   int64_t from_ns, int64_t to_ns, size_t max, ft_each_fill *each, void *user,
                   struct ft_err *err)
{
    sqlite3_stmt *st = ask_range(s, FT_R_FILLS, account, from_ns, to_ns, max, err);
    int rc, bad = 0;
    if (!st)
        return -1;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && !bad) {
        struct ft_store_fill row;
        struct ft_where where;
        uint64_t id;
        bad = ft_read_fill(st, u, &id, &row.fill, &where, err);
        row.fill.account = account;
        row.market = where.market;
        memcpy(row.code, where.code, sizeof row.code);
        if (!bad)
            each(user, &row);
    }
    return finish(s, st, rc, bad, err);
}

int ft_store_combo(struct ft_store *s, const struct ft_universe *u, uint64_t order,
                   struct ft_combo *out, struct ft_err *err)
{
    sqlite3_stmt *st = need(s, FT_R_COMBO, err), *legs = need(s, FT_R_LEGS, err);
    int rc, bad = 0, known = 0;
    if (!st || !legs)
        return -1;
    sqlite3_bind_int64(st, 1, (int64_t)order);
    sqlite3_bind_int64(legs, 1, (int64_t)order);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && !bad) {
        bad = ft_read_combo(st, out, err);
        known = 1;
    }
    if (finish(s, st, rc, bad, err))
        return -1;
    bad = 0;
    rc = SQLITE_DONE;
    while (known && (rc = sqlite3_step(legs)) == SQLITE_ROW && !bad) {
        struct ft_where where;
        bad = ft_read_leg(legs, u, out, &where, err);
        if (!bad && out->leg[out->count - 1].inst == FT_NO_INST)
            known = 0;
    }
    if (!known && !bad) /* the walk was left early */
        rc = SQLITE_DONE;
    return finish(s, legs, rc, bad, err) ? -1 : known;
}

int ft_store_fees(struct ft_store *s, uint64_t order, struct ft_fee_row *out, size_t max,
                  struct ft_err *err)
{
    sqlite3_stmt *st = need(s, FT_R_FEES, err);
    size_t n = 0;
    int rc, bad = 0;
    if (!st)
        return -1;
    sqlite3_bind_int64(st, 1, (int64_t)order);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && !bad) {
        bad = n < max ? ft_read_fee(st, &out[n], err)
                      : ft_err_set(err, FT_ELIMIT, "order %llu has more than %zu fee items",
                                   (unsigned long long)order, max);
        n++;
    }
    return finish(s, st, rc, bad, err) ? -1 : (int)n;
}

int ft_store_flows(struct ft_store *s, uint32_t account, ft_day clearing_day, ft_each_flow *each,
                   void *user, struct ft_err *err)
{
    sqlite3_stmt *st = need(s, FT_R_FLOWS, err);
    int rc, bad = 0;
    if (!st)
        return -1;
    sqlite3_bind_int64(st, 1, account);
    sqlite3_bind_int64(st, 2, clearing_day);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && !bad) {
        struct ft_store_flow row;
        uint64_t id;
        bad = ft_read_txn(st, &id, &row.txn, err);
        row.txn.account = account;
        int at = sqlite3_column_count(st) - 2;
        row.currency = (uint8_t)sqlite3_column_int(st, at);
        row.amount = sqlite3_column_int64(st, at + 1);
        if (!bad)
            each(user, &row);
    }
    return finish(s, st, rc, bad, err);
}
