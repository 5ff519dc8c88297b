/* The table of commands, and the help that is read off it; complete.c and man.c read completion and man page. */
#include "cli/cli.h"

#include <string.h>

#define KTYPES "K_1M K_3M K_5M K_15M K_30M K_60M K_DAY K_WEEK K_MON K_QUARTER K_YEAR"
/* clang-format off: rows, not blocks */
#define LIVE                                                                                       \
    {"live", NULL, "go on with each push, until Ctrl-C", NULL},                                    \
        {"count", "N", "live: end after so many", NULL},                                           \
    {                                                                                              \
        "seconds", "N", "live: end after so long", NULL                                            \
    }
#define ACCOUNT                                                                                    \
    {"acc", "ID", "the account; without it the first one of --env", NULL},                         \
        {"env", "ENV", "simulate (default) or real", "simulate real"},                             \
    {                                                                                              \
        "market", "MARKET", "HK, US, CN, HKCC, SG, JP, Futures ...", NULL                          \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL, NULL                                                                     \
    }
/* clang-format on */

static const struct cli_option watch_options[] = {{"count", "N", "end after so many quotes", NULL},
                                                  {"seconds", "N", "end after so long", NULL},
                                                  END};
static const struct cli_option book_options[] = {{"levels", "N", "1 to 60 (10)", NULL}, LIVE, END};
static const struct cli_option tick_options[] = {
    {"num", "N", "the last 1 to 1000 (20)", NULL}, LIVE, END};
static const struct cli_option kline_options[] = {
    {"ktype", "TYPE", "period (K_DAY)", KTYPES},
    {"num", "N", "the last 1 to 1000 (30)", NULL},
    {"rehab", "KIND", "adjustment: forward (default), backward, none", "forward backward none"},
    {"chart", NULL, "candles in the terminal", NULL},
    LIVE,
    END};
static const struct cli_option chain_options[] = {
    {"expiry", "DAY", "contracts of that day; without it the days are listed", NULL}, END};
static const struct cli_option screen_options[] = {
    {"min-price", "N", "least price", NULL},
    {"max-price", "N", "greatest price", NULL},
    {"min-cap", "N", "least market value, millions", NULL},
    {"max-cap", "N", "greatest market value, millions", NULL},
    {"min-pe", "N", "least P/E", NULL},
    {"max-pe", "N", "greatest P/E", NULL},
    {"min-pb", "N", "least P/B", NULL},
    {"max-pb", "N", "greatest P/B", NULL},
    {"min-ytd", "N", "least change since the year's beginning, percent", NULL},
    {"max-ytd", "N", "greatest change since the year's beginning, percent", NULL},
    {"sort", "FIELD", "price, cap, pe, pb or ytd", "price cap pe pb ytd"},
    {"descending", NULL, "the greatest first", NULL},
    {"plate", "CODE", "only of this plate", NULL},
    {"num", "N", "at most so many (50)", NULL},
    END};
static const struct cli_option plate_options[] = {
    {"type", "TYPE", "All (default), Industry, Region, Concept", "All Industry Region Concept"},
    END};
static const struct cli_option account_options[] = {ACCOUNT, END};
static const struct cli_option fund_options[] = {
    ACCOUNT, {"currency", "CURRENCY", "HKD, USD, CNH ... (universal accounts)", NULL}, END};
static const struct cli_option order_list_options[] = {
    ACCOUNT,
    {"open", NULL, "only those that can still change", NULL},
    {"from", "TIME", "history from then, yyyy-MM-dd HH:mm:ss", NULL},
    {"to", "TIME", "to then", NULL},
    END};
static const struct cli_option fill_options[] = {
    ACCOUNT,
    {"from", "TIME", "history from then, yyyy-MM-dd HH:mm:ss", NULL},
    {"to", "TIME", "to then", NULL},
    END};
static const struct cli_option modify_options[] = {
    ACCOUNT,
    {"qty", "N", "the new quantity", NULL},
    {"price", "N", "the new price", NULL},
    {"trigger", "N", "the new trigger price", NULL},
    {"password-file", "FILE", "trading password of a real account, first line", NULL},
    END};
static const struct cli_option cancel_options[] = {
    ACCOUNT,
    {"all", NULL, "every order of the account", NULL},
    {"password-file", "FILE", "trading password of a real account, first line", NULL},
    END};
static const struct cli_option reminder_options[] = {
    {"freq", "HOW", "Always (default), OnceADay, OnlyOnce", "Always OnceADay OnlyOnce"},
    {"note", "TEXT", "shown with it", NULL},
    END};
static const struct cli_option history_options[] = {
    {"ktype", "TYPE", "period (K_DAY)", KTYPES},
    {"from", "DAY", "first day, yyyy-MM-dd", NULL},
    {"to", "DAY", "last day", NULL},
    {"out", "DIR", "folder of the files (.)", NULL},
    {"rehab", "KIND", "adjustment: forward (default), backward, none", "forward backward none"},
    END};

const struct cli_command cli_commands[] = {
    {"quote", "CODE...", "real-time quotes", cmd_quote, 1, 400, NULL},
    {"snapshot", "CODE...", "snapshots, without subscription", cmd_snapshot, 1, 400, NULL},
    {"watch", "CODE...", "quotes as they change", cmd_watch, 1, 400, watch_options},
    {"book", "CODE", "the order book", cmd_book, 1, 1, book_options},
    {"ticks", "CODE", "the last trades", cmd_ticks, 1, 1, tick_options},
    {"kline", "CODE", "bars, as a table or a chart", cmd_kline, 1, 1, kline_options},
    {"chain", "CODE", "options of an underlying", cmd_chain, 1, 1, chain_options},
    {"screen", "MARKET", "stocks by conditions", cmd_screen, 1, 1, screen_options},
    {"plates", "MARKET|PLATE", "plates of a market, or securities of a plate", cmd_plates, 1, 1,
     plate_options},
    {"sub", "", "subscriptions at the gateway", cmd_sub, 0, 0, NULL},
    {"history", "download CODE...", "bars of a period into CSV files", cmd_history, 2, 500,
     history_options},
    {"accounts", "", "trading accounts", cmd_accounts, 0, 0, NULL},
    {"funds", "", "cash and assets of an account", cmd_funds, 0, 0, fund_options},
    {"positions", "", "what an account holds", cmd_positions, 0, 0, account_options},
    {"orders", "", "orders of today, or of a range", cmd_orders, 0, 0, order_list_options},
    {"fills", "", "fills of today, or of a range", cmd_fills, 0, 0, fill_options},
    {"buy", "CODE QTY [PRICE]", "place a buy order", cmd_buy, 2, 3, cli_order_options},
    {"sell", "CODE QTY [PRICE]", "place a sell order", cmd_sell, 2, 3, cli_order_options},
    {"modify", "ORDER", "change an order", cmd_modify, 1, 1, modify_options},
    {"cancel", "ORDER|--all", "cancel an order, or all", cmd_cancel, 0, 1, cancel_options},
    {"reminder", "list|add|delete ...",
     "price reminders: list [MARKET|CODE], add CODE TYPE VALUE, delete CODE [KEY]", cmd_reminder, 0,
     4, reminder_options},
    {"watchlist", "groups|show|add|remove ...",
     "watch lists: groups, show GROUP, add GROUP CODE..., remove GROUP CODE...", cmd_watchlist, 0,
     500, NULL},
    {"call", "PROTOCOL [JSON]", "any protocol: its c2s as JSON, @FILE or - for standard input",
     cmd_call, 1, 2, NULL},
    {"state", "", "what the gateway is, and its markets, rights and quotas", cmd_state, 0, 0, NULL},
    {"reset", "ACCOUNT", "set an account of opend back to its beginning", cmd_reset, 1, 1, NULL},
    {"completion", "bash|zsh", "a script of completions for the shell", cmd_completion, 1, 1, NULL},
    {"help", "[COMMAND]", "this list, or a command's options", cmd_help, 0, 1, NULL},
    {"man", "", NULL, cmd_man, 0, 0, NULL}, /* the build makes ftcli.1 with it */
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* ---- help ----------------------------------------------------------------------------------------- */

static void print_options(const struct cli_option *o)
{
    for (; o && o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-22s %s", left, o->help);
        if (o->words && !strstr(o->help, "default") && strlen(o->words) > 30)
            printf(": %s", o->words);
        putchar('\n');
    }
}

int cmd_help(struct cli *cli, const struct cli_args *args)
{
    (void)cli;
    if (!args->count) {
        fputs("ftcli: the command line of the Futu/moomoo OpenAPI, for opend and for the official "
              "OpenD\n\n"
              "usage: ftcli [options] COMMAND [arguments] [options]\n\n",
              stdout);
        for (const struct cli_command *c = cli_commands; c->name; c++)
            if (c->summary)
                printf("  %-10s %s\n", c->name, c->summary);
        fputs("\noptions of all commands:\n", stdout);
        print_options(cli_globals);
        fputs("\nftcli help COMMAND tells its arguments and options.\n", stdout);
        return CLI_EXIT_OK;
    }
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary || strcmp(c->name, args->positional[0]) != 0)
            continue;
        printf("usage: ftcli %s %s\n\n%s\n", c->name, c->arguments, c->summary);
        if (c->options)
            putchar('\n');
        print_options(c->options);
        return CLI_EXIT_OK;
    }
    return cli_usage("%s is no command; ftcli help lists them", args->positional[0]);
}
