/* A gateway in a child process whose answers a test writes itself, as JSON: a function that is called for each
 * request behind InitConnect. */
#ifndef FT_TESTS_SCRIPTED_PEER_H
#define FT_TESTS_SCRIPTED_PEER_H

#include "fake_peer.h"

struct script {
    struct peer_side side;
    struct ft_message *made; /* of the frame that is written */
    struct ft_arena arena;   /* of the request */
    struct ft_frame_head head;
    const ProtobufCMessage *request;
    int asked; /* requests of this connection, this one included */
};

typedef void script_fn(struct script *s);

static inline void say_frame(struct script *s, struct ft_frame_head head, const char *json)
{
    if (ft_message_from_json(s->made, ft_proto_find(head.proto_id)->reply, json, strlen(json), 1)) {
        fprintf(stderr, "the script: %s\n%s\n", ft_message_error(s->made), json);
        abort();
    }
    peer_frame(&s->side, head, ft_message_get(s->made));
}

/* The reply to the request, and a push: queued until the script returns. */
static inline void say_reply(struct script *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static inline void say_push(struct script *s, uint32_t proto_id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static inline void say_reply(struct script *s, const char *fmt, ...)
{
    static char json[1 << 16];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(json, sizeof json, fmt, ap);
    va_end(ap);
    say_frame(s, s->head, json);
}

static inline void say_push(struct script *s, uint32_t proto_id, const char *fmt, ...)
{
    char json[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(json, sizeof json, fmt, ap);
    va_end(ap);
    say_frame(s, (struct ft_frame_head){proto_id, 1, 0}, json);
}

/* Serves the frames that are there whole. */
static inline void script_serve_frames(struct script *s, script_fn *fn)
{
    struct ft_frame f;
    size_t size;
    while (ft_frame_next(ft_buf_head(&s->side.in), ft_buf_len(&s->side.in), 1 << 20, &f, &size) ==
           FT_FRAME_OK) {
        struct ft_err err = {0};
        s->head = (struct ft_frame_head){f.proto_id, f.serial, f.format};
        ft_arena_reset(&s->arena);
        s->request = ft_body_read(ft_protocol_find(f.proto_id)->request, f.format, f.body,
                                  f.body_len, &s->arena, &err);
        if (f.proto_id == FT_PROTO_InitConnect) {
            peer_init_reply(&s->side, s->head);
        } else if (f.proto_id != FT_PROTO_KeepAlive) {
            s->asked++;
            fn(s);
        }
        ft_buf_consume(&s->side.in, size);
        peer_write(&s->side, ft_buf_len(&s->side.out));
    }
}

static inline void script_serve(int fd, script_fn *fn)
{
    struct script s = {.side = {.fd = fd, .mode = MODE_GOOD, .sha = ft_sha1_new()},
                       .made = ft_message_new()};
    ft_buf_init(&s.side.in, 1 << 20);
    ft_buf_init(&s.side.out, 8 << 20);
    ft_arena_init(&s.arena, 8 << 20);
    for (;;) {
        uint8_t *to = ft_buf_reserve(&s.side.in, 4096);
        ssize_t n = read(fd, to, 4096);
        if (n <= 0)
            break;
        ft_buf_commit(&s.side.in, (size_t)n);
        script_serve_frames(&s, fn);
    }
    close(fd);
    ft_sha1_free(s.side.sha);
    ft_buf_free(&s.side.in);
    ft_buf_free(&s.side.out);
    ft_arena_free(&s.arena);
    ft_message_free(s.made);
}

static inline void script_serve_fn(int fd, const void *fn)
{
    script_serve(fd, *(script_fn *const *)fn);
}

static inline struct peer start_script(script_fn *fn)
{
    return start_serving(script_serve_fn, &fn);
}

#endif
