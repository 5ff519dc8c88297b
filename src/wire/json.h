/* The JSON form of messages, driven by protobuf-c's descriptors: one mapping for all protocols.
 *
 * The rules are those of spec platform.md §4.5: what is written suits the oldest and pickiest of
 * the official clients (Python's json2pb), what is read covers what any of them or a protobuf JSON
 * library sends. See pb.h for the kinds of messages that are covered. */
#ifndef FT_WIRE_JSON_H
#define FT_WIRE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

enum {
    FT_JSON_DEPTH_MAX = 32,          /* brackets within brackets, in what is read */
    FT_JSON_MESSAGE_DEPTH_MAX = 16,  /* messages within messages, read or written */
    FT_JSON_CONTAINERS_MAX = 50000,  /* objects and lists in one text */
    FT_JSON_VALUES_MAX = 200000,     /* values in one text */
};

/* The message that the text says, in the arena (it lives until the reset), or NULL with err:
 *   FT_ECORRUPT  not JSON, or not an object;
 *   FT_EINVAL    a value that its field cannot take, a required field that is absent; the text
 *                names the path, the value and what is allowed;
 *   FT_ELIMIT    one of the limits above;  FT_ENOMEM  the arena's limit.
 *
 * Names: as in the .proto file or lowerCamel; unknown names are ignored, one field under both of
 * its names is refused; of a name given twice the last value counts. null means absent (not allowed
 * inside lists). Values:
 *   int32, uint32, int64, uint64   a number without a fraction (1, 1.0, 1e3) or a string of decimal
 *                                  digits, within the type's range
 *   float, double                  a number, a string with a number, "NaN", "Infinity", "-Infinity"
 *   bool                           true, false
 *   enum                           a number (any int32: new ones pass), a name
 *   string                         a string; \u0000 is refused anywhere in the text, because C
 *                                  strings would end there
 *   bytes                          base64 or base64url, with or without padding
 * Absent optional fields have proto2's defaults.
 *
 * The caller bounds `len`, which is 4 GiB at most. Nothing is taken but from the arena: the message,
 * and less than a page per level of messages. Independent of the locale, without state. */
ProtobufCMessage *ft_json_read(const ProtobufCMessageDescriptor *desc, const char *text, size_t len,
                               struct ft_arena *arena, struct ft_err *err);
/* The same, and unknown names are refused: FT_ENOTFOUND. For what a person typed. */
ProtobufCMessage *ft_json_read_strict(const ProtobufCMessageDescriptor *desc, const char *text,
                                      size_t len, struct ft_arena *arena, struct ft_err *err);

/* Appends the message's compact JSON to `out`; -1 leaves `out` as it was: FT_EINVAL when something
 * required is not set (ft_pb_complete), FT_ELIMIT when the buffer is full or messages are nested
 * too deep.
 *
 * Proto names, in field-number order; required fields always, optional ones when set, lists when
 * not empty; never null. Enums are numbers. A singular 64-bit integer is a string, in a list it is
 * a number. float and double have the fewest digits, from 6 or 15 up, that read back to the same
 * value, and always a point or an exponent, so that Python makes a float of them. NaN and
 * infinities have no number in JSON, and Python refuses the strings: they become 0.0. bytes are
 * base64; strings are passed through as UTF-8, bytes that are not UTF-8 become U+FFFD. */
int ft_json_write(const ProtobufCMessage *msg, struct ft_buf *out, struct ft_err *err);

#endif
