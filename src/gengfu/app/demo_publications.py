"""The demonstration city's publications, put before the public as any others are."""

from pathlib import Path

from gengfu.capabilities.safety_index.cases.publications import approve, audit
from gengfu.capabilities.safety_index.cases.publishing import compiles, publishes
from gengfu.capabilities.safety_index.cases.roles import (
    COMMANDER,
    INDEX_AUDITOR,
    STATISTICIAN,
    STATISTICS,
)
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import Actor, ActorId, Office, Role

BESIDE = "-publications"
"""They lie beside the pack, not in it: a pack holds what a city is."""
_CALLS_HEARD, _RECORDED = 200, 194


def publish_all(office: Office, city: Path) -> int:
    """Publish what lies beside the city's pack; return how many.

    Four people do it, each in a role: compile, audit, approve, publish. Months that
    have not ended by the office's clock are left out.
    """
    beside = city.with_name(f"{city.name}{BESIDE}")
    documents = [path.read_bytes() for path in sorted(beside.glob("*.json"))]
    found = [content for content in documents if _ended(office, content)]
    for content in found:
        case = office.serve(
            _person("statistician", STATISTICIAN),
            STATISTICS,
            lambda desk, content=content: compiles(desk, content, simulated_site=True),
        )
        office.serve(
            _person("index-auditor", INDEX_AUDITOR),
            STATISTICS,
            lambda desk, case=case: desk.apply(
                case.id, audit, _CALLS_HEARD, _RECORDED, "simulated"
            ),
        )
        commander = _person("commander", COMMANDER)
        office.serve(
            commander, STATISTICS, lambda desk, case=case: desk.apply(case.id, approve)
        )
        office.serve(
            commander, STATISTICS, lambda desk, case=case: publishes(desk, case.id)
        )
    return len(found)


def _ended(office: Office, content: bytes) -> bool:
    document = office.codec.decode(Publication, content)
    return Month.read(document.period).ended(office.clock(), document.timezone)


def _person(name: str, role: Role) -> Actor:
    return Actor(ActorId(f"demo-{name}"), frozenset({(role, STATISTICS)}))
