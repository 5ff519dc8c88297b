#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Known answers that the authors publish with Random123 (kat_vectors, philox4x32 10). */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t out[4];
        ft_philox(rows[i].counter, rows[i].key, out);
        assert_memory_equal(out, rows[i].out, sizeof out);
    }
}

static void a_sequence_is_the_addresses_in_order(void **state)
{
    (void)state;
    struct ft_rng r;
    ft_rng_init(&r, 7, 11);
    for (uint64_t k = 0; k < 1000; k++)
        assert_true(ft_rng_next(&r) == ft_rng_at(7, 11, k));
    ft_rng_seek(&r, 501);
    assert_true(ft_rng_next(&r) == ft_rng_at(7, 11, 501));
    assert_true(ft_rng_next(&r) == ft_rng_at(7, 11, 502));
    ft_rng_seek(&r, 502);
    assert_true(ft_rng_next(&r) == ft_rng_at(7, 11, 502));
    assert_true(ft_rng_at(7, 11, 0) != ft_rng_at(7, 12, 0));
    assert_true(ft_rng_at(7, 11, 0) != ft_rng_at(8, 11, 0));
}

static void whole_numbers_are_even_and_within_bounds(void **state)
{
    (void)state;
    struct ft_rng r;
    ft_rng_init(&r, 1, 1);
    unsigned count[6] = {0};
    for (int i = 0; i < 600000; i++)
        count[ft_rng_below(&r, 6)]++;
    for (int i = 0; i < 6; i++)
        assert_in_range(count[i], 98800, 101200); /* four deviations of 288 */
    /* With n = 3 * 2^62 a plain modulo would give the lowest quarter twice as often. */
    unsigned low = 0;
    for (int i = 0; i < 100000; i++)
        low += ft_rng_below(&r, (uint64_t)3 << 62) < (uint64_t)1 << 62;
    assert_in_range(low, 32700, 33950);
    for (int i = 0; i < 1000; i++) {
        int64_t v = ft_rng_between(&r, -3, 4);
        assert_true(v >= -3 && v <= 4);
        assert_true(ft_rng_below(&r, 1) == 0);
    }
    (void)ft_rng_between(&r, INT64_MIN, INT64_MAX);
}

static void shapes_have_their_moments(void **state)
{
    (void)state;
    struct ft_rng r;
    ft_rng_init(&r, 3, 5);
    enum { N = 200000 };
    double unit = 0, expo = 0, norm = 0, norm2 = 0;
    for (int i = 0; i < N; i++) {
        double u = ft_rng_unit(&r);
        assert_true(u >= 0 && u < 1);
        unit += u;
        double e = ft_rng_exponential(&r);
        assert_true(e >= 0 && e < 37);
        expo += e;
        double n = ft_rng_normal(&r);
        assert_true(n > -9 && n < 9);
        norm += n;
        norm2 += n * n;
    }
    assert_true(unit / N > 0.497 && unit / N < 0.503);
    assert_true(expo / N > 0.99 && expo / N < 1.01);
    assert_true(norm / N > -0.01 && norm / N < 0.01);
    assert_true(norm2 / N > 0.985 && norm2 / N < 1.015);
}

static uint64_t bits_of(double v)
{
    uint64_t b;
    memcpy(&b, &v, sizeof b);
    return b;
}

/* Not a libm in sight: these bits are the same everywhere. The values agree with an independent
 * implementation (Python's statistics.NormalDist().inv_cdf and math.log) to 1e-15. */
static void shapes_are_the_same_bits_everywhere(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        double exponential, normal;
    } rows[] = {
        {0, 0x1.25e4f7b2737fap+5, -0x1.06b48528cea51p+3},
        {UINT64_C(1) << 63, 0x1.62e42fefa39edp-1, 0x1.40d931ff62707p-52},
        {UINT64_MAX, 0x0p+0, 0x1.06b48528cea51p+3},
        {UINT64_C(0x0123456789abcdef), 0x1.5aa16394d4818p+2, -0x1.4ee2dc0a9e004p+1},
        {UINT64_C(0xf123456789abcdef), 0x1.e9f486e216af6p-5, 0x1.92413ea3e6319p+0},
        {UINT64_C(0x8123456789abcdef), 0x1.5e5c401f3ed91p-1, 0x1.6d0fcf0ac5b9fp-7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(bits_of(ft_rng_to_exponential(rows[i].bits)) == bits_of(rows[i].exponential));
        assert_true(bits_of(ft_rng_to_normal(rows[i].bits)) == bits_of(rows[i].normal));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(a_sequence_is_the_addresses_in_order),
        cmocka_unit_test(whole_numbers_are_even_and_within_bounds),
        cmocka_unit_test(shapes_have_their_moments),
        cmocka_unit_test(shapes_are_the_same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
