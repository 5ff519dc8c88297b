/* Quotas of subscriptions and of history K-lines: how much a login may use (platform.md 12.1), by the
 * tier of its assets and trading or as configured, and what it uses, told when it changes. What takes
 * and gives back units is subs.c and history_quota.c. */
#ifndef FT_GATEWAY_QUOTA_H
#define FT_GATEWAY_QUOTA_H

#include "base/err.h"
#include "base/date.h"
#include "base/fixed.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_account;
struct ft_fill;

enum { FT_QUOTA_SUB_MAX = 100000 }; /* of an override; the top tier has 2000 */

struct ft_gateway;
struct ft_login;
struct ft_request;

/* Of a login with quota_tier=auto: the trading of its real accounts, last month's and this month's. */
struct ft_quota {
    int64_t told_sub, told_history; /* used quota as it was told last */
    int month;                      /* year * 12 + month of [1] */
    ft_day day;                     /* of the last full look at it */
    int64_t tier;
    unsigned seconds;               /* since the last look */
    bool changed;                   /* since then: trades or cash */
    int64_t trades[2];
    ft_money turnover[2];           /* HKD, futures with a tenth */
};

/* Tier of the figures: 100, 300, 1000 or 2000. `assets` and `turnover` in HKD; trades and turnover of
 * the better month. */
int64_t ft_quota_tier(ft_money assets, int64_t trades, ft_money turnover);

/* Once accounts and store are there: quotas by the configuration. -1 with a reason. */
int ft_quota_start(struct ft_gateway *gw, struct ft_err *err);
/* A fill of any account. */
void ft_quota_fill(struct ft_gateway *gw, const struct ft_fill *fill);
/* Cash came into an account or went out by hand. */
void ft_quota_cash_changed(struct ft_gateway *gw, const struct ft_account *a);
/* Once a second: tiers that have changed (they fall once a day only), used quota that has. */
void ft_quota_tick(struct ft_gateway *gw);
/* Other quotas from now on, told with Notify APIQuota; 0 leaves one as it is. -1 with a reason. */
int ft_quota_set(struct ft_gateway *gw, struct ft_login *login, int64_t sub, int64_t history,
                 struct ft_err *err);

/* Protocol 1010. */
void ft_handle_used_quota(struct ft_gateway *gw, struct ft_request *req);

#endif
