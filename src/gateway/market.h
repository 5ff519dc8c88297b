/* The world inside the gateway: which universe, which clock, when it steps.
 *
 * World time runs with the monotonic clock times sim_speed from the moment of the start, so that a
 * clock set back never moves it. World and broker are stepped when something is due and before a request
 * that looks at it; what changed is published once a turn. */
#ifndef FT_GATEWAY_MARKET_H
#define FT_GATEWAY_MARKET_H

#include "sim/world.h"

struct ft_gateway;
struct ft_sheet;

struct ft_market_clock {
    int64_t world_start_ns; /* UTC world time at the start */
    uint64_t mono_start_ns; /* monotonic time at the start */
    int64_t speed;
    int64_t jump_to_ns; /* 0: none is under way */
};

/* Loads data, keeps or reads the first live day in data_dir, makes the world. */
int ft_market_start(struct ft_gateway *gw, struct ft_err *err);
/* Begins to work ahead for screens, when there are very many stocks. */
void ft_market_warm(struct ft_gateway *gw);
/* The table for screens, made when first needed; NULL without memory. */
struct ft_sheet *ft_market_sheet(struct ft_gateway *gw);
/* A user's file as text, to be freed; NULL with a reason. */
char *ft_market_read_file(const char *path, size_t *len, struct ft_err *err);
void ft_market_free(struct ft_gateway *gw);
/* World time now, UTC nanoseconds. */
int64_t ft_market_now(const struct ft_gateway *gw);
/* The monotonic moment at which the world's clock showed this time; of one before the clock was last set,
 * that moment. */
uint64_t ft_market_mono_of(const struct ft_gateway *gw, int64_t world_ns);
/* How many times faster than real time the world runs from now on; 1 or more. */
void ft_market_set_speed(struct ft_gateway *gw, int64_t speed);
/* Sets the world's clock ahead to world_ns, which is later than now. Everything in between happens, in
 * pieces that nobody feels, with its pushes; ft_market_is_jumping until it has. */
void ft_market_jump(struct ft_gateway *gw, int64_t world_ns);
bool ft_market_is_jumping(const struct ft_gateway *gw);
/* Brings the world and the broker to now. */
void ft_market_sync(struct ft_gateway *gw);
/* Publishes what changed and arms the timer for what is due next; once a turn. */
void ft_market_turn(struct ft_gateway *gw);

#endif
