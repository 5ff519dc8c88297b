#include "gateway/login.h"

#include "gateway/account_info.h"
#include "gateway/limits.h"
#include "wire/cipher.h"

#include <stdlib.h>
#include <string.h>

/* Lowercase hex MD5 of the trading password (trade.md 4.2). */
static int digest_password(const struct ft_config *config, char out[33], struct ft_err *err)
{
    if (config->trade_password_md5[0]) {
        memcpy(out, config->trade_password_md5, 33);
        return 0;
    }
    if (ft_md5_hex(config->trade_password, out))
        return ft_err_set(err, FT_EUNSUPPORTED, "trade_password: MD5 is not available on this "
                                                "system: give trade_password_md5");
    return 0;
}

int ft_login_init(struct ft_login *l, const struct ft_config *config, struct ft_err *err)
{
    *l = (struct ft_login){
        .user_id = strtoull(config->login_account, NULL, 10),
        .sub_quota = FT_SUB_QUOTA,
        .history_quota = FT_HISTORY_KL_QUOTA,
        .limits = ft_limits_new(),
    };
    memcpy(l->name, config->login_account, sizeof l->name);
    if (!l->limits)
        return ft_err_set(err, FT_ENOMEM, "no memory for the login %s", l->name);
    return digest_password(config, l->trade_password_md5, err);
}

void ft_login_free(struct ft_login *l)
{
    if (l->limits)
        ft_limits_free(l->limits);
    *l = (struct ft_login){0};
}
