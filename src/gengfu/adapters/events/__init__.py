"""Events by month in versions, and how a city's own tables become events."""

from .columns import (
    SCHEMA,
    SIMULATED,
    Event,
    Table,
    events_table,
)
from .importing import KnownAreas, import_events
from .mapping import EventMapping, mapping_of, read_mapping
from .store import EventStore, Import, MonthVersion, month_range
from .succession import Lifetime, Note, Succession, lifetimes_of
from .validation import RULES, Trouble, ValidationReport, Where

__all__ = [
    "RULES",
    "SCHEMA",
    "SIMULATED",
    "Event",
    "EventMapping",
    "EventStore",
    "Import",
    "KnownAreas",
    "Lifetime",
    "MonthVersion",
    "Note",
    "Succession",
    "Table",
    "Trouble",
    "ValidationReport",
    "Where",
    "events_table",
    "import_events",
    "lifetimes_of",
    "mapping_of",
    "month_range",
    "read_mapping",
]
