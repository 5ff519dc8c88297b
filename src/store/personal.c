/* Logins, and what each arranges for himself: watch lists, price reminders, the use of the history quota. Small
 * and rare writes: each is a transaction that its caller waits for. */
#include "store/store_impl.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

enum change_kind {
    WATCH, UNWATCH, ADD_GROUP, DROP_GROUP, PUT_REMINDERS, DROP_REMINDERS, PUT_USES, ADD_LOGIN,
};

struct ft_personal_change {
    enum change_kind kind;
    const void *rows;
    size_t n;
    int64_t number; /* group, oldest_s, or user ID */
    uint32_t login;
};

/* ---- Writing ------------------------------------------------------------------------------------ */

static const struct {
    enum ft_write_stmt k;
    const char *sql;
} texts[] = {
    {FT_W_WATCH, "INSERT INTO watch_items(grp,market,code,login) VALUES(?,?,?,?)"
                 " ON CONFLICT DO NOTHING"},
    {FT_W_UNWATCH, "DELETE FROM watch_items WHERE (?1=0 OR grp=?1) AND market=?2 AND code=?3"
                   " AND login=?4"},
    {FT_W_ADD_GROUP, "INSERT INTO watch_groups(name,login) VALUES(?,?)"},
    {FT_W_EMPTY_GROUP, "DELETE FROM watch_items WHERE grp=? AND login=?"},
    {FT_W_DROP_GROUP, "DELETE FROM watch_groups WHERE id=? AND login=?"},
    {FT_W_PUT_REMINDER, "INSERT OR REPLACE INTO reminders(key,market,code,type,freq,value,sessions,"
                        "enabled,fired,fired_day,note,login) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
    {FT_W_DROP_REMINDER, "DELETE FROM reminders WHERE key=?"},
    {FT_W_PUT_USE,
     "INSERT OR REPLACE INTO history_uses(market,code,first_s,last_s,login) VALUES(?,?,?,?,?)"},
    {FT_W_DROP_USES, "DELETE FROM history_uses WHERE first_s<?"},
    {FT_W_LOGIN, "INSERT INTO logins(user_id) VALUES(?)"},
    /* What schema.c gives to a new file. */
    {FT_W_LOGIN_GROUPS, "INSERT INTO watch_groups(login,name) SELECT id, column1 FROM logins,"
                        " (VALUES('A'),('B'),('C')) WHERE user_id=? ORDER BY column1"},
    {FT_W_LOGIN_ITEMS,
     "WITH me(id) AS (SELECT id FROM logins WHERE user_id=?), g(id, place) AS (SELECT 0, 0 UNION ALL"
     " SELECT min(w.id), 1 FROM watch_groups w, me WHERE w.login=me.id),"
     " v(code, place) AS (VALUES('HSImain',0),('00700',1))"
     " INSERT INTO watch_items(login,grp,market,code) SELECT me.id, g.id, 1, v.code FROM me, g, v"
     " ORDER BY g.place, v.place"},
};

/* The statement, prepared at its first use; NULL with a reason. */
static sqlite3_stmt *need(struct ft_store *s, enum ft_write_stmt k, struct ft_err *err)
{
    size_t at = 0;
    while (texts[at].k != k)
        at++;
    if (!s->write[k] &&
        sqlite3_prepare_v3(s->write_db, texts[at].sql, -1, SQLITE_PREPARE_PERSISTENT, &s->write[k],
                           NULL) != SQLITE_OK) {
        s->rc = sqlite3_errcode(s->write_db);
        ft_store_sql_error(s->write_db, s->path, "prepare to write", err);
        return NULL;
    }
    return s->write[k];
}

static void bind_security(sqlite3_stmt *st, int at, const struct ft_store_security *x)
{
    sqlite3_bind_int(st, at, x->market);
    sqlite3_bind_text(st, at + 1, x->code, -1, SQLITE_STATIC);
}

static void bind_reminder(sqlite3_stmt *st, const struct ft_store_reminder *r)
{
    sqlite3_bind_int64(st, 1, r->key);
    bind_security(st, 2, &r->security);
    sqlite3_bind_int(st, 4, r->type);
    sqlite3_bind_int(st, 5, r->freq);
    sqlite3_bind_int64(st, 6, r->value);
    sqlite3_bind_int64(st, 7, r->sessions);
    sqlite3_bind_int(st, 8, r->enabled);
    sqlite3_bind_int(st, 9, r->fired);
    if (r->fired_day == FT_NO_DAY)
        sqlite3_bind_null(st, 10);
    else
        sqlite3_bind_int(st, 10, r->fired_day);
    sqlite3_bind_text(st, 11, r->note, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 12, r->login);
}

static void bind_row(sqlite3_stmt *st, const struct ft_personal_change *c, size_t k, int64_t group)
{
    switch (c->kind) {
    case WATCH:
    case UNWATCH:
        sqlite3_bind_int64(st, 1, group);
        bind_security(st, 2, &((const struct ft_store_security *)c->rows)[k]);
        sqlite3_bind_int64(st, 4, c->login);
        break;
    case ADD_GROUP:
        sqlite3_bind_text(st, 1, c->rows, -1, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, c->login);
        break;
    case DROP_GROUP:
        sqlite3_bind_int64(st, 1, c->number);
        sqlite3_bind_int64(st, 2, c->login);
        break;
    case ADD_LOGIN: sqlite3_bind_int64(st, 1, c->number); break;
    case PUT_REMINDERS: bind_reminder(st, &((const struct ft_store_reminder *)c->rows)[k]); break;
    case DROP_REMINDERS: sqlite3_bind_int64(st, 1, ((const int64_t *)c->rows)[k]); break;
    case PUT_USES: {
        const struct ft_store_use *use = &((const struct ft_store_use *)c->rows)[k];
        bind_security(st, 1, &use->security);
        sqlite3_bind_int64(st, 3, use->first_s);
        sqlite3_bind_int64(st, 4, use->last_s);
        sqlite3_bind_int64(st, 5, use->login);
        break;
    }
    }
}

typedef int run_stmt(struct ft_store *s, enum ft_write_stmt k);

static int each_row(struct ft_store *s, const struct ft_personal_change *c, enum ft_write_stmt k,
                    int64_t group, run_stmt *run, struct ft_err *err)
{
    sqlite3_stmt *st = need(s, k, err);
    if (!st)
        return -1;
    for (size_t row = 0; row < c->n; row++) {
        bind_row(st, c, row, group);
        if (run(s, k))
            return ft_store_sql_error(s->write_db, s->path, "write", err);
    }
    return 0;
}

int ft_personal_write(struct ft_store *s, const struct ft_personal_change *c, run_stmt *run,
                      struct ft_err *err)
{
    switch (c->kind) {
    case WATCH:
        if (each_row(s, c, FT_W_WATCH, FT_WATCH_ALL, run, err))
            return -1;
        return c->number == FT_WATCH_ALL ? 0 : each_row(s, c, FT_W_WATCH, c->number, run, err);
    case UNWATCH: return each_row(s, c, FT_W_UNWATCH, c->number, run, err);
    case ADD_GROUP: return each_row(s, c, FT_W_ADD_GROUP, 0, run, err);
    case DROP_GROUP:
        if (each_row(s, c, FT_W_EMPTY_GROUP, 0, run, err))
            return -1;
        return each_row(s, c, FT_W_DROP_GROUP, 0, run, err);
    case PUT_REMINDERS: return each_row(s, c, FT_W_PUT_REMINDER, 0, run, err);
    case DROP_REMINDERS: return each_row(s, c, FT_W_DROP_REMINDER, 0, run, err);
    case PUT_USES: {
        sqlite3_stmt *drop = need(s, FT_W_DROP_USES, err);
        if (!drop)
            return -1;
        sqlite3_bind_int64(drop, 1, c->number);
        if (run(s, FT_W_DROP_USES))
            return ft_store_sql_error(s->write_db, s->path, "write", err);
        return each_row(s, c, FT_W_PUT_USE, 0, run, err);
    }
    case ADD_LOGIN:
        return each_row(s, c, FT_W_LOGIN, 0, run, err) ||
                       each_row(s, c, FT_W_LOGIN_GROUPS, 0, run, err) ||
                       each_row(s, c, FT_W_LOGIN_ITEMS, 0, run, err)
                   ? -1
                   : 0;
    }
    return 0;
}

static int change(struct ft_store *s, uint32_t login, enum change_kind kind, const void *rows,
                  size_t n, int64_t number, struct ft_err *err)
{
    struct ft_personal_change c = {kind, rows, n, number, login};
    struct ft_job job = {.kind = FT_JOB_PERSONAL, .change = &c};
    return n ? ft_writer_wait(s, &job, err) : 0;
}

int ft_store_add_group(struct ft_store *s, uint32_t login, const char *name, struct ft_err *err)
{
    return change(s, login, ADD_GROUP, name, 1, 0, err);
}

int ft_store_drop_group(struct ft_store *s, uint32_t login, int64_t group, struct ft_err *err)
{
    FT_CHECK(group != FT_WATCH_ALL);
    return change(s, login, DROP_GROUP, NULL, 1, group, err);
}

int ft_store_watch(struct ft_store *s, uint32_t login, int64_t group,
                   const struct ft_store_security *rows, size_t n, struct ft_err *err)
{
    return change(s, login, WATCH, rows, n, group, err);
}

int ft_store_unwatch(struct ft_store *s, uint32_t login, int64_t group,
                     const struct ft_store_security *rows, size_t n, struct ft_err *err)
{
    return change(s, login, UNWATCH, rows, n, group, err);
}

int ft_store_put_reminders(struct ft_store *s, const struct ft_store_reminder *rows, size_t n,
                           struct ft_err *err)
{
    return change(s, 0, PUT_REMINDERS, rows, n, 0, err);
}

int ft_store_drop_reminders(struct ft_store *s, const int64_t *keys, size_t n, struct ft_err *err)
{
    return change(s, 0, DROP_REMINDERS, keys, n, 0, err);
}

int ft_store_put_uses(struct ft_store *s, const struct ft_store_use *rows, size_t n,
                      int64_t oldest_s, struct ft_err *err)
{
    return change(s, 0, PUT_USES, rows, n, oldest_s, err);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

static sqlite3_stmt *reader(struct ft_store *s, enum ft_read_stmt k, const char *sql,
                            struct ft_err *err)
{
    if (!s->read[k] && sqlite3_prepare_v3(s->read_db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                          &s->read[k], NULL) != SQLITE_OK) {
        ft_store_sql_error(s->read_db, s->path, "read", err);
        return NULL;
    }
    return s->read[k];
}

static int end(struct ft_store *s, sqlite3_stmt *st, int rc, struct ft_err *err)
{
    int bad = rc == SQLITE_DONE ? 0 : ft_store_sql_error(s->read_db, s->path, "read", err);
    sqlite3_reset(st);
    return bad;
}

static void copy_text(sqlite3_stmt *st, int column, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(st, column);
    snprintf(out, size, "%s", text ? (const char *)text : "");
}

static void read_security(sqlite3_stmt *st, int column, struct ft_store_security *out)
{
    out->market = sqlite3_column_int(st, column);
    copy_text(st, column + 1, out->code, sizeof out->code);
}

int ft_store_groups(struct ft_store *s, uint32_t login, ft_each_group *each, void *user,
                    struct ft_err *err)
{
    sqlite3_stmt *st = reader(s, FT_R_GROUPS,
                              "SELECT id, name FROM watch_groups WHERE login=? ORDER BY id", err);
    int rc;
    if (!st)
        return -1;
    sqlite3_bind_int64(st, 1, login);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const unsigned char *name = sqlite3_column_text(st, 1);
        each(user, sqlite3_column_int64(st, 0), name ? (const char *)name : "");
    }
    return end(s, st, rc, err);
}

int ft_store_watched(struct ft_store *s, uint32_t login, int64_t group, ft_each_security *each,
                     void *user, struct ft_err *err)
{
    sqlite3_stmt *st = reader(s, FT_R_WATCHED,
                              "SELECT market, code FROM watch_items WHERE grp=? AND login=?"
                              " ORDER BY id",
                              err);
    int rc;
    if (!st)
        return -1;
    sqlite3_bind_int64(st, 1, group);
    sqlite3_bind_int64(st, 2, login);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct ft_store_security row;
        read_security(st, 0, &row);
        each(user, &row);
    }
    return end(s, st, rc, err);
}

int ft_store_ever_traded(struct ft_store *s, uint32_t login, struct ft_err *err)
{
    sqlite3_stmt *st = reader(s, FT_R_TRADED,
                              "SELECT EXISTS(SELECT 1 FROM accounts a JOIN fills f ON f.account=a.id"
                              " WHERE a.login=?)",
                              err);
    if (!st)
        return -1;
    sqlite3_bind_int64(st, 1, login);
    int rc = sqlite3_step(st);
    int yes = rc == SQLITE_ROW ? sqlite3_column_int(st, 0) : 0;
    return end(s, st, rc == SQLITE_ROW ? SQLITE_DONE : rc, err) ? -1 : yes;
}

int ft_store_reminders(struct ft_store *s, ft_each_reminder *each, void *user, struct ft_err *err)
{
    sqlite3_stmt *st = reader(s, FT_R_REMINDERS,
                              "SELECT key,market,code,type,freq,value,sessions,enabled,fired,"
                              "fired_day,note,login FROM reminders ORDER BY key",
                              err);
    int rc;
    if (!st)
        return -1;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct ft_store_reminder row = {
            .key = sqlite3_column_int64(st, 0),
            .login = (uint32_t)sqlite3_column_int64(st, 11),
            .type = sqlite3_column_int(st, 3),
            .freq = sqlite3_column_int(st, 4),
            .value = sqlite3_column_int64(st, 5),
            .sessions = (uint32_t)sqlite3_column_int64(st, 6),
            .enabled = sqlite3_column_int(st, 7) != 0,
            .fired = sqlite3_column_int(st, 8) != 0,
            .fired_day =
                sqlite3_column_type(st, 9) == SQLITE_NULL ? FT_NO_DAY : sqlite3_column_int(st, 9),
        };
        read_security(st, 1, &row.security);
        copy_text(st, 10, row.note, sizeof row.note);
        each(user, &row);
    }
    return end(s, st, rc, err);
}

int ft_store_uses(struct ft_store *s, ft_each_use *each, void *user, struct ft_err *err)
{
    sqlite3_stmt *st = reader(s, FT_R_USES,
                              "SELECT market, code, first_s, last_s, login FROM history_uses"
                              " ORDER BY first_s, market, code, login",
                              err);
    int rc;
    if (!st)
        return -1;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct ft_store_use row = {.login = (uint32_t)sqlite3_column_int64(st, 4),
                                   .first_s = sqlite3_column_int64(st, 2),
                                   .last_s = sqlite3_column_int64(st, 3)};
        read_security(st, 0, &row.security);
        each(user, &row);
    }
    return end(s, st, rc, err);
}

int ft_store_logins(struct ft_store *s, ft_each_login *each, void *user, struct ft_err *err)
{
    sqlite3_stmt *st = reader(s, FT_R_LOGINS, "SELECT id, user_id FROM logins ORDER BY id", err);
    int rc;
    if (!st)
        return -1;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        each(user, (uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1));
    return end(s, st, rc, err);
}

struct login_search {
    uint64_t user_id;
    uint32_t number; /* 0: not there */
};

static void find_login(void *user, uint32_t number, uint64_t user_id)
{
    struct login_search *l = user;
    if (user_id == l->user_id)
        l->number = number;
}

int ft_store_login(struct ft_store *s, uint64_t user_id, uint32_t *number, struct ft_err *err)
{
    struct login_search l = {user_id, 0};
    if (ft_store_logins(s, find_login, &l, err) ||
        (!l.number && (change(s, 0, ADD_LOGIN, NULL, 1, (int64_t)user_id, err) ||
                       ft_store_logins(s, find_login, &l, err))))
        return -1;
    FT_CHECK(l.number > 0);
    *number = l.number;
    return 0;
}
