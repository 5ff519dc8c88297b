/* Rate limits of the protocol table: how many requests are accepted in any 30 seconds, and how far
 * apart (platform.md 12.5, trade.md 1); and what one request may ask for (request_maxima.def).
 *
 * A sliding window of accepted requests: request n + 1 comes a window or more after the first of the n
 * before it. Refused requests do not count. Time is real (monotonic) and handed in; the world's speed
 * does not matter.
 *
 * The protocol table stays as it is; a login's limits are made from it and from -limit_overrides: */
#ifndef FT_GATEWAY_LIMITS_H
#define FT_GATEWAY_LIMITS_H

#include "base/err.h"
#include "wire/protocol.h"

#include <stdbool.h>

struct ft_limits;

enum { FT_LIMIT_WINDOW_S = 30 };

struct ft_limit {
    unsigned count;    /* accepted requests in any window; 0: no bound */
    unsigned window_s;
    unsigned gap_ms;   /* between two accepted ones; 0: none */
};

/* What one request may ask for. */
enum ft_maximum {
#define MAXIMUM(name, protocol, word, value, most) FT_MAX_##name,
#include "gateway/request_maxima.def"
#undef MAXIMUM
    FT_MAXIMA,
};

/* `overrides`: items separated by commas. KEY:COUNT/SECONDS or KEY:COUNT (in 30 s) is a rate, 0 none;
 * KEY.gap:MILLISECONDS the least distance; KEY.WORD:NUMBER one of request_maxima.def. KEY is a
 * protocol's ID or name: "3203:120/30,2202.gap:0,Qot_GetMarketState.codes:50". NULL with a reason. */
struct ft_limits *ft_limits_new(const char *overrides, struct ft_err *err);
void ft_limits_free(struct ft_limits *l);

/* What holds for the protocol: of the row that it is counted with. */
const struct ft_limit *ft_limits_of(const struct ft_limits *l, const struct ft_protocol *p);
unsigned ft_limits_max(const struct ft_limits *l, enum ft_maximum m);
/* The interface's name in a language, for messages. */
const char *ft_limits_title(const struct ft_protocol *p, bool chs);

/* What a request is counted by. False: no limit applies to it. *key gets the account ID of its
 * header, or 1 for what is counted by user or gateway (a login has limits of its own); 0: its account
 * is 0, which is none. */
bool ft_limits_key(const struct ft_limits *l, const struct ft_protocol *p,
                   const ProtobufCMessage *request, uint64_t *key);

enum ft_limit_verdict {
    FT_LIMIT_OK,
    FT_LIMIT_COUNT, /* too many in a window */
    FT_LIMIT_GAP,   /* too soon after the last one */
};
/* Whether one more request is accepted now; changes nothing. now_ns never runs backwards. */
enum ft_limit_verdict ft_limits_check(const struct ft_limits *l, const struct ft_protocol *p,
                                      uint64_t key, uint64_t now_ns);
/* One was accepted. The caller sees to it that only keys that exist get here: each has memory. -1
 * without memory (it is not counted then). */
int ft_limits_count(struct ft_limits *l, const struct ft_protocol *p, uint64_t key, uint64_t now_ns);

#endif
