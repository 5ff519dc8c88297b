/* Bodies from one form into the other, line by line, for json_bodies.py.
 *
 * In: "w NAME HEX" with a protobuf body, "r NAME HEX" with a JSON body. Out: "ok HEX" with the other
 * form, or "refused TEXT". */
#include "wire/all_messages.h"
#include "wire/json.h"
#include "wire/pb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ProtobufCMessageDescriptor *find(const char *name)
{
    for (size_t i = 0; i < ft_all_messages_count; i++)
        if (strcmp(ft_all_messages[i]->name, name) == 0)
            return ft_all_messages[i];
    return NULL;
}

/* In place: a byte is never longer than its two digits. */
static size_t from_hex(char *text)
{
    size_t n = 0;
    for (; text[2 * n] && text[2 * n + 1]; n++) {
        char digits[3] = {text[2 * n], text[2 * n + 1], '\0'};
        text[n] = (char)strtoul(digits, NULL, 16);
    }
    return n;
}

static int convert(char how, const ProtobufCMessageDescriptor *desc, const char *body, size_t len,
                   struct ft_arena *arena, struct ft_buf *out, struct ft_err *err)
{
    ProtobufCMessage *msg = how == 'w'
                                ? ft_pb_unpack(desc, (const uint8_t *)body, len, arena, err)
                                : ft_json_read(desc, body, len, arena, err);
    if (!msg)
        return -1;
    return how == 'w' ? ft_json_write(msg, out, err) : ft_pb_append(msg, out, err);
}

int main(void)
{
    struct ft_arena arena;
    struct ft_buf out;
    ft_arena_init(&arena, 32 << 20);
    ft_buf_init(&out, 4 << 20);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        char *save, *how = strtok_r(line, " \n", &save), *name = strtok_r(NULL, " \n", &save);
        char *hex = strtok_r(NULL, " \n", &save), none[1] = "";
        const ProtobufCMessageDescriptor *desc = name ? find(name) : NULL;
        if (!desc) {
            fprintf(stderr, "json_bodies: no message %s\n", name ? name : "");
            return 1;
        }
        hex = hex ? hex : none;
        size_t len = from_hex(hex);
        struct ft_err err = {0};
        ft_arena_reset(&arena);
        ft_buf_consume(&out, ft_buf_len(&out));
        if (convert(*how, desc, hex, len, &arena, &out, &err)) {
            printf("refused %s\n", err.text);
            continue;
        }
        printf("ok ");
        for (size_t i = 0; i < ft_buf_len(&out); i++)
            printf("%02x", ft_buf_head(&out)[i]);
        putchar('\n');
    }
    free(line);
    ft_buf_free(&out);
    ft_arena_free(&arena);
    return 0;
}
