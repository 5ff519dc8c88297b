#include "gateway/web/metrics.h"

#include "base/text.h"
#include "gateway/subs.h"
#include "gateway/trade.h"

#include <dirent.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512 };

/* What was appended; after the first failure nothing more is. */
struct page {
    struct ft_buf *out;
    bool full;
};

static void say(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct page *p, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (n < 0 || n >= (int)sizeof line || ft_buf_append(p->out, line, (size_t)n))
        p->full = true;
}

/* Before the samples of a name, which follow each other. */
static void name(struct page *p, const char *metric, const char *type, const char *help)
{
    say(p, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, type);
}

static void gauge(struct page *p, const char *metric, const char *help, double v)
{
    name(p, metric, "gauge", help);
    say(p, "%s %.17g\n", metric, v);
}

static void counter(struct page *p, const char *metric, const char *help, uint64_t v)
{
    name(p, metric, "counter", help);
    say(p, "%s %llu\n", metric, (unsigned long long)v);
}

/* A label's value, with what would end it escaped. */
static const char *label(const char *text, char out[128])
{
    size_t n = 0;
    for (; *text && n < 124; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n')
            out[n++] = '\\';
        out[n++] = *text == '\n' ? 'n' : *text;
    }
    out[n] = '\0';
    return out;
}

static const char *protocol_name(size_t row)
{
    return row < ft_protocols_count ? ft_protocols[row].name : "unknown";
}

/* ---- Connections ------------------------------------------------------------------------------ */

enum { KINDS = 3, STATES = FT_CONN_CLOSING + 1 };

static void connections(struct page *p, struct ft_gateway *gw)
{
    static const char *const kinds[KINDS] = {"tcp", "websocket", "http"};
    static const char *const states[STATES] = {"fresh", "ready", "detached", "closing"};
    size_t count[KINDS][STATES] = {{0}}, output = 0, most = 0, held = 0;
    for (const struct ft_list *n = gw->conns.next; n != &gw->conns; n = n->next) {
        const struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        int kind = c->listener == &gw->web.http ? 2 : c->listener == &gw->web.websocket;
        size_t waits = ft_buf_len(&c->out) + ft_buf_len(&c->tail) + c->shared_len;
        count[kind][c->state]++;
        output += waits;
        held += ft_buf_len(&c->held);
        if (waits > most)
            most = waits;
    }
    name(p, "opend_connections", "gauge", "Open connections.");
    for (int k = 0; k < KINDS; k++)
        for (int s = 0; s < STATES; s++)
            say(p, "opend_connections{kind=\"%s\",state=\"%s\"} %zu\n", kinds[k], states[s],
                count[k][s]);
    counter(p, "opend_connections_accepted_total", "Connections ever accepted, of every kind.",
            gw->counters.connections);
    gauge(p, "opend_connections_limit", "The configured max_connections.",
          (double)gw->config.max_connections);
    counter(p, "opend_slow_readers_total", "Connections closed because their output was full.",
            gw->counters.slow_readers);
    gauge(p, "opend_output_queue_bytes", "Output that peers have not taken yet, of all connections.",
          (double)output);
    gauge(p, "opend_output_queue_largest_bytes", "The same of the connection that has the most.",
          (double)most);
    gauge(p, "opend_held_reply_bytes", "Replies and pushes that wait for the disk.", (double)held);
}

static void subscriptions(struct page *p, const struct ft_subs *subs)
{
    size_t entries[FT_SUB_TYPE_MAX + 1] = {0};
    for (size_t k = 0; k < subs->topics.cap; k++) {
        const struct ft_topic *t = subs->topics.slots[k].value;
        if (!subs->topics.slots[k].key || !t)
            continue;
        for (const struct ft_list *n = t->entries.next; n != &t->entries; n = n->next)
            entries[t->type] += ft_container_of(n, struct ft_sub_entry, by_topic)->conn != NULL;
    }
    char text[128];
    name(p, "opend_subscriptions", "gauge", "Subscriptions of connections, by what is subscribed.");
    for (int type = 1; type <= FT_SUB_TYPE_MAX; type++)
        if (entries[type])
            say(p, "opend_subscriptions{type=\"%s\"} %zu\n", label(ft_sub_type_name(type), text),
                entries[type]);
    gauge(p, "opend_subscription_topics", "Pairs of instrument and type that somebody has.",
          (double)subs->topic_count);
}

/* ---- Requests and pushes ------------------------------------------------------------------------ */

static void histogram(struct page *p, const char *protocol, const struct ft_request_counter *r)
{
    uint64_t sum = 0;
    for (int k = 0; k < FT_COUNT_BORDERS; k++)
        say(p, "opend_request_seconds_bucket{protocol=\"%s\",le=\"%.9g\"} %llu\n", protocol,
            ft_count_borders_us[k] / 1e6, (unsigned long long)(sum += r->bucket[k]));
    sum += r->bucket[FT_COUNT_BORDERS];
    say(p, "opend_request_seconds_bucket{protocol=\"%s\",le=\"+Inf\"} %llu\n", protocol,
        (unsigned long long)sum);
    say(p, "opend_request_seconds_sum{protocol=\"%s\"} %.9f\n", protocol, (double)r->total_ns / 1e9);
    say(p, "opend_request_seconds_count{protocol=\"%s\"} %llu\n", protocol, (unsigned long long)sum);
}

static void requests(struct page *p, const struct ft_counters *c)
{
    char text[128];
    name(p, "opend_requests_total", "counter", "Requests that were answered, by protocol and result.");
    for (size_t k = 0; k <= ft_protocols_count; k++) {
        const struct ft_request_counter *r = &c->requests[k];
        if (r->ok + r->failed == 0)
            continue;
        label(protocol_name(k), text);
        say(p, "opend_requests_total{protocol=\"%s\",result=\"ok\"} %llu\n", text,
            (unsigned long long)r->ok);
        say(p, "opend_requests_total{protocol=\"%s\",result=\"failed\"} %llu\n", text,
            (unsigned long long)r->failed);
    }
    name(p, "opend_request_seconds", "histogram",
         "From the arrival of a request's bytes to its reply being made; waiting for the disk comes after.");
    for (size_t k = 0; k <= ft_protocols_count; k++)
        if (c->requests[k].ok + c->requests[k].failed)
            histogram(p, label(protocol_name(k), text), &c->requests[k]);
    name(p, "opend_pushes_total", "counter", "Pushes handed to a connection, by protocol.");
    for (size_t k = 0; k <= ft_protocols_count; k++)
        if (c->pushes[k])
            say(p, "opend_pushes_total{protocol=\"%s\"} %llu\n", label(protocol_name(k), text),
                (unsigned long long)c->pushes[k]);
}

/* ---- Trading, the store, the world -------------------------------------------------------------- */

static void trading(struct page *p, struct ft_gateway *gw)
{
    const struct ft_trade *t = gw->trade;
    gauge(p, "opend_accounts", "Trading accounts.", (double)ft_brk_accounts(t->brk));
    counter(p, "opend_orders_placed_total", "Orders that were taken.", gw->counters.orders_placed);
    counter(p, "opend_order_events_total", "Changes of orders.", gw->counters.order_events);
    counter(p, "opend_order_fills_total", "Fills.", gw->counters.fills);
    counter(p, "opend_store_commits_total", "Commits of the store.",
            ft_store_committed_to(t->store));
    gauge(p, "opend_store_pending", "Commits under way.", (double)t->gate.count);
    gauge(p, "opend_store_failed", "1 when the store or the audit log has failed: nothing is written any more.",
          t->failed);
    counter(p, "opend_audit_lines_total", "Lines of the audit log.", ft_audit_lines(t->audit));

    int64_t next = ft_sim_next(t->venue, t->brk), now = ft_market_now(gw);
    double late = next < now ? (double)(now - next) / 1e9 / (double)gw->clock.speed : 0;
    gauge(p, "opend_world_lag_seconds", "How long the next event of the simulated world has been due.",
          late);
    gauge(p, "opend_world_time_seconds", "Time of the simulated world, since 1970.",
          (double)now / 1e9);
}

/* ---- The process -------------------------------------------------------------------------------- */

static void memory(struct page *p)
{
    uint64_t pages, resident;
    char line[128];
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return; /* not this system's way */
    const char *at = fgets(line, sizeof line, f);
    if (at && ft_take_digits(&at, 19, &pages) == 0 && *at++ == ' ' &&
        ft_take_digits(&at, 19, &resident) == 0) {
        double size = (double)sysconf(_SC_PAGESIZE);
        gauge(p, "process_virtual_memory_bytes", "Virtual memory size in bytes.",
              (double)pages * size);
        gauge(p, "process_resident_memory_bytes", "Resident memory size in bytes.",
              (double)resident * size);
    }
    fclose(f);
}

/* What is in use, as the allocator tells it: with the resident memory that tells a leak from pages that it
 * keeps. */
static void heap(struct page *p)
{
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 m = mallinfo2();
    gauge(p, "opend_heap_used_bytes", "Memory that is allocated on the heap.",
          (double)(m.uordblks + m.hblkhd));
#else
    (void)p;
#endif
}

/* Entries of a folder of /proc/self; -1: it cannot be read. */
static long count_entries(const char *path)
{
    long n = 0;
    DIR *d = opendir(path);
    if (!d)
        return -1;
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void process(struct page *p, const struct ft_counters *c)
{
    struct rusage u;
    struct rlimit files;
    if (getrusage(RUSAGE_SELF, &u) == 0) {
        name(p, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.");
        say(p, "process_cpu_seconds_total %.6f\n",
            (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
    }
    memory(p);
    heap(p);
    long fds = count_entries("/proc/self/fd"), threads = count_entries("/proc/self/task");
    if (fds > 0)
        gauge(p, "process_open_fds", "Number of open file descriptors.", (double)(fds - 1));
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
        gauge(p, "process_max_fds", "Maximum number of open file descriptors.",
              (double)files.rlim_cur);
    if (threads > 0)
        gauge(p, "process_threads", "Number of threads.", (double)threads);
    gauge(p, "process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
          (double)c->started_s);
}

int ft_metrics_write(struct ft_gateway *gw, struct ft_buf *out)
{
    struct page p = {.out = out};
    char version[128];
    name(&p, "opend_build_info", "gauge", "1, labelled with what runs.");
    say(&p, "opend_build_info{version=\"%s\",speaks=\"%d.%d\"} 1\n", label(FT_VERSION, version),
        FT_SERVER_VER, FT_SERVER_BUILD);
    connections(&p, gw);
    subscriptions(&p, gw->subs);
    requests(&p, &gw->counters);
    trading(&p, gw);
    process(&p, &gw->counters);
    return p.full ? -1 : 0;
}
