/* Insiders and their holdings (3241) and trades (3242) of a US company.
 *
 * Each insider's holding is a function of the quarter; a trade is the step from one quarter to the
 * next, so that holdings and trades agree however they are asked for. Names say that they are
 * simulated. Kinds of trade: spec quote-derivatives-screening.md 5.1. */
#include "refdata/simulate.h"

#include <math.h>

enum {
    COUNT = 20,
    WHO = 21,
    SIZE = 22,
    STEP = 23,
    WHEN = 24,
    KIND = 25,
    PLAN = 26,
    DAYS = 27,
    QUARTER_DAYS = 91,
    COUNT_MIN = 8,
    COUNT_MAX = 26,
    RECENT_DAYS = 182
};

static const char *const titles[] = {
    "Chief Executive Officer",
    "Chief Financial Officer",
    "Chief Operating Officer",
    "Senior Vice President",
    "General Counsel",
    "Principal Accounting Officer",
    "10% Owner",
};
static const char *const bought[] = {
    "Derivative Exercise and Retained Stock",
    "Open Market Acquisition",
};
static const char *const sold[] = {
    "Open Market Disposition",
    "Automatic Disposition",
    "Derivative Exercise and Sale",
    "Other Disposition",
};
#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

static int insider_count(const struct ft_ref_company *c)
{
    return COUNT_MIN + (int)(ft_sim_draw(c, COUNT, 0) * (COUNT_MAX - COUNT_MIN));
}

static int64_t insider_id(const struct ft_ref_company *c, int who)
{
    return 100000 + (int64_t)(ft_sim_draw(c, WHO, (uint64_t)who) * 2000000) * 100 + who;
}

static uint64_t cell(int who, int64_t quarter)
{
    return (uint64_t)quarter * 64 + (uint64_t)who;
}

static const char *insider_title(int who)
{
    return (size_t)who < COUNT_OF(titles) ? titles[who] : "Independent Director";
}

static char *insider_name(struct ft_sim_records *s, int who)
{
    return ft_sim_text(s, "Simulated Insider %02d", who + 1);
}

/* Shares held at a quarter's end; most insiders do nothing in most quarters. */
static int64_t held(const struct ft_ref_company *c, int who, int64_t quarter)
{
    double part = 2e-6 * pow(2000, pow(ft_sim_draw(c, SIZE, (uint64_t)who), 2));
    double base = part * (double)c->issued;
    while (ft_sim_draw(c, PLAN, cell(who, quarter)) > 0.55)
        quarter--;
    return 1000 + (int64_t)(base * (0.75 + 0.5 * ft_sim_draw(c, STEP, cell(who, quarter))));
}

static ft_day trade_day(const struct ft_ref_company *c, int who, int64_t quarter)
{
    return (ft_day)(quarter * QUARTER_DAYS) +
           (ft_day)(ft_sim_draw(c, WHEN, cell(who, quarter)) * (QUARTER_DAYS - 6));
}

/* Quarters whose trade is over; a bar must be there for its prices. */
static int64_t last_quarter(const struct ft_ref_company *c, int who)
{
    int64_t quarter = (c->today - 1) / QUARTER_DAYS;
    return trade_day(c, who, quarter) + 3 < c->today ? quarter : quarter - 1;
}

/* ---- 3242 ------------------------------------------------------------------------------------------ */

static ProtobufCMessage *trade(struct ft_sim_records *s, int who, int64_t shares, ptrdiff_t first,
                               ptrdiff_t last)
{
    const struct ft_ref_company *c = s->c;
    ProtobufCMessage *m = ft_sim_add(s);
    if (!m)
        return NULL;
    double low = c->bar[first].low, high = c->bar[first].high;
    for (ptrdiff_t k = first; k <= last; k++) {
        low = fmin(low, c->bar[k].low);
        high = fmax(high, c->bar[k].high);
    }
    double a = ft_sim_draw(c, DAYS, cell(who, first)),
           b = ft_sim_draw(c, DAYS + 1, cell(who, first));
    ft_ref_set_int(m, "tradeShares", shares);
    /* Noon in the market's zone, as in the vendor's sample: not midnight (catalogue 7.6). */
    ft_sim_day(s, m, "minTradeDate", c->bar[first].day, 12 * 3600);
    ft_sim_day(s, m, "maxTradeDate", c->bar[last].day, 12 * 3600);
    ft_ref_set_real(m, "minPrice", ft_sim_round(low + (high - low) * fmin(a, b), 2));
    ft_ref_set_real(m, "maxPrice", ft_sim_round(low + (high - low) * fmax(a, b), 2));
    ft_ref_set_int(m, "isProposedSaleOfSecurities", 0);
    ft_ref_set_int(m, "holderId", insider_id(c, who));
    ft_ref_set_text(m, "name", insider_name(s, who));
    ft_ref_set_text(m, "title", insider_title(who));
    ft_ref_set_text(m, "securityDescription", "Common Stock");
    ft_ref_set_text(m, "sourceGroupName", "Form 4");
    return m;
}

static int trades_of(struct ft_sim_records *s, int who, int64_t quarter)
{
    const struct ft_ref_company *c = s->c;
    int64_t shares = held(c, who, quarter) - held(c, who, quarter - 1);
    ptrdiff_t first = ft_sim_bar(c, trade_day(c, who, quarter));
    uint64_t at = cell(who, quarter);
    if (shares == 0 || first < 3)
        return 0;
    ptrdiff_t last = first + (ft_sim_draw(c, DAYS, at) > 0.7 && first + 1 < (ptrdiff_t)c->bars);
    ProtobufCMessage *m = trade(s, who, shares, first, last);
    if (!m)
        return -1;
    size_t kind =
        (size_t)(ft_sim_draw(c, KIND, at) * (shares > 0 ? COUNT_OF(bought) : COUNT_OF(sold)));
    ft_ref_set_text(m, "transactionType", shares > 0 ? bought[kind] : sold[kind]);
    ft_ref_set_int(m, "securityHolderQuantity", held(c, who, quarter));
    if (shares > 0 || kind != 0)
        return 0;
    /* A sale in the open market was announced; the notice tells no holding. */
    m = trade(s, who, shares, first - 3, first - 3);
    if (!m)
        return -1;
    ft_ref_set_text(m, "transactionType", "Intent to Sell (Form 144)");
    ft_ref_set_text(m, "sourceGroupName", "Form 144");
    ft_ref_set_int(m, "isProposedSaleOfSecurities", 1);
    return 0;
}

int ft_sim_insider_trades(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    if (!c->bars)
        return 0;
    int n = insider_count(c);
    int64_t oldest = c->bar[0].day / QUARTER_DAYS;
    for (int who = 0; who < n; who++)
        for (int64_t quarter = last_quarter(c, who); quarter > oldest; quarter--)
            if (trades_of(s, who, quarter))
                return -1;
    return 0;
}

/* ---- 3241 ------------------------------------------------------------------------------------------ */

int ft_sim_insiders(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    int n = insider_count(c), buyers = 0, sellers = 0;
    for (int who = 0; who < n; who++) {
        int64_t quarter = last_quarter(c, who), now = held(c, who, quarter);
        int64_t before = held(c, who, quarter - RECENT_DAYS / QUARTER_DAYS);
        ProtobufCMessage *m = ft_sim_add(s);
        if (!m)
            return -1;
        buyers += now > before;
        sellers += now < before;
        ft_ref_set_int(m, "holderId", insider_id(c, who));
        ft_ref_set_int(m, "holderQuantity", now);
        ft_ref_set_real(m, "holderPct", ft_sim_round((double)now / (double)c->issued * 100, 6));
        ft_ref_set_text(m, "name", insider_name(s, who));
        ft_ref_set_text(m, "title", insider_title(who));
    }
    ProtobufCMessage *figures = ft_ref_new(s->s2c, s->arena);
    if (!figures)
        return -1;
    ft_ref_set_int(figures, "insiderTotalCount", n);
    ft_ref_set_int(figures, "insiderBoughtCount", buyers);
    ft_ref_set_int(figures, "insiderSoldCount", sellers);
    s->out->figures = figures;
    return 0;
}
