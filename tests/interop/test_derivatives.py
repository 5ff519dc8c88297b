"""Options, warrants and futures with the vendor's own Python client."""
import pytest

from test_client import start

pytestmark = pytest.mark.client

# A Saturday: prices stand, so that one call's figures are another's.
CLOSED = {"sim_clock": "exchange", "sim_start": "2026-11-28 04:00:00", "limits": "off"}


@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_every_call(start_gateway, start_client, form):
    gateway, settings = start(start_gateway, form, **CLOSED)
    client = start_client("derivatives", gateway.address, **settings)
    client.expect("done", 240)
    client.finish()
