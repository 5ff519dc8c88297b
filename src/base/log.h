/* Structured log lines: `time level key=value ... "words"`.
 *
 * One sink (standard error unless set), one level. Used by programs and by the gateway; the
 * deterministic parts (market, exchange, broker, sim) report by events and never log. */
#ifndef FT_BASE_LOG_H
#define FT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum ft_log_level {
    FT_LOG_DEBUG,
    FT_LOG_INFO,
    FT_LOG_WARNING,
    FT_LOG_ERROR,
    FT_LOG_FATAL,
    FT_LOG_NO, /* above every message: nothing is written */
};

/* Spelling of the OpenD configuration: no, debug, info, warning, error, fatal. -1 if unknown. */
int ft_log_level_parse(const char *name, enum ft_log_level *level);

void ft_log_set_level(enum ft_log_level level);
/* The caller keeps the stream open while logging goes on. */
void ft_log_set_sink(FILE *sink);
bool ft_log_on(enum ft_log_level level);

/* A line of `fmt`, which already has the key=value form; control characters are escaped. */
void ft_log_write(enum ft_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* `text` for use between quotes in a line: its own double quotes become single ones, so that no
 * client can end the value and begin a field of its own. Cut to fit `out`; returns `out`. */
const char *ft_log_words(const char *text, char *out, size_t size);

#define ft_log(level, ...) (ft_log_on(level) ? ft_log_write(level, __VA_ARGS__) : (void)0)
#define ft_debug(...) ft_log(FT_LOG_DEBUG, __VA_ARGS__)
#define ft_info(...) ft_log(FT_LOG_INFO, __VA_ARGS__)
#define ft_warn(...) ft_log(FT_LOG_WARNING, __VA_ARGS__)
#define ft_error(...) ft_log(FT_LOG_ERROR, __VA_ARGS__)

#endif
