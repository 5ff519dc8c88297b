/* What of the web services needs no socket: the WebSocket handshake, TLS between two buffers. */
#include "gateway/web/tls.h"
#include "gateway/web/ws_offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Handshake ---------------------------------------------------------------------------------- */

static struct ft_ws_offer offer(const char *upgrade, const char *connection, const char *version,
                                const char *key)
{
    struct ft_ws_offer o = {0};
    ft_ws_offer_header(&o, "Host", "x");
    ft_ws_offer_header(&o, "UPGRADE", upgrade);
    ft_ws_offer_header(&o, "connection", connection);
    ft_ws_offer_header(&o, "Sec-WebSocket-Version", version);
    ft_ws_offer_header(&o, "sec-websocket-key", key);
    return o;
}

static void the_handshake(void **state)
{
    (void)state;
    static const char key[] = "dGhlIHNhbXBsZSBub25jZQ=="; /* RFC 6455, 1.3 */
    char accept[FT_WS_ACCEPT_MAX];
    struct ft_ws_offer o = offer("websocket", "Upgrade", "13", key);
    assert_int_equal(ft_ws_offer_check(&o, true, accept), FT_WS_GOOD);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_int_equal(ft_ws_offer_check(&o, false, accept), FT_WS_BAD);
    o = offer("h2c , WebSocket\t", "keep-alive,\tUPGRADE ", "13", key);
    assert_int_equal(ft_ws_offer_check(&o, true, accept), FT_WS_GOOD);
    o = offer("websocket", "Upgrade", "8", key);
    assert_int_equal(ft_ws_offer_check(&o, true, accept), FT_WS_OTHER_VERSION);
    static const char *const bad[][3] = {
        {"websockets", "Upgrade", key}, {"", "Upgrade", key}, {"websocket", "close", key},
        {"websocket", "", key}, {"websocket", "Upgrade", ""}, {"websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZQ="},
        {"websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZQ==="}, {"websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZ==="},
        {"websocket", "Upgrade", "dGhlIHNhbXBs ZSBub25jZ=="}, {", ,", ",,,", key},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        o = offer(bad[k][0], bad[k][1], "13", bad[k][2]);
        assert_int_equal(ft_ws_offer_check(&o, true, accept), FT_WS_BAD);
    }
}

/* ---- TLS ------------------------------------------------------------------------------------------ */

struct files {
    char folder[64], cert[96], key[96], other_key[96], locked_key[96];
};

static void write_key(const char *path, EVP_PKEY *key, const char *passphrase)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
                                          (void *)(uintptr_t)passphrase), 1);
    fclose(f);
}

static void make_files(struct files *f)
{
    snprintf(f->folder, sizeof f->folder, "/tmp/ft_test_web_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->cert, sizeof f->cert, "%s/cert", f->folder);
    snprintf(f->key, sizeof f->key, "%s/key", f->folder);
    snprintf(f->other_key, sizeof f->other_key, "%s/other", f->folder);
    snprintf(f->locked_key, sizeof f->locked_key, "%s/locked", f->folder);
    EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
    write_key(f->key, key, NULL);
    write_key(f->other_key, other, NULL);
    write_key(f->locked_key, key, "secret");
    X509 *x = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_sign(x, key, EVP_sha256());
    FILE *out = fopen(f->cert, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_X509(out, x), 1);
    fclose(out);
    X509_free(x);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

static void drop_files(const struct files *f)
{
    unlink(f->cert);
    unlink(f->key);
    unlink(f->other_key);
    unlink(f->locked_key);
    rmdir(f->folder);
}

static void bad_files_are_named(void **state)
{
    (void)state;
    struct files f;
    make_files(&f);
    struct ft_tls_context *good = ft_tls_context_new(f.cert, f.key, NULL);
    assert_non_null(good);
    ft_tls_context_free(good);
    const struct { const char *cert, *key, *words; } bad[] = {
        {"/no/such/file", f.key, "websocket_cert=/no/such/file"},
        {f.key, f.key, "websocket_cert="},
        {f.cert, "/no/such/file", "websocket_private_key=/no/such/file"},
        {f.cert, f.cert, "websocket_private_key="},
        {f.cert, f.other_key, "does not belong"},
        {f.cert, f.locked_key, "passphrase"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct ft_err err = {0};
        assert_null(ft_tls_context_new(bad[k].cert, bad[k].key, &err));
        if (!strstr(err.text, bad[k].words))
            fail_msg("%s: not in: %s", bad[k].words, err.text);
    }
    drop_files(&f);
}

/* A client of OpenSSL's own, over two memory buffers. */
struct peer {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
};

static struct peer new_peer(void)
{
    struct peer p = {.ctx = SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_verify(p.ctx, SSL_VERIFY_NONE, NULL);
    p.ssl = SSL_new(p.ctx);
    p.in = BIO_new(BIO_s_mem());
    p.out = BIO_new(BIO_s_mem());
    SSL_set_bio(p.ssl, p.in, p.out);
    SSL_set_connect_state(p.ssl);
    return p;
}

static void free_peer(struct peer *p)
{
    SSL_free(p->ssl);
    SSL_CTX_free(p->ctx);
}

/* What the peer wrote goes to the stream in pieces of `piece` bytes; what came out goes to `got`. Returns
 * the last status. */
static enum ft_tls_status pump(struct peer *p, struct ft_tls *t, size_t piece, struct ft_buf *got)
{
    enum ft_tls_status s = FT_TLS_NEED_MORE;
    uint8_t bytes[4096];
    int n;
    while ((s == FT_TLS_NEED_MORE || s == FT_TLS_BYTES) && (n = BIO_read(p->out, bytes, (int)piece)) > 0) {
        ft_tls_feed(t, bytes, (size_t)n);
        const uint8_t *plain;
        size_t len;
        struct ft_err err = {0};
        while ((s = ft_tls_open(t, &plain, &len, &err)) == FT_TLS_BYTES)
            assert_int_equal(ft_buf_append(got, plain, len), 0);
    }
    struct ft_buf sealed;
    ft_buf_init(&sealed, 0);
    if (ft_tls_take_sealed(t, &sealed))
        BIO_write(p->in, ft_buf_head(&sealed), (int)ft_buf_len(&sealed));
    ft_buf_free(&sealed);
    return s;
}

static void shake_hands(struct peer *p, struct ft_tls *t, size_t piece, struct ft_buf *got)
{
    for (int k = 0; k < 10 && SSL_do_handshake(p->ssl) != 1; k++)
        pump(p, t, piece, got);
    pump(p, t, piece, got);
    assert_true(SSL_is_init_finished(p->ssl));
}

static void bytes_go_both_ways(void **state)
{
    (void)state;
    static uint8_t data[200000], back[200000];
    for (size_t k = 0; k < sizeof data; k++)
        data[k] = (uint8_t)(k * 7 + k / 251);
    struct files f;
    make_files(&f);
    struct ft_tls_context *x = ft_tls_context_new(f.cert, f.key, NULL);
    assert_non_null(x);
    for (size_t piece = 1; piece <= 4096; piece *= 16) {
        struct ft_buf got;
        ft_buf_init(&got, 1 << 20);
        struct peer p = new_peer();
        struct ft_tls *t = ft_tls_new(x, 1 << 20);
        shake_hands(&p, t, piece, &got);
        assert_false(ft_tls_has_sealed(t));
        assert_int_equal(ft_tls_seal(t, data, 0), 0);
        assert_false(ft_tls_has_sealed(t)); /* nothing makes no record */
        assert_int_equal(SSL_write(p.ssl, data, 50000), 50000);
        assert_int_equal(pump(&p, t, piece, &got), FT_TLS_NEED_MORE);
        assert_int_equal(ft_buf_len(&got), 50000);
        assert_memory_equal(ft_buf_head(&got), data, 50000);
        assert_int_equal(ft_tls_seal(t, data, sizeof data), 0);
        pump(&p, t, piece, &got);
        size_t at = 0;
        int n;
        while ((n = SSL_read(p.ssl, back + at, (int)(sizeof back - at))) > 0)
            at += (size_t)n;
        assert_int_equal(at, sizeof data);
        assert_memory_equal(back, data, sizeof data);
        assert_true(ft_tls_goodbye(t)); /* close_notify */
        pump(&p, t, piece, &got);
        assert_int_equal(SSL_get_error(p.ssl, SSL_read(p.ssl, back, 1)), SSL_ERROR_ZERO_RETURN);
        assert_false(ft_tls_goodbye(t));
        SSL_shutdown(p.ssl);
        assert_int_equal(pump(&p, t, piece, &got), FT_TLS_ENDED);
        ft_tls_free(t);
        free_peer(&p);
        ft_buf_free(&got);
    }
    ft_tls_context_free(x);
    drop_files(&f);
}

static void no_tls_and_no_room(void **state)
{
    (void)state;
    struct files f;
    make_files(&f);
    struct ft_tls_context *x = ft_tls_context_new(f.cert, f.key, NULL);
    struct ft_tls *t = ft_tls_new(x, 1 << 20);
    const uint8_t *plain;
    size_t len;
    struct ft_err err = {0};
    static const uint8_t http[] = "GET / HTTP/1.1\r\n\r\n";
    ft_tls_feed(t, http, sizeof http);
    assert_int_equal(ft_tls_open(t, &plain, &len, &err), FT_TLS_FAILED);
    assert_true(err.text[0] != '\0');
    assert_int_equal(ft_tls_open(t, &plain, &len, &err), FT_TLS_FAILED); /* and stays so */
    assert_int_equal(ft_tls_seal(t, http, 3), -1);
    ft_tls_goodbye(t);
    ft_tls_free(t);

    struct ft_buf got;
    ft_buf_init(&got, 1 << 20);
    struct peer p = new_peer();
    t = ft_tls_new(x, 8192);
    shake_hands(&p, t, 512, &got);
    static const uint8_t zeros[20000];
    assert_int_equal(ft_tls_seal(t, zeros, sizeof zeros), -1); /* more than may wait */
    assert_int_equal(ft_tls_seal(t, zeros, 1), -1);
    ft_tls_free(t);
    free_peer(&p);
    ft_buf_free(&got);
    ft_tls_context_free(x);
    drop_files(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake),
        cmocka_unit_test(bad_files_are_named),
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(no_tls_and_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
