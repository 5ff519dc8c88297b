/* Typed calls, pushes and walks against a gateway of which the test decides what it says. */
#include "scripted_peer.h"

#include "ftapi/get_global_state.h"
#include "ftapi/notify.h"
#include "ftapi/qot_get_daily_short_volume.h"
#include "ftapi/qot_get_hot_list.h"
#include "ftapi/qot_request_history_kl.h"
#include "ftapi/qot_stock_filter.h"
#include "ftapi/qot_stock_screen.h"
#include "ftapi/trd_place_order.h"
#include "sdk/typed.h"

#include "GetGlobalState.pb-c.h"
#include "Qot_GetDailyShortVolume.pb-c.h"
#include "Qot_GetHotList.pb-c.h"
#include "Qot_RequestHistoryKL.pb-c.h"
#include "Qot_StockFilter.pb-c.h"
#include "Qot_StockScreen.pb-c.h"

/* ---- What the gateway says ------------------------------------------------------------------------ */

enum { GOOD = 1, REFUSED, WITHOUT_DATA, SILENT }; /* user_id of GetGlobalState */

static void answer_state(struct script *s)
{
    switch (((const GetGlobalState__Request *)s->request)->c2s->userid) {
    case GOOD:
        say_push(s, FT_ID_Notify, "{\"retType\": 0}");
        say_push(s, FT_ID_Notify,
                 "{\"retType\": 0, \"s2c\": {\"type\": 1, \"event\": {\"eventType\": 3, \"desc\": "
                 "\"hi\"}}}");
        say_reply(s, "{\"retType\": 0, \"s2c\": {\"marketHK\": 5, \"marketUS\": 0, \"marketSH\": "
                     "0, \"marketSZ\": 0, "
                     "\"marketHKFuture\": 0, \"qotLogined\": true, \"trdLogined\": false, "
                     "\"serverVer\": 1011, "
                     "\"serverBuildNo\": 7, \"time\": 42, \"qotSvrIpAddr\": \"somewhere\"}}");
        break;
    case REFUSED:
        say_reply(s, "{\"retType\": -1, \"retMsg\": \"not today\", \"errCode\": 9}");
        break;
    case WITHOUT_DATA: say_reply(s, "{\"retType\": 0}"); break;
    case SILENT: break;
    }
}

/* Base64 of one byte, the cursor in what follows. */
static const char *key_of(unsigned page)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static char text[5];
    snprintf(text, sizeof text, "%c%c==", digits[page >> 2 & 63], digits[page << 4 & 63]);
    return text;
}

static void answer_history(struct script *s)
{
    const QotRequestHistoryKL__C2S *c2s = ((const QotRequestHistoryKL__Request *)s->request)->c2s;
    const char *how = c2s->security->code;
    unsigned page = c2s->nextreqkey.len ? c2s->nextreqkey.data[0] : 0;
    char bars[32768] = "", key[64] = "";
    int n = strcmp(how, "big") == 0 ? 300 : 2;
    for (int k = 0; k < n; k++)
        snprintf(bars + strlen(bars), sizeof bars - strlen(bars),
                 "%s{\"time\": \"%u.%d\", \"isBlank\": false}", k ? ", " : "", page, k);
    if (strcmp(how, "empty key") == 0)
        snprintf(key, sizeof key, ", \"nextReqKey\": \"\"");
    else if (strcmp(how, "same") == 0)
        snprintf(key, sizeof key, ", \"nextReqKey\": \"AQ==\"");
    else if (strcmp(how, "big") != 0 && (page < 2 || strcmp(how, "ever") == 0))
        snprintf(key, sizeof key, ", \"nextReqKey\": \"%s\"", key_of(page + 1));
    if (strcmp(how, "no data") == 0 && page == 1)
        say_reply(s, "{\"retType\": 0}");
    else if (strcmp(how, "refused") == 0 && page == 1)
        say_reply(s, "{\"retType\": -1, \"retMsg\": \"too often\"}");
    else
        say_reply(s,
                  "{\"retType\": 0, \"s2c\": {\"security\": {\"market\": 1, \"code\": \"%s\"}, "
                  "\"klList\": [%s]%s}}",
                  how, bars, key);
}

static void answer_short(struct script *s)
{
    const char *key = ((const QotGetDailyShortVolume__Request *)s->request)->c2s->nextkey;
    int page = key && *key ? key[0] - '0' : 0;
    say_reply(s, "{\"retType\": 0, \"s2c\": {\"usItemList\": [{}], \"nextKey\": \"%d\"}}",
              page < 2 ? page + 1 : -1);
}

enum { FIVE_ROWS = 1, NO_ROWS, EVER, UNTOLD }; /* market of those that are paged by position */

static void answer_hot(struct script *s)
{
    const QotGetHotList__C2S *c2s = ((const QotGetHotList__Request *)s->request)->c2s;
    static const char item[] = "{\"security\": {\"market\": 1, \"code\": \"1\"}}";
    int left = c2s->market == FIVE_ROWS ? 5 - c2s->offset : 2;
    say_reply(s, "{\"retType\": 0, \"s2c\": {\"dataList\": [%s%s%s]%s%s}}",
              c2s->market == NO_ROWS ? "" : item, left > 1 && c2s->market != NO_ROWS ? ", " : "",
              left > 1 && c2s->market != NO_ROWS ? item : "",
              c2s->market == UNTOLD ? "" : ", \"allCount\": ",
              c2s->market == UNTOLD ? ""
              : c2s->market == EVER ? "2000000000"
                                    : "5");
}

static void answer_filter(struct script *s)
{
    const QotStockFilter__C2S *c2s = ((const QotStockFilter__Request *)s->request)->c2s;
    bool rows = c2s->market != NO_ROWS, last = rows && c2s->market != EVER && c2s->begin >= 4;
    say_reply(s,
              "{\"retType\": 0, \"s2c\": {\"lastPage\": %s, \"allCount\": 1, \"dataList\": [%s]}}",
              last ? "true" : "false",
              !rows  ? ""
              : last ? "{\"security\": {\"market\": 1, \"code\": \"5\"}, \"name\": \"\"}"
                     : "{\"security\": {\"market\": 1, \"code\": \"1\"}, \"name\": \"\"}, "
                       "{\"security\": {\"market\": 1, \"code\": \"2\"}, \"name\": \"\"}");
}

static void answer_screen(struct script *s)
{
    const QotStockScreen__C2S *c2s = ((const QotStockScreen__Request *)s->request)->c2s;
    if (c2s->pagecount == UNTOLD)
        say_reply(s, "{\"retType\": 0, \"s2c\": {\"dataList\": [{\"stockId\": 1}]}}");
    else
        say_reply(
            s, "{\"retType\": 0, \"s2c\": {\"dataList\": [{\"stockId\": %d}], \"lastPage\": %d}}",
            c2s->pagefrom, c2s->pagefrom >= 12);
}

static void answer(struct script *s)
{
    switch (s->head.proto_id) {
    case FT_ID_GetGlobalState: answer_state(s); break;
    case FT_ID_Qot_RequestHistoryKL: answer_history(s); break;
    case FT_ID_Qot_GetDailyShortVolume: answer_short(s); break;
    case FT_ID_Qot_GetHotList: answer_hot(s); break;
    case FT_ID_Qot_StockFilter: answer_filter(s); break;
    case FT_ID_Qot_StockScreen: answer_screen(s); break;
    default: say_reply(s, "{\"retType\": -1, \"retMsg\": \"not in the script\"}"); break;
    }
}

static struct peer peer;
static struct ft_client *client;

static int setup(void **state)
{
    (void)state;
    peer = start_script(answer);
    struct ft_client_options o = to(peer);
    client = open_client(&o);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ft_client_free(client);
    stop(peer);
    return 0;
}

/* ---- Calls -------------------------------------------------------------------------------------- */

static enum ft_status get(uint64_t user, struct ft_reply **reply,
                          const struct ft_global_state_get_reply **data)
{
    return ft_global_state_get(client, &(struct ft_global_state_get_request){.user_id = user},
                               reply, data);
}

static void test_calls(void **state)
{
    (void)state;
    struct ft_reply *reply = NULL;
    const struct ft_global_state_get_reply *data;
    for (int again = 0; again < 3; again++) {
        assert_int_equal(get(GOOD, &reply, &data), FT_STATUS_OK);
        assert_int_equal(data->time, 42);
        assert_int_equal(data->market_hk, 5);
        assert_true(data->qot_logined);
        assert_string_equal(data->qot_svr_ip_addr, "somewhere");
        assert_null(data->trd_svr_ip_addr);
        assert_false(data->has_market_us_future);
        /* What is refused leaves no data, and its reply tells. */
        assert_int_equal(get(REFUSED, &reply, &data), FT_STATUS_REFUSED);
        assert_null(data);
        assert_int_equal(ft_reply_ret_type(reply), -1);
        assert_int_equal(ft_reply_err_code(reply), 9);
        assert_string_equal(ft_reply_text(reply), "not today");
        assert_string_equal(ft_client_last_error(client), "GetGlobalState: not today");
        assert_int_equal(get(WITHOUT_DATA, &reply, &data), FT_STATUS_OK);
        assert_null(data);
    }
    ft_reply_free(reply);
    /* Only the status is wanted; data without a reply to keep it in is not to be had. */
    assert_int_equal(get(GOOD, NULL, NULL), FT_STATUS_OK);
    assert_int_equal(get(REFUSED, NULL, NULL), FT_STATUS_REFUSED);
    data = (const void *)&peer;
    assert_int_equal(get(GOOD, NULL, &data), FT_STATUS_INVALID);
    assert_null(data);
    assert_int_equal(ft_global_state_get(NULL, NULL, NULL, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_global_state_get_async(NULL, NULL, NULL, NULL), FT_STATUS_INVALID);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    struct ft_trd_header header = {.trd_env = 0, .acc_id = 1, .trd_market = 1};
    struct ft_order_place_request request = {.code = "00700", .qty = 1};
    struct ft_reply *reply = NULL;
    const struct ft_order_place_reply *data;
    assert_int_equal(ft_order_place(client, &request, &reply, &data), FT_STATUS_INVALID);
    assert_string_equal(ft_client_last_error(client), "Trd_PlaceOrder: header is missing");
    assert_null(reply);
    request.header = &header;
    request.code = NULL;
    assert_int_equal(ft_order_place_async(client, &request, NULL, NULL), FT_STATUS_INVALID);
    assert_string_equal(ft_client_last_error(client), "Trd_PlaceOrder: code is missing");
    assert_int_equal(ft_order_place(client, NULL, &reply, &data), FT_STATUS_INVALID);
    assert_string_equal(ft_client_last_error(client), "Trd_PlaceOrder: request is NULL");
    assert_int_equal(ft_client_last_status(client), FT_STATUS_INVALID);
    request.code = "00700";
    assert_int_equal(ft_order_place(client, &request, &reply, &data), FT_STATUS_REFUSED);
    assert_string_equal(ft_reply_text(reply), "not in the script");
    ft_reply_free(reply);
    ft_client_close(client);
    assert_int_equal(ft_order_place(client, NULL, NULL, NULL), FT_STATUS_STATE);
}

/* ---- Asynchronous ones ---------------------------------------------------------------------------- */

struct told {
    int calls, with_data;
    enum ft_status status;
    struct ft_reply *kept;
    const struct ft_global_state_get_reply *data;
    bool keep;
};

static void on_state(void *user, struct ft_reply *reply,
                     const struct ft_global_state_get_reply *data)
{
    struct told *t = user;
    t->calls++;
    t->with_data += data != NULL;
    t->status = ft_reply_status(reply);
    if (!t->keep)
        return;
    assert_int_equal(ft_reply_keep(reply, &t->kept), FT_STATUS_OK);
    t->data = data;
}

static void later(uint64_t user, struct told *t)
{
    struct ft_global_state_get_request request = {.user_id = user};
    int before = t->calls;
    assert_int_equal(ft_global_state_get_async(client, &request, on_state, t), FT_STATUS_OK);
    while (t->calls == before)
        assert_int_equal(ft_client_dispatch(client, -1, NULL), FT_STATUS_OK);
}

static void test_asynchronous(void **state)
{
    (void)state;
    struct told t = {0};
    later(GOOD, &t);
    assert_int_equal(t.status, FT_STATUS_OK);
    assert_int_equal(t.with_data, 1);
    later(REFUSED, &t);
    assert_int_equal(t.status, FT_STATUS_REFUSED);
    later(WITHOUT_DATA, &t);
    assert_int_equal(t.status, FT_STATUS_OK);
    assert_int_equal(t.with_data, 1);
    /* Kept, in one and the same reply over and over; others come meanwhile. */
    t.keep = true;
    for (int k = 0; k < 3; k++) {
        later(GOOD, &t);
        assert_int_equal(get(GOOD, NULL, NULL), FT_STATUS_OK);
        assert_int_equal(t.data->time, 42);
        assert_string_equal(t.data->qot_svr_ip_addr, "somewhere");
        assert_int_equal(ft_reply_status(t.kept), FT_STATUS_OK);
    }
    later(REFUSED, &t);
    assert_null(t.data);
    assert_string_equal(ft_reply_text(t.kept), "not today");
    ft_reply_free(t.kept);
    /* Nobody wants to know; and the end of the client. */
    struct ft_global_state_get_request request = {.user_id = SILENT};
    assert_int_equal(ft_global_state_get_async(client, &request, NULL, NULL), FT_STATUS_OK);
    struct told end = {0};
    assert_int_equal(ft_global_state_get_async(client, &request, on_state, &end), FT_STATUS_OK);
    ft_client_close(client);
    assert_int_equal(end.calls, 1);
    assert_int_equal(end.status, FT_STATUS_DISCONNECTED);
    assert_int_equal(end.with_data, 0);
}

/* ---- Pushes --------------------------------------------------------------------------------------- */

static void on_notice(void *user, const struct ft_push *push, const struct ft_notice_push *data)
{
    assert_int_equal(ft_push_proto(push), FT_ID_Notify);
    assert_int_equal(data->type, 1);
    assert_string_equal(data->event->desc, "hi");
    assert_null(data->api_quota);
    ++*(int *)user;
}

static void test_pushes(void **state)
{
    (void)state;
    int pushes = 0;
    assert_int_equal(ft_notice_on_push(client, on_notice, &pushes), FT_STATUS_OK);
    assert_int_equal(get(GOOD, NULL, NULL), FT_STATUS_OK); /* one without data is dropped */
    assert_int_equal(pushes, 1);
    assert_int_equal(ft_notice_on_push(client, NULL, NULL), FT_STATUS_OK);
    assert_int_equal(get(GOOD, NULL, NULL), FT_STATUS_OK);
    assert_int_equal(pushes, 1);
    assert_int_equal(ft_notice_on_push(NULL, on_notice, NULL), FT_STATUS_INVALID);
}

/* ---- Memory --------------------------------------------------------------------------------------- */

static void on_big(void *user, struct ft_reply *reply,
                   const struct ft_history_kline_get_reply *data)
{
    enum ft_status s = *(enum ft_status *)user = ft_reply_status(reply);
    assert_int_equal(data != NULL, s == FT_STATUS_OK);
}

/* From too little for the message on, through too little for its structs, to enough. */
static void test_little_memory(void **state)
{
    (void)state;
    struct ft_history_kline_get_request request = {
        .rehab_type = 1, .kl_type = 2, .security = {1, "big"}, .begin_time = "a", .end_time = "b"};
    bool limit = false, enough = false;
    ft_client_close(client); /* the peer has one at a time */
    for (uint64_t bytes = 4096; !enough; bytes += 16384) {
        struct ft_client_options o = to(peer);
        o.max_decoded_bytes = bytes;
        struct ft_client *c = open_client(&o);
        struct ft_reply *reply = NULL;
        const struct ft_history_kline_get_reply *data;
        enum ft_status s = ft_history_kline_get(c, &request, &reply, &data), later_s = -1;
        assert_true(s == FT_STATUS_OK || s == FT_STATUS_BAD_REPLY || s == FT_STATUS_LIMIT);
        assert_int_equal(data != NULL, s == FT_STATUS_OK);
        assert_int_equal(ft_reply_status(reply), s);
        if (s == FT_STATUS_LIMIT)
            assert_non_null(strstr(ft_client_last_error(c), "max_decoded_bytes"));
        assert_int_equal(ft_history_kline_get_async(c, &request, on_big, &later_s), FT_STATUS_OK);
        while ((int)later_s == -1)
            ft_client_dispatch(c, -1, NULL);
        assert_int_equal(later_s, s);
        limit |= s == FT_STATUS_LIMIT;
        enough = s == FT_STATUS_OK;
        ft_reply_free(reply);
        ft_client_free(c);
        assert_true(bytes < 4 << 20);
    }
    assert_true(limit);
}

/* ---- Walks -------------------------------------------------------------------------------------- */

struct walked {
    int pages, rows, most;
    char first[128]; /* something of each page's first row */
};

static bool more(struct walked *w, size_t rows, const char *first)
{
    w->pages++;
    w->rows += (int)rows;
    if (strlen(w->first) + strlen(first) + 2 < sizeof w->first)
        snprintf(w->first + strlen(w->first), sizeof w->first - strlen(w->first), "%s ", first);
    return !w->most || w->pages < w->most;
}

static bool on_bars(void *user, const struct ft_history_kline_get_reply *page)
{
    return more(user, page->kl_list_count, page->kl_list_count ? page->kl_list[0].time : "");
}

static enum ft_status walk_history(const char *how, struct walked *w)
{
    struct ft_history_kline_get_request request = {
        .rehab_type = 1, .kl_type = 2, .security = {1, how}, .begin_time = "a", .end_time = "b"};
    *w = (struct walked){.most = w->most};
    return ft_history_kline_get_all(client, &request, on_bars, w);
}

static void test_walks_by_cursor(void **state)
{
    (void)state;
    struct walked w = {0};
    assert_int_equal(walk_history("three", &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 3);
    assert_int_equal(w.rows, 6);
    assert_string_equal(w.first, "0.0 1.0 2.0 ");
    assert_int_equal(walk_history("empty key", &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 1);
    w.most = 2; /* enough */
    assert_int_equal(walk_history("ever", &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 2);
    w.most = 0;
    assert_int_equal(walk_history("same", &w), FT_STATUS_BAD_REPLY);
    assert_int_equal(w.pages, 2);
    assert_non_null(
        strstr(ft_client_last_error(client), "Qot_RequestHistoryKL: pages do not advance"));
    assert_int_equal(walk_history("no data", &w), FT_STATUS_BAD_REPLY);
    assert_int_equal(w.pages, 1);
    assert_non_null(strstr(ft_client_last_error(client), "a page came without data"));
    assert_int_equal(walk_history("refused", &w), FT_STATUS_REFUSED);
    assert_int_equal(w.pages, 1);
    assert_non_null(strstr(ft_client_last_error(client), "too often"));
    /* From a page on; and arguments. */
    struct ft_history_kline_get_request request = {.rehab_type = 1,
                                                   .kl_type = 2,
                                                   .security = {1, "three"},
                                                   .begin_time = "a",
                                                   .end_time = "b",
                                                   .next_req_key = {1, (const uint8_t *)"\2"}};
    w = (struct walked){0};
    assert_int_equal(ft_history_kline_get_all(client, &request, on_bars, &w), FT_STATUS_OK);
    assert_string_equal(w.first, "2.0 ");
    request.security.code = NULL;
    assert_int_equal(ft_history_kline_get_all(client, &request, on_bars, &w), FT_STATUS_INVALID);
    assert_int_equal(ft_history_kline_get_all(client, NULL, on_bars, &w), FT_STATUS_INVALID);
    assert_int_equal(ft_history_kline_get_all(client, &request, NULL, &w), FT_STATUS_INVALID);
    assert_int_equal(ft_history_kline_get_all(NULL, &request, on_bars, &w), FT_STATUS_INVALID);
}

static bool on_short(void *user, const struct ft_daily_short_volume_get_reply *page)
{
    return more(user, page->us_item_list_count, page->next_key);
}

static void test_walks_by_text(void **state)
{
    (void)state;
    struct ft_daily_short_volume_get_request request = {.security = {11, "AAPL"}};
    struct walked w = {0};
    assert_int_equal(ft_daily_short_volume_get_all(client, &request, on_short, &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 3);
    assert_string_equal(w.first, "1 2 -1 ");
}

static bool on_hot(void *user, const struct ft_hot_list_get_reply *page)
{
    return more(user, page->data_list_count, "");
}

static bool on_filtered(void *user, const struct ft_stock_filter_run_reply *page)
{
    return more(user, page->data_list_count,
                page->data_list_count ? page->data_list[0].security.code : "");
}

static bool on_screened(void *user, const struct ft_stock_screen_run_reply *page)
{
    char id[24];
    snprintf(id, sizeof id, "%llu", (unsigned long long)page->data_list[0].stock_id);
    return more(user, page->data_list_count, id);
}

static void test_walks_by_position(void **state)
{
    (void)state;
    struct walked w = {0};
    struct ft_hot_list_get_request hot = {.market = FIVE_ROWS};
    assert_int_equal(ft_hot_list_get_all(client, &hot, on_hot, &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 3);
    assert_int_equal(w.rows, 5);
    hot.market = UNTOLD;
    w = (struct walked){0};
    assert_int_equal(ft_hot_list_get_all(client, &hot, on_hot, &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 1);
    hot.market = NO_ROWS;
    assert_int_equal(ft_hot_list_get_all(client, &hot, on_hot, &w), FT_STATUS_BAD_REPLY);
    hot = (struct ft_hot_list_get_request){
        .market = EVER, .has_offset = true, .offset = INT32_MAX - 3};
    w = (struct walked){0};
    assert_int_equal(ft_hot_list_get_all(client, &hot, on_hot, &w),
                     FT_STATUS_OK); /* 2000000000 are behind it */
    assert_int_equal(w.pages, 1);

    struct ft_stock_filter_run_request filter = {.num = 2, .market = FIVE_ROWS};
    w = (struct walked){0};
    assert_int_equal(ft_stock_filter_run_all(client, &filter, on_filtered, &w), FT_STATUS_OK);
    assert_string_equal(w.first, "1 1 5 ");
    assert_int_equal(w.rows, 5);
    filter.begin = 4;
    w = (struct walked){0};
    assert_int_equal(ft_stock_filter_run_all(client, &filter, on_filtered, &w), FT_STATUS_OK);
    assert_string_equal(w.first, "5 ");
    filter = (struct ft_stock_filter_run_request){.market = EVER, .begin = INT32_MAX - 3};
    w = (struct walked){0};
    assert_int_equal(ft_stock_filter_run_all(client, &filter, on_filtered, &w),
                     FT_STATUS_BAD_REPLY);
    assert_int_equal(w.pages, 2);
    filter.market = NO_ROWS;
    assert_int_equal(ft_stock_filter_run_all(client, &filter, on_filtered, &w),
                     FT_STATUS_BAD_REPLY);

    struct ft_stock_screen_run_request screen = {.page_from = 10, .has_page_from = true};
    w = (struct walked){0};
    assert_int_equal(ft_stock_screen_run_all(client, &screen, on_screened, &w), FT_STATUS_OK);
    assert_string_equal(w.first, "10 11 12 ");
    screen.page_count = UNTOLD;
    screen.has_page_count = true;
    w = (struct walked){0};
    assert_int_equal(ft_stock_screen_run_all(client, &screen, on_screened, &w), FT_STATUS_OK);
    assert_int_equal(w.pages, 1);
}

static uint16_t index_of(const struct ft_typed_message *m, const char *name)
{
    for (uint16_t k = 0; k < m->count; k++)
        if (strcmp(m->fields[k].name, name) == 0)
            return k;
    fail_msg("%s", name);
    return 0;
}

static void test_walks_have_a_bound(void **state)
{
    (void)state;
    const struct ft_typed_protocol p = {FT_ID_Qot_RequestHistoryKL,
                                        &qot__request_history_kl__request__descriptor,
                                        ft_typed_of(&qot__request_history_kl__c2_s__descriptor),
                                        ft_typed_of(&qot__request_history_kl__s2_c__descriptor)};
    const struct ft_typed_paging paging = {index_of(p.request, "nextReqKey"),
                                           index_of(p.reply, "nextReqKey"),
                                           index_of(p.reply, "klList")};
    struct ft_history_kline_get_request request = {
        .rehab_type = 1, .kl_type = 2, .security = {1, "ever"}, .begin_time = "a", .end_time = "b"};
    struct walked w = {0};
    assert_int_equal(
        ft_typed_walk_most(client, &p, &paging, &request, (ft_page_fn *)on_bars, &w, 7),
        FT_STATUS_LIMIT);
    assert_int_equal(w.pages, 7);
    assert_non_null(strstr(ft_client_last_error(client), "more pages than a walk may have"));
    request.security.code = "three";
    w = (struct walked){0};
    assert_int_equal(
        ft_typed_walk_most(client, &p, &paging, &request, (ft_page_fn *)on_bars, &w, 3),
        FT_STATUS_OK);
    assert_int_equal(w.pages, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_asynchronous, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pushes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_little_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walks_by_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walks_by_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walks_by_position, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walks_have_a_bound, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
