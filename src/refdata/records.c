/* A set of records: packed messages under protocol, security and number. */
#include "refdata/refdata.h"

#include "refdata/field.h"

#include "base/check.h"
#include "wire/pb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 1 << 30 };

void ft_ref_records_init(struct ft_ref_records *r)
{
    *r = (struct ft_ref_records){0};
    ft_buf_init(&r->bytes, BYTES_MAX);
}

void ft_ref_records_free(struct ft_ref_records *r)
{
    free(r->record);
    ft_buf_free(&r->bytes);
    *r = (struct ft_ref_records){0};
}

int ft_ref_records_add(struct ft_ref_records *r, const struct ft_ref_decl *d, const char *security,
                       int list, uint32_t line, const ProtobufCMessage *msg, struct ft_err *err)
{
    size_t len = protobuf_c_message_get_packed_size(msg), n = strlen(security);
    FT_CHECK(n <= FT_REF_SECURITY_MAX);
    if (len > FT_REF_RECORD_MAX)
        return ft_err_set(err, FT_ELIMIT, "a record of %zu bytes; at most %d are kept", len,
                          FT_REF_RECORD_MAX);
    if (r->count == FT_REF_RECORDS_MAX)
        return ft_err_set(err, FT_ELIMIT, "more than %d records in one file", FT_REF_RECORDS_MAX);
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 256;
        struct ft_ref_record *more = realloc(r->record, cap * sizeof *more);
        if (!more)
            return ft_err_set(err, FT_ENOMEM, "no memory for %zu records", cap);
        r->record = more;
        r->cap = cap;
    }
    struct ft_ref_record *rec = &r->record[r->count];
    *rec = (struct ft_ref_record){
        .protocol = d->protocol,
        .seq = list != FT_REF_FIGURES,
        .list = (int8_t)list,
        .line = line,
        .len = (uint32_t)len,
        .at = ft_buf_len(&r->bytes),
    };
    memcpy(rec->security, security, n + 1);
    if (ft_pb_append(msg, &r->bytes, err))
        return -1;
    r->count++;
    return 0;
}

static int by_group(const void *a, const void *b)
{
    const struct ft_ref_record *x = a, *y = b;
    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    return strcmp(x->security, y->security);
}

/* Within a group: figures, then records as they came. */
static int by_place(const void *a, const void *b)
{
    const struct ft_ref_record *x = a, *y = b;
    int c = by_group(a, b);
    if (c)
        return c;
    if ((x->seq == 0) != (y->seq == 0))
        return x->seq == 0 ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

struct key {
    int64_t value;
    uint32_t line;
};

static int by_value(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Paging by key goes on behind the row with that key: there must be one. */
static size_t check_keys(const struct ft_ref_records *r, const struct ft_ref_record *first,
                         size_t n, ft_ref_say *say, void *user)
{
    const struct ft_ref_decl *d = ft_ref_decl_find(first->protocol);
    if (d->paging != FT_REF_BY_KEY || n < 2)
        return 0;
    struct key *key = malloc(n * sizeof *key);
    struct ft_arena arena;
    ft_arena_init(&arena, 1 << 20);
    size_t faults = 0;
    char text[256];
    const char *by = d->lists[first->list].sort[0] + 1;
    if (!key) {
        say(user, first->line, "no memory to compare the records");
        return 1;
    }
    for (size_t k = 0; k < n; k++) {
        ft_arena_reset(&arena);
        const ProtobufCMessage *m = ft_ref_unpack(
            d, first->list, 1, ft_buf_head(&r->bytes) + first[k].at, first[k].len, &arena, NULL);
        FT_CHECK(m); /* we packed it */
        key[k].value = ft_ref_int(m, ft_ref_field(m->descriptor, by));
        key[k].line = first[k].line;
    }
    qsort(key, n, sizeof *key, by_value);
    for (size_t k = 1; k < n; k++) {
        if (key[k].value != key[k - 1].value)
            continue;
        snprintf(text, sizeof text, "%s of %s: %s %" PRId64 " is in line %u already",
                 ft_protocol_find(first->protocol)->name, first->security, by, key[k].value,
                 key[k - 1].line);
        say(user, key[k].line, text);
        faults++;
    }
    free(key);
    ft_arena_free(&arena);
    return faults;
}

size_t ft_ref_records_finish(struct ft_ref_records *r, ft_ref_say *say, void *user)
{
    size_t faults = 0;
    char text[256];
    if (r->count)
        qsort(r->record, r->count, sizeof *r->record, by_place);
    for (size_t k = 0, next; k < r->count; k = next) {
        uint32_t seq = 0;
        size_t figures = 0;
        for (next = k; next < r->count && by_group(&r->record[k], &r->record[next]) == 0; next++) {
            struct ft_ref_record *rec = &r->record[next];
            figures += rec->seq == 0;
            if (rec->seq)
                rec->seq = ++seq;
        }
        const char *name = ft_protocol_find(r->record[k].protocol)->name;
        if (figures > 1) {
            snprintf(text, sizeof text, "%s of %s: figures are given in line %u already", name,
                     r->record[k].security, r->record[k].line);
            say(user, r->record[k + 1].line, text);
            faults++;
        }
        if (seq > FT_REF_PER_SECURITY_MAX) {
            snprintf(text, sizeof text, "%s of %s: more than %d records", name,
                     r->record[k].security, FT_REF_PER_SECURITY_MAX);
            say(user, r->record[next - 1].line, text);
            faults++;
        }
        if (seq)
            faults += check_keys(r, &r->record[k + figures], seq, say, user);
    }
    return faults;
}

const struct ft_ref_record *ft_ref_records_find(const struct ft_ref_records *r, uint32_t protocol,
                                                const char *security, size_t *count)
{
    struct ft_ref_record want = {.protocol = protocol};
    *count = 0;
    if (strlen(security) > FT_REF_SECURITY_MAX)
        return NULL;
    memcpy(want.security, security, strlen(security) + 1);
    size_t lo = 0, hi = r->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_group(&r->record[mid], &want) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo + *count < r->count && by_group(&r->record[lo + *count], &want) == 0)
        ++*count;
    return *count ? &r->record[lo] : NULL;
}

ProtobufCMessage *ft_ref_unpack(const struct ft_ref_decl *d, int list, uint32_t seq,
                                const void *bytes, size_t len, struct ft_arena *arena,
                                struct ft_err *err)
{
    return ft_pb_unpack(seq ? ft_ref_record_type(d, list) : ft_ref_s2c(d), bytes, len, arena, err);
}
