#include "gateway/history_quota.h"

#include "base/log.h"
#include "gateway/dispatch.h"
#include "gateway/trade.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW_S = 30 * FT_SEC_PER_DAY, SAVE_EVERY_S = 10 };

static int64_t now_s(const struct ft_gateway *gw)
{
    return ft_world_now(gw->world) / FT_NS_PER_SEC;
}

static void load_one(void *user, const struct ft_store_use *row)
{
    struct ft_gateway *gw = user;
    struct ft_login *login = ft_logins_find(gw, row->login);
    const struct ft_instrument *inst =
        ft_universe_find(gw->universe, row->security.market, row->security.code);
    if (!login || !inst || login->history.count == FT_HISTORY_USES_MAX)
        return;
    struct ft_history_uses *q = &login->history;
    q->inst[q->count] = inst->index;
    q->first_s[q->count] = row->first_s;
    q->last_s[q->count++] = row->last_s;
}

int ft_history_quota_start(struct ft_gateway *gw, struct ft_err *err)
{
    return ft_store_uses(gw->trade->store, load_one, gw, err);
}

const struct ft_history_uses *ft_history_quota_now(struct ft_gateway *gw, struct ft_login *l)
{
    struct ft_history_uses *q = &l->history;
    size_t kept = 0;
    for (size_t k = 0; k < q->count; k++)
        if (now_s(gw) - q->first_s[k] < WINDOW_S) {
            q->inst[kept] = q->inst[k];
            q->first_s[kept] = q->first_s[k];
            q->last_s[kept++] = q->last_s[k];
        }
    q->count = kept;
    return q;
}

static struct ft_store_use row_of(const struct ft_gateway *gw, const struct ft_login *l, ft_inst i,
                                  int64_t first, int64_t last)
{
    const struct ft_instrument *inst = ft_universe_at(gw->universe, i);
    struct ft_store_use row = {.login = l->number, .first_s = first, .last_s = last};
    row.security.market = inst->market;
    memcpy(row.security.code, inst->code, sizeof row.security.code);
    return row;
}

bool ft_history_quota_use(struct ft_gateway *gw, struct ft_request *req,
                          const struct ft_instrument *inst)
{
    struct ft_login *login = req->conn->login;
    struct ft_history_uses *q = &login->history;
    struct ft_err err = {0};
    int64_t now = now_s(gw);
    ft_history_quota_now(gw, login);
    for (size_t k = 0; k < q->count; k++)
        if (q->inst[k] == inst->index) {
            q->changed |= q->last_s[k] != now;
            q->last_s[k] = now;
            return true;
        }
    if (q->count >= (size_t)login->history_quota) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "Insufficient historical candlestick quota, request failed (used "
                                   "%zu/%lld). Each unit is released 30 days after its use.",
                               "历史K线额度不足，请求失败（已用额度：%zu/%lld）。额度会滚动释放，直至30天后全部释放。"),
                       q->count, (long long)login->history_quota);
        return false;
    }
    struct ft_store_use row = row_of(gw, login, inst->index, now, now);
    if (ft_store_put_uses(gw->trade->store, &row, 1, now - WINDOW_S, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "history quota of %s cannot be stored: %s",
                               "%s 的历史 K 线额度无法保存：%s"),
                       inst->code, err.text);
        return false;
    }
    q->inst[q->count] = inst->index;
    q->first_s[q->count] = q->last_s[q->count] = now;
    q->count++;
    return true;
}

static void save(struct ft_gateway *gw, struct ft_login *l)
{
    struct ft_history_uses *q = &l->history;
    struct ft_err err = {0};
    if (!q->changed)
        return;
    q->changed = false;
    struct ft_store_use *rows = malloc((q->count + 1) * sizeof *rows);
    if (!rows)
        return;
    for (size_t k = 0; k < q->count; k++)
        rows[k] = row_of(gw, l, q->inst[k], q->first_s[k], q->last_s[k]);
    if (ft_store_put_uses(gw->trade->store, rows, q->count, now_s(gw) - WINDOW_S, &err))
        ft_error("event=history_quota outcome=\"not stored\" reason=\"%s\"", err.text);
    free(rows);
}

void ft_history_quota_save(struct ft_gateway *gw)
{
    if (!gw->trade || !gw->trade->store || !gw->world)
        return;
    for (size_t k = 0; k < gw->logins.count; k++)
        save(gw, &gw->logins.all[k]);
}

void ft_history_quota_tick(struct ft_gateway *gw)
{
    if (uv_now(gw->loop) / 1000 % SAVE_EVERY_S == 0)
        ft_history_quota_save(gw);
}
