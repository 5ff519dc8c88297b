/* The client's duty cycle, and the ways to drive it that wait. */
#include "sdk/client_impl.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static bool has_output(const struct ft_client *c)
{
    return c->session && ft_buf_len(ft_session_output(c->session)) > 0;
}

uint64_t ft_sdk_wake_ns(const struct ft_client *c)
{
    uint64_t wake = c->attempt_due ? c->retry_ns : UINT64_MAX;
    if (c->state == FT_CLIENT_CONNECTING && c->fd >= 0 && c->connect_deadline_ns < wake)
        wake = c->connect_deadline_ns;
    if (c->session) {
        uint64_t at = ft_session_wake_ns(c->session);
        if (at < wake)
            wake = at;
    }
    return wake;
}

/* What is due; the number of things done. */
static int timed_work(struct ft_client *c)
{
    uint64_t now = ft_sdk_now_ns();
    if (ft_sdk_wake_ns(c) > now)
        return 0;
    if (c->attempt_due && now >= c->retry_ns) {
        ft_sdk_begin_attempt(c);
        return 1;
    }
    int done = 0;
    if (c->state == FT_CLIENT_CONNECTING && c->fd >= 0 && now >= c->connect_deadline_ns) {
        ft_sdk_lost(c, FT_STATUS_TIMEOUT, "%s", c->session ? "no InitConnect reply in time"
                                                           : "cannot connect in time");
        c->next_address = c->addresses; /* the deadline is for all of them */
        return 1;
    }
    if (c->session && ft_session_wake_ns(c->session) <= now) {
        done = ft_session_tick(c->session, now, NULL);
        if (done < 0)
            done = 1;
    }
    return done;
}

/* Milliseconds until `at_ns`, rounded up, so that a wait never ends just before its deadline. */
static int wait_ms(uint64_t at_ns)
{
    if (at_ns == UINT64_MAX)
        return -1;
    uint64_t now = ft_sdk_now_ns();
    if (at_ns <= now)
        return 0;
    uint64_t ms = (at_ns - now) / FT_SDK_MS_NS + ((at_ns - now) % FT_SDK_MS_NS != 0);
    return ms > 60000 ? 60000 : (int)ms;
}

/* Waits and serves what came. */
static int io_work(struct ft_client *c, uint64_t until_ns)
{
    struct epoll_event events[2];
    int epoll_fd = c->epoll_fd, timeout = wait_ms(until_ns);
    c->thread.sleeps_until = until_ns;
    ft_sdk_unlock(c);
    int n = epoll_wait(epoll_fd, events, 2, timeout);
    ft_sdk_lock(c);
    c->thread.sleeps_until = 0;
    int done = 0;
    for (int i = 0; i < n; i++) {
        if (events[i].data.u32 == FT_SDK_WAKE) {
            uint64_t count;
            if (read(c->thread.wake_fd, &count, sizeof count) < 0)
                continue; /* somebody else's wake-up took it */
        } else if (c->fd < 0) {
            continue;
        } else if (c->tcp_pending) {
            ft_sdk_finish_tcp(c);
            done++;
        } else if (events[i].events & ~(uint32_t)EPOLLOUT) {
            done += ft_sdk_read(c);
        }
    }
    return done;
}

int ft_sdk_turn(struct ft_client *c, uint64_t until_ns)
{
    /* What has no time yet gets it before the wait, or the wait would not be bounded by it. */
    int done = timed_work(c);
    ft_sdk_settle(c);
    ft_sdk_flush(c);
    if (c->free_wanted || c->close_wanted || c->thread.stop)
        return done;
    uint64_t wake = ft_sdk_wake_ns(c);
    done += io_work(c, done ? 0 : wake < until_ns ? wake : until_ns);
    if (c->free_wanted || c->close_wanted)
        return done;
    done += timed_work(c);
    ft_sdk_settle(c);
    ft_sdk_flush(c); /* what callbacks and deadlines queued */
    return done;
}

int ft_sdk_guarded_turn(struct ft_client *c, uint64_t until_ns)
{
    c->inside = true;
    int done = ft_sdk_turn(c, until_ns);
    c->inside = false;
    if (c->close_wanted && !c->free_wanted)
        ft_sdk_close_now(c);
    return done;
}

bool ft_sdk_freed(struct ft_client *c)
{
    bool gone = c->free_wanted;
    bool on = c->thread.on; /* then that is what ends it */
    ft_sdk_unlock(c);
    if (gone && !on)
        ft_sdk_destroy(c);
    return gone;
}

/* ---- Driving -------------------------------------------------------------------------------- */

int ft_client_fd(const struct ft_client *c)
{
    return c ? c->epoll_fd : -1;
}

int ft_client_timeout_ms(const struct ft_client *c)
{
    if (!c)
        return -1;
    ft_sdk_lock(c);
    int ms = has_output(c) && !c->write_interest ? 0 : wait_ms(ft_sdk_wake_ns(c));
    ft_sdk_unlock(c);
    return ms;
}

/* OK when the caller may drive the client and wait. */
static enum ft_status may_wait(struct ft_client *c, const char *what)
{
    if (ft_sdk_in_callback(c))
        return ft_sdk_fail(c, FT_STATUS_STATE, "%s: not from a callback of the client", what);
    return FT_STATUS_OK;
}

enum ft_status ft_client_dispatch(struct ft_client *c, int timeout_ms, int *done)
{
    if (done)
        *done = 0;
    enum ft_status s = ft_sdk_enter(c);
    if (s || (s = may_wait(c, "dispatch")))
        return ft_sdk_leave(c, s);
    if (c->thread.on)
        return ft_sdk_leave(c, ft_sdk_fail(c, FT_STATUS_STATE, "the background thread dispatches"));
    if (c->state == FT_CLIENT_IDLE)
        return ft_sdk_leave(c, ft_sdk_fail(c, FT_STATUS_STATE, "the client is not connected"));
    uint64_t until = UINT64_MAX;
    if (timeout_ms >= 0)
        until = ft_sdk_now_ns() + (uint64_t)timeout_ms * FT_SDK_MS_NS;
    int n;
    do {
        n = ft_sdk_guarded_turn(c, until);
    } while (n == 0 && !c->free_wanted && c->state != FT_CLIENT_IDLE &&
             c->state != FT_CLIENT_CLOSED && (timeout_ms < 0 || ft_sdk_now_ns() < until));
    if (done)
        *done = n;
    s = c->state == FT_CLIENT_IDLE ? c->lost_status : FT_STATUS_OK;
    return ft_sdk_freed(c) ? FT_STATUS_STATE : s;
}

/* Makes the first attempt due. */
static enum ft_status begin(struct ft_client *c, bool one_attempt, uint32_t timeout_ms)
{
    if (c->state != FT_CLIENT_IDLE)
        return ft_sdk_fail(c, FT_STATUS_STATE, "the client is %s already",
                           ft_client_state_text(c->state));
    c->state = FT_CLIENT_CONNECTING;
    c->one_attempt = one_attempt;
    c->attempt_timeout_ms = timeout_ms;
    c->failures = c->backoff_step = 0;
    c->attempt_due = true;
    c->retry_ns = 0;
    ft_sdk_wake(c);
    return FT_STATUS_OK;
}

enum ft_status ft_client_start(struct ft_client *c)
{
    enum ft_status s = ft_sdk_enter(c);
    return ft_sdk_leave(c, s ? s : begin(c, false, c->options.connect_timeout_ms));
}

enum ft_status ft_client_connect(struct ft_client *c, uint32_t timeout_ms)
{
    enum ft_status s = ft_sdk_enter(c);
    if (s || (s = may_wait(c, "connect")))
        return ft_sdk_leave(c, s);
    uint32_t ms = timeout_ms ? timeout_ms : c->options.connect_timeout_ms;
    uint64_t until = ft_sdk_now_ns() + ms * FT_SDK_MS_NS;
    if (c->state == FT_CLIENT_IDLE) {
        if ((s = begin(c, true, ms)))
            return ft_sdk_leave(c, s);
    }
    /* One attempt of its own has that deadline, too, and ends in IDLE then. */
    while (c->state != FT_CLIENT_READY && c->state != FT_CLIENT_IDLE &&
           c->state != FT_CLIENT_CLOSED && !c->free_wanted &&
           (c->one_attempt || ft_sdk_now_ns() < until))
        ft_sdk_wait(c, c->one_attempt ? UINT64_MAX : until);
    if (c->state == FT_CLIENT_READY)
        s = FT_STATUS_OK;
    else if (c->state == FT_CLIENT_IDLE)
        s = c->lost_status;
    else if (c->state == FT_CLIENT_CLOSED || c->free_wanted)
        s = ft_sdk_fail(c, FT_STATUS_STATE, "closed in a callback");
    else
        s = ft_sdk_fail(c, FT_STATUS_TIMEOUT, "not ready in time");
    return ft_sdk_freed(c) ? FT_STATUS_STATE : s;
}
