"""EARS C1, C2 and C3: counts against a short moving baseline.

L. Hutwagner, W. Thompson, G. M. Seeman, T. Treadwell, "The bioterrorism preparedness
and response Early Aberration Reporting System (EARS)", J. Urban Health 80 (2003);
R. D. Fricker, B. L. Hegler, D. A. Dunfee, "Comparing syndromic surveillance detection
methods: EARS' versus a CUSUM-based methodology", Statist. Med. 27 (2008).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import ndtri

from .problem import Codes, Ears, EarsOptions, Flags, Floats, Outcome

_GAP = 2
"""C2 leaves this many counts between its baseline and the count it tests."""
_BEFORE = 2
"""C3 looks at this many counts before the one it tests."""
_LEAST_RECORDED = 2 / 3
"""Share of a baseline that must be recorded."""


def ears_c1(counts: Floats, options: EarsOptions | None = None) -> Ears:
    """Test each count by C1 = (y - mean) / sd over the counts just before it.

    `counts` is [..., N] with nan for what was not recorded; an alarm is C1 > 3. A
    baseline of which less than two thirds is recorded gives Outcome.SHORT. Where the
    baseline does not vary at all, any count above its mean has infinite C1.

    >>> import numpy as np
    >>> found = ears_c1(np.array([2, 4, 3, 2, 5, 3, 2, 9]))
    >>> round(float(found.statistic[-1]), 4), bool(found.alarm[-1])
    (5.1962, True)
    """
    return _direct(counts, options or EarsOptions(), 0)


def ears_c2(counts: Floats, options: EarsOptions | None = None) -> Ears:
    """Test each count as C1 does, with the baseline two counts earlier (C2 > 3)."""
    return _direct(counts, options or EarsOptions(), _GAP)


def ears_c3(counts: Floats, options: EarsOptions | None = None) -> Ears:
    """Test the last three counts together: C3 = sum of max(0, C2 - 1) (C3 > 2).

    `upper` is the largest count that, after the two before it, raises no alarm; it
    is 0 where those two alone do. With `compat="R"` the bound is y + sd (z - sum of
    the two earlier terms), never below 0, and the alarm is y above it.
    """
    choice = options or EarsOptions()
    values, outcome, mean, sigma = _prepared(counts, choice, _GAP)
    above = _above(choice, 2.0)
    second = _standardised(values, mean, sigma)
    if choice.compat == "R":
        # 0 / 0 stays unknown, and so do the bounds that rest on it.
        second = np.where((sigma == 0) & (values == mean), np.nan, second)
    known = outcome == Outcome.TESTED
    # A count that could not be tested, and the time before the record, add nothing.
    term = np.where(known, np.maximum(second - 1, 0), 0.0)
    before = np.zeros_like(term)
    for lag in range(1, _BEFORE + 1):
        before[..., lag:] += term[..., :-lag]
    statistic = np.where(known, before + term, np.nan)
    with np.errstate(invalid="ignore"):
        if choice.compat == "R":
            upper = np.maximum(values + sigma * (above - before), 0.0)
            alarm = known & (values > upper)
        else:
            upper = mean + sigma * (above + 1 - before)
            upper = np.where(before > above, 0.0, np.maximum(upper, 0.0))
            alarm = known & (statistic > above)
    upper = np.where(outcome == Outcome.SHORT, np.nan, upper)
    return Ears(outcome, alarm, statistic, mean, sigma, upper)


def _direct(counts: Floats, options: EarsOptions, gap: int) -> Ears:
    values, outcome, mean, sigma = _prepared(counts, options, gap)
    above = _above(options, 3.0)
    upper = mean + above * sigma
    alarm: Flags = (outcome == Outcome.TESTED) & (values > upper)
    statistic = _standardised(values, mean, sigma)
    return Ears(outcome, alarm, statistic, mean, sigma, upper)


def _above(options: EarsOptions, usual: float) -> float:
    if options.alpha is not None:
        return -float(ndtri(options.alpha))
    return usual if options.above is None else options.above


def _prepared(
    counts: Floats, options: EarsOptions, gap: int
) -> tuple[Floats, Codes, Floats, Floats]:
    """Return the counts, their outcomes, and mean and sd of each one's baseline."""
    values = np.asarray(counts, np.float64)
    if values.ndim < 1 or np.any(values < 0) or np.any(np.isinf(values)):
        raise ValueError("counts must be an array of numbers of 0 or more, or nan")
    mean = np.full(values.shape, np.nan)
    sigma = np.full(values.shape, np.nan)
    length = options.baseline
    first = length + gap
    if values.shape[-1] > first:
        windows = sliding_window_view(values, length, axis=-1)
        windows = windows[..., : values.shape[-1] - first, :]
        known = ~np.isnan(windows)
        number = known.sum(axis=-1)
        enough = number >= max(2, np.ceil(_LEAST_RECORDED * length))
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = np.where(known, windows, 0).sum(axis=-1) / number
            apart = np.where(known, windows - middle[..., None], 0)
            spread = np.sqrt((apart**2).sum(axis=-1) / (number - 1))
        spread = np.maximum(spread, options.fewest_sigma)
        mean[..., first:] = np.where(enough, middle, np.nan)
        sigma[..., first:] = np.where(enough, spread, np.nan)
    outcome = np.full(values.shape, Outcome.TESTED, np.int8)
    outcome[np.isnan(values)] = Outcome.MISSING
    outcome[np.isnan(mean)] = Outcome.SHORT
    return values, outcome, mean, sigma


def _standardised(values: Floats, mean: Floats, sigma: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = (values - mean) / sigma
    return np.where((sigma == 0) & (values == mean), 0.0, statistic)
