/* The optional background thread, and the lock that only it needs.
 *
 * `thread.shared` is set before the first thread begins, by a call that no other may race with, and
 * never cleared: who reads it needs no lock, and a client without a thread pays for none. */
#include "sdk/client_impl.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

void ft_sdk_lock(const struct ft_client *c)
{
    if (c->thread.shared)
        pthread_mutex_lock((pthread_mutex_t *)&c->thread.lock);
}

void ft_sdk_unlock(const struct ft_client *c)
{
    if (c->thread.shared)
        pthread_mutex_unlock((pthread_mutex_t *)&c->thread.lock);
}

bool ft_sdk_on_thread(const struct ft_client *c)
{
    return c->thread.on && pthread_equal(c->thread.id, pthread_self());
}

void ft_sdk_wake(struct ft_client *c)
{
    uint64_t one = 1;
    if (c->thread.on && !ft_sdk_on_thread(c) &&
        write(c->thread.wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: it is awake anyway */
}

void ft_sdk_broadcast(struct ft_client *c)
{
    if (c->thread.shared)
        pthread_cond_broadcast(&c->thread.changed);
}

static void await_change(struct ft_client *c, uint64_t until_ns)
{
    if (until_ns == UINT64_MAX) {
        pthread_cond_wait(&c->thread.changed, &c->thread.lock);
        return;
    }
    struct timespec at = {.tv_sec = (time_t)(until_ns / FT_SDK_SECOND_NS),
                          .tv_nsec = (long)(until_ns % FT_SDK_SECOND_NS)};
    pthread_cond_clockwait(&c->thread.changed, &c->thread.lock, CLOCK_MONOTONIC, &at);
}

void ft_sdk_wait(struct ft_client *c, uint64_t until_ns)
{
    if (c->thread.on || c->inside) {
        await_change(c, until_ns);
        return;
    }
    ft_sdk_guarded_turn(c, until_ns);
    ft_sdk_broadcast(c); /* another one that waits may drive now */
}

static void *run(void *user)
{
    struct ft_client *c = user;
    ft_sdk_lock(c);
    while (!c->thread.stop && !c->free_wanted && c->state != FT_CLIENT_CLOSED)
        ft_sdk_guarded_turn(c, UINT64_MAX);
    bool gone = c->free_wanted;
    ft_sdk_unlock(c);
    if (gone) { /* freed in a callback: nobody will join */
        pthread_detach(pthread_self());
        ft_sdk_destroy(c);
    }
    return NULL;
}

/* Made on first use, then kept. */
static enum ft_status make_wake_fd(struct ft_client *c)
{
    if (c->thread.wake_fd >= 0)
        return FT_STATUS_OK;
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = FT_SDK_WAKE};
    c->thread.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->thread.wake_fd < 0 ||
        epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->thread.wake_fd, &e))
        return ft_sdk_fail(c, FT_STATUS_IO, "eventfd: %s", strerror(errno));
    return FT_STATUS_OK;
}

enum ft_status ft_client_start_thread(struct ft_client *c)
{
    enum ft_status s = ft_sdk_enter(c);
    if (s)
        return ft_sdk_leave(c, s);
    if (c->thread.on || c->inside)
        return ft_sdk_leave(c, ft_sdk_fail(c, FT_STATUS_STATE, "%s",
                                           c->thread.on ? "there is a thread already"
                                                        : "not from a callback of the client"));
    if ((s = make_wake_fd(c)))
        return ft_sdk_leave(c, s);
    if (!c->thread.shared) {
        c->thread.shared = true;
        ft_sdk_lock(c);
    }
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    /* It begins with the lock, so that `id` is there before it looks. */
    int error = pthread_create(&c->thread.id, NULL, run, c);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error)
        s = ft_sdk_fail(c, FT_STATUS_IO, "thread: %s", strerror(error));
    else
        c->thread.on = true;
    return ft_sdk_leave(c, s);
}

enum ft_status ft_client_stop_thread(struct ft_client *c)
{
    if (!c)
        return FT_STATUS_INVALID;
    ft_sdk_lock(c);
    if (!c->thread.on || c->thread.stop)
        return ft_sdk_leave(c, ft_sdk_fail(c, FT_STATUS_STATE, "there is no thread"));
    if (ft_sdk_on_thread(c))
        return ft_sdk_leave(c, ft_sdk_fail(c, FT_STATUS_STATE, "the thread cannot stop itself"));
    c->thread.stop = true;
    ft_sdk_wake(c);
    ft_sdk_unlock(c);
    pthread_join(c->thread.id, NULL);
    ft_sdk_lock(c);
    c->thread.on = c->thread.stop = false;
    ft_sdk_broadcast(c); /* who waits for a call drives it now */
    return ft_sdk_leave(c, FT_STATUS_OK);
}
