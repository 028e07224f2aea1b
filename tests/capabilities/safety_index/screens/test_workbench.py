"""The workbench answers in both languages, keeps what was typed, and draws truly."""

import mimetypes
import re
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.capabilities.safety_index.screens.measured import (
    FORM,
    SAMPLE,
    SampleCounts,
    show,
)
from tests.screens.conftest import AXE

from gengfu.capabilities.safety_index.cases.roles import STAFF_READERS
from gengfu.capabilities.safety_index.live.jobs import Jobs
from gengfu.capabilities.safety_index.rules.evaluation_values import Interval, PathPoint
from gengfu.capabilities.safety_index.screens.charts import WIDE
from gengfu.capabilities.safety_index.screens.effects import (
    effect_bar,
    effect_path,
    percent,
)
from gengfu.capabilities.safety_index.screens.workbench import Bench, workbench
from gengfu.web.templates import CONTENT_SECURITY_POLICY, STATIC

ONE_PLACE = {**FORM, "table": "area,month\nt003,2025-06\n", "last": "2025-09"}


def test_the_answer_stands_first_in_both_languages() -> None:
    english, chinese = show(FORM, "en"), show(FORM, "zh")
    assert "After better street lights, recorded cases of crime" in english
    assert "in the 12 areas were" in english
    assert "better street lights后，12 个地区的治安与刑事记录" in chinese
    for page in (english, chinese):
        assert page.index('class="answer"') < page.index('<svg class="effect"')
        assert "workbench." not in re.sub(r"/(static|workbench)[^\"]*", "", page)
        assert len(page.encode()) < 100_000


def test_examples_are_areas_of_this_city() -> None:
    page = show()
    places = sorted(SAMPLE.city().geography.places, key=lambda one: one.name)
    assert f"area,month&#10;{places[0].id},2025-06&#10;{places[1].id}" in page
    assert f"<code>{places[-1].id}</code> {places[-1].name}" in page


def test_an_interval_that_reaches_everywhere_tells_nothing() -> None:
    def point(n: int, low: float | None, high: float | None) -> PathPoint:
        told = Interval(ratio=1.0, low=low, high=high, level=0.95)
        return PathPoint(first=n, last=n, reference=False, interval=told)

    narrow = point(0, 0.5, 2.0)
    wide = [point(1, 0.0, 1378.0), point(2, None, None), point(3, 0.05, None)]
    assert [one.interval and one.interval.untold for one in (narrow, *wide)] == [
        False,
        True,
        True,
        True,
    ]
    path = effect_path([narrow, *wide])
    assert path is not None
    assert len(path.marks) == 1


def test_grave_doubts_are_told_before_the_figure() -> None:
    page = show(ONE_PLACE)
    assert "Caution first: only 1 place got it" in page
    assert page.count('class="grave"') == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "area,month\nt999,2025-06"}, "row 2, column area"),
        ({"table": "area,month\nt001,June"}, "row 2, column month"),
        ({"first": "soon"}, "a month is written like 2026-10"),
        ({"what": "magic"}, "no domain or kind"),
        ({"ring": "far"}, "ring: not a number of metres"),
        ({"ring": "nan"}, "ring: 1 to"),
    ],
)
def test_what_is_wrong_is_said_and_the_form_stays(
    change: dict[str, str], said: str
) -> None:
    page = show({**FORM, **change})
    assert said in page
    assert 'role="alert"' in page
    assert "better street lights" in page
    assert 'class="answer"' not in page


def test_what_was_typed_is_escaped() -> None:
    page = show({**FORM, "measure": "<script>x</script>"})
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_without_counts_it_says_so_and_how_else() -> None:
    for page in (show(counts=None), show(FORM, counts=None)):
        assert "gengfu evaluate" in page
        assert "<form" not in page
    assert '<option value="crime"' in show(counts=SAMPLE)


def test_only_staff_open_it() -> None:
    screen = workbench(lambda _door: None)  # never called
    assert screen.roles == STAFF_READERS
    assert "resident" not in screen.roles


def interval(ratio: float | None, low: float | None, high: float | None) -> Interval:
    return Interval(ratio=ratio, low=low, high=high, level=0.95)


def test_half_and_double_lie_equally_far_from_no_change() -> None:
    bar = effect_bar(interval(1.0, 0.5, 2.0))
    assert bar.none_at == bar.at == WIDE / 2
    assert bar.none_at - bar.low == pytest.approx(bar.high - bar.none_at)
    assert not bar.open_low
    assert not bar.open_high


def test_an_interval_beyond_the_axis_is_drawn_open() -> None:
    bar = effect_bar(interval(0.0, 0.0, 0.4))
    assert bar.open_low
    assert not bar.open_high
    far = effect_bar(interval(None, 3.0, None))
    assert far.open_high
    assert far.at == far.high == WIDE - 12


def test_the_path_is_drawn_in_order_and_its_start_between_points() -> None:
    points = [
        PathPoint(first=-6, last=-4, reference=False, interval=interval(1.1, 0.9, 1.3)),
        PathPoint(first=-3, last=-1, reference=True, interval=interval(1.0, 1.0, 1.0)),
        PathPoint(first=0, last=2, reference=False, interval=None),
        PathPoint(first=3, last=5, reference=False, interval=interval(0.7, 0.6, 0.8)),
    ]
    path = effect_path(points)
    assert path is not None
    assert [mark.reference for mark in path.marks] == [False, True, False]
    before, base, after = path.marks
    assert before.x < base.x < path.began_x < after.x
    assert before.y < base.y == path.none_y < after.y
    assert after.high_y < after.y < after.low_y
    assert effect_path(points[1:2]) is None


def test_changes_have_signs() -> None:
    said = [percent(one) for one in (0.82, 1.0, 1.254)]
    assert said == ["−18 %", "0 %", "+25 %"]


def visit(
    browser: Any, size: tuple[int, int], language: str, theme: str, *, script: bool
) -> Any:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        java_script_enabled=script,
    )
    page = context.new_page()

    def answer(route: Any) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0]
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        posted = route.request.post_data
        form = None if posted is None else dict(parse_qsl(posted))
        route.fulfill(
            body=show(form, language, theme),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    page.route("**/*", answer)
    page.goto("http://bench.test/workbench")
    return page


@pytest.mark.screens
@pytest.mark.parametrize(
    ("size", "language", "theme"),
    [((360, 740), "zh", "light"), ((1366, 768), "en", "dark")],
    ids=["phone", "desk"],
)
def test_a_file_is_taken_and_answered_and_axe_finds_nothing(
    browser: Any, size: tuple[int, int], language: str, theme: str
) -> None:
    page = visit(browser, size, language, theme, script=True)
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)
    page.set_input_files(
        "#file",
        {
            "name": "places.csv",
            "mimeType": "text/csv",
            "buffer": FORM["table"]
            .replace("area,month", "地区,月份")
            .encode("gb18030"),
        },
    )
    page.wait_for_function("document.getElementById('table').value.includes('地区')")
    page.fill("#first", FORM["first"])
    page.fill("#last", FORM["last"])
    page.click("form.asking button")
    page.wait_for_selector(".answer")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    wrong = page.evaluate(
        "axe.run().then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
    )
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert wrong == []
    assert refused == []
    assert wide <= size[0]


@pytest.mark.screens
def test_it_answers_without_script(browser: Any) -> None:
    page = visit(browser, (1366, 768), "en", "light", script=False)
    assert page.is_hidden("#from-file")
    page.fill("#table", FORM["table"])
    page.fill("#first", FORM["first"])
    page.fill("#last", FORM["last"])
    page.click("form.asking button")
    page.wait_for_selector(".answer")
    assert "12 areas" in page.inner_text(".answer")
    page.context.close()


@pytest.mark.screens
@pytest.mark.parametrize("script", [True, False])
def test_the_page_waits_for_long_work_with_and_without_script(
    browser: Any, *, script: bool
) -> None:
    jobs, go_on = Jobs(), Event()

    class Slow(SampleCounts):
        def months(self, first, last, told):
            told("count", 0.4)
            assert go_on.wait(60)
            return super().months(first, last, told)

    screen = workbench(lambda _door: Bench(Slow(), jobs), patience_s=0)
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()

    def answer(route: Any) -> None:
        asked = urlsplit(route.request.url)
        if asked.path.startswith("/static/"):
            file = STATIC / asked.path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0]
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        posted = route.request.post_data
        form = None if posted is None else dict(parse_qsl(posted))
        body = show(form, screen=screen, query=dict(parse_qsl(asked.query)))
        route.fulfill(
            body=body,
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    page.route("**/*", answer)
    page.goto("http://bench.test/workbench")
    page.fill("#table", FORM["table"])
    page.fill("#first", FORM["first"])
    page.fill("#last", FORM["last"])
    page.click("form.asking button")
    page.wait_for_selector("progress[value='40']")
    assert "Counting events" in page.inner_text(".waiting")
    go_on.set()
    page.wait_for_selector(".answer")
    assert page.locator(".waiting").count() == 0
    assert page.input_value("#first") == FORM["first"]
    context.close()
    jobs.close()
