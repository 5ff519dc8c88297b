/* Replay protection of write requests (trade.md 2.3): the serial numbers that a connection has used.
 *
 * The clients' serials rise with gaps, and several threads of a client may send theirs out of order.
 * So the newest serial and a window of those below it are remembered: a number inside the window
 * is taken once, one below the window is too old to be told from a replay. */
#ifndef FT_GATEWAY_REPLAY_H
#define FT_GATEWAY_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { FT_REPLAY_WINDOW = 1024 }; /* multiple of 64 */

/* Zeroed: nothing seen. */
struct ft_replay {
    bool any;
    uint32_t top; /* newest serial */
    uint64_t seen[FT_REPLAY_WINDOW / 64]; /* bit: serial modulo the window, for top - window + 1 to top */
};

enum ft_replay_verdict { FT_REPLAY_FRESH, FT_REPLAY_REPEATED, FT_REPLAY_OLD };
/* Takes the serial; a verdict other than fresh changes nothing. */
enum ft_replay_verdict ft_replay_take(struct ft_replay *r, uint32_t serial);

#endif
