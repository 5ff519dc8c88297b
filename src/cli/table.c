#include "cli/table.h"

#include "cli/term.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum cell_kind { CELL_ABSENT, CELL_TEXT, CELL_NUMBER, CELL_ID };

struct cell {
    enum cell_kind kind;
    double number;
    char *text; /* owned; of numbers too: what JSON and CSV print */
};

struct cli_table {
    const struct cli_column *columns;
    size_t width;
    struct cell *cells; /* row after row */
    size_t count, capacity;
};

static void *need(void *p)
{
    if (!p) {
        fputs("ftcli: no memory\n", stderr);
        exit(CLI_EXIT_FAILED);
    }
    return p;
}

struct cli_table *cli_table_new(const struct cli_column *columns, size_t count)
{
    struct cli_table *t = need(calloc(1, sizeof *t));
    t->columns = columns;
    t->width = count;
    return t;
}

void cli_table_clear(struct cli_table *t)
{
    for (size_t k = 0; k < t->count; k++)
        free(t->cells[k].text);
    t->count = 0;
}

void cli_table_free(struct cli_table *t)
{
    if (!t)
        return;
    cli_table_clear(t);
    free(t->cells);
    free(t);
}

static void add(struct cli_table *t, enum cell_kind kind, double number, const char *text)
{
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64 * t->width;
        t->cells = need(realloc(t->cells, t->capacity * sizeof *t->cells));
    }
    t->cells[t->count++] = (struct cell){kind, number, text ? need(strdup(text)) : NULL};
}

void cli_text(struct cli_table *t, const char *text)
{
    add(t, text ? CELL_TEXT : CELL_ABSENT, 0, text);
}

void cli_number_text(double v, int decimals, char out[CLI_NUMBER_MAX])
{
    if (decimals >= 0 && fabs(v) < 1e15) {
        snprintf(out, CLI_NUMBER_MAX, "%.*f", decimals, v);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(out, CLI_NUMBER_MAX, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            break;
    }
    if (strchr(out, 'e') && fabs(v) < 1e15 && fabs(v) >= 1) /* 1e+06 is 1000000 for people */
        snprintf(out, CLI_NUMBER_MAX, "%.0f", v);
}

void cli_number(struct cli_table *t, double v)
{
    char text[CLI_NUMBER_MAX];
    if (!isfinite(v)) {
        cli_absent(t);
        return;
    }
    cli_number_text(v, -1, text);
    add(t, CELL_NUMBER, v, text);
}

void cli_number_if(struct cli_table *t, bool has, double v)
{
    cli_number(t, has ? v : NAN);
}

void cli_integer(struct cli_table *t, int64_t v)
{
    char text[CLI_NUMBER_MAX];
    snprintf(text, sizeof text, "%lld", (long long)v);
    add(t, CELL_NUMBER, (double)v, text);
}

void cli_unsigned(struct cli_table *t, uint64_t v)
{
    char text[CLI_NUMBER_MAX];
    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    add(t, CELL_ID, (double)v, text);
}

void cli_absent(struct cli_table *t)
{
    add(t, CELL_ABSENT, 0, NULL);
}

size_t cli_table_rows(const struct cli_table *t)
{
    return t->width ? t->count / t->width : 0;
}

/* ---- For programs ------------------------------------------------------------------------------ */

void cli_json_text(FILE *out, const char *s)
{
    putc('"', out);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

static void json_row(const struct cli_table *t, size_t row, FILE *out)
{
    for (size_t k = 0; k < t->width; k++) {
        const struct cell *c = &t->cells[row * t->width + k];
        fputs(k ? ", " : "{", out);
        cli_json_text(out, t->columns[k].key);
        fputs(": ", out);
        if (c->kind == CELL_ABSENT)
            fputs("null", out);
        else if (c->kind == CELL_NUMBER)
            fputs(c->text, out);
        else
            cli_json_text(out, c->text);
    }
    putc('}', out);
}

static void print_json(const struct cli_table *t, FILE *out, bool lines)
{
    size_t rows = cli_table_rows(t);
    if (!lines)
        fputs(rows ? "[\n" : "[", out);
    for (size_t row = 0; row < rows; row++) {
        json_row(t, row, out);
        fputs(!lines && row + 1 < rows ? ",\n" : "\n", out);
    }
    if (!lines)
        fputs("]\n", out);
}

/* RFC 4180: quotes around what has a comma, a quote or a line's end. */
static void csv_text(FILE *out, const char *s)
{
    if (!strpbrk(s, ",\"\r\n")) {
        fputs(s, out);
        return;
    }
    putc('"', out);
    for (; *s; s++) {
        if (*s == '"')
            putc('"', out);
        putc(*s, out);
    }
    putc('"', out);
}

static void print_csv(const struct cli_table *t, FILE *out, bool titles)
{
    for (size_t k = 0; titles && k < t->width; k++)
        fprintf(out, "%s%s", t->columns[k].key, k + 1 < t->width ? "," : "\n");
    for (size_t row = 0; row < cli_table_rows(t); row++)
        for (size_t k = 0; k < t->width; k++) {
            const struct cell *c = &t->cells[row * t->width + k];
            if (c->text)
                csv_text(out, c->text);
            putc(k + 1 < t->width ? ',' : '\n', out);
        }
}

/* ---- For people -------------------------------------------------------------------------------- */

static const char *shown(const struct cli_column *column, const struct cell *c,
                         char text[CLI_NUMBER_MAX + 2])
{
    if (c->kind == CELL_ABSENT)
        return "-";
    if (c->kind != CELL_NUMBER)
        return c->text;
    if (column->kind != CLI_CHANGE && column->kind != CLI_PERCENT && column->decimals < 0)
        return c->text;
    char number[CLI_NUMBER_MAX];
    cli_number_text(c->number, column->decimals, number);
    snprintf(text, CLI_NUMBER_MAX + 2, "%s%s%s",
             (column->kind == CLI_CHANGE || column->kind == CLI_PERCENT) && c->number > 0 ? "+"
                                                                                          : "",
             number, column->kind == CLI_PERCENT ? "%" : "");
    return text;
}

static enum cli_colour colour_of(const struct cli_column *column, const struct cell *c)
{
    bool change = column->kind == CLI_CHANGE || column->kind == CLI_PERCENT;
    if (!change || c->kind != CELL_NUMBER || c->number == 0)
        return CLI_PLAIN;
    return c->number > 0 ? CLI_GREEN : CLI_RED;
}

static void pad(FILE *out, size_t n)
{
    fprintf(out, "%*s", (int)n, "");
}

static void print_cell(FILE *out, const char *text, size_t width, bool right, bool last)
{
    size_t used = cli_text_width(text);
    size_t space = used < width ? width - used : 0;
    if (right)
        pad(out, space);
    cli_put_text(out, text);
    if (!right && !last)
        pad(out, space);
}

enum { GAP = 2 }; /* between columns */

/* Widths of titles and rows. */
static void measure(const struct cli_table *t, const struct cli_print *how, size_t *width)
{
    char text[CLI_NUMBER_MAX + 2];
    for (size_t k = 0; k < t->width; k++) {
        size_t n = cli_text_width(t->columns[k].title);
        width[k] = how->widths ? how->widths[k] : 0;
        if (!how->no_titles && n > width[k])
            width[k] = n;
    }
    for (size_t at = 0; at < cli_table_rows(t) * t->width; at++) {
        size_t n = cli_text_width(shown(&t->columns[at % t->width], &t->cells[at], text));
        if (n > width[at % t->width])
            width[at % t->width] = n;
    }
    if (how->widths)
        memcpy(how->widths, width, t->width * sizeof *width);
}

/* How many columns fit, at least one. */
static size_t fitting(const struct cli_table *t, const size_t *width, int columns)
{
    size_t used = 0, n = 0;
    for (; n < t->width; n++) {
        used += (n ? GAP : 0) + width[n];
        if (columns && used > (size_t)columns && n)
            break;
    }
    return n;
}

static void print_titles(const struct cli_table *t, FILE *out, const struct cli_print *how,
                         const size_t *width, size_t columns)
{
    for (size_t k = 0; k < columns; k++) {
        fputs(k ? "  " : "", out);
        cli_colour(out, how->colour, CLI_DIM);
        print_cell(out, t->columns[k].title, width[k], t->columns[k].kind != CLI_TEXT,
                   k + 1 == columns);
        cli_colour(out, how->colour, CLI_PLAIN);
    }
}

static void print_row(const struct cli_table *t, size_t row, FILE *out, const struct cli_print *how,
                      const size_t *width, size_t columns)
{
    char text[CLI_NUMBER_MAX + 2];
    for (size_t k = 0; k < columns; k++) {
        const struct cli_column *column = &t->columns[k];
        const struct cell *cell = &t->cells[row * t->width + k];
        enum cli_colour colour = colour_of(column, cell);
        fputs(k ? "  " : "", out);
        if (colour != CLI_PLAIN)
            cli_colour(out, how->colour, colour);
        print_cell(out, shown(column, cell, text), width[k], column->kind != CLI_TEXT,
                   k + 1 == columns);
        if (colour != CLI_PLAIN)
            cli_colour(out, how->colour, CLI_PLAIN);
    }
}

static const char left_out_begin[] = "no room for: ";

/* Names what there was no room for, as far as there is for that. */
static void print_left_out(const struct cli_table *t, FILE *out, const struct cli_print *how,
                           size_t columns)
{
    size_t left = (size_t)how->columns - strlen(left_out_begin);
    cli_colour(out, how->colour, CLI_DIM);
    fputs(left_out_begin, out);
    for (size_t k = columns; k < t->width; k++) {
        const char *title = t->columns[k].title;
        size_t used = cli_text_width(title) + (k > columns ? 2 : 0);
        bool fits = used + (k + 1 < t->width ? 5 : 0) <= left; /* ", ..." has room behind it */
        fprintf(out, "%s%s", k > columns ? ", " : "", fits ? title : "...");
        if (!fits)
            break;
        left -= used;
    }
    cli_colour(out, how->colour, CLI_PLAIN);
}

static void print_human(const struct cli_table *t, FILE *out, const struct cli_print *how)
{
    const char *end = how->redraw ? "\033[K\n" : "\n";
    size_t *width = need(calloc(t->width, sizeof *width));
    bool titles = false;
    for (size_t k = 0; k < t->width && !how->no_titles; k++)
        titles |= t->columns[k].title[0] != '\0';
    measure(t, how, width);
    size_t columns = fitting(t, width, how->columns), rows = cli_table_rows(t);
    bool left_out =
        columns < t->width && !how->no_titles && (size_t)how->columns >= strlen(left_out_begin) + 3;
    size_t lines = how->rows ? (size_t)how->rows : SIZE_MAX;
    if (titles && lines) {
        print_titles(t, out, how, width, columns);
        fputs(end, out);
        lines--;
    }
    for (size_t row = 0; row < rows && lines > (left_out ? 1 : 0); row++, lines--) {
        print_row(t, row, out, how, width, columns);
        fputs(end, out);
    }
    if (left_out && lines) {
        print_left_out(t, out, how, columns);
        fputs(end, out);
    }
    free(width);
}

void cli_table_print(const struct cli_table *t, FILE *out, const struct cli_print *how)
{
    switch (how->form) {
    case CLI_JSON: print_json(t, out, how->lines); return;
    case CLI_CSV: print_csv(t, out, !how->lines && !how->no_titles); return;
    case CLI_HUMAN: print_human(t, out, how); return;
    }
}
