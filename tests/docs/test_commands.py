"""Every command the documentation names exists, with the options it is given."""

import re
from pathlib import Path

import pytest
import typer.main
from tests.docs.pages import (
    DOCS,
    ROOT,
    Block,
    blocks,
    command_lines,
    inline_code,
    name_of,
    pages,
)

from gengfu.app.cli import app

PROGRAMS = {
    "cd", "git", "createdb", "createuser", "curl", "export", "openssl", "python", "pip",
}  # fmt: skip
"""Of others; what we say about them is in their own hands."""
SHELL_BLOCKS = [b for p in pages() for b in blocks(p, "sh")]
TARGETS = re.compile(r"^([a-z]+):", re.MULTILINE)


def walked(words: list[str]) -> tuple[object, str, list[str]]:
    """The command that words lead to, its name, and the words that are left."""
    command, name, rest = typer.main.get_command(app), "gengfu", words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, name, rest = command.commands[rest[0]], rest[0], rest[1:]
    return command, name, rest


def parsed(words: list[str]) -> None:
    """Parse a command line of ours to its end without running it."""
    command, name, rest = walked(words)
    assert not hasattr(command, "commands"), f"no such command: {' '.join(words)}"
    command.make_context(name, list(rest))


def test_there_are_blocks_to_look_at() -> None:
    assert len(SHELL_BLOCKS) >= 8


@pytest.mark.parametrize(
    "block", SHELL_BLOCKS, ids=lambda b: f"{b.page}:{b.text.split(chr(10))[0][:40]}"
)
def test_every_command_of_a_block_is_one(block: Block) -> None:
    targets = set(TARGETS.findall((ROOT / "Makefile").read_text("utf-8")))
    for words in command_lines(block):
        program = Path(words[0]).name
        if program == "gengfu":
            parsed(words)
        elif program == "make":
            wanted = {w for w in words[1:] if "=" not in w}
            assert wanted <= targets, f"make has no {wanted - targets}"
        else:
            assert program in PROGRAMS, f"what is {program!r}?"
            scripts = [w for w in words[1:] if w.startswith("tools/")]
            assert all((ROOT / script).is_file() for script in scripts)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_named_in_a_sentence_exist(page: Path) -> None:
    for code in inline_code(page):
        words = code.split()
        if words[0] == "make" and len(words) == 2:
            assert words[1] in TARGETS.findall((ROOT / "Makefile").read_text("utf-8"))
        if words[0] == "gengfu" and len(words) > 1:
            command, _, rest = walked(words)
            known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
            strange = [w for w in rest if w.startswith("--") and w not in known]
            assert not strange, f"{code}: {strange}"
            assert not (rest and hasattr(command, "commands")), f"no such: {code}"


def test_a_wrong_option_would_be_noticed() -> None:
    with pytest.raises(Exception, match=r"[Nn]o such option"):
        parsed(["gengfu", "serve", "--citty", "cities/coquimbo"])
    with pytest.raises(AssertionError, match="no such command"):
        parsed(["gengfu", "ledgers"])


def test_every_command_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "commands.md").read_text("utf-8")
    groups = [("gengfu", typer.main.get_command(app))]
    while groups:
        path, group = groups.pop()
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                groups.append((f"{path} {name}", command))
            else:
                assert f"## {path} {name}\n" in page
