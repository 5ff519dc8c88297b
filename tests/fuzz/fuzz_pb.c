/* Protobuf bodies: the first two bytes choose the message, the rest is its body. What the check
 * lets pass must decode, as protobuf-c does, pack to a fixed point, and survive its JSON form. */
#include "../unit/wire/other_decoder.h"
#include "fuzz.h"
#include "wire/all_messages.h"
#include "wire/json.h"
#include "wire/pb.h"

static void json_and_back(const ProtobufCMessage *msg, struct ft_arena *arena)
{
    struct ft_err err = {0};
    struct ft_buf text, again;
    ft_buf_init(&text, 8 << 20);
    ft_buf_init(&again, 8 << 20);
    FUZZ_MUST(ft_json_write(msg, &text, &err) == 0, "%s", err.text);
    ProtobufCMessage *back =
        ft_json_read(msg->descriptor, (const char *)ft_buf_head(&text), ft_buf_len(&text), arena,
                     &err);
    /* Our own limits may stop it; nothing else. */
    FUZZ_MUST(back || err.code == FT_ENOMEM || err.code == FT_ELIMIT, "%s", err.text);
    if (back) {
        FUZZ_MUST(ft_json_write(back, &again, &err) == 0, "%s", err.text);
        FUZZ_MUST(fuzz_same(&text, &again), "%s", msg->descriptor->name);
    }
    ft_buf_free(&text);
    ft_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const ProtobufCMessageDescriptor *desc =
        ft_all_messages[(data[0] | data[1] << 8) % ft_all_messages_count];
    data += 2;
    size -= 2;
    struct ft_err err = {0};
    struct ft_arena arena;
    ft_arena_init(&arena, 8 << 20);
    bool good = ft_pb_check(desc, data, size, NULL, &err) == 0;
    FUZZ_MUST(good || err.code != FT_OK, "%s", desc->name);
    ProtobufCMessage *msg = ft_pb_unpack(desc, data, size, &arena, &err);
    FUZZ_MUST(good == (msg != NULL) || err.code == FT_ENOMEM, "%s: %s", desc->name, err.text);
    if (msg) {
        struct ft_buf once, twice;
        ft_buf_init(&once, 1 << 20);
        ft_buf_init(&twice, 1 << 20);
        FUZZ_MUST(other_decoder_agrees(msg, data, size), "%s", desc->name);
        FUZZ_MUST(ft_pb_append(msg, &once, &err) == 0, "%s", err.text);
        ProtobufCMessage *again =
            ft_pb_unpack(desc, fuzz_bytes(&once), ft_buf_len(&once), &arena, &err);
        FUZZ_MUST(again || err.code == FT_ENOMEM, "%s: %s", desc->name, err.text);
        if (again) {
            FUZZ_MUST(ft_pb_append(again, &twice, &err) == 0, "%s", err.text);
            FUZZ_MUST(fuzz_same(&once, &twice), "%s", desc->name);
        }
        json_and_back(msg, &arena);
        ft_buf_free(&once);
        ft_buf_free(&twice);
    }
    ft_arena_free(&arena);
    return 0;
}
