/* Watch lists, reminders and the history quota in the store: what was written is read back after a new
 * start, in order; what fails changes nothing. */
#include "fixture.h"

static char got[8192];
static void add(const char *text)
{
    size_t n = strlen(got);
    snprintf(got + n, sizeof got - n, "%s ", text);
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
    snprintf(text, sizeof text, "%lld:%d.%s/%d/%d/%lld/%u/%d%d/%s/%s", (long long)r->key,
             r->security.market, r->security.code, r->type, r->freq, (long long)r->value, r->sessions,
             r->enabled, r->fired, day, r->note);
    add(text);
}
static void each_use(void *user, const struct ft_store_use *row)
{
    char text[96];
    snprintf(text, sizeof text, "%d.%s/%lld/%lld", row->security.market, row->security.code,
             (long long)row->first_s, (long long)row->last_s);
    add(text);
}

static const char *groups(struct ft_store *s, int64_t *b)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_groups(s, each_group, b, &err), 0);
    return got;
}
static const char *watched(struct ft_store *s, int64_t group)
{
    struct ft_err err = {0};
    got[0] = '\0';
    assert_int_equal(ft_store_watched(s, group, each_security, NULL, &err), 0);
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
    assert_string_equal(groups(s, &b), "A B C ");
    static const struct ft_store_security rows[] = {{11, "AAPL"}, {1, "00700"}, {11, "MSFT"}};
    assert_int_equal(ft_store_watch(s, b, rows, 3, &err), 0);
    assert_int_equal(ft_store_watch(s, b, rows, 1, &err), 0); /* it is there already */
    assert_string_equal(watched(s, b), "11.AAPL 1.00700 11.MSFT ");
    assert_string_equal(watched(s, FT_WATCH_ALL), "1.HSImain 1.00700 11.AAPL 11.MSFT ");
    assert_int_equal(ft_store_unwatch(s, b, rows, 1, &err), 0);
    assert_string_equal(watched(s, b), "1.00700 11.MSFT ");
    assert_int_equal(ft_store_unwatch(s, FT_WATCH_ALL, &rows[1], 1, &err), 0);
    assert_string_equal(watched(s, b), "11.MSFT ");
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_string_equal(watched(s, FT_WATCH_ALL), "1.HSImain 11.AAPL 11.MSFT ");
    assert_string_equal(watched(s, b), "11.MSFT ");
    assert_int_equal(ft_store_add_group(s, "A", &err), 0); /* a second one of that name */
    assert_int_equal(ft_store_drop_group(s, b, &err), 0);
    assert_string_equal(groups(s, &b), "A C A ");
    assert_string_equal(watched(s, b), "");
    assert_string_equal(watched(s, FT_WATCH_ALL), "1.HSImain 11.AAPL 11.MSFT ");
    assert_int_equal(ft_store_ever_traded(s, &err), 0);
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
    assert_int_equal(ft_store_watch(s, FT_WATCH_ALL, rows, 2, &err), -1);
    assert_non_null(strstr(err.text, "the disk is full"));
    assert_string_equal(watched(s, FT_WATCH_ALL), "1.HSImain 1.00700 ");
    ft_store_close(s);
}

static void test_history_uses(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    struct ft_store_use rows[] = {{{1, "00700"}, 100, 150}, {{11, "AAPL"}, 90, 95}};
    assert_int_equal(ft_store_put_uses(s, rows, 2, 0, &err), 0);
    assert_string_equal(uses(s), "11.AAPL/90/95 1.00700/100/150 ");
    rows[0].last_s = 180;
    assert_int_equal(ft_store_put_uses(s, rows, 1, 91, &err), 0);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_string_equal(uses(s), "1.00700/100/180 ");
    ft_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_watch_lists, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_reminders, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_history_uses, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("store personal", tests, load_universe, free_universe);
}
