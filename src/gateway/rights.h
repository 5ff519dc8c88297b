/* Quote rights: what a login may see of each product, and how deep (platform.md 11, quote-realtime.md
 * 2.1 and 2.2).
 *
 * A login owns a right for each product (configuration, set_quote_right) and holds one: the owned one,
 * or a lower one while another terminal of the same user has the better (platform.md 11.5). What it
 * holds is what it may see. There is no other terminal here: kick_quote_right plays it. */
#ifndef FT_GATEWAY_RIGHTS_H
#define FT_GATEWAY_RIGHTS_H

#include "GetUserInfo.pb-c.h"
#include "Notify.pb-c.h"
#include "base/err.h"
#include "market/instrument.h"

struct ft_gateway;
struct ft_login;
struct ft_request;

/* Values of Qot_Common.QotRight. */
enum ft_qot_right {
    FT_QOT_UNKNOWN, FT_QOT_BMP, FT_QOT_LV1, FT_QOT_LV2, FT_QOT_SF, FT_QOT_NO, FT_QOT_LV3,
    FT_QOT_RIGHTS,
};

/* What has a right of its own: the fields of GetUserInfo (platform.md 5.4). */
enum ft_qot_product {
    FT_QOTP_HK, FT_QOTP_HK_OPTION, FT_QOTP_HK_FUTURE, FT_QOTP_US, FT_QOTP_US_OPTION,
    FT_QOTP_US_INDEX, FT_QOTP_US_OTC, FT_QOTP_CME, FT_QOTP_CBOT, FT_QOTP_NYMEX,
    FT_QOTP_COMEX, FT_QOTP_CBOE, FT_QOTP_SG_FUTURE, FT_QOTP_JP_FUTURE, FT_QOTP_SH,
    FT_QOTP_SZ, FT_QOTP_CC, FT_QOTP_SG, FT_QOTP_MY, FT_QOTP_JP, FT_QOTP_EC,
    FT_QOT_PRODUCTS,
};

struct ft_rights {
    uint8_t owned[FT_QOT_PRODUCTS], held[FT_QOT_PRODUCTS]; /* enum ft_qot_right */
    uint64_t taken_ms[FT_QOT_PRODUCTS]; /* loop time at which another terminal took it last; 0: never */
    bool auto_hold;                 /* take it back when it is taken */
};

enum {
    FT_BOOK_FULL = 1000,      /* levels of a full book */
    FT_BOOK_DEPTH_MAX = 1000, /* of any right */
    FT_REGRAB_MS = 10000,     /* taken again within this time: given up (platform.md 11.5) */
};

/* The defaults, then the text's: PRODUCT=RIGHT, ... as "hk=LV2,us_option=LV1"; us_future and cn stand
 * for all that they have. -1 with a reason that names what is allowed. */
int ft_rights_parse(struct ft_rights *r, const char *text, struct ft_err *err);

enum ft_qot_product ft_qot_product_of(const struct ft_instrument *inst);
/* The Python client's word, as "LV2". */
const char *ft_qot_right_name(enum ft_qot_right right);

/* Whether there is such a thing as its order book. */
bool ft_rights_has_book(const struct ft_instrument *inst);
/* Whether anything at all may be asked of it: BMP and above. */
bool ft_rights_may_get(enum ft_qot_right right);
/* Bits 1 << right of those that may subscribe a SubType of the instrument. */
unsigned ft_rights_subscribers(const struct ft_instrument *inst, int sub_type);
/* Levels of the book that a right shows; 0: none. */
int ft_rights_depth(const struct ft_instrument *inst, enum ft_qot_right right);
/* Single orders in the book are told under it. */
bool ft_rights_details(const struct ft_instrument *inst, enum ft_qot_right right);

static inline enum ft_qot_right ft_rights_of(const struct ft_rights *r,
                                             const struct ft_instrument *inst)
{
    return (enum ft_qot_right)r->held[ft_qot_product_of(inst)];
}

/* Whether the request's login may ask for quotes of it, or subscribe the type; else an error is
 * answered in the vendor's words. */
bool ft_rights_need_get(struct ft_gateway *gw, struct ft_request *req,
                        const struct ft_instrument *inst);
/* Likewise for what is read of a subscription, which a lost right takes away. */
bool ft_rights_need_read(struct ft_gateway *gw, struct ft_request *req,
                         const struct ft_instrument *inst, int sub_type);
bool ft_rights_need_subscribe(struct ft_gateway *gw, struct ft_request *req,
                              const struct ft_instrument *inst, int sub_type);
/* Screens of Hong Kong need more than BMP (platform.md 11.4): the product's right, or an error. */
bool ft_rights_need_screen(struct ft_gateway *gw, struct ft_request *req, int market);

/* As the two messages tell them. */
void ft_rights_notice(const struct ft_rights *r, Notify__QotRight *out);
void ft_rights_user_info(const struct ft_rights *r, GetUserInfo__S2C *out);

/* ---- Changes at run time; each sends Notify QotRight to the login's connections ------------------ */

enum { FT_RIGHTS_TEXT_MAX = 256 };

/* Another right is owned (and held) from now on. -1 with a reason, nothing changed then. */
int ft_rights_set(struct ft_gateway *gw, struct ft_login *login, const char *product,
                  const char *right, char text[FT_RIGHTS_TEXT_MAX], struct ft_err *err);
/* Another terminal takes the best right and leaves this one: held falls to `right`. With auto_hold it
 * is taken back once, and given up when it is taken again within FT_REGRAB_MS. */
int ft_rights_kick(struct ft_gateway *gw, struct ft_login *login, const char *product,
                   const char *right, char text[FT_RIGHTS_TEXT_MAX], struct ft_err *err);
/* The operation command request_highest_quote_right: everything owned is held again. */
void ft_rights_request_highest(struct ft_gateway *gw, struct ft_login *login,
                               char text[FT_RIGHTS_TEXT_MAX]);

#endif
