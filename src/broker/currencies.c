/* Exchange rates: data/fx_rates.csv, Hong Kong dollars a unit. */
#include "broker/rulebook_state.h"

#include <stdlib.h>

#define RATE_SCALE INT64_C(100000000)

static int rate_order(const void *a, const void *b)
{
    const struct ft_rb_rate *x = a, *y = b;
    if (x->currency != y->currency)
        return x->currency < y->currency ? -1 : 1;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->line - y->line;
}

int ft_rb_load_rates(struct ft_rb_loader *l)
{
    enum { CURRENCY, FROM, HKD, MARK };
    static const char *const columns[] = {"currency", "effective_from", "hkd", "source_mark", NULL};
    static const char *const words[] = {"HKD", "USD", "CNH", "JPY", "SGD", NULL};
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "fx_rates.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_rb_rate row = {.line = l->csv.line};
        int currency;
        if (ft_csv_word(&l->csv, CURRENCY, words, &currency, l->err) != 0 ||
            ft_csv_day(&l->csv, FROM, &row.from, l->err) != 0 ||
            ft_rb_read_amount(l, HKD, 8, 1000000, &row.hkd) != 0 || ft_rb_read_mark(l, MARK) != 0)
            return -1;
        if (currency == FT_HKD)
            return ft_csv_fault(&l->csv, CURRENCY, l->err, "HKD is the unit of the rates");
        if (row.hkd == 0)
            return ft_csv_fault(&l->csv, HKD, l->err, "a rate is above 0");
        row.currency = (uint8_t)currency;
        struct ft_rb_rate *grown = ft_rb_room(l, r->rate, r->rates, &r->rate_cap, sizeof *r->rate);
        if (!grown)
            return -1;
        r->rate = grown;
        r->rate[r->rates++] = row;
    }
    if (got < 0)
        return -1;
    if (r->rates)
        qsort(r->rate, r->rates, sizeof *r->rate, rate_order);
    for (size_t i = 0; i < r->rates; i++) {
        struct ft_rb_run *run = &r->rate_run[r->rate[i].currency];
        if (run->count++ == 0)
            run->first = (uint32_t)i;
        else if (r->rate[i].from == r->rate[i - 1].from)
            return ft_err_set(l->err, FT_ECORRUPT,
                              "fx_rates.csv:%d: effective_from: line %d has this date already",
                              r->rate[i].line, r->rate[i - 1].line);
    }
    for (int c = FT_USD; c < FT_CURRENCIES; c++)
        if (r->rate_run[c].count == 0)
            return ft_err_set(l->err, FT_ECORRUPT, "fx_rates.csv: there is no rate of %s",
                              words[c]);
    return 0;
}

static int64_t hkd_of(const struct ft_rulebook *r, enum ft_currency c, ft_day day)
{
    if (c == FT_HKD)
        return RATE_SCALE;
    return r->rate[ft_rb_newest(&r->rate[0].from, sizeof *r->rate, r->rate_run[c], day)].hkd;
}

ft_money ft_fx(const struct ft_rulebook *r, ft_day day, enum ft_currency from, enum ft_currency to,
               ft_money amount)
{
    FT_CHECK((unsigned)from <= FT_SGD && (unsigned)to <= FT_SGD);
    ft_money out;
    if (from == to)
        return amount;
    if (ft_muldiv(amount, hkd_of(r, from, day), hkd_of(r, to, day), FT_ROUND_HALF_UP, &out) != 0)
        return amount < 0 ? -INT64_MAX : INT64_MAX;
    return out;
}
