/* Opening and closing the database, and settings. Two connections: one of the storage thread, which
 * alone writes (writer.c), and one of the loop thread, which reads commits. */
#include "store/store_impl.h"

#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int ft_store_sql_error(sqlite3 *db, const char *path, const char *doing, struct ft_err *err)
{
    int rc = sqlite3_errcode(db), os = sqlite3_system_errno(db);
    if (!os) /* a COMMIT that fails leaves it unset */
        os = errno;
    enum ft_err_code code = rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? FT_ECORRUPT
                            : rc == SQLITE_NOMEM                        ? FT_ENOMEM
                                                                        : FT_EIO;
    if ((rc == SQLITE_IOERR || rc == SQLITE_FULL || rc == SQLITE_CANTOPEN) && os)
        return ft_err_set(err, code, "%s: cannot %s: %s (%s)", path, doing, sqlite3_errmsg(db),
                          strerror(os));
    return ft_err_set(err, code, "%s: cannot %s: %s", path, doing, sqlite3_errmsg(db));
}

static void is_final(sqlite3_context *c, int n, sqlite3_value **v)
{
    sqlite3_result_int(c, ft_order_is_final((uint8_t)sqlite3_value_int(v[0])));
}

int ft_store_add_functions(sqlite3 *db)
{
    return sqlite3_create_function(db, "is_final", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                   is_final, NULL, NULL);
}

/* ---- Files -------------------------------------------------------------------------------------- */

static int sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int r = fsync(fd);
    close(fd);
    return r;
}

/* One gateway per data directory: two that write would each know half of the truth. */
static int take_lock(struct ft_store *s, const char *data_dir, struct ft_err *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/opend.lock", data_dir) >= (int)sizeof path)
        return ft_err_set(err, FT_ELIMIT, "data_dir=%.200s: longer than %d bytes", data_dir,
                          PATH_MAX);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return ft_err_set(err, FT_EIO, "cannot open %s: %s", path, strerror(errno));
    char pid[16] = "";
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        /* For the message of whoever comes second; the lock is what counts, so a disk that is full does
         * not matter here. */
        int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        if (fchmod(s->lock_fd, 0600) || ftruncate(s->lock_fd, 0) || write(s->lock_fd, pid, n) != n)
            errno = 0;
        return 0;
    }
    if (errno == EWOULDBLOCK) {
        ssize_t n = read(s->lock_fd, pid, sizeof pid - 1);
        pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
        return ft_err_set(err, FT_ESTATE,
                          "data_dir=%s: another opend is using it (process %s, %s is locked)", data_dir,
                          *pid ? pid : "unknown", path);
    }
    return ft_err_set(err, FT_EIO, "cannot lock %s: %s", path, strerror(errno));
}

/* Makes the file before SQLite does, so that it and the log beside it (which takes its mode) are the
 * owner's alone. The descriptor is closed before SQLite opens its own: closing one later would drop
 * SQLite's locks. */
static int make_file(const char *path, const char *data_dir, struct ft_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0)
        return ft_err_set(err, FT_EIO, "cannot open %s: %s", path, strerror(errno));
    int bad = fstat(fd, &st) || !S_ISREG(st.st_mode) || ((st.st_mode & 077) && fchmod(fd, 0600));
    if (bad)
        ft_err_set(err, FT_EIO, "cannot make %s the owner's own file: %s", path,
                   S_ISREG(st.st_mode) ? strerror(errno) : "it is no regular file");
    close(fd);
    if (!bad && st.st_size == 0 && sync_dir(data_dir))
        return ft_err_set(err, FT_EIO, "cannot sync the directory %s: %s", data_dir,
                          strerror(errno));
    return bad ? -1 : 0;
}

/* ---- Connections -------------------------------------------------------------------------------- */

static int run(sqlite3 *db, const char *path, const char *sql, struct ft_err *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return ft_store_sql_error(db, path, "prepare the file", err);
}

static int open_db(const char *path, int flags, sqlite3 **out, struct ft_err *err)
{
    int rc = sqlite3_open_v2(path, out, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK && !*out)
        return ft_err_set(err, FT_ENOMEM, "%s: no memory for a database connection", path);
    if (rc != SQLITE_OK)
        return ft_store_sql_error(*out, path, "open", err);
    sqlite3_busy_timeout(*out, FT_STORE_BUSY_MS);
    return ft_store_add_functions(*out) == SQLITE_OK
               ? 0
               : ft_store_sql_error(*out, path, "prepare the connection", err);
}

int ft_store_open_reader(const char *path, sqlite3 **out, struct ft_err *err)
{
    return open_db(path, SQLITE_OPEN_READONLY, out, err);
}

static int switch_to_wal(sqlite3 *db, const char *path, struct ft_err *err)
{
    sqlite3_stmt *st = NULL;
    int ok = sqlite3_prepare_v2(db, "PRAGMA journal_mode=WAL", -1, &st, NULL) == SQLITE_OK &&
             sqlite3_step(st) == SQLITE_ROW;
    if (!ok)
        ft_store_sql_error(db, path, "switch to a write-ahead log", err);
    else if (strcmp((const char *)sqlite3_column_text(st, 0), "wal") != 0) {
        ft_err_set(err, FT_EUNSUPPORTED, "%s: its file system cannot hold a write-ahead log", path);
        ok = 0;
    }
    sqlite3_finalize(st);
    return ok ? 0 : -1;
}

static int open_writer(struct ft_store *s, enum ft_durability durability, struct ft_err *err)
{
    s->behind = durability == FT_DURABLE_OFF;
    /* NORMAL syncs at checkpoints only: the file stays whole, the last moments may be missing.
     * Checkpoints are the storage thread's to choose (writer.c). */
    const char *settings = durability == FT_DURABLE_FULL
                               ? "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                                 "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-65536;"
                                 "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864"
                               : "PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                                 "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-65536;"
                                 "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864";
    if (open_db(s->path, SQLITE_OPEN_READWRITE, &s->write_db, err))
        return -1;
    int version = ft_schema_version(s->write_db, err);
    if (version < 0 || ft_schema_migrate(s->write_db, version, err)) /* refuses before it writes */
        return ft_err_wrap(err, "%s", s->path);
    if (switch_to_wal(s->write_db, s->path, err) || run(s->write_db, s->path, settings, err))
        return -1;
    if (ft_schema_migrate(s->write_db, ft_schema_latest(), err))
        return ft_err_wrap(err, "%s", s->path);
    return 0;
}

static struct ft_store *open_parts(struct ft_store *s, const char *data_dir,
                                   enum ft_durability durability, struct ft_err *err)
{
    if (snprintf(s->path, sizeof s->path, "%s/" FT_STORE_FILE, data_dir) >= (int)sizeof s->path)
        ft_err_set(err, FT_ELIMIT, "data_dir=%.200s: longer than %d bytes", data_dir, PATH_MAX);
    else if (take_lock(s, data_dir, err) == 0 && make_file(s->path, data_dir, err) == 0 &&
             open_writer(s, durability, err) == 0 &&
             ft_store_open_reader(s->path, &s->read_db, err) == 0 && ft_writer_start(s, err) == 0)
        return s;
    ft_store_close(s);
    return NULL;
}

struct ft_store *ft_store_open(const char *data_dir, enum ft_durability durability,
                               ft_store_committed *committed, void *user, struct ft_err *err)
{
    struct ft_store *s = calloc(1, sizeof *s);
    if (!s) {
        ft_err_set(err, FT_ENOMEM, "no memory for the store");
        return NULL;
    }
    s->lock_fd = -1;
    s->open_commit = 1;
    s->committed_fn = committed;
    s->committed_user = user;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->moved, NULL);
    /* The storage thread waits with a bound: a clock that nobody sets. */
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->work, &attr);
    pthread_condattr_destroy(&attr);
    return open_parts(s, data_dir, durability, err);
}

void ft_store_close(struct ft_store *s)
{
    if (!s)
        return;
    ft_writer_stop(s);
    for (int k = 0; k < FT_R_COUNT; k++)
        sqlite3_finalize(s->read[k]);
    for (int k = 0; k < FT_W_COUNT; k++)
        sqlite3_finalize(s->write[k]);
    sqlite3_close(s->read_db);
    sqlite3_close(s->write_db); /* the last one: checkpoints, removes the log */
    free(s->account_ids);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->moved);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- Settings ----------------------------------------------------------------------------------- */

int ft_store_setting(struct ft_store *s, const char *key, char *out, size_t size,
                     struct ft_err *err)
{
    sqlite3_stmt **st = &s->read[FT_R_SETTING];
    FT_CHECK(size > 0);
    out[0] = '\0';
    if (!*st && sqlite3_prepare_v2(s->read_db, "SELECT value FROM settings WHERE key=?", -1, st,
                                   NULL) != SQLITE_OK)
        return ft_store_sql_error(s->read_db, s->path, "read settings", err);
    sqlite3_bind_text(*st, 1, key, -1, SQLITE_STATIC);
    int rc = sqlite3_step(*st), r = rc == SQLITE_ROW ? 1 : 0;
    if (rc == SQLITE_ROW) {
        size_t n = (size_t)sqlite3_column_bytes(*st, 0);
        const unsigned char *text = sqlite3_column_text(*st, 0);
        if (text && n < size)
            memcpy(out, text, n + 1);
        else
            r = ft_err_set(err, FT_ELIMIT, "setting %s: %zu bytes, at most %zu are expected", key,
                           n, size - 1);
    } else if (rc != SQLITE_DONE) {
        r = ft_store_sql_error(s->read_db, s->path, "read settings", err);
    }
    sqlite3_reset(*st);
    sqlite3_clear_bindings(*st);
    return r;
}

int ft_store_world_ns(struct ft_store *s, int64_t *out, struct ft_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->read_db, "SELECT world_ns FROM counters", -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return rc == SQLITE_ROW ? 0 : ft_store_sql_error(s->read_db, s->path, "read the world's time", err);
}

int ft_store_set(struct ft_store *s, const char *key, const char *value, struct ft_err *err)
{
    if (!key[0] || strlen(key) > FT_SETTING_KEY_MAX)
        return ft_err_set(err, FT_ELIMIT, "setting '%.80s': a key has 1 to %d bytes", key,
                          FT_SETTING_KEY_MAX);
    if (strlen(value) > FT_SETTING_MAX)
        return ft_err_set(err, FT_ELIMIT, "setting %s: %zu bytes, at most %d are kept", key,
                          strlen(value), FT_SETTING_MAX);
    struct ft_job job = {.kind = FT_JOB_SETTING, .key = key, .value = value};
    return ft_writer_wait(s, &job, err);
}
