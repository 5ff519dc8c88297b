/* The relay's messages: vectors of spec platform.md 9.6, every length form, every kind of nonsense. */
#include "InitWebSocket.pb-c.h"
#include "wire/frame.h"
#include "wire/protocol.h"
#include "wire/relay_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

static const char init_request[] =
    "66742d76312e30000000000100000000000000020a2e2220"
    "6531306164633339343962613539616262653536653035376632306638383365"
    "320a4a617661536372697074";
static const char init_reply[] =
    "66742d76312e30000000000100000000000000020000000000000000000000000000000000000000000000000800"
    "22090880e2cfaa0610d209";

static void a_request_is_read(void **state)
{
    (void)state;
    uint8_t bytes[128];
    size_t n = unhex(init_request, bytes);
    assert_int_equal(n, 68);
    struct ft_relay_request r;
    assert_true(ft_relay_read(bytes, n, &r));
    assert_int_equal(r.cmd, FT_RELAY_INIT);
    assert_int_equal(r.section, 2);
    assert_ptr_equal(r.body, bytes + 20);
    assert_int_equal(r.body_len, 48);
    struct ft_arena arena;
    ft_arena_init(&arena, 1 << 16);
    const InitWebSocket__Request *m = (const InitWebSocket__Request *)ft_body_read(
        &init_web_socket__request__descriptor, FT_BODY_PROTOBUF, r.body, r.body_len, &arena, NULL);
    assert_non_null(m);
    assert_string_equal(m->c2s->websocketkey, "e10adc3949ba59abbe56e057f20f883e");
    assert_string_equal(m->c2s->programminglanguage, "JavaScript");
    ft_arena_free(&arena);
    for (size_t cut = 0; cut < 20; cut++)
        assert_false(ft_relay_read(bytes, cut, &r));
    assert_true(ft_relay_read(bytes, 20, &r));
    assert_int_equal(r.body_len, 0);
    for (size_t k = 0; k < 8; k++) { /* every byte of the sign counts, the NUL too */
        bytes[k] ^= 1;
        assert_false(ft_relay_read(bytes, n, &r));
        bytes[k] ^= 1;
    }
}

static void the_reply_is_the_vector(void **state)
{
    (void)state;
    uint8_t want[128];
    size_t n = unhex(init_reply, want);
    assert_int_equal(n, 57);
    InitWebSocket__S2C s2c = INIT_WEB_SOCKET__S2_C__INIT;
    s2c.has_servertime = s2c.has_connid = 1;
    s2c.servertime = 1700000000;
    s2c.connid = 1234;
    InitWebSocket__Response r = INIT_WEB_SOCKET__RESPONSE__INIT;
    r.rettype = 0;
    r.s2c = &s2c;
    struct ft_buf out;
    ft_buf_init(&out, 4096);
    struct ft_relay_head head = {.cmd = FT_RELAY_INIT, .section = 2};
    assert_int_equal(ft_relay_append(&out, &head, &r.base, NULL), 0);
    assert_int_equal(ft_buf_len(&out), 2 + n);
    assert_int_equal(ft_buf_head(&out)[0], 0x82);
    assert_int_equal(ft_buf_head(&out)[1], n);
    assert_memory_equal(ft_buf_head(&out) + 2, want, n);
    ft_buf_free(&out);
}

static void an_error_has_words(void **state)
{
    (void)state;
    struct ft_buf out;
    ft_buf_init(&out, 4096);
    struct ft_relay_head back, head = {0xfffffffe, UINT64_MAX - 1, FT_RELAY_REFUSED, "twenty bytes, at mos"};
    assert_int_equal(ft_relay_append(&out, &head, NULL, NULL), 0);
    const uint8_t *p = ft_buf_head(&out);
    assert_int_equal(ft_buf_len(&out), 46);
    assert_memory_equal(p + 2 + 20, "\xff\xff\xff\xff", 4);
    assert_memory_equal(p + 2 + 24, "twenty bytes, at mos", 20);
    assert_true(ft_relay_head_of(p, 46, &back));
    assert_true(back.cmd == head.cmd && back.section == head.section && back.error == -1);
    ft_buf_free(&out);
}

/* Appends a reply whose body brings the payload to this length, or a little more. */
static size_t append_long(struct ft_buf *out, char *text, size_t payload)
{
    InitWebSocket__Response r = INIT_WEB_SOCKET__RESPONSE__INIT;
    size_t n = payload - FT_RELAY_REPLY_HEADER - 4; /* retType, the text's tag and a length byte */
    memset(text, 'x', n);
    text[n] = '\0';
    r.rettype = 0;
    r.retmsg = text;
    size_t before = ft_buf_len(out);
    struct ft_relay_head head = {.cmd = 7, .section = payload};
    assert_int_equal(ft_relay_append(out, &head, &r.base, NULL), 0);
    return ft_buf_len(out) - before;
}

static void every_length_has_its_shortest_form(void **state)
{
    (void)state;
    static char text[80000];
    static const size_t wanted[] = {50, 100, 124, 125, 126, 127, 128, 129, 1000, 65000, 65530, 65533,
                                    65534, 65535, 65536, 65537, 65540, 70000};
    struct ft_buf out;
    ft_buf_init(&out, 4 << 20);
    size_t sizes[sizeof wanted / sizeof *wanted];
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
        sizes[k] = append_long(&out, text, wanted[k]);
    const uint8_t *p = ft_buf_head(&out);
    size_t left = ft_buf_len(&out);
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
        for (size_t cut = 0; cut < 12; cut++)
            assert_int_equal(ft_ws_frame_size(p, cut), 0);
        assert_int_equal(ft_ws_frame_size(p, sizes[k] - 1), 0);
        assert_int_equal(ft_ws_frame_size(p, left), sizes[k]);
        struct ft_relay_head head;
        assert_true(ft_relay_head_of(p, left, &head));
        assert_int_equal(head.section, wanted[k]);
        size_t own = p[1] < 126 ? 2 : p[1] == 126 ? 4 : 10, payload = sizes[k] - own;
        assert_int_equal(own, payload < 126 ? 2 : payload < 65536 ? 4 : 10);
        assert_memory_equal(p + own, "ft-v1.0", 8);
        assert_int_equal(p[sizes[k] - 1], 'x');
        p += sizes[k];
        left -= sizes[k];
    }
    assert_int_equal(left, 0);
    ft_buf_free(&out);
}

static void what_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    static char text[70000];
    InitWebSocket__Response r = INIT_WEB_SOCKET__RESPONSE__INIT;
    memset(text, 'x', 66000);
    r.retmsg = text;
    struct ft_relay_head head = {.cmd = 1};
    for (size_t max = 0; max < 66100; max += max < 200 ? 1 : 97) {
        struct ft_buf out;
        ft_buf_init(&out, max + 3);
        ft_buf_append(&out, "abc", 3);
        struct ft_err err = {0};
        if (ft_relay_append(&out, &head, &r.base, &err)) {
            assert_true(err.text[0] != '\0');
            assert_int_equal(ft_buf_len(&out), 3);
        } else {
            assert_true(max > 66000);
            assert_int_equal(ft_ws_frame_size(ft_buf_head(&out) + 3, ft_buf_len(&out) - 3), ft_buf_len(&out) - 3);
        }
        assert_memory_equal(ft_buf_head(&out), "abc", 3);
        ft_buf_free(&out);
    }
}

static void control_frames_and_nonsense_have_no_head(void **state)
{
    (void)state;
    static const uint8_t pong[] = {0x8a, 3, 'a', 'b', 'c'}, masked[] = {0x82, 0x80, 0, 0, 0, 0};
    struct ft_relay_head head;
    assert_int_equal(ft_ws_frame_size(pong, sizeof pong), 5);
    assert_false(ft_relay_head_of(pong, sizeof pong, &head));
    assert_int_equal(ft_ws_frame_size(masked, sizeof masked), 0);
    uint8_t other[2 + 44] = {0x82, 44, 'f', 't', '-', 'v', '2', '.', '0'};
    assert_false(ft_relay_head_of(other, sizeof other, &head));
    uint8_t huge[10] = {0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_int_equal(ft_ws_frame_size(huge, sizeof huge), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(the_reply_is_the_vector),
        cmocka_unit_test(an_error_has_words),
        cmocka_unit_test(every_length_has_its_shortest_form),
        cmocka_unit_test(what_does_not_fit_changes_nothing),
        cmocka_unit_test(control_frames_and_nonsense_have_no_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
