#include "gateway/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum key_type { KEY_TEXT, KEY_INT, KEY_LANG, KEY_LEVEL, KEY_FLAG, KEY_CLOCK, KEY_CHOICE };

struct key {
    const char *name;
    enum key_type type;
    size_t offset;
    size_t size; /* of a text field */
    int64_t min, max;
    const char *help;
    const char *choices[2]; /* of KEY_CHOICE: the words of 0 and 1 */
};

#define TEXT(field, help)                                                                          \
    {#field, KEY_TEXT, offsetof(struct ft_config, field), sizeof((struct ft_config *)0)->field, 0, \
     0, help, {NULL}}
#define INT(field, min, max, help)                                                                 \
    {#field, KEY_INT, offsetof(struct ft_config, field), 0, min, max, help, {NULL}}

#define CHOICE(key, field, zero, one, help)                                                        \
    {key, KEY_CHOICE, offsetof(struct ft_config, field), 0, 0, 1, help, {zero, one}}

static const struct key keys[] = {
    TEXT(api_ip, "address of the TCP API: 127.0.0.1 (this machine only), 0.0.0.0, or one NIC's"),
    INT(api_port, 0, 65535, "port of the TCP API; 0 takes any free one"),
    TEXT(data_dir, "folder of everything that is kept"),
    {"log_level", KEY_LEVEL, offsetof(struct ft_config, log_level), 0, 0, 0,
     "no, debug, info, warning, error or fatal", {NULL}},
    TEXT(log_dir, "folder of the log files; empty: log in data_dir; off: no files"),
    INT(log_max_size, 1, 4096, "MiB after which a new log file is begun; each day has its own anyway"),
    INT(log_keep, 0, 1000, "full log files that are kept"),
    CHOICE("log_format", log_json, "text", "json",
           "lines of the log files: text (as on standard error) or json"),
    INT(audit_max_size, 1, 4096,
        "MiB after which a new file of the audit log is begun; each month has its own anyway"),
    TEXT(rsa_private_key, "file of a 1024-bit RSA private key (PKCS#1 PEM); empty: no encryption"),
    {"lang", KEY_LANG, offsetof(struct ft_config, lang), 0, 0, 0,
     "language of messages: chs or en", {NULL}},
    INT(push_proto_type, 0, 1, "body of pushes where the client chose none: 0 protobuf, 1 JSON"),
    TEXT(login_account, "platform user that clients see: digits"),
    INT(keep_alive_interval, 1, 3600, "heartbeat interval in seconds, told to clients"),
    INT(idle_timeout, 1, 86400, "seconds without a frame after which a connection is closed"),
    INT(max_connections, 1, 100000, "connections at once; the listener is down while it is full"),
    INT(output_limit, 65536, 1 << 30, "bytes that may wait for one slow reader"),
    {"sim_clock", KEY_CLOCK, offsetof(struct ft_config, sim_clock), 0, 0, 0,
     "always (one session, 7x24) or exchange (the real timetables)", {NULL}},
    INT(sim_speed, 1, 100000, "how many times faster than real time the simulated world runs"),
    INT(sim_seed, 0, INT64_MAX, "seed of the simulated world: equal seeds, equal markets"),
    TEXT(sim_start, "world time at the start, UTC, yyyy-MM-dd HH:mm:ss; empty: now"),
    INT(price_reminder_push, 0, 1, "1 pushes price reminders that are due (3019); 0: none fires"),
    TEXT(instruments, "CSV file of further instruments, in the form of data/instruments.csv"),
    TEXT(trade_password, "what unlocks trading with real accounts (2005)"),
    TEXT(trade_password_md5, "the same as MD5 in 32 hex digits; wins over trade_password"),
    INT(initial_cash, 0, INT64_C(1000000000000), "cash of a new account, in its own currency"),
    TEXT(firms, "brokers of the real accounts, in order: FUTUSECURITIES, FUTUINC, FUTUSG, FUTUAU, "
                "FUTUCA, FUTUMY, FUTUJP, separated by commas"),
    CHOICE("paper_rules", official_paper, "full", "official",
           "simulated accounts: full (fills, fees, every order type), or official (the vendor's "
           "restrictions)"),
    INT(pdt_protection, 0, 1, "1 refuses the fourth day trade in five days (FUTUINC)"),
    INT(dtcall_confirmation, 0, 1, "1 refuses what exceeds the day-trading buying power (FUTUINC)"),
    {"dtdcall_confirmation", KEY_INT, offsetof(struct ft_config, dtcall_confirmation), 0, 0, 1,
     "the vendor's other spelling of dtcall_confirmation", {NULL}},
    TEXT(future_trade_api_time_zone, "zone of times of futures accounts: UTC+8, UTC-5 ..."),
    CHOICE("limits", limits, "off", "official", "rate limits: official (as documented) or off"),
    CHOICE("durability", durability, "off", "on",
           "on: trade replies wait until the disk has what they tell; off: written behind"),
    {"check", KEY_FLAG, offsetof(struct ft_config, check), 0, 0, 0,
     "verify what data_dir holds, tell each fault, exit", {NULL}},
    {"healthcheck", KEY_FLAG, offsetof(struct ft_config, healthcheck), 0, 0, 0,
     "ask the gateway on http_ip and http_port whether it is well, exit 0 or 1", {NULL}},
    TEXT(import_refdata, "file of company data (docs/refdata.md): import it into data_dir and exit"),
    {"help", KEY_FLAG, offsetof(struct ft_config, help), 0, 0, 0, "print this and exit", {NULL}},
    {"check_config", KEY_FLAG, offsetof(struct ft_config, check_config), 0, 0, 0,
     "validate the configuration, print it and where each value is from, exit", {NULL}},
    TEXT(cfg_file, "configuration file (XML); empty: OpenD.xml or FutuOpenD.xml beside the program "
                   "or in data_dir, if there is one"),
    TEXT(login_pwd, "password of login_account"),
    TEXT(login_pwd_md5, "the same as MD5 in 32 hex digits; wins over login_pwd"),
    INT(qot_push_frequency, 0, 3600000,
        "least milliseconds between two quote pushes of a kind, K-lines and RT apart; 0: no limit"),
    INT(auto_hold_quote_right, 0, 1, "1 takes the best quote right back when another took it"),
    TEXT(telnet_ip, "address of the operation console"),
    INT(telnet_port, -1, 65535, "port of the operation console; -1: none, 0: any free one"),
    TEXT(websocket_ip, "address of the WebSocket API"),
    INT(websocket_port, -1, 65535, "port of the WebSocket API; -1: none, 0: any free one"),
    TEXT(websocket_key_md5, "MD5 of the WebSocket key in 32 hex digits; empty: no key is asked for"),
    TEXT(websocket_private_key, "file of the private key (PEM) for TLS; with websocket_cert only"),
    TEXT(websocket_cert, "file of the certificate (PEM) for TLS; with websocket_private_key only"),
    TEXT(http_ip, "address of plain HTTP"),
    INT(http_port, -1, 65535, "port of plain HTTP; -1: none, 0: any free one"),
    INT(console, 0, 1, "taken and left alone: opend always stays in the foreground"),
    INT(no_monitor, 0, 1, "taken and left alone: there is no watchdog process"),
    CHOICE("simulate_trade", simulate_trade, "disable", "enable",
           "taken and left alone: simulated accounts are always there"),
    INT(login_by_remember, 0, 1, "taken and left alone: no login is remembered"),
    INT(remember, 0, 1, "taken and left alone: no login is remembered"),
    TEXT(login_region, "taken and left alone: there is no server to choose"),
};

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

static int set_int(const struct key *k, int64_t *field, const char *value, struct ft_err *err)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (errno || end == value || *end || v < k->min || v > k->max)
        return ft_err_set(err, FT_EINVAL, "%s=%s: allowed is a whole number from %lld to %lld",
                          k->name, value, (long long)k->min, (long long)k->max);
    *field = v;
    return 0;
}

static int set_key(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err)
{
    void *field = (char *)c + k->offset;
    switch (k->type) {
    case KEY_TEXT:
        if (strlen(value) >= k->size)
            return ft_err_set(err, FT_EINVAL, "%s: longer than %zu bytes", k->name, k->size - 1);
        memcpy(field, value, strlen(value) + 1);
        return 0;
    case KEY_INT: return set_int(k, field, value, err);
    case KEY_LANG:
        if (strcmp(value, "chs") != 0 && strcmp(value, "en") != 0)
            return ft_err_set(err, FT_EINVAL, "lang=%s: allowed are chs and en", value);
        *(enum ft_lang *)field = strcmp(value, "en") == 0 ? FT_LANG_EN : FT_LANG_CHS;
        return 0;
    case KEY_LEVEL:
        if (ft_log_level_parse(value, field))
            return ft_err_set(err, FT_EINVAL, "%s=%s: allowed are %s", k->name, value, k->help);
        return 0;
    case KEY_CLOCK:
        if (strcmp(value, "always") != 0 && strcmp(value, "exchange") != 0)
            return ft_err_set(err, FT_EINVAL, "%s=%s: allowed are always and exchange", k->name,
                              value);
        *(enum ft_clock_mode *)field =
            strcmp(value, "always") == 0 ? FT_CLOCK_ALWAYS : FT_CLOCK_EXCHANGE;
        return 0;
    case KEY_FLAG: *(bool *)field = strcmp(value, "0") != 0; return 0;
    case KEY_CHOICE:
        if (strcmp(value, k->choices[0]) != 0 && strcmp(value, k->choices[1]) != 0)
            return ft_err_set(err, FT_EINVAL, "%s=%s: allowed are %s and %s", k->name, value,
                              k->choices[0], k->choices[1]);
        *(int64_t *)field = strcmp(value, k->choices[1]) == 0;
        return 0;
    }
    return -1;
}

static int parse_firms(struct ft_config *c, struct ft_err *err)
{
    static const char *const names[FT_FIRMS] = {NULL, "FUTUSECURITIES", "FUTUINC", "FUTUSG",
                                                "FUTUAU", "FUTUCA", "FUTUMY", "FUTUJP"};
    size_t count = 0;
    memset(c->firm_list, 0, sizeof c->firm_list);
    for (const char *at = c->firms;; at++) {
        size_t len = strcspn(at, ",");
        int firm = 0;
        for (int k = 1; k < FT_FIRMS; k++)
            if (strlen(names[k]) == len && strncmp(names[k], at, len) == 0)
                firm = k;
        if (!firm || memchr(c->firm_list, firm, count))
            return ft_err_set(err, FT_EINVAL,
                              "firms=%s: %.*s %s; allowed are FUTUSECURITIES, FUTUINC, FUTUSG, "
                              "FUTUAU, FUTUCA, FUTUMY and FUTUJP, each once", c->firms, (int)len, at,
                              firm ? "comes twice" : "is none");
        c->firm_list[count++] = (uint8_t)firm;
        at += len;
        if (!*at)
            return 0;
    }
}

/* A decimal of one or two digits; *at moves past it. -1: there is none. */
static int two_digits(const char **at)
{
    int v = -1;
    for (int k = 0; k < 2 && **at >= '0' && **at <= '9'; k++, (*at)++)
        v = (v < 0 ? 0 : v * 10) + (**at - '0');
    return v;
}

/* "UTC+8", "UTC-5", "UTC+5:30" (trade.md 6.4). */
static int parse_zone(struct ft_config *c, struct ft_err *err)
{
    const char *s = c->future_trade_api_time_zone, *at = s + 4;
    bool good = strncmp(s, "UTC", 3) == 0 && (s[3] == '+' || s[3] == '-');
    int hours = good ? two_digits(&at) : -1, minutes = 0;
    if (hours >= 0 && *at == ':') {
        const char *from = ++at;
        minutes = two_digits(&at);
        good = at == from + 2 && minutes < 60;
    }
    if (!good || hours < 0 || *at || hours * 60 + minutes > 14 * 60)
        return ft_err_set(err, FT_EINVAL, "future_trade_api_time_zone=%s: allowed are UTC-14 to "
                                          "UTC+14, for instance UTC+8, UTC-5 or UTC+5:30", s);
    c->future_zone_s = (s[3] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return 0;
}

static int check_md5(struct ft_config *c, struct ft_err *err)
{
    char *s = c->trade_password_md5;
    size_t n = strlen(s);
    if (n && (n != 32 || strspn(s, "0123456789abcdefABCDEF") != n))
        return ft_err_set(err, FT_EINVAL, "trade_password_md5: allowed are 32 hex digits");
    for (; *s; s++)
        *s = (char)(*s >= 'A' && *s <= 'F' ? *s - 'A' + 'a' : *s);
    if (!n && !c->trade_password[0])
        return ft_err_set(err, FT_EINVAL, "trade_password is empty: real accounts need one");
    return 0;
}

static int check(struct ft_config *c, struct ft_err *err)
{
    size_t n = strspn(c->login_account, "0123456789");
    if (n == 0 || n > 18 || c->login_account[n])
        return ft_err_set(err, FT_EINVAL, "login_account=%s: allowed are 1 to 18 digits",
                          c->login_account);
    if (!c->data_dir[0])
        return ft_err_set(err, FT_EINVAL, "data_dir is empty: a folder is needed");
    if (parse_firms(c, err) || parse_zone(c, err) || check_md5(c, err))
        return -1;
    return 0;
}

int ft_config_parse_args(struct ft_config *c, int argc, char **argv, struct ft_err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i] + strspn(argv[i], "-");
        const char *eq = strchr(arg, '=');
        size_t len = eq ? (size_t)(eq - arg) : strlen(arg);
        const struct key *k = NULL;
        for (size_t j = 0; j < sizeof keys / sizeof keys[0] && !k; j++)
            if (strlen(keys[j].name) == len && memcmp(keys[j].name, arg, len) == 0)
                k = &keys[j];
        if (!k || argv[i][0] != '-')
            return ft_err_set(err, FT_EINVAL, "unknown parameter %s: -help lists them", argv[i]);
        if (!eq && k->type != KEY_FLAG)
            return ft_err_set(err, FT_EINVAL, "%s needs a value: -%s=VALUE", argv[i], k->name);
        if (set_key(c, k, eq ? eq + 1 : "1", err))
            return -1;
    }
    return check(c, err);
}

static void print_value(FILE *out, const struct ft_config *c, const struct key *k)
{
    const void *field = (const char *)c + k->offset;
    switch (k->type) {
    case KEY_TEXT: fprintf(out, "%s", *(const char *)field ? (const char *)field : "none"); break;
    case KEY_INT: fprintf(out, "%lld", (long long)*(const int64_t *)field); break;
    case KEY_LANG: fputs(*(const enum ft_lang *)field == FT_LANG_EN ? "en" : "chs", out); break;
    case KEY_LEVEL: fputs("info", out); break;
    case KEY_CLOCK: fputs("always", out); break;
    case KEY_FLAG: fputs("off", out); break;
    case KEY_CHOICE: fputs(k->choices[*(const int64_t *)field == 1], out); break;
    }
}

void ft_config_print_help(FILE *out)
{
    struct ft_config c;
    ft_config_defaults(&c);
    fputs("opend: an open OpenD with simulated markets\n\nusage: opend [-key=value ...]\n\n", out);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        fprintf(out, "  -%-20s %s (default ", keys[i].name, keys[i].help);
        print_value(out, &c, &keys[i]);
        fputs(")\n", out);
    }
}
