"""Is this call about something we know of? Open incidents like it, with the reasons.

Each open incident near in space and time gets a probability that the call is about
the same event: a logistic function of how alike the two are (`likeness`), with weights
fitted on calls whose events are known (`bench/duplicates`). Nothing is merged by
itself: candidates are offered with their reasons, and a person decides. Merging is a
move that can be taken back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import cos, exp, radians

from gengfu.kernel import BadInput, Said
from gengfu.kernel.tables import Table, read_table

from .catalogue import Catalogue
from .distances import METRES_PER_DEGREE
from .likeness import FEATURES, Affinity, Likeness, Report, Spot, compare
from .types import DOMAINS
from .words import Reason, reason

_LIKE_WORDS = 0.25
_LIKE_TYPES = 0.5
_NARROWEST_LAT = 89.0


@dataclass(frozen=True, slots=True)
class Matching:
    """Weights, limits and type affinities in one version."""

    version: str
    bias: float
    weights: tuple[float, ...]
    affinity: Affinity
    offer_from: float
    most: int
    within_s: float
    within_m: float

    def probability(self, likeness: Likeness) -> float:
        """Probability that two reports are about one event."""
        total = self.bias + sum(
            weight * value
            for weight, value in zip(self.weights, likeness.features, strict=True)
        )
        return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, total))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open incident that may be the same event; best first where listed."""

    incident: str
    probability: float
    metres: float | None
    minutes: float
    reasons: tuple[Reason, ...]


def suggest(
    draft: Report, open_incidents: Iterable[Report], matching: Matching
) -> tuple[Candidate, ...]:
    """List the open incidents a call may be about, the likeliest first.

    An incident is looked at if it was last heard of within the time and distance
    limits (the doubt of vague locations is added), or has the same callback mark.
    The draft's `at` is the time of the call.
    """
    found: list[tuple[float, str, Likeness]] = []
    for other in _near(draft, open_incidents, matching):
        likeness = compare(draft, other, matching.affinity)
        probability = matching.probability(likeness)
        if probability >= matching.offer_from:
            found.append((-probability, other.id, likeness))
    found.sort(key=lambda f: f[:2])
    return tuple(
        Candidate(name, -p, like.metres, like.minutes, _reasons(like))
        for p, name, like in found[: matching.most]
    )


def _near(
    draft: Report, incidents: Iterable[Report], matching: Matching
) -> Iterable[Report]:
    """Pass on what is worth comparing; the cheap tests come first."""
    spot = draft.spot
    lat = 0.0 if spot is None else min(abs(spot.lat), _NARROWEST_LAT)
    metres_per_lon = METRES_PER_DEGREE * cos(radians(lat))
    for other in incidents:
        if other.id == draft.id:
            continue
        mark = draft.callback_mark
        if mark is None or mark != other.callback_mark:
            if abs((draft.at - other.at).total_seconds()) > matching.within_s:
                continue
            if spot is not None and other.spot is not None:
                limit = matching.within_m + spot.precision_m + other.spot.precision_m
                if abs(spot.lat - other.spot.lat) * METRES_PER_DEGREE > limit:
                    continue
                if abs(spot.lon - other.spot.lon) * metres_per_lon > limit:
                    continue
        yield other


def _reasons(like: Likeness) -> tuple[Reason, ...]:
    found: list[Reason] = []
    if like.same_callback:
        words = Said("Same callback number", "回拨号码相同")
        found.append(reason("same-callback", words))
    if like.metres is not None:
        words = Said(
            "{metres} m away (locations good to {doubt_m} m)",
            "相距{metres}米（定位误差约{doubt_m}米）",
        )
        metres, doubt = round(like.metres), round(like.doubt_m)
        found.append(reason("distance", words, metres=metres, doubt_m=doubt))
    words = Said("Last heard of {minutes} min apart", "相隔{minutes}分钟")
    found.append(reason("time", words, minutes=round(like.minutes)))
    if like.affinity == 1.0:
        found.append(reason("same-type", Said("Same type", "类型相同")))
    elif like.affinity >= _LIKE_TYPES:
        words = Said("Types often given to one event", "类型常用于同一事件")
        found.append(reason("like-type", words, affinity=like.affinity))
    if like.same_street:
        found.append(reason("same-street", Said("Same street", "同一道路")))
    if like.words >= _LIKE_WORDS:
        words = Said("Words are {percent} % alike", "描述相似度{percent}%")
        found.append(reason("words", words, percent=round(100 * like.words)))
    return tuple(found)


def load_matching(
    toml: str | bytes, catalogue: Catalogue, name: str = "duplicates.toml"
) -> Matching:
    """Read weights and affinities; types must be those of the catalogue.

    Raises:
        BadInput: one line naming section and field.

    """
    file = read_table(toml, name)
    file.only("version", "offer", "weights", "affinity")
    offer, weights = _needed(file, "offer"), _needed(file, "weights")
    offer.only("from", "most", "minutes", "metres")
    weights.only("bias", *FEATURES)
    return Matching(
        version=file.text("version"),
        bias=weights.number("bias", -100, 100),
        weights=tuple(weights.number(feature, -100, 100) for feature in FEATURES),
        affinity=_affinity(_needed(file, "affinity"), catalogue),
        offer_from=offer.number("from", 0, 1),
        most=offer.whole("most", 1, 50),
        within_s=60.0 * offer.number("minutes", 1, 10_000),
        within_m=offer.number("metres", 1, 1_000_000),
    )


def _affinity(table: Table, catalogue: Catalogue) -> Affinity:
    table.only("same_domain", "unknown", "domains", "related")
    domains: dict[frozenset[str], float] = {}
    between = _needed(table, "domains")
    for name in between.values:
        pair = frozenset(name.split("-"))
        if not pair <= set(DOMAINS):
            between.refuse(name, "is not a pair of domains")
        domains[pair] = between.number(name, 0, 1)
    pairs: dict[frozenset[str], float] = {}
    for group in table.tables("related"):
        group.only("types", "value")
        value = group.number("value", 0, 1)
        for one, two in combinations(group.choices("types", catalogue.by_code), 2):
            pair = frozenset((one, two))
            pairs[pair] = max(value, pairs.get(pair, 0.0))
    return Affinity(
        pairs, domains, table.number("same_domain", 0, 1), table.number("unknown", 0, 1)
    )


def _needed(file: Table, name: str) -> Table:
    table = file.table(name)
    if table is None:
        raise BadInput(f"{file.where}: {name} is missing")
    return table


__all__ = [
    "Candidate",
    "Matching",
    "Report",
    "Spot",
    "load_matching",
    "suggest",
]
