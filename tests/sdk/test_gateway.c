/* The installed face of libftapi against a real gateway that is killed and comes back: quotes, locks
 * and accounts are restored, and no order or fill is missed or told twice. */
#include "gateway_process.h"
#include "keys.h"

#include <ftapi/ftapi.h>
#include <ftapi/proto/GetGlobalState.pb-c.h>
#include <ftapi/proto/Qot_GetBasicQot.pb-c.h>
#include <ftapi/proto/Qot_RegQotPush.pb-c.h>
#include <ftapi/proto/Qot_Sub.pb-c.h>
#include <ftapi/proto/Qot_UpdateKL.pb-c.h>
#include <ftapi/proto/Trd_GetOrderFillList.pb-c.h>
#include <ftapi/proto/Trd_GetOrderList.pb-c.h>
#include <ftapi/proto/Trd_ModifyOrder.pb-c.h>
#include <ftapi/proto/Trd_PlaceOrder.pb-c.h>
#include <ftapi/proto/Trd_SubAccPush.pb-c.h>
#include <ftapi/proto/Trd_UpdateOrder.pb-c.h>
#include <ftapi/proto/Trd_UpdateOrderFill.pb-c.h>

#include <poll.h>
#include <stdbool.h>

enum { SIM_US = 1619199, MARKET_US = 2, QOT_US = 11, SEEN_MAX = 256 };
enum { STATUS_SUBMITTED = 5, STATUS_FILLED = 11, STATUS_CANCELLED = 15 };

/* What the watched client was told. */
struct seen {
    struct {
        uint64_t order;
        int32_t status;
        bool reconciled;
    } orders[SEEN_MAX];
    size_t n_orders;
    struct {
        uint64_t fill, order;
        bool reconciled;
    } fills[SEEN_MAX];
    size_t n_fills;
    size_t klines, tickers, basics;
    int states[64];
    size_t n_states;
    char why[512];
};

static void on_order(void *user, const struct ft_push *push)
{
    struct seen *seen = user;
    const TrdUpdateOrder__Response *r = (const TrdUpdateOrder__Response *)ft_push_message(push);
    assert_true(seen->n_orders < SEEN_MAX);
    assert_int_equal(r->s2c->header->accid, SIM_US);
    seen->orders[seen->n_orders].order = r->s2c->order->orderid;
    seen->orders[seen->n_orders].reconciled = ft_push_reconciled(push);
    seen->orders[seen->n_orders++].status = r->s2c->order->orderstatus;
}

static void on_fill(void *user, const struct ft_push *push)
{
    struct seen *seen = user;
    const TrdUpdateOrderFill__Response *r =
        (const TrdUpdateOrderFill__Response *)ft_push_message(push);
    assert_true(seen->n_fills < SEEN_MAX);
    seen->fills[seen->n_fills].fill = r->s2c->orderfill->fillid;
    seen->fills[seen->n_fills].reconciled = ft_push_reconciled(push);
    seen->fills[seen->n_fills++].order = r->s2c->orderfill->orderid;
}

static void on_quote(void *user, const struct ft_push *push)
{
    struct seen *seen = user;
    seen->klines += ft_push_proto(push) == FT_ID_Qot_UpdateKL;
    seen->tickers += ft_push_proto(push) == FT_ID_Qot_UpdateTicker;
    seen->basics += ft_push_proto(push) == FT_ID_Qot_UpdateBasicQot;
}

static void on_state(void *user, enum ft_client_state state, enum ft_status why, const char *text)
{
    struct seen *seen = user;
    assert_true(seen->n_states < 64);
    seen->states[seen->n_states++] = (int)state;
    if (state == FT_CLIENT_READY && why != FT_STATUS_OK)
        fail_msg("not all was restored: %s", text);
    snprintf(seen->why, sizeof seen->why, "%s", text);
}

static void must(struct ft_client *c, enum ft_status s)
{
    if (s)
        fail_msg("%s: %s", ft_status_text(s), ft_client_last_error(c));
}

static struct ft_client *connect_to(const struct gateway_process *g, struct seen *seen)
{
    struct ft_client_options o;
    struct ft_client *c;
    ft_client_options_init(&o, sizeof o);
    o.port = g->port;
    o.reconnect_min_ms = 50;
    o.reconnect_max_ms = 200;
    o.connect_timeout_ms = o.call_timeout_ms = 60000; /* a busy machine is slow */
    must(NULL, ft_client_new(&o, &c));
    if (seen) {
        ft_client_on_state(c, on_state, seen);
        ft_client_on_push(c, FT_ID_Trd_UpdateOrder, on_order, seen);
        ft_client_on_push(c, FT_ID_Trd_UpdateOrderFill, on_fill, seen);
        ft_client_on_push(c, 0, on_quote, seen);
    }
    must(c, ft_client_connect(c, 0));
    return c;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static void subscribe_quotes(struct ft_client *c)
{
    QotCommon__Security sec = QOT__COMMON__SECURITY__INIT, *list = &sec;
    sec.market = QOT_US;
    sec.code = (char *)"AAPL";
    QotSub__C2S c2s = QOT__SUB__C2_S__INIT;
    c2s.securitylist = &list;
    c2s.n_securitylist = 1;
    int32_t pushed[] = {QOT__COMMON__SUB_TYPE__SubType_Basic, QOT__COMMON__SUB_TYPE__SubType_KL_1Min,
                        QOT__COMMON__SUB_TYPE__SubType_KL_Day};
    c2s.subtypelist = pushed;
    c2s.n_subtypelist = 3;
    c2s.issuborunsub = 1;
    c2s.has_isregorunregpush = c2s.isregorunregpush = 1;
    QotSub__Request r = QOT__SUB__REQUEST__INIT;
    r.c2s = &c2s;
    must(c, ft_client_call(c, FT_ID_Qot_Sub, &r.base, 0, NULL));
    /* Subscribed without pushes, which are registered by themselves. */
    int32_t ticker = QOT__COMMON__SUB_TYPE__SubType_Ticker;
    c2s.subtypelist = &ticker;
    c2s.n_subtypelist = 1;
    c2s.has_isregorunregpush = 0;
    must(c, ft_client_call(c, FT_ID_Qot_Sub, &r.base, 0, NULL));
    QotRegQotPush__C2S reg = QOT__REG_QOT_PUSH__C2_S__INIT;
    reg.securitylist = &list;
    reg.n_securitylist = 1;
    reg.subtypelist = &ticker;
    reg.n_subtypelist = 1;
    reg.isregorunreg = 1;
    QotRegQotPush__Request rr = QOT__REG_QOT_PUSH__REQUEST__INIT;
    rr.c2s = &reg;
    must(c, ft_client_call(c, FT_ID_Qot_RegQotPush, &rr.base, 0, NULL));
}

static double price_of_aapl(struct ft_client *c)
{
    QotCommon__Security sec = QOT__COMMON__SECURITY__INIT, *list = &sec;
    sec.market = QOT_US;
    sec.code = (char *)"AAPL";
    QotGetBasicQot__C2S c2s = QOT__GET_BASIC_QOT__C2_S__INIT;
    c2s.securitylist = &list;
    c2s.n_securitylist = 1;
    QotGetBasicQot__Request r = QOT__GET_BASIC_QOT__REQUEST__INIT;
    r.c2s = &c2s;
    struct ft_reply *reply = NULL;
    must(c, ft_client_call(c, FT_ID_Qot_GetBasicQot, &r.base, 0, &reply));
    const QotGetBasicQot__Response *got = (const QotGetBasicQot__Response *)ft_reply_message(reply);
    assert_int_equal(got->s2c->n_basicqotlist, 1);
    double price = got->s2c->basicqotlist[0]->curprice;
    ft_reply_free(reply);
    return price;
}

static void subscribe_account(struct ft_client *c)
{
    uint64_t account = SIM_US;
    TrdSubAccPush__C2S c2s = TRD__SUB_ACC_PUSH__C2_S__INIT;
    c2s.accidlist = &account;
    c2s.n_accidlist = 1;
    TrdSubAccPush__Request r = TRD__SUB_ACC_PUSH__REQUEST__INIT;
    r.c2s = &c2s;
    must(c, ft_client_call(c, FT_ID_Trd_SubAccPush, &r.base, 0, NULL));
}

static TrdCommon__TrdHeader header(void)
{
    TrdCommon__TrdHeader h = TRD__COMMON__TRD_HEADER__INIT;
    h.accid = SIM_US;
    h.trdmarket = MARKET_US;
    return h;
}

/* Price 0: a market order. The PacketID is the SDK's to fill in. */
static uint64_t place(struct ft_client *c, double price)
{
    TrdCommon__TrdHeader h = header();
    TrdPlaceOrder__C2S c2s = TRD__PLACE_ORDER__C2_S__INIT;
    c2s.header = &h;
    c2s.trdside = 1;
    c2s.ordertype = price > 0 ? 1 : 2;
    c2s.code = (char *)"AAPL";
    c2s.qty = 1;
    c2s.has_price = 1;
    c2s.price = price;
    c2s.has_secmarket = 1;
    c2s.secmarket = 2;
    TrdPlaceOrder__Request r = TRD__PLACE_ORDER__REQUEST__INIT;
    r.c2s = &c2s;
    struct ft_reply *reply = NULL;
    must(c, ft_client_call(c, FT_ID_Trd_PlaceOrder, &r.base, 0, &reply));
    uint64_t id = ((const TrdPlaceOrder__Response *)ft_reply_message(reply))->s2c->orderid;
    ft_reply_free(reply);
    return id;
}

static void cancel(struct ft_client *c, uint64_t order)
{
    TrdCommon__TrdHeader h = header();
    TrdModifyOrder__C2S c2s = TRD__MODIFY_ORDER__C2_S__INIT;
    c2s.header = &h;
    c2s.orderid = order;
    c2s.modifyorderop = 2;
    TrdModifyOrder__Request r = TRD__MODIFY_ORDER__REQUEST__INIT;
    r.c2s = &c2s;
    must(c, ft_client_call(c, FT_ID_Trd_ModifyOrder, &r.base, 0, NULL));
}

/* ---- What was told -------------------------------------------------------------------------- */

static size_t times_told(const struct seen *seen, uint64_t order, int32_t status)
{
    size_t n = 0;
    for (size_t i = 0; i < seen->n_orders; i++)
        n += seen->orders[i].order == order && seen->orders[i].status == status;
    return n;
}

static void dispatch_until_told(struct ft_client *c, const struct seen *seen, uint64_t order,
                                int32_t status)
{
    while (!times_told(seen, order, status))
        must(c, ft_client_dispatch(c, -1, NULL));
}

/* Each fill of the day was told exactly once, and nothing else was. */
static void check_fills(struct ft_client *c, const struct seen *seen)
{
    TrdCommon__TrdHeader h = header();
    TrdGetOrderFillList__C2S c2s = TRD__GET_ORDER_FILL_LIST__C2_S__INIT;
    c2s.header = &h;
    TrdGetOrderFillList__Request r = TRD__GET_ORDER_FILL_LIST__REQUEST__INIT;
    r.c2s = &c2s;
    struct ft_reply *reply = NULL;
    must(c, ft_client_call(c, FT_ID_Trd_GetOrderFillList, &r.base, 0, &reply));
    const TrdGetOrderFillList__S2C *s2c =
        ((const TrdGetOrderFillList__Response *)ft_reply_message(reply))->s2c;
    assert_int_equal(s2c->n_orderfilllist, seen->n_fills);
    for (size_t i = 0; i < s2c->n_orderfilllist; i++) {
        size_t n = 0;
        for (size_t k = 0; k < seen->n_fills; k++)
            n += seen->fills[k].fill == s2c->orderfilllist[i]->fillid;
        assert_int_equal(n, 1);
    }
    ft_reply_free(reply);
}

static void dispatch_until_ready(struct ft_client *c, struct seen *seen)
{
    size_t from = seen->n_states;
    while (seen->n_states == from || seen->states[seen->n_states - 1] != FT_CLIENT_READY)
        must(c, ft_client_dispatch(c, -1, NULL));
}

static uint64_t reconciled(const struct ft_client *c)
{
    struct ft_client_stats stats;
    assert_int_equal(ft_client_stats(c, &stats, sizeof stats), FT_STATUS_OK);
    return stats.reconciled;
}

/* ---- Tests ---------------------------------------------------------------------------------- */

static void test_killed_gateway(void **state)
{
    struct gateway_process g = {0};
    static struct seen seen;
    gateway_start(&g);
    struct ft_client *c = connect_to(&g, &seen);
    subscribe_quotes(c);
    subscribe_account(c);
    double price = price_of_aapl(c);
    uint64_t resting = place(c, (double)(int)(price * 0.8)), kept = place(c, (double)(int)(price * 0.7));
    dispatch_until_told(c, &seen, resting, STATUS_SUBMITTED);
    dispatch_until_told(c, &seen, kept, STATUS_SUBMITTED);
    uint64_t first = place(c, 0);
    dispatch_until_told(c, &seen, first, STATUS_FILLED);
    assert_int_equal(reconciled(c), 0);

    /* While the watched client is away (nobody drives it), another one changes things. */
    gateway_kill(&g);
    gateway_start(&g);
    static struct seen other_seen;
    struct ft_client *other = connect_to(&g, &other_seen);
    subscribe_account(other);
    cancel(other, resting);
    uint64_t second = place(other, 0);
    dispatch_until_told(other, &other_seen, second, STATUS_FILLED);
    dispatch_until_told(other, &other_seen, resting, STATUS_CANCELLED);
    ft_client_free(other);

    dispatch_until_ready(c, &seen);
    assert_int_equal(times_told(&seen, resting, STATUS_CANCELLED), 1);
    assert_int_equal(times_told(&seen, second, STATUS_FILLED), 1);
    assert_int_equal(times_told(&seen, first, STATUS_FILLED), 1);
    assert_int_equal(times_told(&seen, kept, STATUS_SUBMITTED), 1);
    check_fills(c, &seen);
    assert_true(reconciled(c) >= 3);
    /* Quotes flow again, all kinds of them. */
    seen.klines = seen.tickers = seen.basics = 0;
    while (!seen.klines || !seen.tickers || !seen.basics)
        must(c, ft_client_dispatch(c, -1, NULL));

    /* Again, and nothing changed: nothing is told. */
    uint64_t before = reconciled(c);
    size_t orders = seen.n_orders;
    gateway_kill(&g);
    gateway_start(&g);
    dispatch_until_ready(c, &seen);
    assert_int_equal(reconciled(c), before);
    assert_int_equal(seen.n_orders, orders);
    check_fills(c, &seen);
    /* And the account's own pushes go on. */
    uint64_t third = place(c, 0);
    dispatch_until_told(c, &seen, third, STATUS_FILLED);
    assert_int_equal(times_told(&seen, third, STATUS_FILLED), 1);
    assert_int_equal(reconciled(c), before);

    static const int states[] = {
        FT_CLIENT_CONNECTING, FT_CLIENT_READY,
    };
    assert_int_equal(seen.states[0], states[0]);
    assert_int_equal(seen.states[1], states[1]);
    assert_int_equal(seen.states[2], FT_CLIENT_WAITING);
    assert_int_equal(seen.states[seen.n_states - 2], FT_CLIENT_RESTORING);
    assert_int_equal(ft_client_close(c), FT_STATUS_OK);
    assert_int_equal(seen.states[seen.n_states - 1], FT_CLIENT_CLOSED);
    ft_client_free(c);
    gateway_end(&g);
}

/* ---- The client's own event loop ------------------------------------------------------------ */

/* One turn of a program's loop: one descriptor, one timeout, one dispatch. */
static void loop_once(struct ft_client *c, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n = poll(&p, 1, ft_client_timeout_ms(c)), done;
    assert_true(n >= 0);
    must(c, ft_client_dispatch(c, 0, &done));
}

static void count_reply(void *user, struct ft_reply *reply)
{
    assert_int_equal(ft_reply_status(reply), FT_STATUS_OK);
    ++*(int *)user;
}

static void test_own_loop(void **state)
{
    struct gateway_process g = {0};
    static struct seen seen;
    memset(&seen, 0, sizeof seen);
    gateway_start(&g);
    struct ft_client_options o;
    struct ft_client *c;
    ft_client_options_init(&o, sizeof o);
    o.port = g.port;
    o.reconnect_min_ms = 20;
    o.reconnect_max_ms = 100;
    o.connect_timeout_ms = o.call_timeout_ms = 60000;
    must(NULL, ft_client_new(&o, &c));
    ft_client_on_state(c, on_state, &seen);
    int fd = ft_client_fd(c), replies = 0;
    must(c, ft_client_start(c));
    for (int round = 0; round < 3; round++) {
        while (ft_client_state(c) != FT_CLIENT_READY)
            loop_once(c, fd);
        GetGlobalState__C2S c2s = GET_GLOBAL_STATE__C2_S__INIT;
        GetGlobalState__Request r = GET_GLOBAL_STATE__REQUEST__INIT;
        r.c2s = &c2s;
        for (int i = 0; i < 20; i++)
            must(c, ft_client_call_async(c, FT_ID_GetGlobalState, &r.base, 0, count_reply, &replies,
                                         NULL));
        while (replies < 20 * (round + 1))
            loop_once(c, fd);
        gateway_kill(&g);
        while (ft_client_state(c) == FT_CLIENT_READY)
            loop_once(c, fd);
        gateway_start(&g);
        assert_int_equal(ft_client_fd(c), fd);
    }
    ft_client_free(c);
    gateway_end(&g);
}

/* ---- Ciphers and formats -------------------------------------------------------------------- */

static void test_ciphers_and_formats(void **state)
{
    struct gateway_process g = {0};
    char path[96];
    gateway_make_dir(&g);
    snprintf(path, sizeof path, "%s/key.pem", g.dir);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(test_key, f) >= 0 && fclose(f) == 0);
    snprintf(g.extra, sizeof g.extra, "-rsa_private_key=%s", path);
    gateway_start(&g);
    static struct seen seen;
    for (int cipher = FT_ENCRYPTION_NONE; cipher <= FT_ENCRYPTION_AES_CBC; cipher++)
        for (int format = 0; format < 4; format++) {
            struct ft_client_options o;
            struct ft_client *c;
            ft_client_options_init(&o, sizeof o);
            o.port = g.port;
            o.encryption = (enum ft_encryption)cipher;
            o.rsa_key_path = format & 1 ? path : NULL;
            o.rsa_key_text = format & 1 ? NULL : test_key;
            o.body_format = (enum ft_format)(format & 1);
            o.push_format = (enum ft_format)(format >> 1);
            must(NULL, ft_client_new(&o, &c));
            memset(&seen, 0, sizeof seen);
            ft_client_on_push(c, 0, on_quote, &seen);
            must(c, ft_client_connect(c, 60000));
            struct ft_client_info info;
            must(c, ft_client_info(c, &info, sizeof info));
            assert_true(info.conn_id != 0 && info.keep_alive_interval_s > 0);
            assert_int_equal(info.encryption == FT_ENCRYPTION_NONE, cipher == FT_ENCRYPTION_NONE);
            subscribe_quotes(c);
            assert_true(price_of_aapl(c) > 0);
            while (!seen.basics)
                must(c, ft_client_dispatch(c, -1, NULL));
            ft_client_free(c);
        }
    /* Without the key, and with another one. */
    for (int wrong = 0; wrong < 2; wrong++) {
        struct ft_client_options o;
        struct ft_client *c;
        ft_client_options_init(&o, sizeof o);
        o.port = g.port;
        o.rsa_key_text = wrong ? other_key : NULL;
        o.encryption = wrong ? FT_ENCRYPTION_AES_CBC : FT_ENCRYPTION_NONE;
        must(NULL, ft_client_new(&o, &c));
        enum ft_status s = ft_client_connect(c, 60000);
        /* This gateway takes plain clients beside, on loopback; a key must be the right one. */
        if (wrong)
            assert_true(s == FT_STATUS_BAD_REPLY || s == FT_STATUS_DISCONNECTED);
        else
            assert_int_equal(s, FT_STATUS_OK);
        ft_client_free(c);
    }
    gateway_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_gateway),
        cmocka_unit_test(test_own_loop),
        cmocka_unit_test(test_ciphers_and_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
