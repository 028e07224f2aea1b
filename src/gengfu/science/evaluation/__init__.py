"""Evaluation of measures: whether what was done changed how often it happens."""

from .assess import assess
from .att import Effects, GroupTimeEffects, att_gt
from .did import did
from .displacement import displacement_ring, wdd
from .event_study import event_study, pretrend
from .group_time import group_time
from .interrupted import interrupted_series
from .matching import fallback_ratio, match_on_level
from .problem import (
    NEVER,
    Caution,
    Did,
    Estimate,
    EventPoint,
    EventStudy,
    Finding,
    GroupTime,
    GroupTimeCell,
    Interrupted,
    Match,
    Panel,
    PreTrend,
    Wdd,
    adoption_of,
)

__all__ = [
    "NEVER",
    "Caution",
    "Did",
    "Effects",
    "Estimate",
    "EventPoint",
    "EventStudy",
    "Finding",
    "GroupTime",
    "GroupTimeCell",
    "GroupTimeEffects",
    "Interrupted",
    "Match",
    "Panel",
    "PreTrend",
    "Wdd",
    "adoption_of",
    "assess",
    "att_gt",
    "did",
    "displacement_ring",
    "event_study",
    "fallback_ratio",
    "group_time",
    "interrupted_series",
    "match_on_level",
    "pretrend",
    "wdd",
]
