/* Prints every message field and enum value that is compiled into the programs, as tab-separated
 * lines for run.py, which compares them with the vendor's:
 *
 *   message  PACKAGE  MESSAGE
 *   field    PACKAGE  MESSAGE  NUMBER  NAME  LABEL  TYPE  TYPE_NAME  FLAGS  DEFAULT
 *   enum     PACKAGE  ENUM
 *   value    PACKAGE  ENUM  NAME  NUMBER
 *
 * MESSAGE and ENUM are full names. TYPE_NAME is that of a message or enum field, else empty. FLAGS
 * is "packed", "oneof", both with a comma, or empty. DEFAULT is empty without an explicit default,
 * else "=" and the value, where bytes outside printable ASCII and backslashes are \xHH. */
#include "wire/all_messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *label_name(ProtobufCLabel label)
{
    switch (label) {
    case PROTOBUF_C_LABEL_REQUIRED: return "required";
    case PROTOBUF_C_LABEL_OPTIONAL: return "optional";
    case PROTOBUF_C_LABEL_REPEATED: return "repeated";
    case PROTOBUF_C_LABEL_NONE: return "none";
    }
    return "?";
}

static const char *type_name(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32: return "int32";
    case PROTOBUF_C_TYPE_SINT32: return "sint32";
    case PROTOBUF_C_TYPE_SFIXED32: return "sfixed32";
    case PROTOBUF_C_TYPE_INT64: return "int64";
    case PROTOBUF_C_TYPE_SINT64: return "sint64";
    case PROTOBUF_C_TYPE_SFIXED64: return "sfixed64";
    case PROTOBUF_C_TYPE_UINT32: return "uint32";
    case PROTOBUF_C_TYPE_FIXED32: return "fixed32";
    case PROTOBUF_C_TYPE_UINT64: return "uint64";
    case PROTOBUF_C_TYPE_FIXED64: return "fixed64";
    case PROTOBUF_C_TYPE_FLOAT: return "float";
    case PROTOBUF_C_TYPE_DOUBLE: return "double";
    case PROTOBUF_C_TYPE_BOOL: return "bool";
    case PROTOBUF_C_TYPE_ENUM: return "enum";
    case PROTOBUF_C_TYPE_STRING: return "string";
    case PROTOBUF_C_TYPE_BYTES: return "bytes";
    case PROTOBUF_C_TYPE_MESSAGE: return "message";
    }
    return "?";
}

static void print_bytes(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] >= 0x20 && data[i] < 0x7f && data[i] != '\\')
            putchar(data[i]);
        else
            printf("\\x%02x", data[i]);
    }
}

static void print_default(const ProtobufCFieldDescriptor *field)
{
    const void *value = field->default_value;
    if (value == NULL)
        return;
    putchar('=');
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32: printf("%" PRId32, *(const int32_t *)value); break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64: printf("%" PRId64, *(const int64_t *)value); break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32: printf("%" PRIu32, *(const uint32_t *)value); break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: printf("%" PRIu64, *(const uint64_t *)value); break;
    case PROTOBUF_C_TYPE_FLOAT: printf("%.9g", (double)*(const float *)value); break;
    case PROTOBUF_C_TYPE_DOUBLE: printf("%.17g", *(const double *)value); break;
    case PROTOBUF_C_TYPE_BOOL:
        printf("%s", *(const protobuf_c_boolean *)value ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *name =
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value);
        printf("%s", name != NULL ? name->name : "?");
        break;
    }
    case PROTOBUF_C_TYPE_STRING: print_bytes(value, strlen(value)); break;
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *bytes = value;
        print_bytes(bytes->data, bytes->len);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE: break;
    }
}

static void print_field(const ProtobufCMessageDescriptor *message,
                        const ProtobufCFieldDescriptor *field)
{
    const char *type = "";
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        type = ((const ProtobufCMessageDescriptor *)field->descriptor)->name;
    else if (field->type == PROTOBUF_C_TYPE_ENUM)
        type = ((const ProtobufCEnumDescriptor *)field->descriptor)->name;
    const char *packed = field->flags & PROTOBUF_C_FIELD_FLAG_PACKED ? "packed" : "";
    const char *oneof = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ? "oneof" : "";
    printf("field\t%s\t%s\t%" PRIu32 "\t%s\t%s\t%s\t%s\t%s%s%s\t", message->package_name,
           message->name, field->id, field->name, label_name(field->label), type_name(field->type),
           type, packed, *packed && *oneof ? "," : "", oneof);
    print_default(field);
    putchar('\n');
}

int main(void)
{
    for (size_t i = 0; i < ft_all_messages_count; i++) {
        const ProtobufCMessageDescriptor *message = ft_all_messages[i];
        printf("message\t%s\t%s\n", message->package_name, message->name);
        for (unsigned f = 0; f < message->n_fields; f++)
            print_field(message, &message->fields[f]);
    }
    for (size_t i = 0; i < ft_all_enums_count; i++) {
        const ProtobufCEnumDescriptor *list = ft_all_enums[i];
        printf("enum\t%s\t%s\n", list->package_name, list->name);
        /* values_by_name has aliases too; values has one entry a number. */
        for (unsigned v = 0; v < list->n_value_names; v++)
            printf("value\t%s\t%s\t%s\t%d\n", list->package_name, list->name,
                   list->values_by_name[v].name, list->values[list->values_by_name[v].index].value);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
