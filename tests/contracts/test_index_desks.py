"""Publications and escalations on their pages: every step by whom it is for alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from tests.capabilities.safety_index.offices import document
from tests.contracts.conftest import running
from tests.contracts.whole import Whole

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.cases.roles import STATISTICS
from gengfu.capabilities.safety_index.rules.document import Publication

MONTHS = ("2021-01", "2021-02", "2021-03")


@pytest.fixture(scope="module")
def whole() -> Iterator[Whole]:
    """Run a platform where nobody else publishes: what is newest counts here."""
    with running() as found:
        yield found


def of_this_city(whole: Whole, period: str, issue: int = 1, band: str = "red") -> bytes:
    """Return a document whose first area, one of this city, is in a band."""
    made = JsonCodec().decode(Publication, document(period, issue))
    names = list(whole.platform.town.area_names().items())
    places = tuple(
        replace(
            place,
            id=area,
            name=name,
            name_zh=name_zh,
            parent="",
            like=(),
            band=band if number == 0 else "green",
        )
        for number, (place, (area, (name, name_zh))) in enumerate(
            zip(made.places, names, strict=False)
        )
    )
    if issue > 1:
        before = of_this_city(whole, period, issue - 1, band)
        made = replace(made, corrects_sha256=sha256(before).hexdigest())
    made = replace(made, timezone=whole.platform.town.timezone)
    return JsonCodec().encode(replace(made, places=places, compounds=()))


def lay_down(whole: Whole, content: bytes) -> str:
    headers = whole.headers("statistician", STATISTICS)
    headers["Content-Type"] = "application/json"
    answer = whole.client.post("/api/v1/publications", headers=headers, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def page(whole: Whole, path: str, account: str, **query: str) -> str:
    answer = whole.client.get(path, headers=whole.headers(account), params=query)
    assert answer.status_code == 200, answer.text
    whole.client.cookies.clear()  # no language is kept for the next look
    return answer.text


def form_of(text: str, case: str, move: str) -> dict[str, str] | None:
    """Return the hidden fields of the form that makes a move of a case, if there is one."""
    found = re.search(
        rf'name="case" value="{case}"><input type="hidden" name="version"'
        rf' value="(\d+)"><input type="hidden" name="move" value="{move}"',
        text,
    )
    return found and {"case": case, "version": found[1], "move": move}


def make(
    whole: Whole, path: str, account: str, case: str, move: str, **more: str
) -> str:
    """Press a button that the page offers this account; return the page after it."""
    form = form_of(page(whole, path, account), case, move)
    assert form is not None, f"{account} is not offered {move}"
    answer = whole.client.post(path, headers=whole.headers(account), data=form | more)
    assert answer.status_code == 200
    assert 'role="alert"' not in answer.text.replace('role="alert" hidden', "")
    return answer.text


def publish(whole: Whole, period: str, issue: int = 1, band: str = "red") -> str:
    case = lay_down(whole, of_this_city(whole, period, issue, band))
    desk = "/publications"
    make(whole, desk, "index-auditor", case, "audit", calls="200", recorded="190")
    make(whole, desk, "commander", case, "approve")
    make(whole, desk, "statistician", case, "publish")
    return case


@pytest.fixture(scope="module")
def area(whole: Whole) -> str:
    return next(iter(whole.platform.town.area_names()))


@pytest.fixture(scope="module")
def first(whole: Whole) -> str:
    return publish(whole, MONTHS[0])


def test_an_issue_goes_from_desk_to_desk(whole: Whole) -> None:
    desk = "/publications"
    case = lay_down(whole, of_this_city(whole, "2019-12"))
    laid = page(whole, desk, "statistician", laid=case)
    assert "2019-12 · issue 1 is laid down" in laid
    assert "You compiled this one" in laid
    assert form_of(laid, case, "audit") is None
    assert form_of(laid, case, "withdraw") is not None
    assert "Red:" in laid
    auditor = page(whole, desk, "index-auditor")
    assert form_of(auditor, case, "approve") is None
    said = make(
        whole, desk, "index-auditor", case, "audit",
        calls="200", recorded="160", note="night shift",
    )  # fmt: skip
    assert "1.25 calls for each record" in said
    assert "night shift" in said
    assert "每条登记对应 1.25 个报警" in page(whole, desk, "commander", lang="zh")
    assert form_of(page(whole, desk, "auditor"), case, "approve") is None
    make(whole, desk, "commander", case, "approve")
    done = make(whole, desk, "commander", case, "publish")
    assert "/portal?period=2019-12" in done
    assert form_of(done, case, "withdraw") is None
    assert "2019-12" in whole.client.get("/portal?period=2019-12").text


def test_a_correction_says_why_and_the_issue_before_stays(
    whole: Whole, first: str
) -> None:
    case = lay_down(whole, of_this_city(whole, MONTHS[0], 2))
    shown = page(whole, "/publications", "commander")
    assert "Corrects issue 1:" in shown
    assert "Two reports had been counted twice." in shown
    headers = whole.headers("auditor")
    file = whole.client.get(f"/publications/{case}/publication.json", headers=headers)
    assert file.content == of_this_city(whole, MONTHS[0], 2)
    assert "no-store" in file.headers["cache-control"]
    after = make(
        whole, "/publications", "statistician", case, "withdraw", reason="wrong areas"
    )
    assert "wrong areas" in after
    assert "No draft is on its way" in after


@pytest.mark.parametrize(
    ("account", "change", "says"),
    [
        ("index-auditor", {"calls": "many"}, "calls: not a whole number"),
        ("index-auditor", {"calls": "5", "recorded": "6"}, "no more calls"),
        ("index-auditor", {"version": "x"}, "missing or unreadable"),
        ("index-auditor", {"move": "burn"}, "not a move of a publication"),
        ("index-auditor", {"move": "withdraw"}, "reason: say why"),
        ("index-auditor", {"note": "x" * 501}, "note: too long"),
        ("commander", {}, "index-auditor"),
        ("statistician", {}, "index-auditor"),
        ("commander", {"move": "approve"}, "approve does not start from"),
        ("commander", {"move": "publish"}, "publish does not start from"),
    ],
)
def test_what_a_desk_refuses_is_said_and_changes_nothing(
    whole: Whole, account: str, change: dict[str, str], says: str
) -> None:
    case = lay_down(whole, of_this_city(whole, "2020-10"))
    form = {
        "case": case, "version": "1", "move": "audit", "calls": "9", "recorded": "9",
    }  # fmt: skip
    answer = whole.client.post(
        "/publications", headers=whole.headers(account), data=form | change
    )
    chinese = whole.client.post(
        "/publications",
        headers=whole.headers(account),
        data=form | change,
        params={"lang": "zh"},
    )
    make(whole, "/publications", "commander", case, "withdraw", reason="end of test")
    assert answer.status_code == chinese.status_code == 200
    assert says in answer.text
    assert 'role="alert"' in chinese.text
    assert says not in chinese.text or says == "index-auditor"


def test_others_never_reach_the_desks(whole: Whole) -> None:
    for path in ("/publications", "/escalations"):
        for account in ("station-officer", "dispatcher", "call-taker", "crew"):
            headers = whole.headers(account)
            assert whole.client.get(path, headers=headers).status_code == 403
            sent = whole.client.post(path, headers=headers, data={"move": "publish"})
            assert sent.status_code == 403


def escalation_of(text: str, move: str) -> str:
    found = re.search(
        r'name="case" value="([\w.-]+)"><input type="hidden" name="version"'
        rf' value="\d+"><input type="hidden" name="move" value="{move}"',
        text,
    )
    assert found is not None
    return found[1]


def test_red_leads_to_a_notice_and_to_more_only_twice_and_audited(
    whole: Whole, first: str, area: str
) -> None:
    desk = "/escalations"
    name = whole.platform.town.area_names()[area][0]
    red = page(whole, desk, "statistician")
    assert "Red in 2021-01, without a notice" in red
    assert name in red
    offered: Any = {"move": "give_notice", "area": area}
    assert 'value="give_notice"' not in page(whole, desk, "auditor")
    noticed = whole.client.post(
        desk, headers=whole.headers("statistician"), data=offered
    ).text
    case = escalation_of(noticed, "close")
    commander = page(whole, desk, "commander")
    assert form_of(commander, case, "warn") is None
    assert commander.count("(not yet)") == 2
    again = whole.client.post(
        desk, headers=whole.headers("commander"), data=offered
    ).text
    assert "is open already" in again

    publish(whole, MONTHS[1])
    often = page(whole, desk, "commander")
    assert form_of(often, case, "warn") is None  # nobody has looked at recording yet
    heard = make(
        whole, desk, "index-auditor", case, "audit_recording", calls="80", recorded="64"
    )
    assert "1.25 calls for each record" in heard
    assert form_of(heard, case, "warn") is None  # that is the commander's
    warned = make(whole, desk, "commander", case, "warn")
    assert "on the figures of 2021-02" in warned
    assert form_of(warned, case, "interview") is None  # no later month yet
    publish(whole, MONTHS[2])
    talked = make(whole, desk, "commander", case, "interview")
    assert "on the figures of 2021-03" in talked
    assert "已约谈" in page(whole, desk, "commander", lang="zh")
    ended = make(whole, desk, "commander", case, "close", reason="fewer since")
    assert "fewer since" in ended
    assert f"Red in {MONTHS[2]}, without a notice" in ended
