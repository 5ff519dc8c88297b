/* The key table: a row a key, and its default. Parsing, sources and printing are in config/. */
#include "gateway/config/keys.h"

#include <stdlib.h>
#include <string.h>

#define FLAGGED(field, kind, help, flags)                                                          \
    {#field, kind, offsetof(struct ft_config, field), sizeof((struct ft_config *)0)->field, 0,     \
     0, help, {NULL}, flags}
#define TEXT(field, help) FLAGGED(field, KEY_TEXT, help, 0)
#define PATH(field, help) FLAGGED(field, KEY_TEXT, help, KEY_FILE)
#define IP(field, help) FLAGGED(field, KEY_IP, help, 0)
#define SECRET(field, help) FLAGGED(field, KEY_TEXT, help, KEY_SECRET)
#define SECRET_MD5(field, help) FLAGGED(field, KEY_MD5, help, KEY_SECRET)
#define COMMAND(field, help)                                                                       \
    {#field, KEY_FLAG, offsetof(struct ft_config, field), 0, 0, 0, help, {NULL}, KEY_COMMAND}
#define INT(field, min, max, help)                                                                 \
    {#field, KEY_INT, offsetof(struct ft_config, field), 0, min, max, help, {NULL}, 0}
#define PORT(field, what)                                                                          \
    INT(field, FT_PORT_OFF, 65535, "port of " what "; -1: none, 0: any free one")
#define CHOICE(key, field, zero, one, help)                                                        \
    {key, KEY_CHOICE, offsetof(struct ft_config, field), 0, 0, 1, help, {zero, one}, 0}
#define HOLLOW(field, why)                                                                         \
    {#field, KEY_INT, offsetof(struct ft_config, field), 0, 0, 1, HOLLOW_HELP why, {NULL},         \
     KEY_HOLLOW}

const struct key ft_config_keys[] = {
    IP(api_ip, "address of the TCP API: 127.0.0.1 (this machine only), 0.0.0.0, or one NIC's"),
    INT(api_port, 0, 65535, "port of the TCP API; 0 takes any free one"),
    TEXT(data_dir, "folder of everything that is kept"),
    {"log_level", KEY_LEVEL, offsetof(struct ft_config, log_level), 0, 0, 0,
     "no, debug, info, warning, error or fatal", {NULL}, 0},
    TEXT(log_dir, "folder of the log files; empty: log in data_dir; off: no files"),
    INT(log_max_size, 1, 4096, "MiB after which a new log file is begun; each day has its own anyway"),
    INT(log_keep, 0, 1000, "full log files that are kept"),
    CHOICE("log_format", log_json, "text", "json",
           "lines of the log files: text (as on standard error) or json"),
    INT(audit_max_size, 1, 4096,
        "MiB after which a new file of the audit log is begun; each month has its own anyway"),
    PATH(rsa_private_key, "file of a 1024-bit RSA private key (PKCS#1 PEM); empty: no encryption"),
    {"lang", KEY_LANG, offsetof(struct ft_config, lang), 0, 0, 0,
     "language of messages: chs or en", {NULL}, 0},
    INT(push_proto_type, 0, 1, "body of pushes where the client chose none: 0 protobuf, 1 JSON"),
    TEXT(login_account, "platform user that clients see: user ID, e-mail address, or telephone "
                        "number as +86 13800000000"),
    PATH(accounts, "CSV file of further platform users (docs/logins.md), owner-only; empty: none"),
    COMMAND(hash_password,
            "read a trading password from standard input, print what accounts takes, exit"),
    INT(keep_alive_interval, 1, 3600, "heartbeat interval in seconds, told to clients"),
    INT(idle_timeout, 1, 86400, "seconds without a frame after which a connection is closed"),
    INT(max_connections, 1, 100000, "connections at once; the listener is down while it is full"),
    INT(output_limit, 65536, 1 << 30, "bytes that may wait for one slow reader"),
    {"sim_clock", KEY_CLOCK, offsetof(struct ft_config, sim_clock), 0, 0, 0,
     "always (one session, 7x24) or exchange (the real timetables)", {NULL}, 0},
    INT(sim_speed, 1, 100000, "how many times faster than real time the simulated world runs"),
    INT(sim_seed, 0, INT64_MAX, "seed of the simulated world: equal seeds, equal markets"),
    TEXT(sim_start, "world time at the start, UTC, yyyy-MM-dd HH:mm:ss; empty: now"),
    INT(price_reminder_push, 0, 1, "1 pushes price reminders that are due (3019); 0: none fires"),
    PATH(instruments, "CSV file of further instruments, in the form of data/instruments.csv"),
    SECRET(trade_password, "what unlocks trading with real accounts (2005)"),
    SECRET_MD5(trade_password_md5, "the same as MD5 in 32 hex digits; wins over trade_password"),
    INT(initial_cash, 0, FT_INITIAL_CASH_MAX, "cash of a new account, in its own currency"),
    TEXT(firms, "brokers of the real accounts, in order: FUTUSECURITIES, FUTUINC, FUTUSG, FUTUAU, "
                "FUTUCA, FUTUMY, FUTUJP, separated by commas"),
    CHOICE("paper_rules", official_paper, "full", "official",
           "simulated accounts: full (fills, fees, every order type), or official (the vendor's "
           "restrictions)"),
    INT(pdt_protection, 0, 1, "1 refuses the fourth day trade in five days (FUTUINC)"),
    INT(dtcall_confirmation, 0, 1, "1 refuses what exceeds the day-trading buying power (FUTUINC)"),
    TEXT(future_trade_api_time_zone, "zone of times of futures accounts: UTC+8, UTC-5 ..."),
    CHOICE("limits", limits, "off", "official", "rate limits: official (as documented) or off"),
    TEXT(limit_overrides, "other numbers of single limits (docs/limits.md): 3203:120/30,2202.gap:0,"
                          "3203.codes:200"),
    TEXT(quote_rights, "quote rights other than the default ones: hk=SF,us=LV1,hk_option=BMP ..."),
    TEXT(quota_tier, "subscription and history quota: 100, 300, 1000, 2000, or auto (by assets and "
                     "trades of the real accounts)"),
    INT(sub_quota, 0, 100000, "subscription quota in place of the tier's; 0: the tier's"),
    INT(history_kl_quota, 0, 2000, "history K-line quota in place of the tier's; 0: the tier's"),
    CHOICE("durability", durability, "off", "on",
           "on: trade replies wait until the disk has what they tell; off: written behind"),
    COMMAND(check, "verify what data_dir holds, tell each fault, exit"),
    COMMAND(healthcheck, "ask the gateway on http_ip and http_port whether it is well, exit 0 or 1"),
    FLAGGED(import_refdata, KEY_TEXT,
            "file of company data (docs/refdata.md): import it into data_dir and exit", KEY_COMMAND),
    COMMAND(help, "print this and exit"),
    COMMAND(check_config, "validate the configuration, print it and where each value is from, exit"),
    FLAGGED(cfg_file, KEY_TEXT,
            "configuration file (XML); none: OpenD.xml or FutuOpenD.xml beside the program, then in "
            "data_dir, if there is one", KEY_NO_FILE),
    SECRET(login_pwd, "password of login_account"),
    SECRET_MD5(login_pwd_md5, "the same as MD5 in 32 hex digits; wins over login_pwd"),
    INT(qot_push_frequency, 0, 3600000,
        "least milliseconds between two quote pushes of a kind, K-lines and RT apart; 0: no limit"),
    INT(auto_hold_quote_right, 0, 1, "1 takes the best quote right back when another took it"),
    IP(telnet_ip, "address of the operation console"),
    PORT(telnet_port, "the operation console"),
    IP(websocket_ip, "address of the WebSocket API"),
    PORT(websocket_port, "the WebSocket API"),
    SECRET_MD5(websocket_key_md5,
               "MD5 of the WebSocket key in 32 hex digits; empty: no key is asked for"),
    PATH(websocket_private_key, "file of the private key (PEM) for TLS; with websocket_cert only"),
    PATH(websocket_cert, "file of the certificate (PEM) for TLS; with websocket_private_key only"),
    IP(http_ip, "address of plain HTTP"),
    PORT(http_port, "plain HTTP"),
    INT(console, 0, 1, "1 takes commands from standard input too; 0: not"),
    CHOICE("console_encoding", console_utf8, "gb2312", "utf-8",
           "encoding of the telnet console: gb2312 (the vendor's) or utf-8"),
    HOLLOW(no_monitor, "there is no watchdog process"),
    {"simulate_trade", KEY_CHOICE, offsetof(struct ft_config, simulate_trade), 0, 0, 1,
     HOLLOW_HELP "simulated accounts are always there", {"disable", "enable"}, KEY_HOLLOW},
    HOLLOW(login_by_remember, "no login is remembered"),
    HOLLOW(remember, "no login is remembered"),
    FLAGGED(login_region, KEY_TEXT, HOLLOW_HELP "there is no server to choose", KEY_HOLLOW),
};
const size_t ft_config_key_count = sizeof ft_config_keys / sizeof ft_config_keys[0];
_Static_assert(sizeof ft_config_keys / sizeof ft_config_keys[0] <= FT_CONFIG_KEYS_MAX, "report");

const struct key_alias ft_config_aliases[] = {
    {"ip", "api_ip"},                                 /* in the file (platform.md 2.2) */
    {"dtdcall_confirmation", "dtcall_confirmation"}, /* the vendor's two spellings */
};
const size_t ft_config_alias_count = sizeof ft_config_aliases / sizeof ft_config_aliases[0];

const struct key_alias ft_config_variables[] = {
    {"FUTU_ACCOUNT_ID", "login_account"},
    {"FUTU_LOGIN_ACCOUNT", "login_account"},
    {"FUTU_ACCOUNT", "login_account"},
    {"FUTU_ACCOUNT_PWD", "login_pwd"},
    {"FUTU_LOGIN_PWD", "login_pwd"},
    {"FUTU_ACCOUNT_PWD_MD5", "login_pwd_md5"},
    {"FUTU_LOGIN_PWD_MD5", "login_pwd_md5"},
    {"FUTU_PWD_MD5", "login_pwd_md5"},
    {"FUTU_LOGIN_REGION", "login_region"},
    {"FUTU_LANG", "lang"},
    {"FUTU_LOG_LEVEL", "log_level"},
    {"FUTU_OPEND_IP", "api_ip"},
    {"FUTU_OPEND_PORT", "api_port"},
    {"FUTU_PORT", "api_port"},
    {"FUTU_OPEND_TELNET_PORT", "telnet_port"},
    {"FUTU_OPEND_RSA_FILE_PATH", "rsa_private_key"},
    {"FUTU_OPEND_AUTO_HOLD_QUOTE_RIGHT", "auto_hold_quote_right"},
    {"AUTO_HOLD_QUOTE_RIGHT", "auto_hold_quote_right"},
    {"FUTU_OPEND_CONSOLE", "console"},
    {"FUTU_OPEND_NO_MONITOR", "no_monitor"},
};
const size_t ft_config_variable_count = sizeof ft_config_variables / sizeof ft_config_variables[0];

void ft_config_defaults(struct ft_config *c)
{
    *c = (struct ft_config){
        .api_ip = "127.0.0.1",
        .api_port = 11111,
        .log_level = FT_LOG_INFO,
        .log_max_size = 64,
        .log_keep = 14,
        .audit_max_size = 256,
        .lang = FT_LANG_EN,
        .login_account = "100000",
        .keep_alive_interval = 10,
        .idle_timeout = 30,
        .max_connections = 128,
        .output_limit = 16 << 20,
        .sim_clock = FT_CLOCK_ALWAYS,
        .sim_speed = 1,
        .sim_seed = 20261121,
        .price_reminder_push = 1,
        .trade_password = "123456",
        .initial_cash = 1000000,
        .firms = "FUTUSECURITIES",
        .firm_list = {FT_FIRM_FUTUHK},
        .pdt_protection = 1,
        .dtcall_confirmation = 1,
        .future_trade_api_time_zone = "UTC+8",
        .future_zone_s = 8 * 3600,
        .limits = 1,
        .quota_tier = "2000",
        .durability = 1,
        .auto_hold_quote_right = 1,
        .telnet_ip = "127.0.0.1",
        .telnet_port = FT_PORT_OFF,
        .websocket_ip = "127.0.0.1",
        .websocket_port = FT_PORT_OFF,
        .http_ip = "127.0.0.1",
        .http_port = FT_PORT_OFF,
        .console = 1,
        .no_monitor = 1,
        .simulate_trade = 1,
    };
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state)
        snprintf(c->data_dir, sizeof c->data_dir, "%s/opend", state);
    else
        snprintf(c->data_dir, sizeof c->data_dir, "%s/.local/state/opend", home ? home : "");
}
