/* Which quotes are subscribed on this connection, to be subscribed again on the next: one record a
 * security and type, with the options that it was subscribed with. Requests are made anew from them:
 * K-line types first, one type and set of options a request, at most 100 securities (platform.md
 * 4.6: floor(100 / number of K-line types)). */
#include "sdk/client_impl.h"

#include "Qot_RegQotPush.pb-c.h"
#include "Qot_Sub.pb-c.h"
#include "base/list.h"
#include "base/map64.h"

#include <stdlib.h>
#include <string.h>

enum { SUBS_MAX = 1 << 16, CODE_MAX = 64, BATCH = 100, REHABS = 8 };

/* Absent optional fields are FT_SDK_ABSENT. Compared as bytes: no padding. */
struct options {
    int32_t push;   /* 1: pushes are registered */
    int32_t rehabs; /* bits of RehabType, of K-line pushes */
    int32_t first_push, book_detail, extended_time, session, firm;
};

struct sub {
    struct ft_list link; /* in klines or others */
    struct sub *same;    /* next with the same hash */
    uint64_t hash;
    struct options options;
    unsigned round; /* last one in which it was asked for */
    int32_t market, type;
    char code[]; /* NUL-terminated */
};

struct ft_sdk_quotes {
    struct ft_map64 by_hash;
    struct ft_list klines, others;
    size_t count;
    unsigned round;
    /* The request under way. */
    QotSub__Request request;
    QotSub__C2S c2s;
    QotCommon__QotHeader header;
    QotCommon__Security security[BATCH], *list[BATCH];
    int32_t type, rehabs[REHABS];
};

static struct ft_sdk_quotes *quotes_of(struct ft_client *c)
{
    if (c->quotes)
        return c->quotes;
    struct ft_sdk_quotes *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    ft_map64_init(&q->by_hash);
    ft_list_init(&q->klines);
    ft_list_init(&q->others);
    return c->quotes = q;
}

/* FNV-1a; never 0, which is no key. */
static uint64_t hash_of(int32_t market, int32_t type, const char *code)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ (uint32_t)market;
    h = h * UINT64_C(1099511628211) ^ (uint32_t)type;
    for (; *code; code++)
        h = (h ^ (unsigned char)*code) * UINT64_C(1099511628211);
    return h ? h : 1;
}

static bool is_kline(int32_t type)
{
    return (type >= QOT__COMMON__SUB_TYPE__SubType_KL_Day &&
            type <= QOT__COMMON__SUB_TYPE__SubType_KL_Month) ||
           type >= QOT__COMMON__SUB_TYPE__SubType_KL_Qurater;
}

static struct sub *find(struct ft_sdk_quotes *q, uint64_t hash, int32_t market, int32_t type,
                        const char *code)
{
    struct sub *s = ft_map64_get(&q->by_hash, hash);
    while (s && (s->market != market || s->type != type || strcmp(s->code, code) != 0))
        s = s->same;
    return s;
}

static struct sub *add(struct ft_sdk_quotes *q, uint64_t hash, int32_t market, int32_t type,
                       const char *code)
{
    size_t n = strlen(code);
    struct sub *s = n < CODE_MAX && q->count < SUBS_MAX ? calloc(1, sizeof *s + n + 1) : NULL;
    if (!s)
        return NULL;
    s->same = ft_map64_get(&q->by_hash, hash);
    if (ft_map64_put(&q->by_hash, hash, s)) {
        free(s);
        return NULL;
    }
    s->hash = hash;
    s->market = market;
    s->type = type;
    s->round = q->round; /* this connection has it */
    memcpy(s->code, code, n + 1);
    ft_list_init(&s->link);
    ft_list_push(is_kline(type) ? &q->klines : &q->others, &s->link);
    q->count++;
    return s;
}

static void drop(struct ft_sdk_quotes *q, struct sub *s)
{
    struct sub *first = ft_map64_get(&q->by_hash, s->hash);
    if (first == s && !s->same) {
        ft_map64_take(&q->by_hash, s->hash);
    } else if (first == s) {
        ft_map64_put(&q->by_hash, s->hash, s->same); /* replacing needs no memory */
    } else {
        while (first->same != s)
            first = first->same;
        first->same = s->same;
    }
    ft_list_del(&s->link);
    free(s);
    q->count--;
}

static void drop_all(struct ft_sdk_quotes *q)
{
    struct ft_list *lists[] = {&q->klines, &q->others};
    for (int i = 0; i < 2; i++)
        while (!ft_list_empty(lists[i]))
            drop(q, ft_container_of(lists[i]->next, struct sub, link));
}

static int32_t rehab_bits(size_t n, const int32_t *list)
{
    int32_t bits = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i] >= 0 && list[i] < REHABS)
            bits |= 1 << list[i];
    return bits;
}

static int apply_sub(struct ft_sdk_quotes *q, const QotSub__C2S *c2s)
{
    int rc = 0;
    for (size_t i = 0; i < c2s->n_securitylist * c2s->n_subtypelist; i++) {
        const QotCommon__Security *sec = c2s->securitylist[i / c2s->n_subtypelist];
        int32_t type = c2s->subtypelist[i % c2s->n_subtypelist];
        uint64_t hash = hash_of(sec->market, type, sec->code);
        struct sub *s = find(q, hash, sec->market, type, sec->code);
        if (!c2s->issuborunsub) {
            if (s)
                drop(q, s);
            continue;
        }
        struct options before = s ? s->options : (struct options){.first_push = FT_SDK_ABSENT};
        if (!s && !(s = add(q, hash, sec->market, type, sec->code))) {
            rc = -1;
            continue;
        }
        struct options *o = &s->options;
        *o = before;
        if (c2s->has_isregorunregpush) {
            o->push = c2s->isregorunregpush != 0;
            o->rehabs = rehab_bits(c2s->n_regpushrehabtypelist, c2s->regpushrehabtypelist);
            o->first_push = c2s->has_isfirstpush ? c2s->isfirstpush : FT_SDK_ABSENT;
        }
        o->book_detail = c2s->has_issuborderbookdetail ? c2s->issuborderbookdetail : FT_SDK_ABSENT;
        o->extended_time = c2s->has_extendedtime ? c2s->extendedtime : FT_SDK_ABSENT;
        o->session = c2s->has_session ? c2s->session : FT_SDK_ABSENT;
        o->firm = c2s->header && c2s->header->has_securityfirm ? c2s->header->securityfirm
                                                               : FT_SDK_ABSENT;
    }
    return rc;
}

int ft_sdk_quotes_sub(struct ft_client *c, const uint8_t *packed, size_t len)
{
    struct ft_sdk_quotes *q = quotes_of(c);
    QotSub__Request *r = q ? qot__sub__request__unpack(NULL, len, packed) : NULL;
    if (!r)
        return -1;
    int rc = 0;
    if (r->c2s->has_isunsuball && r->c2s->isunsuball)
        drop_all(q);
    else
        rc = apply_sub(q, r->c2s);
    qot__sub__request__free_unpacked(r, NULL);
    return rc;
}

int ft_sdk_quotes_reg(struct ft_client *c, const uint8_t *packed, size_t len)
{
    struct ft_sdk_quotes *q = quotes_of(c);
    QotRegQotPush__Request *r = q ? qot__reg_qot_push__request__unpack(NULL, len, packed) : NULL;
    if (!r)
        return -1;
    const QotRegQotPush__C2S *c2s = r->c2s;
    for (size_t i = 0; i < c2s->n_securitylist * c2s->n_subtypelist; i++) {
        const QotCommon__Security *sec = c2s->securitylist[i / c2s->n_subtypelist];
        int32_t type = c2s->subtypelist[i % c2s->n_subtypelist];
        struct sub *s = find(q, hash_of(sec->market, type, sec->code), sec->market, type, sec->code);
        if (!s)
            continue; /* it succeeded, so the subscription is one that was not remembered */
        s->options.push = c2s->isregorunreg != 0;
        s->options.rehabs = rehab_bits(c2s->n_rehabtypelist, c2s->rehabtypelist);
        s->options.first_push = c2s->has_isfirstpush ? c2s->isfirstpush : FT_SDK_ABSENT;
    }
    qot__reg_qot_push__request__free_unpacked(r, NULL);
    return 0;
}

bool ft_sdk_quotes_any(const struct ft_client *c)
{
    return c->quotes && c->quotes->count > 0;
}

void ft_sdk_quotes_rewind(struct ft_client *c)
{
    if (c->quotes)
        c->quotes->round++;
}

static struct sub *first_waiting(struct ft_sdk_quotes *q)
{
    struct ft_list *lists[] = {&q->klines, &q->others};
    for (int i = 0; i < 2; i++)
        for (struct ft_list *l = lists[i]->next; l != lists[i]; l = l->next) {
            struct sub *s = ft_container_of(l, struct sub, link);
            if (s->round != q->round)
                return s;
        }
    return NULL;
}

/* The request's securities: all that wait with the type and options of `first`, at most BATCH. */
static void collect(struct ft_sdk_quotes *q, const struct sub *first)
{
    struct ft_list *list = is_kline(first->type) ? &q->klines : &q->others;
    for (struct ft_list *l = list->next; l != list && q->c2s.n_securitylist < BATCH; l = l->next) {
        struct sub *s = ft_container_of(l, struct sub, link);
        if (s->round == q->round || s->type != first->type ||
            memcmp(&s->options, &first->options, sizeof s->options) != 0)
            continue;
        size_t i = q->c2s.n_securitylist++;
        qot__common__security__init(&q->security[i]);
        q->security[i].market = s->market;
        q->security[i].code = s->code;
        q->list[i] = &q->security[i];
        s->round = q->round;
    }
}

static protobuf_c_boolean take(int32_t value, protobuf_c_boolean *to)
{
    *to = value != FT_SDK_ABSENT && value != 0;
    return value != FT_SDK_ABSENT;
}

static void fill_options(struct ft_sdk_quotes *q, const struct options *o)
{
    QotSub__C2S *c2s = &q->c2s;
    c2s->has_isregorunregpush = c2s->isregorunregpush = o->push == 1;
    for (int32_t r = 0; r < REHABS; r++)
        if (o->push == 1 && o->rehabs >> r & 1)
            q->rehabs[c2s->n_regpushrehabtypelist++] = r;
    c2s->regpushrehabtypelist = q->rehabs;
    c2s->has_isfirstpush = take(o->first_push, &c2s->isfirstpush);
    c2s->has_issuborderbookdetail = take(o->book_detail, &c2s->issuborderbookdetail);
    c2s->has_extendedtime = take(o->extended_time, &c2s->extendedtime);
    c2s->has_session = o->session != FT_SDK_ABSENT;
    c2s->session = c2s->has_session ? o->session : 0;
    if (o->firm != FT_SDK_ABSENT) {
        qot__common__qot_header__init(&q->header);
        q->header.has_securityfirm = 1;
        q->header.securityfirm = o->firm;
        c2s->header = &q->header;
    }
}

const ProtobufCMessage *ft_sdk_quotes_next(struct ft_client *c)
{
    struct ft_sdk_quotes *q = c->quotes;
    const struct sub *first = q ? first_waiting(q) : NULL;
    if (!first)
        return NULL;
    qot__sub__request__init(&q->request);
    qot__sub__c2_s__init(&q->c2s);
    q->request.c2s = &q->c2s;
    q->type = first->type;
    q->c2s.securitylist = q->list;
    q->c2s.subtypelist = &q->type;
    q->c2s.n_subtypelist = 1;
    q->c2s.issuborunsub = 1;
    fill_options(q, &first->options);
    collect(q, first);
    return &q->request.base;
}

void ft_sdk_quotes_free(struct ft_client *c)
{
    if (!c->quotes)
        return;
    drop_all(c->quotes);
    ft_map64_free(&c->quotes->by_hash);
    free(c->quotes);
    c->quotes = NULL;
}
