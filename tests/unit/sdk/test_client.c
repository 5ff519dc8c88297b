/* The blocking client against a gateway of one connection, in a child process. */
#include "fake_server.h"

#include "ftapi/ftapi.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum mode {
    MODE_GOOD,
    MODE_SILENT,     /* accepts and says nothing */
    MODE_DEAF_LATER, /* InitConnect alone is answered */
    MODE_ENDS_LATER, /* closes at the first request behind InitConnect */
    MODE_CUTS,       /* closes inside a reply */
};

struct peer {
    pid_t pid;
    uint16_t port;
};

static void write_all(int fd, struct ft_buf *out, size_t n)
{
    while (n) {
        ssize_t w = write(fd, ft_buf_head(out), n);
        if (w <= 0)
            _exit(1);
        ft_buf_consume(out, (size_t)w);
        n -= (size_t)w;
    }
}

static void serve(int fd, enum mode mode)
{
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_buf in, out;
    ft_buf_init(&in, 1 << 20);
    ft_buf_init(&out, 1 << 20);
    for (;;) {
        uint8_t *to = ft_buf_reserve(&in, 4096);
        ssize_t n = read(fd, to, 4096);
        if (n <= 0)
            _exit(0);
        ft_buf_commit(&in, (size_t)n);
        struct ft_frame f;
        size_t size;
        while (mode != MODE_SILENT && ft_frame_next(ft_buf_head(&in), ft_buf_len(&in), 1 << 20, &f,
                                                    &size) == FT_FRAME_OK) {
            struct ft_frame_head head = {f.proto_id, f.serial, f.format};
            ft_buf_consume(&in, size);
            bool init = f.proto_id == FT_PROTO_InitConnect;
            if (!init && mode == MODE_DEAF_LATER)
                continue;
            if (!init && mode == MODE_ENDS_LATER)
                _exit(0);
            struct fake_init_reply i;
            fake_init_reply(&i, FAKE_IV);
            KeepAlive__S2C s2c = KEEP_ALIVE__S2_C__INIT;
            s2c.time = f.serial;
            KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
            r.rettype = 0;
            r.s2c = &s2c;
            Notify__Response notify = NOTIFY__RESPONSE__INIT;
            notify.rettype = 0;
            struct ft_frame_head push = {FT_PROTO_Notify, 1, 0};
            if (!init) {
                ptrdiff_t p = ft_frame_begin(&out);
                ft_body_write(&notify.base, 0, &out, NULL);
                ft_frame_end(&out, p, sha, &push);
            }
            ptrdiff_t at = ft_frame_begin(&out);
            ft_body_write(init ? &i.r.base : &r.base, f.format, &out, NULL);
            ft_frame_end(&out, at, sha, &head);
            write_all(fd, &out, ft_buf_len(&out) - (!init && mode == MODE_CUTS ? 3 : 0));
            if (!init && mode == MODE_CUTS)
                _exit(0);
        }
    }
}

static int listen_any(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static struct peer start(enum mode mode)
{
    struct peer p;
    int listener = listen_any(&p.port);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        alarm(60);
        int fd = accept(listener, NULL, NULL);
        serve(fd, mode);
    }
    close(listener);
    return p;
}

static void stop(struct peer p)
{
    kill(p.pid, SIGKILL);
    waitpid(p.pid, NULL, 0);
}


static struct ft_client_options to(struct peer p)
{
    struct ft_client_options o;
    assert_int_equal(ft_client_options_init(&o, sizeof o), FT_STATUS_OK);
    o.port = p.port;
    o.reconnect = false;
    /* Only what is meant to be late may be: on a busy machine the peer is slow to be scheduled. */
    o.connect_timeout_ms = o.call_timeout_ms = 50000;
    return o;
}

static struct ft_client *new_client(const struct ft_client_options *o)
{
    struct ft_client *c;
    if (ft_client_new(o, &c))
        fail_msg("%s", ft_client_last_error(c));
    return c;
}

static struct ft_client *open_client(const struct ft_client_options *o)
{
    struct ft_client *c = new_client(o);
    if (ft_client_connect(c, 0))
        fail_msg("%s", ft_client_last_error(c));
    assert_int_equal(ft_client_state(c), FT_CLIENT_READY);
    return c;
}

static enum ft_status call(struct ft_client *c, uint32_t timeout_ms, struct ft_reply **reply)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    return ft_client_call(c, FT_ID_KeepAlive, &r.base, timeout_ms, reply);
}

static enum ft_status call_later(struct ft_client *c, ft_client_reply_fn *fn, void *user)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    return ft_client_call_async(c, FT_ID_KeepAlive, &r.base, 0, fn, user, NULL);
}

static void count_push(void *user, const struct ft_push *push)
{
    assert_int_equal(ft_push_proto(push), FT_ID_Notify);
    assert_non_null(ft_push_message(push));
    assert_false(ft_push_reconciled(push));
    ++*(int *)user;
}

static void count_reply(void *user, struct ft_reply *reply)
{
    assert_int_equal(ft_reply_status(reply), FT_STATUS_OK);
    ++*(int *)user;
}

static void test_calls(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    assert_true(ft_client_fd(c) >= 0);
    int pushes = 0, replies = 0, done;
    assert_int_equal(ft_client_on_push(c, 0, count_push, &pushes), FT_STATUS_OK);
    struct ft_reply *reply = NULL;
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(call(c, 0, &reply), FT_STATUS_OK);
        const KeepAlive__Response *r = (const KeepAlive__Response *)ft_reply_message(reply);
        assert_int_equal(r->s2c->time, ft_reply_serial(reply));
    }
    ft_reply_free(reply);
    assert_int_equal(pushes, 100);
    /* Asynchronous calls beside. */
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_later(c, count_reply, &replies), FT_STATUS_OK);
    while (replies < 10)
        assert_int_equal(ft_client_dispatch(c, -1, NULL), FT_STATUS_OK);
    assert_int_equal(ft_client_dispatch(c, 1, &done), FT_STATUS_OK);
    assert_int_equal(done, 0); /* nothing more comes */
    ft_client_free(c);
    stop(p);
}

static void test_no_connection(void **state)
{
    struct ft_client_options o;
    ft_client_options_init(&o, sizeof o);
    int fd = listen_any(&o.port);
    close(fd);
    struct ft_client *c = new_client(&o);
    assert_int_equal(ft_client_connect(c, 0), FT_STATUS_IO);
    assert_non_null(strstr(ft_client_last_error(c), "cannot connect"));
    assert_int_equal(ft_client_state(c), FT_CLIENT_IDLE);
    assert_int_equal(ft_client_dispatch(c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(call(c, 0, NULL), FT_STATUS_STATE);
    ft_client_free(c);
    o.host = "no such host";
    c = new_client(&o);
    assert_int_equal(ft_client_connect(c, 0), FT_STATUS_IO);
    assert_non_null(strstr(ft_client_last_error(c), "no such host"));
    ft_client_free(c);
    ft_client_free(NULL);
}

static void test_silent_gateway(void **state)
{
    struct peer p = start(MODE_SILENT);
    struct ft_client_options o = to(p);
    struct ft_client *c = new_client(&o);
    assert_int_equal(ft_client_connect(c, 1000), FT_STATUS_TIMEOUT);
    assert_non_null(strstr(ft_client_last_error(c), "no InitConnect reply in time"));
    ft_client_free(c);
    stop(p);
}

static void test_late_call(void **state)
{
    struct peer p = start(MODE_DEAF_LATER);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    struct ft_reply *reply = NULL;
    assert_int_equal(call(c, 200, &reply), FT_STATUS_TIMEOUT);
    assert_int_equal(ft_reply_status(reply), FT_STATUS_TIMEOUT);
    assert_int_equal(ft_reply_ret_type(reply), -100);
    assert_string_equal(ft_reply_text(reply), "no reply in time");
    assert_null(ft_reply_message(reply));
    ft_client_free(c);
    ft_reply_free(reply);
    stop(p);
}

struct states {
    int n;
    enum ft_client_state state[16];
    enum ft_status why[16];
};

static void see_client_state(void *user, enum ft_client_state state, enum ft_status why,
                             const char *text)
{
    struct states *s = user;
    assert_true(s->n < 16);
    assert_non_null(text);
    s->state[s->n] = state;
    s->why[s->n++] = why;
}

static void test_gateway_ends(void **state)
{
    static const enum mode modes[] = {MODE_ENDS_LATER, MODE_CUTS};
    for (int i = 0; i < 2; i++) {
        struct peer p = start(modes[i]);
        struct ft_client_options o = to(p);
        struct states seen = {0};
        struct ft_client *c = new_client(&o);
        ft_client_on_state(c, see_client_state, &seen);
        assert_int_equal(ft_client_connect(c, 0), FT_STATUS_OK);
        struct ft_reply *reply = NULL;
        assert_int_equal(call(c, 0, &reply), FT_STATUS_DISCONNECTED);
        assert_int_equal(ft_reply_status(reply), FT_STATUS_DISCONNECTED);
        assert_int_equal(seen.n, 3);
        assert_int_equal(seen.state[0], FT_CLIENT_CONNECTING);
        assert_int_equal(seen.state[1], FT_CLIENT_READY);
        assert_int_equal(seen.state[2], FT_CLIENT_IDLE);
        assert_int_equal(seen.why[2], FT_STATUS_DISCONNECTED);
        assert_int_equal(call(c, 0, &reply), FT_STATUS_STATE);
        assert_int_equal(ft_client_dispatch(c, 1000, NULL), FT_STATUS_STATE);
        ft_reply_free(reply);
        ft_client_free(c);
        stop(p);
    }
}

struct inside {
    struct ft_client *c;
    enum ft_status call_rc, dispatch_rc, connect_rc;
};

static void misuse_and_free(void *user, const struct ft_push *push)
{
    struct inside *in = user;
    in->call_rc = call(in->c, 0, NULL);
    in->dispatch_rc = ft_client_dispatch(in->c, 0, NULL);
    in->connect_rc = ft_client_connect(in->c, 0);
    ft_client_free(in->c);
}

static void test_free_in_callback(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct inside in = {.c = open_client(&o)};
    assert_int_equal(ft_client_on_push(in.c, FT_ID_Notify, misuse_and_free, &in), FT_STATUS_OK);
    assert_int_equal(call(in.c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(in.call_rc, FT_STATUS_STATE);
    assert_int_equal(in.dispatch_rc, FT_STATUS_STATE);
    assert_int_equal(in.connect_rc, FT_STATUS_STATE);
    stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),          cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_silent_gateway), cmocka_unit_test(test_late_call),
        cmocka_unit_test(test_gateway_ends),   cmocka_unit_test(test_free_in_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
