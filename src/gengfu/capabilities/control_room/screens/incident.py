"""After action: one page per incident."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gengfu.capabilities.control_room.cases.incidents import incident as machine
from gengfu.capabilities.control_room.cases.recounting import correct_deaths
from gengfu.capabilities.control_room.live.history import CaseHistory, history
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import AssignmentView, callsigns_of
from gengfu.kernel import BadInput, CaseId, Ref, Refused
from gengfu.surface import Door

from . import keeping

NOT_THERE = 1.1
"""A drive that nobody stamped the end of is longer by this than it has been."""
STEPS = 40
MOST_FIGURES = 9


async def fill(door: Door, case: str, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Gather the page from the ledger."""
    del query
    return await _page(door, case, "")


async def take(door: Door, case: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Hold, release or erase the incident's words, or put its deaths right."""
    about = Ref(machine.kind, CaseId(case))
    if form.get("move") != correct_deaths.name:
        return await _page(door, case, await keeping.taken(door, about, form))
    deaths, reason = form.get("deaths", "").strip(), form.get("reason", "").strip()
    try:
        if not reason:
            raise BadInput("reason: is missing")
        number = _people(deaths)
        await door.do(lambda desk: desk.apply(about.id, correct_deaths, number, reason))
    except Refused as refused:
        return await _page(door, case, door.words(refused))
    return await _page(door, case, "")


def _people(words: str) -> int:
    if not (words.isascii() and words.isdigit() and len(words) <= MOST_FIGURES):
        raise BadInput("deaths: not a number of people")
    return int(words)


async def _page(door: Door, case: str, problem: str) -> Mapping[str, Any]:
    room = door.runtime(Room)
    wanted, language = CaseId(case), door.language
    detail = await door.look(lambda reader: history(room, reader, wanted, language))
    zh = door.language == "zh"
    kinds = room.rulebook.catalogue.by_code
    types = {code: (one.name.en, one.name.zh)[zh] for code, one in kinds.items()}
    agencies = {a.id: a.name_zh if zh else a.name for a in room.city.agencies}
    return {
        "detail": detail,
        "type_name": types.get(detail.incident.type, detail.incident.type),
        "type_names": types,
        "callsigns": callsigns_of(detail.incident),
        "agency_names": agencies,
        "replay": _replay(room, detail),
        "area": room.town.area_names().get(detail.incident.area or "", ("", ""))[zh],
        "problem": problem,
        "review": keeping.proposed_review(room),
    }


def _replay(room: Room, detail: CaseHistory) -> dict[str, Any]:
    """Return quickest drives, spread over the time between two status stamps.

    Positions are never stored, so a replay cannot show where a unit really drove.
    """
    incident = detail.incident
    shown = {
        "id": incident.id,
        "lon": incident.lon,
        "lat": incident.lat,
        "priority": incident.priority,
        "opened_at": incident.opened_at.isoformat(),
    }
    tracks = [
        {"unit": a.unit, "callsign": a.callsign, "fixes": _fixes(room, detail, a)}
        for a in incident.assignments
    ]
    city = {
        "name": room.city.name,
        "name_zh": room.city.name_zh,
        "basemap": room.city.basemap,
        "bbox": room.city.bbox,
    }
    return {"incident": shown, "tracks": tracks, "city": city}


def _fixes(
    room: Room, detail: CaseHistory, sent: AssignmentView
) -> list[tuple[str, float, float, str]]:
    incident = detail.incident
    crew = room.picture.units.get(CaseId(sent.unit))
    if crew is None or crew.place is None or incident.lon is None:
        return []
    here = room.streets.snap(crew.place.lon, crew.place.lat)
    there = room.streets.snap(incident.lon, incident.lat or 0.0)
    drive = room.streets.drive(here, there)
    if drive is None:
        return []
    fixes = [_fix(sent.assigned_at, drive.line[0], "assigned")]
    if sent.en_route_at is not None:
        until, now = sent.on_scene_at or sent.cleared_at, room.now()
        if until is None:
            # Still driving: on the way that was promised, and not there yet.
            promised = timedelta(seconds=sent.eta_s or 0.0)
            span = max(promised, (now - sent.en_route_at) * NOT_THERE)
        else:
            span = until - sent.en_route_at
        span = max(span, timedelta(seconds=1))
        for step in range(STEPS + 1):
            at = sent.en_route_at + span * (step / STEPS)
            if at > now:
                break
            point = drive.line[round((len(drive.line) - 1) * step / STEPS)]
            fixes.append(_fix(at, point, "en_route"))
    if sent.on_scene_at is not None:
        fixes.append(_fix(sent.on_scene_at, drive.line[-1], "on_scene"))
    if sent.cleared_at is not None:
        fixes.append(_fix(sent.cleared_at, drive.line[-1], "available"))
    return fixes


def _fix(
    at: datetime, point: tuple[float, float], stage: str
) -> tuple[str, float, float, str]:
    return (at.isoformat(), point[0], point[1], stage)
