#include "gateway/audit.h"

#include "gateway/audit_files.h"
#include "gateway/audit_line.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PENDING_MAX = 64 << 20, /* of one turn of the loop; written in between when it gets near */
    PENDING_FULL = 1 << 20,
    PENDING_KEEP = 64 * 1024,
    DIR_MAX = FT_AUDIT_PATH_MAX - 64,
};

/* Refused requests of a protocol in one second. */
struct refusals {
    int64_t second;
    unsigned lines, left_out;
};

struct ft_audit {
    char dir[DIR_MAX];
    uint64_t max_bytes;
    struct ft_audit_name name; /* of the open file */
    uint64_t size;             /* of it: whole lines */
    uint64_t seq;              /* of the last line that was taken */
    uint64_t lines;            /* since the start */
    struct ft_buf pending;
    struct ft_audit_plan **plans; /* by place in the protocol table; NULL: no write */
    struct refusals *refusals;    /* likewise */
    bool failed;
    struct ft_err why;

    pthread_mutex_t lock; /* a change of `fd` waits for ft_audit_sync */
    int fd;
    _Atomic bool unsynced;
};

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- Opening ------------------------------------------------------------------------------------ */

/* The folder's own entry for a new file must be on disk too. */
static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static int open_file(struct ft_audit *a, const struct ft_audit_name *name, struct ft_err *err)
{
    char path[FT_AUDIT_PATH_MAX];
    struct stat st;
    ft_audit_path(a->dir, name, path);
    /* Read too: its end is looked at. */
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fstat(fd, &st) || (fchmod(fd, 0600) && errno != EPERM)) {
        ft_err_set(err, FT_EIO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return ft_err_set(err, FT_EIO, "%s: a plain file is needed", path);
    }
    sync_folder(a->dir);
    pthread_mutex_lock(&a->lock);
    if (a->fd >= 0) {
        if (atomic_exchange(&a->unsynced, false))
            (void)fdatasync(a->fd);
        close(a->fd);
    }
    a->fd = fd;
    pthread_mutex_unlock(&a->lock);
    a->name = *name;
    a->size = (uint64_t)st.st_size;
    return 0;
}

static struct ft_audit_name first_part_of_now(void)
{
    time_t now = (time_t)(wall_ns() / 1000000000);
    struct tm tm;
    gmtime_r(&now, &tm);
    return (struct ft_audit_name){tm.tm_year + 1900, tm.tm_mon + 1, 1};
}

/* Where the last whole line of the file begins and ends, looking at no more than its last bytes. -1: there
 * is no line in them. */
static int last_line(const struct ft_audit *a, char *buf, size_t size, size_t *n, size_t *begin,
                     size_t *end)
{
    size_t want = a->size < size ? (size_t)a->size : size;
    ssize_t got = pread(a->fd, buf, want, (off_t)(a->size - want));
    if (got != (ssize_t)want)
        return -1;
    *n = want;
    *end = want;
    while (*end && buf[*end - 1] != '\n')
        --*end;
    if (*end == 0 && a->size > want)
        return -1;
    *begin = *end ? *end - 1 : 0;
    while (*begin && buf[*begin - 1] != '\n')
        --*begin;
    return *begin == 0 && a->size > want ? -1 : 0;
}

/* What a crash or a power cut left unfinished at the end is taken out of the file and told in a line. */
static int keep_torn(struct ft_audit *a, const char *text, size_t n, struct ft_err *err)
{
    char torn[FT_AUDIT_EVENT_TEXT_MAX + 1], line[FT_AUDIT_LINE_MAX];
    size_t len = 0;
    for (size_t k = 0; k < n && len < FT_AUDIT_EVENT_TEXT_MAX; k++)
        if (text[k]) /* a file that grew before its bytes came has zeros there */
            torn[len++] = text[k];
    torn[len] = '\0';
    if (ftruncate(a->fd, (off_t)(a->size - n)))
        return ft_err_set(err, FT_EIO, "%s: cannot end the torn line: %s", a->dir, strerror(errno));
    a->size -= n;
    ft_warn("event=audit outcome=\"the last line was torn by a crash and is told in a new one\" bytes=%zu",
            n);
    len = ft_audit_event(++a->seq, wall_ns(), "torn",
                         (struct ft_audit_field[]){{.key = "bytes", .number = n},
                                                   {.key = "text", .text = torn}, {.key = NULL}},
                         line);
    return ft_buf_append(&a->pending, line, len)
               ? ft_err_set(err, FT_ENOMEM, "no memory for the audit log") : 0;
}

/* The number of the last line of this file, if it has one (*found); what is torn behind it goes to the head
 * of `buf`. */
static int read_end(struct ft_audit *a, const struct ft_audit_name *name, char *buf, bool *found,
                    size_t *torn, struct ft_err *err)
{
    size_t n, begin, end;
    char path[FT_AUDIT_PATH_MAX];
    if (open_file(a, name, err))
        return -1;
    if (last_line(a, buf, 2 * FT_AUDIT_LINE_MAX, &n, &begin, &end) ||
        (end && !ft_audit_seq_of(buf + begin, end - 1 - begin, &a->seq))) {
        ft_audit_path(a->dir, name, path);
        return ft_err_set(err, FT_ECORRUPT,
                          "%s: its end is no line of an audit log: move it away to begin a new one",
                          path);
    }
    *found = end > 0;
    *torn = n - end;
    memmove(buf, buf + end, n - end);
    return 0;
}

/* Goes on behind what is there: a newest file without a whole line goes on behind the one before. */
static int go_on(struct ft_audit *a, const struct ft_audit_name *files, size_t count,
                 struct ft_err *err)
{
    if (count == 0)
        return 0;
    char *buf = malloc(4 * FT_AUDIT_LINE_MAX);
    if (!buf)
        return ft_err_set(err, FT_ENOMEM, "no memory for the audit log");
    char *older = buf + 2 * FT_AUDIT_LINE_MAX;
    size_t torn = 0, ignored;
    bool found = false;
    int bad = read_end(a, &files[count - 1], buf, &found, &torn, err);
    for (size_t k = count - 1; k-- && !found && !bad;)
        bad = read_end(a, &files[k], older, &found, &ignored, err);
    if (!bad && ft_audit_name_compare(&a->name, &files[count - 1]) != 0)
        bad = open_file(a, &files[count - 1], err);
    if (!bad && torn)
        bad = keep_torn(a, buf, torn, err);
    free(buf);
    return bad;
}

static int make_plans(struct ft_audit *a)
{
    a->plans = calloc(ft_protocols_count, sizeof a->plans[0]);
    a->refusals = calloc(ft_protocols_count, sizeof a->refusals[0]);
    if (!a->plans || !a->refusals)
        return -1;
    for (size_t k = 0; k < ft_protocols_count; k++)
        if (ft_protocols[k].writes && !(a->plans[k] = ft_audit_plan_new(ft_protocols[k].request)))
            return -1;
    return 0;
}

static bool is_later_month(const struct ft_audit_name *x, const struct ft_audit_name *than)
{
    return x->year * 12 + x->month > than->year * 12 + than->month;
}

static int open_newest(struct ft_audit *a, struct ft_err *err)
{
    struct ft_audit_name *files, now = first_part_of_now();
    size_t count;
    if (mkdir(a->dir, 0700) && errno != EEXIST)
        return ft_err_set(err, FT_EIO, "%s: %s", a->dir, strerror(errno));
    if (ft_audit_files(a->dir, &files, &count, err))
        return -1;
    int bad = go_on(a, files, count, err);
    /* A clock that was set back does not go back to older files: their order is that of the lines. */
    if (!bad && (count == 0 || is_later_month(&now, &a->name)))
        bad = open_file(a, &now, err);
    free(files);
    return bad;
}

static void add_line(struct ft_audit *a, const char *line, size_t n);
static void tell_all_left_out(struct ft_audit *a, int64_t now_ns, bool past_only);

struct ft_audit *ft_audit_open(const char *data_dir, uint64_t max_bytes, struct ft_err *err)
{
    struct ft_audit *a = calloc(1, sizeof *a);
    if (!a) {
        ft_err_set(err, FT_ENOMEM, "no memory for the audit log");
        return NULL;
    }
    a->max_bytes = max_bytes;
    a->fd = -1;
    ft_buf_init(&a->pending, PENDING_MAX);
    pthread_mutex_init(&a->lock, NULL);
    int n = snprintf(a->dir, sizeof a->dir, "%s/audit", data_dir), bad = 0;
    if (n >= (int)sizeof a->dir)
        bad = ft_err_set(err, FT_ELIMIT, "the audit log's folder has a name of %d bytes", n);
    else if (make_plans(a))
        bad = ft_err_set(err, FT_ENOMEM, "no memory for the audit log");
    if (!bad && !(bad = open_newest(a, err))) {
        char line[FT_AUDIT_LINE_MAX];
        size_t len = ft_audit_event(a->seq + 1, wall_ns(), "start",
                                    (struct ft_audit_field[]){
                                        {.key = "version", .text = FT_VERSION},
                                        {.key = "pid", .number = (uint64_t)getpid()}, {.key = NULL}},
                                    line);
        add_line(a, line, len);
        bad = ft_audit_flush(a, err);
    }
    if (bad) {
        ft_err_wrap(err, "audit log");
        ft_audit_close(a);
        return NULL;
    }
    return a;
}

void ft_audit_close(struct ft_audit *a)
{
    struct ft_err err = {0};
    if (!a)
        return;
    if (a->fd >= 0) {
        tell_all_left_out(a, wall_ns(), false);
        if (!a->failed && ft_audit_flush(a, &err))
            ft_error("event=audit outcome=failed reason=\"%s\"", err.text);
        (void)fdatasync(a->fd);
        close(a->fd);
    }
    for (size_t k = 0; a->plans && k < ft_protocols_count; k++)
        ft_audit_plan_free(a->plans[k]);
    free(a->plans);
    free(a->refusals);
    ft_buf_free(&a->pending);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- Lines -------------------------------------------------------------------------------------- */

static void fail(struct ft_audit *a, enum ft_err_code code, const char *what, int why)
{
    char path[FT_AUDIT_PATH_MAX];
    ft_audit_path(a->dir, &a->name, path);
    a->failed = true;
    ft_err_set(&a->why, code, "%s: %s: %s", path, what, strerror(why));
    ft_buf_consume(&a->pending, ft_buf_len(&a->pending));
}

/* The line has the number a->seq + 1. */
static void add_line(struct ft_audit *a, const char *line, size_t n)
{
    if (a->failed)
        return;
    if (ft_buf_len(&a->pending) > PENDING_FULL && ft_audit_flush(a, NULL))
        return;
    if (ft_buf_append(&a->pending, line, n)) {
        fail(a, FT_ENOMEM, "no room for a line", ENOMEM);
        return;
    }
    a->seq++;
    a->lines++;
}

static void tell_left_out(struct ft_audit *a, size_t row, int64_t now_ns)
{
    char line[FT_AUDIT_LINE_MAX];
    struct ft_audit_field fields[] = {
        {.key = "proto", .number = ft_protocols[row].id},
        {.key = "name", .text = ft_protocols[row].name},
        {.key = "lines", .number = a->refusals[row].left_out},
        {.key = NULL},
    };
    a->refusals[row].left_out = 0;
    size_t n = ft_audit_event(a->seq + 1, now_ns, "refused without a line", fields, line);
    add_line(a, line, n);
}

/* Of seconds that are over, or of this one as well. */
static void tell_all_left_out(struct ft_audit *a, int64_t now_ns, bool past_only)
{
    for (size_t k = 0; k < ft_protocols_count; k++)
        if (a->refusals[k].left_out && !(past_only && a->refusals[k].second == now_ns / 1000000000))
            tell_left_out(a, k, now_ns);
}

/* Whether a refused request gets a line of its own. */
static bool within_bound(struct ft_audit *a, size_t row, int64_t now_ns)
{
    struct refusals *r = &a->refusals[row];
    int64_t second = now_ns / 1000000000;
    if (r->second != second) {
        if (r->left_out)
            tell_left_out(a, row, now_ns);
        r->second = second;
        r->lines = 0;
    }
    if (r->lines < FT_AUDIT_REFUSED_PER_SECOND) {
        r->lines++;
        return true;
    }
    r->left_out++;
    return false;
}

void ft_audit_add(struct ft_audit *a, const struct ft_audit_entry *e)
{
    char line[FT_AUDIT_LINE_MAX];
    size_t row = ft_protocol_index(e->proto);
    int64_t now = wall_ns();
    FT_CHECK(e->proto->writes && e->peer && e->client);
    if (a->failed || (e->ret != FT_RET_SUCCEED && !within_bound(a, row, now)))
        return;
    add_line(a, line, ft_audit_line(a->seq + 1, now, e, a->plans[row], line));
}

void ft_audit_operation(struct ft_audit *a, uint64_t user, const char *peer, const char *command,
                        const char *params, int32_t ret, const char *reason)
{
    char line[FT_AUDIT_LINE_MAX];
    struct ft_audit_field fields[] = {
        {.key = "user", .number = user, .as_text = true},
        {.key = "peer", .text = peer},
        {.key = "command", .text = command},
        {.key = "params", .text = params ? params : ""},
        {.key = "ret", .number = (uint64_t)(int64_t)ret},
        {.key = ret == FT_RET_SUCCEED ? NULL : "reason", .text = reason},
        {.key = NULL},
    };
    size_t n = ft_audit_event(a->seq + 1, wall_ns(), "console", fields, line);
    add_line(a, line, n);
}

void ft_audit_not_stored(struct ft_audit *a, uint64_t conn, uint32_t proto, uint64_t serial)
{
    char line[FT_AUDIT_LINE_MAX];
    struct ft_audit_field fields[] = {
        {.key = "conn", .number = conn, .as_text = true},
        {.key = "proto", .number = proto},
        {.key = "serial", .number = serial},
        {.key = NULL},
    };
    size_t n = ft_audit_event(a->seq + 1, wall_ns(), "not stored", fields, line);
    add_line(a, line, n);
}

void ft_audit_tick(struct ft_audit *a)
{
    tell_all_left_out(a, wall_ns(), true);
}

/* ---- The file ----------------------------------------------------------------------------------- */

bool ft_audit_pending(const struct ft_audit *a)
{
    return ft_buf_len(&a->pending) > 0 || a->failed;
}

/* The next file, once a month or when this one is full. */
static int turn_over(struct ft_audit *a, struct ft_err *err)
{
    struct ft_audit_name now = first_part_of_now(), next = a->name;
    bool new_month = is_later_month(&now, &next);
    if (!new_month && a->size < a->max_bytes)
        return 0;
    next.part++;
    return open_file(a, new_month ? &now : &next, err);
}

int ft_audit_flush(struct ft_audit *a, struct ft_err *err)
{
    size_t n = ft_buf_len(&a->pending);
    if (n && !a->failed && turn_over(a, &a->why)) {
        a->failed = true;
        ft_buf_consume(&a->pending, n);
    }
    if (n && !a->failed) {
        ssize_t done = write(a->fd, ft_buf_head(&a->pending), n);
        if (done != (ssize_t)n) {
            int why = done < 0 ? errno : ENOSPC;
            /* Whole lines only; none of these replies has left. */
            if (done > 0 && ftruncate(a->fd, (off_t)a->size))
                why = errno;
            fail(a, FT_EIO, "cannot be written", why);
        } else {
            atomic_store(&a->unsynced, true);
            a->size += n;
            ft_buf_consume(&a->pending, n);
            ft_buf_trim(&a->pending, PENDING_KEEP);
        }
    }
    if (!a->failed)
        return 0;
    if (err)
        *err = a->why;
    return -1;
}

int ft_audit_sync(struct ft_audit *a, struct ft_err *err)
{
    int bad = 0;
    pthread_mutex_lock(&a->lock);
    if (atomic_exchange(&a->unsynced, false) && fdatasync(a->fd)) {
        bad = ft_err_set(err, FT_EIO, "%s: cannot be brought to disk: %s", a->dir, strerror(errno));
        atomic_store(&a->unsynced, true);
    }
    pthread_mutex_unlock(&a->lock);
    return bad;
}

bool ft_audit_unsynced(const struct ft_audit *a)
{
    return atomic_load(&a->unsynced);
}

uint64_t ft_audit_lines(const struct ft_audit *a)
{
    return a->lines;
}
