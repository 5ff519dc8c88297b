#include "ftapi/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 7, FIRST_CAPACITY = 256 };

static void columns_of(struct ft_columns *c, double **out[COLUMNS])
{
    double **all[COLUMNS] = {&c->time,  &c->open,   &c->high,    &c->low,
                             &c->close, &c->volume, &c->turnover};
    memcpy(out, all, sizeof all);
}

/* Room for `more` bars; on failure everything is as it was. */
static bool reserve(struct ft_columns *c, size_t more)
{
    if (more > SIZE_MAX / sizeof(double) / 2 - c->count)
        return false;
    size_t need = c->count + more, capacity = c->capacity ? c->capacity : FIRST_CAPACITY;
    if (need <= c->capacity)
        return true;
    while (capacity < need)
        capacity *= 2;
    double **column[COLUMNS];
    columns_of(c, column);
    for (int k = 0; k < COLUMNS; k++) {
        double *grown = realloc(*column[k], capacity * sizeof *grown);
        if (!grown)
            return false; /* those that have grown are larger than told: no harm */
        *column[k] = grown;
    }
    c->capacity = capacity;
    return true;
}

static double figure(bool has, double v)
{
    return has ? v : NAN;
}

enum ft_status ft_columns_append(struct ft_columns *c, const struct ft_kline *bars, size_t count,
                                 bool skip_blank)
{
    if (!c || (!bars && count))
        return FT_STATUS_INVALID;
    if (!reserve(c, count))
        return FT_STATUS_NO_MEMORY;
    for (const struct ft_kline *b = bars; b < bars + count; b++) {
        if (b->is_blank && skip_blank)
            continue;
        size_t n = c->count++;
        c->time[n] = figure(b->has_timestamp, b->timestamp);
        c->open[n] = figure(b->has_open_price, b->open_price);
        c->high[n] = figure(b->has_high_price, b->high_price);
        c->low[n] = figure(b->has_low_price, b->low_price);
        c->close[n] = figure(b->has_close_price, b->close_price);
        bool fine = b->has_hp_volume && (b->hp_volume != 0 || !b->has_volume);
        c->volume[n] = fine ? b->hp_volume : figure(b->has_volume, (double)b->volume);
        c->turnover[n] = figure(b->has_turnover, b->turnover);
    }
    return FT_STATUS_OK;
}

void ft_columns_clear(struct ft_columns *c)
{
    if (c)
        c->count = 0;
}

void ft_columns_free(struct ft_columns *c)
{
    if (!c)
        return;
    double **column[COLUMNS];
    columns_of(c, column);
    for (int k = 0; k < COLUMNS; k++)
        free(*column[k]);
    memset(c, 0, sizeof *c);
}
