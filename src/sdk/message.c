#include "ftapi/message.h"

#include "base/arena.h"
#include "base/buf.h"
#include "wire/json.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 16 << 20, DECODED_MAX = 256 << 20, JSON_MAX = 256 << 20 };

struct ft_message {
    struct ft_arena arena; /* of msg */
    const ProtobufCMessage *msg;
    struct ft_buf json;
    struct ft_err err;
};

struct ft_message *ft_message_new(void)
{
    struct ft_message *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    ft_arena_init(&m->arena, DECODED_MAX);
    ft_buf_init(&m->json, JSON_MAX);
    return m;
}

void ft_message_free(struct ft_message *m)
{
    if (!m)
        return;
    ft_arena_free(&m->arena);
    ft_buf_free(&m->json);
    free(m);
}

static enum ft_status status_of(const struct ft_err *err)
{
    switch (err->code) {
    case FT_OK: return FT_STATUS_OK;
    case FT_ELIMIT: return FT_STATUS_LIMIT;
    case FT_ENOMEM: return FT_STATUS_NO_MEMORY;
    case FT_ENOTFOUND: return FT_STATUS_NOT_FOUND;
    default: return FT_STATUS_INVALID;
    }
}

enum ft_status ft_message_from_json(struct ft_message *m, const ProtobufCMessageDescriptor *type,
                                    const char *json, size_t len, int strict)
{
    if (!m)
        return FT_STATUS_INVALID;
    ft_arena_reset(&m->arena);
    m->msg = NULL;
    ft_err_clear(&m->err);
    if (!type || !json)
        ft_err_set(&m->err, FT_EINVAL, "%s is NULL", type ? "json" : "type");
    else if (len > TEXT_MAX)
        ft_err_set(&m->err, FT_ELIMIT, "JSON of %zu bytes: allowed are %d", len, TEXT_MAX);
    else
        m->msg = (strict ? ft_json_read_strict : ft_json_read)(type, json, len, &m->arena, &m->err);
    return status_of(&m->err);
}

const ProtobufCMessage *ft_message_get(const struct ft_message *m)
{
    return m ? m->msg : NULL;
}

enum ft_status ft_message_to_json(struct ft_message *m, const ProtobufCMessage *msg,
                                  const char **json, size_t *len)
{
    if (json)
        *json = NULL;
    if (!m)
        return FT_STATUS_INVALID;
    ft_err_clear(&m->err);
    ft_buf_consume(&m->json, ft_buf_len(&m->json));
    if (!msg || !json) {
        ft_err_set(&m->err, FT_EINVAL, "%s is NULL", msg ? "json" : "msg");
        return FT_STATUS_INVALID;
    }
    if (ft_json_write(msg, &m->json, &m->err))
        return status_of(&m->err);
    if (len)
        *len = ft_buf_len(&m->json);
    if (ft_buf_append(&m->json, "", 1)) {
        ft_err_set(&m->err, FT_ELIMIT, "JSON above %d bytes", JSON_MAX);
        return FT_STATUS_LIMIT;
    }
    *json = (const char *)ft_buf_head(&m->json);
    return FT_STATUS_OK;
}

const char *ft_message_error(const struct ft_message *m)
{
    return m ? m->err.text : "no message";
}
