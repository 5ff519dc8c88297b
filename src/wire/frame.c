#include "wire/frame.h"

#include "base/check.h"
#include "wire/little_endian.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { AT_PROTO = 2, AT_FORMAT = 6, AT_VERSION = 7, AT_SERIAL = 8, AT_LEN = 12, AT_SHA1 = 16 };

enum ft_frame_status ft_frame_next(const uint8_t *bytes, size_t n, uint32_t max_body,
                                   struct ft_frame *frame, size_t *size)
{
    *size = FT_FRAME_HEADER;
    if ((n > 0 && bytes[0] != 'F') || (n > 1 && bytes[1] != 'T'))
        return FT_FRAME_BAD_MAGIC;
    if (n < AT_LEN + 4)
        return FT_FRAME_NEED_MORE;
    uint32_t len = ft_get_le32(bytes + AT_LEN);
    if (len > max_body) {
        *size = len;
        return FT_FRAME_TOO_LONG;
    }
    *size = (size_t)FT_FRAME_HEADER + len;
    if (n < *size)
        return FT_FRAME_NEED_MORE;
    frame->proto_id = ft_get_le32(bytes + AT_PROTO);
    frame->serial = ft_get_le32(bytes + AT_SERIAL);
    frame->format = bytes[AT_FORMAT];
    frame->version = bytes[AT_VERSION];
    memcpy(frame->sha1, bytes + AT_SHA1, FT_SHA1_SIZE);
    frame->body = bytes + FT_FRAME_HEADER;
    frame->body_len = len;
    return FT_FRAME_OK;
}

/* OpenSSL's EVP allocates for every digest in 3.0 (it drops the old state and makes a new one), which
 * costs more than the digest of a push does; these functions do not. They are deprecated, not gone. */
struct ft_sha1 {
    SHA_CTX ctx;
};

struct ft_sha1 *ft_sha1_new(void)
{
    return calloc(1, sizeof(struct ft_sha1));
}

void ft_sha1_free(struct ft_sha1 *sha)
{
    free(sha);
}

void ft_sha1_sum(struct ft_sha1 *sha, const void *bytes, size_t n, uint8_t out[FT_SHA1_SIZE])
{
    int ok = SHA1_Init(&sha->ctx) && SHA1_Update(&sha->ctx, bytes, n) && SHA1_Final(out, &sha->ctx);
    FT_CHECK(ok);
}

bool ft_frame_digest_ok(struct ft_sha1 *sha, const struct ft_frame *frame, const uint8_t *plain,
                        size_t plain_len)
{
    uint8_t sum[FT_SHA1_SIZE];
    ft_sha1_sum(sha, plain, plain_len, sum);
    return memcmp(sum, frame->sha1, FT_SHA1_SIZE) == 0;
}

void ft_frame_write_header(uint8_t out[FT_FRAME_HEADER], const struct ft_frame_head *head,
                           uint32_t body_len, const uint8_t sha1[FT_SHA1_SIZE])
{
    memset(out, 0, FT_FRAME_HEADER);
    out[0] = 'F';
    out[1] = 'T';
    ft_put_le32(out + AT_PROTO, head->proto_id);
    out[AT_FORMAT] = head->format;
    ft_put_le32(out + AT_SERIAL, (uint32_t)head->serial);
    ft_put_le32(out + AT_LEN, body_len);
    memcpy(out + AT_SHA1, sha1, FT_SHA1_SIZE);
}

void ft_frame_set_length(uint8_t header[FT_FRAME_HEADER], uint32_t body_len)
{
    ft_put_le32(header + AT_LEN, body_len);
}

int ft_frame_append(struct ft_buf *out, struct ft_sha1 *sha, const struct ft_frame_head *head,
                    const void *body, uint32_t body_len)
{
    uint8_t *to = ft_buf_reserve(out, (size_t)FT_FRAME_HEADER + body_len);
    if (!to)
        return -1;
    uint8_t sum[FT_SHA1_SIZE];
    ft_sha1_sum(sha, body, body_len, sum);
    ft_frame_write_header(to, head, body_len, sum);
    if (body_len)
        memcpy(to + FT_FRAME_HEADER, body, body_len);
    ft_buf_commit(out, (size_t)FT_FRAME_HEADER + body_len);
    return 0;
}

ptrdiff_t ft_frame_begin(struct ft_buf *out)
{
    if (!ft_buf_reserve(out, FT_FRAME_HEADER))
        return -1;
    ptrdiff_t at = (ptrdiff_t)ft_buf_len(out); /* relative to the head, which a reserve may move */
    ft_buf_commit(out, FT_FRAME_HEADER);
    return at;
}

void ft_frame_end(struct ft_buf *out, ptrdiff_t at, struct ft_sha1 *sha,
                  const struct ft_frame_head *head)
{
    uint8_t *p = ft_buf_head(out) + at;
    size_t len = ft_buf_len(out) - (size_t)at;
    FT_CHECK(len >= FT_FRAME_HEADER && len - FT_FRAME_HEADER <= UINT32_MAX);
    uint8_t sum[FT_SHA1_SIZE];
    ft_sha1_sum(sha, p + FT_FRAME_HEADER, len - FT_FRAME_HEADER, sum);
    ft_frame_write_header(p, head, (uint32_t)(len - FT_FRAME_HEADER), sum);
}

void ft_frame_cancel(struct ft_buf *out, ptrdiff_t at)
{
    FT_CHECK((size_t)at <= ft_buf_len(out));
    out->tail = out->head + (size_t)at;
}
