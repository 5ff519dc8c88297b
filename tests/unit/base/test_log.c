/* Log files: a new one a day and past a size, so many kept, owner-only; lines as JSON; the bound on what
 * one place writes. */
#include "base/log.h"
#include "base/log_file.h"
#include "base/log_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

enum { DAY = 86400, NOON = 20783 * DAY + DAY / 2 /* 2026-11-26 */ };

static char dir[64];
static struct ft_log_file f;

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/ft-log-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(rmdir(dir), 0); /* it makes the last folder itself */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ft_log_file_close(&f);
    ft_log_close_files();
    DIR *d = opendir(dir);
    char path[512];
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
            unlink(path);
        }
    if (d)
        closedir(d);
    rmdir(dir);
    return 0;
}

static void open_it(uint64_t max_bytes, unsigned keep)
{
    struct ft_err err = {0};
    if (ft_log_file_open(&f, dir, max_bytes, keep, NOON, &err))
        fail_msg("%s", err.text);
}

static size_t count_files(void)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void assert_content(const char *name, const char *want)
{
    char path[512], text[8192];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("there is no %s", name);
    size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = '\0';
    assert_string_equal(text, want);
}

static void assert_absent(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void line(const char *text, int64_t now_s)
{
    ft_log_file_write(&f, text, strlen(text), now_s);
}

static void test_a_file_a_day(void **state)
{
    (void)state;
    open_it(1000, 10);
    line("a\n", NOON);
    line("b\n", NOON + DAY / 2 - 1);
    line("c\n", NOON + DAY / 2);
    line("d\n", NOON); /* the clock was set back */
    assert_content("opend_2026_11_26.log", "a\nb\n");
    assert_content("opend_2026_11_27.log", "c\nd\n");
}

static void test_a_full_file_is_set_aside(void **state)
{
    (void)state;
    open_it(8, 10);
    for (char c = '1'; c <= '5'; c++)
        line((char[]){c, 'x', 'y', '\n', '\0'}, NOON);
    assert_content("opend_2026_11_26.0001.log", "1xy\n2xy\n");
    assert_content("opend_2026_11_26.0002.log", "3xy\n4xy\n");
    assert_content("opend_2026_11_26.log", "5xy\n");
    /* A second run goes on behind it. */
    ft_log_file_close(&f);
    open_it(8, 10);
    line("6xy\n", NOON);
    line("7xy\n", NOON);
    assert_content("opend_2026_11_26.0003.log", "5xy\n6xy\n");
    assert_content("opend_2026_11_26.log", "7xy\n");
    /* A line that is longer than a file may be has one of its own. */
    line("a long line\n", NOON);
    assert_content("opend_2026_11_26.log", "a long line\n");
}

static void test_the_oldest_go(void **state)
{
    (void)state;
    char other[512];
    open_it(4, 2);
    snprintf(other, sizeof other, "%s/opend_2026_11_26.txt", dir);
    FILE *o = fopen(other, "w"); /* not ours */
    assert_non_null(o);
    fclose(o);
    for (int day = 0; day < 3; day++)
        for (char c = '1'; c <= '3'; c++)
            line((char[]){'x', (char)('a' + day), c, '\n', '\0'}, NOON + day * DAY);
    assert_int_equal(count_files(), 4); /* the open one, two, and the stranger */
    assert_content("opend_2026_11_28.log", "xc3\n");
    assert_content("opend_2026_11_28.0002.log", "xc2\n");
    assert_content("opend_2026_11_28.0001.log", "xc1\n");
    assert_absent("opend_2026_11_26.log");
    assert_int_equal(access(other, F_OK), 0);
}

static void test_for_its_owner_only(void **state)
{
    (void)state;
    struct stat st;
    mode_t before = umask(0);
    open_it(100, 1);
    umask(before);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(fstat(f.fd, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_moved_away(void **state)
{
    (void)state;
    char from[512], to[512];
    open_it(100, 5);
    line("a\n", NOON);
    snprintf(from, sizeof from, "%s/opend_2026_11_26.log", dir);
    snprintf(to, sizeof to, "%s/elsewhere", dir);
    assert_int_equal(rename(from, to), 0);
    line("b\n", NOON);
    ft_log_file_reopen(&f, NOON);
    line("c\n", NOON);
    assert_content("elsewhere", "a\nb\n");
    assert_content("opend_2026_11_26.log", "c\n");
}

static void test_a_full_disk_costs_lines_only(void **state)
{
    (void)state;
    struct rlimit was, small;
    signal(SIGXFSZ, SIG_IGN);
    open_it(1 << 20, 5);
    line("first\n", NOON);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small = was;
    small.rlim_cur = 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    line("second\n", NOON); /* four bytes of it fit */
    line("third\n", NOON);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(f.lost, 2);
    line("fourth\n", NOON);
    assert_content("opend_2026_11_26.log", "first\nfourth\n");
}

static void test_no_folder(void **state)
{
    (void)state;
    struct ft_err err = {0};
    assert_int_equal(ft_log_file_open(&f, "/proc/none/log", 1, 1, NOON, &err), -1);
    assert_non_null(strstr(err.text, "/proc/none/log"));
}

static void assert_json(const char *body, const char *want)
{
    char out[512];
    size_t n = ft_log_json("T", "info", body, strlen(body), out, sizeof out);
    out[n] = '\0';
    assert_string_equal(out, want);
}

static void test_json(void **state)
{
    (void)state;
    assert_json("event=close conn=12 peer=127.0.0.1 reason=\"a 'b' c\" n=-5",
                "{\"time\":\"T\",\"level\":\"info\",\"event\":\"close\",\"conn\":12,"
                "\"peer\":\"127.0.0.1\",\"reason\":\"a 'b' c\",\"n\":-5}\n");
    /* Beyond what a double holds, and what is no number in JSON. */
    assert_json("conn=9223372036854775807 x=007 y=-0 z=- e=",
                "{\"time\":\"T\",\"level\":\"info\",\"conn\":\"9223372036854775807\",\"x\":\"007\","
                "\"y\":\"-0\",\"z\":\"-\",\"e\":\"\"}\n");
    assert_json("event=x then words, a=b",
                "{\"time\":\"T\",\"level\":\"info\",\"event\":\"x\",\"message\":\"then words, a=b\"}\n");
    assert_json("a=\"no end", "{\"time\":\"T\",\"level\":\"info\",\"message\":\"a=\\\"no end\"}\n");
    assert_json("a=\"\\\xff\xe6\x97\xa5\"",
                "{\"time\":\"T\",\"level\":\"info\",\"a\":\"\\\\\xef\xbf\xbd\xe6\x97\xa5\"}\n");
}

static void test_json_is_cut_to_size(void **state)
{
    (void)state;
    char body[1200] = "event=x long=\"", out[512];
    size_t at = strlen(body);
    memset(body + at, '\\', 1000);
    body[at + 1000] = '"';
    for (size_t size = 256; size <= sizeof out; size++) {
        memset(out, '#', sizeof out);
        size_t n = ft_log_json("T", "info", body, at + 1001, out, size);
        assert_true(n <= size && n > size - 8);
        assert_memory_equal(out + n - 3, "\"}\n", 3);
        size_t slashes = 0;
        for (size_t k = n - 4; out[k] == '\\'; k--)
            slashes++;
        assert_int_equal(slashes % 2, 0);
        if (size < sizeof out)
            assert_int_equal(out[size], '#');
    }
}

/* Lines of the sink that begin with what follows the time. */
static size_t count_lines(FILE *sink, const char *part)
{
    char text[512];
    size_t n = 0;
    fflush(sink);
    rewind(sink);
    while (fgets(text, sizeof text, sink))
        n += strstr(text, part) != NULL;
    fseek(sink, 0, SEEK_END);
    return n;
}

static void test_a_flood_is_bounded(void **state)
{
    (void)state;
    FILE *sink = tmpfile();
    assert_non_null(sink);
    ft_log_set_sink(sink);
    ft_log_set_bound(10);
    ft_log_set_level(FT_LOG_INFO);
    size_t written;
    for (int k = 0; k < 5000; k++)
        ft_info("event=flood number=%d", k);
    ft_info("event=other number=%d", 1);
    written = count_lines(sink, "event=flood number=");
    assert_in_range(written, 10, 40); /* at most four seconds */
    assert_int_equal(count_lines(sink, "event=other"), 1);
    if (count_lines(sink, "event=suppressed") == 0) { /* the second of the flood has to be over */
        for (int k = 0; k < 300 && count_lines(sink, "event=suppressed") == 0; k++) {
            usleep(10000);
            ft_log_tick();
        }
        assert_int_equal(count_lines(sink, "event=suppressed"), 1);
    }
    /* None is unaccounted for, those of a second that is not over included. */
    for (int k = 0; k < 1000; k++)
        ft_info("event=flood number=%d", k);
    ft_log_tell_left_out();
    written = count_lines(sink, "event=flood number=");
    char text[512], *at;
    size_t left_out = 0;
    rewind(sink);
    while (fgets(text, sizeof text, sink))
        if ((at = strstr(text, "event=suppressed lines=")) != NULL) {
            assert_non_null(strstr(text, "like=\"event=flood\""));
            left_out += strtoul(at + strlen("event=suppressed lines="), NULL, 10);
        }
    assert_int_equal(written + left_out, 6000);
    /* Whoever wants everything gets it. */
    ft_log_set_level(FT_LOG_DEBUG);
    for (int k = 0; k < 100; k++)
        ft_info("event=all number=%d", k);
    assert_int_equal(count_lines(sink, "event=all"), 100);
    ft_log_set_level(FT_LOG_INFO);
    ft_log_set_sink(NULL);
    fclose(sink);
}

static void test_files_beside_the_sink(void **state)
{
    (void)state;
    FILE *sink = tmpfile();
    assert_non_null(sink);
    struct ft_err err = {0};
    struct ft_log_files files = {dir, 1 << 20, 3, true};
    ft_log_set_sink(sink);
    assert_int_equal(ft_log_open_files(&files, &err), 0);
    ft_info("event=x name=\"%s\"", "a\nb");
    ft_log_reopen_files();
    ft_log_close_files();
    ft_info("event=y");
    ft_log_set_sink(NULL);
    assert_int_equal(count_lines(sink, " info event=x name=\"a?b\""), 1);
    assert_int_equal(count_lines(sink, "event=y"), 1);
    fclose(sink);
    DIR *d = opendir(dir);
    struct dirent *e;
    while ((e = readdir(d)) && e->d_name[0] == '.')
        ;
    assert_non_null(e);
    char path[512], text[512];
    snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
    closedir(d);
    FILE *in = fopen(path, "r");
    assert_non_null(fgets(text, sizeof text, in));
    assert_non_null(strstr(text, "\"level\":\"info\",\"event\":\"x\",\"name\":\"a?b\"}\n"));
    assert_null(fgets(text, sizeof text, in));
    fclose(in);
}

int main(void)
{
#define WITH_DIR(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_DIR(test_a_file_a_day), WITH_DIR(test_a_full_file_is_set_aside),
        WITH_DIR(test_the_oldest_go), WITH_DIR(test_for_its_owner_only), WITH_DIR(test_moved_away),
        WITH_DIR(test_a_full_disk_costs_lines_only), WITH_DIR(test_no_folder),
        cmocka_unit_test(test_json), cmocka_unit_test(test_json_is_cut_to_size),
        cmocka_unit_test(test_a_flood_is_bounded), WITH_DIR(test_files_beside_the_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
