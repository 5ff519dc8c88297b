/* One handler for every declared protocol of company data (src/refdata/). */
#include "gateway/handlers.h"

#include "gateway/edge.h"
#include "gateway/refdata.h"

#include "base/check.h"
#include "base/log.h"

void ft_handle_refdata(struct ft_gateway *gw, struct ft_request *req)
{
    const struct ft_ref_decl *d = ft_ref_decl_find(req->proto->id);
    FT_CHECK(d);
    const struct ft_instrument *inst = ft_edge_need(gw, req, ft_ref_security_of(req->msg));
    if (!inst)
        return;
    const char *label = ft_edge_label(gw, inst->market, inst->code);
    int list = ft_ref_list_of(d, inst->market);
    char markets[64];
    if (inst->type != FT_SEC_STOCK && inst->type != FT_SEC_ETF) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "security %s: %s is for stocks and funds",
                               "security %s：%s 仅支持正股及基金"),
                       label, req->proto->name);
        return;
    }
    if (list < 0) {
        ft_reply_error(
            gw, req, FT_RET_FAILED,
            FT_TEXT(gw, "security %s: %s is for the markets %s", "security %s：%s 仅支持市场 %s"),
            label, req->proto->name, ft_ref_markets_text(d, markets, sizeof markets));
        return;
    }
    struct ft_ref_rows rows;
    struct ft_err err = {0};
    if (ft_refdata_rows(gw, d, list, inst, &rows, &err)) {
        ft_error("event=refdata proto=%u security=%s reason=\"%s\"", d->protocol, label, err.text);
        if (err.code == FT_ENOMEM)
            ft_reply_no_memory(gw, req);
        else
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "%s of %s cannot be read: %s", "%s（%s）无法读取：%s"),
                           req->proto->name, label, err.text);
        return;
    }
    const ProtobufCMessage *reply =
        ft_ref_answer(d, list, req->msg, &rows, gw->config.lang == FT_LANG_CHS, &gw->arena, &err);
    if (reply)
        ft_reply(gw, req, reply);
    else
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
}
