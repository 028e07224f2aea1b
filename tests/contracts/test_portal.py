"""What anybody may read of the safety index: published publications, and no case else.

Two proofs. The pages import nothing that could read a case: published issues reach
them through the shelf alone. And a server full of incidents, calls, drafts and
withdrawn publications gives none of their words away on any public route.
"""

import ast
import base64
import io
import re
import zlib
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import grimp
import httpx
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


def of_here(whole: Whole, period: str, issue: int = 1) -> bytes:
    """Return a document of a month about areas of the served city."""
    return at_home(document(period, issue), whole.platform.town)


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
    correction = JsonCodec().decode(Publication, of_here(whole, PERIOD, issue=2))
    later = replace(correction, city=SECRETS[3], city_zh=SECRETS[3])
    lay_down(whole, JsonCodec().encode(later))
    gone = lay_down(whole, draft(whole, "2024-11"))
    body = {"reason": SECRETS[0]}
    post(whole, f"/publications/{gone}/withdraw", "commander", STATISTICS, json=body)
    waiting = lay_down(whole, draft(whole, "2024-11"))
    return [taken["call"]["id"], taken["incident"]["id"], gone, waiting]


def targets(whole: Whole, full: list[str]) -> list[str]:
    """Return every public address, with what exists and what does not in its gaps."""
    area = min(whole.platform.town.area_names())
    fills = {
        "period": [PERIOD, "2024-11", *full],
        "issue": ["1", "2", full[2]],
        "area": [area, *full],
    }
    found: list[str] = []
    for screen in OPEN:
        made = [screen.path]
        for name in paths.parameters_of(screen.path):
            made = [p.replace(f"{{{name}}}", v) for p in made for v in fills[name]]
        found += made
    queries = [f"/portal?period={p}" for p in (PERIOD, "2024-11", full[1])]
    queries += [f"/portal?q={words}" for words in (SECRETS[3], full[1])]
    queries += [f"/portal/compare?a={area}&b={case}" for case in full]
    return [*found, *queries]


def opened(content: bytes) -> bytes:
    """Return a file with what is packed inside of it, so that words can be found."""
    if content.startswith(b"%PDF-"):
        streams = re.findall(rb"stream\r?\n(.*?)~>\s*endstream", content, re.DOTALL)
        assert streams, "a bulletin without a page"
        return content + b"".join(
            zlib.decompress(base64.a85decode(one.strip())) for one in streams
        )
    if content.startswith(b"PAR1"):
        parquet: Any = import_module("pyarrow.parquet")
        return str(parquet.read_table(io.BytesIO(content)).to_pylist()).encode()
    return content


def test_words_in_packed_files_would_be_found(whole: Whole, full: list[str]) -> None:
    area = min(whole.platform.town.area_names())
    for name, words in (
        ("bulletin.pdf", b"How to read this"),
        ("places.parquet", f"'{area}'".encode()),
    ):
        file = whole.client.get(f"/portal/data/{PERIOD}/{name}?lang=en").content
        assert words not in file
        assert words in opened(file)


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
            told = opened(answer.content).replace(target.encode(), b"")
            for words in (*SECRETS, *full):
                asked_for = words in target  # a search page repeats what was typed
                assert asked_for or words.encode() not in told, (target, words)
    assert answered > 30


def test_what_is_published_is_there_and_a_draft_is_not(
    whole: Whole, full: list[str]
) -> None:
    there = whole.client.get(f"/portal/data/{PERIOD}/publication.json")
    assert there.content == of_here(whole, PERIOD)
    for path in ("2024-11/publication.json", "2024-11/1/places.csv", "2024-12/x"):
        assert whole.client.get(f"/portal/data/{path}").status_code == 404
    assert whole.client.get("/portal?period=2024-11").status_code == 404


TRICKS = (
    "/portal/../api/v1/incidents", "/portal/..%2fapi/v1/incidents",
    "/portal/%2e%2e/api/v1/incidents", "/portal/areas/..%2f..%2fincidents%2f{case}",
    "/portal//areas/{case}", "//portal/areas/{case}", "/portal/areas/{case}/",
    "/portal/areas/{case}%00", "/portal/areas/{case}?q={secret}", "/PORTAL/{case}",
    "/portal;{case}", "/portal/data/{period}/2/publication.json",
    "/portal/data/{period}/2/bulletin.pdf", "/portal/data/{period}/02/places.csv",
    "/portal/data/{period}/+2/places.csv", "/portal/data/{period}/2.0/places.csv",
    "/portal/data/{period}/1/../2/places.csv", "/portal/data/{draft}/publication.json",
    "/portal/data/2024-11/publication.json", "/portal?period={draft}",
    "/portal?period=2024-11&issue=1", "/portal?period={period}&period=2024-11",
    "/portal?stage=compiled", "/portal?lang=../../{case}", "/portal?q={secret}%25",
    "/portal/compare?a={case}&a={draft}", "/portal/areas/{area}?domain={secret}",
    "/portal/feed.xml?issue=2", "/portal/feed.json?stage=compiled",
    "/track?code={case}", "/track?code={draft}", "/track?code=%25", "/track?code=*",
    "/incidents/{case}", "/incidents/{case}.pdf", "/api/v1/publications/{draft}",
    "/api/v1/publications/{draft}/document", "/api/v1/incidents/{case}",
    "/api/v1/picture", "/api/v1/feed", "/signals", "/workbench", "/board/../console",
    "/static/../../app/config.py", "/metrics/../api/v1/incidents",
)  # fmt: skip
"""Addresses by which somebody outside might hope to read a case."""
DISGUISES = (
    {}, {"X-Purpose": STATISTICS}, {"X-HTTP-Method-Override": "POST"},
    {"X-Original-URL": "/api/v1/incidents"}, {"X-Rewrite-URL": "/api/v1/picture"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-User": "commander"},
    {"Cookie": "session=commander; account=commander"}, {"Range": "bytes=0-9999999"},
    {"Accept": "application/json"}, {"Accept-Language": "../../etc"},
)  # fmt: skip


def test_no_trick_of_path_query_or_header_reads_a_case(
    whole: Whole, full: list[str]
) -> None:
    filled = {
        "case": full[1], "draft": full[3], "period": PERIOD, "secret": SECRETS[3],
        "area": min(whole.platform.town.area_names()),
    }  # fmt: skip
    host = str(whole.client.base_url).rstrip("/")
    for trick in TRICKS:
        target = trick.format(**filled)
        for disguise in DISGUISES:
            # Its path goes out as it stands: no client may tidy it up.
            raw = httpx.URL(host).copy_with(raw_path=target.encode())
            answer = whole.client.get(raw, headers=dict(disguise))
            told = (
                opened(answer.content) if answer.status_code == 200 else answer.content
            )
            asked = {words for words in (*SECRETS, *full) if words in target}
            for words in {*SECRETS, *full} - asked:
                assert words.encode() not in told, (target, disguise, words)
            if "document" in target or "/2/" in target:
                assert answer.status_code in {401, 404}, target
            whole.client.cookies.clear()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/portal", f"/portal/data/{PERIOD}/publication.json"):
            assert whole.client.request(method, path).status_code == 405


def test_who_asks_by_another_hosts_name_gets_none_of_it_back(
    whole: Whole, full: list[str]
) -> None:
    elsewhere = {"Host": "elsewhere.example", "X-Forwarded-Host": "evil.example"}
    for target in targets(whole, full):
        told = whole.client.get(target, headers=elsewhere).content
        assert b"elsewhere.example" not in told
        assert b"evil.example" not in told


def test_tags_do_not_betray_what_is_on_its_way(whole: Whole, full: list[str]) -> None:
    def tags() -> list[str]:
        paths = ("/portal", "/portal/data", "/portal/feed.xml", "/portal/map")
        return [whole.client.get(path).headers["etag"] for path in paths]

    before = tags()
    case = lay_down(whole, draft(whole, "2024-12"))
    assert tags() == before
    body = {"calls": 9, "recorded": 9}
    post(whole, f"/publications/{case}/audit", "index-auditor", STATISTICS, json=body)
    post(whole, f"/publications/{case}/approve", "commander", STATISTICS, json={})
    assert tags() == before
    done = {"reason": "not to be published"}
    post(whole, f"/publications/{case}/withdraw", "commander", STATISTICS, json=done)
    assert tags() == before


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
    assert drafted.content == draft(whole, "2024-11")


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
