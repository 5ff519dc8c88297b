/* The manual's first strategy, the double moving average, in C: at each new bar of one minute it compares a
 * fast and a slow average of closes, buys a lot at the best ask when the fast one is above, and sells what it
 * holds at the best bid when it is below. On a simulated account.
 * moving_average HK.00700 [bars, 0: for ever] */
#include "connect.h"

#include <ftapi/convert.h>
#include <ftapi/protocols.h>

#include <string.h>

enum { FAST = 1, SLOW = 3 };

static struct strategy {
    struct ft_client *client;
    struct ft_security security;
    struct ft_trd_header header;
    char last_bar[32];
    unsigned bars;
} s;

/* 1: the fast average is not below the slow one, -1: it is, 0: there are not enough bars yet. */
static int signal_of_bars(void)
{
    struct ft_kline_get_request request = {.rehab_type = FT_REHAB_TYPE_FORWARD, .security = s.security,
                                           .kl_type = FT_KLINE_TYPE_1_MIN, .req_num = SLOW + 1};
    const struct ft_kline_get_reply *data;
    struct ft_reply *reply = NULL;
    double fast = 0, slow = 0;
    must(s.client, ft_kline_get(s.client, &request, &reply, &data), "bars");
    size_t n = data->kl_list_count; /* the newest one, which is not over, is the last */
    for (size_t k = 2; n > SLOW && k <= SLOW + 1; k++) {
        fast += k <= FAST + 1 ? data->kl_list[n - k].close_price / FAST : 0;
        slow += data->kl_list[n - k].close_price / SLOW;
    }
    ft_reply_free(reply);
    return n <= SLOW ? 0 : fast >= slow ? 1 : -1;
}

static double held(void)
{
    struct ft_position_list_get_request request = {.header = &s.header};
    const struct ft_position_list_get_reply *data;
    struct ft_reply *reply = NULL;
    double qty = 0;
    must(s.client, ft_position_list_get(s.client, &request, &reply, &data), "positions");
    for (size_t k = 0; data && k < data->position_list_count; k++)
        if (strcmp(data->position_list[k].code, s.security.code) == 0)
            qty += data->position_list[k].can_sell_qty;
    ft_reply_free(reply);
    return qty;
}

static void place(int32_t side, double price, double qty)
{
    struct ft_order_place_request request = {
        .header = &s.header, .trd_side = side, .order_type = FT_ORDER_TYPE_NORMAL,
        .code = s.security.code, .qty = qty, .price = price, .has_price = true,
        .remark = "moving_average",
    };
    const struct ft_order_place_reply *data;
    struct ft_reply *reply = NULL;
    enum ft_status status = ft_order_place(s.client, &request, &reply, &data);
    printf("%s %g at %.3f: %s\n", side == FT_TRD_SIDE_BUY ? "buy" : "sell", qty, price,
           status ? ft_client_last_error(s.client) : "accepted");
    ft_reply_free(reply);
}

static void on_new_bar(void)
{
    struct ft_order_book_get_request request = {.security = s.security, .num = 1};
    const struct ft_order_book_get_reply *book;
    struct ft_reply *reply = NULL;
    int signal = signal_of_bars();
    double qty = held();
    must(s.client, ft_order_book_get(s.client, &request, &reply, &book), "book");
    if (signal > 0 && qty == 0 && book->order_book_ask_list_count)
        place(FT_TRD_SIDE_BUY, book->order_book_ask_list[0].price, 100);
    if (signal < 0 && qty > 0 && book->order_book_bid_list_count)
        place(FT_TRD_SIDE_SELL, book->order_book_bid_list[0].price, qty);
    ft_reply_free(reply);
}

/* Notes that a new bar began; callbacks do not wait, so that the main loop trades. */
static void on_bar(void *user, const struct ft_push *push, const struct ft_kline_push *data)
{
    const char *time = data->kl_list_count ? data->kl_list[data->kl_list_count - 1].time : NULL;
    if (!time || data->kl_type != FT_KLINE_TYPE_1_MIN || strcmp(time, s.last_bar) == 0)
        return;
    if (s.last_bar[0])
        s.bars++;
    snprintf(s.last_bar, sizeof s.last_bar, "%s", time);
}

static void choose_account(void)
{
    struct ft_account_list_get_request request = {0};
    const struct ft_account_list_get_reply *list;
    struct ft_reply *reply = NULL;
    must(s.client, ft_account_list_get(s.client, &request, &reply, &list), "accounts");
    s.header = (struct ft_trd_header){.trd_env = FT_TRD_ENV_SIMULATE, .trd_market = FT_TRD_MARKET_HK};
    for (size_t k = 0; k < list->acc_list_count && !s.header.acc_id; k++)
        if (list->acc_list[k].trd_env == FT_TRD_ENV_SIMULATE &&
            list->acc_list[k].trd_market_auth_list[0] == FT_TRD_MARKET_HK)
            s.header.acc_id = list->acc_list[k].acc_id;
    ft_reply_free(reply);
}

int main(int argc, char **argv)
{
    if (argc < 2 || ft_security_parse(argv[1], &s.security)) {
        fprintf(stderr, "usage: moving_average HK.00700 [bars]\n");
        return 2;
    }
    unsigned last = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0, seen = 0;
    s.client = connect_or_exit();
    choose_account();
    ft_kline_on_push(s.client, on_bar, NULL);
    static const int32_t types[] = {FT_SUB_TYPE_KL_1_MIN, FT_SUB_TYPE_ORDER_BOOK};
    struct ft_quote_subscribe_request request = {
        .security_list = &s.security, .security_list_count = 1, .sub_type_list = types,
        .sub_type_list_count = 2, .is_sub_or_un_sub = true, .is_reg_or_un_reg_push = true,
        .has_is_reg_or_un_reg_push = true,
    };
    must(s.client, ft_quote_subscribe(s.client, &request, NULL, NULL), "subscribe");
    while (!last || seen < last) {
        must(s.client, ft_client_dispatch(s.client, 1000, NULL), "dispatch");
        if (s.bars != seen) {
            seen = s.bars;
            on_new_bar();
        }
    }
    ft_client_free(s.client);
    return 0;
}
