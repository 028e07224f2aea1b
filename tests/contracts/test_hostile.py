"""Hostile input to every route: one problem, and nothing half-written."""

import json
from typing import Any

import pytest
from tests.contracts.whole import Whole, declared

from gengfu.web import paths
from gengfu.web.openapi import Tagged

ROUTES = declared()
WRITES = [t for t in ROUTES if t.route.method == "POST"]
BODIES = [t for t in WRITES if t.route.body is not None]
QUERIES = [t for t in ROUTES if t.route.query is not None]
MEGABYTE = 1024 * 1024

RAW: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "NaN": b'{"lon": NaN, "lat": NaN, "version": NaN}',
    "infinity": b'{"lon": Infinity}',
    "huge number": b'{"lon": 1e999, "version": ' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "half a character": b'{"text": "\\ud800", "reason": "\\ud800"}',
    "twice": b'{"version": 1, "version": 2}',
    "deep": b"[" * 100_000,
    "deep object": b'{"answers":' * 2000 + b"1" + b"}" * 2000,
    "array": b"[]",
    "null": b"null",
    "strange": b'{"drop table incidents": 1}',
    "proto": b'{"__proto__": {"admin": true}}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "1 MB": b'{"text": "' + b"a" * MEGABYTE + b'"}',
}


def name(tagged: Tagged) -> str:
    return f"{tagged.route.method} {tagged.route.path}"


def url(tagged: Tagged, case: str = "nothing-1") -> str:
    path = tagged.route.path
    for parameter in paths.parameters_of(path):
        path = path.replace(f"{{{parameter}}}", case)
    return f"/api/v1{path}"


def headers(whole: Whole, tagged: Tagged) -> dict[str, str]:
    return whole.headers(whole.holder(tagged.route), str(tagged.route.purpose))


def assert_refused(answer: Any, *allowed: int) -> None:
    assert answer.status_code in allowed, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert len(answer.content) < 2000
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("tagged", BODIES, ids=name)
def test_bodies_that_are_no_bodies(tagged: Tagged, whole: Whole) -> None:
    before = whole.size()
    asked = headers(whole, tagged) | {"Content-Type": "application/json"}
    for what, raw in RAW.items():
        answer = whole.client.post(url(tagged), headers=asked, content=raw)
        assert_refused(answer, *((413,) if what == "1 MB" else (400,)))
    assert whole.size() == before


@pytest.mark.parametrize("tagged", BODIES, ids=name)
def test_other_forms_than_json(tagged: Tagged, whole: Whole) -> None:
    before = whole.size()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        asked = headers(whole, tagged) | {"Content-Type": kind}
        assert_refused(
            whole.client.post(url(tagged), headers=asked, content=b"{}"), 415
        )
    assert whole.size() == before


def samples(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """A value for each field of a body that is of the right type, and hostile."""
    found: dict[str, Any] = {}
    for field, inner in schema.get("properties", {}).items():
        one = inner["anyOf"][0] if "anyOf" in inner else inner
        if "$ref" in one:
            one = components[one["$ref"].rsplit("/", 1)[1]]
        found[field] = one
    return found


HOSTILE: dict[str, list[Any]] = {
    "string": ["a\x00b", "\x1b[31m", "\u202etxt.exe", "\ud7ff\ufeff", 7, [], {}],
    "integer": [2**70, -(2**70), 1.5, "1", True],
    "number": ["1", [], 1e308, -1e308],
    "boolean": ["yes", 1, []],
    "array": [{}, "x", 1],
    "object": [[], "x", 1],
}
INSTANTS = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "tomorrow", 1e12]


@pytest.mark.parametrize("tagged", BODIES, ids=name)
def test_fields_that_are_of_no_use(tagged: Tagged, whole: Whole) -> None:
    document = whole.client.get("/api/openapi.json").json()
    components = document["components"]["schemas"]
    operation = document["paths"][f"/api/v1{tagged.route.path}"]["post"]
    content = operation["requestBody"]["content"]["application/json"]["schema"]
    schema = components[content["$ref"].rsplit("/", 1)[1]]
    before = whole.size()
    for field, one in samples(schema, components).items():
        wrong = HOSTILE.get(one.get("type", ""), [])
        if one.get("format") == "date-time":
            wrong = INSTANTS
        for value in wrong:
            raw = json.dumps({field: value}).encode()
            asked = headers(whole, tagged) | {"Content-Type": "application/json"}
            answer = whole.client.post(url(tagged), headers=asked, content=raw)
            assert_refused(answer, 400, 404, 409)
    assert whole.size() == before


@pytest.mark.parametrize("tagged", QUERIES, ids=name)
def test_queries(tagged: Tagged, whole: Whole) -> None:
    before = whole.size()
    query = tagged.route.query
    assert query is not None
    asked = headers(whole, tagged)
    known = list(query.__dataclass_fields__)
    hostile = ["\x00", "a" * 3000, "nan", "1e999", "9" * 400]
    for wrong in ({"strange": "1"}, *({f: "\x00"} for f in known)):
        assert_refused(whole.client.get(url(tagged), headers=asked, params=wrong), 400)
    for field in known:
        for value in hostile:
            answer = whole.client.get(url(tagged), headers=asked, params={field: value})
            assert answer.status_code < 500, (field, value, answer.text)
    twice = f"{url(tagged)}?{known[0]}=1&{known[0]}=2"
    assert_refused(whole.client.get(twice, headers=asked), 400)
    assert whole.size() == before


@pytest.mark.parametrize("tagged", ROUTES, ids=name)
def test_ids_that_are_none(tagged: Tagged, whole: Whole) -> None:
    if "{" not in tagged.route.path:
        pytest.skip("takes no id")
    before = whole.size()
    asked = headers(whole, tagged)
    for case in ("a" * 5000, "%00", "%3Cscript%3E", "%ff%fe", "..%2f..%2f", "a%0d%0ab"):
        answer = whole.client.request(
            tagged.route.method, url(tagged, case), headers=asked
        )
        assert_refused(answer, 400, 404, 405, 415)
    assert whole.size() == before


def test_markup_is_kept_as_words_and_never_as_markup(whole: Whole) -> None:
    asked = whole.headers("dispatcher", "emergency-response")
    words = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    body = {"channel": "phone", "type": "structure-fire", "text": words, "place": words}
    taken = whole.client.post("/api/v1/calls", headers=asked, json=body)
    assert taken.status_code == 201, taken.text
    incident = taken.json()["incident"]["id"]
    shown = whole.client.get(f"/api/v1/incidents/{incident}", headers=asked)
    assert shown.headers["content-type"] == "application/json"
    assert shown.headers["x-content-type-options"] == "nosniff"
    page = whole.client.get(f"/incidents/{incident}", headers=asked)
    assert page.status_code == 200, page.text[:500]
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


@pytest.mark.parametrize("path", ["/sign-in", "/report", "/sign-out"])
def test_forms(path: str, whole: Whole) -> None:
    before = whole.size()
    for raw in (b"\xff=\xfe", b"a=1&a=2", b"account=%00", b"x" * 300_000, b"&" * 5000):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = whole.client.post(path, headers=form, content=raw)
        assert answer.status_code in {200, 303, 400, 413}, answer.text[:300]
        assert "Traceback" not in answer.text
    foreign = {"Origin": "https://elsewhere.example"}
    answer = whole.client.post(path, headers=foreign, data={"account": "dispatcher"})
    assert answer.status_code == 403
    assert whole.size() == before


@pytest.mark.parametrize(
    "target", ["/static/../app/config.py", "/static/%2e%2e/i18n.py", "/static/css/"]
)
def test_files_outside_are_not_served(target: str, whole: Whole) -> None:
    answer = whole.client.get(target)
    assert answer.status_code == 404
    assert "import" not in answer.text


def test_a_page_may_only_lead_home(whole: Whole) -> None:
    for away in ("//evil.example", "https://evil.example", "/\\evil.example", "x"):
        answer = whole.client.post(
            "/sign-in",
            data={"account": "dispatcher", "next": away},
            follow_redirects=False,
        )
        assert answer.status_code == 303
        assert answer.headers["location"] == "/console"
