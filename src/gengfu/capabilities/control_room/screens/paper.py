"""After action on paper: one incident as a record that somebody can sign.

Taken from the same history as the incident's page, less the words of calls: what
callers said, their names and their numbers are not on paper, and of photos only how
many there are.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from gengfu.capabilities.control_room.live.history import (
    CaseHistory,
    TimelineItem,
    history,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import callsigns_of
from gengfu.capabilities.control_room.rules.standards import CLOCKS
from gengfu.kernel import CaseId, Said
from gengfu.surface import Document, Door, Speech

from .sheet import Column, Edges, Sheet

ON_PAPER = (
    "unit", "units", "agency", "agencies", "status", "stage", "priority", "type",
    "place", "located", "reason", "outcome", "cause", "source", "channel", "task",
    "spec", "to", "into", "destination", "override_reason", "finding", "deaths",
)  # fmt: skip
"""The facts of a move that are printed. Words of calls are not among them, and notes
have a section of their own."""
CALL_FACTS = ("channel", "type", "priority", "reason")
ENDINGS = ("finish", "withdraw", "refuse")
TICK = "●"
NOTHING = "–"
STAMP = 3.0
"""Width of a column of times against the others."""


async def document(door: Door, case: str, speech: Speech) -> Document:
    """Print one incident; raises NotFound."""
    room = door.runtime(Room)
    wanted, language = CaseId(case), speech.language
    detail = await door.look(lambda reader: history(room, reader, wanted, language))
    by = "" if door.actor is None else door.actor.id
    paper = Paper(room, detail, speech, room.now(), by)
    content = await asyncio.to_thread(paper.pdf)
    name = f"{detail.incident.code}.pdf"
    return Document(media_type="application/pdf", name=name, content=content)


@dataclass(frozen=True, slots=True)
class Paper:
    """One incident on its way to paper."""

    room: Room
    detail: CaseHistory
    speech: Speech
    printed_at: datetime
    printed_by: str

    def pdf(self) -> bytes:
        """Set all sections."""
        return self.sheet().pdf()

    def sheet(self) -> Sheet:
        """Put the sections one below the other."""
        t = self.speech.t
        incident = self.detail.incident
        simulated = incident.simulated or self.room.city.simulated
        city = self._name(self.room.town)
        printed = t(
            "paper.printed",
            at=self.speech.full(self.printed_at),
            zone=self.room.town.timezone,
            by=self.printed_by,
        )
        sheet = Sheet(
            f"{incident.code} {self._type(incident.type)}",
            self.speech.language,
            Edges(
                left=f"{city} · {t('paper.title')}",
                right=incident.code,
                foot=printed,
                page=t("paper.page"),
                mark=t("paper.simulated") if simulated else "",
            ),
        )
        self._headline(sheet)
        self._erased(sheet)
        self._clocks(sheet)
        self._units(sheet)
        self._tasks(sheet)
        self._recommendations(sheet)
        self._notes(sheet)
        self._corrections(sheet)
        self._timeline(sheet)
        sheet.words(t("paper.left_out"), quiet=True)
        seqs = [one.seq for one in self.detail.timeline]
        first, last = min(seqs, default=0), max(seqs, default=0)
        sheet.signature(
            t("paper.binds", code=incident.code, first=first, last=last),
            (t("paper.commander"), t("paper.rank"), t("paper.signed_at")),
        )
        return sheet

    # -- sections -------------------------------------------------------------------

    def _headline(self, sheet: Sheet) -> None:
        t, word, incident = self.speech.t, self.speech.word, self.detail.incident
        area = self.room.town.area_names().get(incident.area or "", ("", ""))
        where = [incident.place, self._said(Said(*area))]
        if incident.lon is not None and incident.lat is not None:
            where.append(f"{incident.lat:.5f}, {incident.lon:.5f}")
        where.append(word("located", incident.located))
        ended = self._said(Said(incident.outcome, incident.outcome_zh))
        outcome = ended and t("paper.outcome", outcome=ended)
        found = incident.finding
        finding = "" if found is None else word("finding", found)
        deaths = "" if incident.deaths is None else t("paper.deaths", n=incident.deaths)
        into = incident.merged_into and self.room.code_of(CaseId(incident.merged_into))
        stage = word("stage.incident", incident.stage)
        why = Said(incident.priority_reason, incident.priority_reason_zh)
        urgency = f"P{incident.priority} {word('priority', incident.priority)}"
        calls = t("paper.calls", n=incident.calls)
        photos = incident.photos and t("paper.photos", n=incident.photos)
        opened = self.speech.full(incident.opened_at)
        sheet.headline(
            _joined(incident.code, opened, self.room.town.timezone),
            self._type(incident.type),
            [
                _joined(*where),
                _joined(urgency, self._said(why)),
                _joined(
                    stage, into or "", outcome, finding, deaths, calls, photos or ""
                ),
            ],
        )

    def _erased(self, sheet: Sheet) -> None:
        """Say that the words are gone, since when and by which rule."""
        kept = self.detail.keeping
        if kept is None or kept.erased_at is None:
            return
        t, day = self.speech.t, self.speech.day(kept.erased_at)
        if kept.because:
            sheet.words(t("keeping.erased_asked", day=day, reason=kept.because))
        else:
            rule, version = kept.rule, kept.rule_version
            sheet.words(t("keeping.erased", day=day, rule=rule, version=version))

    def _clocks(self, sheet: Sheet) -> None:
        t, clocks = self.speech.t, self.detail.incident.clocks
        corrected = {one.clock for one in self.detail.corrections}
        rows: list[tuple[str, ...]] = []
        before = clocks.received
        for name in CLOCKS:
            at = cast("datetime | None", getattr(clocks, name))
            mark = f" ({t('paper.corrected')})" if name in corrected else ""
            if at is None:
                rows.append((t(f"clock.{name}"), NOTHING, NOTHING, NOTHING))
                continue
            since = (at - clocks.received).total_seconds()
            step = (at - before).total_seconds()
            first = name == "received"
            rows.append(
                (
                    t(f"clock.{name}") + mark,
                    self._when(at),
                    NOTHING if first else self.speech.running(step),
                    NOTHING if first else self.speech.running(since),
                )
            )
            before = at
        sheet.section(t("sheet.clocks"))
        columns = (
            Column(t("paper.clock"), 5),
            Column(t("paper.at"), 5),
            Column(t("paper.step"), 3, "RIGHT"),
            Column(t("paper.since"), 3, "RIGHT"),
        )
        sheet.table(columns, rows)

    def _units(self, sheet: Sheet) -> None:
        t, word = self.speech.t, self.speech.word
        sheet.section(t("paper.units"))
        sent, back = self.detail.incident.assignments, self.detail.incident.taken_back
        if back:
            named = [self._pair(a.callsign, self._when(a.cleared_at)) for a in back]
            units = t("paper.between").join(named)
            sheet.words(t("said.incident.take_back", units=units))
        if not sent:
            sheet.words(t("paper.none"), quiet=True)
            return
        kinds = self.room.rulebook.cards.kinds
        carried = any(a.transporting_at or a.at_destination_at for a in sent)
        stamps = ["assigned_at", "en_route_at", "on_scene_at"]
        stamps += ["transporting_at", "at_destination_at"] if carried else []
        columns = [Column(t("field.unit"), 1.8), Column(t("paper.kind"), 3)]
        columns += [
            Column(word("stage.unit", s.removesuffix("_at")), STAMP) for s in stamps
        ]
        columns += [
            Column(t("sheet.cleared"), STAMP),
            Column(t("paper.promised"), 2.4, "RIGHT"),
            Column(t("paper.driven"), 2.2, "RIGHT"),
        ]
        rows: list[tuple[str, ...]] = []
        for one in sent:
            drive = None
            if one.on_scene_at is not None:
                drive = (one.on_scene_at - one.assigned_at).total_seconds()
            rows.append(
                (
                    one.callsign,
                    self._said(kinds[one.kind]) if one.kind in kinds else one.kind,
                    *(self._when(getattr(one, stamp)) for stamp in stamps),
                    self._when(one.cleared_at),
                    self._arrival(one.eta_low_s, one.eta_high_s, one.eta_s),
                    self.speech.running(drive),
                )
            )
        sheet.table(columns, rows)

    def _tasks(self, sheet: Sheet) -> None:
        t, word = self.speech.t, self.speech.word
        sheet.section(t("paper.tasks"))
        if not self.detail.tasks:
            sheet.words(t("paper.none"), quiet=True)
            return
        ended = {
            item.case: item.at
            for item in self.detail.timeline
            if item.kind == "task" and item.move in ENDINGS
        }
        asked = self._asked()
        rows = [
            (
                self._agency(one.agency or one.role),
                asked.get(one.id, one.name),
                self._when(one.opened_at),
                self._when(one.sign_by),
                _joined(self._when(one.signed_at), one.signed_by or ""),
                self._when(one.due_by),
                _joined(
                    word("stage.task", one.stage),
                    self._when(ended[one.id]) if one.id in ended else "",
                    self._said(Said(one.cause, one.cause_zh)),
                ),
            )
            for one in self.detail.tasks
        ]
        columns = (
            Column(t("field.agency"), 3),
            Column(t("field.task"), 4),
            Column(t("paper.asked"), 2.2),
            Column(t("paper.sign_by"), 2.2),
            Column(t("paper.signed"), 3),
            Column(t("paper.due_by"), 2.2),
            Column(t("paper.ended"), 3.4),
        )
        sheet.table(columns, rows)

    def _recommendations(self, sheet: Sheet) -> None:
        t, word = self.speech.t, self.speech.word
        sheet.section(t("incident.recommendations"))
        if not self.detail.recommendations:
            sheet.words(t("incident.no_recommendations"), quiet=True)
        for one in self.detail.recommendations:
            stage = word("stage.recommendation", one.stage)
            why = one.override_reason
            override = why and t("incident.override", reason=why)
            head = _joined(self._when(one.opened_at), one.plan, stage, override)
            sheet.words(head, keep=True)
            named = [o for o in one.offered if o.chosen or o.unit in one.sent]
            others = [o.callsign for o in one.offered if o not in named]
            rows = [
                (
                    o.callsign,
                    self._arrival(o.low_s, o.high_s, o.seconds),
                    t("recommend.from_post")
                    if o.source == "post"
                    else t("paper.position"),
                    f"{100 * o.cover_lost:.1f} %",
                    TICK if o.chosen else NOTHING,
                    TICK if o.unit in one.sent else NOTHING,
                )
                for o in named
            ]
            columns = (
                Column(t("field.unit"), 2),
                Column(t("paper.promised"), 2),
                Column(t("paper.from"), 3),
                Column(t("paper.cover_lost"), 2, "RIGHT"),
                Column(t("recommend.title"), 2),
                Column(t("incident.chosen"), 2),
            )
            sheet.table(columns, rows)
            if others:
                sheet.words(t("paper.others", units=", ".join(others)), quiet=True)
            if one.unmet:
                sheet.words(t("paper.unmet", needs=", ".join(one.unmet)))

    def _notes(self, sheet: Sheet) -> None:
        t = self.speech.t
        sheet.section(t("sheet.notes"))
        if not self.detail.notes:
            sheet.words(t("incident.no_notes"), quiet=True)
            return
        columns = (
            Column(t("paper.at"), 2),
            Column(t("paper.by"), 3),
            Column(t("field.text"), 11),
        )
        gone = t("keeping.gone_words")
        rows = [
            (self._when(one.at), one.by, one.text or gone) for one in self.detail.notes
        ]
        sheet.table(columns, rows)

    def _corrections(self, sheet: Sheet) -> None:
        t = self.speech.t
        clocks = [
            (
                t(f"clock.{one.clock}"),
                self._when(one.was),
                self._when(one.now),
                one.reason,
                f"{one.by} {self._when(one.at)}",
            )
            for one in self.detail.corrections
        ]
        deaths = [
            (
                t("field.deaths"),
                NOTHING if one.was is None else str(one.was),
                str(one.now),
                one.reason,
                f"{one.by} {self._when(one.at)}",
            )
            for one in self.detail.recounts
        ]
        for title, of, rows in (
            ("paper.corrections", "paper.clock", clocks),
            ("deaths.put_right", "field.what", deaths),
        ):
            if rows:
                sheet.section(t(title))
                sheet.table((Column(t(of), 3), *self._put_right()), rows)

    def _put_right(self) -> tuple[Column, ...]:
        t = self.speech.t
        return (
            Column(t("paper.was"), 3),
            Column(t("paper.now"), 3),
            Column(t("field.reason"), 5),
            Column(t("paper.by"), 3),
        )

    def _timeline(self, sheet: Sheet) -> None:
        t, word = self.speech.t, self.speech.word
        entries = self.detail.timeline
        sheet.section(t("sheet.timeline"))
        if entries:
            first, last = entries[0].seq, entries[-1].seq
            sheet.words(t("paper.entries", n=len(entries), first=first, last=last))
        columns = (
            Column(t("paper.entry"), 1.5, "RIGHT"),
            Column(t("paper.at"), 2.2),
            Column(t("field.what"), 4),
            Column(t("paper.facts"), 7),
            Column(t("paper.by"), 3.2),
        )
        rows = [
            (
                f"#{one.seq}",
                self._when(one.at),
                self._pair(word("kind", one.kind), word(f"move.{one.kind}", one.move)),
                self._facts(one),
                f"{one.represents or one.actor} · {word('role', one.role)}",
            )
            for one in entries
        ]
        sheet.table(columns, rows)

    # -- words ------------------------------------------------------------------------

    def _facts(self, one: TimelineItem) -> str:
        if one.facts is None:
            return self.speech.t("paper.erased")
        if one.kind == "recommendation":
            return ""
        names = CALL_FACTS if one.kind == "call" else ON_PAPER
        given = ((name, one.facts.get(name)) for name in names)
        found = [(name, value) for name, value in given if value or value == 0]
        return _joined(
            *(
                self._pair(self.speech.word("fact", name), self._fact(name, value))
                for name, value in found
            )
        )

    def _pair(self, name: str, value: str) -> str:
        return self.speech.t("paper.pair", name=name, value=value)

    def _fact(self, name: str, value: object) -> str:
        if isinstance(value, list | tuple):
            several = cast("Sequence[object]", value)
            between = self.speech.t("paper.between")
            return between.join(self._fact(name, one) for one in several)
        if isinstance(value, dict):
            known = cast("dict[str, Any]", value)
            if "sign_within" in known:
                return self._asked_words(known)
            return str(known.get("callsign") or known.get("words") or "")
        code = str(value)
        if name == "type":
            return self._type(code)
        if name in ("channel", "priority", "located", "finding"):
            return self.speech.word(name, code)
        if name in ("status", "stage"):
            return self.speech.word("stage.unit", code)
        if name == "into":
            return self.room.code_of(CaseId(code))
        signs = callsigns_of(self.detail.incident)
        return signs.get(code) or self._agency(code)

    def _asked(self) -> Mapping[str, str]:
        """Return what each task asks, in the words it was asked with."""
        return {
            one.case: self._asked_words(one.facts["spec"])
            for one in self.detail.timeline
            if one.kind == "task" and one.facts and "spec" in one.facts
        }

    def _asked_words(self, spec: Mapping[str, Any]) -> str:
        return str(spec.get("words") or spec.get("name", ""))

    def _agency(self, code: str) -> str:
        known: Iterable[object] = self.room.town.agencies
        found = {str(getattr(a, "id", "")): a for a in known}
        return self._name(found[code]) if code in found else code

    def _type(self, code: str) -> str:
        kind = self.room.rulebook.catalogue.by_code.get(code)
        return code if kind is None else self._said(kind.name)

    def _name(self, thing: Any) -> str:
        return self._said(Said(thing.name, thing.name_zh or thing.name))

    def _said(self, said: Said) -> str:
        return said.zh if self.speech.language == "zh" and said.zh else said.en

    def _arrival(
        self, low_s: float | None, high_s: float | None, middle_s: float | None
    ) -> str:
        if middle_s is None:
            return NOTHING
        low_s = middle_s if low_s is None else low_s
        return self.speech.interval(low_s, high_s, middle_s)

    def _when(self, at: datetime | None) -> str:
        """Write a time of day, with its date where that is not the first one."""
        if at is None:
            return NOTHING
        clock, opened = self.speech.clock(at), self.detail.incident.opened_at
        first_day = self.speech.full(opened).removesuffix(self.speech.clock(opened))
        same = self.speech.full(at) == first_day + clock
        return clock if same else self.speech.full(at)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
