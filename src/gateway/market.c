#include "gateway/market.h"

#include "base/log.h"
#include "gateway/gateway.h"
#include "gateway/quote_cache.h"
#include "gateway/reminders.h"
#include "gateway/subs.h"
#include "gateway/trade.h"
#include "market/embedded.h"
#include "sim/sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { USER_FILE_MAX = 256 << 20, TURN_MIN_MS = 1, TURN_MAX_MS = 1000 };

static int64_t world_time_at(const struct ft_gateway *gw, uint64_t mono_ns)
{
    const struct ft_market_clock *c = &gw->clock;
    return c->world_start_ns + (int64_t)(mono_ns - c->mono_start_ns) * c->speed;
}

int64_t ft_market_now(const struct ft_gateway *gw)
{
    return world_time_at(gw, uv_hrtime());
}

uint64_t ft_market_mono_of(const struct ft_gateway *gw, int64_t world_ns)
{
    const struct ft_market_clock *c = &gw->clock;
    int64_t since = world_ns - c->world_start_ns;
    return c->mono_start_ns + (since > 0 ? (uint64_t)(since / c->speed) : 0);
}

char *ft_market_read_file(const char *path, size_t *len, struct ft_err *err)
{
    FILE *f = fopen(path, "rbe");
    if (!f) {
        ft_err_set(err, FT_EIO, "%s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = NULL;
    if (fseek(f, 0, SEEK_END) == 0) {
        long size = ftell(f);
        rewind(f);
        if (size >= 0 && size <= USER_FILE_MAX && (text = malloc((size_t)size + 1)))
            *len = fread(text, 1, (size_t)size, f);
    }
    fclose(f);
    if (!text)
        ft_err_set(err, FT_EIO, "%s: cannot be read, or longer than %d bytes", path, USER_FILE_MAX);
    return text;
}

/* The day from which on the market has never closed, kept over restarts: history before it follows
 * the real calendar (issue B, "The clock"). */
static int first_live_day(struct ft_gateway *gw, ft_day today, ft_day *out, struct ft_err *err)
{
    char path[FT_PATH_MAX + 32], text[16] = "";
    snprintf(path, sizeof path, "%s/first_live_day", gw->config.data_dir);
    FILE *f = fopen(path, "re");
    if (f) {
        size_t n = fread(text, 1, 10, f);
        fclose(f);
        if (ft_day_parse(text, n, path, out, err))
            return -1;
        if (*out > today) /* the world was started at a later time before */
            *out = today;
        return 0;
    }
    *out = today;
    ft_day_print(today, text);
    f = fopen(path, "wxe");
    if (!f || fprintf(f, "%s\n", text) < 0 || fflush(f)) {
        if (f)
            fclose(f);
        return ft_err_set(err, FT_EIO, "%s: %s", path, strerror(errno));
    }
    fclose(f);
    return 0;
}

static int start_time(struct ft_gateway *gw, struct ft_err *err)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    gw->clock = (struct ft_market_clock){
        .world_start_ns = now.tv_sec * FT_NS_PER_SEC + now.tv_nsec,
        .mono_start_ns = uv_hrtime(),
        .speed = gw->config.sim_speed,
    };
    if (gw->config.sim_start[0]) {
        ft_day day;
        int64_t ns;
        int has_time;
        if (ft_datetime_parse(gw->config.sim_start, "sim_start", &day, &ns, &has_time, err))
            return -1;
        gw->clock.world_start_ns = (int64_t)day * FT_SEC_PER_DAY * FT_NS_PER_SEC + ns;
    }
    /* A world that ran faster than the clock goes on where it was: its orders have times. */
    int64_t reached_ns;
    if (ft_store_world_ns(gw->trade->store, &reached_ns, err))
        return -1;
    if (reached_ns > gw->clock.world_start_ns) {
        ft_info("event=world outcome=\"time goes on from the last run\" ahead_s=%lld",
                (long long)((reached_ns - gw->clock.world_start_ns) / FT_NS_PER_SEC));
        gw->clock.world_start_ns = reached_ns;
    }
    return 0;
}

int ft_market_start(struct ft_gateway *gw, struct ft_err *err)
{
    if (start_time(gw, err))
        return -1;
    int64_t now_s = gw->clock.world_start_ns / FT_NS_PER_SEC;
    ft_day today = (ft_day)(now_s / FT_SEC_PER_DAY);
    /* The local day of the westernmost market, so that the present day of every one is live. */
    ft_day west = (ft_day)((now_s - 5 * 3600) / FT_SEC_PER_DAY);
    char *extra = NULL;
    size_t extra_len = 0;
    if (gw->config.instruments[0] &&
        !(extra = ft_market_read_file(gw->config.instruments, &extra_len, err)))
        return ft_err_wrap(err, "instruments");
    gw->universe = ft_universe_load(ft_embedded_data, NULL, today, extra, extra_len, err);
    free(extra);
    if (!gw->universe)
        return -1;
    struct ft_world_options options = {
        .seed = (uint64_t)gw->config.sim_seed,
        .hours = {.mode = gw->config.sim_clock},
        .start_ns = gw->clock.world_start_ns,
    };
    if (first_live_day(gw, west, &options.hours.first_live_day, err))
        return -1;
    gw->world = ft_world_new(gw->universe, &options, err);
    return gw->world ? 0 : -1;
}

void ft_market_free(struct ft_gateway *gw)
{
    ft_quote_cache_free(gw->quote_cache);
    ft_sheet_free(gw->sheet);
    ft_world_free(gw->world);
    ft_universe_free(gw->universe);
}

void ft_market_sync(struct ft_gateway *gw)
{
    uint64_t now = uv_hrtime();
    ft_sim_advance(gw->trade->venue, gw->trade->brk, world_time_at(gw, now));
    ft_delay_stepped(&gw->delay, now, uv_hrtime());
}

/* The clock shows world_ns now, and runs on from there. */
static void set_clock(struct ft_gateway *gw, int64_t world_ns)
{
    gw->clock.world_start_ns = world_ns;
    gw->clock.mono_start_ns = uv_hrtime();
}

void ft_market_set_speed(struct ft_gateway *gw, int64_t speed)
{
    ft_market_sync(gw); /* what has happened did so at the speed that was */
    set_clock(gw, ft_market_now(gw));
    gw->clock.speed = speed;
}

/* So much of the world's time passes in one turn of the loop: few enough trades that every one is pushed. */
enum { JUMP_SECONDS = 10 };

static void on_jump(uv_timer_t *timer)
{
    struct ft_gateway *gw = timer->data;
    int64_t to = ft_market_now(gw) + JUMP_SECONDS * FT_NS_PER_SEC;
    if (to < gw->clock.jump_to_ns) {
        set_clock(gw, to);
        uv_timer_start(timer, on_jump, 0, 0);
    } else {
        if (gw->clock.jump_to_ns > ft_market_now(gw))
            set_clock(gw, gw->clock.jump_to_ns);
        gw->clock.jump_to_ns = 0;
    }
    ft_market_sync(gw);
}

void ft_market_jump(struct ft_gateway *gw, int64_t world_ns)
{
    gw->clock.jump_to_ns = world_ns;
    uv_timer_start(&gw->jump, on_jump, 0, 0);
}

bool ft_market_is_jumping(const struct ft_gateway *gw)
{
    return gw->clock.jump_to_ns != 0;
}

/* The sheet of very many stocks is made ready in pieces that nobody feels (about a millisecond),
 * at the start and when a day begins: the first screen would hold up everybody for seconds. Few
 * stocks are quick enough when they are asked for. */
enum { WARM_STOCKS_MIN = 2000, WARM_ROWS = 24, WARM_PERIOD_MS = 8, WARM_REST_MS = 5000 };

static void on_warm(uv_timer_t *timer)
{
    struct ft_gateway *gw = timer->data;
    if (!ft_market_sheet(gw))
        return;
    ft_market_sync(gw);
    uint64_t wait = ft_sheet_warm(gw->sheet, WARM_ROWS) ? WARM_PERIOD_MS : WARM_REST_MS;
    uv_timer_start(&gw->warm, on_warm, wait, 0);
}

struct ft_sheet *ft_market_sheet(struct ft_gateway *gw)
{
    if (!gw->sheet)
        gw->sheet = ft_sheet_new(gw->world);
    return gw->sheet;
}

void ft_market_warm(struct ft_gateway *gw)
{
    size_t stocks = 0, n = ft_universe_count(gw->universe);
    for (size_t k = 0; k < n && stocks < WARM_STOCKS_MIN; k++)
        stocks += ft_universe_at(gw->universe, (ft_inst)k)->type == FT_SEC_STOCK;
    if (stocks == WARM_STOCKS_MIN)
        uv_timer_start(&gw->warm, on_warm, WARM_PERIOD_MS, 0);
}

static void on_due(uv_timer_t *timer)
{
    ft_market_sync(timer->data);
}

void ft_market_turn(struct ft_gateway *gw)
{
    if (!gw->world || !gw->trade || !gw->trade->brk)
        return; /* the start failed before there was one */
    uint64_t began_ms = uv_now(gw->loop);
    ft_reminders_turn(gw);
    ft_subs_publish(gw);
    ft_delay_pushed_all(&gw->delay);
    int64_t next = ft_sim_next(gw->trade->venue, gw->trade->brk);
    if (next == INT64_MAX) {
        uv_timer_stop(&gw->due);
        return;
    }
    /* A turn that took long is followed by the next at once: the least distance is from begin to
     * begin. libuv's clock stands still during a turn and would add the wait to it. */
    uv_update_time(gw->loop);
    uint64_t now_ms = uv_now(gw->loop);
    int64_t wait_ms = (next - ft_market_now(gw)) / gw->clock.speed / 1000000;
    if (wait_ms > TURN_MAX_MS)
        wait_ms = TURN_MAX_MS;
    uint64_t at = now_ms + (wait_ms > 0 ? (uint64_t)wait_ms : 0);
    if (at < began_ms + TURN_MIN_MS)
        at = began_ms + TURN_MIN_MS;
    if (!uv_is_active((uv_handle_t *)&gw->due) || at < gw->due_at_ms) {
        gw->due_at_ms = at;
        uv_timer_start(&gw->due, on_due, at > now_ms ? at - now_ms : 0, 0);
    }
}
