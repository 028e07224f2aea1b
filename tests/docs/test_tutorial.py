"""What the tutorial lets a reader type and press is what the city and screens know."""

import re
import tomllib

import pytest
from tests.docs.pages import DOCS, ROOT

from gengfu.app.cli import DEMO_WORDS
from gengfu.app.town import CityTown, open_town
from gengfu.capabilities.control_room.live.hazards import near, read_hazards
from gengfu.capabilities.control_room.live.rulebook import read_rulebook

TUTORIAL = " ".join(
    (DOCS / "tutorial" / "first-dispatch.md").read_text("utf-8").split()
)
SCREENS = " ".join((DOCS / "explanation" / "screens.md").read_text("utf-8").split())
WEB = ROOT / "src" / "gengfu" / "web"
PLACE = "Avenida del Mar / Avenida Cuatro Esquinas"


@pytest.fixture(scope="module")
def town() -> CityTown:
    return open_town(ROOT / "cities" / "coquimbo")


def typed(after: str) -> list[str]:
    """What stands in code after some words, up to the end of the sentence."""
    start = TUTORIAL.index(after) + len(after)
    return re.findall(r"`([^`]+)`", TUTORIAL[start : start + 120])


def test_what_demo_prints_is_shown() -> None:
    english = [line for line in DEMO_WORDS if line.isascii()]
    assert len(english) >= 2
    for line in english:
        assert line in TUTORIAL


def test_the_place_is_found_first_with_and_without_errors(town: CityTown) -> None:
    assert f"*{PLACE}*" in TUTORIAL
    tries = [typed("**Location**: ")[0], typed("Errors are forgiven: ")[0]]
    assert tries[0] != tries[1]
    for words in tries:
        assert town.search(words, None, 8)[0].name == PLACE, words


def test_a_hazard_is_known_there(town: CityTown) -> None:
    found = town.search(PLACE, None, 1)[0]
    assert "hazard" in TUTORIAL.lower()
    assert near(read_hazards(town), found.lon, found.lat)


def test_the_type_is_found_by_its_words_and_its_letters(town: CityTown) -> None:
    catalogue = read_rulebook(town).catalogue
    words, letters = typed("**Type**: ")[:2]
    by_words, by_letters = catalogue.search(words)[0], catalogue.search(letters)[0]
    assert by_words.kind.code == by_letters.kind.code
    assert by_words.kind.name.en.lower() == words
    assert by_words.kind.questions, "the tutorial speaks of its questions"


def test_words_of_buttons_are_those_on_the_screen(town: CityTown) -> None:
    shown = str(tomllib.loads((WEB / "locale" / "en.toml").read_text("utf-8")))
    terms = str(tomllib.loads((WEB / "locale" / "terms.toml").read_text("utf-8")))
    for word in ("Same incident", "Controlled", "Full page", "Undo"):
        assert word in TUTORIAL
        assert f"'{word}'" in shown, word
    outcomes = read_rulebook(town).policy.outcomes.values()
    assert "*Handled*" in TUTORIAL
    assert "Handled" in {one.said.en for one in outcomes}
    for role in ("Dispatcher", "Crew", "Agency officer"):
        assert f"**{role}**" in TUTORIAL
        assert f"'{role}'" in terms, role


def test_keys_are_those_of_the_console() -> None:
    source = (WEB / "static" / "console" / "main.js").read_text("utf-8")
    known = {k: i for i, k in re.findall(r'\{ id: "([\w-]+)", key: "([^"]+)"', source)}
    assert len(known) > 15
    sentence = SCREENS[SCREENS.index("`N` new call") : SCREENS.index("the list.")]
    listed = [k for k in re.findall(r"`([^`]+)`", sentence) if not k.startswith("Ctrl")]
    assert len(listed) > 12
    assert set(listed) <= set(known)
    does = {"N": "call", "A": "answer", "D": "send", "S": "status", "T": "tasks",
            "U": "units", "C": "clocks", "O": "order", "M": "map", "V": "coverage",
            "X": "close", "R": "recommend", "J": "next", "K": "previous"}  # fmt: skip
    assert {key: known[key] for key in does} == does
    pressed = set(re.findall(r"(?:[Pp]ress|\.|:) ?\*\*([A-Z])\*\*", TUTORIAL))
    assert {"N", "D", "X", "T"} <= pressed <= set(known)
