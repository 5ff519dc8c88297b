/* ftcli: what its files share. A command is a row of one table (commands.c): help, completion and the man page are
 * read off it. */
#ifndef FT_CLI_CLI_H
#define FT_CLI_CLI_H

#include "cli/table.h"
#include "cli/term.h"

#include <ftapi/convert.h>
#include <ftapi/ftapi.h>
#include <ftapi/protocols.h>
#include <ftapi/tracker.h>

enum { CLI_POSITIONALS_MAX = 512, CLI_OPTIONS_MAX = 32 };

/* A parameter "--name VALUE" or "--name". */
struct cli_option {
    const char *name;
    const char *value; /* what stands for it in the help: "N"; NULL: a flag */
    const char *help;
    const char *words; /* allowed values, with blanks, for completion and checks; NULL: any */
};

/* The words behind the command, sorted. */
struct cli_args {
    size_t count;
    const char *positional[CLI_POSITIONALS_MAX];
    size_t options;
    struct {
        const struct cli_option *option;
        const char *value;
    } given[CLI_OPTIONS_MAX];
};

struct cli {
    /* Global options: command line before environment (FTCLI_HOST ...) before the configuration file. */
    const char *host;
    uint16_t port;
    const char *key;     /* file of the RSA key; NULL: no encryption */
    uint32_t timeout_ms; /* of a call */
    enum cli_form form;
    bool colour;
    bool terminal;            /* stdout is one that can be drawn on */
    bool yes;                 /* no questions */
    struct ft_client *client; /* cli_connect */
    struct ft_reply *reply;   /* of the call made last, reused */
};

struct cli_command {
    const char *name;
    const char *arguments; /* "CODE..." */
    const char *summary;   /* one line; NULL: a command that is not shown */
    int (*run)(struct cli *cli, const struct cli_args *args);
    size_t least, most;               /* positional arguments */
    const struct cli_option *options; /* ends with a NULL name; NULL: none */
};

extern const struct cli_command cli_commands[];     /* ends with a NULL name */
extern const struct cli_option cli_globals[];       /* likewise */
extern const struct cli_option cli_order_options[]; /* likewise: of buy and sell */

/* options.c */

/* Reads environment and file, then the words before and behind the command. The command found, NULL after an error
 * that was printed (*code then). */
const struct cli_command *cli_parse(struct cli *cli, int argc, char **argv, struct cli_args *args,
                                    int *code);
/* The value of an option, NULL: not given. A flag's is "". */
const char *cli_arg(const struct cli_args *args, const char *name);
static inline bool cli_flag(const struct cli_args *args, const char *name)
{
    return cli_arg(args, name) != NULL;
}
/* A whole number within [min, max], `otherwise` when not given; false after a printed error. */
bool cli_int_arg(const struct cli_args *args, const char *name, int64_t min, int64_t max,
                 int64_t otherwise, int64_t *out);
bool cli_double(const char *text, const char *what, double *out);

/* session.c */

/* Connects once; an exit code. */
int cli_connect(struct cli *cli);
void cli_disconnect(struct cli *cli);
/* Prints why a call failed, and its exit code; CLI_EXIT_OK passes silently. */
int cli_ended(struct cli *cli, enum ft_status status, const char *what);
/* An error of use: printed, CLI_EXIT_USAGE. */
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A code as "HK.00700"; false after a printed error. */
bool cli_security(const char *text, struct ft_security *out);
/* All positional arguments from `from` on; false likewise. */
bool cli_securities(const struct cli_args *args, size_t from, struct ft_security *out, size_t max,
                    size_t *count);
/* "HK.00700" into the next cell. */
void cli_code(struct cli_table *t, const struct ft_security *s);
/* Text of an enum's value into the next cell. */
void cli_enum(struct cli_table *t, const struct ft_enum *e, int32_t value);
/* Prints the table in the form that the user wants, frees it; CLI_EXIT_OK. */
int cli_show(struct cli *cli, struct cli_table *t);
/* Subscribes, with pushes; an exit code. */
int cli_subscribe(struct cli *cli, const struct ft_security *list, size_t count,
                  const int32_t *types, size_t type_count);
bool cli_same(const struct ft_security *a, const struct ft_security *b);

/* live.c: commands that go on until --count pushes, --seconds, what they wait for, or Ctrl-C */

enum { CLI_COLUMNS_MAX = 24 };
struct cli_live {
    struct cli *cli;
    int64_t seen, wanted; /* pushes; wanted 0: no end */
    double seconds;       /* below 0: no end */
    bool over;            /* the command has what it waited for */
    bool drawn;
    size_t widths[CLI_COLUMNS_MAX]; /* of printed lines */
    char title[256];
};
/* Reads --count and --seconds; false after a printed error. */
bool cli_live_begin(struct cli *cli, const struct cli_args *args, struct cli_live *l);
/* Whether the table is drawn over itself: people's form on a terminal. */
bool cli_live_redraws(const struct cli_live *l);
void cli_live_title(struct cli_live *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool cli_live_enough(const struct cli_live *l);
/* Prints the table as the newest state, or as one more line each row; frees it. */
void cli_live_print(struct cli_live *l, struct cli_table *t);
void cli_live_print_lines(struct cli_live *l, struct cli_table *t);
/* Dispatches until the end; an exit code. */
int cli_live_run(struct cli_live *l);

/* quotes.c */

/* Of a name that the option's declared words allow. */
int32_t cli_kline_type(const char *name);
const char *cli_kline_name(const char *name);        /* as it is spelt: "k_day" is "K_DAY" */
int32_t cli_rehab_type(const struct cli_args *args); /* --rehab */

/* lists.c */

/* "HK" -> 1; false after a printed error. */
bool cli_quote_market(const char *text, int32_t *out);
/* Code, name, type, lot size, listing date into the next five cells. */
void cli_static(struct cli_table *t, const struct ft_security_static_basic *b);

/* accounts.c: which account a trading command means */

/* Chooses by --acc, or the first one of --env and the market (enum ft_trd_market; 0: --market, else any); an exit
 * code. */
int cli_account(struct cli *cli, const struct cli_args *args, int32_t market,
                struct ft_trd_header *out);
/* "HK.00700" of the trading side's market and code, into the next cell. */
void cli_traded_code(struct cli_table *t, bool has_market, int32_t sec_market, const char *code);
struct cli_table *cli_order_table(void);
void cli_order_row(struct cli_table *t, const struct ft_order *o);

/* The commands. */
typedef int cli_run(struct cli *cli, const struct cli_args *args);
cli_run cmd_quote, cmd_snapshot, cmd_book, cmd_ticks, cmd_kline, cmd_watch, cmd_sub;
cli_run cmd_chain, cmd_screen, cmd_plates, cmd_history;
cli_run cmd_accounts, cmd_funds, cmd_positions, cmd_orders, cmd_fills;
cli_run cmd_buy, cmd_sell, cmd_modify, cmd_cancel;
cli_run cmd_reminder, cmd_watchlist;
cli_run cmd_call, cmd_state, cmd_reset;
cli_run cmd_help, cmd_completion, cmd_man;

#endif
