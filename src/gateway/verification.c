#include "gateway/verification.h"

const char *ft_verification_requested(const struct ft_gateway *gw)
{
    return FT_TEXT(gw, "no verification code is needed: the gateway is logged in",
                   "无需验证码：网关已登录");
}

const char *ft_verification_entered(const struct ft_gateway *gw, const char *code)
{
    if (!code || !*code)
        return FT_TEXT(gw, "code is missing: op 2 needs it", "缺少 code：op 2 需要验证码");
    return FT_TEXT(gw, "no verification code was requested: the gateway is logged in",
                   "未请求验证码：网关已登录");
}
