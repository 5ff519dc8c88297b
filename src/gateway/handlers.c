#include "gateway/handlers.h"

#include "gateway/session.h"

static const struct {
    uint32_t id;
    ft_handler *handler;
} served[] = {
    {FT_PROTO_InitConnect, ft_handle_init_connect},
    {FT_PROTO_GetGlobalState, ft_handle_global_state},
    {FT_PROTO_KeepAlive, ft_handle_keep_alive},
    {FT_PROTO_GetUserInfo, ft_handle_user_info},
    {FT_PROTO_Verification, ft_handle_verification},
    {FT_PROTO_GetDelayStatistics, ft_handle_delay_statistics},
    {FT_PROTO_TestCmd, ft_handle_test_cmd},
};

ft_handler *ft_handler_of(const struct ft_protocol *p)
{
    for (size_t i = 0; i < sizeof served / sizeof served[0]; i++)
        if (served[i].id == p->id)
            return served[i].handler;
    return NULL;
}
