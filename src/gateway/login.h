/* A login: a platform user and everything that is his. Connections of one login share it, those of
 * different logins see nothing of each other (docs/logins.md). There is at least one, the default login,
 * which needs no file; the others are rows of the file that the key `accounts` names (login_file.c).
 *
 * A connection is of the login that its listener has, else of the one that its client ID maps to, else of
 * the default login; from InitConnect on it stays so. */
#ifndef FT_GATEWAY_LOGIN_H
#define FT_GATEWAY_LOGIN_H

#include "base/err.h"
#include "gateway/config.h"
#include "gateway/delay.h"
#include "gateway/history_quota.h"
#include "gateway/quota.h"
#include "gateway/rights.h"
#include "gateway/listener.h"
#include "gateway/password.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_account;
struct ft_gateway;
struct ft_limits;
struct ft_rsa;

enum {
    FT_LOGINS_MAX = 1000,       /* of a file */
    FT_CLIENT_PATTERNS_MAX = 8, /* of a login */
};

struct ft_login {
    uint64_t user_id;
    char name[FT_NAME_MAX];           /* as it logs in: the user ID in digits, e-mail or telephone */
    uint32_t number;                  /* in the store and the broker: 0 the default login, others by user
                                         ID, given once for ever */
    struct ft_password password;      /* what unlocks its real accounts (2005) */
    bool read_only;                   /* looks, does not trade */
    uint8_t firms[FT_FIRMS];          /* of its real accounts, in order, 0 ends */
    char firm_names[FT_NAME_MAX];     /* the same in words */
    int64_t initial_cash;             /* of each account, in whole units of its currency */
    uint32_t unlocked;                /* bit 1 << enum ft_firm: trading is unlocked */
    struct ft_limits *limits;         /* what it has asked in the last 30 seconds */
    int64_t sub_quota, history_quota; /* units that it may use */
    struct ft_quota quota;
    struct ft_rights rights;          /* what it may see */
    size_t sub_used;                  /* subs.c: topics that its connections have entries of */
    struct ft_history_uses history;
    struct ft_delay *delay;           /* its own figures; NULL: the only login has the gateway's */
    size_t hearing;                   /* reminders.c: connections that take pushes */

    /* How its connections are known; login_file.c. */
    char client_ids[FT_CLIENT_PATTERNS_MAX][FT_NAME_MAX]; /* exact, or a beginning that ends in '*' */
    size_t client_id_count;
    char api_ip[FT_NAME_MAX];
    int64_t api_port;                 /* of a listener of its own, 0: any free one; -1: it has none */
    char rsa_private_key[FT_PATH_MAX];
    struct ft_rsa *rsa;               /* of its listener; NULL: the gateway's */
    struct ft_listener api;           /* open when api_port >= 0 */
};

struct ft_logins {
    struct ft_login *all; /* the default one first; stays where it is from the start on */
    size_t count;
    size_t hearing; /* of all */
    bool open;      /* listeners are wanted */
};

/* The default login and those of the file; gw->config is there. -1 with a reason; ft_logins_free cleans
 * up. */
int ft_logins_init(struct ft_gateway *gw, struct ft_err *err);
/* Their numbers, once the store is open; tells of those that the file no longer has. */
int ft_logins_number(struct ft_gateway *gw, struct ft_err *err);
/* Their listeners. `accept` as in struct ft_listener. */
int ft_logins_listen(struct ft_gateway *gw, ft_listener_accept *accept, struct ft_err *err);
/* Once a second: what did not open is tried again. */
void ft_logins_tick(struct ft_gateway *gw);
/* Opens or closes them, as ft_listener_want. */
void ft_logins_want(struct ft_gateway *gw, bool open);
void ft_logins_free(struct ft_gateway *gw);

/* Whose a connection is that came through this listener: NULL client_id: before InitConnect. An exact
 * client ID goes before a beginning, a longer beginning before a shorter one. */
struct ft_login *ft_logins_map(struct ft_gateway *gw, const struct ft_listener *listener,
                               const char *client_id);
/* NULL: nobody in this run has that number. */
struct ft_login *ft_logins_find(struct ft_gateway *gw, uint32_t number);
/* The account with that ID if it is the login's; NULL: to it there is none. */
const struct ft_account *ft_login_account(const struct ft_gateway *gw, const struct ft_login *l,
                                          uint64_t id);
/* Its latency figures. */
struct ft_delay *ft_login_delay(struct ft_gateway *gw, const struct ft_login *l);

/* login_file.c: appends the rows of the file to logins->all. -1 with the fault as
 * "file:line: column: words"; what was appended stays for ft_logins_free. */
int ft_logins_read_file(struct ft_logins *logins, const struct ft_config *config, struct ft_err *err);
/* The same of a text; `file` is for messages. */
int ft_logins_read(struct ft_logins *logins, const struct ft_config *config, const char *file,
                   const char *text, size_t len, struct ft_err *err);

#endif
