"""Request bodies: read whole and limited, then checked for what JSON readers let pass.

The codec reads values by type. Before it, this refuses what it would pass over in
silence or what no store should hold: unknown and repeated keys, NaN, control
characters, halves of characters, instants far outside of any service's life. Each
refusal names the place.
"""

import asyncio
import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from starlette.requests import Request
from starlette.types import Message, Receive

from gengfu.kernel import UNPRINTABLE, BadInput, Codec

from .problems import NotJson, OtherMedia, TooLarge, TooSlow

MOST_BYTES = 256 * 1024
LONGEST_S = 20.0
"""In which a body of that size arrives over a poor mobile connection."""
SLOWEST_BYTES_PER_S = MOST_BYTES / LONGEST_S
"""So fast at least a larger one must come."""
DEEPEST = 32
FIRST_YEAR, LAST_YEAR = 1970, 2199
_YEAR_DIGITS = 4

type Check = Callable[[Any, str], None]


def in_time(receive: Receive, longest_s: float = LONGEST_S) -> Receive:
    """Return `receive` for a request whose body must be here by then.

    It raises TooSlow while the body is not whole; afterwards it waits as before, for
    the client to go.
    """
    whole = False
    until_s = 0.0

    async def received() -> Message:
        nonlocal whole, until_s
        if whole:
            return await receive()
        until_s = until_s or asyncio.get_running_loop().time() + longest_s
        try:
            async with asyncio.timeout_at(until_s):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"the body was not here after {longest_s:g} s") from None
        whole = not message.get("more_body", False)
        until_s += len(message.get("body", b"")) / SLOWEST_BYTES_PER_S
        return message

    return received


async def body_bytes(request: Request, most: int = MOST_BYTES) -> bytes:
    """Read a body up to a limit; raises TooLarge before it is held whole."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > most:
        raise TooLarge(f"more than {most} bytes")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge(f"more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def require_json(request: Request) -> None:
    """Refuse a body that is declared as something else; raises NotJson."""
    declared = request.headers.get("content-type", "")
    kind = declared.partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson(f"send application/json, not {kind[:60] or 'nothing declared'}")


def require_media(request: Request, media: Sequence[str]) -> None:
    """Refuse a file that is declared as none of these; raises OtherMedia."""
    declared = request.headers.get("content-type", "")
    kind = declared.partition(";")[0].strip().lower()
    if kind not in media:
        said = kind[:60] or "nothing declared"
        raise OtherMedia(f"send {', '.join(media)}, not {said}")


def read_body[T](kind: type[T], raw: bytes, codec: Codec) -> T:
    """Read a JSON body as a value of this type.

    Raises:
        BadInput: naming the place.

    """
    value = loaded(raw)
    check_words(value, "", 0)
    if (check := check_of(kind)) is not None:
        check(value, "")
    return codec.decode(kind, raw)


def loaded(raw: bytes) -> Any:
    """Parse JSON strictly: UTF-8, no repeated keys, no NaN."""
    try:
        text = raw.decode("utf-8")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadInput(f"the body is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"the body is not JSON at {where}: {error.msg}") from None
    except RecursionError:
        raise BadInput("the body is nested too deeply") from None
    except ValueError as error:  # a number with thousands of digits
        raise BadInput(f"the body is not JSON: {str(error)[:80]}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadInput(f"{key[:60]}: given twice")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise BadInput(f"{name} is not a number in JSON")


def check_words(value: Any, place: str, depth: int) -> None:
    """Refuse characters that no text of this platform may hold."""
    if depth > DEEPEST:
        raise BadInput(f"{place[:100]}: nested too deeply")
    if isinstance(value, str):
        if found := UNPRINTABLE.search(value):
            where = f"{place or 'body'}: "
            raise BadInput(f"{where}holds character U+{ord(found[0]):04X}")
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            check_words(key, place, depth + 1)
            check_words(item, f"{place}.{key}" if place else key, depth + 1)
    elif isinstance(value, list):
        for at, item in enumerate(cast("list[Any]", value)):
            check_words(item, f"{place}[{at}]", depth + 1)


@cache
def check_of(kind: Any) -> Check | None:
    """Return the check of unknown keys and far instants for a type, if it needs one."""
    kind = getattr(kind, "__value__", kind)
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return check_of(parts[0])
    if origin in (Union, types.UnionType):
        checks = [c for part in parts if (c := check_of(part)) is not None]
        return checks[0] if len(checks) == 1 else None
    if kind is datetime:
        return _check_instant
    if isinstance(kind, type) and is_dataclass(kind):
        return _record_check(kind)
    if isinstance(origin, type) and parts:
        return _group_check(origin, parts)
    return None


def _group_check(origin: type, parts: tuple[Any, ...]) -> Check | None:
    keyed = issubclass(origin, Mapping)
    item = check_of(parts[1] if keyed else parts[0])
    if item is None:
        return None

    def check(value: Any, place: str) -> None:
        if keyed and isinstance(value, dict):
            for key, one in cast("dict[str, Any]", value).items():
                item(one, f"{place}.{key}")
        elif not keyed and isinstance(value, list):
            for at, one in enumerate(cast("list[Any]", value)):
                item(one, f"{place}[{at}]")

    return check


def _record_check(kind: type) -> Check:
    hints = get_type_hints(kind, include_extras=True)
    names = {field.name for field in fields(cast("Any", kind))}
    checks = {n: c for n in names if (c := check_of(hints[n])) is not None}

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            return
        record = cast("dict[str, Any]", value)
        for key, one in record.items():
            inner = f"{place}.{key}" if place else key
            if key not in names:
                raise BadInput(f"{inner[:100]}: no such field")
            if (look := checks.get(key)) is not None:
                look(one, inner)

    return check


def _check_instant(value: Any, place: str) -> None:
    if not isinstance(value, str):
        return
    year = value[:_YEAR_DIGITS]
    if year.isascii() and year.isdigit() and not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise BadInput(f"{place}: lies outside {FIRST_YEAR} to {LAST_YEAR}")
