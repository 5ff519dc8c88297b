/* The relay's messages: as requests they are read or refused, as what the gateway queued (WebSocket
 * frames) their sizes and heads are found; and what is written is read back. */
#include "fuzz.h"

#include "InitWebSocket.pb-c.h"
#include "wire/relay_frame.h"

/* Walks bytes that claim to be queued frames. */
static void walk(const uint8_t *data, size_t size)
{
    size_t n;
    for (size_t at = 0; (n = ft_ws_frame_size(data + at, size - at)) > 0; at += n) {
        FUZZ_MUST(n <= size - at && n >= 2, "%zu of %zu", n, size - at);
        struct ft_relay_head head;
        if (ft_relay_head_of(data + at, size - at, &head))
            FUZZ_MUST(n >= 2 + FT_RELAY_REPLY_HEADER, "%zu", n);
    }
}

static void write_and_read(const struct ft_relay_request *r)
{
    struct ft_buf out;
    ft_buf_init(&out, 1 << 20);
    InitWebSocket__Response body = INIT_WEB_SOCKET__RESPONSE__INIT;
    char *text = malloc(r->body_len + 1);
    FUZZ_MUST(text, "%zu", r->body_len);
    for (size_t k = 0; k < r->body_len; k++)
        text[k] = (char)(r->body[k] % 95 + ' ');
    text[r->body_len] = '\0';
    body.retmsg = text;
    struct ft_relay_head back, head = {r->cmd, r->section, (int32_t)r->cmd, "words"};
    FUZZ_MUST(ft_relay_append(&out, &head, &body.base, NULL) == 0, "%zu", r->body_len);
    size_t n = ft_buf_len(&out);
    FUZZ_MUST(ft_ws_frame_size(ft_buf_head(&out), n) == n, "%zu", n);
    FUZZ_MUST(ft_relay_head_of(ft_buf_head(&out), n, &back), "%zu", n);
    FUZZ_MUST(back.cmd == head.cmd && back.section == head.section && back.error == head.error, "%u", back.cmd);
    free(text);
    ft_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk(data, size);
    struct ft_relay_request r;
    if (ft_relay_read(data, size, &r)) {
        FUZZ_MUST(r.body_len == size - FT_RELAY_REQUEST_HEADER && r.body == data + FT_RELAY_REQUEST_HEADER, "%zu", size);
        write_and_read(&r);
    }
    return 0;
}
