/** @file
 * What programs of this field write by hand otherwise: security codes, fixed-point decimals, times of
 * exchanges. No function here knows a client; all but the zones are safe from any thread. */
#ifndef FTAPI_CONVERT_H
#define FTAPI_CONVERT_H

#include <ftapi/typed.h>

FT_BEGIN_DECLS

/* ---- Securities ------------------------------------------------------------------------------ */

/** Reads "HK.00700" or "US..DJI": the market's prefix up to the first dot, then the code. The code points
 * into `text`, which must live as long as *out is used. Prefixes: HK, US, SH, SZ, HK_FUTURE, SG, JP, AU, MY,
 * CA, FX, CC, EC.
 * FT_STATUS_INVALID: a NULL, no dot, no code, or an unknown prefix; *out is left alone then. */
FT_API enum ft_status ft_security_parse(const char *text, struct ft_security *out);
/** Writes "HK.00700" and NUL into at most `size` bytes. Returns the length that the whole text has, which is
 * `size` or more when it was cut off; 0: the market has no prefix, or the code is NULL. */
FT_API size_t ft_security_print(const struct ft_security *s, char *out, size_t size);
/** "HK" for 1 and so on; NULL: not a market. Static. The other way: ft_security_parse. */
FT_API const char *ft_market_prefix(int32_t market);

/* ---- Decimals -------------------------------------------------------------------------------- */

/** A decimal number without rounding: `units` of 10^-`decimals`; 67.25 is {6725, 2} and {67250, 3}. */
struct ft_decimal {
    int64_t units; /**< How many 10^-decimals it is. */
    int decimals;  /**< 0 to 18. */
};

/** v rounded to so many decimals, halves away from zero; the product v * 10^decimals is the nearest double, so
 * that 1.0000005 with 6 counts as a half. FT_STATUS_INVALID: NaN, an infinity, decimals out of range; FT_STATUS_LIMIT: out of range. */
FT_API enum ft_status ft_decimal_from_double(double v, int decimals, struct ft_decimal *out);
/** The nearest double. */
FT_API double ft_decimal_to_double(struct ft_decimal d);
/** Reads [+-]digits[.digits] whole, with so many decimals; further digits must be zeros.
 * FT_STATUS_INVALID: another form; FT_STATUS_LIMIT: out of range. */
FT_API enum ft_status ft_decimal_parse(const char *text, int decimals, struct ft_decimal *out);
enum { FT_DECIMAL_TEXT_MAX = 24 };
/** Writes it with exactly its decimals: "67.25". Returns the length. */
FT_API size_t ft_decimal_print(struct ft_decimal d, char out[FT_DECIMAL_TEXT_MAX]);
/** The same number with other decimals, rounded halves away from zero. FT_STATUS_LIMIT: out of range. */
FT_API enum ft_status ft_decimal_rescale(struct ft_decimal d, int decimals, struct ft_decimal *out);
/** -1, 0 or 1; exact whatever the decimals. */
FT_API int ft_decimal_compare(struct ft_decimal a, struct ft_decimal b);

/* ---- Passwords ------------------------------------------------------------------------------- */

/** MD5 of a text as 32 lowercase hex digits and NUL, as Trd_UnlockTrade wants the trading password.
 * FT_STATUS_IO: this system has no MD5. */
FT_API enum ft_status ft_md5_text(const char *text, char out[33]);

/* ---- Times ----------------------------------------------------------------------------------- */

/** A time zone, read from the system's tz database. Constant once made, and then safe from any thread. */
struct ft_zone;

/** A zone by its name: "Asia/Hong_Kong", or "UTC", "UTC+8", "UTC-5:30" as the gateway's key
 * future_trade_api_time_zone has it. FT_STATUS_NOT_FOUND: the system has none of this name. */
FT_API enum ft_status ft_zone_open(const char *name, struct ft_zone **out);
/** The zone in which the wire tells the times of a market (enum ft_qot_market): Hong Kong and A-shares Beijing
 * time, US Eastern time, others their own. FT_STATUS_NOT_FOUND: not a market. */
FT_API enum ft_status ft_zone_of_market(int32_t market, struct ft_zone **out);
/** Gives it back; NULL is allowed. */
FT_API void ft_zone_free(struct ft_zone *zone);

/** Reads "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss" or the same with ".SSS" as nanoseconds since 1970, UTC. A time
 * that a change of the clock skips is the time after it; one that comes twice is the first.
 * FT_STATUS_INVALID: another form. */
FT_API enum ft_status ft_zone_parse(const struct ft_zone *zone, const char *text, int64_t *utc_ns);
enum { FT_TIME_TEXT_MAX = 24 };
/** Writes "yyyy-MM-dd HH:mm:ss", and ".SSS" when `milliseconds` is true. Returns the length. */
FT_API size_t ft_zone_print(const struct ft_zone *zone, int64_t utc_ns, bool milliseconds,
                            char out[FT_TIME_TEXT_MAX]);

FT_END_DECLS

#endif
