/* Versions of the file: made, migrated, refused. */
#include "fixture.h"

#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static void test_a_new_file_is_the_owners(void **state)
{
    struct stat st;
    umask(0);
    struct ft_store *s = open_store(NULL, NULL);
    static const char *const files[] = {"opend.db", "opend.db-wal", "opend.db-shm", "opend.lock"};
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", dir, files[k]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_int_equal(sql_int("PRAGMA user_version"), ft_schema_latest());
    assert_int_equal(sql_int("PRAGMA application_id"), FT_STORE_APP_ID);
    ft_store_close(s);
    assert_int_equal(chmod(db_path(), 0666), 0); /* somebody was careless */
    ft_store_close(open_store(NULL, NULL));
    assert_int_equal(stat(db_path(), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* Every older version becomes today's with its rows; version 1 had no settings. */
static void test_old_versions_are_migrated(void **state)
{
    for (int version = 0; version < ft_schema_latest(); version++) {
        sqlite3 *db = NULL;
        struct ft_err err = {0};
        char out[8];
        unlink(db_path());
        assert_int_equal(sqlite3_open(db_path(), &db), SQLITE_OK);
        assert_int_equal(ft_schema_migrate(db, version, &err), 0);
        assert_int_equal(ft_schema_version(db, &err), version);
        sqlite3_close(db);
        if (version >= 1) {
            sql(version < 4 ? "INSERT INTO accounts VALUES(77,0,0,1,1,0,0,0,0,0,x'01','','',5,6,7,8,9,"
                              "10,11,0,x'0000000000',NULL,0,0,0)"
                            : "INSERT INTO accounts VALUES(77,0,0,1,1,0,0,0,0,0,x'01','','',5,6,7,8,9,"
                              "10,11,0,x'0000000000',NULL,0,0,0,NULL)"); /* dt_call_day came with 4 */
            sql("UPDATE counters SET txn=41");
        }
        struct ft_store *s = open_store(NULL, NULL);
        assert_int_equal(sql_int("PRAGMA user_version"), ft_schema_latest());
        const struct ft_journal *got = load_into(s, u, -1);
        assert_int_equal(got->account_count, version >= 1);
        if (version >= 1) {
            assert_int_equal(got->accounts[0].id, 77);
            assert_int_equal(got->accounts[0].cash[FT_SGD], 11);
            assert_int_equal(got->counters.txn, 41);
        }
        assert_int_equal(ft_store_set(s, "key", "value", &err), 0);
        assert_int_equal(ft_store_setting(s, "key", out, sizeof out, &err), 1);
        ft_store_close(s);
    }
}

static void add_row(void *user, const char *text)
{
    size_t n = strlen(user);
    snprintf((char *)user + n, 256 - n, "%s ", text);
}
static void add_security(void *user, const struct ft_store_security *row)
{
    add_row(user, row->code);
}
static void add_group(void *user, int64_t id, const char *name)
{
    (void)id;
    add_row(user, name);
}
static void add_reminder(void *user, const struct ft_store_reminder *row)
{
    assert_int_equal(row->login, 0);
    add_row(user, row->note);
}
static void add_use(void *user, const struct ft_store_use *row)
{
    assert_int_equal(row->login, 0);
    assert_true(row->first_s == 3 && row->last_s == 4);
    add_row(user, row->security.code);
}

/* Version 5 knew one login: all that it had is the first login's, in its old order. */
static void test_rows_of_version_5(void **state)
{
    sqlite3 *db = NULL;
    struct ft_err err = {0};
    char text[256];
    assert_int_equal(sqlite3_open(db_path(), &db), SQLITE_OK);
    assert_int_equal(ft_schema_migrate(db, 5, &err), 0);
    sqlite3_close(db);
    sql("INSERT INTO accounts VALUES(77,0,0,1,1,0,0,0,0,0,x'01','','',5,6,7,8,9,10,11,0,x'0000000000',"
        "NULL,0,0,0,NULL)");
    sql("INSERT INTO watch_groups(name) VALUES('mine')");
    sql("INSERT INTO watch_items(id,grp,market,code) VALUES(90,4,11,'MSFT'),(60,4,11,'AAPL'),(61,0,11,'AAPL')");
    sql("INSERT INTO reminders VALUES(5,11,'AAPL',1,1,2,2,1,0,NULL,'old')");
    sql("INSERT INTO history_uses VALUES(11,'AAPL',3,4)");
    struct ft_store *s = open_store(NULL, NULL);
    assert_int_equal(sql_int("PRAGMA user_version"), ft_schema_latest());
    const struct ft_journal *got = load_into(s, u, -1);
    assert_int_equal(got->account_count, 1);
    assert_int_equal(got->accounts[0].owner, 0);
#define TEXT_IS(call, expected)                                                                    \
    (text[0] = '\0', assert_int_equal(call, 0), assert_string_equal(text, expected))
    TEXT_IS(ft_store_groups(s, 0, add_group, text, &err), "A B C mine ");
    TEXT_IS(ft_store_watched(s, 0, 4, add_security, text, &err), "AAPL MSFT ");
    TEXT_IS(ft_store_watched(s, 0, FT_WATCH_ALL, add_security, text, &err), "HSImain 00700 AAPL ");
    TEXT_IS(ft_store_reminders(s, add_reminder, text, &err), "old ");
    TEXT_IS(ft_store_uses(s, add_use, text, &err), "AAPL ");
    uint32_t login;
    assert_int_equal(ft_store_login(s, 200001, &login, &err), 0);
    TEXT_IS(ft_store_groups(s, login, add_group, text, &err), "A B C ");
    TEXT_IS(ft_store_watched(s, login, FT_WATCH_ALL, add_security, text, &err), "HSImain 00700 ");
    /* What was watched last comes last, also when it was there before the migration. */
    static const struct ft_store_security ibm = {11, "IBM"};
    assert_int_equal(ft_store_watch(s, 0, 4, &ibm, 1, &err), 0);
    TEXT_IS(ft_store_watched(s, 0, 4, add_security, text, &err), "AAPL MSFT IBM ");
    ft_store_close(s);
    sql("DELETE FROM accounts"); /* its cash has no postings */
    assert_int_equal(ft_store_check(dir, NULL, NULL, &err), 0);
}

/* An old file is not changed by a check, which says what to do. */
static void test_check_does_not_migrate(void **state)
{
    sqlite3 *db = NULL;
    struct ft_err err = {0};
    assert_int_equal(sqlite3_open(db_path(), &db), SQLITE_OK);
    assert_int_equal(ft_schema_migrate(db, 1, &err), 0);
    sqlite3_close(db);
    assert_int_equal(ft_store_check(dir, NULL, NULL, &err), -1);
    assert_non_null(strstr(err.text, "its schema has version 1"));
    assert_non_null(strstr(err.text, "start the gateway on it once"));
    assert_int_equal(sql_int("PRAGMA user_version"), 1);
}

static void expect_refused(const char *words)
{
    struct ft_err err = {0};
    struct ft_store *s = ft_store_open(dir, FT_DURABLE_FULL, NULL, NULL, &err);
    assert_null(s);
    if (!strstr(err.text, words) || !strstr(err.text, "opend.db"))
        fail_msg("'%s' does not say '%s'", err.text, words);
}

/* The whole file, to see that nothing touched it. */
static size_t read_file(char *out, size_t size)
{
    FILE *f = fopen(db_path(), "rb");
    assert_non_null(f);
    size_t n = fread(out, 1, size, f);
    fclose(f);
    return n;
}

static void test_others_are_refused_and_left_alone(void **state)
{
    static char before[1 << 16], after[1 << 16];
    ft_store_close(open_store(NULL, NULL));
    sql("PRAGMA journal_mode=DELETE");
    sql("PRAGMA user_version=99");
    expect_refused("newer opend: its schema has version 99");
    assert_int_equal(sql_int("PRAGMA user_version"), 99);

    assert_int_equal(unlink(db_path()), 0);
    sql("CREATE TABLE recipes(name TEXT)");
    size_t n = read_file(before, sizeof before);
    expect_refused("another program's (application_id 0, version 0, 1 tables");
    assert_int_equal(read_file(after, sizeof after), n);
    assert_memory_equal(before, after, n);

    sql("PRAGMA application_id=1196444487");
    expect_refused("application_id 1196444487");

    FILE *f = fopen(db_path(), "wb");
    for (int k = 0; k < 500; k++)
        fputs("this is a letter to somebody\n", f);
    fclose(f);
    n = read_file(before, sizeof before);
    expect_refused("another kind of file");
    assert_int_equal(read_file(after, sizeof after), n);
    assert_memory_equal(before, after, n);
}

static void test_a_crash_before_the_first_table(void **state)
{
    int fd = open(db_path(), O_CREAT | O_WRONLY, 0600); /* made, and then the power went */
    assert_true(fd >= 0);
    close(fd);
    ft_store_close(open_store(NULL, NULL));
    assert_int_equal(sql_int("PRAGMA user_version"), ft_schema_latest());
}

static int free_both(void **state)
{
    ft_journal_free(&loaded.got);
    return free_universe(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_file_is_the_owners, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_old_versions_are_migrated, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_rows_of_version_5, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_check_does_not_migrate, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_others_are_refused_and_left_alone, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_a_crash_before_the_first_table, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, load_universe, free_both);
}
