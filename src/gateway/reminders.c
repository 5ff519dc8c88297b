/* The live price reminders: which there are, whose market they keep running, and what fires (3019). */
#include "gateway/reminders.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/edge.h"
#include "gateway/forms.h"
#include "gateway/trade.h"

#include "Qot_UpdatePriceReminder.pb-c.h"

#include <stdlib.h>
#include <string.h>

/* ---- The set ------------------------------------------------------------------------------------ */

static int by_listing(const void *x, const void *y)
{
    const struct ft_store_reminder *a = &(*(struct ft_reminder *const *)x)->row,
                                   *b = &(*(struct ft_reminder *const *)y)->row;
    if (a->security.market != b->security.market)
        return a->security.market < b->security.market ? -1 : 1;
    int c = strcmp(a->security.code, b->security.code);
    if (c)
        return c;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

static void sort(struct ft_reminders *rs)
{
    if (rs->count)
        qsort(rs->all, rs->count, sizeof(struct ft_reminder *), by_listing);
}

/* Watches its instrument while it is enabled and could be heard. */
static int follow(struct ft_gateway *gw, struct ft_reminder *r, struct ft_err *err)
{
    struct ft_reminders *rs = gw->reminders;
    if (!gw->config.price_reminder_push || !ft_list_empty(&r->by_source))
        return 0;
    struct ft_list *head = ft_map64_get(&rs->sources, (uint64_t)r->source + 1);
    if (!head) {
        head = malloc(sizeof *head);
        if (!head || ft_map64_put(&rs->sources, (uint64_t)r->source + 1, head)) {
            free(head);
            return ft_err_set(err, FT_ENOMEM, "no memory");
        }
        ft_list_init(head);
    }
    if (ft_world_watch(gw->world, r->inst->index, err))
        return -1;
    ft_list_push(head, &r->by_source);
    return 0;
}

static void unfollow(struct ft_gateway *gw, struct ft_reminder *r)
{
    if (ft_list_empty(&r->by_source))
        return;
    ft_list_del(&r->by_source);
    ft_world_unwatch(gw->world, r->inst->index);
}

static struct ft_reminder *append(struct ft_gateway *gw, const struct ft_instrument *inst,
                                  const struct ft_store_reminder *row)
{
    struct ft_reminders *rs = gw->reminders;
    if (rs->count == rs->cap) {
        size_t cap = rs->cap ? rs->cap * 2 : 16;
        struct ft_reminder **more = realloc(rs->all, cap * sizeof(struct ft_reminder *));
        if (!more)
            return NULL;
        rs->all = more;
        rs->cap = cap;
    }
    struct ft_reminder *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->row = *row;
    r->login = ft_logins_find(gw, row->login);
    FT_CHECK(r->login != NULL);
    r->inst = inst;
    r->source =
        inst->is_continuous && inst->underlying != FT_NO_INST ? inst->underlying : inst->index;
    r->armed = !row->fired; /* one that fired before a restart waits until its condition ends */
    ft_list_init(&r->by_source);
    rs->all[rs->count++] = r;
    return r;
}

struct loading {
    struct ft_gateway *gw;
    size_t unknown;
    bool full;
};

static void load_one(void *user, const struct ft_store_reminder *row)
{
    struct loading *l = user;
    struct ft_reminders *rs = l->gw->reminders;
    const struct ft_instrument *inst =
        ft_universe_find(l->gw->universe, row->security.market, row->security.code);
    struct ft_err err = {0};
    if (row->key > rs->last_key)
        rs->last_key = row->key;
    if (!ft_logins_find(l->gw, row->login))
        return; /* nobody would hear it */
    if (!inst) {
        l->unknown++;
        return;
    }
    struct ft_reminder *r = append(l->gw, inst, row);
    l->full |= !r;
    if (r && row->enabled && follow(l->gw, r, &err))
        ft_warn("event=reminder key=%lld code=%s outcome=\"it is not looked at\" reason=\"%s\"",
                (long long)row->key, inst->code, err.text);
}

int ft_reminders_start(struct ft_gateway *gw, struct ft_err *err)
{
    struct loading l = {.gw = gw};
    gw->reminders = calloc(1, sizeof *gw->reminders);
    if (!gw->reminders)
        return ft_err_set(err, FT_ENOMEM, "no memory for price reminders");
    ft_map64_init(&gw->reminders->sources);
    if (ft_store_reminders(gw->trade->store, load_one, &l, err))
        return -1;
    if (l.full)
        return ft_err_set(err, FT_ENOMEM, "no memory for price reminders");
    if (l.unknown)
        ft_info(
            "event=reminders outcome=\"%zu of securities that are no longer known are left alone\"",
            l.unknown);
    sort(gw->reminders);
    gw->reminders->look_at_all = true;
    return 0;
}

void ft_reminders_free(struct ft_gateway *gw)
{
    struct ft_reminders *rs = gw->reminders;
    if (!rs)
        return;
    for (size_t k = 0; k < rs->count; k++)
        free(rs->all[k]);
    free(rs->all);
    for (size_t k = 0; k < rs->sources.cap; k++)
        if (rs->sources.slots[k].key)
            free(rs->sources.slots[k].value);
    ft_map64_free(&rs->sources);
    free(rs);
    gw->reminders = NULL;
}

struct ft_reminder *ft_reminders_find(const struct ft_gateway *gw, const struct ft_login *l, int64_t key)
{
    for (size_t k = 0; k < gw->reminders->count; k++)
        if (gw->reminders->all[k]->row.key == key && gw->reminders->all[k]->login == l)
            return gw->reminders->all[k];
    return NULL;
}

size_t ft_reminders_of_login(const struct ft_gateway *gw, const struct ft_login *l)
{
    size_t n = 0;
    for (size_t k = 0; k < gw->reminders->count; k++)
        n += gw->reminders->all[k]->login == l;
    return n;
}

size_t ft_reminders_of_type(const struct ft_gateway *gw, const struct ft_login *l, ft_inst i, int type)
{
    size_t n = 0;
    for (size_t k = 0; k < gw->reminders->count; k++)
        n += gw->reminders->all[k]->login == l && gw->reminders->all[k]->inst->index == i &&
             gw->reminders->all[k]->row.type == type;
    return n;
}

int64_t ft_reminders_new_key(const struct ft_gateway *gw)
{
    int64_t now = ft_world_now(gw->world), last = gw->reminders->last_key;
    return now > last ? now : last + 1;
}

static void remove_at(struct ft_gateway *gw, size_t k)
{
    struct ft_reminders *rs = gw->reminders;
    unfollow(gw, rs->all[k]);
    free(rs->all[k]);
    rs->count--;
    memmove(&rs->all[k], &rs->all[k + 1], (rs->count - k) * sizeof(struct ft_reminder *));
}

int ft_reminders_put(struct ft_gateway *gw, struct ft_reminder *r, const struct ft_instrument *inst,
                     const struct ft_store_reminder *row, struct ft_err *err)
{
    struct ft_reminders *rs = gw->reminders;
    bool added = !r;
    if (added && !(r = append(gw, inst, row)))
        return ft_err_set(err, FT_ENOMEM, "no memory");
    bool followed = !ft_list_empty(&r->by_source);
    if ((row->enabled && follow(gw, r, err)) ||
        ft_store_put_reminders(gw->trade->store, row, 1, err)) {
        if (added)
            remove_at(gw, rs->count - 1); /* append put it there */
        else if (!followed)
            unfollow(gw, r);
        return -1;
    }
    r->row = *row;
    r->armed = true;
    if (!row->enabled)
        unfollow(gw, r);
    if (row->key > rs->last_key)
        rs->last_key = row->key;
    sort(rs);
    rs->look_at_all = true;
    return 0;
}

static bool is_meant(const struct ft_reminder *r, const struct ft_login *l, ft_inst i, int64_t key)
{
    return r->login == l && r->inst->index == i && (key == 0 || r->row.key == key);
}

int ft_reminders_drop(struct ft_gateway *gw, const struct ft_login *l, ft_inst i, int64_t key,
                      struct ft_err *err)
{
    struct ft_reminders *rs = gw->reminders;
    int64_t keys[FT_REMIND_MAX];
    size_t n = 0;
    for (size_t k = 0; k < rs->count && n < FT_REMIND_MAX; k++)
        if (is_meant(rs->all[k], l, i, key))
            keys[n++] = rs->all[k]->row.key;
    if (ft_store_drop_reminders(gw->trade->store, keys, n, err))
        return -1;
    for (size_t k = rs->count; k-- > 0;)
        if (is_meant(rs->all[k], l, i, key))
            remove_at(gw, k);
    return 0;
}

/* ---- What a market shows ------------------------------------------------------------------------ */

static enum ft_remind_status status_of(const struct ft_instrument *inst, enum ft_session session)
{
    switch (session) {
    case FT_SES_NONE: return FT_REMIND_CLOSED;
    case FT_SES_PRE: return inst->market == FT_MARKET_US ? FT_REMIND_US_PRE : FT_REMIND_OPEN;
    case FT_SES_AFTER: return inst->market == FT_MARKET_US ? FT_REMIND_US_AFTER : FT_REMIND_OPEN;
    case FT_SES_OVERNIGHT:
        return inst->market == FT_MARKET_US ? FT_REMIND_US_OVERNIGHT : FT_REMIND_OPEN;
    case FT_SES_AUCTION:
    case FT_SES_REGULAR: break;
    }
    return FT_REMIND_OPEN;
}

/* The close of the last minute that had ended then; 0: the day's data does not go back so far. */
static ft_price price_before(const struct ft_gateway *gw, const struct ft_tape *tape,
                             int64_t then_ns)
{
    const struct ft_timetables *t = ft_universe_timetables(gw->universe);
    for (size_t k = tape->bar_count; k > 0; k--) {
        const struct ft_bar *b = &tape->bars[k - 1].bar;
        if (ft_minute_to_utc(t, tape->inst->profile, b->label_day, b->minute) <= then_ns)
            return b->close;
    }
    return 0;
}

static void look(struct ft_gateway *gw, ft_inst source, struct ft_remind_facts *f)
{
    const struct ft_instrument *inst = ft_universe_at(gw->universe, source);
    const struct ft_tape *tape = ft_world_live(gw->world, source);
    int64_t now = ft_world_now(gw->world);
    struct ft_moment m;
    struct ft_quote q;
    ft_moment_at(ft_universe_timetables(gw->universe), inst->profile,
                 ft_model_hours(ft_world_model(gw->world)), now, &m);
    ft_world_quote(gw->world, source, &q);
    *f = (struct ft_remind_facts){
        .day = m.trading_day,
        .status = status_of(inst, m.span.session),
        .price = q.last,
        .base = q.prev_close,
        .bid = q.bid,
        .ask = q.ask,
        .bid_qty = q.bid_qty,
        .ask_qty = q.ask_qty,
        .volume = q.volume,
        .turnover = q.turnover,
        .outstanding = inst->outstanding,
    };
    const struct ft_session_figures *x = m.span.session == FT_SES_PRE         ? &q.pre
                                         : m.span.session == FT_SES_AFTER     ? &q.after
                                         : m.span.session == FT_SES_OVERNIGHT ? &q.overnight
                                                                              : NULL;
    if (x && inst->market ==
                 FT_MARKET_US) { /* extended hours have figures of their own, against the last
                                                regular price (as in BasicQot) */
        f->base = q.last;
        if (x->last)
            f->price = x->last;
        f->volume = x->volume;
        f->turnover = x->turnover;
    }
    if (tape) {
        f->ago_3min = price_before(gw, tape, now - 180 * FT_NS_PER_SEC);
        f->ago_5min = price_before(gw, tape, now - 300 * FT_NS_PER_SEC);
    }
}

/* ---- Firing ------------------------------------------------------------------------------------- */

struct words {
    const char *en, *chs;
};
static const struct words wording[FT_REMIND_TYPES + 1] = {
    [FT_REMIND_PRICE_UP] = {"price rises to ", "价格涨到"},
    [FT_REMIND_PRICE_DOWN] = {"price falls to ", "价格跌到"},
    [FT_REMIND_RATE_UP] = {"day's rise above ", "日涨幅超过"},
    [FT_REMIND_RATE_DOWN] = {"day's fall above ", "日跌幅超过"},
    [FT_REMIND_5MIN_UP] = {"rise in 5 minutes above ", "5分钟涨幅超过"},
    [FT_REMIND_5MIN_DOWN] = {"fall in 5 minutes above ", "5分钟跌幅超过"},
    [FT_REMIND_VOLUME_UP] = {"volume above ", "成交量超过"},
    [FT_REMIND_TURNOVER_UP] = {"turnover above ", "成交额超过"},
    [FT_REMIND_TURNOVER_RATE_UP] = {"turnover rate above ", "换手率超过"},
    [FT_REMIND_BID_UP] = {"best bid above ", "买一价高于"},
    [FT_REMIND_ASK_DOWN] = {"best ask below ", "卖一价低于"},
    [FT_REMIND_BID_VOL_UP] = {"best bid volume above ", "买一量高于"},
    [FT_REMIND_ASK_VOL_UP] = {"best ask volume above ", "卖一量高于"},
    [FT_REMIND_3MIN_UP] = {"rise in 3 minutes above ", "3分钟涨幅超过"},
    [FT_REMIND_3MIN_DOWN] = {"fall in 3 minutes above ", "3分钟跌幅超过"},
};

/* The type's wording and the threshold with 3 decimals, as the vendor's "买一价高于185.500". */
static char *content_of(struct ft_gateway *gw, const struct ft_store_reminder *row)
{
    char number[FT_FIXED_TEXT_MAX], text[128];
    ft_fixed_print(row->value, FT_PRICE_DECIMALS, 3, number);
    const struct words *w = &wording[row->type];
    int n = snprintf(text, sizeof text, "%s%s%s", FT_TEXT(gw, w->en, w->chs), number,
                     ft_remind_is_percent((enum ft_remind_type)row->type) ? "%" : "");
    return ft_arena_strndup(&gw->arena, text, (size_t)n);
}

static void push(struct ft_gateway *gw, struct ft_reminder *r, const struct ft_remind_facts *f,
                 int64_t now)
{
    ft_arena_reset(&gw->arena);
    QotUpdatePriceReminder__Response *response =
        FT_NEW(gw, QotUpdatePriceReminder__Response, qot__update_price_reminder__response__init);
    QotUpdatePriceReminder__S2C *s =
        FT_NEW(gw, QotUpdatePriceReminder__S2C, qot__update_price_reminder__s2_c__init);
    if (!response || !s)
        return;
    int64_t change = 0;
    ft_remind_value(FT_REMIND_RATE_UP, f, &change);
    response->rettype = FT_RET_SUCCEED;
    response->s2c = s;
    s->security = ft_edge_new_security(gw, r->inst);
    s->name = (char *)ft_edge_name(gw, r->inst);
    s->price = ft_price_to_double(f->price);
    s->changerate = ft_edge_round((double)change / (double)FT_REMIND_SCALE, 3);
    s->marketstatus = f->status;
    s->content = content_of(gw, &r->row);
    s->note = r->row.note;
    s->has_key = s->has_type = s->has_setvalue = s->has_curvalue = 1;
    s->key = r->row.key;
    s->type = r->row.type;
    s->setvalue = (double)r->row.value / (double)FT_REMIND_SCALE;
    s->curvalue = (double)now / (double)FT_REMIND_SCALE;
    if (!s->security || !s->content)
        return;
    struct ft_forms forms;
    size_t before = ft_buf_len(&gw->push_frames);
    ft_forms_begin(gw, &forms, FT_PROTO_Qot_UpdatePriceReminder, &response->base);
    for (struct ft_list *n = gw->conns.next, *next; n != &gw->conns; n = next) {
        next = n->next; /* an overfull connection begins its end here */
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        size_t len;
        const uint8_t *frame;
        if (c->login == r->login && c->push_ready && c->state == FT_CONN_READY &&
            (frame = ft_forms_get(gw, &forms, c->push_format, &len)))
            ft_conn_send_frame(c, frame, len);
    }
    ft_frame_cancel(&gw->push_frames, (ptrdiff_t)before);
}

void ft_reminders_conn_ready(struct ft_conn *c)
{
    struct ft_gateway *gw = c->gw;
    gw->logins.hearing++;
    if (c->login->hearing++ == 0 && gw->reminders)
        gw->reminders->look_at_all = true; /* what has waited for somebody to hear it */
}

void ft_reminders_conn_gone(struct ft_conn *c)
{
    if (!c->push_ready)
        return;
    FT_CHECK(c->login->hearing > 0 && c->gw->logins.hearing > 0);
    c->login->hearing--;
    c->gw->logins.hearing--;
}

/* What a restart must know is on disk before anybody hears of it: it would fire again otherwise. */
static bool remember(struct ft_gateway *gw, const struct ft_store_reminder *before,
                     const struct ft_store_reminder *now)
{
    struct ft_err err = {0};
    if (now->freq == FT_REMIND_ALWAYS && before->fired)
        return true;
    if (ft_store_put_reminders(gw->trade->store, now, 1, &err) == 0)
        return true;
    if (!gw->reminders->lost)
        ft_error("event=reminder key=%lld outcome=\"reminders no longer fire\" reason=\"%s\"",
                 (long long)now->key, err.text);
    gw->reminders->lost = true;
    return false;
}

static void look_at(struct ft_gateway *gw, ft_inst source, struct ft_list *head)
{
    struct ft_remind_facts f;
    if (ft_list_empty(head))
        return;
    look(gw, source, &f);
    for (struct ft_list *n = head->next, *next; n != head && !gw->reminders->lost; n = next) {
        next = n->next;
        struct ft_reminder *r = ft_container_of(n, struct ft_reminder, by_source);
        struct ft_store_reminder before = r->row;
        int64_t now;
        if (!r->login->hearing || !ft_remind_due(&r->row, &r->armed, &f, &now))
            continue;
        if (!remember(gw, &before, &r->row)) {
            r->row = before;
            return;
        }
        push(gw, r, &f, now);
        if (!r->row.enabled)
            unfollow(gw, r);
    }
}

void ft_reminders_turn(struct ft_gateway *gw)
{
    struct ft_reminders *rs = gw->reminders;
    const ft_inst *changed;
    if (!rs || !rs->count || !gw->config.price_reminder_push || rs->lost ||
        !gw->logins.hearing)
        return;
    ft_forms_swap_arenas(gw);
    if (rs->look_at_all) {
        rs->look_at_all = false;
        for (size_t k = 0; k < rs->sources.cap; k++)
            if (rs->sources.slots[k].key)
                look_at(gw, (ft_inst)(rs->sources.slots[k].key - 1), rs->sources.slots[k].value);
    } else {
        /* Asked again each time: what is no longer watched after it fired may change the list. */
        for (size_t k = 0; k < ft_world_changed(gw->world, &changed); k++) {
            struct ft_list *head = ft_map64_get(&rs->sources, (uint64_t)changed[k] + 1);
            if (head)
                look_at(gw, changed[k], head);
        }
    }
    ft_forms_swap_arenas(gw);
}
