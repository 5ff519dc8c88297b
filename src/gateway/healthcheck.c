#include "gateway/healthcheck.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_S = 5 };

/* Who listens everywhere is asked on this machine. */
static int address_of(const struct ft_config *config, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    const char *ip = config->http_ip;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, strcmp(ip, "0.0.0.0") == 0 ? "127.0.0.1" : ip, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)config->http_port);
        *len = sizeof *v4;
        return 0;
    }
    if (inet_pton(AF_INET6, strcmp(ip, "::") == 0 ? "::1" : ip, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)config->http_port);
        *len = sizeof *v6;
        return 0;
    }
    return -1;
}

/* The status of the answer; 0 with errno: there is none. */
static int ask(int fd, const struct sockaddr_storage *to, socklen_t len)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct timeval patience = {.tv_sec = PATIENCE_S};
    char answer[256];
    size_t n = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) ||
        connect(fd, (const struct sockaddr *)to, len) ||
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1)
        return 0;
    for (ssize_t got; n < sizeof answer - 1 && (got = recv(fd, answer + n, sizeof answer - 1 - n, 0));
         n += (size_t)got)
        if (got < 0)
            return 0;
    answer[n] = '\0';
    static const char version[] = "HTTP/1.1 ";
    const char *at = answer + sizeof version - 1;
    uint64_t status;
    if (strncmp(answer, version, sizeof version - 1) == 0 && ft_take_digits(&at, 3, &status) == 0)
        return (int)status;
    errno = EPROTO;
    return 0;
}

int ft_healthcheck(const struct ft_config *config)
{
    struct sockaddr_storage to;
    socklen_t len;
    if (config->http_port <= 0) {
        printf("unhealthy: http_port=%lld: a port of its own is needed to ask\n",
               (long long)config->http_port);
        return 1;
    }
    if (address_of(config, &to, &len)) {
        printf("unhealthy: http_ip=%s: an IP address is needed\n", config->http_ip);
        return 1;
    }
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
    if (fd >= 0) {
        status = ask(fd, &to, len);
        int why = errno;
        close(fd);
        errno = why == EAGAIN ? ETIMEDOUT : why;
    }
    if (status == 200)
        printf("healthy\n");
    else if (status)
        printf("unhealthy: %s:%lld answers %d\n", config->http_ip, (long long)config->http_port, status);
    else
        printf("unhealthy: %s:%lld: %s\n", config->http_ip, (long long)config->http_port,
               strerror(errno));
    return status != 200;
}
