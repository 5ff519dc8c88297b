#include "gateway/quota.h"

#include "UsedQuota.pb-c.h"
#include "base/date.h"
#include "base/log.h"
#include "gateway/notify.h"
#include "gateway/subs.h"
#include "gateway/trade.h"

#include <stdlib.h>
#include <string.h>

/* Months and days of the tiers are Hong Kong's: their figures are in its currency. */
enum { HK_ZONE_S = 8 * 3600, FILLS_MAX = 1000000, LOOK_EVERY_S = 60 };

static const struct tier {
    int64_t quota, assets, trades, turnover; /* HKD, in whole units; more than the last two */
} tiers[] = {
    {2000, 5000000, 2000, 20000000},
    {1000, 500000, 200, 2000000},
    {300, 10000, INT64_MAX, INT64_MAX},
};
enum { LOWEST_TIER = 100 };

int64_t ft_quota_tier(ft_money assets, int64_t trades, ft_money turnover)
{
    for (size_t k = 0; k < sizeof tiers / sizeof tiers[0]; k++)
        if (assets / FT_MONEY_SCALE >= tiers[k].assets || trades > tiers[k].trades ||
            (tiers[k].turnover < INT64_MAX && turnover > tiers[k].turnover * FT_MONEY_SCALE))
            return tiers[k].quota;
    return LOWEST_TIER;
}

static ft_day hk_day(int64_t ns)
{
    return (ft_day)((ns / FT_NS_PER_SEC + HK_ZONE_S) / FT_SEC_PER_DAY);
}

static int month_of(ft_day day)
{
    struct ft_date d = ft_date_of(day);
    return d.year * 12 + d.month - 1;
}

static bool is_auto(const struct ft_gateway *gw)
{
    return strcmp(gw->config.quota_tier, "auto") == 0;
}

/* Whether the account's assets and trades count for the login: its real ones, whose money is
 * simulated like everything here. */
static bool counts(const struct ft_login *login, const struct ft_account *a)
{
    return a->env == FT_ENV_REAL && a->owner == login->number;
}

/* ---- Auto ----------------------------------------------------------------------------------- */

static void begin_month(struct ft_quota *q, int month)
{
    if (month == q->month)
        return;
    bool next = month == q->month + 1;
    q->trades[0] = next ? q->trades[1] : 0;
    q->turnover[0] = next ? q->turnover[1] : 0;
    q->trades[1] = q->turnover[1] = 0;
    q->month = month;
}

/* What a fill adds to the turnover, in HKD; what is not known any more adds nothing. */
static ft_money hkd_value(const struct ft_gateway *gw, const struct ft_fill *f)
{
    if (f->inst == FT_NO_INST)
        return 0;
    const struct ft_instrument *inst = ft_universe_at(gw->universe, f->inst);
    ft_money value, whole;
    if (ft_notional_try(llabs(f->price), f->qty, FT_ROUND_HALF_UP, &value) ||
        ft_muldiv(value, ft_multiplier(inst), FT_QTY_SCALE, FT_ROUND_HALF_UP, &whole))
        return 0;
    if (inst->type == FT_SEC_FUTURE)
        whole /= 10;
    return ft_fx(gw->trade->rules, hk_day(f->time_ns), (enum ft_currency)inst->currency, FT_HKD,
                 whole);
}

static void add_fill(struct ft_gateway *gw, struct ft_quota *q, const struct ft_fill *f)
{
    int at = month_of(hk_day(f->time_ns)) - q->month + 1;
    if (at < 0 || at > 1)
        return;
    q->trades[at]++;
    if (ft_add(q->turnover[at], hkd_value(gw, f), &q->turnover[at]))
        q->turnover[at] = INT64_MAX;
}

struct reading {
    struct ft_gateway *gw;
    struct ft_quota *q;
};

static void stored_fill(void *user, const struct ft_store_fill *row)
{
    struct reading *r = user;
    add_fill(r->gw, r->q, &row->fill);
}

static int64_t tier_now(struct ft_gateway *gw, const struct ft_login *login)
{
    const struct ft_quota *q = &login->quota;
    ft_money assets = 0;
    for (size_t k = 0; k < ft_brk_accounts(gw->trade->brk); k++) {
        struct ft_funds f;
        if (!counts(login, ft_brk_account(gw->trade->brk, k)))
            continue;
        ft_brk_funds(gw->trade->brk, (uint32_t)k, FT_HKD, &f);
        if (ft_add(assets, f.total_assets, &assets))
            assets = INT64_MAX / 2;
    }
    bool last = q->trades[0] > q->trades[1], more = q->turnover[0] > q->turnover[1];
    return ft_quota_tier(assets, q->trades[!last], q->turnover[!more]);
}

/* The configuration's numbers win over the tier. */
static void settle(const struct ft_gateway *gw, struct ft_login *login, int64_t tier)
{
    login->sub_quota = gw->config.sub_quota ? gw->config.sub_quota : tier;
    login->history_quota = gw->config.history_kl_quota ? gw->config.history_kl_quota : tier;
}

/* A tier rises at once and falls with a new day, so that prices around a border do not make it
 * flutter. */
static void look(struct ft_gateway *gw, struct ft_login *login)
{
    struct ft_quota *q = &login->quota;
    ft_day today = hk_day(ft_market_now(gw));
    begin_month(q, month_of(today));
    int64_t tier = tier_now(gw, login), sub = login->sub_quota, history = login->history_quota;
    bool new_day = q->day != today;
    q->day = today;
    if (tier == q->tier || (tier < q->tier && !new_day))
        return;
    q->tier = tier;
    settle(gw, login, tier);
    if (sub == login->sub_quota && history == login->history_quota)
        return;
    ft_info("event=quota login=%s subscriptions=%lld history=%lld", login->name,
            (long long)login->sub_quota, (long long)login->history_quota);
    ft_notify_quota(gw, login);
}

/* ---- Life ----------------------------------------------------------------------------------- */

static int start_login(struct ft_gateway *gw, struct ft_login *login, struct ft_err *err)
{
    struct ft_quota *q = &login->quota;
    if (!is_auto(gw)) {
        settle(gw, login, strtoll(gw->config.quota_tier, NULL, 10));
        return 0;
    }
    int64_t now = ft_market_now(gw);
    q->day = hk_day(now);
    q->month = month_of(q->day);
    struct ft_date d = ft_date_of(q->day);
    ft_day from = ft_day_of(d.month == 1 ? d.year - 1 : d.year, d.month == 1 ? 12 : d.month - 1, 1);
    struct reading r = {gw, q};
    for (size_t k = 0; k < ft_brk_accounts(gw->trade->brk); k++)
        if (counts(login, ft_brk_account(gw->trade->brk, k)) &&
            ft_store_fills(gw->trade->store, gw->universe, (uint32_t)k,
                           ((int64_t)from * FT_SEC_PER_DAY - HK_ZONE_S) * FT_NS_PER_SEC, now,
                           FILLS_MAX, stored_fill, &r, err))
            return ft_err_wrap(err, "quota_tier");
    q->tier = tier_now(gw, login);
    settle(gw, login, q->tier);
    return 0;
}

int ft_quota_start(struct ft_gateway *gw, struct ft_err *err)
{
    for (size_t k = 0; k < gw->logins.count; k++)
        if (start_login(gw, &gw->logins.all[k], err))
            return ft_err_wrap(err, "login %s", gw->logins.all[k].name);
    return 0;
}

void ft_quota_fill(struct ft_gateway *gw, const struct ft_fill *fill)
{
    const struct ft_account *a = ft_brk_account(gw->trade->brk, fill->account);
    struct ft_login *login = ft_logins_find(gw, a->owner);
    if (!is_auto(gw) || !login || !counts(login, a))
        return;
    int month = month_of(hk_day(fill->time_ns));
    if (month > login->quota.month)
        begin_month(&login->quota, month);
    add_fill(gw, &login->quota, fill);
    login->quota.changed = true;
}

void ft_quota_cash_changed(struct ft_gateway *gw, const struct ft_account *a)
{
    struct ft_login *login = ft_logins_find(gw, a->owner);
    if (login && counts(login, a))
        login->quota.changed = true;
}

static void tick_login(struct ft_gateway *gw, struct ft_login *login)
{
    struct ft_quota *q = &login->quota;
    if (is_auto(gw) && (q->changed || ++q->seconds >= LOOK_EVERY_S)) {
        q->changed = false;
        q->seconds = 0;
        look(gw, login);
    }
    int64_t sub = (int64_t)login->sub_used;
    int64_t history = (int64_t)ft_history_quota_now(gw, login)->count;
    if (sub == q->told_sub && history == q->told_history)
        return;
    q->told_sub = sub;
    q->told_history = history;
    ft_notify_used(gw, login);
}

void ft_quota_tick(struct ft_gateway *gw)
{
    for (size_t k = 0; gw->world && !gw->stopping && k < gw->logins.count; k++)
        tick_login(gw, &gw->logins.all[k]);
}

int ft_quota_set(struct ft_gateway *gw, struct ft_login *login, int64_t sub, int64_t history,
                 struct ft_err *err)
{
    if (sub < 0 || sub > FT_QUOTA_SUB_MAX || history < 0 || history > FT_HISTORY_USES_MAX)
        return ft_err_set(err, FT_EINVAL,
                          FT_TEXT(gw, "quotas %lld %lld: allowed are up to %d subscriptions and %d "
                                      "securities of history; 0 leaves one as it is",
                                  "额度 %lld %lld 无效：订阅至多 %d，历史 K 线至多 %d；0 表示不变"),
                          (long long)sub, (long long)history, FT_QUOTA_SUB_MAX, FT_HISTORY_USES_MAX);
    login->sub_quota = sub ? sub : login->sub_quota;
    login->history_quota = history ? history : login->history_quota;
    ft_notify_quota(gw, login);
    return 0;
}

void ft_handle_used_quota(struct ft_gateway *gw, struct ft_request *req)
{
    struct ft_login *login = req->conn->login;
    UsedQuota__S2C s2c = USED_QUOTA__S2_C__INIT;
    s2c.has_usedsubquota = s2c.has_usedklinequota = 1;
    s2c.usedsubquota = (int32_t)login->sub_used;
    s2c.usedklinequota = (int32_t)ft_history_quota_now(gw, login)->count;
    UsedQuota__Response r = USED_QUOTA__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
