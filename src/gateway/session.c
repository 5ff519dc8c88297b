#include "gateway/session.h"

#include "InitConnect.pb-c.h"
#include "base/check.h"
#include "base/log.h"
#include "gateway/conn.h"
#include "gateway/notify.h"
#include "gateway/reminders.h"

#include <openssl/rand.h>
#include <string.h>

/* Frames right behind the InitConnect reply are dropped or undecodable in the Python client, which
 * becomes ready in another thread (platform.md 4.6, "Race to respect"). */
enum { FIRST_PUSH_DELAY_MS = 150 };

static void random_bytes(void *out, int n)
{
    FT_CHECK(RAND_bytes(out, n) == 1); /* without a random source no key may be given out */
}

uint64_t ft_session_new_id(struct ft_gateway *gw)
{
    uint64_t id;
    do {
        random_bytes(&id, sizeof id);
        id &= INT64_MAX;
    } while (id == 0 || ft_map64_get(&gw->conn_by_id, id));
    return id;
}

/* Sixteen upper-case hex digits: ASCII, because the UTF-8 bytes of the text are the key. */
static void random_key_text(char out[FT_AES_KEY_SIZE + 1])
{
    uint8_t raw[FT_AES_KEY_SIZE / 2];
    random_bytes(raw, sizeof raw);
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(out + 2 * i, 3, "%02X", raw[i]);
}

/* Client IDs go into log lines and comparisons: bounded, without quotes. */
static void copy_client_id(struct ft_conn *c, const char *id)
{
    size_t n = ft_utf8_prefix(id, strlen(id), sizeof c->client_id - 1);
    for (size_t i = 0; i < n; i++)
        c->client_id[i] = (unsigned char)id[i] < 0x20 || id[i] == '"' ? '_' : id[i];
    c->client_id[n] = '\0';
}

/* Sets the session's cipher by the table of platform.md 6.1; returns it. A cipher that nobody knows
 * counts as none: every readable InitConnect must succeed (4.6). */
static enum ft_cipher choose_cipher(struct ft_conn *c, const InitConnect__C2S *c2s)
{
    int32_t algo = c2s->has_packetencalgo ? c2s->packetencalgo : FT_CIPHER_FTAES_ECB;
    if (!c->aes_key[0]) { /* a repeated InitConnect keeps its keys */
        random_key_text(c->aes_key);
        random_key_text(c->aes_iv);
    }
    ft_aes_free(c->aes);
    c->aes = NULL;
    c->knows_key = c->init_was_rsa;
    if (c->init_was_rsa)
        c->aes = ft_aes_new((enum ft_cipher)algo, (const uint8_t *)c->aes_key,
                            (const uint8_t *)c->aes_iv, NULL);
    return c->aes ? (enum ft_cipher)algo : FT_CIPHER_NONE;
}

static void hold_first_push(struct ft_conn *c)
{
    c->first_push_at_ms = uv_now(c->gw->loop) + FIRST_PUSH_DELAY_MS;
    ft_list_push(&c->gw->waiting_first, &c->by_first);
    ft_session_first_push_due(c->gw);
}

void ft_handle_init_connect(struct ft_gateway *gw, struct ft_request *req)
{
    const InitConnect__C2S *c2s = ((const InitConnect__Request *)req->msg)->c2s;
    struct ft_conn *c = req->conn;
    if (c->state == FT_CONN_FRESH) /* a repeated InitConnect keeps its login, as it keeps its keys */
        c->login = ft_logins_map(gw, c->listener, c2s->clientid);
    enum ft_cipher cipher = choose_cipher(c, c2s);
    copy_client_id(c, c2s->clientid);
    c->recv_notify = c2s->has_recvnotify && c2s->recvnotify;
    if (c2s->has_pushprotofmt &&
        (c2s->pushprotofmt == FT_BODY_PROTOBUF || c2s->pushprotofmt == FT_BODY_JSON))
        c->push_format = (uint8_t)c2s->pushprotofmt;

    InitConnect__S2C s2c = INIT_CONNECT__S2_C__INIT;
    s2c.serverver = FT_SERVER_VER;
    s2c.loginuserid = c->login->user_id;
    s2c.connid = c->id;
    s2c.connaeskey = c->aes_key;
    s2c.keepaliveinterval = (int32_t)gw->config.keep_alive_interval;
    /* Python chooses CBC as soon as an IV is there, FTAES_ECB when it is absent and standard ECB
     * when it is empty, whatever it asked for (platform.md 6.4). */
    if (cipher == FT_CIPHER_NONE || cipher == FT_CIPHER_AES_CBC)
        s2c.aescbciv = c->aes_iv;
    else if (cipher == FT_CIPHER_AES_ECB)
        s2c.aescbciv = (char *)"";
    s2c.has_userattribution = 1;
    s2c.userattribution = 1; /* UserAttribution_NN, a login of the Futu platform */
    InitConnect__Response r = INIT_CONNECT__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    req->cover = c->aes ? FT_COVER_RSA : FT_COVER_PLAIN;
    ft_reply(gw, req, &r.base);
    c->is_python = c2s->programminglanguage && strcmp(c2s->programminglanguage, "Python") == 0;
    if (c->state != FT_CONN_FRESH)
        return;
    c->state = FT_CONN_READY;
    char language[33];
    ft_info("event=init conn=%llu peer=%s login=%s client=\"%s\" client_ver=%d language=\"%s\" cipher=%d",
            (unsigned long long)c->id, c->peer, c->login->name, c->client_id, c2s->clientver,
            ft_log_words(c2s->programminglanguage ? c2s->programminglanguage : "", language,
                         sizeof language), (int)cipher);
    hold_first_push(c);
}

void ft_session_open_relay(struct ft_conn *c, const char *client_id, const char *language)
{
    if (c->state == FT_CONN_FRESH)
        c->login = ft_logins_map(c->gw, c->listener, client_id);
    copy_client_id(c, client_id);
    c->recv_notify = true; /* no field asks for it, and the vendor's client has a callback for it */
    if (c->state != FT_CONN_FRESH)
        return;
    c->state = FT_CONN_READY;
    char words[33];
    ft_info("event=init conn=%llu peer=%s client=\"%s\" language=\"%s\" websocket=1%s",
            (unsigned long long)c->id, c->peer, c->client_id,
            ft_log_words(language, words, sizeof words), c->tls ? " tls=1" : "");
    hold_first_push(c);
}

void ft_session_push_ready(struct ft_conn *c)
{
    if (c->push_ready || c->state != FT_CONN_READY)
        return;
    c->push_ready = true;
    ft_list_del(&c->by_first);
    ft_reminders_conn_ready(c);
    ft_notify_welcome(c);
}

static void on_first_push(uv_timer_t *timer)
{
    ft_session_first_push_due(timer->data);
}

void ft_session_first_push_due(struct ft_gateway *gw)
{
    uint64_t now = uv_now(gw->loop);
    while (!ft_list_empty(&gw->waiting_first)) {
        struct ft_conn *c = ft_container_of(gw->waiting_first.next, struct ft_conn, by_first);
        if (c->first_push_at_ms > now) {
            if (!uv_is_active((uv_handle_t *)&gw->first_push))
                uv_timer_start(&gw->first_push, on_first_push, c->first_push_at_ms - now, 0);
            return;
        }
        ft_session_push_ready(c);
    }
}
