#include "gateway/build_quote.h"

enum { DAYS_MAX = 366 };

ft_day ft_period_start(enum ft_bar_kind kind, ft_day day)
{
    ft_day first = day;
    while (day - first < DAYS_MAX - 1 && ft_bar_same_period(kind, first - 1, day))
        first--;
    return first;
}

static bool has_event(const struct ft_rehab *events, size_t n, ft_day after, ft_day until)
{
    for (size_t k = 0; k < n; k++)
        if (events[k].ex_day > after && events[k].ex_day <= until)
            return true;
    return false;
}

void ft_adjust_period(struct ft_gateway *gw, const struct ft_instrument *inst,
                      enum ft_bar_kind kind, const struct ft_bar *bar,
                      const struct ft_rehab *events, size_t n, enum ft_adjust how,
                      QotCommon__KLine *out)
{
    if (how == FT_ADJUST_NONE || kind == FT_BAR_DAY || ft_bar_minutes(kind) || !n)
        return;
    ft_day first = ft_period_start(kind, bar->day);
    if (!has_event(events, n, first, bar->day))
        return;
    struct ft_bar days[DAYS_MAX];
    bool more;
    size_t count = ft_world_history_bars(gw->world, inst->index, FT_BAR_DAY, FT_IN_RTH, first, 0,
                                         bar->day, 1439, days, DAYS_MAX, &more);
    double high = 0, low = 0, volume = 0;
    for (size_t k = 0; k < count; k++) {
        double h = ft_adjust_price(days[k].high, days[k].day, events, n, how);
        double l = ft_adjust_price(days[k].low, days[k].day, events, n, how);
        high = k && high > h ? high : h;
        low = k && low < l ? low : l;
        volume +=
            (double)ft_edge_shares(days[k].volume) * ft_adjust_shares(days[k].day, events, n, how);
    }
    if (!count)
        return;
    if (out->has_openprice)
        out->openprice = ft_adjust_price(days[0].open, days[0].day, events, n, how);
    if (out->has_highprice)
        out->highprice = high;
    if (out->has_lowprice)
        out->lowprice = low;
    if (out->has_volume)
        out->volume = (int64_t)(volume + 0.5);
}

QotCommon__PreAfterMarketData *ft_build_after_hours(struct ft_gateway *gw,
                                                    const struct ft_instrument *inst,
                                                    const struct ft_session_figures *f)
{
    if (inst->exch != QOT__COMMON__EXCH_TYPE__ExchType_CN_STIB || !f->volume)
        return NULL;
    QotCommon__PreAfterMarketData *d = ft_arena_alloc(&gw->arena, sizeof *d);
    if (!d)
        return NULL;
    qot__common__pre_after_market_data__init(d);
    d->has_volume = d->has_turnover = 1;
    d->volume = ft_edge_shares(f->volume);
    d->turnover = ft_money_to_double(f->turnover);
    return d;
}
