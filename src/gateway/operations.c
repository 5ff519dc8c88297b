#include "gateway/operations.h"

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
    const char *const *word;    /* the values of the parameters */
    const struct ft_account *a; /* of the first one */
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

static int reset_account(struct ft_operation_call *c)
{
    if (ft_brk_reset_account(c->gw->trade->brk, c->a->index, c->err))
        return -1;
    char cash[FT_FIXED_TEXT_MAX];
    ft_fixed_print(c->a->cash[c->a->currency], FT_MONEY_DECIMALS, 2, cash);
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

static int add_group(struct ft_operation_call *c)
{
    if (ft_watchlist_add_group(c->gw, c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "watch-list group %s is there", "自选股分组 %s 已添加"), c->word[0]);
    return 0;
}

static int delete_group(struct ft_operation_call *c)
{
    if (ft_watchlist_delete_group(c->gw, c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "watch-list group %s is gone", "自选股分组 %s 已删除"), c->word[0]);
    return 0;
}

#define ACCOUNT {"acc_id", "account ID", "账户 ID"}
#define GROUP {"name", "name of the group", "分组名称"}

static const struct ft_operation operations[] = {
    {"reset_account", reset_account, false,
     "an account as it was at first: initial cash, no positions, no orders",
     "重置账户：恢复初始资金，清空持仓和订单", {ACCOUNT}},
    {"deposit", deposit, false, "pays cash in, or out when the amount is below 0",
     "存入资金，金额为负则取出",
     {ACCOUNT, {"currency", "HKD, USD, CNH, JPY or SGD", "HKD、USD、CNH、JPY 或 SGD"},
      {"amount", "in whole units, with decimals", "金额，可含小数"}}},
    {"convert", convert, false, "exchanges cash from one currency into another",
     "货币兑换",
     {ACCOUNT, {"from", "currency that is given", "卖出货币"}, {"to", "currency that is got", "买入货币"},
      {"amount", "of the currency that is given", "卖出金额"}}},
    {"add_group", add_group, true, "a watch-list group", "添加自选股分组", {GROUP}},
    {"delete_group", delete_group, true, "removes a watch-list group; its securities stay in All",
     "删除自选股分组，其中的股票保留在全部中", {GROUP}},
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
    c->a = errno || *end ? NULL : ft_brk_find_account(c->gw->trade->brk, id);
    if (c->a)
        return 0;
    return ft_err_set(c->err, FT_ENOTFOUND,
                      FT_TEXT(c->gw, "there is no account %s", "没有账户 %s"), c->word[0]);
}

int ft_operation_call(struct ft_gateway *gw, const struct ft_operation *op,
                      const char *const value[FT_OPERATION_PARAMS], char out[FT_OPERATION_TEXT_MAX],
                      struct ft_err *err)
{
    struct ft_operation_call c = {.gw = gw, .word = value, .out = out, .err = err};
    out[0] = '\0';
    for (size_t k = 0; k < param_count(op); k++)
        if (strlen(value[k]) > VALUE_MAX)
            return ft_err_set(err, FT_EINVAL, FT_TEXT(gw, "%s: longer than %d bytes", "%s 超过 %d 字节"),
                              op->param[k].name, VALUE_MAX);
    return !op->no_account && need_account(&c) ? -1 : op->run(&c);
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

int ft_operation_run(struct ft_gateway *gw, const char *name, const char *params,
                     char out[FT_OPERATION_TEXT_MAX], struct ft_err *err)
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
        return ft_operation_call(gw, op, word, out, err);
    }
    return ft_err_set(err, FT_EUNSUPPORTED,
                      FT_TEXT(gw, "%.64s is no command: help lists them", "没有命令 %.64s，help 列出全部"),
                      name);
}
