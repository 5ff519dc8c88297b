/* Where the log files of the gateway are. */
#include "gateway/gateway.h"

#include "base/log.h"

#include <string.h>

int ft_open_logs(const struct ft_config *config, struct ft_err *err)
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
