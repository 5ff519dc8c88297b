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


@pytest.mark.parametrize("form", ["protobuf", "json", "encrypted"])
def test_every_push(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, sim_speed=20)
    client = start_client("pushes", gateway.address, **settings)
    client.expect("done", 90)
    client.finish()


def test_the_real_timetable(start_gateway, start_client):
    """A Hong Kong morning at speed: auction, continuous trading, pushes all the same."""
    gateway = start_gateway(sim_clock="exchange", sim_speed=200, sim_start="2026-11-20 01:20:00")
    client = start_client("pushes", gateway.address)
    client.expect("done", 90)
    client.finish()
