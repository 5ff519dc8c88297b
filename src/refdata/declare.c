/* The declarations, and what can be read off them.
 *
 * Lists, paging and limits: the proto files; 3235, 3242, 3249: spec quote-derivatives-screening.md 5.
 * Page keys: 5.4 there (an offset for 3235 and 3242, the last row's time for 3249 reproduce the
 * vendor's samples); where no sample shows one, an offset. */
#include "refdata/refdata.h"

#include "refdata/field.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

const struct ft_ref_decl ft_ref_decls[] = {
    {
        .protocol = FT_PROTO_Qot_GetCorporateActionsDividends, /* 3234 */
        .lists = {{"dividendList", FT_REF_ANY, {"-exDate", "-pubDate"}}},
        .paging = FT_REF_ALL,
    },
    {
        .protocol = FT_PROTO_Qot_GetCorporateActionsBuybacks, /* 3235 */
        .lists = {{"hkBuyBackList", FT_REF_HK, {"-publDate", "-endDate"}},
                  {"aBuyBackList", FT_REF_CN, {"-changeRegDate", "-changeDate"}}},
        .paging = FT_REF_BY_OFFSET,
        .num_max = 50,
    },
    {
        .protocol = FT_PROTO_Qot_GetCorporateActionsStockSplits, /* 3236 */
        .lists = {{"splitItemList", FT_REF_ANY, {"-exDate", "-dirDeciPubDate"}}},
        .paging = FT_REF_BY_OFFSET,
        .num_max = 50,
    },
    {
        .protocol = FT_PROTO_Qot_GetShareholdersInstitutional, /* 3240 */
        .lists = {{"itemList", FT_REF_ANY, {"-periodText"}}},
        .paging = FT_REF_BY_OFFSET,
        .num_max = 50,
        .figures = {"updateTime", "updateTimeStr"},
    },
    {
        .protocol = FT_PROTO_Qot_GetInsiderHolderList, /* 3241 */
        .lists = {{"itemList", FT_REF_US, {"-holderQuantity"}}},
        .paging = FT_REF_BY_OFFSET,
        .num_max = 20,
        .total = "allCount",
        .figures = {"insiderTotalCount", "insiderBoughtCount", "insiderSoldCount"},
    },
    {
        .protocol = FT_PROTO_Qot_GetInsiderTradeList, /* 3242 */
        .lists = {{"itemList", FT_REF_US, {"-maxTradeDate", "-minTradeDate"}}},
        .paging = FT_REF_BY_OFFSET,
        .num_max = 50,
        .filter = "holderId",
        .total = "allCount",
    },
    {
        .protocol = FT_PROTO_Qot_GetCompanyExecutives, /* 3244 */
        .lists = {{"directorList", FT_REF_ANY, {NULL}}},
        .paging = FT_REF_ALL,
    },
    {
        .protocol = FT_PROTO_Qot_GetDailyShortVolume, /* 3248 */
        .lists = {{"usItemList", FT_REF_US, {"-timestamp"}},
                  {"hkItemList", FT_REF_HK, {"-timestamp"}}},
        .paging = FT_REF_BY_KEY,
        .num_max = 50,
        .figures = {"aggregatedShort", "aggregatedShortRatio", "newTimeStr"},
    },
    {
        .protocol = FT_PROTO_Qot_GetShortInterest, /* 3249 */
        .lists = {{"usItemList", FT_REF_US, {"-timestamp"}},
                  {"hkItemList", FT_REF_HK, {"-timestamp"}}},
        .paging = FT_REF_BY_KEY,
        .num_max = 50,
    },
};
const size_t ft_ref_decls_count = sizeof ft_ref_decls / sizeof ft_ref_decls[0];

const struct ft_ref_decl *ft_ref_decl_find(uint32_t protocol)
{
    for (size_t k = 0; k < ft_ref_decls_count; k++)
        if (ft_ref_decls[k].protocol == protocol)
            return &ft_ref_decls[k];
    return NULL;
}

/* Values of Qot_Common.QotMarket. */
static unsigned market_bit(int market)
{
    switch (market) {
    case 1: return FT_REF_HK;
    case 11: return FT_REF_US;
    case 21:
    case 22: return FT_REF_CN;
    case 31: return FT_REF_SG;
    case 41: return FT_REF_JP;
    }
    return 0;
}

int ft_ref_list_of(const struct ft_ref_decl *d, int market)
{
    for (int k = 0; k < FT_REF_LISTS_MAX && d->lists[k].field; k++)
        if (d->lists[k].markets & market_bit(market))
            return k;
    return -1;
}

const char *ft_ref_markets_text(const struct ft_ref_decl *d, char *out, size_t size)
{
    static const char *const names[] = {"HK", "US", "SH/SZ", "SG", "JP"};
    unsigned all = d->lists[0].markets | d->lists[1].markets;
    size_t n = 0;
    FT_CHECK(size > 0);
    out[0] = '\0';
    for (unsigned k = 0; k < sizeof names / sizeof names[0] && n < size; k++)
        if (all >> k & 1)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", names[k]);
    return out;
}

static const ProtobufCMessageDescriptor *member(const ProtobufCMessageDescriptor *of,
                                                const char *name)
{
    const ProtobufCFieldDescriptor *f = ft_ref_field(of, name);
    FT_CHECK(f && f->type == PROTOBUF_C_TYPE_MESSAGE);
    return f->descriptor;
}

const ProtobufCMessageDescriptor *ft_ref_s2c(const struct ft_ref_decl *d)
{
    return member(ft_protocol_find(d->protocol)->reply, "s2c");
}

const ProtobufCMessageDescriptor *ft_ref_c2s(const struct ft_ref_decl *d)
{
    return member(ft_protocol_find(d->protocol)->request, "c2s");
}

const ProtobufCMessageDescriptor *ft_ref_record_type(const struct ft_ref_decl *d, int list)
{
    return member(ft_ref_s2c(d), d->lists[list].field);
}

/* ---- The check of the table ---------------------------------------------------------------------- */

static int wrong(const struct ft_ref_decl *d, const char *name, const char *what,
                 struct ft_err *err)
{
    return ft_err_set(err, FT_EINVAL, "declaration of %u: %s: %s", d->protocol, name, what);
}

static bool is_single(const ProtobufCFieldDescriptor *f,
                      bool kind(const ProtobufCFieldDescriptor *))
{
    return f && f->label != PROTOBUF_C_LABEL_REPEATED && kind(f);
}

static int check_list(const struct ft_ref_decl *d, const struct ft_ref_list *l, struct ft_err *err)
{
    const ProtobufCFieldDescriptor *f = ft_ref_field(ft_ref_s2c(d), l->field);
    if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE || f->label != PROTOBUF_C_LABEL_REPEATED)
        return wrong(d, l->field, "no list of messages of the reply", err);
    const ProtobufCMessageDescriptor *type = f->descriptor;
    for (int k = 0; k < FT_REF_SORT_MAX && l->sort[k]; k++) {
        const char *key = l->sort[k];
        const ProtobufCFieldDescriptor *by = ft_ref_field(type, key + 1);
        if (key[0] != '-' && key[0] != '+')
            return wrong(d, key, "a sort key begins with + or -", err);
        if (!is_single(by, ft_ref_is_whole) && !is_single(by, ft_ref_is_text) &&
            !is_single(by, ft_ref_is_real))
            return wrong(d, key, "no field of the record that can be sorted by", err);
    }
    if (d->paging == FT_REF_BY_KEY &&
        (!l->sort[0] || !is_single(ft_ref_field(type, l->sort[0] + 1), ft_ref_is_whole)))
        return wrong(d, l->field, "paging by key needs a whole number to sort by", err);
    if (d->filter && !is_single(ft_ref_field(type, d->filter), ft_ref_is_whole))
        return wrong(d, d->filter, "no whole number of the record", err);
    return 0;
}

int ft_ref_decl_check(const struct ft_ref_decl *d, struct ft_err *err)
{
    const struct ft_protocol *p = ft_protocol_find(d->protocol);
    if (!p || p->kind != FT_KIND_REQUEST || !p->request || !p->reply)
        return wrong(d, "protocol", "no request of the protocol table", err);
    const ProtobufCMessageDescriptor *c2s = ft_ref_c2s(d), *s2c = ft_ref_s2c(d);
    const ProtobufCFieldDescriptor *security = ft_ref_field(c2s, "security");
    if (!security || security->label != PROTOBUF_C_LABEL_REQUIRED)
        return wrong(d, "security", "the request does not name one", err);
    bool paged = d->paging != FT_REF_ALL;
    if (paged != is_single(ft_ref_field(c2s, "nextKey"), ft_ref_is_text) ||
        paged != is_single(ft_ref_field(c2s, "num"), ft_ref_is_whole) ||
        paged != is_single(ft_ref_field(s2c, "nextKey"), ft_ref_is_text) ||
        paged != (d->num_max >= FT_REF_NUM_DEFAULT))
        return wrong(d, "paging", "request and reply do not fit it", err);
    if (d->filter && !is_single(ft_ref_field(c2s, d->filter), ft_ref_is_whole))
        return wrong(d, d->filter, "no whole number of the request", err);
    if (d->total && !is_single(ft_ref_field(s2c, d->total), ft_ref_is_whole))
        return wrong(d, d->total, "no whole number of the reply", err);
    for (int k = 0; k < FT_REF_FIGURES_MAX && d->figures[k]; k++) {
        const ProtobufCFieldDescriptor *f = ft_ref_field(s2c, d->figures[k]);
        if (!is_single(f, ft_ref_is_whole) && !is_single(f, ft_ref_is_real) &&
            !is_single(f, ft_ref_is_text))
            return wrong(d, d->figures[k], "no value of the reply", err);
    }
    if (!d->lists[0].field)
        return wrong(d, "lists", "there is none", err);
    if (d->lists[0].markets & d->lists[1].markets)
        return wrong(d, d->lists[1].field, "two lists serve one market", err);
    for (int k = 0; k < FT_REF_LISTS_MAX && d->lists[k].field; k++)
        if (check_list(d, &d->lists[k], err))
            return -1;
    return 0;
}
