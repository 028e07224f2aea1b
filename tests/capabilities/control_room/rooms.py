"""A running control room in memory, and people who use it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.capabilities.control_room import CAPABILITY
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.incidents import Located
from gengfu.capabilities.control_room.cases.roles import (
    AGENCY_OFFICER,
    CALL_TAKER,
    COMMANDER,
    CREW,
    DISPATCHER,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import Actor, ActorId, Office, Place, Ref, Registry
from gengfu.kernel.audit import audit
from gengfu.surface import Change, Site

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def actor(name, *roles, represents=None):
    return Actor(ActorId(name), frozenset((r, RESPONSE) for r in roles), represents)


TAKER = actor("ada", CALL_TAKER)
SENDER = actor("bo", DISPATCHER, CALL_TAKER)
CHIEF = actor("chen", COMMANDER, DISPATCHER, CALL_TAKER)


def crew(unit):
    return actor(f"crew-{unit}", CREW, represents=unit)


def officer(agency):
    return actor(f"officer-{agency}", AGENCY_OFFICER, represents=agency)


@dataclass
class Running:
    """A room with its office; `do` works at a desk and lets the picture follow."""

    room: Room
    office: Office
    clock: VirtualClock
    events: list

    def do(self, who, job):
        result = self.office.serve(who, RESPONSE, job)
        self.follow()
        return result

    def follow(self):
        def tail(reader):
            found = reader.entries(self.room.picture.seq, 10_000)
            rows = {
                (r.kind, r.id): r
                for r in reader.find_many(
                    [Ref(e.entry.kind, e.entry.case) for e in found]
                )
            }
            return [Change(e, rows.get((e.entry.kind, e.entry.case))) for e in found]

        self.events += self.room.observe(self.office.look(tail))

    def wait(self, **how):
        return self.clock.advance(timedelta(**how))

    def call(
        self,
        at=(0, 0),
        type="structure-fire",
        priority=1,
        who=SENDER,
        same_as=None,
        **more,
    ):
        from towns import corner

        lon, lat = corner(*at)
        heard = Heard(
            channel=Channel.PHONE,
            type=type,
            priority=priority,
            place=Place(lon, lat, "corner"),
            located=Located.VERIFIED,
            area=self.room.town.area_of(lon, lat),
            **more,
        )
        return self.do(who, lambda desk: actions.take_call(desk, heard, same_as))[1]

    def get(self, machine, case):
        return self.do(CHIEF, lambda desk: desk.get(machine, case))

    def recommend(self, case):
        ranking = self.room.recommend(self.room.open_incident(case.id))
        shown = ranking.view()
        return shown.stored_as(self.do(SENDER, ranking.store).id)

    def send(self, case, *units, agencies=(), ranking=None, reason="", who=SENDER):
        ready = self.room.prepare_dispatch(
            self.room.open_incident(case.id), units, agencies
        )
        return self.do(
            who,
            lambda desk: actions.send(
                desk,
                case.id,
                ready.sendings,
                tasks=ready.tasks,
                chosen=None if ranking is None else ranking.id,
                override_reason=reason,
                plan=ready.plan,
            ),
        )


def open_room(town, *, now=NOON, seed=7, keeps_roster=False, store=None):
    clock = VirtualClock(now)
    entropy = SeededEntropy(seed)
    office = Office(
        store=store or MemoryStore(),
        registry=Registry(
            CAPABILITY.machines,
            roles=CAPABILITY.roles,
            purposes=CAPABILITY.purposes,
            tasks=CAPABILITY.tasks,
            subscriptions=CAPABILITY.subscriptions,
            referable=CAPABILITY.referable,
            forgettings=CAPABILITY.forgettings,
        ),
        codec=JsonCodec(),
        vault=SealingVault(MasterKey(bytes(32)), entropy),
        clock=clock,
        entropy=entropy,
    )
    room = CAPABILITY.start(
        Site(
            town=town,
            office=office,
            key=b"k" * 32,
            device_token=lambda unit: f"phone-{unit}",
            keeps_roster=keeps_roster,
        )
    )
    running = Running(room, office, clock, [])
    running.follow()
    return running


def holds(running):
    """Every promise of the ledger, after the fact."""
    verdict = running.office.look(
        lambda reader: audit(reader, running.office.registry, JsonCodec(), pytest.fail)
    )
    assert verdict.intact.findings == ()
    assert verdict.complete.findings == ()
    return verdict
