/* How a call ended. Values never change their meaning; new ones may come, so keep a default. */
#ifndef FTAPI_STATUS_H
#define FTAPI_STATUS_H

#include <ftapi/export.h>

FT_BEGIN_DECLS

/* Whether, and if not why not; ft_status_text has the names. */
enum ft_status {
    FT_STATUS_OK = 0,
    /* The gateway's word. */
    FT_STATUS_REFUSED = 1, /* it answered, with a retType other than 0: see the reply */
    /* The way to it. */
    FT_STATUS_TIMEOUT = 10,      /* no answer within the deadline; a later one is dropped */
    FT_STATUS_DISCONNECTED = 11, /* the connection ended first, or is not up at the moment */
    FT_STATUS_BAD_REPLY = 12,    /* an answer came that cannot be trusted or read */
    /* This side. */
    FT_STATUS_INVALID = 20,     /* an argument or an option is wrong: field, value, what is allowed */
    FT_STATUS_STATE = 21,       /* right call, wrong time: closed, never connected, inside a callback */
    FT_STATUS_LIMIT = 22,       /* a stated bound would be exceeded; nothing was done */
    FT_STATUS_NO_MEMORY = 23,
    FT_STATUS_IO = 24,          /* the system said no: name, socket, thread, file */
    FT_STATUS_NOT_FOUND = 25,   /* no such protocol, field or message */
};

/* Name of the status for a log, e.g. "timeout"; "unknown" for other numbers. Static text. */
FT_API const char *ft_status_text(enum ft_status status);

FT_END_DECLS

#endif
