"""Scan statistics: where, and since when, there are more cases than chance makes."""

from .problem import (
    SIGNAL_RECURRENCE_DAYS,
    Cluster,
    Rates,
    ScanResult,
    Sites,
    SpaceTimeCluster,
)
from .spacetime import spacetime_permutation_scan
from .spatial import binomial_scan, poisson_scan

__all__ = [
    "SIGNAL_RECURRENCE_DAYS",
    "Cluster",
    "Rates",
    "ScanResult",
    "Sites",
    "SpaceTimeCluster",
    "binomial_scan",
    "poisson_scan",
    "spacetime_permutation_scan",
]
