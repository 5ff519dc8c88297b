/* Price reminders: 3220 set, 3221 list (quote-derivatives-screening.md 4.2, 4.3). The client sends what
 * it is given, `op` 0 too: everything is checked here. */
#include "base/text.h"
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/reminders.h"

#include "Qot_GetPriceReminder.pb-c.h"
#include "Qot_SetPriceReminder.pb-c.h"

#include <math.h>
#include <string.h>

enum { OP_ADD = 1, OP_DELETE, OP_ENABLE, OP_DISABLE, OP_MODIFY, OP_DELETE_ALL };
enum { NOTE_SHOWN = 120 };
enum { DEFAULT_SESSIONS = 1 << FT_REMIND_OPEN | 1 << FT_REMIND_US_PRE | 1 << FT_REMIND_US_AFTER };

/* ---- 3220: fields, each read into the row when it is given ---------------------------------- */

static bool missing(struct ft_gateway *gw, struct ft_request *req, const char *field)
{
    ft_reply_error(
        gw, req, FT_RET_FAILED,
        FT_TEXT(gw, "%s is missing: a new reminder needs it", "缺少 %s：新增提醒必须填写"), field);
    return false;
}

static bool read_type(struct ft_gateway *gw, struct ft_request *req,
                      const struct ft_instrument *inst, const QotSetPriceReminder__C2S *c2s,
                      struct ft_store_reminder *row)
{
    if (!c2s->has_type)
        return row->type || missing(gw, req, "type");
    bool book = c2s->type >= FT_REMIND_BID_UP && c2s->type <= FT_REMIND_ASK_VOL_UP;
    if (c2s->type < 1 || c2s->type > FT_REMIND_TYPES) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "type %d: allowed are the PriceReminderTypes 1 to %d",
                               "type %d 无效：可用 PriceReminderType 1 至 %d"),
                       c2s->type, FT_REMIND_TYPES);
        return false;
    }
    if (book && !ft_rights_has_book(inst)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "type %d: %s has no order book", "type %d：%s 没有买卖盘"),
                       c2s->type, ft_edge_label(gw, inst->market, inst->code));
        return false;
    }
    if (c2s->type == FT_REMIND_TURNOVER_RATE_UP && inst->outstanding <= 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "type %d: %s has no turnover rate", "type %d：%s 没有换手率"),
                       c2s->type, ft_edge_label(gw, inst->market, inst->code));
        return false;
    }
    row->type = c2s->type;
    return true;
}

static bool read_freq(struct ft_gateway *gw, struct ft_request *req,
                      const QotSetPriceReminder__C2S *c2s, struct ft_store_reminder *row)
{
    if (!c2s->has_freq)
        return row->freq || missing(gw, req, "freq");
    if (c2s->freq < FT_REMIND_ALWAYS || c2s->freq > FT_REMIND_ONCE) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "freq %d: allowed are 1 always, 2 once a day, 3 once",
                               "freq %d 无效：可用 1 持续、2 每日一次、3 仅一次"),
                       c2s->freq);
        return false;
    }
    row->freq = c2s->freq;
    return true;
}

/* After the type, whose granularity it has. */
static bool read_value(struct ft_gateway *gw, struct ft_request *req,
                       const struct ft_instrument *inst, const QotSetPriceReminder__C2S *c2s,
                       bool adding, struct ft_store_reminder *row)
{
    struct ft_err err = {0};
    if (!c2s->has_value && adding)
        return missing(gw, req, "value");
    if (c2s->has_value &&
        (!isfinite(c2s->value) || c2s->value < 0 || c2s->value > FT_REMIND_VALUE_MAX ||
         ft_fixed_from_double(c2s->value, FT_PRICE_DECIMALS, "value", &row->value, &err))) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "value %g: allowed are 0 to %g", "value %g 无效：可用 0 至 %g"),
                       c2s->value, FT_REMIND_VALUE_MAX);
        return false;
    }
    row->value = ft_remind_round((enum ft_remind_type)row->type, inst, row->value);
    return true;
}

/* Characters of a UTF-8 text, -1 when it is none. */
static int count_chars(const char *text)
{
    size_t len = strlen(text), step;
    int n = 0;
    for (size_t at = 0; at < len; at += step, n++)
        if (!(step = ft_utf8_char((const unsigned char *)text + at, len - at)))
            return -1;
    return n;
}

static bool read_note(struct ft_gateway *gw, struct ft_request *req,
                      const QotSetPriceReminder__C2S *c2s, struct ft_store_reminder *row)
{
    if (!c2s->note)
        return true;
    int n = count_chars(c2s->note);
    if (n < 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "note: it is no UTF-8 text", "note 不是 UTF-8 文本"));
        return false;
    }
    if (n > FT_REMIND_NOTE_CHARS) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "note \"%.*s\" has %d characters: allowed are %d",
                               "note“%.*s”为 %d 个字符：最多 %d 个"),
                       (int)ft_utf8_prefix(c2s->note, strlen(c2s->note), NOTE_SHOWN), c2s->note, n,
                       FT_REMIND_NOTE_CHARS);
        return false;
    }
    memcpy(row->note, c2s->note, strlen(c2s->note) + 1);
    return true;
}

/* Sessions are chosen for American securities; others have the regular one. */
static bool read_sessions(struct ft_gateway *gw, struct ft_request *req,
                          const struct ft_instrument *inst, const QotSetPriceReminder__C2S *c2s,
                          struct ft_store_reminder *row)
{
    uint32_t bits = 0;
    for (size_t k = 0; k < c2s->n_remindersessionlist; k++) {
        int32_t s = c2s->remindersessionlist[k];
        if (s < FT_REMIND_OPEN || s > FT_REMIND_US_OVERNIGHT) {
            ft_reply_error(
                gw, req, FT_RET_FAILED,
                FT_TEXT(
                    gw,
                    "reminderSessionList has %d: allowed are 1 regular, 2 US "
                    "pre-market, 3 US after-hours, 4 US overnight",
                    "reminderSessionList 含 %d：可用 1 盘中、2 美股盘前、3 美股盘后、4 美股夜盘"),
                s);
            return false;
        }
        bits |= 1u << s;
    }
    if (inst->market != FT_MARKET_US)
        row->sessions = 1u << FT_REMIND_OPEN;
    else if (bits)
        row->sessions = bits;
    else if (!row->sessions)
        row->sessions = DEFAULT_SESSIONS;
    return true;
}

static bool has_room(struct ft_gateway *gw, struct ft_request *req,
                     const struct ft_instrument *inst, const struct ft_store_reminder *row,
                     const struct ft_reminder *old)
{
    bool same_type = old && old->row.type == row->type;
    const struct ft_login *login = req->conn->login;
    unsigned most = ft_request_max(req, FT_MAX_REMINDERS_A_TYPE);
    if (!same_type && ft_reminders_of_type(gw, login, inst->index, row->type) >= most) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "type %d: %s has %u reminders of it, which is the most",
                               "type %d：%s 的该类提醒已有 %u 条，达到上限"),
                       row->type, ft_edge_label(gw, inst->market, inst->code), most);
        return false;
    }
    if (!old && ft_reminders_of_login(gw, req->conn->login) >= FT_REMIND_MAX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "op 1: there are %d reminders, which is the most",
                               "op 1：提醒共 %d 条，达到上限"),
                       FT_REMIND_MAX);
        return false;
    }
    return true;
}

/* ---- 3220 ----------------------------------------------------------------------------------- */

static struct ft_reminder *need_reminder(struct ft_gateway *gw, struct ft_request *req,
                                         const struct ft_instrument *inst,
                                         const QotSetPriceReminder__C2S *c2s)
{
    struct ft_reminder *r = c2s->has_key ? ft_reminders_find(gw, req->conn->login, c2s->key) : NULL;
    if (r && r->inst == inst)
        return r;
    if (!c2s->has_key)
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "key is missing: op %d needs it", "缺少 key：op %d 必须填写"),
                       c2s->op);
    else
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "key %lld: %s has no such reminder", "key %lld：%s 没有此提醒"),
                       (long long)c2s->key, ft_edge_label(gw, inst->market, inst->code));
    return NULL;
}

static void reply_key(struct ft_gateway *gw, struct ft_request *req, int64_t key)
{
    QotSetPriceReminder__S2C s2c = QOT__SET_PRICE_REMINDER__S2_C__INIT;
    s2c.key = key;
    QotSetPriceReminder__Response r = QOT__SET_PRICE_REMINDER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

static void reply_failed(struct ft_gateway *gw, struct ft_request *req, const struct ft_err *err)
{
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "the reminder cannot be set: %s", "提醒设置失败：%s"), err->text);
}

static void set(struct ft_gateway *gw, struct ft_request *req, const struct ft_instrument *inst,
                const QotSetPriceReminder__C2S *c2s, struct ft_reminder *old)
{
    struct ft_store_reminder row = {.login = req->conn->login->number, .enabled = true};
    struct ft_err err = {0};
    if (old)
        row = old->row;
    else
        row.key = ft_reminders_new_key(gw);
    row.security.market = inst->market;
    memcpy(row.security.code, inst->code, sizeof row.security.code);
    if (c2s->op == OP_ADD || c2s->op == OP_MODIFY) {
        if (!read_type(gw, req, inst, c2s, &row) || !read_freq(gw, req, c2s, &row) ||
            !read_value(gw, req, inst, c2s, !old, &row) || !read_note(gw, req, c2s, &row) ||
            !read_sessions(gw, req, inst, c2s, &row) || !has_room(gw, req, inst, &row, old))
            return;
    } else {
        row.enabled = c2s->op == OP_ENABLE;
    }
    row.fired = false;
    row.fired_day = FT_NO_DAY; /* what was set anew may fire today */
    if (ft_reminders_put(gw, old, inst, &row, &err))
        reply_failed(gw, req, &err);
    else
        reply_key(gw, req, row.key);
}

void ft_handle_set_reminder(struct ft_gateway *gw, struct ft_request *req)
{
    const QotSetPriceReminder__C2S *c2s = ((const QotSetPriceReminder__Request *)req->msg)->c2s;
    struct ft_reminder *old = NULL;
    struct ft_err err = {0};
    if (c2s->op < OP_ADD || c2s->op > OP_DELETE_ALL) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "op %d: allowed are the SetPriceReminderOps 1 to 6",
                               "op %d 无效：可用 SetPriceReminderOp 1 至 6"),
                       c2s->op);
        return;
    }
    const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->security);
    if (!inst)
        return;
    if (c2s->op != OP_ADD && c2s->op != OP_DELETE_ALL && !(old = need_reminder(gw, req, inst, c2s)))
        return;
    if (c2s->op != OP_DELETE && c2s->op != OP_DELETE_ALL)
        set(gw, req, inst, c2s, old);
    else if (ft_reminders_drop(gw, req->conn->login, inst->index, old ? old->row.key : 0, &err))
        reply_failed(gw, req, &err);
    else
        reply_key(gw, req, c2s->op == OP_DELETE ? c2s->key : 0);
}

/* ---- 3221 ----------------------------------------------------------------------------------- */

static bool add_item(struct ft_gateway *gw, QotGetPriceReminder__PriceReminder *to, size_t room,
                     const struct ft_store_reminder *row)
{
    QotGetPriceReminder__PriceReminderItem *item =
        FT_NEW(gw, QotGetPriceReminder__PriceReminderItem,
               qot__get_price_reminder__price_reminder_item__init);
    int32_t *sessions = ft_arena_alloc(&gw->arena, FT_REMIND_US_OVERNIGHT * sizeof *sessions);
    if (!to->itemlist)
        to->itemlist = ft_arena_alloc(&gw->arena, room * sizeof *to->itemlist);
    if (!item || !sessions || !to->itemlist)
        return false;
    item->key = row->key;
    item->type = row->type;
    item->value = (double)row->value / (double)FT_REMIND_SCALE;
    item->note = (char *)row->note;
    item->freq = row->freq;
    item->isenable = row->enabled;
    item->remindersessionlist = sessions;
    for (int32_t s = FT_REMIND_OPEN; s <= FT_REMIND_US_OVERNIGHT; s++)
        if (row->sessions >> s & 1)
            sessions[item->n_remindersessionlist++] = s;
    to->itemlist[to->n_itemlist++] = item;
    return true;
}

/* Shanghai and Shenzhen are one market here. */
static int market_key(int market)
{
    if (market == FT_MARKET_SZ)
        return FT_MARKET_SH;
    return market == QOT__COMMON__QOT_MARKET__QotMarket_HK_Future ? FT_MARKET_HK : market;
}

static bool fill_list(struct ft_gateway *gw, const struct ft_login *login, const struct ft_instrument *only, int market,
                      QotGetPriceReminder__S2C *s2c)
{
    const struct ft_reminders *rs = gw->reminders;
    const struct ft_instrument *last = NULL;
    s2c->pricereminderlist =
        ft_arena_alloc(&gw->arena, (rs->count + 1) * sizeof *s2c->pricereminderlist);
    if (!s2c->pricereminderlist)
        return false;
    for (size_t k = 0; k < rs->count; k++) {
        const struct ft_reminder *r = rs->all[k];
        if (r->login != login)
            continue;
        if (only ? r->inst != only : market_key(r->inst->market) != market_key(market))
            continue;
        if (r->inst != last) {
            QotGetPriceReminder__PriceReminder *p =
                FT_NEW(gw, QotGetPriceReminder__PriceReminder,
                       qot__get_price_reminder__price_reminder__init);
            if (!p || !(p->security = ft_edge_new_security(gw, r->inst)))
                return false;
            p->name = (char *)ft_edge_name(gw, r->inst);
            s2c->pricereminderlist[s2c->n_pricereminderlist++] = p;
            last = r->inst;
        }
        size_t run = 1; /* they are ordered by security */
        while (k + run < rs->count && rs->all[k + run]->inst == r->inst)
            run++;
        if (!add_item(gw, s2c->pricereminderlist[s2c->n_pricereminderlist - 1], run, &r->row))
            return false;
    }
    return true;
}

void ft_handle_reminders(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetPriceReminder__C2S *c2s = ((const QotGetPriceReminder__Request *)req->msg)->c2s;
    const struct ft_instrument *only = NULL;
    if (c2s->security && !(only = ft_edge_need(gw, req, c2s->security)))
        return;
    if (!only && !c2s->has_market) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "security and market are missing: one of them is needed",
                               "缺少 security 和 market：须填其一"));
        return;
    }
    if (!only && (c2s->market == 0 || !protobuf_c_enum_descriptor_get_value(
                                          &qot__common__qot_market__descriptor, c2s->market))) {
        ft_reply_error(
            gw, req, FT_RET_FAILED,
            FT_TEXT(gw, "market %d: no such QotMarket", "market %d 无效：没有此 QotMarket"),
            c2s->market);
        return;
    }
    QotGetPriceReminder__S2C s2c = QOT__GET_PRICE_REMINDER__S2_C__INIT;
    if (!fill_list(gw, req->conn->login, only, c2s->market, &s2c)) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetPriceReminder__Response r = QOT__GET_PRICE_REMINDER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
