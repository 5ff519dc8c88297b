/* The relay's messages (spec platform.md 9): what a WebSocket client of the vendor's speaks. Bytes in
 * and bytes out.
 *
 * Big-endian headers: a request is sign, command, section (20 bytes) and a body; a reply or push has
 * an error code and its words besides (44 bytes). Below 100 commands are the relay's own, above they are
 * protocol IDs; bodies are always protobuf. A message is one binary WebSocket message; what goes out is
 * one unmasked WebSocket frame each, made here in one piece so that many receivers can share it. */
#ifndef FT_WIRE_RELAY_FRAME_H
#define FT_WIRE_RELAY_FRAME_H

#include "base/buf.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FT_RELAY_REQUEST_HEADER = 20,
    FT_RELAY_REPLY_HEADER = 44,
    /* The vendor's client reads it as so many characters: longer or other than ASCII shifts the body. */
    FT_RELAY_ERRMSG_MAX = 20,
};

enum ft_relay_cmd {
    FT_RELAY_INIT = 1,
    FT_RELAY_DISCONNECTED = 2, /* a push: the gateway goes */
    FT_RELAY_OWN_LAST = 99,    /* above: protocol IDs */
};

enum ft_relay_error { FT_RELAY_OK = 0, FT_RELAY_REFUSED = -1 };

struct ft_relay_request {
    uint32_t cmd;
    uint64_t section;
    const uint8_t *body; /* view into the message */
    size_t body_len;
};
/* False: too short, or another sign; such messages are ignored (9.2). */
bool ft_relay_read(const uint8_t *msg, size_t n, struct ft_relay_request *out);

struct ft_relay_head {
    uint32_t cmd;
    uint64_t section; /* of the request; 0 in pushes */
    int32_t error;
    const char *errmsg; /* ASCII, at most FT_RELAY_ERRMSG_MAX bytes; NULL: none */
};
/* Appends a WebSocket frame with a reply or push; `msg` NULL: without a body. -1 with a reason: `out` is
 * full and unchanged. */
int ft_relay_append(struct ft_buf *out, const struct ft_relay_head *head,
                    const ProtobufCMessage *msg, struct ft_err *err);

/* ---- Reading back what was appended ------------------------------------------------------------ */

/* Bytes of the unmasked WebSocket frame, of any kind, at the start of bytes[0..n); 0: not whole. */
size_t ft_ws_frame_size(const uint8_t *bytes, size_t n);
/* Command and section of such a frame; false: a control frame, or no relay message. */
bool ft_relay_head_of(const uint8_t *frame, size_t n, struct ft_relay_head *out);

#endif
