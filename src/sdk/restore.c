/* What a connection had and the next one is to have again (platform.md 4.6): trade locks, pushes of
 * accounts, quotes, then the orders and fills that changed meanwhile. One request after the other,
 * so that no bound of the session is touched however much there is. */
#include "sdk/client_impl.h"

#include "Trd_SubAccPush.pb-c.h"
#include "Trd_UnlockTrade.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum step { STEP_UNLOCK, STEP_ACCOUNTS, STEP_QUOTES, STEP_ORDERS, STEP_DONE };

/* ---- Remembering ---------------------------------------------------------------------------- */

bool ft_sdk_worth_keeping(const struct ft_client *c, uint32_t proto_id)
{
    unsigned restore = c->options.reconnect ? c->options.restore : 0;
    switch (proto_id) {
    case FT_PROTO_Qot_Sub:
    case FT_PROTO_Qot_RegQotPush: return restore & FT_RESTORE_QUOTES;
    case FT_PROTO_Trd_SubAccPush: return restore & (FT_RESTORE_ACCOUNTS | FT_RESTORE_ORDERS);
    case FT_PROTO_Trd_UnlockTrade: return restore & FT_RESTORE_UNLOCK;
    default: return false;
    }
}

static int remember_accounts(struct ft_client *c, const uint8_t *packed, size_t len)
{
    struct ft_sdk_memory *m = &c->memory;
    TrdSubAccPush__Request *r = trd__sub_acc_push__request__unpack(NULL, len, packed);
    size_t n = r ? r->c2s->n_accidlist : 0;
    uint64_t *accounts = n && n <= FT_SDK_ACCOUNTS_MAX ? malloc(n * sizeof *accounts) : NULL;
    bool ok = r && (accounts || n == 0);
    if (ok) {
        if (n)
            memcpy(accounts, r->c2s->accidlist, n * sizeof *accounts);
        free(m->accounts);
        m->accounts = accounts;
        m->n_accounts = n;
    }
    if (r)
        trd__sub_acc_push__request__free_unpacked(r, NULL);
    if (ok && n && (c->options.restore & FT_RESTORE_ORDERS))
        ft_sdk_orders_walk(c, false);
    return ok ? 0 : -1;
}

/* Unlocking once serves all accounts of a firm; the last word about it counts. */
static int remember_unlock(struct ft_client *c, const uint8_t *packed, size_t len)
{
    struct ft_sdk_memory *m = &c->memory;
    TrdUnlockTrade__Request *r = trd__unlock_trade__request__unpack(NULL, len, packed);
    if (!r)
        return -1;
    const TrdUnlockTrade__C2S *c2s = r->c2s;
    int32_t firm = c2s->has_securityfirm ? c2s->securityfirm : FT_SDK_ABSENT;
    size_t i = 0;
    while (i < m->n_unlocked && m->unlocked[i].firm != firm)
        i++;
    int rc = 0;
    if (!c2s->unlock) {
        if (i < m->n_unlocked)
            m->unlocked[i] = m->unlocked[--m->n_unlocked];
    } else if (i == FT_SDK_FIRMS_MAX || !c2s->pwdmd5 ||
               strlen(c2s->pwdmd5) >= sizeof m->unlocked[0].md5) {
        rc = -1;
    } else {
        m->unlocked[i].firm = firm;
        snprintf(m->unlocked[i].md5, sizeof m->unlocked[i].md5, "%s", c2s->pwdmd5);
        m->n_unlocked += i == m->n_unlocked;
    }
    if (c2s->pwdmd5)
        explicit_bzero(c2s->pwdmd5, strlen(c2s->pwdmd5));
    trd__unlock_trade__request__free_unpacked(r, NULL);
    return rc;
}

void ft_sdk_remember(struct ft_client *c, uint32_t proto_id, const uint8_t *packed, size_t len)
{
    int rc = 0;
    switch (proto_id) {
    case FT_PROTO_Qot_Sub: rc = ft_sdk_quotes_sub(c, packed, len); break;
    case FT_PROTO_Qot_RegQotPush: rc = ft_sdk_quotes_reg(c, packed, len); break;
    case FT_PROTO_Trd_SubAccPush: rc = remember_accounts(c, packed, len); break;
    case FT_PROTO_Trd_UnlockTrade: rc = remember_unlock(c, packed, len); break;
    default: break;
    }
    c->memory.incomplete |= rc != 0;
}

void ft_sdk_forget_all(struct ft_client *c)
{
    free(c->memory.accounts);
    explicit_bzero(&c->memory, sizeof c->memory);
    ft_sdk_quotes_free(c);
    ft_sdk_orders_free(c);
}

/* ---- Restoring ------------------------------------------------------------------------------ */

void ft_sdk_restore_refused(struct ft_client *c, const struct ft_session_reply *reply)
{
    struct ft_sdk_memory *m = &c->memory;
    if (m->refused)
        return; /* the first one is told */
    m->refused = true;
    snprintf(m->refused_text, sizeof m->refused_text, "%s: %s", reply->protocol->name,
             reply->ret_msg);
}

static void on_step(struct ft_client *c, const struct ft_session_reply *reply)
{
    if (reply->outcome == FT_CALL_DISCONNECTED || c->state != FT_CLIENT_RESTORING)
        return; /* the next connection begins anew */
    if (reply->outcome != FT_CALL_REPLIED || reply->ret_type)
        ft_sdk_restore_refused(c, reply);
    ft_sdk_restore_next(c);
}

/* True: the request is on its way, and on_step goes on. */
static bool sent(struct ft_client *c, uint32_t proto_id, const ProtobufCMessage *request)
{
    struct ft_sdk_call like = {.own = on_step};
    if (ft_sdk_send(c, proto_id, request, 0, &like, NULL) == FT_STATUS_OK)
        return true;
    struct ft_sdk_memory *m = &c->memory;
    if (!m->refused)
        snprintf(m->refused_text, sizeof m->refused_text, "%s", c->error_text);
    m->refused = true;
    return false;
}

static bool send_unlock(struct ft_client *c)
{
    struct ft_sdk_memory *m = &c->memory;
    while (m->index < m->n_unlocked) {
        size_t i = m->index++;
        TrdUnlockTrade__C2S c2s = TRD__UNLOCK_TRADE__C2_S__INIT;
        c2s.unlock = 1;
        c2s.pwdmd5 = m->unlocked[i].md5;
        c2s.has_securityfirm = m->unlocked[i].firm != FT_SDK_ABSENT;
        c2s.securityfirm = c2s.has_securityfirm ? m->unlocked[i].firm : 0;
        TrdUnlockTrade__Request r = TRD__UNLOCK_TRADE__REQUEST__INIT;
        r.c2s = &c2s;
        if (sent(c, FT_PROTO_Trd_UnlockTrade, &r.base))
            return true;
    }
    return false;
}

static bool send_accounts(struct ft_client *c)
{
    struct ft_sdk_memory *m = &c->memory;
    if (m->index++ || !m->n_accounts || !(c->options.restore & FT_RESTORE_ACCOUNTS))
        return false;
    TrdSubAccPush__C2S c2s = TRD__SUB_ACC_PUSH__C2_S__INIT;
    c2s.accidlist = m->accounts;
    c2s.n_accidlist = m->n_accounts;
    TrdSubAccPush__Request r = TRD__SUB_ACC_PUSH__REQUEST__INIT;
    r.c2s = &c2s;
    return sent(c, FT_PROTO_Trd_SubAccPush, &r.base);
}

static bool send_quotes(struct ft_client *c)
{
    const ProtobufCMessage *request;
    while ((request = ft_sdk_quotes_next(c)))
        if (sent(c, FT_PROTO_Qot_Sub, request))
            return true;
    return false;
}

static bool walk_orders(struct ft_client *c)
{
    struct ft_sdk_memory *m = &c->memory;
    if (m->index++ || !m->n_accounts || !(c->options.restore & FT_RESTORE_ORDERS))
        return false;
    ft_sdk_orders_walk(c, true);
    return true;
}

void ft_sdk_restore_next(struct ft_client *c)
{
    struct ft_sdk_memory *m = &c->memory;
    static bool (*const steps[])(struct ft_client *) = {
        [STEP_UNLOCK] = send_unlock,
        [STEP_ACCOUNTS] = send_accounts,
        [STEP_QUOTES] = send_quotes,
        [STEP_ORDERS] = walk_orders,
    };
    if (c->state != FT_CLIENT_RESTORING)
        return;
    for (; m->step < STEP_DONE; m->step++, m->index = 0)
        if (steps[m->step](c))
            return;
    char text[FT_ERR_TEXT_MAX];
    memcpy(text, m->refused_text, sizeof text);
    ft_sdk_set_state(c, FT_CLIENT_READY, m->refused ? FT_STATUS_REFUSED : FT_STATUS_OK, text);
}

void ft_sdk_restore(struct ft_client *c)
{
    struct ft_sdk_memory *m = &c->memory;
    bool any = m->n_unlocked || m->n_accounts || ft_sdk_quotes_any(c) || m->incomplete;
    if (!any) {
        ft_sdk_set_state(c, FT_CLIENT_READY, FT_STATUS_OK, "");
        return;
    }
    m->step = STEP_UNLOCK;
    m->index = 0;
    m->refused = m->incomplete;
    snprintf(m->refused_text, sizeof m->refused_text, "%s",
             m->incomplete ? "not everything could be remembered" : "");
    ft_sdk_quotes_rewind(c);
    ft_sdk_set_state(c, FT_CLIENT_RESTORING, FT_STATUS_OK, "");
    ft_sdk_restore_next(c);
}
