#include "gateway/handlers.h"

#include "gateway/session.h"
#include "gateway/subs.h"
#include "refdata/refdata.h"

static const struct {
    uint32_t id;
    ft_handler *handler;
} served[] = {
    {FT_PROTO_InitConnect, ft_handle_init_connect},
    {FT_PROTO_GetGlobalState, ft_handle_global_state},
    {FT_PROTO_KeepAlive, ft_handle_keep_alive},
    {FT_PROTO_GetUserInfo, ft_handle_user_info},
    {FT_PROTO_Verification, ft_handle_verification},
    {FT_PROTO_GetDelayStatistics, ft_handle_delay_statistics},
    {FT_PROTO_TestCmd, ft_handle_test_cmd},
    {FT_PROTO_UsedQuota, ft_handle_used_quota},
    {FT_PROTO_Trd_GetAccList, ft_handle_acc_list},
    {FT_PROTO_Trd_UnlockTrade, ft_handle_unlock},
    {FT_PROTO_Trd_SubAccPush, ft_handle_sub_acc_push},
    {FT_PROTO_Trd_GetFunds, ft_handle_funds},
    {FT_PROTO_Trd_GetPositionList, ft_handle_positions},
    {FT_PROTO_Trd_GetMaxTrdQtys, ft_handle_max_qtys},
    {FT_PROTO_Trd_GetComboMaxTrdQtys, ft_handle_combo_max_qtys},
    {FT_PROTO_Trd_GetOrderList, ft_handle_order_list},
    {FT_PROTO_Trd_PlaceOrder, ft_handle_place_order},
    {FT_PROTO_Trd_ModifyOrder, ft_handle_modify_order},
    {FT_PROTO_Trd_GetOrderFillList, ft_handle_fill_list},
    {FT_PROTO_Trd_GetHistoryOrderList, ft_handle_history_orders},
    {FT_PROTO_Trd_GetHistoryOrderFillList, ft_handle_history_fills},
    {FT_PROTO_Trd_GetMarginRatio, ft_handle_margin_ratio},
    {FT_PROTO_Trd_GetOrderFee, ft_handle_order_fee},
    {FT_PROTO_Trd_FlowSummary, ft_handle_flow_summary},
    {FT_PROTO_Trd_PlaceComboOrder, ft_handle_place_combo},
    {FT_PROTO_Qot_Sub, ft_handle_sub},
    {FT_PROTO_Qot_RegQotPush, ft_handle_reg_push},
    {FT_PROTO_Qot_GetSubInfo, ft_handle_sub_info},
    {FT_PROTO_Qot_GetBasicQot, ft_handle_basic_qot},
    {FT_PROTO_Qot_GetKL, ft_handle_kl},
    {FT_PROTO_Qot_GetRT, ft_handle_rt},
    {FT_PROTO_Qot_GetTicker, ft_handle_ticker},
    {FT_PROTO_Qot_GetOrderBook, ft_handle_order_book},
    {FT_PROTO_Qot_GetBroker, ft_handle_broker},
    {FT_PROTO_Qot_RequestHistoryKL, ft_handle_history_kl},
    {FT_PROTO_Qot_RequestHistoryKLQuota, ft_handle_history_quota},
    {FT_PROTO_Qot_RequestRehab, ft_handle_rehab},
    {FT_PROTO_Qot_GetSuspend, ft_handle_suspend},
    {FT_PROTO_Qot_GetStaticInfo, ft_handle_static_info},
    {FT_PROTO_Qot_GetSecuritySnapshot, ft_handle_snapshot},
    {FT_PROTO_Qot_GetOwnerPlate, ft_handle_owner_plate},
    {FT_PROTO_Qot_GetPlateSet, ft_handle_plate_set},
    {FT_PROTO_Qot_GetPlateSecurity, ft_handle_plate_security},
    {FT_PROTO_Qot_GetHoldingChangeList, ft_handle_holding_change},
    {FT_PROTO_Qot_GetCodeChange, ft_handle_code_change},
    {FT_PROTO_Qot_GetIpoList, ft_handle_ipo_list},
    {FT_PROTO_Qot_GetReference, ft_handle_reference},
    {FT_PROTO_Qot_GetOptionChain, ft_handle_option_chain},
    {FT_PROTO_Qot_GetWarrant, ft_handle_warrant},
    {FT_PROTO_Qot_StockFilter, ft_handle_stock_filter},
    {FT_PROTO_Qot_GetFutureInfo, ft_handle_future_info},
    {FT_PROTO_Qot_GetOptionExpirationDate, ft_handle_option_expiry},
    {FT_PROTO_Qot_GetCapitalFlow, ft_handle_capital_flow},
    {FT_PROTO_Qot_GetCapitalDistribution, ft_handle_capital_distribution},
    {FT_PROTO_Qot_GetUserSecurity, ft_handle_user_security},
    {FT_PROTO_Qot_ModifyUserSecurity, ft_handle_modify_user_security},
    {FT_PROTO_Qot_RequestTradeDate, ft_handle_trade_date},
    {FT_PROTO_Qot_SetPriceReminder, ft_handle_set_reminder},
    {FT_PROTO_Qot_GetPriceReminder, ft_handle_reminders},
    {FT_PROTO_Qot_GetUserSecurityGroup, ft_handle_user_groups},
    {FT_PROTO_Qot_GetMarketState, ft_handle_market_state},
};

ft_handler *ft_handler_of(const struct ft_protocol *p)
{
    for (size_t i = 0; i < sizeof served / sizeof served[0]; i++)
        if (served[i].id == p->id)
            return served[i].handler;
    return ft_ref_decl_find(p->id) ? ft_handle_refdata : NULL;
}

bool ft_push_is_sent(const struct ft_protocol *p)
{
    static const uint32_t sent[] = {
        FT_PROTO_Notify, FT_PROTO_Trd_UpdateOrder, FT_PROTO_Trd_UpdateOrderFill,
        FT_PROTO_Qot_UpdateBasicQot, FT_PROTO_Qot_UpdateKL, FT_PROTO_Qot_UpdateRT,
        FT_PROTO_Qot_UpdateTicker, FT_PROTO_Qot_UpdateOrderBook, FT_PROTO_Qot_UpdateBroker,
        FT_PROTO_Qot_UpdatePriceReminder,
    };
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
        if (sent[i] == p->id)
            return true;
    return false;
}
