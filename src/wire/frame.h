/* The 44-byte frame of the TCP protocol (spec platform.md 4.2), bytes in and bytes out.
 *
 * Little-endian header: magic "FT", protocol ID, body format, version, serial, body length on the
 * wire, SHA-1 of the plain body, eight reserved bytes. The parser looks at a buffer that the caller
 * fills as bytes arrive, in whatever pieces, and hands back views into it: nothing is copied.
 * Encryption is another file's matter (cipher.h); sockets are the caller's. */
#ifndef FT_WIRE_FRAME_H
#define FT_WIRE_FRAME_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FT_FRAME_HEADER = 44,
    FT_SHA1_SIZE = 20,
    /* Largest body a peer may send. The protocol states none; the largest documented request is
     * far below a mebibyte, replies (1000 bars, 400 snapshots) stay below eight. */
    FT_FRAME_REQUEST_MAX = 1 << 20,
    FT_FRAME_REPLY_MAX = 16 << 20,
};

enum ft_body_format { FT_BODY_PROTOBUF = 0, FT_BODY_JSON = 1 };

struct ft_frame {
    uint32_t proto_id;
    uint32_t serial;
    uint8_t format;  /* enum ft_body_format; other values are passed on for the caller to refuse */
    uint8_t version; /* 0 in all known clients */
    uint8_t sha1[FT_SHA1_SIZE]; /* of the plain body, as the sender claims */
    const uint8_t *body;        /* view into the caller's buffer */
    uint32_t body_len;          /* as on the wire */
};

enum ft_frame_status {
    FT_FRAME_OK,
    FT_FRAME_NEED_MORE, /* *size is the number of bytes the frame needs in all, as far as known */
    FT_FRAME_BAD_MAGIC, /* the stream is not this protocol: there is no way to resynchronise */
    FT_FRAME_TOO_LONG,  /* the announced body is longer than max_body; *size is that length */
};

/* Looks at the first frame of bytes[0..n). On FT_FRAME_OK fills *frame, whose body points into
 * `bytes`, and *size with the bytes that the frame takes. A bad magic or length is reported as soon
 * as its bytes are there, whatever else is missing. */
enum ft_frame_status ft_frame_next(const uint8_t *bytes, size_t n, uint32_t max_body,
                                   struct ft_frame *frame, size_t *size);

/* SHA-1 with the algorithm fetched once and the context reused: the one-shot call of OpenSSL 3
 * costs several times more on the small bodies of this protocol. Not thread-safe. */
struct ft_sha1;
struct ft_sha1 *ft_sha1_new(void); /* NULL without memory */
void ft_sha1_free(struct ft_sha1 *sha);
void ft_sha1_sum(struct ft_sha1 *sha, const void *bytes, size_t n, uint8_t out[FT_SHA1_SIZE]);

/* Whether the frame's digest is that of the plain body given. */
bool ft_frame_digest_ok(struct ft_sha1 *sha, const struct ft_frame *frame, const uint8_t *plain,
                        size_t plain_len);

/* What a header says apart from length and digest. */
struct ft_frame_head {
    uint32_t proto_id;
    uint64_t serial; /* 32 bits in this frame, 64 in the relay's (relay_frame.h) */
    uint8_t format;
};

/* Writes 44 header bytes. */
void ft_frame_write_header(uint8_t out[FT_FRAME_HEADER], const struct ft_frame_head *head,
                           uint32_t body_len, const uint8_t sha1[FT_SHA1_SIZE]);

/* Changes the length in a written header: the digest is of the plain body, the length is not. */
void ft_frame_set_length(uint8_t header[FT_FRAME_HEADER], uint32_t body_len);

/* Appends a plain frame. 0, or -1 when `out` is full (it is unchanged then). */
int ft_frame_append(struct ft_buf *out, struct ft_sha1 *sha, const struct ft_frame_head *head,
                    const void *body, uint32_t body_len);

/* A frame whose body is written in place: begin reserves the header and returns its position (or
 * -1), the caller appends the body, end fills the header in. `ft_frame_cancel` takes it back. */
ptrdiff_t ft_frame_begin(struct ft_buf *out);
void ft_frame_end(struct ft_buf *out, ptrdiff_t at, struct ft_sha1 *sha,
                  const struct ft_frame_head *head);
void ft_frame_cancel(struct ft_buf *out, ptrdiff_t at);

#endif
