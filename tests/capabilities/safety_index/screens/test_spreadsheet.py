"""CSV that a spreadsheet opens: nothing in it is a formula."""

import csv
from io import StringIO

import pytest

from gengfu.capabilities.safety_index.screens.spreadsheet import as_spreadsheet


@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://x","a")', "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"],
)
def test_a_name_is_never_a_formula(name):
    content = as_spreadsheet(["name", "people"], [{"name": name, "people": -5}])
    text = content.decode("utf-8-sig")
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert row == {"name": f"'{name}", "people": "-5"}


def test_other_words_stay_as_they_are():
    names = ["<5", "城北, 二", 'A "B"', "", "9 - 5"]
    content = as_spreadsheet(["n", "x"], [{"n": n, "x": None} for n in names])
    assert content.startswith(b"\xef\xbb\xbfn,x\r\n")
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["n"] for row in rows] == names
