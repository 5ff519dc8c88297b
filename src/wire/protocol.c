#include "wire/protocol.h"

#include "KeepAlive.pb-c.h"
#include "wire/encode.h"
#include "wire/frame.h"
#include "wire/json.h"
#include "wire/pb.h"
#include "wire/protocol_messages.h"

const struct ft_protocol ft_protocols[] = {
#define REQUEST(id, name, prefix, limit, scope)                                                    \
    {id, #name, FT_KIND_REQUEST, &prefix##__request__descriptor, &prefix##__response__descriptor,  \
     limit, FT_SCOPE_##scope, 0, id, #name, false},
#define LIMITED(id, name, prefix, limit, scope, gap_ms, bucket, title)                             \
    {id, #name, FT_KIND_REQUEST, &prefix##__request__descriptor, &prefix##__response__descriptor,  \
     limit, FT_SCOPE_##scope, gap_ms, bucket, title, false},
#define WRITE(id, name, prefix, limit, scope, gap_ms, bucket, title)                               \
    {id, #name, FT_KIND_REQUEST, &prefix##__request__descriptor, &prefix##__response__descriptor,  \
     limit, FT_SCOPE_##scope, gap_ms, bucket, title, true},
#define PUSH(id, name, prefix)                                                                     \
    {id, #name, FT_KIND_PUSH, NULL, &prefix##__response__descriptor, 0, FT_SCOPE_NONE, 0, id,   \
     #name, false},
#define SKILL(id, name, prefix)                                                                    \
    {id, #name, FT_KIND_REQUEST, &prefix##_req__descriptor, &prefix##_rsp__descriptor, 0,          \
     FT_SCOPE_NONE, 0, id, #name, false},
#define BARE(id, name) {id, #name, FT_KIND_REQUEST, NULL, NULL, 0, FT_SCOPE_NONE, 0, id, #name, false},
#include "wire/protocols.def"
};
const size_t ft_protocols_count = sizeof ft_protocols / sizeof ft_protocols[0];

const struct ft_protocol *ft_protocol_find(uint32_t id)
{
    size_t lo = 0, hi = ft_protocols_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (ft_protocols[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < ft_protocols_count && ft_protocols[lo].id == id ? &ft_protocols[lo] : NULL;
}

size_t ft_protocol_index(const struct ft_protocol *p)
{
    return (size_t)(p - ft_protocols);
}

ProtobufCMessage *ft_body_read(const ProtobufCMessageDescriptor *desc, uint8_t format,
                               const uint8_t *body, size_t len, struct ft_arena *arena,
                               struct ft_err *err)
{
    switch (format) {
    case FT_BODY_PROTOBUF: return ft_pb_unpack(desc, body, len, arena, err);
    case FT_BODY_JSON: return ft_json_read(desc, (const char *)body, len, arena, err);
    }
    ft_err_set(err, FT_EINVAL, "body format %u: allowed are 0 protobuf and 1 JSON", format);
    return NULL;
}

int ft_body_write(const ProtobufCMessage *msg, uint8_t format, struct ft_buf *out,
                  struct ft_err *err)
{
    if (format == FT_BODY_JSON)
        return ft_json_write(msg, out, err);
    ft_encoder *encode = ft_encoder_of(msg->descriptor);
    return encode ? encode(msg, out, err) : ft_pb_append(msg, out, err);
}

int ft_body_write_head(const struct ft_reply_head *head, uint8_t format, struct ft_buf *out,
                       struct ft_err *err)
{
    /* Any Response does: all have the same three fields under the same numbers. */
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = head->ret_type;
    r.retmsg = (char *)head->ret_msg;
    r.has_errcode = 1;
    r.errcode = head->err_code;
    return ft_body_write(&r.base, format, out, err);
}
