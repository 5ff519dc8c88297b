/* Messages as JSON and back, for raw calls and tools. A `struct ft_message` is a piece of memory
 * that holds one message read from JSON and one JSON text written, with the last error's text; it
 * is reused by every call and stays warm. It belongs to whoever made it and to one thread at a
 * time; it knows no client. */
#ifndef FTAPI_MESSAGE_H
#define FTAPI_MESSAGE_H

#include <ftapi/export.h>
#include <ftapi/status.h>

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

FT_BEGIN_DECLS

struct ft_message;

/* NULL without memory; ft_message_free ends it. */
FT_API struct ft_message *ft_message_new(void);
/* Gives back the message and all that lives in it; NULL is allowed. */
FT_API void ft_message_free(struct ft_message *m);

/* Reads JSON of `len` bytes as the message `type` (e.g. ft_proto_find(id)->request). Names as in
 * the .proto files or lowerCamel; enums by number or name; 64-bit integers as number or text;
 * unknown names are refused when `strict` is not 0, else ignored. On success the message is
 * ft_message_get(m) and lives until the next ft_message_from_json or ft_message_free. At most 16
 * MiB of text, 200000 values, 32 levels.
 *   FT_STATUS_INVALID    not JSON, a value that its field cannot take, a required field absent
 *   FT_STATUS_NOT_FOUND  (strict) a name that the message does not have
 *   FT_STATUS_LIMIT, FT_STATUS_NO_MEMORY
 * ft_message_error says where and why; what m held before is gone. */
FT_API enum ft_status ft_message_from_json(struct ft_message *m,
                                           const ProtobufCMessageDescriptor *type, const char *json,
                                           size_t len, int strict);
/* The message read last; NULL: none. */
FT_API const ProtobufCMessage *ft_message_get(const struct ft_message *m);

/* Writes `msg` as compact JSON: names of the .proto files, enums as numbers, 64-bit integers as
 * text (in lists as numbers), absent fields left out. *json gets NUL-terminated text that lives in
 * `m` until the next ft_message_to_json or ft_message_free; *len, unless NULL, its length. At most
 * 256 MiB.
 *   FT_STATUS_INVALID    a required field is not set
 *   FT_STATUS_LIMIT      too long, or nested too deep */
FT_API enum ft_status ft_message_to_json(struct ft_message *m, const ProtobufCMessage *msg,
                                         const char **json, size_t *len);

/* Text of the last error of this message; "" when there was none. Lives until the next call. */
FT_API const char *ft_message_error(const struct ft_message *m);

FT_END_DECLS

#endif
