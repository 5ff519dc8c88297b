/* 3217: upcoming and recent new issues of a market (quote-derivatives-screening.md 3.4). Invented. */
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "sim/corporate.h"

#include "Qot_GetIpoList.pb-c.h"

#include <stdio.h>
#include <string.h>

typedef QotGetIpoList__IpoData IpoData;

/* What an issue is told with: it has no instrument of its own, so days are in the zone of one of
 * its market. */
struct issue {
    const struct ft_ipo *ipo;
    const struct ft_instrument *of_market;
    ft_day today;
};

static double price(ft_price p)
{
    return ft_price_to_double(p);
}

static char *text(struct ft_gateway *gw, const char *s)
{
    char *kept = ft_arena_strndup(&gw->arena, s, strlen(s));
    return kept ? kept : (char *)"";
}

#define DAY(gw, i, x, field, day)                                                                  \
    ((x)->field##time = ft_edge_day(gw, (i)->of_market, day, &(x)->field##timestamp),              \
     (x)->has_##field##timestamp = 1)

/* The fee for one lot: the highest price, 1 % brokerage, 0.0027 % levy and 0.005 % trading fee, each
 * rounded to cents (3.4, "derived"). */
static double entrance(const struct ft_ipo *o)
{
    double amount = price(o->price_max) * o->lot;
    return ft_edge_round(amount + ft_edge_round(amount * 0.01, 2) +
                             ft_edge_round(amount * 0.000027, 2) + ft_edge_round(amount * 0.00005, 2),
                         2);
}

static void fill_hk(struct ft_gateway *gw, const struct issue *i, IpoData *d)
{
    QotGetIpoList__HKIpoExData *x =
        FT_NEW(gw, QotGetIpoList__HKIpoExData, qot__get_ipo_list__hkipo_ex_data__init);
    if (!(d->hkexdata = x))
        return;
    x->ipopricemin = price(i->ipo->price_min);
    x->ipopricemax = price(i->ipo->price_max);
    x->listprice = price(i->ipo->list_price);
    x->lotsize = i->ipo->lot;
    x->entranceprice = entrance(i->ipo);
    x->issubscribestatus = i->today <= i->ipo->apply_end;
    DAY(gw, i, x, applyend, i->ipo->apply_end);
    x->applyendtimestamp += 9 * 3600; /* closes at nine */
}

static void fill_us(struct ft_gateway *gw, const struct issue *i, IpoData *d)
{
    QotGetIpoList__USIpoExData *x =
        FT_NEW(gw, QotGetIpoList__USIpoExData, qot__get_ipo_list__usipo_ex_data__init);
    if (!(d->usexdata = x))
        return;
    x->ipopricemin = price(i->ipo->price_min);
    x->ipopricemax = price(i->ipo->price_max);
    x->issuesize = i->ipo->shares;
}

/* Numbers drawn for the last digits of subscription numbers, by how many digits there are. */
static void fill_winning(struct ft_gateway *gw, const struct issue *i, QotGetIpoList__CNIpoExData *x)
{
    enum { GROUPS = 3 };
    static const char *const names[GROUPS][2] = {
        {"last four digits", "末四位数"}, {"last five digits", "末五位数"}, {"last six digits", "末六位数"}};
    x->winningnumdata = ft_arena_alloc(&gw->arena, GROUPS * sizeof *x->winningnumdata);
    for (int g = 0; g < GROUPS && x->winningnumdata; g++) {
        QotGetIpoList__WinningNumData *w =
            FT_NEW(gw, QotGetIpoList__WinningNumData, qot__get_ipo_list__winning_num_data__init);
        if (!w)
            return;
        unsigned limit = g == 0 ? 10000 : g == 1 ? 100000 : 1000000;
        char numbers[32];
        snprintf(numbers, sizeof numbers, "%0*u,%0*u", 4 + g, (unsigned)(i->ipo->draw >> (g * 5)) % limit,
                 4 + g, (unsigned)(i->ipo->draw >> (g * 5 + 7)) % limit);
        w->winningname = (char *)FT_TEXT(gw, names[g][0], names[g][1]);
        w->winninginfo = text(gw, numbers);
        x->winningnumdata[x->n_winningnumdata++] = w;
    }
}

static void fill_cn(struct ft_gateway *gw, const struct issue *i, IpoData *d)
{
    QotGetIpoList__CNIpoExData *x =
        FT_NEW(gw, QotGetIpoList__CNIpoExData, qot__get_ipo_list__cnipo_ex_data__init);
    if (!(d->cnexdata = x))
        return;
    const struct ft_ipo *o = i->ipo;
    char code[16];
    snprintf(code, sizeof code, "787%s", o->code + 3); /* the subscription code of a 688 share */
    x->applycode = text(gw, code);
    x->issuesize = o->shares;
    x->onlineissuesize = o->online_shares;
    x->applyupperlimit = o->online_shares / 1000 / 500 * 500;
    x->applylimitmarketvalue = x->applyupperlimit / 500 * 5000; /* 5,000 of value a unit of 500 */
    x->isestimateipoprice = i->today < o->apply_start;
    x->ipoprice = price(o->price_max);
    x->industryperate = ft_edge_round(o->industry_pe, 2);
    x->isestimatewinningratio = i->today < o->winning_day;
    x->winningratio = ft_edge_round(o->winning_ratio, 4);
    x->issueperate = ft_edge_round(o->issue_pe, 2);
    DAY(gw, i, x, apply, o->apply_start);
    DAY(gw, i, x, winning, o->winning_day);
    x->ishaswon = i->today >= o->winning_day;
    if (x->ishaswon)
        fill_winning(gw, i, x);
}

static void fill_sg(struct ft_gateway *gw, const struct issue *i, IpoData *d)
{
    QotGetIpoList__SGIpoExData *x =
        FT_NEW(gw, QotGetIpoList__SGIpoExData, qot__get_ipo_list__sgipo_ex_data__init);
    if (!(d->sgexdata = x))
        return;
    x->ipopricemin = price(i->ipo->price_min);
    x->ipopricemax = price(i->ipo->price_max);
    x->issuesize = i->ipo->shares;
    DAY(gw, i, x, applystart, i->ipo->apply_start);
    DAY(gw, i, x, applyend, i->ipo->apply_end);
    DAY(gw, i, x, winning, i->ipo->winning_day);
}

static void fill_jp(struct ft_gateway *gw, const struct issue *i, IpoData *d)
{
    QotGetIpoList__JPIpoExData *x =
        FT_NEW(gw, QotGetIpoList__JPIpoExData, qot__get_ipo_list__jpipo_ex_data__init);
    if (!(d->jpexdata = x))
        return;
    const struct ft_ipo *o = i->ipo;
    x->ipopricemin = price(o->price_min);
    x->ipopricemax = price(o->price_max);
    x->issuesize = o->shares;
    x->has_lotsize = x->has_eqtyissuedshares = x->has_issuedshares = 1;
    x->lotsize = o->lot;
    x->eqtyissuedshares = o->shares * 4;
    x->issuedshares = o->shares * 3;
    x->industry = (char *)FT_TEXT(gw, "Services", "服务业");
    x->marketsegment = (char *)FT_TEXT(gw, "Growth", "成长市场");
    DAY(gw, i, x, approval, o->approval_day);
    DAY(gw, i, x, inquirystart, o->apply_start);
    DAY(gw, i, x, inquiryend, o->apply_end);
    DAY(gw, i, x, priceconfirmstart, o->apply_end);
    DAY(gw, i, x, priceconfirmend, o->apply_end);
    DAY(gw, i, x, issueconfirm, o->confirm_day);
    DAY(gw, i, x, applystart, o->apply_start);
    DAY(gw, i, x, applyend, o->apply_end);
    DAY(gw, i, x, draw, o->winning_day);
    DAY(gw, i, x, winning, o->winning_day);
}

static IpoData *ipo_data(struct ft_gateway *gw, const struct issue *i, int market)
{
    IpoData *d = FT_NEW(gw, IpoData, qot__get_ipo_list__ipo_data__init);
    QotGetIpoList__BasicIpoData *b =
        FT_NEW(gw, QotGetIpoList__BasicIpoData, qot__get_ipo_list__basic_ipo_data__init);
    QotCommon__Security *s = FT_NEW(gw, QotCommon__Security, qot__common__security__init);
    if (!d || !b || !s)
        return NULL;
    s->market = market;
    s->code = text(gw, i->ipo->code);
    b->security = s;
    b->name = text(gw, FT_TEXT(gw, i->ipo->name_en, i->ipo->name_sc));
    DAY(gw, i, b, list, i->ipo->list_day);
    d->basic = b;
    switch (market) { /* each entry carries its own market's block only (3.4) */
    case FT_MARKET_HK: fill_hk(gw, i, d); break;
    case FT_MARKET_US: fill_us(gw, i, d); break;
    case FT_MARKET_SH: fill_cn(gw, i, d); break;
    case FT_MARKET_SG: fill_sg(gw, i, d); break;
    case FT_MARKET_JP: fill_jp(gw, i, d); break;
    }
    return d;
}

static const struct ft_instrument *any_of(const struct ft_gateway *gw, int market)
{
    size_t n = ft_universe_count(gw->universe);
    for (size_t k = 0; k < n; k++) {
        const struct ft_instrument *inst = ft_universe_at(gw->universe, (ft_inst)k);
        if (inst->market == market)
            return inst;
    }
    return NULL;
}

void ft_handle_ipo_list(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetIpoList__C2S *c2s = ((const QotGetIpoList__Request *)req->msg)->c2s;
    int market = c2s->market == FT_MARKET_SZ ? FT_MARKET_SH : c2s->market == 2 ? FT_MARKET_HK
                                                                              : c2s->market;
    const struct ft_instrument *of_market = any_of(gw, market);
    if (!of_market) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "market %d: allowed are 1 HK, 11 US, 21 or 22 A-shares, 31 SG, "
                                   "41 JP",
                               "market %d 无效：可用 1 港股、11 美股、21 或 22 A 股、31 新加坡、41 日本"),
                       c2s->market);
        return;
    }
    struct ft_ipo issues[FT_IPOS_MAX];
    ft_day today = ft_edge_today(gw, of_market);
    size_t n = ft_model_ipos(ft_world_model(gw->world), market, today, issues);
    QotGetIpoList__S2C s2c = QOT__GET_IPO_LIST__S2_C__INIT;
    s2c.ipolist = ft_arena_alloc(&gw->arena, FT_IPOS_MAX * sizeof *s2c.ipolist);
    for (size_t k = 0; k < n && s2c.ipolist; k++) {
        struct issue i = {&issues[k], of_market, today};
        s2c.ipolist[s2c.n_ipolist++] = ipo_data(gw, &i, market);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetIpoList__Response r = QOT__GET_IPO_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
