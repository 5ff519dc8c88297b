"""kill -9 under load: nothing that was acknowledged is lost or doubled, and the ledger balances.

Each round starts the gateway on the same data directory, trades on three connections without waiting
for answers (orders that rest, orders that fill, cancellations), kills the process at a random moment,
and lets `opend -check` verify what is on disk. The next start must know every order that was
acknowledged, once, in a state not older than the one told, and every fill that was pushed.
FT_CRASH_ROUNDS: kills of each of the four data directories (default 50, 200 in all)."""
import os
import random
import select
import signal
import subprocess
import time

import pytest

from ft_raw import Closed, RawClient, pb

pytestmark = pytest.mark.raw

ROUNDS = int(os.environ.get("FT_CRASH_ROUNDS", "50"))
SUB_ACC, ORDERS, PLACE, MODIFY, FILLS = 2008, 2201, 2202, 2205, 2211
ORDER_PUSH, FILL_PUSH = 2208, 2218
SIM_US, US, BUY, SELL, LIMIT, MARKET, CANCEL = 1619199, 2, 1, 2, 1, 2, 2
FINAL = {3, 11, 14, 15, 21, 23, 24}
CODES = ["AAPL", "NVDA", "SPY"]


def header(message):
    message.c2s.header.trdEnv = 0
    message.c2s.header.accID = SIM_US
    message.c2s.header.trdMarket = US
    return message


class Trader:
    """One connection that sends without waiting and remembers what it was told."""

    def __init__(self, gateway, seed, memory):
        self.client = RawClient(gateway.address)
        self.client.init_connect(clientID="crash")
        self.random = random.Random(seed)
        self.memory = memory
        self.asked = {}    # serial -> remark, or ("cancel", order)
        self.working = []  # own orders that may be cancelled
        message = pb("Trd_SubAccPush").Request()
        message.c2s.accIDList.append(SIM_US)
        self.client.send(self.client.build(SUB_ACC, message))

    def packet(self, message):
        serial = next(self.client.serials)
        message.c2s.packetID.connID = self.client.info.connID
        message.c2s.packetID.serialNo = serial
        return serial

    def place(self):
        message = header(pb("Trd_PlaceOrder").Request())
        serial = self.packet(message)
        market = self.random.random() < 0.5
        message.c2s.trdSide = BUY if not market or self.random.random() < 0.6 else SELL
        message.c2s.orderType = MARKET if market else LIMIT
        message.c2s.code = self.random.choice(CODES)
        message.c2s.secMarket = US
        message.c2s.qty = self.random.randint(1, 5)
        message.c2s.price = 100 if market else self.random.randint(20, 40)
        remark = f"{self.memory.round}-{id(self)}-{serial}"
        message.c2s.remark = remark
        self.asked[serial] = remark
        self.client.send(self.client.build(PLACE, message, serial))

    def cancel(self):
        order = self.working.pop(self.random.randrange(len(self.working)))
        message = header(pb("Trd_ModifyOrder").Request())
        serial = self.packet(message)
        message.c2s.orderID = order
        message.c2s.modifyOrderOp = CANCEL
        self.asked[serial] = ("cancel", order)
        self.client.send(self.client.build(MODIFY, message, serial))

    def step(self):
        if self.working and self.random.random() < 0.3:
            self.cancel()
        else:
            self.place()

    def read(self):
        """Everything that has arrived."""
        while True:
            try:
                got = self.client.receive(0.0005)
            except TimeoutError:
                return
            if got.proto == PLACE:
                reply = pb("Trd_PlaceOrder").Response.FromString(got.body)
                remark = self.asked.pop(got.serial)
                if reply.retType == 0:
                    self.memory.acknowledged[remark] = reply.s2c.orderID
                    self.working.append(reply.s2c.orderID)
                else:
                    self.memory.refused[remark] = reply.retMsg
            elif got.proto == MODIFY:
                reply = pb("Trd_ModifyOrder").Response.FromString(got.body)
                _, order = self.asked.pop(got.serial)
                if reply.retType == 0:
                    self.memory.cancelled.add(order)
            elif got.proto == ORDER_PUSH:
                order = pb("Trd_UpdateOrder").Response.FromString(got.body).s2c.order
                self.memory.orders[order.orderID] = (order.orderStatus, order.fillQty)
            elif got.proto == FILL_PUSH:
                fill = pb("Trd_UpdateOrderFill").Response.FromString(got.body).s2c.orderFill
                self.memory.fills[fill.fillID] = (fill.orderID, fill.qty, fill.price)


class Memory:
    """What the gateway has told in one round."""

    def __init__(self, number):
        self.round = number
        self.acknowledged, self.refused, self.orders, self.fills = {}, {}, {}, {}
        self.cancelled = set()


def ask(client, proto, name, order_ids=None):
    message = header(pb(name).Request())
    if order_ids is not None:
        message.c2s.filterConditions.idList.extend(order_ids)
    serial = next(client.serials)
    client.send(client.build(proto, message, serial))
    while True:
        got = client.receive()
        if got.proto == proto and got.serial == serial:
            reply = pb(name).Response.FromString(got.body)
            assert reply.retType == 0, reply.retMsg
            return reply.s2c


def verify(gateway, memory):
    """After a start: what was told before the kill still holds."""
    client = RawClient(gateway.address)
    client.init_connect(clientID="verify")
    everything = ask(client, ORDERS, "Trd_GetOrderList").orderList
    by_remark = {}
    for order in everything:
        assert order.remark not in by_remark, f"order {order.remark} is there twice"
        by_remark[order.remark] = order
    for remark, number in memory.acknowledged.items():
        assert remark in by_remark, f"acknowledged order {number} ({remark}) is lost"
        assert by_remark[remark].orderID == number
    for remark in memory.refused:
        assert remark not in by_remark, f"refused order {remark} is there"
    by_id = {order.orderID: order for order in everything}
    for number, (status, filled) in memory.orders.items():
        assert number in by_id, f"order {number}, which was pushed, is lost"
        assert by_id[number].fillQty >= filled, f"order {number} has lost fills"
        if status in FINAL:
            assert by_id[number].orderStatus == status, f"order {number} was {status}"
    for number in memory.cancelled:
        assert by_id[number].orderStatus in FINAL, f"order {number}, which was cancelled, works again"
    fills = {fill.fillID: fill for fill in ask(client, FILLS, "Trd_GetOrderFillList").orderFillList}
    for number, (order, qty, price) in memory.fills.items():
        assert number in fills, f"fill {number} of order {order} is lost"
        assert (fills[number].orderID, fills[number].qty, fills[number].price) == (order, qty, price)
    client.close()


def check_disk(gateway):
    done = subprocess.run([os.environ["OPEND_BIN"], "-check", f"-data_dir={gateway.parameters['data_dir']}"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stdout


def trade_until_killed(gateway, memory, rng):
    traders = [Trader(gateway, rng.random(), memory) for _ in range(3)]
    end = time.monotonic() + rng.uniform(0.01, 0.25)
    try:
        while time.monotonic() < end:
            trader = rng.choice(traders)
            trader.step()
            if rng.random() < 0.3:
                trader.read()
    finally:
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait()
    for trader in traders:  # what it had sent before it died counts as told
        try:
            while select.select([trader.client.socket], [], [], 0)[0] or trader.client.buffer:
                trader.read()
        except Closed:
            pass
        trader.client.close()


@pytest.mark.parametrize("shard", range(4))
def test_nothing_told_is_lost(start_gateway, shard):
    rng = random.Random(20261125 + shard)
    gateway = start_gateway(limits="off", log_level="warning", initial_cash=100000000)
    told = 0
    for number in range(ROUNDS):
        memory = Memory(number)
        trade_until_killed(gateway, memory, rng)
        check_disk(gateway)
        gateway.start()
        verify(gateway, memory)
        told += len(memory.acknowledged) + len(memory.fills)
    assert told > ROUNDS * 5, "the load was no load"
