"""Which release this is."""

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import gengfu


def release() -> str:
    """Return the version of this release; "0" where it is not installed."""
    try:
        return version("gengfu")
    except PackageNotFoundError:
        return "0"


@cache
def code_version() -> str:
    """Return the release with a digest of its code and rules, as figures name it.

    Between two releases a checkout's code changes under one version.
    """
    home = Path(gengfu.__file__).parent
    files = sorted(path for end in ("py", "toml") for path in home.rglob(f"*.{end}"))
    digest = sha256()
    for path in files:
        content = path.read_bytes()
        name = path.relative_to(home).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"{release()}+{digest.hexdigest()[:12]}"
