#include "gateway/console/charset.h"

#include "base/text.h"

#include <iconv.h>
#include <string.h>

static void *open_pair(const char *to, const char *from)
{
    iconv_t cd = iconv_open(to, from);
    return cd == (iconv_t)-1 ? NULL : (void *)cd;
}

bool ft_gb2312_open(struct ft_gb2312 *g)
{
    g->to = open_pair("GB2312", "UTF-8");
    g->from = open_pair("UTF-8", "GB2312");
    if (!g->to || !g->from)
        ft_gb2312_close(g);
    return g->to != NULL;
}

void ft_gb2312_close(struct ft_gb2312 *g)
{
    if (g->to)
        iconv_close((iconv_t)g->to);
    if (g->from)
        iconv_close((iconv_t)g->from);
    *g = (struct ft_gb2312){0};
}

/* One character; 0: the other encoding has none for it. */
static size_t convert(void *cd, const char *text, size_t len, char out[8])
{
    char *in = (char *)text, *to = out;
    size_t left = len, room = 8;
    if (!cd || iconv((iconv_t)cd, &in, &left, &to, &room) != 0 || left) {
        if (cd)
            iconv((iconv_t)cd, NULL, NULL, NULL, NULL); /* forgets what it stopped in */
        return 0;
    }
    return 8 - room;
}

int ft_charset_write(const struct ft_gb2312 *g, enum ft_charset to, const char *text, size_t len,
                     struct ft_buf *out)
{
    for (size_t at = 0, run; at < len; at += run) {
        for (run = 0; at + run < len && (unsigned char)text[at + run] < 0x80;)
            run++;
        if (run) {
            if (ft_buf_append(out, text + at, run))
                return -1;
            continue;
        }
        char bytes[8];
        size_t n = ft_utf8_char((const unsigned char *)text + at, len - at);
        run = n ? n : 1;
        if (n && to == FT_CHARSET_UTF8)
            memcpy(bytes, text + at, n);
        else if (n)
            n = convert(g->to, text + at, n, bytes);
        if (ft_buf_append(out, n ? bytes : "?", n ? n : 1))
            return -1;
    }
    return 0;
}

int ft_charset_read(const struct ft_gb2312 *g, enum ft_charset from, const char *text, size_t len,
                    char *out, size_t size)
{
    size_t n = 0;
    for (size_t at = 0, run; at < len; at += run) {
        char bytes[8] = {text[at]};
        size_t m = 1;
        run = 1;
        if ((unsigned char)text[at] >= 0x80) {
            run = from == FT_CHARSET_UTF8 ? ft_utf8_char((const unsigned char *)text + at, len - at)
                                          : at + 2 <= len ? 2 : 0;
            m = run;
            if (run && from == FT_CHARSET_UTF8)
                memcpy(bytes, text + at, run);
            else if (run)
                m = convert(g->from, text + at, run, bytes);
            if (!run || !m)
                return -1;
        }
        if (n + m >= size)
            return -1;
        memcpy(out + n, bytes, m);
        n += m;
    }
    out[n] = '\0';
    return 0;
}
