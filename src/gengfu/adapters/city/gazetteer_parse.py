"""Places that are written rather than named: coordinates, crossings, kilometres.

Everything here reads text only; what is found is checked against the city by the
gazetteer. Lengths are bounded by the caller, patterns by repetition counts, so that no
input takes long.
"""

import re
from dataclasses import dataclass
from math import isfinite

_ANY_CASE = re.IGNORECASE
_NUMBER = r"[-+−]?\d{1,3}(?:[.,]\d{1,10})?"
_DECIMAL_PAIR = re.compile(
    rf"(?:geo:|@)?\s*\(?\s*({_NUMBER})\s*°?\s*([NSEWO]?)\s*"
    rf"(?:[,;/，]\s*|\s+)({_NUMBER})\s*°?\s*([NSEWO]?)\s*\)?\Z",
    _ANY_CASE,
)
_PART = r"\d{1,3}(?:[.,]\d{1,8})?"
_SEXAGESIMAL = re.compile(
    rf"([NSEWO])?\s*([-−]?{_PART})\s*(?:[°º度\s]|\Z)\s*"
    rf"(?:({_PART})\s*['′’分\s]\s*)?(?:({_PART})\s*(?:[\"″”秒]|'')?\s*)?(?(1)|([NSEWO])?)",
    _ANY_CASE,
)
_COMPASS_ZH = {"北纬": "N", "南纬": "S", "东经": "E", "西经": "W"}
_SEPARATOR = re.compile(
    r"\s*(?:/|&|@|\+|、|与|和|跟|交)\s*"
    r"|\s+(?:and|at|con|y|e|esquina|esq\.?|c/|corner|corner of|near|x|cross)\s+",
    _ANY_CASE,
)
_CROSSING_NOISE = re.compile(
    r"\A(?:the\s+)?(?:corner|intersection|junction|cnr|esquina|cruce|interseccion"
    r"|intersección)\s+(?:of|de|del)?\s*|(?:的)?(?:交叉口|交汇处|交界处|路口|十字路口)\Z",
    _ANY_CASE,
)
_BLOCK = re.compile(r"(\d{1,6})\s*(?:block(?:\s+of)?|blk(?:\s+of)?)\s+(.+)", _ANY_CASE)
_HOUSE_FIRST = re.compile(
    r"(\d{1,6})(?:\s+1/2)?(?:\s*[a-d])?[\s,]+(?=\D)(.+)", _ANY_CASE
)
_HOUSE_LAST = re.compile(
    r"(.*?\D)[\s,]*(?:n[º°o]?\.?|#|num\.?|nro\.?)?\s*(\d{1,6})\s*[号號]?\Z", _ANY_CASE
)
_KILOMETRE = re.compile(
    r"(?:(.*?)[\s,]*\b)?(?:km|kilomet(?:er|re|ro)|公里|k)\.?\s*"
    r"(\d{1,4}(?:[.,]\d{1,3})?)\b[\s,]*(?:of|de|del|la|on)?\s*(.*)",
    _ANY_CASE,
)
_KILOMETRE_ZH = re.compile(
    r"(.*?)\s*(\d{1,4}(?:\.\d{1,3})?)\s*(?:公里|km)处?\Z", _ANY_CASE
)
_METRES_PER_DEGREE = 111_320.0
_FINEST_M = 5.0
_RIGHT_ANGLE = 90.0
_HALF_TURN = 180.0
_SIXTY = 60.0
_AXES = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two angles as written, and which of them is the latitude if the text says so.

    `rounding_m` is half of the last written digit on the ground.
    """

    first: float
    second: float
    rounding_m: float
    latitude_first: bool | None


@dataclass(frozen=True, slots=True)
class Kilometre:
    """A post or distance along a road."""

    road: str
    km: float


def _value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "."))


def _digits(text: str) -> int:
    parts = re.split(r"[.,]", text)
    return len(parts[1]) if len(parts) > 1 else 0


def _order(first: str, second: str) -> bool | None:
    """Tell whether latitude comes first (True) or last; None: nobody said."""
    for letter, latitude_first in ((first, True), (second, False)):
        if letter in ("N", "S"):
            return latitude_first
        if letter in ("E", "W", "O"):
            return not latitude_first
    return None


def _signed(value: float, letter: str) -> float:
    return -abs(value) if letter in ("S", "W", "O") else value


def read_coordinates(text: str) -> Pair | None:
    """Two coordinates in degrees, or degrees, minutes and seconds; None if not."""
    for words, letter in _COMPASS_ZH.items():
        text = text.replace(words, f" {letter} ")
    text = text.strip()
    decimal = _DECIMAL_PAIR.match(text)
    if decimal:
        first, letter, second, other = decimal.groups()
        letter, other = letter.upper(), other.upper()
        if not (letter or other) and not (_digits(first) and _digits(second)):
            return None
        digits = min(_digits(first), _digits(second))
        return _pair(
            _signed(_value(first), letter),
            _signed(_value(second), other),
            0.5 * 10.0**-digits,
            _order(letter, other),
        )
    return _read_sexagesimal(text)


def _read_sexagesimal(text: str) -> Pair | None:
    if not re.search(r"[°º度NSEWO]", text, _ANY_CASE):
        return None
    read: list[tuple[float, float, str]] = []
    position = 0
    while position < len(text) and len(read) <= _AXES:
        match = _SEXAGESIMAL.match(text, position)
        if match is None:
            return None
        before, degrees, minutes, seconds, after = match.groups()
        letter = (before or after or "").upper()
        unit = 1 / 3600 if seconds else 1 / 60 if minutes else 1.0
        written = seconds or minutes or degrees
        value = abs(_value(degrees)) + _value(minutes or "0") / _SIXTY
        value += _value(seconds or "0") / _SIXTY**2
        if degrees[0] in "-−":
            value = -value
        rounding = 0.5 * unit * 10.0 ** -_digits(written)
        read.append((_signed(value, letter), rounding, letter))
        position = match.end()
        while position < len(text) and text[position] in " ,;，/":
            position += 1
    if len(read) != _AXES:
        return None
    (first, rough, letter), (second, also_rough, other) = read
    return _pair(first, second, max(rough, also_rough), _order(letter, other))


def _pair(
    first: float, second: float, rounding: float, latitude_first: bool | None
) -> Pair | None:
    if not (isfinite(first) and isfinite(second)):
        return None
    if max(abs(first), abs(second)) > _HALF_TURN:
        return None
    if min(abs(first), abs(second)) > _RIGHT_ANGLE:
        return None
    rounding_m = max(rounding * _METRES_PER_DEGREE, _FINEST_M)
    return Pair(first, second, rounding_m, latitude_first)


def split_crossing(text: str) -> list[tuple[str, str]]:
    """Read a text as two streets, in the first two ways there are; maybe none."""
    bare = _CROSSING_NOISE.sub("", text).strip()
    ways: list[tuple[str, str]] = []
    for match in _SEPARATOR.finditer(bare):
        left, right = bare[: match.start()].strip(), bare[match.end() :].strip()
        if left and right:
            ways.append((left, right))
    return ways[:2]


def read_block(text: str) -> tuple[int, str] | None:
    """Read "4000 Block of MISSION ST" as (4000, "MISSION ST")."""
    match = _BLOCK.match(text)
    return (int(match[1]), match[2]) if match else None


def read_house(text: str) -> tuple[int, str] | None:
    """Read "625 1/2 Oak St" or "Balmaceda 1234" as number and street; a guess."""
    match = _HOUSE_FIRST.match(text)
    if match:
        return int(match[1]), match[2].strip()
    match = _HOUSE_LAST.match(text)
    if match:
        return int(match[2]), match[1].strip(" ,")
    return None


def read_kilometre(text: str) -> Kilometre | None:
    """Read "Ruta 5 km 468" or "km 3.5 Ruta 41" as the road and the kilometre."""
    match = _KILOMETRE.fullmatch(text)
    if match:
        before, km, after = match[1] or "", match[2], match[3]
        road = " ".join(part for part in (before.strip(), after.strip()) if part)
        return Kilometre(road, _value(km)) if road else None
    match = _KILOMETRE_ZH.fullmatch(text)
    if match and match[1].strip():
        return Kilometre(match[1].strip(), _value(match[2]))
    return None
