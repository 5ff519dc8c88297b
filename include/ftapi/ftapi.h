/* libftapi: the C SDK of the Futu/moomoo OpenAPI, for opend and for the official OpenD.
 *
 *     struct ft_client_options o;
 *     ft_client_options_init(&o, sizeof o);
 *     struct ft_client *c;
 *     if (ft_client_new(&o, &c) || ft_client_connect(c, 5000))
 *         fprintf(stderr, "%s\n", ft_client_last_error(c));
 *     struct ft_reply *reply = NULL;
 *     if (ft_client_call(c, FT_ID_GetGlobalState, &request.base, 0, &reply) == FT_STATUS_OK)
 *         use(ft_reply_message(reply));
 *     ft_reply_free(reply);
 *     ft_client_free(c);
 *
 * The whole: docs/sdk.md. Depends on libprotobuf-c and OpenSSL's libcrypto only. */
#ifndef FTAPI_H
#define FTAPI_H

#include <ftapi/client.h>
#include <ftapi/message.h>
#include <ftapi/protocol.h>
#include <ftapi/status.h>
#include <ftapi/version.h>

#endif
