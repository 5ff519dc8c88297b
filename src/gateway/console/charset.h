/* The encodings of an operation console: UTF-8, or GB2312 as the vendor's (spec platform.md 3.1). */
#ifndef FT_GATEWAY_CONSOLE_CHARSET_H
#define FT_GATEWAY_CONSOLE_CHARSET_H

#include "base/buf.h"

#include <stdbool.h>

enum ft_charset { FT_CHARSET_UTF8, FT_CHARSET_GB2312 };

/* The system's conversion, opened once for all consoles. Without it (a system without its tables) GB2312
 * carries ASCII only. */
struct ft_gb2312 {
    void *to, *from; /* iconv_t, NULL: there is none */
};

/* Whether there is a conversion. */
bool ft_gb2312_open(struct ft_gb2312 *g);
void ft_gb2312_close(struct ft_gb2312 *g);

/* Appends UTF-8 text in the encoding; what it has no character for becomes '?'. -1: no room (the
 * output ends somewhere in the text then). */
int ft_charset_write(const struct ft_gb2312 *g, enum ft_charset to, const char *text, size_t len,
                     struct ft_buf *out);
/* Text in the encoding as UTF-8, NUL-terminated. -1: it is not such text, or does not fit. */
int ft_charset_read(const struct ft_gb2312 *g, enum ft_charset from, const char *text, size_t len,
                    char *out, size_t size);

#endif
