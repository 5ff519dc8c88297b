/* What the fuzz targets share: exact heap copies, and stopping with words. */
#ifndef FT_TESTS_FUZZ_H
#define FT_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_MUST(cond, ...)                                                                       \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #cond);                     \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv); /* optional */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline bool fuzz_same(const struct ft_buf *a, const struct ft_buf *b)
{
    size_t n = ft_buf_len(a);
    return n == ft_buf_len(b) && (n == 0 || memcmp(ft_buf_head(a), ft_buf_head(b), n) == 0);
}

/* NULL for an empty buffer, which has no bytes to point at. */
static inline const uint8_t *fuzz_bytes(const struct ft_buf *b)
{
    return ft_buf_len(b) > 0 ? ft_buf_head(b) : NULL;
}

#endif
