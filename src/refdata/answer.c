/* From a request and all rows of its security to the reply's page. */
#include "refdata/refdata.h"

#include "refdata/field.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 24 };
#define LAST_KEY "-1" /* nothing follows (protocol-catalogue.md 5) */

const ProtobufCMessage *ft_ref_c2s_of(const ProtobufCMessage *request)
{
    return ft_ref_sub(request, ft_ref_field(request->descriptor, "c2s"));
}

const QotCommon__Security *ft_ref_security_of(const ProtobufCMessage *request)
{
    const ProtobufCMessage *c2s = ft_ref_c2s_of(request);
    const ProtobufCMessage *s = ft_ref_sub(c2s, ft_ref_field(c2s->descriptor, "security"));
    FT_CHECK(s->descriptor == &qot__common__security__descriptor);
    return (const QotCommon__Security *)s;
}

static int no_memory(bool chinese, struct ft_err *err)
{
    return ft_err_set(err, FT_ENOMEM, "%s",
                      chinese ? "应答超出网关单个请求的内存限制"
                              : "the reply exceeds the gateway's memory for one request");
}

/* ---- Filter --------------------------------------------------------------------------------------- */

static int filter(const struct ft_ref_decl *d, const ProtobufCMessage *c2s,
                  const ProtobufCMessageDescriptor *type, struct ft_ref_rows *rows, bool chinese,
                  struct ft_err *err)
{
    const ProtobufCFieldDescriptor *asked =
        d->filter ? ft_ref_field(c2s->descriptor, d->filter) : NULL;
    if (!asked || !ft_ref_has(c2s, asked))
        return 0;
    int64_t want = ft_ref_int(c2s, asked);
    if (want <= 0)
        return ft_err_set(err, FT_EINVAL,
                          chinese ? "%s=%" PRId64 " 无效：可用为记录中的正整数 ID"
                                  : "%s=%" PRId64
                                    ": allowed is an ID of the records, a whole number "
                                    "above 0",
                          d->filter, want);
    const ProtobufCFieldDescriptor *f = ft_ref_field(type, d->filter);
    size_t kept = 0;
    for (size_t k = 0; k < rows->count; k++)
        if (ft_ref_has(rows->row[k], f) && ft_ref_int(rows->row[k], f) == want)
            rows->row[kept++] = rows->row[k];
    rows->count = kept;
    return 0;
}

/* ---- Sort ----------------------------------------------------------------------------------------- */

struct keys {
    const ProtobufCFieldDescriptor *by[FT_REF_SORT_MAX];
    bool down[FT_REF_SORT_MAX];
};

/* Whether b must stand before a. A row without the field is before one with it, either way. */
static bool later_first(const struct keys *k, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    for (int i = 0; i < FT_REF_SORT_MAX && k->by[i]; i++) {
        bool has_a = ft_ref_has(a, k->by[i]), has_b = ft_ref_has(b, k->by[i]);
        if (has_a != has_b)
            return has_a;
        int c = ft_ref_compare(a, b, k->by[i]);
        if (c)
            return k->down[i] ? c < 0 : c > 0;
    }
    return false;
}

/* Merge sort: rows that are equal stay in order. */
static void sort(ProtobufCMessage **row, ProtobufCMessage **spare, size_t n, const struct keys *k)
{
    if (n < 2)
        return;
    size_t half = n / 2;
    sort(row, spare, half, k);
    sort(row + half, spare, n - half, k);
    memcpy(spare, row, half * sizeof *row);
    for (size_t a = 0, b = half, to = 0; a < half; to++)
        row[to] = b < n && later_first(k, spare[a], row[b]) ? row[b++] : spare[a++];
}

static int sort_rows(const struct ft_ref_list *l, const ProtobufCMessageDescriptor *type,
                     struct ft_ref_rows *rows, struct ft_arena *arena)
{
    struct keys keys = {0};
    for (int i = 0; i < FT_REF_SORT_MAX && l->sort[i]; i++) {
        keys.by[i] = ft_ref_field(type, l->sort[i] + 1);
        keys.down[i] = l->sort[i][0] == '-';
    }
    ProtobufCMessage **spare = ft_arena_alloc(arena, (rows->count / 2 + 1) * sizeof *spare);
    if (!spare)
        return -1;
    sort(rows->row, spare, rows->count, &keys);
    return 0;
}

/* ---- Pages ---------------------------------------------------------------------------------------- */

struct page {
    size_t first, count;
    const char *next;
};

/* A key as we write one: decimal digits without a leading zero. */
static bool key_number(const char *key, int64_t *out)
{
    size_t n = strlen(key);
    if (n == 0 || n > 18 || strspn(key, "0123456789") != n || (key[0] == '0' && n > 1))
        return false;
    *out = 0;
    for (const char *p = key; *p; p++)
        *out = *out * 10 + (*p - '0');
    return true;
}

static const ProtobufCFieldDescriptor *key_field(const struct ft_ref_list *l,
                                                 const ProtobufCMessageDescriptor *type)
{
    return ft_ref_field(type, l->sort[0] + 1);
}

/* Where the page after this key begins; 0: it is none of ours, since the first page has no key and
 * behind the last row there is no page. */
static size_t page_start(const struct ft_ref_decl *d, const struct ft_ref_list *l,
                         const ProtobufCMessageDescriptor *type, const struct ft_ref_rows *rows,
                         const char *key)
{
    int64_t v;
    if (!key_number(key, &v))
        return 0;
    if (d->paging == FT_REF_BY_OFFSET)
        return v > 0 && (uint64_t)v < rows->count ? (size_t)v : 0;
    const ProtobufCFieldDescriptor *f = key_field(l, type);
    for (size_t k = 0; k + 1 < rows->count; k++)
        if (ft_ref_int(rows->row[k], f) == v)
            return k + 1;
    return 0;
}

static int find_page(const struct ft_ref_decl *d, const struct ft_ref_list *l,
                     const ProtobufCMessageDescriptor *type, const ProtobufCMessage *c2s,
                     const struct ft_ref_rows *rows, bool chinese, struct ft_arena *arena,
                     struct page *out, struct ft_err *err)
{
    *out = (struct page){.count = rows->count, .next = LAST_KEY};
    if (d->paging == FT_REF_ALL)
        return 0;
    const ProtobufCFieldDescriptor *f_num = ft_ref_field(c2s->descriptor, "num");
    const char *key = ft_ref_text(c2s, ft_ref_field(c2s->descriptor, "nextKey"));
    int64_t num = ft_ref_has(c2s, f_num) ? ft_ref_int(c2s, f_num) : FT_REF_NUM_DEFAULT;
    if (num < 1 || num > d->num_max)
        return ft_err_set(err, FT_EINVAL,
                          chinese ? "num=%" PRId64 " 无效：可用 1 至 %d"
                                  : "num=%" PRId64 ": allowed are 1 to %d",
                          num, d->num_max);
    if (key && key[0]) {
        out->first = page_start(d, l, type, rows, key);
        if (!out->first)
            return ft_err_set(
                err, FT_EINVAL,
                strcmp(key, LAST_KEY) == 0
                    ? chinese
                          ? "nextKey=%.40s：最后一页之后没有数据；查询第一页时不传"
                          : "nextKey=%.40s: nothing follows the last page; leave it out for the "
                            "first one"
                : chinese ? "nextKey=%.40s 无效：请使用上一应答返回的 nextKey"
                          : "nextKey=%.40s: not a key of this list; use the one of the last answer",
                key);
    }
    size_t left = rows->count - out->first;
    out->count = left < (size_t)num ? left : (size_t)num;
    if (out->count == left)
        return 0;
    char text[KEY_MAX];
    size_t end = out->first + out->count;
    int n = d->paging == FT_REF_BY_OFFSET
                ? snprintf(text, sizeof text, "%zu", end)
                : snprintf(text, sizeof text, "%" PRId64,
                           ft_ref_int(rows->row[end - 1], key_field(l, type)));
    out->next = ft_arena_strndup(arena, text, (size_t)n);
    return out->next ? 0 : no_memory(chinese, err);
}

/* ---- The reply ------------------------------------------------------------------------------------ */

ProtobufCMessage *ft_ref_answer(const struct ft_ref_decl *d, int list,
                                const ProtobufCMessage *request, struct ft_ref_rows *rows,
                                bool chinese, struct ft_arena *arena, struct ft_err *err)
{
    FT_CHECK(list >= 0 && list < FT_REF_LISTS_MAX && d->lists[list].field);
    const struct ft_ref_list *l = &d->lists[list];
    const ProtobufCMessageDescriptor *type = ft_ref_record_type(d, list);
    const ProtobufCMessage *c2s = ft_ref_c2s_of(request);
    struct page page;
    if (filter(d, c2s, type, rows, chinese, err))
        return NULL;
    if (sort_rows(l, type, rows, arena)) {
        no_memory(chinese, err);
        return NULL;
    }
    if (find_page(d, l, type, c2s, rows, chinese, arena, &page, err))
        return NULL;

    ProtobufCMessage *s2c = ft_ref_new(ft_ref_s2c(d), arena);
    ProtobufCMessage *reply = ft_ref_new(ft_protocol_find(d->protocol)->reply, arena);
    if (!s2c || !reply) {
        no_memory(chinese, err);
        return NULL;
    }
    for (int k = 0; k < FT_REF_FIGURES_MAX && d->figures[k] && rows->figures; k++)
        ft_ref_copy(s2c, rows->figures, ft_ref_field(s2c->descriptor, d->figures[k]));
    ft_ref_set_list(s2c, l->field, page.count ? rows->row + page.first : NULL, page.count);
    if (d->total)
        ft_ref_set_int(s2c, d->total, (int64_t)rows->count);
    if (d->paging != FT_REF_ALL)
        ft_ref_set_text(s2c, "nextKey", page.next);
    ft_ref_set_int(reply, "retType", FT_RET_SUCCEED);
    ft_ref_set_text(reply, "retMsg", "");
    ft_ref_set_int(reply, "errCode", 0);
    ft_ref_set_sub(reply, "s2c", s2c);
    return reply;
}
