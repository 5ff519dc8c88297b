/* The protocol itself: any call as JSON, the gateway's state, operations. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

/* ---- call ----------------------------------------------------------------------------------------- */

static const struct ft_proto *find_protocol(const char *text)
{
    char *end;
    unsigned long id = strtoul(text, &end, 10);
    return end != text && !*end && id <= UINT32_MAX ? ft_proto_find((uint32_t)id)
                                                    : ft_proto_named(text);
}

/* The JSON of the argument: itself, "@file", "-" for standard input; owned. NULL after a printed error. */
static char *read_text(const char *arg)
{
    if (arg[0] != '@' && strcmp(arg, "-") != 0)
        return strdup(arg);
    FILE *in = arg[0] == '@' ? fopen(arg + 1, "r") : stdin;
    char *text = malloc(TEXT_MAX + 1);
    size_t len = in && text ? fread(text, 1, TEXT_MAX + 1, in) : 0;
    bool good = in && text && !ferror(in) && len <= TEXT_MAX;
    if (!good)
        cli_usage("%s: %s", arg, len > TEXT_MAX ? "more than 1 MiB" : strerror(errno));
    if (in && in != stdin)
        fclose(in);
    if (!good) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

/* What stands between the braces: a whole request, {"c2s": ...}, or its c2s alone. Owned. */
static char *whole_request(const char *text)
{
    const char *p = text + strspn(text, " \t\r\n");
    bool whole = *p == '{' && strncmp(p + 1 + strspn(p + 1, " \t\r\n"), "\"c2s\"", 5) == 0;
    size_t size = strlen(text) + 16;
    char *out = malloc(size);
    if (out)
        snprintf(out, size, whole ? "%s" : "{\"c2s\": %s}", text);
    return out;
}

static int print_message(struct ft_message *m, const ProtobufCMessage *msg)
{
    const char *json;
    if (ft_message_to_json(m, msg, &json, NULL)) {
        fprintf(stderr, "ftcli: %s\n", ft_message_error(m));
        return CLI_EXIT_FAILED;
    }
    puts(json);
    return CLI_EXIT_OK;
}

static int call(struct cli *cli, const struct ft_proto *p, struct ft_message *m,
                const char *request)
{
    if (ft_message_from_json(m, p->request, request, strlen(request), 1))
        return cli_usage("%s: %s", p->name, ft_message_error(m));
    int code = cli_connect(cli);
    if (code)
        return code;
    enum ft_status s = ft_client_call(cli->client, p->id, ft_message_get(m), 0, &cli->reply);
    code = cli_ended(cli, s, p->name);
    const ProtobufCMessage *reply = ft_reply_message(cli->reply);
    if (reply && (s == FT_STATUS_OK || s == FT_STATUS_REFUSED)) {
        int printed = print_message(m, reply);
        code = printed ? printed : code;
    }
    return code;
}

int cmd_call(struct cli *cli, const struct cli_args *args)
{
    const struct ft_proto *p = find_protocol(args->positional[0]);
    if (!p || p->kind != FT_PROTO_KIND_REQUEST || !p->request)
        return cli_usage(
            "%s: no protocol that can be called; a name as Qot_GetBasicQot, or its number",
            args->positional[0]);
    char *text = read_text(args->count > 1 ? args->positional[1] : "{}");
    char *request = text ? whole_request(text) : NULL;
    struct ft_message *m = ft_message_new();
    int code = CLI_EXIT_USAGE;
    if (request && m)
        code = call(cli, p, m, request);
    else if (text)
        code = CLI_EXIT_FAILED;
    ft_message_free(m);
    free(request);
    free(text);
    return code;
}

/* ---- state ---------------------------------------------------------------------------------------- */

static const struct cli_column state_columns[] = {{"key", "", CLI_TEXT, 0},
                                                  {"value", "", CLI_TEXT, 0}};

static void fact(struct cli_table *t, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void fact(struct cli_table *t, const char *key, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cli_text(t, key);
    cli_text(t, text);
}

static void market_fact(struct cli_table *t, const char *key, bool has, int32_t state)
{
    const char *text = ft_enum_text(&ft_qot_market_state_info, state);
    if (has)
        fact(t, key, "%s", text ? text : "?");
}

static void right_fact(struct cli_table *t, const char *key, bool has, int32_t right)
{
    const char *text = ft_enum_text(&ft_qot_right_info, right);
    if (has)
        fact(t, key, "%s", text ? text : "?");
}

static int user_facts(struct cli *cli, struct cli_table *t)
{
    struct ft_user_info_get_request request = {0};
    const struct ft_user_info_get_reply *u;
    int code = cli_ended(cli, ft_user_info_get(cli->client, &request, &cli->reply, &u), "state");
    if (code || !u)
        return code;
    if (u->has_user_id)
        fact(t, "user", "%lld", (long long)u->user_id);
    if (u->nick_name)
        fact(t, "name", "%s", u->nick_name);
    if (u->has_sub_quota)
        fact(t, "subscription_quota", "%d", u->sub_quota);
    if (u->has_history_kl_quota)
        fact(t, "history_quota", "%d", u->history_kl_quota);
    right_fact(t, "right_hk", u->has_hk_qot_right, u->hk_qot_right);
    right_fact(t, "right_hk_option", u->has_hk_option_qot_right, u->hk_option_qot_right);
    right_fact(t, "right_hk_future", u->has_hk_future_qot_right, u->hk_future_qot_right);
    right_fact(t, "right_us", u->has_us_qot_right, u->us_qot_right);
    right_fact(t, "right_us_option", u->has_us_option_qot_right, u->us_option_qot_right);
    right_fact(t, "right_sh", u->has_sh_qot_right, u->sh_qot_right);
    right_fact(t, "right_sz", u->has_sz_qot_right, u->sz_qot_right);
    return CLI_EXIT_OK;
}

static void time_fact(struct cli_table *t, int64_t time_s)
{
    struct ft_zone *utc;
    char time[FT_TIME_TEXT_MAX];
    if (time_s < 0 || time_s > INT64_MAX / 1000000000 || ft_zone_open("UTC", &utc))
        return;
    ft_zone_print(utc, time_s * 1000000000, false, time);
    ft_zone_free(utc);
    fact(t, "time_utc", "%s", time);
}

static void global_facts(struct cli_table *t, const struct ft_global_state_get_reply *g)
{
    const struct ft_program_status *p = g->program_status;
    const char *status = p ? ft_enum_text(&ft_program_status_type_info, p->type) : NULL;
    fact(t, "version", "%d (build %d)", g->server_ver, g->server_build_no);
    fact(t, "status", "%s%s%s", status ? status : "?", p && p->str_ext_desc ? ", " : "",
         p && p->str_ext_desc ? p->str_ext_desc : "");
    fact(t, "quotes", "%s", g->qot_logined ? "logged in" : "not logged in");
    fact(t, "trading", "%s", g->trd_logined ? "logged in" : "not logged in");
    time_fact(t, g->time);
    market_fact(t, "market_hk", true, g->market_hk);
    market_fact(t, "market_us", true, g->market_us);
    market_fact(t, "market_sh", true, g->market_sh);
    market_fact(t, "market_sz", true, g->market_sz);
    market_fact(t, "market_hk_future", true, g->market_hk_future);
    market_fact(t, "market_us_future", g->has_market_us_future, g->market_us_future);
    market_fact(t, "market_sg_future", g->has_market_sg_future, g->market_sg_future);
    market_fact(t, "market_jp_future", g->has_market_jp_future, g->market_jp_future);
}

int cmd_state(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    struct ft_global_state_get_request request = {0};
    const struct ft_global_state_get_reply *g;
    struct ft_client_info info;
    int code = cli_connect(cli);
    if (code || (code = cli_ended(cli, ft_global_state_get(cli->client, &request, &cli->reply, &g),
                                  "state")))
        return code;
    struct cli_table *t = cli_table_new(state_columns, 2);
    ft_client_info(cli->client, &info, sizeof info);
    fact(t, "gateway", "%s:%u", cli->host, cli->port);
    fact(t, "encrypted", "%s", info.encryption == FT_ENCRYPTION_NONE ? "no" : "yes");
    fact(t, "connection", "%llu", (unsigned long long)info.conn_id);
    if (g)
        global_facts(t, g);
    if ((code = user_facts(cli, t))) {
        cli_table_free(t);
        return code;
    }
    return cli_show(cli, t);
}

/* ---- reset ---------------------------------------------------------------------------------------- */

static const struct cli_column reset_columns[] = {{"result", "", CLI_TEXT, 0}};

int cmd_reset(struct cli *cli, const struct cli_args *args)
{
    char question[128];
    struct ft_test_command_run_request request = {.cmd = "reset_account",
                                                  .param_str = args->positional[0]};
    const struct ft_test_command_run_reply *data;
    int code = cli_connect(cli);
    if (code)
        return code;
    snprintf(question, sizeof question, "Reset account %.40s: its orders, positions and cash?",
             args->positional[0]);
    if (!cli->yes && !cli_confirm(question)) {
        fputs("ftcli: not confirmed; nothing was sent\n", stderr);
        return CLI_EXIT_DECLINED;
    }
    if ((code = cli_ended(cli, ft_test_command_run(cli->client, &request, &cli->reply, &data),
                          "reset")))
        return code;
    struct cli_table *t = cli_table_new(reset_columns, 1);
    cli_text(t, data ? data->result_str : NULL);
    return cli_show(cli, t);
}
