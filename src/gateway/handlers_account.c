/* Accounts: 2001 list, 2005 unlock, 2008 push subscription, 2101 funds, 2102 positions, 2223 margin
 * ratios (trade.md 4.1 to 4.5, 4.8). */
#include "base/secret.h"
#include "gateway/handlers.h"
#include "gateway/trade_edge.h"
#include "gateway/trade_read.h"

#include "Trd_GetAccList.pb-c.h"
#include "Trd_GetFunds.pb-c.h"
#include "Trd_GetMarginRatio.pb-c.h"
#include "Trd_GetPositionList.pb-c.h"
#include "Trd_SubAccPush.pb-c.h"
#include "Trd_UnlockTrade.pb-c.h"

#include <string.h>

enum { MARGIN_CODES_MAX = 100 };

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

/* ---- 2001 ------------------------------------------------------------------------------------ */

static TrdCommon__TrdAcc *account_row(struct ft_gateway *gw, const struct ft_account *a)
{
    TrdCommon__TrdAcc *m = FT_NEW(gw, TrdCommon__TrdAcc, trd__common__trd_acc__init);
    if (!m || !(m->trdmarketauthlist =
                    ft_arena_alloc(&gw->arena, a->auth_count * sizeof *m->trdmarketauthlist)))
        return NULL;
    m->trdenv = a->env;
    m->accid = a->id;
    for (size_t k = 0; k < a->auth_count; k++)
        m->trdmarketauthlist[m->n_trdmarketauthlist++] = a->auth[k];
    SET(m, acctype, a->type);
    m->cardnum = a->card[0] ? (char *)a->card : NULL;
    m->unicardnum = a->uni_card[0] ? (char *)a->uni_card : NULL;
    SET(m, accstatus, a->disabled ? TRD__COMMON__TRD_ACC_STATUS__TrdAccStatus_Disabled
                                  : TRD__COMMON__TRD_ACC_STATUS__TrdAccStatus_Active);
    if (a->env == FT_ENV_SIMULATE) {
        SET(m, simacctype, a->sim);
        return m;
    }
    SET(m, securityfirm, a->firm);
    SET(m, accrole, TRD__COMMON__TRD_ACC_ROLE__TrdAccRole_Normal);
    if (a->firm == FT_FIRM_FUTUJP) {
        m->jpacctype = ft_arena_alloc(&gw->arena, sizeof *m->jpacctype);
        if (!m->jpacctype)
            return NULL;
        m->jpacctype[m->n_jpacctype++] = TRD__COMMON__TRD_SUB_ACC_TYPE__TrdSubAccType_JP_GENERAL;
    }
    return m;
}

/* Real accounts in use, simulated ones, disabled ones: clients pick by place (trade.md 4.1). */
static int list_class(const struct ft_account *a)
{
    return a->disabled ? 2 : a->env == FT_ENV_SIMULATE;
}

void ft_handle_acc_list(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetAccList__C2S *c2s = ((const TrdGetAccList__Request *)req->msg)->c2s;
    int category = c2s->has_trdcategory ? c2s->trdcategory : 0;
    bool general = c2s->has_needgeneralsecaccount && c2s->needgeneralsecaccount;
    if (category < TRD__COMMON__TRD_CATEGORY__TrdCategory_Unknown ||
        category > TRD__COMMON__TRD_CATEGORY__TrdCategory_Crypto) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "trdCategory %d: allowed are 1 securities, 2 futures and 3 crypto",
                               "trdCategory %d 无效：可用 1 证券、2 期货、3 数字货币"), category);
        return;
    }
    size_t n = ft_brk_accounts(gw->trade->brk);
    TrdGetAccList__S2C s2c = TRD__GET_ACC_LIST__S2_C__INIT;
    s2c.acclist = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c.acclist);
    for (int class = 0; class <= 2 && s2c.acclist; class++)
        for (size_t k = 0; k < n; k++) {
            const struct ft_account *a = ft_brk_account(gw->trade->brk, k);
            bool asked = category == 0 ||
                         category == (a->futures ? TRD__COMMON__TRD_CATEGORY__TrdCategory_Future
                                                 : TRD__COMMON__TRD_CATEGORY__TrdCategory_Security);
            if (list_class(a) != class || !asked || (a->universal && !a->futures && !general))
                continue;
            s2c.acclist[s2c.n_acclist++] = account_row(gw, a);
        }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    TrdGetAccList__Response r = TRD__GET_ACC_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 2005 ------------------------------------------------------------------------------------ */

/* Bits of the firms that the request is about; 0: none of this gateway's, answered. */
static uint32_t asked_firms(struct ft_gateway *gw, struct ft_request *req, int32_t firm)
{
    uint32_t ours = 0;
    for (size_t k = 0; k < FT_FIRMS && gw->config.firm_list[k]; k++)
        ours |= 1u << gw->config.firm_list[k];
    if (firm == 0)
        return ours;
    if (firm > 0 && firm < FT_FIRMS && (ours & 1u << firm))
        return 1u << firm;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "securityFirm %d has no real account here: firms=%s",
                           "securityFirm %d 在此没有真实账户：firms=%s"), firm, gw->config.firms);
    return 0;
}

void ft_handle_unlock(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdUnlockTrade__C2S *c2s = ((const TrdUnlockTrade__Request *)req->msg)->c2s;
    uint32_t firms = asked_firms(gw, req, c2s->has_securityfirm ? c2s->securityfirm : 0);
    if (!firms)
        return;
    if (!c2s->unlock) {
        req->conn->login->unlocked &= ~firms;
        ft_reply_ok(gw, req);
        return;
    }
    if (!c2s->pwdmd5 || !*c2s->pwdmd5) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "pwdMD5 is missing: unlocking needs the MD5 of the trading "
                                   "password", "缺少 pwdMD5：解锁需要交易密码的 MD5"));
        return;
    }
    if (!ft_secret_md5_equal(c2s->pwdmd5, req->conn->login->trade_password_md5)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "the trading password is wrong: trading stays as it was",
                               "交易密码错误"));
        return;
    }
    req->conn->login->unlocked |= firms;
    ft_reply_ok(gw, req);
}

/* ---- 2008 ------------------------------------------------------------------------------------ */

void ft_handle_sub_acc_push(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdSubAccPush__C2S *c2s = ((const TrdSubAccPush__Request *)req->msg)->c2s;
    size_t n = 0, max = ft_brk_accounts(gw->trade->brk);
    uint32_t *accounts = ft_arena_alloc(&gw->arena, (max + 1) * sizeof *accounts);
    bool *taken = ft_arena_zalloc(&gw->arena, max + 1);
    if (!accounts || !taken) {
        ft_reply_no_memory(gw, req);
        return;
    }
    for (size_t k = 0; k < c2s->n_accidlist; k++) {
        const struct ft_account *a = ft_brk_find_account(gw->trade->brk, c2s->accidlist[k]);
        if (!a) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "Nonexisting acc_id %llu in accIDList: nothing was changed",
                                   "accIDList 中的账户 %llu 不存在，未作任何更改"),
                           (unsigned long long)c2s->accidlist[k]);
            return;
        }
        if (!taken[a->index])
            accounts[n++] = a->index;
        taken[a->index] = true;
    }
    if (ft_trade_subscribe(gw, req->conn, accounts, n)) {
        ft_reply_no_memory(gw, req);
        return;
    }
    ft_reply_ok(gw, req);
}

/* ---- 2101 ------------------------------------------------------------------------------------ */

void ft_handle_funds(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetFunds__C2S *c2s = ((const TrdGetFunds__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    if (!a)
        return;
    /* Accounts of several currencies answer in the one asked for, others in their own. Clients send
     * 0 for "none", which is taken for the account's own (trade.md 7, point 5). */
    int32_t currency = c2s->has_currency ? c2s->currency : 0;
    if (!a->universal && !a->futures)
        currency = 0;
    if (currency < 0 || currency > FT_CURRENCIES) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "currency %d: allowed are 1 HKD, 2 USD, 3 CNH, 4 JPY and 5 SGD",
                               "currency %d 无效：可用 1 HKD、2 USD、3 CNH、4 JPY、5 SGD"), currency);
        return;
    }
    struct ft_funds funds;
    ft_brk_funds(gw->trade->brk, a->index,
                 currency ? (enum ft_currency)(currency - 1) : (enum ft_currency)a->currency, &funds);
    TrdGetFunds__S2C s2c = TRD__GET_FUNDS__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.funds = ft_trade_funds(gw, a, &funds);
    if (!s2c.funds) {
        ft_reply_no_memory(gw, req);
        return;
    }
    TrdGetFunds__Response r = TRD__GET_FUNDS__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 2102 ------------------------------------------------------------------------------------ */

/* Ratios as fractions; securities by the diluted cost, futures by the average one. A position
 * without a ratio is kept by no ratio filter. */
static bool ratio_fits(const struct ft_account *a, const struct ft_position_view *v,
                       const TrdGetPositionList__C2S *c2s)
{
    double ratio = (double)(a->futures ? v->average_pl_ratio : v->pl_ratio) / FT_RATIO_SCALE;
    if (c2s->has_filterplratiomin && !(v->has_ratio && ratio > c2s->filterplratiomin))
        return false;
    return !c2s->has_filterplratiomax || (v->has_ratio && ratio < c2s->filterplratiomax);
}

/* What the strategy view adds: to which combination a holding belongs (OpenD 10.11). */
static void fill_strategy(const struct ft_position *p, TrdCommon__Position *m)
{
    if (!p->combo)
        return;
    SET(m, comboid, p->combo);
    SET(m, strategytype, p->strategy);
    SET(m, positiontype, TRD__COMMON__POSITION_TYPE__PositionType_Leg);
}

void ft_handle_positions(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetPositionList__C2S *c2s = ((const TrdGetPositionList__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    struct ft_trade_filter filter;
    if (!a || !ft_trade_filter_read(gw, req, c2s->filterconditions, NULL, 0, FT_TIMES_IGNORED,
                                    &filter))
        return;
    struct ft_brk *brk = gw->trade->brk;
    struct ft_position_view v;
    uint64_t cursor = 0;
    size_t n = 0;
    while (ft_brk_next_position(brk, a->index, &cursor, &v))
        n++;
    TrdGetPositionList__S2C s2c = TRD__GET_POSITION_LIST__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.positionlist = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c.positionlist);
    cursor = 0;
    while (s2c.positionlist && ft_brk_next_position(brk, a->index, &cursor, &v)) {
        const struct ft_instrument *inst = ft_universe_at(gw->universe, v.p->inst);
        if (!ft_trade_filter_code(&filter, inst->code, ft_trade_market_of(a, inst)) ||
            !ft_trade_filter_id(&filter, v.p->id) || !ratio_fits(a, &v, c2s))
            continue;
        TrdCommon__Position *m = ft_trade_position(gw, a, &v);
        if (!m)
            break;
        if (c2s->has_optionstrategyview && c2s->optionstrategyview)
            fill_strategy(v.p, m);
        s2c.positionlist[s2c.n_positionlist++] = m;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    TrdGetPositionList__Response r = TRD__GET_POSITION_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 2223 ------------------------------------------------------------------------------------ */

static double percent(int64_t ratio)
{
    return (double)ratio * 100 / FT_RATIO_SCALE;
}

static TrdGetMarginRatio__MarginRatioInfo *margin_row(struct ft_gateway *gw,
                                                      const struct ft_instrument *inst)
{
    TrdGetMarginRatio__MarginRatioInfo *m =
        FT_NEW(gw, TrdGetMarginRatio__MarginRatioInfo, trd__get_margin_ratio__margin_ratio_info__init);
    if (!m || !(m->security = ft_edge_new_security(gw, inst)))
        return NULL;
    struct ft_quote quote;
    struct ft_margin x;
    ft_world_quote(gw->world, inst->index, &quote);
    ft_margin_of(gw->trade->rules, inst, quote.day, &x);
    SET(m, islongpermit, x.long_permit);
    SET(m, isshortpermit, x.short_permit);
    if (x.short_permit) {
        SET(m, shortpoolremain, ft_qty_to_double(x.short_pool));
        SET(m, shortfeerate, percent(x.short_fee));
        SET(m, alertshortratio, percent(x.alert_short));
        SET(m, imshortratio, percent(x.im_short));
        SET(m, mcmshortratio, percent(x.mcm_short));
        SET(m, mmshortratio, percent(x.mm_short));
    }
    SET(m, alertlongratio, percent(x.alert_long));
    SET(m, imlongratio, percent(x.im_long));
    SET(m, mcmlongratio, percent(x.mcm_long));
    SET(m, mmlongratio, percent(x.mm_long));
    return m;
}

void ft_handle_margin_ratio(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetMarginRatio__C2S *c2s = ((const TrdGetMarginRatio__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    if (!a || ft_trade_not_for_paper(gw, req, a))
        return;
    if (c2s->n_securitylist < 1 || c2s->n_securitylist > MARGIN_CODES_MAX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "securityList has %zu codes: allowed are 1 to %d",
                               "securityList 含 %zu 个代码：可用 1 至 %d 个"), c2s->n_securitylist,
                       MARGIN_CODES_MAX);
        return;
    }
    TrdGetMarginRatio__S2C s2c = TRD__GET_MARGIN_RATIO__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.marginratioinfolist =
        ft_arena_alloc(&gw->arena, c2s->n_securitylist * sizeof *s2c.marginratioinfolist);
    for (size_t k = 0; k < c2s->n_securitylist && s2c.marginratioinfolist; k++) {
        const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->securitylist[k]);
        if (!inst)
            return;
        if (inst->type != FT_SEC_STOCK && inst->type != FT_SEC_ETF) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "%s has no margin ratio: only stocks and ETFs of HK, US, SH "
                                       "and SZ have one",
                                   "%s 没有融资融券数据：仅支持港股、美股、A 股的正股和 ETF"),
                           ft_edge_label(gw, inst->market, inst->code));
            return;
        }
        s2c.marginratioinfolist[s2c.n_marginratioinfolist++] = margin_row(gw, inst);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    TrdGetMarginRatio__Response r = TRD__GET_MARGIN_RATIO__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
