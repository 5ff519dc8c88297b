#include "gateway/limits.h"

#include "Qot_GetReference.pb-c.h"
#include "Qot_RequestHistoryKL.pb-c.h"
#include "base/check.h"
#include "base/map64.h"
#include "base/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

struct row {
    struct ft_limit limit;
    struct ft_map64 by_key; /* account or 1 -> struct ft_window */
};

struct ft_limits {
    unsigned maxima[FT_MAXIMA];
    size_t count;
    struct row rows[]; /* by the protocol's place in the table */
};

static const struct maximum {
    uint32_t protocol;
    const char *word;
    unsigned value, most;
} maxima[FT_MAXIMA] = {
#define MAXIMUM(name, protocol, word, value, most)                                                 \
    [FT_MAX_##name] = {FT_PROTO_##protocol, #word, value, most},
#include "gateway/request_maxima.def"
#undef MAXIMUM
};

static const struct {
    uint32_t id;
    const char *chs;
} titles[] = {
#define TITLE(id, chs) {id, chs},
#include "gateway/limit_titles.def"
#undef TITLE
};

const char *ft_limits_title(const struct ft_protocol *p, bool chs)
{
    for (size_t k = 0; chs && k < sizeof titles / sizeof titles[0]; k++)
        if (titles[k].id == p->id)
            return titles[k].chs;
    return p->title;
}

/* ---- Overrides ------------------------------------------------------------------------------ */

enum { COUNT_MAX = 100000, WINDOW_MAX_S = 86400, GAP_MAX_MS = 600000, SHOWN = 64 };

/* One item of the text, in pieces. */
struct item {
    const char *text;
    int len;            /* of the whole item */
    const char *value;  /* behind the colon */
    const struct ft_protocol *p;
    const char *word;   /* behind the dot; NULL: none */
    size_t word_len;
};

static bool same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && memcmp(name, text, len) == 0;
}

static const struct ft_protocol *find_protocol(const char *text, size_t len)
{
    char name[SHOWN];
    if (len == 0 || len >= sizeof name)
        return NULL;
    memcpy(name, text, len);
    name[len] = '\0';
    if (strspn(name, "0123456789") == len)
        return len <= 5 ? ft_protocol_find((uint32_t)strtoul(name, NULL, 10)) : NULL;
    for (size_t k = 0; k < ft_protocols_count; k++)
        if (strcmp(ft_protocols[k].name, name) == 0)
            return &ft_protocols[k];
    return NULL;
}

/* A whole number from 0 to `most`; *at moves behind it. */
static bool number(const char **at, unsigned most, unsigned *out)
{
    uint64_t v = 0;
    const char *from = *at;
    while (**at >= '0' && **at <= '9' && v <= most)
        v = v * 10 + (unsigned)(*(*at)++ - '0');
    *out = (unsigned)v;
    return *at > from && v <= most;
}

static int bad(const struct item *i, struct ft_err *err, const char *why)
{
    return ft_err_set(err, FT_EINVAL, "limit_overrides: %.*s: %s", i->len > SHOWN ? SHOWN : i->len,
                      i->text, why);
}

static int set_rate(struct ft_limits *l, const struct item *i, struct ft_err *err)
{
    struct ft_limit *limit = &l->rows[ft_protocol_index(i->p)].limit;
    const char *at = i->value, *end = i->text + i->len;
    unsigned count, window = FT_LIMIT_WINDOW_S;
    bool good = number(&at, COUNT_MAX, &count);
    if (good && at < end && *at == '/') {
        at++;
        good = number(&at, WINDOW_MAX_S, &window) && window > 0;
    }
    if (!good || at != end)
        return bad(i, err, "a rate is COUNT or COUNT/SECONDS, of 0 (none) to 100000 requests in 1 to "
                           "86400 seconds");
    limit->count = count;
    limit->window_s = window;
    return 0;
}

static int set_word(struct ft_limits *l, const struct item *i, struct ft_err *err)
{
    const char *at = i->value, *end = i->text + i->len;
    char words[160] = "gap";
    size_t len = strlen(words);
    unsigned v;
    if (same("gap", i->word, i->word_len)) {
        if (!number(&at, GAP_MAX_MS, &v) || at != end)
            return bad(i, err, "a gap is 0 (none) to 600000 milliseconds");
        l->rows[ft_protocol_index(i->p)].limit.gap_ms = v;
        return 0;
    }
    for (size_t k = 0; k < FT_MAXIMA; k++) {
        if (maxima[k].protocol != i->p->id)
            continue;
        if (same(maxima[k].word, i->word, i->word_len)) {
            if (!number(&at, maxima[k].most, &v) || at != end || v == 0)
                return ft_err_set(err, FT_EINVAL, "limit_overrides: %.*s: allowed are 1 to %u",
                                  i->len > SHOWN ? SHOWN : i->len, i->text, maxima[k].most);
            l->maxima[k] = v;
            return 0;
        }
        len += (size_t)snprintf(words + len, sizeof words - len, ", %s", maxima[k].word);
    }
    return ft_err_set(err, FT_EINVAL, "limit_overrides: %.*s: of %s there are %s",
                      i->len > SHOWN ? SHOWN : i->len, i->text, i->p->name, words);
}

static int set_item(struct ft_limits *l, struct item *i, struct ft_err *err)
{
    const char *colon = memchr(i->text, ':', (size_t)i->len);
    if (!colon)
        return bad(i, err, "an item is PROTOCOL:COUNT/SECONDS, PROTOCOL.gap:MILLISECONDS or "
                           "PROTOCOL.WORD:NUMBER");
    size_t key = (size_t)(colon - i->text);
    const char *dot = memchr(i->text, '.', key);
    i->value = colon + 1;
    i->word = dot ? dot + 1 : NULL;
    i->word_len = dot ? (size_t)(colon - dot) - 1 : 0;
    i->p = find_protocol(i->text, dot ? (size_t)(dot - i->text) : key);
    if (!i->p || i->p->kind != FT_KIND_REQUEST || !i->p->request)
        return bad(i, err, "no such protocol: allowed are the IDs and names of requests, as 3203 or "
                           "Qot_GetSecuritySnapshot");
    bool rate = !i->word || same("gap", i->word, i->word_len);
    if (rate && i->p->bucket != i->p->id)
        return ft_err_set(err, FT_EINVAL, "limit_overrides: %.*s: it is counted with %u: give that",
                          i->len > SHOWN ? SHOWN : i->len, i->text, i->p->bucket);
    return i->word ? set_word(l, i, err) : set_rate(l, i, err);
}

struct ft_limits *ft_limits_new(const char *overrides, struct ft_err *err)
{
    struct ft_limits *l = calloc(1, sizeof *l + ft_protocols_count * sizeof l->rows[0]);
    if (!l) {
        ft_err_set(err, FT_ENOMEM, "no memory for limits");
        return NULL;
    }
    l->count = ft_protocols_count;
    for (size_t k = 0; k < FT_MAXIMA; k++)
        l->maxima[k] = maxima[k].value;
    for (size_t i = 0; i < l->count; i++) {
        l->rows[i].limit = (struct ft_limit){ft_protocols[i].limit, FT_LIMIT_WINDOW_S,
                                             ft_protocols[i].gap_ms};
        ft_map64_init(&l->rows[i].by_key);
    }
    for (const char *at = overrides; at && *(at += strspn(at, ", "));) {
        struct item i = {.text = at, .len = (int)strcspn(at, ", ")};
        at += i.len;
        if (set_item(l, &i, err)) {
            ft_limits_free(l);
            return NULL;
        }
    }
    return l;
}

void ft_limits_free(struct ft_limits *l)
{
    for (size_t i = 0; l && i < l->count; i++) {
        struct ft_map64 *m = &l->rows[i].by_key;
        for (size_t k = 0; k < m->cap; k++)
            free(m->slots[k].value);
        ft_map64_free(m);
    }
    free(l);
}

unsigned ft_limits_max(const struct ft_limits *l, enum ft_maximum m)
{
    return l->maxima[m];
}

/* ---- Windows -------------------------------------------------------------------------------- */

static size_t bucket_of(const struct ft_protocol *p)
{
    const struct ft_protocol *row = p->bucket == p->id ? p : ft_protocol_find(p->bucket);
    FT_CHECK(row != NULL);
    return ft_protocol_index(row);
}

const struct ft_limit *ft_limits_of(const struct ft_limits *l, const struct ft_protocol *p)
{
    return &l->rows[bucket_of(p)].limit;
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

bool ft_limits_key(const struct ft_limits *l, const struct ft_protocol *p,
                   const ProtobufCMessage *request, uint64_t *key)
{
    const struct ft_limit *limit = ft_limits_of(l, p);
    if ((!limit->count && !limit->gap_ms) || exempt(p, request))
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

enum ft_limit_verdict ft_limits_check(const struct ft_limits *l, const struct ft_protocol *p,
                                      uint64_t key, uint64_t now_ns)
{
    const struct row *row = &l->rows[bucket_of(p)];
    const struct ft_limit *limit = &row->limit;
    const struct ft_window *w = key ? ft_map64_get(&row->by_key, key) : NULL;
    if (!w)
        return FT_LIMIT_OK;
    if (limit->count && !ft_window_has_room(w, now_ns))
        return FT_LIMIT_COUNT;
    if (limit->gap_ms && now_ns - w->last_ns < limit->gap_ms * NS_PER_MS)
        return FT_LIMIT_GAP;
    return FT_LIMIT_OK;
}

int ft_limits_count(struct ft_limits *l, const struct ft_protocol *p, uint64_t key, uint64_t now_ns)
{
    FT_CHECK(key != 0);
    struct row *row = &l->rows[bucket_of(p)];
    unsigned room = row->limit.count ? row->limit.count : 1; /* for the last one of a gap alone */
    struct ft_window *w = ft_map64_get(&row->by_key, key);
    if (!w) {
        w = ft_window_new(room, row->limit.window_s * NS_PER_S);
        if (!w || ft_map64_put(&row->by_key, key, w)) {
            free(w);
            return -1;
        }
    }
    ft_window_take(w, now_ns);
    return 0;
}
