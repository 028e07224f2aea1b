"""Whatever a person reads exists in English and in Chinese."""

import re

import pytest

from gengfu.web.i18n import LANGUAGES, strings, words
from gengfu.web.templates import FOLDER, STATIC

SCRIPTS = [p for p in STATIC.rglob("*.js") if "vendor" not in p.parts]
TEMPLATES = list(FOLDER.glob("*.html"))
CALL = re.compile(r"""\bt\(\s*["']([\w.-]+)["']""")
CHOICE = re.compile(r"""\bt\([^()]*\?\s*"([\w.-]+)"\s*:\s*"([\w.-]+)\"""")
LISTED = re.compile(r'presets\("(\w+)", \[([^\]]*)\]')
MADE = {
    "command": re.compile(r'\{ id: "([\w-]+)"'),
}
HAN = re.compile(r"[\u4e00-\u9fff]")
NO_HAN_NEEDED = re.compile(r"[\d\s{}.,:：、·–−%A-Za-z]*")


def used_keys() -> set[str]:
    keys: set[str] = set()
    for page in (*SCRIPTS, *TEMPLATES):
        text = page.read_text(encoding="utf-8")
        keys.update(key for key in CALL.findall(text) if key[-1] not in "._")
        for pair in CHOICE.findall(text):
            keys.update(pair)
        for prefix, codes in LISTED.findall(text):
            keys.update(f"{prefix}.{code}" for code in re.findall(r'"(\w+)"', codes))
    main = (STATIC / "console/main.js").read_text(encoding="utf-8")
    keys.update(f"command.{one}" for one in MADE["command"].findall(main))
    return keys


def test_languages_have_the_same_keys() -> None:
    english, chinese = (set(strings(language)) for language in LANGUAGES)
    assert english == chinese


def test_every_key_that_is_used_exists() -> None:
    used = used_keys()
    assert len(used) > 200
    assert used - set(strings("en")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_is_empty(language: str) -> None:
    assert [key for key, text in strings(language).items() if not text.strip()] == []


def test_both_languages_fill_the_same_parts() -> None:
    part = re.compile(r"\{\w+\}")
    differing = [
        key
        for key, text in strings("en").items()
        if sorted(part.findall(text)) != sorted(part.findall(strings("zh")[key]))
    ]
    assert differing == []


def test_chinese_is_chinese() -> None:
    foreign = [
        key
        for key, text in strings("zh").items()
        if not HAN.search(text) and not NO_HAN_NEEDED.fullmatch(text)
    ]
    assert foreign == []


def test_times_are_written_in_the_citys_zone() -> None:
    speak = words("en", "America/Santiago")
    assert speak.clock("2026-11-21T18:05:09+00:00") == "15:05:09"
    assert speak.full("2026-11-21T18:05:09+00:00") == "21 Nov 2026 15:05:09"
    assert speak.clock(None) == "–"
    chinese = words("zh", "Asia/Shanghai")
    assert chinese.full("2026-11-21T18:05:09+00:00") == "2026年11月22日 02:05:09"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (65, "1:05"), (3661, "1:01:01"), (-12, "−0:12")]
)
def test_running_clocks(seconds: int, text: str) -> None:
    assert words("en", "UTC").running(seconds) == text


def test_arrivals_say_the_middle_before_the_interval() -> None:
    assert words("en", "UTC").interval(60, 480, 240) == "4 min · 1–8"
    assert words("zh", "UTC").interval(170, 310, 250) == "4 分钟 · 3–5"
    assert words("zh", "UTC").interval(170, 190, 180) == "3 分钟"
    assert words("en", "UTC").interval(10, 100, 40) == "1 min · 0–2"
    assert words("en", "UTC").interval(0, None, 130) == "≈ 2 min"
