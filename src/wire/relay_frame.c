#include "wire/relay_frame.h"

#include "base/check.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <string.h>

enum { AT_CMD = 8, AT_SECTION = 12, AT_ERROR = 20, AT_ERRMSG = 24 };
enum { WS_BINARY = 0x82, WS_OPCODE = 0x0f, WS_CONTROL = 0x08, WS_MASKED = 0x80, WS_LEN_16 = 126, WS_LEN_64 = 127 };

static const uint8_t sign[8] = "ft-v1.0";

static uint64_t get(const uint8_t *p, int bytes)
{
    uint64_t v = 0;
    for (int k = 0; k < bytes; k++)
        v = v << 8 | p[k];
    return v;
}

static void put(uint8_t *p, int bytes, uint64_t v)
{
    for (int k = bytes; k-- > 0; v >>= 8)
        p[k] = (uint8_t)v;
}

bool ft_relay_read(const uint8_t *msg, size_t n, struct ft_relay_request *out)
{
    if (n < FT_RELAY_REQUEST_HEADER || memcmp(msg, sign, sizeof sign) != 0)
        return false;
    *out = (struct ft_relay_request){(uint32_t)get(msg + AT_CMD, 4), get(msg + AT_SECTION, 8),
                                     msg + FT_RELAY_REQUEST_HEADER, n - FT_RELAY_REQUEST_HEADER};
    return true;
}

/* Bytes that a frame's own header takes for so long a payload (RFC 6455, 5.2: the shortest form). */
static size_t ws_header_len(size_t payload)
{
    return payload < WS_LEN_16 ? 2 : payload <= UINT16_MAX ? 4 : 10;
}

static void put_ws_header(uint8_t *p, size_t payload)
{
    p[0] = WS_BINARY;
    p[1] = payload < WS_LEN_16 ? (uint8_t)payload : payload <= UINT16_MAX ? WS_LEN_16 : WS_LEN_64;
    if (p[1] >= WS_LEN_16)
        put(p + 2, p[1] == WS_LEN_16 ? 2 : 8, payload);
}

static void put_head(uint8_t *p, const struct ft_relay_head *head)
{
    memset(p, 0, FT_RELAY_REPLY_HEADER);
    memcpy(p, sign, sizeof sign);
    put(p + AT_CMD, 4, head->cmd);
    put(p + AT_SECTION, 8, head->section);
    put(p + AT_ERROR, 4, (uint32_t)head->error);
    if (head->errmsg) {
        size_t len = strlen(head->errmsg);
        FT_CHECK(len <= FT_RELAY_ERRMSG_MAX);
        memcpy(p + AT_ERRMSG, head->errmsg, len);
    }
}

static void take_back(struct ft_buf *out, size_t len)
{
    out->tail = out->head + len;
}

int ft_relay_append(struct ft_buf *out, const struct ft_relay_head *head,
                    const ProtobufCMessage *msg, struct ft_err *err)
{
    enum { GUESS = 4 + FT_RELAY_REPLY_HEADER, SHIFT_MAX = 6 };
    size_t before = ft_buf_len(out);
    /* The body is written in place, behind the header of the usual length. */
    if (!ft_buf_reserve(out, GUESS + SHIFT_MAX))
        return ft_err_set(err, FT_ELIMIT, "output full");
    ft_buf_commit(out, GUESS);
    if (msg && ft_body_write(msg, FT_BODY_PROTOBUF, out, err)) {
        take_back(out, before);
        return -1;
    }
    size_t payload = ft_buf_len(out) - before - 4, own = ws_header_len(payload);
    if (own > 4 && !ft_buf_reserve(out, own - 4)) {
        take_back(out, before);
        return ft_err_set(err, FT_ELIMIT, "output full");
    }
    uint8_t *p = ft_buf_head(out) + before;
    if (own != 4)
        memmove(p + own, p + 4, payload);
    out->tail = out->head + before + own + payload;
    put_ws_header(p, payload);
    put_head(p + own, head);
    return 0;
}

size_t ft_ws_frame_size(const uint8_t *bytes, size_t n)
{
    if (n < 2 || (bytes[1] & WS_MASKED))
        return 0;
    size_t own = bytes[1] < WS_LEN_16 ? 2 : bytes[1] == WS_LEN_16 ? 4 : 10;
    if (n < own)
        return 0;
    uint64_t payload = own == 2 ? bytes[1] : get(bytes + 2, (int)own - 2);
    return payload <= n - own ? own + (size_t)payload : 0;
}

bool ft_relay_head_of(const uint8_t *frame, size_t n, struct ft_relay_head *out)
{
    size_t size = ft_ws_frame_size(frame, n);
    if (!size || (frame[0] & WS_CONTROL))
        return false;
    const uint8_t *p = frame + (frame[1] < WS_LEN_16 ? 2 : frame[1] == WS_LEN_16 ? 4 : 10);
    if ((size_t)(frame + size - p) < FT_RELAY_REPLY_HEADER || memcmp(p, sign, sizeof sign) != 0)
        return false;
    *out = (struct ft_relay_head){.cmd = (uint32_t)get(p + AT_CMD, 4),
                                  .section = get(p + AT_SECTION, 8),
                                  .error = (int32_t)(uint32_t)get(p + AT_ERROR, 4)};
    return true;
}
