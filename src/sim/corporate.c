#include "sim/corporate.h"

#include "sim/model_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEEKS_BACK = 3, WEEKS_AHEAD = 3, DAYS = 7 };

static double unit(uint64_t bits)
{
    return (double)(bits >> 40) / (1 << 24);
}

/* ---- New issues ----------------------------------------------------------------------------- */

static const struct issue_market {
    int market;
    enum ft_calendar_id calendar;
    double low, high; /* of offer prices */
    int32_t lot;
} issue_markets[] = {
    {FT_MARKET_HK, FT_CAL_HK, 1, 60, 500},     {FT_MARKET_US, FT_CAL_US, 8, 40, 1},
    {FT_MARKET_SH, FT_CAL_CN, 8, 90, 500},     {FT_MARKET_SG, FT_CAL_SG, 0.2, 1.5, 100},
    {FT_MARKET_JP, FT_CAL_JP, 900, 3500, 100},
};

static void code_of(const struct issue_market *im, uint64_t bits, char out[FT_CODE_MAX + 1])
{
    unsigned n = (unsigned)(bits >> 8);
    switch (im->market) {
    case FT_MARKET_HK: snprintf(out, FT_CODE_MAX + 1, "0%04u", 7000 + n % 900); break;
    case FT_MARKET_SH: snprintf(out, FT_CODE_MAX + 1, "688%03u", 800 + n % 199); break;
    case FT_MARKET_JP: snprintf(out, FT_CODE_MAX + 1, "5%02uA", n % 100); break;
    default:
        snprintf(out, FT_CODE_MAX + 1, "ZQ%c%c", 'A' + (int)(n % 26), 'A' + (int)(n / 26 % 26));
    }
}

static ft_day shifted(const struct ft_calendars *c, enum ft_calendar_id cal, ft_day day, int n)
{
    for (; n < 0; n++)
        day = ft_calendar_prev(c, cal, day);
    for (; n > 0; n--)
        day = ft_calendar_next(c, cal, day);
    return day;
}

/* The issue that lists in the week of a Monday; false: its code is taken. */
static bool make_issue(const struct ft_model *m, const struct issue_market *im, ft_day monday,
                       ft_day today, struct ft_ipo *out)
{
    const struct ft_calendars *c = ft_universe_calendars(m->universe);
    uint64_t key = m->seed ^ (uint64_t)im->market * 7919 ^ UINT64_C(0x69706f);
    uint64_t bits = ft_cheap_bits(key, (uint64_t)monday);
    *out = (struct ft_ipo){.draw = bits, .lot = im->lot};
    code_of(im, bits, out->code);
    if (ft_universe_find(m->universe, im->market, out->code))
        return false;
    snprintf(out->name_en, sizeof out->name_en, "Simulated Issue %s", out->code);
    snprintf(out->name_sc, sizeof out->name_sc, "模拟新股%s", out->code);
    out->list_day = ft_calendar_next(c, im->calendar, monday - 1 + (ft_day)(bits % 5));
    out->winning_day = shifted(c, im->calendar, out->list_day, -1);
    out->confirm_day = shifted(c, im->calendar, out->list_day, -2);
    out->apply_end = shifted(c, im->calendar, out->list_day, -5);
    out->apply_start = shifted(c, im->calendar, out->apply_end, -3);
    out->approval_day = shifted(c, im->calendar, out->list_day, -12);
    double low = im->low + (im->high - im->low) * unit(ft_cheap_bits(bits, 1));
    double high = low * (1.05 + 0.2 * unit(ft_cheap_bits(bits, 2)));
    out->price_min = (ft_price)(low * 100) * (FT_PRICE_SCALE / 100);
    out->price_max = (ft_price)(high * 100) * (FT_PRICE_SCALE / 100);
    if (out->list_day <= today)
        out->list_price = out->price_max;
    out->shares = (int64_t)(20 + 480 * unit(ft_cheap_bits(bits, 3))) * 1000000;
    out->online_shares = out->shares / 10 * 3;
    out->issue_pe = 10 + 50 * unit(ft_cheap_bits(bits, 4));
    out->industry_pe = 10 + 50 * unit(ft_cheap_bits(bits, 5));
    out->winning_ratio = 0.01 + 0.09 * unit(ft_cheap_bits(bits, 6));
    return true;
}

size_t ft_model_ipos(const struct ft_model *m, int market, ft_day today,
                     struct ft_ipo out[FT_IPOS_MAX])
{
    const struct issue_market *im = NULL;
    for (size_t k = 0; k < sizeof issue_markets / sizeof issue_markets[0]; k++)
        if (issue_markets[k].market == (market == FT_MARKET_SZ ? FT_MARKET_SH : market))
            im = &issue_markets[k];
    size_t n = 0;
    ft_day this_monday = today - (ft_weekday(today) + 6) % DAYS;
    for (int week = -WEEKS_BACK; im && week <= WEEKS_AHEAD && n < FT_IPOS_MAX; week++)
        n += make_issue(m, im, this_monday + week * DAYS, today, &out[n]);
    return n;
}

/* ---- Holders -------------------------------------------------------------------------------- */

static const char *const first_words[] = {"Harbour", "Granite", "Cedar", "Northgate", "Beacon",
                                          "Summit", "Riverbend", "Orchard", "Lighthouse", "Juniper",
                                          "Meridian", "Copper"};
static const char *const institutions[] = {"Asset Management", "Capital", "Investors", "Advisers",
                                           "Trust Company"};
static const char *const funds[] = {"Growth Fund", "Index Fund", "Value Fund", "Equity Fund",
                                    "Retirement Fund"};
static const char *const offices[] = {"Chief Executive Officer", "Chief Financial Officer",
                                      "Chief Operating Officer", "General Counsel", "Director"};

static void name_of(int category, int k, char out[48])
{
    const char *word = first_words[k % 12];
    int round = k / 60 + 1;
    if (category == 3)
        snprintf(out, 48, "%s %d", offices[k < 4 ? k : 4], k < 4 ? 1 : k - 3);
    else if (round > 1)
        snprintf(out, 48, "%s %s %d", word, (category == 1 ? institutions : funds)[k / 12 % 5], round);
    else
        snprintf(out, 48, "%s %s", word, (category == 1 ? institutions : funds)[k / 12 % 5]);
}

/* Shares that a holder has by the report of a quarter (year * 4 + quarter). */
static double held(uint64_t key, int k, int quarter, double outstanding, int category)
{
    static const double largest[] = {0, 0.085, 0.03, 0.004};
    double share = largest[category] / (1 + k * 0.35);
    double drift = 0.85 + 0.3 * unit(ft_cheap_bits(key + (uint64_t)k * 131, (uint64_t)quarter));
    double shares = outstanding * share * drift;
    return (double)(int64_t)shares;
}

static ft_day report_day(uint64_t key, int k, int quarter, int category)
{
    int end = (quarter + 1) * 3; /* months since year 0, first after the quarter */
    ft_day day = ft_day_of(end / 12, end % 12 + 1, 1);
    /* Institutions and funds report the quarter's last day, executives when they trade. */
    return category == 3 ? day + (ft_day)(ft_cheap_bits(key + (uint64_t)k, (uint64_t)quarter) % 60)
                         : day - 1;
}

static int by_quantity(const void *a, const void *b)
{
    const struct ft_holding *x = a, *y = b;
    if (x->quantity != y->quantity)
        return x->quantity < y->quantity ? 1 : -1;
    return strcmp(x->name, y->name);
}

size_t ft_model_holdings(const struct ft_model *m, ft_inst i, int category, ft_day from, ft_day to,
                         struct ft_holding out[FT_HOLDINGS_MAX])
{
    static const int most[] = {0, 93, 64, 12};
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    uint64_t key = ft_instrument_key(inst) ^ m->seed ^ (uint64_t)category << 32;
    double outstanding = inst->outstanding > 0 ? (double)inst->outstanding : 1e9;
    int count = most[category] - (int)(ft_cheap_bits(key, 1) % 8), newest;
    struct ft_date d = ft_date_of(to);
    newest = d.year * 4 + (d.month - 1) / 3;
    size_t n = 0;
    for (int k = 0; k < count && n < FT_HOLDINGS_MAX; k++) {
        int quarter = newest;
        while (report_day(key, k, quarter, category) > to)
            quarter--;
        ft_day day = report_day(key, k, quarter, category);
        if (day < from)
            continue;
        struct ft_holding *h = &out[n++];
        double now = held(key, k, quarter, outstanding, category);
        double then = held(key, k, quarter - 1, outstanding, category);
        name_of(category, k, h->name);
        *h = (struct ft_holding){.quantity = now, .ratio = now / outstanding * 100,
                                 .change = now - then, .day = day,
                                 .change_ratio = then > 0 ? (now - then) / then * 100 : 0};
        name_of(category, k, h->name);
    }
    qsort(out, n, sizeof *out, by_quantity);
    return n;
}

/* ---- Temporary codes ------------------------------------------------------------------------ */

bool ft_model_code_change(const struct ft_model *m, ft_inst i, ft_day until,
                          struct ft_code_change *out)
{
    enum { NOTICE_DAYS = 25, PARALLEL_DAYS = 20 };
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    const struct ft_calendars *c = ft_universe_calendars(m->universe);
    if (inst->market != FT_MARKET_HK || inst->type != FT_SEC_STOCK)
        return false;
    ft_model_split(m, inst, &out->effective);
    if (out->effective == INT32_MIN)
        return false;
    out->announced = shifted(c, FT_CAL_HK, out->effective, -NOTICE_DAYS);
    out->end = shifted(c, FT_CAL_HK, out->effective, PARALLEL_DAYS);
    /* 029xx are the exchange's codes for parallel trading. */
    snprintf(out->temporary, sizeof out->temporary, "029%02u",
             (unsigned)(ft_cheap_bits(ft_instrument_key(inst) ^ m->seed, 79) % 100));
    return out->announced <= until;
}
