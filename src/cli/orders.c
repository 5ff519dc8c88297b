/* Placing, changing and cancelling orders. With a real account: unlocked first, and confirmed. */
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct cli_option cli_order_options[] = {
    {"acc", "ID", "the account; without it the first one of --env that trades there", NULL},
    {"env", "ENV", "simulate (default) or real", "simulate real"},
    {"type", "TYPE",
     "Normal (a limit), Market, Stop, StopLimit, TrailingStop ...; by default Normal with a "
     "price, Market without",
     NULL},
    {"tif", "TIF", "DAY (default), GTC, IOC, GTD", "DAY GTC IOC GTD"},
    {"expire", "DAY", "last day of a GTD order, yyyy-MM-dd", NULL},
    {"trigger", "PRICE", "trigger price of stop and if-touched orders", NULL},
    {"trail", "N", "distance of trailing orders: percent, or with --trail-amount an amount", NULL},
    {"trail-amount", NULL, "--trail is an amount", NULL},
    {"trail-spread", "N", "distance of a trailing limit from its trigger", NULL},
    {"session", "SESSION", "US: RTH, ETH, ALL, OVERNIGHT", "RTH ETH ALL OVERNIGHT"},
    {"remark", "TEXT", "at most 64 bytes", NULL},
    {"wait", NULL, "follow the order until it is filled, cancelled or refused", NULL},
    {"seconds", "N", "with --wait: at most so long", NULL},
    {"count", "N", "with --wait: at most so many changes", NULL},
    {"password-file", "FILE", "trading password of a real account, first line", NULL},
    {NULL, NULL, NULL, NULL},
};

/* The market in which a security is traded (enum ft_trd_market); 0: none. */
static int32_t trading_market(const struct ft_security *s)
{
    switch (s->market) {
    case FT_QOT_MARKET_HK_SECURITY: return FT_TRD_MARKET_HK;
    case FT_QOT_MARKET_US_SECURITY: return FT_TRD_MARKET_US;
    case FT_QOT_MARKET_CNSH_SECURITY:
    case FT_QOT_MARKET_CNSZ_SECURITY: return FT_TRD_MARKET_CN;
    case FT_QOT_MARKET_SG_SECURITY: return FT_TRD_MARKET_SG;
    case FT_QOT_MARKET_JP_SECURITY: return FT_TRD_MARKET_JP;
    case FT_QOT_MARKET_AU_SECURITY: return FT_TRD_MARKET_AU;
    case FT_QOT_MARKET_MY_SECURITY: return FT_TRD_MARKET_MY;
    case FT_QOT_MARKET_CA_SECURITY: return FT_TRD_MARKET_CA;
    default: return 0;
    }
}

static int32_t security_market(const struct ft_security *s)
{
    switch (s->market) {
    case FT_QOT_MARKET_HK_SECURITY: return FT_TRD_SEC_MARKET_HK;
    case FT_QOT_MARKET_US_SECURITY: return FT_TRD_SEC_MARKET_US;
    case FT_QOT_MARKET_CNSH_SECURITY: return FT_TRD_SEC_MARKET_CN_SH;
    case FT_QOT_MARKET_CNSZ_SECURITY: return FT_TRD_SEC_MARKET_CN_SZ;
    case FT_QOT_MARKET_SG_SECURITY: return FT_TRD_SEC_MARKET_SG;
    case FT_QOT_MARKET_JP_SECURITY: return FT_TRD_SEC_MARKET_JP;
    case FT_QOT_MARKET_AU_SECURITY: return FT_TRD_SEC_MARKET_AU;
    case FT_QOT_MARKET_MY_SECURITY: return FT_TRD_SEC_MARKET_MY;
    case FT_QOT_MARKET_CA_SECURITY: return FT_TRD_SEC_MARKET_CA;
    default: return FT_TRD_SEC_MARKET_UNKNOWN;
    }
}

/* ---- Real accounts ------------------------------------------------------------------------------- */

/* The password of --password-file, or asked for. False after a printed error. */
static bool read_password(const struct cli_args *args, char *out, size_t size)
{
    const char *path = cli_arg(args, "password-file");
    if (!path) {
        if (cli_secret("Trading password: ", out, size))
            return true;
        fputs("ftcli: a real account is to be unlocked: give --password-file, or run it on a "
              "terminal\n",
              stderr);
        return false;
    }
    FILE *in = fopen(path, "r");
    const char *why = !in ? strerror(errno) : !fgets(out, (int)size, in) ? "it is empty" : NULL;
    if (!why && !strchr(out, '\n') && getc(in) != EOF)
        why = "its first line is too long for a password";
    if (in)
        fclose(in);
    if (why)
        fprintf(stderr, "ftcli: --password-file=%s: %s\n", path, why);
    else
        out[strcspn(out, "\r\n")] = '\0';
    return !why;
}

static int unlock(struct cli *cli, const struct cli_args *args)
{
    char password[256], md5[33];
    if (!read_password(args, password, sizeof password))
        return CLI_EXIT_DECLINED;
    bool hashed = ft_md5_text(password, md5) == FT_STATUS_OK;
    explicit_bzero(password, sizeof password);
    if (!hashed) {
        fputs("ftcli: this system has no MD5, which the protocol wants\n", stderr);
        return CLI_EXIT_FAILED;
    }
    struct ft_trade_unlock_request request = {.unlock = true, .pwd_md5 = md5};
    enum ft_status s = ft_trade_unlock(cli->client, &request, &cli->reply, NULL);
    explicit_bzero(md5, sizeof md5);
    return cli_ended(cli, s, "unlock");
}

/* Before a write: a real account asks, unless --yes, and is unlocked. */
static int permit(struct cli *cli, const struct cli_args *args, const struct ft_trd_header *header,
                  const char *what)
{
    char question[512];
    if (header->trd_env != FT_TRD_ENV_REAL)
        return CLI_EXIT_OK;
    snprintf(question, sizeof question, "%s with the REAL account %llu?", what,
             (unsigned long long)header->acc_id);
    if (!cli->yes && !cli_confirm(question)) {
        fputs("ftcli: not confirmed; nothing was sent\n", stderr);
        return CLI_EXIT_DECLINED;
    }
    return unlock(cli, args);
}

/* ---- buy, sell ------------------------------------------------------------------------------------ */

/* A number of an option into a field and its has_. False after a printed error. */
static bool number(const struct cli_args *args, const char *name, double *out, bool *has)
{
    const char *value = cli_arg(args, name);
    *has = value != NULL;
    return !value || cli_double(value, name, out);
}

static bool read_order(const struct cli_args *args, struct ft_order_place_request *r)
{
    const char *type = cli_arg(args, "type"), *tif = cli_arg(args, "tif"),
               *session = cli_arg(args, "session");
    r->has_price = args->count > 2;
    r->order_type = r->has_price ? FT_ORDER_TYPE_NORMAL : FT_ORDER_TYPE_MARKET;
    if (!cli_double(args->positional[1], "quantity", &r->qty) ||
        (r->has_price && !cli_double(args->positional[2], "price", &r->price)) ||
        !number(args, "trigger", &r->aux_price, &r->has_aux_price) ||
        !number(args, "trail", &r->trail_value, &r->has_trail_value) ||
        !number(args, "trail-spread", &r->trail_spread, &r->has_trail_spread))
        return false;
    if (type && ft_enum_parse(&ft_order_type_info, type, &r->order_type)) {
        cli_usage(
            "--type=%s: allowed are Normal, Market, AbsoluteLimit, Auction, AuctionLimit, "
            "SpecialLimit, "
            "Stop, StopLimit, MarketifTouched, LimitifTouched, TrailingStop, TrailingStopLimit",
            type);
        return false;
    }
    if (tif) {
        r->has_time_in_force = true;
        ft_enum_parse(&ft_time_in_force_info, tif, &r->time_in_force);
    }
    if (session) {
        r->has_session = true;
        ft_enum_parse(&ft_trading_session_info, session, &r->session);
    }
    if (r->has_trail_value) {
        r->has_trail_type = true;
        r->trail_type = cli_flag(args, "trail-amount") ? FT_TRAIL_TYPE_AMOUNT : FT_TRAIL_TYPE_RATIO;
    }
    r->expire_time = cli_arg(args, "expire");
    r->remark = cli_arg(args, "remark");
    return true;
}

static const struct cli_column placed_columns[] = {
    {"order_id", "Order", CLI_TEXT, 0},  {"acc_id", "Account", CLI_TEXT, 0},
    {"env", "Environment", CLI_TEXT, 0}, {"code", "Code", CLI_TEXT, 0},
    {"side", "Side", CLI_TEXT, 0},       {"type", "Type", CLI_TEXT, 0},
    {"qty", "Quantity", CLI_NUMBER, -1}, {"price", "Price", CLI_NUMBER, -1},
};

struct followed {
    struct cli_live live;
    int code;
    bool ended;
};

static void on_change(void *user, const struct ft_order_change *change)
{
    struct followed *f = user;
    switch (change->event) {
    case FT_ORDER_EVENT_REFUSED:
    case FT_ORDER_EVENT_UNKNOWN:
        fprintf(stderr, "ftcli: order: %s\n", ft_reply_text(change->reply));
        f->code = change->event == FT_ORDER_EVENT_REFUSED ? CLI_EXIT_REFUSED : CLI_EXIT_TIMEOUT;
        f->ended = true;
        break;
    case FT_ORDER_EVENT_CHANGED:
    case FT_ORDER_EVENT_FINAL: {
        struct cli_table *t = cli_order_table();
        cli_order_row(t, change->order);
        cli_live_print_lines(&f->live, t);
        f->live.seen++;
        f->ended = change->event == FT_ORDER_EVENT_FINAL;
        if (f->ended && change->order->order_status != FT_ORDER_STATUS_FILLED_ALL)
            f->code = CLI_EXIT_REFUSED;
        break;
    }
    case FT_ORDER_EVENT_ACCEPTED: break;
    }
    f->live.over = f->ended;
}

static int place_and_follow(struct cli *cli, const struct cli_args *args,
                            const struct ft_order_place_request *request)
{
    struct followed f = {.code = CLI_EXIT_OK};
    struct ft_order_tracker *tracker = NULL;
    if (!cli_live_begin(cli, args, &f.live))
        return CLI_EXIT_USAGE;
    struct ft_account_push_subscribe_request pushes = {.acc_id_list = &request->header->acc_id,
                                                       .acc_id_list_count = 1};
    int code = cli_ended(cli, ft_account_push_subscribe(cli->client, &pushes, &cli->reply, NULL),
                         "order pushes");
    if (code || (code = cli_ended(cli, ft_order_tracker_new(cli->client, &tracker), "order")))
        return code;
    code = cli_ended(cli, ft_order_tracker_place(tracker, request, on_change, &f, NULL), "order");
    if (code == CLI_EXIT_OK)
        code = cli_live_run(&f.live);
    if (code == CLI_EXIT_OK && !f.ended)
        fprintf(stderr, "ftcli: the order has not come to its end yet\n");
    ft_order_tracker_free(tracker);
    return code ? code : !f.ended ? CLI_EXIT_TIMEOUT : f.code;
}

static int place(struct cli *cli, const struct cli_args *args, int32_t side)
{
    struct ft_security security;
    struct ft_trd_header header;
    struct ft_order_place_request request = {.header = &header, .trd_side = side};
    int code;
    if (!cli_security(args->positional[0], &security) || !read_order(args, &request))
        return CLI_EXIT_USAGE;
    if ((code = cli_account(cli, args, trading_market(&security), &header)))
        return code;
    header.trd_market = trading_market(&security) ? trading_market(&security) : header.trd_market;
    request.code = security.code;
    request.sec_market = security_market(&security);
    request.has_sec_market = request.sec_market != 0;

    char what[256], price[CLI_NUMBER_MAX] = "the market's price";
    if (request.has_price)
        cli_number_text(request.price, -1, price);
    snprintf(what, sizeof what, "%s %s %s at %s", side == FT_TRD_SIDE_BUY ? "Buy" : "Sell",
             args->positional[1], args->positional[0], price);
    if ((code = permit(cli, args, &header, what)))
        return code;
    if (cli_flag(args, "wait"))
        return place_and_follow(cli, args, &request);
    const struct ft_order_place_reply *data;
    if ((code = cli_ended(cli, ft_order_place(cli->client, &request, &cli->reply, &data), "order")))
        return code;
    struct cli_table *t =
        cli_table_new(placed_columns, sizeof placed_columns / sizeof placed_columns[0]);
    cli_unsigned(t, data && data->has_order_id ? data->order_id : 0);
    cli_unsigned(t, header.acc_id);
    cli_enum(t, &ft_trd_env_info, header.trd_env);
    cli_code(t, &security);
    cli_enum(t, &ft_trd_side_info, side);
    cli_enum(t, &ft_order_type_info, request.order_type);
    cli_number(t, request.qty);
    cli_number_if(t, request.has_price, request.price);
    return cli_show(cli, t);
}

int cmd_buy(struct cli *cli, const struct cli_args *args)
{
    return place(cli, args, FT_TRD_SIDE_BUY);
}

int cmd_sell(struct cli *cli, const struct cli_args *args)
{
    return place(cli, args, FT_TRD_SIDE_SELL);
}

/* ---- modify, cancel --------------------------------------------------------------------------------- */

static const struct cli_column modified_columns[] = {{"order_id", "Order", CLI_TEXT, 0}};

static bool order_id(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    *out = v;
    if (!errno && v && !*end && isdigit((unsigned char)*text))
        return true;
    cli_usage("%s is no order; ftcli orders lists them", text);
    return false;
}

static int modify(struct cli *cli, const struct cli_args *args,
                  const struct ft_order_modify_request *wanted, const char *what)
{
    struct ft_trd_header header;
    struct ft_order_modify_request request = *wanted;
    const struct ft_order_modify_reply *data;
    request.header = &header;
    int code = cli_account(cli, args, 0, &header);
    if (code || (code = permit(cli, args, &header, what)) ||
        (code =
             cli_ended(cli, ft_order_modify(cli->client, &request, &cli->reply, &data), "order")))
        return code;
    struct cli_table *t = cli_table_new(modified_columns, 1);
    if (request.for_all)
        cli_text(t, "all");
    else
        cli_unsigned(t, data ? data->order_id : request.order_id);
    return cli_show(cli, t);
}

int cmd_modify(struct cli *cli, const struct cli_args *args)
{
    struct ft_order_modify_request request = {.modify_order_op = FT_MODIFY_ORDER_OP_NORMAL};
    char what[128];
    if (!order_id(args->positional[0], &request.order_id) ||
        !number(args, "qty", &request.qty, &request.has_qty) ||
        !number(args, "price", &request.price, &request.has_price) ||
        !number(args, "trigger", &request.aux_price, &request.has_aux_price))
        return CLI_EXIT_USAGE;
    if (!request.has_qty && !request.has_price && !request.has_aux_price)
        return cli_usage("modify: what is to change? --qty, --price or --trigger");
    snprintf(what, sizeof what, "Change order %llu", (unsigned long long)request.order_id);
    return modify(cli, args, &request, what);
}

int cmd_cancel(struct cli *cli, const struct cli_args *args)
{
    bool all = cli_flag(args, "all");
    struct ft_order_modify_request request = {
        .modify_order_op = FT_MODIFY_ORDER_OP_CANCEL, .for_all = all, .has_for_all = all};
    char what[128] = "Cancel all orders";
    if (all == (args->count == 1))
        return cli_usage("cancel: an order's ID, or --all");
    if (!all && !order_id(args->positional[0], &request.order_id))
        return CLI_EXIT_USAGE;
    if (!all)
        snprintf(what, sizeof what, "Cancel order %llu", (unsigned long long)request.order_id);
    return modify(cli, args, &request, what);
}
