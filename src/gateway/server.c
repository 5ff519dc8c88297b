/* The loop: set-up, turns, the clean stop. */
#include "gateway/conn.h"
#include "gateway/console/desk.h"
#include "gateway/history_quota.h"
#include "gateway/quota.h"
#include "gateway/reminders.h"
#include "gateway/session.h"
#include "gateway/subs.h"
#include "gateway/trade.h"

#include "base/check.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    READ_BUF = 256 * 1024,
    ARENA_LIMIT = 32 << 20,    /* a decoded request: its body's bound times protobuf-c's overhead */
    PUSH_ARENA_LIMIT = 8 << 20,
    STOP_PATIENCE_MS = 5000,
};

int ft_gateway_flush(struct ft_gateway *gw)
{
    int n = 0;
    while (!ft_list_empty(&gw->dirty)) {
        ft_conn_flush(ft_container_of(gw->dirty.next, struct ft_conn, by_dirt));
        n++;
    }
    if (ft_delay_waits_for_write(&gw->delay))
        ft_delay_written(&gw->delay, uv_hrtime());
    return n;
}

static void end_when_empty(struct ft_gateway *gw)
{
    if (gw->stopping && gw->conn_count == 0)
        uv_stop(gw->loop);
}

static void turn(struct ft_gateway *gw)
{
    do {
        ft_trade_turn(gw); /* before the market's pushes, whose round writes what waits */
        ft_market_turn(gw);
        ft_gateway_flush(gw);
    } while (ft_desk_turn(gw));
}

static void on_after_poll(uv_check_t *handle)
{
    turn(handle->data);
    end_when_empty(handle->data);
}

/* Timers run before the poll: what they produced must not wait for the next arrival. */
static void on_before_poll(uv_prepare_t *handle)
{
    turn(handle->data);
}

static void on_second(uv_timer_t *timer)
{
    struct ft_gateway *gw = timer->data;
    ft_conns_tick(gw);
    ft_subs_tick(gw);
    ft_history_quota_tick(gw);
    ft_quota_tick(gw);
    ft_backend_tick(gw);
    ft_delay_daily_reset(&gw->delay, time(NULL));
    ft_logins_tick(gw);
    ft_gateway_adjust_listeners(gw);
    ft_desk_tick(gw);
    ft_log_tick();
    ft_trade_tick(gw);
    if (gw->stopping && uv_now(gw->loop) >= gw->stop_at_ms) {
        ft_warn("event=stop outcome=\"%zu connections did not take their output in time\"",
                gw->conn_count);
        uv_stop(gw->loop);
    }
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct ft_gateway *gw = handle->data;
    ft_info("event=signal signal=%d", signum);
    ft_gateway_stop(gw);
}

/* Whoever moves the log files away wants new ones. */
static void on_hangup(uv_signal_t *handle, int signum)
{
    (void)handle;
    ft_log_reopen_files();
    ft_info("event=signal signal=%d outcome=\"log file opened again\"", signum);
}

void ft_gateway_stop(struct ft_gateway *gw)
{
    if (gw->stopping)
        return;
    gw->stopping = true;
    gw->stop_at_ms = uv_now(gw->loop) + STOP_PATIENCE_MS;
    ft_gateway_adjust_listeners(gw); /* before the connections, so that nobody reconnects in between */
    ft_trade_settle(gw);
    ft_desk_stop(gw);
    ft_history_quota_save(gw);
    ft_backend_tick(gw); /* tells that nothing is there any more */
    for (struct ft_list *n = gw->conns.next; n != &gw->conns;) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        n = n->next;
        ft_conn_close(c, false, "the gateway stops");
    }
    uv_timer_start(&gw->second, on_second, 50, 50); /* bounds are watched more closely now */
}

int ft_make_data_dir(const char *path, struct ft_err *err)
{
    char part[FT_PATH_MAX];
    size_t len = strlen(path);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) && errno != EEXIST)
            return ft_err_set(err, FT_EIO, "data_dir=%s: %s: %s", path, part, strerror(errno));
    }
    return 0;
}

void ft_gateway_adjust_listeners(struct ft_gateway *gw)
{
    bool room = !gw->stopping && gw->place_count < (size_t)gw->config.max_connections;
    ft_listener_want(&gw->api, room);
    ft_logins_want(gw, room);
    ft_web_adjust_listeners(gw, room);
}

static void on_api_connection(struct ft_listener *l)
{
    ft_conn_accept(l->user, l, &ft_api_framing, true);
}

static void init_handles(struct ft_gateway *gw)
{
    uv_check_init(gw->loop, &gw->after_poll);
    uv_prepare_init(gw->loop, &gw->before_poll);
    uv_timer_init(gw->loop, &gw->second);
    uv_timer_init(gw->loop, &gw->first_push);
    uv_timer_init(gw->loop, &gw->due);
    uv_timer_init(gw->loop, &gw->jump);
    gw->jump.data = gw;
    uv_timer_init(gw->loop, &gw->warm);
    uv_timer_init(gw->loop, &gw->held_pushes);
    uv_signal_init(gw->loop, &gw->sigint);
    uv_signal_init(gw->loop, &gw->sigterm);
    uv_signal_init(gw->loop, &gw->sighup);
    gw->after_poll.data = gw->before_poll.data = gw->second.data = gw->first_push.data =
        gw->due.data = gw->warm.data = gw->sigint.data = gw->sigterm.data = gw;
    uv_check_start(&gw->after_poll, on_after_poll);
    uv_prepare_start(&gw->before_poll, on_before_poll);
    uv_timer_start(&gw->second, on_second, 1000, 1000);
    uv_signal_start(&gw->sigint, on_signal, SIGINT);
    uv_signal_start(&gw->sigterm, on_signal, SIGTERM);
    uv_signal_start(&gw->sighup, on_hangup, SIGHUP);
}

int ft_gateway_start(struct ft_gateway *gw, uv_loop_t *loop, const struct ft_config *config,
                     struct ft_err *err)
{
    *gw = (struct ft_gateway){.config = *config, .loop = loop, .started_ns = uv_hrtime()};
    gw->api = (struct ft_listener){.what = "api", .ip = gw->config.api_ip,
                                   .port = (int)config->api_port, .accept = on_api_connection,
                                   .user = gw};
    ft_list_init(&gw->conns);
    ft_list_init(&gw->dirty);
    ft_list_init(&gw->waiting_first);
    ft_map64_init(&gw->conn_by_id);
    ft_arena_init(&gw->arena, ARENA_LIMIT);
    ft_buf_init(&gw->plain_in, FT_FRAME_REQUEST_MAX + 64);
    ft_buf_init(&gw->plain_out, FT_FRAME_REPLY_MAX);
    ft_arena_init(&gw->push_arena, PUSH_ARENA_LIMIT);
    ft_buf_init(&gw->push_frames, 2 * FT_FRAME_REPLY_MAX);
    init_handles(gw);
    ft_backend_init(gw);
    if (ft_counters_init(&gw->counters, time(NULL)))
        return ft_err_set(err, FT_ENOMEM, "no memory to start");
    gw->read_buf = malloc(READ_BUF);
    gw->sha = ft_sha1_new();
    gw->subs = ft_subs_new();
    if (!gw->read_buf || !gw->sha || !gw->subs || ft_delay_init(&gw->delay))
        return ft_err_set(err, FT_ENOMEM, "no memory to start");
    if (ft_logins_init(gw, err))
        return -1;
    if (config->rsa_private_key[0]) {
        gw->rsa = ft_rsa_from_file(config->rsa_private_key, err);
        if (!gw->rsa)
            return ft_err_wrap(err, "rsa_private_key");
        if (ft_rsa_bits(gw->rsa) != 1024)
            ft_warn("rsa_private_key has %d bits: the official Python and Java clients work with "
                    "1024 only", ft_rsa_bits(gw->rsa));
    }
    if (ft_make_data_dir(config->data_dir, err) || ft_trade_open(gw, err) ||
        ft_logins_number(gw, err) || ft_market_start(gw, err) || ft_trade_start(gw, err) ||
        ft_refdata_start(gw, gw->trade->store, err) || ft_history_quota_start(gw, err) ||
        ft_quota_start(gw, err) || ft_reminders_start(gw, err))
        return -1;
    ft_market_warm(gw);
    return ft_listener_open(&gw->api, loop, err) || ft_logins_listen(gw, on_api_connection, err) ||
                   ft_web_start(gw, err) || ft_desk_start(gw, err)
               ? -1
               : 0;
}

static void close_any(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void ft_gateway_free(struct ft_gateway *gw)
{
    gw->stopping = true;
    for (struct ft_list *n = gw->conns.next; n != &gw->conns;) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        n = n->next;
        ft_conn_abandon(c);
    }
    ft_listener_close(&gw->api);
    ft_logins_want(gw, false);
    ft_web_close(gw);
    /* No more turns: what follows takes away what they work on. */
    uv_check_stop(&gw->after_poll);
    uv_prepare_stop(&gw->before_poll);
    uv_timer_t *timers[] = {&gw->second, &gw->first_push, &gw->due, &gw->warm,
                            &gw->held_pushes};
    for (size_t k = 0; k < sizeof timers / sizeof *timers; k++)
        uv_timer_stop(timers[k]);
    ft_trade_close_store(gw); /* its thread wakes a handle of the loop */
    uv_run(gw->loop, UV_RUN_NOWAIT); /* close callbacks of connections and listener */
    uv_walk(gw->loop, close_any, NULL);
    while (uv_run(gw->loop, UV_RUN_DEFAULT))
        ;
    FT_CHECK(gw->conn_count == 0);
    ft_desk_free(gw);
    ft_subs_free(gw);
    ft_reminders_free(gw);
    ft_refdata_free(gw);
    ft_trade_free(gw);
    ft_market_free(gw);
    ft_logins_free(gw);
    ft_web_free(gw);
    ft_delay_free(&gw->delay);
    ft_counters_free(&gw->counters);
    ft_sha1_free(gw->sha);
    ft_rsa_free(gw->rsa);
    free(gw->read_buf);
    ft_buf_free(&gw->plain_in);
    ft_buf_free(&gw->plain_out);
    ft_buf_free(&gw->push_frames);
    ft_arena_free(&gw->arena);
    ft_arena_free(&gw->push_arena);
    ft_map64_free(&gw->conn_by_id);
}
