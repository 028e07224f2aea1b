"""Areas that begin, end or merge: events are counted where the area is today.

The rule. An area that ended with a `successor` hands its events over to it, through
as many successors as it takes. One that ended without (it was divided) keeps what
happened before; its events are not shared out among areas that are newer. One that
begins has what happened in it since, and before that what happened in areas that were
merged into it. Whoever publishes says so for the areas that
`notes` names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gengfu.kernel import BadInput

from .columns import pyarrow


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One row of an areas file; months are "YYYY-MM", the last one included."""

    area: str
    valid_from: str | None = None
    valid_until: str | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What a quality page has to say about one area."""

    area: str
    code: str
    en: str
    zh: str


class Succession:
    """Which areas began, ended or were merged into others, and when.

    Raises:
        BadInput: an area twice, a successor that is none or leads back, or an end
            before the beginning; by row, the heading being row 1.

    """

    def __init__(self, lifetimes: Iterable[Lifetime]) -> None:
        self._lives: dict[str, Lifetime] = {}
        rows: dict[str, int] = {}
        for row, life in enumerate(lifetimes, 2):
            if life.area in self._lives:
                raise BadInput(f"areas, row {row}: area {life.area!r} is there twice")
            begins, ends = life.valid_from, life.valid_until
            if begins and ends and ends < begins:
                raise BadInput(f"areas, row {row}: ends in {ends}, before {begins}")
            if life.successor and not ends:
                raise BadInput(
                    f"areas, row {row}, column valid_until: {life.area!r} has a "
                    "successor and no end"
                )
            self._lives[life.area] = life
            rows[life.area] = row
        for life in self._lives.values():
            self._require_an_end(life, rows[life.area])

    def _require_an_end(self, life: Lifetime, row: int) -> None:
        seen = {life.area}
        while life.successor is not None:
            if life.successor not in self._lives:
                raise BadInput(
                    f"areas, row {row}, column successor: {life.successor!r} is no area"
                )
            if life.successor in seen:
                raise BadInput(
                    f"areas, row {row}, column successor: {life.successor!r} leads back"
                )
            seen.add(life.successor)
            life = self._lives[life.successor]

    def notes(
        self, first: str, last: str, names: Mapping[str, tuple[str, str]] | None = None
    ) -> tuple[Note, ...]:
        """Return what to say of areas that changed from one month to another.

        `names` are (name, Chinese name) by area, where areas have names.
        """
        called = names or {}
        found: list[Note] = []
        grown = {life.successor for life in self._lives.values()}
        for life in self._lives.values():
            if life.valid_from and first < life.valid_from <= last:
                found.append(_begun(life, merged=life.area in grown))
            if life.valid_until and first <= life.valid_until < last:
                found.append(_ended(life, called))
        return tuple(found)


def _begun(life: Lifetime, *, merged: bool) -> Note:
    before = "what happened there before is counted in its former area"
    before_zh = "此前的事件计入原区域"
    if merged:
        before = "it has what happened before in the areas that were merged into it"
        before_zh = "并入此地的区域此前的事件计入此地"
    return Note(
        life.area,
        "area-begun",
        f"exists since {life.valid_from}; {before}",
        f"自 {life.valid_from} 起设立；{before_zh}",
    )


def _ended(life: Lifetime, names: Mapping[str, tuple[str, str]]) -> Note:
    if life.successor:
        name, name_zh = names.get(life.successor, (life.successor, ""))
        return Note(
            life.area,
            "area-merged",
            f"ended with {life.valid_until}; its events are counted in {name}",
            f"至 {life.valid_until} 撤销；其事件计入{name_zh or name}",
        )
    return Note(
        life.area,
        "area-ended",
        f"ended with {life.valid_until} without successor; "
        "its events are counted in no other area, only in what base years expect",
        f"至 {life.valid_until} 撤销且无承接区域；"
        "其事件不计入其他区域，仅用于基期的预期值",
    )


def lifetimes_of(rows: Iterable[Mapping[str, object]]) -> tuple[Lifetime, ...]:
    """Return the lifetimes that rows of an areas file state.

    Each row has `id` and perhaps `valid_from`, `valid_until` (YYYY-MM or a day) and
    `successor`; empty is none.

    Raises:
        BadInput: a month that is none, by row and column.

    """

    def text(row: Mapping[str, object], name: str) -> str | None:
        value = row.get(name)
        return None if value is None or value == "" else str(value)

    def month(number: int, row: Mapping[str, object], name: str) -> str | None:
        value = text(row, name)
        if value is None:
            return None
        try:
            pyarrow.scalar(f"{value[:7]}-01").cast(pyarrow.date32())
        except pyarrow.ArrowException:
            raise BadInput(
                f"areas, row {number}, column {name}: {value!r} is no month (YYYY-MM)"
            ) from None
        return value[:7]

    return tuple(
        Lifetime(
            str(row["id"]),
            month(number, row, "valid_from"),
            month(number, row, "valid_until"),
            text(row, "successor"),
        )
        for number, row in enumerate(rows, 2)
    )
