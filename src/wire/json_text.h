/* Texts of single values, for json_read.c and json_write.c: base64, numbers, and the scan
 * that bounds a text before it is parsed. */
#ifndef FT_WIRE_JSON_TEXT_H
#define FT_WIRE_JSON_TEXT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counts brackets and values without building anything: FT_ELIMIT past the limits of json.h.
 *
 * jansson refuses whole numbers beyond INT64_MAX, which uint64 needs: whole numbers of 19 digits
 * and more are put in quotes, and read like the strings that 64-bit fields may be anyway. Then
 * *text and *len become those of a copy in the arena (FT_ENOMEM); otherwise they stay. */
int ft_json_scan(const char **text, size_t *len, struct ft_arena *arena, struct ft_err *err);

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
 * length. Needs LC_NUMERIC "C": no program of ours changes it. */
size_t ft_real_text(double v, bool single, char out[FT_REAL_TEXT_MAX]);

/* Whether the text is exactly a number of JSON's grammar. */
bool ft_json_is_number(const char *s);

#endif
