#include "gateway/audit_files.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ft_audit_name_parse(const char *text, struct ft_audit_name *out)
{
    static const char begin[] = "audit-";
    uint64_t year, month, part = 1;
    if (strncmp(text, begin, sizeof begin - 1) != 0)
        return false;
    text += sizeof begin - 1;
    if (ft_take_digits(&text, 4, &year) || *text++ != '-' || ft_take_digits(&text, 2, &month) ||
        *text++ != '.')
        return false;
    if (ft_take_digits(&text, 9, &part) == 0 && (part < 2 || *text++ != '.'))
        return false;
    *out = (struct ft_audit_name){(int)year, (int)month, (unsigned)part};
    return strcmp(text, "jsonl") == 0 && month >= 1 && month <= 12;
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
    const char *at = line + sizeof begin - 1;
    if (n < sizeof begin || line[n - 1] != '}' || memcmp(line, begin, sizeof begin - 1) != 0)
        return false;
    return ft_take_digits(&at, 19, seq) == 0 && *at == ','; /* the brace ends the digits at last */
}
