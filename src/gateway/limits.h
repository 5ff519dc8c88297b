/* Rate limits of the protocol table: how many requests are accepted in any 30 seconds, and how far
 * apart (platform.md 12.5, trade.md 1).
 *
 * A sliding window of accepted requests: request n + 1 comes 30 s or more after the first of the n
 * before it. Refused requests do not count. Time is real (monotonic) and handed in; the world's
 * speed does not matter. */
#ifndef FT_GATEWAY_LIMITS_H
#define FT_GATEWAY_LIMITS_H

#include "wire/protocol.h"

#include <stdbool.h>

struct ft_limits;

enum { FT_LIMIT_WINDOW_S = 30 };

/* NULL without memory. */
struct ft_limits *ft_limits_new(void);
void ft_limits_free(struct ft_limits *l);

/* What a request is counted by. False: no limit applies to it. *key gets the account ID of its
 * header, or 1 for what is counted by user or gateway (each login has limits of its own); 0: its account is
 * 0, which is none. */
bool ft_limits_key(const struct ft_protocol *p, const ProtobufCMessage *request, uint64_t *key);

enum ft_limit_verdict {
    FT_LIMIT_OK,
    FT_LIMIT_COUNT, /* too many in 30 seconds */
    FT_LIMIT_GAP,   /* too soon after the last one */
};
/* Whether one more request is accepted now; changes nothing. now_ns never runs backwards. */
enum ft_limit_verdict ft_limits_check(const struct ft_limits *l, const struct ft_protocol *p,
                                      uint64_t key, uint64_t now_ns);
/* One was accepted. The caller sees to it that only keys that exist get here: each has memory. -1
 * without memory (it is not counted then). */
int ft_limits_count(struct ft_limits *l, const struct ft_protocol *p, uint64_t key, uint64_t now_ns);

#endif
