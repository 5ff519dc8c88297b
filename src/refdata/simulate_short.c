/* Short interest (3249) and daily short volume (3248), on the world's own daily bars.
 * Forms and rhythm: spec quote-derivatives-screening.md 5.2; HK weekly, US twice a month. */
#include "refdata/simulate.h"

#include <math.h>

enum {
    RATIO = 1,
    WIGGLE = 2,
    DAY_RATIO = 3,
    DAY_WIGGLE = 4,
    VENUE = 5,
    AVERAGE_DAYS = 20,
    VOLUME_ROWS = 250
};

/* Open short position against the shares issued: a level of the company, which drifts by weeks. */
static double open_shares(const struct ft_ref_company *c, ft_day day)
{
    double level = 0.003 + 0.035 * pow(ft_sim_draw(c, RATIO, 0), 2);
    double ratio =
        level * (0.6 + 0.6 * ft_sim_wave(c, RATIO, day, 70) + 0.2 * ft_sim_wave(c, WIGGLE, day, 7));
    return floor(ratio * (double)c->issued);
}

static int hk_row(struct ft_sim_records *s, ptrdiff_t at)
{
    const struct ft_ref_bar *bar = &s->c->bar[at];
    ProtobufCMessage *m = ft_sim_add(s);
    if (!m)
        return -1;
    double shares = open_shares(s->c, bar->day);
    ft_sim_day(s, m, "timestamp", bar->day, 0);
    ft_ref_set_real(m, "closePrice", bar->close);
    ft_ref_set_real(m, "lastClosePrice", bar->last_close);
    ft_ref_set_int(m, "aggregatedShort", (int64_t)shares);
    ft_ref_set_real(m, "aggregatedShortRatio",
                    ft_sim_round(shares / (double)s->c->issued * 100, 2));
    return 0;
}

static int us_row(struct ft_sim_records *s, ptrdiff_t at, ptrdiff_t before)
{
    const struct ft_ref_bar *bar = &s->c->bar[at];
    ProtobufCMessage *m = ft_sim_add(s);
    if (!m)
        return -1;
    double shares = open_shares(s->c, bar->day), volume = 0;
    for (ptrdiff_t k = before + 1; k <= at; k++)
        volume += s->c->bar[k].volume;
    double average = fmax(1, floor(volume / (double)(at - before)));
    ft_sim_day(s, m, "timestamp", bar->day, 0);
    ft_ref_set_int(m, "sharesShort", (int64_t)shares);
    ft_ref_set_real(m, "shortPercent", ft_sim_round(shares / (double)s->c->issued * 100, 2));
    ft_ref_set_int(m, "avgDailyShareVolume", (int64_t)average);
    ft_ref_set_real(m, "daysToCover", ft_sim_round(shares / average, 2));
    ft_ref_set_real(m, "closePrice", bar->close);
    ft_ref_set_real(m, "lastClosePrice", bar->last_close);
    return 0;
}

/* The report day up to `day`: a Friday in Hong Kong, the 15th or the month's last in the US. */
static ft_day report_day(bool hk, ft_day day)
{
    if (hk)
        return day - (ft_weekday(day) + 2) % 7;
    struct ft_date d = ft_date_of(day);
    if (d.mday == ft_days_in_month(d.year, d.month))
        return day;
    return d.mday >= 15 ? ft_day_of(d.year, d.month, 15) : ft_day_of(d.year, d.month, 1) - 1;
}

int ft_sim_short_interest(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    bool hk = s->list == 1;
    ft_day day = report_day(hk, c->today - 1), last = FT_NO_DAY;
    for (ptrdiff_t at; (at = ft_sim_bar(c, day)) > 0; day = report_day(hk, day - 1)) {
        if (c->bar[at].day == last) /* no trading since the report before */
            continue;
        last = c->bar[at].day;
        ptrdiff_t before = ft_sim_bar(c, report_day(hk, day - 1));
        if (before >= at)
            continue;
        if (before < 0)
            break;
        if (hk ? hk_row(s, at) : us_row(s, at, before))
            return -1;
    }
    return 0;
}

/* ---- 3248 ------------------------------------------------------------------------------------------ */

static double day_ratio(const struct ft_ref_company *c, ft_day day)
{
    double level = 0.06 + 0.3 * ft_sim_draw(c, DAY_RATIO, 0);
    return level * (0.7 + 0.4 * ft_sim_wave(c, DAY_RATIO, day, 30) +
                    0.3 * ft_sim_draw(c, DAY_WIGGLE, (uint64_t)day));
}

static int volume_row(struct ft_sim_records *s, ptrdiff_t at)
{
    const struct ft_ref_company *c = s->c;
    const struct ft_ref_bar *bar = &c->bar[at];
    ProtobufCMessage *m = ft_sim_add(s);
    if (!m)
        return -1;
    double sold = floor(bar->volume * day_ratio(c, bar->day)), sum = 0;
    int days = 0;
    for (ptrdiff_t k = at; k >= 0 && days < AVERAGE_DAYS; k--, days++)
        sum += day_ratio(c, c->bar[k].day);
    ft_sim_day(s, m, "timestamp", bar->day, 0);
    ft_ref_set_real(m, "closePrice", bar->close);
    ft_ref_set_real(m, "lastClosePrice", bar->last_close);
    ft_ref_set_real(m, "dailyTradeAvgRatio", ft_sim_round(sum / days * 100, 2));
    if (s->list == 1) {
        ft_ref_set_int(m, "sharesTraded", (int64_t)bar->volume);
        ft_ref_set_real(m, "turnover", ft_sim_round(bar->turnover, 2));
        ft_ref_set_int(m, "shortSellSharesTraded", (int64_t)sold);
        ft_ref_set_real(m, "shortSellTurnover",
                        bar->volume > 0 ? ft_sim_round(bar->turnover * sold / bar->volume, 2) : 0);
        ft_ref_set_real(m, "openPrice", bar->open);
        return 0;
    }
    double nasdaq = floor(sold * (0.5 + 0.4 * ft_sim_draw(c, VENUE, (uint64_t)bar->day)));
    ft_ref_set_int(m, "totalSharesShort", (int64_t)sold);
    ft_ref_set_int(m, "nasdaqSharesShort", (int64_t)nasdaq);
    ft_ref_set_int(m, "nyseSharesShort", (int64_t)(sold - nasdaq));
    ft_ref_set_int(m, "volume", (int64_t)bar->volume);
    ft_ref_set_real(m, "shortPercent",
                    bar->volume > 0 ? ft_sim_round(sold / bar->volume * 100, 2) : 0);
    return 0;
}

int ft_sim_short_volume(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    for (ptrdiff_t at = (ptrdiff_t)c->bars - 1, n = 0; at >= 0 && n < VOLUME_ROWS; at--, n++)
        if (volume_row(s, at))
            return -1;
    ptrdiff_t last = ft_sim_bar(c, report_day(true, c->today - 1));
    if (s->list != 1 || last < 0)
        return 0;
    ProtobufCMessage *figures = ft_ref_new(s->s2c, s->arena);
    if (!figures)
        return -1;
    double shares = open_shares(c, c->bar[last].day);
    ft_ref_set_int(figures, "aggregatedShort", (int64_t)shares);
    ft_ref_set_real(figures, "aggregatedShortRatio",
                    ft_sim_round(shares / (double)c->issued * 100, 2));
    ft_ref_set_text(figures, "newTimeStr", ft_sim_day_text(s, c->bar[last].day));
    s->out->figures = figures;
    return 0;
}
