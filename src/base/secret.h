/* Comparing what must not be guessed: how long it takes tells nothing of how much of a guess fits. */
#ifndef FT_BASE_SECRET_H
#define FT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the two hold the same `len` bytes. */
bool ft_secret_equal(const void *a, const void *b, size_t len);

/* Whether `given`, a text of any length from outside, is the MD5 `want` (32 hex digits in lower case);
 * `given` may have either case (platform.md 2.5). */
bool ft_secret_md5_equal(const char *given, const char *want);

#endif
