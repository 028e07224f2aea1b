"""Everything installed has its words in English and Chinese, and the page shows them."""

import re
from pathlib import Path

import pytest
from tests.contracts.whole import Whole
from tools.make_dictionary import PAGE, page

from gengfu.kernel import GengfuError
from gengfu.web.problems import HTTP_CODES
from gengfu.web.terms import terms

HAN = re.compile(r"[\u4e00-\u9fff]")


def codes(kind: type[GengfuError]) -> set[str]:
    return {kind.code} | {c for sub in kind.__subclasses__() for c in codes(sub)}


def needed(whole: Whole) -> set[str]:
    registry = whole.platform.office.registry
    wanted = {f"error.{code}" for code in codes(GengfuError) | set(HTTP_CODES.values())}
    wanted |= {f"role.{role}" for role in registry.roles}
    wanted |= {f"purpose.{purpose}" for purpose in registry.purposes}
    for kind, machine in registry.machines.items():
        wanted.add(f"kind.{kind}")
        wanted.add(f"purpose.{machine.purpose}")
        wanted |= {f"stage.{kind}.{stage}" for stage in machine.stages}
        wanted |= {f"move.{kind}.{name}" for name in machine.openings}
        wanted |= {f"move.{kind}.{name}" for name in machine.moves}
    return wanted


def test_nothing_installed_lacks_words(whole: Whole) -> None:
    assert not needed(whole) - set(terms())


def test_no_words_are_for_nothing(whole: Whole) -> None:
    assert set(terms()) - needed(whole) == {"error.no-demo-sign-in"}


def test_chinese_is_chinese_and_english_is_not() -> None:
    for code, words in terms().items():
        assert HAN.search(words["zh"]), code
        assert not HAN.search(words["en"]), code


def test_the_page_is_fresh(whole: Whole) -> None:
    assert Path(PAGE).read_text("utf-8") == page(whole.platform.office.registry), (
        "docs/reference/dictionary.md is stale: run tools/make_dictionary.py"
    )


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Waiting"), ("zh", "待派"), ("", "Waiting")]
)
def test_the_api_serves_it(whole: Whole, language: str, word: str) -> None:
    query = {"lang": language} if language else {}
    answer = whole.client.get("/api/v1/dictionary", params=query)
    assert answer.status_code == 200
    assert answer.json()["stage"]["incident"]["waiting"] == word
