/* JSON text to message, in two passes and without a tree: json_scan.c checks the grammar, then the
 * descriptors say what each value may be. */
#include "base/check.h"
#include "wire/json.h"
#include "wire/json_text.h"
#include "wire/pb_path.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_VALUE_MAX = 40, /* bytes of a refused string or number that a text repeats */
    SHORT_TEXT = 64,      /* bytes of a value that are judged on the stack */
    FIELD_NAME_MAX = 128        /* bytes of a name; longer ones no message has */
};

/* Where the values of one message's fields begin, behind `text`; 0: absent. A field has two names. */
struct found {
    uint32_t as_named, as_camel;
};

struct reader {
    const char *text;
    struct ft_arena *arena;
    struct ft_err *err;
    bool strict;
    /* Of each level of messages, taken when first needed and used again by the next message there. */
    struct {
        struct found *of;
        unsigned cap;
    } level[FT_JSON_MESSAGE_DEPTH_MAX];
};

static int out_of_memory(struct reader *r)
{
    return ft_err_set(r->err, FT_ENOMEM,
                      "the message needs more than the %zu bytes of memory that decoding may use",
                      r->arena->limit);
}

static bool is_number(const char *v)
{
    return *v == '-' || (*v >= '0' && *v <= '9');
}

/* A number as it stands, or a string's content, NUL-terminated: in `buf`, or when it is long in the
 * arena. NULL: no memory. */
static const char *text_of(struct reader *r, const char *v, char buf[SHORT_TEXT], size_t *len)
{
    size_t raw = (size_t)(ft_json_skip(v) - v);
    char *out = raw < SHORT_TEXT ? buf : ft_arena_alloc(r->arena, raw + 1);
    if (!out) {
        out_of_memory(r);
        return NULL;
    }
    if (*v == '"') {
        *len = ft_json_string(v, out);
    } else {
        memcpy(out, v, raw);
        out[raw] = '\0';
        *len = raw;
    }
    return out;
}

/* The value for an error text: what it is when it is short, else its kind. */
static const char *show(struct reader *r, const char *v, char out[SHORT_TEXT])
{
    switch (*v) {
    case '{': return "an object";
    case '[': return "a list";
    case 't': return "true";
    case 'f': return "false";
    case 'n': return "null";
    default: break;
    }
    char buf[SHORT_TEXT];
    size_t len;
    const char *s = text_of(r, v, buf, &len);
    if (!s)
        return *v == '"' ? "a long string" : "a long number";
    size_t cut = ft_utf8_prefix(s, len, SHOWN_VALUE_MAX);
    snprintf(out, SHORT_TEXT, *v == '"' ? "the string \"%.*s\"%s" : "the number %.*s%s", (int)cut, s,
             cut < len ? "..." : "");
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    return out;
}

static int refuse(struct reader *r, const struct ft_pb_path *here, const char *v,
                  const char *allowed)
{
    char where[FT_PB_PATH_TEXT_MAX];
    char shown[SHORT_TEXT];
    return ft_err_set(r->err, FT_EINVAL, "%s: %s is not allowed; allowed is %s",
                      ft_pb_path_text(here, where), show(r, v, shown), allowed);
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

/* A fraction or an exponent may still leave a whole number: 1.0, 1e3. */
static bool whole_from_real(const char *s, struct whole *out)
{
    double d = strtod(s, NULL);
    if (trunc(d) != d || !(fabs(d) < 18446744073709551616.0))
        return false;
    out->negative = d < 0;
    out->magnitude = (uint64_t)fabs(d);
    return true;
}

/* A whole number from -below_zero to max; as two's complement in *out. */
static bool read_whole(const char *v, uint64_t below_zero, uint64_t max, uint64_t *out)
{
    struct whole n;
    char s[SHORT_TEXT];
    size_t raw = (size_t)(ft_json_skip(v) - v);
    if ((*v != '"' && !is_number(v)) || raw >= sizeof s)
        return false;
    if (*v == '"') {
        ft_json_string(v, s);
    } else {
        memcpy(s, v, raw);
        s[raw] = '\0';
    }
    if (!whole_from_text(s, &n) && (*v == '"' || !strpbrk(s, ".eE") || !whole_from_real(s, &n)))
        return false;
    if (n.magnitude > (n.negative ? below_zero : max))
        return false;
    *out = n.negative ? 0 - n.magnitude : n.magnitude;
    return true;
}

static int read_int32(struct reader *r, const struct ft_pb_path *here, const char *v, int32_t *to)
{
    uint64_t n;
    if (!read_whole(v, UINT64_C(1) << 31, INT32_MAX, &n))
        return refuse(r, here, v, "a whole number from -2147483648 to 2147483647");
    *to = (int32_t)(int64_t)n;
    return 0;
}

static int read_uint32(struct reader *r, const struct ft_pb_path *here, const char *v,
                       uint32_t *to)
{
    uint64_t n;
    if (!read_whole(v, 0, UINT32_MAX, &n))
        return refuse(r, here, v, "a whole number from 0 to 4294967295");
    *to = (uint32_t)n;
    return 0;
}

static int read_int64(struct reader *r, const struct ft_pb_path *here, const char *v, int64_t *to)
{
    uint64_t n;
    if (!read_whole(v, UINT64_C(1) << 63, INT64_MAX, &n))
        return refuse(r, here, v, "a whole number from -9223372036854775808 to "
                                  "9223372036854775807, or a string of its digits");
    *to = (int64_t)n;
    return 0;
}

static int read_uint64(struct reader *r, const struct ft_pb_path *here, const char *v,
                       uint64_t *to)
{
    if (!read_whole(v, 0, UINT64_MAX, to))
        return refuse(r, here, v, "a whole number from 0 to 18446744073709551615, or a string of "
                                  "its digits");
    return 0;
}

static int read_enum(struct reader *r, const struct ft_pb_path *here, const char *v, int32_t *to)
{
    const ProtobufCEnumDescriptor *desc = here->field->descriptor;
    uint64_t n;
    if (*v == '"' && ft_json_skip(v) - v < FIELD_NAME_MAX) {
        char name[FIELD_NAME_MAX];
        ft_json_string(v, name);
        const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value_by_name(desc, name);
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

static int read_double(struct reader *r, const struct ft_pb_path *here, const char *v, double *to)
{
    char buf[SHORT_TEXT], where[FT_PB_PATH_TEXT_MAX];
    size_t len;
    const char *s = NULL;
    if ((*v == '"' || is_number(v)) && !(s = text_of(r, v, buf, &len)))
        return -1;
    if (s && *v != '"') {
        *to = strtod(s, NULL);
        return isfinite(*to) ? 0
                             : ft_err_set(r->err, FT_ECORRUPT,
                                          "not JSON: %s: a number beyond the range of a double",
                                          ft_pb_path_text(here, where));
    }
    if (!s || !real_from_text(s, to))
        return refuse(r, here, v, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
    return 0;
}

static int read_float(struct reader *r, const struct ft_pb_path *here, const char *v, float *to)
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

static int read_string(struct reader *r, const struct ft_pb_path *here, const char *v, char **to)
{
    if (*v != '"')
        return refuse(r, here, v, "a string");
    *to = ft_arena_alloc(r->arena, (size_t)(ft_json_skip(v) - v));
    if (!*to)
        return out_of_memory(r);
    ft_json_string(v, *to);
    return 0;
}

static int read_bytes(struct reader *r, const struct ft_pb_path *here, const char *v,
                      ProtobufCBinaryData *to)
{
    char buf[SHORT_TEXT];
    size_t len;
    if (*v != '"')
        return refuse(r, here, v, "a string in base64");
    const char *s = text_of(r, v, buf, &len);
    uint8_t *data = s ? ft_arena_alloc(r->arena, len / 4 * 3 + 3) : NULL;
    if (!data)
        return out_of_memory(r);
    if (!ft_base64_read(s, len, data, &to->len))
        return refuse(r, here, v, "a string in base64");
    to->data = to->len > 0 ? data : NULL;
    return 0;
}

static ProtobufCMessage *read_message(struct reader *r, const ProtobufCMessageDescriptor *desc,
                                      const char *v, const struct ft_pb_path *up, size_t depth);

static int read_value(struct reader *r, const struct ft_pb_path *here, const char *v, void *to,
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
        if (*v != 't' && *v != 'f')
            return refuse(r, here, v, "true or false");
        *(protobuf_c_boolean *)to = *v == 't';
        return 0;
    case PROTOBUF_C_TYPE_STRING:
        return read_string(r, here, v, to);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(r, here, v, to);
    case PROTOBUF_C_TYPE_MESSAGE:
        if (*v != '{')
            return refuse(r, here, v, "an object");
        *(ProtobufCMessage **)to = read_message(r, here->field->descriptor, v, here, depth + 1);
        return *(ProtobufCMessage **)to ? 0 : -1;
    }
    FT_CHECK(!"a field type that protobuf-c does not have");
    return -1;
}

static size_t count_elements(const char *list)
{
    size_t n = 0;
    for (const char *p = ft_json_space(list + 1); *p != ']'; n++) {
        p = ft_json_space(ft_json_skip(p));
        if (*p == ',')
            p = ft_json_space(p + 1);
    }
    return n;
}

static int read_list(struct reader *r, struct ft_pb_path *here, const char *v, ProtobufCMessage *msg,
                     size_t depth)
{
    const ProtobufCFieldDescriptor *f = here->field;
    if (*v != '[') {
        /* The path of the list itself, not of its first element. */
        ProtobufCFieldDescriptor whole = *f;
        whole.label = PROTOBUF_C_LABEL_OPTIONAL;
        struct ft_pb_path list = {.up = here->up, .field = &whole};
        return refuse(r, &list, v, "a list");
    }
    size_t n = count_elements(v);
    if (n == 0)
        return 0;
    size_t each = ft_pb_value_size(f);
    char *array = ft_arena_zalloc(r->arena, n * each);
    if (!array)
        return out_of_memory(r);
    for (v = ft_json_space(v + 1); here->index < n; here->index++) {
        if (read_value(r, here, v, array + here->index * each, depth))
            return -1;
        v = ft_json_space(ft_json_space(ft_json_skip(v)) + 1); /* behind the comma */
    }
    *(char **)((char *)msg + f->offset) = array;
    *(size_t *)((char *)msg + f->quantifier_offset) = n;
    return 0;
}

static int read_field(struct reader *r, struct ft_pb_path *here, const char *v, ProtobufCMessage *msg,
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

/* The fields of this level, all absent. */
static struct found *take_level(struct reader *r, size_t depth, unsigned n)
{
    if (r->level[depth - 1].cap < n) {
        r->level[depth - 1].of = ft_arena_alloc(r->arena, n * sizeof(struct found));
        r->level[depth - 1].cap = r->level[depth - 1].of ? n : 0;
    }
    struct found *found = r->level[depth - 1].of;
    if (found)
        memset(found, 0, n * sizeof *found);
    return found;
}

/* Finds out which fields the object has. Of a name given twice the last value counts. */
static int find_members(struct reader *r, const ProtobufCMessageDescriptor *desc, const char *v,
                        const struct ft_pb_path *up, struct found *found)
{
    for (const char *p = ft_json_space(v + 1); *p != '}';) {
        char name[FIELD_NAME_MAX] = "";
        const char *behind = ft_json_skip(p);
        const ProtobufCFieldDescriptor *f = NULL;
        if (behind - p <= FIELD_NAME_MAX) {
            ft_json_string(p, name);
            f = find_field(desc, name);
        }
        if (!f && r->strict) {
            char where[FT_PB_PATH_TEXT_MAX];
            return ft_err_set(r->err, FT_ENOTFOUND, "%s%s%s: %s has no such field",
                              up ? ft_pb_path_text(up, where) : "", up ? "." : "",
                              *name ? name : "a long name", desc->name);
        }
        p = ft_json_space(ft_json_space(behind) + 1); /* behind the colon */
        if (f) {
            struct found *at = &found[f - desc->fields];
            *(strcmp(name, f->name) == 0 ? &at->as_named : &at->as_camel) = (uint32_t)(p - r->text);
        }
        p = ft_json_space(ft_json_skip(p));
        if (*p == ',')
            p = ft_json_space(p + 1);
    }
    return 0;
}

/* The value at an offset; NULL when it is absent or null. */
static const char *given(const struct reader *r, uint32_t at)
{
    return at && r->text[at] != 'n' ? r->text + at : NULL;
}

static int read_fields(struct reader *r, ProtobufCMessage *msg, const char *v,
                       const struct ft_pb_path *up, size_t depth)
{
    const ProtobufCMessageDescriptor *desc = msg->descriptor;
    char where[FT_PB_PATH_TEXT_MAX];
    struct found *found = take_level(r, depth, desc->n_fields);
    if (!found && desc->n_fields)
        return out_of_memory(r);
    if (find_members(r, desc, v, up, found))
        return -1;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        struct ft_pb_path here = {.up = up, .field = &desc->fields[i]};
        const char *named = given(r, found[i].as_named), *camel = given(r, found[i].as_camel);
        if (named && camel)
            return ft_err_set(r->err, FT_EINVAL, "%s is given under both of its names",
                              ft_pb_path_text(&here, where));
        if (named || camel) {
            if (read_field(r, &here, named ? named : camel, msg, depth))
                return -1;
        } else if (here.field->label == PROTOBUF_C_LABEL_REQUIRED) {
            return ft_err_set(r->err, FT_EINVAL, "%s is required", ft_pb_path_text(&here, where));
        }
    }
    return 0;
}

static ProtobufCMessage *read_message(struct reader *r, const ProtobufCMessageDescriptor *desc,
                                      const char *v, const struct ft_pb_path *up, size_t depth)
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
    return read_fields(r, msg, v, up, depth) ? NULL : msg;
}

static ProtobufCMessage *read_checked(struct reader *r, const ProtobufCMessageDescriptor *desc)
{
    const char *v = ft_json_space(r->text);
    static const char *const kinds[] = {"a list", "a string", "a word", "a number"};
    if (*v == '{')
        return read_message(r, desc, v, NULL, 1);
    ft_err_set(r->err, FT_ECORRUPT, "%s is not allowed; allowed is an object with the fields of %s",
               kinds[*v == '[' ? 0 : *v == '"' ? 1 : is_number(v) ? 3 : 2], desc->name);
    return NULL;
}

static ProtobufCMessage *read_text(const ProtobufCMessageDescriptor *desc, const char *text,
                                   size_t len, bool strict, struct ft_arena *arena,
                                   struct ft_err *err)
{
    if (len > UINT32_MAX) {
        ft_err_set(err, FT_ELIMIT, "a JSON text of %zu bytes: allowed are 4 GiB", len);
        return NULL;
    }
    if (!text) {
        text = "";
        len = 0;
    }
    if (ft_json_check(text, len, err))
        return NULL;
    struct reader r = {.text = text, .arena = arena, .err = err, .strict = strict};
    /* Decimal points, whatever the program's locale says. "C" costs nothing. */
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), old = uselocale(c);
    ProtobufCMessage *msg = read_checked(&r, desc);
    uselocale(old);
    freelocale(c);
    return msg;
}

ProtobufCMessage *ft_json_read(const ProtobufCMessageDescriptor *desc, const char *text, size_t len,
                               struct ft_arena *arena, struct ft_err *err)
{
    return read_text(desc, text, len, false, arena, err);
}

ProtobufCMessage *ft_json_read_strict(const ProtobufCMessageDescriptor *desc, const char *text,
                                      size_t len, struct ft_arena *arena, struct ft_err *err)
{
    return read_text(desc, text, len, true, arena, err);
}
