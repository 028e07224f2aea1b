"""Errors as RFC 9457 problem details: what happened, where, and never an internal."""

import logging
import re
import secrets

import msgspec
from starlette.responses import Response

from gengfu.kernel import (
    BadInput,
    Corrupt,
    Erased,
    Forbidden,
    GengfuError,
    Malformed,
    NotFound,
    Refused,
    SignInNeeded,
    Unavailable,
)

from .details import in_language
from .terms import say

PROBLEM = "application/problem+json"
RETRY_AFTER_S = 2
SERVER_FAULT = 500
UNSIGNED = 401
_INCIDENT_BYTES = 6
_LONGEST_DETAIL = 500
_JSON_PLACE = re.compile(r"^(?P<cause>.*) - at `\$\.?(?P<place>[^`]*)`$", re.DOTALL)
_FIELD_PLACE = re.compile(r"^(?P<place>[\w.\[\]-]{1,100}): ")
_log = logging.getLogger("gengfu.web")


class TooLarge(GengfuError):
    """The body is larger than any request of this platform."""

    code = "too-large"


class NotJson(GengfuError):
    """The body is declared as something other than JSON."""

    code = "not-json"


class OtherMedia(GengfuError):
    """The body is declared as a kind of file that is not taken here."""

    code = "other-media"


class TooSlow(GengfuError):
    """The body did not arrive in the time that any body takes."""

    code = "too-slow"


class TooMany(GengfuError):
    """One address or account asks more often than any person would."""

    code = "too-many"


STATUS: tuple[tuple[type[GengfuError], int], ...] = (
    (Erased, 410),
    (NotFound, 404),
    (SignInNeeded, 401),
    (Forbidden, 403),
    (BadInput, 400),
    (Refused, 409),
    (Unavailable, 503),
    (TooLarge, 413),
    (NotJson, 415),
    (OtherMedia, 415),
    (TooSlow, 408),
    (TooMany, 429),
    (Corrupt, 500),
    (Malformed, 500),
)
"""HTTP status by error, the first that fits; the domain knows no such numbers."""

HTTP_CODES = {
    400: "bad-input",
    401: "sign-in-needed",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    413: "too-large",
    415: "not-json",
    422: "bad-input",
    429: "too-many",
    503: "unavailable",
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every refusal."""

    type: str
    title: str
    status: int
    detail: str = ""
    place: str = ""
    incident: str = ""


def problem_of(error: Exception, language: str) -> Problem:
    """Return what may be said about an error.

    What is our own fault gets an incident id, which the log has together with the
    cause; the answer has nothing else.
    """
    status = next((s for kind, s in STATUS if isinstance(error, kind)), 500)
    if not isinstance(error, GengfuError) or status == SERVER_FAULT:
        return _incident(error, language)
    if isinstance(error, Unavailable) and error.__cause__ is not None:
        _log.warning("%s: %s", error, error.__cause__)
    return refusal(error.code, status, str(error), language)


def refusal(code: str, status: int, detail: str, language: str) -> Problem:
    """Return a problem by its code; the place is taken out of the detail."""
    place = ""
    if found := _JSON_PLACE.match(detail):
        detail, place = found["cause"], found["place"]
    elif found := _FIELD_PLACE.match(detail):
        place = found["place"]
    return Problem(
        type=f"/errors/{code}",
        title=say(f"error.{code}", language),
        status=status,
        detail=in_language(_printable(detail), language),
        place=_printable(place),
    )


def _incident(error: Exception, language: str) -> Problem:
    code = error.code if isinstance(error, GengfuError) else "error"
    incident = secrets.token_hex(_INCIDENT_BYTES)
    _log.error("incident %s: %s", incident, error, exc_info=error)
    return Problem(
        type=f"/errors/{code}",
        title=say(f"error.{code}", language),
        status=500,
        incident=incident,
    )


def _printable(words: str) -> str:
    kept = "".join(c if c.isprintable() else " " for c in words[:_LONGEST_DETAIL])
    return kept + ("…" if len(words) > _LONGEST_DETAIL else "")


_encoder = msgspec.json.Encoder()


def answer(problem: Problem) -> Response:
    """Return the problem as a response."""
    headers = {"Cache-Control": "no-store"}
    if problem.status in (429, 503):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if problem.status == UNSIGNED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        _encoder.encode(problem), problem.status, headers, media_type=PROBLEM
    )
