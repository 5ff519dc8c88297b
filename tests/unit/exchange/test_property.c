/* Properties over random streams of commands: small streams against the plain model, command by
 * command; long streams (ten million commands in all unless FT_PROPERTY_COMMANDS says otherwise)
 * against what must always hold. A failure names the stream, the seed and the command. */
#include "base/rng.h"
#include "fixture.h"
#include "model.h"

/* ---- Small streams: exactly the events of the model ----------------------------------------- */

static uint32_t model_types[2]; /* set from the profile */

static bool same_event(const struct ft_ex_event *e, const struct m_event *want)
{
    if (e->kind != want->kind || e->id != want->id || e->why != want->why)
        return e->kind == FT_EX_PHASED && want->kind == FT_EX_PHASED;
    switch (e->kind) {
    case FT_EX_FILL:
        return e->taker_id == want->taker && e->no == want->no && e->price == want->price &&
               e->qty == want->qty && e->left == want->left && e->taker_left == want->taker_left;
    case FT_EX_ACCEPTED:
    case FT_EX_REPLACED:
        return e->no == want->no && e->price == want->price && e->qty == want->qty &&
               e->left == want->left;
    case FT_EX_UNCROSSED:
        return e->price == want->price && e->qty == want->qty &&
               (!want->price || e->left == want->left);
    case FT_EX_CANCELLED: return e->qty == want->qty;
    default: return true;
    }
}

static void compare_books(const struct fx *f, const struct model *m)
{
    struct ft_ex_stat stat;
    ft_exch_stat(f->ex, f->inst, &stat);
    assert_int_equal(stat.phase, m->phase);
    assert_true(stat.last == m->last);
    int seen = 0;
    for (int side = 0; side < 2; side++) {
        struct ft_ex_walk w;
        struct ft_ex_order o;
        const struct m_order *before = NULL;
        for (ft_exch_walk(f->ex, f->inst, side, &w); ft_exch_walk_next(&w, &o); seen++) {
            int i = m_find(m, o.id);
            assert_true(i >= 0);
            const struct m_order *want = &m->o[i];
            assert_true(o.no == want->no && o.price == want->price && o.left == want->left &&
                        o.filled == want->filled && o.side == want->side);
            assert_true(!before || m_before(before, want));
            before = want;
        }
    }
    assert_int_equal(seen, m->count);
}

static struct ft_ex_cmd random_command(struct ft_rng *r, const struct model *m, uint64_t *next_id)
{
    uint64_t dice = ft_rng_below(r, 1000);
    struct ft_ex_cmd c = {.side = ft_rng_next(r) & 1};
    /* prices fall together around 100, so that orders meet; a few are off the grid or zero */
    c.price = (100 + ft_rng_between(r, -12, 12)) * m->tick;
    if (ft_rng_below(r, 100) == 0)
        c.price += ft_rng_between(r, -1, 1);
    c.qty = ft_rng_between(r, 1, 9) * m->lot;
    if (ft_rng_below(r, 100) == 0)
        c.qty = ft_rng_between(r, -1, 3);
    c.id = *next_id - ft_rng_below(r, *next_id < 60 ? *next_id : 60);
    if (dice < 640) {
        c.kind = FT_EX_ADD;
        c.id = ft_rng_below(r, 200) ? ++*next_id : c.id;
        c.type = (uint8_t)ft_rng_below(r, 3 + 4 * ft_rng_below(r, 2));
        c.tif = ft_rng_below(r, 5) ? FT_EX_DAY : (uint8_t)ft_rng_below(r, 3);
        c.owner = (uint32_t)ft_rng_below(r, 4);
    } else if (dice < 800) {
        c.kind = FT_EX_CANCEL;
    } else if (dice < 960) {
        c.kind = FT_EX_REPLACE;
        int i = ft_rng_below(r, 3) ? m_find(m, c.id) : -1;
        if (i >= 0) /* often the same price, for the sake of priority */
            c.price = m->o[i].price;
    } else if (dice < 965) {
        c.kind = FT_EX_MASS_CANCEL;
        c.owner = (uint32_t)ft_rng_between(r, 1, 3);
    } else if (dice < 990) {
        c.kind = FT_EX_PHASE;
        c.phase = ft_rng_below(r, 20) ? (uint8_t)ft_rng_between(r, 1, 6) : FT_EX_CLOSED;
        if (ft_rng_below(r, 2))
            c.phase = FT_EX_CONTINUOUS;
        if (ft_rng_below(r, 3) == 0) {
            c.low = 92 * m->tick;
            c.high = 108 * m->tick;
        }
        c.reference = (100 + ft_rng_between(r, -5, 5)) * m->tick * (int64_t)ft_rng_below(r, 2);
    } else {
        c.kind = m->suspended || ft_rng_below(r, 3) ? FT_EX_RESUME : FT_EX_SUSPEND;
    }
    return c;
}

static void small_stream(uint64_t seed, int commands)
{
    struct fx f;
    struct ft_rng r;
    static struct model m;
    uint64_t next_id = 1;
    ft_rng_init(&r, seed, 0);
    struct ft_ex_profile p = fx_profile();
    p.limit_queues = (uint16_t)(ft_rng_below(&r, 2) * 3);
    p.special_queues = 3;
    p.auction = (enum ft_ex_auction_rule)ft_rng_below(&r, 3);
    p.types_auction |= FT_EX_BIT(FT_EX_MARKET);
    struct ft_ex_instrument in = fx_instrument();
    in.lot = 100 * SHARE;
    fx_open(&f, p, in);
    model_types[0] = p.types_continuous;
    model_types[1] = p.types_auction;
    m = (struct model){.phase = FT_EX_CONTINUOUS,
                       .lot = in.lot,
                       .tick = TICK,
                       .limit_queues = p.limit_queues,
                       .special_queues = p.special_queues,
                       .rule = p.auction};
    for (int i = 0; i < commands; i++) {
        struct ft_ex_cmd c = random_command(&r, &m, &next_id);
        c.inst = f.inst;
        ft_exch_apply(f.ex, i, &c, &f.q);
        m_apply(&m, &c, model_types);
        int n = 0;
        for (const struct ft_ex_event *e; (e = ft_ex_events_next(&f.q)) != NULL;) {
            if (e->kind == FT_EX_INDICATIVE)
                continue;
            if (n >= m.events || !same_event(e, &m.ev[n])) {
                print_error("seed %llu command %d (kind %d): event %d is kind %d id %llu \"%s\", "
                            "the model has kind %d id %llu \"%s\" (%d events)\n",
                            (unsigned long long)seed, i, c.kind, n, e->kind,
                            (unsigned long long)e->id, ft_ex_why_text(e->why), m.ev[n].kind,
                            (unsigned long long)m.ev[n].id, ft_ex_why_text(m.ev[n].why), m.events);
                fail();
            }
            n++;
        }
        assert_int_equal(n, m.events);
        if (i % 50 == 0) {
            ft_exch_verify(f.ex);
            compare_books(&f, &m);
        }
    }
    fx_close(&f);
}

static void small_streams_are_those_of_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++)
        small_stream(seed, 5000);
}

/* ---- Long streams: what must always hold ---------------------------------------------------- */

struct shadow { /* an order as its events tell it */
    int64_t placed, filled, cancelled;
    uint64_t no;
    int64_t price;
    bool live, waiting;
};

struct stream {
    const char *name;
    uint32_t instruments;
    int64_t half_range;                          /* ticks around the middle */
    int add, cancel, replace, mass, phase, mark; /* per 10000 */
    int conditional;                             /* of 100 adds */
    int aggressive;                              /* of 100 adds */
    bool exotic;
    bool blind; /* commands do not depend on earlier events */
};

static struct shadow *shadow;
static uint64_t shadow_max;

static uint64_t commands_wanted(void)
{
    const char *text = getenv("FT_PROPERTY_COMMANDS");
    if (text)
        return strtoull(text, NULL, 10);
#if defined(__SANITIZE_ADDRESS__)
    return 1000000; /* the sanitized build is ten times slower */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return 1000000;
#endif
#endif
    return 10000000;
}

static struct ft_ex_cmd stream_command(const struct stream *s, struct ft_rng *r, uint64_t *next_id)
{
    int dice = (int)ft_rng_below(r, 10000);
    int64_t mid = s->half_range + 1000;
    struct ft_ex_cmd c = {
        .inst = (uint32_t)ft_rng_below(r, s->instruments),
        .side = ft_rng_next(r) & 1,
        .qty = ft_rng_between(r, 1, 20) * SHARE,
    };
    int64_t away = ft_rng_between(r, 1, s->half_range);
    int64_t sign = c.side == FT_EX_BUY ? -1 : 1;
    c.price = (mid + sign * away) * TICK;
    /* mostly recent ids, sometimes any */
    uint64_t window = ft_rng_below(r, 4) ? 2000 : *next_id;
    c.id = *next_id - ft_rng_below(r, window < *next_id ? window : *next_id);
    if ((dice -= s->add) < 0) {
        c.kind = FT_EX_ADD;
        c.id = ++*next_id;
        c.owner = (uint32_t)ft_rng_below(r, 50);
        if ((int)ft_rng_below(r, 100) < s->aggressive) {
            c.price = (mid - sign * ft_rng_below(r, (uint64_t)s->half_range / 8 + 1)) * TICK;
            c.qty *= 3;
        }
        if (s->exotic) {
            c.type = (uint8_t)ft_rng_below(r, FT_EX_STOP);
            c.tif = ft_rng_below(r, 8) ? FT_EX_DAY : (uint8_t)ft_rng_below(r, 3);
        }
        if ((int)ft_rng_below(r, 100) < s->conditional) {
            c.type = (uint8_t)ft_rng_between(r, FT_EX_STOP, FT_EX_TRAILING_LIMIT);
            c.trigger = (mid + ft_rng_between(r, -s->half_range, s->half_range)) * TICK;
            c.trail = ft_rng_next(r) & 1;
            c.trail_value =
                ft_rng_between(r, 1, s->half_range) * (c.trail == FT_EX_BY_AMOUNT ? TICK : 100);
            c.trail_spread = TICK;
        }
    } else if ((dice -= s->cancel) < 0) {
        c.kind = FT_EX_CANCEL;
    } else if ((dice -= s->replace) < 0) {
        c.kind = FT_EX_REPLACE;
        if (!s->blind && ft_rng_below(r, 2))
            c.price = shadow[c.id].price;
    } else if ((dice -= s->mass) < 0) {
        c.kind = FT_EX_MASS_CANCEL;
        c.owner = (uint32_t)ft_rng_between(r, 1, 49);
    } else if ((dice -= s->phase) < 0) {
        c.kind = FT_EX_PHASE;
        c.phase = (uint8_t)ft_rng_between(r, 1, 6);
        if (ft_rng_below(r, 3))
            c.phase = FT_EX_CONTINUOUS;
        c.reference = mid * TICK;
        c.fallback = ft_rng_next(r) & 1;
    } else {
        c.kind = FT_EX_MARK;
        c.price = (mid + ft_rng_between(r, -s->half_range, s->half_range) / 4) * TICK;
    }
    return c;
}

#define HOLDS(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            print_error("stream %s, command %llu: %s\n", s->name, (unsigned long long)at, #cond);  \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

/* What the fills of one taker, or of one auction, are held against. */
struct run_of_fills {
    uint64_t taker;
    uint64_t maker_no;
    int64_t price;
    int64_t auction_price;
    bool present; /* the book is as that taker left it: nothing came after */
};

/* Price and time priority: within one taker's run prices get worse only, at one price makers get
 * younger only, and a price is left behind only when nothing rests there any more. */
static void check_fill(const struct stream *s, uint64_t at, const struct fx *f,
                       struct run_of_fills *run, const struct ft_ex_event *e)
{
    const struct shadow *maker = &shadow[e->id];
    HOLDS(maker->live && maker->no < shadow[e->taker_id].no);
    if (e->auction) {
        HOLDS(!run->auction_price || run->auction_price == e->price);
        run->auction_price = e->price;
        return;
    }
    HOLDS(!maker->price || maker->price == e->price); /* 0: what a trailing limit became */
    if (run->taker == e->taker_id) {
        int64_t worse = e->side == FT_EX_BUY ? e->price - run->price : run->price - e->price;
        struct ft_ex_level left;
        HOLDS(worse >= 0);
        HOLDS(worse > 0 || maker->no > run->maker_no);
        HOLDS(worse == 0 || !run->present ||
              !ft_exch_level(f->ex, e->inst, !e->side, run->price, &left));
    }
    run->taker = e->taker_id;
    run->maker_no = maker->no;
    run->price = e->price;
}

static void fill_shadow(const struct stream *s, uint64_t at, uint64_t id, int64_t qty, int64_t left)
{
    struct shadow *o = &shadow[id];
    o->filled += qty;
    HOLDS(o->live && o->placed - o->filled - o->cancelled == left && left >= 0);
    o->live = left > 0;
}

static void note_event(const struct stream *s, uint64_t at, const struct fx *f,
                       struct run_of_fills *run, const struct ft_ex_event *e)
{
    struct shadow *o = e->id < shadow_max ? &shadow[e->id] : NULL;
    if (e->kind != FT_EX_FILL)
        *run = (struct run_of_fills){.present = run->present};
    switch (e->kind) {
    case FT_EX_ACCEPTED:
        HOLDS(o && !o->live && o->placed == 0);
        *o = (struct shadow){.placed = e->qty, .no = e->no, .price = e->price, .live = true};
        break;
    case FT_EX_TRIGGERED:
        HOLDS(o && o->live);
        o->no = e->no;
        o->price = 0;
        run->present = false;
        break;
    case FT_EX_REPLACED:
        HOLDS(o && o->live && o->filled + e->left == e->qty);
        HOLDS(e->kept == (e->no == o->no));
        o->placed = e->qty;
        o->cancelled = 0;
        o->no = e->no;
        o->price = e->price;
        break;
    case FT_EX_FILL:
        check_fill(s, at, f, run, e);
        fill_shadow(s, at, e->id, e->qty, e->left);
        fill_shadow(s, at, e->taker_id, e->qty, e->taker_left);
        break;
    case FT_EX_CANCELLED:
        HOLDS(o && o->live && o->placed - o->filled == e->qty);
        o->cancelled = e->qty;
        o->live = false;
        break;
    default: break;
    }
}

static void check_not_crossed(const struct stream *s, uint64_t at, const struct fx *f,
                              uint32_t inst)
{
    struct ft_ex_level bid, ask;
    struct ft_ex_stat stat;
    if (!ft_exch_best(f->ex, inst, FT_EX_BUY, &bid) || !ft_exch_best(f->ex, inst, FT_EX_SELL, &ask))
        return;
    if (bid.price < ask.price)
        return;
    ft_exch_stat(f->ex, inst, &stat);
    HOLDS(stat.phase != FT_EX_CONTINUOUS && stat.phase != FT_EX_BLOCKED);
}

/* placed = filled + cancelled + resting, order by order and the other way round. */
static void check_conservation(const struct stream *s, uint64_t at, const struct fx *f,
                               uint64_t next_id)
{
    uint64_t live = 0, found = 0;
    for (uint64_t id = 1; id <= next_id; id++) {
        struct ft_ex_order o;
        if (!shadow[id].live) {
            HOLDS(shadow[id].placed == shadow[id].filled + shadow[id].cancelled);
            continue;
        }
        live++;
        HOLDS(ft_exch_order(f->ex, id, &o));
        HOLDS(o.left == shadow[id].placed - shadow[id].filled && o.filled == shadow[id].filled);
        found += !o.waiting;
    }
    uint64_t resting = 0;
    for (uint32_t i = 0; i < ft_exch_instruments(f->ex); i++) {
        struct ft_ex_stat stat;
        ft_exch_stat(f->ex, i, &stat);
        resting += stat.orders[0] + stat.orders[1];
    }
    HOLDS(resting == found && live >= found);
}

static uint64_t long_stream(const struct stream *s, uint64_t commands, bool together)
{
    static struct fx f;
    struct ft_rng r;
    struct ft_err err;
    uint64_t next_id = 1;
    enum { BATCH = 64 };
    struct ft_ex_cmd cmds[BATCH];
    ft_rng_init(&r, 77, commands);
    shadow_max = commands + 3;
    shadow = calloc(shadow_max, sizeof *shadow);
    assert_non_null(shadow);
    struct ft_ex_profile p = fx_profile();
    p.special_queues = 10;
    p.auction = FT_EX_TIE_SIDE;
    fx_open(&f, p, fx_instrument());
    for (uint32_t i = 1, id; i < s->instruments; i++) {
        struct ft_ex_instrument in = fx_instrument();
        assert_int_equal(ft_exch_add_instrument(f.ex, &in, &id, &err), 0);
    }
    uint64_t at = 0;
    while (at < commands) {
        size_t n = together ? BATCH : 1;
        for (size_t i = 0; i < n; i++)
            cmds[i] = stream_command(s, &r, &next_id);
        if (together)
            ft_exch_apply_many(f.ex, (int64_t)at, cmds, n, &f.q);
        else
            ft_exch_apply(f.ex, (int64_t)at, cmds, &f.q);
        struct run_of_fills run = {.present = !together && !s->conditional};
        for (const struct ft_ex_event *e; (e = ft_ex_events_next(&f.q)) != NULL;)
            note_event(s, at, &f, &run, e);
        at += n;
        if (!together)
            check_not_crossed(s, at, &f, cmds[0].inst);
        if (at % (commands / 4 / BATCH * BATCH + BATCH) < n)
            ft_exch_verify(f.ex);
    }
    ft_exch_verify(f.ex);
    check_conservation(s, at, &f, next_id);
    uint64_t hash = ft_exch_hash(f.ex);
    fx_close(&f);
    free(shadow);
    shadow = NULL;
    return hash;
}

static void long_streams_keep_the_invariants(void **state)
{
    (void)state;
    static const struct stream streams[] = {
        {.name = "tight",
         .instruments = 1,
         .half_range = 40,
         .add = 6000,
         .cancel = 3000,
         .replace = 1000,
         .aggressive = 25},
        {.name = "wide",
         .instruments = 1,
         .half_range = 500000,
         .add = 6500,
         .cancel = 2500,
         .replace = 1000,
         .aggressive = 10},
        {.name = "many",
         .instruments = 200,
         .half_range = 300,
         .add = 6000,
         .cancel = 2900,
         .replace = 1000,
         .mass = 5,
         .phase = 95,
         .aggressive = 20,
         .exotic = true},
        {.name = "conditions",
         .instruments = 5,
         .half_range = 200,
         .add = 6000,
         .cancel = 3000,
         .replace = 800,
         .mass = 5,
         .phase = 45,
         .mark = 150,
         .aggressive = 15,
         .conditional = 40},
        {.name = "auctions",
         .instruments = 3,
         .half_range = 60,
         .add = 6900,
         .cancel = 2000,
         .replace = 1000,
         .phase = 100,
         .aggressive = 40,
         .exotic = true},
    };
    const size_t count = sizeof streams / sizeof streams[0];
    uint64_t each = commands_wanted() / count / 64 * 64 + 64;
    for (size_t i = 0; i < count; i++)
        long_stream(&streams[i], each, i == 1);
}

static void the_same_stream_gives_the_same_state(void **state)
{
    (void)state;
    static const struct stream s = {.name = "again",
                                    .instruments = 20,
                                    .half_range = 200,
                                    .add = 6000,
                                    .cancel = 2800,
                                    .replace = 1000,
                                    .mass = 5,
                                    .phase = 95,
                                    .mark = 100,
                                    .aggressive = 20,
                                    .exotic = true,
                                    .blind = true};
    uint64_t first = long_stream(&s, 192000, false);
    assert_true(long_stream(&s, 192000, false) == first);
    assert_true(long_stream(&s, 192000, true) == first);
    assert_true(long_stream(&s, 191936, true) != first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_streams_are_those_of_the_model),
        cmocka_unit_test(long_streams_keep_the_invariants),
        cmocka_unit_test(the_same_stream_gives_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
