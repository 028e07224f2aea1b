"""Page templates, and the one function that fills them."""

from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gengfu.web.i18n import Words

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER.parent / "static"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
"""The policy every page keeps: nothing inline, nothing from outside."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, words: Words, *, theme: str, **context: object) -> str:
    """Fill a page: ``words`` speaks, ``theme`` is ``dark``, ``light`` or ``auto``."""
    return (
        _environment()
        .get_template(template)
        .render(words=words, t=words.t, word=words.word, theme=theme, **context)
    )
