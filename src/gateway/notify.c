#include "gateway/notify.h"

#include "Notify.pb-c.h"
#include "gateway/backend.h"
#include "gateway/dispatch.h"
#include "gateway/quota.h"

static void push_notice(struct ft_conn *c, const Notify__S2C *s2c)
{
    Notify__Response r = NOTIFY__RESPONSE__INIT;
    r.rettype = FT_RET_SUCCEED;
    r.s2c = (Notify__S2C *)s2c;
    ft_push(c, FT_PROTO_Notify, &r.base);
}

/* NULL: of every login. Connections that end meanwhile stay in the list. */
static void tell(struct ft_gateway *gw, const struct ft_login *login, const Notify__S2C *s2c)
{
    for (struct ft_list *n = gw->conns.next; n != &gw->conns; n = n->next) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        if (c->recv_notify && c->push_ready && c->state == FT_CONN_READY &&
            (!login || c->login == login))
            push_notice(c, s2c);
    }
}

/* Each sends to `c`, or without one to everyone whom it concerns. */
static void send_notice(struct ft_gateway *gw, struct ft_conn *c, const struct ft_login *login,
                        const Notify__S2C *s2c)
{
    if (c)
        push_notice(c, s2c);
    else
        tell(gw, login, s2c);
}

static void program(struct ft_gateway *gw, struct ft_conn *c)
{
    Common__ProgramStatus status = COMMON__PROGRAM_STATUS__INIT;
    status.type = (Common__ProgramStatusType)gw->backend.program_status;
    Notify__ProgramStatus p = NOTIFY__PROGRAM_STATUS__INIT;
    p.programstatus = &status;
    Notify__S2C s2c = NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_ProgramStatus;
    s2c.programstatus = &p;
    send_notice(gw, c, NULL, &s2c);
}

static void status(struct ft_gateway *gw, struct ft_conn *c)
{
    Notify__ConnectStatus status = NOTIFY__CONNECT_STATUS__INIT;
    status.qotlogined = ft_backend_has_quotes(gw);
    status.trdlogined = ft_backend_has_trade(gw);
    Notify__S2C s2c = NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_ConnStatus;
    s2c.connectstatus = &status;
    send_notice(gw, c, NULL, &s2c);
}

static void rights(struct ft_gateway *gw, struct ft_conn *c, const struct ft_login *login)
{
    Notify__QotRight right = NOTIFY__QOT_RIGHT__INIT;
    ft_rights_notice(&login->rights, &right);
    Notify__S2C s2c = NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_QotRight;
    s2c.qotright = &right;
    send_notice(gw, c, login, &s2c);
}

static void quota(struct ft_gateway *gw, struct ft_conn *c, const struct ft_login *login)
{
    Notify__APIQuota q = NOTIFY__APIQUOTA__INIT;
    q.subquota = (int32_t)login->sub_quota;
    q.historyklquota = (int32_t)login->history_quota;
    Notify__S2C s2c = NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_APIQuota;
    s2c.apiquota = &q;
    send_notice(gw, c, login, &s2c);
}

void ft_notify_program(struct ft_gateway *gw)
{
    program(gw, NULL);
}

void ft_notify_status(struct ft_gateway *gw)
{
    status(gw, NULL);
}

void ft_notify_rights(struct ft_gateway *gw, const struct ft_login *login)
{
    rights(gw, NULL, login);
}

void ft_notify_quota(struct ft_gateway *gw, const struct ft_login *login)
{
    quota(gw, NULL, login);
}

void ft_notify_used(struct ft_gateway *gw, const struct ft_login *login)
{
    Notify__UsedQuota used = NOTIFY__USED_QUOTA__INIT;
    used.has_usedsubquota = used.has_usedklinequota = 1;
    used.usedsubquota = (int32_t)login->quota.told_sub;
    used.usedklinequota = (int32_t)login->quota.told_history;
    Notify__S2C s2c = NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_UsedQuota;
    s2c.usedquota = &used;
    tell(gw, login, &s2c);
}

void ft_notify_welcome(struct ft_conn *c)
{
    if (!c->recv_notify)
        return;
    program(c->gw, c);
    status(c->gw, c);
    rights(c->gw, c, c->login);
    quota(c->gw, c, c->login);
}
