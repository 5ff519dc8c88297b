/* Operations on the house's own accounts, which the official API lacks: by name and text parameters, so
 * that every way in (today TestCmd, 1008) has the same ones. What they change is on disk before the
 * reply, as with every trade protocol. */
#ifndef FT_GATEWAY_OPERATIONS_H
#define FT_GATEWAY_OPERATIONS_H

#include "gateway/gateway.h"

enum { FT_OPERATION_TEXT_MAX = 2048 };

/* `login`: who asks; he reaches his own accounts and groups. NULL: the operator of the gateway, who reaches
 * every account and the first login's groups. Runs `name` with parameters that blanks separate ("" or NULL: none). 0 with the result in words, -1
 * with a reason and nothing changed. */
int ft_operation_run(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                     const char *params, char out[FT_OPERATION_TEXT_MAX], struct ft_err *err);

#endif
