"""The whole installed platform, its routes, and who may use them."""

from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gengfu.app.installed import INSTALLED
from gengfu.app.own import own_routes
from gengfu.app.platform import Platform
from gengfu.app.server import Built
from gengfu.surface import Route
from gengfu.web.openapi import Tagged

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "cities" / "coquimbo"


@dataclass(frozen=True)
class Whole:
    """A running platform with a client at its door."""

    built: Built
    client: httpx.Client

    @property
    def platform(self) -> Platform:
        return self.built.platform

    def size(self) -> int:
        return self.platform.office.look(lambda reader: reader.size())

    def headers(self, account: str, purpose: str | None = None) -> dict[str, str]:
        """Return the headers of an account; units and agencies stand for the first."""
        town = self.platform.town
        stands_for = {
            "crew": town.units[0].id,
            "agency-officer": town.agencies[0].id,
            "alarm": "panel-1",
            "station-officer": town.posts[0].id,
        }
        token = self.platform.lobby.sessions.token(account, stands_for.get(account))
        said = {} if purpose is None else {"X-Purpose": purpose}
        return {"Authorization": f"Bearer {token}"} | said

    def holder(self, route: Route) -> str:
        """Return an account that may use the route."""
        for account in self.platform.accounts:
            if set(account.roles) & set(route.roles):
                return account.name
        pytest.fail(f"no account may use {route.method} {route.path}")

    def stranger(self, route: Route) -> str | None:
        """Return an account that may not."""
        for account in self.platform.accounts:
            if not set(account.roles) & set(route.roles):
                return account.name
        return None


def declared() -> list[Tagged]:
    """Return every declared route of the release, without starting it."""
    groups = [r for c in INSTALLED for r in c.routes]
    return [Tagged(g.tag, r) for g in groups for r in g.declared]


def own(whole: Whole) -> list[Tagged]:
    """Return the platform's own routes."""
    group = own_routes(whole.platform)
    return [Tagged(group.tag, route) for route in group.declared]
