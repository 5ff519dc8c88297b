/* Wire messages of real-time data, built from the world for replies and pushes alike.
 *
 * All messages live in gw->arena. NULL (or false) means that the arena is full: the caller answers
 * with an error or skips the push. */
#ifndef FT_GATEWAY_BUILD_QUOTE_H
#define FT_GATEWAY_BUILD_QUOTE_H

#include "gateway/edge.h"
#include "gateway/rights.h"
#include "sim/pricing.h"

/* Static facts with the block of the type (quote-derivatives-screening.md 1.1). */
QotCommon__SecurityStaticInfo *ft_build_static_info(struct ft_gateway *gw,
                                                    const struct ft_instrument *inst);

QotCommon__BasicQot *ft_build_basic_qot(struct ft_gateway *gw, const struct ft_instrument *inst);
/* One US extended block, NULL without trades in it; changes are against `last`. */
QotCommon__PreAfterMarketData *ft_build_extended(struct ft_gateway *gw,
                                                 const struct ft_session_figures *f,
                                                 ft_price last);

struct ft_built_book {
    QotCommon__OrderBook **bids, **asks;
    size_t bid_count, ask_count;
    char *bid_time, *ask_time;
    double bid_timestamp, ask_timestamp;
};
/* At most `num` levels of what the right shows; single orders only where it tells them. */
bool ft_build_book(struct ft_gateway *gw, const struct ft_instrument *inst, int num,
                   enum ft_qot_right right, bool detail, struct ft_built_book *out);

struct ft_built_brokers {
    QotCommon__Broker **bids, **asks;
    size_t bid_count, ask_count;
};
bool ft_build_brokers(struct ft_gateway *gw, const struct ft_instrument *inst,
                      struct ft_built_brokers *out);

/* Ticks [from, to) by running number, those in the wanted sessions. push_type 0: a reply. */
size_t ft_build_ticks(struct ft_gateway *gw, const struct ft_instrument *inst,
                      const struct ft_tape *tape, uint64_t from, uint64_t to, unsigned sessions,
                      int push_type, QotCommon__Ticker ***out);

/* Bars of any kind; `fields` is an OR of KLFields (1023: all); `with_change`: changeRate too. */
size_t ft_build_bars(struct ft_gateway *gw, const struct ft_instrument *inst,
                     enum ft_bar_kind kind, const struct ft_bar *bars, size_t n,
                     enum ft_adjust adjust, int64_t fields, bool with_change,
                     QotCommon__KLine ***out);

/* What the minutes of today before the first point add up to: the average runs over all of them. */
struct ft_line_sums {
    ft_qty volume;
    ft_money turnover;
};
void ft_line_add(struct ft_line_sums *sums, const struct ft_bar *minute);

/* Points of the intraday line of `bars`, minutes of today in the wanted sessions. */
size_t ft_build_points(struct ft_gateway *gw, const struct ft_instrument *inst,
                       struct ft_line_sums before, const struct ft_bar *bars, size_t n,
                       ft_price prev_close, QotCommon__TimeShare ***out);

double ft_volume_ratio(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_quote *q);

/* What an option at a price is: volatility that the price implies, and the greeks at it. */
struct ft_option_figures {
    double spot, volatility, premium; /* premium in percent */
    struct ft_greeks greeks;
};
/* Price of a derivative's underlying now, on its grid. */
double ft_underlying_now(struct ft_gateway *gw, const struct ft_instrument *inst);
/* `spot`: of the underlying; 0: now. */
void ft_option_figures(struct ft_gateway *gw, const struct ft_instrument *inst, ft_price last,
                       double spot, struct ft_option_figures *out);

/* Option and future figures, NULL for other types. */
QotCommon__OptionBasicQotExData *ft_build_option(struct ft_gateway *gw,
                                                 const struct ft_instrument *inst,
                                                 const struct ft_quote *q);
QotCommon__FutureBasicQotExData *ft_build_future(struct ft_gateway *gw,
                                                 const struct ft_instrument *inst,
                                                 const struct ft_quote *q);

/* After-hours trading at the close: of the STAR board volume and turnover alone (quote-realtime.md
 * 5.4); NULL for others. */
QotCommon__PreAfterMarketData *ft_build_after_hours(struct ft_gateway *gw,
                                                    const struct ft_instrument *inst,
                                                    const struct ft_session_figures *f);

/* build_period.c: an adjusted bar of a week or longer in which an ex-date lies is that of its adjusted
 * days; other bars stay as they are. */
void ft_adjust_period(struct ft_gateway *gw, const struct ft_instrument *inst, enum ft_bar_kind kind,
                      const struct ft_bar *bar, const struct ft_rehab *events, size_t n,
                      enum ft_adjust how, QotCommon__KLine *out);
/* First calendar day of the period that a bar of a day or longer is of. */
ft_day ft_period_start(enum ft_bar_kind kind, ft_day day);

#endif
