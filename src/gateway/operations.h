/* Operations on the house's own accounts and lists, which the official API lacks. One table of them for
 * every way in: TestCmd (1008) by name and words, the console by name and named parameters. What they
 * change is on disk before the reply, as with every trade protocol. */
#ifndef FT_GATEWAY_OPERATIONS_H
#define FT_GATEWAY_OPERATIONS_H

#include "gateway/gateway.h"

enum { FT_OPERATION_TEXT_MAX = 2048, FT_OPERATION_PARAMS = 4 };

struct ft_operation_call;

/* Whom an operation is about, and so who may run it: an account's owner, a login for itself, and what
 * concerns every login only the operator or the default login. */
enum ft_operation_about { FT_ABOUT_ACCOUNT /* named by the first parameter */, FT_ABOUT_LOGIN, FT_ABOUT_GATEWAY };

struct ft_operation_param {
    const char *name, *en, *chs;
};
struct ft_operation {
    const char *name;
    int (*run)(struct ft_operation_call *call); /* operations.c's own */
    enum ft_operation_about about;
    const char *en, *chs; /* what it does */
    struct ft_operation_param param[FT_OPERATION_PARAMS]; /* all needed, in order; a name of NULL ends */
};

/* The k-th operation, NULL behind the last. */
const struct ft_operation *ft_operation_at(size_t k);
/* Runs it with a value for each of its parameters. `login`: who asks; it reaches its own accounts, groups,
 * rights and quotas. NULL: the operator, who reaches every account and the default login's rest. 0 with the result in words, -1 with a reason and
 * nothing changed. */
int ft_operation_call(struct ft_gateway *gw, const struct ft_login *login,
                      const struct ft_operation *op,
                      const char *const value[FT_OPERATION_PARAMS], char out[FT_OPERATION_TEXT_MAX],
                      struct ft_err *err);
/* The same by `name`, with the values in one text that blanks separate ("" or NULL: none). */
int ft_operation_run(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                     const char *params, char out[FT_OPERATION_TEXT_MAX], struct ft_err *err);

#endif
