#include "gateway/notify.h"

#include "Notify.pb-c.h"
#include "gateway/account_info.h"
#include "gateway/dispatch.h"

static void push_notice(struct ft_conn *c, Notify__S2C *s2c)
{
    Notify__Response r = NOTIFY__RESPONSE__INIT;
    r.rettype = FT_RET_SUCCEED;
    r.s2c = s2c;
    ft_push(c, FT_PROTO_Notify, &r.base);
}

void ft_notify_welcome(struct ft_conn *c)
{
    if (!c->recv_notify)
        return;
    Common__ProgramStatus ready = COMMON__PROGRAM_STATUS__INIT;
    ready.type = COMMON__PROGRAM_STATUS_TYPE__ProgramStatusType_Ready;
    Notify__ProgramStatus program = NOTIFY__PROGRAM_STATUS__INIT;
    program.programstatus = &ready;
    Notify__S2C s2c = NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_ProgramStatus;
    s2c.programstatus = &program;
    push_notice(c, &s2c);

    Notify__ConnectStatus status = NOTIFY__CONNECT_STATUS__INIT;
    status.qotlogined = status.trdlogined = 1;
    s2c = (Notify__S2C)NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_ConnStatus;
    s2c.connectstatus = &status;
    push_notice(c, &s2c);

    Notify__QotRight right = NOTIFY__QOT_RIGHT__INIT;
    ft_account_quote_rights(&right);
    s2c = (Notify__S2C)NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_QotRight;
    s2c.qotright = &right;
    push_notice(c, &s2c);

    Notify__APIQuota quota = NOTIFY__APIQUOTA__INIT;
    quota.subquota = (int32_t)c->login->sub_quota;
    quota.historyklquota = (int32_t)c->login->history_quota;
    s2c = (Notify__S2C)NOTIFY__S2_C__INIT;
    s2c.type = NOTIFY__NOTIFY_TYPE__NotifyType_APIQuota;
    s2c.apiquota = &quota;
    push_notice(c, &s2c);
}
