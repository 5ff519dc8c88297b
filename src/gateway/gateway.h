/* The gateway: what its own files share. One loop thread owns all of it.
 *
 * A turn of the loop reads what has arrived (conn), dispatches each request (dispatch, handlers),
 * and writes once per connection what the turn produced (conn_flush). */
#ifndef FT_GATEWAY_GATEWAY_H
#define FT_GATEWAY_GATEWAY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/map64.h"
#include "gateway/backend.h"
#include "gateway/config.h"
#include "gateway/counters.h"
#include "gateway/delay.h"
#include "gateway/listener.h"
#include "gateway/login.h"
#include "gateway/market.h"
#include "gateway/refdata.h"
#include "gateway/web/web.h"
#include "wire/cipher.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <uv.h>

/* Version of the vendor's OpenD whose protocol is spoken, as InitConnect and GetGlobalState tell
 * it (major * 100 + minor, build): clients decide by it which features they may use. */
enum { FT_SERVER_VER = 1011, FT_SERVER_BUILD = 7108 };

struct ft_conn;
struct ft_operator_desk;
struct ft_reminders;
struct ft_request;
struct ft_trade;

struct ft_gateway {
    struct ft_config config;
    uv_loop_t *loop;
    struct ft_logins logins;
    struct ft_rsa *rsa; /* NULL: no encryption */
    struct ft_sha1 *sha;

    struct ft_listener api; /* listener.c */
    struct ft_web web;      /* web/web.c */

    /* conn.c */
    struct ft_list conns;         /* every socket, closing ones too, oldest first */
    struct ft_list dirty;         /* with output that this turn produced */
    struct ft_list waiting_first; /* InitConnect answered, first push still held back */
    struct ft_map64 conn_by_id;
    size_t conn_count;  /* all sockets */
    size_t place_count; /* those that count against max_connections */
    uint8_t *read_buf;  /* shared by all connections: what is left over is copied away */
    struct ft_buf plain_in;  /* decrypted body of the frame under way */
    struct ft_buf plain_out; /* body on its way to encryption */
    struct ft_arena arena; /* request under way */

    struct ft_operator_desk *desk; /* console/desk.c: the operation console; NULL: none */

    /* server.c */
    uint64_t started_ns; /* monotonic */
    uv_check_t after_poll;
    uv_prepare_t before_poll;
    uv_timer_t second;      /* idle rule, closing bounds */
    uv_timer_t first_push;  /* head of waiting_first */
    uv_signal_t sigint, sigterm, sighup;
    bool stopping;
    uint64_t stop_at_ms; /* loop time at which a stop no longer waits for slow readers */

    struct ft_backend backend; /* backend.c */
    struct ft_delay delay;
    struct ft_counters counters;
    struct ft_trade *trade; /* trade.c: the broker, its store, what waits for the disk */

    /* market.c, subs.c, publish.c */
    struct ft_universe *universe;
    struct ft_world *world;
    struct ft_market_clock clock;
    uv_timer_t due; /* the next thing that the world does by itself */
    uint64_t due_at_ms;
    uv_timer_t jump; /* while the clock is set ahead */
    uv_timer_t warm; /* works on the sheet in small pieces, see market.c */
    struct ft_subs *subs;
    struct ft_quote_cache *quote_cache; /* quote_cache.c; NULL until a screen needs it */
    struct ft_sheet *sheet;             /* market.c; likewise */
    struct ft_reminders *reminders; /* reminders.c */
    struct ft_refdata refdata;
    struct ft_arena push_arena;
    struct ft_buf push_frames; /* a push in the forms that were made of it */
    uv_timer_t held_pushes;    /* publish.c: the next topic's interval is over */
    uint32_t push_serial;      /* of the last push: one count, since the bytes are shared */
};

/* Opens or closes the listeners by the number of connections (platform.md 4.6: full means no
 * listener). */
void ft_gateway_adjust_listeners(struct ft_gateway *gw);

/* Sets everything up and starts to listen. -1 with a reason; ft_gateway_free cleans up. */
int ft_gateway_start(struct ft_gateway *gw, uv_loop_t *loop, const struct ft_config *config,
                     struct ft_err *err);
/* Begins a clean stop: listener down, queued output flushed within a bound, then all closed. */
void ft_gateway_stop(struct ft_gateway *gw);
void ft_gateway_free(struct ft_gateway *gw);
/* Makes the folder, owner-only, with those above it. */
int ft_make_data_dir(const char *path, struct ft_err *err);
/* Log files as configured, beside standard error. -1 with a reason. */
int ft_open_logs(const struct ft_config *config, struct ft_err *err);
/* One duty cycle: writes what was produced. Returns the number of connections written. */
int ft_gateway_flush(struct ft_gateway *gw);

/* Text in the gateway's language; both forms are checked against the arguments by the compiler. */
#define FT_TEXT(gw, en, chs) ((gw)->config.lang == FT_LANG_EN ? (en) : (chs))

#endif
