"""Positions of units over HTTP, taken without a framework in between.

Thousands of phones report each second, so this is a bare ASGI application: a path, a
token, a few numbers, one call. Two dialects are understood: OsmAnd, as Traccar clients
speak it (query or form), and OwnTracks (JSON). Every unit has a token of its own; it
comes as a Bearer token, as the password of basic auth, or as `token` in the query.
"""

import base64
import binascii
import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from gengfu.kernel import BadInput, Clock, NotFound, SignInNeeded, Unavailable

from .bodies import MOST_BYTES, in_time
from .problems import PROBLEM, UNSIGNED, TooLarge, problem_of
from .sessions import device_token

PREFIX = "/ingest/"
ALARM = "/ingest/alarm"
OTHERS = frozenset({ALARM})
"""What comes to `/ingest/` and is no position; the application takes it."""
KMH_PER_KNOT = 1.852
OLDEST = timedelta(hours=1)
NEWEST = timedelta(minutes=2)
MOST_KNOWN = 20_000
MOST_FIELDS = 40
MOST_QUERY = 4096
MOST_MS = 1e11
"""Larger stamps are milliseconds since 1970, smaller ones seconds."""
MOST_LON, MOST_LAT = 180.0, 90.0
_LONGEST_NUMBER = 40
_LONGEST_UNIT = 120

type Take = Callable[
    [str, float, float, datetime, float | None, float | None, float | None], bool
]
"""unit, longitude, latitude, instant, heading, speed_kmh, accuracy_m -> kept?"""


class OwnTracks(msgspec.Struct, frozen=True):
    """What an OwnTracks phone sends; other kinds of message are thanked for only."""

    kind: str = msgspec.field(name="_type", default="")
    lon: float = math.nan
    lat: float = math.nan
    tst: float = math.nan
    topic: str = ""
    tid: str = ""
    vel: float | None = None
    cog: float | None = None
    acc: float | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A position report, read and checked."""

    unit: str
    lon: float
    lat: float
    at: datetime
    heading: float | None
    speed_kmh: float | None
    accuracy_m: float | None


@dataclass(slots=True)
class Ingest:
    """Stands in front of the application and takes positions."""

    app: ASGIApp
    secret: bytes = field(repr=False)
    clock: Clock
    take: Take | None = None
    """Given once the control room runs; until then phones are asked to wait."""
    taken: int = 0
    refused: int = 0
    _known: dict[bytes, str] = field(default_factory=dict[bytes, str])
    _tokens: dict[str, str] = field(default_factory=dict[str, str])
    """Headers and tokens that have proved right before."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a position, or pass the request on."""
        if scope["type"] != "http" or not _of_positions(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            status, body = 200, await self._taken(scope, receive)
            kind = b"application/json"
        except Exception as error:
            self.refused += 1
            problem = problem_of(error, "en")
            status, body = problem.status, _encoder.encode(problem)
            kind = PROBLEM.encode()
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        if status == UNSIGNED:
            headers.append((b"www-authenticate", b'Basic realm="positions"'))
        await send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )
        await send({"type": "http.response.body", "body": body})

    async def _taken(self, scope: Scope, receive: Receive) -> bytes:
        dialect = scope["path"][len(PREFIX) :]
        if dialect == "osmand":
            fix = await self._osmand(scope, receive)
            thanks = b'{"kept":true}'
        elif dialect == "owntracks":
            fix = await self._owntracks(scope, receive)
            thanks = b"[]"
        else:
            raise NotFound(
                "positions come to /ingest/osmand or /ingest/owntracks, alarms to"
                " /ingest/alarm"
            )
        if fix is None:
            return thanks
        if self.take is None:
            raise Unavailable("still starting; try again in a moment")
        kept = self.take(
            fix.unit,
            fix.lon,
            fix.lat,
            fix.at,
            fix.heading,
            fix.speed_kmh,
            fix.accuracy_m,
        )
        self.taken += kept
        self.refused += not kept
        return thanks if kept or dialect == "owntracks" else b'{"kept":false}'

    async def _osmand(self, scope: Scope, receive: Receive) -> Fix:
        query: bytes = scope["query_string"]
        if scope["method"] == "POST":
            body = await _body(receive)
            query = query + b"&" + body if query else body
        elif scope["method"] != "GET":
            raise NotFound("positions come by GET or POST")
        given = _fields(query)
        unit = self._unit(scope, given.get("token"), given.get("id"))
        return self._checked(
            Fix(
                unit,
                _number(given, "lon"),
                _number(given, "lat"),
                self._instant(given.get("timestamp")),
                _maybe(given, "bearing"),
                _maybe(given, "speed", KMH_PER_KNOT),
                _maybe(given, "accuracy"),
            )
        )

    async def _owntracks(self, scope: Scope, receive: Receive) -> Fix | None:
        if scope["method"] != "POST":
            raise NotFound("OwnTracks sends by POST")
        raw = await _body(receive)
        try:
            found = _owntracks.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInput(str(error)) from None
        query = _fields(scope["query_string"])
        named = found.topic.split("/")[1] if found.topic.count("/") > 1 else found.tid
        unit = self._unit(scope, query.get("token"), query.get("id") or named)
        if found.kind != "location":
            return None
        return self._checked(
            Fix(
                unit,
                found.lon,
                found.lat,
                self._stamp(found.tst),
                found.cog,
                found.vel,
                found.acc,
            )
        )

    def _unit(self, scope: Scope, token: str | None, named: str | None) -> str:
        """Return the unit whose token this is; raises SignInNeeded."""
        shown = _authorization(scope)
        if shown is None and token and named:
            proved = self._tokens.get(named)
            if proved is not None and _same(proved, token):
                return named
        if shown is not None and (known := self._known.get(shown)) is not None:
            if named and known != named and shown.startswith(b"Bearer"):
                raise SignInNeeded("this token is another unit's")
            return known
        unit = named or ""
        if shown is not None:
            unit, token = _credentials(shown, unit)
        if not unit or not token or len(unit) > _LONGEST_UNIT:
            raise SignInNeeded("name a unit, and show its token")
        if not _same(device_token(self.secret, unit), token):
            raise SignInNeeded("this is not the unit's token")
        if len(self._known) + len(self._tokens) >= MOST_KNOWN:
            self._known.clear()
            self._tokens.clear()
        if shown is None:
            self._tokens[unit] = token
        else:
            self._known[shown] = unit
        return unit

    def _instant(self, words: str | None) -> datetime:
        if not words:
            return self.clock()
        try:
            return self._stamp(float(words[:_LONGEST_NUMBER]))
        except ValueError:
            pass
        try:
            at = datetime.fromisoformat(words[:_LONGEST_NUMBER])
        except ValueError:
            raise BadInput("timestamp: cannot be read") from None
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

    def _stamp(self, seconds: float) -> datetime:
        if math.isnan(seconds):
            return self.clock()
        try:
            return datetime.fromtimestamp(
                seconds / 1000 if seconds > MOST_MS else seconds, UTC
            )
        except (OverflowError, ValueError, OSError):
            raise BadInput("timestamp: lies outside the calendar") from None

    def _checked(self, fix: Fix) -> Fix:
        if not -MOST_LON <= fix.lon <= MOST_LON:
            raise BadInput("lon: must be -180 to 180")
        if not -MOST_LAT <= fix.lat <= MOST_LAT:
            raise BadInput("lat: must be -90 to 90")
        now = self.clock()
        if not now - OLDEST <= fix.at <= now + NEWEST:
            raise BadInput("timestamp: is not of now; set the phone's clock")
        return fix


def _of_positions(path: str) -> bool:
    return path.startswith(PREFIX) and path not in OTHERS


_encoder = msgspec.json.Encoder()
_owntracks = msgspec.json.Decoder(OwnTracks)


def _same(wanted: str, shown: str) -> bool:
    """Compare tokens in a time that says nothing of where they differ."""
    return hmac.compare_digest(wanted.encode(), shown.encode())


def _authorization(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return value
    return None


def _credentials(shown: bytes, named: str) -> tuple[str, str]:
    """Return unit and token from a header; raises SignInNeeded where it has none."""
    scheme, _, rest = shown.partition(b" ")
    if scheme.lower() == b"bearer":
        return named, rest.decode("latin-1").strip()
    try:
        user, _, password = (
            base64.b64decode(rest, validate=True).decode().partition(":")
        )
    except (binascii.Error, UnicodeDecodeError):
        raise SignInNeeded("this authorization cannot be read") from None
    return user, password


async def _body(receive: Receive) -> bytes:
    receive = in_time(receive)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            break
    if len(body) > MOST_BYTES:
        raise TooLarge(f"more than {MOST_BYTES} bytes")
    return body


def _fields(query: bytes) -> dict[str, str]:
    """Read a query or form; only what is escaped takes the slow way."""
    if len(query) > MOST_QUERY:
        raise TooLarge(f"more than {MOST_QUERY} bytes")
    words = query.decode("latin-1")
    if "%" in words or "+" in words:
        try:
            return dict(parse_qsl(words, max_num_fields=MOST_FIELDS))
        except ValueError:
            raise BadInput("too many fields") from None
    parts = words.split("&", MOST_FIELDS)
    return {name: value for name, _, value in (p.partition("=") for p in parts)}


def _number(given: dict[str, str], name: str) -> float:
    try:
        value = float(given[name][:_LONGEST_NUMBER])
    except KeyError:
        raise BadInput(f"{name}: missing") from None
    except ValueError:
        raise BadInput(f"{name}: is not a number") from None
    if not math.isfinite(value):
        raise BadInput(f"{name}: is not a number")
    return value


def _maybe(given: dict[str, str], name: str, times: float = 1.0) -> float | None:
    if name not in given or not given[name]:
        return None
    value = _number(given, name)
    return value * times if value >= 0 else None
