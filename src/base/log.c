#include "base/log.h"

#include "base/log_file.h"
#include "base/log_json.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

enum { LINE_MAX_BYTES = 2048 };

static enum ft_log_level threshold = FT_LOG_INFO;
static FILE *sink_stream;

static const char *const names[] = {"debug", "info", "warning", "error", "fatal", "no"};

int ft_log_level_parse(const char *name, enum ft_log_level *level)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *level = (enum ft_log_level)i;
            return 0;
        }
    return -1;
}

void ft_log_set_level(enum ft_log_level level)
{
    threshold = level;
}

void ft_log_set_sink(FILE *sink)
{
    sink_stream = sink;
}

bool ft_log_on(enum ft_log_level level)
{
    return level >= threshold && level < FT_LOG_NO;
}

const char *ft_log_words(const char *text, char *out, size_t size)
{
    size_t n = ft_utf8_prefix(text, strlen(text), size - 1);
    for (size_t i = 0; i < n; i++)
        out[i] = text[i] == '"' ? '\'' : text[i];
    out[n] = '\0';
    return out;
}

/* ---- The bound ---------------------------------------------------------------------------------- */

/* A place that logs, known by its format's address. */
struct place {
    const char *fmt;
    int64_t second;
    unsigned lines, left_out;
};
enum { PLACES = 256 }; /* more than there are; what finds no room has no bound */
static struct place places[PLACES];
static unsigned bound = FT_LOG_LINES_PER_SECOND;
static int64_t told_second; /* of the last ft_log_tick */

void ft_log_set_bound(unsigned lines)
{
    bound = lines;
}

static struct place *place_of(const char *fmt)
{
    size_t at = (size_t)((uintptr_t)fmt * UINT64_C(0x9E3779B97F4A7C15) >> 56);
    for (size_t k = 0; k < PLACES; k++) {
        struct place *p = &places[(at + k) % PLACES];
        if (p->fmt == fmt)
            return p;
        if (!p->fmt) {
            p->fmt = fmt;
            return p;
        }
    }
    return NULL;
}

/* ---- Writing ------------------------------------------------------------------------------------ */

static struct ft_log_file file = {.fd = -1};
static bool files_on, files_json;

static void emit(const struct timespec *now, enum ft_log_level level, const char *body, size_t len)
{
    struct tm tm;
    char stamp[48], line[LINE_MAX_BYTES + 128];
    gmtime_r(&now->tv_sec, &tm);
    size_t n = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(stamp + n, sizeof stamp - n, ".%06ldZ", now->tv_nsec / 1000);
    FILE *out = sink_stream ? sink_stream : stderr;
    n = (size_t)snprintf(line, sizeof line, "%s %s ", stamp, names[level]);
    memcpy(line + n, body, len);
    n += len;
    line[n++] = '\n';
    fwrite(line, 1, n, out);
    fflush(out);
    if (!files_on)
        return;
    if (files_json) {
        char json[2 * LINE_MAX_BYTES];
        n = ft_log_json(stamp, names[level], body, len, json, sizeof json);
        ft_log_file_write(&file, json, n, now->tv_sec);
    } else {
        ft_log_file_write(&file, line, n, now->tv_sec);
    }
}

/* "event=request" of "event=request conn=%llu ...". */
static void tell_left_out(const struct timespec *now, struct place *p)
{
    char like[128], body[256];
    size_t n = strcspn(p->fmt, "%");
    while (p->fmt[n] && n && p->fmt[n - 1] != ' ')
        n--;
    while (n && p->fmt[n - 1] == ' ')
        n--;
    snprintf(like, sizeof like, "%.*s", (int)(n < 100 ? n : 100), p->fmt);
    char words[128];
    int len = snprintf(body, sizeof body, "event=suppressed lines=%u like=\"%s\"", p->left_out,
                       ft_log_words(like, words, sizeof words));
    p->left_out = 0;
    emit(now, FT_LOG_WARNING, body, (size_t)len);
}

static bool within_bound(const struct timespec *now, const char *fmt)
{
    struct place *p = bound && threshold != FT_LOG_DEBUG ? place_of(fmt) : NULL;
    if (!p)
        return true;
    if (p->second != now->tv_sec) {
        if (p->left_out)
            tell_left_out(now, p);
        p->second = now->tv_sec;
        p->lines = 0;
    }
    if (p->lines < bound) {
        p->lines++;
        return true;
    }
    p->left_out++;
    return false;
}

void ft_log_tick(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec == told_second)
        return;
    told_second = now.tv_sec;
    for (size_t k = 0; k < PLACES; k++)
        if (places[k].left_out && places[k].second != now.tv_sec)
            tell_left_out(&now, &places[k]);
}

void ft_log_tell_left_out(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    for (size_t k = 0; k < PLACES; k++)
        if (places[k].left_out)
            tell_left_out(&now, &places[k]);
}

void ft_log_write(enum ft_log_level level, const char *fmt, ...)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!within_bound(&now, fmt))
        return;
    char body[LINE_MAX_BYTES];
    va_list ap;
    va_start(ap, fmt);
    int m = vsnprintf(body, sizeof body, fmt, ap);
    va_end(ap);
    size_t len = m < 0 ? 0 : (size_t)m < sizeof body ? (size_t)m : sizeof body - 1;
    for (size_t i = 0; i < len; i++) /* one event, one line, whatever a client put in a name */
        if ((unsigned char)body[i] < 0x20 || body[i] == 0x7f)
            body[i] = '?';
    emit(&now, level, body, len);
}

/* ---- Files -------------------------------------------------------------------------------------- */

int ft_log_open_files(const struct ft_log_files *files, struct ft_err *err)
{
    ft_log_close_files();
    if (ft_log_file_open(&file, files->dir, files->max_bytes, files->keep, time(NULL), err))
        return -1;
    files_on = true;
    files_json = files->json;
    return 0;
}

void ft_log_reopen_files(void)
{
    if (files_on)
        ft_log_file_reopen(&file, time(NULL));
}

void ft_log_close_files(void)
{
    if (files_on)
        ft_log_file_close(&file);
    files_on = false;
}
