/* Reference data: records of an import, and reading them back. What is in a record, this part does not
 * know. */
#include "store/store_impl.h"

#include <string.h>

static int by_key(const struct ft_store_refdata *a, const struct ft_store_refdata *b)
{
    if (a->protocol != b->protocol)
        return a->protocol < b->protocol ? -1 : 1;
    int c = strcmp(a->instrument, b->instrument);
    return c ? c : (a->seq > b->seq) - (a->seq < b->seq);
}

/* Prepared at the first import: most starts have none. */
static int need(struct ft_store *s, enum ft_write_stmt k, const char *sql, struct ft_err *err)
{
    if (s->write[k] || sqlite3_prepare_v3(s->write_db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                          &s->write[k], NULL) == SQLITE_OK)
        return 0;
    s->rc = sqlite3_errcode(s->write_db);
    return ft_store_sql_error(s->write_db, s->path, "prepare to write", err);
}

static int failed(struct ft_store *s, const struct ft_store_refdata *row, struct ft_err *err)
{
    ft_store_sql_error(s->write_db, s->path, "write", err);
    return ft_err_wrap(err, "record %u of protocol %u, %s", row->seq, row->protocol,
                       row->instrument);
}

int ft_refdata_write(struct ft_store *s, const struct ft_job *job,
                     int run(struct ft_store *s, enum ft_write_stmt k), struct ft_err *err)
{
    if (need(s, FT_W_REFDATA_CLEAR, "DELETE FROM refdata WHERE protocol=? AND instrument=?", err) ||
        need(s, FT_W_REFDATA, "INSERT INTO refdata(protocol,instrument,seq,record) VALUES(?,?,?,?)",
             err))
        return -1;
    for (size_t k = 0; k < job->refdata_count; k++) {
        const struct ft_store_refdata *row = &job->refdata[k];
        bool first = k == 0 || row[-1].protocol != row->protocol ||
                     strcmp(row[-1].instrument, row->instrument) != 0;
        sqlite3_stmt *clear = s->write[FT_W_REFDATA_CLEAR], *put = s->write[FT_W_REFDATA];
        if (first) {
            sqlite3_bind_int64(clear, 1, row->protocol);
            sqlite3_bind_text(clear, 2, row->instrument, -1, SQLITE_STATIC);
            if (run(s, FT_W_REFDATA_CLEAR))
                return failed(s, row, err);
        }
        sqlite3_bind_int64(put, 1, row->protocol);
        sqlite3_bind_text(put, 2, row->instrument, -1, SQLITE_STATIC);
        sqlite3_bind_int64(put, 3, row->seq);
        sqlite3_bind_blob64(put, 4, row->len ? row->record : "", row->len, SQLITE_STATIC);
        if (run(s, FT_W_REFDATA))
            return failed(s, row, err);
    }
    return 0;
}

int ft_store_put_refdata(struct ft_store *s, const struct ft_store_refdata *rows, size_t n,
                         struct ft_err *err)
{
    for (size_t k = 1; k < n; k++)
        if (by_key(&rows[k - 1], &rows[k]) >= 0)
            return ft_err_set(err, FT_EINVAL,
                              "record %u of protocol %u, %s: out of order, or given twice",
                              rows[k].seq, rows[k].protocol, rows[k].instrument);
    struct ft_job job = {.kind = FT_JOB_REFDATA, .refdata = rows, .refdata_count = n};
    return n ? ft_writer_wait(s, &job, err) : 0;
}

int ft_store_refdata(struct ft_store *s, uint32_t protocol, const char *instrument,
                     ft_each_refdata *each, void *user, struct ft_err *err)
{
    sqlite3_stmt **st = &s->read[FT_R_REFDATA];
    if (!*st &&
        sqlite3_prepare_v3(s->read_db,
                           "SELECT seq, record FROM refdata WHERE protocol=? AND instrument=?"
                           " ORDER BY seq",
                           -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
        return ft_store_sql_error(s->read_db, s->path, "read the reference data", err);
    sqlite3_bind_int64(*st, 1, protocol);
    sqlite3_bind_text(*st, 2, instrument, -1, SQLITE_STATIC);
    int rc, n = 0, bad = 0;
    while ((rc = sqlite3_step(*st)) == SQLITE_ROW && !bad) {
        const void *bytes = sqlite3_column_blob(*st, 1);
        struct ft_store_refdata row = {
            .protocol = protocol,
            .instrument = instrument,
            .seq = (uint32_t)sqlite3_column_int64(*st, 0),
            .record = bytes ? bytes : "",
            .len = (size_t)sqlite3_column_bytes(*st, 1),
        };
        bad = each(user, &row);
        n++;
    }
    if (!bad && rc != SQLITE_DONE)
        bad = ft_store_sql_error(s->read_db, s->path, "read the reference data", err);
    sqlite3_reset(*st);
    sqlite3_clear_bindings(*st);
    return bad ? -1 : n;
}
