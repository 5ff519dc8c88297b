#include "gateway/console/commands.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { MD5_SIZE = 16 };

static bool digest(const char *text, unsigned char out[MD5_SIZE])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool done = EVP_Digest(text, strlen(text), md, &n, EVP_md5(), NULL) == 1 && n == MD5_SIZE;
    if (done)
        memcpy(out, md, MD5_SIZE);
    OPENSSL_cleanse(md, sizeof md);
    return done;
}

static bool read_hex(const char *text, unsigned char out[MD5_SIZE])
{
    size_t n = 0;
    return strlen(text) == 2 * MD5_SIZE && OPENSSL_hexstr2buf_ex(out, MD5_SIZE, &n, text, '\0') == 1 &&
           n == MD5_SIZE;
}

bool ft_command_password_fits(const struct ft_gateway *gw, const char *pwd, const char *md5)
{
    const struct ft_config *c = &gw->config;
    unsigned char want[MD5_SIZE], got[MD5_SIZE];
    bool by_md5 = md5 && *md5;
    if (!by_md5 && !(pwd && *pwd))
        return true;
    if (!c->login_pwd[0] && !c->login_pwd_md5[0])
        return true;
    if (!(c->login_pwd_md5[0] ? read_hex(c->login_pwd_md5, want) : digest(c->login_pwd, want)) ||
        !(by_md5 ? read_hex(md5, got) : digest(pwd, got)))
        return false;
    return CRYPTO_memcmp(want, got, MD5_SIZE) == 0;
}
