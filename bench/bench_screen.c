/* Screens through a real gateway on loopback, over 50,000 stocks of a made-up file and an option
 * chain of 1,000 contracts. Targets: three simple conditions below 20 ms, one pattern below 300 ms,
 * the chain below 5 ms. Beside each answer's time stands the processor time that the gateway used
 * for it, which a busy machine does not blur. */
#include "bench_sdk.h"

#include "Qot_GetOptionChain.pb-c.h"
#include "Qot_StockFilter.pb-c.h"
#include "base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STOCKS = 50000, EXPIRIES = 5, STRIKES = 100, ROUNDS = 40, WARM_TRIES = 600 };

static struct ft_client *client;
static struct ft_reply *reply;
static struct bench_child gateway;

static void write_instruments(const char *path)
{
    static const int prices[] = {3, 7, 12, 25, 48, 90, 160, 400};
    FILE *f = fopen(path, "we");
    if (!f)
        bench_die("%s: cannot be written", path);
    fputs("market,code,type,name_en,lot,currency,reference_price,issued_shares,liquidity,"
          "listing_date,tick_table,exchange,underlying,extra\n", f);
    for (int k = 0; k < STOCKS; k++)
        fprintf(f, "US,ZZ%05d,stock,Made Up %d,1,USD,%d.%02d,%lld,%d,2010-01-04,US_STOCK,US_NASDAQ,,\n",
                k, k, prices[k % 8], k * 37 % 100, (10LL + k * 7919 % 890) * 1000000, 1 + k % 5);
    ft_day today = (ft_day)(time(NULL) / FT_SEC_PER_DAY);
    for (int e = 0; e < EXPIRIES; e++)
        for (int s = 0; s < STRIKES; s++)
            for (int right = 0; right < 2; right++) {
                char day[11];
                ft_day_print(today + 3 + e * 5, day);
                fprintf(f, "US,ZZO%d%03d%c,option,Made Up Option,100,USD,1,,3,,,US_OPTION,US.ZZ00007,"
                           "kind=%s;strike=%d;expiry=%s\n", e, s, right ? 'P' : 'C',
                        right ? "PUT" : "CALL", 350 + s, day);
            }
    if (fclose(f))
        bench_die("%s: cannot be written", path);
}

/* ---- Requests ------------------------------------------------------------------------------- */

static bool ask(uint32_t proto, const ProtobufCMessage *request)
{
    enum ft_status s = ft_client_call(client, proto, request, 0, &reply);
    if (s != FT_STATUS_OK && s != FT_STATUS_REFUSED && s != FT_STATUS_TIMEOUT)
        bench_die("%s", ft_client_last_error(client));
    return s == FT_STATUS_OK;
}

struct load {
    const char *name;
    uint32_t proto;
    const ProtobufCMessage *request;
};

static void run(const struct load *l)
{
    static struct bench_hist wall;
    char row[96];
    memset(&wall, 0, sizeof wall);
    /* The first of a day makes what the others find; a request too long is asked again. */
    uint64_t start = bench_now_ns();
    for (int k = 0; !ask(l->proto, l->request); k++) {
        if (k == WARM_TRIES)
            bench_die("%s: %s", l->name, ft_reply_text(reply));
        usleep(20000);
    }
    snprintf(row, sizeof row, "screen.%s.first", l->name);
    bench_row(row, (double)(bench_now_ns() - start) / 1e6, "ms");
    uint64_t cpu = bench_cpu_ns(gateway.pid);
    for (int k = 0; k < ROUNDS; k++) {
        start = bench_now_ns();
        if (!ask(l->proto, l->request))
            bench_die("%s: %s", l->name, ft_reply_text(reply));
        bench_hist_add(&wall, bench_now_ns() - start);
    }
    cpu = bench_cpu_ns(gateway.pid) - cpu;
    snprintf(row, sizeof row, "screen.%s.p50", l->name);
    bench_row(row, (double)bench_hist_percentile(&wall, 0.5) / 1e6, "ms");
    snprintf(row, sizeof row, "screen.%s.cpu", l->name);
    bench_row(row, (double)cpu / 1e6 / ROUNDS, "ms of the gateway");
}

static void simple_conditions(void)
{
    static const struct { int field; double min, max; } wanted[] = {
        {QOT__STOCK_FILTER__STOCK_FIELD__StockField_CurPrice, 2, 1000},
        {QOT__STOCK_FILTER__STOCK_FIELD__StockField_PeTTM, 5, 20},
        {QOT__STOCK_FILTER__STOCK_FIELD__StockField_MarketVal, 1e8, 1e12}};
    QotStockFilter__BaseFilter filters[3], *list[3];
    for (int k = 0; k < 3; k++) {
        qot__stock_filter__base_filter__init(&filters[k]);
        filters[k].fieldname = wanted[k].field;
        filters[k].has_filtermin = filters[k].has_filtermax = filters[k].has_isnofilter = 1;
        filters[k].filtermin = wanted[k].min;
        filters[k].filtermax = wanted[k].max;
        list[k] = &filters[k];
    }
    QotStockFilter__C2S c2s = QOT__STOCK_FILTER__C2_S__INIT;
    c2s.num = 200;
    c2s.market = 11;
    c2s.n_basefilterlist = 3;
    c2s.basefilterlist = list;
    QotStockFilter__Request r = QOT__STOCK_FILTER__REQUEST__INIT;
    r.c2s = &c2s;
    run(&(struct load){"50000_stocks.3_simple", FT_ID_Qot_StockFilter, &r.base});
    filters[0].has_sortdir = 1;
    filters[0].sortdir = QOT__STOCK_FILTER__SORT_DIR__SortDir_Descend;
    run(&(struct load){"50000_stocks.3_simple_sorted", FT_ID_Qot_StockFilter, &r.base});
}

static void pattern(const char *name, int field)
{
    QotStockFilter__PatternFilter filter = QOT__STOCK_FILTER__PATTERN_FILTER__INIT;
    QotStockFilter__PatternFilter *list = &filter;
    filter.fieldname = field;
    filter.kltype = 2;
    filter.has_isnofilter = 1;
    QotStockFilter__C2S c2s = QOT__STOCK_FILTER__C2_S__INIT;
    c2s.num = 200;
    c2s.market = 11;
    c2s.n_patternfilterlist = 1;
    c2s.patternfilterlist = &list;
    QotStockFilter__Request r = QOT__STOCK_FILTER__REQUEST__INIT;
    r.c2s = &c2s;
    run(&(struct load){name, FT_ID_Qot_StockFilter, &r.base});
}

static void chains(void)
{
    char begin[11], end[11];
    ft_day today = (ft_day)(time(NULL) / FT_SEC_PER_DAY);
    ft_day_print(today, begin);
    ft_day_print(today + 29, end);
    QotCommon__Security owner = QOT__COMMON__SECURITY__INIT;
    owner.market = 11;
    owner.code = (char *)"ZZ00007";
    QotGetOptionChain__C2S c2s = QOT__GET_OPTION_CHAIN__C2_S__INIT;
    c2s.owner = &owner;
    c2s.begintime = begin;
    c2s.endtime = end;
    QotGetOptionChain__Request r = QOT__GET_OPTION_CHAIN__REQUEST__INIT;
    r.c2s = &c2s;
    run(&(struct load){"chain_1000", FT_ID_Qot_GetOptionChain, &r.base});
    QotGetOptionChain__DataFilter filter = QOT__GET_OPTION_CHAIN__DATA_FILTER__INIT;
    filter.has_deltamin = filter.has_deltamax = 1;
    filter.deltamin = -0.9;
    filter.deltamax = 0.9;
    c2s.datafilter = &filter;
    run(&(struct load){"chain_1000_by_delta", FT_ID_Qot_GetOptionChain, &r.base});
}

int main(void)
{
    char path[] = "/tmp/bench_screen_XXXXXX", parameter[64];
    int fd = mkstemp(path);
    if (fd < 0)
        bench_die("no temporary file");
    close(fd);
    write_instruments(path);
    snprintf(parameter, sizeof parameter, "-instruments=%s", path);
    bench_opend_start(&gateway, (const char *const[]){parameter, "-limits=off", NULL});
    client = bench_client(gateway.port, "bench-screen");
    simple_conditions();
    pattern("50000_stocks.pattern_ma", 1);
    pattern("50000_stocks.pattern_ema", 3);
    pattern("50000_stocks.pattern_rsi", 5);
    pattern("50000_stocks.pattern_macd", 13);
    pattern("50000_stocks.pattern_boll", 17);
    chains();
    ft_reply_free(reply);
    ft_client_free(client);
    bench_child_stop(&gateway);
    unlink(path);
    return 0;
}
