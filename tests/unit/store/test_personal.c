/* Watch lists, reminders and the history quota in the store: what was written is read back after a new
 * start, in order; what fails changes nothing. */
#include "fixture.h"

static char got[8192];
static void add(const char *text)
{
    size_t n = strlen(got);
    snprintf(got + n, sizeof got - n, "%s ", text);
}
/* Rows of the first login are told without it. */
static const char *of(uint32_t login)
{
    static char text[16];
    snprintf(text, sizeof text, "login %u ", login);
    return login ? text : "";
}
static void each_login(void *user, uint32_t number, uint64_t user_id)
{
    char text[48];
    snprintf(text, sizeof text, "%u=%llu", number, (unsigned long long)user_id);
    add(text);
    (void)user;
}
static void each_group(void *user, int64_t id, const char *name)
{
    if (strcmp(name, "B") == 0)
        *(int64_t *)user = id;
    add(name);
}
static void each_security(void *user, const struct ft_store_security *row)
{
    char text[64];
    snprintf(text, sizeof text, "%d.%s", row->market, row->code);
    add(text);
}
static void each_reminder(void *user, const struct ft_store_reminder *r)
{
    char text[256], day[16] = "-";
    if (r->fired_day != FT_NO_DAY)
        snprintf(day, sizeof day, "%d", (int)r->fired_day);
    snprintf(text, sizeof text, "%s%lld:%d.%s/%d/%d/%lld/%u/%d%d/%s/%s", of(r->login), (long long)r->key,
             r->security.market, r->security.code, r->type, r->freq, (long long)r->value, r->sessions,
             r->enabled, r->fired, day, r->note);
    add(text);
}
static void each_use(void *user, const struct ft_store_use *row)
{
    char text[96];
    snprintf(text, sizeof text, "%s%d.%s/%lld/%lld", of(row->login), row->security.market, row->security.code,
             (long long)row->first_s, (long long)row->last_s);
    add(text);
}

static const char *groups(struct ft_store *s, uint32_t login, int64_t *b)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_groups(s, login, each_group, b, &err), 0);
    return got;
}
static const char *watched(struct ft_store *s, uint32_t login, int64_t group)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_watched(s, login, group, each_security, NULL, &err), 0);
    return got;
}
static const char *reminders(struct ft_store *s)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_reminders(s, each_reminder, NULL, &err), 0);
    return got;
}
static const char *uses(struct ft_store *s)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_uses(s, each_use, NULL, &err), 0);
    return got;
}

static void test_watch_lists(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    int64_t b = 0;
    assert_string_equal(groups(s, 0, &b), "A B C ");
    static const struct ft_store_security rows[] = {{11, "AAPL"}, {1, "00700"}, {11, "MSFT"}};
    assert_int_equal(ft_store_watch(s, 0, b, rows, 3, &err), 0);
    assert_int_equal(ft_store_watch(s, 0, b, rows, 1, &err), 0); /* it is there already */
    assert_string_equal(watched(s, 0, b), "11.AAPL 1.00700 11.MSFT ");
    assert_string_equal(watched(s, 0, FT_WATCH_ALL), "1.HSImain 1.00700 11.AAPL 11.MSFT ");
    assert_int_equal(ft_store_unwatch(s, 0, b, rows, 1, &err), 0);
    assert_string_equal(watched(s, 0, b), "1.00700 11.MSFT ");
    assert_int_equal(ft_store_unwatch(s, 0, FT_WATCH_ALL, &rows[1], 1, &err), 0);
    assert_string_equal(watched(s, 0, b), "11.MSFT ");
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_string_equal(watched(s, 0, FT_WATCH_ALL), "1.HSImain 11.AAPL 11.MSFT ");
    assert_string_equal(watched(s, 0, b), "11.MSFT ");
    assert_int_equal(ft_store_add_group(s, 0, "A", &err), 0); /* a second one of that name */
    assert_int_equal(ft_store_drop_group(s, 0, b, &err), 0);
    assert_string_equal(groups(s, 0, &b), "A C A ");
    assert_string_equal(watched(s, 0, b), "");
    assert_string_equal(watched(s, 0, FT_WATCH_ALL), "1.HSImain 11.AAPL 11.MSFT ");
    assert_int_equal(ft_store_ever_traded(s, 0, &err), 0);
    ft_store_close(s);
}

static void test_reminders(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_store_reminder rows[] = {
        {.key = 1744022257023211123, .security = {11, "AAPL"}, .type = 11, .freq = 1,
         .value = 183700000, .sessions = 30, .enabled = true, .fired_day = FT_NO_DAY, .note = "123"},
        {.key = 7, .security = {1, "00700"}, .type = 1, .freq = 3, .value = 1, .sessions = 2,
         .fired = true, .fired_day = 20000, .note = "提醒"},
    };
    assert_int_equal(ft_store_put_reminders(s, rows, 2, &err), 0);
    const char *both = "7:1.00700/1/3/1/2/01/20000/提醒 "
                       "1744022257023211123:11.AAPL/11/1/183700000/30/10/-/123 ";
    assert_string_equal(reminders(s), both);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_string_equal(reminders(s), both);
    rows[1].enabled = true;
    rows[1].fired = false;
    assert_int_equal(ft_store_put_reminders(s, &rows[1], 1, &err), 0);
    assert_int_equal(ft_store_drop_reminders(s, &rows[0].key, 1, &err), 0);
    assert_string_equal(reminders(s), "7:1.00700/1/3/1/2/10/20000/提醒 ");
    ft_store_close(s);
}

/* A trigger stands for a disk that fails in the middle: what was there stays, and the call says so. */
static void test_all_or_nothing(void **state)
{
    struct ft_err err = {0};
    ft_store_close(open_store(NULL, NULL));
    sql("CREATE TRIGGER broken BEFORE INSERT ON watch_items WHEN new.code='BAD' "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    struct ft_store *s = open_store(NULL, NULL);
    static const struct ft_store_security rows[] = {{11, "AAPL"}, {11, "BAD"}};
    assert_int_equal(ft_store_watch(s, 0, FT_WATCH_ALL, rows, 2, &err), -1);
    assert_non_null(strstr(err.text, "the disk is full"));
    assert_string_equal(watched(s, 0, FT_WATCH_ALL), "1.HSImain 1.00700 ");
    ft_store_close(s);
}

static void test_history_uses(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_store_use rows[] = {{0, {1, "00700"}, 100, 150}, {0, {11, "AAPL"}, 90, 95}};
    assert_int_equal(ft_store_put_uses(s, rows, 2, 0, &err), 0);
    assert_string_equal(uses(s), "11.AAPL/90/95 1.00700/100/150 ");
    rows[0].last_s = 180;
    assert_int_equal(ft_store_put_uses(s, rows, 1, 91, &err), 0);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_string_equal(uses(s), "1.00700/100/180 ");
    ft_store_close(s);
}

static const char *logins(struct ft_store *s)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_logins(s, each_login, NULL, &err), 0);
    return got;
}

/* A number is given once; what one login has, no other one sees or loses. */
static void test_logins(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    uint32_t ann = 0, bob = 0;
    assert_string_equal(logins(s), "");
    assert_int_equal(ft_store_login(s, 200001, &ann, &err), 0);
    assert_int_equal(ft_store_login(s, 999999999999999999, &bob, &err), 0);
    assert_true(ann == 1 && bob == 2);
    int64_t b0 = 0, b1 = 0, b2 = 0;
    assert_string_equal(groups(s, 0, &b0), "A B C ");
    assert_string_equal(groups(s, ann, &b1), "A B C ");
    assert_string_equal(groups(s, bob, &b2), "A B C ");
    assert_true(b0 != b1 && b1 != b2);
    assert_string_equal(watched(s, ann, FT_WATCH_ALL), "1.HSImain 1.00700 ");
    assert_string_equal(watched(s, ann, b1 - 1), "1.HSImain 1.00700 "); /* A */
    static const struct ft_store_security rows[] = {{11, "AAPL"}, {1, "00700"}};
    assert_int_equal(ft_store_watch(s, ann, b1, rows, 2, &err), 0);
    assert_int_equal(ft_store_watch(s, bob, b2, rows, 1, &err), 0);
    assert_int_equal(ft_store_unwatch(s, bob, FT_WATCH_ALL, rows, 2, &err), 0);
    assert_int_equal(ft_store_drop_group(s, bob, b1, &err), 0); /* another's: nothing goes */
    assert_int_equal(ft_store_add_group(s, bob, "D", &err), 0);
    struct ft_store_reminder reminder = {.key = 7, .login = bob, .security = {1, "00700"}, .type = 1,
                                         .freq = 3, .value = 1, .sessions = 2, .enabled = true,
                                         .fired_day = FT_NO_DAY};
    assert_int_equal(ft_store_put_reminders(s, &reminder, 1, &err), 0);
    struct ft_store_use use[] = {{0, {1, "00700"}, 1, 2}, {ann, {1, "00700"}, 3, 4}};
    assert_int_equal(ft_store_put_uses(s, use, 2, 0, &err), 0);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_int_equal(ft_store_login(s, 200001, &bob, &err), 0);
    assert_int_equal(bob, ann);
    assert_int_equal(ft_store_login(s, 999999999999999999, &bob, &err), 0);
    assert_string_equal(logins(s), "1=200001 2=999999999999999999 ");
    assert_string_equal(groups(s, ann, &b1), "A B C ");
    assert_string_equal(groups(s, bob, &b2), "A B C D ");
    assert_string_equal(watched(s, ann, b1), "11.AAPL 1.00700 ");
    assert_string_equal(watched(s, bob, b1), "");
    assert_string_equal(watched(s, bob, b2), "");
    assert_string_equal(watched(s, bob, FT_WATCH_ALL), "1.HSImain ");
    assert_string_equal(watched(s, 0, FT_WATCH_ALL), "1.HSImain 1.00700 ");
    assert_string_equal(reminders(s), "login 2 7:1.00700/1/3/1/2/10/-/ ");
    assert_string_equal(uses(s), "1.00700/1/2 login 1 1.00700/3/4 ");
    ft_store_close(s);
    assert_int_equal(ft_store_check(dir, NULL, NULL, &err), 0);
    sql("DELETE FROM logins WHERE id=2");
    assert_true(ft_store_check(dir, NULL, NULL, &err) > 0);
    s = open_store(NULL, NULL); /* a number that is free again is not given to another */
    assert_int_equal(ft_store_login(s, 200003, &bob, &err), 0);
    assert_int_equal(bob, 3);
    ft_store_close(s);
}

/* Who has traded is asked for each login. */
static void test_traders(void **state)
{
    struct ft_err err = {0};
    ft_store_close(open_store(NULL, NULL));
    sql("INSERT INTO logins VALUES(1,200001),(2,200002)");
    sql("INSERT INTO accounts VALUES(70,0,0,1,1,0,0,0,0,0,x'01','','',5,0,0,0,0,0,0,0,x'0000000000',NULL,"
        "0,0,0,NULL,1),(71,1,0,1,1,0,0,0,0,0,x'01','','',5,0,0,0,0,0,0,0,x'0000000000',NULL,0,0,0,NULL,2)");
    sql("PRAGMA foreign_keys=OFF");
    sql("INSERT INTO fills VALUES(1,1,71,1,'00700',1,5,0,10000,1,0)");
    struct ft_store *s = open_store(NULL, NULL);
    assert_int_equal(ft_store_ever_traded(s, 0, &err), 0);
    assert_int_equal(ft_store_ever_traded(s, 1, &err), 0);
    assert_int_equal(ft_store_ever_traded(s, 2, &err), 1);
    ft_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_watch_lists, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_reminders, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_history_uses, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_logins, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_traders, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("store personal", tests, load_universe, free_universe);
}
