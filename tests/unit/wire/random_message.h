/* Random messages over any descriptor, for round trips; and a hand-made descriptor with the field
 * types that proto/ does not use today. Deterministic for a seed. */
#ifndef FT_TESTS_RANDOM_MESSAGE_H
#define FT_TESTS_RANDOM_MESSAGE_H

#include "base/arena.h"
#include "wire/pb_path.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct odd {
    ProtobufCMessage base;
    struct odd *child;
    size_t n_children;
    struct odd **children;
    size_t n_flags;
    protobuf_c_boolean *flags;
    protobuf_c_boolean has_zigzag;
    int32_t zigzag;
    protobuf_c_boolean has_wide_zigzag;
    int64_t wide_zigzag;
    size_t n_fixed;
    uint32_t *fixed;
    size_t n_wide;
    uint64_t *wide;
    size_t n_singles;
    float *singles;
    size_t n_blobs;
    ProtobufCBinaryData *blobs;
    char *word;
    protobuf_c_boolean has_level;
    int32_t level;
    protobuf_c_boolean has_wide_fixed;
    int64_t wide_fixed;
};

extern const ProtobufCMessageDescriptor odd_descriptor;
static const char odd_word_default[] = "default";
static const int32_t odd_level_default = 7;

static void odd_init(ProtobufCMessage *msg)
{
    struct odd *odd = (struct odd *)msg;
    *odd = (struct odd){
        .base = PROTOBUF_C_MESSAGE_INIT(&odd_descriptor),
        .word = (char *)odd_word_default,
        .level = odd_level_default,
    };
}

#define ODD_FIELD(id_, label_, type_, quantifier, member, descriptor_, default_, flags_)           \
    {                                                                                              \
        .name = #member, .id = id_, .label = PROTOBUF_C_LABEL_##label_,                            \
        .type = PROTOBUF_C_TYPE_##type_, .quantifier_offset = quantifier,                          \
        .offset = offsetof(struct odd, member), .descriptor = descriptor_,                         \
        .default_value = default_, .flags = flags_                                                 \
    }
#define ODD_N(m) offsetof(struct odd, m)

static const ProtobufCFieldDescriptor odd_fields[] = {
    ODD_FIELD(1, OPTIONAL, MESSAGE, 0, child, &odd_descriptor, NULL, 0),
    ODD_FIELD(2, REPEATED, MESSAGE, ODD_N(n_children), children, &odd_descriptor, NULL, 0),
    ODD_FIELD(3, REPEATED, BOOL, ODD_N(n_flags), flags, NULL, NULL, PROTOBUF_C_FIELD_FLAG_PACKED),
    ODD_FIELD(4, OPTIONAL, SINT32, ODD_N(has_zigzag), zigzag, NULL, NULL, 0),
    ODD_FIELD(5, OPTIONAL, SINT64, ODD_N(has_wide_zigzag), wide_zigzag, NULL, NULL, 0),
    ODD_FIELD(6, REPEATED, FIXED32, ODD_N(n_fixed), fixed, NULL, NULL, 0),
    ODD_FIELD(7, REPEATED, FIXED64, ODD_N(n_wide), wide, NULL, NULL, PROTOBUF_C_FIELD_FLAG_PACKED),
    ODD_FIELD(8, REPEATED, FLOAT, ODD_N(n_singles), singles, NULL, NULL, 0),
    ODD_FIELD(9, REPEATED, BYTES, ODD_N(n_blobs), blobs, NULL, NULL, 0),
    ODD_FIELD(10, OPTIONAL, STRING, 0, word, NULL, odd_word_default, 0),
    ODD_FIELD(11, OPTIONAL, INT32, ODD_N(has_level), level, NULL, &odd_level_default, 0),
    ODD_FIELD(12, OPTIONAL, SFIXED64, ODD_N(has_wide_fixed), wide_fixed, NULL, NULL, 0),
};
static const unsigned odd_by_name[] = {8, 0, 1, 5, 2, 10, 7, 6, 11, 4, 9, 3};
static const ProtobufCIntRange odd_ranges[] = {{1, 0}, {0, 12}};
const ProtobufCMessageDescriptor odd_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "test.Odd",
    .short_name = "Odd",
    .c_name = "Odd",
    .package_name = "test",
    .sizeof_message = sizeof(struct odd),
    .n_fields = 12,
    .fields = odd_fields,
    .fields_sorted_by_name = odd_by_name,
    .n_field_ranges = 1,
    .field_ranges = odd_ranges,
    .message_init = odd_init,
};

/* splitmix64 */
static uint64_t rnd(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t rnd_int(uint64_t *seed)
{
    static const uint64_t edges[] = {0, 1, 127, 128, INT32_MAX, (uint64_t)INT32_MIN, INT64_MAX,
                                     (uint64_t)INT64_MIN, UINT64_MAX, UINT32_MAX,
                                     UINT64_C(9999999999999999999), UINT64_C(1) << 53};
    uint64_t pick = rnd(seed);
    if (pick % 3 == 0)
        return edges[pick / 3 % (sizeof edges / sizeof edges[0])];
    return rnd(seed) >> pick % 64;
}

/* Finite, of all magnitudes. */
static double rnd_real(uint64_t *seed)
{
    uint64_t pick = rnd(seed);
    double d;
    switch (pick % 4) {
    case 0:
        return (double)(int64_t)(rnd(seed) >> 40);
    case 1:
        return (double)(rnd(seed) >> 40) / 1000;
    case 2:
        return -(double)(rnd(seed) >> 30) / 1e6;
    default:
        pick = rnd(seed);
        memcpy(&d, &pick, sizeof d);
        return isfinite(d) ? d : 0.1;
    }
}

static char *rnd_string(struct ft_arena *arena, uint64_t *seed)
{
    static const char *const pieces[] = {"a", "00700", "HK.", "\"", "\\", "\n", "\x01", "\x1f",
                                         "\x7f", "é",     "腾",  "😀", "/",    "\t", " ",    "\\u",
                                         "\b",   "\f",    "\r",  "{",  "\xef\xbf\xbd"};
    char text[128];
    size_t len = 0;
    for (size_t n = rnd(seed) % 8; n > 0; n--) {
        const char *piece = pieces[rnd(seed) % (sizeof pieces / sizeof pieces[0])];
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    char *s = ft_arena_strndup(arena, text, len);
    assert(s);
    return s;
}

static ProtobufCMessage *rnd_message(const ProtobufCMessageDescriptor *desc, struct ft_arena *arena,
                                     uint64_t *seed, int depth);

static void rnd_value(const ProtobufCFieldDescriptor *f, void *to, struct ft_arena *arena,
                      uint64_t *seed, int depth)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_FLOAT: {
        double d = rnd_real(seed);
        *(float *)to = fabs(d) < 1e38 ? (float)d : 0.1f;
        return;
    }
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)to = rnd_real(seed);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)to = rnd(seed) & 1;
        return;
    case PROTOBUF_C_TYPE_STRING:
        *(char **)to = rnd_string(arena, seed);
        return;
    case PROTOBUF_C_TYPE_BYTES: {
        ProtobufCBinaryData *bytes = to;
        bytes->len = rnd(seed) % 9;
        bytes->data = ft_arena_alloc(arena, bytes->len + 1);
        assert(bytes->data);
        for (size_t i = 0; i < bytes->len; i++)
            bytes->data[i] = (uint8_t)rnd(seed);
        return;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)to = rnd_message(f->descriptor, arena, seed, depth - 1);
        return;
    default: {
        uint64_t n = rnd_int(seed);
        memcpy(to, &n, ft_pb_value_size(f)); /* little-endian: the low bytes */
    }
    }
}

/* Required fields always, others by chance; below depth 0 no optional submessages. */
static ProtobufCMessage *rnd_message(const ProtobufCMessageDescriptor *desc, struct ft_arena *arena,
                                     uint64_t *seed, int depth)
{
    ProtobufCMessage *msg = ft_arena_alloc(arena, desc->sizeof_message);
    assert(msg);
    protobuf_c_message_init(desc, msg);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        char *at = (char *)msg + f->offset;
        bool deep = f->type == PROTOBUF_C_TYPE_MESSAGE && depth <= 0;
        if (f->label != PROTOBUF_C_LABEL_REQUIRED && (deep || rnd(seed) % 4 == 0))
            continue;
        if (f->label != PROTOBUF_C_LABEL_REPEATED) {
            rnd_value(f, at, arena, seed, depth);
            if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->quantifier_offset)
                *(protobuf_c_boolean *)((char *)msg + f->quantifier_offset) = 1;
            continue;
        }
        size_t n = rnd(seed) % 4, each = ft_pb_value_size(f);
        char *array = ft_arena_zalloc(arena, n * each + 1);
        assert(array);
        for (size_t k = 0; k < n; k++)
            rnd_value(f, array + k * each, arena, seed, depth);
        *(char **)at = array;
        *(size_t *)((char *)msg + f->quantifier_offset) = n;
    }
    return msg;
}

#endif
