"""Reference pages say what the code says."""

import re
import tomllib
from dataclasses import fields

import pyarrow.parquet
import pytest
from tests.docs.pages import DOCS, ROOT, blocks
from tools.make_reference import (
    COLUMNS,
    FLAGS,
    PARTS,
    REFERENCE,
    SETTINGS,
    commands,
    filled,
    parser,
)

from gengfu.app.config import Settings
from gengfu.twin.columns import CallColumns, read_columns
from gengfu.web.problems import HTTP_CODES, STATUS

CITY = ROOT / "cities" / "coquimbo"
PACKS = DOCS / "reference" / "city-packs.md"


@pytest.mark.parametrize("page", sorted({page for page, _ in PARTS.values()}))
def test_made_parts_are_fresh(page: str) -> None:
    text = (REFERENCE / page).read_text("utf-8")
    for name, (where, _) in PARTS.items():
        if where == page:
            assert f"<!-- made: {name} -->" in text
    assert filled(text) == text, (
        f"docs/reference/{page} is stale: run tools/make_reference.py"
    )


def test_words_are_for_what_there_is() -> None:
    assert set(SETTINGS) == set(Settings.model_fields)
    assert set(COLUMNS) == {f.name for f in fields(CallColumns)}
    options = {o for _, c in commands(parser()) for p in c.params for o in p.opts}
    assert set(FLAGS.values()) <= options


def test_the_example_of_columns_is_understood(tmp_path) -> None:
    (example,) = blocks(DOCS / "reference" / "commands.md", "toml")
    path = tmp_path / "calls.toml"
    path.write_text(example.text, "utf-8")
    columns = read_columns(path)
    assert columns.call == tomllib.loads(example.text)["columns"]["call"]
    assert columns.location == "", "lon and lat take its place"
    assert columns.hospital == CallColumns().hospital


def test_every_column_of_a_pack_is_described() -> None:
    page = PACKS.read_text("utf-8")
    files = sorted(CITY.rglob("*.parquet"))
    assert len(files) > 8
    for path in files:
        assert f"`{path.relative_to(CITY).as_posix()}`" in page
        for column in pyarrow.parquet.read_schema(path).names:
            assert f"`{column}`" in page, f"{path.name}: {column}"
    for key in tomllib.loads((CITY / "city.toml").read_text("utf-8")):
        assert f"`{key}`" in page or f"[{key}" in page, key


def test_every_status_of_a_refusal_is_in_the_table() -> None:
    text = (DOCS / "reference" / "http.md").read_text("utf-8")
    rows = {
        int(s): words
        for s, words in re.findall(r"^\| (\d{3}) \| (.+)$", text, re.MULTILINE)
    }
    for kind, status in STATUS:
        assert status in rows, status
        if status < 500 or status == 503:
            assert f"`{kind.code}`" in rows[status], kind.code
    for status, code in HTTP_CODES.items():
        if status != 422:  # never given by a route of ours
            assert f"`{code}`" in rows[status], code
