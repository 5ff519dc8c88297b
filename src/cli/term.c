#include "cli/term.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

bool cli_wants_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

void cli_colour(FILE *out, bool on, enum cli_colour c)
{
    static const char *const codes[] = {
        [CLI_PLAIN] = "\033[0m", [CLI_GREEN] = "\033[32m", [CLI_RED] = "\033[31m",
        [CLI_DIM] = "\033[2m", [CLI_BOLD] = "\033[1m"};
    if (on)
        fputs(codes[c], out);
}

void cli_size(FILE *out, int *columns, int *rows)
{
    struct winsize w;
    bool known = ioctl(fileno(out), TIOCGWINSZ, &w) == 0 && w.ws_col && w.ws_row;
    *columns = known ? w.ws_col : 80;
    *rows = known ? w.ws_row : 24;
}

/* The blocks of Unicode that terminals draw two columns wide, as far as names of securities use them. */
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe4f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t cli_text_width(const char *text)
{
    size_t width = 0;
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
        uint32_t c = more == 3 ? *p & 7u : more == 2 ? *p & 15u : more == 1 ? *p & 31u : *p;
        p++;
        for (; more && (*p & 0xc0) == 0x80; more--, p++)
            c = c << 6 | (*p & 63u);
        width += is_wide(c) ? 2 : 1;
    }
    return width;
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

bool cli_secret(const char *prompt, char *out, size_t size)
{
    FILE *tty = fopen("/dev/tty", "r+");
    struct termios before, quiet;
    if (!tty)
        return false;
    bool known = tcgetattr(fileno(tty), &before) == 0;
    if (known) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
    }
    fputs(prompt, tty);
    fflush(tty);
    bool read = known && fgets(out, (int)size, tty) && strchr(out, '\n');
    if (known) {
        tcsetattr(fileno(tty), TCSAFLUSH, &before);
        fputs("\n", tty);
    }
    if (read)
        *strchr(out, '\n') = '\0';
    fclose(tty);
    return read;
}
