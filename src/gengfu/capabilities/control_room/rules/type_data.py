"""Reads the catalogue of incident types from its data file.

A mistake is refused with one line that names the file, the type and the field.
"""

import string
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from gengfu.kernel import BadInput, Said
from gengfu.kernel.tables import Table, read_table

from .catalogue import Catalogue
from .types import (
    DOMAINS,
    LEAST_URGENT,
    MOST_URGENT,
    PRECISIONS,
    QUESTION_KINDS,
    Effect,
    IncidentType,
    Option,
    Precision,
    PublicBoard,
    Question,
    QuestionKind,
    as_domain,
)

_MINUTES_A_DAY = 1440
_SHORT_LETTERS = 2
_LARGE = 1e9


def load_types(toml: str | bytes, name: str = "types.toml") -> Catalogue:
    """Read the catalogue; `name` is what errors call the file.

    Raises:
        BadInput: one line naming type and field.

    """
    file = read_table(toml, name)
    file.only("version", "agencies", "domains", "question", "type")
    agencies = _names(file, "agencies")
    domains = _names(file, "domains")
    for domain in DOMAINS:
        if domain not in domains:
            file.refuse("domains", f"does not name {domain}")
    bank = {q.id: q for q in map(_question, file.tables("question", "id"))}
    kinds: dict[str, IncidentType] = {}
    shorts: dict[str, str] = {}
    for table in file.tables("type", "code"):
        kind = _kind(table, bank, agencies)
        if kind.code in kinds:
            table.refuse("code", "is used twice")
        if kind.short in shorts:
            table.refuse("short", f"{kind.short} is already {shorts[kind.short]}")
        kinds[kind.code] = kind
        shorts[kind.short] = kind.code
    if not kinds:
        file.refuse("type", "is missing")
    _check_retypes(file.where, kinds)
    return Catalogue(file.text("version"), tuple(kinds.values()), agencies, domains)


def _names(file: Table, field: str) -> dict[str, Said]:
    return {code: table.said("name") for code, table in file.named(field).items()}


def _kind(
    table: Table, bank: Mapping[str, Question], agencies: Mapping[str, Said]
) -> IncidentType:
    table.only(
        "code", "short", "name", "name_zh", "domain", "agency", "priority",
        "keywords", "keywords_zh", "ask", "question", "check_in_min", "board",
        "advice", "advice_zh", "note", "note_zh",
    )  # fmt: skip
    questions = [bank[name] for name in table.choices("ask", bank)]
    questions += [_question(own) for own in table.tables("question", "id")]
    ids = [question.id for question in questions]
    for name in ids:
        if ids.count(name) > 1:
            table.refuse("question", f"{name} is asked twice")
    code = table.text("code")
    short = table.text("short")
    good = short.isascii() and short.isalpha() and short.isupper()
    if not good or len(short) != _SHORT_LETTERS:
        table.refuse("short", f"must be two capital letters, not {short!r}")
    note = table.said("note") if table.has("note") else Said("{place}", "{place}")
    for template in (note.en, note.zh):
        _check_template(table, template, ids)
    return IncidentType(
        code=code,
        short=short,
        name=table.said("name"),
        domain=as_domain(table.choice("domain", DOMAINS)),
        agency=table.choice("agency", agencies),
        priority=table.whole("priority", MOST_URGENT, LEAST_URGENT),
        keywords=table.texts("keywords", needed=True),
        keywords_zh=table.texts("keywords_zh", needed=True),
        questions=tuple(questions),
        note=note,
        advice=table.said("advice") if table.has("advice") else None,
        check_in_s=(
            60 * table.whole("check_in_min", 1, _MINUTES_A_DAY)
            if table.has("check_in_min")
            else None
        ),
        board=_board(table.table("board")),
    )


def _board(table: Table | None) -> PublicBoard | None:
    if table is None:
        return None
    table.only("delay_min", "precision")
    return PublicBoard(
        60 * table.whole("delay_min", 0, 60 * _MINUTES_A_DAY),
        cast("Precision", table.choice("precision", PRECISIONS)),
    )


def _question(table: Table) -> Question:
    table.only("id", "text", "text_zh", "kind", "options", "effects")
    kind = cast("QuestionKind", table.choice("kind", QUESTION_KINDS))
    options: list[Option] = []
    for entry in table.tables("options", "value"):
        entry.only("value", "text", "text_zh")
        options.append(Option(entry.text("value"), entry.said("text")))
    if bool(options) != (kind == "choice"):
        table.refuse("options", f"{'are for a choice' if options else 'are missing'}")
    question = Question(table.text("id"), table.said("text"), kind, tuple(options))
    effects = tuple(_effect(e, question) for e in table.tables("effects"))
    return replace(question, effects=effects)


def _effect(table: Table, question: Question) -> Effect:
    table.only(
        "is", "at_least", "at_most", "to", "raise", "lower", "retype",
        "reason", "reason_zh",
    )  # fmt: skip
    bounded = table.has("at_least") or table.has("at_most")
    match question.kind:
        case "number" if not bounded or table.has("is"):
            table.refuse("at_least", "or at_most must say when a number counts")
        case "yesno" | "choice" if bounded or not table.has("is"):
            table.refuse("is", "must name the answer that counts")
        case "text":
            table.refuse("effects", "cannot follow from free text")
        case _:
            pass
    shift = (table.has("to"), table.has("raise"), table.has("lower"))
    if sum(shift) > 1 or not (any(shift) or table.has("retype")):
        table.refuse("to", "or raise or lower or retype: exactly one shift is needed")
    return Effect(
        said=table.said("reason"),
        answer=None if bounded else table.choice("is", question.answers),
        at_least=_bound(table, "at_least"),
        at_most=_bound(table, "at_most"),
        to=table.whole("to", MOST_URGENT, LEAST_URGENT) if table.has("to") else None,
        raise_by=table.whole("raise", 0, LEAST_URGENT - 1, 0),
        lower_by=table.whole("lower", 0, LEAST_URGENT - 1, 0),
        retype=table.text("retype") if table.has("retype") else None,
    )


def _bound(table: Table, field: str) -> float | None:
    return table.number(field, 0, _LARGE) if table.has(field) else None


def _check_template(table: Table, template: str, questions: list[str]) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    except ValueError:
        table.refuse("note", f"has unbalanced braces: {template!r}")
    for name in names:
        if name != "place" and name not in questions:
            table.refuse("note", f"names {{{name}}}, which this type does not ask")


def _check_retypes(where: str, kinds: Mapping[str, IncidentType]) -> None:
    for kind in kinds.values():
        for question in kind.questions:
            for effect in question.effects:
                if effect.retype is not None and effect.retype not in kinds:
                    raise BadInput(
                        f"{where}: type {kind.code}: question {question.id}:"
                        f" retype names {effect.retype!r}, which is not a type"
                    )
