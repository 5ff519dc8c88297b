/* The table of commands, and that help, manual page and completions tell all of it. */
#include "capture.h"

static char *output(cli_run *run, const char *argument)
{
    struct cli cli = {.host = "127.0.0.1"};
    struct cli_args args = {.count = argument ? 1 : 0, .positional = {argument}};
    struct capture c;
    capture_begin(&c, &stdout);
    int code = run(&cli, &args);
    capture_end(&c);
    assert_int_equal(code, CLI_EXIT_OK);
    return c.text;
}

static void has(const char *text, const char *before, const char *name, const char *behind)
{
    char piece[256];
    snprintf(piece, sizeof piece, "%s%s%s", before, name, behind);
    if (!strstr(text, piece))
        fail_msg("%s is missing in:\n%.2000s", piece, text);
}

static void check_option(const struct cli_option *o, const struct cli_option *list)
{
    assert_true(*o->name && strspn(o->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(o->name));
    assert_non_null(o->help);
    assert_true(!o->words || o->value); /* a flag has no values */
    for (const char *w = o->words; w && *w;) {
        size_t n = strspn(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        assert_true(n > 0 && (!w[n] || (w[n] == ' ' && w[n + 1])));
        w += n + (w[n] == ' ');
    }
    for (const struct cli_option *other = list; other != o; other++)
        assert_string_not_equal(o->name, other->name);
    if (list != cli_globals)
        for (const struct cli_option *g = cli_globals; g->name; g++)
            assert_string_not_equal(o->name, g->name);
}

static void test_the_table(void **state)
{
    (void)state;
    for (const struct cli_option *o = cli_globals; o->name; o++)
        check_option(o, cli_globals);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        int options = 0;
        assert_non_null(c->run);
        assert_true(c->least <= c->most && c->most <= CLI_POSITIONALS_MAX);
        assert_int_equal(c->most == 0, c->arguments[0] == '\0');
        for (const struct cli_command *other = cli_commands; other != c; other++)
            assert_string_not_equal(c->name, other->name);
        for (const struct cli_option *o = c->options; o && o->name; o++, options++)
            check_option(o, c->options);
        assert_true(options <= CLI_OPTIONS_MAX);
    }
}

/* Words that an option allows are values of the enum that the command reads them by. */
static void test_words_are_values(void **state)
{
    (void)state;
    static const struct {
        const char *command, *option;
        const struct ft_enum *values;
    } read_by[] = {
        {"buy", "tif", &ft_time_in_force_info},
        {"buy", "session", &ft_trading_session_info},
        {"plates", "type", &ft_plate_set_type_info},
        {"reminder", "freq", &ft_price_reminder_freq_info},
    };
    for (size_t k = 0; k < sizeof read_by / sizeof read_by[0]; k++) {
        const struct cli_command *c = cli_commands;
        while (strcmp(c->name, read_by[k].command) != 0)
            c++;
        const struct cli_option *o = c->options;
        while (strcmp(o->name, read_by[k].option) != 0)
            o++;
        char words[256], *rest = words;
        snprintf(words, sizeof words, "%s", o->words);
        for (char *w; (w = strsep(&rest, " "));) {
            int32_t value;
            assert_int_equal(ft_enum_parse(read_by[k].values, w, &value), FT_STATUS_OK);
        }
    }
    const struct cli_command *kline = cli_commands;
    while (strcmp(kline->name, "kline") != 0)
        kline++;
    char words[256], *rest = words;
    snprintf(words, sizeof words, "%s", kline->options->words);
    assert_string_equal(kline->options->name, "ktype");
    for (char *w; (w = strsep(&rest, " "));) {
        assert_string_equal(cli_kline_name(w), w);
        assert_true(cli_kline_type(w) > 0);
    }
    assert_string_equal(cli_kline_name("k_day"), "K_DAY");
}

static void test_help(void **state)
{
    (void)state;
    char *all = output(cmd_help, NULL);
    for (const struct cli_option *o = cli_globals; o->name; o++)
        has(all, "  --", o->name, " ");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary)
            continue;
        has(all, "\n  ", c->name, " ");
        char *text = output(cmd_help, c->name);
        has(text, "usage: ftcli ", c->name, " ");
        for (const struct cli_option *o = c->options; o && o->name; o++)
            has(text, "\n  --", o->name, " ");
        free(text);
    }
    free(all);
}

/* As it stands in roff. */
static const char *dashed(const char *name)
{
    static char out[128];
    size_t n = 0;
    for (; *name && n + 3 < sizeof out; name++) {
        if (*name == '-')
            out[n++] = '\\';
        out[n++] = *name;
    }
    out[n] = '\0';
    return out;
}

static void test_man(void **state)
{
    (void)state;
    char *page = output(cmd_man, NULL);
    assert_ptr_equal(strstr(page, ".TH FTCLI 1 "), page);
    for (const struct cli_option *o = cli_globals; o->name; o++)
        has(page, ".TP\n\\fB\\-\\-", dashed(o->name), "\\fR");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary)
            continue;
        has(page, "\n.SS ", c->name, "");
        const char *section = strstr(page, c->name);
        for (const struct cli_option *o = c->options; o && o->name; o++)
            has(section, ".TP\n\\fB\\-\\-", dashed(o->name), "\\fR");
    }
    for (int code = CLI_EXIT_OK; code <= CLI_EXIT_FAILED; code++) {
        char item[16];
        snprintf(item, sizeof item, ".TP\n%d\n", code);
        has(page, item, "", "");
    }
    /* No line is a request by accident. */
    for (const char *line = page; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (*line == '.' || *line == '\'')
            assert_true(strncmp(line, ".T", 2) == 0 || strncmp(line, ".S", 2) == 0 ||
                        strncmp(line, ".B ", 3) == 0 || strncmp(line, ".P", 2) == 0 ||
                        strncmp(line, ".nf", 3) == 0 || strncmp(line, ".fi", 3) == 0);
    free(page);
}

static void test_completions(void **state)
{
    (void)state;
    char *bash = output(cmd_completion, "bash"), *zsh = output(cmd_completion, "zsh");
    for (const struct cli_option *o = cli_globals; o->name; o++) {
        has(bash, " --", o->name, "");
        has(zsh, "'--", o->name, "");
    }
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary)
            continue;
        has(bash, "    ", c->name, ") words=\"");
        has(zsh, "        '", c->name, ":");
        has(zsh, "    ", c->name, ") _arguments");
        for (const struct cli_option *o = c->options; o && o->name; o++) {
            char value[96];
            has(bash, " --", o->name, "");
            has(zsh, " '--", o->name, o->value ? "=[" : "[");
            snprintf(value, sizeof value, "    %s:--", c->name);
            if (o->value)
                has(bash, value, o->name, ") ");
            if (o->words) {
                has(bash, "-W \"", o->words, "\" -- ");
                has(zsh, ":(", o->words, ")'");
            }
        }
    }
    has(bash, "reminder) words=\"", "list add delete", " --");
    has(zsh, "'1:argument:(", "groups show add remove", ")'");
    assert_null(strstr(bash, " man "));
    assert_null(strstr(zsh, "'man:"));
    free(bash);
    free(zsh);
}

/* The page for people names each command. */
static void test_the_page(void **state)
{
    (void)state;
    static char page[1 << 16];
    FILE *in = fopen(FT_SOURCE_DIR "/docs/ftcli.md", "r");
    assert_non_null(in);
    size_t n = fread(page, 1, sizeof page - 1, in);
    fclose(in);
    page[n] = '\0';
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (c->summary)
            has(page, "`ftcli ", c->name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table),   cmocka_unit_test(test_words_are_values),
        cmocka_unit_test(test_help),        cmocka_unit_test(test_man),
        cmocka_unit_test(test_completions), cmocka_unit_test(test_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
