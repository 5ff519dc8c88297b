/* Pushes to many subscribers over loopback: the real gateway as a process, subscribed to through the
 * SDK, beside a raw fan-out of the same bytes and beside redis-server publish/subscribe.
 *
 * Loads
 *   full.N     order books of several HK stocks at a speed at which most of them change in each
 *              turn of the gateway's loop: N subscribers get as much as it can send.
 *   paced.100  books, quotes and ticks at a speed that makes about 2,000 pushes a second for 100
 *              subscribers: 200,000 deliveries a second.
 * The peers send the frames that the first subscriber got from the gateway, as many in a burst as
 * the gateway sent in a turn on average: `raw` by one writev a subscriber and burst, `redis` by a
 * publisher that pipelines a burst of PUBLISH. In full.N they start a burst when at most two bursts
 * are on their way, in paced.100 as often as the gateway had turns.
 *
 * What is measured
 *   rate       whole messages that arrived at all subscribers together, a second; one process
 *              receives for all of them and looks at headers only.
 *   p50, p99   from the moment of sending to the return of the read that completed the message, both
 *              CLOCK_MONOTONIC. The gateway's moment is when it steps the world, before the engine
 *              has even matched what the push will tell; it writes it to its log with the serials of
 *              the turn's pushes. The peers stamp a burst before they send it. Under full load this
 *              is mostly the time that messages wait for those before them.
 *   cpu        CPU time of the sending server for one delivery; the gateway's has the simulated
 *              market in it, redis-server's is without the publisher.
 * Each load runs in ROUNDS rounds of the three, one after the other. */
#include "bench.h"
#include "push_peers.h"

#include "Qot_GetStaticInfo.pb-c.h"
#include "Qot_RegQotPush.pb-c.h"
#include "Qot_Sub.pb-c.h"
#include "sdk/session.h"
#include "wire/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum {
    ROUNDS = 2,
    WARM_UP_MS = 700,
    MEASURE_MS = 2000,
    SUBSCRIBERS_MAX = 1000,
    READ_MAX = 256 * 1024,
    MESSAGE_MAX = 1 << 20,
    RECORD_MAX = 4 << 20,
    SAMPLES_MAX = 2000000,
    MARKET_HK = 1,
    SEC_STOCK = 3,
    TYPES_MAX = 3,
    SUB_QUOTE = 1,
    SUB_BOOK = 2,
    SUB_TICK = 4,
    PUSH_LOWEST = 3005,
    PUSH_HIGHEST = 3015,
};

struct load {
    const char *name;
    int subscribers, instruments, speed;
    int types[TYPES_MAX]; /* SubType; 0: none */
    bool paced;
};

static const struct load loads[] = {
    {"full.1", 1, 150, 40, {SUB_BOOK}, false},
    {"full.100", 100, 80, 40, {SUB_BOOK}, false},
    {"full.1000", 1000, 40, 20, {SUB_BOOK}, false},
    {"paced.100", 100, 10, 76, {SUB_QUOTE, SUB_BOOK, SUB_TICK}, true},
};

/* ---- Receiving ------------------------------------------------------------------------------ */

struct subscriber {
    struct ft_session *session; /* with the gateway; NULL: a peer's */
    int fd;
    struct ft_buf in; /* beginning of a message */
};

/* When the gateway said what: for serials whose moment its log will tell. */
struct sample {
    uint32_t serial;
    uint64_t at_ns;
};

static struct {
    struct subscriber subs[SUBSCRIBERS_MAX];
    int count;
    bool resp;            /* messages come in redis' envelope */
    uint64_t from, until; /* what arrives in between counts */
    uint64_t deliveries, bytes;
    struct bench_hist hist;
    struct sample *samples; /* a share of the deliveries, spread over all subscribers */
    size_t sample_count;
    uint64_t sample_every;
    struct push_frames *record; /* of the first subscriber; NULL: none */
    struct push_shared *shared;
    uint8_t buf[READ_MAX];
} rx;

/* One server's figures of a load, over all rounds. */
struct figures {
    struct bench_hist hist;
    uint64_t deliveries, measured_ns, cpu_ns;
};

static void on_message(const struct subscriber *s, const uint8_t *frame, size_t len, uint64_t now)
{
    uint64_t stamp;
    memcpy(&stamp, frame + PUSH_STAMP_AT, sizeof stamp);
    if (now < rx.from || now >= rx.until)
        return;
    rx.deliveries++;
    rx.bytes += len;
    if (stamp) {
        bench_hist_add(&rx.hist, now - stamp);
        return;
    }
    uint32_t serial;
    memcpy(&serial, frame + 8, sizeof serial);
    if (rx.deliveries % rx.sample_every == 0 && rx.sample_count < SAMPLES_MAX)
        rx.samples[rx.sample_count++] = (struct sample){serial, now};
    if (s == &rx.subs[0] && rx.record && rx.record->len < RECORD_MAX)
        push_frames_add(rx.record, frame, len);
}

/* Bytes of the message at the front with its frame, 0: not whole yet. */
static size_t next_message(const uint8_t *p, size_t n, const uint8_t **frame, size_t *len)
{
    /* "*3", "message", the channel "c", then the payload as a bulk string */
    enum { ENVELOPE = 4 + 4 + 9 + 4 + 3 };
    size_t head = 0;
    if (rx.resp) {
        const uint8_t *end = n > ENVELOPE + 1 ? memchr(p + ENVELOPE, '\n', n - ENVELOPE) : NULL;
        if (!end)
            return 0;
        if (p[0] != '*' || p[ENVELOPE] != '$')
            bench_die("redis-server sent something else than a message");
        *len = strtoul((const char *)p + ENVELOPE + 1, NULL, 10);
        head = (size_t)(end + 1 - p);
        *frame = p + head;
        return n >= head + *len + 2 ? head + *len + 2 : 0;
    }
    struct ft_frame f;
    size_t size;
    switch (ft_frame_next(p, n, MESSAGE_MAX, &f, &size)) {
    case FT_FRAME_OK: break;
    case FT_FRAME_NEED_MORE: return 0;
    default: bench_die("the stream is not one of frames");
    }
    bool push = f.proto_id >= PUSH_LOWEST && f.proto_id <= PUSH_HIGHEST;
    *frame = push ? p : NULL; /* else the reply to the registration */
    return *len = size;
}

static size_t on_bytes(const struct subscriber *s, const uint8_t *p, size_t n, uint64_t now)
{
    size_t at = 0, size, len, count = 0;
    const uint8_t *frame;
    while (at < n && (size = next_message(p + at, n - at, &frame, &len))) {
        if (frame) {
            on_message(s, frame, len, now);
            count++;
        }
        at += size;
    }
    __atomic_fetch_add(&rx.shared->delivered, count, __ATOMIC_RELAXED);
    return at;
}

static void receive(struct subscriber *s)
{
    ssize_t got = recv(s->fd, rx.buf, sizeof rx.buf, MSG_DONTWAIT);
    uint64_t now = bench_now_ns();
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        bench_die("a subscriber lost its connection: %s", got ? strerror(errno) : "closed");
    const uint8_t *p = rx.buf;
    size_t n = (size_t)got;
    bool kept = ft_buf_len(&s->in) > 0;
    if (kept) {
        if (ft_buf_append(&s->in, p, n))
            bench_die("a message of more than %d bytes", MESSAGE_MAX);
        p = ft_buf_head(&s->in);
        n = ft_buf_len(&s->in);
    }
    size_t used = on_bytes(s, p, n, now);
    if (kept)
        ft_buf_consume(&s->in, used);
    else if (ft_buf_append(&s->in, p + used, n - used))
        bench_die("no memory");
}

/* Receives for the warm-up and the measured time; `server` is whose CPU time counts. */
static void measure(struct figures *out, pid_t server, uint64_t sample_every)
{
    struct epoll_event e[256] = {0};
    int ep = epoll_create1(0);
    for (int k = 0; k < rx.count; k++) {
        struct epoll_event want = {.events = EPOLLIN, .data.ptr = &rx.subs[k]};
        if (epoll_ctl(ep, EPOLL_CTL_ADD, rx.subs[k].fd, &want))
            bench_die("epoll: %s", strerror(errno));
    }
    memset(&rx.hist, 0, sizeof rx.hist);
    rx.deliveries = rx.bytes = rx.sample_count = 0;
    rx.sample_every = sample_every;
    rx.from = bench_now_ns() + WARM_UP_MS * MS;
    rx.until = rx.from + MEASURE_MS * MS;
    uint64_t cpu = 0, now;
    while ((now = bench_now_ns()) < rx.until) {
        if (!cpu && now >= rx.from)
            cpu = bench_cpu_ns(server);
        int n = epoll_wait(ep, e, 256, 100);
        for (int i = 0; i < n; i++)
            receive(e[i].data.ptr);
    }
    out->cpu_ns += bench_cpu_ns(server) - cpu;
    out->measured_ns += MEASURE_MS * MS;
    out->deliveries += rx.deliveries;
    close(ep);
}

static void hist_join(struct bench_hist *to, const struct bench_hist *from)
{
    to->count += from->count;
    if (from->max > to->max)
        to->max = from->max;
    for (size_t k = 0; k < sizeof to->at / sizeof to->at[0]; k++)
        to->at[k] += from->at[k];
}

static void begin(int subscribers, bool resp)
{
    rx.count = subscribers;
    rx.resp = resp;
    for (int k = 0; k < subscribers; k++) {
        rx.subs[k] = (struct subscriber){.fd = -1};
        ft_buf_init(&rx.subs[k].in, 2 * MESSAGE_MAX);
    }
}

static void end(void)
{
    for (int k = 0; k < rx.count; k++) {
        ft_session_free(rx.subs[k].session);
        close(rx.subs[k].fd);
        ft_buf_free(&rx.subs[k].in);
    }
}

/* ---- The gateway ---------------------------------------------------------------------------- */

/* What the session has to say goes out, and is not read for. */
static void send_output(struct subscriber *s)
{
    struct ft_buf *out = ft_session_output(s->session);
    bench_write_all(s->fd, ft_buf_head(out), ft_buf_len(out));
    ft_buf_consume(out, ft_buf_len(out));
}

/* One read for the session. */
static void feed_session(struct subscriber *s, const char *what)
{
    static uint8_t bytes[64 * 1024];
    struct ft_err err = {0};
    send_output(s);
    ssize_t n = read(s->fd, bytes, sizeof bytes);
    if (n <= 0 || ft_session_feed(s->session, bytes, (size_t)n, &err) < 0)
        bench_die("%s: %s", what, n <= 0 ? "connection lost" : err.text);
}

struct answer {
    bool done;
    void (*fn)(void *user, const ProtobufCMessage *reply); /* NULL: only success is wanted */
    void *user;
};

static void on_answer(void *user, const struct ft_session_reply *r)
{
    struct answer *a = user;
    if (r->ret_type)
        bench_die("%s: %s", r->protocol->name, r->ret_msg);
    if (a->fn)
        a->fn(a->user, r->msg);
    a->done = true;
}

/* A call that must succeed. */
static void call(struct subscriber *s, uint32_t proto, const ProtobufCMessage *request,
                 void (*fn)(void *user, const ProtobufCMessage *reply), void *user)
{
    struct answer a = {.fn = fn, .user = user};
    struct ft_err err = {0};
    if (ft_session_call(s->session, proto, request, on_answer, &a, NULL, &err))
        bench_die("%s", err.text);
    while (!a.done)
        feed_session(s, "call");
}

struct stock_list {
    size_t wanted;
    QotCommon__Security **list;
};

static void take_stocks(void *user, const ProtobufCMessage *reply)
{
    struct stock_list *l = user;
    const QotGetStaticInfo__S2C *s2c = ((const QotGetStaticInfo__Response *)reply)->s2c;
    if (s2c->n_staticinfolist < l->wanted)
        bench_die("%zu HK stocks, %zu are needed", s2c->n_staticinfolist, l->wanted);
    l->list = calloc(l->wanted, sizeof *l->list);
    QotCommon__Security *each = calloc(l->wanted, sizeof *each);
    if (!l->list || !each)
        bench_die("no memory");
    for (size_t k = 0; k < l->wanted; k++) {
        qot__common__security__init(&each[k]);
        each[k].market = MARKET_HK;
        each[k].code = strdup(s2c->staticinfolist[k]->basic->security->code);
        l->list[k] = &each[k];
    }
}

/* The first `n` HK stocks that the gateway knows; the list lives until `list` is freed. */
static QotCommon__Security **stocks(struct subscriber *s, int n)
{
    struct stock_list l = {.wanted = (size_t)n};
    QotGetStaticInfo__C2S c2s = QOT__GET_STATIC_INFO__C2_S__INIT;
    QotGetStaticInfo__Request req = QOT__GET_STATIC_INFO__REQUEST__INIT;
    req.c2s = &c2s;
    c2s.has_market = c2s.has_sectype = 1;
    c2s.market = MARKET_HK;
    c2s.sectype = SEC_STOCK;
    call(s, FT_PROTO_Qot_GetStaticInfo, &req.base, take_stocks, &l);
    return l.list;
}

static void subscribe(struct subscriber *s, uint16_t port, const struct load *l,
                      QotCommon__Security ***list)
{
    struct ft_session_options o = ft_session_default_options();
    struct ft_err err = {0};
    o.client_id = "bench-push";
    o.recv_notify = false;
    s->fd = bench_connect(port);
    s->session = ft_session_new(&o, &err);
    if (!s->session || ft_session_start(s->session, &err))
        bench_die("connection %d: %s", (int)(s - rx.subs), err.text);
    while (ft_session_state(s->session) == FT_SESSION_OPENING)
        feed_session(s, "InitConnect");
    if (!*list)
        *list = stocks(s, l->instruments);
    QotSub__C2S c2s = QOT__SUB__C2_S__INIT;
    QotSub__Request req = QOT__SUB__REQUEST__INIT;
    req.c2s = &c2s;
    c2s.securitylist = *list;
    c2s.n_securitylist = (size_t)l->instruments;
    c2s.subtypelist = (int32_t *)l->types;
    while (c2s.n_subtypelist < TYPES_MAX && l->types[c2s.n_subtypelist])
        c2s.n_subtypelist++;
    c2s.issuborunsub = 1;
    call(s, FT_PROTO_Qot_Sub, &req.base, NULL, NULL);
}

/* From here on the session does not get to see what is read any more: what arrives is counted, not decoded. */
static void ask_for_pushes(struct subscriber *s, const struct load *l, QotCommon__Security **list)
{
    QotRegQotPush__C2S c2s = QOT__REG_QOT_PUSH__C2_S__INIT;
    QotRegQotPush__Request req = QOT__REG_QOT_PUSH__REQUEST__INIT;
    struct ft_err err = {0};
    req.c2s = &c2s;
    c2s.securitylist = list;
    c2s.n_securitylist = (size_t)l->instruments;
    c2s.subtypelist = (int32_t *)l->types;
    while (c2s.n_subtypelist < TYPES_MAX && l->types[c2s.n_subtypelist])
        c2s.n_subtypelist++;
    c2s.isregorunreg = 1;
    c2s.has_isfirstpush = 1;
    if (ft_session_call(s->session, FT_PROTO_Qot_RegQotPush, &req.base, NULL, NULL, NULL, &err))
        bench_die("Qot_RegQotPush: %s", err.text);
    send_output(s);
}

/* Turns of the gateway in which it pushed, from its log: ascending serials. */
struct turn {
    uint32_t first, last;
    uint64_t stepped_ns;
};

static struct turn *read_turns(const struct bench_child *gateway, size_t *count)
{
    char path[96], line[512];
    snprintf(path, sizeof path, "%s/stderr", gateway->data_dir);
    FILE *f = fopen(path, "re");
    struct turn *turns = NULL;
    size_t n = 0, cap = 0;
    if (!f)
        bench_die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, f)) {
        struct turn t;
        unsigned long long ns;
        const char *at = strstr(line, "event=pushes ");
        if (!at || sscanf(at, "event=pushes first=%u last=%u stepped_ns=%llu", &t.first, &t.last,
                          &ns) != 3)
            continue;
        t.stepped_ns = ns;
        if (n == cap) {
            cap = cap ? 2 * cap : 4096;
            turns = realloc(turns, cap * sizeof *turns);
            if (!turns)
                bench_die("no memory");
        }
        turns[n++] = t;
    }
    fclose(f);
    *count = n;
    return turns;
}

/* Latencies of the samples, and what the peers shall send. */
static struct push_pace match_turns(const struct bench_child *gateway, const struct load *l)
{
    size_t n;
    struct turn *turns = read_turns(gateway, &n);
    for (size_t k = 0; k < rx.sample_count; k++) {
        size_t lo = 0, hi = n;
        while (lo < hi) { /* the first turn that ends at or after the serial */
            size_t mid = lo + (hi - lo) / 2;
            if (turns[mid].last < rx.samples[k].serial)
                lo = mid + 1;
            else
                hi = mid;
        }
        /* A turn without a step only paid debts: its pushes are of no moment in particular. */
        if (lo < n && turns[lo].first <= rx.samples[k].serial && turns[lo].stepped_ns)
            bench_hist_add(&rx.hist, rx.samples[k].at_ns - turns[lo].stepped_ns);
    }
    uint64_t pushes = 0, in_time = 0;
    for (size_t k = 0; k < n; k++) {
        if (turns[k].stepped_ns < rx.from || turns[k].stepped_ns >= rx.until)
            continue;
        pushes += turns[k].last - turns[k].first + 1;
        in_time++;
    }
    free(turns);
    if (!in_time)
        bench_die("%s: the gateway pushed nothing", l->name);
    struct push_pace pace = {.burst = (size_t)((double)pushes / (double)in_time + 0.5)};
    if (l->paced && pace.burst < 1)
        pace.burst = 1;
    if (l->paced) /* as many messages a second, whatever the rounding of the burst did */
        pace.period_ns = MEASURE_MS * MS * pace.burst / pushes;
    return pace;
}

static struct push_pace run_gateway(const struct load *l, struct figures *out,
                                    struct push_frames *record)
{
    char speed[32];
    snprintf(speed, sizeof speed, "-sim_speed=%d", l->speed);
    const char *const args[] = {"-log_level=debug",
                                "-max_connections=2000",
                                "-idle_timeout=3600",
                                "-output_limit=2097152",
                                "-sim_start=2026-11-25 03:00:00",
                                speed,
                                NULL};
    struct bench_child gateway = {.logs = true};
    QotCommon__Security **list = NULL;
    bench_opend_start(&gateway, args);
    begin(l->subscribers, false);
    for (int k = 0; k < l->subscribers; k++)
        subscribe(&rx.subs[k], gateway.port, l, &list);
    for (int k = 0; k < l->subscribers; k++)
        ask_for_pushes(&rx.subs[k], l, list);
    rx.record = record;
    measure(out, gateway.pid, (uint64_t)l->subscribers > 10 ? 7 : 1);
    rx.record = NULL;
    struct push_pace pace = match_turns(&gateway, l);
    hist_join(&out->hist, &rx.hist);
    end();
    bench_child_stop(&gateway);
    for (int k = 0; k < l->instruments; k++)
        free(list[k]->code);
    free(list[0]);
    free(list);
    return pace;
}

/* ---- The peers ------------------------------------------------------------------------------ */

static void run_raw(const struct load *l, struct figures *out, const struct push_frames *frames,
                    struct push_pace pace)
{
    struct bench_child raw;
    begin(l->subscribers, false);
    push_raw_start(&raw, l->subscribers, frames, pace, rx.shared);
    for (int k = 0; k < l->subscribers; k++)
        rx.subs[k].fd = bench_connect(raw.port);
    measure(out, raw.pid, 1);
    hist_join(&out->hist, &rx.hist);
    end();
    bench_child_stop(&raw);
}

static bool run_redis(const struct load *l, struct figures *out, const struct push_frames *frames,
                      struct push_pace pace)
{
    static const char ask[] = "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n";
    static const char told[] = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
    struct bench_child server, publisher;
    char reply[sizeof told];
    if (!push_redis_start(&server))
        return false;
    begin(l->subscribers, true);
    for (int k = 0; k < l->subscribers; k++) {
        rx.subs[k].fd = bench_connect(server.port);
        bench_write_all(rx.subs[k].fd, ask, sizeof ask - 1);
        if (recv(rx.subs[k].fd, reply, sizeof told - 1, MSG_WAITALL) != sizeof told - 1)
            bench_die("redis-server does not answer SUBSCRIBE");
    }
    push_publisher_start(&publisher, server.port, l->subscribers, frames, pace, rx.shared);
    measure(out, server.pid, 1);
    hist_join(&out->hist, &rx.hist);
    bench_child_stop(&publisher);
    end();
    bench_child_stop(&server);
    return true;
}

static void run(const struct load *l)
{
    enum { RAW, REDIS, OPEND, SERVERS, VALUES = 4 };
    static const char *const server[] = {"raw", "redis", "opend"};
    static const char *const what[VALUES] = {"rate", "p50", "p99", "cpu"};
    static const char *const unit[VALUES] = {"/s", "us", "us", "ns a delivery"};
    static struct figures f[SERVERS];
    static struct push_frames frames;
    struct push_pace pace = {0};
    bool redis = true;
    memset(f, 0, sizeof f);
    frames.count = frames.len = 0;
    for (int round = 0; round < ROUNDS; round++) {
        pace = run_gateway(l, &f[OPEND], round ? NULL : &frames);
        run_raw(l, &f[RAW], &frames, pace);
        redis = redis && run_redis(l, &f[REDIS], &frames, pace);
    }
    char row[96];
    snprintf(row, sizeof row, "push.%s.message", l->name);
    bench_row(row, (double)frames.len / (double)frames.count, "bytes on average");
    snprintf(row, sizeof row, "push.%s.burst", l->name);
    bench_row(row, (double)pace.burst, "messages a turn");
    double value[SERVERS][VALUES];
    for (int k = 0; k < SERVERS; k++) {
        if (k == REDIS && !redis)
            continue;
        value[k][0] = (double)f[k].deliveries / ((double)f[k].measured_ns / 1e9);
        value[k][1] = (double)bench_hist_percentile(&f[k].hist, 0.5) / 1e3;
        value[k][2] = (double)bench_hist_percentile(&f[k].hist, 0.99) / 1e3;
        value[k][3] = (double)f[k].cpu_ns / (double)f[k].deliveries;
        for (int i = 0; i < VALUES; i++) {
            snprintf(row, sizeof row, "push.%s.%s.%s", l->name, server[k], what[i]);
            if (k == OPEND && redis)
                bench_row_beside(row, value[k][i], unit[i], value[REDIS][i], "redis-server");
            else
                bench_row(row, value[k][i], unit[i]);
        }
    }
    if (!redis)
        printf("push.%s.redis: redis-server is not installed\n", l->name);
}

/* An argument chooses one load. */
int main(int argc, char **argv)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files); /* a thousand subscribers are more than the usual 1024 */
    rx.shared = push_shared_new();
    rx.samples = malloc(SAMPLES_MAX * sizeof *rx.samples);
    if (!rx.samples)
        bench_die("no memory");
    for (size_t k = 0; k < sizeof loads / sizeof loads[0]; k++)
        if (argc < 2 || strcmp(argv[1], loads[k].name) == 0)
            run(&loads[k]);
    return 0;
}
