"""Sources stated in a file: taken as written, or refused by the entry's number."""

from pathlib import Path

import pytest

from gengfu.adapters.city.city import Source
from gengfu.adapters.city.sources import read_sources
from gengfu.kernel import BadInput

WHOLE = """
[[source]]
covers = "roads"
title = "Streets of the city"
licence = "ODbL-1.0"
notice = "© OpenStreetMap contributors"
url = "https://www.openstreetmap.org/copyright"

[[source]]
covers = "posts"
title = "Stations"
licence = "CC0-1.0"
composed = true
"""


def read(folder: Path, text: str) -> tuple[Source, ...]:
    path = folder / "sources.toml"
    path.write_text(text, "utf-8")
    return read_sources(path)


def test_sources_are_taken_as_they_are_stated(tmp_path: Path) -> None:
    roads, posts = read(tmp_path, WHOLE)
    assert roads.licence == "ODbL-1.0"
    assert roads.notice == "© OpenStreetMap contributors"
    assert posts == Source("posts", "Stations", "CC0-1.0", "", composed=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds [[source]] entries"),
        (WHOLE + "[city]\nname = 'x'\n", "holds [[source]] entries"),
        ("source = 1", "holds [[source]] entries"),
        (WHOLE.replace('licence = "CC0-1.0"', ""), "row 2, field licence: is missing"),
        (
            WHOLE.replace("composed = true", "made = 1"),
            "row 2, field made: is no field",
        ),
        (WHOLE.replace("= true", "= 'yes'"), "row 2, field composed: is not a bool"),
        ("[[source", "sources.toml: "),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"sources\.toml: No such file"):
        read_sources(tmp_path / "sources.toml")
