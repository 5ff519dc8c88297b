/* The broker's life, its objects, what it hands out: events for pushes, changes for the store. */
#include "broker/state.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_CAP = 256, SWEEP_MIN = 1024 };
#define SWEEP_EVERY_NS (INT64_C(3600) * 1000000000)

int ft_brk_grow(void *array, size_t size, size_t count, size_t *cap)
{
    if (count < *cap)
        return 0;
    size_t more = *cap ? *cap * 2 : 16;
    void *old;
    memcpy(&old, array, sizeof old);
    void *fresh = realloc(old, more * size);
    if (!fresh)
        return -1;
    memcpy(array, &fresh, sizeof fresh);
    *cap = more;
    return 0;
}

/* ---- Orders ---------------------------------------------------------------------------------- */

struct ord *brk_order(const struct ft_brk *b, uint64_t id)
{
    return id ? ft_map64_get(&b->order_by_id, id) : NULL;
}

struct ord *brk_new_order(struct ft_brk *b, const struct ft_order *o, struct ft_err *err)
{
    struct acc *a = brk_acc(b, o->account);
    struct ord *n = calloc(1, sizeof *n);
    if (!n || ft_brk_grow(&a->orders, sizeof(struct ord *), a->order_count, &a->order_cap) ||
        ft_map64_put(&b->order_by_id, o->id, n)) {
        free(n);
        ft_err_set(err, FT_ENOMEM, "no memory for an order");
        return NULL;
    }
    n->o = *o;
    ft_list_init(&n->by_desk);
    FT_CHECK(a->order_count == 0 || a->orders[a->order_count - 1]->o.id < o->id);
    a->orders[a->order_count++] = n;
    return n;
}

static void free_order(struct ft_brk *b, struct ord *o)
{
    work_free(b, o);
    free(o->combo);
    free(o->legs);
    free(o->fees);
    free(o);
}

void brk_order_changed(struct ft_brk *b, struct ord *o)
{
    if (o->dirty || o->o.parent) /* children are not kept: their fills are their parent's */
        return;
    FT_CHECK(ft_brk_grow(&b->dirty_orders, sizeof(struct ord *), b->dirty_order_count,
                         &b->dirty_order_cap) == 0);
    o->dirty = true;
    b->dirty_orders[b->dirty_order_count++] = o;
}

void brk_position_changed(struct ft_brk *b, struct pos *p)
{
    if (p->dirty)
        return;
    FT_CHECK(ft_brk_grow(&b->dirty_positions, sizeof(struct pos *), b->dirty_position_count,
                         &b->dirty_position_cap) == 0);
    p->dirty = true;
    b->dirty_positions[b->dirty_position_count++] = p;
}

void brk_account_changed(struct ft_brk *b, struct acc *a)
{
    a->dirty = true;
    b->accounts_dirty = true;
}

/* Place of the first order with an id above `id`. */
static size_t order_after(const struct acc *a, uint64_t id)
{
    size_t low = 0, high = a->order_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (a->orders[mid]->o.id <= id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct ft_order *ft_brk_next_order(const struct ft_brk *b, uint32_t account, uint64_t *cursor)
{
    const struct acc *a = brk_acc(b, account);
    for (size_t k = order_after(a, *cursor); k < a->order_count; k++) {
        const struct ord *o = a->orders[k];
        *cursor = o->o.id;
        if (!o->o.parent)
            return &o->o;
    }
    return NULL;
}

const struct ft_fill *ft_brk_next_fill(const struct ft_brk *b, uint32_t account, uint64_t *cursor)
{
    const struct acc *a = brk_acc(b, account);
    size_t low = 0, high = a->fill_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (a->fills[mid].id <= *cursor)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == a->fill_count)
        return NULL;
    *cursor = a->fills[low].id;
    return &a->fills[low];
}

const struct ft_order *ft_brk_order(const struct ft_brk *b, uint64_t id)
{
    const struct ord *o = brk_order(b, id);
    return o ? &o->o : NULL;
}

const struct ft_combo *ft_brk_combo(const struct ft_brk *b, uint64_t order)
{
    const struct ord *o = brk_order(b, order);
    return o ? o->combo : NULL;
}

size_t ft_brk_order_fees(const struct ft_brk *b, uint64_t order, const struct ft_fee_row **out)
{
    const struct ord *o = brk_order(b, order);
    *out = o ? o->fees : NULL;
    return o ? o->fee_count : 0;
}

/* ---- Old orders leave memory ------------------------------------------------------------------ */

static bool is_old(const struct ft_brk *b, const struct ord *o)
{
    return ft_order_is_final(o->o.status) && !o->dirty &&
           o->o.updated_ns <= b->now_ns - FT_RECENT_NS;
}

static void sweep_account(struct ft_brk *b, struct acc *a)
{
    if (a->order_count >= SWEEP_MIN) {
        size_t kept = 0;
        for (size_t k = 0; k < a->order_count; k++) {
            struct ord *o = a->orders[k];
            if (is_old(b, o)) {
                ft_map64_take(&b->order_by_id, o->o.id);
                free_order(b, o);
            } else {
                a->orders[kept++] = o;
            }
        }
        a->order_count = kept;
    }
    if (a->fill_count >= SWEEP_MIN) {
        size_t from = 0;
        while (from < a->fill_count && a->fills[from].time_ns < b->now_ns - FT_RECENT_NS &&
               !brk_order(b, a->fills[from].order))
            from++;
        memmove(a->fills, a->fills + from, (a->fill_count - from) * sizeof *a->fills);
        a->fill_count -= from;
    }
}

void brk_forget_orders(struct ft_brk *b, struct acc *a)
{
    for (size_t k = 0; k < a->order_count; k++) {
        struct ord *o = a->orders[k];
        FT_CHECK(ft_order_is_final(o->o.status));
        if (o->dirty) /* its last state is still owed to the store */
            FT_CHECK(ft_journal_add_order(&b->pending, &o->o) == 0);
        ft_map64_take(&b->order_by_id, o->o.id);
    }
    size_t kept = 0;
    for (size_t k = 0; k < b->dirty_order_count; k++)
        if (b->dirty_orders[k]->o.account != a->a.index)
            b->dirty_orders[kept++] = b->dirty_orders[k];
    b->dirty_order_count = kept;
    for (size_t k = 0; k < a->order_count; k++)
        free_order(b, a->orders[k]);
    a->order_count = a->fill_count = 0;
}

static void sweep(struct ft_brk *b)
{
    if (b->now_ns < b->next_sweep_ns)
        return;
    b->next_sweep_ns = b->now_ns + SWEEP_EVERY_NS;
    for (size_t k = 0; k < b->account_count; k++)
        sweep_account(b, b->accounts[k]);
}

/* ---- Events ------------------------------------------------------------------------------------ */

static struct ft_brk_event *new_event(struct ft_brk *b)
{
    if (b->event_tail - b->event_head == b->event_cap) {
        uint32_t cap = b->event_cap * 2;
        struct ft_brk_event *ring = malloc(cap * sizeof *ring);
        FT_CHECK(ring != NULL); /* a change of an order must not be lost */
        for (uint32_t k = 0; k < b->event_cap; k++)
            ring[k] = b->events[(b->event_head + k) & (b->event_cap - 1)];
        free(b->events);
        b->events = ring;
        b->event_tail -= b->event_head;
        b->event_head = 0;
        b->event_cap = cap;
    }
    return &b->events[b->event_tail++ & (b->event_cap - 1)];
}

void brk_tell_order(struct ft_brk *b, const struct ord *o)
{
    if (!b->begun || o->o.parent)
        return;
    struct ft_brk_event *e = new_event(b);
    e->kind = FT_BRK_ORDER;
    e->order = o->o;
}

void brk_tell_fill(struct ft_brk *b, const struct ord *o, const struct ft_fill *f)
{
    if (!b->begun)
        return;
    const struct ord *parent = brk_order(b, o->o.parent);
    struct ft_brk_event *e = new_event(b);
    e->kind = FT_BRK_FILL;
    e->order = parent ? parent->o : o->o;
    e->fill = *f;
    if (parent)
        e->fill.order = parent->o.id;
}

const struct ft_brk_event *ft_brk_next_event(struct ft_brk *b)
{
    if (b->event_head == b->event_tail)
        return NULL;
    return &b->events[b->event_head++ & (b->event_cap - 1)];
}

/* ---- Changes for the store --------------------------------------------------------------------- */

bool ft_brk_has_changes(const struct ft_brk *b)
{
    return b->dirty_order_count || b->dirty_position_count || b->accounts_dirty ||
           !ft_journal_is_empty(&b->pending);
}

static int reserve_rows(void *array, size_t size, size_t count, size_t *cap)
{
    while (*cap < count)
        if (ft_brk_grow(array, size, *cap, cap))
            return -1;
    return 0;
}

int ft_brk_take_changes(struct ft_brk *b, struct ft_journal *out)
{
    ft_journal_clear(out);
    struct ft_journal *j = &b->pending;
    if (reserve_rows(&j->orders, sizeof *j->orders, j->order_count + b->dirty_order_count,
                     &j->order_cap) ||
        reserve_rows(&j->positions, sizeof *j->positions, b->dirty_position_count,
                     &j->position_cap) ||
        reserve_rows(&j->accounts, sizeof *j->accounts, b->accounts_dirty ? b->account_count : 0,
                     &j->account_cap))
        return -1;
    for (size_t k = 0; k < b->dirty_order_count; k++) {
        b->dirty_orders[k]->dirty = false;
        j->orders[j->order_count++] = b->dirty_orders[k]->o;
    }
    for (size_t k = 0; k < b->dirty_position_count; k++) {
        b->dirty_positions[k]->dirty = false;
        j->positions[j->position_count++] = b->dirty_positions[k]->p;
    }
    for (size_t k = 0; k < b->account_count && b->accounts_dirty; k++)
        if (b->accounts[k]->dirty) {
            b->accounts[k]->dirty = false;
            j->accounts[j->account_count++] = b->accounts[k]->a;
        }
    b->dirty_order_count = b->dirty_position_count = 0;
    b->accounts_dirty = false;
    j->counters = b->counters;
    j->counters.world_ns = b->now_ns;
    struct ft_journal empty = *out;
    *out = *j;
    *j = empty;
    return 0;
}

/* ---- Load -------------------------------------------------------------------------------------- */

int ft_brk_load_account(struct ft_brk *b, const struct ft_account *a, struct ft_err *err)
{
    if (a->index != b->account_count || b->account_count >= FT_ACCOUNTS_MAX)
        return ft_err_set(err, FT_ECORRUPT, "account %llu: index %u comes when %zu is due",
                          (unsigned long long)a->id, a->index, b->account_count);
    if (ft_map64_get(&b->account_by_id, a->id))
        return ft_err_set(err, FT_ECORRUPT, "account %llu is there twice",
                          (unsigned long long)a->id);
    struct acc *n = calloc(1, sizeof *n);
    struct acc **more = realloc(b->accounts, (b->account_count + 1) * sizeof(struct acc *));
    if (more)
        b->accounts = more;
    if (!n || !more || ft_map64_put(&b->account_by_id, a->id, n)) {
        free(n);
        return ft_err_set(err, FT_ENOMEM, "no memory for an account");
    }
    n->a = *a;
    b->accounts[b->account_count++] = n;
    return 0;
}

static int need_account(const struct ft_brk *b, uint32_t account, struct ft_err *err)
{
    if (account < b->account_count)
        return 0;
    return ft_err_set(err, FT_ECORRUPT, "account index %u: there are %zu", account,
                      b->account_count);
}

int ft_brk_load_position(struct ft_brk *b, const struct ft_position *p, struct ft_err *err)
{
    if (need_account(b, p->account, err))
        return -1;
    struct pos *n = position_need(b, p->account, p->inst);
    if (!n)
        return ft_err_set(err, FT_ENOMEM, "no memory for a position");
    n->p = *p;
    return 0;
}

int ft_brk_load_order(struct ft_brk *b, const struct ft_order *o, struct ft_err *err)
{
    if (need_account(b, o->account, err))
        return -1;
    const struct acc *a = brk_acc(b, o->account);
    if (a->order_count && a->orders[a->order_count - 1]->o.id >= o->id)
        return ft_err_set(err, FT_ECORRUPT, "order %llu comes out of turn",
                          (unsigned long long)o->id);
    struct ord *n = brk_new_order(b, o, err);
    if (!n)
        return -1;
    n->o.at_venue = n->o.cancel_asked = false;
    n->kept_reserve = o->reserved > 0 ? o->reserved : 0; /* held again by life_restore */
    n->o.reserved = 0;
    return 0;
}

int ft_brk_load_combo(struct ft_brk *b, const struct ft_combo *c, struct ft_err *err)
{
    struct ord *o = brk_order(b, c->order);
    if (!o || o->combo || c->count > FT_LEGS_MAX)
        return ft_err_set(err, FT_ECORRUPT, "combo of order %llu does not fit it",
                          (unsigned long long)c->order);
    o->combo = malloc(sizeof *o->combo);
    if (!o->combo)
        return ft_err_set(err, FT_ENOMEM, "no memory for a combo");
    *o->combo = *c;
    return 0;
}

int ft_brk_load_fill(struct ft_brk *b, const struct ft_fill *f, struct ft_err *err)
{
    if (need_account(b, f->account, err))
        return -1;
    struct acc *a = brk_acc(b, f->account);
    if (a->fill_count && a->fills[a->fill_count - 1].id >= f->id)
        return ft_err_set(err, FT_ECORRUPT, "fill %llu comes out of turn",
                          (unsigned long long)f->id);
    if (ft_brk_grow(&a->fills, sizeof *a->fills, a->fill_count, &a->fill_cap))
        return ft_err_set(err, FT_ENOMEM, "no memory for a fill");
    a->fills[a->fill_count++] = *f;
    return 0;
}

int ft_brk_load_fee(struct ft_brk *b, const struct ft_fee_row *f, struct ft_err *err)
{
    struct ord *o = brk_order(b, f->order);
    if (!o)
        return ft_err_set(err, FT_ECORRUPT, "fee of order %llu, which is not there",
                          (unsigned long long)f->order);
    struct ft_fee_row *more = realloc(o->fees, (o->fee_count + 1) * sizeof *more);
    if (!more)
        return ft_err_set(err, FT_ENOMEM, "no memory for a fee");
    o->fees = more;
    o->fees[o->fee_count++] = *f;
    return 0;
}

void ft_brk_load_counters(struct ft_brk *b, const struct ft_brk_counters *c)
{
    /* An empty store has given none: the first numbers are those of ft_brk_new. */
    b->counters.order = c->order > b->counters.order ? c->order : b->counters.order;
    b->counters.fill = c->fill > b->counters.fill ? c->fill : b->counters.fill;
    b->counters.txn = c->txn;
    b->counters.position = c->position;
    b->counters.priority = c->priority;
}

/* ---- Begin and time ----------------------------------------------------------------------------- */

static int by_priority(const void *x, const void *y)
{
    const struct ord *a = *(struct ord *const *)x, *b = *(struct ord *const *)y;
    return (a->o.priority > b->o.priority) - (a->o.priority < b->o.priority);
}

/* Open orders of the store, in their old order, and the holdings: to their desks. */
static int take_seats(struct ft_brk *b, struct ft_err *err)
{
    size_t n = 0;
    for (size_t k = 0; k < b->account_count; k++)
        n += b->accounts[k]->order_count;
    struct ord **open = malloc((n + 1) * sizeof(struct ord *));
    if (!open)
        return ft_err_set(err, FT_ENOMEM, "no memory for %zu orders", n);
    n = 0;
    for (size_t k = 0; k < b->account_count; k++)
        for (size_t i = 0; i < b->accounts[k]->order_count; i++)
            if (!ft_order_is_final(b->accounts[k]->orders[i]->o.status))
                open[n++] = b->accounts[k]->orders[i];
    qsort(open, n, sizeof(struct ord *), by_priority);
    int bad = 0;
    for (size_t k = 0; k < n && !bad; k++)
        bad = life_restore(b, open[k], err);
    free(open);
    for (size_t k = 0; k < b->account_count && !bad; k++)
        for (size_t i = 0; i < b->accounts[k]->position_count && !bad; i++) {
            struct pos *p = b->accounts[k]->positions[i];
            struct desk *d = p->p.qty ? desk_need(b, p->p.inst) : NULL;
            if (d)
                desk_hold(d, p);
            else if (p->p.qty)
                bad = ft_err_set(err, FT_ENOMEM, "no memory for a position");
        }
    return bad;
}

int ft_brk_begin(struct ft_brk *b, int64_t now_ns, struct ft_err *err)
{
    FT_CHECK(!b->begun);
    b->now_ns = now_ns;
    if (brk_open_accounts(b, err) || take_seats(b, err))
        return -1;
    b->begun = true;
    desk_look_all(b);
    return 0;
}

int64_t ft_brk_next(const struct ft_brk *b)
{
    int64_t next = ft_due_next(&b->due);
    int64_t work = work_next(b);
    return work < next ? work : next;
}

void ft_brk_step(struct ft_brk *b, int64_t now_ns)
{
    FT_CHECK(b->begun);
    life_events(b); /* each at its own time */
    if (now_ns > b->now_ns)
        b->now_ns = now_ns;
    desk_look_due(b);
    work_step(b);
    work_bury(b);
    sweep(b);
}

/* ---- Accounts ------------------------------------------------------------------------------------ */

size_t ft_brk_accounts(const struct ft_brk *b)
{
    return b->account_count;
}

const struct ft_account *ft_brk_account(const struct ft_brk *b, size_t index)
{
    FT_CHECK(index < b->account_count);
    return &b->accounts[index]->a;
}

const struct ft_account *ft_brk_find_account(const struct ft_brk *b, uint64_t id)
{
    const struct acc *a = id ? ft_map64_get(&b->account_by_id, id) : NULL;
    return a ? &a->a : NULL;
}

ft_price brk_mark(const struct ft_brk *b, const struct ft_instrument *inst,
                  const struct ft_venue_quote *q)
{
    (void)b;
    return q->last > 0 ? q->last : q->prev_close > 0 ? q->prev_close : inst->reference;
}

/* ---- Life ---------------------------------------------------------------------------------------- */

struct ft_brk *ft_brk_new(const struct ft_universe *u, const struct ft_rulebook *rules,
                          const struct ft_venue *venue, const struct ft_brk_options *options,
                          struct ft_err *err)
{
    struct ft_brk *b = calloc(1, sizeof *b);
    if (b)
        b->events = malloc(EVENTS_CAP * sizeof *b->events);
    if (!b || !b->events) {
        free(b);
        ft_err_set(err, FT_ENOMEM, "no memory for the broker");
        return NULL;
    }
    b->u = u;
    b->rules = rules;
    b->venue = *venue;
    b->options = *options;
    b->event_cap = EVENTS_CAP;
    b->us_inst = FT_NO_INST;
    for (size_t k = 0; k < ft_universe_count(u) && b->us_inst == FT_NO_INST; k++)
        if (ft_universe_at(u, (ft_inst)k)->market == FT_MARKET_US &&
            ft_universe_at(u, (ft_inst)k)->type == FT_SEC_STOCK)
            b->us_inst = (ft_inst)k;
    ft_list_init(&b->works);
    ft_list_init(&b->dead);
    ft_map64_init(&b->account_by_id);
    ft_map64_init(&b->order_by_id);
    ft_map64_init(&b->position_by_key);
    ft_map64_init(&b->desk_by_inst);
    ft_journal_init(&b->pending);
    b->counters = (struct ft_brk_counters){.order = FT_ORDER_IDS, .fill = FT_FILL_IDS};
    return b;
}

void ft_brk_free(struct ft_brk *b)
{
    if (!b)
        return;
    desk_free_all(b);
    for (size_t k = 0; k < b->account_count; k++) {
        struct acc *a = b->accounts[k];
        for (size_t i = 0; i < a->order_count; i++)
            free_order(b, a->orders[i]);
        for (size_t i = 0; i < a->position_count; i++)
            free(a->positions[i]);
        free(a->orders);
        free(a->fills);
        free(a->positions);
        free(a);
    }
    work_bury(b); /* parts that ended since the last step, or with their parents now */
    ft_map64_free(&b->account_by_id);
    ft_map64_free(&b->order_by_id);
    ft_map64_free(&b->position_by_key);
    ft_map64_free(&b->desk_by_inst);
    ft_journal_free(&b->pending);
    free(b->accounts);
    free(b->dirty_orders);
    free(b->dirty_positions);
    free(b->events);
    free(b);
}
