/* `opend -check`: reads a database as a stranger would and tells what does not add up.
 *
 * Every rule is a query whose rows are the faults, in words. Sums are exact: SQLite's own sum() stops
 * at 64 bits, and a damaged amount must be found, not stop the search. */
#include "store/store_impl.h"

#include "store/schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Functions for the queries ------------------------------------------------------------------ */

/* In two halves: SQLite's memory is aligned for 8 bytes. */
struct sum {
    uint64_t low;
    int64_t high;
};

static ft_i128 total(const struct sum *s)
{
    return s ? (ft_i128)(((ft_u128)(uint64_t)s->high << 64) | s->low) : 0;
}
static void add(sqlite3_context *c, ft_i128 v)
{
    struct sum *s = sqlite3_aggregate_context(c, sizeof *s); /* zero at first */
    if (!s)
        return; /* SQLite fails the query for lack of memory */
    ft_u128 sum = (ft_u128)total(s) + (ft_u128)v;
    s->low = (uint64_t)sum;
    s->high = (int64_t)(uint64_t)(sum >> 64);
}
static void give(sqlite3_context *c, ft_i128 v)
{
    if (v >= INT64_MIN && v <= INT64_MAX)
        sqlite3_result_int64(c, (int64_t)v);
    else /* equal to no amount there can be */
        sqlite3_result_text(c, "more than 64 bits", -1, SQLITE_STATIC);
}

static void sum_step(sqlite3_context *c, int n, sqlite3_value **v)
{
    add(c, sqlite3_value_int64(v[0]));
}
static void sum_end(sqlite3_context *c)
{
    give(c, total(sqlite3_aggregate_context(c, 0)));
}

/* value_sum(price, qty): 1e-6 of the currency, as ft_order.fill_value. */
static void value_step(sqlite3_context *c, int n, sqlite3_value **v)
{
    add(c, (ft_i128)sqlite3_value_int64(v[0]) * sqlite3_value_int64(v[1]));
}
static void value_end(sqlite3_context *c)
{
    give(c, total(sqlite3_aggregate_context(c, 0)) / FT_QTY_SCALE);
}

/* fixed(amount, decimals): for a person. */
static void fixed_text(sqlite3_context *c, int n, sqlite3_value **v)
{
    char text[FT_FIXED_TEXT_MAX];
    if (sqlite3_value_type(v[0]) != SQLITE_INTEGER) {
        sqlite3_result_value(c, v[0]);
        return;
    }
    ft_fixed_print(sqlite3_value_int64(v[0]), sqlite3_value_int(v[1]), 0, text);
    sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
}

/* unit(currency, market, code) */
static void unit_text(sqlite3_context *c, int n, sqlite3_value **v)
{
    static const char *const names[FT_CURRENCIES] = {"HKD", "USD", "CNH", "JPY", "SGD"};
    char text[64];
    int k = sqlite3_value_int(v[0]);
    if (sqlite3_value_type(v[0]) != SQLITE_NULL && k >= 0 && k < FT_CURRENCIES)
        snprintf(text, sizeof text, "%s", names[k]);
    else if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        snprintf(text, sizeof text, "currency %d", k);
    else
        snprintf(text, sizeof text, "market %d, %s", sqlite3_value_int(v[1]),
                 (const char *)sqlite3_value_text(v[2]));
    sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
}

static int add_functions(sqlite3 *db)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    return sqlite3_create_function(db, "exact_sum", 1, flags, NULL, NULL, sum_step, sum_end) ||
           sqlite3_create_function(db, "value_sum", 2, flags, NULL, NULL, value_step, value_end) ||
           sqlite3_create_function(db, "fixed", 2, flags, NULL, fixed_text, NULL, NULL) ||
           sqlite3_create_function(db, "unit", 3, flags, NULL, unit_text, NULL, NULL);
}

/* ---- Rules -------------------------------------------------------------------------------------- */

/* clang-format off */
/* What counts as filled: a fill that was cancelled later (OrderFillStatus 1) does not. */
#define FILLS_OF(id) " FROM fills WHERE order_id=" id " AND status<>1"

#define COUNTER(column, id, table, words)                                                          \
    {words " counter",                                                                             \
     "SELECT printf('counters: the last " words " is %d, but %d is in use', c." column ", used)"   \
     " FROM counters c, (SELECT max(" id ") AS used FROM " table ") WHERE c." column " < used"}

static const struct { const char *name, *sql; } rules[] = {
    {"the file's integrity",
     "SELECT 'file: ' || integrity_check FROM pragma_integrity_check(1000)"
     " WHERE integrity_check <> 'ok'"},
    {"foreign keys",
     "SELECT printf('%s%s: names a row of %s that is not there', \"table\","
     " CASE WHEN rowid IS NULL THEN '' ELSE ' ' || rowid END, parent)"
     " FROM pragma_foreign_key_check"},
    {"orders' parents",
     "SELECT printf('order %d: it is a part of order %d, which is not there', id, parent) FROM orders o"
     " WHERE parent > 0 AND NOT EXISTS (SELECT 1 FROM orders p WHERE p.id = o.parent)"},
    {"transactions' orders",
     "SELECT printf('transaction %d: its order %d is not there', id, order_id) FROM txns"
     " WHERE order_id > 0 AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = txns.order_id)"},
    {"transactions' fills",
     "SELECT printf('transaction %d: its fill %d is not there', id, fill) FROM txns"
     " WHERE fill > 0 AND fill NOT IN (SELECT id FROM fills)"},
    {"fills' orders",
     "SELECT printf('fill %d: account %d, but its order %d is of account %d', f.id, f.account, o.id,"
     " o.account) FROM fills f JOIN orders o ON o.id = f.order_id WHERE f.account <> o.account"},
    {"fills' numbers",
     "SELECT printf('fill %d: there are %d of them', id, count(*)) FROM fills GROUP BY id"
     " HAVING count(*) > 1"},
    {"accounts' places",
     "SELECT printf('account %d: place %d, but %d comes next', id, idx, n)"
     " FROM (SELECT id, idx, row_number() OVER (ORDER BY idx, id) - 1 AS n FROM accounts)"
     " WHERE idx <> n"},
    {"logins",
     "WITH named(what, login) AS (SELECT printf('account %d', id), login FROM accounts UNION ALL"
     "  SELECT printf('watch group %d', id), login FROM watch_groups UNION ALL"
     "  SELECT printf('watched security %d', id), login FROM watch_items UNION ALL"
     "  SELECT printf('reminder %d', key), login FROM reminders UNION ALL"
     "  SELECT printf('history use %d.%s', market, code), login FROM history_uses)"
     " SELECT printf('%s: its login %d is not there', what, login) FROM named"
     " WHERE login <> 0 AND login NOT IN (SELECT id FROM logins)"},
    {"combos' legs",
     "SELECT printf('combo %d: %d legs are told, %d are there', order_id, count, n) FROM"
     " (SELECT order_id, count, (SELECT count(*) FROM combo_legs l WHERE l.order_id = c.order_id) AS n"
     "  FROM combos c) WHERE count <> n"},

    /* The table's own conditions: SQLite does not look at them again in a table without row ids. */
    {"postings' form",
     "SELECT printf('transaction %d: posting %d has no account or no unit, or one too many', txn, line)"
     " FROM postings WHERE (holder = 0) <> (account IS NOT NULL)"
     " OR (currency IS NULL) <> (code IS NOT NULL) OR (market IS NULL) <> (code IS NULL)"},
    {"the ledger's balance",
     "SELECT printf('transaction %d: its postings in %s add up to %s, not to 0', txn,"
     " unit(currency, market, code), fixed(exact_sum(amount), 4)) FROM postings"
     " GROUP BY txn, currency, market, code HAVING exact_sum(amount) <> 0"},
    {"accounts' cash",
     "WITH posted AS MATERIALIZED (SELECT account, currency, exact_sum(amount) AS amount FROM postings"
     "  WHERE holder = 0 AND currency IS NOT NULL GROUP BY account, currency),"
     " held AS (SELECT id, column1 AS currency, CASE column1 WHEN 0 THEN cash_hkd WHEN 1 THEN cash_usd"
     "  WHEN 2 THEN cash_cny WHEN 3 THEN cash_jpy ELSE cash_sgd END AS cash"
     "  FROM accounts, (VALUES(0),(1),(2),(3),(4)))"
     " SELECT printf('account %d: cash of %s %s, but its postings add up to %s', id, fixed(cash, 4),"
     "  unit(h.currency, 0, ''), fixed(coalesce(amount, 0), 4))"
     " FROM held h LEFT JOIN posted p ON p.account = h.id AND p.currency = h.currency"
     " WHERE cash <> coalesce(amount, 0)"},
    {"positions",
     "SELECT printf('account %d: %s of %s in positions, but its postings add up to %s', account,"
     " fixed(exact_sum(held), 4), unit(NULL, market, code), fixed(exact_sum(posted), 4)) FROM"
     " (SELECT account, market, code, qty AS held, 0 AS posted FROM positions UNION ALL"
     "  SELECT account, market, code, 0, amount FROM postings WHERE holder = 0 AND currency IS NULL)"
     " GROUP BY account, market, code HAVING exact_sum(held) <> exact_sum(posted)"},

    /* Fractions of a share round the value of each fill. */
    {"orders' fills",
     "WITH o AS (SELECT id, filled, fill_value, (SELECT exact_sum(qty)" FILLS_OF("orders.id") ") AS q,"
     " (SELECT value_sum(price, qty)" FILLS_OF("orders.id") ") AS v,"
     " (SELECT count(*)" FILLS_OF("orders.id") " AND qty % 10000 <> 0) AS loose FROM orders"
     " WHERE id NOT IN (SELECT parent FROM orders WHERE parent > 0))"
     " SELECT printf('order %d: filled %s, value %s, but its fills add up to %s, value %s', id,"
     "  fixed(filled, 4), fixed(fill_value, 6), fixed(q, 4), fixed(v, 6)) FROM o"
     " WHERE filled <> q OR typeof(v) <> 'integer' OR abs(fill_value - v) > loose"},
    {"orders' parts",
     "WITH parts AS MATERIALIZED (SELECT parent, exact_sum(filled) AS q FROM orders WHERE parent > 0"
     "  GROUP BY parent)"
     " SELECT printf('order %d: filled %s, but its parts add up to %s', id, fixed(filled, 4),"
     "  fixed(q, 4)) FROM parts JOIN orders o ON o.id = parts.parent"
     " WHERE filled <> q AND filled <> (SELECT exact_sum(qty)" FILLS_OF("o.id") ")"
     " AND NOT EXISTS (SELECT 1 FROM combos WHERE order_id = o.id)"},
    {"combos' parts",
     "WITH legs AS MATERIALIZED (SELECT parent, leg, exact_sum(filled) AS q FROM orders"
     "  WHERE parent > 0 GROUP BY parent, leg)"
     " SELECT printf('combo %d: filled %s, but leg %d has filled %s of %s', o.id, fixed(o.filled, 4),"
     "  l.leg, fixed(coalesce(q, 0), 4), fixed(o.filled * l.ratio / 10000, 4)) FROM combo_legs l"
     " JOIN orders o ON o.id = l.order_id LEFT JOIN legs ON legs.parent = o.id AND legs.leg = l.leg"
     " WHERE coalesce(q, 0) < o.filled * l.ratio / 10000"},
    {"orders' quantities",
     "SELECT printf('order %d: filled %s of %s', id, fixed(filled, 4), fixed(qty, 4)) FROM orders"
     " WHERE filled > qty OR filled < 0"},
    {"orders' fees",
     "WITH ledger AS MATERIALIZED (SELECT order_id, exact_sum(amount) AS amount FROM txns"
     "  JOIN (SELECT txn, amount FROM postings WHERE holder = 2 AND currency IS NOT NULL) ON txn = id"
     "  WHERE order_id > 0 GROUP BY order_id),"
     " o AS (SELECT id, fees, (SELECT exact_sum(amount) FROM fees WHERE order_id = orders.id) AS items"
     "  FROM orders)"
     " SELECT printf('order %d: fees of %s, but its items add up to %s and the ledger has %s', id,"
     "  fixed(fees, 4), fixed(items, 4), fixed(coalesce(amount, 0), 4))"
     " FROM o LEFT JOIN ledger ON order_id = id WHERE fees <> items OR fees <> coalesce(amount, 0)"},

    COUNTER("order_id", "id", "orders", "order"),
    COUNTER("fill", "id", "fills", "fill"),
    COUNTER("txn", "id", "txns", "transaction"),
    COUNTER("position", "id", "positions", "position"),
    COUNTER("priority", "priority", "orders", "priority"),
};
/* clang-format on */

/* ---- The walk ----------------------------------------------------------------------------------- */

struct check {
    sqlite3 *db;
    const char *path;
    ft_store_say *say;
    void *user;
    int faults;
};

static void tell(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct check *c, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (c->say)
        c->say(c->user, line);
}

static int check_rule(struct check *c, size_t k, struct ft_err *err)
{
    enum { LINES = 100 };
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(c->db, rules[k].sql, -1, &st, NULL), found = 0;
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW && found++ < LINES)
            tell(c, "%s", (const char *)sqlite3_column_text(st, 0));
    }
    if (found > LINES)
        tell(c, "%s: and %d more of this kind", rules[k].name, found - LINES);
    c->faults += found;
    int bad = 0;
    if (rc == SQLITE_CORRUPT) { /* that is an answer */
        c->faults++;
        tell(c, "file: %s cannot be checked: %s", rules[k].name, sqlite3_errmsg(c->db));
    } else if (rc != SQLITE_DONE) {
        bad = ft_store_sql_error(c->db, c->path, "check", err);
        ft_err_wrap(err, "%s", rules[k].name);
    }
    sqlite3_finalize(st);
    return bad;
}

static int check_all(struct check *c, struct ft_err *err)
{
    int version = ft_schema_version(c->db, err);
    if (version < 0)
        return ft_err_wrap(err, "%s", c->path);
    if (version != ft_schema_latest())
        return ft_err_set(err, FT_EUNSUPPORTED,
                          "%s: its schema has version %d, this opend checks version %d%s", c->path,
                          version, ft_schema_latest(),
                          version < ft_schema_latest() ? ": start the gateway on it once" : "");
    if (add_functions(c->db) || sqlite3_exec(c->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return ft_store_sql_error(c->db, c->path, "check", err);
    for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++)
        if (check_rule(c, k, err))
            return -1;
    return c->faults;
}

int ft_store_check(const char *data_dir, ft_store_say *say, void *user, struct ft_err *err)
{
    char path[PATH_MAX];
    struct check c = {.path = path, .say = say, .user = user};
    if (snprintf(path, sizeof path, "%s/" FT_STORE_FILE, data_dir) >= (int)sizeof path)
        return ft_err_set(err, FT_ELIMIT, "data_dir=%.200s: longer than %d bytes", data_dir,
                          PATH_MAX);
    if (access(path, R_OK))
        return ft_err_set(err, errno == ENOENT ? FT_ENOTFOUND : FT_EIO, "cannot read %s: %s", path,
                          strerror(errno));
    int r = ft_store_open_reader(path, &c.db, err);
    if (r == 0)
        r = check_all(&c, err);
    sqlite3_close(c.db);
    return r;
}
