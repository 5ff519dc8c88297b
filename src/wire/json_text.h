/* JSON's grammar and the texts of single values, for json_read.c and json_write.c: the check of a
 * whole text and the walk over it, base64, UTF-8, numbers. */
#ifndef FT_WIRE_JSON_TEXT_H
#define FT_WIRE_JSON_TEXT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 when text[0..len) is one JSON value (RFC 8259) in UTF-8, without \u0000 and surrogate halves,
 * within the limits of json.h; else FT_ECORRUPT with line, column and what is wrong, or FT_ELIMIT.
 * Recursion is bounded by FT_JSON_DEPTH_MAX. */
int ft_json_check(const char *text, size_t len, struct ft_err *err);

/* For texts that ft_json_check found good, and positions inside an object or a list there: something
 * always follows, so that none of them needs an end. */

/* Behind white space. */
const char *ft_json_space(const char *p);
/* Behind the value or name that begins at `p`. */
const char *ft_json_skip(const char *p);
/* The string that begins at `p`, its quote, decoded and NUL-terminated. `out` has room for what
 * ft_json_skip passes over, which is always enough. Returns the length. */
size_t ft_json_string(const char *p, char *out);

/* Bytes needed for the base64 of `n` bytes, without NUL. */
size_t ft_base64_size(size_t n);
/* Writes ft_base64_size(n) characters, with padding. */
void ft_base64_write(const uint8_t *bytes, size_t n, char *out);
/* Decodes standard or url-safe base64, padded or not; `out` has room for len / 4 * 3 + 3 bytes.
 * False when a character, the length or the padding is wrong. */
bool ft_base64_read(const char *text, size_t len, uint8_t *out, size_t *n);

enum { FT_REAL_TEXT_MAX = 40 };
/* Decimal with the fewest digits, from 15 up (`single`: from 6 up), that reads back to the same
 * value, with a point or an exponent; "0.0" for what is not finite. NUL-terminated, returns its
 * length. Needs LC_NUMERIC "C", which the reader and the writer of json.h see to. */
size_t ft_real_text(double v, bool single, char out[FT_REAL_TEXT_MAX]);

/* Whether the text is exactly a number of JSON's grammar. */
bool ft_json_is_number(const char *s);

#endif
