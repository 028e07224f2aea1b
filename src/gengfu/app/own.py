"""The platform's own routes: who I am, and the dictionary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gengfu.kernel import OVERSIGHT, Purpose, SignInNeeded
from gengfu.surface import Door, Routes
from gengfu.web.doors import ANONYMOUS
from gengfu.web.terms import dictionary

from .platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who is signed in, in which roles, and for whom they act."""

    name: str
    account: str
    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    represents: str | None
    unit: str | None
    agency: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryQuery:
    """The language to speak; without it, that of the request."""

    lang: str = ""


type Words = Mapping[str, Any]


def own_routes(platform: Platform) -> Routes:
    """Return routes that belong to no capability."""
    routes = Routes("", tag="platform", purpose=Purpose(OVERSIGHT))
    units = {u.id for u in platform.town.units}
    agencies = {a.id for a in platform.town.agencies}

    @routes.reads("/me", roles=(), answers=Me)
    async def me(door: Door) -> Me:
        """Show who is signed in."""
        actor = door.actor
        if actor is None or actor.id == ANONYMOUS:
            raise SignInNeeded("sign in first")
        stands_for = actor.represents
        unit = stands_for if stands_for in units else None
        return Me(
            name=stands_for or str(actor.id),
            account=str(actor.id).partition(":")[0],
            roles=tuple(sorted({role for role, _ in actor.grants})),
            purposes=tuple(sorted({purpose for _, purpose in actor.grants})),
            represents=stands_for,
            unit=unit,
            agency=stands_for if stands_for in agencies else None,
            language=door.language,
        )

    @routes.reads(
        "/dictionary", roles=(), query=DictionaryQuery, answers=dict[str, Any]
    )
    async def words(door: Door, data: DictionaryQuery) -> Words:
        """Show every stage, move, role, purpose and error in one language."""
        return dictionary(data.lang if data.lang in ("en", "zh") else door.language)

    _ = me, words
    return routes
