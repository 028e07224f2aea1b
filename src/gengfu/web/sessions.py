"""Who is asking: signed session cookies and bearer tokens of named accounts.

Until identities arrive, an account is a named demo role. A token binds an account and
whom it stands for to the server's secret; nothing is kept on the server, so any of
several servers with the same secret takes it. Only sessions that were signed out are
remembered, until they would have run out.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from starlette.requests import HTTPConnection

from gengfu.kernel import Actor, ActorId, BadInput, Clock, NotFound, Purpose, Role

COOKIE = "gengfu_session"
SESSION_LIFE = timedelta(hours=12)
LONGEST_TOKEN = 600
MOST_ENDED = 20_000
_MAC_CHARACTERS = 32
_NONCE_BYTES = 6
_FORMAT = "g1"


class StandsFor(StrEnum):
    """Whom an account must name before it may act."""

    NOBODY = "nobody"
    UNIT = "unit"
    AGENCY = "agency"
    STATION = "station"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A named role that anybody at this machine may take in a demonstration."""

    name: str
    grants: frozenset[tuple[Role, Purpose]]
    home: str = "/"
    stands_for: StandsFor = StandsFor.NOBODY
    signs_in: bool = True
    """False for services: they come with a bearer token, never through the page."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles it holds, in order."""
        return tuple(sorted({role for role, _ in self.grants}))

    def actor(self, represents: str | None) -> Actor:
        """Return the account as the kernel knows it."""
        named = self.name if represents is None else f"{self.name}:{represents}"
        return Actor(ActorId(named), self.grants, represents)


@dataclass(frozen=True, slots=True)
class Session:
    """An authenticated request: its account, whom it stands for, and how it came."""

    account: Account
    represents: str | None
    by_cookie: bool
    id: str = ""
    """What tells it from other sessions of the same account; tokens have none."""
    until: datetime | None = None
    """When it runs out; a token never does."""

    @property
    def actor(self) -> Actor:
        """The one who acts."""
        return self.account.actor(self.represents)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads sessions under the server's secret."""

    secret: bytes = field(repr=False)
    clock: Clock
    accounts: Mapping[str, Account]
    page_sign_in: bool = True
    """Off where the server can be reached from elsewhere."""
    _ended: dict[str, float] = field(default_factory=dict[str, float])
    """Sessions signed out before their time: until when each would have held."""

    @classmethod
    def of(
        cls,
        secret: bytes,
        clock: Clock,
        accounts: Iterable[Account],
        *,
        page_sign_in: bool = True,
    ) -> "Sessions":
        """Return sessions for these accounts."""
        return cls(secret, clock, {a.name: a for a in accounts}, page_sign_in)

    def find(self, request: HTTPConnection) -> Session | None:
        """Return the session of a request; None where it has no valid one."""
        given = request.headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        if scheme.lower() == "bearer":
            return self._by_token(token.strip())
        cookie = request.cookies.get(COOKIE)
        return self._by_cookie(cookie) if cookie and self.page_sign_in else None

    def of_page(self, request: HTTPConnection) -> Session | None:
        """Return the session of a page, None where a request came with none."""
        return self._by_cookie(request.cookies.get(COOKIE, ""))

    def end(self, session: str, until: datetime) -> None:
        """Let a session's cookie open nothing any more; it had held until then."""
        now = self.clock().timestamp()
        if until.timestamp() < now:
            return
        for over in [one for one, until in self._ended.items() if until < now]:
            del self._ended[over]
        while len(self._ended) >= MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        self._ended[session] = until.timestamp()

    def account(self, name: str, represents: str | None) -> Account:
        """Return an account; raises NotFound, or BadInput where it names nobody."""
        found = self.accounts.get(name)
        if found is None:
            raise NotFound(f"no account is called {name[:60]}")
        if (found.stands_for is not StandsFor.NOBODY) != bool(represents):
            raise BadInput(f"represents: {name} stands for {found.stands_for}")
        return found

    def token(self, name: str, represents: str | None = None) -> str:
        """Return the bearer token of an account."""
        self.account(name, represents)
        words = json.dumps([name, represents], ensure_ascii=False, sort_keys=True)
        body = base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")
        return f"{_FORMAT}.{body}.{self._mac('token', body)}"

    def cookie(self, name: str, represents: str | None) -> str:
        """Return the value of a fresh session cookie."""
        self.account(name, represents)
        until = int((self.clock() + SESSION_LIFE).timestamp())
        nonce = secrets.token_hex(_NONCE_BYTES)
        words = json.dumps([name, represents, until, nonce], ensure_ascii=False)
        body = base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")
        return f"{body}.{self._mac('cookie', body)}"

    def _by_token(self, token: str) -> Session | None:
        match token.split("."):
            case [form, body, mac] if form == _FORMAT and len(token) <= LONGEST_TOKEN:
                return self._session("token", body, mac)
            case _:
                return None

    def _by_cookie(self, cookie: str) -> Session | None:
        body, _, mac = cookie.rpartition(".")
        if len(cookie) > LONGEST_TOKEN or not body:
            return None
        return self._session("cookie", body, mac)

    def _session(self, use: str, body: str, mac: str) -> Session | None:
        if not hmac.compare_digest(self._mac(use, body).encode(), mac.encode()):
            return None
        name, represents, *life = _parts(body)
        account = self.accounts.get(name)
        if account is None:
            return None
        if not life:
            return Session(account, represents, by_cookie=False)
        until = datetime.fromtimestamp(life[0], UTC)
        if self.clock() > until or mac in self._ended:
            return None
        return Session(account, represents, by_cookie=True, id=mac, until=until)

    def _mac(self, use: str, body: str) -> str:
        words = f"{use}\n{body}".encode()
        made = hmac.new(self.secret, words, hashlib.sha256).hexdigest()
        return made[:_MAC_CHARACTERS]


@lru_cache(maxsize=20_000)
def _parts(body: str) -> tuple[Any, ...]:
    """Read what was signed; only called once the signature holds."""
    padded = body + "=" * (-len(body) % 4)
    return tuple(cast("list[Any]", json.loads(base64.urlsafe_b64decode(padded))))


def device_token(secret: bytes, unit: str) -> str:
    """Return what a unit's phone sends with its positions; it opens nothing else."""
    words = f"device\n{unit}".encode()
    return hmac.new(secret, words, hashlib.sha256).hexdigest()[:_MAC_CHARACTERS]
