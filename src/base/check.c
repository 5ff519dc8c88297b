#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void ft_check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "opend: invariant broken at %s:%d: %s\n", file, line, what);
    fflush(stderr);
    abort();
}
