/* show_delay_report: the three lists of GetDelayStatistics as text (spec platform.md 3.2, 5.6). */
#include "gateway/console/report.h"

#include <string.h>

static const char *const stages[FT_DELAY_STAGES] = {"sr2ss", "ss2cr", "cr2cs", "ss2cs", "sr2cs"};
static const char *const kinds[FT_DELAY_PUSHES] = {"PRICE", "TICKER", "ORDER_BOOK", "BROKER"};

const char *ft_report_stage_name(int stage)
{
    return stage < FT_DELAY_STAGES ? stages[stage] : NULL;
}

static double ms(uint64_t total_ns, uint64_t count)
{
    return count ? (double)total_ns / (double)count / 1e6 : 0;
}

static void stage_table(struct ft_report *r)
{
    const struct ft_delay *d = &r->gw->delay;
    ft_report_line(r, FT_TEXT(r->gw, "push (average in ms)", "推送（平均，毫秒）"));
    ft_report_line(r, "  %-10s %12s %10s %10s %10s %10s %10s", "type", "count", stages[0], stages[1],
                   stages[2], stages[3], stages[4]);
    for (int k = 0; k < FT_DELAY_PUSHES; k++) {
        const struct ft_delay_push *p = &d->pushes[k];
        ft_report_line(r, "  %-10s %12llu %10.3f %10.3f %10.3f %10.3f %10.3f", kinds[k],
                       (unsigned long long)p->count, ms(p->stage[0].total_ns, p->count),
                       ms(p->stage[1].total_ns, p->count), ms(p->stage[2].total_ns, p->count),
                       ms(p->stage[3].total_ns, p->count), ms(p->stage[4].total_ns, p->count));
    }
}

static void buckets(struct ft_report *r, int kind, int stage, bool detail)
{
    const struct ft_delay_push *p = &r->gw->delay.pushes[kind];
    if (!p->count)
        return;
    int32_t borders[FT_DELAY_BORDERS], from = 0;
    size_t n = ft_delay_default_borders(borders);
    uint64_t below = 0;
    ft_report_line(r, FT_TEXT(r->gw, "push %s, %s: %llu, average %.3f ms", "推送 %s，%s：%llu 次，平均 %.3f 毫秒"),
                   kinds[kind], stages[stage], (unsigned long long)p->count,
                   ms(p->stage[stage].total_ns, p->count));
    for (size_t k = 0; k < n; from = borders[k++]) {
        uint64_t here = ft_delay_between(&p->stage[stage], from, borders[k]);
        below += here;
        if (!here && !detail)
            continue;
        char to[16] = "inf";
        if (borders[k] >= 0)
            snprintf(to, sizeof to, "%d", borders[k]);
        ft_report_line(r, "  [%4d, %4s) ms %12llu %7.2f%% %7.2f%%", from, to, (unsigned long long)here,
                       100.0 * (double)here / (double)p->count,
                       100.0 * (double)below / (double)p->count);
    }
}

static void request_table(struct ft_report *r)
{
    const struct ft_delay *d = &r->gw->delay;
    ft_report_line(r, FT_TEXT(r->gw, "request (average in ms)", "请求（平均，毫秒）"));
    ft_report_line(r, "  %5s %-28s %10s %10s %10s %10s", "proto", "name", "count", "total", "OpenD",
                   "wait");
    for (size_t k = 0; k < ft_protocols_count; k++) {
        const struct ft_delay_row *row = &d->rows[k];
        if (row->count)
            ft_report_line(r, "  %5u %-28s %10llu %10.3f %10.3f %10.3f", ft_protocols[k].id,
                           ft_protocols[k].name, (unsigned long long)row->count,
                           ms(row->total_ns, row->written),
                           ms(row->total_ns - row->wait_ns, row->written),
                           ms(row->wait_ns, row->written));
    }
}

static void order_table(struct ft_report *r)
{
    const struct ft_delay *d = &r->gw->delay;
    ft_report_line(r, FT_TEXT(r->gw, "orders placed, the last %d (ms)", "下单，最近 %d 笔（毫秒）"),
                   FT_DELAY_ORDERS);
    ft_report_line(r, "  %-20s %10s %10s %10s %10s", "order", "total", "OpenD", "wait", "update");
    for (size_t k = 0; k < ft_delay_order_count(d); k++) {
        const struct ft_delay_order *o = ft_delay_order_at(d, k);
        if (!o->written_ns)
            continue;
        uint64_t total = o->written_ns - o->arrived_ns, wait = o->durable_ns - o->answered_ns;
        ft_report_line(r, "  %-20llu %10.3f %10.3f %10.3f %10.3f", (unsigned long long)o->id,
                       ms(total, 1), ms(total - wait, 1), ms(wait, 1),
                       ms(o->acked_ns ? o->acked_ns - o->answered_ns : 0, 1));
    }
}

void ft_report_delays(struct ft_report *r, enum ft_delay_stage_kind stage, bool detail)
{
    ft_report_line(r, FT_TEXT(r->gw, "latency since the start or 06:00 Beijing time, whichever came last",
                              "延迟统计：自启动或北京时间 06:00（每日清零）以来"));
    stage_table(r);
    for (int k = 0; k < FT_DELAY_PUSHES; k++)
        buckets(r, k, stage, detail);
    request_table(r);
    order_table(r);
}
