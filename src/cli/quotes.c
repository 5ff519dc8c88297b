/* Quotes: one look, and live. */
#include "cli/cli.h"

#include "cli/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SECURITIES_MAX = 400, LEVELS_MAX = 60 };

/* Names of K-line types as the Python client has them: people know these. */
static const struct period {
    const char *name;
    int32_t kl_type, sub_type;
} periods[] = {
    {"K_1M", FT_KLINE_TYPE_1_MIN, FT_SUB_TYPE_KL_1_MIN},
    {"K_3M", FT_KLINE_TYPE_3_MIN, FT_SUB_TYPE_KL_3_MIN},
    {"K_5M", FT_KLINE_TYPE_5_MIN, FT_SUB_TYPE_KL_5_MIN},
    {"K_15M", FT_KLINE_TYPE_15_MIN, FT_SUB_TYPE_KL_15_MIN},
    {"K_30M", FT_KLINE_TYPE_30_MIN, FT_SUB_TYPE_KL_30_MIN},
    {"K_60M", FT_KLINE_TYPE_60_MIN, FT_SUB_TYPE_KL_60_MIN},
    {"K_DAY", FT_KLINE_TYPE_DAY, FT_SUB_TYPE_KL_DAY},
    {"K_WEEK", FT_KLINE_TYPE_WEEK, FT_SUB_TYPE_KL_WEEK},
    {"K_MON", FT_KLINE_TYPE_MONTH, FT_SUB_TYPE_KL_MONTH},
    {"K_QUARTER", FT_KLINE_TYPE_QUARTER, FT_SUB_TYPE_KL_QURATER},
    {"K_YEAR", FT_KLINE_TYPE_YEAR, FT_SUB_TYPE_KL_YEAR},
};

static const struct period *find_period(const char *name)
{
    for (size_t k = 0; k < sizeof periods / sizeof periods[0]; k++)
        if (strcasecmp(periods[k].name, name) == 0)
            return &periods[k];
    return NULL; /* options.c has checked it by the declared words */
}

int32_t cli_kline_type(const char *name)
{
    return find_period(name)->kl_type;
}

const char *cli_kline_name(const char *name)
{
    return find_period(name)->name;
}

int32_t cli_rehab_type(const struct cli_args *args)
{
    const char *name = cli_arg(args, "rehab");
    if (!name || strcasecmp(name, "forward") == 0)
        return FT_REHAB_TYPE_FORWARD;
    return strcasecmp(name, "backward") == 0 ? FT_REHAB_TYPE_BACKWARD : FT_REHAB_TYPE_NONE;
}

static double change(double now, double before)
{
    return before != 0 ? (now - before) / before * 100 : NAN;
}

/* ---- quote, watch ------------------------------------------------------------------------------- */

static const struct cli_column quote_columns[] = {
    {"code", "Code", CLI_TEXT, 0},       {"name", "Name", CLI_TEXT, 0},
    {"price", "Price", CLI_NUMBER, -1},  {"change_percent", "Change", CLI_PERCENT, 2},
    {"open", "Open", CLI_NUMBER, -1},    {"high", "High", CLI_NUMBER, -1},
    {"low", "Low", CLI_NUMBER, -1},      {"last_close", "Last close", CLI_NUMBER, -1},
    {"volume", "Volume", CLI_NUMBER, 0}, {"turnover", "Turnover", CLI_NUMBER, 0},
    {"time", "Time", CLI_TEXT, 0},
};
enum { QUOTE_COLUMNS = sizeof quote_columns / sizeof quote_columns[0] };

/* What a row shows; it outlives the push that told it. */
struct shown {
    struct ft_security security; /* the caller's text */
    char name[128], time[32];
    double price, open, high, low, last_close, turnover;
    int64_t volume;
    bool known;
};

static void take_quote(struct shown *s, const struct ft_basic_qot *q)
{
    snprintf(s->name, sizeof s->name, "%s", q->name ? q->name : "");
    snprintf(s->time, sizeof s->time, "%s", q->update_time ? q->update_time : "");
    s->price = q->cur_price;
    s->open = q->open_price;
    s->high = q->high_price;
    s->low = q->low_price;
    s->last_close = q->last_close_price;
    s->turnover = q->turnover;
    s->volume = q->volume;
    s->known = true;
}

static void quote_row(struct cli_table *t, const struct shown *s)
{
    cli_code(t, &s->security);
    cli_text(t, s->name);
    cli_number(t, s->price);
    cli_number(t, change(s->price, s->last_close));
    cli_number(t, s->open);
    cli_number(t, s->high);
    cli_number(t, s->low);
    cli_number(t, s->last_close);
    cli_integer(t, s->volume);
    cli_number(t, s->turnover);
    cli_text(t, s->time);
}

/* Subscribes to basic quotes and reads them once. */
static int first_quotes(struct cli *cli, struct shown *shown, size_t count)
{
    static const int32_t basic[] = {FT_SUB_TYPE_BASIC};
    static struct ft_security list[SECURITIES_MAX];
    for (size_t k = 0; k < count; k++)
        list[k] = shown[k].security;
    struct ft_basic_qot_get_request request = {.security_list = list, .security_list_count = count};
    const struct ft_basic_qot_get_reply *data;
    int code = cli_connect(cli);
    if (code || (code = cli_subscribe(cli, list, count, basic, 1)))
        return code;
    code = cli_ended(cli, ft_basic_qot_get(cli->client, &request, &cli->reply, &data), "quote");
    for (size_t k = 0; code == CLI_EXIT_OK && data && k < data->basic_qot_list_count; k++)
        for (size_t i = 0; i < count; i++)
            if (cli_same(&shown[i].security, &data->basic_qot_list[k].security))
                take_quote(&shown[i], &data->basic_qot_list[k]);
    return code;
}

/* The securities of the arguments; false after a printed error. */
static bool shown_of(const struct cli_args *args, struct shown *shown, size_t *count)
{
    static struct ft_security list[SECURITIES_MAX];
    if (!cli_securities(args, 0, list, SECURITIES_MAX, count))
        return false;
    for (size_t k = 0; k < *count; k++)
        shown[k] = (struct shown){.security = list[k]};
    return true;
}

int cmd_quote(struct cli *cli, const struct cli_args *args)
{
    static struct shown shown[SECURITIES_MAX];
    size_t count;
    if (!shown_of(args, shown, &count))
        return CLI_EXIT_USAGE;
    int code = first_quotes(cli, shown, count);
    if (code)
        return code;
    struct cli_table *t = cli_table_new(quote_columns, QUOTE_COLUMNS);
    for (size_t k = 0; k < count; k++)
        if (shown[k].known)
            quote_row(t, &shown[k]);
    return cli_show(cli, t);
}

struct watched {
    struct cli_live live;
    size_t count;
    struct shown *shown;
};

static void print_watched(struct watched *w, const struct shown *only)
{
    struct cli_table *t = cli_table_new(quote_columns, QUOTE_COLUMNS);
    for (size_t k = 0; k < w->count; k++)
        if (w->shown[k].known && (!only || only == &w->shown[k]))
            quote_row(t, &w->shown[k]);
    cli_live_print(&w->live, t);
}

static void on_watched(void *user, const struct ft_push *push, const struct ft_basic_qot_push *data)
{
    (void)push;
    struct watched *w = user;
    for (size_t k = 0; k < data->basic_qot_list_count && !cli_live_enough(&w->live); k++)
        for (size_t i = 0; i < w->count; i++)
            if (cli_same(&w->shown[i].security, &data->basic_qot_list[k].security)) {
                take_quote(&w->shown[i], &data->basic_qot_list[k]);
                w->live.seen++;
                print_watched(w, cli_live_redraws(&w->live) ? NULL : &w->shown[i]);
            }
}

int cmd_watch(struct cli *cli, const struct cli_args *args)
{
    static struct shown shown[SECURITIES_MAX];
    struct watched w = {.shown = shown};
    if (!cli_live_begin(cli, args, &w.live) || !shown_of(args, shown, &w.count))
        return CLI_EXIT_USAGE;
    int code = first_quotes(cli, shown, w.count);
    if (code)
        return code;
    print_watched(&w, NULL);
    ft_basic_qot_on_push(cli->client, on_watched, &w);
    return cli_live_run(&w.live);
}

/* ---- snapshot ----------------------------------------------------------------------------------- */

static const struct cli_column snapshot_columns[] = {
    {"code", "Code", CLI_TEXT, 0},
    {"name", "Name", CLI_TEXT, 0},
    {"type", "Type", CLI_TEXT, 0},
    {"price", "Price", CLI_NUMBER, -1},
    {"change_percent", "Change", CLI_PERCENT, 2},
    {"open", "Open", CLI_NUMBER, -1},
    {"high", "High", CLI_NUMBER, -1},
    {"low", "Low", CLI_NUMBER, -1},
    {"last_close", "Last close", CLI_NUMBER, -1},
    {"bid", "Bid", CLI_NUMBER, -1},
    {"ask", "Ask", CLI_NUMBER, -1},
    {"volume", "Volume", CLI_NUMBER, 0},
    {"turnover", "Turnover", CLI_NUMBER, 0},
    {"lot_size", "Lot", CLI_NUMBER, 0},
    {"suspended", "Suspended", CLI_TEXT, 0},
    {"time", "Time", CLI_TEXT, 0},
};

int cmd_snapshot(struct cli *cli, const struct cli_args *args)
{
    static struct ft_security list[SECURITIES_MAX];
    struct ft_security_snapshot_get_request request = {.security_list = list};
    const struct ft_security_snapshot_get_reply *data;
    int code;
    if (!cli_securities(args, 0, list, SECURITIES_MAX, &request.security_list_count))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)) ||
        (code = cli_ended(cli, ft_security_snapshot_get(cli->client, &request, &cli->reply, &data),
                          "snapshot")))
        return code;
    struct cli_table *t =
        cli_table_new(snapshot_columns, sizeof snapshot_columns / sizeof snapshot_columns[0]);
    for (size_t k = 0; data && k < data->snapshot_list_count; k++) {
        const struct ft_security_snapshot_basic_data *b = data->snapshot_list[k].basic;
        cli_code(t, &b->security);
        cli_text(t, b->name);
        cli_enum(t, &ft_security_type_info, b->type);
        cli_number(t, b->cur_price);
        cli_number(t, change(b->cur_price, b->last_close_price));
        cli_number(t, b->open_price);
        cli_number(t, b->high_price);
        cli_number(t, b->low_price);
        cli_number(t, b->last_close_price);
        cli_number_if(t, b->has_bid_price, b->bid_price);
        cli_number_if(t, b->has_ask_price, b->ask_price);
        cli_integer(t, b->volume);
        cli_number(t, b->turnover);
        cli_integer(t, b->lot_size);
        cli_text(t, b->is_suspend ? "yes" : "no");
        cli_text(t, b->update_time);
    }
    return cli_show(cli, t);
}

/* ---- ticks -------------------------------------------------------------------------------------- */

static const struct cli_column tick_columns[] = {
    {"code", "Code", CLI_TEXT, 0},           {"time", "Time", CLI_TEXT, 0},
    {"price", "Price", CLI_NUMBER, -1},      {"volume", "Volume", CLI_NUMBER, 0},
    {"turnover", "Turnover", CLI_NUMBER, 0}, {"direction", "Side", CLI_TEXT, 0},
    {"sequence", "Sequence", CLI_TEXT, 0},
};

static void tick_rows(struct cli_table *t, const struct ft_security *s,
                      const struct ft_ticker *list, size_t count)
{
    for (const struct ft_ticker *k = list; k < list + count; k++) {
        cli_code(t, s);
        cli_text(t, k->time);
        cli_number(t, k->price);
        cli_integer(t, k->volume);
        cli_number(t, k->turnover);
        cli_enum(t, &ft_ticker_direction_info, k->dir);
        cli_unsigned(t, (uint64_t)k->sequence);
    }
}

static void on_ticks(void *user, const struct ft_push *push, const struct ft_ticker_push *data)
{
    (void)push;
    struct cli_live *l = user;
    size_t n = data->ticker_list_count;
    if (l->wanted && (int64_t)n > l->wanted - l->seen)
        n = (size_t)(l->wanted - l->seen);
    struct cli_table *t = cli_table_new(tick_columns, sizeof tick_columns / sizeof tick_columns[0]);
    tick_rows(t, &data->security, data->ticker_list, n);
    l->seen += (int64_t)n;
    cli_live_print_lines(l, t);
}

int cmd_ticks(struct cli *cli, const struct cli_args *args)
{
    static const int32_t ticker[] = {FT_SUB_TYPE_TICKER};
    struct ft_ticker_get_request request = {0};
    struct cli_live live;
    int64_t num;
    int code;
    if (!cli_int_arg(args, "num", 1, 1000, 20, &num) ||
        !cli_security(args->positional[0], &request.security) || !cli_live_begin(cli, args, &live))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)) || (code = cli_subscribe(cli, &request.security, 1, ticker, 1)))
        return code;
    if (cli_flag(args, "live")) {
        ft_ticker_on_push(cli->client, on_ticks, &live);
        return cli_live_run(&live);
    }
    const struct ft_ticker_get_reply *data;
    request.max_ret_num = (int32_t)num;
    if ((code = cli_ended(cli, ft_ticker_get(cli->client, &request, &cli->reply, &data), "ticks")))
        return code;
    struct cli_table *t = cli_table_new(tick_columns, sizeof tick_columns / sizeof tick_columns[0]);
    if (data)
        tick_rows(t, &data->security, data->ticker_list, data->ticker_list_count);
    return cli_show(cli, t);
}

/* ---- book --------------------------------------------------------------------------------------- */

static const struct cli_column book_columns[] = {
    {"level", "", CLI_NUMBER, 0},
    {"bid_orders", "Orders", CLI_NUMBER, 0},
    {"bid_volume", "Bid volume", CLI_NUMBER, 0},
    {"bid", "Bid", CLI_NUMBER, -1},
    {"ask", "Ask", CLI_NUMBER, -1},
    {"ask_volume", "Ask volume", CLI_NUMBER, 0},
    {"ask_orders", "Orders", CLI_NUMBER, 0},
};

static void book_rows(struct cli_table *t, const struct ft_order_book *bid, size_t bids,
                      const struct ft_order_book *ask, size_t asks, size_t levels)
{
    for (size_t k = 0; k < levels && (k < bids || k < asks); k++) {
        cli_integer(t, (int64_t)k + 1);
        cli_number_if(t, k < bids, k < bids ? bid[k].oreder_count : 0);
        cli_number_if(t, k < bids, k < bids ? (double)bid[k].volume : 0);
        cli_number_if(t, k < bids, k < bids ? bid[k].price : 0);
        cli_number_if(t, k < asks, k < asks ? ask[k].price : 0);
        cli_number_if(t, k < asks, k < asks ? (double)ask[k].volume : 0);
        cli_number_if(t, k < asks, k < asks ? ask[k].oreder_count : 0);
    }
}

static struct cli_table *book_table(const struct ft_order_book_get_reply *data, size_t levels)
{
    struct cli_table *t = cli_table_new(book_columns, sizeof book_columns / sizeof book_columns[0]);
    if (data)
        book_rows(t, data->order_book_bid_list, data->order_book_bid_list_count,
                  data->order_book_ask_list, data->order_book_ask_list_count, levels);
    return t;
}

struct book_live {
    struct cli_live live;
    size_t levels;
    const char *code;
};

/* One look at the book, drawn: what is shown until the first push. */
static int first_book(struct book_live *b, const struct ft_order_book_get_request *request)
{
    struct cli *cli = b->live.cli;
    const struct ft_order_book_get_reply *data;
    int code = cli_ended(cli, ft_order_book_get(cli->client, request, &cli->reply, &data), "book");
    if (code)
        return code;
    cli_live_title(&b->live, "%s", b->code);
    cli_live_print(&b->live, book_table(data, b->levels));
    return CLI_EXIT_OK;
}

static void on_book(void *user, const struct ft_push *push, const struct ft_order_book_push *data)
{
    (void)push;
    struct book_live *b = user;
    if (cli_live_enough(&b->live))
        return;
    struct cli_table *t = cli_table_new(book_columns, sizeof book_columns / sizeof book_columns[0]);
    book_rows(t, data->order_book_bid_list, data->order_book_bid_list_count,
              data->order_book_ask_list, data->order_book_ask_list_count, b->levels);
    b->live.seen++;
    cli_live_title(&b->live, "%s  %s", b->code,
                   data->svr_recv_time_bid ? data->svr_recv_time_bid : "");
    cli_live_print(&b->live, t);
}

int cmd_book(struct cli *cli, const struct cli_args *args)
{
    static const int32_t book[] = {FT_SUB_TYPE_ORDER_BOOK};
    struct ft_order_book_get_request request = {0};
    struct book_live b = {.code = args->positional[0]};
    int64_t levels;
    int code;
    if (!cli_int_arg(args, "levels", 1, LEVELS_MAX, 10, &levels) ||
        !cli_security(args->positional[0], &request.security) ||
        !cli_live_begin(cli, args, &b.live))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)) || (code = cli_subscribe(cli, &request.security, 1, book, 1)))
        return code;
    b.levels = (size_t)levels;
    request.num = (int32_t)levels;
    if (!cli_flag(args, "live")) {
        const struct ft_order_book_get_reply *data;
        code = cli_ended(cli, ft_order_book_get(cli->client, &request, &cli->reply, &data), "book");
        return code ? code : cli_show(cli, book_table(data, b.levels));
    }
    if ((code = first_book(&b, &request)))
        return code;
    ft_order_book_on_push(cli->client, on_book, &b);
    return cli_live_run(&b.live);
}

/* ---- kline -------------------------------------------------------------------------------------- */

static const struct cli_column bar_columns[] = {
    {"code", "Code", CLI_TEXT, 0},
    {"time", "Time", CLI_TEXT, 0},
    {"open", "Open", CLI_NUMBER, -1},
    {"high", "High", CLI_NUMBER, -1},
    {"low", "Low", CLI_NUMBER, -1},
    {"close", "Close", CLI_NUMBER, -1},
    {"change_percent", "Change", CLI_PERCENT, 2},
    {"volume", "Volume", CLI_NUMBER, 0},
    {"turnover", "Turnover", CLI_NUMBER, 0},
};

static void bar_rows(struct cli_table *t, const struct ft_security *s, const struct ft_kline *bars,
                     size_t count)
{
    for (const struct ft_kline *b = bars; b < bars + count; b++) {
        if (b->is_blank)
            continue;
        cli_code(t, s);
        cli_text(t, b->time);
        cli_number_if(t, b->has_open_price, b->open_price);
        cli_number_if(t, b->has_high_price, b->high_price);
        cli_number_if(t, b->has_low_price, b->low_price);
        cli_number_if(t, b->has_close_price, b->close_price);
        cli_number_if(t, b->has_last_close_price && b->has_close_price,
                      change(b->close_price, b->last_close_price));
        cli_number_if(t, b->has_volume, (double)b->volume);
        cli_number_if(t, b->has_turnover, b->turnover);
    }
}

struct bar_live {
    struct cli_live live;
    int32_t kl_type;
};

static void on_bar(void *user, const struct ft_push *push, const struct ft_kline_push *data)
{
    (void)push;
    struct bar_live *b = user;
    if (data->kl_type != b->kl_type || cli_live_enough(&b->live))
        return;
    struct cli_table *t = cli_table_new(bar_columns, sizeof bar_columns / sizeof bar_columns[0]);
    bar_rows(t, &data->security, data->kl_list, data->kl_list_count);
    b->live.seen++;
    cli_live_print_lines(&b->live, t);
}

int cmd_kline(struct cli *cli, const struct cli_args *args)
{
    const char *name = cli_arg(args, "ktype");
    const struct period *p = find_period(name ? name : "K_DAY");
    struct ft_kline_get_request request = {.rehab_type = cli_rehab_type(args),
                                           .kl_type = p->kl_type};
    struct bar_live b = {.kl_type = p->kl_type};
    int columns, rows, code;
    int64_t num;
    cli_size(stdout, &columns, &rows);
    bool chart = cli_flag(args, "chart") && cli->form == CLI_HUMAN;
    if (!cli_int_arg(args, "num", 1, 1000, chart ? cli_chart_bars(columns) : 30, &num) ||
        !cli_security(args->positional[0], &request.security) ||
        !cli_live_begin(cli, args, &b.live))
        return CLI_EXIT_USAGE;
    if ((code = cli_connect(cli)) ||
        (code = cli_subscribe(cli, &request.security, 1, &p->sub_type, 1)))
        return code;
    if (cli_flag(args, "live")) {
        ft_kline_on_push(cli->client, on_bar, &b);
        return cli_live_run(&b.live);
    }
    const struct ft_kline_get_reply *data;
    request.req_num = (int32_t)num;
    if ((code = cli_ended(cli, ft_kline_get(cli->client, &request, &cli->reply, &data), "kline")))
        return code;
    if (chart && data) {
        printf("%s  %s\n", args->positional[0], p->name);
        cli_chart(stdout, data->kl_list, data->kl_list_count, columns, rows > 12 ? rows - 4 : 8,
                  cli->colour);
        return CLI_EXIT_OK;
    }
    struct cli_table *t = cli_table_new(bar_columns, sizeof bar_columns / sizeof bar_columns[0]);
    if (data)
        bar_rows(t, &data->security, data->kl_list, data->kl_list_count);
    return cli_show(cli, t);
}

/* ---- sub ---------------------------------------------------------------------------------------- */

static const struct cli_column sub_columns[] = {
    {"connection", "Connection", CLI_NUMBER, 0},
    {"own", "Own", CLI_TEXT, 0},
    {"type", "Type", CLI_TEXT, 0},
    {"code", "Code", CLI_TEXT, 0},
    {"total_used", "Used", CLI_NUMBER, 0},
    {"remain", "Remain", CLI_NUMBER, 0},
};

int cmd_sub(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    struct ft_sub_info_get_request request = {.is_req_all_conn = true, .has_is_req_all_conn = true};
    const struct ft_sub_info_get_reply *data;
    int code = cli_connect(cli);
    if (code ||
        (code = cli_ended(cli, ft_sub_info_get(cli->client, &request, &cli->reply, &data), "sub")))
        return code;
    struct cli_table *t = cli_table_new(sub_columns, sizeof sub_columns / sizeof sub_columns[0]);
    for (size_t c = 0; data && c < data->conn_sub_info_list_count; c++) {
        const struct ft_conn_sub_info *conn = &data->conn_sub_info_list[c];
        for (size_t i = 0; i < conn->sub_info_list_count; i++)
            for (size_t k = 0; k < conn->sub_info_list[i].security_list_count; k++) {
                cli_integer(t, (int64_t)c + 1);
                cli_text(t, conn->is_own_conn_data ? "yes" : "no");
                cli_enum(t, &ft_sub_type_info, conn->sub_info_list[i].sub_type);
                cli_code(t, &conn->sub_info_list[i].security_list[k]);
                cli_integer(t, data->total_used_quota);
                cli_integer(t, data->remain_quota);
            }
    }
    if (cli->form == CLI_HUMAN && data)
        printf("used %d, remain %d\n", data->total_used_quota, data->remain_quota);
    return cli_show(cli, t);
}
