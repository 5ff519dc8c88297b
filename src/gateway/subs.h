/* Subscriptions: who wants which data of which instrument (quote-realtime.md 3, platform.md 12).
 *
 * A topic is an (instrument, SubType). It holds an entry a connection, watches the instrument while
 * it has any, and counts once against the quota. What is pushed and how is publish.c's matter. */
#ifndef FT_GATEWAY_SUBS_H
#define FT_GATEWAY_SUBS_H

#include "base/list.h"
#include "base/map64.h"
#include "gateway/dispatch.h"
#include "market/bar.h"
#include "market/instrument.h"
#include "market/session.h"

/* Values of Qot_Common.SubType. */
enum ft_sub_type {
    FT_SUB_QUOTE = 1, FT_SUB_BOOK = 2, FT_SUB_TICK = 4, FT_SUB_RT = 5, FT_SUB_BROKER = 14,
    FT_SUB_TYPE_MAX = 22,
};

/* The bar kind of a K-line SubType, 0 for other types. */
int ft_sub_bar_kind(int sub_type);

/* The word of the Python client for a SubType, as "K_1M"; for messages. */
const char *ft_sub_type_name(int sub_type);

struct ft_topic {
    const struct ft_instrument *inst;
    ft_inst source;          /* whose tape it shows: a continuous future's month */
    uint8_t type;            /* enum ft_sub_type */
    struct ft_list entries;  /* struct ft_sub_entry.by_topic */
    struct ft_list by_source; /* in the group of its source */

    /* Under qot_push_frequency (publish.c). */
    uint64_t due_ms;        /* loop time before which nothing more is pushed */
    uint64_t ticks_from;    /* while held: the first trade that is owed */
    struct ft_list by_held; /* something is owed: in subs->held, else alone */
};

struct ft_sub_entry {
    struct ft_topic *topic;
    struct ft_conn *conn;    /* NULL: the connection has gone, the minute is not over */
    struct ft_list by_topic, by_conn; /* by_conn: in conn->subs, or in subs->orphans */
    uint64_t since_ms;       /* loop time of the subscription */
    bool registered;         /* pushes are wanted */
    uint8_t rehabs;          /* K-lines: bits 1 << Qot_Common.RehabType */
    bool detail;             /* books: single orders too */
    unsigned sessions;       /* FT_IN_... */
    bool stale;              /* a push was left out; the newest state is owed */
    uint64_t ticks_from;     /* trades before this one it has had, or never asked for */
};

struct ft_subs {
    struct ft_map64 topics;  /* inst << 8 | type, + 1 -> struct ft_topic */
    struct ft_map64 groups;  /* source inst + 1 -> struct ft_list of topics */
    struct ft_list orphans;  /* entries whose connection has gone */
    size_t topic_count;      /* used quota */
    struct ft_list stale_conns; /* connections owed newest state: struct ft_conn.by_stale */
    struct ft_list held;        /* topics whose interval is not over: struct ft_topic.by_held */
    uint64_t held_due_ms;       /* loop time at which the first of them is due */
};

struct ft_subs *ft_subs_new(void);
void ft_subs_free(struct ft_gateway *gw);

/* Protocols 3001, 3002, 3003. */
ft_handler ft_handle_sub, ft_handle_reg_push, ft_handle_sub_info;

/* The connection's entry, or NULL. */
const struct ft_sub_entry *ft_subs_find(const struct ft_conn *c, ft_inst i, int sub_type);
/* The connection goes: its entries get no more pushes and are dropped by ft_subs_tick, at once when
 * older than a minute, else when they reach it (platform.md 12.2). Nothing is freed here, since a
 * connection can end in the middle of a push to many. */
void ft_subs_conn_gone(struct ft_conn *c);
/* Once a second: entries of gone connections whose minute is over. */
void ft_subs_tick(struct ft_gateway *gw);

/* publish.c */

/* Once a turn: pushes for everything that changed in the world, and the newest state for
 * connections that fell behind and have room again. */
void ft_subs_publish(struct ft_gateway *gw);
/* What is cached, to one connection that has just registered. */
void ft_publish_first(struct ft_gateway *gw, struct ft_sub_entry *e);

#endif
