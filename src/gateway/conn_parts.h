/* What conn's own files share: conn.c has the life and what comes in, conn_out.c what goes out. */
#ifndef FT_GATEWAY_CONN_PARTS_H
#define FT_GATEWAY_CONN_PARTS_H

#include "gateway/conn.h"

/* Closes the socket; idempotent. */
void ft_conn_close_handle(struct ft_conn *c);
/* Closing and everything sent: half-close. */
void ft_conn_finish_if_drained(struct ft_conn *c);
/* Everything that waits is dropped, apart from the frame that the socket has taken in part. */
void ft_conn_drop_output(struct ft_conn *c);

#endif
