/* What the login may see: quote rights and quotas, told by GetUserInfo and by Notify. */
#ifndef FT_GATEWAY_ACCOUNT_INFO_H
#define FT_GATEWAY_ACCOUNT_INFO_H

#include "GetUserInfo.pb-c.h"
#include "Notify.pb-c.h"

/* The top tier of spec platform.md 12.1. */
enum { FT_SUB_QUOTA = 2000, FT_HISTORY_KL_QUOTA = 2000 };

void ft_account_quote_rights(Notify__QotRight *out);
void ft_account_user_rights(GetUserInfo__S2C *out);

#endif
