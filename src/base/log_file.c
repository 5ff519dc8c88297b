#include "base/log_file.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 86400, PATH = FT_LOG_DIR_MAX + 64, PARTS_MAX = 9999 };

static int64_t day_of(int64_t now_s)
{
    return now_s / DAY_S;
}

/* `part` 0: the file that is written. */
static void path_of(const struct ft_log_file *f, int64_t day, unsigned part, char path[PATH])
{
    struct tm tm;
    time_t t = (time_t)(day * DAY_S);
    char date[32], number[16] = "";
    gmtime_r(&t, &tm);
    strftime(date, sizeof date, "%Y_%m_%d", &tm);
    if (part)
        snprintf(number, sizeof number, ".%04u", part);
    snprintf(path, PATH, "%s/opend_%s%s.log", f->dir, date, number);
}

/* ---- Old files ---------------------------------------------------------------------------------- */

/* Ascending by age: date, then part; a day's file without a part is its youngest. */
struct name {
    uint64_t year, month, day, part;
};

static bool take(const char **text, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0)
        return false;
    *text += n;
    return true;
}

static bool parse_name(const char *text, struct name *out)
{
    struct name n = {.part = PARTS_MAX + 1};
    if (!take(&text, "opend_") || ft_take_digits(&text, 4, &n.year) || !take(&text, "_") ||
        ft_take_digits(&text, 2, &n.month) || !take(&text, "_") || ft_take_digits(&text, 2, &n.day) ||
        !take(&text, "."))
        return false;
    if (ft_take_digits(&text, 4, &n.part) == 0 && (n.part == 0 || !take(&text, ".")))
        return false;
    *out = n;
    return strcmp(text, "log") == 0;
}

static int compare(const struct name *a, const struct name *b)
{
    const uint64_t x[] = {a->year, a->month, a->day, a->part},
                   y[] = {b->year, b->month, b->day, b->part};
    for (int k = 0; k < 4; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* Looks through the folder: how many log files, the oldest one, the highest part of that day. */
static size_t look(const struct ft_log_file *f, const struct name *day, char oldest[PATH],
                   unsigned *top)
{
    DIR *d = opendir(f->dir);
    size_t count = 0;
    struct name first = {0};
    *top = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        struct name n;
        if (!parse_name(e->d_name, &n))
            continue;
        if (n.year == day->year && n.month == day->month && n.day == day->day &&
            n.part <= PARTS_MAX && n.part > *top)
            *top = (unsigned)n.part;
        if (count++ == 0 || compare(&n, &first) < 0) {
            first = n;
            snprintf(oldest, PATH, "%s/%.63s", f->dir, e->d_name);
        }
    }
    if (d)
        closedir(d);
    return count;
}

static void prune(const struct ft_log_file *f)
{
    char oldest[PATH];
    unsigned top;
    while (look(f, &(struct name){0}, oldest, &top) > (size_t)f->keep + 1)
        if (unlink(oldest))
            return;
}

/* The full file gets the next number of its day; with no number left it just grows on. */
static void set_aside(struct ft_log_file *f)
{
    char from[PATH], to[PATH], oldest[PATH];
    struct name today;
    unsigned top;
    path_of(f, f->day, 0, from);
    if (!parse_name(strrchr(from, '/') + 1, &today))
        return;
    look(f, &today, oldest, &top);
    if (top >= PARTS_MAX)
        return;
    path_of(f, f->day, top + 1, to);
    if (rename(from, to) == 0)
        ft_log_file_close(f);
}

/* ---- The file ----------------------------------------------------------------------------------- */

static int open_file(struct ft_log_file *f, int64_t day, struct ft_err *err)
{
    char path[PATH];
    struct stat st;
    path_of(f, day, 0, path);
    ft_log_file_close(f);
    f->day = day;
    f->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (f->fd < 0 || fstat(f->fd, &st)) {
        int why = errno;
        ft_log_file_close(f);
        return ft_err_set(err, FT_EIO, "%s: %s", path, strerror(why));
    }
    f->size = (uint64_t)st.st_size;
    prune(f);
    return 0;
}

int ft_log_file_open(struct ft_log_file *f, const char *dir, uint64_t max_bytes, unsigned keep,
                     int64_t now_s, struct ft_err *err)
{
    *f = (struct ft_log_file){.max_bytes = max_bytes, .keep = keep, .fd = -1};
    if (strlen(dir) >= sizeof f->dir)
        return ft_err_set(err, FT_ELIMIT, "%.64s...: at most %zu bytes are allowed", dir,
                          sizeof f->dir - 1);
    memcpy(f->dir, dir, strlen(dir) + 1);
    if (mkdir(dir, 0700) && errno != EEXIST)
        return ft_err_set(err, FT_EIO, "%s: %s", dir, strerror(errno));
    return open_file(f, day_of(now_s), err);
}

void ft_log_file_write(struct ft_log_file *f, const char *line, size_t n, int64_t now_s)
{
    if (f->fd >= 0 && f->size && f->size + n > f->max_bytes)
        set_aside(f);
    /* A clock that was set back does not go back to yesterday's file. */
    if ((f->fd < 0 || day_of(now_s) > f->day) &&
        open_file(f, day_of(now_s) > f->day ? day_of(now_s) : f->day, NULL)) {
        f->lost++;
        return;
    }
    ssize_t done = write(f->fd, line, n);
    if (done == (ssize_t)n) {
        f->size += n;
        return;
    }
    f->lost++;
    if (done > 0 && ftruncate(f->fd, (off_t)f->size)) /* whole lines only */
        f->size += (uint64_t)done;
}

void ft_log_file_reopen(struct ft_log_file *f, int64_t now_s)
{
    if (f->dir[0])
        open_file(f, day_of(now_s) > f->day ? day_of(now_s) : f->day, NULL);
}

void ft_log_file_close(struct ft_log_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}
