/* What a client remembers of a connection, and what it makes of it on the next: batches of quotes,
 * locks, accounts, orders and fills. The client's insides over a session without a socket. */
#include "fake_server.h"

#include "ftapi/ftapi.h"
#include "sdk/client_impl.h"

#include "Qot_RegQotPush.pb-c.h"
#include "Qot_Sub.pb-c.h"
#include "Trd_GetAccList.pb-c.h"
#include "Trd_GetOrderFillList.pb-c.h"
#include "Trd_GetOrderList.pb-c.h"
#include "Trd_SubAccPush.pb-c.h"
#include "Trd_UnlockTrade.pb-c.h"
#include "Trd_UpdateOrder.pb-c.h"
#include "Trd_UpdateOrderFill.pb-c.h"

enum { BASIC = 1, TICKER = 4, DAY = 6, MIN1 = 11, ACCOUNT = 77 };

static struct ft_client *new_client(unsigned restore)
{
    struct ft_client_options o;
    struct ft_client *c;
    ft_client_options_init(&o, sizeof o);
    o.restore = restore;
    assert_int_equal(ft_client_new(&o, &c), FT_STATUS_OK);
    return c;
}

/* ---- Quotes --------------------------------------------------------------------------------- */

struct sub_request {
    QotSub__Request r;
    QotSub__C2S c2s;
    QotCommon__Security security[300], *list[300];
    char codes[300][8];
    int32_t types[8];
};

/* Codes first..first+n of market 1, with these types. */
static struct sub_request *sub_request(int first, int n, int n_types, const int32_t *types)
{
    static struct sub_request s;
    memset(&s, 0, sizeof s);
    qot__sub__request__init(&s.r);
    qot__sub__c2_s__init(&s.c2s);
    s.r.c2s = &s.c2s;
    for (int i = 0; i < n; i++) {
        qot__common__security__init(&s.security[i]);
        snprintf(s.codes[i], sizeof s.codes[i], "%05d", first + i);
        s.security[i].market = 1;
        s.security[i].code = s.codes[i];
        s.list[i] = &s.security[i];
    }
    memcpy(s.types, types, (size_t)n_types * sizeof *types);
    s.c2s.securitylist = s.list;
    s.c2s.n_securitylist = (size_t)n;
    s.c2s.subtypelist = s.types;
    s.c2s.n_subtypelist = (size_t)n_types;
    s.c2s.issuborunsub = 1;
    return &s;
}

static void remember(struct ft_client *c, uint32_t proto, const ProtobufCMessage *msg)
{
    uint8_t *packed = malloc(protobuf_c_message_get_packed_size(msg) + 1);
    size_t n = protobuf_c_message_pack(msg, packed);
    ft_sdk_remember(c, proto, packed, n);
    free(packed);
}

static const QotSub__C2S *next(struct ft_client *c)
{
    const ProtobufCMessage *m = ft_sdk_quotes_next(c);
    return m ? ((const QotSub__Request *)m)->c2s : NULL;
}

static void expect(struct ft_client *c, int32_t type, size_t securities, int push)
{
    const QotSub__C2S *c2s = next(c);
    assert_non_null(c2s);
    assert_int_equal(c2s->n_subtypelist, 1);
    assert_int_equal(c2s->subtypelist[0], type);
    assert_int_equal(c2s->n_securitylist, securities);
    assert_true(c2s->issuborunsub);
    assert_int_equal(c2s->has_isregorunregpush && c2s->isregorunregpush, push);
}

static void test_batches(void **state)
{
    struct ft_client *c = new_client(FT_RESTORE_QUOTES);
    assert_false(ft_sdk_quotes_any(c));
    struct sub_request *s = sub_request(0, 250, 2, (int32_t[]){BASIC, DAY});
    s->c2s.has_isregorunregpush = s->c2s.isregorunregpush = 1;
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    s = sub_request(250, 30, 1, (int32_t[]){MIN1});
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    assert_null(next(c)); /* this connection has them all */
    for (int round = 0; round < 2; round++) {
        ft_sdk_quotes_rewind(c);
        expect(c, DAY, 100, 1);
        expect(c, DAY, 100, 1);
        expect(c, DAY, 50, 1);
        expect(c, MIN1, 30, 0);
        expect(c, BASIC, 100, 1);
        /* What the user subscribes meanwhile is on this connection already. */
        s = sub_request(900 + round, 1, 1, (int32_t[]){BASIC});
        remember(c, FT_PROTO_Qot_Sub, &s->r.base);
        expect(c, BASIC, 100, 1);
        expect(c, BASIC, 50, 1);
        if (round)
            expect(c, BASIC, 1, 0);
        assert_null(next(c));
    }
    /* Less of it, then nothing. */
    s = sub_request(0, 249, 2, (int32_t[]){BASIC, DAY});
    s->c2s.issuborunsub = 0;
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    ft_sdk_quotes_rewind(c);
    expect(c, DAY, 1, 1);
    expect(c, MIN1, 30, 0);
    expect(c, BASIC, 1, 1);
    expect(c, BASIC, 2, 0);
    assert_null(next(c));
    s = sub_request(0, 0, 0, (int32_t[]){0});
    s->c2s.has_isunsuball = s->c2s.isunsuball = 1;
    s->c2s.issuborunsub = 0;
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    assert_false(ft_sdk_quotes_any(c));
    ft_sdk_quotes_rewind(c);
    assert_null(next(c));
    ft_client_free(c);
}

/* Options go along, and what differs in them goes apart. */
static void test_options_of_quotes(void **state)
{
    struct ft_client *c = new_client(FT_RESTORE_QUOTES);
    struct sub_request *s = sub_request(0, 2, 1, (int32_t[]){DAY});
    int32_t rehabs[] = {0, 2};
    s->c2s.has_isregorunregpush = s->c2s.isregorunregpush = 1;
    s->c2s.regpushrehabtypelist = rehabs;
    s->c2s.n_regpushrehabtypelist = 2;
    s->c2s.has_isfirstpush = 1;
    s->c2s.has_session = 1;
    s->c2s.session = 3;
    s->c2s.has_extendedtime = s->c2s.extendedtime = 1;
    QotCommon__QotHeader header = QOT__COMMON__QOT_HEADER__INIT;
    header.has_securityfirm = 1;
    header.securityfirm = 4;
    s->c2s.header = &header;
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    s = sub_request(2, 2, 1, (int32_t[]){DAY});
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    ft_sdk_quotes_rewind(c);
    const QotSub__C2S *c2s = next(c);
    assert_int_equal(c2s->n_securitylist, 2);
    assert_string_equal(c2s->securitylist[1]->code, "00001");
    assert_int_equal(c2s->n_regpushrehabtypelist, 2);
    assert_int_equal(c2s->regpushrehabtypelist[1], 2);
    assert_true(c2s->has_isfirstpush && !c2s->isfirstpush);
    assert_true(c2s->has_session && c2s->session == 3);
    assert_true(c2s->has_extendedtime && c2s->extendedtime);
    assert_int_equal(c2s->header->securityfirm, 4);
    c2s = next(c);
    assert_false(c2s->has_session || c2s->has_extendedtime || c2s->has_isfirstpush || c2s->header);
    assert_null(next(c));
    /* RegQotPush turns pushes on and off. */
    QotRegQotPush__C2S reg = QOT__REG_QOT_PUSH__C2_S__INIT;
    QotRegQotPush__Request r = QOT__REG_QOT_PUSH__REQUEST__INIT;
    r.c2s = &reg;
    s = sub_request(2, 2, 1, (int32_t[]){DAY});
    reg.securitylist = s->list;
    reg.n_securitylist = 2;
    reg.subtypelist = s->types;
    reg.n_subtypelist = 1;
    reg.isregorunreg = 1;
    reg.rehabtypelist = rehabs;
    reg.n_rehabtypelist = 1;
    remember(c, FT_PROTO_Qot_RegQotPush, &r.base);
    ft_sdk_quotes_rewind(c);
    next(c);
    c2s = next(c);
    assert_true(c2s->isregorunregpush);
    assert_int_equal(c2s->n_regpushrehabtypelist, 1);
    reg.isregorunreg = 0;
    remember(c, FT_PROTO_Qot_RegQotPush, &r.base);
    ft_sdk_quotes_rewind(c);
    next(c);
    expect(c, DAY, 2, 0);
    ft_client_free(c);
}

static void test_what_is_kept(void **state)
{
    struct ft_client *c = new_client(FT_RESTORE_QUOTES | FT_RESTORE_ACCOUNTS | FT_RESTORE_ORDERS);
    assert_true(ft_sdk_worth_keeping(c, FT_PROTO_Qot_Sub));
    assert_true(ft_sdk_worth_keeping(c, FT_PROTO_Trd_SubAccPush));
    assert_false(ft_sdk_worth_keeping(c, FT_PROTO_Trd_UnlockTrade)); /* only if asked for */
    assert_false(ft_sdk_worth_keeping(c, FT_PROTO_KeepAlive));
    ft_client_free(c);
    c = new_client(FT_RESTORE_UNLOCK);
    assert_false(ft_sdk_worth_keeping(c, FT_PROTO_Qot_Sub));
    assert_true(ft_sdk_worth_keeping(c, FT_PROTO_Trd_UnlockTrade));
    ft_client_free(c);
}

/* ---- Orders --------------------------------------------------------------------------------- */

struct told {
    int orders, fills, reconciled;
    uint64_t last;
    int32_t status;
    int states, ready;
    enum ft_status why;
    char text[512];
};

static void on_order(void *user, const struct ft_push *push)
{
    struct told *t = user;
    const TrdUpdateOrder__Response *r = (const TrdUpdateOrder__Response *)ft_push_message(push);
    t->orders++;
    t->reconciled += ft_push_reconciled(push);
    t->last = r->s2c->order->orderid;
    t->status = r->s2c->order->orderstatus;
    assert_int_equal(r->s2c->header->accid, ACCOUNT);
}

static void on_fill(void *user, const struct ft_push *push)
{
    struct told *t = user;
    t->fills++;
    t->reconciled += ft_push_reconciled(push);
}

static void on_state(void *user, enum ft_client_state state, enum ft_status why, const char *text)
{
    struct told *t = user;
    t->states++;
    t->ready += state == FT_CLIENT_READY;
    t->why = why;
    snprintf(t->text, sizeof t->text, "%s", text);
}

static struct ft_client *connected(struct fake_server *f, struct told *told, unsigned restore)
{
    struct ft_client *c = new_client(restore);
    struct ft_session_options o = ft_session_default_options();
    fake_init(f);
    fake_open(f, &o, FAKE_IV);
    c->session = f->s;
    c->state = FT_CLIENT_READY;
    ft_sdk_attach_pushes(c);
    ft_client_on_push(c, FT_ID_Trd_UpdateOrder, on_order, told);
    ft_client_on_push(c, FT_ID_Trd_UpdateOrderFill, on_fill, told);
    ft_client_on_state(c, on_state, told);
    return c;
}

static void end(struct ft_client *c, struct fake_server *f)
{
    ft_client_free(c); /* the session with it */
    f->s = NULL;
    fake_free(f);
}

static void answer(struct fake_server *f, uint32_t proto, const void *reply)
{
    assert_true(fake_read(f));
    assert_int_equal(f->frame.proto_id, proto);
    fake_send(f, fake_head(f), reply, COVER_PLAIN);
    assert_int_equal(fake_deliver(f), 1);
}

static void fill_order(TrdCommon__Order *o, uint64_t id, int32_t status, double filled, double time)
{
    trd__common__order__init(o);
    o->orderid = id;
    o->orderidex = o->code = o->name = o->createtime = o->updatetime = (char *)"";
    o->orderstatus = status;
    o->qty = 10;
    o->has_fillqty = o->has_updatetimestamp = 1;
    o->fillqty = filled;
    o->updatetimestamp = time;
}

static void fill_fill(TrdCommon__OrderFill *o, uint64_t id)
{
    trd__common__order_fill__init(o);
    o->fillid = id;
    o->fillidex = o->code = o->name = o->createtime = (char *)"";
    o->qty = 5;
}

static TrdCommon__TrdHeader account_header(void)
{
    TrdCommon__TrdHeader h = TRD__COMMON__TRD_HEADER__INIT;
    h.accid = ACCOUNT;
    h.trdenv = 1;
    h.trdmarket = 2;
    return h;
}

static void push_order(struct fake_server *f, uint64_t id, int32_t status, double filled,
                       double time)
{
    TrdCommon__TrdHeader h = account_header();
    TrdCommon__Order o;
    fill_order(&o, id, status, filled, time);
    TrdUpdateOrder__S2C s2c = TRD__UPDATE_ORDER__S2_C__INIT;
    s2c.header = &h;
    s2c.order = &o;
    TrdUpdateOrder__Response r = TRD__UPDATE_ORDER__RESPONSE__INIT;
    r.rettype = 0;
    r.s2c = &s2c;
    fake_send(f, (struct ft_frame_head){FT_PROTO_Trd_UpdateOrder, 1, 0}, &r.base, COVER_PLAIN);
    assert_int_equal(fake_deliver(f), 1);
}

static void push_fill(struct fake_server *f, uint64_t id)
{
    TrdCommon__TrdHeader h = account_header();
    TrdCommon__OrderFill o;
    fill_fill(&o, id);
    TrdUpdateOrderFill__S2C s2c = TRD__UPDATE_ORDER_FILL__S2_C__INIT;
    s2c.header = &h;
    s2c.orderfill = &o;
    TrdUpdateOrderFill__Response r = TRD__UPDATE_ORDER_FILL__RESPONSE__INIT;
    r.rettype = 0;
    r.s2c = &s2c;
    fake_send(f, (struct ft_frame_head){FT_PROTO_Trd_UpdateOrderFill, 1, 0}, &r.base, COVER_PLAIN);
    assert_int_equal(fake_deliver(f), 1);
}

/* GetAccList, then the lists of one account and market: these orders, these fills. */
static void answer_walk(struct fake_server *f, size_t n, const TrdCommon__Order *orders,
                        size_t n_fills, const uint64_t *fill_ids)
{
    TrdCommon__TrdAcc acc = TRD__COMMON__TRD_ACC__INIT, other = TRD__COMMON__TRD_ACC__INIT;
    int32_t market = 2;
    acc.accid = ACCOUNT;
    acc.trdenv = 1;
    acc.trdmarketauthlist = &market;
    acc.n_trdmarketauthlist = 1;
    other = acc;
    other.accid = 78; /* not subscribed: not asked about */
    TrdGetAccList__S2C accs = TRD__GET_ACC_LIST__S2_C__INIT;
    accs.acclist = (TrdCommon__TrdAcc *[]){&other, &acc};
    accs.n_acclist = 2;
    TrdGetAccList__Response ra = TRD__GET_ACC_LIST__RESPONSE__INIT;
    ra.rettype = 0;
    ra.s2c = &accs;
    answer(f, FT_PROTO_Trd_GetAccList, &ra);

    TrdCommon__TrdHeader h = account_header();
    TrdCommon__Order *list[8];
    for (size_t i = 0; i < n; i++)
        list[i] = (TrdCommon__Order *)&orders[i];
    TrdGetOrderList__S2C os = TRD__GET_ORDER_LIST__S2_C__INIT;
    os.header = &h;
    os.orderlist = list;
    os.n_orderlist = n;
    TrdGetOrderList__Response ro = TRD__GET_ORDER_LIST__RESPONSE__INIT;
    ro.rettype = 0;
    ro.s2c = &os;
    answer(f, FT_PROTO_Trd_GetOrderList, &ro);

    TrdCommon__OrderFill fills[8], *fill_list[8];
    for (size_t i = 0; i < n_fills; i++) {
        fill_fill(&fills[i], fill_ids[i]);
        fill_list[i] = &fills[i];
    }
    TrdGetOrderFillList__S2C fs = TRD__GET_ORDER_FILL_LIST__S2_C__INIT;
    fs.header = &h;
    fs.orderfilllist = fill_list;
    fs.n_orderfilllist = n_fills;
    TrdGetOrderFillList__Response rf = TRD__GET_ORDER_FILL_LIST__RESPONSE__INIT;
    rf.rettype = 0;
    rf.s2c = &fs;
    answer(f, FT_PROTO_Trd_GetOrderFillList, &rf);
}

static void remember_account(struct ft_client *c)
{
    uint64_t account = ACCOUNT;
    TrdSubAccPush__C2S c2s = TRD__SUB_ACC_PUSH__C2_S__INIT;
    c2s.accidlist = &account;
    c2s.n_accidlist = 1;
    TrdSubAccPush__Request r = TRD__SUB_ACC_PUSH__REQUEST__INIT;
    r.c2s = &c2s;
    remember(c, FT_PROTO_Trd_SubAccPush, &r.base);
}

static void test_orders(void **state)
{
    struct fake_server f;
    struct told told = {0};
    struct ft_client *c = connected(&f, &told, FT_RESTORE_ACCOUNTS | FT_RESTORE_ORDERS);
    remember_account(c);
    TrdCommon__Order orders[4];
    fill_order(&orders[0], 1, 5, 0, 100);
    fill_order(&orders[1], 2, 11, 10, 101);
    answer_walk(&f, 2, orders, 1, (uint64_t[]){21});
    assert_int_equal(told.orders + told.fills, 0); /* what was there before is no news */
    /* The gateway's pushes count as they come, also when they repeat themselves. */
    push_order(&f, 1, 5, 0, 100);
    push_order(&f, 1, 10, 3, 105);
    push_order(&f, 1, 10, 3, 105);
    push_fill(&f, 22);
    assert_int_equal(told.orders, 3);
    assert_int_equal(told.fills, 1);

    /* A reconnection. */
    c->state = FT_CLIENT_READY;
    ft_sdk_restore(c);
    assert_int_equal(c->state, FT_CLIENT_RESTORING);
    TrdSubAccPush__Response ok = TRD__SUB_ACC_PUSH__RESPONSE__INIT;
    ok.rettype = 0;
    answer(&f, FT_PROTO_Trd_SubAccPush, &ok);
    push_order(&f, 3, 5, 0, 110); /* new, and told by the gateway itself */
    assert_int_equal(told.orders, 4);
    fill_order(&orders[0], 1, 11, 10, 111); /* changed */
    fill_order(&orders[1], 2, 11, 10, 101); /* not */
    fill_order(&orders[2], 3, 5, 0, 110);   /* told a moment ago */
    fill_order(&orders[3], 4, 5, 0, 112);   /* never heard of */
    answer_walk(&f, 4, orders, 3, (uint64_t[]){21, 22, 23});
    assert_int_equal(told.orders, 6);
    assert_int_equal(told.fills, 2);
    assert_int_equal(told.reconciled, 3);
    assert_int_equal(c->stats.reconciled, 3);
    assert_int_equal(c->state, FT_CLIENT_READY);
    assert_int_equal(told.why, FT_STATUS_OK);
    /* Late pushes of what the lists have told: the same, and older ones. */
    push_order(&f, 1, 10, 7, 109);
    push_order(&f, 1, 11, 10, 111);
    push_order(&f, 4, 5, 0, 112);
    push_fill(&f, 23);
    assert_int_equal(told.orders, 6);
    assert_int_equal(told.fills, 2);
    /* What is newer is told. */
    push_order(&f, 4, 15, 0, 113);
    push_fill(&f, 24);
    assert_int_equal(told.orders, 7);
    assert_int_equal(told.status, 15);
    assert_int_equal(told.fills, 3);
    end(c, &f);
}

static void test_refused(void **state)
{
    struct fake_server f;
    struct told told = {0};
    struct ft_client *c =
        connected(&f, &told, FT_RESTORE_QUOTES | FT_RESTORE_ACCOUNTS | FT_RESTORE_UNLOCK);
    TrdUnlockTrade__C2S unlock = TRD__UNLOCK_TRADE__C2_S__INIT;
    TrdUnlockTrade__Request ru = TRD__UNLOCK_TRADE__REQUEST__INIT;
    ru.c2s = &unlock;
    unlock.unlock = 1;
    unlock.pwdmd5 = (char *)"0123456789abcdef0123456789abcdef";
    remember(c, FT_PROTO_Trd_UnlockTrade, &ru.base);
    unlock.has_securityfirm = 1;
    unlock.securityfirm = 2;
    remember(c, FT_PROTO_Trd_UnlockTrade, &ru.base);
    unlock.unlock = 0; /* locked again: not to be unlocked */
    remember(c, FT_PROTO_Trd_UnlockTrade, &ru.base);
    struct sub_request *s = sub_request(0, 1, 1, (int32_t[]){TICKER});
    remember(c, FT_PROTO_Qot_Sub, &s->r.base);
    remember_account(c);
    ft_sdk_restore(c);
    TrdUnlockTrade__Response no = TRD__UNLOCK_TRADE__RESPONSE__INIT;
    no.rettype = -1;
    no.retmsg = (char *)"wrong password";
    assert_true(fake_read(&f));
    assert_int_equal(f.frame.proto_id, FT_PROTO_Trd_UnlockTrade);
    const TrdUnlockTrade__Request *sent = (const TrdUnlockTrade__Request *)f.msg;
    assert_string_equal(sent->c2s->pwdmd5, unlock.pwdmd5);
    assert_false(sent->c2s->has_securityfirm);
    fake_send(&f, fake_head(&f), &no.base, COVER_PLAIN);
    assert_int_equal(fake_deliver(&f), 1);
    /* The rest goes on. */
    TrdSubAccPush__Response ok = TRD__SUB_ACC_PUSH__RESPONSE__INIT;
    ok.rettype = 0;
    answer(&f, FT_PROTO_Trd_SubAccPush, &ok);
    QotSub__Response sub = QOT__SUB__RESPONSE__INIT;
    sub.rettype = 0;
    answer(&f, FT_PROTO_Qot_Sub, &sub);
    assert_false(fake_read(&f));
    assert_int_equal(told.ready, 1);
    assert_int_equal(told.why, FT_STATUS_REFUSED);
    assert_string_equal(told.text, "Trd_UnlockTrade: wrong password");
    end(c, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),      cmocka_unit_test(test_options_of_quotes),
        cmocka_unit_test(test_what_is_kept), cmocka_unit_test(test_orders),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
