/* Phases and the instrument's own state: what a change of phase, band, suspension does to the
 * book. When phases come is the caller's business. */
#ifndef FT_EXCHANGE_PHASES_H
#define FT_EXCHANGE_PHASES_H

#include "exchange/state.h"

/* The reason against it, FT_EX_OK when done. Each may leave a last price in `step` that the
 * caller has to note to the triggers. */
enum ft_ex_why ft_phase_set(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd);
enum ft_ex_why ft_phase_band(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd);
enum ft_ex_why ft_phase_suspend(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i,
                                bool suspended);

/* Bands, references and last prices that a caller hands in. */
bool ft_phase_prices_good(ft_price low, ft_price high, ft_price reference);

#endif
