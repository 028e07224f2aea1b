"""What anybody may read of the safety index: published publications, and no case else.

Two proofs. The pages import nothing that could read a case: published issues reach
them through the shelf alone. And a server full of incidents, calls, drafts and
withdrawn publications gives none of their words away on any public route.
"""

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import grimp
import pytest
from tests.capabilities.safety_index.offices import PERIOD, at_home, document
from tests.contracts.whole import Whole

from gengfu.adapters.codec import JsonCodec
from gengfu.app.installed import INSTALLED, PUBLIC
from gengfu.capabilities.safety_index import CAPABILITY, screens
from gengfu.capabilities.safety_index.cases.roles import RESIDENT, STATISTICS
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.web import paths

PACKAGE = "gengfu.capabilities.safety_index"
SECRETS = ("zq-secret-words", "Rosa Zqvist", "+56 9 555 0191", "zq-draft-town")
PUBLIC_ROLES = {role for role, _ in PUBLIC}
OPEN = [s for s in CAPABILITY.screens if set(s.roles) & PUBLIC_ROLES]


def post(whole: Whole, path: str, account: str, purpose: str, **more: Any) -> Any:
    headers = whole.headers(account, purpose) | more.pop("headers", {})
    answer = whole.client.post(f"/api/v1{path}", headers=headers, **more)
    assert answer.is_success, answer.text
    return answer.json()


def lay_down(whole: Whole, content: bytes) -> str:
    sent = {"content": content, "headers": {"Content-Type": "application/json"}}
    return post(whole, "/publications", "statistician", STATISTICS, **sent)["id"]


def publish(whole: Whole, content: bytes) -> str:
    case = lay_down(whole, content)
    steps = (
        ("audit", "index-auditor", {"calls": 90, "recorded": 75, "note": SECRETS[0]}),
        ("approve", "commander", {}),
        ("publish", "commander", {}),
    )
    for move, who, body in steps:
        post(whole, f"/publications/{case}/{move}", who, STATISTICS, json=body)
    return case


def of_here(whole: Whole, period: str) -> bytes:
    """Return a document of a month about areas of the served city."""
    return at_home(document(period), whole.platform.town.area_names())


def draft(whole: Whole, period: str) -> bytes:
    """Return a document that nobody may see yet: its city has a telling name."""
    made = JsonCodec().decode(Publication, of_here(whole, period))
    return JsonCodec().encode(replace(made, city=SECRETS[3], city_zh=SECRETS[3]))


@pytest.fixture(scope="module")
def full(whole: Whole) -> list[str]:
    """Fill the store; return ids of cases that nobody outside may meet."""
    call = {
        "channel": "phone", "type": "structure-fire", "text": SECRETS[0],
        "caller_name": SECRETS[1], "callback": SECRETS[2],
    }  # fmt: skip
    taken = post(whole, "/calls", "dispatcher", "emergency-response", json=call)
    publish(whole, of_here(whole, PERIOD))
    gone = lay_down(whole, draft(whole, "2026-11"))
    body = {"reason": SECRETS[0]}
    post(whole, f"/publications/{gone}/withdraw", "commander", STATISTICS, json=body)
    waiting = lay_down(whole, draft(whole, "2026-11"))
    return [taken["call"]["id"], taken["incident"]["id"], gone, waiting]


def targets(whole: Whole, full: list[str]) -> list[str]:
    """Return every public address, with what exists and what does not in its gaps."""
    area = min(whole.platform.town.area_names())
    fills = {
        "period": [PERIOD, "2026-11", *full],
        "issue": ["1", "2", full[2]],
        "area": [area, *full],
    }
    found: list[str] = []
    for screen in OPEN:
        made = [screen.path]
        for name in paths.parameters_of(screen.path):
            made = [p.replace(f"{{{name}}}", v) for p in made for v in fills[name]]
        found += made
    queries = [f"/portal?period={p}" for p in (PERIOD, "2026-11", full[1])]
    queries += [f"/portal?q={words}" for words in (SECRETS[3], full[1])]
    queries += [f"/portal/compare?a={area}&b={case}" for case in full]
    return [*found, *queries]


def test_every_public_address_answers_and_tells_nothing_but_what_is_published(
    whole: Whole, full: list[str]
) -> None:
    answered = 0
    for target in targets(whole, full):
        for language in ("en", "zh"):
            asked = {"Accept-Language": language}
            answer = whole.client.get(target, headers=asked)
            assert answer.status_code in {200, 404}, (target, answer.text[-300:])
            answered += answer.status_code == 200
            told = answer.content.replace(target.encode(), b"")
            for words in (*SECRETS, *full):
                asked_for = words in target  # a search page repeats what was typed
                assert asked_for or words.encode() not in told, (target, words)
    assert answered > 30


def test_what_is_published_is_there_and_a_draft_is_not(
    whole: Whole, full: list[str]
) -> None:
    there = whole.client.get(f"/portal/data/{PERIOD}/publication.json")
    assert there.content == of_here(whole, PERIOD)
    for path in ("2026-11/publication.json", "2026-11/1/places.csv", "2026-12/x"):
        assert whole.client.get(f"/portal/data/{path}").status_code == 404
    assert whole.client.get("/portal?period=2026-11").status_code == 404


def test_the_api_shows_publications_to_staff_only(
    whole: Whole, full: list[str]
) -> None:
    for path in ("", f"/{full[3]}", f"/{full[3]}/document"):
        asked = {"X-Purpose": STATISTICS}
        url = f"/api/v1/publications{path}"
        assert whole.client.get(url, headers=asked).status_code == 401
        for account, status in (("call-taker", 403), ("statistician", 200)):
            headers = whole.headers(account, STATISTICS)
            assert whole.client.get(url, headers=headers).status_code == status
    headers = whole.headers("statistician", STATISTICS)
    drafted = whole.client.get(
        f"/api/v1/publications/{full[3]}/document", headers=headers
    )
    assert drafted.content == draft(whole, "2026-11")


def test_nothing_of_this_capability_is_public_but_its_portal() -> None:
    assert {s.path.split("/")[1] for s in OPEN} == {"portal"}
    assert len(OPEN) > 12
    assert all(s.purpose == STATISTICS and s.take is None for s in OPEN)
    public = [
        r for c in CAPABILITY.routes for r in c.declared if {*r.roles} & PUBLIC_ROLES
    ]
    assert public == []
    for capability in INSTALLED:
        for machine in capability.machines:
            for way in (*machine.openings.values(), *machine.moves.values()):
                assert RESIDENT not in way.by


def portal_modules() -> set[str]:
    """Return the modules of the portal: what its pages and files import of its own."""
    graph, found = grimp.build_graph("gengfu"), set[str]()
    waiting = [f"{PACKAGE}.screens.{name}" for name in ("pages", "files", "shelf")]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            near = graph.find_modules_directly_imported_by(module)
            waiting += [one for one in near if one.startswith(f"{PACKAGE}.screens.")]
    return found


def test_the_portal_imports_nothing_that_reads_a_case() -> None:
    graph, pages = grimp.build_graph("gengfu"), portal_modules()
    assert len(pages) > 10
    for module in pages:
        for imported in graph.find_modules_directly_imported_by(module):
            inside = imported.startswith(f"{PACKAGE}.")
            parts = imported.removeprefix(f"{PACKAGE}.").split(".")
            assert not inside or parts[0] in {"screens", "rules"}, (module, imported)
            assert not imported.startswith(("gengfu.adapters", "gengfu.app"))
            assert not re.match(
                r"gengfu\.kernel\.(desk|office|ledger|records)", imported
            )
            assert "control_room" not in imported


def test_the_portal_touches_neither_the_desk_nor_the_store() -> None:
    folder = Path(screens.__file__).parent
    for module in portal_modules():
        file = folder / f"{module.rpartition('.')[2]}.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"do", "look", "runtime"}, file.name
            kernel = isinstance(node, ast.ImportFrom) and (
                node.module or ""
            ).startswith("gengfu.kernel")
            if kernel:
                names = {alias.name for alias in node.names}
                assert names <= {"BadInput", "NotFound", "Purpose", "Role", "Said"}
