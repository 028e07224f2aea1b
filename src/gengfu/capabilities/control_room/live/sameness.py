"""Calls that may be about an incident that is open already."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gengfu.capabilities.control_room.cases.calls import Call, CallStage, call
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    Located,
    incident,
)
from gengfu.capabilities.control_room.rules.duplicates import (
    Candidate,
    Report,
    Spot,
    suggest,
)
from gengfu.kernel import Case, CaseId, Codec, Reader

from .picture import Picture
from .rulebook import Rulebook

SURE_M = 30.0
"""How far off a place may be that somebody verified."""
UNSURE_M = 150.0
MOST_SPARE = 1000
"""Incidents that are remembered although the picture does not have them."""


class DraftForm(Protocol):
    """A call form as it fills."""

    @property
    def text(self) -> str: ...
    @property
    def type(self) -> str | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def callback(self) -> str: ...


class Sameness:
    """Remembers when an open incident was last heard of, and by which callers."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._heard: dict[CaseId, tuple[datetime, str | None]] = {}

    def load(self, reader: Reader, codec: Codec, picture: Picture) -> None:
        """Look up the calls of incidents that were open before this server began."""
        for case in picture.incidents.values():
            for known in case.calls:
                row = reader.find(call.kind, known)
                if row is not None:
                    self.note(codec.decode(Call, row.body), picture)

    def note(self, case: Case, picture: Picture) -> None:
        """Take in a call that joined an incident, or an incident that ended.

        A call may come before its incident, or after that has ended.
        """
        if isinstance(case, Call) and case.stage is CallStage.ERASED:
            self._heard.pop(case.incident or case.id, None)
        elif isinstance(case, Call) and case.incident is not None:
            self._heard[case.incident] = (case.opened_at, case.caller_mark)
            if len(self._heard) > len(picture.incidents) + MOST_SPARE:
                live = self._heard.keys() & picture.incidents.keys()
                self._heard = {one: self._heard[one] for one in live}
        elif isinstance(case, Incident) and case.stage in incident.ends:
            self._heard.pop(case.id, None)

    def suggest(
        self, draft: DraftForm, caller: str | None, picture: Picture, now: datetime
    ) -> Sequence[Candidate]:
        """Return open incidents that a call may be about, likeliest first."""
        spot = None
        if draft.lon is not None and draft.lat is not None:
            spot = Spot(draft.lon, draft.lat, SURE_M)
        kind = self._rulebook.catalogue.by_code.get(draft.type or "")
        report = Report(
            id="",
            at=now,
            type=None if kind is None else kind.code,
            domain=None if kind is None else kind.domain,
            spot=spot,
            words=draft.text,
            callback_mark=caller,
        )
        known = map(self._report, picture.incidents.values())
        return suggest(report, known, self._rulebook.matching)

    def _report(self, case: Incident) -> Report:
        heard, caller = self._heard.get(case.id, (case.opened_at, None))
        kind = self._rulebook.catalogue.by_code.get(case.type)
        spot = None
        if case.place is not None:
            precision_m = SURE_M if case.located is Located.VERIFIED else UNSURE_M
            spot = Spot(case.place.lon, case.place.lat, precision_m)
        return Report(
            id=case.id,
            at=heard,
            type=case.type,
            domain=None if kind is None else kind.domain,
            spot=spot,
            words=case.summary,
            callback_mark=caller,
        )
