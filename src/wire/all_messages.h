/* Every message and enum of proto/, in the order of its files; the arrays are generated at build
 * time (cmake/all_messages.sh). For code that walks the whole protocol: tests, fuzzing, tools. */
#ifndef FT_WIRE_ALL_MESSAGES_H
#define FT_WIRE_ALL_MESSAGES_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

extern const ProtobufCMessageDescriptor *const ft_all_messages[];
extern const size_t ft_all_messages_count;
extern const ProtobufCEnumDescriptor *const ft_all_enums[];
extern const size_t ft_all_enums_count;

#endif
