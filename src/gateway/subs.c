#include "gateway/subs.h"

#include "Qot_GetSubInfo.pb-c.h"
#include "Qot_RegQotPush.pb-c.h"
#include "Qot_Sub.pb-c.h"
#include "base/check.h"
#include "gateway/account_info.h"
#include "gateway/build_quote.h"

#include <stdlib.h>

enum { UNSUB_AFTER_MS = 60000, SESSION_RTH = 1, SESSION_ETH = 2, SESSION_ALL = 3 };

static uint64_t topic_key(ft_inst i, int type)
{
    return ((uint64_t)i << 8 | (uint64_t)type) + 1;
}

int ft_sub_bar_kind(int sub_type)
{
    static const uint8_t kinds[FT_SUB_TYPE_MAX + 1] = {
        [6] = FT_BAR_DAY, [7] = FT_BAR_5M, [8] = FT_BAR_15M, [9] = FT_BAR_30M, [10] = FT_BAR_60M,
        [11] = FT_BAR_1M, [12] = FT_BAR_WEEK, [13] = FT_BAR_MONTH, [15] = FT_BAR_QUARTER,
        [16] = FT_BAR_YEAR, [17] = FT_BAR_3M, [18] = FT_BAR_10M, [19] = FT_BAR_120M,
        [20] = FT_BAR_180M, [21] = FT_BAR_240M,
    };
    return sub_type >= 0 && sub_type <= FT_SUB_TYPE_MAX ? kinds[sub_type] : 0;
}

const char *ft_sub_type_name(int sub_type)
{
    static const char *const names[FT_SUB_TYPE_MAX + 1] = {
        [FT_SUB_QUOTE] = "QUOTE", [FT_SUB_BOOK] = "ORDER_BOOK", [FT_SUB_TICK] = "TICKER",
        [FT_SUB_RT] = "RT_DATA", [6] = "K_DAY", [7] = "K_5M", [8] = "K_15M", [9] = "K_30M",
        [10] = "K_60M", [11] = "K_1M", [12] = "K_WEEK", [13] = "K_MON", [FT_SUB_BROKER] = "BROKER",
        [15] = "K_QUARTER", [16] = "K_YEAR", [17] = "K_3M", [18] = "K_10M", [19] = "K_120M",
        [20] = "K_180M", [21] = "K_240M",
    };
    const char *name = sub_type >= 0 && sub_type <= FT_SUB_TYPE_MAX ? names[sub_type] : NULL;
    return name ? name : "?";
}

static bool type_known(int type)
{
    return type == FT_SUB_QUOTE || type == FT_SUB_BOOK || type == FT_SUB_TICK ||
           type == FT_SUB_RT || type == FT_SUB_BROKER || ft_sub_bar_kind(type);
}

struct ft_subs *ft_subs_new(void)
{
    struct ft_subs *s = calloc(1, sizeof *s);
    if (s) {
        ft_list_init(&s->orphans);
        ft_list_init(&s->stale_conns);
        ft_list_init(&s->held);
    }
    return s;
}

/* ---- Topics and entries --------------------------------------------------------------------- */

static struct ft_topic *topic_new(struct ft_gateway *gw, const struct ft_instrument *inst, int type,
                                  struct ft_err *err)
{
    struct ft_subs *s = gw->subs;
    ft_inst source = inst->is_continuous && inst->underlying != FT_NO_INST ? inst->underlying
                                                                          : inst->index;
    struct ft_list *group = ft_map64_get(&s->groups, (uint64_t)source + 1);
    if (!group) {
        group = malloc(sizeof *group);
        if (!group || ft_map64_put(&s->groups, (uint64_t)source + 1, group)) {
            free(group);
            ft_err_set(err, FT_ENOMEM, "no memory");
            return NULL;
        }
        ft_list_init(group);
    }
    struct ft_topic *t = calloc(1, sizeof *t);
    if (!t || ft_world_watch(gw->world, inst->index, err)) {
        free(t);
        return NULL;
    }
    *t = (struct ft_topic){.inst = inst, .source = source, .type = (uint8_t)type};
    ft_list_init(&t->entries);
    ft_list_init(&t->by_source);
    ft_list_init(&t->by_held);
    if (ft_map64_put(&s->topics, topic_key(inst->index, type), t)) {
        ft_world_unwatch(gw->world, inst->index);
        free(t);
        ft_err_set(err, FT_ENOMEM, "no memory");
        return NULL;
    }
    ft_list_push(group, &t->by_source);
    s->topic_count++;
    return t;
}

static void topic_drop_if_unused(struct ft_gateway *gw, struct ft_topic *t)
{
    if (!ft_list_empty(&t->entries))
        return;
    ft_map64_take(&gw->subs->topics, topic_key(t->inst->index, t->type));
    ft_list_del(&t->by_source);
    ft_list_del(&t->by_held);
    ft_world_unwatch(gw->world, t->inst->index);
    gw->subs->topic_count--;
    free(t);
}

static void entry_drop(struct ft_gateway *gw, struct ft_sub_entry *e)
{
    struct ft_topic *t = e->topic;
    ft_list_del(&e->by_topic);
    ft_list_del(&e->by_conn);
    free(e);
    topic_drop_if_unused(gw, t);
}

static struct ft_sub_entry *entry_find(const struct ft_conn *c, ft_inst i, int type)
{
    struct ft_topic *t = ft_map64_get(&c->gw->subs->topics, topic_key(i, type));
    if (!t)
        return NULL;
    for (struct ft_list *n = t->entries.next; n != &t->entries; n = n->next) {
        struct ft_sub_entry *e = ft_container_of(n, struct ft_sub_entry, by_topic);
        if (e->conn == c)
            return e;
    }
    return NULL;
}

const struct ft_sub_entry *ft_subs_find(const struct ft_conn *c, ft_inst i, int sub_type)
{
    return entry_find(c, i, sub_type);
}

void ft_subs_conn_gone(struct ft_conn *c)
{
    while (!ft_list_empty(&c->subs)) {
        struct ft_sub_entry *e = ft_container_of(c->subs.next, struct ft_sub_entry, by_conn);
        e->conn = NULL;
        e->registered = false;
        e->stale = false;
        ft_list_del(&e->by_conn);
        ft_list_push(&c->gw->subs->orphans, &e->by_conn);
    }
    ft_list_del(&c->by_stale);
}

void ft_subs_tick(struct ft_gateway *gw)
{
    uint64_t now = uv_now(gw->loop);
    struct ft_list *head = &gw->subs->orphans, *n = head->next;
    while (n != head) {
        struct ft_sub_entry *e = ft_container_of(n, struct ft_sub_entry, by_conn);
        n = n->next;
        if (now - e->since_ms >= UNSUB_AFTER_MS)
            entry_drop(gw, e);
    }
}

void ft_subs_free(struct ft_gateway *gw)
{
    struct ft_subs *s = gw->subs;
    if (!s)
        return;
    while (!ft_list_empty(&s->orphans))
        entry_drop(gw, ft_container_of(s->orphans.next, struct ft_sub_entry, by_conn));
    FT_CHECK(s->topic_count == 0);
    for (size_t k = 0; k < s->groups.cap; k++)
        free(s->groups.slots[k].value);
    ft_map64_free(&s->groups);
    ft_map64_free(&s->topics);
    free(s);
    gw->subs = NULL;
}

/* ---- Checks: a request with one bad item changes nothing -------------------------------------- */

/* Whether the instrument can have this data at all; the error is answered. */
static bool type_fits(struct ft_gateway *gw, struct ft_request *req,
                      const struct ft_instrument *inst, int type)
{
    int kind = ft_sub_bar_kind(type);
    if (type == FT_SUB_BROKER &&
        (inst->market != FT_MARKET_HK || inst->type == FT_SEC_FUTURE ||
         inst->type == FT_SEC_OPTION)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s has no broker queue: SubType 14 is for HK securities only",
                               "%s 没有经纪队列：SubType 14 仅支持港股"),
                       ft_edge_label(gw, inst->market, inst->code));
        return false;
    }
    if (kind && inst->type == FT_SEC_OPTION && kind != FT_BAR_DAY && kind != FT_BAR_1M &&
        kind != FT_BAR_5M && kind != FT_BAR_15M && kind != FT_BAR_60M) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s is an option: K-lines are day, 1, 5, 15 and 60 minutes, not "
                                   "SubType %d",
                               "%s 是期权：K 线仅支持日、1、5、15、60 分钟，不支持 SubType %d"),
                       ft_edge_label(gw, inst->market, inst->code), type);
        return false;
    }
    return true;
}

struct items {
    const struct ft_instrument **insts;
    size_t inst_count;
    const int32_t *types;
    size_t type_count;
};

/* The securities and types of a request, all known and fitting; an error is answered. */
static bool read_items(struct ft_gateway *gw, struct ft_request *req, QotCommon__Security **list,
                       size_t n, const int32_t *types, size_t type_count, struct items *out)
{
    if (n == 0 || type_count == 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       n ? FT_TEXT(gw, "subTypeList is empty", "subTypeList 为空")
                         : FT_TEXT(gw, "securityList is empty", "securityList 为空"));
        return false;
    }
    for (size_t k = 0; k < type_count; k++)
        if (!type_known(types[k])) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "subTypeList has %d: no such SubType",
                                   "subTypeList 含 %d：没有此 SubType"), types[k]);
            return false;
        }
    *out = (struct items){ft_arena_alloc(&gw->arena, n * sizeof *out->insts), n, types, type_count};
    if (!out->insts) {
        ft_reply_no_memory(gw, req);
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        out->insts[k] = ft_edge_need(gw, req, list[k]);
        if (!out->insts[k])
            return false;
        for (size_t t = 0; t < type_count; t++)
            if (!type_fits(gw, req, out->insts[k], types[t]))
                return false;
    }
    return true;
}

/* bits 1 << RehabType; none given: forward only (quote-realtime.md 4.1). -1: an error was answered. */
static int read_rehabs(struct ft_gateway *gw, struct ft_request *req, const int32_t *list, size_t n)
{
    int bits = 0;
    for (size_t k = 0; k < n; k++) {
        if (list[k] < FT_ADJUST_NONE || list[k] > FT_ADJUST_BACKWARD) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "rehab type %d: allowed are 0 none, 1 forward, 2 backward",
                                   "复权类型 %d 无效：可用 0 不复权、1 前复权、2 后复权"), list[k]);
            return -1;
        }
        bits |= 1 << list[k];
    }
    return bits ? bits : 1 << FT_ADJUST_FORWARD;
}

/* ---- 3001 ----------------------------------------------------------------------------------- */

static bool read_sessions(struct ft_gateway *gw, struct ft_request *req, const QotSub__C2S *c2s,
                          unsigned *sessions)
{
    int32_t session = c2s->has_session ? c2s->session : 0;
    switch (session) {
    case 0: *sessions = c2s->has_extendedtime && c2s->extendedtime ? FT_IN_ETH : FT_IN_RTH; break;
    case SESSION_RTH: *sessions = FT_IN_RTH; break;
    case SESSION_ETH: *sessions = FT_IN_ETH; break;
    case SESSION_ALL: *sessions = FT_IN_ALL; break;
    default:
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "session %d: a subscription takes 1 RTH, 2 ETH or 3 ALL",
                               "session %d 无效：订阅可用 1 RTH、2 ETH、3 ALL"), session);
        return false;
    }
    return true;
}

static size_t new_topics(const struct ft_gateway *gw, const struct items *it)
{
    size_t n = 0;
    for (size_t k = 0; k < it->inst_count; k++)
        for (size_t t = 0; t < it->type_count; t++)
            n += !ft_map64_get(&gw->subs->topics, topic_key(it->insts[k]->index, it->types[t]));
    return n;
}

static struct ft_sub_entry *subscribe_one(struct ft_conn *c, const struct ft_instrument *inst,
                                          int type, bool *fresh, struct ft_err *err)
{
    struct ft_gateway *gw = c->gw;
    struct ft_sub_entry *e = entry_find(c, inst->index, type);
    *fresh = !e;
    if (e)
        return e;
    struct ft_topic *t = ft_map64_get(&gw->subs->topics, topic_key(inst->index, type));
    if (!t && !(t = topic_new(gw, inst, type, err)))
        return NULL;
    e = calloc(1, sizeof *e);
    if (!e) {
        topic_drop_if_unused(gw, t);
        ft_err_set(err, FT_ENOMEM, "no memory");
        return NULL;
    }
    *e = (struct ft_sub_entry){.topic = t, .conn = c, .since_ms = uv_now(gw->loop),
                               .rehabs = 1 << FT_ADJUST_FORWARD, .sessions = FT_IN_RTH};
    ft_list_init(&e->by_topic);
    ft_list_init(&e->by_conn);
    ft_list_push(&t->entries, &e->by_topic);
    ft_list_push(&c->subs, &e->by_conn);
    return e;
}

/* Takes back what this request had newly subscribed. */
static void roll_back(struct ft_gateway *gw, struct ft_sub_entry **fresh, size_t n)
{
    while (n > 0)
        entry_drop(gw, fresh[--n]);
}

/* Single orders are told of Hong Kong securities only (quote-realtime.md 3.2). */
static bool has_order_detail(const struct ft_instrument *inst)
{
    return inst->market == FT_MARKET_HK && inst->type != FT_SEC_FUTURE && inst->type != FT_SEC_OPTION;
}

static void subscribe(struct ft_gateway *gw, struct ft_request *req, const QotSub__C2S *c2s)
{
    struct items it;
    unsigned sessions;
    int rehabs = read_rehabs(gw, req, c2s->regpushrehabtypelist, c2s->n_regpushrehabtypelist);
    if (rehabs < 0 || !read_sessions(gw, req, c2s, &sessions) ||
        !read_items(gw, req, c2s->securitylist, c2s->n_securitylist, c2s->subtypelist,
                    c2s->n_subtypelist, &it))
        return;
    struct ft_login *login = req->conn->login;
    size_t wanted = new_topics(gw, &it), left = (size_t)login->sub_quota - gw->subs->topic_count;
    if (wanted > left) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "subscription quota: %zu more are wanted, %zu of %lld are left",
                               "订阅额度不足：需要 %zu，剩余 %zu（总额度 %lld）"), wanted, left,
                       (long long)login->sub_quota);
        return;
    }
    size_t total = it.inst_count * it.type_count, fresh_count = 0;
    struct ft_sub_entry **fresh = ft_arena_alloc(&gw->arena, (total + 1) * sizeof *fresh);
    struct ft_sub_entry **all = ft_arena_alloc(&gw->arena, (total + 1) * sizeof *all);
    if (!fresh || !all) {
        ft_reply_no_memory(gw, req);
        return;
    }
    for (size_t k = 0; k < total; k++) {
        struct ft_err err = {0};
        bool is_fresh;
        all[k] = subscribe_one(req->conn, it.insts[k / it.type_count], it.types[k % it.type_count],
                               &is_fresh, &err);
        if (!all[k]) {
            roll_back(gw, fresh, fresh_count);
            ft_reply_error(gw, req, FT_RET_FAILED, FT_TEXT(gw, "cannot subscribe: %s", "订阅失败：%s"),
                           err.text);
            return;
        }
        if (is_fresh)
            fresh[fresh_count++] = all[k];
    }
    ft_reply_ok(gw, req);
    bool first = !c2s->has_isfirstpush || c2s->isfirstpush;
    for (size_t k = 0; k < total; k++) {
        struct ft_sub_entry *e = all[k];
        if (!e->conn)
            break; /* a first push was too much for its reader: the connection is closing */
        e->sessions = e->topic->inst->market == FT_MARKET_US ? sessions : FT_IN_RTH;
        e->detail = has_order_detail(e->topic->inst) && c2s->has_issuborderbookdetail &&
                    c2s->issuborderbookdetail;
        if (!c2s->has_isregorunregpush)
            continue;
        e->registered = c2s->isregorunregpush;
        e->rehabs = (uint8_t)rehabs;
        if (e->registered && first)
            ft_publish_first(gw, e);
    }
}

/* Whether an entry may go by now; the refusal is answered. */
static bool may_unsubscribe(struct ft_gateway *gw, struct ft_request *req,
                            const struct ft_sub_entry *e)
{
    uint64_t age = uv_now(gw->loop) - e->since_ms;
    if (age >= UNSUB_AFTER_MS)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s SubType %d was subscribed %d s ago: it can be unsubscribed after "
                               "60 s",
                           "%s SubType %d 订阅仅 %d 秒：至少 60 秒后才能取消"),
                   ft_edge_label(gw, e->topic->inst->market, e->topic->inst->code), e->topic->type,
                   (int)(age / 1000));
    return false;
}

static void unsubscribe_all(struct ft_gateway *gw, struct ft_request *req)
{
    struct ft_conn *c = req->conn;
    for (struct ft_list *n = c->subs.next; n != &c->subs; n = n->next)
        if (!may_unsubscribe(gw, req, ft_container_of(n, struct ft_sub_entry, by_conn)))
            return;
    while (!ft_list_empty(&c->subs))
        entry_drop(gw, ft_container_of(c->subs.next, struct ft_sub_entry, by_conn));
    ft_reply_ok(gw, req);
}

static void unsubscribe(struct ft_gateway *gw, struct ft_request *req, const QotSub__C2S *c2s)
{
    struct items it;
    if (!read_items(gw, req, c2s->securitylist, c2s->n_securitylist, c2s->subtypelist,
                    c2s->n_subtypelist, &it))
        return;
    for (size_t k = 0; k < it.inst_count * it.type_count; k++) {
        const struct ft_sub_entry *e = entry_find(req->conn, it.insts[k / it.type_count]->index,
                                                  it.types[k % it.type_count]);
        if (e && !may_unsubscribe(gw, req, e))
            return;
    }
    for (size_t k = 0; k < it.inst_count * it.type_count; k++) {
        struct ft_sub_entry *e = entry_find(req->conn, it.insts[k / it.type_count]->index,
                                            it.types[k % it.type_count]);
        if (e) /* what is not subscribed is unsubscribed already */
            entry_drop(gw, e);
    }
    ft_reply_ok(gw, req);
}

void ft_handle_sub(struct ft_gateway *gw, struct ft_request *req)
{
    const QotSub__C2S *c2s = ((const QotSub__Request *)req->msg)->c2s;
    if (c2s->has_isunsuball && c2s->isunsuball)
        unsubscribe_all(gw, req);
    else if (c2s->issuborunsub)
        subscribe(gw, req, c2s);
    else
        unsubscribe(gw, req, c2s);
}

/* ---- 3002 ----------------------------------------------------------------------------------- */

void ft_handle_reg_push(struct ft_gateway *gw, struct ft_request *req)
{
    const QotRegQotPush__C2S *c2s = ((const QotRegQotPush__Request *)req->msg)->c2s;
    struct items it;
    int rehabs = read_rehabs(gw, req, c2s->rehabtypelist, c2s->n_rehabtypelist);
    if (rehabs < 0 || !read_items(gw, req, c2s->securitylist, c2s->n_securitylist, c2s->subtypelist,
                                  c2s->n_subtypelist, &it))
        return;
    size_t total = it.inst_count * it.type_count;
    for (size_t k = 0; k < total && c2s->isregorunreg; k++) {
        const struct ft_instrument *inst = it.insts[k / it.type_count];
        int type = it.types[k % it.type_count];
        if (!entry_find(req->conn, inst->index, type)) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "%s SubType %d is not subscribed: subscribe before "
                                       "registering pushes",
                                   "%s SubType %d 未订阅：请先订阅再注册推送"),
                           ft_edge_label(gw, inst->market, inst->code), type);
            return;
        }
    }
    ft_reply_ok(gw, req);
    bool first = !c2s->has_isfirstpush || c2s->isfirstpush;
    for (size_t k = 0; k < total; k++) {
        struct ft_sub_entry *e = entry_find(req->conn, it.insts[k / it.type_count]->index,
                                            it.types[k % it.type_count]);
        if (!e)
            continue;
        e->registered = c2s->isregorunreg;
        e->rehabs = (uint8_t)rehabs;
        if (e->registered && first)
            ft_publish_first(gw, e);
    }
}

/* ---- 3003 ----------------------------------------------------------------------------------- */

/* Subscriptions of one connection, grouped by type. */
static QotCommon__ConnSubInfo *conn_info(struct ft_gateway *gw, struct ft_conn *c, bool own)
{
    QotCommon__ConnSubInfo *info = ft_arena_alloc(&gw->arena, sizeof *info);
    size_t counts[FT_SUB_TYPE_MAX + 1] = {0}, total = 0;
    for (struct ft_list *n = c->subs.next; n != &c->subs; n = n->next) {
        counts[ft_container_of(n, struct ft_sub_entry, by_conn)->topic->type]++;
        total++;
    }
    QotCommon__SubInfo **list = ft_arena_alloc(&gw->arena, FT_SUB_TYPE_MAX * sizeof *list);
    if (!info || !list)
        return NULL;
    qot__common__conn_sub_info__init(info);
    info->subinfolist = list;
    info->usedquota = (int32_t)total;
    info->isownconndata = own;
    for (int type = 0; type <= FT_SUB_TYPE_MAX; type++) {
        if (!counts[type])
            continue;
        QotCommon__SubInfo *sub = ft_arena_alloc(&gw->arena, sizeof *sub);
        QotCommon__Security **securities =
            ft_arena_alloc(&gw->arena, counts[type] * sizeof *securities);
        if (!sub || !securities)
            return NULL;
        qot__common__sub_info__init(sub);
        sub->subtype = type;
        sub->securitylist = securities;
        for (struct ft_list *n = c->subs.next; n != &c->subs; n = n->next) {
            const struct ft_topic *t = ft_container_of(n, struct ft_sub_entry, by_conn)->topic;
            if (t->type != type)
                continue;
            if (!(securities[sub->n_securitylist] = ft_edge_new_security(gw, t->inst)))
                return NULL;
            sub->n_securitylist++;
        }
        list[info->n_subinfolist++] = sub;
    }
    return info;
}

void ft_handle_sub_info(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetSubInfo__C2S *c2s = ((const QotGetSubInfo__Request *)req->msg)->c2s;
    bool all = c2s->has_isreqallconn && c2s->isreqallconn;
    QotGetSubInfo__S2C s2c = QOT__GET_SUB_INFO__S2_C__INIT;
    s2c.totalusedquota = (int32_t)gw->subs->topic_count;
    s2c.remainquota = (int32_t)req->conn->login->sub_quota - s2c.totalusedquota;
    s2c.connsubinfolist =
        ft_arena_alloc(&gw->arena, (gw->conn_count + 1) * sizeof *s2c.connsubinfolist);
    bool full = !s2c.connsubinfolist;
    for (struct ft_list *n = gw->conns.next; n != &gw->conns && !full; n = n->next) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        if (c != req->conn && (!all || ft_list_empty(&c->subs)))
            continue;
        QotCommon__ConnSubInfo *info = conn_info(gw, c, c == req->conn);
        full = !info;
        s2c.connsubinfolist[s2c.n_connsubinfolist++] = info;
    }
    if (full) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetSubInfo__Response r = QOT__GET_SUB_INFO__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
