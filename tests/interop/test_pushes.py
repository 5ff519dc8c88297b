"""Subscribers that do not read: pushes to the others go on, and the silent one ends with a reason."""
import time

import pytest

from ft_raw import JSON, PROTOBUF, global_state_request, pb

pytestmark = pytest.mark.raw

GLOBAL_STATE, SUB, UPDATE_QUOTE, UPDATE_TICKER = 1002, 3001, 3005, 3011
CODES = [(1, "00700"), (1, "09988"), (1, "03690"), (11, "AAPL"), (11, "NVDA"), (11, "TSLA")]
TYPES = [1, 2, 4, 5, 11]


def subscribe(client, codes=CODES, types=TYPES):
    request = pb("Qot_Sub").Request()
    for market, code in codes:
        security = request.c2s.securityList.add()
        security.market, security.code = market, code
    request.c2s.subTypeList.extend(types)
    request.c2s.isSubOrUnSub = True
    request.c2s.isRegOrUnRegPush = True
    return request.SerializeToString()


def test_a_subscriber_that_never_reads(start_gateway, connect):
    gateway = start_gateway(output_limit=1 << 16, sim_speed=200)
    silent = connect(gateway, receive_buffer=4096)
    reader = connect(gateway)
    conn_id = silent.info.connID
    mark = gateway.mark()
    silent.send(silent.build(SUB, subscribe(silent)))
    reader.send(reader.build(SUB, subscribe(reader)))
    gateway.wait_line(rf"\b{conn_id}\b.*(?i:slow)", mark, 60)
    seen = set()
    end = time.monotonic() + 20
    while time.monotonic() < end and not {UPDATE_QUOTE, UPDATE_TICKER} <= seen:
        seen.add(reader.receive().proto)
    assert {UPDATE_QUOTE, UPDATE_TICKER} <= seen, seen
    assert len(silent.expect_closed(60)) > 0  # whole frames to the end


def test_pushes_share_their_serial(start_gateway, connect):
    """One push is framed once: two subscribers get the very same bytes."""
    gateway = start_gateway(sim_speed=50)
    first, second = connect(gateway), connect(gateway)
    for client in (first, second):
        client.send(client.build(SUB, subscribe(client)))
    frames = []
    for client in (first, second):
        end, own = time.monotonic() + 5, {}
        while time.monotonic() < end:
            frame = client.receive()
            if frame.proto == UPDATE_TICKER:
                own[frame.serial] = (frame.digest, frame.body)
        frames.append(own)
    common = set(frames[0]) & set(frames[1])
    assert len(common) > 5, "no push reached both"
    assert all(frames[0][s] == frames[1][s] for s in common)


def test_neighbours_with_other_wishes(start_gateway, connect):
    """Subscribers of everything, of parts of it, in both forms, one of them slow, all of them asking
    in between: each stream has whole frames in the order of their making, and what two of a form
    share is the same."""
    gateway = start_gateway(sim_speed=300)
    clients = [connect(gateway), connect(gateway, pushProtoFmt=JSON), connect(gateway),
               connect(gateway, receive_buffer=4096), connect(gateway)]
    wishes = [(CODES, TYPES), (CODES, TYPES), (CODES[::2], TYPES[1:]), (CODES, TYPES), (CODES[1:], [4, 2])]
    seen = [{} for _ in clients]
    order = [[] for _ in clients]
    answered = [0] * len(clients)
    for client, (codes, types) in zip(clients, wishes):
        client.send(client.build(SUB, subscribe(client, codes, types)))
    start, turn = time.monotonic(), 0
    while time.monotonic() < start + 8 or (min(answered) <= 3 and time.monotonic() < start + 60):
        turn += 1
        for k, client in enumerate(clients):
            if turn % 20 == 0:
                client.send(client.build(GLOBAL_STATE, global_state_request()))
            if k == 3 and turn % 40 < 30:
                continue  # the slow one
            for _ in range(5):
                frame = client.receive()
                client.plain(frame)  # its digest fits
                if frame.proto == GLOBAL_STATE:
                    answered[k] += 1
                elif frame.proto != SUB:
                    assert frame.fmt == (JSON if k == 1 else PROTOBUF)
                    seen[k][frame.serial] = frame.body
                    order[k].append(frame.serial)
    for k in range(len(clients)):
        assert answered[k] > 3, f"client {k} got {answered[k]} answers"
        assert order[k] == sorted(order[k]), f"client {k}: pushes out of order"
    for k in (2, 3, 4):
        common = set(seen[0]) & set(seen[k])
        assert len(common) > 20, f"client {k} shares only {len(common)} pushes with the first"
        assert all(seen[0][s] == seen[k][s] for s in common)


# ---- qot_push_frequency (platform.md 2.2) -------------------------------------------------------------

UPDATE_KL, UPDATE_RT, UPDATE_BOOK, UPDATE_BROKER, GET_TICKER = 3007, 3009, 3013, 3015, 3010


def test_push_frequency_spares_bars_and_rt(start_gateway, connect):
    """Within an interval that does not end: one cached push and one more of each kind at most, while
    K-lines and RT go on."""
    gateway = start_gateway(qot_push_frequency=3600000, sim_speed=100)
    client = connect(gateway)
    client.send(client.build(SUB, subscribe(client, CODES[:1], [1, 2, 4, 5, 11, 14])))
    counts = {}
    end = time.monotonic() + 60
    while time.monotonic() < end and min(counts.get(UPDATE_RT, 0), counts.get(UPDATE_KL, 0)) < 12:
        proto = client.receive().proto
        counts[proto] = counts.get(proto, 0) + 1
    assert counts[UPDATE_RT] >= 12 and counts[UPDATE_KL] >= 12, counts
    for proto in (UPDATE_QUOTE, UPDATE_TICKER, UPDATE_BOOK, UPDATE_BROKER):
        assert 1 <= counts.get(proto, 0) <= 2, f"{proto}: {counts}"


def ticks_of(frames):
    """(sequence, cached or not) of each push, in order."""
    pushes = [pb("Qot_UpdateTicker").Response.FromString(frame.body).s2c.tickerList for frame in frames]
    return [([tick.sequence for tick in ticks], ticks[0].pushDataType == 3) for ticks in pushes]


def test_push_frequency_loses_no_trade(start_gateway, connect):
    """What was held back comes when the interval is over: every trade once, to early and late subscribers."""
    gateway = start_gateway(qot_push_frequency=300, sim_speed=100, limits="off")
    early, late = connect(gateway), [connect(gateway) for _ in range(3)]
    early.send(early.build(SUB, subscribe(early, CODES[:1], [4])))
    frames = []

    def more_ticks(client, frames, count):
        while sum(len(ticks) for ticks, _ in ticks_of(frames)) < count:
            frame = client.receive()
            if frame.proto == UPDATE_TICKER:
                frames.append(frame)

    more_ticks(early, frames, 5)
    for client in late:
        time.sleep(0.2)  # into an interval, most likely
        client.send(client.build(SUB, subscribe(client, CODES[:1], [4])))
    more_ticks(early, frames, 40)
    request = pb("Qot_GetTicker").Request()
    request.c2s.security.market, request.c2s.security.code = CODES[0]
    request.c2s.maxRetNum = 1000
    answer = early.request(GET_TICKER, request, pb("Qot_GetTicker").Response)
    assert answer.retType == 0, answer
    frames += [frame for frame in early.pushes if frame.proto == UPDATE_TICKER]
    pushed = [sequence for ticks, cached in ticks_of(frames) if not cached for sequence in ticks]
    known = [tick.sequence for tick in answer.s2c.tickerList]
    assert pushed and pushed[0] in known
    assert pushed == [sequence for sequence in known if pushed[0] <= sequence <= pushed[-1]]
    assert max(len(ticks) for ticks, _ in ticks_of(frames)) > 1, "nothing was gathered"
    for client in late:
        frames = []
        more_ticks(client, frames, 10)
        pushed = [sequence for ticks, _ in ticks_of(frames) for sequence in ticks]
        assert pushed == sorted(set(pushed)), "a trade came twice, or out of order"


def test_push_frequency_owes_the_last_state(start_gateway, connect):
    """The market goes to lunch within an interval: what came last is sent, though nothing changes any more."""
    gateway = start_gateway(qot_push_frequency=2000, sim_speed=20, sim_clock="exchange", sim_start="2026-11-24 03:59:00",
                            limits="off")
    client = connect(gateway)
    client.request(SUB, subscribe(client, CODES[:1], [4]))
    state = pb("GetGlobalState").Response
    while client.request(GLOBAL_STATE, global_state_request(), state).s2c.marketHK != 4:  # QotMarketState_Rest
        time.sleep(0.05)
    request = pb("Qot_GetTicker").Request()
    request.c2s.security.market, request.c2s.security.code = CODES[0]
    request.c2s.maxRetNum = 1
    newest = client.request(GET_TICKER, request, pb("Qot_GetTicker").Response).s2c.tickerList[-1].sequence
    frames = [frame for frame in client.pushes if frame.proto == UPDATE_TICKER]
    while not frames or ticks_of(frames)[-1][0][-1] < newest:
        frames.append(client.receive())  # ends with an exception if none comes
    assert ticks_of(frames)[-1][0][-1] == newest
