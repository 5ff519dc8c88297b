/* What snapshots, lists and screens tell alike: static facts (3202, 3205, 3206, 3209, 3213) and the
 * volume ratio (3203, 3215). */
#include "gateway/build_quote.h"

QotCommon__SecurityStaticInfo *ft_build_static_info(struct ft_gateway *gw,
                                                    const struct ft_instrument *inst)
{
    QotCommon__SecurityStaticInfo *info = ft_arena_alloc(&gw->arena, sizeof *info);
    QotCommon__SecurityStaticBasic *b = ft_arena_alloc(&gw->arena, sizeof *b);
    if (!info || !b)
        return NULL;
    qot__common__security_static_info__init(info);
    qot__common__security_static_basic__init(b);
    info->basic = b;
    b->security = ft_edge_new_security(gw, inst);
    b->id = (int64_t)(ft_instrument_key(inst) >> 1); /* opaque; stable for a code */
    b->lotsize = inst->lot;
    b->sectype = inst->type;
    b->name = (char *)ft_edge_name(gw, inst);
    b->listtime = ft_edge_day(gw, inst, inst->listing_day, &b->listtimestamp);
    b->has_listtimestamp = inst->listing_day != FT_NO_DAY;
    b->has_delisting = 1;
    b->delisting = inst->expiry_day != FT_NO_DAY && inst->expiry_day < ft_edge_today(gw, inst);
    b->has_exchtype = 1;
    b->exchtype = inst->exch;
    const struct ft_instrument *owner =
        inst->underlying == FT_NO_INST ? NULL : ft_universe_at(gw->universe, inst->underlying);
    if (inst->type == FT_SEC_WARRANT && owner) {
        QotCommon__WarrantStaticExData *w = ft_arena_alloc(&gw->arena, sizeof *w);
        if (!w)
            return NULL;
        qot__common__warrant_static_ex_data__init(w);
        w->type = inst->right;
        w->owner = ft_edge_new_security(gw, owner);
        info->warrantexdata = w;
    } else if (inst->type == FT_SEC_OPTION && owner) {
        QotCommon__OptionStaticExData *o = ft_arena_alloc(&gw->arena, sizeof *o);
        if (!o)
            return NULL;
        qot__common__option_static_ex_data__init(o);
        o->type = inst->right;
        o->owner = ft_edge_new_security(gw, owner);
        o->striketime = ft_edge_day(gw, inst, inst->expiry_day, &o->striketimestamp);
        o->has_striketimestamp = 1;
        o->strikeprice = ft_price_to_double(inst->strike);
        o->suspend = inst->suspended;
        o->market = (char *)"";
        o->has_indexoptiontype = inst->index_option != 0;
        o->indexoptiontype = inst->index_option;
        o->has_expirationcycle = inst->cycle != 0;
        o->expirationcycle = inst->cycle;
        o->has_optionstandardtype = 1; /* no adjusted contracts are listed */
        o->optionstandardtype = QOT__COMMON__OPTION_STANDARD_TYPE__OptionStandardType_Standard;
        o->has_optionsettlementmode = inst->settlement != 0;
        o->optionsettlementmode = inst->settlement;
        info->optionexdata = o;
    } else if (inst->type == FT_SEC_FUTURE) {
        QotCommon__FutureStaticExData *f = ft_arena_alloc(&gw->arena, sizeof *f);
        if (!f)
            return NULL;
        qot__common__future_static_ex_data__init(f);
        f->lasttradetime = ft_edge_day(gw, inst, inst->is_continuous ? FT_NO_DAY : inst->expiry_day,
                                       &f->lasttradetimestamp);
        f->has_lasttradetimestamp = !inst->is_continuous;
        f->ismaincontract = inst->is_main;
        info->futureexdata = f;
    }
    return info;
}

/* Volume a minute of today's regular session against that of a usual day; the vendor's formula is not
 * known (quote-realtime.md 10, point 13). */
double ft_volume_ratio(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_quote *q)
{
    const struct ft_model *model = ft_world_model(gw->world);
    const struct ft_timetables *tt = ft_universe_timetables(gw->universe);
    const struct ft_hours *hours = ft_model_hours(model);
    double usual = (double)ft_model_usual_volume(model, inst->index);
    struct ft_span spans[FT_SPANS_MAX];
    int n = ft_day_spans(tt, inst->profile, hours, q->day, spans);
    int64_t passed = 0, whole = 0, now = ft_world_now(gw->world);
    for (int k = 0; k < n; k++) {
        if (spans[k].session != FT_SES_REGULAR)
            continue;
        int64_t start = ft_minute_to_utc(tt, inst->profile, q->day, spans[k].start);
        int64_t end = ft_minute_to_utc(tt, inst->profile, q->day, spans[k].end);
        whole += end - start;
        passed += now >= end ? end - start : now > start ? now - start : 0;
    }
    if (usual <= 0 || !whole)
        return 0;
    /* Before the open the figures are those of the last whole session. */
    double part = passed > 0 ? (double)passed / (double)whole : 1;
    return ft_edge_round((double)q->volume / part / usual, 3);
}
