"""A version of the run cards: tried on the recorded past, then taken into service."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from gengfu.kernel import (
    CLOCKWORK,
    Between,
    Case,
    CaseId,
    Length,
    Line,
    Machine,
    Stamp,
    changed,
)

from .roles import COMMANDER, RESPONSE

MOST_LETTERS = 200_000
Text = Annotated[str, Length(1, MOST_LETTERS)]
Count = Annotated[int, Between(0, 10**9)]


class CardsStage(StrEnum):
    REHEARSED = "rehearsed"
    IN_SERVICE = "in_service"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a version would have done with so many recorded incidents."""

    incidents: Count
    changed: Count
    units_now: Count
    units_then: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards(Case):
    """One version of `run_cards.toml`, word for word: the file may be gone tomorrow."""

    edition: str
    """What the file calls itself; another text of the same name is another case."""
    toml: str
    rehearsal: Rehearsal | None
    """None for the first version, and for one taken before anything was recorded."""
    stage: CardsStage


cards = Machine(Cards, stages=CardsStage, ends=(CardsStage.RETIRED,), purpose=RESPONSE)


def cards_id(toml: str) -> CaseId:
    """Return the id of a text: the same words are the same version."""
    return CaseId(sha256(toml.encode()).hexdigest())


@cards.opening(to=(CardsStage.REHEARSED,), by=(COMMANDER, CLOCKWORK))
def rehearse(stamp: Stamp, edition: Line, toml: Text, rehearsal: Rehearsal) -> Cards:
    """Record what a version would have done, before it does anything."""
    return Cards(
        id=stamp.case,
        opened_at=stamp.at,
        edition=edition,
        toml=toml,
        rehearsal=rehearsal,
        stage=CardsStage.REHEARSED,
    )


@cards.opening(to=(CardsStage.IN_SERVICE,), by=(CLOCKWORK,))
def adopt(stamp: Stamp, edition: Line, toml: Text) -> Cards:
    """Take a version into service where there is no past to try it on."""
    return Cards(
        id=stamp.case,
        opened_at=stamp.at,
        edition=edition,
        toml=toml,
        rehearsal=None,
        stage=CardsStage.IN_SERVICE,
    )


@cards.move(
    CardsStage.REHEARSED,
    CardsStage.RETIRED,
    to=(CardsStage.IN_SERVICE,),
    by=(CLOCKWORK,),
)
def take(case: Cards, stamp: Stamp) -> Cards:
    """Take a version into service that was rehearsed, or has served before."""
    return changed(case, stage=CardsStage.IN_SERVICE)


@cards.move(CardsStage.IN_SERVICE, to=(CardsStage.RETIRED,), by=(CLOCKWORK,))
def retire(case: Cards, stamp: Stamp) -> Cards:
    """Take a version out of service because another one serves now."""
    return changed(case, stage=CardsStage.RETIRED)
