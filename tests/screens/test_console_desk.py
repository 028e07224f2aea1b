"""What a dispatcher needs at the desk beyond the straight way: every case has a button."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Served, Watched, send_report
from tests.screens.desks import desk, pick
from tests.screens.test_console import call, take_call

pytestmark = pytest.mark.screens

PICK_UNIT = """async unit => {
  const { pickUnit } = await import("/static/console/drawer.js");
  pickUnit(unit);
}"""


@pytest.fixture
def console(visit: Open) -> Page:
    return desk(visit)


def report(visit: Open, kind: str, words: str) -> None:
    page: Page = visit("/report", None, java_script_enabled=False)
    page.select_option("#type", kind)
    page.fill("#place", "Balmaceda")
    page.fill("#text", words)
    send_report(page)
    expect(page.locator("[role=status]")).to_contain_text("Keep this code")


def test_send_is_in_sight_on_a_small_screen(served: Served, console: Page) -> None:
    incident = call(served, "structure-fire", "Balmaceda")
    pick(console, incident)
    console.keyboard.press("r")
    send = console.locator("#sheet .sheet-send .button.main")
    expect(send).to_contain_text("Send")
    box = send.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 768
    assert console.locator(".rec-row").count() > 9


def test_three_units_are_in_sight_below_a_code_and_a_hazard(console: Page) -> None:
    take_call(console, "avenida del mar con cuatro esquinas", "sf")
    console.keyboard.press("Control+Enter")
    sheet = console.locator("#sheet")
    expect(sheet.locator(".given .code")).to_be_visible()
    expect(sheet.locator(".hazards")).to_contain_text("Hazards here")
    rows = sheet.locator(".rec-row")
    expect(rows.nth(2)).to_be_visible()
    asked = sheet.locator(".needs button.chip")
    expect(asked.first).to_be_visible()
    whole = "all => all.every(one => one.scrollWidth <= one.clientWidth)"
    assert asked.evaluate_all(whole)
    third = rows.nth(2).bounding_box()
    foot = sheet.locator(".sheet-send").bounding_box()
    assert third is not None
    assert foot is not None
    assert third["y"] + third["height"] <= foot["y"]


def test_the_list_of_keys_fits_a_small_screen(console: Page) -> None:
    console.keyboard.press("?")
    shown = console.locator("#keys")
    expect(shown).to_be_visible()
    assert shown.evaluate("it => it.scrollHeight <= it.clientHeight")


def test_who_is_signed_in_and_the_way_out_are_at_hand(
    console: Page, watched: Watched
) -> None:
    # what the page still asks for while it is being left is refused
    watched.expected.append("401")
    menu = console.locator("#bar details.menu")
    expect(menu.locator("summary")).to_contain_text("Dispatcher")
    menu.locator("summary").click()
    expect(menu).to_contain_text("Emergency response")
    expect(menu.get_by_role("link", name="Supervision")).to_be_visible()
    expect(menu.get_by_role("button", name="Sign out")).to_be_visible()
    console.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    console.keyboard.press("Control+k")
    console.keyboard.type("sign out")
    expect(console.locator("#palette li").first).to_contain_text("Sign out")
    console.keyboard.press("Enter")
    expect(console).to_have_url(re.compile("/sign-in"))


def test_a_plan_of_agencies_alone_is_sent_with_one_key(
    served: Served, console: Page
) -> None:
    pick(console, call(served, "consumer-dispute", "Aldunate"))
    console.keyboard.press("r")
    send = console.locator("#sheet .sheet-send .button.main")
    expect(send).to_contain_text("Ask 1")
    console.keyboard.press("d")
    expect(console.locator("#toasts")).to_contain_text("Sent: ")
    tasks = console.locator("#sheet .task-line")
    expect(tasks).to_have_count(1)
    expect(tasks).to_contain_text("Unsigned")


def test_a_further_agency_is_asked_and_not_needed_any_more(
    served: Served, console: Page
) -> None:
    pick(console, call(served, "vandalism", "Videla"))
    console.keyboard.press("y")
    expect(console.locator("#ask[open]")).to_contain_text("Ask an agency")
    console.select_option("#ask-agency", "gas")
    console.locator("#ask .button.main").click()
    task = console.locator("#sheet .task-line", has_text="Gas")
    expect(task).to_contain_text("Unsigned")
    task.get_by_role("button").click()
    console.locator("#ask").get_by_text("Settled on scene").click()
    console.locator("#ask .button.main").click()
    expect(task).to_have_count(0)


def test_a_call_taker_is_offered_nothing_that_would_be_refused(
    visit: Open, served: Served
) -> None:
    page = desk(visit, "call-taker")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    take_call(page, "balmaceda", "gl")
    page.keyboard.press("Control+Enter")
    sheet = page.locator("#sheet")
    expect(sheet.locator("h2")).to_contain_text("Gas leak")
    expect(sheet).to_contain_text("A dispatcher sends the units.")
    expect(sheet.get_by_role("button", name="Send a unit")).to_be_disabled()
    expect(sheet.locator(".actions")).not_to_contain_text("Close")
    page.keyboard.press("d")
    expect(page.locator("#toasts")).to_contain_text("For: Dispatcher, Commander")
    assert not [url for url in asked if url.endswith("/recommend")]


def test_a_named_unit_is_sent_with_its_reason(served: Served, console: Page) -> None:
    incident = call(served, "noise", "Pedro Montt")
    unit = served.free_unit()
    pick(console, incident)
    console.keyboard.press("f")
    dialog = console.locator("#ask[open]")
    expect(dialog).to_contain_text("Send a unit to")
    console.fill("#ask-unit", "no such unit")
    dialog.get_by_label("Ordered by the commander").check()
    dialog.locator(".button.main").click()
    expect(dialog.locator("[role=alert]")).to_contain_text("No unit of that call sign")
    console.fill("#ask-unit", unit["callsign"].lower())
    dialog.locator(".button.main").click()
    expect(dialog).to_have_count(0)
    crew = console.locator("#sheet .lines li", has_text=unit["callsign"])
    expect(crew).to_contain_text("Assigned")
    with served.client() as client:
        found = client.get(f"/api/v1/incidents/{incident['id']}").json()
    taken = [one for one in found["recommendations"] if one["sent"]]
    assert [one["sent"] for one in taken] == [[unit["id"]]]
    assert "Ordered by the commander" in taken[0]["override_reason"]


def test_a_unit_is_sent_from_its_card_on_the_map(served: Served, console: Page) -> None:
    pick(console, call(served, "assault", "Aldunate"))
    unit = served.free_unit()
    console.evaluate(PICK_UNIT, unit["id"])
    card = console.locator("#unit-card")
    expect(card).to_contain_text(unit["callsign"])
    card.get_by_role("button", name="Send to").click()
    expect(console.locator("#ask-unit")).to_have_value(unit["callsign"])


def test_more_units_are_offered_when_the_plan_is_met(
    served: Served, console: Page
) -> None:
    pick(console, call(served, "robbery", "Los Carrera"))
    console.keyboard.press("r")
    expect(console.locator(".rec-row[aria-pressed=true]").first).to_be_visible()
    console.keyboard.press("d")
    expect(console.locator("#sheet h2 .chip")).to_have_text("Dispatched")
    console.keyboard.press("r")
    others = console.locator(".others .rec-row")
    expect(others.first).to_be_visible()
    expect(others.first).to_contain_text(re.compile(r"\d k?m$"))
    others.first.click()
    expect(console.locator(".sheet-send .button.main")).to_contain_text("Send 1")


def test_what_callers_answered_and_why_it_is_urgent_is_on_the_sheet(
    served: Served, console: Page
) -> None:
    incident = call(
        served, "structure-fire", "Aguirre", answers={"inside": "yes", "storey": "3"}
    )
    pick(console, incident)
    answers = console.locator("#sheet .answers")
    expect(answers).to_contain_text("Is anybody still inside?")
    expect(answers).to_contain_text("Yes")
    expect(console.locator("#sheet .why-line")).to_contain_text("People inside")


def test_the_callers_number_is_read_and_the_reading_recorded(
    served: Served, console: Page
) -> None:
    incident = call(served, "theft", "Aldunate", caller_name="Ana", callback="+56 2 55")
    pick(console, incident)
    expect(console.locator("#sheet")).not_to_contain_text("+56 2 55")
    with console.expect_request("**/caller") as asked:
        console.locator("#sheet").get_by_role("button", name="Caller and").click()
    assert asked.value.headers["x-purpose"] == "emergency-response"
    expect(console.locator("#sheet .calls")).to_contain_text("+56 2 55")
    expect(console.locator("#sheet .calls")).to_contain_text("reading recorded")


def test_an_answered_call_put_away_is_not_lost(
    visit: Open, served: Served, console: Page
) -> None:
    report(visit, "noise", "Drums, put away")
    ringing = console.locator(".q.call:not(.answered)")
    expect(ringing).to_have_count(1)
    console.keyboard.press("a")
    expect(console.locator("#call-text")).to_have_value("Drums, put away")
    console.get_by_role("button", name="Discard").click()
    answered = console.locator(".q.call.answered")
    expect(answered).to_contain_text("yours")
    answered.click()
    expect(console.locator("#sheet")).to_contain_text("Drums, put away")
    console.get_by_role("button", name="Not an incident").click()
    console.locator("#ask").get_by_text("Advice given").click()
    console.locator("#ask .button.main").click()
    expect(answered).to_have_count(0)


def test_steps_reach_calls_too(visit: Open, console: Page) -> None:
    report(visit, "noise", "Drums, by key")
    expect(console.locator(".q.call")).to_have_count(1)
    console.keyboard.press("j")
    expect(console.locator("#sheet")).to_contain_text("Drums, by key")
    console.keyboard.press("Enter")
    expect(console.locator("#call-text")).to_have_value("Drums, by key")
    for button in console.locator("#sheet .sheet-foot button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1366
    expect(console.get_by_role("button", name="Not an incident")).to_be_visible()
    console.keyboard.press("Control+Enter")
    expect(console.locator(".q.call")).to_have_count(0)


def test_a_call_is_split_off_and_waits_again(served: Served, console: Page) -> None:
    incident = call(served, "gas-leak", "Videla")
    call(served, "gas-leak", "Videla", same_as=incident["id"], text="Another street")
    pick(console, incident)
    calls = console.locator("#sheet .calls > li")
    expect(calls).to_have_count(2)
    calls.last.get_by_role("button", name="Other event").click()
    console.locator("#ask").get_by_text("About another event").click()
    console.locator("#ask .button.main").click()
    expect(calls).to_have_count(1)
    answered = console.locator(".q.call.answered", has_text="Gas leak")
    expect(answered).to_have_count(1)
    answered.click()
    console.get_by_role("button", name="Go on with it").click()
    console.keyboard.press("Control+Enter")
    expect(answered).to_have_count(0)


def test_no_axe_findings_in_the_new_parts(
    visit: Open, served: Served, axe: Any
) -> None:
    incident = call(
        served, "structure-fire", "Aguirre", answers={"inside": "yes"}, callback="12345"
    )
    report(visit, "noise", "Drums, for axe")
    for theme, language in (("dark", "en"), ("light", "zh")):
        page = desk(visit, "commander", theme=theme, language=language)
        page.click(f'[data-id="{incident["id"]}"]')
        page.keyboard.press("r")
        page.wait_for_selector(".rec-row")
        page.evaluate(PICK_UNIT, served.free_unit()["id"])
        page.wait_for_selector("#unit-card:not([hidden])")
        assert axe(page) == []
        page.keyboard.press("b")
        page.keyboard.press("v")
        page.wait_for_selector(".coverage-panel")
        page.locator("#bar details.menu summary").click()
        assert axe(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("f")
        page.wait_for_selector("#ask[open]")
        assert axe(page) == []


def test_an_order_shows_whether_it_was_read(served: Served, console: Page) -> None:
    incident = call(served, "assault", "Balmaceda")
    unit = served.free_unit()
    served.send(incident, units=[unit["id"]])
    pick(console, incident)
    console.evaluate(
        """async unit => {
          const { order } = await import("/static/console/actions.js");
          order(unit);
        }""",
        unit["id"],
    )
    console.locator("#ask").get_by_text("Report your situation").click()
    with console.expect_request("**/api/v1/orders") as sent:
        console.locator("#ask .button.main").click()
    assert sent.value.post_data_json["incident"] == incident["id"]
    crew = console.locator("#sheet .lines li", has_text=unit["callsign"])
    expect(crew).to_contain_text("order not read")


def test_everything_stands_side_by_side_on_a_wall(
    visit: Open, served: Served, axe: Any
) -> None:
    incident = call(served, "robbery", "Videla")
    served.send(incident, agencies=["gas", "water"])
    page = desk(visit, width=3840, height=2160)
    sides = page.locator("#side > section")
    expect(sides).to_have_count(4)
    for one in range(4):
        box = sides.nth(one).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 2160
        assert box["height"] > 60
        across = "box => box.scrollWidth - box.clientWidth"
        assert sides.nth(one).locator(".drawer-body").evaluate(across) <= 0
    expect(page.locator("#sheet")).to_be_hidden()
    low, high = page.evaluate("gengfuMap.getBounds().toArray()")
    with served.client() as client:
        box = client.get("/api/v1/city").json()["bbox"]
    assert all(a <= b for a, b in zip(low, box[:2], strict=True))
    assert all(a >= b for a, b in zip(high, box[2:], strict=True))
    pick(page, incident)
    expect(page.locator("#sheet")).to_be_visible()
    lines = "row => row.clientHeight / parseFloat(getComputedStyle(row).lineHeight)"
    assert page.locator("#side .task-rows .wall").first.evaluate(lines) < 2.5
    letters = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector("
        "'.maplibregl-ctrl-scale')).fontSize)"
    )
    assert letters >= 16
    assert axe(page) == []


def test_the_timeline_speaks_as_people_do(visit: Open, served: Served) -> None:
    incident = call(served, "robbery", "Ossandón")
    free = served.free_unit()
    served.send(incident, units=[free["id"]])
    with served.client() as client:
        rolled = client.post(f"/api/v1/units/{free['id']}/roll", json={})
    assert rolled.is_success, rolled.text
    name = free["callsign"]
    for language, said in (("en", f"{name}: En route"), ("zh", f"{name}：途中")):
        page = desk(visit, language=language)
        pick(page, incident)
        timeline = page.locator("#sheet .timeline")
        expect(timeline).to_contain_text(said)
        expect(timeline).not_to_contain_text("{")
        page.goto(f"/incidents/{incident['id']}?lang={language}")
        expect(page.locator(".timeline")).to_contain_text(said)
        expect(page.locator(".timeline")).not_to_contain_text("{")


def test_a_question_says_in_the_language_of_the_console_what_it_still_needs(
    visit: Open, served: Served
) -> None:
    incident = call(served, "noise", "Videla")
    console = desk(visit, language="zh")
    pick(console, incident)
    console.keyboard.press("e")
    ask = console.locator("#ask")
    ask.locator(".button.main").click()
    said = ask.locator("textarea").evaluate("field => field.validationMessage")
    assert said == "请填写此项。"
    ask.locator(".templates .button").first.click()
    ask.locator(".button.main").click()
    expect(ask).not_to_have_attribute("open", "")
