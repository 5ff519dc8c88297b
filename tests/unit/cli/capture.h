/* What the command line prints, as a text: stdout, stderr and streams of their own. */
#ifndef FT_TESTS_CAPTURE_H
#define FT_TESTS_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct capture {
    FILE *stream, **in_place_of, *before;
    char *text;
    size_t len;
};

/* What is written to *stream from now on; NULL: to c->stream. */
static inline void capture_begin(struct capture *c, FILE **stream)
{
    *c = (struct capture){.in_place_of = stream};
    c->stream = open_memstream(&c->text, &c->len);
    assert_non_null(c->stream);
    if (!stream)
        return;
    fflush(*stream);
    c->before = *stream;
    *stream = c->stream;
}

/* The text, which lives until free(c->text). */
static inline const char *capture_end(struct capture *c)
{
    if (c->in_place_of)
        *c->in_place_of = c->before;
    fclose(c->stream);
    return c->text;
}

#endif
