/* What the session's own files share: nobody else includes this. */
#ifndef FT_SDK_SESSION_IMPL_H
#define FT_SDK_SESSION_IMPL_H

#include "base/list.h"
#include "base/map64.h"
#include "sdk/session.h"
#include "wire/cipher.h"
#include "wire/frame.h"

/* One request without its reply yet. */
struct ft_call {
    struct ft_list link; /* in free_calls, new_calls or timed_calls */
    const struct ft_protocol *protocol;
    ft_reply_fn *fn;
    void *user;
    uint64_t deadline_ns; /* the caller's, or set by the first tick */
    uint32_t serial;
    bool internal; /* the session's own InitConnect or KeepAlive */
};

/* All of one size, made at the start. Mostly the order of calling is the order of the deadlines. */
struct ft_calls {
    struct ft_call *slots; /* owned */
    size_t slot_count;     /* max_pending + the session's own */
    size_t max_pending;
    size_t pending; /* without the session's own */
    struct ft_list free_calls;
    struct ft_list new_calls;   /* not yet timed */
    struct ft_list timed_calls; /* ascending deadlines */
    struct ft_map64 by_key;
};

struct ft_push_handler {
    ft_push_fn *fn;
    void *user;
};

struct ft_session {
    struct ft_session_options options; /* text members point at the arrays below, or are NULL */
    char client_id[256];
    char language[64];
    enum ft_session_state state;
    bool inside;      /* feed, tick or close is on the stack */
    bool in_message;  /* a callback with a decoded message is on the stack */
    bool free_wanted; /* ft_session_free came while inside */
    struct ft_err error;

    struct ft_sha1 *sha;
    struct ft_rsa *rsa; /* NULL: no key */
    struct ft_aes *aes; /* NULL: plain, or not READY */
    struct ft_buf in;   /* beginning of a frame whose rest has not arrived */
    struct ft_buf out;
    struct ft_buf plain_in;  /* decrypted body of the frame under way */
    struct ft_buf plain_out; /* body on its way to encryption */
    struct ft_arena arena;   /* decoded message under way */

    struct ft_calls calls;
    uint32_t next_serial;
    struct ft_push_handler *push; /* owned, beside ft_protocols */
    struct ft_push_handler any_push;

    uint64_t now_ns; /* of the last tick */
    bool ticked;
    bool heard;             /* frames came since the last tick */
    uint64_t heard_ns;      /* tick at which frames were last seen */
    uint64_t keep_alive_ns; /* next one; 0: not scheduled */
    bool keep_alive_waits;  /* one is unanswered: no second beside it */

    struct ft_session_info info;
    struct ft_session_stats stats;
};

/* calls.c */
int ft_calls_init(struct ft_calls *c, size_t max_pending);
void ft_calls_free(struct ft_calls *c);
/* A slot entered under (protocol, serial), or NULL: full. The session's own calls have room of
 * their own. */
struct ft_call *ft_calls_add(struct ft_calls *c, const struct ft_protocol *p, uint32_t serial,
                             bool internal);
/* Gives a call that was just added its deadline. */
void ft_calls_time(struct ft_calls *c, struct ft_call *call, uint64_t deadline_ns);
bool ft_calls_has(const struct ft_calls *c, uint32_t proto_id, uint32_t serial);
/* Removes the call and copies it out: its slot may be used by whatever its callback does. */
bool ft_calls_take(struct ft_calls *c, uint32_t proto_id, uint32_t serial, struct ft_call *out);
/* Times what is new, then takes the oldest call that is due. */
bool ft_calls_take_due(struct ft_calls *c, uint64_t now_ns, uint64_t timeout_ns,
                       struct ft_call *out);
/* Takes the oldest call of all. */
bool ft_calls_take_any(struct ft_calls *c, struct ft_call *out);
/* First deadline: 0 when there are untimed calls, UINT64_MAX when there are none. */
uint64_t ft_calls_next_deadline(const struct ft_calls *c);

/* handshake.c */
int ft_handshake_send(struct ft_session *s, struct ft_err *err);
/* Plain body of InitConnect's reply; -1: it cannot be read as what was asked for. */
int ft_handshake_open_body(struct ft_session *s, const struct ft_frame *f, const uint8_t **body,
                           size_t *len, struct ft_err *err);
/* Makes the session READY, or closes it. */
void ft_handshake_reply(struct ft_session *s, const struct ft_session_reply *reply);

/* session.c */

/* Queues one frame under the present cipher and enters its call. */
int ft_session_send(struct ft_session *s, const struct ft_protocol *p, const ProtobufCMessage *msg,
                    struct ft_call **call, bool internal, struct ft_err *err);
/* Around everything that runs callbacks. enter: -1 when already inside or closed. leave: `result`,
 * or -1 when closed by now; does the free that a callback asked for. */
int ft_session_enter(struct ft_session *s, struct ft_err *err);
int ft_session_leave(struct ft_session *s, int result, struct ft_err *err);
/* Hands a taken call its end: to its callback, or to the session's own reader of it. */
void ft_session_finish_call(struct ft_session *s, const struct ft_call *call,
                            const struct ft_session_reply *reply);
void ft_session_fail_call(struct ft_session *s, const struct ft_call *call,
                          enum ft_call_outcome outcome, const char *why);
/* Ends the session with s->error, which the caller has set. */
void ft_session_end(struct ft_session *s);
void ft_session_tell_state(struct ft_session *s);

#endif
