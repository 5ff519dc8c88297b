/* What bench_push puts beside the gateway: a raw fan-out and redis-server, both sending frames that
 * a subscriber of the gateway received. */
#ifndef FT_BENCH_PUSH_PEERS_H
#define FT_BENCH_PUSH_PEERS_H

#include "bench.h"

/* Frames as recorded, one after the other. */
struct push_frames {
    uint8_t *bytes;
    size_t len, cap;
    size_t *at; /* where each begins, and the end */
    size_t count, at_cap;
};
void push_frames_add(struct push_frames *f, const uint8_t *frame, size_t len);

/* How a sender goes about: bursts of so many frames. */
struct push_pace {
    size_t burst;       /* frames sent together */
    uint64_t period_ns; /* between bursts; 0: as soon as the ones before are delivered */
};

/* Shared between the processes: how much has arrived, so that an unpaced sender keeps no more than
 * two bursts on their way. */
struct push_shared {
    uint64_t delivered; /* over all subscribers; atomic */
};
struct push_shared *push_shared_new(void);

/* Where a sender says in a frame when it sent it: CLOCK_MONOTONIC, in the reserved bytes of the
 * header, which the gateway leaves zero. */
enum { PUSH_STAMP_AT = 36 };

/* A fork that accepts `subscribers` connections, then sends bursts to all of them: one writev a
 * connection and burst. */
void push_raw_start(struct bench_child *child, int subscribers, const struct push_frames *frames,
                    struct push_pace pace, struct push_shared *shared);

/* redis-server on a free loopback port, nothing kept on disk. False: it is not installed. */
bool push_redis_start(struct bench_child *server);
/* A fork that publishes bursts on channel "c". */
void push_publisher_start(struct bench_child *child, uint16_t redis_port, int subscribers,
                          const struct push_frames *frames, struct push_pace pace,
                          struct push_shared *shared);

#endif
