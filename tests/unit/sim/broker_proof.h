/* What must hold of a broker at any moment, recomputed from its orders and positions. */
#ifndef FT_TEST_BROKER_PROOF_H
#define FT_TEST_BROKER_PROOF_H

#include "broker_fixture.h"
#include "broker/state.h"

struct proof_sums { ft_qty selling, buying, sell_open, buy_open; };

/* Each account's reserve is the sum of its orders'; what closes and opens of a holding the sum of the
 * open orders'; no order that is final sits at a desk; a desk's orders are open. */
static void fx_prove(const struct desk_fixture *f)
{
    const struct ft_brk *b = f->b;
    for (size_t k = 0; k < b->account_count; k++) {
        const struct acc *a = b->accounts[k];
        ft_money reserved = 0;
        struct proof_sums *sums = calloc(a->position_count + 1, sizeof *sums);
        for (size_t i = 0; i < a->order_count; i++) {
            const struct ord *o = a->orders[i];
            assert_true(o->o.filled >= 0 && o->o.filled <= o->o.qty);
            if (ft_order_is_final(o->o.status)) {
                assert_null(o->desk);
                assert_null(o->work);
                assert_int_equal(o->o.reserved, 0);
                assert_int_equal(o->closing + o->o.opening, 0);
                continue;
            }
            assert_non_null(o->desk);
            assert_true(o->o.reserved >= 0 && o->closing >= 0 && o->o.opening >= 0);
            reserved += o->o.reserved;
            if (o->o.status != FT_ST_DISABLED)
                assert_int_equal(o->closing + o->o.opening, o->o.qty - o->o.filled);
            bool buy = life_is_buy(o);
            for (size_t j = 0; j < a->position_count; j++) {
                const struct pos *p = a->positions[j];
                if (!o->combo && p->p.inst == o->o.inst) {
                    *(buy ? &sums[j].buying : &sums[j].selling) += o->closing;
                    *(buy ? &sums[j].buy_open : &sums[j].sell_open) += o->o.opening;
                }
                for (size_t l = 0; o->combo && l < o->combo->count; l++)
                    if (p->p.inst == o->combo->leg[l].inst)
                        *(o->combo->leg[l].side == FT_SIDE_BUY ? &sums[j].buying
                                                               : &sums[j].selling) +=
                            o->legs[l].closing;
            }
        }
        assert_int_equal(a->reserved, reserved);
        for (size_t j = 0; j < a->position_count; j++) {
            const struct pos *p = a->positions[j];
            assert_int_equal(p->selling, sums[j].selling);
            assert_int_equal(p->buying, sums[j].buying);
            assert_int_equal(p->sell_open, sums[j].sell_open);
            assert_int_equal(p->buy_open, sums[j].buy_open);
            assert_true(p->selling <= (p->p.qty > 0 ? p->p.qty : 0));
            assert_true(p->buying <= (p->p.qty < 0 ? -p->p.qty : 0));
            assert_true(p->p.cost >= 0);
            if (p->p.qty == 0)
                assert_true(p->p.cost == 0 && p->p.diluted == 0 && p->p.marked == 0);
        }
        free(sums);
    }
    for (size_t k = 0; k < b->due.count; k++) {
        const struct desk *d = ft_container_of(b->due.node[k], struct desk, due);
        for (const struct ft_list *l = d->orders.next; l != &d->orders; l = l->next)
            assert_false(ft_order_is_final(ft_container_of(l, struct ord, by_desk)->o.status));
    }
}

#endif
