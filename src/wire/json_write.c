/* Message to JSON text, straight into the output buffer. */
#include "base/check.h"
#include "base/text.h"
#include "wire/json.h"
#include "wire/json_text.h"
#include "wire/pb.h"
#include "wire/pb_path.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

/* Text goes to `out`; after the first failure nothing more is appended. */
struct writer {
    struct ft_buf *out;
    struct ft_err *err;
    bool failed;
};

static void put(struct writer *w, const char *text, size_t n)
{
    if (!w->failed && ft_buf_append(w->out, text, n)) {
        w->failed = true;
        ft_err_set(w->err, FT_ELIMIT, "the buffer may hold %zu bytes", w->out->max);
    }
}

static void put_char(struct writer *w, char c)
{
    put(w, &c, 1);
}

static void put_escaped(struct writer *w, unsigned char c)
{
    char text[FT_JSON_ESCAPE_MAX + 1];
    put(w, text, ft_json_escape_char(c, text));
}

static void put_string(struct writer *w, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = strlen(text);
    size_t clean = 0; /* start of what can be copied as it is */
    size_t at = 0;
    put_char(w, '"');
    while (at < len) {
        size_t n = ft_utf8_char(s + at, len - at);
        if (n > 0 && s[at] >= 0x20 && s[at] != '"' && s[at] != '\\') {
            at += n;
            continue;
        }
        put(w, text + clean, at - clean);
        if (n == 0)
            put(w, "\xef\xbf\xbd", 3);
        else
            put_escaped(w, s[at]);
        clean = ++at;
    }
    put(w, text + clean, at - clean);
    put_char(w, '"');
}

static void put_bytes(struct writer *w, const ProtobufCBinaryData *bytes)
{
    size_t n = ft_base64_size(bytes->len);
    put_char(w, '"');
    uint8_t *to = w->failed ? NULL : ft_buf_reserve(w->out, n + 1);
    if (to) {
        ft_base64_write(bytes->data, bytes->len, (char *)to);
        to[n] = '"';
        ft_buf_commit(w->out, n + 1);
    } else if (!w->failed) {
        w->failed = true;
        ft_err_set(w->err, FT_ELIMIT, "the buffer may hold %zu bytes", w->out->max);
    }
}

static void put_real(struct writer *w, double v, bool single)
{
    char text[FT_REAL_TEXT_MAX];
    put(w, text, ft_real_text(v, single, text));
}

/* Python's json2pb takes a singular 64-bit integer as string or number, but in lists only numbers;
 * JavaScript needs the string (platform.md §4.5). */
static void put_int(struct writer *w, bool negative, uint64_t magnitude, bool quoted)
{
    char text[24];
    char *p = text + sizeof text;
    if (quoted)
        *--p = '"';
    do {
        *--p = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (negative)
        *--p = '-';
    if (quoted)
        *--p = '"';
    put(w, p, (size_t)(text + sizeof text - p));
}

static void put_signed(struct writer *w, int64_t v, bool quoted)
{
    put_int(w, v < 0, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, quoted);
}

static void put_message(struct writer *w, const ProtobufCMessage *msg, size_t depth);

static void put_value(struct writer *w, const ProtobufCFieldDescriptor *f, const void *at,
                      size_t depth)
{
    bool quoted = f->label != PROTOBUF_C_LABEL_REPEATED;
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_ENUM:
        put_signed(w, *(const int32_t *)at, false);
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        put_int(w, false, *(const uint32_t *)at, false);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        put_signed(w, *(const int64_t *)at, quoted);
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        put_int(w, false, *(const uint64_t *)at, quoted);
        return;
    case PROTOBUF_C_TYPE_FLOAT:
        put_real(w, (double)*(const float *)at, true);
        return;
    case PROTOBUF_C_TYPE_DOUBLE:
        put_real(w, *(const double *)at, false);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        if (*(const protobuf_c_boolean *)at)
            put(w, "true", 4);
        else
            put(w, "false", 5);
        return;
    case PROTOBUF_C_TYPE_STRING:
        put_string(w, *(const char *const *)at);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        put_bytes(w, at);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(w, *(const ProtobufCMessage *const *)at, depth + 1);
        return;
    }
    FT_CHECK(!"a field type that protobuf-c does not have");
}

/* Whether a singular field is there to be written. */
static bool is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    const char *base = (const char *)msg;
    if (f->label == PROTOBUF_C_LABEL_REQUIRED)
        return true;
    if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE) {
        /* Like protobuf-c's packing: a pointer to the default is not a value. */
        const void *p = *(const void *const *)(base + f->offset);
        return p && p != f->default_value;
    }
    return *(const protobuf_c_boolean *)(base + f->quantifier_offset);
}

static void put_list(struct writer *w, const ProtobufCFieldDescriptor *f, const char *array,
                     size_t n, size_t depth)
{
    size_t each = ft_pb_value_size(f);
    put_char(w, '[');
    for (size_t i = 0; i < n && !w->failed; i++) {
        if (i > 0)
            put_char(w, ',');
        put_value(w, f, array + i * each, depth);
    }
    put_char(w, ']');
}

static void put_message(struct writer *w, const ProtobufCMessage *msg, size_t depth)
{
    const ProtobufCMessageDescriptor *desc = msg->descriptor;
    if (depth > FT_JSON_MESSAGE_DEPTH_MAX && !w->failed) {
        w->failed = true;
        ft_err_set(w->err, FT_ELIMIT, "messages are nested deeper than %d levels",
                   FT_JSON_MESSAGE_DEPTH_MAX);
    }
    bool first = true;
    put_char(w, '{');
    for (unsigned i = 0; i < desc->n_fields && !w->failed; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        const char *at = (const char *)msg + f->offset;
        bool list = f->label == PROTOBUF_C_LABEL_REPEATED;
        size_t n = list ? *(const size_t *)((const char *)msg + f->quantifier_offset) : 0;
        if (list ? n == 0 : !is_set(msg, f))
            continue;
        put(w, first ? "\"" : ",\"", first ? 1 : 2);
        put(w, f->name, strlen(f->name));
        put(w, "\":", 2);
        first = false;
        if (list)
            put_list(w, f, *(const char *const *)at, n, depth);
        else
            put_value(w, f, at, depth);
    }
    put_char(w, '}');
}

int ft_json_write(const ProtobufCMessage *msg, struct ft_buf *out, struct ft_err *err)
{
    if (ft_pb_complete(msg, err))
        return ft_err_wrap(err, "cannot write %s", msg->descriptor->name);
    struct writer w = {.out = out, .err = err};
    size_t before = ft_buf_len(out);
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), old = uselocale(c);
    put_message(&w, msg, 1);
    uselocale(old);
    freelocale(c);
    if (w.failed) {
        out->tail = out->head + before;
        return ft_err_wrap(err, "cannot write %s", msg->descriptor->name);
    }
    return 0;
}
