#include "base/csv.h"

#include "base/check.h"
#include "base/fixed.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *column_name(const struct ft_csv *c, int column)
{
    const char *name = c->names[column];
    return name[0] == '?' ? name + 1 : name;
}

int ft_csv_fault(const struct ft_csv *c, int column, struct ft_err *err, const char *fmt, ...)
{
    char what[FT_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (column < 0)
        return ft_err_set(err, FT_ECORRUPT, "%s:%d: %s", c->file, c->line, what);
    return ft_err_set(err, FT_ECORRUPT, "%s:%d: %s: %s", c->file, c->line, column_name(c, column),
                      what);
}

/* Length of the valid UTF-8 sequence at s, 0 when there is none (Unicode 15, table 3-7). */
static size_t utf8_char(const unsigned char *s, size_t len)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || len < n)
        return 0;
    unsigned char low = 0x80, high = 0xBF;
    if (s[0] == 0xE0)
        low = 0xA0;
    else if (s[0] == 0xED)
        high = 0x9F;
    else if (s[0] == 0xF0)
        low = 0x90;
    else if (s[0] == 0xF4)
        high = 0x8F;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

static bool is_text(const char *s, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_char((const unsigned char *)s + i, len - i);
        if (n == 0 || ((unsigned char)s[i] < 0x20 && s[i] != '\t'))
            return false;
    }
    return true;
}

/* Takes the next line that is neither empty nor a comment: 1, 0 at the end, -1 on a fault. */
static int next_line(struct ft_csv *c, const char **line, size_t *len, struct ft_err *err)
{
    while (c->rest_len > 0) {
        const char *s = c->rest;
        const char *nl = memchr(s, '\n', c->rest_len);
        size_t n = nl ? (size_t)(nl - s) : c->rest_len;
        size_t taken = nl ? n + 1 : n;
        c->rest += taken;
        c->rest_len -= taken;
        c->line++;
        if (n > 0 && s[n - 1] == '\r')
            n--;
        if (n == 0 || s[0] == '#')
            continue;
        if (n > FT_CSV_LINE_MAX)
            return ft_csv_fault(c, -1, err, "line of %zu bytes, at most %d are allowed", n,
                                FT_CSV_LINE_MAX);
        if (!is_text(s, n))
            return ft_csv_fault(c, -1, err, "not UTF-8 text");
        *line = s;
        *len = n;
        return 1;
    }
    return 0;
}

/* Splits a line into c->row and c->field. Returns the number of fields, -1 on a fault. */
static int split(struct ft_csv *c, const char *s, size_t len, struct ft_err *err)
{
    const char *end = s + len;
    char *out = c->row;
    int n = 0;
    for (;;) {
        if (n == FT_CSV_COLUMNS_MAX)
            return ft_csv_fault(c, -1, err, "more than %d fields", FT_CSV_COLUMNS_MAX);
        c->field[n++] = out;
        if (s < end && *s == '"') {
            for (s++;; s++) {
                if (s == end)
                    return ft_csv_fault(c, -1, err, "quote of field %d is not closed", n);
                if (*s == '"' && (s + 1 == end || s[1] != '"'))
                    break;
                if (*s == '"')
                    s++;
                *out++ = *s;
            }
            s++;
            if (s < end && *s != ',')
                return ft_csv_fault(c, -1, err, "field %d goes on after its closing quote", n);
        } else {
            while (s < end && *s != ',')
                *out++ = *s++;
        }
        *out++ = '\0';
        if (s == end)
            return n;
        s++;
    }
}

static int match_header(struct ft_csv *c, bool strict, struct ft_err *err)
{
    bool used[FT_CSV_COLUMNS_MAX] = {false};
    for (int i = 0; i < c->wanted; i++) {
        c->at[i] = -1;
        for (int f = 0; f < c->width; f++) {
            if (strcmp(c->field[f], column_name(c, i)) != 0)
                continue;
            if (c->at[i] >= 0)
                return ft_csv_fault(c, i, err, "column is there twice");
            c->at[i] = (int8_t)f;
            used[f] = true;
        }
        if (c->at[i] < 0 && c->names[i][0] != '?')
            return ft_csv_fault(c, i, err, "column is missing in the header");
    }
    for (int f = 0; strict && f < c->width; f++)
        if (!used[f])
            return ft_csv_fault(c, -1, err, "unknown column '%.40s'", c->field[f]);
    return 0;
}

int ft_csv_open(struct ft_csv *c, const char *file, const char *text, size_t len,
                const char *const *columns, bool strict, struct ft_err *err)
{
    c->file = file;
    c->rest = text;
    c->rest_len = len;
    c->line = 0;
    c->names = columns;
    c->wanted = 0;
    while (columns[c->wanted])
        c->wanted++;
    FT_CHECK(c->wanted <= FT_CSV_COLUMNS_MAX);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        c->rest += 3;
        c->rest_len -= 3;
    }
    const char *line;
    size_t n;
    int got = next_line(c, &line, &n, err);
    if (got < 0)
        return -1;
    if (got == 0) {
        c->line = c->line ? c->line : 1;
        return ft_csv_fault(c, -1, err, "there is no header line");
    }
    c->width = split(c, line, n, err);
    return c->width < 0 ? -1 : match_header(c, strict, err);
}

int ft_csv_next(struct ft_csv *c, struct ft_err *err)
{
    const char *line = NULL;
    size_t n = 0;
    int got = next_line(c, &line, &n, err);
    if (got <= 0)
        return got;
    int fields = split(c, line, n, err);
    if (fields < 0)
        return -1;
    if (fields != c->width)
        return ft_csv_fault(c, -1, err, "%d fields, the header has %d", fields, c->width);
    return 1;
}

const char *ft_csv_text(const struct ft_csv *c, int column)
{
    FT_CHECK(column >= 0 && column < c->wanted);
    return c->at[column] < 0 ? "" : c->field[c->at[column]];
}

int ft_csv_int(const struct ft_csv *c, int column, int64_t min, int64_t max, int64_t *out,
               struct ft_err *err)
{
    const char *text = ft_csv_text(c, column);
    int64_t v;
    if (ft_fixed_parse(text, strlen(text), 0, "", &v, NULL) != 0)
        return ft_csv_fault(c, column, err, "'%.40s' is not a whole number", text);
    if (v < min || v > max)
        return ft_csv_fault(c, column, err, "%lld is not within %lld to %lld", (long long)v,
                            (long long)min, (long long)max);
    *out = v;
    return 0;
}

int ft_csv_fixed(const struct ft_csv *c, int column, int decimals, int64_t *out, struct ft_err *err)
{
    const char *text = ft_csv_text(c, column);
    if (ft_fixed_parse(text, strlen(text), decimals, "", out, NULL) != 0)
        return ft_csv_fault(c, column, err, "'%.40s' is not a number with at most %d decimals",
                            text, decimals);
    return 0;
}

int ft_csv_day(const struct ft_csv *c, int column, ft_day *out, struct ft_err *err)
{
    const char *text = ft_csv_text(c, column);
    if (ft_day_parse(text, strlen(text), "", out, NULL) != 0)
        return ft_csv_fault(c, column, err, "bad date '%.40s', wanted yyyy-MM-dd", text);
    return 0;
}

int ft_csv_day_or(const struct ft_csv *c, int column, ft_day absent, ft_day *out,
                  struct ft_err *err)
{
    if (ft_csv_text(c, column)[0] != '\0')
        return ft_csv_day(c, column, out, err);
    *out = absent;
    return 0;
}

int ft_csv_minute(const struct ft_csv *c, int column, int32_t *out, struct ft_err *err)
{
    const char *s = ft_csv_text(c, column);
    static const char form[] = "00:00";
    for (int i = 0; i < 6; i++)
        if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
            return ft_csv_fault(c, column, err, "bad time '%.40s', wanted HH:MM", s);
    int h = (s[0] - '0') * 10 + s[1] - '0', m = (s[3] - '0') * 10 + s[4] - '0';
    if (h > 23 || m > 59)
        return ft_csv_fault(c, column, err, "there is no time '%s'", s);
    *out = h * 60 + m;
    return 0;
}

int ft_csv_word(const struct ft_csv *c, int column, const char *const *words, int *out,
                struct ft_err *err)
{
    const char *text = ft_csv_text(c, column);
    char allowed[256];
    size_t used = 0;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return 0;
        }
        int n = snprintf(allowed + used, sizeof allowed - used, "%s%s", i ? ", " : "", words[i]);
        used = used + (size_t)n < sizeof allowed ? used + (size_t)n : sizeof allowed - 1;
    }
    return ft_csv_fault(c, column, err, "unknown word '%.40s', allowed: %s", text, allowed);
}

ft_day ft_csv_as_of(const char *text, size_t len)
{
    static const char mark[] = "# as of: ";
    while (len > 0 && (text[0] == '#' || text[0] == '\n' || text[0] == '\r')) {
        const char *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;
        ft_day day;
        if (n >= sizeof mark - 1 + 10 && memcmp(text, mark, sizeof mark - 1) == 0 &&
            ft_day_parse(text + sizeof mark - 1, 10, "as of", &day, NULL) == 0)
            return day;
        size_t taken = nl ? n + 1 : n;
        text += taken;
        len -= taken;
    }
    return FT_NO_DAY;
}
