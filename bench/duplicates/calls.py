"""Simulated calls whose events are known: several callers, noise, and distractors."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import cos, radians

import numpy as np

from gengfu.capabilities.control_room.rules.catalogue import Catalogue
from gengfu.capabilities.control_room.rules.likeness import Report, Spot
from gengfu.twin.phrases import MANNERS, MARKS, STREETS

START = datetime(2026, 5, 1, tzinfo=UTC)
LAT, LON = -29.95, -71.3
METRES_PER_DEGREE = 111_195.0
SIDE_M = 9000.0
BLOCK_M = SIDE_M / 16
LANGUAGES = ("en", "es", "zh")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A call and the event it is about."""

    report: Report
    event: int


@dataclass(frozen=True, slots=True)
class _Event:
    number: int
    type: str
    x: float
    y: float
    minute: float
    detail: int
    mark: int


def simulate(
    catalogue: Catalogue, rng: np.random.Generator, days: float, per_day: int
) -> list[Labelled]:
    """Return the calls of some days, in the order in which they come in."""
    calls: list[Labelled] = []
    for event in _events(rng, days, per_day):
        calls += _calls(event, catalogue, rng)
    calls.sort(key=lambda c: c.report.at)
    return [
        replace(c, report=replace(c.report, id=f"c{n}")) for n, c in enumerate(calls)
    ]


def _events(rng: np.random.Generator, days: float, per_day: int) -> list[_Event]:
    types = list(MANNERS)
    odds = np.array([MANNERS[t].often for t in types])
    odds = odds / odds.sum()
    centres = rng.uniform(0, SIDE_M, (6, 2))
    events: list[_Event] = []
    for _ in range(rng.poisson(days * per_day)):
        kind = types[rng.choice(len(types), p=odds)]
        if rng.random() < 0.6:  # most calls come from a few busy quarters
            x, y = centres[rng.integers(6)] + rng.normal(0, 700, 2)
        else:
            x, y = rng.uniform(0, SIDE_M, 2)
        minute = float(rng.uniform(0, days * 1440))
        events.append(_made(len(events), kind, x, y, minute, rng))
        if rng.random() < 0.15:  # another event, near in time and place
            near = kind if rng.random() < 0.4 else types[rng.choice(len(types), p=odds)]
            angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(50, 500)
            events.append(
                _made(
                    len(events),
                    near,
                    x + away * np.cos(angle),
                    y + away * np.sin(angle),
                    minute + float(rng.uniform(0, 40)),
                    rng,
                )
            )
    return events


def _made(
    number: int, kind: str, x: float, y: float, minute: float, rng: np.random.Generator
) -> _Event:
    if rng.random() < 0.5:  # events lie on streets that run west to east or north
        y = round(y / BLOCK_M) * BLOCK_M
    else:
        x = round(x / BLOCK_M) * BLOCK_M
    details = len(MANNERS[kind].details["en"])
    return _Event(
        number, kind, float(x), float(y), minute,
        int(rng.integers(details)), int(rng.integers(len(MARKS["en"]))),
    )  # fmt: skip


def _calls(
    event: _Event, catalogue: Catalogue, rng: np.random.Generator
) -> list[Labelled]:
    further = MANNERS[event.type].further
    callers = 1 + int(rng.geometric(1 / (1 + further)) - 1)
    found: list[Labelled] = []
    for caller in range(callers):
        wait = 0.0 if caller == 0 else float(rng.exponential(6.0))
        if caller and rng.random() < 0.1:
            wait += float(rng.uniform(10, 60))
        mark = f"{event.number}/{caller}/{rng.integers(1 << 30)}"
        found.append(_call(event, wait, mark, catalogue, rng))
        if rng.random() < 0.07:  # the same caller asks again
            again = wait + float(rng.exponential(15.0))
            found.append(_call(event, again, mark, catalogue, rng))
    return found


def _call(
    event: _Event,
    wait: float,
    mark: str,
    catalogue: Catalogue,
    rng: np.random.Generator,
) -> Labelled:
    language = LANGUAGES[rng.choice(3, p=[0.45, 0.15, 0.40])]
    spot, street = _heard_place(event, rng)
    code = _heard_type(event, catalogue, rng)
    return Labelled(
        Report(
            id="",
            at=START + timedelta(minutes=event.minute + wait),
            type=code,
            domain=None if code is None else catalogue.get(code).domain,
            spot=spot,
            words=_words(event, language, street, rng),
            callback_mark=None if rng.random() < 0.1 else mark,
            street=street if rng.random() < 0.6 else None,
        ),
        event.number,
    )


def _heard_place(
    event: _Event, rng: np.random.Generator
) -> tuple[Spot | None, str | None]:
    """Where the call taker puts it: address, device, junction, cell, or wrong."""
    way = rng.choice(6, p=[0.42, 0.27, 0.16, 0.08, 0.03, 0.04])
    street = _street(event.x, event.y)
    if way == 5:
        return None, street if rng.random() < 0.5 else None
    spread, stated = [
        (25.0, 30.0), (float(rng.lognormal(3.2, 0.6)), 40.0), (130.0, 150.0),
        (700.0, 1000.0), (2500.0, 30.0),
    ][way]  # fmt: skip
    x, y = event.x + rng.normal(0, spread), event.y + rng.normal(0, spread)
    stated *= float(rng.uniform(0.6, 1.5))
    spot = Spot(
        LON + x / (METRES_PER_DEGREE * cos(radians(LAT))),
        LAT + y / METRES_PER_DEGREE,
        stated,
    )
    return spot, _street(x, y) if way in (0, 2, 4) else None


def _street(x: float, y: float) -> str:
    """Name the nearest street of the grid; streets that run north end in N."""
    row, column = round(y / BLOCK_M), round(x / BLOCK_M)
    if abs(y - row * BLOCK_M) <= abs(x - column * BLOCK_M):
        return STREETS["en"][row % 16]
    return f"{STREETS['en'][(column + 5) % 16]} N"


def _heard_type(
    event: _Event, catalogue: Catalogue, rng: np.random.Generator
) -> str | None:
    luck = rng.random()
    if luck < 0.78:
        return event.type
    if luck < 0.93:
        confused = MANNERS[event.type].taken_for
        return confused[rng.integers(len(confused))]
    if luck < 0.97:
        return None
    return catalogue.kinds[rng.integers(len(catalogue.kinds))].code


def _words(
    event: _Event, language: str, street: str | None, rng: np.random.Generator
) -> str:
    if rng.random() < 0.06:
        return ""
    manner = MANNERS[event.type]
    ways = manner.phrases[language]
    phrase = ways[rng.integers(len(ways))]
    heard = street or _street(event.x, event.y)
    plain = heard.removesuffix(" N")
    name = STREETS[language][STREETS["en"].index(plain)]
    about = manner.details[language]
    detail = event.detail if rng.random() < 0.7 else int(rng.integers(len(about)))
    text = phrase.format(
        street=name, mark=MARKS[language][event.mark], detail=about[detail]
    )
    return _mistyped(text, rng)


def _mistyped(text: str, rng: np.random.Generator) -> str:
    """Drop or swap a character now and then, as fast typing does."""
    letters = list(text)
    for at in range(len(letters) - 1):
        luck = rng.random()
        if luck < 0.012:
            letters[at] = ""
        elif luck < 0.02:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)
