/* Bars as candles of characters. */
#ifndef FT_CLI_CHART_H
#define FT_CLI_CHART_H

#include <ftapi/qot_common.h>

#include <stdbool.h>
#include <stdio.h>

/* Room for prices at the right, and how many bars fit beside it. */
enum { CLI_CHART_PRICES = 12, CLI_CHART_BARS_MIN = 8, CLI_CHART_BARS_MAX = 512 };
int cli_chart_bars(int columns);

/* The last bars that fit into so many columns and rows (at least 4), newest at the right; one column a bar, each
 * row told in halves. Blank bars are left out. Nothing to draw: a line that says so. */
void cli_chart(FILE *out, const struct ft_kline *bars, size_t count, int columns, int rows,
               bool colour);

#endif
