"""A server that is killed while clients make moves over HTTP.

Clients make moves without pause; the server is killed at random moments and started
again on the same database until enough moves are acknowledged. Then every acknowledged
move must be on the ledger, and `gengfu ledger verify` must say that it is intact and
complete.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "cities" / "coquimbo"
START_S = 120


class Serving:
    """`gengfu serve` in a process of its own."""

    def __init__(self, address: str, home: Path) -> None:
        self.address, self.home = address, home
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.environment = os.environ | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def gengfu(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gengfu.app.cli", *words]

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.gengfu(
                "serve",
                "--city",
                str(CITY),
                "--db",
                self.address,
                "--port",
                str(self.port),
            ),
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}/readyz", timeout=2
                ):
                    return
            except OSError:
                assert self.process.poll() is None, "the server ended by itself"
                threading.Event().wait(0.1)
        pytest.fail(f"not ready after {START_S} s")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def token(self) -> str:
        words = self.gengfu("token", "commander")
        return subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=True
        ).stdout.split()[-1]

    def verify(self) -> subprocess.CompletedProcess[str]:
        words = self.gengfu("ledger", "verify", "--db", self.address)
        return subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=False
        )

    def post(self, token: str, path: str, body: object) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {token}",
                "X-Purpose": "emergency-response",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def get(self, token: str, path: str) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            headers={
                "Authorization": f"Bearer {token}",
                "X-Purpose": "emergency-response",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


class Client(threading.Thread):
    """Makes moves until told to stop; remembers the last version each case was told."""

    def __init__(
        self,
        serving: Serving,
        token: str,
        number: int,
        told: dict[str, int],
        count: list[int],
    ) -> None:
        super().__init__(daemon=True)
        self.serving, self.token, self.number = serving, token, number
        self.told, self.count = told, count
        self.stopping = threading.Event()
        self.case: str | None = None

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.move()
            except (
                OSError,
                urllib.error.URLError,
                http.client.HTTPException,
                json.JSONDecodeError,
                ValueError,
            ):
                self.stopping.wait(0.05)

    def move(self) -> None:
        if self.case is None:
            form = {
                "channel": "phone",
                "type": "theft",
                "place": "x",
                "lon": -71.25,
                "lat": -29.9 - self.number / 1000,
            }
            self.case = self.serving.post(self.token, "/calls", form)["incident"]["id"]
            self.told[self.case] = 1
            self.count[self.number] += 3
            return
        body = {"priority": random.randint(1, 4), "reason": "again"}
        after = self.serving.post(
            self.token, f"/incidents/{self.case}/reprioritise", body
        )
        self.told[self.case] = max(self.told[self.case], after["version"])
        self.count[self.number] += 1


def keep_killing(
    serving: Serving, moves: int, clients_count: int, between: range
) -> int:
    """Kill the server until so many moves are acknowledged; all of them must be kept.

    `between` says after how many moves it is killed. Returns how often it was.
    """
    random.seed(11)
    serving.start()
    token = serving.token()
    told: dict[str, int] = {}
    count = [0] * clients_count
    clients = [Client(serving, token, n, told, count) for n in range(clients_count)]
    for client in clients:
        client.start()
    kills = 0
    try:
        while sum(count) < moves:
            goal = sum(count) + random.choice(between)
            pause = time.monotonic() + 60
            while sum(count) < min(goal, moves) and time.monotonic() < pause:
                threading.Event().wait(random.uniform(0.001, 0.05))
            serving.kill()
            kills += 1
            serving.start()
    finally:
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(15)
    for case, version in told.items():
        stored = serving.get(token, f"/incidents/{case}")["incident"]["version"]
        assert stored >= version, (
            f"{case}: {version} was acknowledged, {stored} is stored"
        )
    serving.stop()
    verdict = serving.verify()
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "intact" in verdict.stdout
    assert "complete" in verdict.stdout
    return kills
