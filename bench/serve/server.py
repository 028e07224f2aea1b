"""A server in a process of its own, with its processor time, stopped by its id."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.desk.__main__ import OWN, free_port, sign_in

from gengfu.adapters.vault import MasterKey
from gengfu.app.config import derived
from gengfu.web.sessions import device_token

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """`gengfu serve` on a pack; its database and keys stay in `home`."""

    def __init__(self, pack: Path, home: Path) -> None:
        self.port = free_port()
        self.home = home
        environment = os.environ | {
            "GENGFU_DATA_DIR": str(home),
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        }
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gengfu.app.cli", "serve", "--city", str(pack),
             "--port", str(self.port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        while not self._ready():
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with {self.process.returncode}")
            time.sleep(0.05)
        self.wall_s = time.perf_counter() - began
        self.cpu_at_start_s = self.cpu_s()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url("/readyz"), timeout=60):
                return True
        except OSError:
            return False

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def cpu_s(self) -> float:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cookie(self) -> str:
        return sign_in(self.port)

    def token_of(self, unit: str) -> str:
        """A unit's token for positions, made from the server's own key file."""
        master = MasterKey.from_file(self.home / "master.key")
        return device_token(derived(master, "devices"), unit)

    def get(self, path: str, cookie: str) -> tuple[bytes, float]:
        """Answer and seconds."""
        request = urllib.request.Request(
            self.url(path), headers={"Cookie": cookie} | dict(OWN)
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=120) as answer:
            body = answer.read()
        return body, time.perf_counter() - began

    def units(self, cookie: str) -> list[dict[str, object]]:
        body, _ = self.get("/api/v1/picture", cookie)
        return json.loads(body)["units"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def served(pack: Path, home: Path) -> Generator[Server]:
    server = Server(pack, home)
    try:
        yield server
    finally:
        server.stop()
