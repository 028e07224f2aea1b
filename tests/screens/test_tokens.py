"""Every pair of colours a screen puts together can be told apart, in both themes."""

import re
from pathlib import Path

import pytest

from gengfu.web.templates import STATIC

THEMES = ("light", "dark")
TEXT = 4.5
MARK = 3.0

GROUNDS = ("bg", "surface", "raised", "hover", "selected")
STATUSES = (
    "available",
    "assigned",
    "en-route",
    "on-scene",
    "transporting",
    "at-destination",
    "clearing",
    "out-of-service",
)
TEXT_PAIRS = [
    *((ink, ground) for ink in ("text", "text-2", "accent") for ground in GROUNDS),
    *(("text-3", ground) for ground in ("bg", "surface", "raised", "selected")),
    ("on-action", "action"),
    ("on-action", "action-hover"),
    ("on-bad", "bad-solid"),
    ("text", "p4"),
    *(("on-p", fill) for fill in ("p1", "p2", "p3")),
    *(
        pair
        for tone in ("good", "warn", "bad", "info")
        for pair in ((tone, f"{tone}-soft"), ("text", f"{tone}-soft"))
    ),
    *(
        (tone, ground)
        for tone in ("good", "warn", "bad", "info")
        for ground in ("bg", "surface")
    ),
    ("warn", "hover"),
    ("bad", "hover"),
    ("warn", "selected"),
    ("bad", "selected"),
]
MARK_PAIRS = [
    *((f"p{p}-line", g) for p in (1, 2, 3, 4) for g in ("bg", "surface", "selected")),
    *((f"{s}-line", g) for s in STATUSES for g in ("bg", "surface", "selected")),
    *(("line-strong", ground) for ground in ("bg", "surface", "raised")),
    *(("focus", ground) for ground in GROUNDS),
    *((tone, "track") for tone in ("late", "near", "calm")),
    ("calm", "surface"),
]
OKABE_ITO = {
    "p1": "#d55e00",
    "p2": "#e69f00",
    "p3": "#56b4e9",
    "available": "#009e73",
    "assigned": "#56b4e9",
    "en-route": "#f0e442",
    "on-scene": "#cc79a7",
    "transporting": "#0072b2",
    "at-destination": "#e69f00",
}


def tokens(theme: str) -> dict[str, str]:
    css = (STATIC / "css/tokens.css").read_text(encoding="utf-8")
    colours: dict[str, str] = {}
    for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", css):
        both = re.fullmatch(r"light-dark\((#\w+),\s*(#\w+)\)", value.strip())
        if both:
            colours[name] = both.group(1 if theme == "light" else 2)
        elif value.strip().startswith("#"):
            colours[name] = value.strip()
    return colours


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2 for #rrggbb."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("pairs", "least"), [(TEXT_PAIRS, TEXT), (MARK_PAIRS, MARK)], ids=["text", "marks"]
)
def test_pairs_can_be_told_apart(
    theme: str, pairs: list[tuple[str, str]], least: float
) -> None:
    colours = tokens(theme)
    weak = {
        f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2)
        for ink, ground in pairs
        if contrast(colours[ink], colours[ground]) < least
    }
    assert weak == {}


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_pure_black_or_white(theme: str) -> None:
    assert not {"#000000", "#ffffff"} & set(tokens(theme).values())


def test_marks_are_filled_from_the_okabe_ito_palette() -> None:
    colours = tokens("dark")
    assert {name: colours[name] for name in OKABE_ITO} == OKABE_ITO


def test_every_status_and_priority_has_its_own_shape() -> None:
    sprite = (STATIC / "icons.svg").read_text(encoding="utf-8")
    shapes = dict(re.findall(r'<symbol id="(\w+)"[^>]*>(.*?)</symbol>', sprite))
    names = ["p1", "p2", "p3", "p4", *(s.replace("-", "_") for s in STATUSES)]
    assert len({shapes[name] for name in names}) == len(names)


@pytest.mark.parametrize(
    "sheet", sorted((STATIC / "css").glob("*.css")), ids=lambda p: p.stem
)
def test_only_the_tokens_name_colours(sheet: Path) -> None:
    css = sheet.read_text(encoding="utf-8")
    found = re.findall(r":[^;{}]*?(#[0-9a-fA-F]{3,8}|rgba?\()", css)
    assert sheet.name == "tokens.css" or found == []
