#include "gateway/web/ws_offer.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* Whether a comma-separated list of tokens has this one, in whatever case. */
static bool has_token(const char *list, const char *token)
{
    static const char blank[] = " \t";
    while (*list) {
        list += strspn(list, " \t,");
        size_t n = strcspn(list, ","), len = n;
        while (len && strchr(blank, list[len - 1]))
            len--;
        if (len == strlen(token) && strncasecmp(list, token, len) == 0)
            return true;
        list += n;
    }
    return false;
}

/* Sixteen bytes in base64: 22 digits and "==". */
static bool is_key(const char *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return strspn(s, digits) == FT_WS_KEY_LEN - 2 && strcmp(s + FT_WS_KEY_LEN - 2, "==") == 0;
}

void ft_ws_offer_header(struct ft_ws_offer *o, const char *name, const char *value)
{
    if (strcasecmp(name, "Upgrade") == 0)
        o->upgrade |= has_token(value, "websocket");
    else if (strcasecmp(name, "Connection") == 0)
        o->connection |= has_token(value, "upgrade");
    else if (strcasecmp(name, "Sec-WebSocket-Version") == 0)
        o->version = strcmp(value, "13") == 0;
    else if (strcasecmp(name, "Sec-WebSocket-Key") == 0)
        memcpy(o->key, is_key(value) ? value : "", is_key(value) ? sizeof o->key : 1);
}

enum ft_ws_verdict ft_ws_offer_check(const struct ft_ws_offer *o, bool is_get,
                                     char accept[FT_WS_ACCEPT_MAX])
{
    if (!is_get || !o->upgrade || !o->connection || !o->key[0])
        return FT_WS_BAD;
    if (!o->version)
        return FT_WS_OTHER_VERSION;
    char text[FT_WS_KEY_LEN + 36 + 1]; /* the key and RFC 6455's constant */
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    memcpy(text, o->key, FT_WS_KEY_LEN);
    memcpy(text + FT_WS_KEY_LEN, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 37);
    int ok = EVP_Digest(text, sizeof text - 1, sum, &n, EVP_sha1(), NULL);
    FT_CHECK(ok == 1 && n == 20);
    EVP_EncodeBlock((unsigned char *)accept, sum, (int)n);
    return FT_WS_GOOD;
}
