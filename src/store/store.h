/* The store port: what must survive. Opened once; loaded into the broker at the start; then every
 * turn's journal is committed on a storage thread, and the caller hears when it is on disk.
 *
 * One implementation is here: SQLite (sqlite.c), WAL, full sync. A second one (PostgreSQL) is to come;
 * tests/unit/store/test_port.c is the suite that each must pass. Instruments are kept as
 * (market, code), so that a universe may change between runs; rows of instruments that are no longer
 * known stay in the database and are told of in the log. */
#ifndef FT_STORE_STORE_H
#define FT_STORE_STORE_H

#include "broker/journal.h"

struct ft_store;

enum { FT_SETTING_KEY_MAX = 64, FT_SETTING_MAX = 65536, FT_STORE_ACCOUNTS_MAX = 1 << 20 };

enum ft_durability {
    FT_DURABLE_FULL, /* a commit is on disk before it is told */
    FT_DURABLE_OFF,  /* written behind; a power cut may lose the last moments */
};

/* The database file opend.db in `data_dir` (made if missing, owner-only; one store at a time by
 * opend.lock, which holds the process). Migrates older schemas, refuses newer ones and foreign files. NULL with a reason.
 * `committed` is called on the storage thread after each commit with its number, and once when the
 * store fails, with the last number again; it must only wake the loop. */
typedef void ft_store_committed(void *user, uint64_t commit);
struct ft_store *ft_store_open(const char *data_dir, enum ft_durability durability,
                               ft_store_committed *committed, void *user, struct ft_err *err);
/* @locality loop thread, before the first submit. `sync` is called on the storage thread with each commit,
 * before that is told: it brings to disk what is kept beside the database. -1 with a reason fails the
 * store. Not with FT_DURABLE_OFF. */
typedef int ft_store_sync(void *user, struct ft_err *err);
void ft_store_sync_with(struct ft_store *s, ft_store_sync *sync, void *user);
/* Writes what is queued, waits for it, closes. `committed` may be called until it returns. NULL is
 * allowed. */
void ft_store_close(struct ft_store *s);

/* @locality loop thread, before the first submit. Accounts by index, positions, the orders that are
 * not final or ended after `recent_ns` or are parts of such, their combos, fills and fees, each
 * ascending by id, and the counters, into a new broker. An order of an instrument that is not known,
 * or with a leg of one, stays out with all that hangs on it. `recent_ns` must not go back from one load
 * of a file to the next: what was over then is not looked at again. */
int ft_store_load(struct ft_store *s, const struct ft_universe *u, struct ft_brk *b,
                  int64_t recent_ns, struct ft_err *err);

/* World time of the last journal that was written, 0: none. */
int ft_store_world_ns(struct ft_store *s, int64_t *out, struct ft_err *err);

/* @locality loop thread. Hands a journal over (the store takes its arrays; *j is empty afterwards, with
 * the memory of an earlier one) to be written as one transaction, several journals in one when they
 * queue up. Returns the number of the commit that will hold it, from 1, never falling: journals that
 * share a commit share the number. Waits when thousands are queued. After a failure journals are taken
 * and dropped. An account must come in this or an earlier journal, or be in the file, before a row that
 * names its index. Of an account in reset_accounts all stored orders vanish, and those that this very
 * journal shows as final. `u` must outlive the store. */
uint64_t ft_store_submit(struct ft_store *s, const struct ft_universe *u, struct ft_journal *j);
/* @locality any. Highest number that is on disk. */
uint64_t ft_store_committed_to(const struct ft_store *s);
/* @locality any. A commit failed for good (disk full, I/O): true with the reason; nothing is
 * acknowledged any more. */
bool ft_store_failed(struct ft_store *s, struct ft_err *err);

/* ---- History: what is no longer in the broker's memory ----------------------------------------- */

/* @locality loop thread, a connection of its own; sees commits only. Newest first (2221, 2222), created
 * (filled) in [from_ns, to_ns], at most `max` rows, parts of combos and algorithms among them. Calls
 * `each` for every row; the pointer is good during the call. inst FT_NO_INST: not known any more; market
 * and code are given. Orders that a reset took away, and their fills, are not there. */
struct ft_store_order { struct ft_order order; int market; char code[FT_CODE_MAX + 1]; };
struct ft_store_fill { struct ft_fill fill; int market; char code[FT_CODE_MAX + 1]; };
typedef void ft_each_order(void *user, const struct ft_store_order *row);
typedef void ft_each_fill(void *user, const struct ft_store_fill *row);
int ft_store_orders(struct ft_store *s, const struct ft_universe *u, uint32_t account,
                    int64_t from_ns, int64_t to_ns, size_t max, ft_each_order *each, void *user,
                    struct ft_err *err);
int ft_store_fills(struct ft_store *s, const struct ft_universe *u, uint32_t account,
                   int64_t from_ns, int64_t to_ns, size_t max, ft_each_fill *each, void *user,
                   struct ft_err *err);
/* One order by its number: 1, 0 when there is none, -1 with a reason. */
int ft_store_order(struct ft_store *s, const struct ft_universe *u, uint64_t id,
                   struct ft_store_order *out, struct ft_err *err);
/* The legs of a combo order: 1, 0 when it is none (or an instrument is no longer known), -1 with a
 * reason. */
int ft_store_combo(struct ft_store *s, const struct ft_universe *u, uint64_t order,
                   struct ft_combo *out, struct ft_err *err);
/* Fees of one order, in the order of their items; returns the count, -1 with a reason. */
int ft_store_fees(struct ft_store *s, uint64_t order, struct ft_fee_row *out, size_t max,
                  struct ft_err *err);
/* Cash flow of a clearing day (2226): the cash postings of an account, ascending. */
struct ft_store_flow { struct ft_txn txn; uint8_t currency; ft_money amount; };
typedef void ft_each_flow(void *user, const struct ft_store_flow *row);
int ft_store_flows(struct ft_store *s, uint32_t account, ft_day clearing_day, ft_each_flow *each,
                   void *user, struct ft_err *err);

/* Settings by key: small texts. Reading returns 1, 0 when there is none (*out is "" then), -1 with a
 * reason. Setting waits until it is on disk. @locality loop thread. */
int ft_store_setting(struct ft_store *s, const char *key, char *out, size_t size, struct ft_err *err);
int ft_store_set(struct ft_store *s, const char *key, const char *value, struct ft_err *err);

/* ---- Reference data: opaque records by protocol and instrument ---------------------------------- */

/* One record; instruments are texts ("HK.00700"), so that they outlive a universe. */
struct ft_store_refdata { uint32_t protocol; const char *instrument; uint32_t seq; const void *record;
                          size_t len; };
/* Puts the records of one import in place of all that was stored for the protocols and instruments that
 * they name; waits until they are on disk. Sorted by protocol, instrument, seq, no two alike (else
 * FT_EINVAL). All or nothing. @locality loop thread. */
int ft_store_put_refdata(struct ft_store *s, const struct ft_store_refdata *rows, size_t n,
                         struct ft_err *err);
/* The records of a protocol and instrument, ascending; the pointers are good during the call of `each`,
 * which returns 0 to go on, -1 to end. Returns their number, -1 with a reason (err as `each` left it
 * when it ended the walk). @locality loop thread. */
typedef int ft_each_refdata(void *user, const struct ft_store_refdata *row);
int ft_store_refdata(struct ft_store *s, uint32_t protocol, const char *instrument,
                     ft_each_refdata *each, void *user, struct ft_err *err);

/* ---- Logins: the platform users whose accounts and personal things the file has ------------------- */

/* The number of a platform user, from 1, new and on disk when it was not known; his watch lists begin
 * like those of a new file. The first login has 0 and no row. -1 with a reason. @locality loop thread. */
int ft_store_login(struct ft_store *s, uint64_t user_id, uint32_t *number, struct ft_err *err);
typedef void ft_each_login(void *user, uint32_t number, uint64_t user_id);
/* Every one that was ever known, ascending. 0, -1 with a reason. @locality loop thread. */
int ft_store_logins(struct ft_store *s, ft_each_login *each, void *user, struct ft_err *err);

/* ---- Personal: watch lists, price reminders, history quota (personal.c) -------------------------- */

/* Each row is of one login, by its number. Reading calls `each` for every row; the pointer is good during the call. Writing waits until it is on
 * disk, all or nothing. Both return 0, -1 with a reason. @locality loop thread. */
struct ft_store_security { int market; char code[FT_CODE_MAX + 1]; };
typedef void ft_each_group(void *user, int64_t id, const char *name);
typedef void ft_each_security(void *user, const struct ft_store_security *row);
/* Custom groups, in order; names may come twice. */
int ft_store_groups(struct ft_store *s, uint32_t login, ft_each_group *each, void *user,
                    struct ft_err *err);
int ft_store_add_group(struct ft_store *s, uint32_t login, const char *name, struct ft_err *err);
/* What is in it stays in "All". */
int ft_store_drop_group(struct ft_store *s, uint32_t login, int64_t group, struct ft_err *err);
enum { FT_WATCH_ALL = 0 }; /* the group "All", which every login has */
/* Securities of a group in the order in which they came. */
int ft_store_watched(struct ft_store *s, uint32_t login, int64_t group, ft_each_security *each,
                     void *user, struct ft_err *err);
/* Into the group and "All"; what is there already stays where it is. */
int ft_store_watch(struct ft_store *s, uint32_t login, int64_t group,
                   const struct ft_store_security *rows, size_t n, struct ft_err *err);
/* Out of the group; out of all of the login's when it is FT_WATCH_ALL. */
int ft_store_unwatch(struct ft_store *s, uint32_t login, int64_t group,
                     const struct ft_store_security *rows, size_t n, struct ft_err *err);
/* Whether any account of the login has ever had a fill: 1, 0, -1 with a reason. */
int ft_store_ever_traded(struct ft_store *s, uint32_t login, struct ft_err *err);

enum { FT_REMINDER_NOTE_MAX = 80 }; /* bytes: 20 characters of at most four */
struct ft_store_reminder {
    int64_t key;         /* one count for all logins */
    uint32_t login;
    struct ft_store_security security;
    int32_t type, freq;  /* Qot_Common.PriceReminderType, PriceReminderFreq */
    int64_t value;       /* 1e-6 of the type's unit */
    uint32_t sessions;   /* bits 1 << Qot_Common.PriceReminderMarketStatus */
    bool enabled;
    bool fired;          /* since it was set or enabled */
    ft_day fired_day;    /* trading day on which it fired last; FT_NO_DAY */
    char note[FT_REMINDER_NOTE_MAX + 1];
};
/* Those of all logins. */
typedef void ft_each_reminder(void *user, const struct ft_store_reminder *row);
int ft_store_reminders(struct ft_store *s, ft_each_reminder *each, void *user, struct ft_err *err);
/* New ones, and in place of those with the same key. */
int ft_store_put_reminders(struct ft_store *s, const struct ft_store_reminder *rows, size_t n,
                           struct ft_err *err);
int ft_store_drop_reminders(struct ft_store *s, const int64_t *keys, size_t n, struct ft_err *err);

struct ft_store_use { uint32_t login; struct ft_store_security security; int64_t first_s, last_s; };
typedef void ft_each_use(void *user, const struct ft_store_use *row);
int ft_store_uses(struct ft_store *s, ft_each_use *each, void *user, struct ft_err *err);
/* Puts rows, one a login and security, and forgets those that began before `oldest_s`. */
int ft_store_put_uses(struct ft_store *s, const struct ft_store_use *rows, size_t n, int64_t oldest_s,
                      struct ft_err *err);

/* ---- Verification ------------------------------------------------------------------------------- */

/* `opend -check`: integrity of the file, foreign keys, every transaction's postings zero in each unit,
 * cash and positions equal to their postings, filled quantity and value equal to the fills, fee rows
 * equal to the orders' fees and the ledger's, counters not below what is used. Each fault is told by
 * `say`, at most a hundred of a kind; returns their number, -1 when it could not be read. A gateway may
 * be running on it: the commits at this moment are checked. */
typedef void ft_store_say(void *user, const char *line);
int ft_store_check(const char *data_dir, ft_store_say *say, void *user, struct ft_err *err);

#endif
