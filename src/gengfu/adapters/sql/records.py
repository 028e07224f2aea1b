"""Between database rows and the values of the kernel, column by column."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gengfu.adapters.buffered import Pending
from gengfu.kernel import (
    ActorId,
    BadInput,
    CaseId,
    Deadline,
    Due,
    Entry,
    Logged,
    Purpose,
    Role,
    Row,
    Sealed,
)
from gengfu.kernel.merkle import leaf_hash

type Record = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Write an instant as stored; raises BadInput without a time zone."""
    if instant.tzinfo is None:
        raise BadInput(f"{instant} has no time zone")
    return (instant - _EPOCH) // _MICROSECOND


def to_instant(microseconds: int) -> datetime:
    """Read a stored instant."""
    return _EPOCH + timedelta(microseconds=microseconds)


def case_record(row: Row) -> Record:
    """Write a row in the order of the table's columns."""
    return (
        row.kind,
        row.id,
        row.stage,
        row.version,
        to_microseconds(row.opened_at),
        row.area,
        row.lon,
        row.lat,
        row.priority,
        row.about,
        row.body,
    )


def case_update(row: Row, base: int) -> Record:
    """Write a row as the parameters of its update."""
    return (
        row.stage,
        row.version,
        row.area,
        row.lon,
        row.lat,
        row.priority,
        row.about,
        row.body,
        row.kind,
        row.id,
        base,
    )


def read_row(record: Record) -> Row:
    """Read a row."""
    kind, case, stage, version, opened, area, lon, lat, priority, about, body = record
    return Row(
        kind=kind,
        id=case,
        stage=stage,
        version=version,
        opened_at=_EPOCH + timedelta(microseconds=opened),
        body=body,
        area=area,
        lon=lon,
        lat=lat,
        priority=priority,
        about=about,
    )


def entry_record(seq: int, entry: Entry) -> Record:
    """Write an entry at its place, with the hash the tree knows it by."""
    return (
        seq,
        entry.kind,
        entry.case,
        entry.version,
        entry.move,
        to_microseconds(entry.at),
        entry.actor,
        entry.role,
        entry.purpose,
        entry.represents,
        entry.facts_commitment,
        entry.state_commitment,
        leaf_hash(entry.leaf_bytes()),
    )


def sealed_records(first: int, entries: list[Pending]) -> list[Record]:
    """Write what stands beside entries that start at a seq."""
    return [
        (seq, pending.sealed.salt, pending.sealed.facts)
        for seq, pending in enumerate(entries, first)
        if pending.sealed is not None
    ]


def read_logged(record: Record) -> Logged:
    """Read an entry with what stands beside it."""
    seq, kind, case, version, move, at, actor, role, purpose, represents = record[:10]
    facts_commitment, state_commitment, leaf, salt, facts = record[10:]
    return Logged(
        seq,
        Entry(
            kind=kind,
            case=CaseId(case),
            version=version,
            move=move,
            at=to_instant(at),
            actor=ActorId(actor),
            role=Role(role),
            purpose=Purpose(purpose),
            represents=represents,
            facts_commitment=facts_commitment,
            state_commitment=state_commitment,
        ),
        leaf,
        None if salt is None else Sealed(salt, facts),
    )


def read_due(record: Record) -> Due:
    """Read a deadline whose time has come."""
    kind, case, name, at, move = record
    return Due(kind, CaseId(case), Deadline(name, to_instant(at), move))
