/* The client's life, its state, its errors: <ftapi/client.h>. Its socket is in client_link.c, its
 * duty cycle in client_turn.c, calls and pushes in client_calls.c and client_push.c. */
#include "sdk/client_impl.h"

#include "base/check.h"
#include "wire/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* ---- Errors --------------------------------------------------------------------------------- */

static void set_error(struct ft_client *c, enum ft_status status, const char *text)
{
    c->error_status = status;
    size_t n = ft_utf8_prefix(text, strlen(text), sizeof c->error_text - 1);
    memcpy(c->error_text, text, n);
    c->error_text[n] = '\0';
}

enum ft_status ft_sdk_fail(struct ft_client *c, enum ft_status status, const char *fmt, ...)
{
    char text[FT_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    set_error(c, status, text);
    return status;
}

enum ft_status ft_sdk_fail_err(struct ft_client *c, enum ft_status status, const struct ft_err *e)
{
    set_error(c, status, e->text);
    return status;
}

enum ft_status ft_sdk_status_of(enum ft_err_code code)
{
    switch (code) {
    case FT_OK: return FT_STATUS_OK;
    case FT_EINVAL:
    case FT_EUNSUPPORTED: return FT_STATUS_INVALID;
    case FT_ELIMIT: return FT_STATUS_LIMIT;
    case FT_ENOMEM: return FT_STATUS_NO_MEMORY;
    case FT_EIO: return FT_STATUS_IO;
    case FT_ECORRUPT: return FT_STATUS_BAD_REPLY;
    case FT_ENOTFOUND: return FT_STATUS_NOT_FOUND;
    case FT_ESTATE: return FT_STATUS_STATE;
    }
    return FT_STATUS_INVALID;
}

const char *ft_client_last_error(const struct ft_client *c)
{
    return c ? c->error_text : "no client";
}

enum ft_status ft_client_last_status(const struct ft_client *c)
{
    return ft_client_copy_error(c, NULL, 0);
}

enum ft_status ft_client_copy_error(const struct ft_client *c, char *text, size_t size)
{
    if (!c) {
        if (text && size)
            snprintf(text, size, "%s", ft_client_last_error(c));
        return FT_STATUS_INVALID;
    }
    ft_sdk_lock(c);
    enum ft_status status = c->error_status;
    if (text && size)
        snprintf(text, size, "%s", c->error_text);
    ft_sdk_unlock(c);
    return status;
}

enum ft_status ft_sdk_enter(struct ft_client *c)
{
    if (!c)
        return FT_STATUS_INVALID;
    ft_sdk_lock(c);
    if (c->useless) /* the words about the options stay */
        return FT_STATUS_STATE;
    if (c->state == FT_CLIENT_CLOSED || c->close_wanted || c->free_wanted)
        return ft_sdk_fail(c, FT_STATUS_STATE, "the client is closed");
    return FT_STATUS_OK;
}

enum ft_status ft_sdk_leave(const struct ft_client *c, enum ft_status status)
{
    if (c)
        ft_sdk_unlock(c);
    return status;
}

bool ft_sdk_in_callback(const struct ft_client *c)
{
    return c->thread.on ? ft_sdk_on_thread(c) : c->inside;
}

/* ---- Life ----------------------------------------------------------------------------------- */

enum ft_status ft_client_new(const struct ft_client_options *options, struct ft_client **client)
{
    if (!client)
        return FT_STATUS_INVALID;
    *client = NULL;
    struct ft_client *c = malloc(sizeof *c);
    if (!c)
        return FT_STATUS_NO_MEMORY;
    memset(c, 0, offsetof(struct ft_client, read_buf));
    c->fd = c->epoll_fd = c->thread.wake_fd = -1;
    c->push = calloc(ft_protocols_count, sizeof *c->push);
    if (!c->push || pthread_mutex_init(&c->thread.lock, NULL)) {
        free(c->push);
        free(c);
        return FT_STATUS_NO_MEMORY;
    }
    if (pthread_cond_init(&c->thread.changed, NULL)) {
        pthread_mutex_destroy(&c->thread.lock);
        free(c->push);
        free(c);
        return FT_STATUS_NO_MEMORY;
    }
    *client = c;
    enum ft_status status = ft_sdk_take_options(c, options);
    if (status == FT_STATUS_OK) {
        c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (c->epoll_fd < 0)
            status = ft_sdk_fail(c, FT_STATUS_IO, "epoll: %s", strerror(errno));
    }
    c->useless = status != FT_STATUS_OK;
    return status;
}

void ft_sdk_destroy(struct ft_client *c)
{
    ft_sdk_drop_link(c);
    if (c->epoll_fd >= 0)
        close(c->epoll_fd);
    if (c->thread.wake_fd >= 0)
        close(c->thread.wake_fd);
    pthread_cond_destroy(&c->thread.changed);
    pthread_mutex_destroy(&c->thread.lock);
    ft_sdk_free_calls(c);
    ft_sdk_forget_all(c);
    free(c->push);
    free(c->host);
    free(c->client_id);
    free(c->language);
    if (c->pem)
        explicit_bzero(c->pem, c->pem_len);
    free(c->pem);
    free(c);
}

void ft_client_free(struct ft_client *c)
{
    if (!c)
        return;
    ft_sdk_lock(c);
    if (ft_sdk_in_callback(c)) {
        c->free_wanted = true;
        ft_sdk_unlock(c);
        return;
    }
    bool threaded = c->thread.on;
    ft_sdk_unlock(c);
    if (threaded)
        ft_client_stop_thread(c);
    ft_sdk_destroy(c);
}

void ft_sdk_close_now(struct ft_client *c)
{
    FT_CHECK(!c->inside);
    c->inside = true;
    if (c->session) {
        ft_sdk_flush(c);
        ft_session_close(c->session, "closed by the user");
    }
    ft_sdk_drop_link(c);
    c->attempt_due = false;
    ft_sdk_set_state(c, FT_CLIENT_CLOSED, FT_STATUS_OK, "closed by the user");
    c->close_wanted = false;
    c->inside = false;
}

enum ft_status ft_client_close(struct ft_client *c)
{
    if (!c)
        return FT_STATUS_INVALID;
    ft_sdk_lock(c);
    if (c->state == FT_CLIENT_CLOSED && !c->thread.on)
        return ft_sdk_leave(c, FT_STATUS_OK);
    if (ft_sdk_in_callback(c)) {
        c->close_wanted = true; /* whoever drives does it when the callback has returned */
        return ft_sdk_leave(c, FT_STATUS_OK);
    }
    if (!c->thread.on) {
        ft_sdk_close_now(c);
        ft_sdk_freed(c);
        return FT_STATUS_OK;
    }
    c->close_wanted = true;
    ft_sdk_wake(c);
    ft_sdk_unlock(c);
    ft_client_stop_thread(c);
    ft_sdk_lock(c);
    if (c->state != FT_CLIENT_CLOSED && !c->thread.on) /* it ended before its first turn */
        ft_sdk_close_now(c);
    ft_sdk_freed(c);
    return FT_STATUS_OK;
}

/* ---- State ---------------------------------------------------------------------------------- */

void ft_sdk_set_state(struct ft_client *c, enum ft_client_state state, enum ft_status why,
                      const char *text)
{
    c->state = state;
    ft_sdk_broadcast(c);
    ft_client_state_fn *fn = c->on_state;
    if (!fn || c->free_wanted)
        return;
    void *user = c->on_state_user;
    ft_sdk_unlock(c);
    fn(user, state, why, text);
    ft_sdk_lock(c);
}

enum ft_client_state ft_client_state(const struct ft_client *c)
{
    if (!c)
        return FT_CLIENT_CLOSED;
    ft_sdk_lock(c);
    enum ft_client_state state = c->state;
    ft_sdk_unlock(c);
    return state;
}

const char *ft_client_state_text(enum ft_client_state state)
{
    switch (state) {
    case FT_CLIENT_IDLE: return "idle";
    case FT_CLIENT_CONNECTING: return "connecting";
    case FT_CLIENT_RESTORING: return "restoring";
    case FT_CLIENT_READY: return "ready";
    case FT_CLIENT_WAITING: return "waiting";
    case FT_CLIENT_CLOSED: return "closed";
    }
    return "unknown";
}

enum ft_status ft_client_on_state(struct ft_client *c, ft_client_state_fn *fn, void *user)
{
    enum ft_status status = ft_sdk_enter(c);
    if (status == FT_STATUS_OK) {
        c->on_state = fn;
        c->on_state_user = user;
    }
    return ft_sdk_leave(c, status);
}

enum ft_status ft_client_info(const struct ft_client *c, struct ft_client_info *info, size_t size)
{
    if (!c || !info || size < sizeof *info)
        return FT_STATUS_INVALID;
    memset(info, 0, size);
    ft_sdk_lock(c);
    *info = c->info;
    ft_sdk_unlock(c);
    return FT_STATUS_OK;
}

enum ft_status ft_client_stats(const struct ft_client *c, struct ft_client_stats *stats,
                               size_t size)
{
    if (!c || !stats || size < sizeof *stats)
        return FT_STATUS_INVALID;
    memset(stats, 0, size);
    ft_sdk_lock(c);
    *stats = c->stats;
    if (c->session)
        ft_sdk_add_stats(stats, ft_session_stats(c->session));
    ft_sdk_unlock(c);
    return FT_STATUS_OK;
}
