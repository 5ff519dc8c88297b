/* What a server sends, into a client that has calls waiting and callbacks that do things.
 *
 * The first byte chooses what callbacks do, the second how the stream is cut. Then frames: protocol
 * (index), serial, format, two bytes of length, the body; their header and digest are made good, but
 * a protocol byte of 255 passes the rest on as it is. Every call must end exactly once. */
#include "fuzz.h"

#include "InitConnect.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "Qot_Sub.pb-c.h"
#include "Trd_SubAccPush.pb-c.h"
#include "ftapi/ftapi.h"
#include "sdk/client_impl.h"
#include "wire/frame.h"

enum { CALLS_MAX = 200 };

struct play {
    struct ft_client *c;
    unsigned deed;
    int calls, ended;
    struct ft_reply *kept;
    bool gone;
};

static void make_calls(struct play *p);

static void act(struct play *p)
{
    switch (p->deed & 7) {
    case 1: ft_client_close(p->c); break;
    case 2: make_calls(p); break;
    case 3:
        ft_client_free(p->c);
        p->gone = true;
        break;
    case 4: ft_client_on_push(p->c, 0, NULL, NULL); break;
    default: break;
    }
}

static void on_reply(void *user, struct ft_reply *reply)
{
    struct play *p = user;
    p->ended++;
    FUZZ_MUST(p->ended <= p->calls, "%d ends of %d calls", p->ended, p->calls);
    FUZZ_MUST(ft_reply_text(reply), "no text");
    if (p->deed & 16)
        ft_reply_keep(reply, &p->kept);
    act(p);
}

static void on_push(void *user, const struct ft_push *push)
{
    FUZZ_MUST(ft_push_message(push), "no message");
    act(user);
}

static void on_state(void *user, enum ft_client_state state, enum ft_status why, const char *text)
{
    FUZZ_MUST(text, "no text");
}

static void make_calls(struct play *p)
{
    KeepAlive__C2S time = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request alive = KEEP_ALIVE__REQUEST__INIT;
    alive.c2s = &time;
    QotCommon__Security security = QOT__COMMON__SECURITY__INIT, *list = &security;
    security.code = (char *)"00700";
    int32_t types[] = {1, 6};
    QotSub__C2S sub = QOT__SUB__C2_S__INIT;
    sub.securitylist = &list;
    sub.n_securitylist = 1;
    sub.subtypelist = types;
    sub.n_subtypelist = 2;
    sub.issuborunsub = 1;
    QotSub__Request qot = QOT__SUB__REQUEST__INIT;
    qot.c2s = &sub;
    uint64_t account = 7;
    TrdSubAccPush__C2S acc = TRD__SUB_ACC_PUSH__C2_S__INIT;
    acc.accidlist = &account;
    acc.n_accidlist = 1;
    TrdSubAccPush__Request trd = TRD__SUB_ACC_PUSH__REQUEST__INIT;
    trd.c2s = &acc;
    const struct {
        uint32_t id;
        const ProtobufCMessage *msg;
    } calls[] = {{FT_ID_KeepAlive, &alive.base},
                 {FT_ID_Qot_Sub, &qot.base},
                 {FT_ID_Trd_SubAccPush, &trd.base}};
    for (int i = 0; i < 3 && p->calls < CALLS_MAX; i++)
        p->calls += ft_client_call_async(p->c, calls[i].id, calls[i].msg, 0, on_reply, p, NULL) ==
                    FT_STATUS_OK;
}

static void append_frame(struct ft_buf *out, struct ft_sha1 *sha, struct ft_frame_head head,
                         const uint8_t *body, size_t n)
{
    ptrdiff_t at = ft_frame_begin(out);
    FUZZ_MUST(at >= 0 && (n == 0 || ft_buf_append(out, body, n) == 0), "buffer");
    ft_frame_end(out, at, sha, &head);
}

static void append_input(struct ft_buf *out, struct ft_sha1 *sha, const uint8_t *data, size_t size)
{
    while (size >= 5 && data[0] != 255) {
        size_t n = data[3] | (size_t)data[4] << 8;
        struct ft_frame_head head = {ft_protocols[data[0] % ft_protocols_count].id, data[1], data[2]};
        data += 5;
        size -= 5;
        n = n < size ? n : size;
        append_frame(out, sha, head, data, n);
        data += n;
        size -= n;
    }
    FUZZ_MUST(size == 0 || ft_buf_append(out, data, size) == 0, "buffer");
}

static void append_init(struct ft_buf *out, struct ft_sha1 *sha)
{
    InitConnect__S2C s2c = INIT_CONNECT__S2_C__INIT;
    InitConnect__Response r = INIT_CONNECT__RESPONSE__INIT;
    uint8_t body[256];
    s2c.connid = 1;
    s2c.connaeskey = (char *)"3F17CF3EEF912C92";
    r.rettype = 0;
    r.s2c = &s2c;
    append_frame(out, sha, (struct ft_frame_head){FT_PROTO_InitConnect, 1, 0}, body,
                 init_connect__response__pack(&r, body));
}

/* The driver's part of client_turn.c, without a socket. */
static void feed(struct play *p, struct ft_buf *in, size_t piece)
{
    while (ft_buf_len(in) && !p->gone && p->c->session) {
        size_t n = piece && piece < ft_buf_len(in) ? piece : ft_buf_len(in);
        p->c->inside = true;
        ft_session_feed(p->c->session, ft_buf_head(in), n, NULL);
        ft_session_tick(p->c->session, ft_sdk_now_ns(), NULL);
        ft_sdk_settle(p->c);
        p->c->inside = false;
        ft_buf_consume(in, n);
        if (p->c->free_wanted) {
            ft_sdk_destroy(p->c); /* as ft_sdk_freed does it */
            return;
        }
        if (p->c->close_wanted)
            ft_sdk_close_now(p->c);
        if (p->c->session) /* nobody reads what it says */
            ft_buf_consume(ft_session_output(p->c->session),
                           ft_buf_len(ft_session_output(p->c->session)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct play p = {.deed = data[0]};
    struct ft_client_options o;
    ft_client_options_init(&o, sizeof o);
    o.max_body_bytes = 1 << 16;
    o.max_decoded_bytes = 16 << 20;
    o.max_pending = 256;
    FUZZ_MUST(ft_client_new(&o, &p.c) == FT_STATUS_OK, "%s", ft_client_last_error(p.c));
    ft_client_on_push(p.c, 0, on_push, &p);
    ft_client_on_state(p.c, on_state, &p);
    ft_sdk_open_session(p.c);
    p.c->state = FT_CLIENT_CONNECTING;
    p.c->stats.connections = data[0] >> 7; /* the first one, or a later one */

    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_buf in;
    ft_buf_init(&in, 4 << 20);
    if (!(data[0] & 8)) {
        append_init(&in, sha);
        feed(&p, &in, 0);
        make_calls(&p);
    }
    append_input(&in, sha, data + 2, size - 2);
    feed(&p, &in, data[1]);
    if (!p.gone) {
        ft_client_close(p.c); /* callbacks may free it there, too */
        FUZZ_MUST(p.gone || p.ended == p.calls, "%d ends of %d calls", p.ended, p.calls);
    }
    if (!p.gone)
        ft_client_free(p.c);
    ft_reply_free(p.kept);
    ft_buf_free(&in);
    ft_sha1_free(sha);
    return 0;
}
