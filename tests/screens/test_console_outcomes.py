"""How an incident ended, who died, what is not fixed after all, and who follows it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Served, Watched, send_report
from tests.screens.desks import desk, pick
from tests.screens.test_console import call, take_call

pytestmark = pytest.mark.screens

CODE = re.compile(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){2}")
LATE = """async ([id, stage, name, seconds]) => {
  const { changed, state } = await import("/static/console/store.js");
  const at = new Date(Date.now() + state.offsetMs + 1000 * seconds).toISOString();
  for (const one of state.tasks.values()) if (one.case === id) Object.assign(one, { stage, [name]: at });
  changed("tasks");
}"""


@pytest.fixture
def console(visit: Open) -> Page:
    return desk(visit)


def shown(served: Served, incident: dict[str, Any]) -> dict[str, Any]:
    with served.client() as client:
        return client.get(f"/api/v1/incidents/{incident['id']}").json()["incident"]


def close(served: Served, incident: dict[str, Any]) -> None:
    told = {"outcome": "done", "reason": "told by phone"}
    with served.client() as client:
        answer = client.post(f"/api/v1/incidents/{incident['id']}/close", json=told)
    assert answer.status_code == 200, answer.text


def not_fixed(served: Served, code: str) -> None:
    with served.client() as client:
        form = {"code": code, "move": "not_fixed"}
        answer = client.post("/track", data=form, params={"lang": "en"})
    assert "It is open again" in answer.text


def phoned(served: Served) -> tuple[dict[str, Any], str]:
    """Take a call by telephone; return the incident, and the code that is read out."""
    form = {"channel": "phone", "type": "noise", "text": "drums", "simulated": True}
    with served.client() as client:
        taken = client.post("/api/v1/calls", json=form).json()
    return taken["incident"], taken["code"]


def test_closed_by_keys_with_who_died(served: Served, console: Page) -> None:
    incident = call(served, "collision-injury", "Balmaceda")
    pick(console, incident)
    console.keyboard.press("x")
    ask = console.locator("#ask")
    expect(ask.locator("#ask-deaths")).to_have_value("0")
    expect(ask.get_by_label("It happened")).to_be_checked()
    console.keyboard.type("One dead at the scene")
    console.locator("#ask-deaths").focus()
    console.keyboard.press("ArrowUp")
    console.locator("#ask-reason").fill("seen by camera")
    console.keyboard.press("Enter")
    expect(ask).not_to_have_attribute("open", "")
    sheet = console.locator("#sheet")
    expect(sheet).to_contain_text("Deaths: 1")
    expect(sheet).to_contain_text("It happened")
    found = shown(served, incident)
    assert (found["deaths"], found["finding"]) == (1, "confirmed")
    console.locator("#sheet .actions").get_by_role(
        "button", name="Correct the number of deaths"
    ).click()
    console.fill("#ask-deaths", "2")
    ask.get_by_role("button", name="Died in hospital").click()
    console.keyboard.press("Enter")
    expect(sheet).to_contain_text("Deaths: 2")
    expect(sheet.locator(".timeline")).to_contain_text("Deaths put right: 2")
    console.keyboard.press("Control+z")
    expect(sheet).to_contain_text("Deaths: 1")


def test_words_of_the_outcome_say_what_was_found(
    served: Served, console: Page, watched: Watched
) -> None:
    watched.expected.append("409")
    incident = call(served, "vandalism", "Videla")
    pick(console, incident)
    console.keyboard.press("x")
    ask = console.locator("#ask")
    ask.get_by_role("button", name="Nothing found").click()
    expect(ask.get_by_label("Nothing found")).to_be_checked()
    ask.get_by_role("button", name="False alarm").click()
    expect(ask.get_by_label("False alarm")).to_be_checked()
    console.fill("#ask-deaths", "1")
    ask.get_by_role("button", name="Seen by camera").click()
    console.keyboard.press("Enter")
    expect(ask.get_by_role("alert")).to_contain_text("then something had happened")
    console.fill("#ask-deaths", "0")
    console.keyboard.press("Enter")
    expect(ask).not_to_have_attribute("open", "")
    found = shown(served, incident)
    assert (found["deaths"], found["finding"]) == (0, "false_alarm")
    expect(console.locator("#sheet")).to_contain_text("False alarm")
    console.goto(f"{served.url}/incidents/{incident['id']}?lang=zh")
    expect(console.locator("main")).to_contain_text("处置结果: 误报")
    expect(console.locator(".timeline")).not_to_contain_text("False alarm")


def test_the_code_stands_there_to_be_read_out_until_it_was(
    visit: Open, console: Page, axe: Any
) -> None:
    take_call(console, "Balmaceda", "noise")
    console.keyboard.press("Control+Enter")
    given = console.locator("#sheet .given")
    expect(given.locator(".code")).to_have_text(CODE)
    code = given.locator(".code").inner_text()
    for group in code.split("-"):
        expect(given).to_contain_text(re.compile(" ".join(f"{c}\\S*" for c in group)))
    assert axe(console) == []
    resident: Page = visit("/track", None, java_script_enabled=False)
    resident.fill("#code", code.lower().replace("-", " "))
    send_report(resident)
    expect(resident.locator("#h-state")).to_contain_text("Noise")
    given.get_by_role("button", name="Read out").click()
    expect(given).to_have_count(0)


def test_what_is_not_fixed_has_a_chip_and_the_list_shows_it_alone(
    served: Served, visit: Open
) -> None:
    other = call(served, "noise", "Videla")
    incident, code = phoned(served)
    console = desk(visit)
    console.select_option("#queue-filter", "contested")
    expect(console.locator("#queue .empty")).to_contain_text("Nobody says")
    close(served, incident)
    not_fixed(served, code)
    card = console.locator(f'[data-id="{incident["id"]}"]')
    expect(card.locator(".contested")).to_contain_text("Not fixed ×1")
    expect(console.locator("#queue .q")).to_have_count(1)
    console.select_option("#queue-filter", "open")
    expect(console.locator(f'[data-id="{other["id"]}"]')).to_be_visible()
    expect(console.locator(".q .contested")).to_have_count(1)
    console.keyboard.press("Control+k")
    console.keyboard.type("not to be fixed")
    console.keyboard.press("Enter")
    expect(console.locator("#queue-filter")).to_have_value("contested")
    card.click()
    expect(console.locator("#sheet .contested")).to_be_visible()
    expect(console.locator("#sheet .timeline")).to_contain_text("Not fixed, says")


@pytest.mark.parametrize(
    ("language", "theme", "words"),
    [("en", "light", "Before that"), ("zh", "dark", "此前情况")],
)
def test_a_resident_sees_what_was_said_before(
    served: Served, visit: Open, axe: Any, language: str, theme: str, words: str
) -> None:
    incident, code = phoned(served)
    served.send(incident, agencies=["gas"])
    close(served, incident)
    not_fixed(served, code)
    page: Page = visit(
        f"/track?code={code}",
        None,
        width=360,
        height=740,
        language=language,
        theme=theme,
    )
    expect(page.get_by_role("list", name=words).locator("li")).to_have_count(1)
    assert incident["code"] not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []


@pytest.mark.parametrize(
    ("stage", "clock"), [("open", "sign_by"), ("signed", "due_by")]
)
def test_late_tasks_are_counted_in_the_bar(
    served: Served, console: Page, stage: str, clock: str
) -> None:
    incident = call(served, "vandalism", "Aguirre")
    served.send(incident, agencies=["gas"])
    pick(console, incident)
    late = console.locator("#counters [data-command=show-late]")
    expect(console.locator("#sheet .task-line")).to_have_count(1)
    for seconds, count in ((3600, 0), (-60, 1), (3600, 0), (-60, 1)):
        console.evaluate(LATE, [incident["id"], stage, clock, seconds])
        expect(late).to_have_attribute(
            "title", re.compile(rf"tasks[^.]*: {count}", re.IGNORECASE)
        )
    late.click()
    expect(console.locator("#queue-filter")).to_have_value("late")
    expect(console.locator(f'[data-id="{incident["id"]}"]')).to_be_visible()


def test_a_death_in_hospital_is_put_right_on_the_page_of_an_old_incident(
    served: Served, visit: Open, axe: Any
) -> None:
    incident = call(served, "collision-injury", "Balmaceda")
    close(served, incident)
    page: Page = visit(f"/incidents/{incident['id']}", "commander")
    card = page.locator("section[aria-labelledby=h-deaths]")
    expect(card).to_contain_text("–")
    card.locator("summary").click()
    assert axe(page) == []
    page.fill("#deaths", "1")
    page.fill("#deaths-reason", "told by the hospital")
    card.get_by_role("button").click()
    expect(card).to_contain_text("told by the hospital")
    expect(page.locator("main .chip.bad")).to_contain_text("Deaths: 1")
    assert shown(served, incident)["deaths"] == 1
