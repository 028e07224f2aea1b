"""Why a place was found, in the words a call taker reads."""

from enum import StrEnum


class Reason(StrEnum):
    """Stable codes of the reasons."""

    NAME = "name"
    LIKE = "like"
    CROSSING = "crossing"
    NEAR_CROSSING = "near-crossing"
    OVER_OR_UNDER = "over-or-under"
    BLOCK = "block"
    HOUSE_NUMBER = "house-number"
    KILOMETRE_POST = "kilometre-post"
    KILOMETRE_FROM_END = "kilometre-from-end"
    KILOMETRE_BEYOND = "kilometre-beyond"
    COORDINATES = "coordinates"
    LONGITUDE_FIRST = "longitude-first"
    OUTSIDE = "outside"


_WORDS: dict[Reason, tuple[str, str]] = {
    Reason.NAME: ("name", "名称相符"),
    Reason.LIKE: ("similar name", "名称相近"),
    Reason.CROSSING: ("where the two streets meet", "两条道路的交叉口"),
    Reason.NEAR_CROSSING: (
        "no junction; the streets come within {gap} m here",
        "两路不相交；此处相距 {gap} 米",
    ),
    Reason.OVER_OR_UNDER: (
        "the streets cross here; no junction on record, perhaps a bridge",
        "两路在此相交；无路口记录，可能为立交",
    ),
    Reason.BLOCK: (
        "the street; block {number} is somewhere on it",
        "仅定位到道路；{number} 号段在该路某处",
    ),
    Reason.HOUSE_NUMBER: (
        "the street; number {number} is somewhere on it",
        "仅定位到道路；{number} 号在该路某处",
    ),
    Reason.KILOMETRE_POST: (
        "km {km}, reckoned from known kilometre posts",
        "{km} 公里处，按已知里程桩推算",
    ),
    Reason.KILOMETRE_FROM_END: (
        "km {km} measured from the {end} end; no kilometre post on record",
        "自{end_zh}端起量 {km} 公里；无里程桩记录",
    ),
    Reason.KILOMETRE_BEYOND: (
        "the road; km {km} lies beyond the {length} km known here",
        "仅定位到道路；{km} 公里超出本地已知的 {length} 公里",
    ),
    Reason.COORDINATES: ("coordinates", "坐标"),
    Reason.LONGITUDE_FIRST: (
        "coordinates, read with longitude first",
        "坐标（按经度在前读取）",
    ),
    Reason.OUTSIDE: ("coordinates outside the city", "坐标在本市范围之外"),
}


def in_words(code: Reason, **values: str) -> tuple[str, str]:
    """English and Chinese sentence of a reason."""
    english, chinese = _WORDS[code]
    return english.format(**values), chinese.format(**values)
