/* How the examples connect: to FT_HOST (127.0.0.1) and FT_PORT (11111), encrypted when FT_KEY names the RSA key
 * that the gateway has. */
#ifndef EXAMPLES_CONNECT_H
#define EXAMPLES_CONNECT_H

#include <ftapi/ftapi.h>

#include <stdio.h>
#include <stdlib.h>

/* A connected client; ends the program with words where there is none. */
static inline struct ft_client *connect_or_exit(void)
{
    const char *host = getenv("FT_HOST"), *port = getenv("FT_PORT"), *key = getenv("FT_KEY");
    struct ft_client_options options;
    struct ft_client *client = NULL;
    ft_client_options_init(&options, sizeof options);
    if (host)
        options.host = host;
    if (port)
        options.port = (uint16_t)strtoul(port, NULL, 10);
    if (key) {
        options.rsa_key_path = key;
        options.encryption = FT_ENCRYPTION_AES_CBC;
    }
    if (ft_client_new(&options, &client) || ft_client_connect(client, 0)) {
        fprintf(stderr, "cannot connect: %s\n", ft_client_last_error(client));
        ft_client_free(client);
        exit(1);
    }
    return client;
}

/* Ends the program with the client's words when a call failed. */
static inline void must(struct ft_client *client, enum ft_status status, const char *what)
{
    if (status == FT_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, ft_status_text(status), ft_client_last_error(client));
    ft_client_free(client);
    exit(1);
}

#endif
