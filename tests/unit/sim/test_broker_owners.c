/* Several owners in one broker: accounts of their own, whose numbers hang on nothing but the owner's. */
#include "broker_copy.h"

static struct copy kept;

static const struct ft_account *of_owner(const struct desk_fixture *f, uint32_t owner, int env,
                                         int market)
{
    for (size_t k = 0; k < ft_brk_accounts(f->b); k++) {
        const struct ft_account *a = ft_brk_account(f->b, k);
        if (a->owner == owner && a->env == env && !a->disabled &&
            memchr(a->auth, market, a->auth_count))
            return a;
    }
    fail_msg("owner %u has no account of env %d for market %d", owner, env, market);
    return NULL;
}

static size_t count_of(const struct desk_fixture *f, uint32_t owner)
{
    size_t n = 0;
    for (size_t k = 0; k < ft_brk_accounts(f->b); k++)
        n += ft_brk_account(f->b, k)->owner == owner;
    return n;
}

static void start(struct desk_fixture *f, const struct ft_brk_options *options)
{
    memset(&kept, 0, sizeof kept);
    fx_open(f, FT_CLOCK_EXCHANGE, monday_ns, options);
    f->keep = copy_keep;
    f->user = &kept;
    fx_begin(f);
}

static void test_accounts_of_each(void **state)
{
    (void)state;
    static const struct ft_brk_owner owners[] = {
        {.number = 7, .initial_cash = MONEY(500), .firms = {FT_FIRM_FUTUINC}},
        {.number = 3, .initial_cash = MONEY(0)},
    };
    struct desk_fixture alone, f;
    struct ft_brk_options options = fx_options();
    start(&alone, &options);
    options.owners = owners;
    options.owner_count = 2;
    start(&f, &options);
    size_t n = ft_brk_accounts(alone.b);
    assert_int_equal(count_of(&f, 0), n);
    for (size_t k = 0; k < n; k++) { /* the first owner's are what they are without others */
        struct ft_account a = *ft_brk_account(alone.b, k), b = *ft_brk_account(f.b, k);
        assert_memory_equal(&a, &b, sizeof a);
    }
    assert_int_equal(of_owner(&f, 0, FT_ENV_REAL, FT_TRD_HK)->id, 281756479345015383);
    const struct ft_account *inc = of_owner(&f, 7, FT_ENV_REAL, FT_TRD_US);
    assert_int_equal(inc->id, 281756479345015383 + 7 * 1000000 + 1000);
    assert_int_equal(inc->firm, FT_FIRM_FUTUINC);
    assert_int_equal(inc->cash[FT_USD], MONEY(500));
    assert_int_equal(of_owner(&f, 7, FT_ENV_SIMULATE, FT_TRD_US)->id, 1619199 + 7 * 20000000);
    const struct ft_account *paper = of_owner(&f, 3, FT_ENV_SIMULATE, FT_TRD_HK);
    assert_int_equal(paper->id, 8377516 + 3 * 20000000);
    assert_int_equal(paper->cash[FT_HKD], 0);
    for (size_t k = n; k < ft_brk_accounts(f.b); k++) { /* without firms there are no real accounts */
        const struct ft_account *a = ft_brk_account(f.b, k);
        assert_true(a->owner == 7 || (a->owner == 3 && (a->env == FT_ENV_SIMULATE || a->disabled)));
    }
    fx_close(&alone);
    fx_close(&f);
}

/* Owners come in another order, one is gone, one has a further firm: who had an account has the same. */
static void test_owners_change_between_runs(void **state)
{
    (void)state;
    struct ft_brk_owner owners[] = {
        {.number = 7, .initial_cash = MONEY(100000), .firms = {FT_FIRM_FUTUINC}},
        {.number = 3, .initial_cash = MONEY(900)},
    };
    struct desk_fixture f, g, h;
    struct ft_brk_options options = fx_options();
    options.owners = owners;
    options.owner_count = 2;
    start(&f, &options);
    uint32_t paper = of_owner(&f, 7, FT_ENV_SIMULATE, FT_TRD_HK)->index;
    ft_inst inst = fx_find(FT_MARKET_HK, "00005");
    fx_watch(&f, inst);
    ft_price fair = ft_model_fair(ft_world_model(f.w), inst, ft_world_now(f.w));
    ft_price low = ft_tick_round(fx_universe(), ft_universe_at(fx_universe(), inst), 20780,
                                 fair / 100 * 90);
    struct ft_ticket t = fx_ticket(paper, inst, FT_SIDE_BUY, FT_ORDER_NORMAL, low, SHARES(400));
    t.tif = FT_TIF_GTC;
    uint64_t order = fx_place(&f, &t);
    fx_prove(&f);
    size_t n = ft_brk_accounts(f.b);

    struct ft_brk_owner next[] = {
        {.number = 3, .initial_cash = MONEY(1), .firms = {FT_FIRM_FUTUAU}},
    };
    options.owners = next;
    options.owner_count = 1;
    copy_open(&g, &kept, FT_CLOCK_EXCHANGE, monday_ns + HOUR, &f, &options);
    assert_int_equal(ft_brk_accounts(g.b), n + 1);
    for (size_t k = 0; k < n; k++) {
        const struct ft_account *a = ft_brk_account(f.b, k), *b = ft_brk_account(g.b, k);
        assert_true(a->id == b->id && a->owner == b->owner && a->index == b->index);
        assert_memory_equal(a->cash, b->cash, sizeof a->cash);
    }
    assert_int_equal(ft_brk_account(g.b, n)->owner, 3);
    assert_int_equal(ft_brk_account(g.b, n)->cash[FT_USD], MONEY(1));
    /* Nobody speaks for owner 7 now: what he left at the exchange is there all the same. */
    assert_int_equal(ft_brk_order(g.b, order)->status, FT_ST_SUBMITTED);
    assert_int_equal(ft_brk_order(g.b, order)->account, paper);

    options.owners = owners;
    options.owner_count = 2;
    copy_open(&h, &kept, FT_CLOCK_EXCHANGE, monday_ns + 2 * HOUR, &g, &options);
    assert_int_equal(ft_brk_accounts(h.b), n + 1);
    assert_int_equal(of_owner(&h, 7, FT_ENV_SIMULATE, FT_TRD_HK)->index, paper);
    fx_prove(&h);
    fx_close(&f);
    fx_close(&g);
    fx_close(&h);
}

/* An account of another owner under the number that an owner would get: two files were mixed. */
static void test_a_taken_number(void **state)
{
    (void)state;
    static const struct ft_brk_owner owner = {.number = 3};
    struct ft_brk_options options = fx_options();
    struct desk_fixture f;
    struct ft_err err = {0};
    options.owners = &owner;
    options.owner_count = 1;
    fx_open(&f, FT_CLOCK_EXCHANGE, monday_ns, &options);
    struct ft_account a = {.id = 8377516 + 3 * 20000000, .owner = 4, .currency = FT_HKD};
    assert_int_equal(ft_brk_load_account(f.b, &a, &err), 0);
    assert_int_equal(ft_brk_begin(f.b, ft_world_now(f.w), &err), -1);
    assert_non_null(strstr(err.text, "is of login 4, not of login 3"));
    ft_journal_free(&f.j);
    ft_brk_free(f.b);
    ft_rulebook_free(f.rules);
    ft_sim_venue_free(f.v);
    ft_world_free(f.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accounts_of_each),
        cmocka_unit_test(test_owners_change_between_runs),
        cmocka_unit_test(test_a_taken_number),
    };
    return cmocka_run_group_tests_name("broker owners", tests, NULL, NULL);
}
