/** @file
 * K-lines as columns: an array of doubles a figure, for numerical code. */
#ifndef FTAPI_COLUMNS_H
#define FTAPI_COLUMNS_H

#include <ftapi/qot_common.h>

FT_BEGIN_DECLS

/** Bars in the order in which they were appended, `count` in each array; figures that a bar does not have
 * (blank bars, fields not asked for) are NaN. Start from zeroes; ft_columns_free ends it. */
struct ft_columns {
    size_t count;     /**< Bars. */
    size_t capacity;  /**< Bars for which the arrays have room. */
    double *time;     /**< Seconds since 1970, UTC: the bar's label, as kline.timestamp tells it. */
    double *open;     /**< Currency units, as the other prices. */
    double *high;     /**< Likewise. */
    double *low;      /**< Likewise. */
    double *close;    /**< Likewise. */
    double *volume;   /**< Shares or contracts, with decimals where the security has them. */
    double *turnover; /**< Currency units. */
};

/** Appends the bars; blank ones too unless `skip_blank`. FT_STATUS_NO_MEMORY: nothing was appended.
 * FT_STATUS_INVALID: a NULL. */
FT_API enum ft_status ft_columns_append(struct ft_columns *c, const struct ft_kline *bars,
                                        size_t count, bool skip_blank);
/** Keeps the memory, drops the bars. */
FT_API void ft_columns_clear(struct ft_columns *c);
/** Gives the memory back; they are zeroes then, and may be used again. */
FT_API void ft_columns_free(struct ft_columns *c);

FT_END_DECLS

#endif
