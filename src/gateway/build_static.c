/* Static facts of an instrument as every list of them tells (3202, 3205, 3206, 3209, 3213). */
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
