/* Plates and their members (data/plates.csv, plate_members.csv). */
#include "market/universe.h"

#include <stdlib.h>
#include <string.h>

static int load_list(struct ft_loader *l)
{
    enum { MARKET, CODE, NAME_EN, NAME_SC, NAME_TC, KIND };
    static const char *const columns[] = {"market",  "code", "name_en", "name_sc",
                                          "name_tc", "kind", NULL};
    static const char *const kinds[] = {"all", "industry", "region", "concept", "other", NULL};
    if (ft_load_open(l, "plates.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        uint8_t market;
        int kind; /* places are Qot_Common.PlateSetType numbers */
        if (ft_load_market(l, MARKET, &market) != 0 ||
            ft_csv_word(&l->csv, KIND, kinds, &kind, l->err) != 0)
            return -1;
        const struct ft_instrument *plate =
            ft_universe_find(l->u, market, ft_csv_text(&l->csv, CODE));
        if (!plate || plate->type != FT_SEC_PLATE)
            return ft_csv_fault(&l->csv, CODE, l->err, "'%.40s' is no plate of instruments.csv",
                                ft_csv_text(&l->csv, CODE));
        l->u->inst[plate->index].plate_kind = (uint8_t)kind;
    }
    return got;
}

static int add_pair(struct ft_loader *l, struct ft_pair **pairs, size_t *count, size_t *cap,
                    uint32_t key, ft_inst item)
{
    if (*count == *cap) {
        size_t more = *cap ? *cap * 2 : 1024;
        struct ft_pair *p = realloc(*pairs, more * sizeof *p);
        if (!p)
            return ft_err_set(l->err, FT_ENOMEM, "no memory for plates");
        *pairs = p;
        *cap = more;
    }
    (*pairs)[(*count)++] = (struct ft_pair){key, item};
    return 0;
}

static int read_members(struct ft_loader *l, struct ft_pair **pairs, size_t *count)
{
    enum { MARKET, PLATE, MEMBER_MARKET, MEMBER };
    static const char *const columns[] = {"market", "plate", "member_market", "member_code", NULL};
    size_t cap = 0;
    if (ft_load_open(l, "plate_members.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        uint8_t market, member_market;
        if (ft_load_market(l, MARKET, &market) != 0 ||
            ft_load_market(l, MEMBER_MARKET, &member_market) != 0)
            return -1;
        const struct ft_instrument *plate =
            ft_universe_find(l->u, market, ft_csv_text(&l->csv, PLATE));
        const struct ft_instrument *member =
            ft_universe_find(l->u, member_market, ft_csv_text(&l->csv, MEMBER));
        if (!plate || plate->type != FT_SEC_PLATE)
            return ft_csv_fault(&l->csv, PLATE, l->err, "there is no plate '%.40s'",
                                ft_csv_text(&l->csv, PLATE));
        if (!member || member->type == FT_SEC_PLATE)
            return ft_csv_fault(&l->csv, MEMBER, l->err, "there is no instrument '%.40s'",
                                ft_csv_text(&l->csv, MEMBER));
        if (add_pair(l, pairs, count, &cap, plate->index, member->index) != 0)
            return -1;
    }
    return got;
}

/* Members of an index (data/index_members.csv), behind those of the plates: "market" for every stock
 * of its market, "plate:CODE", or "stock:CODE". */
static int read_index_members(struct ft_loader *l, struct ft_pair **pairs, size_t *count)
{
    enum { MARKET, INDEX, MEMBER };
    static const char *const columns[] = {"market", "index", "member", NULL};
    size_t cap = *count, plates = *count;
    if (ft_load_open(l, "index_members.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        uint8_t market;
        if (ft_load_market(l, MARKET, &market) != 0)
            return -1;
        const struct ft_instrument *index =
            ft_universe_find(l->u, market, ft_csv_text(&l->csv, INDEX));
        if (!index || index->type != FT_SEC_INDEX)
            return ft_csv_fault(&l->csv, INDEX, l->err, "there is no index '%.40s'",
                                ft_csv_text(&l->csv, INDEX));
        const char *what = ft_csv_text(&l->csv, MEMBER), *code = strchr(what, ':');
        const struct ft_instrument *one = code ? ft_universe_find(l->u, market, code + 1) : NULL;
        bool plate = strncmp(what, "plate:", 6) == 0 && one && one->type == FT_SEC_PLATE;
        bool stock = strncmp(what, "stock:", 6) == 0 && one && one->type == FT_SEC_STOCK;
        bool all = strcmp(what, "market") == 0;
        if (!plate && !stock && !all)
            return ft_csv_fault(&l->csv, MEMBER, l->err,
                                "'%.40s' is none of market, plate:CODE, stock:CODE", what);
        if (stock && add_pair(l, pairs, count, &cap, index->index, one->index) != 0)
            return -1;
        for (size_t k = 0; plate && k < plates; k++)
            if ((*pairs)[k].key == one->index &&
                add_pair(l, pairs, count, &cap, index->index, (*pairs)[k].item) != 0)
                return -1;
        for (size_t k = 0; all && k < l->u->count; k++)
            if (l->u->inst[k].market == market && l->u->inst[k].type == FT_SEC_STOCK &&
                add_pair(l, pairs, count, &cap, index->index, (ft_inst)k) != 0)
                return -1;
    }
    return got;
}

int ft_load_plates(struct ft_loader *l)
{
    struct ft_universe *u = l->u;
    struct ft_pair *pairs = NULL;
    size_t n = 0;
    int rc = load_list(l);
    if (rc == 0)
        rc = read_members(l, &pairs, &n);
    size_t of_plates = n;
    if (rc == 0)
        rc = read_index_members(l, &pairs, &n);
    if (rc == 0)
        rc = ft_groups_build(&u->members, pairs, n, u->count, l->err);
    n = of_plates; /* an index is no plate of its members */
    for (size_t i = 0; rc == 0 && i < n; i++)
        pairs[i] = (struct ft_pair){pairs[i].item, pairs[i].key};
    if (rc == 0)
        rc = ft_groups_build(&u->plates, pairs, n, u->count, l->err);
    free(pairs);
    return rc;
}
