/* A client of one gateway: one connection, kept up if asked to, and the calls and pushes on it.
 *
 * Life: ft_client_new -> ft_client_connect or ft_client_start -> calls, dispatch -> ft_client_close
 * (optional) -> ft_client_free. Any number of clients may live side by side; nothing is global, no
 * signal is raised (SIGPIPE neither), no thread is made unless ft_client_start_thread asks for one.
 *
 * Three ways to drive it, the same code underneath:
 *   blocking    ft_client_connect, ft_client_call; ft_client_dispatch(c, ms, NULL) to wait for pushes
 *   own loop    ft_client_start; poll ft_client_fd for reading, at most ft_client_timeout_ms long;
 *               then ft_client_dispatch(c, 0, NULL)
 *   thread      ft_client_start_thread; every call below may then come from any thread
 *
 * Without the background thread a client belongs to one thread at a time, and callbacks run inside
 * ft_client_connect, _dispatch, _call and _close. With it callbacks run on that thread, and no lock
 * is held meanwhile. Callbacks take the user's pointer first. They may make asynchronous calls, set
 * handlers, close and free the client (a free takes effect when the callback has returned), but not
 * wait: connect, dispatch and call return FT_STATUS_STATE there.
 *
 * Every function checks its arguments: a NULL handle is FT_STATUS_INVALID, a call after close
 * FT_STATUS_STATE. The words of the last error are on the handle: ft_client_last_error. */
#ifndef FTAPI_CLIENT_H
#define FTAPI_CLIENT_H

#include <ftapi/export.h>
#include <ftapi/status.h>

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

FT_BEGIN_DECLS

struct ft_client;
struct ft_reply;
struct ft_push;

/* ---- Options -------------------------------------------------------------------------------- */

/* Of InitConnect.packetEncAlgo. What is then used is what the gateway's reply implies. */
enum ft_encryption {
    FT_ENCRYPTION_NONE = -1,
    FT_ENCRYPTION_FTAES_ECB = 0,
    FT_ENCRYPTION_AES_ECB = 1,
    FT_ENCRYPTION_AES_CBC = 2, /* what the official clients ask for */
};

/* Of message bodies in frames. */
enum ft_format { FT_FORMAT_PROTOBUF = 0, FT_FORMAT_JSON = 1 };

/* What a client does by itself after a reconnection, bits of `restore`. */
enum ft_restore {
    /* Subscribes again what Qot_Sub and Qot_RegQotPush had: K-line types first, then the others. */
    FT_RESTORE_QUOTES = 1,
    /* Trd_SubAccPush again with the accounts that it had last. */
    FT_RESTORE_ACCOUNTS = 2,
    /* With FT_RESTORE_ACCOUNTS: asks for the orders and fills of these accounts and hands what
     * changed meanwhile to the push handlers, so that none is missed and none comes twice. */
    FT_RESTORE_ORDERS = 4,
    /* Trd_UnlockTrade again, if it was unlocked by this client. It keeps the password's MD5 in
     * memory for that, which is why it must be asked for. */
    FT_RESTORE_UNLOCK = 8,
};

/* ft_client_options_init sets the defaults named here. Texts are copied by ft_client_new. */
struct ft_client_options {
    size_t struct_size; /* set by ft_client_options_init: leave it */

    const char *host;            /* "127.0.0.1": address or name */
    uint16_t port;               /* 11111 */
    uint32_t connect_timeout_ms; /* 10000: TCP and InitConnect together; 1 to 86400000 */

    const char *client_id; /* "CNormal"; at most 255 bytes */
    int32_t client_ver;    /* 300 */
    const char *language;  /* "C"; InitConnect.programmingLanguage, at most 63 bytes */
    bool recv_notify;      /* true: the gateway sends Notify (1003) */

    /* NONE. Another needs the key; with a key and NONE InitConnect alone is encrypted, which a
     * gateway with a key demands. The key is the private one that both sides own (PKCS#1 or PKCS#8
     * PEM, no passphrase): as text, or a file; both NULL: none; both set: refused. */
    enum ft_encryption encryption;
    const char *rsa_key_text; /* the key itself */
    const char *rsa_key_path; /* read by ft_client_new, at most 64 KiB */

    enum ft_format body_format; /* PROTOBUF: of requests and their replies */
    enum ft_format push_format; /* PROTOBUF: of pushes */

    uint32_t call_timeout_ms;    /* 12000: of calls that name none; 1 to 86400000 */
    uint32_t silence_timeout_ms; /* 33000: without any frame the connection counts as lost */

    /* A lost connection is made again after reconnect_min_ms, then twice as long each time up to
     * reconnect_max_ms, less a random part of up to a half, so that many clients do not come at
     * once. A connection that became READY starts again at the minimum. */
    bool reconnect;             /* true */
    uint32_t reconnect_min_ms;  /* 500; 1 to reconnect_max_ms */
    uint32_t reconnect_max_ms;  /* 30000; at most 86400000 */
    uint32_t reconnect_tries;   /* 0: for ever; else failed attempts in a row before IDLE */
    unsigned restore;           /* enum ft_restore bits: QUOTES, ACCOUNTS, ORDERS */

    uint32_t max_pending;      /* 1024 calls without reply; 1 to 1048576 */
    uint32_t max_body_bytes;   /* 16 MiB: of a frame from the gateway; 64 to 268435456 */
    uint32_t max_output_bytes; /* 4 MiB that may wait for the socket; 1024 to 1 GiB */
    uint64_t max_decoded_bytes; /* 128 MiB of memory for one decoded message; 4096 to 4 GiB */
};

/* Fills in the defaults. `size` is sizeof *o, so that a program built with an older header keeps
 * working with a newer library. INVALID: o NULL, or a size that no version had. */
FT_API enum ft_status ft_client_options_init(struct ft_client_options *o, size_t size);

/* ---- Life ----------------------------------------------------------------------------------- */

/* Makes a client that is not connected; options NULL: the defaults. Unless it returns NO_MEMORY or
 * `client` is NULL, *client is set also on failure, so that ft_client_last_error can say which
 * option is wrong; it is then good for that and for ft_client_free alone. */
FT_API enum ft_status ft_client_new(const struct ft_client_options *options,
                                    struct ft_client **client);

/* Connects and waits until the client is READY, at most `timeout_ms` (0: connect_timeout_ms). One
 * attempt: on failure the client is IDLE again, and may try again. READY already: OK at once.
 *   IO, TIMEOUT, DISCONNECTED, BAD_REPLY (not this protocol, a wrong key), REFUSED (InitConnect),
 *   STATE (closed; a callback) */
FT_API enum ft_status ft_client_connect(struct ft_client *c, uint32_t timeout_ms);

/* Begins to connect and returns at once; dispatch, or the thread, does the rest, with further
 * attempts as `reconnect` says; the state callback tells. Only a host given by name makes it wait:
 * for the resolver. STATE: not IDLE. */
FT_API enum ft_status ft_client_start(struct ft_client *c);

/* Ends for good: unanswered calls end as DISCONNECTED, the state callback is told CLOSED, queued
 * output is tried once. A background thread is stopped. Idempotent. */
FT_API enum ft_status ft_client_close(struct ft_client *c);

/* Closes without telling anybody, and gives everything back. In a callback it takes effect when the
 * callback has returned. No other thread may use the client any more. NULL is allowed. Replies
 * (struct ft_reply) that are still held stay valid. */
FT_API void ft_client_free(struct ft_client *c);

/* ---- State ---------------------------------------------------------------------------------- */

/* What a client is doing. */
enum ft_client_state {
    FT_CLIENT_IDLE = 0,       /* not connected, and nobody tries */
    FT_CLIENT_CONNECTING = 1, /* TCP and InitConnect are under way */
    FT_CLIENT_RESTORING = 2,  /* connected again; what was subscribed is on its way. Calls work. */
    FT_CLIENT_READY = 3,
    FT_CLIENT_WAITING = 4,    /* lost or failed; the next attempt is due later */
    FT_CLIENT_CLOSED = 5,     /* by ft_client_close: for good */
};

FT_API enum ft_client_state ft_client_state(const struct ft_client *c); /* NULL: CLOSED */
FT_API const char *ft_client_state_text(enum ft_client_state state);    /* "ready"; static */

/* Called at each change. `why` is OK for CONNECTING, RESTORING and READY (READY after restoring with
 * something refused: REFUSED, all the rest works), and the reason otherwise; `text` are its words,
 * never NULL, until the return. */
typedef void ft_client_state_fn(void *user, enum ft_client_state state, enum ft_status why,
                                const char *text);
/* One handler, replacing the one before; NULL: none. */
FT_API enum ft_status ft_client_on_state(struct ft_client *c, ft_client_state_fn *fn, void *user);

/* Words of the last failure of a call on this client (a lost connection counts), "" before the
 * first. Lives until the next failure; with a background thread use ft_client_copy_error. NULL
 * handle: "no client". */
FT_API const char *ft_client_last_error(const struct ft_client *c);
/* The status that goes with ft_client_last_error; OK before the first failure. */
FT_API enum ft_status ft_client_last_status(const struct ft_client *c);
/* Copies at most size - 1 bytes, and NUL. Returns ft_client_last_status. */
FT_API enum ft_status ft_client_copy_error(const struct ft_client *c, char *text, size_t size);

/* What InitConnect told; zeros before the first connection. */
struct ft_client_info {
    uint64_t conn_id;       /* the connection's number at the gateway */
    uint64_t login_user_id; /* who is logged in there */
    int32_t server_ver; /* major * 100 + minor */
    int32_t keep_alive_interval_s; /* seconds between KeepAlives that the gateway wants */
    int32_t user_attribution;      /* Common.UserAttribution */
    enum ft_encryption encryption; /* in use */
};
/* `size` is sizeof *info. */
FT_API enum ft_status ft_client_info(const struct ft_client *c, struct ft_client_info *info,
                                     size_t size);

/* Counts since ft_client_new. */
struct ft_client_stats {
    uint64_t frames_in;       /* whole frames received */
    uint64_t frames_out;      /* sent */
    uint64_t replies;         /* handed to callbacks and callers */
    uint64_t pushes;          /* handed to callbacks */
    uint64_t unmatched;       /* frames that nobody waited for: late, doubled or invented */
    uint64_t invalid;         /* digest, cipher, format or body wrong */
    uint64_t timeouts;        /* calls whose deadline passed */
    uint64_t keep_alives;     /* sent */
    uint64_t connections;     /* InitConnects that succeeded */
    uint64_t attempts_failed; /* to connect */
    uint64_t reconciled;      /* order and fill pushes that were made from queries */
};
/* `size` is sizeof *stats. */
FT_API enum ft_status ft_client_stats(const struct ft_client *c, struct ft_client_stats *stats,
                                      size_t size);

/* ---- Driving -------------------------------------------------------------------------------- */

/* A descriptor to poll for reading: readable whenever ft_client_dispatch(c, 0, ...) has socket work
 * to do, writing included. It is one and the same for the client's whole life, over reconnections.
 * It stays the client's: poll it, nothing else. -1: c is NULL or useless. */
FT_API int ft_client_fd(const struct ft_client *c);
/* Milliseconds until dispatch has timed work (deadlines, keep-alive, reconnection): 0 for now, -1
 * for never. */
FT_API int ft_client_timeout_ms(const struct ft_client *c);

/* Serves what has arrived and what is due; if there is nothing, waits at most `timeout_ms` for it
 * (0: not at all, below 0: until something comes). *done, unless NULL, gets the number of frames and
 * deadlines served; 0: the time passed.
 *   OK             also when the connection was lost and will be made again
 *   DISCONNECTED, IO, BAD_REPLY, ... (IDLE now) it was lost and will not
 *   STATE          IDLE or CLOSED before; inside a callback; a background thread does it */
FT_API enum ft_status ft_client_dispatch(struct ft_client *c, int timeout_ms, int *done);

/* Makes the one background thread that drives this client from now on; before or after connecting.
 * It blocks all signals. No other call on this client may run meanwhile. STATE: there is one, or the
 * client is closed; IO: the system has none. */
FT_API enum ft_status ft_client_start_thread(struct ft_client *c);
/* Ends it and waits for that; the connection stays. STATE: there is none, or on that thread. */
FT_API enum ft_status ft_client_stop_thread(struct ft_client *c);

/* ---- Calls ---------------------------------------------------------------------------------- */

/* Sends `request` (the generated Request of protocol `proto_id`) and waits for its reply, at most
 * `timeout_ms` (0: call_timeout_ms). Pushes that arrive meanwhile go to their handlers.
 *
 * A write request of trading whose c2s.packetID is NULL gets it filled in.
 *
 * `reply`: *reply is NULL at first, or a reply from before, whose memory is used again (it then
 * needs none once warm); its old content dies. On OK, REFUSED, TIMEOUT, DISCONNECTED and BAD_REPLY
 * of a call that was sent it tells the outcome; whenever it is not NULL, ft_reply_free gives it back.
 * reply NULL: only the status is wanted.
 *   OK            the gateway answered with success
 *   REFUSED       it answered with another retType
 *   TIMEOUT, DISCONNECTED, BAD_REPLY
 *   NOT_FOUND     no such protocol
 *   INVALID       a push; `request` is not its message, or not complete
 *   LIMIT         max_pending, max_output_bytes, a body above 1 MiB
 *   STATE         IDLE, CLOSED, in a callback; freed in a callback meanwhile */
FT_API enum ft_status ft_client_call(struct ft_client *c, uint32_t proto_id,
                                     const ProtobufCMessage *request, uint32_t timeout_ms,
                                     struct ft_reply **reply);

/* `reply` lives until the return; ft_reply_keep keeps it longer. */
typedef void ft_client_reply_fn(void *user, struct ft_reply *reply);

/* Sends and returns; `fn` (NULL: nobody is told) gets the outcome exactly once, never before this
 * function has returned (with a background thread: it may, on that thread), and not at all when the
 * client is freed first. `request` is read during the call only. `serial`, unless NULL, gets the
 * frame's number. Other than OK (as ft_client_call): nothing was sent, and `fn` is not called. */
FT_API enum ft_status ft_client_call_async(struct ft_client *c, uint32_t proto_id,
                                           const ProtobufCMessage *request, uint32_t timeout_ms,
                                           ft_client_reply_fn *fn, void *user, uint32_t *serial);

/* Of a reply. NULL: INVALID, 0, NULL, "" and so on. */
FT_API enum ft_status ft_reply_status(const struct ft_reply *r);
/* Number of the protocol that was called. */
FT_API uint32_t ft_reply_proto(const struct ft_reply *r);
/* Serial of the call's frame. */
FT_API uint32_t ft_reply_serial(const struct ft_reply *r);
/* The Response, whatever its retType; NULL when none came. Lives as long as the reply's content. */
FT_API const ProtobufCMessage *ft_reply_message(const struct ft_reply *r);
/* The gateway's retType; ours when none came: -100 timeout, -200 disconnected, -500 bad reply. */
FT_API int32_t ft_reply_ret_type(const struct ft_reply *r);
/* The gateway's retMsg, or ours about the outcome; never NULL. */
FT_API const char *ft_reply_text(const struct ft_reply *r);
FT_API int32_t ft_reply_err_code(const struct ft_reply *r); /* 0: absent */
/* Inside a reply callback: moves the content to *kept (NULL, or a reply to be used again), which
 * then is the caller's until ft_reply_free. */
FT_API enum ft_status ft_reply_keep(struct ft_reply *r, struct ft_reply **kept);
/* Gives back a reply that the caller owns; NULL is allowed. Independent of the client's life. */
FT_API void ft_reply_free(struct ft_reply *r);

/* ---- Pushes --------------------------------------------------------------------------------- */

/* `push` and its message live until the return. */
typedef void ft_client_push_fn(void *user, const struct ft_push *push);

/* Handler of one kind of push (FT_ID_Qot_UpdateTicker), or with proto_id 0 of all those that have
 * none of their own; replaces the one before; fn NULL: none. Pushes without a handler are not even
 * decoded. Handlers stay over reconnections. With a background thread the old one may be running
 * for the last time when this returns. NOT_FOUND, INVALID: not a push. */
FT_API enum ft_status ft_client_on_push(struct ft_client *c, uint32_t proto_id,
                                        ft_client_push_fn *fn, void *user);

/* Number of its protocol. */
FT_API uint32_t ft_push_proto(const struct ft_push *p);
FT_API uint32_t ft_push_serial(const struct ft_push *p); /* 0 when reconciled */
/* The push's Response, never NULL (except for a NULL push). */
FT_API const ProtobufCMessage *ft_push_message(const struct ft_push *p);
/* True: made from a query after a reconnection (FT_RESTORE_ORDERS), not sent by the gateway. */
FT_API bool ft_push_reconciled(const struct ft_push *p);

FT_END_DECLS

#endif
