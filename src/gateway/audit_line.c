/* The request is told by its descriptor, so that no field of a protocol is forgotten: a plan is made of it
 * once, since many lines a second are written while orders wait for them. */
#include "gateway/audit_line.h"

#include "Common.pb-c.h"
#include "Qot_Common.pb-c.h"
#include "Trd_Common.pb-c.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TEXT_MAX = 256, /* bytes of a client's text that are told */
    LIST_MAX = 16,  /* items of a list */
    DEPTH_MAX = 4,
    KEY_MAX = 48,
};

/* ---- Text --------------------------------------------------------------------------------------- */

struct line {
    char *p, *end;
    bool full; /* something found no room */
};

static inline void put(struct line *l, const char *text, size_t n)
{
    if (n > (size_t)(l->end - l->p)) {
        l->full = true;
        return;
    }
    memcpy(l->p, text, n);
    l->p += n;
}

#define PUT(l, literal) put(l, literal, sizeof(literal) - 1)

static void put_number(struct line *l, uint64_t v)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char text[20], *p = text + sizeof text;
    for (; v >= 100; v /= 100)
        memcpy(p -= 2, pairs + v % 100 * 2, 2);
    if (v >= 10)
        memcpy(p -= 2, pairs + v * 2, 2);
    else
        *--p = (char)('0' + v);
    put(l, p, (size_t)(text + sizeof text - p));
}

static void put_signed(struct line *l, int64_t v)
{
    if (v < 0)
        PUT(l, "-");
    put_number(l, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* IDs have up to 64 bits, which not every reader of JSON can hold. */
static void put_id(struct line *l, uint64_t v)
{
    PUT(l, "\"");
    put_number(l, v);
    PUT(l, "\"");
}

static void put_text_of(struct line *l, const char *text, size_t max)
{
    size_t len = strnlen(text, max + 4), room = (size_t)(l->end - l->p);
    if (len > max)
        len = ft_utf8_prefix(text, len, max);
    if (room < len * FT_JSON_ESCAPE_MAX + 2) {
        l->full = true;
        return;
    }
    *l->p++ = '"';
    l->p += ft_json_escape(text, len, l->p, room - 2);
    *l->p++ = '"';
}

static void put_text(struct line *l, const char *text)
{
    put_text_of(l, text, TEXT_MAX);
}

/* ---- The plan ----------------------------------------------------------------------------------- */

enum kind { NUMBER, SIGNED, ID, REAL, BOOL, WORD, TEXT, MESSAGE };

struct step {
    const ProtobufCFieldDescriptor *field;
    enum kind kind;
    char key[KEY_MAX]; /* "name": */
    size_t key_len;
    const struct words *words;
    struct ft_audit_plan *inner; /* of a message */
    bool flat;                   /* its members stand among ours */
};

struct ft_audit_plan {
    size_t count;
    struct step step[];
};

/* The names of an enum's values, as "Buy" of TrdSide_Buy, by value. */
enum { WORD_VALUES = 128 };
struct words {
    const ProtobufCEnumDescriptor *of;
    struct { const char *text; size_t len; } word[WORD_VALUES]; /* NULL: the number is told */
};

/* Fields that hold a number of an enum: the protocol declares them as plain numbers. */
static const struct {
    const char *field;
    const ProtobufCEnumDescriptor *of;
} worded[] = {
    {"trdEnv", &trd__common__trd_env__descriptor},
    {"trdMarket", &trd__common__trd_market__descriptor},
    {"trdSide", &trd__common__trd_side__descriptor},
    {"side", &trd__common__trd_side__descriptor},
    {"orderType", &trd__common__order_type__descriptor},
    {"timeInForce", &trd__common__time_in_force__descriptor},
    {"modifyOrderOp", &trd__common__modify_order_op__descriptor},
    {"secMarket", &trd__common__trd_sec_market__descriptor},
    {"trailType", &trd__common__trail_type__descriptor},
    {"securityFirm", &trd__common__security_firm__descriptor},
    {"session", &common__session__descriptor},
    {"market", &qot__common__qot_market__descriptor},
};
enum { WORDED = sizeof worded / sizeof worded[0] };

bool ft_audit_is_secret(const char *field)
{
    return strcasestr(field, "pwd") || strcasestr(field, "passw");
}

static const struct words *words_of(const char *field)
{
    static struct words made[WORDED];
    size_t k = 0;
    while (k < WORDED && strcmp(worded[k].field, field) != 0)
        k++;
    if (k == WORDED)
        return NULL;
    struct words *w = &made[k];
    for (unsigned i = 0; !w->of && i < worded[k].of->n_values; i++) {
        const ProtobufCEnumValue *v = &worded[k].of->values[i];
        const char *name = strchr(v->name, '_');
        if (!name || v->value < 0 || v->value >= WORD_VALUES)
            continue;
        w->word[v->value].text = name + 1;
        w->word[v->value].len = strlen(name + 1);
    }
    w->of = worded[k].of;
    return w;
}

static bool kind_of(const ProtobufCFieldDescriptor *f, enum kind *out)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32: *out = words_of(f->name) ? WORD : SIGNED; return true;
    case PROTOBUF_C_TYPE_UINT32: *out = NUMBER; return true;
    case PROTOBUF_C_TYPE_UINT64: *out = ID; return true;
    case PROTOBUF_C_TYPE_DOUBLE: *out = REAL; return true;
    case PROTOBUF_C_TYPE_BOOL: *out = BOOL; return true;
    case PROTOBUF_C_TYPE_STRING: *out = TEXT; return !ft_audit_is_secret(f->name);
    case PROTOBUF_C_TYPE_MESSAGE:
        *out = MESSAGE;
        return strcmp(f->name, "packetID") != 0; /* connection and serial are told anyway */
    default: return false; /* bytes: nothing that a person reads */
    }
}

static struct ft_audit_plan *plan_of(const ProtobufCMessageDescriptor *d, int depth)
{
    struct ft_audit_plan *p = calloc(1, sizeof *p + d->n_fields * sizeof p->step[0]);
    for (unsigned k = 0; p && k < d->n_fields; k++) {
        const ProtobufCFieldDescriptor *f = &d->fields[k];
        struct step *s = &p->step[p->count];
        if (!kind_of(f, &s->kind) || (s->kind == MESSAGE && depth == DEPTH_MAX))
            continue;
        s->field = f;
        s->words = words_of(f->name);
        s->flat = s->kind == MESSAGE && strcmp(f->name, "c2s") == 0;
        s->key_len = (size_t)snprintf(s->key, sizeof s->key, "\"%.40s\":", f->name);
        p->count++;
        if (s->kind == MESSAGE && !(s->inner = plan_of(f->descriptor, depth + 1))) {
            ft_audit_plan_free(p);
            return NULL;
        }
    }
    return p;
}

struct ft_audit_plan *ft_audit_plan_new(const ProtobufCMessageDescriptor *request)
{
    return plan_of(request, 0);
}

void ft_audit_plan_free(struct ft_audit_plan *p)
{
    for (size_t k = 0; p && k < p->count; k++)
        ft_audit_plan_free(p->step[k].inner);
    free(p);
}

/* ---- The request -------------------------------------------------------------------------------- */

static void put_word(struct line *l, const struct words *words, int32_t v)
{
    if (v < 0 || v >= WORD_VALUES || !words->word[v].text) {
        put_signed(l, v);
        return;
    }
    PUT(l, "\"");
    put(l, words->word[v].text, words->word[v].len);
    PUT(l, "\"");
}

static size_t put_members(struct line *l, const struct ft_audit_plan *p, const void *msg, size_t n);

static void put_value(struct line *l, const struct step *s, const void *at)
{
    union {
        int32_t i32;
        uint32_t u32;
        uint64_t u64;
        double real;
        protobuf_c_boolean yes;
        const void *ptr;
    } v;
    char text[FT_REAL_TEXT_MAX];
    switch (s->kind) {
    case NUMBER: memcpy(&v.u32, at, sizeof v.u32), put_number(l, v.u32); break;
    case SIGNED: memcpy(&v.i32, at, sizeof v.i32), put_signed(l, v.i32); break;
    case WORD: memcpy(&v.i32, at, sizeof v.i32), put_word(l, s->words, v.i32); break;
    case ID: memcpy(&v.u64, at, sizeof v.u64), put_id(l, v.u64); break;
    case REAL:
        memcpy(&v.real, at, sizeof v.real);
        put(l, text, ft_real_text(v.real, false, text));
        break;
    case BOOL:
        memcpy(&v.yes, at, sizeof v.yes);
        put(l, v.yes ? "true" : "false", v.yes ? 4 : 5);
        break;
    case TEXT: memcpy(&v.ptr, at, sizeof v.ptr), put_text(l, v.ptr); break;
    case MESSAGE:
        memcpy(&v.ptr, at, sizeof v.ptr);
        PUT(l, "{");
        put_members(l, s->inner, v.ptr, 0);
        PUT(l, "}");
        break;
    }
}

static size_t size_of(enum kind k)
{
    switch (k) {
    case NUMBER: case SIGNED: case WORD: return 4;
    case ID: case REAL: return 8;
    case BOOL: return sizeof(protobuf_c_boolean);
    default: return sizeof(void *);
    }
}

static void put_list(struct line *l, const struct step *s, const char *msg)
{
    size_t count;
    const char *items;
    memcpy(&count, msg + s->field->quantifier_offset, sizeof count);
    memcpy(&items, msg + s->field->offset, sizeof items);
    PUT(l, "[");
    for (size_t k = 0; k < count && k < LIST_MAX; k++) {
        if (k)
            PUT(l, ",");
        put_value(l, s, items + k * size_of(s->kind));
    }
    PUT(l, "]");
}

static bool is_set(const struct step *s, const char *msg)
{
    const ProtobufCFieldDescriptor *f = s->field;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count;
        memcpy(&count, msg + f->quantifier_offset, sizeof count);
        return count > 0;
    }
    if (s->kind == TEXT || s->kind == MESSAGE) {
        const void *p;
        memcpy(&p, msg + f->offset, sizeof p);
        return p && p != f->default_value;
    }
    protobuf_c_boolean has = 1;
    if (f->label == PROTOBUF_C_LABEL_OPTIONAL)
        memcpy(&has, msg + f->quantifier_offset, sizeof has);
    return has;
}

/* Returns the count of members, `n` of which were there before. */
static size_t put_members(struct line *l, const struct ft_audit_plan *p, const void *msg, size_t n)
{
    for (size_t k = 0; k < p->count; k++) {
        const struct step *s = &p->step[k];
        if (!is_set(s, msg))
            continue;
        if (s->flat) {
            const void *inner;
            memcpy(&inner, (const char *)msg + s->field->offset, sizeof inner);
            n = put_members(l, s->inner, inner, n);
            continue;
        }
        if (n++)
            PUT(l, ",");
        put(l, s->key, s->key_len);
        if (s->field->label == PROTOBUF_C_LABEL_REPEATED)
            put_list(l, s, msg);
        else
            put_value(l, s, (const char *)msg + s->field->offset);
    }
    return n;
}

/* ---- The line ----------------------------------------------------------------------------------- */

/* The second's text is made once: many lines fall into one. */
static void put_time(struct line *l, int64_t wall_ns)
{
    static _Thread_local int64_t second = -1;
    static _Thread_local char text[32];
    static _Thread_local size_t len;
    int64_t s = wall_ns / 1000000000;
    if (s != second) {
        struct tm tm;
        time_t t = (time_t)s;
        gmtime_r(&t, &tm);
        len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &tm);
        second = s;
    }
    unsigned us = (unsigned)(wall_ns % 1000000000 / 1000);
    char part[7];
    for (int k = 5; k >= 0; k--, us /= 10)
        part[k] = (char)('0' + us % 10);
    part[6] = 'Z';
    put(l, text, len);
    put(l, part, sizeof part);
}

static void put_head(struct line *l, uint64_t seq, int64_t wall_ns)
{
    PUT(l, "{\"seq\":");
    put_number(l, seq);
    PUT(l, ",\"time\":\"");
    put_time(l, wall_ns);
    PUT(l, "\"");
}

size_t ft_audit_line(uint64_t seq, int64_t wall_ns, const struct ft_audit_entry *e,
                     const struct ft_audit_plan *plan, char out[FT_AUDIT_LINE_MAX])
{
    struct line l = {out, out + FT_AUDIT_LINE_MAX - 4096, false}; /* a rest for the result */
    put_head(&l, seq, wall_ns);
    PUT(&l, ",\"user\":");
    put_id(&l, e->user);
    PUT(&l, ",\"conn\":");
    put_id(&l, e->conn);
    PUT(&l, ",\"peer\":");
    put_text(&l, e->peer);
    PUT(&l, ",\"client\":");
    put_text(&l, e->client);
    PUT(&l, ",\"proto\":");
    put_number(&l, e->proto->id);
    PUT(&l, ",\"name\":\"");
    put(&l, e->proto->name, strlen(e->proto->name));
    PUT(&l, "\",\"serial\":");
    put_number(&l, e->serial);
    char *what = l.p;
    PUT(&l, ",\"what\":");
    if (e->request && plan) {
        PUT(&l, "{");
        put_members(&l, plan, e->request, 0);
        PUT(&l, "}");
    } else {
        PUT(&l, "null");
    }
    l.end += 4096;
    if (l.full) { /* no request that could take effect is so long */
        l.p = what;
        PUT(&l, ",\"what\":\"too long to tell\"");
    }
    PUT(&l, ",\"ret\":");
    put_signed(&l, e->ret);
    if (e->order) {
        PUT(&l, ",\"order\":");
        put_id(&l, e->order);
    }
    if (e->ret != FT_RET_SUCCEED && e->reason) {
        PUT(&l, ",\"reason\":");
        put_text(&l, e->reason);
    }
    PUT(&l, "}\n");
    return (size_t)(l.p - out);
}

size_t ft_audit_event(uint64_t seq, int64_t wall_ns, const char *event,
                      const struct ft_audit_field *fields, char out[FT_AUDIT_LINE_MAX])
{
    struct line l = {out, out + FT_AUDIT_LINE_MAX, false};
    put_head(&l, seq, wall_ns);
    PUT(&l, ",\"event\":");
    put_text(&l, event);
    for (; fields->key; fields++) {
        PUT(&l, ",\"");
        put(&l, fields->key, strlen(fields->key));
        PUT(&l, "\":");
        if (fields->text)
            put_text_of(&l, fields->text, FT_AUDIT_EVENT_TEXT_MAX);
        else if (fields->as_text)
            put_id(&l, fields->number);
        else
            put_signed(&l, (int64_t)fields->number);
    }
    PUT(&l, "}\n");
    return (size_t)(l.p - out);
}
