/* What every store must do: give back what was handed in, tell commits in order, answer history. */
#include "fixture.h"

#include <pthread.h>
#include <sys/stat.h>

enum { TURNS = 300 };
#define TURN_NS INT64_C(1000)

static struct ft_journal all; /* what the turns left */

static int fill_store(void **state)
{
    if (make_dir(state))
        return -1;
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_rng r;
    struct ft_journal j;
    ft_rng_init(&r, 2026, 1);
    ft_journal_init(&j);
    ft_journal_clear(&all);
    uint64_t last = 0;
    for (int k = 1; k <= TURNS; k++) {
        random_turn(&r, &all, &j, k * TURN_NS);
        uint64_t number = ft_store_submit(s, u, &j);
        assert_true(number >= last && number > 0);
        assert_true(ft_journal_is_empty(&j));
        last = number;
    }
    ft_store_close(s); /* writes what is queued */
    ft_journal_free(&j);
    return 0;
}

/* ---- Load --------------------------------------------------------------------------------------- */

static bool matters(const struct ft_order *o, int64_t recent_ns)
{
    if (!ft_order_is_final(o->status) || o->updated_ns > recent_ns)
        return true;
    return o->parent && !ft_order_is_final(all.orders[o->parent - ORDER_IDS].status);
}

static void expect_loaded(const struct ft_journal *got, int64_t recent_ns)
{
    size_t orders = 0, combos = 0, fills = 0, fees = 0;
    assert_int_equal(got->account_count, all.account_count);
    for (size_t k = 0; k < all.account_count; k++)
        same_account(&got->accounts[k], &all.accounts[k]);
    assert_int_equal(got->position_count, all.position_count);
    for (size_t k = 0; k < all.position_count; k++)
        same_position(&got->positions[k], &all.positions[k]);
    for (size_t k = 0; k < all.order_count; k++)
        if (matters(&all.orders[k], recent_ns)) {
            assert_true(orders < got->order_count);
            same_order(&got->orders[orders++], &all.orders[k]);
        }
    for (size_t k = 0; k < all.combo_count; k++)
        if (matters(&all.orders[all.combos[k].order - ORDER_IDS], recent_ns)) {
            assert_true(combos < got->combo_count);
            same_combo(&got->combos[combos++], &all.combos[k]);
        }
    for (size_t k = 0; k < all.fill_count; k++)
        if (matters(&all.orders[all.fills[k].order - ORDER_IDS], recent_ns)) {
            assert_true(fills < got->fill_count);
            same_fill(&got->fills[fills++], &all.fills[k]);
        }
    for (size_t k = 0; k < all.fee_count; k++)
        fees += matters(&all.orders[all.fees[k].order - ORDER_IDS], recent_ns);
    for (size_t k = 0; k < got->fee_count; k++) {
        const struct ft_fee_row *f = &got->fees[k];
        bool found = false;
        for (size_t i = 0; i < all.fee_count; i++)
            found |= f->order == all.fees[i].order && f->item == all.fees[i].item &&
                     f->amount == all.fees[i].amount;
        assert_true(found);
    }
    assert_int_equal(got->order_count, orders);
    assert_int_equal(got->combo_count, combos);
    assert_int_equal(got->fill_count, fills);
    assert_int_equal(got->fee_count, fees);
    assert_memory_equal(&got->counters, &all.counters, sizeof all.counters);
}

static void test_load_gives_back_everything(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    expect_loaded(load_into(s, u, -1), -1);
    assert_int_equal(loaded.got.order_count, all.order_count);
    ft_store_close(s);
}

static void test_load_leaves_what_is_over(void **state)
{
    int64_t recent = TURNS * TURN_NS * 9 / 10;
    struct ft_store *s = open_store(NULL, NULL);
    expect_loaded(load_into(s, u, recent), recent);
    assert_true(loaded.got.order_count < all.order_count);
    /* Again, from the mark that the first load left. */
    ft_store_close(s);
    s = open_store(NULL, NULL);
    expect_loaded(load_into(s, u, recent), recent);
    ft_store_close(s);
    sql("UPDATE counters SET load_from=0");
}

/* A user's file is gone: its instruments are not known, what is theirs stays in the database. */
static void test_unknown_instruments(void **state)
{
    static const char extra[] =
        "market,code,type,name_en,lot,currency,reference_price\nHK,99001,stock,Gone,100,HKD,10\n";
    struct ft_err err = {0};
    struct ft_universe *with = ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21),
                                                extra, strlen(extra), &err);
    if (!with)
        fail_msg("%s", err.text);
    ft_inst gone = ft_universe_find(with, FT_MARKET_HK, "99001")->index;
    ft_inst here = ft_universe_find(with, FT_MARKET_HK, "00700")->index;
    struct ft_rng r;
    struct ft_journal j;
    ft_rng_init(&r, 7, 7);
    ft_journal_init(&j);
    struct ft_account a = any_account(&r, 0);
    ft_journal_add_account(&j, &a);
    /* 1 gone, 2 here, 3 a combo with a leg that is gone, 4 its part, 5 a combo that is here */
    for (uint64_t id = 1; id <= 5; id++) {
        struct ft_order o;
        memset(&o, 0, sizeof o);
        o.id = id;
        o.status = FT_ST_SUBMITTED;
        o.inst = id == 1 ? gone : here;
        o.parent = id == 4 ? 3 : 0;
        ft_journal_add_order(&j, &o);
        struct ft_fill f = {.id = id, .order = id, .inst = o.inst};
        ft_journal_add_fill(&j, &f);
        struct ft_fee_row fee = {.order = id, .item = 1, .amount = 1};
        ft_journal_add_fee(&j, &fee);
    }
    struct ft_combo bad = {.order = 3, .count = 2, .leg = {{here, 1, 1}, {gone, 2, 1}}};
    struct ft_combo good = {.order = 5, .count = 2, .leg = {{here, 1, 1}, {here, 2, 1}}};
    ft_journal_add_combo(&j, &bad);
    ft_journal_add_combo(&j, &good);
    struct ft_position p = {.id = 1, .inst = gone, .qty = 5}, q = {.id = 2, .inst = here, .qty = 6};
    ft_journal_add_position(&j, &p);
    ft_journal_add_position(&j, &q);
    struct ft_store *s = open_store(NULL, NULL);
    wait_for(s, ft_store_submit(s, with, &j));
    const struct ft_journal *got = load_into(s, with, -1);
    assert_int_equal(got->order_count, 5);
    assert_int_equal(got->position_count, 2);
    got = load_into(s, u, -1);
    assert_int_equal(got->order_count, 2);
    assert_int_equal(got->orders[0].id, 2);
    assert_int_equal(got->orders[1].id, 5);
    assert_int_equal(got->fill_count, 2);
    assert_int_equal(got->fee_count, 2);
    assert_int_equal(got->combo_count, 1);
    assert_int_equal(got->combos[0].order, 5);
    assert_int_equal(got->position_count, 1);
    assert_int_equal(got->positions[0].qty, 6);
    ft_store_close(s);
    ft_journal_free(&j);
    ft_universe_free(with);
    assert_int_equal(sql_int("SELECT count(*) FROM orders WHERE code='99001'"), 1);
}

/* ---- History ------------------------------------------------------------------------------------ */

struct walk {
    size_t at, count;
    uint32_t account;
    int64_t from, to;
};

static void expect_order(void *user, const struct ft_store_order *row)
{
    struct walk *w = user;
    do /* the next older one of the account in the range */
        assert_true(w->at-- > 0);
    while (all.orders[w->at].account != w->account || all.orders[w->at].created_ns < w->from ||
           all.orders[w->at].created_ns > w->to);
    same_order(&row->order, &all.orders[w->at]);
    const struct ft_instrument *i = ft_universe_at(u, row->order.inst);
    assert_int_equal(row->market, i->market);
    assert_string_equal(row->code, i->code);
    w->count++;
}
static void expect_fill(void *user, const struct ft_store_fill *row)
{
    struct walk *w = user;
    do
        assert_true(w->at-- > 0);
    while (all.fills[w->at].account != w->account || all.fills[w->at].time_ns < w->from ||
           all.fills[w->at].time_ns > w->to);
    same_fill(&row->fill, &all.fills[w->at]);
    assert_string_equal(row->code, ft_universe_at(u, row->fill.inst)->code);
    w->count++;
}

static void test_history_of_orders_and_fills(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_err err = {0};
    for (uint32_t account = 0; account < all.account_count; account++) {
        struct walk w = {all.order_count, 0, account, 20 * TURN_NS, 250 * TURN_NS};
        size_t orders = 0, fills = 0;
        for (size_t k = 0; k < all.order_count; k++)
            orders += all.orders[k].account == account && all.orders[k].created_ns >= w.from &&
                      all.orders[k].created_ns <= w.to;
        for (size_t k = 0; k < all.fill_count; k++)
            fills += all.fills[k].account == account && all.fills[k].time_ns >= w.from &&
                     all.fills[k].time_ns <= w.to;
        assert_int_equal(
            ft_store_orders(s, u, account, w.from, w.to, SIZE_MAX, expect_order, &w, &err), 0);
        assert_int_equal(w.count, orders);
        w.at = all.fill_count, w.count = 0;
        assert_int_equal(
            ft_store_fills(s, u, account, w.from, w.to, SIZE_MAX, expect_fill, &w, &err), 0);
        assert_int_equal(w.count, fills);
        w.at = all.order_count, w.count = 0;
        assert_int_equal(ft_store_orders(s, u, account, w.from, w.to, 3, expect_order, &w, &err),
                         0);
        assert_int_equal(w.count, orders < 3 ? orders : 3);
    }
    struct walk none = {0};
    assert_int_equal(ft_store_orders(s, u, 77777, 0, INT64_MAX, 9, expect_order, &none, &err), 0);
    assert_int_equal(none.count, 0);
    ft_store_close(s);
}

static void test_history_of_fees(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_err err = {0};
    size_t seen = 0;
    for (size_t k = 0; k < all.order_count; k++) {
        struct ft_fee_row rows[FT_FEE_ITEM_MAX];
        int n = ft_store_fees(s, all.orders[k].id, rows, FT_FEE_ITEM_MAX, &err);
        assert_true(n >= 0);
        for (int i = 0; i < n; i++) {
            assert_int_equal(rows[i].order, all.orders[k].id);
            assert_true(i == 0 || rows[i].item > rows[i - 1].item);
        }
        seen += (size_t)n;
        if (n > 1) {
            assert_int_equal(ft_store_fees(s, all.orders[k].id, rows, 1, &err), -1);
            assert_non_null(strstr(err.text, "more than 1 fee items"));
        }
    }
    assert_int_equal(seen, all.fee_count);
    ft_store_close(s);
}

static void test_history_of_combos(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_err err = {0};
    size_t seen = 0, next = 0;
    for (size_t k = 0; k < all.order_count; k++) {
        struct ft_combo combo;
        int is = ft_store_combo(s, u, all.orders[k].id, &combo, &err);
        assert_true(is >= 0);
        while (next < all.combo_count && all.combos[next].order < all.orders[k].id)
            next++;
        assert_int_equal(is, next < all.combo_count && all.combos[next].order == all.orders[k].id);
        if (is)
            same_combo(&combo, &all.combos[next]);
        seen += (size_t)is;
    }
    assert_true(seen > 0);
    assert_int_equal(ft_store_combo(s, u, 77777, &(struct ft_combo){0}, &err), 0);
    ft_store_close(s);
}

static void test_an_order_by_number(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_err err = {0};
    for (size_t k = 0; k < all.order_count; k++) {
        struct ft_store_order row;
        assert_int_equal(ft_store_order(s, u, all.orders[k].id, &row, &err), 1);
        assert_int_equal(row.order.id, all.orders[k].id);
        assert_int_equal(row.order.account, all.orders[k].account);
        assert_true(row.order.qty == all.orders[k].qty);
        assert_string_equal(row.code, ft_universe_at(u, all.orders[k].inst)->code);
    }
    struct ft_store_order none;
    assert_int_equal(ft_store_order(s, u, UINT64_C(1) << 61, &none, &err), 0);
    ft_store_close(s);
}

struct flow_walk {
    size_t at, count;
    uint32_t account;
    ft_day day;
};

static void expect_flow(void *user, const struct ft_store_flow *row)
{
    struct flow_walk *w = user;
    for (;; w->at++) {
        assert_true(w->at < all.posting_count);
        const struct ft_posting *p = &all.postings[w->at];
        const struct ft_txn *t = &all.txns[p->txn - TXN_IDS];
        if (p->holder != FT_HOLD_ACCOUNT || !p->is_cash || p->account != w->account ||
            t->account != w->account || t->clearing_day != w->day)
            continue;
        same_txn(&row->txn, t);
        assert_int_equal(row->currency, p->currency);
        assert_int_equal(row->amount, p->amount);
        w->at++;
        w->count++;
        return;
    }
}

static void test_history_of_flows(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_err err = {0};
    size_t seen = 0, want = 0;
    for (size_t k = 0; k < all.txn_count; k++) {
        const struct ft_txn *t = &all.txns[k];
        if (t->clearing_day == FT_NO_DAY)
            continue;
        struct flow_walk w = {0, 0, t->account, t->clearing_day};
        assert_int_equal(ft_store_flows(s, t->account, t->clearing_day, expect_flow, &w, &err), 0);
        seen += w.count;
        for (size_t i = 0; i < all.posting_count; i++) {
            const struct ft_posting *p = &all.postings[i];
            const struct ft_txn *of = &all.txns[p->txn - TXN_IDS];
            want += p->holder == FT_HOLD_ACCOUNT && p->is_cash && p->account == t->account &&
                    of->account == t->account && of->clearing_day == t->clearing_day;
        }
    }
    assert_int_equal(seen, want);
    assert_true(seen > 0);
    ft_store_close(s);
}

/* ---- Reset -------------------------------------------------------------------------------------- */

struct ids {
    size_t count;
    uint64_t id[16];
};
static void note_order(void *user, const struct ft_store_order *row)
{
    struct ids *i = user;
    assert_true(i->count < 16);
    i->id[i->count++] = row->order.id;
}
static void note_fill(void *user, const struct ft_store_fill *row)
{
    struct ids *i = user;
    assert_true(i->count < 16);
    i->id[i->count++] = row->fill.id;
}

static void add_plain_order(struct ft_journal *j, uint64_t id, uint32_t account, uint8_t status)
{
    struct ft_order o;
    memset(&o, 0, sizeof o);
    o.id = id;
    o.account = account;
    o.inst = inst_of(FT_MARKET_HK, "00700");
    o.status = status;
    o.created_ns = o.updated_ns = (int64_t)id;
    ft_journal_add_order(j, &o);
    struct ft_fill f = {
        .id = id, .order = id, .account = account, .inst = o.inst, .time_ns = (int64_t)id};
    ft_journal_add_fill(j, &f);
}

static void test_reset_hides_orders(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_rng r;
    struct ft_journal j;
    struct ft_err err = {0};
    ft_rng_init(&r, 1, 1);
    ft_journal_init(&j);
    for (uint32_t k = 0; k < 2; k++) {
        struct ft_account a = any_account(&r, k);
        ft_journal_add_account(&j, &a);
    }
    add_plain_order(&j, 1, 0, FT_ST_SUBMITTED);
    add_plain_order(&j, 2, 1, FT_ST_SUBMITTED);
    ft_store_submit(s, u, &j);
    /* In one turn: 1 is cancelled, 3 came and went, the account is reset, 4 is entered. */
    add_plain_order(&j, 1, 0, FT_ST_CANCELLED_ALL);
    add_plain_order(&j, 3, 0, FT_ST_FAILED);
    ft_journal_add_reset(&j, 0);
    add_plain_order(&j, 4, 0, FT_ST_SUBMITTED);
    add_plain_order(&j, 5, 1, FT_ST_FILLED_ALL);
    ft_store_submit(s, u, &j);
    /* A late change of a hidden order does not bring it back. */
    add_plain_order(&j, 1, 0, FT_ST_CANCELLED_ALL);
    wait_for(s, ft_store_submit(s, u, &j));

    struct ids seen = {0};
    assert_int_equal(ft_store_orders(s, u, 0, 0, INT64_MAX, 99, note_order, &seen, &err), 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.id[0], 4);
    seen.count = 0;
    assert_int_equal(ft_store_fills(s, u, 0, 0, INT64_MAX, 99, note_fill, &seen, &err), 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.id[0], 4);
    seen.count = 0;
    assert_int_equal(ft_store_orders(s, u, 1, 0, INT64_MAX, 99, note_order, &seen, &err), 0);
    assert_int_equal(seen.count, 2);
    const struct ft_journal *got = load_into(s, u, -1);
    assert_int_equal(got->order_count, 3);
    assert_int_equal(got->fill_count, 3);
    assert_int_equal(sql_int("SELECT count(*) FROM orders"), 5); /* still in the database */
    ft_store_close(s);
    ft_journal_free(&j);
}

/* ---- Commits ------------------------------------------------------------------------------------ */

struct heard {
    pthread_mutex_t lock;
    pthread_cond_t go;
    bool held;
    uint64_t last, calls;
};

/* The first call holds the storage thread until the test lets it go: what is submitted meanwhile must
 * share one commit. */
static void on_commit(void *user, uint64_t commit)
{
    struct heard *h = user;
    pthread_mutex_lock(&h->lock);
    FT_CHECK(commit == h->last + 1); /* not the test's thread: no assert */
    h->last = commit;
    h->calls++;
    pthread_cond_broadcast(&h->go);
    while (h->held && commit == 1)
        pthread_cond_wait(&h->go, &h->lock);
    pthread_mutex_unlock(&h->lock);
}

static void test_group_commit(void **state)
{
    struct heard h = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, true, 0, 0};
    struct ft_store *s = open_store(on_commit, &h);
    struct ft_rng r;
    struct ft_journal j, mirror;
    ft_rng_init(&r, 5, 5);
    ft_journal_init(&j);
    ft_journal_init(&mirror);
    random_turn(&r, &mirror, &j, 1);
    assert_int_equal(ft_store_submit(s, u, &j), 1);
    pthread_mutex_lock(&h.lock);
    while (h.last < 1)
        pthread_cond_wait(&h.go, &h.lock);
    pthread_mutex_unlock(&h.lock);
    for (int k = 0; k < 100; k++) {
        random_turn(&r, &mirror, &j, 2 + k);
        assert_int_equal(ft_store_submit(s, u, &j), 2);
    }
    assert_int_equal(ft_store_committed_to(s), 1);
    assert_int_equal(sql_int("SELECT count(*) FROM txns"), 1);
    pthread_mutex_lock(&h.lock);
    h.held = false;
    pthread_cond_broadcast(&h.go);
    pthread_mutex_unlock(&h.lock);
    wait_for(s, 2);
    assert_int_equal(sql_int("SELECT count(*) FROM txns"), 101);
    random_turn(&r, &mirror, &j, 200);
    wait_for(s, ft_store_submit(s, u, &j));
    ft_store_close(s);
    assert_int_equal(h.calls, h.last);
    assert_int_equal(h.last, 3);
    ft_journal_free(&j);
    ft_journal_free(&mirror);
}

/* In a pause the log goes into the file, so that it does not grow for ever; commits go on after it. */
static void test_log_is_folded_back(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_rng r;
    struct ft_journal j, mirror;
    struct stat before, st;
    uint64_t number = 0;
    ft_rng_init(&r, 6, 6);
    ft_journal_init(&j);
    ft_journal_init(&mirror);
    assert_int_equal(stat(db_path(), &before), 0);
    for (int k = 0; k < 1000; k++) {
        random_turn(&r, &mirror, &j, k);
        number = ft_store_submit(s, u, &j);
        if (k % 10 == 9)
            wait_for(s, number);
    }
    do {
        usleep(1000);
        assert_int_equal(stat(db_path(), &st), 0);
    } while (st.st_size < before.st_size + 300000); /* the test's own time-out ends a failure */
    random_turn(&r, &mirror, &j, 1000);
    wait_for(s, ft_store_submit(s, u, &j));
    assert_int_equal(sql_int("SELECT count(*) FROM txns"), 1001);
    ft_store_close(s);
    ft_journal_free(&j);
    ft_journal_free(&mirror);
}

static void test_settings(void **state)
{
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_err err = {0};
    char out[16];
    assert_int_equal(ft_store_setting(s, "lang", out, sizeof out, &err), 0);
    assert_string_equal(out, "");
    assert_int_equal(ft_store_set(s, "lang", "chs", &err), 0);
    assert_int_equal(ft_store_setting(s, "lang", out, sizeof out, &err), 1);
    assert_string_equal(out, "chs");
    assert_int_equal(ft_store_set(s, "lang", "", &err), 0);
    assert_int_equal(ft_store_set(s, "long", "0123456789abcdef", &err), 0);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_int_equal(ft_store_setting(s, "lang", out, sizeof out, &err), 1);
    assert_string_equal(out, "");
    assert_int_equal(ft_store_setting(s, "long", out, sizeof out, &err), -1);
    assert_non_null(strstr(err.text, "setting long: 16 bytes, at most 15"));
    assert_string_equal(out, "");
    assert_int_equal(ft_store_set(s, "", "x", &err), -1);
    char *huge = calloc(1, FT_SETTING_MAX + 2);
    memset(huge, 'x', FT_SETTING_MAX + 1);
    assert_int_equal(ft_store_set(s, "huge", huge, &err), -1);
    assert_int_equal(ft_store_set(s, huge, "x", &err), -1);
    assert_non_null(strstr(err.text, "a key has 1 to 64 bytes"));
    free(huge);
    assert_int_equal(ft_store_setting(s, "huge", out, sizeof out, &err), 0);
    ft_store_close(s);
}

static void test_one_store_at_a_time(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    assert_null(ft_store_open(dir, FT_DURABLE_FULL, NULL, NULL, &err));
    char words[64];
    snprintf(words, sizeof words, "another opend is using it (process %ld, ", (long)getpid());
    assert_non_null(strstr(err.text, words));
    assert_int_equal(err.code, FT_ESTATE);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    ft_store_close(s);
    ft_store_close(NULL);
}

static int free_all(void **state)
{
    ft_journal_free(&all);
    ft_journal_free(&loaded.got);
    return free_universe(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_gives_back_everything, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_load_leaves_what_is_over, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_unknown_instruments, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_history_of_orders_and_fills, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_an_order_by_number, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_history_of_fees, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_history_of_combos, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_history_of_flows, fill_store, remove_dir),
        cmocka_unit_test_setup_teardown(test_reset_hides_orders, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_group_commit, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_log_is_folded_back, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_settings, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_one_store_at_a_time, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, load_universe, free_all);
}
