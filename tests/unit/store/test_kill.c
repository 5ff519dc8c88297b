/* kill -9 at random moments: whatever was acknowledged is there, every journal whole or not at all. */
#include "fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 60, ROWS = 4 };

/* From the child: "journal k has commit n" from its loop, "n is on disk" from its storage thread. */
struct word {
    uint64_t journal, commit;
};
static int words_fd;

static void say(uint64_t journal, uint64_t commit)
{
    struct word w = {journal, commit};
    FT_CHECK(write(words_fd, &w, sizeof w) == sizeof w);
}
static void on_commit(void *user, uint64_t commit)
{
    say(0, commit);
}

/* Journal k: ROWS orders, a fill each, one transaction, and the account whose cash says k. */
static uint64_t submit(struct ft_store *s, uint64_t k)
{
    struct ft_journal j;
    ft_journal_init(&j);
    struct ft_account a = {.id = 900, .cash = {(ft_money)k}};
    ft_journal_add_account(&j, &a);
    for (uint64_t n = 0; n < ROWS; n++) {
        struct ft_order o;
        memset(&o, 0, sizeof o);
        o.id = k * ROWS + n;
        o.inst = 1;
        o.created_ns = (int64_t)k;
        ft_journal_add_order(&j, &o);
        struct ft_fill f = {.id = o.id, .order = o.id, .inst = 1, .time_ns = (int64_t)k};
        ft_journal_add_fill(&j, &f);
    }
    struct ft_txn t = {.id = k, .time_ns = (int64_t)k};
    ft_journal_add_txn(&j, &t);
    struct ft_posting p[2] = {{.txn = k, .is_cash = true, .amount = 1},
                              {.txn = k, .line = 1, .holder = 1, .is_cash = true, .amount = -1}};
    for (int n = 0; n < 2; n++)
        ft_journal_add_posting(&j, &p[n]);
    j.counters.txn = k;
    uint64_t number = ft_store_submit(s, u, &j);
    ft_journal_free(&j);
    return number;
}

/* Fills the store until it is killed; `rests`: with a pause long enough for a checkpoint. */
static _Noreturn void child_run(uint64_t first, bool rests)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct ft_err err = {0};
    struct ft_store *s = ft_store_open(dir, FT_DURABLE_FULL, on_commit, NULL, &err);
    if (!s) {
        fprintf(stderr, "child: %s\n", err.text);
        _exit(1);
    }
    uint64_t start = first;
    for (uint64_t k = first;; k++) {
        say(k, submit(s, k));
        if (ft_store_failed(s, &err)) {
            fprintf(stderr, "child: %s\n", err.text);
            _exit(1);
        }
        if (rests && k == start + 200)
            usleep(120000);
        else if (k % 16 == 0)
            usleep(100);
    }
}

struct run {
    uint64_t submitted, acknowledged, commit;
    struct word *told;
    size_t count;
};

/* Reads what the child says until it has told of a commit, if `first`; then for `ms` (-1: until it
 * ends). */
static void listen_for(struct run *r, int fd, bool first, int ms)
{
    struct timespec t0, t;
    clock_gettime(CLOCK_MONOTONIC, &t0);
    for (;;) {
        struct word w;
        clock_gettime(CLOCK_MONOTONIC, &t);
        int left = ms - (int)((t.tv_sec - t0.tv_sec) * 1000 + (t.tv_nsec - t0.tv_nsec) / 1000000);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!first && ms >= 0 && (left <= 0 || poll(&p, 1, left) <= 0))
            return;
        if (read(fd, &w, sizeof w) != sizeof w)
            return;
        if (!w.journal) {
            r->commit = w.commit;
            if (first)
                clock_gettime(CLOCK_MONOTONIC, &t0);
            first = false;
            continue;
        }
        assert_true(r->count < 1000000);
        r->told[r->count++] = w;
        r->submitted = w.journal;
    }
}

static void kill_one(struct run *r, uint64_t first, int ms, bool early, bool rests)
{
    int fds[2], status;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        words_fd = fds[1];
        child_run(first, rests);
    }
    close(fds[1]);
    listen_for(r, fds[0], !early, ms);
    kill(pid, SIGKILL);
    listen_for(r, fds[0], false, -1); /* what it had said before */
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    for (size_t k = 0; k < r->count; k++)
        if (r->told[k].commit <= r->commit)
            r->acknowledged = r->told[k].journal;
}

/* How many journals the file has: 1 to n without a gap, each whole. */
static uint64_t expect_whole(void)
{
    int64_t n = sql_int("SELECT count(*) FROM txns");
    assert_int_equal(sql_int("SELECT coalesce(max(id), 0) FROM txns"), n);
    assert_int_equal(sql_int("SELECT count(*) FROM postings"), 2 * n);
    assert_int_equal(sql_int("SELECT count(*) FROM orders"), ROWS * n);
    assert_int_equal(sql_int("SELECT count(*) FROM fills"), ROWS * n);
    assert_int_equal(sql_int("SELECT coalesce(max(created_ns), 0) FROM orders"), n);
    assert_int_equal(sql_int("SELECT coalesce(sum(cash_hkd), 0) FROM accounts"), n);
    assert_int_equal(sql_int("SELECT txn FROM counters"), n);
    assert_int_equal(sql_int("SELECT count(*) FROM pragma_integrity_check"
                             " WHERE integrity_check <> 'ok'"),
                     0);
    return (uint64_t)n;
}

static void test_kills(void **state)
{
    uint64_t seed = (uint64_t)time(NULL), have = 0, unacknowledged = 0, in_vain = 0;
    const char *given = getenv("FT_SEED");
    struct ft_rng r;
    struct run run = {.told = malloc(1000000 * sizeof(struct word))};
    if (given)
        seed = strtoull(given, NULL, 10);
    printf("seed %llu (FT_SEED)\n", (unsigned long long)seed);
    ft_rng_init(&r, seed, 0);
    for (int k = 0; k < KILLS; k++) {
        /* Some while it opens the file, some while it rests, most while it writes. */
        bool early = k % 4 == 0, rests = k % 4 == 3;
        int ms = rests ? (int)ft_rng_between(&r, 100, 180) : (int)ft_rng_between(&r, 1, 40);
        run.count = 0;
        run.commit = run.submitted = run.acknowledged = 0;
        kill_one(&run, have + 1, ms, early, rests);
        ft_store_close(open_store(NULL, NULL)); /* also makes the tables if it died before that */
        uint64_t now = expect_whole();
        if (now < run.acknowledged || now < have)
            fail_msg("kill %d: journal %llu was acknowledged, %llu are there", k,
                     (unsigned long long)run.acknowledged, (unsigned long long)now);
        /* The last one handed in may have been killed before it said so. */
        assert_true(run.submitted == 0 || now <= run.submitted + 1);
        unacknowledged += run.submitted > run.acknowledged;
        in_vain += run.acknowledged == 0;
        have = now;
    }
    printf(
        "%d kills, %llu journals kept; %llu kills hit unacknowledged ones, %llu came before any\n",
        KILLS, (unsigned long long)have, (unsigned long long)unacknowledged,
        (unsigned long long)in_vain);
    assert_true(have >= KILLS * 3 / 4 && in_vain <= KILLS / 4);
    free(run.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kills, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, load_universe, free_universe);
}
