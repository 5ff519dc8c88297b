/* Watch lists: 3222 groups, 3213 securities of one, 3214 changes (quote-derivatives-screening.md 4.5 to
 * 4.7). System groups are views of "All", but for Starred, which only the vendor's apps fill. */
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/trade.h"
#include "gateway/watchlist.h"

#include "Qot_GetUserSecurity.pb-c.h"
#include "Qot_GetUserSecurityGroup.pb-c.h"
#include "Qot_ModifyUserSecurity.pb-c.h"

#include <string.h>

enum { GROUP_CUSTOM = 1, GROUP_SYSTEM = 2, GROUP_ALL = 3 };
enum { OP_ADD = 1, OP_DELETE = 2, OP_MOVE_OUT = 3 };
enum { GROUPS_MAX = 200, ALL_MAX_TRADED = 2000, NAME_SHOWN = 64 };

static bool is_all(const struct ft_instrument *i)
{
    return i != NULL;
}
static bool is_none(const struct ft_instrument *i)
{
    return i == NULL;
}
static bool is_option(const struct ft_instrument *i)
{
    return i->type == FT_SEC_OPTION;
}
static bool is_future(const struct ft_instrument *i)
{
    return i->type == FT_SEC_FUTURE;
}
static bool is_plain(const struct ft_instrument *i)
{
    return !is_option(i) && !is_future(i);
}
static bool is_hk_option(const struct ft_instrument *i)
{
    return is_option(i) && i->market == FT_MARKET_HK;
}
static bool is_us_option(const struct ft_instrument *i)
{
    return is_option(i) && i->market == FT_MARKET_US;
}
static bool is_hk(const struct ft_instrument *i)
{
    return is_plain(i) && i->market == FT_MARKET_HK;
}
static bool is_us(const struct ft_instrument *i)
{
    return is_plain(i) && i->market == FT_MARKET_US;
}
static bool is_cn(const struct ft_instrument *i)
{
    return is_plain(i) && (i->market == FT_MARKET_SH || i->market == FT_MARKET_SZ);
}

/* The first is the manual's first; the order of the others is not told. */
static const struct system_group {
    const char *en, *chs;
    bool (*has)(const struct ft_instrument *inst);
} systems[] = {
    {"Options", "期权", is_option},
    {"HK options", "港股期权", is_hk_option},
    {"US options", "美股期权", is_us_option},
    {"Futures", "期货", is_future},
    {"Starred", "特别关注", is_none},
    {"All", "全部", is_all},
    {"CN", "沪深", is_cn},
    {"HK", "港股", is_hk},
    {"US", "美股", is_us},
};
enum { SYSTEMS = sizeof systems / sizeof systems[0] };

/* By its name in either language, whatever the gateway's is. */
static const struct system_group *find_system(const char *name)
{
    for (size_t k = 0; k < SYSTEMS; k++)
        if (strcmp(systems[k].en, name) == 0 || strcmp(systems[k].chs, name) == 0)
            return &systems[k];
    return NULL;
}

struct search {
    const char *name;
    int64_t id;   /* of the first of this name; 0: none */
    size_t count; /* of all custom groups */
};

static void match(void *user, int64_t id, const char *name)
{
    struct search *s = user;
    s->count++;
    if (!s->id && strcmp(name, s->name) == 0)
        s->id = id;
}

static void reply_store_error(struct ft_gateway *gw, struct ft_request *req,
                              const struct ft_err *err)
{
    ft_reply_error(
        gw, req, FT_RET_FAILED,
        FT_TEXT(gw, "the watch list cannot be read or stored: %s", "自选股无法读取或保存：%s"),
        err->text);
}

/* 0: an error was answered. */
static int64_t need_group(struct ft_gateway *gw, struct ft_request *req, const char *name)
{
    struct search s = {.name = name};
    struct ft_err err = {0};
    if (ft_store_groups(gw->trade->store, req->conn->login->number, match, &s, &err)) {
        reply_store_error(gw, req, &err);
        return 0;
    }
    if (!s.id)
        ft_reply_error(
            gw, req, FT_RET_FAILED,
            FT_TEXT(gw, "groupName %.*s: there is no such group", "groupName %.*s：没有此分组"),
            (int)ft_utf8_prefix(name, strlen(name), NAME_SHOWN), name);
    return s.id;
}

/* ---- Groups by hand ----------------------------------------------------------------------------- */

int ft_watchlist_add_group(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                           struct ft_err *err)
{
    struct search s = {.name = name};
    if (find_system(name))
        return ft_err_set(err, FT_EINVAL,
                          FT_TEXT(gw, "group %s: that is a system group", "分组 %s 是系统分组"),
                          name);
    if (ft_store_groups(gw->trade->store, login->number, match, &s, err))
        return -1;
    if (s.count >= GROUPS_MAX)
        return ft_err_set(err, FT_ELIMIT,
                          FT_TEXT(gw, "group %s: there are %d already", "分组 %s：已有 %d 个分组"),
                          name, GROUPS_MAX);
    return ft_store_add_group(gw->trade->store, login->number, name, err);
}

int ft_watchlist_delete_group(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                           struct ft_err *err)
{
    struct search s = {.name = name};
    if (find_system(name))
        return ft_err_set(err, FT_EINVAL,
                          FT_TEXT(gw, "group %s: that is a system group", "分组 %s 是系统分组"),
                          name);
    if (ft_store_groups(gw->trade->store, login->number, match, &s, err))
        return -1;
    if (!s.id)
        return ft_err_set(err, FT_ENOTFOUND, FT_TEXT(gw, "there is no group %s", "没有分组 %s"),
                          name);
    return ft_store_drop_group(gw->trade->store, login->number, s.id, err);
}

/* ---- 3222 ----------------------------------------------------------------------------------- */

struct group_list {
    struct ft_gateway *gw;
    QotGetUserSecurityGroup__S2C *s2c;
};

static void add_group(struct ft_gateway *gw, QotGetUserSecurityGroup__S2C *s2c, const char *name,
                      int type)
{
    QotGetUserSecurityGroup__GroupData *g = FT_NEW(gw, QotGetUserSecurityGroup__GroupData,
                                                   qot__get_user_security_group__group_data__init);
    if (!g || s2c->n_grouplist == GROUPS_MAX + SYSTEMS)
        return;
    g->groupname = ft_arena_strndup(&gw->arena, name, strlen(name));
    g->grouptype = type;
    s2c->grouplist[s2c->n_grouplist++] = g;
}

static void add_custom(void *user, int64_t id, const char *name)
{
    struct group_list *l = user;
    (void)id;
    add_group(l->gw, l->s2c, name, GROUP_CUSTOM);
}

void ft_handle_user_groups(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetUserSecurityGroup__C2S *c2s =
        ((const QotGetUserSecurityGroup__Request *)req->msg)->c2s;
    QotGetUserSecurityGroup__S2C s2c = QOT__GET_USER_SECURITY_GROUP__S2_C__INIT;
    struct group_list l = {gw, &s2c};
    struct ft_err err = {0};
    if (c2s->grouptype < GROUP_CUSTOM || c2s->grouptype > GROUP_ALL) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "groupType %d: allowed are 1 custom, 2 system, 3 all",
                               "groupType %d 无效：可用 1 自定义、2 系统、3 全部"),
                       c2s->grouptype);
        return;
    }
    s2c.grouplist = ft_arena_alloc(&gw->arena, (GROUPS_MAX + SYSTEMS) * sizeof *s2c.grouplist);
    for (size_t k = 0; s2c.grouplist && k < SYSTEMS && (c2s->grouptype & GROUP_SYSTEM); k++)
        add_group(gw, &s2c, FT_TEXT(gw, systems[k].en, systems[k].chs), GROUP_SYSTEM);
    if (s2c.grouplist && (c2s->grouptype & GROUP_CUSTOM) &&
        ft_store_groups(gw->trade->store, req->conn->login->number, add_custom, &l, &err)) {
        reply_store_error(gw, req, &err);
        return;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetUserSecurityGroup__Response r = QOT__GET_USER_SECURITY_GROUP__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3213 ----------------------------------------------------------------------------------- */

struct member_list {
    struct ft_gateway *gw;
    const struct system_group *system; /* NULL: a custom group */
    QotGetUserSecurity__S2C *s2c;
};

/* Securities that are no longer known stay stored and are passed over. */
static void add_member(void *user, const struct ft_store_security *row)
{
    struct member_list *l = user;
    const struct ft_instrument *inst = ft_universe_find(l->gw->universe, row->market, row->code);
    if (inst && l->s2c->n_staticinfolist < ALL_MAX_TRADED && (!l->system || l->system->has(inst)))
        l->s2c->staticinfolist[l->s2c->n_staticinfolist++] = ft_build_static_info(l->gw, inst);
}

void ft_handle_user_security(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetUserSecurity__C2S *c2s = ((const QotGetUserSecurity__Request *)req->msg)->c2s;
    QotGetUserSecurity__S2C s2c = QOT__GET_USER_SECURITY__S2_C__INIT;
    struct member_list l = {gw, find_system(c2s->groupname), &s2c};
    struct ft_err err = {0};
    int64_t group = l.system ? FT_WATCH_ALL : need_group(gw, req, c2s->groupname);
    if (!l.system && !group)
        return;
    s2c.staticinfolist = ft_arena_alloc(&gw->arena, ALL_MAX_TRADED * sizeof *s2c.staticinfolist);
    if (s2c.staticinfolist && ft_store_watched(gw->trade->store, req->conn->login->number, group,
                                               add_member, &l, &err)) {
        reply_store_error(gw, req, &err);
        return;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetUserSecurity__Response r = QOT__GET_USER_SECURITY__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3214 ----------------------------------------------------------------------------------- */

struct tally {
    const struct ft_store_security *rows;
    size_t n, there, known; /* securities in "All", and those of them that are in `rows` */
};

static bool same(const struct ft_store_security *a, const struct ft_store_security *b)
{
    return a->market == b->market && strcmp(a->code, b->code) == 0;
}

static void count_one(void *user, const struct ft_store_security *row)
{
    struct tally *t = user;
    t->there++;
    for (size_t k = 0; k < t->n; k++)
        if (same(&t->rows[k], row)) {
            t->known++;
            return;
        }
}

/* The securities of the request, each once. Returns their number, 0: an error was answered. */
static size_t read_list(struct ft_gateway *gw, struct ft_request *req,
                        const QotModifyUserSecurity__C2S *c2s, struct ft_store_security **out)
{
    size_t n = 0;
    if (c2s->n_securitylist < 1 || c2s->n_securitylist > ALL_MAX_TRADED) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "securityList has %zu codes: allowed are 1 to %d",
                               "securityList 含 %zu 个代码：可用 1 至 %d 个"),
                       c2s->n_securitylist, ALL_MAX_TRADED);
        return 0;
    }
    *out = ft_arena_alloc(&gw->arena, c2s->n_securitylist * sizeof **out);
    if (!*out) {
        ft_reply_no_memory(gw, req);
        return 0;
    }
    for (size_t k = 0; k < c2s->n_securitylist; k++) {
        const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->securitylist[k]);
        size_t at = 0;
        if (!inst)
            return 0;
        struct ft_store_security *row = &(*out)[n];
        row->market = inst->market;
        memcpy(row->code, inst->code, sizeof row->code);
        while (at < n && !same(&(*out)[at], row))
            at++;
        n += at == n;
    }
    return n;
}

/* "All" holds 500 securities, 2000 for customers who have traded. */
static bool has_room(struct ft_gateway *gw, struct ft_request *req,
                     const struct ft_store_security *rows, size_t n)
{
    struct tally t = {.rows = rows, .n = n};
    struct ft_err err = {0};
    uint32_t login = req->conn->login->number;
    int traded = ft_store_ever_traded(gw->trade->store, login, &err);
    if (traded < 0 ||
        ft_store_watched(gw->trade->store, login, FT_WATCH_ALL, count_one, &t, &err)) {
        reply_store_error(gw, req, &err);
        return false;
    }
    size_t max = ft_request_max(req, traded ? FT_MAX_WATCH_ALL_TRADED : FT_MAX_WATCH_ALL);
    if (t.there + n - t.known <= max)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw,
                           "securityList: %zu securities are new, and the group All has %zu of at "
                           "most %zu",
                           "securityList：新增 %zu 个，分组“全部”已有 %zu 个，上限 %zu 个"),
                   n - t.known, t.there, max);
    return false;
}

void ft_handle_modify_user_security(struct ft_gateway *gw, struct ft_request *req)
{
    const QotModifyUserSecurity__C2S *c2s = ((const QotModifyUserSecurity__Request *)req->msg)->c2s;
    struct ft_store *store = gw->trade->store;
    struct ft_store_security *rows;
    struct ft_err err = {0};
    if (c2s->op < OP_ADD || c2s->op > OP_MOVE_OUT) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "op %d: allowed are 1 add, 2 delete, 3 move out",
                               "op %d 无效：可用 1 新增、2 删除、3 移出"),
                       c2s->op);
        return;
    }
    if (find_system(c2s->groupname)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "groupName %s: a system group cannot be changed",
                               "groupName %s：系统分组不可修改"),
                       c2s->groupname);
        return;
    }
    int64_t group = need_group(gw, req, c2s->groupname);
    size_t n = group ? read_list(gw, req, c2s, &rows) : 0;
    if (!n || (c2s->op == OP_ADD && !has_room(gw, req, rows, n)))
        return;
    uint32_t login = req->conn->login->number;
    int bad = c2s->op == OP_ADD      ? ft_store_watch(store, login, group, rows, n, &err)
              : c2s->op == OP_DELETE ? ft_store_unwatch(store, login, FT_WATCH_ALL, rows, n, &err)
                                     : ft_store_unwatch(store, login, group, rows, n, &err);
    if (bad) {
        reply_store_error(gw, req, &err);
        return;
    }
    QotModifyUserSecurity__S2C s2c = QOT__MODIFY_USER_SECURITY__S2_C__INIT;
    QotModifyUserSecurity__Response r = QOT__MODIFY_USER_SECURITY__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
