/* History over loopback: full pages of 1000 bars (3103), one request after the other through the
 * SDK, which checks and decodes every page; page keys are followed to their end, then the next stock
 * begins. Beside it the same number of bytes sent to an echo server and back. `cpu` is the gateway's
 * for one page. */
#include "bench_sdk.h"

#include "Qot_RequestHistoryKL.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { PAGE = 1000, SECONDS = 3, KL_1MIN = 1, KL_DAY = 2, MARKET_HK = 1, KEY_MAX = 256 };

static const char *const codes[] = {"00700", "09988", "00005", "03690", "02318", "00941", "01299"};
enum { CODES = sizeof codes / sizeof codes[0] };

static struct bench_hist hist, echo_hist;

struct walk {
    struct ft_client *client;
    QotRequestHistoryKL__C2S c2s;
    QotCommon__Security security;
    uint8_t key[KEY_MAX];
    unsigned next_code;
    uint64_t pages, bytes; /* full pages only */
    struct ft_reply *reply;
};

static void next_page(struct walk *w)
{
    QotRequestHistoryKL__Request req = QOT__REQUEST_HISTORY_KL__REQUEST__INIT;
    req.c2s = &w->c2s;
    if (!w->c2s.has_nextreqkey)
        w->security.code = (char *)codes[w->next_code++ % CODES];
    uint64_t start = bench_now_ns();
    bench_call(w->client, FT_ID_Qot_RequestHistoryKL, &req.base, &w->reply);
    uint64_t spent = bench_now_ns() - start;
    const ProtobufCMessage *msg = ft_reply_message(w->reply);
    const QotRequestHistoryKL__S2C *s2c = ((const QotRequestHistoryKL__Response *)msg)->s2c;
    if (s2c->n_kllist == PAGE) {
        bench_hist_add(&hist, spent);
        w->pages++;
        w->bytes = protobuf_c_message_get_packed_size(msg);
    }
    w->c2s.has_nextreqkey = s2c->has_nextreqkey && s2c->nextreqkey.len > 0;
    if (!w->c2s.has_nextreqkey)
        return;
    if (s2c->nextreqkey.len > sizeof w->key)
        bench_die("a page key of %zu bytes", s2c->nextreqkey.len);
    memcpy(w->key, s2c->nextreqkey.data, s2c->nextreqkey.len);
    w->c2s.nextreqkey.data = w->key;
    w->c2s.nextreqkey.len = s2c->nextreqkey.len;
}

static void echo_for(uint16_t port, size_t len, uint64_t until)
{
    uint8_t *bytes = calloc(1, len);
    int fd = bench_connect(port);
    if (!bytes)
        bench_die("no memory");
    while (bench_now_ns() < until) {
        uint64_t start = bench_now_ns();
        bench_write_all(fd, bytes, len);
        for (size_t got = 0; got < len;) {
            ssize_t n = read(fd, bytes + got, len - got);
            if (n <= 0)
                bench_die("echo: no answer");
            got += (size_t)n;
        }
        bench_hist_add(&echo_hist, bench_now_ns() - start);
    }
    close(fd);
    free(bytes);
}

static void rows(const char *name, int kind, const char *begin, const char *end,
                 struct ft_client *client, const struct bench_child *gateway, uint16_t echo_port)
{
    struct walk w = {.client = client};
    qot__request_history_kl__c2_s__init(&w.c2s);
    qot__common__security__init(&w.security);
    w.security.market = MARKET_HK;
    w.c2s.security = &w.security;
    w.c2s.kltype = kind;
    w.c2s.rehabtype = 1; /* forward */
    w.c2s.begintime = (char *)begin;
    w.c2s.endtime = (char *)end;
    w.c2s.has_maxackklnum = 1;
    w.c2s.maxackklnum = PAGE;
    memset(&hist, 0, sizeof hist);
    memset(&echo_hist, 0, sizeof echo_hist);
    uint64_t cpu = bench_cpu_ns(gateway->pid), start = bench_now_ns(), now;
    while ((now = bench_now_ns()) - start < SECONDS * 1000 * MS)
        next_page(&w);
    cpu = bench_cpu_ns(gateway->pid) - cpu;
    ft_reply_free(w.reply);
    if (!w.pages)
        bench_die("%s: no page of %d bars", name, PAGE);
    echo_for(echo_port, w.bytes, bench_now_ns() + 500 * MS);
    char row[64];
    snprintf(row, sizeof row, "kline.%s.page", name);
    bench_row(row, (double)w.bytes, "bytes");
    snprintf(row, sizeof row, "kline.%s.rate", name);
    double echo_p50 = (double)bench_hist_percentile(&echo_hist, 0.5) / 1e3;
    bench_row(row, (double)w.pages / ((double)(now - start) / 1e9), "pages/s");
    snprintf(row, sizeof row, "kline.%s.p50", name);
    bench_row_beside(row, (double)bench_hist_percentile(&hist, 0.5) / 1e3, "us", echo_p50, "echo");
    snprintf(row, sizeof row, "kline.%s.p99", name);
    bench_row(row, (double)bench_hist_percentile(&hist, 0.99) / 1e3, "us");
    snprintf(row, sizeof row, "kline.%s.cpu", name);
    bench_row(row, (double)cpu / 1e3 / (double)w.pages, "us a page");
}

int main(void)
{
    static const char *const args[] = {"-sim_start=2026-11-25 03:00:00", "-limits=off", NULL};
    struct bench_child gateway = {0}, echo = {0};
    bench_echo_start(&echo);
    bench_opend_start(&gateway, args);
    struct ft_client *client = bench_client(gateway.port, "bench-kline");
    rows("1min", KL_1MIN, "2026-09-01", "2026-11-20", client, &gateway, echo.port);
    rows("day", KL_DAY, "2016-01-01", "2026-11-20", client, &gateway, echo.port);
    ft_client_free(client);
    bench_child_stop(&gateway);
    bench_child_stop(&echo);
    return 0;
}
