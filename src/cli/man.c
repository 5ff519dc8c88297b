/* The manual page ftcli.1, which the build makes with the hidden command `ftcli man`: commands and options are those of
 * the table. */
#include "cli/cli.h"

#include <string.h>

/* Text in roff that does not begin with a point or a quote: what it would take for its own is escaped. */
static void put(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

/* As a sentence: the table's texts begin small and end without a point. */
static void put_sentence(const char *text)
{
    char first[2] = {text[0], '\0'};
    if (*text >= 'a' && *text <= 'z')
        first[0] = (char)(*text - 'a' + 'A');
    put(first);
    put(text + 1);
}

static void put_options(const struct cli_option *o)
{
    for (; o && o->name; o++) {
        fputs(".TP\n\\fB\\-\\-", stdout);
        put(o->name);
        fputs("\\fR", stdout);
        if (o->value) {
            fputs(" \\fI", stdout);
            put(o->value);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        put_sentence(o->help);
        if (o->words) {
            fputs("; one of: ", stdout);
            put(o->words);
        }
        fputs(".\n", stdout);
    }
}

static void put_commands(void)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary)
            continue;
        fputs(".SS ", stdout);
        put(c->name);
        if (*c->arguments) {
            putchar(' ');
            put(c->arguments);
        }
        putchar('\n');
        put_sentence(c->summary);
        fputs(".\n", stdout);
        put_options(c->options);
    }
}

static const char head[] =
    ".SH NAME\nftcli \\- quotes, charts and orders of the Futu/moomoo OpenAPI\n"
    ".SH SYNOPSIS\n.B ftcli\n[\\fIoptions\\fR] \\fICOMMAND\\fR [\\fIarguments\\fR] "
    "[\\fIoptions\\fR]\n"
    ".SH DESCRIPTION\n"
    "Asks a gateway, which is opend or the official OpenD, and prints what it answers: a table for "
    "people, with\n"
    "\\fB\\-\\-json\\fR or \\fB\\-\\-csv\\fR everything for programs. Securities are MARKET.CODE: "
    "HK.00700, US.AAPL,\n"
    "SH.600519. On a terminal, columns for which there is no room are left out and named below the "
    "table.\n"
    ".PP\n"
    "Trading commands use the first simulated account that fits, unless \\fB\\-\\-acc\\fR or "
    "\\fB\\-\\-env real\\fR says\n"
    "otherwise. With a real account each of them asks first (\\fB\\-\\-yes\\fR: not), and unlocks "
    "trading with the\n"
    "password of \\fB\\-\\-password\\-file\\fR, or asks for it; it stays unlocked at the gateway "
    "afterwards.\n";

static const char tail[] =
    ".SH ENVIRONMENT\n"
    "The options \\fBhost\\fR, \\fBport\\fR, \\fBkey\\fR, \\fBtimeout\\fR, \\fBjson\\fR, "
    "\\fBcsv\\fR and \\fBcolor\\fR may also be\n"
    "given as FTCLI_HOST, FTCLI_PORT and so on; flags as 1, or 0 to take back what the file has. "
    "The command line comes\n"
    "first, then the environment, then the file.\n"
    ".TP\nFTCLI_CONFIG\nThe configuration file in place of the one below; empty: none.\n"
    ".TP\nNO_COLOR\nNo colours, if it is not empty.\n"
    ".SH FILES\n"
    ".TP\n$XDG_CONFIG_HOME/ftcli/config, ~/.config/ftcli/config\n"
    "Lines KEY=VALUE with the keys above; those that begin with # and empty ones mean nothing.\n"
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone.\n"
    ".TP\n1\nThe gateway refused, or the order that was waited for was not filled.\n"
    ".TP\n2\nWrong use.\n"
    ".TP\n3\nThere is no connection, or it was lost.\n"
    ".TP\n4\nNo answer in time, or the order that was waited for has not come to its end.\n"
    ".TP\n5\nNot confirmed, or there was nobody to ask.\n"
    ".TP\n6\nThis machine: a file, the standard output, memory.\n"
    ".SH EXAMPLES\n"
    ".nf\nftcli watch HK.00700 US.AAPL\n"
    "ftcli kline HK.00700 \\-\\-chart\n"
    "ftcli buy HK.00700 100 350.2 \\-\\-wait\n"
    "ftcli call Qot_GetBasicQot \\(aq{\"securityList\": [{\"market\": 1, \"code\": "
    "\"00700\"}]}\\(aq\n"
    "ftcli positions \\-\\-json | jq \\-r \\(aq.[] | \"\\e(.code) \\e(.pl)\"\\(aq\n.fi\n";

int cmd_man(struct cli *cli, const struct cli_args *args)
{
    (void)cli;
    (void)args;
    printf(".TH FTCLI 1 \"\" \"ftcli %s\" \"User Commands\"\n", FTAPI_VERSION);
    fputs(head, stdout);
    fputs(".SH OPTIONS OF ALL COMMANDS\n", stdout);
    put_options(cli_globals);
    fputs(".SH COMMANDS\n", stdout);
    put_commands();
    fputs(tail, stdout);
    return CLI_EXIT_OK;
}
