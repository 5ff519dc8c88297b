/* Words of the verification codes of a login, which this gateway never needs (spec platform.md 3.2, 5.5):
 * for protocol 1006 and for the console's commands. */
#ifndef FT_GATEWAY_VERIFICATION_H
#define FT_GATEWAY_VERIFICATION_H

#include "gateway/gateway.h"

/* The answer to asking for a code. */
const char *ft_verification_requested(const struct ft_gateway *gw);
/* The answer to entering `code`, which may be NULL or empty. */
const char *ft_verification_entered(const struct ft_gateway *gw, const char *code);

#endif
