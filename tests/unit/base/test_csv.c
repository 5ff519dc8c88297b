#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const ab[] = {"a", "b", "?c", NULL};

static int open_text(struct ft_csv *c, const char *text, bool strict, struct ft_err *err)
{
    ft_err_clear(err);
    return ft_csv_open(c, "t.csv", text, strlen(text), ab, strict, err);
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    struct ft_csv c;
    struct ft_err err;
    assert_int_equal(
        open_text(&c, "\xEF\xBB\xBF# note\r\n\r\nb,x,a\r\n1,2,3\r\n\n# more\n4,5,6", false, &err),
        0);
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_int_equal(c.line, 4);
    assert_string_equal(ft_csv_text(&c, 0), "3");
    assert_string_equal(ft_csv_text(&c, 1), "1");
    assert_string_equal(ft_csv_text(&c, 2), "");
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_int_equal(c.line, 7);
    assert_string_equal(ft_csv_text(&c, 0), "6");
    assert_int_equal(ft_csv_next(&c, &err), 0);
    assert_int_equal(ft_csv_next(&c, &err), 0);
}

static void quotes(void **state)
{
    (void)state;
    struct ft_csv c;
    struct ft_err err;
    assert_int_equal(open_text(&c, "a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"\",\n", false, &err), 0);
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_string_equal(ft_csv_text(&c, 0), "x, y");
    assert_string_equal(ft_csv_text(&c, 1), "say \"hi\"");
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_string_equal(ft_csv_text(&c, 0), "");
    assert_string_equal(ft_csv_text(&c, 1), "");
}

static void values(void **state)
{
    (void)state;
    static const char *const names[] = {"i", "f", "d", "t", "w", NULL};
    static const char *const words[] = {"full", "half", NULL};
    static const char text[] = "i,f,d,t,w\n-7,1.25,2026-11-21,09:30,half\n,x,2026-02-30,24:00,no\n";
    struct ft_csv c;
    struct ft_err err;
    int64_t i, f;
    ft_day d;
    int32_t t;
    int w;
    assert_int_equal(ft_csv_open(&c, "v.csv", text, sizeof text - 1, names, true, &err), 0);
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_int_equal(ft_csv_int(&c, 0, -10, 10, &i, &err), 0);
    assert_int_equal(ft_csv_fixed(&c, 1, 6, &f, &err), 0);
    assert_int_equal(ft_csv_day(&c, 2, &d, &err), 0);
    assert_int_equal(ft_csv_minute(&c, 3, &t, &err), 0);
    assert_int_equal(ft_csv_word(&c, 4, words, &w, &err), 0);
    assert_int_equal(i, -7);
    assert_int_equal(f, 1250000);
    assert_int_equal(d, 20778);
    assert_int_equal(t, 570);
    assert_int_equal(w, 1);
    assert_int_equal(ft_csv_int(&c, 0, 0, 10, &i, &err), -1);
    assert_string_equal(err.text, "v.csv:2: i: -7 is not within 0 to 10");
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_int_equal(ft_csv_int(&c, 0, 0, 10, &i, &err), -1);
    assert_string_equal(err.text, "v.csv:3: i: '' is not a whole number");
    assert_int_equal(ft_csv_fixed(&c, 1, 6, &f, &err), -1);
    assert_string_equal(err.text, "v.csv:3: f: 'x' is not a number with at most 6 decimals");
    assert_int_equal(ft_csv_day(&c, 2, &d, &err), -1);
    assert_string_equal(err.text, "v.csv:3: d: bad date '2026-02-30', wanted yyyy-MM-dd");
    assert_int_equal(ft_csv_day_or(&c, 0, FT_NO_DAY, &d, &err), 0);
    assert_int_equal(d, FT_NO_DAY);
    assert_int_equal(ft_csv_minute(&c, 3, &t, &err), -1);
    assert_string_equal(err.text, "v.csv:3: t: there is no time '24:00'");
    assert_int_equal(ft_csv_word(&c, 4, words, &w, &err), -1);
    assert_string_equal(err.text, "v.csv:3: w: unknown word 'no', allowed: full, half");
}

static void faults_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
        bool strict;
    } rows[] = {
        {"", "t.csv:1: there is no header line", false},
        {"# only\n# notes\n", "t.csv:2: there is no header line", false},
        {"a,x\n", "t.csv:1: b: column is missing in the header", false},
        {"a,b,a\n", "t.csv:1: a: column is there twice", false},
        {"a,b,x\n", "t.csv:1: unknown column 'x'", true},
        {"a,b\n1\n", "t.csv:2: 1 fields, the header has 2", false},
        {"a,b\n1,2\n1,2,3\n", "t.csv:3: 3 fields, the header has 2", false},
        {"a,b\n\"1,2\n", "t.csv:2: quote of field 1 is not closed", false},
        {"a,b\n\"1\"x,2\n", "t.csv:2: field 1 goes on after its closing quote", false},
        {"a,b\n\xC3\x28,2\n", "t.csv:2: not UTF-8 text", false},
        {"a,b\n\xED\xA0\x80,2\n", "t.csv:2: not UTF-8 text", false},
        {"a,b\n\xF4\x90\x80\x80,2\n", "t.csv:2: not UTF-8 text", false},
        {"a,b\n1\x01,2\n", "t.csv:2: not UTF-8 text", false},
        {"a,b\n\xE4\xB8,2\n", "t.csv:2: not UTF-8 text", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ft_csv c;
        struct ft_err err;
        int rc = open_text(&c, rows[i].text, rows[i].strict, &err);
        while (rc == 0 && (rc = ft_csv_next(&c, &err)) > 0)
            rc = 0;
        assert_int_equal(rc, -1);
        assert_string_equal(err.text, rows[i].fault);
        assert_int_equal(err.code, FT_ECORRUPT);
    }
}

static void limits(void **state)
{
    (void)state;
    struct ft_csv c;
    struct ft_err err;
    static char big[2 * FT_CSV_LINE_MAX];
    memset(big, 'x', sizeof big - 1);
    memcpy(big, "a,b\n", 4);
    assert_int_equal(open_text(&c, big, false, &err), 0);
    assert_int_equal(ft_csv_next(&c, &err), -1);
    assert_non_null(strstr(err.text, "at most 8192 are allowed"));
    memset(big, ',', 100);
    big[100] = '\0';
    assert_int_equal(open_text(&c, big, false, &err), -1);
    assert_string_equal(err.text, "t.csv:1: more than 32 fields");
    /* The longest line, all of it one field each side of the comma. */
    memset(big, 'y', sizeof big);
    memcpy(big, "a,b\n", 4);
    big[10] = ',';
    big[4 + FT_CSV_LINE_MAX] = '\0';
    assert_int_equal(open_text(&c, big, false, &err), 0);
    assert_int_equal(ft_csv_next(&c, &err), 1);
    assert_int_equal(strlen(ft_csv_text(&c, 1)), FT_CSV_LINE_MAX - 7);
}

static void as_of(void **state)
{
    (void)state;
    static const char text[] = "# source: x\n# as of: 2026-11-21\na,b\n";
    assert_int_equal(ft_csv_as_of(text, sizeof text - 1), 20778);
    assert_int_equal(ft_csv_as_of("a,b\n# as of: 2026-11-21\n", 24), FT_NO_DAY);
    assert_int_equal(ft_csv_as_of("# as of: 2026", 13), FT_NO_DAY);
    assert_int_equal(ft_csv_as_of("", 0), FT_NO_DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(quotes),
        cmocka_unit_test(values),
        cmocka_unit_test(faults_name_file_and_line),
        cmocka_unit_test(limits),
        cmocka_unit_test(as_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
