/* Pushes from real tapes: what the hand-written writers make of them is what protobuf-c makes, for
 * instruments of every kind, every bar period, session and adjustment, first pushes and later ones,
 * while the world runs. */
#include "gateway/push.h"
#include "market/embedded.h"
#include "wire/encode.h"
#include "wire/pb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-25T15:00:00Z, a Wednesday. */
static const int64_t start_ns = INT64_C(1795618800) * FT_NS_PER_SEC;
enum { FIRST_LIVE_DAY = 20781, STEPS = 15, STEP_S = 3, INSTRUMENTS_MAX = 32 };

static struct ft_gateway gw;
static const struct ft_instrument *insts[INSTRUMENTS_MAX];
static size_t inst_count;

static void watch(const struct ft_instrument *inst)
{
    struct ft_err err = {0};
    assert_non_null(inst);
    assert_true(inst_count < INSTRUMENTS_MAX);
    if (ft_world_watch(gw.world, inst->index, &err))
        fail_msg("%s: %s", inst->code, err.text);
    insts[inst_count++] = inst;
}

static void watch_code(int market, const char *code)
{
    watch(ft_universe_find(gw.universe, market, code));
}

/* Some option of each market that has them, by the type and not by a code that expires. */
static void watch_options(void)
{
    bool have[FT_MARKET_SZ + 1] = {false};
    for (size_t i = 0; i < ft_universe_count(gw.universe); i++) {
        const struct ft_instrument *inst = ft_universe_at(gw.universe, (ft_inst)i);
        if (inst->type != FT_SEC_OPTION || inst->market > FT_MARKET_SZ || have[inst->market])
            continue;
        have[inst->market] = true;
        watch(inst);
    }
    assert_true(have[FT_MARKET_HK] && have[FT_MARKET_US]);
}

static int setup(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_world_options o = {
        .seed = 7, .hours = {FT_CLOCK_ALWAYS, FIRST_LIVE_DAY}, .start_ns = start_ns};
    ft_arena_init(&gw.arena, 8 << 20);
    gw.config.lang = FT_LANG_CHS;
    gw.universe = ft_universe_load(ft_embedded_data, NULL, FIRST_LIVE_DAY, NULL, 0, &err);
    gw.world = gw.universe ? ft_world_new(gw.universe, &o, &err) : NULL;
    if (!gw.world)
        fail_msg("%s", err.text);
    watch_code(FT_MARKET_HK, "00700");
    watch_code(FT_MARKET_HK, "800000");
    watch_code(FT_MARKET_HK, "02800");
    watch_code(FT_MARKET_HK, "21901");
    watch_code(FT_MARKET_HK, "HSImain");
    watch_code(FT_MARKET_US, "AAPL");
    watch_code(FT_MARKET_US, "NQmain");
    watch_code(FT_MARKET_SH, "600519");
    watch_options();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ft_world_free(gw.world);
    ft_universe_free(gw.universe);
    ft_arena_free(&gw.arena);
    return 0;
}

static bool same_bytes(const ProtobufCMessage *msg, const struct ft_topic *t)
{
    static struct ft_buf hand, lib;
    struct ft_err err = {0};
    ft_encoder *encode = ft_encoder_of(msg->descriptor);
    if (!encode)
        return false; /* the broker queue */
    ft_buf_init(&hand, 1 << 20);
    ft_buf_init(&lib, 1 << 20);
    if (encode(msg, &hand, &err) || ft_pb_append(msg, &lib, &err))
        fail_msg("%s SubType %d: %s", t->inst->code, t->type, err.text);
    if (ft_buf_len(&hand) != ft_buf_len(&lib) ||
        memcmp(ft_buf_head(&hand), ft_buf_head(&lib), ft_buf_len(&lib)) != 0)
        fail_msg("%s SubType %d: not protobuf-c's bytes", t->inst->code, t->type);
    ft_buf_free(&hand);
    ft_buf_free(&lib);
    return true;
}

/* Pushes of one topic in every variant; the number compared. */
static size_t compare_topic(const struct ft_topic *t, const struct ft_tape *tape)
{
    static const unsigned sessions[] = {FT_IN_RTH, FT_IN_ETH, FT_IN_ALL};
    size_t n = 0;
    static const enum ft_qot_right rights[] = {FT_QOT_LV1, FT_QOT_LV2, FT_QOT_SF};
    for (unsigned k = 0; k < 3 * 3 * 2 * 2; k++) {
        struct ft_push_variant v = {.sessions = sessions[k % 3],
                                    .adjust = (enum ft_adjust)(k / 3 % 3),
                                    .detail = k / 9 % 2,
                                    .first = k / 18,
                                    .right = rights[k % 3]};
        ft_arena_reset(&gw.arena);
        const ProtobufCMessage *msg = ft_push_build(&gw, t, tape, &v);
        n += msg && same_bytes(msg, t);
    }
    return n;
}

static void test_real_tapes(void **state)
{
    (void)state;
    size_t compared[FT_SUB_TYPE_MAX + 1] = {0};
    for (int step = 1; step <= STEPS; step++) {
        ft_world_step(gw.world, start_ns + step * STEP_S * FT_NS_PER_SEC);
        for (size_t i = 0; i < inst_count; i++) {
            const struct ft_tape *tape = ft_world_live(gw.world, insts[i]->index);
            assert_non_null(tape);
            for (int type = 1; type <= FT_SUB_TYPE_MAX; type++) {
                struct ft_topic t = {
                    .inst = insts[i], .source = tape->inst->index, .type = (uint8_t)type};
                if (type == FT_SUB_QUOTE || type == FT_SUB_BOOK || type == FT_SUB_TICK ||
                    type == FT_SUB_RT || ft_sub_bar_kind(type))
                    compared[type] += compare_topic(&t, tape);
            }
        }
        const ft_inst *changed;
        assert_true(ft_world_changed(gw.world, &changed) > 0);
        ft_world_drained(gw.world);
    }
    for (int type = 1; type <= FT_SUB_TYPE_MAX; type++)
        if (type == FT_SUB_QUOTE || type == FT_SUB_BOOK || type == FT_SUB_TICK ||
            type == FT_SUB_RT || ft_sub_bar_kind(type))
            assert_true(compared[type] >= STEPS * inst_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_real_tapes)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
