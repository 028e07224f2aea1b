"""Which release this is."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Return the version of this release; "0" where it is not installed."""
    try:
        return version("gengfu")
    except PackageNotFoundError:
        return "0"
