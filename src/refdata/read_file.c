/* Records from a file's text: JSON lines or CSV (docs/refdata.md). */
#include "refdata/refdata.h"

#include "refdata/field.h"

#include "base/csv.h"
#include "wire/json.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 4 << 20, PROGRESS_EVERY = 1 << 16 };

struct reading {
    const struct ft_ref_reader *ask;
    struct ft_ref_records *out;
    struct ft_arena arena;
    size_t faults;
    uint32_t line;
};

static int fault(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fault(struct reading *r, const char *fmt, ...)
{
    char text[FT_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof text)
        text[ft_utf8_prefix(text, sizeof text, sizeof text - 1)] = '\0';
    if (r->faults++ < FT_REF_FAULTS_MAX)
        r->ask->say(r->ask->user, r->line, text);
    return -1;
}

/* ---- What a record may be ------------------------------------------------------------------------- */

/* The reader of JSON passes over names that it does not know, as clients need; a file's are slips. */
static int check_names(struct reading *r, const ProtobufCMessageDescriptor *type, json_t *object)
{
    const char *key;
    json_t *v;
    json_object_foreach(object, key, v)
    {
        const ProtobufCFieldDescriptor *f = ft_ref_field(type, key);
        if (!f)
            return fault(r, "%.60s: no such field; %s has the fields of its .proto file", key,
                         type->name);
        if (json_is_null(v))
            return fault(r, "%s: null; leave out what is not known", key);
        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        size_t n = json_is_array(v) ? json_array_size(v) : 1;
        for (size_t k = 0; k < n; k++) {
            json_t *sub = json_is_array(v) ? json_array_get(v, k) : v;
            if (json_is_object(sub) && check_names(r, f->descriptor, sub))
                return -1;
        }
    }
    return 0;
}

/* "xStr" beside a number "x" is its day as text; of an "xTime" perhaps with the time of day. */
static int check_day(struct reading *r, const ProtobufCMessage *m,
                     const ProtobufCFieldDescriptor *f)
{
    char number[64];
    size_t n = strlen(f->name);
    if (!ft_ref_is_text(f) || n < 4 || n >= sizeof number || strcmp(f->name + n - 3, "Str") != 0)
        return 0;
    memcpy(number, f->name, n - 3);
    number[n - 3] = '\0';
    const ProtobufCFieldDescriptor *of = ft_ref_field(m->descriptor, number);
    const char *text = ft_ref_text(m, f);
    struct ft_err err = {0};
    ft_day day;
    int64_t ns;
    int has_time;
    if (!of || !ft_ref_is_whole(of))
        return 0;
    bool time = n > 7 && strcmp(number + n - 7, "Time") == 0;
    if (time ? ft_datetime_parse(text, f->name, &day, &ns, &has_time, &err)
             : ft_day_parse(text, strlen(text), f->name, &day, &err))
        return fault(r, "%s", err.text);
    return 0;
}

static int check_values(struct reading *r, const ProtobufCMessage *m)
{
    bool any = false;
    for (unsigned k = 0; k < m->descriptor->n_fields; k++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[k];
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            any = any || *(const size_t *)((const char *)m + f->quantifier_offset) > 0;
            continue;
        }
        if (f->type == PROTOBUF_C_TYPE_BYTES || !ft_ref_has(m, f))
            continue;
        any = true;
        if (ft_ref_is_real(f) && !isfinite(ft_ref_real(m, f)))
            return fault(r, "%s: not a finite number", f->name);
        if (check_day(r, m, f))
            return -1;
    }
    return any ? 0 : fault(r, "the record is empty");
}

static bool is_figure(const struct ft_ref_decl *d, const char *name)
{
    for (int k = 0; k < FT_REF_FIGURES_MAX && d->figures[k]; k++)
        if (strcmp(d->figures[k], name) == 0)
            return true;
    return false;
}

static int check_figures(struct reading *r, const struct ft_ref_decl *d, json_t *object)
{
    const char *key;
    json_t *v;
    json_object_foreach(object, key, v)
    {
        (void)v;
        if (!is_figure(d, key))
            return fault(r, "figures: %.60s is not one that %s has", key,
                         ft_protocol_find(d->protocol)->name);
    }
    return 0;
}

static int add(struct reading *r, const struct ft_ref_decl *d, const char *security, int list,
               json_t *object)
{
    const ProtobufCMessageDescriptor *type =
        list == FT_REF_FIGURES ? ft_ref_s2c(d) : ft_ref_record_type(d, list);
    struct ft_err err = {0};
    if (check_names(r, type, object) || (list == FT_REF_FIGURES && check_figures(r, d, object)))
        return -1;
    char *text = json_dumps(object, JSON_COMPACT);
    ft_arena_reset(&r->arena);
    const ProtobufCMessage *m =
        text ? ft_json_read(type, text, strlen(text), &r->arena, &err) : NULL;
    free(text);
    if (!m)
        return fault(r, "%s", err.text[0] ? err.text : "no memory for the record");
    if (check_values(r, m))
        return -1;
    if (d->paging == FT_REF_BY_KEY && list != FT_REF_FIGURES) {
        const ProtobufCFieldDescriptor *key = ft_ref_field(type, d->lists[list].sort[0] + 1);
        if (ft_ref_int(m, key) < 1)
            return fault(r, "%s: it must be there and above 0, because pages go by it", key->name);
    }
    return ft_ref_records_add(r->out, d, security, list, r->line, m, &err)
               ? fault(r, "%s", err.text)
               : 0;
}

/* ---- Protocol and security ------------------------------------------------------------------------ */

static const struct ft_ref_decl *find_protocol(struct reading *r, const char *name)
{
    for (size_t k = 0; k < ft_ref_decls_count; k++) {
        char number[16];
        const struct ft_protocol *p = ft_protocol_find(ft_ref_decls[k].protocol);
        snprintf(number, sizeof number, "%u", p->id);
        if (strcmp(name, p->name) == 0 || strcmp(name, number) == 0)
            return &ft_ref_decls[k];
    }
    fault(r, "protocol: %.60s is not one whose records can be imported; docs/refdata.md lists them",
          name);
    return NULL;
}

static int find_list(struct reading *r, const struct ft_ref_decl *d, const char *security)
{
    char markets[64];
    if (strlen(security) > FT_REF_SECURITY_MAX)
        return fault(r, "security: %.60s is longer than %d bytes", security, FT_REF_SECURITY_MAX);
    int market = r->ask->lookup(r->ask->user, security);
    if (market == 0)
        return fault(r, "security: %s is not known; it is written like HK.00700", security);
    if (market < 0)
        return fault(r, "security: %s is neither a stock nor a fund", security);
    int list = ft_ref_list_of(d, market);
    if (list < 0)
        return fault(r, "security: %s: %s has records of %s only", security,
                     ft_protocol_find(d->protocol)->name,
                     ft_ref_markets_text(d, markets, sizeof markets));
    return list;
}

/* ---- JSON lines ----------------------------------------------------------------------------------- */

static int read_object(struct reading *r, json_t *root)
{
    const char *key, *security = json_string_value(json_object_get(root, "security"));
    json_t *v, *protocol = json_object_get(root, "protocol");
    json_t *record = json_object_get(root, "record"), *figures = json_object_get(root, "figures");
    char number[24];
    json_object_foreach(root, key, v)
    {
        (void)v;
        if (strcmp(key, "protocol") != 0 && strcmp(key, "security") != 0 &&
            strcmp(key, "record") != 0 && strcmp(key, "figures") != 0)
            return fault(r,
                         "%.60s: no such member; a line has protocol, security, and record or "
                         "figures",
                         key);
    }
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(protocol));
    if (!json_is_string(protocol) && !json_is_integer(protocol))
        return fault(r, "protocol: a name like Qot_GetShortInterest or its number is needed");
    if (!security)
        return fault(r, "security: a text like HK.00700 is needed");
    if (json_is_object(record) == json_is_object(figures) || (record && figures))
        return fault(r, "either record or figures is needed, an object");
    const struct ft_ref_decl *d =
        find_protocol(r, json_is_string(protocol) ? json_string_value(protocol) : number);
    int list = d ? find_list(r, d, security) : -1;
    if (list < 0)
        return -1;
    if (figures && !d->figures[0])
        return fault(r, "figures: %s has none", ft_protocol_find(d->protocol)->name);
    return add(r, d, security, record ? list : FT_REF_FIGURES, record ? record : figures);
}

static void read_json_line(struct reading *r, const char *line, size_t len)
{
    json_error_t e = {0};
    if (len > FT_REF_LINE_MAX) {
        fault(r, "a line of %zu bytes; at most %d are allowed", len, FT_REF_LINE_MAX);
        return;
    }
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        fault(r, "not JSON: column %d: %s", e.column, e.text);
    else if (!json_is_object(root))
        fault(r, "an object is needed: {\"protocol\": ..., \"security\": ..., \"record\": {...}}");
    else
        read_object(r, root);
    json_decref(root);
}

static void tell_progress(struct reading *r, size_t done, size_t total)
{
    if (r->ask->progress)
        r->ask->progress(r->ask->user, done, total);
}

static void read_json_lines(struct reading *r, const char *text, size_t len)
{
    size_t told = 0;
    for (size_t at = 0; at < len && r->faults < FT_REF_FAULTS_MAX;) {
        const char *line = text + at, *end = memchr(line, '\n', len - at);
        size_t n = end ? (size_t)(end - line) : len - at;
        at += n + 1;
        r->line++;
        if (n && line[n - 1] == '\r')
            n--;
        if (n && line[0] != '#')
            read_json_line(r, line, n);
        if (at - told >= PROGRESS_EVERY) {
            tell_progress(r, at, len);
            told = at;
        }
    }
}

/* ---- CSV ------------------------------------------------------------------------------------------ */

/* A fault of the table itself: the words have "file:line: " before them, the line is told apart. */
static void csv_fault(struct reading *r, const struct ft_csv *c, const struct ft_err *err)
{
    char place[32];
    snprintf(place, sizeof place, "%s:%d: ", c->file, c->line);
    size_t n = strlen(place);
    r->line = (uint32_t)c->line;
    fault(r, "%s", strncmp(err->text, place, n) == 0 ? err->text + n : err->text);
}

static json_t *csv_value(const ProtobufCFieldDescriptor *f, const char *text)
{
    if (f->type == PROTOBUF_C_TYPE_BOOL && strcmp(text, "true") == 0)
        return json_true();
    if (f->type == PROTOBUF_C_TYPE_BOOL && strcmp(text, "false") == 0)
        return json_false();
    return json_string(text); /* numbers may come as texts too (wire/json.h) */
}

struct table {
    const ProtobufCMessageDescriptor *type;
    const char *columns[FT_CSV_COLUMNS_MAX + 1];
};
enum { COL_PROTOCOL, COL_SECURITY, COL_FIRST };

static void read_csv_row(struct reading *r, const struct ft_csv *c, const struct table *t)
{
    r->line = (uint32_t)c->line;
    const char *security = ft_csv_text(c, COL_SECURITY);
    const struct ft_ref_decl *d = find_protocol(r, ft_csv_text(c, COL_PROTOCOL));
    int list = d ? find_list(r, d, security) : -1;
    if (list < 0)
        return;
    if (ft_ref_record_type(d, list) != t->type) {
        fault(r, "%s of %s: its records are %s, the ones above %s; a CSV file has one kind",
              ft_protocol_find(d->protocol)->name, security, ft_ref_record_type(d, list)->name,
              t->type->name);
        return;
    }
    json_t *object = json_object();
    bool good = object != NULL;
    for (int k = COL_FIRST; good && t->columns[k]; k++) {
        const char *text = ft_csv_text(c, k);
        if (text[0])
            good = !json_object_set_new(object, t->columns[k] + 1,
                                        csv_value(ft_ref_field(t->type, t->columns[k] + 1), text));
    }
    if (good)
        add(r, d, security, list, object);
    else
        fault(r, "not UTF-8, or no memory for the record");
    json_decref(object);
}

/* The first row says whose fields the columns are. 1: there are rows; 0: none, or a fault was told. */
static int csv_type(struct reading *r, struct ft_csv *c, const char *text, size_t len,
                    const ProtobufCMessageDescriptor **type)
{
    static const char *const key[] = {"protocol", "security", NULL};
    struct ft_err err = {0};
    int rc = ft_csv_open(c, "file", text, len, key, false, &err) ? -1 : ft_csv_next(c, &err);
    if (rc < 0)
        csv_fault(r, c, &err);
    if (rc <= 0)
        return 0;
    r->line = (uint32_t)c->line;
    const struct ft_ref_decl *d = find_protocol(r, ft_csv_text(c, COL_PROTOCOL));
    int list = d ? find_list(r, d, ft_csv_text(c, COL_SECURITY)) : -1;
    if (list >= 0)
        *type = ft_ref_record_type(d, list);
    return list >= 0;
}

static void read_csv(struct reading *r, const char *text, size_t len)
{
    static const char mark = '?'; /* an optional column */
    struct ft_csv *c = malloc(sizeof *c);
    char(*names)[64] = calloc(FT_CSV_COLUMNS_MAX, sizeof *names);
    struct table t = {.columns = {"protocol", "security"}};
    struct ft_err err = {0};
    int n = COL_FIRST, rc;
    size_t told = 0;
    if (!c || !names) {
        fault(r, "no memory to read the file");
        goto done;
    }
    if (!csv_type(r, c, text, len, &t.type))
        goto done;
    for (unsigned k = 0; k < t.type->n_fields; k++) {
        const ProtobufCFieldDescriptor *f = &t.type->fields[k];
        if (f->label == PROTOBUF_C_LABEL_REPEATED || f->type == PROTOBUF_C_TYPE_MESSAGE ||
            f->type == PROTOBUF_C_TYPE_BYTES)
            continue;
        if (n == FT_CSV_COLUMNS_MAX || strlen(f->name) + 2 > sizeof names[0]) {
            fault(r, "%s has more fields than a CSV file may have columns; use JSON lines",
                  t.type->name);
            goto done;
        }
        snprintf(names[n], sizeof names[n], "%c%s", mark, f->name);
        t.columns[n] = names[n];
        n++;
    }
    t.columns[n] = NULL;
    if (ft_csv_open(c, "file", text, len, t.columns, true, &err)) {
        csv_fault(r, c, &err);
        goto done;
    }
    while (r->faults < FT_REF_FAULTS_MAX && (rc = ft_csv_next(c, &err)) != 0) {
        if (rc < 0) {
            csv_fault(r, c, &err);
            break;
        }
        read_csv_row(r, c, &t);
        if (len - c->rest_len - told >= PROGRESS_EVERY) {
            told = len - c->rest_len;
            tell_progress(r, told, len);
        }
    }
done:
    free(names);
    free(c);
}

/* ---- Either --------------------------------------------------------------------------------------- */

static bool looks_like_json(const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        if (text[at] != '#' && text[at] != '\n' && text[at] != '\r')
            return text[at] == '{' || text[at] == '[';
        at = end ? (size_t)(end - text) + 1 : len;
    }
    return false;
}

static void say_fault(void *user, uint32_t line, const char *text)
{
    struct reading *r = user;
    r->line = line;
    fault(r, "%s", text);
}

size_t ft_ref_read(const struct ft_ref_reader *reader, const char *text, size_t len,
                   struct ft_ref_records *out)
{
    struct reading r = {.ask = reader, .out = out};
    size_t before = out->count;
    ft_arena_init(&r.arena, ARENA_MAX);
    if (looks_like_json(text, len))
        read_json_lines(&r, text, len);
    else
        read_csv(&r, text, len);
    if (r.faults == 0 && out->count == before) {
        r.line = 1;
        fault(&r, "the file has no records");
    }
    if (r.faults == 0)
        ft_ref_records_finish(out, say_fault, &r);
    tell_progress(&r, len, len);
    ft_arena_free(&r.arena);
    return r.faults;
}
