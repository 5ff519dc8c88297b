/* Lists of securities: option chains, screens, plates. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- chain -------------------------------------------------------------------------------------- */

static const struct cli_column expiry_columns[] = {{"expiry", "Expiry", CLI_TEXT, 0},
                                                   {"days", "Days", CLI_NUMBER, 0},
                                                   {"cycle", "Cycle", CLI_TEXT, 0}};

static int list_expiries(struct cli *cli, const struct ft_security *owner)
{
    struct ft_option_expiration_date_get_request request = {.owner = *owner};
    const struct ft_option_expiration_date_get_reply *data;
    int code = cli_ended(
        cli, ft_option_expiration_date_get(cli->client, &request, &cli->reply, &data), "chain");
    if (code)
        return code;
    struct cli_table *t =
        cli_table_new(expiry_columns, sizeof expiry_columns / sizeof expiry_columns[0]);
    for (size_t k = 0; data && k < data->date_list_count; k++) {
        cli_text(t, data->date_list[k].strike_time);
        cli_integer(t, data->date_list[k].option_expiry_date_distance);
        if (data->date_list[k].has_cycle)
            cli_enum(t, &ft_expiration_cycle_info, data->date_list[k].cycle);
        else
            cli_absent(t);
    }
    return cli_show(cli, t);
}

static const struct cli_column chain_columns[] = {
    {"expiry", "Expiry", CLI_TEXT, 0},
    {"call", "Call", CLI_TEXT, 0},
    {"strike", "Strike", CLI_NUMBER, -1},
    {"put", "Put", CLI_TEXT, 0},
    {"lot_size", "Contract size", CLI_NUMBER, 0},
};

static void chain_cell(struct cli_table *t, const struct ft_security_static_info *info)
{
    if (info && info->basic)
        cli_code(t, &info->basic->security);
    else
        cli_absent(t);
}

int cmd_chain(struct cli *cli, const struct cli_args *args)
{
    const char *expiry = cli_arg(args, "expiry");
    struct ft_option_chain_get_request request = {.begin_time = expiry, .end_time = expiry};
    const struct ft_option_chain_get_reply *data;
    int code;
    if (!cli_security(args->positional[0], &request.owner))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)))
        return code;
    if (!expiry)
        return list_expiries(cli, &request.owner);
    if ((code = cli_ended(cli, ft_option_chain_get(cli->client, &request, &cli->reply, &data),
                          "chain")))
        return code;
    struct cli_table *t =
        cli_table_new(chain_columns, sizeof chain_columns / sizeof chain_columns[0]);
    for (size_t d = 0; data && d < data->option_chain_count; d++)
        for (size_t k = 0; k < data->option_chain[d].option_count; k++) {
            const struct ft_option_chain_option_item *o = &data->option_chain[d].option[k];
            const struct ft_security_static_info *one = o->call ? o->call : o->put;
            if (!one || !one->option_ex_data)
                continue;
            cli_text(t, data->option_chain[d].strike_time);
            chain_cell(t, o->call);
            cli_number(t, one->option_ex_data->strike_price);
            chain_cell(t, o->put);
            cli_integer(t, one->basic->lot_size);
        }
    return cli_show(cli, t);
}

/* ---- plates ------------------------------------------------------------------------------------- */

static const struct cli_column plate_columns[] = {
    {"code", "Plate", CLI_TEXT, 0}, {"name", "Name", CLI_TEXT, 0}, {"type", "Type", CLI_TEXT, 0}};
static const struct cli_column member_columns[] = {{"code", "Code", CLI_TEXT, 0},
                                                   {"name", "Name", CLI_TEXT, 0},
                                                   {"type", "Type", CLI_TEXT, 0},
                                                   {"lot_size", "Lot", CLI_NUMBER, 0},
                                                   {"listed", "Listed", CLI_TEXT, 0}};

static int list_members(struct cli *cli, const struct ft_security *plate)
{
    struct ft_plate_security_get_request request = {.plate = *plate};
    const struct ft_plate_security_get_reply *data;
    int code =
        cli_ended(cli, ft_plate_security_get(cli->client, &request, &cli->reply, &data), "plates");
    if (code)
        return code;
    struct cli_table *t =
        cli_table_new(member_columns, sizeof member_columns / sizeof member_columns[0]);
    for (size_t k = 0; data && k < data->static_info_list_count; k++)
        cli_static(t, data->static_info_list[k].basic);
    return cli_show(cli, t);
}

void cli_static(struct cli_table *t, const struct ft_security_static_basic *b)
{
    cli_code(t, &b->security);
    cli_text(t, b->name);
    cli_enum(t, &ft_security_type_info, b->sec_type);
    cli_integer(t, b->lot_size);
    cli_text(t, b->list_time);
}

bool cli_quote_market(const char *text, int32_t *out)
{
    char full[32];
    struct ft_security s;
    if (!strchr(text, '.') && snprintf(full, sizeof full, "%s.X", text) < (int)sizeof full &&
        ft_security_parse(full, &s) == FT_STATUS_OK) {
        *out = s.market;
        return true;
    }
    cli_usage("%s is no market: HK, US, SH, SZ, SG, JP and so on are", text);
    return false;
}

int cmd_plates(struct cli *cli, const struct cli_args *args)
{
    struct ft_plate_set_get_request request = {.plate_set_type = FT_PLATE_SET_TYPE_ALL};
    const struct ft_plate_set_get_reply *data;
    const char *type = cli_arg(args, "type");
    struct ft_security plate;
    bool members = strchr(args->positional[0], '.') != NULL;
    int code;
    if (members ? !cli_security(args->positional[0], &plate)
                : !cli_quote_market(args->positional[0], &request.market))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)))
        return code;
    if (members)
        return list_members(cli, &plate);
    if (type)
        ft_enum_parse(&ft_plate_set_type_info, type, &request.plate_set_type);
    if ((code =
             cli_ended(cli, ft_plate_set_get(cli->client, &request, &cli->reply, &data), "plates")))
        return code;
    struct cli_table *t =
        cli_table_new(plate_columns, sizeof plate_columns / sizeof plate_columns[0]);
    for (size_t k = 0; data && k < data->plate_info_list_count; k++) {
        cli_code(t, &data->plate_info_list[k].plate);
        cli_text(t, data->plate_info_list[k].name);
        if (data->plate_info_list[k].has_plate_type)
            cli_enum(t, &ft_plate_set_type_info, data->plate_info_list[k].plate_type);
        else
            cli_absent(t);
    }
    return cli_show(cli, t);
}

/* ---- screen ------------------------------------------------------------------------------------- */

/* What can be asked for and is shown: a field of the filter each, with a lower and an upper bound. */
static const struct screen_field {
    const char *min, *max; /* options */
    int32_t field;
    double scale; /* of a person's unit in the filter's */
} screen_fields[] = {
    {"min-price", "max-price", FT_STOCK_FILTER_STOCK_FIELD_CUR_PRICE, 1},
    {"min-cap", "max-cap", FT_STOCK_FILTER_STOCK_FIELD_MARKET_VAL, 1e6},
    {"min-pe", "max-pe", FT_STOCK_FILTER_STOCK_FIELD_PE_TTM, 1},
    {"min-pb", "max-pb", FT_STOCK_FILTER_STOCK_FIELD_PB_RATE, 1},
    {"min-ytd", "max-ytd", FT_STOCK_FILTER_STOCK_FIELD_CHANGE_RATE_BEGIN_YEAR, 1},
};
enum { SCREEN_FIELDS = sizeof screen_fields / sizeof screen_fields[0], SCREEN_PAGE = 200 };

static const struct cli_column screen_columns[] = {
    {"code", "Code", CLI_TEXT, 0},
    {"name", "Name", CLI_TEXT, 0},
    {"price", "Price", CLI_NUMBER, -1},
    {"market_cap", "Market cap", CLI_NUMBER, 0},
    {"pe_ttm", "P/E", CLI_NUMBER, 2},
    {"pb", "P/B", CLI_NUMBER, 2},
    {"ytd_percent", "Year to date", CLI_PERCENT, 2},
};

struct screen {
    struct cli_table *table;
    size_t most;
};

static bool on_screen_page(void *user, const struct ft_stock_filter_run_reply *page)
{
    struct screen *s = user;
    for (size_t k = 0; k < page->data_list_count; k++) {
        const struct ft_stock_filter_stock_data *row = &page->data_list[k];
        if (cli_table_rows(s->table) == s->most)
            return false;
        cli_code(s->table, &row->security);
        cli_text(s->table, row->name);
        for (size_t f = 0; f < SCREEN_FIELDS; f++) {
            const struct ft_stock_filter_base_data *d = row->base_data_list, *found = NULL;
            for (size_t i = 0; i < row->base_data_list_count; i++)
                if (d[i].field_name == screen_fields[f].field)
                    found = &d[i];
            cli_number_if(s->table, found != NULL, found ? found->value : 0);
        }
    }
    return true;
}

static bool screen_filters(const struct cli_args *args, struct ft_stock_filter_base_filter *filters)
{
    const char *sort = cli_arg(args, "sort");
    for (size_t f = 0; f < SCREEN_FIELDS; f++) {
        const struct screen_field *field = &screen_fields[f];
        const char *min = cli_arg(args, field->min), *max = cli_arg(args, field->max);
        filters[f] = (struct ft_stock_filter_base_filter){.field_name = field->field,
                                                          .is_no_filter = !min && !max,
                                                          .has_is_no_filter = true,
                                                          .has_filter_min = min != NULL,
                                                          .has_filter_max = max != NULL};
        if ((min && !cli_double(min, field->min, &filters[f].filter_min)) ||
            (max && !cli_double(max, field->max, &filters[f].filter_max)))
            return false;
        filters[f].filter_min *= field->scale;
        filters[f].filter_max *= field->scale;
        if (sort && strcasecmp(sort, field->min + 4) == 0) {
            filters[f].has_sort_dir = true;
            filters[f].sort_dir = cli_flag(args, "descending") ? FT_STOCK_FILTER_SORT_DIR_DESCEND
                                                               : FT_STOCK_FILTER_SORT_DIR_ASCEND;
        }
    }
    return true;
}

int cmd_screen(struct cli *cli, const struct cli_args *args)
{
    struct ft_stock_filter_base_filter filters[SCREEN_FIELDS];
    struct ft_stock_filter_run_request request = {
        .num = SCREEN_PAGE, .base_filter_list = filters, .base_filter_list_count = SCREEN_FIELDS};
    const char *plate = cli_arg(args, "plate");
    int64_t most;
    int code;
    if (!cli_quote_market(args->positional[0], &request.market) ||
        !cli_int_arg(args, "num", 1, 100000, 50, &most) || !screen_filters(args, filters) ||
        (plate && !cli_security(plate, &request.plate)))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)))
        return code;
    request.num = most < SCREEN_PAGE ? (int32_t)most : SCREEN_PAGE;
    struct screen s = {
        cli_table_new(screen_columns, sizeof screen_columns / sizeof screen_columns[0]),
        (size_t)most};
    code = cli_ended(cli, ft_stock_filter_run_all(cli->client, &request, on_screen_page, &s),
                     "screen");
    if (code == CLI_EXIT_OK)
        return cli_show(cli, s.table);
    cli_table_free(s.table);
    return code;
}
