"""Every statement, built from the schema and written out once for each database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    TableValuedColumn,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import psycopg as postgres_dialect
from sqlalchemy.dialects.sqlite import pysqlite as sqlite_dialect
from sqlalchemy.engine import Dialect

from .schema import (
    attachments,
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
    bulk: str = ""
    """The same for many sets of parameters, given as one JSON array (PostgreSQL)."""

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


def _items() -> TableValuedColumn[Any]:
    """Return sets of parameters that come as one JSON array of arrays (PostgreSQL)."""
    given = sql_cast(bindparam("items", type_=Text()), JSONB)
    return func.jsonb_array_elements(given, type_=JSONB).column_valued("item")


def _item(
    items: TableValuedColumn[Any], place: int, column: Column[Any]
) -> ColumnElement[Any]:
    """Return what stands at a place of each array, as a column's value."""
    found = items.op("->>", return_type=Text())(literal_column(str(place)))
    if isinstance(column.type, LargeBinary):
        return func.decode(found, literal_column("'base64'"), type_=LargeBinary())
    return found if isinstance(column.type, Text) else sql_cast(found, column.type)


def _same(
    items: TableValuedColumn[Any], columns: Sequence[Column[Any]], first: int = 0
) -> ColumnElement[bool]:
    """Return that columns hold what stands at the places from `first`."""
    return and_(*(c == _item(items, n, c) for n, c in enumerate(columns, first)))


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
        items = _items()
        # In one order always, so that two servers do not wait for each other.
        self.lock_many = self._bulk(
            select(cases)
            .where(_same(items, (cases.c.kind, cases.c.id)))
            .order_by(cases.c.kind, cases.c.id)
            .with_for_update(of=cases)
        )
        self._write_cases()
        self._write_ledger()
        self._write_deadlines()
        self._write_rest()

    def _write_cases(self) -> None:
        self.insert_case = self._inserting(cases)
        changing = [c for c in cases.c if c.name not in ("kind", "id", "opened_at")]
        written = self._written(
            update(cases)
            .where(
                cases.c.kind == bindparam("of_kind"),
                cases.c.id == bindparam("of_id"),
                cases.c.version == bindparam("base"),
            )
            .values({c.name: bindparam(f"new_{c.name}") for c in changing})
        )
        items = _items()
        keys = (cases.c.kind, cases.c.id, cases.c.version)
        news = {c: _item(items, n, c) for n, c in enumerate(changing)}
        bulk = update(cases).values(news).where(_same(items, keys, len(changing)))
        self.update_case = replace(written, bulk=self._bulk(bulk).sql)

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
        self.insert_entry = self._inserting(ledger)
        self.insert_sealed = self._inserting(sealed)
        written = self._written(
            delete(sealed).where(sealed.c.seq.in_(select(ledger.c.seq).where(*of_case)))
        )
        items = _items()
        bulk = delete(sealed).where(
            sealed.c.seq == ledger.c.seq,
            _same(items, (ledger.c.kind, ledger.c.case_id)),
        )
        self.erase = replace(written, bulk=self._bulk(bulk).sql)

    def _write_deadlines(self) -> None:
        order = (
            deadlines.c.at,
            deadlines.c.kind,
            deadlines.c.case_id,
            deadlines.c.name,
            deadlines.c.move,
        )
        due = select(deadlines).where(deadlines.c.at <= bindparam("now"))
        others = deadlines.c.kind != bindparam("but")
        self.due = self._written(
            due.where(others).order_by(*order).limit(bindparam("limit"))
        )
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
            .where(deadlines.c.at <= bindparam("now"), others)
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
        self.delete_deadlines = self._deleting(
            deadlines, deadlines.c.kind, deadlines.c.case_id
        )
        self.insert_deadline = self._inserting(deadlines)

    def _write_rest(self) -> None:
        cursor = select(cursors.c.seq).where(
            cursors.c.subscriber == bindparam("subscriber")
        )
        self.cursor = self._written(cursor)
        self.delete_cursor = self._deleting(cursors, cursors.c.subscriber)
        self.insert_cursor = self._inserting(cursors)
        self.checkpoints = self._written(
            select(checkpoints.c.note)
            .order_by(checkpoints.c.number.desc())
            .limit(bindparam("limit"))
        )
        self.insert_checkpoint = self._inserting(checkpoints)
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
        self.insert_node = self._inserting(tree_nodes)
        self.subject_key = self._written(
            select(subject_keys.c.wrapped).where(
                subject_keys.c.subject == bindparam("of_subject")
            )
        )
        self.insert_key = self._inserting(subject_keys)
        self.delete_key = self._deleting(subject_keys, subject_keys.c.subject)
        self.attachment = self._written(
            select(attachments.c.locked).where(
                attachments.c.subject == bindparam("of_subject"),
                attachments.c.name == bindparam("of_name"),
            )
        )
        self.insert_attachment = self._inserting(attachments)
        self.delete_attachments = self._deleting(attachments, attachments.c.subject)
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

    def _inserting(self, table: Table) -> Statement:
        items = _items()
        values = select(*(_item(items, n, c) for n, c in enumerate(table.c)))
        bulk = insert(table).from_select(list(table.c), values)
        return replace(self._written(insert(table)), bulk=self._bulk(bulk).sql)

    def _deleting(self, table: Table, *keys: Column[Any]) -> Statement:
        wanted = [key == bindparam(f"of_{key.name}", type_=key.type) for key in keys]
        bulk = delete(table).where(_same(_items(), keys))
        return replace(
            self._written(delete(table).where(*wanted)), bulk=self._bulk(bulk).sql
        )

    def _bulk(self, clause: ClauseElement) -> Statement:
        """Write out what only PostgreSQL is asked."""
        return compiled(clause, "postgresql")

    def _written(self, clause: ClauseElement | Select[Any]) -> Statement:
        return compiled(clause, self.database)


@cache
def statements_for(database: str) -> Statements:
    """Return the statements for a database, which all its stores share."""
    return Statements(database)
