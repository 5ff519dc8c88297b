#include "gateway/console/commands.h"

#include "base/secret.h"
#include "wire/cipher.h"

#include <string.h>

enum { MD5_TEXT = 33 };

bool ft_command_password_fits(const struct ft_gateway *gw, const char *pwd, const char *md5)
{
    const struct ft_config *c = &gw->config;
    char want[MD5_TEXT], given[MD5_TEXT];
    bool by_md5 = md5 && *md5;
    if (!by_md5 && !(pwd && *pwd))
        return true;
    if (!c->login_pwd[0] && !c->login_pwd_md5[0])
        return true;
    if ((!c->login_pwd_md5[0] && ft_md5_hex(c->login_pwd, want)) || (!by_md5 && ft_md5_hex(pwd, given)))
        return false;
    return ft_secret_md5_equal(by_md5 ? md5 : given, c->login_pwd_md5[0] ? c->login_pwd_md5 : want);
}
