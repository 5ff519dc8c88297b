#include "base/log_json.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

enum {
    SAFE_DIGITS = 15, /* below 2^53 in any case */
    END = 3,          /* quote, brace, line end */
};

struct out {
    char *text;
    size_t len, size; /* without room for END */
};

static void put(struct out *o, const char *text, size_t n)
{
    if (n > o->size - o->len)
        n = o->size - o->len;
    memcpy(o->text + o->len, text, n);
    o->len += n;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_number(const char *v, size_t n)
{
    bool minus = n && v[0] == '-';
    const char *digits = v + minus;
    size_t count = n - minus;
    if (count == 0 || count > SAFE_DIGITS || (digits[0] == '0' && count > 1) ||
        (minus && digits[0] == '0'))
        return false;
    for (size_t k = 0; k < count; k++)
        if (digits[k] < '0' || digits[k] > '9')
            return false;
    return true;
}

/* One member, or nothing when there is no room for its frame. False then. */
static bool member(struct out *o, const char *key, size_t key_len, const char *value, size_t n,
                   bool quoted)
{
    if (o->size - o->len < key_len + sizeof ",\"\":\"" + (quoted ? 0 : SAFE_DIGITS + 1))
        return false;
    put(o, ",\"", 2);
    put(o, key, key_len);
    put(o, "\":", 2);
    if (!quoted && is_number(value, n)) {
        put(o, value, n);
        return true;
    }
    put(o, "\"", 1);
    o->size--; /* for the quote that ends it */
    o->len += ft_json_escape(value, n, o->text + o->len, o->size - o->len);
    o->size++;
    put(o, "\"", 1);
    return true;
}

/* One key=value at `s`. Returns its length, 0: there is none. */
static size_t pair(struct out *o, const char *s, size_t len)
{
    size_t key = 0;
    while (key < len && is_name(s[key]))
        key++;
    if (key == 0 || key == len || s[key] != '=')
        return 0;
    size_t at = key + 1, end;
    bool quoted = at < len && s[at] == '"';
    if (quoted) {
        const char *q = memchr(s + at + 1, '"', len - at - 1);
        if (!q)
            return 0;
        end = (size_t)(q - s);
        if (end + 1 < len && s[end + 1] != ' ')
            return 0;
        return member(o, s, key, s + at + 1, end - at - 1, true) ? end + 1 : len;
    }
    for (end = at; end < len && s[end] != ' ';)
        end++;
    return member(o, s, key, s + at, end - at, false) ? end : len;
}

size_t ft_log_json(const char *time, const char *level, const char *body, size_t len, char *out,
                   size_t size)
{
    struct out o = {.text = out, .size = size - END};
    put(&o, "{\"time\":\"", 9);
    put(&o, time, strlen(time));
    put(&o, "\"", 1);
    member(&o, "level", 5, level, strlen(level), true);
    for (size_t at = 0; at < len;) {
        if (body[at] == ' ') {
            at++;
            continue;
        }
        size_t n = pair(&o, body + at, len - at);
        if (n == 0) {
            member(&o, "message", 7, body + at, len - at, true);
            break;
        }
        at += n;
    }
    o.size += END;
    put(&o, "}\n", 2);
    return o.len;
}
