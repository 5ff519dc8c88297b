#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t ft_utf8_prefix(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    size_t n = max;
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static void store(struct ft_err *err, const char *text, int wanted)
{
    if (wanted < 0)
        wanted = 0;
    size_t n = ft_utf8_prefix(text, (size_t)wanted, FT_ERR_TEXT_MAX - 1);
    memcpy(err->text, text, n);
    err->text[n] = '\0';
}

int ft_err_set(struct ft_err *err, enum ft_err_code code, const char *fmt, ...)
{
    if (!err)
        return -1;
    char line[FT_ERR_TEXT_MAX * 2];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof line)
        n = (int)sizeof line - 1;
    err->code = code;
    store(err, line, n);
    return -1;
}

int ft_err_wrap(struct ft_err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char line[FT_ERR_TEXT_MAX * 2];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, FT_ERR_TEXT_MAX, fmt, ap);
    va_end(ap);
    if (n < 0)
        n = 0;
    if (n >= FT_ERR_TEXT_MAX)
        n = FT_ERR_TEXT_MAX - 1;
    n += snprintf(line + n, sizeof line - (size_t)n, ": %s", err->text);
    store(err, line, n);
    return -1;
}

void ft_err_clear(struct ft_err *err)
{
    if (err) {
        err->code = FT_OK;
        err->text[0] = '\0';
    }
}
