/* What the client's own files share: nobody else includes this.
 *
 * A client is a session (session.h) per connection, a socket, and what outlives connections:
 * handlers, what is to be restored, the state. Without the background thread its lock does nothing;
 * with it every public function holds it, and it is released around callbacks and waiting. Functions
 * here are called with the lock held unless they say otherwise. */
#ifndef FT_SDK_CLIENT_IMPL_H
#define FT_SDK_CLIENT_IMPL_H

#include "base/err.h"
#include "ftapi/client.h"
#include "sdk/session.h"
#include "sdk/typed.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/socket.h>

#define FT_SDK_SECOND_NS UINT64_C(1000000000)
#define FT_SDK_MS_NS     UINT64_C(1000000)

enum { FT_SDK_READ_BYTES = 128 * 1024, FT_SDK_ADDRESSES_MAX = 8 };
enum { FT_SDK_FIRMS_MAX = 16, FT_SDK_ACCOUNTS_MAX = 4096, FT_SDK_ABSENT = INT32_MIN };
enum { FT_SDK_SOCKET, FT_SDK_WAKE }; /* whom an epoll event is for */

struct ft_reply {
    struct ft_arena arena;      /* memory of msg, when the reply owns it */
    struct ft_session *session; /* in a callback: whose arena msg lies in; else NULL */
    enum ft_status status;
    uint32_t proto_id, serial;
    const ProtobufCMessage *msg;
    int32_t ret_type, err_code;
    const char *text; /* in msg, or own_text, or in a callback the session's */
    char own_text[FT_ERR_TEXT_MAX];
};

struct ft_push {
    const struct ft_session_push *from;
    bool reconciled;
};

/* Told of the end of one of the SDK's own calls, with the lock held. */
typedef void ft_sdk_own_fn(struct ft_client *c, const struct ft_session_reply *reply);

/* One call that waits for its reply. */
struct ft_sdk_call {
    struct ft_client *client;
    ft_client_reply_fn *fn;   /* NULL: nobody is told, a typed or a blocking call */
    ft_typed_reply_fn *typed; /* NULL: not a typed call */
    const struct ft_typed_message *data; /* of a typed call's answer; NULL: it has none */
    void *user;
    struct ft_reply *into;    /* blocking call: where the reply goes; NULL: not wanted */
    enum ft_status *ended;    /* blocking call: its status; NULL: asynchronous */
    bool *done;               /* blocking call */
    ft_sdk_own_fn *own;       /* the SDK's own call: only this is told; NULL: the user's */
    uint8_t *kept;            /* packed request, to be remembered when it succeeds; NULL: none */
    size_t kept_len;
    struct ft_sdk_call *next; /* in the list of free ones */
    struct ft_sdk_call *all;  /* in the list of all */
};

struct ft_sdk_push_handler {
    ft_client_push_fn *fn;   /* this one or `typed`; both NULL: none */
    ft_typed_push_fn *typed;
    const struct ft_typed_message *data; /* of the typed one */
    void *user;
};

/* The background thread and what it needs; client_thread.c. */
struct ft_sdk_thread {
    bool shared; /* there is or was one: the lock is needed */
    bool on;   /* there is one */
    bool stop; /* it is to end */
    pthread_t id;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a call ended, the state changed */
    int wake_fd;            /* eventfd in the epoll set; -1: none */
    uint64_t sleeps_until;  /* what its wait was computed for; 0: it is awake */
};

/* What a connection had and another is to have again, apart from quotes and orders. */
struct ft_sdk_memory {
    uint64_t *accounts; /* of the last Trd_SubAccPush; owned */
    size_t n_accounts;
    struct {
        int32_t firm; /* SecurityFirm; FT_SDK_ABSENT: none was named */
        char md5[33];
    } unlocked[FT_SDK_FIRMS_MAX];
    size_t n_unlocked;
    bool incomplete; /* something could not be remembered */
    /* The restoring under way. */
    int step; /* enum step of restore.c */
    size_t index;
    bool refused;
    char refused_text[FT_ERR_TEXT_MAX];
};

struct ft_client {
    struct ft_client_options options; /* texts point at the owned copies below */
    char *host, *client_id, *language, *pem;
    size_t pem_len;

    enum ft_client_state state;
    bool useless;     /* its options were refused */
    bool inside;      /* a turn is on the stack */
    bool free_wanted; /* asked for in a callback */
    bool close_wanted;
    bool one_attempt; /* ft_client_connect: no further attempts */
    bool attempt_due; /* one begins at retry_ns */

    struct ft_session *session; /* NULL: none */
    int fd;                     /* its socket; -1: none */
    int epoll_fd;
    bool tcp_pending;    /* connect(2) has not finished */
    bool write_interest; /* epoll watches for room in the socket */

    struct sockaddr_storage address[FT_SDK_ADDRESSES_MAX];
    socklen_t address_len[FT_SDK_ADDRESSES_MAX];
    size_t addresses, next_address;
    uint32_t attempt_timeout_ms;
    uint64_t connect_deadline_ns;
    uint64_t retry_ns;     /* when the next attempt begins, if attempt_due */
    uint32_t failures;     /* attempts in a row */
    uint32_t backoff_step; /* waits since the last READY */
    struct ft_err lost; /* why the connection under way ended; code FT_OK: it has not */
    enum ft_status lost_status;

    enum ft_status error_status;
    char error_text[FT_ERR_TEXT_MAX];

    struct ft_sdk_push_handler *push; /* owned, beside ft_protocols */
    struct ft_sdk_push_handler any_push;
    const void *telling; /* user of the push handler that is running; NULL: none */
    ft_client_state_fn *on_state;
    void *on_state_user;
    struct ft_sdk_call *free_calls;
    struct ft_sdk_call *all_calls; /* owned list */

    struct ft_sdk_memory memory;   /* restore.c */
    struct ft_sdk_quotes *quotes;  /* restore_quotes.c; owned */
    struct ft_sdk_orders *orders;  /* reconcile.c; owned */

    struct ft_client_info info;
    struct ft_client_stats stats; /* of the sessions that ended, and the client's own */
    struct ft_sdk_thread thread;
    uint8_t read_buf[FT_SDK_READ_BYTES];
};

/* client.c */

/* Sets the client's last error and returns `status`. */
enum ft_status ft_sdk_fail(struct ft_client *c, enum ft_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum ft_status ft_sdk_fail_err(struct ft_client *c, enum ft_status status, const struct ft_err *e);
enum ft_status ft_sdk_status_of(enum ft_err_code code);
/* The client may be used: not NULL, its options were good, not closed. Takes the lock in any case
 * but NULL's; the caller unlocks. */
enum ft_status ft_sdk_enter(struct ft_client *c);
/* Unlocks (c may be NULL) and passes `status` on. */
enum ft_status ft_sdk_leave(const struct ft_client *c, enum ft_status status);
/* The caller is a callback of this client. */
bool ft_sdk_in_callback(const struct ft_client *c);
/* Closes, by whoever drives the client: unanswered calls end, the state is told. */
void ft_sdk_close_now(struct ft_client *c);
/* Changes the state and tells the user, with the lock released. */
void ft_sdk_set_state(struct ft_client *c, enum ft_client_state state, enum ft_status why,
                      const char *text);
/* Frees what the client is, the caller holding no lock. */
void ft_sdk_destroy(struct ft_client *c);

/* client_options.c */

/* Checks and copies. Other than OK: the error is set. */
enum ft_status ft_sdk_take_options(struct ft_client *c, const struct ft_client_options *o);
struct ft_session_options ft_sdk_session_options(const struct ft_client *c);

/* client_link.c: one connection */

uint64_t ft_sdk_now_ns(void);
/* Begins an attempt: CONNECTING, or lost() at once. */
void ft_sdk_begin_attempt(struct ft_client *c);
/* The session of a connection that is up; lost when there is none. */
void ft_sdk_open_session(struct ft_client *c);
/* The socket can be written: the end of connect(2). */
void ft_sdk_finish_tcp(struct ft_client *c);
/* Hands the socket what it takes, and watches for room when something is left. */
void ft_sdk_flush(struct ft_client *c);
/* One read, served. Returns the number of frames. */
int ft_sdk_read(struct ft_client *c);
/* Marks the connection as lost; ft_sdk_settle draws the consequences outside of the session. */
void ft_sdk_lost(struct ft_client *c, enum ft_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* If the connection is lost: takes it down, then another address, a later attempt or IDLE. */
void ft_sdk_settle(struct ft_client *c);
/* Takes socket and session down; their counts go into the stats. */
void ft_sdk_drop_link(struct ft_client *c);
void ft_sdk_add_stats(struct ft_client_stats *to, const struct ft_session_stats *s);

/* client_turn.c */

/* One duty cycle: timed work, output, a wait until `until_ns` at most, input. Returns the number of
 * things done. The client must be driven by nobody else. */
int ft_sdk_turn(struct ft_client *c, uint64_t until_ns);
/* When timed work is due, on the clock of ft_sdk_now_ns; UINT64_MAX: never. */
uint64_t ft_sdk_wake_ns(const struct ft_client *c);
/* A turn that leaves the client alive; afterwards the close that a callback asked for. */
int ft_sdk_guarded_turn(struct ft_client *c, uint64_t until_ns);
/* After guarded turns: frees the client when a callback asked for that. True: it is gone (and
 * unlocked). */
bool ft_sdk_freed(struct ft_client *c);

/* client_calls.c */

/* Sends; `like` is what to do with the reply. */
enum ft_status ft_sdk_send(struct ft_client *c, uint32_t proto_id, const ProtobufCMessage *request,
                           uint32_t timeout_ms, const struct ft_sdk_call *like, uint32_t *serial);
void ft_sdk_free_calls(struct ft_client *c);
/* ft_client_call_async and the typed one. */
enum ft_status ft_sdk_call_async(struct ft_client *c, uint32_t proto_id,
                                 const ProtobufCMessage *request, uint32_t timeout_ms,
                                 const struct ft_sdk_call *like, uint32_t *serial);

/* restore.c: what a lost connection had */

/* Whether a request of this protocol is to be remembered when it succeeds. */
bool ft_sdk_worth_keeping(const struct ft_client *c, uint32_t proto_id);
/* It did. */
void ft_sdk_remember(struct ft_client *c, uint32_t proto_id, const uint8_t *packed, size_t len);
/* A connection is up: READY at once, or RESTORING first. */
void ft_sdk_restore(struct ft_client *c);
/* The walk over orders has ended, or had nothing to do. */
void ft_sdk_restore_next(struct ft_client *c);
/* Something was refused: it is told with READY. */
void ft_sdk_restore_refused(struct ft_client *c, const struct ft_session_reply *reply);
void ft_sdk_forget_all(struct ft_client *c);

/* restore_quotes.c */

/* 0, or -1: not all could be remembered. */
int ft_sdk_quotes_sub(struct ft_client *c, const uint8_t *packed, size_t len);
int ft_sdk_quotes_reg(struct ft_client *c, const uint8_t *packed, size_t len);
bool ft_sdk_quotes_any(const struct ft_client *c);
/* Begins a round of ft_sdk_quotes_next. */
void ft_sdk_quotes_rewind(struct ft_client *c);
/* The next Qot_Sub request, or NULL: all were made. It lives until the next call. */
const ProtobufCMessage *ft_sdk_quotes_next(struct ft_client *c);
void ft_sdk_quotes_free(struct ft_client *c);

/* reconcile.c: orders and fills */

/* A push of an order or a fill came. False: it tells nothing new, for it was told already. */
bool ft_sdk_orders_news(struct ft_client *c, const struct ft_session_push *push);
/* Asks for the orders and fills of the subscribed accounts. `tell`: what is news is handed to the
 * push handlers, and ft_sdk_restore_next follows; else it is only taken note of. */
void ft_sdk_orders_walk(struct ft_client *c, bool tell);
/* The connection is gone: so is the walk. */
void ft_sdk_orders_stop(struct ft_client *c);
void ft_sdk_orders_free(struct ft_client *c);

/* client_push.c */

/* The handler of the pushes of this protocol. */
enum ft_status ft_sdk_set_push(struct ft_client *c, uint32_t proto_id,
                               const struct ft_sdk_push_handler *handler);
/* Hands a push to its handler, the lock released meanwhile. */
void ft_sdk_tell_push(struct ft_client *c, const struct ft_session_push *push, bool reconciled);

/* Installs the user's handlers in a new session. */
void ft_sdk_attach_pushes(struct ft_client *c);

/* client_thread.c */

void ft_sdk_lock(const struct ft_client *c);
void ft_sdk_unlock(const struct ft_client *c);
/* The caller is the background thread. */
bool ft_sdk_on_thread(const struct ft_client *c);
/* Lets the background thread look again; no-op without it. */
void ft_sdk_wake(struct ft_client *c);
/* Tells those who wait for a change. */
void ft_sdk_broadcast(struct ft_client *c);
/* For calls that wait: drives the client for a turn or, when the thread does that, waits until
 * something changed or `until_ns`. */
void ft_sdk_wait(struct ft_client *c, uint64_t until_ns);

#endif
