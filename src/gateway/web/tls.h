/* TLS under a connection, bytes in and bytes out: records that arrived are fed and opened, bytes that
 * shall go out are sealed into records; the socket is the caller's.
 *
 * The context (certificate and key) outlives its streams; all on the loop thread. */
#ifndef FT_GATEWAY_WEB_TLS_H
#define FT_GATEWAY_WEB_TLS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_tls_context;
struct ft_tls;

/* The server's side, TLS 1.2 and up. Files in PEM, the key without a passphrase. NULL with a reason that
 * names the key of the configuration. */
struct ft_tls_context *ft_tls_context_new(const char *cert_file, const char *key_file,
                                          struct ft_err *err);
void ft_tls_context_free(struct ft_tls_context *x); /* NULL does nothing */

/* `sealed_max`: bound on records that wait to be taken. NULL without memory. */
struct ft_tls *ft_tls_new(struct ft_tls_context *x, size_t sealed_max);
void ft_tls_free(struct ft_tls *t); /* NULL does nothing */

enum ft_tls_status {
    FT_TLS_BYTES,
    FT_TLS_NEED_MORE, /* everything that was fed is taken in */
    FT_TLS_ENDED,     /* the peer says that nothing more comes */
    FT_TLS_FAILED,    /* no TLS, or broken: words in `err`; an alert may be sealed */
};

/* Records that arrived; they must stay where they are until ft_tls_open does not give bytes any more. */
void ft_tls_feed(struct ft_tls *t, const uint8_t *bytes, size_t n);
/* The next bytes in them; the view holds until the next call for any stream of the context. */
enum ft_tls_status ft_tls_open(struct ft_tls *t, const uint8_t **bytes, size_t *n,
                               struct ft_err *err);

/* Seals bytes, after the handshake only. -1: no room or no memory, the stream cannot go on. */
int ft_tls_seal(struct ft_tls *t, const uint8_t *bytes, size_t n);
/* Says that nothing more follows, once, if there is a handshake to end; true: something was sealed. */
bool ft_tls_goodbye(struct ft_tls *t);

bool ft_tls_has_sealed(const struct ft_tls *t);
/* Exchanges the records that wait with the empty buffer `out`; false: there are none. */
bool ft_tls_take_sealed(struct ft_tls *t, struct ft_buf *out);

#endif
