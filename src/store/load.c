/* What the broker needs to go on, out of one snapshot: everything that still lives or ended lately.
 *
 * Which orders those are is settled once, into a temporary table; combos, fills and fees follow it. An
 * order whose instrument (or a leg's) is no longer known stays out, with all that hangs on it. */
#include "store/store_impl.h"

#include "base/log.h"
#include "base/map64.h"

#include <stdio.h>

struct load {
    struct ft_store *s;
    sqlite3 *db;
    const struct ft_universe *u;
    struct ft_brk *b;
    struct ft_err *err;
    struct ft_map64 index_of; /* account id -> index + 1 */
    struct ft_map64 left_out; /* order ids */
    size_t unknown;           /* rows of unknown instruments */
};

static int sql_error(struct load *l)
{
    return ft_store_sql_error(l->db, l->s->path, "load", l->err);
}

static int run(struct load *l, const char *sql)
{
    return sqlite3_exec(l->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_error(l);
}

/* Calls `row` for every row of a query; stops at its first -1. */
static int each(struct load *l, const char *sql, int (*row)(struct load *l, sqlite3_stmt *st))
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(l->db, sql, -1, &st, NULL), bad = 0;
    if (rc != SQLITE_OK)
        return sql_error(l);
    while (!bad && (rc = sqlite3_step(st)) == SQLITE_ROW)
        bad = row(l, st);
    if (!bad && rc != SQLITE_DONE)
        bad = sql_error(l);
    sqlite3_finalize(st);
    return bad;
}

static int account_index(struct load *l, const char *what, uint64_t row, uint64_t id, uint32_t *out)
{
    uintptr_t found = id ? (uintptr_t)ft_map64_get(&l->index_of, id) : 0;
    if (!found)
        return ft_err_set(l->err, FT_ECORRUPT, "%s %llu: its account %llu is not there", what,
                          (unsigned long long)row, (unsigned long long)id);
    *out = (uint32_t)(found - 1);
    return 0;
}

/* Says the first few by name: a universe of another day may lack thousands. */
static void tell_unknown(struct load *l, const char *what, uint64_t id, const struct ft_where *w)
{
    enum { NAMED = 20 };
    if (l->unknown++ < NAMED)
        ft_warn(
            "event=unknown_instrument %s=%llu market=%d code=%s \"stays in the database, is not "
            "loaded\"",
            what, (unsigned long long)id, w->market, w->code);
}

static int leave_out(struct load *l, uint64_t order)
{
    if (ft_map64_put(&l->left_out, order, l) == 0)
        return 0;
    return ft_err_set(l->err, FT_ENOMEM, "no memory for the orders that are left out");
}

static bool is_left_out(const struct load *l, uint64_t order)
{
    return order && ft_map64_get(&l->left_out, order);
}

/* ---- Rows --------------------------------------------------------------------------------------- */

static int load_account(struct load *l, sqlite3_stmt *st)
{
    struct ft_account a;
    if (ft_read_account(st, &a, l->err))
        return -1;
    if (a.id == 0)
        return ft_err_set(l->err, FT_ECORRUPT, "accounts: an id is 0");
    if (ft_map64_put(&l->index_of, a.id, (void *)((uintptr_t)a.index + 1)))
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the accounts");
    return ft_brk_load_account(l->b, &a, l->err);
}

static int load_position(struct load *l, sqlite3_stmt *st)
{
    struct ft_position p;
    struct ft_where where;
    uint64_t account;
    if (ft_read_position(st, l->u, &account, &p, &where, l->err) ||
        account_index(l, "position", p.id, account, &p.account))
        return -1;
    if (p.inst != FT_NO_INST)
        return ft_brk_load_position(l->b, &p, l->err);
    tell_unknown(l, "position", p.id, &where);
    return 0;
}

/* First of all: a combo with a leg that is unknown takes its order away. */
static int look_at_leg(struct load *l, sqlite3_stmt *st)
{
    struct ft_where where = {.market = sqlite3_column_int(st, 1)};
    const char *code = (const char *)sqlite3_column_text(st, 2);
    uint64_t order = (uint64_t)sqlite3_column_int64(st, 0);
    if (!code || ft_universe_find(l->u, where.market, code) || order == 0)
        return 0; /* a code that cannot be is told of when the leg is read */
    snprintf(where.code, sizeof where.code, "%.*s", FT_CODE_MAX, code);
    tell_unknown(l, "combo", order, &where);
    return leave_out(l, order);
}

static int load_order(struct load *l, sqlite3_stmt *st)
{
    struct ft_order o;
    struct ft_where where;
    uint64_t account;
    if (ft_read_order(st, l->u, &account, &o, &where, l->err) ||
        account_index(l, "order", o.id, account, &o.account))
        return -1;
    if (o.inst == FT_NO_INST)
        tell_unknown(l, "order", o.id, &where);
    if (o.inst == FT_NO_INST || is_left_out(l, o.parent)) /* parents have lower ids */
        return leave_out(l, o.id);
    return is_left_out(l, o.id) ? 0 : ft_brk_load_order(l->b, &o, l->err);
}

static int load_legs(struct load *l, sqlite3_stmt *legs, struct ft_combo *c)
{
    struct ft_where where;
    int rc;
    sqlite3_bind_int64(legs, 1, (int64_t)c->order);
    while ((rc = sqlite3_step(legs)) == SQLITE_ROW)
        if (ft_read_leg(legs, l->u, c, &where, l->err))
            break;
    sqlite3_reset(legs);
    if (rc == SQLITE_ROW)
        return -1;
    return rc == SQLITE_DONE ? 0 : sql_error(l);
}

static int load_combo(struct load *l, sqlite3_stmt *st)
{
    struct ft_combo c;
    sqlite3_stmt *legs = NULL;
    if (ft_read_combo(st, &c, l->err))
        return -1;
    if (is_left_out(l, c.order))
        return 0;
    if (sqlite3_prepare_v2(l->db,
                           "SELECT " FT_COLS_LEG " FROM combo_legs WHERE order_id=? ORDER BY leg",
                           -1, &legs, NULL) != SQLITE_OK)
        return sql_error(l);
    int bad = load_legs(l, legs, &c);
    sqlite3_finalize(legs);
    if (!bad && c.count != sqlite3_column_int(st, 2))
        bad = ft_err_set(l->err, FT_ECORRUPT, "combo %llu: %d legs are there, %d are told",
                         (unsigned long long)c.order, c.count, sqlite3_column_int(st, 2));
    return bad ? -1 : ft_brk_load_combo(l->b, &c, l->err);
}

static int load_fill(struct load *l, sqlite3_stmt *st)
{
    struct ft_fill f;
    struct ft_where where;
    uint64_t account;
    if (ft_read_fill(st, l->u, &account, &f, &where, l->err) ||
        account_index(l, "fill", f.id, account, &f.account))
        return -1;
    if (is_left_out(l, f.order))
        return 0;
    if (f.inst != FT_NO_INST)
        return ft_brk_load_fill(l->b, &f, l->err);
    tell_unknown(l, "fill", f.id, &where);
    return 0;
}

static int load_fee(struct load *l, sqlite3_stmt *st)
{
    struct ft_fee_row f;
    if (ft_read_fee(st, &f, l->err))
        return -1;
    return is_left_out(l, f.order) ? 0 : ft_brk_load_fee(l->b, &f, l->err);
}

static int load_counters(struct load *l, sqlite3_stmt *st)
{
    struct ft_brk_counters c = {
        .order = (uint64_t)sqlite3_column_int64(st, 0),
        .fill = (uint64_t)sqlite3_column_int64(st, 1),
        .txn = (uint64_t)sqlite3_column_int64(st, 2),
        .position = (uint64_t)sqlite3_column_int64(st, 3),
        .priority = (uint64_t)sqlite3_column_int64(st, 4),
        .world_ns = sqlite3_column_int64(st, 5),
    };
    ft_brk_load_counters(l->b, &c);
    return 0;
}

/* ---- The whole ---------------------------------------------------------------------------------- */

/* A part of an order that is still open comes along, however long ago it ended. */
static int choose_orders(struct load *l, int64_t recent_ns, uint64_t *lowest)
{
    sqlite3_stmt *st = NULL;
    if (run(l, "CREATE TEMP TABLE chosen(id INTEGER PRIMARY KEY)"))
        return -1;
    int rc = sqlite3_prepare_v2(
        l->db,
        "INSERT INTO chosen SELECT id FROM orders o WHERE id >= (SELECT load_from FROM counters)"
        " AND hidden=0 AND (NOT is_final(status) OR updated_ns > ?1 OR (parent > 0 AND EXISTS"
        " (SELECT 1 FROM orders p WHERE p.id=o.parent AND NOT is_final(p.status)))) ORDER BY id",
        -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, recent_ns);
        rc = sqlite3_step(st);
    }
    int bad = rc == SQLITE_DONE ? 0 : sql_error(l);
    sqlite3_finalize(st);
    if (bad)
        return -1;
    rc = sqlite3_prepare_v2(l->db,
                            "SELECT coalesce((SELECT min(id) FROM chosen),"
                            " (SELECT max(id) + 1 FROM orders), 0)",
                            -1, &st, NULL);
    if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        *lowest = (uint64_t)sqlite3_column_int64(st, 0);
    rc = sqlite3_finalize(st);
    return rc == SQLITE_OK ? 0 : sql_error(l);
}

#define CHOSEN " (SELECT id FROM chosen)"
static int load_all(struct load *l, int64_t recent_ns, uint64_t *lowest)
{
    if (choose_orders(l, recent_ns, lowest) ||
        each(l, "SELECT " FT_COLS_ACCOUNT " FROM accounts ORDER BY idx", load_account) ||
        each(l, "SELECT " FT_COLS_POSITION " FROM positions ORDER BY id", load_position) ||
        each(l,
             "SELECT order_id, market, code FROM combo_legs WHERE order_id IN" CHOSEN
             " ORDER BY order_id, leg",
             look_at_leg) ||
        each(l, "SELECT " FT_COLS_ORDER " FROM orders WHERE id IN" CHOSEN " ORDER BY id",
             load_order) ||
        each(l,
             "SELECT " FT_COLS_COMBO " FROM combos WHERE order_id IN" CHOSEN " ORDER BY order_id",
             load_combo) ||
        each(l, "SELECT " FT_COLS_FILL " FROM fills WHERE order_id IN" CHOSEN " ORDER BY id",
             load_fill) ||
        each(l,
             "SELECT " FT_COLS_FEE " FROM fees WHERE order_id IN" CHOSEN " ORDER BY order_id, item",
             load_fee) ||
        each(l, "SELECT order_id, fill, txn, position, priority, world_ns FROM counters", load_counters))
        return -1;
    if (l->unknown)
        ft_warn("event=load unknown_instruments=%zu", l->unknown);
    return 0;
}

int ft_store_load(struct ft_store *s, const struct ft_universe *u, struct ft_brk *b,
                  int64_t recent_ns, struct ft_err *err)
{
    struct ft_err own;
    struct load l = {.s = s, .db = s->read_db, .u = u, .b = b, .err = err ? err : &own};
    uint64_t lowest = 0;
    ft_map64_init(&l.index_of);
    ft_map64_init(&l.left_out);
    int bad = run(&l, "BEGIN");
    if (!bad) {
        bad = load_all(&l, recent_ns, &lowest);
        /* The temporary table goes with it. */
        if (sqlite3_exec(l.db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK && !bad)
            bad = sql_error(&l);
    }
    ft_map64_free(&l.index_of);
    ft_map64_free(&l.left_out);
    if (bad)
        return ft_err_wrap(err, "%s", s->path);
    struct ft_job mark = {.kind = FT_JOB_LOAD_FROM, .load_from = lowest};
    return ft_writer_wait(s, &mark, err);
}
