/* Buffers, arenas and maps against plain models, with their bounds. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map64.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_buf_against_a_model(void **state)
{
    (void)state;
    enum { MAX = 3000 };
    struct ft_rng rng;
    ft_rng_init(&rng, 1, 1);
    struct ft_buf b;
    ft_buf_init(&b, MAX);
    uint8_t next_in = 0, next_out = 0;
    size_t len = 0;
    for (int step = 0; step < 20000; step++) {
        uint8_t chunk[200];
        size_t n = ft_rng_below(&rng, sizeof chunk);
        if (ft_rng_next(&rng) & 1) {
            for (size_t i = 0; i < n; i++)
                chunk[i] = (uint8_t)(next_in + i);
            int rc = ft_buf_append(&b, chunk, n);
            assert_int_equal(rc, len + n <= MAX ? 0 : -1);
            if (rc == 0) {
                next_in = (uint8_t)(next_in + n);
                len += n;
            }
        } else {
            n = n < len ? n : len;
            for (size_t i = 0; i < n; i++)
                assert_int_equal(ft_buf_head(&b)[i], next_out++);
            ft_buf_consume(&b, n);
            len -= n;
        }
        assert_int_equal(ft_buf_len(&b), len);
    }
    ft_buf_consume(&b, len);
    ft_buf_trim(&b, 0);
    assert_null(ft_buf_head(&b));
    assert_null(ft_buf_reserve(&b, MAX + 1));
    ft_buf_free(&b);
}

static void test_arena_limit(void **state)
{
    (void)state;
    struct ft_arena a;
    ft_arena_init(&a, 100000);
    for (int round = 0; round < 3; round++) {
        size_t got = 0;
        uint8_t *last = NULL;
        while (true) {
            uint8_t *p = ft_arena_alloc(&a, 1000);
            if (!p)
                break;
            assert_int_equal((uintptr_t)p % 16, 0);
            memset(p, round, 1000);
            if (last)
                assert_int_equal(last[999], round); /* not overlapped */
            last = p;
            got += 1000;
        }
        assert_true(got >= 95000 && got <= 100000);
        assert_true(a.refused);
        ft_arena_reset(&a);
        assert_false(a.refused);
    }
    assert_null(ft_arena_alloc(&a, SIZE_MAX));
    assert_null(ft_arena_alloc(&a, 100001));
    assert_string_equal(ft_arena_strndup(&a, "HK.00700", 2), "HK");
    assert_non_null(ft_arena_zalloc(&a, 0));
    ft_arena_free(&a);
}

/* Clustered keys and far ones. */
static uint64_t key_of(size_t k)
{
    return (uint64_t)(k + 1) << (k & 1 ? 40 : 0);
}

static void test_map_against_a_model(void **state)
{
    (void)state;
    enum { KEYS = 500 };
    static char values[KEYS];
    bool in[KEYS] = {false};
    struct ft_rng rng;
    ft_rng_init(&rng, 2, 1);
    struct ft_map64 m;
    ft_map64_init(&m);
    assert_null(ft_map64_get(&m, 5));
    assert_null(ft_map64_take(&m, 5));
    size_t count = 0;
    for (int step = 0; step < 100000; step++) {
        size_t k = ft_rng_below(&rng, KEYS);
        uint64_t key = key_of(k);
        if (ft_rng_below(&rng, 3)) {
            assert_int_equal(ft_map64_put(&m, key, &values[k]), 0);
            count += !in[k];
            in[k] = true;
        } else {
            void *got = ft_map64_take(&m, key);
            assert_ptr_equal(got, in[k] ? &values[k] : NULL);
            count -= in[k];
            in[k] = false;
        }
        assert_int_equal(m.count, count);
        size_t other = ft_rng_below(&rng, KEYS);
        assert_ptr_equal(ft_map64_get(&m, key_of(other)),
                         in[other] ? &values[other] : NULL);
    }
    ft_map64_free(&m);
}

static void test_errors_carry_their_causes(void **state)
{
    (void)state;
    struct ft_err err = {0};
    assert_int_equal(ft_err_set(&err, FT_EINVAL, "lot %d", 7), -1);
    assert_int_equal(ft_err_wrap(&err, "order %s", "A1"), -1);
    assert_string_equal(err.text, "order A1: lot 7");
    assert_int_equal(err.code, FT_EINVAL);
    assert_int_equal(ft_err_set(NULL, FT_EIO, "nobody listens"), -1);
    char longest[2000];
    memset(longest, 'x', sizeof longest);
    memcpy(longest + 509, "\xe8\x85\xbe", 3); /* a character across the end */
    longest[sizeof longest - 1] = '\0';
    ft_err_set(&err, FT_EIO, "%s", longest);
    assert_int_equal(strlen(err.text), 509);
    ft_err_wrap(&err, "%s", "context");
    assert_true(strlen(err.text) < FT_ERR_TEXT_MAX);
    ft_err_clear(&err);
    assert_int_equal(err.code, FT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_against_a_model),
        cmocka_unit_test(test_arena_limit),
        cmocka_unit_test(test_map_against_a_model),
        cmocka_unit_test(test_errors_carry_their_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
