"""Names of cases in paths: a safe alphabet."""

import re

from starlette.convertors import Convertor, register_url_convertor

LONGEST_ID = 200
CASE_PATTERN = r"[\w.:~+@-]+"
_PARAMETER = re.compile(r"\{(\w+)\}")


class CaseIdConvertor(Convertor[str]):
    """Matches ids of cases; whatever else stands in a path is not found."""

    regex = rf"[\w.:~+@-]{{1,{LONGEST_ID}}}"

    def convert(self, value: str) -> str:
        """Return the id as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return the id as it is."""
        return value


def install() -> None:
    """Make the convertor known as `{name:case}`."""
    register_url_convertor("case", CaseIdConvertor())


def routed(path: str) -> str:
    """Return the path as the router matches it."""
    return _PARAMETER.sub(r"{\1:case}", path)


def parameters_of(path: str) -> list[str]:
    """Return the names of a path's parameters, in order."""
    return _PARAMETER.findall(path)


def weight(path: str) -> tuple[int, int]:
    """Order for routing: paths with more fixed parts first, longer ones first."""
    parts = [part for part in path.split("/") if part]
    fixed = sum(1 for part in parts if "{" not in part)
    return (-fixed, -len(parts))
