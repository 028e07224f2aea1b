"""Every page is filled in both languages from plain data, and says what it must."""

import html
import re
from typing import Any

import pytest

from gengfu.web.i18n import LANGUAGES, words
from gengfu.web.templates import render

CITY: dict[str, Any] = {
    "name": "Port <East>",
    "name_zh": "东港",
    "timezone": "Asia/Shanghai",
    "simulated": True,
    "emergency_number": "110",
}
ME = {"name": "Lin", "roles": ["dispatcher"]}
AT = "2026-11-21T10:00:00+00:00"
STANDARD = {
    "id": "arrival",
    "name": "First engine in 240 s",
    "name_zh": "首车 240 秒到场",
    "percentile": 90,
    "limit_s": 240,
    "citation": "NFPA 1710",
}
CLOCKS = {
    "standards": [STANDARD],
    "rows": [
        {
            "group": "North",
            "standard": "arrival",
            "n": 40,
            "met": 30,
            "share": 0.75,
            "low": 0.6,
            "high": 0.86,
            "p50_s": 200,
            "p90_s": 300,
        }
    ],
    "warnings": [{"code": "heaping", "text": "Heaped", "text_zh": "集中"}],
}
STAMPS = [
    "received",
    "answered",
    "located",
    "created",
    "dispatched",
    "signed",
    "en_route",
    "on_scene",
    "controlled",
    "closed",
]
INCIDENT = {
    "id": "i1",
    "code": "E-17",
    "stage": "on_scene",
    "priority": 1,
    "place": "Pier <3>",
    "summary": "",
    "area": None,
    "outcome": "",
    "outcome_zh": "",
    "finding": "",
    "deaths": None,
    "contested": 0,
    "simulated": True,
    "opened_at": AT,
    "clocks": dict.fromkeys(STAMPS) | {"received": AT},
    "assignments": [
        {
            "unit": "u1",
            "status": "on_scene",
            "assigned_at": AT,
            "on_scene_at": None,
            "destination": "",
        }
    ],
    "taken_back": [
        {"unit": "u2", "callsign": "E9", "assigned_at": AT, "cleared_at": AT}
    ],
    "agencies": [{"agency": "power", "task": "t1", "stage": "refused"}],
}
DETAIL = {
    "incident": INCIDENT,
    "recounts": (),
    "keeping": None,
    "photos": (),
    "answers": [
        {
            "question": "Is anybody inside?",
            "question_zh": "里面有人吗？",
            "answer": "yes",
            "answer_zh": "是",
        }
    ],
    "notes": [{"at": AT, "text": "Gate is locked"}],
    "recommendations": [
        {
            "opened_at": AT,
            "plan": "fire-urgent",
            "stage": "overridden",
            "override_reason": "Crew knows scene",
            "sent": ["u1"],
            "offered": [
                {
                    "unit": "u1",
                    "callsign": "Engine 1",
                    "low_s": 0,
                    "seconds": 100,
                    "high_s": None,
                    "source": "post",
                    "age_s": None,
                    "cover_lost": 0.02,
                    "chosen": False,
                }
            ],
        }
    ],
    "timeline": [
        {
            "seq": 3,
            "at": AT,
            "actor": "Lin",
            "role": "dispatcher",
            "kind": "incident",
            "move": "dispatch",
            "facts": {"units": ["u1"]},
        }
    ],
}
TASK = {
    "agency_name": "Power",
    "name": "Cut the power",
    "stage": "refused",
    "incident": "i1",
    "code": "E-17",
    "over_s": 20.0,
    "cause": "No crew",
}
BOARD = {
    "late": [{"channel": "web", "over_s": 8.0}, {**INCIDENT, "over_s": 75.0}],
    "late_of": {"calls": 1, "incidents": 1, "tasks": 0},
    "unsigned": [],
    "refused": [TASK],
    "silent_units": [{"callsign": "B1", "stage": "available", "age_s": 90}],
    "heaping": [],
    "click_through": [],
    "waiting_calls": 2,
    "oldest_call_s": 31.0,
}
PAGES: dict[str, dict[str, Any]] = {
    "console.html": {},
    "field.html": {"unit_id": "u1"},
    "sign_in.html": {
        "me": None,
        "page": "sign-in",
        "problem": None,
        "next": "/",
        "demo_accounts": [{"id": "lin", "name": "Lin", "role": "dispatcher"}],
    },
    "report.html": {
        "me": None,
        "page": "report",
        "problems": {"place": "Say where"},
        "values": {},
        "done": None,
        "types": [{"code": "noise", "name": "Noise", "name_zh": "噪音"}],
    },
    "supervision.html": {
        "me": ME,
        "page": "supervision",
        "cards": {"waiting": "12", "cards": {"version": "11"}},
        "at": AT,
        "by": "hour",
        "clocks": CLOCKS,
        "board": BOARD,
    },
    "clocks.html": {
        "me": ME,
        "page": "clocks",
        "by": "area",
        "since": None,
        "until": None,
        "clocks": CLOCKS,
    },
    "incident.html": {
        "me": ME,
        "page": "incident",
        "problem": "",
        "review": "2027-11-21",
        "detail": DETAIL,
        "type_name": "Fire",
        "type_names": {"structure-fire": "Fire"},
        "callsigns": {"u1": "Engine 1"},
        "agency_names": {"power": "Power company"},
        "replay": {"incident": INCIDENT, "tracks": [], "city": {"basemap": ""}},
    },
    "error.html": {
        "me": None,
        "page": "error",
        "status": 404,
        "title": "Not found",
        "detail": "",
    },
}


def page(name: str, language: str = "en", **changes: Any) -> str:
    speak = words(language, CITY["timezone"])
    return render(name, speak, theme="dark", city=CITY, **(PAGES[name] | changes))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_speaks_its_language(name: str, language: str) -> None:
    text = page(name, language)
    assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in text
    assert "<style" not in text
    visible = re.sub(r"<script.*?</script>|<[^>]+>", "", text, flags=re.DOTALL)
    assert bool(re.search(r"[\u4e00-\u9fff]{2}", visible.replace("中文", ""))) is (
        language == "zh"
    )
    assert not re.search(r"\b[a-z_]+\.[a-z_]+\.?[a-z_]*\b(?!\.)", visible), visible


def test_what_people_wrote_is_escaped() -> None:
    text = page("incident.html")
    assert "Pier &lt;3&gt;" in text
    assert "Pier <3>" not in text


def test_simulated_data_are_labelled() -> None:
    for name in ("supervision.html", "incident.html", "sign_in.html"):
        assert "Simulated" in page(name)


def test_report_needs_no_script_and_marks_what_is_missing() -> None:
    text = page("report.html")
    form = re.search(r"<form[^>]*>", text)
    assert form is not None
    assert 'method="post"' in form.group()
    assert re.search(r'id="place"[^>]*aria-invalid="true"', text)
    assert "Say where" in text


def test_report_shows_the_code_once_done() -> None:
    assert "GF-1" in page("report.html", done={"code": "GF-1"})


def test_what_happened_is_told_in_sentences_with_names() -> None:
    text = html.unescape(page("incident.html"))
    assert "<b>Sent: Engine 1</b>" in text
    assert "<b>派出：Engine 1</b>" in html.unescape(page("incident.html", "zh"))
    assert "Power company" in text


def test_who_was_taken_back_and_how_it_ended_stand_in_the_language() -> None:
    ended = {**INCIDENT, "outcome": "Handled", "outcome_zh": "已处置"}
    detail = {**DETAIL, "incident": ended}
    for language, back, outcome in (
        ("en", "Sending taken back", "Handled"),
        ("zh", "出动已撤回", "已处置"),
    ):
        text = page("incident.html", language, detail=detail)
        assert re.search(rf"E9</span>.*{back}", text)
        assert f"<b>{outcome}</b>" in text


def test_a_share_below_its_goal_is_said_in_words_and_shape() -> None:
    text = page("clocks.html")
    assert 'aria-label="75.0 % (60 % – 86 %), Goal 90 %"' in text
    assert "#down" in text
