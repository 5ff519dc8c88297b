/* Bounded protobuf decoding: the vectors of platform.md §6.7, every refusal, the same answers as
 * protobuf-c's own decoder, and decoding with too little memory at every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "other_decoder.h"
#include "random_message.h"
#include "wire/all_messages.h"
#include "wire/pb.h"

#include "GetUserInfo.pb-c.h"
#include "InitConnect.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "Qot_GetSecuritySnapshot.pb-c.h"
#include "Trd_SubAccPush.pb-c.h"

#include <stdio.h>

static struct ft_arena arena;
static struct ft_err err;

static int setup(void **state)
{
    ft_arena_init(&arena, 16 << 20);
    ft_err_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    ft_arena_free(&arena);
    return 0;
}

/* Bytes from hex on the heap, exactly as long as they are, so that ASan sees every overrun. */
static uint8_t *hex(const char *text, size_t *n)
{
    size_t len = strlen(text);
    assert_true(len % 2 == 0);
    uint8_t *bytes = malloc(len / 2 ? len / 2 : 1);
    for (size_t i = 0; i < len; i += 2) {
        char pair[3] = {text[i], text[i + 1], 0};
        bytes[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
    }
    *n = len / 2;
    return bytes;
}

static void *unpack_hex(const ProtobufCMessageDescriptor *desc, const char *text)
{
    size_t n;
    uint8_t *bytes = hex(text, &n);
    ProtobufCMessage *msg = ft_pb_unpack(desc, bytes, n, &arena, &err);
    free(bytes); /* the message shares nothing with the bytes */
    return msg;
}

static void refused(const ProtobufCMessageDescriptor *desc, const char *text,
                    enum ft_err_code code, const char *words)
{
    ft_err_clear(&err);
    assert_null(unpack_hex(desc, text));
    if (err.code != code || !strstr(err.text, words))
        fail_msg("%s: error %d '%s', expected %d '%s'", text, err.code, err.text, code, words);
}

static void assert_packs_to(const ProtobufCMessage *msg, const uint8_t *bytes, size_t n)
{
    struct ft_buf out;
    ft_buf_init(&out, 1 << 20);
    if (ft_pb_append(msg, &out, &err))
        fail_msg("%s: %s", msg->descriptor->name, err.text);
    assert_int_equal(ft_buf_len(&out), n);
    if (n > 0)
        assert_memory_equal(ft_buf_head(&out), bytes, n);
    ft_buf_free(&out);
}

/* platform.md §6.7 */
static void test_vectors(void **state)
{
    static const char reply[] =
        "080012001800223908ea0710a08d0618d7a5d7d39fd8fab25d2210334631374346334545463931324339322"
        "80a3210433131394444444436333134463138413801";
    size_t n;
    uint8_t *bytes = hex(reply, &n);
    assert_int_equal(n, 65);
    InitConnect__Response *r = unpack_hex(&init_connect__response__descriptor, reply);
    assert_non_null(r);
    assert_int_equal(r->rettype, 0);
    assert_string_equal(r->retmsg, "");
    assert_int_equal(r->s2c->serverver, 1002);
    assert_true(r->s2c->connid == UINT64_C(6730043337026687703));
    assert_string_equal(r->s2c->connaeskey, "3F17CF3EEF912C92");
    assert_packs_to(&r->base, bytes, n);
    free(bytes);

    InitConnect__Request *q = unpack_hex(
        &init_connect__request__descriptor,
        "0a2408ac02120850794e6f726d616c180120ffffffffffffffffff0128003206507974686f6e");
    assert_non_null(q);
    assert_int_equal(q->c2s->packetencalgo, -1);
    assert_string_equal(q->c2s->programminglanguage, "Python");
    KeepAlive__Request *k = unpack_hex(&keep_alive__request__descriptor, "0a060880e2cfaa06");
    assert_non_null(k);
    assert_int_equal(k->c2s->time, 1700000000);
}

/* What pb.h promises to cover is what proto/ uses. */
static void test_proto_stays_within_what_is_covered(void **state)
{
    for (size_t i = 0; i < ft_all_messages_count; i++) {
        const ProtobufCMessageDescriptor *d = ft_all_messages[i];
        assert_non_null(d->message_init);
        assert_true(d->n_fields <= 1024);
        for (unsigned k = 0; k < d->n_fields; k++) {
            assert_int_not_equal(d->fields[k].label, PROTOBUF_C_LABEL_NONE);
            assert_int_equal(d->fields[k].flags & PROTOBUF_C_FIELD_FLAG_ONEOF, 0);
        }
    }
}

#define REQUEST (&init_connect__request__descriptor)
#define ODD (&odd_descriptor)

static void test_bad_tags(void **state)
{
    refused(REQUEST, "00", FT_ECORRUPT, "field number");
    refused(REQUEST, "02", FT_ECORRUPT, "field number");
    refused(REQUEST, "80", FT_ECORRUPT, "field number");
    refused(REQUEST, "8080808080", FT_ECORRUPT, "field number");
    refused(REQUEST, "808080808001", FT_ECORRUPT, "field number");
    refused(REQUEST, "ffffffff7f00", FT_ECORRUPT, "field number"); /* above 2^29 - 1 */
    refused(REQUEST, "0b", FT_ECORRUPT, "wire type");
    refused(REQUEST, "0c", FT_ECORRUPT, "wire type");
    refused(REQUEST, "0e00", FT_ECORRUPT, "wire type");
    refused(REQUEST, "0f00", FT_ECORRUPT, "wire type");
    refused(REQUEST, "0a020b0c", FT_ECORRUPT, "c2s: a wire type");
}

static void test_bad_values(void **state)
{
    refused(REQUEST, "0a0208", FT_ECORRUPT, "beyond the end");
    refused(REQUEST, "0a0108", FT_ECORRUPT, "c2s.clientVer: a number");
    refused(REQUEST, "0a0b08ffffffffffffffffffff", FT_ECORRUPT, "c2s.clientVer: a number");
    refused(REQUEST, "0a0c08ffffffffffffffffffff01", FT_ECORRUPT, "c2s.clientVer: a number");
    refused(REQUEST, "0a0b08ffffffffffffffffff02", FT_ECORRUPT, "c2s.clientVer: a number");
    InitConnect__Request *least = unpack_hex(REQUEST, "0a0e08ffffffffffffffffff01120161");
    assert_non_null(least); /* all of 64 bits are a negative number's */
    assert_int_equal(least->c2s->clientver, -1);
    refused(REQUEST, "0a", FT_ECORRUPT, "c2s: a length");
    refused(REQUEST, "0a808080808001", FT_ECORRUPT, "c2s: a length");
    refused(REQUEST, "0affffffff0f", FT_ECORRUPT, "c2s: a length points beyond");
    refused(REQUEST, "0affffffff7f", FT_ECORRUPT, "c2s: a length points beyond");
    refused(REQUEST, "0a0408011205", FT_ECORRUPT, "beyond the end");
    refused(REQUEST, "0a0408011201", FT_ECORRUPT, "c2s.clientID: a length points beyond");
    refused(REQUEST, "1d0000", FT_ECORRUPT, "inside a number"); /* unknown field */
    refused(REQUEST, "1900000000000000", FT_ECORRUPT, "inside a number");
    refused(REQUEST, "0801", FT_ECORRUPT, "c2s: the wire type");
    refused(REQUEST, "0a020a00", FT_ECORRUPT, "c2s.clientVer: the wire type");
    refused(REQUEST, "0a050d00000000", FT_ECORRUPT, "c2s.clientVer: the wire type");
}

static void test_required(void **state)
{
    refused(REQUEST, "", FT_EINVAL, "c2s is required");
    refused(REQUEST, "0a00", FT_EINVAL, "c2s.clientVer is required");
    refused(REQUEST, "0a03120161", FT_EINVAL, "c2s.clientVer is required");
    refused(REQUEST, "0a020801", FT_EINVAL, "c2s.clientID is required");
    /* The second security of the list lacks its code. */
    refused(&qot__get_security_snapshot__request__descriptor, "0a0b" "0a050801120131" "0a020801",
            FT_EINVAL, "c2s.securityList[1].code is required");
    /* protobuf-c itself accepts the absence of a required field with a default. */
    refused(&init_connect__response__descriptor, "1200", FT_EINVAL, "retType is required");
    /* No bytes, no pointer, nothing required: fine. */
    assert_non_null(ft_pb_unpack(&get_user_info__c2_s__descriptor, NULL, 0, &arena, &err));
}

static void test_repeats(void **state)
{
    /* Scalars and strings: the last one counts. */
    InitConnect__Request *q = unpack_hex(REQUEST, "0a0b" "0801" "120161" "0802" "12026262");
    assert_non_null(q);
    assert_int_equal(q->c2s->clientver, 2);
    assert_string_equal(q->c2s->clientid, "bb");
    /* Submessages: refused instead of merged. */
    refused(REQUEST, "0a050801120161" "0a050802120162", FT_ECORRUPT, "c2s: is given twice");
    refused(ODD, "0a00" "2001" "0a00", FT_ECORRUPT, "child: is given twice");
    /* Repeated ones are lists. */
    struct odd *odd = unpack_hex(ODD, "1200" "2001" "1200");
    assert_non_null(odd);
    assert_int_equal(odd->n_children, 2);
}

static void test_lists(void **state)
{
    /* accIDList: one by one, packed, both. */
    const ProtobufCMessageDescriptor *d = &trd__sub_acc_push__request__descriptor;
    TrdSubAccPush__Request *q = unpack_hex(d, "0a0a" "0801" "0a020203" "0880ff7f");
    assert_non_null(q);
    assert_int_equal(q->c2s->n_accidlist, 4);
    assert_true(q->c2s->accidlist[3] == 0x1fff80);
    assert_non_null(unpack_hex(d, "0a020a00")); /* an empty packed list */
    refused(d, "0a030a0180", FT_ECORRUPT, "c2s.accIDList[0]: a packed array");
    refused(d, "0a0d0a0b8080808080808080808001", FT_ECORRUPT, "c2s.accIDList[0]: a packed array");
    refused(ODD, "3203010203", FT_ECORRUPT, "fixed[0]: a packed array ends inside");
    refused(ODD, "3a09000000000000000000", FT_ECORRUPT, "wide[0]: a packed array ends inside");
    refused(ODD, "1a020002", FT_ECORRUPT, "flags[0]: a packed bool");
    refused(ODD, "1a028001", FT_ECORRUPT, "flags[0]: a packed bool");
    struct odd *odd = unpack_hex(ODD, "1a03000101" "1801" "3208" "0100000002000000" "3503000000");
    assert_non_null(odd);
    assert_int_equal(odd->n_flags, 4);
    assert_int_equal(odd->n_fixed, 3);
    assert_int_equal(odd->fixed[2], 3);
}

/* Arrays grow while they are read: across every size at which they move, without a gap and with one (a
 * child, a blob) after each element. */
static void test_growing_lists(void **state)
{
    enum { MOST = 1030, EACH = 5 + 2 + 3 };
    static uint8_t bytes[MOST * EACH];
    for (size_t n = 1; n <= MOST; n += n < 70 ? 1 : 96) {
        for (int gaps = 0; gaps < 2; gaps++) {
            size_t len = 0;
            for (size_t k = 0; k < n; k++) {
                const uint8_t fixed[] = {0x35, (uint8_t)k, (uint8_t)(k >> 8), 0, 0};
                const uint8_t others[] = {0x12, 0, 0x4a, 1, (uint8_t)k};
                memcpy(bytes + len, fixed, sizeof fixed);
                len += sizeof fixed;
                if (gaps)
                    memcpy(bytes + len, others, sizeof others);
                len += gaps ? sizeof others : 0;
            }
            ft_arena_reset(&arena);
            struct odd *odd = (struct odd *)ft_pb_unpack(ODD, bytes, len, &arena, &err);
            assert_non_null(odd);
            assert_int_equal(odd->n_fixed, n);
            assert_int_equal(odd->n_children, gaps ? n : 0);
            for (size_t k = 0; k < n; k++) {
                assert_int_equal(odd->fixed[k], k);
                assert_true(!gaps || (odd->children[k] && odd->blobs[k].data[0] == (uint8_t)k));
            }
            assert_true(other_decoder_agrees(&odd->base, bytes, len));
        }
    }
}

static void test_nul_in_string(void **state)
{
    refused(REQUEST, "0a0708011203610062", FT_ECORRUPT, "c2s.clientID: a string contains a NUL");
    /* Bytes may contain it, and a string gets one at its end though the wire has none. */
    struct odd *odd = unpack_hex(ODD, "4a03610062" "5202" "6162");
    assert_non_null(odd);
    assert_int_equal(odd->blobs[0].len, 3);
    assert_string_equal(odd->word, "ab");
    odd = unpack_hex(ODD, "");
    assert_string_equal(odd->word, "default");
    assert_int_equal(odd->level, 7);
    assert_false(odd->has_level);
}

/* Without a bound protobuf-c recurses as deep as the bytes say. */
static void test_depth(void **state)
{
    uint8_t bytes[2 * 40] = {0};
    for (size_t levels = 1; levels <= 40; levels++) {
        size_t n = 0; /* level 1 is the outermost message itself; lengths below 128 */
        for (size_t left = levels - 1; left > 0; left--) {
            bytes[n++] = 0x0a;
            bytes[n++] = (uint8_t)(2 * (left - 1));
        }
        int got = ft_pb_check(ODD, bytes, n, NULL, &err);
        assert_int_equal(got, levels <= 16 ? 0 : -1);
        if (got)
            assert_int_equal(err.code, FT_ELIMIT);
    }
    const struct ft_pb_limits deep = {.max_depth = 1000, .max_fields = 1000};
    uint8_t deeper[3 * 100];
    size_t at = sizeof deeper, inner = 0;
    for (int i = 0; i < 80; i++) {
        size_t head = inner < 128 ? 2 : 3;
        if (head == 3) {
            deeper[--at] = (uint8_t)(inner >> 7);
            deeper[--at] = (uint8_t)(inner | 0x80);
        } else {
            deeper[--at] = (uint8_t)inner;
        }
        deeper[--at] = 0x0a;
        inner += head;
    }
    assert_int_equal(ft_pb_check(ODD, deeper + at, inner, &deep, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
}

static void test_counts(void **state)
{
    const struct ft_pb_limits few = {.max_depth = 16, .max_fields = 3, .max_unknown = 1};
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\x20\1\x20\1\x20\1", 6, &few, &err), 0);
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\x20\1\x20\1\x20\1\x20\1", 8, &few, &err),
                     -1);
    assert_int_equal(err.code, FT_ELIMIT);
    /* Packed elements count, and so do the fields of submessages. */
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\x1a\2\1\1", 4, &few, &err), 0);
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\x1a\3\1\1\1", 5, &few, &err), -1);
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\x0a\6\x20\1\x20\1\x20\1", 8, &few, &err),
                     -1);
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\xf8\1\0", 3, &few, &err), 0);
    assert_int_equal(ft_pb_check(ODD, (const uint8_t *)"\xf8\1\0\xf8\1\0", 6, &few, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);

    /* The default: 200000 elements pass, one more does not; 256 unknown fields likewise. */
    size_t n = 200000;
    uint8_t *many = calloc(1, n + 8);
    memcpy(many, "\x1a\xbf\x9a\x0c", 4); /* length 199999, and the tag is the 200000th */
    assert_int_equal(ft_pb_check(ODD, many, 4 + 199999, NULL, &err), 0);
    memcpy(many, "\x1a\xc0\x9a\x0c", 4);
    assert_int_equal(ft_pb_check(ODD, many, 4 + 200000, NULL, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    free(many);
    uint8_t unknown[257 * 3];
    for (size_t i = 0; i < 257; i++)
        memcpy(unknown + 3 * i, "\xf8\1\0", 3);
    assert_int_equal(ft_pb_check(ODD, unknown, 256 * 3, NULL, &err), 0);
    assert_int_equal(ft_pb_check(ODD, unknown, 257 * 3, NULL, &err), -1);
}

/* protobuf-c copies unknown fields and writes them again when the message is packed. */
static void test_unknown_fields_are_dropped(void **state)
{
    size_t n, plain_n;
    uint8_t *bytes = hex("0a0b0801120161fa0103787878" "f80105" "fd0101000000", &n);
    uint8_t *plain = hex("0a050801120161", &plain_n);
    ProtobufCMessage *msg = ft_pb_unpack(REQUEST, bytes, n, &arena, &err);
    assert_non_null(msg);
    assert_int_equal(msg->n_unknown_fields, 0);
    assert_packs_to(msg, plain, plain_n);
    free(bytes);
    free(plain);
    /* In elements of lists, too. */
    struct odd *odd = unpack_hex(ODD, "12" "03" "f80105" "0a" "03" "f80105");
    assert_non_null(odd);
    assert_packs_to(&odd->base, (const uint8_t *)"\x0a\0\x12\0", 4);
}

enum { WIDE = 300 };

struct wide {
    ProtobufCMessage base;
    int32_t v[WIDE];
};

static ProtobufCMessageDescriptor wide_descriptor;

static void wide_init(ProtobufCMessage *msg)
{
    memset(msg, 0, sizeof(struct wide));
    msg->descriptor = &wide_descriptor;
}

static void test_more_than_128_fields(void **state)
{
    enum { N = WIDE };
    static ProtobufCFieldDescriptor fields[N];
    static unsigned by_name[N];
    static char names[N][8];
    static const ProtobufCIntRange ranges[] = {{1, 0}, {0, N}};
    for (unsigned i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "f%03u", i);
        by_name[i] = i;
        fields[i] = (ProtobufCFieldDescriptor){
            .name = names[i],
            .id = i + 1,
            .label = PROTOBUF_C_LABEL_REQUIRED,
            .type = PROTOBUF_C_TYPE_INT32,
            .offset = (unsigned)(offsetof(struct wide, v) + 4 * i),
        };
    }
    wide_descriptor = odd_descriptor;
    wide_descriptor.name = "test.Wide";
    wide_descriptor.sizeof_message = sizeof(struct wide);
    wide_descriptor.n_fields = N;
    wide_descriptor.fields = fields;
    wide_descriptor.fields_sorted_by_name = by_name;
    wide_descriptor.field_ranges = ranges;
    wide_descriptor.message_init = wide_init;
    uint8_t bytes[N * 3];
    size_t n = 0;
    for (unsigned i = 1; i <= N; i++) {
        if (i >= 16)
            bytes[n++] = (uint8_t)(i << 3 | 0x80);
        bytes[n++] = (uint8_t)(i >= 16 ? i >> 4 : i << 3);
        bytes[n++] = 1;
    }
    for (size_t limit = 0; limit < 40000; limit += 16) {
        ft_arena_reset(&arena);
        arena.limit = limit;
        struct wide *w = (struct wide *)ft_pb_unpack(&wide_descriptor, bytes, n, &arena, &err);
        if (w)
            assert_int_equal(w->v[N - 1], 1);
        else
            assert_int_equal(err.code, FT_ENOMEM);
        assert_true(w || limit < 39000);
    }
    assert_int_equal(ft_pb_check(&wide_descriptor, bytes, n - 3, NULL, &err), -1);
    assert_string_equal(err.text, "f299 is required");
}

static void test_append(void **state)
{
    InitConnect__C2S c2s = INIT_CONNECT__C2_S__INIT;
    InitConnect__Request q = INIT_CONNECT__REQUEST__INIT;
    struct ft_buf out;
    ft_buf_init(&out, 12);
    assert_int_equal(ft_buf_append(&out, "head", 4), 0);
    assert_int_equal(ft_pb_append(&q.base, &out, &err), -1);
    assert_string_equal(err.text, "cannot write InitConnect.Request: c2s is required");
    q.c2s = &c2s;
    assert_int_equal(ft_pb_append(&q.base, &out, &err), -1);
    assert_string_equal(err.text, "cannot write InitConnect.Request: c2s.clientID is required");
    assert_int_equal(err.code, FT_EINVAL);
    c2s.clientid = (char *)"ab";
    assert_int_equal(ft_pb_append(&q.base, &out, &err), 0);
    assert_int_equal(ft_buf_len(&out), 12);
    assert_memory_equal(ft_buf_head(&out), "head\x0a\6\x08\0\x12\2ab", 12);
    ft_buf_consume(&out, 1);
    assert_int_equal(ft_pb_append(&q.base, &out, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    assert_int_equal(ft_buf_len(&out), 11);
    /* Arrays that say they have elements. */
    struct odd odd;
    odd_init(&odd.base);
    odd.n_flags = 1;
    assert_int_equal(ft_pb_append(&odd.base, &out, &err), -1);
    odd.n_flags = 0;
    odd.n_children = 1;
    odd.children = (struct odd *[]){NULL};
    assert_int_equal(ft_pb_append(&odd.base, &out, &err), -1);
    assert_non_null(strstr(err.text, "children[0] is required"));
    odd.n_children = 0;
    odd.n_blobs = 1;
    odd.blobs = (ProtobufCBinaryData[]){{.len = 3}};
    assert_int_equal(ft_pb_append(&odd.base, &out, &err), -1);
    ft_buf_free(&out);
    /* A message that points to itself. */
    odd_init(&odd.base);
    odd.child = &odd;
    assert_int_equal(ft_pb_append(&odd.base, &out, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
}

static void pack(const ProtobufCMessage *msg, struct ft_buf *out)
{
    ft_buf_init(out, 1 << 20);
    if (ft_pb_append(msg, out, &err))
        fail_msg("%s: %s", msg->descriptor->name, err.text);
}

/* An empty buffer has no bytes to point at. */
static const uint8_t *bytes_of(const struct ft_buf *b)
{
    return ft_buf_len(b) > 0 ? ft_buf_head(b) : NULL;
}

static void test_round_trip_of_all_messages(void **state)
{
    for (size_t i = 0; i <= ft_all_messages_count; i++) {
        const ProtobufCMessageDescriptor *d =
            i < ft_all_messages_count ? ft_all_messages[i] : &odd_descriptor;
        for (uint64_t seed = i * 1000; seed < i * 1000 + 6; seed++) {
            ft_arena_reset(&arena);
            uint64_t s = seed;
            struct ft_buf a;
            pack(rnd_message(d, &arena, &s, 4), &a);
            ProtobufCMessage *again =
                ft_pb_unpack(d, bytes_of(&a), ft_buf_len(&a), &arena, &err);
            if (!again)
                fail_msg("%s: %s", d->name, err.text);
            assert_packs_to(again, bytes_of(&a), ft_buf_len(&a));
            assert_true(other_decoder_agrees(again, bytes_of(&a), ft_buf_len(&a)));
            ft_buf_free(&a);
        }
    }
}

/* Damaged bytes: the check says what decoding will say. */
static void test_damage(void **state)
{
    uint64_t s = 42;
    size_t passed = 0;
    for (size_t i = 0; i < 20000; i++) {
        const ProtobufCMessageDescriptor *d =
            i % 2 ? &odd_descriptor : ft_all_messages[rnd(&s) % ft_all_messages_count];
        ft_arena_reset(&arena);
        struct ft_buf a;
        pack(rnd_message(d, &arena, &s, 3), &a);
        size_t n = ft_buf_len(&a);
        if (n > 0) {
            size_t cut = rnd(&s) % 3 ? n : rnd(&s) % n;
            uint8_t *bytes = malloc(cut ? cut : 1);
            memcpy(bytes, bytes_of(&a), cut);
            for (size_t k = rnd(&s) % 4; k > 0 && cut > 0; k--)
                bytes[rnd(&s) % cut] ^= (uint8_t)(1 << rnd(&s) % 8);
            bool good = ft_pb_check(d, bytes, cut, NULL, &err) == 0;
            ProtobufCMessage *msg = ft_pb_unpack(d, bytes, cut, &arena, &err);
            assert_true(good == (msg != NULL));
            assert_true(!good || other_decoder_agrees(msg, bytes, cut));
            passed += good;
            free(bytes);
        }
        ft_buf_free(&a);
    }
    assert_in_range(passed, 1000, 19000);
}

static void test_too_little_memory(void **state)
{
    struct ft_arena source;
    ft_arena_init(&source, 16 << 20);
    uint64_t s = 7;
    for (size_t i = 0; i < 200; i++) {
        const ProtobufCMessageDescriptor *d =
            i % 4 == 0 ? &odd_descriptor : ft_all_messages[rnd(&s) % ft_all_messages_count];
        ft_arena_reset(&source);
        struct ft_buf a;
        pack(rnd_message(d, &source, &s, 4), &a);
        ft_arena_reset(&arena);
        arena.limit = 16 << 20;
        assert_non_null(ft_pb_unpack(d, bytes_of(&a), ft_buf_len(&a), &arena, &err));
        size_t needs = arena.used;
        size_t step = needs < 16 * 400 ? 16 : needs / 400;
        for (size_t limit = 0; limit <= needs + step; limit += step) {
            ft_arena_reset(&arena);
            arena.limit = limit;
            ft_err_clear(&err);
            ProtobufCMessage *msg = ft_pb_unpack(d, bytes_of(&a), ft_buf_len(&a), &arena, &err);
            assert_true(msg || limit < needs);
            if (msg)
                assert_packs_to(msg, bytes_of(&a), ft_buf_len(&a));
            else
                assert_int_equal(err.code, FT_ENOMEM);
        }
        ft_buf_free(&a);
    }
    ft_arena_free(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vectors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_proto_stays_within_what_is_covered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_tags, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required, setup, teardown),
        cmocka_unit_test_setup_teardown(test_repeats, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growing_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nul_in_string, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_fields_are_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_than_128_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_append, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip_of_all_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_little_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
