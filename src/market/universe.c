/* The universe: keeping instruments, finding them, and lists that lead from one to others. */
#include "market/universe.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

void ft_universe_free(struct ft_universe *u)
{
    if (!u)
        return;
    ft_timetables_free(u->timetables);
    ft_calendars_free(u->calendars);
    free(u->inst);
    free(u->text);
    free(u->slot);
    free(u->tick_name);
    free(u->tick_version);
    free(u->tick_first);
    free(u->members.start);
    free(u->members.item);
    free(u->plates.start);
    free(u->plates.item);
    free(u->derivatives.start);
    free(u->derivatives.item);
    free(u->broker);
    free(u);
}

/* ---- Instruments -------------------------------------------------------------------------- */

size_t ft_universe_count(const struct ft_universe *u)
{
    return u->count;
}

const struct ft_instrument *ft_universe_at(const struct ft_universe *u, ft_inst i)
{
    FT_CHECK(i < u->count);
    return &u->inst[i];
}

/* FNV-1a over the market and the code, mixed once more because tables are powers of two. */
static uint32_t hash_of(int market, const char *code)
{
    uint32_t h = 2166136261u ^ (uint32_t)market;
    h *= 16777619u;
    for (; *code; code++) {
        h ^= (unsigned char)*code;
        h *= 16777619u;
    }
    return h ^ h >> 15;
}

const struct ft_instrument *ft_universe_find(const struct ft_universe *u, int market,
                                             const char *code)
{
    if (u->slots == 0)
        return NULL;
    for (size_t at = hash_of(market, code);; at++) {
        uint32_t v = u->slot[at & (u->slots - 1)];
        if (v == 0)
            return NULL;
        const struct ft_instrument *inst = &u->inst[v - 1];
        if (inst->market == market && strcmp(inst->code, code) == 0)
            return inst;
    }
}

static void put_slot(struct ft_universe *u, const struct ft_instrument *inst)
{
    size_t at = hash_of(inst->market, inst->code);
    while (u->slot[at & (u->slots - 1)] != 0)
        at++;
    u->slot[at & (u->slots - 1)] = inst->index + 1;
}

static int grow(struct ft_universe *u, struct ft_err *err)
{
    size_t cap = u->cap ? u->cap * 2 : 4096;
    struct ft_instrument *inst = realloc(u->inst, cap * sizeof *inst);
    if (!inst)
        return ft_err_set(err, FT_ENOMEM, "no memory for %zu instruments", cap);
    u->inst = inst;
    u->cap = cap;
    uint32_t *slot = calloc(cap * 2, sizeof *slot);
    if (!slot)
        return ft_err_set(err, FT_ENOMEM, "no memory for %zu instruments", cap);
    free(u->slot);
    u->slot = slot;
    u->slots = cap * 2;
    for (size_t i = 0; i < u->count; i++)
        put_slot(u, &u->inst[i]);
    return 0;
}

ft_inst ft_universe_add(struct ft_universe *u, const struct ft_instrument *inst, struct ft_err *err)
{
    if (u->count == FT_INSTRUMENTS_MAX) {
        ft_err_set(err, FT_ELIMIT, "more than %d instruments", FT_INSTRUMENTS_MAX);
        return FT_NO_INST;
    }
    if (u->count == u->cap && grow(u, err) != 0)
        return FT_NO_INST;
    struct ft_instrument *to = &u->inst[u->count];
    *to = *inst;
    to->index = (ft_inst)u->count++;
    put_slot(u, to);
    return to->index;
}

struct ft_instrument ft_instrument_blank(void)
{
    return (struct ft_instrument){
        .index = FT_NO_INST,
        .liquidity = 3,
        .profile = -1,
        .listing_day = FT_NO_DAY,
        .expiry_day = FT_NO_DAY,
        .maturity_day = FT_NO_DAY,
        .underlying = FT_NO_INST,
    };
}

/* ---- Texts -------------------------------------------------------------------------------- */

int ft_universe_text(struct ft_universe *u, const char *s, uint32_t *offset, struct ft_err *err)
{
    size_t n = strlen(s) + 1;
    if (u->text_len + n + 1 > u->text_cap) {
        size_t cap = u->text_cap ? u->text_cap * 2 : 65536;
        while (cap < u->text_len + n + 1)
            cap *= 2;
        char *text = cap < UINT32_MAX ? realloc(u->text, cap) : NULL;
        if (!text)
            return ft_err_set(err, FT_ENOMEM, "no memory for the instruments' names");
        u->text = text;
        u->text_cap = cap;
        if (u->text_len == 0)
            u->text[u->text_len++] = '\0';
    }
    if (n == 1) {
        *offset = 0;
        return 0;
    }
    memcpy(u->text + u->text_len, s, n);
    *offset = (uint32_t)u->text_len;
    u->text_len += n;
    return 0;
}

int ft_universe_names(struct ft_universe *u, struct ft_instrument *inst, const char *en,
                      const char *sc, const char *tc, struct ft_err *err)
{
    if (ft_universe_text(u, en, &inst->name[FT_NAME_EN], err) != 0)
        return -1;
    inst->name[FT_NAME_SC] = inst->name[FT_NAME_EN];
    if (strcmp(sc, en) != 0 && ft_universe_text(u, sc, &inst->name[FT_NAME_SC], err) != 0)
        return -1;
    inst->name[FT_NAME_TC] = inst->name[strcmp(tc, en) == 0 ? FT_NAME_EN : FT_NAME_SC];
    if (strcmp(tc, sc) != 0 && strcmp(tc, en) != 0)
        return ft_universe_text(u, tc, &inst->name[FT_NAME_TC], err);
    return 0;
}

const char *ft_instrument_name(const struct ft_universe *u, const struct ft_instrument *inst,
                               enum ft_name_lang lang)
{
    FT_CHECK((unsigned)lang <= FT_NAME_TC);
    return u->text + inst->name[lang];
}

const struct ft_timetables *ft_universe_timetables(const struct ft_universe *u)
{
    return u->timetables;
}

const struct ft_calendars *ft_universe_calendars(const struct ft_universe *u)
{
    return u->calendars;
}

ft_day ft_universe_as_of(const struct ft_universe *u)
{
    return u->as_of;
}

/* ---- Lists -------------------------------------------------------------------------------- */

int ft_groups_build(struct ft_groups *g, const struct ft_pair *pairs, size_t n, size_t keys,
                    struct ft_err *err)
{
    g->start = calloc(keys + 2, sizeof *g->start);
    g->item = malloc((n + 1) * sizeof *g->item);
    if (!g->start || !g->item)
        return ft_err_set(err, FT_ENOMEM, "no memory for lists of instruments");
    /* Counts two places on, so that filling moves each start to its final place. */
    uint32_t *next = g->start + 1;
    for (size_t i = 0; i < n; i++)
        g->start[pairs[i].key + 2]++;
    for (size_t k = 0; k < keys; k++)
        next[k + 1] += next[k];
    for (size_t i = 0; i < n; i++)
        g->item[next[pairs[i].key]++] = pairs[i].item;
    return 0;
}

static size_t group(const struct ft_universe *u, const struct ft_groups *g, ft_inst key,
                    const ft_inst **out)
{
    FT_CHECK(key < u->count);
    *out = g->item + g->start[key];
    return g->start[key + 1] - g->start[key];
}

size_t ft_plate_members(const struct ft_universe *u, ft_inst plate, const ft_inst **out)
{
    return group(u, &u->members, plate, out);
}

size_t ft_plates_of(const struct ft_universe *u, ft_inst inst, const ft_inst **out)
{
    return group(u, &u->plates, inst, out);
}

size_t ft_derivatives_of(const struct ft_universe *u, ft_inst underlying, const ft_inst **out)
{
    return group(u, &u->derivatives, underlying, out);
}

size_t ft_brokers(const struct ft_universe *u, const struct ft_broker **out)
{
    *out = u->broker;
    return u->brokers;
}
