"""Every statement, built from the schema and written out once for each database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Select,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import psycopg as postgres_dialect
from sqlalchemy.dialects.sqlite import pysqlite as sqlite_dialect
from sqlalchemy.engine import Dialect

from .schema import (
    cases,
    checkpoints,
    cursors,
    deadlines,
    ledger,
    sealed,
    subject_keys,
    tree_nodes,
)

LEDGER_LOCK = 0x67656E67667501
"""Number of the advisory lock under which entries get their seq."""
UPGRADE_LOCK = LEDGER_LOCK + 1
CHANNEL = "gengfu_ledger"

_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite_dialect.dialect(paramstyle="qmark"),
    "postgresql": postgres_dialect.dialect(paramstyle="format"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the driver takes it, with its parameters by position."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]

    def args(self, **values: Any) -> tuple[Any, ...]:
        """Put values into the order of the parameters."""
        return tuple(
            values[name] if name in values else self.fixed[name] for name in self.names
        )


def compiled(clause: ClauseElement, database: str) -> Statement:
    """Write a statement out for a database."""
    written = clause.compile(dialect=_DIALECTS[database])
    positions = cast("Sequence[str] | None", getattr(written, "positiontup", None))
    return Statement(str(written), tuple(positions or ()), written.params or {})


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=Text())


class Statements:
    """The statements for one database."""

    def __init__(self, database: str) -> None:
        self.database = database
        self._made: dict[tuple[object, ...], Statement] = {}
        find = select(cases).where(
            cases.c.kind == bindparam("kind"), cases.c.id == bindparam("id")
        )
        self.find = self._written(find)
        self.lock = self._written(find.with_for_update())
        self._write_cases()
        self._write_ledger()
        self._write_deadlines()
        self._write_rest()

    def _write_cases(self) -> None:
        self.insert_case = self._written(insert(cases))
        # In the order of the columns, so that one way of listing values serves both.
        changing = [c for c in cases.c if c.name not in ("kind", "id", "opened_at")]
        self.changing = tuple(c.name for c in changing)
        self.update_case = self._written(
            update(cases)
            .where(
                cases.c.kind == bindparam("of_kind"),
                cases.c.id == bindparam("of_id"),
                cases.c.version == bindparam("base"),
            )
            .values({c.name: bindparam(f"new_{c.name}") for c in changing})
        )

    def _write_ledger(self) -> None:
        entry = select(ledger, sealed.c.salt, sealed.c.facts).select_from(
            ledger.outerjoin(sealed, sealed.c.seq == ledger.c.seq)
        )
        self.entries = self._written(
            entry.where(ledger.c.seq > bindparam("after"))
            .order_by(ledger.c.seq)
            .limit(bindparam("limit"))
        )
        of_case = (
            ledger.c.kind == bindparam("kind"),
            ledger.c.case_id == bindparam("case_id"),
        )
        self.entries_of = self._written(
            entry.where(*of_case).order_by(ledger.c.version)
        )
        self.last_seq = self._written(
            select(func.coalesce(func.max(ledger.c.seq), literal_column("-1")))
        )
        self.leaves = self._written(
            select(ledger.c.leaf)
            .where(ledger.c.seq >= bindparam("start"), ledger.c.seq < bindparam("stop"))
            .order_by(ledger.c.seq)
        )
        self.insert_entry = self._written(insert(ledger))
        self.insert_sealed = self._written(insert(sealed))
        self.erase = self._written(
            delete(sealed).where(sealed.c.seq.in_(select(ledger.c.seq).where(*of_case)))
        )

    def _write_deadlines(self) -> None:
        order = (
            deadlines.c.at,
            deadlines.c.kind,
            deadlines.c.case_id,
            deadlines.c.name,
            deadlines.c.move,
        )
        due = select(deadlines).where(deadlines.c.at <= bindparam("now"))
        self.due = self._written(due.order_by(*order).limit(bindparam("limit")))
        # The case is locked, not the deadline: whoever moves the case holds that lock
        # already, so the two never wait for each other in opposite order.
        self.lock_due_cases = self._written(
            select(cases.c.kind, cases.c.id)
            .select_from(
                deadlines.join(
                    cases,
                    (cases.c.kind == deadlines.c.kind)
                    & (cases.c.id == deadlines.c.case_id),
                )
            )
            .where(deadlines.c.at <= bindparam("now"))
            .order_by(*order)
            .limit(bindparam("limit"))
            .with_for_update(of=cases, skip_locked=True)
        )
        self.due_of = self._written(
            due.where(
                deadlines.c.kind == bindparam("kind"),
                deadlines.c.case_id == bindparam("case_id"),
            )
        )
        self.delete_deadlines = self._written(
            delete(deadlines).where(
                deadlines.c.kind == bindparam("kind"),
                deadlines.c.case_id == bindparam("case_id"),
            )
        )
        self.insert_deadline = self._written(insert(deadlines))

    def _write_rest(self) -> None:
        cursor = select(cursors.c.seq).where(
            cursors.c.subscriber == bindparam("subscriber")
        )
        self.cursor = self._written(cursor)
        self.delete_cursor = self._written(
            delete(cursors).where(cursors.c.subscriber == bindparam("subscriber"))
        )
        self.insert_cursor = self._written(insert(cursors))
        self.checkpoints = self._written(
            select(checkpoints.c.note)
            .order_by(checkpoints.c.number.desc())
            .limit(bindparam("limit"))
        )
        self.insert_checkpoint = self._written(insert(checkpoints))
        self.last_checkpoint = self._written(
            select(func.coalesce(func.max(checkpoints.c.number), literal_column("-1")))
        )
        self.tree_nodes = self._written(
            select(tree_nodes.c.hash)
            .where(
                tree_nodes.c.level == bindparam("level"),
                tree_nodes.c.place >= bindparam("start"),
                tree_nodes.c.place < bindparam("stop"),
            )
            .order_by(tree_nodes.c.place)
        )
        self.insert_node = self._written(insert(tree_nodes))
        by_subject = subject_keys.c.subject == bindparam("of_subject")
        self.subject_key = self._written(
            select(subject_keys.c.wrapped).where(by_subject)
        )
        self.insert_key = self._written(insert(subject_keys))
        self.delete_key = self._written(delete(subject_keys).where(by_subject))
        self.revision = self._written(text("SELECT version_num FROM alembic_version"))

    def rows(
        self,
        stages: int | None,
        *,
        about: bool,
        opened_from: bool,
        opened_before: bool,
        limit: bool,
    ) -> Statement:
        """Return the listing of a kind with these filters; `stages` counts them."""
        shape = ("rows", stages, about, opened_from, opened_before, limit)
        if shape in self._made:
            return self._made[shape]
        listing = select(cases).where(cases.c.kind == bindparam("kind"))
        if stages is not None:
            names = [_text(f"stage_{n}") for n in range(stages)]
            listing = listing.where(cases.c.stage.in_(names))
        if about:
            listing = listing.where(cases.c.about == bindparam("about"))
        if opened_from:
            listing = listing.where(cases.c.opened_at >= bindparam("opened_from"))
        if opened_before:
            listing = listing.where(cases.c.opened_at < bindparam("opened_before"))
        listing = listing.order_by(cases.c.opened_at, cases.c.id)
        if limit:
            listing = listing.limit(bindparam("limit"))
        return self._made.setdefault(shape, self._written(listing))

    def find_many(self, count: int) -> Statement:
        """Return the look-up of `count` ids of one kind."""
        shape = ("find_many", count)
        if shape in self._made:
            return self._made[shape]
        ids = [_text(f"id_{n}") for n in range(count)]
        found = select(cases).where(
            cases.c.kind == bindparam("kind"), cases.c.id.in_(ids)
        )
        return self._made.setdefault(shape, self._written(found))

    def _written(self, clause: ClauseElement | Select[Any]) -> Statement:
        return compiled(clause, self.database)
