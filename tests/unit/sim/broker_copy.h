/* What a store would keep of a broker, in plain memory, and a second broker made from it. */
#ifndef FT_TEST_BROKER_COPY_H
#define FT_TEST_BROKER_COPY_H

#include "broker_proof.h"

struct copy {
    struct ft_account accounts[32];
    struct ft_position positions[256];
    struct ft_order orders[4096];
    struct ft_combo combos[64];
    struct ft_fill fills[4096];
    struct ft_fee_row fees[4096];
    size_t account_count, position_count, order_count, combo_count, fill_count, fee_count;
    struct ft_brk_counters counters;
};

#define COPY_ROWS(c, j, name, max, equal)                                                          \
    for (size_t k = 0; k < (j)->name##_count; k++) {                                               \
        size_t at = 0;                                                                             \
        while (at < (c)->name##_count && !(equal))                                                 \
            at++;                                                                                  \
        assert_true(at < (max));                                                                   \
        (c)->name##s[at] = (j)->name##s[k];                                                        \
        (c)->name##_count += at == (c)->name##_count;                                              \
    }

static inline void copy_keep(void *user, const struct ft_journal *j)
{
    struct copy *c = user;
    COPY_ROWS(c, j, account, 32, c->accounts[at].id == j->accounts[k].id)
    COPY_ROWS(c, j, position, 256, c->positions[at].id == j->positions[k].id)
    COPY_ROWS(c, j, order, 4096, c->orders[at].id == j->orders[k].id)
    COPY_ROWS(c, j, combo, 64, c->combos[at].order == j->combos[k].order)
    COPY_ROWS(c, j, fill, 4096, c->fills[at].id == j->fills[k].id)
    COPY_ROWS(c, j, fee, 4096, c->fees[at].order == j->fees[k].order &&
                                   c->fees[at].item == j->fees[k].item)
    if (!ft_journal_is_empty(j))
        c->counters = j->counters;
}

static inline int copy_by_id(const void *x, const void *y)
{
    uint64_t a = ((const struct ft_order *)x)->id, b = ((const struct ft_order *)y)->id;
    return (a > b) - (a < b);
}
static inline int copy_by_position(const void *x, const void *y)
{
    uint64_t a = ((const struct ft_position *)x)->id, b = ((const struct ft_position *)y)->id;
    return (a > b) - (a < b);
}

/* A new world at `now_ns`, a new broker that remembers; `from`'s ledger goes on in `f`. */
static inline void copy_open(struct desk_fixture *f, struct copy *c, enum ft_clock_mode mode,
                             int64_t now_ns, const struct desk_fixture *from,
                             const struct ft_brk_options *options)
{
    struct ft_err err = {0};
    fx_open(f, mode, now_ns, options);
    memcpy(f->cash, from->cash, sizeof f->cash);
    memcpy(f->held, from->held, sizeof f->held);
    f->held_count = from->held_count;
    f->txns = from->txns;
    f->keep = copy_keep;
    f->user = c;
    qsort(c->orders, c->order_count, sizeof c->orders[0], copy_by_id);
    qsort(c->positions, c->position_count, sizeof c->positions[0], copy_by_position);
    for (size_t k = 0; k < c->account_count; k++)
        assert_int_equal(ft_brk_load_account(f->b, &c->accounts[k], &err), 0);
    for (size_t k = 0; k < c->position_count; k++)
        assert_int_equal(ft_brk_load_position(f->b, &c->positions[k], &err), 0);
    for (size_t k = 0; k < c->order_count; k++)
        assert_int_equal(ft_brk_load_order(f->b, &c->orders[k], &err), 0);
    for (size_t k = 0; k < c->combo_count; k++)
        assert_int_equal(ft_brk_load_combo(f->b, &c->combos[k], &err), 0);
    for (size_t k = 0; k < c->fill_count; k++)
        assert_int_equal(ft_brk_load_fill(f->b, &c->fills[k], &err), 0);
    for (size_t k = 0; k < c->fee_count; k++)
        assert_int_equal(ft_brk_load_fee(f->b, &c->fees[k], &err), 0);
    ft_brk_load_counters(f->b, &c->counters);
    fx_begin(f);
}

#endif
