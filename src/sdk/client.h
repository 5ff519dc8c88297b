/* One blocking socket around a session: connect with a deadline, a poll loop, blocking calls. For
 * programs that may wait: benches, tests, tools. Whoever has a loop of their own drives the session
 * itself (session.h).
 *
 * Life: ft_client_open -> dispatch and call -> ft_client_free. There is no reconnection: a client
 * whose session is closed stays closed. A client is used by one thread at a time; nothing is
 * global. SIGPIPE is never raised. */
#ifndef FT_SDK_CLIENT_H
#define FT_SDK_CLIENT_H

#include "sdk/session.h"

struct ft_client;

struct ft_client_options {
    const char *host;                  /* IPv4 address or name: "127.0.0.1" */
    uint16_t port;                     /* 11111 */
    uint64_t connect_timeout_ns;       /* for TCP and InitConnect together: 10 s */
    struct ft_session_options session; /* utc_offset_ns is the client's to set */
};

struct ft_client_options ft_client_default_options(void);

/* Connects and waits until the session is READY. NULL with err: no connection, refused, late.
 * `options->session.on_state` is called as session.h says, from here on. */
struct ft_client *ft_client_open(const struct ft_client_options *options, struct ft_err *err);
/* Closes the socket; tells no callback (see ft_session_close). In a callback it takes effect when
 * the dispatch or call that runs it returns. NULL is allowed. */
void ft_client_free(struct ft_client *c);

/* For push handlers, asynchronous calls, state; what is queued leaves with the next dispatch. The
 * client drives and frees it: the caller neither feeds, ticks nor frees. */
struct ft_session *ft_client_session(struct ft_client *c);
/* The socket, for a poll of the caller's own; readable: dispatch(0). Stays the client's. */
int ft_client_fd(const struct ft_client *c);

/* Sends what is queued, waits at most `timeout_ns` for something to arrive or to fall due, serves
 * it. Returns the number of frames and deadlines served, 0 when the time passed, or -1 when the
 * session is closed or the client is inside its own callback (FT_ESTATE). */
int ft_client_dispatch(struct ft_client *c, uint64_t timeout_ns, struct ft_err *err);

/* Calls and dispatches until the reply is there or failed to come (call_timeout_ns). Returns its
 * retType (0: success; ret_type of session.h otherwise) with `reply` filled, which lives until the
 * next ft_client_call or the end; or 1 with err when nothing could be sent. Pushes that arrive
 * meanwhile go to their handlers. Not from a callback (1, FT_ESTATE). */
enum { FT_CLIENT_NOT_SENT = 1 };
int ft_client_call(struct ft_client *c, uint32_t proto_id, const ProtobufCMessage *request,
                   struct ft_session_reply *reply, struct ft_err *err);

#endif
