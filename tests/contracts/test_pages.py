"""Every screen opens for those it is for, in both languages, and for nobody else."""

import re

import pytest
from tests.contracts.whole import Whole

from gengfu.app.installed import INSTALLED
from gengfu.surface import Screen

SCREENS = [screen for c in INSTALLED for screen in c.screens]
PLAIN = [s for s in SCREENS if "{" not in s.path and s.document is None]


def path(screen: Screen) -> str:
    return screen.path


def holder(whole: Whole, screen: Screen) -> str:
    names = [a.name for a in whole.platform.accounts if set(a.roles) & {*screen.roles}]
    assert names, f"no account may open {screen.path}"
    return names[0]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("screen", PLAIN, ids=path)
def test_opens(screen: Screen, language: str, whole: Whole) -> None:
    headers = whole.headers(holder(whole, screen))
    answer = whole.client.get(screen.path, headers=headers, params={"lang": language})
    assert answer.status_code == 200, answer.text[-600:]
    wanted = "zh-Hans" if language == "zh" else "en"
    assert f'<html lang="{wanted}"' in answer.text
    assert "<script>" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize("screen", SCREENS, ids=path)
def test_sends_others_to_sign_in_or_away(screen: Screen, whole: Whole) -> None:
    public = {role for role, _ in whole.platform.public}
    target = re.sub(r"\{\w+\}", "nothing-1", screen.path)
    answer = whole.client.get(target, follow_redirects=False)
    if public & set(screen.roles):
        assert answer.status_code in ({200, 404} if "{" in screen.path else {200})
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=/")
    for account in whole.platform.accounts:
        if not set(account.roles) & set(screen.roles):
            headers = whole.headers(account.name)
            assert whole.client.get(target, headers=headers).status_code == 403


def test_every_account_lands_on_a_page_of_its_own(whole: Whole) -> None:
    for account in whole.platform.accounts:
        headers = whole.headers(account.name)
        answer = whole.client.get(account.home, headers=headers)
        assert answer.status_code == 200, (account.name, account.home)


def test_an_incident_has_a_page(whole: Whole) -> None:
    headers = whole.headers("dispatcher", "emergency-response")
    body = {"channel": "phone", "type": "structure-fire", "text": "smoke"}
    taken = whole.client.post("/api/v1/calls", headers=headers, json=body)
    incident = taken.json()["incident"]["id"]
    answer = whole.client.get(f"/incidents/{incident}", headers=headers)
    assert answer.status_code == 200
    gone = whole.client.get("/incidents/nothing-1", headers=headers)
    assert gone.status_code == 404
    assert "<html" in gone.text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "does not exist"), ("zh", "不存在")]
)
@pytest.mark.parametrize("path", ["/nowhere", "/static/none.css", "/incidents/a/b/c/d"])
def test_a_browser_that_asks_for_nothing_we_have_gets_a_page(
    path: str, language: str, said: str, whole: Whole
) -> None:
    asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = whole.client.get(path, headers=asked, params={"lang": language})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert said in answer.text
    assert path in answer.text


def test_a_program_gets_a_problem_wherever_it_asks(whole: Whole) -> None:
    page = {"Accept": "text/html"}
    for path, asked in (("/nowhere", {"Accept": "*/*"}), ("/api/v1/nothing", page)):
        answer = whole.client.get(path, headers=asked)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_that_only_takes_forms_says_so_to_a_browser(whole: Whole) -> None:
    answer = whole.client.get("/sign-out", headers={"Accept": "text/html"})
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert "<html" in answer.text


def test_deaths_are_put_right_on_the_page_of_an_incident(whole: Whole) -> None:
    headers = whole.headers("commander", "emergency-response")
    form = {"channel": "phone", "type": "noise"}
    made = whole.client.post("/api/v1/calls", json=form, headers=headers).json()
    path = f"/incidents/{made['incident']['id']}"
    told = {"outcome": "x", "reason": "seen", "finding": "confirmed", "deaths": 1}
    closing = whole.client.post(f"/api/v1{path}/close", json=told, headers=headers)
    assert (closing.json()["finding"], closing.json()["deaths"]) == ("confirmed", 1)
    move = {"move": "correct_deaths", "reason": "told by the hospital"}
    for deaths in ("", "x", "-1", "1e3", "9" * 5000, "10000"):
        page = whole.client.post(path, data=move | {"deaths": deaths}, headers=headers)
        assert 'role="alert"' in page.text
    bare = {"move": "correct_deaths", "deaths": "2"}
    page = whole.client.post(path, data=bare, headers=headers, params={"lang": "zh"})
    assert "reason：缺少理由" in page.text
    page = whole.client.post(path, data=move | {"deaths": "2"}, headers=headers)
    assert 'role="alert"' not in page.text
    assert "told by the hospital" in page.text
    shown = whole.client.get(f"/api/v1{path}", headers=headers).json()
    assert [(r["was"], r["now"]) for r in shown["recounts"]] == [(1, 2)]
    reader = whole.headers("auditor", "oversight")
    seen = whole.client.get(path, headers=reader)
    assert 'value="correct_deaths"' in page.text
    assert 'value="correct_deaths"' not in seen.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_role_that_is_offered_says_what_it_does(
    language: str, whole: Whole
) -> None:
    page = whole.client.get("/sign-in", params={"lang": language}).text
    assert "station-officer" in page
    assert "sign_in.about" not in page


def test_signing_in_and_out(whole: Whole) -> None:
    client = whole.client
    form = {"account": "dispatcher", "next": "/reports/clocks"}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/reports/clocks"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/console").status_code == 200
    client.post("/sign-out", follow_redirects=False)
    assert client.get("/console", follow_redirects=False).status_code == 303


def test_a_crew_stands_for_its_unit_only(whole: Whole) -> None:
    unit = whole.platform.town.units[0].id
    answer = whole.client.post(
        "/sign-in", data={"account": f"crew:{unit}"}, follow_redirects=False
    )
    assert answer.status_code == 303
    asked = {"X-Purpose": "emergency-response"}
    me = whole.client.get("/api/v1/me", headers=asked).json()
    assert (me["unit"], me["roles"]) == (unit, ["crew", "resident"])
    for wrong in ("crew", "crew:nobody", "dispatcher:p11", "root", "caller", ""):
        whole.client.cookies.clear()
        answer = whole.client.post("/sign-in", data={"account": wrong})
        assert answer.status_code == 400
        assert "gengfu_session" not in whole.client.cookies


def test_the_base_map_comes_in_ranges(whole: Whole) -> None:
    file = whole.platform.town.basemap
    assert file is not None
    answer = whole.client.get("/city/basemap.pmtiles", headers={"Range": "bytes=0-6"})
    assert answer.status_code == 206
    assert answer.content == file.read_bytes()[:7] == b"PMTiles"
    again = whole.client.get(
        "/static/icons.svg",
        headers={
            "If-None-Match": whole.client.get("/static/icons.svg").headers["etag"]
        },
    )
    assert again.status_code == 304


def test_probes(whole: Whole) -> None:
    assert whole.client.get("/healthz").json() == {"status": "alive"}
    assert whole.client.get("/readyz").status_code == 200
    text = whole.client.get("/metrics").text
    assert "gengfu_ready 1" in text
    assert 'gengfu_answer_seconds_bucket{route="' in text
