"""Refusals speak Chinese: every sentence a person can meet, and the codes in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gengfu
from gengfu.kernel import BadInput, Forbidden, RuleBroken
from gengfu.web.details import GAP, in_language, sentences
from gengfu.web.problems import STATUS, problem_of

SOURCE = Path(gengfu.__file__).parent
KERNEL = ("calendars", "cases", "desk", "erasing", "keeping", "registry", "tasks")
ROOM = "capabilities/control_room"
INDEX = "capabilities/safety_index"
RULES = ("catalogue", "policy", "standards", "types")
MET_BY_PEOPLE = (
    *(f"kernel/{name}.py" for name in KERNEL),
    "surface/*.py",
    *(f"{ROOM}/{folder}/*.py" for folder in ("cases", "api", "live", "screens")),
    *(f"{ROOM}/rules/{name}.py" for name in RULES),
    *(f"{INDEX}/{folder}/*.py" for folder in ("cases", "api", "live", "screens")),
    f"{INDEX}/*.py",
    *(f"app/{name}.py" for name in ("forecast", "index_here")),
    "web/*.py",
    "adapters/sql/sessions.py",
    "adapters/sql/group.py",
)
SPOKEN_BY_DEVICES = {"ingest.py"}
FOUND_AT_START = {"rulebook.py", "retention.py"}
"""What a pack's files say wrong is told to whoever starts the server."""
REFUSALS = {kind.__name__ for kind, _ in STATUS} | {
    "Stale",
    "RuleBroken",
    "WrongStage",
    "GoTogether",
}
OURS = {"Corrupt", "Malformed"}
CHINESE = re.compile("[\u4e00-\u9fff]")


def template(words: ast.expr) -> str | None:
    """Return a sentence with gaps; None for one that another place has written."""
    if isinstance(words, ast.Constant):
        return str(words.value)
    if isinstance(words, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else GAP
            for part in words.values
        )
    return None


def raised() -> Iterator[tuple[str, str]]:
    for pattern in MET_BY_PEOPLE:
        for file in sorted(SOURCE.glob(pattern)):
            if file.name in SPOKEN_BY_DEVICES | FOUND_AT_START:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = getattr(node.func, "id", "")
                sentence = template(node.args[0])
                if name in REFUSALS - OURS and sentence is not None:
                    where = f"{file.relative_to(SOURCE)}:{node.lineno}"
                    yield where, sentence


def test_every_refusal_has_its_chinese() -> None:
    found = dict(raised())
    assert len(found) > 100
    lacking = {w: s for w, s in found.items() if s not in sentences()}
    assert lacking == {}


@pytest.mark.parametrize("english", sentences())
def test_every_sentence_is_chinese_and_takes_all_that_is_filled_in(
    english: str,
) -> None:
    filled = [f"<{n}>" for n in range(english.count(GAP))]
    parts = iter(filled)
    said = re.sub(re.escape(GAP), lambda _: next(parts), english)
    zh = in_language(said, "zh")
    assert CHINESE.search(zh)
    assert sorted(re.findall(r"<\d>", zh)) == filled
    assert in_language(said, "en") == said


@pytest.mark.parametrize(
    ("error", "zh"),
    [
        (RuleBroken("still on this incident: E1, P2"), "仍在处置此警情：E1, P2"),
        (
            Forbidden("sign needs call-taker or dispatcher for emergency-response"),
            "“签收”需要以“应急处置”为目的的“接警员或调度员”角色",
        ),
        (BadInput("reason: given twice"), "reason：重复"),
        (
            BadInput("caller_name: 378 characters, allowed are 0 to 120"),
            "caller_name：378 个字符，应为 0 至 120 个",
        ),
        (RuleBroken("something nobody has translated"), "something nobody"),
    ],
)
def test_a_problem_speaks_the_language_of_the_request(
    error: Exception, zh: str
) -> None:
    problem = problem_of(error, "zh")
    assert problem.detail.startswith(zh)
    assert problem_of(error, "en").detail == str(error)


def test_the_place_is_found_in_either_language() -> None:
    assert problem_of(BadInput("reason: given twice"), "zh").place == "reason"
