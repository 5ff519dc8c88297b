/* The storage thread: takes all that is queued, writes it as one transaction, tells its number.
 *
 * A turn of the loop hands in one journal; while a commit waits for the disk, the journals of the turns
 * meanwhile gather and share the next one (group commit). The thread decides when the write-ahead log
 * is folded back into the file: in a pause, or past a bound, so that no commit of a busy day waits long.
 *
 * A commit that fails for a reason that may pass (busy, disk full, I/O) is tried once more: a rolled
 * back transaction is written whole again, so that a sync that failed is not taken for done. When that
 * fails too the store has failed for good: what is on disk stays, nothing more is acknowledged. */
#include "store/store_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    BEHIND_NICE = 10,
    QUEUE_MAX = 4096,         /* journals that wait; past that the loop does */
    SPARES_MAX = 64,          /* journals kept for their memory, */
    SPARE_ROWS_MAX = 1 << 14, /* unless one holds more rows of a kind */
    PAUSE_MS = 100,           /* without work: time for a checkpoint, */
    WAL_PAGES_PAUSE = 1 << 8, /* if the log has grown to 1 MiB; */
    WAL_PAGES_MAX = 1 << 14,  /* at 64 MiB also when busy */
    RETRY_MS = 50,
};

/* ---- One transaction ---------------------------------------------------------------------------- */

static int run(struct ft_store *s, enum ft_write_stmt k)
{
    sqlite3_stmt *st = s->write[k];
    errno = 0;
    int rc = sqlite3_step(st), why = errno;
    sqlite3_reset(st);
    if (rc == SQLITE_DONE)
        return 0;
    errno = why; /* for ft_store_sql_error */
    s->rc = rc;
    return -1;
}

static int row_error(struct ft_store *s, const char *what, uint64_t id, struct ft_err *err)
{
    ft_store_sql_error(s->write_db, s->path, "write", err);
    return ft_err_wrap(err, "%s %llu", what, (unsigned long long)id);
}

/* The id of an account's index; 0 with a reason when no account row has come with it yet. */
static uint64_t account_id(struct ft_store *s, uint32_t index, struct ft_err *err)
{
    if (index < s->account_count && s->account_ids[index])
        return s->account_ids[index];
    s->rc = SQLITE_MISUSE;
    ft_err_set(err, FT_ESTATE, "a row of the account with index %u, which was never stored", index);
    return 0;
}

static int learn_account(struct ft_store *s, uint64_t id, uint32_t index, struct ft_err *err)
{
    if (index >= s->account_count) {
        size_t n = (size_t)index + 16;
        uint64_t *more = realloc(s->account_ids, n * sizeof *more);
        if (!more) {
            s->rc = SQLITE_NOMEM;
            return ft_err_set(err, FT_ENOMEM, "no memory for %zu accounts", n);
        }
        memset(more + s->account_count, 0, (n - s->account_count) * sizeof *more);
        s->account_ids = more;
        s->account_count = n;
    }
    s->account_ids[index] = id;
    return 0;
}

static int write_accounts(struct ft_store *s, const struct ft_job *job, struct ft_err *err)
{
    const struct ft_journal *j = &job->journal;
    for (size_t k = 0; k < j->account_count; k++) {
        const struct ft_account *a = &j->accounts[k];
        ft_bind_account(s->write[FT_W_ACCOUNT], a);
        if (run(s, FT_W_ACCOUNT))
            return row_error(s, "account", a->id, err);
        if (learn_account(s, a->id, a->index, err))
            return -1;
    }
    for (size_t k = 0; k < j->position_count; k++) {
        const struct ft_position *p = &j->positions[k];
        uint64_t account = account_id(s, p->account, err);
        if (!account)
            return -1;
        ft_bind_position(s->write[FT_W_POSITION], job->u, account, p);
        if (run(s, FT_W_POSITION))
            return row_error(s, "position", p->id, err);
    }
    return 0;
}

static bool was_reset(const struct ft_journal *j, uint32_t account)
{
    for (size_t k = 0; k < j->reset_count; k++)
        if (j->reset_accounts[k] == account)
            return true;
    return false;
}

/* A reset takes away what was stored before, and the orders that ended in the same turn (a reset ends
 * every order); those entered behind it in the same turn stay. */
static int hide(struct ft_store *s, enum ft_write_stmt k, uint64_t id, struct ft_err *err)
{
    sqlite3_bind_int64(s->write[k], 1, (int64_t)id);
    return run(s, k) ? row_error(s, "reset of", id, err) : 0;
}

static int write_orders(struct ft_store *s, const struct ft_job *job, struct ft_err *err)
{
    const struct ft_journal *j = &job->journal;
    for (size_t k = 0; k < j->reset_count; k++) {
        uint64_t account = account_id(s, j->reset_accounts[k], err);
        if (!account || hide(s, FT_W_HIDE_ALL, account, err))
            return -1;
    }
    for (size_t k = 0; k < j->order_count; k++) {
        const struct ft_order *o = &j->orders[k];
        uint64_t account = account_id(s, o->account, err);
        if (!account)
            return -1;
        ft_bind_order(s->write[FT_W_ORDER], job->u, account, o);
        if (run(s, FT_W_ORDER))
            return row_error(s, "order", o->id, err);
        if (j->reset_count && ft_order_is_final(o->status) && was_reset(j, o->account) &&
            hide(s, FT_W_HIDE_ONE, o->id, err))
            return -1;
    }
    return 0;
}

static int write_combos(struct ft_store *s, const struct ft_job *job, struct ft_err *err)
{
    const struct ft_journal *j = &job->journal;
    for (size_t k = 0; k < j->combo_count; k++) {
        const struct ft_combo *c = &j->combos[k];
        ft_bind_combo(s->write[FT_W_COMBO], c);
        if (run(s, FT_W_COMBO))
            return row_error(s, "combo", c->order, err);
        for (int leg = 0; leg < c->count; leg++) {
            ft_bind_leg(s->write[FT_W_LEG], job->u, c, leg);
            if (run(s, FT_W_LEG))
                return row_error(s, "leg of combo", c->order, err);
        }
    }
    return 0;
}

static int write_fills(struct ft_store *s, const struct ft_job *job, struct ft_err *err)
{
    const struct ft_journal *j = &job->journal;
    for (size_t k = 0; k < j->fill_count; k++) {
        const struct ft_fill *f = &j->fills[k];
        uint64_t account = account_id(s, f->account, err);
        if (!account)
            return -1;
        ft_bind_fill(s->write[FT_W_FILL], job->u, account, f);
        if (run(s, FT_W_FILL))
            return row_error(s, "fill", f->id, err);
    }
    for (size_t k = 0; k < j->fee_count; k++) {
        ft_bind_fee(s->write[FT_W_FEE], &j->fees[k]);
        if (run(s, FT_W_FEE))
            return row_error(s, "fee of order", j->fees[k].order, err);
    }
    return 0;
}

static int write_ledger(struct ft_store *s, const struct ft_job *job, struct ft_err *err)
{
    const struct ft_journal *j = &job->journal;
    for (size_t k = 0; k < j->txn_count; k++) {
        uint64_t account = account_id(s, j->txns[k].account, err);
        if (!account)
            return -1;
        ft_bind_txn(s->write[FT_W_TXN], account, &j->txns[k]);
        if (run(s, FT_W_TXN))
            return row_error(s, "transaction", j->txns[k].id, err);
    }
    for (size_t k = 0; k < j->posting_count; k++) {
        const struct ft_posting *p = &j->postings[k];
        uint64_t account = 0;
        if (p->holder == FT_HOLD_ACCOUNT && !(account = account_id(s, p->account, err)))
            return -1;
        ft_bind_posting(s->write[FT_W_POSTING], job->u, account, p);
        if (run(s, FT_W_POSTING))
            return row_error(s, "posting of transaction", p->txn, err);
    }
    return 0;
}

static int write_counters(struct ft_store *s, const struct ft_brk_counters *c, struct ft_err *err)
{
    sqlite3_stmt *st = s->write[FT_W_COUNTERS];
    const uint64_t of[] = {c->order, c->fill, c->txn, c->position, c->priority};
    for (int k = 0; k < 5; k++)
        sqlite3_bind_int64(st, k + 1, (int64_t)of[k]);
    sqlite3_bind_int64(st, 6, c->world_ns);
    return run(s, FT_W_COUNTERS) ? row_error(s, "counters; order", c->order, err) : 0;
}

/* Parents before children, as the foreign keys want it. */
static int write_job(struct ft_store *s, const struct ft_job *job, struct ft_err *err)
{
    if (job->kind == FT_JOB_SETTING) {
        sqlite3_bind_text(s->write[FT_W_SETTING], 1, job->key, -1, SQLITE_STATIC);
        sqlite3_bind_text(s->write[FT_W_SETTING], 2, job->value, -1, SQLITE_STATIC);
        return run(s, FT_W_SETTING) ? ft_store_sql_error(s->write_db, s->path, "write", err) : 0;
    }
    if (job->kind == FT_JOB_LOAD_FROM) {
        sqlite3_bind_int64(s->write[FT_W_LOAD_FROM], 1, (int64_t)job->load_from);
        return run(s, FT_W_LOAD_FROM) ? ft_store_sql_error(s->write_db, s->path, "write", err) : 0;
    }
    if (job->kind == FT_JOB_REFDATA)
        return ft_refdata_write(s, job, run, err);
    if (job->kind == FT_JOB_PERSONAL)
        return ft_personal_write(s, job->change, run, err);
    if (ft_journal_is_empty(&job->journal))
        return 0;
    return write_accounts(s, job, err) || write_orders(s, job, err) || write_combos(s, job, err) ||
                   write_fills(s, job, err) || write_ledger(s, job, err) ||
                   write_counters(s, &job->journal.counters, err)
               ? -1
               : 0;
}

static int write_all(struct ft_store *s, const struct ft_job *jobs, struct ft_err *err)
{
    if (run(s, FT_W_BEGIN))
        return ft_store_sql_error(s->write_db, s->path, "begin a transaction", err);
    for (; jobs; jobs = jobs->next)
        if (write_job(s, jobs, err))
            return -1;
    return run(s, FT_W_COMMIT) ? ft_store_sql_error(s->write_db, s->path, "commit", err) : 0;
}

static bool may_pass(int rc)
{
    int primary = rc & 0xFF;
    return primary == SQLITE_BUSY || primary == SQLITE_FULL || primary == SQLITE_IOERR ||
           primary == SQLITE_NOMEM;
}

static int commit(struct ft_store *s, const struct ft_job *jobs, struct ft_err *err)
{
    for (int attempt = 0;; attempt++) {
        if (write_all(s, jobs, err) == 0)
            return 0;
        int rc = s->rc;
        if (!sqlite3_get_autocommit(s->write_db))
            run(s, FT_W_ROLLBACK);
        if (attempt || !may_pass(rc))
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
    }
}

/* ---- The log ------------------------------------------------------------------------------------ */

static int on_commit(void *user, sqlite3 *db, const char *name, int pages)
{
    ((struct ft_store *)user)->wal_pages = pages;
    return SQLITE_OK;
}

/* A failure here loses nothing: the log still has it all, and the next commit tells of a bad disk. */
static void checkpoint(struct ft_store *s)
{
    sqlite3_wal_checkpoint_v2(s->write_db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    s->wal_pages = 0; /* until the next commit tells: a reader may have kept the log as it is */
}

/* ---- The thread --------------------------------------------------------------------------------- */

static void tell(struct ft_store *s)
{
    if (s->committed_fn)
        s->committed_fn(s->committed_user, atomic_load(&s->committed));
}

/* With the lock held. What a caller waits for is the caller's; a journal's memory is kept for the
 * next one. */
static void give_back(struct ft_store *s, struct ft_job *jobs)
{
    for (struct ft_job *next; jobs; jobs = next) {
        next = jobs->next;
        if (jobs->kind != FT_JOB_JOURNAL) {
            jobs->done = true;
            continue;
        }
        struct ft_journal *j = &jobs->journal;
        if (s->spares < SPARES_MAX && j->order_cap <= SPARE_ROWS_MAX &&
            j->posting_cap <= SPARE_ROWS_MAX && j->fill_cap <= SPARE_ROWS_MAX) {
            ft_journal_clear(j);
            jobs->next = s->spare;
            s->spare = jobs;
            s->spares++;
        } else {
            ft_journal_free(j);
            free(jobs);
        }
    }
    pthread_cond_broadcast(&s->moved);
}

/* With the lock held: waits for work, with a bound while there is much log to fold back. False: stop. */
static bool wait_for_work(struct ft_store *s)
{
    while (!s->first && !s->stopping) {
        if (s->wal_pages < WAL_PAGES_PAUSE) {
            pthread_cond_wait(&s->work, &s->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PAUSE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&s->work, &s->lock, &until) == ETIMEDOUT && !s->first) {
            pthread_mutex_unlock(&s->lock);
            checkpoint(s);
            pthread_mutex_lock(&s->lock);
        }
    }
    return s->first != NULL;
}

static void *storage_thread(void *user)
{
    struct ft_store *s = user;
    /* Nobody waits for what is written behind: the loop and its clients come first. */
    if (s->behind)
        (void)setpriority(PRIO_PROCESS, 0, BEHIND_NICE); /* of this thread alone, on Linux */
    pthread_mutex_lock(&s->lock);
    while (wait_for_work(s)) {
        struct ft_job *jobs = s->first;
        struct ft_err err = {0};
        uint64_t number = s->open_commit++;
        bool failed = atomic_load(&s->failed);
        s->first = s->last = NULL;
        s->queued = 0;
        pthread_mutex_unlock(&s->lock);

        int bad = failed ? -1 : commit(s, jobs, &err);
        if (!bad && s->sync_fn && !s->behind)
            bad = s->sync_fn(s->sync_user, &err);
        if (!bad)
            atomic_store(&s->committed, number);

        pthread_mutex_lock(&s->lock);
        if (bad && !failed) {
            s->why = err;
            atomic_store(&s->failed, true);
        }
        give_back(s, jobs);
        pthread_mutex_unlock(&s->lock);
        if (!failed)
            tell(s);
        if (!bad && s->wal_pages >= WAL_PAGES_MAX)
            checkpoint(s);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- Start and stop ----------------------------------------------------------------------------- */

static int prepare(struct ft_store *s, struct ft_err *err)
{
    static const struct {
        enum ft_write_stmt k;
        const char *sql;
    } plain[] = {
        {FT_W_BEGIN, "BEGIN IMMEDIATE"},
        {FT_W_COMMIT, "COMMIT"},
        {FT_W_ROLLBACK, "ROLLBACK"},
        {FT_W_HIDE_ALL, "UPDATE orders SET hidden=1 WHERE account=? AND hidden=0"},
        {FT_W_HIDE_ONE, "UPDATE orders SET hidden=1 WHERE id=?"},
        {FT_W_COUNTERS,
         "UPDATE counters SET order_id=max(order_id,?1), fill=max(fill,?2), txn=max(txn,?3),"
         " position=max(position,?4), priority=max(priority,?5), world_ns=max(world_ns,?6)"},
        {FT_W_SETTING, "INSERT INTO settings(key,value) VALUES(?,?)"
                       " ON CONFLICT(key) DO UPDATE SET value=excluded.value"},
        {FT_W_LOAD_FROM, "UPDATE counters SET load_from=?"},
    };
    static const struct {
        enum ft_write_stmt k;
        const struct ft_table *t;
    } rows[] = {
        {FT_W_ACCOUNT, &ft_table_accounts}, {FT_W_POSITION, &ft_table_positions},
        {FT_W_ORDER, &ft_table_orders},     {FT_W_COMBO, &ft_table_combos},
        {FT_W_LEG, &ft_table_legs},         {FT_W_FILL, &ft_table_fills},
        {FT_W_FEE, &ft_table_fees},         {FT_W_TXN, &ft_table_txns},
        {FT_W_POSTING, &ft_table_postings},
    };
    for (size_t k = 0; k < sizeof plain / sizeof plain[0]; k++)
        if (sqlite3_prepare_v3(s->write_db, plain[k].sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &s->write[plain[k].k], NULL) != SQLITE_OK)
            return ft_store_sql_error(s->write_db, s->path, "prepare to write", err);
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        if (ft_table_prepare(s->write_db, rows[k].t, &s->write[rows[k].k], err))
            return ft_err_wrap(err, "%s", s->path);
    return 0;
}

static int learn_accounts(struct ft_store *s, struct ft_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->write_db, "SELECT id, idx FROM accounts", -1, &st, NULL),
        bad = 0;
    while (rc == SQLITE_OK && !bad && sqlite3_step(st) == SQLITE_ROW) {
        int64_t index = sqlite3_column_int64(st, 1);
        bad = index < 0 || index > FT_STORE_ACCOUNTS_MAX
                  ? ft_err_set(err, FT_ECORRUPT, "%s: account %lld: column idx has %lld", s->path,
                               (long long)sqlite3_column_int64(st, 0), (long long)index)
                  : learn_account(s, (uint64_t)sqlite3_column_int64(st, 0), (uint32_t)index, err);
    }
    if (!bad && sqlite3_finalize(st) != SQLITE_OK)
        return ft_store_sql_error(s->write_db, s->path, "read the accounts", err);
    if (bad)
        sqlite3_finalize(st);
    return bad;
}

int ft_writer_start(struct ft_store *s, struct ft_err *err)
{
    if (prepare(s, err) || learn_accounts(s, err))
        return -1;
    sqlite3_wal_hook(s->write_db, on_commit, s);
    sigset_t all, before; /* signals are the loop's */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&s->thread, NULL, storage_thread, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        return ft_err_set(err, FT_EIO, "cannot start the storage thread: %s", strerror(rc));
    s->running = true;
    return 0;
}

void ft_writer_stop(struct ft_store *s)
{
    if (s->running) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        s->running = false;
    }
    for (struct ft_job *next; s->spare; s->spare = next) {
        next = s->spare->next;
        ft_journal_free(&s->spare->journal);
        free(s->spare);
    }
}

/* ---- The loop's side ---------------------------------------------------------------------------- */

/* With the lock held. */
static void append(struct ft_store *s, struct ft_job *job)
{
    job->next = NULL;
    if (s->last)
        s->last->next = job;
    else
        s->first = job;
    s->last = job;
    s->queued++;
    pthread_cond_signal(&s->work);
}

void ft_store_sync_with(struct ft_store *s, ft_store_sync *sync, void *user)
{
    pthread_mutex_lock(&s->lock);
    s->sync_fn = sync;
    s->sync_user = user;
    pthread_mutex_unlock(&s->lock);
}

uint64_t ft_store_submit(struct ft_store *s, const struct ft_universe *u, struct ft_journal *j)
{
    pthread_mutex_lock(&s->lock);
    while (s->queued >= QUEUE_MAX)
        pthread_cond_wait(&s->moved, &s->lock);
    struct ft_job *job = s->spare;
    if (job) {
        s->spare = job->next;
        s->spares--;
    } else {
        job = calloc(1, sizeof *job);
        FT_CHECK(job); /* what was decided must not be lost in silence */
    }
    struct ft_journal empty = job->journal; /* with the memory of an earlier one */
    job->kind = FT_JOB_JOURNAL;
    job->u = u;
    job->journal = *j;
    *j = empty;
    append(s, job);
    uint64_t number = s->open_commit;
    pthread_mutex_unlock(&s->lock);
    return number;
}

int ft_writer_wait(struct ft_store *s, struct ft_job *job, struct ft_err *err)
{
    pthread_mutex_lock(&s->lock);
    append(s, job);
    while (!job->done)
        pthread_cond_wait(&s->moved, &s->lock);
    bool failed = atomic_load(&s->failed);
    if (failed && err)
        *err = s->why;
    pthread_mutex_unlock(&s->lock);
    return failed ? -1 : 0;
}

uint64_t ft_store_committed_to(const struct ft_store *s)
{
    return atomic_load(&s->committed);
}

bool ft_store_failed(struct ft_store *s, struct ft_err *err)
{
    if (!atomic_load(&s->failed))
        return false;
    pthread_mutex_lock(&s->lock);
    if (err)
        *err = s->why;
    pthread_mutex_unlock(&s->lock);
    return true;
}
