/* Margin of holdings that protect each other: a short call against the shares that it would deliver, a
 * short option against a long one of the same right and underlying that lives as long. What such a set
 * can lose is bounded, and so is what it binds (market-rules.md 10: SPAN-like; the pairing is ours).
 *
 * Used twice: for what an account holds, and for what an order or a combo would add to it. */
#include "broker/state.h"

#include "base/check.h"

#include <string.h>

enum { HOLDINGS_MAX = 256 };

struct holding {
    const struct ft_instrument *inst;
    ft_qty qty;  /* signed */
    ft_qty left; /* of |qty|: protects nothing yet, or is not protected yet */
};

struct set {
    struct holding at[HOLDINGS_MAX];
    size_t count;
    bool full; /* more than fit: those protect nothing */
};

static bool is_option(const struct ft_instrument *inst)
{
    return inst->type == FT_SEC_OPTION && inst->underlying != FT_NO_INST;
}

static ft_inst family(const struct ft_instrument *inst)
{
    return is_option(inst) ? inst->underlying : inst->index;
}

static void add(struct set *s, const struct ft_instrument *inst, ft_qty qty)
{
    for (size_t k = 0; k < s->count; k++)
        if (s->at[k].inst == inst) {
            s->at[k].qty += qty;
            return;
        }
    if (s->count == HOLDINGS_MAX) {
        s->full = true;
        return;
    }
    s->at[s->count++] = (struct holding){inst, qty, 0};
}

static ft_day day_of(const struct ft_brk *b, const struct ft_instrument *inst, ft_price *mark)
{
    struct ft_venue_quote q;
    brk_quote(b, inst->index, &q);
    *mark = brk_mark(b, inst, &q);
    return q.trading_day;
}

/* Takes from the margins of `n` short contracts what goes beyond `most`, the most that can be lost. */
static void relieve(struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst, ft_qty n,
                    ft_money most, struct margins *relief)
{
    ft_price mark;
    ft_day day = day_of(b, inst, &mark);
    ft_money im, mm, call;
    risk_margin(b, inst, day, mark, -n, &im, &mm, &call);
    enum ft_currency c = (enum ft_currency)inst->currency;
    relief->initial += risk_to_base(b, a, c, im > most ? im - most : 0);
    relief->maintenance += risk_to_base(b, a, c, mm > most ? mm - most : 0);
    relief->call += risk_to_base(b, a, c, call > most ? call - most : 0);
}

static bool protects(const struct holding *by, const struct holding *sold)
{
    return by->qty > 0 && by->left > 0 && is_option(by->inst) &&
           by->inst->right == sold->inst->right && by->inst->underlying == sold->inst->underlying &&
           by->inst->expiry_day >= sold->inst->expiry_day &&
           ft_multiplier(by->inst) == ft_multiplier(sold->inst);
}

static void relief_of(struct ft_brk *b, const struct acc *a, struct set *s, struct margins *relief)
{
    memset(relief, 0, sizeof *relief);
    for (size_t k = 0; k < s->count; k++)
        s->at[k].left = s->at[k].qty < 0 ? -s->at[k].qty : s->at[k].qty;
    for (size_t k = 0; k < s->count; k++) {
        struct holding *sold = &s->at[k];
        if (sold->qty >= 0 || !is_option(sold->inst))
            continue;
        int64_t shares = ft_multiplier(sold->inst); /* of one contract, as a quantity */
        for (size_t j = 0; j < s->count && sold->inst->right == FT_CALL && sold->left; j++) {
            struct holding *by = &s->at[j];
            if (by->qty <= 0 || by->inst->index != sold->inst->underlying || is_option(by->inst))
                continue;
            ft_qty n = by->left / shares * FT_QTY_SCALE;
            n = n < sold->left ? n : sold->left;
            if (n == 0)
                continue;
            by->left -= n / FT_QTY_SCALE * shares;
            sold->left -= n;
            relieve(b, a, sold->inst, n, 0, relief);
        }
        for (size_t j = 0; j < s->count && sold->left; j++) {
            struct holding *by = &s->at[j];
            if (!protects(by, sold))
                continue;
            ft_qty n = by->left < sold->left ? by->left : sold->left;
            by->left -= n;
            sold->left -= n;
            ft_price gap = sold->inst->right == FT_CALL ? by->inst->strike - sold->inst->strike
                                                        : sold->inst->strike - by->inst->strike;
            relieve(b, a, sold->inst, n, brk_value(sold->inst, gap > 0 ? gap : 0, n), relief);
        }
    }
}

void margin_relief(struct ft_brk *b, const struct acc *a, struct margins *out)
{
    memset(out, 0, sizeof *out);
    bool any = false;
    for (size_t k = 0; k < a->position_count && !any; k++)
        any = a->positions[k]->p.qty < 0 && is_option(brk_inst(b, a->positions[k]->p.inst));
    if (!any)
        return;
    struct set s = {.count = 0};
    for (size_t k = 0; k < a->position_count; k++)
        if (a->positions[k]->p.qty)
            add(&s, brk_inst(b, a->positions[k]->p.inst), a->positions[k]->p.qty);
    relief_of(b, a, &s, out);
}

static void margins_of(struct ft_brk *b, const struct acc *a, struct set *s, struct margins *out)
{
    memset(out, 0, sizeof *out);
    for (size_t k = 0; k < s->count; k++) {
        const struct ft_instrument *inst = s->at[k].inst;
        if (s->at[k].qty == 0)
            continue;
        ft_price mark;
        ft_day day = day_of(b, inst, &mark);
        ft_money im, mm, call;
        risk_margin(b, inst, day, mark, s->at[k].qty, &im, &mm, &call);
        enum ft_currency c = (enum ft_currency)inst->currency;
        out->initial += risk_to_base(b, a, c, im);
        out->maintenance += risk_to_base(b, a, c, mm);
        out->call += risk_to_base(b, a, c, call);
    }
    struct margins relief;
    relief_of(b, a, s, &relief);
    out->initial -= relief.initial;
    out->maintenance -= relief.maintenance;
    out->call -= relief.call;
}

/* Open orders count as filled where they use up what protects, so that nothing protects twice. */
static void gather(struct ft_brk *b, const struct acc *a, const struct margin_leg *legs, size_t n,
                   struct set *s)
{
    for (size_t k = 0; k < n; k++) /* first, so that they always fit */
        add(s, brk_inst(b, legs[k].inst), 0);
    for (size_t k = 0; k < a->position_count; k++) {
        const struct pos *p = a->positions[k];
        ft_qty qty = p->p.qty - p->selling - p->sell_open;
        const struct ft_instrument *inst = brk_inst(b, p->p.inst);
        bool kin = false;
        for (size_t j = 0; j < n && !kin; j++)
            kin = family(inst) == family(brk_inst(b, legs[j].inst));
        if (kin && qty)
            add(s, inst, qty);
    }
}

void margin_change(struct ft_brk *b, const struct acc *a, const struct margin_leg *legs, size_t n,
                   struct margins *out)
{
    struct set s = {.count = 0};
    gather(b, a, legs, n, &s);
    struct margins before;
    margins_of(b, a, &s, &before);
    for (size_t k = 0; k < n; k++)
        add(&s, brk_inst(b, legs[k].inst), legs[k].qty);
    margins_of(b, a, &s, out);
    out->initial -= before.initial;
    out->maintenance -= before.maintenance;
    out->call -= before.call;
}

bool margin_protects(const struct ft_brk *b, const struct acc *a, const struct ft_instrument *inst)
{
    for (size_t k = 0; k < a->position_count; k++) {
        const struct pos *p = a->positions[k];
        const struct ft_instrument *other = brk_inst(b, p->p.inst);
        if (is_option(other) && p->p.qty - p->sell_open < 0 && family(other) == family(inst))
            return true;
    }
    return false;
}
