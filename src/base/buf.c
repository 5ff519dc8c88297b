#include "base/buf.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 512 };

void ft_buf_init(struct ft_buf *b, size_t max)
{
    *b = (struct ft_buf){.max = max};
}

void ft_buf_free(struct ft_buf *b)
{
    free(b->data);
    b->data = NULL;
    b->head = b->tail = b->cap = 0;
}

uint8_t *ft_buf_reserve(struct ft_buf *b, size_t n)
{
    size_t len = ft_buf_len(b);
    if (n > b->max || len > b->max - n)
        return NULL;
    if (b->cap - b->tail >= n && b->data)
        return b->data + b->tail;
    if (b->data && b->cap >= len + n && b->head >= len) {
        /* Moving costs no more than what was consumed since the last move. */
        memmove(b->data, b->data + b->head, len);
        b->head = 0;
        b->tail = len;
        return b->data + b->tail;
    }
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < len + n)
        cap *= 2;
    uint8_t *data = malloc(cap);
    if (!data)
        return NULL;
    if (b->data && len)
        memcpy(data, b->data + b->head, len);
    free(b->data);
    b->data = data;
    b->cap = cap;
    b->head = 0;
    b->tail = len;
    return b->data + b->tail;
}

void ft_buf_commit(struct ft_buf *b, size_t n)
{
    FT_CHECK(n <= b->cap - b->tail);
    b->tail += n;
}

int ft_buf_append(struct ft_buf *b, const void *bytes, size_t n)
{
    if (n == 0)
        return 0;
    uint8_t *to = ft_buf_reserve(b, n);
    if (!to)
        return -1;
    memcpy(to, bytes, n);
    b->tail += n;
    return 0;
}

void ft_buf_consume(struct ft_buf *b, size_t n)
{
    FT_CHECK(n <= ft_buf_len(b));
    b->head += n;
    if (b->head == b->tail)
        b->head = b->tail = 0;
}

void ft_buf_trim(struct ft_buf *b, size_t keep)
{
    if (ft_buf_len(b) == 0 && b->cap > keep)
        ft_buf_free(b);
}
