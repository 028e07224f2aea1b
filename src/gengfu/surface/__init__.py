"""What a capability shows or accepts: routes, screens, and its own manifest."""

from .capability import Capability, Change, FeedEvent, Runtime, Screen, Site
from .documents import Document, Speech
from .doors import Door, acts_as, admit
from .queries import read_query
from .routes import (
    REFUSALS,
    CaseRoutes,
    LastSeen,
    Route,
    Routes,
    Upload,
    as_seen,
    body_of,
    facts_and_version,
)
from .schemas import Schemas
from .town import Found, Town, TownAgency, TownDevice, TownPost, TownUnit

__all__ = [
    "REFUSALS",
    "Capability",
    "CaseRoutes",
    "Change",
    "Document",
    "Door",
    "FeedEvent",
    "Found",
    "LastSeen",
    "Route",
    "Routes",
    "Runtime",
    "Schemas",
    "Screen",
    "Site",
    "Speech",
    "Town",
    "TownAgency",
    "TownDevice",
    "TownPost",
    "TownUnit",
    "Upload",
    "acts_as",
    "admit",
    "as_seen",
    "body_of",
    "facts_and_version",
    "read_query",
]
