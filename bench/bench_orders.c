/* Orders over loopback TCP, through the C SDK's core, against a real opend of its own: place to
 * acknowledged, and place to fill push, at 1 client and at 50; orders a second from 50 pipelining
 * clients; with durability on (each acknowledged order is on disk: group commit) and off. Beside them
 * a raw echo of a PlaceOrder frame's bytes in the same run.
 *
 * Every order is a real one: checked, entered at the simulated exchange, kept. Resting orders are
 * bought far below the market and cancelled again outside the measured time; the fills are market
 * orders of one share against the simulated participants. -limits=off, -sim_clock=always. */
#include "bench_sdk.h"

#include "Trd_GetAccList.pb-c.h"
#include "Trd_ModifyOrder.pb-c.h"
#include "Trd_PlaceOrder.pb-c.h"
#include "Trd_SubAccPush.pb-c.h"
#include "Trd_UpdateOrder.pb-c.h"
#include "Trd_UpdateOrderFill.pb-c.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MANY = 50,
    DEPTH = 32,
    SIM_US = 1619199,
    FILLS_MAX = 4000, /* what the participants' book has on offer, with room to spare */
};
#define MS UINT64_C(1000000)
#define LATENCY_NS (1500 * MS)
#define RATE_NS (4000 * MS)

struct trader {
    struct ft_client *client;
    struct bench_hist *hist;
    uint64_t until;
    uint64_t sent_ns[DEPTH];
    unsigned next, waiting;
    uint64_t last_order; /* of the last reply */
    uint64_t placed;
    bool filled;
};

static double market_price;

/* ---- One order ------------------------------------------------------------------------------- */

static void fill_place(TrdPlaceOrder__C2S *c2s, TrdCommon__TrdHeader *header, bool market, bool buy,
                       double price)
{
    trd__common__trd_header__init(header);
    header->trdenv = 0;
    header->accid = SIM_US;
    header->trdmarket = 2;
    trd__place_order__c2_s__init(c2s);
    c2s->header = header;
    c2s->trdside = buy ? 1 : 2;
    c2s->ordertype = market ? 2 : 1;
    c2s->code = (char *)"AAPL";
    c2s->qty = 1;
    c2s->has_price = 1;
    c2s->price = price;
    c2s->has_secmarket = 1;
    c2s->secmarket = 2;
}

static void on_placed(void *user, struct ft_reply *reply);

static void place(struct trader *t, bool market, bool buy)
{
    TrdCommon__TrdHeader header;
    TrdPlaceOrder__C2S c2s;
    TrdPlaceOrder__Request r = TRD__PLACE_ORDER__REQUEST__INIT;
    fill_place(&c2s, &header, market, buy, market ? market_price : (double)(int)(market_price * 0.8));
    r.c2s = &c2s;
    t->sent_ns[t->next++ % DEPTH] = bench_now_ns();
    t->waiting++;
    if (ft_client_call_async(t->client, FT_ID_Trd_PlaceOrder, &r.base, 0, on_placed, t, NULL))
        bench_die("PlaceOrder: %s", ft_client_last_error(t->client));
}

static void on_placed(void *user, struct ft_reply *reply)
{
    struct trader *t = user;
    if (ft_reply_status(reply))
        bench_die("PlaceOrder: %s", ft_reply_text(reply));
    const TrdPlaceOrder__Response *r = (const TrdPlaceOrder__Response *)ft_reply_message(reply);
    t->last_order = r->s2c->orderid;
    uint64_t now = bench_now_ns();
    if (t->hist)
        bench_hist_add(t->hist, now - t->sent_ns[(t->next - t->waiting) % DEPTH]);
    t->waiting--;
    t->placed++;
    if (now < t->until)
        place(t, false, true);
}

static void on_fill(void *user, const struct ft_push *push)
{
    struct trader *t = user;
    const TrdUpdateOrderFill__Response *r = (const TrdUpdateOrderFill__Response *)ft_push_message(push);
    market_price = r->s2c->orderfill->price;
    t->filled = true;
}

/* A market order that ends otherwise than by a fill would be waited for in vain. */
static void on_order(void *user, const struct ft_push *push)
{
    (void)user;
    const TrdCommon__Order *o = ((const TrdUpdateOrder__Response *)ft_push_message(push))->s2c->order;
    if (o->ordertype == 2 && (o->orderstatus == 15 || o->orderstatus == 21))
        bench_die("a market order was not filled: status %d %s", o->orderstatus, o->lasterrmsg);
}

/* ---- Sessions ---------------------------------------------------------------------------------- */

static void open_trader(struct trader *t, uint16_t port)
{
    memset(t, 0, sizeof *t);
    t->client = bench_client(port, "bench-orders");
}

/* The account's pushes to this connection, or none. */
static void subscribe(struct trader *t, bool want)
{
    uint64_t account = SIM_US;
    TrdSubAccPush__C2S c2s = TRD__SUB_ACC_PUSH__C2_S__INIT;
    c2s.accidlist = &account;
    c2s.n_accidlist = want;
    TrdSubAccPush__Request r = TRD__SUB_ACC_PUSH__REQUEST__INIT;
    r.c2s = &c2s;
    bench_call(t->client, FT_ID_Trd_SubAccPush, &r.base, NULL);
    ft_client_on_push(t->client, FT_ID_Trd_UpdateOrderFill, on_fill, t);
    ft_client_on_push(t->client, FT_ID_Trd_UpdateOrder, on_order, t);
}

static void cancel_all(struct trader *t)
{
    TrdCommon__TrdHeader header = TRD__COMMON__TRD_HEADER__INIT;
    header.accid = SIM_US;
    header.trdmarket = 2;
    TrdModifyOrder__C2S c2s = TRD__MODIFY_ORDER__C2_S__INIT;
    c2s.header = &header;
    c2s.modifyorderop = 2;
    c2s.has_forall = c2s.forall = 1;
    TrdModifyOrder__Request r = TRD__MODIFY_ORDER__REQUEST__INIT;
    r.c2s = &c2s;
    bench_call(t->client, FT_ID_Trd_ModifyOrder, &r.base, NULL);
}

static void dispatch_until_idle(struct trader *traders, unsigned n)
{
    struct pollfd fds[MANY];
    for (;;) {
        unsigned busy = 0;
        for (unsigned i = 0; i < n; i++) {
            struct ft_client *c = traders[i].client;
            fds[i] = (struct pollfd){.fd = ft_client_fd(c), .events = POLLIN};
            if (traders[i].waiting && ft_client_dispatch(c, 0, NULL))
                bench_die("SDK: %s", ft_client_last_error(c));
            busy += traders[i].waiting > 0;
        }
        if (!busy)
            return;
        if (poll(fds, n, 10000) <= 0)
            bench_die("no reply within ten seconds");
    }
}

/* ---- Rows ------------------------------------------------------------------------------------------ */

static void latency_rows(const char *what, const struct bench_hist *h, const struct bench_hist *echo)
{
    static const struct { const char *name; double share; } at[] = {
        {"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999},
    };
    for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
        char row[96];
        snprintf(row, sizeof row, "orders.%s.%s", what, at[k].name);
        bench_row_beside(row, (double)bench_hist_percentile(h, at[k].share) / 1e3, "us",
                         (double)bench_hist_percentile(echo, at[k].share) / 1e3, "echo");
    }
}

/* The bytes of one PlaceOrder request, sent back by a raw server. */
static void echo_rounds(uint16_t port, struct bench_hist *hist)
{
    struct ft_buf frame;
    ft_buf_init(&frame, 4096);
    Common__PacketID packet;
    TrdCommon__TrdHeader header;
    TrdPlaceOrder__C2S c2s;
    TrdPlaceOrder__Request r = TRD__PLACE_ORDER__REQUEST__INIT;
    fill_place(&c2s, &header, false, true, market_price);
    common__packet_id__init(&packet); /* as large as a real one */
    packet.connid = UINT64_C(6730043337026687703);
    packet.serialno = 1;
    c2s.packetid = &packet;
    r.c2s = &c2s;
    struct ft_sha1 *sha = ft_sha1_new();
    ptrdiff_t at = ft_frame_begin(&frame);
    if (!sha || at < 0 || ft_body_write(&r.base, FT_BODY_PROTOBUF, &frame, NULL))
        bench_die("no memory");
    struct ft_frame_head head = {FT_PROTO_Trd_PlaceOrder, 1, FT_BODY_PROTOBUF};
    ft_frame_end(&frame, at, sha, &head);
    int fd = bench_connect(port);
    uint8_t back[4096];
    size_t len = ft_buf_len(&frame);
    for (uint64_t until = bench_now_ns() + LATENCY_NS, now; (now = bench_now_ns()) < until;) {
        bench_write_all(fd, ft_buf_head(&frame), len);
        for (size_t got = 0; got < len;) {
            ssize_t n = recv(fd, back, sizeof back, 0);
            if (n <= 0)
                bench_die("echo: connection lost");
            got += (size_t)n;
        }
        bench_hist_add(hist, bench_now_ns() - now);
    }
    ft_sha1_free(sha);
    ft_buf_free(&frame);
}

static void fill_rounds(struct trader *t, struct bench_hist *hist)
{
    bool buy = true;
    t->hist = NULL;
    t->until = 0;
    uint64_t until = bench_now_ns() + LATENCY_NS;
    for (int k = 0; k < FILLS_MAX && bench_now_ns() < until; k++, buy = !buy) {
        uint64_t start = bench_now_ns();
        t->filled = false;
        place(t, true, buy);
        for (int done; !t->filled || t->waiting;)
            if (ft_client_dispatch(t->client, 10000, &done) || !done)
                bench_die("no fill within ten seconds: %s", ft_client_last_error(t->client));
        bench_hist_add(hist, bench_now_ns() - start);
    }
}

static void latencies(const char *mode, struct trader *traders, const struct bench_hist *echo)
{
    static struct bench_hist ack, fill, many;
    memset(&ack, 0, sizeof ack);
    memset(&fill, 0, sizeof fill);
    memset(&many, 0, sizeof many);
    subscribe(&traders[0], true);
    fill_rounds(&traders[0], &fill); /* the first ones find the price and warm up */
    memset(&fill, 0, sizeof fill);
    fill_rounds(&traders[0], &fill);
    subscribe(&traders[0], false);

    traders[0].hist = &ack;
    traders[0].until = bench_now_ns() + LATENCY_NS;
    place(&traders[0], false, true);
    dispatch_until_idle(traders, 1);
    cancel_all(&traders[0]);

    uint64_t start = bench_now_ns();
    for (unsigned i = 0; i < MANY; i++) {
        traders[i].hist = &many;
        traders[i].until = start + LATENCY_NS;
        place(&traders[i], false, true);
    }
    dispatch_until_idle(traders, MANY);
    cancel_all(&traders[0]);

    char name[64];
    snprintf(name, sizeof name, "durability_%s.1_client.place_to_ack", mode);
    latency_rows(name, &ack, echo);
    snprintf(name, sizeof name, "durability_%s.1_client.place_to_fill_push", mode);
    latency_rows(name, &fill, echo);
    snprintf(name, sizeof name, "durability_%s.50_clients.place_to_ack", mode);
    latency_rows(name, &many, echo);
}

static void rate(const char *mode, struct trader *traders, pid_t gateway)
{
    static struct bench_hist deep;
    memset(&deep, 0, sizeof deep);
    uint64_t start = bench_now_ns(), cpu = bench_cpu_ns(gateway), own = bench_cpu_ns(0);
    for (unsigned i = 0; i < MANY; i++) {
        traders[i].hist = &deep;
        traders[i].until = start + RATE_NS;
        for (int k = 0; k < DEPTH; k++)
            place(&traders[i], false, true);
    }
    dispatch_until_idle(traders, MANY);
    double seconds = (double)(bench_now_ns() - start) / 1e9, n = (double)deep.count;
    char name[64];
    snprintf(name, sizeof name, "orders.durability_%s.50_clients_pipelining.rate", mode);
    bench_row(name, n / seconds, "acknowledged orders/s");
    snprintf(name, sizeof name, "orders.durability_%s.50_clients_pipelining.cpu", mode);
    bench_row_beside(name, (double)(bench_cpu_ns(gateway) - cpu) / 1e3 / n,
                     "us of the gateway per order", (double)(bench_cpu_ns(0) - own) / 1e3 / n,
                     "the clients'");
}

static void with_durability(const char *mode, const struct bench_hist *echo, const char *only)
{
    char durability[32];
    snprintf(durability, sizeof durability, "-durability=%s", mode);
    const char *args[] = {durability, "-limits=off", "-sim_clock=always", "-max_connections=1000",
                          "-initial_cash=1000000000000", "-log_level=warning", NULL};
    struct bench_child gateway;
    bench_opend_start(&gateway, args);
    static struct trader traders[MANY];
    for (unsigned i = 0; i < MANY; i++)
        open_trader(&traders[i], gateway.port);
    if (!only || strcmp(only, "latency") == 0)
        latencies(mode, traders, echo);
    if (!only || strcmp(only, "rate") == 0)
        rate(mode, traders, gateway.pid);
    for (unsigned i = 0; i < MANY; i++)
        ft_client_free(traders[i].client);
    bench_child_stop(&gateway);
}

/* An argument chooses one part, for a profiler: latency, rate. */
int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    struct bench_child echo_child;
    static struct bench_hist echo;
    bench_echo_start(&echo_child);
    market_price = 100;
    echo_rounds(echo_child.port, &echo);
    with_durability("off", &echo, only);
    with_durability("on", &echo, only);
    bench_child_stop(&echo_child);
    return 0;
}
