/* The public view of the protocol table: the same rows as wire/protocols.def, without what only a
 * gateway needs. */
#include "ftapi/protocol.h"

#include "wire/protocol.h"
#include "wire/protocol_messages.h"

#include <string.h>

static const struct ft_proto table[] = {
#define REQUEST(id, name, prefix, limit, scope)                                                    \
    {id,    #name, FT_PROTO_KIND_REQUEST, &prefix##__request__descriptor,                          \
     &prefix##__response__descriptor, limit, #name},
#define LIMITED(id, name, prefix, limit, scope, gap_ms, bucket, title)                             \
    {id,    #name, FT_PROTO_KIND_REQUEST, &prefix##__request__descriptor,                          \
     &prefix##__response__descriptor, limit, title},
#define PUSH(id, name, prefix)                                                                     \
    {id, #name, FT_PROTO_KIND_PUSH, NULL, &prefix##__response__descriptor, 0, #name},
#define SKILL(id, name, prefix)                                                                    \
    {id,   #name, FT_PROTO_KIND_REQUEST, &prefix##_req__descriptor, &prefix##_rsp__descriptor, 0,  \
     #name},
#define BARE(id, name) {id, #name, FT_PROTO_KIND_REQUEST, NULL, NULL, 0, #name},
#include "wire/protocols.def"
};

size_t ft_proto_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct ft_proto *ft_proto_at(size_t index)
{
    return index < ft_proto_count() ? &table[index] : NULL;
}

const struct ft_proto *ft_proto_find(uint32_t id)
{
    const struct ft_protocol *p = ft_protocol_find(id);
    return p ? &table[ft_protocol_index(p)] : NULL;
}

const struct ft_proto *ft_proto_named(const char *name)
{
    for (size_t i = 0; name && i < ft_proto_count(); i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
