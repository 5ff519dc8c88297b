/* The client's side of one connection, without I/O: bytes in, bytes out, time handed in.
 *
 * The caller owns the socket and the clock:
 *
 *     s = ft_session_new(&options, &err);
 *     ft_session_start(s, &err);                    queues InitConnect
 *     write what ft_session_output(s) holds; read bytes; ft_session_feed(s, bytes, n);
 *     ft_session_tick(s, now_ns) at ft_session_wake_ns(s), or about once a second; feed first what
 *                                has arrived, so that it counts as in time
 *     ft_session_call(s, id, request, on_reply, user, &serial, &err)    once it is ready
 *
 * Life: NEW -> start -> OPENING -> InitConnect succeeded -> READY -> CLOSED, from any state and for
 * good: another connection is another session. Sockets, reconnection, re-subscription and waiting
 * belong to whoever drives it: the client of <ftapi/client.h>.
 *
 * Callbacks run inside feed, tick and close, in the order of what arrived, and take the user's
 * pointer first. They may call, close and free the session (a free takes effect when the outermost
 * feed, tick or close returns), but neither feed nor tick it. Messages handed to them live until
 * they return (ft_session_swap_arena keeps one longer). Nothing here is thread-safe, and nothing is
 * global: any number of sessions may live side by side. */
#ifndef FT_SDK_SESSION_H
#define FT_SDK_SESSION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/protocol.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_session;

enum ft_session_state {
    FT_SESSION_NEW,
    FT_SESSION_OPENING, /* InitConnect is on its way */
    FT_SESSION_READY,
    FT_SESSION_CLOSED, /* ft_session_error says why */
};

/* How a call ended. */
enum ft_call_outcome {
    FT_CALL_REPLIED,      /* the gateway answered: ret_type says what */
    FT_CALL_TIMEOUT,      /* no answer in time; a later one is dropped. ret_type -100 */
    FT_CALL_DISCONNECTED, /* the session closed first. ret_type -200 */
    FT_CALL_INVALID,      /* an answer came that cannot be trusted or read. ret_type -500 */
};

struct ft_session_reply {
    enum ft_call_outcome outcome;
    const struct ft_protocol *protocol;
    uint32_t serial;
    const ProtobufCMessage *msg; /* of protocol->reply; NULL unless REPLIED */
    int32_t ret_type;            /* enum ft_ret: the gateway's or, by outcome, ours */
    const char *ret_msg;         /* never NULL: the gateway's words, or ours about the outcome */
    int32_t err_code;            /* 0 when absent */
};

/* `reply` and all it points to live until the return. */
typedef void ft_reply_fn(void *user, const struct ft_session_reply *reply);

struct ft_session_push {
    const struct ft_protocol *protocol;
    uint32_t serial;
    const ProtobufCMessage *msg; /* of protocol->reply; a retType other than 0 is passed on */
};

/* `push` and all it points to live until the return. */
typedef void ft_push_fn(void *user, const struct ft_session_push *push);

/* `state` is READY or CLOSED; `why` is NULL, or for CLOSED the reason. On CLOSED it comes after the
 * callbacks of all unanswered calls, as the last callback of the session. */
typedef void ft_state_fn(void *user, enum ft_session_state state, const struct ft_err *why);

/* Everything is copied; start from ft_session_default_options. */
struct ft_session_options {
    const char *client_id;            /* "CNormal"; at most 255 bytes */
    int32_t client_ver;               /* 300, as the official Python client says */
    const char *programming_language; /* "C"; at most 63 bytes */
    bool recv_notify;                 /* true: the gateway sends Notify */

    /* Asked-for cipher, enum ft_cipher, NONE by default; another than NONE needs the key. What is
     * then used is read off the reply as the official Python client does (platform.md 6.4): an IV
     * means AES_CBC, an empty one AES_ECB, none FTAES_ECB. With a key and NONE, InitConnect alone
     * is encrypted, which tells the gateway that this client owns the key (platform.md 6.1). */
    int encryption;
    const char *rsa_key; /* PEM text of the private key that both sides own; NULL: none */
    size_t rsa_key_len;

    uint8_t body_format;   /* of requests: enum ft_body_format, protobuf by default */
    uint8_t push_format;   /* of pushes, protobuf by default */
    uint32_t first_serial; /* 1 */

    uint64_t call_timeout_ns; /* 12 s */
    /* Without a single frame for this long the session closes: 33 s. Never less than a keep-alive
     * period and a call's timeout together, or an idle but healthy gateway would be left. */
    uint64_t silence_timeout_ns;
    int64_t utc_offset_ns; /* tick's clock plus this is UTC since 1970: for KeepAlive.time. 0 */

    size_t max_pending; /* calls without reply: 1024 */
    uint32_t max_body;  /* of a frame from the gateway, as on the wire: FT_FRAME_REPLY_MAX */
    size_t max_output;  /* bytes that may wait for the socket: 4 MiB */
    size_t max_decoded; /* memory of one decoded message: 128 MiB */

    ft_state_fn *on_state; /* NULL: none */
    void *on_state_user;
};

struct ft_session_options ft_session_default_options(void);

/* NULL with err: an option out of its range, a key that is none, no memory. */
struct ft_session *ft_session_new(const struct ft_session_options *options, struct ft_err *err);
/* Calls nobody: close first to let unanswered calls know. NULL is allowed. */
void ft_session_free(struct ft_session *s);

/* Queues InitConnect. -1: not NEW. */
int ft_session_start(struct ft_session *s, struct ft_err *err);

/* Takes any piece of the byte stream; `bytes` is not kept. Returns the number of frames that were
 * served, or -1 when the session is closed or was closed by these bytes, or is inside a callback
 * (FT_ESTATE). A stream that is not this protocol, an oversized body and a refused or unreadable
 * InitConnect reply close it. A reply whose digest, cipher or body is wrong ends its call as
 * INVALID, such a push is dropped, and so is what nobody waits for: stats count them. */
int ft_session_feed(struct ft_session *s, const void *bytes, size_t n, struct ft_err *err);

/* What is to be written to the socket, whole frames after whole frames: read ft_buf_head and
 * ft_buf_len, then ft_buf_consume what the socket took; nothing else. Valid as long as the session;
 * the head moves with the next call, feed or tick. */
struct ft_buf *ft_session_output(struct ft_session *s);

/* Lets time pass: `now_ns` of any clock that never goes back (a step back is ignored). Calls are
 * timed from the first tick after they were made, so a rare tick never ends one early. Returns the
 * number of things done (calls timed out, keep-alive sent), or -1 when closed or inside a
 * callback. */
int ft_session_tick(struct ft_session *s, uint64_t now_ns, struct ft_err *err);
/* When tick will next have something to do, on its clock: 0 for at once, UINT64_MAX for never. */
uint64_t ft_session_wake_ns(const struct ft_session *s);

/* Sends a request. The reply, or how it failed to come, arrives exactly once at `on_reply` (NULL:
 * nobody is told), unless the session is freed before; never before this call returned. `request`
 * is read during the call only. `serial`, if not NULL, gets the frame's number. -1 and no callback:
 *   FT_ESTATE    not READY
 *   FT_EINVAL    no such protocol, a push, `request` not its message or not complete
 *   FT_ELIMIT    max_pending calls wait, max_output bytes wait, or the body is above
 *                FT_FRAME_REQUEST_MAX */
int ft_session_call(struct ft_session *s, uint32_t proto_id, const ProtobufCMessage *request,
                    ft_reply_fn *on_reply, void *user, uint32_t *serial, struct ft_err *err);
/* Likewise with a deadline of its own, on tick's clock; 0: call_timeout_ns from the next tick on. */
int ft_session_call_until(struct ft_session *s, uint32_t proto_id, const ProtobufCMessage *request,
                          uint64_t deadline_ns, ft_reply_fn *on_reply, void *user, uint32_t *serial,
                          struct ft_err *err);
/* The serial that the next call will get, for a PacketID inside it (platform.md 5.10). */
uint32_t ft_session_next_serial(const struct ft_session *s);

/* Handler of one kind of push, replacing the one before; fn NULL: none. -1: not a push. */
int ft_session_on_push(struct ft_session *s, uint32_t proto_id, ft_push_fn *fn, void *user);
/* Handler of all pushes that have none of their own. */
void ft_session_on_any_push(struct ft_session *s, ft_push_fn *fn, void *user);

/* Inside a reply or push callback: the message's memory goes into `arena`, and what `arena` held
 * is reset and becomes the session's. The message then lives until `arena` is reset or freed.
 * -1 outside of such a callback. */
int ft_session_swap_arena(struct ft_session *s, struct ft_arena *arena);
/* Inside such a callback: what is allocated here lives as long as the message. */
struct ft_arena *ft_session_arena(struct ft_session *s);

/* Ends the session: unanswered calls end as DISCONNECTED, then on_state is told. `reason` NULL:
 * "closed by the user". Queued output stays readable. Idempotent: the first reason stays. */
void ft_session_close(struct ft_session *s, const char *reason);

enum ft_session_state ft_session_state(const struct ft_session *s);
/* Why it is CLOSED; else the last fault that was survived; code FT_OK: none. */
const struct ft_err *ft_session_error(const struct ft_session *s);
size_t ft_session_pending(const struct ft_session *s);

/* What InitConnect told; zero before READY. */
struct ft_session_info {
    uint64_t conn_id;
    uint64_t login_user_id;
    int32_t server_ver;
    int32_t keep_alive_interval_s; /* as used: 1 to 3600 */
    int32_t user_attribution;
    int cipher; /* enum ft_cipher in use */
};
const struct ft_session_info *ft_session_info(const struct ft_session *s);

struct ft_session_stats {
    uint64_t frames_in, frames_out;
    uint64_t replies, pushes; /* handed to callbacks */
    uint64_t unmatched;       /* frames that nobody waited for: late, doubled or invented */
    uint64_t invalid;         /* digest, cipher, format or body wrong */
    uint64_t timeouts, keep_alives;
};
const struct ft_session_stats *ft_session_stats(const struct ft_session *s);

#endif
