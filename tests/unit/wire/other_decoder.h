/* protobuf-c's own decoder as the oracle of ours: what both read in the same bytes is the same. */
#ifndef FT_TESTS_OTHER_DECODER_H
#define FT_TESTS_OTHER_DECODER_H

#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void *other_alloc(void *arena, size_t n)
{
    return ft_arena_alloc(arena, n);
}

static inline void other_free(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

/* Ours keeps no field that the descriptors do not know. */
static inline void other_drop_unknown(ProtobufCMessage *msg)
{
    msg->n_unknown_fields = 0;
    msg->unknown_fields = NULL;
    for (unsigned i = 0; i < msg->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[i];
        void *member = (char *)msg + f->offset;
        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(size_t *)((char *)msg + f->quantifier_offset);
            for (size_t k = 0; k < n; k++)
                other_drop_unknown((*(ProtobufCMessage ***)member)[k]);
        } else if (*(ProtobufCMessage **)member) {
            other_drop_unknown(*(ProtobufCMessage **)member);
        }
    }
}

/* Whether protobuf-c decodes the bytes, and packs them to what `ours`, decoded from them, packs to. */
static inline bool other_decoder_agrees(const ProtobufCMessage *ours, const uint8_t *bytes, size_t n)
{
    struct ft_arena arena;
    ft_arena_init(&arena, (size_t)512 << 20);
    ProtobufCAllocator allocator = {other_alloc, other_free, &arena};
    static const uint8_t none[1];
    ProtobufCMessage *theirs =
        protobuf_c_message_unpack(ours->descriptor, &allocator, n, bytes ? bytes : none);
    bool same = false;
    if (theirs) {
        other_drop_unknown(theirs);
        size_t size = protobuf_c_message_get_packed_size(ours);
        uint8_t *a = ft_arena_alloc(&arena, size + 1), *b = ft_arena_alloc(&arena, size + 1);
        same = a && b && protobuf_c_message_get_packed_size(theirs) == size &&
               protobuf_c_message_pack(ours, a) == size &&
               protobuf_c_message_pack(theirs, b) == size && memcmp(a, b, size) == 0;
    }
    ft_arena_free(&arena);
    return same;
}

#endif
