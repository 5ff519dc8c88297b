/** @file
 * Following orders: place one, and be told of each of its changes until its last. */
#ifndef FTAPI_TRACKER_H
#define FTAPI_TRACKER_H

#include <ftapi/trd_place_order.h>
#include <ftapi/trd_update_order.h>

FT_BEGIN_DECLS

/** A tracker takes the client's handler of order pushes (2208), so that there can be one a client; pushes of orders
 * that it does not follow go to ft_order_tracker_on_other. The accounts' pushes must have been asked for (ft_account_push_subscribe). Over
 * reconnections it goes on by what FT_RESTORE_ORDERS of the client's options brings.
 *
 * Life: ft_order_tracker_new -> place -> ft_order_tracker_free, before the client's own; the client may be closed
 * by then. With the client's background thread its functions may be called from any thread. */
struct ft_order_tracker;

/** What has happened to an order that is followed. */
enum ft_order_event {
    FT_ORDER_EVENT_ACCEPTED = 1, /**< The gateway has taken it: order_id is known. */
    FT_ORDER_EVENT_CHANGED = 2,  /**< A push: order tells its state. */
    FT_ORDER_EVENT_FINAL = 3, /**< Likewise, and its last: filled, cancelled, failed or deleted. */
    FT_ORDER_EVENT_REFUSED = 4, /**< The gateway has refused it: the last. */
    /** No answer came, so that it may be there or not. It is followed on by its remark, and the next event, if
     * one comes, tells that it is there. */
    FT_ORDER_EVENT_UNKNOWN = 5,
};

/** One change of an order that is followed. */
struct ft_order_change {
    enum ft_order_event event;    /**< What has happened. */
    uint64_t ticket;              /**< What ft_order_tracker_place gave. */
    uint64_t order_id;            /**< 0: not known yet. */
    const struct ft_order *order; /**< Of CHANGED and FINAL, else NULL. */
    const struct ft_reply *reply; /**< Of ACCEPTED, REFUSED and UNKNOWN, else NULL. */
};

/** `change` and all it points to live until the return. It may place further orders, and free the tracker. */
typedef void ft_order_change_fn(void *user, const struct ft_order_change *change);

enum { FT_ORDER_TRACKER_MAX = 65536 /**< Orders followed at once. */ };

/** Makes one. Other than FT_STATUS_OK: *out is left alone; STATE: the client is closed. */
FT_API enum ft_status ft_order_tracker_new(struct ft_client *client, struct ft_order_tracker **out);
/** Tells nobody; orders stay what they are at the gateway. NULL is allowed. Once it has returned no callback of the
 * tracker runs any more, nor will: with a background thread it waits for one that is running, unless it is called
 * from there. */
FT_API void ft_order_tracker_free(struct ft_order_tracker *t);

/** Places the order and returns; `fn` gets its changes, never before this function has returned (with a
 * background thread: it may, on that thread). A remark that is NULL gets a text of the tracker's own, by which
 * the order is found again when its reply is lost; one of your own should be unique for that. *ticket (may be
 * NULL) numbers the calls from 1.
 * Other than FT_STATUS_OK: nothing was sent, `fn` is not called; FT_STATUS_LIMIT also for
 * FT_ORDER_TRACKER_MAX. */
FT_API enum ft_status ft_order_tracker_place(struct ft_order_tracker *t,
                                             const struct ft_order_place_request *request,
                                             ft_order_change_fn *fn, void *user, uint64_t *ticket);
/** Order pushes of all other orders; fn NULL: dropped. One that comes before the reply which makes the order a
 * followed one, and bears no remark that would tell, is handed over here, and then to the order's own callback. */
FT_API enum ft_status ft_order_tracker_on_other(struct ft_order_tracker *t,
                                                void (*fn)(void *user, const struct ft_push *push,
                                                           const struct ft_order_push *data),
                                                void *user);
/** Orders that are followed now. */
FT_API size_t ft_order_tracker_count(const struct ft_order_tracker *t);

/** Whether no further change of an order in this status (enum ft_order_status) is to come. */
FT_API bool ft_order_status_is_final(int32_t status);

FT_END_DECLS

#endif
