/* Figures of unwatched instruments, kept for the minute of world time that they were worked out in:
 * a screen over many of them, and the pages after it, ask for each once. Watched ones are read as
 * they are. */
#ifndef FT_GATEWAY_QUOTE_CACHE_H
#define FT_GATEWAY_QUOTE_CACHE_H

#include "gateway/gateway.h"

struct ft_quote_cache;

/* The figures; the pointer is good until the next call. *gw->quote_cache is made when needed;
 * without memory the figures are worked out every time. */
const struct ft_quote *ft_quote_cached(struct ft_gateway *gw, ft_inst i);
void ft_quote_cache_free(struct ft_quote_cache *c);

#endif
