"""What changes while a dispatcher looks: roads, duty, places, clocks, lateness."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Served, Watched
from tests.screens.desks import desk, pick
from tests.screens.test_console import DRAWN, call

pytestmark = pytest.mark.screens


@pytest.fixture
def console(visit: Open) -> Page:
    return desk(visit)


def test_closed_and_merged_are_found_again_after_a_reload(
    served: Served, console: Page
) -> None:
    main, other = (call(served, "noise", "Costanera") for _ in range(2))
    ended = call(served, "noise", "Aldunate")
    with served.client() as client:
        url = "/api/v1/incidents"
        merged = client.post(
            f"{url}/{other['id']}/merge", json={"into": main["id"], "reason": "Same"}
        )
        closed = client.post(
            f"{url}/{ended['id']}/close",
            json={"outcome": "Handled", "reason": "Seen by camera"},
        )
    assert merged.status_code == 200, merged.text
    assert closed.status_code == 200, closed.text
    console.reload()
    console.wait_for_selector(DRAWN)
    console.select_option("#queue-filter", "closed")
    pick(console, ended)
    expect(console.locator("#sheet .actions")).to_contain_text("Reopen")
    pick(console, other)
    console.locator("#sheet .actions").get_by_text("Unmerge").click()
    expect(console.locator("#sheet h2 .chip")).to_have_text("Waiting")


def test_closed_roads_are_listed_prolonged_and_lifted(
    served: Served, console: Page
) -> None:
    with served.client() as client:
        now = datetime.fromisoformat(client.get("/api/v1/picture").json()["at"])
        until = now + timedelta(hours=1)
        post = client.get("/api/v1/city").json()["posts"][0]
        made = client.post(
            "/api/v1/closures",
            json={
                "lon": post["lon"],
                "lat": post["lat"],
                "radius_m": 120,
                "reason": "Burst main",
                "until": until.isoformat(),
            },
        )
    assert made.status_code == 201, made.text
    console.keyboard.press("b")
    row = console.locator(".closures li", has_text="Burst main")
    expect(row).to_contain_text("until")
    row.get_by_role("button", name="Other end").click()
    console.fill("#ask-minutes", "240")
    console.locator("#ask .button.main").click()
    expect(row.locator(".chip").first).to_have_text(re.compile(r"^\s*3:59:\d\d"))
    row.get_by_role("button", name="Lift").click()
    expect(row).to_have_count(0)


def test_a_unit_goes_off_duty_and_comes_back(served: Served, console: Page) -> None:
    row = f'[data-unit="{served.free_unit()["id"]}"]'
    console.keyboard.press("u")
    console.locator(f".drawer-body {row}").click()
    console.keyboard.press("s")
    console.locator("#ask").get_by_label("Sign off").check()
    console.locator("#ask .button.main").click()
    off = console.locator("section", has_text="Off duty").locator(row)
    expect(off).to_be_visible()
    console.reload()
    console.wait_for_selector(DRAWN)
    console.keyboard.press("u")
    expect(off).to_be_visible()
    off.click()
    console.keyboard.press("s")
    console.locator("#ask .button.main").click()
    expect(off).to_have_count(0)
    expect(console.locator(f".drawer-body {row}")).to_be_visible()


def test_the_place_is_corrected_by_a_pin(served: Served, console: Page) -> None:
    incident = call(served, "noise", "Balmaceda")
    pick(console, incident)
    console.wait_for_selector(DRAWN)
    console.keyboard.press("i")
    expect(console.locator(".map-hint")).to_contain_text("Click the place")
    console.locator("#map canvas").click(position={"x": 200, "y": 300})
    expect(console.locator("#ask[open]")).to_contain_text("Pinned at")
    console.locator("#ask .button.main").click()
    expect(console.locator("#sheet .place-line")).to_contain_text("Place verified")
    with served.client() as client:
        found = client.get(f"/api/v1/incidents/{incident['id']}").json()["incident"]
    assert found["location_source"] == "pin"
    assert found["lon"] != incident["lon"]


def test_a_commander_corrects_a_clock(visit: Open, served: Served) -> None:
    incident = call(served, "theft", "Videla")
    page = desk(visit, "commander")
    pick(page, incident)
    page.locator("#sheet").get_by_role("button", name="Correct a time").click()
    page.select_option("#ask-clock", "received")
    page.locator("#ask").get_by_text("Reported by radio").click()
    before = page.input_value("#ask-time")
    page.fill("#ask-time", "00:00:01")
    page.locator("#ask .button.main").click()
    expect(page.locator("#sheet .stamps")).to_contain_text("00:00:01")
    assert before != "00:00:01"
    expect(page.locator("#sheet .timeline")).to_contain_text("Time corrected: Received")


def test_a_server_that_cannot_write_is_said(
    served: Served, console: Page, watched: Watched
) -> None:
    watched.expected.append("503")
    pick(console, call(served, "theft", "Aldunate"))
    console.route(
        "**/note",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body='{"type": "/errors/unavailable", "title": "no"}',
        ),
    )
    console.keyboard.press("e")
    console.keyboard.type("Gate code")
    console.locator("#ask .button.main").click()
    expect(console.locator("#banner")).to_contain_text("takes no writing")
    expect(console.locator("#ask textarea")).to_have_value("Gate code")
    console.unroute("**/note")
    console.locator("#ask .button.main").click()
    expect(console.locator("#ask[open]")).to_have_count(0)
    expect(console.locator("#banner")).to_be_hidden()


def test_a_late_task_and_a_silent_crew_are_red(served: Served, console: Page) -> None:
    incident = call(served, "robbery", "Balmaceda")
    unit = served.free_unit()
    served.send(incident, units=[unit["id"]], agencies=["gas"])
    pick(console, incident)
    task = console.locator("#sheet .task-line .chip")
    expect(task).to_have_class(re.compile("warn"))
    console.evaluate(
        """async ([id, unit]) => {
          const { changed, state } = await import("/static/console/store.js");
          const past = new Date(Date.now() + state.offsetMs - 77000).toISOString();
          for (const one of state.tasks.values()) if (one.case === id) one.sign_by = past;
          state.units.get(unit).check_in_due_at = past;
          changed("tasks", "units");
        }""",
        [incident["id"], unit["id"]],
    )
    expect(task).to_have_class(re.compile("bad"))
    expect(task).to_contain_text(re.compile(r"[1-9]:\d\d over"))
    crew = console.locator("#sheet .lines li", has_text=unit["callsign"])
    expect(crew.locator(".chip.bad")).to_contain_text(re.compile(r"silent [1-9]:\d\d"))
    cut = "status => status.scrollWidth - status.clientWidth"
    assert crew.locator(".quiet").first.evaluate(cut) <= 0


def test_the_drawn_drive_is_asked_again_as_units_move(
    served: Served, console: Page
) -> None:
    incident = call(served, "robbery", "Aguirre")
    unit = served.free_unit()
    served.send(incident, units=[unit["id"]])
    with console.expect_response("**/api/v1/routes*"):
        pick(console, incident)
    crew = console.locator("#sheet .lines li", has_text=unit["callsign"])
    expect(crew.locator(".chip.info")).to_contain_text("min")
    with console.expect_response("**/api/v1/routes*"):
        pass


def test_how_much_is_covered_is_a_figure(console: Page) -> None:
    console.keyboard.press("v")
    panel = console.locator(".coverage-panel")
    expect(panel).to_contain_text(re.compile(r"\d+\.\d %"))
    with console.expect_response("**/coverage?within_s=600&kind=*") as answer:
        console.select_option("#cover-minutes", "10")
    assert answer.value.status == 200
    with console.expect_response("**/coverage?within_s=600&kind=boat"):
        console.select_option("#cover-kind", "boat")


def test_a_place_beyond_the_map_is_said_on_it(
    visit: Open, served: Served, console: Page
) -> None:
    """The map shows the city then: where nothing is drawn nobody sees anything."""
    near = call(served, "noise", "Videla")
    far = call(served, "noise", "Aguirre", lon=-71.6, lat=-29.75, place="Out at sea")
    beyond = console.locator("#map-beyond")
    pick(console, far)
    expect(beyond).to_have_text("This place lies beyond the map, 23 km from its edge.")
    pick(console, near)
    expect(beyond).to_be_hidden()
    said = {"en": "lies in no area of the city", "zh": "不在本市任何片区内"}
    for language, words in said.items():
        page: Page = visit(f"/incidents/{far['id']}", language=language)
        expect(page.locator("section:has(#replay) [role=note]")).to_contain_text(words)
        expect(page.locator("#replay canvas")).to_be_visible()
    page.goto(f"/incidents/{near['id']}")
    expect(page.locator("section:has(#replay) [role=note]")).to_have_count(0)
