#include "gateway/web/websocket.h"

#include "InitWebSocket.pb-c.h"
#include "base/log.h"
#include "base/secret.h"
#include "gateway/dispatch.h"
#include "gateway/session.h"
#include "gateway/trade.h"
#include "wire/relay_frame.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wslay/wslay.h>

enum {
    CONTROL_MAX = 64 * 1024, /* control frames that one arrival may cause */
    /* Pieces of one message: each costs memory of its own, however small it is. */
    FRAGMENTS_MAX = 1024,
};

struct ft_ws {
    wslay_event_context_ptr ctx;
    const uint8_t *in; /* arrived and not yet taken in */
    size_t in_len;
    struct ft_buf control; /* frames that wslay writes, before they go to the connection's output */
    unsigned fragments;
    uint16_t status;     /* told in the Close frame */
    bool peer_closed;    /* the peer's Close frame came */
    bool broken;         /* wslay has nothing more to say */
    uint64_t pinged_ms;  /* loop time */
};

/* ---- Between wslay and the connection ---------------------------------------------------------- */

static ssize_t on_want_bytes(wslay_event_context_ptr ctx, uint8_t *out, size_t n, int flags,
                             void *user)
{
    (void)flags;
    struct ft_conn *c = user;
    struct ft_ws *w = c->framing_state;
    if (w->in_len == 0 || c->state == FT_CONN_CLOSING) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (n > w->in_len)
        n = w->in_len;
    memcpy(out, w->in, n);
    w->in += n;
    w->in_len -= n;
    return (ssize_t)n;
}

static ssize_t on_control_bytes(wslay_event_context_ptr ctx, const uint8_t *bytes, size_t n,
                                int flags, void *user)
{
    (void)flags;
    struct ft_ws *w = ((struct ft_conn *)user)->framing_state;
    if (ft_buf_append(&w->control, bytes, n)) {
        wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)n;
}

/* What wslay has to say (pongs, pings, a Close frame) goes to the output, whole frames at once. */
static void send_control(struct ft_conn *c)
{
    struct ft_ws *w = c->framing_state;
    if (!wslay_event_want_write(w->ctx))
        return;
    int rc = wslay_event_send(w->ctx);
    size_t len = ft_buf_len(&w->control);
    if (c->state == FT_CONN_CLOSING) {
        if (rc == 0)
            ft_buf_append(&c->out, ft_buf_head(&w->control), len);
    } else if (rc) {
        ft_conn_close(c, true, "WebSocket: more control frames than a peer may cause at once");
    } else if (len) {
        ft_conn_send_frame(c, ft_buf_head(&w->control), len);
    }
    ft_buf_consume(&w->control, ft_buf_len(&w->control));
    ft_buf_trim(&w->control, 0);
}

/* ---- Init: what InitConnect is elsewhere (9.3) -------------------------------------------------- */

static void send_init_reply(struct ft_conn *c, const struct ft_relay_head *head,
                            const InitWebSocket__Response *r)
{
    struct ft_buf *frame = &c->gw->plain_out;
    ft_buf_consume(frame, ft_buf_len(frame));
    if (ft_relay_append(frame, head, &r->base, NULL) == 0)
        ft_conn_send_frame(c, ft_buf_head(frame), ft_buf_len(frame));
}

/* Clients take a body and no error for success, whatever retType says: so an error, and words. */
static void refuse_init(struct ft_conn *c, const struct ft_relay_request *req, const char *errmsg,
                        const char *words)
{
    InitWebSocket__Response r = INIT_WEB_SOCKET__RESPONSE__INIT;
    r.rettype = FT_RET_FAILED;
    r.retmsg = (char *)words;
    r.has_errcode = 1;
    struct ft_relay_head head = {req->cmd, req->section, FT_RELAY_REFUSED, errmsg};
    send_init_reply(c, &head, &r);
    struct ft_ws *w = c->framing_state;
    w->status = WSLAY_CODE_POLICY_VIOLATION;
    ft_conn_close(c, false, "Init refused: %s", errmsg);
}

static bool key_fits(const struct ft_gateway *gw, const char *given)
{
    const char *want = gw->config.websocket_key_md5;
    return !want[0] || (given && ft_secret_md5_equal(given, want));
}

static void on_init(struct ft_conn *c, const struct ft_relay_request *req)
{
    struct ft_gateway *gw = c->gw;
    ft_arena_reset(&gw->arena);
    const InitWebSocket__Request *msg = (const InitWebSocket__Request *)ft_body_read(
        &init_web_socket__request__descriptor, FT_BODY_PROTOBUF, req->body, req->body_len,
        &gw->arena, NULL);
    if (!msg) {
        refuse_init(c, req, "bad Init request",
                    FT_TEXT(gw, "the body is no InitWebSocket.Request", "请求内容不是 InitWebSocket.Request"));
        return;
    }
    const InitWebSocket__C2S *c2s = msg->c2s;
    if (!key_fits(gw, c2s ? c2s->websocketkey : NULL)) {
        refuse_init(c, req, "wrong websocketKey",
                    FT_TEXT(gw, "websocketKey is not the MD5 of this gateway's key",
                            "websocketKey 与网关密钥的 MD5 不符"));
        return;
    }
    InitWebSocket__S2C s2c = INIT_WEB_SOCKET__S2_C__INIT;
    s2c.has_servertime = s2c.has_connid = 1;
    s2c.servertime = time(NULL);
    s2c.connid = c->id;
    InitWebSocket__Response r = INIT_WEB_SOCKET__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    struct ft_relay_head head = {.cmd = req->cmd, .section = req->section};
    send_init_reply(c, &head, &r);
    ft_session_open_relay(c, c2s && c2s->clientid ? c2s->clientid : "",
                          c2s && c2s->programminglanguage ? c2s->programminglanguage : "");
}

/* ---- What arrives ------------------------------------------------------------------------------ */

static void on_message(struct ft_conn *c, const uint8_t *bytes, size_t n)
{
    struct ft_relay_request req;
    if (!ft_relay_read(bytes, n, &req)) {
        ft_debug("event=message conn=%llu bytes=%zu outcome=\"ignored: too short, or not the sign "
                 "ft-v1.0\"", (unsigned long long)c->id, n);
        return;
    }
    c->frames_in++;
    if (req.cmd == FT_RELAY_INIT) {
        on_init(c, &req);
        return;
    }
    struct ft_frame_head head = {req.cmd, req.section, FT_BODY_PROTOBUF};
    ft_dispatch(c, &head, req.body, req.body_len);
}

static void on_frame_begins(wslay_event_context_ptr ctx,
                            const struct wslay_event_on_frame_recv_start_arg *frame, void *user)
{
    struct ft_conn *c = user;
    struct ft_ws *w = c->framing_state;
    c->last_frame_ms = uv_now(c->gw->loop);
    if (frame->opcode != WSLAY_CONTINUATION_FRAME)
        w->fragments = wslay_is_ctrl_frame(frame->opcode) ? w->fragments : 0;
    else if (++w->fragments > FRAGMENTS_MAX)
        wslay_event_queue_close(ctx, WSLAY_CODE_MESSAGE_TOO_BIG, NULL, 0),
            wslay_event_shutdown_read(ctx);
}

static void on_whole(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *msg,
                     void *user)
{
    (void)ctx;
    struct ft_conn *c = user;
    if (c->state == FT_CONN_CLOSING)
        return;
    if (msg->opcode == WSLAY_BINARY_FRAME) /* text is ignored (9.2) */
        on_message(c, msg->msg, msg->msg_length);
    else if (msg->opcode == WSLAY_CONNECTION_CLOSE)
        ((struct ft_ws *)c->framing_state)->peer_closed = true;
}

/* The peer's Close frame is answered when what it asked for is. */
static void peer_closes(struct ft_conn *c)
{
    c->peer_ended = true;
    if (!ft_trade_holds(c)) /* else trade_hold.c closes it once the disk has what its replies tell of */
        ft_conn_close(c, false, "closed by the client");
}

static size_t take(struct ft_conn *c, const uint8_t *bytes, size_t n)
{
    struct ft_ws *w = c->framing_state;
    if (w->peer_closed)
        return n; /* nothing may follow a Close frame (RFC 6455, 5.5.1) */
    w->in = bytes;
    w->in_len = n;
    int rc = wslay_event_recv(w->ctx);
    w->in_len = 0;
    if (c->state == FT_CONN_CLOSING)
        return n;
    if (rc == WSLAY_ERR_CALLBACK_FAILURE) {
        /* wslay gives up on such a header, and has queued a Close frame that tells nothing. */
        w->broken = true;
        w->status = WSLAY_CODE_PROTOCOL_ERROR;
        ft_conn_close(c, false, "WebSocket: not a frame that RFC 6455 allows");
    } else if (rc)
        ft_conn_close(c, true, "WebSocket: no memory for a message");
    else if (w->peer_closed)
        peer_closes(c);
    else if (!wslay_event_get_read_enabled(w->ctx))
        ft_conn_close(c, false, "WebSocket: not a frame that RFC 6455 allows, or a message of more "
                                "than %d bytes or %d pieces",
                      FT_RELAY_REQUEST_HEADER + FT_FRAME_REQUEST_MAX, FRAGMENTS_MAX);
    else
        send_control(c);
    return n;
}

/* ---- Framing ---------------------------------------------------------------------------------- */

static int append(struct ft_conn *c, struct ft_buf *out, const struct ft_frame_head *head,
                  const ProtobufCMessage *msg, enum ft_cover cover, struct ft_err *err)
{
    (void)c, (void)cover;
    struct ft_relay_head relay = {.cmd = head->proto_id, .section = head->serial};
    return ft_relay_append(out, &relay, msg, err);
}

static int append_frame(struct ft_conn *c, const uint8_t *frame, size_t len)
{
    return ft_buf_append(&c->out, frame, len);
}

static bool head_of(const uint8_t *frame, size_t n, struct ft_frame_head *out)
{
    struct ft_relay_head relay;
    if (!ft_relay_head_of(frame, n, &relay))
        return false;
    *out = (struct ft_frame_head){relay.cmd, relay.section, FT_BODY_PROTOBUF};
    return true;
}

static void goodbye(struct ft_conn *c)
{
    struct ft_ws *w = c->framing_state;
    if (c->gw->stopping && !w->peer_closed) {
        struct ft_relay_head gone = {.cmd = FT_RELAY_DISCONNECTED};
        InitWebSocket__Response r = INIT_WEB_SOCKET__RESPONSE__INIT; /* of any type: a body must be there */
        FT_SUCCEED(r);
        ft_relay_append(&c->out, &gone, &r.base, NULL);
    }
    if (w->broken) {
        uint8_t frame[] = {0x80 | WSLAY_CONNECTION_CLOSE, 2, (uint8_t)(w->status >> 8), (uint8_t)w->status};
        ft_buf_append(&c->out, frame, sizeof frame);
        return;
    }
    wslay_event_queue_close(w->ctx, w->status, NULL, 0); /* fails where one is queued: that one goes */
    send_control(c);
}

/* A ping an interval, since these clients send no heartbeat (9.4); any frame counts as alive. */
static void tick(struct ft_conn *c, uint64_t now_ms)
{
    struct ft_ws *w = c->framing_state;
    const struct ft_config *k = &c->gw->config;
    uint64_t every_ms = (uint64_t)k->keep_alive_interval * 1000;
    if (every_ms > (uint64_t)k->idle_timeout * 500)
        every_ms = (uint64_t)k->idle_timeout * 500; /* at least one chance to answer */
    if (w->peer_closed || now_ms - w->pinged_ms < every_ms)
        return;
    w->pinged_ms = now_ms;
    struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
    if (wslay_event_queue_msg(w->ctx, &ping) == 0)
        send_control(c);
}

static void free_state(struct ft_conn *c)
{
    struct ft_ws *w = c->framing_state;
    if (!w)
        return;
    if (w->ctx)
        wslay_event_context_free(w->ctx);
    ft_buf_free(&w->control);
    free(w);
    c->framing_state = NULL;
}

const struct ft_framing ft_relay_framing = {
    .take = take,
    .append = append,
    .append_frame = append_frame,
    .frame_size = ft_ws_frame_size,
    .head_of = head_of,
    .goodbye = goodbye,
    .tick = tick,
    .free_state = free_state,
};

int ft_ws_begin(struct ft_conn *c)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_want_bytes,
        .send_callback = on_control_bytes,
        .on_frame_recv_start_callback = on_frame_begins,
        .on_msg_recv_callback = on_whole,
    };
    struct ft_ws *w = calloc(1, sizeof *w);
    if (!w || wslay_event_context_server_init(&w->ctx, &callbacks, c)) {
        free(w);
        return -1;
    }
    wslay_event_config_set_max_recv_msg_length(w->ctx,
                                               FT_RELAY_REQUEST_HEADER + FT_FRAME_REQUEST_MAX);
    ft_buf_init(&w->control, CONTROL_MAX);
    w->status = WSLAY_CODE_GOING_AWAY;
    w->pinged_ms = c->last_frame_ms = uv_now(c->gw->loop);
    c->framing = &ft_relay_framing;
    c->framing_state = w;
    c->relay = true;
    c->push_format = FT_FORM_RELAY;
    return 0;
}
