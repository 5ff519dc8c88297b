#include "gateway/operations.h"

#include "gateway/backend.h"
#include "gateway/trade.h"
#include "gateway/watchlist.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 63 };

struct ft_operation_call {
    struct ft_gateway *gw;
    const struct ft_login *login; /* who asks; NULL: the operator */
    const char *const *word;      /* the values of the parameters */
    const struct ft_account *a;   /* of the first one */
    char *out;
    struct ft_err *err;
};

static const char *const currencies[FT_CURRENCIES] = {"HKD", "USD", "CNH", "JPY", "SGD"};

static int need_currency(struct ft_operation_call *c, const char *word, enum ft_currency *out)
{
    for (int k = 0; k < FT_CURRENCIES; k++)
        if (strcmp(currencies[k], word) == 0) {
            *out = (enum ft_currency)k;
            return 0;
        }
    return ft_err_set(c->err, FT_EINVAL,
                      FT_TEXT(c->gw, "currency %s: allowed are HKD, USD, CNH, JPY and SGD",
                              "货币 %s 无效：可用 HKD、USD、CNH、JPY 和 SGD"), word);
}

static int need_amount(struct ft_operation_call *c, const char *word, ft_money *out)
{
    return ft_fixed_parse(word, strlen(word), FT_MONEY_DECIMALS, "amount", out, c->err);
}

/* Whose rights and quotas an operation changes: the operator means the default login's. */
static struct ft_login *login_of(const struct ft_operation_call *c)
{
    return c->login ? ft_logins_find(c->gw, c->login->number) : &c->gw->logins.all[0];
}

static int reset_account(struct ft_operation_call *c)
{
    if (ft_brk_reset_account(c->gw->trade->brk, c->a->index, c->err))
        return -1;
    char cash[FT_FIXED_TEXT_MAX];
    ft_fixed_print(c->a->cash[c->a->currency], FT_MONEY_DECIMALS, 2, cash);
    ft_quota_cash_changed(c->gw, c->a);
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "account %llu is reset: cash %s %s, no positions, no orders",
                     "账户 %llu 已重置：现金 %s %s，无持仓，无订单"),
             (unsigned long long)c->a->id, cash, currencies[c->a->currency]);
    return 0;
}

static void tell_cash(struct ft_operation_call *c, enum ft_currency currency)
{
    char cash[FT_FIXED_TEXT_MAX];
    ft_fixed_print(c->a->cash[currency], FT_MONEY_DECIMALS, 2, cash);
    ft_quota_cash_changed(c->gw, c->a);
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "account %llu has %s %s", "账户 %llu 现金 %s %s"),
             (unsigned long long)c->a->id, cash, currencies[currency]);
}

static int deposit(struct ft_operation_call *c)
{
    enum ft_currency currency;
    ft_money amount;
    if (need_currency(c, c->word[1], &currency) || need_amount(c, c->word[2], &amount) ||
        ft_brk_deposit(c->gw->trade->brk, c->a->index, currency, amount, c->err))
        return -1;
    tell_cash(c, currency);
    return 0;
}

static int convert(struct ft_operation_call *c)
{
    enum ft_currency from, to;
    ft_money amount;
    if (need_currency(c, c->word[1], &from) || need_currency(c, c->word[2], &to) ||
        need_amount(c, c->word[3], &amount) ||
        ft_brk_convert(c->gw->trade->brk, c->a->index, from, to, amount, c->err))
        return -1;
    tell_cash(c, to);
    return 0;
}

static const struct ft_login *whose_lists(const struct ft_operation_call *c)
{
    return c->login ? c->login : &c->gw->logins.all[0];
}

static int add_group(struct ft_operation_call *c)
{
    if (ft_watchlist_add_group(c->gw, whose_lists(c), c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "watch-list group %s is there", "自选股分组 %s 已添加"), c->word[0]);
    return 0;
}

static int delete_group(struct ft_operation_call *c)
{
    if (ft_watchlist_delete_group(c->gw, whose_lists(c), c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "watch-list group %s is gone", "自选股分组 %s 已删除"), c->word[0]);
    return 0;
}

/* ---- Rights, quotas, links: how a strategy behaves when they change ---------------------------- */

static int set_quote_right(struct ft_operation_call *c)
{
    return ft_rights_set(c->gw, login_of(c), c->word[0], c->word[1], c->out, c->err);
}

static int kick_quote_right(struct ft_operation_call *c)
{
    return ft_rights_kick(c->gw, login_of(c), c->word[0], c->word[1], c->out, c->err);
}

static int request_highest(struct ft_operation_call *c)
{
    ft_rights_request_highest(c->gw, login_of(c), c->out);
    return 0;
}

static int need_number(struct ft_operation_call *c, const char *word, int64_t *out)
{
    return ft_fixed_parse(word, strlen(word), 0, "number", out, c->err);
}

static int set_quota(struct ft_operation_call *c)
{
    struct ft_login *login = login_of(c);
    int64_t sub, history;
    if (need_number(c, c->word[0], &sub) || need_number(c, c->word[1], &history) ||
        ft_quota_set(c->gw, login, sub, history, c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "subscription quota %lld, history K-line quota %lld",
                     "订阅额度 %lld，历史 K 线额度 %lld"),
             (long long)login->sub_quota, (long long)login->history_quota);
    return 0;
}

static int disconnect_backend(struct ft_operation_call *c)
{
    int64_t seconds;
    if (need_number(c, c->word[0], &seconds) ||
        ft_backend_disconnect(c->gw, seconds, c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "the link to the quote servers is cut for %lld seconds",
                     "与行情服务器的连接断开 %lld 秒"), (long long)seconds);
    return 0;
}

static int set_program_status(struct ft_operation_call *c)
{
    if (ft_backend_set_program(c->gw, c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "the program status is %s", "程序状态为 %s"), c->word[0]);
    return 0;
}

#define ACCOUNT {"acc_id", "account ID", "账户 ID"}
#define GROUP {"name", "name of the group", "分组名称"}
#define PRODUCT {"product", "hk, us, hk_option and so on", "产品：hk、us、hk_option 等"}

static const struct ft_operation operations[] = {
    {"reset_account", reset_account, FT_ABOUT_ACCOUNT,
     "an account as it was at first: initial cash, no positions, no orders",
     "重置账户：恢复初始资金，清空持仓和订单", {ACCOUNT}},
    {"deposit", deposit, FT_ABOUT_ACCOUNT, "pays cash in, or out when the amount is below 0",
     "存入资金，金额为负则取出",
     {ACCOUNT, {"currency", "HKD, USD, CNH, JPY or SGD", "HKD、USD、CNH、JPY 或 SGD"},
      {"amount", "in whole units, with decimals", "金额，可含小数"}}},
    {"convert", convert, FT_ABOUT_ACCOUNT, "exchanges cash from one currency into another",
     "货币兑换",
     {ACCOUNT, {"from", "currency that is given", "卖出货币"}, {"to", "currency that is got", "买入货币"},
      {"amount", "of the currency that is given", "卖出金额"}}},
    {"add_group", add_group, FT_ABOUT_LOGIN, "a watch-list group", "添加自选股分组", {GROUP}},
    {"delete_group", delete_group, FT_ABOUT_LOGIN, "removes a watch-list group; its securities stay in All",
     "删除自选股分组，其中的股票保留在全部中", {GROUP}},
    {"set_quote_right", set_quote_right, FT_ABOUT_LOGIN, "a quote right that is owned from now on",
     "设置行情权限", {PRODUCT, {"right", "NO, BMP, LV1, LV2, SF or LV3", "NO、BMP、LV1、LV2、SF 或 LV3"}}},
    {"kick_quote_right", kick_quote_right, FT_ABOUT_LOGIN,
     "another terminal takes the best right and leaves this one", "模拟被其他终端踢掉行情权限",
     {PRODUCT, {"right", "what is left: NO, BMP, LV1 ...", "剩余权限：NO、BMP、LV1 等"}}},
    {"request_highest_quote_right", request_highest, FT_ABOUT_LOGIN,
     "takes the best quote right back from other terminals", "抢回最高行情权限", {{NULL, NULL, NULL}}},
    {"set_quota", set_quota, FT_ABOUT_LOGIN, "quotas from now on; 0 leaves one as it is",
     "设置额度，0 表示不变",
     {{"subscriptions", "subscription quota", "订阅额度"}, {"history", "history K-line quota", "历史 K 线额度"}}},
    {"disconnect_backend", disconnect_backend, FT_ABOUT_GATEWAY,
     "cuts the link to the quote servers for a while", "断开与行情服务器的连接",
     {{"seconds", "how long", "秒数"}}},
    {"set_program_status", set_program_status, FT_ABOUT_GATEWAY, "the program status that clients see",
     "设置程序状态", {{"status", "READY, LOGING, NEED_PHONE_VERIFY_CODE ...",
                       "READY、LOGING、NEED_PHONE_VERIFY_CODE 等"}}},
};

const struct ft_operation *ft_operation_at(size_t k)
{
    return k < sizeof operations / sizeof operations[0] ? &operations[k] : NULL;
}

static size_t param_count(const struct ft_operation *op)
{
    size_t n = 0;
    while (n < FT_OPERATION_PARAMS && op->param[n].name)
        n++;
    return n;
}

/* The form of a call by words, as "deposit ACC_ID CURRENCY AMOUNT". */
static size_t usage(const struct ft_operation *op, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", op->name);
    for (size_t k = 0; k < param_count(op) && len + 2 < size; k++) {
        out[len++] = ' ';
        for (const char *p = op->param[k].name; *p && len + 1 < size; p++)
            out[len++] = (char)toupper((unsigned char)*p);
    }
    out[len] = '\0';
    return len;
}

static int help(struct ft_gateway *gw, char *out)
{
    size_t len = 0;
    for (size_t k = 0; ft_operation_at(k); k++) {
        const struct ft_operation *op = ft_operation_at(k);
        len += usage(op, out + len, FT_OPERATION_TEXT_MAX - len);
        len += (size_t)snprintf(out + len, FT_OPERATION_TEXT_MAX - len, " (%s)\n",
                                FT_TEXT(gw, op->en, op->chs));
    }
    return 0;
}

static int need_account(struct ft_operation_call *c)
{
    char *end;
    errno = 0;
    unsigned long long id = strtoull(c->word[0], &end, 10);
    if (errno || *end)
        c->a = NULL;
    else
        c->a = c->login ? ft_login_account(c->gw, c->login, id)
                        : ft_brk_find_account(c->gw->trade->brk, id);
    if (c->a && c->login && c->login->read_only)
        return ft_err_set(c->err, FT_ESTATE,
                          FT_TEXT(c->gw, "the login %s is read-only", "登录账号 %s 为只读"),
                          c->login->name);
    if (c->a)
        return 0;
    return ft_err_set(c->err, FT_ENOTFOUND,
                      FT_TEXT(c->gw, "there is no account %s", "没有账户 %s"), c->word[0]);
}

int ft_operation_call(struct ft_gateway *gw, const struct ft_login *login,
                      const struct ft_operation *op,
                      const char *const value[FT_OPERATION_PARAMS], char out[FT_OPERATION_TEXT_MAX],
                      struct ft_err *err)
{
    struct ft_operation_call c = {.gw = gw, .login = login, .word = value, .out = out,
                                  .err = err};
    out[0] = '\0';
    if (op->about == FT_ABOUT_GATEWAY && login && login->number)
        return ft_err_set(err, FT_EINVAL,
                          FT_TEXT(gw, "%s concerns every login: only the default one may",
                                  "%s 影响所有登录账号：仅默认账号可用"), op->name);
    for (size_t k = 0; k < param_count(op); k++)
        if (strlen(value[k]) > VALUE_MAX)
            return ft_err_set(err, FT_EINVAL, FT_TEXT(gw, "%s: longer than %d bytes", "%s 超过 %d 字节"),
                              op->param[k].name, VALUE_MAX);
    return op->about == FT_ABOUT_ACCOUNT && need_account(&c) ? -1 : op->run(&c);
}

/* Cuts the words of `text` apart in place. Returns how many there are, at most one more than fit. */
static size_t split(char *text, const char *word[FT_OPERATION_PARAMS])
{
    size_t n = 0;
    for (char *p = text; *(p += strspn(p, " \t"));) {
        if (n == FT_OPERATION_PARAMS)
            return n + 1;
        word[n++] = p;
        p += strcspn(p, " \t");
        if (*p)
            *p++ = '\0';
    }
    return n;
}

int ft_operation_run(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                     const char *params, char out[FT_OPERATION_TEXT_MAX], struct ft_err *err)
{
    out[0] = '\0';
    if (strcmp(name, "help") == 0)
        return help(gw, out);
    for (size_t k = 0; ft_operation_at(k); k++) {
        const struct ft_operation *op = ft_operation_at(k);
        if (strcmp(op->name, name) != 0)
            continue;
        char text[512], form[128];
        const char *word[FT_OPERATION_PARAMS];
        if (snprintf(text, sizeof text, "%s", params ? params : "") >= (int)sizeof text)
            return ft_err_set(err, FT_EINVAL,
                              FT_TEXT(gw, "the parameters are longer than %zu bytes", "参数超过 %zu 字节"),
                              sizeof text - 1);
        if (split(text, word) != param_count(op)) {
            usage(op, form, sizeof form);
            return ft_err_set(err, FT_EINVAL, FT_TEXT(gw, "usage: %s", "用法：%s"), form);
        }
        return ft_operation_call(gw, login, op, word, out, err);
    }
    return ft_err_set(err, FT_EUNSUPPORTED,
                      FT_TEXT(gw, "%.64s is no command: help lists them", "没有命令 %.64s，help 列出全部"),
                      name);
}
