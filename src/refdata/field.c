#include "refdata/field.h"

#include "base/check.h"
#include "wire/pb_path.h"

#include <string.h>

const ProtobufCFieldDescriptor *ft_ref_field(const ProtobufCMessageDescriptor *d, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(d, name);
}

static const void *at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return (const char *)m + f->offset;
}

static void *to(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return (char *)m + f->offset;
}

bool ft_ref_is_text(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_STRING;
}

bool ft_ref_is_real(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_DOUBLE || f->type == PROTOBUF_C_TYPE_FLOAT;
}

bool ft_ref_is_whole(const ProtobufCFieldDescriptor *f)
{
    return !ft_ref_is_text(f) && !ft_ref_is_real(f) && f->type != PROTOBUF_C_TYPE_BYTES &&
           f->type != PROTOBUF_C_TYPE_MESSAGE;
}

bool ft_ref_has(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    FT_CHECK(f->label != PROTOBUF_C_LABEL_REPEATED);
    if (ft_ref_is_text(f) || f->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)at(m, f) != NULL;
    return f->label == PROTOBUF_C_LABEL_REQUIRED ||
           *(const protobuf_c_boolean *)((const char *)m + f->quantifier_offset);
}

int64_t ft_ref_int(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    if (!ft_ref_has(m, f))
        return 0;
    const void *p = at(m, f);
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_ENUM: return *(const int32_t *)p;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32: return *(const uint32_t *)p;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64: return *(const int64_t *)p;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: {
        uint64_t v = *(const uint64_t *)p;
        return v > INT64_MAX ? INT64_MAX : (int64_t)v;
    }
    case PROTOBUF_C_TYPE_BOOL: return *(const protobuf_c_boolean *)p != 0;
    default: break;
    }
    FT_CHECK(!"a whole field");
    return 0;
}

double ft_ref_real(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    FT_CHECK(ft_ref_is_real(f));
    if (!ft_ref_has(m, f))
        return 0;
    return f->type == PROTOBUF_C_TYPE_FLOAT ? (double)*(const float *)at(m, f)
                                            : *(const double *)at(m, f);
}

const char *ft_ref_text(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    FT_CHECK(ft_ref_is_text(f));
    return *(const char *const *)at(m, f);
}

const ProtobufCMessage *ft_ref_sub(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    FT_CHECK(f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED);
    return *(const ProtobufCMessage *const *)at(m, f);
}

int ft_ref_compare(const ProtobufCMessage *a, const ProtobufCMessage *b,
                   const ProtobufCFieldDescriptor *f)
{
    bool has_a = ft_ref_has(a, f), has_b = ft_ref_has(b, f);
    if (!has_a || !has_b)
        return has_a - has_b;
    if (ft_ref_is_text(f))
        return strcmp(ft_ref_text(a, f), ft_ref_text(b, f));
    if (ft_ref_is_real(f)) {
        double x = ft_ref_real(a, f), y = ft_ref_real(b, f);
        return (x > y) - (x < y);
    }
    int64_t x = ft_ref_int(a, f), y = ft_ref_int(b, f);
    return (x > y) - (x < y);
}

ProtobufCMessage *ft_ref_new(const ProtobufCMessageDescriptor *d, struct ft_arena *arena)
{
    ProtobufCMessage *m = ft_arena_alloc(arena, d->sizeof_message);
    if (m)
        protobuf_c_message_init(d, m);
    return m;
}

static const ProtobufCFieldDescriptor *need(const ProtobufCMessage *m, const char *name)
{
    const ProtobufCFieldDescriptor *f = ft_ref_field(m->descriptor, name);
    FT_CHECK(f);
    return f;
}

static void mark(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->quantifier_offset)
        *(protobuf_c_boolean *)((char *)m + f->quantifier_offset) = 1;
}

void ft_ref_set_int(ProtobufCMessage *m, const char *name, int64_t v)
{
    const ProtobufCFieldDescriptor *f = need(m, name);
    FT_CHECK(ft_ref_is_whole(f) && f->label != PROTOBUF_C_LABEL_REPEATED);
    if (f->type == PROTOBUF_C_TYPE_BOOL)
        *(protobuf_c_boolean *)to(m, f) = v != 0;
    else if (ft_pb_value_size(f) == 4)
        *(int32_t *)to(m, f) = (int32_t)v;
    else
        *(int64_t *)to(m, f) = v;
    mark(m, f);
}

void ft_ref_set_real(ProtobufCMessage *m, const char *name, double v)
{
    const ProtobufCFieldDescriptor *f = need(m, name);
    FT_CHECK(f->type == PROTOBUF_C_TYPE_DOUBLE && f->label != PROTOBUF_C_LABEL_REPEATED);
    *(double *)to(m, f) = v;
    mark(m, f);
}

void ft_ref_set_text(ProtobufCMessage *m, const char *name, const char *v)
{
    const ProtobufCFieldDescriptor *f = need(m, name);
    FT_CHECK(ft_ref_is_text(f) && f->label != PROTOBUF_C_LABEL_REPEATED);
    *(const char **)to(m, f) = v;
}

void ft_ref_set_list(ProtobufCMessage *m, const char *name, ProtobufCMessage **items, size_t n)
{
    const ProtobufCFieldDescriptor *f = need(m, name);
    FT_CHECK(f->type == PROTOBUF_C_TYPE_MESSAGE && f->label == PROTOBUF_C_LABEL_REPEATED);
    *(ProtobufCMessage ***)to(m, f) = items;
    *(size_t *)((char *)m + f->quantifier_offset) = n;
}

void ft_ref_set_sub(ProtobufCMessage *m, const char *name, ProtobufCMessage *v)
{
    const ProtobufCFieldDescriptor *f = need(m, name);
    FT_CHECK(f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED);
    *(ProtobufCMessage **)to(m, f) = v;
}

void ft_ref_copy(ProtobufCMessage *into, const ProtobufCMessage *from,
                 const ProtobufCFieldDescriptor *f)
{
    FT_CHECK(into->descriptor == from->descriptor && f->type != PROTOBUF_C_TYPE_BYTES);
    if (!ft_ref_has(from, f))
        return;
    memcpy(to(into, f), at(from, f), ft_pb_value_size(f));
    mark(into, f);
}
