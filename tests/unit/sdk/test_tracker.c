/* The order tracker against a gateway of which the test decides what it says: pushes before replies, replies that
 * are lost, lies, and ends at every moment. */
#include "scripted_peer.h"

#include "ftapi/get_global_state.h"
#include "ftapi/tracker.h"

#include "GetGlobalState.pb-c.h"
#include "Trd_PlaceOrder.pb-c.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    SUBMITTED = FT_ORDER_STATUS_SUBMITTED,
    PART = FT_ORDER_STATUS_FILLED_PART,
    ALL = FT_ORDER_STATUS_FILLED_ALL
};

/* ---- What the gateway says: the order's code says how it is treated --------------------------------- */

static unsigned long long last_id;
static char last_remark[128];

static void push(struct script *s, unsigned long long id, const char *remark, int status)
{
    static int time;
    say_push(
        s, FT_ID_Trd_UpdateOrder,
        "{\"retType\": 0, \"s2c\": {\"header\": {\"trdEnv\": 0, \"accID\": 1, \"trdMarket\": 1}, "
        "\"order\": "
        "{\"trdSide\": 1, \"orderType\": 1, \"orderStatus\": %d, \"orderID\": %llu, \"orderIDEx\": "
        "\"%llu\", "
        "\"code\": \"1\", \"name\": \"\", \"qty\": 1, \"createTime\": \"\", \"updateTime\": \"\", "
        "\"updateTimestamp\": %d%s%s%s}}}",
        status, id, id, ++time, remark ? ", \"remark\": \"" : "", remark ? remark : "",
        remark ? "\"" : "");
}

static void accept_order(struct script *s, unsigned long long id)
{
    say_reply(
        s,
        "{\"retType\": 0, \"s2c\": {\"header\": {\"trdEnv\": 0, \"accID\": 1, \"trdMarket\": 1}, "
        "\"orderID\": %llu}}",
        id);
}

static void lose(struct script *s)
{
    peer_raw_frame(&s->side, s->head, "\x01\x02\x03"); /* a reply that cannot be read */
}

static void place(struct script *s)
{
    static unsigned long long ids = 100;
    const TrdPlaceOrder__C2S *c2s = ((const TrdPlaceOrder__Request *)s->request)->c2s;
    const char *how = c2s->code, *remark = c2s->remark;
    unsigned long long id = ++ids;
    last_id = id;
    snprintf(last_remark, sizeof last_remark, "%s", remark ? remark : "");
    if (strcmp(how, "later") == 0) {
        accept_order(s, id);
    } else if (strcmp(how, "fills") == 0) {
        accept_order(s, id);
        push(s, id, remark, SUBMITTED);
        push(s, id, remark, ALL);
    } else if (strcmp(how, "early") == 0 || strcmp(how, "early, no remark") == 0) {
        const char *told = strcmp(how, "early") == 0 ? remark : NULL;
        push(s, 7, "somebody's", SUBMITTED);
        push(s, id, told, SUBMITTED);
        push(s, id, told, PART);
        push(s, id, told, ALL);
        accept_order(s, id);
    } else if (strcmp(how, "refused") == 0) {
        say_reply(s, "{\"retType\": -1, \"retMsg\": \"no money\"}");
    } else if (strcmp(how, "lost") == 0) {
        lose(s);
    } else if (strcmp(how, "lost, early") == 0) {
        push(s, id, remark, SUBMITTED);
        push(s, id, remark, ALL);
        lose(s);
    } else if (strcmp(how, "no ID") == 0) {
        accept_order(s, 0);
        push(s, id, remark, ALL);
    } else if (strcmp(how, "one ID") == 0) {
        accept_order(s, 77);
    } else if (strcmp(how, "stream") == 0) {
        accept_order(s, id);
        for (int k = 0; k < 50; k++)
            push(s, id, remark, k % 2 ? SUBMITTED : PART);
    } /* "quiet": nothing */
}

/* The user_id of GetGlobalState is the status in which the last order is pushed; beyond 1000: of a stranger's. */
static void nudge(struct script *s)
{
    int status = (int)((const GetGlobalState__Request *)s->request)->c2s->userid;
    if (status > 1000)
        push(s, 5, "somebody's", status - 1000);
    else
        push(s, last_id, last_remark, status);
    say_push(s, FT_ID_Trd_UpdateOrder, "{\"retType\": 0}"); /* without data */
    say_reply(s, "{\"retType\": -1, \"retMsg\": \"done\"}");
}

static void answer(struct script *s)
{
    if (s->head.proto_id == FT_ID_Trd_PlaceOrder)
        place(s);
    else
        nudge(s);
}

static struct peer peer;
static struct ft_client *client;
static struct ft_order_tracker *tracker;

static struct ft_trd_header header = {.trd_env = 0, .acc_id = 1, .trd_market = 1};

static int setup(void **state)
{
    (void)state;
    peer = start_script(answer);
    struct ft_client_options o = to(peer);
    o.max_pending = FT_ORDER_TRACKER_MAX + 1;
    o.max_output_bytes = 64 << 20;
    client = open_client(&o);
    assert_int_equal(ft_order_tracker_new(client, &tracker), FT_STATUS_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ft_order_tracker_free(tracker);
    ft_client_free(client);
    stop(peer);
    return 0;
}

static void nudged(int status)
{
    struct ft_global_state_get_request request = {.user_id = (uint64_t)status};
    assert_int_equal(ft_global_state_get(client, &request, NULL, NULL), FT_STATUS_REFUSED);
}

/* ---- What an order's callback saw ------------------------------------------------------------------ */

struct events {
    int n, free_at; /* free_at: the event, counted from 1, inside which the tracker is freed */
    enum ft_order_event event[8];
    int32_t status[8];
    uint64_t id[8], ticket;
    char text[64];
};

static void on_change(void *user, const struct ft_order_change *change)
{
    struct events *s = user;
    assert_true(s->n < 8);
    bool of_order =
        change->event == FT_ORDER_EVENT_CHANGED || change->event == FT_ORDER_EVENT_FINAL;
    assert_int_equal(change->order != NULL, of_order);
    assert_int_equal(change->reply == NULL, of_order);
    assert_true(!s->ticket || s->ticket == change->ticket);
    s->ticket = change->ticket;
    s->event[s->n] = change->event;
    s->id[s->n] = change->order_id;
    s->status[s->n] = of_order ? change->order->order_status : 0;
    if (change->reply)
        snprintf(s->text, sizeof s->text, "%s", ft_reply_text(change->reply));
    if (++s->n == s->free_at) {
        ft_order_tracker_free(tracker);
        tracker = NULL;
    }
}

static uint64_t order(const char *how, const char *remark, struct events *seen)
{
    struct ft_order_place_request request = {
        .header = &header, .trd_side = 1, .order_type = 1, .code = how, .qty = 1, .remark = remark};
    uint64_t ticket = 0;
    assert_int_equal(ft_order_tracker_place(tracker, &request, on_change, seen, &ticket),
                     FT_STATUS_OK);
    assert_true(ticket > 0);
    return ticket;
}

static void await(struct events *seen, int n)
{
    while (seen->n < n)
        assert_int_equal(ft_client_dispatch(client, -1, NULL), FT_STATUS_OK);
}

static void saw(const struct events *s, int k, enum ft_order_event event, int32_t status)
{
    assert_true(k < s->n);
    assert_int_equal(s->event[k], event);
    assert_int_equal(s->status[k], status);
}

static void on_other(void *user, const struct ft_push *push, const struct ft_order_push *data)
{
    assert_int_equal(ft_push_proto(push), FT_ID_Trd_UpdateOrder);
    assert_non_null(data->order);
    ++*(int *)user;
}

/* ---- Orders ---------------------------------------------------------------------------------------- */

static void test_an_order_and_its_pushes(void **state)
{
    (void)state;
    struct events s = {0};
    uint64_t ticket = order("fills", NULL, &s);
    assert_int_equal(s.n, 0);
    assert_int_equal(ft_order_tracker_count(tracker), 1);
    await(&s, 3);
    saw(&s, 0, FT_ORDER_EVENT_ACCEPTED, 0);
    saw(&s, 1, FT_ORDER_EVENT_CHANGED, SUBMITTED);
    saw(&s, 2, FT_ORDER_EVENT_FINAL, ALL);
    for (int k = 0; k < 3; k++)
        assert_true(s.id[k] > 100 && s.id[k] == s.id[0]);
    assert_int_equal(s.ticket, ticket);
    assert_int_equal(ft_order_tracker_count(tracker), 0);

    struct events later = {0};
    assert_int_equal(order("later", "my own", &later), ticket + 1);
    await(&later, 1);
    nudged(SUBMITTED);
    nudged(PART);
    nudged(FT_ORDER_STATUS_CANCELLED_PART);
    nudged(SUBMITTED); /* it is over: nobody's */
    assert_int_equal(later.n, 4);
    saw(&later, 1, FT_ORDER_EVENT_CHANGED, SUBMITTED);
    saw(&later, 2, FT_ORDER_EVENT_CHANGED, PART);
    saw(&later, 3, FT_ORDER_EVENT_FINAL, FT_ORDER_STATUS_CANCELLED_PART);
}

static void test_pushes_before_the_reply(void **state)
{
    (void)state;
    for (int without = 0; without < 2; without++) {
        struct events s = {0};
        int others = 0;
        ft_order_tracker_on_other(tracker, on_other, &others);
        order(without ? "early, no remark" : "early", NULL, &s);
        await(&s, 4);
        saw(&s, 0, FT_ORDER_EVENT_ACCEPTED, 0);
        saw(&s, 1, FT_ORDER_EVENT_CHANGED, SUBMITTED);
        saw(&s, 2, FT_ORDER_EVENT_CHANGED, PART);
        saw(&s, 3, FT_ORDER_EVENT_FINAL, ALL);
        assert_int_equal(
            others,
            without ? 4 : 1); /* a stranger's, and those that nothing tells apart from such */
        assert_int_equal(ft_order_tracker_count(tracker), 0);
    }
}

static void test_refused(void **state)
{
    (void)state;
    struct events s = {0};
    order("refused", NULL, &s);
    await(&s, 1);
    saw(&s, 0, FT_ORDER_EVENT_REFUSED, 0);
    assert_string_equal(s.text, "no money");
    assert_int_equal(ft_order_tracker_count(tracker), 0);
}

/* The reply is lost: the order is found by its remark, also when its pushes were there before. */
static void test_unknown_then_found(void **state)
{
    (void)state;
    struct events s = {0}, early = {0}, unnamed = {0}, without = {0};
    order("lost", NULL, &s);
    await(&s, 1);
    saw(&s, 0, FT_ORDER_EVENT_UNKNOWN, 0);
    assert_int_equal(s.id[0], 0);
    assert_int_equal(ft_order_tracker_count(tracker), 1);
    nudged(1000 + SUBMITTED);
    nudged(SUBMITTED);
    nudged(ALL);
    assert_int_equal(s.n, 3);
    saw(&s, 1, FT_ORDER_EVENT_CHANGED, SUBMITTED);
    assert_true(s.id[1] > 100);
    saw(&s, 2, FT_ORDER_EVENT_FINAL, ALL);

    order("lost, early", "mine", &early);
    await(&early, 3);
    saw(&early, 0, FT_ORDER_EVENT_UNKNOWN, 0);
    saw(&early, 1, FT_ORDER_EVENT_CHANGED, SUBMITTED);
    saw(&early, 2, FT_ORDER_EVENT_FINAL, ALL);

    order("no ID", NULL, &unnamed); /* an answer that names no order is worth no more */
    await(&unnamed, 2);
    saw(&unnamed, 0, FT_ORDER_EVENT_UNKNOWN, 0);
    saw(&unnamed, 1, FT_ORDER_EVENT_FINAL, ALL);

    order("lost", "", &without); /* there is nothing by which it could be found */
    await(&without, 1);
    saw(&without, 0, FT_ORDER_EVENT_UNKNOWN, 0);
    assert_int_equal(ft_order_tracker_count(tracker), 0);
}

static void test_others(void **state)
{
    (void)state;
    int others = 0;
    struct events s = {0};
    nudged(1000 + SUBMITTED); /* nobody listens */
    assert_int_equal(ft_order_tracker_on_other(tracker, on_other, &others), FT_STATUS_OK);
    nudged(1000 + PART);
    assert_int_equal(others, 1);
    order("later", NULL, &s);
    await(&s, 1);
    nudged(SUBMITTED);
    assert_int_equal(others, 1);
    ft_order_tracker_on_other(tracker, NULL, NULL);
    nudged(1000 + SUBMITTED);
    assert_int_equal(others, 1);
}

/* Two orders with one ID: a lie, of which the second order knows nothing. */
static void test_one_id_twice(void **state)
{
    (void)state;
    struct events first = {0}, second = {0};
    order("one ID", NULL, &first);
    await(&first, 1);
    order("one ID", NULL, &second);
    await(&second, 1);
    assert_int_equal(ft_order_tracker_count(tracker), 2);
    nudged(ALL); /* by its remark, under another ID */
    assert_int_equal(first.n, 1);
    assert_int_equal(second.n, 2);
    assert_int_equal(ft_order_tracker_count(tracker), 1);
}

static void test_arguments_and_bounds(void **state)
{
    (void)state;
    struct ft_order_place_request request = {
        .header = &header, .trd_side = 1, .order_type = 1, .code = "quiet", .qty = 1};
    struct ft_order_tracker *none = (void *)&request;
    struct events s = {0};
    assert_int_equal(ft_order_tracker_new(NULL, &none), FT_STATUS_INVALID);
    assert_int_equal(ft_order_tracker_new(client, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_order_tracker_place(NULL, &request, on_change, &s, NULL),
                     FT_STATUS_INVALID);
    assert_int_equal(ft_order_tracker_place(tracker, NULL, on_change, &s, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_order_tracker_place(tracker, &request, NULL, &s, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_order_tracker_on_other(NULL, NULL, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_order_tracker_count(NULL), 0);
    ft_order_tracker_free(NULL);
    request.code = NULL;
    assert_int_equal(ft_order_tracker_place(tracker, &request, on_change, &s, NULL),
                     FT_STATUS_INVALID);
    assert_string_equal(ft_client_last_error(client), "Trd_PlaceOrder: code is missing");
    assert_int_equal(ft_order_tracker_count(tracker), 0);
    request.code = "quiet";
    for (int k = 0; k < FT_ORDER_TRACKER_MAX; k++)
        assert_int_equal(ft_order_tracker_place(tracker, &request, on_change, &s, NULL),
                         FT_STATUS_OK);
    assert_int_equal(ft_order_tracker_place(tracker, &request, on_change, &s, NULL),
                     FT_STATUS_LIMIT);
    assert_int_equal(ft_order_tracker_count(tracker), FT_ORDER_TRACKER_MAX);
    ft_order_tracker_free(tracker);
    tracker = NULL;
    assert_int_equal(s.n, 0);
}

static void test_what_is_final(void **state)
{
    (void)state;
    static const int32_t final[] = {FT_ORDER_STATUS_SUBMIT_FAILED,  FT_ORDER_STATUS_FILLED_ALL,
                                    FT_ORDER_STATUS_CANCELLED_PART, FT_ORDER_STATUS_CANCELLED_ALL,
                                    FT_ORDER_STATUS_FAILED,         FT_ORDER_STATUS_DELETED,
                                    FT_ORDER_STATUS_FILL_CANCELLED};
    int n = 0;
    for (int32_t status = -1; status < 100; status++)
        n += ft_order_status_is_final(status);
    assert_int_equal(n, sizeof final / sizeof final[0]);
    for (size_t k = 0; k < sizeof final / sizeof final[0]; k++)
        assert_true(ft_order_status_is_final(final[k]));
}

/* ---- Ends ------------------------------------------------------------------------------------------ */

/* Inside each of its own events, whatever their source. */
static void test_freed_inside(void **state)
{
    (void)state;
    static const struct {
        const char *how;
        int at;
    } ends[] = {
        {"fills", 1}, {"fills", 2}, {"fills", 3},   {"early", 1},       {"early", 2},  {"early", 3},
        {"early", 4}, {"lost", 1},  {"refused", 1}, {"lost, early", 2}, {"stream", 5},
    };
    for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
        struct events s = {.free_at = ends[k].at}, quiet = {0};
        order("quiet", NULL, &quiet);
        order(ends[k].how, NULL, &s);
        await(&s, ends[k].at);
        assert_null(tracker);
        nudged(PART); /* nobody is told of what comes */
        assert_int_equal(s.n, ends[k].at);
        assert_int_equal(quiet.n, 0);
        assert_int_equal(ft_order_tracker_new(client, &tracker), FT_STATUS_OK);
    }
}

static void free_inside(void *user, const struct ft_push *push, const struct ft_order_push *data)
{
    ft_order_tracker_free(tracker);
    tracker = NULL;
    ++*(int *)user;
}

static void test_freed_inside_another_s_push(void **state)
{
    (void)state;
    int others = 0;
    struct events s = {0};
    order("quiet", NULL, &s);
    ft_order_tracker_on_other(tracker, free_inside, &others);
    nudged(1000 + SUBMITTED);
    nudged(1000 + PART);
    assert_int_equal(others, 1);
    assert_int_equal(s.n, 0);
}

/* Replies are awaited: nobody is told of them, and nothing is left over, whether they come or not. */
static void test_freed_while_awaited(void **state)
{
    (void)state;
    struct events s = {0};
    order("fills", NULL, &s);
    order("quiet", NULL, &s);
    ft_order_tracker_free(tracker);
    assert_int_equal(ft_order_tracker_new(client, &tracker), FT_STATUS_OK);
    nudged(SUBMITTED);
    order("quiet", NULL, &s);
    ft_order_tracker_free(tracker);
    tracker = NULL;
    assert_int_equal(s.n, 0); /* teardown frees the client without closing it */
}

static void test_the_client_is_closed_first(void **state)
{
    (void)state;
    struct events s = {0}, known = {0};
    order("later", NULL, &known);
    await(&known, 1);
    order("quiet", NULL, &s);
    ft_client_close(client);
    assert_int_equal(s.n, 1);
    saw(&s, 0, FT_ORDER_EVENT_UNKNOWN, 0);
    assert_int_equal(ft_order_tracker_count(tracker), 2);
    struct ft_order_place_request request = {
        .header = &header, .trd_side = 1, .order_type = 1, .code = "quiet"};
    assert_int_equal(ft_order_tracker_place(tracker, &request, on_change, &s, NULL),
                     FT_STATUS_STATE);
    assert_int_equal(ft_order_tracker_count(tracker), 2);
    struct ft_order_tracker *other = NULL;
    assert_int_equal(ft_order_tracker_new(client, &other), FT_STATUS_STATE);
    assert_null(other);
}

/* Another's handler of the same pushes stays when the tracker goes. */
static void on_mine(void *user, const struct ft_push *push, const struct ft_order_push *data)
{
    ++*(int *)user;
}

static void test_a_handler_that_came_later_stays(void **state)
{
    (void)state;
    int mine = 0;
    assert_int_equal(ft_order_on_push(client, on_mine, &mine), FT_STATUS_OK);
    ft_order_tracker_free(tracker);
    tracker = NULL;
    nudged(1000 + SUBMITTED);
    assert_int_equal(mine, 1);
}

/* ---- With the background thread -------------------------------------------------------------------- */

enum { THREADS = 4, ORDERS = 100 };

struct shared {
    struct ft_order_tracker *tracker;
    atomic_int accepted, changed, final, failed;
};

static void on_shared(void *user, const struct ft_order_change *change)
{
    struct shared *s = user;
    switch (change->event) {
    case FT_ORDER_EVENT_ACCEPTED: atomic_fetch_add(&s->accepted, 1); break;
    case FT_ORDER_EVENT_CHANGED: atomic_fetch_add(&s->changed, 1); break;
    case FT_ORDER_EVENT_FINAL: atomic_fetch_add(&s->final, 1); break;
    default: atomic_fetch_add(&s->failed, 1); break;
    }
}

static void *placer(void *user)
{
    struct shared *s = user;
    struct ft_order_place_request request = {
        .header = &header, .trd_side = 1, .order_type = 1, .qty = 1};
    for (int k = 0; k < ORDERS; k++) {
        request.code = k % 2 ? "early" : "fills";
        if (ft_order_tracker_place(s->tracker, &request, on_shared, s, NULL))
            atomic_fetch_add(&s->failed, 1);
        ft_order_tracker_count(s->tracker);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    static struct shared s;
    s.tracker = tracker;
    assert_int_equal(ft_client_start_thread(client), FT_STATUS_OK);
    pthread_t threads[THREADS];
    for (int k = 0; k < THREADS; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, placer, &s), 0);
    for (int k = 0; k < THREADS; k++)
        pthread_join(threads[k], NULL);
    while (atomic_load(&s.final) < THREADS * ORDERS && !atomic_load(&s.failed))
        usleep(1000);
    assert_int_equal(s.failed, 0);
    assert_int_equal(s.accepted, THREADS * ORDERS);
    assert_int_equal(s.changed, THREADS * ORDERS * 3 / 2);
    assert_int_equal(ft_order_tracker_count(tracker), 0);
}

/* Freed by another thread while the background thread tells pushes: what the callbacks use may go right behind. */
static void test_freed_while_told(void **state)
{
    (void)state;
    ft_order_tracker_free(tracker);
    assert_int_equal(ft_client_start_thread(client), FT_STATUS_OK);
    struct ft_order_place_request request = {
        .header = &header, .trd_side = 1, .order_type = 1, .code = "stream"};
    for (int k = 0; k < 100; k++) {
        struct shared *s = calloc(1, sizeof *s);
        assert_int_equal(ft_order_tracker_new(client, &tracker), FT_STATUS_OK);
        assert_int_equal(ft_order_tracker_place(tracker, &request, on_shared, s, NULL),
                         FT_STATUS_OK);
        while (k % 3 && atomic_load(&s->changed) < k % 40 && !atomic_load(&s->failed))
            sched_yield();
        ft_order_tracker_free(tracker);
        assert_int_equal(s->failed, 0);
        memset(s, 0xee, sizeof *s);
        free(s);
    }
    tracker = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_order_and_its_pushes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pushes_before_the_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_then_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_id_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arguments_and_bounds, setup, teardown),
        cmocka_unit_test(test_what_is_final),
        cmocka_unit_test_setup_teardown(test_freed_inside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_inside_another_s_push, setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_while_awaited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_client_is_closed_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_handler_that_came_later_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_while_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
