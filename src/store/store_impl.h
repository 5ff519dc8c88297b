/* The inside of an open store, shared by the files of this folder. */
#ifndef FT_STORE_IMPL_H
#define FT_STORE_IMPL_H

#include "store/rows.h"
#include "store/store.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#define FT_STORE_FILE "opend.db"

/* Another program (a backup, sqlite3) holds the file at most so long. */
enum { FT_STORE_BUSY_MS = 5000 };

enum ft_write_stmt {
    FT_W_BEGIN,
    FT_W_COMMIT,
    FT_W_ROLLBACK,
    FT_W_ACCOUNT,
    FT_W_POSITION,
    FT_W_HIDE_ALL,
    FT_W_ORDER,
    FT_W_HIDE_ONE,
    FT_W_COMBO,
    FT_W_LEG,
    FT_W_FILL,
    FT_W_FEE,
    FT_W_TXN,
    FT_W_POSTING,
    FT_W_COUNTERS,
    FT_W_SETTING,
    FT_W_LOAD_FROM,
    FT_W_REFDATA_CLEAR,
    FT_W_REFDATA,
    FT_W_WATCH,
    FT_W_UNWATCH,
    FT_W_ADD_GROUP,
    FT_W_EMPTY_GROUP,
    FT_W_DROP_GROUP,
    FT_W_PUT_REMINDER,
    FT_W_DROP_REMINDER,
    FT_W_PUT_USE,
    FT_W_DROP_USES,
    FT_W_LOGIN,
    FT_W_LOGIN_GROUPS,
    FT_W_LOGIN_ITEMS,
    FT_W_COUNT,
};
enum ft_read_stmt {
    FT_R_ORDER,
    FT_R_ORDERS,
    FT_R_FILLS,
    FT_R_FEES,
    FT_R_COMBO,
    FT_R_LEGS,
    FT_R_FLOWS,
    FT_R_SETTING,
    FT_R_REFDATA,
    FT_R_GROUPS,
    FT_R_WATCHED,
    FT_R_TRADED,
    FT_R_REMINDERS,
    FT_R_USES,
    FT_R_LOGINS,
    FT_R_COUNT,
};

/* What the storage thread is handed: a journal, or a small change whose caller waits for it. */
enum ft_job_kind { FT_JOB_JOURNAL, FT_JOB_SETTING, FT_JOB_LOAD_FROM, FT_JOB_REFDATA,
                   FT_JOB_PERSONAL };
struct ft_personal_change; /* personal.c */
struct ft_job {
    struct ft_job *next;
    enum ft_job_kind kind;
    const struct ft_universe *u;
    struct ft_journal journal;
    const char *key, *value; /* FT_JOB_SETTING: the caller's */
    uint64_t load_from;
    const struct ft_store_refdata *refdata; /* FT_JOB_REFDATA: the caller's */
    size_t refdata_count;
    const struct ft_personal_change *change; /* FT_JOB_PERSONAL: the caller's */
    bool done; /* the waiting caller's sign, under `lock` */
};

struct ft_store {
    char path[PATH_MAX];
    int lock_fd;
    sqlite3 *read_db; /* loop thread */
    sqlite3_stmt *read[FT_R_COUNT];

    /* Storage thread only, once it runs. */
    sqlite3 *write_db;
    sqlite3_stmt *write[FT_W_COUNT];
    uint64_t *account_ids; /* by index; 0: unknown */
    size_t account_count;
    int wal_pages; /* in the log after the last commit */
    int rc;        /* SQLite's code of the last failure */

    pthread_t thread;
    bool behind; /* durability is off */
    bool running;
    ft_store_committed *committed_fn;
    void *committed_user;
    ft_store_sync *sync_fn; /* NULL: nothing is kept beside */
    void *sync_user;
    _Atomic uint64_t committed;
    _Atomic bool failed;

    pthread_mutex_t lock; /* all below */
    pthread_cond_t work;  /* for the storage thread: there is something to do */
    pthread_cond_t moved; /* for the loop: room in the queue, a waited-for job is done */
    struct ft_job *first, *last, *spare;
    size_t queued, spares;
    uint64_t open_commit; /* number of the commit that takes what is submitted now */
    bool stopping;
    struct ft_err why; /* of `failed` */
};

/* writer.c */
int ft_writer_start(struct ft_store *s, struct ft_err *err);
/* Waits for what is queued, ends the thread, frees the queue. */
void ft_writer_stop(struct ft_store *s);
/* @locality loop thread. Hands in a setting or a load mark and waits until it is on disk. */
int ft_writer_wait(struct ft_store *s, struct ft_job *job, struct ft_err *err);

/* refdata.c */
/* @locality storage thread, inside a transaction. `run` steps and resets a statement, 0 when it is done. */
int ft_refdata_write(struct ft_store *s, const struct ft_job *job,
                     int run(struct ft_store *s, enum ft_write_stmt k), struct ft_err *err);

/* personal.c */
/* @locality storage thread, inside a transaction. */
int ft_personal_write(struct ft_store *s, const struct ft_personal_change *change,
                      int run(struct ft_store *s, enum ft_write_stmt k), struct ft_err *err);

/* sqlite.c */
/* The file of a data directory, for reading only. */
int ft_store_open_reader(const char *path, sqlite3 **out, struct ft_err *err);
/* SQLite's words for the last failure of a connection, with the system's reason if there is one. -1. */
int ft_store_sql_error(sqlite3 *db, const char *path, const char *doing, struct ft_err *err);
/* is_final(status) in SQL: ft_order_is_final. */
int ft_store_add_functions(sqlite3 *db);

#endif
