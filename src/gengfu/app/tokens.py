"""Tokens that the command line prints: for services, and for units' phones."""

from gengfu.adapters.city.reading import load
from gengfu.adapters.clock import SystemClock
from gengfu.kernel import BadInput
from gengfu.web.sessions import Sessions, StandsFor, device_token

from .accounts import STANDS_FOR, accounts
from .config import Settings, derived
from .installed import INSTALLED


def token_of(settings: Settings, account: str, represents: str, positions: bool) -> str:
    """Return a token; raises NotFound or BadInput where there is no such account."""
    master = settings.master()
    if positions:
        if STANDS_FOR.get(account) is not StandsFor.UNIT:
            raise BadInput("only crews send positions: gengfu token crew UNIT")
        if not represents:
            raise BadInput("name the unit whose phone this is for")
        return device_token(derived(master, "devices"), represents)
    sessions = Sessions.of(
        derived(master, "sessions"), SystemClock(), accounts(INSTALLED)
    )
    return sessions.token(account, represents or None)


def doubt_about(settings: Settings, account: str, represents: str) -> str:
    """Say that no city lists whom a token stands for; nothing where one does.

    A token may be made before the unit is: what its name opens is asked when it is
    used. Machines are called what their token calls them.
    """
    kind = STANDS_FOR.get(account, StandsFor.NOBODY)
    if not represents or kind is StandsFor.MACHINE:
        return ""
    if settings.city is None:
        return (
            f"No city is named (--city), so nobody looked for a {kind} {represents}."
            f" 未指定城市，未核对{represents}。"
        )
    city = load(settings.city)
    listed = {
        StandsFor.UNIT: city.units,
        StandsFor.AGENCY: city.agencies,
        StandsFor.STATION: city.posts,
    }
    if any(one.id == represents for one in listed.get(kind, ())):
        return ""
    return (
        f"{city.name} lists no {kind} {represents}: until there is one, this token"
        f" stands for nobody. {city.name_zh}未列有{represents}："
        "列入之前此令牌不代表任何人。"
    )
