/* opend: parse the parameters, say what this is, run the loop until a signal. */
#include "gateway/gateway.h"

#include "base/log.h"
#include "gateway/trade.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

static void banner(const struct ft_gateway *gw)
{
    printf("opend %s: an open OpenD; its markets are simulated, no quote is real\n", FT_VERSION);
    printf("listening on %s:%d (TCP API%s)\n", gw->config.api_ip, gw->api.port,
           gw->rsa ? ", RSA key loaded" : "");
    ft_web_banner(gw, stdout);
    printf("data directory %s\n", gw->config.data_dir);
    fflush(stdout);
}

static int open_logs(const struct ft_config *config, struct ft_err *err)
{
    char dir[FT_PATH_MAX + 8];
    if (strcmp(config->log_dir, "off") == 0)
        return 0;
    if (config->log_dir[0])
        snprintf(dir, sizeof dir, "%s", config->log_dir);
    else
        snprintf(dir, sizeof dir, "%s/log", config->data_dir);
    struct ft_log_files files = {
        .dir = dir,
        .max_bytes = (uint64_t)config->log_max_size << 20,
        .keep = (unsigned)config->log_keep,
        .json = config->log_json,
    };
    if (ft_make_data_dir(config->data_dir, err))
        return -1;
    return ft_log_open_files(&files, err) ? ft_err_wrap(err, "log_dir") : 0;
}

int main(int argc, char **argv)
{
    struct ft_config config;
    struct ft_err err = {0};
    ft_config_defaults(&config);
    if (ft_config_parse_args(&config, argc, argv, &err)) {
        fprintf(stderr, "opend: %s\n", err.text);
        return 2;
    }
    if (config.help) {
        ft_config_print_help(stdout);
        return 0;
    }
    if (config.import_refdata[0])
        return ft_refdata_import(&config);
    umask(077); /* what is written here is nobody else's business */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is the store's failure, not the end */
    ft_log_set_level(config.log_level);
    if (config.check)
        return ft_trade_check(&config);

    static struct ft_gateway gw;
    uv_loop_t *loop = uv_default_loop();
    int status = 1;
    if (open_logs(&config, &err) || ft_gateway_start(&gw, loop, &config, &err)) {
        fprintf(stderr, "opend: %s\n", err.text);
    } else {
        banner(&gw);
        uv_run(loop, UV_RUN_DEFAULT);
        status = 0;
        ft_info("event=stopped");
    }
    ft_gateway_free(&gw);
    uv_loop_close(loop);
    return status;
}
