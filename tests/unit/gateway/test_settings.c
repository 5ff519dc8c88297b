/* Configuration keys and latency figures. */
#include "gateway/config.h"
#include "gateway/delay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int parse(struct ft_config *c, const char *arg, struct ft_err *err)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", arg);
    char *argv[] = {(char *)"opend", copy, NULL};
    ft_config_defaults(c);
    return ft_config_parse_args(c, 2, argv, err);
}

static void test_good_values(void **state)
{
    (void)state;
    struct ft_config c;
    struct ft_err err = {0};
    static const char *const good[] = {
        "-api_ip=0.0.0.0", "-api_port=0", "-api_port=65535", "-data_dir=/tmp/x", "-log_level=no",
        "-log_level=debug", "-rsa_private_key=/k.pem", "-lang=chs", "-lang=en",
        "-push_proto_type=1", "-login_account=1619199", "-accounts=/a.csv", "-hash_password", "-idle_timeout=1", "-help", "--help",
        "-max_connections=1", "-output_limit=65536", "-keep_alive_interval=10",
        "-sim_clock=exchange", "-sim_clock=always", "-sim_speed=1000", "-sim_seed=0",
        "-sim_start=2026-11-21 00:00:00", "-instruments=/tmp/i.csv", "-trade_password=abc",
        "-trade_password_md5=E10ADC3949BA59ABBE56E057F20F883E", "-initial_cash=0",
        "-firms=FUTUINC,FUTUSECURITIES", "-paper_rules=full", "-limits=off", "-durability=off",
        "-pdt_protection=0", "-dtcall_confirmation=0", "-check", "-quota_tier=auto", "-quota_tier=100",
        "-sub_quota=1", "-history_kl_quota=2000", "-auto_hold_quote_right=0", "-quote_rights=hk=SF",
    };
    for (size_t k = 0; k < sizeof good / sizeof good[0]; k++)
        assert_int_equal(parse(&c, good[k], &err), 0);
    assert_int_equal(parse(&c, "-api_port=22222", &err), 0);
    assert_int_equal(c.api_port, 22222);
    assert_int_equal(parse(&c, "-lang=chs", &err), 0);
    assert_int_equal(c.lang, FT_LANG_CHS);
    assert_int_equal(parse(&c, "-log_level=error", &err), 0);
    assert_int_equal(c.log_level, FT_LOG_ERROR);
    assert_int_equal(parse(&c, "-sim_clock=exchange", &err), 0);
    assert_int_equal(c.sim_clock, FT_CLOCK_EXCHANGE);
    assert_int_equal(parse(&c, "-trade_password_md5=E10ADC3949BA59ABBE56E057F20F883E", &err), 0);
    assert_string_equal(c.trade_password_md5, "e10adc3949ba59abbe56e057f20f883e");
    assert_int_equal(parse(&c, "-firms=FUTUINC,FUTUSECURITIES", &err), 0);
    assert_int_equal(c.firm_list[0], FT_FIRM_FUTUINC);
    assert_int_equal(c.firm_list[1], FT_FIRM_FUTUHK);
    assert_int_equal(c.firm_list[2], 0);
    assert_int_equal(parse(&c, "-dtdcall_confirmation=0", &err), 0);
    assert_int_equal(c.dtcall_confirmation, 0);
    assert_int_equal(parse(&c, "-paper_rules=official", &err), 0);
    assert_true(c.official_paper && c.limits && c.durability);
    assert_int_equal(parse(&c, "-limits=off", &err), 0);
    assert_true(!c.official_paper && !c.limits);
    static const struct { const char *arg; int seconds; } zones[] = {
        {"-future_trade_api_time_zone=UTC+8", 8 * 3600},
        {"-future_trade_api_time_zone=UTC-5", -5 * 3600},
        {"-future_trade_api_time_zone=UTC+5:30", 5 * 3600 + 1800},
        {"-future_trade_api_time_zone=UTC+0", 0},
    };
    for (size_t k = 0; k < sizeof zones / sizeof zones[0]; k++) {
        assert_int_equal(parse(&c, zones[k].arg, &err), 0);
        assert_int_equal(c.future_zone_s, zones[k].seconds);
    }
}

/* Each names the key and what is allowed. */
static void test_bad_values(void **state)
{
    (void)state;
    static const struct { const char *arg, *says; } bad[] = {
        {"-api_port=65536", "0 to 65535"}, {"-api_port=x", "api_port=x"},
        {"-api_port=", "api_port"}, {"-api_port=1x", "api_port=1x"}, {"-api_port=-1", "0 to 65535"},
        {"-log_level=loud", "debug"}, {"-lang=fr", "chs and en"}, {"-push_proto_type=2", "0 to 1"},
        {"-login_account=me", "digits"}, {"-login_account=", "digits"},
        {"-idle_timeout=0", "1 to 86400"}, {"-output_limit=1", "65536"}, {"-nonsense=1", "-help"},
        {"nonsense", "-help"}, {"-api_port", "needs a value"}, {"-data_dir=", "data_dir"},
        {"-sim_clock=never", "always and exchange"}, {"-sim_speed=0", "1 to 100000"},
        {"-firms=", "is none"}, {"-firms=FUTUINC,", "is none"}, {"-firms=FUTUINC,X", "X is none"},
        {"-firms=FUTUINC,FUTUINC", "twice"}, {"-trade_password_md5=12", "32 hex"},
        {"-trade_password=", "is empty"}, {"-limits=on", "off and official"},
        {"-durability=2", "off and on"}, {"-paper_rules=none", "full and official"},
        {"-future_trade_api_time_zone=8", "UTC+8"}, {"-future_trade_api_time_zone=UTC+15", "UTC+14"},
        {"-future_trade_api_time_zone=UTC+5:3", "UTC+5:30"}, {"-initial_cash=-1", "initial_cash"},
        {"-sim_seed=-1", "sim_seed"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct ft_config c;
        struct ft_err err = {0};
        assert_int_equal(parse(&c, bad[k].arg, &err), -1);
        if (!strstr(err.text, bad[k].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[k].arg, err.text, bad[k].says);
    }
}

/* Names of users, and the number that clients see for each: the same for ever. */
static void test_user_ids(void **state)
{
    (void)state;
    static const struct { const char *account; uint64_t id; } good[] = {
        {"0", 0}, {"1619199", 1619199}, {"999999999999999999", UINT64_C(999999999999999999)},
        {"+86 13800000000", 1257170872}, {"+86-138-0000-0000", 1257170872},
        {"me@example.com", 1360829478}, {"Me@Example.COM", 1360829478}, {"a-b@x.com", 1142139324},
    };
    static const char *const bad[] = {
        "", "me", "1234567890123456789", "12 34", "+", "+86", "+86  13800000000", "+86 ", "+ 86123456",
        "+8613800000000x", "@x.com", "me@", "me@x", "me@x.", "me@.com", "m e@x.com", "a@b@x.com",
        "me@x.com\n", "86 13800000000", "+12345678901234567890",
    };
    for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
        assert_true(ft_login_account_ok(good[k].account));
        assert_int_equal(ft_login_user_id(good[k].account), good[k].id);
    }
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        if (ft_login_account_ok(bad[k]))
            fail_msg("'%s' was taken", bad[k]);
}

/* A password is never part of a message. */
static void test_secrets_stay_out_of_messages(void **state)
{
    (void)state;
    struct ft_config c;
    struct ft_err err = {0};
    static const char *const bad[] = {"-login_pwd_md5=sesame", "-trade_password_md5=sesame",
                                      "-websocket_key_md5=sesame"};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        assert_int_equal(parse(&c, bad[k], &err), -1);
        assert_null(strstr(err.text, "sesame"));
        assert_non_null(strstr(err.text, "32 hex"));
    }
}

static void test_request_figures(void **state)
{
    (void)state;
    struct ft_delay d;
    assert_int_equal(ft_delay_init(&d), 0);
    const struct ft_protocol *p = ft_protocol_find(FT_PROTO_KeepAlive);
    struct ft_delay_row *row = &d.rows[ft_protocol_index(p)];
    /* Two requests that arrived together: the second waited for the first, that is not its cost; both
     * are written together. */
    ft_delay_turn_begins(&d, 1000);
    ft_delay_request(&d, NULL, p, 1300, 0, 0);
    ft_delay_request(&d, NULL, p, 1400, 0, 0);
    ft_delay_request(&d, NULL, NULL, 1450, 0, 0);
    assert_int_equal(row->count, 2);
    assert_int_equal(row->written, 0);
    assert_true(ft_delay_waits_for_write(&d));
    ft_delay_written(&d, 1500);
    assert_int_equal(row->written, 2);
    assert_int_equal(row->total_ns, 500 + 200);
    assert_int_equal(row->wait_ns, 0);
    assert_false(ft_delay_waits_for_write(&d));
    /* 2026-11-20T22:00:00Z is 06:00 in Beijing. */
    ft_delay_daily_reset(&d, 1795211999);
    assert_int_equal(row->count, 2); /* the first call only learns the day */
    ft_delay_daily_reset(&d, 1795211999);
    assert_int_equal(row->count, 2);
    ft_delay_daily_reset(&d, 1795212000);
    assert_int_equal(row->count, 0);
    ft_delay_free(&d);
}

/* Replies that wait for the disk, and the orders among them. */
static void test_order_figures(void **state)
{
    (void)state;
    struct ft_delay d;
    assert_int_equal(ft_delay_init(&d), 0);
    const struct ft_protocol *p = ft_protocol_find(FT_PROTO_Trd_PlaceOrder);
    struct ft_delay_row *row = &d.rows[ft_protocol_index(p)];
    ft_delay_turn_begins(&d, 1000);
    ft_delay_request(&d, NULL, p, 1100, 77, 5);
    ft_delay_request(&d, NULL, p, 1150, 78, 6);
    assert_int_equal(ft_delay_order_count(&d), 2);
    assert_int_equal(ft_delay_order_at(&d, 0)->id, 77);
    ft_delay_acked(&d, 77, 1200);
    ft_delay_acked(&d, 77, 1250); /* a fill, later */
    ft_delay_acked(&d, 4711, 1250);
    ft_delay_durable(&d, 5, 3000);
    ft_delay_written(&d, 3100);
    const struct ft_delay_order *o = ft_delay_order_at(&d, 0);
    assert_int_equal(o->arrived_ns, 1000);
    assert_int_equal(o->answered_ns, 1100);
    assert_int_equal(o->acked_ns, 1200);
    assert_int_equal(o->durable_ns, 3000);
    assert_int_equal(o->written_ns, 3100);
    assert_int_equal(ft_delay_order_at(&d, 1)->written_ns, 0);
    assert_int_equal(row->count, 2);
    assert_int_equal(row->written, 1);
    assert_int_equal(row->total_ns, 2100);
    assert_int_equal(row->wait_ns, 1900);
    ft_delay_durable(&d, UINT64_MAX, 4000);
    ft_delay_written(&d, 4000);
    assert_int_equal(ft_delay_order_at(&d, 1)->written_ns, 4000);
    assert_int_equal(ft_delay_order_at(&d, 1)->acked_ns, 0);
    /* A reply that is written after the reset, or after the ring went round, finds no order. */
    ft_delay_request(&d, NULL, p, 5000, 79, 7);
    for (uint64_t k = 0; k < FT_DELAY_ORDERS; k++)
        ft_delay_request(&d, NULL, p, 5001 + k, 100 + k, 8);
    assert_int_equal(ft_delay_order_count(&d), FT_DELAY_ORDERS);
    assert_int_equal(ft_delay_order_at(&d, 0)->id, 100);
    ft_delay_durable(&d, 7, 6000);
    ft_delay_written(&d, 6000);
    for (size_t k = 0; k < FT_DELAY_ORDERS; k++)
        assert_int_equal(ft_delay_order_at(&d, k)->written_ns, 0);
    ft_delay_daily_reset(&d, 1795211999);
    ft_delay_daily_reset(&d, 1795212000);
    assert_int_equal(ft_delay_order_count(&d), 0);
    ft_delay_durable(&d, 8, 7000);
    ft_delay_acked(&d, 100, 7000);
    ft_delay_written(&d, 7000);
    assert_int_equal(row->written, 0);
    /* More than anybody waits for at once: counted, none lost. */
    for (uint64_t k = 0; k < 3 * FT_DELAY_HELD; k++)
        ft_delay_request(&d, NULL, p, 8000, 0, 9 + k);
    ft_delay_durable(&d, UINT64_MAX, 9000);
    ft_delay_written(&d, 9000);
    assert_int_equal(row->count, 3 * FT_DELAY_HELD);
    assert_int_equal(row->written, 3 * FT_DELAY_HELD);
    ft_delay_free(&d);
}

static void test_push_figures(void **state)
{
    (void)state;
    enum { PRICE, TICKER, BOOK, BROKER };
    const uint64_t ms = 1000000;
    struct ft_delay d;
    assert_int_equal(ft_delay_init(&d), 0);
    assert_int_equal(ft_delay_push_kind(FT_PROTO_Qot_UpdateOrderBook), BOOK);
    assert_int_equal(ft_delay_push_kind(FT_PROTO_Qot_UpdateKL), -1);
    /* Two steps in a turn: each event left the exchange with the first one that reached its time. */
    ft_delay_stepped(&d, 10 * ms, 11 * ms);
    ft_delay_stepped(&d, 20 * ms, 24 * ms);
    ft_delay_taken(&d, 30 * ms);
    ft_delay_push(&d, BOOK, 7 * ms, 3);
    ft_delay_push(&d, BOOK, 15 * ms, 1);
    ft_delay_push(&d, TICKER, 25 * ms, 1); /* no step reached it: it was there */
    ft_delay_push_at_hand(&d, BROKER, 31 * ms);
    assert_int_equal(d.pushes[BOOK].count, 0);
    ft_delay_written(&d, 40 * ms);
    ft_delay_pushed_all(&d);
    const struct ft_delay_push *p = &d.pushes[BOOK];
    assert_int_equal(p->count, 4);
    assert_int_equal(p->stage[FT_DELAY_SR2SS].total_ns, (3 * 4 + 9) * ms);
    assert_int_equal(p->stage[FT_DELAY_SS2CR].total_ns, (3 * 19 + 6) * ms);
    assert_int_equal(p->stage[FT_DELAY_CR2CS].total_ns, 4 * 10 * ms);
    assert_int_equal(p->stage[FT_DELAY_SS2CS].total_ns, (3 * 29 + 16) * ms);
    assert_int_equal(p->stage[FT_DELAY_SR2CS].total_ns, (3 * 33 + 25) * ms);
    assert_int_equal(d.pushes[TICKER].stage[FT_DELAY_SR2CS].total_ns, 10 * ms);
    assert_int_equal(d.pushes[TICKER].stage[FT_DELAY_SS2CR].total_ns, 0);
    assert_int_equal(d.pushes[BROKER].stage[FT_DELAY_SR2CS].total_ns, 9 * ms);
    assert_int_equal(d.pushes[PRICE].count, 0);
    /* Half-open, and -1 is without end. */
    const struct ft_delay_stage *s = &p->stage[FT_DELAY_SR2CS];
    assert_int_equal(ft_delay_between(s, 0, 25), 0);
    assert_int_equal(ft_delay_between(s, 25, 33), 1);
    assert_int_equal(ft_delay_between(s, 25, 34), 4);
    assert_int_equal(ft_delay_between(s, 0, -1), 4);
    ft_delay_taken(&d, 70100 * ms);
    ft_delay_push(&d, PRICE, 100 * ms, 1);
    ft_delay_written(&d, 70100 * ms);
    s = &d.pushes[PRICE].stage[FT_DELAY_SR2CS];
    assert_int_equal(ft_delay_between(s, 0, 5000), 1); /* no step: nothing that it waited for */
    ft_delay_stepped(&d, 70000 * ms, 70000 * ms);
    ft_delay_push(&d, PRICE, 100 * ms, 1);
    ft_delay_written(&d, 70100 * ms);
    assert_int_equal(ft_delay_between(s, 2000, -1), 1);
    /* As many steps as come: the last ones are not told apart. */
    for (uint64_t k = 0; k < 3 * FT_DELAY_STEPS; k++)
        ft_delay_stepped(&d, 80000 * ms + k, 80000 * ms + k);
    assert_int_equal(d.step[FT_DELAY_STEPS - 1].done_ns, 80000 * ms + 3 * FT_DELAY_STEPS - 1);
    ft_delay_daily_reset(&d, 1795211999);
    ft_delay_daily_reset(&d, 1795212000);
    assert_int_equal(d.pushes[BOOK].count, 0);
    ft_delay_free(&d);
}

static void test_segments(void **state)
{
    (void)state;
#define OK(...)                                                                                    \
    ft_delay_segments_ok((const int32_t[]){__VA_ARGS__},                                           \
                         sizeof(int32_t[]){__VA_ARGS__} / sizeof(int32_t))
    assert_true(ft_delay_segments_ok(NULL, 0));
    assert_true(OK(1, 2, 3, 100, 150, 1000, 1500, 5000, -1));
    assert_true(OK(100, 500, 1000, 2000, -1));
    assert_false(OK(2, 1));
    assert_false(OK(100, 120));
    assert_false(OK(1000, 1400));
    assert_false(OK(5001));
    assert_false(OK(-1));
    assert_false(OK(10, -1, 20));
    assert_false(OK(-5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_values),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_user_ids),
        cmocka_unit_test(test_secrets_stay_out_of_messages),
        cmocka_unit_test(test_request_figures),
        cmocka_unit_test(test_order_figures),
        cmocka_unit_test(test_push_figures),
        cmocka_unit_test(test_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
