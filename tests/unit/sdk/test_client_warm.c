/* Once warm, neither a push nor a blocking call allocates. Counted over the whole process; the
 * sanitizers have an allocator of their own and skip it. */
#include "fake_peer.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTED 0
#endif
#endif
#ifndef COUNTED
#define COUNTED 1
#endif

static unsigned long allocations;

#if COUNTED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}
#endif

static void count(void *user, const struct ft_push *push)
{
    ++*(int *)user;
}

static void count_reply(void *user, struct ft_reply *reply)
{
    ++*(int *)user;
}

/* Each answer of the peer has a push before it. */
static void test_warm(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    struct ft_reply *reply = NULL;
    int pushes = 0, replies = 0;
    ft_client_on_push(c, FT_ID_Notify, count, &pushes);
    for (int round = 0; round < 2; round++) {
        unsigned long before = allocations;
        for (int i = 0; i < 200; i++) {
            assert_int_equal(call(c, 0, &reply), FT_STATUS_OK);
            assert_int_equal(call_later(c, count_reply, &replies), FT_STATUS_OK);
        }
        while (replies < 200 * (round + 1))
            assert_int_equal(ft_client_dispatch(c, -1, NULL), FT_STATUS_OK);
        if (round && COUNTED)
            assert_int_equal(allocations - before, 0);
    }
    assert_true(!COUNTED || allocations > 0); /* it counts at all */
    assert_true(pushes >= 800); /* and one with each keep-alive */
    ft_reply_free(reply);
    ft_client_free(c);
    stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_warm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
