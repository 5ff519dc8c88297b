#include "gateway/web/tls.h"

#include "base/check.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 16384 };

struct ft_tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *method; /* between OpenSSL and our buffers */
    uint8_t plain[RECORD_MAX];
};

struct ft_tls {
    struct ft_tls_context *context;
    SSL *ssl;
    const uint8_t *fed; /* the caller's */
    size_t fed_len;
    struct ft_buf sealed;
    bool failed; /* OpenSSL wants nothing more to be done then */
    bool said_goodbye;
};

/* ---- OpenSSL's two ends ------------------------------------------------------------------------ */

static int bio_read(BIO *bio, char *out, int n)
{
    struct ft_tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->fed_len == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t take = (size_t)n < t->fed_len ? (size_t)n : t->fed_len;
    memcpy(out, t->fed, take);
    t->fed += take;
    t->fed_len -= take;
    return (int)take;
}

static int bio_write(BIO *bio, const char *bytes, int n)
{
    struct ft_tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return ft_buf_append(&t->sealed, bytes, (size_t)n) ? -1 : n;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
    (void)bio, (void)num, (void)ptr;
    return cmd == BIO_CTRL_FLUSH; /* nothing else is asked that would need an answer */
}

static BIO_METHOD *make_method(void)
{
    int type = BIO_get_new_index();
    BIO_METHOD *m = type < 0 ? NULL : BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "opend");
    if (m)
        BIO_meth_set_read(m, bio_read), BIO_meth_set_write(m, bio_write), BIO_meth_set_ctrl(m, bio_ctrl);
    return m;
}

/* OpenSSL's reason for the last failure. */
static const char *why(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    return text ? text : code ? "system error" : "no reason given";
}

/* ---- Context ---------------------------------------------------------------------------------- */

static int no_passphrase(char *out, int size, int writing, void *asked)
{
    (void)out, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

/* The key first: a certificate that does not go with it puts it out again, which the check finds. */
static int load(SSL_CTX *ssl, const char *cert_file, const char *key_file, struct ft_err *err)
{
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, &asked);
    if (SSL_CTX_use_PrivateKey_file(ssl, key_file, SSL_FILETYPE_PEM) != 1)
        return ft_err_set(err, FT_EINVAL, "websocket_private_key=%s: %s", key_file,
                          asked ? "it has a passphrase, a key without one is needed" : why());
    if (SSL_CTX_use_certificate_chain_file(ssl, cert_file) != 1)
        return ft_err_set(err, FT_EINVAL, "websocket_cert=%s: not a readable PEM certificate: %s",
                          cert_file, why());
    if (SSL_CTX_check_private_key(ssl) != 1)
        return ft_err_set(err, FT_EINVAL, "websocket_private_key=%s does not belong to "
                                          "websocket_cert=%s", key_file, cert_file);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
    return 0;
}

struct ft_tls_context *ft_tls_context_new(const char *cert_file, const char *key_file,
                                          struct ft_err *err)
{
    struct ft_tls_context *x = calloc(1, sizeof *x);
    if (!x)
        goto no_memory;
    ERR_clear_error();
    x->ssl = SSL_CTX_new(TLS_server_method());
    x->method = make_method();
    if (!x->ssl || !x->method || SSL_CTX_set_min_proto_version(x->ssl, TLS1_2_VERSION) != 1)
        goto no_memory;
    SSL_CTX_set_options(x->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(x->ssl, SSL_MODE_RELEASE_BUFFERS); /* an idle stream keeps no record buffers */
    /* Connections stay for hours: resuming sessions is not worth keeping any. */
    SSL_CTX_set_session_cache_mode(x->ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(x->ssl, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(x->ssl, 0);
    if (load(x->ssl, cert_file, key_file, err)) {
        ft_tls_context_free(x);
        return NULL;
    }
    return x;
no_memory:
    ft_tls_context_free(x);
    ft_err_set(err, FT_ENOMEM, "no memory for TLS");
    return NULL;
}

void ft_tls_context_free(struct ft_tls_context *x)
{
    if (!x)
        return;
    SSL_CTX_free(x->ssl);
    BIO_meth_free(x->method);
    free(x);
}

/* ---- Streams ---------------------------------------------------------------------------------- */

struct ft_tls *ft_tls_new(struct ft_tls_context *x, size_t sealed_max)
{
    struct ft_tls *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->context = x;
    t->ssl = SSL_new(x->ssl);
    BIO *bio = BIO_new(x->method);
    if (!t->ssl || !bio) {
        BIO_free(bio);
        ft_tls_free(t);
        return NULL;
    }
    ft_buf_init(&t->sealed, sealed_max);
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio); /* owns it now */
    SSL_set_accept_state(t->ssl);
    return t;
}

void ft_tls_free(struct ft_tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    ft_buf_free(&t->sealed);
    free(t);
}

void ft_tls_feed(struct ft_tls *t, const uint8_t *bytes, size_t n)
{
    FT_CHECK(t->fed_len == 0);
    t->fed = bytes;
    t->fed_len = n;
}

enum ft_tls_status ft_tls_open(struct ft_tls *t, const uint8_t **bytes, size_t *n,
                               struct ft_err *err)
{
    int got = -1;
    int status = SSL_ERROR_SSL;
    if (!t->failed) {
        ERR_clear_error();
        got = SSL_read(t->ssl, t->context->plain, RECORD_MAX);
        if (got > 0) {
            *bytes = t->context->plain;
            *n = (size_t)got;
            return FT_TLS_BYTES;
        }
        status = SSL_get_error(t->ssl, got);
        if (status == SSL_ERROR_WANT_READ)
            return FT_TLS_NEED_MORE;
    }
    t->fed_len = 0; /* what follows the end is nobody's */
    if (status == SSL_ERROR_ZERO_RETURN)
        return FT_TLS_ENDED;
    t->failed = true;
    ft_err_set(err, FT_EINVAL, "%s", why());
    return FT_TLS_FAILED;
}

int ft_tls_seal(struct ft_tls *t, const uint8_t *bytes, size_t n)
{
    if (t->failed)
        return -1;
    while (n) {
        int part = n > INT32_MAX ? INT32_MAX : (int)n;
        ERR_clear_error();
        if (SSL_write(t->ssl, bytes, part) != part) {
            t->failed = true;
            return -1;
        }
        bytes += part;
        n -= (size_t)part;
    }
    return 0;
}

bool ft_tls_goodbye(struct ft_tls *t)
{
    if (t->said_goodbye || t->failed)
        return ft_tls_has_sealed(t); /* an alert that says why */
    t->said_goodbye = true;
    if (SSL_is_init_finished(t->ssl)) {
        ERR_clear_error();
        SSL_shutdown(t->ssl);
    }
    return ft_tls_has_sealed(t);
}

bool ft_tls_has_sealed(const struct ft_tls *t)
{
    return ft_buf_len(&t->sealed) > 0;
}

bool ft_tls_take_sealed(struct ft_tls *t, struct ft_buf *out)
{
    FT_CHECK(ft_buf_len(out) == 0);
    if (!ft_tls_has_sealed(t))
        return false;
    struct ft_buf empty = *out;
    *out = t->sealed;
    empty.max = t->sealed.max; /* the bound is the stream's, whichever memory it uses */
    t->sealed = empty;
    return true;
}
