/* The operation console inside the gateway (spec platform.md 3): who is connected to it, and what their
 * answers wait for. The commands are in commands*.c, the console itself without I/O in core.h.
 *
 * Operators: up to FT_TELNET_MAX connections of the telnet listener, and standard input. */
#ifndef FT_GATEWAY_CONSOLE_DESK_H
#define FT_GATEWAY_CONSOLE_DESK_H

#include "base/list.h"
#include "gateway/console/core.h"
#include "gateway/gateway.h"

enum ft_operator_wait {
    FT_WAIT_NONE,
    FT_WAIT_DISK,  /* until the durability gate passes `turn` */
    FT_WAIT_TURN,  /* until the turn of the loop is over (ping, since began_ns) */
    FT_WAIT_CLOCK, /* until the world's clock has been set ahead */
};

/* Somebody at the console; part of his transport's struct. */
struct ft_operator {
    struct ft_console_session session; /* session.user is this */
    struct ft_list by_desk;            /* in desk->operators */
    char name[72];                     /* for the log: "stdin", or an address */
    void (*kick)(struct ft_operator *o); /* there may be output to send and room to read */
    enum ft_operator_wait wait;
    uint64_t turn, began_ns;
};

struct ft_telnet;
struct ft_stdio;

struct ft_operator_desk {
    struct ft_gateway *gw;
    struct ft_console console;
    struct ft_list operators;
    struct ft_telnet *telnet; /* NULL: not wanted */
    struct ft_stdio *stdio;   /* NULL: not wanted, or not possible */
    bool exit;                /* an operator asked for the end */
};

/* Opens what the configuration wants. -1 with a reason. */
int ft_desk_start(struct ft_gateway *gw, struct ft_err *err);
/* Tells on standard output where it listens. */
void ft_desk_banner(const struct ft_gateway *gw);
/* Once a turn, after everything was written: answers that are due. True when there was one: commands that
 * waited behind it may have changed something, and the turn is not over. */
bool ft_desk_turn(struct ft_gateway *gw);
/* Once a second. */
void ft_desk_tick(struct ft_gateway *gw);
/* The gateway stops: no further commands, what was answered is sent. */
void ft_desk_stop(struct ft_gateway *gw);
/* After the loop has closed all handles. */
void ft_desk_free(struct ft_gateway *gw);

/* For transports. */
void ft_operator_begin(struct ft_operator *o, struct ft_operator_desk *d, enum ft_charset charset,
                       bool telnet, void (*kick)(struct ft_operator *o));
void ft_operator_end(struct ft_operator *o);

/* telnet.c, stdio.c */
int ft_telnet_start(struct ft_operator_desk *d, struct ft_err *err);
int ft_telnet_port(const struct ft_telnet *t);
size_t ft_telnet_count(const struct ft_telnet *t);
void ft_telnet_tick(struct ft_telnet *t);
void ft_telnet_stop(struct ft_telnet *t);
void ft_telnet_free(struct ft_telnet *t);
void ft_stdio_start(struct ft_operator_desk *d);
void ft_stdio_tick(struct ft_stdio *io);
void ft_stdio_stop(struct ft_stdio *io);
void ft_stdio_free(struct ft_stdio *io);

/* commands.c: all commands into the console. -1: no memory. */
int ft_commands_add(struct ft_console *c);

#endif
