/* What the rulebook's tests share: the shipped universe and rulebook, and a loader over altered
 * files that must fail with a text. */
#ifndef FT_TEST_RULEBOOK_FIXTURE_H
#define FT_TEST_RULEBOOK_FIXTURE_H

#include "broker/rulebook.h"

#include "../market/data_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HK = FT_MARKET_HK, US = FT_MARKET_US, SH = FT_MARKET_SH, SZ = FT_MARKET_SZ };

static struct ft_universe *u;
static struct ft_rulebook *rules;

/* Instruments of our own beside the shipped ones, with every right that a row can name. */
static const char own_instruments[] =
    "market,code,type,name_en,lot,currency,reference_price,underlying,extra\n"
    "HK,TCH270128C600000,option,Tencent option,100,HKD,20,HK.00700,kind=CALL;strike=600;"
    "expiry=2027-01-28\n"
    "HK,XIC270128P6000,option,ICBC option,1000,HKD,0.2,HK.01398,kind=PUT;strike=6;"
    "expiry=2027-01-28\n"
    "US,AAPL270115C280000,option,Apple option,100,USD,9,US.AAPL,kind=CALL;strike=280;"
    "expiry=2027-01-15\n"
    "US,AAPL270115P250000,option,Apple option,100,USD,5,US.AAPL,kind=PUT;strike=250;"
    "expiry=2027-01-15\n"
    "US,.SPX270115C6900000,option,SPX option,100,USD,90,US..SPX,kind=CALL;strike=6900;"
    "expiry=2027-01-15;hours=US_IDXOPT\n"
    "HK,HSI270128C27000,option,HSI option,50,HKD,500,HK.800000,kind=CALL;strike=27000;"
    "expiry=2027-01-28\n"
    "HK,03333,stock,Illiquid,500,HKD,0.5,,\n";

static inline int load_rules(void **state)
{
    (void)state;
    struct ft_err err;
    u = ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21), own_instruments,
                         strlen(own_instruments), &err);
    if (!u)
        fail_msg("%s", err.text);
    rules = ft_rulebook_load(ft_embedded_data, NULL, u, &err);
    if (!rules)
        fail_msg("%s", err.text);
    return 0;
}

static inline int free_rules(void **state)
{
    (void)state;
    ft_rulebook_free(rules);
    ft_universe_free(u);
    return 0;
}

static inline const struct ft_instrument *find(int market, const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(u, market, code);
    if (!inst)
        fail_msg("no %s", code);
    return inst;
}

static inline int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* The file with `from` replaced by `to` does not load, and the fault names file, line and `what`. */
static inline void refused(const char *file, const char *from, const char *to, const char *what)
{
    size_t len;
    char where[64];
    struct ft_err err = {0};
    const char *text = ft_embedded_data(NULL, file, &len);
    char *changed = with_change(file, from, to);
    struct altered a = {.name = file, .text = changed};
    struct ft_rulebook *r = ft_rulebook_load(read_altered, &a, u, &err);
    assert_null(r);
    snprintf(where, sizeof where, "%s:%d:", file, line_of(text, strstr(text, from)));
    if (strncmp(err.text, where, strlen(where)) != 0 || !strstr(err.text, what))
        fail_msg("'%s' is not '%s ... %s'", err.text, where, what);
    free(changed);
}

/* The same for a fault of the file as a whole. */
static inline void refused_whole(const char *file, const char *text, const char *what)
{
    struct ft_err err = {0};
    struct altered a = {.name = file, .text = text};
    assert_null(ft_rulebook_load(read_altered, &a, u, &err));
    if (!strstr(err.text, what))
        fail_msg("'%s' does not say '%s'", err.text, what);
}

static inline ft_money money(const char *text)
{
    ft_money m;
    if (ft_fixed_parse(text, strlen(text), FT_MONEY_DECIMALS, "money", &m, NULL) != 0)
        fail_msg("bad amount %s", text);
    return m;
}

#endif
