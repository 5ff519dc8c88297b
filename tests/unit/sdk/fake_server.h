/* A gateway in memory, built on wire alone: reads what a session sends, answers as told, and lies
 * on demand. */
#ifndef FT_TESTS_FAKE_SERVER_H
#define FT_TESTS_FAKE_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "InitConnect.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "Qot_UpdateTicker.pb-c.h"
#include "Notify.pb-c.h"
#include "sdk/session.h"
#include "wire/cipher.h"
#include "wire/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_KEY     "3F17CF3EEF912C92"
#define FAKE_IV      "C119DDDD6314F18A"
#define FAKE_CONN_ID UINT64_C(6730043337026687703)
#define SECOND       UINT64_C(1000000000)

/* The test key that the official Python client carries (platform.md 6.2). */
static const char fake_pem[] = "-----BEGIN RSA PRIVATE KEY-----\n"
                               "MIICXAIBAAKBgQCx3W78hx5dQxg47hGMEj02JAJYP+HdKGWD8QilzeK4eL6QJ9QP\n"
                               "+uVYGA5Jp0Ed2AaV+zQrT/BCe6z5j/Qd5B0eY2cFlgk+/hbAt7A4wcSAbby8nONw\n"
                               "0fZTglU78FhLUih84Int5HO0Fr3WLUDvpE+TgS3l/2u5ym6H6fvsdrdNCwIDAQAB\n"
                               "AoGAHep/s2vKmKcjWNf6DZQ3xXZzCoLcK4WS5YlSCglCHAL7EmYQjguGLbYGGS9P\n"
                               "jYR7Pxi8YpiUcao5otQqnCh1GRFouU397D3h+bf/bQXINZcv3sxKFrXm9MNVaBJD\n"
                               "W4BcC3HGfnlaIVTKU+qGkeA1BydP5AQyxsGOq00IUeGK4uECQQD/5xHLDwhwYFyc\n"
                               "MK4xMnlrvne8TSlPBciWfrxQ7V/X0eP/HQ20VkVxc0tFD91aLrCap6OYcNV9jwJN\n"
                               "wTQLt5wbAkEAse7C75LKW0+cMcROvAR3qLV2LbGjLW+cH6WmEP9CEGxi0aJg4Gs3\n"
                               "oSRYfaC/RLI87sSb0DC5+mTswXduLGpB0QJAJk0ec6cHW1KA6fu7Rq/ITqEOaMef\n"
                               "xC0YbbYAV5h/vNy0ZE2j7HbxI97eyDJsrf/I/QzURo+01HsgHCUrtglAOwJBAKiW\n"
                               "cA7sh1zS5kxlErCkjvfDz1BmIhT3zfZSTjGGmYLUHyE/eAjKra+5rzqA5xjgxEj6\n"
                               "8iLlOCFeJND+Jt5gYzECQH+HtFilF1SxGS4AHrJomHaMhk/IazjtUnLuFM/DuZ/h\n"
                               "sxTqXpBBCtTqcAotMlx4ZJQYL3f2PmI2Q/o0NUMt40w=\n"
                               "-----END RSA PRIVATE KEY-----\n";

struct fake_server {
    struct ft_session *s;
    struct ft_sha1 *sha;
    struct ft_rsa *rsa;
    struct ft_aes *aes; /* NULL: plain */
    struct ft_buf out;  /* frames for the session */
    struct ft_buf plain, cipher;
    struct ft_arena arena;
    size_t piece; /* bytes handed over at once; 0: all */
    /* The last request that was read. */
    struct ft_frame frame;
    const ProtobufCMessage *msg;
    bool was_rsa;
};

static inline void fake_init(struct fake_server *f)
{
    *f = (struct fake_server){0};
    f->sha = ft_sha1_new();
    f->rsa = ft_rsa_from_pem(fake_pem, sizeof fake_pem - 1, NULL);
    assert_non_null(f->sha);
    assert_non_null(f->rsa);
    ft_buf_init(&f->out, 64 << 20);
    ft_buf_init(&f->plain, 32 << 20);
    ft_buf_init(&f->cipher, 32 << 20);
    ft_arena_init(&f->arena, 32 << 20);
}

static inline void fake_free(struct fake_server *f)
{
    ft_session_free(f->s);
    ft_sha1_free(f->sha);
    ft_rsa_free(f->rsa);
    ft_aes_free(f->aes);
    ft_buf_free(&f->out);
    ft_buf_free(&f->plain);
    ft_buf_free(&f->cipher);
    ft_arena_free(&f->arena);
}

static inline void fake_empty(struct ft_buf *b)
{
    ft_buf_consume(b, ft_buf_len(b));
}

/* Takes one request out of the session's output; false: there is none. */
static inline bool fake_read(struct fake_server *f)
{
    struct ft_buf *out = ft_session_output(f->s);
    size_t size;
    fake_empty(&f->plain);
    if (ft_buf_len(out) == 0)
        return false;
    assert_int_equal(
        ft_frame_next(ft_buf_head(out), ft_buf_len(out), FT_FRAME_REQUEST_MAX, &f->frame, &size),
        FT_FRAME_OK);
    const uint8_t *body = f->frame.body;
    size_t len = f->frame.body_len;
    f->was_rsa = false;
    if (f->aes) {
        assert_int_equal(ft_aes_decrypt(f->aes, body, len, &f->plain, NULL), 0);
        body = ft_buf_head(&f->plain);
        len = ft_buf_len(&f->plain);
    } else if (!ft_frame_digest_ok(f->sha, &f->frame, body, len)) {
        assert_int_equal(ft_rsa_decrypt(f->rsa, body, len, &f->plain, NULL), 0);
        body = ft_buf_head(&f->plain);
        len = ft_buf_len(&f->plain);
        f->was_rsa = true;
    }
    assert_true(ft_frame_digest_ok(f->sha, &f->frame, body, len));
    ft_arena_reset(&f->arena);
    struct ft_err err = {0};
    f->msg = ft_body_read(ft_protocol_find(f->frame.proto_id)->request, f->frame.format, body, len,
                          &f->arena, &err);
    if (!f->msg)
        fail_msg("request: %s", err.text);
    ft_buf_consume(out, size);
    return true;
}

enum fake_cover { COVER_SESSION, COVER_PLAIN, COVER_RSA };

/* Queues a frame with these bytes as its plain body. */
static inline void fake_send_bytes(struct fake_server *f, struct ft_frame_head head,
                                   const void *body, size_t len, enum fake_cover cover)
{
    uint8_t header[FT_FRAME_HEADER], sum[FT_SHA1_SIZE];
    fake_empty(&f->cipher);
    if (cover == COVER_RSA)
        assert_int_equal(ft_rsa_encrypt(f->rsa, body, len, &f->cipher, NULL), 0);
    else if (cover == COVER_SESSION && f->aes)
        assert_int_equal(ft_aes_encrypt(f->aes, body, len, &f->cipher, NULL), 0);
    else
        assert_int_equal(ft_buf_append(&f->cipher, body, len), 0);
    ft_sha1_sum(f->sha, body, len, sum);
    ft_frame_write_header(header, &head, (uint32_t)ft_buf_len(&f->cipher), sum);
    assert_int_equal(ft_buf_append(&f->out, header, sizeof header), 0);
    if (ft_buf_len(&f->cipher))
        assert_int_equal(ft_buf_append(&f->out, ft_buf_head(&f->cipher), ft_buf_len(&f->cipher)),
                         0);
}

static inline void fake_send(struct fake_server *f, struct ft_frame_head head,
                             const ProtobufCMessage *msg, enum fake_cover cover)
{
    struct ft_err err = {0};
    fake_empty(&f->plain);
    if (ft_body_write(msg, head.format, &f->plain, &err))
        fail_msg("reply: %s", err.text);
    fake_send_bytes(f, head, ft_buf_head(&f->plain), ft_buf_len(&f->plain), cover);
}

/* Hands what is queued to the session, in pieces; the result of the last feed. */
static inline int fake_deliver(struct fake_server *f)
{
    int frames = 0;
    while (ft_buf_len(&f->out)) {
        size_t n = ft_buf_len(&f->out);
        if (f->piece && n > f->piece)
            n = f->piece;
        /* An exact copy on the heap: the sanitizer sees a read past its end. */
        uint8_t *copy = malloc(n);
        memcpy(copy, ft_buf_head(&f->out), n);
        ft_buf_consume(&f->out, n);
        int rc = ft_session_feed(f->s, copy, n, NULL);
        free(copy);
        if (rc < 0)
            return rc;
        frames += rc;
    }
    return frames;
}

static inline struct ft_frame_head fake_head(const struct fake_server *f)
{
    return (struct ft_frame_head){f->frame.proto_id, f->frame.serial, f->frame.format};
}

/* A good InitConnect reply, to be spoilt. */
struct fake_init_reply {
    InitConnect__Response r;
    InitConnect__S2C s2c;
};

static inline void fake_init_reply(struct fake_init_reply *i, const char *iv)
{
    init_connect__response__init(&i->r);
    init_connect__s2_c__init(&i->s2c);
    i->r.rettype = 0;
    i->r.retmsg = (char *)"";
    i->r.s2c = &i->s2c;
    i->s2c.serverver = 1011;
    i->s2c.loginuserid = 100000;
    i->s2c.connid = FAKE_CONN_ID;
    i->s2c.connaeskey = (char *)FAKE_KEY;
    i->s2c.keepaliveinterval = 10;
    i->s2c.aescbciv = (char *)iv;
}

/* Reads InitConnect and answers it; the session is READY then. `iv` as the reply carries it. */
static inline void fake_open(struct fake_server *f, const struct ft_session_options *o,
                             const char *iv)
{
    struct ft_err err = {0};
    f->s = ft_session_new(o, &err);
    if (!f->s)
        fail_msg("session: %s", err.text);
    assert_int_equal(ft_session_start(f->s, &err), 0);
    assert_true(fake_read(f));
    assert_int_equal(f->frame.proto_id, FT_PROTO_InitConnect);
    assert_int_equal(f->was_rsa, o->rsa_key != NULL);
    struct fake_init_reply i;
    fake_init_reply(&i, iv);
    bool encrypt = o->encryption != FT_CIPHER_NONE;
    fake_send(f, fake_head(f), &i.r.base, encrypt ? COVER_RSA : COVER_PLAIN);
    assert_int_equal(fake_deliver(f), 1);
    assert_int_equal(ft_session_state(f->s), FT_SESSION_READY);
    if (encrypt)
        f->aes = ft_aes_new(!iv   ? FT_CIPHER_FTAES_ECB
                            : *iv ? FT_CIPHER_AES_CBC
                                  : FT_CIPHER_AES_ECB,
                            (const uint8_t *)FAKE_KEY, (const uint8_t *)FAKE_IV, NULL);
}

/* Queues a KeepAlive reply to the request that was read last. */
static inline void fake_reply_time(struct fake_server *f, int64_t time)
{
    KeepAlive__S2C s2c = KEEP_ALIVE__S2_C__INIT;
    s2c.time = time;
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = 0;
    r.s2c = &s2c;
    fake_send(f, fake_head(f), &r.base, COVER_SESSION);
}

/* What callbacks saw. */
struct seen {
    struct ft_session *s;
    int calls;
    struct ft_session_reply last; /* msg is stale after the callback */
    char text[512];
    int64_t time;
    int pushes;
    uint32_t push_id, push_serial;
    int states[8];
    int n_states;
    char why[512];
};

static inline void see_reply(void *user, const struct ft_session_reply *reply)
{
    struct seen *seen = user;
    seen->calls++;
    seen->last = *reply;
    snprintf(seen->text, sizeof seen->text, "%s", reply->ret_msg);
    if (reply->msg && reply->msg->descriptor == &keep_alive__response__descriptor) {
        const KeepAlive__Response *r = (const KeepAlive__Response *)reply->msg;
        seen->time = r->s2c ? r->s2c->time : -1;
    }
}

static inline void see_push(void *user, const struct ft_session_push *push)
{
    struct seen *seen = user;
    seen->pushes++;
    seen->push_id = push->protocol->id;
    seen->push_serial = push->serial;
    assert_non_null(push->msg);
}

static inline void see_state(void *user, enum ft_session_state state, const struct ft_err *why)
{
    struct seen *seen = user;
    assert_true(seen->n_states < 8);
    seen->states[seen->n_states++] = state;
    assert_int_equal(why != NULL, state == FT_SESSION_CLOSED);
    snprintf(seen->why, sizeof seen->why, "%s", why ? why->text : "");
}

/* Makes a KeepAlive call with this time. */
static inline int call_time(struct ft_session *s, int64_t time, struct seen *seen, uint32_t *serial,
                            struct ft_err *err)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    c2s.time = time;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    return ft_session_call(s, FT_PROTO_KeepAlive, &r.base, see_reply, seen, serial, err);
}

#endif
