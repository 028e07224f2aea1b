"""Escalations: a notice on red; a warning and an interview under conditions."""

from dataclasses import dataclass

from gengfu.capabilities.safety_index.cases.escalations import (
    Escalation,
    audit_recording,
    close,
    escalation,
    give_notice,
    gives_notice,
    interview,
    interviews,
    warn,
    warns,
)
from gengfu.capabilities.safety_index.cases.roles import STAFF_READERS
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.capabilities.safety_index.live.signal_views import (
    EscalationsView,
    EscalationView,
    escalation_view,
)
from gengfu.kernel import CaseId, Code
from gengfu.surface import CaseRoutes, Door, LastSeen, as_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeForm:
    """Which area."""

    area: Code


routes = CaseRoutes(
    escalation,
    "/escalations",
    readers=STAFF_READERS,
    view=escalation_view,
    shows=EscalationView,
)
routes.show_each()
routes.expose(audit_recording, close)


@routes.reads("", roles=STAFF_READERS, answers=EscalationsView)
async def escalations(door: Door) -> EscalationsView:
    """List escalations, the newest first."""
    rows = await door.look(lambda reader: reader.rows(escalation.kind))
    found = [door.codec.decode(Escalation, row.body) for row in rows]
    return EscalationsView(escalations=tuple(map(escalation_view, found[::-1])))


@routes.writes(
    "", roles=give_notice.by, body=NoticeForm, answers=EscalationView, status=201
)
async def notify_area(door: Door, data: NoticeForm) -> EscalationView:
    """Give an area notice that its newest published month is red."""
    of = door.runtime(Library).config.red_of
    return escalation_view(
        await door.do(lambda desk: gives_notice(desk, data.area, of))
    )


@routes.writes("/{case}/warn", roles=warn.by, body=LastSeen, answers=EscalationView)
async def warn_area(door: Door, case: CaseId, data: LastSeen) -> EscalationView:
    """Warn in writing: only on red often enough, and after a recording audit."""
    config, seen = door.runtime(Library).config, as_seen(case, data.version)
    return escalation_view(
        await door.do(lambda desk: warns(desk, seen, config.red, config.red_of))
    )


@routes.writes(
    "/{case}/interview", roles=interview.by, body=LastSeen, answers=EscalationView
)
async def interview_area(door: Door, case: CaseId, data: LastSeen) -> EscalationView:
    """Interview after a warning: only on red in a later month, often enough."""
    config, seen = door.runtime(Library).config, as_seen(case, data.version)
    return escalation_view(
        await door.do(lambda desk: interviews(desk, seen, config.red, config.red_of))
    )
