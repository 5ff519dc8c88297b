#include "gateway/operations.h"

#include "gateway/backend.h"
#include "gateway/trade.h"
#include "gateway/watchlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 5, WORD_MAX = 64 };

struct call {
    struct ft_gateway *gw;
    const struct ft_login *login; /* who asks; NULL: the operator */
    size_t count;
    char word[WORDS_MAX][WORD_MAX];
    const struct ft_account *a; /* of the first word */
    char *out;
    struct ft_err *err;
};

static const char *const currencies[FT_CURRENCIES] = {"HKD", "USD", "CNH", "JPY", "SGD"};

static int need_currency(struct call *c, const char *word, enum ft_currency *out)
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

static int need_amount(struct call *c, const char *word, ft_money *out)
{
    return ft_fixed_parse(word, strlen(word), FT_MONEY_DECIMALS, "amount", out, c->err);
}

/* Whose rights and quotas an operation changes: the operator means the default login's. */
static struct ft_login *login_of(const struct call *c)
{
    return c->login ? ft_logins_find(c->gw, c->login->number) : &c->gw->logins.all[0];
}

static int reset_account(struct call *c)
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

static void tell_cash(struct call *c, enum ft_currency currency)
{
    char cash[FT_FIXED_TEXT_MAX];
    ft_fixed_print(c->a->cash[currency], FT_MONEY_DECIMALS, 2, cash);
    ft_quota_cash_changed(c->gw, c->a);
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "account %llu has %s %s", "账户 %llu 现金 %s %s"),
             (unsigned long long)c->a->id, cash, currencies[currency]);
}

static int deposit(struct call *c)
{
    enum ft_currency currency;
    ft_money amount;
    if (need_currency(c, c->word[1], &currency) || need_amount(c, c->word[2], &amount) ||
        ft_brk_deposit(c->gw->trade->brk, c->a->index, currency, amount, c->err))
        return -1;
    tell_cash(c, currency);
    return 0;
}

static int convert(struct call *c)
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

static const struct ft_login *whose_lists(const struct call *c)
{
    return c->login ? c->login : &c->gw->logins.all[0];
}

static int add_group(struct call *c)
{
    if (ft_watchlist_add_group(c->gw, whose_lists(c), c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "watch-list group %s is there", "自选股分组 %s 已添加"), c->word[0]);
    return 0;
}

static int delete_group(struct call *c)
{
    if (ft_watchlist_delete_group(c->gw, whose_lists(c), c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "watch-list group %s is gone", "自选股分组 %s 已删除"), c->word[0]);
    return 0;
}

/* ---- Rights, quotas, links: how a strategy behaves when they change ---------------------------- */

static int set_quote_right(struct call *c)
{
    return ft_rights_set(c->gw, login_of(c), c->word[0], c->word[1], c->out, c->err);
}

static int kick_quote_right(struct call *c)
{
    return ft_rights_kick(c->gw, login_of(c), c->word[0], c->word[1], c->out, c->err);
}

static int request_highest(struct call *c)
{
    ft_rights_request_highest(c->gw, login_of(c), c->out);
    return 0;
}

static int need_number(struct call *c, const char *word, int64_t *out)
{
    return ft_fixed_parse(word, strlen(word), 0, "number", out, c->err);
}

static int set_quota(struct call *c)
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

static int disconnect_backend(struct call *c)
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

static int set_program_status(struct call *c)
{
    if (ft_backend_set_program(c->gw, c->word[0], c->err))
        return -1;
    snprintf(c->out, FT_OPERATION_TEXT_MAX,
             FT_TEXT(c->gw, "the program status is %s", "程序状态为 %s"), c->word[0]);
    return 0;
}

/* Whom an operation is about, and so who may run it: an account's owner, a login for itself, and what
 * concerns every login only the operator or the default login. */
enum about { ACCOUNT /* named by the first word */, LOGIN, GATEWAY };

static const struct operation {
    const char *name;
    size_t words;
    int (*run)(struct call *c);
    const char *usage;
    enum about about;
} operations[] = {
    {"reset_account", 1, reset_account, "reset_account ACCOUNT", ACCOUNT},
    {"deposit", 3, deposit, "deposit ACCOUNT CURRENCY AMOUNT (below 0: a withdrawal)", ACCOUNT},
    {"convert", 4, convert, "convert ACCOUNT FROM TO AMOUNT", ACCOUNT},
    {"add_group", 1, add_group, "add_group NAME (a watch-list group)", LOGIN},
    {"set_quote_right", 2, set_quote_right,
     "set_quote_right PRODUCT RIGHT (hk LV1: owned from now on)", LOGIN},
    {"kick_quote_right", 2, kick_quote_right,
     "kick_quote_right PRODUCT RIGHT (another terminal takes the best one and leaves this)", LOGIN},
    {"request_highest_quote_right", 0, request_highest, "request_highest_quote_right", LOGIN},
    {"set_quota", 2, set_quota, "set_quota SUBSCRIPTIONS HISTORY (0 leaves one as it is)", LOGIN},
    {"disconnect_backend", 1, disconnect_backend,
     "disconnect_backend SECONDS (no quotes from the servers meanwhile)", GATEWAY},
    {"set_program_status", 1, set_program_status,
     "set_program_status NAME (READY, LOGING, NEED_PHONE_VERIFY_CODE ...)", GATEWAY},
    {"delete_group", 1, delete_group, "delete_group NAME (its securities stay in All)", LOGIN},
};

static int help(struct ft_gateway *gw, char *out)
{
    size_t len = 0;
    (void)gw;
    for (size_t k = 0; k < sizeof operations / sizeof operations[0]; k++)
        len += (size_t)snprintf(out + len, FT_OPERATION_TEXT_MAX - len, "%s\n", operations[k].usage);
    return 0;
}

static int split(struct call *c, const char *params)
{
    for (const char *p = params ? params : ""; *(p += strspn(p, " \t"));) {
        size_t n = strcspn(p, " \t");
        if (c->count == WORDS_MAX || n >= WORD_MAX)
            return ft_err_set(c->err, FT_EINVAL,
                              FT_TEXT(c->gw, "too many parameters, or one that is too long",
                                      "参数过多或过长"));
        memcpy(c->word[c->count], p, n);
        c->word[c->count++][n] = '\0';
        p += n;
    }
    return 0;
}

static int need_account(struct call *c)
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

int ft_operation_run(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                     const char *params, char out[FT_OPERATION_TEXT_MAX], struct ft_err *err)
{
    out[0] = '\0';
    if (strcmp(name, "help") == 0)
        return help(gw, out);
    for (size_t k = 0; k < sizeof operations / sizeof operations[0]; k++) {
        const struct operation *op = &operations[k];
        if (strcmp(op->name, name) != 0)
            continue;
        struct call c = {.gw = gw, .login = login, .out = out, .err = err};
        if (split(&c, params))
            return -1;
        if (c.count != op->words)
            return ft_err_set(err, FT_EINVAL, FT_TEXT(gw, "usage: %s", "用法：%s"), op->usage);
        if (op->about == GATEWAY && login && login->number)
            return ft_err_set(err, FT_EINVAL,
                              FT_TEXT(gw, "%s concerns every login: only the default one may",
                                      "%s 影响所有登录账号：仅默认账号可用"), op->name);
        return op->about == ACCOUNT && need_account(&c) ? -1 : op->run(&c);
    }
    return ft_err_set(err, FT_EUNSUPPORTED,
                      FT_TEXT(gw, "%.64s is no command: help lists them", "没有命令 %.64s，help 列出全部"),
                      name);
}
