/* Which accounts an owner has and what each may trade (spec trade.md 4.1), resets and money by hand. */
#include "broker/state.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

/* One of each kind, in the order of 2001: real ones, simulated ones, disabled legacy ones. */
struct kind {
    uint64_t id; /* of the first owner */
    uint8_t env, type, sim, currency;
    bool futures, universal, disabled;
    uint8_t auth[FT_AUTHS_MAX];
};

/* Real securities and futures accounts of every firm: universal ones. */
static const struct kind real_kinds[] = {
    {281756479345015383, FT_ENV_REAL, FT_ACC_MARGIN, FT_SIM_NONE, FT_HKD, false, true, false, {0}},
    {281756479345015384, FT_ENV_REAL, FT_ACC_MARGIN, FT_SIM_NONE, FT_HKD, true, true, false,
     {FT_TRD_FUTURES}},
};
/* What firms offer (trade.md 3), the markets of their securities account and its base currency. */
static const struct {
    bool futures;
    uint8_t currency, auth[FT_AUTHS_MAX];
} firms[FT_FIRMS] = {
    [FT_FIRM_FUTUHK] = {true, FT_HKD, {FT_TRD_HK, FT_TRD_US, FT_TRD_HKCC}},
    [FT_FIRM_FUTUINC] = {false, FT_USD, {FT_TRD_US, FT_TRD_HK, FT_TRD_HKCC}},
    [FT_FIRM_FUTUSG] = {true, FT_SGD, {FT_TRD_US, FT_TRD_HK, FT_TRD_HKCC}},
    [FT_FIRM_FUTUAU] = {false, FT_USD, {FT_TRD_US, FT_TRD_HK}},
    [FT_FIRM_FUTUCA] = {false, FT_USD, {FT_TRD_US}},
    [FT_FIRM_FUTUMY] = {true, FT_USD, {FT_TRD_US, FT_TRD_HK, FT_TRD_HKCC}},
    [FT_FIRM_FUTUJP] = {false, FT_USD, {FT_TRD_US}},
};
static const struct kind paper_kinds[] = {
    {8377516, FT_ENV_SIMULATE, FT_ACC_CASH, FT_SIM_STOCK, FT_HKD, false, false, false, {FT_TRD_HK}},
    {10741586, FT_ENV_SIMULATE, FT_ACC_MARGIN, FT_SIM_OPTION, FT_HKD, false, false, false,
     {FT_TRD_HK}},
    {1619199, FT_ENV_SIMULATE, FT_ACC_MARGIN, FT_SIM_STOCK_AND_OPTION, FT_USD, false, false, false,
     {FT_TRD_US}},
    {3450311, FT_ENV_SIMULATE, FT_ACC_CASH, FT_SIM_STOCK, FT_CNY, false, false, false, {FT_TRD_CN}},
    {9497808, FT_ENV_SIMULATE, FT_ACC_MARGIN, FT_SIM_FUTURES, FT_HKD, true, false, false,
     {FT_TRD_SIM_FUT_HK}},
    {9497809, FT_ENV_SIMULATE, FT_ACC_MARGIN, FT_SIM_FUTURES, FT_USD, true, false, false,
     {FT_TRD_SIM_FUT_US}},
    {9497810, FT_ENV_SIMULATE, FT_ACC_MARGIN, FT_SIM_FUTURES, FT_SGD, true, false, false,
     {FT_TRD_SIM_FUT_SG}},
    {9497811, FT_ENV_SIMULATE, FT_ACC_MARGIN, FT_SIM_FUTURES, FT_JPY, true, false, false,
     {FT_TRD_SIM_FUT_JP}},
};
static const struct kind legacy_kinds[] = {
    {281756455983234027, FT_ENV_REAL, FT_ACC_MARGIN, FT_SIM_NONE, FT_HKD, false, false, true,
     {FT_TRD_HK}},
};

/* More than the IDs of one owner lie apart, so that those of two never meet. */
enum { FIRM_STEP = 1000, OWNER_STEP_REAL = 1000000, OWNER_STEP_PAPER = 20000000 };

static int open_account(struct ft_brk *b, const struct ft_brk_owner *owner, const struct kind *k,
                        uint8_t firm, struct ft_err *err)
{
    uint64_t id = k->id + (firm ? (uint64_t)(firm - 1) * FIRM_STEP : 0) +
                  owner->number * (uint64_t)(k->env == FT_ENV_REAL ? OWNER_STEP_REAL
                                                                   : OWNER_STEP_PAPER);
    const struct ft_account *there = ft_brk_find_account(b, id);
    if (there)
        return there->owner == owner->number
                   ? 0
                   : ft_err_set(err, FT_ECORRUPT, "account %llu is of login %u, not of login %u",
                                (unsigned long long)id, there->owner, owner->number);
    struct ft_account a = {
        .id = id,
        .index = (uint32_t)b->account_count,
        .owner = owner->number,
        .env = k->env, .type = k->type, .sim = k->sim, .firm = firm, .currency = k->currency,
        .futures = k->futures, .universal = k->universal, .disabled = k->disabled,
        .created_ns = b->now_ns, .initial_cash = k->disabled ? 0 : owner->initial_cash,
        .day_trades_day = FT_NO_DAY, .dt_call_day = FT_NO_DAY,
    };
    bool of_firm = k->universal && !k->disabled;
    if (of_firm)
        a.currency = firms[firm].currency;
    const uint8_t *auth = of_firm && !k->futures ? firms[firm].auth : k->auth;
    while (a.auth_count < FT_AUTHS_MAX && auth[a.auth_count]) {
        a.auth[a.auth_count] = auth[a.auth_count];
        a.auth_count++;
    }
    if (k->env == FT_ENV_REAL) {
        snprintf(a.card, sizeof a.card, "10010%011llu", (unsigned long long)(id % 100000000000));
        if (!k->disabled)
            snprintf(a.uni_card, sizeof a.uni_card, "10013%011llu",
                     (unsigned long long)(id / 2 % 100000000000));
    }
    if (ft_brk_load_account(b, &a, err))
        return -1;
    struct acc *n = b->accounts[b->account_count - 1];
    brk_account_changed(b, n);
    if (a.initial_cash) {
        ft_day day = (ft_day)(b->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
        ledger_begin(b, FT_TXN_OPEN, n, 0, 0, day, day);
        ledger_cash(b, n, FT_HOLD_FUNDING, (enum ft_currency)a.currency, a.initial_cash);
    }
    return 0;
}

static int open_of(struct ft_brk *b, const struct ft_brk_owner *owner, struct ft_err *err)
{
    for (size_t f = 0; f < FT_FIRMS && owner->firms[f]; f++)
        for (size_t k = 0; k < sizeof real_kinds / sizeof real_kinds[0]; k++)
            if ((!real_kinds[k].futures || firms[owner->firms[f]].futures) &&
                open_account(b, owner, &real_kinds[k], owner->firms[f], err))
                return -1;
    for (size_t k = 0; k < sizeof paper_kinds / sizeof paper_kinds[0]; k++)
        if (open_account(b, owner, &paper_kinds[k], FT_FIRM_NONE, err))
            return -1;
    for (size_t k = 0; k < sizeof legacy_kinds / sizeof legacy_kinds[0]; k++)
        if (open_account(b, owner, &legacy_kinds[k], FT_FIRM_FUTUHK, err))
            return -1;
    return 0;
}

int brk_open_accounts(struct ft_brk *b, struct ft_err *err)
{
    struct ft_brk_owner first = {.initial_cash = b->options.initial_cash};
    memcpy(first.firms, b->options.firms, sizeof first.firms);
    if (open_of(b, &first, err))
        return -1;
    for (size_t k = 0; k < b->options.owner_count; k++) {
        const struct ft_brk_owner *owner = &b->options.owners[k];
        FT_CHECK(owner->number > 0 && owner->number <= FT_OWNERS_MAX);
        if (open_of(b, owner, err))
            return -1;
    }
    b->options.owners = NULL; /* the caller's no longer */
    b->options.owner_count = 0;
    return 0;
}

static uint8_t paper_future_market(int market)
{
    switch (market) {
    case FT_MARKET_HK: return FT_TRD_SIM_FUT_HK;
    case FT_MARKET_US: return FT_TRD_SIM_FUT_US;
    case FT_MARKET_SG: return FT_TRD_SIM_FUT_SG;
    case FT_MARKET_JP: return FT_TRD_SIM_FUT_JP;
    }
    return 0;
}

uint8_t brk_market_for(const struct ft_account *a, const struct ft_instrument *inst)
{
    bool real = a->env == FT_ENV_REAL;
    if (ft_product_of(inst, real) < 0)
        return 0;
    /* Index options of Hong Kong trade in the futures account (trade.md 2.8). */
    bool option = inst->type == FT_SEC_OPTION;
    bool hk_index_option = option && inst->market == FT_MARKET_HK && inst->index_option;
    bool future = inst->type == FT_SEC_FUTURE || (hk_index_option && (real || a->futures));
    if (future != a->futures)
        return 0;
    if ((a->sim == FT_SIM_STOCK && option) || (a->sim == FT_SIM_OPTION && !option))
        return 0;
    uint8_t market = 0;
    if (future)
        market = real ? FT_TRD_FUTURES : paper_future_market(inst->market);
    else if (inst->market == FT_MARKET_HK)
        market = FT_TRD_HK;
    else if (inst->market == FT_MARKET_US)
        market = FT_TRD_US;
    else if (inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ)
        market = real ? FT_TRD_HKCC : FT_TRD_CN;
    for (size_t k = 0; k < a->auth_count; k++)
        if (a->auth[k] == market)
            return market;
    return 0;
}

static int need_account(const struct ft_brk *b, uint32_t account, struct ft_err *err)
{
    if (account >= b->account_count)
        return ft_err_set(err, FT_ENOTFOUND,
                          SAY(b, "there is no account with index %u", "没有序号为 %u 的账户"), account);
    if (brk_acc(b, account)->a.disabled)
        return ft_err_set(err, FT_ESTATE,
                          SAY(b, "account %llu is disabled: only its history can be asked for",
                              "账户 %llu 已停用，仅可查询历史"),
                          (unsigned long long)brk_acc(b, account)->a.id);
    return 0;
}

static ft_day today(const struct ft_brk *b)
{
    return (ft_day)(b->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
}

int ft_brk_reset_account(struct ft_brk *b, uint32_t account, struct ft_err *err)
{
    if (need_account(b, account, err))
        return -1;
    struct acc *a = brk_acc(b, account);
    for (size_t k = 0; k < a->order_count; k++) {
        struct ord *o = a->orders[k];
        if (ft_order_is_final(o->o.status) || o->o.parent)
            continue;
        ft_brk_cancel(b, account, o->o.id, NULL);
        /* An auction that lets nothing go may still fill it: nobody's order then, nobody's fill. */
        work_stop(b, o);
        life_end(b, o, life_cancelled(o), NULL, b->now_ns);
    }
    for (size_t k = 0; k < a->position_count; k++)
        position_drop(b, a->positions[k], today(b));
    ledger_begin(b, FT_TXN_RESET, a, 0, 0, today(b), today(b));
    for (int c = 0; c < FT_CURRENCIES; c++) {
        ft_money want = c == a->a.currency ? a->a.initial_cash : 0;
        ledger_cash(b, a, FT_HOLD_FUNDING, (enum ft_currency)c, want - a->a.cash[c]);
    }
    a->a.is_pdt = false;
    memset(a->a.day_trades, 0, sizeof a->a.day_trades);
    a->a.day_trades_day = a->a.dt_call_day = FT_NO_DAY;
    a->a.dtbp_start = a->a.dtbp_used = a->a.dt_call = 0;
    brk_account_changed(b, a);
    FT_CHECK(ft_journal_add_reset(&b->pending, account) == 0);
    brk_forget_orders(b, a);
    return 0;
}

static int need_amount(const struct ft_brk *b, const struct acc *a, enum ft_currency c,
                       struct ft_err *err)
{
    if ((int)c < 0 || (int)c >= FT_CURRENCIES || (!a->a.universal && c != a->a.currency))
        return ft_err_set(err, FT_EINVAL,
                          SAY(b, "account %llu holds no such currency", "账户 %llu 不支持该货币"),
                          (unsigned long long)a->a.id);
    return 0;
}

int ft_brk_deposit(struct ft_brk *b, uint32_t account, enum ft_currency c, ft_money amount,
                   struct ft_err *err)
{
    if (need_account(b, account, err) || need_amount(b, brk_acc(b, account), c, err))
        return -1;
    struct acc *a = brk_acc(b, account);
    ft_money sum;
    if (amount == 0 || ft_add(a->a.cash[c], amount, &sum) || sum > FT_CASH_MAX || sum < -FT_CASH_MAX)
        return ft_err_set(err, FT_ELIMIT, SAY(b, "the amount is zero or too large", "金额为零或过大"));
    if (amount < 0) { /* what holdings and orders bind stays */
        struct ft_funds f;
        ft_brk_funds(b, account, c, &f);
        char free_text[FT_FIXED_TEXT_MAX];
        ft_fixed_print(f.by_currency_available[c], FT_MONEY_DECIMALS, 2, free_text);
        if (-amount > f.by_currency_available[c])
            return ft_err_set(err, FT_ELIMIT,
                              SAY(b, "more than the cash that is free: %s can be withdrawn",
                                  "超过可用现金：可提 %s"), free_text);
    }
    ledger_begin(b, amount > 0 ? FT_TXN_DEPOSIT : FT_TXN_WITHDRAWAL, a, 0, 0, today(b), today(b));
    ledger_cash(b, a, FT_HOLD_FUNDING, c, amount);
    pdt_deposit(b, a, c, amount);
    return 0;
}

int ft_brk_convert(struct ft_brk *b, uint32_t account, enum ft_currency from, enum ft_currency to,
                   ft_money amount, struct ft_err *err)
{
    if (need_account(b, account, err) || need_amount(b, brk_acc(b, account), from, err) ||
        need_amount(b, brk_acc(b, account), to, err))
        return -1;
    struct acc *a = brk_acc(b, account);
    if (amount <= 0 || amount > a->a.cash[from] || from == to)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(b, "the amount must be above 0 and at most the cash of its currency",
                              "金额须大于 0 且不超过该货币现金"));
    ledger_begin(b, FT_TXN_FX, a, 0, 0, today(b), today(b));
    ledger_cash(b, a, FT_HOLD_FX, from, -amount);
    ledger_cash(b, a, FT_HOLD_FX, to, ft_fx(b->rules, today(b), from, to, amount));
    return 0;
}
