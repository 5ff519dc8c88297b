/* A growable run of bytes with a maximum given at its creation.
 *
 * Readers consume from the front, writers append at the back; consumed room is reclaimed when
 * more is needed, so a buffer that is drained regularly stops allocating once warm. */
#ifndef FT_BASE_BUF_H
#define FT_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct ft_buf {
    uint8_t *data; /* owned; NULL before the first byte */
    size_t head;   /* first unread byte */
    size_t tail;   /* one past the last byte */
    size_t cap;
    size_t max; /* bound on the unread bytes, set once */
};

/* `max`: most unread bytes that it may ever hold. Allocates nothing yet. */
void ft_buf_init(struct ft_buf *b, size_t max);
void ft_buf_free(struct ft_buf *b);

static inline size_t ft_buf_len(const struct ft_buf *b)
{
    return b->tail - b->head;
}
/* NULL before the first byte. */
static inline uint8_t *ft_buf_head(const struct ft_buf *b)
{
    return b->data ? b->data + b->head : NULL;
}

/* Makes room for `n` more bytes and returns where they go (then ft_buf_commit), or NULL when the
 * maximum or memory does not allow it; the content is unchanged then. */
uint8_t *ft_buf_reserve(struct ft_buf *b, size_t n);
void ft_buf_commit(struct ft_buf *b, size_t n);

/* 0, or -1 when the maximum or memory does not allow it (nothing is appended then). */
int ft_buf_append(struct ft_buf *b, const void *bytes, size_t n);

/* Drops `n` bytes from the front; n <= ft_buf_len. */
void ft_buf_consume(struct ft_buf *b, size_t n);

/* Gives back memory beyond `keep` bytes when the buffer is empty. */
void ft_buf_trim(struct ft_buf *b, size_t keep);

#endif
