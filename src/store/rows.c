#include "store/rows.h"

#include <stdio.h>
#include <string.h>

const struct ft_table ft_table_accounts = {"accounts", FT_COLS_ACCOUNT, 1, 1};
const struct ft_table ft_table_positions = {"positions", FT_COLS_POSITION, 1, 4};
const struct ft_table ft_table_orders = {"orders", FT_COLS_ORDER, 1, 8};
const struct ft_table ft_table_combos = {"combos", FT_COLS_COMBO, 1, 1};
const struct ft_table ft_table_legs = {"combo_legs", FT_COLS_LEG, 2, 2};
const struct ft_table ft_table_fills = {"fills", FT_COLS_FILL, 2, 7};
const struct ft_table ft_table_fees = {"fees", FT_COLS_FEE, 2, 2};
const struct ft_table ft_table_txns = {"txns", FT_COLS_TXN, 1, 0};
const struct ft_table ft_table_postings = {"postings", FT_COLS_POSTING, 2, 0};

/* ---- Statements --------------------------------------------------------------------------------- */

struct text {
    char at[4096];
    size_t len;
};

static void put(struct text *t, const char *bytes, size_t n)
{
    FT_CHECK(t->len + n < sizeof t->at);
    memcpy(t->at + t->len, bytes, n);
    t->len += n;
    t->at[t->len] = '\0';
}
static void puts_of(struct text *t, const char *s)
{
    put(t, s, strlen(s));
}

/* The k-th name of a list with commas; 0 behind the last. */
static size_t column(const char *columns, int k, const char **out)
{
    for (; k > 0; k--) {
        columns = strchr(columns, ',');
        if (!columns)
            return 0;
        columns++;
    }
    *out = columns;
    return strcspn(columns, ",");
}

static void put_update(struct text *sql, const struct ft_table *t)
{
    const char *name;
    size_t n;
    puts_of(sql, " ON CONFLICT(");
    for (int k = 0; k < t->keys; k++) {
        n = column(t->columns, k, &name);
        puts_of(sql, k ? "," : "");
        put(sql, name, n);
    }
    puts_of(sql, ") DO UPDATE SET ");
    for (int k = t->fixed; (n = column(t->columns, k, &name)); k++) {
        puts_of(sql, k > t->fixed ? "," : "");
        put(sql, name, n);
        puts_of(sql, "=excluded.");
        put(sql, name, n);
    }
}

int ft_table_prepare(sqlite3 *db, const struct ft_table *t, sqlite3_stmt **out, struct ft_err *err)
{
    struct text sql = {.len = 0};
    const char *name;
    puts_of(&sql, "INSERT INTO ");
    puts_of(&sql, t->name);
    puts_of(&sql, "(");
    puts_of(&sql, t->columns);
    puts_of(&sql, ") VALUES(");
    for (int k = 0; column(t->columns, k, &name); k++)
        puts_of(&sql, k ? ",?" : "?");
    puts_of(&sql, ")");
    if (t->fixed)
        put_update(&sql, t);
    if (sqlite3_prepare_v3(db, sql.at, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
        return ft_err_set(err, FT_EIO, "%s: %s", t->name, sqlite3_errmsg(db));
    return 0;
}

/* ---- Binding ------------------------------------------------------------------------------------ */

/* Binding integers and uncopied texts cannot fail but for a wrong column number: a fault of ours. */
struct out {
    sqlite3_stmt *st;
    int at;
};

static void put_int(struct out *o, int64_t v)
{
    FT_CHECK(sqlite3_bind_int64(o->st, ++o->at, v) == SQLITE_OK);
}
static void put_id(struct out *o, uint64_t v)
{
    FT_CHECK(v <= INT64_MAX);
    put_int(o, (int64_t)v);
}
static void put_null(struct out *o)
{
    FT_CHECK(sqlite3_bind_null(o->st, ++o->at) == SQLITE_OK);
}
static void put_day(struct out *o, ft_day day)
{
    if (day == FT_NO_DAY)
        put_null(o);
    else
        put_int(o, day);
}
static void put_text(struct out *o, const char *s)
{
    FT_CHECK(sqlite3_bind_text(o->st, ++o->at, s, -1, SQLITE_STATIC) == SQLITE_OK);
}
static void put_blob(struct out *o, const uint8_t *bytes, int n)
{
    FT_CHECK(sqlite3_bind_blob(o->st, ++o->at, bytes, n, SQLITE_STATIC) == SQLITE_OK);
}
static void put_inst(struct out *o, const struct ft_universe *u, ft_inst inst)
{
    const struct ft_instrument *i = ft_universe_at(u, inst);
    put_int(o, i->market);
    put_text(o, i->code);
}
static void put_end(const struct out *o)
{
    FT_CHECK(o->at == sqlite3_bind_parameter_count(o->st));
}

void ft_bind_account(sqlite3_stmt *st, const struct ft_account *a)
{
    struct out o = {st, 0};
    put_id(&o, a->id);
    put_int(&o, a->index);
    put_int(&o, a->env);
    put_int(&o, a->type);
    put_int(&o, a->sim);
    put_int(&o, a->firm);
    put_int(&o, a->currency);
    put_int(&o, a->futures);
    put_int(&o, a->universal);
    put_int(&o, a->disabled);
    FT_CHECK(a->auth_count <= FT_AUTHS_MAX);
    put_blob(&o, a->auth, a->auth_count);
    put_text(&o, a->card);
    put_text(&o, a->uni_card);
    put_int(&o, a->created_ns);
    put_int(&o, a->initial_cash);
    for (int c = 0; c < FT_CURRENCIES; c++)
        put_int(&o, a->cash[c]);
    put_int(&o, a->is_pdt);
    put_blob(&o, a->day_trades, sizeof a->day_trades);
    put_day(&o, a->day_trades_day);
    put_int(&o, a->dtbp_start);
    put_int(&o, a->dtbp_used);
    put_int(&o, a->dt_call);
    put_day(&o, a->dt_call_day);
    put_int(&o, a->owner);
    put_end(&o);
}

void ft_bind_position(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                      const struct ft_position *p)
{
    struct out o = {st, 0};
    put_id(&o, p->id);
    put_id(&o, account);
    put_inst(&o, u, p->inst);
    put_int(&o, p->qty);
    put_int(&o, p->locked);
    put_day(&o, p->locked_day);
    put_int(&o, p->cost);
    put_int(&o, p->diluted);
    put_int(&o, p->realized);
    put_int(&o, p->marked);
    put_day(&o, p->settled_day);
    put_day(&o, p->today);
    put_int(&o, p->td_pl_base);
    put_int(&o, p->td_buy_val);
    put_int(&o, p->td_sell_val);
    put_int(&o, p->td_buy_qty);
    put_int(&o, p->td_sell_qty);
    put_int(&o, p->opened_ns);
    put_id(&o, p->combo);
    put_int(&o, p->strategy);
    put_end(&o);
}

void ft_bind_order(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                   const struct ft_order *r)
{
    struct out o = {st, 0};
    put_id(&o, r->id);
    put_id(&o, account);
    put_inst(&o, u, r->inst);
    put_int(&o, r->side);
    put_int(&o, r->created_ns);
    put_id(&o, r->parent);
    put_int(&o, r->leg);
    put_int(&o, r->status);
    put_int(&o, r->updated_ns);
    put_int(&o, r->type);
    put_int(&o, r->tif);
    put_int(&o, r->session);
    put_int(&o, r->trail_type);
    put_int(&o, r->outside_rth);
    put_int(&o, r->has_aux);
    put_int(&o, r->trd_market);
    put_int(&o, r->reject_why);
    put_day(&o, r->expire_day);
    put_day(&o, r->day);
    put_int(&o, r->price);
    put_int(&o, r->aux_price);
    put_int(&o, r->trail_spread);
    put_int(&o, r->trail_value);
    put_int(&o, r->qty);
    put_int(&o, r->filled);
    put_int(&o, r->fill_value);
    put_id(&o, r->priority);
    put_int(&o, r->triggered);
    put_day(&o, r->fee_day);
    put_int(&o, r->fee_qty);
    put_int(&o, r->fee_notional);
    put_int(&o, r->fees);
    put_int(&o, r->reserved);
    put_int(&o, r->opening);
    put_int(&o, r->trail_peak);
    put_text(&o, r->remark);
    put_text(&o, r->last_err);
    put_end(&o);
}

void ft_bind_combo(sqlite3_stmt *st, const struct ft_combo *c)
{
    struct out o = {st, 0};
    FT_CHECK(c->count <= FT_LEGS_MAX);
    put_id(&o, c->order);
    put_int(&o, c->strategy);
    put_int(&o, c->count);
    put_end(&o);
}

void ft_bind_leg(sqlite3_stmt *st, const struct ft_universe *u, const struct ft_combo *c, int leg)
{
    struct out o = {st, 0};
    put_id(&o, c->order);
    put_int(&o, leg);
    put_inst(&o, u, c->leg[leg].inst);
    put_int(&o, c->leg[leg].side);
    put_int(&o, c->leg[leg].ratio);
    put_end(&o);
}

void ft_bind_fill(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                  const struct ft_fill *f)
{
    struct out o = {st, 0};
    put_id(&o, f->order);
    put_id(&o, f->id);
    put_id(&o, account);
    put_inst(&o, u, f->inst);
    put_int(&o, f->side);
    put_int(&o, f->time_ns);
    put_int(&o, f->status);
    put_int(&o, f->qty);
    put_int(&o, f->price);
    put_int(&o, f->counter_broker);
    put_end(&o);
}

void ft_bind_fee(sqlite3_stmt *st, const struct ft_fee_row *f)
{
    struct out o = {st, 0};
    put_id(&o, f->order);
    put_int(&o, f->item);
    put_int(&o, f->amount);
    put_end(&o);
}

void ft_bind_txn(sqlite3_stmt *st, uint64_t account, const struct ft_txn *t)
{
    struct out o = {st, 0};
    put_id(&o, t->id);
    put_int(&o, t->time_ns);
    put_day(&o, t->clearing_day);
    put_day(&o, t->settle_day);
    put_int(&o, t->kind);
    put_id(&o, account);
    put_id(&o, t->order);
    put_id(&o, t->fill);
    put_text(&o, t->remark);
    put_end(&o);
}

void ft_bind_posting(sqlite3_stmt *st, const struct ft_universe *u, uint64_t account,
                     const struct ft_posting *p)
{
    struct out o = {st, 0};
    put_id(&o, p->txn);
    put_int(&o, p->line);
    put_int(&o, p->holder);
    if (account)
        put_id(&o, account);
    else
        put_null(&o);
    if (p->is_cash) {
        put_int(&o, p->currency);
        put_null(&o);
        put_null(&o);
    } else {
        put_null(&o);
        put_inst(&o, u, p->inst);
    }
    put_int(&o, p->amount);
    put_end(&o);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

/* The file may have been written by another hand: every value is checked against its field. */
struct in {
    sqlite3_stmt *st;
    int at, bad; /* first bad column + 1 */
};

static void refuse(struct in *i, int at)
{
    if (!i->bad)
        i->bad = at + 1;
}
static int64_t get(struct in *i, int64_t low, int64_t high)
{
    int at = i->at++;
    int64_t v = sqlite3_column_int64(i->st, at);
    if (sqlite3_column_type(i->st, at) == SQLITE_INTEGER && v >= low && v <= high)
        return v;
    refuse(i, at);
    return low;
}
static int64_t get_int(struct in *i)
{
    return get(i, INT64_MIN, INT64_MAX);
}
static uint64_t get_id(struct in *i)
{
    return (uint64_t)get(i, 0, INT64_MAX);
}
static uint8_t get_u8(struct in *i)
{
    return (uint8_t)get(i, 0, UINT8_MAX);
}
static uint32_t get_u32(struct in *i)
{
    return (uint32_t)get(i, 0, UINT32_MAX);
}
static bool get_bool(struct in *i)
{
    return get(i, 0, 1) != 0;
}
static ft_day get_day(struct in *i)
{
    if (sqlite3_column_type(i->st, i->at) != SQLITE_NULL)
        return (ft_day)get(i, INT32_MIN, INT32_MAX);
    i->at++;
    return FT_NO_DAY;
}
static void get_text(struct in *i, char *out, size_t size)
{
    int at = i->at++;
    const unsigned char *s = sqlite3_column_text(i->st, at);
    size_t n = (size_t)sqlite3_column_bytes(i->st, at);
    out[0] = '\0';
    if (!s || n >= size || memchr(s, 0, n)) {
        refuse(i, at);
        return;
    }
    memcpy(out, s, n + 1);
}
/* Returns the length. */
static uint8_t get_blob(struct in *i, uint8_t *out, size_t max)
{
    int at = i->at++;
    const void *bytes = sqlite3_column_blob(i->st, at);
    size_t n = (size_t)sqlite3_column_bytes(i->st, at);
    if (n > max) {
        refuse(i, at);
        return 0;
    }
    if (n)
        memcpy(out, bytes, n);
    return (uint8_t)n;
}
static ft_inst get_inst(struct in *i, const struct ft_universe *u, struct ft_where *w)
{
    w->market = (int)get(i, 0, INT32_MAX);
    get_text(i, w->code, sizeof w->code);
    const struct ft_instrument *found = ft_universe_find(u, w->market, w->code);
    return found ? found->index : FT_NO_INST;
}
static int end(const struct in *i, const char *table, uint64_t id, struct ft_err *err)
{
    FT_CHECK(i->at <= sqlite3_column_count(i->st));
    if (!i->bad)
        return 0;
    const unsigned char *v = sqlite3_column_text(i->st, i->bad - 1);
    return ft_err_set(err, FT_ECORRUPT, "%s: row %llu: column %s has '%.80s', which cannot be",
                      table, (unsigned long long)id, sqlite3_column_name(i->st, i->bad - 1),
                      v ? (const char *)v : "");
}

int ft_read_account(sqlite3_stmt *st, struct ft_account *a, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(a, 0, sizeof *a);
    a->id = get_id(&i);
    a->index = get_u32(&i);
    a->env = get_u8(&i);
    a->type = get_u8(&i);
    a->sim = get_u8(&i);
    a->firm = get_u8(&i);
    a->currency = (uint8_t)get(&i, 0, FT_CURRENCIES - 1);
    a->futures = get_bool(&i);
    a->universal = get_bool(&i);
    a->disabled = get_bool(&i);
    a->auth_count = get_blob(&i, a->auth, sizeof a->auth);
    get_text(&i, a->card, sizeof a->card);
    get_text(&i, a->uni_card, sizeof a->uni_card);
    a->created_ns = get_int(&i);
    a->initial_cash = get_int(&i);
    for (int c = 0; c < FT_CURRENCIES; c++)
        a->cash[c] = get_int(&i);
    a->is_pdt = get_bool(&i);
    get_blob(&i, a->day_trades, sizeof a->day_trades);
    a->day_trades_day = get_day(&i);
    a->dtbp_start = get_int(&i);
    a->dtbp_used = get_int(&i);
    a->dt_call = get_int(&i);
    a->dt_call_day = get_day(&i);
    a->owner = get_u32(&i);
    return end(&i, "accounts", a->id, err);
}

int ft_read_position(sqlite3_stmt *st, const struct ft_universe *u, uint64_t *account,
                     struct ft_position *p, struct ft_where *where, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(p, 0, sizeof *p);
    p->id = get_id(&i);
    *account = get_id(&i);
    p->inst = get_inst(&i, u, where);
    p->qty = get_int(&i);
    p->locked = get_int(&i);
    p->locked_day = get_day(&i);
    p->cost = get_int(&i);
    p->diluted = get_int(&i);
    p->realized = get_int(&i);
    p->marked = get_int(&i);
    p->settled_day = get_day(&i);
    p->today = get_day(&i);
    p->td_pl_base = get_int(&i);
    p->td_buy_val = get_int(&i);
    p->td_sell_val = get_int(&i);
    p->td_buy_qty = get_int(&i);
    p->td_sell_qty = get_int(&i);
    p->opened_ns = get_int(&i);
    p->combo = get_id(&i);
    p->strategy = (uint8_t)get(&i, 0, UINT8_MAX);
    return end(&i, "positions", p->id, err);
}

int ft_read_order(sqlite3_stmt *st, const struct ft_universe *u, uint64_t *account,
                  struct ft_order *o, struct ft_where *where, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(o, 0, sizeof *o);
    o->id = get_id(&i);
    *account = get_id(&i);
    o->inst = get_inst(&i, u, where);
    o->side = get_u8(&i);
    o->created_ns = get_int(&i);
    o->parent = get_id(&i);
    o->leg = get_u32(&i);
    o->status = get_u8(&i);
    o->updated_ns = get_int(&i);
    o->type = get_u8(&i);
    o->tif = get_u8(&i);
    o->session = get_u8(&i);
    o->trail_type = get_u8(&i);
    o->outside_rth = get_bool(&i);
    o->has_aux = get_bool(&i);
    o->trd_market = get_u8(&i);
    o->reject_why = get_u8(&i);
    o->expire_day = get_day(&i);
    o->day = get_day(&i);
    o->price = get_int(&i);
    o->aux_price = get_int(&i);
    o->trail_spread = get_int(&i);
    o->trail_value = get_int(&i);
    o->qty = get_int(&i);
    o->filled = get_int(&i);
    o->fill_value = get_int(&i);
    o->priority = get_id(&i);
    o->triggered = get_bool(&i);
    o->fee_day = get_day(&i);
    o->fee_qty = get_int(&i);
    o->fee_notional = get_int(&i);
    o->fees = get_int(&i);
    o->reserved = get_int(&i);
    o->opening = get_int(&i);
    o->trail_peak = get_int(&i);
    get_text(&i, o->remark, sizeof o->remark);
    get_text(&i, o->last_err, sizeof o->last_err);
    return end(&i, "orders", o->id, err);
}

int ft_read_combo(sqlite3_stmt *st, struct ft_combo *c, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(c, 0, sizeof *c);
    c->order = get_id(&i);
    c->strategy = get_u8(&i);
    (void)get(&i, 0, FT_LEGS_MAX); /* count: the legs are counted as they come */
    return end(&i, "combos", c->order, err);
}

int ft_read_leg(sqlite3_stmt *st, const struct ft_universe *u, struct ft_combo *c,
                struct ft_where *where, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    struct ft_combo_leg leg = {0};
    uint64_t order = get_id(&i);
    (void)get(&i, c->count, c->count < FT_LEGS_MAX ? c->count : -1);
    leg.inst = get_inst(&i, u, where);
    leg.side = get_u8(&i);
    leg.ratio = get_int(&i);
    if (end(&i, "combo_legs", order, err))
        return -1;
    c->leg[c->count++] = leg;
    return 0;
}

int ft_read_fill(sqlite3_stmt *st, const struct ft_universe *u, uint64_t *account,
                 struct ft_fill *f, struct ft_where *where, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(f, 0, sizeof *f);
    f->order = get_id(&i);
    f->id = get_id(&i);
    *account = get_id(&i);
    f->inst = get_inst(&i, u, where);
    f->side = get_u8(&i);
    f->time_ns = get_int(&i);
    f->status = get_u8(&i);
    f->qty = get_int(&i);
    f->price = get_int(&i);
    f->counter_broker = (int32_t)get(&i, INT32_MIN, INT32_MAX);
    return end(&i, "fills", f->id, err);
}

int ft_read_fee(sqlite3_stmt *st, struct ft_fee_row *f, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(f, 0, sizeof *f);
    f->order = get_id(&i);
    f->item = get_u8(&i);
    f->amount = get_int(&i);
    return end(&i, "fees", f->order, err);
}

int ft_read_txn(sqlite3_stmt *st, uint64_t *account, struct ft_txn *t, struct ft_err *err)
{
    struct in i = {st, 0, 0};
    memset(t, 0, sizeof *t);
    t->id = get_id(&i);
    t->time_ns = get_int(&i);
    t->clearing_day = get_day(&i);
    t->settle_day = get_day(&i);
    t->kind = get_u8(&i);
    *account = get_id(&i);
    t->order = get_id(&i);
    t->fill = get_id(&i);
    get_text(&i, t->remark, sizeof t->remark);
    return end(&i, "txns", t->id, err);
}
