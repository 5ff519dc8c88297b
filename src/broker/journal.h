/* What a turn changed, for the store: whole rows, each object once however often it changed, and the
 * ledger's new transactions. The gateway takes it at the end of a turn and hands it to the store,
 * which writes it as one transaction (DESIGN.md 5). */
#ifndef FT_BROKER_JOURNAL_H
#define FT_BROKER_JOURNAL_H

#include "broker/broker.h"

/* Arrays owned by the journal. */
struct ft_journal {
    struct ft_account *accounts;   size_t account_count, account_cap;
    struct ft_position *positions; size_t position_count, position_cap;
    struct ft_order *orders;       size_t order_count, order_cap;
    struct ft_combo *combos;       size_t combo_count, combo_cap;
    struct ft_fill *fills;         size_t fill_count, fill_cap;
    struct ft_fee_row *fees;       size_t fee_count, fee_cap;
    struct ft_txn *txns;           size_t txn_count, txn_cap;
    struct ft_posting *postings;   size_t posting_count, posting_cap;
    uint32_t *reset_accounts;      size_t reset_count, reset_cap; /* whose orders vanish from lists */
    struct ft_brk_counters counters;
};
void ft_journal_init(struct ft_journal *j);
void ft_journal_free(struct ft_journal *j);
/* Empties it, keeps its memory. */
void ft_journal_clear(struct ft_journal *j);
/* No rows; counters alone are nothing to write. */
bool ft_journal_is_empty(const struct ft_journal *j);

/* Append a copy of a row: 0, or -1 without memory (unchanged then). */
int ft_journal_add_account(struct ft_journal *j, const struct ft_account *row);
int ft_journal_add_position(struct ft_journal *j, const struct ft_position *row);
int ft_journal_add_order(struct ft_journal *j, const struct ft_order *row);
int ft_journal_add_combo(struct ft_journal *j, const struct ft_combo *row);
int ft_journal_add_fill(struct ft_journal *j, const struct ft_fill *row);
int ft_journal_add_fee(struct ft_journal *j, const struct ft_fee_row *row);
int ft_journal_add_txn(struct ft_journal *j, const struct ft_txn *row);
int ft_journal_add_posting(struct ft_journal *j, const struct ft_posting *row);
int ft_journal_add_reset(struct ft_journal *j, uint32_t account);

/* Moves everything that changed since the last call into `out` (cleared first). -1 without memory:
 * nothing is lost, the next call tries again. */
int ft_brk_take_changes(struct ft_brk *b, struct ft_journal *out);
bool ft_brk_has_changes(const struct ft_brk *b);

#endif
