#include "gateway/password.h"

#include "wire/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* What ft_password_hash takes: about 10 ms and 4 MiB. A check runs on the loop, where it holds up every
 * other connection, and 2005 takes ten guesses in 30 seconds. */
enum { COST_N = 4096, COST_R = 8, COST_P = 1, N_MAX = 32768, LINE_MAX_BYTES = 256 };
enum { MEMORY_MAX = 64 << 20 };

static void to_hex(const uint8_t *bytes, size_t n, char *out)
{
    for (size_t k = 0; k < n; k++)
        snprintf(out + 2 * k, 3, "%02x", bytes[k]);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly 2 n hex digits; moves past them. */
static bool from_hex(const char **at, uint8_t *out, size_t n)
{
    for (size_t k = 0; k < n; k++, *at += 2) {
        int high = digit((*at)[0]), low = high < 0 ? -1 : digit((*at)[1]);
        if (low < 0)
            return false;
        out[k] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool lower_md5(const char *text, char out[FT_PASSWORD_MD5 + 1])
{
    uint8_t bytes[FT_PASSWORD_MD5 / 2];
    const char *at = text;
    if (strlen(text) != FT_PASSWORD_MD5 || !from_hex(&at, bytes, sizeof bytes))
        return false;
    to_hex(bytes, sizeof bytes, out);
    return true;
}

/* A number and the '$' behind it; moves past both. */
static bool cost(const char **at, uint64_t max, uint64_t *out)
{
    char *end;
    if (**at < '1' || **at > '9')
        return false;
    *out = strtoull(*at, &end, 10);
    if (*end != '$' || *out > max)
        return false;
    *at = end + 1;
    return true;
}

static bool parse_scrypt(const char *text, struct ft_password *p)
{
    static const char head[] = "scrypt$";
    const char *at = text + sizeof head - 1;
    return strncmp(text, head, sizeof head - 1) == 0 && cost(&at, N_MAX, &p->n) && p->n > 1 &&
           (p->n & (p->n - 1)) == 0 && cost(&at, COST_R, &p->r) && cost(&at, COST_P, &p->p) &&
           from_hex(&at, p->salt, sizeof p->salt) && *at++ == '$' &&
           from_hex(&at, p->key, sizeof p->key) && !*at;
}

int ft_password_parse(const char *text, struct ft_password *out, struct ft_err *err)
{
    *out = (struct ft_password){.kind = FT_PASSWORD_IS_MD5};
    if (lower_md5(text, out->md5))
        return 0;
    *out = (struct ft_password){.kind = FT_PASSWORD_IS_SCRYPT};
    if (parse_scrypt(text, out))
        return 0;
    *out = (struct ft_password){0};
    return ft_err_set(err, FT_EINVAL, "allowed is what opend -hash_password prints (scrypt$N$r$p$salt$key, "
                                      "N a power of 2 up to %d, r up to %d, p %d), or an MD5 of 32 hex "
                                      "digits", N_MAX, COST_R, COST_P);
}

int ft_password_md5(const char *password, char out[FT_PASSWORD_MD5 + 1], struct ft_err *err)
{
    if (ft_md5_hex(password, out))
        return ft_err_set(err, FT_EUNSUPPORTED, "MD5 is not available on this system");
    return 0;
}

static bool slow_hash(const struct ft_password *p, const char *md5, uint8_t out[FT_PASSWORD_KEY])
{
    return EVP_PBE_scrypt(md5, FT_PASSWORD_MD5, p->salt, sizeof p->salt, p->n, p->r, p->p, MEMORY_MAX,
                          out, FT_PASSWORD_KEY) == 1;
}

static bool quick_hash(const struct ft_password *p, const char *md5, uint8_t out[FT_PASSWORD_KEY])
{
    uint8_t both[FT_PASSWORD_SALT + FT_PASSWORD_MD5];
    unsigned n = 0;
    memcpy(both, p->salt, sizeof p->salt);
    memcpy(both + sizeof p->salt, md5, FT_PASSWORD_MD5);
    return EVP_Digest(both, sizeof both, out, &n, EVP_sha256(), NULL) == 1 && n == FT_PASSWORD_KEY;
}

int ft_password_hash(const char *password, char out[FT_PASSWORD_TEXT_MAX], struct ft_err *err)
{
    struct ft_password p = {.n = COST_N, .r = COST_R, .p = COST_P};
    char md5[FT_PASSWORD_MD5 + 1], salt[2 * FT_PASSWORD_SALT + 1], key[2 * FT_PASSWORD_KEY + 1];
    if (ft_password_md5(password, md5, err))
        return -1;
    if (RAND_bytes(p.salt, sizeof p.salt) != 1 || !slow_hash(&p, md5, p.key))
        return ft_err_set(err, FT_EUNSUPPORTED, "scrypt is not available on this system");
    to_hex(p.salt, sizeof p.salt, salt);
    to_hex(p.key, sizeof p.key, key);
    snprintf(out, FT_PASSWORD_TEXT_MAX, "scrypt$%d$%d$%d$%s$%s", COST_N, COST_R, COST_P, salt, key);
    OPENSSL_cleanse(md5, sizeof md5);
    return 0;
}

bool ft_password_fits(struct ft_password *p, const char *md5)
{
    char lower[FT_PASSWORD_MD5 + 1];
    uint8_t quick[FT_PASSWORD_KEY], slow[FT_PASSWORD_KEY];
    if (p->kind == FT_PASSWORD_NONE || !lower_md5(md5, lower))
        return false;
    if (p->kind == FT_PASSWORD_IS_MD5)
        return CRYPTO_memcmp(lower, p->md5, FT_PASSWORD_MD5) == 0;
    bool has_quick = quick_hash(p, lower, quick);
    if (has_quick && p->seen && CRYPTO_memcmp(quick, p->quick, sizeof quick) == 0)
        return true;
    if (!slow_hash(p, lower, slow) || CRYPTO_memcmp(slow, p->key, sizeof slow) != 0)
        return false;
    p->seen = has_quick;
    memcpy(p->quick, quick, sizeof quick);
    return true;
}

/* The first line of standard input without its end. */
static int read_line(char *out, size_t size, struct ft_err *err)
{
    struct termios before, hidden;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        hidden = before;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        fputs("trading password: ", stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    char *got = fgets(out, (int)size, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    size_t n = got ? strlen(out) : 0;
    if (n + 1 == size && out[n - 1] != '\n')
        return ft_err_set(err, FT_EINVAL, "hash_password: a password has at most %zu bytes", size - 2);
    while (n && (out[n - 1] == '\n' || out[n - 1] == '\r'))
        out[--n] = '\0';
    if (!n)
        return ft_err_set(err, FT_EINVAL, "hash_password: standard input has no password on its first line");
    return 0;
}

int ft_password_command(void)
{
    char line[LINE_MAX_BYTES], text[FT_PASSWORD_TEXT_MAX];
    struct ft_err err = {0};
    int bad = read_line(line, sizeof line, &err) || ft_password_hash(line, text, &err);
    OPENSSL_cleanse(line, sizeof line);
    if (bad)
        fprintf(stderr, "opend: %s\n", err.text);
    else
        printf("%s\n", text);
    return bad;
}
