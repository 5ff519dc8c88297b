/* What the tests of the world share: the shipped universe, a world at a moment, its instruments. */
#ifndef FT_TESTS_WORLD_FIXTURE_H
#define FT_TESTS_WORLD_FIXTURE_H

#include "base/date.h"
#include "market/embedded.h"
#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ft_universe *fixture_universe;

static const struct ft_universe *universe(void)
{
    struct ft_err err = {0};
    if (!fixture_universe)
        fixture_universe = ft_universe_load(ft_embedded_data, NULL, 20778, NULL, 0, &err);
    if (!fixture_universe)
        fail_msg("%s", err.text);
    return fixture_universe;
}

static inline ft_inst find(int market, const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(universe(), market, code);
    if (!inst)
        fail_msg("no instrument %d.%s", market, code);
    return inst->index;
}

/* A moment written as UTC "yyyy-MM-dd HH:mm:ss". */
static inline int64_t utc(const char *text)
{
    struct ft_err err = {0};
    ft_day day;
    int64_t ns;
    int has_time;
    if (ft_datetime_parse(text, "time", &day, &ns, &has_time, &err))
        fail_msg("%s", err.text);
    return (int64_t)day * FT_SEC_PER_DAY * FT_NS_PER_SEC + ns;
}

static inline struct ft_world *world_at(enum ft_clock_mode mode, const char *start, uint64_t seed)
{
    struct ft_err err = {0};
    struct ft_world_options o = {.seed = seed, .hours = {mode, 20777}, .start_ns = utc(start)};
    struct ft_world *w = ft_world_new(universe(), &o, &err);
    if (!w)
        fail_msg("%s", err.text);
    return w;
}

static inline void watch(struct ft_world *w, ft_inst i)
{
    struct ft_err err = {0};
    if (ft_world_watch(w, i, &err))
        fail_msg("%s", err.text);
}

#endif
