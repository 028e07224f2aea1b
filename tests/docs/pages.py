"""The pages a reader meets, and what stands in them: blocks, links, headings."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<head>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```\s*$",
    re.DOTALL | re.MULTILINE,
)
_TITLE = re.compile(r'title="([^"]+)"')
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?P<image>!?)\[[^\]]*\]\((?P<to>[^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its title if it has one, and its text."""

    page: str
    language: str
    title: str
    text: str


def pages() -> list[Path]:
    """Every page of the documentation and the texts at the root."""
    root = [p for p in ROOT.glob("*.md") if p.name != "CHANGELOG.md"]
    return sorted([*DOCS.rglob("*.md"), *root])


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str = "") -> list[Block]:
    found: list[Block] = []
    for match in _FENCE.finditer(path.read_text("utf-8")):
        head = match["head"].strip()
        title = _TITLE.search(head)
        words = head.split()
        spoken = words[0] if words else ""
        if not language or spoken == language:
            text = match["body"]
            found.append(Block(name_of(path), spoken, title[1] if title else "", text))
    return found


def prose(path: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", path.read_text("utf-8"))


def inline_code(path: Path) -> list[str]:
    return _INLINE.findall(prose(path))


def links(path: Path) -> Iterator[tuple[bool, str]]:
    """Every link as (is it an image, where it leads)."""
    for match in _LINK.finditer(_INLINE.sub("", prose(path))):
        yield bool(match["image"]), match["to"]


def anchors(path: Path) -> set[str]:
    """Every heading of a page, as it is linked to."""
    found: set[str] = set()
    for words in _HEADING.findall(prose(path)):
        plain = re.sub(r"[^\w\s-]", "", words.replace("`", "")).strip().lower()
        found.add(re.sub(r"[\s-]+", "-", plain))
    return found


def command_lines(block: Block) -> list[list[str]]:
    """Every command of a shell block as its words; continued lines are one."""
    found: list[list[str]] = []
    for line in block.text.replace("\\\n", " ").splitlines():
        inner = re.findall(r"\$\(([^()]*)\)", line)
        outer = re.sub(r"\$\([^()]*\)", "X", line)
        for text in (outer, *inner):
            for part in re.split(r"\s(?:&&|\|)\s", text):
                words = shlex.split(part, comments=True)
                while words and re.match(r"^[A-Z_]+=", words[0]):
                    words = words[1:]
                if words:
                    found.append(words)
    return found
