"""The demonstration says its address when a browser gets an answer there."""

import shlex
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace

import pytest

from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app import demo as demonstration
from gengfu.app.config import Settings
from gengfu.app.installed import INSTALLED
from gengfu.app.platform import office_of
from gengfu.capabilities.safety_index.cases.publications import publication

CITY = Path(__file__).resolve().parents[2] / "cities" / "coquimbo"


def test_the_address_is_printed_when_the_city_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    driven: list[str] = []
    ended: list[str] = []
    made: list[tuple[Path, Path]] = []
    store = MemoryStore()
    office = office_of(store, MasterKey(b"k" * 32), INSTALLED)

    def drive(scene: object) -> SimpleNamespace:
        driven.append("city")
        done = ended.append
        return SimpleNamespace(
            terminate=lambda: done("told"), wait=lambda: done("gone")
        )

    def make_events(events: Path, city: Path) -> SimpleNamespace:
        made.append((events, city))
        return SimpleNamespace(terminate=lambda: None, wait=lambda: None)

    def serve(settings: Settings, told: Callable[..., None]) -> None:
        assert made == [(settings.events, CITY)]
        assert settings.public_url == f"http://127.0.0.1:{settings.port}"
        kept: list[str] = []

        def keep(work: Coroutine[None, None, None], name: str) -> None:
            work.close()
            kept.append(name)

        waiting: list[Callable[[], None]] = []
        platform = SimpleNamespace(on_ready=waiting, office=office, keep=keep)
        told(
            "http://127.0.0.1:1/",
            SimpleNamespace(platform=platform),
        )
        assert (said, driven) == ([], [])
        for ready in waiting:
            ready()
        assert kept == ["watch"]

    monkeypatch.setattr(demonstration, "serve", serve)
    monkeypatch.setattr(demonstration, "_drive", drive)
    monkeypatch.setattr(demonstration, "_make_events", make_events)
    monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path))
    demonstration.demo(
        city=CITY, speed=1.0, host=None, port=None, told=lambda url, _: said.append(url)
    )
    assert said == ["http://127.0.0.1:1/"]
    assert (driven, ended) == (["city"], ["told", "gone"])
    published = store.read(lambda reader: reader.rows(publication.kind))
    assert sorted(str(row.about) for row in published) == [
        "2026-08",
        "2026-09",
        "2026-10",
    ]
    assert {row.stage for row in published} == {"published"}


def test_the_days_ledger_is_checked_by_what_the_demo_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/gengfu", "demo"])
    day = tmp_path / "my day"
    said = demonstration.check_command(day, CITY)
    where, *words = shlex.split(said)
    assert where == f"GENGFU_DATA_DIR={day}"
    assert words == [".venv/bin/gengfu", "ledger", "verify", "--city", str(CITY)]
    monkeypatch.setattr(sys, "argv", ["/usr/bin/python", "demo"])
    assert shlex.split(demonstration.check_command(day, CITY))[1] == "gengfu"
