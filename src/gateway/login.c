#include "gateway/login.h"

#include "base/log.h"
#include "gateway/gateway.h"
#include "gateway/limits.h"
#include "gateway/trade.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The default login as the configuration tells it. */
static int init_default(struct ft_login *l, const struct ft_config *config, struct ft_err *err)
{
    *l = (struct ft_login){
        .user_id = ft_login_user_id(config->login_account),
        .initial_cash = config->initial_cash,
        .api_port = -1,
    };
    memcpy(l->name, config->login_account, sizeof l->name);
    memcpy(l->firms, config->firm_list, sizeof l->firms);
    memcpy(l->firm_names, config->firms, sizeof l->firm_names);
    char md5[FT_PASSWORD_MD5 + 1];
    const char *kept = config->trade_password_md5;
    if (!*kept) {
        if (ft_password_md5(config->trade_password, md5, err))
            return ft_err_wrap(err, "trade_password: give trade_password_md5 instead");
        kept = md5;
    }
    return ft_password_parse(kept, &l->password, err) ? ft_err_wrap(err, "trade_password_md5") : 0;
}

/* What every login has; quotas follow once its accounts are there (quota.c). */
static int equip(struct ft_login *l, const struct ft_config *config, bool own_delay,
                 struct ft_err *err)
{
    l->rights.auto_hold = config->auto_hold_quote_right;
    if (!(l->limits = ft_limits_new(config->limit_overrides, err)))
        return -1;
    if (ft_rights_parse(&l->rights, config->quote_rights, err))
        return ft_err_wrap(err, "quote_rights");
    if (own_delay && (l->delay = calloc(1, sizeof *l->delay)) && ft_delay_init(l->delay)) {
        ft_delay_free(l->delay);
        free(l->delay);
        l->delay = NULL;
    }
    if (own_delay && !l->delay)
        return ft_err_set(err, FT_ENOMEM, "no memory for the login %s", l->name);
    if (!l->rsa_private_key[0])
        return 0;
    l->rsa = ft_rsa_from_file(l->rsa_private_key, err);
    if (!l->rsa)
        return ft_err_wrap(err, "login %s: rsa_private_key", l->name);
    if (ft_rsa_bits(l->rsa) != 1024)
        ft_warn("login %s: rsa_private_key has %d bits: the official Python and Java clients work "
                "with 1024 only", l->name, ft_rsa_bits(l->rsa));
    return 0;
}

int ft_logins_init(struct ft_gateway *gw, struct ft_err *err)
{
    struct ft_logins *all = &gw->logins;
    all->all = calloc(1, sizeof *all->all);
    if (!all->all)
        return ft_err_set(err, FT_ENOMEM, "no memory for the logins");
    all->count = 1;
    if (init_default(&all->all[0], &gw->config, err) ||
        (gw->config.accounts[0] && ft_logins_read_file(all, &gw->config, err)))
        return -1;
    for (size_t k = 0; k < all->count; k++)
        if (equip(&all->all[k], &gw->config, all->count > 1, err))
            return -1;
    return 0;
}

void ft_logins_free(struct ft_gateway *gw)
{
    for (size_t k = 0; k < gw->logins.count; k++) {
        struct ft_login *l = &gw->logins.all[k];
        if (l->limits)
            ft_limits_free(l->limits);
        if (l->delay)
            ft_delay_free(l->delay);
        free(l->delay);
        ft_rsa_free(l->rsa);
    }
    free(gw->logins.all);
    gw->logins = (struct ft_logins){0};
}

static void tell_missing(void *user, uint32_t number, uint64_t user_id)
{
    if (!ft_logins_find(user, number))
        ft_warn("event=login number=%u user_id=%llu outcome=\"no row of the accounts file has it: what "
                "it owns stays, and nobody reaches it\"", number, (unsigned long long)user_id);
}

int ft_logins_number(struct ft_gateway *gw, struct ft_err *err)
{
    struct ft_store *store = gw->trade->store;
    for (size_t k = 1; k < gw->logins.count; k++) {
        struct ft_login *l = &gw->logins.all[k];
        if (ft_store_login(store, l->user_id, &l->number, err))
            return ft_err_wrap(err, "login %s", l->name);
        if (l->number > FT_OWNERS_MAX)
            return ft_err_set(err, FT_ELIMIT, "login %s: this data directory has had %d logins, which is "
                                              "the most", l->name, FT_OWNERS_MAX);
    }
    return ft_store_logins(store, tell_missing, gw, err);
}

/* ---- Listeners ---------------------------------------------------------------------------------- */

int ft_logins_listen(struct ft_gateway *gw, ft_listener_accept *accept, struct ft_err *err)
{
    gw->logins.open = true;
    for (size_t k = 0; k < gw->logins.count; k++) {
        struct ft_login *l = &gw->logins.all[k];
        if (l->api_port < 0)
            continue;
        l->api = (struct ft_listener){.what = "api", .ip = l->api_ip, .port = (int)l->api_port,
                                      .login = l, .rsa = l->rsa, .accept = accept, .user = gw};
        if (ft_listener_open(&l->api, gw->loop, err))
            return ft_err_wrap(err, "%s: login %s", gw->config.accounts, l->name);
    }
    return 0;
}

static void want_each(struct ft_gateway *gw)
{
    for (size_t k = 0; k < gw->logins.count; k++)
        if (gw->logins.all[k].api.port)
            ft_listener_want(&gw->logins.all[k].api, gw->logins.open);
}

void ft_logins_want(struct ft_gateway *gw, bool open)
{
    if (open == gw->logins.open)
        return; /* asked with every connection that comes and goes */
    gw->logins.open = open;
    want_each(gw);
}

void ft_logins_tick(struct ft_gateway *gw)
{
    want_each(gw);
    for (size_t k = 0; k < gw->logins.count; k++)
        if (gw->logins.all[k].delay)
            ft_delay_daily_reset(gw->logins.all[k].delay, time(NULL));
}

/* ---- Finding ------------------------------------------------------------------------------------ */

/* How well it fits: 0 not at all, the more the longer the pattern. */
static size_t fit(const char *pattern, const char *client_id)
{
    size_t n = strlen(pattern);
    if (pattern[n - 1] == '*')
        return strncmp(pattern, client_id, n - 1) == 0 ? n : 0;
    return strcmp(pattern, client_id) == 0 ? FT_NAME_MAX + 1 : 0;
}

struct ft_login *ft_logins_map(struct ft_gateway *gw, const struct ft_listener *listener,
                               const char *client_id)
{
    struct ft_login *best = &gw->logins.all[0];
    size_t best_fit = 0;
    if (listener->login)
        return listener->login;
    for (size_t k = 1; k < gw->logins.count && client_id; k++) {
        struct ft_login *l = &gw->logins.all[k];
        for (size_t i = 0; i < l->client_id_count; i++) {
            size_t now = fit(l->client_ids[i], client_id);
            if (now > best_fit) {
                best_fit = now;
                best = l;
            }
        }
    }
    return best;
}

struct ft_login *ft_logins_find(struct ft_gateway *gw, uint32_t number)
{
    for (size_t k = 0; k < gw->logins.count; k++)
        if (gw->logins.all[k].number == number)
            return &gw->logins.all[k];
    return NULL;
}

const struct ft_account *ft_login_account(const struct ft_gateway *gw, const struct ft_login *l,
                                          uint64_t id)
{
    const struct ft_account *a = ft_brk_find_account(gw->trade->brk, id);
    return a && a->owner == l->number ? a : NULL;
}

struct ft_delay *ft_login_delay(struct ft_gateway *gw, const struct ft_login *l)
{
    return l->delay ? l->delay : &gw->delay;
}
