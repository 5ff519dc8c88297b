/* Rows of figures, told once and printed in three forms: a table for people, JSON and CSV for programs.
 *
 * A command declares its columns, fills row after row, cell by cell, and prints. In JSON a row is an object
 * under the columns' keys; what is absent is null there, empty in CSV, and "-" for people. */
#ifndef FT_CLI_TABLE_H
#define FT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_form { CLI_HUMAN, CLI_JSON, CLI_CSV };

enum cli_kind {
    CLI_TEXT,    /* to the left */
    CLI_NUMBER,  /* to the right */
    CLI_CHANGE,  /* a number: green above zero, red below; with its sign */
    CLI_PERCENT, /* a change, with "%" for people */
};

struct cli_column {
    const char *key;   /* in JSON and CSV: snake_case */
    const char *title; /* for people */
    enum cli_kind kind;
    int decimals; /* of numbers for people; -1: as many as they have */
};

struct cli_table;

/* NULL without memory: the program ends with a message where memory is out, so it never is. The columns must
 * outlive it. */
struct cli_table *cli_table_new(const struct cli_column *columns, size_t count);
void cli_table_free(struct cli_table *t);
void cli_table_clear(struct cli_table *t); /* drops the rows */

/* The next cell of the row under way; the last of a row begins the next one. */
void cli_text(struct cli_table *t, const char *text); /* NULL: absent */
void cli_number(struct cli_table *t, double v);       /* NaN: absent */
void cli_integer(struct cli_table *t, int64_t v);
void cli_unsigned(struct cli_table *t,
                  uint64_t v); /* IDs: a text in JSON, since they exceed 2^53 */
void cli_absent(struct cli_table *t);
void cli_number_if(struct cli_table *t, bool has, double v);

size_t cli_table_rows(const struct cli_table *t);

/* Prints the rows. JSON: an array; with `lines` one object a line, without brackets (live commands). CSV: with a
 * line of keys unless `lines` or `no_titles`. The rest concerns people's form only. */
struct cli_print {
    enum cli_form form;
    bool lines;
    bool no_titles;
    bool colour;
    bool redraw; /* each line clears what stood behind it */
    int columns; /* the terminal's: columns of the table that do not fit are left out, and named below; 0: no end */
    int rows; /* lines at most, that of titles included; 0: no end */
    size_t *
        widths; /* of each column, kept from print to print so that lines stay aligned; NULL: the rows' own */
};
/* Control characters, which a name or a remark may have, are "?" for people. */
void cli_table_print(const struct cli_table *t, FILE *out, const struct cli_print *how);

/* A JSON text of `s` with its quotes. */
void cli_json_text(FILE *out, const char *s);
/* The shortest decimal text that reads back as v. */
enum { CLI_NUMBER_MAX = 32 };
void cli_number_text(double v, int decimals, char out[CLI_NUMBER_MAX]);

#endif
