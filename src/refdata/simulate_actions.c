/* Dividends (3234), splits (3236), from the events that adjust the world's prices; buybacks (3235).
 * Forms: the proto files; buybacks: spec quote-derivatives-screening.md 5.3. */
#include "refdata/simulate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NOTICE = 40,
    PAY = 41,
    ROUND = 42,
    SIZE = 43,
    PRICE = 44,
    HK = 1,
    US = 11,
    MANDATE_MONTH = 6
};

static ft_day workday(ft_day day)
{
    int w = ft_weekday(day);
    return w == 0 ? day + 1 : w == 6 ? day + 2 : day;
}

static ft_day workday_before(ft_day day)
{
    int w = ft_weekday(day);
    return w == 0 ? day - 2 : w == 6 ? day - 1 : day;
}

static const char *money_word(const struct ft_sim_records *s)
{
    switch (s->c->market) {
    case HK: return FT_SIM_TEXT(s, "HKD", "港元");
    case US: return FT_SIM_TEXT(s, "USD", "美元");
    case 31: return FT_SIM_TEXT(s, "SGD", "新加坡元");
    case 41: return FT_SIM_TEXT(s, "JPY", "日元");
    }
    return FT_SIM_TEXT(s, "CNY", "人民币");
}

int ft_sim_dividends(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    for (size_t k = c->actions; k-- > 0;) {
        const struct ft_ref_action *a = &c->action[k];
        if (a->dividend <= 0)
            continue;
        ProtobufCMessage *m = ft_sim_add(s);
        if (!m)
            return -1;
        uint64_t which = (uint64_t)a->ex_day;
        ft_day told = workday_before(a->ex_day - 20 - (ft_day)(ft_sim_draw(c, NOTICE, which) * 20));
        /* Who holds the share at the end of the day before the ex-day is paid: the record day is a
         * settlement later (HK T+2, US and mainland T+1). */
        ft_day record = c->market == HK   ? workday(a->ex_day + 1)
                        : c->market == US ? a->ex_day
                                          : workday_before(a->ex_day - 1);
        ft_day paid = workday(a->ex_day + 10 + (ft_day)(ft_sim_draw(c, PAY, which) * 15));
        int year = ft_date_of(a->ex_day).year;
        ft_ref_set_text(m, "pubDate", ft_sim_day_text(s, told));
        ft_ref_set_text(
            m, "statement",
            ft_sim_text(s, FT_SIM_TEXT(s, "Cash dividend %.10g %s per share", "每股派息 %.10g %s"),
                        a->dividend, money_word(s)));
        ft_ref_set_text(m, "process",
                        paid <= c->today ? FT_SIM_TEXT(s, "Paid", "已派发")
                                         : FT_SIM_TEXT(s, "Announced", "已公告"));
        ft_ref_set_text(m, "recordDate", ft_sim_day_text(s, record));
        ft_ref_set_text(m, "exDate", ft_sim_day_text(s, a->ex_day));
        ft_ref_set_text(m, "dividendPayableDate", ft_sim_day_text(s, paid));
        ft_ref_set_text(m, "fiscalYear", ft_sim_text(s, "%d", c->market == US ? year : year - 1));
    }
    return 0;
}

int ft_sim_splits(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    double shares = (double)c->issued;
    for (size_t k = c->actions; k-- > 0;) {
        const struct ft_ref_action *a = &c->action[k];
        if (a->from <= 0 || a->to <= 0)
            continue;
        ProtobufCMessage *m = ft_sim_add(s);
        if (!m)
            return -1;
        double ratio = (double)a->to / a->from;
        ft_day told = workday_before(a->ex_day - 60);
        ft_sim_day(s, m, "dirDeciPubDate", told, 0);
        ft_sim_day(s, m, "exDate", a->ex_day, 0);
        ft_sim_day(s, m, "smDeciDate", workday_before(a->ex_day - 4), 0);
        ft_ref_set_text(m, "reformType",
                        ratio > 1 ? FT_SIM_TEXT(s, "Split", "拆股")
                                  : FT_SIM_TEXT(s, "Consolidation", "合股"));
        ft_ref_set_text(m, "rate", ft_sim_text(s, "%d:%d", a->from, a->to));
        ft_ref_set_text(m, "eventStatus", FT_SIM_TEXT(s, "Completed", "已完成"));
        ft_ref_set_real(m, "sharesAfterEffect", floor(shares));
        shares /= ratio;
        if (c->market != HK)
            continue;
        /* Only Hong Kong has parallel trading, under a temporary code (02900 to 02999). */
        size_t n = strlen(c->code);
        ft_sim_day(s, m, "tempTradeBeginDate", a->ex_day, 0);
        ft_sim_day(s, m, "simulTradeBeginDate", workday(a->ex_day + 14), 0);
        ft_sim_day(s, m, "simulTradeEndDate", workday(a->ex_day + 35), 0);
        ft_ref_set_real(m, "newParValue", ft_sim_round(0.1 / ratio, 6));
        ft_ref_set_text(m, "tempShareCode", ft_sim_text(s, "029%s", c->code + (n > 2 ? n - 2 : 0)));
        ft_ref_set_text(m, "tempShareAbbrName", ft_sim_text(s, "%s-TEMP", c->code));
        ft_ref_set_int(m, "newTradeUnit", c->lot);
    }
    return 0;
}

/* ---- 3235 ------------------------------------------------------------------------------------------ */

/* The mandate's year of a day: it is renewed by the general meeting. */
static int mandate(ft_day day)
{
    struct ft_date d = ft_date_of(day);
    return d.month >= MANDATE_MONTH ? d.year : d.year - 1;
}

/* Buys on about a third of the days of some weeks. */
static bool buys(const struct ft_ref_company *c, ft_day day)
{
    return ft_sim_wave(c, ROUND, day, 45) > 0.4 &&
           ft_sim_draw(c, ROUND + 100, (uint64_t)day) < 0.35;
}

static int64_t bought(const struct ft_ref_company *c, ft_day day)
{
    double part = 1e-5 + 2e-4 * pow(ft_sim_draw(c, SIZE, 0), 2);
    double shares = (double)c->issued * part * (0.4 + 1.2 * ft_sim_draw(c, SIZE, (uint64_t)day));
    int64_t lots = (int64_t)(shares / (double)c->lot);
    return (lots > 0 ? lots : 1) * c->lot;
}

/* Prices of a day's buying: inside the day's own. */
static void price_range(const struct ft_ref_company *c, const struct ft_ref_bar *bar, double *low,
                        double *high)
{
    double span = bar->high - bar->low, a = ft_sim_draw(c, PRICE, (uint64_t)bar->day);
    *low = ft_sim_round(bar->low + span * 0.3 * a, 3);
    *high = ft_sim_round(bar->high - span * 0.3 * (1 - a), 3);
}

static int hk_buybacks(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    int64_t sum = 0;
    int year = 0;
    for (size_t k = 0; k < c->bars; k++) {
        const struct ft_ref_bar *bar = &c->bar[k];
        /* The first mandate that these bars show from its beginning. */
        if (mandate(bar->day) == mandate(c->bar[0].day) || !buys(c, bar->day))
            continue;
        ProtobufCMessage *m = ft_sim_add(s);
        if (!m)
            return -1;
        if (mandate(bar->day) != year)
            sum = 0;
        year = mandate(bar->day);
        int64_t shares = bought(c, bar->day);
        double low, high;
        price_range(c, bar, &low, &high);
        sum += shares;
        ft_sim_day(s, m, "publDate", bar->day, 0);
        ft_sim_day(s, m, "endDate", bar->day, 0);
        ft_ref_set_real(m, "buyBackMoney", ft_sim_round((low + high) / 2 * (double)shares, 1));
        ft_ref_set_int(m, "buyBackSum", shares);
        ft_ref_set_real(m, "percentage", ft_sim_round((double)shares / (double)c->issued * 100, 6));
        ft_ref_set_real(m, "highPrice", high);
        ft_ref_set_real(m, "lowPrice", low);
        ft_ref_set_int(m, "cumulativeSum", sum);
        ft_ref_set_real(m, "cumulativePercentage",
                        ft_sim_round((double)sum / (double)c->issued * 100, 5));
        ft_ref_set_text(m, "shareType", FT_SIM_TEXT(s, "Ordinary shares", "普通股"));
    }
    return 0;
}

/* A mainland plan runs for the twelve months from June and is told of month by month. */
static int a_row(struct ft_sim_records *s, int plan, int month, ft_day first, ft_day last,
                 ptrdiff_t at)
{
    const struct ft_ref_company *c = s->c;
    ft_day start = ft_day_of(plan, MANDATE_MONTH, 1),
           end = ft_day_of(plan + 1, MANDATE_MONTH, 1) - 1;
    ProtobufCMessage *m = ft_sim_add(s);
    if (!m)
        return -1;
    double price = c->bar[at].close,
           size = (double)c->issued * (0.002 + 0.01 * ft_sim_draw(c, SIZE, 1));
    int64_t shares =
        (int64_t)(size / 12 * (0.5 + ft_sim_draw(c, SIZE, (uint64_t)last)) / (double)c->lot + 1) *
        c->lot;
    ft_day change = c->bar[at].day;
    const char *name[] = {"changeRegDate", "changeDate", "advanceDate", "meetPassDate",
                          "startDate",     "endDate",    "payDate"};
    ft_day day[] = {workday(last + 2),          change, workday_before(start - 45),
                    workday_before(start - 10), start,  end,
                    workday(change + 1)};
    for (int k = 0; k < 7; k++)
        ft_sim_day(s, m, name[k], day[k], 0);
    double ceiling = ft_sim_round(c->bar[ft_sim_bar(c, first)].close * 1.3, 2);
    ft_ref_set_text(m, "eventProceDesc",
                    month == 11 ? FT_SIM_TEXT(s, "Completed", "已完成")
                                : FT_SIM_TEXT(s, "In progress", "实施中"));
    ft_ref_set_text(m, "seller", FT_SIM_TEXT(s, "Public shareholders", "社会公众股东"));
    ft_ref_set_text(m, "buyBackMode", FT_SIM_TEXT(s, "Centralised bidding", "集中竞价"));
    ft_ref_set_text(m, "shareType", FT_SIM_TEXT(s, "A shares", "A股"));
    ft_ref_set_int(m, "buyBackSum", shares);
    ft_ref_set_real(m, "buyBackMoney", ft_sim_round(price * (double)shares, 2));
    ft_ref_set_real(m, "percentage", ft_sim_round((double)shares / (double)c->issued * 100, 6));
    ft_ref_set_real(m, "volumeFloor", floor(size * 0.5));
    ft_ref_set_real(m, "volumeCeiling", floor(size * 1.5) + 12 * (double)c->lot);
    ft_ref_set_real(m, "priceFloor", ft_sim_round(ceiling * 0.4, 2));
    ft_ref_set_real(m, "priceCeiling", ceiling);
    ft_ref_set_real(m, "valueFloor", ft_sim_round(floor(size * 0.5) * ceiling * 0.4, 2));
    ft_ref_set_real(m, "valueCeiling", ft_sim_round(floor(size * 1.5) * ceiling, 2));
    return 0;
}

static int a_buybacks(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    if (!c->bars)
        return 0;
    struct ft_date d = ft_date_of(c->today);
    for (int back = 1;; back++) {
        int index = d.year * 12 + d.month - 1 - back, year = index / 12, month = index % 12 + 1;
        ft_day first = ft_day_of(year, month, 1), last = first + ft_days_in_month(year, month) - 1;
        ptrdiff_t at = ft_sim_bar(c, last);
        if (first < c->bar[0].day)
            return 0;
        if (workday(last + 2) > c->today || at < 0 || c->bar[at].day < first)
            continue; /* not registered yet, or no trading in that month */
        if (a_row(s, mandate(first), (month - MANDATE_MONTH + 12) % 12, first, last, at))
            return -1;
    }
}

int ft_sim_buybacks(struct ft_sim_records *s)
{
    return s->list == 0 ? hk_buybacks(s) : a_buybacks(s);
}
