/* Which path is answered with what: health, readiness, figures. Nothing here changes anything, and nothing
 * tells a secret. */
#include "gateway/trade.h"
#include "gateway/web/http.h"
#include "gateway/web/metrics.h"

#include <stdarg.h>
#include <string.h>

static void say(struct ft_buf *body, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct ft_buf *body, const char *fmt, ...)
{
    char text[FT_ERR_TEXT_MAX + 128];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n > 0)
        ft_buf_append(body, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static int about(struct ft_gateway *gw, struct ft_buf *body, const char **type)
{
    (void)gw, (void)type;
    say(body, "opend %s: an open OpenD; its markets are simulated, no quote is real\n\n"
              "/healthz  the process answers\n"
              "/readyz   clients can be served; 503 with the reason when not\n"
              "/metrics  figures for Prometheus\n", FT_VERSION);
    return 200;
}

/* That it is answered is the answer: the loop turns. */
static int healthy(struct ft_gateway *gw, struct ft_buf *body, const char **type)
{
    (void)gw, (void)type;
    say(body, "ok\n");
    return 200;
}

static int ready(struct ft_gateway *gw, struct ft_buf *body, const char **type)
{
    (void)type;
    const struct ft_trade *t = gw->trade;
    if (gw->stopping)
        say(body, "the gateway stops\n");
    if (!gw->world || !t || !t->brk)
        say(body, "the market has not started\n");
    else if (t->failed)
        say(body, "%s has failed: %s\n", t->audit_failed ? "the audit log" : "the store", t->failure);
    if (!gw->stopping && !gw->api.open)
        say(body, "the TCP API does not listen: %zu of %lld connections\n", gw->place_count,
            (long long)gw->config.max_connections);
    if (ft_buf_len(body))
        return 503;
    say(body, "ready\n");
    return 200;
}

static int metrics(struct ft_gateway *gw, struct ft_buf *body, const char **type)
{
    *type = FT_METRICS_TYPE;
    if (ft_metrics_write(gw, body) == 0)
        return 200;
    ft_buf_consume(body, ft_buf_len(body)); /* half of it would be read as the whole */
    return 500;
}

static const struct {
    const char *path;
    int (*answer)(struct ft_gateway *gw, struct ft_buf *body, const char **type);
} routes[] = {
    {"/", about},
    {"/healthz", healthy},
    {"/readyz", ready},
    {"/metrics", metrics},
};

int ft_http_route(struct ft_gateway *gw, const char *method, const char *path, struct ft_buf *body,
                  const char **content_type)
{
    for (size_t k = 0; k < sizeof routes / sizeof routes[0]; k++) {
        if (strcmp(routes[k].path, path) != 0)
            continue;
        if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
            return routes[k].answer(gw, body, content_type);
        say(body, "%s: GET and HEAD are answered\n", path);
        return 405;
    }
    say(body, "not found; / lists what there is\n");
    return 404;
}
