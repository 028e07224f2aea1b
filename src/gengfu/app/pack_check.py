"""Whether a city pack is fit for service: its data, and the rules that it brings."""

from dataclasses import replace
from pathlib import Path

from gengfu.adapters.city import Finding, Report, Severity, check, load
from gengfu.capabilities.control_room.live.hazards import read_hazards
from gengfu.capabilities.control_room.live.rulebook import read_rulebook
from gengfu.kernel import BadInput

from .town import CityTown


def check_pack(folder: Path) -> Report:
    """Check a pack and read, as a server does at its start, what rules it has.

    It never raises for a bad pack. Warnings name agencies that the run cards ask for
    help and that the pack does not have.
    """
    report = check(folder)
    if not report.ok:
        return report
    try:
        town = CityTown(load(folder))
        rules = read_rulebook(town)
        read_hazards(town)
    except BadInput as fault:
        where, _, what = str(fault).partition(": ")
        return _with(
            report,
            Finding(Severity.ERROR, "rules", where, what, f"规则无法读取：{what}"),
        )
    known = {agency.id for agency in town.agencies}
    asked = {t.agency for card in rules.cards.cards for t in card.plan.tasks}
    missing = ", ".join(sorted(asked - known))
    if not missing:
        return report
    return _with(
        report,
        Finding(
            Severity.WARNING,
            "agencies",
            "agencies.parquet",
            f"run cards ask for help from {missing}, which this city does not have:"
            " whoever sends units is told so",
            f"响应预案要求{missing}协助，但本市没有这些机构：派遣时会提示",
        ),
    )


def _with(report: Report, finding: Finding) -> Report:
    return replace(report, findings=(*report.findings, finding))
