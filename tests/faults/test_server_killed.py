"""Kill -9 of the serving process at any moment: what was acknowledged is there."""

import threading
import time

import pytest
from tests.faults.serving import Serving, keep_killing

SHORTLY = (300, 6, range(100, 200))
AT_LENGTH = (5000, 12, range(300, 1500))
"""Moves, clients, and after how many moves the server is killed."""


@pytest.mark.lasting
def test_nothing_acknowledged_is_lost(tmp_path):
    serving = Serving(f"sqlite:///{tmp_path}/city.db", tmp_path)
    try:
        assert keep_killing(serving, *SHORTLY) >= 2
    finally:
        serving.stop()


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_on_sqlite(tmp_path):
    serving = Serving(f"sqlite:///{tmp_path}/city.db", tmp_path)
    try:
        assert keep_killing(serving, *AT_LENGTH) >= 3
    finally:
        serving.stop()


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_on_postgresql(tmp_path, postgres_server):
    database = postgres_server.create()
    serving = Serving(postgres_server.loopback_address(database), tmp_path)
    try:
        assert keep_killing(serving, *AT_LENGTH) >= 3
    finally:
        serving.stop()
        postgres_server.drop(database)


@pytest.mark.slow
def test_a_second_server_takes_over(tmp_path, postgres_server):
    """Two servers follow one ledger; when the first is killed the second goes on."""
    database = postgres_server.create()
    address = postgres_server.loopback_address(database)
    first, second = Serving(address, tmp_path), Serving(address, tmp_path)
    try:
        first.start()
        second.start()
        token = first.token()
        form = {"channel": "phone", "type": "theft", "lon": -71.25, "lat": -29.9}
        case = first.post(token, "/calls", form)["incident"]["id"]
        until = time.monotonic() + 10
        while time.monotonic() < until:
            seen = [one["id"] for one in second.get(token, "/picture")["incidents"]]
            if case in seen:
                break
            threading.Event().wait(0.05)
        assert case in seen, "the second server's picture follows the first one's moves"
        first.kill()
        body = {"priority": 1, "reason": "the other server is gone"}
        after = second.post(token, f"/incidents/{case}/reprioritise", body)
        assert after["priority"] == 1
        second.stop()
        assert second.verify().returncode == 0
    finally:
        first.stop()
        second.stop()
        postgres_server.drop(database)
