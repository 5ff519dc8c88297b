/* The body ciphers against the vectors of spec platform.md 6.7, and against nonsense. */
#include "wire/cipher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static const uint8_t *const key = (const uint8_t *)"3F17CF3EEF912C92";
static const uint8_t *const iv = (const uint8_t *)"C119DDDD6314F18A";

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        for (int k = 0; k < 2; k++) {
            char c = hex[2 * i + (size_t)k];
            v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        out[i] = (uint8_t)v;
    }
    return n;
}

static void test_vectors(void **state)
{
    (void)state;
    static const struct { enum ft_cipher mode; const char *plain, *cipher; } vectors[] = {
        {FT_CIPHER_FTAES_ECB, "0a060880e2cfaa06",
         "7d379198fecb4d553dae345c86f01f8b00000000000000000000000000000008"},
        {FT_CIPHER_AES_CBC, "0a060880e2cfaa06", "1e61f563097b9205c6eaef6f39631b5c"},
        {FT_CIPHER_AES_ECB, "0a060880e2cfaa06", "99c3d90b456e6b976aa62493a5367b2f"},
        {FT_CIPHER_FTAES_ECB, "30313233343536373839414243444546",
         "21916fa9c2861be65177401b668dd8f100000000000000000000000000000000"},
        {FT_CIPHER_AES_CBC, "30313233343536373839414243444546",
         "45a6a136486290f2d50d088fbce1505239cfe66b3b00d7b748efefd4c5995ddf"},
    };
    for (size_t k = 0; k < sizeof vectors / sizeof vectors[0]; k++) {
        struct ft_aes *aes = ft_aes_new(vectors[k].mode, key, iv, NULL);
        uint8_t plain[64], cipher[64];
        size_t n = unhex(vectors[k].plain, plain), m = unhex(vectors[k].cipher, cipher);
        for (int again = 0; again < 2; again++) { /* every body starts again from the same IV */
            struct ft_buf out;
            ft_buf_init(&out, 256);
            assert_int_equal(ft_aes_encrypt(aes, plain, n, &out, NULL), 0);
            assert_int_equal(ft_buf_len(&out), m);
            assert_memory_equal(ft_buf_head(&out), cipher, m);
            ft_buf_consume(&out, m);
            assert_int_equal(ft_aes_decrypt(aes, cipher, m, &out, NULL), 0);
            assert_int_equal(ft_buf_len(&out), n);
            assert_memory_equal(ft_buf_head(&out), plain, n);
            ft_buf_free(&out);
        }
        ft_aes_free(aes);
    }
}

static void test_all_lengths_round_trip(void **state)
{
    (void)state;
    static const enum ft_cipher modes[] = {FT_CIPHER_FTAES_ECB, FT_CIPHER_AES_ECB,
                                           FT_CIPHER_AES_CBC};
    uint8_t plain[100];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * 7);
    for (size_t k = 0; k < 3; k++) {
        struct ft_aes *aes = ft_aes_new(modes[k], key, iv, NULL);
        for (size_t n = 1; n <= sizeof plain; n++) {
            struct ft_buf a, b;
            ft_buf_init(&a, 1024);
            ft_buf_init(&b, 1024);
            assert_int_equal(ft_aes_encrypt(aes, plain, n, &a, NULL), 0);
            assert_int_equal(ft_aes_decrypt(aes, ft_buf_head(&a), ft_buf_len(&a), &b, NULL), 0);
            assert_int_equal(ft_buf_len(&b), n);
            assert_memory_equal(ft_buf_head(&b), plain, n);
            ft_buf_free(&a);
            ft_buf_free(&b);
        }
        ft_aes_free(aes);
    }
}

static void refused(struct ft_aes *aes, const uint8_t *in, size_t n)
{
    struct ft_buf out;
    struct ft_err err = {0};
    ft_buf_init(&out, 1024);
    assert_int_equal(ft_aes_decrypt(aes, in, n, &out, &err), -1);
    assert_int_equal(err.code, FT_ECORRUPT);
    assert_int_equal(ft_buf_len(&out), 0);
    assert_int_equal(ERR_peek_error(), 0); /* nothing left for others to trip over */
    ft_buf_free(&out);
}

static void test_bad_ciphertexts(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    struct ft_aes *cbc = ft_aes_new(FT_CIPHER_AES_CBC, key, iv, NULL);
    struct ft_aes *ft = ft_aes_new(FT_CIPHER_FTAES_ECB, key, iv, NULL);
    for (size_t n = 0; n < 48; n++)
        if (n % 16) {
            refused(cbc, bytes, n);
            refused(ft, bytes, n);
        }
    refused(cbc, bytes, 0);
    refused(cbc, bytes, 32); /* padding of zeros decrypted to noise */
    bytes[15] = 3;           /* FTAES: a trailer alone that promises bytes */
    refused(ft, bytes, 16);
    bytes[31] = 16; /* a remainder that no length has */
    refused(ft, bytes, 32);
    bytes[31] = 255;
    refused(ft, bytes, 32);
    ft_aes_free(cbc);
    ft_aes_free(ft);
}

static void test_modes_and_room(void **state)
{
    (void)state;
    struct ft_err err = {0};
    assert_null(ft_aes_new(FT_CIPHER_NONE, key, iv, &err));
    assert_int_equal(err.code, FT_EINVAL);
    assert_null(ft_aes_new((enum ft_cipher)7, key, iv, &err));
    struct ft_aes *aes = ft_aes_new(FT_CIPHER_AES_CBC, key, iv, NULL);
    struct ft_buf out;
    ft_buf_init(&out, 20);
    uint8_t body[64] = {0};
    assert_int_equal(ft_aes_encrypt(aes, body, sizeof body, &out, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    assert_int_equal(ft_buf_len(&out), 0);
    ft_buf_free(&out);
    ft_aes_free(aes);
}

/* A key of our own in PKCS#1 form; the official one belongs to the clients. */
static size_t make_key(int bits, const char *passphrase, char *pem, size_t size)
{
    EVP_PKEY *pkey = EVP_RSA_gen((unsigned)bits);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio_PrivateKey_traditional(
        bio, pkey, passphrase ? EVP_aes_128_cbc() : NULL, (const unsigned char *)passphrase,
        passphrase ? (int)strlen(passphrase) : 0, NULL, NULL));
    int n = BIO_read(bio, pem, (int)size - 1);
    pem[n] = '\0';
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return (size_t)n;
}

static void test_rsa_round_trips(void **state)
{
    (void)state;
    char pem[4096];
    size_t len = make_key(1024, NULL, pem, sizeof pem);
    assert_non_null(strstr(pem, "BEGIN RSA PRIVATE KEY"));
    struct ft_rsa *rsa = ft_rsa_from_pem(pem, len, NULL);
    assert_int_equal(ft_rsa_bits(rsa), 1024);
    uint8_t plain[400];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)i;
    static const struct { size_t n, wire; } sizes[] = {{1, 128}, {29, 128}, {100, 128}, {101, 256},
                                                       {200, 256}, {201, 384}, {400, 512}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct ft_buf a, b;
        ft_buf_init(&a, 4096);
        ft_buf_init(&b, 4096);
        assert_int_equal(ft_rsa_encrypt(rsa, plain, sizes[k].n, &a, NULL), 0);
        assert_int_equal(ft_buf_len(&a), sizes[k].wire);
        assert_int_equal(ft_rsa_decrypt(rsa, ft_buf_head(&a), ft_buf_len(&a), &b, NULL), 0);
        assert_int_equal(ft_buf_len(&b), sizes[k].n);
        assert_memory_equal(ft_buf_head(&b), plain, sizes[k].n);
        /* Not a multiple of the block. */
        ft_buf_consume(&b, ft_buf_len(&b));
        assert_int_equal(ft_rsa_decrypt(rsa, ft_buf_head(&a), 127, &b, NULL), -1);
        ft_buf_free(&a);
        ft_buf_free(&b);
    }
    ft_rsa_free(rsa);
}

/* A peer may cut pieces of up to modulus - 11 = 117 bytes. */
static void test_rsa_longer_pieces(void **state)
{
    (void)state;
    char pem[4096];
    size_t len = make_key(1024, NULL, pem, sizeof pem);
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    uint8_t plain[150], wire[256];
    memset(plain, 'x', sizeof plain);
    size_t one = 128, two = 128;
    assert_int_equal(EVP_PKEY_encrypt(ctx, wire, &one, plain, 117), 1);
    assert_int_equal(EVP_PKEY_encrypt(ctx, wire + 128, &two, plain + 117, 33), 1);
    struct ft_rsa *rsa = ft_rsa_from_pem(pem, len, NULL);
    struct ft_buf out;
    ft_buf_init(&out, 1024);
    assert_int_equal(ft_rsa_decrypt(rsa, wire, sizeof wire, &out, NULL), 0);
    assert_int_equal(ft_buf_len(&out), sizeof plain);
    assert_memory_equal(ft_buf_head(&out), plain, sizeof plain);
    ft_buf_free(&out);
    ft_rsa_free(rsa);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
}

static void test_rsa_refused_keys(void **state)
{
    (void)state;
    char pem[4096];
    struct ft_err err = {0};
    size_t len = make_key(512, NULL, pem, sizeof pem);
    assert_null(ft_rsa_from_pem(pem, len, &err));
    assert_non_null(strstr(err.text, "512"));
    len = make_key(1024, "secret", pem, sizeof pem);
    assert_null(ft_rsa_from_pem(pem, len, &err)); /* and asks nobody for the passphrase */
    assert_null(ft_rsa_from_pem("no key", 6, &err));
    assert_null(ft_rsa_from_pem("", 0, &err));
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, ec, NULL, NULL, 0, NULL, NULL);
    int n = BIO_read(bio, pem, sizeof pem);
    assert_null(ft_rsa_from_pem(pem, (size_t)n, &err));
    BIO_free(bio);
    EVP_PKEY_free(ec);
    assert_null(ft_rsa_from_file("/nonexistent/key.pem", &err));
    assert_non_null(strstr(err.text, "/nonexistent/key.pem"));
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_all_lengths_round_trip),
        cmocka_unit_test(test_bad_ciphertexts),
        cmocka_unit_test(test_modes_and_room),
        cmocka_unit_test(test_rsa_round_trips),
        cmocka_unit_test(test_rsa_longer_pieces),
        cmocka_unit_test(test_rsa_refused_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
