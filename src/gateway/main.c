/* opend: parse the parameters, say what this is, run the loop until a signal. */
#include "gateway/gateway.h"

#include "base/log.h"
#include "gateway/console/desk.h"
#include "gateway/healthcheck.h"
#include "gateway/trade.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { FILES_BESIDE = 64 }; /* listeners, the store, the log */

static void banner(const struct ft_gateway *gw)
{
    printf("opend %s: an open OpenD; its markets are simulated, no quote is real\n", FT_VERSION);
    printf("listening on %s:%d (TCP API%s)\n", gw->config.api_ip, gw->api.port,
           gw->rsa ? ", RSA key loaded" : "");
    for (size_t k = 0; k < gw->logins.count; k++)
        if (gw->logins.all[k].api.open)
            printf("login %s: TCP API on %s:%d%s\n", gw->logins.all[k].name, gw->logins.all[k].api_ip,
                   gw->logins.all[k].api.port, gw->logins.all[k].rsa ? ", RSA key of its own" : "");
    ft_web_banner(gw, stdout);
    ft_desk_banner(gw);
    printf("data directory %s\n", gw->config.data_dir);
    fflush(stdout);
}

/* -check_config: everything that can be told without starting. */
static int check_config(const struct ft_config *config, const struct ft_config_report *report)
{
    struct ft_err err = {0};
    ft_config_print_effective(stdout, config, report);
    for (size_t k = 0; k < report->note_count; k++)
        fprintf(stderr, "opend: %s\n", report->note[k]);
    int bad = ft_config_check_files(config, &err);
    if (!bad && config->rsa_private_key[0]) {
        struct ft_rsa *rsa = ft_rsa_from_file(config->rsa_private_key, &err);
        bad = rsa ? 0 : ft_err_wrap(&err, "rsa_private_key");
        ft_rsa_free(rsa);
    }
    if (bad)
        fprintf(stderr, "opend: %s\n", err.text);
    return bad ? 2 : 0;
}

/* A connection is a file: as many as this process may ever have. */
static void raise_file_limit(int64_t max_connections)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max != RLIM_INFINITY && files.rlim_max < (rlim_t)max_connections + FILES_BESIDE)
        ft_warn("max_connections=%lld: this process may open %llu files only (ulimit -Hn)",
                (long long)max_connections, (unsigned long long)files.rlim_max);
}

int main(int argc, char **argv)
{
    static struct ft_config config;
    static struct ft_config_report report;
    struct ft_err err = {0};
    umask(077); /* whatever is written is the owner's alone */
    if (ft_config_load(&config, &report, argc, argv, &err)) {
        fprintf(stderr, "opend: %s\n", err.text);
        return 2;
    }
    if (config.help) {
        ft_config_print_help(stdout);
        return 0;
    }
    if (config.healthcheck)
        return ft_healthcheck(&config);
    if (config.hash_password)
        return ft_password_command();
    if (config.check_config)
        return check_config(&config, &report);
    ft_log_set_level(config.log_level);
    for (size_t k = 0; k < report.note_count; k++) {
        char words[FT_CONFIG_NOTE_MAX];
        ft_warn("event=config reason=\"%s\"", ft_log_words(report.note[k], words, sizeof words));
    }
    if (config.import_refdata[0])
        return ft_refdata_import(&config);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is the store's failure, not the end */
    if (config.check)
        return ft_trade_check(&config);

    raise_file_limit(config.max_connections);

    static struct ft_gateway gw;
    uv_loop_t *loop = uv_default_loop();
    int status = 1;
    if (ft_open_logs(&config, &err) || ft_gateway_start(&gw, loop, &config, &err)) {
        fprintf(stderr, "opend: %s\n", err.text);
    } else {
        banner(&gw);
        uv_run(loop, UV_RUN_DEFAULT);
        status = 0;
        ft_log_tell_left_out();
        ft_info("event=stopped");
    }
    ft_gateway_free(&gw);
    uv_loop_close(loop);
    return status;
}
