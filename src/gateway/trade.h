/* The broker inside the gateway: rules, store, venue and broker, their start and stop; replies and
 * pushes that wait for the disk; who gets which account's pushes. */
#ifndef FT_GATEWAY_TRADE_H
#define FT_GATEWAY_TRADE_H

#include "broker/broker.h"
#include "gateway/audit.h"
#include "gateway/conn.h"
#include "gateway/gate.h"
#include "sim/venue.h"
#include "store/store.h"

struct ft_trade {
    struct ft_rulebook *rules;
    struct ft_store *store;
    struct ft_sim_venue *venue;
    struct ft_brk *brk;
    struct ft_journal journal; /* of the turn under way */
    struct ft_venue port;      /* of the venue; the broker refers to it */

    struct ft_gate gate;
    struct ft_list holding; /* connections that hold frames: struct ft_conn.by_held */
    struct ft_buf scratch;  /* frame on its way to be held */
    uv_async_t wake;        /* the storage thread has committed */
    bool failed;            /* the store or the audit log has; nothing is acknowledged any more */
    bool audit_failed;      /* it was the audit log */
    char failure[FT_ERR_TEXT_MAX];

    struct ft_audit *audit;
    bool waits_for_audit;   /* a reply was held that needs no commit */

    uint64_t handed_over_ms; /* loop time of the last one */

    struct ft_list *pushed_to; /* by account index: struct ft_acc_sub.by_account */
    size_t pushed_accounts;
};

/* trade.c */

/* Opens the store, before the market starts: it knows how far the world's time has come. -1 with a
 * reason; ft_trade_free cleans up. */
int ft_trade_open(struct ft_gateway *gw, struct ft_err *err);
/* The broker on the market that has been started: what the store remembers, and what should have
 * happened meanwhile. */
int ft_trade_start(struct ft_gateway *gw, struct ft_err *err);
/* Hands over and waits for what is not on disk, lets held replies go: before connections are closed
 * at a clean stop. */
void ft_trade_settle(struct ft_gateway *gw);
/* Closes the store; while the loop's handles are open still. */
void ft_trade_close_store(struct ft_gateway *gw);
void ft_trade_free(struct ft_gateway *gw);
/* Once a turn, after the world was stepped: pushes what happened, hands the changes to the store. */
void ft_trade_turn(struct ft_gateway *gw);
/* Once a second. */
void ft_trade_tick(struct ft_gateway *gw);
/* `opend -check`: prints each fault of data_dir. Exit code. */
int ft_trade_check(const struct ft_config *config);

/* trade_hold.c */

/* Sends a reply or a push's plain frame once everything it can tell of is on disk, in order with
 * what the connection has waiting already. */
void ft_trade_reply(struct ft_gateway *gw, struct ft_conn *c, const struct ft_frame_head *head,
                    const ProtobufCMessage *msg);
void ft_trade_send_frame(struct ft_gateway *gw, struct ft_conn *c, const uint8_t *frame, size_t len);
/* The turn of the gate that a reply made now waits for; 0: for none. */
uint64_t ft_trade_awaits(const struct ft_gateway *gw);
/* Sends what has become due. */
void ft_trade_release(struct ft_gateway *gw);
/* Answers what is held with the store's failure. */
void ft_trade_fail_held(struct ft_gateway *gw);
/* Whether the connection still waits for replies. */
static inline bool ft_trade_holds(const struct ft_conn *c)
{
    return ft_buf_len(&c->held) > 0;
}

/* trade_push.c */

/* Once the broker has opened its accounts, which stay the same from then on. -1 without memory. */
int ft_trade_push_start(struct ft_trade *t);
/* Replaces what the connection gets pushes for. -1 without memory (unchanged then). */
int ft_trade_subscribe(struct ft_gateway *gw, struct ft_conn *c, const uint32_t *accounts, size_t n);
/* The connection goes: no more pushes, nothing held. */
void ft_trade_conn_gone(struct ft_conn *c);
/* Pushes 2208 and 2218 for everything that happened. */
void ft_trade_publish(struct ft_gateway *gw);

#endif
