/* Buys a lot with a simulated account, and follows the order and its fills to the end:
 * order HK.00700 100 */
#include "connect.h"

#include <ftapi/convert.h>
#include <ftapi/protocols.h>
#include <ftapi/tracker.h>

static bool ended;

static void on_fill(void *user, const struct ft_push *push, const struct ft_order_fill_push *data)
{
    printf("fill  %s %g at %.3f\n", data->order_fill->code, data->order_fill->qty,
           data->order_fill->price);
}

static void on_change(void *user, const struct ft_order_change *change)
{
    static const char *const words[] = {"", "accepted", "changed", "final", "refused", "unknown"};
    const char *status = change->order
                             ? ft_enum_text(&ft_order_status_info, change->order->order_status)
                             : ft_reply_text(change->reply);
    printf("order %llu %s %s\n", (unsigned long long)change->order_id, words[change->event],
           status ? status : "");
    ended = change->event == FT_ORDER_EVENT_FINAL || change->event == FT_ORDER_EVENT_REFUSED;
}

/* The first simulated account for the market, 0: there is none. */
static uint64_t find_account(struct ft_client *client, int32_t market)
{
    struct ft_reply *reply = NULL;
    const struct ft_account_list_get_reply *list;
    struct ft_account_list_get_request request = {0};
    uint64_t found = 0;
    must(client, ft_account_list_get(client, &request, &reply, &list), "accounts");
    for (size_t k = 0; k < list->acc_list_count && !found; k++)
        for (size_t m = 0; m < list->acc_list[k].trd_market_auth_list_count; m++)
            if (list->acc_list[k].trd_env == FT_TRD_ENV_SIMULATE &&
                list->acc_list[k].trd_market_auth_list[m] == market)
                found = list->acc_list[k].acc_id;
    ft_reply_free(reply);
    return found;
}

int main(int argc, char **argv)
{
    struct ft_security security;
    if (argc != 3 || ft_security_parse(argv[1], &security)) {
        fprintf(stderr, "usage: order HK.00700 QUANTITY\n");
        return 2;
    }
    int32_t market = security.market == FT_QOT_MARKET_US_SECURITY ? FT_TRD_MARKET_US : FT_TRD_MARKET_HK;
    struct ft_client *client = connect_or_exit();
    uint64_t account = find_account(client, market);
    struct ft_account_push_subscribe_request pushes = {.acc_id_list = &account, .acc_id_list_count = 1};
    must(client, ft_account_push_subscribe(client, &pushes, NULL, NULL), "order pushes");
    ft_order_fill_on_push(client, on_fill, NULL);

    struct ft_order_tracker *tracker = NULL;
    must(client, ft_order_tracker_new(client, &tracker), "tracker");
    struct ft_trd_header header = {FT_TRD_ENV_SIMULATE, account, market, 0, false};
    struct ft_order_place_request request = {
        .header = &header, .code = security.code, .qty = strtod(argv[2], NULL),
        .trd_side = FT_TRD_SIDE_BUY, .order_type = FT_ORDER_TYPE_MARKET,
    };
    must(client, ft_order_tracker_place(tracker, &request, on_change, NULL, NULL), "order");
    while (!ended)
        must(client, ft_client_dispatch(client, 1000, NULL), "dispatch");
    ft_order_tracker_free(tracker);
    ft_client_free(client);
    return 0;
}
