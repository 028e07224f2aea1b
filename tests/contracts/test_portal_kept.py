"""What may be kept of the portal, and that nothing else may: tags, 304, gzip, parts."""

import re

import httpx
import pytest
from tests.capabilities.safety_index.offices import document
from tests.contracts.test_portal import OPEN, at_home, publish
from tests.contracts.whole import Whole

from gengfu.app.installed import INSTALLED
from gengfu.web import paths

MONTH = "2025-02"
DATA = f"/portal/data/{MONTH}"
ENGLISH = {"Accept-Language": "en", "Accept-Encoding": "identity"}
STRONG = re.compile(r'"[0-9a-f]{32}(-gz)?"')
COUNTED = 60
"""Asked for more often than this in one test, pages are rather read from `kept`."""


@pytest.fixture(scope="module")
def month(whole: Whole) -> bytes:
    content = at_home(document(MONTH), whole.platform.town)
    publish(whole, content)
    return content


def get(whole: Whole, path: str, **headers: str) -> httpx.Response:
    sent = ENGLISH | {name.replace("_", "-"): text for name, text in headers.items()}
    return whole.client.get(path, headers=sent)


def addresses(whole: Whole) -> list[str]:
    area = min(whole.platform.town.area_names())
    fills = {"period": MONTH, "issue": "1", "area": area}
    found = [
        re.sub(r"\{(\w+)\}", lambda gap: fills[gap[1]], screen.path) for screen in OPEN
    ]
    return [*found, f"/portal?period={MONTH}", f"/portal/map?period={MONTH}"]


def test_every_public_address_has_a_strong_tag_and_answers_304(
    whole: Whole, month: bytes
) -> None:
    for path in addresses(whole):
        first = get(whole, path)
        assert first.status_code == 200, path
        assert STRONG.fullmatch(first.headers["etag"]), path
        kept = first.headers["cache-control"]
        assert kept == "public, max-age=300, must-revalidate", path
        varies = {one.strip() for one in first.headers["vary"].split(",")}
        assert varies == {"Accept-Encoding", "Accept-Language", "Cookie"}
        again = get(whole, path, If_None_Match=f'"x", W/{first.headers["etag"]}')
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == kept
        assert get(whole, path, If_None_Match='"x"').status_code == 200


def test_the_same_tag_always_stands_for_the_same_bytes(
    whole: Whole, month: bytes
) -> None:
    seen: dict[tuple[str, str], bytes] = {}
    area = min(whole.platform.town.area_names())
    for path in ("/portal", f"/portal/areas/{area}", "/portal/feed.xml", "/portal/map"):
        for language in ("en", "zh", "fr, zh;q=0.5", ""):
            for cookie in ("", "lang=zh", "theme=dark", "lang=en; theme=light"):
                for query in ("", "?lang=zh", "?domain=fire", f"?period={MONTH}"):
                    headers = {"Accept-Language": language, "Cookie": cookie}
                    got = get(whole, path + query, **headers)
                    key = (path + query, got.headers["etag"])
                    assert seen.setdefault(key, got.content) == got.content
    assert len({tag for _, tag in seen}) > COUNTED


def test_a_publication_makes_new_tags_and_old_copies_are_sent_anew(
    whole: Whole, month: bytes
) -> None:
    before = {path: get(whole, path) for path in ("/portal/data", "/portal/feed.json")}
    content = at_home(document("2025-03"), whole.platform.town)
    publish(whole, content)
    for path, old in before.items():
        new = get(whole, path, If_None_Match=old.headers["etag"])
        assert new.status_code == 200, path
        assert new.content != old.content


def test_pages_and_files_go_out_packed_where_it_is_worth_it(
    whole: Whole, month: bytes
) -> None:
    for path, packed in (
        ("/portal", True),
        (f"{DATA}/publication.json", True),
        (f"{DATA}/places.csv", True),
        (f"{DATA}/places.parquet", False),
        (f"{DATA}/bulletin.pdf", False),
    ):
        plain = get(whole, path)
        answer = get(whole, path, Accept_Encoding="br;q=1, gzip;q=0.8")
        assert ("content-encoding" in answer.headers) is packed, path
        assert answer.content == plain.content
        tags = (answer.headers["etag"], plain.headers["etag"])
        assert (tags[0] != tags[1]) is packed, "another form has another strong tag"
        if packed:
            assert int(answer.headers["content-length"]) < len(plain.content) / 2
            again = get(
                whole,
                path,
                Accept_Encoding="gzip",
                If_None_Match=answer.headers["etag"],
            )
            assert again.status_code == 304
        refused = get(whole, path, Accept_Encoding="gzip;q=0")
        assert "content-encoding" not in refused.headers


def test_a_file_is_read_in_parts(whole: Whole, month: bytes) -> None:
    path = f"{DATA}/publication.json"
    whole_file = get(whole, path)
    assert whole_file.content == month
    assert whole_file.headers["accept-ranges"] == "bytes"
    size = len(month)
    for asked, part, told in (
        ("bytes=0-99", month[:100], f"bytes 0-99/{size}"),
        ("bytes=-8", month[-8:], f"bytes {size - 8}-{size - 1}/{size}"),
        (f"bytes={size - 3}-", month[-3:], f"bytes {size - 3}-{size - 1}/{size}"),
        ("bytes=5-99999999", month[5:], f"bytes 5-{size - 1}/{size}"),
    ):
        answer = get(whole, path, Range=asked, Accept_Encoding="gzip")
        assert answer.status_code == 206, asked
        assert answer.content == part
        assert answer.headers["content-range"] == told
    beyond = get(whole, path, Range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (
        416, f"bytes */{size}"
    )  # fmt: skip
    for ignored in ("bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "x"):
        assert get(whole, path, Range=ignored).content == month, ignored
    stale = get(whole, path, Range="bytes=0-9", If_Range='"old"')
    assert (stale.status_code, stale.content) == (200, month)


def test_open_data_may_be_drawn_by_pages_of_others(whole: Whole, month: bytes) -> None:
    for path in (f"{DATA}/places.csv", "/portal/feed.json"):
        assert get(whole, path).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in get(whole, "/portal").headers


def test_a_chosen_language_is_nobody_elses(whole: Whole, month: bytes) -> None:
    answer = get(whole, "/portal?lang=zh")
    assert "lang=zh" in answer.headers["set-cookie"]
    assert answer.headers["cache-control"] == "private, max-age=300, must-revalidate"
    whole.client.cookies.clear()
    again = get(whole, "/portal?lang=zh", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304
    assert again.headers["cache-control"].startswith("private")
    whole.client.cookies.clear()
    known = get(whole, "/portal?lang=zh", Cookie="lang=zh")
    assert "set-cookie" not in known.headers
    assert known.headers["cache-control"].startswith("public")


def test_who_is_signed_in_gets_the_same_page_as_everybody(
    whole: Whole, month: bytes
) -> None:
    headers = ENGLISH | whole.headers("commander")
    for path in addresses(whole):
        mine = whole.client.get(path, headers=headers)
        theirs = get(whole, path)
        assert mine.headers["etag"] == theirs.headers["etag"]
        assert mine.content == theirs.content, path


def test_nothing_but_what_is_public_is_ever_kept(whole: Whole, month: bytes) -> None:
    account = "commander"
    for capability in INSTALLED:
        for screen in capability.screens:
            if screen in OPEN:
                continue
            assert screen.made_of is None, screen.path
            path = screen.path
            for name in paths.parameters_of(path):
                path = path.replace(f"{{{name}}}", "none")
            for headers in ({}, whole.headers(account)):
                answer = whole.client.get(path, headers=ENGLISH | headers)
                if answer.status_code != 303:
                    assert "no-store" in answer.headers["cache-control"], path
                assert "etag" not in answer.headers
    for path in ("/portal?period=1999-01", "/portal/areas/none", "/portal/data/x/1/y"):
        missing = get(whole, path)
        assert missing.status_code == 404
        if "cache-control" in missing.headers:
            assert missing.headers["cache-control"] == "no-store"
    refused = whole.client.get("/portal", headers={"X-Purpose": "curiosity"})
    assert (refused.status_code, refused.headers["cache-control"]) == (403, "no-store")


def test_sheets_are_packed_and_kept_for_good_under_the_name_of_their_bytes(
    whole: Whole, month: bytes
) -> None:
    page = get(whole, "/portal").text
    sheets = re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', page)
    assert len(sheets) == 5
    for path in sheets:
        answer = whole.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Accept-Encoding"
        again = whole.client.get(
            path,
            headers={
                "Accept-Encoding": "gzip",
                "If-None-Match": answer.headers["etag"],
            },
        )
        assert again.status_code == 304
        plain = whole.client.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.content == answer.content
    named = whole.client.get("/static/css/portal.css").headers
    assert named["cache-control"] == "no-cache"
