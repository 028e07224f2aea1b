"""Moves through the whole desk over HTTP against a bare handler, side by side.

Each round loads the bare handler and then the desk, for a few seconds each, with 50
clients, on the same database. A move is `reprioritise` on an incident: session, role,
purpose, body, the rule, the case row, its ledger entry with salted commitments, its
sealed facts and its clocks, committed durably, and the case answered.

    python -m bench.desk [--rounds 5] [--seconds 6] [--postgres URL] [--out FILE]
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.postgres_server import TEMPLATE, start, stop

from .load import Load, Request, load

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 50
OWN = (("X-Requested-With", "gengfu"), ("X-Purpose", "emergency-response"))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Served:
    """A server in a process of its own, stopped by its id."""

    def __init__(self, command: list[str], port: int, ready: str, home: Path) -> None:
        self.port = port
        environment = os.environ | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "PYTHONPATH": str(ROOT),
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        for _ in range(600):
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}{ready}", timeout=2
                ):
                    return
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"{command} ended with {self.process.returncode}")
            time.sleep(0.1)
        raise SystemExit(f"{command} did not get ready")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def post(port: int, path: str, body: object, headers: dict[str, str]) -> dict:
    data = json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data,
        headers | {"Content-Type": "application/json"} | dict(OWN),
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def sign_in(port: int) -> str:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args: object) -> None:
            return None

    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/sign-in",
        b"account=commander",
        {"Origin": f"http://127.0.0.1:{port}"},
    )
    try:
        urllib.request.build_opener(Stay).open(request)
    except urllib.error.HTTPError as error:
        return error.headers["Set-Cookie"].split(";")[0]
    raise SystemExit("sign-in did not answer with a session")


def desk_requests(port: int) -> tuple[str, list[str]]:
    cookie = sign_in(port)
    form = {
        "channel": "phone",
        "type": "theft",
        "place": "corner",
        "lon": -71.25,
        "lat": -29.9,
        "text": "bench",
    }
    made = [
        post(port, "/api/v1/calls", form, {"Cookie": cookie})["incident"]["id"]
        for _ in range(CLIENTS)
    ]
    return cookie, made


def summary(loads: list[Load]) -> dict[str, float]:
    rates = [one.rate for one in loads]
    latencies = sorted(s for one in loads for s in one.latencies_s)
    return {
        "rate_median": statistics.median(rates),
        "rate_least": min(rates),
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "requests": sum(one.requests for one in loads),
        "failed": sum(one.failed for one in loads),
    }


def compare(
    address: str, bare_address: str, rounds: int, seconds: float, home: Path
) -> dict[str, object]:
    bare_port, desk_port = free_port(), free_port()
    bare = Served(
        [
            sys.executable,
            "-m",
            "bench.desk.bare",
            "--db",
            bare_address,
            "--port",
            str(bare_port),
        ],
        bare_port,
        "/nothing",
        home,
    )
    desk = Served(
        [
            sys.executable,
            "-m",
            "gengfu.app.cli",
            "serve",
            "--city",
            "cities/coquimbo",
            "--db",
            address,
            "--port",
            str(desk_port),
        ],
        desk_port,
        "/readyz",
        home,
    )
    try:
        cookie, incidents = desk_requests(desk_port)
        many = int(seconds * 400)

        def bare_of(n: int) -> list[Request]:
            return [
                Request(
                    f"/things/t{n}/move",
                    json.dumps({"priority": i % 4 + 1, "reason": "bench"}).encode(),
                )
                for i in range(many)
            ]

        def desk_of(n: int) -> list[Request]:
            path = f"/api/v1/incidents/{incidents[n]}/reprioritise"
            headers = (*OWN, ("Cookie", cookie))
            return [
                Request(
                    path,
                    json.dumps({"priority": i % 4 + 1, "reason": "bench"}).encode(),
                    headers,
                )
                for i in range(many)
            ]

        results: dict[str, list[Load]] = {"bare": [], "desk": []}
        for number in range(rounds + 1):
            for name, port, requests in (
                ("bare", bare_port, bare_of),
                ("desk", desk_port, desk_of),
            ):
                found = asyncio.run(
                    load(
                        "127.0.0.1", port, CLIENTS, seconds if number else 1.0, requests
                    )
                )
                if number:
                    results[name].append(found)
                    print(
                        f"  {name}: {found.rate:,.0f}/s, failed {found.failed}",
                        flush=True,
                    )
    finally:
        bare.stop()
        desk.stop()
    ratios = [
        d.rate / b.rate for b, d in zip(results["bare"], results["desk"], strict=True)
    ]
    return {
        "bare": summary(results["bare"]),
        "desk": summary(results["desk"]),
        "ratio_median": statistics.median(ratios),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--postgres", help="a server to use; without it one is started")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found: dict[str, object] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        print("SQLite")
        found["sqlite"] = compare(
            f"sqlite:///{home}/desk.db",
            f"sqlite:///{home}/bare.db",
            given.rounds,
            given.seconds,
            home,
        )
        print("PostgreSQL")
        found["postgresql"] = on_postgres(given, home)
    print(json.dumps(found, indent=1))
    if given.out:
        given.out.write_text(json.dumps(found, indent=1))


def on_postgres(given: argparse.Namespace, home: Path) -> object:
    if given.postgres:
        return compare(
            given.postgres, given.postgres, given.rounds, given.seconds, home
        )
    server = start(durable=True)
    try:
        address = server.loopback_address(server.create(TEMPLATE))
        return compare(address, address, given.rounds, given.seconds, home)
    finally:
        stop(server)


if __name__ == "__main__":
    main()
