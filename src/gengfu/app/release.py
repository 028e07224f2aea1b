"""Which release this is."""

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import gengfu

_ENDINGS = ("py", "toml", "html")
"""What decides on what is said: code, rules and words, and how pages are set."""


def release() -> str:
    """Return the version of this release; "0" where it is not installed."""
    try:
        return version("gengfu")
    except PackageNotFoundError:
        return "0"


@cache
def code_version() -> str:
    """Return the release with a digest of its code, as figures and pages name it.

    Between two releases a checkout's code changes under one version.
    """
    home = Path(gengfu.__file__).parent
    files = sorted(file for end in _ENDINGS for file in home.rglob(f"*.{end}"))
    digest = sha256()
    for path in files:
        content = path.read_bytes()
        name = path.relative_to(home).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"{release()}+{digest.hexdigest()[:12]}"
