#include "cli/term.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

bool cli_is_terminal(FILE *out)
{
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}

bool cli_wants_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR");
    return cli_is_terminal(out) && !(no && *no);
}

void cli_colour(FILE *out, bool on, enum cli_colour c)
{
    static const char *const codes[] = {[CLI_PLAIN] = "\033[0m",
                                        [CLI_GREEN] = "\033[32m",
                                        [CLI_RED] = "\033[31m",
                                        [CLI_DIM] = "\033[2m",
                                        [CLI_BOLD] = "\033[1m"};
    if (on)
        fputs(codes[c], out);
}

static int size_by_environment(const char *name, int otherwise)
{
    const char *text = getenv(name);
    long v = text ? strtol(text, NULL, 10) : 0;
    return v > 0 && v <= 10000 ? (int)v : otherwise;
}

void cli_size(FILE *out, int *columns, int *rows)
{
    struct winsize w;
    bool known = ioctl(fileno(out), TIOCGWINSZ, &w) == 0 && w.ws_col && w.ws_row;
    *columns = known ? w.ws_col : size_by_environment("COLUMNS", 80);
    *rows = known ? w.ws_row : size_by_environment("LINES", 24);
}

struct range {
    uint32_t first, last;
};

static bool among(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (c >= ranges[k].first && c <= ranges[k].last)
            return true;
    return false;
}

/* The blocks of Unicode that terminals draw two columns wide, and in none of their own, as far as names of securities
 * and remarks use them. */
static size_t width_of(uint32_t c)
{
    static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
        {0xfe30, 0xfe4f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
        {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };
    static const struct range none[] = {
        {0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    if (c < 0x300)
        return 1;
    if (among(c, none, sizeof none / sizeof none[0]))
        return 0;
    return among(c, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

/* The next character of a text that is not at its end, moved on behind it; '?' for what should not be printed. */
static uint32_t next_character(const unsigned char **at)
{
    const unsigned char *p = *at;
    int more = *p >= 0xf0 && *p < 0xf8 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
    bool good = *p < 0x80 || (*p >= 0xc2 && *p < 0xf5);
    uint32_t c = more ? *p & (0x3fu >> more) : *p;
    p++;
    for (; good && more; more--, p++) {
        good = (*p & 0xc0) == 0x80;
        if (!good)
            break;
        c = c << 6 | (*p & 63u);
    }
    *at = p;
    return !good || c < 0x20 || (c >= 0x7f && c < 0xa0) ? '?' : c;
}

size_t cli_text_width(const char *text)
{
    size_t width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p;)
        width += width_of(next_character(&p));
    return width;
}

void cli_put_text(FILE *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const unsigned char *from = p;
        if (next_character(&p) == '?')
            putc('?', out);
        else
            fwrite(from, 1, (size_t)(p - from), out);
    }
}

void cli_home(FILE *out)
{
    fputs("\033[H", out);
}

void cli_clear_below(FILE *out)
{
    fputs("\033[J", out);
}

bool cli_confirm(const char *question)
{
    char line[16];
    FILE *tty = fopen("/dev/tty", "r+");
    if (!tty)
        return false;
    fprintf(tty, "%s [y/N] ", question);
    fflush(tty);
    bool yes = fgets(line, sizeof line, tty) &&
               (strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0 || strcmp(line, "Y\n") == 0);
    fclose(tty);
    return yes;
}

static volatile sig_atomic_t given_up;

static void give_up(int signum)
{
    given_up = signum;
}

/* Asks for one line, with the terminal's echo off before that. It is on again however it ends: a signal would leave it
 * off. */
static bool read_unseen(FILE *tty, const char *prompt, char *out, size_t size)
{
    struct termios before, quiet;
    struct sigaction action = {.sa_handler = give_up}, interrupt, end;
    if (tcgetattr(fileno(tty), &before))
        return false;
    given_up = 0;
    sigaction(SIGINT, &action, &interrupt);
    sigaction(SIGTERM, &action, &end);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
    fputs(prompt, tty);
    fflush(tty);
    bool read = fgets(out, (int)size, tty) && strchr(out, '\n') && !given_up;
    tcsetattr(fileno(tty), TCSAFLUSH, &before);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &end, NULL);
    return read;
}

bool cli_secret(const char *prompt, char *out, size_t size)
{
    FILE *tty = fopen("/dev/tty", "r+");
    if (!tty)
        return false;
    bool read = read_unseen(tty, prompt, out, size);
    fputs("\n", tty);
    fclose(tty);
    if (read)
        *strchr(out, '\n') = '\0';
    else
        explicit_bzero(out, size);
    return read;
}
