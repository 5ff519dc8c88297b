#include "gateway/limits.h"

#include "Qot_GetReference.pb-c.h"
#include "Qot_RequestHistoryKL.pb-c.h"
#include "base/check.h"
#include "base/map64.h"
#include "base/window.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_NS (UINT64_C(1000000000) * FT_LIMIT_WINDOW_S)

struct ft_limits {
    size_t rows;
    struct ft_map64 by_key[]; /* a protocol's struct ft_window, by its place in the table */
};

struct ft_limits *ft_limits_new(void)
{
    struct ft_limits *l = calloc(1, sizeof *l + ft_protocols_count * sizeof l->by_key[0]);
    if (l)
        l->rows = ft_protocols_count;
    for (size_t i = 0; l && i < l->rows; i++)
        ft_map64_init(&l->by_key[i]);
    return l;
}

void ft_limits_free(struct ft_limits *l)
{
    for (size_t i = 0; l && i < l->rows; i++) {
        for (size_t k = 0; k < l->by_key[i].cap; k++)
            free(l->by_key[i].slots[k].value);
        ft_map64_free(&l->by_key[i]);
    }
    free(l);
}

/* A field of a message by its name and type; NULL: there is none, or it is not set. */
static const void *field(const ProtobufCMessage *m, const char *name, ProtobufCType type)
{
    const ProtobufCFieldDescriptor *f =
        m ? protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name) : NULL;
    if (!f || f->type != type || f->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    const char *at = (const char *)m + f->offset;
    if (f->label == PROTOBUF_C_LABEL_OPTIONAL && type != PROTOBUF_C_TYPE_MESSAGE) {
        protobuf_c_boolean has;
        memcpy(&has, (const char *)m + f->quantifier_offset, sizeof has);
        if (!has)
            return NULL;
    }
    return at;
}

static const ProtobufCMessage *child(const ProtobufCMessage *m, const char *name)
{
    const void *at = field(m, name, PROTOBUF_C_TYPE_MESSAGE);
    const ProtobufCMessage *c = NULL;
    if (at)
        memcpy(&c, at, sizeof c);
    return c;
}

/* Requests of limited protocols that do not count: further pages of history (platform.md 12.4),
 * warrants of an underlying (12.5). */
static bool exempt(const struct ft_protocol *p, const ProtobufCMessage *request)
{
    if (p->id == FT_PROTO_Qot_RequestHistoryKL) {
        const QotRequestHistoryKL__C2S *c2s = ((const QotRequestHistoryKL__Request *)request)->c2s;
        return c2s->has_nextreqkey && c2s->nextreqkey.len;
    }
    if (p->id == FT_PROTO_Qot_GetReference)
        return ((const QotGetReference__Request *)request)->c2s->referencetype ==
               QOT__GET_REFERENCE__REFERENCE_TYPE__ReferenceType_Warrant;
    return false;
}

bool ft_limits_key(const struct ft_protocol *p, const ProtobufCMessage *request, uint64_t *key)
{
    if (p->scope == FT_SCOPE_NONE || exempt(p, request))
        return false;
    *key = 1;
    if (p->scope != FT_SCOPE_ACCOUNT && p->scope != FT_SCOPE_ACCOUNT_REFRESH)
        return true;
    const ProtobufCMessage *c2s = child(request, "c2s");
    if (p->scope == FT_SCOPE_ACCOUNT_REFRESH) {
        const void *refresh = field(c2s, "refreshCache", PROTOBUF_C_TYPE_BOOL);
        protobuf_c_boolean on = 0;
        if (refresh)
            memcpy(&on, refresh, sizeof on);
        if (!on)
            return false; /* answered from the cache (trade.md 2.4) */
    }
    const void *acc = field(child(c2s, "header"), "accID", PROTOBUF_C_TYPE_UINT64);
    FT_CHECK(acc != NULL); /* a row of this scope has a header; test_limits walks them */
    memcpy(key, acc, sizeof *key);
    return true;
}

static size_t bucket_of(const struct ft_protocol *p, const struct ft_protocol **row)
{
    *row = p->bucket == p->id ? p : ft_protocol_find(p->bucket);
    FT_CHECK(*row && (*row)->limit);
    return ft_protocol_index(*row);
}

enum ft_limit_verdict ft_limits_check(const struct ft_limits *l, const struct ft_protocol *p,
                                      uint64_t key, uint64_t now_ns)
{
    const struct ft_protocol *row;
    size_t at = bucket_of(p, &row);
    const struct ft_window *w = key ? ft_map64_get(&l->by_key[at], key) : NULL;
    if (!w)
        return FT_LIMIT_OK;
    if (!ft_window_has_room(w, now_ns))
        return FT_LIMIT_COUNT;
    if (row->gap_ms && now_ns - w->last_ns < row->gap_ms * UINT64_C(1000000))
        return FT_LIMIT_GAP;
    return FT_LIMIT_OK;
}

int ft_limits_count(struct ft_limits *l, const struct ft_protocol *p, uint64_t key, uint64_t now_ns)
{
    FT_CHECK(key != 0);
    const struct ft_protocol *row;
    size_t at = bucket_of(p, &row);
    struct ft_window *w = ft_map64_get(&l->by_key[at], key);
    if (!w) {
        w = ft_window_new(row->limit, WINDOW_NS);
        if (!w || ft_map64_put(&l->by_key[at], key, w)) {
            free(w);
            return -1;
        }
    }
    ft_window_take(w, now_ns);
    return 0;
}
