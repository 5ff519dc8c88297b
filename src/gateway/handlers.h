/* Which protocol is served by which function: the rows beside the protocol table. */
#ifndef FT_GATEWAY_HANDLERS_H
#define FT_GATEWAY_HANDLERS_H

#include "gateway/dispatch.h"

/* NULL: the protocol is known but not served. */
ft_handler *ft_handler_of(const struct ft_protocol *p);
/* Whether this gateway ever sends this push. */
bool ft_push_is_sent(const struct ft_protocol *p);

/* handlers_system.c */
ft_handler ft_handle_keep_alive;
ft_handler ft_handle_global_state;
ft_handler ft_handle_user_info;
ft_handler ft_handle_delay_statistics; /* handlers_delay.c */
ft_handler ft_handle_verification;
ft_handler ft_handle_test_cmd;

/* handlers_realtime.c */
ft_handler ft_handle_basic_qot, ft_handle_kl, ft_handle_rt, ft_handle_ticker;
ft_handler ft_handle_order_book, ft_handle_broker;

/* handlers_history.c */
ft_handler ft_handle_history_kl, ft_handle_history_quota, ft_handle_rehab, ft_handle_trade_date;

/* handlers_basic.c */
ft_handler ft_handle_static_info, ft_handle_owner_plate, ft_handle_market_state;
ft_handler ft_handle_capital_flow, ft_handle_capital_distribution;

/* handlers_refdata.c: every protocol that src/refdata declares */
ft_handler ft_handle_refdata;

/* handlers_watchlist.c, handlers_reminder.c */
ft_handler ft_handle_user_groups, ft_handle_user_security, ft_handle_modify_user_security;
ft_handler ft_handle_set_reminder, ft_handle_reminders;

/* handlers_snapshot.c */
ft_handler ft_handle_snapshot;

/* handlers_derivatives.c, handlers_reference.c, handlers_warrant.c */
ft_handler ft_handle_option_expiry, ft_handle_option_chain;
ft_handler ft_handle_reference, ft_handle_future_info;
ft_handler ft_handle_warrant;

/* handlers_filter.c */
ft_handler ft_handle_stock_filter;

/* handlers_plates.c, handlers_lists.c, handlers_ipo.c */
ft_handler ft_handle_plate_set, ft_handle_plate_security;
ft_handler ft_handle_suspend, ft_handle_holding_change, ft_handle_code_change;
ft_handler ft_handle_ipo_list;

/* handlers_account.c */
ft_handler ft_handle_acc_list, ft_handle_unlock, ft_handle_sub_acc_push, ft_handle_funds;
ft_handler ft_handle_positions, ft_handle_margin_ratio;

/* handlers_order.c, handlers_combo.c */
ft_handler ft_handle_place_order, ft_handle_modify_order, ft_handle_max_qtys;
ft_handler ft_handle_place_combo, ft_handle_combo_max_qtys;

/* handlers_trade_query.c, handlers_trade_money.c */
ft_handler ft_handle_order_list, ft_handle_history_orders, ft_handle_fill_list;
ft_handler ft_handle_history_fills, ft_handle_order_fee, ft_handle_flow_summary;

#endif
