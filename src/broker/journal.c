/* The journal's arrays: they grow by doubling and keep their memory, so that a warm gateway allocates
 * nothing for what a turn changed. What goes in is the broker's choice (ft_brk_take_changes). */
#include "broker/journal.h"

#include <stdlib.h>
#include <string.h>

void ft_journal_init(struct ft_journal *j)
{
    memset(j, 0, sizeof *j);
}

void ft_journal_free(struct ft_journal *j)
{
    free(j->accounts);
    free(j->positions);
    free(j->orders);
    free(j->combos);
    free(j->fills);
    free(j->fees);
    free(j->txns);
    free(j->postings);
    free(j->reset_accounts);
    ft_journal_init(j);
}

void ft_journal_clear(struct ft_journal *j)
{
    j->account_count = j->position_count = j->order_count = j->combo_count = j->fill_count = 0;
    j->fee_count = j->txn_count = j->posting_count = j->reset_count = 0;
    memset(&j->counters, 0, sizeof j->counters);
}

bool ft_journal_is_empty(const struct ft_journal *j)
{
    return !j->account_count && !j->position_count && !j->order_count && !j->combo_count &&
           !j->fill_count && !j->fee_count && !j->txn_count && !j->posting_count && !j->reset_count;
}

/* The array with room for one row more, moved if need be; NULL without memory. */
static void *with_room(void *array, size_t count, size_t *cap, size_t size)
{
    enum { FIRST = 16 };
    if (count < *cap)
        return array;
    size_t more = *cap ? *cap * 2 : FIRST;
    void *moved = more > SIZE_MAX / size ? NULL : realloc(array, more * size);
    if (moved)
        *cap = more;
    return moved;
}

#define ADD(name, type)                                                                            \
    int ft_journal_add_##name(struct ft_journal *j, const struct type *row)                        \
    {                                                                                              \
        struct type *a = with_room(j->name##s, j->name##_count, &j->name##_cap, sizeof *row);      \
        if (!a)                                                                                    \
            return -1;                                                                             \
        j->name##s = a;                                                                            \
        a[j->name##_count++] = *row;                                                               \
        return 0;                                                                                  \
    }
ADD(account, ft_account)
ADD(position, ft_position)
ADD(order, ft_order)
ADD(combo, ft_combo)
ADD(fill, ft_fill)
ADD(fee, ft_fee_row)
ADD(txn, ft_txn)
ADD(posting, ft_posting)
#undef ADD

int ft_journal_add_reset(struct ft_journal *j, uint32_t account)
{
    uint32_t *a = with_room(j->reset_accounts, j->reset_count, &j->reset_cap, sizeof *a);
    if (!a)
        return -1;
    j->reset_accounts = a;
    a[j->reset_count++] = account;
    return 0;
}
