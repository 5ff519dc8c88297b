/* Time zones from the system's tz database (TZif files), read once, then pure.
 *
 * Unlike localtime it needs no process-wide state. Times after the file's last transition follow
 * its POSIX footer. */
#ifndef FT_BASE_TZ_H
#define FT_BASE_TZ_H

#include "base/date.h"
#include "base/err.h"

#include <stdint.h>

struct ft_tz;

/* `name`: for instance "Asia/Hong_Kong". NULL with a reason when it cannot be read. */
struct ft_tz *ft_tz_load(const char *name, struct ft_err *err);
/* From the bytes of a TZif file (tests, embedding). */
struct ft_tz *ft_tz_parse(const void *tzif, size_t len, struct ft_err *err);
void ft_tz_free(struct ft_tz *tz);

/* Seconds east of UTC of a fixed zone by its name: "UTC", "UTC+8", "UTC-5", "UTC+5:30", at most 14 hours.
 * -1: another name (`seconds` is untouched then). */
int ft_utc_offset_parse(const char *name, int32_t *seconds);

/* Seconds east of UTC at a UTC second. */
int32_t ft_tz_offset(const struct ft_tz *tz, int64_t utc_s);
/* UTC second of a local day and second of the day (which may be negative or above 86400). In a gap
 * the time after it, in an overlap the first one. */
int64_t ft_tz_to_utc(const struct ft_tz *tz, ft_day day, int32_t second);
/* Local day and second of the day of a UTC second. */
void ft_tz_to_local(const struct ft_tz *tz, int64_t utc_s, ft_day *day, int32_t *second);

#endif
