"""Areas as statistics need them: dates of an area's life, by row and column."""

import pytest

from gengfu.adapters.city.area_rows import read_area_rows
from gengfu.kernel import BadInput

HEAD = "id,name,population,valid_from,valid_until,successor\n"


def read(tmp_path, *lines):
    path = tmp_path / "areas.csv"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), "utf-8")
    return read_area_rows(path).rows


def test_a_month_is_all_of_its_days(tmp_path):
    rows = read(tmp_path, "a,A,1,2024-02,2024-02,b", "b,B,1,2024-03-01,,")
    assert (rows[0].valid_from, rows[0].valid_until) == ("2024-02-01", "2024-02-29")
    assert (rows[1].valid_from, rows[1].valid_until) == ("2024-03-01", "")


def test_a_time_of_day_is_passed_over(tmp_path):
    rows = read(tmp_path, "a,A,1,2024-02-03T00:00:00,,")
    assert rows[0].valid_from == "2024-02-03"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("b,B,1,soon,,", "row 3, field valid_from.*not a date.*'soon'"),
        ("b,B,1,2024-13,,", "row 3, field valid_from.*not a date"),
        ("b,B,1,,2023-02-29,", "row 3, field valid_until.*not a date"),
        ("b,B,1,2024-05,2024-04,", "row 3, field valid_until.*2024-04-30 is before"),
        ("b,B,1,,2024-04,z", "row 3, field successor.*no area has the id 'z'"),
        ("b,B,-4,,,", "row 3, field population.*-4 is below 0"),
    ],
)
def test_a_life_that_cannot_be_names_row_and_column(tmp_path, line, says):
    with pytest.raises(BadInput, match=says):
        read(tmp_path, "a,A,1,,,", line)
