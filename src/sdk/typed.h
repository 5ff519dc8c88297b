/* How a typed struct maps to a wire message: tables (typed_tables.c, made by make_typed.py) and the one
 * engine over them. */
#ifndef FT_SDK_TYPED_H
#define FT_SDK_TYPED_H

#include "base/arena.h"
#include "base/err.h"
#include "ftapi/typed.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

struct ft_typed_message;

enum ft_typed_kind {
    FT_TYPED_PLAIN,    /* number, bool, text, bytes; lists of them */
    FT_TYPED_SECURITY, /* a message on the wire, held by value */
    FT_TYPED_MESSAGE,
    FT_TYPED_PACKET, /* Common.PacketID: the client fills it in, the struct has no member */
};

struct ft_typed_field {
    const char *name; /* as in the .proto file */
    uint16_t index;   /* in the descriptor's fields, which are in the order of their numbers */
    uint16_t kind;    /* enum ft_typed_kind */
    uint32_t offset;  /* of the member */
    uint32_t second;  /* of the list's count, or of has_; 0: neither */
    const struct ft_typed_message *message; /* of FT_TYPED_MESSAGE */
};

struct ft_typed_message {
    const ProtobufCMessageDescriptor *wire;
    size_t size;
    size_t count;
    const struct ft_typed_field *fields;
};

/* Every one, for tests. */
extern const struct ft_typed_message *const ft_typed_messages[];
extern const size_t ft_typed_messages_count;

struct ft_typed_protocol {
    uint32_t id;
    const ProtobufCMessageDescriptor *envelope; /* Request; NULL: a push */
    const struct ft_typed_message *request;     /* c2s; NULL: a push */
    const struct ft_typed_message *reply;       /* s2c; NULL: the protocol has none */
};

/* The struct of a message, in the arena; what texts, bytes and lists of numbers it holds stay the message's.
 * NULL: the arena is full. */
void *ft_typed_read(const struct ft_typed_message *map, const ProtobufCMessage *msg,
                    struct ft_arena *arena);
/* The message of a struct, in the arena, likewise. NULL with err: a required member is missing, which is named
 * (FT_EINVAL), or the arena is full. */
ProtobufCMessage *ft_typed_write(const struct ft_typed_message *map, const void *data,
                                 struct ft_arena *arena, struct ft_err *err);

/* The map of a message; NULL: it has none. */
const struct ft_typed_message *ft_typed_of(const ProtobufCMessageDescriptor *wire);

struct ft_session;
/* Typed data of a successful reply, in the reply's memory; NULL: it has none, or the memory is full, which makes
 * the reply's status FT_STATUS_LIMIT. */
const void *ft_typed_data(struct ft_reply *r, const struct ft_typed_message *map);
/* Typed data of a push's message, in the memory of the session's message under way. */
const void *ft_typed_push_data(struct ft_session *s, const ProtobufCMessage *response,
                               const struct ft_typed_message *map);

/* For those who build on the typed calls and end before the client does; both take the client's lock. */

/* Takes away this handler of pushes, if it is there still (client_push.c). Returns when it is not running any more;
 * inside of a callback at once. */
void ft_sdk_drop_push(struct ft_client *c, uint32_t proto_id, ft_typed_push_fn *fn,
                      const void *user);
/* Asks `mine` for each call that waits and whose end would be told to `fn`, with the call's user; of those that are
 * nobody will be told (client_calls.c). A call whose end is being told waits no more. */
void ft_sdk_disown(struct ft_client *c, ft_typed_reply_fn *fn,
                   bool (*mine)(void *user, void *call_user), void *user);

/* How a protocol is walked: places in the fields of request and reply. The reply's `end` is a cursor (text or
 * bytes) for the request's `from`; or `from` is a position, and `end` tells the last page, or how many rows
 * there are in all. */
struct ft_typed_paging {
    uint16_t from, end, rows;
};

/* ft_typed_walk with another bound than FT_PAGES_MAX. */
enum ft_status ft_typed_walk_most(struct ft_client *c, const struct ft_typed_protocol *p,
                                  const struct ft_typed_paging *paging, const void *request,
                                  ft_page_fn *fn, void *user, int pages);
/* What the made functions consist of. */
enum ft_status ft_typed_walk(struct ft_client *c, const struct ft_typed_protocol *p,
                             const struct ft_typed_paging *paging, const void *request,
                             ft_page_fn *fn, void *user);
enum ft_status ft_typed_call(struct ft_client *c, const struct ft_typed_protocol *p,
                             const void *request, struct ft_reply **reply, const void **data);
enum ft_status ft_typed_call_async(struct ft_client *c, const struct ft_typed_protocol *p,
                                   const void *request, ft_typed_reply_fn *fn, void *user);
enum ft_status ft_typed_on(struct ft_client *c, const struct ft_typed_protocol *p,
                           ft_typed_push_fn *fn, void *user);

#endif
