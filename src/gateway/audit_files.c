#include "gateway/audit_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ft_audit_name_parse(const char *text, struct ft_audit_name *out)
{
    struct ft_audit_name n = {.part = 1};
    int used = 0;
    if (sscanf(text, "audit-%4d-%2d%n", &n.year, &n.month, &used) != 2 || !used)
        return false;
    text += used;
    if (*text == '.' && text[1] != 'j') {
        used = 0;
        if (sscanf(text, ".%9u%n", &n.part, &used) != 1 || !used || n.part < 2)
            return false;
        text += used;
    }
    *out = n;
    return strcmp(text, ".jsonl") == 0 && n.month >= 1 && n.month <= 12;
}

int ft_audit_name_compare(const struct ft_audit_name *a, const struct ft_audit_name *b)
{
    if (a->year != b->year)
        return a->year < b->year ? -1 : 1;
    if (a->month != b->month)
        return a->month < b->month ? -1 : 1;
    return a->part == b->part ? 0 : a->part < b->part ? -1 : 1;
}

void ft_audit_path(const char *dir, const struct ft_audit_name *n, char out[FT_AUDIT_PATH_MAX])
{
    char part[16] = "";
    if (n->part > 1)
        snprintf(part, sizeof part, ".%04u", n->part);
    snprintf(out, FT_AUDIT_PATH_MAX, "%s/audit-%04d-%02d%s.jsonl", dir, n->year, n->month, part);
}

static int compare(const void *a, const void *b)
{
    return ft_audit_name_compare(a, b);
}

int ft_audit_files(const char *dir, struct ft_audit_name **out, size_t *count, struct ft_err *err)
{
    *out = NULL;
    *count = 0;
    DIR *d = opendir(dir);
    if (!d)
        return errno == ENOENT ? 0 : ft_err_set(err, FT_EIO, "%s: %s", dir, strerror(errno));
    size_t cap = 0;
    for (struct dirent *e; (e = readdir(d));) {
        struct ft_audit_name n;
        if (!ft_audit_name_parse(e->d_name, &n))
            continue;
        if (*count == cap) {
            cap = cap ? 2 * cap : 16;
            void *more = realloc(*out, cap * sizeof **out);
            if (!more) {
                free(*out);
                *out = NULL;
                closedir(d);
                return ft_err_set(err, FT_ENOMEM, "no memory for the files of %s", dir);
            }
            *out = more;
        }
        (*out)[(*count)++] = n;
    }
    closedir(d);
    if (*count)
        qsort(*out, *count, sizeof **out, compare);
    return 0;
}

bool ft_audit_seq_of(const char *line, size_t n, uint64_t *seq)
{
    static const char begin[] = "{\"seq\":";
    size_t at = sizeof begin - 1, digits = at;
    uint64_t v = 0;
    if (n < at || memcmp(line, begin, at) != 0)
        return false;
    for (; at < n && line[at] >= '0' && line[at] <= '9' && at - digits < 19; at++)
        v = v * 10 + (uint64_t)(line[at] - '0');
    *seq = v;
    return at > digits && at < n && line[at] == ',' && line[n - 1] == '}';
}
