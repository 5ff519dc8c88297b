/* Reported figures of companies, invented from the seed: one set of proportions a company, so that
 * what hangs together in a report does so here (margins and revenue, debt and equity, cash and
 * profit), and the profit is that of ft_model_fundamentals. */
#include "sim/model_state.h"

#include "base/check.h"

struct company {
    uint64_t key;
    struct ft_fundamentals f;
    double shares;
    double net_margin, gross_margin, operating_margin, ebit_margin, ebitda_margin; /* fractions */
    double revenue, equity, assets, debt, current_assets, current_debt;
    double cash_flow;
};

/* Uniform in [low, high]; the same for a company, a trait and a report. */
static double trait(uint64_t key, int which, double low, double high)
{
    double u = (double)(ft_cheap_bits(key, 1000 + (uint64_t)which) >> 40) / (1 << 24);
    return low + (high - low) * u;
}

static void look_up(const struct ft_model *m, ft_inst i, ft_day day, struct company *c)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    ft_model_earnings(m, i, day, &c->f);
    c->key = ft_instrument_key(inst) ^ m->seed;
    c->shares = inst->issued > 0 ? (double)inst->issued : 1e9;
    c->net_margin = trait(c->key, 0, 0.03, 0.30);
    c->operating_margin = c->net_margin * trait(c->key, 1, 1.1, 1.4);
    c->ebit_margin = c->operating_margin * trait(c->key, 2, 1.0, 1.08);
    c->ebitda_margin = c->ebit_margin * trait(c->key, 3, 1.1, 1.5);
    c->gross_margin = c->operating_margin + trait(c->key, 4, 0.05, 0.30);
    c->revenue = c->f.net_profit / c->net_margin;
    c->equity = c->f.net_asset;
    c->assets = c->equity * trait(c->key, 5, 1.15, 3.5);
    c->debt = c->assets - c->equity;
    c->current_assets = c->assets * trait(c->key, 6, 0.2, 0.75);
    c->current_debt = c->debt * trait(c->key, 7, 0.3, 0.9);
    c->cash_flow = c->f.net_profit * trait(c->key, 8, 0.5, 1.6);
}

/* Part of the year that a report covers, uneven by company. */
static double covered(const struct company *c, int quarter)
{
    switch (quarter) {
    case 2: return trait(c->key, 20, 0.21, 0.27);
    case 3: return trait(c->key, 20, 0.21, 0.27) + trait(c->key, 21, 0.22, 0.27);
    case 4: return trait(c->key, 20, 0.21, 0.27) + trait(c->key, 21, 0.22, 0.27) +
                   trait(c->key, 22, 0.23, 0.27);
    }
    return 1;
}

/* The report that is newest on a day: the year's by April, then quarter after quarter. */
static int latest_report(ft_day day)
{
    int month = ft_date_of(day).month;
    return month < 5 ? 1 : month < 8 ? 2 : month < 11 ? 3 : 4;
}

/* Growth against the year before, percent: of profit and what follows it alike. */
static double growth(const struct company *c, int field, int quarter)
{
    double shared = trait(c->key, 40 + quarter, -30, 55);
    switch (field) {
    case 2: return shared;
    case 35: return shared + trait(c->key, 50 + quarter, -3, 3);
    case 37: return shared + trait(c->key, 60 + quarter, -4, 2);
    }
    return shared * 0.5 + trait(c->key, 100 + field * 8 + quarter, -15, 20);
}

bool ft_financial_is_annual(int field)
{
    return field == 10 || field == 11 || field == 13 || (field >= 17 && field <= 19) || field == 30;
}

void ft_model_flows_per_share(const struct ft_model *m, ft_inst i, ft_day day, double *sales,
                              double *cash)
{
    struct company c;
    look_up(m, i, day, &c);
    *sales = c.f.eps_ttm / c.net_margin;
    *cash = c.cash_flow / c.shares;
}

double ft_model_financial(const struct ft_model *m, ft_inst i, ft_day day, int field, int quarter)
{
    FT_CHECK(field >= 1 && field <= FT_FINANCIAL_FIELDS);
    FT_CHECK(quarter >= 1 && quarter <= FT_FINANCIAL_QUARTERS);
    if (quarter == 5)
        quarter = latest_report(day);
    struct company c;
    look_up(m, i, day, &c);
    double part = covered(&c, quarter), profit = c.f.net_profit * part, revenue = c.revenue * part;
    switch (field) {
    case 1: return profit;
    case 3: return revenue;
    case 5: return c.net_margin * 100;
    case 6: return c.gross_margin * 100;
    case 7: return c.debt / c.assets * 100;
    case 8: return profit / c.equity * 100;
    case 9: return revenue * c.ebit_margin * 0.8 / (c.equity + c.debt * 0.5) * 100;
    case 10: return c.f.net_profit_ttm / c.assets * 100;
    case 11: return c.f.net_profit_ttm / c.net_margin * c.ebit_margin;
    case 12: return revenue * c.ebitda_margin;
    case 13: return c.operating_margin * 100;
    case 14: return c.ebit_margin * 100;
    case 15: return c.ebitda_margin * 100;
    case 16: return trait(c.key, 9, 0.1, 4);
    case 17: return c.f.net_profit_ttm / c.net_margin * c.operating_margin;
    case 18: return c.f.net_profit_ttm * trait(c.key, 10, 0.9, 1);
    case 19: return c.cash_flow / c.f.net_profit * 100;
    case 20: return c.current_assets / c.current_debt * 100;
    case 21: return c.current_assets / c.current_debt * trait(c.key, 11, 0.6, 0.95) * 100;
    case 22: return c.current_assets / c.assets * 100;
    case 23: return c.current_debt / c.debt * 100;
    case 24: return c.assets / c.equity * 100;
    case 25: return c.debt / c.equity * 100;
    case 26: return c.current_assets * trait(c.key, 12, 0.1, 0.5);
    case 27: return revenue / c.assets * 100;
    case 28: return revenue / (c.assets - c.current_assets) * 100;
    case 29: return revenue * (1 - c.gross_margin) / (c.current_assets * trait(c.key, 13, 0.05, 0.4)) * 100;
    case 30: return c.cash_flow;
    case 31: return c.current_assets * trait(c.key, 14, 0.05, 0.4);
    case 42: return trait(c.key, 15, 0.8, 1.15) * 100;
    case 43: return trait(c.key, 16, 0.85, 1.05) * 100;
    case 44: return c.f.eps * part;
    case 45: return c.f.eps * part * trait(c.key, 17, 0.96, 1);
    case 46: return c.cash_flow / c.shares * part;
    }
    return growth(&c, field, quarter); /* 2, 4, 32 to 41 */
}
