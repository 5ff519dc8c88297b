#include "sdk/typed.h"

#include "Common.pb-c.h"
#include "Qot_Common.pb-c.h"

#include <string.h>

static void *at(const void *base, size_t offset)
{
    return (char *)base + offset;
}

static size_t size_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL: return sizeof(bool);
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64: return 8;
    case PROTOBUF_C_TYPE_STRING: return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(struct ft_bytes);
    default: return 4;
    }
}

/* struct ft_bytes is laid out as protobuf-c's, so that lists of it need no copy. */
_Static_assert(sizeof(struct ft_bytes) == sizeof(ProtobufCBinaryData) &&
                   offsetof(struct ft_bytes, data) == offsetof(ProtobufCBinaryData, data),
               "bytes are shared");

/* ---- Reading ----------------------------------------------------------------------------------- */

static bool read_into(const struct ft_typed_message *map, const ProtobufCMessage *msg, void *out,
                      struct ft_arena *arena);

static void read_security(const void *wire, struct ft_security *out)
{
    const QotCommon__Security *s = wire;
    *out = s ? (struct ft_security){s->market, s->code} : (struct ft_security){0, NULL};
}

/* A list of messages becomes one of structs; a list of bools, which are ints on the wire's side, one of
 * bools; other lists stay where they are. */
static bool read_list(const struct ft_typed_field *f, const ProtobufCFieldDescriptor *d,
                      const ProtobufCMessage *msg, void *out, struct ft_arena *arena)
{
    size_t n;
    void *list;
    memcpy(&n, at(msg, d->quantifier_offset), sizeof n);
    memcpy(&list, at(msg, d->offset), sizeof list);
    memcpy(at(out, f->second), &n, sizeof n);
    if (n && (f->kind != FT_TYPED_PLAIN || d->type == PROTOBUF_C_TYPE_BOOL)) {
        size_t size = f->kind == FT_TYPED_SECURITY  ? sizeof(struct ft_security)
                      : f->kind == FT_TYPED_MESSAGE ? f->message->size
                                                    : sizeof(bool);
        char *made = n <= SIZE_MAX / size ? ft_arena_alloc(arena, n * size) : NULL;
        if (!made)
            return false;
        for (size_t k = 0; k < n; k++) {
            if (f->kind == FT_TYPED_SECURITY)
                read_security(((void **)list)[k], (struct ft_security *)(made + k * size));
            else if (f->kind == FT_TYPED_PLAIN)
                ((bool *)made)[k] = ((const protobuf_c_boolean *)list)[k] != 0;
            else if (!read_into(f->message, ((ProtobufCMessage **)list)[k], made + k * size, arena))
                return false;
        }
        list = made;
    }
    memcpy(at(out, f->offset), &list, sizeof list);
    return true;
}

static bool read_field(const struct ft_typed_field *f, const ProtobufCFieldDescriptor *d,
                       const ProtobufCMessage *msg, void *out, struct ft_arena *arena)
{
    if (d->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(f, d, msg, out, arena);
    if (f->kind != FT_TYPED_PLAIN) {
        void *sub;
        memcpy(&sub, at(msg, d->offset), sizeof sub);
        if (f->kind == FT_TYPED_SECURITY) {
            read_security(sub, at(out, f->offset));
            return true;
        }
        const void *made = sub ? ft_typed_read(f->message, sub, arena) : NULL;
        memcpy(at(out, f->offset), &made, sizeof made);
        return made || !sub;
    }
    if (f->second) {
        protobuf_c_boolean has;
        memcpy(&has, at(msg, d->quantifier_offset), sizeof has);
        *(bool *)at(out, f->second) = has != 0;
    }
    if (d->type == PROTOBUF_C_TYPE_BOOL) {
        protobuf_c_boolean v;
        memcpy(&v, at(msg, d->offset), sizeof v);
        *(bool *)at(out, f->offset) = v != 0;
    } else {
        memcpy(at(out, f->offset), at(msg, d->offset), size_of(d->type));
    }
    return true;
}

static bool read_into(const struct ft_typed_message *map, const ProtobufCMessage *msg, void *out,
                      struct ft_arena *arena)
{
    memset(out, 0, map->size);
    for (size_t k = 0; k < map->count; k++) {
        const struct ft_typed_field *f = &map->fields[k];
        if (f->kind != FT_TYPED_PACKET &&
            !read_field(f, &map->wire->fields[f->index], msg, out, arena))
            return false;
    }
    return true;
}

void *ft_typed_read(const struct ft_typed_message *map, const ProtobufCMessage *msg,
                    struct ft_arena *arena)
{
    void *out = ft_arena_alloc(arena, map->size);
    return out && read_into(map, msg, out, arena) ? out : NULL;
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static int full(struct ft_err *err)
{
    return ft_err_set(err, FT_ENOMEM, "no memory for the request");
}

/* *wire gets the message of a security. A NULL code is absence. */
static int write_security(const struct ft_security *s, struct ft_arena *arena, void **wire,
                          struct ft_err *err)
{
    *wire = NULL;
    if (!s->code)
        return 0;
    QotCommon__Security *made = ft_arena_alloc(arena, sizeof *made);
    if (!made)
        return full(err);
    qot__common__security__init(made);
    made->market = s->market;
    made->code = (char *)s->code;
    *wire = made;
    return 0;
}

static int write_element(const struct ft_typed_field *f, const void *data, struct ft_arena *arena,
                         void **wire, struct ft_err *err)
{
    if (f->kind == FT_TYPED_SECURITY)
        return write_security(data, arena, wire, err);
    *wire = ft_typed_write(f->message, data, arena, err);
    return *wire ? 0 : -1;
}

static int write_list(const struct ft_typed_field *f, const ProtobufCFieldDescriptor *d,
                      const void *data, ProtobufCMessage *msg, struct ft_arena *arena,
                      struct ft_err *err)
{
    size_t n;
    const char *list;
    memcpy(&n, at(data, f->second), sizeof n);
    memcpy(&list, at(data, f->offset), sizeof list);
    memcpy(at(msg, d->quantifier_offset), &n, sizeof n);
    if (n && !list)
        return ft_err_set(err, FT_EINVAL, "%s is NULL, and its count is %zu", f->name, n);
    if (n && f->kind == FT_TYPED_PLAIN && d->type == PROTOBUF_C_TYPE_BOOL) {
        protobuf_c_boolean *made =
            n <= SIZE_MAX / sizeof *made ? ft_arena_alloc(arena, n * sizeof *made) : NULL;
        if (!made)
            return full(err);
        for (size_t k = 0; k < n; k++)
            made[k] = ((const bool *)list)[k];
        list = (const char *)made;
    } else if (n && f->kind != FT_TYPED_PLAIN) {
        size_t size = f->kind == FT_TYPED_SECURITY ? sizeof(struct ft_security) : f->message->size;
        void **made = n <= SIZE_MAX / sizeof *made ? ft_arena_alloc(arena, n * sizeof *made) : NULL;
        if (!made)
            return full(err);
        for (size_t k = 0; k < n; k++) {
            if (write_element(f, list + k * size, arena, &made[k], err))
                return ft_err_wrap(err, "%s[%zu]", f->name, k);
            if (!made[k])
                return ft_err_set(err, FT_EINVAL, "%s[%zu]: its code is missing", f->name, k);
        }
        list = (const char *)made;
    }
    memcpy(at(msg, d->offset), &list, sizeof list);
    return 0;
}

static int write_sub(const struct ft_typed_field *f, const ProtobufCFieldDescriptor *d,
                     const void *data, ProtobufCMessage *msg, struct ft_arena *arena,
                     struct ft_err *err)
{
    const void *from = at(data, f->offset);
    void *sub = NULL;
    if (f->kind == FT_TYPED_MESSAGE)
        memcpy(&from, at(data, f->offset), sizeof from);
    if (from && write_element(f, from, arena, &sub, err))
        return ft_err_wrap(err, "%s", f->name);
    if (!sub && d->label == PROTOBUF_C_LABEL_REQUIRED)
        return ft_err_set(err, FT_EINVAL, "%s is missing", f->name);
    memcpy(at(msg, d->offset), &sub, sizeof sub);
    return 0;
}

static int write_field(const struct ft_typed_field *f, const ProtobufCFieldDescriptor *d,
                       const void *data, ProtobufCMessage *msg, struct ft_arena *arena,
                       struct ft_err *err)
{
    if (d->label == PROTOBUF_C_LABEL_REPEATED)
        return write_list(f, d, data, msg, arena, err);
    if (f->kind != FT_TYPED_PLAIN)
        return write_sub(f, d, data, msg, arena, err);
    protobuf_c_boolean has = 1;
    if (f->second)
        has = *(const bool *)at(data, f->second);
    else if (d->type == PROTOBUF_C_TYPE_BYTES)
        has = ((const struct ft_bytes *)at(data, f->offset))->data != NULL;
    if (d->label == PROTOBUF_C_LABEL_OPTIONAL && d->type != PROTOBUF_C_TYPE_STRING)
        memcpy(at(msg, d->quantifier_offset), &has, sizeof has);
    if (!has)
        return 0;
    if (d->type == PROTOBUF_C_TYPE_BOOL) {
        protobuf_c_boolean v = *(const bool *)at(data, f->offset);
        memcpy(at(msg, d->offset), &v, sizeof v);
        return 0;
    }
    if (d->type == PROTOBUF_C_TYPE_STRING) {
        const char *text;
        memcpy(&text, at(data, f->offset), sizeof text);
        if (!text)
            return d->label == PROTOBUF_C_LABEL_REQUIRED
                       ? ft_err_set(err, FT_EINVAL, "%s is missing", f->name)
                       : 0;
    }
    memcpy(at(msg, d->offset), at(data, f->offset), size_of(d->type));
    return 0;
}

ProtobufCMessage *ft_typed_write(const struct ft_typed_message *map, const void *data,
                                 struct ft_arena *arena, struct ft_err *err)
{
    ProtobufCMessage *msg = ft_arena_alloc(arena, map->wire->sizeof_message);
    if (!msg) {
        full(err);
        return NULL;
    }
    protobuf_c_message_init(map->wire, msg);
    for (size_t k = 0; k < map->count; k++) {
        const struct ft_typed_field *f = &map->fields[k];
        if (f->kind != FT_TYPED_PACKET &&
            write_field(f, &map->wire->fields[f->index], data, msg, arena, err))
            return NULL;
    }
    return msg;
}

const struct ft_typed_message *ft_typed_of(const ProtobufCMessageDescriptor *wire)
{
    for (size_t k = 0; k < ft_typed_messages_count; k++)
        if (ft_typed_messages[k]->wire == wire)
            return ft_typed_messages[k];
    return NULL;
}
