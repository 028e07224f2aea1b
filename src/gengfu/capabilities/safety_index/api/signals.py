"""Signals: raised from a watch, signed for and checked by stations, counted."""

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from gengfu.capabilities.safety_index.cases.roles import (
    COMMANDER,
    STAFF_READERS,
    STATION_OFFICER,
    STATISTICIAN,
    STATISTICS,
)
from gengfu.capabilities.safety_index.cases.signals import (
    SignalCase,
    SignalOutcome,
    checks,
    hands_over,
    notifies,
    share,
    signal,
    signs,
    withdraw,
)
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.capabilities.safety_index.live.signal_views import (
    RaisedView,
    SignalsView,
    SignalView,
    signal_view,
)
from gengfu.capabilities.safety_index.live.stations import station_of
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.readable import require_readable
from gengfu.capabilities.safety_index.rules.signal_values import (
    FORMAT,
    VERSION,
    ShareOfMonth,
    SignalsFound,
)
from gengfu.kernel import BadInput, CaseId, Code, Desk, Length, NotFound
from gengfu.kernel.tasks import task
from gengfu.surface import CaseRoutes, Door, Routes, Upload, acts_as, as_seen

MOST_BYTES = 4 * 1024 * 1024
MOST_LISTED = 500
MOST_RAISED = 1_000
"""In one file: they are written at once, and while they are nobody else writes."""
READERS = (*STAFF_READERS, STATION_OFFICER)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckForm:
    """Whether it was real, and what was found; no names, this stays on the ledger."""

    outcome: SignalOutcome
    words: Annotated[str, Length(1, 500)]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOnForm:
    """Which station checks instead, and why."""

    to: Code
    cause: Annotated[str, Length(1, 500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareQuery:
    """The month, like 2026-10."""

    period: Annotated[str, Length(7, 7)]


routes = CaseRoutes(
    signal, "/signals", readers=READERS, view=signal_view, shows=SignalView
)
routes.expose(withdraw)
counted = Routes("/signal-share", tag="signal", purpose=STATISTICS)


@routes.writes(
    "",
    roles=(STATISTICIAN,),
    upload=Upload(media=("application/json",), most_bytes=MOST_BYTES),
    answers=RaisedView,
    status=201,
)
async def raise_signals(door: Door, data: bytes) -> RaisedView:
    """Raise what `gengfu signals` found: each goes to the station whose area it is.

    A finding that its station was asked about already is left out and counted.
    """
    library = door.runtime(Library)
    found = door.codec.decode(SignalsFound, data)
    if (found.format, found.version) != (FORMAT, VERSION):
        raise BadInput(f"format: {FORMAT} {VERSION} is taken here")
    if len(found.signals) > MOST_RAISED:
        raise BadInput(f"signals: more than {MOST_RAISED} at once")
    require_readable(found)
    town, config = library.site.town, library.config
    sent = [(one, station_of(town, config, one)) for one in found.signals]

    def job(desk: Desk) -> list[SignalCase | None]:
        return [notifies(desk, found.at, one, station) for one, station in sent]

    made = await door.do(job)
    raised = tuple(signal_view(one) for one in made if one is not None)
    return RaisedView(raised=raised, known=len(made) - len(raised))


@routes.reads("", roles=READERS, answers=SignalsView)
async def signals(door: Door) -> SignalsView:
    """List signals, the newest first; a station sees those it is asked about."""

    def job(desk: Desk) -> list[SignalCase]:
        found = [one for one in desk.list(signal) if _may_see(door, desk, one)]
        return found[::-1][:MOST_LISTED]

    return SignalsView(signals=tuple(map(signal_view, await door.do(job))))


@routes.reads("/{case}", roles=READERS, answers=SignalView)
async def show(door: Door, case: CaseId) -> SignalView:
    """Show one signal."""

    def job(desk: Desk) -> SignalCase:
        found = desk.get(signal, case)
        if not _may_see(door, desk, found):
            raise NotFound(f"no {signal.kind} {case}")
        return found

    return signal_view(await door.do(job))


def _may_see(door: Door, desk: Desk, case: SignalCase) -> bool:
    if acts_as(door, STAFF_READERS, STATISTICS):
        return True
    mine = desk.actor.represents
    return any(one.agency == mine for one in desk.list(task, about=case.id))


@routes.writes("/{case}/sign", roles=(STATION_OFFICER,), answers=SignalView)
async def sign_for(door: Door, case: CaseId) -> SignalView:
    """Sign for the check of a signal, for one's station."""
    return signal_view(await door.do(lambda desk: signs(desk, case)))


@routes.writes(
    "/{case}/hand_over",
    roles=(STATION_OFFICER, STATISTICIAN, COMMANDER),
    body=PassOnForm,
    answers=SignalView,
)
async def pass_on(door: Door, case: CaseId, data: PassOnForm) -> SignalView:
    """Give the check of a signal to another station."""
    posts = door.runtime(Library).site.town.posts
    if all(post.id != data.to for post in posts):
        raise NotFound(f"no station {data.to}")
    return signal_view(
        await door.do(lambda desk: hands_over(desk, case, data.to, data.cause))
    )


@routes.writes(
    "/{case}/check", roles=(STATION_OFFICER,), body=CheckForm, answers=SignalView
)
async def check_signal(door: Door, case: CaseId, data: CheckForm) -> SignalView:
    """Say whether a signal was real; its task is done with that."""
    seen = as_seen(case, data.version)
    return signal_view(
        await door.do(lambda desk: checks(desk, seen, data.outcome, data.words))
    )


@counted.reads("", roles=STAFF_READERS, query=ShareQuery, answers=ShareOfMonth)
async def signal_share(door: Door, data: ShareQuery) -> ShareOfMonth:
    """Count a month's signals and how many were real, for `gengfu index build`."""
    period = str(Month.read(data.period))
    zone = ZoneInfo(door.runtime(Library).site.town.timezone)
    return await door.do(lambda desk: share(desk.list(signal), period, zone))
