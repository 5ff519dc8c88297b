/* The stream of frames: the first eight bytes seed where the input is cut, the rest arrives in
 * those pieces. However it is cut, the same frames must come out as from the whole. */
#include "fuzz.h"
#include "wire/frame.h"

enum { MAX_BODY = 4096 };

static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

/* Frames of bytes[0..n) that are complete; a digest of what they said in *said. Returns the bytes
 * they took, and in *status why it stopped. */
static size_t take_frames(const uint8_t *bytes, size_t n, uint64_t *said,
                          enum ft_frame_status *status)
{
    size_t at = 0;
    for (;;) {
        struct ft_frame f;
        size_t size = 0;
        *status = ft_frame_next(bytes + at, n - at, MAX_BODY, &f, &size);
        if (*status == FT_FRAME_NEED_MORE)
            FUZZ_MUST(size > n - at, "%zu of %zu", n - at, size);
        if (*status == FT_FRAME_TOO_LONG)
            FUZZ_MUST(size > MAX_BODY, "%zu", size);
        if (*status != FT_FRAME_OK)
            return at;
        FUZZ_MUST(size == FT_FRAME_HEADER + (size_t)f.body_len && size <= n - at, "%zu", size);
        FUZZ_MUST(f.body == bytes + at + FT_FRAME_HEADER && f.body_len <= MAX_BODY, "%zu", at);
        *said = (*said ^ f.proto_id ^ (uint64_t)f.serial << 32) * UINT64_C(1099511628211);
        *said = (*said ^ f.format ^ (uint64_t)f.version << 8) * UINT64_C(1099511628211);
        for (size_t i = 0; i < f.body_len; i++)
            *said = (*said ^ f.body[i]) * UINT64_C(1099511628211);
        at += size;
    }
}

/* What was read, written again, is what was there; and a plain body has its own digest. */
static void write_again(const uint8_t *bytes, size_t n, struct ft_sha1 *sha)
{
    struct ft_frame f;
    size_t size;
    if (ft_frame_next(bytes, n, MAX_BODY, &f, &size) != FT_FRAME_OK)
        return;
    struct ft_frame_head head = {.proto_id = f.proto_id, .serial = f.serial, .format = f.format};
    struct ft_buf out;
    ft_buf_init(&out, FT_FRAME_HEADER + MAX_BODY);
    FUZZ_MUST(ft_frame_append(&out, sha, &head, f.body, f.body_len) == 0, "%u", f.body_len);
    struct ft_frame g;
    FUZZ_MUST(ft_frame_next(ft_buf_head(&out), ft_buf_len(&out), MAX_BODY, &g, &size) ==
                      FT_FRAME_OK && size == ft_buf_len(&out), "%zu", size);
    FUZZ_MUST(g.proto_id == f.proto_id && g.serial == f.serial && g.format == f.format, "%u",
              f.proto_id);
    FUZZ_MUST(g.body_len == f.body_len && memcmp(g.body, f.body, f.body_len) == 0, "%u",
              f.body_len);
    FUZZ_MUST(ft_frame_digest_ok(sha, &g, g.body, g.body_len), "%u", f.body_len);
    FUZZ_MUST(ft_frame_digest_ok(sha, &f, f.body, f.body_len) ==
                  (memcmp(f.sha1, g.sha1, FT_SHA1_SIZE) == 0), "%u", f.body_len);
    ft_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ft_sha1 *sha;
    if (!sha)
        sha = ft_sha1_new();
    if (size < 8)
        return 0;
    uint64_t seed;
    memcpy(&seed, data, 8);
    seed |= 1;
    data += 8;
    size -= 8;
    write_again(data, size, sha);

    uint64_t whole_said = 0, said = 0;
    enum ft_frame_status whole_status, status = FT_FRAME_NEED_MORE;
    size_t whole_taken = take_frames(data, size, &whole_said, &whole_status);

    struct ft_buf in;
    ft_buf_init(&in, 2 * (FT_FRAME_HEADER + MAX_BODY));
    size_t fed = 0, taken = 0;
    while (fed < size && status == FT_FRAME_NEED_MORE) {
        size_t piece = next_random(&seed) % (next_random(&seed) % 4 ? 7 : 700) + 1;
        if (piece > size - fed)
            piece = size - fed;
        FUZZ_MUST(ft_buf_append(&in, data + fed, piece) == 0, "%zu bytes wait", ft_buf_len(&in));
        fed += piece;
        size_t n = take_frames(ft_buf_head(&in), ft_buf_len(&in), &said, &status);
        taken += n;
        ft_buf_consume(&in, n);
    }
    FUZZ_MUST(status == whole_status || size == 0, "%d and %d", status, whole_status);
    FUZZ_MUST(taken == whole_taken && said == whole_said, "%zu and %zu", taken, whole_taken);
    ft_buf_free(&in);
    return 0;
}
