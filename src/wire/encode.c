#include "wire/encode.h"

#include "Qot_UpdateBasicQot.pb-c.h"
#include "Qot_UpdateKL.pb-c.h"
#include "Qot_UpdateOrderBook.pb-c.h"
#include "Qot_UpdateRT.pb-c.h"
#include "Qot_UpdateTicker.pb-c.h"
#include "wire/pb.h"

#include <stdbool.h>
#include <string.h>

enum {
    SCALAR_MAX = 12,      /* two bytes of key, ten of a negative number */
    LENGTHY_HEAD_MAX = 7, /* two bytes of key, five of a length */
    FIRST_ROOM = 4096,
};

/* Bytes are written from the end to the front, the last field first: then the length of a submessage
 * is known when its turn comes. */
struct back {
    uint8_t *start, *at;
    bool full;    /* something did not fit: once more with more room */
    bool missing; /* a required text or submessage is not set */
};

/* ---- Fields --------------------------------------------------------------------------------- */

static inline bool has_room(struct back *b, size_t n)
{
    if ((size_t)(b->at - b->start) >= n)
        return true;
    b->full = true;
    return false;
}

/* The caller has made sure of the room. */
static inline void raw_varint(struct back *b, uint64_t v)
{
    size_t n = v ? (size_t)(70 - __builtin_clzll(v)) / 7 : 1; /* seven bits a byte, rounded up */
    uint8_t *p = b->at -= n;
    for (; v > 0x7f; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p = (uint8_t)v;
}

static inline void raw_key(struct back *b, unsigned field, unsigned wire_type)
{
    raw_varint(b, field << 3 | wire_type);
}

/* int32, int64 and bool alike: negative numbers are sign-extended to ten bytes. */
static inline void put_int(struct back *b, unsigned field, int64_t v)
{
    if (!has_room(b, SCALAR_MAX))
        return;
    raw_varint(b, (uint64_t)v);
    raw_key(b, field, PROTOBUF_C_WIRE_TYPE_VARINT);
}

static inline void put_double(struct back *b, unsigned field, double v)
{
    if (!has_room(b, SCALAR_MAX))
        return;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bits = __builtin_bswap64(bits);
#endif
    b->at -= sizeof bits;
    memcpy(b->at, &bits, sizeof bits);
    raw_key(b, field, PROTOBUF_C_WIRE_TYPE_64BIT);
}

static inline void put_optional_int(struct back *b, unsigned field, bool has, int64_t v)
{
    if (has)
        put_int(b, field, v);
}

static inline void put_optional_double(struct back *b, unsigned field, bool has, double v)
{
    if (has)
        put_double(b, field, v);
}

static inline void put_optional_text(struct back *b, unsigned field, const char *text)
{
    if (!text)
        return;
    size_t n = strlen(text);
    if (!has_room(b, n + LENGTHY_HEAD_MAX))
        return;
    b->at -= n;
    memcpy(b->at, text, n);
    raw_varint(b, n);
    raw_key(b, field, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static inline void put_text(struct back *b, unsigned field, const char *text)
{
    b->missing |= !text;
    put_optional_text(b, field, text);
}

/* Key and length of the submessage that was written since `end` was the front. */
static inline void put_head(struct back *b, unsigned field, const uint8_t *end)
{
    if (!has_room(b, LENGTHY_HEAD_MAX))
        return;
    raw_varint(b, (uint64_t)(end - b->at));
    raw_key(b, field, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

/* Submessages by a writer of their type; `put` is a function (struct back *, const type *). */
#define PUT_OPTIONAL(b, field, put, msg)                                                           \
    do {                                                                                           \
        if (msg) {                                                                                 \
            const uint8_t *end_ = (b)->at;                                                         \
            put(b, msg);                                                                           \
            put_head(b, field, end_);                                                              \
        }                                                                                          \
    } while (0)
#define PUT_REQUIRED(b, field, put, msg)                                                           \
    do {                                                                                           \
        (b)->missing |= !(msg);                                                                    \
        PUT_OPTIONAL(b, field, put, msg);                                                          \
    } while (0)
#define PUT_LIST(b, field, put, n, list)                                                           \
    do {                                                                                           \
        (b)->missing |= (n) > 0 && !(list);                                                        \
        for (size_t k_ = (n); k_ > 0 && !(b)->missing && !(b)->full; k_--)                         \
            PUT_REQUIRED(b, field, put, (list)[k_ - 1]);                                           \
    } while (0)

/* ---- Messages: fields in falling order ------------------------------------------------------ */

static void put_security(struct back *b, const QotCommon__Security *m)
{
    put_text(b, 2, m->code);
    put_int(b, 1, m->market);
}

static void put_tick(struct back *b, const QotCommon__Ticker *m)
{
    put_optional_double(b, 12, m->has_hpvolume, m->hpvolume);
    put_optional_double(b, 11, m->has_timestamp, m->timestamp);
    put_optional_int(b, 10, m->has_pushdatatype, m->pushdatatype);
    put_optional_int(b, 9, m->has_typesign, m->typesign);
    put_optional_int(b, 8, m->has_type, m->type);
    put_optional_double(b, 7, m->has_recvtime, m->recvtime);
    put_double(b, 6, m->turnover);
    put_int(b, 5, m->volume);
    put_double(b, 4, m->price);
    put_int(b, 3, m->dir);
    put_int(b, 2, m->sequence);
    put_text(b, 1, m->time);
}

static void put_order(struct back *b, const QotCommon__OrderBookDetail *m)
{
    put_int(b, 2, m->volume);
    put_int(b, 1, m->orderid);
}

static void put_level(struct back *b, const QotCommon__OrderBook *m)
{
    put_optional_double(b, 5, m->has_hpvolume, m->hpvolume);
    PUT_LIST(b, 4, put_order, m->n_detaillist, m->detaillist);
    put_int(b, 3, m->oredercount);
    put_int(b, 2, m->volume);
    put_double(b, 1, m->price);
}

static void put_point(struct back *b, const QotCommon__TimeShare *m)
{
    put_optional_double(b, 10, m->has_hpvolume, m->hpvolume);
    put_optional_double(b, 9, m->has_timestamp, m->timestamp);
    put_optional_double(b, 8, m->has_turnover, m->turnover);
    put_optional_int(b, 7, m->has_volume, m->volume);
    put_optional_double(b, 6, m->has_avgprice, m->avgprice);
    put_optional_double(b, 5, m->has_lastcloseprice, m->lastcloseprice);
    put_optional_double(b, 4, m->has_price, m->price);
    put_int(b, 3, m->isblank != 0);
    put_int(b, 2, m->minute);
    put_text(b, 1, m->time);
}

static void put_bar(struct back *b, const QotCommon__KLine *m)
{
    put_optional_double(b, 14, m->has_hpvolume, m->hpvolume);
    put_optional_double(b, 13, m->has_timestamp, m->timestamp);
    put_optional_double(b, 12, m->has_changerate, m->changerate);
    put_optional_double(b, 11, m->has_pe, m->pe);
    put_optional_double(b, 10, m->has_turnoverrate, m->turnoverrate);
    put_optional_double(b, 9, m->has_turnover, m->turnover);
    put_optional_int(b, 8, m->has_volume, m->volume);
    put_optional_double(b, 7, m->has_lastcloseprice, m->lastcloseprice);
    put_optional_double(b, 6, m->has_closeprice, m->closeprice);
    put_optional_double(b, 5, m->has_lowprice, m->lowprice);
    put_optional_double(b, 4, m->has_openprice, m->openprice);
    put_optional_double(b, 3, m->has_highprice, m->highprice);
    put_int(b, 2, m->isblank != 0);
    put_text(b, 1, m->time);
}

static void put_extended(struct back *b, const QotCommon__PreAfterMarketData *m)
{
    put_optional_double(b, 8, m->has_amplitude, m->amplitude);
    put_optional_double(b, 7, m->has_changerate, m->changerate);
    put_optional_double(b, 6, m->has_changeval, m->changeval);
    put_optional_double(b, 5, m->has_turnover, m->turnover);
    put_optional_int(b, 4, m->has_volume, m->volume);
    put_optional_double(b, 3, m->has_lowprice, m->lowprice);
    put_optional_double(b, 2, m->has_highprice, m->highprice);
    put_optional_double(b, 1, m->has_price, m->price);
}

static void put_option(struct back *b, const QotCommon__OptionBasicQotExData *m)
{
    put_optional_int(b, 18, m->has_indexoptiontype, m->indexoptiontype);
    put_optional_double(b, 17, m->has_contractsizefloat, m->contractsizefloat);
    put_optional_double(b, 16, m->has_contractmultiplier, m->contractmultiplier);
    put_optional_int(b, 15, m->has_optionareatype, m->optionareatype);
    put_optional_double(b, 14, m->has_ownerlotmultiplier, m->ownerlotmultiplier);
    put_optional_double(b, 13, m->has_contractnominalvalue, m->contractnominalvalue);
    put_optional_int(b, 12, m->has_expirydatedistance, m->expirydatedistance);
    put_optional_int(b, 11, m->has_netopeninterest, m->netopeninterest);
    put_double(b, 10, m->rho);
    put_double(b, 9, m->theta);
    put_double(b, 8, m->vega);
    put_double(b, 7, m->gamma);
    put_double(b, 6, m->delta);
    put_double(b, 5, m->premium);
    put_double(b, 4, m->impliedvolatility);
    put_int(b, 3, m->openinterest);
    put_int(b, 2, m->contractsize);
    put_double(b, 1, m->strikeprice);
}

static void put_future(struct back *b, const QotCommon__FutureBasicQotExData *m)
{
    put_optional_int(b, 4, m->has_expirydatedistance, m->expirydatedistance);
    put_int(b, 3, m->positionchange);
    put_int(b, 2, m->position);
    put_double(b, 1, m->lastsettleprice);
}

static void put_warrant(struct back *b, const QotCommon__WarrantBasicQotExData *m)
{
    put_double(b, 3, m->premium);
    put_optional_double(b, 2, m->has_impliedvolatility, m->impliedvolatility);
    put_optional_double(b, 1, m->has_delta, m->delta);
}

static void put_quote(struct back *b, const QotCommon__BasicQot *m)
{
    put_optional_double(b, 26, m->has_hpvolume, m->hpvolume);
    PUT_OPTIONAL(b, 25, put_extended, m->overnight);
    put_optional_text(b, 24, m->name);
    PUT_OPTIONAL(b, 23, put_warrant, m->warrantexdata);
    PUT_OPTIONAL(b, 22, put_future, m->futureexdata);
    put_optional_int(b, 21, m->has_secstatus, m->secstatus);
    PUT_OPTIONAL(b, 20, put_extended, m->aftermarket);
    PUT_OPTIONAL(b, 19, put_extended, m->premarket);
    put_optional_double(b, 18, m->has_updatetimestamp, m->updatetimestamp);
    put_optional_double(b, 17, m->has_listtimestamp, m->listtimestamp);
    PUT_OPTIONAL(b, 16, put_option, m->optionexdata);
    put_optional_int(b, 15, m->has_darkstatus, m->darkstatus);
    put_double(b, 14, m->amplitude);
    put_double(b, 13, m->turnoverrate);
    put_double(b, 12, m->turnover);
    put_int(b, 11, m->volume);
    put_double(b, 10, m->lastcloseprice);
    put_double(b, 9, m->curprice);
    put_double(b, 8, m->lowprice);
    put_double(b, 7, m->openprice);
    put_double(b, 6, m->highprice);
    put_text(b, 5, m->updatetime);
    put_double(b, 4, m->pricespread);
    put_text(b, 3, m->listtime);
    put_int(b, 2, m->issuspended != 0);
    PUT_REQUIRED(b, 1, put_security, m->security);
}

/* ---- Pushes --------------------------------------------------------------------------------- */

static void put_ticks(struct back *b, const QotUpdateTicker__S2C *m)
{
    put_optional_text(b, 3, m->name);
    PUT_LIST(b, 2, put_tick, m->n_tickerlist, m->tickerlist);
    PUT_REQUIRED(b, 1, put_security, m->security);
}

static void put_book(struct back *b, const QotUpdateOrderBook__S2C *m)
{
    put_optional_int(b, 9, m->has_orderbooktype, m->orderbooktype);
    put_optional_text(b, 8, m->name);
    put_optional_double(b, 7, m->has_svrrecvtimeasktimestamp, m->svrrecvtimeasktimestamp);
    put_optional_text(b, 6, m->svrrecvtimeask);
    put_optional_double(b, 5, m->has_svrrecvtimebidtimestamp, m->svrrecvtimebidtimestamp);
    put_optional_text(b, 4, m->svrrecvtimebid);
    PUT_LIST(b, 3, put_level, m->n_orderbookbidlist, m->orderbookbidlist);
    PUT_LIST(b, 2, put_level, m->n_orderbookasklist, m->orderbookasklist);
    PUT_REQUIRED(b, 1, put_security, m->security);
}

static void put_quotes(struct back *b, const QotUpdateBasicQot__S2C *m)
{
    PUT_LIST(b, 1, put_quote, m->n_basicqotlist, m->basicqotlist);
}

static void put_points(struct back *b, const QotUpdateRT__S2C *m)
{
    put_optional_text(b, 3, m->name);
    PUT_LIST(b, 2, put_point, m->n_rtlist, m->rtlist);
    PUT_REQUIRED(b, 1, put_security, m->security);
}

static void put_bars(struct back *b, const QotUpdateKL__S2C *m)
{
    put_optional_text(b, 5, m->name);
    PUT_LIST(b, 4, put_bar, m->n_kllist, m->kllist);
    PUT_REQUIRED(b, 3, put_security, m->security);
    put_int(b, 2, m->kltype);
    put_int(b, 1, m->rehabtype);
}

/* Runs `put` over the message with as much room as it turns out to need. */
static int append(const ProtobufCMessage *msg, void (*put)(struct back *, const ProtobufCMessage *),
                  struct ft_buf *out, struct ft_err *err)
{
    for (size_t room = FIRST_ROOM;; room *= 4) {
        if (room > out->max - ft_buf_len(out))
            room = out->max - ft_buf_len(out); /* a message that fits need not leave room */
        uint8_t *to = ft_buf_reserve(out, room);
        if (!to)
            break;
        struct back b = {.start = to, .at = to + room};
        put(&b, msg);
        if (b.missing)
            break;
        if (!b.full) {
            size_t n = (size_t)(to + room - b.at);
            memmove(to, b.at, n);
            ft_buf_commit(out, n);
            return 0;
        }
        if (room == out->max - ft_buf_len(out))
            break;
    }
    return ft_pb_append(msg, out, err); /* by its own count it may fit; else it has the words */
}

/* Every Response has the same four fields. */
#define PUSH(name, Type, put_s2c)                                                                  \
    static void put_##name(struct back *b, const ProtobufCMessage *msg)                            \
    {                                                                                              \
        const Type##__Response *m = (const Type##__Response *)msg;                                 \
        PUT_OPTIONAL(b, 4, put_s2c, m->s2c);                                                       \
        put_optional_int(b, 3, m->has_errcode, m->errcode);                                        \
        put_optional_text(b, 2, m->retmsg);                                                        \
        put_int(b, 1, m->rettype);                                                                 \
    }                                                                                              \
    static int encode_##name(const ProtobufCMessage *msg, struct ft_buf *out, struct ft_err *err)  \
    {                                                                                              \
        return append(msg, put_##name, out, err);                                                  \
    }

PUSH(update_ticker, QotUpdateTicker, put_ticks)
PUSH(update_order_book, QotUpdateOrderBook, put_book)
PUSH(update_basic_qot, QotUpdateBasicQot, put_quotes)
PUSH(update_rt, QotUpdateRT, put_points)
PUSH(update_kl, QotUpdateKL, put_bars)

ft_encoder *ft_encoder_of(const ProtobufCMessageDescriptor *desc)
{
    if (desc == &qot__update_ticker__response__descriptor)
        return encode_update_ticker;
    if (desc == &qot__update_order_book__response__descriptor)
        return encode_update_order_book;
    if (desc == &qot__update_basic_qot__response__descriptor)
        return encode_update_basic_qot;
    if (desc == &qot__update_rt__response__descriptor)
        return encode_update_rt;
    if (desc == &qot__update_kl__response__descriptor)
        return encode_update_kl;
    return NULL;
}
