/* JSON text to message: jansson parses, the descriptors say what each value may be. */
#include "base/check.h"
#include "wire/json.h"
#include "wire/json_text.h"
#include "wire/pb_path.h"

#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEN_WORDS = 16,     /* fields per message: 1024, as in pb.c */
    SHOWN_VALUE_MAX = 40 /* bytes of a refused string that a text repeats */
};

struct reader {
    struct ft_arena *arena;
    struct ft_err *err;
};

static int out_of_memory(struct reader *r)
{
    return ft_err_set(r->err, FT_ENOMEM,
                      "the message needs more than the %zu bytes of memory that decoding may use",
                      r->arena->limit);
}

/* The value for an error text: what it is when it is short, else its kind. */
static const char *show(const json_t *v, char out[64])
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    case JSON_INTEGER:
        snprintf(out, 64, "the number %" JSON_INTEGER_FORMAT, json_integer_value(v));
        return out;
    case JSON_REAL:
        snprintf(out, 64, "the number %.17g", json_real_value(v));
        return out;
    case JSON_STRING:
        break;
    }
    const char *s = json_string_value(v);
    size_t len = json_string_length(v);
    size_t cut = ft_utf8_prefix(s, len, SHOWN_VALUE_MAX);
    snprintf(out, 64, "the string \"%.*s\"%s", (int)cut, s, cut < len ? "..." : "");
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    return out;
}

static int refuse(struct reader *r, const struct ft_pb_path *here, const json_t *v,
                  const char *allowed)
{
    char where[FT_PB_PATH_TEXT_MAX];
    char shown[64];
    return ft_err_set(r->err, FT_EINVAL, "%s: %s is not allowed; allowed is %s",
                      ft_pb_path_text(here, where), show(v, shown), allowed);
}

struct whole {
    bool negative;
    uint64_t magnitude;
};

static bool whole_from_text(const char *s, struct whole *out)
{
    *out = (struct whole){.negative = *s == '-'};
    s += out->negative;
    if (*s == '\0' || (s[0] == '0' && s[1] != '\0'))
        return false;
    for (; *s; s++) {
        unsigned digit = (unsigned)(*s - '0');
        if (*s < '0' || *s > '9' || out->magnitude > (UINT64_MAX - digit) / 10)
            return false;
        out->magnitude = out->magnitude * 10 + digit;
    }
    return true;
}

static bool whole_from_json(const json_t *v, struct whole *out)
{
    if (json_is_integer(v)) {
        json_int_t i = json_integer_value(v);
        out->negative = i < 0;
        out->magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        return true;
    }
    if (json_is_real(v)) {
        double d = json_real_value(v);
        if (trunc(d) != d || !(fabs(d) < 18446744073709551616.0))
            return false;
        out->negative = d < 0;
        out->magnitude = (uint64_t)fabs(d);
        return true;
    }
    return json_is_string(v) && whole_from_text(json_string_value(v), out);
}

/* A whole number from -below_zero to max; as two's complement in *out. */
static bool read_whole(const json_t *v, uint64_t below_zero, uint64_t max, uint64_t *out)
{
    struct whole n;
    if (!whole_from_json(v, &n) || n.magnitude > (n.negative ? below_zero : max))
        return false;
    *out = n.negative ? 0 - n.magnitude : n.magnitude;
    return true;
}

static int read_int32(struct reader *r, const struct ft_pb_path *here, const json_t *v, int32_t *to)
{
    uint64_t n;
    if (!read_whole(v, UINT64_C(1) << 31, INT32_MAX, &n))
        return refuse(r, here, v, "a whole number from -2147483648 to 2147483647");
    *to = (int32_t)(int64_t)n;
    return 0;
}

static int read_uint32(struct reader *r, const struct ft_pb_path *here, const json_t *v,
                       uint32_t *to)
{
    uint64_t n;
    if (!read_whole(v, 0, UINT32_MAX, &n))
        return refuse(r, here, v, "a whole number from 0 to 4294967295");
    *to = (uint32_t)n;
    return 0;
}

static int read_int64(struct reader *r, const struct ft_pb_path *here, const json_t *v, int64_t *to)
{
    uint64_t n;
    if (!read_whole(v, UINT64_C(1) << 63, INT64_MAX, &n))
        return refuse(r, here, v, "a whole number from -9223372036854775808 to "
                                  "9223372036854775807, or a string of its digits");
    *to = (int64_t)n;
    return 0;
}

static int read_uint64(struct reader *r, const struct ft_pb_path *here, const json_t *v,
                       uint64_t *to)
{
    if (!read_whole(v, 0, UINT64_MAX, to))
        return refuse(r, here, v, "a whole number from 0 to 18446744073709551615, or a string of "
                                  "its digits");
    return 0;
}

static int read_enum(struct reader *r, const struct ft_pb_path *here, const json_t *v, int32_t *to)
{
    const ProtobufCEnumDescriptor *desc = here->field->descriptor;
    uint64_t n;
    if (json_is_string(v)) {
        const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value_by_name(desc, json_string_value(v));
        if (known) {
            *to = known->value;
            return 0;
        }
    }
    if (!read_whole(v, UINT64_C(1) << 31, INT32_MAX, &n)) {
        char allowed[128];
        snprintf(allowed, sizeof allowed, "a number or a name of %.80s", desc->name);
        return refuse(r, here, v, allowed);
    }
    *to = (int32_t)(int64_t)n;
    return 0;
}

static bool real_from_text(const char *s, double *to)
{
    if (strcmp(s, "NaN") == 0)
        *to = (double)NAN;
    else if (strcmp(s, "Infinity") == 0)
        *to = (double)INFINITY;
    else if (strcmp(s, "-Infinity") == 0)
        *to = -(double)INFINITY;
    else if (ft_json_is_number(s))
        return *to = strtod(s, NULL), isfinite(*to);
    else
        return false;
    return true;
}

static int read_double(struct reader *r, const struct ft_pb_path *here, const json_t *v, double *to)
{
    if (json_is_number(v))
        *to = json_number_value(v);
    else if (!json_is_string(v) || !real_from_text(json_string_value(v), to))
        return refuse(r, here, v, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
    return 0;
}

static int read_float(struct reader *r, const struct ft_pb_path *here, const json_t *v, float *to)
{
    double d = 0;
    if (read_double(r, here, v, &d))
        return -1;
    /* Half a step above FLT_MAX is where rounding gives infinity. */
    if (isfinite(d) && fabs(d) >= 0x1.ffffffp127)
        return refuse(r, here, v, "a number within the range of a float (3.4028235e+38)");
    *to = (float)d;
    return 0;
}

static int read_string(struct reader *r, const struct ft_pb_path *here, const json_t *v, char **to)
{
    if (!json_is_string(v))
        return refuse(r, here, v, "a string");
    *to = ft_arena_strndup(r->arena, json_string_value(v), json_string_length(v));
    return *to ? 0 : out_of_memory(r);
}

static int read_bytes(struct reader *r, const struct ft_pb_path *here, const json_t *v,
                      ProtobufCBinaryData *to)
{
    if (!json_is_string(v))
        return refuse(r, here, v, "a string in base64");
    size_t len = json_string_length(v);
    uint8_t *data = ft_arena_alloc(r->arena, len / 4 * 3 + 3);
    if (!data)
        return out_of_memory(r);
    if (!ft_base64_read(json_string_value(v), len, data, &to->len))
        return refuse(r, here, v, "a string in base64");
    to->data = to->len > 0 ? data : NULL;
    return 0;
}

static ProtobufCMessage *read_message(struct reader *r, const ProtobufCMessageDescriptor *desc,
                                      json_t *object, const struct ft_pb_path *up, size_t depth);

static int read_value(struct reader *r, const struct ft_pb_path *here, json_t *v, void *to,
                      size_t depth)
{
    switch (here->field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return read_int32(r, here, v, to);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return read_uint32(r, here, v, to);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return read_int64(r, here, v, to);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return read_uint64(r, here, v, to);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(r, here, v, to);
    case PROTOBUF_C_TYPE_FLOAT:
        return read_float(r, here, v, to);
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_double(r, here, v, to);
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(v))
            return refuse(r, here, v, "true or false");
        *(protobuf_c_boolean *)to = json_is_true(v);
        return 0;
    case PROTOBUF_C_TYPE_STRING:
        return read_string(r, here, v, to);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(r, here, v, to);
    case PROTOBUF_C_TYPE_MESSAGE:
        if (!json_is_object(v))
            return refuse(r, here, v, "an object");
        *(ProtobufCMessage **)to = read_message(r, here->field->descriptor, v, here, depth + 1);
        return *(ProtobufCMessage **)to ? 0 : -1;
    }
    FT_CHECK(!"a field type that protobuf-c does not have");
    return -1;
}

static int read_list(struct reader *r, struct ft_pb_path *here, json_t *v, ProtobufCMessage *msg,
                     size_t depth)
{
    const ProtobufCFieldDescriptor *f = here->field;
    if (!json_is_array(v)) {
        /* The path of the list itself, not of its first element. */
        ProtobufCFieldDescriptor whole = *f;
        whole.label = PROTOBUF_C_LABEL_OPTIONAL;
        struct ft_pb_path list = {.up = here->up, .field = &whole};
        return refuse(r, &list, v, "a list");
    }
    size_t n = json_array_size(v);
    if (n == 0)
        return 0;
    size_t each = ft_pb_value_size(f);
    char *array = ft_arena_zalloc(r->arena, n * each);
    if (!array)
        return out_of_memory(r);
    for (; here->index < n; here->index++) {
        json_t *element = json_array_get(v, here->index);
        if (read_value(r, here, element, array + here->index * each, depth))
            return -1;
    }
    *(char **)((char *)msg + f->offset) = array;
    *(size_t *)((char *)msg + f->quantifier_offset) = n;
    return 0;
}

static int read_field(struct reader *r, struct ft_pb_path *here, json_t *v, ProtobufCMessage *msg,
                      size_t depth)
{
    const ProtobufCFieldDescriptor *f = here->field;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(r, here, v, msg, depth);
    if (read_value(r, here, v, (char *)msg + f->offset, depth))
        return -1;
    /* Strings and submessages have no has_ member: their pointer says it. */
    if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->quantifier_offset != 0)
        *(protobuf_c_boolean *)((char *)msg + f->quantifier_offset) = 1;
    return 0;
}

/* Whether `key` is the JSON name that protoc gives to `name`: underscores go, and the letter after
 * one becomes a capital (td_buyVal: tdBuyVal). */
static bool is_camel_of(const char *key, const char *name)
{
    for (; *name; name++) {
        char c = *name;
        if (c == '_') {
            while (*name == '_')
                name++;
            c = *name;
            if (c == '\0')
                break;
            if (c >= 'a' && c <= 'z')
                c = (char)(c - 'a' + 'A');
        }
        if (*key++ != c)
            return false;
    }
    return *key == '\0';
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *desc,
                                                  const char *key)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(desc, key);
    for (unsigned i = 0; !f && i < desc->n_fields; i++)
        if (is_camel_of(key, desc->fields[i].name))
            f = &desc->fields[i];
    return f;
}

static int read_fields(struct reader *r, ProtobufCMessage *msg, json_t *object,
                       const struct ft_pb_path *up, size_t depth)
{
    const ProtobufCMessageDescriptor *desc = msg->descriptor;
    uint64_t seen[SEEN_WORDS] = {0};
    char where[FT_PB_PATH_TEXT_MAX];
    const char *key;
    json_t *v;
    FT_CHECK(desc->n_fields <= SEEN_WORDS * 64);
    json_object_foreach(object, key, v)
    {
        struct ft_pb_path here = {.up = up, .field = find_field(desc, key)};
        if (!here.field || json_is_null(v))
            continue;
        size_t i = (size_t)(here.field - desc->fields);
        if (seen[i / 64] >> (i % 64) & 1)
            return ft_err_set(r->err, FT_EINVAL, "%s is given under both of its names",
                              ft_pb_path_text(&here, where));
        seen[i / 64] |= UINT64_C(1) << (i % 64);
        if (read_field(r, &here, v, msg, depth))
            return -1;
    }
    for (unsigned i = 0; i < desc->n_fields; i++) {
        struct ft_pb_path here = {.up = up, .field = &desc->fields[i]};
        if (here.field->label == PROTOBUF_C_LABEL_REQUIRED && !(seen[i / 64] >> (i % 64) & 1))
            return ft_err_set(r->err, FT_EINVAL, "%s is required", ft_pb_path_text(&here, where));
    }
    return 0;
}

static ProtobufCMessage *read_message(struct reader *r, const ProtobufCMessageDescriptor *desc,
                                      json_t *object, const struct ft_pb_path *up, size_t depth)
{
    if (depth > FT_JSON_MESSAGE_DEPTH_MAX) {
        ft_err_set(r->err, FT_ELIMIT, "messages are nested deeper than %d levels",
                   FT_JSON_MESSAGE_DEPTH_MAX);
        return NULL;
    }
    ProtobufCMessage *msg = ft_arena_alloc(r->arena, desc->sizeof_message);
    if (!msg) {
        out_of_memory(r);
        return NULL;
    }
    protobuf_c_message_init(desc, msg);
    return read_fields(r, msg, object, up, depth) ? NULL : msg;
}

static int parse_failed(struct ft_err *err, const json_error_t *e)
{
    if (json_error_code(e) == json_error_out_of_memory)
        return ft_err_set(err, FT_ENOMEM, "no memory for the JSON text");
    return ft_err_set(err, FT_ECORRUPT, "not JSON: line %d, column %d: %s", e->line, e->column,
                      e->text);
}

ProtobufCMessage *ft_json_read(const ProtobufCMessageDescriptor *desc, const char *text, size_t len,
                               struct ft_arena *arena, struct ft_err *err)
{
    if (ft_json_scan(&text, &len, arena, err))
        return NULL;
    json_error_t parse_error = {0};
    /* Without JSON_ALLOW_NUL jansson refuses \u0000, in values and names. Its recursion, when
     * parsing and when freeing, is bounded by the scan. */
    json_t *root = json_loadb(text ? text : "", len, 0, &parse_error);
    if (!root) {
        parse_failed(err, &parse_error);
        return NULL;
    }
    struct reader r = {.arena = arena, .err = err};
    ProtobufCMessage *msg = NULL;
    char shown[64];
    if (json_is_object(root))
        msg = read_message(&r, desc, root, NULL, 1);
    else
        ft_err_set(err, FT_ECORRUPT,
                   "%s is not allowed; allowed is an object with the fields of %s",
                   show(root, shown), desc->name);
    json_decref(root);
    return msg;
}
