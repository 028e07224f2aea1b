"""Photos over HTTP: what is taken, what is refused and how, and who sees them."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx
import pytest
from tests.capabilities.control_room.pictures import (
    HIDDEN,
    from_a_phone,
    huge_png,
    opened,
    picture,
)
from tests.contracts.whole import Whole

from gengfu.capabilities.control_room.live.darkroom import Darkroom
from gengfu.capabilities.control_room.rules.photos import PHOTOS
from gengfu.kernel.records import reading

RESPONSE = "emergency-response"

type Post = Callable[..., httpx.Response]


@pytest.fixture
def case(whole: Whole) -> Any:
    """An incident with the crew's unit on it and a task for the officer's agency."""
    desk = whole.headers("dispatcher", RESPONSE)

    def ask(path: str, **body: Any) -> dict[str, Any]:
        answer = whole.client.post(f"/api/v1{path}", headers=desk, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    taken = ask("/calls", channel="phone", text="smoke", type="structure-fire")
    wanted = taken["incident"]["id"]
    town = whole.platform.town
    ask(
        f"/incidents/{wanted}/dispatch",
        units=[town.units[0].id],
        agencies=[town.agencies[0].id],
    )
    yield wanted
    ask(f"/incidents/{wanted}/close", outcome="done", reason="quiet", free_units=True)


@pytest.fixture
def post(whole: Whole, case: str) -> Post:
    def send(
        raw: bytes, kind: str = "image/jpeg", who: str = "crew", at: str = case
    ) -> httpx.Response:
        headers = whole.headers(who, RESPONSE) | {"Content-Type": kind}
        return whole.client.post(
            f"/api/v1/incidents/{at}/photos", headers=headers, content=raw
        )

    return send


def look(whole: Whole, case: str, photo: str, who: str, small: str = ""):
    path = f"/incidents/{case}/photos/{photo}{small}"
    return whole.client.get(path, headers=whole.headers(who))


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert (said["type"], said["status"]) == (f"/errors/{code}", status)
    return said


def test_a_photo_comes_in_and_is_seen(whole: Whole, case: str, post: Post) -> None:
    taken = post(from_a_phone((3000, 2000)))
    assert taken.status_code == 201, taken.text
    photo = taken.json()
    unit = whole.platform.town.units[0].id
    assert (photo["unit"], photo["width"], photo["height"]) == (unit, 1365, 2048)
    for small, size in (("", (1365, 2048)), ("/small", (213, 320))):
        seen = look(whole, case, photo["id"], "dispatcher", small)
        assert seen.status_code == 200
        assert seen.headers["content-type"] == "image/jpeg"
        assert seen.headers["cache-control"] == "private, no-store"
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.headers["content-disposition"].startswith("inline; filename")
        assert "img-src 'self'" in seen.headers["content-security-policy"]
        assert HIDDEN not in seen.content
        assert opened(seen.content).size == size
    desk = whole.headers("dispatcher", RESPONSE)
    told = whole.client.get(f"/api/v1/incidents/{case}", headers=desk).json()
    assert told["incident"]["photos"] == 1
    assert [p["sha256"] for p in told["photos"]] == [photo["sha256"]]
    page = whole.client.get(f"/incidents/{case}", headers=desk).text
    assert page.count(f'src="/incidents/{case}/photos/{photo["id"]}/small"') == 2


def test_every_look_is_on_the_ledger(whole: Whole, case: str, post: Post) -> None:
    photo = post(picture(colour=(1, 2, 3))).json()["id"]

    def readings() -> int:
        rows = whole.platform.office.look(lambda r: r.rows(reading.kind))
        return sum(photo in row.body.decode() for row in rows)

    for n, who in enumerate(("dispatcher", "crew", "agency-officer", "auditor"), 1):
        assert look(whole, case, photo, who, "/small").status_code == 200, who
        assert readings() == n
    assert look(whole, case, "photo-0", "dispatcher").status_code == 404
    assert readings() == 4


def test_sent_again_it_is_the_same_photo(whole: Whole, case: str, post: Post) -> None:
    first, again = (post(picture(colour=(9, 9, 9))).json() for _ in range(2))
    assert first == again


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_of_picture_become_jpegs(
    kind: str, whole: Whole, case: str, post: Post
) -> None:
    taken = post(picture(kind), f"image/{kind.lower()}")
    assert taken.status_code == 201
    seen = look(whole, case, taken.json()["id"], "dispatcher")
    assert seen.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF89a" + bytes(40),
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\xff\xd8\xff" + bytes(500),
        picture()[:200],
        picture("PNG")[:-40],
        huge_png(),
    ],
    ids=["empty", "gif", "svg", "zeros", "cut", "cut-png", "bomb"],
)
def test_what_is_no_picture_is_one_clear_problem(
    raw: bytes, whole: Whole, post: Post
) -> None:
    before = whole.size()
    said = problem(post(raw), 400, "not-a-photo")
    assert said["place"] == "photo"
    assert whole.size() == before


def test_the_problem_speaks_chinese(whole: Whole, case: str) -> None:
    asked = whole.headers("crew", RESPONSE) | {"Content-Type": "image/png"}
    answer = whole.client.post(
        f"/api/v1/incidents/{case}/photos?lang=zh", headers=asked, content=b"x"
    )
    assert "图片" in problem(answer, 400, "not-a-photo")["title"]


def test_where_too_many_wait_one_is_asked_to_come_again(
    whole: Whole, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = import_module("gengfu.capabilities.control_room.api.photos")
    monkeypatch.setattr(photos, "_darkroom", Darkroom(most_waiting=0))
    full = post(picture(colour=(4, 5, 6)))
    said = problem(full, 503, "unavailable")
    assert "too many photos are waiting" in said["detail"]
    assert full.headers["Retry-After"].isdigit()
    whole.client.cookies.set("lang", "zh")
    assert "等待处理的照片过多" in post(picture()).json()["detail"]
    monkeypatch.undo()
    assert post(picture(colour=(4, 5, 6))).status_code == 201


def test_too_large_and_other_files_are_refused_unread(
    whole: Whole, case: str, post: Post
) -> None:
    before = whole.size()
    problem(post(bytes(PHOTOS.most_bytes + 1)), 413, "too-large")
    for kind in ("image/gif", "image/svg+xml", "application/json", "text/html", ""):
        problem(post(picture(), kind), 415, "other-media")
    assert whole.size() == before


def test_who_is_not_on_the_incident_may_not_add(whole: Whole, case: str) -> None:
    other = whole.platform.town.units[1].id
    token = whole.platform.lobby.sessions.token("crew", other)
    foreign = {"Authorization": f"Bearer {token}", "X-Purpose": RESPONSE}
    kind = {"Content-Type": "image/jpeg"}
    path = f"/api/v1/incidents/{case}/photos"
    before = whole.size()
    refused = whole.client.post(path, headers=foreign | kind, content=picture())
    assert "was not sent" in problem(refused, 409, "rule-broken")["detail"]
    officer = whole.headers("agency-officer", RESPONSE) | kind
    refused = whole.client.post(path, headers=officer, content=picture())
    problem(refused, 403, "forbidden")
    problem(whole.client.post(path, content=picture()), 401, "sign-in-needed")
    assert whole.size() == before


def test_who_has_nothing_to_do_with_it_does_not_see_it(
    whole: Whole, case: str, post: Post
) -> None:
    photo = post(picture(colour=(7, 7, 7))).json()["id"]
    town, sessions = whole.platform.town, whole.platform.lobby.sessions
    for account, who in (
        ("crew", town.units[1].id),
        ("agency-officer", town.agencies[1].id),
    ):
        token = sessions.token(account, who)
        asked = {"Authorization": f"Bearer {token}"}
        for small in ("", "/small"):
            path = f"/incidents/{case}/photos/{photo}{small}"
            assert whole.client.get(path, headers=asked).status_code == 404
    anonymous = whole.client.get(f"/incidents/{case}/photos/{photo}")
    assert anonymous.status_code == 303
    assert anonymous.headers["location"].startswith("/sign-in")


def test_an_erased_photo_is_gone(whole: Whole, case: str, post: Post) -> None:
    photo = post(picture(colour=(5, 5, 5))).json()["id"]
    whole.platform.office.store.transact(lambda tx: tx.destroy_subject_key(photo))
    for small in ("", "/small"):
        gone = look(whole, case, photo, "dispatcher", small)
        assert gone.status_code == 410
        assert b"\xff\xd8" not in gone.content
    desk = whole.headers("dispatcher", RESPONSE)
    told = whole.client.get(f"/api/v1/incidents/{case}", headers=desk).json()
    assert [p["erased"] for p in told["photos"] if p["id"] == photo] == [True]
    page = whole.client.get(f"/incidents/{case}", headers=desk).text
    assert photo not in page
    assert "Erased" in page


def test_an_agency_sees_the_photos_of_its_task(
    whole: Whole, case: str, post: Post
) -> None:
    photo = post(picture(colour=(6, 6, 6))).json()["id"]
    page = whole.client.get("/agency", headers=whole.headers("agency-officer"))
    assert f"/incidents/{case}/photos/{photo}/small" in page.text


def test_the_document_says_what_is_taken(whole: Whole) -> None:
    document = whole.client.get("/api/openapi.json").json()
    operation = document["paths"]["/api/v1/incidents/{case}/photos"]["post"]
    body = operation["requestBody"]
    assert set(body["content"]) == set(PHOTOS.media)
    assert str(PHOTOS.most_bytes) in body["description"]
    assert {"201", "400", "401", "403", "404", "409", "413", "415"} <= set(
        operation["responses"]
    )
