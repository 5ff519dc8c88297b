#include "wire/pb.h"

#include "base/check.h"
#include "wire/little_endian.h"
#include "wire/pb_path.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

enum {
    SEEN_WORDS = 16, /* fields per message: 1024; the largest of proto/ has 48 */
    TAG_BYTES_MAX = 5,
    LENGTH_BYTES_MAX = 5,
    VARINT_BYTES_MAX = 10,
    FIRST_PLACES = 4, /* of a repeated field; a power of two */
};

const struct ft_pb_limits ft_pb_default_limits = {
    .max_depth = 16,
    .max_fields = 200000,
    .max_unknown = 256,
};

/* One walk over the bytes of one body: checks them, and decodes them if there is an arena. */
struct walk {
    const uint8_t *base; /* of the body, for offsets in texts */
    const struct ft_pb_limits *limits;
    struct ft_arena *arena; /* NULL: checks only */
    size_t fields;
    size_t unknown;
    struct ft_err *err;
};

static int corrupt(struct walk *w, const uint8_t *at, const struct ft_pb_path *path,
                   const char *what)
{
    char where[FT_PB_PATH_TEXT_MAX];
    ft_pb_path_text(path, where);
    return ft_err_set(w->err, FT_ECORRUPT, "%s%s%s (byte %zu)", where, *where ? ": " : "", what,
                      w->base ? (size_t)(at - w->base) : 0);
}

static int count_fields(struct walk *w, size_t n)
{
    if (n > w->limits->max_fields - w->fields)
        return ft_err_set(w->err, FT_ELIMIT, "more than %zu fields in one message",
                          w->limits->max_fields);
    w->fields += n;
    return 0;
}

/* Bytes taken by the varint at `p`, 0 when it does not end within `max` bytes or before `end`, or has
 * more than 64 bits. */
static size_t read_varint(const uint8_t *p, const uint8_t *end, size_t max, uint64_t *value)
{
    if (p < end && *p < 0x80) { /* tags, lengths and most numbers */
        *value = *p;
        return 1;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < max && p + i < end; i++) {
        v |= (uint64_t)(p[i] & 0x7f) << (7 * i);
        if (!(p[i] & 0x80)) {
            *value = v;
            return i + 1 == VARINT_BYTES_MAX && p[i] > 1 ? 0 : i + 1;
        }
    }
    return 0;
}

static unsigned wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

static int no_memory(struct walk *w)
{
    return ft_err_set(w->err, FT_ENOMEM, "the message needs more than the %zu bytes of memory that "
                      "decoding may use", w->arena->limit);
}

/* Where the next value of a field goes: its member, or a new last element of its array. An array has
 * place for FIRST_PLACES elements, then for twice as many as it holds whenever that is a power of two. */
static void *place_of(struct walk *w, ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    char *member = (char *)msg + f->offset;
    if (f->label != PROTOBUF_C_LABEL_REPEATED)
        return member;
    size_t *n = (size_t *)((char *)msg + f->quantifier_offset);
    size_t each = ft_pb_value_size(f);
    char *array = *(char **)member;
    if (*n == 0 || (*n >= FIRST_PLACES && (*n & (*n - 1)) == 0)) {
        char *larger = ft_arena_alloc(w->arena, each * (*n ? 2 * *n : FIRST_PLACES));
        if (!larger) {
            no_memory(w);
            return NULL;
        }
        if (*n)
            memcpy(larger, array, each * *n);
        *(char **)member = array = larger;
    }
    return array + each * (*n)++;
}

static int32_t unzigzag32(uint32_t v)
{
    return (int32_t)(v >> 1 ^ (0 - (v & 1)));
}

static int64_t unzigzag64(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

/* A number: of the fixed types the bytes at `p`, of the others `value`, which a varint there has. */
static void store_number(ProtobufCType type, void *to, const uint8_t *p, uint64_t value)
{
    switch (type) {
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64: *(uint64_t *)to = ft_get_le64(p); break;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32: *(uint32_t *)to = ft_get_le32(p); break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64: *(uint64_t *)to = value; break;
    case PROTOBUF_C_TYPE_SINT64: *(int64_t *)to = unzigzag64(value); break;
    case PROTOBUF_C_TYPE_SINT32: *(int32_t *)to = unzigzag32((uint32_t)value); break;
    case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)to = value != 0; break;
    default: *(uint32_t *)to = (uint32_t)value; break;
    }
}

/* A value of the message has been read: an optional number or bytes has a flag that says so. */
static void mark_present(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->quantifier_offset)
        *(protobuf_c_boolean *)((char *)msg + f->quantifier_offset) = 1;
}

static int keep_number(struct walk *w, ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
                       const uint8_t *p, uint64_t value)
{
    if (!msg)
        return 0;
    void *to = place_of(w, msg, f);
    if (!to)
        return -1;
    store_number(f->type, to, p, value);
    mark_present(msg, f);
    return 0;
}

/* A copy of [p, end) with a NUL behind it; NULL with the error set. */
static char *copy_text(struct walk *w, const uint8_t *p, const uint8_t *end)
{
    char *text = ft_arena_strndup(w->arena, (const char *)p, (size_t)(end - p));
    if (!text)
        no_memory(w);
    return text;
}

static int keep_text(struct walk *w, ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
                     const uint8_t *p, const uint8_t *end)
{
    if (!msg)
        return 0;
    void *to = place_of(w, msg, f);
    char *text = to ? copy_text(w, p, end) : NULL;
    if (!text)
        return -1;
    if (f->type == PROTOBUF_C_TYPE_STRING)
        *(char **)to = text;
    else
        *(ProtobufCBinaryData *)to = (ProtobufCBinaryData){(size_t)(end - p), (uint8_t *)text};
    mark_present(msg, f);
    return 0;
}

/* The elements of a packed array: [p, end). Every one counts against max_fields, because it costs
 * as much memory as a field of its own. */
static int walk_packed(struct walk *w, const struct ft_pb_path *here, const uint8_t *p,
                       const uint8_t *end, ProtobufCMessage *msg)
{
    const ProtobufCFieldDescriptor *f = here->field;
    unsigned wire = wire_type_of(f->type);
    size_t used = wire == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
    uint64_t value = 0;
    if (wire != PROTOBUF_C_WIRE_TYPE_VARINT && (size_t)(end - p) % used != 0)
        return corrupt(w, p, here, "a packed array ends inside an element");
    for (; p < end; p += used) {
        if (wire == PROTOBUF_C_WIRE_TYPE_VARINT) {
            used = read_varint(p, end, VARINT_BYTES_MAX, &value);
            if (used == 0)
                return corrupt(w, p, here, "a packed array has a number that does not end");
            if (f->type == PROTOBUF_C_TYPE_BOOL && (used != 1 || value > 1))
                return corrupt(w, p, here, "a packed bool is neither 0 nor 1");
        }
        if (count_fields(w, 1) || keep_number(w, msg, f, p, value))
            return -1;
    }
    return 0;
}

static int walk_message(struct walk *w, const ProtobufCMessageDescriptor *desc, const uint8_t *p,
                        const uint8_t *end, const struct ft_pb_path *up, size_t depth,
                        ProtobufCMessage **out);

static int walk_submessage(struct walk *w, const struct ft_pb_path *here, const uint8_t *p,
                           const uint8_t *end, bool seen_before, size_t depth, ProtobufCMessage *msg)
{
    const ProtobufCFieldDescriptor *f = here->field;
    /* The format says: merge with the earlier one. No encoder writes a submessage in two pieces:
     * refused. */
    if (seen_before && f->label != PROTOBUF_C_LABEL_REPEATED)
        return corrupt(w, p, here, "is given twice");
    ProtobufCMessage *sub = NULL;
    if (walk_message(w, f->descriptor, p, end, here, depth + 1, msg ? &sub : NULL))
        return -1;
    if (!msg)
        return 0;
    ProtobufCMessage **to = place_of(w, msg, f);
    if (!to)
        return -1;
    *to = sub;
    return 0;
}

/* A value of wire type 2 of a known field: [p, end) without its length. */
static int walk_lengthy(struct walk *w, const struct ft_pb_path *here, const uint8_t *p,
                        const uint8_t *end, bool seen_before, size_t depth, ProtobufCMessage *msg)
{
    const ProtobufCFieldDescriptor *f = here->field;
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        /* In C the text would end at the NUL, and what was checked would not be what is used. */
        if (p < end && memchr(p, '\0', (size_t)(end - p)))
            return corrupt(w, p, here, "a string contains a NUL character");
        return keep_text(w, msg, f, p, end);
    case PROTOBUF_C_TYPE_BYTES:
        return keep_text(w, msg, f, p, end);
    case PROTOBUF_C_TYPE_MESSAGE:
        return walk_submessage(w, here, p, end, seen_before, depth, msg);
    default:
        return walk_packed(w, here, p, end, msg);
    }
}

static bool wire_type_fits(const ProtobufCFieldDescriptor *f, unsigned wire)
{
    return wire == wire_type_of(f->type) ||
           (wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && f->label == PROTOBUF_C_LABEL_REPEATED);
}

/* The value after a tag; *next is where the next tag starts. `here` is NULL for unknown fields. */
static int walk_value(struct walk *w, const uint8_t *p, const uint8_t *end, unsigned wire,
                      const struct ft_pb_path *here, const struct ft_pb_path *up, bool seen_before,
                      size_t depth, ProtobufCMessage *msg, const uint8_t **next)
{
    const struct ft_pb_path *where = here ? here : up;
    size_t rest = (size_t)(end - p);
    uint64_t value = 0;
    size_t used;
    switch (wire) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        used = read_varint(p, end, VARINT_BYTES_MAX, &value);
        if (used == 0)
            return corrupt(w, p, where, "a number does not end within 10 bytes or 64 bits");
        break;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        used = wire == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
        if (rest < used)
            return corrupt(w, p, where, "the message ends inside a number");
        break;
    default:
        used = read_varint(p, end, LENGTH_BYTES_MAX, &value);
        if (used == 0)
            return corrupt(w, p, where, "a length does not end within 5 bytes");
        if (value > rest - used)
            return corrupt(w, p, where, "a length points beyond the end of its message");
        *next = p + used + value;
        return here ? walk_lengthy(w, here, p + used, *next, seen_before, depth, msg) : 0;
    }
    *next = p + used;
    return here ? keep_number(w, msg, here->field, p, value) : 0;
}

static int check_required(struct walk *w, const ProtobufCMessageDescriptor *desc,
                          const uint64_t *seen, const struct ft_pb_path *up)
{
    for (unsigned i = 0; i < desc->n_fields; i++) {
        /* protobuf-c lets a required field with a default (retType) be absent; proto2 does not. */
        if (desc->fields[i].label != PROTOBUF_C_LABEL_REQUIRED || seen[i / 64] >> (i % 64) & 1)
            continue;
        char where[FT_PB_PATH_TEXT_MAX];
        struct ft_pb_path here = {.up = up, .field = &desc->fields[i]};
        return ft_err_set(w->err, FT_EINVAL, "%s is required", ft_pb_path_text(&here, where));
    }
    return 0;
}

/* The message of [p, end), into *out unless that is NULL. */
static int walk_message(struct walk *w, const ProtobufCMessageDescriptor *desc, const uint8_t *p,
                        const uint8_t *end, const struct ft_pb_path *up, size_t depth,
                        ProtobufCMessage **out)
{
    if (depth > w->limits->max_depth || depth > FT_PB_DEPTH_HARD_MAX)
        return ft_err_set(w->err, FT_ELIMIT, "messages are nested deeper than %zu levels",
                          depth - 1);
    uint64_t seen[SEEN_WORDS];
    FT_CHECK(desc->n_fields <= SEEN_WORDS * 64);
    memset(seen, 0, (desc->n_fields + 63) / 64 * sizeof seen[0]);
    ProtobufCMessage *msg = NULL;
    if (out) {
        *out = msg = ft_arena_alloc(w->arena, desc->sizeof_message);
        if (!msg)
            return no_memory(w);
        protobuf_c_message_init(desc, msg);
    }
    const ProtobufCFieldDescriptor *f = NULL;
    struct ft_pb_path here = {.up = up};
    while (p < end) {
        uint64_t tag = 0;
        size_t used = read_varint(p, end, TAG_BYTES_MAX, &tag);
        unsigned wire = tag & 7;
        if (used == 0 || tag > UINT32_MAX || tag >> 3 == 0)
            return corrupt(w, p, up, "a field number is outside 1 to 536870911");
        if (wire == 3 || wire == 4 || wire > 5)
            return corrupt(w, p, up, "a wire type is not one of 0, 1, 2, 5");
        if (count_fields(w, 1))
            return -1;
        uint32_t id = (uint32_t)(tag >> 3);
        if (!f || f->id != id) {
            /* Mostly they come in the order of their numbers. */
            size_t next = f ? (size_t)(f - desc->fields) + 1 : 0;
            if (next < desc->n_fields && desc->fields[next].id == id)
                f = &desc->fields[next];
            else
                f = protobuf_c_message_descriptor_get_field(desc, id);
            here.field = f;
            here.index = 0;
        } else {
            here.index++;
        }
        bool seen_before = false;
        if (f) {
            size_t i = (size_t)(f - desc->fields);
            seen_before = seen[i / 64] >> (i % 64) & 1;
            seen[i / 64] |= UINT64_C(1) << (i % 64);
            if (!wire_type_fits(f, wire))
                return corrupt(w, p, &here, "the wire type does not fit the field's type");
        } else if (++w->unknown > w->limits->max_unknown) {
            return ft_err_set(w->err, FT_ELIMIT, "more than %zu unknown fields in one message",
                              w->limits->max_unknown);
        }
        if (walk_value(w, p + used, end, wire, f ? &here : NULL, up, seen_before, depth, msg, &p))
            return -1;
    }
    return check_required(w, desc, seen, up);
}

static int walk(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes, size_t len,
                const struct ft_pb_limits *limits, struct ft_arena *arena, ProtobufCMessage **out,
                struct ft_err *err)
{
    static const uint8_t none[1];
    struct walk w = {
        .base = bytes ? bytes : none,
        .limits = limits ? limits : &ft_pb_default_limits,
        .arena = arena,
        .err = err,
    };
    if (len > INT_MAX)
        return ft_err_set(err, FT_ELIMIT, "a message of %zu bytes; at most %d", len, INT_MAX);
    FT_CHECK(bytes || len == 0);
    return walk_message(&w, desc, w.base, w.base + len, NULL, 1, out);
}

int ft_pb_check(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes, size_t len,
                const struct ft_pb_limits *limits, struct ft_err *err)
{
    return walk(desc, bytes, len, limits, NULL, NULL, err);
}

ProtobufCMessage *ft_pb_unpack_within(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                                      size_t len, const struct ft_pb_limits *limits,
                                      struct ft_arena *arena, struct ft_err *err)
{
    ProtobufCMessage *msg = NULL;
    return walk(desc, bytes, len, limits, arena, &msg, err) ? NULL : msg;
}

ProtobufCMessage *ft_pb_unpack(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                               size_t len, struct ft_arena *arena, struct ft_err *err)
{
    return ft_pb_unpack_within(desc, bytes, len, &ft_pb_default_limits, arena, err);
}

static int complete_message(const ProtobufCMessage *msg, const struct ft_pb_path *up, size_t depth,
                            struct ft_err *err);

/* `required`: an absent value is an error; elements of arrays are always required. */
static int complete_value(const void *at, const struct ft_pb_path *here, bool required,
                          size_t depth, struct ft_err *err)
{
    char where[FT_PB_PATH_TEXT_MAX];
    bool missing = false;
    switch (here->field->type) {
    case PROTOBUF_C_TYPE_STRING:
        missing = required && !*(const char *const *)at;
        break;
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *bytes = at;
        missing = bytes->len > 0 && !bytes->data;
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *sub = *(const ProtobufCMessage *const *)at;
        missing = required && !sub;
        if (sub) {
            FT_CHECK(sub->descriptor == here->field->descriptor);
            return complete_message(sub, here, depth + 1, err);
        }
        break;
    }
    default:
        break;
    }
    if (!missing)
        return 0;
    return ft_err_set(err, FT_EINVAL, "%s is required", ft_pb_path_text(here, where));
}

static int complete_message(const ProtobufCMessage *msg, const struct ft_pb_path *up, size_t depth,
                            struct ft_err *err)
{
    if (depth > FT_PB_DEPTH_HARD_MAX)
        return ft_err_set(err, FT_ELIMIT, "messages are nested deeper than %d levels",
                          FT_PB_DEPTH_HARD_MAX);
    const ProtobufCMessageDescriptor *desc = msg->descriptor;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_BYTES &&
            f->type != PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED)
            continue;
        struct ft_pb_path here = {.up = up, .field = f};
        const char *at = (const char *)msg + f->offset;
        if (f->label != PROTOBUF_C_LABEL_REPEATED) {
            if (f->type == PROTOBUF_C_TYPE_BYTES && f->label == PROTOBUF_C_LABEL_OPTIONAL &&
                !*(const protobuf_c_boolean *)((const char *)msg + f->quantifier_offset))
                continue;
            if (complete_value(at, &here, f->label == PROTOBUF_C_LABEL_REQUIRED, depth, err))
                return -1;
            continue;
        }
        size_t n = *(const size_t *)((const char *)msg + f->quantifier_offset);
        const char *array = *(const char *const *)at;
        size_t each = ft_pb_value_size(f);
        if (n > 0 && !array) {
            char where[FT_PB_PATH_TEXT_MAX];
            return ft_err_set(err, FT_EINVAL, "%s is required", ft_pb_path_text(&here, where));
        }
        if (each == 4 || each == 8) {
            if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_MESSAGE)
                continue;
        }
        for (; here.index < n; here.index++)
            if (complete_value(array + here.index * each, &here, true, depth, err))
                return -1;
    }
    return 0;
}

int ft_pb_complete(const ProtobufCMessage *msg, struct ft_err *err)
{
    return complete_message(msg, NULL, 1, err);
}

int ft_pb_append(const ProtobufCMessage *msg, struct ft_buf *out, struct ft_err *err)
{
    if (ft_pb_complete(msg, err))
        return ft_err_wrap(err, "cannot write %s", msg->descriptor->name);
    size_t size = protobuf_c_message_get_packed_size(msg);
    if (size == 0)
        return 0;
    uint8_t *to = ft_buf_reserve(out, size);
    if (!to)
        return ft_err_set(err, FT_ELIMIT,
                          "cannot write %s: %zu bytes do not fit; the buffer may hold %zu",
                          msg->descriptor->name, size, out->max);
    size_t written = protobuf_c_message_pack(msg, to);
    FT_CHECK(written == size);
    ft_buf_commit(out, size);
    return 0;
}
