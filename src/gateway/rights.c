#include "gateway/rights.h"

#include "gateway/edge.h"
#include "gateway/gateway.h"
#include "gateway/notify.h"
#include "gateway/subs.h"

#include <string.h>

#define BIT(right) (1u << FT_QOT_##right)

/* Rights that exist for a product: BMP and NO do for every one. */
enum { ANY = BIT(BMP) | BIT(NO), SUBSCRIBERS = BIT(LV1) | BIT(LV2) | BIT(SF) | BIT(LV3) };

/* Depths of the book under LV1, LV2, SF and LV3 (quote-realtime.md 2.2; those of Singapore and Japan
 * are stated nowhere). The default is the best that costs no card beyond LV2; SF shows more, but holds
 * 50 securities only (platform.md 11.4), so that it has to be asked for. */
static const struct product {
    const char *name; /* in the configuration */
    const char *label[2];
    uint8_t start;    /* default */
    uint8_t exists;   /* bits 1 << right, beside ANY */
    int16_t depth[FT_QOT_RIGHTS];
} products[FT_QOT_PRODUCTS] = {
    [FT_QOTP_HK] = {"hk", {"HK stocks", "香港市场股票"}, FT_QOT_LV2, BIT(LV1) | BIT(LV2) | BIT(SF),
                       {[FT_QOT_LV2] = 10, [FT_QOT_SF] = FT_BOOK_FULL}},
    [FT_QOTP_HK_OPTION] = {"hk_option", {"HK options", "香港市场期权"}, FT_QOT_LV2,
                              BIT(LV1) | BIT(LV2), {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_HK_FUTURE] = {"hk_future", {"HK futures", "香港市场期货"}, FT_QOT_LV2,
                              BIT(LV1) | BIT(LV2), {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_US] = {"us", {"US stocks", "美国市场股票"}, FT_QOT_LV2, BIT(LV1) | BIT(LV2) | BIT(LV3),
                       {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 60, [FT_QOT_LV3] = 60}},
    [FT_QOTP_US_OPTION] = {"us_option", {"US options", "美国市场期权"}, FT_QOT_LV1, BIT(LV1),
                              {[FT_QOT_LV1] = 1}},
    [FT_QOTP_US_INDEX] = {"us_index", {"US indices", "美国市场指数"}, FT_QOT_LV1, BIT(LV1), {0}},
    [FT_QOTP_US_OTC] = {"us_otc", {"US OTC", "美国市场 OTC"}, FT_QOT_LV1, BIT(LV1),
                           {[FT_QOT_LV1] = 1}},
#define US_FUTURE(exch)                                                                            \
    {NULL, {"US futures of " exch, "美国市场期货 " exch}, FT_QOT_LV2, BIT(LV1) | BIT(LV2),          \
     {[FT_QOT_LV2] = 40}}
    [FT_QOTP_CME] = US_FUTURE("CME"),
    [FT_QOTP_CBOT] = US_FUTURE("CBOT"),
    [FT_QOTP_NYMEX] = US_FUTURE("NYMEX"),
    [FT_QOTP_COMEX] = US_FUTURE("COMEX"),
    [FT_QOTP_CBOE] = US_FUTURE("CBOE"),
    [FT_QOTP_SG_FUTURE] = {"sg_future", {"SG futures", "新加坡市场期货"}, FT_QOT_LV2,
                              BIT(LV1) | BIT(LV2), {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_JP_FUTURE] = {"jp_future", {"JP futures", "日本市场期货"}, FT_QOT_LV2,
                              BIT(LV1) | BIT(LV2), {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_SH] = {"sh", {"A-shares of Shanghai", "A股市场股票"}, FT_QOT_LV1, BIT(LV1),
                       {[FT_QOT_LV1] = 5}},
    [FT_QOTP_SZ] = {"sz", {"A-shares of Shenzhen", "A股市场股票"}, FT_QOT_LV1, BIT(LV1),
                       {[FT_QOT_LV1] = 5}},
    [FT_QOTP_CC] = {"cc", {"crypto", "加密货币"}, FT_QOT_NO, BIT(LV1), {[FT_QOT_LV1] = 10}},
    [FT_QOTP_SG] = {"sg", {"SG stocks", "新加坡市场股票"}, FT_QOT_LV2, BIT(LV1) | BIT(LV2),
                       {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_MY] = {"my", {"MY stocks", "马来西亚市场股票"}, FT_QOT_NO, BIT(LV1) | BIT(LV2),
                       {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_JP] = {"jp", {"JP stocks", "日本市场股票"}, FT_QOT_LV2, BIT(LV1) | BIT(LV2),
                       {[FT_QOT_LV1] = 1, [FT_QOT_LV2] = 10}},
    [FT_QOTP_EC] = {"ec", {"event contracts", "事件合约"}, FT_QOT_NO, BIT(LV1), {[FT_QOT_LV1] = 10}},
};

/* Names that stand for more than one, and the exchanges of US futures. */
static const struct group {
    const char *name;
    uint8_t first, last;
} groups[] = {
    {"us_future", FT_QOTP_CME, FT_QOTP_CBOE},
    {"us_future_cme", FT_QOTP_CME, FT_QOTP_CME},
    {"us_future_cbot", FT_QOTP_CBOT, FT_QOTP_CBOT},
    {"us_future_nymex", FT_QOTP_NYMEX, FT_QOTP_NYMEX},
    {"us_future_comex", FT_QOTP_COMEX, FT_QOTP_COMEX},
    {"us_future_cboe", FT_QOTP_CBOE, FT_QOTP_CBOE},
    {"cn", FT_QOTP_SH, FT_QOTP_SZ},
};

static const char *const right_names[FT_QOT_RIGHTS] = {"N/A", "BMP", "LV1", "LV2", "SF", "NO", "LV3"};

const char *ft_qot_right_name(enum ft_qot_right right)
{
    return right < FT_QOT_RIGHTS ? right_names[right] : right_names[0];
}

/* ---- Rules ---------------------------------------------------------------------------------- */

enum ft_qot_product ft_qot_product_of(const struct ft_instrument *inst)
{
    enum { PINK = 6, NYMEX = 9, COMEX = 10, CBOT = 11, CBOE = 13 }; /* Qot_Common.ExchType */
    bool future = inst->type == FT_SEC_FUTURE, option = inst->type == FT_SEC_OPTION;
    switch (inst->market) {
    case FT_MARKET_US:
        if (option)
            return FT_QOTP_US_OPTION;
        if (!future)
            return inst->type == FT_SEC_INDEX ? FT_QOTP_US_INDEX
                   : inst->exch == PINK       ? FT_QOTP_US_OTC : FT_QOTP_US;
        switch (inst->exch) {
        case NYMEX: return FT_QOTP_NYMEX;
        case COMEX: return FT_QOTP_COMEX;
        case CBOT: return FT_QOTP_CBOT;
        case CBOE: return FT_QOTP_CBOE;
        }
        return FT_QOTP_CME;
    case FT_MARKET_SH: return FT_QOTP_SH;
    case FT_MARKET_SZ: return FT_QOTP_SZ;
    case FT_MARKET_SG: return future ? FT_QOTP_SG_FUTURE : FT_QOTP_SG;
    case FT_MARKET_JP: return future ? FT_QOTP_JP_FUTURE : FT_QOTP_JP;
    }
    return option ? FT_QOTP_HK_OPTION : future ? FT_QOTP_HK_FUTURE : FT_QOTP_HK;
}

bool ft_rights_may_get(enum ft_qot_right right)
{
    return (BIT(BMP) | SUBSCRIBERS) >> right & 1;
}

bool ft_rights_has_book(const struct ft_instrument *inst)
{
    return inst->type != FT_SEC_INDEX && inst->type != FT_SEC_PLATE;
}

int ft_rights_depth(const struct ft_instrument *inst, enum ft_qot_right right)
{
    return ft_rights_has_book(inst) ? products[ft_qot_product_of(inst)].depth[right] : 0;
}

bool ft_rights_details(const struct ft_instrument *inst, enum ft_qot_right right)
{
    return right == FT_QOT_SF && ft_rights_has_book(inst) && ft_qot_product_of(inst) == FT_QOTP_HK;
}

unsigned ft_rights_subscribers(const struct ft_instrument *inst, int sub_type)
{
    enum ft_qot_product p = ft_qot_product_of(inst);
    unsigned may = SUBSCRIBERS;
    switch (sub_type) {
    case FT_SUB_BOOK:
        for (int right = 0; right < FT_QOT_RIGHTS && ft_rights_has_book(inst); right++)
            if (!products[p].depth[right])
                may &= ~(1u << right);
        return may;
    case FT_SUB_TICK: /* platform.md 11.4 */
        return p == FT_QOTP_HK_OPTION || p == FT_QOTP_HK_FUTURE ? may & ~BIT(LV1) : may;
    case FT_SUB_BROKER: return may & ~BIT(LV1);
    }
    return may;
}

/* ---- Configuration -------------------------------------------------------------------------- */

static bool same(const char *name, const char *text, size_t len)
{
    return name && strlen(name) == len && memcmp(name, text, len) == 0;
}

/* The products that a name stands for. */
static int find_products(const char *text, size_t len, struct group *out, struct ft_err *err)
{
    for (int p = 0; p < FT_QOT_PRODUCTS; p++)
        if (same(products[p].name, text, len)) {
            *out = (struct group){products[p].name, (uint8_t)p, (uint8_t)p};
            return 0;
        }
    for (size_t k = 0; k < sizeof groups / sizeof groups[0]; k++)
        if (same(groups[k].name, text, len)) {
            *out = groups[k];
            return 0;
        }
    return ft_err_set(err, FT_EINVAL,
                      "product %.*s: allowed are hk, hk_option, hk_future, us, us_option, us_index, "
                      "us_otc, us_future (or us_future_cme, _cbot, _nymex, _comex, _cboe), sg_future, "
                      "jp_future, cn (or sh, sz), cc, sg, my, jp and ec",
                      len > 32 ? 32 : (int)len, text);
}

static int find_right(const struct product *p, const char *name, const char *text, size_t len,
                      enum ft_qot_right *out, struct ft_err *err)
{
    char allowed[64] = "";
    size_t at = 0;
    for (int k = 1; k < FT_QOT_RIGHTS; k++) {
        if (!((p->exists | ANY) >> k & 1))
            continue;
        if (same(right_names[k], text, len)) {
            *out = (enum ft_qot_right)k;
            return 0;
        }
        at += (size_t)snprintf(allowed + at, sizeof allowed - at, "%s%s", at ? ", " : "",
                               right_names[k]);
    }
    return ft_err_set(err, FT_EINVAL, "%s=%.*s: allowed are %s", name, len > 32 ? 32 : (int)len, text,
                      allowed);
}

int ft_rights_parse(struct ft_rights *r, const char *text, struct ft_err *err)
{
    struct ft_rights made = *r;
    for (int p = 0; p < FT_QOT_PRODUCTS; p++)
        made.owned[p] = made.held[p] = products[p].start;
    for (const char *at = text; *(at += strspn(at, ", "));) {
        size_t len = strcspn(at, ","), name_len = strcspn(at, "=,");
        struct group g;
        enum ft_qot_right right;
        if (name_len == len)
            return ft_err_set(err, FT_EINVAL, "%.*s: a right has the form PRODUCT=RIGHT, as hk=LV1",
                              len > 32 ? 32 : (int)len, at);
        if (find_products(at, name_len, &g, err) ||
            find_right(&products[g.first], g.name, at + name_len + 1, len - name_len - 1, &right, err))
            return -1;
        for (int p = g.first; p <= g.last; p++)
            made.owned[p] = made.held[p] = (uint8_t)right;
        at += len;
    }
    *r = made;
    return 0;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static const char *label(const struct ft_gateway *gw, enum ft_qot_product p)
{
    return products[p].label[gw->config.lang != FT_LANG_EN];
}

/* The vendor's words up to the comma. */
static void no_right(struct ft_gateway *gw, struct ft_request *req, const struct ft_instrument *inst,
                     bool subscribe)
{
    enum ft_qot_product p = ft_qot_product_of(inst);
    const char *held = right_names[req->conn->login->rights.held[p]];
    const char *code = ft_edge_label(gw, inst->market, inst->code);
    if (subscribe)
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "No right to subscribe the quote for %s, please check the quote "
                                   "right of %s (now %s)",
                               "无权限订阅%s的行情，请检查%s行情权限（当前 %s）"), code, label(gw, p), held);
    else
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "No right to get the quote for %s, please check the quote right of "
                                   "%s (now %s)",
                               "无权限获取%s的行情，请检查%s行情权限（当前 %s）"), code, label(gw, p), held);
}

bool ft_rights_need_get(struct ft_gateway *gw, struct ft_request *req,
                        const struct ft_instrument *inst)
{
    if (ft_rights_may_get(ft_rights_of(&req->conn->login->rights, inst)))
        return true;
    no_right(gw, req, inst, false);
    return false;
}

bool ft_rights_need_read(struct ft_gateway *gw, struct ft_request *req,
                         const struct ft_instrument *inst, int sub_type)
{
    if (ft_rights_subscribers(inst, sub_type) >> ft_rights_of(&req->conn->login->rights, inst) & 1)
        return true;
    no_right(gw, req, inst, false);
    return false;
}

bool ft_rights_need_subscribe(struct ft_gateway *gw, struct ft_request *req,
                              const struct ft_instrument *inst, int sub_type)
{
    if (ft_rights_subscribers(inst, sub_type) >> ft_rights_of(&req->conn->login->rights, inst) & 1)
        return true;
    no_right(gw, req, inst, true);
    return false;
}

bool ft_rights_need_screen(struct ft_gateway *gw, struct ft_request *req, int market)
{
    enum ft_qot_product p = market == FT_MARKET_US   ? FT_QOTP_US
                        : market == FT_MARKET_SH ? FT_QOTP_SH
                        : market == FT_MARKET_SZ ? FT_QOTP_SZ
                        : market == FT_MARKET_SG ? FT_QOTP_SG
                        : market == FT_MARKET_JP ? FT_QOTP_JP : FT_QOTP_HK;
    unsigned may = SUBSCRIBERS | (p == FT_QOTP_HK ? 0 : BIT(BMP));
    uint8_t held = req->conn->login->rights.held[p];
    if (may >> held & 1)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s is not available with the quote right %s of %s",
                           "%s 在行情权限 %s 下不可用，请检查%s行情权限"),
                   req->proto->title, right_names[held], label(gw, p));
    return false;
}

/* ---- Messages ------------------------------------------------------------------------------- */

/* Fields of both messages, and the product that each tells. */
#define FIELDS(ROW)                                                                                \
    ROW(hkoptionqotright, FT_QOTP_HK_OPTION)                                                    \
    ROW(hkfutureqotright, FT_QOTP_HK_FUTURE)                                                    \
    ROW(usfutureqotright, FT_QOTP_CME) /* obsolete: before each exchange had its own */         \
    ROW(usoptionqotright, FT_QOTP_US_OPTION)                                                    \
    ROW(usindexqotright, FT_QOTP_US_INDEX)                                                      \
    ROW(usotcqotright, FT_QOTP_US_OTC)                                                          \
    ROW(uscmefutureqotright, FT_QOTP_CME)                                                       \
    ROW(uscbotfutureqotright, FT_QOTP_CBOT)                                                     \
    ROW(usnymexfutureqotright, FT_QOTP_NYMEX)                                                   \
    ROW(uscomexfutureqotright, FT_QOTP_COMEX)                                                   \
    ROW(uscboefutureqotright, FT_QOTP_CBOE)                                                     \
    ROW(sgfutureqotright, FT_QOTP_SG_FUTURE)                                                    \
    ROW(jpfutureqotright, FT_QOTP_JP_FUTURE)                                                    \
    ROW(shqotright, FT_QOTP_SH)                                                                 \
    ROW(szqotright, FT_QOTP_SZ)                                                                 \
    ROW(ccqotright, FT_QOTP_CC)                                                                 \
    ROW(sgstockqotright, FT_QOTP_SG)                                                            \
    ROW(mystockqotright, FT_QOTP_MY)                                                            \
    ROW(jpstockqotright, FT_QOTP_JP)                                                            \
    ROW(ecqotright, FT_QOTP_EC)

#define SET(field, product) out->has_##field = 1, out->field = r->held[product];

static bool sees_us_options(const struct ft_rights *r)
{
    return SUBSCRIBERS >> r->held[FT_QOTP_US_OPTION] & 1;
}

void ft_rights_notice(const struct ft_rights *r, Notify__QotRight *out)
{
    out->hkqotright = r->held[FT_QOTP_HK];
    out->usqotright = r->held[FT_QOTP_US];
    out->cnqotright = r->held[FT_QOTP_SH];
    out->has_hasusoptionqotright = 1;
    out->hasusoptionqotright = sees_us_options(r);
    FIELDS(SET)
}

void ft_rights_user_info(const struct ft_rights *r, GetUserInfo__S2C *out)
{
    SET(hkqotright, FT_QOTP_HK)
    SET(usqotright, FT_QOTP_US)
    SET(cnqotright, FT_QOTP_SH)
    out->has_hasusoptionqotright = 1;
    out->hasusoptionqotright = sees_us_options(r);
    FIELDS(SET)
}

/* ---- Changes -------------------------------------------------------------------------------- */

/* Products and right of an operation's words; every product of the name must have the right. */
static int read_words(const char *product, const char *right, struct group *g,
                      enum ft_qot_right *out, struct ft_err *err)
{
    return find_products(product, strlen(product), g, err) ||
           find_right(&products[g->first], g->name, right, strlen(right), out, err) ? -1 : 0;
}

int ft_rights_set(struct ft_gateway *gw, struct ft_login *login, const char *product,
                  const char *right, char text[FT_RIGHTS_TEXT_MAX], struct ft_err *err)
{
    struct ft_rights *r = &login->rights;
    struct group g;
    enum ft_qot_right to;
    if (read_words(product, right, &g, &to, err))
        return -1;
    for (int p = g.first; p <= g.last; p++)
        r->owned[p] = r->held[p] = (uint8_t)to;
    ft_notify_rights(gw, login);
    snprintf(text, FT_RIGHTS_TEXT_MAX, FT_TEXT(gw, "the quote right of %s is %s", "%s 的行情权限为 %s"),
             g.name, right_names[to]);
    return 0;
}

/* Rights from worst to best. */
static int rank(enum ft_qot_right right)
{
    static const uint8_t ranks[FT_QOT_RIGHTS] = {[FT_QOT_BMP] = 2, [FT_QOT_LV1] = 3, [FT_QOT_LV2] = 4,
                                                 [FT_QOT_SF] = 5, [FT_QOT_NO] = 1, [FT_QOT_LV3] = 5};
    return ranks[right];
}

int ft_rights_kick(struct ft_gateway *gw, struct ft_login *login, const char *product,
                   const char *right, char text[FT_RIGHTS_TEXT_MAX], struct ft_err *err)
{
    struct ft_rights *r = &login->rights;
    struct group g;
    enum ft_qot_right to;
    uint64_t now = uv_now(gw->loop);
    if (read_words(product, right, &g, &to, err))
        return -1;
    for (int p = g.first; p <= g.last; p++)
        if (rank(to) >= rank((enum ft_qot_right)r->held[p]))
            return ft_err_set(err, FT_ESTATE,
                              FT_TEXT(gw, "%s=%s: it holds %s: only a lower right can be left to it",
                                      "%s=%s：当前为 %s，只能降为更低的权限"),
                              g.name, right, right_names[r->held[p]]);
    bool again = false;
    for (int p = g.first; p <= g.last; p++) {
        again |= r->taken_ms[p] && now - r->taken_ms[p] < FT_REGRAB_MS;
        r->taken_ms[p] = now ? now : 1;
        r->held[p] = (uint8_t)to;
    }
    ft_notify_rights(gw, login);
    bool back = r->auto_hold && !again;
    for (int p = g.first; p <= g.last && back; p++)
        r->held[p] = r->owned[p];
    if (back)
        ft_notify_rights(gw, login);
    snprintf(text, FT_RIGHTS_TEXT_MAX,
             back ? FT_TEXT(gw, "the quote right of %s was taken and taken back",
                            "%s 的行情权限被抢占后已抢回")
             : r->auto_hold ? FT_TEXT(gw, "the quote right of %s was taken again within 10 s and given up",
                                      "%s 的行情权限 10 秒内再次被抢占，已放弃")
                            : FT_TEXT(gw, "the quote right of %s was taken", "%s 的行情权限被抢占"),
             g.name);
    return 0;
}

void ft_rights_request_highest(struct ft_gateway *gw, struct ft_login *login,
                               char text[FT_RIGHTS_TEXT_MAX])
{
    struct ft_rights *r = &login->rights;
    bool changed = memcmp(r->held, r->owned, sizeof r->held) != 0;
    memcpy(r->held, r->owned, sizeof r->held);
    if (changed)
        ft_notify_rights(gw, login);
    snprintf(text, FT_RIGHTS_TEXT_MAX, "%s",
             changed ? FT_TEXT(gw, "the highest quote rights are held again", "已重新获取最高行情权限")
                     : FT_TEXT(gw, "the highest quote rights are held already", "已持有最高行情权限"));
}
