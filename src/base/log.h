/* Structured log lines: `time level key=value ... "words"`.
 *
 * One sink (standard error unless set), one level, and files beside the sink if they are opened. Used by
 * programs and by the gateway; the deterministic parts (market, exchange, broker, sim) report by events
 * and never log.
 *
 * What a peer can bring about as often as it likes must not fill the disk: of each place in the code
 * that logs, at most a bound of lines a second is written, and how many were left out. The level debug
 * has no bound, since whoever sets it wants everything. */
#ifndef FT_BASE_LOG_H
#define FT_BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

enum { FT_LOG_LINES_PER_SECOND = 200 };
/* Lines a second of one place that logs; 0: no bound. FT_LOG_LINES_PER_SECOND unless set. */
void ft_log_set_bound(unsigned lines);
/* About once a second: tells what was left out, should nothing more come from its place. */
void ft_log_tick(void);
/* Tells all that was left out up to now: before the end, which no tick follows. */
void ft_log_tell_left_out(void);

/* Files of log lines in `dir` (log_file.h), beside the sink. */
struct ft_log_files {
    const char *dir;
    uint64_t max_bytes;
    unsigned keep;
    bool json; /* each line a JSON object (log_json.h) */
};
/* -1 with a reason: there are none then. */
int ft_log_open_files(const struct ft_log_files *files, struct ft_err *err);
/* Opens the file by its name again, as a program that moves it away wants (SIGHUP). */
void ft_log_reopen_files(void);
void ft_log_close_files(void);

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
