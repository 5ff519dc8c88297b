/* The venue port: where orders are executed. The simulated exchange implements it (sim/venue.h); a
 * fill model over a recorded or relayed book and a real broker behind a real OpenD will.
 *
 * The broker calls in, and pulls events out; nobody calls the broker back. A venue knows orders by
 * the broker's IDs and never keeps one beyond the end of its trading day: what lives longer is
 * entered again by the broker. */
#ifndef FT_BROKER_VENUE_H
#define FT_BROKER_VENUE_H

#include "broker/types.h"

#include "market/bar.h"

/* What the broker needs to know of an instrument now. */
struct ft_venue_quote {
    ft_day trading_day;   /* of the figures; an evening session belongs to the next day */
    ft_price last, bid, ask, prev_close; /* 0: none */
    ft_qty bid_qty, ask_qty; /* at the best prices */
    ft_price prev_settle; /* futures: settlement price of the day before trading_day */
    enum ft_session session; /* FT_SES_NONE: closed or a break */
    bool accepts;         /* orders can be entered now */
    bool auction;         /* they are collected, not matched */
    bool suspended;
    int64_t change_ns;    /* when the session changes next, UTC; 0: unknown */
};

struct ft_venue_order {
    uint64_t id;
    uint32_t account; /* index; who owns it, for the venue's own records */
    ft_inst inst;
    bool buy;
    uint8_t type;     /* enum ft_order_type, no algorithm */
    bool ioc;
    ft_price price, trigger, trail_spread;
    uint8_t trail_type;
    int64_t trail_value;
    ft_qty qty;       /* what is still open */
    ft_price peak;    /* trailing: best price seen before, to go on from; 0: none */
};

enum ft_venue_event_kind {
    FT_VE_ACCEPTED,
    FT_VE_REJECTED,  /* the order is not there; text says why */
    FT_VE_FILL,      /* qty at price; counter_broker */
    FT_VE_CANCELLED, /* no longer there; `day_ended` when its day was over; text otherwise; price:
                        of a trailing order that waited the best price that it has seen */
    FT_VE_REPLACED,
    FT_VE_REPLACE_REJECTED, /* it is as it was */
    FT_VE_CANCEL_REJECTED,
    FT_VE_TRIGGERED, /* price: the limit with which it rests now; 0: it does not rest */
};
struct ft_venue_event {
    uint8_t kind;
    bool day_ended, by_user;
    bool taker;       /* fill: the order came to a resting one */
    uint64_t id;      /* order */
    uint64_t trade;   /* fill: number of the trade, equal on both sides */
    int64_t time_ns;
    ft_price price;
    ft_qty qty;
    int32_t counter_broker;
    const char *text_en, *text_chs; /* static; NULL: nothing to say */
};

struct ft_venue_ops {
    void (*quote)(void *venue, ft_inst inst, struct ft_venue_quote *out);
    /* Commands at the venue's time now; -1: it could not be passed on (what comes of it otherwise is
     * told by events). amend: `order` with its new price, total open qty, trigger. */
    int (*enter)(void *venue, const struct ft_venue_order *order, struct ft_err *err);
    int (*amend)(void *venue, const struct ft_venue_order *order, struct ft_err *err);
    int (*cancel)(void *venue, ft_inst inst, uint64_t id, struct ft_err *err);
    /* The next event, false: none left. */
    bool (*next)(void *venue, struct ft_venue_event *out);
    /* Close (futures: settlement price) of a finished trading day; 0: not known. */
    ft_price (*close_of)(void *venue, ft_inst inst, ft_day day);
    /* The trading day of a moment, and the one after a day, of this instrument. */
    ft_day (*day_of)(void *venue, ft_inst inst, int64_t utc_ns);
    ft_day (*day_after)(void *venue, ft_inst inst, ft_day day);
    /* End of the last span of a trading day whose session is in the mask (FT_IN_..., market/session.h;
     * auctions under FT_IN(FT_SES_AUCTION)); 0: the day has none. */
    int64_t (*session_end)(void *venue, ft_inst inst, ft_day day, unsigned sessions);
    /* Shares or contracts expected to trade per minute at a moment: the shape of VWAP. */
    ft_qty (*minute_volume)(void *venue, ft_inst inst, int64_t utc_ns);
    /* Counted: while watched, bid and ask of quote are live. -1 without memory. */
    int (*watch)(void *venue, ft_inst inst, struct ft_err *err);
    void (*unwatch)(void *venue, ft_inst inst);
    /* Corporate actions with an ex-day up to and including `until`, ascending; *out is the venue's. */
    size_t (*actions)(void *venue, ft_inst inst, ft_day until, const struct ft_rehab **out);
    /* Best price that a trailing order has seen that waits at the venue; 0: none. */
    ft_price (*trail_peak)(void *venue, ft_inst inst, uint64_t id);
};
struct ft_venue { const struct ft_venue_ops *ops; void *self; };

#endif
