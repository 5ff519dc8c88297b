/* A file that log lines are appended to: a new one a day and past a size, so many kept, for its owner
 * only. Time is handed in.
 *
 * `opend_yyyy_MM_dd.log` (UTC) takes the lines; when it is full it becomes `opend_yyyy_MM_dd.0001.log`
 * and so on. A disk that takes nothing costs the lines of that time and nothing else. */
#ifndef FT_BASE_LOG_FILE_H
#define FT_BASE_LOG_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_LOG_DIR_MAX = 1024 };

struct ft_log_file {
    char dir[FT_LOG_DIR_MAX];
    uint64_t max_bytes; /* of one file */
    unsigned keep;      /* full files that stay beside the one that is written */
    int fd;             /* -1: none open */
    uint64_t size;
    int64_t day;        /* of the open file: days since 1970-01-01 */
    uint64_t lost;      /* lines that no file took */
};

/* `dir` is made if it is missing (its parent is there), 0700; the file 0600. -1 with a reason. */
int ft_log_file_open(struct ft_log_file *f, const char *dir, uint64_t max_bytes, unsigned keep,
                     int64_t now_s, struct ft_err *err);
/* Appends a line with its end, into the file of that day. */
void ft_log_file_write(struct ft_log_file *f, const char *line, size_t n, int64_t now_s);
/* Opens the file by its name again: someone has moved it away. */
void ft_log_file_reopen(struct ft_log_file *f, int64_t now_s);
void ft_log_file_close(struct ft_log_file *f);

#endif
