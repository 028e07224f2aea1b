"""An incident on paper: complete, in two languages, and nothing of who called."""

import asyncio
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rooms import CHIEF, SENDER, crew, officer
from screened import Through

from gengfu.capabilities.control_room.api.calls import CallForm
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.incidents import correct_clock, note
from gengfu.capabilities.control_room.cases.outcomes import Finding
from gengfu.capabilities.control_room.cases.recounting import correct_deaths
from gengfu.capabilities.control_room.cases.responses import note_signed
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.live.history import history
from gengfu.capabilities.control_room.screens.paper import Paper, document
from gengfu.capabilities.control_room.screens.sheet import Edges, Sheet, marked
from gengfu.kernel import CaseId, NotFound, clockwork
from gengfu.kernel.both import BETWEEN, half
from gengfu.kernel.tasks import sign
from gengfu.surface.paper import runs
from gengfu.web.i18n import words

SECRETS = {
    "text": "zebra words of the call",
    "caller_name": "Nerea Quispe",
    "callback": "+56 9 5550 1234",
}
HOSTILE = '<font size="90">&amp; <script>alert(1)</script> 二楼有烟 🔥\nsecond line'


@pytest.fixture
def whole(room):
    """An incident with everything that may happen to one."""
    case = room.call(at=(0, 1), **SECRETS)
    room.wait(seconds=20)
    room.do(SENDER, lambda desk: desk.apply(case.id, note, HOSTILE))
    ranking = room.recommend(case)
    room.wait(seconds=10)
    sent = room.send(
        case,
        "e1",
        "p1",
        agencies=("gas",),
        ranking=ranking,
        reason="Crew knows the scene",
    )
    gas = next(t for t in room.room.picture.tasks.values() if t.agency == "gas")
    room.wait(seconds=25)
    room.do(officer("gas"), lambda desk: desk.apply(gas.id, sign))
    clock = clockwork(RESPONSE)
    room.do(clock, lambda desk: desk.apply(case.id, note_signed, "gas"))
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    room.wait(seconds=95)
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    at = room.room.now()
    room.do(
        CHIEF,
        lambda desk: desk.apply(
            case.id, correct_clock, "on_scene", at, "Button pressed late"
        ),
    )
    room.wait(minutes=12)
    room.do(CHIEF, lambda d: actions.close_out(d, sent.id, "Out", free_units=True))
    return case.id


def paper(room, case, language="en"):
    detail = room.office.look(lambda r: history(room.room, r, CaseId(case), language))
    speech = words(language, room.room.town.timezone)
    return Paper(room.room, detail, speech, room.room.now(), "chen")


def text_of(part):
    if isinstance(part, str):
        return [part]
    if isinstance(part, tuple | list):
        return [text for one in part for text in text_of(one)]
    return [part.title] if hasattr(part, "title") else []


def all_text(sheet):
    edges = sheet.edges
    return [
        sheet.title, edges.left, edges.right, edges.foot, edges.mark,
        *(text for _, part in sheet.parts for text in text_of(part)),
    ]  # fmt: skip


def rows_under(sheet, title):
    """Return the rows of the first table after a section's heading."""
    found = False
    for kind, value in sheet.parts:
        found = found or (kind == "section" and value == title)
        if found and kind == "table":
            return value[1]
    pytest.fail(f"no table under {title}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_entry_of_the_ledger_is_on_paper(room, whole, language):
    made = paper(room, whole, language)
    title = words(language, "UTC").t("sheet.timeline")
    rows = rows_under(made.sheet(), title)
    assert [row[0] for row in rows] == [f"#{e.seq}" for e in made.detail.timeline]
    kinds = {e.kind for e in made.detail.timeline}
    assert kinds == {"call", "incident", "task", "recommendation"}
    said = "\n".join(all_text(made.sheet()))
    assert f"#{made.detail.timeline[0].seq}" in said


def test_clocks_with_steps_and_since_the_call(room, whole):
    rows = {row[0]: row[1:] for row in rows_under(paper(room, whole).sheet(), "Clocks")}
    assert rows["Received"] == ("12:00:00", "–", "–")
    assert rows["Dispatched"] == ("12:00:30", "0:30", "0:30")
    assert rows["Signed"] == ("12:00:55", "0:25", "0:55")
    assert rows["On scene (corrected)"][2] == "2:30"
    assert rows["Controlled"] == ("–", "–", "–")
    assert rows["Closed"][0] == "12:14:30"


def test_units_with_their_stamps_and_what_was_predicted(room, whole):
    rows = rows_under(paper(room, whole).sheet(), "Units and their times")
    assert [row[0] for row in rows] == ["E1", "P1"]
    engine = rows[0]
    assert engine[1] == "Fire engine"
    assert engine[2:6] == ("12:00:30", "12:00:55", "12:02:30", "12:14:30")
    assert engine[-1] == "2:00"
    assert rows[1][3:5] == ("–", "–")


def test_tasks_in_the_words_they_were_asked_with(room, whole):
    (row,) = rows_under(paper(room, whole).sheet(), "Tasks of agencies")
    assert row[:2] == ("Gas", "Shut the gas to the building")
    assert row[4].startswith("12:00:55 · gas")
    assert row[6].startswith("Withdrawn · 12:14:30")
    (zh,) = rows_under(paper(room, whole, "zh").sheet(), "联动单位任务")
    assert zh[:2] == ("燃气", "关闭建筑燃气")
    assert (row[6].split(" · ")[-1], zh[6].split(" · ")[-1]) == (
        "the case has ended",
        "案件已结束",
    )


def test_what_the_platform_says_is_said_in_the_papers_language(room):
    form = CallForm(channel=Channel.PHONE, type="structure-fire", text="smoke")
    heard = room.room.hear(form)
    _, case = room.do(SENDER, lambda desk: actions.take_call(desk, heard))
    en, zh = (
        "\n".join(all_text(paper(room, case.id, language).sheet()))
        for language in ("en", "zh")
    )
    assert "starts at priority" in en
    assert "起始等级" in zh
    assert "starts at priority" not in zh
    assert BETWEEN not in en + zh


def test_a_reason_by_code_is_said_in_both_languages(room):
    policy = room.room.rulebook.policy
    code, chosen = next(iter(policy.overrides.items()))
    kept = room.room.override_reason(code, "it is nearer")
    assert half(kept, "en") == f"{chosen.said.en}: it is nearer"
    assert half(kept, "zh") == f"{chosen.said.zh}：it is nearer"
    assert room.room.override_reason("", "own words / 原话") == "own words / 原话"


def test_what_was_recommended_and_what_was_sent_instead(room, whole):
    sheet = paper(room, whole).sheet()
    said = "\n".join(all_text(sheet))
    assert "Override: Crew knows the scene" in said
    rows = {
        r[0]: r[4:] for r in rows_under(sheet, "Recommendations and what was chosen")
    }
    assert rows["E1"] == ("●", "●")
    assert any(row == ("●", "–") for row in rows.values())


def test_corrections_with_reason_and_name(room, whole):
    (row,) = rows_under(paper(room, whole).sheet(), "Clocks put right")
    assert row[0] == "On scene"
    assert row[3] == "Button pressed late"
    assert row[4].startswith("chen ")


@pytest.mark.parametrize(
    ("language", "said", "section"),
    [("en", "deaths: 2", "Deaths put right"), ("zh", "死亡：2 人", "死亡人数更正")],
)
def test_who_died_and_how_the_number_was_put_right(room, language, said, section):
    case = room.call(at=(0, 1)).id

    def close(desk):
        actions.close_out(
            desk, case, "out", reason="seen", finding=Finding.CONFIRMED, deaths=0
        )

    room.do(CHIEF, close)
    assert section not in all_text(paper(room, case, language).sheet())
    room.wait(days=3)
    room.do(CHIEF, lambda d: d.apply(case, correct_deaths, 2, "in hospital"))
    sheet = paper(room, case, language).sheet()
    text = "\n".join(all_text(sheet))
    assert said in text
    assert words(language, "UTC").word("finding", "confirmed") in text
    ((of, was, now, why, by),) = rows_under(sheet, section)
    assert (was, now, why) == ("0", "2", "in hospital")
    assert by.startswith("chen ")
    assert of


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_the_caller_is_on_paper(room, whole, language):
    made = paper(room, whole, language)
    assert made.detail.incident.summary == SECRETS["text"]
    text = "\n".join(all_text(made.sheet()))
    for secret in SECRETS.values():
        assert secret not in text


def test_details_that_were_erased_are_said_to_be(room, whole):
    made = paper(room, whole)
    gone = tuple(replace(one, facts=None) for one in made.detail.timeline)
    erased = replace(made, detail=replace(made.detail, timeline=gone))
    rows = rows_under(erased.sheet(), "Timeline")
    assert {row[3] for row in rows} == {"erased"}
    assert erased.pdf().startswith(b"%PDF")


def test_simulated_is_marked_on_every_page(room):
    real = room.call(at=(0, 1))
    made_up = room.call(at=(0, 1), simulated=True)
    assert paper(room, real.id).sheet().edges.mark == ""
    assert paper(room, made_up.id).sheet().edges.mark == "SIMULATED"
    assert paper(room, made_up.id, "zh").sheet().edges.mark == "模拟"


def test_another_day_is_written_with_its_date(room):
    case = room.call(at=(0, 1))
    room.wait(hours=13)
    room.do(CHIEF, lambda d: actions.close_out(d, case.id, "Out", reason="caller"))
    rows = {r[0]: r for r in rows_under(paper(room, case.id).sheet(), "Clocks")}
    assert rows["Received"][1] == "12:00:00"
    assert rows["Closed"][1] == "22 Nov 2026 01:00:00"
    assert rows["Closed"][3] == "13:00:00"


def test_printed_at_where_and_by_whom(room, whole):
    foot = paper(room, whole).sheet().edges.foot
    assert foot == "Printed 21 Nov 2026 12:14:30 UTC by chen"


@pytest.fixture
def open_pages(monkeypatch):
    """Leave pages uncompressed, so that their words can be read."""
    import reportlab.rl_config

    monkeypatch.setattr(reportlab.rl_config, "pageCompression", 0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_file_is_pdf_with_numbered_pages_and_no_embedded_font(
    room, whole, language, open_pages
):
    speech = words(language, "UTC")
    made = asyncio.run(document(Through(room, language), whole, speech=speech))
    assert made.media_type == "application/pdf"
    assert made.name.endswith(".pdf")
    content = made.content
    assert content.startswith(b"%PDF-1.")
    assert content.rstrip().endswith(b"%%EOF")
    assert b"/STSong-Light" in content
    assert b"/Helvetica" in content
    assert b"FontFile" not in content
    pages = int(re.search(rb"/Count (\d+)", content)[1])
    assert pages >= 2
    if language == "en":
        for page in range(1, pages + 1):
            assert f"Page {page} of {pages}".encode() in content
    for secret in SECRETS.values():
        assert secret.encode() not in content
    assert b"/Lang (zh-Hans)" in content or language == "en"


def test_hostile_notes_are_words(room, whole, open_pages):
    content = paper(room, whole).pdf()
    assert b"alert\\(1\\)" in content, "brackets are escaped in strings of PDF"


def test_no_such_incident(room):
    speech = words("en", "UTC")
    with pytest.raises(NotFound):
        asyncio.run(document(Through(room), "incident-none", speech=speech))


@given(st.text(max_size=60))
def test_every_sign_is_in_a_font_that_can_show_it(text):
    parts = runs(text)
    whole = "".join(part for part, _ in parts)
    assert len(whole) == len(text)
    pairs = zip(text, whole, strict=True)
    assert all(a == b or ord(a) >= 0x10000 or a in "\u202f\u2212" for a, b in pairs)
    for part, latin in parts:
        if latin:
            part.encode("cp1252")


def test_what_came_earlier_has_a_sign_that_the_fonts_have():
    assert runs("\u22120:12") == [("-0:12", True)]


@given(st.text(alphabet="<>&/\"'abc 火\n", max_size=40))
def test_markup_in_words_is_not_obeyed(text):
    stripped = re.sub(r'<font name="STSong-Light">|</font>', "", marked(text))
    assert "<" not in stripped
    assert re.sub(r"&(lt|gt|amp);", "", stripped).count("&") == 0


def test_a_long_table_runs_over_pages_with_its_heading(open_pages):
    from gengfu.capabilities.control_room.screens.sheet import Column

    sheet = Sheet(
        "t", "en", Edges(left="L", right="R", foot="F", page="{page}/{pages}")
    )
    rows = [(str(n), "word " * 8) for n in range(150)]
    sheet.table((Column("Number", 1), Column("Words", 5)), rows)
    content = sheet.pdf()
    pages = int(re.search(rb"/Count (\d+)", content)[1])
    assert pages >= 3
    assert content.count(b"(Number) Tj") == pages


def test_one_long_word_stays_on_the_paper():
    from gengfu.capabilities.control_room.screens.sheet import Column

    sheet = Sheet("t", "en", Edges(left="", right="", foot="", page=""))
    sheet.table((Column("A", 1), Column("B", 9)), [("x" * 300, "警" * 3000)])
    assert sheet.pdf().startswith(b"%PDF")
