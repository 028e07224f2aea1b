"""Areas that began, ended or were merged: what the page on data quality says."""

from gengfu.adapters.city.area_rows import AreaFile
from gengfu.adapters.events import Succession, lifetimes_of
from gengfu.capabilities.safety_index.rules.document import Quality
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import Said


def changes_of(file: AreaFile, first: Month, last: Month) -> tuple[Quality, ...]:
    """Return one line for each area that changed from one month to another.

    An area with a successor and no end was merged before anybody kept months of it:
    that all its events count in the successor is said of the successor.

    Raises:
        BadInput: a month that is none, or an end before the beginning, by row.

    """
    rows = [
        {
            "id": row.id,
            "valid_from": row.valid_from,
            "valid_until": row.valid_until,
            "successor": row.successor if row.valid_until else "",
        }
        for row in file.rows
    ]
    names = {row.id: (row.name, row.name_zh) for row in file.rows}
    found: list[Quality] = []
    lives = Succession(lifetimes_of(rows))
    for note in lives.notes(str(first), str(last), names):
        name, name_zh = names[note.area]
        said = Said(f"{name} {note.en}.", f"{name_zh or name}{note.zh}。")
        found.append(Quality(code=note.code, said=said, areas=(note.area,)))
    return tuple(found)
