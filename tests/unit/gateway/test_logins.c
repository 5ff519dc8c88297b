/* Logins: the file that names them, what is wrong in one, their passwords, and whose a connection is. */
#include "gateway/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KNOWN_HASH                                                                                 \
    "scrypt$1024$8$1$000102030405060708090a0b0c0d0e0f$"                                               \
    "94f18d0b4ee4afd49d651ae9af5a19a9e1387a82cd59c2ffe7ec1d5a0863d1c7"
#define MD5_123456 "e10adc3949ba59abbe56e057f20f883e"

static struct ft_gateway gw;

static int setup(void **state)
{
    (void)state;
    memset(&gw, 0, sizeof gw);
    ft_config_defaults(&gw.config);
    gw.logins.all = calloc(1, sizeof *gw.logins.all);
    gw.logins.count = 1;
    gw.logins.all[0].user_id = 100000;
    memcpy(gw.logins.all[0].name, "100000", 7);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ft_logins_free(&gw);
    return 0;
}

static int take(const char *text, struct ft_err *err)
{
    return ft_logins_read(&gw.logins, &gw.config, "accounts.csv", text, strlen(text), err);
}

static void test_rows(void **state)
{
    (void)state;
    struct ft_err err = {0};
    if (take("# who may come in\n"
             "client_ids,name,user_id,password,firms,initial_cash,read_only,api_port,api_ip\n"
             "strategy-* one,alice,200001," MD5_123456 ",FUTUINC FUTUSECURITIES,500,,,\n"
             ",bob@x,999999999999999999,,,,1,0,\n"
             ",carol,3," MD5_123456 ",,0,0,11111,127.0.0.9\n", &err))
        fail_msg("%s", err.text);
    assert_int_equal(gw.logins.count, 4);
    const struct ft_login *alice = &gw.logins.all[1], *bob = alice + 1, *carol = alice + 2;
    assert_string_equal(alice->name, "alice");
    assert_int_equal(alice->user_id, 200001);
    assert_true(alice->firms[0] == FT_FIRM_FUTUINC && alice->firms[1] == FT_FIRM_FUTUHK && !alice->firms[2]);
    assert_string_equal(alice->firm_names, "FUTUINC,FUTUSECURITIES");
    assert_int_equal(alice->initial_cash, 500);
    assert_true(!alice->read_only && alice->api_port == -1 && alice->client_id_count == 2);
    assert_true(bob->read_only && bob->api_port == 0 && bob->password.kind == FT_PASSWORD_NONE);
    assert_int_equal(bob->initial_cash, gw.config.initial_cash);
    assert_true(bob->firms[0] == FT_FIRM_FUTUHK && !bob->firms[1]);
    assert_string_equal(bob->api_ip, "127.0.0.1");
    assert_true(carol->api_port == 11111 && carol->initial_cash == 0 && !carol->read_only);
    assert_string_equal(carol->api_ip, "127.0.0.9"); /* the default login's port at another address */
}

static void test_the_example(void **state)
{
    (void)state;
    static char text[8192];
    struct ft_err err = {0};
    FILE *f = fopen(FT_SOURCE_DIR "/docs/accounts.example.csv", "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    if (take(text, &err))
        fail_msg("%s", err.text);
    assert_int_equal(gw.logins.count, 4);
    char md5[FT_PASSWORD_MD5 + 1];
    assert_int_equal(ft_password_md5("change-me", md5, &err), 0);
    assert_true(ft_password_fits(&gw.logins.all[1].password, md5));
    assert_true(ft_password_fits(&gw.logins.all[2].password, md5));
    assert_true(gw.logins.all[3].read_only);
}

static void test_faults(void **state)
{
    (void)state;
#define HEAD "name,user_id,password,firms,initial_cash,read_only,client_ids,api_ip,api_port,rsa_private_key\n"
#define GOOD "alice,200001," MD5_123456 ",,,,a-*,,11112,\n"
    static const struct { const char *rows, *words; } cases[] = {
        {",1," MD5_123456 ",,,,a,,,\n", ":2: name: '': allowed are 1 to 32"},
        {"a b,1," MD5_123456 ",,,,a,,,\n", ":2: name: 'a b'"},
        {"abcdefghijabcdefghijabcdefghijabc,1,,,,1,a,,,\n", "1 to 32"},
        {"a,," MD5_123456 ",,,,a,,,\n", ":2: user_id: '': allowed are 1 to 18 digits"},
        {"a,0," MD5_123456 ",,,,a,,,\n", "'0'"},
        {"a,12x," MD5_123456 ",,,,a,,,\n", "'12x'"},
        {"a,1234567890123456789," MD5_123456 ",,,,a,,,\n", "18 digits"},
        {"a,1,,,,,a,,,\n", ":2: password: it is empty"},
        {"a,1,secret,,,,a,,,\n", ":2: password: allowed is what opend -hash_password prints"},
        {"a,1," MD5_123456 ",FUTUX,,,a,,,\n", ":2: firms: firms=FUTUX: FUTUX is none"},
        {"a,1," MD5_123456 ",FUTUINC FUTUINC,,,a,,,\n", "comes twice"},
        {"a,1," MD5_123456 ",,-1,,a,,,\n", ":2: initial_cash: -1 is not within 0 to 1000000000000"},
        {"a,1," MD5_123456 ",,1.5,,a,,,\n", "initial_cash: '1.5'"},
        {"a,1," MD5_123456 ",,,yes,a,,,\n", ":2: read_only: unknown word 'yes', allowed: 0, 1"},
        {"a,1," MD5_123456 ",,,,*,,,\n", ":2: client_ids: '*': a * stands at the end only"},
        {"a,1," MD5_123456 ",,,,a*b,,,\n", "'a*b'"},
        {"a,1," MD5_123456 ",,,,1 2 3 4 5 6 7 8 9,,,\n", ":2: client_ids: at most 8 words"},
        {"a,1," MD5_123456 ",,,,,,,\n", ":2: login a has neither client_ids nor an api_port"},
        {"a,1," MD5_123456 ",,,,,,65536,\n", ":2: api_port: 65536"},
        {"a,1," MD5_123456 ",,,,,,11111,\n", ":2: api_port: 11111 is the port of the default login"},
        {"a,1," MD5_123456 ",,,,a,127.0.0.1,,\n", ":2: api_ip: it is of the login's own listener"},
        {"a,1," MD5_123456 ",,,,a,,,key.pem\n", ":2: rsa_private_key: it is of the login's own listener"},
        {"a,100000," MD5_123456 ",,,,a,,,\n", ":2: user_id: 100000 is login 100000 already"},
        {"100000,1," MD5_123456 ",,,,a,,,\n", ":2: name: 100000 is there already"},
        {GOOD "alice,2," MD5_123456 ",,,,b,,,\n", ":3: name: alice is there already"},
        {GOOD "b,200001," MD5_123456 ",,,,b,,,\n", ":3: user_id: 200001 is login alice already"},
        {GOOD "b,2," MD5_123456 ",,,,x a-*,,,\n", ":3: client_ids: a-* is login alice's already"},
        {GOOD "b,2," MD5_123456 ",,,,,,11112,\n", ":3: api_port: 11112 is login alice's already"},
        {"a,1\n", ":2: "},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct ft_err err = {0};
        char text[1024];
        snprintf(text, sizeof text, HEAD "%s", cases[k].rows);
        assert_int_equal(take(text, &err), -1);
        if (!strstr(err.text, cases[k].words) || strncmp(err.text, "accounts.csv:", 13) != 0)
            fail_msg("case %zu: '%s' does not say '%s'", k, err.text, cases[k].words);
        if (strstr(err.text, "secret") || strstr(err.text, MD5_123456))
            fail_msg("case %zu tells a secret: '%s'", k, err.text);
        teardown(NULL);
        setup(NULL);
    }
    struct ft_err err = {0};
    assert_int_equal(take("name,user_id,pasword\na,1,x\n", &err), -1); /* a column that nobody knows */
    assert_non_null(strstr(err.text, "pasword"));
}

static void test_the_most(void **state)
{
    (void)state;
    struct ft_err err = {0};
    size_t n = 0, size = (FT_LOGINS_MAX + 2) * 64;
    char *text = malloc(size);
    n += (size_t)snprintf(text, size, "name,user_id,read_only,client_ids\n");
    for (int k = 1; k <= FT_LOGINS_MAX; k++)
        n += (size_t)snprintf(text + n, size - n, "n%d,%d,1,c%d\n", k, k, k);
    if (take(text, &err))
        fail_msg("%s", err.text);
    assert_int_equal(gw.logins.count, FT_LOGINS_MAX + 1);
    assert_int_equal(take("name,user_id,read_only,client_ids\nx,77777,1,x\n", &err), -1);
    assert_non_null(strstr(err.text, "at most 1000 logins"));
    free(text);
}

static void test_whose_a_connection_is(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_listener shared = {0};
    assert_int_equal(take("name,user_id,read_only,client_ids,api_port\n"
                          "a,1,1,bot-* bot,\nb,2,1,bot-7* exact,\nc,3,1,bot-77,\nd,4,1,,0\n", &err), 0);
    static const struct { const char *client_id, *name; } cases[] = {
        {NULL, "100000"}, {"", "100000"}, {"x", "100000"}, {"bo", "100000"}, {"bot", "a"}, {"bot2", "100000"},
        {"bot-", "a"}, {"bot-1", "a"}, {"bot-7", "b"}, {"bot-78", "b"}, {"bot-77", "c"}, {"bot-777", "b"},
        {"BOT-1", "100000"}, {"exact", "b"}, {"exactly", "100000"}, {"bot-7*", "b"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        assert_string_equal(ft_logins_map(&gw, &shared, cases[k].client_id)->name, cases[k].name);
    struct ft_listener own = {.login = &gw.logins.all[4]};
    assert_string_equal(ft_logins_map(&gw, &own, NULL)->name, "d");
    assert_string_equal(ft_logins_map(&gw, &own, "exact")->name, "d"); /* the listener goes before */
}

static void test_passwords(void **state)
{
    (void)state;
    struct ft_password p;
    struct ft_err err = {0};
    char text[FT_PASSWORD_TEXT_MAX], again[FT_PASSWORD_TEXT_MAX], md5[FT_PASSWORD_MD5 + 1];
    assert_int_equal(ft_password_md5("123456", md5, &err), 0);
    assert_string_equal(md5, MD5_123456);
    assert_int_equal(ft_password_hash("123456", text, &err), 0);
    assert_int_equal(ft_password_hash("123456", again, &err), 0);
    assert_string_not_equal(text, again); /* another salt */
    assert_null(strstr(text, md5));
    static const char *const wrong[] = {
        "", "e10adc3949ba59abbe56e057f20f883", MD5_123456 "0", "e10adc3949ba59abbe56e057f20f883f",
        "f10adc3949ba59abbe56e057f20f883e", "e10adc3949ba59abbe56e057f20f883g", "123456",
    };
    const char *const kept[] = {text, again, MD5_123456, "E10ADC3949BA59ABBE56E057F20F883E"};
    for (size_t k = 0; k < sizeof kept / sizeof kept[0]; k++) {
        assert_int_equal(ft_password_parse(kept[k], &p, &err), 0);
        for (int round = 0; round < 2; round++) { /* the second right one is known from the first */
            for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                assert_false(ft_password_fits(&p, wrong[i]));
            assert_true(ft_password_fits(&p, MD5_123456));
            assert_true(ft_password_fits(&p, "E10ADC3949ba59abbe56e057f20f883E"));
        }
    }
    struct ft_password none = {0};
    assert_false(ft_password_fits(&none, ""));
    assert_false(ft_password_fits(&none, MD5_123456));
}

/* Made with Python's hashlib.scrypt, so that the text means what it says. */
static void test_a_known_hash(void **state)
{
    (void)state;
    struct ft_password p;
    struct ft_err err = {0};
    assert_int_equal(ft_password_parse(KNOWN_HASH, &p, &err), 0);
    assert_true(ft_password_fits(&p, MD5_123456));
    p.key[31] ^= 1;
    p.seen = false;
    assert_false(ft_password_fits(&p, MD5_123456));
}

static void test_bad_passwords(void **state)
{
    (void)state;
#define SALT "000102030405060708090a0b0c0d0e0f"
#define KEY SALT SALT
    static const char *const bad[] = {
        "", "123456", "e10adc3949ba59abbe56e057f20f88", MD5_123456 "00", "scrypt", "scrypt$",
        "scrypt$4096$8$1$" SALT "$", "scrypt$4096$8$1$" SALT "$" SALT, "scrypt$4096$8$1$" SALT "$" KEY "0",
        "scrypt$4096$8$1$00$" KEY, "scrypt$4095$8$1$" SALT "$" KEY, "scrypt$1$8$1$" SALT "$" KEY,
        "scrypt$0$8$1$" SALT "$" KEY, "scrypt$65536$8$1$" SALT "$" KEY, "scrypt$4096$9$1$" SALT "$" KEY,
        "scrypt$4096$8$2$" SALT "$" KEY, "scrypt$-4096$8$1$" SALT "$" KEY,
        "scrypt$99999999999999999999$8$1$" SALT "$" KEY, "SCRYPT$4096$8$1$" SALT "$" KEY,
        "scrypt$4096$8$1$" SALT "$zz0102030405060708090a0b0c0d0e0f" SALT,
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct ft_password p;
        struct ft_err err = {0};
        if (ft_password_parse(bad[k], &p, &err) == 0)
            fail_msg("'%s' was taken", bad[k]);
        assert_int_equal(p.kind, FT_PASSWORD_NONE);
    }
    struct ft_password p;
    assert_int_equal(ft_password_parse("scrypt$32768$8$1$" SALT "$" KEY, &p, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_example, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_most, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whose_a_connection_is, setup, teardown),
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_a_known_hash),
        cmocka_unit_test(test_bad_passwords),
    };
    return cmocka_run_group_tests_name("logins", tests, NULL, NULL);
}
