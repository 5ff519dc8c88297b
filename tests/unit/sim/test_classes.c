/* Books, prints and bars look like their liquidity class: the ranges of docs/simulation.md. */
#include "world_fixture.h"

#include <math.h>
#include <stdio.h>

/* The table "What a book looks like" of docs/simulation.md, a row a class. */
static const struct range {
    double spread_low, spread_high; /* mean, in ticks */
    double orders_low, orders_high; /* mean number at rest, both sides */
    double volume_low, volume_high; /* traded, of what the model expects */
} ranges[6] = {
    {0},
    {1, 3, 200, 600, 0.9, 1.1},
    {1, 3, 130, 400, 0.85, 1.15},
    {1, 3, 80, 260, 0.8, 1.2},
    {1.5, 5, 45, 140, 0.6, 1.4},
    {3, 10, 24, 80, 0.5, 1.5},
};

struct figures {
    double spread, orders, traded, expected, samples;
    double mid_moves, fair_moves; /* sums of squared minute returns */
};

enum { MINUTES = 30 };

static void measure(int market, const char *code, const char *start, struct figures *f)
{
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, start, 11);
    ft_inst i = find(market, code);
    const struct ft_instrument *inst = ft_universe_at(universe(), i);
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    ft_qty before = t->regular.volume;
    double last_mid = 0, last_fair = 0;
    static struct ft_world_order orders[2000];
    for (int s = 1; s <= MINUTES * 60; s++) {
        ft_world_step(w, utc(start) + s * FT_NS_PER_SEC);
        struct ft_world_level bid, ask;
        assert_int_equal(ft_world_book(w, i, true, &bid, 1), 1);
        assert_int_equal(ft_world_book(w, i, false, &ask, 1), 1);
        assert_true(bid.price < ask.price);
        f->spread += (double)(ask.price - bid.price) /
                     (double)ft_tick_size(universe(), inst, t->day, bid.price, true);
        f->orders += (double)(ft_world_orders(w, i, true, orders, 2000) +
                              ft_world_orders(w, i, false, orders, 2000));
        f->expected += (double)ft_model_minute_volume(ft_world_model(w), i, ft_world_now(w)) / 60;
        f->samples++;
        if (s % 60)
            continue;
        double mid = (double)(bid.price + ask.price) / 2;
        double fair = (double)ft_model_fair(ft_world_model(w), i, ft_world_now(w));
        if (last_mid > 0) {
            f->mid_moves += log(mid / last_mid) * log(mid / last_mid);
            f->fair_moves += log(fair / last_fair) * log(fair / last_fair);
        }
        last_mid = mid;
        last_fair = fair;
    }
    f->traded += (double)(t->regular.volume - before);
    ft_world_free(w);
}

static void within(int c, const char *what, double value, double low, double high)
{
    if (value < low || value > high)
        fail_msg("class %d: %s is %.3f, not within %.3f and %.3f", c, what, value, low, high);
}

static void test_books_of_every_class(void **state)
{
    (void)state;
    static const struct { int liquidity, market; const char *code; } codes[] = {
        {1, FT_MARKET_HK, "00700"}, {1, FT_MARKET_US, "AAPL"}, {1, FT_MARKET_SZ, "000001"},
        {1, FT_MARKET_SH, "600519"}, {2, FT_MARKET_HK, "00002"}, {2, FT_MARKET_HK, "00016"},
        {2, FT_MARKET_SH, "600000"}, {3, FT_MARKET_HK, "00001"}, {3, FT_MARKET_HK, "00003"},
        {3, FT_MARKET_US, "TCEHY"}, {4, FT_MARKET_HK, "00004"}, {4, FT_MARKET_HK, "00008"},
        {4, FT_MARKET_HK, "00010"}, {5, FT_MARKET_HK, "00041"}, {5, FT_MARKET_HK, "00045"},
    };
    struct figures by_class[6] = {{0}};
    for (size_t k = 0; k < sizeof codes / sizeof codes[0]; k++) {
        assert_int_equal(ft_universe_at(universe(), find(codes[k].market, codes[k].code))->liquidity,
                         codes[k].liquidity);
        bool us = codes[k].market == FT_MARKET_US;
        struct figures f = {0};
        measure(codes[k].market, codes[k].code, us ? "2026-11-24 16:00:00" : "2026-11-24 02:00:00", &f);
        struct figures *sum = &by_class[codes[k].liquidity];
        sum->spread += f.spread;
        sum->orders += f.orders;
        sum->samples += f.samples;
        sum->traded += f.traded / f.expected; /* each instrument counts alike */
        sum->expected++;
        sum->mid_moves += f.mid_moves;
        sum->fair_moves += f.fair_moves;
    }
    for (int c = 1; c <= 5; c++) {
        const struct figures *f = &by_class[c];
        const struct range *r = &ranges[c];
        within(c, "spread", f->spread / f->samples, r->spread_low, r->spread_high);
        within(c, "orders", f->orders / f->samples, r->orders_low, r->orders_high);
        within(c, "volume", f->traded / f->expected, r->volume_low, r->volume_high);
        /* The book's middle moves as the fair value does; a wide spread smooths it. */
        within(c, "volatility of the middle", sqrt(f->mid_moves / f->fair_moves), c < 4 ? 0.7 : 0.3, 1.4);
    }
}

/* Of days: the volatility a year and the turnover a day of the class. */
static void test_days_of_every_class(void **state)
{
    (void)state;
    static const double volatility[6] = {0, 0.28, 0.34, 0.42, 0.50, 0.60};
    static const double turnover[6] = {0, 6e9, 1.2e9, 2e8, 2.5e7, 2.5e6};
    enum { FIRST = 20778 - 800, LAST = 20778 - 1, STOCKS = 6 };
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 02:00:00", 11);
    const struct ft_model *m = ft_world_model(w);
    for (int c = 1; c <= 5; c++) {
        double moves = 0, money = 0, expected = 0;
        int days = 0, money_days = 0, stocks = 0;
        for (ft_inst i = 0; i < ft_universe_count(universe()) && stocks < STOCKS; i++) {
            const struct ft_instrument *inst = ft_universe_at(universe(), i);
            if (inst->type != FT_SEC_STOCK || inst->liquidity != c ||
                (inst->listing_day != FT_NO_DAY && inst->listing_day > FIRST))
                continue;
            stocks++;
            double cap = 0.03 * (double)inst->issued * ft_price_to_double(inst->reference);
            struct ft_bar b;
            double before = 0;
            for (ft_day d = FIRST; d <= LAST; d++) {
                if (!ft_model_day(m, i, d, &b))
                    continue;
                double close = (double)b.close;
                if (before > 0 && fabs(log(close / before)) < 0.4) { /* a split is no move */
                    moves += log(close / before) * log(close / before);
                    days++;
                }
                before = close;
                if (!inst->issued || cap > 3 * turnover[c]) { /* where the bound does not bite */
                    money += ft_money_to_double(b.turnover);
                    expected += turnover[c];
                    money_days++;
                }
            }
        }
        assert_true(stocks >= 3 && days > 1000 && money_days > 300);
        within(c, "volatility a year", sqrt(moves / days * 250), volatility[c] * 0.75, volatility[c] * 1.25);
        within(c, "turnover a day", money / expected, 0.7, 1.4);
    }
    ft_world_free(w);
}

/* More at the ends of the session than in its middle. */
static void test_volume_by_time_of_day(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 02:00:00", 11);
    ft_inst i = find(FT_MARKET_US, "AAPL");
    double ends = 0, middle = 0;
    struct ft_bar bars[FT_DAY_BARS_MAX];
    for (ft_day d = 20778 - 30; d < 20778; d++) {
        size_t n = ft_model_minutes(ft_world_model(w), i, d, FT_IN_RTH, bars, FT_DAY_BARS_MAX);
        for (size_t k = 0; n == 390 && k < 30; k++) {
            ends += (double)bars[k].volume + (double)bars[389 - k].volume;
            middle += (double)bars[180 + k].volume * 2;
        }
    }
    assert_true(middle > 0 && ends > 1.6 * middle && ends < 3 * middle);
    ft_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_books_of_every_class),
        cmocka_unit_test(test_days_of_every_class),
        cmocka_unit_test(test_volume_by_time_of_day),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ft_universe_free(fixture_universe);
    return failed;
}
