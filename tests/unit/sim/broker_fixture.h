/* A world, its venue and a broker for tests, with the ledger kept beside it: after every command the
 * postings of each transaction add up to zero in every unit, and cash and holdings equal theirs. */
#ifndef FT_TEST_BROKER_FIXTURE_H
#define FT_TEST_BROKER_FIXTURE_H

#include "base/map64.h"
#include "broker/journal.h"
#include "market/embedded.h"
#include "sim/venue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-23T02:00:00Z: a Monday morning in Hong Kong. */
static const int64_t monday_ns = INT64_C(1795399200) * 1000000000;
#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define SHARES(n) ((ft_qty)(n) * FT_QTY_SCALE)
#define PRICE(x) ((ft_price)((x) * FT_PRICE_SCALE + 0.5))
#define MONEY(x) ((ft_money)((x) * FT_MONEY_SCALE + ((x) < 0 ? -0.5 : 0.5)))

struct desk_fixture {
    struct ft_world *w;
    struct ft_sim_venue *v;
    struct ft_rulebook *rules;
    struct ft_brk *b;
    struct ft_journal j;
    int64_t cash[64][FT_CURRENCIES];
    struct { uint32_t account; ft_inst inst; ft_qty qty; } held[4096];
    size_t held_count;
    uint64_t txns;
    void (*keep)(void *user, const struct ft_journal *j); /* told of each journal; NULL: nobody */
    void *user;
};

static inline const struct ft_universe *fx_universe(void)
{
    static struct ft_universe *u;
    struct ft_err err = {0};
    if (!u)
        u = ft_universe_load(ft_embedded_data, NULL, 20780, NULL, 0, &err);
    if (!u)
        fail_msg("%s", err.text);
    return u;
}

static inline ft_inst fx_find(int market, const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(fx_universe(), market, code);
    if (!inst)
        fail_msg("no instrument %d.%s", market, code);
    return inst->index;
}

static inline struct ft_brk_options fx_options(void)
{
    return (struct ft_brk_options){.initial_cash = MONEY(1000000), .firms = {FT_FIRM_FUTUHK},
                                   .pdt_protection = true, .dtcall_confirmation = true};
}

static inline void fx_open(struct desk_fixture *f, enum ft_clock_mode mode, int64_t start_ns,
                    const struct ft_brk_options *options)
{
    memset(f, 0, sizeof *f);
    struct ft_err err = {0};
    struct ft_world_options o = {.seed = 1, .hours = {mode, 20777}, .start_ns = start_ns};
    f->w = ft_world_new(fx_universe(), &o, &err);
    f->v = f->w ? ft_sim_venue_new(f->w, &err) : NULL;
    f->rules = f->v ? ft_rulebook_load(ft_embedded_data, NULL, fx_universe(), &err) : NULL;
    if (!f->rules)
        fail_msg("%s", err.text);
    struct ft_venue port = ft_sim_venue_port(f->v);
    struct ft_brk_options def = fx_options();
    f->b = ft_brk_new(fx_universe(), f->rules, &port, options ? options : &def, &err);
    if (!f->b)
        fail_msg("%s", err.text);
    ft_journal_init(&f->j);
}

/* Takes the changes and proves them. */
static inline void fx_balance(struct desk_fixture *f)
{
    assert_int_equal(ft_brk_take_changes(f->b, &f->j), 0);
    if (f->keep)
        f->keep(f->user, &f->j);
    size_t at = 0;
    for (size_t t = 0; t < f->j.txn_count; t++) {
        const struct ft_txn *x = &f->j.txns[t];
        assert_int_equal(x->id, ++f->txns);
        int64_t cash[FT_CURRENCIES] = {0}, shares = 0;
        ft_inst inst = FT_NO_INST;
        for (; at < f->j.posting_count && f->j.postings[at].txn == x->id; at++) {
            const struct ft_posting *p = &f->j.postings[at];
            if (p->is_cash) {
                cash[p->currency] += p->amount;
            } else {
                if (x->kind != FT_TXN_RESET)
                    assert_true(inst == FT_NO_INST || inst == p->inst);
                inst = p->inst;
                shares += p->amount;
            }
            if (p->holder != FT_HOLD_ACCOUNT)
                continue;
            if (p->is_cash) {
                f->cash[p->account][p->currency] += p->amount;
                continue;
            }
            size_t h = 0;
            while (h < f->held_count &&
                   (f->held[h].account != p->account || f->held[h].inst != p->inst))
                h++;
            assert_true(h < 4096);
            if (h == f->held_count) {
                f->held[h].account = p->account;
                f->held[h].inst = p->inst;
                f->held[h].qty = 0;
                f->held_count++;
            }
            f->held[h].qty += p->amount;
        }
        for (int c = 0; c < FT_CURRENCIES; c++)
            assert_int_equal(cash[c], 0);
        assert_int_equal(shares, 0);
    }
    assert_int_equal(at, f->j.posting_count);
    for (size_t k = 0; k < ft_brk_accounts(f->b); k++)
        assert_memory_equal(ft_brk_account(f->b, k)->cash, f->cash[k], sizeof f->cash[k]);
    for (size_t k = 0; k < f->j.position_count; k++) {
        const struct ft_position *p = &f->j.positions[k];
        ft_qty qty = 0;
        for (size_t h = 0; h < f->held_count; h++)
            if (f->held[h].account == p->account && f->held[h].inst == p->inst)
                qty = f->held[h].qty;
        assert_int_equal(p->qty, qty);
    }
}

static inline void fx_begin(struct desk_fixture *f)
{
    struct ft_err err = {0};
    if (ft_brk_begin(f->b, ft_world_now(f->w), &err))
        fail_msg("%s", err.text);
    fx_balance(f);
}

static inline void fx_close(struct desk_fixture *f)
{
    fx_balance(f);
    ft_journal_free(&f->j);
    ft_brk_free(f->b);
    ft_rulebook_free(f->rules);
    ft_sim_venue_free(f->v);
    ft_world_free(f->w);
}

static inline void fx_run(struct desk_fixture *f, int64_t ns)
{
    int64_t end = ft_world_now(f->w) + ns;
    for (int64_t t = ft_world_now(f->w); t < end;) {
        t = t + 5 * SECOND < end ? t + 5 * SECOND : end;
        ft_sim_advance(f->v, f->b, t);
        const ft_inst *changed;
        if (ft_world_changed(f->w, &changed))
            ft_world_drained(f->w);
    }
    fx_balance(f);
}

/* Index of the first account of that kind. */
static inline uint32_t fx_account(const struct desk_fixture *f, int env, int market)
{
    for (size_t k = 0; k < ft_brk_accounts(f->b); k++) {
        const struct ft_account *a = ft_brk_account(f->b, k);
        for (int i = 0; i < a->auth_count; i++)
            if (a->env == env && !a->disabled && a->auth[i] == market)
                return (uint32_t)k;
    }
    fail_msg("no account of env %d with market %d", env, market);
    return 0;
}

static inline struct ft_ticket fx_ticket(uint32_t account, ft_inst inst, int side, int type, ft_price price,
                                  ft_qty qty)
{
    return (struct ft_ticket){.account = account, .inst = inst, .side = (uint8_t)side,
                              .type = (uint8_t)type, .has_price = price > 0, .price = price,
                              .qty = qty, .expire_day = FT_NO_DAY};
}

static inline uint64_t fx_place(struct desk_fixture *f, const struct ft_ticket *t)
{
    uint64_t id = 0;
    struct ft_err err = {0};
    if (ft_brk_place(f->b, t, &id, &err))
        fail_msg("refused: %s", err.text);
    fx_balance(f);
    return id;
}

static inline void fx_refused(struct desk_fixture *f, const struct ft_ticket *t, const char *word)
{
    uint64_t id = 0;
    struct ft_err err = {0};
    assert_int_equal(ft_brk_place(f->b, t, &id, &err), -1);
    if (!strstr(err.text, word))
        fail_msg("\"%s\" does not say \"%s\"", err.text, word);
    assert_false(ft_brk_has_changes(f->b));
}

/* Best prices, with the instrument watched. */
static inline void fx_touch(struct desk_fixture *f, ft_inst i, ft_price *bid, ft_price *ask)
{
    struct ft_world_level b, a;
    assert_int_equal(ft_world_book(f->w, i, true, &b, 1), 1);
    assert_int_equal(ft_world_book(f->w, i, false, &a, 1), 1);
    *bid = b.price;
    *ask = a.price;
}

static inline void fx_watch(struct desk_fixture *f, ft_inst i)
{
    struct ft_err err = {0};
    assert_int_equal(ft_world_watch(f->w, i, &err), 0);
}

#endif
