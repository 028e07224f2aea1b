"""What the command line says of retention, and what it puts right."""

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests import erasing
from tests.erasing import CHIEF, YEAR
from typer.testing import CliRunner

from gengfu.adapters.clock import SystemClock
from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.app.cli import app
from gengfu.app.config import Settings
from gengfu.app.retention import APART, apply_rules, report
from gengfu.app.serving import sole_user
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.kernel import BadInput, Keeping, NotFound, Office, Ref, Refused
from gengfu.kernel.erasing import erase_words, find_keeping, hold_words

CITY = Path(__file__).resolve().parents[2] / "cities" / "coquimbo"


def closed_without_clock(one: Office) -> erasing.Event:
    event = erasing.happen(one)
    one.serve(
        CHIEF,
        RESPONSE,
        lambda d: actions.close_out(d, event.incident, "out", reason="by phone"),
    )
    return event


def test_clocks_start_for_what_was_over_before_there_were_any(
    one: Office, settings: Settings
) -> None:
    event = closed_without_clock(one)
    closed_at = one.clock()
    erasing.prank(one)
    assert report(settings, 30).without_clock == 1
    assert apply_rules(settings, lambda _kind, _share: None) == (1, 1)
    found = one.serve(
        CHIEF, RESPONSE, lambda d: find_keeping(d, Ref("incident", event.incident))
    )
    assert found is not None
    assert found.rule is not None
    assert (found.rule.version, found.until) == (
        "2026-1",
        closed_at + timedelta(days=365),
    )
    assert report(settings, 30).without_clock == 0
    assert apply_rules(settings, lambda _kind, _share: None) == (0, 0)
    erasing.audited(one)


def test_what_should_be_gone_already_goes_one_after_the_other(
    settings: Settings,
) -> None:
    upgrade(settings.database())
    store = SqlStore(settings.database())
    old = erasing.office(store, erasing.NOON - timedelta(days=900))
    events = [closed_without_clock(old) for _ in range(3)]
    before = SystemClock()()
    assert apply_rules(settings, lambda _kind, _share: None) == (3, 0)
    untils = sorted(
        found.until
        for event in events
        if (found := kept(old, event)) is not None and found.until is not None
    )
    store.close()
    assert before <= untils[0]
    assert [b - a for a, b in pairwise(untils)] == [APART, APART]


def kept(one: Office, event: erasing.Event) -> Keeping | None:
    about = Ref(incident.kind, event.incident)
    return one.serve(CHIEF, RESPONSE, lambda d: find_keeping(d, about))


def test_a_new_rule_of_the_city_replaces_the_old_one_and_a_hold_stays(
    one: Office, settings: Settings
) -> None:
    events = [erasing.happen(one) for _ in range(3)]
    for event in events:
        erasing.close(one, event)
    held, gone, _ = (Ref(incident.kind, event.incident) for event in events)
    review = one.clock() + timedelta(days=9)
    one.serve(CHIEF, RESPONSE, lambda d: hold_words(d, held, "court case", review))
    one.serve(CHIEF, RESPONSE, lambda d: erase_words(d, gone, YEAR, "asked"))
    assert apply_rules(settings, lambda _kind, _share: None) == (0, 2)
    after = one.serve(CHIEF, RESPONSE, lambda d: find_keeping(d, held))
    assert after is not None
    assert (after.stage, after.rule and after.rule.version) == ("held", "2026-1")


def test_the_report_says_what_is_due_held_and_erased(
    one: Office, settings: Settings
) -> None:
    soon, later = erasing.happen(one), erasing.happen(one)
    for event in (soon, later):
        erasing.close(one, event)
    about = Ref(incident.kind, later.incident)
    review = one.clock() + timedelta(days=9)
    one.serve(CHIEF, RESPONSE, lambda d: hold_words(d, about, "court case", review))
    found = report(settings, 3650)
    assert [k.case for k in found.due] == [soon.incident]
    assert [k.case for k in found.held] == [later.incident]
    assert (found.kept, found.erased) == (1, ())
    one.serve(
        CHIEF,
        RESPONSE,
        lambda d: erase_words(d, Ref(incident.kind, soon.incident), YEAR, "asked"),
    )
    found = report(settings, 3650)
    assert (found.kept, found.due) == (0, ())
    (gone,) = found.erased
    assert (gone.because, gone.callers) == ("asked for: asked", 2)
    assert soon.incident in gone.cases
    said = json.loads(found.json())
    assert said["held"][0]["hold"]["reason"] == "court case"
    assert not erasing.found_in(found.json().encode())


def test_the_commands_print_it(one: Office, settings: Settings) -> None:
    closed_without_clock(one)
    db = ["--db", settings.database()]
    run = CliRunner(env={"GENGFU_MASTER_KEY": "00" * 32})
    first = run.invoke(app, ["retention", "report", *db])
    assert first.exit_code == 0
    assert "over, without a clock: 1" in first.output
    done = run.invoke(app, ["retention", "apply", "--city", str(CITY), *db])
    assert done.exit_code == 0, done.output
    assert "clocks started: 1" in done.output
    again = run.invoke(app, ["retention", "report", "--days", "400", "--json", *db])
    assert json.loads(again.output)["without_clock"] == 0


def test_bad_input_changes_nothing(one: Office, settings: Settings) -> None:
    nowhere = settings.model_copy(update={"city": None})
    with pytest.raises(BadInput, match="--city"):
        apply_rules(nowhere, lambda _kind, _share: None)
    with sole_user(settings.database()), pytest.raises(Refused, match="another server"):
        apply_rules(settings, lambda _kind, _share: None)
    absent = settings.model_copy(update={"db": "sqlite:////nowhere/x.db"})
    with pytest.raises(NotFound):
        report(absent, 30)
    assert one.look(lambda r: r.size()) == 0
