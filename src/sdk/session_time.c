/* What time does to a session: deadlines of calls, keep-alive, silence (spec platform.md 4.6). */
#include "sdk/session_impl.h"

#include "KeepAlive.pb-c.h"

#define SECOND_NS UINT64_C(1000000000)

/* Four fifths of the interval that the gateway named, as the official clients do. */
static uint64_t keep_alive_period(const struct ft_session *s)
{
    return (uint64_t)s->info.keep_alive_interval_s * SECOND_NS / 5 * 4;
}

static uint64_t silence_deadline(const struct ft_session *s)
{
    uint64_t limit = s->options.silence_timeout_ns;
    uint64_t healthy = keep_alive_period(s) + s->options.call_timeout_ns;
    return s->heard_ns + (limit > healthy ? limit : healthy);
}

static int send_keep_alive(struct ft_session *s)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    c2s.time = ((int64_t)s->now_ns + s->options.utc_offset_ns) / (int64_t)SECOND_NS;
    KeepAlive__Request request = KEEP_ALIVE__REQUEST__INIT;
    request.c2s = &c2s;
    struct ft_call *call;
    if (ft_session_send(s, ft_protocol_find(FT_PROTO_KeepAlive), &request.base, &call, true, NULL))
        return 0; /* output is full: the peer does not read, and silence will end it */
    s->keep_alive_waits = true;
    s->stats.keep_alives++;
    return 1;
}

static int keep_alive(struct ft_session *s)
{
    if (s->state != FT_SESSION_READY)
        return 0;
    bool due = s->keep_alive_ns && s->now_ns >= s->keep_alive_ns;
    if (due || !s->keep_alive_ns)
        s->keep_alive_ns = s->now_ns + keep_alive_period(s);
    return due && !s->keep_alive_waits ? send_keep_alive(s) : 0;
}

int ft_session_tick(struct ft_session *s, uint64_t now_ns, struct ft_err *err)
{
    if (ft_session_enter(s, err))
        return -1;
    if (now_ns > s->now_ns)
        s->now_ns = now_ns;
    if (s->heard || !s->ticked)
        s->heard_ns = s->now_ns;
    s->heard = false;
    s->ticked = true;
    int done = 0;
    struct ft_call call;
    while (s->state != FT_SESSION_CLOSED &&
           ft_calls_take_due(&s->calls, s->now_ns, s->options.call_timeout_ns, &call)) {
        s->stats.timeouts += !call.internal;
        ft_session_fail_call(s, &call, FT_CALL_TIMEOUT, "no reply in time");
        done++;
    }
    if (s->state == FT_SESSION_READY && s->now_ns >= silence_deadline(s)) {
        ft_err_set(&s->error, FT_EIO, "the gateway is silent: no frame for %llu s",
                   (unsigned long long)((s->now_ns - s->heard_ns) / SECOND_NS));
        ft_session_end(s);
    }
    done += keep_alive(s);
    return ft_session_leave(s, done, err);
}

uint64_t ft_session_wake_ns(const struct ft_session *s)
{
    if (s->state == FT_SESSION_CLOSED || s->state == FT_SESSION_NEW)
        return UINT64_MAX;
    if (!s->ticked || (s->state == FT_SESSION_READY && !s->keep_alive_ns))
        return 0;
    uint64_t wake = ft_calls_next_deadline(&s->calls);
    if (s->state == FT_SESSION_READY) {
        uint64_t silence = silence_deadline(s);
        if (s->keep_alive_ns < wake)
            wake = s->keep_alive_ns;
        if (silence < wake)
            wake = silence;
    }
    return wake;
}
