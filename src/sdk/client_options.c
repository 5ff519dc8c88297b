/* A client's options: defaults, ranges, copies. */
#include "sdk/client_impl.h"

#include "wire/cipher.h"
#include "wire/frame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, PEM_MAX = 64 * 1024, TEXT_MAX = 255 };

/* The smallest struct that a version of this header had: up to and with max_decoded_bytes. */
#define SIZE_MIN sizeof(struct ft_client_options)

static const struct ft_client_options defaults = {
    .host = "127.0.0.1",
    .port = 11111,
    .connect_timeout_ms = 10000,
    .client_id = "CNormal",
    .client_ver = 300,
    .language = "C",
    .recv_notify = true,
    .encryption = FT_ENCRYPTION_NONE,
    .body_format = FT_FORMAT_PROTOBUF,
    .push_format = FT_FORMAT_PROTOBUF,
    .call_timeout_ms = 12000,
    .silence_timeout_ms = 33000,
    .reconnect = true,
    .reconnect_min_ms = 500,
    .reconnect_max_ms = 30000,
    .restore = FT_RESTORE_QUOTES | FT_RESTORE_ACCOUNTS | FT_RESTORE_ORDERS,
    .max_pending = 1024,
    .max_body_bytes = FT_FRAME_REPLY_MAX,
    .max_output_bytes = 4 << 20,
    .max_decoded_bytes = 128 << 20,
};

enum ft_status ft_client_options_init(struct ft_client_options *o, size_t size)
{
    if (!o || size < SIZE_MIN || size > 64 * 1024)
        return FT_STATUS_INVALID;
    memset(o, 0, size);
    memcpy(o, &defaults, sizeof defaults);
    o->struct_size = size;
    return FT_STATUS_OK;
}

static enum ft_status check_ranges(struct ft_client *c, const struct ft_client_options *o)
{
    const struct {
        const char *name;
        uint64_t value, lo, hi;
    } ranges[] = {
        {"port", o->port, 1, 65535},
        {"connect_timeout_ms", o->connect_timeout_ms, 1, DAY_MS},
        {"call_timeout_ms", o->call_timeout_ms, 1, DAY_MS},
        {"silence_timeout_ms", o->silence_timeout_ms, 1, DAY_MS},
        {"reconnect_max_ms", o->reconnect_max_ms, 1, DAY_MS},
        {"reconnect_min_ms", o->reconnect_min_ms, 1, o->reconnect_max_ms},
        {"restore", o->restore, 0, 15},
        {"body_format", (unsigned)o->body_format, FT_FORMAT_PROTOBUF, FT_FORMAT_JSON},
        {"push_format", (unsigned)o->push_format, FT_FORMAT_PROTOBUF, FT_FORMAT_JSON},
        {"max_pending", o->max_pending, 1, 1 << 20},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (ranges[i].value < ranges[i].lo || ranges[i].value > ranges[i].hi)
            return ft_sdk_fail(c, FT_STATUS_INVALID, "%s %llu: allowed are %llu to %llu",
                               ranges[i].name, (unsigned long long)ranges[i].value,
                               (unsigned long long)ranges[i].lo, (unsigned long long)ranges[i].hi);
    return FT_STATUS_OK;
}

static enum ft_status copy_text(struct ft_client *c, const char *name, const char *text, char **to)
{
    size_t n = text ? strlen(text) : 0;
    if (n == 0 || n > TEXT_MAX)
        return ft_sdk_fail(c, FT_STATUS_INVALID, "%s of %zu bytes: allowed are 1 to %d", name, n,
                           TEXT_MAX);
    *to = strdup(text);
    return *to ? FT_STATUS_OK : ft_sdk_fail(c, FT_STATUS_NO_MEMORY, "no memory for %s", name);
}

static enum ft_status read_key(struct ft_client *c, const char *path)
{
    FILE *f = fopen(path, "rbe");
    if (!f)
        return ft_sdk_fail(c, FT_STATUS_IO, "rsa_key_path %s: %s", path, strerror(errno));
    c->pem = malloc(PEM_MAX + 1);
    if (c->pem)
        c->pem_len = fread(c->pem, 1, PEM_MAX + 1, f);
    bool bad = ferror(f);
    fclose(f);
    if (!c->pem)
        return ft_sdk_fail(c, FT_STATUS_NO_MEMORY, "no memory for the key");
    if (bad)
        return ft_sdk_fail(c, FT_STATUS_IO, "rsa_key_path %s: cannot be read", path);
    if (c->pem_len > PEM_MAX)
        return ft_sdk_fail(c, FT_STATUS_INVALID, "rsa_key_path %s: more than %d bytes", path,
                           PEM_MAX);
    return FT_STATUS_OK;
}

static enum ft_status take_key(struct ft_client *c, const struct ft_client_options *o)
{
    if (o->rsa_key_text && o->rsa_key_path)
        return ft_sdk_fail(c, FT_STATUS_INVALID,
                           "rsa_key_text and rsa_key_path: only one may be set");
    if (o->rsa_key_path)
        return read_key(c, o->rsa_key_path);
    if (!o->rsa_key_text)
        return FT_STATUS_OK;
    c->pem = strdup(o->rsa_key_text);
    c->pem_len = c->pem ? strlen(c->pem) : 0;
    return c->pem ? FT_STATUS_OK : ft_sdk_fail(c, FT_STATUS_NO_MEMORY, "no memory for the key");
}

enum ft_status ft_sdk_take_options(struct ft_client *c, const struct ft_client_options *o)
{
    if (!o)
        o = &defaults;
    else if (o->struct_size < SIZE_MIN)
        return ft_sdk_fail(c, FT_STATUS_INVALID, "options: ft_client_options_init comes first");
    c->options = *o;
    enum ft_status s;
    if ((s = check_ranges(c, o)) || (s = copy_text(c, "host", o->host, &c->host)) ||
        (s = copy_text(c, "client_id", o->client_id, &c->client_id)) ||
        (s = copy_text(c, "language", o->language, &c->language)) || (s = take_key(c, o)))
        return s;
    c->options.host = c->options.client_id = c->options.language = NULL;
    c->options.rsa_key_text = c->options.rsa_key_path = NULL;
    /* The session judges the rest: ciphers, formats, the key, bounds. */
    struct ft_session_options so = ft_sdk_session_options(c);
    struct ft_err err = {0};
    struct ft_session *probe = ft_session_new(&so, &err);
    if (!probe)
        return ft_sdk_fail_err(c, ft_sdk_status_of(err.code), &err);
    ft_session_free(probe);
    return FT_STATUS_OK;
}

struct ft_session_options ft_sdk_session_options(const struct ft_client *c)
{
    const struct ft_client_options *o = &c->options;
    return (struct ft_session_options){
        .client_id = c->client_id,
        .client_ver = o->client_ver,
        .programming_language = c->language,
        .recv_notify = o->recv_notify,
        .encryption = (int)o->encryption,
        .rsa_key = c->pem,
        .rsa_key_len = c->pem_len,
        .body_format = (uint8_t)o->body_format,
        .push_format = (uint8_t)o->push_format,
        .first_serial = 1,
        .call_timeout_ns = o->call_timeout_ms * FT_SDK_MS_NS,
        .silence_timeout_ns = o->silence_timeout_ms * FT_SDK_MS_NS,
        .max_pending = o->max_pending,
        .max_body = o->max_body_bytes,
        .max_output = o->max_output_bytes,
        .max_decoded = o->max_decoded_bytes,
    };
}
