/* A login: a platform user and everything that is his. Connections of one login share it, those of
 * different logins see nothing of each other. There is at least one, the default login, which needs no
 * file. */
#ifndef FT_GATEWAY_LOGIN_H
#define FT_GATEWAY_LOGIN_H

#include "base/err.h"
#include "gateway/config.h"
#include "gateway/history_quota.h"
#include "gateway/quota.h"
#include "gateway/rights.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_limits;

struct ft_login {
    uint64_t user_id;
    char name[FT_NAME_MAX];           /* as it logs in: the user ID in digits, e-mail or telephone */
    char trade_password_md5[33];      /* lowercase hex; what unlocks its real accounts (2005) */
    uint32_t unlocked;                /* bit 1 << enum ft_firm: trading is unlocked */
    struct ft_limits *limits;         /* what it has asked in the last 30 seconds */
    int64_t sub_quota, history_quota; /* units that it may use */
    struct ft_quota quota;
    struct ft_rights rights;          /* what it may see */
    struct ft_history_uses history;
};

/* The default login as the configuration tells it. -1 with a reason; ft_login_free cleans up. */
int ft_login_init(struct ft_login *l, const struct ft_config *config, struct ft_err *err);
void ft_login_free(struct ft_login *l);

#endif
