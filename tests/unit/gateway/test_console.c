/* The operation console without I/O: lines, parameters, limits, encodings, bounds, deferred answers. */
#include "gateway/console/core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define S UINT64_C(1000000000)

/* ---- A console of a few commands -------------------------------------------------------------- */

static void echo(struct ft_console_call *call)
{
    const char *a = ft_console_value(call, "text"), *b = ft_console_value(call, "other");
    ft_console_say(call->session, "[%s][%s]", a ? a : "none", b ? b : "none");
}

static void later(struct ft_console_call *call)
{
    ft_console_say(call->session, "soon");
    ft_console_defer(call->session);
}

static void much(struct ft_console_call *call)
{
    for (int k = 0; k < 200000; k++)
        ft_console_say(call->session, "line %d of an answer that is longer than any answer may be", k);
}

static const struct ft_console_command commands[] = {
    {"echo", echo, "says it", "回显", {{"text", true, "a text", "文本"}, {"other", false, "another", "其他"}}, 0, 0},
    {"later", later, "defers", "延后", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"much", much, "much", "大量", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"twice", echo, "two in ten seconds", "十秒两次", {{"text", true, "", ""}, {"other", false, "", ""}}, 2, 10},
    {"help", ft_console_help, "this", "帮助", {{"cmd", false, "a command", "命令"}}, 0, 0},
};

struct fixture {
    struct ft_console console;
    struct ft_console_session s;
};

static void begin(struct fixture *f, enum ft_charset charset, bool english)
{
    ft_console_init(&f->console, NULL, english, true);
    assert_true(ft_gb2312_open(&f->console.gb2312));
    for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++)
        assert_int_equal(ft_console_add(&f->console, &commands[k]), 0);
    ft_console_session_init(&f->s, &f->console, charset, true);
}

static void end(struct fixture *f)
{
    ft_console_session_done(&f->s);
    ft_console_done(&f->console);
}

/* What has been said, taken out; until the next call. */
static const char *said(struct fixture *f)
{
    static char text[8192];
    size_t n = ft_buf_len(&f->s.out);
    assert_in_range(n, 0, sizeof text - 1);
    if (n)
        memcpy(text, ft_buf_head(&f->s.out), n);
    text[n] = '\0';
    ft_buf_consume(&f->s.out, n);
    return text;
}

static const char *ask_at(struct fixture *f, const char *bytes, size_t n, uint64_t now)
{
    assert_int_equal(ft_console_feed(&f->s, (const uint8_t *)bytes, n, now), 0);
    return said(f);
}

#define ASK(f, text) ask_at(f, text, sizeof(text) - 1, 100 * S)

/* ---- Lines ------------------------------------------------------------------------------------ */

static void line_ends(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_GB2312, true);
    assert_string_equal(ASK(&f, "echo -text=a\r\n"), "[a][none]\r\n");
    assert_string_equal(ASK(&f, "echo -text=b\n"), "[b][none]\r\n");
    assert_string_equal(ASK(&f, "echo -text=c\r"), "[c][none]\r\n");
    assert_string_equal(ASK(&f, "\necho -text=d\r"), "[d][none]\r\n"); /* that LF was of the CR */
    assert_string_equal(ASK(&f, "\0echo -text=e\r\0\r\n\n\r"), "[e][none]\r\n");
    assert_string_equal(ASK(&f, "ec"), "");
    assert_string_equal(ASK(&f, "ho -te"), "");
    assert_string_equal(ASK(&f, "xt=f\r\necho -text=g\r\n"), "[f][none]\r\n[g][none]\r\n");
    assert_string_equal(ASK(&f, "\x01" "echo\t -text=\x7fh\r\n"), "[h][none]\r\n");
    end(&f);
}

static void telnet_bytes(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_GB2312, true);
    assert_string_equal(ASK(&f, "\xff\xfb\x01\xff\xfd\x03" "ec\xff\xf1ho -text\xff\xfa\x18\x01\r\n\xff\xff\xff\xf0=a\r\n"),
                        "[a][none]\r\n");
    assert_string_equal(ASK(&f, "echo -text=b\xff"), "");
    assert_string_equal(ASK(&f, "\xfe"), "");
    assert_string_equal(ASK(&f, "\r\r\n"), "[b][none]\r\n"); /* the option's byte is a CR */
    end(&f);
    struct ft_line_reader r;
    bool whole;
    ft_line_reader_init(&r, false); /* standard input has no Telnet */
    assert_int_equal(ft_line_read(&r, (const uint8_t *)"\xff\xfb\x01x\n", 5, &whole), 5);
    assert_true(whole);
    assert_string_equal(r.text, "\xff\xfbx");
}

static void long_lines(void **state)
{
    (void)state;
    struct fixture f;
    char line[FT_LINE_MAX + 64];
    begin(&f, FT_CHARSET_UTF8, true);
    memset(line, 'x', sizeof line);
    memcpy(line, "echo -text=", 11);
    line[FT_LINE_MAX] = '\n';
    assert_int_equal(strlen(ask_at(&f, line, FT_LINE_MAX + 1, 0)), FT_LINE_MAX - 11 + 10);
    line[FT_LINE_MAX] = 'x';
    line[FT_LINE_MAX + 1] = '\n';
    assert_string_equal(ask_at(&f, line, FT_LINE_MAX + 2, 0), "the line is longer than 1024 bytes\r\n");
    assert_string_equal(ASK(&f, "echo -text=a\n"), "[a][none]\r\n"); /* and nothing is left of it */
    end(&f);
}

/* ---- Parameters ------------------------------------------------------------------------------- */

static void parameters(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_UTF8, true);
    assert_string_equal(ASK(&f, "  echo   -other=1  -text=a=b \n"), "[a=b][1]\r\n");
    assert_string_equal(ASK(&f, "echo -text=\"a b\" -other=\"\"\n"), "[a b][]\r\n");
    assert_string_equal(ASK(&f, "   \n"), "");
    assert_non_null(strstr(ASK(&f, "echo\n"), "-text="));
    assert_non_null(strstr(ASK(&f, "echo -text=\n"), "-text="));
    assert_non_null(strstr(ASK(&f, "echo -text=a -text=b\n"), "twice"));
    assert_non_null(strstr(ASK(&f, "echo -text=a -more=b\n"), "no parameter more"));
    assert_non_null(strstr(ASK(&f, "echo -text=a more\n"), "more is not a parameter"));
    assert_non_null(strstr(ASK(&f, "echo -text\n"), "-text is not a parameter"));
    assert_non_null(strstr(ASK(&f, "echo -text=\"a\n"), "quote"));
    assert_non_null(strstr(ASK(&f, "echo -text=\"a\"b\n"), "quote"));
    assert_non_null(strstr(ASK(&f, "Echo -text=a\n"), "Echo is no command"));
    assert_non_null(strstr(ASK(&f, "echo -text=\xc3\n"), "not text in UTF-8"));
    /* A value cannot make a line of its own, whatever it is. */
    assert_string_equal(ASK(&f, "echo -text=\x1b[2J%s%n\n"), "[[2J%s%n][none]\r\n");
    end(&f);
}

static void help_is_read_off_the_table(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_UTF8, true);
    const char *all = ASK(&f, "help\n");
    for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++)
        assert_non_null(strstr(all, commands[k].name));
    const char *one = ASK(&f, "help -cmd=twice\n");
    assert_non_null(strstr(one, "twice -text=VALUE [-other=VALUE]"));
    assert_non_null(strstr(one, "2 times in 10 seconds"));
    assert_non_null(strstr(ASK(&f, "help -cmd=nothing\n"), "nothing is no command"));
    end(&f);
}

static void limits(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_UTF8, true);
    static const char line[] = "twice -text=a\n";
    assert_string_equal(ask_at(&f, line, sizeof line - 1, 100 * S), "[a][none]\r\n");
    assert_non_null(strstr(ASK(&f, "twice\n"), "needs")); /* does not count */
    assert_string_equal(ask_at(&f, line, sizeof line - 1, 105 * S), "[a][none]\r\n");
    const char *refused = ask_at(&f, line, sizeof line - 1, 106 * S);
    assert_non_null(strstr(refused, "2 in 10 seconds"));
    assert_non_null(strstr(refused, "again in 5 seconds"));
    /* They are the console's, not a session's. */
    struct ft_console_session other;
    ft_console_session_init(&other, &f.console, FT_CHARSET_UTF8, false);
    assert_int_equal(ft_console_feed(&other, (const uint8_t *)line, sizeof line - 1, 109 * S), 0);
    assert_null(memchr(ft_buf_head(&other.out), '[', ft_buf_len(&other.out)));
    ft_console_session_done(&other);
    assert_string_equal(ask_at(&f, line, sizeof line - 1, 110 * S), "[a][none]\r\n");
    f.console.limits = false;
    assert_string_equal(ask_at(&f, line, sizeof line - 1, 110 * S), "[a][none]\r\n");
    end(&f);
}

/* ---- Encodings -------------------------------------------------------------------------------- */

static void encodings(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_GB2312, false);
    assert_string_equal(ASK(&f, "echo -text=\xd6\xd0\xce\xc4\r\n"), "[\xd6\xd0\xce\xc4][none]\r\n");
    assert_non_null(strstr(ASK(&f, "echo -text=\xe4\xb8\xad\r\n"), "GB2312")); /* UTF-8 is none */
    assert_non_null(strstr(ASK(&f, "echo -text=\xd6\r\n"), "GB2312"));
    ft_console_say(&f.s, "中€文\xff\n第二行");
    assert_string_equal(said(&f), "\xd6\xd0?\xce\xc4?\r\n\xb5\xda\xb6\xfe\xd0\xd0\r\n");
    ft_console_say(&f.s, "a\rb\x1b");
    assert_string_equal(said(&f), "a?b?\r\n");
    /* A system without the conversion still speaks ASCII. */
    ft_gb2312_close(&f.console.gb2312);
    ft_console_say(&f.s, "a中");
    assert_string_equal(said(&f), "a?\r\n");
    assert_non_null(strstr(ASK(&f, "echo -text=\xd6\xd0\r\n"), "GB2312"));
    end(&f);
    begin(&f, FT_CHARSET_UTF8, false);
    assert_string_equal(ASK(&f, "echo -text=中€\n"), "[中€][none]\r\n");
    end(&f);
}

/* ---- Bounds and deferral ---------------------------------------------------------------------- */

static void an_answer_has_a_bound(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_UTF8, true);
    static const char lines[] = "much\necho -text=a\n";
    assert_int_equal(ft_console_feed(&f.s, (const uint8_t *)lines, sizeof lines - 1, 0), 0);
    size_t n = ft_buf_len(&f.s.out);
    assert_in_range(n, FT_CONSOLE_OUT_MAX / 2, FT_CONSOLE_OUT_MAX);
    static const char cut[] = "cut at 4194304 bytes\r\n";
    assert_memory_equal(ft_buf_head(&f.s.out) + n - (sizeof cut - 1), cut, sizeof cut - 1);
    /* The next command waits until this has been sent. */
    assert_false(ft_console_wants_input(&f.s));
    ft_console_pump(&f.s, 0);
    assert_int_equal(ft_buf_len(&f.s.out), n);
    ft_buf_consume(&f.s.out, n);
    ft_console_pump(&f.s, 0);
    assert_string_equal(said(&f), "[a][none]\r\n");
    assert_true(ft_console_wants_input(&f.s));
    end(&f);
}

static void deferred_answers(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FT_CHARSET_UTF8, true);
    static const char lines[] = "echo -text=a\nlater\necho -text=b\nlater\necho -te";
    assert_int_equal(ft_console_feed(&f.s, (const uint8_t *)lines, sizeof lines - 1, 0), 0);
    assert_true(f.s.deferred);
    assert_false(ft_console_wants_input(&f.s));
    ft_console_say(&f.s, "now");
    ft_console_finish(&f.s, 0);
    assert_true(f.s.deferred); /* by the second one */
    ft_console_take_back(&f.s);
    ft_console_say(&f.s, "failed");
    ft_console_finish(&f.s, 0);
    assert_string_equal(said(&f), "[a][none]\r\nsoon\r\nnow\r\n[b][none]\r\nfailed\r\n");
    assert_true(ft_console_wants_input(&f.s));
    assert_string_equal(ASK(&f, "xt=c\n"), "[c][none]\r\n");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends),
        cmocka_unit_test(telnet_bytes),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(parameters),
        cmocka_unit_test(help_is_read_off_the_table),
        cmocka_unit_test(limits),
        cmocka_unit_test(encodings),
        cmocka_unit_test(an_answer_has_a_bound),
        cmocka_unit_test(deferred_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
