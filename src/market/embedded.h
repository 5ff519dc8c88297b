/* The files of data/ inside the program (library ft_data), so that it needs none at its side. */
#ifndef FT_MARKET_EMBEDDED_H
#define FT_MARKET_EMBEDDED_H

#include <stddef.h>

/* An ft_read_data (calendar.h): the text of "instruments.csv", "calendars/HK.csv" ..., NUL behind
 * its end; NULL when there is no such file. `user` is not used. Lives as long as the program. */
const char *ft_embedded_data(void *user, const char *name, size_t *len);

#endif
