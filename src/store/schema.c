/* Tables, and how a file of an older version becomes one of today's.
 *
 * A step is frozen once released: what changes later is a new step at the end of the list. Amounts are
 * the integers of base/fixed.h, times nanoseconds UTC, days counted from 1970-01-01 (NULL: none), enums
 * the numbers of broker/types.h. Few indexes: each costs every order that is written.
 *
 * Foreign keys stand where a row can only come after the one that it names. What may come in any order
 * (orders.parent, txns.fill) is left to `opend -check`, since a deferred key scans its child table. */
#include "store/schema.h"

#include "base/check.h"

#include <stdio.h>

static const char tables[] =
    "CREATE TABLE accounts("
    " id INTEGER PRIMARY KEY, idx INTEGER NOT NULL, env INTEGER NOT NULL, type INTEGER NOT NULL,"
    " sim INTEGER NOT NULL, firm INTEGER NOT NULL, currency INTEGER NOT NULL,"
    " futures INTEGER NOT NULL, universal INTEGER NOT NULL, disabled INTEGER NOT NULL,"
    " auth BLOB NOT NULL, card TEXT NOT NULL, uni_card TEXT NOT NULL, created_ns INTEGER NOT NULL,"
    " initial_cash INTEGER NOT NULL, cash_hkd INTEGER NOT NULL, cash_usd INTEGER NOT NULL,"
    " cash_cny INTEGER NOT NULL, cash_jpy INTEGER NOT NULL, cash_sgd INTEGER NOT NULL,"
    " is_pdt INTEGER NOT NULL, day_trades BLOB NOT NULL, day_trades_day INTEGER,"
    " dtbp_start INTEGER NOT NULL, dtbp_used INTEGER NOT NULL, dt_call INTEGER NOT NULL);"

    "CREATE TABLE positions("
    " id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts(id),"
    " market INTEGER NOT NULL, code TEXT NOT NULL, qty INTEGER NOT NULL, locked INTEGER NOT NULL,"
    " locked_day INTEGER, cost INTEGER NOT NULL, diluted INTEGER NOT NULL,"
    " realized INTEGER NOT NULL, mark INTEGER NOT NULL, settled_day INTEGER, today INTEGER,"
    " td_pl_base INTEGER NOT NULL, td_buy_val INTEGER NOT NULL, td_sell_val INTEGER NOT NULL,"
    " td_buy_qty INTEGER NOT NULL, td_sell_qty INTEGER NOT NULL, opened_ns INTEGER NOT NULL);"

    "CREATE TABLE orders("
    " id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts(id),"
    " market INTEGER NOT NULL, code TEXT NOT NULL, side INTEGER NOT NULL,"
    " created_ns INTEGER NOT NULL, parent INTEGER NOT NULL, leg INTEGER NOT NULL,"
    " status INTEGER NOT NULL, updated_ns INTEGER NOT NULL, type INTEGER NOT NULL,"
    " tif INTEGER NOT NULL, session INTEGER NOT NULL, trail_type INTEGER NOT NULL,"
    " outside_rth INTEGER NOT NULL, has_aux INTEGER NOT NULL, trd_market INTEGER NOT NULL,"
    " reject_why INTEGER NOT NULL, expire_day INTEGER, day INTEGER, price INTEGER NOT NULL,"
    " aux_price INTEGER NOT NULL, trail_spread INTEGER NOT NULL, trail_value INTEGER NOT NULL,"
    " qty INTEGER NOT NULL, filled INTEGER NOT NULL, fill_value INTEGER NOT NULL,"
    " priority INTEGER NOT NULL, triggered INTEGER NOT NULL, fee_day INTEGER,"
    " fee_qty INTEGER NOT NULL, fee_notional INTEGER NOT NULL, fees INTEGER NOT NULL,"
    " remark TEXT NOT NULL, last_err TEXT NOT NULL,"
    " hidden INTEGER NOT NULL DEFAULT 0);" /* its account was reset: history of the ledger only */
    "CREATE INDEX orders_by_account ON orders(account, created_ns);"

    "CREATE TABLE combos("
    " order_id INTEGER PRIMARY KEY REFERENCES orders(id), strategy INTEGER NOT NULL,"
    " count INTEGER NOT NULL);"
    "CREATE TABLE combo_legs("
    " order_id INTEGER NOT NULL REFERENCES combos(order_id), leg INTEGER NOT NULL,"
    " market INTEGER NOT NULL, code TEXT NOT NULL, side INTEGER NOT NULL, ratio INTEGER NOT NULL,"
    " PRIMARY KEY(order_id, leg)) WITHOUT ROWID;"

    /* By order, because a start needs the fills of the orders that still matter. */
    "CREATE TABLE fills("
    " order_id INTEGER NOT NULL REFERENCES orders(id), id INTEGER NOT NULL,"
    " account INTEGER NOT NULL, market INTEGER NOT NULL, code TEXT NOT NULL, side INTEGER NOT NULL,"
    " time_ns INTEGER NOT NULL, status INTEGER NOT NULL, qty INTEGER NOT NULL,"
    " price INTEGER NOT NULL, counter_broker INTEGER NOT NULL,"
    " PRIMARY KEY(order_id, id)) WITHOUT ROWID;"
    "CREATE INDEX fills_by_account ON fills(account, time_ns);"

    "CREATE TABLE fees("
    " order_id INTEGER NOT NULL REFERENCES orders(id), item INTEGER NOT NULL,"
    " amount INTEGER NOT NULL, PRIMARY KEY(order_id, item)) WITHOUT ROWID;"

    "CREATE TABLE txns("
    " id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, clearing_day INTEGER, settle_day INTEGER,"
    " kind INTEGER NOT NULL, account INTEGER NOT NULL REFERENCES accounts(id),"
    " order_id INTEGER NOT NULL, fill INTEGER NOT NULL, remark TEXT NOT NULL);"
    "CREATE INDEX txns_by_account ON txns(account, clearing_day);"

    /* A unit is a currency, or an instrument by market and code. */
    "CREATE TABLE postings("
    " txn INTEGER NOT NULL REFERENCES txns(id), line INTEGER NOT NULL, holder INTEGER NOT NULL,"
    " account INTEGER REFERENCES accounts(id), currency INTEGER, market INTEGER, code TEXT,"
    " amount INTEGER NOT NULL, PRIMARY KEY(txn, line),"
    " CHECK((currency IS NULL) = (code IS NOT NULL) AND (market IS NULL) = (code IS NULL)),"
    " CHECK((holder = 0) = (account IS NOT NULL))) WITHOUT ROWID;"

    "CREATE TABLE counters("
    " one INTEGER PRIMARY KEY CHECK(one = 1), order_id INTEGER NOT NULL, fill INTEGER NOT NULL,"
    " txn INTEGER NOT NULL, position INTEGER NOT NULL, priority INTEGER NOT NULL);"
    "INSERT INTO counters VALUES(1, 0, 0, 0, 0, 0);";

static const char settings[] =
    "CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    /* Every order below it was final and old at the last start: none needs a look again. */
    "ALTER TABLE counters ADD COLUMN load_from INTEGER NOT NULL DEFAULT 0;";

/* Company data (docs/refdata.md): messages of the wire, which this part does not look into. Figures have
 * seq 0, records the numbers from 1 in the order of their file. */
static const char refdata[] =
    "CREATE TABLE refdata("
    " protocol INTEGER NOT NULL, instrument TEXT NOT NULL, seq INTEGER NOT NULL,"
    " record BLOB NOT NULL, PRIMARY KEY(protocol, instrument, seq)) WITHOUT ROWID;";

/* What orders bind is kept as it was; futures are marked by sums instead of an average price. */
static const char bound[] =
    "ALTER TABLE accounts ADD COLUMN dt_call_day INTEGER;"
    "ALTER TABLE orders ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE orders ADD COLUMN opening INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE orders ADD COLUMN trail_peak INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE positions RENAME COLUMN mark TO marked;"
    "UPDATE positions SET marked = marked * (abs(qty) / 10000);"
    "ALTER TABLE positions ADD COLUMN combo INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE positions ADD COLUMN strategy INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE counters ADD COLUMN world_ns INTEGER NOT NULL DEFAULT 0;";

/* What the user arranges for himself: watch lists (grp 0: "All"), price reminders, and which securities'
 * history was fetched. Custom groups come from the vendor's apps, which have no place here: a new file has
 * those that the manual's examples name. */
static const char personal[] =
    "CREATE TABLE watch_groups(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);"
    "CREATE TABLE watch_items("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, market INTEGER NOT NULL,"
    " code TEXT NOT NULL, UNIQUE(grp, market, code));"
    "INSERT INTO watch_groups(name) VALUES('A'),('B'),('C');"
    "INSERT INTO watch_items(grp,market,code) VALUES(0,1,'HSImain'),(0,1,'00700'),"
    "(1,1,'HSImain'),(1,1,'00700');"
    "CREATE TABLE reminders("
    " key INTEGER PRIMARY KEY, market INTEGER NOT NULL, code TEXT NOT NULL, type INTEGER NOT NULL,"
    " freq INTEGER NOT NULL, value INTEGER NOT NULL, sessions INTEGER NOT NULL,"
    " enabled INTEGER NOT NULL, fired INTEGER NOT NULL, fired_day INTEGER, note TEXT NOT NULL);"
    "CREATE TABLE history_uses("
    " market INTEGER NOT NULL, code TEXT NOT NULL, first_s INTEGER NOT NULL,"
    " last_s INTEGER NOT NULL, PRIMARY KEY(market, code)) WITHOUT ROWID;";

/* Several platform users: a row is of the login with that number, what was there before is of the first
 * one (0), which has no row. A number is given once and for ever, since account IDs come from it. */
static const char logins[] =
    "CREATE TABLE logins(id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL UNIQUE);"
    "ALTER TABLE accounts ADD COLUMN login INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE watch_groups ADD COLUMN login INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE items("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, login INTEGER NOT NULL, grp INTEGER NOT NULL,"
    " market INTEGER NOT NULL, code TEXT NOT NULL, UNIQUE(login, grp, market, code));"
    "INSERT INTO items SELECT id, 0, grp, market, code FROM watch_items ORDER BY id;"
    "DROP TABLE watch_items;"
    "ALTER TABLE items RENAME TO watch_items;"
    "ALTER TABLE reminders ADD COLUMN login INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE uses("
    " login INTEGER NOT NULL, market INTEGER NOT NULL, code TEXT NOT NULL, first_s INTEGER NOT NULL,"
    " last_s INTEGER NOT NULL, PRIMARY KEY(login, market, code)) WITHOUT ROWID;"
    "INSERT INTO uses SELECT 0, market, code, first_s, last_s FROM history_uses;"
    "DROP TABLE history_uses;"
    "ALTER TABLE uses RENAME TO history_uses;";

/* From version k to k + 1. */
static const char *const steps[] = {tables, settings, refdata, bound, personal, logins};

int ft_schema_latest(void)
{
    return (int)(sizeof steps / sizeof steps[0]);
}

static int read_int(sqlite3 *db, const char *sql, int *out, struct ft_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int(st, 0);
    if (rc == SQLITE_NOTADB)
        ft_err_set(err, FT_ECORRUPT, "it is not a database of opend: another kind of file");
    else if (rc != SQLITE_ROW)
        ft_err_set(err, rc == SQLITE_CORRUPT ? FT_ECORRUPT : FT_EIO, "%s", sqlite3_errmsg(db));
    sqlite3_finalize(st);
    return rc == SQLITE_ROW ? 0 : -1;
}

int ft_schema_version(sqlite3 *db, struct ft_err *err)
{
    int app = 0, version = 0, objects = 0;
    if (read_int(db, "PRAGMA application_id", &app, err) ||
        read_int(db, "PRAGMA user_version", &version, err) ||
        read_int(db, "SELECT count(*) FROM sqlite_schema", &objects, err))
        return -1;
    if (app == FT_STORE_APP_ID && version > 0)
        return version;
    if (app == 0 && version == 0 && objects == 0)
        return 0;
    return ft_err_set(err, FT_ECORRUPT,
                      "it is not a database of opend: another program's (application_id %d, "
                      "version %d, %d tables and indexes)",
                      app, version, objects);
}

static int run(sqlite3 *db, const char *sql, struct ft_err *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : ft_err_set(err, FT_EIO, "%s", sqlite3_errmsg(db));
}

static int migrate_step(sqlite3 *db, int from, struct ft_err *err)
{
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
             (int)FT_STORE_APP_ID, from + 1);
    if (run(db, "BEGIN IMMEDIATE", err) == 0 && run(db, steps[from], err) == 0 &&
        run(db, mark, err) == 0)
        return 0;
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return ft_err_wrap(err, "cannot bring the schema from version %d to %d", from, from + 1);
}

int ft_schema_migrate(sqlite3 *db, int version, struct ft_err *err)
{
    int now = ft_schema_version(db, err);
    if (now < 0)
        return -1;
    if (now > ft_schema_latest())
        return ft_err_set(err, FT_EUNSUPPORTED,
                          "it was written by a newer opend: its schema has version %d, this one "
                          "knows versions up to %d",
                          now, ft_schema_latest());
    FT_CHECK(version <= ft_schema_latest());
    for (; now < version; now++)
        if (migrate_step(db, now, err))
            return -1;
    return 0;
}
