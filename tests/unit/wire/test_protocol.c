/* The protocol table: complete, ordered, and what every row promises. */
#include "wire/all_messages.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include "GetUserInfo.pb-c.h"
#include "KeepAlive.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_rows(void **state)
{
    (void)state;
    assert_int_equal(ft_protocols_count, 180);
    size_t pushes = 0, bare = 0;
    for (size_t k = 0; k < ft_protocols_count; k++) {
        const struct ft_protocol *p = &ft_protocols[k];
        if (k)
            assert_true(p[-1].id < p->id);
        assert_ptr_equal(ft_protocol_find(p->id), p);
        assert_int_equal(ft_protocol_index(p), k);
        pushes += p->kind == FT_KIND_PUSH;
        if (!p->reply) {
            bare++;
            assert_null(p->request);
            continue;
        }
        assert_int_equal(p->kind == FT_KIND_PUSH, p->request == NULL);
        assert_int_equal(p->limit > 0, p->scope != FT_SCOPE_NONE);
        /* What ft_reply and the reply without data rely on. */
        const ProtobufCFieldDescriptor *f = p->reply->fields;
        assert_string_equal(f[0].name, "retType");
        assert_int_equal(f[0].id, 1);
        assert_string_equal(f[1].name, "retMsg");
        assert_int_equal(f[1].id, 2);
        assert_string_equal(f[2].name, "errCode");
        assert_int_equal(f[2].id, 3);
    }
    assert_int_equal(pushes, 16);
    assert_int_equal(bare, 1);
    assert_null(ft_protocol_find(0));
    assert_null(ft_protocol_find(1011));
    assert_null(ft_protocol_find(UINT32_MAX));
}

/* Every package with a Request is somebody's row; the relay's own command is none of the gateway's. */
static void test_nothing_is_missing(void **state)
{
    (void)state;
    size_t requests = 0;
    for (size_t k = 0; k < ft_all_messages_count; k++) {
        const char *name = ft_all_messages[k]->name, *dot = strrchr(name, '.');
        if (!dot || strcmp(dot, ".Request") || strncmp(name, "InitWebSocket.", 14) == 0)
            continue;
        requests++;
        size_t found = 0;
        for (size_t r = 0; r < ft_protocols_count; r++) {
            size_t n = strlen(ft_protocols[r].name);
            found += strncmp(ft_protocols[r].name, name, n) == 0 && name + n == dot;
        }
        assert_int_equal(found, 1);
    }
    assert_true(requests > 150);
}

static void test_bodies(void **state)
{
    (void)state;
    struct ft_arena arena;
    struct ft_buf out;
    struct ft_err err = {0};
    ft_arena_init(&arena, 1 << 20);
    ft_buf_init(&out, 1 << 16);
    struct ft_reply_head head = {FT_RET_FAILED, "no", 7};
    for (uint8_t format = 0; format <= 1; format++) {
        assert_int_equal(ft_body_write_head(&head, format, &out, &err), 0);
        /* Any Response reads it. */
        GetUserInfo__Response *r = (GetUserInfo__Response *)ft_body_read(
            &get_user_info__response__descriptor, format, ft_buf_head(&out), ft_buf_len(&out),
            &arena, &err);
        assert_non_null(r);
        assert_int_equal(r->rettype, -1);
        assert_string_equal(r->retmsg, "no");
        assert_int_equal(r->errcode, 7);
        assert_null(r->s2c);
        ft_buf_consume(&out, ft_buf_len(&out));
    }
    assert_null(ft_body_read(&keep_alive__request__descriptor, 2, (const uint8_t *)"", 0, &arena,
                             &err));
    assert_int_equal(err.code, FT_EINVAL);
    ft_buf_free(&out);
    ft_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_nothing_is_missing),
        cmocka_unit_test(test_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
