#include "gateway/web/http.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/web/websocket.h"

#include <http_parser.h>
#include <stdlib.h>
#include <string.h>

enum {
    URL_MAX = 1024,
    HEAD_MAX = 8192, /* request line and headers */
    BODY_MAX = 64 * 1024,
    ANSWER_MAX = 8 << 20,
    NAME_MAX_LEN = 64, VALUE_MAX = 256, /* of headers that are looked at; longer ones are none of them */
};

struct ft_http {
    http_parser parser;
    char url[URL_MAX + 1];
    size_t url_len, head_len, body_len;
    /* The header under way. */
    char name[NAME_MAX_LEN + 1], value[VALUE_MAX + 1];
    size_t name_len, value_len;
    bool in_value;
    struct ft_ws_offer offer; /* what the headers ask for */
    bool complete;
    int refused; /* status, 0: nothing is wrong yet */
};

/* ---- Reading ---------------------------------------------------------------------------------- */

static int refuse(struct ft_http *h, int status)
{
    if (!h->refused)
        h->refused = status;
    return -1; /* the parser stops */
}

/* Request line and headers together are bounded. */
static bool within_head(struct ft_http *h, size_t n)
{
    h->head_len += n;
    return h->head_len <= HEAD_MAX;
}

/* Appends to a bounded text; what does not fit makes it longer than any that is looked for. */
static void append_text(char *text, size_t *len, size_t max, const char *at, size_t n)
{
    if (n > max - *len)
        n = max - *len;
    memcpy(text + *len, at, n);
    *len += n;
    text[*len] = '\0';
}

static int on_message_begin(http_parser *p)
{
    struct ft_http *h = p->data;
    return h->complete ? -1 : 0; /* one request a connection */
}

static int on_url(http_parser *p, const char *at, size_t n)
{
    struct ft_http *h = p->data;
    if (n > URL_MAX - h->url_len)
        return refuse(h, 414);
    append_text(h->url, &h->url_len, URL_MAX, at, n);
    return within_head(h, n) ? 0 : refuse(h, 431);
}

static void header_ends(struct ft_http *h)
{
    if (h->in_value)
        ft_ws_offer_header(&h->offer, h->name, h->value);
    h->in_value = false;
    h->name_len = h->value_len = 0;
    h->name[0] = h->value[0] = '\0';
}

static int on_header_field(http_parser *p, const char *at, size_t n)
{
    struct ft_http *h = p->data;
    if (h->in_value)
        header_ends(h);
    append_text(h->name, &h->name_len, NAME_MAX_LEN, at, n);
    return within_head(h, n + 4) ? 0 : refuse(h, 431); /* with colon, blank and line end */
}

static int on_header_value(http_parser *p, const char *at, size_t n)
{
    struct ft_http *h = p->data;
    h->in_value = true;
    append_text(h->value, &h->value_len, VALUE_MAX, at, n);
    return within_head(h, n) ? 0 : refuse(h, 431);
}

static int on_headers_complete(http_parser *p)
{
    struct ft_http *h = p->data;
    header_ends(h);
    if (p->content_length != UINT64_MAX && p->content_length > BODY_MAX)
        return refuse(h, 413);
    return 0;
}

static int on_body(http_parser *p, const char *at, size_t n)
{
    (void)at;
    struct ft_http *h = p->data;
    h->body_len += n;
    return h->body_len <= BODY_MAX ? 0 : refuse(h, 413);
}

static int on_message_complete(http_parser *p)
{
    ((struct ft_http *)p->data)->complete = true;
    return 0;
}

static const http_parser_settings settings = {
    .on_message_begin = on_message_begin,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- Answering -------------------------------------------------------------------------------- */

static const char *words_of(int status)
{
    switch (status) {
#define WORDS(number, name, text) case number: return #text;
        HTTP_STATUS_MAP(WORDS)
#undef WORDS
    default: return "Unknown";
    }
}

/* Appends an answer and begins the end. `extra`: further header lines. */
static void answer(struct ft_conn *c, int status, const char *type, const char *extra,
                   const uint8_t *body, size_t len, bool with_body)
{
    char head[512];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                     "Cache-Control: no-store\r\n%sConnection: close\r\n\r\n",
                     status, words_of(status), type, len, extra);
    FT_CHECK(n > 0 && (size_t)n < sizeof head);
    size_t before = ft_buf_len(&c->out);
    if (ft_buf_append(&c->out, head, (size_t)n) ||
        (with_body && ft_buf_append(&c->out, body, len))) {
        ft_conn_close(c, true, "an HTTP answer of %zu bytes exceeds output_limit=%lld", len,
                      (long long)c->gw->config.output_limit);
        return;
    }
    c->out_lead += ft_buf_len(&c->out) - before;
    ft_conn_close(c, false, "HTTP request answered with %d", status);
}

static void answer_text(struct ft_conn *c, int status, const char *extra, const char *text)
{
    answer(c, status, "text/plain; charset=utf-8", extra, (const uint8_t *)text, strlen(text), true);
}

static void answer_route(struct ft_conn *c, struct ft_http *h)
{
    if (c->listener != &c->gw->web.http) { /* who opens the WebSocket to others opens no figures to them */
        answer_text(c, 404, "", "only WebSocket is served here\n");
        return;
    }
    struct ft_buf body;
    ft_buf_init(&body, ANSWER_MAX);
    const char *type = "text/plain; charset=utf-8", *method = http_method_str(h->parser.method);
    h->url[strcspn(h->url, "?#")] = '\0';
    int status = h->url[0] == '/' ? ft_http_route(c->gw, method, h->url, &body, &type) : 400;
    answer(c, status, type, status == 405 ? "Allow: GET, HEAD\r\n" : "", ft_buf_head(&body), ft_buf_len(&body),
           h->parser.method != HTTP_HEAD);
    ft_buf_free(&body);
}

/* The upgrade, or the reason why not. */
static void answer_offer(struct ft_conn *c, struct ft_http *h)
{
    char accept[FT_WS_ACCEPT_MAX];
    h->url[strcspn(h->url, "?#")] = '\0';
    if (c->listener != &c->gw->web.websocket || strcmp(h->url, "/") != 0) {
        answer_text(c, 404, "", "WebSocket is served on websocket_port, path /\n");
        return;
    }
    switch (ft_ws_offer_check(&h->offer, h->parser.method == HTTP_GET, accept)) {
    case FT_WS_GOOD: break;
    case FT_WS_BAD: answer_text(c, 400, "", "not a WebSocket handshake (RFC 6455, 4.2.1)\n"); return;
    case FT_WS_OTHER_VERSION:
        answer_text(c, 426, "Sec-WebSocket-Version: 13\r\n", "WebSocket version 13 is spoken\n");
        return;
    }
    char text[256];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    if (ft_buf_append(&c->out, text, (size_t)n)) {
        ft_conn_close(c, true, "no memory for an upgrade");
        return;
    }
    c->out_lead += (size_t)n;
    ft_conn_mark_dirty(c);
    ft_http_framing.free_state(c);
    if (ft_ws_begin(c))
        ft_conn_close(c, true, "no memory for a WebSocket");
}

static size_t take(struct ft_conn *c, const uint8_t *bytes, size_t n)
{
    struct ft_http *h = c->framing_state;
    size_t used = http_parser_execute(&h->parser, &settings, (const char *)bytes, n);
    enum http_errno e = HTTP_PARSER_ERRNO(&h->parser);
    c->frames_in += h->complete;
    if (h->refused) {
        answer_text(c, h->refused, "", "the request exceeds a limit of this gateway\n");
    } else if (h->complete) {
        if (h->offer.upgrade)
            answer_offer(c, h);
        else
            answer_route(c, h);
    } else if (e != HPE_OK) {
        answer_text(c, 400, "", "not an HTTP request\n");
    }
    return used;
}

/* ---- Framing ---------------------------------------------------------------------------------- */

static size_t frame_size(const uint8_t *bytes, size_t n)
{
    (void)bytes;
    return n; /* nothing but an answer */
}

static void free_state(struct ft_conn *c)
{
    if (c->framing_state && c->listener == &c->gw->web.http)
        c->gw->web.http_count--;
    free(c->framing_state);
    c->framing_state = NULL;
}

const struct ft_framing ft_http_framing = {
    .take = take,
    .frame_size = frame_size,
    .free_state = free_state,
};

int ft_http_begin(struct ft_conn *c)
{
    struct ft_http *h = calloc(1, sizeof *h);
    if (!h)
        return -1;
    http_parser_init(&h->parser, HTTP_REQUEST);
    h->parser.data = h;
    c->framing_state = h;
    if (c->listener == &c->gw->web.http)
        c->gw->web.http_count++;
    return 0;
}
