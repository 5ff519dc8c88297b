/* set_clock: the simulated world's clock while it runs. */
#include "gateway/console/commands.h"

#include "gateway/market.h"

#include <string.h>

enum { SPEED_MAX = 100000, ADVANCE_MAX_DAYS = 31 };

static bool refused_mode(struct ft_console_call *call, const char *mode)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    const char *now = gw->config.sim_clock == FT_CLOCK_ALWAYS ? "always" : "exchange";
    if (strcmp(mode, now) == 0)
        return false;
    ft_console_say(call->session,
                   FT_CONSOLE_TEXT(call->session, "mode %.64s: the hours are %s since the start, and the days "
                                                  "so far follow them; -sim_clock chooses at a start",
                                   "mode %.64s：启动时为 %s，已发生的交易日依此而定；请用 -sim_clock 在启动时选择"),
                   mode, now);
    return true;
}

/* Where the clock is to be set, by -advance or -time; *to 0: nowhere. False: the reason was said. */
static bool read_target(struct ft_console_call *call, int64_t *to)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    const char *advance = ft_console_value(call, "advance"), *time = ft_console_value(call, "time");
    int64_t now = ft_market_now(gw);
    const int64_t most_s = (int64_t)ADVANCE_MAX_DAYS * FT_SEC_PER_DAY;
    struct ft_err err = {0};
    ft_day day;
    int64_t ns;
    int has_time;
    uint64_t seconds;
    *to = 0;
    if (advance && time) {
        ft_console_say(call->session, "%s",
                       FT_CONSOLE_TEXT(call->session, "-advance and -time: one of them", "-advance 与 -time 只能选一个"));
        return false;
    }
    if (advance) {
        if (!ft_command_number(call, "advance", advance, 1, (uint64_t)most_s, &seconds))
            return false;
        *to = now + (int64_t)seconds * FT_NS_PER_SEC;
        return true;
    }
    if (!time)
        return true;
    if (ft_datetime_parse(time, "time", &day, &ns, &has_time, &err)) {
        ft_console_say(call->session, "%s", err.text);
        return false;
    }
    int64_t at_s = (int64_t)day * FT_SEC_PER_DAY + ns / FT_NS_PER_SEC;
    if (at_s <= now / FT_NS_PER_SEC || at_s > now / FT_NS_PER_SEC + most_s) {
        char text[FT_REPORT_TIME_MAX];
        ft_report_time(now, text);
        ft_console_say(call->session,
                       FT_CONSOLE_TEXT(call->session, "time %.64s: the world's clock shows %s and can be set "
                                                      "ahead by at most %d days, never back",
                                       "time %.64s：当前为 %s，最多前进 %d 天，不可倒退"),
                       time, text, ADVANCE_MAX_DAYS);
        return false;
    }
    *to = at_s * FT_NS_PER_SEC + ns % FT_NS_PER_SEC;
    return true;
}

static void tell(struct ft_console_call *call, int64_t at)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    char text[FT_REPORT_TIME_MAX];
    ft_report_time(at, text);
    ft_console_say(call->session,
                   FT_CONSOLE_TEXT(call->session, "the world's clock: %s UTC, speed %lld, hours %s",
                                   "模拟时钟：%s UTC，速度 %lld，时段 %s"), text, (long long)gw->clock.speed,
                   gw->config.sim_clock == FT_CLOCK_ALWAYS ? "always" : "exchange");
}

void ft_command_set_clock(struct ft_console_call *call)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    struct ft_operator *o = call->session->user;
    const char *speed = ft_console_value(call, "speed"), *mode = ft_console_value(call, "mode");
    uint64_t times = 0;
    int64_t to;
    if ((mode && refused_mode(call, mode)) ||
        (speed && !ft_command_number(call, "speed", speed, 1, SPEED_MAX, &times)) ||
        !read_target(call, &to))
        return;
    if (to && ft_market_is_jumping(gw)) {
        ft_console_say(call->session, "%s",
                       FT_CONSOLE_TEXT(call->session, "the clock is being set ahead: wait for that",
                                       "时钟正在前进，请稍候"));
        return;
    }
    if (times)
        ft_market_set_speed(gw, (int64_t)times);
    if (to) {
        ft_market_jump(gw, to);
        o->wait = FT_WAIT_CLOCK;
        ft_console_defer(call->session);
    }
    tell(call, to ? to : ft_market_now(gw));
}
