#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t ft_utf8_char(const unsigned char *s, size_t len)
{
    unsigned char c = s[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) || (c == 0xf0 && s[1] < 0x90) ||
        (c == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

int ft_take_digits(const char **text, size_t max, uint64_t *out)
{
    const char *p = *text;
    uint64_t v = 0;
    for (; (size_t)(p - *text) < max && *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (uint64_t)(*p - '0');
    if (p == *text)
        return -1;
    *text = p;
    *out = v;
    return 0;
}

size_t ft_json_escape_char(unsigned char c, char out[FT_JSON_ESCAPE_MAX + 1])
{
    static const char short_forms[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (const char *p = short_forms; *p; p += 2) {
        if ((unsigned char)*p == c) {
            out[0] = '\\';
            out[1] = p[1];
            out[2] = '\0';
            return 2;
        }
    }
    return (size_t)snprintf(out, FT_JSON_ESCAPE_MAX + 1, "\\u%04x", c);
}

static int is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

size_t ft_json_escape(const char *text, size_t len, char *out, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t at = 0, to = 0;
    while (at < len) {
        if (is_plain(s[at])) { /* nearly all of them */
            if (to == size)
                break;
            out[to++] = text[at++];
            continue;
        }
        char escape[FT_JSON_ESCAPE_MAX + 1];
        const char *piece = text + at;
        size_t n = ft_utf8_char(s + at, len - at), used = n ? n : 1;
        if (n == 0) {
            piece = "\xef\xbf\xbd";
            n = 3;
        } else if (s[at] < 0x80) {
            piece = escape;
            n = ft_json_escape_char(s[at], escape);
        }
        if (n > size - to)
            break;
        memcpy(out + to, piece, n);
        to += n;
        at += used;
    }
    return to;
}
