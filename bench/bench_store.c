/* What the store takes: rows and commits a second by rows a transaction, with full sync, beside the
 * plainest thing that is as safe: the same number of bytes written to a file and synced.
 *
 * Orders: each transaction enters new orders and changes as many of those before. Trades: each order is
 * filled at once, with its fill, fee, ledger and position rows. `store.queue`: journals of one order
 * each, as many in flight as clients pipeline, so that commits gather them. */
#include "bench.h"

#include "market/embedded.h"
#include "store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ft_universe *u;
static ft_inst insts[64];
static char dir[64];
static _Atomic uint64_t heard;

static void on_commit(void *user, uint64_t commit)
{
    atomic_store_explicit(&heard, commit, memory_order_release);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static struct ft_store *open_store(enum ft_durability durability)
{
    struct ft_err err;
    snprintf(dir, sizeof dir, "./bench_store.XXXXXX");
    if (!mkdtemp(dir))
        bench_die("cannot make %s", dir);
    struct ft_store *s = ft_store_open(dir, durability, on_commit, NULL, &err);
    if (!s)
        bench_die("%s", err.text);
    return s;
}
static void close_store(struct ft_store *s)
{
    ft_store_close(s);
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
static void wait_commit(struct ft_store *s, uint64_t n)
{
    struct ft_err err;
    while (ft_store_committed_to(s) < n) {
        if (ft_store_failed(s, &err))
            bench_die("%s", err.text);
        usleep(20);
    }
}

/* ---- Rows --------------------------------------------------------------------------------------- */

enum { ACCOUNTS = 11 }; /* of a login */
static uint64_t orders, fills, txns;

static void need(int r)
{
    if (r)
        bench_die("no memory");
}

static struct ft_order order(uint64_t id)
{
    struct ft_order o;
    memset(&o, 0, sizeof o);
    o.id = UINT64_C(4000000000000000000) + id;
    o.account = (uint32_t)(id % ACCOUNTS);
    o.inst = insts[id * 7 % 64];
    o.side = FT_SIDE_BUY;
    o.type = FT_ORDER_NORMAL;
    o.status = FT_ST_SUBMITTED;
    o.day = 20777;
    o.expire_day = FT_NO_DAY;
    o.fee_day = FT_NO_DAY;
    o.price = 400 * FT_PRICE_SCALE + (ft_price)(id % 1000) * 100000;
    o.qty = 100 * FT_QTY_SCALE;
    o.created_ns = o.updated_ns = INT64_C(1800000000000000000) + (int64_t)id * 20000;
    o.priority = id;
    return o;
}

static void add_accounts(struct ft_journal *j, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        struct ft_account a = {.id = 281756479345015383u + k,
                               .index = k,
                               .currency = FT_HKD,
                               .auth_count = 1,
                               .auth = {1},
                               .initial_cash = 10000000000};
        a.cash[FT_HKD] = (ft_money)orders;
        need(ft_journal_add_account(j, &a));
    }
}

/* `rows` order rows: the half new, the half changes of those of the journal before. */
static void add_orders(struct ft_journal *j, size_t rows)
{
    size_t fresh = rows > 1 ? rows / 2 : 1;
    for (size_t k = 0; k < rows; k++) {
        struct ft_order o = order(k < fresh ? ++orders : orders - fresh - (k - fresh));
        if (k >= fresh) {
            if (orders < 2 * fresh)
                o = order(orders - (k - fresh));
            o.status = FT_ST_CANCELLED_ALL;
        }
        need(ft_journal_add_order(j, &o));
    }
    j->counters.order = UINT64_C(4000000000000000000) + orders;
}

/* A filled order: 12 rows, and those of the account and position. */
static void add_trade(struct ft_journal *j)
{
    struct ft_order o = order(++orders);
    o.status = FT_ST_FILLED_ALL;
    o.filled = o.qty;
    need(ft_journal_add_order(j, &o));
    struct ft_fill f = {.id = UINT64_C(3000000000000000000) + ++fills,
                        .order = o.id,
                        .account = o.account,
                        .inst = o.inst,
                        .side = o.side,
                        .qty = o.qty,
                        .price = o.price,
                        .time_ns = o.updated_ns};
    need(ft_journal_add_fill(j, &f));
    for (int k = 0; k < 2; k++) {
        struct ft_fee_row fee = {.order = o.id, .item = (uint8_t)k, .amount = 30000};
        need(ft_journal_add_fee(j, &fee));
        struct ft_txn t = {.id = ++txns,
                           .time_ns = o.updated_ns,
                           .clearing_day = 20777,
                           .settle_day = 20779,
                           .kind = k ? FT_TXN_FEE : FT_TXN_TRADE,
                           .account = o.account,
                           .order = o.id,
                           .fill = f.id};
        need(ft_journal_add_txn(j, &t));
        for (int line = 0; line < (k ? 2 : 4); line++) {
            struct ft_posting p = {.txn = t.id,
                                   .line = (uint8_t)line,
                                   .holder = line % 2 ? FT_HOLD_VENUE : FT_HOLD_ACCOUNT,
                                   .account = o.account,
                                   .is_cash = line < 2,
                                   .inst = o.inst,
                                   .amount = line % 2 ? -30000 : 30000};
            need(ft_journal_add_posting(j, &p));
        }
    }
    struct ft_position p = {.id = orders % 500 + 1, .account = o.account, .inst = o.inst, .qty = 1};
    need(ft_journal_add_position(j, &p));
    j->counters.order = o.id;
}

static size_t rows_of(const struct ft_journal *j)
{
    return j->account_count + j->position_count + j->order_count + j->fill_count + j->fee_count +
           j->txn_count + j->posting_count;
}

/* ---- Measuring ---------------------------------------------------------------------------------- */

/* Bytes that this process has handed to write(2). */
static uint64_t bytes_written(void)
{
    char line[64];
    unsigned long long v = 0;
    FILE *f = fopen("/proc/self/io", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "wchar: ", 7) == 0)
            v = strtoull(line + 7, NULL, 10);
    if (f)
        fclose(f);
    return v;
}

/* Seconds for `n` appends of `bytes`, each synced, to a file that grows as a log does. */
static double yardstick(size_t bytes, uint64_t n)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "./bench_store_yardstick.%d", (int)getpid());
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    char *block = calloc(1, bytes + 1);
    if (fd < 0 || !block)
        bench_die("cannot make %s", path);
    memset(block, 'x', bytes);
    uint64_t start = bench_now_ns();
    for (uint64_t k = 0; k < n; k++)
        if (write(fd, block, bytes) != (ssize_t)bytes || fdatasync(fd))
            bench_die("cannot write %s", path);
    double took = (double)(bench_now_ns() - start) / 1e9;
    free(block);
    close(fd);
    unlink(path);
    return took;
}

/* One transaction at a time, each waited for: what a commit of so many rows costs. */
static void measure(const char *name, enum ft_durability durability, size_t units, bool trades)
{
    enum { SECONDS = 2 };
    struct ft_store *s = open_store(durability);
    struct ft_journal j;
    static struct bench_hist h;
    uint64_t commits = 0, rows = 0;
    char label[96];
    memset(&h, 0, sizeof h);
    ft_journal_init(&j);
    orders = fills = txns = 0;
    add_accounts(&j, ACCOUNTS);
    wait_commit(s, ft_store_submit(s, u, &j));
    uint64_t bytes = bytes_written(), start = bench_now_ns(), now = start;
    while (now - start < SECONDS * UINT64_C(1000000000)) {
        if (trades)
            for (size_t k = 0; k < units; k++)
                add_trade(&j);
        else
            add_orders(&j, units);
        add_accounts(&j, units < ACCOUNTS ? 1 : ACCOUNTS);
        rows += rows_of(&j);
        uint64_t before = now;
        wait_commit(s, ft_store_submit(s, u, &j));
        now = bench_now_ns();
        bench_hist_add(&h, now - before);
        commits++;
    }
    double took = (double)(now - start) / 1e9;
    bytes = bytes_written() - bytes;
    close_store(s);
    ft_journal_free(&j);
    uint64_t n = commits < 2000 ? commits : 2000;
    double plain = yardstick((size_t)(bytes / commits), n) / (double)n;
    snprintf(label, sizeof label, "%s x %zu: commits", name, units);
    bench_row_beside(label, (double)commits / took, "/s", 1 / plain,
                     "write + fdatasync, same bytes");
    snprintf(label, sizeof label, "%s x %zu: rows", name, units);
    bench_row(label, (double)rows / took, "/s");
    snprintf(label, sizeof label, "%s x %zu: a commit, p50", name, units);
    bench_row(label, (double)bench_hist_percentile(&h, 0.5) / 1e3, "us");
    snprintf(label, sizeof label, "%s x %zu: a commit, p99", name, units);
    bench_row(label, (double)bench_hist_percentile(&h, 0.99) / 1e3, "us");
    snprintf(label, sizeof label, "%s x %zu: a commit, most", name, units);
    bench_row(label, (double)h.max / 1e3, "us");
    snprintf(label, sizeof label, "%s x %zu: bytes of a row", name, units);
    bench_row(label, (double)bytes / (double)rows, "B");
}

/* CPU time of the other thread. */
static uint64_t storage_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return bench_cpu_ns(0) - ((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

/* Turns of `turn` new orders each, `window` orders not yet acknowledged at most. */
static void measure_queue(size_t turn, size_t window)
{
    enum { SECONDS = 4 };
    struct ft_store *s = open_store(FT_DURABLE_FULL);
    struct ft_journal j;
    char label[96];
    static uint64_t number[4096]; /* of the last turns */
    uint64_t turns = 0, oldest = 0;
    ft_journal_init(&j);
    orders = fills = txns = 0;
    add_accounts(&j, ACCOUNTS);
    wait_commit(s, ft_store_submit(s, u, &j));
    uint64_t cpu = storage_cpu(), bytes = bytes_written(), start = bench_now_ns(), now = start;
    while (now - start < SECONDS * UINT64_C(1000000000)) {
        while (oldest < turns && number[oldest % 4096] <= ft_store_committed_to(s))
            oldest++;
        if ((turns - oldest) * turn < window) {
            for (size_t k = 0; k < turn; k++) {
                struct ft_order o = order(++orders);
                need(ft_journal_add_order(&j, &o));
            }
            add_accounts(&j, 1);
            j.counters.order = orders;
            number[turns++ % 4096] = ft_store_submit(s, u, &j);
        } else {
            usleep(20);
        }
        now = bench_now_ns();
    }
    uint64_t commits = ft_store_committed_to(s);
    double took = (double)(now - start) / 1e9;
    cpu = storage_cpu() - cpu;
    bytes = bytes_written() - bytes;
    close_store(s);
    ft_journal_free(&j);
    double done = (double)(oldest * turn);
    uint64_t n = commits < 1000 ? commits : 1000;
    double plain = yardstick((size_t)(bytes / commits), n) / (double)n;
    snprintf(label, sizeof label, "queue, %zu in flight, %zu a turn: orders", window, turn);
    bench_row_beside(label, done / took, "/s", done / (double)commits / plain,
                     "write + fdatasync, same bytes");
    snprintf(label, sizeof label, "queue, %zu in flight, %zu a turn: commits", window, turn);
    bench_row(label, (double)commits / took, "/s");
    snprintf(label, sizeof label, "queue, %zu in flight, %zu a turn: storage CPU", window, turn);
    bench_row(label, (double)cpu / done / 1e3, "us/order");
}

int main(void)
{
    struct ft_err err;
    u = ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21), NULL, 0, &err);
    if (!u)
        bench_die("%s", err.text);
    size_t found = 0;
    for (ft_inst i = 0; i < ft_universe_count(u) && found < 64; i++)
        if (ft_universe_at(u, i)->type == FT_SEC_STOCK)
            insts[found++] = i;
    if (found < 64)
        bench_die("fewer than 64 stocks in the data");
    static const size_t sizes[] = {1, 10, 100, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        measure("orders", FT_DURABLE_FULL, sizes[k], false);
    measure("orders, written behind,", FT_DURABLE_OFF, 100, false);
    measure("trades", FT_DURABLE_FULL, 1, true);
    measure("trades", FT_DURABLE_FULL, 100, true);
    measure_queue(1, 50);
    measure_queue(8, 400);
    measure_queue(32, 3200);
    ft_universe_free(u);
    return 0;
}
