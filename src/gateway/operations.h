/* Operations on the house's own accounts and lists, which the official API lacks. One table of them for
 * every way in: TestCmd (1008) by name and words, the console by name and named parameters. What they
 * change is on disk before the reply, as with every trade protocol. */
#ifndef FT_GATEWAY_OPERATIONS_H
#define FT_GATEWAY_OPERATIONS_H

#include "gateway/gateway.h"

enum { FT_OPERATION_TEXT_MAX = 2048, FT_OPERATION_PARAMS = 4 };

struct ft_operation_call;

struct ft_operation_param {
    const char *name, *en, *chs;
};
struct ft_operation {
    const char *name;
    int (*run)(struct ft_operation_call *call); /* operations.c's own */
    bool no_account; /* the first parameter is none */
    const char *en, *chs; /* what it does */
    struct ft_operation_param param[FT_OPERATION_PARAMS]; /* all needed, in order; a name of NULL ends */
};

/* The k-th operation, NULL behind the last. */
const struct ft_operation *ft_operation_at(size_t k);
/* Runs it with a value for each of its parameters. 0 with the result in words, -1 with a reason and
 * nothing changed. */
int ft_operation_call(struct ft_gateway *gw, const struct ft_operation *op,
                      const char *const value[FT_OPERATION_PARAMS], char out[FT_OPERATION_TEXT_MAX],
                      struct ft_err *err);
/* The same by `name`, with the values in one text that blanks separate ("" or NULL: none). */
int ft_operation_run(struct ft_gateway *gw, const char *name, const char *params,
                     char out[FT_OPERATION_TEXT_MAX], struct ft_err *err);

#endif
