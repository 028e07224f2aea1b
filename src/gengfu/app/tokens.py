"""Tokens that the command line prints: for services, and for units' phones."""

from gengfu.adapters.clock import SystemClock
from gengfu.kernel import BadInput
from gengfu.web.sessions import Sessions, device_token

from .accounts import accounts
from .config import Settings, derived
from .installed import INSTALLED


def token_of(settings: Settings, account: str, represents: str, positions: bool) -> str:
    """Return a token; raises NotFound or BadInput where there is no such account."""
    master = settings.master()
    if positions:
        if not represents:
            raise BadInput("name the unit whose phone this is for")
        return device_token(derived(master, "devices"), represents)
    sessions = Sessions.of(
        derived(master, "sessions"), SystemClock(), accounts(INSTALLED)
    )
    return sessions.token(account, represents or None)
