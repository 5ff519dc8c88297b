"""Trading with the vendor's own Python client and by bytes: accounts, orders, money, pushes, and
what is refused (spec trade.md; issue C)."""
import pytest

from test_client import start

SIM_START = "2026-11-24 15:00:00"


@pytest.mark.client
@pytest.mark.parametrize("form", ["protobuf", "json", "encrypted"])
def test_every_method(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, limits="off", sim_start=SIM_START)
    client = start_client("trade", gateway.address, **settings)
    client.expect("done", 120)
    client.finish()


@pytest.mark.client
@pytest.mark.smoke
@pytest.mark.parametrize("form", ["protobuf", "json", "encrypted"])
def test_pushes_on_two_connections(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, limits="off", sim_start=SIM_START)
    client = start_client("trade_push", gateway.address, **settings)
    client.expect("done", 60)
    client.finish()


@pytest.mark.once
@pytest.mark.client
def test_auction_orders(start_gateway, start_client):
    """The real timetable at speed, from 09:00 in Hong Kong on: a slow client has 45 seconds to enter its orders."""
    gateway = start_gateway(limits="off", sim_clock="exchange", sim_start="2026-11-24 01:00:05", sim_speed=20)
    client = start_client("auction", gateway.address)
    client.expect("done", 240)
    client.finish()
