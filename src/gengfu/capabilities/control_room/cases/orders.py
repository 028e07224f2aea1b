"""An order or message to a unit, with its receipts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from gengfu.kernel import (
    CLOCKWORK,
    Case,
    CaseId,
    Length,
    Machine,
    RuleBroken,
    Stamp,
    onward,
)

from .roles import COMMANDER, CREW, DISPATCHER, RESPONSE


class OrderStage(StrEnum):
    SENT = "sent"
    READ = "read"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Case):
    """What was ordered of whom, when they read it, when they said they will."""

    unit: CaseId
    text: str
    sent_by: str
    incident: CaseId | None = None
    stage: OrderStage = OrderStage.SENT
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None


order = Machine(
    Order,
    stages=OrderStage,
    ends=(OrderStage.ACKNOWLEDGED,),
    purpose=RESPONSE,
    about=lambda case: case.incident,
)


def _own(case: Order, stamp: Stamp) -> None:
    if stamp.role == CREW and stamp.represents != case.unit:
        raise RuleBroken("this order is for another unit")


@order.opening(to=(OrderStage.SENT,), by=(DISPATCHER, COMMANDER))
def send(
    stamp: Stamp,
    unit: CaseId,
    text: Annotated[str, Length(1, 1000)],
    incident: CaseId | None = None,
) -> Order:
    """Send an order to a unit."""
    return Order(
        id=stamp.case,
        opened_at=stamp.at,
        unit=unit,
        text=text,
        sent_by=stamp.actor,
        incident=incident,
    )


@order.move(OrderStage.SENT, to=(OrderStage.READ,), by=(CREW,))
def read(case: Order, stamp: Stamp) -> Order:
    """Record that the crew opened it."""
    _own(case, stamp)
    return onward(case, stage=OrderStage.READ, read_at=stamp.at)


@order.move(
    OrderStage.SENT,
    OrderStage.READ,
    to=(OrderStage.ACKNOWLEDGED,),
    by=(CREW, DISPATCHER),
)
def acknowledge(case: Order, stamp: Stamp) -> Order:
    """Say that it will be done; a dispatcher records an answer by radio."""
    _own(case, stamp)
    return onward(
        case,
        stage=OrderStage.ACKNOWLEDGED,
        read_at=case.read_at or stamp.at,
        acknowledged_at=stamp.at,
    )


@order.move(*OrderStage, to=OrderStage, by=(CLOCKWORK,))
def forget(case: Order, stamp: Stamp) -> Order:
    """Drop the words of the order, because their time is over."""
    return onward(case, text="")
