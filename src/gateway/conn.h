/* A connection: socket, frames in, frames out, its session's keys, its end.
 *
 * How messages lie on its stream is its framing's matter (framing.h); whether the stream lies in TLS
 * records is seen where bytes come in (conn.c) and go out (conn_out.c), nowhere else.
 *
 * Life: accepted (ft_conn_accept) -> fresh -> InitConnect answered (session) -> closing (output
 * flushed, half-closed) -> socket closed -> freed in the close callback. A closing connection
 * takes no more requests and is found by nobody. */
#ifndef FT_GATEWAY_CONN_H
#define FT_GATEWAY_CONN_H

#include "gateway/framing.h"
#include "gateway/gateway.h"
#include "gateway/replay.h"

enum ft_conn_state {
    FT_CONN_FRESH,    /* nothing but InitConnect is served */
    FT_CONN_READY,    /* InitConnect was answered */
    FT_CONN_DETACHED, /* silent and superseded: holds nothing, closed on its next frame */
    FT_CONN_CLOSING,  /* output under way, then the end */
};

/* Subscribers of the same things get neighbouring frames: one part. */
enum { FT_CONN_SHARED_PARTS = 6 };

struct ft_conn {
    /* What appending a push needs comes first and together: with many subscribers, the cache lines
     * that a push touches at each of them are what it costs. */
    struct ft_gateway *gw;
    enum ft_conn_state state;
    uint8_t push_format;      /* session.c: enum ft_push_form */
    bool writing;             /* `write` is under way over `tail` */
    struct ft_aes *aes;       /* session.c; NULL: plain */
    struct ft_tls *tls;       /* web/tls.c; NULL: the stream is the socket's */
    struct ft_list by_dirt;   /* in gw->dirty, or alone */
    struct ft_buf out;        /* frames; the head is always the start of one, or an answer of HTTP */
    uint64_t frames_out;
    /* Frames of this turn's pushes that follow `out`, where they lie in gw->push_frames: written
     * from there without a copy, or copied when the socket does not take them. */
    size_t shared_len;        /* of all parts */
    unsigned shared_count;
    struct { size_t at, len; } shared[FT_CONN_SHARED_PARTS];

    const struct ft_listener *listener; /* through which it came */
    const struct ft_framing *framing;
    void *framing_state;      /* the framing's own */
    size_t out_lead;          /* bytes at the head of `out` that are no frame: an answer of HTTP */
    bool has_place;           /* counts against max_connections */
    bool relay;               /* a WebSocket client: relay messages (platform.md 9) */
    struct ft_login *login;   /* whose it is; never NULL */
    uv_tcp_t tcp;
    uint64_t id;              /* random, 1 to 2^63 - 1 */
    char peer[64];            /* address without port */
    uint64_t last_frame_ms;   /* loop time */
    struct ft_list by_age;    /* in gw->conns */
    struct ft_list by_first;  /* in gw->waiting_first, or alone */

    struct ft_buf in;         /* beginning of a frame whose rest has not arrived */
    struct ft_buf tail;       /* rest of the one frame that the socket took in part */
    uv_write_t write;
    uv_shutdown_t shutdown;
    bool shut;                /* our side is closed, waiting for the peer's */
    bool peer_ended;          /* the peer's side is closed */
    bool handle_closed;       /* uv_close was called */
    uint64_t close_at_ms;     /* end of patience while closing */

    /* session.c */
    char client_id[64];
    bool is_python;           /* by programmingLanguage */
    bool recv_notify;
    bool knows_key;           /* its InitConnect came encrypted with the gateway's RSA key */
    bool init_was_rsa;        /* the frame under way came in under RSA */
    char aes_key[FT_AES_KEY_SIZE + 1];
    char aes_iv[FT_AES_KEY_SIZE + 1];
    uint64_t first_push_at_ms;
    bool push_ready;          /* held-back pushes may go */
    uint32_t push_serial;

    struct ft_list subs;      /* subs.c: its struct ft_sub_entry */
    struct ft_list by_stale;  /* publish.c: owed newest state, or alone */

    struct ft_replay replay;  /* serials of its write requests */
    struct ft_list acc_subs;  /* trade_push.c: accounts whose pushes it gets */
    struct ft_buf held;       /* trade_hold.c: frames that wait for the disk */
    struct ft_list by_held;   /* in trade->holding, or alone */

    uint64_t frames_in, bytes_in, bytes_out;
};

/* The key under which its InitConnect may come; NULL: no encryption. */
static inline struct ft_rsa *ft_conn_rsa(const struct ft_conn *c)
{
    return c->listener->rsa ? c->listener->rsa : c->gw->rsa;
}

/* Accepts from the listener. `takes_place`: counts against max_connections. NULL: nothing came of it. */
struct ft_conn *ft_conn_accept(struct ft_gateway *gw, struct ft_listener *l,
                               const struct ft_framing *framing, bool takes_place);

/* Begins the end: what is queued is still sent (unless `drop_queued`, which keeps only the frame
 * under way), within a bound; then the socket closes. The reason goes to the log. Idempotent. */
void ft_conn_close(struct ft_conn *c, bool drop_queued, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a frame with this message, in head->format, under the session's cipher or as `cover`
 * says. Closes the connection when its output bound is exceeded; -1 then. */
int ft_conn_send(struct ft_conn *c, const struct ft_frame_head *head, const ProtobufCMessage *msg,
                 enum ft_cover cover);
/* Appends a plain frame that was built for many, under the session's cipher. As ft_conn_send. */
int ft_conn_send_frame(struct ft_conn *c, const uint8_t *frame, size_t len);
/* The same for a frame that lies in gw->push_frames and stays there until the next flush. */
int ft_conn_send_shared(struct ft_conn *c, size_t at, size_t len);
/* Whether so much waits for the reader that it should get newest states instead of every one. */
bool ft_conn_backed_up(const struct ft_conn *c);
/* There is something that the end of the turn shall write. */
void ft_conn_mark_dirty(struct ft_conn *c);
/* Writes what this turn produced. */
void ft_conn_flush(struct ft_conn *c);
/* Frees what the silent connection holds but leaves its socket open (platform.md 4.6). */
void ft_conn_detach(struct ft_conn *c);
/* Closes the socket at once, whatever is queued: the end of the process. */
void ft_conn_abandon(struct ft_conn *c);
/* Once a second: idle rule and closing bounds. */
void ft_conns_tick(struct ft_gateway *gw);

#endif
