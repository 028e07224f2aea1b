"""A receipt: with its code whoever reported something follows it, and may contest it.

A receipt holds no words and no name, only which call it is for. Who has the code sees
how far the matter is; after it was ended they may say once that it is not fixed. That
opens it again with the same agencies: each is asked anew and must sign anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from gengfu.capabilities.control_room.rules.policy import Contesting
from gengfu.kernel import (
    CLOCKWORK,
    Between,
    Case,
    CaseId,
    Code,
    Codec,
    Desk,
    Entropy,
    Length,
    Machine,
    NotFound,
    Reader,
    RuleBroken,
    Stamp,
    Task,
    TaskSpec,
    TaskStage,
    changed,
)
from gengfu.kernel.both import both, half
from gengfu.kernel.tasks import task

from .actions import LONGEST_CHAIN, Heard, take_in
from .calls import Call, Channel, call
from .holding import hold_incidents
from .incidents import (
    ACTIVE,
    Incident,
    IncidentStage,
    close,
    incident,
    reopen,
    waits_again,
)
from .roles import CALL_TAKER, CALLER, DISPATCHER, RESPONSE

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of a code: none that is taken for another when it is read out or written down."""
CODE_LETTERS = 12
"""Sixty bits: nobody meets somebody else's code by trying."""
MOST_TIMES = 1_000_000
_GROUP = 4
_BITS = 5
_SPACES = str.maketrans("", "", " -\u2013\u3000")


FOLLOWED = (Channel.PHONE, Channel.WEB, Channel.TEXT)
"""What people send, who may want to know what becomes of it; a machine does not."""


class ReceiptStage(StrEnum):
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Case):
    """What a person was given for a report."""

    call: CaseId
    stage: ReceiptStage = ReceiptStage.GIVEN
    contested: tuple[datetime, ...] = ()
    """When its holder said that the matter is not fixed."""


def _call_of(case: Receipt) -> CaseId:
    return case.call


receipt = Machine(
    Receipt, stages=ReceiptStage, ends=(), purpose=RESPONSE, about=_call_of
)
HOLDERS = (CALLER, CALL_TAKER, DISPATCHER)
"""Anybody with the code; the desk for those who telephone."""


@receipt.opening(to=(ReceiptStage.GIVEN,), by=HOLDERS)
def give(stamp: Stamp, call: CaseId) -> Receipt:
    """Give a receipt for a call."""
    return Receipt(id=stamp.case, opened_at=stamp.at, call=call)


@receipt.move(ReceiptStage.GIVEN, to=(ReceiptStage.GIVEN,), by=HOLDERS)
def contest(case: Receipt, stamp: Stamp) -> Receipt:
    """Say that what was ended is not fixed."""
    return changed(case, contested=(*case.contested, stamp.at))


@incident.move(*ACTIVE, IncidentStage.CLOSED, to=ACTIVE, by=(CLOCKWORK,))
def not_fixed(
    case: Incident,
    stamp: Stamp,
    agencies: Annotated[tuple[Code, ...], Length(0, 40)],
    times: Annotated[int, Between(0, MOST_TIMES)] = 0,
) -> Incident:
    """Open it again because whoever reported it says so; these agencies are on it.

    `times` is how often that was said by now; 0 where it was not counted yet.
    """
    was_closed = case.stage is IncidentStage.CLOSED
    again = changed(
        case,
        agencies=agencies,
        under_control=False,
        reopened=case.reopened + was_closed,
        contested=times,
    )
    return waits_again(again, stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierEnd:
    """An end of a matter that was not believed: what was said, and when it was not."""

    closed_at: datetime | None
    """When the incident was closed; None where only agencies said they were done."""
    done: tuple[tuple[str, datetime], ...]
    """Which agencies said that they were done, and when."""
    contested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A receipt with all that its holder may know of."""

    receipt: Receipt
    call: Call
    incident: Incident | None
    tasks: tuple[Task, ...]
    """What each agency was asked, as it was asked last."""
    closed_at: datetime | None
    """When the incident was last closed; None while it is open."""
    earlier: tuple[EarlierEnd, ...] = ()
    """Ends before that, each of which somebody who reported it did not believe."""

    @property
    def ended_at(self) -> datetime | None:
        """When it was ended: the incident closed, or all that agencies had to do done.

        None while somebody is still on it, or nobody has been yet.
        """
        case = self.incident
        if case is None or case.stage is IncidentStage.ERASED:
            return None
        if case.stage is IncidentStage.CLOSED:
            return self.closed_at
        if case.running() or any(t.stage not in task.ends for t in self.tasks):
            return None
        done = (t.ended_at for t in self.tasks if t.stage is TaskStage.DONE)
        return max((at for at in done if at is not None), default=None)

    def check_contest(self, rule: Contesting, now: datetime) -> None:
        """Refuse to contest what is not ended, was contested already, or long ago.

        Raises:
            RuleBroken: says which.

        """
        ended, said = self.ended_at, self.receipt.contested
        if ended is None:
            raise RuleBroken("this matter is not ended: somebody is still on it")
        if said and said[-1] >= ended:
            raise RuleBroken("you have said so already, and it was passed on")
        if now - ended > rule.within:
            raise RuleBroken(
                f"it was ended more than {rule.within.days} days ago: report it anew"
            )
        if len(said) >= rule.most:
            raise RuleBroken(f"this was said {rule.most} times: please telephone us")


def read_code(words: str) -> CaseId | None:
    """Return the receipt that a code as people write it names, if it can be one."""
    code = words.translate(_SPACES).upper()
    if len(code) != CODE_LETTERS or set(code) - set(LETTERS):
        return None
    return CaseId(f"{receipt.kind}-{code}")


def said_code(case: CaseId) -> str:
    """Return a receipt's code as people read it, in groups."""
    code = case.removeprefix(f"{receipt.kind}-")
    return "-".join(code[n : n + _GROUP] for n in range(0, len(code), _GROUP))


def report_in(desk: Desk, heard: Heard) -> Receipt:
    """Take in what somebody reports, and give a receipt for it."""
    taken = take_in(desk, heard)
    return desk.open_as(_fresh(desk.entropy), give, taken.id)


def give_once(desk: Desk, taken: Call) -> Receipt | None:
    """Give a receipt for a person's call; whoever takes the call reads its code out.

    None for what a machine sent, and where one was given already.
    """
    if taken.channel not in FOLLOWED or desk.list(receipt, about=taken.id, limit=1):
        return None
    return desk.open_as(_fresh(desk.entropy), give, taken.id)


def read_matter(reader: Reader, codec: Codec, wanted: CaseId) -> Matter:
    """Gather what a receipt is about; raises NotFound."""
    find = _Finding(reader, codec)
    held = find(receipt, wanted)
    taken = find(call, held.call)
    case = None if taken.incident is None else find(incident, taken.incident)
    for _ in range(LONGEST_CHAIN):
        if case is None or case.merged_into is None:
            break
        case = find(incident, case.merged_into)
    if case is None:
        return Matter(receipt=held, call=taken, incident=None, tasks=(), closed_at=None)
    rows = reader.rows(task.kind, about=case.id)
    asked = [codec.decode(Task, row.body) for row in rows]
    closed_at, earlier = None, ()
    if case.stage is IncidentStage.CLOSED or case.reopened or held.contested:
        closed_at, earlier = _ends(reader, case, asked)
    return Matter(
        receipt=held,
        call=taken,
        incident=case,
        tasks=tuple({(t.agency or t.role, t.spec.name): t for t in asked}.values()),
        closed_at=closed_at,
        earlier=earlier,
    )


def _ends(
    reader: Reader, case: Incident, asked: Sequence[Task]
) -> tuple[datetime | None, tuple[EarlierEnd, ...]]:
    """Return when a matter was last closed, if it is, and its ends before that."""
    closed_at, earlier, told = None, list[EarlierEnd](), set[CaseId]()
    for logged in reader.entries_of(incident.kind, case.id):
        at, move = logged.entry.at, logged.entry.move
        if move == close.name:
            closed_at = at
        elif move == reopen.name:
            closed_at = None
        elif move == not_fixed.name:
            done = list[tuple[str, datetime]]()
            for one in asked:
                ended = one.ended_at if one.stage is TaskStage.DONE else None
                if one.agency and ended and ended <= at and one.id not in told:
                    told.add(one.id)
                    done.append((one.agency, ended))
            earlier.append(
                EarlierEnd(closed_at=closed_at, done=tuple(done), contested_at=at)
            )
            closed_at = None
    return closed_at, tuple(earlier)


def contests(desk: Desk, wanted: CaseId, rule: Contesting) -> Incident:
    """Open a matter again with those who ended it, because its reporter says so.

    Raises:
        NotFound: no receipt has this code.
        RuleBroken: it is not ended, or may not be contested any more.

    """
    about = read_matter(desk.tx, desk.codec, wanted).incident
    if about is not None:
        hold_incidents(desk, (about.id,))
    matter = read_matter(desk.tx, desk.codec, wanted)
    matter.check_contest(rule, desk.now)
    case = matter.incident
    if case is None:
        raise NotFound(f"no {receipt.kind} {wanted}")
    desk.apply(wanted, contest)
    again = [
        one
        for one in matter.tasks
        if one.agency is not None
        and (one.stage is TaskStage.DONE or one.agency in case.agencies)
    ]
    platform = desk.as_clockwork(incident.purpose)
    agencies = dict.fromkeys(one.agency for one in again if one.agency is not None)
    times = min(case.contested + 1, MOST_TIMES)
    after = platform.apply(case.id, not_fixed, tuple(agencies), times)
    for one in again:
        desk.ask(incident, after, _asked_again(one))
    return after


def _asked_again(done: Task) -> TaskSpec:
    """Return what an agency is asked: the same, and why it is asked again."""
    before = done.spec.words
    words = both(
        " ".join(("Reported as not fixed.", half(before, "en"))).strip(),
        "反映未解决，请再次处置。" + half(before, "zh"),
    )
    return replace(done.spec, agency=done.agency, words=words)


def _fresh(entropy: Entropy) -> CaseId:
    number = int.from_bytes(entropy(CODE_LETTERS * _BITS // 8 + 1))
    letters = "".join(
        LETTERS[number >> _BITS * place & len(LETTERS) - 1]
        for place in range(CODE_LETTERS)
    )
    return CaseId(f"{receipt.kind}-{letters}")


@dataclass(frozen=True, slots=True)
class _Finding:
    """Finds cases for looking; raises NotFound."""

    reader: Reader
    codec: Codec

    def __call__[C: Case](self, machine: Machine[C], wanted: CaseId) -> C:
        row = self.reader.find(machine.kind, wanted)
        if row is None:
            raise NotFound(f"no {machine.kind} {wanted}")
        return self.codec.decode(machine.case, row.body)
