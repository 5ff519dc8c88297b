/* The console's reports: latency, subscriptions, state. To the console, or to a file of the operator's. */
#ifndef FT_GATEWAY_CONSOLE_REPORT_H
#define FT_GATEWAY_CONSOLE_REPORT_H

#include "gateway/console/desk.h"

/* Where lines go: the session, unless there is a file. */
struct ft_report {
    struct ft_gateway *gw;
    struct ft_console_session *session;
    int fd;        /* -1: none */
    struct ft_buf text; /* on its way to the file */
    int failed;    /* errno of the first write that failed */
};

/* Begins a report; `path` NULL or "": to the session. A file is made, or replaced when it is a regular one
 * of ours; it is readable by its owner only. -1 with the reason said. */
int ft_report_begin(struct ft_report *r, struct ft_console_session *s, const char *path);
void ft_report_line(struct ft_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends it, and says where a file is or what went wrong. */
void ft_report_end(struct ft_report *r, const char *path);

/* delay_report.c. `detail`: all buckets, also empty ones. */
void ft_report_delays(struct ft_report *r, enum ft_delay_stage_kind stage, bool detail);
/* "sr2cs" ...; NULL behind the last. */
const char *ft_report_stage_name(int stage);
/* Of one connection, NULL: of all. */
void ft_report_subscriptions(struct ft_report *r, const struct ft_conn *only);
void ft_report_status(struct ft_report *r);
/* "yyyy-MM-dd HH:mm:ss" of UTC nanoseconds. */
enum { FT_REPORT_TIME_MAX = 32 };
void ft_report_time(int64_t utc_ns, char out[FT_REPORT_TIME_MAX]);

#endif
