/* Ciphertexts from strangers. Byte 0 chooses the cipher, the next 32 are key and IV, the rest is
 * decrypted as it is and as a body that is encrypted, damaged and decrypted. Failure must leave the
 * output alone; what is not damaged must come back. */
#include "fuzz.h"
#include "wire/cipher.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum { MAX_OUT = 1 << 20 };

typedef int crypt_fn(void *cipher, const uint8_t *in, size_t n, struct ft_buf *out,
                     struct ft_err *err);

static int aes_encrypt(void *c, const uint8_t *in, size_t n, struct ft_buf *out, struct ft_err *err)
{
    return ft_aes_encrypt(c, in, n, out, err);
}
static int aes_decrypt(void *c, const uint8_t *in, size_t n, struct ft_buf *out, struct ft_err *err)
{
    return ft_aes_decrypt(c, in, n, out, err);
}
static int rsa_encrypt(void *c, const uint8_t *in, size_t n, struct ft_buf *out, struct ft_err *err)
{
    return ft_rsa_encrypt(c, in, n, out, err);
}
static int rsa_decrypt(void *c, const uint8_t *in, size_t n, struct ft_buf *out, struct ft_err *err)
{
    return ft_rsa_decrypt(c, in, n, out, err);
}

static int decrypt_after_head(crypt_fn *decrypt, void *cipher, const uint8_t *in, size_t n,
                              struct ft_buf *out)
{
    struct ft_err err = {0};
    ft_buf_init(out, MAX_OUT);
    FUZZ_MUST(ft_buf_append(out, "head", 4) == 0, "no memory");
    int got = decrypt(cipher, in, n, out, &err);
    FUZZ_MUST(ft_buf_len(out) >= 4 && memcmp(ft_buf_head(out), "head", 4) == 0, "%zu", n);
    FUZZ_MUST(got == 0 || (ft_buf_len(out) == 4 && err.code != FT_OK), "%s", err.text);
    return got;
}

static void try_cipher(crypt_fn *encrypt, crypt_fn *decrypt, void *cipher, const uint8_t *in,
                       size_t n)
{
    struct ft_err err = {0};
    struct ft_buf out, secret;
    decrypt_after_head(decrypt, cipher, in, n, &out);
    ft_buf_free(&out);

    ft_buf_init(&secret, MAX_OUT);
    if (n > 0 && encrypt(cipher, in, n, &secret, &err) == 0) {
        FUZZ_MUST(decrypt_after_head(decrypt, cipher, ft_buf_head(&secret), ft_buf_len(&secret),
                                     &out) == 0, "%zu bytes do not come back", n);
        FUZZ_MUST(ft_buf_len(&out) == n + 4 && memcmp(ft_buf_head(&out) + 4, in, n) == 0,
                  "%zu bytes became %zu", n, ft_buf_len(&out) - 4);
        ft_buf_free(&out);
        size_t at = (in[0] | (n > 1 ? in[1] << 8 : 0)) % ft_buf_len(&secret);
        ft_buf_head(&secret)[ft_buf_len(&secret) - 1 - at] ^= (uint8_t)(in[n - 1] | 1);
        decrypt_after_head(decrypt, cipher, ft_buf_head(&secret), ft_buf_len(&secret), &out);
        ft_buf_free(&out);
    }
    ft_buf_free(&secret);
}

static struct ft_rsa *rsa;

/* A key of our own: no secret lies in the repository. The search for its primes may take seconds under
 * sanitizers, which are not the first input's. */
static struct ft_rsa *make_rsa(void)
{
    struct ft_err err = {0};
    EVP_PKEY *key = EVP_RSA_gen(1024);
    BIO *pem = BIO_new(BIO_s_mem());
    FUZZ_MUST(key && pem && PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL), "RSA");
    char *text;
    long len = BIO_get_mem_data(pem, &text);
    struct ft_rsa *made = ft_rsa_from_pem(text, (size_t)len, &err);
    FUZZ_MUST(made, "%s", err.text);
    BIO_free(pem);
    EVP_PKEY_free(key);
    return made;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    rsa = make_rsa();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_err err = {0};
    if (size < 33)
        return 0;
    unsigned pick = data[0] % 5;
    if (pick == 4) {
        struct ft_rsa *other = ft_rsa_from_pem((const char *)data + 33, size - 33, &err);
        FUZZ_MUST(other || err.code != FT_OK, "no words");
        ft_rsa_free(other);
    } else if (pick == 3) {
        try_cipher(rsa_encrypt, rsa_decrypt, rsa, data + 33, size - 33 < 1000 ? size - 33 : 1000);
    } else {
        struct ft_aes *aes = ft_aes_new((enum ft_cipher)pick, data + 1, data + 17, &err);
        FUZZ_MUST(aes, "%s", err.text);
        try_cipher(aes_encrypt, aes_decrypt, aes, data + 33, size - 33);
        ft_aes_free(aes);
    }
    FUZZ_MUST(ERR_peek_error() == 0, "OpenSSL's queue of errors is not empty");
    return 0;
}
