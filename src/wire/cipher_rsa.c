/* RSA PKCS#1 v1.5 of cipher.h, in the pieces that the official clients use. */
#include "wire/cipher.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 64 * 1024, BITS_MIN = 1024, BITS_MAX = 16384 };

struct ft_rsa {
    EVP_PKEY *key;
    EVP_PKEY_CTX *enc;
    EVP_PKEY_CTX *dec;
    size_t block; /* bytes of the modulus */
};

/* Never asks: a passphrase prompt would hang a gateway's start. */
static int no_passphrase(char *buf, int size, int rw, void *user)
{
    (void)buf, (void)size, (void)rw, (void)user;
    return -1;
}

struct ft_rsa *ft_rsa_from_pem(const char *pem, size_t len, struct ft_err *err)
{
    struct ft_rsa *rsa = calloc(1, sizeof *rsa);
    BIO *bio = len <= KEY_FILE_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    if (!rsa || !bio) {
        ft_err_set(err, FT_ENOMEM, "RSA key of %zu bytes cannot be read", len);
        goto fail;
    }
    rsa->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (!rsa->key || EVP_PKEY_get_base_id(rsa->key) != EVP_PKEY_RSA) {
        ft_err_set(err, FT_EINVAL,
                   "not an RSA private key in PEM form without passphrase (PKCS#1 is what the "
                   "official clients read)");
        goto fail;
    }
    int bits = EVP_PKEY_get_bits(rsa->key);
    if (bits < BITS_MIN || bits > BITS_MAX) {
        ft_err_set(err, FT_EINVAL, "RSA key has %d bits: allowed are %d to %d, and the official "
                   "clients work with 1024 only", bits, BITS_MIN, BITS_MAX);
        goto fail;
    }
    rsa->block = (size_t)EVP_PKEY_get_size(rsa->key);
    rsa->enc = EVP_PKEY_CTX_new(rsa->key, NULL);
    rsa->dec = EVP_PKEY_CTX_new(rsa->key, NULL);
    if (!rsa->enc || !rsa->dec || EVP_PKEY_encrypt_init(rsa->enc) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(rsa->enc, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_decrypt_init(rsa->dec) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(rsa->dec, RSA_PKCS1_PADDING) <= 0) {
        ft_err_set(err, FT_ENOMEM, "cannot set up RSA");
        goto fail;
    }
    BIO_free(bio);
    return rsa;
fail:
    ERR_clear_error();
    BIO_free(bio);
    ft_rsa_free(rsa);
    return NULL;
}

struct ft_rsa *ft_rsa_from_file(const char *path, struct ft_err *err)
{
    FILE *f = fopen(path, "rbe");
    if (!f) {
        ft_err_set(err, FT_EIO, "RSA key file %s: %m", path);
        return NULL;
    }
    char pem[KEY_FILE_MAX];
    size_t n = fread(pem, 1, sizeof pem, f);
    fclose(f);
    struct ft_rsa *rsa = ft_rsa_from_pem(pem, n, err);
    OPENSSL_cleanse(pem, n);
    if (!rsa)
        ft_err_wrap(err, "RSA key file %s", path);
    return rsa;
}

void ft_rsa_free(struct ft_rsa *rsa)
{
    if (!rsa)
        return;
    EVP_PKEY_CTX_free(rsa->enc);
    EVP_PKEY_CTX_free(rsa->dec);
    EVP_PKEY_free(rsa->key);
    free(rsa);
}

int ft_rsa_bits(const struct ft_rsa *rsa)
{
    return (int)rsa->block * 8;
}

int ft_rsa_encrypt(struct ft_rsa *rsa, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err)
{
    size_t pieces = n ? (n + FT_RSA_PIECE - 1) / FT_RSA_PIECE : 1;
    uint8_t *to = ft_buf_reserve(out, pieces * rsa->block);
    if (!to)
        return ft_err_set(err, FT_ELIMIT, "no room for an RSA body of %zu bytes", n);
    for (size_t i = 0; i < pieces; i++) {
        size_t at = i * FT_RSA_PIECE, len = rsa->block;
        size_t piece = n - at < FT_RSA_PIECE ? n - at : FT_RSA_PIECE;
        if (EVP_PKEY_encrypt(rsa->enc, to + i * rsa->block, &len, in + at, piece) <= 0) {
            ERR_clear_error();
            return ft_err_set(err, FT_EINVAL, "RSA encryption failed");
        }
    }
    ft_buf_commit(out, pieces * rsa->block);
    return 0;
}

int ft_rsa_decrypt(struct ft_rsa *rsa, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err)
{
    if (n == 0 || n % rsa->block)
        return ft_err_set(err, FT_ECORRUPT, "RSA body of %zu bytes: not a multiple of %zu", n,
                          rsa->block);
    uint8_t *to = ft_buf_reserve(out, n);
    if (!to)
        return ft_err_set(err, FT_ELIMIT, "no room for an RSA body of %zu bytes", n);
    size_t used = 0;
    for (size_t at = 0; at < n; at += rsa->block) {
        size_t len = n - used;
        if (EVP_PKEY_decrypt(rsa->dec, to + used, &len, in + at, rsa->block) <= 0) {
            ERR_clear_error();
            return ft_err_set(err, FT_ECORRUPT, "body cannot be decrypted with the RSA key");
        }
        used += len;
    }
    ft_buf_commit(out, used);
    return 0;
}
