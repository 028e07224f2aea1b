"""Short addresses for machines that can set little of an HTTP request.

An alarm panel has a URL and perhaps a user name and a password. Its request is turned
into one of the public API: the token moves into the header, and the purpose, of which
there is only one, is declared for it. Everything else is decided there.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from gengfu.kernel import BadInput, SignInNeeded

from .doors import PURPOSE_HEADER

MOST_FIELDS = 40
OURS = frozenset({PURPOSE_HEADER.encode(), b"content-type", b"cookie"})
"""What a machine cannot say, or says wrongly: the body is JSON or refused as none."""


@dataclass(frozen=True, slots=True)
class Forward:
    """A route of the public API, and the purpose it is used for."""

    path: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Machines:
    """Stands in front of the application; `ways` are its short addresses."""

    app: ASGIApp
    ways: Mapping[str, Forward]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn a machine's request into one of the API; pass on all others."""
        way = self.ways.get(scope["path"]) if scope["type"] == "http" else None
        await self.app(scope if way is None else _turned(scope, way), receive, send)


def _turned(scope: Scope, way: Forward) -> Scope:
    """Return the request as the API takes it; raises SignInNeeded or BadInput."""
    shown = b""
    kept: list[tuple[bytes, bytes]] = []
    for name, value in scope["headers"]:
        if name == b"authorization":
            shown = value
        elif name not in OURS:
            kept.append((name, value))
    token = _token(shown, scope["query_string"])
    if token:
        kept.append((b"authorization", b"Bearer " + token))
    kept.append((b"content-type", b"application/json"))
    kept.append((PURPOSE_HEADER.encode(), way.purpose.encode()))
    turned = dict(scope)
    turned |= {"path": way.path, "raw_path": way.path.encode(), "headers": kept}
    return turned | {"query_string": b""}


def _token(shown: bytes, query: bytes) -> bytes:
    """Find the token: bearer, password of basic authentication, or in the address."""
    scheme, _, rest = shown.partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip()
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(rest, validate=True).partition(b":")[2]
        except binascii.Error:
            raise SignInNeeded("this authorization cannot be read") from None
    try:
        given = dict(parse_qsl(query.decode("latin-1"), max_num_fields=MOST_FIELDS))
    except ValueError:
        raise BadInput("too many fields") from None
    return given.get("token", "").encode()
