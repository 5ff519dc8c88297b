/* Where in a message a decoder stands, for error texts: "c2s.securityList[3].code".
 *
 * A decoder keeps one step per level on its own stack; nothing is formatted unless something
 * fails. Used by pb.c, json_read.c and json_write.c only. */
#ifndef FT_WIRE_PB_PATH_H
#define FT_WIRE_PB_PATH_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#define FT_PB_PATH_TEXT_MAX 256

struct ft_pb_path {
    const struct ft_pb_path *up;           /* NULL at the outermost message's fields */
    const ProtobufCFieldDescriptor *field; /* the step from `up` to here */
    size_t index;                          /* element of a repeated field; ignored otherwise */
};

/* Writes the path as text, NUL-terminated, cut at the front ("...") when it is too long. */
const char *ft_pb_path_text(const struct ft_pb_path *path, char out[FT_PB_PATH_TEXT_MAX]);

/* Size in bytes of one value of this field: of the C member, or of an element of its array. */
size_t ft_pb_value_size(const ProtobufCFieldDescriptor *f);

#endif
