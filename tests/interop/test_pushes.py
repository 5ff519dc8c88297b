"""Subscribers that do not read: pushes to the others go on, and the silent one ends with a reason."""
import time

import pytest

from ft_raw import pb

pytestmark = pytest.mark.raw

SUB, UPDATE_QUOTE, UPDATE_TICKER = 3001, 3005, 3011
CODES = [(1, "00700"), (1, "09988"), (1, "03690"), (11, "AAPL"), (11, "NVDA"), (11, "TSLA")]
TYPES = [1, 2, 4, 5, 11]


def subscribe(client):
    request = pb("Qot_Sub").Request()
    for market, code in CODES:
        security = request.c2s.securityList.add()
        security.market, security.code = market, code
    request.c2s.subTypeList.extend(TYPES)
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
