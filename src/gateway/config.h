/* The gateway's configuration: one declared table of keys (config.c), read from the command line, the
 * environment, a file (platform.md 2; docs/configuration.md).
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
#define FT_INITIAL_CASH_MAX INT64_C(1000000000000) /* whole units */

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
    char accounts[FT_PATH_MAX]; /* file of further logins (login_file.c); empty: none */
    bool hash_password;         /* print the hash of a trading password and end */
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
    char limit_overrides[FT_PATH_MAX]; /* limits.h */
    char quote_rights[FT_PATH_MAX];    /* rights.h; empty: the defaults */
    int64_t auto_hold_quote_right;     /* 1: a right that another terminal takes is taken back once */
    char quota_tier[FT_NAME_MAX];      /* auto, 100, 300, 1000 or 2000 (platform.md 12.1) */
    int64_t sub_quota, history_kl_quota; /* 0: the tier's */
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
    char telnet_ip[FT_NAME_MAX];
    int64_t telnet_port; /* FT_PORT_OFF: no operation console; 0: any free port */
    int64_t console;     /* 1: standard input is one */
    int64_t console_utf8; /* 1: the telnet console speaks UTF-8; 0: GB2312 */
    char websocket_ip[FT_NAME_MAX];
    int64_t websocket_port;              /* FT_PORT_OFF: no WebSocket API; 0: any free port */
    char websocket_key_md5[FT_NAME_MAX]; /* lowercase hex; empty: no key is asked for */
    char websocket_private_key[FT_PATH_MAX], websocket_cert[FT_PATH_MAX]; /* both or neither */

    char http_ip[FT_NAME_MAX];
    int64_t http_port; /* FT_PORT_OFF: no plain HTTP; 0: any free port */

    /* Of the vendor's program, without a meaning here. */
    int64_t no_monitor, simulate_trade, remember, login_by_remember;
    char login_region[FT_NAME_MAX];
};

enum ft_config_source { FT_FROM_DEFAULT, FT_FROM_FILE, FT_FROM_ENV, FT_FROM_ARGS };

enum { FT_CONFIG_KEYS_MAX = 128, FT_CONFIG_NOTES_MAX = 32, FT_CONFIG_NOTE_MAX = 256 };

struct ft_config_origin {
    uint8_t source;                 /* enum ft_config_source */
    int line;                       /* of the file */
    char variable[2 * FT_NAME_MAX]; /* of the environment */
};

/* How a configuration came to be. */
struct ft_config_report {
    char file[FT_PATH_MAX]; /* the one that was read; empty: none */
    struct ft_config_origin origin[FT_CONFIG_KEYS_MAX];       /* in the order of the key table */
    char note[FT_CONFIG_NOTES_MAX][FT_CONFIG_NOTE_MAX]; /* warnings for a person */
    size_t note_count, notes_lost;
};

/* Defaults; data_dir from XDG_STATE_HOME or HOME. */
void ft_config_defaults(struct ft_config *c);
/* Everything: command line, environment, file, default, the first that has a value wins. Empty
 * values of file and environment count as not given. With -help nothing else is looked at. -1 with a
 * reason in the language that was asked for; *c may be half-filled then. */
int ft_config_load(struct ft_config *c, struct ft_config_report *report, int argc, char **argv,
                   struct ft_err *err);
/* argv[1..argc) of the form -key=value alone. -1 with a reason; `c` may be half-filled then. */
int ft_config_parse_args(struct ft_config *c, int argc, char **argv, struct ft_err *err);
/* Names of brokers, separated by commas, as numbers; 0 ends. -1 with a reason that begins "firms=". */
int ft_config_firms(const char *text, uint8_t out[FT_FIRMS], struct ft_err *err);
/* Whether the files that it names can be read; -1 tells the first that cannot. */
int ft_config_check_files(const struct ft_config *c, struct ft_err *err);
/* One line a key: name, meaning, what is allowed, default. */
void ft_config_print_help(FILE *out);
/* Lines "key=value<TAB># where from", secrets hidden. */
void ft_config_print_effective(FILE *out, const struct ft_config *c,
                               const struct ft_config_report *r);

/* Whether it is a user ID (1 to 18 digits), an e-mail address or "+86 13800000000". */
bool ft_login_account_ok(const char *account);
/* The number that clients see as loginUserID: a user ID itself; for an e-mail address or telephone
 * number (spaces, dashes and case apart) always the same one from 1000000000 to 1999999999, by FNV-1a. */
uint64_t ft_login_user_id(const char *account);

#endif
