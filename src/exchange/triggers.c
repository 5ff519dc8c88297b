#include "exchange/triggers.h"

#include "exchange/live.h"

enum direction { FALLING, RISING };

static bool is_trailing(uint8_t type)
{
    return type == FT_EX_TRAILING || type == FT_EX_TRAILING_LIMIT;
}

/* The documents do not give the directions; these are the conventional ones (trade.md 5.4): a
 * stop follows the market away from the order, a touch waits for a better price. */
static int direction_of(const struct ft_trigger *w)
{
    bool touch = w->type == FT_EX_TOUCHED || w->type == FT_EX_TOUCHED_LIMIT;
    bool falling = touch ? w->side == FT_EX_BUY : w->side == FT_EX_SELL;
    return falling ? FALLING : RISING;
}

static int64_t in_direction(int direction, ft_price price)
{
    return direction == FALLING ? price : -price;
}

/* ---- Pairing heaps; the root has the greatest key, the older one among equals -------------- */

/* `prev` of a root names its holder: FT_TRIGGER_TAG | group, group 0 = ft_inst.waiting. */
static uint32_t *holder_of(const struct ft_exch *ex, const struct ft_trigger *root)
{
    FT_CHECK(root->prev & FT_TRIGGER_TAG);
    uint32_t group = root->prev & ~FT_TRIGGER_TAG;
    if (group)
        return &ft_group_at(ex, group)->heap[root->trail];
    return &ft_inst_at(ex, root->inst)->waiting[direction_of(root)];
}

static bool before(const struct ft_trigger *a, const struct ft_trigger *b)
{
    return a->key > b->key || (a->key == b->key && a->no < b->no);
}

/* Two roots without siblings become one. */
static uint32_t meld(struct ft_exch *ex, uint32_t a, uint32_t b)
{
    if (!a || !b)
        return a ? a : b;
    if (before(ft_trigger_at(ex, b), ft_trigger_at(ex, a))) {
        uint32_t t = a;
        a = b;
        b = t;
    }
    struct ft_trigger *up = ft_trigger_at(ex, a), *down = ft_trigger_at(ex, b);
    FT_CHECK(up->sibling == 0 && down->sibling == 0);
    down->sibling = up->child;
    if (up->child)
        ft_trigger_at(ex, up->child)->prev = b;
    down->prev = a;
    up->child = b;
    return a;
}

/* Two passes over a list of siblings: pairs from the left, then all from the right. */
static uint32_t meld_children(struct ft_exch *ex, uint32_t first)
{
    uint32_t pairs = 0;
    while (first) {
        uint32_t a = first, b = ft_trigger_at(ex, a)->sibling;
        first = b ? ft_trigger_at(ex, b)->sibling : 0;
        ft_trigger_at(ex, a)->sibling = 0;
        if (b)
            ft_trigger_at(ex, b)->sibling = 0;
        uint32_t pair = meld(ex, a, b);
        ft_trigger_at(ex, pair)->sibling = pairs;
        pairs = pair;
    }
    uint32_t all = 0;
    while (pairs) {
        uint32_t next = ft_trigger_at(ex, pairs)->sibling;
        ft_trigger_at(ex, pairs)->sibling = 0;
        all = meld(ex, all, pairs);
        pairs = next;
    }
    return all;
}

static void hold(struct ft_exch *ex, uint32_t *holder, uint32_t group, uint32_t root)
{
    *holder = root;
    if (root) {
        ft_trigger_at(ex, root)->prev = FT_TRIGGER_TAG | group;
        FT_CHECK(ft_trigger_at(ex, root)->sibling == 0);
    }
}

/* Out of its heap; below the root its children take its place, which keeps the order. */
static void unheap(struct ft_exch *ex, uint32_t i)
{
    struct ft_trigger *w = ft_trigger_at(ex, i);
    uint32_t below = meld_children(ex, w->child);
    if (w->prev & FT_TRIGGER_TAG) {
        uint32_t *holder = holder_of(ex, w);
        FT_CHECK(*holder == i);
        hold(ex, holder, w->prev & ~FT_TRIGGER_TAG, below);
    } else {
        uint32_t next = below ? below : w->sibling;
        if (below) {
            ft_trigger_at(ex, below)->sibling = w->sibling;
            if (w->sibling)
                ft_trigger_at(ex, w->sibling)->prev = below;
        }
        if (next)
            ft_trigger_at(ex, next)->prev = w->prev;
        struct ft_trigger *prev = ft_trigger_at(ex, w->prev);
        if (prev->child == i)
            prev->child = next;
        else
            prev->sibling = next;
    }
    w->child = w->sibling = w->prev = 0;
}

/* ---- Trail groups ------------------------------------------------------------------------- */

/* Stop of a trailing order that has seen `peak`: a ratio is rounded so that the stop is the last
 * whole price that fulfils it. */
static int64_t trailing_stop(const struct ft_trigger *w, int64_t peak)
{
    if (peak == INT64_MIN)
        return INT64_MIN;
    if (w->trail == FT_EX_BY_AMOUNT)
        return peak - w->trail_value;
    int64_t distance = 0;
    int fits = ft_muldiv(peak < 0 ? -peak : peak, w->trail_value, FT_EX_RATIO_SCALE, FT_ROUND_UP,
                         &distance);
    FT_CHECK(fits == 0);
    return peak - distance;
}

static int64_t group_stop(const struct ft_exch *ex, const struct ft_trail_group *g)
{
    int64_t stop = INT64_MIN;
    for (int kind = 0; kind < 2; kind++) {
        if (g->heap[kind]) {
            int64_t s = trailing_stop(ft_trigger_at(ex, g->heap[kind]), g->peak);
            stop = s > stop ? s : stop;
        }
    }
    return stop;
}

static void refresh(const struct ft_exch *ex, struct ft_trail_group *g)
{
    int64_t stop = group_stop(ex, g);
    int64_t older = g->older ? ft_group_at(ex, g->older)->stop_max : INT64_MIN;
    g->stop_max = stop > older ? stop : older;
}

static void drop_group(struct ft_exch *ex, uint32_t *newest, uint32_t i)
{
    struct ft_trail_group *g = ft_group_at(ex, i);
    FT_CHECK(g->heap[0] == 0 && g->heap[1] == 0);
    if (g->newer)
        ft_group_at(ex, g->newer)->older = g->older;
    else
        *newest = g->older;
    if (g->older)
        ft_group_at(ex, g->older)->newer = g->newer;
    ft_pool_give(&ex->groups, i);
}

/* Groups whose peak is at or below a new price become one that has seen it. */
static void raise_peaks(struct ft_exch *ex, uint32_t *newest, int64_t x)
{
    struct ft_trail_group *g = ft_group_at(ex, *newest);
    if (g->peak >= x)
        return;
    while (g->older && ft_group_at(ex, g->older)->peak <= x) {
        uint32_t melted = g->older;
        struct ft_trail_group *old = ft_group_at(ex, melted);
        for (int kind = 0; kind < 2; kind++) {
            hold(ex, &g->heap[kind], *newest, meld(ex, g->heap[kind], old->heap[kind]));
            old->heap[kind] = 0;
        }
        drop_group(ex, newest, melted);
    }
    g->peak = x;
    refresh(ex, g);
}

/* Into the group that has seen what it has seen: the last price, or a better one that it brings along
 * from an earlier life (`trigger`). Groups ascend in their peaks from the newest to the oldest. */
static void enter_trailing(struct ft_exch *ex, struct ft_inst *inst, uint32_t i)
{
    struct ft_trigger *w = ft_trigger_at(ex, i);
    int direction = direction_of(w);
    int64_t last = inst->last ? in_direction(direction, inst->last) : INT64_MIN, peak = last;
    if (w->trigger && in_direction(direction, w->trigger) > peak)
        peak = in_direction(direction, w->trigger);
    uint32_t *newest = &inst->trailing[direction];
    if (*newest) /* an auction's price is noted only when continuous trading begins */
        raise_peaks(ex, newest, last);
    uint32_t newer = 0, at = *newest;
    while (at && ft_group_at(ex, at)->peak < peak) {
        newer = at;
        at = ft_group_at(ex, at)->older;
    }
    if (!at || ft_group_at(ex, at)->peak != peak) {
        uint32_t made = ft_pool_take(&ex->groups);
        *ft_group_at(ex, made) =
            (struct ft_trail_group){.peak = peak, .older = at, .newer = newer};
        if (at)
            ft_group_at(ex, at)->newer = made;
        if (newer)
            ft_group_at(ex, newer)->older = made;
        else
            *newest = made;
        at = made;
    }
    struct ft_trail_group *g = ft_group_at(ex, at);
    hold(ex, &g->heap[w->trail], at, meld(ex, g->heap[w->trail], i));
    for (; at; at = ft_group_at(ex, at)->newer)
        refresh(ex, ft_group_at(ex, at));
}

static void push_fired(struct ft_exch *ex, uint32_t i, ft_price stop)
{
    struct ft_trigger *w = ft_trigger_at(ex, i);
    unheap(ex, i);
    w->fired_at = stop;
    if (ex->fired_tail)
        ft_trigger_at(ex, ex->fired_tail)->sibling = i;
    else
        ex->fired_head = i;
    ex->fired_tail = i;
}

/* From the oldest group to the newest; leaves every stop_max exact. */
static void fire_trailing(struct ft_exch *ex, uint32_t *newest, int direction, int64_t x)
{
    uint32_t i = *newest;
    while (ft_group_at(ex, i)->older)
        i = ft_group_at(ex, i)->older;
    while (i) {
        struct ft_trail_group *g = ft_group_at(ex, i);
        for (int kind = 0; kind < 2; kind++) {
            while (g->heap[kind]) {
                int64_t stop = trailing_stop(ft_trigger_at(ex, g->heap[kind]), g->peak);
                if (x > stop)
                    break;
                push_fired(ex, g->heap[kind], in_direction(direction, stop));
            }
        }
        uint32_t newer = g->newer;
        if (g->heap[0] || g->heap[1])
            refresh(ex, g);
        else
            drop_group(ex, newest, i);
        i = newer;
    }
}

static void note_trailing(struct ft_exch *ex, uint32_t *newest, int direction, int64_t x)
{
    if (!*newest)
        return;
    raise_peaks(ex, newest, x);
    if (x <= ft_group_at(ex, *newest)->stop_max)
        fire_trailing(ex, newest, direction, x);
}

/* ---- What the others call ------------------------------------------------------------------ */

int ft_triggers_reserve(struct ft_exch *ex)
{
    return ft_pool_reserve(&ex->triggers, 1) || ft_pool_reserve(&ex->groups, 1) ||
                   ft_index_reserve(&ex->ids, 1) || ft_index_reserve(&ex->owners, 1)
               ? -1
               : 0;
}

uint32_t ft_triggers_add(struct ft_exch *ex, const struct ft_ex_cmd *cmd, uint64_t no)
{
    struct ft_inst *inst = ft_inst_at(ex, cmd->inst);
    uint32_t i = ft_pool_take(&ex->triggers);
    struct ft_trigger *w = ft_trigger_at(ex, i);
    *w = (struct ft_trigger){
        .id = cmd->id,
        .no = no,
        .qty = cmd->qty,
        .price = cmd->price,
        .trigger = cmd->trigger,
        .trail_value = cmd->trail_value,
        .trail_spread = cmd->trail_spread,
        .inst = cmd->inst,
        .owner = cmd->owner,
        .broker = cmd->broker,
        .side = cmd->side,
        .type = cmd->type,
        .tif = cmd->tif,
        .trail = cmd->trail,
    };
    if (w->type != FT_EX_STOP_LIMIT && w->type != FT_EX_TOUCHED_LIMIT)
        w->price = 0;
    ft_live_add(ex, w->id, w->owner, i | FT_TRIGGER_TAG);
    if (is_trailing(w->type)) {
        w->key = -w->trail_value;
        enter_trailing(ex, inst, i);
        w->trigger = 0;
        return i;
    }
    w->trail = 0;
    w->trail_value = w->trail_spread = 0;
    int direction = direction_of(w);
    w->key = in_direction(direction, w->trigger);
    hold(ex, &inst->waiting[direction], 0, meld(ex, inst->waiting[direction], i));
    return i;
}

void ft_triggers_remove(struct ft_exch *ex, uint32_t i)
{
    struct ft_trigger *w = ft_trigger_at(ex, i);
    uint32_t group = w->prev & FT_TRIGGER_TAG ? w->prev & ~FT_TRIGGER_TAG : 0;
    unheap(ex, i);
    if (group && !ft_group_at(ex, group)->heap[0] && !ft_group_at(ex, group)->heap[1])
        drop_group(ex, &ft_inst_at(ex, w->inst)->trailing[direction_of(w)], group);
    ft_live_remove(ex, w->id, w->owner, i | FT_TRIGGER_TAG);
    ft_pool_give(&ex->triggers, i);
}

void ft_triggers_note(struct ft_exch *ex, uint32_t inst_i, ft_price last)
{
    FT_CHECK(last > 0);
    struct ft_inst *inst = ft_inst_at(ex, inst_i);
    for (int direction = FALLING; direction <= RISING; direction++) {
        int64_t x = in_direction(direction, last);
        uint32_t root;
        while ((root = inst->waiting[direction]) != 0 && x <= ft_trigger_at(ex, root)->key)
            push_fired(ex, root, ft_trigger_at(ex, root)->trigger);
        note_trailing(ex, &inst->trailing[direction], direction, x);
    }
}

/* Limit of a fired trailing order: the spread beyond its stop, moved outward to the grid, so that
 * it is never less likely to be filled than what was asked for. */
static ft_price trailing_limit(const struct ft_exch *ex, const struct ft_trigger *w)
{
    const struct ft_ticks *ticks = ft_profile_of(ex, ft_inst_at(ex, w->inst))->ticks;
    ft_price limit = 0;
    if (w->side == FT_EX_SELL) {
        limit = ft_ticks_floor(ticks, w->fired_at - w->trail_spread);
        return limit ? limit : ft_ticks_ceil(ticks, 0);
    }
    limit = ft_ticks_ceil(ticks, w->fired_at + w->trail_spread);
    return limit ? limit : ft_ticks_floor(ticks, FT_EX_PRICE_MAX);
}

bool ft_triggers_fired(struct ft_exch *ex, struct ft_trigger *out)
{
    uint32_t i = ex->fired_head;
    if (!i)
        return false;
    struct ft_trigger *w = ft_trigger_at(ex, i);
    ex->fired_head = w->sibling;
    if (!ex->fired_head)
        ex->fired_tail = 0;
    if (w->type == FT_EX_TRAILING_LIMIT)
        w->price = trailing_limit(ex, w);
    *out = *w;
    ft_live_remove(ex, w->id, w->owner, i | FT_TRIGGER_TAG);
    ft_pool_give(&ex->triggers, i);
    return true;
}

uint32_t ft_triggers_any(const struct ft_exch *ex, uint32_t inst_i)
{
    const struct ft_inst *inst = ft_inst_at(ex, inst_i);
    for (int direction = FALLING; direction <= RISING; direction++) {
        if (inst->waiting[direction])
            return inst->waiting[direction];
        if (inst->trailing[direction]) {
            const struct ft_trail_group *g = ft_group_at(ex, inst->trailing[direction]);
            return g->heap[0] ? g->heap[0] : g->heap[1];
        }
    }
    return 0;
}

/* What a trailing order has seen, INT64_MIN: nothing yet. */
static int64_t peak_of(const struct ft_exch *ex, uint32_t i)
{
    while (!(ft_trigger_at(ex, i)->prev & FT_TRIGGER_TAG))
        i = ft_trigger_at(ex, i)->prev;
    return ft_group_at(ex, ft_trigger_at(ex, i)->prev & ~FT_TRIGGER_TAG)->peak;
}

ft_price ft_triggers_stop(const struct ft_exch *ex, uint32_t i)
{
    const struct ft_trigger *w = ft_trigger_at(ex, i);
    if (!is_trailing(w->type))
        return w->trigger;
    int64_t peak = peak_of(ex, i);
    return peak == INT64_MIN ? 0 : in_direction(direction_of(w), trailing_stop(w, peak));
}

ft_price ft_triggers_peak(const struct ft_exch *ex, uint32_t i)
{
    const struct ft_trigger *w = ft_trigger_at(ex, i);
    if (!is_trailing(w->type))
        return 0;
    int64_t peak = peak_of(ex, i);
    return peak == INT64_MIN ? 0 : in_direction(direction_of(w), peak);
}

/* ---- For tests ----------------------------------------------------------------------------- */

/* Visits a heap without recursion: down, else right, else up until there is a right. */
static uint32_t next_in_heap(const struct ft_exch *ex, uint32_t i)
{
    const struct ft_trigger *w = ft_trigger_at(ex, i);
    if (w->child)
        return w->child;
    while (!(w->prev & FT_TRIGGER_TAG)) {
        if (w->sibling)
            return w->sibling;
        while (ft_trigger_at(ex, w->prev)->child != i) { /* to the first sibling */
            i = w->prev;
            w = ft_trigger_at(ex, i);
        }
        i = w->prev;
        w = ft_trigger_at(ex, i);
    }
    return 0;
}

static uint64_t digest(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ b * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);
    return h ^ h >> 31;
}

static uint32_t visit_heap(const struct ft_exch *ex, uint32_t root, uint64_t *hash)
{
    uint32_t n = 0;
    for (uint32_t i = root; i; i = next_in_heap(ex, i)) {
        const struct ft_trigger *w = ft_trigger_at(ex, i);
        for (uint32_t c = w->child, left = i; c; left = c, c = ft_trigger_at(ex, c)->sibling) {
            FT_CHECK(ft_trigger_at(ex, c)->prev == left);
            FT_CHECK(before(w, ft_trigger_at(ex, c)));
        }
        FT_CHECK(ft_live_find(ex, w->id) == (i | FT_TRIGGER_TAG));
        uint64_t h = digest(w->id, w->no);
        h = digest(h, (uint64_t)w->qty);
        h = digest(h, (uint64_t)w->price);
        h = digest(h, (uint64_t)w->trail_value << 1 | w->trail);
        h = digest(h, (uint64_t)w->trail_spread);
        h = digest(h, (uint64_t)ft_triggers_stop(ex, i));
        h = digest(h, (uint64_t)w->owner << 32 | (uint32_t)w->broker << 16 | w->side);
        *hash += digest(h, (uint32_t)w->type << 8 | w->tif); /* a sum: heaps have many shapes */
        n++;
    }
    return n;
}

static uint32_t visit(const struct ft_exch *ex, uint32_t inst_i, uint64_t *hash)
{
    const struct ft_inst *inst = ft_inst_at(ex, inst_i);
    uint32_t n = 0;
    FT_CHECK(ex->fired_head == 0);
    for (int direction = FALLING; direction <= RISING; direction++) {
        n += visit_heap(ex, inst->waiting[direction], hash);
        int64_t stop = INT64_MIN;
        uint32_t newer = 0, oldest = 0;
        for (uint32_t i = inst->trailing[direction]; i; i = ft_group_at(ex, i)->older) {
            const struct ft_trail_group *g = ft_group_at(ex, i);
            FT_CHECK(g->newer == newer && (g->heap[0] || g->heap[1]));
            FT_CHECK(!newer || g->peak > ft_group_at(ex, newer)->peak);
            n += visit_heap(ex, g->heap[0], hash) + visit_heap(ex, g->heap[1], hash);
            newer = oldest = i;
        }
        for (uint32_t i = oldest; i; i = ft_group_at(ex, i)->newer) {
            int64_t own = group_stop(ex, ft_group_at(ex, i));
            stop = own > stop ? own : stop;
            FT_CHECK(ft_group_at(ex, i)->stop_max >= stop);
        }
    }
    return n;
}

uint32_t ft_triggers_verify(const struct ft_exch *ex, uint32_t inst_i)
{
    uint64_t hash = 0;
    return visit(ex, inst_i, &hash);
}

uint64_t ft_triggers_hash(const struct ft_exch *ex, uint32_t inst_i)
{
    uint64_t hash = 0;
    visit(ex, inst_i, &hash);
    return hash;
}
