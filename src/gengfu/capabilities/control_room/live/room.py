"""The running control room of one server: picture, positions, roads and rules."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Call
from gengfu.capabilities.control_room.cases.closures import Closure, ClosureStage
from gengfu.capabilities.control_room.cases.incidents import Incident, incident
from gengfu.capabilities.control_room.cases.orders import Order
from gengfu.capabilities.control_room.cases.units import Unit, UnitStage
from gengfu.capabilities.control_room.rules.duplicates import Candidate
from gengfu.capabilities.control_room.rules.standards import Subject
from gengfu.capabilities.control_room.rules.types import Assessment
from gengfu.kernel import (
    AreaId,
    BadInput,
    Case,
    CaseId,
    Codec,
    GengfuError,
    Machine,
    NotFound,
    Place,
    Reader,
    Task,
)
from gengfu.kernel.both import both
from gengfu.science.roads import TravelModel
from gengfu.surface import Change, FeedEvent, Site, Town

from .board import SHOWN_FOR, BoardItem, board
from .city import city_view
from .feed import EntryView, PictureView, PositionsView, audience
from .hazards import HazardView, near, read_hazards
from .hearing import Form, assess, dispatch_within, hear, mark
from .issuing import issue
from .picture import Picture
from .positions import Positions
from .ranking import Ranker
from .ranking_view import Ranking
from .reports import clocks_by_name
from .roster import sign_on_roster
from .rulebook import as_area_kind, read_rulebook, run_cards_text
from .sameness import DraftForm, Sameness
from .sending import ReadyToSend, sending
from .streets import Drive, Line, Streets
from .views import (
    AgencyView,
    ClosureView,
    DeadlineView,
    IncidentView,
    UnitView,
    call_view,
    closure_view,
    incident_view,
    order_view,
    task_view,
    unit_view,
)

BOARD_KEPT = timedelta(seconds=10)
ROWS_AN_EVENT = 1000
"""Positions of more units reach the screens in several events."""
_log = logging.getLogger("gengfu.room")
FORGETTING = "forget"
"""The move by which every kind of case here lets go of words."""
FEED_KINDS = ("call", "incident", "unit", "task", "order", "closure")


class Room:
    """What one server knows now, and how it answers; used on one thread."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.town: Town = site.town
        self.codec: Codec = site.office.codec
        written = read_rulebook(site.town)
        self.issued = issue(
            site, run_cards_text(site.town), written.cards, written.catalogue
        )
        self.rulebook = replace(written, cards=self.issued.cards)
        self.city = city_view(site.town, self.rulebook, simulated=site.simulated)
        model = site.town.travel_model or TravelModel()
        now = site.office.clock()
        self.streets = Streets(site.town.graph, model, site.town.timezone, now)
        self.positions = Positions(site.town.bbox)
        self.picture = Picture(site.office.codec)
        self.picture.watchers.append(self._watch)
        self.ranker = Ranker(self.town, self.streets, self.positions, self.rulebook)
        self.sameness = Sameness(self.rulebook)
        self.hazards = read_hazards(site.town)
        self._mark_key = site.key
        self._board: tuple[datetime | None, tuple[BoardItem, ...]] = (None, ())
        self._sent_to_post: dict[int, tuple[float, float]] = {}
        sign_on_roster(site, timedelta(hours=self.rulebook.policy.shift_hours))
        site.office.look(self._load)
        self.place_units()
        self.ranker.cover.refresh()

    def _load(self, reader: Reader) -> None:
        self.picture.load(reader)
        self.sameness.load(reader, self.codec, self.picture)

    def now(self) -> datetime:
        """Return the present instant."""
        return self.site.office.clock()

    def close(self) -> None:
        """Stop what runs beside."""
        self.streets.close_down()
        self.ranker.cover.close()

    # -- the live picture ---------------------------------------------------------

    def foresee(self, written: Sequence[tuple[Machine[Any], Case]]) -> None:
        """Take in what a request here has just committed, before the tail brings it."""
        for machine, case in written:
            if machine.kind in FEED_KINDS:
                self.picture.put_case(machine, case)

    def observe(self, changes: Sequence[Change]) -> Sequence[FeedEvent]:
        """Take in what is new on the ledger; return what live screens must hear."""
        events: list[FeedEvent] = []
        for change in changes:
            entry = change.logged.entry
            self.picture.seq = max(self.picture.seq, change.logged.seq)
            self.picture.at = entry.at
            if change.row is None or entry.kind not in FEED_KINDS:
                continue
            try:
                case = self.picture.put(change.row)
            except GengfuError:
                # One row that cannot be read must not hide the others.
                _log.exception("%s %s cannot be shown", entry.kind, entry.case)
                continue
            if case is None:
                continue
            view = EntryView(
                seq=change.logged.seq,
                kind=entry.kind,
                case=entry.case,
                move=entry.move,
                at=entry.at,
                actor=entry.actor,
                role=entry.role,
                area=case.area,
                patch=self.view(case),
            )
            heard_by = audience(case, entry)
            forgets = entry.move == FORGETTING
            events.append(
                FeedEvent("entry", view, change.logged.seq, heard_by, forgets)
            )
        return events

    def tick(self, now: datetime) -> Sequence[FeedEvent]:
        """Send what is not on the ledger: positions, and positions forgotten."""
        self.streets.keep_hour(now)
        self.place_units()
        self.streets.keep_labels()
        self.ranker.cover.keep()
        rows = self.positions.changes(now)
        gone = self.positions.expire(now)
        for crew in gone:
            self._to_post(CaseId(crew))
        rows += [(crew, None, None, None, None, None) for crew in gone]
        if not rows:
            return ()
        columns = ("unit", "lon", "lat", "heading", "speed_kmh", "age_s")
        return tuple(
            FeedEvent("positions", PositionsView(at=now, columns=columns, rows=part))
            for part in batched(rows, ROWS_AN_EVENT)
        )

    def place_units(self) -> None:
        """Put units that reported since the last time where they are on the roads."""
        if self._sent_to_post:
            at = list(self._sent_to_post.values())
            self.streets.put(
                list(self._sent_to_post), [x for x, _ in at], [y for _, y in at]
            )
            self._sent_to_post.clear()
        if not self.positions.waiting:
            return
        rows, lon, lat = self.positions.unplaced()
        self.streets.put(rows, lon, lat)
        self.ranker.cover.moved(rows, lon, lat, self.picture.units)

    def snapshot(self) -> PictureView:
        """Return every live case."""
        picture = self.picture
        return PictureView(
            seq=picture.seq,
            at=self.now(),
            calls=tuple(map(call_view, picture.calls.values())),
            incidents=tuple(map(self.incident_view, picture.incidents.values())),
            units=tuple(
                self.unit_view(u)
                for u in picture.units.values()
                if u.stage is not UnitStage.OFF_DUTY
            ),
            tasks=tuple(map(task_view, picture.tasks.values())),
            orders=tuple(map(order_view, picture.orders.values())),
            closures=tuple(map(self.closure_view, picture.closures.values())),
        )

    def snapshot_for(self, crew: CaseId) -> PictureView:
        """Return what a crew may see: itself, its job, its orders."""
        mine = self.picture.units.get(crew)
        if mine is None:
            raise NotFound(f"no unit {crew}")
        job = None
        if mine.incident is not None:
            job = self.picture.incidents.get(mine.incident)
        return PictureView(
            seq=self.picture.seq,
            at=self.now(),
            calls=(),
            incidents=() if job is None else (self.incident_view(job),),
            units=(self.unit_view(mine),),
            tasks=(),
            orders=tuple(map(order_view, self.picture.orders_of(crew))),
            closures=(),
        )

    def view(self, case: Case) -> object:
        """Return what the screens see of a case."""
        match case:
            case Incident():
                return self.incident_view(case)
            case Unit():
                return self.unit_view(case)
            case Call():
                return call_view(case)
            case Task():
                return task_view(case)
            case Order():
                return order_view(case)
            case Closure():
                return self.closure_view(case)
            case _:
                raise NotFound(f"nothing shows a {type(case).__name__}")

    def incident_view(self, case: Incident) -> IncidentView:
        """Show an incident with its nearest clock and its agencies."""
        agencies = tuple(
            AgencyView(
                agency=t.agency or t.role, task=t.id, name=t.spec.name, stage=t.stage
            )
            for t in self.picture.tasks_of(case.id)
        )
        return incident_view(case, deadline=self._deadline(case), agencies=agencies)

    def unit_view(self, case: Unit) -> UnitView:
        """Show a unit at its fresh position, or at its post."""
        fix = self.positions.fix(case.id, self.now())
        if fix is None:
            return unit_view(case)
        return unit_view(
            case, lon=fix.lon, lat=fix.lat, heading=fix.heading, age_s=fix.age_s
        )

    def closure_view(self, case: Closure) -> ClosureView:
        """Show a closure as lines."""
        graph = self.town.graph
        lines = tuple(
            self.streets.line_of(e) for e in case.edges if 0 <= e < graph.edge_count
        )
        return closure_view(case, lines)

    def code_of(self, wanted: CaseId) -> str:
        """Return the code people say for an incident."""
        found = self.picture.incidents.get(wanted)
        return wanted if found is None else found.code

    # -- intake -------------------------------------------------------------------

    def hear(self, form: Form) -> Heard:
        """Read a call form."""
        return hear(form, self.town, self.rulebook, self.now(), self._mark_key)

    def assess(
        self, type_code: str | None, answers: Mapping[str, str]
    ) -> Assessment | None:
        """Return the priority of a type with the answers so far."""
        return assess(self.rulebook, type_code, answers)

    def dispatch_within(
        self, type_code: str, priority: int, area: str | None
    ) -> timedelta | None:
        """Return how soon somebody must be sent, by the tightest standard."""
        domain = self.rulebook.catalogue.get(type_code).domain
        return dispatch_within(self.rulebook, self.town, domain, priority, area)

    def area_of(self, lon: float | None, lat: float | None) -> str | None:
        """Return the area of a point."""
        if lon is None or lat is None:
            return None
        return self.town.area_of(lon, lat)

    def area_id(self, lon: float, lat: float) -> AreaId | None:
        """Return the area of a point as a case keeps it."""
        found = self.town.area_of(lon, lat)
        return None if found is None else AreaId(found)

    def duplicates(self, draft: DraftForm) -> Sequence[Candidate]:
        """Return open incidents that a call may be about, likeliest first."""
        caller = mark(draft.callback, self._mark_key)
        return self.sameness.suggest(draft, caller, self.picture, self.now())

    def hazards_near(
        self, lon: float | None, lat: float | None
    ) -> tuple[HazardView, ...]:
        """Return the hazard notes that count at a place."""
        return near(self.hazards, lon, lat)

    def public_board(self, reader: Reader) -> tuple[BoardItem, ...]:
        """Return what residents may see."""
        now = self.now()
        rows = reader.rows(incident.kind, opened_from=now - SHOWN_FOR)
        cases = [self.codec.decode(Incident, row.body) for row in rows]
        types, areas = self.rulebook.catalogue.by_code, self.town.area_names()
        return board(cases, types, areas, now)

    def shown_board(self, reader: Reader) -> tuple[BoardItem, ...]:
        """Return the public board, worked out once in a while for everybody."""
        now = self.now()
        made_at, shown = self._board
        if made_at is None or not timedelta(0) <= now - made_at < BOARD_KEPT:
            shown = self.public_board(reader)
            self._board = (now, shown)
        return shown

    # -- sending ------------------------------------------------------------------

    def open_incident(self, wanted: CaseId) -> Incident:
        """Return a live incident; raises NotFound."""
        found = self.picture.incidents.get(wanted)
        if found is None:
            raise NotFound(f"no open incident {wanted}")
        return found

    def recommend(self, case: Incident) -> Ranking:
        """Rank units for an incident."""
        self.place_units()
        return self.ranker.rank(case, self.picture, self.now())

    def override_reason(self, code: str, words: str) -> str:
        """Return an override's reason in words; raises for a code that needs more."""
        if not code:
            return words
        self.rulebook.policy.check_override(("recommended",), (), code, words)
        said, own = self.rulebook.policy.overrides[code].said, words.strip()
        if not own:
            return both(said.en, said.zh)
        return both(f"{said.en}: {own}", f"{said.zh}：{own}")

    def prepare_dispatch(
        self,
        case: Incident,
        units: Sequence[str],
        agencies: Sequence[str],
    ) -> ReadyToSend:
        """Work out arrivals and agency tasks for what a dispatcher chose."""
        self.place_units()
        self.check_agencies(agencies)
        plan = self.ranker.plan_of(case)
        return ReadyToSend(
            sendings=tuple(
                sending(case, self._unit(u), self.ranker, self.positions) for u in units
            ),
            tasks=self.ranker.tasks_for(plan, agencies),
            plan=f"{plan.code}@{plan.version}",
        )

    def check_agencies(self, agencies: Sequence[str]) -> None:
        """Refuse agencies that this city does not have."""
        known = {a.id for a in self.town.agencies}
        if strange := [a for a in agencies if a not in known]:
            raise NotFound(f"no agency {strange[0][:64]}")

    def _unit(self, wanted: str) -> Unit:
        found = self.picture.units.get(CaseId(wanted))
        if found is None:
            raise NotFound(f"no unit {wanted}")
        return found

    def check_in_every(self, crew: CaseId) -> timedelta | None:
        """Return how often a crew must check in at its present incident."""
        found = self.picture.units.get(crew)
        if found is None or found.incident is None:
            return None
        job = self.picture.incidents.get(found.incident)
        if job is None:
            return None
        kind = self.rulebook.catalogue.by_code.get(job.type)
        if kind is None or kind.check_in_s is None:
            return None
        return timedelta(seconds=kind.check_in_s)

    # -- roads --------------------------------------------------------------------

    def place_of(self, wanted: CaseId) -> tuple[float, float]:
        """Return where a live incident is; raises NotFound where it has no place."""
        place = self.open_incident(wanted).place
        if place is None:
            raise NotFound("this incident has no place yet")
        return place.lon, place.lat

    def drive(
        self, crew: CaseId, goal: tuple[float, float], kind: str = "", priority: int = 0
    ) -> Drive | None:
        """Return the quickest drive of a unit to a point, or to a call there."""
        self.place_units()
        row = self.positions.row(crew)
        if crew not in self.picture.units or row is None:
            raise NotFound(f"no unit {crew}")
        start = self.streets.row_place(row)
        return self.streets.drive(start, self.streets.snap(*goal), kind, priority)

    def coverage(self, within_s: float, kind: str) -> tuple[tuple[Line, ...], float]:
        """Return streets some free unit reaches in time, and the share of people."""
        self.place_units()
        return self.ranker.cover.shown(self.picture, within_s, kind)

    def edges_within(self, lon: float, lat: float, radius_m: float) -> tuple[int, ...]:
        """Return the road edges within a radius."""
        return self.streets.edges_within(lon, lat, radius_m)

    def check_edges(self, edges: Sequence[int]) -> None:
        """Refuse edges that this city does not have."""
        count = self.town.graph.edge_count
        if bad := [e for e in edges if not 0 <= e < count]:
            raise BadInput(f"edges: {bad[0]} is not an edge of this city")

    # -- inside -------------------------------------------------------------------

    def _deadline(self, case: Incident) -> DeadlineView | None:
        kind = self.rulebook.catalogue.by_code.get(case.type)
        if kind is None or case.stage in incident.ends:
            return None
        area_kind = as_area_kind(self.town.area_kind(case.area)) if case.area else None
        kinds = frozenset(a.kind for a in case.assignments)
        subject = Subject(kind.domain, case.priority, area_kind, kinds)
        found = self.rulebook.standards.next_due(clocks_by_name(case.clocks), subject)
        if found is None:
            return None
        return DeadlineView(
            standard=found.standard.id,
            started_at=found.started_at,
            due_at=found.due_at,
        )

    def _watch(self, before: Case | None, after: Case) -> None:
        """Keep roads, fleet and positions in step with the picture."""
        if isinstance(after, Unit):
            self._watch_unit(before, after)
            return
        self.sameness.note(after, self.picture)
        if isinstance(after, Incident):
            known = isinstance(before, Incident) and before.priority == after.priority
            if not known or after.stage in incident.ends:
                self.ranker.note_priority(after, self.picture)
        elif isinstance(after, Closure):
            was = isinstance(before, Closure)
            over = after.stage is ClosureStage.LIFTED
            if over and was:
                self.streets.reopen(after.edges, crews_pass=after.crews_pass)
            elif not over and not was:
                self.streets.close(after.edges, crews_pass=after.crews_pass)

    def _watch_unit(self, before: Case | None, after: Unit) -> None:
        if after.stage is UnitStage.OFF_DUTY:
            self.positions.end(after.id)
        else:
            self.positions.begin(after.id)
        if after.stage is UnitStage.ASSIGNED:
            self.positions.begin_run(after.id)
        was_off = isinstance(before, Unit) and before.stage is UnitStage.OFF_DUTY
        if before is None or was_off:
            self._to_post(after.id, after.place)
        self.ranker.note(after, self.picture)

    def _to_post(self, crew: CaseId, place: Place | None = None) -> None:
        found = self.picture.units.get(crew)
        at = place or (None if found is None else found.place)
        row = self.positions.row(crew)
        if at is not None and row is not None:
            self._sent_to_post[row] = (at.lon, at.lat)
