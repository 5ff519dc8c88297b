/* History into CSV files, page by page, one security after the other.
 *
 * A file grows as NAME.csv.part, whole lines only, and gets its name when the last page is on disk. Its name has
 * everything that was asked for, so that a part is continued only by the same question: behind its last line. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LEN_MAX = 1024, TIME_LEN = 19, PAGE_BARS = 1000, LINE_MAX_LEN = 512, BAR_WIDTH = 30 };
static const char titles[] = "time,open,high,low,close,volume,turnover,turnover_rate,pe\n";

struct download {
    struct cli *cli;
    const char *code, *from, *to;
    FILE *out;
    char last[TIME_LEN + 1]; /* label of the last bar in the file; "": none */
    size_t bars;             /* written now */
    bool again;              /* bars up to `last` are in the file already: it is continued */
    bool progress;
    int failed;          /* errno of writing; 0: it has not */
    struct ft_zone *utc; /* to see how far labels have come; any zone does */
    int64_t from_ns, to_ns;
};

static void show_progress(struct download *d, bool end)
{
    int64_t at = d->from_ns;
    if (!d->progress)
        return;
    if (d->last[0])
        ft_zone_parse(d->utc, d->last, &at);
    double part = end ? 1
                  : d->to_ns > d->from_ns
                      ? (double)(at - d->from_ns) / (double)(d->to_ns - d->from_ns)
                      : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    char bar[BAR_WIDTH + 1];
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '#', (size_t)(part * BAR_WIDTH));
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%-12s [%s] %3d%%  %zu bars%s", d->code, bar, (int)(part * 100), d->bars,
            end ? "\n" : "");
}

static void put(FILE *out, bool has, double v)
{
    char text[CLI_NUMBER_MAX] = "";
    if (has)
        cli_number_text(v, -1, text);
    fprintf(out, ",%s", text);
}

static bool on_page(void *user, const struct ft_history_kline_get_reply *page)
{
    struct download *d = user;
    for (size_t k = 0; k < page->kl_list_count; k++) {
        const struct ft_kline *b = &page->kl_list[k];
        if (b->is_blank || !b->time || strlen(b->time) != TIME_LEN ||
            (d->again && strcmp(b->time, d->last) <= 0))
            continue;
        d->again = false; /* labels may go back once a year, when the clock does */
        fputs(b->time, d->out);
        put(d->out, b->has_open_price, b->open_price);
        put(d->out, b->has_high_price, b->high_price);
        put(d->out, b->has_low_price, b->low_price);
        put(d->out, b->has_close_price, b->close_price);
        put(d->out, b->has_volume, (double)b->volume);
        put(d->out, b->has_turnover, b->turnover);
        put(d->out, b->has_turnover_rate, b->turnover_rate);
        put(d->out, b->has_pe, b->pe);
        putc('\n', d->out);
        memcpy(d->last, b->time, sizeof d->last);
        d->bars++;
    }
    /* A page is in the file before the next one is asked for. */
    if (fflush(d->out))
        d->failed = errno;
    show_progress(d, false);
    return !d->failed;
}

/* The file does not begin with a whole line: it is not empty, though. */
static bool line_is_begun(char line[LINE_MAX_LEN], FILE *in)
{
    rewind(in);
    return fgets(line, LINE_MAX_LEN, in) != NULL;
}

/* Opens a part, cuts a line that has no end, and finds the last label. False after a printed error. */
static bool open_part(struct download *d, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    d->out = fd < 0 ? NULL : fdopen(fd, "r+");
    if (!d->out) {
        fprintf(stderr, "ftcli: %s: %s\n", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    char line[LINE_MAX_LEN];
    long whole = 0;
    bool first = true, ours = true;
    while (fgets(line, sizeof line, d->out) && strchr(line, '\n') && ours) {
        ours = first ? strcmp(line, titles) == 0 : strlen(line) > TIME_LEN && line[TIME_LEN] == ',';
        if (!first && ours)
            snprintf(d->last, sizeof d->last, "%.*s", TIME_LEN, line);
        first = false;
        whole = ftell(d->out);
    }
    if (first && line_is_begun(line, d->out))
        ours = strncmp(line, titles, strlen(line)) == 0; /* cut in the titles, or foreign */
    if (!ours) {
        fprintf(stderr, "ftcli: %s is not a part of a download: move it away\n", path);
        return false;
    }
    if (fseek(d->out, whole, SEEK_SET) || ftruncate(fd, whole) ||
        (whole == 0 && fputs(titles, d->out) < 0)) {
        fprintf(stderr, "ftcli: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

static int finish(struct download *d, const char *part, const char *path)
{
    if (!d->failed && (fflush(d->out) || fsync(fileno(d->out))))
        d->failed = errno;
    if (fclose(d->out) && !d->failed)
        d->failed = errno;
    d->out = NULL;
    if (!d->failed && rename(part, path))
        d->failed = errno;
    if (!d->failed) {
        show_progress(d, true);
        return CLI_EXIT_OK;
    }
    fprintf(stderr, "%sftcli: %s: %s\n", d->progress ? "\n" : "", path, strerror(d->failed));
    return CLI_EXIT_FAILED;
}

static int continue_part(struct download *d, const struct ft_history_kline_get_request *request,
                         const char *path)
{
    char part[NAME_LEN_MAX + 8];
    snprintf(part, sizeof part, "%s.part", path);
    if (!open_part(d, part)) {
        if (d->out)
            fclose(d->out);
        return CLI_EXIT_FAILED;
    }
    struct ft_history_kline_get_request ours = *request;
    char begin[TIME_LEN + 1];
    if (d->last[0]) {
        memcpy(begin, d->last, sizeof begin);
        ours.begin_time = begin;
        d->again = true;
    }
    show_progress(d, false);
    int code =
        cli_ended(d->cli, ft_history_kline_get_all(d->cli->client, &ours, on_page, d), d->code);
    if (code) {
        fclose(d->out);
        return code;
    }
    return finish(d, part, path);
}

static const struct cli_column columns[] = {{"code", "Code", CLI_TEXT, 0},
                                            {"file", "File", CLI_TEXT, 0},
                                            {"bars", "New bars", CLI_NUMBER, 0},
                                            {"state", "State", CLI_TEXT, 0}};

/* As it is spelt, for a name. */
static const char *rehab_name(int32_t rehab)
{
    return rehab == FT_REHAB_TYPE_FORWARD    ? "forward"
           : rehab == FT_REHAB_TYPE_BACKWARD ? "backward"
                                             : "none";
}

static int download_one(struct download *d, struct cli_table *t, const struct cli_args *args,
                        const char *ktype, const char *dir)
{
    struct ft_history_kline_get_request request = {.rehab_type = cli_rehab_type(args),
                                                   .kl_type = cli_kline_type(ktype),
                                                   .begin_time = d->from,
                                                   .end_time = d->to,
                                                   .max_ack_kl_num = PAGE_BARS,
                                                   .has_max_ack_kl_num = true};
    char path[NAME_LEN_MAX];
    struct stat st;
    if (!cli_security(d->code, &request.security))
        return CLI_EXIT_USAGE;
    if (strchr(d->code, '/') ||
        snprintf(path, sizeof path, "%s/%s_%s_%s_%s_%s.csv", dir, d->code, ktype,
                 rehab_name(request.rehab_type), d->from, d->to) >= (int)sizeof path)
        return cli_usage("%s: no file can have such a name", d->code);
    bool there = stat(path, &st) == 0;
    int code = there ? CLI_EXIT_OK : continue_part(d, &request, path);
    if (code == CLI_EXIT_OK) {
        cli_text(t, d->code);
        cli_text(t, path);
        cli_integer(t, (int64_t)d->bars);
        cli_text(t, there ? "already there" : "complete");
    }
    return code;
}

/* The range, and that all codes are some, before anything is asked for. False after a printed error. */
static bool read_download(const struct cli_args *args, struct download *d)
{
    struct ft_security s;
    d->from = cli_arg(args, "from");
    d->to = cli_arg(args, "to");
    if (strcmp(args->positional[0], "download") != 0) {
        cli_usage("usage: ftcli history download CODE... --from DAY --to DAY");
        return false;
    }
    if (!d->from || !d->to || strlen(d->from) != 10 || strlen(d->to) != 10 ||
        ft_zone_parse(d->utc, d->from, &d->from_ns) || ft_zone_parse(d->utc, d->to, &d->to_ns)) {
        cli_usage("history download: --from and --to are days, yyyy-MM-dd");
        return false;
    }
    if (d->from_ns > d->to_ns) {
        cli_usage("history download: --from=%s is behind --to=%s", d->from, d->to);
        return false;
    }
    d->to_ns += INT64_C(86400000000000); /* the day is included */
    for (size_t k = 1; k < args->count; k++)
        if (!cli_security(args->positional[k], &s))
            return false;
    return true;
}

int cmd_history(struct cli *cli, const struct cli_args *args)
{
    const char *ktype = cli_arg(args, "ktype"), *dir = cli_arg(args, "out");
    struct download d = {.cli = cli, .progress = isatty(STDERR_FILENO)};
    if (ft_zone_open("UTC", &d.utc))
        return CLI_EXIT_FAILED;
    int code = read_download(args, &d) ? cli_connect(cli) : CLI_EXIT_USAGE;
    struct cli_table *t = cli_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t k = 1; k < args->count && code == CLI_EXIT_OK; k++) {
        d.code = args->positional[k];
        d.last[0] = '\0';
        d.bars = 0;
        d.again = false;
        code = download_one(&d, t, args, cli_kline_name(ktype ? ktype : "K_DAY"), dir ? dir : ".");
    }
    ft_zone_free(d.utc);
    if (code == CLI_EXIT_OK ||
        cli_table_rows(t)) /* what is complete is told also when another failed */
        cli_show(cli, t);
    else
        cli_table_free(t);
    return code;
}
