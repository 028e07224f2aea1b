"""What the documentation points to is there, and it points to nothing of one machine."""

import re
import struct
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.docs.pages import DOCS, ROOT, anchors, links, name_of, pages

IMAGES = DOCS / "images"
MOST_BYTES = 500_000
SCREENS = {(1366, 768), (3840, 2160), (360, 740)}
"""A desk, a wall, a phone."""
_MACHINE = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|tmp)(?:/|\b)")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for image, to in links(page):
        if re.match(r"[a-z]+:", to):
            assert not image, f"{to}: pictures are kept beside the pages"
            assert to.startswith(("https://", "http://127.0.0.1", "mailto:")), to
            continue
        path, _, anchor = unquote(to).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} points to {to}"
        assert target.is_relative_to(ROOT), to
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{name_of(page)} points to {to}"


def test_every_page_can_be_reached_from_the_menu() -> None:
    listed = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in DOCS.rglob("*.md"):
        assert page.relative_to(DOCS).as_posix() in listed, page


def test_pictures_are_small_and_used() -> None:
    used = {
        (page.parent / to).resolve()
        for page in pages()
        for image, to in links(page)
        if image and not re.match(r"[a-z]+:", to)
    }
    kept = {path.resolve() for path in IMAGES.iterdir()}
    assert kept == {path for path in used if path.parent == IMAGES.resolve()}
    assert kept, "a reader wants to see it"
    for path in sorted(kept):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n"), path.name
        assert struct.unpack(">II", data[16:24]) in SCREENS, path.name
        assert len(data) < MOST_BYTES, f"{path.name}: {len(data)} bytes"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_nothing_names_a_path_of_one_machine(page: Path) -> None:
    found = _MACHINE.findall(page.read_text("utf-8"))
    assert not found, f"{name_of(page)}: {found}"


def test_a_path_of_one_machine_would_be_noticed() -> None:
    assert _MACHINE.search("see " + "/ho" + "me/anna/city")
    assert not _MACHINE.search("`gengfu city build` writes to ./tmp/x")


@pytest.mark.parametrize("page", ["README.md", "docs/reference/city-packs.md"])
def test_sources_of_the_demonstration_are_named(page: str) -> None:
    text = " ".join((ROOT / page).read_text("utf-8").split())
    for words in (
        "OpenStreetMap contributors",
        "ODbL",
        "AequilibraE Developers",
        "www.aequilibrae.com",
    ):
        assert words in text, words
