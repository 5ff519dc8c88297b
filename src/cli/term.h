/* What a terminal is and can do: colours, widths of texts, redrawing, questions. */
#ifndef FT_CLI_TERM_H
#define FT_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit codes, for scripts (docs/ftcli.md). */
enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_REFUSED = 1, /* the gateway's answer is no */
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_CONNECTION = 3, /* there is none, or it was lost */
    CLI_EXIT_TIMEOUT = 4,
    CLI_EXIT_DECLINED = 5, /* the user said no, or could not be asked */
    CLI_EXIT_FAILED = 6,   /* this machine: a file, memory */
};

enum cli_colour { CLI_PLAIN, CLI_GREEN, CLI_RED, CLI_DIM, CLI_BOLD };

/* Whether it is a terminal that can be drawn on: TERM is not "dumb". */
bool cli_is_terminal(FILE *out);
/* Whether colours are welcome there: such a terminal, and NO_COLOR is not set. */
bool cli_wants_colour(FILE *out);
/* Writes the escape sequence when `on`. */
void cli_colour(FILE *out, bool on, enum cli_colour c);
/* Columns and rows of the terminal: as it says, else by COLUMNS and LINES, else 80 and 24. */
void cli_size(FILE *out, int *columns, int *rows);
/* Columns that a UTF-8 text takes when cli_put_text writes it: two for East Asian wide characters and pictures, none
 * for marks that join the character before. Needs no locale. */
size_t cli_text_width(const char *text);
/* Writes it; control characters and what is no UTF-8 as "?". */
void cli_put_text(FILE *out, const char *text);
/* To the upper left, everything below cleared at the end of each line: no flicker. */
void cli_home(FILE *out);
void cli_clear_below(FILE *out);

/* Asks on the terminal; true only for y or yes. Without a terminal false. */
bool cli_confirm(const char *question);
/* Reads a secret without echo from the terminal. false: there is none, or it is too long. */
bool cli_secret(const char *prompt, char *out, size_t size);

#endif
