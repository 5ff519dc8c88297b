/* Data for the tests of this folder: the shipped files with one of them replaced or altered, and a
 * generator of large user files. */
#ifndef TEST_DATA_FILES_H
#define TEST_DATA_FILES_H

#include "market/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An ft_read_data: the shipped data, but `name` reads as `text` (NULL: there is no such file). */
struct altered {
    const char *name, *text;
};

static inline const char *read_altered(void *user, const char *name, size_t *len)
{
    const struct altered *a = user;
    if (!a || !a->name || strcmp(a->name, name) != 0)
        return ft_embedded_data(NULL, name, len);
    *len = a->text ? strlen(a->text) : 0;
    return a->text;
}

/* The shipped file with the first `from` replaced by `to`; free it. */
static inline char *with_change(const char *name, const char *from, const char *to)
{
    size_t len;
    const char *text = ft_embedded_data(NULL, name, &len);
    const char *at = text ? strstr(text, from) : NULL;
    if (!at) {
        fprintf(stderr, "%s has no '%s'\n", name, from);
        abort();
    }
    char *out = malloc(len + strlen(to) + 1);
    size_t head = (size_t)(at - text);
    memcpy(out, text, head);
    memcpy(out + head, to, strlen(to));
    memcpy(out + head + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
    return out;
}

/* A user's file with n instruments: stocks of five markets, every tenth a warrant; free it. */
static inline char *user_file(int n, size_t *len)
{
    static const char *const form[] = {
        "HK,H%06d,stock,User stock %d,用户股票%d,用戶股票%d,100,HKD,12.5,,3,\n",
        "US,U%06d,stock,User stock %d,用户股票%d,用戶股票%d,1,USD,50,,2,\n",
        "SH,6%05d,stock,User stock %d,用户股票%d,用戶股票%d,100,CNH,9.9,,3,board=main;limit=10\n",
        "SG,G%06d,stock,User stock %d,用户股票%d,用戶股票%d,100,SGD,1.5,,4,\n",
        "JP,J%06d,stock,User stock %d,用户股票%d,用戶股票%d,100,JPY,1500,,4,\n",
        ("HK,W%06d,warrant,User warrant %d,用户窝轮%d,用戶窩輪%d,10000,HKD,0.25,HK.00700,5,"
         "kind=CALL;strike=600;ratio=100;maturity=2027-06-29;last_trade=2027-06-23\n"),
    };
    size_t cap = 256 + (size_t)n * 240;
    char *out = malloc(cap);
    int used = snprintf(out, cap,
                        "# generated\nmarket,code,type,name_en,name_sc,name_tc,lot,currency,"
                        "reference_price,underlying,liquidity,extra\n");
    for (int i = 0; i < n; i++) {
        int k = i % 10 == 9 ? 5 : i % 5;
        int shown = i + 1;
        used += snprintf(out + used, cap - (size_t)used, form[k], i, shown, shown, shown);
    }
    *len = (size_t)used;
    return out;
}

#endif
