"""The weights of a recommendation, as data with a version, and the override rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from gengfu.kernel import BadInput, RuleBroken, Said
from gengfu.kernel.both import both
from gengfu.kernel.limits import MOST_LINE
from gengfu.kernel.tables import Table, read_table

from .reading import CREW_READS, CrewReads
from .types import LEAST_URGENT, MOST_URGENT

_FEWEST_LETTERS = 3
_DAY_S = 86_400
_PRIORITIES = LEAST_URGENT
FINDINGS = ("confirmed", "nothing_found", "false_alarm")
"""What an incident can turn out to be, as its case names it."""


@dataclass(frozen=True, slots=True)
class Preempting:
    """When a unit may be taken off another incident for one of some priority."""

    gain_s: float
    gap: int


@dataclass(frozen=True, slots=True)
class Override:
    """A reason for sending others than recommended."""

    said: Said
    words: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an incident ended, as a list offers it, and what that says was found."""

    said: Said
    finding: str


@dataclass(frozen=True, slots=True)
class Contesting:
    """How long after its end a matter may be contested, and how often in all."""

    within: timedelta
    most: int


CONTESTING = Contesting(within=timedelta(days=14), most=3)
"""Where a city's own file says nothing of it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All weights of one version; seconds unless the name says otherwise."""

    version: str
    nearest: int
    most: int
    rows: int
    first: float
    further: float
    doubt: float
    late: float
    first_due: float
    cover_s_per_percent: tuple[float, ...]
    fresh_s: float
    stale_rate: float
    stale_most_s: float
    post_s: float
    nearly_priorities: tuple[int, ...]
    nearly_gain_s: float
    nearly_penalty_s: float
    preempt: Mapping[int, Preempting]
    preempt_penalty_s: float
    duty_hours: float
    duty_s_per_hour: float
    duty_most_hours: float
    shift_hours: float
    crew_reads: CrewReads
    contesting: Contesting
    """When whoever reported something may say that it is not fixed."""
    overrides: Mapping[str, Override]
    out_of_service: Mapping[str, Said]
    """Why a unit cannot be sent: a choice, so that no words of people are kept."""
    outcomes: Mapping[str, Outcome]

    def outcome(self, code: str, words: str) -> str:
        """Return how an incident ended: in both languages by a code, or as written.

        Raises:
            BadInput: the code is not one of the policy's.

        """
        if not code:
            return words
        if code not in self.outcomes:
            raise BadInput(f"no such outcome: {code}")
        said = self.outcomes[code].said
        return both(said.en, said.zh)

    def check_override(
        self,
        recommended: Iterable[str],
        sent: Iterable[str],
        code: str = "",
        words: str = "",
    ) -> None:
        """Refuse to send others than recommended without a reason.

        Raises:
            RuleBroken: no reason is given, or one that needs words has none.
            BadInput: the reason is not one of the policy's.

        """
        if set(recommended) == set(sent):
            return
        if not code:
            raise RuleBroken("sending others than recommended needs a reason")
        override = self.overrides.get(code)
        if override is None:
            raise BadInput(f"no such override reason: {code}")
        if override.words and len(words.strip()) < _FEWEST_LETTERS:
            raise RuleBroken(f"the override reason {code} must be explained in words")


def load_policy(toml: str | bytes, name: str = "policy.toml") -> Policy:
    """Read the policy; `name` is what errors call the file.

    Raises:
        BadInput: one line naming section and field.

    """
    file = read_table(toml, name)
    file.only(
        "version", "search", "arrival", "cover", "position", "nearly", "preempt",
        "duty", "crew", "not_fixed", "override", "out_of_service", "outcome",
    )  # fmt: skip
    search = _section(file, "search", "nearest", "most", "rows")
    arrival = _section(
        file, "arrival", "first", "further", "doubt", "late", "first_due"
    )
    cover = _section(file, "cover", "seconds_per_percent")
    position = _section(
        file, "position", "fresh_s", "stale_rate", "stale_most_s", "post_s"
    )
    nearly = _section(file, "nearly", "priorities", "gain_s", "penalty_s")
    preempt = _section(file, "preempt", "priority", "penalty")
    penalty = _section(preempt, "penalty", "seconds")
    duty = _section(
        file, "duty", "hours", "seconds_per_hour", "most_hours", "shift_hours"
    )
    nearest = search.whole("nearest", 1, 1000)
    hours = duty.number("hours", 0, 24)
    return Policy(
        version=file.text("version"),
        nearest=nearest,
        most=search.whole("most", nearest, 10_000),
        rows=search.whole("rows", 1, 200),
        first=arrival.number("first", 0.01, 100),
        further=arrival.number("further", 0.01, 100),
        doubt=arrival.number("doubt", 0, 10),
        late=arrival.number("late", 0, 10),
        first_due=arrival.number("first_due", 0, 10, default=1.0),
        cover_s_per_percent=_per_priority(cover, "seconds_per_percent"),
        fresh_s=position.number("fresh_s", 0, _DAY_S),
        stale_rate=position.number("stale_rate", 0, 10),
        stale_most_s=position.number("stale_most_s", 0, _DAY_S),
        post_s=position.number("post_s", 0, _DAY_S),
        nearly_priorities=nearly.wholes("priorities", MOST_URGENT, LEAST_URGENT),
        nearly_gain_s=nearly.number("gain_s", 0, _DAY_S),
        nearly_penalty_s=nearly.number("penalty_s", 0, _DAY_S),
        preempt=_preempting(preempt),
        preempt_penalty_s=penalty.number("seconds", 0, _DAY_S),
        duty_hours=hours,
        duty_s_per_hour=duty.number("seconds_per_hour", 0, _DAY_S),
        duty_most_hours=duty.number("most_hours", hours, 48),
        shift_hours=duty.number("shift_hours", 1, 48, default=12.0),
        crew_reads=_crew_reads(file),
        contesting=_contesting(file),
        overrides=_overrides(file),
        out_of_service=_out_of_service(file),
        outcomes=_outcomes(file),
    )


def _crew_reads(file: Table) -> CrewReads:
    table = file.table("crew")
    if table is None:
        return CREW_READS
    table.only("after_scene_hours", "after_called_off_minutes")
    return CrewReads(
        after_scene=timedelta(hours=table.number("after_scene_hours", 0, 8760)),
        after_called_off=timedelta(
            minutes=table.number("after_called_off_minutes", 0, 1440)
        ),
    )


def _contesting(file: Table) -> Contesting:
    table = file.table("not_fixed")
    if table is None:
        return CONTESTING
    table.only("within_days", "most")
    return Contesting(
        within=timedelta(days=table.whole("within_days", 1, 365)),
        most=table.whole("most", 1, 100),
    )


def _section(file: Table, name: str, *fields: str) -> Table:
    section = file.table(name)
    if section is None:
        _missing(file, name)
    section.only(*fields)
    return section


def _missing(file: Table, name: str) -> NoReturn:
    file.refuse(name, "is missing")


def _per_priority(table: Table, field: str) -> tuple[float, ...]:
    values = tuple(float(v) for v in table.wholes(field, 0, _DAY_S))
    if len(values) != _PRIORITIES:
        table.refuse(field, f"must hold {_PRIORITIES} numbers, one per priority")
    return values


def _preempting(table: Table) -> dict[int, Preempting]:
    found: dict[int, Preempting] = {}
    for name, rule in table.named("priority").items():
        if name not in {str(p) for p in range(MOST_URGENT, LEAST_URGENT + 1)}:
            table.refuse("priority", f"{name} is not a priority")
        rule.only("gain_s", "gap")
        found[int(name)] = Preempting(
            rule.number("gain_s", 0, _DAY_S),
            rule.whole("gap", 1, LEAST_URGENT - MOST_URGENT),
        )
    return found


def _overrides(file: Table) -> dict[str, Override]:
    found: dict[str, Override] = {}
    for code, table in file.named("override").items():
        table.only("name", "name_zh", "words")
        words = table.values.get("words")
        if not isinstance(words, bool):
            table.refuse("words", "must be true or false")
        found[code] = Override(table.said("name"), words)
    return found


def _out_of_service(file: Table) -> dict[str, Said]:
    tables = file.named("out_of_service")
    if not tables:
        _missing(file, "out_of_service")
    for table in tables.values():
        table.only("name", "name_zh")
    return {code: table.said("name") for code, table in tables.items()}


def _outcomes(file: Table) -> dict[str, Outcome]:
    """Read what is offered: nothing where a policy does not say (people write it)."""
    found: dict[str, Outcome] = {}
    tables = file.named("outcome") if file.has("outcome") else {}
    for code, table in tables.items():
        table.only("name", "name_zh", "finding")
        finding, said = table.choice("finding", FINDINGS), table.said("name")
        if len(both(said.en, said.zh)) > MOST_LINE:  # an incident keeps it as one
            table.refuse("name", f"and name_zh have over {MOST_LINE - 1} letters")
        found[code] = Outcome(said, finding)
    return found
