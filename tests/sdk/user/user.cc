// A program of a user's, in C++.
#include <ftapi/ftapi.h>
#include <ftapi/proto/GetGlobalState.pb-c.h>

#include <cstdio>
#include <memory>

int main()
{
    ft_client_options o;
    if (ft_client_options_init(&o, sizeof o) != FT_STATUS_OK)
        return 1;
    o.port = 1; // nobody
    ft_client *raw = nullptr;
    if (ft_client_new(&o, &raw) != FT_STATUS_OK)
        return 2;
    std::unique_ptr<ft_client, decltype(&ft_client_free)> client(raw, ft_client_free);
    int states = 0;
    // ft_client_state is a function, too: the type needs its `enum`.
    ft_client_on_state(
        raw,
        [](void *user, enum ft_client_state, ft_status, const char *) {
            ++*static_cast<int *>(user);
        },
        &states);
    if (ft_client_connect(raw, 2000) == FT_STATUS_OK || states != 2)
        return 3;
    GetGlobalState__C2S c2s = GET_GLOBAL_STATE__C2_S__INIT;
    GetGlobalState__Request request = GET_GLOBAL_STATE__REQUEST__INIT;
    request.c2s = &c2s;
    ft_reply *reply = nullptr;
    if (ft_client_call(raw, FT_ID_GetGlobalState, &request.base, 0, &reply) != FT_STATUS_STATE)
        return 4;
    ft_reply_free(reply);
    std::printf("libftapi %s from C++: %s\n", ft_version(), ft_client_last_error(raw));
    return 0;
}
