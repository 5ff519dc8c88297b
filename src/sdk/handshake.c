/* InitConnect from the client's side (spec platform.md 5.1, 6.1): what is asked for, and what the
 * reply makes of the session. */
#include "sdk/session_impl.h"

#include "InitConnect.pb-c.h"

#include <openssl/crypto.h>
#include <string.h>

enum { INTERVAL_DEFAULT_S = 10, INTERVAL_MAX_S = 3600 };

int ft_handshake_send(struct ft_session *s, struct ft_err *err)
{
    const struct ft_session_options *o = &s->options;
    InitConnect__C2S c2s = INIT_CONNECT__C2_S__INIT;
    c2s.clientver = o->client_ver;
    c2s.clientid = s->client_id;
    c2s.has_recvnotify = 1;
    c2s.recvnotify = o->recv_notify;
    c2s.has_packetencalgo = 1;
    c2s.packetencalgo = o->encryption;
    c2s.has_pushprotofmt = 1;
    c2s.pushprotofmt = o->push_format;
    c2s.programminglanguage = s->language;
    InitConnect__Request request = INIT_CONNECT__REQUEST__INIT;
    request.c2s = &c2s;
    struct ft_call *call;
    return ft_session_send(s, ft_protocol_find(FT_PROTO_InitConnect), &request.base, &call, true,
                           err);
}

int ft_handshake_open_body(struct ft_session *s, const struct ft_frame *f, const uint8_t **body,
                           size_t *len, struct ft_err *err)
{
    /* A refusal may come in plain text from a gateway without our key; whether plain text is good
     * enough for a success, ft_handshake_reply decides. */
    if (ft_frame_digest_ok(s->sha, f, f->body, f->body_len)) {
        *body = f->body;
        *len = f->body_len;
        return 0;
    }
    if (!s->rsa)
        return ft_err_set(err, FT_ECORRUPT, "body does not match its SHA-1");
    if (ft_rsa_decrypt(s->rsa, f->body, f->body_len, &s->plain_in, err))
        return -1;
    *body = ft_buf_head(&s->plain_in);
    *len = ft_buf_len(&s->plain_in);
    if (!ft_frame_digest_ok(s->sha, f, *body, *len))
        return ft_err_set(err, FT_ECORRUPT, "body does not match its SHA-1, plain or decrypted");
    return 0;
}

/* Python's rule: the IV decides, whatever was asked for (platform.md 6.4). */
static int take_keys(struct ft_session *s, const InitConnect__S2C *s2c, struct ft_err *err)
{
    if (s->options.encryption == FT_CIPHER_NONE) {
        s->info.cipher = FT_CIPHER_NONE;
        return 0;
    }
    if (ft_buf_len(&s->plain_in) == 0)
        return ft_err_set(err, FT_ECORRUPT,
                          "encryption was asked for, and the gateway sent its "
                          "keys in plain text: it has no RSA key");
    size_t key_len = strlen(s2c->connaeskey);
    if (key_len != FT_AES_KEY_SIZE)
        return ft_err_set(err, FT_ECORRUPT, "connAESKey has %zu bytes: needed are 16", key_len);
    enum ft_cipher cipher = FT_CIPHER_FTAES_ECB;
    if (s2c->aescbciv) {
        size_t iv_len = strlen(s2c->aescbciv);
        if (iv_len != 0 && iv_len != FT_AES_KEY_SIZE)
            return ft_err_set(err, FT_ECORRUPT, "aesCBCiv has %zu bytes: allowed are 0 and 16",
                              iv_len);
        cipher = iv_len ? FT_CIPHER_AES_CBC : FT_CIPHER_AES_ECB;
    }
    s->aes =
        ft_aes_new(cipher, (const uint8_t *)s2c->connaeskey, (const uint8_t *)s2c->aescbciv, err);
    s->info.cipher = cipher;
    return s->aes ? 0 : -1;
}

static int take_reply(struct ft_session *s, const struct ft_session_reply *reply,
                      struct ft_err *err)
{
    switch (reply->outcome) {
    case FT_CALL_REPLIED: break;
    case FT_CALL_TIMEOUT: return ft_err_set(err, FT_EIO, "no reply in time");
    case FT_CALL_DISCONNECTED: return ft_err_set(err, FT_EIO, "closed before the reply");
    case FT_CALL_INVALID: return ft_err_set(err, FT_ECORRUPT, "%s", reply->ret_msg);
    }
    if (reply->ret_type != FT_RET_SUCCEED)
        return ft_err_set(err, FT_ESTATE, "refused with retType %d: %s", (int)reply->ret_type,
                          reply->ret_msg);
    const InitConnect__S2C *s2c = ((const InitConnect__Response *)reply->msg)->s2c;
    if (!s2c)
        return ft_err_set(err, FT_ECORRUPT, "success without s2c");
    if (take_keys(s, s2c, err))
        return -1;
    int32_t interval = s2c->keepaliveinterval;
    if (interval < 1)
        interval = INTERVAL_DEFAULT_S;
    if (interval > INTERVAL_MAX_S)
        interval = INTERVAL_MAX_S;
    s->info.conn_id = s2c->connid;
    s->info.login_user_id = s2c->loginuserid;
    s->info.server_ver = s2c->serverver;
    s->info.keep_alive_interval_s = interval;
    s->info.user_attribution = s2c->has_userattribution ? s2c->userattribution : 0;
    return 0;
}

void ft_handshake_reply(struct ft_session *s, const struct ft_session_reply *reply)
{
    struct ft_err err = {0};
    int rc = take_reply(s, reply, &err);
    /* Keys stay in the cipher alone. */
    if (reply->msg) {
        const InitConnect__S2C *s2c = ((const InitConnect__Response *)reply->msg)->s2c;
        if (s2c && s2c->connaeskey)
            OPENSSL_cleanse(s2c->connaeskey, strlen(s2c->connaeskey));
    }
    if (ft_buf_len(&s->plain_in))
        OPENSSL_cleanse(ft_buf_head(&s->plain_in), ft_buf_len(&s->plain_in));
    if (rc) {
        if (s->state == FT_SESSION_CLOSED)
            return;
        s->error = err;
        ft_err_wrap(&s->error, "InitConnect");
        ft_session_end(s);
        return;
    }
    s->state = FT_SESSION_READY;
    s->keep_alive_ns = 0; /* the next tick schedules it */
    ft_session_tell_state(s);
}
