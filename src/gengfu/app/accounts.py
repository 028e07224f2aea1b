"""Demonstration accounts: one for each role, until identities arrive."""

from collections.abc import Callable, Sequence

from gengfu.kernel import AUDITOR, OVERSIGHT
from gengfu.surface import Capability, Town
from gengfu.web.sessions import Account, StandsFor

STANDS_FOR = {
    "crew": StandsFor.UNIT,
    "agency-officer": StandsFor.AGENCY,
    "alarm": StandsFor.MACHINE,
    "station-officer": StandsFor.STATION,
}
HOMES = {
    "crew": "/field",
    "agency-officer": "/agency",
    "commander": "/supervision",
    "caller": "/report",
    "alarm": "/report",
    "auditor": "/supervision",
    "statistician": "/publications",
    "index-auditor": "/publications",
    "station-officer": "/signals",
}
SERVICES = frozenset({"caller", "alarm"})
"""Accounts of feeds, of machines and of the twin: by token only."""
HOME = "/console"


def accounts(installed: Sequence[Capability]) -> Sequence[Account]:
    """Return the accounts that the installed capabilities name, and the auditor's."""
    found: dict[str, Account] = {}
    for capability in installed:
        for name, roles in capability.demo_roles:
            grants = frozenset((r, p) for r in roles for p in capability.purposes)
            before = found.get(name)
            found[name] = Account(
                name=name,
                grants=grants if before is None else before.grants | grants,
                home=HOMES.get(name, HOME),
                stands_for=STANDS_FOR.get(name, StandsFor.NOBODY),
                signs_in=name not in SERVICES,
            )
    purposes = {OVERSIGHT} | {p for c in installed for p in c.purposes}
    found["auditor"] = Account(
        name="auditor",
        grants=frozenset((AUDITOR, p) for p in purposes),
        home=HOMES["auditor"],
    )
    return tuple(found.values())


def standing(town: Town) -> Callable[[Account], Sequence[tuple[str, str, str]]]:
    """Return whom accounts may stand for in a city: (id, name, name in Chinese)."""
    stations = tuple((p.id, p.name, p.name_zh) for p in town.posts)
    units = tuple((u.id, u.call_sign, u.call_sign) for u in town.units)
    agencies = tuple((a.id, a.name, a.name_zh) for a in town.agencies)

    def of(account: Account) -> Sequence[tuple[str, str, str]]:
        if account.stands_for is StandsFor.UNIT:
            return units
        if account.stands_for is StandsFor.STATION:
            return stations
        return agencies if account.stands_for is StandsFor.AGENCY else ()

    return of
