#include "ftapi/convert.h"

#include "base/fixed.h"
#include "base/tz.h"
#include "ftapi/qot_common.h"
#include "wire/cipher.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Securities (platform.md 8.8, 10) ------------------------------------------------------------ */

static const struct market {
    int32_t market;
    const char *prefix, *zone;
} markets[] = {
    {FT_QOT_MARKET_HK_SECURITY, "HK", "Asia/Hong_Kong"},
    {FT_QOT_MARKET_HK_FUTURE, "HK_FUTURE", "Asia/Hong_Kong"},
    {FT_QOT_MARKET_US_SECURITY, "US", "America/New_York"},
    {FT_QOT_MARKET_CNSH_SECURITY, "SH", "Asia/Shanghai"},
    {FT_QOT_MARKET_CNSZ_SECURITY, "SZ", "Asia/Shanghai"},
    {FT_QOT_MARKET_SG_SECURITY, "SG", "Asia/Singapore"},
    {FT_QOT_MARKET_JP_SECURITY, "JP", "Asia/Tokyo"},
    {FT_QOT_MARKET_AU_SECURITY, "AU", "Australia/Sydney"},
    {FT_QOT_MARKET_MY_SECURITY, "MY", "Asia/Kuala_Lumpur"},
    {FT_QOT_MARKET_CA_SECURITY, "CA", "America/Toronto"},
    {FT_QOT_MARKET_FX_SECURITY, "FX", "Asia/Shanghai"},
    {FT_QOT_MARKET_CC_SECURITY, "CC", "America/New_York"},
    {FT_QOT_MARKET_EVENT_CONTRACT, "EC", "America/New_York"},
};

static const struct market *market_of(int32_t market)
{
    for (size_t k = 0; k < sizeof markets / sizeof markets[0]; k++)
        if (markets[k].market == market)
            return &markets[k];
    return NULL;
}

enum ft_status ft_security_parse(const char *text, struct ft_security *out)
{
    const char *dot = text ? strchr(text, '.') : NULL;
    if (!dot || !dot[1] || !out)
        return FT_STATUS_INVALID;
    size_t n = (size_t)(dot - text);
    for (size_t k = 0; k < sizeof markets / sizeof markets[0]; k++)
        if (strlen(markets[k].prefix) == n && memcmp(markets[k].prefix, text, n) == 0) {
            *out = (struct ft_security){markets[k].market, dot + 1};
            return FT_STATUS_OK;
        }
    return FT_STATUS_INVALID;
}

size_t ft_security_print(const struct ft_security *s, char *out, size_t size)
{
    const char *prefix = s ? ft_market_prefix(s->market) : NULL;
    if (!prefix || !s->code || (size && !out))
        return 0;
    int n = snprintf(out, size, "%s.%s", prefix, s->code);
    return n > 0 ? (size_t)n : 0;
}

const char *ft_market_prefix(int32_t market)
{
    const struct market *m = market_of(market);
    return m ? m->prefix : NULL;
}

/* ---- Decimals -------------------------------------------------------------------------------- */

enum { DECIMALS_MAX = 18 };

static bool decimals_ok(int decimals)
{
    return decimals >= 0 && decimals <= DECIMALS_MAX;
}

static enum ft_status status_of(const struct ft_err *err)
{
    return err->code == FT_ELIMIT ? FT_STATUS_LIMIT : FT_STATUS_INVALID;
}

enum ft_status ft_decimal_from_double(double v, int decimals, struct ft_decimal *out)
{
    struct ft_err err = {0};
    int64_t units;
    if (!out || !decimals_ok(decimals) || !isfinite(v))
        return FT_STATUS_INVALID;
    if (ft_fixed_from_double(v, decimals, "value", &units, &err))
        return FT_STATUS_LIMIT;
    *out = (struct ft_decimal){units, decimals};
    return FT_STATUS_OK;
}

static int64_t power_of_ten(int n)
{
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

double ft_decimal_to_double(struct ft_decimal d)
{
    return decimals_ok(d.decimals) ? (double)d.units / (double)power_of_ten(d.decimals) : NAN;
}

enum ft_status ft_decimal_parse(const char *text, int decimals, struct ft_decimal *out)
{
    struct ft_err err = {0};
    int64_t units;
    if (!text || !out || !decimals_ok(decimals))
        return FT_STATUS_INVALID;
    if (ft_fixed_parse(text, strlen(text), decimals, "value", &units, &err))
        return status_of(&err);
    *out = (struct ft_decimal){units, decimals};
    return FT_STATUS_OK;
}

size_t ft_decimal_print(struct ft_decimal d, char out[FT_DECIMAL_TEXT_MAX])
{
    out[0] = '\0';
    return decimals_ok(d.decimals) ? ft_fixed_print(d.units, d.decimals, d.decimals, out) : 0;
}

enum ft_status ft_decimal_rescale(struct ft_decimal d, int decimals, struct ft_decimal *out)
{
    int64_t units;
    if (!out || !decimals_ok(d.decimals) || !decimals_ok(decimals))
        return FT_STATUS_INVALID;
    int up = decimals - d.decimals;
    if (ft_muldiv(d.units, power_of_ten(up > 0 ? up : 0), power_of_ten(up < 0 ? -up : 0),
                  FT_ROUND_HALF_UP, &units))
        return FT_STATUS_LIMIT;
    *out = (struct ft_decimal){units, decimals};
    return FT_STATUS_OK;
}

int ft_decimal_compare(struct ft_decimal a, struct ft_decimal b)
{
    ft_i128 x = (ft_i128)a.units * power_of_ten(decimals_ok(b.decimals) ? b.decimals : 0);
    ft_i128 y = (ft_i128)b.units * power_of_ten(decimals_ok(a.decimals) ? a.decimals : 0);
    return (x > y) - (x < y);
}

/* ---- Passwords ------------------------------------------------------------------------------- */

enum ft_status ft_md5_text(const char *text, char out[33])
{
    if (!text || !out)
        return FT_STATUS_INVALID;
    return ft_md5_hex(text, out) ? FT_STATUS_IO : FT_STATUS_OK;
}

/* ---- Times ----------------------------------------------------------------------------------- */

struct ft_zone {
    struct ft_tz *tz; /* NULL: a fixed offset */
    int32_t offset_s;
};

enum ft_status ft_zone_open(const char *name, struct ft_zone **out)
{
    if (!name || !out)
        return FT_STATUS_INVALID;
    struct ft_zone zone = {NULL, 0};
    struct ft_err err = {0};
    if (ft_utc_offset_parse(name, &zone.offset_s) && !(zone.tz = ft_tz_load(name, &err)))
        return err.code == FT_ENOMEM ? FT_STATUS_NO_MEMORY : FT_STATUS_NOT_FOUND;
    struct ft_zone *made = malloc(sizeof *made);
    if (!made) {
        ft_tz_free(zone.tz);
        return FT_STATUS_NO_MEMORY;
    }
    *made = zone;
    *out = made;
    return FT_STATUS_OK;
}

enum ft_status ft_zone_of_market(int32_t market, struct ft_zone **out)
{
    const struct market *m = market_of(market);
    return m ? ft_zone_open(m->zone, out) : FT_STATUS_NOT_FOUND;
}

void ft_zone_free(struct ft_zone *zone)
{
    if (zone)
        ft_tz_free(zone->tz);
    free(zone);
}

enum ft_status ft_zone_parse(const struct ft_zone *zone, const char *text, int64_t *utc_ns)
{
    ft_day day;
    int64_t ns;
    int has_time;
    struct ft_err err = {0};
    if (!zone || !text || !utc_ns || ft_datetime_parse(text, "time", &day, &ns, &has_time, &err))
        return FT_STATUS_INVALID;
    int32_t second = (int32_t)(ns / FT_NS_PER_SEC);
    int64_t utc_s = zone->tz ? ft_tz_to_utc(zone->tz, day, second)
                             : (int64_t)day * FT_SEC_PER_DAY + second - zone->offset_s;
    if (__builtin_mul_overflow(utc_s, FT_NS_PER_SEC, utc_ns))
        return FT_STATUS_LIMIT;
    *utc_ns += ns % FT_NS_PER_SEC;
    return FT_STATUS_OK;
}

size_t ft_zone_print(const struct ft_zone *zone, int64_t utc_ns, bool milliseconds,
                     char out[FT_TIME_TEXT_MAX])
{
    out[0] = '\0';
    if (!zone)
        return 0;
    int64_t utc_s = utc_ns / FT_NS_PER_SEC - (utc_ns % FT_NS_PER_SEC < 0);
    unsigned ms = (unsigned)((utc_ns - utc_s * FT_NS_PER_SEC) / 1000000);
    int64_t local = utc_s + (zone->tz ? ft_tz_offset(zone->tz, utc_s) : zone->offset_s);
    int64_t day = local / FT_SEC_PER_DAY - (local % FT_SEC_PER_DAY < 0);
    unsigned s = (unsigned)(local - day * FT_SEC_PER_DAY);
    ft_day_print((ft_day)day, out);
    out[10] = ' ';
    ft_digits(out + 11, s / 3600, 2);
    ft_digits(out + 14, s / 60 % 60, 2);
    ft_digits(out + 17, s % 60, 2);
    out[13] = out[16] = ':';
    out[19] = '\0';
    if (!milliseconds)
        return 19;
    out[19] = '.';
    ft_digits(out + 20, ms, 3);
    out[23] = '\0';
    return 23;
}
