/* HTTP/1.1 on a connection: one request, one answer, and the end; or the upgrade to WebSocket. */
#ifndef FT_GATEWAY_WEB_HTTP_H
#define FT_GATEWAY_WEB_HTTP_H

#include "gateway/conn.h"
#include "gateway/web/ws_offer.h"

/* Answers a request: fills `body`, which is empty and bounded, sets the content type (the default is
 * "text/plain; charset=utf-8"; it must live until the call returns) and returns the status code.
 * `method` is upper case, `path` starts with '/' and is without the query; a body that came with the
 * request is not handed on. For HEAD the same is filled as for GET; it is not sent. */
typedef int (*ft_http_answer)(struct ft_gateway *gw, const char *method, const char *path,
                              struct ft_buf *body, const char **content_type);

/* routes.c: what the gateway answers. */
int ft_http_route(struct ft_gateway *gw, const char *method, const char *path, struct ft_buf *body,
                  const char **content_type);

extern const struct ft_framing ft_http_framing;

/* Gives a connection that was accepted with ft_http_framing its parser. -1: no memory. */
int ft_http_begin(struct ft_conn *c);

#endif
