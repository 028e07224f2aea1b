"""Detection: counts that are more than the past leads one to expect."""

from .cusum import (
    average_run_length,
    cusum_negative_binomial,
    cusum_poisson,
    reference_value,
)
from .ears import ears_c1, ears_c2, ears_c3
from .farrington import farrington, farrington_flexible
from .problem import (
    Alarms,
    Cusum,
    CusumOptions,
    Ears,
    EarsOptions,
    FarringtonOptions,
    FlexibleOptions,
    Outcome,
)

__all__ = [
    "Alarms",
    "Cusum",
    "CusumOptions",
    "Ears",
    "EarsOptions",
    "FarringtonOptions",
    "FlexibleOptions",
    "Outcome",
    "average_run_length",
    "cusum_negative_binomial",
    "cusum_poisson",
    "ears_c1",
    "ears_c2",
    "ears_c3",
    "farrington",
    "farrington_flexible",
    "reference_value",
]
