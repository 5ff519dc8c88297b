"""Quotes with the vendor's own Python client: every call, every push, in every form."""
import pytest

from test_client import start

pytestmark = pytest.mark.client


@pytest.mark.parametrize("form", ["protobuf", "json", "encrypted"])
def test_every_call(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, limits="off")
    client = start_client("quotes", gateway.address, **settings)
    client.expect("done", 120)
    client.finish()


@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_every_column(start_gateway, start_client, form):
    """At a fixed time, so that the options and futures of the scenario are listed."""
    gateway, settings = start(start_gateway, form, limits="off", sim_start="2026-11-25 03:00:00")
    client = start_client("columns", gateway.address, **settings)
    client.expect("subscribed", 120)
    client.expect("done", 120)
    client.finish()


@pytest.mark.once
@pytest.mark.parametrize("part, sim_start", [
    ("us_after_hours", "2026-11-24 22:30:00"), ("hk_morning", "2026-11-24 02:20:00"), ("closed", "2026-11-22 08:10:00")])
def test_the_real_timetable_holds(start_gateway, start_client, part, sim_start):
    gateway = start_gateway(sim_clock="exchange", sim_start=sim_start)
    client = start_client("extended", gateway.address, part=part)
    client.expect("done", 90)
    client.finish()


@pytest.mark.parametrize("form", ["protobuf", "json", "encrypted"])
def test_every_push(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, sim_speed=8)
    client = start_client("pushes", gateway.address, **settings)
    client.expect("done", 90)
    client.finish()


@pytest.mark.once
def test_the_real_timetable(start_gateway, start_client):
    """A Hong Kong morning at speed: auction, continuous trading, pushes all the same."""
    gateway = start_gateway(sim_clock="exchange", sim_speed=200, sim_start="2026-11-20 01:20:00")
    client = start_client("pushes", gateway.address)
    client.expect("done", 90)
    client.finish()


@pytest.mark.once
def test_the_first_strategy_of_the_manual(start_gateway, start_client):
    """Three simulated hours at speed: it receives its bars, books and ticks, opens and closes positions, and
    is told of each order until it is FILLED_ALL. A minute takes a quarter second, so limits are off."""
    gateway = start_gateway(sim_speed=240, limits="off")
    client = start_client("moving_average", gateway.address, bars=180)
    done = client.expect("done", 200)
    assert done["opened"] >= 3 and done["closed"] >= 3
    client.finish()
