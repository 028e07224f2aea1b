"""The index: relative risks of the domains in one score, its band and its ranks."""

from collections.abc import Mapping, Sequence

import numpy as np

from .fit import RatePosterior
from .marginal import Marginal, of_sum
from .problem import (
    BANDS,
    WEIGHTS,
    Band,
    BandRule,
    Floats,
    IndexResult,
    Longs,
    Scale,
    Scores,
)

_HALVINGS = 28
_BEST = 100.0
_DEATH_CELLS = 64


def scores(
    domains: Mapping[str, RatePosterior],
    weights: Mapping[str, float] = WEIGHTS,
    deaths: RatePosterior | None = None,
    *,
    scale: Scale | None = None,
    rules: Sequence[BandRule] = BANDS,
    fdr: float = 0.10,
    level: float = 0.9,
) -> Scores:
    """Return score, interval and band of P places, without any random number.

    RR = exp(sum_d w_d ln theta_d); S as `Scale` says, with theta_D of `deaths` (12
    rolling months). Domains are independent given their counts. Medians are the
    points, and `level` is that of the intervals, which leave equal chances outside.
    Raises ValueError where domains and weights differ or places do not match.
    """
    scale = scale or Scale()
    places = _places(domains, weights, deaths)
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    names = sorted(domains)
    risk = of_sum([(weights[name], domains[name].log_mixture()) for name in names])
    tail = (1.0 - level) / 2.0
    levels = np.array([0.5, tail, 1.0 - tail])
    ratio, ratio_low, ratio_high = (np.exp(risk.quantile(float(at))) for at in levels)
    loss, chance = _death_losses(deaths, scale, places)
    score, low, high = _score_quantiles(risk, loss, chance, scale, levels)
    chances = np.array([_chance(risk, rule) for rule in rules])
    chances = chances.reshape(len(rules), places)
    return Scores(
        score,
        low,
        high,
        ratio,
        ratio_low,
        ratio_high,
        chances,
        bands(chances, rules, fdr=fdr),
    )


def index(
    domains: Mapping[str, RatePosterior],
    weights: Mapping[str, float] = WEIGHTS,
    deaths: RatePosterior | None = None,
    *,
    rng: np.random.Generator,
    draws: int = 4000,
    scale: Scale | None = None,
    rules: Sequence[BandRule] = BANDS,
    fdr: float = 0.10,
    level: float = 0.9,
) -> IndexResult:
    """Return `scores` with an interval of ranks, from joint draws of all places.

    Ranks follow the score before it is clipped; rank 1 is the safest place. `rng` comes
    from the period's seed, so that a publication can be made again: every domain, and
    every place in it, has its own stream.
    """
    scale = scale or Scale()
    made = scores(
        domains, weights, deaths, scale=scale, rules=rules, fdr=fdr, level=level
    )
    names = sorted(domains)
    *streams, last = rng.spawn(len(names) + 1)
    risk = np.zeros((len(made.score), draws)).T
    for name, stream in zip(names, streams, strict=True):
        if weights[name]:
            drawn = np.log2(domains[name].draws(draws, stream))
            risk += weights[name] * scale.per_doubling * drawn
    if deaths is not None:
        death = scale.deaths_per_doubling * np.log2(deaths.draws(draws, last))
        risk += np.clip(death, 0.0, scale.deaths_most)
    rank_low, rank_high = rank_intervals(risk, level)
    return IndexResult(
        made.score,
        made.low,
        made.high,
        made.ratio,
        made.ratio_low,
        made.ratio_high,
        made.chances,
        made.bands,
        rank_low,
        rank_high,
    )


def rank_intervals(values: Floats, level: float = 0.9) -> tuple[Longs, Longs]:
    """Return the ends of each column's rank over draws (n, P): rank 1 is the least.

    At least `level` of the draws lie within, ends included.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if np.isnan(values).any():
        raise ValueError("values must be numbers")
    number, places = values.shape
    order: Longs = np.argsort(np.ascontiguousarray(values), axis=1).astype(np.int64)
    cells: Longs = order * places + np.arange(places, dtype=np.int64)
    times = np.bincount(cells.ravel(), minlength=places * places)
    share = np.cumsum(times.reshape(places, places), axis=1) / number
    tail = (1.0 - level) / 2.0
    low = (share <= tail).sum(axis=1) + 1
    high = (share < 1.0 - tail).sum(axis=1) + 1
    return low.astype(np.int64), np.minimum(high, places).astype(np.int64)


def bands(
    chances: Floats, rules: Sequence[BandRule] = BANDS, *, fdr: float = 0.10
) -> tuple[Band, ...]:
    """Return the band of P places from the chance of each rule, (rules, P).

    A place meets a rule at the rule's probability or more. Of those that do, the
    surest are kept as long as the expected share of false alarms among them, the mean
    of 1 - chance, is at most `fdr` (Newton et al. 2004, Biostatistics 5; Mueller et
    al. 2004, JASA 99). The last rule that a place keeps is its band, else green.
    """
    if not 0 < fdr < 1 or len(chances) != len(rules):
        raise ValueError("bands need a row of chances for each rule and 0 < fdr < 1")
    if np.isnan(chances).any():
        raise ValueError("chances must be numbers")
    found: list[Band] = ["green"] * chances.shape[1]
    for rule, chance in zip(rules, chances, strict=True):
        order = np.argsort(-chance, kind="stable")
        surest = chance[order]
        false = np.cumsum(1.0 - surest) / np.arange(1, len(surest) + 1)
        for place in order[(surest >= rule.probability) & (false <= fdr)].tolist():
            found[place] = rule.band
    return tuple(found)


def _places(
    domains: Mapping[str, RatePosterior],
    weights: Mapping[str, float],
    deaths: RatePosterior | None,
) -> int:
    if not domains or set(domains) != set(weights):
        raise ValueError(f"domains {sorted(domains)} and weights {sorted(weights)}")
    if min(weights.values()) < 0 or not sum(weights.values()) > 0:
        raise ValueError("weights must be 0 or more, one above 0")
    sizes = {posterior.places for posterior in domains.values()}
    sizes |= set() if deaths is None else {deaths.places}
    if len(sizes) != 1:
        raise ValueError(f"domains speak of different places: {sorted(sizes)}")
    return sizes.pop()


def _chance(risk: Marginal, rule: BandRule) -> Floats:
    below = risk.below(np.full(len(risk.centre), np.log(rule.ratio)))
    return below if rule.side == "below" else 1.0 - below


def _death_losses(
    deaths: RatePosterior | None, scale: Scale, places: int
) -> tuple[Floats, Floats]:
    """Return the points that deaths may cost, D, and their chances, D x P.

    Cells of .16 points, far below the one point to which scores are published.
    """
    if deaths is None or scale.deaths_most == 0:
        return np.zeros(1), np.ones((1, places))
    edges = np.linspace(0.0, scale.deaths_most, _DEATH_CELLS + 1)
    risk = edges * (np.log(2.0) / scale.deaths_per_doubling)
    below = of_sum([(1.0, deaths.log_mixture())]).below(
        np.broadcast_to(risk[:, None], (len(risk), places))
    )
    loss = np.concatenate([[0.0], (edges[1:] + edges[:-1]) / 2, [scale.deaths_most]])
    chance = np.concatenate([below[:1], np.diff(below, axis=0), 1.0 - below[-1:]])
    return loss, chance


def _score_quantiles(
    risk: Marginal, loss: Floats, chance: Floats, scale: Scale, levels: Floats
) -> Floats:
    """Return quantiles of S by halving 0 to 100, levels x P."""
    per_log = scale.per_doubling / np.log(2.0)
    rest = scale.expected - loss[:, None]
    low = np.zeros((len(levels), chance.shape[1]))
    high = np.full_like(low, _BEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        limit = (rest - middle[:, None, :]) / per_log
        below = (1.0 - risk.below(limit)) * chance
        less = below.sum(axis=1) < levels[:, None]
        low = np.where(less, middle, low)
        high = np.where(less, high, middle)
    return np.where(low == 0.0, 0.0, np.where(high == _BEST, _BEST, high))
