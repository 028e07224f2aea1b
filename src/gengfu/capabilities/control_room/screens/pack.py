"""The pack on paper: what a room needs to go on working without its computers.

Everything comes from the city and its rules as they are now; the units as they stand
at the moment of printing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gengfu.capabilities.control_room.cases.units import Unit
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.rules.plans import Card, Need
from gengfu.capabilities.control_room.rules.standards import Standard
from gengfu.capabilities.control_room.rules.types import Effect, IncidentType, Question
from gengfu.kernel import Said
from gengfu.surface import Door

LOG_LINES = 18
"""Empty lines of the log sheet that comes with the pack: one page."""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit as the pack lists it."""

    callsign: str
    kind: str
    skills: tuple[str, ...]
    crew: int
    stage: str


@dataclass(frozen=True, slots=True)
class PostBlock:
    """A post with the units that belong to it; the last block may have no post."""

    name: str
    kind: str
    agency: str
    at: str
    units: tuple[UnitLine, ...]


@dataclass(frozen=True, slots=True)
class NeedLine:
    """So many units of one of these kinds."""

    count: int
    kinds: tuple[str, ...]
    skills: tuple[str, ...]
    within_s: int | None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """What an agency is asked, with its two clocks."""

    agency: str
    text: str
    sign_within_s: int
    due_within_s: int


@dataclass(frozen=True, slots=True)
class CardBlock:
    """A run card: what it stands for and what it asks for."""

    code: str
    stands_for: tuple[str, ...]
    areas: tuple[str, ...]
    area_kinds: tuple[str, ...]
    priorities: tuple[int, ...]
    needs: tuple[NeedLine, ...]
    tasks: tuple[TaskLine, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What an answer does: `when` it is this, or a number of so many."""

    when: str
    least: float | None
    most: float | None
    to: int | None
    shift: int
    retype: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """What is asked, what may be answered, and what answers do."""

    text: str
    kind: str
    options: tuple[str, ...]
    effects: tuple[EffectLine, ...]


@dataclass(frozen=True, slots=True)
class TypeBlock:
    """A type of incident with its two letters and its questions."""

    short: str
    name: str
    agency: str
    priority: int
    advice: str
    check_in_s: int | None
    questions: tuple[QuestionLine, ...]


@dataclass(frozen=True, slots=True)
class StandardLine:
    """A standard of the clocks with its source."""

    name: str
    start: str
    end: str
    share: float
    limit_s: float
    domains: tuple[str, ...]
    area_kinds: tuple[str, ...]
    priorities: tuple[int, ...]
    source: str


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Gather the pack."""
    del query
    room = door.runtime(Room)
    return PackWords(room, zh=door.language == "zh").everything()


@dataclass(frozen=True, slots=True)
class PackWords:
    """The pack in one language."""

    room: Room
    zh: bool

    def everything(self) -> dict[str, Any]:
        """Return what the page shows, section by section."""
        book = self.room.rulebook
        domains = book.catalogue.domains
        return {
            "at": self.room.now(),
            "timezone": self.room.town.timezone,
            "posts": self.posts(),
            "agencies": [
                (self._named(a), self._contact(a.id)) for a in self.room.town.agencies
            ],
            "domains": [
                (
                    self._said(said),
                    [self._type(k) for k in book.catalogue.kinds if k.domain == code],
                )
                for code, said in domains.items()
            ],
            "cards": [self._card(card) for card in book.cards.cards],
            "standards": [self._standard(one) for one in book.standards.standards],
            "hazards": [(h.kind, self._said(h.said)) for h in self.room.hazards],
            "versions": {
                "types": book.catalogue.version,
                "cards": book.cards.version,
                "standards": book.standards.version,
            },
            "log_lines": LOG_LINES,
        }

    def posts(self) -> list[PostBlock]:
        """Return posts in the order of the city, each with its units."""
        by_post: dict[str, list[Unit]] = {}
        for unit in sorted(self.room.picture.units.values(), key=_by_kind):
            by_post.setdefault(unit.post, []).append(unit)
        agencies = {a.id: self._named(a) for a in self.room.town.agencies}
        blocks = [
            PostBlock(
                name=self._named(post),
                kind=post.kind,
                agency=agencies.get(post.agency, post.agency),
                at=f"{post.lat:.5f}, {post.lon:.5f}",
                units=self._units(by_post.pop(post.id, ())),
            )
            for post in self.room.town.posts
        ]
        rest = [unit for units in by_post.values() for unit in units]
        if rest:
            blocks.append(PostBlock("", "", "", "", self._units(rest)))
        return blocks

    def _units(self, units: Iterable[Unit]) -> tuple[UnitLine, ...]:
        cards = self.room.rulebook.cards
        return tuple(
            UnitLine(
                callsign=unit.callsign,
                kind=self._of(cards.kinds, unit.kind),
                skills=tuple(self._of(cards.skills, s) for s in unit.skills),
                crew=unit.crew,
                stage=unit.stage,
            )
            for unit in units
        )

    def _card(self, card: Card) -> CardBlock:
        catalogue = self.room.rulebook.catalogue
        areas = self.room.town.area_names()
        types = [self._said(catalogue.get(code).name) for code in card.types]
        domains = [self._of(catalogue.domains, code) for code in card.domains]
        return CardBlock(
            code=card.plan.code,
            stands_for=(*types, *domains),
            areas=tuple(self._said(Said(*areas.get(a, (a, a)))) for a in card.areas),
            area_kinds=tuple(card.area_kinds),
            priorities=card.priorities,
            needs=tuple(map(self._need, card.plan.needs)),
            tasks=tuple(
                TaskLine(
                    agency=self._agency(task.agency),
                    text=self._said(task.said),
                    sign_within_s=task.sign_within_s,
                    due_within_s=task.due_within_s,
                )
                for task in card.plan.tasks
            ),
            warnings=tuple(map(self._said, card.plan.warnings)),
        )

    def _need(self, need: Need) -> NeedLine:
        cards = self.room.rulebook.cards
        return NeedLine(
            count=need.count,
            kinds=tuple(self._of(cards.kinds, kind) for kind in need.kinds),
            skills=tuple(self._of(cards.skills, s) for s in sorted(need.skills)),
            within_s=need.within_s,
        )

    def _type(self, kind: IncidentType) -> TypeBlock:
        return TypeBlock(
            short=kind.short,
            name=self._said(kind.name),
            agency=self._of(self.room.rulebook.catalogue.agencies, kind.agency),
            priority=kind.priority,
            advice="" if kind.advice is None else self._said(kind.advice),
            check_in_s=kind.check_in_s,
            questions=tuple(map(self._question, kind.questions)),
        )

    def _question(self, question: Question) -> QuestionLine:
        said = {option.value: self._said(option.said) for option in question.options}
        return QuestionLine(
            text=self._said(question.said),
            kind=question.kind,
            options=tuple(said.values()),
            effects=tuple(self._effect(e, said) for e in question.effects),
        )

    def _effect(self, effect: Effect, said: Mapping[str, str]) -> EffectLine:
        catalogue = self.room.rulebook.catalogue
        answer = effect.answer or ""
        return EffectLine(
            when=said.get(answer, answer),
            least=effect.at_least,
            most=effect.at_most,
            to=effect.to,
            shift=effect.raise_by - effect.lower_by,
            retype=self._said(catalogue.get(effect.retype).name)
            if effect.retype
            else "",
            reason=self._said(effect.said),
        )

    def _standard(self, one: Standard) -> StandardLine:
        domains = self.room.rulebook.catalogue.domains
        return StandardLine(
            name=self._said(one.name),
            start=one.from_clock,
            end=one.to_clock,
            share=one.share,
            limit_s=one.limit_s,
            domains=tuple(self._of(domains, code) for code in one.domains),
            area_kinds=one.area_kinds,
            priorities=one.priorities,
            source=f"{one.citation} ({one.edition})",
        )

    # -- words ------------------------------------------------------------------------

    def _agency(self, code: str) -> str:
        known = {a.id: a for a in self.room.town.agencies}
        if code in known:
            return self._named(known[code])
        return self._of(self.room.rulebook.catalogue.agencies, code)

    def _contact(self, code: str) -> str:
        """Return what the catalogue calls an agency, with its number if it has one."""
        said = self.room.rulebook.catalogue.agencies.get(code)
        return "" if said is None else self._said(said)

    def _of(self, words: Mapping[str, Said], code: str) -> str:
        return self._said(words[code]) if code in words else code

    def _named(self, thing: Any) -> str:
        return self._said(Said(thing.name, thing.name_zh or thing.name))

    def _said(self, said: Said) -> str:
        return said.zh if self.zh and said.zh else said.en


def _by_kind(unit: Unit) -> tuple[str, int, str]:
    """Order call signs as people count: P2 before P10."""
    return (unit.kind, len(unit.callsign), unit.callsign)
