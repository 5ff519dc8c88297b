/* Live commands: redrawn in place on a terminal, a line a row elsewhere. What is drawn never exceeds the terminal, whose
 * size is asked for each time: it would scroll, and the next frame would not stand over it. */
#include "cli/cli.h"

#include <signal.h>
#include <stdarg.h>
#include <time.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signum)
{
    (void)signum;
    interrupted = 1;
}

bool cli_live_begin(struct cli *cli, const struct cli_args *args, struct cli_live *l)
{
    const char *seconds = cli_arg(args, "seconds");
    *l = (struct cli_live){.cli = cli, .seconds = -1};
    if (cli_live_redraws(l)) /* a frame in one write */
        setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    if (!cli_int_arg(args, "count", 1, INT32_MAX, 0, &l->wanted) ||
        (seconds && !cli_double(seconds, "--seconds", &l->seconds)))
        return false;
    if (!seconds || l->seconds >= 0)
        return true;
    cli_usage("--seconds=%s: a number from 0 on is wanted", seconds);
    return false;
}

bool cli_live_redraws(const struct cli_live *l)
{
    return l->cli->form == CLI_HUMAN && l->cli->terminal;
}

void cli_live_title(struct cli_live *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(l->title, sizeof l->title, fmt, ap);
    va_end(ap);
}

bool cli_live_enough(const struct cli_live *l)
{
    return l->over || (l->wanted && l->seen >= l->wanted);
}

void cli_live_print_lines(struct cli_live *l, struct cli_table *t)
{
    bool first = !l->drawn;
    l->drawn = true;
    struct cli_print how = {.form = l->cli->form,
                            .colour = l->cli->colour,
                            .lines = l->cli->form == CLI_JSON || !first,
                            .no_titles = !first,
                            .widths = l->widths};
    int rows;
    if (l->cli->terminal)
        cli_size(stdout, &how.columns, &rows);
    cli_table_print(t, stdout, &how);
    cli_table_free(t);
}

void cli_live_print(struct cli_live *l, struct cli_table *t)
{
    if (!cli_live_redraws(l)) {
        cli_live_print_lines(l, t);
        return;
    }
    if (!l->drawn)
        fputs("\033[2J", stdout);
    l->drawn = true;
    cli_home(stdout);
    struct cli_print how = {.form = CLI_HUMAN, .colour = l->cli->colour, .redraw = true};
    cli_size(stdout, &how.columns, &how.rows);
    if (l->title[0]) {
        cli_put_text(stdout, l->title);
        fputs("\033[K\n", stdout);
        how.rows--;
    }
    how.rows = how.rows > 2 ? how.rows - 1 : 1; /* the cursor stands below */
    cli_table_print(t, stdout, &how);
    cli_clear_below(stdout);
    cli_table_free(t);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int cli_live_run(struct cli_live *l)
{
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    sigaction(SIGINT, &action, &before);
    double end = now_s() + l->seconds;
    int code = CLI_EXIT_OK;
    interrupted = 0;
    fflush(stdout);
    while (!interrupted && !cli_live_enough(l) && code == CLI_EXIT_OK) {
        double left = l->seconds < 0 ? 1 : end - now_s();
        if (left <= 0)
            break;
        int ms = left < 0.2 ? (int)(left * 1000) + 1 : 200;
        code = cli_ended(l->cli, ft_client_dispatch(l->cli->client, ms, NULL), "connection");
        fflush(stdout);
    }
    sigaction(SIGINT, &before, NULL);
    return code;
}
