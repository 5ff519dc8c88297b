/* The SDK's client as benches use it: a failure ends them. */
#ifndef FT_BENCH_SDK_H
#define FT_BENCH_SDK_H

#include "bench.h"

#include "ftapi/ftapi.h"

/* A client that is connected to 127.0.0.1:port, and does not reconnect. */
static inline struct ft_client *bench_client(uint16_t port, const char *id)
{
    struct ft_client_options o;
    struct ft_client *c;
    ft_client_options_init(&o, sizeof o);
    o.port = port;
    o.client_id = id;
    o.reconnect = false;
    if (ft_client_new(&o, &c) || ft_client_connect(c, 0))
        bench_die("SDK: %s", ft_client_last_error(c));
    return c;
}

/* A blocking call that must succeed; `reply` as ft_client_call takes it. */
static inline void bench_call(struct ft_client *c, uint32_t proto, const ProtobufCMessage *request,
                              struct ft_reply **reply)
{
    if (ft_client_call(c, proto, request, 0, reply))
        bench_die("%s", ft_client_last_error(c));
}

#endif
