"""A running index office in memory, people who work there, and documents to publish."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from tests.capabilities.safety_index.sample import areas, config, tally, years

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.capabilities.safety_index import CAPABILITY
from gengfu.capabilities.safety_index.cases.publications import approve, audit
from gengfu.capabilities.safety_index.cases.publishing import compiles, publishes
from gengfu.capabilities.safety_index.cases.roles import (
    COMMANDER,
    INDEX_AUDITOR,
    STATION_OFFICER,
    STATISTICIAN,
    STATISTICS,
)
from gengfu.capabilities.safety_index.rules.disclosing import Issue, disclose
from gengfu.capabilities.safety_index.rules.document import (
    Correction,
    Made,
    Publication,
)
from gengfu.capabilities.safety_index.rules.geography import lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.silence import SILENT
from gengfu.capabilities.safety_index.rules.tally import count
from gengfu.kernel import Actor, ActorId, Office, Registry, Said

NOON = datetime(2027, 1, 5, 12, tzinfo=UTC)
PERIOD = "2026-10"
WHY = Said("Two reports had been counted twice.", "有两起报警重复计数。")


def actor(name, *roles, represents=None):
    grants = frozenset((role, STATISTICS) for role in roles)
    return Actor(ActorId(name), grants, represents)


STAT = actor("sun", STATISTICIAN)
AUDITS = actor("ai", INDEX_AUDITOR)
CHIEF = actor("chen", COMMANDER)
BOTH = actor("sun", STATISTICIAN, INDEX_AUDITOR, COMMANDER)


def officer(station):
    return actor(f"officer-{station}", STATION_OFFICER, represents=station)


@cache
def built(period: str = PERIOD, *, towns: int = 6) -> Publication:
    """Return what `gengfu index build` makes of the made-up city."""
    chosen, places = config(), areas(towns)
    month = Month.read(period)
    geography = lay_out(places, chosen, "areas")
    counts = {m: count(tally(m, places), geography, chosen) for m in years(2023, month)}
    made = Made(
        code="0.1.0",
        config_name=chosen.name,
        config_version=chosen.version,
        config_sha256=chosen.sha256,
        areas_sha256="0" * 64,
        events=(),
        earlier=(),
    )
    named = Issue(
        city="Sample", city_zh="样本市", timezone="Asia/Shanghai", simulated=True
    )
    return disclose(month, counts, geography, chosen, named, made)


def document(period: str = PERIOD, issue: int = 1, **other) -> bytes:
    """Return the bytes of a document; `other` changes its fields.

    It corrects the issue before it as this makes it with nothing changed. It is
    compared with no other month, so that months are published here in any order.
    """
    method = replace(built().method, base_years=())
    made = replace(built(), period=period, issue=issue, method=method, comparisons=())
    if issue > 1:
        before = sha256(document(period, issue - 1)).hexdigest()
        corrects = Correction(issue=issue - 1, why=WHY)
        made = replace(made, corrects=corrects, corrects_sha256=before)
    return JsonCodec().encode(replace(made, **other))


def at_home(content: bytes, town) -> bytes:
    """Return a document about areas of a city, by its clocks."""
    codec = JsonCodec()
    made = replace(codec.decode(Publication, content), timezone=town.timezone)
    names = town.area_names()
    here = dict(zip((p.id for p in made.places), sorted(names), strict=False))
    places = tuple(
        replace(
            one,
            id=here[one.id],
            name=names[here[one.id]][0],
            name_zh=names[here[one.id]][1],
            like=tuple(here[other] for other in one.like),
        )
        for one in made.places
    )
    if made.corrects is not None:
        first = at_home(document(made.period, made.corrects.issue), town)
        made = replace(made, corrects_sha256=sha256(first).hexdigest())
    return codec.encode(replace(made, places=places))


@dataclass
class Running:
    office: Office
    clock: VirtualClock

    def do(self, who, job):
        return self.office.serve(who, STATISTICS, job)


def open_office(store=None, at=NOON) -> Running:
    clock, entropy = VirtualClock(at), SeededEntropy(7)
    registry = Registry(
        CAPABILITY.machines,
        roles=CAPABILITY.roles,
        purposes=CAPABILITY.purposes,
        tasks=CAPABILITY.tasks,
        subscriptions=CAPABILITY.subscriptions,
    )
    office = Office(
        store=store or MemoryStore(),
        registry=registry,
        codec=JsonCodec(),
        vault=SealingVault(MasterKey(bytes(32)), entropy),
        clock=clock,
        entropy=entropy,
    )
    return Running(office, clock)


def compiled(office, content=None, who=STAT):
    content = document() if content is None else content
    return office.do(who, lambda desk: compiles(desk, content, simulated_site=True))


def approved(office, content=None):
    made = compiled(office, content)
    office.do(AUDITS, lambda desk: desk.apply(made.id, audit, 200, 160, "ten stations"))
    return office.do(CHIEF, lambda desk: desk.apply(made.id, approve))


def published(office, content=None):
    made = approved(office, content)
    return office.do(CHIEF, lambda desk: publishes(desk, made.id))


def hidden_part():
    return next(
        (place, part)
        for place in built().places
        for part in place.parts
        if part.events in SILENT
    )
