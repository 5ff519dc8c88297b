/* All bars of a period as CSV on standard output, page by page:
 * history_csv HK.00700 2024-01-01 2024-12-31 > bars.csv */
#include "connect.h"

#include <ftapi/convert.h>
#include <ftapi/qot_request_history_kl.h>

static bool on_page(void *user, const struct ft_history_kline_get_reply *page)
{
    size_t *bars = user;
    for (size_t k = 0; k < page->kl_list_count; k++) {
        const struct ft_kline *b = &page->kl_list[k];
        if (!b->is_blank)
            printf("%s,%.6g,%.6g,%.6g,%.6g,%lld\n", b->time, b->open_price, b->high_price,
                   b->low_price, b->close_price, (long long)b->volume);
    }
    *bars += page->kl_list_count;
    fprintf(stderr, "\r%zu bars", *bars);
    return true;
}

int main(int argc, char **argv)
{
    struct ft_history_kline_get_request request = {
        .rehab_type = FT_REHAB_TYPE_FORWARD, .kl_type = FT_KLINE_TYPE_DAY,
        .max_ack_kl_num = 100, .has_max_ack_kl_num = true,
    };
    if (argc != 4 || ft_security_parse(argv[1], &request.security)) {
        fprintf(stderr, "usage: history_csv HK.00700 yyyy-MM-dd yyyy-MM-dd\n");
        return 2;
    }
    request.begin_time = argv[2];
    request.end_time = argv[3];
    struct ft_client *client = connect_or_exit();
    size_t bars = 0;
    printf("time,open,high,low,close,volume\n");
    must(client, ft_history_kline_get_all(client, &request, on_page, &bars), "history");
    fprintf(stderr, "\n");
    ft_client_free(client);
    return 0;
}
