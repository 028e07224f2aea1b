"""Incident types as data: what a call is about, what is asked, how urgent it is.

A type carries the questions a call taker asks, and what each answer does to the
priority. Priorities run from 1 (life in danger now) to 4 (can wait).

How a priority is found (`priority_for`): an answer may demand a priority (`to`), raise
it or lower it. The most urgent demand counts; raises add up on top of it. Lowering
counts only where no other answer demanded or raised anything: a calm answer never
outweighs an alarming one. The result stays within 1 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from gengfu.kernel import BadInput, Said

from .words import Reason

type Domain = Literal[
    "crime", "fire", "medical", "traffic", "rescue", "sea", "community", "utility"
]
DOMAINS: tuple[Domain, ...] = (
    "crime", "fire", "medical", "traffic", "rescue", "sea", "community", "utility"
)  # fmt: skip
type QuestionKind = Literal["yesno", "choice", "number", "text"]
QUESTION_KINDS: tuple[QuestionKind, ...] = ("yesno", "choice", "number", "text")
type Precision = Literal["exact", "street", "area"]
PRECISIONS: tuple[Precision, ...] = ("exact", "street", "area")

MOST_URGENT = 1
LEAST_URGENT = 4
UNKNOWN = "unknown"
"""The answer to any question when the caller cannot say."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice."""

    value: str
    said: Said


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer does: when it is `answer`, or a number within the bounds.

    `to` demands a priority, `raise_by` and `lower_by` shift it, `retype` proposes
    another type.
    """

    said: Said
    answer: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    to: int | None = None
    raise_by: int = 0
    lower_by: int = 0
    retype: str | None = None

    def holds(self, answer: str) -> bool:
        """Say whether the answer has this effect."""
        if self.answer is not None:
            return answer == self.answer
        value = float(answer)
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Question:
    """What the call taker asks, in which form, and what answers do."""

    id: str
    said: Said
    kind: QuestionKind
    options: tuple[Option, ...] = ()
    effects: tuple[Effect, ...] = ()

    def check(self, answer: str) -> None:
        """Refuse an answer that is none.

        Raises:
            BadInput: naming the question.

        """
        if answer == UNKNOWN or self.kind == "text":
            return
        if self.kind == "number":
            try:
                good = 0 <= float(answer) < float("inf")
            except ValueError:
                good = False
            if not good:
                raise BadInput(f"answer to {self.id}: {answer!r} is not a number")
            return
        known = self.answers
        if answer not in known:
            raise BadInput(
                f"answer to {self.id}: {answer!r} is not one of {', '.join(known)}"
            )

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers that can be picked, without `unknown`."""
        if self.kind == "yesno":
            return ("yes", "no")
        return tuple(option.value for option in self.options)


@dataclass(frozen=True, slots=True)
class PublicBoard:
    """How an incident of a type that opts in is published: when, how precisely."""

    delay_s: int
    precision: Precision


@dataclass(frozen=True, slots=True)
class IncidentType:
    """One type of incident; `short` is its two-letter key at the call desk.

    `check_in_s` is how often a unit on scene must say that it is safe; None means
    no timer. `board` None means that nothing is ever published. `advice` is what the
    call taker tells the caller to do; `note` is the template of the first log line.
    """

    code: str
    short: str
    name: Said
    domain: Domain
    agency: str
    priority: int
    keywords: tuple[str, ...]
    keywords_zh: tuple[str, ...]
    questions: tuple[Question, ...]
    note: Said
    advice: Said | None = None
    check_in_s: int | None = None
    board: PublicBoard | None = None
    _by_id: dict[str, Question] = field(
        init=False, repr=False, compare=False, default_factory=dict[str, Question]
    )

    def __post_init__(self) -> None:
        self._by_id.update((question.id, question) for question in self.questions)

    def question(self, name: str) -> Question | None:
        """Find a question of this type."""
        return self._by_id.get(name)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A priority with everything that led to it, and the type an answer proposes."""

    priority: int
    reasons: tuple[Reason, ...]
    retype: str | None = None


def priority_for(kind: IncidentType, answers: Mapping[str, str]) -> Assessment:
    """Compute the priority of a call from its type and the answers so far.

    Answers to questions of another type are passed over: the type of a call may
    change while people talk.

    Raises:
        BadInput: an answer is not one its question allows.

    """
    first = Reason(
        "type-default",
        Said(
            f"{kind.name.en}: starts at priority {kind.priority}",
            f"{kind.name.zh}:起始等级{kind.priority}",
        ).unfilled(),
        (("priority", kind.priority),),
    )
    found = _effects(kind, answers)
    alarming = [(q, e) for q, e in found if e.to is not None or e.raise_by]
    calming = [(q, e) for q, e in found if e.lower_by]
    demands = [e.to for _, e in found if e.to is not None]
    priority = min((kind.priority, *demands))
    priority -= sum(e.raise_by for _, e in found)
    if not alarming:
        priority += sum(e.lower_by for _, e in found)
    counted = alarming or calming
    return Assessment(
        max(MOST_URGENT, min(LEAST_URGENT, priority)),
        (first, *(_reason(q, e) for q, e in counted)),
        next((e.retype for _, e in found if e.retype is not None), None),
    )


def compose_note(kind: IncidentType, place: str, answers: Mapping[str, str]) -> Said:
    """Write the first log line of an incident from its template and the answers.

    What was not asked or not known reads "?"; picked answers read in each language.
    """
    filled = {
        q.id: _answer_words(q, answers.get(q.id, UNKNOWN)) for q in kind.questions
    }
    return Said(
        kind.note.en.format(place=place, **{k: v.en for k, v in filled.items()}),
        kind.note.zh.format(place=place, **{k: v.zh for k, v in filled.items()}),
    )


def answered(
    kind: IncidentType, answers: Mapping[str, str]
) -> tuple[tuple[Said, Said], ...]:
    """Return the questions of a type that were answered, each with its answer."""
    return tuple(
        (question.said, _answer_words(question, answer))
        for question in kind.questions
        if (answer := answers.get(question.id, UNKNOWN)) not in ("", UNKNOWN)
    )


def _answer_words(question: Question, answer: str) -> Said:
    if answer == UNKNOWN:
        return Said("?", "?")
    if question.kind == "yesno":
        return Said("yes", "是") if answer == "yes" else Said("no", "否")
    picked = (o.said for o in question.options if o.value == answer)
    return next(picked, Said(answer, answer))


def _effects(
    kind: IncidentType, answers: Mapping[str, str]
) -> list[tuple[Question, Effect]]:
    found: list[tuple[Question, Effect]] = []
    for question in kind.questions:
        answer = answers.get(question.id, UNKNOWN)
        question.check(answer)
        if answer != UNKNOWN:
            found += [(question, e) for e in question.effects if e.holds(answer)]
    return found


def _reason(question: Question, effect: Effect) -> Reason:
    figures: tuple[tuple[str, float | str], ...] = (("question", question.id),)
    if effect.to is not None:
        figures = (*figures, ("to", effect.to))
    shift = effect.lower_by - effect.raise_by
    if shift:
        figures = (*figures, ("shift", shift))
    return Reason(f"answer-{question.id}", effect.said.unfilled(), figures)


def as_domain(value: str) -> Domain:
    """Narrow a checked word to a domain."""
    return cast("Domain", value)
