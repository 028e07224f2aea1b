"""A crew's photo from the phone to the control room, in a real browser."""

from base64 import b64decode
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Served, Watched
from tests.screens.test_console import call

pytestmark = pytest.mark.screens

CAMERA = ".camera input"
THUMB = "#job .photos img"
KEEP_WHAT_IS_SENT = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    const reader = new FileReader();
    reader.onload = () => { window.sentBytes = reader.result.split(",")[1]; };
    reader.readAsDataURL(body);
    send.call(this, body);
  };
}"""


def photo(shade: int, size: tuple[int, int] = (4000, 3000)) -> dict[str, Any]:
    """Return a file as a camera makes it: large, wide, with notes."""
    out = BytesIO()
    notes = Image.Exif()
    notes[0x010F] = "zebra"
    picture = Image.linear_gradient("L").resize(size)
    Image.merge("RGB", (picture, picture, Image.new("L", size, shade))).save(
        out, "JPEG", exif=notes
    )
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture
def job(served: Served) -> Iterator[tuple[dict[str, Any], str]]:
    """An incident and the unit that is on its way to it."""
    incident = call(served, "robbery", "Videla")
    with served.client() as client:
        at = f"/api/v1/incidents/{incident['id']}"
        ranked = client.post(f"{at}/recommend", json={}).json()
        unit = next(r["unit"] for r in ranked["rows"] if r["chosen"])
        body = {"units": [unit], "agencies": ["power"], "override_reason": "Enough"}
        sent = client.post(f"{at}/dispatch", json=body)
        assert sent.status_code == 200, sent.text
        yield incident, unit
        client.post(f"{at}/close", json={"outcome": "done", "free_units": True})


def loaded(page: Page, where: str) -> bool:
    page.locator(where).first.scroll_into_view_if_needed()
    page.wait_for_function(
        "where => [...document.querySelectorAll(where)].every("
        "one => one.complete && one.naturalWidth > 0)",
        arg=where,
    )
    return True


@pytest.mark.parametrize(("language", "words"), [("en", "Photo"), ("zh", "拍照")])
def test_a_photo_reaches_the_control_room(
    visit: Open, axe: Callable[[Any], list[str]], job: Any, language: str, words: str
) -> None:
    incident, unit = job
    shown = {"width": 360, "height": 740, "language": language, "theme": "light"}
    page: Page = visit("/field", f"crew:{unit}", **shown)
    button = page.locator(".camera")
    expect(button).to_have_text(words)
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    assert page.locator(CAMERA).get_attribute("capture") == "environment"
    page.evaluate(KEEP_WHAT_IS_SENT)
    page.set_input_files(CAMERA, [photo(200)])
    expect(page.locator(THUMB)).to_have_count(1)
    expect(page.locator(".shots li")).to_have_count(0)
    assert loaded(page, THUMB)
    sent = b64decode(page.evaluate("window.sentBytes"))
    assert b"zebra" not in sent, "what the camera notes does not even leave the phone"
    assert max(Image.open(BytesIO(sent)).size) == 2048
    assert axe(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    console: Page = visit("/console", language=language)
    console.click(f'[data-id="{incident["id"]}"]')
    expect(console.locator("#sheet section .photos img")).to_have_count(2)
    assert loaded(console, "#sheet .photos img")
    expect(console.locator(f'[data-id="{incident["id"]}"] .photo-count')).to_have_text(
        "1"
    )
    assert axe(console) == []
    with console.context.expect_page() as opened:
        console.locator("#sheet .photos a").first.click()
    whole = opened.value
    whole.wait_for_load_state()
    assert whole.evaluate("document.images[0].naturalWidth") == 2048

    console.goto(f"/incidents/{incident['id']}")
    assert loaded(console, ".photos img")
    expect(console.locator(".photos img")).to_have_count(2)
    assert axe(console) == []


def test_an_agency_opens_the_photos_of_its_task(
    visit: Open, axe: Callable[[Any], list[str]], job: Any
) -> None:
    incident, unit = job
    page: Page = visit("/field", f"crew:{unit}", width=360, height=740)
    page.set_input_files(CAMERA, [photo(90)])
    expect(page.locator(THUMB)).to_have_count(1)
    agency: Page = visit("/agency", "agency-officer:power", width=360, height=740)
    looked: list[str] = []
    agency.on("request", lambda asked: looked.append(asked.url))
    task = agency.locator(".agency-task", has_text=incident["code"])
    expect(task.locator("summary").first).to_have_text("Photos: 1")
    assert not [url for url in looked if "/photos/" in url], "nobody has looked yet"
    task.locator("summary").first.click()
    assert loaded(agency, "details[open] .photos img")
    assert axe(agency) == []
    assert agency.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_photo_without_network_stays_and_goes_again(
    visit: Open, axe: Callable[[Any], list[str]], job: Any, watched: Watched
) -> None:
    _, unit = job
    watched.expected += ["ERR_FAILED", "ERR_INTERNET"]
    page: Page = visit("/field", f"crew:{unit}", width=320, height=640)
    page.wait_for_selector(".camera")
    page.route("**/photos", lambda route: route.abort())
    page.set_input_files(CAMERA, [photo(120)])
    failed = page.locator(".shots li.bad")
    expect(failed.locator("[role=alert]")).to_contain_text("No connection")
    assert loaded(page, ".shots img")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.unroute("**/photos")
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator(THUMB)).to_have_count(1)
    expect(page.locator(".shots li")).to_have_count(0)


def test_what_is_no_photo_is_said_to_be_none(
    visit: Open, job: Any, watched: Watched
) -> None:
    _, unit = job
    watched.expected.append("400")
    page: Page = visit("/field", f"crew:{unit}", width=360, height=740)
    page.wait_for_selector(".camera")
    wrong = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
    page.set_input_files(CAMERA, [wrong])
    failed = page.locator(".shots li.bad")
    expect(failed.locator("[role=alert]")).to_contain_text(
        "no picture that can be taken"
    )
    expect(failed.get_by_role("button")).to_have_text(["Discard"])
    failed.get_by_role("button").click()
    expect(failed).to_have_count(0)
