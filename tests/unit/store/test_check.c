/* `opend -check`: a sound database has no fault; each way of breaking one is found and named. */
#include "fixture.h"

enum { HOLD = FT_HOLD_ACCOUNT };
#define DAY 20777

/* What a check said. */
static char said[8192];

static void note(void *user, const char *line)
{
    size_t n = strlen(said);
    snprintf(said + n, sizeof said - n, "%s\n", line);
}
static int check(void)
{
    struct ft_err err = {0};
    said[0] = '\0';
    int n = ft_store_check(dir, note, NULL, &err);
    if (n < 0)
        fail_msg("%s", err.text);
    return n;
}

/* ---- A small sound history ---------------------------------------------------------------------- */

static uint64_t txn_id;

static void txn(struct ft_journal *j, uint8_t kind, uint64_t order, uint64_t fill)
{
    struct ft_txn t = {.id = ++txn_id,
                       .kind = kind,
                       .order = order,
                       .fill = fill,
                       .clearing_day = DAY,
                       .settle_day = DAY};
    ft_journal_add_txn(j, &t);
}
/* A pair of postings of the last transaction. */
static void move(struct ft_journal *j, uint8_t other, bool cash, int unit, int64_t amount)
{
    uint8_t line = 0;
    for (size_t k = 0; k < j->posting_count; k++)
        line = (uint8_t)(line + (j->postings[k].txn == txn_id));
    struct ft_posting p = {.txn = txn_id,
                           .line = line,
                           .holder = HOLD,
                           .is_cash = cash,
                           .currency = cash ? (uint8_t)unit : 0,
                           .inst = cash ? 0 : (ft_inst)unit,
                           .amount = amount};
    ft_journal_add_posting(j, &p);
    p.line++;
    p.holder = other;
    p.amount = -amount;
    ft_journal_add_posting(j, &p);
}

static struct ft_order order(uint64_t id, ft_inst inst, ft_qty qty)
{
    struct ft_order o;
    memset(&o, 0, sizeof o);
    o.id = id;
    o.inst = inst;
    o.side = FT_SIDE_BUY;
    o.qty = qty;
    o.status = FT_ST_SUBMITTED;
    o.priority = id;
    return o;
}

/* Order 10 buys 300 shares in two fills (one more was taken back); order 11, a combo, has two legs;
 * order 20 works through its part 21; order 30 waits. */
static int sound(void **state)
{
    struct ft_journal j;
    struct ft_err err = {0};
    if (make_dir(state))
        return -1;
    txn_id = 0;
    ft_journal_init(&j);
    struct ft_store *s = open_store(NULL, NULL);
    ft_inst share = inst_of(FT_MARKET_HK, "00700");
    struct ft_account a = {.id = 900, .index = 0, .currency = FT_HKD};
    struct ft_account b = {.id = 901, .index = 1, .currency = FT_USD};
    txn(&j, FT_TXN_OPEN, 0, 0);
    move(&j, FT_HOLD_FUNDING, true, FT_HKD, 1000000 * FT_MONEY_SCALE);

    struct ft_order o = order(10, share, 500 * FT_QTY_SCALE);
    struct ft_fill f[] = {
        {.id = 1,
         .order = 10,
         .inst = share,
         .qty = 100 * FT_QTY_SCALE,
         .price = 500 * FT_PRICE_SCALE},
        {.id = 2,
         .order = 10,
         .inst = share,
         .qty = 200 * FT_QTY_SCALE,
         .price = 501 * FT_PRICE_SCALE},
        {.id = 3, .order = 10, .inst = share, .qty = 50 * FT_QTY_SCALE, .price = 1, .status = 1},
    };
    for (int k = 0; k < 3; k++)
        ft_journal_add_fill(&j, &f[k]);
    for (int k = 0; k < 2; k++) {
        txn(&j, FT_TXN_TRADE, 10, f[k].id);
        move(&j, FT_HOLD_VENUE, true, FT_HKD, -ft_notional(f[k].price, f[k].qty, FT_ROUND_DOWN));
        move(&j, FT_HOLD_VENUE, false, (int)share, f[k].qty);
        o.filled += f[k].qty;
        o.fill_value += f[k].price * (f[k].qty / FT_QTY_SCALE);
    }
    struct ft_fee_row fee[] = {{10, 1, 30000}, {10, 2, 12345}};
    txn(&j, FT_TXN_FEE, 10, 2);
    for (int k = 0; k < 2; k++) {
        ft_journal_add_fee(&j, &fee[k]);
        move(&j, FT_HOLD_FEES, true, FT_HKD, -fee[k].amount);
        o.fees += fee[k].amount;
    }
    ft_journal_add_order(&j, &o);
    struct ft_position p = {.id = 1, .inst = share, .qty = o.filled};
    ft_journal_add_position(&j, &p);
    for (size_t k = 0; k < j.posting_count; k++)
        if (j.postings[k].holder == HOLD && j.postings[k].is_cash)
            a.cash[FT_HKD] += j.postings[k].amount;

    struct ft_combo c = {
        .order = 11, .count = 2, .leg = {{share, 1, FT_QTY_SCALE}, {share, 2, 2 * FT_QTY_SCALE}}};
    ft_journal_add_combo(&j, &c);
    o = order(11, share, 3 * FT_QTY_SCALE);
    ft_journal_add_order(&j, &o);
    for (uint32_t leg = 0; leg < 2; leg++) {
        o = order(12 + leg, share, 6 * FT_QTY_SCALE);
        o.parent = 11;
        o.leg = leg;
        ft_journal_add_order(&j, &o);
    }
    o = order(20, share, 10 * FT_QTY_SCALE);
    ft_journal_add_order(&j, &o);
    o.id = 21;
    o.parent = 20;
    ft_journal_add_order(&j, &o);
    o = order(30, share, 10 * FT_QTY_SCALE);
    ft_journal_add_order(&j, &o);
    ft_journal_add_account(&j, &a);
    ft_journal_add_account(&j, &b);
    j.counters = (struct ft_brk_counters){30, 3, txn_id, 1, 30, 0};
    wait_for(s, ft_store_submit(s, u, &j));
    bool failed = ft_store_failed(s, &err);
    ft_store_close(s);
    ft_journal_free(&j);
    return failed ? -1 : 0;
}

static void test_sound(void **state)
{
    int n = check();
    if (n)
        fail_msg("%s", said);
    struct ft_store *s = open_store(NULL, NULL); /* the gateway runs */
    assert_int_equal(check(), 0);
    ft_store_close(s);
}

/* ---- Faults ------------------------------------------------------------------------------------- */

static const struct {
    const char *sql, *words;
} faults[] = {
    {"UPDATE postings SET amount=amount+1 WHERE txn=2 AND line=0",
     "transaction 2: its postings in HKD add up to 0.0001, not to 0"},
    {"UPDATE postings SET amount=amount-10000 WHERE txn=2 AND line=3",
     "transaction 2: its postings in market 1, 00700 add up to -1, not to 0"},
    {"UPDATE postings SET amount=9223372036854775807 WHERE txn=2 AND code IS NULL",
     "transaction 2: its postings in HKD add up to more than 64 bits, not to 0"},
    {"DELETE FROM postings WHERE txn=1 AND line=1",
     "transaction 1: its postings in HKD add up to 1000000"},
    {"UPDATE accounts SET cash_hkd=cash_hkd+10000 WHERE id=900", "account 900: cash of"},
    {"UPDATE accounts SET cash_jpy=5 WHERE id=901",
     "account 901: cash of 0.0005 JPY, but its postings add up to 0"},
    {"UPDATE positions SET qty=qty-10000",
     "account 900: 299 of market 1, 00700 in positions, but its "
     "postings add up to 300"},
    {"DELETE FROM positions", "account 900: 0 of market 1, 00700 in positions"},
    {"UPDATE orders SET filled=filled+10000 WHERE id=10", "order 10: filled 301"},
    {"UPDATE orders SET fill_value=fill_value-1 WHERE id=10",
     "order 10: filled 300, value 150199.999999, "
     "but its fills add up to 300, value 150200"},
    {"UPDATE orders SET filled=10000 WHERE id=30", "order 30: filled 1, value 0, but its fills"},
    {"DELETE FROM fills WHERE id=2",
     "order 10: filled 300, value 150200, but its fills add up to 100"},
    {"UPDATE fills SET status=0 WHERE id=3", "but its fills add up to 350"},
    {"UPDATE orders SET qty=10000 WHERE id=10", "order 10: filled 300 of 1"},
    {"UPDATE orders SET filled=10000 WHERE id=20", "order 20: filled 1, but its parts add up to 0"},
    {"UPDATE orders SET filled=10000 WHERE id=11",
     "combo 11: filled 1, but leg 1 has filled 0 of 2"},
    {"UPDATE orders SET fees=fees+1 WHERE id=10",
     "order 10: fees of 4.2346, but its items add up to 4.2345"
     " and the ledger has 4.2345"},
    {"UPDATE fees SET amount=0 WHERE item=1",
     "order 10: fees of 4.2345, but its items add up to 1.2345"},
    {"UPDATE postings SET holder=1 WHERE holder=2", "and the ledger has 0"},
    {"UPDATE counters SET order_id=29", "counters: the last order is 29, but 30 is in use"},
    {"UPDATE counters SET fill=2", "counters: the last fill is 2, but 3 is in use"},
    {"UPDATE counters SET txn=0", "counters: the last transaction is 0, but 4 is in use"},
    {"UPDATE counters SET position=0", "counters: the last position is 0, but 1 is in use"},
    {"UPDATE counters SET priority=1", "counters: the last priority is 1, but 30 is in use"},
    {"DELETE FROM orders WHERE id=30; DELETE FROM orders WHERE id=10",
     "fills: names a row of orders that is not there"},
    {"DELETE FROM accounts WHERE id=901; UPDATE orders SET account=901 WHERE id=30",
     "orders 30: names a row of accounts that is not there"},
    {"DELETE FROM txns WHERE id=1", "postings: names a row of txns that is not there"},
    {"UPDATE orders SET parent=99 WHERE id=21",
     "order 21: it is a part of order 99, which is not there"},
    {"UPDATE txns SET order_id=98 WHERE id=2", "transaction 2: its order 98 is not there"},
    {"UPDATE txns SET fill=97 WHERE id=2", "transaction 2: its fill 97 is not there"},
    {"UPDATE fills SET account=901 WHERE id=1",
     "fill 1: account 901, but its order 10 is of account 900"},
    {"INSERT INTO fills SELECT 30,id,account,market,code,side,time_ns,1,qty,price,0 FROM fills "
     "WHERE id=1",
     "fill 1: there are 2 of them"},
    {"UPDATE accounts SET idx=5 WHERE id=901", "account 901: place 5, but 1 comes next"},
    {"UPDATE accounts SET idx=0 WHERE id=901", "account 901: place 0, but 1 comes next"},
    {"UPDATE accounts SET login=4 WHERE id=901", "account 901: its login 4 is not there"},
    {"INSERT INTO reminders VALUES(6,1,'00005',1,1,1,2,1,0,NULL,'',9)",
     "reminder 6: its login 9 is not there"},
    {"DELETE FROM combo_legs WHERE leg=1", "combo 11: 2 legs are told, 1 are there"},
    {"PRAGMA ignore_check_constraints=1; UPDATE postings SET account=NULL WHERE txn=1",
     "transaction 1: posting 0 has no account or no unit, or one too many"},
    {"PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql=replace(sql,'(account, created_ns)',"
     "'(account, updated_ns)') WHERE name='orders_by_account'; UPDATE orders SET updated_ns=9",
     "file: row "},
};

static void test_each_fault_is_named(void **state)
{
    for (size_t k = 0; k < sizeof faults / sizeof faults[0]; k++) {
        if (k > 0) {
            remove_dir(state);
            assert_int_equal(sound(state), 0);
        }
        sql("%s", faults[k].sql);
        int n = check();
        if (n < 1 || !strstr(said, faults[k].words))
            fail_msg("after %s: %d faults, not '%s' but:\n%s", faults[k].sql, n, faults[k].words,
                     said);
    }
}

/* Bytes overwritten in the middle: told as a fault, not as a failure to look. */
static void test_damaged_pages(void **state)
{
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    FILE *f = fopen(db_path(), "r+b");
    assert_non_null(f);
    char junk[4096];
    memset(junk, 0xA5, sizeof junk);
    for (int page = 3; page < 9; page++) {
        fseek(f, page * 4096L, SEEK_SET);
        fwrite(junk, 1, sizeof junk, f);
    }
    fclose(f);
    assert_true(check() > 0);
    assert_non_null(strstr(said, "file: "));
}

static void test_many_faults_are_counted(void **state)
{
    sql("WITH RECURSIVE n(k) AS (SELECT 1000 UNION ALL SELECT k+1 FROM n WHERE k<1249)"
        " INSERT INTO txns SELECT k,0,NULL,NULL,1,900,0,12345,'' FROM n");
    sql("UPDATE counters SET txn=5000");
    assert_int_equal(check(), 250);
    assert_non_null(strstr(said, "and 150 more of this kind"));
}

static void test_no_database(void **state)
{
    struct ft_err err = {0};
    assert_int_equal(ft_store_check("/tmp/no such directory", NULL, NULL, &err), -1);
    assert_int_equal(err.code, FT_ENOTFOUND);
    assert_non_null(strstr(err.text, "cannot read /tmp/no such directory/opend.db"));
    sql("PRAGMA application_id=5");
    assert_int_equal(ft_store_check(dir, NULL, NULL, &err), -1);
    assert_non_null(strstr(err.text, "another program's"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound, sound, remove_dir),
        cmocka_unit_test_setup_teardown(test_each_fault_is_named, sound, remove_dir),
        cmocka_unit_test_setup_teardown(test_damaged_pages, sound, remove_dir),
        cmocka_unit_test_setup_teardown(test_many_faults_are_counted, sound, remove_dir),
        cmocka_unit_test_setup_teardown(test_no_database, sound, remove_dir),
    };
    return cmocka_run_group_tests(tests, load_universe, free_universe);
}
