#include "base/log.h"

#include "base/err.h"

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

void ft_log_write(enum ft_log_level level, const char *fmt, ...)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm tm;
    gmtime_r(&now.tv_sec, &tm);
    char line[LINE_MAX_BYTES];
    size_t n = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t)snprintf(line + n, sizeof line - n, ".%06ldZ %s ", now.tv_nsec / 1000,
                          names[level]);
    va_list ap;
    va_start(ap, fmt);
    int m = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
    va_end(ap);
    size_t end = m < 0 ? n : n + (size_t)m;
    if (end > sizeof line - 2)
        end = sizeof line - 2;
    for (size_t i = n; i < end; i++) /* one event, one line, whatever a client put in a name */
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[end] = '\n';
    FILE *out = sink_stream ? sink_stream : stderr;
    fwrite(line, 1, end + 1, out);
    fflush(out);
}
