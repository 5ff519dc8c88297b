/* Which path is answered with what. */
#include "gateway/web/http.h"

int ft_http_route(struct ft_gateway *gw, const char *method, const char *path, struct ft_buf *body,
                  const char **content_type)
{
    (void)gw, (void)method, (void)path, (void)content_type;
    static const char text[] = "not found\n";
    ft_buf_append(body, text, sizeof text - 1);
    return 404;
}
