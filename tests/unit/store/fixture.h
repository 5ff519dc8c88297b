/* For the tests of the store: a data directory that goes away, the shipped universe, a broker that
 * only remembers what was loaded into it, and turns of random rows with a mirror of what they leave. */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include "base/rng.h"
#include "market/embedded.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <ftw.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Directory, universe ------------------------------------------------------------------------ */

static char dir[64];

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    return remove(path);
}
static inline int make_dir(void **state)
{
    snprintf(dir, sizeof dir, "/tmp/test_store.XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}
static inline int remove_dir(void **state)
{
    return nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
static inline const char *db_path(void)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/opend.db", dir);
    return path;
}

static struct ft_universe *u;

static inline int load_universe(void **state)
{
    struct ft_err err;
    u = ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21), NULL, 0, &err);
    if (!u)
        fprintf(stderr, "%s\n", err.text);
    return u ? 0 : -1;
}
static inline int free_universe(void **state)
{
    ft_universe_free(u);
    return 0;
}
static inline ft_inst inst_of(int market, const char *code)
{
    const struct ft_instrument *i = ft_universe_find(u, market, code);
    if (!i)
        fail_msg("no %s", code);
    return i->index;
}

static inline struct ft_store *open_store(ft_store_committed *fn, void *user)
{
    struct ft_err err = {0};
    struct ft_store *s = ft_store_open(dir, FT_DURABLE_FULL, fn, user, &err);
    if (!s)
        fail_msg("%s", err.text);
    return s;
}
static inline void wait_for(struct ft_store *s, uint64_t commit)
{
    struct ft_err err;
    while (ft_store_committed_to(s) < commit) {
        if (ft_store_failed(s, &err))
            fail_msg("%s", err.text);
        usleep(200);
    }
}
/* Plain SQL on the file, as another program would. */
static inline void sql(const char *fmt, ...)
{
    char text[1024], *why = NULL;
    va_list ap;
    sqlite3 *db = NULL;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (sqlite3_open(db_path(), &db) != SQLITE_OK ||
        sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why ? why : "cannot open");
    sqlite3_close(db);
}
static inline int64_t sql_int(const char *query)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    if (sqlite3_open(db_path(), &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, query, -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW)
        fail_msg("%s: %s", query, sqlite3_errmsg(db));
    int64_t v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return v;
}

/* ---- A broker that only remembers --------------------------------------------------------------- */

/* The linker takes these instead of the broker's, whose objects nothing else here asks for. */
struct ft_brk {
    struct ft_journal got;
};

static struct ft_brk loaded;

#define REMEMBER(name, type)                                                                       \
    int ft_brk_load_##name(struct ft_brk *b, const struct type *row, struct ft_err *err)           \
    {                                                                                              \
        return ft_journal_add_##name(&b->got, row);                                                \
    }
REMEMBER(account, ft_account)
REMEMBER(position, ft_position)
REMEMBER(order, ft_order)
REMEMBER(combo, ft_combo)
REMEMBER(fill, ft_fill)
REMEMBER(fee, ft_fee_row)
void ft_brk_load_counters(struct ft_brk *b, const struct ft_brk_counters *c)
{
    b->got.counters = *c;
}
static inline const struct ft_journal *load_into(struct ft_store *s, const struct ft_universe *v,
                                                 int64_t recent_ns)
{
    struct ft_err err = {0};
    ft_journal_clear(&loaded.got);
    if (ft_store_load(s, v, &loaded, recent_ns, &err))
        fail_msg("%s", err.text);
    return &loaded.got;
}

/* ---- Random turns ------------------------------------------------------------------------------- */

/* IDs are these and the place in the mirror. */
#define ORDER_IDS    UINT64_C(4000000000000000001)
#define FILL_IDS     UINT64_C(3000000000000000001)
#define POSITION_IDS UINT64_C(1)
#define TXN_IDS      UINT64_C(1)
#define ACCOUNT_IDS  UINT64_C(281756479345015383)

static inline int64_t any64(struct ft_rng *r)
{
    int64_t v = (int64_t)ft_rng_next(r);
    return v >> ft_rng_below(r, 64); /* all sizes, both signs */
}
static inline ft_day any_day(struct ft_rng *r)
{
    return ft_rng_below(r, 4) ? (ft_day)ft_rng_between(r, 20000, 30000) : FT_NO_DAY;
}
static inline ft_inst any_inst(struct ft_rng *r)
{
    return (ft_inst)ft_rng_below(r, ft_universe_count(u));
}
static inline void any_text(struct ft_rng *r, char *out, size_t size)
{
    size_t n = (size_t)ft_rng_below(r, size);
    for (size_t k = 0; k < n; k++)
        out[k] = (char)ft_rng_between(r, 32, 126);
    memset(out + n, 0, size - n);
}
static inline uint8_t any_status(struct ft_rng *r)
{
    static const uint8_t all[] = {0, 1, 2, 3, 5, 10, 11, 12, 13, 14, 15, 21, 22, 23, 24};
    return all[ft_rng_below(r, sizeof all)];
}

static inline struct ft_account any_account(struct ft_rng *r, uint32_t index)
{
    struct ft_account a;
    memset(&a, 0, sizeof a);
    a.id = ACCOUNT_IDS + index;
    a.index = index;
    a.env = (uint8_t)ft_rng_below(r, 2);
    a.type = (uint8_t)ft_rng_below(r, 256);
    a.sim = (uint8_t)ft_rng_below(r, 256);
    a.firm = (uint8_t)ft_rng_below(r, 256);
    a.currency = (uint8_t)ft_rng_below(r, FT_CURRENCIES);
    a.futures = ft_rng_below(r, 2);
    a.universal = ft_rng_below(r, 2);
    a.disabled = ft_rng_below(r, 2);
    a.auth_count = (uint8_t)ft_rng_below(r, FT_AUTHS_MAX + 1);
    for (int k = 0; k < a.auth_count; k++)
        a.auth[k] = (uint8_t)ft_rng_below(r, 256);
    any_text(r, a.card, sizeof a.card);
    any_text(r, a.uni_card, sizeof a.uni_card);
    a.created_ns = any64(r);
    a.initial_cash = any64(r);
    for (int c = 0; c < FT_CURRENCIES; c++)
        a.cash[c] = any64(r);
    a.is_pdt = ft_rng_below(r, 2);
    for (int k = 0; k < 5; k++)
        a.day_trades[k] = (uint8_t)ft_rng_below(r, 256);
    a.day_trades_day = any_day(r);
    a.dtbp_start = any64(r);
    a.dtbp_used = any64(r);
    a.dt_call = any64(r);
    a.dt_call_day = any_day(r);
    a.owner = (uint32_t)ft_rng_below(r, 1 << 20);
    return a;
}

static inline void change_position(struct ft_rng *r, struct ft_position *p)
{
    p->qty = any64(r);
    p->locked = any64(r);
    p->locked_day = any_day(r);
    p->cost = any64(r);
    p->diluted = any64(r);
    p->realized = any64(r);
    p->marked = any64(r);
    p->settled_day = any_day(r);
    p->today = any_day(r);
    p->td_pl_base = any64(r);
    p->td_buy_val = any64(r);
    p->td_sell_val = any64(r);
    p->td_buy_qty = any64(r);
    p->td_sell_qty = any64(r);
    p->opened_ns = any64(r);
    p->combo = (uint64_t)any64(r) & INT64_MAX;
    p->strategy = (uint8_t)any64(r);
}

/* What may change in an order's life; the rest is set by new_order. */
static inline void change_order(struct ft_rng *r, struct ft_order *o, int64_t now_ns)
{
    o->status = any_status(r);
    o->updated_ns = now_ns;
    o->type = (uint8_t)ft_rng_below(r, 256);
    o->tif = (uint8_t)ft_rng_below(r, 256);
    o->session = (uint8_t)ft_rng_below(r, 256);
    o->trail_type = (uint8_t)ft_rng_below(r, 256);
    o->outside_rth = ft_rng_below(r, 2);
    o->has_aux = ft_rng_below(r, 2);
    o->trd_market = (uint8_t)ft_rng_below(r, 256);
    o->reject_why = (uint8_t)ft_rng_below(r, 256);
    o->expire_day = any_day(r);
    o->day = any_day(r);
    o->price = any64(r);
    o->aux_price = any64(r);
    o->trail_spread = any64(r);
    o->trail_value = any64(r);
    o->qty = any64(r);
    o->filled = any64(r);
    o->fill_value = any64(r);
    o->priority = (uint64_t)any64(r) >> 1;
    o->triggered = ft_rng_below(r, 2);
    o->fee_day = any_day(r);
    o->fee_qty = any64(r);
    o->fee_notional = any64(r);
    o->fees = any64(r);
    o->reserved = any64(r);
    o->opening = any64(r);
    o->trail_peak = any64(r);
    any_text(r, o->remark, sizeof o->remark);
    any_text(r, o->last_err, sizeof o->last_err);
}

static inline struct ft_order new_order(struct ft_rng *r, const struct ft_journal *all,
                                        int64_t now_ns)
{
    struct ft_order o;
    memset(&o, 0, sizeof o);
    o.id = ORDER_IDS + all->order_count;
    o.account = (uint32_t)ft_rng_below(r, all->account_count);
    o.inst = any_inst(r);
    o.side = (uint8_t)ft_rng_below(r, 256);
    o.created_ns = now_ns;
    if (all->order_count && ft_rng_below(r, 3) == 0)
        o.parent = ORDER_IDS + ft_rng_below(r, all->order_count);
    o.leg = (uint32_t)ft_rng_next(r);
    change_order(r, &o, now_ns);
    return o;
}

static inline void add_fill_and_fees(struct ft_rng *r, struct ft_journal *all,
                                     struct ft_journal *out, int64_t now_ns)
{
    const struct ft_order *o = &all->orders[ft_rng_below(r, all->order_count)];
    struct ft_fill f;
    memset(&f, 0, sizeof f);
    f.id = FILL_IDS + all->fill_count;
    f.order = o->id;
    f.account = o->account;
    f.inst = any_inst(r);
    f.side = (uint8_t)ft_rng_below(r, 256);
    f.status = (uint8_t)ft_rng_below(r, 256);
    f.qty = any64(r);
    f.price = any64(r);
    f.time_ns = now_ns;
    f.counter_broker = (int32_t)any64(r);
    ft_journal_add_fill(all, &f);
    ft_journal_add_fill(out, &f);
    struct ft_fee_row fee = {
        .order = o->id, .item = (uint8_t)ft_rng_below(r, 4), .amount = any64(r)};
    ft_journal_add_fee(out, &fee);
    for (size_t k = 0; k < all->fee_count; k++)
        if (all->fees[k].order == fee.order && all->fees[k].item == fee.item) {
            all->fees[k] = fee;
            return;
        }
    ft_journal_add_fee(all, &fee);
}

static inline void add_txn(struct ft_rng *r, struct ft_journal *all, struct ft_journal *out,
                           int64_t now_ns)
{
    struct ft_txn t;
    memset(&t, 0, sizeof t);
    t.id = TXN_IDS + all->txn_count;
    t.time_ns = now_ns;
    t.clearing_day = any_day(r);
    t.settle_day = any_day(r);
    t.kind = (uint8_t)ft_rng_below(r, 256);
    t.account = (uint32_t)ft_rng_below(r, all->account_count);
    t.order = (uint64_t)any64(r) >> 1;
    t.fill = (uint64_t)any64(r) >> 1;
    any_text(r, t.remark, sizeof t.remark);
    ft_journal_add_txn(all, &t);
    ft_journal_add_txn(out, &t);
    int lines = (int)ft_rng_below(r, 5);
    for (int k = 0; k < lines; k++) {
        struct ft_posting p;
        memset(&p, 0, sizeof p);
        p.txn = t.id;
        p.line = (uint8_t)k;
        p.holder = (uint8_t)ft_rng_below(r, 5);
        p.account = p.holder == FT_HOLD_ACCOUNT ? (uint32_t)ft_rng_below(r, all->account_count) : 0;
        p.is_cash = ft_rng_below(r, 2);
        if (p.is_cash)
            p.currency = (uint8_t)ft_rng_below(r, FT_CURRENCIES);
        else
            p.inst = any_inst(r);
        p.amount = any64(r);
        ft_journal_add_posting(all, &p);
        ft_journal_add_posting(out, &p);
    }
}

static inline void add_combo(struct ft_rng *r, struct ft_journal *all, struct ft_journal *out,
                             uint64_t order)
{
    struct ft_combo c;
    memset(&c, 0, sizeof c);
    c.order = order;
    c.strategy = (uint8_t)ft_rng_below(r, 256);
    c.count = (uint8_t)ft_rng_below(r, FT_LEGS_MAX + 1);
    for (int k = 0; k < c.count; k++)
        c.leg[k] = (struct ft_combo_leg){any_inst(r), (uint8_t)ft_rng_below(r, 256), any64(r)};
    ft_journal_add_combo(all, &c);
    ft_journal_add_combo(out, &c);
}

/* Rows whose content is anything that the structs can hold; sums do not add up. */
static inline void random_turn(struct ft_rng *r, struct ft_journal *all, struct ft_journal *out,
                               int64_t now_ns)
{
    if (all->account_count < 20) {
        struct ft_account a = any_account(r, (uint32_t)all->account_count);
        ft_journal_add_account(all, &a);
        ft_journal_add_account(out, &a);
    } else {
        uint32_t k = (uint32_t)ft_rng_below(r, all->account_count);
        all->accounts[k] = any_account(r, k);
        ft_journal_add_account(out, &all->accounts[k]);
    }
    if (all->order_count) { /* an old one changes */
        struct ft_order *o = &all->orders[ft_rng_below(r, all->order_count)];
        change_order(r, o, now_ns);
        ft_journal_add_order(out, o);
    }
    for (uint64_t n = ft_rng_below(r, 4); n > 0; n--) {
        struct ft_order o = new_order(r, all, now_ns);
        ft_journal_add_order(all, &o);
        ft_journal_add_order(out, &o);
        if (ft_rng_below(r, 3) == 0)
            add_combo(r, all, out, o.id);
    }
    struct ft_position p;
    memset(&p, 0, sizeof p);
    p.id = POSITION_IDS + all->position_count;
    p.account = (uint32_t)ft_rng_below(r, all->account_count);
    p.inst = any_inst(r);
    change_position(r, &p);
    ft_journal_add_position(all, &p);
    struct ft_position *old = &all->positions[ft_rng_below(r, all->position_count)];
    if (old->id != p.id) {
        change_position(r, old);
        ft_journal_add_position(out, old);
    }
    ft_journal_add_position(out, &p);
    if (all->order_count)
        add_fill_and_fees(r, all, out, now_ns);
    add_txn(r, all, out, now_ns);
    all->counters = (struct ft_brk_counters){.order = ORDER_IDS + all->order_count,
                                             .fill = FILL_IDS + all->fill_count,
                                             .txn = TXN_IDS + all->txn_count,
                                             .position = POSITION_IDS + all->position_count,
                                             .priority = (uint64_t)now_ns};
    out->counters = all->counters;
}

/* ---- Comparing, field by field ------------------------------------------------------------------ */

#define SAME(f)     assert_int_equal((int64_t)a->f, (int64_t)b->f)
#define SAME_STR(f) assert_string_equal(a->f, b->f)

static inline void same_account(const struct ft_account *a, const struct ft_account *b)
{
    SAME(id), SAME(index), SAME(env), SAME(type), SAME(sim), SAME(firm), SAME(currency);
    SAME(futures), SAME(universal), SAME(disabled), SAME(auth_count);
    assert_memory_equal(a->auth, b->auth, sizeof a->auth);
    SAME_STR(card), SAME_STR(uni_card), SAME(created_ns), SAME(initial_cash), SAME(is_pdt);
    assert_memory_equal(a->cash, b->cash, sizeof a->cash);
    assert_memory_equal(a->day_trades, b->day_trades, sizeof a->day_trades);
    SAME(day_trades_day), SAME(dtbp_start), SAME(dtbp_used), SAME(dt_call), SAME(dt_call_day);
    SAME(owner);
}
static inline void same_position(const struct ft_position *a, const struct ft_position *b)
{
    SAME(id), SAME(account), SAME(inst), SAME(qty), SAME(locked), SAME(locked_day), SAME(cost);
    SAME(diluted), SAME(realized), SAME(marked), SAME(settled_day), SAME(today), SAME(td_pl_base);
    SAME(td_buy_val), SAME(td_sell_val), SAME(td_buy_qty), SAME(td_sell_qty), SAME(opened_ns),
        SAME(combo), SAME(strategy);
}
static inline void same_order(const struct ft_order *a, const struct ft_order *b)
{
    SAME(id), SAME(account), SAME(inst), SAME(side), SAME(type), SAME(status), SAME(tif);
    SAME(session), SAME(trail_type), SAME(outside_rth), SAME(has_aux), SAME(trd_market);
    SAME(reject_why), SAME(expire_day), SAME(day), SAME(price), SAME(aux_price), SAME(trail_spread);
    SAME(trail_value), SAME(qty), SAME(filled), SAME(fill_value), SAME(created_ns),
        SAME(updated_ns);
    SAME(priority), SAME(parent), SAME(leg), SAME(triggered), SAME(at_venue), SAME(cancel_asked);
    SAME(fee_day), SAME(fee_qty), SAME(fee_notional), SAME(fees), SAME(reserved), SAME(opening);
    SAME(trail_peak);
    SAME_STR(remark), SAME_STR(last_err);
}
static inline void same_combo(const struct ft_combo *a, const struct ft_combo *b)
{
    SAME(order), SAME(strategy), SAME(count);
    for (int k = 0; k < a->count; k++)
        SAME(leg[k].inst), SAME(leg[k].side), SAME(leg[k].ratio);
}
static inline void same_fill(const struct ft_fill *a, const struct ft_fill *b)
{
    SAME(id), SAME(order), SAME(account), SAME(inst), SAME(side), SAME(status), SAME(qty);
    SAME(price), SAME(time_ns), SAME(counter_broker);
}
static inline void same_txn(const struct ft_txn *a, const struct ft_txn *b)
{
    SAME(id), SAME(time_ns), SAME(clearing_day), SAME(settle_day), SAME(kind), SAME(account);
    SAME(order), SAME(fill), SAME_STR(remark);
}

#endif
