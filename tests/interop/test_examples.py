"""The examples of examples/, run as their readers would, plain and encrypted."""
import os
import pathlib
import subprocess

import pytest

from ft_raw import conn_key

pytestmark = pytest.mark.raw
EXAMPLES = pathlib.Path(os.environ.get("OPEND_BIN", "")).parent.parent / "examples"


@pytest.fixture(params=["plain", "encrypted"])
def run(request, start_gateway):
    """run("snapshot", "HK.00700") → its output; the world runs two minutes a second."""
    key = conn_key() if request.param == "encrypted" else None
    gateway = start_gateway(sim_speed=120, **({"rsa_private_key": key} if key else {}))
    environment = {**os.environ, "FT_HOST": "127.0.0.1", "FT_PORT": str(gateway.port),
                   **({"FT_KEY": str(key)} if key else {})}

    def start(name, *arguments, stdin="", code=0):
        done = subprocess.run([EXAMPLES / name, *arguments], env=environment, input=stdin, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return start


def test_examples(run):
    lines = run("snapshot", "HK.00700", "US.AAPL").splitlines()
    assert [line.split()[0] for line in lines] == ["HK.00700", "US.AAPL"]
    assert all(float(line.split()[1]) > 0 for line in lines)
    run("snapshot", "00700", code=2)
    run("snapshot", "HK.99999999", code=1)

    kinds = {line.split()[0] for line in run("subscribe", "HK.00700", "3").splitlines()}
    assert kinds == {"quote", "tick", "book"}

    lines = run("poll_loop", stdin="HK.00700\nnothing\nUS.AAPL\n").splitlines()
    assert sorted(line.split()[0] for line in lines) == ["00700", "AAPL"]

    lines = run("order", "HK.00700", "100").splitlines()
    assert lines[0].split()[2] == "accepted"
    assert any(line.endswith("final Filled_All") for line in lines), lines

    lines = run("history_csv", "HK.00700", "2024-01-01", "2024-12-31").splitlines()
    assert lines[0] == "time,open,high,low,close,volume"
    days = [line.split(",")[0] for line in lines[1:]]
    assert len(days) > 240 and days == sorted(set(days))

    lines = run("moving_average", "HK.00700", "15").splitlines()
    assert lines and all(line.split()[0] in ("buy", "sell") for line in lines)
