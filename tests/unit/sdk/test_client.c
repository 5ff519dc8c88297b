/* The blocking client against a gateway of one connection, in a child process. */
#include "fake_server.h"

#include "sdk/client.h"

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
    struct ft_client_options o = ft_client_default_options();
    o.port = p.port;
    /* Only what is meant to be late may be: on a busy machine the peer is slow to be scheduled. */
    o.connect_timeout_ns = o.session.call_timeout_ns = 50 * SECOND;
    return o;
}

static int call(struct ft_client *c, struct ft_session_reply *reply, struct ft_err *err)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    return ft_client_call(c, FT_PROTO_KeepAlive, &r.base, reply, err);
}

static void test_calls(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_err err = {0};
    struct ft_client *c = ft_client_open(&o, &err);
    if (!c)
        fail_msg("%s", err.text);
    assert_true(ft_client_fd(c) >= 0);
    struct seen seen = {0};
    ft_session_on_any_push(ft_client_session(c), see_push, &seen);
    struct ft_session_reply reply;
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(call(c, &reply, &err), 0);
        assert_int_equal(reply.outcome, FT_CALL_REPLIED);
        assert_int_equal(((const KeepAlive__Response *)reply.msg)->s2c->time, reply.serial);
    }
    assert_int_equal(seen.pushes, 100);
    /* Asynchronous calls beside. */
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_time(ft_client_session(c), i, &seen, NULL, &err), 0);
    while (seen.calls < 10)
        assert_true(ft_client_dispatch(c, SECOND, &err) >= 0);
    assert_int_equal(ft_client_dispatch(c, 1000, &err), 0); /* nothing more comes */
    ft_client_free(c);
    stop(p);
}

static void test_no_connection(void **state)
{
    struct ft_client_options o = ft_client_default_options();
    int fd = listen_any(&o.port);
    close(fd);
    struct ft_err err = {0};
    assert_null(ft_client_open(&o, &err));
    assert_non_null(strstr(err.text, "cannot connect"));
    o.host = "no such host";
    assert_null(ft_client_open(&o, &err));
    assert_int_equal(err.code, FT_EINVAL);
    ft_client_free(NULL);
}

static void test_silent_gateway(void **state)
{
    struct peer p = start(MODE_SILENT);
    struct ft_client_options o = to(p);
    o.connect_timeout_ns = SECOND;
    struct ft_err err = {0};
    assert_null(ft_client_open(&o, &err));
    assert_non_null(strstr(err.text, "no InitConnect reply in time"));
    stop(p);
}

static void test_late_call(void **state)
{
    struct peer p = start(MODE_DEAF_LATER);
    struct ft_client_options o = to(p);
    o.session.call_timeout_ns = SECOND / 5;
    struct ft_err err = {0};
    struct ft_client *c = ft_client_open(&o, &err);
    assert_non_null(c);
    struct ft_session_reply reply;
    assert_int_equal(call(c, &reply, &err), FT_RET_TIMEOUT);
    assert_int_equal(reply.outcome, FT_CALL_TIMEOUT);
    assert_string_equal(reply.ret_msg, "no reply in time");
    ft_client_free(c);
    stop(p);
}

static void test_gateway_ends(void **state)
{
    static const enum mode modes[] = {MODE_ENDS_LATER, MODE_CUTS};
    for (int i = 0; i < 2; i++) {
        struct peer p = start(modes[i]);
        struct ft_client_options o = to(p);
        struct seen seen = {0};
        o.session.on_state = see_state;
        o.session.on_state_user = &seen;
        struct ft_err err = {0};
        struct ft_client *c = ft_client_open(&o, &err);
        assert_non_null(c);
        struct ft_session_reply reply;
        assert_int_equal(call(c, &reply, &err), FT_RET_DISCONNECT);
        assert_int_equal(reply.outcome, FT_CALL_DISCONNECTED);
        assert_int_equal(seen.n_states, 2);
        assert_int_equal(call(c, &reply, &err), FT_CLIENT_NOT_SENT);
        assert_int_equal(err.code, FT_ESTATE);
        assert_int_equal(ft_client_dispatch(c, SECOND, &err), -1);
        ft_client_free(c);
        stop(p);
    }
}

struct inside {
    struct ft_client *c;
    struct ft_err err;
    int call_rc, dispatch_rc;
};

static void misuse_and_free(void *user, const struct ft_session_push *push)
{
    struct inside *in = user;
    struct ft_session_reply reply;
    in->call_rc = call(in->c, &reply, &in->err);
    in->dispatch_rc = ft_client_dispatch(in->c, 0, &in->err);
    ft_client_free(in->c);
}

static void test_free_in_callback(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct inside in = {0};
    in.c = ft_client_open(&o, NULL);
    assert_non_null(in.c);
    ft_session_on_any_push(ft_client_session(in.c), misuse_and_free, &in);
    struct ft_session_reply reply;
    struct ft_err err = {0};
    assert_int_equal(call(in.c, &reply, &err), FT_CLIENT_NOT_SENT);
    assert_non_null(strstr(err.text, "freed in a callback"));
    assert_int_equal(in.call_rc, FT_CLIENT_NOT_SENT);
    assert_int_equal(in.dispatch_rc, -1);
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
