/* JSON's grammar (RFC 8259), checked once over the whole text; what reads it afterwards can trust
 * it and needs no tree. */
#include "wire/json_text.h"

#include "base/text.h"
#include "wire/json.h"

#include <string.h>

struct scan {
    const char *text;
    size_t at, len;
    size_t containers, values;
    struct ft_err *err;
};

static int not_json(struct scan *s, const char *what)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < s->at; i++) {
        column = s->text[i] == '\n' ? 1 : column + 1;
        line += s->text[i] == '\n';
    }
    return ft_err_set(s->err, FT_ECORRUPT, "not JSON: line %zu, column %zu: %s", line, column,
                      what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next byte behind white space, 0 at the end; a NUL in the text is an end that nobody wants. */
static char peek(struct scan *s)
{
    while (s->at < s->len && is_space(s->text[s->at]))
        s->at++;
    return s->at < s->len ? s->text[s->at] : '\0';
}

/* Four hex digits, or -1. */
static int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

/* Behind a backslash. */
static int escape(struct scan *s)
{
    size_t left = s->len - s->at;
    const char *p = s->text + s->at;
    if (left == 0 || *p == '\0' || !strchr("\"\\/bfnrtu", *p))
        return not_json(s, "an escape that JSON does not have");
    if (*p != 'u') {
        s->at++;
        return 0;
    }
    int unit = left < 5 ? -1 : hex4(p + 1);
    if (unit < 0)
        return not_json(s, "\\u needs four hex digits");
    if (unit == 0)
        return not_json(s, "\\u0000 is not allowed"); /* C strings would end there */
    s->at += 5;
    if (unit < 0xd800 || unit > 0xdfff)
        return 0;
    int low = unit > 0xdbff || left < 11 || p[5] != '\\' || p[6] != 'u' ? -1 : hex4(p + 7);
    if (low < 0xdc00 || low > 0xdfff)
        return not_json(s, "half of a surrogate pair");
    s->at += 6;
    return 0;
}

static int string(struct scan *s)
{
    for (s->at++; s->at < s->len;) {
        unsigned char c = (unsigned char)s->text[s->at];
        if (c == '"') {
            s->at++;
            return 0;
        }
        if (c == '\\') {
            s->at++;
            if (escape(s))
                return -1;
            continue;
        }
        if (c < 0x20)
            return not_json(s, "a control character in a string");
        size_t n = ft_utf8_char((const unsigned char *)s->text + s->at, s->len - s->at);
        if (n == 0)
            return not_json(s, "a byte that is not UTF-8");
        s->at += n;
    }
    return not_json(s, "a string without its end");
}

static size_t digits(struct scan *s)
{
    size_t from = s->at;
    while (s->at < s->len && s->text[s->at] >= '0' && s->text[s->at] <= '9')
        s->at++;
    return s->at - from;
}

static bool take(struct scan *s, char c)
{
    if (s->at >= s->len || s->text[s->at] != c)
        return false;
    s->at++;
    return true;
}

static int number(struct scan *s)
{
    take(s, '-');
    bool zero = s->at < s->len && s->text[s->at] == '0';
    size_t n = digits(s);
    if (n == 0 || (zero && n > 1))
        return not_json(s, "a number that JSON does not have");
    if (take(s, '.') && digits(s) == 0)
        return not_json(s, "a number without digits behind its point");
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            take(s, '-');
        if (digits(s) == 0)
            return not_json(s, "a number without digits in its exponent");
    }
    return 0;
}

static int word(struct scan *s, const char *name)
{
    size_t n = strlen(name);
    if (s->len - s->at < n || memcmp(s->text + s->at, name, n) != 0)
        return not_json(s, "a value was expected");
    s->at += n;
    return 0;
}

static int value(struct scan *s, size_t depth);

/* An object's or a list's members; `s->at` is behind the opening bracket. */
static int members(struct scan *s, char close, size_t depth)
{
    if (peek(s) == close) {
        s->at++;
        return 0;
    }
    for (;;) {
        if (close == '}') {
            if (peek(s) != '"')
                return not_json(s, "a name in quotes was expected");
            if (string(s))
                return -1;
            if (peek(s) != ':')
                return not_json(s, "':' was expected");
            s->at++;
        }
        if (value(s, depth))
            return -1;
        char c = peek(s);
        if (c != ',' && c != close)
            return not_json(s, close == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
        s->at++;
        if (c == close)
            return 0;
    }
}

static int container(struct scan *s, char close, size_t depth)
{
    if (depth >= FT_JSON_DEPTH_MAX)
        return ft_err_set(s->err, FT_ELIMIT, "JSON is nested deeper than %d levels",
                          FT_JSON_DEPTH_MAX);
    if (++s->containers > FT_JSON_CONTAINERS_MAX)
        return ft_err_set(s->err, FT_ELIMIT, "more than %d objects and lists in one JSON text",
                          FT_JSON_CONTAINERS_MAX);
    s->at++;
    return members(s, close, depth + 1);
}

static int value(struct scan *s, size_t depth)
{
    if (++s->values > FT_JSON_VALUES_MAX)
        return ft_err_set(s->err, FT_ELIMIT, "more than %d values in one JSON text",
                          FT_JSON_VALUES_MAX);
    char c = peek(s);
    switch (c) {
    case '{': return container(s, '}', depth);
    case '[': return container(s, ']', depth);
    case '"': return string(s);
    case 't': return word(s, "true");
    case 'f': return word(s, "false");
    case 'n': return word(s, "null");
    default: break;
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return number(s);
    return not_json(s, "a value was expected");
}

int ft_json_check(const char *text, size_t len, struct ft_err *err)
{
    struct scan s = {.text = text, .len = len, .err = err};
    if (value(&s, 0))
        return -1;
    peek(&s);
    return s.at == len ? 0 : not_json(&s, "something behind the end");
}

/* ---- Walking a text that was checked -------------------------------------------------------- */

const char *ft_json_space(const char *p)
{
    while (is_space(*p))
        p++;
    return p;
}

static const char *skip_string(const char *p)
{
    for (p++; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

const char *ft_json_skip(const char *p)
{
    size_t depth = 0;
    do {
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        if (*p == '{' || *p == '[')
            depth++;
        else if (*p == '}' || *p == ']')
            depth--;
        else if (depth == 0) /* a number or a word ends where something else begins */
            return p + strcspn(p, ",]} \t\r\n");
        p++;
    } while (depth > 0);
    return p;
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | c >> (6 * more));
    while (more-- > 0)
        *to++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
    return to;
}

size_t ft_json_string(const char *p, char *out)
{
    char *to = out;
    for (p++; *p != '"'; p++) {
        if (*p != '\\') {
            *to++ = *p;
            continue;
        }
        static const char from[] = "bfnrt", become[] = "\b\f\n\r\t";
        const char *known = strchr(from, *++p);
        if (known) {
            *to++ = become[known - from];
        } else if (*p != 'u') {
            *to++ = *p;
        } else {
            unsigned c = (unsigned)hex4(p + 1);
            p += 4;
            if (c >= 0xd800 && c <= 0xdbff) {
                c = 0x10000 + ((c - 0xd800) << 10) + ((unsigned)hex4(p + 3) - 0xdc00);
                p += 6;
            }
            to = put_utf8(to, c);
        }
    }
    *to = '\0';
    return (size_t)(to - out);
}
