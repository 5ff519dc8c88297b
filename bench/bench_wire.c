/* The wire layer's own figures: frames, digests, ciphers, and both body forms of an order-book push
 * of ten levels a side. The digest's yardsticks are OpenSSL's one-shot calls. */
#include "bench.h"

#include "Qot_UpdateOrderBook.pb-c.h"
#include "wire/cipher.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define SECONDS 0.3 /* per row */

enum { LEVELS = 10, BOOK_FORMS = 2 };

static struct {
    struct ft_sha1 *sha;
    uint8_t bytes[64 * 1024];
    size_t len; /* of the body under test */
    struct ft_buf out, frame, cipher;
    struct ft_aes *aes;
    struct ft_arena arena;
    uint8_t format;
    QotUpdateOrderBook__Response book;
    struct ft_buf book_bytes[BOOK_FORMS];
} b;

static void empty(struct ft_buf *buf)
{
    ft_buf_consume(buf, ft_buf_len(buf));
}

/* Frames. */

static const struct ft_frame_head head = {FT_PROTO_KeepAlive, 1, FT_BODY_PROTOBUF};

static void frame_write(void *user, uint64_t n)
{
    while (n--) {
        empty(&b.out);
        if (ft_frame_append(&b.out, b.sha, &head, b.bytes, (uint32_t)b.len))
            bench_die("frame");
    }
}

/* `user`: whether the digest is verified. */
static void frame_parse(void *user, uint64_t n)
{
    while (n--) {
        struct ft_frame f;
        size_t size;
        if (ft_frame_next(ft_buf_head(&b.frame), ft_buf_len(&b.frame), FT_FRAME_REQUEST_MAX, &f,
                          &size) != FT_FRAME_OK ||
            (user && !ft_frame_digest_ok(b.sha, &f, f.body, f.body_len)))
            bench_die("frame");
        bench_keep(f.body);
    }
}

static void frame_rows(size_t len, const char *size_name)
{
    char name[64];
    b.len = len;
    empty(&b.frame);
    if (ft_frame_append(&b.frame, b.sha, &head, b.bytes, (uint32_t)len))
        bench_die("frame");
    snprintf(name, sizeof name, "wire.frame.write.%s", size_name);
    bench_row(name, 1e9 / bench_ns_per_op(frame_write, NULL, SECONDS), "/s");
    snprintf(name, sizeof name, "wire.frame.parse.%s", size_name);
    bench_row(name, 1e9 / bench_ns_per_op(frame_parse, NULL, SECONDS), "/s");
    snprintf(name, sizeof name, "wire.frame.parse_verify.%s", size_name);
    bench_row(name, 1e9 / bench_ns_per_op(frame_parse, &b, SECONDS), "/s");
}

/* Digests. */

static void sha_reused(void *user, uint64_t n)
{
    uint8_t sum[FT_SHA1_SIZE];
    while (n--)
        ft_sha1_sum(b.sha, b.bytes, b.len, sum);
    bench_keep(sum);
}

static void sha_evp_digest(void *user, uint64_t n)
{
    uint8_t sum[FT_SHA1_SIZE];
    while (n--)
        if (!EVP_Digest(b.bytes, b.len, sum, NULL, EVP_sha1(), NULL))
            bench_die("EVP_Digest");
    bench_keep(sum);
}

static void sha_one_shot(void *user, uint64_t n)
{
    uint8_t sum[FT_SHA1_SIZE];
    while (n--)
        SHA1(b.bytes, b.len, sum);
    bench_keep(sum);
}

static void sha_rows(size_t len, const char *size_name)
{
    char name[64];
    b.len = len;
    double evp = bench_ns_per_op(sha_evp_digest, NULL, SECONDS);
    double one_shot = bench_ns_per_op(sha_one_shot, NULL, SECONDS);
    double reused = bench_ns_per_op(sha_reused, NULL, SECONDS);
    snprintf(name, sizeof name, "wire.sha1.EVP_Digest.%s", size_name);
    bench_row(name, evp, "ns");
    snprintf(name, sizeof name, "wire.sha1.SHA1.%s", size_name);
    bench_row(name, one_shot, "ns");
    snprintf(name, sizeof name, "wire.sha1.fetched_reused.%s", size_name);
    bench_row_beside(name, reused, "ns", evp, "EVP_Digest");
}

/* Ciphers. */

static void encrypt(void *user, uint64_t n)
{
    while (n--) {
        empty(&b.out);
        if (ft_aes_encrypt(b.aes, b.bytes, b.len, &b.out, NULL))
            bench_die("AES");
    }
}

static void decrypt(void *user, uint64_t n)
{
    while (n--) {
        empty(&b.out);
        if (ft_aes_decrypt(b.aes, ft_buf_head(&b.cipher), ft_buf_len(&b.cipher), &b.out, NULL))
            bench_die("AES");
    }
}

static void aes_rows(enum ft_cipher mode, const char *mode_name, size_t len, const char *size_name)
{
    char name[64];
    b.aes = ft_aes_new(mode, (const uint8_t *)"3F17CF3EEF912C92",
                       (const uint8_t *)"C119DDDD6314F18A", NULL);
    b.len = len;
    empty(&b.cipher);
    if (!b.aes || ft_aes_encrypt(b.aes, b.bytes, len, &b.cipher, NULL))
        bench_die("AES");
    snprintf(name, sizeof name, "wire.aes.%s.encrypt.%s", mode_name, size_name);
    bench_row(name, bench_ns_per_op(encrypt, NULL, SECONDS), "ns");
    snprintf(name, sizeof name, "wire.aes.%s.decrypt.%s", mode_name, size_name);
    bench_row(name, bench_ns_per_op(decrypt, NULL, SECONDS), "ns");
    ft_aes_free(b.aes);
}

/* An order-book push. */

static void make_book(void)
{
    static QotUpdateOrderBook__S2C s2c;
    static QotCommon__Security security;
    static QotCommon__OrderBook levels[2 * LEVELS], *asks[LEVELS], *bids[LEVELS];
    qot__common__security__init(&security);
    security.market = 1;
    security.code = (char *)"00700";
    for (int i = 0; i < 2 * LEVELS; i++) {
        qot__common__order_book__init(&levels[i]);
        levels[i].price = i < LEVELS ? 388.2 + 0.2 * i : 388.0 - 0.2 * (i - LEVELS);
        levels[i].volume = 1700 + 4300 * i;
        levels[i].oredercount = 3 + i;
        (i < LEVELS ? asks : bids)[i % LEVELS] = &levels[i];
    }
    qot__update_order_book__s2_c__init(&s2c);
    s2c.security = &security;
    s2c.name = (char *)"TENCENT";
    s2c.n_orderbookasklist = s2c.n_orderbookbidlist = LEVELS;
    s2c.orderbookasklist = asks;
    s2c.orderbookbidlist = bids;
    s2c.svrrecvtimebid = s2c.svrrecvtimeask = (char *)"2026-03-02 10:31:05.123";
    s2c.has_svrrecvtimebidtimestamp = s2c.has_svrrecvtimeasktimestamp = 1;
    s2c.svrrecvtimebidtimestamp = s2c.svrrecvtimeasktimestamp = 1772418665.123;
    qot__update_order_book__response__init(&b.book);
    b.book.rettype = 0;
    b.book.retmsg = (char *)"";
    b.book.has_errcode = 1;
    b.book.s2c = &s2c;
}

static void book_write(void *user, uint64_t n)
{
    while (n--) {
        empty(&b.out);
        if (ft_body_write(&b.book.base, b.format, &b.out, NULL))
            bench_die("order book");
    }
}

static void book_read(void *user, uint64_t n)
{
    const struct ft_buf *in = &b.book_bytes[b.format];
    while (n--) {
        ft_arena_reset(&b.arena);
        const ProtobufCMessage *m = ft_body_read(b.book.base.descriptor, b.format, ft_buf_head(in),
                                                 ft_buf_len(in), &b.arena, NULL);
        if (!m)
            bench_die("order book");
        bench_keep(m);
    }
}

static void *take(void *arena, size_t n)
{
    return ft_arena_alloc(arena, n);
}

static void leave(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

/* The yardstick of protobuf bodies: protobuf-c's own decoder, unchecked, into the same arena. */
static void book_read_by_protobuf_c(void *user, uint64_t n)
{
    const struct ft_buf *in = &b.book_bytes[FT_BODY_PROTOBUF];
    ProtobufCAllocator allocator = {take, leave, &b.arena};
    while (n--) {
        ft_arena_reset(&b.arena);
        bench_keep(protobuf_c_message_unpack(b.book.base.descriptor, &allocator, ft_buf_len(in),
                                             ft_buf_head(in)));
    }
}

static void book_rows(uint8_t format, const char *form_name)
{
    char name[64];
    b.format = format;
    ft_buf_init(&b.book_bytes[format], 1 << 20);
    if (ft_body_write(&b.book.base, format, &b.book_bytes[format], NULL))
        bench_die("order book");
    snprintf(name, sizeof name, "wire.book10.%s.size", form_name);
    bench_row(name, (double)ft_buf_len(&b.book_bytes[format]), "bytes");
    snprintf(name, sizeof name, "wire.book10.%s.encode", form_name);
    bench_row(name, bench_ns_per_op(book_write, NULL, SECONDS), "ns");
    snprintf(name, sizeof name, "wire.book10.%s.decode", form_name);
    double ns = bench_ns_per_op(book_read, NULL, SECONDS);
    if (format == FT_BODY_PROTOBUF)
        bench_row_beside(name, ns, "ns", bench_ns_per_op(book_read_by_protobuf_c, NULL, SECONDS),
                         "protobuf-c's decoder");
    else
        bench_row(name, ns, "ns");
}

int main(void)
{
    b.sha = ft_sha1_new();
    if (!b.sha)
        bench_die("no memory");
    for (size_t i = 0; i < sizeof b.bytes; i++)
        b.bytes[i] = (uint8_t)(i * 131 + i / 256);
    ft_buf_init(&b.out, 1 << 20);
    ft_buf_init(&b.frame, 1 << 20);
    ft_buf_init(&b.cipher, 1 << 20);
    ft_arena_init(&b.arena, 1 << 20);
    frame_rows(8, "8B");
    frame_rows(1024, "1KiB");
    sha_rows(64, "64B");
    sha_rows(1024, "1KiB");
    static const struct {
        enum ft_cipher mode;
        const char *name;
    } modes[] = {{FT_CIPHER_FTAES_ECB, "FTAES_ECB"},
                 {FT_CIPHER_AES_ECB, "AES_ECB"},
                 {FT_CIPHER_AES_CBC, "AES_CBC"}};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        aes_rows(modes[i].mode, modes[i].name, 64, "64B");
        aes_rows(modes[i].mode, modes[i].name, 1024, "1KiB");
    }
    make_book();
    book_rows(FT_BODY_PROTOBUF, "protobuf");
    book_rows(FT_BODY_JSON, "json");
    return 0;
}
