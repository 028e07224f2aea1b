"""The rules of this city: types, run cards and standards, read once at start.

A city pack may bring its own `types.toml`, `run_cards.toml`, `standards.toml`,
`policy.toml`, `duplicates.toml` or `retention.toml`; what it does not bring is taken
from the capability's own data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from gengfu.capabilities.control_room.cases.roles import (
    AGENCY_OFFICER,
    COMMANDER,
    DISPATCH_ROLES,
    DISPATCHER,
)
from gengfu.capabilities.control_room.rules.catalogue import Catalogue
from gengfu.capabilities.control_room.rules.duplicates import (
    Matching,
    load_matching,
)
from gengfu.capabilities.control_room.rules.plan_data import load_run_cards
from gengfu.capabilities.control_room.rules.plans import (
    AREA_KINDS,
    AreaKind,
    Plan,
    RunCards,
    Setting,
)
from gengfu.capabilities.control_room.rules.policy import Policy, load_policy
from gengfu.capabilities.control_room.rules.retention import (
    Retention,
    load_retention,
)
from gengfu.capabilities.control_room.rules.standards import (
    Standards,
    load_standards,
)
from gengfu.capabilities.control_room.rules.type_data import load_types
from gengfu.kernel import Rung, TaskSpec
from gengfu.kernel.both import both
from gengfu.surface import Town

SIGN_WITHIN = timedelta(minutes=3)
DUE_WITHIN = timedelta(hours=2)
TELL_AFTER = timedelta(minutes=5)
_AREA_KINDS: dict[str, AreaKind] = {kind: kind for kind in AREA_KINDS}
type DataFile = Callable[[str], Path | None]
"""Returns a file that the city pack brings, by its name."""
RULES = (
    "types.toml", "run_cards.toml", "standards.toml", "policy.toml", "duplicates.toml",
    "retention.toml",
)  # fmt: skip
OWN = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything the room decides by that is data."""

    catalogue: Catalogue
    cards: RunCards
    standards: Standards
    policy: Policy
    matching: Matching
    retention: Retention

    def plan_for(
        self, type_code: str, priority: int, area: str | None, area_kind: str
    ) -> Plan:
        """Return the plan for an incident; raises NotFound for an unknown type."""
        kind = self.catalogue.get(type_code)
        setting = Setting(priority, area, as_area_kind(area_kind))
        return self.cards.plan_for(kind, setting)

    def plain_task(self, agency: str) -> TaskSpec:
        """Return the task for an agency that no card names: come and help."""
        return TaskSpec(
            name="assist",
            role=AGENCY_OFFICER,
            agency=agency,
            sign_within=SIGN_WITHIN,
            due_within=DUE_WITHIN,
            ladder=(Rung(timedelta(0), DISPATCHER), Rung(TELL_AFTER, COMMANDER)),
            supervisors=DISPATCH_ROLES,
            words=both("Come and help", "到场协助"),
        )


def as_area_kind(words: str) -> AreaKind | None:
    """Return the kind of area where it is one the rules know."""
    return _AREA_KINDS.get(words)


def read_rulebook(town: Town) -> Rulebook:
    """Read the city's rules; raises BadInput naming file, entry and field."""
    return _rulebook(*(_bytes(town.data_file, name) for name in RULES))


@lru_cache(maxsize=4)
def _rulebook(
    types: bytes,
    run_cards: bytes,
    standards: bytes,
    policy: bytes,
    duplicates: bytes,
    retention: bytes,
) -> Rulebook:
    """Read what the files say; many rooms share it, because it never changes."""
    catalogue = load_types(types)
    return Rulebook(
        catalogue=catalogue,
        cards=load_run_cards(run_cards, catalogue),
        standards=load_standards(standards),
        policy=load_policy(policy),
        matching=load_matching(duplicates, catalogue),
        retention=load_retention(retention, catalogue),
    )


def run_cards_text(town: Town) -> str:
    """Return the city's run cards as they are written; `read_rulebook` checks them."""
    return _bytes(town.data_file, "run_cards.toml").decode()


def read_retention(data_file: DataFile) -> Retention:
    """Read how long a city keeps words; raises BadInput naming rule and field."""
    catalogue = load_types(_bytes(data_file, "types.toml"))
    return load_retention(_bytes(data_file, "retention.toml"), catalogue)


def _bytes(data_file: DataFile, name: str) -> bytes:
    return (data_file(name) or OWN / name).read_bytes()
