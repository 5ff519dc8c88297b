/* The body ciphers of the protocol (spec platform.md 6): RSA for InitConnect, AES for the rest.
 *
 * Bytes in, bytes out; which body is encrypted with what is the connection's matter. */
#ifndef FT_WIRE_CIPHER_H
#define FT_WIRE_CIPHER_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Values of InitConnect.packetEncAlgo. */
enum ft_cipher {
    FT_CIPHER_NONE = -1,
    FT_CIPHER_FTAES_ECB = 0, /* zero padding, then a clear block whose last byte is len % 16 */
    FT_CIPHER_AES_ECB = 1,   /* padding undocumented; PKCS#7 here (platform.md 6.5) */
    FT_CIPHER_AES_CBC = 2,   /* PKCS#7; every body starts again from the same IV */
};

enum { FT_AES_KEY_SIZE = 16 };

/* AES-128 with a connection's key; contexts are made once and reused. Not thread-safe. */
struct ft_aes;

/* `iv` is read for FT_CIPHER_AES_CBC only. NULL on FT_CIPHER_NONE, an unknown mode or no memory. */
struct ft_aes *ft_aes_new(enum ft_cipher mode, const uint8_t key[FT_AES_KEY_SIZE],
                          const uint8_t iv[FT_AES_KEY_SIZE], struct ft_err *err);
void ft_aes_free(struct ft_aes *aes);

/* Appends the encrypted (decrypted) form of in[0..n) to `out`. 0, or -1 with a reason: `out` full
 * (FT_ELIMIT), not a ciphertext of this mode (FT_ECORRUPT); `out` is unchanged then. `in` must not
 * lie inside `out`. */
int ft_aes_encrypt(struct ft_aes *aes, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err);
int ft_aes_decrypt(struct ft_aes *aes, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err);

/* A PKCS#1 (or PKCS#8) RSA private key without passphrase, which both sides own: each encrypts
 * with the public half and decrypts with the private one (platform.md 6.2). */
struct ft_rsa;

/* Size of the plain pieces that are encrypted block by block: what official clients send. Up to
 * modulus - 11 is accepted when decrypting. */
enum { FT_RSA_PIECE = 100 };

/* Keys below 1024 bits cannot carry a piece and are refused; official Python and Java clients work
 * with 1024 bits only. */
struct ft_rsa *ft_rsa_from_pem(const char *pem, size_t len, struct ft_err *err);
struct ft_rsa *ft_rsa_from_file(const char *path, struct ft_err *err);
void ft_rsa_free(struct ft_rsa *rsa);
int ft_rsa_bits(const struct ft_rsa *rsa);

int ft_rsa_encrypt(struct ft_rsa *rsa, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err);
/* Errors do not tell bad padding from other faults: the digest of the frame is the judge. */
int ft_rsa_decrypt(struct ft_rsa *rsa, const uint8_t *in, size_t n, struct ft_buf *out,
                   struct ft_err *err);

/* MD5 of a text as 32 lowercase hex digits and NUL: how the protocol tells passwords. -1: this system has no
 * MD5. */
int ft_md5_hex(const char *text, char out[33]);

#endif
