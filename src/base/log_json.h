/* A log line's `key=value ... "words"` as one JSON object. */
#ifndef FT_BASE_LOG_JSON_H
#define FT_BASE_LOG_JSON_H

#include <stddef.h>

/* {"time":...,"level":...,"event":"close","conn":"12",...} and a line end. Whole numbers that every reader
 * of JSON can hold are numbers, all other values strings. What is not of the form key=value, from the
 * first such place on, is the value of "message". A line that does not fit is cut in its last value.
 * Returns the length. `size` >= 256. */
size_t ft_log_json(const char *time, const char *level, const char *body, size_t len, char *out,
                   size_t size);

#endif
