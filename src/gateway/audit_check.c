#include "gateway/audit.h"
#include "gateway/audit_files.h"
#include "gateway/audit_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_TOLD = 100 };

struct check {
    void (*say)(void *user, const char *line);
    void *user;
    int faults;
    uint64_t expected; /* number of the next line; 0: none was seen */
};

static void fault(struct check *c, const char *path, uint64_t line, const char *what)
{
    char text[FT_AUDIT_PATH_MAX + 160];
    if (c->faults++ >= FAULTS_TOLD)
        return;
    snprintf(text, sizeof text, "%s: line %llu: %s", path, (unsigned long long)line, what);
    c->say(c->user, text);
}

static void check_line(struct check *c, const char *path, uint64_t number, const char *line, size_t n)
{
    char what[96];
    uint64_t seq;
    if (!ft_audit_seq_of(line, n, &seq)) {
        fault(c, path, number, "no line of an audit log");
        return;
    }
    if (c->expected && seq != c->expected) {
        snprintf(what, sizeof what, "has the number %llu, and %llu was to come",
                 (unsigned long long)seq, (unsigned long long)c->expected);
        fault(c, path, number, what);
    }
    c->expected = seq + 1;
}

static int check_file(struct check *c, const char *path, struct ft_err *err)
{
    FILE *f = fopen(path, "re");
    char line[FT_AUDIT_LINE_MAX + 1];
    uint64_t number = 0;
    bool too_long = false; /* the beginning was told of, its rest is passed over */
    if (!f)
        return ft_err_set(err, FT_EIO, "%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, f)) {
        size_t n = strlen(line);
        bool whole = n && line[n - 1] == '\n';
        number += !too_long;
        if (!whole && feof(f))
            break; /* being written, or torn by a crash: the next start tells of it in a line */
        if (!whole && !too_long)
            fault(c, path, number, "is too long");
        else if (whole && !too_long)
            check_line(c, path, number, line, n - 1);
        too_long = !whole;
    }
    int bad = ferror(f) ? ft_err_set(err, FT_EIO, "%s: %s", path, strerror(errno)) : 0;
    fclose(f);
    return bad;
}

int ft_audit_check(const char *data_dir, void say(void *user, const char *line), void *user,
                   struct ft_err *err)
{
    char dir[FT_AUDIT_PATH_MAX - 64], path[FT_AUDIT_PATH_MAX];
    struct ft_audit_name *files;
    size_t count;
    struct check c = {.say = say, .user = user};
    snprintf(dir, sizeof dir, "%s/audit", data_dir);
    if (ft_audit_files(dir, &files, &count, err))
        return -1;
    int bad = 0;
    for (size_t k = 0; k < count && !bad; k++) {
        ft_audit_path(dir, &files[k], path);
        bad = check_file(&c, path, err);
    }
    free(files);
    return bad ? -1 : c.faults;
}
