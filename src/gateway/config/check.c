/* What a single value cannot tell: firms, zones, passwords, pairs of keys. */
#include "gateway/config/keys.h"

#include "base/tz.h"
#include "gateway/limits.h"
#include "gateway/rights.h"

#include <string.h>

int ft_config_firms(const char *text, uint8_t out[FT_FIRMS], struct ft_err *err)
{
    static const char *const names[FT_FIRMS] = {NULL, "FUTUSECURITIES", "FUTUINC", "FUTUSG",
                                                "FUTUAU", "FUTUCA", "FUTUMY", "FUTUJP"};
    size_t count = 0;
    memset(out, 0, FT_FIRMS);
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        int firm = 0;
        for (int k = 1; k < FT_FIRMS; k++)
            if (strlen(names[k]) == len && strncmp(names[k], at, len) == 0)
                firm = k;
        if (!firm || memchr(out, firm, count))
            return ft_err_set(err, FT_EINVAL,
                              "firms=%s: %.*s %s; allowed are FUTUSECURITIES, FUTUINC, FUTUSG, "
                              "FUTUAU, FUTUCA, FUTUMY and FUTUJP, each once", text, (int)len, at,
                              firm ? "comes twice" : "is none");
        out[count++] = (uint8_t)firm;
        at += len;
        if (!*at)
            return 0;
    }
}

static int parse_firms(struct ft_config *c, struct ft_err *err)
{
    if (ft_config_firms(c->firms, c->firm_list, err) == 0)
        return 0;
    if (c->lang == FT_LANG_CHS)
        ft_err_set(err, FT_EINVAL, "firms=%s：可用 FUTUSECURITIES、FUTUINC、FUTUSG、FUTUAU、FUTUCA、"
                                   "FUTUMY、FUTUJP，以逗号分隔，各一次", c->firms);
    return -1;
}

/* "UTC", "UTC+8", "UTC-5" (platform.md 2.2), and "UTC+5:30". */
static int parse_zone(struct ft_config *c, struct ft_err *err)
{
    const char *s = c->future_trade_api_time_zone;
    if (ft_utc_offset_parse(s, &c->future_zone_s) == 0)
        return 0;
    return ft_err_set(err, FT_EINVAL,
                      SAY(c, "future_trade_api_time_zone=%s: allowed are UTC-14 to UTC+14, for "
                             "instance UTC+8, UTC-5 or UTC+5:30",
                          "future_trade_api_time_zone=%s：可用 UTC-14 至 UTC+14，例如 UTC+8、"
                          "UTC-5、UTC+5:30"), s);
}

/* ---- login_account: a user ID, an e-mail address, a telephone number (platform.md 2.2) ----------- */

static bool is_phone(const char *s)
{
    size_t digits = 0;
    if (*s != '+')
        return false;
    for (const char *at = s + 1; *at; at++) {
        if (*at >= '0' && *at <= '9')
            digits++;
        else if ((*at != ' ' && *at != '-') || at == s + 1 || at[1] < '0' || at[1] > '9')
            return false; /* single separators, between digits */
    }
    return digits >= 5 && digits <= 19;
}

static bool is_email(const char *s)
{
    const char *at = strchr(s, '@');
    if (!at || at == s || strchr(at + 1, '@') || !strchr(at + 1, '.') || at[1] == '.' ||
        s[strlen(s) - 1] == '.')
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("\"'<>,;:\\()[]", *s))
            return false;
    return true;
}

static bool is_user_id(const char *s)
{
    size_t n = strspn(s, "0123456789");
    return n > 0 && n <= 18 && !s[n];
}

bool ft_login_account_ok(const char *account)
{
    return is_user_id(account) || is_phone(account) || is_email(account);
}

/* FNV-1a, 64 bits: must be the same on every machine and for ever. */
uint64_t ft_login_user_id(const char *account)
{
    uint64_t id = 0, hash = UINT64_C(0xcbf29ce484222325);
    if (is_user_id(account)) {
        for (; *account; account++)
            id = id * 10 + (uint64_t)(*account - '0');
        return id;
    }
    for (; *account; account++) {
        if (*account == ' ' || (*account == '-' && !strchr(account, '@')))
            continue;
        unsigned char byte = (unsigned char)*account;
        hash = (hash ^ (byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte)) *
               UINT64_C(0x100000001b3);
    }
    return UINT64_C(1000000000) + hash % UINT64_C(1000000000);
}

/* ---- Pairs --------------------------------------------------------------------------------------- */

static bool overlap(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || strcmp(a, "0.0.0.0") == 0 || strcmp(b, "0.0.0.0") == 0 ||
           strcmp(a, "::") == 0 || strcmp(b, "::") == 0;
}

/* The address that goes with a port's key: NAME_ip of NAME_port. NULL: the key is no port. */
static const char *ip_of(const struct ft_config *c, const struct key *port)
{
    char name[FT_NAME_MAX];
    size_t n = strlen(port->name);
    if (port->type != KEY_INT || n < 6 || strcmp(port->name + n - 5, "_port") != 0)
        return NULL;
    snprintf(name, sizeof name, "%.*s_ip", (int)n - 5, port->name);
    const struct key *ip = ft_config_find(name, strlen(name));
    return ip ? (const char *)c + ip->offset : NULL;
}

/* Two listeners of one gateway on one port: told with both names, before the system says "in use". */
static int check_ports(const struct ft_config *c, struct ft_err *err)
{
    for (size_t a = 0; a < ft_config_key_count; a++)
        for (size_t b = 0; b < a; b++) {
            const struct key *one = &ft_config_keys[a], *other = &ft_config_keys[b];
            const char *ip = ip_of(c, one), *other_ip = ip ? ip_of(c, other) : NULL;
            if (!other_ip || !overlap(ip, other_ip))
                continue;
            int64_t port = *(const int64_t *)((const char *)c + one->offset);
            if (port > 0 && port == *(const int64_t *)((const char *)c + other->offset))
                return ft_err_set(err, FT_EINVAL,
                                  SAY(c, "%s=%lld: %s has the same port; each service needs its own",
                                      "%s=%lld：与 %s 相同；每个服务须有自己的端口"), one->name,
                                  (long long)port, other->name);
        }
    return 0;
}

static int check_pairs(const struct ft_config *c, struct ft_err *err)
{
    if (!c->websocket_private_key[0] != !c->websocket_cert[0])
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "%s is missing: websocket_private_key and websocket_cert are given "
                                 "both or neither",
                              "缺少 %s：websocket_private_key 与 websocket_cert 须同时设置或同时不设置"),
                          c->websocket_cert[0] ? "websocket_private_key" : "websocket_cert");
    if (!c->trade_password_md5[0] && !c->trade_password[0])
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "trade_password is empty: real accounts need one",
                              "trade_password 为空：真实账户需要交易密码"));
    return 0;
}

static int check_tier(const struct ft_config *c, struct ft_err *err)
{
    static const char *const tiers[] = {"auto", "100", "300", "1000", "2000"};
    for (size_t k = 0; k < sizeof tiers / sizeof tiers[0]; k++)
        if (strcmp(c->quota_tier, tiers[k]) == 0)
            return 0;
    return ft_err_set(err, FT_EINVAL,
                      SAY(c, "quota_tier=%s: allowed are auto, 100, 300, 1000 and 2000",
                          "quota_tier=%s：可用 auto、100、300、1000 和 2000"), c->quota_tier);
}

/* Read for good when a login is made of them. */
static int check_limits_and_rights(const struct ft_config *c, struct ft_err *err)
{
    struct ft_rights rights = {0};
    struct ft_limits *limits = ft_limits_new(c->limit_overrides, err);
    ft_limits_free(limits);
    if (!limits)
        return -1;
    return ft_rights_parse(&rights, c->quote_rights, err) ? ft_err_wrap(err, "quote_rights") : 0;
}

int ft_config_check(struct ft_config *c, struct ft_err *err)
{
    if (!ft_login_account_ok(c->login_account))
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "login_account=%s: allowed are a user ID of 1 to 18 digits, an "
                                 "e-mail address, or a telephone number with its country code, as "
                                 "+86 13800000000",
                              "login_account=%s：可用 1 至 18 位数字的牛牛号、邮箱，或带国家码的手机号，"
                              "例如 +86 13800000000"), c->login_account);
    if (!c->data_dir[0])
        return ft_err_set(err, FT_EINVAL, SAY(c, "data_dir is empty: a folder is needed",
                                              "data_dir 为空：需要一个目录"));
    return parse_firms(c, err) || parse_zone(c, err) || check_pairs(c, err) || check_ports(c, err) ||
                   check_tier(c, err) || check_limits_and_rights(c, err)
               ? -1
               : 0;
}
