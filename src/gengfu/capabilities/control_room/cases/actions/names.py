"""Which case is meant, by whoever names it."""

from gengfu.kernel import CaseId, Seen


def id_of(case: CaseId | Seen) -> CaseId:
    """Return the id of a case, named by it or as somebody last saw it."""
    return case.id if isinstance(case, Seen) else case
