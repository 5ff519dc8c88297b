/* Files of company data: any text is read or refused with faults that name lines, and what was read is
 * in order and unpacks. */
#include "fuzz.h"
#include "refdata/refdata.h"

#include <string.h>

static int lookup(void *user, const char *security)
{
    return strcmp(security, "HK.1") == 0   ? 1
           : strcmp(security, "US.1") == 0 ? 11
           : strcmp(security, "SH.1") == 0 ? 21
           : strcmp(security, "HK.i") == 0 ? -1
                                           : 0;
}

static void say(void *user, uint32_t line, const char *text)
{
    size_t *lines = user;
    FUZZ_MUST(line <= *lines && text[0], "%u: %s", line, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t lines = 1;
    for (size_t k = 0; k < size; k++)
        lines += data[k] == '\n';
    struct ft_ref_reader reader = {.lookup = lookup, .say = say, .user = &lines};
    struct ft_ref_records rec;
    struct ft_arena arena;
    struct ft_err err = {0};
    ft_ref_records_init(&rec);
    ft_arena_init(&arena, 4 << 20);
    if (ft_ref_read(&reader, (const char *)data, size, &rec) == 0) {
        FUZZ_MUST(rec.count > 0, "no fault, no record%s", "");
        for (size_t k = 0; k < rec.count; k++) {
            const struct ft_ref_record *r = &rec.record[k];
            ft_arena_reset(&arena);
            FUZZ_MUST(ft_ref_unpack(ft_ref_decl_find(r->protocol), r->list < 0 ? 0 : r->list,
                                    r->seq, ft_buf_head(&rec.bytes) + r->at, r->len, &arena, &err),
                      "%s", err.text);
            size_t n;
            FUZZ_MUST(ft_ref_records_find(&rec, r->protocol, r->security, &n), "%s", r->security);
        }
    }
    ft_arena_free(&arena);
    ft_ref_records_free(&rec);
    return 0;
}
