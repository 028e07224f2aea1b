"""The desk and the page of keepings: holds, releases, erasing, and who may."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from rooms import CHIEF, NOON, SENDER
from screened import Through, shown
from wordy import WATCHER, ask, clocks, closed, incident_html, said_in

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.forgetting import dismisses
from gengfu.capabilities.control_room.cases.keepings import holds
from gengfu.capabilities.control_room.live.keepings import retention_view
from gengfu.capabilities.control_room.screens import incident as incident_page
from gengfu.capabilities.control_room.screens import keeping as page
from gengfu.kernel import Ref
from gengfu.web.i18n import words


def take(room, form, who=CHIEF, case=None):
    door = Through(room, actor=who)
    if case is None:
        return asyncio.run(page.take(door, form=form))
    return asyncio.run(incident_page.take(door, case, form=form))


@pytest.fixture
def desk_door(room, monkeypatch):
    async def do(self, job):
        return self.running.do(self.actor, job)

    monkeypatch.setattr(Through, "do", do, raising=False)
    return room


def test_the_incident_page_holds_releases_and_erases(desk_door):
    room = desk_door
    case = closed(room)
    day = (NOON + timedelta(days=90)).date().isoformat()
    hold = {"move": "hold", "reason": "court case", "review": day}
    assert take(room, hold, case=case.id)["problem"] == ""
    html = incident_html(room, case.id)
    assert "Held from erasure by Commander chen since 21 Nov 2026: court case." in html
    refused = take(room, {"move": "erase", "reason": "asked"}, case=case.id)
    assert "held by commander" in refused["problem"]
    release = {"move": "release", "reason": "case is over"}
    assert take(room, release, case=case.id)["problem"] == ""
    done = take(room, {"move": "erase", "reason": "asked"}, case=case.id)
    assert done["problem"] == ""
    assert "Erased on 21 Nov 2026 on request: asked." in incident_html(room, case.id)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"move": "hold", "reason": "court case", "review": "soon"}, "not a date"),
        ({"move": "hold", "reason": "court case", "review": "9999-12-31"}, "two years"),
        ({"move": "hold", "reason": "x", "review": "2027-01-01"}, "reason: 3 to 500"),
        ({"move": "erase", "reason": "asked", "callers": "many"}, "not a number"),
        ({"move": "burn", "reason": "asked"}, "not a move"),
        ({"move": "release", "reason": "asked"}, "nobody holds"),
    ],
)
def test_bad_forms_are_said_on_the_page(desk_door, form, said):
    case = desk_door.call(at=(0, 1))
    assert said in take(desk_door, form, case=case.id)["problem"]


def test_who_may_not_is_told_so(desk_door):
    case = closed(desk_door)
    form = {"move": "erase", "reason": "asked"}
    for who in (SENDER, WATCHER):
        assert "needs commander" in take(desk_door, form, who, case.id)["problem"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_all_keepings(desk_door, language):
    room = desk_door
    held, soon, gone = closed(room), closed(room), closed(room)
    review = room.clock() + timedelta(days=400)
    room.do(
        WATCHER,
        lambda d: holds(d, Ref("incident", held.id), "court case", review),
    )
    ask(room, gone.id)
    heard = Heard(
        channel=Channel.WEB, type="noise", priority=4, text="she-is-deaf-note"
    )

    def prank(desk):
        taken = actions.take_in(desk, heard)
        rule = room.room.rulebook.retention.dismissed
        return dismisses(desk, taken.id, "not ours", rule)

    other = room.do(CHIEF, prank)
    room.wait(days=101)
    clocks(room)
    room.wait(days=239)
    clocks(room)
    context = asyncio.run(page.fill(Through(room, language), query={}))
    view = context["view"]
    assert [one.case for one in view.held] == [held.id]
    assert [one.case for one in view.due] == [soon.id]
    assert view.erased == ()
    html = shown("retention.html", room, language, context)
    assert held.id in html
    assert soon.id in html
    assert said_in(html) == set()
    for period in view.periods:
        assert period.citations[0] in html.replace("&#39;", "'")
    room.wait(days=61)
    clocks(room)
    context = asyncio.run(page.fill(Through(room, language), query={}))
    assert context["view"].held[0].hold.overdue
    assert words(language, "UTC").t("keeping.look") in shown(
        "retention.html", room, language, context
    )
    recent = room.office.look(
        lambda r: retention_view(
            room.room.codec,
            r,
            room.room.rulebook.retention,
            datetime(2026, 12, 1, tzinfo=UTC),
        )
    )
    assert {c for one in recent.erased for c in one.cases} >= {gone.id, other.id}


def test_the_page_takes_ids_of_calls_and_incidents_only(desk_door):
    for wanted in ("", "unit-e1", "<script>", "incident-nothing"):
        form = {"move": "release", "reason": "asked", "case": wanted}
        assert take(desk_door, form)["problem"] != ""
