/* What the write requests share: which account may trade, its lock, replay protection, and from a
 * request's fields to the broker's ticket (trade.md 2.3, 4.2, 4.11 to 4.13). */
#ifndef FT_GATEWAY_TRADE_WRITE_H
#define FT_GATEWAY_TRADE_WRITE_H

#include "Common.pb-c.h"
#include "Qot_Common.pb-c.h"
#include "gateway/trade_edge.h"

/* The account of a write: it exists, the packet is new on this connection, trading is unlocked. NULL
 * with an error answered. */
const struct ft_account *ft_trade_writer(struct ft_gateway *gw, struct ft_request *req,
                                         const TrdCommon__TrdHeader *h,
                                         const Common__PacketID *packet);

/* The order named by orderIDEx (if it is not empty) or orderID, in this account; NULL with an error
 * answered. */
const struct ft_order *ft_trade_find_order(struct ft_gateway *gw, struct ft_request *req,
                                           const struct ft_account *a, const char *id_ex,
                                           uint64_t id);

/* Whether orders of this type have a limit price; a price that comes with others means nothing and
 * may be anything (trade.md 6.1). */
bool ft_trade_takes_price(int type);
/* A wire number within [min, max], or an answered error that names field, value and range. */
bool ft_trade_enum_in(struct ft_gateway *gw, struct ft_request *req, const char *field, int64_t v,
                      int min, int max, uint8_t *out);
/* Percent or amount by the trail type, with the precision of trade.md 4.11. */
bool ft_trade_trail_in(struct ft_gateway *gw, struct ft_request *req,
                       const struct ft_instrument *inst, int trail_type, double v, int64_t *out);
/* A remark of at most 64 bytes. */
bool ft_trade_remark_ok(struct ft_gateway *gw, struct ft_request *req, const char *remark);
/* "yyyy-MM-dd" of a GTD order; FT_NO_DAY for NULL or "". */
bool ft_trade_expiry_in(struct ft_gateway *gw, struct ft_request *req, const char *text,
                        ft_day *out);
bool ft_trade_legs_in(struct ft_gateway *gw, struct ft_request *req, QotCommon__ComboLeg **legs,
                      size_t n, struct ft_combo_ticket *t);

#endif
