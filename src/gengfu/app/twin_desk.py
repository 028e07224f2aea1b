"""The real control room on a store in memory, under the twin's clock.

Every act of the twin is what a person would do: an action at a desk, in a transaction,
on the ledger. Nothing here decides anything.
"""

import hashlib
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from math import isinf
from pathlib import Path

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.capabilities.control_room.api.calls import CallForm
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    Located,
    LocationSource,
    incident,
)
from gengfu.capabilities.control_room.cases.roles import (
    CALL_TAKER,
    COMMANDER,
    DISPATCHER,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.reports import run_of
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.rules.attainment import Attainment, attainment
from gengfu.capabilities.control_room.rules.plans import Need
from gengfu.capabilities.control_room.rules.recommend import Ranked
from gengfu.kernel import Actor, ActorId, CaseId, Desk, GengfuError, Reader, clockwork
from gengfu.kernel.erasing import make_due_move
from gengfu.surface import Site
from gengfu.twin.rooms import Dispatched, Sent, TwinCall
from gengfu.twin.waiting import Wanted

from .installed import INSTALLED
from .platform import office_of
from .town import CityTown

CLOCKS_EVERY = timedelta(seconds=60)
CHORES_EVERY = timedelta(seconds=300)
CLAIMED = 256
WARMING_TICKS = 12
PRIORITY_REASON = "as recorded"
DESK = Actor(
    ActorId("twin"),
    frozenset((role, RESPONSE) for role in (DISPATCHER, CALL_TAKER, COMMANDER)),
)

type _Asked = tuple[tuple[tuple[str, ...], frozenset[str]], ...]
"""Kinds and skills of each need of a plan."""


class RuledTown(CityTown):
    """A town whose rules come from another folder or file where that has them."""

    rules: Path | None = None

    def under(self, rules: Path) -> "RuledTown":
        """Return the same town, roads and all, under other rules."""
        other = copy(self)
        other.rules = rules
        return other

    def data_file(self, name: str) -> Path | None:
        """Return a file of the policy, else the pack's own."""
        if self.rules is not None:
            if self.rules.is_file() and name == "policy.toml":
                return self.rules
            inside = self.rules / name
            if self.rules.is_dir() and inside.is_file():
                return inside
        return super().data_file(name)


class DeskRoom:
    """`TwinRoom` over the real one."""

    def __init__(self, town: CityTown, start: datetime, seed: int) -> None:
        self.clock = VirtualClock(start)
        self.store = MemoryStore()
        secret = hashlib.sha256(f"gengfu twin {seed}".encode()).digest()
        self.office = office_of(
            self.store,
            MasterKey(secret),
            INSTALLED,
            clock=self.clock,
            entropy=SeededEntropy(seed),
        )
        site = Site(
            town,
            self.office,
            secret,
            device_token=str,
            simulated=True,
            keeps_roster=True,  # crews relieve each other: days are longer than shifts
        )
        self.room = Room(site)
        began = start.astimezone(UTC)  # a zone's clocks jump twice a year
        self._due = began + CLOCKS_EVERY
        self._chores_due = began + CHORES_EVERY
        self.clock_moves = 0
        self._able: dict[_Asked, frozenset[str]] = {}
        for _ in range(WARMING_TICKS):
            self._tick(start)

    def now_is(self, at: datetime) -> None:
        """Move the clock on; moves whose deadline has come are made."""
        while at >= self._due:
            self.clock.set(self._due)
            self._make_due_moves()
            if self._due >= self._chores_due:
                self._tick(self._due)
                self._chores_due += CHORES_EVERY
            self._due += CLOCKS_EVERY
        self.clock.set(at)

    def take(self, call: TwinCall) -> str:
        """Take and locate a call; return its incident."""
        kind = self.room.rulebook.catalogue.get(call.type)
        priority = call.priority or kind.priority
        form = CallForm(
            channel=Channel.PHONE,
            text=call.words,
            place=call.words,
            lon=call.lon,
            lat=call.lat,
            located=Located.VERIFIED,
            location_source=LocationSource.GAZETTEER,
            type=call.type,
            priority=priority,
            priority_reason="" if priority == kind.priority else PRIORITY_REASON,
            simulated=True,
        )
        heard = self.room.hear(form)
        _, made = self._do(lambda desk: actions.take_call(desk, heard))
        return made.id

    def dispatch(self, incident: str) -> Dispatched | Wanted:
        """Recommend units and send them as one transaction, both being of one instant.

        Where there is nobody to send, the recommendation is stored all the same.
        """
        room = self.room
        case = room.open_incident(CaseId(incident))
        ranking = room.recommend(case)
        chosen = ranking.chosen
        if not chosen:
            self._do(ranking.store)
            return self._wanted(ranking.found.needs, case.priority)
        ready = room.prepare_dispatch(
            case, [row.unit.id for row in chosen], ranking.agencies
        )
        before = {t.id for t in room.picture.tasks_of(case.id)}

        def send(desk: Desk) -> None:
            actions.send(
                desk,
                case.id,
                ready.sendings,
                tasks=ready.tasks,
                chosen=ranking.store(desk).id,
                plan=ready.plan,
            )

        self._do(send)
        return Dispatched(
            units=tuple(map(_sent, chosen)),
            unmet=ranking.missing,
            tasks=tuple(
                t.id for t in room.picture.tasks_of(case.id) if t.id not in before
            ),
        )

    def _wanted(self, needs: Sequence[Need], priority: int) -> Wanted:
        asked = tuple((need.kinds, need.skills) for need in needs)
        if asked not in self._able:
            self._able[asked] = frozenset(
                crew.id
                for crew in self.room.picture.units.values()
                if any(
                    crew.kind in kinds and skills <= {*crew.skills}
                    for kinds, skills in asked
                )
            )
        nearly = priority in self.room.rulebook.policy.nearly_priorities
        return Wanted(self._able[asked], nearly, priority)

    def sign(self, task: str) -> None:
        """Sign a task for its agency, unless nobody needs it any more."""
        found = self.room.picture.tasks.get(CaseId(task))
        if found is None or found.stage != "open":
            return

        officer = Actor(DESK.id, frozenset({(found.role, RESPONSE)}), found.agency)
        self._do(lambda desk: actions.signs(desk, found.id), officer)

    def roll(self, unit: str) -> None:
        """Report a unit on its way."""
        self._do(lambda desk: actions.rolls(desk, CaseId(unit)))

    def arrive(self, unit: str) -> None:
        """Report a unit on scene."""
        every = self.room.check_in_every(CaseId(unit))
        self._do(lambda desk: actions.arrives(desk, CaseId(unit), every))

    def transport(self, unit: str, destination: str) -> None:
        """Report a unit taking somebody somewhere."""
        self._do(lambda desk: actions.transports(desk, CaseId(unit), destination))

    def reach(self, unit: str) -> None:
        """Report a unit at its destination."""
        self._do(lambda desk: actions.reaches_destination(desk, CaseId(unit)))

    def clear(self, unit: str) -> None:
        """Report a unit done."""
        self._do(lambda desk: actions.clears(desk, CaseId(unit)))

    def free(self, unit: str) -> None:
        """Report a unit free."""
        self._do(lambda desk: actions.frees(desk, CaseId(unit)))

    def put(self, unit: str, lon: float, lat: float) -> None:
        """Report where a unit is."""
        now = self.clock()
        self.room.positions.take(unit, lon, lat, now, now)

    def close(self, incident: str, outcome: str, reason: str = "") -> None:
        """Close an incident; where nobody came, the reason says how it is over."""
        self._do(
            lambda desk: actions.close_out(
                desk, CaseId(incident), outcome, reason=reason
            )
        )

    def attained(self) -> tuple[Attainment, ...]:
        """Judge every incident by the room's standards, as the console does."""
        room, codec = self.room, self.office.codec

        def judge(reader: Reader) -> tuple[Attainment, ...]:
            rows = reader.rows(incident.kind)
            cases = [r.value or codec.decode(Incident, r.body) for r in rows]
            runs = [run_of(room, case) for case in cases]
            zone = room.town.timezone
            return tuple(
                row
                for standard in room.rulebook.standards.standards
                for row in attainment(runs, standard, room.now(), by="all", zone=zone)
                if row.runs
            )

        return self.office.look(judge)

    def end(self) -> None:
        """Stop the room's threads and close the store."""
        self.room.close()
        self.store.close()

    def _do[T](self, job: Callable[[Desk], T], actor: Actor = DESK) -> T:
        done = self.store.transact(self.office.work(actor, RESPONSE, job))
        self.room.foresee(done.written)
        return done.result

    def _tick(self, at: datetime) -> None:
        """Let the room do its chores, and wait for those it does on other threads.

        What a room knows may depend on when such work is done; here it is always done
        by the next tick, so that the same seed gives the same day.
        """
        self.room.tick(at)
        self.room.streets.wait_for_labels()
        self.room.streets.keep_labels()  # takes in what was waited for
        self.room.ranker.cover.wait()

    def _make_due_moves(self) -> None:
        """Make the moves that clocks call for, as the worker of a server does."""
        for due in self.office.look(lambda r: r.due(self.clock(), CLAIMED)):
            work = self.office.work(
                clockwork(RESPONSE),
                RESPONSE,
                lambda desk, d=due: make_due_move(desk, d),
            )
            try:
                done = self.store.transact(work)
            except GengfuError:
                continue  # its rule refuses it for now, as the worker would find
            self.clock_moves += 1
            self.room.foresee(done.written)


def _sent(row: Ranked) -> Sent:
    high_s = None if isinf(row.high_s) else round(row.high_s, 1)
    return Sent(
        row.unit.id, row.unit.kind, round(row.seconds, 1), round(row.low_s, 1), high_s
    )
