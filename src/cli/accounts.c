/* Accounts and what is in them. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int get_accounts(struct cli *cli, const struct ft_account_list_get_reply **data)
{
    struct ft_account_list_get_request request = {.need_general_sec_account = true,
                                                  .has_need_general_sec_account = true};
    int code = cli_connect(cli);
    return code ? code
                : cli_ended(cli, ft_account_list_get(cli->client, &request, &cli->reply, data),
                            "accounts");
}

static bool trades(const struct ft_trd_acc *a, int32_t market)
{
    for (size_t k = 0; k < a->trd_market_auth_list_count; k++)
        if (!market || a->trd_market_auth_list[k] == market)
            return true;
    return false;
}

int cli_account(struct cli *cli, const struct cli_args *args, int32_t market,
                struct ft_trd_header *out)
{
    const char *acc = cli_arg(args, "acc"), *env = cli_arg(args, "env"),
               *name = cli_arg(args, "market");
    int32_t wanted_env =
        env && strcasecmp(env, "real") == 0 ? FT_TRD_ENV_REAL : FT_TRD_ENV_SIMULATE;
    unsigned long long id = 0;
    char *end = NULL;
    errno = 0;
    if (acc && ((id = strtoull(acc, &end, 10)) == 0 || errno || *end || *acc == '-'))
        return cli_usage("--acc=%s: the account's ID is wanted; ftcli accounts lists them", acc);
    if (name && ft_enum_parse(&ft_trd_market_info, name, &market))
        return cli_usage("--market=%s: allowed are HK, US, CN, HKCC, SG, JP, Futures and so on",
                         name);
    const struct ft_account_list_get_reply *data;
    int code = get_accounts(cli, &data);
    if (code)
        return code;
    for (size_t k = 0; data && k < data->acc_list_count; k++) {
        const struct ft_trd_acc *a = &data->acc_list[k];
        bool fits = acc ? a->acc_id == id : a->trd_env == wanted_env && trades(a, market);
        if (!fits)
            continue;
        if (!market && a->trd_market_auth_list_count)
            market = a->trd_market_auth_list[0];
        *out = (struct ft_trd_header){
            .trd_env = a->trd_env, .acc_id = a->acc_id, .trd_market = market};
        return CLI_EXIT_OK;
    }
    const char *where = ft_enum_text(&ft_trd_market_info, market);
    if (acc)
        fprintf(stderr, "ftcli: there is no account %s; ftcli accounts lists them\n", acc);
    else
        fprintf(stderr, "ftcli: there is no %s account%s%s; ftcli accounts lists them\n",
                wanted_env == FT_TRD_ENV_REAL ? "real" : "simulated", market ? " for " : "",
                market && where ? where : "");
    return CLI_EXIT_REFUSED;
}

/* ---- accounts ------------------------------------------------------------------------------------- */

static const struct cli_column account_columns[] = {
    {"acc_id", "Account", CLI_TEXT, 0},  {"env", "Environment", CLI_TEXT, 0},
    {"type", "Type", CLI_TEXT, 0},       {"firm", "Firm", CLI_TEXT, 0},
    {"markets", "Markets", CLI_TEXT, 0}, {"status", "Status", CLI_TEXT, 0},
};

int cmd_accounts(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    const struct ft_account_list_get_reply *data;
    int code = get_accounts(cli, &data);
    if (code)
        return code;
    struct cli_table *t =
        cli_table_new(account_columns, sizeof account_columns / sizeof account_columns[0]);
    for (size_t k = 0; data && k < data->acc_list_count; k++) {
        const struct ft_trd_acc *a = &data->acc_list[k];
        char markets[256] = "";
        for (size_t m = 0; m < a->trd_market_auth_list_count; m++) {
            const char *name = ft_enum_text(&ft_trd_market_info, a->trd_market_auth_list[m]);
            size_t len = strlen(markets);
            snprintf(markets + len, sizeof markets - len, "%s%s", m ? " " : "", name ? name : "?");
        }
        cli_unsigned(t, a->acc_id);
        cli_enum(t, &ft_trd_env_info, a->trd_env);
        if (a->trd_env == FT_TRD_ENV_SIMULATE && a->has_sim_acc_type)
            cli_enum(t, &ft_sim_acc_type_info, a->sim_acc_type);
        else if (a->has_acc_type)
            cli_enum(t, &ft_trd_acc_type_info, a->acc_type);
        else
            cli_absent(t);
        if (a->has_security_firm && a->security_firm)
            cli_enum(t, &ft_security_firm_info, a->security_firm);
        else
            cli_absent(t);
        cli_text(t, markets);
        cli_enum(t, &ft_trd_acc_status_info, a->has_acc_status ? a->acc_status : 0);
    }
    return cli_show(cli, t);
}

/* ---- funds, positions ------------------------------------------------------------------------------- */

static const struct cli_column fund_columns[] = {
    {"acc_id", "Account", CLI_TEXT, 0},
    {"currency", "Currency", CLI_TEXT, 0},
    {"total_assets", "Assets", CLI_NUMBER, 2},
    {"cash", "Cash", CLI_NUMBER, 2},
    {"market_value", "Market value", CLI_NUMBER, 2},
    {"power", "Buying power", CLI_NUMBER, 2},
    {"frozen_cash", "Frozen", CLI_NUMBER, 2},
    {"withdrawable", "Withdrawable", CLI_NUMBER, 2},
    {"unrealized_pl", "Unrealised", CLI_CHANGE, 2},
    {"initial_margin", "Margin", CLI_NUMBER, 2},
    {"risk", "Risk", CLI_TEXT, 0},
};

int cmd_funds(struct cli *cli, const struct cli_args *args)
{
    struct ft_trd_header header;
    const char *currency = cli_arg(args, "currency");
    struct ft_funds_get_request request = {.header = &header};
    const struct ft_funds_get_reply *data;
    request.has_currency = currency != NULL;
    if (currency && ft_enum_parse(&ft_currency_info, currency, &request.currency))
        return cli_usage("--currency=%s: allowed are HKD, USD, CNH, JPY, SGD and so on", currency);
    int code = cli_account(cli, args, 0, &header);
    if (code)
        return code;
    if ((code = cli_ended(cli, ft_funds_get(cli->client, &request, &cli->reply, &data), "funds")))
        return code;
    struct cli_table *t = cli_table_new(fund_columns, sizeof fund_columns / sizeof fund_columns[0]);
    const struct ft_funds *f = data ? data->funds : NULL;
    if (f) {
        cli_unsigned(t, header.acc_id);
        if (f->has_currency)
            cli_enum(t, &ft_currency_info, f->currency);
        else
            cli_absent(t);
        cli_number(t, f->total_assets);
        cli_number(t, f->cash);
        cli_number(t, f->market_val);
        cli_number(t, f->power);
        cli_number(t, f->frozen_cash);
        cli_number(t, f->avl_withdrawal_cash);
        cli_number_if(t, f->has_unrealized_pl, f->unrealized_pl);
        cli_number_if(t, f->has_initial_margin, f->initial_margin);
        if (f->has_risk_level)
            cli_enum(t, &ft_clt_risk_level_info, f->risk_level);
        else
            cli_absent(t);
    }
    return cli_show(cli, t);
}

static const struct cli_column position_columns[] = {
    {"code", "Code", CLI_TEXT, 0},
    {"name", "Name", CLI_TEXT, 0},
    {"side", "Side", CLI_TEXT, 0},
    {"qty", "Quantity", CLI_NUMBER, -1},
    {"can_sell", "Can sell", CLI_NUMBER, -1},
    {"cost", "Cost", CLI_NUMBER, 3},
    {"price", "Price", CLI_NUMBER, -1},
    {"value", "Value", CLI_NUMBER, 2},
    {"pl", "P/L", CLI_CHANGE, 2},
    {"pl_percent", "P/L %", CLI_PERCENT, 2},
    {"position_id", "Position", CLI_TEXT, 0},
};

/* "HK.00700" of the trading side's market and code. */
void cli_traded_code(struct cli_table *t, bool has_market, int32_t sec_market, const char *code)
{
    static const struct {
        int32_t sec, quote;
    } markets[] = {
        {FT_TRD_SEC_MARKET_HK, FT_QOT_MARKET_HK_SECURITY},
        {FT_TRD_SEC_MARKET_US, FT_QOT_MARKET_US_SECURITY},
        {FT_TRD_SEC_MARKET_CN_SH, FT_QOT_MARKET_CNSH_SECURITY},
        {FT_TRD_SEC_MARKET_CN_SZ, FT_QOT_MARKET_CNSZ_SECURITY},
        {FT_TRD_SEC_MARKET_SG, FT_QOT_MARKET_SG_SECURITY},
        {FT_TRD_SEC_MARKET_JP, FT_QOT_MARKET_JP_SECURITY},
        {FT_TRD_SEC_MARKET_AU, FT_QOT_MARKET_AU_SECURITY},
        {FT_TRD_SEC_MARKET_MY, FT_QOT_MARKET_MY_SECURITY},
        {FT_TRD_SEC_MARKET_CA, FT_QOT_MARKET_CA_SECURITY},
        {FT_TRD_SEC_MARKET_CC, FT_QOT_MARKET_CC_SECURITY},
    };
    struct ft_security s = {0, code};
    for (size_t k = 0; has_market && k < sizeof markets / sizeof markets[0]; k++)
        if (markets[k].sec == sec_market)
            s.market = markets[k].quote;
    cli_code(t, &s);
}

int cmd_positions(struct cli *cli, const struct cli_args *args)
{
    struct ft_trd_header header;
    struct ft_position_list_get_request request = {.header = &header};
    const struct ft_position_list_get_reply *data;
    int code = cli_account(cli, args, 0, &header);
    if (code ||
        (code = cli_ended(cli, ft_position_list_get(cli->client, &request, &cli->reply, &data),
                          "positions")))
        return code;
    struct cli_table *t =
        cli_table_new(position_columns, sizeof position_columns / sizeof position_columns[0]);
    for (size_t k = 0; data && k < data->position_list_count; k++) {
        const struct ft_position *p = &data->position_list[k];
        cli_traded_code(t, p->has_sec_market, p->sec_market, p->code);
        cli_text(t, p->name);
        cli_enum(t, &ft_position_side_info, p->position_side);
        cli_number(t, p->qty);
        cli_number(t, p->can_sell_qty);
        cli_number_if(t, p->has_cost_price, p->cost_price);
        cli_number(t, p->price);
        cli_number(t, p->val);
        cli_number(t, p->pl_val);
        cli_number_if(t, p->has_pl_ratio, p->pl_ratio * 100);
        cli_unsigned(t, p->position_id);
    }
    return cli_show(cli, t);
}

/* ---- orders, fills ---------------------------------------------------------------------------------- */

static const struct cli_column order_columns[] = {
    {"order_id", "Order", CLI_TEXT, 0},    {"code", "Code", CLI_TEXT, 0},
    {"side", "Side", CLI_TEXT, 0},         {"type", "Type", CLI_TEXT, 0},
    {"status", "Status", CLI_TEXT, 0},     {"qty", "Quantity", CLI_NUMBER, -1},
    {"price", "Price", CLI_NUMBER, -1},    {"filled_qty", "Filled", CLI_NUMBER, -1},
    {"filled_price", "At", CLI_NUMBER, 3}, {"created", "Created", CLI_TEXT, 0},
    {"updated", "Updated", CLI_TEXT, 0},   {"remark", "Remark", CLI_TEXT, 0},
    {"error", "Error", CLI_TEXT, 0},
};

void cli_order_row(struct cli_table *t, const struct ft_order *o)
{
    cli_unsigned(t, o->order_id);
    cli_traded_code(t, o->has_sec_market, o->sec_market, o->code);
    cli_enum(t, &ft_trd_side_info, o->trd_side);
    cli_enum(t, &ft_order_type_info, o->order_type);
    cli_enum(t, &ft_order_status_info, o->order_status);
    cli_number(t, o->qty);
    cli_number_if(t, o->has_price, o->price);
    cli_number_if(t, o->has_fill_qty, o->fill_qty);
    cli_number_if(t, o->has_fill_avg_price && o->fill_avg_price > 0, o->fill_avg_price);
    cli_text(t, o->create_time);
    cli_text(t, o->update_time);
    cli_text(t, o->remark && *o->remark ? o->remark : NULL);
    cli_text(t, o->last_err_msg && *o->last_err_msg ? o->last_err_msg : NULL);
}

struct cli_table *cli_order_table(void)
{
    return cli_table_new(order_columns, sizeof order_columns / sizeof order_columns[0]);
}

/* Filter of --from, --to: a past range asks for history. */
static bool range(const struct cli_args *args, struct ft_trd_filter_conditions *out, bool *history)
{
    *out = (struct ft_trd_filter_conditions){.begin_time = cli_arg(args, "from"),
                                             .end_time = cli_arg(args, "to")};
    *history = out->begin_time || out->end_time;
    if (*history && (!out->begin_time || !out->end_time)) {
        cli_usage("--from and --to belong together");
        return false;
    }
    return true;
}

int cmd_orders(struct cli *cli, const struct cli_args *args)
{
    struct ft_trd_header header;
    struct ft_trd_filter_conditions filter;
    bool history;
    if (!range(args, &filter, &history))
        return CLI_EXIT_USAGE;
    int code = cli_account(cli, args, 0, &header);
    if (code)
        return code;
    const struct ft_order *list = NULL;
    size_t count = 0;
    if (history) {
        struct ft_history_order_list_get_request request = {.header = &header,
                                                            .filter_conditions = &filter};
        const struct ft_history_order_list_get_reply *data;
        code = cli_ended(cli, ft_history_order_list_get(cli->client, &request, &cli->reply, &data),
                         "orders");
        if (!code && data)
            list = data->order_list, count = data->order_list_count;
    } else {
        struct ft_order_list_get_request request = {.header = &header};
        const struct ft_order_list_get_reply *data;
        code =
            cli_ended(cli, ft_order_list_get(cli->client, &request, &cli->reply, &data), "orders");
        if (!code && data)
            list = data->order_list, count = data->order_list_count;
    }
    if (code)
        return code;
    struct cli_table *t = cli_order_table();
    for (size_t k = 0; k < count; k++)
        if (!cli_flag(args, "open") || !ft_order_status_is_final(list[k].order_status))
            cli_order_row(t, &list[k]);
    return cli_show(cli, t);
}

static const struct cli_column fill_columns[] = {
    {"fill_id", "Fill", CLI_TEXT, 0},    {"order_id", "Order", CLI_TEXT, 0},
    {"code", "Code", CLI_TEXT, 0},       {"side", "Side", CLI_TEXT, 0},
    {"qty", "Quantity", CLI_NUMBER, -1}, {"price", "Price", CLI_NUMBER, -1},
    {"time", "Time", CLI_TEXT, 0},       {"status", "Status", CLI_TEXT, 0},
};

int cmd_fills(struct cli *cli, const struct cli_args *args)
{
    struct ft_trd_header header;
    struct ft_trd_filter_conditions filter;
    bool history;
    if (!range(args, &filter, &history))
        return CLI_EXIT_USAGE;
    int code = cli_account(cli, args, 0, &header);
    if (code)
        return code;
    const struct ft_order_fill *list = NULL;
    size_t count = 0;
    if (history) {
        struct ft_history_order_fill_list_get_request request = {.header = &header,
                                                                 .filter_conditions = &filter};
        const struct ft_history_order_fill_list_get_reply *data;
        code = cli_ended(cli,
                         ft_history_order_fill_list_get(cli->client, &request, &cli->reply, &data),
                         "fills");
        if (!code && data)
            list = data->order_fill_list, count = data->order_fill_list_count;
    } else {
        struct ft_order_fill_list_get_request request = {.header = &header};
        const struct ft_order_fill_list_get_reply *data;
        code = cli_ended(cli, ft_order_fill_list_get(cli->client, &request, &cli->reply, &data),
                         "fills");
        if (!code && data)
            list = data->order_fill_list, count = data->order_fill_list_count;
    }
    if (code)
        return code;
    struct cli_table *t = cli_table_new(fill_columns, sizeof fill_columns / sizeof fill_columns[0]);
    for (size_t k = 0; k < count; k++) {
        const struct ft_order_fill *f = &list[k];
        cli_unsigned(t, f->fill_id);
        cli_unsigned(t, f->order_id);
        cli_traded_code(t, f->has_sec_market, f->sec_market, f->code);
        cli_enum(t, &ft_trd_side_info, f->trd_side);
        cli_number(t, f->qty);
        cli_number(t, f->price);
        cli_text(t, f->create_time);
        cli_enum(t, &ft_order_fill_status_info, f->has_status ? f->status : 0);
    }
    return cli_show(cli, t);
}
