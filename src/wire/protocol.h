/* The table of protocols: one row a protocol (protocols.def), and what all rows have in common.
 *
 * Dispatch, limits, logs, JSON, the SDK's calls and the documentation are read off this table.
 * Handlers are attached by whoever serves them; the table itself knows no gateway. */
#ifndef FT_WIRE_PROTOCOL_H
#define FT_WIRE_PROTOCOL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Named IDs of the protocols that the code speaks of by name. */
enum ft_proto_id {
#define REQUEST(id, name, prefix, limit, scope) FT_PROTO_##name = id,
#define PUSH(id, name, prefix) FT_PROTO_##name = id,
#define SKILL(id, name, prefix) FT_PROTO_##name = id,
#define BARE(id, name) FT_PROTO_##name = id,
#include "wire/protocols.def"
#undef REQUEST
#undef PUSH
#undef SKILL
#undef BARE
};

enum ft_protocol_kind { FT_KIND_REQUEST, FT_KIND_PUSH };

/* What the requests are counted by against a row's limit. */
enum ft_limit_scope {
    FT_SCOPE_NONE,
    FT_SCOPE_GATEWAY,
    FT_SCOPE_USER,            /* platform user */
    FT_SCOPE_ACCOUNT,         /* trading account in the header */
    FT_SCOPE_ACCOUNT_REFRESH, /* likewise, only requests with refreshCache */
};

struct ft_protocol {
    uint32_t id;
    const char *name; /* as the vendor spells it, for instance "Qot_GetBasicQot" */
    enum ft_protocol_kind kind;
    const ProtobufCMessageDescriptor *request; /* NULL: a push, or no message exists */
    const ProtobufCMessageDescriptor *reply;   /* Response; NULL: no message exists */
    unsigned limit;                            /* accepted requests in any 30 s; 0: none */
    enum ft_limit_scope scope;
    unsigned gap_ms;   /* least time between two accepted requests; 0: none */
    uint32_t bucket;   /* ID of the row with which it is counted together; mostly its own */
    const char *title; /* name of the interface for people, for texts about its limit */
    bool writes;       /* changes accounts or orders, or what may */
};

extern const struct ft_protocol ft_protocols[]; /* ascending IDs */
extern const size_t ft_protocols_count;

/* The row, or NULL. */
const struct ft_protocol *ft_protocol_find(uint32_t id);
/* Index of a row in ft_protocols, for tables beside it. */
size_t ft_protocol_index(const struct ft_protocol *p);

/* retType of every Response (spec platform.md 4.4). */
enum ft_ret {
    FT_RET_SUCCEED = 0,
    FT_RET_FAILED = -1,
    FT_RET_TIMEOUT = -100,
    FT_RET_DISCONNECT = -200,
    FT_RET_UNKNOWN = -400,
    FT_RET_INVALID = -500,
};

/* The fields that every Response has, whatever its type: no official message lacks them. */
struct ft_reply_head {
    int32_t ret_type;
    const char *ret_msg; /* NULL: absent */
    int32_t err_code;
};

/* Message of `desc` in the body format (enum ft_body_format) from bytes; the result lives in the
 * arena. NULL with a reason that names the field. */
ProtobufCMessage *ft_body_read(const ProtobufCMessageDescriptor *desc, uint8_t format,
                               const uint8_t *body, size_t len, struct ft_arena *arena,
                               struct ft_err *err);
/* Appends the message in the body format. -1 when `out` is full. */
int ft_body_write(const ProtobufCMessage *msg, uint8_t format, struct ft_buf *out,
                  struct ft_err *err);
/* Appends a Response without s2c: an error, or the success of a protocol without data. */
int ft_body_write_head(const struct ft_reply_head *head, uint8_t format, struct ft_buf *out,
                       struct ft_err *err);

#endif
