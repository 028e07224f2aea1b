"""Incidents full of words that must go, and where people could read them."""

import asyncio
from datetime import timedelta

from rooms import CHIEF, actor
from screened import Through, shown

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.closures import close
from gengfu.capabilities.control_room.cases.forgetting import (
    keep_closure,
    keep_incident,
)
from gengfu.capabilities.control_room.cases.incidents import note
from gengfu.capabilities.control_room.cases.keepings import erases
from gengfu.capabilities.control_room.screens import incident as incident_page
from gengfu.kernel import AUDITOR, Place, Ref, clockwork
from gengfu.kernel.erasing import make_due_move

SAID = ("smoke-on-third", "she-is-deaf-note", "Rosa", "5551234", "corner-house")
WATCHER = actor("aud", AUDITOR)


def closed(room, **more):
    case = room.call(
        at=(0, 1),
        text="smoke-on-third",
        caller_name="Rosa",
        callback="5551234",
        answers={"trapped": "corner-house"},
        **more,
    )
    room.do(CHIEF, lambda d: d.apply(case.id, note, "she-is-deaf-note"))
    room.wait(minutes=9)

    def job(desk):
        after = actions.close_out(desk, case.id, "out", reason="by phone")
        rule = room.room.rulebook.retention.rule_for(after.type)
        keep_incident(desk, after, rule)
        return after

    return room.do(CHIEF, job)


def clocks(room):
    """Make the moves that are due, as the worker does."""
    found = room.office.look(lambda r: list(r.due(room.clock(), 100)))
    for due in found:
        room.office.serve(
            clockwork("emergency-response"),
            "emergency-response",
            lambda desk, d=due: make_due_move(desk, d),
        )
    room.follow()
    return len(found)


def ask(room, case, callers=1, who=CHIEF):
    rules = room.room.rulebook.retention

    def job(desk):
        about = Ref("incident", case)
        return erases(desk, about, rules, "asked at the desk", callers)

    return room.do(who, job)


def incident_html(room, case, language="en"):
    door = Through(room, language)
    context = asyncio.run(incident_page.fill(door, case, query={}))
    return shown("incident.html", room, language, context)


def said_in(text):
    return {one for one in SAID if one in text}


def shut(room, hours=1):
    """Close a road for a reason with a name in it."""
    until = room.clock() + timedelta(hours=hours)
    rule = room.room.rulebook.retention.routine

    def job(desk):
        made = desk.open(close, (1, 2), "Rosa", until, Place(0.0, 0.0, "here"))
        keep_closure(desk, made, rule)
        return made

    return room.do(CHIEF, job)
