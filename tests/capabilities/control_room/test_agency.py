"""An agency's page does what the same moves over HTTP do."""

import asyncio
import re

import pytest
from rooms import SENDER, actor, crew, officer
from screened import Through, shown

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.photos import Print, attach_photo
from gengfu.capabilities.control_room.screens import agency as page
from gengfu.kernel import CLOCKWORK
from gengfu.kernel.tasks import escalate, task
from gengfu.web.i18n import words


@pytest.fixture
def press(room, monkeypatch):
    """Press a button of an agency's page."""

    async def do(self, job):
        return self.running.do(self.actor, job)

    monkeypatch.setattr(Through, "do", do, raising=False)

    def pressed(agency, seen, move, **more):
        form = {"task": seen.id, "version": str(seen.version), "move": move}
        form |= {"stage": seen.stage, **more}
        door = Through(room, "en", officer(agency))
        return asyncio.run(page.take(door, form=form))

    return pressed


def test_an_incident_that_its_only_agency_refuses_waits_again(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    assert press("gas", asked, "refuse", words="no crew")["problem"] == ""
    assert room.get(incident, case.id).stage == "waiting"


def test_a_task_handed_over_there_names_the_agency_that_comes(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    told = press("gas", asked, "hand_over", to="power", words="their cable")
    assert told["problem"] == ""
    assert room.get(incident, case.id).agencies == ("power",)


def test_a_photo_names_its_unit_although_its_sending_was_undone(room):
    shot = Print(full=b"full jpeg", small=b"small jpeg", width=4, height=3)
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas",))
    room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, shot))
    room.do(SENDER, lambda desk: actions.takes_back(desk, case.id, ["e1"], []))
    door = Through(room, "en", officer("gas"))
    (asked,) = asyncio.run(page.fill(door, query={}))["tasks"]
    assert [who for _, who in asked["photos"]] == ["E1"]


def test_refusing_needs_a_reason(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    told = press("gas", asked, "refuse", words=" ")
    assert told["problem"] == "say why, in a few words"
    assert room.get(incident, case.id).stage == "dispatched"


@pytest.mark.parametrize(("language", "said"), [("en", "A colleague"), ("zh", "同事")])
def test_who_signs_second_is_told_that_a_colleague_has_and_when(
    room, press, language, said
):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    room.wait(seconds=8)
    press("gas", asked, "sign")
    room.wait(seconds=5)
    told = press("gas", asked, "sign")
    assert told["problem"] == ""
    page = shown("agency.html", room, language, told)
    at = words(language, room.room.town.timezone).clock(
        room.get(task, asked.id).signed_at
    )
    (alert,) = re.findall(r'role="alert">.*?<div>(.*?)</div>', page)
    assert alert.startswith(said)
    assert at in alert
    assert room.get(incident, case.id).code in alert
    assert asked.id not in alert


def test_who_acts_on_a_task_handed_on_is_told_so(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    press("gas", asked, "hand_over", to="power", words="their cable")
    told = press("gas", asked, "refuse", words="no crew")
    assert told["meanwhile"] == {"what": "gone", "code": case.code, "at": None}
    assert "somebody else has it now" in shown("agency.html", room, "en", told)


def test_a_clock_that_runs_out_meanwhile_does_not_undo_a_signature(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    room.wait(hours=1)
    clockwork = actor("clock", CLOCKWORK)
    room.do(clockwork, lambda desk: desk.apply(asked.id, escalate))
    assert room.get(task, asked.id).version > asked.version
    told = press("gas", asked, "sign")
    assert (told["problem"], told["meanwhile"]) == ("", None)
    assert room.get(task, asked.id).stage == "signed"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Come and help"), ("zh", "到场协助")]
)
def test_a_task_that_no_card_names_says_what_is_wanted(room, language, said):
    case = room.call(at=(0, 1), type="gas-leak")
    room.send(case, agencies=("power",))
    door = Through(room, language, officer("power"))
    shown = asyncio.run(page.fill(door, query={}))["tasks"]
    assert [one["words"] for one in shown] == [said]
