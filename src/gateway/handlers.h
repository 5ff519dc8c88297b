/* Which protocol is served by which function: the rows beside the protocol table. */
#ifndef FT_GATEWAY_HANDLERS_H
#define FT_GATEWAY_HANDLERS_H

#include "gateway/dispatch.h"

/* NULL: the protocol is known but not served. */
ft_handler *ft_handler_of(const struct ft_protocol *p);

/* handlers_system.c */
ft_handler ft_handle_keep_alive;
ft_handler ft_handle_global_state;
ft_handler ft_handle_user_info;
ft_handler ft_handle_delay_statistics;
ft_handler ft_handle_verification;
ft_handler ft_handle_test_cmd;

#endif
