/* AES modes of cipher.h. */
#include "wire/cipher.h"

#include "base/check.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 };

struct ft_aes {
    enum ft_cipher mode;
    EVP_CIPHER_CTX *enc;
    EVP_CIPHER_CTX *dec;
};

struct ft_aes *ft_aes_new(enum ft_cipher mode, const uint8_t key[FT_AES_KEY_SIZE],
                          const uint8_t iv[FT_AES_KEY_SIZE], struct ft_err *err)
{
    const EVP_CIPHER *kind = NULL;
    switch (mode) {
    case FT_CIPHER_FTAES_ECB:
    case FT_CIPHER_AES_ECB: kind = EVP_aes_128_ecb(); break;
    case FT_CIPHER_AES_CBC: kind = EVP_aes_128_cbc(); break;
    case FT_CIPHER_NONE: break;
    }
    if (!kind) {
        ft_err_set(err, FT_EINVAL, "cipher %d: allowed are 0 FTAES_ECB, 1 AES_ECB, 2 AES_CBC",
                   (int)mode);
        return NULL;
    }
    struct ft_aes *aes = calloc(1, sizeof *aes);
    if (aes) {
        aes->mode = mode;
        aes->enc = EVP_CIPHER_CTX_new();
        aes->dec = EVP_CIPHER_CTX_new();
    }
    if (!aes || !aes->enc || !aes->dec || !EVP_EncryptInit_ex2(aes->enc, kind, key, iv, NULL) ||
        !EVP_DecryptInit_ex2(aes->dec, kind, key, iv, NULL)) {
        ft_aes_free(aes);
        ft_err_set(err, FT_ENOMEM, "cannot set up AES");
        return NULL;
    }
    bool pkcs7 = mode != FT_CIPHER_FTAES_ECB;
    EVP_CIPHER_CTX_set_padding(aes->enc, pkcs7);
    EVP_CIPHER_CTX_set_padding(aes->dec, pkcs7);
    return aes;
}

void ft_aes_free(struct ft_aes *aes)
{
    if (!aes)
        return;
    EVP_CIPHER_CTX_free(aes->enc);
    EVP_CIPHER_CTX_free(aes->dec);
    free(aes);
}

int ft_aes_encrypt(struct ft_aes *aes, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err)
{
    if (n > INT_MAX - 4 * BLOCK)
        return ft_err_set(err, FT_ELIMIT, "body of %zu bytes is too long to encrypt", n);
    uint8_t *to = ft_buf_reserve(out, n + 2 * BLOCK + BLOCK);
    if (!to)
        return ft_err_set(err, FT_ELIMIT, "no room for an encrypted body of %zu bytes", n);
    int len = 0, last = 0;
    size_t mod = n % BLOCK;
    int ok = EVP_EncryptInit_ex2(aes->enc, NULL, NULL, NULL, NULL) &&
             EVP_EncryptUpdate(aes->enc, to, &len, in, (int)n);
    if (ok && aes->mode == FT_CIPHER_FTAES_ECB) {
        static const uint8_t zeros[BLOCK];
        if (mod) {
            int more = 0;
            ok = EVP_EncryptUpdate(aes->enc, to + len, &more, zeros, (int)(BLOCK - mod));
            len += more;
        }
        memset(to + len, 0, BLOCK);
        to[len + BLOCK - 1] = (uint8_t)mod;
        len += BLOCK;
    } else if (ok) {
        ok = EVP_EncryptFinal_ex(aes->enc, to + len, &last);
        len += last;
    }
    FT_CHECK(ok); /* no input can make encryption itself fail */
    ft_buf_commit(out, (size_t)len);
    return 0;
}

static int decrypt_ftaes(struct ft_aes *aes, const uint8_t *in, size_t n, uint8_t *to, size_t *len)
{
    size_t mod = in[n - 1];
    size_t cipher_len = n - BLOCK;
    int got = 0;
    if (mod >= BLOCK || (mod && cipher_len == 0) ||
        !EVP_DecryptUpdate(aes->dec, to, &got, in, (int)cipher_len) || (size_t)got != cipher_len)
        return -1;
    *len = mod ? cipher_len - (BLOCK - mod) : cipher_len;
    return 0;
}

int ft_aes_decrypt(struct ft_aes *aes, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err)
{
    if (n < BLOCK || n % BLOCK || n > INT_MAX - 2 * BLOCK)
        return ft_err_set(err, FT_ECORRUPT,
                          "encrypted body of %zu bytes: not a positive multiple of 16", n);
    uint8_t *to = ft_buf_reserve(out, n + BLOCK);
    if (!to)
        return ft_err_set(err, FT_ELIMIT, "no room for a decrypted body of %zu bytes", n);
    size_t len = 0;
    int ok = EVP_DecryptInit_ex2(aes->dec, NULL, NULL, NULL, NULL);
    if (ok && aes->mode == FT_CIPHER_FTAES_ECB) {
        ok = decrypt_ftaes(aes, in, n, to, &len) == 0;
    } else if (ok) {
        int got = 0, last = 0;
        ok = EVP_DecryptUpdate(aes->dec, to, &got, in, (int)n) &&
             EVP_DecryptFinal_ex(aes->dec, to + got, &last);
        len = (size_t)got + (size_t)last;
    }
    if (!ok) {
        ERR_clear_error(); /* a filled queue would mislead whoever asks OpenSSL next */
        return ft_err_set(err, FT_ECORRUPT, "body cannot be decrypted with the connection's key");
    }
    ft_buf_commit(out, len);
    return 0;
}
