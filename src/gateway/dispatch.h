/* From a frame's plain body to a handler, and from a handler's message to the connection.
 *
 * What a protocol needs before its handler runs is checked here, once for all: a known ID, an
 * answered InitConnect, permission on this listener, a readable body. */
#ifndef FT_GATEWAY_DISPATCH_H
#define FT_GATEWAY_DISPATCH_H

#include "gateway/conn.h"
#include "gateway/limits.h"

/* A request under way; lives until its handler returns. */
struct ft_request {
    struct ft_conn *conn;
    const struct ft_protocol *proto; /* NULL: unknown ID */
    const ProtobufCMessage *msg;     /* proto->request, in gw->arena */
    struct ft_frame_head head;       /* ID, serial and format, which the reply repeats */
    enum ft_cover cover;
    bool replied;
    bool logged;
    int32_t ret_type; /* of the reply, for the log */
    uint64_t placed;  /* the order that it has placed, for the statistics; 0: none */
};

typedef void ft_handler(struct ft_gateway *gw, struct ft_request *req);

/* Serves one request. */
void ft_dispatch(struct ft_conn *c, const struct ft_frame_head *head, const uint8_t *body, size_t len);

/* Sends the reply; a message of req->proto->reply with all required fields set. */
void ft_reply(struct ft_gateway *gw, struct ft_request *req, const ProtobufCMessage *response);
/* Sends success without data. */
void ft_reply_ok(struct ft_gateway *gw, struct ft_request *req);
/* Sends a failure with words. */
void ft_reply_error(struct ft_gateway *gw, struct ft_request *req, enum ft_ret ret,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* What one request of its login may ask for. */
unsigned ft_request_max(const struct ft_request *req, enum ft_maximum m);

/* Sends the failure of an arena that is full. */
void ft_reply_no_memory(struct ft_gateway *gw, struct ft_request *req);
/* What every successful Response begins with; protobuf-c gives the types nothing in common. */
#define FT_SUCCEED(r) ((r).rettype = FT_RET_SUCCEED, (r).retmsg = (char *)"", (r).has_errcode = 1)

/* Sends a push of this ID in the connection's push format. */
void ft_push(struct ft_conn *c, uint32_t proto_id, const ProtobufCMessage *response);

#endif
