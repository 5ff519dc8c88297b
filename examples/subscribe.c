/* Quotes, ticks and books as they come, by callbacks on the library's own thread:
 * subscribe HK.00700 [seconds] */
#include "connect.h"

#include <ftapi/convert.h>
#include <ftapi/protocols.h>

#include <stdatomic.h>
#include <unistd.h>

static atomic_int pushes;

static void on_quote(void *user, const struct ft_push *push, const struct ft_basic_qot_push *data)
{
    for (size_t k = 0; k < data->basic_qot_list_count; k++)
        printf("quote %s %.3f\n", data->basic_qot_list[k].security.code,
               data->basic_qot_list[k].cur_price);
    pushes++;
}

static void on_ticks(void *user, const struct ft_push *push, const struct ft_ticker_push *data)
{
    for (size_t k = 0; k < data->ticker_list_count; k++) {
        const struct ft_ticker *t = &data->ticker_list[k];
        const char *side = ft_enum_text(&ft_ticker_direction_info, t->dir);
        printf("tick  %s %s %.3f x %lld %s\n", t->time, data->security.code, t->price,
               (long long)t->volume, side ? side : "");
    }
    pushes++;
}

static void on_book(void *user, const struct ft_push *push, const struct ft_order_book_push *data)
{
    if (data->order_book_bid_list_count && data->order_book_ask_list_count)
        printf("book  %s %.3f / %.3f\n", data->security.code, data->order_book_bid_list[0].price,
               data->order_book_ask_list[0].price);
    pushes++;
}

int main(int argc, char **argv)
{
    struct ft_security security;
    if (argc < 2 || ft_security_parse(argv[1], &security)) {
        fprintf(stderr, "usage: subscribe HK.00700 [seconds]\n");
        return 2;
    }
    struct ft_client *client = connect_or_exit();
    ft_basic_qot_on_push(client, on_quote, NULL);
    ft_ticker_on_push(client, on_ticks, NULL);
    ft_order_book_on_push(client, on_book, NULL);
    must(client, ft_client_start_thread(client), "thread");

    static const int32_t types[] = {FT_SUB_TYPE_BASIC, FT_SUB_TYPE_TICKER, FT_SUB_TYPE_ORDER_BOOK};
    struct ft_quote_subscribe_request request = {
        .security_list = &security, .security_list_count = 1,
        .sub_type_list = types, .sub_type_list_count = 3,
        .is_sub_or_un_sub = true,
        .is_reg_or_un_reg_push = true, .has_is_reg_or_un_reg_push = true,
    };
    struct ft_reply *reply = NULL;
    const struct ft_quote_subscribe_reply *data;
    must(client, ft_quote_subscribe(client, &request, &reply, &data), "subscribe");
    sleep(argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5);
    ft_reply_free(reply);
    ft_client_free(client);
    return pushes ? 0 : 1;
}
