"""The command itself: serve, refuse a second server, stop cleanly, verify, prove."""

import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gengfu.app.cli import main
from gengfu.app.config import Settings
from gengfu.app.tokens import token_of

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "cities" / "coquimbo"
PURPOSE = {"X-Purpose": "emergency-response"}


def environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GENGFU_")}
    return kept | {"GENGFU_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT / "src")}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "gengfu.app.cli", *words]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        command("serve", "--city", str(CITY), "--port", "0"),
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, (line, process.stderr and process.stderr.read())
            yield process, found[0]
        finally:
            process.kill()


def wait_until_ready(address: str) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
        for _ in range(5_000):
            if client.get(f"{address}/readyz").status_code == 200:
                return
            threading.Event().wait(0.02)
    pytest.fail("the server does not become ready")


def gengfu(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """Run the command in this process, where all is imported; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["gengfu", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    gc.enable()  # a server that starts switches it off
    return ended.value.code


def test_serves_stops_and_leaves_a_whole_ledger(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(tmp_path) as (process, address):
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith(f"Gengfu is ready on {address}/")
        assert httpx.get(f"{address}/readyz").status_code == 200
        settings = Settings(data_dir=tmp_path)
        token = token_of(settings, "dispatcher", "", positions=False)
        headers = PURPOSE | {"Authorization": f"Bearer {token}"}
        form = {"channel": "phone", "type": "structure-fire", "text": "smoke"}
        answer = httpx.post(f"{address}/api/v1/calls", headers=headers, json=form)
        assert answer.status_code == 201

        monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path))
        assert gengfu(monkeypatch, "serve", "--city", str(CITY), "--port", "0") == 1
        refused = capsys.readouterr().err
        assert "another server runs on" in " ".join(refused.split())
        assert "Traceback" not in refused

        with httpx.stream(
            "GET", f"{address}/api/v1/feed", headers=headers, timeout=20
        ) as feed:
            assert feed.headers["content-type"].startswith("text/event-stream")
            lines = feed.iter_lines()
            assert any(line.startswith("event: ") for line in lines)
            process.send_signal(signal.SIGTERM)
            assert any("event: reset" in line for line in lines)
        assert process.wait(30) == 0

    assert gengfu(monkeypatch, "ledger", "verify", "--city", str(CITY)) == 0
    verified = capsys.readouterr().out
    assert "intact: yes" in verified
    assert "complete: yes" in verified
    assert gengfu(monkeypatch, "ledger", "prove", "0", "--city", str(CITY)) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["seq"] == 0
    assert f"\n{shown['size']}\n{shown['root']}\n" in shown["checkpoint"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "--city", "/no/such/city"), "/no/such/city"),
        (("serve",), "--city"),
        (("serve", "--city", str(CITY), "--db", "mysql://x/y"), "mysql"),
        (("serve", "--city", str(CITY), "--db", "sqlite:////no/such/x.db"), "no/such"),
        (("serve", "--city", str(CITY), "--workers", "3"), "--workers"),
        (("serve", "--city", str(CITY), "--port", "99999"), "port"),
        (("city", "check", "/no/such/city"), "/no/such/city"),
        (("ledger", "verify"), "no such database"),
        (("token", "root"), "root"),
        (("token", "dispatcher", "p11", "--positions"), "only crews send positions"),
    ],
)
def test_bad_input_is_one_clear_line(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path))
    assert gengfu(monkeypatch, *words) not in {0, None}
    shown = capsys.readouterr()
    assert said in shown.err.replace("\n", "")
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        (("crew", "p11"), ""),
        (("crew", "p11", "--positions"), ""),
        (("agency-officer", "gas"), ""),
        (("station-officer", "F01"), ""),
        (("alarm", "panel-7"), ""),
        (("commander",), ""),
        (("crew", "p999"), "La Serena-Coquimbo lists no unit p999"),
        (("crew", "p999", "--positions"), "La Serena-Coquimbo lists no unit p999"),
        (("agency-officer", "p11"), "La Serena-Coquimbo lists no agency p11"),
    ],
)
def test_a_token_for_somebody_whom_the_city_does_not_list_says_so(
    words: tuple[str, ...],
    doubt: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path))
    assert gengfu(monkeypatch, "token", *words, "--city", str(CITY)) in {0, None}
    shown = capsys.readouterr()
    assert len(shown.out.split()) == 1, "nothing but the token"
    assert shown.err.replace("\n", " ").partition(":")[0] == doubt
    gengfu(monkeypatch, "token", *words)
    unchecked = capsys.readouterr().err
    stands = len(words) > 1 and words[0] != "alarm"
    assert unchecked.startswith("No city is named") is stands


def test_help_is_quick_and_in_both_languages(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    assert "Serve a city until stopped. 启动服务。" in done.stdout
    script = (
        "import sys, gengfu.app.cli;"
        "print(sorted({'numba','fastapi','sqlalchemy','scipy'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


def test_an_address_that_is_taken_is_said_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code = gengfu(monkeypatch, "serve", "--city", str(CITY), "--port", port)
    assert code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f":{port}: Address already in use")
    assert line.count("in use") == 1
