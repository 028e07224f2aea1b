"""Page templates, and the one function that fills them."""

from functools import cache
from hashlib import sha256
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
def look() -> str:
    """Return the digest of templates, words and sheets: how pages of this code look."""
    words = (FOLDER.parent / "locale").glob("*.toml")
    files = [*FOLDER.glob("*.html"), *words, *(STATIC / "css").glob("*.css")]
    digest = sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@cache
def sheet(name: str) -> str:
    """Return the address of a file under /static, named by its bytes: kept for good."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["sheet"] = sheet
    return environment


def render(template: str, words: Words, *, theme: str, **context: object) -> str:
    """Fill a page: ``words`` speaks, ``theme`` is ``dark``, ``light`` or ``auto``."""
    return (
        _environment()
        .get_template(template)
        .render(words=words, t=words.t, word=words.word, theme=theme, **context)
    )
