/* One value: from text into its field, and back. */
#include "gateway/config/keys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const levels[] = {
    [FT_LOG_DEBUG] = "debug", [FT_LOG_INFO] = "info",   [FT_LOG_WARNING] = "warning",
    [FT_LOG_ERROR] = "error", [FT_LOG_FATAL] = "fatal", [FT_LOG_NO] = "no",
};

static int set_text(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err)
{
    if (strlen(value) >= k->size)
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "%s: longer than %zu bytes", "%s：超过 %zu 字节"), k->name,
                          k->size - 1);
    memcpy((char *)c + k->offset, value, strlen(value) + 1);
    return 0;
}

/* MD5 of a password may come in either case (platform.md 2.5). Wrong ones are not shown: they may
 * be the password itself. */
static int set_md5(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err)
{
    size_t n = strlen(value);
    if (n && (n != 32 || strspn(value, "0123456789abcdefABCDEF") != n))
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "%s: allowed are 32 hex digits", "%s：须为 32 位十六进制数字"),
                          k->name);
    char lower[33];
    for (size_t i = 0; i <= n; i++)
        lower[i] = (char)(value[i] >= 'A' && value[i] <= 'F' ? value[i] - 'A' + 'a' : value[i]);
    return set_text(c, k, lower, err);
}

static int set_ip(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err)
{
    struct in6_addr any;
    if (inet_pton(AF_INET, value, &any) != 1 && inet_pton(AF_INET6, value, &any) != 1)
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "%s=%s: allowed is an IP address: 127.0.0.1 (this machine only), "
                                 "0.0.0.0 (every NIC) or that of one NIC",
                              "%s=%s：须为 IP 地址：127.0.0.1（仅本机）、0.0.0.0（所有网卡）"
                              "或某个网卡的地址"), k->name, value);
    return set_text(c, k, value, err);
}

static int set_int(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (errno || end == value || *end || v < k->min || v > k->max)
        return ft_err_set(err, FT_EINVAL,
                          SAY(c, "%s=%s: allowed is a whole number from %lld to %lld",
                              "%s=%s：须为 %lld 至 %lld 的整数"), k->name, value,
                          (long long)k->min, (long long)k->max);
    *(int64_t *)((char *)c + k->offset) = v;
    return 0;
}

/* Which of two words it is; -1 with both. */
static int word_of(const struct ft_config *c, const struct key *k, const char *value,
                   const char *zero, const char *one, struct ft_err *err)
{
    if (strcmp(value, zero) == 0)
        return 0;
    if (strcmp(value, one) == 0)
        return 1;
    return ft_err_set(err, FT_EINVAL,
                      SAY(c, "%s=%s: allowed are %s and %s", "%s=%s：可用 %s 和 %s"), k->name,
                      value, zero, one);
}

int ft_config_set(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err)
{
    void *field = (char *)c + k->offset;
    int word;
    switch (k->type) {
    case KEY_TEXT: return set_text(c, k, value, err);
    case KEY_MD5: return set_md5(c, k, value, err);
    case KEY_IP: return set_ip(c, k, value, err);
    case KEY_INT: return set_int(c, k, value, err);
    case KEY_LANG:
        if ((word = word_of(c, k, value, "chs", "en", err)) < 0)
            return -1;
        *(enum ft_lang *)field = word ? FT_LANG_EN : FT_LANG_CHS;
        return 0;
    case KEY_CLOCK:
        if ((word = word_of(c, k, value, "always", "exchange", err)) < 0)
            return -1;
        *(enum ft_clock_mode *)field = word ? FT_CLOCK_EXCHANGE : FT_CLOCK_ALWAYS;
        return 0;
    case KEY_LEVEL:
        if (ft_log_level_parse(value, field))
            return ft_err_set(err, FT_EINVAL,
                              SAY(c, "%s=%s: allowed are no, debug, info, warning, error and fatal",
                                  "%s=%s：可用 no、debug、info、warning、error、fatal"), k->name,
                              value);
        return 0;
    case KEY_FLAG:
        if ((word = word_of(c, k, value, "0", "1", err)) < 0)
            return -1;
        *(bool *)field = word;
        return 0;
    case KEY_CHOICE:
        if ((word = word_of(c, k, value, k->choices[0], k->choices[1], err)) < 0)
            return -1;
        *(int64_t *)field = word;
        return 0;
    }
    return -1;
}

void ft_config_print_value(FILE *out, const struct ft_config *c, const struct key *k)
{
    const void *field = (const char *)c + k->offset;
    switch (k->type) {
    case KEY_TEXT:
    case KEY_MD5:
    case KEY_IP:
        fputs((k->flags & KEY_SECRET) && *(const char *)field ? "(hidden)" : field, out);
        break;
    case KEY_INT: fprintf(out, "%lld", (long long)*(const int64_t *)field); break;
    case KEY_LANG: fputs(*(const enum ft_lang *)field == FT_LANG_EN ? "en" : "chs", out); break;
    case KEY_LEVEL: fputs(levels[*(const enum ft_log_level *)field], out); break;
    case KEY_CLOCK:
        fputs(*(const enum ft_clock_mode *)field == FT_CLOCK_ALWAYS ? "always" : "exchange", out);
        break;
    case KEY_FLAG: fputs(*(const bool *)field ? "1" : "0", out); break;
    case KEY_CHOICE: fputs(k->choices[*(const int64_t *)field == 1], out); break;
    }
}
