"""Public answers that may be kept: validators, 304, compression, parts of a file.

Only a screen that says what it is made from is sent this way; everything else of this
server stays `no-store`. The tag of an answer names all that decides over its bytes, so
an unchanged page is neither made nor sent again.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

MAX_AGE_S = 300
"""How long a correction may stay unseen by those who read the page before."""
FOR_ALL = f"public, max-age={MAX_AGE_S}, must-revalidate"
FOR_ONE = f"private, max-age={MAX_AGE_S}, must-revalidate"
"""Where a cookie goes with the answer: no cache may give that to somebody else."""
VARIES = "Accept-Encoding, Accept-Language, Cookie"
_WORTH_PACKING = 600
_PACKED_KINDS = re.compile(r"text/|image/svg|application/(\w+\+)?(json|xml)")
_PACKED_MARK = "-gz"
_TAGS = re.compile(r'(?:W/)?"([^"]*)"')
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_TAG_LENGTH = 32
_OK, _PART, _UNCHANGED, _NO_PART = 200, 206, 304, 416


def tag_of(*parts: str) -> str:
    """Return the tag of what is decided by these words, without its quotes."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:_TAG_LENGTH]


def unchanged(request: Request, tag: str) -> Response | None:
    """Return 304 where the client has this very answer, packed or not."""
    for held in _tags(request.headers.get("if-none-match", "")):
        if held.removesuffix(_PACKED_MARK) == tag:
            return Response(status_code=_UNCHANGED, headers=_headers(held))
    return None


def kept(
    request: Request,
    tag: str,
    content: bytes,
    media_type: str,
    more: Mapping[str, str],
) -> Response:
    """Answer with content: a part of it, packed, or as it is."""
    headers = {**_headers(tag), **more, "Accept-Ranges": "bytes"}
    if (asked := _asked_part(request, tag, len(content))) is not None:
        return _part(content, asked, media_type, headers)
    if packs(request, media_type, len(content)):
        headers |= {"ETag": f'"{tag}{_PACKED_MARK}"', "Content-Encoding": "gzip"}
        content = gzip.compress(content, 6, mtime=0)
    return Response(content, _OK, headers, media_type)


def packs(request: Request, media_type: str, size: int) -> bool:
    """Tell whether an answer of this kind and size is sent packed."""
    return (
        size >= _WORTH_PACKING
        and bool(_PACKED_KINDS.match(media_type))
        and _takes_gzip(request.headers.get("accept-encoding", ""))
    )


@lru_cache(maxsize=256)
def packed_file(path: str, changed_ns: int) -> tuple[str, bytes]:
    """Return a file of ours packed, with its tag; packed once while it is unchanged."""
    del changed_ns
    content = Path(path).read_bytes()
    tag = f"{sha256(content).hexdigest()[:_TAG_LENGTH]}{_PACKED_MARK}"
    return tag, gzip.compress(content, 9, mtime=0)


def _takes_gzip(accepted: str) -> bool:
    for said in accepted.lower().split(","):
        name, _, weight = said.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": f'"{tag}"', "Cache-Control": FOR_ALL, "Vary": VARIES}


def _tags(header: str) -> Iterator[str]:
    for found in _TAGS.finditer(header):
        yield found[1]


def _asked_part(request: Request, tag: str, size: int) -> tuple[int, int] | None:
    """Return the one part of a file that is asked for; None for all of it.

    A part of what has changed meanwhile, and several parts, are answered with all.
    """
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    since = request.headers.get("if-range")
    if found is None or found.groups() == ("", "") or since not in (None, f'"{tag}"'):
        return None
    first, last = found.groups()
    if not first:  # so many from the end
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _part(
    content: bytes,
    asked: tuple[int, int],
    media_type: str,
    headers: dict[str, str],
) -> Response:
    begin, end = asked
    if begin >= end:
        whole = {"Content-Range": f"bytes */{len(content)}"}
        return Response(b"", _NO_PART, {**whole, "Cache-Control": "no-store"})
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
    return Response(content[begin:end], _PART, headers, media_type)
