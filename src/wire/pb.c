#include "wire/pb.h"

#include "base/check.h"
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
};

const struct ft_pb_limits ft_pb_default_limits = {
    .max_depth = 16,
    .max_fields = 200000,
    .max_unknown = 256,
};

/* One walk over the bytes of one body. */
struct walk {
    const uint8_t *base; /* of the body, for offsets in texts */
    const struct ft_pb_limits *limits;
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

/* Bytes taken by the varint at `p`, 0 when it does not end within `max` bytes or before `end`. */
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
            return i + 1;
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

/* The elements of a packed array: [p, end). Every one counts against max_fields, because it costs
 * as much memory as a field of its own. */
static int check_packed(struct walk *w, const struct ft_pb_path *here, const uint8_t *p,
                        const uint8_t *end)
{
    size_t size = (size_t)(end - p);
    unsigned wire = wire_type_of(here->field->type);
    if (wire != PROTOBUF_C_WIRE_TYPE_VARINT) {
        size_t each = wire == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
        if (size % each != 0)
            return corrupt(w, p, here, "a packed array ends inside an element");
        return count_fields(w, size / each);
    }
    size_t n = 0;
    while (p < end) {
        uint64_t value;
        size_t used = read_varint(p, end, VARINT_BYTES_MAX, &value);
        if (used == 0)
            return corrupt(w, p, here, "a packed array has a number that does not end");
        /* protobuf-c takes one byte per packed bool and refuses all but 0 and 1. */
        if (here->field->type == PROTOBUF_C_TYPE_BOOL && (used != 1 || value > 1))
            return corrupt(w, p, here, "a packed bool is neither 0 nor 1");
        p += used;
        n++;
    }
    return count_fields(w, n);
}

static int check_message(struct walk *w, const ProtobufCMessageDescriptor *desc, const uint8_t *p,
                         const uint8_t *end, const struct ft_pb_path *up, size_t depth);

/* A value of wire type 2 of a known field: [p, end) without its length. */
static int check_lengthy(struct walk *w, const struct ft_pb_path *here, const uint8_t *p,
                         const uint8_t *end, bool seen_before, size_t depth)
{
    const ProtobufCFieldDescriptor *f = here->field;
    switch (f->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return 0;
    case PROTOBUF_C_TYPE_STRING:
        /* In C the text would end at the NUL, and what was checked would not be what is used. */
        if (p < end && memchr(p, '\0', (size_t)(end - p)))
            return corrupt(w, p, here, "a string contains a NUL character");
        return 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        /* The format says: merge with the earlier one. protobuf-c 1.4.1's merge_messages is its
         * weakest spot (it moves pointers between the two halves and had memory errors in several
         * releases), and no encoder writes a submessage in two pieces: refused. */
        if (seen_before && f->label != PROTOBUF_C_LABEL_REPEATED)
            return corrupt(w, p, here, "is given twice");
        return check_message(w, f->descriptor, p, end, here, depth + 1);
    default:
        return check_packed(w, here, p, end);
    }
}

static bool wire_type_fits(const ProtobufCFieldDescriptor *f, unsigned wire)
{
    return wire == wire_type_of(f->type) ||
           (wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && f->label == PROTOBUF_C_LABEL_REPEATED);
}

/* The value after a tag; *next is where the next tag starts. `here` is NULL for unknown fields. */
static int check_value(struct walk *w, const uint8_t *p, const uint8_t *end, unsigned wire,
                       const struct ft_pb_path *here, const struct ft_pb_path *up, bool seen_before,
                       size_t depth, const uint8_t **next)
{
    const struct ft_pb_path *where = here ? here : up;
    size_t rest = (size_t)(end - p);
    uint64_t value = 0;
    size_t used;
    switch (wire) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        used = read_varint(p, end, VARINT_BYTES_MAX, &value);
        if (used == 0)
            return corrupt(w, p, where, "a number does not end within 10 bytes");
        *next = p + used;
        return 0;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        used = wire == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
        if (rest < used)
            return corrupt(w, p, where, "the message ends inside a number");
        *next = p + used;
        return 0;
    default:
        used = read_varint(p, end, LENGTH_BYTES_MAX, &value);
        if (used == 0)
            return corrupt(w, p, where, "a length does not end within 5 bytes");
        if (value > rest - used)
            return corrupt(w, p, where, "a length points beyond the end of its message");
        *next = p + used + value;
        return here ? check_lengthy(w, here, p + used, *next, seen_before, depth) : 0;
    }
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

static int check_message(struct walk *w, const ProtobufCMessageDescriptor *desc, const uint8_t *p,
                         const uint8_t *end, const struct ft_pb_path *up, size_t depth)
{
    if (depth > w->limits->max_depth || depth > FT_PB_DEPTH_HARD_MAX)
        return ft_err_set(w->err, FT_ELIMIT, "messages are nested deeper than %zu levels",
                          depth - 1);
    uint64_t seen[SEEN_WORDS] = {0};
    FT_CHECK(desc->n_fields <= SEEN_WORDS * 64);
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
        if (check_value(w, p + used, end, wire, f ? &here : NULL, up, seen_before, depth, &p))
            return -1;
    }
    return check_required(w, desc, seen, up);
}

static int check(struct walk *w, const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                 size_t len, const struct ft_pb_limits *limits, struct ft_err *err)
{
    static const uint8_t none[1];
    *w = (struct walk){
        .base = bytes ? bytes : none,
        .limits = limits ? limits : &ft_pb_default_limits,
        .err = err,
    };
    /* protobuf-c counts in unsigned int. */
    if (len > INT_MAX)
        return ft_err_set(err, FT_ELIMIT, "a message of %zu bytes; at most %d", len, INT_MAX);
    FT_CHECK(bytes || len == 0);
    return check_message(w, desc, w->base, w->base + len, NULL, 1);
}

int ft_pb_check(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes, size_t len,
                const struct ft_pb_limits *limits, struct ft_err *err)
{
    struct walk w;
    return check(&w, desc, bytes, len, limits, err);
}

struct arena_allocator {
    struct ft_arena *arena;
    bool failed;
};

static void *arena_alloc(void *data, size_t size)
{
    struct arena_allocator *a = data;
    void *p = ft_arena_alloc(a->arena, size);
    if (!p)
        a->failed = true;
    return p;
}

static void arena_free(void *data, void *p)
{
    (void)data;
    (void)p;
}

/* Their memory is bounded by max_unknown and the body's length; without them a message that is
 * packed again does not carry a stranger's bytes to others. */
static void drop_unknown(ProtobufCMessage *msg)
{
    msg->n_unknown_fields = 0;
    msg->unknown_fields = NULL;
    const ProtobufCMessageDescriptor *desc = msg->descriptor;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        void *member = (char *)msg + f->offset;
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(size_t *)((char *)msg + f->quantifier_offset);
            for (size_t k = 0; k < n; k++)
                drop_unknown((*(ProtobufCMessage ***)member)[k]);
        } else if (*(ProtobufCMessage **)member) {
            drop_unknown(*(ProtobufCMessage **)member);
        }
    }
}

ProtobufCMessage *ft_pb_unpack_within(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                                      size_t len, const struct ft_pb_limits *limits,
                                      struct ft_arena *arena, struct ft_err *err)
{
    struct walk w;
    if (check(&w, desc, bytes, len, limits, err))
        return NULL;
    struct arena_allocator data = {.arena = arena};
    ProtobufCAllocator allocator = {
        .alloc = arena_alloc,
        .free = arena_free,
        .allocator_data = &data,
    };
    ProtobufCMessage *msg = protobuf_c_message_unpack(desc, &allocator, len, w.base);
    if (!msg) {
        if (data.failed)
            ft_err_set(err, FT_ENOMEM, "a %s of %zu bytes needs more than the %zu bytes of memory "
                       "that decoding may use", desc->name, len, arena->limit);
        else
            ft_err_set(err, FT_ECORRUPT, "not a %s", desc->name);
        return NULL;
    }
    if (w.unknown > 0)
        drop_unknown(msg);
    return msg;
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
