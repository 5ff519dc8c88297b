/* Typed calls, pushes and walks: the untyped ones of client.h with structs around them. */
#include "sdk/client_impl.h"
#include "sdk/typed.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REQUEST_ARENA = 8 << 20 };

/* ---- Enums ----------------------------------------------------------------------------------- */

const char *ft_enum_text(const struct ft_enum *e, int32_t value)
{
    for (size_t k = 0; e && k < e->count; k++)
        if (e->values[k].value == value)
            return e->values[k].name;
    return NULL;
}

enum ft_status ft_enum_parse(const struct ft_enum *e, const char *text, int32_t *value)
{
    if (!e || !text || !value)
        return FT_STATUS_INVALID;
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    bool is_number = !errno && end != text && !*end;
    for (size_t k = 0; k < e->count; k++)
        if (is_number ? e->values[k].value == number : strcasecmp(e->values[k].name, text) == 0) {
            *value = e->values[k].value;
            return FT_STATUS_OK;
        }
    return FT_STATUS_NOT_FOUND;
}

/* ---- Replies and pushes ------------------------------------------------------------------------ */

/* The s2c of a Response; NULL: absent. */
static const ProtobufCMessage *s2c_of(const ProtobufCMessage *response)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(response->descriptor, "s2c");
    const ProtobufCMessage *s2c = NULL;
    if (f && f->type == PROTOBUF_C_TYPE_MESSAGE)
        memcpy(&s2c, (const char *)response + f->offset, sizeof s2c);
    return s2c;
}

static const void *data_of(const ProtobufCMessage *response, const struct ft_typed_message *map,
                           struct ft_arena *arena)
{
    const ProtobufCMessage *s2c = response && map ? s2c_of(response) : NULL;
    return s2c ? ft_typed_read(map, s2c, arena) : NULL;
}

const void *ft_typed_data(struct ft_reply *r, const struct ft_typed_message *map)
{
    if (r->status != FT_STATUS_OK)
        return NULL;
    const void *data = data_of(r->msg, map, r->session ? ft_session_arena(r->session) : &r->arena);
    if (!data && map && s2c_of(r->msg)) {
        r->status = FT_STATUS_LIMIT;
        r->text = "the reply exceeds max_decoded_bytes as structs";
    }
    return data;
}

const void *ft_typed_push_data(struct ft_session *s, const ProtobufCMessage *response,
                               const struct ft_typed_message *map)
{
    return data_of(response, map, ft_session_arena(s));
}

/* ---- Calls ------------------------------------------------------------------------------------ */

/* Sets the client's error outside of its own functions, and passes the status on; of a client that is closed, or
 * of no use, another. */
static enum ft_status told(struct ft_client *c, enum ft_status status, const char *name,
                           const char *text)
{
    enum ft_status s = ft_sdk_enter(c);
    return ft_sdk_leave(c, s ? s : ft_sdk_fail(c, status, "%s: %s", name, text));
}

/* The Request around a struct; NULL with the client's error set. */
static ProtobufCMessage *envelope(struct ft_client *c, const struct ft_typed_protocol *p,
                                  const void *request, struct ft_arena *arena,
                                  enum ft_status *status)
{
    struct ft_err err = {0};
    ProtobufCMessage *c2s = NULL, *msg = NULL;
    if (!request)
        ft_err_set(&err, FT_EINVAL, "request is NULL");
    else
        c2s = ft_typed_write(p->request, request, arena, &err);
    if (c2s && !(msg = ft_arena_alloc(arena, p->envelope->sizeof_message)))
        ft_err_set(&err, FT_ENOMEM, "no memory for the request");
    if (msg) {
        protobuf_c_message_init(p->envelope, msg);
        memcpy((char *)msg + p->envelope->fields[0].offset, &c2s, sizeof c2s);
        return msg;
    }
    *status = told(c, ft_sdk_status_of(err.code), p->envelope->package_name, err.text);
    return NULL;
}

enum ft_status ft_typed_call(struct ft_client *c, const struct ft_typed_protocol *p,
                             const void *request, struct ft_reply **reply, const void **data)
{
    if (data)
        *data = NULL;
    if (!c || (data && !reply))
        return FT_STATUS_INVALID;
    struct ft_arena arena;
    ft_arena_init(&arena, REQUEST_ARENA);
    enum ft_status s = FT_STATUS_OK;
    ProtobufCMessage *msg = envelope(c, p, request, &arena, &s);
    if (msg)
        s = ft_client_call(c, p->id, msg, 0, reply);
    ft_arena_free(&arena);
    if (s == FT_STATUS_OK && data) {
        FT_CHECK(*reply);
        *data = ft_typed_data(*reply, p->reply);
        if ((*reply)->status != FT_STATUS_OK)
            s = told(c, (*reply)->status, p->envelope->package_name, (*reply)->text);
    }
    return s;
}

enum ft_status ft_typed_call_async(struct ft_client *c, const struct ft_typed_protocol *p,
                                   const void *request, ft_typed_reply_fn *fn, void *user)
{
    if (!c)
        return FT_STATUS_INVALID;
    struct ft_arena arena;
    ft_arena_init(&arena, REQUEST_ARENA);
    enum ft_status s = FT_STATUS_OK;
    ProtobufCMessage *msg = envelope(c, p, request, &arena, &s);
    struct ft_sdk_call like = {.typed = fn, .data = p->reply, .user = user};
    if (msg)
        s = ft_sdk_call_async(c, p->id, msg, 0, &like, NULL);
    ft_arena_free(&arena);
    return s;
}

enum ft_status ft_typed_on(struct ft_client *c, const struct ft_typed_protocol *p,
                           ft_typed_push_fn *fn, void *user)
{
    return ft_sdk_set_push(
        c, p->id, &(struct ft_sdk_push_handler){.typed = fn, .data = p->reply, .user = user});
}

/* ---- Walks ------------------------------------------------------------------------------------ */

struct walk {
    const struct ft_typed_field *from, *end, *rows;
    bool cursor_like;                     /* a cursor, not a position */
    bool from_bytes, end_bytes, end_bool; /* wire types; what is neither is a text or a number */
    char *request;                        /* a copy, moved on page by page */
    char *cursor;                         /* owned: of the page asked for last; NULL: none */
    size_t cursor_len;
    int64_t position;
};

static ProtobufCType type_of(const struct ft_typed_message *map, const struct ft_typed_field *f)
{
    return map->wire->fields[f->index].type;
}

/* The cursor that the page hands out. An empty one, "-1" or none: there is no next page. */
static bool next_cursor(const struct walk *w, const char *page, struct ft_bytes *out)
{
    if (w->end_bytes) {
        memcpy(out, page + w->end->offset, sizeof *out);
    } else {
        const char *text;
        memcpy(&text, page + w->end->offset, sizeof text);
        *out = (struct ft_bytes){text ? strlen(text) : 0, (const uint8_t *)text};
    }
    return out->data && out->len && !(out->len == 2 && memcmp(out->data, "-1", 2) == 0);
}

/* Sets the request to the page behind the cursor. FT_STATUS_BAD_REPLY: it is the one that was asked for. */
static enum ft_status take_cursor(struct walk *w, const struct ft_bytes *next)
{
    if (w->cursor && w->cursor_len == next->len && memcmp(w->cursor, next->data, next->len) == 0)
        return FT_STATUS_BAD_REPLY;
    char *copy = malloc(next->len + 1);
    if (!copy)
        return FT_STATUS_NO_MEMORY;
    memcpy(copy, next->data, next->len);
    copy[next->len] = '\0';
    free(w->cursor);
    w->cursor = copy;
    w->cursor_len = next->len;
    if (w->from_bytes) {
        struct ft_bytes bytes = {next->len, (const uint8_t *)copy};
        memcpy(w->request + w->from->offset, &bytes, sizeof bytes);
    } else {
        memcpy(w->request + w->from->offset, &copy, sizeof copy);
    }
    return FT_STATUS_OK;
}

/* Whether pages follow the one that brings the position to `reached`. A gateway that does not tell has no more. */
static bool more_rows(const struct walk *w, const char *page, int64_t reached)
{
    if (w->end->second && !*(const bool *)(page + w->end->second))
        return false;
    if (w->end_bool)
        return !*(const bool *)(page + w->end->offset);
    int32_t number;
    memcpy(&number, page + w->end->offset, sizeof number);
    bool is_flag = strcmp(w->end->name, "lastPage") == 0; /* an integer in one protocol (3252) */
    return is_flag ? number == 0 : reached < number;
}

/* Moves the request on. *more false: the page was the last. */
static enum ft_status next_page(struct walk *w, const char *page, bool *more)
{
    if (w->cursor_like) {
        struct ft_bytes next;
        *more = next_cursor(w, page, &next);
        return *more ? take_cursor(w, &next) : FT_STATUS_OK;
    }
    size_t rows;
    memcpy(&rows, page + w->rows->second, sizeof rows);
    int64_t reached = w->position + (rows > INT32_MAX ? INT32_MAX : (int64_t)rows);
    *more = more_rows(w, page, reached);
    if (!*more)
        return FT_STATUS_OK;
    if (!rows || reached > INT32_MAX)
        return FT_STATUS_BAD_REPLY;
    w->position = reached;
    int32_t at = (int32_t)reached;
    memcpy(w->request + w->from->offset, &at, sizeof at);
    if (w->from->second)
        *(bool *)(w->request + w->from->second) = true;
    return FT_STATUS_OK;
}

/* One page, handed to `fn`; *more: the request is set to the one behind it, which is wanted. */
static enum ft_status walk_page(struct ft_client *c, const struct ft_typed_protocol *p,
                                struct walk *w, struct ft_reply **reply, ft_page_fn *fn, void *user,
                                bool *more)
{
    const char *name = p->envelope->package_name;
    const void *data;
    *more = false;
    enum ft_status s = ft_typed_call(c, p, w->request, reply, &data);
    if (s)
        return s;
    if (!data)
        return told(c, FT_STATUS_BAD_REPLY, name, "a page came without data");
    if (!fn(user, data))
        return FT_STATUS_OK;
    s = next_page(w, data, more);
    if (s == FT_STATUS_BAD_REPLY)
        return told(c, s, name,
                    "pages do not advance: the same next page again, or none of its rows");
    return s ? told(c, s, name, "no memory for a walk") : FT_STATUS_OK;
}

static void walk_from(struct walk *w, const struct ft_typed_protocol *p, const void *request)
{
    ProtobufCType from = type_of(p->request, w->from), end = type_of(p->reply, w->end);
    memcpy(w->request, request, p->request->size);
    w->from_bytes = from == PROTOBUF_C_TYPE_BYTES;
    w->end_bytes = end == PROTOBUF_C_TYPE_BYTES;
    w->end_bool = end == PROTOBUF_C_TYPE_BOOL;
    w->cursor_like = w->from_bytes || from == PROTOBUF_C_TYPE_STRING;
    if (!w->cursor_like && (!w->from->second || *(bool *)(w->request + w->from->second))) {
        int32_t at;
        memcpy(&at, w->request + w->from->offset, sizeof at);
        w->position = at;
    }
}

enum ft_status ft_typed_walk_most(struct ft_client *c, const struct ft_typed_protocol *p,
                                  const struct ft_typed_paging *paging, const void *request,
                                  ft_page_fn *fn, void *user, int pages)
{
    if (!c || !request || !fn)
        return FT_STATUS_INVALID;
    struct walk w = {.from = &p->request->fields[paging->from],
                     .end = &p->reply->fields[paging->end],
                     .rows = &p->reply->fields[paging->rows],
                     .request = malloc(p->request->size)};
    if (!w.request)
        return told(c, FT_STATUS_NO_MEMORY, p->envelope->package_name, "no memory for a walk");
    walk_from(&w, p, request);
    struct ft_reply *reply = NULL;
    enum ft_status s = FT_STATUS_OK;
    bool more = true;
    for (int page = 0; more && s == FT_STATUS_OK; page++)
        s = page < pages ? walk_page(c, p, &w, &reply, fn, user, &more)
                         : told(c, FT_STATUS_LIMIT, p->envelope->package_name,
                                "there are more pages than a walk may have");
    ft_reply_free(reply);
    free(w.cursor);
    free(w.request);
    return s;
}

enum ft_status ft_typed_walk(struct ft_client *c, const struct ft_typed_protocol *p,
                             const struct ft_typed_paging *paging, const void *request,
                             ft_page_fn *fn, void *user)
{
    return ft_typed_walk_most(c, p, paging, request, fn, user, FT_PAGES_MAX);
}
