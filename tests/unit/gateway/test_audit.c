/* The audit log: what a line says and never says, numbers without gaps over files, restarts and crashes, a
 * disk that takes nothing, the check. */
#include "gateway/audit.h"
#include "gateway/audit_files.h"
#include "gateway/audit_line.h"

#include "Trd_ModifyOrder.pb-c.h"
#include "Trd_PlaceComboOrder.pb-c.h"
#include "Trd_PlaceOrder.pb-c.h"
#include "Trd_UnlockTrade.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/test_audit.XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static int remove_dir(void **state)
{
    (void)state;
    return nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- Requests --------------------------------------------------------------------------------- */

static struct {
    TrdCommon__TrdHeader header;
    Common__PacketID packet;
    TrdPlaceOrder__C2S c2s;
    TrdPlaceOrder__Request request;
} order;

static struct ft_audit_entry entry_of(uint32_t proto, const ProtobufCMessage *request)
{
    return (struct ft_audit_entry){.user = 100000, .conn = UINT64_C(9223372036854775807),
                                   .peer = "127.0.0.1", .client = "me",
                                   .proto = ft_protocol_find(proto), .serial = 7,
                                   .request = request};
}

static struct ft_audit_entry place(void)
{
    common__packet_id__init(&order.packet);
    trd__common__trd_header__init(&order.header);
    trd__place_order__c2_s__init(&order.c2s);
    trd__place_order__request__init(&order.request);
    order.header = (TrdCommon__TrdHeader){.base = order.header.base, .trdenv = 0,
                                          .accid = 1619199, .trdmarket = 2};
    order.c2s.packetid = &order.packet;
    order.c2s.header = &order.header;
    order.c2s.trdside = 1;
    order.c2s.ordertype = 2;
    order.c2s.code = (char *)"AAPL";
    order.c2s.qty = 3;
    order.c2s.has_price = 1;
    order.c2s.price = 123.45;
    order.request.c2s = &order.c2s;
    struct ft_audit_entry e = entry_of(FT_PROTO_Trd_PlaceOrder, &order.request.base);
    e.order = UINT64_C(4000000000000000001);
    return e;
}

static char line[FT_AUDIT_LINE_MAX + 1];

/* Every line is one line, JSON, and within its bound. */
static json_t *line_of(const struct ft_audit_entry *e)
{
    struct ft_audit_plan *plan = ft_audit_plan_new(e->proto->request);
    assert_non_null(plan);
    size_t n = ft_audit_line(5, INT64_C(1785000000000001234), e, plan, line);
    ft_audit_plan_free(plan);
    assert_in_range(n, 2, FT_AUDIT_LINE_MAX);
    line[n] = '\0';
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
    json_error_t why;
    json_t *j = json_loads(line, JSON_REJECT_DUPLICATES, &why);
    if (!j)
        fail_msg("%s: %s", why.text, line);
    return j;
}

static const char *text_at(const json_t *j, const char *key)
{
    const char *t = json_string_value(json_object_get(j, key));
    return t ? t : "(none)";
}

static void a_line_says_who_what_and_result(void **state)
{
    (void)state;
    struct ft_audit_entry e = place();
    json_decref(line_of(&e));
    assert_string_equal(
        line, "{\"seq\":5,\"time\":\"2026-07-25T17:20:00.000001Z\",\"user\":\"100000\","
              "\"conn\":\"9223372036854775807\",\"peer\":\"127.0.0.1\",\"client\":\"me\",\"proto\":2202,"
              "\"name\":\"Trd_PlaceOrder\",\"serial\":7,\"what\":{\"header\":{\"trdEnv\":\"Simulate\","
              "\"accID\":\"1619199\",\"trdMarket\":\"US\"},\"trdSide\":\"Buy\",\"orderType\":\"Market\","
              "\"code\":\"AAPL\",\"qty\":3.0,\"price\":123.45},\"ret\":0,"
              "\"order\":\"4000000000000000001\"}\n");
}

static void a_modification_names_its_order(void **state)
{
    (void)state;
    place();
    TrdModifyOrder__C2S c2s = TRD__MODIFY_ORDER__C2_S__INIT;
    TrdModifyOrder__Request r = TRD__MODIFY_ORDER__REQUEST__INIT;
    c2s.packetid = &order.packet;
    c2s.header = &order.header;
    c2s.orderid = UINT64_C(18446744073709551615);
    c2s.modifyorderop = 2;
    c2s.has_forall = c2s.forall = 1;
    c2s.has_trdmarket = 1;
    c2s.trdmarket = 999; /* no TrdMarket */
    r.c2s = &c2s;
    struct ft_audit_entry e = entry_of(FT_PROTO_Trd_ModifyOrder, &r.base);
    e.ret = -1;
    e.reason = "because";
    json_t *j = line_of(&e), *what = json_object_get(j, "what");
    assert_string_equal(text_at(what, "orderID"), "18446744073709551615");
    assert_string_equal(text_at(what, "modifyOrderOp"), "Cancel");
    assert_true(json_is_true(json_object_get(what, "forAll")));
    assert_int_equal(json_integer_value(json_object_get(what, "trdMarket")), 999);
    assert_int_equal(json_integer_value(json_object_get(j, "ret")), -1);
    assert_string_equal(text_at(j, "reason"), "because");
    json_decref(j);
}

static void a_combination_has_its_legs(void **state)
{
    (void)state;
    place();
    enum { LEGS = 20 };
    QotCommon__Security securities[LEGS];
    QotCommon__ComboLeg legs[LEGS], *list[LEGS];
    for (int k = 0; k < LEGS; k++) {
        qot__common__security__init(&securities[k]);
        securities[k].market = 11;
        securities[k].code = (char *)"X";
        qot__common__combo_leg__init(&legs[k]);
        legs[k].security = &securities[k];
        legs[k].has_side = 1;
        legs[k].side = 2;
        list[k] = &legs[k];
    }
    TrdPlaceComboOrder__C2S c2s = TRD__PLACE_COMBO_ORDER__C2_S__INIT;
    TrdPlaceComboOrder__Request r = TRD__PLACE_COMBO_ORDER__REQUEST__INIT;
    c2s.packetid = &order.packet;
    c2s.header = &order.header;
    c2s.n_combolegs = LEGS;
    c2s.combolegs = list;
    r.c2s = &c2s;
    struct ft_audit_entry e = entry_of(FT_PROTO_Trd_PlaceComboOrder, &r.base);
    json_t *j = line_of(&e), *told = json_object_get(json_object_get(j, "what"), "comboLegs");
    assert_int_equal(json_array_size(told), 16); /* what a list may have in a line */
    json_t *leg = json_array_get(told, 0);
    assert_string_equal(text_at(leg, "side"), "Sell");
    assert_string_equal(text_at(json_object_get(leg, "security"), "market"), "US_Security");
    json_decref(j);
}

static void clients_cannot_break_a_line(void **state)
{
    (void)state;
    struct ft_audit_entry e = place();
    char *big = malloc(1 << 20);
    assert_non_null(big);
    memset(big, '\n', 1 << 20);
    big[(1 << 20) - 1] = '\0';
    order.c2s.remark = big;
    order.c2s.expiretime = big;
    order.c2s.code = (char *)"a\"},\n{\"seq\":6,\x01\xff\xe6\x97\xa5";
    order.c2s.price = -0.0 / 0.0;
    e.client = "\\\"";
    e.ret = -1;
    e.reason = big;
    json_t *j = line_of(&e), *what = json_object_get(j, "what");
    assert_string_equal(text_at(what, "code"), "a\"},\n{\"seq\":6,\x01\xef\xbf\xbd\xe6\x97\xa5");
    assert_int_equal(strlen(text_at(what, "remark")), 256);
    assert_string_equal(text_at(j, "client"), "\\\"");
    json_decref(j);
    free(big);
}

static void what_was_not_read_is_null(void **state)
{
    (void)state;
    struct ft_audit_entry e = entry_of(FT_PROTO_Trd_PlaceOrder, NULL);
    e.ret = -500;
    e.reason = "bad body";
    json_t *j = line_of(&e);
    assert_true(json_is_null(json_object_get(j, "what")));
    json_decref(j);
}

static void no_password_is_told(void **state)
{
    (void)state;
    TrdUnlockTrade__C2S c2s = TRD__UNLOCK_TRADE__C2_S__INIT;
    TrdUnlockTrade__Request r = TRD__UNLOCK_TRADE__REQUEST__INIT;
    c2s.unlock = 1;
    c2s.pwdmd5 = (char *)"e10adc3949ba59abbe56e057f20f883e";
    r.c2s = &c2s;
    struct ft_audit_entry e = entry_of(FT_PROTO_Trd_UnlockTrade, &r.base);
    json_t *j = line_of(&e);
    assert_true(json_is_true(json_object_get(json_object_get(j, "what"), "unlock")));
    assert_null(strstr(line, "e10adc"));
    json_decref(j);
}

/* A field that comes with a new version of the protocol and looks like a secret must be thought of. */
static void every_secret_is_known(void **state)
{
    (void)state;
    static const char *const signs[] = {"pwd", "pass", "secret", "token", "pin", "credential"};
    size_t writes = 0, secrets = 0;
    for (size_t k = 0; k < ft_protocols_count; k++) {
        if (!ft_protocols[k].writes)
            continue;
        writes++;
        assert_non_null(ft_protocols[k].request);
        const ProtobufCFieldDescriptor *c2s = &ft_protocols[k].request->fields[0];
        const ProtobufCMessageDescriptor *d = c2s->descriptor;
        for (unsigned i = 0; i < d->n_fields; i++)
            for (size_t s = 0; s < sizeof signs / sizeof signs[0]; s++)
                if (d->fields[i].type == PROTOBUF_C_TYPE_STRING &&
                    strcasestr(d->fields[i].name, signs[s])) {
                    secrets++;
                    assert_true(ft_audit_is_secret(d->fields[i].name));
                }
    }
    assert_int_equal(writes, 6); /* 1008, 2005, 2202, 2205, 2209, 2227 */
    assert_int_equal(secrets, 1);
}

/* ---- Files ------------------------------------------------------------------------------------- */

static struct ft_audit *open_log(uint64_t max_bytes)
{
    struct ft_err err = {0};
    struct ft_audit *a = ft_audit_open(dir, max_bytes, &err);
    if (!a)
        fail_msg("%s", err.text);
    return a;
}

static size_t faults_told;

static void count_fault(void *user, const char *text)
{
    (void)user;
    (void)text;
    faults_told++;
}

static int check(void)
{
    struct ft_err err = {0};
    faults_told = 0;
    int n = ft_audit_check(dir, count_fault, NULL, &err);
    if (n < 0)
        fail_msg("%s", err.text);
    assert_int_equal(faults_told, n < 100 ? n : 100);
    return n;
}

static void audit_path_of(const char *name, char path[512])
{
    snprintf(path, 512, "%s/audit/%s", dir, name);
}

static void write_file(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/audit", dir);
    mkdir(path, 0700);
    audit_path_of(name, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* All lines of all files, in order, into `text`; returns the count of files. */
static size_t read_all(char *text, size_t size)
{
    char folder[512], path[FT_AUDIT_PATH_MAX];
    struct ft_audit_name *files;
    size_t count, len = 0;
    snprintf(folder, sizeof folder, "%s/audit", dir);
    assert_int_equal(ft_audit_files(folder, &files, &count, NULL), 0);
    for (size_t k = 0; k < count; k++) {
        ft_audit_path(folder, &files[k], path);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        len += fread(text + len, 1, size - len - 1, f);
        fclose(f);
    }
    free(files);
    text[len] = '\0';
    return count;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static char all[4 << 20];

static void numbers_go_on_over_files_and_restarts(void **state)
{
    (void)state;
    struct ft_audit_entry e = place();
    enum { RUNS = 3, EACH = 200 };
    for (int run = 0; run < RUNS; run++) {
        struct ft_audit *a = open_log(4096);
        for (int k = 0; k < EACH; k++) {
            ft_audit_add(a, &e);
            assert_true(ft_audit_pending(a));
            if (k % 3 == 0)
                assert_int_equal(ft_audit_flush(a, NULL), 0);
        }
        assert_int_equal(ft_audit_lines(a), EACH + 1);
        ft_audit_close(a);
    }
    assert_true(read_all(all, sizeof all) > 10);
    assert_int_equal(count_of(all, "\"name\":\"Trd_PlaceOrder\""), RUNS * EACH);
    assert_int_equal(count_of(all, "\"event\":\"start\""), RUNS);
    assert_int_equal(check(), 0);
}

static void a_new_month_has_its_own_file(void **state)
{
    (void)state;
    write_file("audit-2020-01.jsonl", "{\"seq\":40,\"time\":\"x\"}\n");
    write_file("audit-2020-01.0002.jsonl", "{\"seq\":41,\"time\":\"x\"}\n");
    ft_audit_close(open_log(1 << 20));
    assert_int_equal(read_all(all, sizeof all), 3);
    assert_non_null(strstr(all, "{\"seq\":42,"));
    assert_int_equal(check(), 0);
}

/* With a clock that is set back the order of the files stays that of the lines. */
static void the_clock_is_set_back(void **state)
{
    (void)state;
    write_file("audit-2999-12.jsonl", "{\"seq\":7,\"time\":\"x\"}\n");
    ft_audit_close(open_log(1 << 20));
    assert_int_equal(read_all(all, sizeof all), 1);
    assert_non_null(strstr(all, "\n{\"seq\":8,"));
    assert_int_equal(check(), 0);
}

static void what_a_crash_tore_is_kept(void **state)
{
    (void)state;
    write_file("audit-2020-01.jsonl", "{\"seq\":1,\"time\":\"x\"}\n{\"seq\":2,\"ti\"");
    assert_int_equal(check(), 0); /* it may be under way */
    ft_audit_close(open_log(1 << 20));
    read_all(all, sizeof all);
    assert_non_null(strstr(all, "{\"seq\":2,"));
    assert_non_null(strstr(all, "\"event\":\"torn\",\"bytes\":13,\"text\":\"{\\\"seq\\\":2,\\\"ti\\\"\"}\n"));
    assert_non_null(strstr(all, "{\"seq\":3,"));
    assert_int_equal(check(), 0);
}

/* Nothing but a torn first line, and a file that ended before its first line. */
static void torn_at_the_very_beginning(void **state)
{
    (void)state;
    write_file("audit-2020-01.jsonl", "{\"seq\":9,\"time\":\"x\"}\n");
    write_file("audit-2020-02.jsonl", "{\"se");
    ft_audit_close(open_log(1 << 20));
    read_all(all, sizeof all);
    assert_non_null(strstr(all, "{\"seq\":10,"));
    assert_int_equal(count_of(all, "\"event\":\"torn\""), 1);
    assert_int_equal(check(), 0);
}

static void a_foreign_file_stops_the_start(void **state)
{
    (void)state;
    struct ft_err err = {0};
    write_file("audit-2999-12.jsonl", "hello\n");
    assert_null(ft_audit_open(dir, 1 << 20, &err));
    assert_non_null(strstr(err.text, "audit-2999-12.jsonl"));
}

static void for_its_owner_only(void **state)
{
    (void)state;
    char path[512];
    struct stat st;
    write_file("audit-2999-12.jsonl", "{\"seq\":1,\"time\":\"x\"}\n");
    audit_path_of("audit-2999-12.jsonl", path);
    assert_int_equal(chmod(path, 0644), 0);
    ft_audit_close(open_log(1 << 20));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    audit_path_of("", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void a_full_disk_ends_it_for_good(void **state)
{
    (void)state;
    struct ft_audit_entry e = place();
    struct ft_err err = {0};
    struct rlimit was, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    struct ft_audit *a = open_log(1 << 20);
    ft_audit_add(a, &e);
    assert_int_equal(ft_audit_flush(a, &err), 0);
    small = was;
    small.rlim_cur = 700; /* the second order's line fits in part */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    ft_audit_add(a, &e);
    int bad = ft_audit_flush(a, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(bad, -1);
    assert_non_null(strstr(err.text, "cannot be written"));
    /* Whoever still adds must hear of it. */
    ft_audit_add(a, &e);
    assert_true(ft_audit_pending(a));
    assert_int_equal(ft_audit_flush(a, &err), -1);
    ft_audit_close(a);
    read_all(all, sizeof all);
    assert_int_equal(count_of(all, "Trd_PlaceOrder"), 1);
    assert_int_equal(check(), 0);
    ft_audit_close(open_log(1 << 20)); /* and goes on without a gap */
    assert_int_equal(check(), 0);
}

static void refusals_are_bounded_and_counted(void **state)
{
    (void)state;
    struct ft_audit_entry e = place(), other = entry_of(FT_PROTO_Trd_UnlockTrade, NULL);
    e.ret = other.ret = -1;
    e.reason = other.reason = "no";
    enum { FLOOD = 20000 };
    struct ft_audit *a = open_log(64 << 20);
    for (int k = 0; k < FLOOD; k++)
        ft_audit_add(a, &e);
    ft_audit_add(a, &other); /* another protocol is not hidden by the flood */
    e.ret = 0;
    ft_audit_add(a, &e); /* and nothing that took effect is ever left out */
    for (int k = 0; k < 150; k++) {
        usleep(10000);
        ft_audit_tick(a);
    }
    e.ret = -1;
    for (int k = 0; k < FLOOD; k++) /* in a second that the end cuts short */
        ft_audit_add(a, &e);
    ft_audit_close(a);
    read_all(all, sizeof all);
    size_t lines = count_of(all, "\"name\":\"Trd_PlaceOrder\",\"serial\":7,"), left_out = 0;
    for (const char *p = all; (p = strstr(p, "\"lines\":")); p++)
        left_out += strtoul(p + strlen("\"lines\":"), NULL, 10);
    assert_int_equal(lines + left_out, 2 * FLOOD + 1);
    assert_true(lines >= FT_AUDIT_REFUSED_PER_SECOND + 1 && left_out > 0);
    assert_int_equal(count_of(all, "\"name\":\"Trd_UnlockTrade\",\"serial\":7,"), 1);
    assert_int_equal(check(), 0);
}

static void the_check_finds_what_was_done_to_it(void **state)
{
    (void)state;
    struct ft_err err = {0};
    assert_int_equal(check(), 0); /* none yet */
    write_file("audit-2020-01.jsonl", "{\"seq\":5,\"a\":1}\n{\"seq\":6,\"a\":1}\n{\"seq\":8,\"a\":1}\n");
    write_file("audit-2020-02.jsonl", "{\"seq\":9,\"a\":1}\nnothing\n{\"seq\":10,\"a\":1}\n{\"seq\":10,\"a\":1}\n");
    assert_int_equal(check(), 3);
    char *big = malloc(FT_AUDIT_LINE_MAX * 2);
    memset(big, 'x', FT_AUDIT_LINE_MAX * 2 - 2);
    memcpy(big + FT_AUDIT_LINE_MAX * 2 - 2, "\n", 2);
    write_file("audit-2020-03.jsonl", big);
    free(big);
    assert_int_equal(check(), 4);
    assert_int_equal(ft_audit_check("/proc/self/mem", count_fault, NULL, &err), -1);
}

static void names_of_files(void **state)
{
    (void)state;
    static const char *const bad[] = {"audit-2026-13.jsonl", "audit-2026-11.1.jsonl", "audit-2026-11",
                                      "audit-2026-11.jsonl.gz", "x", "audit-2026-11.0002"};
    struct ft_audit_name a, b;
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        if (ft_audit_name_parse(bad[k], &a))
            fail_msg("%s was taken", bad[k]);
    assert_true(ft_audit_name_parse("audit-2026-11.jsonl", &a));
    assert_true(ft_audit_name_parse("audit-2026-11.10000.jsonl", &b));
    assert_true(ft_audit_name_compare(&a, &b) < 0);
    assert_int_equal(b.part, 10000);
}

int main(void)
{
#define IN_DIR(t) cmocka_unit_test_setup_teardown(t, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_who_what_and_result),
        cmocka_unit_test(a_modification_names_its_order),
        cmocka_unit_test(a_combination_has_its_legs),
        cmocka_unit_test(clients_cannot_break_a_line),
        cmocka_unit_test(what_was_not_read_is_null),
        cmocka_unit_test(no_password_is_told),
        cmocka_unit_test(every_secret_is_known),
        cmocka_unit_test(names_of_files),
        IN_DIR(numbers_go_on_over_files_and_restarts),
        IN_DIR(a_new_month_has_its_own_file),
        IN_DIR(the_clock_is_set_back),
        IN_DIR(what_a_crash_tore_is_kept),
        IN_DIR(torn_at_the_very_beginning),
        IN_DIR(a_foreign_file_stops_the_start),
        IN_DIR(for_its_owner_only),
        IN_DIR(a_full_disk_ends_it_for_good),
        IN_DIR(refusals_are_bounded_and_counted),
        IN_DIR(the_check_finds_what_was_done_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
