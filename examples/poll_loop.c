/* The client in a poll loop of one's own, beside standard input: type codes, read prices.
 * poll_loop < codes */
#include "connect.h"

#include <ftapi/convert.h>
#include <ftapi/qot_get_security_snapshot.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

static int waiting;

static void on_snapshot(void *user, struct ft_reply *reply, const struct ft_security_snapshot_get_reply *data)
{
    waiting--;
    if (!data)
        fprintf(stderr, "%s\n", ft_reply_text(reply));
    for (size_t k = 0; data && k < data->snapshot_list_count; k++)
        printf("%s %.3f\n", data->snapshot_list[k].basic->security.code,
               data->snapshot_list[k].basic->cur_price);
}

static void ask(struct ft_client *client, const char *code)
{
    struct ft_security security;
    if (ft_security_parse(code, &security)) {
        fprintf(stderr, "%s: not a security, as HK.00700\n", code);
        return;
    }
    struct ft_security_snapshot_get_request request = {.security_list = &security, .security_list_count = 1};
    enum ft_status s = ft_security_snapshot_get_async(client, &request, on_snapshot, NULL);
    if (s)
        fprintf(stderr, "%s\n", ft_client_last_error(client));
    else
        waiting++;
}

int main(void)
{
    struct ft_client *client = connect_or_exit();
    char line[256];
    size_t have = 0;
    bool input = true;
    while (input || waiting) {
        struct pollfd fds[2] = {{ft_client_fd(client), POLLIN, 0},
                                {input ? STDIN_FILENO : -1, POLLIN, 0}};
        poll(fds, 2, ft_client_timeout_ms(client));
        must(client, ft_client_dispatch(client, 0, NULL), "dispatch");
        if (!(fds[1].revents & (POLLIN | POLLHUP)))
            continue;
        ssize_t n = read(STDIN_FILENO, line + have, sizeof line - have);
        input = n > 0 && have + (size_t)n < sizeof line; /* no line is that long */
        have += n > 0 ? (size_t)n : 0;
        for (char *end; (end = memchr(line, '\n', have)); memmove(line, end + 1, have)) {
            *end = '\0';
            ask(client, line);
            have -= (size_t)(end + 1 - line);
        }
    }
    ft_client_free(client);
    return 0;
}
