"""Tables of rules: what is no table is refused at once, in one line."""

import pytest

from gengfu.kernel import BadInput
from gengfu.kernel.tables import read_table


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("a = " + "[" * 20_000, "nested too deeply"),
        ("a." * 60_000 + "b = 1", "line 1 has too many dots"),
        ("\n[" + "a." * 60_000 + "b]", "line 2 has too many dots"),
        (b"\xff", "not UTF-8"),
        ("a = ", "cards.toml: "),
    ],
)
def test_hostile_tables_are_refused(toml: str | bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_table(toml, "cards.toml")
