/* Tables in their three forms: escapes, absent cells, widths of characters, narrow terminals. */
#include "capture.h"

#include <float.h>
#include <math.h>

static const struct cli_column columns[] = {
    {"code", "Code", CLI_TEXT, 0},      {"name", "Name", CLI_TEXT, 0},
    {"price", "Price", CLI_NUMBER, -1}, {"change_percent", "Change", CLI_PERCENT, 2},
    {"order_id", "Order", CLI_TEXT, 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void row(struct cli_table *t, const char *code, const char *name, double price,
                double change, uint64_t id)
{
    cli_text(t, code);
    cli_text(t, name);
    cli_number(t, price);
    cli_number(t, change);
    cli_unsigned(t, id);
}

static struct cli_table *two_rows(void)
{
    struct cli_table *t = cli_table_new(columns, COLUMNS);
    row(t, "HK.00700", "\xe8\x85\xbe\xe8\xae\xaf\xe6\x8e\xa7\xe8\x82\xa1", 629.5, 1.005,
        UINT64_MAX);
    row(t, "US.X", "say \"x\", \\ or\nend", 7, -0.5, 1);
    return t;
}

static void printed(struct cli_table *t, struct cli_print how, const char *expected)
{
    struct capture c;
    capture_begin(&c, NULL);
    cli_table_print(t, c.stream, &how);
    assert_string_equal(capture_end(&c), expected);
    free(c.text);
    cli_table_free(t);
}

static void test_json(void **state)
{
    (void)state;
    printed(two_rows(), (struct cli_print){.form = CLI_JSON},
            "[\n{\"code\": \"HK.00700\", \"name\": "
            "\"\xe8\x85\xbe\xe8\xae\xaf\xe6\x8e\xa7\xe8\x82\xa1\", \"price\": 629.5, "
            "\"change_percent\": 1.005, \"order_id\": \"18446744073709551615\"},\n"
            "{\"code\": \"US.X\", \"name\": \"say \\\"x\\\", \\\\ or\\u000aend\", \"price\": 7, "
            "\"change_percent\": -0.5, \"order_id\": \"1\"}\n]\n");
    printed(cli_table_new(columns, COLUMNS), (struct cli_print){.form = CLI_JSON}, "[]\n");
    printed(cli_table_new(columns, COLUMNS), (struct cli_print){.form = CLI_JSON, .lines = true},
            "");
    struct cli_table *t = cli_table_new(columns, 3);
    cli_absent(t);
    cli_text(t, NULL);
    cli_number(t, NAN);
    cli_text(t, "");
    cli_number_if(t, false, 3);
    cli_number(t, INFINITY);
    printed(t, (struct cli_print){.form = CLI_JSON, .lines = true},
            "{\"code\": null, \"name\": null, \"price\": null}\n{\"code\": \"\", \"name\": null, "
            "\"price\": null}\n");
}

static void test_csv(void **state)
{
    (void)state;
    printed(two_rows(), (struct cli_print){.form = CLI_CSV},
            "code,name,price,change_percent,order_id\n"
            "HK.00700,\xe8\x85\xbe\xe8\xae\xaf\xe6\x8e\xa7\xe8\x82\xa1,629.5,1.005,"
            "18446744073709551615\n"
            "US.X,\"say \"\"x\"\", \\ or\nend\",7,-0.5,1\n");
    struct cli_table *t = cli_table_new(columns, 3);
    cli_absent(t);
    cli_text(t, "a,b");
    cli_absent(t);
    printed(t, (struct cli_print){.form = CLI_CSV, .no_titles = true}, ",\"a,b\",\n");
}

/* Two columns a Chinese character; what would move the cursor is "?". */
static void test_people(void **state)
{
    (void)state;
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN},
            "Code      Name               Price  Change  Order\n"
            "HK.00700  \xe8\x85\xbe\xe8\xae\xaf\xe6\x8e\xa7\xe8\x82\xa1           629.5  +1.00%  "
            "18446744073709551615\n"
            "US.X      say \"x\", \\ or?end      7  -0.50%  1\n");
    struct cli_table *t = cli_table_new(columns, 4);
    cli_text(t, "\033[2J\x9b\xc2\x9b");
    cli_absent(t);
    cli_number(t, 1e6);
    cli_number(t, 0);
    printed(
        t, (struct cli_print){.form = CLI_HUMAN, .colour = true},
        "\033[2mCode  \033[0m  \033[2mName\033[0m  \033[2m  Price\033[0m  \033[2mChange\033[0m\n"
        "?[2J??  -     1000000   0.00%\n");
}

static void test_colours(void **state)
{
    (void)state;
    static const struct cli_column change[] = {{"c", "", CLI_CHANGE, 1}};
    struct cli_table *t = cli_table_new(change, 1);
    cli_number(t, 1.25);
    cli_number(t, -2);
    cli_number(t, 0);
    printed(t, (struct cli_print){.form = CLI_HUMAN, .colour = true},
            "\033[32m+1.2\033[0m\n\033[31m-2.0\033[0m\n 0.0\n");
}

/* Whole columns are left out, never parts of them; a frame has no more lines than it may. */
static void test_narrow(void **state)
{
    (void)state;
    static const char name[] = "\xe8\x85\xbe\xe8\xae\xaf\xe6\x8e\xa7\xe8\x82\xa1";
    char expected[512];
    snprintf(expected, sizeof expected,
             "Code      Name               Price\nHK.00700  %s           629.5\n"
             "US.X      say \"x\", \\ or?end      7\nno room for: Change, Order\n",
             name);
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN, .columns = 40}, expected);
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN, .columns = 34}, expected);
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN, .columns = 20},
            "Code\nHK.00700\nUS.X\nno room for: ...\n");
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN, .columns = 1},
            "Code\nHK.00700\nUS.X\n");
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN, .columns = 20, .rows = 3},
            "Code\nHK.00700\nno room for: ...\n");
    printed(two_rows(), (struct cli_print){.form = CLI_HUMAN, .rows = 1, .redraw = true},
            "Code      Name               Price  Change  Order\033[K\n");
    printed(two_rows(),
            (struct cli_print){.form = CLI_CSV, .columns = 20, .rows = 1, .no_titles = true},
            "HK.00700,\xe8\x85\xbe\xe8\xae\xaf\xe6\x8e\xa7\xe8\x82\xa1,629.5,1.005,"
            "18446744073709551615\n"
            "US.X,\"say \"\"x\"\", \\ or\nend\",7,-0.5,1\n"); /* people's alone */
}

/* Lines that come one by one stay aligned with those before. */
static void test_kept_widths(void **state)
{
    (void)state;
    size_t widths[2] = {0};
    for (int k = 0; k < 3; k++) {
        struct cli_table *t = cli_table_new(columns, 2);
        cli_text(t, k == 1 ? "longer" : "a");
        cli_text(t, "b");
        printed(t, (struct cli_print){.form = CLI_HUMAN, .no_titles = k > 0, .widths = widths},
                k == 0   ? "Code  Name\na     b\n"
                : k == 1 ? "longer  b\n"
                         : "a       b\n");
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double v;
        int decimals;
        const char *text;
    } numbers[] = {
        {0, -1, "0"},
        {1, -1, "1"},
        {0.1, -1, "0.1"},
        {1e6, -1, "1000000"},
        {123456789012.0, -1, "123456789012"},
        {1.0 / 3, -1, "0.3333333333333333"},
        {629.5, 2, "629.50"},
        {-0.005, 2, "-0.01"},
        {1e-9, -1, "1e-09"},
        {1e15, 0, "1e+15"},
        {999999999999999.0, 3, "999999999999999.000"},
        {-1e300, 2, "-1e+300"},
    };
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        char text[CLI_NUMBER_MAX];
        cli_number_text(numbers[k].v, numbers[k].decimals, text);
        assert_string_equal(text, numbers[k].text);
    }
    /* Whatever it is, the text reads back as the number. */
    uint64_t seed = 88172645463325252;
    for (int k = 0; k < 20000; k++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double v;
        char text[CLI_NUMBER_MAX];
        memcpy(&v, &seed, sizeof v);
        if (k % 2)
            v = (double)(int64_t)seed / 65536;
        if (!isfinite(v))
            continue;
        cli_number_text(v, -1, text);
        assert_true(strtod(text, NULL) == v);
    }
}

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } texts[] = {
        {"", 0},
        {"abc", 3},
        {"\xe8\x85\xbe", 2},
        {"\xe3\x83\x88\xe3\x83\xa8\xe3\x82\xbf", 6},
        {"\xef\xbc\xa1", 2},
        {"\xc3\xa9", 1},
        {"e\xcc\x81", 1},
        {"\xf0\x9f\x9a\x80", 2},
        {"\xed\x95\x9c", 2},
        {"\xef\xbd\xb6", 1},
        {"\x80\xff", 2},
        {"\xe8\x85", 1},
        {"\xe8zz", 3},
        {"a\tb", 3},
    };
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
        assert_int_equal(cli_text_width(texts[k].text), texts[k].width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),    cmocka_unit_test(test_csv),
        cmocka_unit_test(test_people),  cmocka_unit_test(test_colours),
        cmocka_unit_test(test_narrow),  cmocka_unit_test(test_kept_widths),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
