/* The gateway's configuration: one declared table of keys, read from `-key=value` parameters.
 *
 * A wrong value stops the start with the key, the value and what is allowed. */
#ifndef FT_GATEWAY_CONFIG_H
#define FT_GATEWAY_CONFIG_H

#include "base/err.h"
#include "base/log.h"
#include "broker/types.h"
#include "market/session.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum ft_lang { FT_LANG_CHS, FT_LANG_EN };

enum {
    FT_PATH_MAX = 1024,
    FT_NAME_MAX = 64,
    FT_SECRET_MAX = 256,
    FT_PORT_OFF = -1, /* a service that is not wanted */
};

struct ft_config {
    char api_ip[FT_NAME_MAX];
    int64_t api_port; /* 0: any free port, told in the line "listening on" */
    char data_dir[FT_PATH_MAX];
    enum ft_log_level log_level;
    char log_dir[FT_PATH_MAX]; /* empty: "log" in data_dir; "off": no files */
    int64_t log_max_size, audit_max_size; /* MiB of one file */
    int64_t log_keep;
    int64_t log_json; /* 1: lines of files are JSON objects */
    char rsa_private_key[FT_PATH_MAX]; /* empty: no encryption */
    enum ft_lang lang;
    int64_t push_proto_type; /* enum ft_body_format of pushes where InitConnect chose none */
    char login_account[FT_NAME_MAX];
    int64_t keep_alive_interval; /* seconds, told to clients */
    int64_t idle_timeout;        /* seconds without a frame before a connection is closed */
    int64_t max_connections;
    int64_t output_limit; /* bytes that may wait for a slow reader */
    enum ft_clock_mode sim_clock;
    int64_t sim_speed;
    int64_t sim_seed;
    char sim_start[FT_NAME_MAX];   /* world time at the start, UTC; empty: now */
    int64_t price_reminder_push;   /* 1: price reminders fire (3019) */
    char instruments[FT_PATH_MAX]; /* user's instruments, in the form of data/instruments.csv */

    char trade_password[FT_NAME_MAX];
    char trade_password_md5[FT_NAME_MAX]; /* lowercase hex; wins over trade_password; empty: none */
    int64_t initial_cash; /* of each account, in whole units of its currency */
    char firms[FT_NAME_MAX];
    uint8_t firm_list[FT_FIRMS]; /* the same as numbers, 0 ends */
    int64_t official_paper;      /* 1: the restrictions of official paper trading (trade.md 6.7) */
    int64_t pdt_protection, dtcall_confirmation; /* trade.md 6.5 */
    char future_trade_api_time_zone[FT_NAME_MAX];
    int32_t future_zone_s; /* the same in seconds east of UTC */
    int64_t limits;        /* 1: rate limits as documented */
    int64_t durability;    /* 1: a reply waits until what it tells is on disk */
    bool check;            /* verify data_dir and end */
    bool healthcheck;      /* ask a running gateway whether it is well, and end */
    char import_refdata[FT_PATH_MAX]; /* company data to import, in place of a gateway */
    bool help;
    bool check_config;           /* validate and print the configuration, in place of a gateway */
    char cfg_file[FT_PATH_MAX];  /* XML; empty: the usual places */

    char login_pwd[FT_SECRET_MAX];
    char login_pwd_md5[FT_NAME_MAX]; /* lowercase hex; wins over login_pwd; empty: none */
    int64_t qot_push_frequency;      /* least ms between two quote pushes of a kind; 0: no limit */
    int64_t auto_hold_quote_right;   /* platform.md 11.5 */
    char telnet_ip[FT_NAME_MAX];
    int64_t telnet_port; /* FT_PORT_OFF: no operation console; 0: any free port */
    char websocket_ip[FT_NAME_MAX];
    int64_t websocket_port;              /* FT_PORT_OFF: no WebSocket API; 0: any free port */
    char websocket_key_md5[FT_NAME_MAX]; /* lowercase hex; empty: no key is asked for */
    char websocket_private_key[FT_PATH_MAX], websocket_cert[FT_PATH_MAX]; /* both or neither */

    char http_ip[FT_NAME_MAX];
    int64_t http_port; /* FT_PORT_OFF: no plain HTTP; 0: any free port */

    /* Of the vendor's program, without a meaning here. */
    int64_t console, no_monitor, simulate_trade, remember, login_by_remember;
    char login_region[FT_NAME_MAX];
};

/* Defaults; data_dir from XDG_STATE_HOME or HOME. */
void ft_config_defaults(struct ft_config *c);
/* argv[1..argc) of the form -key=value. -1 with a reason; `c` may be half-filled then. */
int ft_config_parse_args(struct ft_config *c, int argc, char **argv, struct ft_err *err);
/* One line a key: name, meaning, what is allowed, default. */
void ft_config_print_help(FILE *out);

#endif
