/* Comparison of secrets: right and wrong, not its time (no test asserts one). */
#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char want[] = "e10adc3949ba59abbe56e057f20f883e";

static void test_bytes(void **state)
{
    (void)state;
    char other[sizeof want];
    assert_true(ft_secret_equal(want, want, 32));
    assert_true(ft_secret_equal("a", "b", 0));
    for (size_t k = 0; k < 32; k++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(other, want, sizeof want);
            other[k] = (char)(other[k] ^ 1 << bit);
            assert_false(ft_secret_equal(want, other, 32));
            assert_true(ft_secret_equal(want, other, k));
        }
}

static void test_md5(void **state)
{
    (void)state;
    assert_true(ft_secret_md5_equal(want, want));
    assert_true(ft_secret_md5_equal("E10ADC3949BA59ABBE56E057F20F883E", want));
    assert_true(ft_secret_md5_equal("E10adC3949ba59abbe56e057f20f883E", want));
    assert_false(ft_secret_md5_equal("", want));
    assert_false(ft_secret_md5_equal("", ""));
    assert_false(ft_secret_md5_equal("e10adc3949ba59abbe56e057f20f883", want));
    assert_false(ft_secret_md5_equal("e10adc3949ba59abbe56e057f20f883e0", want));
    assert_false(ft_secret_md5_equal("e10adc3949ba59abbe56e057f20f883f", want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes), cmocka_unit_test(test_md5)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
