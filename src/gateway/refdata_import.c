/* `opend -import_refdata=FILE`: a program of its own, while no gateway runs on the data directory. */
#include "gateway/refdata.h"

#include "gateway/edge.h"
#include "gateway/gateway.h"
#include "market/embedded.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_WIDTH = 40 };

struct import {
    const char *file;
    struct ft_universe *universe;
    bool bar;  /* stderr is a terminal */
    int shown; /* percent */
};

static void show_progress(void *user, size_t done, size_t total)
{
    struct import *im = user;
    int percent = total ? (int)((double)done * 100 / (double)total) : 100;
    if (!im->bar || percent == im->shown)
        return;
    char bar[BAR_WIDTH + 1];
    size_t full = (size_t)percent * BAR_WIDTH / 100;
    memset(bar, '#', full);
    memset(bar + full, ' ', BAR_WIDTH - full);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %3d%%%s", bar, percent, percent == 100 ? "\n" : "");
    im->shown = percent;
}

static void say_fault(void *user, uint32_t line, const char *text)
{
    struct import *im = user;
    fprintf(stderr, "%s%s:%u: %s\n", im->bar && im->shown >= 0 && im->shown < 100 ? "\n" : "",
            im->file, line, text);
    im->shown = -1;
}

static int lookup(void *user, const char *security)
{
    return ft_edge_stock_market(((struct import *)user)->universe, security);
}

static int store_all(const struct ft_config *c, const struct ft_ref_records *r, struct ft_err *err)
{
    struct ft_store_refdata *row = calloc(r->count + 1, sizeof *row);
    if (!row)
        return ft_err_set(err, FT_ENOMEM, "no memory for %zu records", r->count);
    for (size_t k = 0; k < r->count; k++)
        row[k] = (struct ft_store_refdata){
            .protocol = r->record[k].protocol,
            .instrument = r->record[k].security,
            .seq = r->record[k].seq,
            .record = ft_buf_head(&r->bytes) + r->record[k].at,
            .len = r->record[k].len,
        };
    struct ft_store *s = ft_store_open(c->data_dir, FT_DURABLE_FULL, NULL, NULL, err);
    int bad = !s || ft_store_put_refdata(s, row, r->count, err) ? -1 : 0;
    if (!s && err->code == FT_ESTATE)
        ft_err_wrap(err, "stop the gateway first");
    ft_store_close(s);
    free(row);
    return bad;
}

static size_t groups(const struct ft_ref_records *r)
{
    size_t n = 0;
    for (size_t k = 0; k < r->count; k++)
        n += k == 0 || r->record[k].protocol != r->record[k - 1].protocol ||
             strcmp(r->record[k].security, r->record[k - 1].security) != 0;
    return n;
}

static int import_text(const struct ft_config *c, struct import *im, const char *text, size_t len,
                       struct ft_err *err)
{
    struct ft_ref_reader reader = {
        .lookup = lookup,
        .say = say_fault,
        .progress = show_progress,
        .user = im,
    };
    struct ft_ref_records records;
    ft_ref_records_init(&records);
    size_t faults = ft_ref_read(&reader, text, len, &records);
    int bad = -1;
    if (faults)
        ft_err_set(err, FT_EINVAL, "%s: %zu fault%s%s: nothing was imported", im->file, faults,
                   faults == 1 ? "" : "s", faults >= FT_REF_FAULTS_MAX ? " or more" : "");
    else
        bad = store_all(c, &records, err);
    if (!bad)
        printf("%s: %zu records of %zu lists imported into %s\n", im->file, records.count,
               groups(&records), c->data_dir);
    ft_ref_records_free(&records);
    return bad;
}

int ft_refdata_import(const struct ft_config *c)
{
    struct import im = {.file = c->import_refdata, .bar = isatty(STDERR_FILENO), .shown = -1};
    struct ft_err err = {0};
    size_t len = 0, extra_len = 0;
    char *extra = NULL, *text = ft_market_read_file(c->import_refdata, &len, &err);
    int bad = text ? 0 : -1;
    if (!bad && c->instruments[0] &&
        !(extra = ft_market_read_file(c->instruments, &extra_len, &err)))
        bad = ft_err_wrap(&err, "instruments");
    if (!bad) {
        im.universe = ft_universe_load(
            ft_embedded_data, NULL, (ft_day)(time(NULL) / FT_SEC_PER_DAY), extra, extra_len, &err);
        bad = im.universe && ft_make_data_dir(c->data_dir, &err) == 0
                  ? import_text(c, &im, text, len, &err)
                  : -1;
    }
    if (bad)
        fprintf(stderr, "opend: %s\n", err.text);
    ft_universe_free(im.universe);
    free(extra);
    free(text);
    return bad ? 1 : 0;
}
