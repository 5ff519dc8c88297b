/* Price reminders and watch lists. */
#include "cli/cli.h"

#include <string.h>
#include <strings.h>

/* ---- reminder ------------------------------------------------------------------------------------- */

static const struct cli_column reminder_columns[] = {
    {"code", "Code", CLI_TEXT, 0},      {"key", "Key", CLI_TEXT, 0},
    {"type", "When", CLI_TEXT, 0},      {"value", "Value", CLI_NUMBER, -1},
    {"freq", "How often", CLI_TEXT, 0}, {"enabled", "On", CLI_TEXT, 0},
    {"note", "Note", CLI_TEXT, 0},
};
static const struct cli_column key_columns[] = {{"key", "Key", CLI_TEXT, 0}};

static int list_reminders(struct cli *cli, const struct cli_args *args)
{
    struct ft_price_reminder_get_request request = {0};
    const struct ft_price_reminder_get_reply *data;
    if (args->count > 1 && strchr(args->positional[1], '.')) {
        if (!cli_security(args->positional[1], &request.security))
            return CLI_EXIT_USAGE;
    } else {
        request.has_market = true;
        if (!cli_quote_market(args->count > 1 ? args->positional[1] : "HK", &request.market))
            return CLI_EXIT_USAGE;
    }
    int code = cli_connect(cli);
    if (code ||
        (code = cli_ended(cli, ft_price_reminder_get(cli->client, &request, &cli->reply, &data),
                          "reminder")))
        return code;
    struct cli_table *t =
        cli_table_new(reminder_columns, sizeof reminder_columns / sizeof reminder_columns[0]);
    for (size_t k = 0; data && k < data->price_reminder_list_count; k++) {
        const struct ft_price_reminder *r = &data->price_reminder_list[k];
        for (size_t i = 0; i < r->item_list_count; i++) {
            cli_code(t, &r->security);
            cli_unsigned(t, (uint64_t)r->item_list[i].key);
            cli_enum(t, &ft_price_reminder_type_info, r->item_list[i].type);
            cli_number(t, r->item_list[i].value);
            cli_enum(t, &ft_price_reminder_freq_info, r->item_list[i].freq);
            cli_text(t, r->item_list[i].is_enable ? "yes" : "no");
            cli_text(t, r->item_list[i].note);
        }
    }
    return cli_show(cli, t);
}

int cmd_reminder(struct cli *cli, const struct cli_args *args)
{
    const char *verb = args->count ? args->positional[0] : "list", *freq = cli_arg(args, "freq");
    if (strcmp(verb, "list") == 0)
        return list_reminders(cli, args);
    struct ft_price_reminder_set_request request = {.note = cli_arg(args, "note")};
    const struct ft_price_reminder_set_reply *data;
    if (strcmp(verb, "add") == 0 && args->count == 4) {
        request.op = FT_SET_PRICE_REMINDER_OP_ADD;
        request.has_type = request.has_value = request.has_freq = true;
        request.freq = FT_PRICE_REMINDER_FREQ_ALWAYS;
        if (ft_enum_parse(&ft_price_reminder_type_info, args->positional[2], &request.type))
            return cli_usage(
                "reminder add: %s: allowed are PriceUp, PriceDown, ChangeRateUp, ChangeRateDown, "
                "VolumeUp, TurnoverUp and so on",
                args->positional[2]);
        if (freq)
            ft_enum_parse(&ft_price_reminder_freq_info, freq, &request.freq);
        if (!cli_double(args->positional[3], "value", &request.value))
            return CLI_EXIT_USAGE;
    } else if (strcmp(verb, "delete") == 0 && (args->count == 2 || args->count == 3)) {
        struct ft_decimal key = {0};
        request.op =
            args->count == 2 ? FT_SET_PRICE_REMINDER_OP_DEL_ALL : FT_SET_PRICE_REMINDER_OP_DEL;
        request.has_key = args->count == 3;
        if (args->count == 3 && ft_decimal_parse(args->positional[2], 0, &key))
            return cli_usage("reminder delete: %s is no key; ftcli reminder list tells them",
                             args->positional[2]);
        request.key = key.units;
    } else {
        return cli_usage(
            "usage: ftcli reminder list [MARKET|CODE] | add CODE TYPE VALUE | delete CODE [KEY]");
    }
    if (!cli_security(args->positional[1], &request.security))
        return CLI_EXIT_USAGE;
    int code = cli_connect(cli);
    if (code ||
        (code = cli_ended(cli, ft_price_reminder_set(cli->client, &request, &cli->reply, &data),
                          "reminder")))
        return code;
    struct cli_table *t = cli_table_new(key_columns, 1);
    cli_unsigned(t, data ? (uint64_t)data->key : 0);
    return cli_show(cli, t);
}

/* ---- watchlist ------------------------------------------------------------------------------------ */

static const struct cli_column group_columns[] = {{"group", "Group", CLI_TEXT, 0},
                                                  {"type", "Type", CLI_TEXT, 0}};
static const struct cli_column watched_columns[] = {{"code", "Code", CLI_TEXT, 0},
                                                    {"name", "Name", CLI_TEXT, 0},
                                                    {"type", "Type", CLI_TEXT, 0},
                                                    {"lot_size", "Lot", CLI_NUMBER, 0},
                                                    {"listed", "Listed", CLI_TEXT, 0}};

static int list_groups(struct cli *cli)
{
    struct ft_user_security_group_get_request request = {.group_type =
                                                             FT_USER_SECURITY_GROUP_TYPE_ALL};
    const struct ft_user_security_group_get_reply *data;
    int code = cli_ended(cli, ft_user_security_group_get(cli->client, &request, &cli->reply, &data),
                         "watchlist");
    if (code)
        return code;
    struct cli_table *t =
        cli_table_new(group_columns, sizeof group_columns / sizeof group_columns[0]);
    for (size_t k = 0; data && k < data->group_list_count; k++) {
        cli_text(t, data->group_list[k].group_name);
        cli_enum(t, &ft_user_security_group_type_info, data->group_list[k].group_type);
    }
    return cli_show(cli, t);
}

static int show_group(struct cli *cli, const char *group)
{
    struct ft_user_security_get_request request = {.group_name = group};
    const struct ft_user_security_get_reply *data;
    int code = cli_ended(cli, ft_user_security_get(cli->client, &request, &cli->reply, &data),
                         "watchlist");
    if (code)
        return code;
    struct cli_table *t =
        cli_table_new(watched_columns, sizeof watched_columns / sizeof watched_columns[0]);
    for (size_t k = 0; data && k < data->static_info_list_count; k++)
        cli_static(t, data->static_info_list[k].basic);
    return cli_show(cli, t);
}

int cmd_watchlist(struct cli *cli, const struct cli_args *args)
{
    static struct ft_security list[CLI_POSITIONALS_MAX];
    const char *verb = args->count ? args->positional[0] : "groups";
    struct ft_user_security_modify_request request = {.security_list = list};
    bool add = strcmp(verb, "add") == 0, remove = strcmp(verb, "remove") == 0;
    bool groups = strcmp(verb, "groups") == 0 && args->count <= 1;
    bool show = strcmp(verb, "show") == 0 && args->count == 2;
    int code;
    if (!groups && !show && !((add || remove) && args->count > 2))
        return cli_usage("usage: ftcli watchlist groups | show GROUP | add GROUP CODE... | remove "
                         "GROUP CODE...");
    if ((add || remove) &&
        !cli_securities(args, 2, list, CLI_POSITIONALS_MAX, &request.security_list_count))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)))
        return code;
    if (groups)
        return list_groups(cli);
    if (add || remove) {
        request.group_name = args->positional[1];
        request.op = add ? FT_MODIFY_USER_SECURITY_OP_ADD : FT_MODIFY_USER_SECURITY_OP_MOVE_OUT;
        code = cli_ended(cli, ft_user_security_modify(cli->client, &request, &cli->reply, NULL),
                         "watchlist");
        if (code)
            return code;
    }
    return show_group(cli, args->positional[1]);
}
