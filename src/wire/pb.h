/* Protobuf bodies from strangers: checked against the descriptors and decoded into an arena, in one
 * walk. The messages are protobuf-c's. Its own decoder is not used: it checks less and keeps what is
 * unknown, so that a walk before it and one behind it would be needed, and alone takes as long as this one
 * (bench_wire). The tests hold both to the same answers.
 *
 * Covers what proto/ uses: proto2 messages with required, optional and repeated fields of every
 * scalar type, strings, bytes, enums and submessages; no groups, maps, oneofs or extensions (the
 * tests hold proto/ to that). Strings are not checked for UTF-8 here: the JSON writer replaces what
 * is wrong, and handlers judge the texts that they keep. Unknown enum numbers are kept as numbers.
 * Not thread-safe per arena or buffer; otherwise without state. */
#ifndef FT_WIRE_PB_H
#define FT_WIRE_PB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/* Levels of messages that any function here will follow, whatever the limits say. */
#define FT_PB_DEPTH_HARD_MAX 64

struct ft_pb_limits {
    size_t max_depth;   /* levels of messages; the outermost is 1 */
    size_t max_fields;  /* tags and elements of packed arrays, over all levels */
    size_t max_unknown; /* fields that the descriptors do not know, over all levels */
};

/* For requests: 16 levels, 200000 fields, 256 unknown fields. */
extern const struct ft_pb_limits ft_pb_default_limits;

/* 0 when `len` bytes at `bytes` are a complete message of this kind, which can be decoded without losing
 * anything known; else -1 and
 *   FT_ECORRUPT  the bytes contradict the format or the declared types, or a string contains NUL,
 *                or a singular submessage is given twice;
 *   FT_EINVAL    a required field is absent: "c2s.clientVer is required";
 *   FT_ELIMIT    one of the limits is exceeded.
 * `bytes` may be NULL when `len` is 0. `limits` NULL means the default. Allocates nothing. */
int ft_pb_check(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes, size_t len,
                const struct ft_pb_limits *limits, struct ft_err *err);

/* The message, or NULL with err: as ft_pb_check, or FT_ENOMEM at the arena's limit. The message
 * and all that it points to live in the arena until its reset and share nothing with `bytes`; they
 * are never freed one by one. Unknown fields are dropped: they are counted, bounded and not kept.
 * Two bytes (an empty element of a repeated submessage) become up to about 800 in the arena, so its
 * limit, not the length of the body, is what bounds memory. */
ProtobufCMessage *ft_pb_unpack(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                               size_t len, struct ft_arena *arena, struct ft_err *err);

/* The same under other limits, e.g. for replies of a newer gateway with fields unknown to us. */
ProtobufCMessage *ft_pb_unpack_within(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                                      size_t len, const struct ft_pb_limits *limits,
                                      struct ft_arena *arena, struct ft_err *err);

/* 0 when everything that must be set in a message built by hand is set (required strings and
 * submessages, elements of arrays, bytes with a length); else -1, FT_EINVAL with the path. Required
 * numbers have no "unset". A body without a required field ends a JavaScript client's process
 * (platform.md §9.4), which is why both writers ask. */
int ft_pb_complete(const ProtobufCMessage *msg, struct ft_err *err);

/* Appends the packed message, exactly its size, to `out`. -1 leaves `out` as it was: FT_EINVAL (see
 * ft_pb_complete), FT_ELIMIT (the buffer's maximum, or memory). */
int ft_pb_append(const ProtobufCMessage *msg, struct ft_buf *out, struct ft_err *err);

#endif
