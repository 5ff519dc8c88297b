#include "wire/json_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t ft_base64_size(size_t n)
{
    return (n + 2) / 3 * 4;
}

void ft_base64_write(const uint8_t *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)bytes[i] << 16;
        if (have > 1)
            v |= (uint32_t)bytes[i + 1] << 8;
        if (have > 2)
            v |= bytes[i + 2];
        *out++ = base64_digits[v >> 18];
        *out++ = base64_digits[v >> 12 & 63];
        *out++ = have > 1 ? base64_digits[v >> 6 & 63] : '=';
        *out++ = have > 2 ? base64_digits[v & 63] : '=';
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (is_digit(c))
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

bool ft_base64_read(const char *text, size_t len, uint8_t *out, size_t *n)
{
    size_t padding = 0;
    while (padding < 2 && len > padding && text[len - 1 - padding] == '=')
        padding++;
    if (padding > 0 && len % 4 != 0)
        return false;
    len -= padding;
    if (len % 4 == 1)
        return false;
    uint32_t bits = 0;
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        int v = base64_value(text[i]);
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        if (i % 4 > 0)
            out[to++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *n = to;
    return true;
}

/* Numbers with at most six decimals and 15 digits, which prices and quantities are, without
 * snprintf's price. Both k and 1e6 are exact doubles, so k / 1e6 is the double nearest to the
 * decimal: when that is v, the decimal reads back to v; and among decimals of at most 15 digits it
 * is the only one that does. 0 when v is not such a number. */
static size_t short_decimal(double v, char *out)
{
    double scaled = v * 1e6;
    if (!(fabs(scaled) < 1e15))
        return 0;
    int64_t k = llrint(scaled);
    if ((double)k / 1e6 != v || (k == 0 && signbit(v)))
        return 0;
    uint64_t mag = k < 0 ? (uint64_t)-k : (uint64_t)k, whole = mag / 1000000;
    unsigned parts = (unsigned)(mag % 1000000);
    char text[32], *p = text + sizeof text; /* from the end: sign, 9 digits, point, 6 digits */
    int places = 6;
    for (; places > 1 && parts % 10 == 0; places--)
        parts /= 10;
    for (int n = places; n > 0; n--, parts /= 10)
        *--p = (char)('0' + parts % 10);
    *--p = '.';
    do
        *--p = (char)('0' + whole % 10);
    while (whole /= 10);
    if (k < 0)
        *--p = '-';
    size_t len = (size_t)(text + sizeof text - p);
    memcpy(out, p, len);
    out[len] = '\0';
    return len;
}

size_t ft_real_text(double v, bool single, char out[FT_REAL_TEXT_MAX])
{
    if (!isfinite(v))
        v = 0;
    size_t n = single ? 0 : short_decimal(v, out);
    if (n > 0)
        return n;
    int most = single ? 9 : 17; /* digits that always suffice: FLT_DECIMAL_DIG, DBL_DECIMAL_DIG */
    for (int digits = single ? 6 : 15; digits <= most; digits++) {
        n = (size_t)snprintf(out, FT_REAL_TEXT_MAX, "%.*g", digits, v);
        if (single ? strtof(out, NULL) == (float)v : strtod(out, NULL) == v)
            break;
    }
    if (!strpbrk(out, ".e")) {
        memcpy(out + n, ".0", 3);
        n += 2;
    }
    return n;
}

bool ft_json_is_number(const char *s)
{
    s += *s == '-';
    if (!is_digit(*s) || (s[0] == '0' && is_digit(s[1])))
        return false;
    while (is_digit(*s))
        s++;
    if (*s == '.') {
        if (!is_digit(*++s))
            return false;
        while (is_digit(*s))
            s++;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '-' || *s == '+';
        if (!is_digit(*s))
            return false;
        while (is_digit(*s))
            s++;
    }
    return *s == '\0';
}
