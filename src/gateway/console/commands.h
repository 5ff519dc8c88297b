/* What the files of commands share. */
#ifndef FT_GATEWAY_CONSOLE_COMMANDS_H
#define FT_GATEWAY_CONSOLE_COMMANDS_H

#include "gateway/console/report.h"

struct ft_gateway *ft_command_gateway(const struct ft_console_call *call);
/* A whole number of a parameter, or false with the reason said. */
bool ft_command_number(struct ft_console_call *call, const char *name, const char *text, uint64_t min,
                       uint64_t max, uint64_t *out);
/* commands_login.c. Whether a password, or its MD5 which wins, is that of the configuration. None given:
 * the one of the start, which is right; none configured: any is. */
bool ft_command_password_fits(const struct ft_gateway *gw, const char *pwd, const char *md5);
/* commands_clock.c */
ft_console_run ft_command_set_clock;

#endif
