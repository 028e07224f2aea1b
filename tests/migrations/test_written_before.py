"""A ledger written before cases got further fields is intact, complete and goes on."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests import erasing
from tests.erasing import CHIEF, actor

from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.receipts import contests, read_matter
from gengfu.capabilities.control_room.cases.recounting import correct_deaths
from gengfu.capabilities.control_room.cases.roles import CALLER, RESPONSE
from gengfu.capabilities.control_room.rules.policy import Contesting
from gengfu.kernel import CaseId, Office

DUMP = Path(__file__).with_name("written_before.sql")
"""Written on 2026-11-21: a fire whose words were erased; a gas leak that was closed,
contested by its code and closed again; two incidents merged, closed, reopened."""
ENTRIES = 48
CONTESTED = CaseId("incident-06gvrui6036ifjtfnc")
RECEIPT = CaseId("receipt-2ZBU28DJEFV2")
RULE = Contesting(within=timedelta(days=14), most=3)


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Office]:
    """The office that goes on with the old ledger, two days later."""
    place = tmp_path / "city.db"
    with sqlite3.connect(place) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    connection.close()
    upgrade(f"sqlite:///{place}")
    store = SqlStore(f"sqlite:///{place}")
    yield erasing.office(store, erasing.NOON + timedelta(days=2), seed=9)
    store.close()


def test_it_is_intact_and_complete_and_means_what_it_meant(before: Office) -> None:
    assert erasing.audited(before).size == ENTRIES
    case = before.serve(CHIEF, RESPONSE, lambda d: d.get(incident, CONTESTED))
    assert (case.stage, case.outcome, case.reopened) == ("closed", "done again", 1)
    assert (case.finding, case.deaths, case.contested) == (None, None, 0)


def test_it_goes_on(before: Office) -> None:
    resident = actor("anonymous", CALLER)
    again = before.serve(resident, RESPONSE, lambda d: contests(d, RECEIPT, RULE))
    assert (again.contested, again.reopened) == (1, 2)
    before.serve(
        CHIEF,
        RESPONSE,
        lambda d: actions.close_out(d, CONTESTED, "out", reason="seen", deaths=1),
    )
    later = before.serve(
        CHIEF,
        RESPONSE,
        lambda d: d.apply(CONTESTED, correct_deaths, 2, "died in hospital"),
    )
    assert (later.deaths, later.recounts[0].was) == (2, 1)
    assert erasing.audited(before).size > ENTRIES
    matter = before.look(lambda r: read_matter(r, before.codec, RECEIPT))
    assert len(matter.receipt.contested) == 2
