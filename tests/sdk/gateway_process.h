/* A real gateway for the SDK's tests: ./opend on loopback, started, killed, started again on the same
 * port with the same data. */
#ifndef FT_TESTS_SDK_GATEWAY_PROCESS_H
#define FT_TESTS_SDK_GATEWAY_PROCESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct gateway_process {
    pid_t pid;
    uint16_t port; /* 0 before the first start: any free one */
    char dir[64];
    char extra[128]; /* one more parameter; "": none */
    FILE *banner; /* left open, so that what it says later finds a reader */
};

static inline void gateway_exec(const struct gateway_process *g, int out)
{
    char dir[96], port[32];
    const char *path = getenv("OPEND_BIN");
    snprintf(dir, sizeof dir, "-data_dir=%s", g->dir);
    snprintf(port, sizeof port, "-api_port=%u", (unsigned)g->port);
    dup2(out, STDOUT_FILENO);
    execl(path ? path : "opend", "opend", port, dir, "-lang=en", "-log_level=warning",
          "-limits=off", g->extra[0] ? g->extra : (char *)NULL, (char *)NULL);
    _exit(1);
}

static inline void gateway_make_dir(struct gateway_process *g)
{
    if (g->dir[0])
        return;
    snprintf(g->dir, sizeof g->dir, "/tmp/ftapi_test.XXXXXX");
    assert_non_null(mkdtemp(g->dir));
}

static inline void gateway_start(struct gateway_process *g)
{
    int fds[2];
    gateway_make_dir(g);
    assert_int_equal(pipe(fds), 0);
    g->pid = fork();
    assert_true(g->pid >= 0);
    if (g->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(fds[0]);
        gateway_exec(g, fds[1]);
    }
    close(fds[1]);
    g->banner = fdopen(fds[0], "r");
    assert_non_null(g->banner);
    char line[512];
    for (unsigned port = 0; port == 0;) {
        if (!fgets(line, sizeof line, g->banner))
            fail_msg("opend ended before it listened (OPEND_BIN=%s)", getenv("OPEND_BIN"));
        if (sscanf(line, "listening on 127.0.0.1:%u", &port) == 1)
            g->port = (uint16_t)port;
    }
}

/* As a power cut would. */
static inline void gateway_kill(struct gateway_process *g)
{
    kill(g->pid, SIGKILL);
    waitpid(g->pid, NULL, 0);
    fclose(g->banner);
}

static inline int gateway_remove_entry(const char *path, const struct stat *st, int type,
                                       struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static inline void gateway_end(struct gateway_process *g)
{
    gateway_kill(g);
    nftw(g->dir, gateway_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
