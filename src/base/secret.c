#include "base/secret.h"

#include <string.h>

bool ft_secret_equal(const void *a, const void *b, size_t len)
{
    const volatile unsigned char *x = a, *y = b; /* volatile: every byte is looked at */
    unsigned char differ = 0;
    for (size_t k = 0; k < len; k++)
        differ |= x[k] ^ y[k];
    return differ == 0;
}

bool ft_secret_md5_equal(const char *given, const char *want)
{
    char lower[32];
    if (strlen(given) != sizeof lower || strlen(want) != sizeof lower)
        return false;
    for (size_t k = 0; k < sizeof lower; k++)
        lower[k] = (char)(given[k] >= 'A' && given[k] <= 'F' ? given[k] - 'A' + 'a' : given[k]);
    return ft_secret_equal(lower, want, sizeof lower);
}
