/* The edge between the world's types and the wire's: instruments, names, times, numbers.
 *
 * Handlers translate here and nowhere else. Texts live in gw->arena (until the request or push is
 * over) or in the universe. */
#ifndef FT_GATEWAY_EDGE_H
#define FT_GATEWAY_EDGE_H

#include "Qot_Common.pb-c.h"
#include "gateway/dispatch.h"
#include "gateway/market.h"

/* The instrument of a wire security, or NULL. The obsolete market HK_Future (2) means HK. */
const struct ft_instrument *ft_edge_find(const struct ft_gateway *gw,
                                         const QotCommon__Security *s);
/* As above, but answers the request with an error that names the code when there is none. */
const struct ft_instrument *ft_edge_need(struct ft_gateway *gw, struct ft_request *req,
                                         const QotCommon__Security *s);
/* Market number of a stock or fund written "HK.00700"; 0: unknown; -1: it is something else. */
int ft_edge_stock_market(const struct ft_universe *u, const char *label);
/* "HK.00700", as messages and the Python client write it; arena. */
const char *ft_edge_label(struct ft_gateway *gw, int market, const char *code);

/* Fills a wire security; `code` points into the instrument. */
void ft_edge_security(const struct ft_instrument *inst, QotCommon__Security *out);
/* A new one in the arena; NULL without memory. */
QotCommon__Security *ft_edge_new_security(struct ft_gateway *gw,
                                            const struct ft_instrument *inst);
/* Name in the gateway's language; never NULL. */
const char *ft_edge_name(const struct ft_gateway *gw, const struct ft_instrument *inst);

/* "yyyy-MM-dd HH:mm:ss" in the instrument's zone (with ".SSS" if `ms`); *timestamp gets Unix
 * seconds unless NULL. "" for utc_ns 0. */
char *ft_edge_time(struct ft_gateway *gw, const struct ft_instrument *inst, int64_t utc_ns, bool ms,
                   double *timestamp);
/* "yyyy-MM-dd"; "" for FT_NO_DAY; *timestamp: local midnight. */
char *ft_edge_day(struct ft_gateway *gw, const struct ft_instrument *inst, ft_day day,
                  double *timestamp);
/* Label of a bar: "yyyy-MM-dd HH:mm:00", day and longer "yyyy-MM-dd 00:00:00". */
char *ft_edge_bar_time(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_bar *bar, double *timestamp);

/* Calendar day now where the instrument trades. */
ft_day ft_edge_today(const struct ft_gateway *gw, const struct ft_instrument *inst);

/* A date, perhaps with a time of day, of a request's field; an error that quotes it is answered. */
bool ft_edge_datetime(struct ft_gateway *gw, struct ft_request *req, const char *field,
                      const char *text, ft_day *day, int64_t *ns_of_day, int *has_time);
/* Qot_Common.SecurityStatus on a trading day. */
int ft_edge_status(const struct ft_instrument *inst, ft_day day);

/* Wire numbers: volumes are whole shares. */
static inline int64_t ft_edge_shares(ft_qty q)
{
    return q / FT_QTY_SCALE;
}
/* Rounded, or cut, to `decimals` as quote-realtime.md 1.3 says of the field. */
double ft_edge_round(double v, int decimals);
double ft_edge_cut(double v, int decimals);

/* New protobuf-c message of this type in the arena, initialised; NULL without memory. */
#define FT_NEW(gw, type, init) ((type *)ft_edge_init(ft_arena_alloc(&(gw)->arena, sizeof(type)),   \
                                                     (void (*)(void *))(init)))
static inline void *ft_edge_init(void *msg, void (*init)(void *))
{
    if (msg)
        init(msg);
    return msg;
}

#endif
