/* The JSON mapping: the rules of platform.md §4.5 and the vectors of §6.7, every refusal, a round
 * trip over all messages, and reading with too little memory at every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random_message.h"
#include "wire/all_messages.h"
#include "wire/json.h"
#include "wire/json_text.h"
#include "wire/pb.h"

#include "GetGlobalState.pb-c.h"
#include "InitConnect.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "TestCmd.pb-c.h"
#include "Trd_SubAccPush.pb-c.h"

#include <float.h>
#include <stdio.h>

#define ODD (&odd_descriptor)

static struct ft_arena arena;
static struct ft_err err;

static int setup(void **state)
{
    ft_arena_init(&arena, 64 << 20);
    ft_err_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    ft_arena_free(&arena);
    return 0;
}

static void *read_n(const ProtobufCMessageDescriptor *d, const char *text, size_t n)
{
    char *exact = malloc(n ? n : 1); /* no NUL behind it, and ASan at its end */
    memcpy(exact, text, n);
    ft_err_clear(&err);
    ProtobufCMessage *msg = ft_json_read(d, exact, n, &arena, &err);
    free(exact);
    return msg;
}

static void *read_json(const ProtobufCMessageDescriptor *d, const char *text)
{
    return read_n(d, text, strlen(text));
}

static void *accepted(const ProtobufCMessageDescriptor *d, const char *text)
{
    void *msg = read_json(d, text);
    if (!msg)
        fail_msg("%s: %s", text, err.text);
    return msg;
}

static void refused(const ProtobufCMessageDescriptor *d, const char *text, enum ft_err_code code,
                    const char *words)
{
    assert_null(read_json(d, text));
    if (err.code != code || !strstr(err.text, words))
        fail_msg("%s: error %d '%s', expected %d '%s'", text, err.code, err.text, code, words);
}

static void writes(const void *msg, const char *text)
{
    struct ft_buf out;
    ft_buf_init(&out, 1 << 20);
    if (ft_json_write(msg, &out, &err))
        fail_msg("%s", err.text);
    assert_int_equal(ft_buf_append(&out, "", 1), 0);
    assert_string_equal((char *)ft_buf_head(&out), text);
    ft_buf_free(&out);
}

/* platform.md §6.7 */
static void test_vectors(void **state)
{
    static const char init[] =
        "{\n  \"c2s\": {\n    \"clientVer\": 300,\n    \"clientID\": \"PyNormal\",\n"
        "    \"recvNotify\": true,\n    \"packetEncAlgo\": -1,\n    \"pushProtoFmt\": 1,\n"
        "    \"programmingLanguage\": \"Python\"\n  }\n}";
    assert_int_equal(strlen(init), 176);
    InitConnect__Request *q = accepted(&init_connect__request__descriptor, init);
    assert_int_equal(q->c2s->clientver, 300);
    assert_string_equal(q->c2s->clientid, "PyNormal");
    assert_true(q->c2s->has_recvnotify && q->c2s->recvnotify);
    assert_int_equal(q->c2s->packetencalgo, -1);
    assert_int_equal(q->c2s->pushprotofmt, 1);
    static const char alive[] = "{\n  \"c2s\": {\n    \"time\": \"1700000000\"\n  }\n}";
    assert_int_equal(strlen(alive), 43);
    KeepAlive__Request *k = accepted(&keep_alive__request__descriptor, alive);
    assert_int_equal(k->c2s->time, 1700000000);
}

static void test_writer_rules(void **state)
{
    /* retType also when 0; unset optional fields not at all; singular 64-bit as strings. */
    KeepAlive__Response alive = KEEP_ALIVE__RESPONSE__INIT;
    KeepAlive__S2C now = KEEP_ALIVE__S2_C__INIT;
    writes(&alive, "{\"retType\":-400}");
    alive.rettype = 0;
    alive.retmsg = (char *)"";
    alive.has_errcode = 1;
    now.time = -9007199254740993;
    alive.s2c = &now;
    writes(&alive, "{\"retType\":0,\"retMsg\":\"\",\"errCode\":0,"
                   "\"s2c\":{\"time\":\"-9007199254740993\"}}");
    /* Lists of 64-bit integers as numbers. */
    TrdSubAccPush__C2S accs = TRD__SUB_ACC_PUSH__C2_S__INIT;
    accs.accidlist = (uint64_t[]){1, UINT64_MAX};
    writes(&accs, "{}");
    accs.n_accidlist = 2;
    writes(&accs, "{\"accIDList\":[1,18446744073709551615]}");
    /* A real enum as number, nested. */
    Common__ProgramStatus status = COMMON__PROGRAM_STATUS__INIT;
    status.type = 11;
    writes(&status, "{\"type\":11}");
    /* Field-number order, not that of the file: programStatus 12 comes before connID 16. */
    GetGlobalState__S2C s = GET_GLOBAL_STATE__S2_C__INIT;
    s.has_connid = 1;
    s.connid = UINT64_C(6730043337026687703);
    s.programstatus = &status;
    s.has_localtime = 1;
    s.localtime = 583;
    writes(&s, "{\"marketHK\":0,\"marketUS\":0,\"marketSH\":0,\"marketSZ\":0,\"marketHKFuture\":0,"
               "\"qotLogined\":false,\"trdLogined\":false,\"serverVer\":0,\"serverBuildNo\":0,"
               "\"time\":\"0\",\"localTime\":583.0,\"programStatus\":{\"type\":11},"
               "\"connID\":\"6730043337026687703\"}");
    /* The proto name, not the JSON name. */
    struct odd odd;
    odd_init(&odd.base);
    odd.has_wide_zigzag = odd.has_zigzag = odd.has_wide_fixed = 1;
    odd.wide_zigzag = INT64_MIN;
    odd.zigzag = INT32_MIN;
    odd.word = (char *)"x";
    writes(&odd, "{\"zigzag\":-2147483648,\"wide_zigzag\":\"-9223372036854775808\",\"word\":\"x\","
                 "\"wide_fixed\":\"0\"}");
    odd_init(&odd.base);
    odd.n_children = 2;
    odd.children = (struct odd *[]){&(struct odd){.base = {&odd_descriptor, 0, NULL}},
                                    &(struct odd){.base = {&odd_descriptor, 0, NULL}}};
    odd.n_flags = 2;
    odd.flags = (protobuf_c_boolean[]){1, 0};
    odd.n_blobs = 4;
    odd.blobs = (ProtobufCBinaryData[]){{0, NULL},
                                        {1, (uint8_t *)"f"},
                                        {2, (uint8_t *)"\xfb\xff"},
                                        {3, (uint8_t *)"foo"}};
    writes(&odd, "{\"children\":[{},{}],\"flags\":[true,false],"
                 "\"blobs\":[\"\",\"Zg==\",\"+/8=\",\"Zm9v\"]}");
}

static void test_strings_written(void **state)
{
    struct odd odd;
    odd_init(&odd.base);
    odd.word = (char *)"\"\\/\b\f\n\r\t\x01\x1f\x7f é腾😀";
    writes(&odd, "{\"word\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é腾😀\"}");
    /* Stray, cut, overlong, surrogate, above U+10FFFF: one replacement per byte. */
    odd.word = (char *)"a\x80"
                       "b\xc3";
    writes(&odd, "{\"word\":\"a\xef\xbf\xbd"
                 "b\xef\xbf\xbd\"}");
    odd.word = (char *)"\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe8\x85|\xff";
#define R "\xef\xbf\xbd"
    writes(&odd, "{\"word\":\"" R R "|" R R R "|" R R R R "|" R R "|" R "\"}");
}

static void test_reals_written(void **state)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {583, "583.0"},
        {-1, "-1.0"},
        {0.1, "0.1"},
        {388.123, "388.123"},
        {-0.000001, "-0.000001"},
        {999999999.999999, "999999999.999999"},
        {1e15, "1e+15"},
        {1e22, "1e+22"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {5e-324, "4.94065645841247e-324"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {(double)NAN, "0.0"},
        {(double)INFINITY, "0.0"},
        {-(double)INFINITY, "0.0"},
    };
    char text[FT_REAL_TEXT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ft_real_text(cases[i].v, false, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
    ft_real_text((double)0.1f, true, text);
    assert_string_equal(text, "0.1");
    ft_real_text((double)FLT_MAX, true, text);
    assert_string_equal(text, "3.4028235e+38");
    ft_real_text((double)16777216.f, true, text);
    assert_string_equal(text, "16777216.0");
    uint64_t s = 1;
    for (int i = 0; i < 200000; i++) {
        double v = rnd_real(&s);
        size_t n = ft_real_text(v, false, text);
        assert_true(n == strlen(text) && ft_json_is_number(text) && strpbrk(text, ".e"));
        double back = strtod(text, NULL);
        assert_memory_equal(&back, &v, sizeof v);
    }
}

static void test_reader_integers(void **state)
{
    const ProtobufCMessageDescriptor *d = &init_connect__c2_s__descriptor;
    static const char *const good[] = {"7", "7.0", "0.7e1", "\"7\"", "70e-1"};
    char text[200];
    for (size_t i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "{\"clientID\":\"\",\"clientVer\":%s}", good[i]);
        assert_int_equal(((InitConnect__C2S *)accepted(d, text))->clientver, 7);
    }
    static const char *const bad[] = {"7.5",         "\"\"",   "\"7.0\"",      "\" 7\"", "\"07\"",
                                      "\"+7\"",      "\"x\"",  "true",         "[]",     "{}",
                                      "2147483648",  "\"7x\"", "-2147483649",  "1e300",  "\"-\"",
                                      "4294967296.0", "99999999999999999999999", "\"0x7\""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "{\"clientID\":\"\",\"clientVer\":%s}", bad[i]);
        refused(d, text, FT_EINVAL, "clientVer: ");
        assert_non_null(strstr(err.text, "a whole number from -2147483648 to 2147483647"));
    }
    refused(d, "{\"clientVer\":\"abc\"}", FT_EINVAL,
            "clientVer: the string \"abc\" is not allowed; allowed is a whole number");

    struct odd *odd = accepted(ODD, "{\"zigzag\":-2147483648,\"wide_zigzag\":-9223372036854775808,"
                                    "\"fixed\":[0,\"4294967295\",4294967295.0],"
                                    "\"wide\":[18446744073709551615,\"18446744073709551615\",0,"
                                    "9223372036854775808,1e18]}");
    assert_true(odd->zigzag == INT32_MIN && odd->wide_zigzag == INT64_MIN);
    assert_true(odd->fixed[2] == UINT32_MAX && odd->fixed[1] == UINT32_MAX);
    assert_true(odd->n_wide == 5 && odd->wide[0] == UINT64_MAX && odd->wide[1] == UINT64_MAX);
    assert_true(odd->wide[3] == UINT64_C(1) << 63 && odd->wide[4] == UINT64_C(1000000000000000000));
    refused(ODD, "{\"wide\":[18446744073709551616]}", FT_EINVAL, "wide[0]: ");
    refused(ODD, "{\"wide\":[1,-1]}", FT_EINVAL, "wide[1]: the number -1 is not allowed");
    refused(ODD, "{\"wide\":[18446744073709551616.0]}", FT_EINVAL, "wide[0]: ");
    refused(ODD, "{\"wide\":[0.5]}", FT_EINVAL, "wide[0]: ");
    refused(ODD, "{\"fixed\":[4294967296]}", FT_EINVAL, "fixed[0]: ");
    refused(ODD, "{\"fixed\":[-1]}", FT_EINVAL, "from 0 to 4294967295");
    refused(ODD, "{\"wide_zigzag\":9223372036854775808}", FT_EINVAL, "wide_zigzag: ");
    refused(ODD, "{\"wide_zigzag\":-9223372036854775809}", FT_EINVAL, "wide_zigzag: ");
    refused(ODD, "{\"wide_zigzag\":null,\"wide\":[null]}", FT_EINVAL, "wide[0]: null");
    refused(ODD, "{\"wide_zigzag\":00000000000000000000001}", FT_ECORRUPT, "not JSON");
    /* Inside strings and behind escapes nothing is taken for a number. */
    odd = accepted(ODD, "{\"word\":\"\\\\\\\"18446744073709551615,\\\"\",\"wide\":[-0]}");
    assert_string_equal(odd->word, "\\\"18446744073709551615,\"");
}

static void test_reader_other_values(void **state)
{
    struct odd *odd = accepted(
        ODD, "{\"flags\":[true,false],\"word\":\"\\u817e\\ud83d\\ude00\",\"singles\":[1,0.1,"
             "\"NaN\",\"Infinity\",\"-Infinity\",\"1e3\",3.4028235e38,100000000000000000000]}");
    assert_true(odd->flags[0] && !odd->flags[1]);
    assert_string_equal(odd->word, "腾😀");
    assert_true(odd->singles[1] == 0.1f && isnan(odd->singles[2]) && odd->singles[5] == 1000.f);
    assert_true(odd->singles[3] > FLT_MAX && odd->singles[4] < -FLT_MAX && odd->n_singles == 8);
    refused(ODD, "{\"singles\":[3.5e38]}", FT_EINVAL, "range of a float");
    refused(ODD, "{\"singles\":[\"nan\"]}", FT_EINVAL, "singles[0]: the string \"nan\"");
    refused(ODD, "{\"singles\":[\"0x10\"]}", FT_EINVAL, "singles[0]");
    refused(ODD, "{\"singles\":[\"1e999\"]}", FT_EINVAL, "singles[0]");
    refused(ODD, "{\"singles\":[true]}", FT_EINVAL, "singles[0]: true is not allowed");
    refused(ODD, "{\"singles\":[1e999]}", FT_ECORRUPT, "not JSON");
    refused(ODD, "{\"flags\":[1]}", FT_EINVAL, "flags[0]: the number 1 is not allowed; allowed is "
                                               "true or false");
    refused(ODD, "{\"flags\":[\"true\"]}", FT_EINVAL, "flags[0]");
    refused(ODD, "{\"flags\":true}", FT_EINVAL, "flags: true is not allowed; allowed is a list");
    refused(ODD, "{\"word\":1}", FT_EINVAL,
            "word: the number 1 is not allowed; allowed is a string");
    refused(ODD, "{\"word\":[\"a\"]}", FT_EINVAL, "word: a list is not allowed");
    refused(ODD, "{\"child\":[]}", FT_EINVAL, "child: a list is not allowed; allowed is an object");
    refused(ODD, "{\"children\":[{},{\"child\":{\"word\":{}}}]}", FT_EINVAL,
            "children[1].child.word: an object is not allowed");
    /* Long and hostile values are cut and made printable. */
    refused(ODD, "{\"zigzag\":\"\\n腾腾腾腾腾腾腾腾腾腾腾腾腾腾腾腾腾腾腾腾\"}", FT_EINVAL,
            "zigzag: the string \"?腾腾腾腾腾腾腾腾腾腾腾腾腾\"... is not");

    Common__ProgramStatus *status =
        accepted(&common__program_status__descriptor, "{\"type\":\"ProgramStatusType_Ready\"}");
    assert_int_equal(status->type, COMMON__PROGRAM_STATUS_TYPE__ProgramStatusType_Ready);
    status = accepted(&common__program_status__descriptor, "{\"type\":12345}");
    assert_int_equal(status->type, 12345);
    refused(&common__program_status__descriptor, "{\"type\":\"Ready\"}", FT_EINVAL,
            "a number or a name of Common.ProgramStatusType");
    refused(&common__program_status__descriptor, "{\"type\":2147483648}", FT_EINVAL, "type: ");
    refused(&common__program_status__descriptor, "{\"type\":true}", FT_EINVAL, "type: true");
}

static void test_base64(void **state)
{
    struct odd *odd = accepted(ODD, "{\"blobs\":[\"\",\"Zg==\",\"Zg\",\"+/8=\",\"-_8\",\"Zm9v\"]}");
    assert_int_equal(odd->n_blobs, 6);
    assert_true(odd->blobs[0].len == 0 && odd->blobs[1].len == 1 && odd->blobs[2].len == 1);
    assert_memory_equal(odd->blobs[3].data, "\xfb\xff", 2);
    assert_memory_equal(odd->blobs[4].data, "\xfb\xff", 2);
    assert_memory_equal(odd->blobs[5].data, "foo", 3);
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "=", "====", "Z g=", "Zm9vZ", "Zm9*",
                                      "Zg==Zg==", "Z===", "é"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"blobs\":[\"%s\"]}", bad[i]);
        refused(ODD, text, FT_EINVAL, "allowed is a string in base64");
    }
    TestCmd__C2S *c = accepted(&test_cmd__c2_s__descriptor, "{\"cmd\":\"\",\"paramBytes\":\"AA\"}");
    assert_true(c->has_parambytes && c->parambytes.len == 1 && c->parambytes.data[0] == 0);
}

static void test_names(void **state)
{
    struct odd *odd = accepted(ODD, "{\"wide_zigzag\":1}");
    assert_true(odd->has_wide_zigzag && odd->wide_zigzag == 1);
    odd = accepted(ODD, "{\"wideZigzag\":\"2\",\"unknown\":[1,{\"a\":null}],\"wide_\":{}}");
    assert_true(odd->has_wide_zigzag && odd->wide_zigzag == 2 && odd->n_wide == 0);
    odd = accepted(ODD, "{\"wideZigzag_\":2,\"WideZigzag\":2,\"widezigzag\":2,\"\":1}");
    assert_false(odd->has_wide_zigzag);
    odd = accepted(ODD, "{\"wide_zigzag\":1,\"wide_zigzag\":3}");
    assert_int_equal(odd->wide_zigzag, 3);
    refused(ODD, "{\"child\":{\"wideZigzag\":1,\"wide_zigzag\":1}}", FT_EINVAL,
            "child.wide_zigzag is given under both of its names");
    odd = accepted(ODD, "{\"wideZigzag\":null,\"wide_zigzag\":1}");
    assert_int_equal(odd->wide_zigzag, 1);
}

static void test_strict_names(void **state)
{
    static const char unknown[] = "{\"child\":{\"children\":[{},{\"wrod\":\"x\"}]}}";
    assert_non_null(read_json(ODD, unknown));
    assert_null(ft_json_read_strict(ODD, unknown, sizeof unknown - 1, &arena, &err));
    assert_int_equal(err.code, FT_ENOTFOUND);
    assert_non_null(strstr(err.text, "child.children[1].wrod: "));
    static const char camel[] = "{\"wideZigzag\":1,\"\\u0077ord\":\"x\"}";
    struct odd *odd = (void *)ft_json_read_strict(ODD, camel, sizeof camel - 1, &arena, &err);
    assert_non_null(odd);
    assert_string_equal(odd->word, "x");
    /* The last value of a name counts, also when it is null and the earlier one no value at all. */
    odd = accepted(ODD, "{\"zigzag\":\"x\",\"zigzag\":3,\"word\":\"x\",\"word\":null}");
    assert_int_equal(odd->zigzag, 3);
    assert_string_equal(odd->word, "default");
}

static void test_required_and_defaults(void **state)
{
    const ProtobufCMessageDescriptor *d = &init_connect__request__descriptor;
    refused(d, "{}", FT_EINVAL, "c2s is required");
    refused(d, "{\"c2s\":null}", FT_EINVAL, "c2s is required");
    refused(d, "{\"c2s\":{}}", FT_EINVAL, "c2s.clientVer is required");
    refused(d, "{\"c2s\":{\"clientVer\":1,\"clientID\":null}}", FT_EINVAL,
            "c2s.clientID is required");
    refused(&init_connect__response__descriptor, "{}", FT_EINVAL, "retType is required");
    struct odd *odd = accepted(ODD, "{\"level\":null,\"flags\":null,\"fixed\":[],\"child\":null}");
    assert_true(!odd->has_level && odd->level == 7 && !odd->flags && odd->n_fixed == 0);
    assert_null(odd->fixed);
    assert_null(odd->child);
    assert_string_equal(odd->word, "default");
    refused(ODD, "{\"children\":[null]}", FT_EINVAL, "children[0]: null is not allowed");
}

static void test_not_json(void **state)
{
    static const char *const bad[] = {
        "",       " ",       "{",        "}",         "{}}",     "{} x",    "{\"a\":1,}", "{a:1}",
        "{'a':1}", "[1",     "{\"a\"}",  "{\"a\":01}", "nul",    "{\"a\":nan}", "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",   "{\"a\":\"\\ud800\"}",   "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}",
        "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":12345678901234567890-1}",
        "{\"a\":.5}", "{\"a\":--1}", "{\"word\":\"a\\u0000b\"}", "{\"a\\u0000b\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(ODD, bad[i], FT_ECORRUPT, "not JSON");
    refused(ODD, "[]", FT_ECORRUPT, "a list is not allowed");
    assert_null(ft_json_read(ODD, NULL, 0, &arena, &err));
    /* Raw NUL bytes: behind the text, inside it, inside a string. */
    assert_null(read_n(ODD, "{}\0", 3));
    assert_null(read_n(ODD, "{\0}", 3));
    assert_null(read_n(ODD, "{\"word\":\"a\0b\"}", 14));
    assert_int_equal(err.code, FT_ECORRUPT);
    assert_non_null(read_n(ODD, "{}xx", 2));
}

static void test_limits(void **state)
{
    char text[2000];
    for (size_t depth = 30; depth <= 34; depth++) {
        size_t n = (size_t)snprintf(text, sizeof text, "{\"x\":");
        memset(text + n, '[', depth - 1);
        memset(text + n + depth - 1, ']', depth - 1);
        n += 2 * (depth - 1);
        text[n++] = '}';
        assert_true((read_n(ODD, text, n) != NULL) == (depth <= FT_JSON_DEPTH_MAX));
        if (depth > FT_JSON_DEPTH_MAX)
            assert_int_equal(err.code, FT_ELIMIT);
    }
    char *deep = malloc(1 << 20); /* far beyond any stack, never closed */
    memset(deep, '[', 1 << 20);
    assert_null(ft_json_read(ODD, deep, 1 << 20, &arena, &err));
    assert_int_equal(err.code, FT_ELIMIT);
    memset(deep, '"', 1 << 20);
    memset(deep, '\\', 1 << 19);
    assert_null(ft_json_read(ODD, deep, 1 << 20, &arena, &err));
    /* Brackets in strings do not count. */
    memset(deep, '[', 1000);
    memcpy(deep, "{\"word\":\"\\\"[", 12);
    memcpy(deep + 1000, "\"}", 2);
    assert_non_null(ft_json_read(ODD, deep, 1002, &arena, &err));
    for (int levels = 15; levels <= 18; levels++) {
        size_t n = 0;
        for (int i = 1; i < levels; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "{\"child\":");
        n += (size_t)snprintf(text + n, sizeof text - n, "{}");
        for (int i = 1; i < levels; i++)
            text[n++] = '}';
        assert_true((read_n(ODD, text, n) != NULL) == (levels <= FT_JSON_MESSAGE_DEPTH_MAX));
    }
    /* Containers and values. */
    for (int pass = 0; pass < 2; pass++) {
        const char *item = pass ? "0," : "[],";
        size_t most = pass ? FT_JSON_VALUES_MAX - 2 : FT_JSON_CONTAINERS_MAX - 2;
        for (size_t n = most; n <= most + 2; n += 2) {
            size_t at = (size_t)snprintf(deep, 16, "{\"x\":[");
            for (size_t i = 0; i < n; i++, at += strlen(item))
                memcpy(deep + at, item, strlen(item));
            memcpy(deep + at - 1, "]}", 2);
            bool ok = ft_json_read(ODD, deep, at + 1, &arena, &err) != NULL;
            assert_true(ok == (n == most));
            assert_true(ok || err.code == FT_ELIMIT);
        }
    }
    free(deep);
}

static void test_writer_refuses(void **state)
{
    InitConnect__C2S c2s = INIT_CONNECT__C2_S__INIT;
    InitConnect__Request q = INIT_CONNECT__REQUEST__INIT;
    struct ft_buf out;
    ft_buf_init(&out, 100);
    assert_int_equal(ft_buf_append(&out, "head", 4), 0);
    q.c2s = &c2s;
    assert_int_equal(ft_json_write(&q.base, &out, &err), -1);
    assert_string_equal(err.text, "cannot write InitConnect.Request: c2s.clientID is required");
    struct odd odd, deeper[20];
    odd_init(&odd.base);
    odd.n_blobs = 1;
    odd.blobs = (ProtobufCBinaryData[]){{.len = 60, .data = (uint8_t[60]){0}}};
    odd.word = (char *)"0123456789012345678901234567890123456789";
    for (size_t max = 4; max < 150; max++) {
        ft_buf_free(&out);
        ft_buf_init(&out, max);
        assert_int_equal(ft_buf_append(&out, "head", 4), 0);
        if (ft_json_write(&odd.base, &out, &err) == 0) {
            assert_int_equal(ft_buf_len(&out), 4 + 2 + 10 + 82 + 8 + 42);
            continue;
        }
        assert_int_equal(err.code, FT_ELIMIT);
        assert_int_equal(ft_buf_len(&out), 4);
        assert_memory_equal(ft_buf_head(&out), "head", 4);
        assert_true(max < 148);
    }
    for (int i = 0; i < 20; i++) {
        odd_init(&deeper[i].base);
        deeper[i].child = i < 19 ? &deeper[i + 1] : NULL;
    }
    out.max = 1000;
    assert_int_equal(ft_json_write(&deeper[4].base, &out, &err), 0);
    assert_int_equal(ft_json_write(&deeper[3].base, &out, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    ft_buf_free(&out);
}

static void pack(const ProtobufCMessage *msg, struct ft_buf *out)
{
    ft_buf_init(out, 1 << 20);
    if (ft_pb_append(msg, out, &err))
        fail_msg("%s: %s", msg->descriptor->name, err.text);
}

static void assert_same(const struct ft_buf *a, const struct ft_buf *b, const char *what)
{
    if (ft_buf_len(a) != ft_buf_len(b) ||
        (ft_buf_len(a) > 0 && memcmp(ft_buf_head(a), ft_buf_head(b), ft_buf_len(a)) != 0))
        fail_msg("%s: %zu and %zu bytes differ", what, ft_buf_len(a), ft_buf_len(b));
}

/* Packed, unpacked, written, read, packed: the same bytes, and the same text again. */
static void test_round_trip_of_all_messages(void **state)
{
    for (size_t i = 0; i <= ft_all_messages_count; i++) {
        const ProtobufCMessageDescriptor *d =
            i < ft_all_messages_count ? ft_all_messages[i] : &odd_descriptor;
        for (uint64_t seed = i * 1000; seed < i * 1000 + (i < ft_all_messages_count ? 4 : 400);
             seed++) {
            ft_arena_reset(&arena);
            uint64_t s = seed;
            struct ft_buf a, b, text, text2;
            pack(rnd_message(d, &arena, &s, 4), &a);
            const uint8_t *bytes = ft_buf_len(&a) > 0 ? ft_buf_head(&a) : NULL;
            ProtobufCMessage *msg = ft_pb_unpack(d, bytes, ft_buf_len(&a), &arena, &err);
            assert_non_null(msg);
            ft_buf_init(&text, 4 << 20);
            assert_int_equal(ft_json_write(msg, &text, &err), 0);
            msg = ft_json_read(d, (char *)ft_buf_head(&text), ft_buf_len(&text), &arena, &err);
            if (!msg)
                fail_msg("%s: %s", d->name, err.text);
            pack(msg, &b);
            assert_same(&a, &b, d->name);
            ft_buf_init(&text2, 4 << 20);
            assert_int_equal(ft_json_write(msg, &text2, &err), 0);
            assert_same(&text, &text2, d->name);
            ft_buf_free(&a);
            ft_buf_free(&b);
            ft_buf_free(&text);
            ft_buf_free(&text2);
        }
    }
}

static void test_too_little_memory(void **state)
{
    struct ft_arena source;
    ft_arena_init(&source, 16 << 20);
    uint64_t s = 7;
    for (size_t i = 0; i < 60; i++) {
        const ProtobufCMessageDescriptor *d =
            i % 4 == 0 ? &odd_descriptor : ft_all_messages[rnd(&s) % ft_all_messages_count];
        ft_arena_reset(&source);
        struct ft_buf a, b, text;
        ProtobufCMessage *msg = rnd_message(d, &source, &s, 3);
        pack(msg, &a);
        ft_buf_init(&text, 4 << 20);
        assert_int_equal(ft_json_write(msg, &text, &err), 0);
        ft_arena_reset(&arena);
        arena.limit = 16 << 20;
        const char *json = (char *)ft_buf_head(&text);
        assert_non_null(ft_json_read(d, json, ft_buf_len(&text), &arena, &err));
        size_t needs = arena.used;
        size_t step = needs < 16 * 60 ? 16 : needs / 60;
        for (size_t limit = 0; limit <= needs + step; limit += step) {
            ft_arena_reset(&arena);
            arena.limit = limit;
            ft_err_clear(&err);
            msg = ft_json_read(d, json, ft_buf_len(&text), &arena, &err);
            assert_true(msg || limit < needs);
            if (!msg) {
                assert_int_equal(err.code, FT_ENOMEM);
                continue;
            }
            pack(msg, &b);
            assert_same(&a, &b, d->name);
            ft_buf_free(&b);
        }
        ft_buf_free(&a);
        ft_buf_free(&text);
    }
    ft_arena_free(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vectors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writer_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_strings_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reals_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_integers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_other_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_base64, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_strict_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required_and_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writer_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip_of_all_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_little_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
