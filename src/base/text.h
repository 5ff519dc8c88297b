/* UTF-8 and the inside of JSON strings. No allocation. */
#ifndef FT_BASE_TEXT_H
#define FT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed UTF-8 character at `s` (1 to 4), 0 when there is none. len > 0. */
size_t ft_utf8_char(const unsigned char *s, size_t len);

/* Takes decimal digits at *text, at least one and at most `max` (up to 19), and moves *text behind them. 0,
 * or -1: there is none, nothing is changed. */
int ft_take_digits(const char **text, size_t max, uint64_t *out);

enum { FT_JSON_ESCAPE_MAX = 6 };
/* How JSON writes a control character, a quote or a backslash. Returns its length. */
size_t ft_json_escape_char(unsigned char c, char out[FT_JSON_ESCAPE_MAX + 1]);
/* The text as it stands between the quotes of a JSON string; bytes that are not UTF-8 become U+FFFD.
 * Cut before the first character that `out` has no room for; no NUL is added. Returns the length. */
size_t ft_json_escape(const char *text, size_t len, char *out, size_t size);

#endif
