"""A real server over the demo city, and a real browser in front of it."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gengfu.app.server import ANONYMOUS_PER_S

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "cities/coquimbo"
MONTHS = CITY.with_name("coquimbo-publications")
AXE = Path(__file__).parent / "vendor/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
READY_TRIES = 3000
"""Each a tenth of a second: a first start compiles the road kernels."""
PATIENCE_MS = 30_000
"""How long anything may take to show: the tests say what happens, not how fast."""
HEADERS = {"X-Purpose": "emergency-response", "X-Requested-With": "gengfu"}


SEE_OTHER, TOO_MANY = 303, 429


def signed_in(sign_in: Callable[[], int]) -> None:
    """Sign in; a server that asks so many of one address to wait is waited for."""
    for _ in range(READY_TRIES):
        status = sign_in()
        if status != TOO_MANY:
            break
        time.sleep(0.1)
    assert status == SEE_OTHER


@dataclass(frozen=True, slots=True)
class Served:
    """A running server, and the way to it without a browser."""

    url: str

    @contextmanager
    def client(self, account: str = "dispatcher") -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, headers=HEADERS, timeout=30) as client:

            def sign_in() -> int:
                return client.post("/sign-in", data={"account": account}).status_code

            signed_in(sign_in)
            yield client

    def free_unit(self, kind: str = "patrol-car") -> dict[str, Any]:
        """Return a unit of this kind that is on duty and has nothing to do."""
        with self.client() as client:
            units = client.get("/api/v1/units").json()
        return next(
            one for one in units if one["kind"] == kind and one["stage"] == "available"
        )

    def send(self, incident: dict[str, Any], **whom: list[str]) -> None:
        """Send units and ask agencies, past every recommendation."""
        with self.client() as client:
            answer = client.post(
                f"/api/v1/incidents/{incident['id']}/dispatch", json=whom
            )
        assert answer.status_code == 200, answer.text


ENDED = {"closed", "merged", "erased"}


def make_quiet(city: httpx.Client) -> None:
    """End whatever goes on in the city, and have every unit free and on duty."""

    def post(path: str, **body: str | bool) -> None:
        answer = city.post(f"/api/v1/{path}", json=body)
        assert answer.is_success, f"{path}: {answer.text}"

    picture = city.get("/api/v1/picture").json()
    for call in picture["calls"]:
        if call["stage"] in {"ringing", "answered"}:
            post(f"calls/{call['id']}/dismiss", outcome="test")
    for incident in picture["incidents"]:
        if incident["stage"] not in ENDED:
            told = {"outcome": "done", "reason": "end of the test"}
            post(f"incidents/{incident['id']}/close", free_units=True, **told)
    for closure in picture["closures"]:
        post(f"closures/{closure['id']}/lift")
    back = {"off_duty": "sign_on_again", "out_of_service": "return_to_service"}
    for unit in city.get("/api/v1/units").json():
        if unit["stage"] != "available":
            post(f"units/{unit['id']}/{back.get(unit['stage'], 'become_available')}")


@pytest.fixture(scope="session")
def commander(served: Served) -> Iterator[httpx.Client]:
    """Whoever may end everything."""
    with served.client("commander") as client:
        yield client


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the city to the next test as this one found it: all tests share a server."""
    if "served" not in request.fixturenames:
        yield
        return
    commander = request.getfixturevalue("commander")
    yield
    make_quiet(commander)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not CITY.is_dir():
        pytest.skip("the demo city's pack is not there")
    folder = tmp_path_factory.mktemp("served")
    environment = {
        **os.environ,
        "GENGFU_DATA_DIR": str(folder),
        "GENGFU_SIMULATED": "1",
    }
    database = f"sqlite:///{folder}/city.db"
    command = "from gengfu.app.cli import main; main()"
    arguments = ["serve", "--city", str(CITY), "--db", database, "--port", "0"]
    log = folder / "server.log"
    with (
        log.open("w") as written,
        subprocess.Popen(
            [sys.executable, "-u", "-c", command, *arguments],
            env={**environment, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
            stdout=written,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            told = _await_address(log, process)
            _await_ready(told)
            yield Served(told)
        finally:
            process.terminate()
            process.wait(20)


def _await_address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Read the log until it names the address; the server's end ends the wait."""
    while process.poll() is None:
        if told := _address(log.read_text(encoding="utf-8")):
            return told
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise AssertionError(f"the server ended: {log.read_text(encoding='utf-8')}")


def _address(line: str) -> str | None:
    found = re.search(r"http://[\w.:\[\]]+", line)
    return None if found is None else found.group()


def _await_ready(url: str) -> None:
    """Ask until the server is ready; it answers 503 before."""
    with httpx.Client(base_url=url, timeout=60) as client:
        for _ in range(READY_TRIES):
            if client.get("/readyz").status_code == 200:
                return
            threading.Event().wait(0.1)
    raise AssertionError("the server did not become ready")


@pytest.fixture(scope="session")
def published(served: Served) -> list[str]:
    """Publish the demonstration's months; return ids of the places they are about."""
    found: list[str] = []
    for path in sorted(MONTHS.glob("*.json")):
        content = path.read_bytes()
        headers = {"X-Purpose": "public-statistics", "Content-Type": "application/json"}
        with served.client("statistician") as client:
            sent = client.post("/api/v1/publications", content=content, headers=headers)
            assert sent.status_code == 201, sent.text
        case = f"/api/v1/publications/{sent.json()['id']}"
        for account, move, body in (
            ("index-auditor", "audit", {"calls": 200, "recorded": 194}),
            ("commander", "approve", {}),
            ("commander", "publish", {}),
        ):
            with served.client(account) as client:
                done = client.post(f"{case}/{move}", json=body, headers=headers)
                assert done.is_success, done.text
        found = [place["id"] for place in json.loads(content)["places"]]
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass(slots=True)
class Watched:
    """What went wrong in a page: each test ends with none of it."""

    faults: list[str] = field(default_factory=list[str])
    expected: list[str] = field(default_factory=list[str])

    def unexpected(self) -> list[str]:
        return [f for f in self.faults if not any(e in f for e in self.expected)]


type Open = Callable[..., Any]


def send_report(page: Any) -> None:
    """Send the public form; one more is allowed by then, however many tests sent."""
    page.wait_for_timeout(1000 / ANONYMOUS_PER_S)
    page.click(".report .button.main")


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def visit(served: Served, chromium: Any, watched: Watched) -> Iterator[Open]:
    """Open a page as an account; afterwards nothing may have gone wrong in it."""
    contexts: list[Any] = []

    def open_page(
        path: str,
        account: str | None = "dispatcher",
        *,
        width: int = 1366,
        height: int = 768,
        theme: str = "dark",
        language: str = "en",
        **options: Any,
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=served.url,
            color_scheme=theme,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": "theme", "value": theme, "url": served.url},
                {"name": "lang", "value": language, "url": served.url},
            ]
        )
        if account is not None:

            def sign_in(request=context.request) -> int:
                form = {"account": account}
                return request.post("/sign-in", form=form, max_redirects=0).status

            signed_in(sign_in)
        page = context.new_page()
        page.on("pageerror", lambda error: watched.faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                watched.faults.append(said.text) if said.type == "error" else None
            ),
        )
        page.on("request", lambda asked: _inside(asked.url, served, watched))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watched.unexpected() == []


def _inside(url: str, served: Served, watched: Watched) -> None:
    if not url.startswith((served.url, "data:", "blob:")):
        watched.faults.append(f"asked outside: {url}")


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """Return what axe finds in a page as it stands."""
    script = AXE.read_text(encoding="utf-8")

    def examine(page: Any) -> list[str]:
        page.evaluate(script)
        found = page.evaluate(
            "axe.run().then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
        )
        return list(found)

    return examine
