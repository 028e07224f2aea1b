"""The pages of the control room; what they look like is in the web's templates."""

from gengfu.capabilities.control_room.cases.roles import (
    AGENCY_OFFICER,
    CALLER,
    COMMANDER,
    CREW,
    DESK_ROLES,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.kernel import AUDITOR
from gengfu.surface import Screen

from . import (
    agency,
    board,
    field,
    incident,
    keeping,
    pack,
    paper,
    photos,
    report,
    supervision,
    track,
)

PHOTO_READERS = (*DESK_ROLES, AUDITOR, CREW, AGENCY_OFFICER)
"""Crews and agencies see photos of what they were sent to or asked to do."""

SCREENS = (
    Screen(
        path="/console",
        template="console.html",
        title="console",
        roles=DESK_ROLES,
        purpose=RESPONSE,
    ),
    Screen(
        path="/field",
        template="field.html",
        title="field",
        roles=(CREW,),
        purpose=RESPONSE,
        fill=field.fill,
    ),
    Screen(
        path="/agency",
        template="agency.html",
        title="agency",
        roles=(AGENCY_OFFICER,),
        purpose=RESPONSE,
        fill=agency.fill,
        take=agency.take,
    ),
    Screen(
        path="/incidents/{case}",
        template="incident.html",
        title="incident",
        roles=(*DESK_ROLES, AUDITOR),
        purpose=RESPONSE,
        fill=incident.fill,
        take=incident.take,
    ),
    Screen(
        path="/incidents/{case}/paper.pdf",
        title="incident",
        roles=(*DESK_ROLES, AUDITOR),
        purpose=RESPONSE,
        document=paper.document,
    ),
    Screen(
        path="/incidents/{case}/photos/{photo}",
        title="incident",
        roles=PHOTO_READERS,
        purpose=RESPONSE,
        document=photos.full,
    ),
    Screen(
        path="/incidents/{case}/photos/{photo}/small",
        title="incident",
        roles=PHOTO_READERS,
        purpose=RESPONSE,
        document=photos.small,
    ),
    Screen(
        path="/supervision",
        template="supervision.html",
        title="supervision",
        roles=(*DISPATCH_ROLES, AUDITOR),
        purpose=RESPONSE,
        fill=supervision.fill,
    ),
    Screen(
        path="/reports/clocks",
        template="clocks.html",
        title="clocks",
        roles=(*DESK_ROLES, AUDITOR),
        purpose=RESPONSE,
        fill=supervision.fill_clocks,
    ),
    Screen(
        path="/retention",
        template="retention.html",
        title="retention",
        roles=(COMMANDER, AUDITOR),
        purpose=RESPONSE,
        fill=keeping.fill,
        take=keeping.take,
    ),
    Screen(
        path="/pack",
        template="pack.html",
        title="pack",
        roles=(*DESK_ROLES, AUDITOR),
        purpose=RESPONSE,
        fill=pack.fill,
    ),
    Screen(
        path="/board",
        template="board.html",
        title="board",
        roles=(CALLER, *DESK_ROLES),
        purpose=RESPONSE,
        fill=board.fill,
    ),
    Screen(
        path="/report",
        template="report.html",
        title="report",
        roles=(CALLER, *DESK_ROLES),
        purpose=RESPONSE,
        fill=report.fill,
        take=report.take,
    ),
    Screen(
        path="/track",
        template="track.html",
        title="track",
        roles=(CALLER, *DESK_ROLES),
        purpose=RESPONSE,
        fill=track.fill,
        take=track.take,
    ),
)
