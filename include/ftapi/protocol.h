/* The table of protocols: numbers, names and messages. FT_ID_Name is the number of each, with the
 * name as the vendor spells it: FT_ID_Qot_GetBasicQot. The generated messages are in
 * ftapi/proto/Name.pb-c.h. Everything here is constant and safe from any thread. */
#ifndef FTAPI_PROTOCOL_H
#define FTAPI_PROTOCOL_H

#include <ftapi/export.h>
#include <ftapi/protocol_ids.h>

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

FT_BEGIN_DECLS

/* Who begins. */
enum ft_proto_kind {
    FT_PROTO_KIND_REQUEST = 0, /* asked by the client, answered by the gateway */
    FT_PROTO_KIND_PUSH = 1,    /* sent by the gateway when it has something */
};

/* A row of the table. */
struct ft_proto {
    uint32_t id;      /* its number in every frame: 3004 */
    const char *name; /* "Qot_GetBasicQot" */
    enum ft_proto_kind kind; /* asked for, or pushed */
    const ProtobufCMessageDescriptor *request; /* NULL: a push, or no message is known */
    const ProtobufCMessageDescriptor *reply;   /* the Response of a request or push; NULL: unknown */
    unsigned limit_per_30s;                    /* requests that the vendor allows; 0: none stated */
    const char *title;                         /* the vendor's name for it where limited, else name */
};

/* The row, or NULL: unknown. Static. */
FT_API const struct ft_proto *ft_proto_find(uint32_t id);
/* By its name, exactly; NULL: unknown, or `name` is NULL. Static. */
FT_API const struct ft_proto *ft_proto_named(const char *name);
/* For walking: rows 0 to ft_proto_count() - 1 in ascending IDs; NULL beyond. Static. */
FT_API size_t ft_proto_count(void);
/* The row at this place; NULL: beyond the last. Static. */
FT_API const struct ft_proto *ft_proto_at(size_t index);

FT_END_DECLS

#endif
