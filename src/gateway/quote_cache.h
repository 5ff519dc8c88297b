/* Figures of unwatched instruments, kept for the minute of world time that they were worked out in:
 * a screen over many of them, and the pages after it, ask for each once. Watched ones are read as
 * they are. */
#ifndef FT_GATEWAY_QUOTE_CACHE_H
#define FT_GATEWAY_QUOTE_CACHE_H

#include "gateway/build_quote.h"

struct ft_quote_cache;

/* The figures; the pointer is good until the next call. *gw->quote_cache is made when needed;
 * without memory the figures are worked out every time. */
const struct ft_quote *ft_quote_cached(struct ft_gateway *gw, ft_inst i);
/* Where the figures of an unwatched option are kept in the same way; *known tells whether they are
 * there, else the caller fills them in. NULL: it is watched, or there is no memory. */
struct ft_option_figures *ft_option_cached(struct ft_gateway *gw, ft_inst i, bool *known);
void ft_quote_cache_free(struct ft_quote_cache *c);

#endif
