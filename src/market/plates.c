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
        if (*count == cap) {
            cap = cap ? cap * 2 : 1024;
            struct ft_pair *p = realloc(*pairs, cap * sizeof *p);
            if (!p)
                return ft_err_set(l->err, FT_ENOMEM, "no memory for plates");
            *pairs = p;
        }
        (*pairs)[(*count)++] = (struct ft_pair){plate->index, member->index};
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
    if (rc == 0)
        rc = ft_groups_build(&u->members, pairs, n, u->count, l->err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        pairs[i] = (struct ft_pair){pairs[i].item, pairs[i].key};
    if (rc == 0)
        rc = ft_groups_build(&u->plates, pairs, n, u->count, l->err);
    free(pairs);
    return rc;
}
