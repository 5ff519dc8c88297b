/* When the disk says no: what was acknowledged stays, nothing else is acknowledged, and the reason is
 * told in words. Faults come from SQLite's file layer, whose write and sync of the log are replaced. */
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- Faults by count ---------------------------------------------------------------------------- */

/* The n-th call from now fails, and `times` - 1 after it; 0: none. */
struct plan {
    atomic_int after, times;
};
static struct plan writes, syncs;
static atomic_int write_code = SQLITE_IOERR_WRITE;

static bool strikes(struct plan *p)
{
    if (atomic_load(&p->times) <= 0 || atomic_fetch_sub(&p->after, 1) > 1)
        return false;
    atomic_fetch_sub(&p->times, 1);
    return true;
}
static void fail_from(struct plan *p, int after, int times)
{
    atomic_store(&p->after, after);
    atomic_store(&p->times, times);
}

static sqlite3_vfs *real, patched;
static sqlite3_io_methods methods;
static const sqlite3_io_methods *real_methods;

static int bad_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    return strikes(&writes) ? atomic_load(&write_code) : real_methods->xWrite(f, bytes, n, at);
}
static int bad_sync(sqlite3_file *f, int flags)
{
    return strikes(&syncs) ? SQLITE_IOERR_FSYNC : real_methods->xSync(f, flags);
}
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    int rc = real->xOpen(real, name, f, flags, out);
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL)) {
        real_methods = f->pMethods;
        methods = *real_methods;
        methods.xWrite = bad_write;
        methods.xSync = bad_sync;
        f->pMethods = &methods;
    }
    return rc;
}

static int with_faults(void **state)
{
    fail_from(&writes, 0, 0);
    fail_from(&syncs, 0, 0);
    atomic_store(&write_code, SQLITE_IOERR_WRITE);
    real = real ? real : sqlite3_vfs_find(NULL);
    patched = *real;
    patched.zName = "faults";
    patched.xOpen = open_file;
    return make_dir(state) || sqlite3_vfs_register(&patched, 1) != SQLITE_OK;
}
static int without_faults(void **state)
{
    sqlite3_vfs_unregister(&patched);
    return remove_dir(state);
}

/* ---- Journals that can be counted --------------------------------------------------------------- */

struct heard {
    atomic_int calls;
    _Atomic uint64_t last;
};
static void on_commit(void *user, uint64_t commit)
{
    struct heard *h = user;
    atomic_store(&h->last, commit);
    atomic_fetch_add(&h->calls, 1);
}

/* Order k, with a transaction of its own; the account of the first one comes along. */
static uint64_t submit(struct ft_store *s, uint64_t k)
{
    struct ft_journal j;
    ft_journal_init(&j);
    struct ft_account a = {.id = 900};
    ft_journal_add_account(&j, &a);
    struct ft_order o;
    memset(&o, 0, sizeof o);
    o.id = k;
    o.inst = 1;
    ft_journal_add_order(&j, &o);
    struct ft_txn t = {.id = k, .order = k};
    ft_journal_add_txn(&j, &t);
    uint64_t number = ft_store_submit(s, u, &j);
    ft_journal_free(&j);
    return number;
}
static void settle(struct ft_store *s, uint64_t number)
{
    while (ft_store_committed_to(s) < number && !ft_store_failed(s, NULL))
        usleep(200);
}

static void test_one_fault_passes_unseen(void **state)
{
    struct heard h = {0};
    struct ft_store *s = open_store(on_commit, &h);
    wait_for(s, submit(s, 1));
    fail_from(&writes, 1, 1);
    wait_for(s, submit(s, 2));
    fail_from(&writes, 2, 1); /* in the middle of the pages */
    wait_for(s, submit(s, 3));
    fail_from(&syncs, 1, 1);
    wait_for(s, submit(s, 4));
    atomic_store(&write_code, SQLITE_FULL);
    fail_from(&writes, 1, 1);
    wait_for(s, submit(s, 5));
    assert_false(ft_store_failed(s, NULL));
    ft_store_close(s);
    assert_int_equal(atomic_load(&h.last), 5);
    assert_int_equal(atomic_load(&h.calls), 5);
    assert_int_equal(sql_int("SELECT count(*) FROM orders"), 5);
    assert_int_equal(sql_int("SELECT count(*) FROM txns"), 5);
}

/* Whichever call fails for good: what was told is there, the failure is told once, later journals are
 * taken and dropped, and the file opens again. */
static void fail_at(void **state, struct plan *plan, int code, int at, const char *words)
{
    struct heard h = {0};
    struct ft_err err = {0};
    struct ft_store *s = open_store(on_commit, &h);
    char key[8];
    atomic_store(&write_code, code);
    wait_for(s, submit(s, 1));
    fail_from(plan, at, 1 << 20);
    uint64_t told = 0, k = 1;
    while (!ft_store_failed(s, &err) && k < 50)
        settle(s, submit(s, ++k));
    assert_true(ft_store_failed(s, &err));
    if (!strstr(err.text, words) || !strstr(err.text, "opend.db"))
        fail_msg("'%s' does not say '%s'", err.text, words);
    told = ft_store_committed_to(s);
    fail_from(plan, 0, 0); /* the disk is well again, the store stays failed */
    uint64_t number = submit(s, 1000);
    assert_true(number > told);
    assert_int_equal(ft_store_set(s, "key", "value", &err), -1);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(ft_store_committed_to(s), told);
    assert_true(ft_store_setting(s, "key", key, sizeof key, &err) == 0);
    ft_store_close(s);
    assert_int_equal(atomic_load(&h.last), told);
    assert_int_equal(atomic_load(&h.calls), (int)told + 1);

    s = open_store(NULL, NULL);
    /* One journal may be there that was not told. */
    int64_t orders = sql_int("SELECT count(*) FROM orders");
    assert_true(orders == (int64_t)told || orders == (int64_t)told + 1);
    assert_int_equal(sql_int("SELECT count(*) FROM txns"), orders);
    assert_int_equal(sql_int("SELECT max(id) FROM orders"), orders);
    wait_for(s, submit(s, 2000));
    ft_store_close(s);
}

static void test_lasting_faults(void **state)
{
    for (int at = 1; at <= 12; at++) {
        fail_at(state, &writes, SQLITE_IOERR_WRITE, at, "disk I/O error");
        without_faults(state), with_faults(state);
        fail_at(state, &writes, SQLITE_FULL, at, "database or disk is full");
        without_faults(state), with_faults(state);
        if (at <= 4) {
            fail_at(state, &syncs, 0, at, "disk I/O error");
            without_faults(state), with_faults(state);
        }
    }
}

/* A journal that breaks the schema is a fault of the program: told by the row, not tried again. */
static void test_a_row_without_its_parent(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    wait_for(s, submit(s, 1));
    struct ft_journal j;
    ft_journal_init(&j);
    struct ft_fee_row fee = {.order = 77, .item = 1, .amount = 5};
    ft_journal_add_fee(&j, &fee);
    settle(s, ft_store_submit(s, u, &j));
    assert_true(ft_store_failed(s, &err));
    assert_non_null(strstr(err.text, "FOREIGN KEY constraint failed"));
    ft_store_close(s);

    s = open_store(NULL, NULL);
    struct ft_position p = {.id = 1, .account = 9, .inst = 1};
    ft_journal_add_position(&j, &p);
    settle(s, ft_store_submit(s, u, &j));
    assert_true(ft_store_failed(s, &err));
    assert_non_null(strstr(err.text, "the account with index 9, which was never stored"));
    ft_store_close(s);
    ft_journal_free(&j);
    assert_int_equal(sql_int("SELECT count(*) FROM orders"), 1);
}

/* Another program holds the file for a moment (a backup, a curious person). */
static void test_a_busy_file_is_waited_for(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    sqlite3 *db = NULL;
    wait_for(s, submit(s, 1));
    assert_int_equal(sqlite3_open(db_path(), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    uint64_t number = submit(s, 2);
    usleep(50000);
    assert_int_equal(ft_store_committed_to(s), 1);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    wait_for(s, number);
    ft_store_close(s);
}

/* ---- The system itself -------------------------------------------------------------------------- */

/* Runs `fn` in a child; what it writes to `out` must have `words`. */
static void expect_from_child(void (*fn)(int out), const char *words)
{
    int fds[2];
    char text[1024];
    size_t n = 0;
    ssize_t got;
    fflush(NULL);
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(fds[0]);
        fn(fds[1]);
        _exit(0);
    }
    close(fds[1]);
    while (n < sizeof text - 1 && (got = read(fds[0], text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    close(fds[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) || !strstr(text, words))
        fail_msg("'%s' does not say '%s' (status %d)", text, words, status);
}

static void open_as_somebody(int out)
{
    struct ft_err err = {0};
    if (geteuid() == 0 && setuid(65534)) { /* to root nothing is read-only */
        dprintf(out, "cannot become somebody else: %s", strerror(errno));
        return;
    }
    if (!ft_store_open(dir, FT_DURABLE_FULL, NULL, NULL, &err))
        dprintf(out, "%s", err.text);
}
static void test_read_only_directory(void **state)
{
    char words[256];
    assert_int_equal(chmod(dir, 0555), 0);
    snprintf(words, sizeof words, "cannot open %s/opend.lock: Permission denied", dir);
    expect_from_child(open_as_somebody, words);
    assert_int_equal(chmod(dir, 0700), 0);
}

static void test_no_directory(void **state)
{
    struct ft_err err = {0};
    assert_null(ft_store_open("/tmp/no such directory", FT_DURABLE_FULL, NULL, NULL, &err));
    assert_non_null(
        strstr(err.text, "cannot open /tmp/no such directory/opend.lock: No such file"));
    assert_int_equal(err.code, FT_EIO);
}

static void fill_the_disk(int out)
{
    struct ft_err err = {0};
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    struct ft_store *s = ft_store_open(dir, FT_DURABLE_FULL, NULL, NULL, &err);
    if (!s || getrlimit(RLIMIT_FSIZE, &limit)) {
        dprintf(out, "cannot begin: %s", err.text);
        return;
    }
    limit.rlim_cur = 300000;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (uint64_t k = 1; k < 100000 && !ft_store_failed(s, &err); k++)
        settle(s, submit(s, k));
    dprintf(out, "%llu %s", (unsigned long long)ft_store_committed_to(s), err.text);
    ft_store_close(s);
}
static void test_full_disk(void **state)
{
    char words[256];
    snprintf(words, sizeof words, "%s/opend.db: cannot", dir);
    expect_from_child(fill_the_disk, words);
    remove_dir(state);
    make_dir(state);
    expect_from_child(fill_the_disk, "(File too large)");
    struct ft_store *s = open_store(NULL, NULL); /* there is room again */
    assert_true(sql_int("SELECT count(*) FROM orders") > 3);
    wait_for(s, submit(s, 1000000));
    ft_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_fault_passes_unseen, with_faults, without_faults),
        cmocka_unit_test_setup_teardown(test_lasting_faults, with_faults, without_faults),
        cmocka_unit_test_setup_teardown(test_a_row_without_its_parent, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_a_busy_file_is_waited_for, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_read_only_directory, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_no_directory, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_full_disk, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, load_universe, free_universe);
}
