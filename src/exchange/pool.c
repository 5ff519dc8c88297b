#include "exchange/pool.h"

#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

enum { LINE = 64, HUGE_PAGE = 2 << 20, FIRST_CAP = 64 };

void *ft_pages_alloc(size_t bytes)
{
    size_t align = bytes >= 2 * (size_t)HUGE_PAGE ? HUGE_PAGE : LINE;
    bytes = (bytes + align - 1) / align * align;
    void *mem = aligned_alloc(align, bytes);
    if (!mem)
        return NULL;
#ifdef __linux__
    if (align == HUGE_PAGE)
        (void)madvise(mem, bytes, MADV_HUGEPAGE); /* a hint; correct without */
#endif
    memset(mem, 0, bytes);
    return mem;
}

void ft_pool_init(struct ft_pool *p, uint32_t elem, uint32_t max)
{
    FT_CHECK(elem >= sizeof(uint32_t));
    FT_CHECK(max < UINT32_MAX / 2); /* the top bit of an index is a tag */
    *p = (struct ft_pool){.elem = elem, .used = 1, .max = max};
}

void ft_pool_free(struct ft_pool *p)
{
    free(p->mem);
    ft_pool_init(p, p->elem, p->max);
}

int ft_pool_grow(struct ft_pool *p, uint32_t more)
{
    if (more > p->max || p->live > p->max - more)
        return -1;
    uint64_t need = (uint64_t)p->live + more + 1;
    uint64_t cap = p->cap ? p->cap : FIRST_CAP;
    while (cap < need)
        cap *= 2;
    if (cap > (uint64_t)p->max + 1)
        cap = (uint64_t)p->max + 1;
    if (cap <= p->cap)
        return 0;
    char *mem = ft_pages_alloc((size_t)cap * p->elem);
    if (!mem)
        return -1;
    if (p->mem)
        memcpy(mem, p->mem, (size_t)p->used * p->elem);
    free(p->mem);
    p->mem = mem;
    p->cap = (uint32_t)cap;
    return 0;
}
