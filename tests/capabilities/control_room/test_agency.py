"""An agency's page does what the same moves over HTTP do."""

import asyncio

import pytest
from rooms import officer
from screened import Through

from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.screens import agency as page


@pytest.fixture
def press(room, monkeypatch):
    """Press a button of an agency's page."""

    async def do(self, job):
        return self.running.do(self.actor, job)

    monkeypatch.setattr(Through, "do", do, raising=False)

    def pressed(agency, task, move, **more):
        form = {"task": task.id, "version": str(task.version), "move": move, **more}
        door = Through(room, actor=officer(agency))
        return asyncio.run(page.take(door, form=form))["problem"]

    return pressed


def test_an_incident_that_its_only_agency_refuses_waits_again(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    assert press("gas", asked, "refuse", words="no crew") == ""
    assert room.get(incident, case.id).stage == "waiting"


def test_a_task_handed_over_there_names_the_agency_that_comes(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    assert press("gas", asked, "hand_over", to="power", words="their cable") == ""
    assert room.get(incident, case.id).agencies == ("power",)


def test_refusing_needs_a_reason(room, press):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks_of(case.id)
    assert press("gas", asked, "refuse", words=" ") == "words: say why"
    assert room.get(incident, case.id).stage == "dispatched"
