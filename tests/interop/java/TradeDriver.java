/* Trades with the vendor's Java SDK for test_java.py: every trade method that the SDK has, every order
 * type on markets that take it, pushes, and the arithmetic of cost, fees and cash. Says "done", or what
 * was wrong.
 *
 * usage: TradeDriver HOST PORT */
import com.futu.openapi.FTAPI;
import com.futu.openapi.FTAPI_Conn;
import com.futu.openapi.FTAPI_Conn_Trd;
import com.futu.openapi.FTSPI_Conn;
import com.futu.openapi.FTSPI_Trd;
import com.futu.openapi.pb.QotCommon;
import com.futu.openapi.pb.TrdCommon;
import com.futu.openapi.pb.TrdFlowSummary;
import com.futu.openapi.pb.TrdGetAccList;
import com.futu.openapi.pb.TrdGetFunds;
import com.futu.openapi.pb.TrdGetHistoryOrderFillList;
import com.futu.openapi.pb.TrdGetHistoryOrderList;
import com.futu.openapi.pb.TrdGetMarginRatio;
import com.futu.openapi.pb.TrdGetMaxTrdQtys;
import com.futu.openapi.pb.TrdGetOrderFee;
import com.futu.openapi.pb.TrdGetOrderFillList;
import com.futu.openapi.pb.TrdGetOrderList;
import com.futu.openapi.pb.TrdGetPositionList;
import com.futu.openapi.pb.TrdModifyOrder;
import com.futu.openapi.pb.TrdPlaceOrder;
import com.futu.openapi.pb.TrdSubAccPush;
import com.futu.openapi.pb.TrdUnlockTrade;
import com.futu.openapi.pb.TrdUpdateOrder;
import com.futu.openapi.pb.TrdUpdateOrderFill;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

public class TradeDriver implements FTSPI_Conn, FTSPI_Trd {
    static final int HK = 1, US = 2, REAL = 1, BUY = 1, SELL = 2, WAIT_SECONDS = 20;
    static final String PASSWORD_MD5 = "e10adc3949ba59abbe56e057f20f883e"; /* of 123456 */

    final FTAPI_Conn_Trd connection = new FTAPI_Conn_Trd();
    final CompletableFuture<Long> ready = new CompletableFuture<>();
    final Map<Integer, CompletableFuture<Object>> replies = new ConcurrentHashMap<>();
    final Map<Long, TrdCommon.Order> orders = new ConcurrentHashMap<>();
    final Map<Long, Double> filled = new ConcurrentHashMap<>();
    long account;

    /* ---- Callbacks ---- */

    @Override public void onInitConnect(FTAPI_Conn c, long error, String text) { ready.complete(error); }

    CompletableFuture<Object> of(int serial) {
        return replies.computeIfAbsent(serial, s -> new CompletableFuture<>());
    }

    @Override public void onReply_GetAccList(FTAPI_Conn c, int s, TrdGetAccList.Response r) { of(s).complete(r); }
    @Override public void onReply_UnlockTrade(FTAPI_Conn c, int s, TrdUnlockTrade.Response r) { of(s).complete(r); }
    @Override public void onReply_SubAccPush(FTAPI_Conn c, int s, TrdSubAccPush.Response r) { of(s).complete(r); }
    @Override public void onReply_GetFunds(FTAPI_Conn c, int s, TrdGetFunds.Response r) { of(s).complete(r); }
    @Override public void onReply_GetPositionList(FTAPI_Conn c, int s, TrdGetPositionList.Response r) { of(s).complete(r); }
    @Override public void onReply_GetMaxTrdQtys(FTAPI_Conn c, int s, TrdGetMaxTrdQtys.Response r) { of(s).complete(r); }
    @Override public void onReply_GetOrderList(FTAPI_Conn c, int s, TrdGetOrderList.Response r) { of(s).complete(r); }
    @Override public void onReply_PlaceOrder(FTAPI_Conn c, int s, TrdPlaceOrder.Response r) { of(s).complete(r); }
    @Override public void onReply_ModifyOrder(FTAPI_Conn c, int s, TrdModifyOrder.Response r) { of(s).complete(r); }
    @Override public void onReply_GetOrderFillList(FTAPI_Conn c, int s, TrdGetOrderFillList.Response r) { of(s).complete(r); }
    @Override public void onReply_GetHistoryOrderList(FTAPI_Conn c, int s, TrdGetHistoryOrderList.Response r) { of(s).complete(r); }
    @Override public void onReply_GetHistoryOrderFillList(FTAPI_Conn c, int s, TrdGetHistoryOrderFillList.Response r) { of(s).complete(r); }
    @Override public void onReply_GetMarginRatio(FTAPI_Conn c, int s, TrdGetMarginRatio.Response r) { of(s).complete(r); }
    @Override public void onReply_GetOrderFee(FTAPI_Conn c, int s, TrdGetOrderFee.Response r) { of(s).complete(r); }
    @Override public void onReply_GetFlowSummary(FTAPI_Conn c, int s, TrdFlowSummary.Response r) { of(s).complete(r); }

    @Override public void onPush_UpdateOrder(FTAPI_Conn c, TrdUpdateOrder.Response r) {
        orders.put(r.getS2C().getOrder().getOrderID(), r.getS2C().getOrder());
    }

    @Override public void onPush_UpdateOrderFill(FTAPI_Conn c, TrdUpdateOrderFill.Response r) {
        filled.merge(r.getS2C().getOrderFill().getOrderID(), r.getS2C().getOrderFill().getQty(), Double::sum);
    }

    /* ---- Steps ---- */

    @SuppressWarnings("unchecked")
    <T> T wait(int serial) throws Exception {
        check(serial != 0, "nothing was sent");
        return (T) of(serial).get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void near(double got, double want, String what) {
        check(Math.abs(got - want) < 0.006, what + ": " + got + " in place of " + want);
    }

    interface Test {
        boolean holds() throws Exception;
    }

    static void eventually(Test test, String what) throws Exception {
        long end = System.nanoTime() + WAIT_SECONDS * 1000000000L;
        while (!test.holds()) {
            check(System.nanoTime() < end, "not in time: " + what);
            Thread.sleep(10);
        }
    }

    TrdCommon.TrdHeader header(int market) {
        return TrdCommon.TrdHeader.newBuilder().setTrdEnv(REAL).setAccID(account).setTrdMarket(market).build();
    }

    TrdPlaceOrder.C2S.Builder order(int market, String code, int side, int type, double qty, double price) {
        return TrdPlaceOrder.C2S.newBuilder().setPacketID(connection.nextPacketID()).setHeader(header(market))
                .setTrdSide(side).setOrderType(type).setCode(code).setQty(qty).setPrice(price)
                .setSecMarket(market);
    }

    TrdPlaceOrder.Response place(TrdPlaceOrder.C2S.Builder c2s) throws Exception {
        return wait(connection.placeOrder(TrdPlaceOrder.Request.newBuilder().setC2S(c2s).build()));
    }

    long placed(TrdPlaceOrder.C2S.Builder c2s) throws Exception {
        TrdPlaceOrder.Response r = place(c2s);
        check(r.getRetType() == 0, "placing type " + c2s.getOrderType() + ": " + r.getRetMsg());
        check(r.getS2C().getOrderIDEx().equals(Long.toUnsignedString(r.getS2C().getOrderID())), "both IDs are one");
        return r.getS2C().getOrderID();
    }

    void modify(int market, long id, int op, double qty, double price) throws Exception {
        TrdModifyOrder.Response r = wait(connection.modifyOrder(TrdModifyOrder.Request.newBuilder().setC2S(
                TrdModifyOrder.C2S.newBuilder().setPacketID(connection.nextPacketID()).setHeader(header(market))
                        .setOrderID(id).setModifyOrderOp(op).setQty(qty).setPrice(price)).build()));
        check(r.getRetType() == 0, "operation " + op + ": " + r.getRetMsg());
    }

    void status(long id, int want) throws Exception {
        eventually(() -> orders.containsKey(id) && orders.get(id).getOrderStatus() == want,
                "status " + want + " of " + orders.get(id));
    }

    double usd() throws Exception {
        TrdGetFunds.Response r = wait(connection.getFunds(TrdGetFunds.Request.newBuilder().setC2S(
                TrdGetFunds.C2S.newBuilder().setHeader(header(US)).setCurrency(2)).build()));
        check(r.getRetType() == 0, r.getRetMsg());
        for (TrdCommon.AccCashInfo info : r.getS2C().getFunds().getCashInfoListList()) {
            if (info.getCurrency() == 2) {
                return info.getCash();
            }
        }
        return 0;
    }

    void accounts() throws Exception {
        TrdGetAccList.Response r = wait(connection.getAccList(TrdGetAccList.Request.newBuilder().setC2S(
                TrdGetAccList.C2S.newBuilder().setUserID(0).setTrdCategory(1).setNeedGeneralSecAccount(true)).build()));
        check(r.getRetType() == 0 && r.getS2C().getAccListCount() >= 6, "accounts " + r);
        check(r.getS2C().getAccList(0).getTrdEnv() == REAL, "real ones come first");
        account = r.getS2C().getAccList(0).getAccID();
        TrdPlaceOrder.Response locked = place(order(US, "AAPL", BUY, 2, 1, 1));
        check(locked.getRetType() != 0 && locked.getRetMsg().contains("unlock"), "locked: " + locked.getRetMsg());
        TrdUnlockTrade.Response wrong = wait(connection.unlockTrade(TrdUnlockTrade.Request.newBuilder().setC2S(
                TrdUnlockTrade.C2S.newBuilder().setUnlock(true).setPwdMD5("0".repeat(32))).build()));
        check(wrong.getRetType() != 0, "a wrong password unlocks");
        TrdUnlockTrade.Response right = wait(connection.unlockTrade(TrdUnlockTrade.Request.newBuilder().setC2S(
                TrdUnlockTrade.C2S.newBuilder().setUnlock(true).setPwdMD5(PASSWORD_MD5)).build()));
        check(right.getRetType() == 0, right.getRetMsg());
        TrdSubAccPush.Response sub = wait(connection.subAccPush(TrdSubAccPush.Request.newBuilder().setC2S(
                TrdSubAccPush.C2S.newBuilder().addAccIDList(account)).build()));
        check(sub.getRetType() == 0, sub.getRetMsg());
    }

    double fee(long id) throws Exception {
        TrdGetOrderFee.Response r = wait(connection.getOrderFee(TrdGetOrderFee.Request.newBuilder().setC2S(
                TrdGetOrderFee.C2S.newBuilder().setHeader(header(US)).addOrderIdExList(Long.toString(id))).build()));
        check(r.getRetType() == 0 && r.getS2C().getOrderFeeListCount() == 1, "fee: " + r.getRetMsg());
        double sum = 0;
        for (TrdCommon.OrderFeeItem item : r.getS2C().getOrderFeeList(0).getFeeListList()) {
            sum += item.getValue();
        }
        near(r.getS2C().getOrderFeeList(0).getFeeAmount(), sum, "a fee is its items");
        return sum;
    }

    /* 100 shares bought at the market: 0.99 commission (0.0049 x 100 is less), 1.00 platform, 0.30
     * settlement, and nothing that only a sale pays (market-rules.md 7.2). */
    void moneyAddsUp() throws Exception {
        double before = usd();
        long id = placed(order(US, "AAPL", BUY, 2, 100, 1));
        status(id, 11);
        eventually(() -> filled.getOrDefault(id, 0.0) == 100, "fill pushes");
        TrdCommon.Order o = orders.get(id);
        near(fee(id), 0.99 + 1.00 + 0.30, "fees");
        near(usd(), before - 100 * o.getFillAvgPrice() - 2.29, "cash");
        TrdGetPositionList.Response r = wait(connection.getPositionList(TrdGetPositionList.Request.newBuilder().setC2S(
                TrdGetPositionList.C2S.newBuilder().setHeader(header(US))).build()));
        check(r.getS2C().getPositionListCount() == 1, "positions " + r);
        TrdCommon.Position p = r.getS2C().getPositionList(0);
        check(p.getQty() == 100 && p.getCanSellQty() == 100 && p.getCode().equals("AAPL"), "position " + p);
        near(p.getAverageCostPrice(), o.getFillAvgPrice(), "average cost");
        near(p.getVal(), 100 * p.getPrice(), "market value");
        near(p.getUnrealizedPL(), 100 * (p.getPrice() - p.getAverageCostPrice()), "unrealized");
        TrdGetOrderFillList.Response fills = wait(connection.getOrderFillList(TrdGetOrderFillList.Request.newBuilder()
                .setC2S(TrdGetOrderFillList.C2S.newBuilder().setHeader(header(US))).build()));
        double qty = 0;
        for (TrdCommon.OrderFill f : fills.getS2C().getOrderFillListList()) {
            qty += f.getOrderID() == id ? f.getQty() : 0;
        }
        near(qty, 100, "fills of the order");
        String today = LocalDate.now(ZoneId.of("America/New_York")).toString();
        TrdFlowSummary.Response flow = wait(connection.getFlowSummary(TrdFlowSummary.Request.newBuilder().setC2S(
                TrdFlowSummary.C2S.newBuilder().setHeader(header(US)).setClearingDate(today)).build()));
        check(flow.getRetType() == 0, flow.getRetMsg());
        double paid = 0;
        for (TrdFlowSummary.FlowSummaryInfo f : flow.getS2C().getFlowSummaryInfoListList()) {
            paid += f.getCurrency() == 2 ? f.getCashFlowAmount() : 0;
        }
        near(paid, usd() - before, "cash flow of the day");
    }

    void everyOrderType() throws Exception {
        double price = Math.floor(orders.values().iterator().next().getFillAvgPrice());
        TrdGetMaxTrdQtys.Response max = wait(connection.getMaxTrdQtys(TrdGetMaxTrdQtys.Request.newBuilder().setC2S(
                TrdGetMaxTrdQtys.C2S.newBuilder().setHeader(header(US)).setOrderType(1).setCode("AAPL").setSecMarket(US)
                        .setPrice(price)).build()));
        check(max.getRetType() == 0 && max.getS2C().getMaxTrdQtys().getMaxPositionSell() == 100, "largest: " + max);
        Map<Integer, TrdPlaceOrder.C2S.Builder> resting = new HashMap<>();
        double low = Math.floor(price * 0.9), high = Math.ceil(price * 1.1);
        resting.put(1, order(US, "AAPL", BUY, 1, 1, low));
        resting.put(10, order(US, "AAPL", SELL, 10, 1, 0).setAuxPrice(low));
        resting.put(11, order(US, "AAPL", SELL, 11, 1, low).setAuxPrice(low));
        resting.put(12, order(US, "AAPL", SELL, 12, 1, 0).setAuxPrice(high));
        resting.put(13, order(US, "AAPL", SELL, 13, 1, high).setAuxPrice(high));
        resting.put(14, order(US, "AAPL", SELL, 14, 1, 0).setTrailType(1).setTrailValue(20));
        resting.put(15, order(US, "AAPL", SELL, 15, 1, 0).setTrailType(2).setTrailValue(30).setTrailSpread(1));
        for (Map.Entry<Integer, TrdPlaceOrder.C2S.Builder> e : resting.entrySet()) {
            long id = placed(e.getValue().setPacketID(connection.nextPacketID()));
            TrdGetOrderList.Response list = wait(connection.getOrderList(TrdGetOrderList.Request.newBuilder().setC2S(
                    TrdGetOrderList.C2S.newBuilder().setHeader(header(US)).setFilterConditions(
                            TrdCommon.TrdFilterConditions.newBuilder().addIdList(id))).build()));
            check(list.getS2C().getOrderListCount() == 1 && list.getS2C().getOrderList(0).getOrderType() == e.getKey(),
                    "order of type " + e.getKey() + " in the list: " + list);
            if (e.getKey() == 1) {
                modify(US, id, 1, 2, low + 1);
                eventually(() -> orders.get(id).getQty() == 2 && orders.get(id).getPrice() == low + 1, "the change");
            }
            modify(US, id, 2, 0, 0);
            status(id, 15);
        }
        long twap = placed(order(US, "AAPL", BUY, 16, 60, 0)), vwap = placed(order(US, "AAPL", BUY, 19, 60, high));
        eventually(() -> filled.containsKey(twap) && filled.containsKey(vwap), "the first slices");
        modify(US, twap, 2, 0, 0);
        modify(US, vwap, 2, 0, 0);
        status(twap, 14);
        status(vwap, 14);
        for (int type : new int[] {5, 8, 9}) { /* Hong Kong's own */
            TrdPlaceOrder.Response r = place(order(HK, "00700", BUY, type, 100, 100));
            check(r.getRetType() == 0, "type " + type + ": " + r.getRetMsg());
            if (type == 5) {
                modify(HK, r.getS2C().getOrderID(), 3, 0, 0);
                status(r.getS2C().getOrderID(), 22);
                modify(HK, r.getS2C().getOrderID(), 4, 0, 0);
                status(r.getS2C().getOrderID(), 5);
                modify(HK, r.getS2C().getOrderID(), 2, 0, 0);
                status(r.getS2C().getOrderID(), 15);
                modify(HK, r.getS2C().getOrderID(), 5, 0, 0);
                status(r.getS2C().getOrderID(), 23);
            } else { /* nothing within reach of its price: cancelled at once */
                status(r.getS2C().getOrderID(), 15);
            }
        }
    }

    void historyAndRatios() throws Exception {
        TrdCommon.TrdFilterConditions.Builder ever = TrdCommon.TrdFilterConditions.newBuilder()
                .setBeginTime(LocalDate.now().minusDays(2) + " 00:00:00").setEndTime(LocalDate.now().plusDays(2) + " 00:00:00");
        TrdGetHistoryOrderList.Response r = wait(connection.getHistoryOrderList(TrdGetHistoryOrderList.Request.newBuilder()
                .setC2S(TrdGetHistoryOrderList.C2S.newBuilder().setHeader(header(US)).setFilterConditions(ever)).build()));
        check(r.getRetType() == 0 && r.getS2C().getOrderListCount() >= 10, "history: " + r.getRetMsg());
        TrdGetHistoryOrderFillList.Response f = wait(connection.getHistoryOrderFillList(
                TrdGetHistoryOrderFillList.Request.newBuilder().setC2S(TrdGetHistoryOrderFillList.C2S.newBuilder()
                        .setHeader(header(US)).setFilterConditions(ever)).build()));
        check(f.getRetType() == 0 && f.getS2C().getOrderFillListCount() >= 3, "fills: " + f.getRetMsg());
        TrdGetMarginRatio.Response m = wait(connection.getMarginRatio(TrdGetMarginRatio.Request.newBuilder().setC2S(
                TrdGetMarginRatio.C2S.newBuilder().setHeader(header(HK)).addSecurityList(
                        QotCommon.Security.newBuilder().setMarket(1).setCode("00700"))).build()));
        check(m.getRetType() == 0, m.getRetMsg());
        near(m.getS2C().getMarginRatioInfoList(0).getImLongRatio(), 35, "initial margin of HK.00700");
    }

    void run(String host, int port) throws Exception {
        connection.setClientInfo("interop-trade", 1);
        connection.setConnSpi(this);
        connection.setTrdSpi(this);
        connection.initConnect(host, port, false);
        check(ready.get(WAIT_SECONDS, TimeUnit.SECONDS) == 0, "no connection");
        accounts();
        moneyAddsUp();
        everyOrderType();
        historyAndRatios();
        connection.close();
    }

    public static void main(String[] args) {
        FTAPI.init();
        try {
            new TradeDriver().run(args[0], Integer.parseInt(args[1]));
            System.out.println("done");
        } catch (Throwable e) {
            e.printStackTrace(System.out);
        }
        System.out.flush();
        System.exit(0);
    }
}
