/* JSON bodies: the first two bytes choose the message, the rest is its text. What reads must write,
 * and read and write to the same text again; and its protobuf form must pass our own check. */
#include "fuzz.h"
#include "wire/all_messages.h"
#include "wire/json.h"
#include "wire/pb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const ProtobufCMessageDescriptor *desc =
        ft_all_messages[(data[0] | data[1] << 8) % ft_all_messages_count];
    struct ft_err err = {0};
    struct ft_arena arena;
    ft_arena_init(&arena, 16 << 20);
    ProtobufCMessage *msg = ft_json_read(desc, (const char *)data + 2, size - 2, &arena, &err);
    FUZZ_MUST(msg || err.code != FT_OK, "%s", desc->name);
    if (msg) {
        struct ft_buf once, twice, bytes;
        ft_buf_init(&once, 8 << 20);
        ft_buf_init(&twice, 8 << 20);
        ft_buf_init(&bytes, 8 << 20);
        FUZZ_MUST(ft_json_write(msg, &once, &err) == 0, "%s", err.text);
        ProtobufCMessage *again = ft_json_read(desc, (const char *)ft_buf_head(&once),
                                               ft_buf_len(&once), &arena, &err);
        FUZZ_MUST(again || err.code == FT_ENOMEM, "%s: %s", desc->name, err.text);
        if (again) {
            FUZZ_MUST(ft_json_write(again, &twice, &err) == 0, "%s", err.text);
            FUZZ_MUST(fuzz_same(&once, &twice), "%s", desc->name);
        }
        FUZZ_MUST(ft_pb_append(msg, &bytes, &err) == 0, "%s", err.text);
        FUZZ_MUST(ft_pb_check(desc, fuzz_bytes(&bytes), ft_buf_len(&bytes), NULL, &err) == 0, "%s",
                  err.text);
        ft_buf_free(&once);
        ft_buf_free(&twice);
        ft_buf_free(&bytes);
    }
    ft_arena_free(&arena);
    return 0;
}
