/* The operation console without I/O (spec platform.md 3): bytes in, commands run, bytes out.
 *
 * One table of commands is everything that there is to know of them: it drives the parsing, the limits
 * and the help. A session belongs to one connection, or to standard input; its owner hands in what was
 * read and sends what is in `out`.
 *
 * A command answers at once, or it defers: then nothing of the session is sent and no further line is
 * looked at until ft_console_finish. Output has a bound; no line is looked at while much of it waits. */
#ifndef FT_GATEWAY_CONSOLE_CORE_H
#define FT_GATEWAY_CONSOLE_CORE_H

#include "base/buf.h"
#include "base/window.h"
#include "gateway/console/charset.h"
#include "gateway/console/line.h"

#include <stdarg.h>

enum {
    FT_CONSOLE_PARAMS = 4,
    FT_CONSOLE_COMMANDS = 48,
    FT_CONSOLE_READ = 4096,      /* most bytes of one ft_console_feed */
    FT_CONSOLE_OUT_MAX = 4 << 20, /* of one answer */
    FT_CONSOLE_OUT_WAIT = 64 << 10, /* while so much waits to be sent, commands wait too */
};

struct ft_console_call;
typedef void ft_console_run(struct ft_console_call *call);

struct ft_console_param {
    const char *name; /* NULL: no further one */
    bool needed;
    const char *en, *chs;
};

#define FT_CONSOLE_NO_PARAMS {{NULL, false, NULL, NULL}}

struct ft_console_command {
    const char *name;
    ft_console_run *run;
    const char *en, *chs; /* what it does */
    struct ft_console_param param[FT_CONSOLE_PARAMS];
    unsigned limit, span_s; /* so many times in any span; 0: no limit */
};

struct ft_console {
    void *host; /* of the commands */
    ft_console_run *about_to_run; /* NULL: nobody wants to know */
    bool english, limits;
    struct ft_gb2312 gb2312;
    size_t count;
    struct ft_console_command command[FT_CONSOLE_COMMANDS];
    struct ft_window *window[FT_CONSOLE_COMMANDS]; /* of all sessions together; NULL: no limit */
};

struct ft_console_session {
    struct ft_console *console;
    enum ft_charset charset;
    uint64_t now_ns; /* monotonic time of what is under way */
    struct ft_line_reader lines;
    struct ft_buf in;    /* behind a line that waits */
    struct ft_buf out;   /* to be sent, unless deferred */
    bool deferred;
    bool cut;            /* the answer under way exceeds its bound */
    size_t answer_at;    /* where in `out` it begins */
    void *user;          /* of the owner */
};

struct ft_console_call {
    struct ft_console_session *session;
    const struct ft_console_command *command;
    const char *value[FT_CONSOLE_PARAMS]; /* as the parameters are declared; NULL: not given */
};

/* Begins without commands. */
void ft_console_init(struct ft_console *c, void *host, bool english, bool limits);
void ft_console_done(struct ft_console *c);
/* Adds a row; its texts must live as long as the console. -1: no memory. */
int ft_console_add(struct ft_console *c, const struct ft_console_command *command);

/* The row of this name, or NULL. */
const struct ft_console_command *ft_console_find(const struct ft_console *c, const char *name);

void ft_console_session_init(struct ft_console_session *s, struct ft_console *c,
                             enum ft_charset charset, bool telnet);
void ft_console_session_done(struct ft_console_session *s);
/* Whether more may be read and fed: no line waits. */
bool ft_console_wants_input(const struct ft_console_session *s);
/* At most FT_CONSOLE_READ bytes came at now_ns. -1: no memory. */
int ft_console_feed(struct ft_console_session *s, const uint8_t *bytes, size_t n, uint64_t now_ns);
/* Goes on with lines that waited, when output has been sent. */
void ft_console_pump(struct ft_console_session *s, uint64_t now_ns);

/* ---- For commands ----------------------------------------------------------------------------- */

/* A line of the answer in UTF-8; line breaks in it make several. */
void ft_console_say(struct ft_console_session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The value of a declared parameter, or NULL when it was not given. */
const char *ft_console_value(const struct ft_console_call *call, const char *name);
/* The answer comes later. */
void ft_console_defer(struct ft_console_session *s);
/* It is there now; then the lines that waited. */
void ft_console_finish(struct ft_console_session *s, uint64_t now_ns);
/* Takes back what the deferred command has said. */
void ft_console_take_back(struct ft_console_session *s);
/* The command `help`: all, or the one of the parameter `cmd`. */
ft_console_run ft_console_help;

#define FT_CONSOLE_TEXT(s, en, chs) ((s)->console->english ? (en) : (chs))

#endif
