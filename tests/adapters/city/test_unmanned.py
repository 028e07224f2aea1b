"""Posts without a unit are one line of `gengfu city check`, however many there are."""

from dataclasses import replace
from pathlib import Path

import pytest

from gengfu.adapters.city import City, checking, load

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def city() -> City:
    return load(ROOT / "cities" / "coquimbo")


def said_of(city: City) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []
    checking._check_posts(
        city, lambda _severity, code, where, en, zh: found.append((code, where, en, zh))
    )
    return found


def test_a_pack_with_units_everywhere_says_nothing(city: City) -> None:
    posts = {unit.post for unit in city.units}
    manned = replace(city, posts=tuple(p for p in city.posts if p.id in posts))
    assert said_of(manned) == []


def test_many_empty_posts_are_one_line_that_names_a_few(city: City) -> None:
    ((code, where, en, zh),) = said_of(replace(city, units=city.units[:1]))
    count, of = len(city.posts) - 1, len(city.posts)
    assert (code, where) == ("unmanned", "posts.parquet")
    assert en.startswith(f"no unit stands at {count} of {of} posts: ")
    assert en.count(",") == checking.MOST_NAMED - 1
    assert en.endswith(" …")
    assert f"{of} 个岗点中有 {count} 个" in zh


def test_a_pack_without_units_says_that_instead(city: City) -> None:
    ((code, where, en, _),) = said_of(replace(city, units=()))
    assert (code, where, en) == (
        "unmanned",
        "units.parquet",
        "the pack has posts but no units",
    )
