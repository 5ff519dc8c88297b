/* The ledger: every movement has two sides, so that each unit adds up to zero over all holders, always.
 * Balances of cash and quantities of positions change here and nowhere else. */
#include "broker/state.h"

#include "base/check.h"

#include <string.h>

struct ft_txn *ledger_begin(struct ft_brk *b, enum ft_txn_kind kind, const struct acc *a,
                            uint64_t order, uint64_t fill, ft_day clearing, ft_day settle)
{
    struct ft_journal *j = &b->pending;
    FT_CHECK(ft_brk_grow(&j->txns, sizeof *j->txns, j->txn_count, &j->txn_cap) == 0);
    struct ft_txn *t = &j->txns[j->txn_count++];
    memset(t, 0, sizeof *t);
    t->id = ++b->counters.txn;
    t->time_ns = b->now_ns;
    t->clearing_day = clearing;
    t->settle_day = settle;
    t->kind = kind;
    t->account = a->a.index;
    t->order = order;
    t->fill = fill;
    return t;
}

static struct ft_posting *post(struct ft_brk *b)
{
    struct ft_journal *j = &b->pending;
    FT_CHECK(j->txn_count > 0);
    FT_CHECK(ft_brk_grow(&j->postings, sizeof *j->postings, j->posting_count, &j->posting_cap) == 0);
    uint64_t txn = j->txns[j->txn_count - 1].id;
    uint16_t line = 0;
    if (j->posting_count && j->postings[j->posting_count - 1].txn == txn)
        line = (uint16_t)(j->postings[j->posting_count - 1].line + 1);
    struct ft_posting *p = &j->postings[j->posting_count++];
    memset(p, 0, sizeof *p);
    p->txn = txn;
    p->line = line;
    return p;
}

static void move_cash(struct ft_brk *b, struct acc *a, enum ft_holder other, enum ft_currency c,
                      ft_money amount)
{
    if (amount == 0)
        return;
    struct ft_posting *p = post(b);
    p->holder = FT_HOLD_ACCOUNT;
    p->account = a->a.index;
    p->is_cash = true;
    p->currency = c;
    p->amount = amount;
    p = post(b);
    p->holder = other;
    p->is_cash = true;
    p->currency = c;
    p->amount = -amount;
    FT_CHECK(ft_add(a->a.cash[c], amount, &a->a.cash[c]) == 0);
    brk_account_changed(b, a);
}

void ledger_cash(struct ft_brk *b, struct acc *a, enum ft_holder other, enum ft_currency c,
                 ft_money amount)
{
    move_cash(b, a, other, c, amount);
    enum ft_currency base = (enum ft_currency)a->a.currency;
    if (c == base || a->a.universal || amount == 0)
        return;
    /* An account of one currency holds no other: exchanged at once, at the rate that risk counts with. */
    move_cash(b, a, FT_HOLD_FX, c, -amount);
    move_cash(b, a, FT_HOLD_FX, base, risk_to_base(b, a, c, amount));
}

void ledger_shares(struct ft_brk *b, struct acc *a, struct pos *pos, ft_qty qty)
{
    if (qty == 0)
        return;
    struct ft_posting *p = post(b);
    p->holder = FT_HOLD_ACCOUNT;
    p->account = a->a.index;
    p->inst = pos->p.inst;
    p->amount = qty;
    p = post(b);
    p->holder = FT_HOLD_VENUE;
    p->inst = pos->p.inst;
    p->amount = -qty;
    FT_CHECK(ft_add(pos->p.qty, qty, &pos->p.qty) == 0);
    brk_position_changed(b, pos);
}
