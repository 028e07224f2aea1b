"""Events by month in versions, and how a city's own tables become events."""

from .columns import CELL, CELL_PARTS, SCHEMA, SEPARATOR, Event, Table, events_table
from .importing import KnownAreas, import_events
from .mapping import EventMapping, mapping_of, read_mapping
from .store import EventStore, Import, MonthVersion, month_range
from .validation import RULES, Trouble, ValidationReport, Where

__all__ = [
    "CELL",
    "CELL_PARTS",
    "RULES",
    "SCHEMA",
    "SEPARATOR",
    "Event",
    "EventMapping",
    "EventStore",
    "Import",
    "KnownAreas",
    "MonthVersion",
    "Table",
    "Trouble",
    "ValidationReport",
    "Where",
    "events_table",
    "import_events",
    "mapping_of",
    "month_range",
    "read_mapping",
]
