/* Declares the descriptors of every message that protocols.def names. */
#ifndef FT_WIRE_PROTOCOL_MESSAGES_H
#define FT_WIRE_PROTOCOL_MESSAGES_H

#include <protobuf-c/protobuf-c.h>

#define REQUEST(id, name, prefix, limit, scope)                                                    \
    extern const ProtobufCMessageDescriptor prefix##__request__descriptor;                         \
    extern const ProtobufCMessageDescriptor prefix##__response__descriptor;
#define PUSH(id, name, prefix)                                                                     \
    extern const ProtobufCMessageDescriptor prefix##__response__descriptor;
#define SKILL(id, name, prefix)                                                                    \
    extern const ProtobufCMessageDescriptor prefix##_req__descriptor;                              \
    extern const ProtobufCMessageDescriptor prefix##_rsp__descriptor;
#define BARE(id, name)
#include "wire/protocols.def"
#undef REQUEST
#undef PUSH
#undef SKILL
#undef BARE

#endif
