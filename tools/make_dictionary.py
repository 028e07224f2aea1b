"""Writes docs/reference/dictionary.md from what is installed and its words.

python tools/make_dictionary.py
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from gengfu.app.installed import INSTALLED
from gengfu.app.platform import registry_of
from gengfu.kernel.registry import Registry
from gengfu.web.terms import terms

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "dictionary.md"
HEAD = """\
# Dictionary

Every kind of case, stage, move, role, purpose and error, as the API, the ledger and the
screens call it. Made by `tools/make_dictionary.py` from
`src/gengfu/web/locale/terms.toml`; the API serves it at `/api/v1/dictionary?lang=`.

每一种事项、阶段、操作、岗位、用途与错误的代码及其中英文名称。
"""


def table(prefix: str, codes: Iterable[str]) -> list[str]:
    """Return a table of codes with their words."""
    known = terms()
    lines = ["| code | English | 中文 |", "| --- | --- | --- |"]
    for code in codes:
        words = known[f"{prefix}.{code}"]
        lines.append(f"| `{code}` | {words['en']} | {words['zh']} |")
    return [*lines, ""]


def page(registry: Registry) -> str:
    """Return the page for what is installed."""
    known = terms()
    errors = [c.removeprefix("error.") for c in known if c.startswith("error.")]
    purposes = [c.removeprefix("purpose.") for c in known if c.startswith("purpose.")]
    lines = [HEAD]
    lines += ["## Roles 岗位", "", *table("role", sorted(registry.roles))]
    lines += ["## Purposes 用途", "", *table("purpose", sorted(purposes))]
    lines += ["## Errors 错误", "", *table("error", sorted(errors))]
    lines += ["## Cases 事项", ""]
    for kind, machine in registry.machines.items():
        words = known[f"kind.{kind}"]
        lines += [f"### {words['en']} {words['zh']} (`{kind}`)", "", "Stages 阶段", ""]
        lines += table(f"stage.{kind}", map(str, machine.stages))
        lines += ["Moves 操作", ""]
        lines += table(f"move.{kind}", (*machine.openings, *machine.moves))
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(registry_of(INSTALLED)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
