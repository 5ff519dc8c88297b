/* The files of the audit log: their names and order, and the number of a line. Shared by the one that writes
 * and the one that checks. */
#ifndef FT_GATEWAY_AUDIT_FILES_H
#define FT_GATEWAY_AUDIT_FILES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_AUDIT_PATH_MAX = 1200 };

/* "audit-2026-11.jsonl" is the first part of its month, "audit-2026-11.0002.jsonl" the second. */
struct ft_audit_name {
    int year, month;
    unsigned part; /* from 1 */
};
bool ft_audit_name_parse(const char *text, struct ft_audit_name *out);
int ft_audit_name_compare(const struct ft_audit_name *a, const struct ft_audit_name *b);
void ft_audit_path(const char *dir, const struct ft_audit_name *n, char out[FT_AUDIT_PATH_MAX]);

/* The files of the folder, ascending; malloc'd, NULL when there are none. -1 with a reason; a folder that
 * does not exist has none. */
int ft_audit_files(const char *dir, struct ft_audit_name **out, size_t *count, struct ft_err *err);

/* The number that a line begins with; false: it is no line of ours. `n` without the line's end. */
bool ft_audit_seq_of(const char *line, size_t n, uint64_t *seq);

#endif
