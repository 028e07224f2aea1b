"""What the browser loads is ours or recorded, and keeps the content policy."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gengfu.web.templates import CONTENT_SECURITY_POLICY, FOLDER, STATIC

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(p for p in STATIC.rglob("*.js") if "vendor" not in p.parts)
PAGES = sorted(FOLDER.glob("*.html"))
IMPORT = re.compile(r'(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"')
NAME = re.compile(r"[\w/.-]+")
EVALUATED = tuple(
    re.compile(form)
    for form in (
        r"""hx-trigger\s*=\s*("[^"]*\[|'[^']*\[)""",  # a filter of a trigger
        r"hx-on\b",
        r"hx-vars\b",
        r"""["'\s](js|javascript):""",  # in hx-vals, hx-headers, hx-request, href
        r"\bnew Function\b|\beval\(",
    )
)
"""What a browser would run from words in a page: the policy lets none of it."""


@pytest.mark.parametrize("options", [[], ["--dev"]], ids=["shipped", "tests"])
def test_vendored_files_are_the_recorded_ones(options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/vendor_static.py"), "--check", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_imports_are_files_beside_us(script: Path) -> None:
    for target in IMPORT.findall(script.read_text(encoding="utf-8")):
        if target.startswith("/static/"):
            found = STATIC / target.removeprefix("/static/")
        else:
            assert target.startswith("."), f"{target} needs an import map"
            found = script.parent / target
        assert found.is_file(), target


@pytest.mark.parametrize("file", [*SCRIPTS, *PAGES], ids=lambda p: p.name)
def test_nothing_inline_and_nothing_from_outside(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\sstyle=", text), "a style attribute is blocked"
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", text), "a handler is blocked"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert "innerHTML =" not in text
    outside = re.findall(r"https?://(?!www\.w3\.org/)[^\s\"'`$]+", text)
    assert outside == []


@pytest.mark.parametrize("file", [*SCRIPTS, *PAGES], ids=lambda p: p.name)
def test_htmx_is_given_nothing_to_evaluate(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for form in EVALUATED:
        assert form.search(text) is None, "the policy forbids to run words as script"


@pytest.mark.parametrize("form", ["every 9s [x]", "load, click[y], every 1s"])
def test_a_filter_of_a_trigger_is_found(form: str) -> None:
    text = f'<p hx-get="/a" hx-trigger="{form}" hx-swap="outerHTML">'
    assert any(one.search(text) for one in EVALUATED)


def test_htmx_evaluates_nothing() -> None:
    text = (FOLDER / "plain.html").read_text(encoding="utf-8")
    settings = re.search(r"""name="htmx-config" content='([^']+)'""", text)
    assert settings is not None
    assert json.loads(settings.group(1))["allowEval"] is False
    for page in PAGES:
        if "htmx.min.js" in (words := page.read_text(encoding="utf-8")):
            assert '{% extends "plain.html" %}' in words, "the settings stand there"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_a_page_names_exist(page: Path) -> None:
    for name in re.findall(r'"/static/([^"#{]+)', page.read_text(encoding="utf-8")):
        assert (STATIC / name).is_file(), name


def test_the_field_shell_keeps_files_that_exist() -> None:
    worker = (STATIC / "field/sw.js").read_text(encoding="utf-8")
    for name in re.findall(r'"/static/([\w/.-]+\.\w+)"', worker):
        assert (STATIC / name).is_file(), name
    listed = re.search(r"\.\.\.\[([^\]]+)\]\.map", worker)
    assert listed is not None
    kept = set(re.findall(r'"(\w+)"', listed.group(1)))
    kept |= set(re.findall(r'"/static/field/(\w+)\.js"', worker))
    needed = _modules_of(STATIC / "field/field.js") - {"field"}
    assert needed - {"lit-html"} <= kept


def _modules_of(script: Path, seen: set[Path] | None = None) -> set[str]:
    seen = set() if seen is None else seen
    if script in seen or "vendor" in script.parts:
        return set()
    seen.add(script)
    names = {script.stem}
    for target in IMPORT.findall(script.read_text(encoding="utf-8")):
        names |= _modules_of((script.parent / target).resolve(), seen)
    return names


def test_the_policy_allows_nothing_inline_and_nothing_outside() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
