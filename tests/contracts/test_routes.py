"""Every declared route names roles and a purpose, and refuses whoever lacks them."""

from collections import Counter

import pytest
from tests.contracts.whole import Whole, declared, own

from gengfu.web import paths
from gengfu.web.openapi import Tagged

ROUTES = declared()
PROTECTED = [t for t in ROUTES if t.route.roles]
PUBLIC_BY_DECISION = {"/me", "/dictionary"}


def name(tagged: Tagged) -> str:
    return f"{tagged.route.method} {tagged.route.path}"


def url(tagged: Tagged) -> str:
    path = tagged.route.path
    for parameter in paths.parameters_of(path):
        path = path.replace(f"{{{parameter}}}", "nothing-1")
    return f"/api/v1{path}"


def ask(whole: Whole, tagged: Tagged, headers: dict[str, str]):
    method = tagged.route.method
    body = {} if method == "POST" else None
    return whole.client.request(method, url(tagged), headers=headers, json=body)


def test_routes_are_declared_once() -> None:
    counted = Counter(name(t) for t in ROUTES)
    assert not [n for n, count in counted.items() if count > 1]
    ids = Counter(f"{t.tag}_{t.route.name}" for t in ROUTES)
    assert not [n for n, count in ids.items() if count > 1]


def test_public_routes_are_public_by_decision(whole: Whole) -> None:
    free = {t.route.path for t in (*ROUTES, *own(whole)) if not t.route.roles}
    assert free == PUBLIC_BY_DECISION


@pytest.mark.parametrize("tagged", ROUTES, ids=name)
def test_declares_role_purpose_and_words(tagged: Tagged, whole: Whole) -> None:
    registry = whole.platform.office.registry
    route = tagged.route
    assert route.roles
    assert set(route.roles) <= registry.roles
    assert route.purpose in registry.purposes
    assert route.words.strip()


@pytest.mark.parametrize("tagged", PROTECTED, ids=name)
def test_refuses_nobody(tagged: Tagged, whole: Whole) -> None:
    public = {role for role, _ in whole.platform.public}
    said = {"X-Purpose": str(tagged.route.purpose)}
    answer = ask(whole, tagged, said)
    if public & set(tagged.route.roles):
        assert answer.status_code not in {401, 403}
    else:
        assert answer.status_code == 401
        assert answer.json()["type"] == "/errors/sign-in-needed"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("tagged", PROTECTED, ids=name)
def test_refuses_without_purpose(tagged: Tagged, whole: Whole) -> None:
    holder = whole.holder(tagged.route)
    for said in ({}, {"X-Purpose": "curiosity"}):
        answer = ask(whole, tagged, whole.headers(holder) | said)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/errors/forbidden"


@pytest.mark.parametrize("tagged", PROTECTED, ids=name)
def test_refuses_without_role(tagged: Tagged, whole: Whole) -> None:
    stranger = whole.stranger(tagged.route)
    if stranger is None:
        pytest.skip("every account may use this")
    headers = whole.headers(stranger, str(tagged.route.purpose))
    answer = ask(whole, tagged, headers)
    assert answer.status_code == 403
    problem = answer.json()
    assert problem["type"] == "/errors/forbidden"
    assert problem["status"] == 403
    assert problem["title"]


@pytest.mark.parametrize("tagged", PROTECTED, ids=name)
def test_admits_its_own(tagged: Tagged, whole: Whole) -> None:
    holder = whole.holder(tagged.route)
    headers = whole.headers(holder, str(tagged.route.purpose))
    answer = ask(whole, tagged, headers)
    assert answer.status_code not in {401, 405, 500}
    assert answer.status_code != 403 or answer.json()["detail"]


def test_forged_and_foreign_tokens_open_nothing(whole: Whole) -> None:
    good = whole.headers("dispatcher", "emergency-response")
    token = good["Authorization"].removeprefix("Bearer ")
    flipped = token[:-1] + ("0" if token[-1] != "0" else "1")
    for wrong in (flipped, "g1.e30.00", "x", "?", token + ".x", "g1." + "a" * 5000):
        headers = good | {"Authorization": f"Bearer {wrong}"}
        answer = whole.client.get("/api/v1/picture", headers=headers)
        assert answer.status_code == 401


def test_changes_by_cookie_need_our_own_page(whole: Whole) -> None:
    cookie = whole.platform.lobby.sessions.cookie("dispatcher", None)
    headers = {
        "Cookie": f"gengfu_session={cookie}",
        "X-Purpose": "emergency-response",
    }
    before = whole.size()
    body = {"channel": "phone", "text": "smoke", "type": "structure-fire"}
    refused = whole.client.post("/api/v1/calls", headers=headers, json=body)
    assert refused.status_code == 403
    assert whole.size() == before
    headers["X-Requested-With"] = "gengfu"
    taken = whole.client.post("/api/v1/calls", headers=headers, json=body)
    assert taken.status_code == 201
    assert whole.size() > before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/nothing", 404),
        ("/api/v1/calls/a%00b", 404),
        ("/api/v1/calls/" + "a" * 300, 404),
        ("/api/v1/calls/..%2f..%2fetc", 404),
        ("/api/v1/calls/<script>", 404),
        ("/api/v2/calls", 404),
    ],
)
def test_strange_paths_are_problems(path: str, status: int, whole: Whole) -> None:
    headers = whole.headers("dispatcher", "emergency-response")
    answer = whole.client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_wrong_method_is_a_problem(whole: Whole) -> None:
    answer = whole.client.delete("/api/v1/picture")
    assert answer.status_code == 405
    assert answer.json()["type"] == "/errors/method-not-allowed"
    assert "GET" in answer.headers["allow"]


def test_every_answer_carries_the_security_headers(whole: Whole) -> None:
    for path in ("/", "/sign-in", "/api/v1/picture", "/static/icons.svg", "/nothing"):
        answer = whole.client.get(path, follow_redirects=False)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "'unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_titles_come_in_both_languages(whole: Whole) -> None:
    titles = {
        whole.client.get(
            "/api/v1/picture", headers={"Accept-Language": language}
        ).json()["title"]
        for language in ("en-GB,en;q=0.8,zh;q=0.3", "zh-CN,zh;q=0.9,en;q=0.5")
    }
    assert titles == {"Please sign in", "请先登录"}
