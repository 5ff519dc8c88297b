/* Random commands of random users: whatever they do, the ledger balances after each, what orders bind is
 * what their sums say, and the same seed gives the same journal however the time was cut. */
#include "broker_proof.h"

#include "base/rng.h"

enum { INSTRUMENTS_MAX = 16 };

struct play {
    struct desk_fixture f;
    struct ft_rng rng;
    ft_inst inst[INSTRUMENTS_MAX];
    size_t inst_count;
    uint64_t hash;
    int64_t cut_ns;
    size_t accepted, refused, fills, ended, taken;
};

static void fold(struct play *p, uint64_t v)
{
    p->hash = (p->hash ^ v) * UINT64_C(0x100000001b3);
    p->hash ^= p->hash >> 29;
}

static void fold_text(struct play *p, const char *s)
{
    for (; *s; s++)
        fold(p, (uint8_t)*s);
}

/* Every row, field by field: padding is nobody's. */
static void fold_journal(struct play *p)
{
    const struct ft_journal *j = &p->f.j;
    for (size_t k = 0; k < j->order_count; k++) {
        const struct ft_order *o = &j->orders[k];
        const uint64_t v[] = {o->id, o->account, o->inst, o->side, o->type, o->status, o->tif,
                              (uint64_t)o->price, (uint64_t)o->aux_price, (uint64_t)o->qty,
                              (uint64_t)o->filled, (uint64_t)o->fill_value, (uint64_t)o->created_ns,
                              (uint64_t)o->updated_ns, o->priority, o->triggered, (uint64_t)o->fees,
                              (uint64_t)o->reserved, (uint64_t)o->opening, (uint64_t)o->trail_peak};
        for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
            fold(p, v[i]);
        fold_text(p, o->last_err);
        p->ended += ft_order_is_final(o->status);
    }
    for (size_t k = 0; k < j->fill_count; k++) {
        const struct ft_fill *x = &j->fills[k];
        fold(p, x->id ^ x->order);
        fold(p, (uint64_t)x->qty ^ (uint64_t)x->price << 20);
        fold(p, (uint64_t)x->time_ns);
        p->fills++;
    }
    for (size_t k = 0; k < j->position_count; k++) {
        const struct ft_position *x = &j->positions[k];
        const uint64_t v[] = {x->id, (uint64_t)x->qty, (uint64_t)x->cost, (uint64_t)x->diluted,
                              (uint64_t)x->realized, (uint64_t)x->marked, (uint64_t)x->settled_day,
                              (uint64_t)x->td_pl_base, (uint64_t)x->td_buy_val};
        for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
            fold(p, v[i]);
    }
    for (size_t k = 0; k < j->txn_count; k++) {
        fold(p, j->txns[k].id);
        fold(p, (uint64_t)j->txns[k].time_ns);
        fold(p, j->txns[k].kind);
    }
    for (size_t k = 0; k < j->posting_count; k++)
        fold(p, (uint64_t)j->postings[k].amount ^ (uint64_t)j->postings[k].line << 56);
}

static void check(struct play *p)
{
    fx_balance(&p->f);
    fold_journal(p);
    for (size_t k = 0; k < ft_brk_accounts(p->f.b); k++) {
        const struct ft_account *a = ft_brk_account(p->f.b, k);
        /* An order filled on several days pays its least commission again: what may be missing. */
        for (int c = 0; c < FT_CURRENCIES && a->type == FT_ACC_CASH; c++)
            assert_true(a->cash[c] >= -MONEY(60));
        for (int c = 0; c < FT_CURRENCIES && !a->universal; c++)
            assert_true(c == a->currency || a->cash[c] == 0);
    }
    while (ft_brk_next_event(p->f.b))
        ;
}

static void pass_time(struct play *p, int64_t ns)
{
    int64_t end = ft_world_now(p->f.w) + ns;
    for (int64_t t = ft_world_now(p->f.w); t < end;) {
        t = end - t > p->cut_ns ? t + p->cut_ns : end;
        ft_sim_advance(p->f.v, p->f.b, t);
        ft_world_drained(p->f.w);
    }
    check(p);
}

static const struct ft_instrument *some_inst(struct play *p)
{
    return ft_universe_at(fx_universe(), p->inst[ft_rng_below(&p->rng, p->inst_count)]);
}

/* Some account that trades the instrument. */
static bool some_account(struct play *p, const struct ft_instrument *inst, uint32_t *out)
{
    size_t n = ft_brk_accounts(p->f.b), from = ft_rng_below(&p->rng, n);
    for (size_t k = 0; k < n; k++) {
        const struct ft_account *a = ft_brk_account(p->f.b, (from + k) % n);
        if (!a->disabled && brk_market_for(a, inst)) {
            *out = a->index;
            return true;
        }
    }
    return false;
}

static ft_price near_price(struct play *p, const struct ft_instrument *inst, int spread_bp)
{
    struct ft_venue_quote q;
    brk_quote(p->f.b, inst->index, &q);
    ft_price mark = brk_mark(p->f.b, inst, &q);
    int64_t bp = ft_rng_between(&p->rng, -spread_bp, spread_bp);
    return ft_tick_round(fx_universe(), inst, q.trading_day, mark + mark / 10000 * bp);
}

static struct ft_ticket some_ticket(struct play *p, const struct ft_instrument *inst, uint32_t account)
{
    static const uint8_t types[] = {
        FT_ORDER_NORMAL, FT_ORDER_NORMAL, FT_ORDER_NORMAL, FT_ORDER_NORMAL, FT_ORDER_MARKET,
        FT_ORDER_MARKET, FT_ORDER_ABSOLUTE_LIMIT, FT_ORDER_SPECIAL_LIMIT, FT_ORDER_SPECIAL_LIMIT_ALL,
        FT_ORDER_STOP, FT_ORDER_STOP_LIMIT, FT_ORDER_MIT, FT_ORDER_LIT, FT_ORDER_TRAILING_STOP,
        FT_ORDER_TRAILING_STOP_LIMIT, FT_ORDER_TWAP_LIMIT, FT_ORDER_VWAP, FT_ORDER_AUCTION,
    };
    bool contracts = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    int64_t lots = ft_rng_between(&p->rng, 1, contracts ? 4 : 2 + (int64_t)ft_rng_below(&p->rng, 40));
    struct ft_ticket t = fx_ticket(account, inst->index, ft_rng_next(&p->rng) & 1 ? 1 : 2,
                                   types[ft_rng_below(&p->rng, sizeof types)],
                                   near_price(p, inst, 150), SHARES(lots));
    t.qty *= contracts ? 1 : inst->lot;
    t.has_aux = true;
    t.aux_price = near_price(p, inst, 100);
    t.trail_type = ft_rng_next(&p->rng) & 1 ? FT_TRAIL_RATIO : FT_TRAIL_AMOUNT;
    t.trail_value = t.trail_type == FT_TRAIL_RATIO ? 5000 : t.price / 200;
    t.tif = ft_rng_below(&p->rng, 3) ? FT_TIF_DAY : FT_TIF_GTC;
    return t;
}

/* Some order of the account, lately placed. */
static uint64_t some_order(struct play *p, uint32_t account)
{
    const struct acc *a = brk_acc(p->f.b, account);
    if (!a->order_count)
        return 0;
    size_t last = a->order_count < 200 ? a->order_count : 200;
    return a->orders[a->order_count - 1 - ft_rng_below(&p->rng, last)]->o.id;
}

static void some_combo(struct play *p)
{
    const struct ft_instrument *x = some_inst(p), *y = some_inst(p);
    uint32_t account;
    if (x->type != FT_SEC_OPTION || !some_account(p, x, &account))
        return;
    struct ft_combo_ticket t = {.account = account, .count = 2, .type = FT_ORDER_NORMAL,
                                .has_price = true, .qty = SHARES(1), .expire_day = FT_NO_DAY};
    t.leg[0] = (struct ft_combo_leg){x->index, ft_rng_next(&p->rng) & 1 ? 1 : 2, SHARES(1)};
    t.leg[1] = (struct ft_combo_leg){y->index, ft_rng_next(&p->rng) & 1 ? 1 : 2,
                                     SHARES(y->type == FT_SEC_OPTION ? 1 : 100)};
    t.price = ft_rng_between(&p->rng, -20, 200) * FT_PRICE_SCALE;
    uint64_t id;
    *(ft_brk_place_combo(p->f.b, &t, &id, NULL) ? &p->refused : &p->accepted) += 1;
}

/* What 2111 says can be had is had, and not a lot more. */
static void ask_and_take(struct play *p)
{
    const struct ft_instrument *inst = some_inst(p);
    uint32_t account;
    if (!some_account(p, inst, &account))
        return;
    struct ft_ticket t = some_ticket(p, inst, account);
    struct ft_max_qty m;
    if (inst->type == FT_SEC_FUTURE || ft_brk_max_qty(p->f.b, &t, 0, &m, NULL))
        return;
    bool contracts = inst->type == FT_SEC_OPTION;
    ft_qty lot = SHARES(contracts ? 1 : inst->lot), most;
    if (t.side == FT_SIDE_BUY)
        most = m.buy_back ? m.buy_back : m.has_margin_buy ? m.margin_buy : m.cash_buy;
    else
        most = m.position_sell ? m.position_sell : m.sell_short;
    uint64_t id;
    t.qty = most + lot;
    assert_int_equal(ft_brk_place(p->f.b, &t, &id, NULL), -1);
    if (most <= 0)
        return;
    t.qty = most;
    struct ft_err err = {0};
    if (ft_brk_place(p->f.b, &t, &id, &err))
        fail_msg("%s, type %d, side %d: %s", inst->code, t.type, t.side, err.text);
    check(p);
    p->taken++;
    if (!ft_order_is_final(ft_brk_order(p->f.b, id)->status))
        ft_brk_cancel(p->f.b, account, id, NULL);
}

static void command(struct play *p)
{
    struct ft_brk *b = p->f.b;
    const struct ft_instrument *inst = some_inst(p);
    uint32_t account;
    uint64_t id;
    if (!some_account(p, inst, &account))
        return;
    int bad = 0;
    if (ft_rng_below(&p->rng, 40) == 0) {
        ask_and_take(p);
        return;
    }
    uint64_t what = ft_rng_below(&p->rng, 100);
    if (what < 50) {
        struct ft_ticket t = some_ticket(p, inst, account);
        bad = ft_brk_place(b, &t, &id, NULL);
    } else if (what < 65) {
        uint64_t order = some_order(p, account);
        const struct ft_order *o = ft_brk_order(b, order);
        struct ft_change c = {.qty = SHARES(100 * ft_rng_between(&p->rng, 1, 20)), .has_price = true,
                              .has_aux = true};
        if (!o)
            return;
        c.price = near_price(p, ft_universe_at(fx_universe(), o->inst), 150);
        c.aux_price = near_price(p, ft_universe_at(fx_universe(), o->inst), 150);
        c.qty = o->qty + (ft_rng_next(&p->rng) & 1 ? SHARES(1) : 0) *
                             ft_universe_at(fx_universe(), o->inst)->lot;
        bad = ft_brk_modify(b, account, order, &c, NULL);
    } else if (what < 85) {
        bad = ft_brk_cancel(b, account, some_order(p, account), NULL);
    } else if (what < 90) {
        bad = ft_rng_next(&p->rng) & 1 ? ft_brk_disable(b, account, some_order(p, account), NULL)
                                       : ft_brk_enable(b, account, some_order(p, account), NULL);
    } else if (what < 92) {
        bad = ft_brk_delete(b, account, some_order(p, account), NULL);
    } else if (what < 97) {
        some_combo(p);
        return;
    } else if (what == 97) {
        bad = ft_brk_convert(b, account, FT_HKD, FT_USD, MONEY(500), NULL);
    } else if (what == 98) {
        size_t n;
        if (ft_rng_below(&p->rng, 10) == 0)
            bad = ft_brk_cancel_all(b, account, 0, &n, NULL);
    } else {
        enum ft_currency c = (enum ft_currency)ft_brk_account(b, account)->currency;
        bad = ft_brk_deposit(b, account, c, ft_rng_between(&p->rng, -10, 20) * MONEY(1000), NULL);
        if (ft_rng_below(&p->rng, 60) == 0)
            bad = ft_brk_reset_account(b, account, NULL);
    }
    *(bad ? &p->refused : &p->accepted) += 1;
}

/* An option of AAPL near the money that lives for some weeks. */
static void add_options(struct play *p, ft_inst aapl)
{
    const ft_inst *list;
    size_t n = ft_derivatives_of(fx_universe(), aapl, &list), found = 0;
    for (size_t k = 0; k < n && found < 3; k++) {
        const struct ft_instrument *o = ft_universe_at(fx_universe(), list[k]);
        ft_price off = o->strike - ft_universe_at(fx_universe(), aapl)->reference;
        if (o->type == FT_SEC_OPTION && o->expiry_day > 20790 && o->expiry_day < 20830 &&
            off > -10 * FT_PRICE_SCALE && off < 10 * FT_PRICE_SCALE) {
            p->inst[p->inst_count++] = o->index;
            found++;
        }
    }
    assert_int_equal(found, 3);
}

static void play_open(struct play *p, enum ft_clock_mode mode, int64_t cut_ns)
{
    memset(p, 0, sizeof *p);
    struct ft_brk_options o = fx_options();
    o.firms[1] = FT_FIRM_FUTUINC;
    fx_open(&p->f, mode, monday_ns, &o);
    fx_begin(&p->f);
    ft_rng_init(&p->rng, 7, 11);
    p->cut_ns = cut_ns;
    static const struct { int market; const char *code; } names[] = {
        {FT_MARKET_HK, "00700"}, {FT_MARKET_HK, "00005"}, {FT_MARKET_US, "AAPL"},
        {FT_MARKET_US, "TSLA"}, {FT_MARKET_SH, "600519"}, {FT_MARKET_SZ, "000001"},
        {FT_MARKET_HK, "HSImain"}, {FT_MARKET_US, "ESmain"}, {FT_MARKET_SG, "CNmain"},
    };
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        p->inst[p->inst_count++] = brk_resolve(p->f.b, fx_find(names[k].market, names[k].code));
    add_options(p, fx_find(FT_MARKET_US, "AAPL"));
}

static void run(struct play *p, size_t commands, size_t per_step, int64_t longest_ns)
{
    for (size_t k = 0; k < commands; k++) {
        command(p);
        check(p);
        if (k % 997 == 0)
            fx_prove(&p->f);
        if (k % per_step == 0)
            pass_time(p, ft_rng_between(&p->rng, 1, longest_ns));
    }
    fx_prove(&p->f);
}

static void test_many_commands(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, FT_CLOCK_ALWAYS, 3600 * SECOND);
    run(&p, 220000, 2000, 60 * SECOND);
    print_message("%zu accepted, %zu refused, %zu fills, %zu ended\n", p.accepted, p.refused, p.fills,
                  p.ended);
    assert_true(p.accepted > 40000 && p.refused > 10000 && p.fills > 5000 && p.ended > 15000 && p.taken > 100);
    fx_close(&p.f);
}

static void test_sessions(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, FT_CLOCK_EXCHANGE, 3600 * SECOND);
    run(&p, 1500, 75, 75 * 60 * SECOND); /* a day with its nights, auctions and breaks */
    assert_true(p.fills > 20);
    fx_close(&p.f);
}

static void test_cuts_do_not_matter(void **state)
{
    (void)state;
    static const int64_t cuts[] = {3600 * SECOND, 7 * SECOND + 12345};
    for (int mode = FT_CLOCK_ALWAYS; mode <= FT_CLOCK_EXCHANGE; mode++) {
        uint64_t first = 0;
        for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
            struct play p;
            play_open(&p, (enum ft_clock_mode)mode, cuts[k]);
            run(&p, 1500, 60, mode == FT_CLOCK_ALWAYS ? 60 * SECOND : 1500 * SECOND);
            if (k == 0)
                first = p.hash;
            assert_int_equal(p.hash, first);
            fx_close(&p.f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_do_not_matter),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_many_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
