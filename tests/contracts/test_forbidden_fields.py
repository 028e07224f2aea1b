"""What this platform never keeps, held against everything it can write or answer.

No field is for ethnicity, religion, political view or class of household registration,
for faces, gaits, voices or other biometrics, or for a score, list or profile of people.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from tests.contracts.whole import Whole

from gengfu.app.installed import INSTALLED
from gengfu.app.platform import registry_of

FORBIDDEN = re.compile(
    r"""
    ethnic | \brace\b | racial | nationality | minzu | religio | faith | \bcreed
    | politic | party_member | \bparty_membership | hukou | household_regist
    | \bregistration_class | \bface(?!t) | facial | \bgait | biometr | fingerprint
    | voice_?print | \biris\b | retina | \bdna\b | skin_colou?r | sexual | orientation
    | (person|people|caller|citizen|resident|crew|risk|social|credit|trust)_?score
    | score_of | \bprofile | watch_?list | black_?list | suspect | offender
    | criminal_record | prior_record | wechat_id | id_card | identity_number | \bimei
    """,
    re.VERBOSE | re.IGNORECASE,
)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def named(kind: Any, seen: set[Any]) -> Iterator[str]:
    """Every field that values of a type have, at any depth."""
    kind = getattr(kind, "__value__", kind)
    for inner in get_args(kind):
        yield from named(inner, seen)
    if not isinstance(kind, type) or not is_dataclass(kind) or kind in seen:
        return
    seen.add(kind)
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        yield f"{kind.__name__}.{field.name}"
        yield from named(hints[field.name], seen)


def stored() -> set[str]:
    registry, seen = registry_of(INSTALLED), set[Any]()
    found: set[str] = set()
    for machine in registry.machines.values():
        found |= set(named(machine.case, seen))
        for way in (*machine.openings.values(), *machine.moves.values()):
            found |= set(named(way.facts, seen))
    return found


def test_nothing_stored_is_forbidden() -> None:
    found = stored()
    assert len(found) > 150
    assert not [name for name in found if FORBIDDEN.search(snake(name))]


def test_nothing_said_over_the_api_is_forbidden(whole: Whole) -> None:
    document = whole.client.get("/api/openapi.json").json()
    names: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            names.update(value.get("properties", {}))
            if "in" in value and "name" in value:
                names.add(value["name"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(document)
    assert len(names) > 100
    assert not [name for name in names if FORBIDDEN.search(snake(name))]


@pytest.mark.parametrize(
    "name",
    [
        "Person.ethnicity",
        "Caller.religion",
        "political_view",
        "hukou_class",
        "household_registration",
        "face_vector",
        "gait",
        "voiceprint",
        "caller_score",
        "riskScore",
        "watchlist",
        "profile",
    ],
)
def test_the_list_knows_what_it_is_for(name: str) -> None:
    assert FORBIDDEN.search(snake(name))


@pytest.mark.parametrize(
    "name", ["surface", "trace", "interface", "priority", "facets", "score", "region"]
)
def test_the_list_lets_the_rest_be(name: str) -> None:
    assert not FORBIDDEN.search(snake(name))
