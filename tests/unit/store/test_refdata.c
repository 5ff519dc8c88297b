/* Company data in the store: an import replaces what it names, whole or not at all. */
#include "fixture.h"

static char got[4096];
static int end_at;

static int each(void *user, const struct ft_store_refdata *row)
{
    size_t n = strlen(got);
    snprintf(got + n, sizeof got - n, "%u:%.*s ", row->seq, (int)row->len, (const char *)row->record);
    return end_at && (int)row->seq == end_at ? -1 : 0;
}

static const char *read_all(struct ft_store *s, uint32_t protocol, const char *instrument)
{
    struct ft_err err = {0};
    got[0] = '\0';
    int n = ft_store_refdata(s, protocol, instrument, each, NULL, &err);
    if (n < 0)
        fail_msg("%s", err.text);
    return got;
}

static void test_put_and_read(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    static const struct ft_store_refdata first[] = {
        {3235, "HK.00700", 1, "a", 1}, {3235, "HK.00700", 2, "bb", 2}, {3242, "US.AAPL", 0, "fig", 3},
        {3242, "US.AAPL", 1, "", 0},   {3242, "US.MSFT", 1, "m", 1},
    };
    assert_string_equal(read_all(s, 3235, "HK.00700"), "");
    assert_int_equal(ft_store_put_refdata(s, first, 5, &err), 0);
    assert_string_equal(read_all(s, 3235, "HK.00700"), "1:a 2:bb ");
    assert_string_equal(read_all(s, 3242, "US.AAPL"), "0:fig 1: ");
    assert_string_equal(read_all(s, 3242, "HK.00700"), "");
    /* A later import takes the place of the lists that it names, and of no other. */
    static const struct ft_store_refdata second[] = {{3242, "US.AAPL", 1, "new", 3}};
    assert_int_equal(ft_store_put_refdata(s, second, 1, &err), 0);
    assert_string_equal(read_all(s, 3242, "US.AAPL"), "1:new ");
    assert_string_equal(read_all(s, 3242, "US.MSFT"), "1:m ");
    assert_string_equal(read_all(s, 3235, "HK.00700"), "1:a 2:bb ");
    assert_int_equal(ft_store_put_refdata(s, NULL, 0, &err), 0);
    ft_store_close(s);
    s = open_store(NULL, NULL);
    assert_string_equal(read_all(s, 3242, "US.AAPL"), "1:new ");
    end_at = 1;
    assert_int_equal(ft_store_refdata(s, 3235, "HK.00700", each, NULL, &err), -1);
    end_at = 0;
    assert_string_equal(read_all(s, 3235, "HK.00700"), "1:a 2:bb ");
    ft_store_close(s);
}

static void test_wrong_order_changes_nothing(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    static const struct ft_store_refdata good[] = {{3235, "HK.00700", 1, "a", 1}};
    static const struct ft_store_refdata bad[][2] = {
        {{3235, "HK.00700", 1, "x", 1}, {3235, "HK.00700", 1, "y", 1}},
        {{3235, "HK.00700", 2, "x", 1}, {3235, "HK.00700", 1, "y", 1}},
        {{3235, "HK.00701", 1, "x", 1}, {3235, "HK.00700", 1, "y", 1}},
        {{3242, "HK.00700", 1, "x", 1}, {3235, "HK.00700", 1, "y", 1}},
    };
    assert_int_equal(ft_store_put_refdata(s, good, 1, &err), 0);
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        assert_int_equal(ft_store_put_refdata(s, bad[k], 2, &err), -1);
        assert_int_equal(err.code, FT_EINVAL);
        assert_non_null(strstr(err.text, "HK.00700: out of order, or given twice"));
    }
    assert_string_equal(read_all(s, 3235, "HK.00700"), "1:a ");
    ft_store_close(s);
}

/* A failure in the middle leaves what was there: a trigger stands for a disk that fails. */
static void test_all_or_nothing(void **state)
{
    struct ft_err err = {0};
    struct ft_store *s = open_store(NULL, NULL);
    static const struct ft_store_refdata old[] = {{3235, "HK.00700", 1, "old", 3}};
    static const struct ft_store_refdata new[] = {
        {3235, "HK.00005", 1, "n", 1}, {3235, "HK.00700", 1, "n", 1}, {3235, "HK.00700", 2, "n", 1},
    };
    assert_int_equal(ft_store_put_refdata(s, old, 1, &err), 0);
    ft_store_close(s);
    sql("CREATE TRIGGER stop BEFORE INSERT ON refdata WHEN NEW.seq=2"
        " BEGIN SELECT RAISE(FAIL, 'the disk says no'); END");
    s = open_store(NULL, NULL);
    assert_int_equal(ft_store_put_refdata(s, new, 3, &err), -1);
    assert_non_null(strstr(err.text, "record 2 of protocol 3235, HK.00700"));
    assert_non_null(strstr(err.text, "the disk says no"));
    assert_string_equal(read_all(s, 3235, "HK.00700"), "1:old ");
    assert_string_equal(read_all(s, 3235, "HK.00005"), "");
    ft_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_and_read, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_wrong_order_changes_nothing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, load_universe, free_universe);
}
