/* The console on standard input. Whatever standard input is, the gateway goes on: without one, at its end,
 * in the background of a shell. Nothing here blocks: descriptors are read and written when they are
 * ready, and stay in the mode in which they were handed over, since others share them. */
#include "gateway/console/desk.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ft_stdio {
    struct ft_operator op;
    struct ft_operator_desk *desk;
    uv_poll_t in, out;
    bool in_open;   /* `in` is a handle of the loop */
    bool reading;
    bool background; /* the terminal is somebody else's now: asked again every second */
    bool out_open;  /* `out` is a handle; not so when it cannot be waited for, as a file */
    bool out_failed;
};

static void kick_stdio(struct ft_stdio *io);

/* True when the terminal belongs to another job of the shell: reading it would stop this process. */
static bool in_background(void)
{
    return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) != getpgrp();
}

static void close_in(struct ft_stdio *io, const char *why)
{
    if (!io->in_open)
        return;
    ft_debug("event=close service=stdin reason=\"%s\"", why);
    io->in_open = io->reading = false;
    uv_close((uv_handle_t *)&io->in, NULL);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct ft_stdio *io = handle->data;
    uint8_t bytes[FT_CONSOLE_READ];
    (void)events;
    if (in_background()) {
        io->background = true;
        kick_stdio(io);
        return;
    }
    ssize_t n = status < 0 ? 0 : read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0 || ft_console_feed(&io->op.session, bytes, (size_t)n, uv_hrtime())) {
        close_in(io, n < 0 ? strerror(errno) : "its end");
        return;
    }
    kick_stdio(io);
}

static void on_writable(uv_poll_t *handle, int status, int events)
{
    (void)status, (void)events;
    kick_stdio(handle->data);
}

/* Writes what standard output takes now; a pipe that is ready takes PIPE_BUF bytes. */
static void send_out(struct ft_stdio *io)
{
    struct ft_buf *out = &io->op.session.out;
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
    while (ft_buf_len(out) && !io->out_failed) {
        if (io->out_open && (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT)))
            break;
        size_t len = ft_buf_len(out) < PIPE_BUF ? ft_buf_len(out) : PIPE_BUF;
        ssize_t n = write(STDOUT_FILENO, ft_buf_head(out), len);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0 && errno != EINTR)
            io->out_failed = true;
        ft_buf_consume(out, n > 0 ? (size_t)n : 0);
    }
    if (io->out_failed) /* nobody reads: commands still count */
        ft_buf_consume(out, ft_buf_len(out));
}

static void kick_stdio(struct ft_stdio *io)
{
    struct ft_console_session *s = &io->op.session;
    bool stuck = false;
    while (!s->deferred && !stuck) {
        ft_console_pump(s, uv_hrtime());
        if (s->deferred || !ft_buf_len(&s->out))
            break;
        send_out(io);
        stuck = ft_buf_len(&s->out) > 0;
    }
    if (io->out_open && stuck)
        uv_poll_start(&io->out, UV_WRITABLE, on_writable);
    else if (io->out_open)
        uv_poll_stop(&io->out);
    bool read = io->in_open && !io->background && !stuck && ft_console_wants_input(s);
    if (!io->in_open || read == io->reading)
        return;
    io->reading = read;
    if (read)
        uv_poll_start(&io->in, UV_READABLE | UV_DISCONNECT, on_readable);
    else
        uv_poll_stop(&io->in);
}

static void kick(struct ft_operator *o)
{
    kick_stdio(ft_container_of(o, struct ft_stdio, op));
}

/* Whether standard input is something that can be waited for: no file, no /dev/null. */
static bool can_wait(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 &&
           (isatty(fd) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* libuv makes what it polls non-blocking; others who have the descriptor, our own log among them, do not
 * expect that, and polling does not need it. */
static int poll_init(struct ft_operator_desk *d, uv_poll_t *handle, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    int rc = uv_poll_init(d->gw->loop, handle, fd);
    if (flags != -1)
        fcntl(fd, F_SETFL, flags);
    return rc;
}

void ft_stdio_start(struct ft_operator_desk *d)
{
    if (!can_wait(STDIN_FILENO)) {
        ft_debug("event=stdin outcome=\"nothing to read commands from\"");
        return;
    }
    struct ft_stdio *io = calloc(1, sizeof *io);
    if (!io) {
        ft_warn("event=stdin outcome=\"no memory\"");
        return;
    }
    io->desk = d;
    io->in.data = io->out.data = io;
    int rc = poll_init(d, &io->in, STDIN_FILENO);
    if (rc) {
        ft_info("event=stdin outcome=\"%s\"", uv_strerror(rc));
        free(io);
        return;
    }
    d->stdio = io;
    io->in_open = true;
    io->out_open = can_wait(STDOUT_FILENO) && poll_init(d, &io->out, STDOUT_FILENO) == 0;
    ft_operator_begin(&io->op, d, FT_CHARSET_UTF8, false, kick);
    snprintf(io->op.name, sizeof io->op.name, "stdin");
    /* Whoever is put into the background between looking and reading gets an error, not a stop. */
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    kick_stdio(io);
}

void ft_stdio_tick(struct ft_stdio *io)
{
    if (io->background && !in_background()) {
        io->background = false;
        kick_stdio(io);
    }
}

void ft_stdio_stop(struct ft_stdio *io)
{
    kick_stdio(io);
    close_in(io, "the gateway stops");
}

void ft_stdio_free(struct ft_stdio *io)
{
    ft_operator_end(&io->op);
    free(io);
}
