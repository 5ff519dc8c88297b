#include "cli/chart.h"

#include "cli/table.h"
#include "cli/term.h"

#include <math.h>
#include <string.h>

int cli_chart_bars(int columns)
{
    int bars = columns - CLI_CHART_PRICES;
    return bars < CLI_CHART_BARS_MIN   ? CLI_CHART_BARS_MIN
           : bars > CLI_CHART_BARS_MAX ? CLI_CHART_BARS_MAX
                                       : bars;
}

/* Where a price lies, in half rows from the top. */
static int half_of(double price, double low, double high, int halves)
{
    if (high <= low)
        return halves / 2;
    int at = (int)lround((high - price) / (high - low) * (halves - 1));
    return at < 0 ? 0 : at >= halves ? halves - 1 : at;
}

/* What of a bar lies in one half of a row: 0 nothing, 1 its shadow, 2 its body. */
static int part_of(const struct ft_kline *b, int half, double low, double high, int halves)
{
    double top = b->open_price > b->close_price ? b->open_price : b->close_price;
    double bottom = b->open_price > b->close_price ? b->close_price : b->open_price;
    if (half >= half_of(top, low, high, halves) && half <= half_of(bottom, low, high, halves))
        return 2;
    return half >= half_of(b->high_price, low, high, halves) &&
           half <= half_of(b->low_price, low, high, halves);
}

static const char *glyph(int upper, int lower)
{
    static const char *const glyphs[3][3] = {
        /* lower:   none shadow body */
        {" ", "\xe2\x95\xb7", "\xe2\x96\x84"},            /* upper none:   space, ╷, ▄ */
        {"\xe2\x95\xb5", "\xe2\x94\x82", "\xe2\x95\xbd"}, /* upper shadow: ╵, │, ╽ */
        {"\xe2\x96\x80", "\xe2\x95\xbf", "\xe2\x96\x88"}, /* upper body:   ▀, ╿, █ */
    };
    return glyphs[upper][lower];
}

static bool drawable(const struct ft_kline *b)
{
    return !b->is_blank && b->has_open_price && b->has_close_price && b->has_high_price &&
           b->has_low_price && isfinite(b->open_price) && isfinite(b->close_price) &&
           isfinite(b->high_price) && isfinite(b->low_price);
}

/* The last drawable bars, at most `most`, the newest last; how many. */
static size_t choose(const struct ft_kline *bars, size_t count, const struct ft_kline **shown,
                     size_t most)
{
    size_t n = 0;
    for (size_t k = count; k-- > 0 && n < most;)
        if (drawable(&bars[k]))
            shown[most - ++n] = &bars[k];
    memmove(shown, shown + most - n, n * sizeof shown[0]);
    return n;
}

static void draw_half_rows(FILE *out, const struct ft_kline *const *shown, size_t n, int half,
                           double low, double high, int halves, bool colour)
{
    for (size_t k = 0; k < n; k++) {
        int upper = part_of(shown[k], half, low, high, halves);
        int lower = part_of(shown[k], half + 1, low, high, halves);
        bool up = shown[k]->close_price >= shown[k]->open_price;
        cli_colour(out, colour && (upper || lower), up ? CLI_GREEN : CLI_RED);
        fputs(glyph(upper, lower), out);
        cli_colour(out, colour && (upper || lower), CLI_PLAIN);
    }
}

/* Labels of the first bar and the last; of days without their time, on two lines where one is too narrow. */
static void print_range(FILE *out, const char *first, const char *last, int columns)
{
    static const char midnight[] = " 00:00:00";
    size_t n = strlen(first), m = strlen(last), cut = sizeof midnight - 1;
    bool days = n > cut && m > cut && strcmp(first + n - cut, midnight) == 0 &&
                strcmp(last + m - cut, midnight) == 0;
    n -= days ? cut : 0;
    m -= days ? cut : 0;
    bool fits = n + m + 6 <= (size_t)columns;
    fprintf(out, "%.*s%sto  %.*s\n", (int)n, first, fits ? "  " : "\n", (int)m, last);
}

void cli_chart(FILE *out, const struct ft_kline *bars, size_t count, int columns, int rows,
               bool colour)
{
    const struct ft_kline *shown[CLI_CHART_BARS_MAX];
    size_t n = choose(bars, count, shown, (size_t)cli_chart_bars(columns));
    if (!n) {
        fputs("no bars\n", out);
        return;
    }
    double low = shown[0]->low_price, high = shown[0]->high_price;
    for (size_t k = 1; k < n; k++) {
        low = fmin(low, shown[k]->low_price);
        high = fmax(high, shown[k]->high_price);
    }
    int halves = 2 * (rows < 4 ? 4 : rows);
    for (int half = 0; half < halves; half += 2) {
        draw_half_rows(out, shown, n, half, low, high, halves, colour);
        if (half % 8 == 0) { /* a price each fourth row */
            char price[CLI_NUMBER_MAX];
            cli_number_text(high - (high - low) * half / (halves - 1), 3, price);
            fprintf(out, " %s", price);
        }
        putc('\n', out);
    }
    print_range(out, shown[0]->time, shown[n - 1]->time, columns);
}
