/* TZif (RFC 9636): versions 1 to 4. Version 2 and later carry the 64-bit block and the POSIX
 * footer, which says what holds after the last transition; a version 1 file keeps its last offset.
 * Leap seconds are refused: inside, time is POSIX time. */
#include "base/tz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 256 * 1024, TYPES_MAX = 256, TRANSITIONS_MAX = 4096, HEADER = 44 };

/* When a footer's rule changes the offset: Jn, n or Mm.w.d, and the local second of that day. */
struct rule_date {
    char kind; /* 'J', 'N' (zero-based day), 'M' */
    int day, week, month;
    int32_t second;
};

struct footer {
    bool there, dst;
    int32_t std_offset, dst_offset; /* east of UTC */
    struct rule_date start, end;
};

struct ft_tz {
    int64_t *at;     /* transitions, ascending */
    int32_t *offset; /* offset[i] holds from at[i] */
    int count;
    int32_t first; /* before the first transition */
    struct footer footer;
};

void ft_tz_free(struct ft_tz *tz)
{
    if (!tz)
        return;
    free(tz->at);
    free(tz->offset);
    free(tz);
}

/* ---- Footer ------------------------------------------------------------------------------- */

struct cursor {
    const char *s, *end;
};

static bool eat(struct cursor *c, char ch)
{
    if (c->s == c->end || *c->s != ch)
        return false;
    c->s++;
    return true;
}

static bool number(struct cursor *c, int max, int *out)
{
    int v = 0;
    const char *begin = c->s;
    while (c->s < c->end && *c->s >= '0' && *c->s <= '9') {
        v = v * 10 + (*c->s++ - '0');
        if (v > max)
            return false;
    }
    *out = v;
    return c->s > begin;
}

static bool name(struct cursor *c)
{
    const char *begin = c->s;
    if (eat(c, '<')) {
        while (c->s < c->end && *c->s != '>')
            c->s++;
        return eat(c, '>');
    }
    while (c->s < c->end && ((*c->s >= 'A' && *c->s <= 'Z') || (*c->s >= 'a' && *c->s <= 'z')))
        c->s++;
    return c->s - begin >= 3;
}

/* [+-]hh[:mm[:ss]], hours up to 167 (RFC 9636, 3.3.1). */
static bool clock_time(struct cursor *c, int32_t *out)
{
    bool minus = eat(c, '-');
    if (!minus)
        eat(c, '+');
    int h, m = 0, s = 0;
    if (!number(c, 167, &h))
        return false;
    if (eat(c, ':') && (!number(c, 59, &m) || (eat(c, ':') && !number(c, 59, &s))))
        return false;
    int32_t v = h * 3600 + m * 60 + s;
    *out = minus ? -v : v;
    return true;
}

static bool date_rule(struct cursor *c, struct rule_date *r)
{
    if (!eat(c, ','))
        return false;
    r->second = 2 * 3600;
    if (eat(c, 'M')) {
        r->kind = 'M';
        if (!number(c, 12, &r->month) || r->month < 1 || !eat(c, '.') || !number(c, 5, &r->week) ||
            r->week < 1 || !eat(c, '.') || !number(c, 6, &r->day))
            return false;
    } else {
        r->kind = eat(c, 'J') ? 'J' : 'N';
        if (!number(c, 365, &r->day) || (r->kind == 'J' && r->day < 1))
            return false;
    }
    return !eat(c, '/') || clock_time(c, &r->second);
}

static bool parse_footer(const char *s, size_t len, struct footer *f)
{
    struct cursor c = {s, s + len};
    if (len == 0)
        return true;
    int32_t west;
    if (!name(&c) || !clock_time(&c, &west))
        return false;
    f->there = true;
    f->std_offset = -west;
    if (c.s == c.end)
        return true;
    f->dst = true;
    f->dst_offset = f->std_offset + 3600;
    if (!name(&c))
        return false;
    if (c.s < c.end && *c.s != ',') {
        if (!clock_time(&c, &west))
            return false;
        f->dst_offset = -west;
    }
    return date_rule(&c, &f->start) && date_rule(&c, &f->end) && c.s == c.end;
}

/* UTC second of a rule in a year; `before` is the offset that holds until then. */
static int64_t rule_moment(const struct rule_date *r, int year, int32_t before)
{
    ft_day day;
    if (r->kind == 'M') {
        ft_day first = ft_day_of(year, r->month, 1);
        day = first + (r->day - ft_weekday(first) + 7) % 7 + (r->week - 1) * 7;
        if (day >= first + ft_days_in_month(year, r->month))
            day -= 7;
    } else {
        day = ft_day_of(year, 1, 1) + r->day;
        if (r->kind == 'J') /* counts without 29 February */
            day += ft_days_in_month(year, 2) == 29 && r->day >= 60 ? 0 : -1;
    }
    return (int64_t)day * FT_SEC_PER_DAY + r->second - before;
}

static int32_t footer_offset(const struct footer *f, int64_t utc_s)
{
    if (!f->dst)
        return f->std_offset;
    int64_t local = utc_s + f->std_offset;
    int64_t day = local / FT_SEC_PER_DAY - (local % FT_SEC_PER_DAY < 0);
    if (day > INT32_MAX / 2 || day < INT32_MIN / 2)
        return f->std_offset;
    int year = ft_date_of((ft_day)day).year;
    int64_t start = rule_moment(&f->start, year, f->std_offset);
    int64_t end = rule_moment(&f->end, year, f->dst_offset);
    bool dst = start < end ? utc_s >= start && utc_s < end : utc_s >= start || utc_s < end;
    return dst ? f->dst_offset : f->std_offset;
}

/* ---- File --------------------------------------------------------------------------------- */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct block {
    uint32_t isut, isstd, leap, time, type, chars;
    size_t size; /* of the data behind the header */
};

/* The block's header at `p`; `word` is its time size. false when it does not fit into `len`. */
static bool block_of(const uint8_t *p, size_t len, size_t word, struct block *b)
{
    if (len < HEADER || memcmp(p, "TZif", 4) != 0)
        return false;
    b->isut = be32(p + 20);
    b->isstd = be32(p + 24);
    b->leap = be32(p + 28);
    b->time = be32(p + 32);
    b->type = be32(p + 36);
    b->chars = be32(p + 40);
    if (b->time > TRANSITIONS_MAX || b->type < 1 || b->type > TYPES_MAX || b->leap > 256 ||
        b->chars > 4096 || b->isut > TYPES_MAX || b->isstd > TYPES_MAX)
        return false;
    b->size =
        b->time * (word + 1) + b->type * 6 + b->chars + b->leap * (word + 4) + b->isstd + b->isut;
    return len - HEADER >= b->size;
}

static int bad(struct ft_err *err, const char *what)
{
    return ft_err_set(err, FT_ECORRUPT, "bad TZif data: %s", what);
}

static int read_block(struct ft_tz *tz, const uint8_t *data, const struct block *b, size_t word,
                      struct ft_err *err)
{
    const uint8_t *times = data, *indices = data + b->time * word, *types = indices + b->time;
    if (b->leap)
        return bad(err, "leap seconds are not supported");
    for (uint32_t i = 0; i < b->type; i++) {
        int32_t offset = (int32_t)be32(types + i * 6);
        if (offset < -26 * 3600 || offset > 26 * 3600)
            return bad(err, "an offset from UTC is out of range");
    }
    tz->at = malloc((b->time + 1) * sizeof *tz->at);
    tz->offset = malloc((b->time + 1) * sizeof *tz->offset);
    if (!tz->at || !tz->offset)
        return ft_err_set(err, FT_ENOMEM, "no memory for a time zone");
    tz->first = (int32_t)be32(types);
    for (uint32_t i = 0; i < b->time; i++) {
        int64_t at = word == 8 ? be64(times + i * 8) : (int32_t)be32(times + i * 4);
        if (i > 0 && at <= tz->at[i - 1])
            return bad(err, "transitions are not ascending");
        if (indices[i] >= b->type)
            return bad(err, "a transition names no type");
        tz->at[i] = at;
        tz->offset[i] = (int32_t)be32(types + indices[i] * 6);
        tz->count = (int)i + 1;
    }
    return 0;
}

static int parse(struct ft_tz *tz, const uint8_t *p, size_t len, struct ft_err *err)
{
    struct block b;
    if (!block_of(p, len, 4, &b))
        return bad(err, "no valid header");
    if (p[4] < '2')
        return read_block(tz, p + HEADER, &b, 4, err);
    p += HEADER + b.size;
    len -= HEADER + b.size;
    if (!block_of(p, len, 8, &b))
        return bad(err, "no valid 64-bit header");
    if (read_block(tz, p + HEADER, &b, 8, err) != 0)
        return -1;
    p += HEADER + b.size;
    len -= HEADER + b.size;
    const uint8_t *nl = len > 1 && p[0] == '\n' ? memchr(p + 1, '\n', len - 1) : NULL;
    if (!nl)
        return bad(err, "no footer");
    if (!parse_footer((const char *)p + 1, (size_t)(nl - p - 1), &tz->footer))
        return bad(err, "the footer is not a POSIX TZ rule");
    return 0;
}

struct ft_tz *ft_tz_parse(const void *tzif, size_t len, struct ft_err *err)
{
    struct ft_tz *tz = calloc(1, sizeof *tz);
    if (!tz) {
        ft_err_set(err, FT_ENOMEM, "no memory for a time zone");
        return NULL;
    }
    if (parse(tz, tzif, len, err) != 0) {
        ft_tz_free(tz);
        return NULL;
    }
    return tz;
}

struct ft_tz *ft_tz_load(const char *zone, struct ft_err *err)
{
    /* Names come from data files; none may leave the database's folder. */
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";
    if (zone[0] == '\0' || zone[0] == '/' || zone[strspn(zone, allowed)] != '\0' ||
        strlen(zone) > 64) {
        ft_err_set(err, FT_EINVAL, "'%.64s' is no name of a time zone", zone);
        return NULL;
    }
    char path[128];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    FILE *f = fopen(path, "rbe");
    if (!f) {
        ft_err_set(err, FT_EIO, "cannot open %s: %s (is the package tzdata installed?)", path,
                   strerror(errno));
        return NULL;
    }
    struct ft_tz *tz = NULL;
    uint8_t *bytes = malloc(FILE_MAX);
    if (!bytes) {
        ft_err_set(err, FT_ENOMEM, "no memory for %s", path);
    } else {
        size_t n = fread(bytes, 1, FILE_MAX, f);
        if (ferror(f)) {
            ft_err_set(err, FT_EIO, "cannot read it: %s", strerror(errno));
        } else {
            tz = ft_tz_parse(bytes, n, err);
        }
        if (!tz)
            ft_err_wrap(err, "%s", path);
    }
    free(bytes);
    fclose(f);
    return tz;
}

/* ---- Lookups ------------------------------------------------------------------------------ */

int32_t ft_tz_offset(const struct ft_tz *tz, int64_t utc_s)
{
    if (tz->count == 0 || utc_s < tz->at[0])
        return tz->count == 0 && tz->footer.there ? footer_offset(&tz->footer, utc_s) : tz->first;
    if (utc_s >= tz->at[tz->count - 1])
        return tz->footer.there ? footer_offset(&tz->footer, utc_s) : tz->offset[tz->count - 1];
    int low = 0, high = tz->count - 1; /* at[low] <= utc_s < at[high] */
    while (high - low > 1) {
        int mid = low + (high - low) / 2;
        if (tz->at[mid] <= utc_s)
            low = mid;
        else
            high = mid;
    }
    return tz->offset[low];
}

int64_t ft_tz_to_utc(const struct ft_tz *tz, ft_day day, int32_t second)
{
    int64_t local = (int64_t)day * FT_SEC_PER_DAY + second;
    /* Offsets change by at most a few hours and rarely, so the ones that hold a day before and a
     * day after are the only candidates. */
    int32_t before = ft_tz_offset(tz, local - FT_SEC_PER_DAY);
    int32_t after = ft_tz_offset(tz, local + FT_SEC_PER_DAY);
    if (ft_tz_offset(tz, local - before) == before)
        return local - before;
    if (ft_tz_offset(tz, local - after) == after)
        return local - after;
    /* A gap: the transition lies between the two readings of the local time. */
    int64_t low = local - (before > after ? before : after);
    int64_t high = local - (before > after ? after : before);
    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2;
        if (ft_tz_offset(tz, mid) == before)
            low = mid;
        else
            high = mid;
    }
    return high;
}

void ft_tz_to_local(const struct ft_tz *tz, int64_t utc_s, ft_day *day, int32_t *second)
{
    int64_t local = utc_s + ft_tz_offset(tz, utc_s);
    int64_t d = local / FT_SEC_PER_DAY - (local % FT_SEC_PER_DAY < 0);
    *day = (ft_day)d;
    *second = (int32_t)(local - d * FT_SEC_PER_DAY);
}

/* A decimal of one or two digits; *at moves past it. -1: there is none. */
static int two_digits(const char **at)
{
    int v = -1;
    for (int k = 0; k < 2 && **at >= '0' && **at <= '9'; k++, (*at)++)
        v = (v < 0 ? 0 : v * 10) + (**at - '0');
    return v;
}

int ft_utc_offset_parse(const char *name, int32_t *seconds)
{
    if (strncmp(name, "UTC", 3) != 0)
        return -1;
    if (!name[3]) {
        *seconds = 0;
        return 0;
    }
    const char *at = name + 4;
    bool good = name[3] == '+' || name[3] == '-';
    int hours = good ? two_digits(&at) : -1, minutes = 0;
    if (hours >= 0 && *at == ':') {
        const char *from = ++at;
        minutes = two_digits(&at);
        good = at == from + 2 && minutes < 60;
    }
    if (!good || hours < 0 || *at || hours * 60 + minutes > 14 * 60)
        return -1;
    *seconds = (name[3] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return 0;
}
