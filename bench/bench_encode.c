/* The hottest pushes: time to build the message from the live data of HK.00700 after a minute of its
 * market, and to write its protobuf body by hand beside protobuf-c's writer. Both give the same
 * bytes (tests/unit/gateway/test_push.c). */
#include "bench.h"

#include "gateway/push.h"
#include "market/embedded.h"
#include "wire/encode.h"
#include "wire/pb.h"

#include <stdio.h>

#define SECONDS 0.3 /* per row */

static const int64_t start_ns = INT64_C(1795618800) * FT_NS_PER_SEC; /* 2026-11-25 15:00 UTC */
enum { FIRST_LIVE_DAY = 20781, WARM_UP_S = 60 };

static struct ft_gateway gw;
static struct ft_topic topic;
static const struct ft_tape *tape;
static const struct ft_push_variant live = {.sessions = FT_IN_ALL, .adjust = FT_ADJUST_NONE,
                                             .right = FT_QOT_LV2};
static const ProtobufCMessage *msg;
static struct ft_buf out;

static void empty(void)
{
    ft_buf_consume(&out, ft_buf_len(&out));
}

static void build(void *user, uint64_t n)
{
    (void)user;
    while (n--) {
        ft_arena_reset(&gw.arena);
        msg = ft_push_build(&gw, &topic, tape, &live);
        if (!msg)
            bench_die("nothing to push");
    }
}

static void by_hand(void *user, uint64_t n)
{
    ft_encoder *encode = user;
    while (n--) {
        empty();
        if (encode(msg, &out, NULL))
            bench_die("encode");
    }
}

static void by_library(void *user, uint64_t n)
{
    (void)user;
    while (n--) {
        empty();
        if (ft_pb_append(msg, &out, NULL))
            bench_die("encode");
    }
}

static void rows(const char *what, int type)
{
    char name[64];
    topic.type = (uint8_t)type;
    double built = bench_ns_per_op(build, NULL, SECONDS);
    double library = bench_ns_per_op(by_library, NULL, SECONDS);
    double hand = bench_ns_per_op(by_hand, (void *)ft_encoder_of(msg->descriptor), SECONDS);
    snprintf(name, sizeof name, "encode.%s.size", what);
    bench_row(name, (double)ft_buf_len(&out), "bytes");
    snprintf(name, sizeof name, "encode.%s.build", what);
    bench_row(name, built, "ns");
    snprintf(name, sizeof name, "encode.%s.protobuf_c", what);
    bench_row(name, library, "ns");
    snprintf(name, sizeof name, "encode.%s.by_hand", what);
    bench_row_beside(name, hand, "ns", library, "protobuf-c");
}

int main(void)
{
    struct ft_err err = {0};
    struct ft_world_options o = {
        .seed = 7, .hours = {FT_CLOCK_ALWAYS, FIRST_LIVE_DAY}, .start_ns = start_ns};
    ft_arena_init(&gw.arena, 8 << 20);
    ft_buf_init(&out, 1 << 20);
    gw.config.lang = FT_LANG_EN;
    gw.universe = ft_universe_load(ft_embedded_data, NULL, FIRST_LIVE_DAY, NULL, 0, &err);
    gw.world = gw.universe ? ft_world_new(gw.universe, &o, &err) : NULL;
    if (!gw.world)
        bench_die("%s", err.text);
    topic.inst = ft_universe_find(gw.universe, FT_MARKET_HK, "00700");
    if (!topic.inst || ft_world_watch(gw.world, topic.inst->index, &err))
        bench_die("HK.00700: %s", err.text);
    topic.source = topic.inst->index;
    tape = ft_world_live(gw.world, topic.source);
    ft_world_step(gw.world, start_ns + WARM_UP_S * FT_NS_PER_SEC);
    const ft_inst *changed;
    ft_world_changed(gw.world, &changed);
    ft_world_drained(gw.world);
    /* A few trades more: what one turn of the loop pushes. */
    for (int64_t t = WARM_UP_S * FT_NS_PER_SEC; tape->tick_count - tape->ticks_drained < 1;)
        ft_world_step(gw.world, start_ns + (t += FT_NS_PER_SEC / 100));
    rows("ticker", FT_SUB_TICK);
    rows("order_book", FT_SUB_BOOK);
    rows("quote", FT_SUB_QUOTE);
    rows("bars_1m", 11); /* SubType_KL_1Min */
    rows("time_share", FT_SUB_RT);
    ft_world_free(gw.world);
    ft_universe_free(gw.universe);
    ft_arena_free(&gw.arena);
    ft_buf_free(&out);
    return 0;
}
