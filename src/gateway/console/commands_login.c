#include "gateway/console/commands.h"

#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { MD5_SIZE = 16, MD5_TEXT = 2 * MD5_SIZE + 1 };

/* Lowercase hex. False: this system has no MD5. */
static bool digest(const char *text, char out[MD5_TEXT])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool done = EVP_Digest(text, strlen(text), md, &n, EVP_md5(), NULL) == 1 && n == MD5_SIZE;
    for (unsigned k = 0; done && k < n; k++)
        snprintf(out + 2 * (size_t)k, 3, "%02x", md[k]);
    OPENSSL_cleanse(md, sizeof md);
    return done;
}

bool ft_command_password_fits(const struct ft_gateway *gw, const char *pwd, const char *md5)
{
    const struct ft_config *c = &gw->config;
    char want[MD5_TEXT], given[MD5_TEXT];
    bool by_md5 = md5 && *md5;
    if (!by_md5 && !(pwd && *pwd))
        return true;
    if (!c->login_pwd[0] && !c->login_pwd_md5[0])
        return true;
    if ((!c->login_pwd_md5[0] && !digest(c->login_pwd, want)) || (!by_md5 && !digest(pwd, given)))
        return false;
    return ft_secret_md5_equal(by_md5 ? md5 : given, c->login_pwd_md5[0] ? c->login_pwd_md5 : want);
}
