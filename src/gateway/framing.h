/* How messages lie on a connection's stream: frames of the TCP API (api_frames.c), HTTP until an
 * upgrade (web/http.c), the relay's messages in WebSocket frames behind it (web/websocket.c). */
#ifndef FT_GATEWAY_FRAMING_H
#define FT_GATEWAY_FRAMING_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/frame.h"

#include <protobuf-c/protobuf-c.h>

struct ft_conn;

/* How the body of an outgoing frame is protected, where the framing does that. */
enum ft_cover { FT_COVER_SESSION, FT_COVER_PLAIN, FT_COVER_RSA };

/* The forms that a push can have: a frame of the TCP API by its enum ft_body_format, or a relay message
 * in a WebSocket frame. */
enum ft_push_form {
    FT_FORM_PROTOBUF = FT_BODY_PROTOBUF,
    FT_FORM_JSON = FT_BODY_JSON,
    FT_FORM_RELAY,
    FT_PUSH_FORMS,
};

struct ft_framing {
    /* Serves what is whole in bytes[0..n) and returns how many bytes are done with; the rest comes
     * again with what follows it. May change c->framing, and is not called on a closing connection. */
    size_t (*take)(struct ft_conn *c, const uint8_t *bytes, size_t n);
    /* Appends a whole frame with this message to `out`. -1 with a reason: `out` is unchanged. */
    int (*append)(struct ft_conn *c, struct ft_buf *out, const struct ft_frame_head *head,
                  const ProtobufCMessage *msg, enum ft_cover cover, struct ft_err *err);
    /* Appends a frame that `append` made plain, or that was built for many, under the session's
     * cipher. -1: no room. */
    int (*append_frame)(struct ft_conn *c, const uint8_t *frame, size_t len);
    /* Bytes of the first frame of what `append` and `append_frame` have queued. */
    size_t (*frame_size)(const uint8_t *bytes, size_t n);
    /* What a plain frame says; false: it is none that answers or pushes. */
    bool (*head_of)(const uint8_t *frame, size_t n, struct ft_frame_head *out);
    /* Appends what is said before the end; may be NULL. The connection is closing already. */
    void (*goodbye)(struct ft_conn *c);
    /* Once a second while it is not closing; may be NULL. */
    void (*tick)(struct ft_conn *c, uint64_t now_ms);
    /* Frees c->framing_state; may be NULL. */
    void (*free_state)(struct ft_conn *c);
};

/* api_frames.c */
extern const struct ft_framing ft_api_framing;

#endif
