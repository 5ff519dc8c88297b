/* Snapshots of securities, without subscription: snapshot HK.00700 US.AAPL */
#include "connect.h"

#include <ftapi/convert.h>
#include <ftapi/qot_get_security_snapshot.h>

int main(int argc, char **argv)
{
    struct ft_security list[16];
    struct ft_security_snapshot_get_request request = {.security_list = list};
    for (int k = 1; k < argc && k <= 16; k++, request.security_list_count++)
        if (ft_security_parse(argv[k], &list[k - 1])) {
            fprintf(stderr, "%s: not a security, as HK.00700\n", argv[k]);
            return 2;
        }
    struct ft_client *client = connect_or_exit();
    const struct ft_security_snapshot_get_reply *data;
    struct ft_reply *reply = NULL;
    must(client, ft_security_snapshot_get(client, &request, &reply, &data), "snapshot");
    for (size_t k = 0; k < data->snapshot_list_count; k++) {
        const struct ft_security_snapshot_basic_data *b = data->snapshot_list[k].basic;
        char code[64];
        ft_security_print(&b->security, code, sizeof code);
        printf("%-12s %10.3f  high %10.3f  low %10.3f  volume %lld\n", code, b->cur_price,
               b->high_price, b->low_price, (long long)b->volume);
    }
    ft_reply_free(reply);
    ft_client_free(client);
    return 0;
}
