"""Fields of forms that make moves: each is read once, and refused by its name."""

from collections.abc import Mapping

from gengfu.kernel import BadInput, CaseId, Seen

LONGEST = 500


def seen_of(form: Mapping[str, str]) -> Seen:
    """Return which case a form is about, at the version its page showed."""
    try:
        return Seen(CaseId(form["case"]), int(form["version"]))
    except (KeyError, ValueError):
        raise BadInput("case, version: missing or unreadable") from None


def words_of(form: Mapping[str, str], name: str) -> str:
    """Return the words of a field, which may be empty."""
    words = form.get(name, "").strip()
    if len(words) > LONGEST:
        raise BadInput(f"{name}: too long")
    return words


def reason_of(form: Mapping[str, str]) -> str:
    """Return why; nothing that needs a reason is done without."""
    words = words_of(form, "reason")
    if not words:
        raise BadInput("reason: say why")
    return words


def whole_number(form: Mapping[str, str], name: str) -> int:
    """Return a number of a form, as people write whole numbers."""
    words = form.get(name, "").strip()
    if not (words.isascii() and words.isdecimal() and len(words) <= len("999999999")):
        raise BadInput(f"{name}: not a whole number")
    return int(words)


def recording_of(form: Mapping[str, str]) -> tuple[int, int, str]:
    """Return what an audit of recording found: calls, those recorded, and a note."""
    calls, recorded = whole_number(form, "calls"), whole_number(form, "recorded")
    return calls, recorded, words_of(form, "note")
