#include "wire/json_text.h"

#include "wire/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTE_FROM_DIGITS = 19 }; /* INT64_MAX has 19 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool in_number(char c)
{
    return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* End of the string that starts at s[at] with its quote; `len` when it does not end. */
static size_t skip_string(const char *s, size_t len, size_t at)
{
    for (at++; at < len; at++) {
        if (s[at] == '\\')
            at++;
        else if (s[at] == '"')
            return at + 1;
    }
    return len;
}

/* End of the run of number characters at s[at]; tells whether it is a long whole number. Leading
 * zeros are not JSON and stay unquoted for the parser to refuse. */
static size_t skip_number(const char *s, size_t len, size_t at, bool *quote)
{
    size_t from = at;
    while (at < len && in_number(s[at]))
        at++;
    size_t digits = from + (s[from] == '-' ? 1 : 0);
    *quote = at - digits >= QUOTE_FROM_DIGITS && s[digits] != '0';
    for (size_t i = digits; *quote && i < at; i++)
        *quote = is_digit(s[i]);
    return at;
}

static char *quote_long_numbers(const char *s, size_t len, size_t count, struct ft_arena *arena,
                                struct ft_err *err)
{
    char *out = ft_arena_alloc(arena, len + 2 * count);
    if (!out) {
        ft_err_set(err, FT_ENOMEM,
                   "a text of %zu bytes needs more than the %zu bytes of memory that decoding may "
                   "use", len, arena->limit);
        return NULL;
    }
    size_t to = 0;
    for (size_t at = 0; at < len;) {
        bool quote = false;
        size_t next = at + 1;
        if (s[at] == '"')
            next = skip_string(s, len, at);
        else if (in_number(s[at]))
            next = skip_number(s, len, at, &quote);
        if (quote)
            out[to++] = '"';
        memcpy(out + to, s + at, next - at);
        to += next - at;
        if (quote)
            out[to++] = '"';
        at = next;
    }
    return out;
}

int ft_json_scan(const char **text, size_t *len, struct ft_arena *arena, struct ft_err *err)
{
    const char *s = *text;
    size_t depth = 0, containers = 0, values = 1, to_quote = 0;
    for (size_t at = 0; at < *len;) {
        bool quote = false;
        char c = s[at];
        if (c == '"') {
            at = skip_string(s, *len, at);
            continue;
        }
        if (in_number(c)) {
            at = skip_number(s, *len, at, &quote);
            to_quote += quote;
            continue;
        }
        at++;
        if (c == '{' || c == '[') {
            containers++;
            values++;
            if (++depth > FT_JSON_DEPTH_MAX)
                return ft_err_set(err, FT_ELIMIT, "JSON is nested deeper than %d levels",
                                  FT_JSON_DEPTH_MAX);
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        } else if (c == ',') {
            values++;
        }
        if (containers > FT_JSON_CONTAINERS_MAX)
            return ft_err_set(err, FT_ELIMIT, "more than %d objects and lists in one JSON text",
                              FT_JSON_CONTAINERS_MAX);
        if (values > FT_JSON_VALUES_MAX)
            return ft_err_set(err, FT_ELIMIT, "more than %d values in one JSON text",
                              FT_JSON_VALUES_MAX);
    }
    if (to_quote == 0)
        return 0;
    char *copy = quote_long_numbers(s, *len, to_quote, arena, err);
    if (!copy)
        return -1;
    *text = copy;
    *len += 2 * to_quote;
    return 0;
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
