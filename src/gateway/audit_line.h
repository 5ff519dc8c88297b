/* A line of the audit log (audit.h) as text. */
#ifndef FT_GATEWAY_AUDIT_LINE_H
#define FT_GATEWAY_AUDIT_LINE_H

#include "gateway/audit.h"

enum { FT_AUDIT_LINE_MAX = 16384 };

/* How the request of a protocol is told, made once: which fields, under which words. NULL without memory.
 * Passwords are in no line. */
struct ft_audit_plan;
struct ft_audit_plan *ft_audit_plan_new(const ProtobufCMessageDescriptor *request);
void ft_audit_plan_free(struct ft_audit_plan *p); /* NULL does nothing */
/* Whether a text field of this name is left out. */
bool ft_audit_is_secret(const char *field);

/* The line with its end, at most FT_AUDIT_LINE_MAX bytes. `plan` is that of e->proto->request. */
size_t ft_audit_line(uint64_t seq, int64_t wall_ns, const struct ft_audit_entry *e,
                     const struct ft_audit_plan *plan, char out[FT_AUDIT_LINE_MAX]);

/* Lines that are no request: an event with whole numbers and texts. A key of NULL ends. */
struct ft_audit_field {
    const char *key, *text; /* text NULL: the number */
    uint64_t number;
    bool as_text;           /* a number that not every reader of JSON can hold */
};
enum { FT_AUDIT_EVENT_TEXT_MAX = 2048 }; /* bytes of a text; more are cut away */
size_t ft_audit_event(uint64_t seq, int64_t wall_ns, const char *event,
                      const struct ft_audit_field *fields, char out[FT_AUDIT_LINE_MAX]);

#endif
