/* The 44-byte frame: vectors of spec platform.md 6.7, every split, every kind of nonsense. */
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 1 << 20 };

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        for (int k = 0; k < 2; k++) {
            char c = hex[2 * i + (size_t)k];
            v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        out[i] = (uint8_t)v;
    }
    return n;
}

static const char keep_alive[] =
    "4654ec0300000000e903000008000000a574904e7c778af7b84d66bebdfda3c5553a5558"
    "00000000000000000a060880e2cfaa06";

static void test_vector_parses(void **state)
{
    (void)state;
    uint8_t bytes[64];
    size_t n = unhex(keep_alive, bytes), size;
    struct ft_frame f;
    struct ft_sha1 *sha = ft_sha1_new();
    assert_int_equal(ft_frame_next(bytes, n, MAX, &f, &size), FT_FRAME_OK);
    assert_int_equal(size, 52);
    assert_int_equal(f.proto_id, 1004);
    assert_int_equal(f.serial, 1001);
    assert_int_equal(f.format, FT_BODY_PROTOBUF);
    assert_int_equal(f.body_len, 8);
    assert_ptr_equal(f.body, bytes + FT_FRAME_HEADER); /* a view, not a copy */
    assert_true(ft_frame_digest_ok(sha, &f, f.body, f.body_len));
    bytes[50] ^= 1;
    assert_false(ft_frame_digest_ok(sha, &f, f.body, f.body_len));
    ft_sha1_free(sha);
}

static void test_writer_makes_the_vector(void **state)
{
    (void)state;
    uint8_t want[64];
    size_t n = unhex(keep_alive, want);
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_frame_head head = {1004, 1001, FT_BODY_PROTOBUF};
    struct ft_buf out;
    ft_buf_init(&out, 4096);
    assert_int_equal(ft_frame_append(&out, sha, &head, want + FT_FRAME_HEADER, 8), 0);
    assert_int_equal(ft_buf_len(&out), n);
    assert_memory_equal(ft_buf_head(&out), want, n);
    /* The same in place, behind something that is consumed meanwhile. */
    ptrdiff_t at = ft_frame_begin(&out);
    assert_int_equal(at, n);
    assert_int_equal(ft_buf_append(&out, want + FT_FRAME_HEADER, 8), 0);
    ft_frame_end(&out, at, sha, &head);
    assert_memory_equal(ft_buf_head(&out) + n, want, n);
    at = ft_frame_begin(&out);
    ft_frame_cancel(&out, at);
    assert_int_equal(ft_buf_len(&out), 2 * n);
    ft_buf_free(&out);
    ft_sha1_free(sha);
}

static void test_writer_respects_the_bound(void **state)
{
    (void)state;
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_frame_head head = {1004, 1, 0};
    struct ft_buf out;
    ft_buf_init(&out, 60);
    uint8_t body[32] = {0};
    assert_int_equal(ft_frame_append(&out, sha, &head, body, 16), 0);
    assert_int_equal(ft_frame_append(&out, sha, &head, body, 1), -1);
    assert_int_equal(ft_frame_begin(&out), -1);
    assert_int_equal(ft_buf_len(&out), 60);
    ft_buf_free(&out);
    ft_sha1_free(sha);
}

/* Three frames, cut at every place: what is complete is found, what is not asks for more. */
static void test_every_split(void **state)
{
    (void)state;
    uint8_t stream[3 * 60];
    size_t len = 0, ends[3];
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_buf out;
    ft_buf_init(&out, sizeof stream);
    for (uint32_t k = 0; k < 3; k++) {
        struct ft_frame_head head = {3000 + k, 7 * k, (uint8_t)(k & 1)};
        assert_int_equal(ft_frame_append(&out, sha, &head, "0123456789", k * 5), 0);
        ends[k] = ft_buf_len(&out);
    }
    len = ft_buf_len(&out);
    memcpy(stream, ft_buf_head(&out), len);
    for (size_t cut = 0; cut <= len; cut++) {
        size_t at = 0, size, found = 0;
        struct ft_frame f;
        enum ft_frame_status s;
        while ((s = ft_frame_next(stream + at, cut - at, MAX, &f, &size)) == FT_FRAME_OK) {
            assert_int_equal(f.proto_id, 3000 + found);
            assert_int_equal(f.serial, 7 * found);
            assert_int_equal(f.body_len, 5 * found);
            assert_true(ft_frame_digest_ok(sha, &f, f.body, f.body_len));
            at += size;
            assert_int_equal(at, ends[found]);
            found++;
        }
        assert_int_equal(s, FT_FRAME_NEED_MORE);
        assert_true(size >= FT_FRAME_HEADER);
        assert_int_equal(found, (cut >= ends[0]) + (cut >= ends[1]) + (cut >= ends[2]));
    }
    ft_buf_free(&out);
    ft_sha1_free(sha);
}

static void test_nonsense(void **state)
{
    (void)state;
    struct ft_frame f;
    size_t size;
    /* A bad magic is known at its first wrong byte, a bad length as soon as its bytes are there. */
    assert_int_equal(ft_frame_next((const uint8_t *)"", 0, MAX, &f, &size), FT_FRAME_NEED_MORE);
    assert_int_equal(ft_frame_next((const uint8_t *)"G", 1, MAX, &f, &size), FT_FRAME_BAD_MAGIC);
    assert_int_equal(ft_frame_next((const uint8_t *)"F", 1, MAX, &f, &size), FT_FRAME_NEED_MORE);
    assert_int_equal(ft_frame_next((const uint8_t *)"FF", 2, MAX, &f, &size), FT_FRAME_BAD_MAGIC);
    uint8_t header[FT_FRAME_HEADER], sum[FT_SHA1_SIZE] = {0};
    struct ft_frame_head head = {1001, 1, 0};
    ft_frame_write_header(header, &head, MAX + 1, sum);
    assert_int_equal(ft_frame_next(header, 15, MAX, &f, &size), FT_FRAME_NEED_MORE);
    assert_int_equal(ft_frame_next(header, 16, MAX, &f, &size), FT_FRAME_TOO_LONG);
    assert_int_equal(size, MAX + 1);
    ft_frame_write_header(header, &head, UINT32_MAX, sum);
    assert_int_equal(ft_frame_next(header, sizeof header, MAX, &f, &size), FT_FRAME_TOO_LONG);
    ft_frame_write_header(header, &head, MAX, sum);
    assert_int_equal(ft_frame_next(header, sizeof header, MAX, &f, &size), FT_FRAME_NEED_MORE);
    assert_int_equal(size, (size_t)MAX + FT_FRAME_HEADER);
}

static void test_digests(void **state)
{
    (void)state;
    static const struct { const char *body, *sum; } vectors[] = {
        {"0a2408ac02120850794e6f726d616c180120ffffffffffffffffff0128003206507974686f6e",
         "4d698c15ec3857ebffeefeee5b1047040700c6dd"},
        {"0a1b08ac02120850794e6f726d616c1801200228003206507974686f6e",
         "3f5c2f0696de79b6853c8e66444b98d89f7f2bc0"},
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    };
    struct ft_sha1 *sha = ft_sha1_new();
    for (size_t k = 0; k < sizeof vectors / sizeof vectors[0]; k++)
        for (int again = 0; again < 2; again++) { /* the context is reused */
            uint8_t body[64], want[20], got[20];
            size_t n = unhex(vectors[k].body, body);
            unhex(vectors[k].sum, want);
            ft_sha1_sum(sha, body, n, got);
            assert_memory_equal(got, want, 20);
        }
    ft_sha1_free(sha);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector_parses),
        cmocka_unit_test(test_writer_makes_the_vector),
        cmocka_unit_test(test_writer_respects_the_bound),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
