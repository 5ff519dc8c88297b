#include "wire/pb_path.h"

#include <stdio.h>
#include <string.h>

/* Built from the back, as the steps are linked from the innermost outwards. */
const char *ft_pb_path_text(const struct ft_pb_path *path, char out[FT_PB_PATH_TEXT_MAX])
{
    static const char cut[] = "...";
    char tmp[FT_PB_PATH_TEXT_MAX];
    size_t at = sizeof tmp - 1;
    tmp[at] = '\0';
    for (; path; path = path->up) {
        char index[24] = "";
        if (path->field->label == PROTOBUF_C_LABEL_REPEATED)
            snprintf(index, sizeof index, "[%zu]", path->index);
        size_t name_len = strlen(path->field->name);
        size_t index_len = strlen(index);
        size_t dot = tmp[at] ? 1 : 0;
        if (at < name_len + index_len + dot + sizeof cut) {
            at -= sizeof cut - 1;
            memcpy(tmp + at, cut, sizeof cut - 1);
            break;
        }
        if (dot)
            tmp[--at] = '.';
        at -= index_len;
        memcpy(tmp + at, index, index_len);
        at -= name_len;
        memcpy(tmp + at, path->field->name, name_len);
    }
    memcpy(out, tmp + at, sizeof tmp - at);
    return out;
}

size_t ft_pb_value_size(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(ProtobufCMessage *);
    }
    return 0;
}
