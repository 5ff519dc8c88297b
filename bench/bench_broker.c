/* How many orders the broker places and cancels in a second on one core, risk check and journal
 * included, in an account that holds nothing, five instruments, and five that nobody watches. */
#include "broker/journal.h"
#include "market/embedded.h"
#include "sim/venue.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 100000, HELD = 5 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what, const struct ft_err *err)
{
    fprintf(stderr, "%s: %s\n", what, err->text);
    exit(1);
}

struct desk {
    struct ft_world *w;
    struct ft_sim_venue *v;
    struct ft_brk *b;
    struct ft_journal j;
    const struct ft_universe *u;
    uint32_t account;
};

static ft_inst find(const struct desk *d, const char *code)
{
    return ft_universe_find(d->u, FT_MARKET_US, code)->index;
}

static void drain(struct desk *d)
{
    while (ft_brk_next_event(d->b))
        ;
    if (ft_brk_take_changes(d->b, &d->j))
        exit(1);
}

static void advance(struct desk *d, int64_t ns)
{
    ft_sim_advance(d->v, d->b, ft_world_now(d->w) + ns);
    ft_world_drained(d->w);
    drain(d);
}

static void rounds(struct desk *d, const char *what)
{
    struct ft_err err = {0};
    ft_price fair = ft_model_fair(ft_world_model(d->w), find(d, "AAPL"), ft_world_now(d->w));
    struct ft_ticket t = {.account = d->account, .inst = find(d, "AAPL"), .side = FT_SIDE_BUY,
                          .type = FT_ORDER_NORMAL, .has_price = true, .qty = FT_QTY_SCALE,
                          .price = fair / 10000 * 9000 / 10000 * 10000, .expire_day = FT_NO_DAY};
    double start = seconds();
    for (int k = 0; k < ROUNDS; k++) {
        uint64_t id;
        if (ft_brk_place(d->b, &t, &id, &err))
            die("place", &err);
        if (ft_brk_cancel(d->b, t.account, id, &err))
            die("cancel", &err);
        if (k % 100 == 0)
            drain(d);
    }
    double took = seconds() - start;
    drain(d);
    printf("broker place+cancel, %-34s %9.0f /s  %6.2f us\n", what, ROUNDS / took,
           took / ROUNDS * 1e6);
}

int main(void)
{
    struct ft_err err = {0};
    struct desk d = {0};
    d.u = ft_universe_load(ft_embedded_data, NULL, 20780, NULL, 0, &err);
    struct ft_rulebook *rules = d.u ? ft_rulebook_load(ft_embedded_data, NULL, d.u, &err) : NULL;
    struct ft_world_options o = {.seed = 1, .hours = {FT_CLOCK_ALWAYS, 20777},
                                 .start_ns = INT64_C(1795399200) * 1000000000};
    d.w = rules ? ft_world_new(d.u, &o, &err) : NULL;
    d.v = d.w ? ft_sim_venue_new(d.w, &err) : NULL;
    if (!d.v)
        die("start", &err);
    struct ft_venue port = ft_sim_venue_port(d.v);
    struct ft_brk_options options = {.initial_cash = INT64_C(1000000) * FT_MONEY_SCALE,
                                     .firms = {FT_FIRM_FUTUHK}};
    d.b = ft_brk_new(d.u, rules, &port, &options, &err);
    if (!d.b || ft_brk_begin(d.b, o.start_ns, &err))
        die("broker", &err);
    ft_journal_init(&d.j);
    d.account = ft_brk_find_account(d.b, 1619199)->index;
    rounds(&d, "nothing held:");
    static const char *const held[HELD] = {"MSFT", "NVDA", "AMZN", "META", "TSLA"};
    for (int k = 0; k < HELD; k++) {
        struct ft_ticket t = {.account = d.account, .inst = find(&d, held[k]), .side = FT_SIDE_BUY,
                              .type = FT_ORDER_MARKET, .qty = 10 * FT_QTY_SCALE,
                              .expire_day = FT_NO_DAY};
        uint64_t id;
        if (ft_brk_place(d.b, &t, &id, &err))
            die("buy", &err);
    }
    drain(&d);
    rounds(&d, "5 held, watched:");
    advance(&d, INT64_C(1200) * 1000000000); /* their seats are given up */
    rounds(&d, "5 held, watched by nobody:");
    ft_journal_free(&d.j);
    ft_brk_free(d.b);
    ft_sim_venue_free(d.v);
    ft_world_free(d.w);
    ft_rulebook_free(rules);
    return 0;
}
