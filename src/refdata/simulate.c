/* Which simulator invents the records of a protocol, and what they share. */
#include "refdata/simulate.h"

#include "base/check.h"
#include "base/rng.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    uint32_t protocol;
    ft_simulator *run;
} simulators[] = {
    {FT_PROTO_Qot_GetCorporateActionsDividends, ft_sim_dividends},
    {FT_PROTO_Qot_GetCorporateActionsBuybacks, ft_sim_buybacks},
    {FT_PROTO_Qot_GetCorporateActionsStockSplits, ft_sim_splits},
    {FT_PROTO_Qot_GetShareholdersInstitutional, ft_sim_institutional},
    {FT_PROTO_Qot_GetInsiderHolderList, ft_sim_insiders},
    {FT_PROTO_Qot_GetInsiderTradeList, ft_sim_insider_trades},
    {FT_PROTO_Qot_GetCompanyExecutives, ft_sim_executives},
    {FT_PROTO_Qot_GetDailyShortVolume, ft_sim_short_volume},
    {FT_PROTO_Qot_GetShortInterest, ft_sim_short_interest},
};

int ft_ref_simulate(const struct ft_ref_decl *d, int list, const struct ft_ref_company *c,
                    struct ft_arena *arena, struct ft_ref_rows *out, struct ft_err *err)
{
    struct ft_sim_records s = {
        .c = c,
        .type = ft_ref_record_type(d, list),
        .s2c = ft_ref_s2c(d),
        .list = list,
        .arena = arena,
        .out = out,
    };
    *out = (struct ft_ref_rows){0};
    FT_CHECK(c->issued > 0 && c->lot > 0);
    for (size_t k = 0; k < sizeof simulators / sizeof simulators[0]; k++)
        if (simulators[k].protocol == d->protocol && simulators[k].run(&s))
            return ft_err_set(err, FT_ENOMEM, "no memory for the records");
    return 0;
}

ProtobufCMessage *ft_sim_add(struct ft_sim_records *s)
{
    struct ft_ref_rows *out = s->out;
    if (out->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        ProtobufCMessage **more = ft_arena_alloc(s->arena, cap * sizeof *more);
        if (!more || out->count == FT_REF_PER_SECURITY_MAX)
            return NULL;
        if (out->count)
            memcpy(more, out->row, out->count * sizeof *more);
        out->row = more;
        s->cap = cap;
    }
    ProtobufCMessage *m = ft_ref_new(s->type, s->arena);
    if (m)
        out->row[out->count++] = m;
    return m;
}

char *ft_sim_text(struct ft_sim_records *s, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    FT_CHECK(n >= 0 && n < (int)sizeof text);
    char *kept = ft_arena_strndup(s->arena, text, (size_t)n);
    return kept ? kept : (char *)"";
}

char *ft_sim_day_text(struct ft_sim_records *s, ft_day day)
{
    char text[11];
    ft_day_print(day, text);
    return ft_sim_text(s, "%s", text);
}

void ft_sim_day(struct ft_sim_records *s, ProtobufCMessage *m, const char *name, ft_day day,
                int second)
{
    char str[64];
    FT_CHECK(strlen(name) + 4 <= sizeof str);
    snprintf(str, sizeof str, "%sStr", name);
    ft_ref_set_int(m, name, ft_tz_to_utc(s->c->zone, day, second));
    ft_ref_set_text(m, str, ft_sim_day_text(s, day));
}

double ft_sim_draw(const struct ft_ref_company *c, uint64_t what, uint64_t which)
{
    return ft_rng_to_unit(ft_rng_at(c->seed, what, which));
}

double ft_sim_wave(const struct ft_ref_company *c, uint64_t what, int64_t step, int span)
{
    int64_t from = step >= 0 ? step / span : -((-step + span - 1) / span);
    double part = (double)(step - from * span) / span;
    double a = ft_sim_draw(c, what, (uint64_t)from), b = ft_sim_draw(c, what, (uint64_t)from + 1);
    return a + (b - a) * part;
}

ptrdiff_t ft_sim_bar(const struct ft_ref_company *c, ft_day day)
{
    ptrdiff_t lo = 0, hi = (ptrdiff_t)c->bars;
    while (lo < hi) {
        ptrdiff_t mid = lo + (hi - lo) / 2;
        if (c->bar[mid].day <= day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo - 1;
}

double ft_sim_round(double v, int decimals)
{
    double scale = pow(10, decimals);
    return round(v * scale) / scale;
}
