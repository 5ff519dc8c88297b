/* Where options come from, and which place comes first; what is refused, with which words. */
#include "capture.h"

#include <unistd.h>

static char path[] = "/tmp/ftcli_options_XXXXXX";
static struct cli cli;
static struct cli_args args;
static int code;
static char error[1024];

static int setup(void **state)
{
    (void)state;
    for (const struct cli_option *o = cli_globals; o->name; o++) {
        char name[32] = "FTCLI_";
        for (size_t k = 0; o->name[k]; k++)
            name[6 + k] = (char)(o->name[k] - 'a' + 'A');
        unsetenv(name);
    }
    setenv("FTCLI_CONFIG", "", 1);
    return 0;
}

static void file_says(const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
    setenv("FTCLI_CONFIG", path, 1);
}

/* The words behind "ftcli", up to a NULL. */
static const struct cli_command *parse(const char *first, ...)
{
    char *argv[64] = {(char *)"ftcli", (char *)first};
    int n = first ? 2 : 1;
    va_list ap;
    va_start(ap, first);
    while (first && n < 63 && (argv[n] = va_arg(ap, char *)))
        n++;
    va_end(ap);
    struct capture c;
    capture_begin(&c, &stderr);
    const struct cli_command *command = cli_parse(&cli, n, argv, &args, &code);
    snprintf(error, sizeof error, "%s", capture_end(&c));
    free(c.text);
    assert_int_equal(command == NULL, code != CLI_EXIT_OK);
    assert_int_equal(code == CLI_EXIT_USAGE, *error != '\0');
    return command;
}

#define REFUSED(words, ...)                                                                        \
    do {                                                                                           \
        assert_null(parse(__VA_ARGS__, NULL));                                                     \
        assert_int_equal(code, CLI_EXIT_USAGE);                                                    \
        if (!strstr(error, words))                                                                 \
            fail_msg("%s does not say %s", error, words);                                          \
    } while (0)

static void test_defaults(void **state)
{
    (void)state;
    const struct cli_command *c = parse("quote", "HK.00700", NULL);
    assert_string_equal(c->name, "quote");
    assert_string_equal(cli.host, "127.0.0.1");
    assert_int_equal(cli.port, 11111);
    assert_int_equal(cli.timeout_ms, 12000);
    assert_int_equal(cli.form, CLI_HUMAN);
    assert_null(cli.key);
    assert_false(cli.yes);
    assert_int_equal(args.count, 1);
    assert_string_equal(args.positional[0], "HK.00700");
}

/* The command line before the environment before the file. */
static void test_precedence(void **state)
{
    (void)state;
    file_says("# a comment\n\n host = file.example "
              "\r\nport=1\nkey=/file/key\ntimeout=1.5\njson=1\ncolor=always\n");
    assert_non_null(parse("state", NULL));
    assert_string_equal(cli.host, "file.example");
    assert_int_equal(cli.port, 1);
    assert_string_equal(cli.key, "/file/key");
    assert_int_equal(cli.timeout_ms, 1500);
    assert_int_equal(cli.form, CLI_JSON);
    assert_true(cli.colour);
    setenv("FTCLI_HOST", "environment.example", 1);
    setenv("FTCLI_PORT", "2", 1);
    setenv("FTCLI_KEY", "", 1); /* none */
    setenv("FTCLI_JSON", "0", 1);
    setenv("FTCLI_COLOR", "NEVER", 1);
    assert_non_null(parse("state", NULL));
    assert_string_equal(cli.host, "environment.example");
    assert_int_equal(cli.port, 2);
    assert_null(cli.key);
    assert_int_equal(cli.form, CLI_HUMAN);
    assert_false(cli.colour);
    setenv("FTCLI_CSV", "1", 1);
    assert_non_null(
        parse("--port", "3", "state", "--host=line.example", "--color", "Always", NULL));
    assert_string_equal(cli.host, "line.example");
    assert_int_equal(cli.port, 3);
    assert_int_equal(cli.form, CLI_CSV);
    assert_true(cli.colour);
    assert_non_null(parse("state", "--json", "--port=4", "--port=5", NULL));
    assert_int_equal(cli.form, CLI_JSON);
    assert_int_equal(cli.port, 5); /* the last one */
}

static void test_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } files[] = {
        {"host\n", ":1: a line is KEY=VALUE"},
        {"\nhots=1\n", ":2: a line is KEY=VALUE"},
        {"yes=1\n", ":1: a line is KEY=VALUE"},
        {"help=1", ":1: a line is KEY=VALUE"},
        {"port=0", ":1: port=0: allowed are 1 to 65535"},
        {"port=1 2", "port=1 2"},
        {"color=red", "allowed are auto"},
        {"timeout=soon", "soon is no number"},
        {"timeout=0", "allowed are 0.001"},
        {"=1", "KEY=VALUE"},
    };
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        file_says(files[k].text);
        REFUSED(files[k].words, "state");
        assert_non_null(strstr(error, path));
    }
    file_says("json=0\ncsv=0\n");
    assert_non_null(parse("state", NULL));
    assert_int_equal(cli.form, CLI_HUMAN);
    setenv("FTCLI_CONFIG", "/nonexistent/config", 1);
    REFUSED("FTCLI_CONFIG=/nonexistent/config: No such file", "state");
    FILE *out = fopen(path, "w");
    for (int k = 0; k < 70000; k++)
        putc('#', out);
    fclose(out);
    setenv("FTCLI_CONFIG", path, 1);
    REFUSED("not a text of less than", "state");
    setenv("FTCLI_CONFIG", "", 1);
    setenv("FTCLI_PORT", "70000", 1);
    REFUSED("FTCLI_PORT: port=70000: allowed are 1 to 65535", "state");
}

static void test_the_line(void **state)
{
    (void)state;
    REFUSED("usage: ftcli [options] COMMAND", NULL);
    REFUSED("qoute is no command", "qoute");
    REFUSED("usage: ftcli quote CODE...", "quote");
    REFUSED("usage: ftcli state ", "state", "now");
    REFUSED("--levels=3: unknown option; ftcli help state", "state", "--levels=3");
    REFUSED("--levels needs a value", "book", "HK.1", "--levels");
    REFUSED("--live takes no value", "book", "HK.1", "--live=1");
    REFUSED("--ktype=K_2M: allowed are K_1M", "kline", "HK.1", "--ktype", "K_2M");
    REFUSED("-x: options begin with two dashes", "state", "-x");
    /* Numbers and what is behind "--" are no options. */
    assert_non_null(parse("reminder", "add", "HK.1", "ChangeRateDown", "-2.5", NULL));
    assert_string_equal(args.positional[3], "-2.5");
    assert_non_null(parse("watchlist", "show", "--", "--mine", NULL));
    assert_string_equal(args.positional[1], "--mine");
    assert_non_null(parse("call", "GetGlobalState", "-", NULL));
    assert_string_equal(args.positional[1], "-");
    /* A command's own options, the last of which counts. */
    assert_non_null(
        parse("kline", "--ktype=k_1m", "HK.1", "--num", "3", "--num=7", "--live", NULL));
    assert_string_equal(cli_arg(&args, "ktype"), "k_1m");
    assert_true(cli_flag(&args, "live"));
    assert_false(cli_flag(&args, "chart"));
    int64_t n;
    assert_true(cli_int_arg(&args, "num", 1, 1000, 30, &n));
    assert_int_equal(n, 7);
    assert_true(cli_int_arg(&args, "count", 1, 9, 30, &n));
    assert_int_equal(n, 30);
    struct capture c;
    capture_begin(&c, &stderr);
    assert_false(cli_int_arg(&args, "num", 8, 9, 30, &n));
    assert_string_equal(capture_end(&c), "ftcli: --num=7: allowed are whole numbers from 8 to 9\n");
    free(c.text);
}

static void test_help_and_version(void **state)
{
    (void)state;
    static const char *const asked[][2] = {{"--help", "usage: ftcli [options] COMMAND"},
                                           {"--version", "ftcli " FTAPI_VERSION}};
    for (size_t k = 0; k < 2; k++) {
        struct capture c;
        char *argv[] = {(char *)"ftcli", (char *)asked[k][0]};
        capture_begin(&c, &stdout);
        assert_null(cli_parse(&cli, 2, argv, &args, &code));
        assert_non_null(strstr(capture_end(&c), asked[k][1]));
        free(c.text);
        assert_int_equal(code, CLI_EXIT_OK);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "x", "1x", "nan", "inf", "1e16", "-1e16", "1 "};
    double v = 0;
    struct capture c;
    capture_begin(&c, &stderr);
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        assert_false(cli_double(bad[k], "price", &v));
    assert_non_null(strstr(capture_end(&c), "ftcli: price: 1x is no number\n"));
    free(c.text);
    assert_true(cli_double("-2.5e1", "price", &v));
    assert_true(v == -25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, setup),
        cmocka_unit_test_setup(test_precedence, setup),
        cmocka_unit_test_setup(test_files, setup),
        cmocka_unit_test_setup(test_the_line, setup),
        cmocka_unit_test_setup(test_help_and_version, setup),
        cmocka_unit_test(test_numbers),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
