/* The connection, and what most commands do with it. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("ftcli: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return CLI_EXIT_USAGE;
}

int cli_ended(struct cli *cli, enum ft_status status, const char *what)
{
    if (status == FT_STATUS_OK)
        return CLI_EXIT_OK;
    fprintf(stderr, "ftcli: %s: %s\n", what, ft_client_last_error(cli->client));
    switch (status) {
    case FT_STATUS_REFUSED: return CLI_EXIT_REFUSED;
    case FT_STATUS_TIMEOUT: return CLI_EXIT_TIMEOUT;
    case FT_STATUS_INVALID:
    case FT_STATUS_NOT_FOUND: return CLI_EXIT_USAGE;
    case FT_STATUS_NO_MEMORY:
    case FT_STATUS_LIMIT: return CLI_EXIT_FAILED;
    default: return CLI_EXIT_CONNECTION;
    }
}

int cli_connect(struct cli *cli)
{
    if (cli->client)
        return CLI_EXIT_OK;
    struct ft_client_options o;
    ft_client_options_init(&o, sizeof o);
    o.host = cli->host;
    o.port = cli->port;
    o.client_id = "ftcli";
    o.call_timeout_ms = cli->timeout_ms;
    o.rsa_key_path = cli->key;
    if (cli->key)
        o.encryption = FT_ENCRYPTION_AES_CBC;
    enum ft_status s = ft_client_new(&o, &cli->client);
    bool file = s == FT_STATUS_IO; /* the key's */
    if (s == FT_STATUS_OK)
        s = ft_client_connect(cli->client, cli->timeout_ms);
    if (s == FT_STATUS_OK)
        return CLI_EXIT_OK;
    fprintf(stderr, "ftcli: cannot connect to %s:%u: %s\n", cli->host, cli->port,
            ft_client_last_error(cli->client));
    return s == FT_STATUS_INVALID ? CLI_EXIT_USAGE : file ? CLI_EXIT_FAILED : CLI_EXIT_CONNECTION;
}

void cli_disconnect(struct cli *cli)
{
    ft_reply_free(cli->reply);
    ft_client_free(cli->client);
    cli->reply = NULL;
    cli->client = NULL;
}

bool cli_security(const char *text, struct ft_security *out)
{
    if (ft_security_parse(text, out) == FT_STATUS_OK)
        return true;
    cli_usage(
        "%s is no security: MARKET.CODE is wanted, for instance HK.00700, US.AAPL or SH.600519",
        text);
    return false;
}

bool cli_securities(const struct cli_args *args, size_t from, struct ft_security *out, size_t max,
                    size_t *count)
{
    *count = 0;
    for (size_t k = from; k < args->count; k++) {
        if (*count == max) {
            cli_usage("at most %zu securities are taken at once", max);
            return false;
        }
        if (!cli_security(args->positional[k], &out[*count]))
            return false;
        ++*count;
    }
    return true;
}

void cli_code(struct cli_table *t, const struct ft_security *s)
{
    char text[128];
    cli_text(t, ft_security_print(s, text, sizeof text) ? text : s->code);
}

void cli_enum(struct cli_table *t, const struct ft_enum *e, int32_t value)
{
    const char *text = ft_enum_text(e, value);
    char number[16];
    snprintf(number, sizeof number, "%d", value);
    cli_text(t, text ? text : number);
}

int cli_show(struct cli *cli, struct cli_table *t)
{
    struct cli_print how = {.form = cli->form, .colour = cli->colour};
    int rows;
    if (cli->terminal)
        cli_size(stdout, &how.columns, &rows);
    cli_table_print(t, stdout, &how);
    cli_table_free(t);
    return CLI_EXIT_OK;
}

int cli_subscribe(struct cli *cli, const struct ft_security *list, size_t count,
                  const int32_t *types, size_t type_count)
{
    struct ft_quote_subscribe_request request = {
        .security_list = list,
        .security_list_count = count,
        .sub_type_list = types,
        .sub_type_list_count = type_count,
        .is_sub_or_un_sub = true,
        .is_reg_or_un_reg_push = true,
        .has_is_reg_or_un_reg_push = true,
    };
    return cli_ended(cli, ft_quote_subscribe(cli->client, &request, &cli->reply, NULL),
                     "subscribe");
}

bool cli_same(const struct ft_security *a, const struct ft_security *b)
{
    return a->market == b->market && a->code && b->code && strcmp(a->code, b->code) == 0;
}
