/* Prints docs/protocols.md from the protocol table: every protocol with its state in this gateway. The
 * test house.protocols holds the page equal to it; `build/gcc/bin/dump_protocols > docs/protocols.md`
 * makes it anew. */
#include "gateway/handlers.h"
#include "refdata/refdata.h"

#include <stdio.h>

static const char *scope(enum ft_limit_scope s)
{
    switch (s) {
    case FT_SCOPE_NONE:
    case FT_SCOPE_GATEWAY: return "";
    case FT_SCOPE_USER: return " a user";
    case FT_SCOPE_ACCOUNT: return " an account";
    case FT_SCOPE_ACCOUNT_REFRESH: return " an account, with refreshCache";
    }
    return "";
}

static const char *shape(const struct ft_protocol *p)
{
    if (p->kind == FT_KIND_PUSH)
        return "push";
    if (!p->request)
        return "number only";
    return ft_ref_decl_find(p->id) ? "declared records" : "request, reply";
}

static const char *state(const struct ft_protocol *p)
{
    if (p->kind == FT_KIND_PUSH)
        return ft_push_is_sent(p) ? "served" : "not available";
    return ft_handler_of(p) ? "served" : "not available";
}

int main(void)
{
    size_t served = 0;
    for (size_t k = 0; k < ft_protocols_count; k++)
        served += state(&ft_protocols[k])[0] == 's';
    printf("# Protocols\n\nMade by `dump_protocols` from the table of the source; %zu of %zu are served. "
           "Limits are accepted requests\nin any 30 seconds (`-limits=off` lifts them). What is not "
           "available answers `retType -1` and says so.\n\n"
           "| ID | name | state | shape | limit |\n| --- | --- | --- | --- | --- |\n",
           served, ft_protocols_count);
    for (size_t k = 0; k < ft_protocols_count; k++) {
        const struct ft_protocol *p = &ft_protocols[k];
        printf("| %u | %s | %s | %s | ", p->id, p->name, state(p), shape(p));
        if (p->limit)
            printf("%u%s", p->limit, scope(p->scope));
        if (p->gap_ms)
            printf(", %u ms apart", p->gap_ms);
        if (p->limit && p->bucket != p->id)
            printf(", together with %u", p->bucket);
        printf(" |\n");
    }
    return 0;
}
