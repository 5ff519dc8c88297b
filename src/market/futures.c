/* Futures: months and continuous contracts from the roots of data/futures.csv. */
#include "market/derivatives.h"
#include "market/universe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARKET,
    ROOT,
    NAME_EN,
    NAME_SC,
    NAME_TC,
    EXCHANGE,
    MULTIPLIER,
    CURRENCY,
    UNDERLYING,
    HOURS,
    MONTHS,
    LAST_DAY,
    PRICE,
    LIQUIDITY,
    TICKS,
    KIND
};
static const char *const columns[] = {
    "market",          "root",          "name_en",     "name_sc",
    "name_tc",         "exchange",      "multiplier",  "currency",
    "underlying",      "hours_profile", "months_rule", "last_trading_rule",
    "reference_price", "liquidity",     "tick_table",  "kind",          NULL};

enum { MAIN, CURRENT, NEXT, KINDS };

/* A root's listed months: their days and instruments. */
struct listed {
    struct ft_months months;
    ft_day last[FT_MONTHS_MAX];
    ft_inst inst[FT_MONTHS_MAX];
};

static int read_root(struct ft_loader *l, struct ft_instrument *inst)
{
    struct ft_csv *csv = &l->csv;
    static const char *const kinds[] = {"index", "stock",  "fund",  "currency", "crypto",
                                        "rate",  "energy", "metal", "grain",    NULL};
    int64_t liquidity;
    int kind;
    size_t root_len = strlen(ft_csv_text(csv, ROOT));
    if (root_len < 1 || root_len > 11)
        return ft_csv_fault(csv, ROOT, l->err, "a root has 1 to 11 characters");
    inst->type = FT_SEC_FUTURE;
    if (ft_load_market(l, MARKET, &inst->market) != 0 ||
        ft_load_exchange(l, EXCHANGE, &inst->exch) != 0 ||
        ft_load_positive(l, MULTIPLIER, 4, &inst->ratio) != 0 ||
        ft_load_currency(l, CURRENCY, &inst->currency) != 0 ||
        ft_load_profile(l, HOURS, &inst->profile) != 0 ||
        ft_load_positive(l, PRICE, 6, &inst->reference) != 0 ||
        ft_load_tick_table(l, TICKS, &inst->tick_table) != 0 ||
        ft_csv_int(csv, LIQUIDITY, 1, 5, &liquidity, l->err) != 0 ||
        ft_csv_word(csv, KIND, kinds, &kind, l->err) != 0)
        return -1;
    inst->future_kind = (uint8_t)kind;
    int64_t lot = (inst->ratio + FT_QTY_SCALE / 2) / FT_QTY_SCALE;
    if (lot > INT32_MAX)
        return ft_csv_fault(csv, MULTIPLIER, l->err, "%s is too large",
                            ft_csv_text(csv, MULTIPLIER));
    inst->lot = lot > 0 ? (int32_t)lot : 1;
    inst->liquidity = (uint8_t)liquidity;
    const char *under = ft_csv_text(csv, UNDERLYING), *dot = strchr(under, '.');
    if (*under == '\0')
        return 0;
    char market[8] = "";
    if (dot && dot - under < 8)
        memcpy(market, under, (size_t)(dot - under));
    const struct ft_instrument *u =
        dot ? ft_universe_find(l->u, ft_market_number(market), dot + 1) : NULL;
    if (!u)
        return ft_csv_fault(csv, UNDERLYING, l->err, "there is no instrument '%.40s'", under);
    inst->underlying = u->index;
    return 0;
}

static int name_it(struct ft_loader *l, struct ft_instrument *inst, const char *en, const char *sc,
                   const char *tc)
{
    char text[3][256];
    snprintf(text[0], sizeof text[0], "%.200s %s", ft_csv_text(&l->csv, NAME_EN), en);
    snprintf(text[1], sizeof text[1], "%.200s%s", ft_csv_text(&l->csv, NAME_SC), sc);
    snprintf(text[2], sizeof text[2], "%.200s%s", ft_csv_text(&l->csv, NAME_TC), tc);
    return ft_universe_names(l->u, inst, text[0], text[1], text[2], l->err);
}

/* A month is listed from its place in the rule on; liquidity falls with the distance. */
static int add_months(struct ft_loader *l, const struct ft_instrument *model, struct listed *list)
{
    struct ft_universe *u = l->u;
    enum ft_calendar_id cal = ft_profile_calendar(u->timetables, model->profile);
    int rule = ft_day_rule_find(ft_csv_text(&l->csv, LAST_DAY));
    if (rule < 0)
        return ft_csv_fault(&l->csv, LAST_DAY, l->err, "unknown rule '%.40s'",
                            ft_csv_text(&l->csv, LAST_DAY));
    int spot = ft_spot_month(u->calendars, cal, rule, u->today);
    if (ft_months_list(ft_csv_text(&l->csv, MONTHS), spot, &list->months) != 0)
        return ft_csv_fault(&l->csv, MONTHS, l->err, "bad rule '%.40s'",
                            ft_csv_text(&l->csv, MONTHS));
    for (int i = 0; i < list->months.count; i++) {
        struct ft_instrument inst = *model;
        int month = list->months.month[i];
        char yymm[8];
        snprintf(yymm, sizeof yymm, "%02u%02u", (unsigned)(month / 12) % 100,
                 (unsigned)(month % 12) + 1);
        snprintf(inst.code, sizeof inst.code, "%s%s", ft_csv_text(&l->csv, ROOT), yymm);
        inst.expiry_day = inst.maturity_day = list->last[i] =
            ft_day_rule_at(u->calendars, cal, rule, month);
        int liquidity = inst.liquidity + (i == 0 ? 0 : i < 3 ? 1 : 2);
        inst.liquidity = (uint8_t)(liquidity > 5 ? 5 : liquidity);
        const struct ft_instrument *old = ft_universe_find(u, inst.market, inst.code);
        list->inst[i] = old ? old->index : FT_NO_INST;
        if (old)
            continue; /* a user's own */
        if (name_it(l, &inst, yymm, yymm, yymm) != 0)
            return -1;
        list->inst[i] = ft_universe_add(u, &inst, l->err);
        if (list->inst[i] == FT_NO_INST)
            return -1;
    }
    return 0;
}

/* The month that a continuous contract stands for today. `main` is the one with the largest volume
 * (market-rules.md 11): here the nearest that trades for more than one further day, among the
 * months of the cycle if the rule has one. As days pass it only moves forward. */
static ft_inst month_of(const struct ft_loader *l, const struct ft_instrument *model,
                        const struct listed *list, int kind)
{
    int n = list->months.count;
    if (kind != MAIN)
        return list->inst[kind == CURRENT || n < 2 ? 0 : 1];
    bool cycle = false;
    for (int i = 0; i < n; i++)
        cycle |= list->months.cycle[i];
    enum ft_calendar_id cal = ft_profile_calendar(l->u->timetables, model->profile);
    ft_day tomorrow = ft_calendar_next(l->u->calendars, cal, l->u->today);
    int best = n - 1;
    for (int i = n - 1; i >= 0; i--)
        if (list->last[i] > tomorrow && (!cycle || list->months.cycle[i]))
            best = i;
    return list->inst[best];
}

static void set_continuous(struct ft_universe *u, ft_inst i, const struct ft_instrument *model,
                           int kind, ft_inst month)
{
    struct ft_instrument *c = &u->inst[i];
    c->is_continuous = true;
    c->is_main = kind == MAIN;
    c->underlying = month;
    c->ratio = model->ratio;
    c->lot = model->lot;
    c->future_kind = model->future_kind;
    c->profile = model->profile;
    c->liquidity = model->liquidity;
}

static int add_continuous(struct ft_loader *l, const struct ft_instrument *model,
                          const struct listed *list, bool *used)
{
    static const struct {
        const char *code, *en, *sc, *tc;
    } kinds[KINDS] = {
        {"main", "main", "主连", "主連"},
        {"current", "current", "当月", "當月"},
        {"next", "next", "下月", "下月"},
    };
    struct ft_universe *u = l->u;
    const char *root = ft_csv_text(&l->csv, ROOT);
    for (size_t i = 0; i < l->continuous_count; i++) {
        const struct ft_continuous *c = &l->continuous[i];
        if (strcmp(c->root, root) == 0 && u->inst[c->inst].market == model->market) {
            set_continuous(u, c->inst, model, c->which, month_of(l, model, list, c->which));
            used[i] = true;
        }
    }
    for (int kind = 0; kind < KINDS; kind++) {
        struct ft_instrument inst = *model;
        snprintf(inst.code, sizeof inst.code, "%s%s", root, kinds[kind].code);
        if (ft_universe_find(u, inst.market, inst.code))
            continue;
        if (name_it(l, &inst, kinds[kind].en, kinds[kind].sc, kinds[kind].tc) != 0)
            return -1;
        ft_inst i = ft_universe_add(u, &inst, l->err);
        if (i == FT_NO_INST)
            return -1;
        set_continuous(u, i, model, kind, month_of(l, model, list, kind));
    }
    return 0;
}

static int load_roots(struct ft_loader *l, bool *used)
{
    if (ft_load_open(l, "futures.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_instrument model = ft_instrument_blank();
        struct listed list;
        if (read_root(l, &model) != 0 || add_months(l, &model, &list) != 0 ||
            add_continuous(l, &model, &list, used) != 0)
            return -1;
    }
    for (size_t i = 0; got == 0 && i < l->continuous_count; i++) {
        const struct ft_instrument *c = &l->u->inst[l->continuous[i].inst];
        if (!used[i])
            got = ft_err_set(l->err, FT_ECORRUPT, "%s.%s: extra: root '%s' is not in futures.csv",
                             ft_market_word(c->market), c->code, l->continuous[i].root);
    }
    return got;
}

int ft_load_futures(struct ft_loader *l)
{
    bool *used = calloc(l->continuous_count + 1, sizeof *used);
    if (!used)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the futures");
    int rc = load_roots(l, used);
    free(used);
    return rc;
}
