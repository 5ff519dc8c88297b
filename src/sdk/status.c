#include "ftapi/status.h"

#include "ftapi/version.h"

const char *ft_status_text(enum ft_status status)
{
    switch (status) {
    case FT_STATUS_OK: return "ok";
    case FT_STATUS_REFUSED: return "refused";
    case FT_STATUS_TIMEOUT: return "timeout";
    case FT_STATUS_DISCONNECTED: return "disconnected";
    case FT_STATUS_BAD_REPLY: return "bad reply";
    case FT_STATUS_INVALID: return "invalid";
    case FT_STATUS_STATE: return "wrong state";
    case FT_STATUS_LIMIT: return "limit";
    case FT_STATUS_NO_MEMORY: return "no memory";
    case FT_STATUS_IO: return "system";
    case FT_STATUS_NOT_FOUND: return "not found";
    }
    return "unknown";
}

const char *ft_version(void)
{
    return FTAPI_VERSION;
}
