/* For the tests of the reference-data engine: files as texts, the faults that reading them tells, and
 * requests and replies as JSON. */
#ifndef TEST_REFDATA_FIXTURE_H
#define TEST_REFDATA_FIXTURE_H

#include "refdata/field.h"
#include "refdata/refdata.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char told[16384]; /* "LINE: text" lines */

static inline void say(void *user, uint32_t line, const char *text)
{
    size_t n = strlen(told);
    if (n + 600 < sizeof told)
        snprintf(told + n, sizeof told - n, "%u: %s\n", line, text);
}

static inline int lookup(void *user, const char *security)
{
    static const struct { const char *name; int market; } known[] = {
        {"HK.00700", 1}, {"HK.00005", 1},   {"US.AAPL", 11},   {"US.MSFT", 11},
        {"SH.600519", 21}, {"SZ.000001", 22}, {"SG.D05", 31},  {"HK.800000", -1},
    };
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (strcmp(known[k].name, security) == 0)
            return known[k].market;
    return 0;
}

static const struct ft_ref_reader test_reader = {.lookup = lookup, .say = say};

static inline size_t read_text(const char *text, struct ft_ref_records *out)
{
    told[0] = '\0';
    ft_ref_records_init(out);
    return ft_ref_read(&test_reader, text, strlen(text), out);
}

static inline const struct ft_ref_decl *decl(uint32_t protocol)
{
    const struct ft_ref_decl *d = ft_ref_decl_find(protocol);
    assert_non_null(d);
    return d;
}

static inline struct ft_ref_rows rows_of(const struct ft_ref_records *r, const struct ft_ref_decl *d,
                                         const char *security, struct ft_arena *arena)
{
    size_t n;
    const struct ft_ref_record *rec = ft_ref_records_find(r, d->protocol, security, &n);
    struct ft_ref_rows rows = {.row = n ? ft_arena_alloc(arena, n * sizeof *rows.row) : NULL};
    int list = ft_ref_list_of(d, lookup(NULL, security));
    for (size_t k = 0; k < n; k++) {
        ProtobufCMessage *m = ft_ref_unpack(d, list, rec[k].seq, ft_buf_head(&r->bytes) + rec[k].at,
                                            rec[k].len, arena, NULL);
        assert_non_null(m);
        if (rec[k].seq)
            rows.row[rows.count++] = m;
        else
            rows.figures = m;
    }
    return rows;
}

/* The reply's S2C as JSON, or "error: ..." for a request's C2S with these members beside security. */
static inline const char *ask(const struct ft_ref_records *r, uint32_t protocol, const char *security,
                              const char *members, bool chinese, struct ft_arena *arena)
{
    static char text[65536];
    char request[512];
    const struct ft_ref_decl *d = decl(protocol);
    const char *dot = strchr(security, '.');
    int market = lookup(NULL, security);
    struct ft_err err = {0};
    ft_arena_reset(arena);
    snprintf(request, sizeof request, "{\"c2s\":{\"security\":{\"market\":%d,\"code\":\"%s\"}%s%s}}",
             market, dot + 1, members[0] ? "," : "", members);
    ProtobufCMessage *req = ft_json_read(ft_protocol_find(protocol)->request, request,
                                         strlen(request), arena, &err);
    if (!req)
        fail_msg("%s", err.text);
    struct ft_ref_rows rows = rows_of(r, d, security, arena);
    ProtobufCMessage *reply =
        ft_ref_answer(d, ft_ref_list_of(d, market), req, &rows, chinese, arena, &err);
    if (!reply) {
        snprintf(text, sizeof text, "error: %s", err.text);
        return text;
    }
    struct ft_buf buf;
    ft_buf_init(&buf, sizeof text);
    const ProtobufCMessage *s2c = ft_ref_sub(reply, ft_ref_field(reply->descriptor, "s2c"));
    assert_int_equal(ft_json_write(s2c, &buf, &err), 0);
    snprintf(text, sizeof text, "%.*s", (int)ft_buf_len(&buf), (const char *)ft_buf_head(&buf));
    ft_buf_free(&buf);
    return text;
}

#endif
